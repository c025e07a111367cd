package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestCompareAgainstR(t *testing.T) {
	verdicts := map[string]Verdict{"MET": Above, "NOT_MET": Below, "NOT_PROVEN": Open}
	eachVector(t, "02_onesided_verdict.csv", func(v vector) {
		c := ok[Comparison](v.t)(Compare(Method(v.text("method")), v.int("k"), v.int("n"), v.float("target"), v.float("conf")))
		v.want("lower1", &c.Lower, 1e-10)
		v.want("upper1", &c.Upper, 1e-10)
		v.want("p_at_least", &c.PAtLeast, 1e-10)
		v.want("p_below", &c.PBelow, 1e-10)
		if c.Verdict != verdicts[v.text("verdict")] {
			v.t.Errorf("verdict %v, want %s", c.Verdict, v.text("verdict"))
		}
	})
}

func TestCriticalAgainstR(t *testing.T) {
	eachVector(t, "02b_critical_counts.csv", func(v vector) {
		target := v.float("target")
		c := ok[CriticalCounts](v.t)(Critical(Method(v.text("method")), v.int("n"), target, v.float("conf")))
		v.want("min_k_met", asFloat(c.MinAbove), 0)
		v.want("max_k_not_met", asFloat(c.MaxBelow), 0)
		for column, share := range map[string]float64{
			"false_met_prob_at_target": target,
			"power_at_target_plus_2pt": target + 0.02,
			"power_at_target_plus_4pt": target + 0.04,
		} {
			p := ok[float64](v.t)(c.ProbabilityAbove(share))
			v.want(column, &p, 1e-10)
		}
	})
}

func asFloat(n *int64) *float64 {
	if n == nil {
		return nil
	}
	x := float64(*n)
	return &x
}

