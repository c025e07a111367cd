package tally

import "iter"

// Placed says which row it is and where it belongs.
type Placed struct {
	Ref           RowRef
	Day           Day
	Agency, Point uint16
	Flags         uint16
}

// Select gives the rows that pass a filter one by one, those of full blocks first.
// It costs a few nanoseconds for each row of the blocks that have rows on the filter's days.
func (s Snapshot) Select(f Filter) iter.Seq[Placed] {
	return func(yield func(Placed) bool) {
		q, p, days := Query{Filter: f}, newPasser(f), f.days()
		passes := make([]bool, blockRows)
		for _, views := range [][]*view{q.views(s.state.sealed, days), q.views(s.state.open, days)} {
			for _, v := range views {
				p.pass(v, days, passes[:v.rows])
				for i, passed := range passes[:v.rows] {
					if passed && !yield(Placed{RowRef(v.id<<blockBits | i), v.day[i], v.agency[i], v.point[i], v.flags[i]}) {
						return
					}
				}
			}
		}
	}
}
