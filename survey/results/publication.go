package results

import (
	"cmp"
	"errors"
	"fmt"
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
	people   []int64    // by spot: respondents on the side that the query asks for
	flagged  []int64    // by spot: those of them whose ratings are flagged; nil unless they are shown
	withheld []Withheld // by place; "" where nothing keeps the figure back
	// hidden are, by place, the own ratings of agencies with others below that sums need
	// withheld; no figure of a table shows them.
	hidden []bool
}

// wide is the selection's filter without what only chooses a part of the table.
func (sel *selection) wide() tally.Filter {
	f := sel.filter
	f.Agencies, f.Fields = sel.only, nil
	return f
}

// newTable counts a measure and decides what of it is kept back. Whoever asks may
// withhold more of it.
func (sel *selection) newTable(measure string) (*table, error) {
	decided, err := sel.decided(measure)
	if err != nil {
		return nil, err
	}
	decided.withheld, decided.hidden = slices.Clone(decided.withheld), slices.Clone(decided.hidden)
	return decided, nil
}

// decided is newTable's table, made once of a moment, for reading only.
func (sel *selection) decided(measure string) (*table, error) {
	kept, err := once(sel.shared, &sel.shared.tables, sel.key(measure), func() (*table, error) {
		t := sel.emptyTable(measure)
		err := sel.each(sel.wide(), measure, func(key *key, c counts) {
			s := sorted(c, key[2])
			t.cells[t.of(key[0], key[1])].add(&s)
		}, tally.ByAgency, tally.ByField, tally.ByFlags)
		if err != nil {
			return nil, err
		}
		t.rollUpCells()
		err = t.decide()
		t.sel = nil // it is the same for whoever asks
		return t, err
	})
	if err != nil {
		return nil, err
	}
	t := *kept
	t.sel = sel
	return &t, nil
}

// key names what a selection counts of a measure, whatever part of the table it shows.
func (sel *selection) key(measure string) string {
	return fmt.Sprintf("%s %s %s %d %#v %#v", measure, sel.Period.Name, sel.Flags, sel.minimum(), sel.forms, sel.wide())
}

func (sel *selection) emptyTable(measure string) *table {
	size := sel.grid.size()
	return &table{grid: sel.grid, sel: sel, measure: measure, cells: make([]sides, size),
		withheld: make([]Withheld, size), hidden: make([]bool, size)}
}

// rollUpCells adds counts by agency and field up to all fields and whole subtrees.
func (t *table) rollUpCells() {
	sumFields(t.grid, t.cells, (*sides).add)
	t.note(t.size())
	sumSubtrees(t.grid, t.cells, (*sides).add)
	t.note(0)
}

