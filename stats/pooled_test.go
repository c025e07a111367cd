package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func momentsOf(satisfied, answered []int64) Moments {
	var m Moments
	for i, a := range answered {
		if s := satisfied[i]; a > 0 {
			m = m.Plus(Moments{1, a, s, a * a, a * s, s * s, 0})
		}
	}
	return m
}

func TestPooledIndexAgainstR(t *testing.T) {
	eachVector(t, "06b_pooled_index.csv", func(v vector) {
		m := momentsOf(v.ints("n_sat_per_respondent"), v.ints("n_answered_per_respondent"))
		r := ok[Ratio](v.t)(PooledIndex(m, v.float("conf")))
		respondents, answers := float64(r.Respondents), float64(r.Answered)
		v.want("respondents", &respondents, 0)
		v.want("answers", &answers, 0)
		v.want("index", r.Value, 1e-12)
		v.want("var_ratio", r.Variance, 1e-12)
		v.want("se_ratio", r.SE, 1e-12)
		v.want("deff_vs_answers", r.DesignEffect, 1e-12)
		v.want("n_eff", r.EffectiveN, 1e-12)
		v.want("wilson_lower", lower(r.Interval), 1e-12)
		v.want("wilson_upper", upper(r.Interval), 1e-12)
		// What would come out if the answers of one person were independent.
		naive := ok[Estimate](v.t)(ProportionInterval(Wilson, r.Satisfied, r.Answered, v.float("conf")))
		v.want("naive_answers_lower", lower(naive.Interval), 1e-12)
		v.want("naive_answers_upper", upper(naive.Interval), 1e-12)
	})
}

func TestPooledIndexOfOneItemIsAProportion(t *testing.T) {
	for _, k := range []int64{0, 1, 18, 19, 20} {
		const n = 20
		r := ok[Ratio](t)(PooledIndex(Moments{n, n, k, n, k, k, 0}, 0.95))
		e := ok[Estimate](t)(ProportionInterval(Wilson, k, n, 0.95))
		wantNear(t, "index", r.Value, e.Value, 0)
		// The variance divides by n−1, so that n−1 of n observations are left.
		if size := float64(n - 1); k > 0 && k < n {
			wantNear(t, "effective n", r.EffectiveN, &size, 1e-12)
		} else {
			wantNear(t, "upper", upper(r.Interval), upper(e.Interval), 1e-12)
			wantNear(t, "lower", lower(r.Interval), lower(e.Interval), 1e-12)
		}
	}
}

func TestPooledIndexDoesNotCareForUnits(t *testing.T) {
	satisfied, answered := []int64{5, 4, 0, 3, 2}, []int64{5, 5, 4, 3, 4}
	once := ok[Ratio](t)(PooledIndex(momentsOf(satisfied, answered), 0.95))
	for i := range satisfied {
		satisfied[i] *= 7
		answered[i] *= 7
	}
	scaled := ok[Ratio](t)(PooledIndex(momentsOf(satisfied, answered), 0.95))
	wantNear(t, "effective n", scaled.EffectiveN, once.EffectiveN, 1e-12)
	wantNear(t, "lower", lower(scaled.Interval), lower(once.Interval), 1e-12)
}

func TestPooledIndexOfVeryMany(t *testing.T) {
	// Everyone satisfied with four of five: no residual may be left over by rounding.
	const n = 300_000_000
	r := ok[Ratio](t)(PooledIndex(Moments{n, 5 * n, 4 * n, 25 * n, 20 * n, 16 * n, 0}, 0.95))
	if *r.Variance != 0 || *r.EffectiveN != n {
		t.Errorf("variance %v, effective n %v", *r.Variance, *r.EffectiveN)
	}
}

func TestRatioCompareRestsOnTheEffectiveN(t *testing.T) {
	m := momentsOf([]int64{5, 5, 4, 0, 5, 3, 5, 5, 1, 5}, []int64{5, 5, 5, 5, 5, 4, 5, 5, 3, 5})
	r := ok[Ratio](t)(PooledIndex(m, 0.95))
	c := ok[Comparison](t)(r.Compare(0.9, 0.975))
	d := Design{Share: *r.Value, SE: *r.SE, N: r.Respondents, DF: float64(r.Respondents - 1)}
	e := ok[Estimate](t)(d.Interval(KornGraubard, 0.95))
	wantNear(t, "lower", &c.Lower, lower(e.Interval), 1e-12)
	wantNear(t, "upper", &c.Upper, upper(e.Interval), 1e-12)
	if c.Method != KornGraubard || c.Verdict != Open {
		t.Errorf("%+v", c)
	}
}

