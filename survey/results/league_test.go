package results

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// ask reads "period=2026-Q3 by=field" for an endpoint with parameters of its own and asks it.
func ask[Q, T any](p *province, actor survey.Actor, text string, parse func(Query, func(string) string) (Q, error), find func(context.Context, survey.Actor, Q) (T, error)) (T, error) {
	p.t.Helper()
	var none T
	get := func(name string) string {
		for pair := range strings.FieldsSeq(text) {
			if k, v, _ := strings.Cut(pair, "="); k == name {
				return v
			}
		}
		return ""
	}
	q, err := ParseQuery(get, p.s.Today())
	if err != nil {
		return none, err
	}
	own, err := parse(q, get)
	if err != nil {
		return none, err
	}
	return find(p.t.Context(), actor, own)
}

func (p *province) compare(text string) (Comparison, error) {
	return ask(p, survey.System, text, ParseComparison, p.s.Comparison)
}

func (p *province) rank(text string) (Ranking, error) {
	return ask(p, survey.System, text, ParseRanking, p.s.Ranking)
}

func (p *province) funnel(text string) (Funnel, error) {
	return ask(p, survey.System, text, ParseFunnel, p.s.Funnel)
}

// fieldErrors gives "path: reason" of each part of a refusal.
func fieldErrors(err error) (said []string) {
	var e *survey.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			said = append(said, f.Path+": "+f.Reason)
		}
	}
	return said
}

func TestLeaguesAreRefused(t *testing.T) {
	p := newProvince(t)
	for text, want := range map[string][]string{
		"by=point":                        {"by: unknownOption"},
		"level=village kind=ministry":     {"level: unknownOption", "kind: unknownOption"},
		"by=field level=commune":          {"level: mustBeEmpty"},
		"by=field kind=commune":           {"kind: mustBeEmpty"},
		"by=field field=ho-tich":          {"field: mustBeEmpty"},
		"by=field field=ho-tich level=x":  {"field: mustBeEmpty", "level: mustBeEmpty"},
		"kind=province":                   {"kind: unknownOption"},
		"by=agency level=commune kind=so": {"kind: unknownOption"},
	} {
		t.Run(text, func(t *testing.T) {
			_, ranked := p.rank(text)
			_, funnelled := p.funnel(text)
			_, compared := p.compare("by=agency " + text)
			if strings.Contains(text, "by=") {
				_, compared = p.compare(text)
			}
			for name, err := range map[string]error{"ranking": ranked, "funnel": funnelled, "comparison": compared} {
				if got := fieldErrors(err); !survey.IsCode(err, survey.CodeInvalid) || !slices.Equal(got, want) {
					t.Errorf("%s: %v, want %v", name, err, want)
				}
			}
		})
	}
}

