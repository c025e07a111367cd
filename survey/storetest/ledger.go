package storetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

var form = &survey.Questionnaire{ID: "quick", Version: 1, Items: []survey.Item{
	{ID: survey.Overall, Type: survey.ItemRating, Required: true},
	{ID: "comment", Type: survey.ItemText},
}}

func responseID(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

// draft is the i-th response; the level and the comment are what it says.
func draft(t testing.TB, i, level int, comment string) ledger.Draft {
	return received(t, instant.Add(time.Duration(i)*time.Millisecond), i, level, comment)
}

// received is a response of another time of receipt.
func received(t testing.TB, at time.Time, i, level int, comment string) ledger.Draft {
	t.Helper()
	r := survey.Response{Submission: survey.Submission{Point: "K7QX2M9A4T", Questionnaire: form.ID, Version: form.Version, Language: survey.Vietnamese,
		Capture: survey.CaptureQR, AnsweredAt: &instant, Answers: survey.Answers{survey.Overall: survey.LevelAnswer(level)}},
		Agency: "xa-a", FieldID: "dat-dai", Delivery: survey.DeliveryCounter, At: instant, ReceivedAt: at}
	if comment != "" {
		r.Answers["comment"] = survey.TextAnswer(comment)
	}
	kept, open, err := ledger.EncodeResponse(r, form)
	must(t, err)
	return ledger.Draft{ID: responseID(i), Kind: survey.EntryResponse, Kept: kept, Open: open}
}

func drafts(t testing.TB, from, to int) []ledger.Draft {
	var all []ledger.Draft
	for i := from; i < to; i++ {
		all = append(all, draft(t, i, 1+i%5, "góp ý"))
	}
	return all
}

// process is a running process: its ledger and what its subscriber got.
type process struct {
	*ledger.Ledger
	t *testing.T

	mu      sync.Mutex
	entries map[string]survey.Entry // by id
	heads   map[string]int64
	changed chan struct{} // closed and renewed with every delivery
}

func open(t *testing.T, store survey.Store, timeout time.Duration) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Options{Store: store.Ledger(), Key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)),
		Now: func() time.Time { return instant }, PollInterval: 5 * time.Millisecond, Timeout: timeout, MaxBatch: 40})
	must(t, err)
	return l
}

// start opens a ledger on the store and follows the others until the test ends.
func start(t *testing.T, store survey.Store, timeout time.Duration) *process {
	t.Helper()
	l := open(t, store, timeout)
	p := &process{Ledger: l, t: t, entries: map[string]survey.Entry{}, heads: map[string]int64{}, changed: make(chan struct{})}
	l.Subscribe(p.receive)
	must(t, l.CatchUp(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("following ended with %v", err)
		}
		if err := l.Close(context.Background()); err != nil {
			t.Errorf("closing the ledger: %v", err)
		}
	})
	return p
}

func (p *process) receive(entries []survey.Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range entries {
		if e.N != p.heads[e.Stream]+1 {
			p.t.Errorf("stream %s: entry %d was delivered after %d", e.Stream, e.N, p.heads[e.Stream])
		}
		p.heads[e.Stream] = e.N
		if _, twice := p.entries[e.ID]; twice {
			p.t.Errorf("entry %s was delivered twice", e.ID)
		}
		p.entries[e.ID] = e
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// has waits until the subscriber got n entries, and reports whether it has no more.
func (p *process) has(n int) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		got, changed := len(p.entries), p.changed
		p.mu.Unlock()
		if got == n {
			return
		}
		if got > n {
			p.t.Errorf("%d entries were delivered, want %d", got, n)
			return
		}
		select {
		case <-changed:
		case <-deadline:
			p.t.Fatalf("%d entries were delivered, want %d", got, n)
		}
	}
}

// appends appends and wants the outcomes, and that the subscriber has seen by
// then what is stored.
func (p *process) appends(what string, all []ledger.Draft, want ...survey.Outcome) []ledger.Appended {
	p.t.Helper()
	got, err := p.Append(p.t.Context(), all)
	must(p.t, err)
	if len(got) != len(all) {
		p.t.Fatalf("%s: %d outcomes of %d drafts", what, len(got), len(all))
	}
	for i, a := range got {
		outcome := want[min(i, len(want)-1)]
		if a.Outcome != outcome {
			p.t.Errorf("%s: draft %d is %s, want %s", what, i, a.Outcome, outcome)
		}
		if (a.Position.N == 0) != (a.Outcome == survey.OutcomeRetry) {
			p.t.Errorf("%s: draft %d is %s at %v", what, i, a.Outcome, a.Position)
		}
		p.mu.Lock()
		if _, seen := p.entries[all[i].ID]; a.Outcome == isStored && !seen {
			p.t.Errorf("%s: draft %d is stored and not delivered", what, i)
		}
		p.mu.Unlock()
	}
	return got
}

