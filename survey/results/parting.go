package results

import (
	"cmp"
	"fmt"
	"slices"

	"sipas/stats"
	"sipas/stats/tally"
)

// parting says what is withheld where a table is parted by the values of a filter.
//
// A place is parted or it is not: what a reader may see of it for one value they may see for
// every value. So a place that is not tells of its parts no more than their sum, if that is shown. Not parted are
//
//   - the places that the table of all values withholds;
//   - those where some value has too few, or another period would tell that it has;
//   - those that it takes for the sums of no value's table to tell one of too few.
//
// Values that the whole province cannot show beside the others are shown nowhere, and count as one from here on.
//
// What a reader knows, then, are the sums of every value's table, with what is shown of it, and
// of each place that is not parted the sum over the values. The number of a value u at such a place is
// not told where the table of u can be changed by some circulation within the places that are not
// parted while that of the hub, the value of most respondents, is changed by its contrary: that leaves
// every sum. Both stay at 0 or above if the circulation adds only where the hub has respondents and takes only
// where u has. That is a residual network, and what has to be withheld for every number of too few to be in a
// cycle of it is what stats.SuppressTable finds; the numbers of the hub are in the network of the value that has most besides it.
//
// Nor do the parts then tell a withheld figure of the whole. Where each place that the
// whole withholds may have some of the hub, the hub's table alone can be changed by any circulation within
// them, if by little, and the table of the whole with it. So these places, too, have to be in a cycle where the hub has nobody.
type parting struct {
	*grid
	withheld []Withheld   // by place
	hidden   []bool       // by place: the own ratings of an inner agency
	rare     map[int]bool // values that are shown nowhere
}

// part withholds what a table limited to one value of a dimension does beside the other values.
func (t *table) part(c choice) error {
	whole := t.sel.limited()
	c.limit(whole)
	base, err := whole.decided(t.measure)
	if err != nil {
		return err
	}
	if c.dim == tally.ByPoint {
		return t.partPoint(base, c)
	}
	p, err := base.parting(c)
	if err != nil {
		return err
	}
	t.inherit(p.withheld, p.hidden)
	if p.rare[c.value] {
		for at := range t.cells {
			if base.people[at] > 0 {
				t.keepBack(at)
			}
		}
	}
	return nil
}

// partPoint withholds what the table of one point does beside the other points of its agency.
// All agencies above have the same numbers of it, so that the agency's own row is all there is to
// decide; and elsewhere it has nobody, as the catalogue says.
func (t *table) partPoint(base *table, c choice) error {
	for row := range t.agencies {
		if t.people[t.size()+row*len(t.fields)] == 0 {
			continue
		}
		p, err := base.partingOfPoints(row, c)
		if err != nil {
			return err
		}
		for column := range t.fields {
			if !p.rare[c.value] && p.withheld[column] == "" {
				continue
			}
			for above := row; ; above = t.parents[above] {
				if at := above*len(t.fields) + column; t.people[at] > 0 || p.withheld[column] != "" {
					t.keepBack(at)
				}
				if above == 0 {
					break
				}
			}
		}
	}
	return nil
}

// parting parts a table by a dimension, once of a moment.
func (t *table) parting(c choice) (*parting, error) {
	sel := t.sel
	return once(sel.shared, &sel.shared.partings, fmt.Sprint(c.dim, sel.key(t.measure)), func() (*parting, error) {
		p := &parting{grid: t.grid, withheld: slices.Clone(t.withheld), hidden: slices.Clone(t.hidden), rare: map[int]bool{}}
		if err := p.inheritClean(t, func(without *table) (*parting, error) { return without.parting(c) }); err != nil {
			return nil, err
		}
		return p, p.make(t, c)
	})
}

// partingOfPoints parts the ratings of one agency itself by points.
func (t *table) partingOfPoints(row int, c choice) (*parting, error) {
	sel := t.sel.limited()
	sel.grid = t.grid.alone(row)
	sel.only = []uint16{}
	for code, r := range t.rows {
		if r == row {
			sel.only = append(sel.only, uint16(code))
		}
	}
	return once(sel.shared, &sel.shared.partings, fmt.Sprint(c.dim, sel.key(t.measure)), func() (*parting, error) {
		width := len(t.fields)
		own := sel.emptyTable(t.measure)
		err := sel.eachPoint(sel.wide(), t.measure, func(key *key, n counts) {
			s := sorted(n, key[3])
			own.cells[own.of(key[1], key[2])].add(&s)
		}, c.dim, tally.ByAgency, tally.ByField, tally.ByFlags)
		if err != nil {
			return nil, err
		}
		own.rollUpCells()
		for column := range width {
			at := row*width + column
			if own.withheld[column] = t.withheld[at]; own.withheld[column] == "" && t.hidden[at] {
				own.withheld[column] = WithheldSecondary
			}
		}
		p := &parting{grid: sel.grid, withheld: slices.Clone(own.withheld), hidden: own.hidden, rare: map[int]bool{}}
		if err := p.inheritClean(t, func(without *table) (*parting, error) { return without.partingOfPoints(row, c) }); err != nil {
			return nil, err
		}
		return p, p.make(own, c)
	})
}

