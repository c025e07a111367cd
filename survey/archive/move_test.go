package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
	"sipas/survey/storetest"
)

// move finishes a move.
func move(t testing.TB, from, to survey.Store) Moved {
	t.Helper()
	done, err := Move{From: from, To: to, Finish: true}.Run(t.Context())
	must(t, err)
	if !done.Finished {
		t.Error("it is not finished")
	}
	return done
}

// unfinished expects a store without an identity.
func unfinished(t testing.TB, store survey.Store) {
	t.Helper()
	if id, err := store.Identity(t.Context()); !survey.IsCode(err, survey.CodeNotFound) {
		t.Errorf("it has the identity %+v (%v)", id, err)
	}
}

func isForeign(err error) bool {
	var e *survey.Error
	return errors.As(err, &e) && e.Reason == ReasonForeign
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
			if there.Entries() != 64 || len(there.Gaps) > 0 {
				t.Errorf("%d entries, gaps %v", there.Entries(), there.Gaps)
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

func (p stoppingPoints) Update(ctx context.Context, doc survey.Point) error {
	if err := p.s.take(); err != nil {
		return err
	}
	return p.Collection.Update(ctx, doc)
}

func (p stoppingPoints) Create(ctx context.Context, doc survey.Point) error {
	if err := p.s.take(); err != nil {
		return err
	}
	return p.Collection.Create(ctx, doc)
}

func (p stoppingPoints) Remove(ctx context.Context, key string) error {
	if err := p.s.take(); err != nil {
		return err
	}
	return p.Collection.Remove(ctx, key)
}

func (p stoppingPoints) CreateAll(ctx context.Context, docs []survey.Point) error {
	if err := p.s.take(); err != nil {
		return err
	}
	return p.Collection.CreateAll(ctx, docs)
}

// A move that stops at any of its writes leaves a store without an identity, and
// the next one goes on from there: one that begins, and one that takes up what
// changed since an earlier run, which takes no more than one document away.
func TestMoveGoesOn(t *testing.T) {
	ctx := t.Context()
	early := newProvince(t, newSQLite(t)).store
	later := newSQLite(t)
	move(t, early, later)
	p := open(t, later)
	p.taken = 60
	p.rate(5)
	p.addPoint()
	points, err := early.Points().List(ctx)
	must(t, err)
	for i, point := range points { // one of the next revision, and others
		for range i + 1 {
			point.Stamp(point.Rev+1, nil)
			must(t, later.Points().Update(ctx, point))
		}
	}
	for _, c := range []struct {
		name   string
		from   survey.Store
		target func() survey.Store
		points int // that are always there
	}{
		{"the first run", early, func() survey.Store { return newSQLite(t) }, 0},
		{"a later run", later, func() survey.Store {
			begun := newSQLite(t)
			_, err := Move{From: early, To: begun}.Run(ctx)
			must(t, err)
			return begun
		}, len(points) - 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := contentsOf(t, c.from, moved).erased(5)
			for writes := 0; ; writes++ {
				target, left := c.target(), writes
				_, err := Move{From: c.from, To: stopping{target, &left}, Finish: true}.Run(ctx)
				if err == nil {
					if writes < 10 {
						t.Errorf("the move took %d writes only", writes)
					}
					return
				}
				if !errors.Is(err, errStopped) {
					t.Fatalf("after %d writes: %v", writes, err)
				}
				unfinished(t, target)
				if there, err := target.Points().List(ctx); err != nil || len(there) < c.points {
					t.Errorf("after %d writes it has %d points (%v), want %d", writes, len(there), err, c.points)
				}
				move(t, c.from, target)
				sameContents(t, contentsOf(t, target, moved), want)
			}
		})
	}
}

// Only the last run, which is told so, makes a province of the target. One that is
// a province is compared and never written.
func TestMoveIsFinishedOnce(t *testing.T) {
	ctx := t.Context()
	p := newProvince(t, newSQLite(t))
	target := newSQLite(t)
	for range 2 {
		done, err := Move{From: p.store, To: target}.Run(ctx)
		must(t, err)
		if done.Finished || done.Entries() != int64(p.taken+4) {
			t.Errorf("finished %v, %d entries", done.Finished, done.Entries())
		}
		unfinished(t, target)
		p.rate(5)
		p.addPoint()
	}
	first := move(t, p.store, target)
	want := contentsOf(t, target, moved)
	sameContents(t, want, contentsOf(t, p.store, moved).erased(5))
	none := 0
	for _, finish := range []bool{true, false} {
		again, err := Move{From: p.store, To: stopping{target, &none}, Finish: finish}.Run(ctx)
		if err != nil || !again.Finished || again.Digest() != first.Digest() || none < 0 {
			t.Errorf("once more: %+v, %v, %d writes left", again, err, none)
		}
	}
	p.rate(1)
	for _, finish := range []bool{true, false} {
		if _, err := (Move{From: p.store, To: target, Finish: finish}).Run(ctx); !isForeign(err) {
			t.Errorf("a source that was served since: error %v", err)
		}
	}
	sameContents(t, contentsOf(t, target, moved), want)
}

// A province that was administered and never served has no streams. It moves in
// two runs as others do.
func TestMoveWithoutStreams(t *testing.T) {
	ctx := t.Context()
	source, target := newSQLite(t), newSQLite(t)
	must(t, source.Create(ctx, identity))
	reg, err := registry.Open(ctx, registry.Options{Store: source, Now: func() time.Time { return instant }, Random: rand.Reader})
	must(t, err)
	must(t, reg.Load(ctx, registry.Catalogue{Fields: registry.DefaultFields()}))
	_, err = Move{From: source, To: target}.Run(ctx)
	must(t, err)
	move(t, source, target)
	sameContents(t, contentsOf(t, target, moved), contentsOf(t, source, moved))
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
	done, err := Move{From: source, To: target}.Run(t.Context())
	must(t, err)
	if done.Entries() != 64+3*6 {
		t.Errorf("%d entries", done.Entries())
	}
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
		for _, m := range []Move{{From: p.store, To: target}, {From: target, To: p.store, Finish: true}} {
			if _, err := m.Run(t.Context()); !isForeign(err) {
				t.Errorf("error %v", err)
			}
		}
		back := newSQLite(t)
		move(t, target, back)
		sameContents(t, contentsOf(t, back, moved), contentsOf(t, target, moved))
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

// An entry that lands late is waited for. One that is missing for good does not
// keep the others from being finished, and is told of.
func TestMoveAcrossAGap(t *testing.T) {
	p := newProvince(t, newSQLite(t))
	want := contentsOf(t, p.store, moved).erased(5)
	streams, err := p.store.Ledger().Streams(t.Context())
	must(t, err)
	gap := []Gap{{want.Entries[streams[0].ID][6].Stream, 7, 7}}
	const ever = 1 << 30
	for _, c := range []struct {
		name   string
		finish bool
		rounds int // in which the entry is not seen
		gaps   []Gap
		reason string
	}{
		{"it lands late, beside servers", false, 3, nil, ""},
		{"it lands late", true, patience, nil, ""},
		{"it lands when those behind it are over", true, patience + 2, nil, ""},
		{"it is missing", true, ever, gap, ""},
		{"it is missing, beside servers", false, ever, nil, ReasonMoving},
	} {
		t.Run(c.name, func(t *testing.T) {
			left := 2 * c.rounds // the log is looked at twice in each
			source := watched{Store: p.store, audit: func() { left-- }, hide: func(e survey.Entry) bool { return e.ID == id(7) && left > 0 }}
			target := newSQLite(t)
			done, err := Move{From: source, To: target, Finish: c.finish}.Run(t.Context())
			if c.reason != "" {
				if e := (*survey.Error)(nil); !errors.As(err, &e) || e.Reason != c.reason {
					t.Errorf("error %v, want reason %s", err, c.reason)
				}
				if head, err := ledger.HeadOf(t.Context(), target.Ledger(), gap[0].Stream); err != nil || head.N != 6 {
					t.Errorf("the stream ends at %d (%v), want 6", head.N, err)
				}
				return
			}
			must(t, err)
			if !slices.Equal(done.Gaps, c.gaps) {
				t.Errorf("gaps %v, want %v", done.Gaps, c.gaps)
			}
			report, err := ledger.Verify(t.Context(), target.Ledger())
			must(t, err)
			if report.Entries() != int64(64-len(c.gaps)) || report.OK() != (c.gaps == nil) {
				t.Errorf("%d entries, problems %+v", report.Entries(), report.Problems())
			}
			if c.finish && c.gaps == nil {
				sameContents(t, contentsOf(t, target, moved), want)
			}
		})
	}
}