func TestMembers(t *testing.T) {
	p := newProvince(t)
	for text, want := range map[string]string{
		"":                              "so-a so-b xa-1",
		"agency=so-a":                   "benh-vien phong-a1",
		"agency=xa-1":                   "",
		"kind=department":               "so-a so-b", // phong-a1 is within so-a
		"kind=provider":                 "benh-vien",
		"level=commune":                 "xa-1",
		"level=province":                "so-a so-b", // so is the hospital
		"kind=department level=commune": "",
		"agency=so-a kind=department":   "phong-a1",
		"period=2025-H1 kind=district":  "huyen",
		"period=2026-Q3 kind=district":  "",
		"period=2024-01-01..2026-01-01": "so-a so-b xa-1 huyen",
	} {
		t.Run(text, func(t *testing.T) {
			r, err := p.rank(text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range r.Units {
				got = append(got, *u.ID)
			}
			slices.Sort(got)
			names := strings.Fields(want)
			slices.Sort(names)
			if !slices.Equal(got, names) || r.Ranked != 0 {
				t.Errorf("%v, want %v", got, names)
			}
		})
	}
}

func TestWhatALeagueWasNotAskedForIsNull(t *testing.T) {
	p := newProvince(t)
	for text, want := range map[string]string{
		"":                               `"by":"agency","level":null,"kind":null`,
		"by=field":                       `"by":"field","level":null,"kind":null`,
		"level=commune":                  `"by":"agency","level":"commune","kind":null`,
		"level=province kind=department": `"by":"agency","level":"province","kind":"department"`,
	} {
		t.Run(text, func(t *testing.T) {
			ranking, err1 := p.rank(text)
			funnel, err2 := p.funnel(text)
			compared, err3 := p.compare("by=agency " + text)
			if strings.Contains(text, "by=") {
				compared, err3 = p.compare(text)
			}
			for i, answer := range []any{ranking, funnel, compared.Units} {
				said, err := json.Marshal(answer)
				if err := errors.Join(err, err1, err2, err3); err != nil || !strings.Contains(string(said), want) {
					t.Errorf("%d: %s, %v", i, said, err)
				}
			}
		})
	}
}

func TestComparisonsKeepTheScope(t *testing.T) {
	p := newProvince(t)
	viewer := survey.Actor{User: "v", Grants: []survey.Grant{{Role: survey.RoleViewer, Agency: "so-a"}}}
	for _, c := range []struct {
		name, query string
		actor       survey.Actor
		code        survey.Code
	}{
		{"a stranger", "", survey.Actor{User: "u"}, survey.CodeForbidden},
		{"beside", "agency=so-b", viewer, survey.CodeForbidden},
		{"above", "agency=tinh", viewer, survey.CodeForbidden},
		{"unknown", "agency=so-x", survey.System, survey.CodeNotFound},
		{"a viewer's own", "", viewer, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			comparison, err1 := ask(p, c.actor, c.query, ParseComparison, p.s.Comparison)
			ranking, err2 := ask(p, c.actor, c.query, ParseRanking, p.s.Ranking)
			funnel, err3 := ask(p, c.actor, c.query, ParseFunnel, p.s.Funnel)
			for _, err := range []error{err1, err2, err3} {
				if survey.CodeOf(err) != c.code {
					t.Errorf("%v, want %q", err, c.code)
				}
			}
			if c.code == "" && (comparison.Agency.ID != "so-a" || ranking.Agency.ID != "so-a" || funnel.Agency.ID != "so-a" || len(ranking.Units) != 2) {
				t.Errorf("of %s, %s and %s", comparison.Agency.ID, ranking.Agency.ID, funnel.Agency.ID)
			}
		})
	}
	for query, code := range map[string]survey.Code{
		"againstAgency=so-b": survey.CodeForbidden, "againstAgency=tinh": survey.CodeForbidden, "againstAgency=so-x": survey.CodeNotFound,
		"againstField=so-x": survey.CodeNotFound, "againstAgency=phong-a1": "",
	} {
		if _, err := ask(p, viewer, query, ParseComparison, p.s.Comparison); survey.CodeOf(err) != code {
			t.Errorf("%s: %v, want %q", query, err, code)
		}
	}
}

// TestWithheldFiguresDetermineNothing changes ratings of units that are withheld so
// that every figure shown stays: no answer may change by a letter.
func TestWithheldFiguresDetermineNothing(t *testing.T) {
	qr := func(r *survey.Response) { r.Capture = survey.CaptureQR }
	kiosk := func(r *survey.Response) { r.Capture = survey.CaptureKiosk }
	made := func(satisfiedB, b, satisfied1, one int) *province {
		p := newProvince(t)
		for _, day := range []string{"2026-08-03", "2026-05-04", "2025-08-04"} {
			p.rate(deskA, "dat-dai", day, 20, 24, kiosk)
			p.rate(deskA, "", day, 22, 25, qr)
			p.rate(deskUnit, "ho-tich", day, 30, 31, kiosk)
			p.rate(ward, "y-te", day, 40, 50, kiosk)
		}
		for _, day := range []string{"2026-05-04", "2025-08-04"} {
			p.rate(onlineB, "", day, 30, 40, qr)
			p.rate(desk1, "", day, 30, 40, qr)
		}
		p.rate(onlineB, "", "2026-08-03", satisfiedB, b, qr)
		p.rate(desk1, "", "2026-08-03", satisfied1, one, qr)
		return p
	}
	one, other := made(9, 12, 7, 8), made(11, 14, 5, 6)
	for _, query := range []string{"", "kind=department", "level=commune", "measure=overall by=field"} {
		sameAnswer(t, "ranking "+query, one, other, func(p *province) (any, error) { return p.rank(query) })
		sameAnswer(t, "funnel "+query, one, other, func(p *province) (any, error) { return p.funnel(query) })
	}
	sameAnswer(t, "funnel around a target", one, other, func(p *province) (any, error) { return p.funnel("around=target") })
	for _, query := range []string{"", "by=agency", "by=agency adjust=bh", "by=field", "againstAgency=so-b", "againstAgency=xa-1", "againstCapture=kiosk",
		"againstField=ho-tich", "agency=xa-1", "agency=so-b", "agency=xa-1 againstAgency=tinh", "agency=so-b againstAgency=xa-1",
		"agency=so-a againstAgency=tinh", "period=2026-05 againstPeriod=2026-08"} {
		sameAnswer(t, "comparison "+query, one, other, func(p *province) (any, error) { return p.compare(query) })
	}
	if b := one.board(""); short(b.row(t, "xa-1").Cell) != "minimumN" || short(b.row(t, "so-b").Cell) != "differencing" {
		t.Fatalf("the ratings are not withheld: %s and %s", short(b.row(t, "xa-1").Cell), short(b.row(t, "so-b").Cell))
	}
	r, err := one.rank("")
	if err != nil || r.Ranked != 1 || len(r.Units) != 3 {
		t.Fatalf("%d of %d are ranked, %v", r.Ranked, len(r.Units), err)
	}
	f, err := one.funnel("")
	if err != nil {
		t.Fatal(err)
	}
	c, err := one.compare("by=agency")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"so-b", "xa-1"} {
		silent(t, r.unit(t, id))
		silent(t, f.unit(t, id))
		row := c.Units.unit(t, id)
		silent(t, row.Cell)
		silent(t, row.Difference)
		if row.Against.N == nil || row.Difference.Reason == nil || *row.Difference.Reason != DifferenceWithheld {
			t.Errorf("%s: %+v", id, row)
		}
	}
}

