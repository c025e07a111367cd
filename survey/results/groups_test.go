package results

import "testing"

// TestClearSide holds breakdowns and comparisons to the one rule at its edges.
func TestClearSide(t *testing.T) {
	above, below, around := &Interval{Lower: 0.1, Upper: 5}, &Interval{Lower: -5, Upper: -0.1}, &Interval{Lower: -1, Upper: 5}
	for _, c := range []struct {
		name     string
		p        *float64
		interval *Interval
		want     int
	}{
		{"above", pointer(0.01), above, 1},
		{"below", pointer(0.01), below, -1},
		{"at the level", pointer(1 - Conf), above, 1},
		{"just beyond it", pointer(0.0500001), above, 0},
		{"the interval holds 0", pointer(0.01), around, 0},
		{"the interval ends at 0", pointer(0.01), &Interval{Lower: 0, Upper: 5}, 0},
		{"no test", nil, above, 0},
		{"no interval", pointer(0.01), nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := clearSide(c.p, c.interval); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
			verdict := map[int]GroupVerdict{1: GroupsHigher, -1: GroupsLower, 0: GroupsUnclear}[c.want]
			if got := groupVerdict(c.want); got != verdict {
				t.Errorf("%s, want %s", got, verdict)
			}
			if c.p == nil {
				return
			}
			d := Difference{Interval: c.interval, Test: &Test{P: 1e-9, AdjustedP: c.p}}
			d.judge()
			if want := map[int]DifferenceVerdict{1: Higher, -1: Lower, 0: Unclear}[c.want]; *d.Verdict != want {
				t.Errorf("of a comparison: %s, want %s", *d.Verdict, want)
			}
		})
	}
}