// verified verifies the ledger and wants n entries in it; covered: each covered by a signature.
func verified(t *testing.T, store survey.Store, n int, covered bool) {
	t.Helper()
	report, err := ledger.Verify(t.Context(), store.Ledger())
	must(t, err)
	for _, p := range report.Problems() {
		t.Errorf("does not verify: %+v", p)
	}
	if report.Entries() != int64(n) {
		t.Errorf("%d entries are stored, want %d", report.Entries(), n)
	}
	for _, s := range report.Streams {
		if covered && s.Unsigned > 0 {
			t.Errorf("stream %s: %d of %d entries are not covered by a signature", s.Stream.ID, s.Unsigned, s.Entries)
		}
	}
}

const (
	isStored    = survey.OutcomeStored
	isDuplicate = survey.OutcomeDuplicate
	isConflict  = survey.OutcomeConflict
	isRetry     = survey.OutcomeRetry
)

func (s suite) ledger(t *testing.T) {
	t.Run("outcomes", s.outcomes)
	t.Run("two processes", func(t *testing.T) {
		store := s.open(t)
		twoProcesses(t, store, store)
	})
	t.Run("catching up", s.catchUp)
	t.Run("following", s.following)
	t.Run("ended streams", s.ended)
	t.Run("a damaged stream", s.damaged)
	t.Run("resuming", s.resuming)
	t.Run("faults", s.faults)
	t.Run("away and back", s.away)
	t.Run("hanging", s.hanging)
	t.Run("erasing and flagging", s.erasing)
	t.Run("retention", s.retention)
	t.Run("retention of many", s.retentionOfMany)
	t.Run("closing", s.closing)
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("anything may happen %d", seed), func(t *testing.T) { s.anything(t, seed) })
	}
}

func (s suite) outcomes(t *testing.T) {
	store := s.open(t)
	p := start(t, store, patience)
	_, err := p.Append(cancelled(t), drafts(t, 0, 1))
	wantCode(t, "append with a context that ended", err, survey.CodeUnavailable)

	first := p.appends("new", drafts(t, 0, 3), isStored)
	p.has(3)
	again := p.appends("again", drafts(t, 0, 3), isDuplicate)
	same(t, "places of the duplicates", places(again), places(first))

	later := draft(t, 1, 2, "góp ý")
	later.Kept = bytes.Replace(later.Kept, []byte(`"agency":"xa-a"`), []byte(`"agency":"xa-b"`), 1)
	p.appends("what the server found is not compared", []ledger.Draft{later}, isDuplicate)
	p.appends("another level", []ledger.Draft{draft(t, 1, 5, "góp ý")}, isConflict)
	p.appends("another comment", []ledger.Draft{draft(t, 1, 2, "khác")}, isConflict)
	p.appends("no comment", []ledger.Draft{draft(t, 1, 2, "")}, isConflict)

	got := p.appends("ids twice in one call",
		[]ledger.Draft{draft(t, 3, 4, ""), draft(t, 0, 1, "góp ý"), draft(t, 3, 4, ""), draft(t, 3, 5, ""), draft(t, 4, 5, "x"), draft(t, 0, 5, "")},
		isStored, isDuplicate, isDuplicate, isConflict, isStored, isConflict)
	same(t, "place of the twin", got[2].Position, got[0].Position)
	p.appends("more than one batch", drafts(t, 0, 205), append([]survey.Outcome{isDuplicate, isDuplicate, isDuplicate, isConflict, isConflict}, isStored)...)
	p.appends("a repeated one after new ones", append(drafts(t, 205, 208), draft(t, 0, 1, "góp ý")), isStored, isStored, isStored, isDuplicate)
	p.has(208)
	verified(t, store, 208, true)
}

func places(all []ledger.Appended) []ledger.Position {
	var out []ledger.Position
	for _, a := range all {
		out = append(out, a.Position)
	}
	return out
}

