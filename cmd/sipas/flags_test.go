package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
	"sipas/survey/sqlitestore"
	"sipas/survey/suspicion"
)

// stuffed is the smallest province in which something is planted.
const stuffed = 20_000

// Two nodes flag at once, each day, and every judgement is in the ledger once.
func TestSuspecter(t *testing.T) {
	ctx := t.Context()
	store, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := demo.DefaultUntil.Start().Add(9 * time.Hour)
	if err := store.Create(ctx, survey.Identity{ID: "test", Synthetic: true, CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
	k := keys{Ledger: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	log := slog.New(slog.DiscardHandler)
	options := demo.Options{Size: stuffed, Until: demo.DefaultUntil}
	if _, err := loadDemo(ctx, store, k, options, log, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	node := func() *suspecter {
		reg, err := openRegistry(ctx, store, time.Now, log)
		if err != nil {
			t.Fatal(err)
		}
		led, err := openLedger(ctx, store, k, time.Now, log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = led.Close(context.Background()) })
		return &suspecter{inspector: suspicion.NewInspector(store.Ledger()), registry: reg, ledger: led, now: func() time.Time { return now }, log: log}
	}
	nodes := []*suspecter{node(), node()}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if n, err := nodes[0].today(ended); n != 0 || err == nil {
		t.Errorf("%d flagged in a store that is away: %v", n, err)
	}
	flagged := make([]int, len(nodes))
	var group sync.WaitGroup
	for i, s := range nodes {
		group.Go(func() {
			n, err := s.today(ctx)
			if err != nil {
				t.Error(err)
			}
			flagged[i] = n
		})
	}
	group.Wait()
	judged := map[string]int{}
	planted := demo.New(options).Planted()
	right := 0
	streams, err := store.Ledger().Streams(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range streams {
		entries, err := store.Ledger().Read(ctx, stream.ID, 0, 2*stuffed)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Kind != survey.EntryFlag {
				continue
			}
			f, err := ledger.DecodeFlagging(e)
			if err != nil || f.By != "system" || !f.At.Equal(demo.DefaultUntil.Start()) || f.Signal == "" || f.Score == nil {
				t.Fatalf("%+v, %v", f, err)
			}
			judged[f.Response]++
			if slices.Contains(f.Flags, planted[f.Response]) {
				right++
			}
		}
	}
	if total := flagged[0] + flagged[1]; total != len(judged) || right < len(planted)*8/10 {
		t.Errorf("%v flagged, %d responses judged, %d of %d rightly", flagged, len(judged), right, len(planted))
	}
	for _, test := range []struct {
		name  string
		later time.Duration
		node  *suspecter
	}{
		{"later on the day", 14 * time.Hour, nodes[0]},
		{"the next day", time.Hour, nodes[0]},
		{"started anew", time.Hour, node()},
	} {
		now = now.Add(test.later)
		if n, err := test.node.today(ctx); n != 0 || err != nil {
			t.Errorf("%s %d were flagged (%v)", test.name, n, err)
		}
	}
	if report, err := ledger.Verify(ctx, store.Ledger()); err != nil || !report.OK() {
		t.Errorf("the ledger does not verify: %+v, %v", report.Problems(), err)
	}
	if err := nodes[1].run(ended); err != nil {
		t.Error(err)
	}
}

// The command tells, and with --now flags what looks stuffed, once.
func TestFlagsCommand(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		weakServer(t, environment, "the speed for twenty thousand responses")
		say := func(what string, args ...string) string {
			t.Helper()
			out, err := runSipas(t, environment, "", args...)
			if err != nil || !strings.Contains(out, what) {
				t.Fatalf("%q: %v, want %q in\n%s", args, err, what, out)
			}
			return out
		}
		if out, err := runSipas(t, environment, "", "flags"); err == nil {
			t.Errorf("without a province:\n%s", out)
		}
		say("", "demo", "--size", fmt.Sprint(stuffed), "--seed", "1")
		out := say("burst", "flags")
		found := regexp.MustCompile(`Stand out: ([1-9]\d*) ratings, of which 0 were decided on before`).FindStringSubmatch(out)
		if found == nil || strings.Contains(out, "Flagged:") {
			t.Fatalf("nothing stands out:\n%s", out)
		}
		say("The ledger is clean.", "verify")
		say(fmt.Sprintf("Flagged: %s ratings", found[1]), "flags", "--now")
		say(fmt.Sprintf("Stand out: %s ratings, of which %s were decided on before", found[1], found[1]), "flags")
		say("Flagged: 0 ratings", "flags", "--now")
		say("The ledger is clean.", "verify")
	})
}
