package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestWeightedShareAgainstR(t *testing.T) {
	eachVector(t, "04_weighted_kish.csv", func(v vector) {
		weights := v.floats("w")
		var success []bool
		for _, y := range v.ints("y") {
			success = append(success, y == 1)
		}
		effect := ok[WeightEffect](v.t)(KishEffect(weights))
		n := float64(effect.N)
		v.want("n_pos", &n, 0)
		v.want("sum_w", &effect.Sum, 1e-12)
		v.want("deff_kish", effect.DesignEffect, 1e-12)
		if effect.DesignEffect != nil {
			v.want("cv2_w", new(*effect.DesignEffect-1), 1e-12)
		}
		v.want("n_eff", effect.EffectiveN, 1e-12)
		e := ok[Estimate](v.t)(WeightedShare(success, weights, v.float("conf")))
		v.want("p", e.Value, 1e-12)
		v.want("n_eff", e.EffectiveN, 1e-12)
		v.want("wilson_neff_lower", lower(e.Interval), 1e-12)
		v.want("wilson_neff_upper", upper(e.Interval), 1e-12)
		design := ok[*SampleDesign](v.t)(NewSampleDesign(weights, LonelyRemove, SamplingStage{}))
		linearised := ok[DesignEstimate](v.t)(design.Share(success, nil))
		v.want("p", linearised.Value, 1e-12)
		v.want("var_linearised_wr", linearised.Variance, 1e-12)
	})
}

func TestEqualWeightsAreNone(t *testing.T) {
	for _, weight := range []float64{1e-9, 1, 37.5, 1e200} {
		effect := ok[WeightEffect](t)(KishEffect(slices.Repeat([]float64{weight}, 40)))
		if math.Abs(*effect.DesignEffect-1) > 1e-12 || math.Abs(*effect.EffectiveN-40) > 1e-12 {
			t.Errorf("weight %v: %v, %v", weight, *effect.DesignEffect, *effect.EffectiveN)
		}
	}
	success := slices.Repeat([]bool{true, true, true, false}, 10)
	weighted := ok[Estimate](t)(WeightedShare(success, slices.Repeat([]float64{2.5}, 40), 0.95))
	plain := ok[Estimate](t)(ProportionInterval(Wilson, 30, 40, 0.95))
	wantNear(t, "lower", lower(weighted.Interval), lower(plain.Interval), 1e-12)
	wantNear(t, "upper", upper(weighted.Interval), upper(plain.Interval), 1e-12)
}

func TestTrimWeightsAgainstR(t *testing.T) {
	eachVector(t, "09c_weight_trimming.csv", func(v vector) {
		trimmed := ok[[]float64](v.t)(TrimWeights(v.floats("w"), v.float("lower"), v.float("upper")))
		wantAll(v.t, "trimmed", trimmed, v.floats("trimmed"), 1e-12)
	})
}

func wantAll(t *testing.T, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i := range got {
		wantNear(t, fmt.Sprintf("%s %d", name, i+1), &got[i], &want[i], tolerance)
	}
}

func TestTrimWeightsKeepsTheSum(t *testing.T) {
	for name, c := range map[string]struct {
		weights      []float64
		lower, upper float64
	}{
		"nothing to do":      {[]float64{1, 2, 3}, 0, 3},
		"twice over":         {[]float64{10, 4.9, 4.9, 1, 1, 1}, 0, 5},
		"both ends":          {[]float64{0.1, 9, 2, 2, 2, 3}, 1, 4},
		"zeros stay out":     {[]float64{0, 9, 2, 2, 0, 3}, 0, 4},
		"no upper limit":     {[]float64{0.1, 9, 2}, 1, math.Inf(1)},
		"no room":            {[]float64{9, 1, 2}, 0, 4},
		"all outside":        {[]float64{0.5, 9}, 1, 8.6},
		"hardly any room up": {[]float64{10, 1, 1, 1}, 0, 3.2500001},
	} {
		trimmed, err := TrimWeights(c.weights, c.lower, c.upper)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sum, want := 0.0, 0.0
		for i, w := range trimmed {
			sum, want = sum+w, want+c.weights[i]
			if (c.weights[i] == 0) != (w == 0) || w != 0 && (w < c.lower || w > c.upper) {
				t.Errorf("%s: %v became %v", name, c.weights[i], w)
			}
		}
		wantNear(t, name, &sum, &want, 1e-12)
	}
}

