package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func (v vector) strata() []StratumCount {
	v.t.Helper()
	var strata []StratumCount
	n, k := v.ints("n"), v.ints("k")
	for i, size := range v.ints("N") {
		strata = append(strata, StratumCount{Population: size, N: n[i], Successes: k[i]})
	}
	return strata
}

func TestEstimateStrataAgainstR(t *testing.T) {
	eachVector(t, "08b_stratified_counts.csv", func(v vector) {
		s := ok[StratifiedShare](v.t)(EstimateStrata(v.strata(), v.int("fpc") == 1, v.float("conf")))
		v.want("estimate", s.Estimate.Value, 1e-12)
		v.want("unweighted", s.Unweighted, 1e-12)
		v.want("variance", s.Variance, 1e-12)
		v.want("se", s.SE, 1e-12)
		v.want("df", &s.DF, 0)
		v.want("n_eff", s.Estimate.EffectiveN, 1e-10)
		v.want("deff_svy", s.DesignEffect, 1e-10)
		v.want("wilson_lower", lower(s.Estimate.Interval), 1e-10)
		v.want("wilson_upper", upper(s.Estimate.Interval), 1e-10)
	})
}

// Counts and records of the same stratified sample have the same estimate.
func TestEstimateStrataIsTheDesign(t *testing.T) {
	strata := []StratumCount{{400, 12, 9}, {90, 45, 40}, {7, 7, 6}}
	var labels []string
	var success []bool
	var weights, population []float64
	for i, h := range strata {
		for k := range h.N {
			labels = append(labels, fmt.Sprint(i))
			success = append(success, k < h.Successes)
			weights = append(weights, float64(h.Population)/float64(h.N))
			population = append(population, float64(h.Population))
		}
	}
	for _, finite := range []bool{false, true} {
		stage := SamplingStage{Strata: labels}
		if finite {
			stage.Population = population
		}
		counted := ok[StratifiedShare](t)(EstimateStrata(strata, finite, 0.95))
		design := ok[*SampleDesign](t)(NewSampleDesign(weights, LonelyFail, stage))
		e := ok[DesignEstimate](t)(design.Share(success, nil))
		wantNear(t, "value", counted.Estimate.Value, e.Value, 1e-12)
		wantNear(t, "variance", counted.Variance, e.Variance, 1e-14)
		wantNear(t, "design effect", counted.DesignEffect, e.DesignEffect, 1e-12)
		wantNear(t, "degrees of freedom", &counted.DF, &e.DF, 0)
	}
}

func TestEstimateStrataEdges(t *testing.T) {
	if s := ok[StratifiedShare](t)(EstimateStrata([]StratumCount{{}, {}}, true, 0.95)); s.Estimate.Value != nil || s.Unweighted != nil {
		t.Errorf("nobody: %+v", s)
	}
	census := ok[StratifiedShare](t)(EstimateStrata([]StratumCount{{20, 20, 15}, {1, 1, 1}}, true, 0.95))
	if *census.SE != 0 || *census.Estimate.Value != 16.0/21 || census.Estimate.EffectiveN != nil ||
		census.Estimate.Interval.Lower != 16.0/21 || census.Estimate.Interval.Upper != 16.0/21 || census.DesignEffect != nil {
		t.Errorf("everybody: %+v", census)
	}
	single := ok[StratifiedShare](t)(EstimateStrata([]StratumCount{{20, 10, 5}, {4, 1, 1}, {}}, true, 0.95))
	if *single.Estimate.Value != (10.0+4)/24 || single.SE != nil || single.Estimate.Interval != nil || single.DesignEffect != nil {
		t.Errorf("a stratum of one answer: %+v", single)
	}
	agreed := ok[StratifiedShare](t)(EstimateStrata([]StratumCount{{7, 3, 3}, {11, 5, 5}}, false, 0.95))
	if *agreed.Estimate.Value != 1 || *agreed.Estimate.EffectiveN != 8 || agreed.Estimate.Interval.Lower > 0.9 {
		t.Errorf("all satisfied: %+v", agreed)
	}
	for name, strata := range map[string][]StratumCount{
		"unanswered":            {{10, 5, 4}, {3, 0, 0}},
		"more than members":     {{10, 11, 4}},
		"answers of nobody":     {{0, 2, 1}},
		"negative population":   {{-1, 0, 0}},
		"negative":              {{10, 5, -1}},
		"more than answers":     {{10, 5, 6}},
		"inconceivable numbers": {{math.MaxInt64, 5, 5}},
	} {
		if _, err := EstimateStrata(strata, false, 0.95); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := EstimateStrata(nil, false, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("conf: %v", err)
	}
}

func ExampleEstimateStrata() {
	// Most transactions are online, most ratings come from the counters.
	s, _ := EstimateStrata([]StratumCount{
		{Population: 30000, N: 60, Successes: 50},
		{Population: 500, N: 300, Successes: 290},
		{Population: 200, N: 150, Successes: 141},
		{Population: 70, N: 50, Successes: 48},
	}, false, 0.95)
	fmt.Printf("%.4f as counted, %.4f weighted, from %.4f to %.4f on %.0f independent answers\n",
		*s.Unweighted, *s.Estimate.Value, s.Estimate.Interval.Lower, s.Estimate.Interval.Upper, *s.Estimate.EffectiveN)
	// Output: 0.9446 as counted, 0.8365 weighted, from 0.7245 to 0.9087 on 61 independent answers
}

func FuzzEstimateStrata(f *testing.F) {
	f.Add(int64(400), int64(80), int64(75), int64(90), int64(45), int64(40), true, 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(1), int64(1), int64(1), false, 0.5)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(1), int64(math.MaxInt64), int64(2), int64(2), true, 1e-300)
	f.Add(int64(-1), int64(-2), int64(-3), int64(5), int64(6), int64(7), false, math.NaN())
	f.Fuzz(func(t *testing.T, population, n, k, population2, n2, k2 int64, finite bool, conf float64) {
		s, err := EstimateStrata([]StratumCount{{population, n, k}, {population2, n2, k2}}, finite, conf)
		if err != nil {
			return
		}
		wantNumbers(t, s, nil)
		if e := s.Estimate; e.Value != nil && !(*e.Value >= 0 && *e.Value <= 1) ||
			e.Interval != nil && !(e.Interval.Lower <= *e.Value+1e-12 && *e.Value <= e.Interval.Upper+1e-12) {
			t.Errorf("%v in %+v", *e.Value, e.Interval)
		}
	})
}
