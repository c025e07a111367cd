package stats

import (
	"math"
	"sort"
)

// Adjustment names how p-values of several tests are corrected for their number.
type Adjustment string

// The adjustments. The first three keep the probability of any false finding,
// the last two the expected part of false ones among the findings.
const (
	Bonferroni         Adjustment = "bonferroni" // m·p
	Holm               Adjustment = "holm"       // max over smaller p of (m−i+1)·p; for statements about single units
	Hochberg           Adjustment = "hochberg"   // min over larger p of (m−i+1)·p; for independent tests
	BenjaminiHochberg  Adjustment = "bh"         // min over larger p of m/i·p; for screening lists
	BenjaminiYekutieli Adjustment = "by"         // the same times Σ1/j; under any dependence
)

// AdjustP corrects the p-values of m tests for their number, in their order; i
// is the place of p among them by size:
//
//	Bonferroni          m·p
//	Holm                max{(m−j+1)·p_j: j ≤ i}
//	Hochberg            min{(m−j+1)·p_j: j ≥ i}
//	BenjaminiHochberg   min{m/j·p_j: j ≥ i}
//	BenjaminiYekutieli  min{m/j·p_j: j ≥ i}·(1 + 1/2 + … + 1/m)
//
// and at most 1. A test that was not defined is nil, stays nil and does not
// count in m.
//
// References: Holm 1979; Hochberg 1988; Benjamini and Hochberg 1995; Benjamini
// and Yekutieli 2001; R p.adjust.
func AdjustP(method Adjustment, p []*float64) ([]*float64, error) {
	var order []int
	for i, value := range p {
		switch {
		case value == nil:
		case *value >= 0 && *value <= 1:
			order = append(order, i)
		default:
			return nil, invalid("p-value %d is %v", i+1, *value)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return *p[order[a]] < *p[order[b]] })
	m, harmonic := float64(len(order)), 0.0
	for j := range order {
		harmonic += 1 / float64(j+1)
	}
	factor, stepUp := func(float64) float64 { return m }, false
	switch method {
	case Bonferroni:
	case Holm:
		factor = func(place float64) float64 { return m - place + 1 }
	case Hochberg:
		factor, stepUp = func(place float64) float64 { return m - place + 1 }, true
	case BenjaminiHochberg:
		factor, stepUp = func(place float64) float64 { return m / place }, true
	case BenjaminiYekutieli:
		factor, stepUp = func(place float64) float64 { return harmonic * m / place }, true
	default:
		return nil, invalid("no adjustment is called %q", method)
	}
	adjusted := make([]*float64, len(p))
	if stepUp {
		least := 1.0
		for j := len(order) - 1; j >= 0; j-- {
			least = math.Min(least, factor(float64(j+1))**p[order[j]])
			value := least
			adjusted[order[j]] = &value
		}
		return adjusted, nil
	}
	most := 0.0
	for j, i := range order {
		most = math.Min(1, math.Max(most, factor(float64(j+1))**p[i]))
		value := most
		adjusted[i] = &value
	}
	return adjusted, nil
}
