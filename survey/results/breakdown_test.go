package results

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sipas/survey"
)

func (p *province) breakdown(text string) Breakdown {
	p.t.Helper()
	b, err := p.s.Breakdown(p.t.Context(), survey.System, p.breakdownQuery(text))
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, b.Methods)
	return b
}

func (p *province) breakdownQuery(text string) BreakdownQuery {
	p.t.Helper()
	q, err := ParseBreakdownQuery(parameters(text), p.s.Today())
	if err != nil {
		p.t.Fatal(err)
	}
	return q
}

// rows writes the rows of a breakdown: "kiosk 18/20 above".
func (b *Breakdown) rows() (rows []string) {
	for _, r := range b.Rows {
		id := "?"
		if r.ID != nil {
			id = *r.ID
		}
		figure := "withheld"
		if r.Cell.Withheld == nil {
			figure = fmt.Sprintf("%d/%d", *r.Cell.Satisfied, *r.Cell.Answered)
		}
		rows = append(rows, id+" "+figure)
	}
	return rows
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func captured(c survey.Capture) func(*survey.Response) {
	return func(r *survey.Response) { r.Capture = c }
}

func TestBreakdownByEachDimension(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-07-03", 20, 24, captured(survey.CaptureKiosk))
	p.rate(deskA, "", "2026-08-03", 10, 12)
	p.rate(deskUnit, "ho-tich", "2026-08-03", 30, 31)
	p.rate(onlineB, "ho-tich", "2026-09-03", 10, 14)
	p.rate(onlineB, "ho-tich", "2026-09-04", 10, 10, func(r *survey.Response) { r.Language = survey.English })
	said := func(gender string) func(*survey.Response) {
		return func(r *survey.Response) {
			r.Questionnaire = "full"
			r.Answers["gender"] = survey.TextAnswer(gender)
		}
	}
	p.rate(desk1, "", "2026-09-05", 11, 12, said("female"))
	p.rate(desk1, "", "2026-09-05", 10, 13, said("other_gender"))
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"agency":         {"by=agency", []string{"so-a 60/67", "so-b 20/24", "xa-1 21/25"}},
		"agency, inner":  {"by=agency agency=so-a", []string{"benh-vien 0/0", "phong-a1 30/31", "so-a 30/36"}},
		"agency, a leaf": {"by=agency agency=xa-1", []string{"xa-1 21/25"}},
		"field":          {"by=field", []string{"ho-tich 50/55", "dat-dai 20/24", "? 31/37"}},
		"a field":        {"by=field field=ho-tich", []string{"ho-tich 50/55"}},
		"point": {"by=point", []string{valid(deskA) + " 30/36", valid(deskUnit) + " 30/31", valid(ward) + " 0/0", valid(onlineB) + " 20/24",
			valid(desk1) + " 21/25"}},
		"capture":        {"by=capture", []string{"kiosk 20/24", "qr 81/92", "link 0/0", "paper 0/0", "import 0/0"}},
		"a capture":      {"by=capture capture=kiosk", []string{"kiosk 20/24"}},
		"delivery":       {"by=delivery", []string{"counter 81/92", "online 20/24", "post 0/0"}},
		"language":       {"by=language", []string{"vi 91/106", "en 10/10"}},
		"questionnaire":  {"by=questionnaire", []string{"full/1 21/25", "quick/1 80/91"}},
		"month":          {"by=month", []string{"2026-07 20/24", "2026-08 40/43", "2026-09 41/49"}},
		"month, cut":     {"by=month period=2026-07-03..2026-08-10", []string{"2026-07-03..2026-07-31 20/24", "2026-08-01..2026-08-10 40/43"}},
		"quarter":        {"by=quarter period=2026", []string{"2026-Q3 101/116", "2026-Q4 0/0"}},
		"gender":         {"by=gender", []string{"male 0/0", "female 11/12", "other_gender 10/13", "? 80/91"}},
		"ageGroup":       {"by=ageGroup", []string{"under_25 0/0", "from_25_to_34 0/0", "from_35_to_49 0/0", "from_50_to_60 0/0", "over_60 0/0", "? 101/116"}},
		"flagged apart":  {"by=capture flags=include", []string{"kiosk 20/24", "qr 81/92", "link 0/0", "paper 0/0", "import 0/0"}},
		"nobody":         {"by=delivery period=2025-Q1", []string{"counter 0/0", "online 0/0", "post 0/0"}},
		"nobody, months": {"by=month period=2025-Q1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := p.breakdown(c.query)
			got := b.rows()
			if name == "field" || name == "point" { // the catalogue's order is not the point here
				slices.Sort(got)
				slices.Sort(c.want)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			sum := int64(0)
			for _, r := range b.Rows {
				sum += *r.Cell.N
			}
			if sum != *b.Total.Cell.N {
				t.Errorf("rows of %d respondents, a total of %d", sum, *b.Total.Cell.N)
			}
			for _, l := range survey.Languages {
				if b.Summary[l] == "" {
					t.Errorf("no summary in %s", l)
				}
			}
		})
	}
}

