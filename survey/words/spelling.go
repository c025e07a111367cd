package words

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Normalize brings a text to the form in which spellings are compared: NFC, lower
// case, every tone mark where the traditional spelling has it. "HOÀ", "hoà" and
// "hòa" become "hòa"; "thuỷ" becomes "thủy", "qúy" becomes "quý". A word that is no
// Vietnamese syllable keeps its marks where they are.
func Normalize(s string) string {
	s = norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
	var b strings.Builder
	for len(s) > 0 {
		end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) })
		switch end {
		case -1:
			end = len(s)
		case 0:
			end = strings.IndexFunc(s, unicode.IsLetter)
			if end < 0 {
				end = len(s)
			}
			b.WriteString(s[:end])
			s = s[end:]
			continue
		}
		b.WriteString(placeTone(s[:end]))
		s = s[end:]
	}
	return b.String()
}

// tones are the combining marks of the five tones that are written.
const tones = "\u0300\u0301\u0303\u0309\u0323"

// placeTone moves the tone mark of a syllable to its traditional place.
func placeTone(syllable string) string {
	letters, tone := untoned(syllable)
	if tone == 0 {
		return syllable
	}
	from, to, ok := vowels(letters)
	if !ok {
		return syllable
	}
	at := tonePlace(letters, from, to)
	return norm.NFC.String(string(letters[:at+1]) + string(tone) + string(letters[at+1:]))
}

// untoned takes the tone mark off; 0 where there is none or more than one.
func untoned(syllable string) (letters []rune, tone rune) {
	var plain strings.Builder
	marks := 0
	for _, r := range norm.NFD.String(syllable) {
		if strings.ContainsRune(tones, r) {
			tone, marks = r, marks+1
			continue
		}
		plain.WriteRune(r)
	}
	if marks != 1 {
		return nil, 0
	}
	return []rune(norm.NFC.String(plain.String())), tone
}

// vowels finds the one group of vowels of a syllable; not ok where there is none or
// another. The u of "qu" and the i of "gi" before a vowel belong to the consonant.
func vowels(letters []rune) (from, to int, ok bool) {
	vowel := func(i int) bool { return i < len(letters) && strings.ContainsRune("aăâeêioôơuưy", letters[i]) }
	for from < len(letters) && !vowel(from) {
		from++
	}
	if from == 1 && vowel(from+1) && (letters[0] == 'q' && letters[1] == 'u' || letters[0] == 'g' && letters[1] == 'i') {
		from++
	}
	to = from
	for vowel(to) {
		to++
	}
	for i := to; i < len(letters); i++ {
		if vowel(i) {
			return 0, 0, false
		}
	}
	return from, to, to > from && to-from <= 3
}

// tonePlace is the letter that carries the tone.
func tonePlace(letters []rune, from, to int) int {
	for i := to - 1; i >= from; i-- {
		if strings.ContainsRune("ăâêôơư", letters[i]) {
			return i
		}
	}
	switch {
	case to-from == 1:
		return from
	case to < len(letters): // a consonant follows
		return to - 1
	default:
		return to - 2
	}
}

// bare is a normalised text without diacritics, đ as d.
func bare(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'đ':
			b.WriteByte('d')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
