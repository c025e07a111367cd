package results

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
)

// TestComparison sets 56 of 70 against 48 of 80, whose interval and test are published (Newcombe 1998; R).
func TestComparison(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2026-08-03", 56, 70)
	p.rate(desk1, "", "2026-05-04", 48, 80)
	c, err := p.compare("agency=xa-1")
	if err != nil {
		t.Fatal(err)
	}
	explained(t, c.Methods)
	if len(c.Pairs) != 2 || c.Units != nil {
		t.Fatalf("%d pairs, units %v", len(c.Pairs), c.Units)
	}
	before, year := c.Pairs[0], c.Pairs[1]
	if before.Against.Period.Name != "2026-Q2" || year.Against.Period.Name != "2025-Q3" {
		t.Errorf("against %s and %s", before.Against.Period.Name, year.Against.Period.Name)
	}
	d := before.Difference
	near(t, "difference", *d.Points, 20, 1e-9)
	near(t, "lower", d.Interval.Lower, 5.24314722, 1e-7)
	near(t, "upper", d.Interval.Upper, 33.38726540, 1e-7)
	near(t, "z", d.Test.Z, 2.6501719513, 1e-9)
	near(t, "p", d.Test.P, 0.0080450814, 1e-9)
	if *d.Verdict != Higher || d.Reason != nil || d.Test.AdjustedP != nil || d.Interval.Method != "newcombe" {
		t.Errorf("%+v", d)
	}
	if short(before.Figure.Cell) != "56/70 notMet below agency-2025 → agency-2030" || short(before.Against.Cell) != "48/80 notMet below agency-2025 → agency-2030" || before.Figure.Rest || before.Against.Rest {
		t.Errorf("%s against %s", short(before.Figure.Cell), short(before.Against.Cell))
	}
	if d := year.Difference; d.Points != nil || d.Interval != nil || d.Test != nil || d.Verdict != nil || *d.Reason != DifferenceOfNobody {
		t.Errorf("against nobody: %+v", d)
	}
	const want = "Hài lòng chung, quý III/2026: 80,00 %, cao hơn 20,00 điểm phần trăm so với quý II/2026 (60,00 %); khác biệt rõ. " +
		"Không so được quý III/2026 với quý III/2025: có bên không có phiếu nào. Người dân tự nguyện đánh giá; sai lệch do tự chọn không nằm trong con số này."
	if got := strings.ReplaceAll(c.Summary[survey.Vietnamese], "\u00a0", " "); got != want {
		t.Error(got)
	}
}

// What contains a figure is taken without it.
func TestComparisonWithTheRest(t *testing.T) {
	p := newProvince(t)
	qr := func(r *survey.Response) { r.Capture = survey.CaptureQR }
	kiosk := func(r *survey.Response) { r.Capture = survey.CaptureKiosk }
	p.rate(deskA, "dat-dai", "2026-08-03", 20, 24, qr)
	p.rate(deskUnit, "ho-tich", "2026-08-03", 30, 31, kiosk)
	p.rate(onlineB, "ho-tich", "2026-08-03", 45, 60, qr)
	p.rate(desk1, "", "2026-07-03", 31, 40, kiosk)
	for _, c := range []struct{ query, figure, against string }{
		{"agency=so-a againstAgency=so-b", "50/55 so-a", "45/60 so-b"},
		{"agency=so-a againstAgency=tinh", "50/55 so-a", "rest 76/100 tinh"},
		{"againstAgency=so-a", "rest 76/100 tinh", "50/55 so-a"},
		{"agency=phong-a1 againstAgency=tinh", "30/31 phong-a1", "rest 96/124 tinh"},
		{"agency=so-a againstAgency=phong-a1", "rest 20/24 so-a", "30/31 phong-a1"},
		{"againstCapture=kiosk", "rest 65/84 tinh", "61/71 tinh"},
		{"capture=qr againstCapture=kiosk", "65/84 tinh", "61/71 tinh"},
		{"againstDelivery=online", "rest 81/95 tinh", "45/60 tinh"},
		{"againstField=ho-tich", "rest 51/64 tinh", "75/91 tinh"},
		{"field=ho-tich againstField=dat-dai", "75/91 tinh", "20/24 tinh"},
		{"field=ho-tich agency=so-a againstAgency=so-b", "30/31 so-a", "45/60 so-b"},
		{"againstPeriod=2026-07", "rest 95/115 tinh", "31/40 tinh"},
		{"period=2026-08 againstPeriod=2026", "95/115 tinh", "rest 31/40 tinh"},
		{"agency=so-a againstAgency=so-b againstCapture=kiosk", "50/55 so-a", "nobody so-b"},
	} {
		t.Run(c.query, func(t *testing.T) {
			got, err := p.compare(c.query)
			if err != nil {
				t.Fatal(err)
			}
			explained(t, got.Methods)
			said := func(f ComparedFigure) string {
				numbers, _, _ := strings.Cut(short(f.Cell), " ")
				if f.Rest {
					numbers = "rest " + numbers
				}
				return numbers + " " + f.Agency.ID
			}
			pair := got.Pairs[0]
			if said(pair.Figure) != c.figure || said(pair.Against) != c.against || len(got.Pairs) != 1 {
				t.Errorf("%s against %s, want %s against %s", said(pair.Figure), said(pair.Against), c.figure, c.against)
			}
			if names := slices.ContainsFunc(got.Methods, func(m MethodUse) bool { return m.ID == restOf.ID }); names != strings.Contains(c.figure+c.against, "rest") {
				t.Errorf("the rest is named as a method: %v", names)
			}
			if pair.Difference.Points != nil {
				near(t, "difference", *pair.Difference.Points, *pair.Figure.Cell.Index-*pair.Against.Cell.Index, 1e-9)
			}
		})
	}
}

