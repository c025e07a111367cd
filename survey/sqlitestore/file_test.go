package sqlitestore

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
)

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		code survey.Code
	}{
		{"a folder", func(t *testing.T, path string) { check(t, os.Mkdir(path, 0o700)) }, survey.CodeUnavailable},
		{"no database", func(t *testing.T, path string) {
			check(t, os.WriteFile(path, bytes.Repeat([]byte("no database "), 100), 0o600))
		}, survey.CodeConflict},
		{"another program's database", func(t *testing.T, path string) { run(t, path, `CREATE TABLE notes (a)`) }, survey.CodeConflict},
		{"another program's number", func(t *testing.T, path string) { run(t, path, `PRAGMA application_id = 7`) }, survey.CodeConflict},
		{"a newer version", func(t *testing.T, path string) {
			opened(t, path).Close()
			run(t, path, `PRAGMA user_version = 1000`)
		}, survey.CodeConflict},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sipas.db")
			test.make(t, path)
			if _, err := Open(t.Context(), path); !survey.IsCode(err, test.code) {
				t.Errorf("error %v, want %s", err, test.code)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a statement on a file past the store.
func run(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	_, err = db.Exec(query)
	check(t, err)
}

func TestReopen(t *testing.T) {
	// The name has what has a meaning in a URI.
	path := filepath.Join(t.TempDir(), "dữ liệu", "a?b#c%20d.db")
	s := opened(t, path)
	want := survey.Agency{ID: "tinh", Name: survey.Text{survey.Vietnamese: "Tỉnh"}, Versioned: survey.Versioned{Rev: 1}}
	check(t, s.Agencies().Create(t.Context(), want))
	check(t, s.Close())
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	if got, err := opened(t, path).Agencies().Find(t.Context(), "tinh"); err != nil || got.Name.In(survey.English) != "Tỉnh" {
		t.Errorf("after opening it again: %+v, %v", got, err)
	}
}

func TestFileIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	path := filepath.Join(t.TempDir(), "sipas.db")
	opened(t, path)
	files, err := filepath.Glob(path + "*")
	check(t, err)
	if len(files) < 2 {
		t.Errorf("only %q: no write-ahead log", files)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		check(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", file, info.Mode())
		}
	}
}

func TestSettings(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "sipas.db"))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000", "secure_delete": "1"} {
		var got string
		check(t, s.writer.QueryRow("PRAGMA "+pragma).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

// Another process that holds the file for longer than a write waits makes writes
// unavailable, not reads.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sipas.db")
	s, other := opened(t, path), opened(t, path)
	c, err := other.writer.Conn(t.Context())
	check(t, err)
	defer c.Close()
	_, err = c.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	check(t, err)
	_, err = s.writer.Exec("PRAGMA busy_timeout = 10")
	check(t, err)
	if err := s.Ping(t.Context()); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("error %v, want unavailable", err)
	}
	if _, err := s.Agencies().List(t.Context()); err != nil {
		t.Errorf("reading: %v", err)
	}
	_, err = c.ExecContext(t.Context(), "ROLLBACK")
	check(t, err)
	check(t, s.Ping(t.Context()))
}

// What was erased is nowhere in the files.
func TestErasedBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sipas.db")
	s := opened(t, path)
	l := s.Ledger()
	check(t, l.RegisterStream(t.Context(), survey.Stream{ID: "a", PublicKey: make([]byte, 32), StartedAt: time.Unix(0, 0)}))
	secret := "góp ý rất riêng"
	check(t, l.Insert(t.Context(), []survey.Entry{{ID: "1", Kind: survey.EntryResponse, Stream: "a", N: 1, Salt: []byte("0123456789abcdef"), Open: []byte(secret)}}))
	if !strings.Contains(contents(t, path), secret) {
		t.Error("the open part is not in the files to begin with")
	}
	check(t, l.EraseOpen(t.Context(), []string{"1"}))
	if strings.Contains(contents(t, path), secret) {
		t.Error("the erased part is still in the files")
	}
}

