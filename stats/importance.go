package stats

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Caution says why a result is not to be read as a ranking.
type Caution string

// The cautions.
const (
	WeakModel Caution = "weak_model" // R² below 0.2: the items hardly explain the outcome
	Collinear Caution = "collinear"  // a variance inflation above 5: the items say the same
	FewCases  Caution = "few_cases"  // fewer than ten cases an item
)

// Importance divides the explained variance of an outcome among predictors.
// A nil field is not defined by the data.
type Importance struct {
	N          int
	R2         *float64
	Predictors []Predictor // in the order given
	Cautions   []Caution
}

// Predictor is the part of one predictor in an explained variance.
type Predictor struct {
	LMG     *float64 // average increase of R² over all orders; nil beyond twelve predictors
	Johnson *float64 // relative weight
	First   *float64 // R² alone
	Last    *float64 // increase of R² when entered last
	Beta    *float64 // standardised regression coefficient
	Pratt   *float64 // Beta·r
	VIF     *float64 // variance inflation
}

// maxShapley is the number of predictors up to which every subset is fitted.
const maxShapley = 12

// maxPredictors bounds the work; no questionnaire has as many items.
const maxPredictors = 200

// singular is the part of a predictor's variance not explained by others below
// which it counts as their copy.
const singular = 1e-10

// RelativeImportance divides the variance of outcome explained by least squares
// on the predictors (one column each, complete cases, unweighted):
//
//	LMG      Σ over subsets S without j of |S|!(p−|S|−1)!/p!·(R²(S∪j) − R²(S)), up to 12 predictors
//	Johnson  Σₖ λⱼₖ²·βₖ²,  Λ = R^½ of the predictors' correlations,  β = Λ⁻¹r
//
// Both sum to R² and stay positive where halo and collinearity turn the signs of
// coefficients; two copies of one item share its part evenly. Nothing here is
// causal. Predictors that do not vary have nil parts and no part in R². Without
// as many cases as parameters, or with a constant outcome, R² is nil. Where one
// predictor is a combination of others Last, Beta, Pratt and VIF are nil.
//
// References: Lindeman, Merenda and Gold 1980; Grömping 2006, J Stat Softw
// 17(1); Johnson 2000, Multivar Behav Res 35:1; R relaimpo calc.relimp.
func RelativeImportance(outcome []float64, predictors [][]float64) (Importance, error) {
	if len(predictors) > maxPredictors {
		return Importance{}, invalid("%d predictors", len(predictors))
	}
	for _, column := range predictors {
		if err := checkPairs(outcome, column); err != nil {
			return Importance{}, err
		}
	}
	if err := checkNumbers("outcome", outcome...); err != nil {
		return Importance{}, err
	}
	return crossProductsOf(columnsWith(outcome, predictors)).Importance(), nil
}

func columnsWith(outcome []float64, predictors [][]float64) [][]float64 {
	return append([][]float64{outcome}, predictors...)
}

func cautionsOf(result Importance, columns int) []Caution {
	var cautions []Caution
	if *result.R2 < 0.2 {
		cautions = append(cautions, WeakModel)
	}
	collinear := false
	for _, p := range result.Predictors {
		// A variance inflation that cannot be computed is infinite.
		if p.First != nil && (p.VIF == nil || *p.VIF > 5) {
			collinear = true
		}
	}
	if collinear {
		cautions = append(cautions, Collinear)
	}
	if result.N < 10*columns {
		cautions = append(cautions, FewCases)
	}
	return cautions
}

// model holds the correlations that least squares rest on.
type model struct {
	among [][]float64 // predictors with each other
	with  []float64   // predictors with the outcome
}

// triangle is a Cholesky factor that grows by one predictor at a time.
type triangle struct {
	members  []int
	rows     [][]float64
	outcome  []float64 // the outcome in the coordinates of the factor
	explains float64
}

