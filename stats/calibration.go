package stats

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// ErrNotConverged is wrapped where a search came to no end: no weights may meet the margins at all.
var ErrNotConverged = errors.New("stats: no convergence")

// PopulationMargin tells how many members of the population each group has.
type PopulationMargin struct {
	Groups []string           // the group of each record
	Totals map[string]float64 // the size of each group in the population
}

// PopulationTotal is the known sum of a quantity over the population.
type PopulationTotal struct {
	Values []float64 // of each record
	Total  float64
}

// Convergence controls an iteration.
type Convergence struct {
	Tolerance     float64 // largest relative error of a total; 0 is 1e-12
	MaxIterations int     // 0 is 10,000
}

func (c Convergence) orDefault() (Convergence, error) {
	if !(c.Tolerance >= 0) || math.IsInf(c.Tolerance, 1) || c.MaxIterations < 0 {
		return c, invalid("tolerance %v, %d iterations", c.Tolerance, c.MaxIterations)
	}
	if c.Tolerance == 0 {
		c.Tolerance = 1e-12
	}
	if c.MaxIterations == 0 {
		c.MaxIterations = 10_000
	}
	return c, nil
}

// Rake scales weights to several margins by iterative proportional fitting: margin after margin,
// over and over, the weights of each group are multiplied by
//
//	known size / Σ w of the group
//
// until no group of any margin is off by more than the tolerance. The result is the closest to
// the weights given in Kullback–Leibler distance. Zeros stay zero. Cells of a table are raked as
// records: a row label, a column label and the count as weight.
//
// It is an error if margins differ in their sum, a group has weight but no total, or a total but
// no weight: such groups are to be merged first. [ErrNotConverged] if the margins contradict each
// other or the zeros, or are met only in the limit.
//
// References: Deming and Stephan 1940; R stats::loglin, survey::rake run to convergence.
func Rake(weights []float64, margins []PopulationMargin, control Convergence) ([]float64, error) {
	control, err := control.orDefault()
	if err != nil {
		return nil, err
	}
	if err := checkWeights(weights); err != nil {
		return nil, err
	}
	coded, err := codeMargins(weights, margins)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(weights)
	before := math.Inf(1)
	for round := range control.MaxIterations {
		for _, m := range coded {
			sums := m.sums(out)
			for i, g := range m.group {
				if out[i] > 0 {
					out[i] *= m.totals[g] / sums[g]
				}
			}
		}
		worst := 0.0
		for _, m := range coded {
			worst = max(worst, m.worst(m.sums(out)))
		}
		if worst <= control.Tolerance {
			return out, nil
		}
		// At this pace no number of iterations allowed leads anywhere: margins that contradict each other
		// are found out early.
		if round%100 == 99 {
			if worst > 0.99*before {
				return nil, notConverged(round + 1)
			}
			before = worst
		}
	}
	return nil, notConverged(control.MaxIterations)
}

// codedMargin is a margin with groups as numbers.
type codedMargin struct {
	levels []string
	group  []int // of each record, -1 if it has no weight
	totals []float64
}

func codeMargins(weights []float64, margins []PopulationMargin) ([]codedMargin, error) {
	if len(margins) == 0 {
		return nil, invalid("no margin")
	}
	var coded []codedMargin
	var first float64
	for k, margin := range margins {
		if len(margin.Groups) != len(weights) {
			return nil, invalid("margin %d has %d groups for %d records", k+1, len(margin.Groups), len(weights))
		}
		m := codedMargin{group: make([]int, len(weights))}
		place := map[string]int{}
		sum := 0.0
		for _, level := range slices.Sorted(maps.Keys(margin.Totals)) {
			total := margin.Totals[level]
			if !(total >= 0) || math.IsInf(total, 1) {
				return nil, invalid("total %v of group %q", total, level)
			}
			place[level] = len(m.levels)
			m.levels, m.totals = append(m.levels, level), append(m.totals, total)
			sum += total
		}
		held := make([]bool, len(m.levels))
		for i, level := range margin.Groups {
			m.group[i] = -1
			if weights[i] > 0 {
				at, known := place[level]
				if !known {
					return nil, invalid("no total for group %q of margin %d", level, k+1)
				}
				m.group[i], held[at] = at, true
			}
		}
		for g, level := range m.levels {
			if m.totals[g] > 0 && !held[g] {
				return nil, invalid("nobody in the sample for group %q of margin %d: merge it with another", level, k+1)
			}
		}
		if k == 0 {
			first = sum
		}
		if !(math.Abs(sum-first) <= 1e-9*first) {
			return nil, invalid("margin 1 sums to %v, margin %d to %v", first, k+1, sum)
		}
		coded = append(coded, m)
	}
	return coded, nil
}

func (m codedMargin) sums(weights []float64) []float64 {
	sums := make([]float64, len(m.levels))
	for i, g := range m.group {
		if g >= 0 {
			sums[g] += weights[i]
		}
	}
	return sums
}

// worst is the largest relative error of the sums, infinite if one is no number.
func (m codedMargin) worst(sums []float64) float64 {
	worst := 0.0
	for g, total := range m.totals {
		if off := math.Abs(sums[g] - total); !(off == 0) {
			if worst = max(worst, off/total); math.IsNaN(worst) {
				return math.Inf(1)
			}
		}
	}
	return worst
}

