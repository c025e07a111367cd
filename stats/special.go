package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// The special functions keep about ten significant digits in the tails too.
// Where gonum does, they only name it; where it does not, they polish its
// answer. Arguments are checked by the estimators.

func normalQuantile(p float64) float64 { return mathext.NormalQuantile(p) }

// normalUpper is P(Z ≥ x).
func normalUpper(x float64) float64 { return math.Erfc(x/math.Sqrt2) / 2 }

// tQuantile is the p-quantile of Student's t.
//
// gonum's loses digits below 1e-6 and goes astray for many degrees of freedom;
// there Fisher's expansion about the normal quantile is exact (Abramowitz and
// Stegun 26.7.5), elsewhere Newton steps on the logarithm of the tail repair it.
func tQuantile(p, df float64) float64 {
	if p > 0.5 {
		return -tQuantile(1-p, df)
	}
	if df > 1e4 {
		z := normalQuantile(p)
		z2 := z * z
		return z * (1 + (z2+1)/(4*df) + ((5*z2+16)*z2+3)/(96*df*df) + (((3*z2+19)*z2+17)*z2-15)/(384*df*df*df))
	}
	dist := distuv.StudentsT{Sigma: 1, Nu: df}
	t := dist.Quantile(p)
	if p >= 1e-6 {
		return t
	}
	for range 4 {
		tail := mathext.RegIncBeta(df/2, 0.5, df/(df+t*t)) / 2
		t -= math.Log(tail/p) * tail / dist.Prob(t)
	}
	return t
}

// tTwoSided is P(|T| ≥ |t|) for Student's t. For many degrees of freedom, where
// the incomplete beta function loses digits, Hill's transform to the normal is
// exact (Hill 1970, Comm ACM 13:617).
func tTwoSided(t, df float64) float64 {
	if df > 1e4 {
		a := df - 0.5
		z := math.Sqrt(a * math.Log1p(t*t/df))
		return 2 * normalUpper(z+z*(z*z+3)/(48*a*a))
	}
	if t*t < 1 { // the difference of df/(df+t²) from 1 is all that counts
		return 1 - betaLower(t*t/(df+t*t), 0.5, df/2)
	}
	return betaLower(df/(df+t*t), df/2, 0.5)
}

// betaLower is P(X ≤ x) for X ~ Beta(a, b).
func betaLower(x, a, b float64) float64 { return mathext.RegIncBeta(a, b, x) }

// betaQuantile is the p-quantile of Beta(a, b). One Newton step takes gonum's
// from 1e-9 to full precision where a+b reaches a million.
func betaQuantile(p, a, b float64) float64 {
	x := mathext.InvRegIncBeta(a, b, p)
	if x <= 0 || x >= 1 {
		return x
	}
	density := math.Exp((a-1)*math.Log(x) + (b-1)*math.Log1p(-x) - mathext.Lbeta(a, b))
	polished := x - (betaLower(x, a, b)-p)/density
	if polished > 0 && polished < 1 && math.Abs(polished-x) < 1e-6*x {
		return polished
	}
	return x
}

// chiSquareQuantile is the p-quantile of χ² with k degrees of freedom. Close to
// zero, where gonum's gives up, P(x) is nearly (x/2)^(k/2)/Γ(k/2+1); Newton
// steps on the logarithms go on from there.
func chiSquareQuantile(p, k float64) float64 {
	if p > 1e-3 {
		return distuv.ChiSquared{K: k}.Quantile(p)
	}
	shape := k / 2
	logGamma, _ := math.Lgamma(shape + 1)
	x := math.Exp((math.Log(p) + logGamma) / shape)
	for range 30 {
		tail := mathext.GammaIncReg(shape, x)
		slope := math.Exp(shape*math.Log(x)-x-logGamma) * shape / tail
		step := math.Log(tail/p) / slope
		x *= math.Exp(-step)
		if math.Abs(step) < 1e-14 {
			break
		}
	}
	return 2 * x
}

// chiSquareUpper is P(X ≥ x) for χ² with k degrees of freedom.
func chiSquareUpper(x, k float64) float64 { return mathext.GammaIncRegComp(k/2, x/2) }

// fUpper is P(F ≥ x) with d1 and d2 degrees of freedom.
func fUpper(x, d1, d2 float64) float64 { return betaLower(d2/(d2+d1*x), d2/2, d1/2) }

// poissonUpper is P(X ≥ k) for mean lambda.
func poissonUpper(k int64, lambda float64) float64 {
	if k <= 0 {
		return 1
	}
	return mathext.GammaIncReg(float64(k), lambda)
}

// binomialProbability is P(X = k) for n trials.
func binomialProbability(k, n int64, p float64) float64 {
	switch {
	case k < 0 || k > n:
		return 0
	case p <= 0:
		return indicator(k == 0)
	case p >= 1:
		return indicator(k == n)
	}
	return distuv.Binomial{N: float64(n), P: p}.Prob(float64(k))
}

// binomialUpper is P(X ≥ k) for n trials. Neither need be whole: the incomplete
// beta function I_p(k, n−k+1) carries the tail over to fractional counts.
func binomialUpper(k, n, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case p <= 0 || n-k+1 <= 0:
		return 0
	}
	return betaLower(p, k, n-k+1)
}

// binomialLower is P(X ≤ k) for n trials, carried over to fractions likewise.
func binomialLower(k, n, p float64) float64 { return binomialUpper(n-k, n, 1-p) }

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