// with adds a predictor; a copy of those within adds nothing.
func (t triangle) with(m model, j int) triangle {
	row := make([]float64, len(t.members)+1)
	rest, projection := 1.0, m.with[j]
	for k, i := range t.members {
		x := m.among[j][i]
		for l := range k {
			x -= row[l] * t.rows[k][l]
		}
		row[k] = x / t.rows[k][k]
		rest -= row[k] * row[k]
		projection -= row[k] * t.outcome[k]
	}
	if rest < singular {
		return t
	}
	pivot := math.Sqrt(rest)
	row[len(t.members)] = pivot
	projection /= pivot
	return triangle{
		members:  append(slices.Clip(t.members), j),
		rows:     append(slices.Clip(t.rows), row),
		outcome:  append(slices.Clip(t.outcome), projection),
		explains: math.Min(1, t.explains+projection*projection),
	}
}

func (m model) explained() float64 {
	var t triangle
	for j := range m.with {
		t = t.with(m, j)
	}
	return t.explains
}

func (m model) parts() []Predictor {
	parts := make([]Predictor, len(m.with))
	weights := m.johnson()
	for j, r := range m.with {
		first := r * r
		parts[j].First, parts[j].Johnson = &first, &weights[j]
	}
	m.regress(parts)
	if len(m.with) <= maxShapley {
		for j, lmg := range m.shapley() {
			parts[j].LMG = &lmg
		}
	}
	return parts
}

// shapley averages the increase of R² over all orders, subset by subset.
func (m model) shapley() []float64 {
	p := len(m.with)
	explains := make([]float64, 1<<p)
	var fill func(set, from int, t triangle)
	fill = func(set, from int, t triangle) {
		explains[set] = t.explains
		for j := from; j < p; j++ {
			fill(set|1<<j, j+1, t.with(m, j))
		}
	}
	fill(0, 0, triangle{})
	// The share of orders in which exactly the s members of a set come before j.
	weight := make([]float64, p)
	weight[0] = 1 / float64(p)
	for s := 1; s < p; s++ {
		weight[s] = weight[s-1] * float64(s) / float64(p-s)
	}
	lmg := make([]float64, p)
	for set := range explains {
		size := 0
		for j := range p {
			size += set >> j & 1
		}
		for j := range p {
			if set>>j&1 == 0 {
				lmg[j] += weight[size] * (explains[set|1<<j] - explains[set])
			}
		}
	}
	for j := range lmg {
		lmg[j] = math.Max(0, lmg[j])
	}
	return lmg
}

// johnson has the relative weights; directions without variance carry none.
func (m model) johnson() []float64 {
	p := len(m.with)
	symmetric := mat.NewSymDense(p, nil)
	for i := range p {
		for j := range i + 1 {
			symmetric.SetSym(i, j, m.among[i][j])
		}
	}
	weights := make([]float64, p)
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		return weights
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for k := range p {
		// βₖ = Σ over directions of vₖᵢ·(v·r)/√d, λⱼₖ = Σ of vⱼᵢ·vₖᵢ·√d
		var beta float64
		loadings := make([]float64, p)
		for i, d := range values {
			if d < singular {
				continue
			}
			root := math.Sqrt(d)
			var along float64
			for j := range p {
				along += vectors.At(j, i) * m.with[j]
				loadings[j] += vectors.At(j, i) * vectors.At(k, i) * root
			}
			beta += vectors.At(k, i) * along / root
		}
		for j := range p {
			weights[j] += loadings[j] * loadings[j] * beta * beta
		}
	}
	return weights
}

// regress adds what rests on the coefficients, where the predictors determine them.
func (m model) regress(parts []Predictor) {
	inverse, ok := inverseOfCorrelations(m.among)
	if !ok {
		return
	}
	for j := range parts {
		var beta float64
		for k, r := range m.with {
			beta += inverse[j][k] * r
		}
		inflation := inverse[j][j]
		last, pratt := beta*beta/inflation, beta*m.with[j]
		parts[j].Beta, parts[j].VIF, parts[j].Last, parts[j].Pratt = &beta, &inflation, &last, &pratt
	}
}

