package words

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed lexicon.txt
var shipped string

// Lexicon knows the words of several syllables, the words that say nothing, the
// negations and the short forms of a field. It is not changed after Parse and may
// be used by many at once.
type Lexicon struct {
	kinds   map[string]kind   // by normalised spelling
	plain   map[string]string // spelling by what is left without diacritics
	short   map[string]string // full form by short form
	longest int               // syllables of the longest word
}

type kind int

const (
	content kind = iota
	stop
	negation
)

// Shipped is the lexicon of the field that comes with the program.
var Shipped = func() *Lexicon {
	l, err := Parse(shipped)
	if err != nil {
		panic(err)
	}
	return l
}()

// Parse reads a lexicon; the shipped one, lexicon.txt, says how it is written. A
// line that cannot be read is an error that names it.
func Parse(text string) (*Lexicon, error) {
	l := &Lexicon{kinds: map[string]kind{}, plain: map[string]string{}, short: map[string]string{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = Normalize(strings.TrimSpace(line))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		entry, full, shortened := strings.Cut(line, "=")
		k := content
		switch {
		case strings.HasPrefix(entry, "- "):
			k, entry = stop, entry[2:]
		case strings.HasPrefix(entry, "! "):
			k, entry = negation, entry[2:]
		}
		entry, full = strings.Join(syllablesOf(entry), " "), strings.Join(syllablesOf(full), " ")
		switch {
		case entry == "" || shortened && (full == "" || k != content || strings.Contains(entry, " ")):
			return nil, fmt.Errorf("words: line %d of the lexicon: write a word, - word, ! word or short = full, not %q", n, line)
		case shortened:
			l.short[entry] = full
		default:
			l.add(entry, k)
		}
	}
	return l, nil
}

func (l *Lexicon) add(entry string, k kind) {
	if _, known := l.kinds[entry]; known {
		return
	}
	l.kinds[entry] = k
	l.longest = max(l.longest, strings.Count(entry, " ")+1)
	// Of words that look alike those that say nothing are the frequent ones.
	without := bare(entry)
	if other, taken := l.plain[without]; !taken || k != content && l.kinds[other] == content && !strings.Contains(entry, " ") {
		l.plain[without] = entry
	}
}

// Size is the number of words, without short forms.
func (l *Lexicon) Size() int { return len(l.kinds) }

// match finds the longest word that a row of syllables begins with. Words of
// several syllables are recognised without diacritics too, single ones only where
// the whole text has none: "can bo" is cán bộ anywhere, "cham" is chậm only there.
func (l *Lexicon) match(syllables []string, plain bool) (word string, length int) {
	for length = min(l.longest, len(syllables)); length > 0; length-- {
		word = strings.Join(syllables[:length], " ")
		if _, known := l.kinds[word]; known {
			return word, length
		}
		if spelled, known := l.plain[word]; known && (length > 1 || plain) {
			return spelled, length
		}
	}
	return syllables[0], 1
}
