package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// smallDesign has two strata of two and three offices, a stage of records within, and uneven weights.
func smallDesign(t *testing.T, lonely LonelyRule) *SampleDesign {
	t.Helper()
	return ok[*SampleDesign](t)(NewSampleDesign(
		[]float64{2, 3, 2, 5, 4, 4, 6, 1, 2, 3}, lonely,
		SamplingStage{
			Strata:     strings.Split("aaaabbbbbb", ""),
			Clusters:   strings.Split("1122112233", ""),
			Population: []float64{5, 5, 5, 5, 8, 8, 8, 8, 8, 8},
		},
		SamplingStage{Population: []float64{20, 20, 30, 30, 7, 7, 9, 9, 4, 4}},
	))
}

var smallValues = []float64{1, 0, 1, 1, 0, 1, 1, 0, 0, 1}

func TestSimpleSampleIsTheTextbook(t *testing.T) {
	y := []float64{3, 7, 1, 4, 4, 9, 2, 6}
	design := ok[*SampleDesign](t)(NewSampleDesign(nil, LonelyFail, SamplingStage{Population: slices.Repeat([]float64{32}, 8)}))
	e := ok[DesignEstimate](t)(design.Mean(y, nil))
	mean, square := 0.0, 0.0
	for _, x := range y {
		mean += x / 8
	}
	for _, x := range y {
		square += (x - mean) * (x - mean) / 7
	}
	variance, one, df := square/8*(1-8.0/32), 1.0, 7.0
	wantNear(t, "mean", e.Value, &mean, 1e-12)
	wantNear(t, "variance", e.Variance, &variance, 1e-12)
	wantNear(t, "design effect", e.DesignEffect, &one, 1e-12)
	wantNear(t, "degrees of freedom", &e.DF, &df, 0)
	total := ok[DesignEstimate](t)(design.Total(y, nil))
	wantNear(t, "total", total.Value, new(32*mean), 1e-12)
	wantNear(t, "se of the total", total.SE, new(32**e.SE), 1e-12)
}

func TestRatioOfRespondentsIsThePooledIndex(t *testing.T) {
	satisfied, answered := []int64{5, 5, 4, 0, 5, 3, 2}, []int64{5, 5, 5, 5, 5, 4, 3}
	pooled := ok[Ratio](t)(PooledIndex(momentsOf(satisfied, answered), 0.95))
	var s, a []float64
	for i := range satisfied {
		s, a = append(s, float64(satisfied[i])), append(a, float64(answered[i]))
	}
	design := ok[*SampleDesign](t)(NewSampleDesign(slices.Repeat([]float64{3}, 7), LonelyFail, SamplingStage{}))
	e := ok[DesignEstimate](t)(design.Ratio(s, a, nil))
	wantNear(t, "ratio", e.Value, pooled.Value, 1e-12)
	wantNear(t, "variance", e.Variance, pooled.Variance, 1e-12)
}

