package stats

import (
	"cmp"
	"slices"
)

// Exposure is a withheld cell that published cells give away: it lies between
// Lower and Upper, derived exactly where they are equal.
type Exposure struct {
	Cell         int
	Lower, Upper int64
}

// maxCellValue keeps sums of counts exact in floating point.
const maxCellValue = 1 << 45

// AuditTable finds the withheld cells that a reader of the published ones can
// derive too closely: the bounds
//
//	min and max of x over {x: sums hold, published cells as published, Least ≤ x ≤ Most}
//
// lie less than width apart (less than Least and Most, where those are nearer
// than width). width 1 asks only that no cell is derived exactly. The bounds are
// those of linear programming, rounded inwards to whole numbers; in tables of two
// dimensions with subtotals of one of them no others exist, elsewhere a reader
// who reasons in whole numbers may now and then come closer. The sums must hold.
//
// For width 1 and tables of the first kind the effort grows as the number of cells;
// for others steeply with the number withheld.
//
// References: Fischetti and Salazar 2000, Math Program 84:283; Willenborg and
// de Waal 2001, Elements of Statistical Disclosure Control, ch. 6; R sdcTable.
func AuditTable(cells []Cell, sums []Sum, width int64) ([]Exposure, error) {
	s, err := NewStructure(len(cells), sums)
	if err != nil {
		return nil, err
	}
	if err := s.check(cells, width); err != nil {
		return nil, err
	}
	t := newTable(s, cells, width)
	for i, c := range cells {
		t.withheld[i] = c.Withheld
	}
	return t.exposed(), nil
}

// Structure is how the cells of a table add up. To find the fewest equations that say
// so is much of the work of [SuppressTable]: tables that differ in nothing but their cells share it.
// It may be used from any goroutine.
type Structure struct {
	sums    []Sum
	members [][]int // of each sum, the total first
	of      [][]int // sums that a cell belongs to
	system  *system
}

// NewStructure is that of tables of so many cells. A sum without parts, of a cell that does
// not exist or of one twice is an error.
func NewStructure(cells int, sums []Sum) (*Structure, error) {
	s := &Structure{sums: sums, members: make([][]int, len(sums))}
	namedBy := make([]int, cells) // the last sum that names a cell, counted from 1
	for i, sum := range sums {
		if len(sum.Parts) == 0 {
			return nil, invalid("sum %d has no parts", i)
		}
		s.members[i] = append([]int{sum.Total}, sum.Parts...)
		for _, c := range s.members[i] {
			switch {
			case c < 0 || c >= cells:
				return nil, invalid("sum %d names a cell that does not exist", i)
			case namedBy[c] == i+1:
				return nil, invalid("sum %d names a cell twice", i)
			}
			namedBy[c] = i + 1
		}
	}
	s.of = transpose(s.members, cells)
	s.system = newSystem(s.members, cells)
	return s, nil
}

// check refuses cells that are no table of the structure.
func (s *Structure) check(cells []Cell, width int64) error {
	if len(cells) != len(s.of) {
		return invalid("%d cells in a table of %d", len(cells), len(s.of))
	}
	if width < 1 || width > maxCellValue {
		return invalid("a width of %d", width)
	}
	for i, c := range cells {
		if c.Least < 0 || c.Value < c.Least || c.Value > maxCellValue || c.Most != nil && c.Value > *c.Most {
			return invalid("cell %d: %d is beyond what is known of it or too large", i, c.Value)
		}
	}
	for i, sum := range s.sums {
		var total int64
		for _, part := range sum.Parts {
			total += cells[part].Value
			if total > maxCellValue {
				break
			}
		}
		if total != cells[sum.Total].Value {
			return invalid("sum %d: the parts are %d, the total %d", i, total, cells[sum.Total].Value)
		}
	}
	return nil
}

// table is a table whose cells are withheld and published again while it is audited.
type table struct {
	*Structure
	cells    []Cell
	width    int64
	withheld []bool
	network  *network
}

func newTable(s *Structure, cells []Cell, width int64) *table {
	t := &table{Structure: s, cells: cells, width: width, withheld: make([]bool, len(cells))}
	t.network = newNetwork(t)
	return t
}

// transpose lists for each column the rows that name it, ascending.
func transpose(rows [][]int, columns int) [][]int {
	count, all := make([]int, columns), 0
	for _, row := range rows {
		for _, c := range row {
			count[c]++
		}
		all += len(row)
	}
	room, out := make([]int, all), make([][]int, columns)
	for c, n := range count {
		out[c], room = room[:0:n], room[n:]
	}
	for r, row := range rows {
		for _, c := range row {
			out[c] = append(out[c], r)
		}
	}
	return out
}

// fixed reports whether every reader knows a cell beforehand.
func (t *table) fixed(cell int) bool {
	most := t.cells[cell].Most
	return most != nil && *most == t.cells[cell].Least
}

// exposed lists the withheld cells that published ones give away, ascending.
func (t *table) exposed() []Exposure {
	exposed := t.network.exposed()
	var tangled []int
	for c := range t.cells {
		if t.withheld[c] && !t.network.covers(c) {
			tangled = append(tangled, c)
		}
	}
	for _, p := range t.tangles(tangled) {
		exposed = append(exposed, p.exposed(t.cells, t.width)...)
	}
	slices.SortFunc(exposed, func(a, b Exposure) int { return cmp.Compare(a.Cell, b.Cell) })
	return exposed
}
