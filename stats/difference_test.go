package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func proportion(t *testing.T, c Count, conf float64) Estimate {
	t.Helper()
	return ok[Estimate](t)(ProportionInterval(Wilson, c.Successes, c.N, conf))
}

func TestProportionDifferenceAgainstR(t *testing.T) {
	eachVector(t, "10_two_proportions.csv", func(v vector) {
		a, b, conf := Count{v.int("k1"), v.int("n1")}, Count{v.int("k2"), v.int("n2")}, v.float("conf")
		for _, method := range []Method{Newcombe, NewcombeContinuity, Wald, AgrestiCaffo} {
			d := ok[Difference](v.t)(ProportionDifference(method, a, b, conf))
			v.want("diff", d.Value, 1e-12)
			v.want(string(method)+"_lower", lower(d.Interval), 1e-12)
			v.want(string(method)+"_upper", upper(d.Interval), 1e-12)
		}
		z := ok[Test](v.t)(DifferenceTest(proportion(v.t, a, conf), proportion(v.t, b, conf)))
		v.want("z_pooled", z.Statistic, 1e-12)
		v.want("p_two_sided", z.P, 1e-12)
		yates := ok[Test](v.t)(YatesTest(a, b))
		v.want("chisq_yates", yates.Statistic, 1e-12)
		v.want("p_yates", yates.P, 1e-12)
		fisher := ok[Test](v.t)(FisherTest(a, b))
		v.want("p_fisher", fisher.P, 1e-10)
	})
}

func TestDifferenceMirrors(t *testing.T) {
	a, b := Count{90, 100}, Count{171, 200}
	for _, method := range []Method{Newcombe, NewcombeContinuity, Wald, AgrestiCaffo} {
		there := ok[Difference](t)(ProportionDifference(method, a, b, 0.9))
		back := ok[Difference](t)(ProportionDifference(method, b, a, 0.9))
		failures := ok[Difference](t)(ProportionDifference(method, Count{10, 100}, Count{29, 200}, 0.9))
		for name, other := range map[string]Difference{"groups": back, "failures": failures} {
			wantNear(t, name, there.Value, float(-*other.Value), 1e-15)
			wantNear(t, name, lower(there.Interval), float(-other.Interval.Upper), 1e-13)
			wantNear(t, name, upper(there.Interval), float(-other.Interval.Lower), 1e-13)
		}
	}
	for name, test := range map[string]func(a, b Count) (Test, error){"yates": YatesTest, "fisher": FisherTest} {
		wantNear(t, name, ok[Test](t)(test(a, b)).P, ok[Test](t)(test(b, a)).P, 1e-12)
	}
}

func TestEstimateDifferenceOfCountsIsNewcombe(t *testing.T) {
	a, b := Count{90, 100}, Count{171, 200}
	got := ok[Difference](t)(EstimateDifference(proportion(t, a, 0.95), proportion(t, b, 0.95)))
	want := ok[Difference](t)(ProportionDifference(Newcombe, a, b, 0.95))
	wantNear(t, "difference", got.Value, want.Value, 0)
	wantNear(t, "lower", lower(got.Interval), lower(want.Interval), 0)
	wantNear(t, "upper", upper(got.Interval), upper(want.Interval), 0)
}

// Answers that are worth half as many count half as many.
func TestDifferenceTestRestsOnTheEffectiveN(t *testing.T) {
	half := func(p float64, n int64) Estimate {
		d := Design{Share: p, SE: math.Sqrt(p * (1 - p) * 2 / float64(n)), N: n, DF: float64(n - 1)}
		return ok[Estimate](t)(d.Interval(WilsonT, 0.95))
	}
	got := ok[Test](t)(DifferenceTest(half(0.9, 1000), half(0.84, 1000)))
	want := ok[Test](t)(DifferenceTest(proportion(t, Count{450, 500}, 0.95), proportion(t, Count{420, 500}, 0.95)))
	wantNear(t, "z", got.Statistic, want.Statistic, 1e-12)
	wantNear(t, "p", got.P, want.P, 1e-12)

	people := momentsOf([]int64{5, 5, 4, 0, 5, 3}, []int64{5, 5, 5, 4, 5, 5})
	r := ok[Ratio](t)(PooledIndex(people, 0.95))
	same := ok[Test](t)(DifferenceTest(r.Estimate(), r.Estimate()))
	if *same.Statistic != 0 || *same.P != 1 {
		t.Errorf("an index against itself: z %v, p %v", *same.Statistic, *same.P)
	}
}

