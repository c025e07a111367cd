package results

import (
	"errors"
	"slices"

	"sipas/stats"
	"sipas/stats/tally"
)

// noField stands for ratings whose field is not known; no field can have this id.
const noField = "?"

// sides are the counts of one part without and with the excluded ratings.
type sides struct{ clean, all counts }

func (s *sides) add(o *sides) {
	s.clean.add(o.clean)
	s.all.add(o.all)
}

// sorted puts a group's counts on the sides that its flags allow.
func sorted(c counts, flags int) sides {
	if uint16(flags)&excludedBits != 0 {
		return sides{all: c}
	}
	return sides{clean: c, all: c}
}

// shown is the side that the query asks for.
func (sel *selection) shown(s sides) counts {
	if sel.Flags == FlagsInclude {
		return s.all
	}
	return s.clean
}

// table is one measure in one period by agency and field, over the whole province
// whatever part of it was asked for: what is withheld must not depend on who asks for
// how much, or two answers together would tell what each keeps back.
type table struct {
	*grid
	sel      *selection
	measure  string
	cells    []sides    // by place: everything rated in the agency's subtree
	own      []int64    // by place: respondents among the shown ratings of the agency itself
	withheld []Withheld // by place; "" where nothing keeps the figure back
	// hidden are the own ratings of agencies with others below that sums need
	// withheld; no figure of a table shows them.
	hidden map[pair]bool
}

// wide is the selection's filter without what only chooses a part of the table.
func (sel *selection) wide() tally.Filter {
	f := sel.filter
	f.Agencies, f.Fields = nil, nil
	return f
}

// newTable counts a measure and decides what of it is kept back.
func (sel *selection) newTable(measure string) (*table, error) {
	t := &table{grid: sel.grid, sel: sel, measure: measure, cells: make([]sides, sel.grid.size()), own: make([]int64, sel.grid.size()),
		withheld: make([]Withheld, sel.grid.size()), hidden: map[pair]bool{}}
	err := sel.each(sel.wide(), measure, func(key *key, c counts) {
		s := sorted(c, key[2])
		t.cells[t.of(key[0], key[1])].add(&s)
	}, tally.ByAgency, tally.ByField, tally.ByFlags)
	if err != nil {
		return nil, err
	}
	sumFields(t.grid, t.cells, (*sides).add)
	for at := range t.own {
		t.own[at] = t.shownN(at)
	}
	sumSubtrees(t.grid, t.cells, (*sides).add)
	return t, t.decide()
}

// sides gives the counts of a place; none where there is no such place.
func (t *table) sides(at pair) sides {
	if place, ok := t.at(at); ok {
		return t.cells[place]
	}
	return sides{}
}

// n is the number of respondents of a side.
func (t *table) n(c counts) int64 {
	n, _, _ := c.numbers(t.measure)
	return n
}

// shownN is the number of respondents of a place on the side that the query asks for.
func (t *table) shownN(place int) int64 { return t.n(t.sel.shown(t.cells[place])) }

// decide applies the publication rules, in this order: figures that say too little;
// figures that, set against others a reader may ask for, tell of too few; and figures
// that the sums of the table need withheld, so that none of the others can be derived.
func (t *table) decide() error {
	failed := make([]error, len(t.agencies))
	parallel(len(t.agencies), func(row int) {
		for at := row * len(t.fields); at < (row+1)*len(t.fields); at++ {
			poor, err := t.sel.tooLittle(t.measure, t.sel.shown(t.cells[at]))
			if err != nil {
				failed[row] = err
			}
			if poor {
				t.withheld[at] = WithheldMinimumN
			}
		}
	})
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if err := t.guard(); err != nil {
		return err
	}
	return t.complete()
}

// keepBack withholds a figure that, set against others, would tell of too few.
func (t *table) keepBack(place int) {
	if t.withheld[place] == "" {
		t.withheld[place] = WithheldDifferencing
	}
}

// complete withholds what sums would give away: every agency's total is the sum
// of its fields, and every field of an agency is the sum of the agencies right below and its own ratings.
func (t *table) complete() error {
	c := newCompletion(t)
	c.crowd()
	suppressed, err := stats.SuppressTable(c.cells, c.sums, 1)
	if err != nil {
		return miscounted(err)
	}
	for i, withheld := range suppressed.Withheld {
		switch at := c.spots[i]; {
		case !withheld:
		case at.own:
			t.hidden[t.pair(at.place)] = true
		case t.withheld[at.place] == "":
			t.withheld[at.place] = WithheldSecondary
		}
	}
	return nil
}

