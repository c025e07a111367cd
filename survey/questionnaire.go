package survey

import (
	"regexp"
	"slices"
	"unicode/utf8"
)

// ItemType is the kind of a questionnaire item.
type ItemType string

// The item types.
const (
	ItemRating   ItemType = "rating"   // 1–5, see Levels
	ItemSingle   ItemType = "single"   // one option id
	ItemMultiple ItemType = "multiple" // a list of option ids
	ItemYesNo    ItemType = "yesno"    // true or false
	ItemNumber   ItemType = "number"   // a number up to Max
	ItemText     ItemType = "text"     // free text up to Max characters
	ItemInfo     ItemType = "info"     // nothing to answer
)

// Retention says how long an answer may be kept.
type Retention string

// Kept answers stay for ever; open ones (free text, demographics) can be erased
// without breaking the ledger.
const (
	RetentionKept Retention = "kept"
	RetentionOpen Retention = "open"
)

// Lowest and highest level of a rating, the lowest level that counts as
// satisfied, and the longest comment in characters.
const (
	LevelMin       = 1
	LevelMax       = 5
	LevelSatisfied = 4
	MaxText        = 2000
)

// LevelNames are the five levels' words, level 1 first.
var LevelNames = [LevelMax]Text{
	{Vietnamese: "Rất không hài lòng", English: "Very dissatisfied"},
	{Vietnamese: "Không hài lòng", English: "Dissatisfied"},
	{Vietnamese: "Bình thường", English: "Neutral"},
	{Vietnamese: "Hài lòng", English: "Satisfied"},
	{Vietnamese: "Rất hài lòng", English: "Very satisfied"},
}

// Overall is the id of the one item every form asks: the default measure.
const Overall = "overall"

// Questionnaire (phiếu khảo sát) is one published version of a form. It never
// changes once published.
type Questionnaire struct {
	ID       string    `json:"id"`
	Version  int       `json:"version"`
	Title    Text      `json:"title"`
	Sections []Section `json:"sections"`
	Items    []Item    `json:"items"`
}

// Section groups items on the page; every item is in exactly one section.
type Section struct {
	ID    string   `json:"id"`
	Title Text     `json:"title"`
	Items []string `json:"items"`
}

// Item is one question.
type Item struct {
	ID        string     `json:"id"`
	Type      ItemType   `json:"type"`
	Text      Text       `json:"text"`
	Hint      Text       `json:"hint,omitempty"`
	Factor    string     `json:"factor,omitempty"` // of a criterion or factor item: tc, tt, cc, kq, pa
	Required  bool       `json:"required,omitempty"`
	NA        bool       `json:"na,omitempty"` // "Không có ý kiến / Không áp dụng" may be answered
	Options   []Option   `json:"options,omitempty"`
	Max       float64    `json:"max,omitempty"` // text: characters; number: largest value; multiple: most options
	ShowWhen  *Condition `json:"showWhen,omitempty"`
	Retention Retention  `json:"retention,omitempty"` // empty means kept
}

// Option is one choice of a single or multiple item.
type Option struct {
	ID   string `json:"id"`
	Text Text   `json:"text"`
}

// Condition shows an item only when another item's answer is one of In.
type Condition struct {
	Item string   `json:"item"`
	In   []Answer `json:"in"`
}

var itemIDPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// IsItemID reports whether s can be the id of an item or option.
func IsItemID(s string) bool { return len(s) <= 64 && itemIDPattern.MatchString(s) }

// Item finds an item by id, or nil.
func (q *Questionnaire) Item(id string) *Item {
	for i := range q.Items {
		if q.Items[i].ID == id {
			return &q.Items[i]
		}
	}
	return nil
}

// Option finds an option by id, or nil.
func (it *Item) Option(id string) *Option {
	for i := range it.Options {
		if it.Options[i].ID == id {
			return &it.Options[i]
		}
	}
	return nil
}

