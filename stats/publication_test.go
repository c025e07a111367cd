package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestPublicationRuleAgainstR(t *testing.T) {
	eachVector(t, "20_publication_rule.csv", func(v vector) {
		d := Design{Share: v.float("p"), N: v.int("n"), DF: v.float("df")}
		if se := v.maybe("se"); se != nil {
			d.SE = *se
		}
		p := ok[Publication](v.t)(PublicationRule(d, 0.95))
		v.want("n_eff", p.EffectiveN, 1e-12)
		v.want("lower", lower(p.Interval), 1e-10)
		v.want("upper", upper(p.Interval), 1e-10)
		v.want("abs_width", p.Width, 1e-10)
		v.want("rel_width", p.Relative, 1e-10)
		v.want("rel_width_complement", p.RelativeRest, 1e-10)
		got := []bool{p.Publish, p.Review, p.FlagOthers, p.Reason != ""}
		want := []bool{v.text("decision") == "PRESENT", v.int("review") == 1, v.int("complement_flag") == 1, v.text("decision") == "SUPPRESS"}
		if !slices.Equal(got, want) {
			v.t.Errorf("%+v, want %v", p, want)
		}
	})
}

func TestPublicationRuleReasons(t *testing.T) {
	for _, c := range []struct {
		name string
		d    Design
		want PublicationReason
	}{
		{"small sample", Design{Share: 0.9, SE: 0.05, N: 29, DF: 28}, SampleTooSmall},
		{"small effective sample", Design{Share: 0.9, SE: 0.08, N: 120, DF: 12}, SampleTooSmall},
		{"nobody", Design{}, SampleTooSmall},
		{"no degrees of freedom", Design{Share: 0.9, SE: 0.01, N: 500}, SampleTooSmall},
		{"wide", Design{Share: 0.5, SE: 0.09, N: 31, DF: 30}, TooWide},
		{"wide for its share", Design{Share: 0.04, SE: 0.02, N: 120, DF: 119}, RelativelyWide},
		{"precise and rare", Design{Share: 0.004, SE: 0.002, N: 1000, DF: 999}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if p := ok[Publication](t)(PublicationRule(c.d, 0.95)); p.Reason != c.want || p.Publish != (c.want == "") {
				t.Errorf("%+v", p)
			}
		})
	}
	// Shares of both sides have the same width.
	a := ok[Publication](t)(PublicationRule(Design{Share: 0.93, SE: 0.02, N: 200, DF: 60}, 0.95))
	b := ok[Publication](t)(PublicationRule(Design{Share: 1 - 0.93, SE: 0.02, N: 200, DF: 60}, 0.95))
	sameNumber(t, "width", *a.Width, *b.Width, 1e-12)
	sameNumber(t, "relative", *a.RelativeRest, *b.Relative, 1e-10)
	if _, err := PublicationRule(Design{Share: 2}, 0.95); !errors.Is(err, ErrInvalid) {
		t.Errorf("a share of 2: %v", err)
	}
}

func FuzzPublicationRule(f *testing.F) {
	f.Add(int64(3), int64(40), 0.9, 0.02)
	f.Add(int64(0), int64(0), math.NaN(), math.Inf(1))
	f.Fuzz(func(t *testing.T, n, df int64, share, se float64) {
		if p, err := PublicationRule(Design{Share: share, SE: se, N: n, DF: float64(df)}, 0.95); err == nil {
			finite(t, "publication", p.EffectiveN, p.Width, p.Relative, p.RelativeRest, lower(p.Interval), upper(p.Interval))
		}
	})
}

func ExamplePublicationRule() {
	p, _ := PublicationRule(Design{Share: 0.93, SE: 0.02, N: 200, DF: 6}, 0.95)
	fmt.Println(p.Publish, p.Review, p.FlagOthers)
	// Output: true true true
}
