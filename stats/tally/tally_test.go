package tally

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sipas/stats"
)

// Measures of the forms under test.
const (
	overall Measure = iota
	access
	procedure
	staff
	result
	extra
	index
	factor
)

var testForms = []Form{
	{Items: []Measure{overall}},
	{
		Items: []Measure{access, procedure, staff, result, overall},
		Pools: []Pool{{Measure: factor, Items: []int{1, 2}}, {Measure: index, Items: []int{0, 1, 2, 3}}},
	},
	{
		Items: []Measure{overall, extra, staff},
		Pools: []Pool{{Measure: index, Items: []int{2}}},
	},
}

// stored is a row as a naive recount keeps it.
type stored struct {
	form FormID
	Row
}

func newTestTable(t testing.TB) *Table {
	t.Helper()
	table := NewTable()
	for i, form := range testForms {
		if id, err := table.AddForm(form); err != nil || int(id) != i {
			t.Fatal(id, err)
		}
	}
	return table
}

func randomRow(random *rand.Rand, form Form) Row {
	row := Row{
		Day:      Day(9_500 + random.IntN(500)),
		Agency:   uint16(random.IntN(30)),
		Field:    uint8(random.IntN(5)),
		Point:    uint16(random.IntN(200)),
		Capture:  uint8(random.IntN(4)),
		Delivery: uint8(random.IntN(3)),
		Campaign: uint16(random.IntN(3)) * 150,
		Language: uint8(random.IntN(2)),
		Flags:    uint16(random.IntN(6)) * uint16(random.IntN(2)),
	}
	for d := range row.Demographics {
		row.Demographics[d] = uint8(random.IntN(4))
	}
	for i := range form.Items {
		row.Items[i] = uint8(random.IntN(7))
	}
	return row
}

func randomQuery(random *rand.Rand) Query {
	var q Query
	for range random.IntN(MaxGroupBy + 1) {
		q.GroupBy = append(q.GroupBy, Dim(random.IntN(int(dimensions))))
	}
	perm := random.Perm(8)
	for _, m := range perm[:random.IntN(8)] {
		q.Items = append(q.Items, Measure(m))
	}
	for _, m := range perm[random.IntN(8):] {
		q.Pools = append(q.Pools, Measure(m))
	}
	f := &q.Filter
	randomPeriod(random, f)
	if random.IntN(3) == 0 {
		f.ExcludeFlags = uint16(random.IntN(8))
	}
	if random.IntN(5) == 0 {
		f.AnyFlags = uint16(random.IntN(8))
	}
	if random.IntN(4) == 0 {
		q.Forms = []FormID{FormID(random.IntN(3)), FormID(random.IntN(3))}
	}
	f.Agencies = randomList[uint16](random, 30)
	f.Points = randomList[uint16](random, 200)
	f.Campaigns = randomList[uint16](random, 301)
	for _, list := range []*[]uint8{&f.Fields, &f.Captures, &f.Deliveries, &f.Languages} {
		*list = randomList[uint8](random, 5)
	}
	for d := range f.Demographics {
		f.Demographics[d] = randomList[uint8](random, 5)
	}
	return q
}

// randomPeriod sets days that begin and end with a month as often as not.
func randomPeriod(random *rand.Rand, f *Filter) {
	f.From, f.Until = 0, 0
	if random.IntN(2) == 0 {
		f.From = randomDay(random, 9_400)
	}
	if random.IntN(2) == 0 {
		f.Until = randomDay(random, 9_600)
	}
}

func randomDay(random *rand.Rand, from int) Day {
	day := Day(from + random.IntN(500))
	if random.IntN(3) > 0 {
		date := day.Date()
		day, _ = DayOf(date.AddDate(0, 0, 1-date.Day()))
	}
	return day
}

// randomList is mostly nil, seldom empty.
func randomList[T uint8 | uint16](random *rand.Rand, n int) []T {
	if random.IntN(6) > 0 {
		return nil
	}
	list := []T{}
	for _, value := range random.Perm(n)[:random.IntN(n)] {
		list = append(list, T(value))
	}
	return list
}

func lists[T comparable](list []T, value T) bool { return list == nil || slices.Contains(list, value) }