// As long as a reader keeps the write-ahead log, erasing says so, keeps no write
// waiting, and is finished by repeating it.
func TestErasingWithAReaderInTheWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sipas.db")
	s, other := opened(t, path), opened(t, path)
	l := s.Ledger()
	check(t, l.RegisterStream(t.Context(), survey.Stream{ID: "a", PublicKey: make([]byte, 32), StartedAt: time.Unix(0, 0)}))
	secret := "góp ý rất riêng"
	check(t, l.Insert(t.Context(), []survey.Entry{{ID: "1", Kind: survey.EntryResponse, Stream: "a", N: 1, Salt: []byte("0123456789abcdef"), Open: []byte(secret)}}))
	reader, err := other.reader.BeginTx(t.Context(), nil)
	check(t, err)
	defer reader.Rollback()
	var n int
	check(t, reader.QueryRowContext(t.Context(), `SELECT count(*) FROM ledger`).Scan(&n))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	erased := make(chan error, 1)
	go func() { erased <- l.EraseOpen(ctx, []string{"1"}) }()
	gone := func() bool {
		found, err := l.Find(t.Context(), []string{"1"})
		check(t, err)
		return found[0].Open == nil
	}
	for !gone() {
		runtime.Gosched()
	}
	for i := range 3 {
		check(t, s.Agencies().Create(t.Context(), survey.Agency{ID: string(rune('a' + i)), Versioned: survey.Versioned{Rev: 1}}))
		check(t, other.Ping(t.Context()))
	}
	cancel()
	if err := <-erased; !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("erasing gave %v while the log holds the bytes, want unavailable", err)
	}
	if !strings.Contains(contents(t, path), secret) {
		t.Error("the reader was not in the way")
	}
	if err := l.EraseOpen(t.Context(), []string{"1"}); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("with all the time there is: %v, want unavailable", err)
	}
	check(t, reader.Rollback())
	check(t, l.EraseOpen(t.Context(), []string{"1"}))
	if strings.Contains(contents(t, path), secret) {
		t.Error("the erased part is still in the files")
	}
	var timeout string
	check(t, s.writer.QueryRow("PRAGMA busy_timeout").Scan(&timeout))
	if timeout != "5000" {
		t.Errorf("writes now wait %s ms", timeout)
	}
}

// What an erasure left in the log when its process was killed is gone with the
// next start, and with the next erasure, also one of nothing.
func TestErasedBytesOfAKilledProcess(t *testing.T) {
	for _, test := range []struct {
		name  string
		begun bool // somebody reads at the start, so only an erasure empties the log
	}{{"a start", false}, {"an erasure of nothing", true}} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "sipas.db")
			s := opened(t, path)
			l := s.Ledger()
			check(t, l.RegisterStream(t.Context(), survey.Stream{ID: "a", PublicKey: make([]byte, 32), StartedAt: time.Unix(0, 0)}))
			secret := "góp ý rất riêng"
			check(t, l.Insert(t.Context(), []survey.Entry{{ID: "1", Kind: survey.EntryResponse, Stream: "a", N: 1, Salt: []byte("0123456789abcdef"), Open: []byte(secret)}}))
			reader, err := s.reader.BeginTx(t.Context(), nil)
			check(t, err)
			defer reader.Rollback()
			var n int
			check(t, reader.QueryRowContext(t.Context(), `SELECT count(*) FROM ledger`).Scan(&n))
			if err := l.EraseOpen(t.Context(), []string{"1"}); !survey.IsCode(err, survey.CodeUnavailable) {
				t.Fatalf("erasing gave %v while the log holds the bytes, want unavailable", err)
			}

			killed := filepath.Join(t.TempDir(), "sipas.db")
			for _, suffix := range []string{"", "-wal"} {
				file, err := os.ReadFile(path + suffix)
				check(t, err)
				check(t, os.WriteFile(killed+suffix, file, 0o600))
			}
			if !strings.Contains(contents(t, killed), secret) {
				t.Fatal("the killed process left nothing")
			}
			if !test.begun {
				opened(t, killed)
			} else {
				db, err := sql.Open("sqlite", killed)
				check(t, err)
				defer db.Close()
				reading, err := db.BeginTx(t.Context(), nil)
				check(t, err)
				check(t, reading.QueryRowContext(t.Context(), `SELECT count(*) FROM ledger`).Scan(&n))
				again := opened(t, killed)
				if !strings.Contains(contents(t, killed), secret) {
					t.Fatal("the reader was not in the way")
				}
				check(t, reading.Rollback())
				check(t, again.Ledger().EraseOpen(t.Context(), nil))
			}
			if strings.Contains(contents(t, killed), secret) {
				t.Error("the erased part is still in the files")
			}
		})
	}
}