// The rest of a pooled measure has the moments of the others.
func TestComparisonOfPooledMeasure(t *testing.T) {
	p := newProvince(t)
	moments := map[string]stats.Moments{}
	for i, desk := range []string{deskA, desk1} {
		for k := range 30 {
			answers := survey.Answers{survey.Overall: survey.LevelAnswer(4), "tc1": survey.LevelAnswer(1 + (k+i)%5), "tc2": survey.LevelAnswer(5)}
			satisfied := int64(1)
			if (k+i)%5 >= 3 {
				satisfied++
			}
			full := p.response(desk, "", "2026-08-03", answers)
			full.Questionnaire = "full"
			p.take(full)
			moments[desk] = moments[desk].Plus(stats.Moments{Respondents: 1, Answered: 2, Satisfied: satisfied, AA: 4, AS: 2 * satisfied, SS: satisfied * satisfied})
		}
	}
	c, err := p.compare("measure=tc agency=so-a againstAgency=tinh")
	if err != nil {
		t.Fatal(err)
	}
	first, err1 := stats.PooledIndex(moments[deskA], 0.95)
	rest, err2 := stats.PooledIndex(moments[desk1], 0.95)
	want, err3 := stats.EstimateDifference(first.Estimate(), rest.Estimate())
	test, err4 := stats.DifferenceTest(first.Estimate(), rest.Estimate())
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		t.Fatal(err1, err2, err3, err4)
	}
	d := c.Pairs[0].Difference
	near(t, "difference", *d.Points, 100**want.Value, 1e-9)
	near(t, "lower", d.Interval.Lower, 100*want.Interval.Lower, 1e-9)
	near(t, "upper", d.Interval.Upper, 100*want.Interval.Upper, 1e-9)
	near(t, "p", d.Test.P, *test.P, 1e-9)
	if *d.Verdict != Unclear {
		t.Errorf("verdict %s", *d.Verdict)
	}
}

