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

func TestPublicationRuleAgainstR(t *testing.T) {
	eachVector(t, "20_publication_rule.csv", func(v vector) {
		d := Design{Share: v.float("p"), N: v.int("n"), DF: v.float("df")}
		if se := v.maybe("se"); se != nil {
			d.SE = *se
		}
		p := ok[Publication](v.t)(PublicationRule(d, 0.95))
		v.want("n_eff", p.EffectiveN, 1e-12)
		v.want("lower", lower(p.Interval), 1e-10)
		v.want("upper", upper(p.Interval), 1e-10)
		v.want("abs_width", p.Width, 1e-10)
		v.want("rel_width", p.Relative, 1e-10)
		v.want("rel_width_complement", p.RelativeRest, 1e-10)
		got := []bool{p.Publish, p.Review, p.FlagOthers, p.Reason != ""}
		want := []bool{v.text("decision") == "PRESENT", v.int("review") == 1, v.int("complement_flag") == 1, v.text("decision") == "SUPPRESS"}
		if !slices.Equal(got, want) {
			v.t.Errorf("%+v, want %v", p, want)
		}
	})
}

func TestPublicationRuleReasons(t *testing.T) {
	for _, c := range []struct {
		name string
		d    Design
		want PublicationReason
	}{
		{"small sample", Design{Share: 0.9, SE: 0.05, N: 29, DF: 28}, SampleTooSmall},
		{"small effective sample", Design{Share: 0.9, SE: 0.08, N: 120, DF: 12}, SampleTooSmall},
		{"nobody", Design{}, SampleTooSmall},
		{"no degrees of freedom", Design{Share: 0.9, SE: 0.01, N: 500}, SampleTooSmall},
		{"wide", Design{Share: 0.5, SE: 0.09, N: 31, DF: 30}, TooWide},
		{"wide for its share", Design{Share: 0.04, SE: 0.02, N: 120, DF: 119}, RelativelyWide},
		{"precise and rare", Design{Share: 0.004, SE: 0.002, N: 1000, DF: 999}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if p := ok[Publication](t)(PublicationRule(c.d, 0.95)); p.Reason != c.want || p.Publish != (c.want == "") {
				t.Errorf("%+v", p)
			}
		})
	}
	// Shares of both sides have the same width.
	a := ok[Publication](t)(PublicationRule(Design{Share: 0.93, SE: 0.02, N: 200, DF: 60}, 0.95))
	b := ok[Publication](t)(PublicationRule(Design{Share: 1 - 0.93, SE: 0.02, N: 200, DF: 60}, 0.95))
	sameNumber(t, "width", *a.Width, *b.Width, 1e-12)
	sameNumber(t, "relative", *a.RelativeRest, *b.Relative, 1e-10)
	if _, err := PublicationRule(Design{Share: 2}, 0.95); !errors.Is(err, ErrInvalid) {
		t.Errorf("a share of 2: %v", err)
	}
}

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
	huge := int64(math.MaxInt64)
	unlimited := withhold(1, 3, 13, 15)
	for i := range unlimited {
		unlimited[i].Most = &huge
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
		{"a most that says nothing", unlimited, sums, 1 << 50, nil},
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

func TestPartnersAreSoughtFurtherAway(t *testing.T) {
	// 0 = 1 + 2 is withheld as a whole, 2 = 3 + 4 has published parts.
	s := suppressor{cells: []Cell{{Value: 9}, {Value: 2}, {Value: 7}, {Value: 4}, {Value: 3}}, sums: []Sum{{0, []int{1, 2}}, {2, []int{3, 4}}},
		withheld: []bool{true, true, true, false, false}, of: [][]int{{0}, {0}, {0, 1}, {1}, {1}}, hidden: []int{3, 1}}
	if cell, found := s.partnerOf([]Exposure{{Cell: 1}}); !found || cell != 4 {
		t.Errorf("cell %d, %v", cell, found)
	}
	s.withheld[3], s.withheld[4] = true, true
	if cell, found := s.partnerOf([]Exposure{{Cell: 1}}); found {
		t.Errorf("cell %d where nothing is left", cell)
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

func FuzzTables(f *testing.F) {
	f.Add(int64(3), int64(40), int64(60), int64(9), byte(1), int64(5), 0.9, 0.02)
	f.Add(int64(0), int64(0), int64(1)<<44, int64(0), byte(255), int64(math.MaxInt64), math.NaN(), math.Inf(1))
	f.Fuzz(func(t *testing.T, a, b, c, d int64, mask byte, width int64, share, se float64) {
		if p, err := PublicationRule(Design{Share: share, SE: se, N: a, DF: float64(b)}, 0.95); err == nil {
			finite(t, "publication", p.EffectiveN, p.Width, p.Relative, p.RelativeRest, lower(p.Interval), upper(p.Interval))
		}
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
	for b.Loop() {
		s, err := SuppressTable(cells, sums, 10)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(s.Secondary)), "secondary")
	}
}

func ExamplePublicationRule() {
	p, _ := PublicationRule(Design{Share: 0.93, SE: 0.02, N: 200, DF: 6}, 0.95)
	fmt.Println(p.Publish, p.Review, p.FlagOthers)
	// Output: true true true
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
