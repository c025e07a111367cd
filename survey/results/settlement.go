package results

import (
	"fmt"
	"slices"
	"sync"

	"sipas/stats"
)

// settlement decides what the tables of a calendar year withhold beside each other: without a
// filter, of one measure and audience, without flagged ratings or of them. It goes from period to period as
// they close, and never back: a later period does not change what an earlier one shows.
//
// A month is judged and completed by itself, with what an [account] of each spot takes besides. A
// coarser period withholds only where a month within does, since the months would tell it
// otherwise, and as much as it takes for no withheld number to be told by periods and sums together.
//
// A reader knows the sums of every period's table, the shown figures, and that each period is the
// sum of its parts. Take a circulation through spots of a month's table (which leaves its sums) and add it to the
// month and to every period above it up to some level, where it is taken from another month and those above that: all
// sums of tables and of periods stay. Nobody can tell the two apart where all of its spots are withheld in
// each of these periods, and nobody becomes negative; one that goes up to the year needs no other month. So
// every withheld number has to be in such a circulation. A period looks for those with the parts of the same
// whole before it ([settlement.atone]); what is left open the period above takes over ([settlement.above]).
type settlement struct {
	key   string
	sel   *selection // who asks, and the places
	year  *year
	clean *settlement // of the ratings without flags, where this one is of the flagged

	mu       sync.Mutex
	periods  [calendarSize]*settled
	accounts []account // by spot
}

// settled is what a period withholds: a table without cells.
type settled struct {
	*table
	sums *completion
	// open are, once it is settled, the spots of all periods so far whose numbers no circulation protects that
	// comes back within the periods settled. Slices are shared with the periods before and not written to.
	open [calendarSize][]bool
}

// calendarParent is the period right above each, −1 for the year.
var calendarParent = func() (parents [calendarSize]int) {
	parents[0] = -1
	for period, parts := range calendarParts {
		for _, part := range parts {
			parents[part] = period
		}
	}
	return parents
}()

// ascent lists the periods from a month up to one that it is in.
func ascent(month, to int) []int {
	list := []int{month}
	for period := month; period != to; list = append(list, period) {
		period = calendarParent[period]
	}
	return list
}

// monthsIn lists the months of a period.
func monthsIn(period int) (months []int) {
	if calendarParts[period] == nil {
		return []int{period}
	}
	for _, part := range calendarParts[period] {
		months = append(months, monthsIn(part)...)
	}
	return months
}

// settled gives what a period of a year withholds beside the others.
func (sel *selection) settled(measure string, of, period int) (*settled, error) {
	s, err := sel.settlement(measure, of)
	if err != nil {
		return nil, err
	}
	return s.settle(period)
}

// settlement gives that of a year, with whatever is settled of it since the months were last different.
func (sel *selection) settlement(measure string, of int) (*settlement, error) {
	key := fmt.Sprint(sel.yearKey(measure, of), sel.Flags, sel.Audience)
	return once(sel.shared, &sel.shared.calendar, key, func() (*settlement, error) {
		y, err := sel.year(measure, of)
		if err != nil {
			return nil, err
		}
		s := &settlement{key: key, year: y, accounts: make([]account, sel.grid.spots()),
			sel: &selection{Query: Query{Audience: sel.Audience, Flags: sel.Flags}, grid: sel.grid}} // no more: it outlives the request
		if sel.Flags == FlagsInclude {
			clean := sel.limited()
			clean.Flags = FlagsExclude
			if s.clean, err = clean.settlement(measure, of); err != nil {
				return nil, err
			}
		}
		return sel.settlements.last(s), nil
	})
}

// settlements are the last few, so that what is over need not be settled again for every
// request. The zero value is ready for use.
type settlements struct {
	mu   sync.Mutex
	list []*settlement // the last used last
}

// maxSettlements is how many are kept: with and without flagged ratings, of this year and the last, of two measures.
const maxSettlements = 8