// twoProcesses appends to both ledgers at once, each response to one of them or
// to both, and wants every one stored once and delivered once to both.
func twoProcesses(t *testing.T, a, b survey.Store) {
	const writers, each, shared = 8, 20, 4
	p := []*process{start(t, a, patience), start(t, b, patience)}
	outcomes := concurrently(2*writers, func(w int) []survey.Outcome {
		var out []survey.Outcome
		for i := range each {
			n := 1000*w + i
			if i < shared {
				n = 1000*(w%writers) + i // the same responses at both processes
			}
			got, err := p[w/writers].Append(t.Context(), []ledger.Draft{draft(t, n, 1+n%5, "ý kiến")})
			if err != nil {
				t.Error(err)
				return nil
			}
			out = append(out, got[0].Outcome)
		}
		return out
	})
	stored := 0
	for _, out := range outcomes {
		stored += count(out, isStored)
		if n := count(out, isConflict); n > 0 {
			t.Errorf("%d of the same content are a conflict", n)
		}
	}
	const want = 2*writers*each - writers*shared
	if stored != want {
		t.Errorf("%d were answered as stored, want %d", stored, want)
	}
	p[0].has(want)
	p[1].has(want)
	verified(t, a, want, false)
}

func (s suite) catchUp(t *testing.T) {
	store := s.open(t)
	for i := range 40 {
		l := open(t, store, patience)
		must(t, errOf(l.Append(t.Context(), drafts(t, 10*i, 10*i+3))))
		must(t, l.Close(t.Context()))
	}
	p := start(t, store, patience)
	p.mu.Lock()
	got := len(p.entries)
	p.mu.Unlock()
	if got != 120 {
		t.Errorf("CatchUp delivered %d entries, want 120", got)
	}
	must(t, p.CatchUp(t.Context()))

	// An entry whose place lies behind a gap waits for the one before it.
	must(t, store.Ledger().RegisterStream(t.Context(), stream("gap", instant)))
	entries := chained("gap", nil, "1", "2", "3", "4")
	must(t, store.Ledger().Insert(t.Context(), entries[:1]))
	must(t, store.Ledger().Insert(t.Context(), entries[2:3]))
	p.has(121)
	must(t, p.CatchUp(t.Context()))
	must(t, store.Ledger().Insert(t.Context(), entries[3:]))
	must(t, store.Ledger().Insert(t.Context(), entries[1:2]))
	p.has(124)
}