// clean is the table without flagged ratings.
func (t *table) clean() (*table, error) {
	sel := t.sel.limited()
	sel.Flags = FlagsExclude
	return sel.decided(t.measure)
}

// inherit takes over what another parting of the same places withholds.
func (p *parting) inherit(o *parting) {
	for at, withheld := range o.withheld {
		p.withheld[at] = cmp.Or(p.withheld[at], withheld)
		p.hidden[at] = p.hidden[at] || o.hidden[at]
	}
	for value := range o.rare {
		p.rare[value] = true
	}
}

// inheritClean takes over, where a table includes flagged ratings, what the same parting of the one
// without them withholds.
func (p *parting) inheritClean(t *table, part func(without *table) (*parting, error)) error {
	if t.sel.Flags != FlagsInclude {
		return nil
	}
	without, err := t.clean()
	if err != nil {
		return err
	}
	q, err := part(without)
	if err != nil {
		return err
	}
	p.inherit(q)
	return nil
}

// make decides from the tables of all values.
func (p *parting) make(whole *table, c choice) error {
	parts, err := whole.parts(c)
	if err != nil {
		return err
	}
	if parts, err = p.merge(parts, whole, c); err != nil {
		return err
	}
	l := &layers{parting: p, whole: whole, hub: make([]bool, p.spots())}
	for _, t := range parts {
		for at, withheld := range t.withheld {
			if withheld != "" && whole.parted()[at] > 0 {
				l.withhold(at)
			}
			if own := t.size() + at; whole.parted()[own] > 0 && t.sel.tooFew(t.parted()[own]) {
				l.withhold(own)
			}
		}
	}
	if len(parts) > 1 {
		return l.complete(parts)
	}
	return nil
}

// parted are the respondents that are parted, by spot: of a table with flagged ratings
// only theirs, since those of the others are told by the table without.
func (t *table) parted() []int64 {
	if t.flagged != nil {
		return t.flagged
	}
	return t.people
}

