package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// CrossProducts sums, over cases, the values of some columns and their products:
// all that correlations, least squares and the reliability of items need of them, in
// memory that does not grow with the cases. Column 0 is the outcome where there is one.
//
// Values are finite. Variances are differences of sums, so that columns should not lie
// many standard deviations from 0. Levels of a scale and their means lose nothing that matters.
type CrossProducts struct {
	n        float64
	sums     []float64
	products []float64 // the lower triangle, row by row
}

// NewCrossProducts are those of no cases.
func NewCrossProducts(columns int) *CrossProducts {
	return &CrossProducts{sums: make([]float64, columns), products: make([]float64, columns*(columns+1)/2)}
}

// Add adds n equal cases, one value a column.
func (c *CrossProducts) Add(values []float64, n float64) {
	c.n += n
	at := 0
	for i, x := range values[:len(c.sums)] {
		x *= n
		c.sums[i] += x
		row := c.products[at : at+i+1]
		for j := range row {
			row[j] += x * values[j]
		}
		at += i + 1
	}
}

// Columns is the number of columns.
func (c *CrossProducts) Columns() int { return len(c.sums) }

// Cases is how many cases were added.
func (c *CrossProducts) Cases() float64 { return c.n }

// PlusTimes adds the cases of o, of the same columns, so many times.
func (c *CrossProducts) PlusTimes(o *CrossProducts, times float64) {
	c.n += times * o.n
	for i, x := range o.sums {
		c.sums[i] += times * x
	}
	for i, x := range o.products {
		c.products[i] += times * x
	}
}

func (c *CrossProducts) reset() {
	c.n = 0
	clear(c.sums)
	clear(c.products)
}

// centred is Σ(x−x̄)(y−ȳ), 0 where it is no more than rounding.
func (c *CrossProducts) centred(i, j int) float64 {
	if i < j {
		i, j = j, i
	}
	raw := c.products[i*(i+1)/2+j]
	x := raw - c.sums[i]*c.sums[j]/c.n
	if math.Abs(x) <= 1e-12*math.Abs(raw) {
		return 0
	}
	return x
}

// Correlation is Pearson's r of two columns; nil where one does not vary.
func (c *CrossProducts) Correlation(i, j int) *float64 {
	xx, yy := c.centred(i, i), c.centred(j, j)
	if !(c.n >= 2 && xx > 0 && yy > 0) {
		return nil
	}
	r := math.Max(-1, math.Min(1, c.centred(i, j)/math.Sqrt(xx)/math.Sqrt(yy)))
	return &r
}

// Alpha is Cronbach's alpha of columns, as by [CronbachAlpha]; nil where that has none.
func (c *CrossProducts) Alpha(columns ...int) *float64 {
	if c.n < 2 {
		return nil
	}
	covariances := make([][]float64, len(columns))
	for i, a := range columns {
		for _, b := range columns {
			covariances[i] = append(covariances[i], c.centred(a, b)/(c.n-1))
		}
	}
	return alphaOf(covariances, -1)
}

// Importance divides the variance of column 0 that is explained by the others, as
// [RelativeImportance] does.
func (c *CrossProducts) Importance() Importance {
	var varying []int
	for j := 1; j < len(c.sums); j++ {
		if c.n >= 2 && c.centred(j, j) > 0 {
			varying = append(varying, j)
		}
	}
	result := Importance{N: int(c.n), Predictors: make([]Predictor, max(0, len(c.sums)-1))}
	if len(varying) == 0 || !(c.centred(0, 0) > 0) || int(c.n) < len(varying)+2 {
		return result
	}
	m := model{among: make([][]float64, len(varying)), with: make([]float64, len(varying))}
	for i, a := range varying {
		m.with[i] = *c.Correlation(0, a)
		m.among[i] = make([]float64, len(varying))
		m.among[i][i] = 1
		for j, b := range varying[:i] {
			r := *c.Correlation(a, b)
			m.among[i][j], m.among[j][i] = r, r
		}
	}
	for i := range varying {
		varying[i]-- // from column to predictor
	}
	m.divide(&result, varying)
	return result
}

