package results

import (
	"slices"
	"strings"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
)

// noField stands for ratings whose field is not known; no field can have this id.
const noField = "?"

// sides are the counts of one part without and with the excluded ratings.
type sides struct{ clean, all counts }

func (s *sides) add(o sides) {
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
	sel      *selection
	measure  string
	cells    map[pair]sides // roll-ups of agencies' subtrees; field "" is all fields
	own      map[pair]sides // of ratings of the agency itself
	withheld map[pair]Withheld
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
	groups, err := sel.countIn(sel.wide(), []string{measure}, tally.ByAgency, tally.ByField, tally.ByFlags)
	if err != nil {
		return nil, err
	}
	t := &table{sel: sel, measure: measure, cells: map[pair]sides{}, own: map[pair]sides{}}
	for i := range groups {
		g := &groups[i]
		t.add(sel.named(g.key[0], g.key[1]), sorted(g.counts[0], g.key[2]))
	}
	return t, t.decide()
}

// named gives the agency and field of two codes.
func (sel *selection) named(agency, field int) pair {
	at := pair{sel.agencyIDs[agency], sel.fieldIDs[field]}
	if at.field == "" {
		at.field = noField
	}
	return at
}

// add rolls the ratings of an agency and a field up.
func (t *table) add(at pair, s sides) {
	owner := at.agency
	if !t.sel.catalog.Within(owner, t.sel.root) {
		owner = t.sel.root
	}
	put(t.own, pair{owner, at.field}, s)
	put(t.own, pair{owner, ""}, s)
	t.sel.eachCell(at, func(cell pair) { put(t.cells, cell, s) })
}

// eachAbove calls f for the agency and all above it, up to the province; only for
// the province if the agency does not lie below it.
func (sel *selection) eachAbove(id string, f func(string)) {
	if sel.catalog.Within(id, sel.root) {
		for id != sel.root {
			f(id)
			a, _ := sel.catalog.Agency(id)
			id = a.Parent
		}
	}
	f(sel.root)
}

// eachCell calls f for every cell that ratings of an agency and a field are in.
func (sel *selection) eachCell(at pair, f func(pair)) {
	sel.eachAbove(at.agency, func(agency string) {
		f(pair{agency, at.field})
		f(pair{agency, ""})
	})
}

// n is the number of respondents of a side.
func (t *table) n(c counts) int64 {
	n, _, _ := c.numbers(t.measure)
	return n
}

// tooFew reports whether so many respondents are too few to be shown. Nobody is no secret.
func tooFew(n int64) bool { return 0 < n && n < MinimumN }

// decide applies the publication rules, in this order: figures of too few
// respondents; figures that, set against others a reader may ask for, tell of too few; and
// figures that the sums of the table need withheld, so that none of the others can be derived.
func (t *table) decide() error {
	t.withheld, t.hidden = map[pair]Withheld{}, map[pair]bool{}
	for at, s := range t.cells {
		if tooFew(t.n(t.sel.shown(s))) {
			t.withheld[at] = WithheldMinimumN
		}
	}
	if err := t.guard(); err != nil {
		return err
	}
	if len(t.withheld) == 0 {
		return nil
	}
	return t.complete()
}

// complete withholds what sums would give away: every agency's total is the sum
// of its fields, and every field of an agency is the sum of the agencies right below and its own ratings.
func (t *table) complete() error {
	c := &completion{t: t, index: map[pair]int{}}
	for _, id := range t.sel.catalog.Subtree(t.sel.root) {
		c.sum(pair{id, ""}, c.fields(id))
		children := t.sel.catalog.Children(id)
		if len(children) == 0 {
			continue
		}
		for _, field := range append(slices.Clone(t.sel.fieldKeys), "") {
			parts := c.own(pair{id, field})
			for _, child := range children {
				parts = c.part(parts, pair{child, field})
			}
			c.sum(pair{id, field}, parts)
		}
	}
	c.crowd()
	suppressed, err := stats.SuppressTable(c.cells, c.sums, 1)
	if err != nil {
		return miscounted(err)
	}
	for i, withheld := range suppressed.Withheld {
		switch at := c.places[i]; {
		case !withheld:
		case at.own:
			t.hidden[at.pair] = true
		case t.withheld[at.pair] == "":
			t.withheld[at.pair] = WithheldSecondary
		}
	}
	return nil
}

// completion is a table as stats completes its suppression.
type completion struct {
	t      *table
	index  map[pair]int
	places []spot // of the cells
	cells  []stats.Cell
	sums   []stats.Sum
}