func (q Query) wants(r stored) bool {
	f := q.Filter
	for d, list := range f.Demographics {
		if !lists(list, r.Demographics[d]) {
			return false
		}
	}
	return lists(q.Forms, r.form) && r.Day >= f.From && (f.Until == 0 || r.Day < f.Until) &&
		lists(f.Agencies, r.Agency) && lists(f.Fields, r.Field) && lists(f.Points, r.Point) &&
		lists(f.Captures, r.Capture) && lists(f.Deliveries, r.Delivery) && lists(f.Campaigns, r.Campaign) &&
		lists(f.Languages, r.Language) && r.Flags&f.ExcludeFlags == 0 && (f.AnyFlags == 0 || r.Flags&f.AnyFlags != 0)
}

func (r stored) key(dim Dim) int {
	switch dim {
	case ByDay:
		return int(r.Day)
	case ByMonth:
		date := r.Day.Date()
		return date.Year()*100 + int(date.Month())
	case ByQuarter:
		date := r.Day.Date()
		return date.Year()*10 + (int(date.Month())+2)/3
	case ByYear:
		return r.Day.Date().Year()
	case ByAgency:
		return int(r.Agency)
	case ByField:
		return int(r.Field)
	case ByPoint:
		return int(r.Point)
	case ByCapture:
		return int(r.Capture)
	case ByDelivery:
		return int(r.Delivery)
	case ByCampaign:
		return int(r.Campaign)
	case ByLanguage:
		return int(r.Language)
	case ByFlags:
		return int(r.Flags)
	case ByForm:
		return int(r.form)
	}
	return int(r.Demographics[dim-ByDemographic1])
}

// recount answers a query row by row.
func recount(rows []stored, q Query) []Group {
	groups := map[[MaxGroupBy]int]*Group{}
	for _, r := range rows {
		if !q.wants(r) {
			continue
		}
		var key [MaxGroupBy]int
		for i, dim := range q.GroupBy {
			key[i] = r.key(dim)
		}
		g := groups[key]
		if g == nil {
			g = &Group{Key: key, Items: make([]Levels, len(q.Items)), Pools: make([]stats.Moments, len(q.Pools))}
			groups[key] = g
		}
		g.Rows++
		form := testForms[r.form]
		for i, measure := range q.Items {
			if position := slices.Index(form.Items, measure); position >= 0 {
				g.Items[i][r.Items[position]]++
			}
		}
		for i, measure := range q.Pools {
			for _, pool := range form.Pools {
				if pool.Measure != measure {
					continue
				}
				var a, s int64
				for _, position := range pool.Items {
					if code := r.Items[position]; code >= 1 && code <= 5 {
						a++
						if code >= 4 {
							s++
						}
					}
				}
				if a > 0 {
					g.Pools[i] = g.Pools[i].Plus(momentsOf(a, s))
				}
			}
		}
	}
	var out []Group
	for _, g := range groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Group) int { return slices.CompareFunc(a.Key[:], b.Key[:], cmp.Compare[int]) })
	return out
}

