package demo_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

// node is what one process has open.
type node struct {
	store survey.Store
	reg   *registry.Registry
	led   *ledger.Ledger
	seen  []survey.Entry
}

func start(t testing.TB, path string, synthetic bool) *node {
	t.Helper()
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.Identity(ctx); survey.IsCode(err, survey.CodeNotFound) {
		err = store.Create(ctx, survey.Identity{ID: "test", Synthetic: synthetic, CreatedAt: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	n := &node{store: store}
	if n.reg, err = registry.Open(ctx, registry.Options{Store: store, Now: time.Now, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if n.led, err = ledger.Open(ctx, ledger.Options{Store: store.Ledger(), Key: key, Now: time.Now, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.led.Close(context.Background()) })
	n.led.Subscribe(func(entries []survey.Entry) { n.seen = append(n.seen, entries...) })
	if err := n.led.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLoadRefusesARealProvince(t *testing.T) {
	n := start(t, filepath.Join(t.TempDir(), "real.db"), false)
	err := demo.New(demo.Options{Size: 10}).Load(context.Background(), n.store, n.reg, n.led, nil)
	if !survey.IsCode(err, survey.CodeForbidden) {
		t.Errorf("error %v", err)
	}
	if len(n.reg.Snapshot().Agencies()) != 0 || len(n.seen) != 0 {
		t.Error("something was loaded")
	}
}

func TestLoad(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "demo.db")
	n := start(t, path, true)
	p := demo.New(demo.Options{Seed: 1, Size: 4500})

	// A run that is cut off in the middle.
	cut, cancel := context.WithCancel(ctx)
	err := p.Load(cut, n.store, n.reg, n.led, func(done, _ int) {
		if done > 0 {
			cancel()
		}
	})
	if err == nil {
		t.Fatal("an interrupted load gives no error")
	}
	if len(n.reg.Snapshot().Agencies()) != 0 {
		t.Error("an interrupted load left a catalogue")
	}

	var steps []int
	if err := p.Load(ctx, n.store, n.reg, n.led, func(done, total int) {
		if total != 4500 {
			t.Errorf("%d in all", total)
		}
		steps = append(steps, done)
	}); err != nil {
		t.Fatal(err)
	}
	if steps[0] != 0 || steps[len(steps)-1] != 4500 {
		t.Errorf("progress %v", steps)
	}
	var want []survey.Response
	for r := range p.Responses() {
		want = append(want, r)
	}
	next := start(t, path, true)
	if len(next.seen) != len(want) {
		t.Fatalf("%d entries, want %d", len(next.seen), len(want))
	}
	for i, e := range next.seen {
		got, err := ledger.DecodeResponse(e)
		if err != nil || got.ID != want[i].ID || !got.At.Equal(want[i].At) || got.Agency != want[i].Agency || len(got.Answers) != len(want[i].Answers) {
			t.Fatalf("entry %d: %+v, %v, want %+v", i, got, err, want[i])
		}
	}
	if report, err := ledger.Verify(ctx, n.store.Ledger()); err != nil || !report.OK() {
		t.Errorf("the ledger does not verify: %+v, %v", report, err)
	}
	s := next.reg.Snapshot()
	c := p.Catalogue()
	if len(s.Agencies()) != len(c.Agencies) || len(s.Points()) != len(c.Points) || len(s.Volumes()) != len(c.Volumes) || !s.Synthetic() {
		t.Errorf("%d agencies, %d points, %d sheets", len(s.Agencies()), len(s.Points()), len(s.Volumes()))
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		n := start(b, filepath.Join(b.TempDir(), "demo.db"), true)
		if err := demo.New(demo.Options{Seed: 1}).Load(context.Background(), n.store, n.reg, n.led, nil); err != nil {
			b.Fatal(err)
		}
	}
}
