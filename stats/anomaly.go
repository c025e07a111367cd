package stats

import (
	"math"
	"slices"
)

// Anomaly is one sign that answers did not come about in the ordinary way. It
// is a reason to look, never a verdict; of many signs some are small by chance,
// so their probabilities are adjusted before anyone is named.
type Anomaly struct {
	Name      string
	N         int64    // observations it rests on
	Statistic *float64 // nil where the data do not define it
	P         *float64 // probability of at least as much in ordinary answers; nil where there is no model for it
	Score     *float64 // for signs without probability: how far from ordinary, on the scale of the sign
}

// The names of the anomalies.
const (
	AnomalyRuns          = "runs"
	AnomalyLongestRun    = "longest_run"
	AnomalyBurst         = "burst"
	AnomalyDispersion    = "dispersion"
	AnomalyClockwork     = "clockwork"
	AnomalyAnswerMix     = "answer_mix"
	AnomalyStraightLines = "straight_lines"
	AnomalyDuplicates    = "duplicates"
	AnomalyOutlier       = "outlier"
	AnomalyImpossible    = "impossible_count"
	AnomalyShift         = "shift"
)

// FalseDiscoveryAdjusted adjusts the probabilities of many tests: of those whose
// adjusted one is at most q, a share of about q at most is there by chance. With
// m probabilities in order:
//
//	q₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎·m/j
//
// It holds for tests that are independent or depend on each other positively. The
// result is in the order given; a number that is no probability is an error.
//
// Reference: Benjamini and Hochberg 1995, JRSS B 57:289; R p.adjust(method = "BH").
func FalseDiscoveryAdjusted(p []float64) ([]float64, error) {
	for _, x := range p {
		if !(x >= 0 && x <= 1) {
			return nil, invalid("probability %v is not between 0 and 1", x)
		}
	}
	return falseDiscoveryAdjusted(p), nil
}

func falseDiscoveryAdjusted(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return sign(p[b] - p[a]) })
	adjusted, least := make([]float64, len(p)), 1.0
	for k, i := range order { // from the largest
		least = math.Min(least, p[i]*float64(len(p))/float64(len(p)-k))
		adjusted[i] = least
	}
	return adjusted
}