// Weights of 0, a stage taken whole, other labels and another unit of the weights change nothing.
func TestWhatDoesNotMatterToADesign(t *testing.T) {
	strata, clusters := strings.Split("aaaabbbbbb", ""), strings.Split("1122112233", "")
	weights, population := []float64{2, 3, 2, 5, 4, 4, 6, 1, 2, 3}, []float64{5, 5, 5, 5, 8, 8, 8, 8, 8, 8}
	first := SamplingStage{Strata: strata, Clusters: clusters, Population: population}
	mean := func(weights, values []float64, stages ...SamplingStage) DesignEstimate {
		design := ok[*SampleDesign](t)(NewSampleDesign(weights, LonelyFail, stages...))
		return ok[DesignEstimate](t)(design.Mean(values, nil))
	}
	want := mean(weights, smallValues, first)

	var tenfold []float64
	var renamed []string
	for i, w := range weights {
		tenfold = append(tenfold, 10*w)
		renamed = append(renamed, strata[i]+clusters[i])
	}
	zero := SamplingStage{Strata: append(slices.Clone(strata), "c"), Clusters: append(slices.Clone(clusters), "9"), Population: append(slices.Clone(population), -1)}
	for name, got := range map[string]DesignEstimate{
		"a record of weight 0": mean(append(slices.Clone(weights), 0), append(slices.Clone(smallValues), math.NaN()), zero),
		"a stage taken whole":  mean(weights, smallValues, first, SamplingStage{Population: slices.Repeat([]float64{2}, 10)}),
		"records taken whole":  mean(weights, smallValues, first, SamplingStage{Clusters: clusters, Population: slices.Repeat([]float64{1}, 10)}, SamplingStage{Population: slices.Repeat([]float64{2}, 10)}),
		"weights ten times":    mean(tenfold, smallValues, first),
		"other names":          mean(weights, smallValues, SamplingStage{Strata: strata, Clusters: renamed, Population: population}),
	} {
		wantNear(t, name+": mean", got.Value, want.Value, 1e-12)
		wantNear(t, name+": se", got.SE, want.SE, 1e-12)
		if got.N != want.N || got.DF != want.DF {
			t.Errorf("%s: %d records, %v degrees of freedom", name, got.N, got.DF)
		}
	}
	endless := slices.Repeat([]float64{math.Inf(1)}, 10)
	a := mean(weights, smallValues, SamplingStage{Strata: strata, Clusters: clusters, Population: endless}, SamplingStage{Population: endless})
	b := mean(weights, smallValues, SamplingStage{Strata: strata, Clusters: clusters})
	wantNear(t, "an infinite population is with replacement", a.SE, b.SE, 0)
}

// Where all clusters of the first stage were taken, they are strata of the second.
func TestClustersTakenWholeAreStrata(t *testing.T) {
	strata, units := strings.Split("aaaabbbbbb", ""), strings.Split("1122112233", "")
	population, within := []float64{5, 5, 5, 5, 8, 8, 8, 8, 8, 8}, []float64{20, 20, 30, 30, 7, 7, 9, 9, 4, 4}
	inner := SamplingStage{Clusters: units, Population: population}
	three := ok[*SampleDesign](t)(NewSampleDesign(nil, LonelyFail,
		SamplingStage{Clusters: strata, Population: slices.Repeat([]float64{2}, 10)}, inner, SamplingStage{Population: within}))
	inner.Strata = strata
	two := ok[*SampleDesign](t)(NewSampleDesign(nil, LonelyFail, inner, SamplingStage{Population: within}))
	a, b := ok[DesignEstimate](t)(three.Mean(smallValues, nil)), ok[DesignEstimate](t)(two.Mean(smallValues, nil))
	wantNear(t, "mean", a.Value, b.Value, 1e-12)
	wantNear(t, "se", a.SE, b.SE, 1e-12)
}

func TestCensusHasNoError(t *testing.T) {
	design := ok[*SampleDesign](t)(NewSampleDesign(nil, LonelyFail,
		SamplingStage{Strata: []string{"a", "a", "a", "b"}, Clusters: []string{"1", "1", "2", "1"}, Population: []float64{2, 2, 2, 1}},
		SamplingStage{Population: []float64{2, 2, 1, 1}}))
	e := ok[DesignEstimate](t)(design.Total([]float64{1, 2, 3, 4}, nil))
	if *e.Value != 10 || *e.SE != 0 || e.DF != 1 {
		t.Errorf("%v ± %v on %v", *e.Value, *e.SE, e.DF)
	}
}

func TestDomainsAddUp(t *testing.T) {
	design := smallDesign(t, LonelyFail)
	in := []bool{true, false, true, false, false, true, true, false, true, true}
	var out []bool
	for _, is := range in {
		out = append(out, !is)
	}
	all := ok[DesignEstimate](t)(design.Total(smallValues, nil))
	a, b := ok[DesignEstimate](t)(design.Total(smallValues, in)), ok[DesignEstimate](t)(design.Total(smallValues, out))
	sum := ok[DesignEstimate](t)(Combine([]float64{1, 1}, []DesignEstimate{a, b}))
	wantNear(t, "total", sum.Value, all.Value, 1e-12)
	wantNear(t, "se", sum.SE, all.SE, 1e-12)
	ab, ba := ok[DesignDifference](t)(a.Difference(b)), ok[DesignDifference](t)(b.Difference(a))
	wantNear(t, "mirrored", ab.T, new(-*ba.T), 1e-12)
	wantNear(t, "variance", ab.Estimate.Variance, new(*a.Variance+*b.Variance-2**ab.Covariance), 1e-10)
	self := ok[DesignDifference](t)(a.Difference(a))
	if *self.Estimate.Value != 0 || *self.Estimate.SE != 0 || self.T != nil || self.P != nil {
		t.Errorf("an estimate against itself: %+v", self)
	}
	wantNear(t, "covariance with itself", self.Covariance, a.Variance, 1e-12)
}

