package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

// watch is what a process asked of streams, and what it had asked when an entry came.
type watch struct {
	sync.Mutex
	polls int            // questions for what moved
	asked []string       // streams of the newest of them
	read  []string       // streams that were read
	at    map[string]int // polls until the entry of the id came

	changed chan struct{} // takes a token at each question
}

// watching watches the process that follows on the store, from now on.
func watching(store *FaultyStore, p *process) *watch {
	w := &watch{at: map[string]int{}, changed: make(chan struct{}, 1)}
	store.Watch(func(what string, streams []string) {
		w.Lock()
		defer w.Unlock()
		if what == AsksMoved {
			w.polls++
			w.asked = streams
			select {
			case w.changed <- struct{}{}:
			default:
			}
		} else {
			w.read = append(w.read, streams...)
		}
	})
	p.Subscribe(func(entries []survey.Entry) {
		w.Lock()
		defer w.Unlock()
		for _, e := range entries {
			w.at[e.ID] = w.polls
		}
	})
	return w
}

// reset forgets which streams were read.
func (w *watch) reset() {
	w.Lock()
	defer w.Unlock()
	w.read = nil
}

func (w *watch) count() int {
	w.Lock()
	defer w.Unlock()
	return w.polls
}

// until gives the polls until an entry came, and the streams read for it.
func (w *watch) until(id string) (polls int, read []string) {
	w.Lock()
	defer w.Unlock()
	return w.at[id], slices.Clone(w.read)
}

// eventually waits until a poll asks for what it should.
func (w *watch) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case <-w.changed:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
		w.Lock()
		held := holds()
		w.Unlock()
		if held {
			return
		}
	}
}

// following: however many streams there are, an entry of one process is seen by
// the others within a few polls, and no other stream is read for it.
func (s suite) following(t *testing.T) {
	const dead = 200
	plain := s.open(t)
	led := plain.Ledger()
	for i := range dead { // of processes that were killed
		name := fmt.Sprintf("dead%03d", i)
		must(t, led.RegisterStream(t.Context(), stream(name, instant)))
		if i%2 == 0 {
			must(t, led.Insert(t.Context(), chained(name, nil, name)))
		}
	}
	total := dead / 2
	a := start(t, plain, patience)
	var others []*process
	var watches []*watch
	for range 2 {
		store := Faulty(plain)
		p := start(t, store, patience)
		p.mu.Lock()
		if len(p.entries) != total {
			t.Errorf("CatchUp delivered %d entries, want %d", len(p.entries), total)
		}
		p.mu.Unlock()
		others = append(others, p)
		watches = append(watches, watching(store, p))
	}
	append1 := func(p *ledger.Ledger, i int) (stream string) {
		got, err := p.Append(t.Context(), drafts(t, i, i+1))
		must(t, err)
		return got[0].Position.Stream
	}
	append1(a.Ledger, 0)
	total++
	for _, test := range []struct {
		name  string
		write func() (stream, id string)
		more  int // entries that come along
		polls int // the most that may pass
	}{
		// A poll that asked already sees nothing, the next one does.
		{"of a known stream", func() (string, string) { return append1(a.Ledger, 1), responseID(1) }, 0, 1},
		{"late, of a dead stream", func() (string, string) {
			must(t, led.Insert(t.Context(), chained("dead001", nil, "late")))
			return "dead001", "late"
		}, 0, 1},
		{"behind a gap that is filled", func() (string, string) {
			entries := chained("dead003", nil, "filling", "behind")
			must(t, led.Insert(t.Context(), entries[1:]))
			must(t, led.Insert(t.Context(), entries[:1]))
			return "dead003", "behind"
		}, 1, 1},
		// New streams are looked for at every second poll.
		{"of a new stream", func() (string, string) {
			l := open(t, plain, patience)
			stream := append1(l, 2)
			must(t, l.Close(t.Context()))
			return stream, responseID(2)
		}, 0, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i, p := range others {
				p.has(total)
				watches[i].reset()
			}
			stream, id := test.write()
			before := []int{watches[0].count(), watches[1].count()}
			total += 1 + test.more
			for i, p := range others {
				p.has(total)
				passed, read := watches[i].until(id)
				if passed -= before[i]; passed > test.polls {
					t.Errorf("process %d saw it after %d polls, want %d", i, passed, test.polls)
				}
				if got := slices.Compact(read); !slices.Equal(got, []string{stream}) {
					t.Errorf("process %d read the streams %q, want %q", i, got, stream)
				}
			}
		})
	}
	a.has(total)
}

