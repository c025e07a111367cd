package tally

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"sipas/stats"
)

// go test -run '^$' -bench . ./stats/tally -args -large
var large = flag.Bool("large", false, "benchmark 10,000,000 responses, not 1,000,000")

const (
	benchItems    = 22
	benchAgencies = 500
	benchFields   = 22
	benchChunk    = 1000 // rows appended at once
)

func benchRows() int {
	if *large {
		return 10_000_000
	}
	return 1_000_000
}

// poolBounds are the items of benchForm's pools, from the first on and before the second.
var poolBounds = [...][2]int{{1, 5}, {5, 9}, {9, 13}, {13, 17}, {17, 20}, {1, 20}}

var benchForm = func() Form {
	var form Form
	for i := range benchItems {
		form.Items = append(form.Items, Measure(i))
	}
	for i, bounds := range poolBounds {
		pool := Pool{Measure: Measure(100 + i)}
		for item := bounds[0]; item < bounds[1]; item++ {
			pool.Items = append(pool.Items, item)
		}
		form.Pools = append(form.Pools, pool)
	}
	return form
}()

var benchPools = func() (measures []Measure) {
	for _, pool := range benchForm.Pools {
		measures = append(measures, pool.Measure)
	}
	return measures
}()

// The year of the rows, and its third quarter.
var (
	benchFirst   = day(2025, time.January, 1)
	benchQuarter = Filter{From: day(2025, time.July, 1), Until: day(2025, time.October, 1)}
)

func day(year int, month time.Month, date int) Day {
	d, _ := DayOf(time.Date(year, month, date, 0, 0, 0, 0, time.UTC))
	return d
}

// eachBenchRow makes n rows of a year in order of time, the same at every call.
func eachBenchRow(n int, use func(i int, row *Row)) {
	random := rand.New(rand.NewPCG(9, 9))
	levels := [16]uint8{5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 3, 2, 1, NotApplicable, Missing}
	for i := range n {
		point := random.IntN(6 * benchAgencies)
		row := Row{
			Day:      benchFirst + Day(i*365/n),
			Agency:   uint16(point / 6),
			Field:    uint8(random.IntN(benchFields)),
			Point:    uint16(point),
			Delivery: uint8(1 + point%3),
			Capture:  uint8(1 + random.IntN(4)),
		}
		if random.IntN(20) == 0 {
			row.Flags = uint16(1 + random.IntN(7))
		}
		codes := [2]uint64{random.Uint64(), random.Uint64()}
		for item := range benchItems {
			row.Items[item] = levels[codes[item/16]>>(item%16*4)&15]
		}
		use(i, &row)
	}
}

func newBenchTable(b *testing.B, n int) *Table {
	b.Helper()
	table := NewTable()
	form, err := table.AddForm(benchForm)
	if err != nil {
		b.Fatal(err)
	}
	chunk := make([]Row, 0, benchChunk)
	eachBenchRow(n, func(_ int, row *Row) {
		if chunk = append(chunk, *row); len(chunk) == benchChunk {
			if _, err := table.Append(form, chunk...); err != nil {
				b.Fatal(err)
			}
			chunk = chunk[:0]
		}
	})
	return table
}

// byHand is the yardstick: the same rows as plain columns, counted by plain
// loops, each core over its part of the rows with counters of its own.
type byHand struct {
	days, agencies, flags []uint16
	items                 [benchItems][]uint8
}

func newByHand(n int) *byHand {
	h := &byHand{days: make([]uint16, n), agencies: make([]uint16, n), flags: make([]uint16, n)}
	for item := range h.items {
		h.items[item] = make([]uint8, n)
	}
	eachBenchRow(n, func(i int, row *Row) {
		h.days[i], h.agencies[i], h.flags[i] = uint16(row.Day), row.Agency, row.Flags
		for item := range h.items {
			h.items[item][i] = row.Items[item]
		}
	})
	return h
}

type handCounts struct {
	items [benchItems][benchAgencies][7]int64
	pools [len(poolBounds)][benchAgencies]stats.Moments
}

func (c *handCounts) add(o *handCounts) {
	for item := range c.items {
		for agency := range c.items[item] {
			for code, n := range o.items[item][agency] {
				c.items[item][agency][code] += n
			}
		}
	}
	for pool := range c.pools {
		for agency, m := range o.pools[pool] {
			c.pools[pool][agency] = c.pools[pool][agency].Plus(m)
		}
	}
}