func TestYatesTestIsTheDefinition(t *testing.T) {
	for _, test := range [][2]Count{{{6, 7}, {2, 7}}, {{45, 50}, {451, 500}}, {{1, 9}, {80, 90}}} {
		a, b := test[0], test[1]
		p := float64(a.Successes+b.Successes) / float64(a.N+b.N)
		want := 0.0
		for _, c := range test {
			for _, cell := range [][2]float64{{float64(c.Successes), float64(c.N) * p}, {float64(c.N - c.Successes), float64(c.N) * (1 - p)}} {
				off := math.Abs(cell[0] - cell[1])
				off -= math.Min(0.5, off)
				want += off * off / cell[1]
			}
		}
		wantNear(t, "statistic", ok[Test](t)(YatesTest(a, b)).Statistic, &want, 1e-12)
	}
}

func TestDifferenceEdges(t *testing.T) {
	nobody, some := Count{}, Count{9, 10}
	for _, method := range []Method{Newcombe, NewcombeContinuity, Wald, AgrestiCaffo} {
		if d := ok[Difference](t)(ProportionDifference(method, nobody, some, 0.95)); d.Value != nil || d.Interval != nil {
			t.Errorf("%s without answers: %+v", method, d)
		}
	}
	for name, test := range map[string]Test{
		"yates":     ok[Test](t)(YatesTest(some, nobody)),
		"fisher":    ok[Test](t)(FisherTest(some, nobody)),
		"z":         ok[Test](t)(DifferenceTest(proportion(t, some, 0.95), Estimate{})),
		"all equal": ok[Test](t)(DifferenceTest(proportion(t, Count{3, 3}, 0.95), proportion(t, Count{9, 9}, 0.95))),
	} {
		if test.Statistic != nil || test.P != nil {
			t.Errorf("%s: %+v", name, test)
		}
	}
	share := 0.9
	if d := ok[Difference](t)(EstimateDifference(Estimate{Value: &share}, proportion(t, some, 0.95))); *d.Value != 0 || d.Interval != nil {
		t.Errorf("one without interval: %+v", d)
	}
	outside := proportion(t, some, 0.95)
	outside.Value = float(0.1)
	for name, err := range map[string]error{
		"counts":     second(ProportionDifference(Newcombe, Count{2, 1}, some, 0.95)),
		"conf":       second(ProportionDifference(Newcombe, some, some, 1)),
		"method":     second(ProportionDifference(Wilson, some, some, 0.95)),
		"levels":     second(EstimateDifference(proportion(t, some, 0.9), proportion(t, some, 0.95))),
		"outside":    second(EstimateDifference(outside, proportion(t, some, 0.95))),
		"share":      second(DifferenceTest(Estimate{Value: float(math.NaN())}, Estimate{})),
		"size":       second(DifferenceTest(Estimate{}, Estimate{EffectiveN: float(-1)})),
		"yates":      second(YatesTest(some, Count{-1, 1})),
		"fisher":     second(FisherTest(some, Count{-1, 1})),
		"many tests": second(FisherTest(some, Count{1, maxFinite})),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDifference(f *testing.F) {
	f.Add(int64(56), int64(70), int64(48), int64(80), 0.95)
	f.Add(int64(0), int64(0), int64(1), int64(1), math.NaN())
	f.Add(int64(maxCount), int64(maxCount), int64(maxCount-1), int64(maxCount), 1-1e-16)
	f.Add(int64(5e8), int64(5e8), int64(1), int64(5e8), 1e-300)
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), int64(-1), int64(math.MaxInt64), 0.5)
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2 int64, conf float64) {
		a, b := Count{k1, n1}, Count{k2, n2}
		for _, method := range []Method{Newcombe, NewcombeContinuity, Wald, AgrestiCaffo} {
			d, err := ProportionDifference(method, a, b, conf)
			wantNumbers(t, d, err)
		}
		for _, test := range []func(a, b Count) (Test, error){YatesTest, FisherTest} {
			result, err := test(a, b)
			wantNumbers(t, result, err)
		}
		first, _ := ProportionInterval(Wilson, k1, n1, conf)
		second, _ := ProportionInterval(Wilson, k2, n2, conf)
		d, err := EstimateDifference(first, second)
		wantNumbers(t, d, err)
		z, err := DifferenceTest(first, second)
		wantNumbers(t, z, err)
	})
}