func TestComparisonsAreRefused(t *testing.T) {
	p := newProvince(t)
	for query, want := range map[string][]string{
		"againstPeriod=soon":                                                 {"againstPeriod: period.format"},
		"againstAgency=A againstField=Đ":                                     {"againstAgency: format", "againstField: format"},
		"againstCapture=fax againstDelivery=drone":                           {"againstCapture: unknownOption", "againstDelivery: unknownOption"},
		"adjust=holm":                                                        {"adjust: mustBeEmpty"},
		"level=commune kind=commune":                                         {"level: mustBeEmpty", "kind: mustBeEmpty"},
		"by=agency adjust=sidak":                                             {"adjust: unknownOption"},
		"by=agency againstAgency=so-a againstCapture=qr":                     {"againstAgency: mustBeEmpty", "againstCapture: mustBeEmpty"},
		"againstPeriod=2026-Q3":                                              {"againstPeriod: results.sameFigure"},
		"by=agency againstPeriod=2026":                                       {"againstPeriod: results.overlap"},
		"by=field againstPeriod=2026-08":                                     {"againstPeriod: results.overlap"},
		"againstAgency=tinh":                                                 {"againstAgency: results.sameFigure"},
		"field=ho-tich againstField=ho-tich":                                 {"againstField: results.sameFigure"},
		"againstPeriod=2026-08-15..2026-10-15":                               {"againstPeriod: results.overlap"},
		"agency=so-a againstAgency=tinh againstCapture=qr":                   {"againstAgency: results.overlap"},
		"period=2026-08 agency=so-a againstPeriod=2026 againstField=dat-dai": {"againstField: results.overlap"},
	} {
		t.Run(query, func(t *testing.T) {
			_, err := p.compare(query)
			if got := fieldErrors(err); !survey.IsCode(err, survey.CodeInvalid) || !slices.Equal(got, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
}

func TestComparedPeriods(t *testing.T) {
	for name, want := range map[string]string{
		"2026":                   "2025 2025",
		"2026-H1":                "2025-H2 2025-H1",
		"2026-H2":                "2026-H1 2025-H2",
		"2026-Q1":                "2025-Q4 2025-Q1",
		"2026-Q3":                "2026-Q2 2025-Q3",
		"2026-01":                "2025-12 2025-01",
		"2026-03-01..2026-03-10": "2026-02-19..2026-02-28 2025-03-01..2025-03-10",
		"2024-02-29..2024-02-29": "2024-02-28..2024-02-28 2023-03-01..2023-03-01",
		"2000-Q1":                " ",
	} {
		p, err := survey.ParsePeriod(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := periodBefore(p).Name + " " + yearEarlier(p).Name; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestComparisonByDefault(t *testing.T) {
	p := newProvince(t)
	for query, want := range map[string]string{
		"":                        "2026-Q2 2025-Q3",
		"by=agency":               "2026-Q2",
		"by=agency period=2026":   "2025",
		"period=2025":             "2024", // both the year before and the same a year before
		"period=2000-Q3":          "2000-Q2",
		"period=2000-Q1":          "",
		"by=field period=2000-01": "",
		"againstPeriod=2020":      "2020",
	} {
		c, err := p.compare(query)
		if err != nil {
			t.Fatal(query, err)
		}
		var against []string
		for _, pair := range c.Pairs {
			against = append(against, pair.Against.Period.Name)
		}
		if got := strings.Join(against, " "); got != want || (c.Units == nil) != (want == "" || !strings.Contains(query, "by=")) {
			t.Errorf("%s: against %q, want %q, units %v", query, got, want, c.Units)
		}
	}
}

// Verdicts are for calendar periods that are over.
func TestComparisonVerdicts(t *testing.T) {
	p := newProvince(t)
	for day, satisfied := range map[string]int{"2026-08-03": 60, "2026-09-03": 60, "2026-10-05": 90, "2026-11-03": 90} {
		p.rate(desk1, "", day, satisfied, 100)
	}
	for query, want := range map[string]string{
		"period=2026-10 againstPeriod=2026-09":                                     "higher",
		"period=2026-09 againstPeriod=2026-10":                                     "lower",
		"period=2026-09 againstPeriod=2026-08":                                     "unclear",
		"period=2026-11 againstPeriod=2026-09":                                     "periodOpen",
		"period=2026-09 againstPeriod=2026-11":                                     "periodOpen",
		"period=2026-10-01..2026-10-31 againstPeriod=2026-09":                      "customPeriod",
		"period=2026-09 againstPeriod=2026-10-01..2026-10-31":                      "customPeriod",
		"period=2026-10-01..2026-10-31 againstPeriod=2026-11-01..2026-11-30":       "periodOpen",
		"period=2026-10 againstPeriod=2026-04":                                     "nobody",
		"period=2026-10 againstPeriod=2026-09 capture=qr againstCapture=kiosk":     "nobody",
		"period=2026-09 againstPeriod=2026-08 agency=xa-1 againstAgency=tinh":      "unclear",
		"period=2026-09 againstPeriod=2026-10 agency=tinh againstAgency=xa-1 by=":  "lower",
		"period=2026-10 againstPeriod=2026-11 agency=tinh againstAgency=benh-vien": "nobody",
	} {
		c, err := p.compare(query)
		if err != nil {
			t.Fatal(query, err)
		}
		d := c.Pairs[0].Difference
		got := ""
		if d.Verdict != nil {
			got = string(*d.Verdict)
		}
		if d.Reason != nil {
			got += string(*d.Reason)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// Neither all satisfied nor nobody satisfied on both sides is a difference.
func TestComparisonOfTheSatisfied(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2026-08-03", 20, 20)
	p.rate(desk1, "", "2026-05-04", 30, 30)
	c, err := p.compare("againstPeriod=2026-Q2")
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Pairs[0].Difference; *d.Points != 0 || d.Test != nil || *d.Verdict != Unclear || d.Interval == nil {
		t.Errorf("%+v", d)
	}
}

func TestComparedUnits(t *testing.T) {
	p := newProvince(t)
	now := []stats.Count{{Successes: 95, N: 100}, {Successes: 80, N: 100}, {Successes: 88, N: 100}, {Successes: 85, N: 100}, {Successes: 90, N: 100}, {Successes: 20, N: 20}}
	then := []stats.Count{{Successes: 70, N: 100}, {Successes: 92, N: 100}, {Successes: 89, N: 100}, {Successes: 74, N: 100}, {Successes: 90, N: 100}, {Successes: 30, N: 30}}
	ids := p.rateFields("2026-08-03", now)
	p.rateFields("2026-05-04", then)
	p.rate(deskA, "", "2026-08-03", 30, 30)
	var ps []*float64
	for i := range now {
		a, _ := stats.ProportionInterval(stats.Wilson, now[i].Successes, now[i].N, 0.95)
		b, _ := stats.ProportionInterval(stats.Wilson, then[i].Successes, then[i].N, 0.95)
		test, err := stats.DifferenceTest(a, b)
		if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, test.P)
	}
	verdicts := map[stats.Adjustment][]DifferenceVerdict{
		stats.Holm:              {Higher, Unclear, Unclear, Unclear, Unclear, Unclear},
		stats.BenjaminiHochberg: {Higher, Lower, Unclear, Unclear, Unclear, Unclear},
	}
	for query, adjustment := range map[string]stats.Adjustment{"by=field": stats.Holm, "by=field adjust=holm": stats.Holm, "by=field adjust=bh": stats.BenjaminiHochberg} {
		t.Run(query, func(t *testing.T) {
			c, err := p.compare(query)
			if err != nil {
				t.Fatal(err)
			}
			explained(t, c.Methods)
			adjusted, err := stats.AdjustP(adjustment, ps)
			if err != nil {
				t.Fatal(err)
			}
			if c.Units.Adjustment != adjustment || c.Units.Compared != 6 || len(c.Units.Rows) != 7 || c.Units.Period.Name != "2026-Q2" || len(c.Pairs) != 1 {
				t.Fatalf("%+v", c.Units)
			}
			for i, id := range ids {
				d := c.Units.unit(t, id).Difference
				if *d.Verdict != verdicts[adjustment][i] {
					t.Errorf("%v against %v: %s with %v", now[i], then[i], *d.Verdict, d.Test)
				}
				if ps[i] == nil {
					if d.Test != nil {
						t.Errorf("a test of nothing: %+v", *d.Test)
					}
					continue
				}
				near(t, "p", d.Test.P, *ps[i], 1e-12)
				near(t, "adjusted", *d.Test.AdjustedP, *adjusted[i], 1e-12)
			}
			if unknown := c.Units.Rows[6]; unknown.ID != nil || *unknown.Difference.Reason != DifferenceOfNobody {
				t.Errorf("without a field: %+v", unknown)
			}
			if vi := c.Summary[survey.Vietnamese]; !strings.Contains(vi, "So từng lĩnh vực với chính nó ở quý II/2026 (6 lĩnh vực có đủ phiếu ở cả hai kỳ): 1 tăng rõ") {
				t.Error(vi)
			}
		})
	}
	c, err := p.compare("by=field againstPeriod=2026-Q4")
	if err != nil || c.Units.Compared != 0 || !strings.Contains(c.Summary[survey.English], "None of the fields has enough ratings in both periods") {
		t.Errorf("%v, %v", c.Summary, err)
	}
}

// Ratings that were taken otherwise are a caution, as far as their shares may be shown.
func TestComparisonCautions(t *testing.T) {
	from := func(capture survey.Capture, form string) func(*survey.Response) {
		return func(r *survey.Response) { r.Capture, r.Questionnaire = capture, form }
	}
	for _, c := range []struct {
		name string
		now  map[string]int // ratings by capture and form
		then map[string]int
		want string
	}{
		{"alike", map[string]int{"kiosk quick": 50, "qr quick": 50}, map[string]int{"kiosk quick": 30, "qr quick": 40}, ""},
		{"another capture", map[string]int{"kiosk quick": 50, "qr quick": 50}, map[string]int{"kiosk quick": 80, "qr quick": 20}, "captureMix kiosk 50/80 qr 50/20"},
		{"another form", map[string]int{"qr quick": 50, "qr short": 50}, map[string]int{"qr quick": 90}, "questionnaireMix quick/1 50/100 short/1 50/-"},
		{"both", map[string]int{"kiosk short": 40}, map[string]int{"qr quick": 40}, "captureMix kiosk 100/- qr -/100 questionnaireMix quick/1 -/100 short/1 100/-"},
		{"just less", map[string]int{"kiosk quick": 50, "qr quick": 50}, map[string]int{"kiosk quick": 69, "qr quick": 31}, ""},
		{"a part of too few hides the other", map[string]int{"kiosk quick": 25, "qr quick": 8}, map[string]int{"qr quick": 40}, ""},
		{"of forms, too", map[string]int{"qr short": 25, "qr quick": 8}, map[string]int{"qr quick": 40}, ""},
		{"enough is shown", map[string]int{"kiosk quick": 40, "link quick": 8, "qr quick": 12, "paper quick": 40}, map[string]int{"kiosk quick": 40, "paper quick": 10},
			"captureMix kiosk 40/80 link withheld/- paper 40/20 qr withheld/-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			for day, mix := range map[string]map[string]int{"2026-08-03": c.now, "2025-08-04": c.then} {
				for how, n := range mix {
					capture, form, _ := strings.Cut(how, " ")
					p.rate(desk1, "", day, n, n, from(survey.Capture(capture), form))
				}
			}
			got, err := p.compare("againstPeriod=2025-Q3")
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, caution := range got.Pairs[0].Cautions {
				said = append(said, string(caution.Kind))
				shares := map[string][2]string{}
				for side, mix := range [][]MixShare{caution.Figure, caution.Against} {
					for _, s := range mix {
						both := shares[s.ID]
						if both[side] = "withheld"; s.Withheld == nil {
							both[side] = fmt.Sprint(math.Round(*s.Share))
						}
						shares[s.ID] = both
					}
				}
				var ids []string
				for id := range shares {
					ids = append(ids, id)
				}
				slices.Sort(ids)
				for _, id := range ids {
					both := shares[id]
					for i := range both {
						if both[i] == "" {
							both[i] = "-"
						}
					}
					said = append(said, id, both[0]+"/"+both[1])
				}
			}
			if got := strings.Join(said, " "); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if warned := strings.Contains(got.Summary[survey.Vietnamese], "Thận trọng"); warned != (c.want != "") {
				t.Errorf("warned: %v", warned)
			}
		})
	}
}

// What is shown of a questionnaire's ratings does not tell, beside all of them, of too few others.
func TestFormsTellLittle(t *testing.T) {
	shown := 0
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 40))
		p := newProvince(t)
		for _, desk := range []string{deskA, deskUnit, ward, onlineB, desk1} {
			for _, form := range []string{"quick", "short", "full"} {
				for _, field := range []string{"dat-dai", "ho-tich", ""} {
					n := random.IntN(25)
					p.rate(desk, field, fmt.Sprintf("2026-%02d-03", 7+random.IntN(2)), n, n, func(r *survey.Response) { r.Questionnaire = form })
				}
			}
		}
		for _, period := range []string{"2026-Q3", "2026-08"} {
			sel, err := p.s.selection(survey.System, p.query("period="+period))
			if err != nil {
				t.Fatal(err)
			}
			whole, err := sel.newTable(survey.Overall)
			if err != nil {
				t.Fatal(err)
			}
			groups, err := sel.count([]string{survey.Overall}, tally.ByForm)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range groups {
				part, err := sel.formTable(g.key[0])
				if err != nil {
					t.Fatal(err)
				}
				for at, c := range part.cells {
					n := part.n(sel.shown(c))
					if n == 0 || part.withheld[at] != "" {
						continue
					}
					shown++
					if rest := whole.n(sel.shown(whole.cells[at])) - n; tooFew(n) || tooFew(rest) {
						t.Errorf("seed %d, %s, %v: %d are shown, and %d others", seed, period, part.pair(at), n, rest)
					}
				}
			}
		}
	}
	if shown < 100 {
		t.Errorf("only %d are shown", shown)
	}
}