// faults are single failures of an insert of six drafts, and what comes of them.
func (s suite) faults(t *testing.T) {
	type scene struct {
		*testing.T
		store  *FaultyStore
		p      *process
		second *process
	}
	six := func(sc scene) []ledger.Draft { return drafts(sc.T, 0, 6) }
	for _, test := range []struct {
		name string
		run  func(sc scene) (entries int)
	}{
		{"an id taken in the middle by the same", func(sc scene) int {
			sc.store.Inject(Before(func([]survey.Entry) { sc.second.appends("rival", drafts(t, 3, 4), isStored) }))
			sc.p.appends("six", six(sc), isStored, isStored, isStored, isDuplicate, isStored)
			return 6
		}},
		{"ids taken by others", func(sc scene) int {
			sc.store.Inject(Before(func([]survey.Entry) {
				sc.second.appends("rival", []ledger.Draft{draft(t, 1, 5, "khác"), draft(t, 4, 5, "góp ý")}, isStored)
			}))
			sc.p.appends("six", six(sc), isStored, isConflict, isStored, isStored, isDuplicate, isStored)
			return 6
		}},
		{"all ids taken", func(sc scene) int {
			sc.store.Inject(Before(func([]survey.Entry) { sc.second.appends("rival", six(sc), isStored) }))
			sc.p.appends("six", six(sc), isDuplicate)
			return 6
		}},
		{"one after the other taken", func(sc scene) int {
			for i := range 3 {
				sc.store.Inject(Before(func([]survey.Entry) { sc.second.appends("rival", drafts(t, 2*i, 2*i+1), isStored) }))
			}
			sc.p.appends("six", six(sc), isDuplicate, isStored, isDuplicate, isStored, isDuplicate, isStored)
			return 6
		}},
		{"stored, but no answer", func(sc scene) int {
			sc.store.Inject(TimeOutLanded)
			sc.p.appends("six", six(sc), isStored)
			return 6
		}},
		{"not stored, and no answer", func(sc scene) int {
			sc.store.Inject(TimeOutLost)
			sc.p.appends("six", six(sc), isStored)
			return 6
		}},
		{"half stored, and no answer", func(sc scene) int {
			sc.store.Inject(TimeOutAfter(3))
			sc.p.appends("six", six(sc), isStored)
			return 6
		}},
		{"no answer several times", func(sc scene) int {
			sc.store.Inject(TimeOutAfter(1), TimeOutLost, TimeOutAfter(2), TimeOutLanded)
			sc.p.appends("six", six(sc), isStored)
			return 6
		}},
		{"lands when it was written again", func(sc scene) int {
			sc.store.Inject(sc.store.TimeOutLate(0))
			sc.p.appends("six", six(sc), isStored)
			sc.store.Land(t.Context())
			return 6
		}},
		{"lands between reading back and writing again", func(sc scene) int {
			sc.store.Inject(sc.store.TimeOutLate(0), Before(func([]survey.Entry) { sc.store.Land(t.Context()) }))
			sc.p.appends("six", six(sc), isStored)
			return 6
		}},
		{"lands between reading back and looking its id up", func(sc scene) int {
			sc.store.Inject(sc.store.TimeOutLate(0))
			sc.store.BeforeFind(func() { sc.store.Land(t.Context()) })
			sc.p.appends("six", six(sc), isStored)
			return 6
		}},
		{"the second half lands between reading back and writing again", func(sc scene) int {
			sc.store.Inject(sc.store.TimeOutLate(3), Before(func([]survey.Entry) { sc.store.Land(t.Context()) }))
			sc.p.appends("six", six(sc), isStored)
			return 6
		}},
		{"the second half lands after other entries took its place", func(sc scene) int {
			sc.store.Inject(sc.store.TimeOutLate(2), Before(func([]survey.Entry) { sc.second.appends("rival", drafts(t, 2, 4), isStored) }))
			sc.p.appends("six", six(sc), isStored, isStored, isDuplicate, isDuplicate, isStored)
			sc.store.Land(t.Context())
			return 6
		}},
		{"one that cannot be written keeps nobody out", func(sc scene) int {
			sc.store.Poison(responseID(2))
			sc.p.appends("six", six(sc), isStored, isStored, isRetry, isStored)
			return 5
		}},
		{"one that cannot be written, in one that is written whole or not at all", func(sc scene) int {
			sc.store.Each(func() Fault {
				return func(ctx context.Context, store survey.LedgerStore, entries []survey.Entry) error {
					for _, e := range entries {
						if e.ID == responseID(4) {
							return timedOut()
						}
					}
					return store.Insert(ctx, entries)
				}
			})
			sc.p.appends("six", six(sc), isStored, isStored, isStored, isStored, isRetry, isStored)
			return 5
		}},
		{"nothing can be written, but read", func(sc scene) int {
			sc.store.Each(func() Fault { return sc.store.TimeOutLate(0) })
			_, err := sc.p.Append(t.Context(), six(sc))
			wantCode(sc.T, "append", err, survey.CodeUnavailable)
			sc.store.Each(func() Fault { return nil })
			sc.store.Land(t.Context())
			// What landed is delivered although nobody waits for it, and other content meanwhile is a conflict.
			sc.p.has(6)
			sc.p.appends("again", append(drafts(t, 0, 5), draft(t, 5, 5, "khác")), isDuplicate, isDuplicate, isDuplicate, isDuplicate, isDuplicate, isConflict)
			return 6
		}},
		{"lands long after it was given up and its place was taken", func(sc scene) int {
			sc.store.Each(func() Fault { return sc.store.TimeOutLate(0) })
			_, err := sc.p.Append(t.Context(), drafts(t, 0, 3))
			wantCode(sc.T, "append", err, survey.CodeUnavailable)
			sc.store.Each(func() Fault { return nil })
			sc.p.appends("others", drafts(t, 3, 6), isStored)
			sc.store.Land(t.Context())
			sc.p.appends("again", six(sc), isStored, isStored, isStored, isDuplicate)
			return 6
		}},
		{"an entry of another writer in the own stream", func(sc scene) int {
			first := sc.p.appends("one", drafts(t, 6, 7), isStored)[0].Position
			entry, err := sc.store.Ledger().Last(t.Context(), first.Stream)
			must(sc.T, err)
			sc.store.Inject(Before(func([]survey.Entry) {
				alien := chained(first.Stream, &entry, "alien")
				alien[0].Prev = make([]byte, 32)
				alien[0].Hash = ledger.EntryHash(alien[0])
				must(sc.T, sc.store.Store.Ledger().Insert(t.Context(), alien))
			}))
			for i, a := range sc.p.appends("six", six(sc), isStored) {
				if a.Position.Stream == first.Stream || a.Position.N != int64(i+1) {
					sc.Errorf("draft %d went to %v, want a new stream", i, a.Position)
				}
			}
			report, err := ledger.Verify(t.Context(), sc.store.Ledger())
			must(sc.T, err)
			same(sc.T, "problems", report.Problems(), []ledger.Problem{{Stream: first.Stream, N: 2, ID: "alien", Reason: ledger.ReasonPrev}})
			// The stream given up is one to be followed: this process shows what the others do.
			sc.p.has(8)
			sc.second.has(8)
			alien, err := sc.store.Ledger().Last(t.Context(), first.Stream)
			must(sc.T, err)
			must(sc.T, sc.store.Store.Ledger().Insert(t.Context(), chained(first.Stream, &alien, "alien too")))
			sc.p.has(9)
			sc.second.has(9)
			must(sc.T, sc.p.CatchUp(t.Context()))
			sc.p.has(9)
			return -1
		}},
		{"an entry of another writer in the own stream after it was given up", func(sc scene) int {
			first := sc.p.appends("one", drafts(t, 6, 7), isStored)[0].Position
			entry, err := sc.store.Ledger().Last(t.Context(), first.Stream)
			must(sc.T, err)
			sc.store.Each(func() Fault { return TimeOutLost })
			_, err = sc.p.Append(t.Context(), six(sc))
			wantCode(sc.T, "append", err, survey.CodeUnavailable)
			sc.store.Each(func() Fault { return nil })
			alien := chained(first.Stream, &entry, "alien")
			alien[0].Prev = make([]byte, 32)
			alien[0].Hash = ledger.EntryHash(alien[0])
			must(sc.T, sc.store.Store.Ledger().Insert(t.Context(), alien))
			// Nobody appends: it is found by looking for what landed late.
			sc.p.has(2)
			sc.p.appends("six", six(sc), isStored)
			sc.p.has(8)
			sc.second.has(8)
			return -1
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			plain := s.open(t)
			store := Faulty(plain)
			sc := scene{T: t, store: store, p: start(t, store, patience), second: start(t, plain, patience)}
			want := test.run(sc)
			if want < 0 {
				return
			}
			sc.p.has(want)
			sc.second.has(want)
			verified(t, plain, want, false)
			// The next commit covers whatever has no signature yet.
			sc.p.appends("one more", drafts(t, 9, 10), isStored)
			sc.second.appends("one more", drafts(t, 10, 11), isStored)
			verified(t, plain, want+2, true)
		})
	}
}

