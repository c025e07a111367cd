package main

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/sqlitestore"
)

// environmentValue gives the value of a NAME=value entry.
func environmentValue(environment []string, name string) string {
	for _, entry := range environment {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// dailySeal waits for the seal that a server makes when it starts.
func dailySeal(t *testing.T, environment []string) string {
	t.Helper()
	pattern := filepath.Join(environmentValue(environment, "SIPAS_DATA"), "seals", "20??-??-??.json")
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if found, err := filepath.Glob(pattern); err != nil || len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("the server made no seal")
	return ""
}

// A running server seals its ledger, and both commands work beside it.
func TestSealAndVerifyBesideAServer(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		if out, err := runSipas(t, environment, "", "verify"); err == nil || !strings.Contains(out, "sipas serve") {
			t.Errorf("a store without a province: %v\n%s", err, out)
		}
		if out, err := runSipas(t, environment, "", "seal", filepath.Join(t.TempDir(), "seal.json")); err == nil || !strings.Contains(out, "SIPAS_LEDGER_KEY") {
			t.Errorf("a seal without a key: %v\n%s", err, out)
		}
		loadSmallDemo(t, environment)
		s := startServer(t, environment)
		daily := dailySeal(t, environment)
		if info, err := os.Stat(daily); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("the seal has mode %v (%v), want 0600", info.Mode(), err)
		}
		page, submission := s.openPage(s.signIn("admin", adminPassword), 4)
		s.submit(page, submission)

		own := filepath.Join(t.TempDir(), "seal.json")
		out, err := runSipas(t, environment, "", "seal", own)
		if err != nil || !strings.Contains(out, "auditor") {
			t.Fatalf("seal: %v\n%s", err, out)
		}
		if out, err := runSipas(t, environment, "", "seal", own); err == nil || !strings.Contains(out, "already") {
			t.Errorf("a seal over another: %v\n%s", err, out)
		}
		var first string
		for _, args := range [][]string{{"verify"}, {"verify", "--seal", daily}, {"verify", "--seal", own}} {
			out, err := runSipas(t, environment, "", args...)
			if err != nil || !strings.Contains(out, fmt.Sprintf("Entries: %d\n", smallDemo+1)) || !strings.Contains(out, "The ledger is clean.") || strings.Contains(out, "Warning") {
				t.Errorf("%q: %v\n%s", args, err, out)
			}
			streams, _, _ := strings.Cut(out[strings.Index(out, "Streams:"):], "\n")
			if first == "" {
				first = streams
			}
			if streams != first {
				t.Errorf("%q registered a stream: %s, before %s", args, streams, first)
			}
		}
		s.stop()
	})
}

func TestVerifyRefuses(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	loadSmallDemo(t, environment)
	seal := filepath.Join(t.TempDir(), "seal.json")
	if out, err := runSipas(t, environment, "", "seal", seal); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	written, err := os.ReadFile(seal)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "changed.json")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(written), `"n": 400`, `"n": 399`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := []string{"SIPAS_DATA=" + t.TempDir()}
	loadSmallDemo(t, other)
	foreign := filepath.Join(t.TempDir(), "foreign.json")
	if out, err := runSipas(t, other, "", "seal", foreign); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var sealed struct{ PublicKey string }
	if err := json.Unmarshal(written, &sealed); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		args    []string
		extra   []string
		want    string
		refused bool
	}{
		{"a seal that is not there", []string{"--seal", "nothing.json"}, nil, "cannot be read", true},
		{"a seal that was changed", []string{"--seal", changed}, nil, "changed after it was signed", true},
		{"a seal of another store", []string{"--seal", foreign}, nil, "another store", true},
		{"a seal of another key", []string{"--seal", seal}, []string{"SIPAS_LEDGER_KEY=" + strongKey(9)}, "signed with the key", true},
		{"a public key that is none", []string{"--public-key", "abc"}, nil, "base64", true},
		{"another key, no seal", nil, []string{"SIPAS_LEDGER_KEY=" + strongKey(9)}, "Streams of an unknown key: 2", true},
		{"another key, the old one named", []string{"--seal", seal, "--public-key", sealed.PublicKey}, []string{"SIPAS_LEDGER_KEY=" + strongKey(9)}, "in place", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := runSipas(t, append(test.extra, environment...), "", append([]string{"verify"}, test.args...)...)
			if (err != nil) != test.refused || !strings.Contains(out, test.want) {
				t.Errorf("error is %v (refused: %v), want %q in\n%s", err, test.refused, test.want, out)
			}
		})
	}
	t.Run("no key known", func(t *testing.T) {
		if err := os.Remove(filepath.Join(environmentValue(environment, "SIPAS_DATA"), "keys", "ledger-key")); err != nil {
			t.Fatal(err)
		}
		out, err := runSipas(t, environment, "", "verify", "--seal", seal)
		if err != nil || !strings.Contains(out, "key is not known here") {
			t.Errorf("%v\n%s", err, out)
		}
		if _, err := os.Stat(filepath.Join(environmentValue(environment, "SIPAS_DATA"), "keys", "ledger-key")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("verifying made a key: %v", err)
		}
	})
}

