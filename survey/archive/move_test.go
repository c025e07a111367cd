package archive

import (
	"context"
	"errors"
	"slices"
	"testing"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/storetest"
)

func move(t testing.TB, from, to survey.Store) Summary {
	t.Helper()
	summary, err := Move{From: from, To: to}.Run(t.Context())
	must(t, err)
	return summary
}

// There and back again, everything is byte for byte what it was; the erasure
// that was not finished is.
func TestMoveThereAndBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		other func(testing.TB) survey.Store
	}{{"embedded", newSQLite}, {"mongodb", newMongo}} {
		t.Run(c.name, func(t *testing.T) {
			middle := c.other(t)
			source := newProvince(t, newSQLite(t)).store
			want := contentsOf(t, source, moved).erased(5)
			there := move(t, source, middle)
			sameContents(t, contentsOf(t, middle, moved), want)
			clean(t, middle)
			back := newSQLite(t)
			if again := move(t, middle, back); again.Digest() != there.Digest() {
				t.Errorf("the digest was %s and is %s", there.Digest(), again.Digest())
			}
			sameContents(t, contentsOf(t, back, moved), want)
			clean(t, back)
			if there.Entries() != 64 || there.Documents() == 0 {
				t.Errorf("%d entries, %d documents", there.Entries(), there.Documents())
			}
		})
	}
}

var errStopped = &survey.Error{Code: survey.CodeUnavailable, Message: "stopped"}

// stopping is a store that takes some writes and then none.
type stopping struct {
	survey.Store
	left *int
}

func (s stopping) take() error {
	if *s.left--; *s.left < 0 {
		return errStopped
	}
	return nil
}

func (s stopping) Create(ctx context.Context, id survey.Identity) error {
	if err := s.take(); err != nil {
		return err
	}
	return s.Store.Create(ctx, id)
}

func (s stopping) Ledger() survey.LedgerStore { return stoppingLedger{s.Store.Ledger(), s} }

type stoppingLedger struct {
	survey.LedgerStore
	s stopping
}

func (l stoppingLedger) RegisterStream(ctx context.Context, s survey.Stream) error {
	if err := l.s.take(); err != nil {
		return err
	}
	return l.LedgerStore.RegisterStream(ctx, s)
}

// Insert stores one part of what it is given, whenever it stops.
func (l stoppingLedger) Insert(ctx context.Context, entries []survey.Entry) error {
	err := l.s.take()
	if err != nil && *l.s.left == -1 {
		_ = l.LedgerStore.Insert(ctx, entries[:len(entries)/2])
	}
	if err != nil {
		return err
	}
	return l.LedgerStore.Insert(ctx, entries)
}

func (s stopping) Audit() survey.AuditStore { return stoppingAudit{s.Store.Audit(), s} }

type stoppingAudit struct {
	survey.AuditStore
	s stopping
}

func (a stoppingAudit) Append(ctx context.Context, e survey.AuditEntry) error {
	if err := a.s.take(); err != nil {
		return err
	}
	return a.AuditStore.Append(ctx, e)
}

func (s stopping) Points() survey.Collection[survey.Point] {
	return stoppingPoints{s.Store.Points(), s}
}

type stoppingPoints struct {
	survey.Collection[survey.Point]
	s stopping
}

func (p stoppingPoints) CreateAll(ctx context.Context, docs []survey.Point) error {
	if err := p.s.take(); err != nil {
		return err
	}
	return p.Collection.CreateAll(ctx, docs)
}

// A move that stops at any of its writes leaves a store without an identity, and
// the next one goes on from there.
func TestMoveGoesOn(t *testing.T) {
	source := newProvince(t, newSQLite(t)).store
	want := contentsOf(t, source, moved).erased(5)
	for writes := 0; ; writes++ {
		target, left := newSQLite(t), writes
		_, err := Move{From: source, To: stopping{target, &left}}.Run(t.Context())
		if err == nil {
			if writes < 10 {
				t.Errorf("the move took %d writes only", writes)
			}
			return
		}
		if !errors.Is(err, errStopped) {
			t.Fatalf("after %d writes: %v", writes, err)
		}
		if _, err := target.Identity(t.Context()); !survey.IsCode(err, survey.CodeNotFound) {
			t.Errorf("after %d writes it has an identity (%v)", writes, err)
		}
		move(t, source, target)
		sameContents(t, contentsOf(t, target, moved), want)
	}
}

