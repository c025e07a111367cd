package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"sipas/survey"
)

// A file that takes no writes for a while makes every kind of write unavailable,
// leaves nothing half-written, is not ready, and is read meanwhile. It is written
// again as soon as it can be, with nothing opened anew.
func TestTheDiskTakesNoWrites(t *testing.T) {
	for _, test := range []struct {
		name          string
		breaks, heals func(t *testing.T, s *Store)
	}{
		{"full", func(t *testing.T, s *Store) {
			var pages int
			check(t, s.writer.QueryRow(`PRAGMA page_count`).Scan(&pages))
			pragma(t, s, fmt.Sprintf("max_page_count = %d", pages))
			fill(t, s)
		}, func(t *testing.T, s *Store) { pragma(t, s, "max_page_count = 1000000") }},
		{"read-only",
			func(t *testing.T, s *Store) { pragma(t, s, "query_only = ON") },
			func(t *testing.T, s *Store) { pragma(t, s, "query_only = OFF") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, ctx := opened(t, filepath.Join(t.TempDir(), "sipas.db")), t.Context()
			l := s.Ledger()
			stream := func(id string) survey.Stream {
				return survey.Stream{ID: id, PublicKey: make([]byte, 32), StartedAt: time.Unix(0, 0)}
			}
			field := func(id string, rev int64, name string) survey.Field {
				return survey.Field{ID: id, Name: survey.Text{survey.Vietnamese: name}, Versioned: survey.Versioned{Rev: rev}}
			}
			large := string(make([]byte, 20_000)) // more than a page has left
			entry := func(id string, n int64) survey.Entry {
				return survey.Entry{ID: id, Kind: survey.EntryResponse, Stream: "a", N: n, Kept: []byte(large)}
			}
			check(t, l.RegisterStream(ctx, stream("a")))
			check(t, l.Insert(ctx, []survey.Entry{entry("1", 1)}))
			check(t, s.Fields().Create(ctx, field("dat-dai", 1, "Đất đai")))
			check(t, s.Ping(ctx))

			test.breaks(t, s)
			for name, err := range map[string]error{
				"entries":    l.Insert(ctx, []survey.Entry{entry("2", 2), entry("3", 3)}),
				"a document": s.Fields().Create(ctx, field("ho-tich", 1, large)),
				"documents":  s.Fields().CreateAll(ctx, []survey.Field{field("y-te", 1, large), field("giao-duc", 1, large)}),
				"a revision": s.Fields().Update(ctx, field("dat-dai", 2, large)),
				"an audit":   s.Audit().Append(ctx, survey.AuditEntry{ID: large, N: 1}),
				"a stream":   l.RegisterStream(ctx, stream(large)),
			} {
				if !survey.IsCode(err, survey.CodeUnavailable) {
					t.Errorf("writing %s: error %v, want unavailable", name, err)
				}
			}
			for range 3 {
				_ = s.Fields().Remove(ctx, "none") // which changes nothing, and so says nothing
				if err := s.Ping(ctx); !survey.IsCode(err, survey.CodeUnavailable) {
					t.Errorf("ready, though nothing can be written: %v", err)
				}
			}
			whole := func(what string, entries int, fields int) {
				t.Helper()
				stored, err := l.Read(ctx, "a", 0, 10)
				check(t, err)
				listed, err := s.Fields().List(ctx)
				check(t, err)
				if len(stored) != entries || len(listed) != fields {
					t.Errorf("%s: %d entries and %d fields, want %d and %d", what, len(stored), len(listed), entries, fields)
				}
			}
			whole("meanwhile", 1, 1)

			test.heals(t, s)
			check(t, s.Ping(ctx))
			check(t, l.Insert(ctx, []survey.Entry{entry("2", 2), entry("3", 3)}))
			check(t, s.Fields().CreateAll(ctx, []survey.Field{field("y-te", 1, large), field("giao-duc", 1, large)}))
			check(t, s.Fields().Update(ctx, field("dat-dai", 2, large)))
			whole("afterwards", 3, 3)
			var tables int
			check(t, s.reader.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = 'trial'`).Scan(&tables))
			if tables > 0 {
				t.Error("the trial stays in the file")
			}
		})
	}
}

func pragma(t *testing.T, s *Store, setting string) {
	t.Helper()
	_, err := s.writer.Exec("PRAGMA " + setting)
	check(t, err)
}

// fill uses up the free pages, one document at a time.
func fill(t *testing.T, s *Store) {
	t.Helper()
	for i := range 1000 {
		err := s.write(t.Context(), func(ctx context.Context, c *sql.Conn) error {
			_, err := c.ExecContext(ctx, `INSERT INTO enrolments (key, rev, doc) VALUES (?, 1, hex(zeroblob(100)))`, i)
			return err
		})
		if err != nil {
			return
		}
	}
	t.Fatal("the file never gets full")
}