func TestLonelyClusters(t *testing.T) {
	stage := SamplingStage{Strata: strings.Split("aaabb", ""), Clusters: strings.Split("11222", "")}
	alone := SamplingStage{Clusters: []string{"1", "1", "1", "1", "1"}}
	y := []float64{1, 0, 1, 1, 0}
	for rule, want := range map[LonelyRule]struct{ usual, alone, onlyLonely bool }{
		LonelyRemove:    {usual: true},
		LonelyCertainty: {usual: true, alone: true, onlyLonely: true},
		LonelyAdjust:    {usual: true, onlyLonely: true},
		LonelyAverage:   {usual: true},
	} {
		for name, c := range map[string]struct {
			stage SamplingStage
			known bool
		}{
			"one of two strata": {stage, want.usual},
			"a single cluster":  {alone, want.alone},
			"lonely strata":     {SamplingStage{Strata: stage.Clusters, Clusters: stage.Clusters}, want.onlyLonely},
		} {
			design := ok[*SampleDesign](t)(NewSampleDesign(slices.Repeat([]float64{1}, 5), rule, c.stage))
			e := ok[DesignEstimate](t)(design.Mean(y, nil))
			if *e.Value != 0.6 || (e.SE != nil) != c.known {
				t.Errorf("rule %d, %s: %+v", rule, name, e)
			}
			if name != "one of two strata" && ok[*Interval](t)(e.Interval(0.95)) != nil {
				t.Errorf("rule %d, %s: an interval", rule, name)
			}
		}
	}
	// Within a cluster a single record of several is just as lonely.
	inner := []SamplingStage{
		{Clusters: strings.Split("11122", ""), Population: slices.Repeat([]float64{9}, 5)},
		{Strata: strings.Split("xxyzz", ""), Population: slices.Repeat([]float64{7}, 5)},
	}
	_, err := NewSampleDesign(nil, LonelyFail, inner...)
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "stratum y in cluster 1") {
		t.Errorf("a lonely record: %v", err)
	}
	ok[*SampleDesign](t)(NewSampleDesign(nil, LonelyAverage, inner...))
}

func TestRaoScottOfASimpleSample(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const n = 300
	var rows, columns []string
	for range n {
		rows, columns = append(rows, string(rune('a'+random.IntN(3)))), append(columns, string(rune('x'+random.IntN(2))))
	}
	design := ok[*SampleDesign](t)(NewSampleDesign(slices.Repeat([]float64{2}, n), LonelyFail, SamplingStage{}))
	test := ok[RaoScott](t)(design.RaoScott(rows, columns, nil))
	wantNear(t, "design effect", test.DesignEffect, new(n/(n-1.0)), 1e-9)
	wantNear(t, "numerator", test.NumeratorDF, new(2.0), 1e-9)
	wantNear(t, "F", test.F, new(*test.Pearson/2*(n-1)/n), 1e-9)
	turned := ok[RaoScott](t)(design.RaoScott(columns, rows, nil))
	wantNear(t, "F turned", turned.F, test.F, 1e-9)
	if !slices.Equal(test.Rows, []string{"a", "b", "c"}) || !slices.Equal(test.Columns, turned.Rows) || test.N != n {
		t.Errorf("%+v", test)
	}
}

