package results_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
	"sipas/survey/results"
)

// open gives a registry with a catalogue and a service that has seen nothing.
func open(t testing.TB, c registry.Catalogue, today survey.Date) (*registry.Registry, *results.Service) {
	t.Helper()
	now := func() time.Time { return today.Start().Add(10 * time.Hour) }
	reg, err := registry.Open(context.Background(), registry.Options{Store: &memory{}, Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if err := reg.Load(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return reg, results.New(results.Options{Registry: reg, Now: now})
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

func consume(t testing.TB, s *results.Service, p *demo.Province) {
	t.Helper()
	var entries []survey.Entry
	for r := range p.Responses() {
		entries = append(entries, entry(t, "demo", int64(len(entries)+1), r))
	}
	s.Consume(entries)
}

var demoBoard = sync.OnceValue(func() *demo.Province { return demo.New(demo.Options{Seed: 1, Until: "2026-11-23"}) })

func query(t testing.TB, text string, today survey.Date) results.Query {
	t.Helper()
	values := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		k, v, _ := strings.Cut(pair, "=")
		values[k] = v
	}
	q, err := results.ParseQuery(func(k string) string { return values[k] }, today)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestDemoBoard(t *testing.T) {
	p := demoBoard()
	_, s := open(t, p.Catalogue(), "2026-11-23")
	start := time.Now()
	consume(t, s, p)
	t.Log("consumed in", time.Since(start))
	start = time.Now()
	b, err := s.Board(context.Background(), survey.System, query(t, "", "2026-11-23"))
	t.Log("first board in", time.Since(start))
	if err != nil {
		t.Fatal(err)
	}
	js, _ := json.MarshalIndent(b, "", " ")
	t.Log(len(js), string(js[:6000]))
	t.Log(len(b.Agencies), len(b.Fields), len(b.AgencyFields))
	tr, err := s.Trend(context.Background(), survey.System, query(t, "", "2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	js, _ = json.Marshal(tr)
	t.Log(string(js[:3000]))
}

func BenchmarkBoard(b *testing.B) {
	p := demoBoard()
	_, s := open(b, p.Catalogue(), "2026-11-23")
	consume(b, s, p)
	for _, text := range []string{"period=2026-Q3", "period=2026-Q4", "period=2025-07-01..2026-11-22", "period=2026-Q3 measure=index", "period=2026-H1"} {
		q := query(b, text, "2026-11-23")
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Board(context.Background(), survey.System, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
