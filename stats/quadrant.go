package stats

import "slices"

// Quadrant is a field of the importance–performance grid.
type Quadrant string

// The quadrants.
const (
	KeepUp          Quadrant = "keep_up"           // important and good
	ConcentrateHere Quadrant = "concentrate_here"  // important and not good
	LowPriority     Quadrant = "low_priority"      // neither
	Overkill        Quadrant = "possible_overkill" // good where it matters less
)

// Cut says where the grid is divided.
type Cut string

// The cuts.
const (
	CutAtMean   Cut = "mean"
	CutAtMedian Cut = "median"
)

// Grid is an importance–performance analysis.
type Grid struct {
	ImportanceCut, PerformanceCut *float64 // nil without items
	Items                         []GridItem
}

// GridItem is one item on the grid.
type GridItem struct {
	Quadrant Quadrant
	Gap      float64 // performance − importance; means something on one scale only
	// Set reports whether the interval of importance excludes the cut. Where it
	// does not, or there is none, left and right of the grid are noise.
	Set bool
}

// ImportancePerformance divides items into the quadrants of Martilla and James by
// the mean or the median c of each axis; an item on the cut counts as high:
//
//	KeepUp           importance ≥ c, performance ≥ c
//	ConcentrateHere  importance ≥ c, performance < c
//	Overkill         importance < c, performance ≥ c
//	LowPriority      importance < c, performance < c
//
// intervals holds the interval of each importance, such as those of
// [ImportanceIntervals], and may be nil as a whole or for single items, which then
// are not set.
//
// Reference: Martilla and James 1977, J Marketing 41(1):77.
func ImportancePerformance(importance, performance []float64, intervals []*Interval, cut Cut) (Grid, error) {
	if err := checkPairs(importance, performance); err != nil {
		return Grid{}, err
	}
	if intervals != nil && len(intervals) != len(importance) {
		return Grid{}, invalid("%d intervals for %d items", len(intervals), len(importance))
	}
	var middle func([]float64) float64
	switch cut {
	case CutAtMean:
		middle = arithmeticMean
	case CutAtMedian:
		middle = func(x []float64) float64 { return medianOfSorted(slices.Sorted(slices.Values(x))) }
	default:
		return Grid{}, invalid("no cut is called %q", cut)
	}
	if len(importance) == 0 {
		return Grid{}, nil
	}
	across, up := middle(importance), middle(performance)
	grid := Grid{ImportanceCut: &across, PerformanceCut: &up, Items: make([]GridItem, len(importance))}
	for i := range importance {
		item := &grid.Items[i]
		item.Gap = performance[i] - importance[i]
		important, good := importance[i] >= across, performance[i] >= up
		switch {
		case important && good:
			item.Quadrant = KeepUp
		case important:
			item.Quadrant = ConcentrateHere
		case good:
			item.Quadrant = Overkill
		default:
			item.Quadrant = LowPriority
		}
		if intervals != nil && intervals[i] != nil {
			item.Set = intervals[i].Lower > across || intervals[i].Upper < across
		}
	}
	return grid, nil
}