// indicators are the columns of 0 and 1 of the groups that hold anybody.
func (m codedMargin) indicators() [][]float64 {
	columns := make([][]float64, len(m.levels))
	for g := range columns {
		columns[g] = make([]float64, len(m.group))
	}
	for i, g := range m.group {
		if g >= 0 {
			columns[g][i] = 1
		}
	}
	return columns
}

// PostStratify weighs the sample to the sizes N_g of groups in the population, as
// [SampleDesign.Rake] to a single margin does:
//
//	w = d·N_g/Σ d of the group,  Var Σ w·e,  e = u − Σ d·u/Σ d of the group
//
// Reference: Holt and Smith 1979, JRSS A 142:33; R survey::postStratify.
func (s *SampleDesign) PostStratify(margin PopulationMargin) (*SampleDesign, error) {
	return s.Rake([]PopulationMargin{margin}, Convergence{})
}

// Rake weighs the sample to several margins of the population by the function [Rake]. Estimates
// from the result use the new weights w. Their standard errors rest on the residuals of the
// linearised values u after regression on the groups x, with the weights as drawn d:
//
//	Var Σ w·e in place of Var Σ w·u,  e = u − xᵀ·(Σ d·x·xᵀ)⁻¹·Σ d·x·u
//
// so that what the margins explain adds no uncertainty. Every group with somebody in the sample
// needs a positive total. A sample is calibrated once, to everything known together.
//
// References: Deville and Särndal 1992, JASA 87:376; R survey::calibrate with calfun="raking".
// survey::rake has the same weights and slightly other standard errors.
func (s *SampleDesign) Rake(margins []PopulationMargin, control Convergence) (*SampleDesign, error) {
	explained, _, err := s.auxiliary(margins, nil)
	if err != nil {
		return nil, err
	}
	weights, err := Rake(s.drawn, margins, control)
	if err != nil {
		return nil, err
	}
	return s.calibrated(weights, explained), nil
}

// CalibrateLinear weighs the sample to margins and totals of the population with the least
// squared change, which makes its totals those of the generalised regression estimator:
//
//	w = d·(1 + xᵀ·λ),  (Σ d·x·xᵀ)·λ = T − Σ d·x
//
// Standard errors are those of [SampleDesign.Rake]. Weights may fall below 0. It is an error if
// no weights meet all totals.
//
// References: Deville and Särndal 1992; R survey::calibrate with calfun="linear".
func (s *SampleDesign) CalibrateLinear(margins []PopulationMargin, totals []PopulationTotal) (*SampleDesign, error) {
	explained, targets, err := s.auxiliary(margins, totals)
	if err != nil {
		return nil, err
	}
	weights := slices.Clone(s.drawn)
	missing := make([]float64, len(targets))
	shortfall := func() {
		for k, column := range explained.columns {
			missing[k] = targets[k] - weightedSum(column, weights)
		}
	}
	// The second round takes up what rounding left of the first.
	for range 2 {
		shortfall()
		for i, change := range explained.fit(missing) {
			weights[i] += s.drawn[i] * change
		}
	}
	shortfall()
	for k, column := range explained.columns {
		size := math.Abs(targets[k])
		for i, x := range column {
			size = max(size, math.Abs(weights[i]*x))
		}
		if !(math.Abs(missing[k]) <= 1e-8*size) {
			return nil, invalid("no weights meet all totals: they contradict each other or the sample")
		}
	}
	return s.calibrated(weights, explained), nil
}

// auxiliary is the regression on groups and quantities, with the totals of its columns.
func (s *SampleDesign) auxiliary(margins []PopulationMargin, totals []PopulationTotal) (*regression, []float64, error) {
	if s.calibration != nil {
		return nil, nil, invalid("the sample is calibrated already: calibrate once, to everything known")
	}
	var columns [][]float64
	var targets []float64
	if len(margins) > 0 {
		coded, err := codeMargins(s.drawn, margins)
		if err != nil {
			return nil, nil, err
		}
		for _, m := range coded {
			columns, targets = append(columns, m.indicators()...), append(targets, m.totals...)
			for _, g := range m.group {
				if g >= 0 && m.totals[g] == 0 {
					return nil, nil, invalid("group %q has somebody in the sample and nobody in the population", m.levels[g])
				}
			}
		}
	}
	for _, quantity := range totals {
		if err := s.check(nil, "auxiliary values", quantity.Values); err != nil {
			return nil, nil, err
		}
		if definite(quantity.Total) == nil {
			return nil, nil, invalid("total %v of auxiliary values", quantity.Total)
		}
		column := make([]float64, len(s.drawn))
		for i, x := range quantity.Values {
			if s.holds(i, nil) {
				column[i] = x
			}
		}
		columns, targets = append(columns, column), append(targets, quantity.Total)
	}
	if len(columns) == 0 {
		return nil, nil, invalid("nothing to calibrate to")
	}
	explained, err := newRegression(columns, s.drawn)
	return explained, targets, err
}

func (s *SampleDesign) calibrated(weights []float64, explained *regression) *SampleDesign {
	c := *s
	c.weights, c.calibration = weights, explained
	return &c
}

func weightedSum(values, weights []float64) float64 {
	sum := 0.0
	for i, w := range weights {
		sum += w * values[i]
	}
	return sum
}

func notConverged(iterations int) error {
	return fmt.Errorf("%w after %d iterations", ErrNotConverged, iterations)
}
