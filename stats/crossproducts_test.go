package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// productsOf adds an outcome and predictors case by case.
func productsOf(outcome []float64, predictors [][]float64) *CrossProducts {
	c := NewCrossProducts(1 + len(predictors))
	for i := range outcome {
		c.Add(caseOf(i, outcome, predictors), 1)
	}
	return c
}

func caseOf(i int, outcome []float64, predictors [][]float64) []float64 {
	values := []float64{outcome[i]}
	for _, column := range predictors {
		values = append(values, column[i])
	}
	return values
}

func samePointers(t *testing.T, what string, got, want *float64, tolerance float64) {
	t.Helper()
	if (got == nil) != (want == nil) {
		t.Errorf("%s: %v, want %v", what, got, want)
	} else if got != nil {
		sameNumber(t, what, *got, *want, tolerance)
	}
}

// TestCrossProductsGiveWhatCasesDo compares everything with what the columns give.
func TestCrossProductsGiveWhatCasesDo(t *testing.T) {
	for _, p := range []int{1, 3, 5, 14} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			outcome, columns := related(250, p)
			constant := make([]float64, len(outcome))
			for i := range constant {
				constant[i] = 3.7
			}
			columns = append(columns, constant)
			c := productsOf(outcome, columns)
			got, want := c.Importance(), ok[Importance](t)(RelativeImportance(outcome, columns))
			samePointers(t, "R²", got.R2, want.R2, 1e-9)
			if got.N != want.N || !slices.Equal(got.Cautions, want.Cautions) {
				t.Errorf("%d %v, want %d %v", got.N, got.Cautions, want.N, want.Cautions)
			}
			for j, w := range want.Predictors {
				g := got.Predictors[j]
				for i, pair := range [][2]*float64{{g.LMG, w.LMG}, {g.Johnson, w.Johnson}, {g.First, w.First}, {g.Last, w.Last}, {g.Beta, w.Beta}, {g.VIF, w.VIF}} {
					samePointers(t, fmt.Sprint("predictor ", j, " part ", i), pair[0], pair[1], 1e-8)
				}
			}
			var sum float64
			for _, share := range got.Shares() {
				sum += share
			}
			sameNumber(t, "sum of shares", sum, 1, 1e-9)
			pearson := ok[Correlation](t)(Pearson(outcome, columns[0], 0.95))
			samePointers(t, "correlation", c.Correlation(0, 1), pearson.Value, 1e-10)
			samePointers(t, "of a constant", c.Correlation(0, p+1), nil, 0)
			reliability := ok[Reliability](t)(CronbachAlpha([][]float64{outcome, columns[0]}, 0.95))
			samePointers(t, "alpha", c.Alpha(0, 1), reliability.Alpha, 1e-10)
		})
	}
	nothing := NewCrossProducts(3)
	if i := nothing.Importance(); i.R2 != nil || i.Shares() != nil || nothing.Alpha(1, 2) != nil || nothing.Correlation(0, 1) != nil {
		t.Errorf("of no cases %+v", i)
	}
	one := productsOf([]float64{1, 2}, [][]float64{{1, 3}})
	if one.Alpha(0) != nil {
		t.Error("one item has an alpha")
	}
}

// TestFrequenciesAreCases: n equal cases are n cases, as groups together are their cases.
func TestFrequenciesAreCases(t *testing.T) {
	outcome, columns := related(60, 2)
	once, apart, together := NewCrossProducts(3), NewCrossProducts(3), NewCrossProducts(3)
	for i := range outcome {
		once.Add(caseOf(i, outcome, columns), 3)
		for range 3 {
			apart.Add(caseOf(i, outcome, columns), 1)
		}
	}
	together.PlusTimes(productsOf(outcome, columns), 3)
	for name, c := range map[string]*CrossProducts{"once": once, "together": together} {
		sameNumber(t, name, c.Cases(), apart.Cases(), 0)
		samePointers(t, name, c.Importance().R2, apart.Importance().R2, 1e-12)
	}
}

// dealt deals cases into groups at random.
func dealt(outcome []float64, predictors [][]float64, groups int, random *rand.Rand) []*CrossProducts {
	hands := make([]*CrossProducts, groups)
	for i := range hands {
		hands[i] = NewCrossProducts(1 + len(predictors))
	}
	for k, i := range random.Perm(len(outcome)) {
		hands[k%groups].Add(caseOf(i, outcome, predictors), 1)
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
	shares := productsOf(outcome, columns).Importance().Shares()
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

func ExampleCrossProducts() {
	c := NewCrossProducts(3) // overall, waiting, manner
	for _, answers := range [][]float64{{5, 5, 4}, {4, 4, 5}, {4, 3, 4}, {3, 3, 4}, {5, 5, 5}, {2, 2, 3}, {4, 4, 4}, {5, 4, 5}, {3, 2, 4}, {4, 4, 5}} {
		c.Add(answers, 1)
	}
	i := c.Importance()
	fmt.Printf("R² %.2f, of which waiting %.2f and manner %.2f; alpha of both %.2f\n", *i.R2, i.Shares()[0], i.Shares()[1], *c.Alpha(1, 2))
	// Output: R² 0.83, of which waiting 0.68 and manner 0.32; alpha of both 0.73
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