// damaged: a stream that cannot be read keeps a process from starting, and one that
// runs from nothing but that stream.
func (s suite) damaged(t *testing.T) {
	plain := s.open(t)
	store := Faulty(plain)
	p := start(t, store, patience)
	a, b := open(t, plain, patience), open(t, plain, patience)
	got, err := a.Append(t.Context(), drafts(t, 0, 2))
	must(t, err)
	must(t, errOf(b.Append(t.Context(), drafts(t, 2, 3))))
	p.has(3)
	name := got[0].Position.Stream
	store.Damage(name, true)
	must(t, errOf(a.Append(t.Context(), drafts(t, 3, 5))))
	must(t, errOf(b.Append(t.Context(), drafts(t, 5, 7))))
	p.has(5)
	must(t, errOf(p.Append(t.Context(), drafts(t, 7, 8))))

	fresh := open(t, store, patience)
	delivered := 0
	fresh.Subscribe(func(entries []survey.Entry) { delivered += len(entries) })
	err = fresh.CatchUp(t.Context())
	wantCode(t, "starting", err, survey.CodeInternal)
	if want := fmt.Sprintf("%q cannot be read on from number 1", name); !strings.Contains(err.Error(), want) {
		t.Errorf("the error says %q, want %s", err, want)
	}
	same(t, "entries delivered of the other streams", delivered, 4)
	due, err := ledger.CountDue(t.Context(), store.Ledger(), day(1))
	wantCode(t, "counting what is due", err, survey.CodeInternal)
	same(t, "due on the other streams", due, 4)

	store.Damage(name, false)
	p.has(8)
	must(t, fresh.CatchUp(t.Context()))
	same(t, "entries delivered in the end", delivered, 8)
	for _, l := range []*ledger.Ledger{a, b, fresh} {
		must(t, l.Close(t.Context()))
	}
}

// ended: what a process that was closed in order wrote is read once and its
// stream asked for no more; whatever the note says, nothing is hidden at a start.
func (s suite) ended(t *testing.T) {
	plain := s.open(t)
	led := plain.Ledger()
	ends := func() map[string]int64 {
		streams, err := led.Streams(t.Context())
		must(t, err)
		all := map[string]int64{}
		for _, stream := range streams {
			if stream.Ended != nil {
				all[stream.ID] = *stream.Ended
			}
		}
		return all
	}
	store := Faulty(plain)
	p := start(t, store, patience)
	w := watching(store, p)

	running, another := open(t, plain, patience), open(t, plain, patience)
	empty, full := open(t, plain, patience), open(t, plain, patience)
	must(t, empty.Close(t.Context()))
	got, err := full.Append(t.Context(), drafts(t, 0, 3))
	must(t, err)
	name := got[0].Position.Stream
	p.has(3)
	w.eventually(t, "an open stream is asked for", func() bool { return slices.Contains(w.asked, name) })
	for range 2 {
		must(t, full.Close(t.Context()))
	}
	w.eventually(t, "streams that ended are asked for no more", func() bool { return len(w.asked) == 2 })

	// A note that is not true delays an entry and hides none.
	got, err = running.Append(t.Context(), drafts(t, 5, 6))
	must(t, err)
	p.has(4)
	must(t, led.EndStream(t.Context(), got[0].Position.Stream, 1))
	w.eventually(t, "a stream that is said to have ended is asked for no more", func() bool { return len(w.asked) == 1 })
	_, err = running.Append(t.Context(), drafts(t, 6, 7))
	must(t, err)
	p.has(5)

	must(t, running.Close(t.Context()))
	must(t, another.Close(t.Context()))
	if all := ends(); len(all) != 4 || all[name] != 3 {
		t.Errorf("ended are %v, want %s at 3, one at 2 and two at 0", all, name)
	}

	// A stream of which something may still land has not ended.
	loose := Faulty(plain)
	l := open(t, loose, 100*time.Millisecond)
	loose.Each(func() Fault { return loose.TimeOutLate(0) })
	wantCode(t, "append", errOf(l.Append(t.Context(), drafts(t, 3, 5))), survey.CodeUnavailable)
	must(t, l.Close(t.Context()))
	if all := ends(); len(all) != 4 {
		t.Errorf("%d streams ended, want 4: of one more something may still land", len(all))
	}
	loose.Land(t.Context())
	p.has(7)

	// A store that is away keeps nobody from closing.
	down := Faulty(plain)
	l = open(t, down, patience)
	down.SetDown(true)
	must(t, l.Close(t.Context()))

	// The note is nobody's proof.
	for _, n := range []int64{0, 1, 2, 100, -1} {
		must(t, led.EndStream(t.Context(), name, n))
		start(t, plain, patience).has(7)
		if n <= 3 {
			verified(t, plain, 7, false)
			continue
		}
		// That it promises more than there is, is a fault.
		report, err := ledger.Verify(t.Context(), led)
		must(t, err)
		same(t, "problems", report.Problems(), []ledger.Problem{{Stream: name, N: n, Reason: ledger.ReasonEnd, Missing: n - 3}})
		must(t, led.EndStream(t.Context(), name, 3))
	}
}