// Shares divides the explained variance into parts of 1, one a predictor: LMG, or
// Johnson's weights beyond twelve predictors, over R². Nil where nothing is explained.
func (i Importance) Shares() []float64 {
	if i.R2 == nil || !(*i.R2 > 0) {
		return nil
	}
	shares := make([]float64, len(i.Predictors))
	for j, p := range i.Predictors {
		if x := p.importance(); x != nil {
			shares[j] = *x / *i.R2
		}
	}
	return shares
}

// BootstrapMaxT is the method of simultaneous intervals from resampled cases.
const BootstrapMaxT Method = "bootstrap_max_t"

// ShareIntervals are simultaneous bootstrap intervals of the [Importance.Shares] of
// cases that were dealt at random into groups: with probability conf all of them hold
// together, so that comparing every one with the same number needs no correction. Groups
// are drawn with replacement; with s the shares of all cases, s* those of a draw and SE
// the standard deviation of s*:
//
//	s ∓ c·SE, within 0 to 1,  c the conf-quantile (type 7) of max over predictors of |s* − s|/SE
//
// As many groups as cases are the bootstrap of cases; some hundred groups give the same
// standard errors but for a few percent, at a cost that does not grow with the cases.
// The same seed gives the same intervals. An interval is nil where a share does not vary
// among the draws, all are where fewer than nine in ten draws have shares.
//
// References: Efron and Tibshirani 1993; Romano and Wolf 2005, Econometrica 73:1237.
func ShareIntervals(groups []*CrossProducts, conf float64, resamples int, seed uint64) ([]*Interval, error) {
	if err := checkConf(conf); err != nil {
		return nil, err
	}
	if resamples < 1 || resamples > maxResamples {
		return nil, invalid("%d resamples, not 1 to %d", resamples, maxResamples)
	}
	if len(groups) == 0 {
		return nil, invalid("no groups")
	}
	columns := len(groups[0].sums)
	whole := NewCrossProducts(columns)
	for _, g := range groups {
		if len(g.sums) != columns {
			return nil, invalid("groups of %d and %d columns", columns, len(g.sums))
		}
		whole.PlusTimes(g, 1)
	}
	shares := whole.Importance().Shares()
	intervals := make([]*Interval, max(0, columns-1))
	if shares == nil {
		return intervals, nil
	}
	random := rand.New(rand.NewPCG(seed, uint64(len(groups))))
	times, drawn := make([]float64, len(groups)), NewCrossProducts(columns)
	var draws [][]float64
	for range resamples {
		clear(times)
		for range groups {
			times[random.IntN(len(groups))]++
		}
		drawn.reset()
		for i, n := range times {
			if n > 0 {
				drawn.PlusTimes(groups[i], n)
			}
		}
		if s := drawn.Importance().Shares(); s != nil {
			draws = append(draws, s)
		}
	}
	if 10*len(draws) < 9*resamples || len(draws) < 2 {
		return intervals, nil
	}
	deviations := make([]float64, len(shares))
	for j := range deviations {
		column := make([]float64, len(draws))
		for i, s := range draws {
			column[i] = s[j]
		}
		deviations[j] = math.Sqrt(covariancesOf([][]float64{column})[0][0])
	}
	furthest := make([]float64, len(draws))
	for i, s := range draws {
		for j, se := range deviations {
			if se > 0 {
				furthest[i] = math.Max(furthest[i], math.Abs(s[j]-shares[j])/se)
			}
		}
	}
	slices.Sort(furthest)
	c := quantileOfSorted(furthest, conf)
	for j, se := range deviations {
		if se > 0 {
			intervals[j] = &Interval{Lower: math.Max(0, shares[j]-c*se), Upper: math.Min(1, shares[j]+c*se), Conf: conf, Method: BootstrapMaxT}
		}
	}
	return intervals, nil
}
