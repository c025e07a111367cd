package stats

import (
	"math"
	"slices"
)

// WeightEffect says what unequal weights cost.
type WeightEffect struct {
	N            int64    // records with a weight above 0
	Sum          float64  // of the weights
	DesignEffect *float64 // 1 for equal weights; less 1, the squared coefficient of variation
	EffectiveN   *float64
}

// KishEffect estimates the design effect of unequal weights that have nothing to do with the answers:
//
//	deff = n·Σw²/(Σw)²,  n* = (Σw)²/Σw² = n/deff
//
// over the weights above 0. Nil without any. Clusters and strata are not part of it; a
// [SampleDesign] knows them.
//
// Reference: Kish 1965, Survey Sampling, section 11.7.
func KishEffect(weights []float64) (WeightEffect, error) {
	if err := checkWeights(weights); err != nil {
		return WeightEffect{}, err
	}
	var e WeightEffect
	largest := 0.0
	for _, w := range weights {
		largest = max(largest, w)
	}
	var sum, squares float64 // in units of the largest weight, whose square could overflow
	for _, w := range weights {
		if w > 0 {
			e.N++
			e.Sum += w
			sum += w / largest
			squares += w / largest * (w / largest)
		}
	}
	if e.N == 0 {
		return e, nil
	}
	if math.IsInf(e.Sum, 1) {
		return WeightEffect{}, invalid("the weights have no finite sum")
	}
	size := sum * sum / squares
	effect := float64(e.N) / size
	e.DesignEffect, e.EffectiveN = &effect, &size
	return e, nil
}

// WeightedShare estimates a share from weighted independent answers with the Wilson interval on
// (p·n*, n*):
//
//	p = Σ w·y / Σ w,  n* of [KishEffect]
//
// Records of weight 0 do not count. Without others everything is nil.
//
// Reference: Kish 1965.
func WeightedShare(success []bool, weights []float64, conf float64) (Estimate, error) {
	if len(success) != len(weights) {
		return Estimate{}, invalid("%d answers with %d weights", len(success), len(weights))
	}
	if err := checkConf(conf); err != nil {
		return Estimate{}, err
	}
	effect, err := KishEffect(weights)
	if err != nil || effect.N == 0 {
		return Estimate{}, err
	}
	satisfied := 0.0
	for i, w := range weights {
		if success[i] {
			satisfied += w
		}
	}
	share, size := satisfied/effect.Sum, *effect.EffectiveN
	return Estimate{
		Value:      &share,
		Interval:   wilsonInterval(share, size, conf),
		N:          effect.N,
		EffectiveN: &size,
	}, nil
}

// wilsonInterval is that of a share on an effective size.
func wilsonInterval(share, size, conf float64) *Interval {
	lower, upper := wilsonLimits(share*size, size, -normalQuantile((1-conf)/2))
	return &Interval{Lower: lower, Upper: upper, Conf: conf, Method: Wilson}
}

// maxTrimmings is after how many rounds trimming gives up.
const maxTrimmings = 1000

// TrimWeights keeps weights within lower and upper and their sum what it was: what is cut off
// goes in equal parts to the m weights that were within, again and again until none is outside:
//
//	w → min(upper, max(lower, w)) outside,  w → w + Σ(cut off)/m within
//
// Weights of 0 do not count and stay 0. upper may be infinite.
//
// Where none was within, all share in it. It is an error if the sum does not fit between n·lower
// and n·upper, [ErrNotConverged] if a thousand rounds are not enough. Raked weights no longer meet
// their margins after it: rake the trimmed ones again.
//
// References: Potter 1990; R survey::trimWeights with strict=TRUE.
func TrimWeights(weights []float64, lower, upper float64) ([]float64, error) {
	if !(lower >= 0 && lower <= upper) || math.IsInf(lower, 1) {
		return nil, invalid("limits %v and %v for weights", lower, upper)
	}
	effect, err := KishEffect(weights)
	if err != nil {
		return nil, err
	}
	n := float64(effect.N)
	// The margins leave room for the rounding of the sum.
	if effect.Sum < n*lower*(1-1e-12) || effect.Sum > n*upper*(1+1e-12) {
		return nil, invalid("%d weights that sum to %v do not fit between %v and %v", effect.N, effect.Sum, lower, upper)
	}
	out := slices.Clone(weights)
	var positive []int
	for i, w := range weights {
		if w > 0 {
			positive = append(positive, i)
		}
	}
	for range maxTrimmings {
		cut, within := 0.0, make([]int, 0, len(positive))
		for _, i := range positive {
			if w := out[i]; w < lower || w > upper {
				out[i] = min(max(w, lower), upper)
				cut += w - out[i]
			} else {
				within = append(within, i)
			}
		}
		if len(within) == len(positive) {
			return out, nil
		}
		if len(within) == 0 {
			within = positive
		}
		for _, i := range within {
			out[i] += cut / float64(len(within))
		}
	}
	return nil, notConverged(maxTrimmings)
}
