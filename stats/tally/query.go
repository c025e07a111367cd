package tally

import "sipas/stats"

// Dim is a dimension to group by.
type Dim int

// The dimensions and the integers their groups are keyed by.
const (
	ByDay     Dim = iota // Day
	ByMonth              // 202609
	ByQuarter            // 20263
	ByYear               // 2026
	ByAgency             // the column's own value, as all below
	ByField
	ByPoint
	ByCapture
	ByDelivery
	ByCampaign
	ByLanguage
	ByFlags
	ByForm
	ByDemographic1
	ByDemographic2
	ByDemographic3
	ByDemographic4
)

// MaxGroupBy is how many dimensions one query may group by.
const MaxGroupBy = 3

// Filter selects rows. A nil list lets every value pass, an empty one none.
type Filter struct {
	From, Until  Day // civil days from From on and before Until; Until 0 means no end
	Agencies     []uint16
	Fields       []uint8
	Points       []uint16
	Captures     []uint8
	Deliveries   []uint8
	Campaigns    []uint8
	Languages    []uint8
	Demographics [Demographics][]uint8
	ExcludeFlags uint16 // rows with any of these bits are left out
}

// Query asks for counts.
type Query struct {
	Filter  Filter
	GroupBy []Dim     // none: one group of all rows
	Forms   []FormID  // nil: every form
	Items   []Measure // whose levels to count
	Pools   []Measure // whose moments to sum
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
