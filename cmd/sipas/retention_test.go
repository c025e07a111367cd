package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/sqlitestore"
)

func TestRetentionLimit(t *testing.T) {
	for _, test := range []struct {
		name, now string
		months    int
		want      survey.Date
	}{
		{"the same day", "2026-11-23T03:00:00Z", 24, "2024-11-23"},
		{"after midnight in Vietnam", "2026-11-23T17:00:00Z", 24, "2024-11-24"},
		{"before midnight in Vietnam", "2026-11-23T16:59:59Z", 24, "2024-11-23"},
		{"over the new year", "2026-01-15T03:00:00Z", 1, "2025-12-15"},
		{"no such day", "2026-03-31T03:00:00Z", 1, "2026-03-01"},
		{"no such day but in a leap year", "2028-02-29T03:00:00Z", 12, "2027-03-01"},
		{"a leap day", "2028-03-29T03:00:00Z", 1, "2028-02-29"},
		{"the day after there was no such day", "2026-04-01T03:00:00Z", 1, "2026-03-01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, test.now)
			if err != nil {
				t.Fatal(err)
			}
			if got := retentionLimit(now, test.months); !got.Equal(test.want.Start()) {
				t.Errorf("what was received before %s is due, want %s", got, test.want)
			}
		})
	}
}

// The retainer sweeps once a day, by the Vietnamese calendar, and again where it failed.
func TestRetainer(t *testing.T) {
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	log := slog.New(slog.DiscardHandler)
	led, err := openLedger(t.Context(), store, keys{Ledger: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Close(context.Background())
	first := time.Date(2024, 11, 23, 9, 0, 0, 0, survey.Vietnam)
	for i := range 3 { // one a day
		at := first.AddDate(0, 0, i)
		r := survey.Response{Submission: survey.Submission{Questionnaire: "quick", Version: 1, Answers: survey.Answers{
			survey.Overall: survey.LevelAnswer(4), "comment": survey.TextAnswer("Chờ hơi lâu.")}}, At: at, ReceivedAt: at}
		kept, open, err := ledger.EncodeResponse(r, questionnaires.Find("quick", 1))
		if err != nil || open == nil {
			t.Fatalf("open part %q, %v", open, err)
		}
		if _, err := led.Append(t.Context(), []ledger.Draft{{ID: uuid.NewString(), Kind: survey.EntryResponse, Kept: kept, Open: open}}); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 11, 23, 23, 59, 0, 0, survey.Vietnam)
	r := &retainer{retention: ledger.NewRetention(led), months: 24, now: func() time.Time { return now }, log: log}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name  string
		ctx   context.Context
		later time.Duration
		want  int
		fails bool
	}{
		{"the day is not over", t.Context(), 0, 0, false},
		{"a store that is away", ended, time.Minute, 0, true},
		{"then", t.Context(), 0, 1, false},
		{"later on the day", t.Context(), 23 * time.Hour, 0, false},
		{"the next day", t.Context(), time.Hour, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			now = now.Add(test.later)
			if n, err := r.today(test.ctx); n != test.want || (err != nil) != test.fails {
				t.Errorf("%d were erased (%v), want %d", n, err, test.want)
			}
		})
	}
	t.Run("kept for ever", func(t *testing.T) {
		keeper := &retainer{retention: ledger.NewRetention(led), now: func() time.Time { return now.AddDate(10, 0, 0) }, log: log}
		if n, err := keeper.today(t.Context()); n != 0 || err != nil {
			t.Errorf("%d were erased (%v)", n, err)
		}
	})
	if err := r.run(ended); err != nil {
		t.Error(err)
	}
}

// The command tells, and with --now erases what is due, and nothing else changes.
func TestRetentionCommand(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		loadSmallDemo(t, environment)
		say := func(what string, args ...string) string {
			t.Helper()
			out, err := runSipas(t, environment, "", args...)
			if err != nil || !strings.Contains(out, what) {
				t.Fatalf("%q: %v, want %q in\n%s", args, err, what, out)
			}
			return out
		}
		say("Due: 0 responses", "retention", "--retention-months", "1200")
		say("kept for ever", "retention", "--retention-months", "0", "--now")
		environment = append(environment, "SIPAS_RETENTION_MONTHS=1")
		out := say("are kept: 1\n", "retention")
		due := regexp.MustCompile(`Due: ([1-9]\d*) responses`).FindStringSubmatch(out)
		if due == nil {
			t.Fatalf("nothing is due:\n%s", out)
		}
		say("Entries: 1600\n", "verify")
		say(fmt.Sprintf("Erased: %s responses", due[1]), "retention", "--now")
		say("Due: 0 responses", "retention")
		if out := say("The ledger is clean.", "verify"); !strings.Contains(out, "Unfinished erasures: 0") || strings.Contains(out, "Entries: 1600\n") {
			t.Errorf("after the erasures:\n%s", out)
		}
		if err := os.Remove(filepath.Join(environmentValue(environment, "SIPAS_DATA"), "keys", "ledger-key")); err != nil {
			t.Fatal(err)
		}
		if out, err := runSipas(t, environment, "", "retention", "--now"); err == nil || !strings.Contains(out, "SIPAS_LEDGER_KEY") {
			t.Errorf("without the ledger's key: %v\n%s", err, out)
		}
	})
}
