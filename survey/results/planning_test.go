package results

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sipas/survey"
)

func (p *province) plan(text string) (Planning, error) {
	p.t.Helper()
	q, err := ParsePlanningQuery(parameters(text), p.s.Today())
	if err != nil {
		return Planning{}, err
	}
	return p.s.Planning(p.t.Context(), survey.System, q)
}

// The reference values are those of stats.md's table, which R gave.
func TestPlanningForAMargin(t *testing.T) {
	p := newProvince(t)
	for query, want := range map[string]string{
		"":                                     "385 385 385, no files, 0",
		"population=1000":                      "385 385 385, 278 278 278, 286",
		"population=5000":                      "385 385 385, 357 357 357, 371",
		"population=1000 margin=3":             "1068 1068 1068, 517 517 517, 527",
		"population=1000 margin=3 expected=90": "385 385 385, 278 278 278, 527",
		// 277.73·1.5 = 416.6 and 416.6/0.4 = 1041.5: rounded once, and more than there are.
		"population=1000 designEffect=1.5 responseRate=40": "385 577 1441, 278 417 1042!, 286",
	} {
		plan, err := p.plan(query)
		if err != nil {
			t.Fatal(err)
		}
		explained(t, plan.Methods)
		u := plan.Margin.Unlimited
		got, yamane := "no files", int64(0)
		if c := plan.Margin.Corrected; c != nil {
			got, yamane = fmt.Sprintf("%d %d %d", c.Simple, c.Answers, c.Invitations), *plan.Margin.Guidance
			if !c.Enough {
				got += "!"
			}
		}
		if got = fmt.Sprintf("%d %d %d, %s, %d", u.Simple, u.Answers, u.Invitations, got, yamane); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestPlanningForAVerdict(t *testing.T) {
	p := newProvince(t)
	for truth, n := range map[string]int64{"91": 5393, "92": 1303, "93": 558, "94": 301} { // vectors 02c
		plan, err := p.plan("target=90 truth=" + truth)
		if err != nil {
			t.Fatal(err)
		}
		v := plan.Verdict
		if v.N != n || v.Critical.N != n || v.Target != 90 || v.Margin.N != 385 {
			t.Errorf("truly %s %%: %+v", truth, v)
		}
		if v.Critical.Power < 0.77 || v.Critical.Power > 0.83 { // the size is approximate, the power exact
			t.Errorf("truly %s %%: a power of %v", truth, v.Critical.Power)
		}
		// The smallest count whose exact tail at the target is at most 5 %.
		tail := func(k int64) (sum float64) {
			for x := k; x <= n; x++ {
				lg := func(v int64) float64 { g, _ := math.Lgamma(float64(v) + 1); return g }
				sum += math.Exp(lg(n) - lg(x) - lg(n-x) + float64(x)*math.Log(0.9) + float64(n-x)*math.Log(0.1))
			}
			return sum
		}
		if k := *v.Critical.MinAbove; tail(k) > 0.05 || tail(k-1) <= 0.05 {
			t.Errorf("truly %s %%: %d decide, with tails of %v and %v", truth, k, tail(k), tail(k-1))
		}
	}
	plan, err := p.plan("truth=80 agency=tinh")
	if err != nil || plan.Verdict.Target != 90 || plan.Verdict.Critical.Power < 0.75 { // the promise in force; shown to be below
		t.Errorf("%+v, %v", plan.Verdict, err)
	}
	if plan, err := p.plan(""); err != nil || plan.Verdict != nil {
		t.Errorf("a verdict on no truth: %+v, %v", plan.Verdict, err)
	}
}

func TestPlanningAllocation(t *testing.T) {
	p := newProvince(t,
		withFiles("so-a", map[string]int64{"dat-dai": 1000}),
		withFiles("phong-a1", map[string]int64{"ho-tich": 500}),
		withFiles("benh-vien", map[string]int64{"y-te": 500}),
		withFiles("so-b", map[string]int64{"ho-tich": 900}),
		withFiles("xa-1", map[string]int64{"ho-tich": 100}))
	p.rate(onlineB, "ho-tich", "2026-08-03", 60, 80)
	p.rate(deskA, "dat-dai", "2026-08-03", 95, 100)
	p.rate(desk1, "", "2026-08-03", 3, 9)
	sizes := func(query string) string {
		plan, err := p.plan(query)
		if err != nil {
			t.Fatal(err)
		}
		var sizes []string
		var sum int64
		for _, s := range plan.Allocation.Strata {
			sizes, sum = append(sizes, fmt.Sprint(s.Agency, " ", s.Size)), sum+s.Size
		}
		if sum != plan.Allocation.Total {
			t.Errorf("%s: %d of %d", query, sum, plan.Allocation.Total)
		}
		return strings.Join(sizes, ", ")
	}
	for query, want := range map[string]string{
		"total=300":                             "so-a 200, so-b 90, xa-1 10", // 6000, 2700, 300
		"total=300 rule=equal":                  "so-a 100, so-b 100, xa-1 100",
		"total=300 minimum=30":                  "so-a 186, so-b 84, xa-1 30",   // 270 over 6000 and 2700
		"total=1000 rule=equal":                 "so-a 350, so-b 350, xa-1 300", // all of xa-1
		"total=300 rule=squareRoot":             "so-a 158, so-b 106, xa-1 36",  // 158.36, 106.23, 35.41: the largest remainder
		"total=300 rule=squareRoot agency=so-a": "benh-vien 150, phong-a1 150",
	} {
		if got := sizes(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	// Neyman takes the shown indices, and what is expected where one is withheld: the
	// nine ratings of xa-1, and so-b beside it, leave no trace.
	plan, err := p.plan("total=300 rule=neyman expected=50")
	if err != nil {
		t.Fatal(err)
	}
	board := p.board("")
	for _, s := range plan.Allocation.Strata {
		want := 50.0
		if c := board.row(t, s.Agency).Cell; c.Index != nil {
			want = *c.Index
		}
		near(t, s.Agency, s.Expected, want, 1e-9)
	}
	if board.row(t, "xa-1").Cell.Index != nil || board.row(t, "so-a").Cell.Index == nil {
		t.Error("the example withholds something else")
	}
	if plan.Population == nil || *plan.Population != 9000 {
		t.Errorf("a population of %v", plan.Population)
	}
}

func TestPlanningWithoutFiles(t *testing.T) {
	p := newProvince(t, withFiles("so-b", map[string]int64{"ho-tich": 900}))
	for query, want := range map[string]VolumeReason{
		"":                              VolumeMissing,
		"period=2026-08-01..2026-08-20": VolumePeriod,
		"delivery=online":               VolumeFilter,
	} {
		plan, err := p.plan(query)
		if err != nil || plan.Population != nil || *plan.PopulationReason != want || plan.Margin.Corrected != nil || plan.Margin.Guidance != nil {
			t.Errorf("%s: %+v, %v", query, plan, err)
		}
		if query == "" {
			if a := plan.Allocation; len(a.Strata) != 1 || a.Total != 385 || !slices.Equal(a.Missing, []string{"so-a", "xa-1"}) {
				t.Errorf("%+v", a)
			}
		} else if plan.Allocation != nil || *plan.AllocationReason != want {
			t.Errorf("%s: %+v", query, plan.Allocation)
		}
	}
}

func TestPlanningRefusals(t *testing.T) {
	p := newProvince(t, withFiles("so-b", map[string]int64{"ho-tich": 100}))
	for query, want := range map[string]string{
		"margin=0":                      "margin: range",
		"margin=five":                   "margin: format",
		"margin=NaN":                    "margin: format",
		"conf=95":                       "conf: range",
		"expected=100":                  "expected: range",
		"designEffect=0 responseRate=0": "designEffect: range; responseRate: range",
		"population=1.5":                "population: format",
		"population=0":                  "population: range",
		"rule=fair":                     "rule: unknownOption",
		"total=-1 measure=joy":          "measure: unknownOption; total: range",
		"power=1":                       "power: range",
		"minimum=500 total=20":          "minimum: planning.minimum",
		"total=500":                     "total: range",
		"target=90 truth=90":            "truth: planning.tooClose",
		"truth=90 measure=tc1":          "target: required",
		"truth=90.05 target=90 margin=2 conf=0.9": "truth: planning.tooClose",
	} {
		_, err := p.plan(query)
		if got := strings.Join(fieldErrors(err), "; "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	p.rate(onlineB, "ho-tich", "2026-08-03", 20, 20)
	if _, err := p.plan("rule=neyman total=20 agency=so-b"); !slices.Equal(fieldErrors(err), []string{"rule: planning.noVariation"}) {
		t.Errorf("where everybody agrees: %v", err)
	}
	if _, err := p.plan("agency=nowhere"); survey.CodeOf(err) != survey.CodeNotFound {
		t.Errorf("%v", err)
	}
}
