package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestMissingAnswersAgainstR(t *testing.T) {
	eachVector(t, "18_missing_bounds.csv", func(v vector) {
		m := ok[Missing](v.t)(MissingAnswers(Outcomes{
			Satisfied: v.int("satisfied"), NotSatisfied: v.int("not_satisfied"),
			DontKnow: v.int("dont_know"), NoResponse: v.int("nonresponse"),
		}))
		v.want("share_valid", m.Share, 1e-12)
		v.want("share_all_answered", m.ShareOfAnswered, 1e-12)
		v.want("dk_rate", m.DontKnowRate, 1e-12)
		v.want("response_rate", m.ResponseRate, 1e-12)
		for columns, bounds := range map[[2]string]*WorstCase{
			{"bound_lo", "bound_hi"}: m.OfAsked, {"bound_lo_dk_only", "bound_hi_dk_only"}: m.OfAnswered,
		} {
			if bounds == nil {
				v.want(columns[0], nil, 0)
				v.want(columns[1], nil, 0)
				continue
			}
			v.want(columns[0], &bounds.Lower, 1e-12)
			v.want(columns[1], &bounds.Upper, 1e-12)
		}
	})
}

func TestWorstCaseAgainstATarget(t *testing.T) {
	for name, c := range map[string]struct {
		bounds WorstCase
		target float64
		want   Verdict
	}{
		"whatever they think, above": {WorstCase{0.91, 0.97}, 0.9, Above},
		"just reached":               {WorstCase{0.9, 0.97}, 0.9, Above},
		"rests on the missing":       {WorstCase{0.45, 0.95}, 0.9, Open},
		"could just be reached":      {WorstCase{0.45, 0.9}, 0.9, Open},
		"whatever they think, below": {WorstCase{0.45, 0.8}, 0.9, Below},
	} {
		if got := ok[Verdict](t)(c.bounds.Against(c.target)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, err := range map[string]error{
		"target":  second(WorstCase{0.4, 0.5}.Against(2)),
		"crossed": second(WorstCase{0.6, 0.5}.Against(0.9)),
		"range":   second(WorstCase{0.6, 1.5}.Against(0.9)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestResponseRate(t *testing.T) {
	if rate := ok[*float64](t)(Dispositions{}.ResponseRate()); rate != nil {
		t.Errorf("without cases %v", *rate)
	}
	want := 0.4
	rate := ok[*float64](t)(Dispositions{Complete: 40, Partial: 5, Refusal: 20, NonContact: 15, Other: 3, Unknown: 17}.ResponseRate())
	wantNear(t, "rate", rate, &want, 1e-12)
	if _, err := (Dispositions{Complete: 1, Other: -1}).ResponseRate(); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative: %v", err)
	}
}

func TestAdjustForNonresponseAgainstR(t *testing.T) {
	eachVector(t, "18c_weighting_class.csv", func(v vector) {
		var classes []ResponseClass
		responded, satisfied := v.ints("responded"), v.ints("satisfied")
		for i, invited := range v.ints("invited") {
			classes = append(classes, ResponseClass{Invited: invited, Responded: responded[i], Satisfied: satisfied[i]})
		}
		a := ok[ClassAdjusted](v.t)(AdjustForNonresponse(classes, 0.95))
		wantAll(v.t, "class_weight", a.Weights, v.floats("class_weight"), 1e-12)
		v.want("unadjusted", a.Unweighted, 1e-12)
		v.want("adjusted", a.Estimate.Value, 1e-12)
		v.want("se_adj", a.SE, 1e-12)
	})
}

func TestAdjustForEqualResponseChangesNothing(t *testing.T) {
	a := ok[ClassAdjusted](t)(AdjustForNonresponse([]ResponseClass{{100, 50, 30}, {400, 200, 190}, {}}, 0.95))
	wantNear(t, "adjusted", a.Estimate.Value, a.Unweighted, 1e-12)
	wantAll(t, "weight", a.Weights, []float64{2, 2, 0}, 0)
}

func TestMissingEdges(t *testing.T) {
	if a := ok[ClassAdjusted](t)(AdjustForNonresponse(nil, 0.95)); a.Estimate.Value != nil || a.Unweighted != nil || a.SE != nil {
		t.Errorf("nobody: %+v", a)
	}
	if a := ok[ClassAdjusted](t)(AdjustForNonresponse([]ResponseClass{{10, 5, 4}, {4, 1, 1}}, 0.95)); a.SE != nil || a.Estimate.Value == nil {
		t.Errorf("a single response: %+v", a)
	}
	for name, err := range map[string]error{
		"negative":              second(MissingAnswers(Outcomes{DontKnow: -1})),
		"conf":                  second(AdjustForNonresponse(nil, 1)),
		"nobody responded":      second(AdjustForNonresponse([]ResponseClass{{10, 5, 4}, {4, 0, 0}}, 0.95)),
		"more than invited":     second(AdjustForNonresponse([]ResponseClass{{10, 11, 4}}, 0.95)),
		"more than responded":   second(AdjustForNonresponse([]ResponseClass{{10, 5, 6}}, 0.95)),
		"negative satisfaction": second(AdjustForNonresponse([]ResponseClass{{10, 5, -1}}, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleMissingAnswers() {
	m, _ := MissingAnswers(Outcomes{Satisfied: 180, NotSatisfied: 20, DontKnow: 35, NoResponse: 165})
	verdict, _ := m.OfAsked.Against(0.9)
	fmt.Printf("%.2f, but between %.2f and %.2f of all asked: %v\n", *m.Share, m.OfAsked.Lower, m.OfAsked.Upper, verdict)
	// Output: 0.90, but between 0.45 and 0.95 of all asked: open
}

func ExampleWorstCase_Against() {
	verdict, _ := WorstCase{Lower: 0.91, Upper: 0.97}.Against(0.9)
	fmt.Println(verdict)
	// Output: above
}

func ExampleDispositions_ResponseRate() {
	rate, _ := Dispositions{Complete: 380, Partial: 20, Refusal: 60, NonContact: 30, Unknown: 10}.ResponseRate()
	fmt.Printf("%.2f\n", *rate)
	// Output: 0.76
}

func ExampleAdjustForNonresponse() {
	a, _ := AdjustForNonresponse([]ResponseClass{{400, 200, 180}, {300, 60, 51}, {300, 40, 30}}, 0.95)
	fmt.Printf("%.2f as answered, %.2f adjusted, ± %.3f\n", *a.Unweighted, *a.Estimate.Value, *a.SE)
	// Output: 0.87 as answered, 0.84 adjusted, ± 0.026
}

func FuzzMissing(f *testing.F) {
	f.Add(int64(180), int64(20), int64(35), int64(165))
	f.Add(int64(0), int64(0), int64(0), int64(0))
	f.Add(int64(-1), int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, a, b, c, d int64) {
		if m, err := MissingAnswers(Outcomes{a, b, c, d}); err == nil {
			wantNumbers(t, m, nil)
			if m.OfAsked != nil {
				if _, err := m.OfAsked.Against(0.9); err != nil {
					t.Error(err)
				}
			}
		}
		if rate, err := (Dispositions{Complete: a, Partial: b, Refusal: c, Unknown: d}).ResponseRate(); err == nil {
			wantNumbers(t, rate, nil)
		}
		if adjusted, err := AdjustForNonresponse([]ResponseClass{{c, b, a}, {d, c, b}}, 0.95); err == nil {
			wantNumbers(t, adjusted, nil)
		}
	})
}

func FuzzWorstCase(f *testing.F) {
	f.Add(0.4, 0.9, 0.9)
	f.Add(math.NaN(), math.Inf(1), math.NaN())
	f.Fuzz(func(t *testing.T, lower, upper, target float64) {
		verdict, err := WorstCase{lower, upper}.Against(target)
		if err == nil && verdict != Open && (verdict == Above) != (lower >= target) {
			t.Errorf("%v of %v to %v against %v", verdict, lower, upper, target)
		}
	})
}
