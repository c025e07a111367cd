package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestMovingAverageAndCumulativeSumsAgainstR(t *testing.T) {
	const file = "15b_ewma_cusum.csv"
	series := map[string][]float64{}
	eachVector(t, file, func(v vector) { series[v.text("case")] = append(series[v.text("case")], v.float("x")) })
	eachVector(t, file, func(v vector) {
		x, i := series[v.text("case")], v.int("i")-1
		average := ok[EWMA](v.t)(MovingAverage(x, v.float("mu0"), v.float("sigma"), v.float("lambda"), v.float("L")))
		v.want("ewma", &average.Average[i], 1e-12)
		v.want("ewma_lcl", &average.Lower[i], 1e-12)
		v.want("ewma_ucl", &average.Upper[i], 1e-12)
		if average.Outside[i] != (v.int("ewma_signal") == 1) {
			v.t.Errorf("moving average outside: %v", average.Outside[i])
		}
		sums := ok[CUSUM](v.t)(CumulativeSums(x, v.float("mu0"), v.float("sigma"), v.float("k"), v.float("h")))
		v.want("cusum_pos", &sums.High[i], 1e-12)
		v.want("cusum_neg", &sums.Low[i], 1e-12)
		if sums.Beyond[i] != (v.int("cusum_signal") == 1) {
			v.t.Errorf("sums beyond: %v", sums.Beyond[i])
		}
	})
}

func TestBinomialCUSUMAgainstR(t *testing.T) {
	const file = "15d_binomial_cusum.csv"
	series := map[string][]Sample{}
	eachVector(t, file, func(v vector) {
		series[v.text("case")] = append(series[v.text("case")], Sample{v.int("x"), v.int("n")})
	})
	eachVector(t, file, func(v vector) {
		chart := ok[CUSUM](v.t)(BinomialCUSUM(series[v.text("case")], v.float("p0"), v.float("p1"), v.float("h")))
		sums, i := chart.Low, v.int("i")-1
		if v.float("p1") > v.float("p0") {
			sums = chart.High
		}
		v.want("cusum", &sums[i], 1e-12)
		if chart.Beyond[i] != (v.int("signal") == 1) {
			v.t.Errorf("beyond: %v", chart.Beyond[i])
		}
	})
}

func TestRunLengthAgainstR(t *testing.T) {
	eachVector(t, "15c_arl.csv", func(v vector) {
		var length float64
		var known bool
		var err error
		switch chart := v.text("chart"); chart {
		case "cusum_two_sided", "cusum_one_sided_upper":
			length, known, err = CUSUMRunLength(v.float("par1"), v.float("par2"), v.float("shift"), chart == "cusum_two_sided")
		case "ewma_two_sided_fixed_limits":
			length, known, err = EWMARunLength(v.float("par1"), v.float("par2"), v.float("shift"))
		default:
			v.t.Fatalf("no run length for %s", chart)
		}
		if err != nil || !known {
			v.t.Fatal(known, err)
		}
		v.want("arl", &length, 1e-6)
	})
}

func TestMovingAverageOfOneIsTheShewhartChart(t *testing.T) {
	values := []float64{0.2, -3.5, 1, 3.01, 3.02, -0.4}
	chart := ok[EWMA](t)(MovingAverage(values, 0, 1, 1, 3))
	for i, x := range values {
		sameNumber(t, "average", chart.Average[i], x, 0)
		sameNumber(t, "limit", chart.Upper[i], 3, 1e-15)
		if chart.Outside[i] != (math.Abs(x) > 3) {
			t.Errorf("%v is outside: %v", x, chart.Outside[i])
		}
	}
	if s := chart.Signals; len(s) != 2 || s[0].Side != Low || s[0].From != 1 || s[1].From != 3 || s[1].To != 4 {
		t.Errorf("signals %+v", s)
	}
	length, known, err := EWMARunLength(1, 3, 0)
	if !known || err != nil {
		t.Fatal(known, err)
	}
	sameNumber(t, "run length", length, 1/(2*normalUpper(3)), 1e-8)
}

