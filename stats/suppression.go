package stats

import (
	"cmp"
	"math"
	"slices"
)

// RowReason says why counts of a row are withheld.
type RowReason string

// The reasons.
const (
	RowShown         RowReason = "none"
	RowBase          RowReason = "base"           // the whole row: too few in all
	RowCell          RowReason = "cell"           // the small counts
	RowCellSecondary RowReason = "cell+secondary" // the one small count, and another so that the sum does not tell it
)

// SuppressRow withholds small counts of a row whose sum is published:
//
//	the whole row  Σ count < minBase
//	a count        0 < count < minCell
//
// If that is one count alone, also the smallest other one above 0 goes (of equal
// ones the first), and the whole row if there is none. Zeros are shown.
//
// It protects one row by itself; where columns are published too, or other rows
// add up with this one, [SuppressTable] is needed.
//
// Reference: modelled on the GP Patient Survey of England.
func SuppressRow(counts []int64, minBase, minCell int64) (withheld []bool, reason RowReason, err error) {
	var base int64
	for _, c := range counts {
		if c < 0 || c > math.MaxInt64-base {
			return nil, "", invalid("a count of %d", c)
		}
		base += c
	}
	withheld = make([]bool, len(counts))
	if base < minBase {
		return slices.Repeat([]bool{true}, len(counts)), RowBase, nil
	}
	small, alone := 0, 0
	for i, c := range counts {
		if c > 0 && c < minCell {
			withheld[i] = true
			small, alone = small+1, i
		}
	}
	if small != 1 {
		if small == 0 {
			return withheld, RowShown, nil
		}
		return withheld, RowCell, nil
	}
	partner := -1
	for i, c := range counts {
		if i != alone && c > 0 && (partner < 0 || c < counts[partner]) {
			partner = i
		}
	}
	if partner < 0 {
		return slices.Repeat([]bool{true}, len(counts)), RowCellSecondary, nil
	}
	withheld[partner] = true
	return withheld, RowCellSecondary, nil
}

// Cell is one count of a table, totals being cells too.
type Cell struct {
	Value    int64
	Withheld bool
	// What every reader knows of it beforehand: at least Least, at most Most if not
	// nil. A reader who sees that a count is withheld for being below 30 knows as much.
	Least int64
	Most  *int64
	// Harmless says that the cell may be derived: it is withheld for the sake of others alone.
	Harmless bool
}

// Sum says that one cell is the sum of others. Rows, columns, levels of a
// hierarchy and periods within a year are all sums.
type Sum struct {
	Total int // index of a cell
	Parts []int
}

// Suppressed is a table made safe.
type Suppressed struct {
	Withheld  []bool     // one a cell
	Secondary []int      // cells withheld for the sake of others, ascending
	Exposed   []Exposure // cells that not even withholding everything would protect
}

// SuppressTable withholds further cells until [AuditTable] finds nothing. Cells
// that are to be withheld for their own sake are marked in the table. It goes on
// with sums that hold a single withheld cell, each time by the cell above 0 that
// leaves fewest such sums, and of these the smallest; then with what the audit
// finds, by the fewest cells that close a cycle where the table is a network, one by
// one elsewhere; in the end it gives back, largest first, those no longer needed. The
// fewest possible is not promised (that problem is NP-hard), the result is always
// the same. Safe is a table in which no withheld cell x is known to within width:
//
//	max x − min x ≥ width over all counts that fit what is shown
//
// It is fast where the audit is: for width 1 and tables of two dimensions with levels
// in one of them. Elsewhere it audits once a cell.
//
// A table is safe together with all that is published: cells of other tables,
// periods and levels that add up with these belong into one call.
//
// References: Cox 1980, JASA 75:377; Willenborg and de Waal 2001.
func SuppressTable(cells []Cell, sums []Sum, width int64) (Suppressed, error) {
	structure, err := NewStructure(len(cells), sums)
	if err != nil {
		return Suppressed{}, err
	}
	return structure.Suppress(cells, width)
}

// Suppress is [SuppressTable] of the cells of one table.
func (s *Structure) Suppress(cells []Cell, width int64) (Suppressed, error) {
	if err := s.check(cells, width); err != nil {
		return Suppressed{}, err
	}
	return newSuppressor(newTable(s, cells, width)).run(), nil
}

type suppressor struct {
	*table
	lost   []bool // exposed or fixed whatever is withheld, or harmless
	known  []bool // lost and exactly so: no help to others
	hidden []int  // withheld cells of each sum that are not known
	tell   []int  // sums that may have come to hold a single one
	added  []int
}

func newSuppressor(t *table) *suppressor {
	s := &suppressor{
		table:  t,
		lost:   make([]bool, len(t.cells)),
		known:  make([]bool, len(t.cells)),
		hidden: make([]int, len(t.members)),
	}
	s.findLost()
	for i, c := range t.cells {
		if c.Withheld {
			s.set(i, true)
		}
	}
	return s
}

func (s *suppressor) findLost() {
	for i := range s.withheld {
		s.withheld[i] = true
	}
	for _, e := range s.exposed() {
		s.lost[e.Cell] = true
	}
	for i := range s.withheld {
		// Outside of networks a lost cell may still lie between fractions, which loosen others.
		s.known[i] = s.fixed(i) || s.lost[i] && s.network.covers(i)
		s.lost[i] = s.lost[i] || s.known[i] || s.cells[i].Harmless
	}
	clear(s.withheld)
}