// resuming: a process that knows how far it was goes on from there, and only
// where the store confirms it.
func (s suite) resuming(t *testing.T) {
	store := s.open(t)
	led := store.Ledger()
	first, second := start(t, store, patience), start(t, store, patience)
	first.appends("seen", drafts(t, 0, 5), isStored)
	second.appends("seen", drafts(t, 5, 8), isStored)
	first.has(8)
	var marks []ledger.Mark
	for name, n := range first.heads {
		entries, err := led.Read(t.Context(), name, n-1, 1)
		must(t, err)
		marks = append(marks, ledger.MarkOf(entries[0]))
	}
	slices.SortFunc(marks, func(a, b ledger.Mark) int { return int(b.N - a.N) })
	first.appends("not seen", drafts(t, 8, 10), isStored)

	for _, test := range []struct {
		name   string
		change func(marks []ledger.Mark) []ledger.Mark
		want   int // entries delivered
		code   survey.Code
	}{
		{"as they were seen", func(m []ledger.Mark) []ledger.Mark { return m }, 2, ""},
		{"one stream only", func(m []ledger.Mark) []ledger.Mark { return m[:1] }, 5, ""},
		{"none", func([]ledger.Mark) []ledger.Mark { return nil }, 10, ""},
		{"another hash", func(m []ledger.Mark) []ledger.Mark { m[1].Hash = make([]byte, 32); return m }, 10, survey.CodeConflict},
		{"another place", func(m []ledger.Mark) []ledger.Mark { m[1].N--; return m }, 10, survey.CodeConflict},
		{"beyond the end", func(m []ledger.Mark) []ledger.Mark { m[0].N, m[0].ID = 100, "gone"; return m }, 10, survey.CodeConflict},
		{"of another stream", func(m []ledger.Mark) []ledger.Mark { m[1].Stream = m[0].Stream; return m }, 10, survey.CodeConflict},
		{"of an unknown stream", func(m []ledger.Mark) []ledger.Mark { m[1].Stream = "unknown"; return m }, 10, survey.CodeConflict},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := open(t, store, patience)
			defer l.Close(t.Context())
			var got []string
			l.Subscribe(func(entries []survey.Entry) {
				for _, e := range entries {
					got = append(got, e.ID)
				}
			})
			err := l.Resume(t.Context(), test.change(slices.Clone(marks)))
			if survey.CodeOf(err) != test.code {
				t.Errorf("error %v, want %q", err, test.code)
			}
			must(t, l.CatchUp(t.Context()))
			if len(got) != test.want {
				t.Errorf("%d entries were delivered, want %d: %q", len(got), test.want, got)
			}
		})
	}
	wantCode(t, "resuming with a context that ended", first.Resume(cancelled(t), marks), survey.CodeUnavailable)
}
