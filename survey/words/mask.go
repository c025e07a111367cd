package words

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The marks that stand in a text for what [Mask] has taken out.
const (
	MaskedMail   = "[thư điện tử]"
	MaskedLink   = "[liên kết]"
	MaskedCode   = "[mã số]"
	MaskedNumber = "[dãy số]"
)

// masks are applied in order, so that the digits of a link are not left as a number.
var masks = []struct {
	mark    string
	pattern *regexp.Regexp
	keep    func(match string) bool
}{
	{MaskedMail, regexp.MustCompile(`[^\s@,;:()<>\[\]]+@[^\s@,;:()<>\[\]]+`), nil},
	{MaskedLink, regexp.MustCompile(`(?i)\b(?:https?://|www\.|(?:fb|facebook|zalo|youtube|tiktok)\.(?:com|me|vn)/)\S*`), nil},
	// File codes, number plates, numbers of documents.
	{MaskedCode, regexp.MustCompile(`[\p{L}\p{Nd}]+(?:[.\-–/][\p{L}\p{Nd}]+)+`), isNoCode},
	// Telephone, identity, tax and account numbers, however they are grouped; passports and certificates.
	{MaskedNumber, regexp.MustCompile(`\p{L}{0,2}\p{Nd}{6,}(?:-\p{Nd}+)?|\+?\(?\p{Nd}(?:[ .\-–()]{0,2}\p{Nd}){7,}`), isDate},
}

var dates = regexp.MustCompile(`^(?:\d{1,2}[./\-–]\d{1,2}[./\-–](?:\d{4}|\d{2})|\d{4}[./\-–]\d{1,2}[./\-–]\d{1,2})$`)

func isDate(match string) bool { return dates.MatchString(match) }

// isNoCode keeps words joined by strokes, dates, and numbers that are left to the next mask.
func isNoCode(match string) bool {
	var digits, letters int
	for _, r := range match {
		switch {
		case unicode.Is(unicode.Nd, r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	number := letters == 0 && (digits < 7 || !strings.Contains(match, "/"))
	return digits < 5 || number || isDate(match)
}

// Mask takes out of a text what could lead to a person: mail addresses, links,
// file codes, and rows of six digits or more (of eight where they are grouped). Dates and smaller amounts stay. It errs on the side of
// masking; names, and numbers in words, it cannot see. The text comes back in NFC
// without invisible characters.
func Mask(text string) string { return masked(text, func(mark string) string { return mark }) }

func masked(text string, replacement func(mark string) string) string {
	text = norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text))
	for _, m := range masks {
		text = m.pattern.ReplaceAllStringFunc(text, func(match string) string {
			if m.keep != nil && m.keep(match) {
				return match
			}
			return replacement(m.mark)
		})
	}
	return text
}