// A reader that ends in time is waited for.
func TestErasingWaitsForReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sipas.db")
	s := opened(t, path)
	l := s.Ledger()
	check(t, l.RegisterStream(t.Context(), survey.Stream{ID: "a", PublicKey: make([]byte, 32), StartedAt: time.Unix(0, 0)}))
	check(t, l.Insert(t.Context(), []survey.Entry{{ID: "1", Kind: survey.EntryResponse, Stream: "a", N: 1, Salt: []byte("0123456789abcdef"), Open: []byte("riêng")}}))
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range maxReaders {
		readers.Go(func() {
			for ctx.Err() == nil {
				if _, err := l.Read(t.Context(), "a", 0, 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		check(t, l.EraseOpen(t.Context(), []string{"1"}))
		check(t, s.Ping(t.Context()))
	}
	stop()
	readers.Wait()
	if strings.Contains(contents(t, path), "riêng") {
		t.Error("the erased part is still in the files")
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	check(t, err)
	var all strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		check(t, err)
		all.Write(b)
	}
	return all.String()
}

func TestInsertRefuses(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "sipas.db"))
	l := s.Ledger()
	check(t, l.RegisterStream(t.Context(), survey.Stream{ID: "a", PublicKey: make([]byte, 32), StartedAt: time.Unix(0, 0)}))
	for name, e := range map[string]survey.Entry{
		"unregistered stream": {ID: "1", Stream: "b", N: 1},
		"place 0":             {ID: "1", Stream: "a", N: 0},
		"place beyond all":    {ID: "1", Stream: "a", N: 1 << seqBits},
	} {
		if err := l.Insert(t.Context(), []survey.Entry{{ID: "0", Stream: "a", N: 1}, e}); !survey.IsCode(err, survey.CodeInternal) {
			t.Errorf("%s: error %v, want internal", name, err)
		}
	}
	if found, err := l.Find(t.Context(), []string{"0"}); err != nil || len(found) > 0 {
		t.Errorf("%d entries were stored, %v", len(found), err)
	}
}

// A file of the first version gets the tables that came later and keeps what it has.
func TestOlderFilesAreBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sipas.db")
	s := opened(t, path)
	check(t, s.Fields().Create(t.Context(), survey.Field{ID: "dat-dai", Versioned: survey.Versioned{Rev: 1}}))
	check(t, s.Ledger().RegisterStream(t.Context(), survey.Stream{ID: "a", PublicKey: make([]byte, 32), StartedAt: time.Unix(0, 0)}))
	for _, statement := range []string{"DROP TABLE kiosks", "DROP TABLE devices", "DROP TABLE enrolments", "DROP TABLE heartbeats",
		"DROP TABLE receipt_batches", "DROP TABLE receipt_codes", "DROP TABLE campaigns", "DROP TABLE recordings",
		"ALTER TABLE streams DROP COLUMN ended", "PRAGMA user_version = 1"} {
		if _, err := s.writer.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	check(t, s.Close())
	s = opened(t, path)
	check(t, s.Kiosks().Create(t.Context(), survey.Kiosk{ID: "7QX2M9A4", Versioned: survey.Versioned{Rev: 1}}))
	if _, err := s.Fields().Find(t.Context(), "dat-dai"); err != nil {
		t.Error(err)
	}
	if streams, err := s.Ledger().Streams(t.Context()); err != nil || len(streams) != 1 || streams[0].Ended != nil {
		t.Errorf("streams %+v, %v", streams, err)
	}
	check(t, s.Ledger().EndStream(t.Context(), "a", 3))
}
