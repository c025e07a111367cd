package results

import (
	"path/filepath"
	"slices"
	"testing"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
	"sipas/survey/sqlitestore"
)

// BenchmarkWords reads as many comments as one answer may, from the embedded store.
func BenchmarkWords(b *testing.B) {
	ctx := b.Context()
	_, s := openDemo(b, demo.Options{Seed: 1, Size: 300_000, Until: "2026-11-23"})
	store, err := sqlitestore.Open(ctx, filepath.Join(b.TempDir(), "province.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	if err := store.Ledger().RegisterStream(ctx, survey.Stream{ID: "demo", PublicKey: make([]byte, 32), StartedAt: demo.Start.Start()}); err != nil {
		b.Fatal(err)
	}
	var entries []survey.Entry
	for at, e := range s.entries.(*shelf).entries {
		e.Salt, e.Prev, e.Hash, e.OpenHash = make([]byte, 16), make([]byte, 32), ledger.EntryHash(e), make([]byte, 32)
		e.N = at.N
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b survey.Entry) int { return int(a.N - b.N) })
	for some := range slices.Chunk(entries, 5000) {
		if err := store.Ledger().Insert(ctx, some); err != nil {
			b.Fatal(err)
		}
	}
	s.entries = store.Ledger()
	for _, text := range []string{"period=2026-Q3", "period=2026", "period=2026 contrast=field field=dat-dai"} {
		b.Run(text, func(b *testing.B) {
			var read int64
			for b.Loop() {
				w, err := wordsOf(s, text)
				if err != nil {
					b.Fatal(err)
				}
				read = *w.First.Comments + *w.Second.Comments
			}
			b.ReportMetric(float64(read), "comments")
		})
	}
	b.Run("comments", func(b *testing.B) {
		for b.Loop() {
			if _, err := commentsOf(s, "period=2026"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
