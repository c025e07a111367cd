package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestDesignIntervalAgainstR(t *testing.T) {
	eachVector(t, "04b_complex_proportion_ci.csv", func(v vector) {
		d := Design{Share: v.float("p"), SE: v.float("se"), N: v.int("n"), DF: v.float("df")}
		v.want("n_eff", ok[*float64](v.t)(d.EffectiveN()), 1e-10)
		for method, prefix := range map[Method]string{
			KornGraubard: "kg", KornGraubardTruncated: "kg_trunc", Logit: "logit", Arcsine: "asin", WilsonT: "wilson_t",
		} {
			e := ok[Estimate](v.t)(d.Interval(method, v.float("conf")))
			v.want("p", e.Value, 0)
			v.want(prefix+"_lower", lower(e.Interval), 1e-10)
			v.want(prefix+"_upper", upper(e.Interval), 1e-10)
			if _, has := v.columns[prefix+"_n_adj"]; has {
				v.want(prefix+"_n_adj", e.EffectiveN, 1e-10)
			} else {
				v.want("n_eff", e.EffectiveN, 1e-10)
			}
		}
	})
}

func TestDesignOfASimpleSampleIsTheExactInterval(t *testing.T) {
	for _, k := range []int64{0, 1, 37, 80, 119, 120} {
		const n = 120
		p := float64(k) / n
		d := Design{Share: p, SE: math.Sqrt(p * (1 - p) / n), N: n, DF: n - 1}
		got := ok[Estimate](t)(d.Interval(KornGraubard, 0.95))
		want := ok[Estimate](t)(ProportionInterval(ClopperPearson, k, n, 0.95))
		wantNear(t, "lower", lower(got.Interval), lower(want.Interval), 1e-12)
		wantNear(t, "upper", upper(got.Interval), upper(want.Interval), 1e-12)
		verdict := ok[Comparison](t)(d.Compare(0.6, 0.95))
		exact := ok[Comparison](t)(Compare(ClopperPearson, k, n, 0.6, 0.95))
		if verdict.Verdict != exact.Verdict || math.Abs(verdict.Lower-exact.Lower) > 1e-12 || math.Abs(verdict.PAtLeast-exact.PAtLeast) > 1e-10 {
			t.Errorf("%d/%d: %+v, exact %+v", k, n, verdict, exact)
		}
	}
}

// A one-sided bound at 97.5 % is the limit of the two-sided interval at 95 %.
func TestDesignBoundIsTheLimitOfTheInterval(t *testing.T) {
	d := Design{Share: 0.9, SE: 0.03, N: 400, DF: 9}
	c := ok[Comparison](t)(d.Compare(0.8, 0.975))
	e := ok[Estimate](t)(d.Interval(KornGraubard, 0.95))
	wantNear(t, "lower", &c.Lower, lower(e.Interval), 1e-12)
	wantNear(t, "upper", &c.Upper, upper(e.Interval), 1e-12)
	if c.Verdict != Above || c.Method != KornGraubard {
		t.Errorf("%+v", c)
	}
}

func TestDesignEdges(t *testing.T) {
	if e := ok[Estimate](t)(Design{}.Interval(KornGraubard, 0.95)); e.Value != nil || e.EffectiveN != nil {
		t.Errorf("without respondents: %+v", e)
	}
	if n := ok[*float64](t)(Design{}.EffectiveN()); n != nil {
		t.Errorf("effective size %v without respondents", *n)
	}
	for name, d := range map[string]Design{
		"no respondents":        {},
		"one respondent":        {Share: 1, N: 1, DF: 3},
		"no degrees of freedom": {Share: 0.9, SE: 0.1, N: 50},
	} {
		for method := range designLimits {
			if e := ok[Estimate](t)(d.Interval(method, 0.95)); e.Interval != nil {
				t.Errorf("%s, %s: %+v", name, method, *e.Interval)
			}
		}
		if c := ok[Comparison](t)(d.Compare(0.9, 0.95)); c.Verdict != Open || c.Lower != 0 || c.Upper != 1 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	still := Design{Share: 0.9, N: 50, DF: 49}
	if e := ok[Estimate](t)(still.Interval(KornGraubard, 0.95)); *e.EffectiveN != 50 || e.Interval.Lower == e.Interval.Upper {
		t.Errorf("standard error 0: %+v", e)
	}
	if e := ok[Estimate](t)(still.Interval(Logit, 0.95)); e.Interval != nil {
		t.Errorf("standard error 0: %+v", *e.Interval)
	}
	for name, d := range map[string]Design{
		"share":  {Share: 1.1, N: 5, DF: 4},
		"NaN":    {Share: math.NaN(), N: 5, DF: 4},
		"error":  {Share: 0.5, SE: math.Inf(1), N: 5, DF: 4},
		"size":   {Share: 0.5, SE: 0.1, N: -5, DF: 4},
		"degree": {Share: 0.5, SE: 0.1, N: 5, DF: -1},
	} {
		for _, err := range []error{second(d.EffectiveN()), second(d.Interval(WilsonT, 0.95)), second(d.Compare(0.9, 0.95))} {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	fine := Design{Share: 0.5, SE: 0.1, N: 5, DF: 4}
	for name, err := range map[string]error{
		"method": second(fine.Interval(Wilson, 0.95)),
		"conf":   second(fine.Interval(WilsonT, 2)),
		"target": second(fine.Compare(-0.1, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDesign(f *testing.F) {
	f.Add(0.9, 0.03, int64(400), 9.0, 0.9, 0.95)
	f.Add(math.NaN(), math.Inf(1), int64(-1), math.NaN(), math.NaN(), math.NaN())
	f.Add(5e-324, 5e-324, int64(math.MaxInt64), 5e-324, 5e-324, 1e-300)
	f.Add(1-1e-16, 1e300, int64(2), math.Inf(1), 1.0, 1-1e-16)
	f.Add(0.5, 1e-170, int64(2), 1e300, 0.5, 0.5)
	f.Add(0.9, 59.0, int64(316), 0.002, 0.9, 0.95)
	f.Add(1-1e-16, 0.0045, int64(75), 6e300, 0.9, 0.0005)
	f.Fuzz(func(t *testing.T, share, se float64, n int64, df, target, conf float64) {
		d := Design{Share: share, SE: se, N: n, DF: df}
		size, err := d.EffectiveN()
		wantNumbers(t, size, err)
		for method := range designLimits {
			e, err := d.Interval(method, conf)
			wantNumbers(t, e, err)
		}
		c, err := d.Compare(target, conf)
		wantNumbers(t, c, err)
	})
}

func ExampleDesign_Interval() {
	d := Design{Share: 0.9, SE: 0.03, N: 400, DF: 9}
	e, _ := d.Interval(KornGraubard, 0.95)
	fmt.Printf("from %.4f to %.4f, as good as %.0f independent answers\n", e.Interval.Lower, e.Interval.Upper, *e.EffectiveN)
	// Output: from 0.8092 to 0.9571, as good as 76 independent answers
}

func ExampleDesign_Compare() {
	d := Design{Share: 0.9, SE: 0.03, N: 400, DF: 9}
	c, _ := d.Compare(0.90, 0.95)
	fmt.Printf("%v, bounds %.4f and %.4f\n", c.Verdict, c.Lower, c.Upper)
	// Output: open, bounds 0.8273 and 0.9490
}

func ExampleDesign_EffectiveN() {
	n, _ := Design{Share: 0.9, SE: 0.03, N: 400, DF: 9}.EffectiveN()
	fmt.Printf("%.0f\n", *n)
	// Output: 100
}
