package tally

import (
	"cmp"
	"fmt"
	"slices"
)

// MaxPatternItems is how many items a pattern holds.
const MaxPatternItems = 64 / patternBits

const patternBits = 3 // a code of an item

// Pattern is one way to answer some items together, and how many rows did so.
type Pattern struct {
	Rows  int64
	codes uint64
}

// Code is the code of the i-th item asked for: [Missing], 1 to 5 or [NotApplicable].
func (p Pattern) Code(i int) uint8 { return uint8(p.codes>>(patternBits*i)) & (1<<patternBits - 1) }

// Patterns counts the rows in view by their codes of some items taken together, of
// every form that has all of these items. The patterns come in an order that depends
// on nothing but themselves; of a row, they tell nothing but these codes. No items
// at all, more than [MaxPatternItems] or one of them twice is an error.
func (s Snapshot) Patterns(f Filter, items []Measure) ([]Pattern, error) {
	if len(items) == 0 || len(items) > MaxPatternItems {
		return nil, fmt.Errorf("tally: patterns of %d items, not 1 to %d", len(items), MaxPatternItems)
	}
	q := Query{Filter: f, Items: items, Forms: []FormID{}}
	for _, l := range s.state.layouts {
		if l.asks(items) {
			q.Forms = append(q.Forms, l.id)
		}
	}
	if err := q.check(s.state); err != nil {
		return nil, err
	}
	days := f.days()
	if days.first > days.last {
		return nil, nil
	}
	views := append(q.views(s.state.sealed, days), q.views(s.state.open, days)...)
	rows := 0
	for _, v := range views {
		rows += v.rows
	}
	passer, found := newPasser(f), make([][]uint64, len(views))
	share(len(views), rows, func(i int) {
		found[i] = views[i].codes(passer, days, items)
		slices.Sort(found[i])
	})
	return patternsOf(found, rows), nil
}

// asks reports whether the form has all of the items.
func (l *layout) asks(items []Measure) bool {
	for _, measure := range items {
		if _, has := l.item[measure]; !has {
			return false
		}
	}
	return true
}

// codes packs the codes of the items of each row that passes.
func (v *view) codes(p *passer, days span, items []Measure) []uint64 {
	var passesArray [blockRows]bool
	var codesArray [blockRows]uint64
	passes, codes := passesArray[:v.rows], codesArray[:v.rows]
	p.pass(v, days, passes)
	for i, measure := range items {
		position := v.layout.item[measure]
		of := &codeOf[position%2]
		for row, pair := range v.items[position/2][:v.rows] {
			codes[row] |= of[pair] << (patternBits * i)
		}
	}
	var packed []uint64
	for row, code := range codes {
		if passes[row] {
			packed = append(packed, code)
		}
	}
	return packed
}

// codeOf gives the first and the second code of a pair.
var codeOf = func() (codes [2][256]uint64) {
	for pair := range pairCodes {
		codes[0][pair], codes[1][pair] = uint64(pair%itemCodes), uint64(pair/itemCodes)
	}
	return codes
}()

// patternsOf counts the equal codes among sorted lists of some rows.
func patternsOf(sorted [][]uint64, rows int) []Pattern {
	for len(sorted) > 1 {
		half := make([][]uint64, (len(sorted)+1)/2)
		share(len(half), rows, func(i int) {
			if half[i] = sorted[2*i]; 2*i+1 < len(sorted) {
				half[i] = merged(sorted[2*i], sorted[2*i+1])
			}
		})
		sorted = half
	}
	var patterns []Pattern
	for _, codes := range sorted {
		for _, code := range codes {
			if n := len(patterns); n > 0 && patterns[n-1].codes == code {
				patterns[n-1].Rows++
			} else {
				patterns = append(patterns, Pattern{Rows: 1, codes: code})
			}
		}
	}
	return patterns
}

// merged is one sorted list of two.
func merged(a, b []uint64) []uint64 {
	list := make([]uint64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if cmp.Less(b[0], a[0]) {
			list, b = append(list, b[0]), b[1:]
		} else {
			list, a = append(list, a[0]), a[1:]
		}
	}
	return append(append(list, a...), b...)
}