// spot is where a cell stands: a figure, or the ratings of an inner agency itself, which no figure of the table shows.
type spot struct {
	pair
	own bool
}

// cell gives the index of a cell; not ok where nobody answered, which is no secret.
func (c *completion) cell(at pair) (i int, ok bool) {
	if i, ok = c.index[at]; ok {
		return i, true
	}
	n := c.t.n(c.t.sel.shown(c.t.cells[at]))
	if n == 0 {
		return 0, false
	}
	c.index[at] = len(c.cells)
	return c.append(spot{pair: at}, n, c.t.withheld[at]), true
}

// append adds a cell. Who reads that it is withheld, and by which rule, knows on
// which side of the minimum it lies, unless it was for differencing.
func (c *completion) append(at spot, n int64, withheld Withheld) int {
	cell := stats.Cell{Value: n, Withheld: withheld != "", Least: MinimumN}
	switch most := int64(MinimumN - 1); {
	case withheld == WithheldMinimumN:
		cell.Least, cell.Most = 1, &most
	case withheld != "" || at.own:
		cell.Least = 0
	}
	c.cells, c.places = append(c.cells, cell), append(c.places, at)
	return len(c.cells) - 1
}

// own is the part of an inner agency that are its own ratings: no figure, and yet
// what the figures of the agency and those below it would tell.
func (c *completion) own(at pair) (parts []int) {
	n := c.t.n(c.t.sel.shown(c.t.own[at]))
	if n == 0 {
		return nil
	}
	var withheld Withheld
	if tooFew(n) {
		withheld = WithheldDifferencing
	}
	return []int{c.append(spot{at, true}, n, withheld)}
}

func (c *completion) part(parts []int, at pair) []int {
	if i, ok := c.cell(at); ok {
		parts = append(parts, i)
	}
	return parts
}

// fields lists the parts of an agency's total.
func (c *completion) fields(agency string) (parts []int) {
	for _, field := range c.t.sel.fieldKeys {
		parts = c.part(parts, pair{agency, field})
	}
	return parts
}

