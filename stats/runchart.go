package stats

import (
	"math"
	"sort"
)

// Runs describes a series about a centre line.
type Runs struct {
	Useful       int  // points off the line
	Longest      int  // points of the longest run on one side
	LongestMax   *int // the longest run that chance explains; nil without useful points
	Crossings    int  // changes of side
	CrossingsMin *int // the fewest crossings that chance explains; nil without useful points
	Signals      []Signal
}

// RunRules applies Anhøj's two rules to a series about a centre line fixed
// beforehand (usually the median of a baseline). With n points off the line,
// points on it left out:
//
//	LongRun       longest run > round(log₂ n) + 3
//	FewCrossings  crossings < q, the smallest q with P(Binomial(n−1, 1/2) ≤ q) ≥ 0.05
//
// It assumes independent points, half of them on either side. Both rules serve
// a short series too, for which control limits are not yet known.
//
// References: Anhøj and Olesen 2014, PLoS ONE 9:e113825; R qicharts2 runs.analysis.
func RunRules(values []float64, center float64) (Runs, error) {
	if err := checkNumbers("centre", center); err != nil {
		return Runs{}, err
	}
	if err := checkNumbers("value", values...); err != nil {
		return Runs{}, err
	}
	var useful []int
	for i, x := range values {
		if x != center {
			useful = append(useful, i)
		}
	}
	runs := Runs{Useful: len(useful)}
	if runs.Useful == 0 {
		return runs, nil
	}
	above := func(k int) bool { return values[useful[k]] > center }
	start, from, to := 0, 0, 0
	for k := range useful {
		if k > 0 && above(k) != above(k-1) {
			runs.Crossings++
			start = k
		}
		if k-start+1 > runs.Longest {
			runs.Longest, from, to = k-start+1, start, k
		}
	}
	longestMax := int(math.Round(math.Log2(float64(runs.Useful)))) + 3
	crossingsMin := medianCrossings(runs.Useful - 1)
	runs.LongestMax, runs.CrossingsMin = &longestMax, &crossingsMin
	if runs.Longest > longestMax {
		side := Low
		if above(from) {
			side = High
		}
		runs.Signals = append(runs.Signals, Signal{Chart: RunChart, Rule: LongRun, Side: side,
			From: useful[from], To: useful[to], Value: float64(runs.Longest), Limit: float64(longestMax)})
	}
	if runs.Crossings < crossingsMin {
		runs.Signals = append(runs.Signals, Signal{Chart: RunChart, Rule: FewCrossings,
			From: useful[0], To: useful[len(useful)-1], Value: float64(runs.Crossings), Limit: float64(crossingsMin)})
	}
	return runs, nil
}

// medianCrossings is the 5 % quantile of Binomial(chances, 1/2).
func medianCrossings(chances int) int {
	n := float64(chances)
	return sort.Search(chances, func(q int) bool { return binomialLower(float64(q), n, 0.5) >= 0.05 })
}