// The reference values are R's: prop.test(c(90, 60, 70), c(100, 80, 100), correct = FALSE),
// prop.test of each row and the rest, p.adjust(p, "holm"), t.test of the levels.
func TestBreakdownTests(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-07-03", 90, 100)
	p.rate(onlineB, "ho-tich", "2026-07-03", 60, 80)
	p.rate(desk1, "", "2026-07-03", 70, 100)
	b := p.breakdown("by=agency")
	// Σ(k − n·p̄)²/(n·p̄·q̄) with p̄ = 220/280, computed by hand.
	share := 220.0 / 280
	var statistic float64
	for _, g := range [][2]float64{{90, 100}, {60, 80}, {70, 100}} {
		off := g[0] - g[1]*share
		statistic += off * off / (g[1] * share * (1 - share))
	}
	near(t, "χ²", b.Test.Statistic, statistic, 1e-9)
	near(t, "its p", b.Test.P, math.Exp(-statistic/2), 1e-12) // two degrees of freedom
	if b.Test.DF != 2 || b.Test.Groups != 3 || *b.Test.Verdict != GroupsDifferent {
		t.Errorf("%+v", b.Test)
	}
	var ps []float64
	for i, want := range []struct {
		n          int64
		index      float64
		difference float64
		verdict    GroupVerdict
	}{
		{180, 100 * 130.0 / 180, 90 - 100*130.0/180, GroupsHigher},
		{200, 80, -5, GroupsUnclear},
		{180, 100 * 150.0 / 180, 70 - 100*150.0/180, GroupsLower},
	} {
		r := b.Rows[i].Rest
		if r.N != want.n || *r.Verdict != want.verdict {
			t.Errorf("row %d: a rest of %d, %s", i, r.N, *r.Verdict)
		}
		near(t, "the rest", r.Index, want.index, 1e-9)
		near(t, "the difference", r.Difference, want.difference, 1e-9)
		if r.Interval.Lower >= r.Difference || r.Interval.Upper <= r.Difference || r.Interval.Method != "newcombe" {
			t.Errorf("row %d: interval %+v", i, r.Interval)
		}
		n := float64(*b.Rows[i].Cell.N)
		z := r.Difference / 100 / math.Sqrt(share*(1-share)*(1/n+1/float64(r.N)))
		near(t, "p", *r.P, math.Erfc(math.Abs(z)/math.Sqrt2), 1e-12)
		ps = append(ps, *r.P)
	}
	near(t, "Holm, smallest", *b.Rows[0].Rest.AdjustedP, 3*ps[0], 1e-12)
	near(t, "Holm, second", *b.Rows[2].Rest.AdjustedP, 2*ps[2], 1e-12)
	near(t, "Holm, largest", *b.Rows[1].Rest.AdjustedP, ps[1], 1e-12)

	// Levels 5 and 3 stand 50 points apart on the scale: mean and deviation by hand.
	score := b.Rows[0].Score
	near(t, "the score", score.Value, 95, 1e-9)
	sd := math.Sqrt((90*25 + 10*45*45) / 99.0)
	near(t, "its interval", score.Interval.Upper-score.Value, 1.984216951586042*sd/10, 1e-9) // qt(0.975, 99)
	if *b.Rows[0].Levels != (Levels{Level3: 10, Level5: 90}) {
		t.Errorf("levels %+v", b.Rows[0].Levels)
	}
	// The rest of a field is the other fields: the hundred ratings without one are no part of it.
	if r := p.breakdown("by=field").Rows[0].Rest; r.N+*p.breakdown("by=field").Rows[0].Cell.N != 180 {
		t.Errorf("a rest of %d", r.N)
	}
	for name, c := range map[string]struct {
		query  string
		reason BoundReason
	}{
		"an open period": {"by=agency period=2026", ReasonPeriodOpen},
		"chosen days":    {"by=agency period=2026-07-01..2026-07-31", ReasonCustomPeriod},
	} {
		b := p.breakdown(c.query)
		if b.Test.Verdict != nil || *b.Test.Reason != c.reason || b.Rows[0].Rest.Verdict != nil || *b.Rows[0].Rest.Reason != c.reason {
			t.Errorf("%s: %+v", name, b.Test)
		}
	}
}

