package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestSuppressRowAgainstR(t *testing.T) {
	eachVector(t, "20b_cell_suppression.csv", func(v vector) {
		withheld, reason, err := SuppressRow(v.ints("counts"), v.int("base_min"), v.int("cell_min"))
		if err != nil {
			v.t.Fatal(err)
		}
		var mask strings.Builder
		for _, w := range withheld {
			fmt.Fprint(&mask, int(indicator(w)))
		}
		if mask.String() != v.text("mask") || strings.ToUpper(string(reason)) != v.text("reason") {
			v.t.Errorf("%s %s", mask.String(), reason)
		}
	})
}

func TestSuppressRowWithoutAPartner(t *testing.T) {
	withheld, reason, err := SuppressRow([]int64{0, 3, 0}, 1, 5)
	if err != nil || reason != RowCellSecondary || slices.Contains(withheld, false) {
		t.Errorf("%v %s %v", withheld, reason, err)
	}
}

func tableOf(cells []Cell, sums []Sum, width int64) *table {
	s, err := NewStructure(len(cells), sums)
	if err != nil {
		panic(err)
	}
	return newTable(s, cells, width)
}

// crossed is a table with rows and columns and all totals: cell (r, c) is r·(columns+1)+c.
func crossed(counts [][]int64) ([]Cell, []Sum) {
	rows, columns := len(counts), len(counts[0])
	at := func(r, c int) int { return r*(columns+1) + c }
	cells := make([]Cell, (rows+1)*(columns+1))
	for r, row := range counts {
		for c, x := range row {
			for _, i := range []int{at(r, c), at(r, columns), at(rows, c), at(rows, columns)} {
				cells[i].Value += x
			}
		}
	}
	var sums []Sum
	for r := range rows + 1 {
		sum := Sum{Total: at(r, columns)}
		for c := range columns {
			sum.Parts = append(sum.Parts, at(r, c))
		}
		sums = append(sums, sum)
	}
	for c := range columns + 1 {
		sum := Sum{Total: at(rows, c)}
		for r := range rows {
			sum.Parts = append(sum.Parts, at(r, c))
		}
		sums = append(sums, sum)
	}
	return cells, sums
}

// ranges finds by trying every whole number up to most what withheld cells can be.
func ranges(cells []Cell, sums []Sum, most int64) map[int][2]int64 {
	var unknown []int
	values := make([]int64, len(cells))
	for i, c := range cells {
		values[i] = c.Value
		if c.Withheld {
			unknown = append(unknown, i)
		}
	}
	found := map[int][2]int64{}
	var try func(k int)
	try = func(k int) {
		if k < len(unknown) {
			c := cells[unknown[k]]
			limit := most
			if c.Most != nil {
				limit = *c.Most
			}
			for x := c.Least; x <= limit; x++ {
				values[unknown[k]] = x
				try(k + 1)
			}
			return
		}
		for _, s := range sums {
			var total int64
			for _, p := range s.Parts {
				total += values[p]
			}
			if total != values[s.Total] {
				return
			}
		}
		for _, i := range unknown {
			seen, known := found[i]
			if !known {
				seen = [2]int64{values[i], values[i]}
			}
			found[i] = [2]int64{min(seen[0], values[i]), max(seen[1], values[i])}
		}
	}
	try(0)
	return found
}

func TestAuditTableFindsWhatEnumerationFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 8))
	for trial := range 300 {
		counts := make([][]int64, 2+random.IntN(2))
		for r := range counts {
			counts[r] = make([]int64, 2+trial%2)
			for c := range counts[r] {
				counts[r][c] = int64(random.IntN(3))
			}
		}
		cells, sums := crossed(counts)
		for range 1 + random.IntN(5) {
			c := &cells[random.IntN(len(cells))]
			c.Withheld = true
			if random.IntN(3) == 0 {
				most := c.Value + int64(random.IntN(3))
				c.Most, c.Least = &most, max(0, c.Value-int64(random.IntN(3)))
			}
		}
		// More than any bounded range is wide: every withheld cell is listed but those without upper bound.
		exposed := ok[[]Exposure](t)(AuditTable(cells, sums, 1000))
		listed := map[int]Exposure{}
		for _, e := range exposed {
			listed[e.Cell] = e
		}
		const beyond = 20 // no total is as large
		for cell, want := range ranges(cells, sums, beyond) {
			e, is := listed[cell]
			if cells[cell].Most != nil && *cells[cell].Most-cells[cell].Least <= want[1]-want[0] || want[1] == beyond {
				if is {
					t.Fatalf("trial %d: cell %d is free in %v but listed as %+v", trial, cell, want, e)
				}
				continue
			}
			if !is || e.Lower != want[0] || e.Upper != want[1] {
				t.Fatalf("trial %d: cell %d of %+v: %+v, enumeration %v", trial, cell, cells, e, want)
			}
		}
	}
}