func TestClustersOfOneRespondentAreThePooledIndex(t *testing.T) {
	satisfied, answered := []int64{5, 5, 4, 0, 5, 3, 5, 5, 1, 5}, []int64{5, 5, 5, 5, 5, 4, 5, 5, 3, 5}
	clusters := []Moments{{}} // nobody answered there
	for i := range answered {
		clusters = append(clusters, momentsOf(satisfied[i:i+1], answered[i:i+1]))
	}
	got := ok[Ratio](t)(ClusteredIndex(clusters, 0.95))
	want := ok[Ratio](t)(PooledIndex(momentsOf(satisfied, answered), 0.95))
	wantNear(t, "index", got.Value, want.Value, 0)
	wantNear(t, "variance", got.Variance, want.Variance, 1e-15)
	wantNear(t, "effective n", got.EffectiveN, want.EffectiveN, 1e-12)
	if got.Clusters != 10 || want.Clusters != 0 {
		t.Errorf("%d clusters, %d without", got.Clusters, want.Clusters)
	}
	d := Design{Share: *want.Value, SE: *want.SE, N: 10, DF: 9}
	e := ok[Estimate](t)(d.Interval(WilsonT, 0.95))
	wantNear(t, "lower", lower(got.IntervalT), lower(e.Interval), 1e-12)
	wantNear(t, "upper", upper(got.IntervalT), upper(e.Interval), 1e-12)
}

// m clusters of b respondents who all say the same are m respondents.
func TestClustersThatAgreeCountOnce(t *testing.T) {
	const of = 40
	var clusters []Moments
	var singles Moments
	for _, s := range []int64{5, 3, 4, 5, 0, 5, 5, 2} {
		one := momentsOf([]int64{s}, []int64{5})
		singles = singles.Plus(one)
		var cluster Moments
		for range of {
			cluster = cluster.Plus(one)
		}
		clusters = append(clusters, cluster)
	}
	got := ok[Ratio](t)(ClusteredIndex(clusters, 0.95))
	want := ok[Ratio](t)(PooledIndex(singles, 0.95))
	wantNear(t, "variance", got.Variance, want.Variance, 1e-15)
	wantNear(t, "effective n", got.EffectiveN, want.EffectiveN, 1e-12)
	if effect := *want.DesignEffect * of; math.Abs(*got.DesignEffect-effect) > 1e-9 {
		t.Errorf("design effect %v, want %v", *got.DesignEffect, effect)
	}
	d := Design{Share: *got.Value, SE: *got.SE, N: got.Respondents, DF: 7}
	c, exact := ok[Comparison](t)(got.Compare(0.6, 0.95)), ok[Comparison](t)(d.Compare(0.6, 0.95))
	wantNear(t, "lower bound", &c.Lower, &exact.Lower, 1e-12)
	wantNear(t, "upper bound", &c.Upper, &exact.Upper, 1e-12)
}

