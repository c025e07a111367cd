package stats

import (
	"fmt"
	"math"
	"testing"
)

func estimates(t *testing.T, groups []Count) (all []Estimate) {
	t.Helper()
	for _, g := range groups {
		all = append(all, ok[Estimate](t)(ProportionInterval(Wilson, g.Successes, g.N, 0.95)))
	}
	return all
}

// For counts the effective size is the number of answers, and the test the usual one.
func TestHomogeneityOfCountsIsChiSquare(t *testing.T) {
	eachVector(t, "10b_group_tests.csv", func(v vector) {
		if v.text("test") != "k_sample_chisq" {
			return
		}
		got := ok[Test](v.t)(HomogeneityTest(estimates(v.t, countsOf(v.ints("input1"), v.ints("input2")))))
		v.want("statistic", got.Statistic, 1e-12)
		v.want("df", &got.DF, 0)
		v.want("p_value", got.P, 1e-12)
	})
}

func TestHomogeneityOfTwoIsTheirDifference(t *testing.T) {
	a := ok[Ratio](t)(PooledIndex(Moments{Respondents: 40, Answered: 150, Satisfied: 120, AA: 600, AS: 480, SS: 420}, 0.95)).Estimate()
	b := ok[Ratio](t)(PooledIndex(Moments{Respondents: 60, Answered: 240, Satisfied: 170, AA: 960, AS: 680, SS: 560}, 0.95)).Estimate()
	got := ok[Test](t)(HomogeneityTest([]Estimate{a, b}))
	z := ok[Test](t)(DifferenceTest(a, b))
	squared := *z.Statistic * *z.Statistic
	wantNear(t, "statistic", got.Statistic, &squared, 1e-9)
	wantNear(t, "p", got.P, z.P, 1e-9)
}

func TestHomogeneityEdges(t *testing.T) {
	for name, groups := range map[string][]Count{
		"none":             nil,
		"one":              {{3, 10}},
		"one with answers": {{3, 10}, {0, 0}},
		"everybody":        {{10, 10}, {7, 7}},
		"nobody":           {{0, 10}, {0, 7}},
	} {
		if got := ok[Test](t)(HomogeneityTest(estimates(t, groups))); got.P != nil || got.Statistic != nil {
			t.Errorf("%s: %v", name, *got.P)
		}
	}
	// Too close to 1 for what their mean leaves of it, not for what they leave.
	close := []Estimate{{Value: new(1 - 1e-16), EffectiveN: new(10.0)}, {Value: new(1.0), EffectiveN: new(1e12)}}
	wantNumbers(t, ok[Test](t)(HomogeneityTest(close)), nil)
	bad := 2.0
	if _, err := HomogeneityTest([]Estimate{{Value: &bad}}); err == nil {
		t.Error("a share of 2 is taken")
	}
}

func FuzzHomogeneityTest(f *testing.F) {
	f.Add(0.9, 0.8, 0.7, 100.0, 50.0, 20.5)
	f.Add(math.NaN(), 0.0, 1.0, math.Inf(1), -1.0, 0.0)
	f.Add(1-1e-16, 1.0, 1.0, 1.0, 1e12, 1e12)
	f.Add(5e-324, 0.0, 1e-300, 5e-324, 1e12, 1.0)
	f.Fuzz(func(t *testing.T, p, q, r, n, m, l float64) {
		test, err := HomogeneityTest([]Estimate{{Value: &p, EffectiveN: &n}, {Value: &q, EffectiveN: &m}, {Value: &r, EffectiveN: &l}, {}})
		wantNumbers(t, test, err)
		if test.P != nil && (*test.P < 0 || *test.P > 1 || *test.Statistic < 0) {
			t.Errorf("statistic %v, p %v", *test.Statistic, *test.P)
		}
	})
}

func ExampleHomogeneityTest() {
	var agencies []Estimate
	for _, c := range []Count{{83, 86}, {90, 93}, {129, 136}, {70, 82}} {
		e, _ := ProportionInterval(Wilson, c.Successes, c.N, 0.95)
		agencies = append(agencies, e)
	}
	test, _ := HomogeneityTest(agencies)
	fmt.Printf("χ² = %.2f on %v degrees of freedom, p = %.4f\n", *test.Statistic, test.DF, *test.P)
	// Output: χ² = 12.60 on 3 degrees of freedom, p = 0.0056
}
