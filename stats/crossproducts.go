package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// CrossProducts sums, over cases, the products of the deviations of some columns from
// their means: all that correlations, least squares and the reliability of items need of
// them, in memory that does not grow with the cases. Column 0 is the outcome where there
// is one. How far from 0 a column lies costs no digits.
//
// A column with a value that is not a number, or whose squares are beyond all numbers,
// counts as one that does not vary.
type CrossProducts struct {
	n        float64
	means    []float64
	products []float64 // the lower triangle, row by row
}

// NewCrossProducts are those of no cases.
func NewCrossProducts(columns int) *CrossProducts {
	return &CrossProducts{means: make([]float64, columns), products: make([]float64, columns*(columns+1)/2)}
}

// crossProductsOf are those of complete cases, one column each.
func crossProductsOf(columns [][]float64) *CrossProducts {
	c := NewCrossProducts(len(columns))
	for _, values := range rowsOf(columns) {
		c.Add(values, 1)
	}
	return c
}

func rowsOf(columns [][]float64) [][]float64 {
	if len(columns) == 0 {
		return nil
	}
	rows := make([][]float64, len(columns[0]))
	for i := range rows {
		rows[i] = make([]float64, len(columns))
		for j, column := range columns {
			rows[i][j] = column[i]
		}
	}
	return rows
}

// Add adds n equal cases, one value a column, to the N there are; n is not negative:
//
//	Σ(x−x̄)(y−ȳ) grows by (x−x̄)(y−ȳ)·n·N/(N+n),  x̄ by (x−x̄)·n/(N+n)
//
// Reference: Chan, Golub and LeVeque 1983, Am Stat 37:242.
func (c *CrossProducts) Add(values []float64, n float64) {
	if n == 0 {
		return
	}
	part := n / (c.n + n)
	weight := c.n * part
	at := 0
	for i, mean := range c.means {
		off := (values[i] - mean) * weight
		row := c.products[at : at+i+1]
		for j := range row {
			row[j] += off * (values[j] - c.means[j])
		}
		at += i + 1
	}
	for i, mean := range c.means {
		c.means[i] += (values[i] - mean) * part
	}
	c.n += n
}

// Columns is the number of columns.
func (c *CrossProducts) Columns() int { return len(c.means) }

// Cases is how many cases were added.
func (c *CrossProducts) Cases() float64 { return c.n }

// PlusTimes adds the cases of o, of the same columns, so many times; times is not negative.
// With M cases in o, m of them added, and their means x̃ and ỹ:
//
//	Σ(x−x̄)(y−ȳ) grows by times·Σ(x−x̃)(y−ỹ) over o + (x̃−x̄)(ỹ−ȳ)·m·N/(N+m),  m = times·M
//
// Reference: Chan, Golub and LeVeque 1983, Am Stat 37:242.
func (c *CrossProducts) PlusTimes(o *CrossProducts, times float64) {
	for i, x := range o.products {
		c.products[i] += times * x
	}
	c.Add(o.means, times*o.n)
}

func (c *CrossProducts) reset() {
	c.n = 0
	clear(c.means)
	clear(c.products)
}

// product is Σ(x−x̄)(y−ȳ) of two columns.
func (c *CrossProducts) product(i, j int) float64 {
	if i < j {
		i, j = j, i
	}
	return c.products[i*(i+1)/2+j]
}

func (c *CrossProducts) varies(i int) bool {
	x := c.product(i, i)
	return x > 0 && x <= math.MaxFloat64
}

// Correlation is the product-moment correlation of two columns, as by [Pearson]:
//
//	r = Σ(x−x̄)(y−ȳ)/√(Σ(x−x̄)²·Σ(y−ȳ)²)
//
// Nil where one does not vary.
//
// Reference: R cor.
func (c *CrossProducts) Correlation(i, j int) *float64 {
	if !c.varies(i) || !c.varies(j) {
		return nil
	}
	r := math.Max(-1, math.Min(1, c.product(i, j)/math.Sqrt(c.product(i, i))/math.Sqrt(c.product(j, j))))
	return &r
}

// Alpha is Cronbach's alpha of k columns, as by [CronbachAlpha], with s²ⱼ the variance of
// one and s² that of their sum:
//
//	α = k/(k−1)·(1 − Σs²ⱼ/s²)
//
// Nil for fewer than two columns and where their sum does not vary.
//
// Reference: Cronbach 1951, Psychometrika 16:297.
func (c *CrossProducts) Alpha(columns ...int) *float64 {
	var own, total float64
	for _, i := range columns {
		own += c.product(i, i)
		for _, j := range columns {
			total += c.product(i, j)
		}
	}
	// Items that cancel out leave a variance of rounding errors.
	if len(columns) < 2 || !(total > singular*own && total <= math.MaxFloat64) {
		return nil
	}
	k := float64(len(columns))
	alpha := k / (k - 1) * (1 - own/total)
	return &alpha
}

// Importance divides among the other columns the variance of column 0 that they explain,
// as [RelativeImportance] does. With R the correlations among them and r those with column 0:
//
//	R² = rᵀR⁻¹r
//
// Reference: Grömping 2006, J Stat Softw 17(1).
func (c *CrossProducts) Importance() Importance {
	var varying []int
	for j := 1; j < len(c.means); j++ {
		if c.varies(j) {
			varying = append(varying, j)
		}
	}
	result := Importance{N: int(c.n), Predictors: make([]Predictor, max(0, len(c.means)-1))}
	if len(varying) == 0 || !c.varies(0) || result.N < len(varying)+2 {
		return result
	}
	m := c.model(varying)
	total := m.explained()
	result.R2 = &total
	for i, part := range m.parts() {
		result.Predictors[varying[i]-1] = part
	}
	result.Cautions = cautionsOf(result, len(varying))
	return result
}

// model has the correlations of columns, which vary, among each other and with column 0.
func (c *CrossProducts) model(columns []int) model {
	m := model{among: c.correlations(columns), with: make([]float64, len(columns))}
	for i, column := range columns {
		m.with[i] = *c.Correlation(0, column)
	}
	return m
}

// correlations are those among columns, which vary.
func (c *CrossProducts) correlations(columns []int) [][]float64 {
	among := make([][]float64, len(columns))
	for i, a := range columns {
		among[i] = make([]float64, len(columns))
		among[i][i] = 1
		for j, b := range columns[:i] {
			r := *c.Correlation(a, b)
			among[i][j], among[j][i] = r, r
		}
	}
	return among
}

// Shares divides the explained variance into parts of 1, one a predictor. With xⱼ the LMG
// of a predictor, or Johnson's weight beyond twelve predictors:
//
//	xⱼ/Σx
//
// Nil where nothing is explained; predictors that do not vary have a share of 0.
//
// Reference: R relaimpo calc.relimp with rela = TRUE.
func (i Importance) Shares() []float64 {
	var sum float64
	shares := make([]float64, len(i.Predictors))
	for j, p := range i.Predictors {
		if x := p.importance(); x != nil {
			shares[j] = *x
			sum += *x
		}
	}
	if !(sum > 0) {
		return nil
	}
	for j := range shares {
		shares[j] /= sum
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
	columns := groups[0].Columns()
	whole := NewCrossProducts(columns)
	for _, g := range groups {
		if g.Columns() != columns {
			return nil, invalid("groups of %d and %d columns", columns, g.Columns())
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
		// Shares that are the same in every draw differ by rounding errors.
		if se := sampleDeviation(column); se > singular {
			deviations[j] = se
		}
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