// onEachCore counts parts of the rows on all cores and adds the parts up.
func (h *byHand) onEachCore(count func(c *handCounts, from, to int)) *handCounts {
	cores := runtime.GOMAXPROCS(0)
	parts := make([]handCounts, cores)
	var done sync.WaitGroup
	for core := range cores {
		done.Go(func() { count(&parts[core], len(h.days)*core/cores, len(h.days)*(core+1)/cores) })
	}
	done.Wait()
	for core := 1; core < cores; core++ {
		parts[0].add(&parts[core])
	}
	return &parts[0]
}

func (h *byHand) levels(c *handCounts, from, to int) {
	agencies := h.agencies[from:to]
	for item := range h.items {
		counts := &c.items[item]
		codes := h.items[item][from:to]
		for i, agency := range agencies {
			counts[agency][codes[i]]++
		}
	}
}

func (h *byHand) moments(c *handCounts, from, to int) {
	for pool, bounds := range poolBounds {
		sums := &c.pools[pool]
		for i := from; i < to; i++ {
			var answered, satisfied int64
			for _, codes := range h.items[bounds[0]:bounds[1]] {
				if code := codes[i]; code >= 1 && code <= 5 {
					answered++
					if code >= 4 {
						satisfied++
					}
				}
			}
			if answered == 0 {
				continue
			}
			m := &sums[h.agencies[i]]
			m.Respondents++
			m.Answered += answered
			m.Satisfied += satisfied
			m.AA += answered * answered
			m.AS += answered * satisfied
			m.SS += satisfied * satisfied
			if satisfied == answered {
				m.Full++
			}
		}
	}
}

func (h *byHand) quarterUnflagged(c *handCounts, from, to int) {
	var rows []uint32
	for i := from; i < to; i++ {
		if day := Day(h.days[i]); day >= benchQuarter.From && day < benchQuarter.Until && h.flags[i]&1 == 0 {
			rows = append(rows, uint32(i))
		}
	}
	for item := range h.items {
		counts := &c.items[item]
		codes := h.items[item]
		for _, i := range rows {
			counts[h.agencies[i]][codes[i]]++
		}
	}
}

// checkHand fails unless the yardstick counted the same.
func checkHand(b *testing.B, c *handCounts, groups []Group) {
	b.Helper()
	if len(groups) != benchAgencies {
		b.Fatalf("%d agencies", len(groups))
	}
	for _, g := range groups {
		for item, levels := range g.Items {
			if levels != c.items[item][g.Key[0]] {
				b.Fatalf("agency %d, item %d: %v, by hand %v", g.Key[0], item, levels, c.items[item][g.Key[0]])
			}
		}
		for pool, moments := range g.Pools {
			if moments != c.pools[pool][g.Key[0]] {
				b.Fatalf("agency %d, pool %d: %v, by hand %v", g.Key[0], pool, moments, c.pools[pool][g.Key[0]])
			}
		}
	}
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2])
}

// BenchmarkTally counts all rows, with no month tallies, and beside it does the
// same by hand on plain slices, turn by turn. It also says what a row takes.
func BenchmarkTally(b *testing.B) {
	n := benchRows()
	hand := newByHand(n)
	before := heap()
	table := newBenchTable(b, n)
	bytesPerRow := float64(heap()-before) / float64(n)
	scan := Snapshot{state: table.Snapshot().state}
	unflagged := benchQuarter
	unflagged.ExcludeFlags = 1
	for _, bench := range []struct {
		name  string
		query Query
		hand  []func(c *handCounts, from, to int)
	}{
		{"agencies", Query{GroupBy: []Dim{ByAgency}, Items: benchForm.Items}, []func(*handCounts, int, int){hand.levels}},
		{"agencies with pools", Query{GroupBy: []Dim{ByAgency}, Items: benchForm.Items, Pools: benchPools}, []func(*handCounts, int, int){hand.levels, hand.moments}},
		{"agencies, one quarter, unflagged", Query{GroupBy: []Dim{ByAgency}, Items: benchForm.Items, Filter: unflagged}, []func(*handCounts, int, int){hand.quarterUnflagged}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var tally, yardstick []time.Duration
			for b.Loop() {
				start := time.Now()
				groups, err := scan.Count(bench.query)
				tally = append(tally, time.Since(start))
				if err != nil {
					b.Fatal(err)
				}
				start = time.Now()
				counts := hand.onEachCore(func(c *handCounts, from, to int) {
					for _, count := range bench.hand {
						count(c, from, to)
					}
				})
				yardstick = append(yardstick, time.Since(start))
				if len(tally) == 1 {
					checkHand(b, counts, groups)
				}
			}
			b.ReportMetric(median(tally)/1e6, "ms/tally")
			b.ReportMetric(median(yardstick)/1e6, "ms/yardstick")
			b.ReportMetric(median(tally)/median(yardstick), "×yardstick")
			b.ReportMetric(bytesPerRow, "B/row")
		})
	}
	runtime.KeepAlive(hand)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkBoard asks what a board asks: one measure by agency, field and flags,
