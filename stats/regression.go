package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// regression is that of values on auxiliary columns by weighted least squares. Columns may
// depend on each other, as those of two margins do.
type regression struct {
	columns [][]float64
	weights []float64
	inverse *mat.Dense // of the weighted products of the columns, generalised
}

// aliased is the eigenvalue, relative to the largest, below which columns of equal length
// count as dependent.
const aliased = 1e-11

func newRegression(columns [][]float64, weights []float64) (*regression, error) {
	p := len(columns)
	lengths := make([]float64, p)
	for k, column := range columns {
		lengths[k] = math.Sqrt(weightedProduct(column, column, weights))
		if definite(lengths[k]) == nil {
			return nil, invalid("auxiliary values are too large to compute with")
		}
		if lengths[k] == 0 {
			lengths[k] = 1
		}
	}
	products := mat.NewSymDense(p, nil)
	for a := range p {
		for b := a; b < p; b++ {
			x := weightedProduct(columns[a], columns[b], weights) / lengths[a] / lengths[b]
			if definite(x) == nil {
				return nil, invalid("auxiliary values are too large to compute with")
			}
			products.SetSym(a, b, x)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(products, true) {
		return nil, invalid("auxiliary values leave no regression")
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	inverse := mat.NewSymDense(p, nil)
	for k, value := range values {
		if value > aliased*values[p-1] {
			inverse.SymRankOne(inverse, 1/value, vectors.ColView(k))
		}
	}
	r := &regression{columns: columns, weights: weights, inverse: mat.DenseCopyOf(inverse)}
	r.inverse.Apply(func(a, b int, x float64) float64 { return x / lengths[a] / lengths[b] }, r.inverse)
	return r, nil
}

// fit is the sum of the columns whose weighted products with them are given.
func (r *regression) fit(products []float64) []float64 {
	var coefficients mat.VecDense
	coefficients.MulVec(r.inverse, mat.NewVecDense(len(products), products))
	sum := make([]float64, len(r.weights))
	for k, column := range r.columns {
		for i, x := range column {
			sum[i] += coefficients.AtVec(k) * x
		}
	}
	return sum
}

// residuals is what the columns leave unexplained of the values.
func (r *regression) residuals(values []float64) []float64 {
	products := make([]float64, len(r.columns))
	for k, column := range r.columns {
		products[k] = weightedProduct(column, values, r.weights)
	}
	rest := r.fit(products)
	for i, fit := range rest {
		rest[i] = values[i] - fit
	}
	return rest
}

func weightedProduct(a, b, weights []float64) float64 {
	sum := 0.0
	for i, w := range weights {
		if w != 0 {
			sum += w * a[i] * b[i]
		}
	}
	return sum
}