func TestAuditTableSeesThroughTheTable(t *testing.T) {
	cells, sums := crossed([][]int64{{20, 3, 40}, {50, 60, 7}, {80, 90, 100}})
	withhold := func(at ...int) []Cell {
		out := slices.Clone(cells)
		for _, i := range at {
			out[i].Withheld = true
		}
		return out
	}
	zero, zeroSums := crossed([][]int64{{0, 0}, {5, 6}})
	for _, i := range []int{0, 1} {
		zero[i].Withheld = true
	}
	for _, c := range []struct {
		name  string
		cells []Cell
		sums  []Sum
		width int64
		want  []Exposure
	}{
		{"nothing withheld", cells, sums, 5, nil},
		{"one cell", withhold(1), sums, 1, []Exposure{{1, 3, 3}}},
		{"two of a row", withhold(1, 2), sums, 1, []Exposure{{1, 3, 3}, {2, 40, 40}}},
		{"a rectangle", withhold(1, 2, 5, 6), sums, 1, nil},
		{"a rectangle with too little room", withhold(1, 2, 5, 6), sums, 44, []Exposure{{1, 0, 43}, {2, 0, 43}, {5, 20, 63}, {6, 4, 47}}},
		{"a total of 0", zero, zeroSums, 1, []Exposure{{0, 0, 0}, {1, 0, 0}}},
		{"a cell and its total", withhold(1, 3, 13, 15), sums, 1000, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ok[[]Exposure](t)(AuditTable(c.cells, c.sums, c.width)); !slices.Equal(got, c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestSuppressTableIsSafeAndNotWasteful(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 4))
	for trial := range 60 {
		counts := make([][]int64, 3+random.IntN(4))
		for r := range counts {
			counts[r] = make([]int64, 3+trial%3)
			for c := range counts[r] {
				counts[r][c] = int64(math.Exp(5 * random.Float64()))
			}
		}
		cells, sums := crossed(counts)
		for i, c := range cells {
			cells[i].Withheld = c.Value > 0 && c.Value < 10
		}
		s := ok[Suppressed](t)(SuppressTable(cells, sums, 3))
		if len(s.Exposed) != 0 {
			t.Fatalf("trial %d: exposed %+v", trial, s.Exposed)
		}
		safe := slices.Clone(cells)
		for i, c := range cells {
			if c.Withheld && !s.Withheld[i] || s.Withheld[i] != (c.Withheld || slices.Contains(s.Secondary, i)) {
				t.Fatalf("trial %d: cell %d is withheld: %v", trial, i, s.Withheld[i])
			}
			safe[i].Withheld = s.Withheld[i]
		}
		if exposed := ok[[]Exposure](t)(AuditTable(safe, sums, 3)); len(exposed) != 0 {
			t.Fatalf("trial %d: the audit finds %+v", trial, exposed)
		}
		for _, i := range s.Secondary {
			safe[i].Withheld = false
			if exposed := ok[[]Exposure](t)(AuditTable(safe, sums, 3)); len(exposed) == 0 {
				t.Errorf("trial %d: cell %d is withheld for nothing", trial, i)
			}
			safe[i].Withheld = true
		}
	}
}

func TestSuppressTableClosesARectangle(t *testing.T) {
	cells, sums := crossed([][]int64{{20, 3, 40}, {50, 60, 30}, {80, 90, 100}})
	cells[1].Withheld = true
	s := ok[Suppressed](t)(SuppressTable(cells, sums, 1))
	if len(s.Secondary) != 3 || len(s.Exposed) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSuppressTableFollowsAHierarchy(t *testing.T) {
	// province 8 = district 4 + district 5, and each is the sum of two communes.
	value := []int64{3, 50, 40, 30, 53, 70, 0, 0, 123}
	cells := make([]Cell, len(value))
	for i, x := range value {
		cells[i].Value = x
	}
	cells[0].Withheld = true
	sums := []Sum{{4, []int{0, 1}}, {5, []int{2, 3}}, {8, []int{4, 5}}}
	s := ok[Suppressed](t)(SuppressTable(cells, sums, 1))
	if !slices.Equal(s.Secondary, []int{1}) {
		t.Errorf("secondary %v", s.Secondary)
	}
	// Where the other commune is known anyway the district goes, and one more of the province.
	sums = append(sums, Sum{1, []int{6, 7}})
	cells[6].Value, cells[7].Value = 20, 30
	s = ok[Suppressed](t)(SuppressTable(cells, sums, 1))
	if len(s.Exposed) != 0 || len(s.Secondary) < 2 {
		t.Errorf("%+v", s)
	}
}

func TestSuppressTableSaysWhatItCannotProtect(t *testing.T) {
	three := int64(3)
	// Both parts are known to be at most 3; a sum of 6 tells them, whatever else is withheld.
	cells := []Cell{{Value: 3, Withheld: true, Most: &three}, {Value: 3, Withheld: true, Most: &three}, {Value: 6, Least: 6}}
	s := ok[Suppressed](t)(SuppressTable(cells, []Sum{{2, []int{0, 1}}}, 2))
	if want := []Exposure{{0, 3, 3}, {1, 3, 3}}; !slices.Equal(s.Exposed, want) || s.Secondary != nil {
		t.Errorf("%+v", s)
	}
	// What a reader knows of small cells makes a rectangle too tight.
	nine := int64(9)
	counts, sums := crossed([][]int64{{3, 40, 50}, {60, 9, 70}, {80, 90, 100}})
	for _, i := range []int{0, 1, 4, 5} {
		counts[i].Withheld = true
	}
	if exposed := ok[[]Exposure](t)(AuditTable(counts, sums, 8)); len(exposed) != 0 {
		t.Errorf("without knowledge %+v", exposed)
	}
	counts[0].Most, counts[0].Least, counts[5].Most, counts[5].Least = &nine, 1, &nine, 1
	if exposed := ok[[]Exposure](t)(AuditTable(counts, sums, 8)); len(exposed) != 4 {
		t.Errorf("with knowledge %+v", exposed)
	}
}

func TestTableRefusals(t *testing.T) {
	two := int64(2)
	for name, call := range map[string]func() error{
		"count":        func() error { _, _, err := SuppressRow([]int64{-1}, 10, 5); return err },
		"overflow":     func() error { _, _, err := SuppressRow([]int64{math.MaxInt64, 1}, 10, 5); return err },
		"width":        func() error { _, err := AuditTable(nil, nil, 0); return err },
		"wide":         func() error { _, err := AuditTable(nil, nil, math.MaxInt64); return err },
		"negative":     func() error { _, err := AuditTable([]Cell{{Value: -1}}, nil, 1); return err },
		"above most":   func() error { _, err := AuditTable([]Cell{{Value: 3, Most: &two}}, nil, 1); return err },
		"too large":    func() error { _, err := AuditTable([]Cell{{Value: math.MaxInt64}}, nil, 1); return err },
		"no such cell": func() error { _, err := AuditTable([]Cell{{}}, []Sum{{0, []int{1}}}, 1); return err },
		"no parts":     func() error { _, err := AuditTable([]Cell{{}}, []Sum{{Total: 0}}, 1); return err },
		"twice":        func() error { _, err := AuditTable([]Cell{{}}, []Sum{{0, []int{0}}}, 1); return err },
		"sum wrong": func() error {
			_, err := SuppressTable([]Cell{{Value: 1}, {Value: 2}}, []Sum{{0, []int{1}}}, 1)
			return err
		},
	} {
		if err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// agencyTable is a tree of agencies by fields: the first of each row is the sum of
// the fields; zeros are left out.
type agencyTable struct {
	random *rand.Rand
	fields int
	cells  []Cell
	sums   []Sum
}

// row is the cell of each field, −1 where there is none, the sum of all first.
type row []int

func (t *agencyTable) cell(value int64) int {
	if value == 0 {
		return -1
	}
	t.cells = append(t.cells, Cell{Value: value})
	return len(t.cells) - 1
}

// sum adds a sum of the cells there are, none where all is zero.
func (t *agencyTable) sum(total int, parts []int) {
	parts = slices.DeleteFunc(slices.Clone(parts), func(c int) bool { return c < 0 })
	if len(parts) > 0 {
		t.sums = append(t.sums, Sum{total, parts})
	}
}

func (t *agencyTable) total(parts []int) (value int64) {
	for _, c := range parts {
		if c >= 0 {
			value += t.cells[c].Value
		}
	}
	return value
}

// leaf is a row of counts and its sum.
func (t *agencyTable) leaf(draw func() int64) row {
	r := make(row, t.fields+1)
	for f := 1; f <= t.fields; f++ {
		r[f] = t.cell(draw())
	}
	r[0] = t.cell(t.total(r[1:]))
	t.sum(r[0], r[1:])
	return r
}

// above is the row of an agency with others below.
func (t *agencyTable) above(below []row) row {
	r := make(row, t.fields+1)
	for f := range r {
		var parts []int
		for _, b := range below {
			parts = append(parts, b[f])
		}
		r[f] = t.cell(t.total(parts))
		t.sum(r[f], parts)
	}
	t.sum(r[0], r[1:])
	return r
}

// withholdSmall marks counts from 1 to 9.
func (t *agencyTable) withholdSmall() {
	nine := int64(9)
	for i, c := range t.cells {
		t.cells[i].Least = 10
		if c.Value < 10 {
			t.cells[i] = Cell{Value: c.Value, Withheld: true, Least: 1, Most: &nine}
		}
	}
}

// province is a table of about as many agencies as asked for. The sums over the
// fields of departments' own cells may be left for the others to imply.
func province(seed uint64, agencies, fields int, median float64, ownImplied bool) *agencyTable {
	t := &agencyTable{random: rand.New(rand.NewPCG(seed, 9)), fields: fields}
	draw := func() int64 {
		if t.random.IntN(4) == 0 {
			return 0
		}
		return int64(median * math.Exp(1.2*t.random.NormFloat64()))
	}
	var below []row
	left := agencies
	take := func() row { left--; return t.leaf(draw) }
	for range 20 {
		var units []row
		for range t.random.IntN(min(9, agencies/30)) {
			if t.random.IntN(6) == 0 {
				units = append(units, t.above([]row{take(), take()}))
			} else {
				units = append(units, take())
			}
		}
		own, sums := t.leaf(draw), len(t.sums)
		switch {
		case len(units) == 0:
			below = append(below, own)
			continue
		case ownImplied && own[0] >= 0:
			t.sums = t.sums[:sums-1]
		}
		below = append(below, t.above(append(units, own)))
	}
	for left > 0 {
		below = append(below, take())
	}
	t.above(below)
	t.withholdSmall()
	return t
}

// simplexTable is a table audited by its sums as they are, without networks.
func simplexTable(cells []Cell, sums []Sum) *table {
	t := tableOf(cells, sums, 2)
	t.width = 1
	equations := make([][]term, len(sums))
	for i, sum := range t.members {
		equations[i] = terms(sum)
	}
	t.system = systemOf(equations, len(cells))
	for i, c := range cells {
		t.withheld[i] = c.Withheld
	}
	return t
}

// withholdAtRandom marks cells and says of some what is known beforehand, often nearly all.
func withholdAtRandom(random *rand.Rand, cells []Cell, share float64) {
	for i := range cells {
		c := &cells[i]
		c.Withheld = random.Float64() < share
		if random.IntN(2) == 0 {
			most := c.Value + int64(random.IntN(3))
			c.Most = &most
		}
		if random.IntN(2) == 0 {
			c.Least = max(0, c.Value-int64(random.IntN(3)))
		}
	}
}

// networks are small tables that are networks: crossed ones and trees by fields.
func networks(random *rand.Rand) (cells []Cell, sums []Sum) {
	if random.IntN(3) == 0 {
		counts := make([][]int64, 2+random.IntN(3))
		columns := 2 + random.IntN(3)
		for r := range counts {
			for range columns {
				counts[r] = append(counts[r], int64(random.IntN(4)))
			}
		}
		return crossed(counts)
	}
	t := &agencyTable{random: random, fields: 1 + random.IntN(4)}
	draw := func() int64 { return int64(random.IntN(4)) }
	var grow func(levels int) row
	grow = func(levels int) row {
		if levels == 0 || random.IntN(4) == 0 {
			return t.leaf(draw)
		}
		var below []row
		for range 1 + random.IntN(3) {
			below = append(below, grow(levels-1))
		}
		if random.IntN(3) == 0 {
			// The agency's own cells, whose sum over the fields is said by those of the others alone.
			below = append(below, t.leaf(draw))
			t.sums = slices.DeleteFunc(t.sums, func(s Sum) bool { return s.Total == below[len(below)-1][0] })
		}
		return t.above(below)
	}
	grow(1 + random.IntN(3))
	// Sums come in any order.
	random.Shuffle(len(t.sums), func(i, j int) { t.sums[i], t.sums[j] = t.sums[j], t.sums[i] })
	return t.cells, t.sums
}

func TestNetworkAuditFindsWhatTheSimplexFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(30, 4))
	exposures, safe, freed := 0, 0, 0
	for trial := range 4000 {
		cells, sums := networks(random)
		withholdAtRandom(random, cells, []float64{0.3, 0.6, 0.9}[trial%3])
		slow := simplexTable(cells, sums)
		fast := tableOf(cells, sums, 1)
		copy(fast.withheld, slow.withheld)
		for c := range cells {
			if !fast.network.covers(c) {
				t.Fatalf("trial %d: cell %d of %+v is not in a network", trial, c, sums)
			}
		}
		want, got := slow.exposed(), fast.exposed()
		if !slices.Equal(got, want) {
			t.Fatalf("trial %d: %+v %+v: %+v, the simplex finds %+v", trial, cells, sums, got, want)
		}
		exposed := make([]bool, len(cells))
		for _, e := range want {
			exposed[e.Cell] = true
		}
		component := fast.network.components()
		for c := range cells {
			if !fast.withheld[c] || fast.fixed(c) {
				continue
			}
			if fast.network.derived(c) != exposed[c] {
				t.Fatalf("trial %d: %+v %+v: cell %d is derived: %v, the simplex finds %+v", trial, cells, sums, c, !exposed[c], want)
			}
			if exposed[c] {
				exposures++
				continue
			}
			// Published again it must leave the others as they were, or be told to be needed.
			fast.withheld[c], slow.withheld[c] = false, false
			spares := fast.network.spares(c, component)
			if spares != slices.Equal(slow.exposed(), want) {
				t.Fatalf("trial %d: %+v %+v: cell %d can be spared: %v", trial, cells, sums, c, spares)
			}
			fast.withheld[c], slow.withheld[c] = true, true
			safe++
			freed += int(indicator(spares))
		}
	}
	if exposures < 1000 || safe < 1000 || freed < 100 || safe-freed < 100 {
		t.Errorf("%d exposed, %d safe, of which %d can be spared: too few to tell", exposures, safe, freed)
	}
}

func TestNetworkCycleProtects(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 30))
	protected, lost := 0, 0
	for trial := range 2000 {
		cells, sums := networks(random)
		withholdAtRandom(random, cells, 0.3)
		table := simplexTable(cells, sums)
		network := tableOf(cells, sums, 1).network
		network.table = table
		whole := simplexTable(cells, sums)
		for i := range whole.withheld {
			whole.withheld[i] = true
		}
		hopeless := whole.exposed()
		for _, e := range table.exposed() {
			partners, ok := network.cycle(e.Cell)
			if is := slices.Contains(hopeless, e); ok == is {
				t.Fatalf("trial %d: %+v %+v: cell %d has partners: %v", trial, cells, sums, e.Cell, ok)
			}
			if !ok {
				lost++
				continue
			}
			protected++
			before := slices.Clone(table.withheld)
			for _, c := range partners {
				if table.withheld[c] {
					t.Fatalf("trial %d: partner %d is withheld already", trial, c)
				}
				table.withheld[c] = true
			}
			for _, after := range table.exposed() {
				if after.Cell == e.Cell || slices.Contains(partners, after.Cell) {
					t.Fatalf("trial %d: %+v %+v: %v leave cell %d exposed", trial, cells, sums, partners, after.Cell)
				}
			}
			copy(table.withheld, before)
		}
	}
	if protected < 300 || lost < 300 {
		t.Errorf("%d protected, %d lost: too few to tell", protected, lost)
	}
}

// boxes are tables of three dimensions, which are no networks.
func boxes(random *rand.Rand) (cells []Cell, sums []Sum) {
	size := [3]int{2 + random.IntN(2), 2 + random.IntN(2), 2 + random.IntN(2)}
	stride := [3]int{1, size[0] + 1, (size[0] + 1) * (size[1] + 1)}
	cells = make([]Cell, stride[2]*(size[2]+1))
	coordinate := func(c, axis int) int { return c / stride[axis] % (size[axis] + 1) }
	inner := func(c int) bool {
		return coordinate(c, 0) < size[0] && coordinate(c, 1) < size[1] && coordinate(c, 2) < size[2]
	}
	for c := range cells {
		if inner(c) {
			cells[c].Value = int64(random.IntN(30))
		}
	}
	// The total of an axis ends its line; lines along later axes need those of earlier ones.
	for axis := range 3 {
		for c := range cells {
			if coordinate(c, axis) != size[axis] {
				continue
			}
			sum := Sum{Total: c}
			cells[c].Value = 0
			for k := 1; k <= size[axis]; k++ {
				sum.Parts = append(sum.Parts, c-k*stride[axis])
				cells[c].Value += cells[c-k*stride[axis]].Value
			}
			sums = append(sums, sum)
		}
	}
	return cells, sums
}

func TestSuppressTableBesideNetworks(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for trial := range 100 {
		cells, sums := boxes(random)
		box := len(cells)
		more, moreSums := networks(random)
		cells = append(cells, more...)
		for _, s := range moreSums {
			s.Total += box
			s.Parts = slices.Clone(s.Parts)
			for k := range s.Parts {
				s.Parts[k] += box
			}
			sums = append(sums, s)
		}
		for i, c := range cells {
			cells[i].Withheld = c.Value > 0 && c.Value < 10
		}
		network := tableOf(cells, sums, 1).network
		for c := range cells {
			if network.covers(c) != (c >= box) {
				t.Fatalf("trial %d: cell %d of %d and more is in a network: %v", trial, c, box, network.covers(c))
			}
		}
		s := ok[Suppressed](t)(SuppressTable(cells, sums, 1))
		for i := range cells {
			cells[i].Withheld = s.Withheld[i]
		}
		if exposed := simplexTable(cells, sums).exposed(); !slices.Equal(exposed, s.Exposed) {
			t.Fatalf("trial %d: exposed %+v, suppression says %+v", trial, exposed, s.Exposed)
		}
		for _, e := range s.Exposed {
			if e.Cell < box {
				t.Fatalf("trial %d: cell %d of a table without bounds is exposed", trial, e.Cell)
			}
		}
	}
}

func TestSuppressTableOfAgenciesIsSafe(t *testing.T) {
	for _, c := range []struct {
		name             string
		agencies, fields int
		median           float64
		ownImplied       bool
		simplex          bool // too slow for the others
	}{
		{"small, few withheld", 150, 8, 60, false, true},
		{"small", 150, 8, 16, false, true},
		{"small, most withheld", 150, 8, 5, false, true},
		{"small, own sums implied", 150, 8, 16, true, true},
		{"large, few withheld", 500, 22, 120, false, true},
		{"large", 500, 22, 16, false, false},
		{"large, most withheld", 500, 22, 5, false, false},
		{"large, own sums implied", 500, 22, 16, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := province(12, c.agencies, c.fields, c.median, c.ownImplied)
			s := ok[Suppressed](t)(SuppressTable(table.cells, table.sums, 1))
			again := ok[Suppressed](t)(SuppressTable(table.cells, table.sums, 1))
			if !slices.Equal(s.Secondary, again.Secondary) {
				t.Error("not the same twice")
			}
			safe := slices.Clone(table.cells)
			for i, cell := range table.cells {
				if cell.Withheld && !s.Withheld[i] {
					t.Fatalf("cell %d is published", i)
				}
				safe[i].Withheld = s.Withheld[i]
			}
			exposed := ok[[]Exposure](t)(AuditTable(safe, table.sums, 1))
			if c.simplex {
				exposed = append(exposed, simplexTable(safe, table.sums).exposed()...)
			}
			if len(exposed) > 0 || len(s.Exposed) > 0 {
				t.Errorf("the audit finds %+v, suppression says %+v", exposed, s.Exposed)
			}
			if c.agencies > 200 {
				return // the many audits of what follows
			}
			for _, i := range s.Secondary {
				safe[i].Withheld = false
				if exposed := ok[[]Exposure](t)(AuditTable(safe, table.sums, 1)); len(exposed) == 0 {
					t.Errorf("cell %d is withheld for nothing", i)
				}
				safe[i].Withheld = true
			}
		})
	}
}