// note takes down the respondents of all places for as many spots.
func (t *table) note(spots int) {
	if t.people == nil {
		t.people = make([]int64, t.spots())
		if t.sel.Flags == FlagsInclude {
			t.flagged = make([]int64, t.spots())
		}
	}
	for at := range t.cells {
		t.people[spots+at] = t.n(t.sel.shown(t.cells[at]))
		if t.flagged != nil {
			t.flagged[spots+at] = t.people[spots+at] - t.n(t.cells[at].clean)
		}
	}
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
func (t *table) shownN(place int) int64 { return t.people[place] }

// decide applies the publication rules. A table without a filter withholds, in this order,
// figures that say too little; figures that, set against others a reader may ask for, tell of too few;
// and figures that the sums of the table need withheld, so that none of the others can be derived.
// With flagged ratings it also withholds what it does without them, and with a filter what it
// does without it; see [parting].
func (t *table) decide() error {
	chosen := t.sel.chosen()
	if t.sel.Flags == FlagsInclude {
		without, err := t.clean()
		if err != nil {
			return err
		}
		t.inherit(without.withheld, without.hidden)
	}
	if len(chosen) == 0 {
		if t.sel.Period.Calendar() && !t.sel.parts() {
			return t.decideCalendar()
		}
		if err := t.judge(); err != nil {
			return err
		}
		if t.sel.Flags == FlagsInclude {
			return t.completeFlagged()
		}
		return t.complete()
	}
	for i, c := range chosen {
		if err := t.part(c); err != nil {
			return err
		}
		for _, other := range chosen[:i] {
			if err := t.guardPair(c, other); err != nil {
				return err
			}
		}
	}
	return nil
}

// decideCalendar applies the rules to a calendar period, which is settled with the others of its year. That
// goes by respondents alone: figures that are not precise enough for the public come on top.
func (t *table) decideCalendar() error {
	s, err := t.sel.settled(t.measure, t.sel.Period.Year(), calendarPlace(t.sel.Period))
	if err != nil {
		return err
	}
	t.inherit(s.withheld, s.hidden)
	if t.sel.Audience != AudiencePublic {
		return nil
	}
	if err := t.weigh(); err != nil {
		return err
	}
	if t.flagged != nil {
		return t.completeFlagged()
	}
	return t.complete()
}

// judge withholds the figures that say too little and those that guards keep back.
func (t *table) judge() error {
	if err := t.weigh(); err != nil {
		return err
	}
	return t.guard()
}

// weigh withholds the figures that say too little.
func (t *table) weigh() error {
	failed := make([]error, len(t.agencies))
	parallel(len(t.agencies), func(row int) {
		for at := row * len(t.fields); at < (row+1)*len(t.fields); at++ {
			poor, err := t.sel.tooLittle(t.measure, t.sel.shown(t.cells[at]))
			if err != nil {
				failed[row] = err
			}
			if poor && t.withheld[at] == "" {
				t.withheld[at] = WithheldMinimumN
			}
		}
	})
	return errors.Join(failed...)
}

// inherit withholds what another table does.
func (t *table) inherit(withheld []Withheld, hidden []bool) {
	for at := range t.withheld {
		if t.withheld[at] == "" {
			t.withheld[at] = withheld[at]
		}
		t.hidden[at] = t.hidden[at] || hidden[at]
	}
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
	c := newCompletion(t.grid, t.people)
	c.fill(t.cell)
	c.crowd(t.sel)
	_, err := c.suppress(t.withhold)
	return err
}

// completeFlagged withholds figures with flagged ratings beside which those without would
// tell of too few flagged ones. The flagged ones are a table of their own; where a
// figure is withheld that anybody answered, it is no matter of course that some were or were not flagged.
func (t *table) completeFlagged() error {
	c := newCompletion(t.grid, t.people)
	c.fill(t.flaggedCell)
	c.crowd(t.sel)
	_, err := c.suppress(t.withhold)
	return err
}

// flaggedCell is what the sums know of the flagged ratings of a spot.
func (t *table) flaggedCell(spot int) stats.Cell {
	n := t.flagged[spot]
	few := t.sel.tooFew(n)
	return stats.Cell{Value: n, Withheld: t.gone(spot) || spot >= t.size() && few, Harmless: !few}
}

// gone reports whether a spot is withheld.
func (t *table) gone(spot int) bool {
	if spot < t.size() {
		return t.withheld[spot] != ""
	}
	return t.hidden[spot-t.size()]
}

// withhold keeps a spot back for the sake of others.
func (t *table) withhold(spot int) {
	if spot >= t.size() {
		t.hidden[spot-t.size()] = true
	} else if t.withheld[spot] == "" {
		t.withheld[spot] = WithheldSecondary
	}
}

// cell is a spot as its sums know it.
//
// Who reads that a figure is withheld, and by which rule, knows on which side of the minimum
// it lies, unless it was for differencing; where figures also have to be precise, a withheld one may be
// of any number. Own ratings are no figure, and yet what those of the agency and of the agencies below it would tell.
func (t *table) cell(spot int) (cell stats.Cell) {
	cell.Value = t.people[spot]
	minimum := t.sel.minimum()
	if spot >= t.size() {
		cell.Withheld = cell.Value < minimum || t.gone(spot)
		return cell
	}
	switch withheld := t.withheld[spot]; {
	case withheld == "":
		cell.Least = minimum
		return cell
	case withheld == WithheldMinimumN && t.sel.Audience == AudiencePublic:
		cell.Least = 1
	case withheld == WithheldMinimumN:
		most := minimum - 1
		cell.Least, cell.Most = 1, &most
	}
	cell.Withheld = true
	return cell
}

// completion is a table as stats completes its suppression.
type completion struct {
	*grid
	index []int // of each spot's cell, counted from 1; 0 without
	spots []int // of the cells
	cells []stats.Cell
	sums  []stats.Sum
	// helps, if set, limits what is withheld for others to spots where that helps.
	helps func(spot int) bool

	structure *stats.Structure // of the sums, from the first suppression on
}

// newCompletion lists the cells and sums of a table with respondents by spot. There is
// no cell where nobody answered, which is no secret.
func newCompletion(g *grid, people []int64) *completion {
	c := &completion{grid: g, index: make([]int, g.spots())}
	for spot, n := range people {
		inner := spot < g.size() || g.children[(spot-g.size())/len(g.fields)] != nil
		if n > 0 && inner {
			c.spots = append(c.spots, spot)
			c.index[spot] = len(c.spots)
		}
	}
	c.cells = make([]stats.Cell, len(c.spots))
	width := len(g.fields)
	for row := range g.agencies {
		var fields []int
		for column := 1; column < width; column++ {
			fields = c.part(fields, row*width+column)
		}
		c.sum(row*width, fields)
		if g.children[row] == nil {
			continue
		}
		for column := range width {
			parts := c.part(nil, g.size()+row*width+column)
			for _, child := range g.children[row] {
				parts = c.part(parts, child*width+column)
			}
			c.sum(row*width+column, parts)
		}
	}
	return c
}

// fill says what the cells are.
func (c *completion) fill(cell func(spot int) stats.Cell) {
	for i, spot := range c.spots {
		c.cells[i] = cell(spot)
	}
}

func (c *completion) part(parts []int, spot int) []int {
	if i := c.index[spot]; i > 0 {
		parts = append(parts, i-1)
	}
	return parts
}

// sum takes note that a spot is the sum of parts.
func (c *completion) sum(spot int, parts []int) {
	if total := c.part(nil, spot); total != nil && len(parts) > 0 {
		c.sums = append(c.sums, stats.Sum{Total: total[0], Parts: parts})
	}
}

// crowd sees to it that the withheld parts of a published total are enough
// respondents together, since that sum is told by the others.
func (c *completion) crowd(sel *selection) {
	for _, s := range c.sums {
		if c.cells[s.Total].Withheld {
			continue
		}
		var together int64
		var open []int
		for _, part := range s.Parts {
			if c.cells[part].Withheld {
				together += c.cells[part].Value
			} else if c.cells[part].Value > 0 && (c.helps == nil || c.helps(c.spots[part])) {
				open = append(open, part)
			}
		}
		if !sel.tooFew(together) {
			continue
		}
		slices.SortFunc(open, func(a, b int) int { return cmp.Compare(c.cells[a].Value, c.cells[b].Value) })
		if len(open) > 0 {
			c.cells[open[0]].Withheld = true
		} else if c.helps == nil || c.helps(c.spots[s.Total]) {
			c.cells[s.Total].Withheld = true
		}
	}
}

// suppress completes the suppression and calls withhold for every spot that is withheld in the end.
func (c *completion) suppress(withhold func(spot int)) (stats.Suppressed, error) {
	if c.structure == nil {
		structure, err := stats.NewStructure(len(c.cells), c.sums)
		if err != nil {
			return stats.Suppressed{}, miscounted(err)
		}
		c.structure = structure
	}
	suppressed, err := c.structure.Suppress(c.cells, 1)
	if err != nil {
		return suppressed, miscounted(err)
	}
	for i, withheld := range suppressed.Withheld {
		if withheld {
			withhold(c.spots[i])
		}
	}
	return suppressed, nil
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
