package stats

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
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

// Counts of a whole province over years, by R's pbeta, qbeta and dbinom.
func TestBetaOfManyTrialsAgainstR(t *testing.T) {
	for _, c := range []struct{ x, a, b, p float64 }{
		{0.9, 900000, 100001, 0.50084221040524013},
		{0.9, 9000000, 1000001, 0.50026633062119519},
		{0.8999, 9000000, 1000001, 0.14614460847518654},
		{2e-07, 1.5, 10000000, 0.73853592404185697},
		{1e-09, 0.5, 10000000, 0.11246291464977431},
		{3e-06, 10, 10000000, 0.99999287854605856},
		{0.8998, 900000, 100000, 0.25233475228085134},
		{0.89, 900000, 100000, 1.2405310377674594e-230},
		{0.90003, 90000000, 10000000, 0.84134474893701705},
		{0.8999999, 9000000000, 1000000000, 0.48670084593318791},
	} {
		// The argument itself is known to so many digits only.
		if got := betaLower(c.x, c.a, c.b); math.Abs(got/c.p-1) > 1e-10 {
			t.Errorf("P(X ≤ %v), X ~ Beta(%v, %v): %.15g, want %.15g", c.x, c.a, c.b, got, c.p)
		}
		if got := betaLower(1-c.x, c.b, c.a); c.x > 0.5 && math.Abs(got+c.p-1) > 1e-9 {
			t.Errorf("the rest beyond %v of Beta(%v, %v): %.15g, want %.15g", c.x, c.a, c.b, got, 1-c.p)
		}
	}
	for _, c := range []struct{ p, a, b, x float64 }{
		{0.025, 9000000, 1000001, 0.89981389567784131},
		{1e-12, 9000000, 1000001, 0.89933126738082692},
		{0.001, 1, 10000000, 1.0005003335334829e-10},
		{0.975, 4, 10000000, 8.7672679114001327e-07},
		{1e-06, 0.5, 10000000.5, 7.8539814376290663e-20},
		{0.025, 90000000, 10000001, 0.89994118450196725},
	} {
		if got := betaQuantile(c.p, c.a, c.b); math.Abs(got/c.x-1) > 1e-11 {
			t.Errorf("quantile %v of Beta(%v, %v): %.15g, want %.15g", c.p, c.a, c.b, got, c.x)
		}
	}
	for _, c := range []struct {
		k, n        int64
		share, mass float64
	}{
		{900000, 1000000, 0.9, 0.0013298064808525444},
		{9000500, 10000000, 0.9, 0.00036606456852732356},
		{3, 10000000, 1e-07, 0.061313237129577633},
		{0, 10000000, 1e-07, 0.36787942277746954},
		{10000000, 10000000, 1 - 1e-07, 0.36787942297110499},
		{9100000, 10000000, 0.9, 0},
	} {
		if got := binomialProbability(c.k, c.n, c.share); math.Abs(got-c.mass) > 1e-10*c.mass {
			t.Errorf("P(X = %d) of %d at %v: %.15g, want %.15g", c.k, c.n, c.share, got, c.mass)
		}
	}
}

// On both sides of the size from which the continued fraction takes over.
func TestBetaIsOneFunction(t *testing.T) {
	for _, c := range [][3]float64{{0.9, 9001, 1000}, {0.3, 3001, 7000}, {1e-4, 1, 1e4}, {0.9999, 1e4, 1}, {0.5, 5000, 5001}} {
		want := mathext.RegIncBeta(c[1], c[2], c[0])
		if got := betaLower(c[0], c[1], c[2]); math.Abs(got-want) > 1e-10*want {
			t.Errorf("%v: %.15g, gonum %.15g", c, got, want)
		}
	}
}

// Tails and sizes at which gonum's own quantiles are something else, by R.
func TestFarQuantilesAgainstR(t *testing.T) {
	for name, c := range map[string]struct{ got, want float64 }{
		"beta, 300 and 2":           {betaQuantile(1e-15, 300, 2), 0.880602159596141},
		"beta, 9000 and 1001":       {betaQuantile(1e-100, 9000, 1001), 0.824388047191406},
		"beta, half and a thousand": {betaQuantile(0.9999999, 0.5, 1000.5), 0.0140833320220369},
		"beta, 1 and a million":     {betaQuantile(0.9999999, 1, 1e6), 1.61179657556789e-05},
		"t, 5000":                   {tQuantile(1e-100, 5000), -21.7651603272872},
		"t, 7":                      {tQuantile(1e-300, 7), -1.44579413267651e+43},
		"χ², 5000":                  {chiSquareQuantile(1e-100, 5000), 3162.53766408735},
		"χ², 5000, near":            {chiSquareQuantile(1e-4, 5000), 4636.62352545753},
	} {
		if !(math.Abs(c.got/c.want-1) <= 1e-9) {
			t.Errorf("%s: %.15g, want %.15g", name, c.got, c.want)
		}
	}
}
