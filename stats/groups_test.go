package stats

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// cells are the numbers of one input of a group test, group by group.
func cells(t *testing.T, text string) (groups [][]int64) {
	t.Helper()
	for group := range strings.SplitSeq(text, "|") {
		_, list, named := strings.Cut(group, "=")
		if !named {
			list = group
		}
		var counts []int64
		for cell := range strings.SplitSeq(list, ";") {
			x, err := strconv.ParseInt(cell, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			counts = append(counts, x)
		}
		groups = append(groups, counts)
	}
	return groups
}

func countsOf(successes, n []int64) (counts []Count) {
	for i := range n {
		counts = append(counts, Count{successes[i], n[i]})
	}
	return counts
}

func TestGroupTestsAgainstR(t *testing.T) {
	eachVector(t, "10b_group_tests.csv", func(v vector) {
		var test Test
		first := cells(v.t, v.text("input1"))
		switch v.text("test") {
		case "k_sample_chisq":
			test = ok[Test](v.t)(ChiSquareTest(countsOf(first[0], v.ints("input2"))))
		case "cochran_armitage_trend":
			test = ok[Test](v.t)(CochranArmitage(countsOf(first[0], v.ints("input2")), v.floats("input3")))
		case "cmh_two_groups_over_strata":
			other := cells(v.t, v.text("input2"))
			var strata [][2]Count
			for i, a := range countsOf(first[0], first[1]) {
				strata = append(strata, [2]Count{a, {other[0][i], other[1][i]}})
			}
			result := ok[StratifiedTest](v.t)(CochranMantelHaenszel(strata))
			_, text, _ := strings.Cut(v.text("input3"), "common_or=")
			ratio, err := strconv.ParseFloat(text, 64)
			if err != nil {
				v.t.Fatal(err)
			}
			wantNear(v.t, "odds ratio", result.OddsRatio, &ratio, 1e-12)
			test = result.Test
		case "mann_whitney_cc":
			test = ok[Test](v.t)(MannWhitney(first[0], v.ints("input2"), true))
		case "mann_whitney_nocc":
			test = ok[Test](v.t)(MannWhitney(first[0], v.ints("input2"), false))
		case "kruskal_wallis":
			test = ok[Test](v.t)(KruskalWallis(first))
		default:
			v.t.Fatalf("unknown test %q", v.text("test"))
		}
		v.want("statistic", test.Statistic, 1e-12)
		v.want("p_value", test.P, 1e-12)
		if df := v.maybe("df"); df != nil {
			v.want("df", &test.DF, 0)
		}
	})
}

// Two groups are the simplest case of every test of several.
func TestGroupTestsOfTwo(t *testing.T) {
	a, b := Count{90, 100}, Count{171, 210}
	z := *ok[Test](t)(DifferenceTest(proportion(t, a, 0.95), proportion(t, b, 0.95))).Statistic
	square := z * z
	wantNear(t, "chi square", ok[Test](t)(ChiSquareTest([]Count{a, b, {}})).Statistic, &square, 1e-12)
	wantNear(t, "trend", ok[Test](t)(CochranArmitage([]Count{a, b}, []float64{7, -3})).Statistic, &square, 1e-12)
	// Mantel and Haenszel divide by n−1 where the others divide by n.
	less := square * 309 / 310
	wantNear(t, "one stratum", ok[StratifiedTest](t)(CochranMantelHaenszel([][2]Count{{a, b}})).Statistic, &less, 1e-12)

	high, low := []int64{1, 0, 4, 9, 20}, []int64{3, 5, 4, 8, 9}
	u := ok[Test](t)(MannWhitney(high, low, false))
	h := ok[Test](t)(KruskalWallis([][]int64{high, low, make([]int64, 5)}))
	wantNear(t, "ranks", h.P, u.P, 1e-12)
}

func TestMannWhitneyCountsPairs(t *testing.T) {
	a, b := []int64{1, 0, 4, 9, 20}, []int64{3, 5, 4, 8, 9}
	pairs := 0.0
	for i, x := range a {
		for j, y := range b {
			switch {
			case i > j:
				pairs += float64(x * y)
			case i == j:
				pairs += float64(x*y) / 2
			}
		}
	}
	wantNear(t, "U", ok[Test](t)(MannWhitney(a, b, true)).Statistic, &pairs, 0)
	all := float64(34 * 29)
	wantNear(t, "U of the other", ok[Test](t)(MannWhitney(b, a, true)).Statistic, float(all-pairs), 0)
}

func TestTrendDoesNotCareForTheUnitOfScores(t *testing.T) {
	groups := []Count{{83, 86}, {90, 93}, {129, 136}, {70, 82}}
	want := ok[Test](t)(CochranArmitage(groups, []float64{1, 2, 3, 4}))
	for _, scores := range [][]float64{{-3, -1, 1, 3}, {4e300, 3e300, 2e300, 1e300}, {2026, 2027, 2028, 2029}} {
		wantNear(t, fmt.Sprint(scores), ok[Test](t)(CochranArmitage(groups, scores)).Statistic, want.Statistic, 1e-9)
	}
}

func TestGroupTestEdges(t *testing.T) {
	some, none := Count{9, 10}, Count{}
	for name, test := range map[string]Test{
		"no groups":               ok[Test](t)(ChiSquareTest(nil)),
		"one group":               ok[Test](t)(ChiSquareTest([]Count{some, none})),
		"all satisfied":           ok[Test](t)(ChiSquareTest([]Count{{3, 3}, {5, 5}})),
		"trend, no groups":        ok[Test](t)(CochranArmitage(nil, nil)),
		"trend, same scores":      ok[Test](t)(CochranArmitage([]Count{some, {3, 10}}, []float64{0.1, 0.1})),
		"trend, scores of 0":      ok[Test](t)(CochranArmitage([]Count{some, {3, 10}}, []float64{0, 0})),
		"trend, all dissatisfied": ok[Test](t)(CochranArmitage([]Count{{0, 4}, {0, 10}}, []float64{1, 2})),
		"no strata":               ok[StratifiedTest](t)(CochranMantelHaenszel(nil)).Test,
		"strata of one group":     ok[StratifiedTest](t)(CochranMantelHaenszel([][2]Count{{some, none}, {none, some}})).Test,
		"ranks of nobody":         ok[Test](t)(MannWhitney([]int64{0, 0}, []int64{1, 2}, true)),
		"ranks of one group":      ok[Test](t)(KruskalWallis([][]int64{{0, 0}, {1, 2}})),
		"no ranks":                ok[Test](t)(KruskalWallis(nil)),
		"ranks all equal":         ok[Test](t)(KruskalWallis([][]int64{{0, 3}, {0, 2}})),
	} {
		if test.Statistic != nil || test.P != nil {
			t.Errorf("%s: %v, p %v", name, show(test.Statistic), show(test.P))
		}
	}
	if test := ok[Test](t)(MannWhitney([]int64{0, 3}, []int64{0, 2}, true)); *test.Statistic != 3 || test.P != nil {
		t.Errorf("equal answers: U %v, p %v", *test.Statistic, show(test.P))
	}
	nobodyFails := ok[StratifiedTest](t)(CochranMantelHaenszel([][2]Count{{{5, 5}, {3, 9}}}))
	if nobodyFails.OddsRatio != nil || nobodyFails.P == nil {
		t.Errorf("odds ratio %v where one group never fails", show(nobodyFails.OddsRatio))
	}
	for name, err := range map[string]error{
		"counts":       second(ChiSquareTest([]Count{{2, 1}})),
		"sum":          second(ChiSquareTest([]Count{{1, maxCount}, {1, 1}})),
		"scores":       second(CochranArmitage([]Count{some}, nil)),
		"score":        second(CochranArmitage([]Count{some}, []float64{math.Inf(1)})),
		"trend counts": second(CochranArmitage([]Count{{2, 1}}, []float64{1})),
		"strata":       second(CochranMantelHaenszel([][2]Count{{{2, 1}, some}})),
		"levels":       second(MannWhitney([]int64{1}, []int64{1, 2}, false)),
		"level":        second(KruskalWallis([][]int64{{1, -1}})),
		"level sum":    second(KruskalWallis([][]int64{{maxCount}, {1}})),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzGroupTests(f *testing.F) {
	f.Add(int64(83), int64(86), int64(90), int64(93), int64(129), int64(136), 1.0, 2.0)
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), math.NaN(), math.Inf(1))
	f.Add(int64(1), int64(1)<<38, int64(1)<<37, int64(1)<<37, int64(0), int64(1), 5e-324, 1.7e308)
	f.Add(int64(-1), int64(math.MaxInt64), int64(math.MinInt64), int64(3), int64(4), int64(9), -1e308, 1e308)
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2, k3, n3 int64, s1, s2 float64) {
		groups := []Count{{k1, n1}, {k2, n2}, {k3, n3}}
		test, err := ChiSquareTest(groups)
		wantNumbers(t, test, err)
		var estimates []Estimate
		for _, g := range groups {
			if e, err := ProportionInterval(Wilson, g.Successes, g.N, 0.95); err == nil {
				estimates = append(estimates, e)
			}
		}
		test, err = HomogeneityTest(estimates)
		wantNumbers(t, test, err)
		test, err = CochranArmitage(groups, []float64{s1, s2, 0})
		wantNumbers(t, test, err)
		stratified, err := CochranMantelHaenszel([][2]Count{{groups[0], groups[1]}, {groups[1], groups[2]}})
		wantNumbers(t, stratified, err)
		for _, continuity := range []bool{true, false} {
			test, err = MannWhitney([]int64{k1, k2, k3}, []int64{n1, n2, n3}, continuity)
			wantNumbers(t, test, err)
		}
		test, err = KruskalWallis([][]int64{{k1, k2, k3}, {n1, n2, n3}, {k1, n2, k3}})
		wantNumbers(t, test, err)
	})
}

