package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func samePointers(t *testing.T, what string, got, want *float64, tolerance float64) {
	t.Helper()
	if (got == nil) != (want == nil) {
		t.Errorf("%s: %v, want %v", what, got, want)
	} else if got != nil {
		sameNumber(t, what, *got, *want, tolerance)
	}
}

// TestCrossProductsGiveWhatCasesDo compares with what goes over the cases twice, and with
// the same cases far from 0.
func TestCrossProductsGiveWhatCasesDo(t *testing.T) {
	for _, p := range []int{1, 3, 5, 14} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			outcome, columns := related(250, p)
			constant, far := make([]float64, len(outcome)), make([][]float64, p)
			for i := range constant {
				constant[i] = 3.7
			}
			for j := range far {
				for i, x := range columns[j] {
					// Levels keep every digit there.
					columns[j][i] = math.Round(8*x) / 8
					far[j] = append(far[j], 1e12+columns[j][i])
				}
			}
			c := crossProductsOf(columnsWith(outcome, append(columns, constant)))
			for j, column := range columns {
				pearson := ok[Correlation](t)(Pearson(outcome, column, 0.95))
				samePointers(t, "correlation", c.Correlation(0, 1+j), pearson.Value, 1e-12)
			}
			samePointers(t, "of a constant", c.Correlation(0, p+1), nil, 0)
			near := c.Importance()
			if g := near.Predictors[p]; g != (Predictor{}) {
				t.Errorf("a constant has the part %+v", g)
			}
			away := crossProductsOf(columnsWith(outcome, far)).Importance()
			samePointers(t, "R² far from 0", away.R2, near.R2, 1e-4)
		})
	}
}

// TestColumnsThatDoNotVary: however often the same number is added, in whatever groups.
func TestColumnsThatDoNotVary(t *testing.T) {
	whole := NewCrossProducts(2)
	for i := range 50 {
		group := NewCrossProducts(2)
		for k := range 1000 {
			group.Add([]float64{float64(k % 5), 11.0 / 3}, 1)
		}
		whole.PlusTimes(group, float64(i%4))
	}
	samePointers(t, "constant", whole.Correlation(0, 1), nil, 0)
	for name, x := range map[string]float64{"NaN": math.NaN(), "infinite": math.Inf(1), "beyond squaring": 1e200} {
		c := crossProductsOf([][]float64{{1, 2, 3, 4}, {2, 1, 4, 3}, {1, x, -x, 2}})
		samePointers(t, name, c.Correlation(0, 2), nil, 0)
		samePointers(t, name+", the others", c.Correlation(0, 1), new(0.6), 1e-12)
		samePointers(t, name+", alpha", c.Alpha(0, 1, 2), nil, 0)
		if i := c.Importance(); !slices.Equal(i.Shares(), []float64{1, 0}) {
			t.Errorf("%s: shares %v", name, i.Shares())
		}
	}
	nothing := NewCrossProducts(3)
	nothing.Add([]float64{1, 2, 3}, 0)
	nothing.PlusTimes(NewCrossProducts(3), 2)
	if i := nothing.Importance(); i.R2 != nil || i.Shares() != nil || nothing.Alpha(1, 2) != nil || nothing.Correlation(0, 1) != nil {
		t.Errorf("of no cases %+v", i)
	}
	if none := NewCrossProducts(0).Importance(); none.R2 != nil || len(none.Predictors) != 0 {
		t.Errorf("of no columns %+v", none)
	}
	one := crossProductsOf([][]float64{{1, 2}, {1, 3}})
	samePointers(t, "alpha of one item", one.Alpha(0), nil, 0)
}