func TestCountIsTheRecount(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	table := newTestTable(t)
	var rows []stored
	var refs []RowRef
	// Asked again and again, so that most of the answer was counted before.
	standing := []Query{
		{GroupBy: []Dim{ByAgency, ByField, ByFlags}, Items: []Measure{overall}, Filter: Filter{Campaigns: []uint16{0}}},
		{GroupBy: []Dim{ByForm, ByFlags}, Items: []Measure{overall}, Pools: []Measure{index, factor}},
		{GroupBy: []Dim{ByPoint, ByDay, ByDemographic1, ByFlags}, Items: []Measure{staff}, Filter: Filter{Fields: []uint8{2}}},
		{GroupBy: []Dim{ByMonth, ByCapture}, Filter: Filter{Demographics: [Demographics][]uint8{1: {0, 1}}}, Pools: []Measure{factor}},
	}
	type moment struct {
		snapshot Snapshot
		rows     []stored
	}
	var before moment
	check := func(m moment, q Query) {
		t.Helper()
		want := recount(m.rows, q)
		for name, snapshot := range map[string]Snapshot{"months": m.snapshot, "rows": {state: m.snapshot.state}} {
			got, err := snapshot.Count(q)
			if err != nil {
				t.Fatal(err)
			}
			if !equalGroups(got, want) {
				t.Fatalf("%s: %d rows, %+v: got %d groups, want %d", name, len(m.rows), q, len(got), len(want))
			}
			var each []Group
			if err := snapshot.Each(q, func(g *Group) {
				each = append(each, Group{g.Key, g.Rows, slices.Clone(g.Items), slices.Clone(g.Pools)})
			}); err != nil {
				t.Fatal(err)
			}
			if !equalGroups(each, want) {
				t.Fatalf("%s: %d rows, %+v: %d groups one by one, want %d", name, len(m.rows), q, len(each), len(want))
			}
		}
	}
	for step := range 30 {
		form := FormID(random.IntN(len(testForms)))
		batch := make([]Row, []int{0, 1, 7, 600, 5000}[random.IntN(5)])
		for i := range batch {
			batch[i] = randomRow(random, testForms[form])
			batch[i].Agency %= uint16(1 + step) // new codes at every step
			batch[i].Flags %= uint16(1 + step)
			rows = append(rows, stored{form, batch[i]})
		}
		added, err := table.Append(form, batch...)
		if err != nil || len(added) != len(batch) {
			t.Fatal(len(added), err)
		}
		refs = append(refs, added...)
		if len(rows) > 0 && step%3 == 0 {
			changed := random.Perm(len(rows))[:random.IntN(min(len(rows), 50))]
			at := make([]RowRef, len(changed))
			for i, row := range changed {
				at[i] = refs[row]
			}
			if err := table.Update(at, func(i int, m *Mutable) {
				row := &rows[changed[i]]
				if m.Flags != row.Flags || m.Demographics != row.Demographics {
					t.Errorf("row %d holds %+v, want %+v", changed[i], *m, row.Row)
				}
				if i%2 == 0 {
					m.Flags |= 1 << random.IntN(4)
				} else {
					m.Demographics = [Demographics]uint8{}
				}
				row.Flags, row.Demographics = m.Flags, m.Demographics
			}); err != nil {
				t.Fatal(err)
			}
		}
		now := moment{table.Snapshot(), slices.Clone(rows)}
		if now.snapshot.Rows() != int64(len(rows)) {
			t.Fatalf("%d rows, want %d", now.snapshot.Rows(), len(rows))
		}
		for i := range standing {
			randomPeriod(random, &standing[i].Filter)
			check(now, standing[i])
		}
		for range 3 {
			check(now, randomQuery(random))
		}
		// A snapshot kept while the table moved on still answers as of its moment.
		if before.snapshot.state != nil {
			check(before, standing[step%len(standing)])
		}
		if step%7 == 0 {
			before = now
		}
	}
}

func TestCountOfManyBatches(t *testing.T) {
	table := newTestTable(t)
	row := Row{Day: 9_800, Agency: 3}
	copy(row.Items[:], []uint8{5, 4, 3, NotApplicable, Missing})
	rows := make([]Row, 50_000)
	for i := range rows {
		rows[i] = row
	}
	const times = 22 // more than batchBlocks
	for range times {
		if _, err := table.Append(1, rows...); err != nil {
			t.Fatal(err)
		}
	}
	groups, err := table.Snapshot().Count(Query{GroupBy: []Dim{ByAgency}, Items: []Measure{access, overall}, Pools: []Measure{index}})
	if err != nil {
		t.Fatal(err)
	}
	const n = times * 50_000
	want := []Group{{
		Key:   [MaxGroupBy]int{3},
		Rows:  n,
		Items: []Levels{{5: n}, {Missing: n}},
		Pools: []stats.Moments{{Respondents: n, Answered: 3 * n, Satisfied: 2 * n, AA: 9 * n, AS: 6 * n, SS: 4 * n}},
	}}
	if !equalGroups(groups, want) {
		t.Errorf("got %+v, want %+v", groups, want)
	}
}

