package stats

import (
	"math"
)

// TermCount is how often a term occurs in each of two groups of texts. Counting
// the texts that hold it, not its occurrences, keeps one angry writer from
// speaking for many.
type TermCount struct{ First, Second int64 }

// Keyness says how far a term sets two groups of texts apart. A nil field is not
// defined by the data.
type Keyness struct {
	LogOdds     *float64 // δ, above 0 for a term of the first group
	Variance    *float64
	Z, P        *float64 // δ/√variance; two-sided
	G2, G2Cells *float64 // likelihood ratio over two and over all four cells
	PercentMore *float64 // rate in the first group over that in the second, less 100
	AdjustedP   *float64 // of KeyTerms: Benjamini and Hochberg over the terms with documents enough
	Distinctive bool     // of KeyTerms: documents enough and AdjustedP at most the level
}

// CompareTerm compares the odds of a term in two groups of n₁ and n₂ texts (or
// words), of which y₁ and y₂ hold it, with a Dirichlet prior of mass α₀ in which
// the term has α:
//
//	δ = ln((y₁+α)/(n₁+α₀−y₁−α)) − ln((y₂+α)/(n₂+α₀−y₂−α)),  variance 1/(y₁+α) + 1/(y₂+α)
//	G² = 2Σ y·ln(y/e),  e = n·(y₁+y₂)/(n₁+n₂)
//
// The prior draws rare terms towards no difference, so that z does not favour
// them. It assumes independent texts. The log odds are nil without prior where
// the term is missing on a side or in every text; G2 and the percentages without
// texts on both sides, PercentMore without occurrence on the second.
//
// References: Monroe, Colaresi and Quinn 2008, Polit Anal 16:372; Dunning 1993;
// Rayson and Garside 2000 (two cells).
func CompareTerm(term TermCount, first, second int64, alpha, mass float64) (Keyness, error) {
	switch {
	case term.First < 0 || term.First > first || term.Second < 0 || term.Second > second:
		return Keyness{}, invalid("a term in %d of %d and %d of %d", term.First, first, term.Second, second)
	case !(alpha >= 0 && alpha <= mass && mass <= 1e15):
		return Keyness{}, invalid("a prior of %v in a mass of %v", alpha, mass)
	}
	y1, y2, n1, n2 := float64(term.First), float64(term.Second), float64(first), float64(second)
	var k Keyness
	// Tiny priors would only add infinities that mean "missing".
	with1, with2 := y1+alpha, y2+alpha
	without1, without2 := n1-y1+(mass-alpha), n2-y2+(mass-alpha)
	const least = 1e-12
	if with1 >= least && with2 >= least && without1 >= least && without2 >= least {
		delta := math.Log(with1/without1) - math.Log(with2/without2)
		variance := 1/with1 + 1/with2
		z := delta / math.Sqrt(variance)
		p := math.Min(1, 2*normalUpper(math.Abs(z)))
		k.LogOdds, k.Variance, k.Z, k.P = &delta, &variance, &z, &p
	}
	if n1 == 0 || n2 == 0 {
		return k, nil
	}
	y, n := y1+y2, n1+n2
	two := surprise(y1, n1*(y/n)) + surprise(y2, n2*(y/n))
	four := two + surprise(n1-y1, n1*((n-y)/n)) + surprise(n2-y2, n2*((n-y)/n))
	// Both are at least zero; equal rates miss it by rounding.
	two, four = math.Max(0, two), math.Max(0, four)
	k.G2, k.G2Cells = &two, &four
	if y2 > 0 {
		more := 100 * (y1/n1 - y2/n2) / (y2 / n2)
		k.PercentMore = &more
	}
	return k, nil
}

func surprise(observed, expected float64) float64 {
	if observed == 0 {
		return 0
	}
	return 2 * observed * math.Log(observed/expected)
}

// KeyTerms compares every term of a vocabulary in two groups of first and second
// texts by [CompareTerm]. The prior is the share priorShare of the texts:
//
//	α = priorShare·(y₁+y₂),  α₀ = priorShare·(n₁+n₂)
//
// Terms in fewer than minTexts texts
// are compared but take no part in the adjustment and set nothing apart: they
// are neither reliable nor safe from naming somebody. The result is in the order
// of the terms.
//
// Reference: Monroe, Colaresi and Quinn 2008; Benjamini and Hochberg 1995.
func KeyTerms(terms []TermCount, first, second int64, priorShare float64, minTexts int64, level float64) ([]Keyness, error) {
	if !(priorShare >= 0 && priorShare <= 1) {
		return nil, invalid("a prior of %v of the texts", priorShare)
	}
	if !(level > 0 && level < 1) {
		return nil, invalid("level %v is not between 0 and 1", level)
	}
	if first < 0 || second < 0 {
		return nil, invalid("%d and %d texts", first, second)
	}
	result := make([]Keyness, len(terms))
	p := make([]*float64, len(terms)) // of those in enough texts
	for i, term := range terms {
		found := float64(term.First) + float64(term.Second)
		k, err := CompareTerm(term, first, second, priorShare*found, priorShare*(float64(first)+float64(second)))
		if err != nil {
			return nil, err
		}
		result[i] = k
		if k.P != nil && found >= float64(minTexts) {
			p[i] = k.P
		}
	}
	adjusted, err := AdjustP(BenjaminiHochberg, p)
	if err != nil {
		return nil, err
	}
	for i, p := range adjusted {
		result[i].AdjustedP, result[i].Distinctive = p, p != nil && *p <= level
	}
	return result, nil
}