// and all headline measures by form and flags. "rows" counts every row, "first"
// also makes the month tallies, "cached" finds them; "appended" adds a hundred
// rows before each board, and "flagged" changes the flags of an old one.
func BenchmarkBoard(b *testing.B) {
	n := benchRows()
	table := newBenchTable(b, n)
	more := make([]Row, 0, 100)
	eachBenchRow(cap(more), func(_ int, row *Row) {
		row.Day = benchQuarter.Until - 1
		more = append(more, *row)
	})
	campaigns := []uint16{0}
	quarter := benchQuarter
	quarter.Campaigns = campaigns
	for _, period := range []struct {
		name   string
		filter Filter
	}{{"quarter", quarter}, {"year", Filter{Campaigns: campaigns}}} {
		for _, measure := range []string{"item", "pool"} {
			cells := Query{Filter: period.filter, GroupBy: []Dim{ByAgency, ByField, ByFlags}}
			if measure == "item" {
				cells.Items = benchForm.Items[:1]
			} else {
				cells.Pools = benchPools[5:]
			}
			headlines := Query{Filter: period.filter, GroupBy: []Dim{ByForm, ByFlags}, Items: benchForm.Items[:1], Pools: benchPools}
			run := func(name string, snapshot func() Snapshot) {
				b.Run(period.name+", "+measure+", "+name, func(b *testing.B) {
					var boards []time.Duration
					for b.Loop() {
						start := time.Now()
						s := snapshot()
						for _, q := range []Query{cells, headlines} {
							if _, err := s.Count(q); err != nil {
								b.Fatal(err)
							}
						}
						boards = append(boards, time.Since(start))
					}
					b.ReportMetric(median(boards)/1e6, "ms/board")
					if s := snapshot(); s.months != nil {
						b.ReportMetric(float64(s.months.bytes)/1e6, "MB/tallies")
					}
				})
			}
			run("rows", func() Snapshot { return Snapshot{state: table.Snapshot().state} })
			run("first", func() Snapshot {
				table.months = newMonths()
				return table.Snapshot()
			})
			run("cached", table.Snapshot)
			run("appended", func() Snapshot {
				if _, err := table.Append(0, more...); err != nil {
					b.Fatal(err)
				}
				return table.Snapshot()
			})
			run("flagged", func() Snapshot {
				if err := table.Update([]RowRef{RowRef(n / 2)}, func(_ int, m *Mutable) { m.Flags ^= 1 }); err != nil {
					b.Fatal(err)
				}
				return table.Snapshot()
			})
		}
	}
}

// BenchmarkAppend adds rows to a table of three forms.
func BenchmarkAppend(b *testing.B) {
	rows := make([]Row, 0, 200_000)
	eachBenchRow(cap(rows), func(_ int, row *Row) { rows = append(rows, *row) })
	for _, batch := range []struct {
		name string
		rows int
	}{{"one by one", 1}, {"by hundreds", 100}} {
		b.Run(batch.name, func(b *testing.B) {
			for b.Loop() {
				table := NewTable()
				var forms [3]FormID
				for i := range forms {
					var err error
					if forms[i], err = table.AddForm(benchForm); err != nil {
						b.Fatal(err)
					}
				}
				for from := 0; from < len(rows); from += batch.rows {
					if _, err := table.Append(forms[from/batch.rows%3], rows[from:from+batch.rows]...); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(len(rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkCodec(b *testing.B) {
	snapshot := newBenchTable(b, benchRows()).Snapshot()
	var file bytes.Buffer
	if _, err := snapshot.WriteTo(&file); err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			file.Reset()
			if _, err := snapshot.WriteTo(&file); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(file.Len())/float64(snapshot.Rows()), "B/row")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms/table")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := Read(bytes.NewReader(file.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms/table")
	})
}
