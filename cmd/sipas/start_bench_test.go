package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/results"
)

const startResponses = 1_000_000

// BenchmarkStart measures how long a node on the embedded store takes from its
// start to its first board, in turn from the whole ledger (the yardstick) and from a checkpoint.
func BenchmarkStart(b *testing.B) {
	ctx := b.Context()
	log := slog.New(slog.DiscardHandler)
	c := &config{Data: b.TempDir(), Demo: true, demoNamed: true}
	k, err := loadKeys(c)
	check(b, err)
	store, err := openStore(ctx, c)
	check(b, err)
	b.Cleanup(func() { store.Close() })
	_, err = settleIdentity(ctx, c, store)
	check(b, err)
	_, err = loadDemo(ctx, store, k, demo.Options{Size: startResponses}, log, func(int, int) {})
	check(b, err)

	start := func() (*node, time.Duration) {
		began := time.Now()
		n, err := openNode(ctx, c, k, store, time.Now, log)
		check(b, err)
		q, err := results.ParseQuery(func(string) string { return "" }, survey.DateOf(time.Now()))
		check(b, err)
		_, err = n.keeper.figures.Board(ctx, survey.System, q)
		check(b, err)
		return n, time.Since(began)
	}
	var whole, resumed time.Duration
	for b.Loop() {
		if err := os.Remove(checkpointPath(c)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			b.Fatal(err)
		}
		n, took := start()
		whole += took
		n.keeper.finish()
		check(b, n.ledger.Close(context.Background()))
		n, took = start()
		resumed += took
		check(b, n.ledger.Close(context.Background()))
	}
	b.ReportMetric(whole.Seconds()/float64(b.N), "s/whole-ledger")
	b.ReportMetric(resumed.Seconds()/float64(b.N), "s/checkpoint")
	b.ReportMetric(whole.Seconds()/resumed.Seconds(), "×faster")
}