func TestCumulativeSumsMirrorAndNameTheChange(t *testing.T) {
	values := []float64{0.1, -0.2, 0.3, 2, 2, 2, 2, 2, -9, -9, 3, 3, 3}
	mirrored := make([]float64, len(values))
	for i, x := range values {
		mirrored[i] = -x
	}
	chart, mirror := ok[CUSUM](t)(CumulativeSums(values, 0, 1, 0.5, 5)), ok[CUSUM](t)(CumulativeSums(mirrored, 0, 1, 0.5, 5))
	for i := range values {
		sameNumber(t, "sum", chart.High[i], mirror.Low[i], 0)
	}
	high := chart.Signals[0]
	if high.Side != High || high.From != 3 || high.To != 6 || high.Rule != DecisionInterval {
		t.Errorf("first signal %+v", high)
	}
	var highs int
	for _, s := range chart.Signals {
		if s.Side == High {
			highs++
		}
	}
	if highs != 2 {
		t.Errorf("two excursions upward gave %d signals", highs)
	}
}

func TestBinomialCUSUMOfSingleAnswersSumsToThatOfSamples(t *testing.T) {
	// As long as no sum is cut off at zero the order of single answers does not matter.
	samples := []Sample{{3, 10}, {4, 9}, {2, 8}}
	var single []Sample
	for _, s := range samples {
		for i := range s.N {
			single = append(single, Sample{int64(1) - min(1, max(0, s.N-s.Count-i)), 1})
		}
	}
	chart, answers := ok[CUSUM](t)(BinomialCUSUM(samples, 0.9, 0.6, 50)), ok[CUSUM](t)(BinomialCUSUM(single, 0.9, 0.6, 50))
	sameNumber(t, "sum", answers.Low[len(single)-1], chart.Low[2], 1e-12)
	// A fall of the satisfied is a rise of the others.
	for i := range samples {
		samples[i].Count = samples[i].N - samples[i].Count
	}
	sameNumber(t, "others", ok[CUSUM](t)(BinomialCUSUM(samples, 0.1, 0.4, 50)).High[2], chart.Low[2], 1e-12)
}