// completion is a table as stats completes its suppression.
type completion struct {
	t     *table
	index []int  // of each place's cell, counted from 1; 0 without
	spots []spot // of the cells
	cells []stats.Cell
	sums  []stats.Sum
}

// spot is where a cell stands: a figure, or the ratings of an inner agency itself, which no figure of the table shows.
type spot struct {
	place int
	own   bool
}

func newCompletion(t *table) *completion {
	c := &completion{t: t, index: make([]int, t.size())}
	width := len(t.fields)
	children := make([][]int, len(t.agencies))
	for row := 1; row < len(t.agencies); row++ {
		children[t.parents[row]] = append(children[t.parents[row]], row)
	}
	for row := range t.agencies {
		var fields []int
		for column := 1; column < width; column++ {
			fields = c.part(fields, row*width+column)
		}
		c.sum(row*width, fields)
		if children[row] == nil {
			continue
		}
		for column := range width {
			parts := c.own(row*width + column)
			for _, child := range children[row] {
				parts = c.part(parts, child*width+column)
			}
			c.sum(row*width+column, parts)
		}
	}
	return c
}

// cell gives the index of a cell; not ok where nobody answered, which is no secret.
func (c *completion) cell(place int) (i int, ok bool) {
	if i := c.index[place]; i > 0 {
		return i - 1, true
	}
	n := c.t.shownN(place)
	if n == 0 {
		return 0, false
	}
	i = c.append(spot{place: place}, n, c.t.withheld[place])
	c.index[place] = i + 1
	return i, true
}

// append adds a cell. Who reads that it is withheld, and by which rule, knows on
// which side of the minimum it lies, unless it was for differencing; where figures also
// have to be precise, a withheld one may be of any number.
func (c *completion) append(at spot, n int64, withheld Withheld) int {
	minimum := c.t.sel.minimum()
	cell := stats.Cell{Value: n, Withheld: withheld != "", Least: minimum}
	switch most := minimum - 1; {
	case withheld == WithheldMinimumN && c.t.sel.Audience == AudiencePublic:
		cell.Least = 1
	case withheld == WithheldMinimumN:
		cell.Least, cell.Most = 1, &most
	case withheld != "" || at.own:
		cell.Least = 0
	}
	c.cells, c.spots = append(c.cells, cell), append(c.spots, at)
	return len(c.cells) - 1
}

// own is the part of an inner agency that are its own ratings: no figure, and yet
// what the figures of the agency and those below it would tell.
func (c *completion) own(place int) (parts []int) {
	n := c.t.own[place]
	if n == 0 {
		return nil
	}
	var withheld Withheld
	if c.t.sel.tooFew(n) {
		withheld = WithheldDifferencing
	}
	return []int{c.append(spot{place, true}, n, withheld)}
}

func (c *completion) part(parts []int, place int) []int {
	if i, ok := c.cell(place); ok {
		parts = append(parts, i)
	}
	return parts
}

// sum takes note that a cell is the sum of parts.
func (c *completion) sum(total int, parts []int) {
	if i, ok := c.cell(total); ok && len(parts) > 0 {
		c.sums = append(c.sums, stats.Sum{Total: i, Parts: parts})
	}
}

// crowd sees to it that the withheld parts of a published total are enough
// respondents together, since that sum is told by the others.
func (c *completion) crowd() {
	for _, s := range c.sums {
		if c.cells[s.Total].Withheld {
			continue
		}
		var together int64
		var open []int
		for _, part := range s.Parts {
			if c.cells[part].Withheld {
				together += c.cells[part].Value
			} else {
				open = append(open, part)
			}
		}
		if !c.t.sel.tooFew(together) {
			continue
		}
		slices.SortFunc(open, func(a, b int) int { return int(c.cells[a].Value - c.cells[b].Value) })
		if len(open) > 0 {
			c.cells[open[0]].Withheld = true
		} else {
			c.cells[s.Total].Withheld = true
		}
	}
}

// withholding gives the rule that keeps a cell back, nil where none does.
func (t *table) withholding(at pair) *Withheld {
	place, ok := t.at(at)
	if !ok || t.withheld[place] == "" {
		return nil
	}
	rule := t.withheld[place]
	return &rule
}
