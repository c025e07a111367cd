package results

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"

	"sipas/survey"
)

// TestKept asks many questions of one moment one after the other, and each again with
// nothing kept of those before: no answer depends on what was asked before it.
func TestKept(t *testing.T) {
	_, s := openDemo(t, small)
	answer := func(text string) string {
		q, err := parse(text, s.Today())
		if err != nil {
			t.Fatal(err)
		}
		board, err := s.Board(context.Background(), survey.System, q)
		if err != nil {
			t.Fatal(err)
		}
		quality, err := s.Quality(context.Background(), survey.System, q)
		if err != nil {
			t.Fatal(err)
		}
		said, err := json.Marshal([]any{board, quality})
		if err != nil {
			t.Fatal(err)
		}
		return string(said)
	}
	var texts, said []string
	root, _ := s.registry.Snapshot().Root()
	for _, agency := range append([]string{""}, s.registry.Snapshot().Children(root.ID)[:1]...) {
		for _, rest := range []string{"", "flags=include", "audience=public", "capture=kiosk", "capture=kiosk flags=include", "capture=kiosk audience=public"} {
			texts = append(texts, fmt.Sprintf("period=2026-Q3 agency=%s %s", agency, rest))
		}
	}
	for _, text := range texts {
		said = append(said, answer(text))
	}
	if len(s.kept.tables) == 0 || len(s.kept.partings) == 0 {
		t.Error("nothing is kept")
	}
	for i, text := range texts {
		s.arrive()
		if answer(text) != said[i] {
			t.Errorf("%s: another answer with nothing kept", text)
		}
	}
}

// TestKeptOfOneMoment changes what an answer rests on, and finds nothing kept of the moment before.
func TestKeptOfOneMoment(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-07-01", 20, 30)
	for _, change := range []struct {
		name   string
		make   func()
		forget bool
	}{
		{"nothing", func() {}, false},
		{"a rating", func() { p.rate(deskA, "dat-dai", "2026-07-02", 1, 1) }, true},
		{"the catalogue", func() {
			if _, err := p.reg.PutVolume(context.Background(), survey.System, survey.Volume{Agency: "so-a", Month: "2026-07", Files: map[string]int64{"dat-dai": 90}}); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"no more room", func() { p.s.kept.bytes = keptBytes + 1 }, true},
	} {
		p.board("period=2026-Q3 capture=qr")
		before := p.s.kept
		if before.bytes == 0 {
			t.Fatalf("before %s: nothing is kept", change.name)
		}
		change.make()
		p.board("period=2026-Q3")
		if forgot := p.s.kept != before; forgot != change.forget {
			t.Errorf("%s: kept %v, want %v", change.name, !forgot, !change.forget)
		}
	}
	if n := *p.board("period=2026-Q3").Total.N; n != 31 {
		t.Errorf("%d respondents, want 31", n)
	}
}

// TestOnce makes one thing for many goroutines, and a thing that failed anew.
func TestOnce(t *testing.T) {
	s := newShared(&kept{})
	known := map[string]*made[int]{}
	var times atomic.Int64
	parallel(50, func(int) {
		n, err := once(s, &known, "n", func() (int, error) { return int(times.Add(1)), nil })
		if n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
	for _, fails := range []bool{true, false} {
		n, err := once(s, &known, "fails", func() (int, error) {
			if fails {
				return 0, context.Canceled
			}
			return 2, nil
		})
		if (err != nil) != fails || !fails && n != 2 {
			t.Errorf("%d, %v", n, err)
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = once(s, &known, "panics", func() (int, error) { panic("made by a bug") })
	}()
	for _, want := range []error{errUnmade, nil} {
		if _, err := once(s, &known, "panics", func() (int, error) { return 3, nil }); err != want {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

func TestMemo(t *testing.T) {
	var m memo[int, int]
	made := 0
	square := func(n int) int {
		v, err := m.of(n, func() (int, error) { made++; return n * n, nil })
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for range 2 {
		if square(3) != 9 || made != 1 {
			t.Errorf("made %d times", made)
		}
	}
	for n := range memoSize + 10 {
		square(n)
	}
	if len(m.values) > memoSize {
		t.Errorf("%d values are kept", len(m.values))
	}
	if _, err := m.of(-1, func() (int, error) { return 0, context.Canceled }); err == nil || len(m.values) > memoSize {
		t.Error("a failure is no value")
	}
}