// last gives the settlement of the same name, if it is of the same counts; else the new one, which then takes over
// the periods before the first month that differs. It waits while that one is being settled, and only then.
func (k *settlements) last(s *settlement) *settlement {
	named := func(o *settlement) bool { return o.key == s.key }
	var old *settlement
	k.mu.Lock()
	if i := slices.IndexFunc(k.list, named); i >= 0 {
		old = k.list[i]
	}
	k.mu.Unlock()
	if old != nil && old.sel.grid.same(s.sel.grid) && s.takeOver(old) {
		s = old
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.list = append(slices.DeleteFunc(k.list, named), s); len(k.list) > maxSettlements {
		k.list = slices.Delete(k.list, 0, 1)
	}
	return s
}

// takeOver takes over the periods of another settlement that depend on months of the same counts only; all reports whether
// all months are such.
func (s *settlement) takeOver(old *settlement) (all bool) {
	old.mu.Lock()
	defer old.mu.Unlock()
	for _, period := range calendarOrder {
		if i := period - firstMonth; i >= 0 && !(slices.Equal(s.year.clean[i], old.year.clean[i]) && slices.Equal(s.year.all[i], old.year.all[i])) {
			return false
		}
		if p := old.periods[period]; p != nil && (period == calendarOrder[0] || s.periods[before(period)] != nil) {
			s.periods[period] = p
			s.book(p, period)
		}
	}
	return true
}

// before is the period that closes right before another one.
func before(period int) int { return calendarOrder[slices.Index(calendarOrder, period)-1] }

// book follows a period that is settled in the accounts.
func (s *settlement) book(p *settled, period int) {
	n, minimum := p.parted(), s.sel.minimum()
	for spot := range n {
		s.accounts[spot].keeps(period, n[spot], minimum)
		s.accounts[spot].close(period, n[spot], p.gone(spot), minimum)
	}
}

// settle settles the periods up to one, in the order in which they close.
func (s *settlement) settle(period int) (*settled, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, next := range calendarOrder {
		if s.periods[next] == nil {
			if err := s.close(next); err != nil {
				return nil, err
			}
		}
		if next == period {
			break
		}
	}
	return s.periods[period], nil
}

// close settles the next period. It is settled whole or not at all, even where that panics.
func (s *settlement) close(period int) error {
	whole := false
	defer func() {
		if !whole {
			s.periods[period] = nil
		}
	}()
	p := &settled{table: s.count(period)}
	if period != calendarOrder[0] {
		p.open = s.periods[before(period)].open
	}
	s.periods[period] = p
	p.sums = newCompletion(p.grid, p.people)
	p.open[period] = make([]bool, p.spots())
	n, minimum := p.parted(), s.sel.minimum()
	if s.clean != nil {
		without, err := s.clean.settle(period)
		if err != nil {
			return err
		}
		p.inherit(without.withheld, without.hidden)
	}
	for spot := range n {
		kept, few := s.accounts[spot].keeps(period, n[spot], minimum), s.sel.tooFew(n[spot])
		if p.sums.index[spot] == 0 {
			continue
		}
		switch {
		case spot >= p.size():
			p.hidden[spot-p.size()] = p.hidden[spot-p.size()] || kept || few
		case s.sel.tooFew(p.people[spot]) && p.withheld[spot] == "":
			p.withheld[spot] = WithheldMinimumN
		case kept || few || s.clean != nil && s.sel.tooFew(p.people[spot]-n[spot]):
			p.keepBack(spot)
		}
	}
	if err := s.complete(p, period); err != nil {
		return err
	}
	for spot := range n {
		s.accounts[spot].close(period, n[spot], p.gone(spot), minimum)
	}
	if p.sums.cells = nil; calendarParts[period] != nil {
		p.sums = nil // circulations are those of months
	}
	whole = true
	return nil
}

// complete withholds what sums need, of the table and of periods.
func (s *settlement) complete(p *settled, period int) error {
	if calendarParts[period] != nil {
		if err := s.above(p, period); err != nil {
			return err
		}
		return s.atone(p, period, period)
	}
	if err := s.atone(p, period, period); err != nil {
		return err
	}
	if err := p.finish(); err != nil {
		return err
	}
	p.expose(period)
	return s.atone(p, period, -1) // with what the month's own sums took
}

// count makes the table of a period.
func (s *settlement) count(period int) *table {
	t := &table{grid: s.sel.grid, sel: s.sel, withheld: make([]Withheld, s.sel.grid.size()), hidden: make([]bool, s.sel.grid.size()),
		people: make([]int64, s.sel.grid.spots())}
	if s.clean != nil {
		t.flagged = make([]int64, t.spots())
	}
	for _, month := range monthsIn(period) {
		clean, all := s.year.clean[month-firstMonth], s.year.all[month-firstMonth]
		for spot := range all {
			if s.clean == nil {
				t.people[spot] += clean[spot]
				continue
			}
			t.people[spot] += all[spot]
			t.flagged[spot] += all[spot] - clean[spot]
		}
	}
	return t
}

// cell is a spot as the sums of the table know it.
func (p *settled) cell(spot int) stats.Cell {
	if p.flagged != nil {
		return p.flaggedCell(spot)
	}
	return p.table.cell(spot)
}

// expose opens the numbers that the period withholds. Those of enough people are no secret, but others
// rely on them: in the sums of the table, and where a filter parts it.
func (p *settled) expose(period int) {
	for spot, n := range p.parted() {
		p.open[period][spot] = n > 0 && p.gone(spot)
	}
}

// crowd is that of the table's sums.
func (p *settled) crowd() {
	p.sums.fill(p.cell)
	p.sums.crowd(p.sel)
	for i, cell := range p.sums.cells {
		if cell.Withheld {
			p.withhold(p.sums.spots[i])
		}
	}
}

// finish withholds what the sums of a month need.
func (p *settled) finish() error {
	p.crowd()
	p.sums.fill(p.cell)
	_, err := p.sums.suppress(p.withhold)
	return err
}

// above settles a period that others make up.
func (s *settlement) above(p *settled, period int) error {
	parts := calendarParts[period]
	p.sums.helps = func(spot int) bool {
		return slices.ContainsFunc(parts, func(part int) bool { return s.periods[part].gone(spot) })
	}
	p.crowd()
	p.expose(period)
	// One circulation is enough for a number of a period above months: it need not be carried by all of them.
	left := p.open
	months := monthsIn(period)
	slices.Reverse(months)
	for _, month := range months {
		moved, err := s.circulate(ascent(month, period), nil, period, &left)
		if err != nil {
			return err
		}
		closeSpots(&left, ascent(month, period), moved)
	}
	return nil
}

// atone looks for circulations between a period and those before it that are parts of the same one. The
// period extending, if any, withholds more for them.
func (s *settlement) atone(p *settled, period, extending int) error {
	if period == 0 {
		return nil
	}
	for _, before := range calendarParts[calendarParent[period]] {
		if before == period {
			break
		}
		for _, month := range monthsIn(before) {
			for _, against := range monthsIn(period) {
				up, down := ascent(month, before), ascent(against, period)
				moved, err := s.circulate(up, down, extending, &p.open)
				if err != nil {
					return err
				}
				closeSpots(&p.open, slices.Concat(up, down), moved)
			}
		}
	}
	return nil
}

// closeSpots takes note that numbers are protected.
func closeSpots(open *[calendarSize][]bool, periods, spots []int) {
	for _, period := range periods {
		open[period] = slices.Clone(open[period])
		for _, spot := range spots {
			open[period][spot] = false
		}
	}
}

// circulate gives the spots of circulations that add to some periods, a month and those above it, and take
// from others. One period may withhold more for that, as much as the open numbers need.
func (s *settlement) circulate(up, down []int, extending int, open *[calendarSize][]bool) (moved []int, err error) {
	sums := s.periods[up[0]].sums
	cells := make([]stats.Cell, len(sums.spots))
	for i, spot := range sums.spots {
		cells[i] = s.movable(spot, up, down, extending, open)
	}
	sums.strip(cells)
	if !slices.ContainsFunc(cells, func(c stats.Cell) bool { return moves(&c) && !c.Harmless }) {
		return nil, nil
	}
	c := sums.reduced(cells)
	suppressed, err := stats.SuppressTable(c.cells, c.sums, 1)
	if err != nil {
		return nil, miscounted(err)
	}
	told := make([]bool, len(c.cells))
	for _, e := range suppressed.Exposed {
		told[e.Cell] = true
	}
	for i, withheld := range suppressed.Withheld {
		if withheld && extending >= 0 {
			s.periods[extending].withhold(c.spots[i])
		}
		if withheld && !told[i] {
			moved = append(moved, c.spots[i])
		}
	}
	return moved, nil
}

// movable is a spot of the first period as a circulation may change it: in all periods at once, which have to
// withhold it. It takes from a period only where somebody is.
func (s *settlement) movable(spot int, up, down []int, extending int, open *[calendarSize][]bool) stats.Cell {
	n := s.periods[up[0]].parted()[spot]
	cell := stats.Cell{Value: n, Withheld: true, Harmless: true}
	look := func(period int) (somebody, possible bool) {
		p := s.periods[period]
		cell.Harmless = cell.Harmless && !open[period][spot]
		if !p.gone(spot) {
			cell.Withheld = false
			return p.parted()[spot] > 0, period == extending && p.people[spot] > 0
		}
		return p.parted()[spot] > 0, true
	}
	more, less, possible := true, true, true
	for _, period := range up {
		somebody, may := look(period)
		less, possible = less && somebody, possible && may
	}
	for _, period := range down {
		somebody, may := look(period)
		more, possible = more && somebody, possible && may
	}
	if down == nil && !cell.Harmless {
		cell.Withheld = true // the months would tell it otherwise
	}
	if !less || !possible {
		cell.Least = n
	}
	if !more || !possible {
		cell.Most = &n
	}
	return cell
}

// moves reports whether the number of a cell can change.
func moves(c *stats.Cell) bool { return c.Most == nil || c.Least < c.Value }

// fix leaves a cell as it is.
func fix(c *stats.Cell) {
	n := c.Value
	*c = stats.Cell{Value: n, Least: n, Most: &n}
}

// strip fixes cells that no circulation goes through, since they are the only ones of a sum that could
// change: most of those there are.
func (c *completion) strip(cells []stats.Cell) {
	sumsOf := make([][3]int, len(cells)) // counted from 1; no cell is in more
	free := make([]int, len(c.sums))
	eachOf := func(sum int, use func(cell int)) {
		use(c.sums[sum].Total)
		for _, part := range c.sums[sum].Parts {
			use(part)
		}
	}
	for sum := range c.sums {
		eachOf(sum, func(cell int) {
			sumsOf[cell][slices.Index(sumsOf[cell][:], 0)] = sum + 1
			if moves(&cells[cell]) {
				free[sum]++
			}
		})
	}
	var single []int
	for sum, count := range free {
		if count == 1 {
			single = append(single, sum)
		}
	}
	for len(single) > 0 {
		sum := single[len(single)-1]
		single = single[:len(single)-1]
		eachOf(sum, func(cell int) {
			if !moves(&cells[cell]) {
				return
			}
			fix(&cells[cell])
			for _, other := range sumsOf[cell] {
				if other == 0 {
					break
				}
				if free[other-1]--; free[other-1] == 1 {
					single = append(single, other-1)
				}
			}
		})
	}
}

// reduced is the table of the cells that can change, and of those that hold its sums together. What else is in a sum is one more part.
func (c *completion) reduced(cells []stats.Cell) *completion {
	r := &completion{grid: c.grid}
	index := make([]int, len(cells)) // counted from 1
	for i := range cells {
		spot := c.spots[i]
		if !moves(&cells[i]) {
			if !c.inner(spot) && spot%len(c.fields) > 0 {
				continue
			}
			fix(&cells[i])
		}
		r.spots, r.cells = append(r.spots, spot), append(r.cells, cells[i])
		index[i] = len(r.cells)
	}
	for _, sum := range c.sums {
		total := index[sum.Total] - 1
		rest := stats.Cell{Value: cells[sum.Total].Value}
		var parts []int
		for _, part := range sum.Parts {
			if i := index[part]; i > 0 {
				parts = append(parts, i-1)
				rest.Value -= r.cells[i-1].Value
			}
		}
		fix(&rest)
		r.spots, r.cells = append(r.spots, -1), append(r.cells, rest)
		r.sums = append(r.sums, stats.Sum{Total: total, Parts: append(parts, len(r.cells)-1)})
	}
	return r
}

// inner reports whether a spot is of an agency with others below.
func (g *grid) inner(spot int) bool { return g.children[spot%g.size()/len(g.fields)] != nil }