// sum takes note that a cell is the sum of parts.
func (c *completion) sum(total pair, parts []int) {
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
		if !tooFew(together) {
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

// guard withholds figures that differ by too few respondents from others which a
// reader may ask for: with flagged ratings, of another capture, delivery or point,
// or of another period.
func (t *table) guard() error {
	if t.sel.Flags == FlagsInclude {
		for at, s := range t.cells {
			if clean := t.n(s.clean); tooFew(clean) || tooFew(t.n(s.all)-clean) {
				t.keepBack(at)
			}
		}
	}
	for _, d := range t.sel.chosen() {
		if err := t.guardPart(d); err != nil {
			return err
		}
	}
	if t.sel.Period.Calendar() {
		return t.guardCalendar()
	}
	return t.guardDays()
}

func (t *table) keepBack(at pair) {
	if t.withheld[at] == "" {
		t.withheld[at] = WithheldDifferencing
	}
}

// choice is a dimension of which the query takes one value.
type choice struct {
	dim   tally.Dim
	value int
	whole tally.Filter // the filter without the choice
}

// chosen lists the choices of the query besides agency, field and period.
func (sel *selection) chosen() (choices []choice) {
	add := func(dim tally.Dim, value int, free func(*tally.Filter)) {
		whole := sel.wide()
		free(&whole)
		choices = append(choices, choice{dim, value, whole})
	}
	f := &sel.filter
	if len(f.Captures) == 1 {
		add(tally.ByCapture, int(f.Captures[0]), func(f *tally.Filter) { f.Captures = nil })
	}
	if len(f.Deliveries) == 1 {
		add(tally.ByDelivery, int(f.Deliveries[0]), func(f *tally.Filter) { f.Deliveries = nil })
	}
	if len(f.Points) == 1 {
		add(tally.ByPoint, int(f.Points[0]), func(f *tally.Filter) { f.Points = nil })
	}
	return choices
}

// guardPart withholds the chosen value of a dimension where the figures of its
// values and their sum would tell of too few.
func (t *table) guardPart(d choice) error {
	groups, err := t.sel.countIn(d.whole, []string{t.measure}, tally.ByAgency, tally.ByField, d.dim, tally.ByFlags)
	if err != nil {
		return err
	}
	parts := map[pair]map[int]int64{} // respondents by value
	for i := range groups {
		g := &groups[i]
		n := t.n(t.sel.shown(sorted(g.counts[0], g.key[3])))
		t.sel.eachCell(t.sel.named(g.key[0], g.key[1]), func(cell pair) {
			if parts[cell] == nil {
				parts[cell] = map[int]int64{}
			}
			parts[cell][g.key[2]] += n
		})
	}
	for at, values := range parts {
		if keptBack(values)[d.value] {
			t.keepBack(at)
		}
	}
	return nil
}

// keptBack gives the parts of a published sum that cannot be shown beside each
// other: those of too few, and as many of the next as it takes to have enough together.
func keptBack(parts map[int]int64) map[int]bool {
	var order []int
	for value := range parts {
		order = append(order, value)
	}
	slices.SortFunc(order, func(a, b int) int {
		if parts[a] != parts[b] {
			return int(parts[a] - parts[b])
		}
		return a - b
	})
	kept := map[int]bool{}
	var together int64
	count := 0
	for _, value := range order {
		n := parts[value]
		if n == 0 || !tooFew(n) && (count == 0 || count > 1 && together >= MinimumN) {
			continue
		}
		kept[value] = true
		together, count = together+n, count+1
	}
	return kept
}

// guardDays withholds figures of freely chosen days where another choice of
// days, or a calendar month, differs from them by too few: where the period cuts a
// month, what is left of it must be enough respondents, and so must its first or last day with answers within the period.
func (t *table) guardDays() error {
	period := t.sel.Period
	from, until := days(period.From, period.To)
	first, last := period.From.Month(), period.To.Month()
	cutsFirst, cutsLast := period.From != first.First(), period.To.AddDays(1) != last.Next().First()
	edges := map[pair]*edge{}
	for _, month := range slices.Compact([]survey.Month{first, last}) {
		if month == first && cutsFirst || month == last && cutsLast {
			if err := t.addDays(edges, month, from, until); err != nil {
				return err
			}
		}
	}
	afterFirst, _ := days(first.Next().First(), last.Next().First())
	startOfLast, _ := days(last.First(), period.To)
	for at, e := range edges {
		if tooFew(e.before) || tooFew(e.after) ||
			cutsFirst && e.firstDay < afterFirst && tooFew(e.first) || cutsLast && e.lastDay >= startOfLast && tooFew(e.last) {
			t.keepBack(at)
		}
	}
	return nil
}

// addDays counts the days of a month at the edge of a period.
func (t *table) addDays(edges map[pair]*edge, month survey.Month, from, until tally.Day) error {
	filter := t.sel.wide()
	filter.From, filter.Until = days(month.First(), month.Next().First().AddDays(-1))
	groups, err := t.sel.countIn(filter, []string{t.measure}, tally.ByAgency, tally.ByField, tally.ByDay, tally.ByFlags)
	if err != nil {
		return err
	}
	for i := range groups {
		g := &groups[i]
		n := t.n(t.sel.shown(sorted(g.counts[0], g.key[3])))
		if n == 0 {
			continue
		}
		t.sel.eachCell(t.sel.named(g.key[0], g.key[1]), func(cell pair) {
			if edges[cell] == nil {
				edges[cell] = &edge{}
			}
			edges[cell].add(tally.Day(g.key[2]), from, until, n)
		})
	}
	return nil
}

// edge is the respondents around the ends of a period.
type edge struct {
	before, after     int64 // in the months of its ends, outside of it
	first, last       int64 // on its first and last day with answers
	firstDay, lastDay tally.Day
}

func (e *edge) add(day, from, until tally.Day, n int64) {
	switch {
	case day < from:
		e.before += n
	case day >= until:
		e.after += n
	default:
		if e.first == 0 || day < e.firstDay {
			e.first, e.firstDay = 0, day
		}
		if day == e.firstDay {
			e.first += n
		}
		if e.last == 0 || day > e.lastDay {
			e.last, e.lastDay = 0, day
		}
		if day == e.lastDay {
			e.last += n
		}
	}
}

// withholding gives the rule that keeps a cell back, nil where none does.
func (t *table) withholding(at pair) *Withheld {
	if rule, kept := t.withheld[at]; kept {
		return &rule
	}
	return nil
}

// rated lists the fields that each agency's own shown ratings name, "" for those without.
func (t *table) rated() map[string][]string {
	fields := map[string][]string{}
	for at, s := range t.own {
		if at.field != "" && t.n(t.sel.shown(s)) > 0 {
			fields[at.agency] = append(fields[at.agency], strings.TrimPrefix(at.field, noField))
		}
	}
	return fields
}
