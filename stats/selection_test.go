package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestSelectionEffectAgainstR(t *testing.T) {
	eachVector(t, "21_selection_bias.csv", func(v vector) {
		e := ok[SelectionEffect](v.t)(SelfSelection{
			Population: v.int("N"), Rated: v.int("n"), Share: v.float("share_true"), Correlation: v.float("rho"),
		}.Effect(0.95))
		v.want("f", e.Coverage, 1e-12)
		v.want("bias", e.Bias, 1e-12)
		v.want("n_eff", e.EffectiveN, 1e-10)
		v.want("srs_halfwidth95", e.HalfWidth, 1e-12)
	})
}

// The identity is exact: counting who rates and who is satisfied gives the bias it names.
func TestSelectionBiasIsTheDifferenceOfMeans(t *testing.T) {
	for _, c := range []struct{ population, rated, satisfied, satisfiedRated int64 }{
		{1000, 100, 850, 95}, {1000, 100, 850, 60}, {50, 49, 25, 25}, {400, 3, 10, 3}, {400, 390, 10, 0},
	} {
		size := float64(c.population)
		f, p := float64(c.rated)/size, float64(c.satisfied)/size
		rho := (float64(c.satisfiedRated)/size - f*p) / math.Sqrt(f*(1-f)*p*(1-p))
		e := ok[SelectionEffect](t)(SelfSelection{c.population, c.rated, p, rho}.Effect(0.95))
		bias := float64(c.satisfiedRated)/float64(c.rated) - p
		wantNear(t, "bias", e.Bias, &bias, 1e-12)
		if !e.Possible {
			t.Errorf("%+v has happened", c)
		}
		squared := p * (1 - p) / *e.EffectiveN
		wantNear(t, "mean squared error", &squared, new(bias*bias), 1e-12)
	}
}

func TestSelectionEdges(t *testing.T) {
	if e := ok[SelectionEffect](t)(SelfSelection{Share: 0.9}.Effect(0.95)); e.Coverage != nil || e.Bias != nil {
		t.Errorf("nothing to rate: %+v", e)
	}
	if e := ok[SelectionEffect](t)(SelfSelection{Population: 9, Share: 0.9}.Effect(0.95)); *e.Coverage != 0 || e.Bias != nil {
		t.Errorf("nobody rated: %+v", e)
	}
	if e := ok[SelectionEffect](t)(SelfSelection{9, 9, 0.9, 0.5}.Effect(0.95)); *e.Bias != 0 || *e.HalfWidth != 0 || e.EffectiveN != nil || !e.Possible {
		t.Errorf("everybody rated: %+v", e)
	}
	if e := ok[SelectionEffect](t)(SelfSelection{1000, 100, 0.9, 0}.Effect(0.95)); *e.Bias != 0 || e.EffectiveN != nil {
		t.Errorf("no correlation: %+v", e)
	}
	for _, rho := range []float64{0.3, -0.9} {
		if e := ok[SelectionEffect](t)(SelfSelection{1000, 100, 0.95, rho}.Effect(0.95)); e.Possible {
			t.Errorf("a correlation of %v: %+v", rho, e)
		}
	}
	for name, err := range map[string]error{
		"negative":    second(SelfSelection{10, -1, 0.9, 0}.Effect(0.95)),
		"more":        second(SelfSelection{10, 11, 0.9, 0}.Effect(0.95)),
		"share":       second(SelfSelection{10, 1, 1.1, 0}.Effect(0.95)),
		"correlation": second(SelfSelection{10, 1, 0.9, math.NaN()}.Effect(0.95)),
		"conf":        second(SelfSelection{10, 1, 0.9, 0}.Effect(0)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleSelfSelection_Effect() {
	e, _ := SelfSelection{Population: 20000, Rated: 2000, Share: 0.9, Correlation: 0.05}.Effect(0.95)
	fmt.Printf("off by %.3f, no better than %.0f drawn at random; taken at face value ± %.4f\n", *e.Bias, *e.EffectiveN, *e.HalfWidth)
	// Output: off by 0.045, no better than 44 drawn at random; taken at face value ± 0.0125
}

func FuzzSelectionEffect(f *testing.F) {
	f.Add(int64(20000), int64(2000), 0.9, 0.05, 0.95)
	f.Add(int64(0), int64(0), 1.0, -1.0, 0.5)
	f.Add(int64(20000), int64(2000), 0.9, 0.05, 1-1e-16)
	f.Add(int64(math.MaxInt64), int64(1), 0.5, 1e-300, 1e-300)
	f.Add(int64(-1), int64(5), math.NaN(), math.Inf(1), 1.0)
	f.Fuzz(func(t *testing.T, population, rated int64, share, correlation, conf float64) {
		if e, err := (SelfSelection{population, rated, share, correlation}).Effect(conf); err == nil {
			wantNumbers(t, e, nil)
		}
	})
}
