package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sipas/survey"
	"sipas/survey/storetest"
)

// Where another server has the port, a start says so and nothing else, and touches nothing.
func TestBusyPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := filepath.Join(t.TempDir(), "data")
	out, err := runSipas(t, []string{"SIPAS_DATA=" + data}, "", "serve", "--demo=false", "--listen", taken.Addr().String())
	if err == nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, "cannot be served on") {
		t.Errorf("error %v, printed:\n%s", err, out)
	}
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data folder: %v", err)
	}
}

// A start waits a minute for a database that does not answer, and says so once.
func TestPatientStart(t *testing.T) {
	silent := &survey.Error{Code: survey.CodeUnavailable, Message: "silence"}
	wrong := &survey.Error{Code: survey.CodeInvalid, Message: "wrong"}
	for _, test := range []struct {
		name     string
		uri      string
		answers  func(try int) error
		says     string // "": no error
		told     int
		min, max time.Duration
	}{
		{"at once", "mongodb://db", func(int) error { return nil }, "", 0, 0, 0},
		{"one slow answer", "mongodb://db", func(try int) error {
			if try == 1 {
				return silent
			}
			return nil
		}, "", 1, startPause, startPause},
		{"silence", "mongodb://db", func(int) error { return silent }, "did not answer for a minute", 1, startPatience, startPatience + 2*startPause},
		{"another error", "mongodb://db", func(int) error { return wrong }, "wrong", 0, 0, 0},
		{"the embedded store", "", func(int) error { return silent }, "silence", 0, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				began, tries := time.Now(), 0
				err := patiently(t.Context(), &config{MongoURI: test.uri}, newLogger(&log, slog.LevelInfo), func() error {
					tries++
					return test.answers(tries)
				})
				if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("error %v, want %q", err, test.says)
				}
				if told := strings.Count(log.String(), "\n"); told != test.told {
					t.Errorf("%d lines, want %d:\n%s", told, test.told, &log)
				}
				if took := time.Since(began); took < test.min || took > test.max {
					t.Errorf("it took %v, want %v to %v", took, test.min, test.max)
				}
			})
		})
	}
}

// A start that fails leaves no stream behind that all others would follow for ever.
func TestFailedStartsEndTheirStreams(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, test := range []struct {
		name  string
		start func(t *testing.T, c *config) error
		says  string
	}{
		{"no first administrator", func(t *testing.T, c *config) error {
			return serve(t.Context(), c, io.Discard, log)
		}, "SIPAS_ADMIN_PASSWORD"},
		{"the others cannot be read", func(t *testing.T, c *config) error {
			k, err := loadKeys(c)
			if err != nil {
				return err
			}
			plain, err := openStore(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer plain.Close()
			if err := plain.Create(t.Context(), survey.Identity{ID: "tinh", CreatedAt: time.Now()}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			store := storetest.Faulty(plain)
			store.Watch(func(what string, _ []string) {
				if what == storetest.AsksMoved {
					cancel()
				}
			})
			other, err := openLedger(t.Context(), plain, k, time.Now, log)
			if err != nil {
				t.Fatal(err)
			}
			_, err = openNode(ctx, c, k, store, time.Now, log)
			if err := other.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return err
		}, "did not answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &config{Data: t.TempDir(), Production: true, Listen: "127.0.0.1:0", PublicURL: "https://localhost", AdminName: "admin"}
			if _, err := loadKeys(&config{Data: c.Data}); err != nil {
				t.Fatal(err)
			}
			if err := test.start(t, c); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("the start gave %v, want %q", err, test.says)
			}
			store, err := openStore(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			streams, err := store.Ledger().Streams(t.Context())
			if err != nil || len(streams) == 0 {
				t.Fatalf("%d streams, %v", len(streams), err)
			}
			for _, s := range streams {
				if s.Ended == nil {
					t.Errorf("stream %s has no end", s.ID)
				}
			}
		})
	}
}

// A store whose keys were left behind is not served as if nothing were missing.
func TestServingWithoutTheKeysOfTheStore(t *testing.T) {
	data := t.TempDir()
	loadSmallDemo(t, []string{"SIPAS_DATA=" + data})
	store, err := openStore(t.Context(), &config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	own, err := loadKeys(&config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	other, err := loadKeys(&config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	empty, err := openStore(t.Context(), &config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	for _, test := range []struct {
		name       string
		store      survey.Store
		key        keys
		production bool
		logged     bool
		refused    bool
	}{
		{"its own key", store, own, true, false, false},
		{"another key", store, other, false, true, false},
		{"another key in production", store, other, true, false, true},
		{"a new store", empty, other, true, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			err := checkLedgerKey(t.Context(), &config{Data: data, Production: test.production}, test.store.Ledger(), test.key.Ledger, newLogger(&log, slog.LevelInfo))
			if (err != nil) != test.refused || test.refused && !strings.Contains(err.Error(), "SIPAS_LEDGER_KEY") {
				t.Errorf("error %v, refused: %v", err, test.refused)
			}
			if said := strings.Contains(log.String(), "level=ERROR") && strings.Contains(log.String(), "SIPAS_LEDGER_KEY"); said != test.logged {
				t.Errorf("logged %q, want a line: %v", log.String(), test.logged)
			}
		})
	}
	// From the next start on the key is one of the store's.
	for start, want := range []int{1, 0} {
		s := startServer(t, []string{"SIPAS_DATA=" + data, "SIPAS_LEDGER_KEY=" + strongKey(9)})
		s.stop()
		if n := strings.Count(s.output.String(), "no stream of this store is of the ledger key in use"); n != want {
			t.Errorf("start %d told of it %d times, want %d\n%s", start+1, n, want, s.output)
		}
	}
}