// TestCopiesHaveNoIntervals: they share evenly in every draw, but for rounding.
func TestCopiesHaveNoIntervals(t *testing.T) {
	outcome, columns := related(300, 1)
	copies := [][]float64{columns[0], columns[0], make([]float64, len(outcome))}
	for i, x := range columns[0] {
		copies[2][i] = 0.1 + 3*x
	}
	groups := dealt(outcome, copies, 100, rand.New(rand.NewPCG(1, 1)))
	for j, interval := range ok[[]*Interval](t)(ShareIntervals(groups, 0.95, 100, 1)) {
		if interval != nil {
			t.Errorf("copy %d has the interval %+v", j, *interval)
		}
	}
}

// TestFrequenciesAreCases: n equal cases are n cases, as groups together are their cases.
func TestFrequenciesAreCases(t *testing.T) {
	outcome, columns := related(60, 2)
	once, apart, together := NewCrossProducts(3), NewCrossProducts(3), NewCrossProducts(3)
	for i, values := range rowsOf(columnsWith(outcome, columns)) {
		once.Add(values, 3)
		for range 3 {
			apart.Add(values, 1)
		}
		if i%20 == 19 {
			together.PlusTimes(crossProductsOf([][]float64{outcome[i-19 : i+1], columns[0][i-19 : i+1], columns[1][i-19 : i+1]}), 3)
		}
	}
	for name, c := range map[string]*CrossProducts{"once": once, "together": together} {
		sameNumber(t, name, c.Cases(), apart.Cases(), 0)
		samePointers(t, name, c.Importance().R2, apart.Importance().R2, 1e-12)
		samePointers(t, name, c.Alpha(1, 2), apart.Alpha(1, 2), 1e-12)
	}
}

// dealt deals cases into groups at random.
func dealt(outcome []float64, predictors [][]float64, groups int, random *rand.Rand) []*CrossProducts {
	hands := make([]*CrossProducts, groups)
	for i := range hands {
		hands[i] = NewCrossProducts(1 + len(predictors))
	}
	cases := rowsOf(columnsWith(outcome, predictors))
	for k, i := range random.Perm(len(cases)) {
		hands[k%groups].Add(cases[i], 1)
	}
	return hands
}

// TestShareIntervalsHoldTogether: of five predictors that are all alike each has a fifth,
// and in about nineteen of twenty samples all five intervals hold it.
func TestShareIntervalsHoldTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	const samples, cases = 100, 1000
	hold := 0
	for range samples {
		outcome, columns := make([]float64, cases), make([][]float64, 5)
		for j := range columns {
			columns[j] = make([]float64, cases)
		}
		for i := range outcome {
			halo := random.NormFloat64()
			outcome[i] = halo + random.NormFloat64()
			for j := range columns {
				columns[j][i] = halo + random.NormFloat64()
			}
		}
		all := true
		for _, interval := range ok[[]*Interval](t)(ShareIntervals(dealt(outcome, columns, 200, random), 0.95, 300, 1)) {
			all = all && interval.Lower <= 0.2 && 0.2 <= interval.Upper
		}
		if all {
			hold++
		}
	}
	if rate := float64(hold) / samples; rate < 0.90 {
		t.Errorf("all five hold in %.0f%% of the samples", 100*rate)
	}
}