// fully takes ratings of every criterion of two factors, of which the first are satisfied.
func (p *province) fully(point, day string, satisfied map[string]int, answered int) {
	for i := range answered {
		answers := survey.Answers{}
		for _, criterion := range Criteria {
			level := 2
			if i < satisfied[criterion] {
				level = 4
			}
			answers[criterion] = survey.LevelAnswer(level)
		}
		r := p.response(point, "", day, answers)
		r.Questionnaire = "full"
		p.take(r)
	}
}

func TestBreakdownOfPooledMeasures(t *testing.T) {
	p := newProvince(t)
	p.fully(desk1, "2026-07-03", map[string]int{"kq1": 10, "kq2": 20, "kq3": 30}, 40)
	p.fully(onlineB, "2026-07-03", map[string]int{"kq1": 12, "kq2": 12, "kq3": 12}, 20)
	b := p.breakdown("by=agency measure=kq")
	if b.Rows[1].Cell.Mean != nil || b.Rows[1].Levels != nil || b.Rows[1].Score != nil {
		t.Error("a pooled measure has levels")
	}
	near(t, "the criteria's mean, so-b", *b.Rows[1].MacroMean, 60, 1e-9)
	near(t, "the criteria's mean, xa-1", *b.Rows[2].MacroMean, 50, 1e-9)
	near(t, "the criteria's mean", *b.Total.MacroMean, 100.0/3*(22.0/60+32.0/60+42.0/60), 1e-9)
	for i, want := range []int64{12, 10} {
		if full := b.Rows[i+1].Full; full == nil || full.N != want {
			t.Errorf("%s: %+v are satisfied with everything, want %d", *b.Rows[i+1].ID, full, want)
		}
	}
	near(t, "all who are satisfied with everything", b.Total.Full.Share, 100.0*22/60, 1e-9)
	// Respondents are the unit. In so-b twelve satisfied with all three of twenty: the
	// variance of a share of people, with n/(n − 1).
	varianceB := 0.6 * 0.4 / 19
	// In xa-1 ten have 3, ten 2, ten 1 and ten 0 of 3.
	varianceA := 40.0 / 39 * 10 * (2.25 + 0.25 + 0.25 + 2.25) / (120 * 120)
	nA, nB := 0.25/varianceA, 0.24/varianceB
	all := (0.5*nA + 0.6*nB) / (nA + nB)
	want := (nA*(0.5-all)*(0.5-all) + nB*(0.6-all)*(0.6-all)) / (all * (1 - all))
	near(t, "χ² on respondents", b.Test.Statistic, want, 1e-9)
	near(t, "and each against the rest", *b.Rows[1].Rest.P, b.Test.P, 1e-9)

	p.take(p.answering(desk1, map[string]int{"kq1": 5})) // one criterion of too few
	few := newProvince(t)
	few.fully(desk1, "2026-07-03", nil, 12)
	for range 5 {
		few.take(few.answering(onlineB, map[string]int{"kq1": 4, "kq2": 4}))
		few.take(few.answering(onlineB, map[string]int{"kq1": 4, "kq3": 2}))
	}
	b = few.breakdown("by=agency measure=kq")
	if b.Rows[1].Cell.Index == nil || b.Rows[1].MacroMean != nil {
		t.Errorf("so-b has a mean of criteria that are withheld: %v", b.Rows[1].MacroMean)
	}
}

