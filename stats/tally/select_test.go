package tally

import (
	"slices"
	"testing"
)

func TestSelect(t *testing.T) {
	table := NewTable()
	form, err := table.AddForm(Form{})
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]Row, blockRows+500)
	for i := range rows {
		rows[i] = Row{Day: Day(100 + i%7), Agency: uint16(1 + i%3), Point: uint16(1 + i%11), Flags: uint16(i % 4)}
	}
	refs, err := table.Append(form, rows...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		filter Filter
		passes func(Row) bool
	}{
		{"all", Filter{}, func(Row) bool { return true }},
		{"a point's days", Filter{From: 102, Until: 104, Points: []uint16{4}}, func(r Row) bool { return r.Point == 4 && (r.Day == 102 || r.Day == 103) }},
		{"an agency's flagged", Filter{Agencies: []uint16{2}, AnyFlags: 2}, func(r Row) bool { return r.Agency == 2 && r.Flags&2 != 0 }},
		{"no day", Filter{From: 200}, func(Row) bool { return false }},
		{"no point", Filter{Points: []uint16{}}, func(Row) bool { return false }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []Placed
			for i, r := range rows {
				if c.passes(r) {
					want = append(want, Placed{refs[i], r.Day, r.Agency, r.Point, r.Flags})
				}
			}
			if got := slices.Collect(table.Snapshot().Select(c.filter)); !slices.Equal(got, want) {
				t.Errorf("%d rows, want %d", len(got), len(want))
			}
		})
	}
	for row := range table.Snapshot().Select(Filter{}) {
		if row.Ref != refs[0] {
			t.Errorf("the first row is %+v", row)
		}
		break
	}
	before := table.Snapshot()
	if err := table.Update(refs[:1], func(_ int, m *Mutable) { m.Flags = 8 }); err != nil {
		t.Fatal(err)
	}
	flagged := Filter{AnyFlags: 8}
	if old, now := slices.Collect(before.Select(flagged)), slices.Collect(table.Snapshot().Select(flagged)); len(old) != 0 || len(now) != 1 || now[0].Ref != refs[0] {
		t.Errorf("a snapshot shows %v, the next one %v", old, now)
	}
}
