package tally

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// newMonthsTable has four sealed blocks, one for each month from January 2026 to April.
func newMonthsTable(t *testing.T) *Table {
	t.Helper()
	table := newTestTable(t)
	random := rand.New(rand.NewPCG(5, 6))
	for month := range 4 {
		rows := make([]Row, blockRows)
		for i := range rows {
			rows[i] = randomRow(random, testForms[1])
			rows[i].Day = day(2026, time.January+time.Month(month), 1+i%28)
			rows[i].Flags *= 8
		}
		if _, err := table.Append(1, rows...); err != nil {
			t.Fatal(err)
		}
	}
	return table
}

func mustCount(t *testing.T, s Snapshot, q Query) []Group {
	t.Helper()
	groups, err := s.Count(q)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

// kept gives the tallies of a query by month of 2026.
func (m *months) kept(q Query) map[time.Month]*monthTally {
	tallies := map[time.Month]*monthTally{}
	for month := range time.Month(12) {
		if tally := m.find(q.shape(), uint16(26*12+month)); tally != nil {
			tallies[1+month] = tally
		}
	}
	return tallies
}

func TestMonthTalliesAreKeptUntilTheyChange(t *testing.T) {
	table := newMonthsTable(t)
	q := Query{GroupBy: []Dim{ByAgency, ByFlags}, Items: []Measure{overall}, Filter: Filter{
		From: day(2026, time.January, 20), Until: day(2026, time.April, 1), Captures: []uint8{0, 1},
	}}
	mustCount(t, table.Snapshot(), q)
	first := table.months.kept(q)
	if len(first) != 2 || first[time.February] == nil || first[time.March] == nil {
		t.Fatalf("kept %d months, want the whole ones, February and March", len(first))
	}
	other := q
	other.Filter.From, other.Filter.Until = day(2026, time.March, 1), 0
	mustCount(t, table.Snapshot(), other)
	if shared := table.months.kept(q); shared[time.March] != first[time.March] || shared[time.April] == nil {
		t.Error("another period does not share the months")
	}
	for _, test := range []struct {
		name    string
		change  func() error
		renewed []time.Month
	}{
		{"asked again", func() error { return nil }, nil},
		{"rows in an open block", func() error {
			_, err := table.Append(1, make([]Row, 10)...)
			return err
		}, nil},
		{"an update that changes nothing", func() error {
			return table.Update([]RowRef{blockRows}, func(int, *Mutable) {})
		}, nil},
		{"an update in February", func() error {
			return table.Update([]RowRef{blockRows}, func(_ int, m *Mutable) { m.Flags ^= 8 })
		}, []time.Month{time.February}},
		{"late rows of March fill a block", func() error {
			rows := make([]Row, blockRows)
			for i := range rows {
				rows[i].Day = day(2026, time.March, 31)
			}
			_, err := table.Append(1, rows...)
			return err
		}, []time.Month{time.March}},
		{"flags not seen before, among the others", func() error {
			_, err := table.Append(1, Row{Flags: 1})
			return err
		}, []time.Month{time.February, time.March}},
		{"an agency not seen before", func() error {
			_, err := table.Append(1, Row{Agency: 1000})
			return err
		}, []time.Month{time.February, time.March}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := table.months.kept(q)
			if err := test.change(); err != nil {
				t.Fatal(err)
			}
			s := table.Snapshot()
			if got, want := mustCount(t, s, q), mustCount(t, Snapshot{state: s.state}, q); !equalGroups(got, want) {
				t.Errorf("got %v, by rows %v", got, want)
			}
			var renewed []time.Month
			after := table.months.kept(q)
			for _, month := range []time.Month{time.February, time.March} {
				if after[month] != before[month] {
					renewed = append(renewed, month)
				}
			}
			if !reflect.DeepEqual(renewed, test.renewed) {
				t.Errorf("renewed %v, want %v", renewed, test.renewed)
			}
		})
	}
}

func TestMonthTalliesAreNotOfTheFuture(t *testing.T) {
	table := newMonthsTable(t)
	q := Query{Items: []Measure{overall}}
	before := table.Snapshot()
	want := mustCount(t, before, q)
	rows := make([]Row, blockRows)
	for i := range rows {
		rows[i].Day = day(2026, time.March, 31)
	}
	if _, err := table.Append(1, rows...); err != nil {
		t.Fatal(err)
	}
	mustCount(t, table.Snapshot(), q)
	if got := mustCount(t, before, q); !equalGroups(got, want) {
		t.Errorf("got %v, before more blocks were full %v", got, want)
	}
}

func TestMonthTalliesStayWithinTheirLimit(t *testing.T) {
	table := newMonthsTable(t)
	of := func(capture uint8) Query {
		return Query{GroupBy: []Dim{ByAgency}, Items: []Measure{overall}, Filter: Filter{Captures: []uint8{capture}}}
	}
	mustCount(t, table.Snapshot(), of(0))
	table.months.limit = 3 * table.months.bytes
	for capture := range uint8(3) {
		mustCount(t, table.Snapshot(), of(capture))
	}
	mustCount(t, table.Snapshot(), of(0)) // now 1 is the one not asked for the longest
	mustCount(t, table.Snapshot(), of(3))
	for capture, want := range []int{4, 0, 4, 4} {
		if got := len(table.months.kept(of(uint8(capture)))); got != want {
			t.Errorf("capture %d: %d months kept, want %d", capture, got, want)
		}
	}
	table.months.limit = 0
	q := of(1)
	s := table.Snapshot()
	if got, want := mustCount(t, s, q), mustCount(t, Snapshot{state: s.state}, q); !equalGroups(got, want) {
		t.Errorf("without room: got %v, by rows %v", got, want)
	}
	if m := table.months; m.bytes != 0 || len(m.queries) != 0 || m.recent.Len() != 0 {
		t.Errorf("without room %d bytes of %d queries are kept", m.bytes, len(m.queries))
	}
}
