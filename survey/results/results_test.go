package results

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/ledger"
)

func TestParseQueryRefuses(t *testing.T) {
	for text, want := range map[string][]survey.FieldError{
		"period=soon":                         {{Path: "period", Reason: survey.ReasonPeriodFormat}},
		"period=2026-02-03..2026-02-01":       {{Path: "period", Reason: survey.ReasonPeriodOrder}},
		"period=0001-01-01..9999-12-31":       {{Path: "period", Reason: survey.ReasonPeriodFormat}},
		"agency=A":                            {{Path: "agency", Reason: survey.ReasonFormat}},
		"field=đất":                           {{Path: "field", Reason: survey.ReasonFormat}},
		"point=K7QX2M9A4":                     {{Path: "point", Reason: survey.ReasonCodeFormat}},
		"capture=fax":                         {{Path: "capture", Reason: survey.ReasonUnknownOption}},
		"delivery=drone":                      {{Path: "delivery", Reason: survey.ReasonUnknownOption}},
		"measure=tc5":                         {{Path: "measure", Reason: survey.ReasonUnknownOption}},
		"audience=all":                        {{Path: "audience", Reason: survey.ReasonUnknownOption}},
		"flags=maybe":                         {{Path: "flags", Reason: survey.ReasonUnknownOption}},
		"period=x measure=y flags=z agency=Ω": {{Path: "period", Reason: survey.ReasonPeriodFormat}, {Path: "agency", Reason: survey.ReasonFormat}, {Path: "measure", Reason: survey.ReasonUnknownOption}, {Path: "flags", Reason: survey.ReasonUnknownOption}},
	} {
		t.Run(text, func(t *testing.T) {
			_, err := parse(text, "2026-11-23")
			e, ok := err.(*survey.Error)
			if !ok || e.Code != survey.CodeInvalid || !reflect.DeepEqual(e.Fields, want) {
				t.Errorf("error %v, want fields %v", err, want)
			}
		})
	}
}

func TestParseQueryDefaults(t *testing.T) {
	q, err := parse("", "2026-11-23")
	if err != nil || q.Period.Name != "2026-Q3" || q.Measure != survey.Overall || q.Flags != FlagsExclude || q.Audience != AudienceManagers {
		t.Errorf("%+v, %v", q, err)
	}
	if q, err := parse("", "2026-10-01"); err != nil || q.Period.Name != "2026-Q3" {
		t.Errorf("on the first day of a quarter: %v, %v", q.Period, err)
	}
	if q, err := parse("point="+"c000-00000"+valid(ward)[9:], "2026-10-01"); err != nil || q.Point != valid(ward) {
		t.Errorf("a code as typed: %q, %v", q.Point, err)
	}
}

func TestScope(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-08-03", 10, 12)
	p.rate(onlineB, "ho-tich", "2026-08-03", 11, 11)
	grant := func(role survey.Role, agency string) survey.Actor {
		return survey.Actor{User: "u", Grants: []survey.Grant{{Role: role, Agency: agency}}}
	}
	for _, c := range []struct {
		name  string
		actor survey.Actor
		query string
		code  survey.Code
		want  string // agency of the board
		n     int64
	}{
		{"nobody", survey.Actor{User: "u"}, "", survey.CodeForbidden, "", 0},
		{"a viewer beside", grant(survey.RoleViewer, "so-a"), "agency=so-b", survey.CodeForbidden, "", 0},
		{"a viewer above", grant(survey.RoleViewer, "so-a"), "agency=tinh", survey.CodeForbidden, "", 0},
		{"a manager above", grant(survey.RoleManager, "phong-a1"), "agency=so-a", survey.CodeForbidden, "", 0},
		{"a point beside", grant(survey.RoleViewer, "so-a"), "point=" + valid(onlineB), survey.CodeForbidden, "", 0},
		{"an unknown agency", grant(survey.RoleViewer, "so-a"), "agency=so-x", survey.CodeNotFound, "", 0},
		{"an unknown field", survey.System, "field=so-x", survey.CodeNotFound, "", 0},
		{"an unknown point", survey.System, "point=" + valid("Z000000000"), survey.CodeNotFound, "", 0},
		{"a viewer's own", grant(survey.RoleViewer, "so-a"), "", "", "so-a", 12},
		{"a viewer of the other", grant(survey.RoleViewer, "so-b"), "", "", "so-b", 11},
		{"an admin", survey.System, "", "", "tinh", 23},
		{"an admin below", survey.System, "agency=so-b", "", "so-b", 11},
		{"a viewer of all", grant(survey.RoleViewer, ""), "", "", "tinh", 23},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := p.query(c.query)
			b, err := p.s.Board(context.Background(), c.actor, q)
			_, trendErr := p.s.Trend(context.Background(), c.actor, q)
			if survey.CodeOf(err) != c.code || survey.CodeOf(trendErr) != c.code {
				t.Fatalf("board %v, trend %v, want %q", err, trendErr, c.code)
			}
			if err != nil {
				return
			}
			if b.Agency.ID != c.want || b.Total.N == nil || *b.Total.N != c.n {
				t.Errorf("%s %s, want %s with %d", b.Agency.ID, short(b.Total), c.want, c.n)
			}
			for _, r := range b.Agencies {
				if !p.reg.Snapshot().Within(r.ID, c.want) {
					t.Errorf("row of %s", r.ID)
				}
			}
		})
	}
}