func TestWeightsEdges(t *testing.T) {
	for name, weights := range map[string][]float64{"none": nil, "zeros": {0, 0}} {
		if e := ok[WeightEffect](t)(KishEffect(weights)); e.N != 0 || e.DesignEffect != nil || e.EffectiveN != nil {
			t.Errorf("%s: %+v", name, e)
		}
		if e := ok[Estimate](t)(WeightedShare(make([]bool, len(weights)), weights, 0.95)); e.Value != nil || e.Interval != nil {
			t.Errorf("%s: %+v", name, e)
		}
		if out := ok[[]float64](t)(TrimWeights(weights, 1, 2)); len(out) != len(weights) {
			t.Errorf("%s: %v", name, out)
		}
	}
	for name, err := range map[string]error{
		"negative":       second(KishEffect([]float64{1, -1})),
		"NaN":            second(KishEffect([]float64{math.NaN()})),
		"infinite":       second(KishEffect([]float64{math.Inf(1)})),
		"infinite sum":   second(KishEffect([]float64{1e308, 1e308})),
		"length":         second(WeightedShare([]bool{true}, nil, 0.95)),
		"conf":           second(WeightedShare(nil, nil, 1)),
		"too low":        second(TrimWeights([]float64{5, 5}, 0, 4)),
		"too high":       second(TrimWeights([]float64{5, 5}, 6, 9)),
		"limits crossed": second(TrimWeights([]float64{5, 5}, 6, 4)),
		"no number":      second(TrimWeights([]float64{5, 5}, 0, math.NaN())),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleKishEffect() {
	e, _ := KishEffect([]float64{1, 2, 3, 4, 1, 2, 3, 4})
	fmt.Printf("design effect %.2f: 8 answers are worth %.2f\n", *e.DesignEffect, *e.EffectiveN)
	// Output: design effect 1.20: 8 answers are worth 6.67
}

func ExampleWeightedShare() {
	e, _ := WeightedShare([]bool{true, true, false, true}, []float64{1, 2, 3, 4}, 0.95)
	fmt.Printf("%.2f, from %.4f to %.4f\n", *e.Value, e.Interval.Lower, e.Interval.Upper)
	// Output: 0.70, from 0.2409 to 0.9449
}

func ExampleTrimWeights() {
	w, _ := TrimWeights([]float64{1, 2, 3, 10}, 0, 5)
	fmt.Printf("%.2f\n", w)
	// Output: [2.67 3.67 4.67 5.00]
}

func FuzzWeights(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 40.0, 0.0, 20.0, 0.95)
	f.Add(0.0, 0.0, 0.0, 0.0, 0.0, math.Inf(1), 0.5)
	f.Add(1e308, 1e-308, 5e-324, 1e300, 1e-320, 1e305, 0.999999)
	f.Add(math.NaN(), -1.0, math.Inf(1), 1.0, 2.0, 1.0, 1.0)
	f.Add(3.0, 5.0, 4.0, 4.0, 4.0, 4.0, 0.1)
	f.Add(3.0, 5.0, 4.0, 4.0, 4.0, 4.0, 1-1e-16)
	f.Fuzz(func(t *testing.T, a, b, c, d, low, high, conf float64) {
		weights := []float64{a, b, c, d, a}
		if effect, err := KishEffect(weights); err == nil {
			wantNumbers(t, effect, nil)
		}
		if e, err := WeightedShare([]bool{true, false, true, true, false}, weights, conf); err == nil {
			wantNumbers(t, e, nil)
		}
		if trimmed, err := TrimWeights(weights, low, high); err == nil {
			wantNumbers(t, trimmed, nil)
			for i, w := range trimmed {
				if weights[i] > 0 && !(w >= low && w <= high) {
					t.Errorf("%v became %v, between %v and %v", weights[i], w, low, high)
				}
			}
		}
	})
}