// Unclear answers within one run are cleared up.
func TestMoveUnclearAnswers(t *testing.T) {
	source := newProvince(t, newSQLite(t)).store
	target := newSQLite(t)
	faulty := storetest.Faulty(target)
	faulty.Inject(storetest.TimeOutAfter(3), storetest.TimeOutLost, storetest.TimeOutLanded, storetest.TimeOutAfter(7))
	move(t, source, faulty)
	if n := faulty.Inserts(); n != 5 {
		t.Errorf("%d inserts, want 5", n)
	}
	sameContents(t, contentsOf(t, target, moved), contentsOf(t, source, moved).erased(5))
	clean(t, target)
	faulty = storetest.Faulty(newSQLite(t))
	faulty.SetDown(true)
	if _, err := (Move{From: source, To: faulty}).Run(t.Context()); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("a target that is away: %v", err)
	}
}

func TestMoveReplacesDocuments(t *testing.T) {
	ctx := t.Context()
	source := newProvince(t, newSQLite(t)).store
	target, left := newSQLite(t), 4 // an earlier move that was stopped
	if _, err := (Move{From: source, To: stopping{target, &left}}).Run(ctx); !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	must(t, target.Users().Create(ctx, survey.User{ID: "lan", Name: "An earlier Lan", Versioned: survey.Versioned{Rev: 9}}))
	must(t, target.Sessions().Create(ctx, survey.Session{ID: "gone", Versioned: survey.Versioned{Rev: 1}}))
	move(t, source, target)
	sameContents(t, contentsOf(t, target, moved), contentsOf(t, source, moved).erased(5))
}

func TestMoveRefuses(t *testing.T) {
	p := newProvince(t, newSQLite(t))
	streams, err := p.store.Ledger().Streams(t.Context())
	must(t, err)
	for _, c := range []struct {
		name   string
		from   survey.Store
		spoil  func(ctx context.Context, to survey.Store) error
		reason string
	}{
		{"a source without a province", newSQLite(t), func(context.Context, survey.Store) error { return nil }, ReasonEmpty},
		{"another province", p.store, func(ctx context.Context, to survey.Store) error {
			return to.Create(ctx, survey.Identity{ID: "khac", CreatedAt: instant})
		}, ReasonForeign},
		{"a stream of its own", p.store, func(ctx context.Context, to survey.Store) error {
			return to.Ledger().RegisterStream(ctx, survey.Stream{ID: "own", PublicKey: streams[0].PublicKey, StartedAt: instant})
		}, ReasonForeign},
		{"a stream of another key", p.store, func(ctx context.Context, to survey.Store) error {
			s := streams[0]
			s.PublicKey = slices.Clone(s.PublicKey)
			s.PublicKey[0]++
			return to.Ledger().RegisterStream(ctx, s)
		}, ReasonForeign},
		{"documents of something else", p.store, func(ctx context.Context, to survey.Store) error {
			return to.Users().Create(ctx, survey.User{ID: "lan", Versioned: survey.Versioned{Rev: 1}})
		}, ReasonForeign},
		{"other entries", p.store, func(ctx context.Context, to survey.Store) error {
			entries, err := p.store.Ledger().Read(ctx, streams[0].ID, 0, 3)
			entries[2].Hash = slices.Clone(entries[1].Hash)
			return errors.Join(err, to.Ledger().RegisterStream(ctx, streams[0]), to.Ledger().Insert(ctx, entries))
		}, ReasonForeign},
		{"an id in another place", p.store, func(ctx context.Context, to survey.Store) error {
			entries, err := p.store.Ledger().Read(ctx, streams[0].ID, 9, 1)
			entries[0].Stream, entries[0].N = streams[1].ID, 1
			return errors.Join(err, to.Ledger().RegisterStream(ctx, streams[1]), to.Ledger().Insert(ctx, entries))
		}, ReasonForeign},
		{"another audit log", p.store, func(ctx context.Context, to survey.Store) error {
			return to.Audit().Append(ctx, survey.AuditEntry{ID: "points/x/1", N: 1, Hash: []byte("other"), At: instant})
		}, ReasonForeign},
		{"a longer audit log", p.store, func(ctx context.Context, to survey.Store) error {
			return to.Audit().Append(ctx, survey.AuditEntry{ID: "points/x/1", N: 99, Hash: []byte("other"), At: instant})
		}, ReasonForeign},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := newSQLite(t)
			must(t, c.spoil(t.Context(), target))
			_, err := Move{From: c.from, To: target}.Run(t.Context())
			var e *survey.Error
			if !errors.As(err, &e) || e.Reason != c.reason {
				t.Errorf("error %v, want reason %s", err, c.reason)
			}
			if id, err := target.Identity(t.Context()); err == nil && id == identity {
				t.Error("the target was given the identity")
			}
		})
	}
}