func TestDecideIsCompare(t *testing.T) {
	same := func(d Decision, c Comparison) {
		t.Helper()
		bound := c.Upper
		if d.Lower {
			bound = c.Lower
		}
		if d.Verdict != c.Verdict || d.Bound != bound || d.Conf != c.Conf || d.Method != c.Method || c.Verdict == Above && !d.Lower || c.Verdict == Below && d.Lower {
			t.Errorf("%+v, compared %+v", d, c)
		}
	}
	for _, conf := range []float64{0.5, 0.95, 0.99} {
		for _, target := range []float64{0.05, 0.9, 1} {
			for _, n := range []int64{0, 1, 29, 100} {
				for k := range n + 1 {
					same(ok[Decision](t)(Decide(k, n, target, conf)), ok[Comparison](t)(Compare(ClopperPearson, k, n, target, conf)))
				}
			}
			for _, m := range []Moments{{}, {1, 5, 4, 25, 20, 16, 0}, {2, 6, 5, 26, 21, 17, 0}, {4000, 4000, 3599, 4000, 3599, 3599, 0}} {
				r := ok[Ratio](t)(PooledIndex(m, 0.95))
				same(ok[Decision](t)(r.Decide(target, conf)), ok[Comparison](t)(r.Compare(target, conf)))
			}
		}
	}
	for name, err := range map[string]error{
		"level":        second(Decide(1, 2, 0.9, 0.4)),
		"level pooled": second(Ratio{}.Decide(0.9, 0.4)),
		"count":        second(Decide(3, 2, 0.9, 0.95)),
		"target":       second(Decide(1, 2, 2, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExactVerdictIsTheExactTest(t *testing.T) {
	for _, n := range []int64{1, 19, 29, 100, 500} {
		for k := range n + 1 {
			c := ok[Comparison](t)(Compare(ClopperPearson, k, n, 0.9, 0.95))
			above, below := c.PAtLeast <= 1-c.Conf, c.PBelow < 1-c.Conf
			if (c.Verdict == Above) != above || (c.Verdict == Below) != below {
				t.Errorf("%d/%d: %+v", k, n, c)
			}
		}
	}
}

func TestExactVerdictKeepsItsLevel(t *testing.T) {
	for n := int64(1); n <= 300; n++ {
		c := ok[CriticalCounts](t)(Critical(ClopperPearson, n, 0.9, 0.95))
		above, below := ok[float64](t)(c.ProbabilityAbove(0.9)), ok[float64](t)(c.ProbabilityBelow(0.9))
		if above > 0.05 || below > 0.05 {
			t.Errorf("n %d: false verdicts with probability %v and %v", n, above, below)
		}
		if want := n >= 29; want != (c.MinAbove != nil) {
			t.Errorf("n %d: smallest count %v", n, c.MinAbove)
		}
	}
}

func TestCompareEdges(t *testing.T) {
	for _, method := range []Method{Wilson, ClopperPearson, Jeffreys} {
		c := ok[Comparison](t)(Compare(method, 0, 0, 0.9, 0.95))
		if c.Verdict != Open || c.Lower != 0 || c.Upper != 1 {
			t.Errorf("%s without answers: %+v", method, c)
		}
		perfect := ok[Comparison](t)(Compare(method, 50, 50, 1, 0.95))
		if perfect.Verdict != Open || math.IsNaN(perfect.PAtLeast) || math.IsNaN(perfect.PBelow) {
			t.Errorf("%s, all satisfied against 100 %%: %+v", method, perfect)
		}
		failed := ok[Comparison](t)(Compare(method, 49, 50, 1, 0.95))
		if failed.Verdict != Below || math.IsNaN(failed.PAtLeast) || math.IsNaN(failed.PBelow) {
			t.Errorf("%s, one failure against 100 %%: %+v", method, failed)
		}
	}
	for name, err := range map[string]error{
		"target 0":    second(Compare(ClopperPearson, 1, 2, 0, 0.95)),
		"target NaN":  second(Compare(ClopperPearson, 1, 2, math.NaN(), 0.95)),
		"conf":        second(Compare(ClopperPearson, 1, 2, 0.9, 95)),
		"count":       second(Compare(ClopperPearson, 3, 2, 0.9, 0.95)),
		"method":      second(Compare(Wald, 1, 2, 0.9, 0.95)),
		"critical":    second(Critical(ClopperPearson, -1, 0.9, 0.95)),
		"share above": second(CriticalCounts{}.ProbabilityAbove(1.5)),
		"share below": second(CriticalCounts{}.ProbabilityBelow(-1)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func FuzzCompare(f *testing.F) {
	f.Add(int64(90), int64(100), 0.9, 0.95)
	f.Add(int64(0), int64(0), math.NaN(), 0.5)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), 1.0, 1-1e-16)
	f.Add(int64(0), int64(math.MaxInt64), 5e-324, 1e-300)
	f.Add(int64(-1), int64(math.MinInt64), math.Inf(1), math.NaN())
	f.Fuzz(func(t *testing.T, k, n int64, target, conf float64) {
		for _, method := range []Method{Wilson, ClopperPearson, Jeffreys} {
			c, err := Compare(method, k, n, target, conf)
			wantNumbers(t, c, err)
			d, err := Decide(k, n, target, conf)
			wantNumbers(t, d, err)
			counts, err := Critical(method, n, target, conf)
			wantNumbers(t, counts, err)
			above, err := counts.ProbabilityAbove(target)
			wantNumbers(t, above, err)
			below, err := counts.ProbabilityBelow(target)
			wantNumbers(t, below, err)
		}
	})
}

func ExampleCompare() {
	for _, satisfied := range []int64{96, 95, 83} {
		c, _ := Compare(ClopperPearson, satisfied, 100, 0.90, 0.95)
		fmt.Printf("%d of 100: %v, bounds %.4f and %.4f\n", satisfied, c.Verdict, c.Lower, c.Upper)
	}
	// Output:
	// 96 of 100: above, bounds 0.9108 and 0.9862
	// 95 of 100: open, bounds 0.8977 and 0.9801
	// 83 of 100: below, bounds 0.7560 and 0.8887
}

func ExampleDecide() {
	d, _ := Decide(96, 100, 0.90, 0.95)
	fmt.Printf("%v, lower %v, bound %.4f\n", d.Verdict, d.Lower, d.Bound)
	// Output: above, lower true, bound 0.9108
}

func ExampleCritical() {
	c, _ := Critical(ClopperPearson, 400, 0.90, 0.95)
	power, _ := c.ProbabilityAbove(0.92)
	fmt.Printf("above from %d, below to %d; a true 0.92 is shown with probability %.2f\n", *c.MinAbove, *c.MaxBelow, power)
	// Output: above from 371, below to 349; a true 0.92 is shown with probability 0.33
}

func ExampleCriticalCounts_ProbabilityAbove() {
	c, _ := Critical(ClopperPearson, 1000, 0.9, 0.95)
	for _, share := range []float64{0.9, 0.92, 0.94} {
		p, _ := c.ProbabilityAbove(share)
		fmt.Printf("%.2f is shown above 0.90 with probability %.3f\n", share, p)
	}
	// Output:
	// 0.90 is shown above 0.90 with probability 0.049
	// 0.92 is shown above 0.90 with probability 0.704
	// 0.94 is shown above 0.90 with probability 0.999
}

func ExampleCriticalCounts_ProbabilityBelow() {
	c, _ := Critical(ClopperPearson, 400, 0.9, 0.95)
	p, _ := c.ProbabilityBelow(0.85)
	fmt.Printf("a true 0.85 is shown below 0.90 with probability %.2f\n", p)
	// Output: a true 0.85 is shown below 0.90 with probability 0.91
}