func sameAnswer(t *testing.T, name string, one, other *province, find func(*province) (any, error)) {
	t.Helper()
	a, err1 := find(one)
	b, err2 := find(other)
	if err1 != nil || err2 != nil {
		t.Fatalf("%s: %v, %v", name, err1, err2)
	}
	if !reflect.DeepEqual(tree(t, a), tree(t, b)) {
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		t.Errorf("%s differs:\n%s\n%s", name, x, y)
	}
}

// silent sees that something says no number.
func silent(t *testing.T, v any) {
	t.Helper()
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
			for k, e := range v {
				walk(path+"."+k, e)
			}
		}
	}
	walk(fmt.Sprintf("%T", v), tree(t, v))
}

func find[T any](t *testing.T, rows []T, id string, of func(T) *string) T {
	t.Helper()
	for _, row := range rows {
		if of(row) != nil && *of(row) == id {
			return row
		}
	}
	t.Fatalf("no unit %s", id)
	panic("unreachable")
}

func (r Ranking) unit(t *testing.T, id string) RankedUnit {
	t.Helper()
	return find(t, r.Units, id, func(u RankedUnit) *string { return u.ID })
}

func (f Funnel) unit(t *testing.T, id string) FunnelUnit {
	t.Helper()
	return find(t, f.Units, id, func(u FunnelUnit) *string { return u.ID })
}

func (u ComparedUnits) unit(t *testing.T, id string) ComparedUnit {
	t.Helper()
	return find(t, u.Rows, id, func(u ComparedUnit) *string { return u.ID })
}

// BenchmarkLeague sets 500 communes beside each other; a board of them is the yardstick.
func BenchmarkLeague(b *testing.B) {
	now := survey.Date("2026-11-23").Start()
	agency := survey.Agency{ID: "tinh", Kind: survey.KindProvince, Level: survey.LevelProvince, Name: survey.Text{"vi": "Tỉnh"}, ValidFrom: "2010-01-01"}
	c := registry.Catalogue{Agencies: []survey.Agency{agency}, Fields: registry.DefaultFields(), Targets: registry.DefaultTargets()}
	for i := range 500 {
		id := fmt.Sprintf("xa-%d", i)
		agency := survey.Agency{ID: id, Parent: "tinh", Kind: survey.KindCommune, Level: survey.LevelCommune, Name: survey.Text{"vi": id}, ValidFrom: "2010-01-01"}
		c.Agencies = append(c.Agencies, agency)
		c.Points = append(c.Points, survey.Point{Code: valid(fmt.Sprintf("A%08d0", i)), Agency: id, Name: survey.Text{"vi": id}, Fields: []string{"dat-dai"},
			Delivery: survey.DeliveryCounter, Questionnaire: "quick"})
	}
	reg, s := open(b, c, func() time.Time { return now })
	p := &province{t: b, reg: reg, s: s, now: now}
	random := rand.New(rand.NewPCG(1, 1))
	for _, point := range c.Points {
		n := 60 + random.IntN(300)
		p.rate(point.Code, "dat-dai", "2026-08-03", n-random.IntN(n/4), n)
		p.rate(point.Code, "dat-dai", "2026-05-04", n-random.IntN(n/4), n)
	}
	for name, ask := range map[string]func() error{
		"board": func() error {
			_, err := s.Board(b.Context(), survey.System, p.query(""))
			return err
		},
		"ranking":    func() error { _, err := p.rank(""); return err },
		"funnel":     func() error { _, err := p.funnel(""); return err },
		"comparison": func() error { _, err := p.compare(""); return err },
		"units":      func() error { _, err := p.compare("by=agency"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
