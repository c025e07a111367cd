package survey

// Language is a BCP 47 tag of a language the screens can speak.
type Language string

// The shipped languages; Vietnamese is the one every text has.
const (
	Vietnamese Language = "vi"
	English    Language = "en"
)

// Languages lists the shipped languages, the default first.
var Languages = []Language{Vietnamese, English}

// Text is a sentence by language. Vietnamese is always present; others fall back to it.
type Text map[Language]string

// In gives the text in a language, or the Vietnamese one where that is missing.
func (t Text) In(l Language) string {
	if s := t[l]; s != "" {
		return s
	}
	return t[Vietnamese]
}
