package results

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"sipas/stats"
	"sipas/survey/words"
)

const (
	// shownTerms and typicalTerms are how many terms a group shows at most.
	shownTerms   = 30
	typicalTerms = 10
	// priorShare is the weight of the prior: a tenth of the comments, in which terms
	// are as frequent as in all of them.
	priorShare = 0.1
	// termLevel is the share of terms shown as distinctive that may be so by chance.
	termLevel = 0.05
	// collocationG2 is the likelihood ratio from which two neighbouring words are one
	// term: the 0.0001 point of χ² with one degree of freedom.
	collocationG2 = 15.13
)

// vocabulary counts in how many comments of each group a term occurs.
type vocabulary struct {
	words, pairs map[string]stats.TermCount
}

// divide splits comments into clauses on all processors.
func divide(remarks []remark) []words.Clauses {
	all := make([]words.Clauses, len(remarks))
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < len(remarks); i += workers {
				all[i] = words.Shipped.Split(remarks[i].text)
			}
		})
	}
	group.Wait()
	return all
}

func newVocabulary(texts [2][]remark) vocabulary {
	v := vocabulary{map[string]stats.TermCount{}, map[string]stats.TermCount{}}
	for i, remarks := range texts {
		var singles, pairs [][]string
		for _, clauses := range divide(remarks) {
			singles, pairs = append(singles, clauses.Words()), append(pairs, clauses.Bigrams())
		}
		addTo(v.words, i, words.Documents(singles))
		addTo(v.pairs, i, words.Documents(pairs))
	}
	return v
}

func addTo(counts map[string]stats.TermCount, group int, documents map[string]int64) {
	for term, n := range documents {
		c := counts[term]
		if group == 0 {
			c.First += n
		} else {
			c.Second += n
		}
		counts[term] = c
	}
}

func total(c stats.TermCount) int64 { return c.First + c.Second }

// terms gives what may be shown in the end: words and pairs of words that belong
// together, in enough comments of either group. A word that is only ever
// in such a pair is left to the pair.
func (v vocabulary) terms() (map[string]stats.TermCount, error) {
	enough := func(c stats.TermCount) bool { return max(c.First, c.Second) >= MinimumHolding }
	terms := map[string]stats.TermCount{}
	for word, c := range v.words {
		if enough(c) {
			terms[word] = c
		}
	}
	var all int64
	begins, ends := map[string]int64{}, map[string]int64{}
	for term, c := range v.pairs {
		first, second, _ := strings.Cut(term, " ")
		begins[first] += total(c)
		ends[second] += total(c)
		all += total(c)
	}
	for term, c := range v.pairs {
		if !enough(c) {
			continue
		}
		first, second, _ := strings.Cut(term, " ")
		k, err := stats.CompareTerm(stats.TermCount{First: total(c), Second: ends[second] - total(c)}, begins[first], all-begins[first], 0, 0)
		if err != nil {
			return nil, miscounted(err)
		}
		expected := float64(begins[first]) * float64(ends[second]) / float64(all)
		if k.G2Cells == nil || *k.G2Cells <= collocationG2 || float64(total(c)) <= expected {
			continue
		}
		terms[term] = c
		for _, word := range []string{first, second} {
			if v.words[word] == c {
				delete(terms, word)
			}
		}
	}
	return terms, nil
}

// comparison is a vocabulary set against two groups of comments.
type comparison struct {
	terms   []string // in their order
	holding [2]map[string]int64
	n       [2]int64                 // comments
	keys    map[string]stats.Keyness // empty where there is only one group
}

func compare(texts [2][]remark) (*comparison, error) {
	counts, err := newVocabulary(texts).terms()
	if err != nil {
		return nil, err
	}
	c := &comparison{terms: slices.Sorted(maps.Keys(counts)), n: [2]int64{int64(len(texts[0])), int64(len(texts[1]))}, keys: map[string]stats.Keyness{}}
	c.holding = [2]map[string]int64{{}, {}}
	all := make([]stats.TermCount, len(c.terms))
	for i, term := range c.terms {
		all[i] = counts[term]
		c.holding[0][term], c.holding[1][term] = all[i].First, all[i].Second
	}
	if c.n[0] == 0 || c.n[1] == 0 {
		return c, nil
	}
	keys, err := stats.KeyTerms(all, c.n[0], c.n[1], priorShare, MinimumHolding, termLevel)
	if err != nil {
		return nil, miscounted(err)
	}
	for i, term := range c.terms {
		c.keys[term] = keys[i]
	}
	return c, nil
}

// distinctive lists what sets a group apart, the clearest first.
func (c *comparison) distinctive(group int) []Term {
	found := []Term{}
	for _, term := range c.terms {
		if t := c.term(term, group); c.keys[term].Distinctive && *t.LogOdds > 0 && t.Comments >= MinimumHolding {
			found = append(found, t)
		}
	}
	slices.SortStableFunc(found, func(a, b Term) int { return cmp.Compare(*b.Z, *a.Z) })
	return found[:min(len(found), shownTerms)]
}

// typical lists what weighs most among the words of a group, where the two groups are the texts.
func (c *comparison) typical(group int) ([]Term, error) {
	weights, err := stats.TFIDF(c.holding[:])
	if err != nil {
		return nil, miscounted(err)
	}
	slices.SortStableFunc(weights[group], func(a, b stats.TermWeight) int { return cmp.Compare(b.Weight, a.Weight) })
	found := []Term{}
	for _, w := range weights[group] {
		if w.Count >= MinimumHolding && len(found) < typicalTerms {
			found = append(found, c.term(w.Term, group))
		}
	}
	return found, nil
}

// term says of a term what a group does with it.
func (c *comparison) term(term string, group int) Term {
	share := func(group int) *float64 { return percent(float64(c.holding[group][term]) / float64(c.n[group])) }
	t := Term{Term: strings.ReplaceAll(term, "_", " "), Comments: c.holding[group][term], Share: share(group)}
	k, compared := c.keys[term]
	if !compared {
		return t
	}
	t.Others, t.OthersShare = pointer(c.holding[1-group][term]), share(1-group)
	t.LogOdds, t.Z, t.G2, t.AdjustedP = k.LogOdds, k.Z, k.G2Cells, k.AdjustedP
	if group == 1 {
		t.LogOdds, t.Z = negative(k.LogOdds), negative(k.Z)
	}
	return t
}

func negative(x *float64) *float64 {
	if x == nil {
		return nil
	}
	return pointer(-*x)
}