func TestClusteredIndexEdges(t *testing.T) {
	for name, clusters := range map[string][]Moments{"none": nil, "empty": {{}, {}}} {
		if r := ok[Ratio](t)(ClusteredIndex(clusters, 0.95)); r.Value != nil || r.Clusters != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	one := ok[Ratio](t)(ClusteredIndex([]Moments{momentsOf([]int64{5, 4}, []int64{5, 5}), {}}, 0.95))
	if *one.Value != 0.9 || one.Variance != nil || one.Interval != nil {
		t.Errorf("one cluster: %+v", one)
	}
	many := Moments{Respondents: maxCount / 2, Answered: maxCount / 2, AA: maxCount / 2}
	for name, err := range map[string]error{
		"conf":    second(ClusteredIndex(nil, 0)),
		"moments": second(ClusteredIndex([]Moments{{}, {Respondents: -1}}, 0.95)),
		"sum":     second(ClusteredIndex([]Moments{many, many, many}, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMacroMean(t *testing.T) {
	for name, test := range map[string]struct {
		items []Count
		want  *float64
	}{
		"one item is its share":       {[]Count{{9, 10}}, float(0.9)},
		"few answers weigh as many":   {[]Count{{1, 2}, {90, 100}}, float(0.7)},
		"items without answers":       {[]Count{{0, 0}, {3, 4}, {0, 0}}, float(0.75)},
		"no answers at all":           {[]Count{{0, 0}}, nil},
		"no items":                    {nil, nil},
		"equal answers pool the same": {[]Count{{8, 10}, {9, 10}, {10, 10}}, float(27. / 30)},
	} {
		wantNear(t, name, ok[*float64](t)(MacroMean(test.items)), test.want, 1e-15)
	}
	if _, err := MacroMean([]Count{{1, 2}, {3, 2}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("more satisfied than asked: %v", err)
	}
}

func TestRespondentsNeededIsTheDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		var m Moments
		for range 2 + random.IntN(80) {
			a := 1 + random.Int64N(19)
			s := a - random.Int64N(a+1)*random.Int64N(2)
			m = m.Plus(Moments{1, a, s, a * a, a * s, s * s, 0})
		}
		target := 0.5 + 0.45*random.Float64()
		r := ok[Ratio](t)(PooledIndex(m, 0.95))
		if math.Abs(*r.Value-target) < 0.03 {
			continue
		}
		got := ok[*int64](t)(r.RespondentsNeeded(target, 0.95))
		// From far out down to the last size that is open.
		want := int64(0)
		for more := int64(20_000); more >= 0; more-- {
			size := *r.EffectiveN * float64(r.Respondents+more) / float64(r.Respondents)
			if compareExact(KornGraubard, *r.Value*size, size, target, 0.95).Verdict == Open {
				want = more + 1
				break
			}
			if more > 500 {
				more -= 99
			}
		}
		if got == nil || *got != want {
			t.Errorf("%v against %v on %v: got %v, want %d", *r.Value, target, *r.EffectiveN, show(asFloat(got)), want)
		}
	}
}

func TestPooledIndexEdges(t *testing.T) {
	nobody := ok[Ratio](t)(PooledIndex(Moments{}, 0.95))
	if nobody.Value != nil || nobody.Interval != nil {
		t.Errorf("nobody: %+v", nobody)
	}
	one := ok[Ratio](t)(PooledIndex(Moments{1, 5, 4, 25, 20, 16, 0}, 0.95))
	if *one.Value != 0.8 || one.Variance != nil || one.EffectiveN != nil || one.Interval != nil {
		t.Errorf("one respondent: %+v", one)
	}
	for _, r := range []Ratio{nobody, one} {
		if c := ok[Comparison](t)(r.Compare(0.9, 0.95)); c.Verdict != Open || c.Lower != 0 || c.Upper != 1 {
			t.Errorf("%+v", c)
		}
		if m := ok[*int64](t)(r.RespondentsNeeded(0.9, 0.95)); m != nil {
			t.Errorf("%d respondents needed", *m)
		}
	}
	close := ok[Ratio](t)(PooledIndex(Moments{4000, 4000, 3599, 4000, 3599, 3599, 0}, 0.95))
	for target, reason := range map[float64]string{0.9: "too close", *close.Value: "at the target"} {
		if m := ok[*int64](t)(close.RespondentsNeeded(target, 0.95)); m != nil {
			t.Errorf("%s: %d respondents needed", reason, *m)
		}
	}
	for name, m := range map[string]Moments{
		"negative":            {-1, 0, 0, 0, 0, 0, 0},
		"more than answered":  {1, 1, 2, 1, 2, 4, 0},
		"nobody answered":     {2, 1, 1, 1, 1, 1, 0},
		"squares":             {1, 5, 4, 25, 20, 3, 0},
		"less than no spread": {2, 10, 8, 50, 46, 40, 0},
		"more are full":       {2, 6, 6, 20, 20, 20, 3},
		"answers of nobody":   {0, 0, 0, 1, 0, 0, 0},
	} {
		if _, err := PooledIndex(m, 0.95); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"conf":          second(PooledIndex(Moments{}, 1)),
		"target":        second(one.Compare(0, 0.95)),
		"target needed": second(one.RespondentsNeeded(2, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPooledIndex(f *testing.F) {
	f.Add(int64(328), int64(1555), int64(1341), int64(7485), int64(6452), int64(5873), 0.9, 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), math.NaN(), 0.5)
	f.Add(int64(238), int64(1430), int64(1352), int64(7491), int64(6698), int64(5880), 0.9, 0.38)
	f.Add(int64(2), int64(math.MaxInt64), int64(3), int64(math.MaxInt64), int64(9), int64(9), 1e-300, 1-1e-16)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(1), int64(math.MaxInt64), int64(1), int64(1), 1.0, 1e-300)
	f.Fuzz(func(t *testing.T, respondents, answered, satisfied, aa, as, ss int64, target, conf float64) {
		r, err := PooledIndex(Moments{respondents, answered, satisfied, aa, as, ss, 0}, conf)
		wantNumbers(t, r, err)
		c, err := r.Compare(target, conf)
		wantNumbers(t, c, err)
		d, err := r.Decide(target, conf)
		wantNumbers(t, d, err)
		m, err := r.RespondentsNeeded(target, conf)
		wantNumbers(t, m, err)
	})
}

func FuzzClusteredIndex(f *testing.F) {
	f.Add(int64(30), int64(150), int64(130), int64(2), int64(9), int64(3), 0.9, 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), math.NaN(), math.NaN())
	f.Add(int64(900_000), int64(900_000), int64(1), int64(1), int64(1), int64(1), 1e-300, 1-1e-16)
	f.Add(int64(900_000), int64(900_018), int64(51), int64(1), int64(1), int64(0), 1e-300, 0.1)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MinInt64), int64(2), int64(1), int64(1), 1.0, 1e-300)
	f.Fuzz(func(t *testing.T, n1, a1, s1, n2, a2, s2 int64, target, conf float64) {
		// The squares lie where they can; whether they do is for the fuzz test of PooledIndex.
		of := func(n, a, s int64) Moments { return Moments{n, a, s, a * a, a * s, s * s, 0} }
		r, err := ClusteredIndex([]Moments{of(n1, a1, s1), of(n2, a2, s2), {}}, conf)
		wantNumbers(t, r, err)
		c, err := r.Compare(target, conf)
		wantNumbers(t, c, err)
		m, err := r.RespondentsNeeded(target, conf)
		wantNumbers(t, m, err)
		mean, err := MacroMean([]Count{{s1, a1}, {s2, a2}})
		wantNumbers(t, mean, err)
	})
}

func ExampleClusteredIndex() {
	// Three days at one counter: of the 60, 50 and 40 people, each with five items.
	r, _ := ClusteredIndex([]Moments{
		{Respondents: 60, Answered: 300, Satisfied: 282, AA: 1500, AS: 1410, SS: 1330},
		{Respondents: 50, Answered: 250, Satisfied: 215, AA: 1250, AS: 1075, SS: 931},
		{Respondents: 40, Answered: 200, Satisfied: 184, AA: 1000, AS: 920, SS: 850},
	}, 0.95)
	fmt.Printf("%.4f, from %.4f to %.4f\n", *r.Value, r.IntervalT.Lower, r.IntervalT.Upper)
	// Output: 0.9080, from 0.7427 to 0.9712
}

func ExampleMacroMean() {
	items := []Count{{Successes: 90, N: 100}, {Successes: 8, N: 10}}
	mean, _ := MacroMean(items)
	fmt.Printf("mean of the items %.4f, pooled %.4f\n", *mean, 98./110)
	// Output: mean of the items 0.8500, pooled 0.8909
}

func ExamplePooledIndex() {
	// Three people; the second skipped an item, the third is satisfied with two of five.
	m := Moments{Respondents: 3, Answered: 14, Satisfied: 11, AA: 25 + 16 + 25, AS: 25 + 16 + 10, SS: 25 + 16 + 4}
	r, _ := PooledIndex(m, 0.95)
	fmt.Printf("%.4f, from %.4f to %.4f on %.2f independent answers\n", *r.Value, r.IntervalT.Lower, r.IntervalT.Upper, *r.EffectiveN)
	// Output: 0.7857, from 0.1090 to 0.9910 on 3.93 independent answers
}

func ExampleRatio_Compare() {
	r, _ := PooledIndex(Moments{Respondents: 328, Answered: 1555, Satisfied: 1341, AA: 7485, AS: 6452, SS: 5873}, 0.95)
	c, _ := r.Compare(0.80, 0.95)
	fmt.Printf("%v, lower bound %.4f\n", c.Verdict, c.Lower)
	// Output: above, lower bound 0.8423
}

func ExampleRatio_Decide() {
	r, _ := PooledIndex(Moments{Respondents: 328, Answered: 1555, Satisfied: 1341, AA: 7485, AS: 6452, SS: 5873}, 0.95)
	d, _ := r.Decide(0.85, 0.95)
	fmt.Printf("%v, lower %v, bound %.4f\n", d.Verdict, d.Lower, d.Bound)
	// Output: open, lower true, bound 0.8423
}

func ExampleRatio_RespondentsNeeded() {
	r, _ := PooledIndex(Moments{Respondents: 328, Answered: 1555, Satisfied: 1341, AA: 7485, AS: 6452, SS: 5873}, 0.95)
	m, _ := r.RespondentsNeeded(0.85, 0.95)
	fmt.Println(*m)
	// Output: 493
}

func BenchmarkPooledIndex(b *testing.B) {
	m := Moments{Respondents: 328, Answered: 1555, Satisfied: 1341, AA: 7485, AS: 6452, SS: 5873}
	for b.Loop() {
		r, _ := PooledIndex(m, 0.95)
		r.Compare(0.85, 0.95)
		r.RespondentsNeeded(0.85, 0.95)
	}
}