// A figure of one point must never pass for its agency's.
func TestOnePointIsNamed(t *testing.T) {
	p := newProvince(t)
	p.rate(deskUnit, "ho-tich", "2026-08-03", 10, 12)
	b := p.board("point=" + valid(deskUnit))
	want := PointInfo{Code: valid(deskUnit), Name: survey.Text{"vi": deskUnit}, Agency: AgencyInfo{ID: "phong-a1", Name: survey.Text{"vi": "phong-a1"}, Kind: survey.KindDepartment}}
	if b.Agency.ID != "tinh" || b.Point == nil || !reflect.DeepEqual(*b.Point, want) {
		t.Errorf("of %s, point %+v, want %+v", b.Agency.ID, b.Point, want)
	}
	for _, l := range survey.Languages {
		if place := deskUnit + ", phong-a1 – "; !strings.HasPrefix(b.Summary[l], place) {
			t.Errorf("%s: %q does not begin with %q", l, b.Summary[l], place)
		}
	}
	if b := p.board("agency=phong-a1"); b.Point != nil || strings.Contains(b.Summary[survey.Vietnamese], deskUnit) {
		t.Errorf("of all points: %+v, %v", b.Point, b.Summary)
	}
}

func TestWhatIsNotFoundIsNamed(t *testing.T) {
	p := newProvince(t)
	board := func(query string) error {
		_, err := p.s.Board(context.Background(), survey.System, p.query(query))
		return err
	}
	comparison := func(query string) error {
		_, err := ask(p, survey.System, query, ParseComparison, p.s.Comparison)
		return err
	}
	words := func(query string) error {
		_, err := wordsOf(p.s, query)
		return err
	}
	for _, c := range []struct {
		ask         func(string) error
		query, want string
	}{
		{board, "agency=so-x", "agency"},
		{board, "field=so-x", "field"},
		{board, "point=" + valid("Z000000000"), "point"},
		{comparison, "agency=so-x againstAgency=so-y", "agency"},
		{comparison, "agency=so-a againstAgency=so-y", "againstAgency"},
		{comparison, "againstAgency=so-a againstField=so-y", "againstField"},
		{words, "contrast=agency agency=so-a against=so-y", "against"},
		{words, "contrast=field field=y-te against=so-y", "against"},
		{words, "contrast=field field=so-x against=y-te", "field"},
	} {
		t.Run(c.query, func(t *testing.T) {
			if err := c.ask(c.query); !survey.IsCode(err, survey.CodeNotFound) || !slices.Equal(fieldErrors(err), []string{c.want + ": unknown"}) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestCells compares whole figures with numbers worked out elsewhere (the
// interval and the bounds are those of R's binom packages in the shared tables).
func TestCells(t *testing.T) {
	for _, c := range []struct {
		satisfied, answered int
		want                string
		index, value        float64
		side                string
		needed              int64 // −1: null
	}{
		{29, 32, "29/32 met open agency-2025 → agency-2030", 90.625, math.NaN(), "lower", -2},
		{90, 100, "90/100 met open agency-2025 → agency-2030", 90, math.NaN(), "lower", -1},
		{89, 100, "89/100 notMet open agency-2025 → agency-2030", 89, math.NaN(), "upper", -2},
		{95, 100, "95/100 met open agency-2025 → agency-2030", 95, 89.77466224, "lower", -2},
		{96, 100, "96/100 met above agency-2025 → agency-2030", 96, 91.08037498, "lower", 0},
		{25, 25, "25/25 met open tooFew agency-2025 → agency-2030", 100, 88.70718550, "lower", 4},
		{29, 29, "29/29 met above agency-2025 → agency-2030", 100, 90.18553727, "lower", 0},
		{883, 1000, "883/1000 notMet below agency-2025 → agency-2030", 88.3, 89.93662049, "upper", -2},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.satisfied, c.answered), func(t *testing.T) {
			p := newProvince(t)
			p.rate(desk1, "", "2026-08-03", c.satisfied, c.answered)
			cell := p.board("").Total
			if short(cell) != c.want {
				t.Fatalf("%s, want %s", short(cell), c.want)
			}
			if math.Abs(*cell.Index-c.index) > 1e-12 || cell.RuleVersion != RuleVersion || cell.Measure != survey.Overall {
				t.Errorf("index %v of %s under rules %s", *cell.Index, cell.Measure, cell.RuleVersion)
			}
			mean := (5*float64(c.satisfied) + 3*float64(c.answered-c.satisfied)) / float64(c.answered)
			if math.Abs(*cell.Mean-mean) > 1e-12 {
				t.Errorf("mean %v, want %v", *cell.Mean, mean)
			}
			b := cell.Bound
			if *b.Side != c.side || *b.Conf != 0.95 || *b.Method != "clopper_pearson" || b.Basis != BasisSelfSelected ||
				!math.IsNaN(c.value) && math.Abs(*b.Value-c.value) > 2e-4 {
				t.Errorf("bound %s %v, want %s %v", *b.Side, *b.Value, c.side, c.value)
			}
			switch {
			case c.needed == -1 && b.AnswersNeeded != nil, c.needed >= 0 && *b.AnswersNeeded != c.needed, c.needed == -2 && b.AnswersNeeded == nil:
				t.Errorf("answers needed %v, want %d", b.AnswersNeeded, c.needed)
			}
			// Wilson by its formula.
			n, k, z := float64(c.answered), float64(c.satisfied), 1.959963984540054
			mid, half := (k+z*z/2)/(n+z*z), z*math.Sqrt(k*(n-k)/n+z*z/4)/(n+z*z)
			if i := cell.Interval; math.Abs(i.Lower-100*(mid-half)) > 1e-9 || math.Abs(i.Upper-100*(mid+half)) > 1e-9 || i.Method != "wilson" || i.Conf != 0.95 {
				t.Errorf("interval %+v", *i)
			}
		})
	}
	if units, _ := stats.RoundHalfUp(29, 32, 4); units != 9063 {
		t.Errorf("29 of 32 shows as %d", units)
	}
}

func TestExactlyOnTarget(t *testing.T) {
	for _, c := range []struct {
		comparator          survey.Comparator
		basisPoints         int64
		satisfied, answered int
		want                Plan
	}{
		{survey.AtLeast, 9000, 18, 20, PlanMet},
		{survey.Above, 9000, 18, 20, PlanNotMet},
		{survey.Above, 9000, 19, 20, PlanMet},
		{survey.AtLeast, 9000, 17, 20, PlanNotMet},
		{survey.AtLeast, 6667, 20, 30, PlanNotMet}, // shows as 66,67 % and is not
		{survey.AtLeast, 6666, 20, 30, PlanMet},
	} {
		t.Run(fmt.Sprintf("%d of %d %s %d", c.satisfied, c.answered, c.comparator, c.basisPoints), func(t *testing.T) {
			p := newProvince(t, func(p *province) {
				p.targets = []survey.Target{{ID: "line", Scope: survey.ScopeAgency, Members: []string{"*"}, Name: survey.Text{"vi": "Chỉ tiêu"},
					Comparator: c.comparator, BasisPoints: c.basisPoints, Deadline: 2025, Source: "thử"}}
			})
			p.rate(desk1, "", "2026-08-03", c.satisfied, c.answered)
			cell := p.board("").Total
			if cell.Plan == nil || *cell.Plan != c.want || cell.Target.Percent != float64(c.basisPoints)/100 || cell.Target.Comparator != c.comparator {
				t.Errorf("%s", short(cell))
			}
		})
	}
}

// TestWithheld walks the JSON of everything that is shown about nine people.
// Measures and months in which nobody answered may say so.
func TestWithheld(t *testing.T) {
	p := newProvince(t, func(p *province) {
		for _, m := range []survey.Month{"2026-07", "2026-08", "2026-09"} {
			p.volumes = append(p.volumes, survey.Volume{Agency: "xa-1", Month: m, Files: map[string]int64{"ho-tich": 100}})
		}
	})
	p.rate(desk1, "", "2026-08-03", 8, 9)
	b := p.board("agency=xa-1")
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case float64:
			t.Errorf("%s is %v", path, v)
		case []any:
			for i, e := range v {
				walk(fmt.Sprintf("%s.%d", path, i), e)
			}
		case map[string]any:
			if v["n"] == 0.0 && v["index"] == nil && v["answered"] == 0.0 {
				return
			}
			for k, e := range v {
				if k != "parameters" { // of methods: the same for every answer
					walk(path+"."+k, e)
				}
			}
		}
	}
	walk("board", tree(t, b))
	if short(b.Total) != "minimumN" || *b.Total.Bound.Reason != ReasonWithheld || b.Levels != nil || b.UpdatedAt != nil || b.Flagged.Excluded != nil {
		t.Errorf("%+v", b)
	}
	trend, err := p.s.Trend(context.Background(), survey.System, p.query("agency=xa-1"))
	if err != nil || len(trend.Months) != 2 {
		t.Fatalf("%+v, %v", trend, err)
	}
	walk("trend", tree(t, trend))
	explained(t, trend.Methods)

	p.rate(desk1, "", "2026-08-04", 1, 1)
	b = p.board("agency=xa-1")
	if short(b.Total) != "9/10 met open tooFew agency-2025 → agency-2030" || *b.Levels != (Levels{Level3: 1, Level5: 9}) || b.UpdatedAt == nil {
		t.Errorf("with ten: %s, levels %v", short(b.Total), b.Levels)
	}
}

func TestNobodyAnswered(t *testing.T) {
	p := newProvince(t)
	b := p.board("")
	if total := b.Total; *total.N != 0 || total.Index != nil || total.Withheld != nil || total.Plan != nil || total.Bound.Verdict != nil {
		t.Errorf("a figure of nobody: %s", short(total))
	}
	if len(b.Agencies) != 5 || len(b.AgencyFields) != 0 || len(b.Measures) != 7 || len(b.Questionnaires) != 0 {
		t.Errorf("%+v", b)
	}
	if raw := tree(t, b).(map[string]any); raw["questionnaires"] == nil || raw["agencyFields"] == nil {
		t.Error("an empty list is null")
	}
}

func TestRollUp(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-08-03", 20, 24)
	p.rate(deskA, "", "2026-08-03", 10, 12)
	p.rate(deskUnit, "ho-tich", "2026-08-03", 30, 31)
	p.rate(ward, "y-te", "2026-08-03", 40, 50)
	p.rate(onlineB, "ho-tich", "2026-08-03", 10, 10)
	p.rate(desk1, "", "2026-08-03", 17, 18)
	p.rate(deskA, "dat-dai", "2026-10-01", 0, 20) // the day after the period
	p.rate(deskA, "dat-dai", "2026-06-30", 0, 20) // the day before
	b := p.board("")
	type want struct{ got, numbers string }
	for name, w := range map[string]want{
		"total":                 {short(b.Total), "127/145 notMet open agency-2025 → agency-2030"},
		"so-a with its subtree": {short(b.row(t, "so-a").Cell), "100/117 notMet open agency-2025 → agency-2030"},
		"phong-a1":              {short(b.row(t, "phong-a1").Cell), "30/31 met open agency-2025 → agency-2030"},
		"so-b":                  {short(b.row(t, "so-b").Cell), "10/10 met open tooFew agency-2025 → agency-2030"},
		"xa-1":                  {short(b.row(t, "xa-1").Cell), "17/18 met open tooFew agency-2025 → agency-2030"},
		"field ho-tich":         {short(b.field(t, "ho-tich")), "40/41 met open procedure-2025 → procedure-2030"},
		"field dat-dai":         {short(b.field(t, "dat-dai")), "20/24 notMet open field-priority-2025 → field-priority-2030"},
		"unknown field":         {short(b.field(t, "")), "27/30 met open procedure-2025 → procedure-2030"},
		"so-a × ho-tich":        {short(b.pair(t, "so-a", "ho-tich")), "30/31 met open procedure-2025 → procedure-2030"},
		"so-a × unknown":        {short(b.pair(t, "so-a", "")), "10/12 notMet open tooFew procedure-2025 → procedure-2030"},
	} {
		if w.got != w.numbers {
			t.Errorf("%s: %s, want %s", name, w.got, w.numbers)
		}
	}
	var order []string
	for _, r := range b.Agencies {
		order = append(order, fmt.Sprintf("%d %s<%s", r.Depth, r.ID, r.Parent))
	}
	if want := []string{"1 so-a<tinh", "2 benh-vien<so-a", "2 phong-a1<so-a", "1 so-b<tinh", "1 xa-1<tinh"}; !slices.Equal(order, want) {
		t.Errorf("rows %v", order)
	}
	for _, r := range b.AgencyFields {
		if r.Agency == "tinh" || r.Agency == "xa-1" && r.Field != nil {
			t.Errorf("a cell of %+v", r)
		}
	}
	below := p.board("agency=so-a")
	if short(below.Total) != "100/117 notMet open agency-2025 → agency-2030" || below.row(t, "phong-a1").Depth != 1 || len(below.Agencies) != 2 {
		t.Errorf("so-a: %s, %d rows", short(below.Total), len(below.Agencies))
	}
	if early := p.board("period=2025-Q2"); early.row(t, "huyen").Kind != survey.KindDistrict {
		t.Error("a district is missing from the quarter it ended in")
	}
}

func TestWhichTarget(t *testing.T) {
	p := newProvince(t)
	p.rate(ward, "y-te", "2026-08-03", 43, 50)
	p.rate(deskA, "dat-dai", "2026-08-03", 43, 50)
	p.rate(onlineB, "ho-tich", "2026-08-03", 43, 50)
	p.rate(ward, "y-te", "2030-02-04", 43, 50)
	p.rate(onlineB, "ho-tich", "2030-02-04", 43, 50)
	p.now = survey.Date("2031-05-05").Start()
	const ahead = " → "
	for _, c := range []struct{ name, query, row, want string }{
		{"the province", "period=2026-Q3", "total", "129/150 notMet open agency-2025" + ahead + "agency-2030"},
		{"an agency", "period=2026-Q3", "so-b", "43/50 notMet open agency-2025" + ahead + "agency-2030"},
		{"a provider", "period=2026-Q3", "benh-vien", "43/50 met open public-service-2025" + ahead + "public-service-2030"},
		{"a provider chosen", "period=2026-Q3 agency=benh-vien", "total", "43/50 met open public-service-2025" + ahead + "public-service-2030"},
		{"a provider's field", "period=2026-Q3", "benh-vien y-te", "43/50 notMet open procedure-2025" + ahead + "procedure-2030"},
		{"an agency's priority field", "period=2026-Q3", "so-a dat-dai", "43/50 met open field-priority-2025" + ahead + "field-priority-2030"},
		{"an agency limited to a field", "period=2026-Q3 field=dat-dai", "so-a", "43/50 met open field-priority-2025" + ahead + "field-priority-2030"},
		{"all limited to a field", "period=2026-Q3 field=dat-dai", "total", "43/50 met open field-priority-2025" + ahead + "field-priority-2030"},
		{"online before 2030", "period=2026-Q3 delivery=online", "total", "43/50 notMet open procedure-2025" + ahead + "online-2030"},
		{"online in 2030", "period=2030-Q1 delivery=online", "total", "43/50 notMet open online-2030"},
		{"a provider in 2030", "period=2030-Q1", "benh-vien", "43/50 notMet open public-service-2030"},
		{"the province in 2030", "period=2030-Q1", "total", "86/100 notMet below agency-2030"},
		{"a year's last day decides", "period=2026-01-01..2030-12-31", "total", "215/250 notMet customPeriod agency-2030"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := p.board(c.query)
			cell := b.Total
			if agency, field, ok := cut(c.row); ok {
				cell = b.pair(t, agency, field)
			} else if c.row != "total" {
				cell = b.row(t, c.row).Cell
			}
			if short(cell) != c.want {
				t.Errorf("%s, want %s", short(cell), c.want)
			}
			if cell.Target != nil && cell.Target.Why == "" {
				t.Error("no word why")
			}
		})
	}
}

