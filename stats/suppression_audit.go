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
	if err := checkTable(cells, sums, width); err != nil {
		return nil, err
	}
	t := newTable(cells, sums, width)
	for i, c := range cells {
		t.withheld[i] = c.Withheld
	}
	return t.exposed(), nil
}

func checkTable(cells []Cell, sums []Sum, width int64) error {
	if width < 1 || width > maxCellValue {
		return invalid("a width of %d", width)
	}
	for i, c := range cells {
		if c.Least < 0 || c.Value < c.Least || c.Value > maxCellValue || c.Most != nil && c.Value > *c.Most {
			return invalid("cell %d: %d is beyond what is known of it or too large", i, c.Value)
		}
	}
	namedBy := make([]int, len(cells)) // the last sum that names a cell, counted from 1
	for i, s := range sums {
		if len(s.Parts) == 0 {
			return invalid("sum %d has no parts", i)
		}
		for _, c := range s.members() {
			switch {
			case c < 0 || c >= len(cells):
				return invalid("sum %d names a cell that does not exist", i)
			case namedBy[c] == i+1:
				return invalid("sum %d names a cell twice", i)
			}
			namedBy[c] = i + 1
		}
		var total int64
		for _, part := range s.Parts {
			total += cells[part].Value
			if total > maxCellValue {
				break
			}
		}
		if total != cells[s.Total].Value {
			return invalid("sum %d: the parts are %d, the total %d", i, total, cells[s.Total].Value)
		}
	}
	return nil
}

func (s Sum) members() []int { return append([]int{s.Total}, s.Parts...) }

// table is a table whose cells are withheld and published again while it is audited.
type table struct {
	cells    []Cell
	members  [][]int // of each sum, the total first
	of       [][]int // sums that a cell belongs to
	width    int64
	withheld []bool
	system   *system
	network  *network
}

func newTable(cells []Cell, sums []Sum, width int64) *table {
	t := &table{cells: cells, members: make([][]int, len(sums)), width: width, withheld: make([]bool, len(cells))}
	for i, sum := range sums {
		t.members[i] = sum.members()
	}
	t.system = newSystem(t.members, len(cells))
	t.of = transpose(t.members, len(cells))
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