// away: as long as the store is away callers are told so, and nothing of that
// stays in the way when it is back.
func (s suite) away(t *testing.T) {
	plain := s.open(t)
	store := Faulty(plain)
	p := start(t, store, 300*time.Millisecond)
	p.appends("before", drafts(t, 0, 3), isStored)

	store.SetDown(true)
	for i, err := range concurrently(6, func(i int) error { return errOf(p.Append(t.Context(), drafts(t, 10*i, 10*i+3))) }) {
		wantCode(t, fmt.Sprintf("append %d to a store that is away", i), err, survey.CodeUnavailable)
	}
	wantCode(t, "erasing", p.Erase(t.Context(), responseID(0), "yêu cầu"), survey.CodeUnavailable)
	_, err := ledger.Open(t.Context(), ledger.Options{Store: store.Ledger(), Key: ed25519.NewKeyFromSeed(make([]byte, 32))})
	wantCode(t, "opening", err, survey.CodeUnavailable)

	store.SetDown(false)
	for i, out := range concurrently(6, func(i int) []ledger.Appended {
		out, err := p.Append(t.Context(), drafts(t, 10*i, 10*i+3))
		if err != nil {
			t.Error(err)
		}
		return out
	}) {
		for _, a := range out {
			if want := []survey.Outcome{isDuplicate, isStored}[min(i, 1)]; a.Outcome != want {
				t.Errorf("append %d after it is back: %s, want %s", i, a.Outcome, want)
			}
		}
	}
	p.has(18)
	verified(t, plain, 18, true)
}

