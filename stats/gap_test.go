package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func pairsOf(expectation, experience []int64) (pairs [5][5]int64) {
	for i, e := range expectation {
		pairs[e-1][experience[i]-1]++
	}
	return pairs
}

func TestExpectationGapAgainstR(t *testing.T) {
	eachVector(t, "17f_expectation_gap.csv", func(v vector) {
		g := ok[Gap](v.t)(ExpectationGap(pairsOf(v.ints("expectation"), v.ints("experience")), 0.95))
		n := float64(g.N)
		v.want("n", &n, 0)
		v.want("mean_gap", g.Mean, 1e-12)
		v.want("sd", g.SD, 1e-12)
		v.want("t", g.T, 1e-12)
		v.want("df", &g.DF, 0)
		v.want("p", g.P, 1e-10)
		v.want("lo95", lower(g.Interval), 1e-10)
		v.want("hi95", upper(g.Interval), 1e-10)
	})
}

// Against an expectation everybody shares, the gap is the mean score moved.
func TestGapToASharedExpectationIsTheScore(t *testing.T) {
	counts := [5]int64{10, 20, 30, 25, 15}
	g := ok[Gap](t)(ExpectationGap([5][5]int64{3: counts}, 0.9))
	s := ok[Score](t)(MeanScore(counts, 0.9))
	wantNear(t, "mean", g.Mean, float(*s.Mean-4), 1e-14)
	wantNear(t, "se", g.SE, s.SE, 1e-14)
	wantNear(t, "lower", lower(g.Interval), float(s.Interval.Lower-4), 1e-12)
}

func TestExpectationGapMirrors(t *testing.T) {
	expectation, experience := []int64{5, 5, 4, 5, 4, 1}, []int64{4, 5, 4, 3, 5, 2}
	a := ok[Gap](t)(ExpectationGap(pairsOf(expectation, experience), 0.95))
	b := ok[Gap](t)(ExpectationGap(pairsOf(experience, expectation), 0.95))
	wantNear(t, "mean", a.Mean, float(-*b.Mean), 0)
	wantNear(t, "p", a.P, b.P, 0)
	wantNear(t, "lower", lower(a.Interval), float(-b.Interval.Upper), 0)
}

func TestExpectationGapEdges(t *testing.T) {
	if g := ok[Gap](t)(ExpectationGap([5][5]int64{}, 0.95)); g.Mean != nil || g.Interval != nil {
		t.Errorf("nobody: %+v", g)
	}
	if g := ok[Gap](t)(ExpectationGap(pairsOf([]int64{5}, []int64{3}), 0.95)); *g.Mean != -2 || g.SD != nil || g.Interval != nil {
		t.Errorf("one pair: %+v", g)
	}
	// The sums of squares nearly cancel: the spread must still be none.
	g := ok[Gap](t)(ExpectationGap([5][5]int64{4: {3: maxCount}}, 0.95))
	if *g.Mean != -1 || *g.SE != 0 || g.T != nil || g.P != nil || g.Interval.Lower != -1 {
		t.Errorf("equal gaps: %+v", g)
	}
	for name, err := range map[string]error{
		"negative": second(ExpectationGap([5][5]int64{2: {1: -1}}, 0.95)),
		"too many": second(ExpectationGap([5][5]int64{2: {1: math.MaxInt64}}, 0.95)),
		"conf":     second(ExpectationGap([5][5]int64{}, 1)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzExpectationGap(f *testing.F) {
	f.Add(int64(3), int64(0), int64(4), int64(9), 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(0), math.NaN())
	f.Add(int64(1)<<38, int64(0), int64(1), int64(1)<<38, 1-1e-16)
	f.Add(int64(math.MaxInt64), int64(math.MinInt64), int64(-1), int64(1), 1e-300)
	f.Fuzz(func(t *testing.T, a, b, c, d int64, conf float64) {
		g, err := ExpectationGap([5][5]int64{0: {4: a}, 2: {2: b}, 3: {2: c}, 4: {0: d}}, conf)
		wantNumbers(t, g, err)
	})
}

func ExampleExpectationGap() {
	var pairs [5][5]int64
	pairs[4][3] = 30 // expected 5, experienced 4
	pairs[4][4] = 60
	pairs[3][4] = 10
	g, _ := ExpectationGap(pairs, 0.95)
	fmt.Printf("%.2f, from %.2f to %.2f\n", *g.Mean, g.Interval.Lower, g.Interval.Upper)
	// Output: -0.20, from -0.32 to -0.08
}
