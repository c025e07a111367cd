package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

// sameNumber fails where numbers that an identity makes equal differ.
func sameNumber(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	wantNear(t, name, &got, &want, tolerance)
}

func TestAttributeChartAgainstR(t *testing.T) {
	const file = "15_attribute_charts.csv"
	samples := map[string][]Sample{}
	key := func(v vector) string { return v.text("case") + " " + v.text("chart") }
	eachVector(t, file, func(v vector) {
		samples[key(v)] = append(samples[key(v)], Sample{v.int("x"), v.int("n")})
	})
	eachVector(t, file, func(v vector) {
		phases := ok[[]Phase](v.t)(AttributeChart(Chart(v.text("chart")), samples[key(v)], nil, 0))
		phase, point := phases[0], phases[0].Points[v.int("i")-1]
		v.want("center", phase.Center, 1e-12)
		v.want("sigma_z", phase.SigmaZ, 1e-12)
		v.want("y", point.Value, 1e-12)
		v.want("sigma_i", point.Sigma, 1e-12)
		v.want("z", point.Z, 1e-12)
		v.want("lcl", point.Lower, 1e-12)
		v.want("ucl", point.Upper, 1e-12)
		if point.Outside != (v.int("signal") == 1) {
			v.t.Errorf("outside: %v", point.Outside)
		}
	})
}

func TestRunRulesAgainstR(t *testing.T) {
	eachVector(t, "15e_run_rules.csv", func(v vector) {
		runs := ok[Runs](v.t)(RunRules(v.floats("y"), v.float("center")))
		v.want("n_useful", whole(int64(runs.Useful)), 0)
		v.want("longest_run", whole(int64(runs.Longest)), 0)
		v.want("n_crossings", whole(int64(runs.Crossings)), 0)
		for column, limit := range map[string]*int{"longest_run_max": runs.LongestMax, "n_crossings_min": runs.CrossingsMin} {
			var got *float64
			if limit != nil {
				got = whole(int64(*limit))
			}
			v.want(column, got, 0)
		}
		if (len(runs.Signals) > 0) != (v.int("runs_signal") == 1) {
			v.t.Errorf("signals %+v", runs.Signals)
		}
	})
}

// steady has shares that wander a little about 0.9 with 100 answers each.
func steady(n int) []Sample {
	samples := make([]Sample, n)
	for i := range samples {
		samples[i] = Sample{int64(88 + 3*(i%2) + i%3), 100}
	}
	return samples
}

func TestFrozenBaselineDoesNotFollowADecline(t *testing.T) {
	samples := steady(30)
	for range 10 {
		samples = append(samples, Sample{78, 100})
	}
	before := ok[[]Phase](t)(AttributeChart(PChart, samples[:30], nil, 0))[0]
	frozen := ok[[]Phase](t)(AttributeChart(PChart, samples, nil, 30))[0]
	moving := ok[[]Phase](t)(AttributeChart(PChart, samples, nil, 0))[0]
	sameNumber(t, "centre", *frozen.Center, *before.Center, 0)
	if *moving.Center >= *frozen.Center {
		t.Errorf("centre of everything %v, of the baseline %v", *moving.Center, *frozen.Center)
	}
	outside := func(p Phase) (at []int) {
		for _, s := range p.Signals {
			if s.Rule == OutsideLimits {
				at = append(at, s.From)
			}
		}
		return at
	}
	if got := outside(frozen); len(got) != 10 || got[0] != 30 {
		t.Errorf("signals at %v", got)
	}
	if got := outside(moving); len(got) != 0 {
		t.Errorf("the chart of everything signals at %v", got)
	}
}

func TestANewPhaseIsAChartOfItsOwn(t *testing.T) {
	first, second := steady(20), steady(15)
	for i := range second {
		second[i].Count -= 30
	}
	second[14].Count = 20
	together := ok[[]Phase](t)(AttributeChart(LaneyPChart, append(slices.Clone(first), second...), []int{20}, 0))
	alone := ok[[]Phase](t)(AttributeChart(LaneyPChart, second, nil, 0))[0]
	if len(together) != 2 || together[1].Start != 20 || together[1].End != 35 {
		t.Fatalf("phases %+v", together)
	}
	sameNumber(t, "centre", *together[1].Center, *alone.Center, 0)
	sameNumber(t, "spread", *together[1].SigmaZ, *alone.SigmaZ, 0)
	if len(together[0].Signals) != 0 || len(together[1].Signals) != len(alone.Signals) || len(alone.Signals) == 0 {
		t.Fatalf("signals %+v, alone %+v", together[1].Signals, alone.Signals)
	}
	for i, s := range together[1].Signals {
		want := alone.Signals[i]
		if s.From != want.From+20 || s.To != want.To+20 || s.Rule != want.Rule || s.Chart != want.Chart {
			t.Errorf("signal %+v, alone %+v", s, want)
		}
	}
}

