package survey

import "testing"

func TestThePointsDays(t *testing.T) {
	for _, c := range []struct {
		name         string
		point        Point
		day          Date
		open, closed bool
	}{
		{"no days", Point{}, "2026-11-23", true, false},
		{"before it opens", Point{Opens: "2026-11-24"}, "2026-11-23", false, false},
		{"the day it opens", Point{Opens: "2026-11-24"}, "2026-11-24", true, false},
		{"between both", Point{Opens: "2026-11-24", Closed: "2026-11-26"}, "2026-11-25", true, false},
		{"the day it closes", Point{Closed: "2026-11-26"}, "2026-11-26", false, true},
		{"after it closed", Point{Opens: "2026-11-24", Closed: "2026-11-26"}, "2027-01-01", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if open, closed := c.point.OpenOn(c.day), c.point.ClosedOn(c.day); open != c.open || closed != c.closed {
				t.Errorf("open %v, closed %v", open, closed)
			}
		})
	}
}