// parts makes the tables of all values that anybody has, each judged by itself.
func (t *table) parts(c choice) (parts []*table, err error) {
	var part *table
	value := 0
	err = t.sel.eachPoint(t.sel.wide(), t.measure, func(key *key, n counts) {
		if part == nil || value != key[0] {
			value = key[0] // groups of a value come one after the other
			part = t.sel.partTable(t.measure, c, value)
			parts = append(parts, part)
		}
		s := sorted(n, key[3])
		part.cells[part.of(key[1], key[2])].add(&s)
	}, c.dim, tally.ByAgency, tally.ByField, tally.ByFlags)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		part.rollUpCells()
	}
	parts = slices.DeleteFunc(parts, func(part *table) bool { return part.parted()[0] == 0 })
	// Their years are counted together, which is what it costs to judge them.
	for of := t.sel.Period.From.Year(); of <= t.sel.Period.To.Year(); of++ {
		years, err := t.sel.countYear(t.measure, of, &c.dim)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			y := years[part.value(c)]
			if y == nil {
				y = new(year)
			}
			if _, err := once(t.sel.shared, &t.sel.shared.years, part.sel.yearKey(t.measure, of), func() (*year, error) { return y, nil }); err != nil {
				return nil, err
			}
		}
	}
	for _, part := range parts {
		if err := part.judge(); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// partTable is the empty table of some values.
func (sel *selection) partTable(measure string, c choice, values ...int) *table {
	part := sel.limited()
	c.limit(part, values...)
	return part.emptyTable(measure)
}

// value is that of the table of one value.
func (t *table) value(c choice) int {
	for _, own := range t.sel.chosen() {
		if own.dim == c.dim {
			return own.value
		}
	}
	return 0
}

// merge makes one table of those values that the province cannot show: of too few, and as
// many of the others, smallest first, as it takes for them to be two or more and enough together.
func (p *parting) merge(parts []*table, whole *table, c choice) ([]*table, error) {
	var rare, others []*table
	for _, t := range parts {
		if t.withheld[0] != "" || p.rare[t.value(c)] {
			rare = append(rare, t)
		} else {
			others = append(others, t)
		}
	}
	if len(rare) == 0 || p.withheld[0] != "" {
		return parts, nil
	}
	slices.SortStableFunc(others, func(a, b *table) int { return cmp.Compare(b.parted()[0], a.parted()[0]) })
	for {
		var values []int
		for _, t := range rare {
			values = append(values, t.value(c))
			p.rare[t.value(c)] = true
		}
		merged := whole.sel.partTable(whole.measure, c, values...)
		for _, t := range rare {
			for at := range t.cells {
				merged.cells[at].add(&t.cells[at])
			}
			merged.people = sum(merged.people, t.people)
			if t.flagged != nil {
				merged.flagged = sum(merged.flagged, t.flagged)
			}
		}
		if err := merged.judge(); err != nil {
			return nil, err
		}
		if len(others) == 0 || len(rare) > 1 && merged.withheld[0] == "" {
			return append(others, merged), nil
		}
		last := len(others) - 1
		rare, others = append(rare, others[last]), others[:last]
	}
}

func sum(a, b []int64) []int64 {
	if a == nil {
		return slices.Clone(b)
	}
	for i, n := range b {
		a[i] += n
	}
	return a
}

// layers are the tables of a parting while it is completed.
type layers struct {
	*parting
	whole *table
	hub   []bool // by spot: the hub may have respondents there
	more  bool   // something was withheld since this was last false
}

// gone reports whether a spot is not parted.
func (l *layers) gone(spot int) bool {
	if spot < l.size() {
		return l.withheld[spot] != ""
	}
	return l.hidden[spot-l.size()]
}

// withhold keeps a spot from being parted, for a reason that is the same for all values.
func (l *layers) withhold(spot int) {
	switch {
	case l.gone(spot):
		return
	case spot < l.size():
		l.withheld[spot] = WithheldDifferencing
	default:
		l.hidden[spot-l.size()] = true
	}
	l.more = true
}

// complete withholds further spots until no table of a value tells one of too few.
func (l *layers) complete(parts []*table) error {
	slices.SortStableFunc(parts, func(a, b *table) int { return cmp.Compare(b.parted()[0], a.parted()[0]) })
	hub, others := parts[0], parts[1:]
	beside := make([]*table, l.spots()) // the value that has most besides the hub; nil if none
	for spot := range beside {
		l.hub[spot] = hub.parted()[spot] > 0
		most := int64(0)
		for _, u := range others {
			if n := u.parted()[spot]; n > most {
				beside[spot], most = u, n
			}
		}
	}
	base := make([]bool, l.spots()) // withheld in the whole
	for at := range l.size() {
		base[at], base[l.size()+at] = l.whole.withheld[at] != "", l.whole.hidden[at]
	}
	c := newCompletion(l.grid, l.whole.parted())
	for again := true; again; again = l.more {
		l.more = false
		l.crowd(c, hub)
		for _, u := range others {
			n, h := u.parted(), hub.parted()
			c.fill(func(spot int) stats.Cell {
				few := u.sel.tooFew(n[spot]) || beside[spot] == u && (u.sel.tooFew(h[spot]) || base[spot] && !l.hub[spot])
				cell := stats.Cell{Value: n[spot], Withheld: l.gone(spot), Harmless: !few}
				if !l.hub[spot] {
					cell.Most = &n[spot]
				}
				return cell
			})
			c.crowd(u.sel)
			suppressed, err := c.suppress(l.withhold)
			if err != nil {
				return err
			}
			l.loosen(c, suppressed)
		}
	}
	return nil
}

// crowd sees to it that the table of the hub tells nothing of too few in a sum.
func (l *layers) crowd(c *completion, hub *table) {
	n := hub.parted()
	c.fill(func(spot int) stats.Cell { return stats.Cell{Value: n[spot], Withheld: l.gone(spot)} })
	c.crowd(hub.sel)
	for i, cell := range c.cells {
		if cell.Withheld {
			l.withhold(c.spots[i])
		}
	}
}

// loosen takes note of where the hub may have respondents, too: where those of another value may be its.
func (l *layers) loosen(c *completion, suppressed stats.Suppressed) {
	told := make([]bool, len(c.cells))
	for _, e := range suppressed.Exposed {
		told[e.Cell] = true
	}
	for i, withheld := range suppressed.Withheld {
		if spot := c.spots[i]; withheld && !told[i] && c.cells[i].Value > 0 && !l.hub[spot] {
			l.hub[spot] = true
		}
	}
}