func TestCharterRefusals(t *testing.T) {
	nan := math.NaN()
	for name, call := range map[string]func() error{
		"lambda 0":     func() error { _, err := MovingAverage(nil, 0, 1, 0, 3); return err },
		"lambda NaN":   func() error { _, err := MovingAverage(nil, 0, 1, nan, 3); return err },
		"width 0":      func() error { _, err := MovingAverage(nil, 0, 1, 0.2, 0); return err },
		"sigma 0":      func() error { _, err := CumulativeSums(nil, 0, 0, 0.5, 5); return err },
		"centre NaN":   func() error { _, err := CumulativeSums(nil, nan, 1, 0.5, 5); return err },
		"value Inf":    func() error { _, err := CumulativeSums([]float64{math.Inf(1)}, 0, 1, 0.5, 5); return err },
		"allowance":    func() error { _, err := CumulativeSums(nil, 0, 1, -0.5, 5); return err },
		"interval":     func() error { _, err := CumulativeSums(nil, 0, 1, 0.5, 0); return err },
		"share 0":      func() error { _, err := BinomialCUSUM(nil, 0.9, 0, 5); return err },
		"no change":    func() error { _, err := BinomialCUSUM(nil, 0.9, 0.9, 5); return err },
		"h":            func() error { _, err := BinomialCUSUM(nil, 0.9, 0.8, nan); return err },
		"count":        func() error { _, err := BinomialCUSUM([]Sample{{2, 1}}, 0.9, 0.8, 5); return err },
		"arl k":        func() error { _, _, err := CUSUMRunLength(nan, 5, 0, true); return err },
		"arl h":        func() error { _, _, err := CUSUMRunLength(0.5, 0, 0, true); return err },
		"arl shift":    func() error { _, _, err := CUSUMRunLength(0.5, 5, nan, true); return err },
		"arl lambda":   func() error { _, _, err := EWMARunLength(2, 3, 0); return err },
		"arl width":    func() error { _, _, err := EWMARunLength(0.2, nan, 0); return err },
		"arl at shift": func() error { _, _, err := EWMARunLength(0.2, 3, math.Inf(-1)); return err },
	} {
		if err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, call := range map[string]func() (float64, bool, error){
		"interval too long": func() (float64, bool, error) { return CUSUMRunLength(0.5, 1e6, 0, true) },
		"never":             func() (float64, bool, error) { return CUSUMRunLength(9, 20, 0, false) },
		"weight too small":  func() (float64, bool, error) { return EWMARunLength(1e-9, 3, 0) },
	} {
		if length, known, err := call(); known || err != nil {
			t.Errorf("%s: %v %v %v", name, length, known, err)
		}
	}
}

func FuzzControlCharts(f *testing.F) {
	f.Add(1.0, -2.0, 0.0, 1.0, 0.2, 3.0, 0.5, 5.0)
	f.Add(1e100, -1e100, 0.0, 1e-100, 1e-300, 1e100, 0.0, 1e-300)
	f.Add(math.NaN(), math.Inf(1), 0.0, 1.0, 1.0, 1.0, 1.0, 1.0)
	f.Fuzz(func(t *testing.T, a, b, center, sigma, lambda, width, allowance, interval float64) {
		x := []float64{a, b, a}
		if chart, err := MovingAverage(x, center, sigma, lambda, width); err == nil {
			for i := range x {
				finite(t, "average", &chart.Average[i], &chart.Lower[i], &chart.Upper[i])
			}
		}
		if chart, err := CumulativeSums(x, center, sigma, allowance, interval); err == nil {
			for i := range x {
				finite(t, "sum", &chart.High[i], &chart.Low[i])
			}
		}
		if chart, err := BinomialCUSUM([]Sample{{3, 9}, {math.MaxInt64, math.MaxInt64}}, a, b, interval); err == nil {
			for _, sum := range append(chart.High, chart.Low...) {
				finite(t, "likelihood", &sum)
			}
		}
		if _, err := RunRules(x, center); err != nil && !errors.Is(err, ErrInvalid) {
			t.Error(err)
		}
	})
}

func FuzzRunLength(f *testing.F) {
	f.Add(0.5, 5.0, 1.0)
	f.Add(0.2, 3.0, 0.0)
	f.Add(1e-300, 1e300, -1e9)
	f.Fuzz(func(t *testing.T, a, b, shift float64) {
		if length, known, err := CUSUMRunLength(a, b, shift, true); err == nil && known {
			finite(t, "length", &length)
		}
		if length, known, err := EWMARunLength(a, b, shift); err == nil && known {
			finite(t, "length", &length)
		}
	})
}

func ExampleMovingAverage() {
	chart, _ := MovingAverage([]float64{9.45, 7.99, 9.29}, 10, 1, 0.1, 2.7)
	fmt.Printf("%.5f within %.3f and %.3f\n", chart.Average[2], chart.Lower[2], chart.Upper[2])
	// Output: 9.70355 within 9.576 and 10.424
}

func ExampleCumulativeSums() {
	chart, _ := CumulativeSums([]float64{0.2, -1.1, 1.6, 2.2, 2.4, 1.9}, 0, 1, 0.5, 5)
	s := chart.Signals[0]
	fmt.Printf("%s %s %s: began at %d, seen at %d\n", s.Chart, s.Rule, s.Side, s.From, s.To)
	// Output: cusum decision_interval high: began at 2, seen at 5
}

func ExampleBinomialCUSUM() {
	days := []Sample{{57, 61}, {82, 97}, {47, 55}, {62, 72}, {90, 107}}
	chart, _ := BinomialCUSUM(days, 0.92, 0.88, 4.5)
	fmt.Printf("%.2f, fall seen at %d\n", chart.Low[4], chart.Signals[0].To)
	// Output: 7.78, fall seen at 3
}

func ExampleCUSUMRunLength() {
	calm, _, _ := CUSUMRunLength(0.5, 5, 0, true)
	fallen, _, _ := CUSUMRunLength(0.5, 5, 1, true)
	fmt.Printf("a false alarm in %.0f, a shift of one deviation found in %.1f\n", calm, fallen)
	// Output: a false alarm in 465, a shift of one deviation found in 10.4
}

func ExampleEWMARunLength() {
	calm, _, _ := EWMARunLength(0.1, 2.7, 0)
	fmt.Printf("%.0f\n", calm)
	// Output: 369
}
