package stats

import (
	"math"
	"slices"
)

// Feldt is the method of an interval for Cronbach's alpha.
const Feldt Method = "feldt"

// Reliability describes how far items measure one thing together.
// A nil field is not defined by the data.
type Reliability struct {
	N, Items           int
	Alpha              *float64 // may be negative
	Interval           *Interval
	Standardized       *float64 // alpha of the standardised items
	AverageCorrelation *float64
	Lambda6            *float64   // Guttman's sixth bound, of the standardised items
	AlphaIfDropped     []*float64 // without each item in turn
	ItemTotal          []*float64 // correlation of each item with the sum of the others
}

// CronbachAlpha estimates the reliability of a sum of items (one column each,
// complete cases). With k items, s²ⱼ the variance of an item, s² that of their
// sum, r̄ the mean correlation, R the correlations and mⱼ² the part of an item
// that the others explain:
//
//	α = k/(k−1)·(1 − Σs²ⱼ/s²)
//	1 − (1−α)·F⁻¹((1∓conf)/2 upper and lower; n−1, (n−1)(k−1))
//	standardised α = k·r̄/(1 + (k−1)·r̄),  λ₆ = 1 − Σ(1−mⱼ²)/ΣR
//
// The interval assumes normal answers and items that differ by no more than their
// means. A high alpha says nothing about items measuring only one thing. Fewer
// than two items or cases and a sum without variance leave everything nil; an
// item that does not vary, what rests on correlations; one that is a combination
// of others, λ₆.
//
// References: Cronbach 1951, Psychometrika 16:297; Feldt 1965, Psychometrika
// 30:357; R psych::alpha.
func CronbachAlpha(items [][]float64, conf float64) (Reliability, error) {
	if err := checkConf(conf); err != nil {
		return Reliability{}, err
	}
	if len(items) > maxPredictors {
		return Reliability{}, invalid("%d items", len(items))
	}
	for _, item := range items {
		if err := checkPairs(items[0], item); err != nil {
			return Reliability{}, err
		}
	}
	r := Reliability{Items: len(items)}
	if len(items) > 0 {
		r.N = len(items[0])
	}
	if r.Items < 2 || r.N < 2 {
		return r, nil
	}
	products := crossProductsOf(items)
	all := make([]int, len(items))
	for j := range all {
		all[j] = j
	}
	r.Alpha = products.Alpha(all...)
	if r.Alpha == nil {
		return r, nil
	}
	r.Interval = feldtInterval(*r.Alpha, float64(r.N), float64(r.Items), conf)
	for j, item := range items {
		r.AlphaIfDropped = append(r.AlphaIfDropped, products.Alpha(slices.Delete(slices.Clone(all), j, j+1)...))
		others := make([]float64, r.N)
		for k, other := range items {
			for i := range others {
				if k != j {
					others[i] += other[i]
				}
			}
		}
		var correlation *float64
		if x, ok := productMoment(item, others); ok {
			correlation = &x
		}
		r.ItemTotal = append(r.ItemTotal, correlation)
	}
	r.standardize(products, all)
	return r, nil
}

// standardize adds what rests on the correlations of the items, if all vary.
func (r *Reliability) standardize(products *CrossProducts, items []int) {
	for _, j := range items {
		if !products.varies(j) {
			return
		}
	}
	k, among := float64(r.Items), products.correlations(items)
	var sum float64
	for _, row := range among {
		for _, x := range row {
			sum += x
		}
	}
	average := (sum - k) / (k * (k - 1))
	r.AverageCorrelation = &average
	// Correlations that cancel leave a sum of rounding errors.
	if sum < singular {
		return
	}
	standardized := k / (k - 1) * (1 - k/sum)
	r.Standardized = &standardized
	if inverse, ok := inverseOfCorrelations(among); ok {
		var unexplained float64
		for j := range inverse {
			unexplained += 1 / inverse[j][j]
		}
		lambda6 := 1 - unexplained/sum
		r.Lambda6 = &lambda6
	}
}

// feldtInterval is nil where the lower limit is beyond all numbers.
func feldtInterval(alpha, n, k, conf float64) *Interval {
	d1, d2 := n-1, (n-1)*(k-1)
	tail := (1 - conf) / 2
	lower, upper := 1-(1-alpha)*fQuantileUpper(tail, d1, d2), 1-(1-alpha)/fQuantileUpper(tail, d2, d1)
	if math.IsInf(lower, 0) {
		return nil
	}
	return &Interval{Lower: lower, Upper: upper, Conf: conf, Method: Feldt}
}

// fQuantileUpper is the number that F with d1 and d2 degrees of freedom exceeds with probability p.
func fQuantileUpper(p, d1, d2 float64) float64 {
	x := betaQuantile(p, d2/2, d1/2) // of d2/(d2+d1·F)
	return d2 * (1 - x) / (d1 * x)
}
