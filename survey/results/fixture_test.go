package results

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
)

// open gives a registry with a catalogue and a service that has seen nothing.
func open(t testing.TB, c registry.Catalogue, now func() time.Time) (*registry.Registry, *Service) {
	t.Helper()
	reg, err := registry.Open(context.Background(), registry.Options{Store: &memory{}, Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if err := reg.Load(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return reg, New(Options{Registry: reg, Entries: &shelf{}, Now: now, Log: slog.New(slog.DiscardHandler)})
}

// entry makes the ledger entry of a response.
func entry(t testing.TB, stream string, n int64, r survey.Response) survey.Entry {
	t.Helper()
	kept, open, err := ledger.EncodeResponse(r, questionnaires.Find(r.Questionnaire, r.Version))
	if err != nil {
		t.Fatal(err)
	}
	return survey.Entry{ID: r.ID, Kind: survey.EntryResponse, Stream: stream, N: n, Kept: kept, Open: open}
}

func openDemo(t testing.TB, o demo.Options) (*demo.Province, *Service) {
	t.Helper()
	p := demo.New(o)
	_, s := open(t, p.Catalogue(), func() time.Time { return o.Until.Start().Add(10 * time.Hour) })
	var entries []survey.Entry
	for r := range p.Responses() {
		entries = append(entries, entry(t, "demo", int64(len(entries)+1), r))
	}
	s.entries.(*shelf).put(entries...)
	s.Consume(entries)
	return p, s
}

// shelf holds the ledger's entries where comments are read.
type shelf struct {
	mu      sync.Mutex
	entries map[ledger.Position]survey.Entry
	err     error // that reading gives
}

func (s *shelf) put(entries ...survey.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = map[ledger.Position]survey.Entry{}
	}
	for _, e := range entries {
		s.entries[ledger.Position{Stream: e.Stream, N: e.N}] = e
	}
}

// erase takes an open part away, as the store of every node shows it at once.
func (s *shelf) erase(at ledger.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[at]
	e.Open, e.Salt = nil, nil
	s.entries[at] = e
}

func (s *shelf) ReadAt(_ context.Context, stream string, places []int64) (found []survey.Entry, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range places {
		if e, ok := s.entries[ledger.Position{Stream: stream, N: n}]; ok {
			found = append(found, e)
		}
	}
	return found, s.err
}

func (p *province) shelf() *shelf { return p.s.entries.(*shelf) }

// The points of the small province.
const (
	deskA    = "A000000000" // so-a: dat-dai, ho-tich
	deskUnit = "B000000000" // phong-a1, below so-a: ho-tich
	ward     = "C000000000" // benh-vien, below so-a: y-te
	onlineB  = "D000000000" // so-b, online: ho-tich
	desk1    = "E000000000" // xa-1: no field
)

// province is a small one on a day, with a ledger stream under way.
type province struct {
	t       testing.TB
	reg     *registry.Registry
	s       *Service
	now     time.Time
	n       int64
	targets []survey.Target
	volumes []survey.Volume

	audience Audience // of its queries, where they do not say
}

func newProvince(t testing.TB, options ...func(*province)) *province {
	t.Helper()
	p := &province{t: t, targets: registry.DefaultTargets(), now: survey.Date("2026-11-23").Start().Add(9 * time.Hour)}
	for _, o := range options {
		o(p)
	}
	agency := func(id, parent string, kind survey.AgencyKind, level survey.AgencyLevel) survey.Agency {
		return survey.Agency{ID: id, Parent: parent, Kind: kind, Level: level, Name: survey.Text{"vi": id}, ValidFrom: "2010-01-01"}
	}
	hospital := agency("benh-vien", "so-a", survey.KindProvider, survey.LevelProvince)
	hospital.Sector = "y-te"
	closed := agency("huyen", "tinh", survey.KindDistrict, survey.LevelDistrict)
	closed.ValidTo, closed.Successors = "2025-06-30", []string{"xa-1"}
	var points []survey.Point
	for _, d := range []struct {
		code, agency string
		fields       []string
		delivery     survey.Delivery
	}{
		{deskA, "so-a", []string{"dat-dai", "ho-tich"}, survey.DeliveryCounter},
		{deskUnit, "phong-a1", []string{"ho-tich"}, survey.DeliveryCounter},
		{ward, "benh-vien", []string{"y-te"}, survey.DeliveryCounter},
		{onlineB, "so-b", []string{"ho-tich"}, survey.DeliveryOnline},
		{desk1, "xa-1", []string{}, survey.DeliveryCounter},
	} {
		points = append(points, survey.Point{Code: valid(d.code), Agency: d.agency, Name: survey.Text{"vi": d.code}, Fields: d.fields,
			Delivery: d.delivery, Questionnaire: "quick"})
	}
	p.reg, p.s = open(t, registry.Catalogue{
		Agencies: []survey.Agency{
			agency("tinh", "", survey.KindProvince, survey.LevelProvince),
			agency("so-a", "tinh", survey.KindDepartment, survey.LevelProvince),
			agency("phong-a1", "so-a", survey.KindDepartment, survey.LevelProvince),
			hospital,
			agency("so-b", "tinh", survey.KindDepartment, survey.LevelProvince),
			agency("xa-1", "tinh", survey.KindCommune, survey.LevelCommune),
			closed,
		},
		Fields: registry.DefaultFields(), Points: points, Targets: p.targets, Volumes: p.volumes,
	}, func() time.Time { return p.now })
	return p
}

// valid gives the code of nine characters its check character.
func valid(code string) string {
	for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if whole := code[:9] + string(c); isCode(whole) {
			return whole
		}
	}
	panic("no check character")
}

func isCode(s string) bool { _, err := survey.ParsePointCode(s); return err == nil }

// response makes a rating; field "" is unknown.
func (p *province) response(point, field, day string, answers survey.Answers) survey.Response {
	pt, ok := p.reg.Snapshot().Point(valid(point))
	if !ok {
		p.t.Fatal("no point " + point)
	}
	at := survey.Date(day).Start().Add(9 * time.Hour).UTC()
	r := survey.Response{
		Submission: survey.Submission{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", p.n+1), Point: pt.Code, Questionnaire: "quick", Version: 1,
			Language: survey.Vietnamese, Capture: survey.CaptureQR, AnsweredAt: &at, Answers: answers},
		Agency: pt.Agency, FieldID: field, Delivery: pt.Delivery, At: at, ReceivedAt: at.Add(time.Second),
	}
	if field != "" {
		r.Field = &field
	}
	return r
}

// take has the service consume a response; it gives the place in the stream.
func (p *province) take(r survey.Response) ledger.Position {
	p.n++
	e := entry(p.t, "main", p.n, r)
	p.shelf().put(e)
	p.s.Consume([]survey.Entry{e})
	return ledger.Position{Stream: "main", N: p.n}
}

// rate takes ratings of which the first are satisfied.
func (p *province) rate(point, field, day string, satisfied, answered int, change ...func(*survey.Response)) {
	for i := range answered {
		level := 3
		if i < satisfied {
			level = 5
		}
		r := p.response(point, field, day, survey.Answers{survey.Overall: survey.LevelAnswer(level)})
		for _, c := range change {
			c(&r)
		}
		p.take(r)
	}
}

// query reads "period=2026-Q3 agency=so-a".
func (p *province) query(text string) Query {
	p.t.Helper()
	q, err := parse(text, p.s.Today())
	if err != nil {
		p.t.Fatal(err)
	}
	if p.audience != "" {
		q.Audience = p.audience
	}
	return q
}

func parse(text string, today survey.Date) (Query, error) {
	values := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		k, v, _ := strings.Cut(pair, "=")
		values[k] = v
	}
	return ParseQuery(func(k string) string { return values[k] }, today)
}