// anySums hold and are otherwise as they come: circles, repetitions, cells in many sums.
func anySums(random *rand.Rand) (cells []Cell, sums []Sum) {
	cells = make([]Cell, 3+random.IntN(6))
	for i := range cells {
		cells[i].Value = int64(random.IntN(3))
	}
	for range 1 + random.IntN(6) {
		order := random.Perm(len(cells))
		parts := order[:1+random.IntN(3)]
		var value int64
		for _, c := range parts {
			value += cells[c].Value
		}
		total := slices.IndexFunc(order[len(parts):], func(c int) bool { return cells[c].Value == value })
		if total < 0 {
			cells = append(cells, Cell{Value: value})
			sums = append(sums, Sum{len(cells) - 1, parts})
		} else {
			sums = append(sums, Sum{order[len(parts)+total], parts})
		}
	}
	return cells, sums
}

func TestAuditTableOfAnySums(t *testing.T) {
	random := rand.New(rand.NewPCG(70, 5))
	inside, outside := 0, 0
	for trial := range 6000 {
		cells, sums := anySums(random)
		withholdAtRandom(random, cells, 0.6)
		for c := range cells {
			if tableOf(cells, sums, 1).network.covers(c) {
				inside++
			} else {
				outside++
			}
		}
		want := simplexTable(cells, sums).exposed()
		if got := ok[[]Exposure](t)(AuditTable(cells, sums, 1)); !slices.Equal(got, want) {
			t.Fatalf("trial %d: %+v %+v: %+v, the simplex finds %+v", trial, cells, sums, got, want)
		}
		s := ok[Suppressed](t)(SuppressTable(cells, sums, 1))
		whole := slices.Clone(cells)
		for i := range cells {
			cells[i].Withheld, whole[i].Withheld = s.Withheld[i], true
		}
		if left := simplexTable(cells, sums).exposed(); !slices.Equal(left, s.Exposed) {
			t.Fatalf("trial %d: %+v %+v: %+v left, suppression says %+v", trial, cells, sums, left, s.Exposed)
		}
		hopeless := simplexTable(whole, sums).exposed()
		for _, e := range s.Exposed {
			if !slices.Contains(hopeless, e) {
				t.Fatalf("trial %d: %+v %+v: %+v could be protected", trial, cells, sums, e)
			}
		}
	}
	if inside < 1000 || outside < 1000 {
		t.Errorf("%d cells in networks, %d outside: too few to tell", inside, outside)
	}
}