// inverseOfCorrelations is not ok where one column is a combination of others.
func inverseOfCorrelations(among [][]float64) ([][]float64, bool) {
	p := len(among)
	var t triangle
	m := model{among: among, with: make([]float64, p)}
	for j := range p {
		if t = t.with(m, j); len(t.members) <= j {
			return nil, false
		}
	}
	// Columns of L⁻¹ by forward substitution; the inverse is L⁻ᵀL⁻¹.
	columns := make([][]float64, p)
	for c := range p {
		columns[c] = make([]float64, p)
		for i := c; i < p; i++ {
			x := indicator(i == c)
			for k := c; k < i; k++ {
				x -= t.rows[i][k] * columns[c][k]
			}
			columns[c][i] = x / t.rows[i][i]
		}
	}
	inverse := make([][]float64, p)
	for i := range p {
		inverse[i] = make([]float64, p)
		for j := range p {
			for k := max(i, j); k < p; k++ {
				inverse[i][j] += columns[i][k] * columns[j][k]
			}
		}
	}
	return inverse, true
}

// Bootstrap is the method of percentile intervals from resampled cases.
const Bootstrap Method = "bootstrap"

// maxResamples bounds the work of a bootstrap.
const maxResamples = 100_000

// ImportanceIntervals are percentile bootstrap intervals of the importance of
// each predictor (LMG, beyond twelve predictors Johnson's weights): cases are
// drawn with replacement B times, and of the importances x found
//
//	x₍₁₎ ≤ … ≤ x₍B₎ at (1∓conf)/2·(B−1) + 1
//
// are the limits, interpolated (type 7). The same seed gives the same intervals. An interval is
// nil where a predictor has no importance or fewer than nine in ten of the
// resamples give it one.
//
// References: Efron and Tibshirani 1993; Grömping 2006; R relaimpo boot.relimp, type "perc".
func ImportanceIntervals(outcome []float64, predictors [][]float64, conf float64, resamples int, seed uint64) ([]*Interval, error) {
	if err := checkConf(conf); err != nil {
		return nil, err
	}
	if resamples < 1 || resamples > maxResamples {
		return nil, invalid("%d resamples, not 1 to %d", resamples, maxResamples)
	}
	whole, err := RelativeImportance(outcome, predictors)
	if err != nil {
		return nil, err
	}
	intervals := make([]*Interval, len(predictors))
	if whole.R2 == nil {
		return intervals, nil
	}
	random := rand.New(rand.NewPCG(seed, uint64(len(outcome))))
	cases, drawn := rowsOf(columnsWith(outcome, predictors)), NewCrossProducts(1+len(predictors))
	found := make([][]float64, len(predictors))
	for range resamples {
		drawn.reset()
		for range cases {
			drawn.Add(cases[random.IntN(len(cases))], 1)
		}
		for j, p := range drawn.Importance().Predictors {
			if x := p.importance(); x != nil {
				found[j] = append(found[j], *x)
			}
		}
	}
	for j, values := range found {
		if whole.Predictors[j].importance() == nil || 10*len(values) < 9*resamples {
			continue
		}
		slices.Sort(values)
		intervals[j] = &Interval{Lower: quantileOfSorted(values, (1-conf)/2), Upper: quantileOfSorted(values, (1+conf)/2), Conf: conf, Method: Bootstrap}
	}
	return intervals, nil
}

func (p Predictor) importance() *float64 {
	if p.LMG != nil {
		return p.LMG
	}
	return p.Johnson
}

// quantileOfSorted interpolates as R's type 7.
func quantileOfSorted(x []float64, p float64) float64 {
	at := p * float64(len(x)-1)
	below := int(at)
	if below+1 >= len(x) {
		return x[len(x)-1]
	}
	return x[below] + (at-float64(below))*(x[below+1]-x[below])
}