func cut(s string) (string, string, bool) {
	for i := range s {
		if s[i] == ' ' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func TestOpenAndCustomPeriods(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2026-10-05", 100, 100)
	for query, want := range map[string]string{
		"period=2026-Q4":                  "100/100 met periodOpen agency-2025 → agency-2030",
		"period=2026-10":                  "100/100 met above agency-2025 → agency-2030",
		"period=2026":                     "100/100 met periodOpen agency-2025 → agency-2030",
		"period=2026-10-01..2026-10-31":   "100/100 met customPeriod agency-2025 → agency-2030",
		"period=2026-10-01..2026-12-31":   "100/100 met customPeriod agency-2025 → agency-2030",
		"period=2026-10-05..2026-10-05":   "100/100 met customPeriod agency-2025 → agency-2030",
		"period=2026-10-06..2026-10-31":   "nobody",
		"period=2026-Q4 flags=include":    "100/100 met periodOpen agency-2025 → agency-2030",
		"period=2026-10 campaign=sipas-1": "nobody",
	} {
		b := p.board(query)
		if short(b.Total) != want {
			t.Errorf("%s: %s, want %s", query, short(b.Total), want)
		}
		if v := b.Total.Bound; v.Verdict == nil && (v.Value != nil || v.Side != nil || v.AnswersNeeded != nil || v.Conf != nil || v.Method != nil) {
			t.Errorf("%s: a bound without a verdict says %+v", query, v)
		}
		if b.Period.Closed == b.Period.Provisional || b.Period.Closed != (b.Period.To < "2026-11-23") {
			t.Errorf("%s: %+v", query, b.Period)
		}
	}
}

func TestLiveUpdate(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2026-11-05", 10, 10)
	q := p.query("period=2026-Q4")
	for n := int64(11); n <= 15; n++ {
		r := p.response(desk1, "", "2026-11-23", survey.Answers{survey.Overall: survey.LevelAnswer(4)})
		r.ReceivedAt = p.now.Add(time.Duration(n) * time.Hour)
		at := p.take(r)
		b, err := p.s.Board(context.Background(), survey.System, q)
		if err != nil || *b.Total.N != n {
			t.Fatalf("after %v: %s, %v", at, short(b.Total), err)
		}
		if want := r.ReceivedAt.UTC().Truncate(time.Hour); b.UpdatedAt == nil || !b.UpdatedAt.Equal(want) {
			t.Errorf("updated at %v, want %v", b.UpdatedAt, want)
		}
	}
	again := entry(t, "main", p.n, p.response(desk1, "", "2026-11-23", survey.Answers{survey.Overall: survey.LevelAnswer(4)}))
	p.s.Consume([]survey.Entry{again})
	if b := p.board("period=2026-Q4"); *b.Total.N != 15 {
		t.Errorf("an entry seen before counts again: %s", short(b.Total))
	}
	// A rating given in the closed quarter and received now.
	late := p.response(desk1, "", "2026-09-30", survey.Answers{survey.Overall: survey.LevelAnswer(4)})
	late.ReceivedAt = p.now
	for range 10 {
		p.take(late)
	}
	if b := p.board("period=2026-Q3"); b.UpdatedAt == nil || !b.UpdatedAt.Equal(p.now.UTC().Truncate(time.Hour)) {
		t.Errorf("late ratings leave the closed quarter updated at %v", b.UpdatedAt)
	}
}

func TestUncountable(t *testing.T) {
	p := newProvince(t)
	r := p.response(desk1, "", "2026-10-05", survey.Answers{survey.Overall: survey.LevelAnswer(4)})
	broken := entry(t, "main", 1, r)
	broken.Kept = []byte("{")
	r.Version = 1
	stranger := entry(t, "main", 2, r)
	stranger.Kept = []byte(`{"agency":"xa-1","at":"2026-10-05T02:00:00.000Z","flags":[],"receivedAt":"2026-10-05T02:00:00.000Z","sent":{"questionnaire":"none","version":9,"answers":{"overall":4}}}`)
	p.s.Consume([]survey.Entry{broken, stranger, {Kind: survey.EntryFlag, Stream: "main", N: 3}, {Kind: survey.EntryErasure, Stream: "main", N: 4}})
	p.n = 4
	p.rate(desk1, "", "2026-10-05", 10, 10)
	if b := p.board("period=2026-Q4"); *b.Total.N != 10 {
		t.Errorf("%s", short(b.Total))
	}
}

func TestFlags(t *testing.T) {
	p := newProvince(t)
	flag := func(flags ...survey.Flag) func(*survey.Response) {
		return func(r *survey.Response) { r.Flags = flags }
	}
	p.rate(desk1, "", "2026-08-03", 10, 20)
	p.rate(desk1, "", "2026-08-03", 10, 10, flag(survey.FlagFast, survey.FlagClock))
	p.rate(desk1, "", "2026-08-03", 5, 5, flag(survey.FlagClock, survey.FlagStalePage))
	b := p.board("")
	if short(b.Total) != "15/25 notMet below agency-2025 → agency-2030" || *b.Flagged.Excluded != 10 || short(*b.Flagged.With) != "25/35 notMet below agency-2025 → agency-2030" {
		t.Errorf("without: %s, %d excluded, with %s", short(b.Total), *b.Flagged.Excluded, short(*b.Flagged.With))
	}
	if short(b.row(t, "xa-1").Cell) != short(b.Total) || short(b.field(t, "")) != "15/25 notMet below procedure-2025 → procedure-2030" || short(b.measure(t, survey.Overall)) != short(b.Total) {
		t.Error("rows and total leave out different ratings")
	}
	b = p.board("flags=include")
	if short(b.Total) != "25/35 notMet below agency-2025 → agency-2030" || b.Flagged.Excluded != nil || b.Flagged.With != nil || short(b.measure(t, survey.Overall)) != short(b.Total) {
		t.Errorf("included: %s, %+v", short(b.Total), b.Flagged)
	}
	trend, err := p.s.Trend(context.Background(), survey.System, p.query(""))
	if err != nil || short(trend.Months[0].Cell) != "15/25 notMet below agency-2025 → agency-2030" {
		t.Errorf("trend %+v, %v", trend, err)
	}
}

func TestWithheldTotalSaysNothingWithFlags(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2026-08-03", 5, 9)
	p.rate(desk1, "", "2026-08-03", 5, 5, func(r *survey.Response) { r.Flags = []survey.Flag{survey.FlagFast} })
	if b := p.board(""); b.Total.Withheld == nil || b.Flagged.With != nil || b.Flagged.Excluded != nil {
		t.Errorf("a withheld total shows flagged ratings: %+v", b.Flagged)
	}
}

func TestTrendBeginsWithTheCalendar(t *testing.T) {
	p := newProvince(t)
	if _, err := p.s.Trend(context.Background(), survey.System, p.query("period=2000-Q1")); err != nil {
		t.Errorf("the first quarter of the calendar: %v", err)
	}
}

// TestJudgements sets and clears flags after the fact; on every node the newest
// judgement stands, in whatever order streams are read.
func TestJudgements(t *testing.T) {
	judge := func(stream string, n int64, at time.Time, clear bool) survey.Entry {
		kept, err := ledger.EncodeFlagging(ledger.Flagging{Response: "r", Stream: "main", N: 12, Flags: []survey.Flag{survey.FlagFast}, By: "u", At: at, Clear: clear})
		if err != nil {
			t.Fatal(err)
		}
		return survey.Entry{Kind: survey.EntryFlag, Stream: stream, N: n, Kept: kept}
	}
	noon := time.Date(2026, 8, 5, 5, 0, 0, 0, time.UTC)
	set, clear := judge("a", 1, noon, false), judge("b", 1, noon.Add(time.Hour), true)
	for _, c := range []struct {
		name          string
		before, after []survey.Entry // the response that they are about
		want          int64
	}{
		{"none", nil, nil, 12},
		{"set later", nil, []survey.Entry{set}, 11},
		{"set before the response was read", []survey.Entry{set}, nil, 11},
		{"set, then cleared", nil, []survey.Entry{set, clear}, 12},
		{"cleared, then the older one read", nil, []survey.Entry{clear, set}, 12},
		{"around the response", []survey.Entry{clear}, []survey.Entry{set}, 12},
		{"both before", []survey.Entry{set, clear}, nil, 12},
		{"cleared first, set again", nil, []survey.Entry{clear, judge("a", 2, noon.Add(2*time.Hour), false)}, 11},
		{"the same moment", nil, []survey.Entry{judge("c", 1, noon, true), set}, 12},
		{"about a response not yet here", nil, []survey.Entry{func() survey.Entry {
			e := set
			e.Kept = slices.Replace(slices.Clone(e.Kept), slices.Index(e.Kept, '1'), slices.Index(e.Kept, '1'), '9')
			return e
		}()}, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			p.s.Consume(c.before)
			p.rate(desk1, "", "2026-08-03", 12, 12)
			p.s.Consume(c.after)
			if b := p.board(""); *b.Total.N != c.want {
				t.Errorf("%d counted, want %d", *b.Total.N, c.want)
			}
		})
	}
}

func TestErasure(t *testing.T) {
	erase, err := ledger.EncodeErasure(ledger.Erasure{Response: "r", Stream: "main", N: 1, Reason: "asked", At: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	erasure := survey.Entry{Kind: survey.EntryErasure, Stream: "x", N: 1, Kept: erase}
	columns := func(p *province) [tally.MaxGroupBy]int {
		groups, err := p.s.table.Snapshot().Count(tally.Query{GroupBy: []tally.Dim{tally.ByDemographic1, tally.ByDemographic2, tally.ByDemographic3}})
		if err != nil || len(groups) != 1 {
			t.Fatalf("%v, %v", groups, err)
		}
		return groups[0].Key
	}
	full := func(p *province) survey.Response {
		r := p.response(desk1, "", "2026-08-03", survey.Answers{survey.Overall: survey.LevelAnswer(4), "gender": survey.TextAnswer("female"),
			"age_group": survey.TextAnswer("under_25"), "occupation": survey.TextAnswer("public")})
		r.Questionnaire = "full"
		return r
	}
	p := newProvince(t)
	p.take(full(p))
	if got := columns(p); got != [tally.MaxGroupBy]int{2, 1, 4} {
		t.Errorf("demographics %v", got)
	}
	p.s.Consume([]survey.Entry{erasure})
	if got := columns(p); got != [tally.MaxGroupBy]int{} {
		t.Errorf("after the erasure %v", got)
	}
	p = newProvince(t)
	p.s.Consume([]survey.Entry{erasure})
	p.take(full(p))
	if got := columns(p); got != [tally.MaxGroupBy]int{} {
		t.Errorf("the erasure came first and left %v", got)
	}
}

// TestPools works pooled measures out by hand: ten full forms with four answers
// each to tc1, tc2, kq1, pa1, and ten short ones.
func TestPools(t *testing.T) {
	p := newProvince(t)
	level := survey.LevelAnswer
	for i := range 10 {
		answers := survey.Answers{survey.Overall: level(2), "tc1": level(5), "tc2": level(3), "tc3": survey.TextAnswer(survey.NA), "kq1": level(4)}
		if i < 5 {
			answers["tc2"] = level(4)
			answers["pa1"] = level(1)
		}
		full := p.response(desk1, "", "2026-08-03", answers)
		full.Questionnaire = "full"
		p.take(full)
		short := p.response(desk1, "", "2026-08-03", survey.Answers{survey.Overall: level(5), "tc": level(1 + i%5), "kq": survey.TextAnswer(survey.NA)})
		short.Questionnaire = "short"
		p.take(short)
	}
	b := p.board("")
	for measure, want := range map[string]string{
		survey.Overall: "10/20 notMet below agency-2025 → agency-2030",
		Index:          "25/35 of 10 notMet below agency-2025 → agency-2030", // Σa 10·3+5, Σs 10·2+5; short forms have no part
		"tc":           "19/30 of 20 below agency-2025 → agency-2030",        // full 15 of 20, short 4 of 10
		"kq":           "10/10 open tooFew agency-2025 → agency-2030",
		"pa":           "minimumN",
		"tt":           "nobody",
		"cc":           "nobody",
	} {
		if got := short(b.measure(t, measure)); got != want {
			t.Errorf("%s: %s, want %s", measure, got, want)
		}
	}
	if !slices.Equal(b.Questionnaires, []string{"full/1", "short/1"}) {
		t.Errorf("overall came from %v", b.Questionnaires)
	}
	index := p.board("measure=index")
	if !slices.Equal(index.Questionnaires, []string{"full/1"}) || index.Levels != nil || index.Total.Mean != nil || short(index.row(t, "xa-1").Cell) != short(index.Total) {
		t.Errorf("index %s from %v", short(index.Total), index.Questionnaires)
	}
	// Five people with 3 of 4, five with 2 of 3: R = 5/7, residuals 1/7 and −1/7.
	variance := 10.0 / 9 * (10.0 / 49) / (35 * 35)
	n := 5.0 / 7 * 2 / 7 / variance
	ratio := stats.Ratio{Respondents: 10, Value: pointer(5.0 / 7), EffectiveN: &n}
	want, err := ratio.Compare(0.9, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	bound := index.Total.Bound
	if *bound.Method != "korn_graubard" || *bound.Side != "upper" || math.Abs(*bound.Value-100*want.Upper) > 1e-9 || *bound.AnswersNeeded != 0 {
		t.Errorf("bound %v %v, want %v", *bound.Method, *bound.Value, 100*want.Upper)
	}
	quantile := 2.262157162798205 // of Student's t with nine degrees of freedom
	half := quantile * math.Sqrt(n*5/7*2/7+quantile*quantile/4) / (n + quantile*quantile)
	if i := index.Total.Interval; math.Abs(i.Upper-i.Lower-200*half) > 1e-9 {
		t.Errorf("interval %+v, want a width of %v", *i, 200*half)
	}
	criterion := p.board("measure=tc2")
	if short(criterion.Total) != "5/10 below agency-2025 → agency-2030" || *criterion.Levels != (Levels{Level3: 5, Level4: 5}) || !slices.Equal(criterion.Questionnaires, []string{"full/1"}) {
		t.Errorf("tc2: %s, levels %v", short(criterion.Total), criterion.Levels)
	}
	if na := p.board("measure=tc3"); short(na.Total) != "nobody" || len(na.Questionnaires) != 0 {
		t.Errorf("tc3, not applicable to anybody: %s", short(na.Total))
	}
}

func TestFilters(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-08-03", 10, 10)
	p.rate(deskA, "ho-tich", "2026-08-03", 11, 11, func(r *survey.Response) { r.Capture = survey.CaptureKiosk })
	p.rate(onlineB, "ho-tich", "2026-08-03", 12, 12)
	p.rate(desk1, "", "2026-08-03", 13, 13, func(r *survey.Response) { r.Campaign = pointer("sipas-2026") })
	for query, want := range map[string]int64{
		"":                              33, // never pooled with a campaign
		"campaign=sipas-2026":           13,
		"field=ho-tich":                 23,
		"capture=kiosk":                 11,
		"capture=qr":                    22,
		"delivery=online":               12,
		"delivery=counter":              21,
		"point=" + valid(deskA):         21,
		"agency=so-a field=ho-tich":     11,
		"delivery=counter capture=qr":   10,
		"agency=so-b capture=kiosk":     0,
		"campaign=no-such":              0,
		"agency=so-b field=dat-dai":     0,
		"field=ho-tich delivery=online": 12,
	} {
		b := p.board(query)
		switch {
		case b.Total.N == nil || *b.Total.N != want:
			t.Errorf("%s: %s, want %d", query, short(b.Total), want)
		}
		if m := b.measure(t, survey.Overall); short(m) != short(b.Total) {
			t.Errorf("%s: measure %s, total %s", query, short(m), short(b.Total))
		}
	}
	if b := p.board("field=ho-tich"); len(b.Fields) != 1 || len(b.AgencyFields) != 2 {
		t.Errorf("limited to a field: %d fields, %d pairs", len(b.Fields), len(b.AgencyFields))
	}
}

func TestQueryNotParsed(t *testing.T) {
	p := newProvince(t)
	for name, q := range map[string]Query{
		"empty":      {},
		"no measure": {Period: p.query("").Period},
		"far away":   {Measure: Index, Period: survey.Period{Kind: survey.PeriodCustom, From: "2000-01-01", To: "9999-12-31"}},
	} {
		if _, err := p.s.Board(context.Background(), survey.System, q); !survey.IsCode(err, survey.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := p.s.Trend(context.Background(), survey.System, q); !survey.IsCode(err, survey.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCoverage(t *testing.T) {
	sheets := func(agency string, files map[string]int64, months ...survey.Month) (all []survey.Volume) {
		for _, m := range months {
			all = append(all, survey.Volume{Agency: agency, Month: m, Files: files})
		}
		return all
	}
	p := newProvince(t, func(p *province) {
		p.volumes = slices.Concat(
			sheets("so-a", map[string]int64{"dat-dai": 100, "ho-tich": 40}, "2026-07", "2026-08", "2026-09"),
			sheets("phong-a1", map[string]int64{"ho-tich": 10}, "2026-07", "2026-08", "2026-09"),
			sheets("benh-vien", map[string]int64{"y-te": 50}, "2026-07", "2026-08", "2026-09"),
			sheets("so-b", map[string]int64{"ho-tich": 20}, "2026-07", "2026-08"),
			sheets("xa-1", map[string]int64{"ho-tich": 5}, "2026-08"),
			sheets("phong-a1", map[string]int64{"ho-tich": 0}, "2026-06"),
			sheets("so-a", map[string]int64{"dat-dai": 0, "ho-tich": 0}, "2026-06"),
			sheets("benh-vien", map[string]int64{"y-te": 9}, "2026-06"),
		)
	})
	p.rate(deskA, "dat-dai", "2026-08-03", 10, 10)
	p.rate(deskA, "ho-tich", "2026-08-03", 10, 10)
	p.rate(ward, "y-te", "2026-08-03", 15, 15)
	p.rate(onlineB, "ho-tich", "2026-08-03", 10, 10)
	p.rate(desk1, "", "2026-08-03", 10, 10)
	p.rate(deskA, "dat-dai", "2026-06-01", 10, 10)
	for _, c := range []struct {
		query, row string
		volume     int64 // 0: null
		share      float64
	}{
		{"period=2026-Q3", "so-a", 3 * 200, 35. / 6},                  // its own 140, 10 and 50 below
		{"period=2026-Q3", "benh-vien", 150, 10},                      //
		{"period=2026-Q3", "so-b", 0, 0},                              // September is missing
		{"period=2026-Q3", "total", 0, 0},                             // so it is missing from the whole
		{"period=2026-08", "total", 225, 100 * 55. / 225},             // all sheets are there
		{"period=2026-08", "so-b", 20, 50},                            //
		{"period=2026-08", "so-a ho-tich", 50, 20},                    //
		{"period=2026-08", "xa-1", 5, 200},                            // shown as it is
		{"period=2026-08", "xa-1 ", 0, 0},                             // nobody knows how many files had no field
		{"period=2026-08 field=ho-tich", "total", 75, 100 * 20 / 75.}, //
		{"period=2026-08 field=ho-tich", "so-a", 50, 20},              //
		{"period=2026-08 capture=qr", "so-b", 20, 50},                 //
		{"period=2026-08 delivery=online", "so-b", 0, 0},              // sheets do not tell
		{"period=2026-08 point=" + valid(deskA), "total", 0, 0},       //
		{"period=2026-07-01..2026-09-30", "so-a", 600, 35. / 6},       // whole months by another name
		{"period=2026-07-02..2026-09-30", "so-a", 0, 0},               // not whole months
		{"period=2026-07-01..2026-09-29", "so-a", 0, 0},               //
	} {
		t.Run(c.query+" "+c.row, func(t *testing.T) {
			b := p.board(c.query)
			cell := b.Total
			if agency, field, ok := cut(c.row); ok {
				cell = b.pair(t, agency, field)
			} else if c.row != "total" {
				cell = b.row(t, c.row).Cell
			}
			switch {
			case c.volume == 0 && cell.Coverage != nil:
				t.Errorf("coverage %+v", *cell.Coverage)
			case c.volume > 0 && (cell.Coverage == nil || cell.Coverage.Volume != c.volume || math.Abs(*cell.Coverage.Share-c.share) > 1e-9):
				t.Errorf("coverage %+v, want %d, %v", cell.Coverage, c.volume, c.share)
			case c.volume > 0 && cell.Coverage.Impossible != (c.share > 100):
				t.Errorf("%d respondents of %d files, impossible %v", *cell.N, c.volume, cell.Coverage.Impossible)
			}
		})
	}
	t.Run("more respondents than the sheets count", func(t *testing.T) {
		b := p.board("period=2026-06")
		if c := b.row(t, "so-a").Cell.Coverage; c == nil || c.Volume != 9 || !c.Impossible || math.Abs(*c.Share-1000./9) > 1e-9 {
			t.Errorf("coverage %+v", c)
		}
		if c := b.pair(t, "so-a", "dat-dai").Coverage; c == nil || c.Volume != 0 || !c.Impossible || c.Share != nil {
			t.Errorf("of no files at all: %+v", c)
		}
	})
	trend, err := p.s.Trend(context.Background(), survey.System, p.query("period=2026-08"))
	if err != nil || trend.Months[2].Cell.Coverage == nil || trend.Months[2].Cell.Coverage.Volume != 225 {
		t.Errorf("trend %+v, %v", trend, err)
	}
}

func TestTrend(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2025-08-04", 10, 20)
	p.rate(desk1, "", "2026-08-03", 11, 20)
	p.rate(desk1, "", "2026-10-05", 12, 20)
	p.rate(desk1, "", "2026-11-02", 13, 20)
	for query, want := range map[string]string{
		"period=2026-Q3":                "2025-10 2026-09 12",
		"period=2026-Q4":                "2025-12 2026-11 12", // nothing lies ahead
		"period=2026":                   "2025-12 2026-11 12",
		"period=2026-10":                "2025-11 2026-10 12",
		"period=2025-07-01..2026-11-30": "2025-08 2026-11 16", // all months of a longer period
		"period=2025-Q3":                "2025-08 2025-09 2",
		"period=2025-06":                "2025-06 2025-06 0",
		"period=2027":                   "2025-12 2026-11 12",
	} {
		trend, err := p.s.Trend(context.Background(), survey.System, p.query(query))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %s %d", trend.From, trend.To, len(trend.Months)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		for _, m := range trend.Months {
			if m.Provisional != (m.Month == "2026-11") {
				t.Errorf("%s provisional: %v", m.Month, m.Provisional)
			}
			want := map[survey.Month]string{
				"2025-08": "10/20 notMet below agency-2025 → agency-2030", "2026-08": "11/20 notMet below agency-2025 → agency-2030",
				"2026-10": "12/20 notMet below agency-2025 → agency-2030", "2026-11": "13/20 notMet periodOpen agency-2025 → agency-2030",
			}[m.Month]
			if want == "" {
				want = "nobody"
			}
			if short(m.Cell) != want {
				t.Errorf("%s: %s, want %s", m.Month, short(m.Cell), want)
			}
		}
	}
}