// TestShareIntervals: the same seed gives the same, a constant has none, and groups give
// what single cases do but for a few percent.
func TestShareIntervals(t *testing.T) {
	outcome, columns := related(1000, 3)
	columns = append(columns, make([]float64, len(outcome)))
	random := rand.New(rand.NewPCG(2, 2))
	cases, groups := dealt(outcome, columns, len(outcome), random), dealt(outcome, columns, 250, random)
	byCase := ok[[]*Interval](t)(ShareIntervals(cases, 0.95, 1000, 1))
	byGroup := ok[[]*Interval](t)(ShareIntervals(groups, 0.95, 1000, 1))
	again := ok[[]*Interval](t)(ShareIntervals(groups, 0.95, 1000, 1))
	shares := crossProductsOf(columnsWith(outcome, columns)).Importance().Shares()
	for j := range 3 {
		if *byGroup[j] != *again[j] {
			t.Errorf("the same seed gave %+v and %+v", *byGroup[j], *again[j])
		}
		if width, want := byGroup[j].Upper-byGroup[j].Lower, byCase[j].Upper-byCase[j].Lower; math.Abs(width/want-1) > 0.15 {
			t.Errorf("predictor %d: %v wide, by cases %v", j, width, want)
		}
		if !(byCase[j].Lower < shares[j] && shares[j] < byCase[j].Upper) {
			t.Errorf("predictor %d: %v in %+v", j, shares[j], *byCase[j])
		}
	}
	if byGroup[3] != nil {
		t.Errorf("a constant has the interval %+v", *byGroup[3])
	}
	if none := ok[[]*Interval](t)(ShareIntervals([]*CrossProducts{NewCrossProducts(3)}, 0.95, 10, 1)); none[0] != nil || none[1] != nil {
		t.Errorf("of no cases %v", none)
	}
	for name, call := range map[string]func() error{
		"no groups": func() error { _, err := ShareIntervals(nil, 0.95, 10, 1); return err },
		"columns": func() error {
			_, err := ShareIntervals([]*CrossProducts{NewCrossProducts(2), NewCrossProducts(3)}, 0.95, 10, 1)
			return err
		},
		"resamples":     func() error { _, err := ShareIntervals(groups, 0.95, 0, 1); return err },
		"conf":          func() error { _, err := ShareIntervals(groups, 1, 10, 1); return err },
		"ragged counts": func() error { _, _, err := RankCorrelations([][]int64{{1, 2}, {1}}); return err },
		"counts":        func() error { _, _, err := RankCorrelations([][]int64{{-1}}); return err },
		"sum of counts": func() error { _, _, err := RankCorrelations([][]int64{{maxCount, 1}}); return err },
		"rho":           func() error { _, err := SpearmanInterval(math.NaN(), 10, 0.95); return err },
		"rho conf":      func() error { _, err := SpearmanInterval(0, 10, 0); return err },
	} {
		if err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRankCorrelationsOfATable compares random tables with their cases.
func TestRankCorrelationsOfATable(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	for range 40 {
		table := make([][]int64, 1+random.IntN(6))
		columns := 1 + random.IntN(5)
		var x, y []float64
		for i := range table {
			table[i] = make([]int64, columns)
			for j := range table[i] {
				table[i][j] = max(0, int64(random.IntN(12))-4)
				for range table[i][j] {
					x, y = append(x, float64(i)), append(y, float64(j))
				}
			}
		}
		spearman, kendall, err := RankCorrelations(table)
		if err != nil {
			t.Fatal(err)
		}
		if spearman.N != len(x) || kendall.N != len(x) {
			t.Errorf("%d and %d cases, want %d", spearman.N, kendall.N, len(x))
		}
		samePointers(t, fmt.Sprint("spearman of ", table), spearman.Value, ok[Correlation](t)(Spearman(x, y)).Value, 1e-12)
		samePointers(t, fmt.Sprint("kendall of ", table), kendall.Value, ok[Correlation](t)(Kendall(x, y)).Value, 1e-12)
	}
	// A million million cases of which nearly all are alike: C−D = n−4, and both differ in 2(n−2) pairs.
	_, kendall, err := RankCorrelations([][]int64{{maxCount - 3, 1}, {1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	sameNumber(t, "nearly all alike", *kendall.Value, 0.5*(maxCount-4)/(maxCount-2), 1e-12)
}

func TestSpearmanInterval(t *testing.T) {
	// By hand: z = 1.959963985, atanh 0.5 = 0.549306144, √(1.125/97) = 0.107693721.
	interval, err := SpearmanInterval(0.5, 100, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	sameNumber(t, "lower", interval.Lower, math.Tanh(0.549306144-1.959963985*0.107693721), 1e-8)
	sameNumber(t, "upper", interval.Upper, math.Tanh(0.549306144+1.959963985*0.107693721), 1e-8)
	if few, err := SpearmanInterval(0.5, 3, 0.95); few != nil || err != nil {
		t.Errorf("of three cases %v, %v", few, err)
	}
	if perfect, err := SpearmanInterval(1, 9, 0.95); err != nil || perfect.Lower != 1 || perfect.Upper != 1 {
		t.Errorf("perfect: %v, %v", perfect, err)
	}
}

func FuzzCrossProducts(f *testing.F) {
	f.Add(5.0, 4.0, 3.0, 4.0, 2.0, 1.0, byte(1), byte(1), byte(1), 0.95)
	f.Add(math.NaN(), math.Inf(1), math.Inf(-1), 0.0, 1.0, 2.0, byte(1), byte(2), byte(3), 0.5)
	f.Add(1e308, -1e308, 1e154, -1e154, 5e-324, 1e-170, byte(255), byte(1), byte(9), 1-1e-16)
	f.Add(1e15, 1e15+1, 1e15+2, 3.7, 3.7, 1e-8, byte(7), byte(0), byte(2), 1e-300)
	f.Add(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, byte(0), byte(0), byte(0), 0.0)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g float64, n, m, times byte, conf float64) {
		groups := []*CrossProducts{NewCrossProducts(4), NewCrossProducts(4), NewCrossProducts(4)}
		groups[0].Add([]float64{a, b, c, d}, float64(n))
		groups[0].Add([]float64{b, d, e, a}, float64(m))
		groups[1].Add([]float64{c, e, g, a}, float64(m))
		groups[1].Add([]float64{d, a, b, g}, 1)
		groups[2].Add([]float64{e, g, d, g}, float64(n))
		groups[2].Add([]float64{g, c, g, b}, 1)
		whole := NewCrossProducts(4)
		for _, group := range groups {
			whole.PlusTimes(group, float64(times))
		}
		wantNumbers(t, []float64{whole.Cases()}, nil)
		for i := range 4 {
			r := whole.Correlation(0, i)
			wantNumbers(t, r, nil)
			if r != nil && math.Abs(*r) > 1 {
				t.Errorf("correlation %v", *r)
			}
		}
		alpha := whole.Alpha(1, 2, 3)
		wantNumbers(t, alpha, nil)
		if alpha != nil && *alpha > 1+1e-9 {
			t.Errorf("alpha %v", *alpha)
		}
		importance := whole.Importance()
		wantNumbers(t, importance, nil)
		if r := importance.R2; r != nil && (*r < 0 || *r > 1) {
			t.Errorf("R² %v", *r)
		}
		shares, sum := importance.Shares(), 0.0
		for _, share := range shares {
			sum += share
		}
		if shares != nil && !(math.Abs(sum-1) < 1e-9) {
			t.Errorf("shares %v", shares)
		}
		intervals, err := ShareIntervals(groups, conf, 5, uint64(times))
		wantNumbers(t, intervals, err)
	})
}

func FuzzRankCorrelations(f *testing.F) {
	f.Add(int64(20), int64(5), int64(6), int64(30), int64(1), int64(9), 0.5, int64(100), 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), math.NaN(), int64(0), math.NaN())
	f.Add(int64(maxCount-4), int64(1), int64(1), int64(1), int64(0), int64(1), 1.0, int64(math.MaxInt64), 1-1e-16)
	f.Add(int64(math.MaxInt64), int64(-1), int64(1), int64(1), int64(0), int64(1), math.Inf(-1), int64(math.MinInt64), 1e-300)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g int64, rho float64, n int64, conf float64) {
		spearman, kendall, err := RankCorrelations([][]int64{{a, b, c}, {d, e, g}})
		for _, r := range []Correlation{spearman, kendall} {
			wantNumbers(t, r, err)
			if r.Value != nil && math.Abs(*r.Value) > 1 {
				t.Errorf("correlation %v", *r.Value)
			}
		}
		interval, err := SpearmanInterval(rho, n, conf)
		wantNumbers(t, interval, err)
	})
}

func ExampleShareIntervals() {
	random := rand.New(rand.NewPCG(1, 1))
	groups := make([]*CrossProducts, 100)
	for i := range groups {
		groups[i] = NewCrossProducts(3) // overall, waiting, manner
		for range 10 {
			waiting, manner := random.NormFloat64(), random.NormFloat64()
			groups[i].Add([]float64{2*waiting + manner + random.NormFloat64(), waiting, manner}, 1)
		}
	}
	intervals, _ := ShareIntervals(groups, 0.95, 200, 1)
	fmt.Println(intervals[0].Lower > 0.5, intervals[1].Upper < 0.5)
	// Output: true true
}

func ExampleSpearmanInterval() {
	interval, _ := SpearmanInterval(0.5, 100, 0.95)
	fmt.Printf("%.2f to %.2f\n", interval.Lower, interval.Upper)
	// Output: 0.33 to 0.64
}

// ratings are levels of overall, waiting and manner.
var ratings = [][]float64{{5, 5, 4}, {4, 4, 5}, {4, 3, 4}, {3, 3, 4}, {5, 5, 5}, {2, 2, 3}, {4, 4, 4}, {5, 4, 5}, {3, 2, 4}, {4, 4, 5}}

func ExampleNewCrossProducts() {
	c := NewCrossProducts(3)
	for _, levels := range ratings {
		c.Add(levels, 1)
	}
	fmt.Println(c.Cases())
	// Output: 10
}

func ExampleCrossProducts_PlusTimes() {
	day, week := NewCrossProducts(2), NewCrossProducts(2)
	day.Add([]float64{5, 4}, 3)
	day.Add([]float64{2, 3}, 1)
	week.PlusTimes(day, 5)
	fmt.Println(week.Cases(), *week.Correlation(0, 1))
	// Output: 20 1
}

func ExampleCrossProducts_Correlation() {
	c := NewCrossProducts(3)
	for _, levels := range ratings {
		c.Add(levels, 1)
	}
	fmt.Printf("%.2f\n", *c.Correlation(0, 1))
	// Output: 0.89
}

func ExampleCrossProducts_Alpha() {
	c := NewCrossProducts(3)
	for _, levels := range ratings {
		c.Add(levels, 1)
	}
	fmt.Printf("%.2f\n", *c.Alpha(1, 2))
	// Output: 0.73
}

func ExampleCrossProducts_Importance() {
	c := NewCrossProducts(3)
	for _, levels := range ratings {
		c.Add(levels, 1)
	}
	i := c.Importance()
	fmt.Printf("R² %.2f: waiting %.2f, manner %.2f\n", *i.R2, *i.Predictors[0].LMG, *i.Predictors[1].LMG)
	// Output: R² 0.83: waiting 0.56, manner 0.27
}

func ExampleImportance_Shares() {
	c := NewCrossProducts(3)
	for _, levels := range ratings {
		c.Add(levels, 1)
	}
	fmt.Printf("%.2f\n", c.Importance().Shares())
	// Output: [0.68 0.32]
}

func ExampleRankCorrelations() {
	spearman, kendall, _ := RankCorrelations([][]int64{{20, 5, 1}, {6, 30, 9}, {1, 8, 40}})
	fmt.Printf("%.2f %.2f\n", *spearman.Value, *kendall.Value)
	// Output: 0.74 0.71
}

func BenchmarkShareIntervals(b *testing.B) {
	for _, p := range []int{5, 19} {
		b.Run(fmt.Sprint(p), func(b *testing.B) {
			outcome, columns := related(5000, p)
			groups := dealt(outcome, columns, 250, rand.New(rand.NewPCG(1, 1)))
			for b.Loop() {
				if _, err := ShareIntervals(groups, 0.95, 400, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
