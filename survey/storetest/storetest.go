// Package storetest holds every store to the same behaviour: what survey.Store
// promises, and that the ledger on top of it never breaks, whatever an insert answers.
package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"sipas/survey"
)

// What a weaker server may lack, by name.
const (
	AtomicUpdates  = "atomic updates"  // of several that name one revision, only one succeeds
	DuplicateKinds = "duplicate kinds" // a refused insert says whether the id or the place was taken
)

var abilities = []string{AtomicUpdates, DuplicateKinds}

// Option adapts Run to a weaker server.
type Option func(*suite)

// Lacks skips by name what a server cannot do.
func Lacks(names ...string) Option {
	return func(s *suite) { s.lacks = append(s.lacks, names...) }
}

type suite struct {
	open  func(t *testing.T) survey.Store
	lacks []string
}

// Run exercises every guarantee of survey.Store. open gives a new, empty store
// each time and closes it when its test ends.
func Run(t *testing.T, open func(t *testing.T) survey.Store, options ...Option) {
	s := suite{open: open}
	for _, option := range options {
		option(&s)
	}
	for _, name := range s.lacks {
		if !slices.Contains(abilities, name) {
			t.Fatalf("no ability is called %q; there are %q", name, abilities)
		}
	}
	t.Run("identity", s.identity)
	t.Run("collections", s.collections)
	t.Run("receipt codes", s.receiptCodes)
	t.Run("audit", s.audit)
	t.Run("ledger store", s.ledgerStore)
	t.Run("ledger", s.ledger)
	t.Run("closed", s.closed)
}

// RunTwo runs two processes' ledgers, each on its own handle of one store.
func RunTwo(t *testing.T, open func(t *testing.T) (a, b survey.Store)) {
	a, b := open(t)
	twoProcesses(t, a, b)
}

func (s suite) can(name string) bool { return !slices.Contains(s.lacks, name) }

func (s suite) needs(t *testing.T, name string) {
	t.Helper()
	if !s.can(name) {
		t.Skipf("this server lacks %s", name)
	}
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

func (s suite) identity(t *testing.T) {
	store, ctx := s.open(t), t.Context()
	_, err := store.Identity(ctx)
	wantCode(t, "identity of a new store", err, survey.CodeNotFound)
	want := survey.Identity{ID: "abc", Synthetic: true, CreatedAt: instant}
	must(t, store.Create(ctx, want))
	wantCode(t, "second creation", store.Create(ctx, survey.Identity{ID: "def", CreatedAt: instant}), survey.CodeConflict)
	got, err := store.Identity(ctx)
	must(t, err)
	same(t, "identity", got, want)
	must(t, store.Ping(ctx))
}

func (s suite) closed(t *testing.T) {
	store, ctx := s.open(t), t.Context()
	must(t, store.Ledger().RegisterStream(ctx, stream("a", instant)))
	must(t, store.Close())
	for name, err := range map[string]error{
		"ping":            store.Ping(ctx),
		"identity":        errOf(store.Identity(ctx)),
		"find":            errOf(store.Agencies().Find(ctx, "x")),
		"list":            errOf(store.Agencies().List(ctx)),
		"create":          store.Agencies().Create(ctx, survey.Agency{ID: "x"}),
		"audit":           errOf(store.Audit().Last(ctx)),
		"insert":          store.Ledger().Insert(ctx, chained("a", nil, "1")),
		"read":            errOf(store.Ledger().Read(ctx, "a", 0, 1)),
		"read at":         errOf(store.Ledger().ReadAt(ctx, "a", []int64{1})),
		"find entries":    errOf(store.Ledger().Find(ctx, []string{"1"})),
		"register stream": store.Ledger().RegisterStream(ctx, stream("b", instant)),
	} {
		wantCode(t, name+" on a closed store", err, survey.CodeUnavailable)
	}
}

func (s suite) audit(t *testing.T) {
	store, ctx := s.open(t).Audit(), t.Context()
	_, err := store.Last(ctx)
	wantCode(t, "last of none", err, survey.CodeNotFound)
	_, err = store.Find(ctx, "agencies/a/1")
	wantCode(t, "find of none", err, survey.CodeNotFound)
	entry := func(id string, n int64) survey.AuditEntry {
		return survey.AuditEntry{ID: id, N: n, Prev: []byte{1, byte(n)}, Hash: []byte{2, byte(n)}, At: instant, Actor: "system",
			Action: survey.ActionCreate, Collection: "agencies", RecordKey: "a", Rev: 1, Agency: "a", Digest: []byte{3}}
	}
	for n := int64(1); n <= 12; n++ {
		must(t, store.Append(ctx, entry(string(rune('a'+n)), n)))
	}
	wantCode(t, "taken id", store.Append(ctx, entry("b", 13)), survey.CodeConflict)
	wantCode(t, "taken n", store.Append(ctx, entry("z", 12)), survey.CodeConflict)
	last, err := store.Last(ctx)
	must(t, err)
	same(t, "last", last, entry("m", 12))
	found, err := store.Find(ctx, "c")
	must(t, err)
	same(t, "find", found, entry("c", 2))
	for _, page := range []struct {
		after int64
		limit int
		want  []int64
	}{{0, 3, []int64{1, 2, 3}}, {3, 2, []int64{4, 5}}, {8, 10, []int64{9, 10, 11, 12}}, {12, 5, nil}} {
		entries, err := store.After(ctx, page.after, page.limit)
		must(t, err)
		var ns []int64
		for _, e := range entries {
			ns = append(ns, e.N)
		}
		same(t, "entries after", ns, page.want)
	}
	// Of several writers that append the same n, one succeeds.
	won := concurrently(8, func(i int) error { return store.Append(ctx, entry("rival"+string(rune('a'+i)), 13)) })
	for _, err := range won {
		if err != nil {
			wantCode(t, "rival for an n", err, survey.CodeConflict)
		}
	}
	if n := count(won, nil); n != 1 {
		t.Errorf("%d of 8 rivals appended the same n, want 1", n)
	}
}

// cancelled is a context that ended.
func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
