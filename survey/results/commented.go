package results

import (
	"iter"
	"math/bits"
	"slices"
	"strings"

	"sipas/survey"
	"sipas/survey/ledger"
)

// commentItem is the question in whose answer citizens say what they want.
const commentItem = "comment"

// comment gives what the citizen wrote, "" for nothing.
func comment(r *survey.Response) string {
	text, _ := r.Answers[commentItem].Text()
	return strings.TrimSpace(text)
}

// commented says which responses have a comment that was not erased, by stream.
// The comments themselves are kept nowhere but in the ledger.
type commented map[string]places

func (c commented) add(at ledger.Position) {
	p := c[at.Stream]
	p.add(at.N)
	c[at.Stream] = p
}

func (c commented) remove(at ledger.Position) { c[at.Stream].remove(at.N) }

func (c commented) clone() commented {
	clone := make(commented, len(c))
	for stream, p := range c {
		clone[stream] = slices.Clone(p)
	}
	return clone
}

// places is a set of places in a stream, from 1 on: a bit for each.
type places []uint64

func (p *places) add(n int64) {
	if missing := int(n/64) + 1 - len(*p); missing > 0 {
		*p = append(*p, make([]uint64, missing)...)
	}
	(*p)[n/64] |= 1 << (n % 64)
}

func (p places) remove(n int64) {
	if int(n/64) < len(p) {
		p[n/64] &^= 1 << (n % 64)
	}
}

// all gives the places in ascending order.
func (p places) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i, word := range p {
			for ; word != 0; word &= word - 1 {
				if !yield(int64(64*i + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}