func ExampleChiSquareTest() {
	test, _ := ChiSquareTest([]Count{{850, 1000}, {870, 1000}, {884, 1000}, {902, 1000}})
	fmt.Printf("χ² %.2f, p %.4f\n", *test.Statistic, *test.P)
	// Output: χ² 13.40, p 0.0038
}

func ExampleCochranArmitage() {
	quarters := []Count{{850, 1000}, {870, 1000}, {884, 1000}, {902, 1000}}
	test, _ := CochranArmitage(quarters, []float64{1, 2, 3, 4})
	fmt.Printf("χ² %.2f, p %.4f\n", *test.Statistic, *test.P)
	// Output: χ² 13.35, p 0.0003
}

func ExampleCochranMantelHaenszel() {
	// Two agencies in two fields.
	test, _ := CochranMantelHaenszel([][2]Count{{{450, 500}, {420, 480}}, {{200, 240}, {150, 200}}})
	fmt.Printf("odds ratio %.2f, p %.3f\n", *test.OddsRatio, *test.P)
	// Output: odds ratio 1.43, p 0.019
}

func ExampleMannWhitney() {
	test, _ := MannWhitney([]int64{2, 3, 10, 40, 45}, []int64{5, 8, 12, 40, 35}, true)
	fmt.Printf("higher in %.1f %% of pairs, p %.3f\n", 100**test.Statistic/(100*100), *test.P)
	// Output: higher in 57.3 % of pairs, p 0.055
}

func ExampleKruskalWallis() {
	test, _ := KruskalWallis([][]int64{{2, 3, 10, 40, 45}, {5, 8, 12, 40, 35}, {1, 1, 5, 30, 20}})
	fmt.Printf("p %.3f\n", *test.P)
	// Output: p 0.143
}