// hanging: a caller goes when its context ends, and the writer when its time does.
func (s suite) hanging(t *testing.T) {
	plain := s.open(t)
	store := Faulty(plain)
	p := start(t, store, 400*time.Millisecond)
	begun := make(chan struct{})
	store.Inject(func(ctx context.Context, l survey.LedgerStore, entries []survey.Entry) error {
		close(begun)
		return Hang(ctx, l, entries)
	})
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- errOf(p.Append(ctx, drafts(t, 0, 2))) }()
	<-begun
	go func() { second <- errOf(p.Append(ctx, drafts(t, 2, 4))) }() // waits for the next commit
	cancel()
	wantCode(t, "whose commit is under way", <-first, survey.CodeUnavailable)
	wantCode(t, "who waits for the next", <-second, survey.CodeUnavailable)
	p.appends("later work", drafts(t, 4, 6), isStored)
	got, err := p.Append(t.Context(), drafts(t, 0, 4))
	must(t, err)
	for i, a := range got {
		if a.Outcome != isStored && a.Outcome != isDuplicate {
			t.Errorf("draft %d is %s", i, a.Outcome)
		}
	}
	p.has(6)
	verified(t, plain, 6, false)
}

func (s suite) erasing(t *testing.T) {
	plain := s.open(t)
	store := Faulty(plain)
	p, other := start(t, store, patience), start(t, plain, patience)
	ctx := t.Context()
	at := p.appends("new", drafts(t, 0, 3), isStored)

	wantCode(t, "erasing none", p.Erase(ctx, responseID(9), "yêu cầu"), survey.CodeNotFound)
	wantCode(t, "flagging none", p.Flag(ctx, ledger.Flagging{Response: responseID(9)}), survey.CodeNotFound)
	must(t, other.Erase(ctx, responseID(1), "yêu cầu của công dân"))
	must(t, p.Erase(ctx, responseID(1), "lần nữa"))
	flagging := ledger.Flagging{Response: responseID(0), Flags: []survey.Flag{survey.FlagFast}, By: "admin", At: instant}
	for range 2 {
		must(t, p.Flag(ctx, flagging))
	}
	// What was judged one by one is judged already for a batch.
	again, score := flagging, 3.5
	again.Stream, again.N = at[0].Position.Stream, at[0].Position.N
	judged := ledger.Flagging{Response: responseID(2), Stream: at[2].Position.Stream, N: at[2].Position.N, Flags: []survey.Flag{survey.FlagBurst},
		By: "system", At: instant, Signal: "burst", Score: &score}
	for _, want := range []int{1, 0} {
		stored, err := other.FlagAll(ctx, []ledger.Flagging{again, judged})
		must(t, err)
		same(t, "judgements stored", stored, want)
	}
	p.has(6)
	other.has(6)
	verified(t, plain, 6, true)

	found, err := plain.Ledger().Find(ctx, []string{responseID(1), "erasure/" + responseID(1)})
	must(t, err)
	for _, e := range found {
		if e.Kind == survey.EntryResponse {
			r, err := ledger.DecodeResponse(e)
			must(t, err)
			if _, has := r.Answers["comment"]; has || e.Salt != nil {
				t.Error("the erased comment is still there")
			}
			continue
		}
		x, err := ledger.DecodeErasure(e)
		must(t, err)
		if x.Response != responseID(1) || x.Stream != at[1].Position.Stream || x.N != at[1].Position.N || x.Reason != "yêu cầu của công dân" {
			t.Errorf("the erasure says %+v", x)
		}
	}
	for _, e := range p.entries {
		if e.Kind == survey.EntryFlag {
			got, err := ledger.DecodeFlagging(e)
			must(t, err)
			want := again
			if got.Response == judged.Response {
				want = judged
			}
			same(t, "flagging", got, want)
		}
	}
	p.appends("sent again after it was erased", []ledger.Draft{draft(t, 1, 2, "góp ý"), draft(t, 1, 3, "góp ý")}, isDuplicate, isConflict)

	// An open part that is gone without an erasure entry is found.
	must(t, plain.Ledger().EraseOpen(ctx, []string{responseID(2)}))
	report, err := ledger.Verify(ctx, plain.Ledger())
	must(t, err)
	same(t, "problems", report.Problems(), []ledger.Problem{{Stream: at[2].Position.Stream, N: at[2].Position.N, ID: responseID(2), Reason: ledger.ReasonErasure}})
}

