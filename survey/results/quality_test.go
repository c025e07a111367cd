package results

import (
	"context"
	"fmt"
	"maps"
	"math"
	"testing"

	"sipas/survey"
)

func (p *province) quality(text string) Quality {
	p.t.Helper()
	q, err := p.s.Quality(context.Background(), survey.System, p.query(text))
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, q.Methods)
	return q
}

// brief writes "excluded: without → with (difference)".
func (q Quarantine) brief() string {
	figure := func(f *Figure) string {
		switch {
		case f == nil:
			return "-"
		case f.Index == nil:
			return fmt.Sprintf("?/%d", f.N)
		}
		return fmt.Sprintf("%.1f/%d", *f.Index, f.N)
	}
	number := func(x *float64) string {
		if x == nil {
			return "-"
		}
		return fmt.Sprintf("%.1f", *x)
	}
	excluded := "-"
	if q.Excluded != nil {
		excluded = fmt.Sprint(*q.Excluded)
	}
	return fmt.Sprintf("%s (%s %%): %s → %s, %s", excluded, number(q.Share), figure(q.Without), figure(q.With), number(q.Difference))
}

func TestQuality(t *testing.T) {
	p := newProvince(t)
	flag := func(flags ...survey.Flag) func(*survey.Response) {
		return func(r *survey.Response) { r.Flags = flags }
	}
	p.rate(deskA, "dat-dai", "2026-08-03", 10, 20)
	p.rate(deskA, "dat-dai", "2026-08-03", 20, 20, flag(survey.FlagBurst))
	p.rate(deskUnit, "ho-tich", "2026-08-03", 20, 20, flag(survey.FlagClock, survey.FlagImpossible))
	p.rate(ward, "y-te", "2026-08-03", 15, 19)
	p.rate(ward, "y-te", "2026-08-03", 15, 15, flag(survey.FlagFast))
	p.rate(onlineB, "ho-tich", "2026-08-03", 12, 12, flag(survey.FlagRun, survey.FlagClock))
	p.rate(desk1, "", "2026-08-03", 19, 19, flag(survey.FlagDuplicate))
	p.rate(desk1, "", "2026-05-03", 90, 90) // another quarter

	q := p.quality("")
	if len(q.Flags) != len(survey.Flags) || q.Agency.ID != "tinh" || q.Period.Name != "2026-Q3" {
		t.Errorf("%+v", q)
	}
	for _, f := range q.Flags {
		if f.Name[survey.Vietnamese] == "" || f.Name[survey.English] == "" || f.Informative != f.ID.Informative() {
			t.Errorf("flag %+v", f)
		}
	}
	got := map[string]string{"": q.Total.brief()}
	flagged := map[string]map[survey.Flag]int64{"": q.Total.Flagged}
	depth := map[string]int{}
	for _, r := range q.Agencies {
		got[r.ID], flagged[r.ID], depth[r.ID] = r.brief(), r.Flagged, r.Depth
	}
	for _, r := range q.Points {
		got[r.Code], flagged[r.Code] = r.brief(), r.Flagged
	}
	want := map[string]string{
		"":              "66 (52.8 %): 76.3/59 → 88.8/125, 12.5",
		"so-a":          "35 (37.2 %): 76.3/59 → 85.1/94, 8.8",
		"phong-a1":      "0 (0.0 %): 100.0/20 → 100.0/20, 0.0",
		"benh-vien":     "15 (44.1 %): 78.9/19 → 88.2/34, 9.3",
		"so-b":          "12 (100.0 %): ?/0 → 100.0/12, -",
		"xa-1":          "19 (100.0 %): ?/0 → 100.0/19, -",
		valid(deskA):    "20 (50.0 %): 50.0/20 → 75.0/40, 25.0",
		valid(deskUnit): "0 (0.0 %): 100.0/20 → 100.0/20, 0.0",
		valid(ward):     "15 (44.1 %): 78.9/19 → 88.2/34, 9.3",
		valid(onlineB):  "12 (100.0 %): ?/0 → 100.0/12, -",
		valid(desk1):    "19 (100.0 %): ?/0 → 100.0/19, -",
	}
	if !maps.Equal(got, want) {
		t.Errorf("figures %v, want %v", got, want)
	}
	for id, want := range map[string]map[survey.Flag]int64{
		"":         {survey.FlagBurst: 20, survey.FlagClock: 32, survey.FlagImpossible: 20, survey.FlagFast: 15, survey.FlagRun: 12, survey.FlagDuplicate: 19},
		"phong-a1": {survey.FlagClock: 20, survey.FlagImpossible: 20}, valid(ward): {survey.FlagFast: 15},
	} {
		if !maps.Equal(flagged[id], want) {
			t.Errorf("%q: flags %v, want %v", id, flagged[id], want)
		}
	}
	if depth["so-a"] != 1 || depth["phong-a1"] != 2 {
		t.Errorf("depths %v", depth)
	}

	// The board shows the same difference, and the query's rule for flags changes nothing.
	b := p.board("agency=so-a")
	if q := p.quality("agency=so-a flags=include"); *q.Total.Without.Index != *b.Total.Index || *q.Total.With.Index != *b.Flagged.With.Index ||
		*q.Total.Excluded != *b.Flagged.Excluded || len(q.Points) != 3 || math.Abs(*q.Total.Difference-8.8) > 0.05 {
		t.Errorf("%s, the board has %s and %s", q.Total.brief(), short(b.Total), short(*b.Flagged.With))
	}
}

// What few suspicious ratings say is not told by the figures around them.
func TestQualityTellsLittle(t *testing.T) {
	p := newProvince(t)
	flag := func(r *survey.Response) { r.Flags = []survey.Flag{survey.FlagFast} }
	p.rate(deskA, "dat-dai", "2026-08-03", 10, 20)
	p.rate(deskA, "dat-dai", "2026-08-03", 20, 20, flag)
	p.rate(onlineB, "ho-tich", "2026-08-03", 10, 12)
	p.rate(onlineB, "ho-tich", "2026-08-03", 14, 15, flag)
	p.rate(desk1, "", "2026-08-03", 11, 11)
	p.rate(desk1, "", "2026-08-03", 5, 5, flag)
	q := p.quality("")
	shown := map[string]string{"": q.Total.brief()}
	for _, r := range q.Agencies {
		shown[r.ID] = r.brief()
	}
	want := map[string]string{
		"":     "40 (48.2 %): 72.1/43 → 84.3/83, 12.2",
		"so-a": "20 (50.0 %): 50.0/20 → 75.0/40, 25.0",
		"so-b": "- (- %): 83.3/12 → -, -", // beside the others, it would tell of xa-1's five
		"xa-1": "- (- %): 100.0/11 → -, -",
	}
	if !maps.Equal(shown, want) {
		t.Errorf("figures %v, want %v", shown, want)
	}
}

func TestQualityScope(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-08-03", 10, 20)
	p.rate(desk1, "", "2026-08-03", 10, 20)
	viewer := survey.Actor{User: "v", Grants: []survey.Grant{{Role: survey.RoleViewer, Agency: "so-a"}}}
	q, err := p.s.Quality(context.Background(), viewer, p.query(""))
	if err != nil || q.Agency.ID != "so-a" || q.Total.brief() != "0 (0.0 %): 50.0/20 → 50.0/20, 0.0" || len(q.Points) != 1 {
		t.Errorf("%+v, %v", q, err)
	}
	for _, text := range []string{"agency=xa-1", "point=" + valid(desk1)} {
		if _, err := p.s.Quality(context.Background(), viewer, p.query(text)); !survey.IsCode(err, survey.CodeForbidden) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
