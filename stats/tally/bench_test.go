package tally

import (
	"math/rand/v2"
	"runtime"
	"testing"
)

const (
	benchRows     = 1_000_000
	benchItems    = 22
	benchAgencies = 500
)

var benchForm = func() Form {
	var form Form
	for i := range benchItems {
		form.Items = append(form.Items, Measure(i))
	}
	pool := func(measure Measure, from, to int) {
		p := Pool{Measure: measure}
		for i := from; i < to; i++ {
			p.Items = append(p.Items, i)
		}
		form.Pools = append(form.Pools, p)
	}
	for i, from := range []int{1, 5, 9, 13, 17} {
		pool(Measure(100+i), from, min(from+4, 20))
	}
	pool(105, 1, 20)
	return form
}()

func benchRowsOf(n int) []Row {
	random := rand.New(rand.NewPCG(9, 9))
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = Row{
			Day:    Day(9_500 + i*365/n),
			Agency: uint16(random.IntN(benchAgencies)),
			Field:  uint8(random.IntN(20)),
			Point:  uint16(random.IntN(3_000)),
			Flags:  uint16(random.IntN(20) / 19),
		}
		for item := range benchItems {
			rows[i].Items[item] = []uint8{5, 5, 5, 5, 5, 4, 4, 4, 4, 3, 2, 1, NotApplicable, Missing}[random.IntN(14)]
		}
	}
	return rows
}

// BenchmarkTally counts a million responses of 22 items, and beside it does the
// same in a loop by hand on plain slices.
func BenchmarkTally(b *testing.B) {
	rows := benchRowsOf(benchRows)
	agencies := make([]uint16, len(rows))
	answers := make([][benchItems]uint8, len(rows))
	for i, row := range rows {
		agencies[i] = row.Agency
		copy(answers[i][:], row.Items[:])
	}
	before := heap()
	table := NewTable()
	form, err := table.AddForm(benchForm)
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < len(rows); from += 1000 {
		if _, err := table.Append(form, rows[from:from+1000]...); err != nil {
			b.Fatal(err)
		}
	}
	bytesPerRow := float64(heap()-before) / benchRows
	runtime.KeepAlive(rows)
	snapshot := table.Snapshot()
	run := func(name string, q Query) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := snapshot.Count(q); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(bytesPerRow, "B/row")
		})
	}
	var pools []Measure
	for _, pool := range benchForm.Pools {
		pools = append(pools, pool.Measure)
	}
	b.Run("by hand", func(b *testing.B) {
		for b.Loop() {
			counts := make([][benchItems][7]int64, benchAgencies)
			for i, agency := range agencies {
				count := &counts[agency]
				for item, code := range &answers[i] {
					count[item][code]++
				}
			}
		}
	})
	run("agencies", Query{GroupBy: []Dim{ByAgency}, Items: benchForm.Items})
	run("agencies and pools", Query{GroupBy: []Dim{ByAgency}, Items: benchForm.Items, Pools: pools})
	run("agencies, one quarter, unflagged", Query{
		GroupBy: []Dim{ByAgency}, Items: benchForm.Items, Filter: Filter{From: 9_590, Until: 9_680, ExcludeFlags: 1},
	})
	run("overall item", Query{Items: benchForm.Items[:1]})
	run("agencies by field, overall item", Query{GroupBy: []Dim{ByAgency, ByField}, Items: benchForm.Items[:1]})
	run("points by month", Query{GroupBy: []Dim{ByPoint, ByMonth}, Items: benchForm.Items[:1]})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkTallyAppend(b *testing.B) {
	rows := benchRowsOf(100_000)
	for _, batch := range []int{1, 100} {
		b.Run(map[int]string{1: "one by one", 100: "by hundreds"}[batch], func(b *testing.B) {
			for b.Loop() {
				table := NewTable()
				form, err := table.AddForm(benchForm)
				if err != nil {
					b.Fatal(err)
				}
				for from := 0; from < len(rows); from += batch {
					if _, err := table.Append(form, rows[from:from+batch]...); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(len(rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