func FuzzTables(f *testing.F) {
	f.Add(int64(3), int64(40), int64(60), int64(9), byte(1), int64(5))
	f.Add(int64(0), int64(0), int64(1)<<44, int64(0), byte(255), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, a, b, c, d int64, mask byte, width int64) {
		SuppressRow([]int64{a, b, c, d}, width, 5)
		cells, sums := crossed([][]int64{{a, b}, {c, d}})
		for i := range 8 {
			cells[i].Withheld = mask>>i&1 == 1
		}
		s, err := SuppressTable(cells, sums, width)
		if err != nil {
			return
		}
		for i := range cells {
			cells[i].Withheld = s.Withheld[i]
		}
		exposed, err := AuditTable(cells, sums, width)
		if err != nil || !slices.Equal(exposed, s.Exposed) {
			t.Errorf("%+v %v, suppression says %+v", exposed, err, s.Exposed)
		}
		for _, e := range exposed {
			if e.Lower > cells[e.Cell].Value || e.Upper < cells[e.Cell].Value {
				t.Errorf("%+v does not hold %d", e, cells[e.Cell].Value)
			}
		}
	})
}

func BenchmarkSuppressTable(b *testing.B) {
	for _, size := range []struct {
		name             string
		agencies, fields int
	}{{"small", 150, 8}, {"large", 500, 22}} {
		for _, median := range []float64{120, 60, 30, 16, 8, 5} {
			t := province(7, size.agencies, size.fields, median, false)
			b.Run(fmt.Sprintf("%s/median=%g", size.name, median), func(b *testing.B) {
				benchmarkSuppressTable(b, t.cells, t.sums, 1)
			})
		}
		t := province(7, size.agencies, size.fields, 16, true)
		b.Run(size.name+"/own sums implied", func(b *testing.B) { benchmarkSuppressTable(b, t.cells, t.sums, 1) })
	}
	b.Run("crossed/width=10", func(b *testing.B) {
		random := rand.New(rand.NewPCG(1, 2))
		counts := make([][]int64, 100)
		for r := range counts {
			counts[r] = make([]int64, 12)
			for c := range counts[r] {
				counts[r][c] = int64(math.Exp(7 * random.Float64()))
			}
		}
		cells, sums := crossed(counts)
		for i, c := range cells {
			cells[i].Withheld = c.Value < 30
		}
		benchmarkSuppressTable(b, cells, sums, 10)
	})
}

