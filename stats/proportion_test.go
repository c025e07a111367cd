package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestProportionIntervalAgainstR(t *testing.T) {
	eachVector(t, "01_proportion_ci.csv", func(v vector) {
		tolerance := 1e-10
		if v.int("n") >= 1e5 {
			tolerance = 1e-9
		}
		e := ok[Estimate](v.t)(ProportionInterval(Method(v.text("method")), v.int("k"), v.int("n"), v.float("conf")))
		v.want("estimate", e.Value, tolerance)
		v.want("lower", lower(e.Interval), tolerance)
		v.want("upper", upper(e.Interval), tolerance)
	})
}

func TestProportionIntervalMirrors(t *testing.T) {
	for method := range proportionLimits {
		for _, n := range []int64{1, 2, 7, 30, 400} {
			for k := range n + 1 {
				a := ok[Estimate](t)(ProportionInterval(method, k, n, 0.95))
				b := ok[Estimate](t)(ProportionInterval(method, n-k, n, 0.95))
				if math.Abs(a.Interval.Lower-(1-b.Interval.Upper)) > 1e-12 {
					t.Errorf("%s %d/%d: lower %v, mirrored upper %v", method, k, n, a.Interval.Lower, b.Interval.Upper)
				}
				if *a.Value < a.Interval.Lower-1e-12 || *a.Value > a.Interval.Upper+1e-12 {
					if method != AgrestiCoull && method != JeffreysEqualTailed {
						t.Errorf("%s %d/%d: %v outside %+v", method, k, n, *a.Value, *a.Interval)
					}
				}
			}
		}
	}
}

func TestClopperPearsonInvertsTheExactTails(t *testing.T) {
	for _, n := range []int64{1, 12, 100, 4000} {
		for k := int64(1); k < n; k += 1 + n/17 {
			e := ok[Estimate](t)(ProportionInterval(ClopperPearson, k, n, 0.9))
			if tail := binomialUpper(float64(k), float64(n), e.Interval.Lower); math.Abs(tail-0.05) > 1e-10 {
				t.Errorf("%d/%d: P(X ≥ k) at the lower limit is %v", k, n, tail)
			}
			if tail := binomialLower(float64(k), float64(n), e.Interval.Upper); math.Abs(tail-0.05) > 1e-10 {
				t.Errorf("%d/%d: P(X ≤ k) at the upper limit is %v", k, n, tail)
			}
		}
	}
}

func TestProportionIntervalEdges(t *testing.T) {
	for method := range proportionLimits {
		if e := ok[Estimate](t)(ProportionInterval(method, 0, 0, 0.95)); e.Value != nil || e.Interval != nil || e.EffectiveN != nil {
			t.Errorf("%s without answers: %+v", method, e)
		}
	}
	for _, method := range []Method{Wilson, WilsonContinuity, ClopperPearson, Jeffreys} {
		none := ok[Estimate](t)(ProportionInterval(method, 0, 3, 0.95))
		all := ok[Estimate](t)(ProportionInterval(method, 3, 3, 0.95))
		if none.Interval.Lower != 0 || all.Interval.Upper != 1 {
			t.Errorf("%s is not closed: %+v %+v", method, *none.Interval, *all.Interval)
		}
	}
	for name, call := range map[string]func() (Estimate, error){
		"negative count":  func() (Estimate, error) { return ProportionInterval(Wilson, -1, 3, 0.95) },
		"more than n":     func() (Estimate, error) { return ProportionInterval(Wilson, 4, 3, 0.95) },
		"level 0":         func() (Estimate, error) { return ProportionInterval(Wilson, 1, 3, 0) },
		"level 1":         func() (Estimate, error) { return ProportionInterval(Wilson, 1, 3, 1) },
		"level NaN":       func() (Estimate, error) { return ProportionInterval(Wilson, 1, 3, math.NaN()) },
		"method unknown":  func() (Estimate, error) { return ProportionInterval("bayes", 1, 3, 0.95) },
		"method of other": func() (Estimate, error) { return ProportionInterval(Logit, 1, 3, 0.95) },
	} {
		if _, err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzProportionInterval(f *testing.F) {
	f.Add(int64(90), int64(100), 0.95)
	f.Add(int64(0), int64(0), math.NaN())
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), 1-1e-16)
	f.Add(int64(1), int64(math.MaxInt64), 1e-300)
	f.Add(int64(-1), int64(math.MinInt64), math.Inf(1))
	f.Fuzz(func(t *testing.T, k, n int64, conf float64) {
		for method := range proportionLimits {
			e, err := ProportionInterval(method, k, n, conf)
			wantNumbers(t, e, err)
		}
	})
}

func ExampleProportionInterval() {
	e, _ := ProportionInterval(Wilson, 90, 100, 0.95)
	fmt.Printf("%.4f, from %.4f to %.4f\n", *e.Value, e.Interval.Lower, e.Interval.Upper)
	// Output: 0.9000, from 0.8256 to 0.9448
}
