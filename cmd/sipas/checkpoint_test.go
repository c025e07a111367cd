package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	if err := os.WriteFile(filepath.Join(data, "sipas.db"), older, 0o600); err != nil {
		t.Fatal(err)
	}
	s = startServer(t, environment)
	if after, _ := s.answeredThisYear(s.signIn("admin", adminPassword)); after != before {
		t.Errorf("the board counts %d, the ledger holds %d", after, before)
	}
	s.stop()
	if strings.Count(s.output.String(), discardedLine) != 1 || !strings.Contains(s.output.String(), "does not hold the entry") {
		t.Errorf("it does not say that the ledger lost an entry\n%s", s.output)
	}
}