// Open reports whether answers to the item belong to the erasable part.
func (it *Item) Open() bool { return it.Retention == RetentionOpen || it.Type == ItemText }

// MaxCharacters is the longest text the item takes.
func (it *Item) MaxCharacters() int {
	if it.Max > 0 && it.Max < MaxText {
		return int(it.Max)
	}
	return MaxText
}

// Shown reports whether the item is asked, given the answers so far.
func (it *Item) Shown(answers Answers) bool {
	if it.ShowWhen == nil {
		return true
	}
	given, ok := answers[it.ShowWhen.Item]
	return ok && slices.ContainsFunc(it.ShowWhen.In, given.Equal)
}

// Check tests answers against the form and gives every error at once, in the
// order of the form; paths are "answers.<item>". A partial response may leave
// required items out. Reasons: required, unknownItem, notShown, type,
// level, naNotOffered, unknownOption, repeatedOption, tooMany, tooLong, range.
func (q *Questionnaire) Check(answers Answers, partial bool) []FieldError {
	var errs []FieldError
	add := func(id, reason string, params map[string]any) {
		errs = append(errs, FieldError{Path: "answers." + id, Reason: reason, Params: params})
	}
	for i := range q.Items {
		it := &q.Items[i]
		a, given := answers[it.ID]
		switch shown := it.Shown(answers); {
		case given && !shown:
			add(it.ID, ReasonNotShown, nil)
		case given && it.Required && !partial && a.empty():
			add(it.ID, ReasonRequired, nil)
		case given:
			if reason, params := it.check(a); reason != "" {
				add(it.ID, reason, params)
			}
		case shown && it.Required && !partial:
			add(it.ID, ReasonRequired, nil)
		}
	}
	for _, id := range answers.IDs() {
		if q.Item(id) == nil {
			// The id is the sender's own text, so it is not repeated.
			errs = append(errs, FieldError{Path: "answers", Reason: ReasonUnknownItem})
			break
		}
	}
	return errs
}

func (it *Item) check(a Answer) (reason string, params map[string]any) {
	if it.Type != ItemText && a.IsNA() { // a comment may well read "na"
		if !it.NA {
			return ReasonNANotOffered, nil
		}
		return "", nil
	}
	switch it.Type {
	case ItemRating:
		if level, ok := a.Level(); !ok || level < LevelMin || level > LevelMax {
			return ReasonLevel, map[string]any{"min": LevelMin, "max": LevelMax}
		}
	case ItemSingle:
		id, ok := a.Text()
		if !ok {
			return ReasonType, nil
		}
		if it.Option(id) == nil {
			return ReasonUnknownOption, nil
		}
	case ItemMultiple:
		ids, ok := a.List()
		if !ok {
			return ReasonType, nil
		}
		seen := map[string]bool{}
		for _, id := range ids {
			if it.Option(id) == nil {
				return ReasonUnknownOption, nil
			}
			if seen[id] {
				return ReasonRepeatedOption, nil
			}
			seen[id] = true
		}
		if it.Max > 0 && float64(len(ids)) > it.Max {
			return ReasonTooMany, map[string]any{"max": int(it.Max)}
		}
	case ItemYesNo:
		if _, ok := a.Bool(); !ok {
			return ReasonType, nil
		}
	case ItemNumber:
		n, ok := a.Number()
		if !ok {
			return ReasonType, nil
		}
		if n < 0 || (it.Max > 0 && n > it.Max) {
			return ReasonRange, map[string]any{"min": 0, "max": it.Max}
		}
	case ItemText:
		s, ok := a.Text()
		if !ok {
			return ReasonType, nil
		}
		if utf8.RuneCountInString(s) > it.MaxCharacters() {
			return ReasonTooLong, map[string]any{"max": it.MaxCharacters()}
		}
	case ItemInfo:
		return ReasonType, nil
	}
	return "", nil
}