// A changed ledger is told entry by entry and makes the command fail.
func TestVerifyTellsBadEntries(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	loadSmallDemo(t, environment)
	store, err := sqlitestore.Open(t.Context(), filepath.Join(data, "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	streams, err := store.Ledger().Streams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := store.Ledger().Read(t.Context(), streams[0].ID, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Ledger().EraseOpen(t.Context(), []string{entries[0].ID}); err != nil {
		t.Fatal(err)
	}
	out, err := runSipas(t, environment, "", "verify")
	want := `stream "` + streams[0].ID + `", n 11, id "` + entries[0].ID + `": its open part is gone and no erasure says so`
	if err == nil || !strings.Contains(out, want) || !strings.Contains(out, "not clean: 1 bad entry\n") || strings.Contains(out, "is clean") {
		t.Errorf("error %v, want %q in\n%s", err, want, out)
	}
}

// What the ledger's chains do not hold, the audit log's chain and the seal do: each
// change is made past the program, found, and taken back.
func TestVerifyWithASealOfTheWholeStore(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	loadSmallDemo(t, environment)
	seal := filepath.Join(t.TempDir(), "seal.json")
	ran(t, environment, "seal", seal)
	path := filepath.Join(data, "sipas.db")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const cut = `DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)`
	for _, test := range []struct {
		name     string
		change   string
		sealed   bool
		says     []string
		saysNone string
	}{
		{"nothing", `DELETE FROM audit WHERE n < 0`, true, []string{"entries, in one chain\n", "2 heads, in place", "The ledger is clean."}, "BAD"},
		{"an act changed", `UPDATE audit SET doc = json_set(doc, '$.actor', 'somebody') WHERE n = 3`, false,
			[]string{"Audit log: BAD after 2 entries", "at entry 3: its content is not what was hashed", "not clean: the audit log is broken"}, "is clean"},
		{"an act taken out", `DELETE FROM audit WHERE n = 2`, true,
			[]string{"Audit log: BAD after 1 entry:", "at entry 2: it is missing", "2 heads, in place", "not clean: the audit log is broken\n"}, "is clean"},
		{"the newest act taken away, no seal", cut, false, []string{"these cannot be found", "The ledger is clean."}, "BAD"},
		{"the newest act taken away", cut, true, []string{"BAD  audit log, n ", "does not hold the entry that the seal names"}, "is clean"},
		{"declared real", `UPDATE identity SET doc = json_set(doc, '$.synthetic', json('false'))`, true,
			[]string{"says that it holds real data, the seal synthetic demo data", "2 heads, in place", "declared to hold real data after it was sealed"}, "is clean"},
		{"two entries taken out below the head", `DELETE FROM ledger WHERE seq & 1099511627775 IN (200, 201) AND seq >> 40 = (SELECT min(seq >> 40) FROM ledger)`, true,
			[]string{"entries 200 to 201 are missing before it", "2 heads, in place", "not clean: 1 bad entry\n"}, "is clean"},
		{"the end of a stream that had ended taken away", `DELETE FROM ledger WHERE seq & 1099511627775 >= 399 AND seq >> 40 = (SELECT min(seq >> 40) FROM ledger)`, false,
			[]string{"noted to end here, and entries 399 to 400 are missing"}, "is clean"},
		{"the end taken away that the seal names", `DELETE FROM ledger WHERE seq & 1099511627775 >= 399 AND seq >> 40 = (SELECT min(seq >> 40) FROM ledger)`, true,
			[]string{"the entry that the seal names here is gone", "2 heads, 1 NOT in place"}, "is clean"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, left := range []string{path, path + "-wal", path + "-shm"} {
				if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(path, before, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.ExecContext(t.Context(), test.change)
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			args := []string{"verify"}
			if test.sealed {
				args = append(args, "--seal", seal)
			}
			out, err := runSipas(t, environment, "", args...)
			if clean := test.saysNone == "BAD"; (err == nil) != clean || strings.Contains(out, test.saysNone) {
				t.Errorf("error %v, clean: %v\n%s", err, clean, out)
			}
			for _, want := range test.says {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
		})
	}
}

// The sealer makes one seal a day, by the Vietnamese calendar, and goes on after a failure.
func TestSealer(t *testing.T) {
	folder := t.TempDir()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(folder, "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := time.Date(2026, 11, 23, 16, 59, 0, 0, time.UTC)
	s := &sealer{store: store, province: survey.Identity{ID: "tinh"}, key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
		folder: filepath.Join(folder, "seals"), now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	for _, test := range []struct {
		name  string
		later time.Duration
		want  string
	}{
		{"the first", 0, "2026-11-23.json"},
		{"later on the day", 30 * time.Second, ""},
		{"after midnight in Vietnam", time.Minute, "2026-11-24.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			now = now.Add(test.later)
			path, err := s.today(t.Context())
			if err != nil || path != "" && filepath.Base(path) != test.want || (path == "") != (test.want == "") {
				t.Errorf("sealed %q (%v), want %q", path, err, test.want)
			}
		})
	}
	t.Run("a store that is away", func(t *testing.T) {
		now = now.Add(24 * time.Hour)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.today(ended); err == nil {
			t.Error("sealed without a store")
		}
		if left, _ := filepath.Glob(filepath.Join(s.folder, ".seal-*")); len(left) > 0 {
			t.Errorf("%q were left", left)
		}
		if path, err := s.today(t.Context()); err != nil || path == "" {
			t.Errorf("then: %q, %v", path, err)
		}
	})
	if err := s.run(func() context.Context { c, cancel := context.WithCancel(t.Context()); cancel(); return c }()); err != nil {
		t.Error(err)
	}
}