func (s suite) closing(t *testing.T) {
	store := s.open(t)
	p := start(t, store, patience)
	answers := make(chan error, 20)
	for i := range 20 {
		go func() { answers <- errOf(p.Append(t.Context(), drafts(t, i, i+1))) }()
	}
	stored := 0
	if err := <-answers; err == nil {
		stored++
	}
	must(t, p.Close(t.Context()))
	for range 19 {
		if err := <-answers; err == nil {
			stored++
		} else {
			wantCode(t, "append to a closed ledger", err, survey.CodeUnavailable)
		}
	}
	wantCode(t, "append to a closed ledger", errOf(p.Append(t.Context(), drafts(t, 99, 100))), survey.CodeUnavailable)
	p.has(stored)
	verified(t, store, stored, true)
}

// anything: two processes append while their inserts fail in every way at
// random, with late landings at any time. What was answered holds, the chain
// verifies, and both subscribers get every entry once.
func (s suite) anything(t *testing.T, seed uint64) {
	plain := s.open(t)
	const writers, each, pool = 3, 25, 60
	var stores [2]*FaultyStore
	var p [2]*process
	for i := range p {
		stores[i] = Faulty(plain)
		p[i] = start(t, stores[i], patience)
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		stores[i].Each(func() Fault {
			switch n := random.IntN(20); {
			case n < 2:
				return TimeOutLanded
			case n < 4:
				return TimeOutLost
			case n < 6:
				return TimeOutAfter(random.IntN(4))
			case n < 9:
				return stores[i].TimeOutLate(random.IntN(3))
			case n < 12:
				return Before(func([]survey.Entry) { stores[i].Land(context.Background()) })
			}
			return nil
		})
	}
	type answer struct {
		draft   ledger.Draft
		outcome ledger.Appended
	}
	answers := concurrently(2*writers, func(w int) []answer {
		random := rand.New(rand.NewPCG(seed, uint64(100+w)))
		var out []answer
		for range each {
			var ds []ledger.Draft
			for range 1 + random.IntN(5) {
				n := random.IntN(pool)
				ds = append(ds, draft(t, n, 1+random.IntN(2), "ý kiến"))
			}
			got, err := p[w%2].Append(t.Context(), ds)
			if err != nil && !survey.IsCode(err, survey.CodeUnavailable) {
				t.Error(err)
			}
			for i := range got {
				out = append(out, answer{ds[i], got[i]})
			}
			if random.IntN(6) == 0 {
				stores[w%2].Land(t.Context())
			}
		}
		return out
	})
	for i := range p {
		stores[i].Each(func() Fault { return nil })
		stores[i].Land(t.Context())
		p[i].appends("the last", drafts(t, 100+i, 101+i), isStored)
	}

	total, stored := 0, map[string]int{}
	report, err := ledger.Verify(t.Context(), plain.Ledger())
	must(t, err)
	total = int(report.Entries())
	p[0].has(total)
	p[1].has(total)
	verified(t, plain, total, true)
	for _, all := range answers {
		for _, a := range all {
			if a.outcome.Outcome == isRetry {
				continue
			}
			e, ok := p[0].entries[a.draft.ID]
			if !ok {
				t.Errorf("%s was answered as %s and is not stored", a.draft.ID, a.outcome.Outcome)
				continue
			}
			if is := ledger.SameContent(e, a.draft); is == (a.outcome.Outcome == isConflict) {
				t.Errorf("%s was answered as %s, and same content is %v", e.ID, a.outcome.Outcome, is)
			}
			if at := (ledger.Position{Stream: e.Stream, N: e.N}); at != a.outcome.Position {
				t.Errorf("%s was said to be at %v and is at %v", e.ID, a.outcome.Position, at)
			}
			if a.outcome.Outcome == isStored {
				if stored[e.ID]++; stored[e.ID] > 1 {
					t.Errorf("%s was answered as stored more than once", e.ID)
				}
			}
		}
	}
	if err := errors.Join(p[0].CatchUp(t.Context()), p[1].CatchUp(t.Context())); err != nil {
		t.Error(err)
	}
}