func TestRaoScottEdges(t *testing.T) {
	design := smallDesign(t, LonelyFail)
	rows, columns := strings.Split("aabbaabbab", ""), strings.Split("xyxyxyxyxy", "")
	nobody := make([]bool, 10)
	lone := slices.Repeat([]string{"a"}, 10)
	for name, test := range map[string]RaoScott{
		"nobody":  ok[RaoScott](t)(design.RaoScott(rows, columns, nobody)),
		"one row": ok[RaoScott](t)(design.RaoScott(lone, columns, nil)),
	} {
		if test.Pearson != nil || test.F != nil || test.ChiSquareP != nil {
			t.Errorf("%s: %+v", name, test)
		}
	}
	diagonal := ok[RaoScott](t)(design.RaoScott(rows, rows, nil))
	wantNear(t, "X² of a table with itself", diagonal.Pearson, new(10.0), 1e-12)
	single := ok[*SampleDesign](t)(NewSampleDesign(slices.Repeat([]float64{1}, 10), LonelyRemove, SamplingStage{Clusters: lone}))
	if test := ok[RaoScott](t)(single.RaoScott(rows, columns, nil)); test.F != nil || test.ChiSquareP != nil {
		t.Errorf("one cluster: %+v", test)
	}
	for name, err := range map[string]error{
		"rows":    second(design.RaoScott(rows[1:], columns, nil)),
		"columns": second(design.RaoScott(rows, columns[1:], nil)),
		"domain":  second(design.RaoScott(rows, columns, nobody[1:])),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var labels []string
	for i := range 40 {
		labels = append(labels, fmt.Sprint(i))
	}
	wide := ok[*SampleDesign](t)(NewSampleDesign(slices.Repeat([]float64{1}, 40), LonelyFail, SamplingStage{}))
	if _, err := wide.RaoScott(labels, labels, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("too large a table: %v", err)
	}
}

func TestSampleDesignEdges(t *testing.T) {
	empty := ok[*SampleDesign](t)(NewSampleDesign([]float64{0, 0}, LonelyFail, SamplingStage{}))
	for name, e := range map[string]DesignEstimate{
		"mean":  ok[DesignEstimate](t)(empty.Mean([]float64{1, 2}, nil)),
		"total": ok[DesignEstimate](t)(empty.Total([]float64{1, 2}, nil)),
		"ratio": ok[DesignEstimate](t)(empty.Ratio([]float64{1, 2}, []float64{1, 2}, nil)),
	} {
		if e.Value != nil || e.SE != nil || e.N != 0 || ok[*Interval](t)(e.Interval(0.9)) != nil {
			t.Errorf("%s of nobody: %+v", name, e)
		}
		if d, is := e.Design(); is {
			t.Errorf("%s of nobody is %+v", name, d)
		}
	}
	design := smallDesign(t, LonelyFail)
	nobody := make([]bool, 10)
	none := ok[DesignEstimate](t)(design.Mean(smallValues, nobody))
	some := ok[DesignEstimate](t)(design.Mean(smallValues, nil))
	if none.Value != nil || none.N != 0 {
		t.Errorf("empty domain: %+v", none)
	}
	if total := ok[DesignEstimate](t)(design.Total(smallValues, nobody)); *total.Value != 0 || *total.SE != 0 {
		t.Errorf("empty domain: %+v", total)
	}
	if d := ok[DesignDifference](t)(some.Difference(none)); d.Estimate.Value != nil || d.T != nil || d.Covariance != nil {
		t.Errorf("against nobody: %+v", d)
	}
	if d, is := some.Design(); !is || d.Share != *some.Value || d.N != 10 || d.DF != 3 {
		t.Errorf("%+v", d)
	}
	if e := ok[DesignEstimate](t)(design.Mean([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, nil)); e.SE == nil {
		t.Errorf("%+v", e)
	} else if _, is := e.Design(); is {
		t.Error("a mean of 6 is no share")
	}
	scaled := ok[*SampleDesign](t)(NewSampleDesign(slices.Repeat([]float64{1}, 10), LonelyFail, SamplingStage{}))
	if e := ok[DesignEstimate](t)(scaled.Mean(smallValues, nil)); e.SE == nil || e.DesignEffect != nil {
		t.Errorf("weights of mean 1: %+v", e)
	}
	values := func(x float64) []float64 { return append([]float64{x}, smallValues[1:]...) }
	other := ok[DesignEstimate](t)(scaled.Mean(smallValues, nil))
	for name, err := range map[string]error{
		"no stage":            second(NewSampleDesign([]float64{1}, LonelyFail)),
		"rule":                second(NewSampleDesign([]float64{1, 1}, 7, SamplingStage{})),
		"negative weight":     second(NewSampleDesign([]float64{1, -1}, LonelyFail, SamplingStage{})),
		"weight NaN":          second(NewSampleDesign([]float64{1, math.NaN()}, LonelyFail, SamplingStage{})),
		"strata":              second(NewSampleDesign([]float64{1, 1}, LonelyFail, SamplingStage{Strata: []string{"a"}})),
		"clusters":            second(NewSampleDesign([]float64{1, 1}, LonelyFail, SamplingStage{Clusters: []string{"a"}})),
		"populations":         second(NewSampleDesign([]float64{1, 1}, LonelyFail, SamplingStage{Population: []float64{9}})),
		"stages differ":       second(NewSampleDesign(nil, LonelyFail, SamplingStage{Population: []float64{9}}, SamplingStage{Population: []float64{9, 9}})),
		"two populations":     second(NewSampleDesign([]float64{1, 1}, LonelyFail, SamplingStage{Population: []float64{8, 9}})),
		"population too few":  second(NewSampleDesign([]float64{1, 1}, LonelyFail, SamplingStage{Population: []float64{1, 1}})),
		"population NaN":      second(NewSampleDesign([]float64{1}, LonelyRemove, SamplingStage{Population: []float64{math.NaN()}})),
		"neither":             second(NewSampleDesign(nil, LonelyFail, SamplingStage{})),
		"endless, no weights": second(NewSampleDesign(nil, LonelyFail, SamplingStage{Population: slices.Repeat([]float64{math.Inf(1)}, 2)})),
		"lonely":              second(NewSampleDesign([]float64{1}, LonelyFail, SamplingStage{})),
		"length":              second(design.Mean(smallValues[1:], nil)),
		"length of success":   second(design.Share([]bool{true}, nil)),
		"length of total":     second(design.Total(smallValues[1:], nil)),
		"denominators":        second(design.Ratio(smallValues, smallValues[1:], nil)),
		"domain":              second(design.Mean(smallValues, nobody[1:])),
		"NaN":                 second(design.Mean(values(math.NaN()), nil)),
		"infinite":            second(design.Total(values(math.Inf(1)), nil)),
		"NaN below":           second(design.Ratio(smallValues, values(math.NaN()), nil)),
		"conf":                second(some.Interval(1)),
		"combine nothing":     second(Combine(nil, nil)),
		"coefficients":        second(Combine([]float64{1}, []DesignEstimate{some, some})),
		"coefficient":         second(Combine([]float64{math.NaN()}, []DesignEstimate{some})),
		"no design":           second(Combine([]float64{1}, []DesignEstimate{{}})),
		"another design":      second(some.Difference(other)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleNewSampleDesign() {
	// Two of ten offices in each of two districts, then three transactions each.
	design, _ := NewSampleDesign(nil, LonelyFail,
		SamplingStage{
			Strata:     []string{"north", "north", "north", "north", "north", "north", "south", "south", "south", "south", "south", "south"},
			Clusters:   []string{"1", "1", "1", "2", "2", "2", "3", "3", "3", "4", "4", "4"},
			Population: []float64{10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10},
		},
		SamplingStage{Population: []float64{300, 300, 300, 150, 150, 150, 240, 240, 240, 90, 90, 90}})
	satisfied := []bool{true, true, false, true, true, true, true, true, true, false, true, true}
	e, _ := design.Share(satisfied, nil)
	fmt.Printf("%.4f ± %.4f on %v degrees of freedom\n", *e.Value, *e.SE, e.DF)
	// Output: 0.8333 ± 0.1221 on 2 degrees of freedom
}

func ExampleSampleDesign_Mean() {
	design, _ := NewSampleDesign([]float64{30, 30, 10, 10, 10}, LonelyFail, SamplingStage{Strata: []string{"a", "a", "b", "b", "b"}})
	online := []bool{true, false, true, true, false}
	e, _ := design.Mean([]float64{4, 5, 3, 5, 2}, online)
	fmt.Printf("%.2f ± %.2f from %d answers\n", *e.Value, *e.SE, e.N)
	// Output: 4.00 ± 0.35 from 3 answers
}

func ExampleSampleDesign_Share() {
	design, _ := NewSampleDesign([]float64{30, 30, 30, 10, 10, 10}, LonelyFail, SamplingStage{Strata: []string{"a", "a", "a", "b", "b", "b"}})
	e, _ := design.Share([]bool{true, true, false, true, true, true}, nil)
	share, _ := e.Design()
	interval, _ := share.Interval(KornGraubard, 0.95)
	fmt.Printf("%.2f, from %.4f to %.4f\n", *e.Value, interval.Interval.Lower, interval.Interval.Upper)
	// Output: 0.75, from 0.1020 to 0.9990
}

func ExampleSampleDesign_Total() {
	design, _ := NewSampleDesign(nil, LonelyFail, SamplingStage{Population: []float64{200, 200, 200, 200}})
	e, _ := design.Total([]float64{1, 0, 1, 1}, nil)
	interval, _ := e.Interval(0.95)
	fmt.Printf("%.0f ± %.1f, from %.0f to %.0f\n", *e.Value, *e.SE, interval.Lower, interval.Upper)
	// Output: 150 ± 49.5, from -8 to 308
}

func ExampleDesignEstimate_Interval() {
	design, _ := NewSampleDesign(nil, LonelyFail, SamplingStage{Population: []float64{90, 90, 90, 90, 90}})
	e, _ := design.Mean([]float64{4, 5, 3, 5, 4}, nil)
	interval, _ := e.Interval(0.95)
	fmt.Printf("%.1f, from %.2f to %.2f with %.0f degrees of freedom\n", *e.Value, interval.Lower, interval.Upper, e.DF)
	// Output: 4.2, from 3.19 to 5.21 with 4 degrees of freedom
}

func ExampleDesignEstimate_Design() {
	design, _ := NewSampleDesign([]float64{40, 40, 40, 20, 20}, LonelyFail, SamplingStage{})
	e, _ := design.Share([]bool{true, false, true, true, true}, nil)
	share, _ := e.Design()
	c, _ := share.Compare(0.9, 0.95)
	fmt.Printf("%.2f of %d answers: %v\n", share.Share, share.N, c.Verdict)
	// Output: 0.75 of 5 answers: open
}

func ExampleSampleDesign_Ratio() {
	// Satisfied answers over answers given, by respondent.
	design, _ := NewSampleDesign([]float64{20, 20, 10, 10}, LonelyFail, SamplingStage{})
	e, _ := design.Ratio([]float64{5, 3, 4, 1}, []float64{5, 4, 5, 5}, nil)
	fmt.Printf("%.2f ± %.2f\n", *e.Value, *e.SE)
	// Output: 0.75 ± 0.15
}

func ExampleCombine() {
	// The plain mean of two criterion shares from the same respondents.
	design, _ := NewSampleDesign([]float64{10, 10, 10, 10}, LonelyFail, SamplingStage{})
	first, _ := design.Share([]bool{true, true, true, false}, nil)
	second, _ := design.Share([]bool{true, true, false, false}, nil)
	mean, _ := Combine([]float64{0.5, 0.5}, []DesignEstimate{first, second})
	fmt.Printf("%.3f ± %.3f\n", *mean.Value, *mean.SE)
	// Output: 0.625 ± 0.239
}

func ExampleDesignEstimate_Difference() {
	design, _ := NewSampleDesign(nil, LonelyFail, SamplingStage{
		Clusters: []string{"1", "1", "2", "2", "3", "3", "4", "4"}, Population: []float64{40, 40, 40, 40, 40, 40, 40, 40},
	})
	satisfied := []bool{true, true, true, false, true, false, true, true}
	online := []bool{true, false, true, false, true, false, true, false}
	counter := []bool{false, true, false, true, false, true, false, true}
	a, _ := design.Share(satisfied, online)
	b, _ := design.Share(satisfied, counter)
	d, _ := a.Difference(b)
	fmt.Printf("%.2f, t = %.2f, p = %.2f\n", *d.Estimate.Value, *d.T, *d.P)
	// Output: 0.50, t = 1.83, p = 0.17
}

func ExampleSampleDesign_RaoScott() {
	design, _ := NewSampleDesign(nil, LonelyFail, SamplingStage{
		Clusters: []string{"1", "1", "2", "2", "3", "3", "4", "4"}, Population: []float64{40, 40, 40, 40, 40, 40, 40, 40},
	})
	answers := []string{"yes", "no", "yes", "yes", "no", "no", "yes", "no"}
	gender := []string{"f", "m", "f", "m", "f", "m", "f", "m"}
	test, _ := design.RaoScott(answers, gender, nil)
	fmt.Printf("F = %.2f on %.0f and %.0f, p = %.2f\n", *test.F, *test.NumeratorDF, *test.DenominatorDF, *test.P)
	// Output: F = 2.50 on 1 and 3, p = 0.21
}

func FuzzSampleDesign(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 1.0, 40.0, uint8(0))
	f.Add([]byte{0, 0, 0, 0}, 0.0, 1.0, uint8(1))
	f.Add([]byte{1, 255, 2, 254, 3, 253, 4, 252, 5, 251}, 1e308, 1e308, uint8(3))
	f.Add([]byte{9, 9, 9, 9, 9, 9, 9, 9}, 1e-320, math.Inf(1), uint8(4))
	f.Add([]byte{7, 1, 7, 2, 7, 3}, math.NaN(), -5.0, uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, scale, population float64, rule uint8) {
		data = data[:min(len(data), 60)]
		var strata, clusters, groups []string
		var weights, values, populations []float64
		var in []bool
		for i, b := range data {
			strata = append(strata, fmt.Sprint(b>>7))
			clusters = append(clusters, fmt.Sprint(b>>4&7))
			groups = append(groups, fmt.Sprint(b&3))
			weights = append(weights, scale*float64(b>>2&7))
			values = append(values, scale*float64(int(b)-128))
			populations = append(populations, population)
			in = append(in, (int(b)+i)%3 > 0)
		}
		stages := []SamplingStage{{Strata: strata, Clusters: clusters}, {Population: populations}}
		if rule&1 > 0 {
			stages[0].Population = populations
		}
		if rule&8 > 0 {
			weights = nil
		}
		design, err := NewSampleDesign(weights, LonelyRule(rule%6), stages...)
		if err != nil {
			return
		}
		if rule&16 > 0 {
			margin := PopulationMargin{Groups: groups, Totals: map[string]float64{"0": population, "1": scale, "2": 10, "3": 5}}
			calibrated, err := design.PostStratify(margin)
			if rule&32 > 0 {
				calibrated, err = design.CalibrateLinear(nil, []PopulationTotal{{values, population}, {slices.Repeat([]float64{1}, len(data)), 1000}})
			}
			if rule&64 > 0 {
				sides := PopulationMargin{Groups: strata, Totals: map[string]float64{"0": 10 + population, "1": scale + 5}}
				calibrated, err = design.Rake([]PopulationMargin{margin, sides}, Convergence{MaxIterations: 500})
			}
			if err == nil {
				design = calibrated
			}
			wantNumbers(t, design.Weights(), nil)
		}
		for _, domain := range [][]bool{nil, in, make([]bool, len(data))} {
			var estimates []DesignEstimate
			for _, call := range []func() (DesignEstimate, error){
				func() (DesignEstimate, error) { return design.Mean(values, domain) },
				func() (DesignEstimate, error) { return design.Total(values, domain) },
				func() (DesignEstimate, error) {
					return design.Ratio(values, slices.Repeat([]float64{population}, len(data)), domain)
				},
				func() (DesignEstimate, error) { return design.Share(in, domain) },
			} {
				e, err := call()
				if err != nil {
					continue
				}
				wantNumbers(t, e, nil)
				estimates = append(estimates, e)
				interval, err := e.Interval(0.95)
				if err != nil {
					t.Error(err)
				}
				wantNumbers(t, interval, nil)
				if d, is := e.Design(); is {
					if err := second(d.Interval(KornGraubard, 0.95)); err != nil {
						t.Error(err)
					}
				}
				difference, err := e.Difference(estimates[0])
				if err != nil {
					t.Error(err)
				}
				wantNumbers(t, difference, nil)
			}
			combined, err := Combine(slices.Repeat([]float64{scale}, len(estimates)), estimates)
			wantNumbers(t, combined, err)
			if test, err := design.RaoScott(groups, clusters, domain); err == nil {
				wantNumbers(t, test, nil)
			}
		}
	})
}
