package words

import "slices"

// Search prepares to look for a term: find reports whether its words stand side by
// side, within a clause of a text. They are compared as Split gives them, so that a
// term is found in exactly the texts that are counted for it; one that is written
// without any diacritics is found in every spelling. Not ok where the term says nothing.
func (l *Lexicon) Search(term string) (find func(text string) bool, ok bool) {
	form := func(word string) string { return word }
	if isPlain(Normalize(term)) {
		form = bare
	}
	spelled := func(words []string) []string {
		forms := make([]string, len(words))
		for i, word := range words {
			forms[i] = form(word)
		}
		return forms
	}
	wanted := spelled(l.Split(term).Words())
	if len(wanted) == 0 {
		return nil, false
	}
	return func(text string) bool {
		for _, clause := range l.Split(text) {
			clause = spelled(clause)
			for i := range len(clause) - len(wanted) + 1 {
				if slices.Equal(clause[i:i+len(wanted)], wanted) {
					return true
				}
			}
		}
		return false
	}, true
}
