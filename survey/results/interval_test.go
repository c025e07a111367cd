package results

import (
	"context"
	"slices"
	"testing"

	"sipas/stats"
	"sipas/survey"
	"sipas/survey/demo"
)

// TestIntervalsLeadToTheirMethod goes from every interval and bound that an answer shows to the
// one method it names that lists it.
func TestIntervalsLeadToTheirMethod(t *testing.T) {
	_, s := openDemo(t, demo.Options{Seed: 3, Size: 20_000, Until: "2026-10-01"})
	ctx := context.Background()
	seen := map[string]bool{}
	for _, measure := range []string{survey.Overall, Index} {
		q, err := parse("measure="+measure, s.Today())
		if err != nil {
			t.Fatal(err)
		}
		comparison := ComparisonQuery{Query: q, Adjust: stats.Holm, Units: &League{By: ByAgency}}
		for name, find := range map[string]func() (any, error){
			"board":          func() (any, error) { return s.Board(ctx, survey.System, q) },
			"trend":          func() (any, error) { return s.Trend(ctx, survey.System, q) },
			"quality":        func() (any, error) { return s.Quality(ctx, survey.System, q) },
			"breakdown":      func() (any, error) { return s.Breakdown(ctx, survey.System, BreakdownQuery{q, DimensionField}) },
			"response rates": func() (any, error) { return s.ResponseRates(ctx, survey.System, q) },
			"drivers":        func() (any, error) { return s.Drivers(ctx, survey.System, DriversQuery{q, DriverFactors}) },
			"comparison":     func() (any, error) { return s.Comparison(ctx, survey.System, comparison) },
			"ranking":        func() (any, error) { return s.Ranking(ctx, survey.System, RankingQuery{q, League{By: ByAgency}}) },
			"funnel": func() (any, error) {
				return s.Funnel(ctx, survey.System, FunnelQuery{Query: q, League: League{By: ByAgency}})
			},
		} {
			t.Run(name+" of "+measure, func(t *testing.T) {
				found, err := find()
				if err != nil {
					t.Fatal(err)
				}
				answer := tree(t, found)
				for method := range methodsIn(answer) {
					seen[method] = true
					var listed []string
					for _, m := range catalogue {
						if slices.Contains(m.Intervals, stats.Method(method)) && names(answer, m) {
							listed = append(listed, m.ID)
						}
					}
					if len(listed) != 1 {
						t.Errorf("%q leads to %v", method, listed)
					}
				}
			})
		}
	}
	for _, m := range catalogue {
		for _, method := range m.Intervals {
			if !seen[string(method)] {
				t.Errorf("%q of %s was in no answer", method, m.ID)
			}
		}
	}
}

// names reports whether an answer names a method among those behind its figures.
func names(answer any, m *Method) bool {
	return slices.ContainsFunc(answer.(map[string]any)["methods"].([]any), func(use any) bool { return use.(map[string]any)["id"] == m.ID })
}

// methodsIn collects what intervals and bounds of an answer are called.
func methodsIn(v any) map[string]bool {
	found := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, part := range v {
				walk(part)
			}
		case map[string]any:
			if method, ok := v["method"].(string); ok {
				found[method] = true
			}
			for _, part := range v {
				walk(part)
			}
		}
	}
	walk(v)
	return found
}