func (p *province) answering(point string, levels map[string]int) survey.Response {
	answers := survey.Answers{}
	for id, level := range levels {
		answers[id] = survey.LevelAnswer(level)
	}
	r := p.response(point, "", "2026-07-03", answers)
	r.Questionnaire = "full"
	return r
}

// A part of too few is not told by the others, nor by the board of the whole.
func TestBreakdownWithholds(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-07-03", 40, 50, captured(survey.CaptureKiosk))
	p.rate(deskA, "dat-dai", "2026-07-03", 20, 30)
	p.rate(deskA, "dat-dai", "2026-07-03", 9, 12, captured(survey.CapturePaper))
	p.rate(deskA, "dat-dai", "2026-07-03", 2, 4, captured(survey.CaptureLink))
	b := p.breakdown("by=capture")
	if got, want := b.rows(), []string{"kiosk 40/50", "qr 20/30", "link withheld", "paper withheld", "import 0/0"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	withheld := b.Rows[2]
	if withheld.Cell.N != nil || withheld.Cell.Coverage != nil || withheld.Levels != nil || withheld.Score != nil || withheld.Rest != nil || withheld.MacroMean != nil {
		t.Errorf("a withheld row says %+v", withheld)
	}
	if b.Test.Groups != 2 {
		t.Errorf("a test over %d groups knows the withheld ones", b.Test.Groups)
	}
}

// Too few ratings of an inner agency itself are a figure of no table, but the
// difference of two: one of these is withheld, although no figure is of too few.
func TestOwnRatingsOfTooFew(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "ho-tich", "2026-07-03", 1, 1)
	p.rate(deskA, "dat-dai", "2026-07-03", 20, 30)
	p.rate(deskUnit, "ho-tich", "2026-07-03", 20, 25)
	p.rate(onlineB, "ho-tich", "2026-07-03", 20, 25)
	b := p.board("")
	if whole, unit := b.pair(t, "so-a", "ho-tich"), b.pair(t, "phong-a1", "ho-tich"); whole.N != nil && unit.N != nil {
		t.Errorf("%d less %d tell of one person", *whole.N, *unit.N)
	}
	p.addsUp(p.breakdown("by=agency agency=so-a field=ho-tich"))
}

// TestBreakdownTellsNothing splits random provinces in every way and looks for a
// part of too few that the others and the totals tell.
func TestBreakdownTellsNothing(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			p := newProvince(t)
			genders := []string{"male", "female", "other_gender"}
			for _, d := range []struct {
				point  string
				fields []string
			}{{deskA, []string{"dat-dai", "ho-tich", ""}}, {deskUnit, []string{"ho-tich", ""}}, {ward, []string{"y-te"}}, {onlineB, []string{"ho-tich"}}, {desk1, []string{""}}} {
				for _, field := range d.fields {
					for range 2 + random.IntN(4) {
						n := 1 + random.IntN(14)
						p.rate(d.point, field, fmt.Sprintf("2026-%02d-%02d", 1+random.IntN(9), 1+random.IntN(28)), random.IntN(n+1), n, func(r *survey.Response) {
							r.Capture = survey.Captures[random.IntN(3)]
							if random.IntN(3) > 0 {
								r.Questionnaire = "full"
								r.Answers["gender"] = survey.TextAnswer(genders[random.IntN(3)])
							}
						})
					}
				}
			}
			for _, by := range Dimensions {
				shown := map[string]*int64{} // by agency and row
				for _, agency := range []string{"tinh", "so-a", "so-b", "xa-1", "phong-a1", "benh-vien"} {
					for _, field := range []string{"", " field=ho-tich"} {
						b := p.breakdown("period=2026-H1 agency=" + agency + field + " by=" + string(by))
						p.addsUp(b)
						for _, r := range b.Rows {
							shown[agency+field+"/"+r.Name["vi"]] = r.Cell.N
						}
					}
				}
				if by == DimensionAgency || by == DimensionField || by == DimensionPoint {
					continue // rows are other places at each agency
				}
				// A row of the province is the sum of the same row of the agencies below.
				for _, r := range p.breakdown("period=2026-H1 by=" + string(by)).Rows {
					for _, field := range []string{"", " field=ho-tich"} {
						whole := shown["tinh"+field+"/"+r.Name["vi"]]
						if whole == nil {
							continue
						}
						rest, hidden := *whole, 0
						for _, agency := range []string{"so-a", "so-b", "xa-1"} {
							if n, listed := shown[agency+field+"/"+r.Name["vi"]]; n != nil {
								rest -= *n
							} else if listed {
								hidden++
							}
						}
						if hidden > 0 && tooFew(rest) {
							t.Errorf("by %s: %d respondents of %q are told by the agencies", by, rest, r.Name["vi"])
						}
					}
				}
			}
		})
	}
}