func FuzzEstimateDifference(f *testing.F) {
	f.Add(0.9, 0.8, 0.95, 100.0, 0.5, 0.4, 0.6, 20.0, 0.95)
	f.Add(math.NaN(), math.Inf(-1), math.Inf(1), math.NaN(), 1.0, 1.0, 1.0, 5e-324, 1.0)
	f.Add(1.0, -1e308, 1e308, 5e-324, 0.0, -1e308, 1e308, 1e12, 1e-300)
	f.Add(1.0, -1e307, 1e308, 5e-324, 0.0, -1e307, 1e308, 1e12, 1e-300)
	f.Fuzz(func(t *testing.T, p1, l1, u1, n1, p2, l2, u2, n2, conf float64) {
		a := Estimate{Value: &p1, EffectiveN: &n1, Interval: &Interval{Lower: l1, Upper: u1, Conf: conf}}
		b := Estimate{Value: &p2, EffectiveN: &n2, Interval: &Interval{Lower: l2, Upper: u2, Conf: conf}}
		d, err := EstimateDifference(a, b)
		wantNumbers(t, d, err)
		z, err := DifferenceTest(a, b)
		wantNumbers(t, z, err)
	})
}

func ExampleProportionDifference() {
	d, _ := ProportionDifference(Newcombe, Count{Successes: 450, N: 500}, Count{Successes: 420, N: 500}, 0.95)
	fmt.Printf("%.3f, from %.4f to %.4f\n", *d.Value, d.Interval.Lower, d.Interval.Upper)
	// Output: 0.060, from 0.0183 to 0.1018
}

func ExampleEstimateDifference() {
	sampled, _ := Design{Share: 0.9, SE: 0.03, N: 400, DF: 19}.Interval(WilsonT, 0.95)
	counted, _ := ProportionInterval(Wilson, 420, 500, 0.95)
	d, _ := EstimateDifference(sampled, counted)
	fmt.Printf("%.3f, from %.4f to %.4f\n", *d.Value, d.Interval.Lower, d.Interval.Upper)
	// Output: 0.060, from -0.0257 to 0.1184
}

func ExampleDifferenceTest() {
	before, _ := ProportionInterval(Wilson, 420, 500, 0.95)
	after, _ := ProportionInterval(Wilson, 450, 500, 0.95)
	test, _ := DifferenceTest(after, before)
	fmt.Printf("z %.2f, p %.4f\n", *test.Statistic, *test.P)
	// Output: z 2.82, p 0.0048
}

func ExampleYatesTest() {
	test, _ := YatesTest(Count{Successes: 9, N: 10}, Count{Successes: 3, N: 10})
	fmt.Printf("χ² %.2f, p %.4f\n", *test.Statistic, *test.P)
	// Output: χ² 5.21, p 0.0225
}

func ExampleFisherTest() {
	test, _ := FisherTest(Count{Successes: 9, N: 10}, Count{Successes: 3, N: 10})
	fmt.Printf("p %.4f\n", *test.P)
	// Output: p 0.0198
}

func ExampleRatio_Estimate() {
	before, _ := PooledIndex(Moments{Respondents: 328, Answered: 1555, Satisfied: 1341, AA: 7485, AS: 6452, SS: 5873}, 0.95)
	after, _ := PooledIndex(Moments{Respondents: 300, Answered: 1500, Satisfied: 1380, AA: 7500, AS: 6900, SS: 6460}, 0.95)
	d, _ := EstimateDifference(after.Estimate(), before.Estimate())
	fmt.Printf("%.4f, from %.4f to %.4f\n", *d.Value, d.Interval.Lower, d.Interval.Upper)
	// Output: 0.0576, from 0.0319 to 0.0847
}