func benchmarkSuppressTable(b *testing.B, cells []Cell, sums []Sum, width int64) {
	withheld := 0
	for _, c := range cells {
		withheld += int(indicator(c.Withheld))
	}
	b.ReportAllocs()
	var s Suppressed
	for b.Loop() {
		var err error
		if s, err = SuppressTable(cells, sums, width); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(cells)), "cells")
	b.ReportMetric(float64(len(sums)), "sums")
	b.ReportMetric(float64(withheld), "withheld")
	b.ReportMetric(float64(len(s.Secondary)), "secondary")
	b.ReportMetric(float64(len(s.Exposed)), "exposed")
}

func ExampleSuppressRow() {
	withheld, reason, _ := SuppressRow([]int64{0, 1, 6, 41, 50}, 10, 5)
	fmt.Println(withheld, reason)
	// Output: [false true true false false] cell+secondary
}

func ExampleAuditTable() {
	// 12 = 7 + 5, of which only the 7 is withheld.
	cells := []Cell{{Value: 12}, {Value: 7, Withheld: true}, {Value: 5}}
	exposed, _ := AuditTable(cells, []Sum{{Total: 0, Parts: []int{1, 2}}}, 1)
	fmt.Println(exposed[0].Lower, exposed[0].Upper)
	// Output: 7 7
}