// addsUp sees that the withheld rows of a breakdown are several and enough together.
func (p *province) addsUp(b Breakdown) {
	p.t.Helper()
	if b.Total.Cell.N == nil {
		return
	}
	rest, hidden := *b.Total.Cell.N, 0
	for _, r := range b.Rows {
		if r.Cell.N != nil {
			rest -= *r.Cell.N
		} else {
			hidden++
		}
	}
	if hidden == 0 && rest != 0 || hidden > 0 && tooFew(rest) {
		p.t.Errorf("%s by %s: %d withheld rows are told to be %d respondents", b.Agency.ID, b.By, hidden, rest)
	}
}

func TestBreakdownRefusals(t *testing.T) {
	p := newProvince(t)
	for name, c := range map[string]struct{ query, want string }{
		"nothing to split by":    {"", "by: required"},
		"no such dimension":      {"by=weather", "by: unknownOption"},
		"everything wrong":       {"by=weather period=soon measure=joy", "period: period.format; measure: unknownOption; by: unknownOption"},
		"months of many decades": {"by=month period=2000-01-01..2026-09-30", ""},
	} {
		_, err := ParseBreakdownQuery(parameters(c.query), p.s.Today())
		if got := strings.Join(fieldErrors(err), "; "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	p.rate(desk1, "", "2020-09-05", 11, 12)
	_, err := p.s.Breakdown(t.Context(), survey.System, p.breakdownQuery("by=month period=2000-01-01..2026-09-30"))
	if got := strings.Join(fieldErrors(err), "; "); got != "by: results.tooManyParts" {
		t.Errorf("72 months: %v", err)
	}
	manager := survey.Actor{Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "so-b"}}}
	if _, err := p.s.Breakdown(t.Context(), manager, p.breakdownQuery("by=field agency=so-a")); survey.CodeOf(err) != survey.CodeForbidden {
		t.Errorf("of a foreign agency: %v", err)
	}
	if _, err := p.s.Breakdown(t.Context(), manager, p.breakdownQuery("by=field")); err != nil {
		t.Errorf("of the own agency: %v", err)
	}
}

// The codes of a demographic column mean the same in every form.
func TestDemographicOptionsAgree(t *testing.T) {
	p := newProvince(t)
	for _, column := range demographics[:len(demographicDimensions)] {
		var options []survey.Option
		for _, q := range p.reg.Snapshot().Questionnaires() {
			item := q.Item(column)
			if item == nil {
				continue
			}
			for i, o := range item.Options {
				if i < len(options) && options[i].ID != o.ID {
					t.Errorf("%s/%d: option %d of %s is %s, elsewhere %s", q.ID, q.Version, i+1, column, o.ID, options[i].ID)
				}
			}
			if len(item.Options) > len(options) {
				options = item.Options
			}
		}
		if len(options) == 0 {
			t.Errorf("nobody asks for %s", column)
		}
	}
}

// parameters reads "by=field agency=so-a".
func parameters(text string) func(string) string {
	values := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		k, v, _ := strings.Cut(pair, "=")
		values[k] = v
	}
	return func(name string) string { return values[name] }
}