func (p *province) board(text string) Board {
	p.t.Helper()
	b, err := p.s.Board(context.Background(), survey.System, p.query(text))
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, b.Methods)
	return b
}

func (b Board) row(t testing.TB, id string) AgencyRow {
	t.Helper()
	for _, r := range b.Agencies {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no row of %s", id)
	return AgencyRow{}
}

func (b Board) field(t testing.TB, id string) Cell {
	t.Helper()
	for _, r := range b.Fields {
		if r.ID == nil && id == "" || r.ID != nil && *r.ID == id {
			return r.Cell
		}
	}
	t.Fatalf("no row of field %q", id)
	return Cell{}
}

func (b Board) pair(t testing.TB, agency, field string) Cell {
	t.Helper()
	for _, r := range b.AgencyFields {
		if r.Agency == agency && (r.Field == nil && field == "" || r.Field != nil && *r.Field == field) {
			return r.Cell
		}
	}
	t.Fatalf("no cell of %s and %q", agency, field)
	return Cell{}
}

func (b Board) measure(t testing.TB, id string) Cell {
	t.Helper()
	for _, r := range b.Measures {
		if r.Measure == id {
			return r.Cell
		}
	}
	t.Fatalf("no measure %s", id)
	return Cell{}
}

// short writes what tests compare most: "28/32 met above agency-2025".
func short(c Cell) string {
	if c.Withheld != nil {
		return string(*c.Withheld)
	}
	if *c.N == 0 {
		return "nobody"
	}
	s := fmt.Sprintf("%d/%d", *c.Satisfied, *c.Answered)
	if c.Answered != nil && *c.Answered != *c.N {
		s += fmt.Sprintf(" of %d", *c.N)
	}
	if c.Plan != nil {
		s += " " + string(*c.Plan)
	}
	if c.Bound.Verdict != nil {
		s += " " + string(*c.Bound.Verdict)
	}
	if c.Bound.Reason != nil {
		s += " " + string(*c.Bound.Reason)
	}
	if c.Target != nil {
		s += " " + c.Target.ID
	}
	if c.Milestone != nil {
		s += " → " + c.Milestone.ID
	}
	return s
}

func tree(t testing.TB, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// tooFew reports whether so many respondents are too few for a manager.
func tooFew(n int64) bool { return 0 < n && n < MinimumN }
