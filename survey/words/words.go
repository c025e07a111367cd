package words

import (
	"slices"
	"strings"
	"unicode"

	uax29 "github.com/clipperhouse/uax29/v2/words"
)

// Clauses are the words of a text, clause by clause as punctuation divides it.
// The syllables of a word are joined by underscores, as are a negation and the
// word that it turns around.
type Clauses [][]string

// Split masks and normalises a text and divides it into words.
//
// Numbers are left out. A text without any diacritics is read as if it had them,
// as far as the lexicon knows its words. A negation goes with the next word that
// says something, within its clause; one that nothing follows is left out.
func (l *Lexicon) Split(text string) Clauses {
	text = Normalize(masked(text, func(string) string { return "\n" }))
	plain := isPlain(text)
	var clauses Clauses
	for _, syllables := range clausesOf(text) {
		if words := l.words(l.expand(syllables), plain); len(words) > 0 {
			clauses = append(clauses, words)
		}
	}
	return clauses
}

// Words are all words of the text in their order.
func (c Clauses) Words() []string { return slices.Concat(c...) }

// Bigrams are the pairs of neighbouring words within a clause, joined by a blank.
// Most are chance; those worth showing stand out by their likelihood ratio.
func (c Clauses) Bigrams() []string {
	var pairs []string
	for _, words := range c {
		for i := range len(words) - 1 {
			pairs = append(pairs, words[i]+" "+words[i+1])
		}
	}
	return pairs
}

// Documents counts the texts that hold each term: a term that one writer repeats
// counts once.
func Documents(texts [][]string) map[string]int64 {
	counts := map[string]int64{}
	for _, terms := range texts {
		for _, term := range slices.Compact(slices.Sorted(slices.Values(terms))) {
			counts[term]++
		}
	}
	return counts
}

// isPlain reports whether a text is written without diacritics.
func isPlain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) })
}

// clausesOf divides a text into rows of syllables.
func clausesOf(text string) [][]string {
	var clauses [][]string
	var clause []string
	for tokens := uax29.FromString(text); tokens.Next(); {
		token := tokens.Value()
		switch {
		case strings.ContainsFunc(token, unicode.IsLetter):
			clause = append(clause, token)
		case token == "-" || strings.TrimSpace(token) == "" && !strings.ContainsAny(token, "\n\r"):
			// A blank or a hyphen (một-cửa) goes on.
		default:
			clauses, clause = append(clauses, clause), nil
		}
	}
	return append(clauses, clause)
}

// syllablesOf are the syllables of a text whatever stands between them.
func syllablesOf(text string) []string { return slices.Concat(clausesOf(text)...) }

// expand writes short forms out.
func (l *Lexicon) expand(syllables []string) []string {
	var full []string
	for _, s := range syllables {
		if long, known := l.short[s]; known {
			full = append(full, strings.Fields(long)...)
		} else {
			full = append(full, s)
		}
	}
	return full
}

// words puts syllables together, drops what says nothing and joins negations.
func (l *Lexicon) words(syllables []string, plain bool) []string {
	var words []string
	negated := ""
	for len(syllables) > 0 {
		word, length := l.match(syllables, plain)
		syllables = syllables[length:]
		switch l.kinds[word] {
		case stop:
		case negation:
			negated = word + "_"
		default:
			words = append(words, negated+strings.ReplaceAll(word, " ", "_"))
			negated = ""
		}
	}
	return words
}