func TestAttributeChartWaitsForDataThatCarryLimits(t *testing.T) {
	with := func(samples []Sample, last Sample) []Sample { return append(samples, last) }
	for _, c := range []struct {
		name                    string
		samples                 []Sample
		outside                 bool
		signals, sparse         int
		provisional, withLimits bool
	}{
		{"eleven samples", with(steady(10), Sample{50, 100}), true, 0, 0, true, true},
		{"twelve samples", with(steady(11), Sample{50, 100}), true, 1, 0, true, true},
		{"twenty samples", with(steady(19), Sample{50, 100}), true, 1, 0, false, true},
		{"nine answers", with(steady(19), Sample{1, 9}), true, 0, 1, false, true},
		{"a day without answers", with(steady(20), Sample{0, 0}), false, 0, 0, false, true},
		{"everybody satisfied", []Sample{{10, 10}, {20, 20}, {15, 15}}, false, 0, 0, true, false},
		{"nobody came", []Sample{{0, 0}, {0, 0}}, false, 0, 0, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			phase := ok[[]Phase](t)(AttributeChart(PChart, c.samples, nil, 0))[0]
			last := phase.Points[len(phase.Points)-1]
			limits := 0
			for _, s := range phase.Signals {
				if s.Rule == OutsideLimits {
					limits++
				}
			}
			if last.Outside != c.outside || limits != c.signals || phase.Sparse != c.sparse || phase.Provisional != c.provisional {
				t.Errorf("outside %v, %d signals, %d sparse, provisional %v", last.Outside, limits, phase.Sparse, phase.Provisional)
			}
			if (phase.SigmaZ != nil) != c.withLimits {
				t.Errorf("sigma z %v", show(phase.SigmaZ))
			}
		})
	}
}

func TestRunRulesMirrorAndPassOverTheLine(t *testing.T) {
	values := []float64{1, 2, 1, 3, 1, 2, 4, 2, 2, 3, 2, 1, -1, -2}
	mirrored, withTies := make([]float64, len(values)), []float64{0}
	for i, x := range values {
		mirrored[i] = -x
		withTies = append(withTies, x, 0)
	}
	runs := ok[Runs](t)(RunRules(values, 0))
	for name, other := range map[string]Runs{"mirrored": ok[Runs](t)(RunRules(mirrored, 0)), "with ties": ok[Runs](t)(RunRules(withTies, 0))} {
		if other.Longest != runs.Longest || other.Crossings != runs.Crossings || other.Useful != runs.Useful || len(other.Signals) != len(runs.Signals) {
			t.Errorf("%s: %+v, not as %+v", name, other, runs)
		}
	}
	if s := runs.Signals; len(s) != 2 || s[0].Rule != LongRun || s[0].Side != High || s[0].From != 0 || s[0].To != 11 || s[1].Rule != FewCrossings {
		t.Errorf("signals %+v", s)
	}
	if none := ok[Runs](t)(RunRules([]float64{2, 2}, 2)); none.LongestMax != nil || none.CrossingsMin != nil || none.Signals != nil {
		t.Errorf("nothing off the line: %+v", none)
	}
}

func TestAttributeChartRefusals(t *testing.T) {
	for name, call := range map[string]func() ([]Phase, error){
		"more than all": func() ([]Phase, error) { return AttributeChart(PChart, []Sample{{3, 2}}, nil, 0) },
		"negative":      func() ([]Phase, error) { return AttributeChart(UChart, []Sample{{-1, 2}}, nil, 0) },
		"events in no units": func() ([]Phase, error) {
			return AttributeChart(UChart, []Sample{{1, 0}}, nil, 0)
		},
		"another chart":     func() ([]Phase, error) { return AttributeChart(EWMAChart, nil, nil, 0) },
		"negative baseline": func() ([]Phase, error) { return AttributeChart(PChart, nil, nil, -1) },
		"phase at 0":        func() ([]Phase, error) { return AttributeChart(PChart, steady(3), []int{0}, 0) },
		"phase at the end":  func() ([]Phase, error) { return AttributeChart(PChart, steady(3), []int{3}, 0) },
		"phases descending": func() ([]Phase, error) { return AttributeChart(PChart, steady(3), []int{2, 1}, 0) },
	} {
		if _, err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := RunRules([]float64{math.NaN()}, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := RunRules(nil, math.Inf(1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("centre: %v", err)
	}
}

// finite fails on a number that must not leave the package; nil may.
func finite(t *testing.T, name string, numbers ...*float64) {
	t.Helper()
	for _, x := range numbers {
		if x != nil && (math.IsNaN(*x) || math.IsInf(*x, 0)) {
			t.Errorf("%s is %v", name, *x)
		}
	}
}

func FuzzAttributeChart(f *testing.F) {
	f.Add(int64(3), int64(5), int64(0), int64(0), int64(math.MaxInt64), int64(math.MaxInt64), 1, 2)
	f.Add(int64(0), int64(5), int64(0), int64(7), int64(1), int64(1), 2, 0)
	f.Fuzz(func(t *testing.T, x1, n1, x2, n2, x3, n3 int64, start, baseline int) {
		for _, kind := range []Chart{PChart, UChart, LaneyPChart, LaneyUChart} {
			phases, err := AttributeChart(kind, []Sample{{x1, n1}, {x2, n2}, {x3, n3}}, []int{start}, baseline)
			if err != nil {
				continue
			}
			for _, p := range phases {
				finite(t, "phase", p.Center, p.SigmaZ)
				for _, point := range p.Points {
					finite(t, "point", point.Value, point.Sigma, point.Z, point.Lower, point.Upper)
				}
			}
		}
	})
}

func ExampleAttributeChart() {
	var days []Sample
	for i := range 24 {
		days = append(days, Sample{int64(90 + i%5), 100})
	}
	days = append(days, Sample{75, 100})
	phases, _ := AttributeChart(PChart, days, nil, 20)
	for _, s := range phases[0].Signals {
		fmt.Printf("%s %s %s at %d: %.3f beyond %.3f\n", s.Chart, s.Rule, s.Side, s.From, s.Value, s.Limit)
	}
	// Output: p outside_limits low at 24: 0.750 beyond 0.839
}

func ExampleRunRules() {
	runs, _ := RunRules([]float64{0.93, 0.94, 0.92, 0.95, 0.93, 0.92, 0.94, 0.93, 0.88}, 0.90)
	fmt.Println(runs.Longest, *runs.LongestMax, runs.Signals[0].Rule)
	// Output: 8 6 long_run
}