func TestSnapshotKeepsItsMoment(t *testing.T) {
	table := newTestTable(t)
	refs, err := table.Append(0, Row{Items: [MaxItems]uint8{5}}, Row{Items: [MaxItems]uint8{1}})
	if err != nil {
		t.Fatal(err)
	}
	before := table.Snapshot()
	if _, err := table.Append(0, Row{Items: [MaxItems]uint8{5}}); err != nil {
		t.Fatal(err)
	}
	if err := table.Update(refs[:1], func(_ int, m *Mutable) { m.Flags = 1 }); err != nil {
		t.Fatal(err)
	}
	q := Query{Items: []Measure{overall}, Filter: Filter{ExcludeFlags: 1}}
	for name, test := range map[string]struct {
		snapshot Snapshot
		want     Levels
	}{
		"before": {before, Levels{1: 1, 5: 1}},
		"after":  {table.Snapshot(), Levels{1: 1, 5: 1}}, // one 5 flagged, another added
	} {
		groups, err := test.snapshot.Count(q)
		if err != nil || len(groups) != 1 || groups[0].Items[0] != test.want {
			t.Errorf("%s: %+v %v", name, groups, err)
		}
	}
	if before.Rows() != 2 || table.Snapshot().Rows() != 3 {
		t.Errorf("%d rows before, %d after", before.Rows(), table.Snapshot().Rows())
	}
}

// stage is what one writer does at once: it appends rows, or it changes some of
// those it appended before.
type stage struct {
	form    FormID
	rows    []Row
	changed []int // in the order appended
}

func (s *stage) change(m *Mutable) {
	m.Flags ^= 1
	m.Demographics = [Demographics]uint8{}
}

// after adds what the stage does to rows.
func (s *stage) after(rows []stored) []stored {
	for _, row := range s.rows {
		rows = append(rows, stored{s.form, row})
	}
	for _, i := range s.changed {
		m := Mutable{rows[i].Flags, rows[i].Demographics}
		s.change(&m)
		rows[i].Flags, rows[i].Demographics = m.Flags, m.Demographics
	}
	return rows
}

func randomStages(random *rand.Rand, agency uint16, n int) []stage {
	stages := make([]stage, n)
	appended := 0
	for i := range stages {
		s := &stages[i]
		if i%5 == 4 {
			s.changed = random.Perm(appended)[:min(appended, 20)]
			continue
		}
		s.form = FormID(1 + random.IntN(8)/7)
		s.rows = make([]Row, 1+random.IntN(80))
		for j := range s.rows {
			s.rows[j] = randomRow(random, testForms[s.form])
			s.rows[j].Agency = agency
		}
		appended += len(s.rows)
	}
	return stages
}