func (s *suppressor) set(cell int, withheld bool) {
	s.withheld[cell] = withheld
	if s.known[cell] {
		return
	}
	change := 1
	if !withheld {
		change = -1
	}
	for _, sum := range s.of[cell] {
		s.hidden[sum] += change
		if s.tells(sum) {
			s.tell = append(s.tell, sum)
		}
	}
}

func (s *suppressor) withhold(cells ...int) {
	for _, c := range cells {
		s.set(c, true)
		s.added = append(s.added, c)
	}
}

func (s *suppressor) run() Suppressed {
	for again := true; again; {
		again = false
		s.closeSums()
		for _, cell := range s.endangered() {
			// What was withheld for the cells before may have helped this one.
			if !s.gives(cell) {
				continue
			}
			if partners, ok := s.partnersOf(cell); ok {
				s.withhold(partners...)
				s.closeSums()
				again = true
			}
		}
	}
	s.giveBack()
	result := Suppressed{Withheld: s.withheld, Exposed: s.exposed()}
	for i, withheld := range s.withheld {
		if withheld && !s.cells[i].Withheld {
			result.Secondary = append(result.Secondary, i)
		}
	}
	return result
}

// endangered are the exposed cells that are not lost.
func (s *suppressor) endangered() (cells []int) {
	for _, e := range s.exposed() {
		if !s.lost[e.Cell] {
			cells = append(cells, e.Cell)
		}
	}
	return cells
}

// gives reports whether a withheld cell is exposed still.
func (s *suppressor) gives(cell int) bool {
	if s.network.covers(cell) {
		return s.network.derived(cell)
	}
	p := s.tangles([]int{cell})[0]
	_, exposed := p.exposure(slices.Index(p.cells, cell), s.cells, s.width)
	return exposed
}

// tangledWith lists the exposed cells, outside of networks, among those that sums tie to some.
func (s *suppressor) tangledWith(seeds ...int) (exposed []Exposure) {
	for _, p := range s.tangles(seeds) {
		exposed = append(exposed, p.exposed(s.cells, s.width)...)
	}
	return exposed
}

// tells reports whether a sum gives its one withheld cell away.
func (s *suppressor) tells(sum int) bool {
	return s.hidden[sum] == 1 && slices.ContainsFunc(s.members[sum], func(c int) bool { return s.withheld[c] && !s.lost[c] })
}

// closeSums leaves no sum that tells.
func (s *suppressor) closeSums() {
	for len(s.tell) > 0 {
		sum := s.tell[0]
		s.tell = s.tell[1:]
		if !s.tells(sum) {
			continue
		}
		if cell, ok := s.cheapest(s.members[sum]); ok {
			s.withhold(cell)
		}
	}
}

// cheapest is the published cell whose withholding leaves fewest sums with a single withheld one.
func (s *suppressor) cheapest(among []int) (cell int, ok bool) {
	compare := func(a, b int) int {
		empty := func(c int) int { return int(indicator(s.cells[c].Value == 0)) }
		lost := func(c int) int { return int(indicator(s.lost[c])) }
		return cmp.Or(
			cmp.Compare(lost(a), lost(b)),
			cmp.Compare(empty(a), empty(b)),
			cmp.Compare(s.singlesWith(a), s.singlesWith(b)),
			cmp.Compare(s.cells[a].Value, s.cells[b].Value),
			cmp.Compare(a, b),
		)
	}
	for _, c := range among {
		if !s.withheld[c] && !s.known[c] && (!ok || compare(c, cell) < 0) {
			cell, ok = c, true
		}
	}
	return cell, ok
}

// singlesWith is the change in the number of sums with a single withheld cell if a cell is withheld.
func (s *suppressor) singlesWith(cell int) (change int) {
	for _, sum := range s.of[cell] {
		switch s.hidden[sum] {
		case 0:
			change++
		case 1:
			change--
		}
	}
	return change
}

// partnersOf finds cells that loosen an exposed one: a cycle in a network; elsewhere
// a neighbour, or else a neighbour of any cell tied to it.
func (s *suppressor) partnersOf(exposed int) (cells []int, ok bool) {
	if s.network.covers(exposed) {
		return s.network.cycle(exposed)
	}
	cell, ok := s.cheapest(s.neighbours(exposed))
	if !ok {
		var all []int
		for _, p := range s.tangles([]int{exposed}) {
			for _, c := range p.cells {
				all = append(all, s.neighbours(c)...)
			}
		}
		cell, ok = s.cheapest(all)
	}
	return []int{cell}, ok
}

// neighbours share an equation with a cell.
func (s *suppressor) neighbours(cell int) (cells []int) {
	for _, place := range s.system.of[cell] {
		for _, term := range s.system.equations[place.equation] {
			cells = append(cells, term.cell)
		}
	}
	return cells
}

// giveBack publishes again what nothing needs, largest first.
func (s *suppressor) giveBack() {
	slices.SortFunc(s.added, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.cells[b].Value, s.cells[a].Value), cmp.Compare(b, a))
	})
	component := s.network.components()
	for _, cell := range s.added {
		s.set(cell, false)
		// Most cells are needed by a sum; the audit costs more than a look at it.
		if slices.ContainsFunc(s.of[cell], s.tells) || !s.spares(cell, component) {
			s.set(cell, true)
		}
	}
}

// spares reports whether a cell just published leaves no other exposed that is not lost.
func (s *suppressor) spares(cell int, component []int) bool {
	if s.network.covers(cell) {
		return s.network.spares(cell, component)
	}
	return !slices.ContainsFunc(s.tangledWith(s.neighbours(cell)...), func(e Exposure) bool { return !s.lost[e.Cell] })
}