func ExampleSuppressTable() {
	cells := []Cell{{Value: 112}, {Value: 7, Withheld: true}, {Value: 45}, {Value: 60}}
	s, _ := SuppressTable(cells, []Sum{{Total: 0, Parts: []int{1, 2, 3}}}, 5)
	fmt.Println(s.Secondary)
	// Output: [2]
}

// What may be derived needs no others withheld, and still helps those that must not.
func TestSuppressHarmless(t *testing.T) {
	sums := []Sum{{Total: 0, Parts: []int{1, 2, 3}}}
	for name, c := range map[string]struct {
		cells []Cell
		want  []bool
	}{
		"alone":           {[]Cell{{Value: 60}, {Value: 10}, {Value: 20, Withheld: true}, {Value: 30}}, []bool{false, true, true, false}},
		"alone, harmless": {[]Cell{{Value: 60}, {Value: 10}, {Value: 20, Withheld: true, Harmless: true}, {Value: 30}}, []bool{false, false, true, false}},
		"a help":          {[]Cell{{Value: 60}, {Value: 10, Withheld: true}, {Value: 20, Withheld: true, Harmless: true}, {Value: 30}}, []bool{false, true, true, false}},
	} {
		s, err := SuppressTable(c.cells, sums, 1)
		if err != nil || !slices.Equal(s.Withheld, c.want) {
			t.Errorf("%s: %v, %v", name, s.Withheld, err)
		}
	}
}

// TestStructureIsShared suppresses tables one after the other that differ in their cells.
func TestStructureIsShared(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	_, sums := crossed([][]int64{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}})
	shared, err := NewStructure(20, sums)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		counts := make([][]int64, 4)
		for r := range counts {
			counts[r] = []int64{random.Int64N(30), random.Int64N(30), random.Int64N(30)}
		}
		cells, _ := crossed(counts)
		for i := range cells {
			cells[i].Withheld = cells[i].Value < 10
		}
		got, err := shared.Suppress(cells, 1)
		if err != nil {
			t.Fatal(err)
		}
		want, err := SuppressTable(cells, sums, 1)
		if err != nil || !slices.Equal(got.Withheld, want.Withheld) || !slices.Equal(got.Exposed, want.Exposed) {
			t.Errorf("%v: %v, alone %v, %v", cells, got, want, err)
		}
	}
	for name, cells := range map[string][]Cell{"of another size": make([]Cell, 19), "that do not add up": append([]Cell{{Value: 1}}, make([]Cell, 19)...)} {
		if _, err := shared.Suppress(cells, 1); !errors.Is(err, ErrInvalid) {
			t.Errorf("cells %s: %v", name, err)
		}
	}
}
