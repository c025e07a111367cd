package main

import (
	"bytes"
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

// province is a store whose ledger was written at the times that clock had.
type province struct {
	t     *testing.T
	store survey.Store
	clock time.Time
}

func (p *province) now() time.Time { return p.clock }

// open gives the ledger of one process.
func (p *province) open() *ledger.Ledger {
	p.t.Helper()
	led, err := openLedger(p.t.Context(), p.store, keys{Ledger: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}, p.now, slog.New(slog.DiscardHandler))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { led.Close(context.Background()) })
	return led
}

// receives writes a response; without a comment it has no open part.
func (p *province) receives(led *ledger.Ledger, comment string) {
	p.t.Helper()
	r := survey.Response{Submission: survey.Submission{Questionnaire: "quick", Version: 1, Answers: survey.Answers{survey.Overall: survey.LevelAnswer(4)}},
		At: p.clock, ReceivedAt: p.clock}
	if comment != "" {
		r.Answers["comment"] = survey.TextAnswer(comment)
	}
	kept, open, err := ledger.EncodeResponse(r, questionnaires.Find("quick", 1))
	if err != nil || (open == nil) != (comment == "") {
		p.t.Fatalf("open part %q, %v", open, err)
	}
	if _, err := led.Append(p.t.Context(), []ledger.Draft{{ID: uuid.NewString(), Kind: survey.EntryResponse, Kept: kept, Open: open}}); err != nil {
		p.t.Fatal(err)
	}
}

// newProvince is two years old; a comment came on each of its first three days, and
// something every four weeks since, until the evening of 23 November 2026.
func newProvince(t *testing.T) (*province, *ledger.Ledger) {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	p := &province{t: t, store: store, clock: time.Date(2024, 11, 23, 9, 0, 0, 0, survey.Vietnam)}
	led := p.open()
	for range 3 {
		p.receives(led, "Chờ hơi lâu.")
		p.clock = p.clock.AddDate(0, 0, 1)
	}
	end := time.Date(2026, 11, 23, 23, 59, 0, 0, survey.Vietnam)
	for ; p.clock.Before(end); p.clock = p.clock.AddDate(0, 0, 28) {
		p.receives(led, "")
	}
	p.clock = end
	p.receives(led, "Cán bộ rất nhiệt tình.")
	return p, led
}

func (p *province) retainer(led *ledger.Ledger, log *slog.Logger) *retainer {
	return &retainer{retention: ledger.NewRetention(led), store: p.store.Ledger(), months: 24, now: p.now, log: log}
}

// The retainer sweeps once a day, by the Vietnamese calendar, and again where it failed.
func TestRetainer(t *testing.T) {
	p, led := newProvince(t)
	r := p.retainer(led, slog.New(slog.DiscardHandler))
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
			p.clock = p.clock.Add(test.later)
			if n, err := r.today(test.ctx); n != test.want || (err != nil) != test.fails {
				t.Errorf("%d were erased (%v), want %d", n, err, test.want)
			}
		})
	}
	t.Run("kept for ever", func(t *testing.T) {
		keeper := p.retainer(led, r.log)
		keeper.months = 0
		p.clock = p.clock.AddDate(10, 0, 0)
		if n, err := keeper.today(t.Context()); n != 0 || err != nil {
			t.Errorf("%d were erased (%v)", n, err)
		}
	})
	if err := r.run(ended); err != nil {
		t.Error(err)
	}
}

// A clock that is wrong by years costs no comment, neither at once nor after a restart.
func TestRetainerWithAWrongClock(t *testing.T) {
	const kept = 3 // comments not due on 24 November 2026
	right := time.Date(2026, 11, 24, 9, 0, 0, 0, survey.Vietnam)
	for _, test := range []struct {
		name  string
		wrong time.Time
		told  bool
	}{
		{"years ahead", right.AddDate(2, 0, 0), true},
		{"decades behind", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{"right", right, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, running := newProvince(t)
			var told bytes.Buffer
			log := slog.New(slog.NewTextHandler(&told, nil))
			erased := 0
			sweep := func(led *ledger.Ledger) {
				t.Helper()
				n, err := p.retainer(led, log).today(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				erased += n
			}
			p.clock = test.wrong
			sweep(running) // the clock leaps while it runs
			for range 3 {
				led := p.open()
				p.receives(led, "Phòng chờ sạch sẽ.")
				sweep(led)
				if err := led.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			p.clock = right
			sweep(p.open())
			due, err := ledger.CountDue(t.Context(), p.store.Ledger(), right.AddDate(10, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if erased != 1 || due != kept+3 {
				t.Errorf("%d comments were erased and %d are left, want 1 and %d", erased, due, kept+3)
			}
			if strings.Contains(told.String(), "only by this machine's clock") != test.told {
				t.Errorf("the log says:\n%s", &told)
			}
		})
	}
}

// The command counts what the ledger vouches for, and refuses where only its clock says more.
func TestDueNow(t *testing.T) {
	p, _ := newProvince(t)
	end := p.clock
	for _, test := range []struct {
		name   string
		clock  time.Time
		months int
		due    int
		refuse bool
	}{
		{"nothing is due", end, 24, 0, false},
		{"the next day", end.AddDate(0, 0, 1), 24, 1, false},
		{"nothing was written for a week, and nothing became due", end.AddDate(0, 0, 7), 25, 0, false},
		{"nothing was written for a week", end.AddDate(0, 0, 7), 24, 0, true},
		{"years ahead", end.AddDate(2, 0, 0), 24, 0, true},
		{"years behind", end.AddDate(-20, 0, 0), 24, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, due, err := dueNow(t.Context(), p.store.Ledger(), test.clock, test.months)
			if refused := err != nil; refused != test.refuse || !refused && due != test.due {
				t.Errorf("%d are due (%v), want %d", due, err, test.due)
			}
			if err != nil && (!strings.Contains(err.Error(), test.clock.Format(time.RFC3339)) || !strings.Contains(err.Error(), end.Format(time.RFC3339))) {
				t.Errorf("the error does not name both times: %v", err)
			}
		})
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
		say(fmt.Sprintf("Entries: %d\n", smallDemo), "verify")
		say(fmt.Sprintf("Erased: %s responses", due[1]), "retention", "--now")
		say("Due: 0 responses", "retention")
		if out := say("The ledger is clean.", "verify"); !strings.Contains(out, "Unfinished erasures: 0") || strings.Contains(out, fmt.Sprintf("Entries: %d\n", smallDemo)) {
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
