package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/api"
	"sipas/survey"
	"sipas/survey/identity"
	"sipas/survey/intake"
	"sipas/survey/ledger"
	"sipas/survey/registry"
	"sipas/survey/results"
	"sipas/survey/sqlitestore"
)

const benchConnections = 128

// BenchmarkSubmit measures ratings taken over HTTP on loopback with 128
// connections, each answered only when its ledger has taken it:
//
//   - durable: the embedded store, with group commit;
//   - dropping: the same route with a ledger store that keeps nothing (the yardstick: what the route itself costs);
//   - oneByOne: the embedded store made durable entry by entry (what group commit saves).
//
// Where all run, each yardstick says what share or multiple of its rate the
// durable one reaches: at least 0.6 of dropping and 3 times oneByOne are demanded.
func BenchmarkSubmit(b *testing.B) {
	var durable float64 // submissions a second
	b.Run("durable", func(b *testing.B) {
		durable = benchmarkSubmit(b, func(s survey.LedgerStore) survey.LedgerStore { return s })
	})
	for _, yardstick := range []struct {
		name string
		wrap func(survey.LedgerStore) survey.LedgerStore
	}{
		{"dropping", func(survey.LedgerStore) survey.LedgerStore { return droppingLedger{} }},
		{"oneByOne", func(s survey.LedgerStore) survey.LedgerStore { return oneByOneLedger{s} }},
	} {
		b.Run(yardstick.name, func(b *testing.B) {
			if rate := benchmarkSubmit(b, yardstick.wrap); durable > 0 && rate > 0 {
				b.ReportMetric(durable/rate, "durable/"+yardstick.name)
			}
		})
	}
}

// benchmarkSubmit gives the submissions answered in a second.
func benchmarkSubmit(b *testing.B, wrap func(survey.LedgerStore) survey.LedgerStore) (rate float64) {
	address, service, point := serveForBenchmark(b, wrap)
	var mu sync.Mutex
	var latencies []time.Duration

	b.ReportAllocs()
	b.SetParallelism(benchConnections / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var own []time.Duration
		citizen, err := dial(address)
		if err != nil {
			b.Error(err)
			return
		}
		defer citizen.conn.Close()
		for pb.Next() {
			page, token := service.IssuePage(point, "quick", 1)
			body := fmt.Appendf(nil, `{"responses":[{"id":%q,"point":%q,"questionnaire":"quick","version":1,"language":"vi","capture":"qr",`+
				`"answers":{"overall":4,"reasons_happy":["fast","clear"]}}]}`, page.ID, point)
			began := time.Now()
			if err := citizen.submit(token, body); err != nil {
				b.Error(err)
				return
			}
			own = append(own, time.Since(began))
		}
		mu.Lock()
		latencies = append(latencies, own...)
		mu.Unlock()
	})
	b.StopTimer()
	if len(latencies) == 0 {
		return 0
	}
	slices.Sort(latencies)
	rate = float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "submissions/s")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds())/1000, "p99-ms")
	return rate
}

// citizen is one kept connection that sends ratings. It writes the request by
// itself: client and server share the processors, and what net/http's client
// costs would hide a good part of what the server does.
type citizen struct {
	conn    net.Conn
	answers *bufio.Reader
}

func dial(address string) (citizen, error) {
	conn, err := net.Dial("tcp", address)
	return citizen{conn, bufio.NewReader(conn)}, err
}

// submit sends a rating and fails unless it was stored.
func (c citizen) submit(token string, body []byte) error {
	request := fmt.Appendf(nil, "POST /api/v1/responses HTTP/1.1\r\nHost: sipas\r\nAuthorization: Page %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body)
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && !bytes.Contains(text, []byte(`"stored"`)) {
		err = fmt.Errorf("answered %d %s", answer.StatusCode, text)
	}
	return err
}

// serveForBenchmark serves the API with one agency and one point on a new
// embedded store whose ledger is wrapped.
func serveForBenchmark(b *testing.B, wrap func(survey.LedgerStore) survey.LedgerStore) (address string, service *intake.Service, point string) {
	b.Helper()
	ctx := b.Context()
	log := slog.New(slog.DiscardHandler)
	store, err := sqlitestore.Open(ctx, filepath.Join(b.TempDir(), "sipas.db"))
	check(b, err)
	b.Cleanup(func() { store.Close() })
	check(b, store.Create(ctx, survey.Identity{ID: uuid.NewString(), Synthetic: true, CreatedAt: time.Now()}))
	reg, err := openRegistry(ctx, store, time.Now, log)
	check(b, err)
	check(b, reg.Load(ctx, registry.Catalogue{
		Agencies: []survey.Agency{{ID: "tinh", Kind: survey.KindProvince, Level: survey.LevelProvince,
			Name: survey.Text{survey.Vietnamese: "Tỉnh", survey.English: "Province"}, ValidFrom: "2025-07-01"}},
	}))
	created, err := reg.CreatePoint(ctx, survey.System, survey.Point{Agency: "tinh", Delivery: survey.DeliveryCounter, Questionnaire: "quick",
		Name: survey.Text{survey.Vietnamese: "Quầy 1", survey.English: "Counter 1"}})
	check(b, err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(b, err)
	led, err := ledger.Open(ctx, ledger.Options{Store: wrap(store.Ledger()), Key: key, Now: time.Now, Random: rand.Reader, Log: log})
	check(b, err)
	figures := results.New(results.Options{Registry: reg, Now: time.Now, Log: log})
	led.Subscribe(figures.Consume)
	check(b, led.CatchUp(ctx))

	secret := bytes.Repeat([]byte("benchmark key "), 3)
	service = intake.New(intake.Options{Registry: reg, Ledger: led, PageKey: secret, Now: time.Now, NewID: uuid.NewString})
	users := identity.New(identity.Options{Store: store, Registry: reg, Now: time.Now, Random: rand.Reader})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(b, err)
	address = listener.Addr().String()
	app := api.New(api.Options{Registry: reg, Identity: users, Intake: service, Results: figures, PublicURL: "http://" + address, SigningKey: secret, PageKey: secret, Log: log, Now: time.Now})
	go func() { _ = app.Listener(listener) }()
	b.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second) })
	return address, service, created.Code
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// droppingLedger says that everything is stored and keeps nothing.
type droppingLedger struct{}

func (droppingLedger) RegisterStream(context.Context, survey.Stream) error    { return nil }
func (droppingLedger) Streams(context.Context) ([]survey.Stream, error)       { return nil, nil }
func (droppingLedger) Insert(context.Context, []survey.Entry) error           { return nil }
func (droppingLedger) Find(context.Context, []string) ([]survey.Entry, error) { return nil, nil }
func (droppingLedger) EraseOpen(context.Context, []string) error              { return nil }
func (droppingLedger) EndStream(context.Context, string, int64) error         { return nil }
func (droppingLedger) Moved(context.Context, map[string]int64) ([]string, error) {
	return nil, nil
}
func (droppingLedger) Read(context.Context, string, int64, int) ([]survey.Entry, error) {
	return nil, nil
}
func (droppingLedger) ReadAt(context.Context, string, []int64) ([]survey.Entry, error) {
	return nil, nil
}
func (droppingLedger) Last(context.Context, string) (survey.Entry, error) {
	return survey.Entry{}, &survey.Error{Code: survey.CodeNotFound}
}

// oneByOneLedger makes every entry durable by itself.
type oneByOneLedger struct{ survey.LedgerStore }

func (l oneByOneLedger) Insert(ctx context.Context, entries []survey.Entry) error {
	for i := range entries {
		if err := l.LedgerStore.Insert(ctx, entries[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}