// Each writer keeps to an agency of its own. What a reader sees of an agency must
// be the writer's work up to a stage that was reached when the snapshot was taken.
func TestReadersSeeMomentsOfManyWriters(t *testing.T) {
	const writers, stages = 3, 200
	table := newTestTable(t)
	var work [writers][]stage
	var begun, done [writers]atomic.Int64
	for w := range work {
		work[w] = randomStages(rand.New(rand.NewPCG(3, uint64(w))), uint16(w), stages)
	}
	queries := []Query{
		{GroupBy: []Dim{ByAgency, ByFlags}, Items: []Measure{overall, staff}, Pools: []Measure{index}},
		{GroupBy: []Dim{ByAgency, ByMonth, ByDemographic2}, Filter: Filter{ExcludeFlags: 1, From: 9_600}, Pools: []Measure{factor}},
	}
	type sight struct {
		from, to [writers]int64 // stages
		rows     int64
		answers  [][]Group // by query
	}
	look := func() (s sight) {
		for w := range done {
			s.from[w] = done[w].Load()
		}
		snapshot := table.Snapshot()
		for w := range begun {
			s.to[w] = begun[w].Load()
		}
		s.rows = snapshot.Rows()
		for _, q := range queries {
			groups, err := snapshot.Count(q)
			if err != nil {
				t.Error(err)
			}
			s.answers = append(s.answers, groups)
		}
		return s
	}
	var writing, reading sync.WaitGroup
	for w := range work {
		writing.Go(func() {
			var refs []RowRef
			for i := range work[w] {
				s := &work[w][i]
				begun[w].Add(1)
				added, err := table.Append(s.form, s.rows...)
				if err != nil {
					t.Error(err)
				}
				refs = append(refs, added...)
				changed := make([]RowRef, len(s.changed))
				for i, row := range s.changed {
					changed[i] = refs[row]
				}
				if err := table.Update(changed, func(_ int, m *Mutable) { s.change(m) }); err != nil {
					t.Error(err)
				}
				done[w].Add(1)
			}
		})
	}
	written := make(chan struct{})
	var sights [2][]sight
	for r := range sights {
		reading.Go(func() {
			for {
				sights[r] = append(sights[r], look())
				select {
				case <-written:
					sights[r] = append(sights[r], look())
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(written)
	reading.Wait()

	// One recount of every stage, asked by every sight.
	type outcome struct {
		rows    int64
		answers [][]Group
	}
	var outcomes [writers][]outcome
	for w := range work {
		var rows []stored
		for i := range stages + 1 {
			if i > 0 {
				rows = work[w][i-1].after(rows)
			}
			o := outcome{rows: int64(len(rows))}
			for _, q := range queries {
				o.answers = append(o.answers, recount(rows, q))
			}
			outcomes[w] = append(outcomes[w], o)
		}
	}
	for _, s := range slices.Concat(sights[:]...) {
		var rows int64
		for w := range work {
			var seen [][]Group
			for _, groups := range s.answers {
				seen = append(seen, slices.DeleteFunc(slices.Clone(groups), func(g Group) bool { return g.Key[0] != w }))
			}
			at := s.from[w]
			for at <= s.to[w] && !slices.EqualFunc(outcomes[w][at].answers, seen, equalGroups) {
				at++
			}
			if at > s.to[w] {
				t.Fatalf("what is seen of writer %d is none of its stages %d to %d", w, s.from[w], s.to[w])
			}
			rows += outcomes[w][at].rows
		}
		if rows != s.rows {
			t.Fatalf("%d rows, the stages seen have %d", s.rows, rows)
		}
	}
	t.Logf("%d and %d snapshots of %d rows", len(sights[0]), len(sights[1]), table.Snapshot().Rows())
}

func equalGroups(a, b []Group) bool {
	return slices.EqualFunc(a, b, func(a, b Group) bool {
		return a.Key == b.Key && a.Rows == b.Rows && slices.Equal(a.Items, b.Items) && slices.Equal(a.Pools, b.Pools)
	})
}

func TestDay(t *testing.T) {
	hanoi := time.FixedZone("+07", 7*60*60)
	for _, test := range []struct {
		at   time.Time
		want Day
		ok   bool
	}{
		{time.Date(2000, 1, 1, 0, 0, 0, 0, hanoi), 0, true},
		{time.Date(2000, 1, 1, 0, 0, 0, 0, hanoi).UTC(), 0, false}, // still 1999 there
		{time.Date(2026, 11, 23, 23, 59, 59, 0, hanoi), 9823, true},
		{time.Date(2026, 11, 24, 0, 0, 0, 0, hanoi), 9824, true},
		{time.Date(2179, 6, 6, 23, 0, 0, 0, hanoi), 65535, true},
		{time.Date(2179, 6, 7, 0, 0, 0, 0, hanoi), 0, false},
		{time.Time{}, 0, false},
	} {
		if got, ok := DayOf(test.at); got != test.want || ok != test.ok {
			t.Errorf("%v: got %d %v", test.at, got, ok)
		}
	}
	for day := range Day(20_000) {
		if back, ok := DayOf(day.Date()); !ok || back != day {
			t.Fatalf("day %d is %v is day %d", day, day.Date(), back)
		}
	}
}

func TestRefusals(t *testing.T) {
	table := newTestTable(t)
	pooled := func(items ...int) Form {
		return Form{Items: []Measure{overall, access}, Pools: []Pool{{Measure: index, Items: items}}}
	}
	many := Form{Items: make([]Measure, MaxItems+1)}
	positions := make([]int, MaxPoolItems+1)
	for i := range many.Items {
		many.Items[i] = Measure(i)
	}
	for i := range positions {
		positions[i] = i
	}
	pools := make([]Pool, MaxPools+1)
	for i := range pools {
		pools[i].Measure = Measure(i)
	}
	large := Form{Items: many.Items[:MaxItems], Pools: []Pool{{Measure: index, Items: positions}}}
	for name, form := range map[string]Form{
		"items":          many,
		"pool":           large,
		"item twice":     {Items: []Measure{overall, overall}},
		"position":       pooled(2),
		"position below": pooled(-1),
		"position twice": pooled(0, 0),
		"pools":          {Pools: pools},
		"pool twice":     {Pools: []Pool{{Measure: index}, {Measure: index}}},
	} {
		if _, err := table.AddForm(form); err == nil {
			t.Errorf("%s: form accepted", name)
		}
	}
	for name, query := range map[string]Query{
		"form":       {Forms: []FormID{9}},
		"dimension":  {GroupBy: []Dim{dimensions}},
		"dimensions": {GroupBy: make([]Dim, MaxGroupBy+1)},
		"item twice": {Items: []Measure{overall, overall}},
		"pool twice": {Pools: []Measure{index, index}},
	} {
		if _, err := table.Snapshot().Count(query); err == nil {
			t.Errorf("%s: query accepted", name)
		}
	}
	for name, items := range map[string][MaxItems]uint8{"code": {7}, "position": {5, 5}} {
		if _, err := table.Append(0, Row{}, Row{Items: items}); err == nil {
			t.Errorf("%s: row accepted", name)
		}
	}
	if _, err := table.Append(9, Row{}); err == nil {
		t.Error("unknown form accepted")
	}
	for _, ref := range []RowRef{0, 12, 1 << 30} {
		if err := table.Update([]RowRef{ref}, func(int, *Mutable) { t.Error("changed") }); err == nil {
			t.Errorf("row %d accepted", ref)
		}
	}
	if n := table.Snapshot().Rows(); n != 0 {
		t.Errorf("%d rows after refusals", n)
	}
}

func Example() {
	const overall, index Measure = 1, 2
	table := NewTable()
	form, _ := table.AddForm(Form{Items: []Measure{overall, 11, 12}, Pools: []Pool{{Measure: index, Items: []int{1, 2}}}})
	table.Append(form,
		Row{Agency: 7, Items: [MaxItems]uint8{5, 4, 2}},
		Row{Agency: 7, Items: [MaxItems]uint8{3, 5, NotApplicable}},
		Row{Agency: 9, Items: [MaxItems]uint8{4, 4, Missing}},
	)
	groups, _ := table.Snapshot().Count(Query{GroupBy: []Dim{ByAgency}, Items: []Measure{overall}, Pools: []Measure{index}})
	for _, g := range groups {
		fmt.Printf("agency %d: %d of %d satisfied, levels %v, pooled %d of %d answers\n",
			g.Key[0], g.Items[0].Satisfied(), g.Items[0].Answered(), g.Items[0].Scale(), g.Pools[0].Satisfied, g.Pools[0].Answered)
	}
	// Output:
	// agency 7: 1 of 2 satisfied, levels [0 0 1 0 1], pooled 2 of 3 answers
	// agency 9: 1 of 1 satisfied, levels [0 0 0 1 0], pooled 1 of 1 answers
}

// momentsOf gives the moments of one respondent with s satisfied of a answers.
func momentsOf(a, s int64) stats.Moments {
	m := stats.Moments{Respondents: 1, Answered: a, Satisfied: s, AA: a * a, AS: a * s, SS: s * s}
	if s == a {
		m.Full = 1
	}
	return m
}

// TestGoString gives every filter a text of its own.
func TestGoString(t *testing.T) {
	filters := []Filter{{}, {From: 1}, {Until: 1}, {From: 1, Until: 1}, {AnyFlags: 1}, {ExcludeFlags: 1},
		{Agencies: []uint16{}}, {Agencies: []uint16{1}}, {Agencies: []uint16{1, 1}}, {Agencies: []uint16{11}}, {Points: []uint16{1}},
		{Fields: []uint8{1}}, {Captures: []uint8{1}}, {Deliveries: []uint8{1}}, {Campaigns: []uint16{1}}, {Languages: []uint8{1}}}
	for i := range Demographics {
		var f Filter
		f.Demographics[i] = []uint8{1}
		filters = append(filters, f)
	}
	named := map[string]Filter{}
	for _, f := range filters {
		text := fmt.Sprintf("%#v", f)
		if other, twice := named[text]; twice {
			t.Errorf("%s names %+v and %+v", text, other, f)
		}
		if named[text] = f; text != fmt.Sprintf("%#v", f) {
			t.Errorf("%s is named otherwise the second time", text)
		}
	}
}
