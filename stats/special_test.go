package stats

import (
	"math"
	"testing"
)

func TestSpecialFunctionsAgainstR(t *testing.T) {
	functions := map[string]func(v vector) float64{
		"qnorm":       func(v vector) float64 { return normalQuantile(v.float("x")) },
		"qt":          func(v vector) float64 { return tQuantile(v.float("x"), v.float("par1")) },
		"qbeta":       func(v vector) float64 { return betaQuantile(v.float("x"), v.float("par1"), v.float("par2")) },
		"qchisq":      func(v vector) float64 { return chiSquareQuantile(v.float("x"), v.float("par1")) },
		"pnorm_upper": func(v vector) float64 { return normalUpper(v.float("x")) },
		"pf_upper":    func(v vector) float64 { return fUpper(v.float("x"), v.float("par1"), v.float("par2")) },
		"pbinom_upper_ge": func(v vector) float64 {
			return binomialUpper(v.float("x"), v.float("par1"), v.float("par2"))
		},
		"dbinom":         func(v vector) float64 { return binomialProbability(v.int("x"), v.int("par1"), v.float("par2")) },
		"ppois_upper_ge": func(v vector) float64 { return poissonUpper(v.int("x"), v.float("par1")) },
	}
	eachVector(t, "00_special_functions.csv", func(v vector) {
		function, known := functions[v.text("fn")]
		if !known {
			v.t.Fatalf("unknown function %q", v.text("fn"))
		}
		got, want := function(v), v.float("value")
		if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
			v.t.Errorf("got %.15g, want %.15g", got, want)
		}
	})
}

func TestTQuantileTurnsTheTailBack(t *testing.T) {
	for _, df := range []float64{1, 2, 3.7, 12, 150, 999, 9999, 1e4, 10001, 1e7, 1e12} {
		for _, p := range []float64{1e-14, 1e-9, 1e-6, 1e-3, 0.05, 0.4} {
			x := tQuantile(p, df)
			// For many degrees of freedom the tail of t is that of the normal but for 1/df.
			tail, tolerance := betaLower(df/(df+x*x), df/2, 0.5)/2, 1e-9
			if df > 1e6 {
				tail, tolerance = normalUpper(-x), 1e-9+(1+math.Pow(x, 4))/df
			}
			if math.Abs(tail/p-1) > tolerance {
				t.Errorf("df %v: tail at the %v-quantile is %v", df, p, tail)
			}
			if up := tQuantile(1-p, df); p > 1e-3 && math.Abs(up+x) > 1e-9*math.Abs(x) {
				t.Errorf("df %v: quantiles %v and %v do not mirror", df, x, up)
			}
		}
	}
}

func TestTTailsTurnTheQuantileBack(t *testing.T) {
	for _, df := range []float64{1, 2.5, 9, 300, 9999, 10001, 1e5, 1e9, 1e14} {
		for _, p := range []float64{1e-12, 1e-6, 0.01, 0.2, 0.4} {
			if tails := tTwoSided(tQuantile(p, df), df); math.Abs(tails/(2*p)-1) > 1e-9 {
				t.Errorf("df %v: tails at the %v-quantile are %v", df, p, tails)
			}
		}
	}
	// About 0 the density is flat: Γ(3)/(√(5π)Γ(5/2)) for five degrees of freedom.
	flat := 2 / math.Sqrt(5*math.Pi) / math.Gamma(2.5)
	for _, x := range []float64{0, 1e-12, -1e-6} {
		if tails := tTwoSided(x, 5); math.Abs(1-tails-2*flat*math.Abs(x)) > 1e-16 {
			t.Errorf("tails at %v are %v", x, tails)
		}
	}
}

func TestBinomialTailsAddUp(t *testing.T) {
	const n = 37
	for _, p := range []float64{0, 0.01, 0.5, 0.9, 0.999, 1} {
		sum := 0.0
		for k := int64(n); k >= 0; k-- {
			sum += binomialProbability(k, n, p)
			if up := binomialUpper(float64(k), n, p); math.Abs(up-sum) > 1e-12 {
				t.Errorf("P(X ≥ %d) at %v: %v, summed %v", k, p, up, sum)
			}
			if below := binomialLower(float64(k-1), n, p); k > 0 && math.Abs(below+sum-1) > 1e-12 {
				t.Errorf("P(X ≤ %d) at %v: %v, upper tail %v", k-1, p, below, sum)
			}
		}
	}
	if binomialProbability(-1, 3, 0.5) != 0 || binomialProbability(4, 3, 0.5) != 0 || poissonUpper(0, 3) != 1 {
		t.Error("outside the support")
	}
}
