package sqlitestore

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

var form = &survey.Questionnaire{ID: "quick", Version: 1, Items: []survey.Item{
	{ID: survey.Overall, Type: survey.ItemRating}, {ID: "comment", Type: survey.ItemText}}}

func benchDraft(b *testing.B, i int64) ledger.Draft {
	at := time.Date(2026, 11, 23, 7, 33, 46, 0, time.UTC).Add(time.Duration(i) * time.Second)
	answers := survey.Answers{survey.Overall: survey.LevelAnswer(int(1 + i%5))}
	if i%5 == 0 {
		answers["comment"] = survey.TextAnswer("Cán bộ hướng dẫn tận tình, nhưng phải chờ lâu.")
	}
	kept, open, err := ledger.EncodeResponse(survey.Response{Submission: survey.Submission{Point: "K7QX2M9A4T", Questionnaire: "quick", Version: 1,
		Language: survey.Vietnamese, Capture: survey.CaptureQR, StartedAt: &at, AnsweredAt: &at, Answers: answers},
		Agency: "xa-dong-khe", FieldID: "dat-dai", Delivery: survey.DeliveryCounter, At: at, ReceivedAt: at}, form)
	if err != nil {
		b.Fatal(err)
	}
	// Ids are random, as those of pages and devices are.
	x := uint64(i) * 0x9e3779b97f4a7c15
	return ledger.Draft{ID: fmt.Sprintf("%08x-%04x-4000-8000-%012x", x>>32, x>>16&0xffff, i), Kind: survey.EntryResponse, Kept: kept, Open: open}
}

func benchLedger(b *testing.B, s *Store, batch int) *ledger.Ledger {
	b.Helper()
	l, err := ledger.Open(b.Context(), ledger.Options{Store: s.Ledger(), Key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)), MaxBatch: batch})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close(b.Context()) })
	return l
}

// BenchmarkAppend is durable appends of one response each, by 128 callers at
// once: joined into group commits, and each as a commit of its own.
func BenchmarkAppend(b *testing.B) {
	for _, test := range []struct {
		name  string
		batch int
	}{{"group", 1000}, {"one-by-one", 1}} {
		b.Run(test.name, func(b *testing.B) {
			l := benchLedger(b, opened(b, filepath.Join(b.TempDir(), "sipas.db")), test.batch)
			var next atomic.Int64
			var group sync.WaitGroup
			b.ResetTimer()
			for range 128 {
				group.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if out, err := l.Append(b.Context(), []ledger.Draft{benchDraft(b, i)}); err != nil || out[0].Outcome != survey.OutcomeStored {
							b.Error(out, err)
						}
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}

// BenchmarkCatchUp delivers 60,000 entries of the store, and verifies them.
func BenchmarkCatchUp(b *testing.B) {
	const entries = 60_000
	s := opened(b, filepath.Join(b.TempDir(), "sipas.db"))
	l := benchLedger(b, s, 0)
	for i := int64(0); i < entries; i += 1000 {
		drafts := make([]ledger.Draft, 1000)
		for j := range drafts {
			drafts[j] = benchDraft(b, i+int64(j))
		}
		if _, err := l.Append(b.Context(), drafts); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("deliver", func(b *testing.B) {
		for b.Loop() {
			other := benchLedger(b, s, 0)
			n := 0
			other.Subscribe(func(all []survey.Entry) { n += len(all) })
			if err := other.CatchUp(b.Context()); err != nil || n != entries {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			other := benchLedger(b, s, 0)
			other.Subscribe(func(all []survey.Entry) {
				for _, e := range all {
					if _, err := ledger.DecodeResponse(e); err != nil {
						b.Error(err)
					}
				}
			})
			if err := other.CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if report, err := ledger.Verify(b.Context(), s.Ledger()); err != nil || !report.OK() || report.Entries() != entries {
				b.Fatal(report.Problems(), err)
			}
		}
	})
}