// A source that is written meanwhile is caught up with, and again later.
func TestMoveCatchesUp(t *testing.T) {
	p := newProvince(t, newSQLite(t))
	target := newSQLite(t)
	acts := 3
	source := watched{Store: p.store, audit: func() {
		if acts--; acts >= 0 {
			p.rate(5)
			p.addPoint()
			must(t, p.led.Erase(t.Context(), id(10+acts), "asked for"))
		}
	}}
	move(t, source, target)
	sameContents(t, contentsOf(t, target, moved), contentsOf(t, p.store, moved).erased(5))
	clean(t, target)

	p.rate(5)
	p.addPoint()
	must(t, p.led.Erase(t.Context(), id(20), "asked for"))
	move(t, p.store, target)
	sameContents(t, contentsOf(t, target, moved), contentsOf(t, p.store, moved).erased(5))
	clean(t, target)

	t.Run("a target that was served since", func(t *testing.T) {
		q := open(t, target)
		q.taken = 1000
		q.rate(1)
		_, err := Move{From: p.store, To: target}.Run(t.Context())
		var e *survey.Error
		if !errors.As(err, &e) || e.Reason != ReasonForeign {
			t.Errorf("error %v", err)
		}
		move(t, target, p.store) // back is the way that it goes on
		sameContents(t, contentsOf(t, p.store, moved), contentsOf(t, target, moved))
	})
	t.Run("one that never stands still", func(t *testing.T) {
		source := watched{Store: p.store, audit: func() { p.rate(1); p.addPoint() }}
		_, err := Move{From: source, To: newSQLite(t)}.Run(t.Context())
		var e *survey.Error
		if !errors.As(err, &e) || e.Reason != ReasonMoving {
			t.Errorf("error %v", err)
		}
	})
}

// An entry that lands late is waited for; one that is missing for good does not
// keep the others.
func TestMoveAcrossAGap(t *testing.T) {
	p := newProvince(t, newSQLite(t))
	want := contentsOf(t, p.store, moved).erased(5)
	for _, c := range []struct {
		name  string
		reads int // in which the entry is not seen
		want  int64
	}{{"it lands late", 3, 64}, {"it is missing", 1 << 30, 63}} {
		t.Run(c.name, func(t *testing.T) {
			left := c.reads
			source := watched{Store: p.store, read: func(string, int64) { left-- }, hide: func(e survey.Entry) bool { return e.ID == id(7) && left > 0 }}
			target := newSQLite(t)
			move(t, source, target)
			report, err := ledger.Verify(t.Context(), target.Ledger())
			must(t, err)
			if report.Entries() != c.want || report.OK() != (c.want == 64) {
				t.Errorf("%d entries, problems %+v", report.Entries(), report.Problems())
			}
			if c.want == 64 {
				sameContents(t, contentsOf(t, target, moved), want)
			}
		})
	}
}
