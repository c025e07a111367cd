package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	resumedLine   = "going on from the checkpoint"
	discardedLine = "the checkpoint is discarded"
)

// TestStartFromCheckpoint: a server goes on from the checkpoint of the one before
// and counts what came since; whatever is wrong with the file, it says so in one
// line and counts from the beginning.
func TestStartFromCheckpoint(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		loadSmallDemo(t, environment)
		path := filepath.Join(environmentValue(environment, "SIPAS_DATA"), "checkpoint")
		// visit starts a server, sees how it begins and what it counts, rates once more and ends.
		visit := func(t *testing.T, want int64, end func(*server)) (counted int64) {
			t.Helper()
			s := startServer(t, environment)
			authorization := s.signIn("admin", adminPassword)
			counted, _ = s.answeredThisYear(authorization)
			if want >= 0 && counted != want {
				t.Errorf("the board counts %d, want %d", counted, want)
			}
			page, submission := s.openPage(authorization, 5)
			if outcome := s.submit(page, submission); outcome != "stored" {
				t.Fatalf("the outcome is %s", outcome)
			}
			end(s)
			return counted + 1
		}
		says := func(t *testing.T, resumed, discarded int) func(*server) {
			return func(s *server) {
				s.stop()
				if n := strings.Count(s.output.String(), resumedLine); n != resumed {
					t.Errorf("it went on from a checkpoint %d times, want %d\n%s", n, resumed, s.output)
				}
				if n := strings.Count(s.output.String(), discardedLine); n != discarded {
					t.Errorf("it discarded a checkpoint %d times, want %d\n%s", n, discarded, s.output)
				}
			}
		}
		change := func(t *testing.T, how func([]byte) []byte) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, how(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		n := visit(t, -1, says(t, 0, 0))
		n = visit(t, n, says(t, 1, 0))
		n = visit(t, n, (*server).kill) // what came since the checkpoint is read again
		n = visit(t, n, says(t, 1, 0))
		change(t, func(b []byte) []byte { return b[:len(b)/2] })
		n = visit(t, n, says(t, 0, 1))
		change(t, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		n = visit(t, n, says(t, 0, 1))
		visit(t, n, says(t, 1, 0))
		if kept, _ := filepath.Glob(path + ".refused-*"); len(kept) > 0 {
			t.Errorf("%q are kept, of files the ledger does not contradict", kept)
		}
	})
}

// TestCheckpointAheadOfTheLedger: a ledger that lost entries the checkpoint has
// counted is not believed to hold them.
func TestCheckpointAheadOfTheLedger(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	loadSmallDemo(t, environment)
	s := startServer(t, environment)
	authorization := s.signIn("admin", adminPassword)
	before, _ := s.answeredThisYear(authorization)
	s.stop()
	older, err := os.ReadFile(filepath.Join(data, "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	s = startServer(t, environment)
	page, submission := s.openPage(s.signIn("admin", adminPassword), 5)
	if outcome := s.submit(page, submission); outcome != "stored" {
		t.Fatalf("the outcome is %s", outcome)
	}
	s.stop()
	path := filepath.Join(data, "checkpoint")
	remembers, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "sipas.db"), older, 0o600); err != nil {
		t.Fatal(err)
	}
	s = startServer(t, environment)
	if after, _ := s.answeredThisYear(s.signIn("admin", adminPassword)); after != before {
		t.Errorf("the board counts %d, the ledger holds %d", after, before)
	}
	s.stop()
	for _, said := range []string{"level=ERROR", "does not hold what was seen as number 1 of stream", "sipas verify --seal"} {
		if strings.Count(s.output.String(), said) != 1 {
			t.Errorf("it does not say %q once\n%s", said, s.output)
		}
	}
	kept, err := filepath.Glob(path + ".refused-*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept are %q (%v), want one", kept, err)
	}
	if content, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(content, remembers) {
		t.Errorf("what is kept is not what was refused (%v)", err)
	}
	s = startServer(t, environment)
	s.stop()
	if !strings.Contains(s.output.String(), resumedLine) {
		t.Errorf("the next start does not go on from a checkpoint of its own\n%s", s.output)
	}
}

// What the ledger refused is kept a few times, the newest of them.
func TestRefusedCheckpointsAreFew(t *testing.T) {
	c := &checkpointer{path: filepath.Join(t.TempDir(), "checkpoint")}
	at := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	var made []string
	for i := range refusedKept + 2 {
		if err := os.WriteFile(c.path, []byte{byte(i)}, 0o600); err != nil {
			t.Fatal(err)
		}
		path, err := c.setAside(at.Add(time.Duration(i) * time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, path)
	}
	kept, err := filepath.Glob(c.path + "*")
	if err != nil || !slices.Equal(kept, made[2:]) || filepath.Base(kept[0]) != "checkpoint.refused-20261124-020000" {
		t.Errorf("kept are %q (%v), want %q", kept, err, made[2:])
	}
}
