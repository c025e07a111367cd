package stats

import (
	"maps"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
)

// RaoScott tests a weighted cross table for independence. A nil field is not defined by the data.
type RaoScott struct {
	N             int64
	Rows, Columns []string // labels that occur, sorted
	Pearson       *float64 // X² of the weighted shares, as if N answers were independent
	DesignEffect  *float64 // by which X² is too large on average

	// First order: X²/DesignEffect against χ².
	DF, ChiSquareP *float64
	// Second order, the one to report: F with fractional degrees of freedom.
	F, NumeratorDF, DenominatorDF, P *float64
}

// maxCells is the largest table worth testing.
const maxCells = 1000

// RaoScott tests whether two classifications of the domain go together. With p the weighted
// shares of the r·c cells, V their covariance, D = diag p and C the interaction contrasts:
//
//	X² = n·Σ (p_ij − p_i·p_j)²/(p_i·p_j),  Δ = n·(Cᵀ·D⁻¹·C)⁻¹·Cᵀ·D⁻¹·V·D⁻¹·C
//	first order   X²/(tr Δ/k) ~ χ²(k),  k = (r−1)(c−1)
//	second order  X²/tr Δ ~ F(ν, ν·DF),  ν = (tr Δ)²/tr Δ²
//
// The table alone is nil where there is but one row or column, empty cells leave Δ undefined or
// the design has no variance; F also without degrees of freedom. More than 1000 cells are an error.
//
// References: Rao and Scott 1984, Ann Stat 12:46; R survey::svychisq with statistic "Chisq" and "F".
func (s *SampleDesign) RaoScott(rows, columns []string, domain []bool) (RaoScott, error) {
	switch {
	case len(rows) != len(s.weights) || len(columns) != len(s.weights):
		return RaoScott{}, invalid("%d row and %d column labels for %d records", len(rows), len(columns), len(s.weights))
	case domain != nil && len(domain) != len(s.weights):
		return RaoScott{}, invalid("a domain of %d for %d records", len(domain), len(s.weights))
	}
	test := RaoScott{N: s.estimate(domain).N, Rows: s.levels(rows, domain), Columns: s.levels(columns, domain)}
	r, c := len(test.Rows), len(test.Columns)
	if r*c > maxCells {
		return RaoScott{}, invalid("a table of %d rows and %d columns is too large to test", r, c)
	}
	if r < 2 || c < 2 {
		return test, nil
	}
	var shares []float64
	var linearised [][]float64
	for _, row := range test.Rows {
		for _, column := range test.Columns {
			in := make([]bool, len(s.weights))
			for i := range in {
				in[i] = rows[i] == row && columns[i] == column
			}
			e, err := s.Share(in, domain)
			// Calibrated weights below 0 may leave no shares.
			if err != nil || e.Variance == nil || *e.Value < 0 {
				return test, err
			}
			shares, linearised = append(shares, *e.Value), append(linearised, e.linearised)
		}
	}
	if test.Pearson = definite(float64(test.N) * meanSquareContingency(shares, r, c)); test.Pearson == nil {
		return test, nil
	}
	if effects, ok := generalisedEffects(shares, s.covariance(linearised), r, c); ok {
		test.correct(effects, s.df)
	}
	return test, nil
}

// correct sets the tests, given Δ/n. Without any variance they stay nil.
func (t *RaoScott) correct(effects *mat.Dense, df float64) {
	var square mat.Dense
	square.Mul(effects, effects)
	n, k := float64(t.N), float64((len(t.Rows)-1)*(len(t.Columns)-1))
	trace := mat.Trace(effects)
	nu := trace * trace / mat.Trace(&square)
	trace *= n
	f := *t.Pearson / trace
	// Δ has no eigenvalue below 0, so that ν is from 1 to k; without variance there is only rounding.
	if !(trace > 1e-12 && nu > 0.999 && nu < k+0.001) || definite(k*f) == nil {
		return
	}
	t.DesignEffect, t.DF = new(trace/k), &k
	t.ChiSquareP = definite(mathext.GammaIncRegComp(k/2, k*f/2))
	if df > 0 {
		denominator := nu * df
		t.F, t.NumeratorDF, t.DenominatorDF = &f, &nu, &denominator
		t.P = definite(fUpper(f, nu, denominator))
	}
}

// levels are the labels of the records in the domain, sorted.
func (s *SampleDesign) levels(labels []string, domain []bool) []string {
	occurs := map[string]bool{}
	for i, label := range labels {
		if s.holds(i, domain) {
			occurs[label] = true
		}
	}
	return slices.Sorted(maps.Keys(occurs))
}

// meanSquareContingency is X²/n.
func meanSquareContingency(shares []float64, r, c int) float64 {
	ofRow, ofColumn := make([]float64, r), make([]float64, c)
	for cell, p := range shares {
		ofRow[cell/c] += p
		ofColumn[cell%c] += p
	}
	sum := 0.0
	for cell, p := range shares {
		expected := ofRow[cell/c] * ofColumn[cell%c]
		sum += (p - expected) * (p - expected) / expected
	}
	return sum
}

// generalisedEffects is Δ/n. Not ok if empty cells leave it undefined.
func generalisedEffects(shares []float64, v *mat.SymDense, r, c int) (*mat.Dense, bool) {
	contrasts := interactions(r, c)
	scaled := mat.DenseCopyOf(contrasts) // D⁻¹·C
	for cell, p := range shares {
		row := scaled.RawRowView(cell)
		for k := range row {
			if p == 0 {
				row[k] = 0
			} else {
				row[k] /= p
			}
		}
	}
	var simple, actual, product, delta mat.Dense
	simple.Mul(contrasts.T(), scaled)
	product.Mul(v, scaled)
	actual.Mul(scaled.T(), &product)
	if err := delta.Solve(&simple, &actual); err != nil {
		return nil, false
	}
	return &delta, true
}

// interactions spans what a table of r rows and c columns can do beyond its margins: products of
// contrasts of the first row with each other one and of the first column likewise.
func interactions(r, c int) *mat.Dense {
	contrasts := mat.NewDense(r*c, (r-1)*(c-1), nil)
	for i := 1; i < r; i++ {
		for j := 1; j < c; j++ {
			k := (i-1)*(c-1) + j - 1
			for _, cell := range []struct {
				at   int
				sign float64
			}{{0, 1}, {j, -1}, {i * c, -1}, {i*c + j, 1}} {
				contrasts.Set(cell.at, k, cell.sign)
			}
		}
	}
	return contrasts
}
