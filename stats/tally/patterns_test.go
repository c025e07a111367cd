package tally

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestPatterns counts the patterns of a table of many blocks row by row, and finds
// the same, whatever the order of the rows.
func TestPatterns(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 7))
	asked := []Measure{staff, overall}
	var rows []stored
	for range 3*blockRows + 500 {
		form := FormID(random.IntN(len(testForms)))
		rows = append(rows, stored{form, randomRow(random, testForms[form])})
	}
	fill := func() Snapshot {
		table := newTestTable(t)
		for i := range rows {
			if _, err := table.Append(rows[i].form, rows[i].Row); err != nil {
				t.Fatal(err)
			}
		}
		return table.Snapshot()
	}
	snapshot := fill()
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	shuffled := fill()
	for step := range 30 {
		f := randomQuery(random).Filter
		if step == 0 {
			f = Filter{}
		}
		want := map[[2]uint8]int64{}
		for i := range rows {
			form := testForms[rows[i].form]
			first, second := slices.Index(form.Items, staff), slices.Index(form.Items, overall)
			if first >= 0 && second >= 0 && (Query{Filter: f}).wants(rows[i]) {
				want[[2]uint8{rows[i].Items[first], rows[i].Items[second]}]++
			}
		}
		patterns, err := snapshot.Patterns(f, asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range patterns {
			if n := want[[2]uint8{p.Code(0), p.Code(1)}]; n != p.Rows {
				t.Errorf("%+v: %d and %d in %d rows, want %d", f, p.Code(0), p.Code(1), p.Rows, n)
			}
		}
		if len(patterns) != len(want) {
			t.Errorf("%+v: %d patterns, want %d", f, len(patterns), len(want))
		}
		if again, err := shuffled.Patterns(f, asked); err != nil || !slices.Equal(again, patterns) {
			t.Errorf("%+v: other patterns in another order of rows, %v", f, err)
		}
	}
}

func TestPatternsOfManyItems(t *testing.T) {
	table := NewTable()
	var form Form
	var row Row
	for i := range MaxPatternItems {
		form.Items = append(form.Items, Measure(i))
		row.Items[i] = uint8(i % itemCodes)
	}
	if _, err := table.AddForm(form); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Append(0, row); err != nil {
		t.Fatal(err)
	}
	patterns, err := table.Snapshot().Patterns(Filter{}, form.Items)
	if err != nil || len(patterns) != 1 || patterns[0].Rows != 1 {
		t.Fatal(patterns, err)
	}
	for i := range form.Items {
		if code := patterns[0].Code(i); code != row.Items[i] {
			t.Errorf("item %d: %d, want %d", i, code, row.Items[i])
		}
	}
}

func TestPatternsOfNothing(t *testing.T) {
	snapshot := newTestTable(t).Snapshot()
	for name, items := range map[string][]Measure{"none": nil, "too many": make([]Measure, MaxPatternItems+1), "twice": {overall, overall}} {
		if _, err := snapshot.Patterns(Filter{}, items); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, items := range map[string][]Measure{"no rows": {overall}, "in no form": {overall, 99}} {
		if patterns, err := snapshot.Patterns(Filter{From: 2, Until: 1}, items); err != nil || patterns != nil {
			t.Errorf("%s: %v, %v", name, patterns, err)
		}
		if patterns, err := snapshot.Patterns(Filter{}, items); err != nil || patterns != nil {
			t.Errorf("%s: %v, %v", name, patterns, err)
		}
	}
}

// BenchmarkPatterns reads twenty items of every row together.
func BenchmarkPatterns(b *testing.B) {
	n := benchRows()
	snapshot := newBenchTable(b, n).Snapshot()
	for name, f := range map[string]Filter{"all": {}, "quarter": benchQuarter} {
		b.Run(name, func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := snapshot.Patterns(f, benchForm.Items[:20]); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			b.ReportMetric(median(times)/1e6, "ms/patterns")
		})
	}
}
