package results

import (
	"context"
	"slices"

	"sipas/survey"
	"sipas/survey/ledger"
)

// MinimumHolding is how many responses of a group hold a term that is shown of it.
const MinimumHolding = 5

// Words is what people say in two groups of comments.
type Words struct {
	Heading
	Contrast Contrast  `json:"contrast"`
	First    WordGroup `json:"first"`
	Second   WordGroup `json:"second"`
}

// WordGroup is what one group of comments says. Terms count responses, not how often
// they occur; each is held by at least MinimumHolding responses of the group.
type WordGroup struct {
	Name        survey.Text `json:"name"`
	Comments    *int64      `json:"comments"`    // read, the newest; null where withheld
	Of          *int64      `json:"of"`          // there are to read
	Distinctive []Term      `json:"distinctive"` // what sets the group apart, the clearest first
	Typical     []Term      `json:"typical"`     // what is often said in it and less elsewhere, clear or not
	Withheld    *Withheld   `json:"withheld"`
}

// Term is a word of one or more syllables, or two words that belong together. What
// compares the groups is null where one of them is withheld or empty.
type Term struct {
	Term        string   `json:"term"`
	Comments    int64    `json:"comments"`    // of the group that hold it
	Share       *float64 `json:"share"`       // percent of the group's comments
	Others      *int64   `json:"others"`      // of the other group that hold it
	OthersShare *float64 `json:"othersShare"` // percent
	LogOdds     *float64 `json:"logOdds"`     // above 0: more in this group
	Z           *float64 `json:"z"`
	G2          *float64 `json:"g2"`
	AdjustedP   *float64 `json:"adjustedP"`
}

// Words compares what two groups of comments on the query's agency and everything
// below it say. Comments of cells that are withheld are left out, whoever asks; a
// group of fewer than MinimumN comments is withheld. Scope and errors as with Board,
// for both groups; unavailable where the store does not answer.
func (s *Service) Words(ctx context.Context, actor survey.Actor, q WordsQuery) (Words, error) {
	sel, t, err := s.spoken(actor, q.Query)
	if err != nil {
		return Words{}, err
	}
	other, otherTable, err := sel, t, nil
	if q.Contrast != ContrastRating {
		if other, otherTable, err = sel.second(actor, q); err != nil {
			return Words{}, err
		}
	}
	w := Words{Heading: sel.heading(wordMethods()...), Contrast: q.Contrast}
	w.First, w.Second = newGroup(t), newGroup(otherTable)
	w.First.Name, w.Second.Name = sel.called(other, q.Contrast)
	least := toldAgency
	if sel.Field != "" || other.Field != "" {
		least = toldField
	}
	groups := [2][]remark{sel.speakable(t, least), other.speakable(otherTable, least)}
	if q.Contrast == ContrastRating {
		groups = byRating(groups[0])
	} else {
		groups[1] = without(groups[1], groups[0])
	}
	w.First.Of, w.Second.Of = pointer(int64(len(groups[0]))), pointer(int64(len(groups[1])))
	var texts [2][]remark
	for i, some := range newest(groups, q.Contrast) {
		if texts[i], err = s.fetch(ctx, some); err != nil {
			return Words{}, err
		}
	}
	w.First.count(len(texts[0]))
	w.Second.count(len(texts[1]))
	if err := w.speak(texts); err != nil {
		return Words{}, err
	}
	w.conclude(w.summary(least))
	return w, nil
}

// newGroup is a group that is withheld where the figure of its selection is.
func newGroup(t *table) WordGroup {
	return WordGroup{Distinctive: []Term{}, Typical: []Term{}, Withheld: t.withholding(pair{t.sel.agency.ID, t.sel.Field})}
}

// speakable gives the remarks of a selection whose figure is not withheld.
func (sel *selection) speakable(t *table, least told) []remark {
	if t.withholding(pair{sel.agency.ID, sel.Field}) != nil {
		return nil
	}
	return sel.remarks(t, least)
}

// byRating parts comments at the level from which a citizen counts as satisfied;
// those without a level are in neither group.
func byRating(all []remark) (groups [2][]remark) {
	for _, r := range all {
		switch {
		case r.level >= survey.LevelSatisfied:
			groups[1] = append(groups[1], r)
		case r.level > 0:
			groups[0] = append(groups[0], r)
		}
	}
	return groups
}

func without(all, taken []remark) []remark {
	in := make(map[ledger.Position]bool, len(taken))
	for _, r := range taken {
		in[r.at] = true
	}
	return slices.DeleteFunc(all, func(r remark) bool { return in[r.at] })
}

// newest keeps as many comments as are read for one answer: the newest of both groups,
// so that they are of the same days, or half of each where their periods differ.
func newest(groups [2][]remark, contrast Contrast) [2][]remark {
	if len(groups[0])+len(groups[1]) <= analysedComments {
		return groups
	}
	if contrast == ContrastPeriod {
		for i, g := range groups {
			groups[i] = g[:min(len(g), analysedComments/2)]
		}
		return groups
	}
	both := slices.Concat(groups[0], groups[1])
	slices.SortFunc(both, newerFirst)
	last := both[analysedComments-1]
	for i, g := range groups {
		end, found := slices.BinarySearchFunc(g, last, newerFirst)
		if found {
			end++
		}
		groups[i] = g[:end]
	}
	return groups
}

// count takes note of how many comments were read, if they are enough to be spoken of.
func (g *WordGroup) count(read int) {
	n := int64(read)
	if g.Comments = &n; g.Withheld == nil && 0 < n && n < MinimumN {
		g.Withheld = pointer(WithheldMinimumN)
	}
	if g.Withheld != nil {
		g.Comments, g.Of = nil, nil
	}
}

// shown reports whether the group has comments that may be spoken of.
func (g *WordGroup) shown() bool { return g.Withheld == nil && *g.Comments > 0 }

// speak finds the terms of each group that is shown, from nothing of one that is not.
func (w *Words) speak(texts [2][]remark) error {
	groups := []*WordGroup{&w.First, &w.Second}
	for i, g := range groups {
		if !g.shown() {
			texts[i] = nil
		}
	}
	c, err := compare(texts)
	if err != nil {
		return err
	}
	for i, g := range groups {
		if !g.shown() {
			continue
		}
		g.Distinctive = c.distinctive(i)
		if g.Typical, err = c.typical(i); err != nil {
			return err
		}
	}
	return nil
}
