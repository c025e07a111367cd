package tally

import (
	"fmt"
	"slices"

	"sipas/stats"
)

// Query asks for counts.
type Query struct {
	Filter  Filter
	GroupBy []Dim     // at most MaxGroupBy; none: one group of all rows
	Forms   []FormID  // nil: every form
	Items   []Measure // whose levels to count, none twice
	Pools   []Measure // whose moments to sum, none twice
}

// Levels counts the answers to an item by code: Missing, 1 to 5, NotApplicable.
type Levels [7]int64

// Answered is the number of answers on the scale.
func (l Levels) Answered() int64 { return l[1] + l[2] + l[3] + l[4] + l[5] }

// Satisfied is the number of answers 4 and 5.
func (l Levels) Satisfied() int64 { return l[4] + l[5] }

// Scale returns the counts of the levels 1 to 5.
func (l Levels) Scale() [5]int64 { return [5]int64(l[1:6]) }

// Group is the rows that share a key. Rows of forms without a measure add
// nothing to it; they still count in Rows.
type Group struct {
	Key   [MaxGroupBy]int // one per dimension of Query.GroupBy, in its order; the rest 0
	Rows  int64
	Items []Levels        // one per Query.Items, in its order
	Pools []stats.Moments // one per Query.Pools, in its order
}

func (q *Query) check(s *state) error {
	if len(q.GroupBy) > MaxGroupBy {
		return fmt.Errorf("tally: %d dimensions to group by, at most %d", len(q.GroupBy), MaxGroupBy)
	}
	for _, dim := range q.GroupBy {
		if dim < 0 || dim >= dimensions {
			return fmt.Errorf("tally: no dimension %d", dim)
		}
	}
	for _, form := range q.Forms {
		if int(form) >= len(s.layouts) {
			return fmt.Errorf("tally: no form %d", form)
		}
	}
	for _, measures := range [][]Measure{q.Items, q.Pools} {
		for i, measure := range measures {
			if slices.Contains(measures[:i], measure) {
				return fmt.Errorf("tally: measure %d asked for twice", measure)
			}
		}
	}
	return nil
}
