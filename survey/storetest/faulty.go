package storetest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"sipas/survey"
)

// Fault is what one insert does instead of the plain one: entries is what was to
// be written to store.
type Fault func(ctx context.Context, store survey.LedgerStore, entries []survey.Entry) error

// FaultyStore is a store whose ledger fails as it is told to. Everything else,
// and every insert no fault was given for, goes through.
type FaultyStore struct {
	survey.Store

	mu      sync.Mutex
	queue   []Fault
	each    func() Fault
	poison  map[string]bool
	down    bool
	keep    bool
	inserts int
	late    []func(ctx context.Context)
	find    func()
	watch   func(what string, streams []string)
}

// Faulty wraps a store; it has no faults yet.
func Faulty(store survey.Store) *FaultyStore {
	return &FaultyStore{Store: store, poison: map[string]bool{}}
}

// Inject gives a fault to each of the coming inserts, in order; nil is none.
func (f *FaultyStore) Inject(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = append(f.queue, faults...)
}

// Each asks fn, one call at a time, for the fault of every insert that Inject gave none.
func (f *FaultyStore) Each(fn func() Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.each = fn
}

// SetDown makes everything the ledger asks unavailable, or available again.
func (f *FaultyStore) SetDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// Poison makes an entry impossible to write: every insert stops before it with unavailable.
func (f *FaultyStore) Poison(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.poison[id] = true
}

// KeepOpen makes erasing unavailable, and nothing else, or available again.
func (f *FaultyStore) KeepOpen(keep bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep = keep
}

// What Watch tells of.
const (
	AsksMoved = "moved" // what moved of the streams
	AsksRead  = "read"  // the entries of the one stream
)

// Watch calls fn, one call at a time, before the ledger asks something of streams.
func (f *FaultyStore) Watch(fn func(what string, streams []string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watch = fn
}

// BeforeFind calls fn once, before the next look-up of ids.
func (f *FaultyStore) BeforeFind(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.find = fn
}

// Inserts counts the inserts so far.
func (f *FaultyStore) Inserts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inserts
}

// Land lets what TimeOutLate held back reach the store, in the order it was held.
func (f *FaultyStore) Land(ctx context.Context) {
	f.mu.Lock()
	late := f.late
	f.late = nil
	f.mu.Unlock()
	for _, land := range late {
		land(ctx)
	}
}

func timedOut() error {
	return &survey.Error{Code: survey.CodeUnavailable, Message: "no clear answer"}
}

// TimeOutLanded stores everything and answers that it is not known.
func TimeOutLanded(ctx context.Context, store survey.LedgerStore, entries []survey.Entry) error {
	_ = store.Insert(ctx, entries)
	return timedOut()
}

// TimeOutLost stores nothing and answers that it is not known.
func TimeOutLost(context.Context, survey.LedgerStore, []survey.Entry) error { return timedOut() }

// TimeOutAfter stores the first n entries and answers that it is not known.
func TimeOutAfter(n int) Fault {
	return func(ctx context.Context, store survey.LedgerStore, entries []survey.Entry) error {
		if n = min(n, len(entries)); n > 0 {
			_ = store.Insert(ctx, entries[:n])
		}
		return timedOut()
	}
}

// TimeOutLate stores the first n entries, answers that it is not known, and goes
// on with the others when Land is called, as an ordered insert does: up to
// the first that is taken.
func (f *FaultyStore) TimeOutLate(n int) Fault {
	return func(ctx context.Context, store survey.LedgerStore, entries []survey.Entry) error {
		n := min(n, len(entries))
		if n > 0 && store.Insert(ctx, entries[:n]) != nil {
			return timedOut()
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if n < len(entries) {
			f.late = append(f.late, func(ctx context.Context) { _ = store.Insert(ctx, entries[n:]) })
		}
		return timedOut()
	}
}

// Hang answers only when its context ends, and stores nothing.
func Hang(ctx context.Context, _ survey.LedgerStore, _ []survey.Entry) error {
	<-ctx.Done()
	return timedOut()
}

// Before calls fn and then inserts: whatever fn stores comes first, so that a
// duplicate can be placed anywhere.
func Before(fn func(entries []survey.Entry)) Fault {
	return func(ctx context.Context, store survey.LedgerStore, entries []survey.Entry) error {
		fn(entries)
		return store.Insert(ctx, entries)
	}
}

// Ledger implements survey.Store.
func (f *FaultyStore) Ledger() survey.LedgerStore { return faultyLedger{f.Store.Ledger(), f} }

type faultyLedger struct {
	survey.LedgerStore
	f *FaultyStore
}

func (l faultyLedger) Insert(ctx context.Context, entries []survey.Entry) error {
	l.f.mu.Lock()
	l.f.inserts++
	var fault Fault
	switch {
	case l.f.down:
		fault = TimeOutLost
	case len(l.f.queue) > 0:
		fault, l.f.queue = l.f.queue[0], l.f.queue[1:]
	case l.f.each != nil:
		fault = l.f.each()
	}
	for i, e := range entries {
		if fault == nil && l.f.poison[e.ID] {
			fault = TimeOutAfter(i)
		}
	}
	l.f.mu.Unlock()
	if fault != nil {
		return fault(ctx, l.LedgerStore, entries)
	}
	return l.LedgerStore.Insert(ctx, entries)
}

func (l faultyLedger) reachable() error {
	l.f.mu.Lock()
	defer l.f.mu.Unlock()
	if l.f.down {
		return timedOut()
	}
	return nil
}

func (l faultyLedger) asks(what string, streams ...string) error {
	l.f.mu.Lock()
	if l.f.watch != nil {
		l.f.watch(what, streams)
	}
	l.f.mu.Unlock()
	return l.reachable()
}

func (l faultyLedger) RegisterStream(ctx context.Context, s survey.Stream) error {
	if err := l.reachable(); err != nil {
		return err
	}
	return l.LedgerStore.RegisterStream(ctx, s)
}

func (l faultyLedger) EndStream(ctx context.Context, id string, n int64) error {
	if err := l.reachable(); err != nil {
		return err
	}
	return l.LedgerStore.EndStream(ctx, id, n)
}

func (l faultyLedger) Streams(ctx context.Context) ([]survey.Stream, error) {
	if err := l.reachable(); err != nil {
		return nil, err
	}
	return l.LedgerStore.Streams(ctx)
}

func (l faultyLedger) Find(ctx context.Context, ids []string) ([]survey.Entry, error) {
	if err := l.reachable(); err != nil {
		return nil, err
	}
	l.f.mu.Lock()
	before := l.f.find
	l.f.find = nil
	l.f.mu.Unlock()
	if before != nil {
		before()
	}
	return l.LedgerStore.Find(ctx, ids)
}

func (l faultyLedger) Read(ctx context.Context, stream string, after int64, limit int) ([]survey.Entry, error) {
	if err := l.asks(AsksRead, stream); err != nil {
		return nil, err
	}
	return l.LedgerStore.Read(ctx, stream, after, limit)
}

func (l faultyLedger) Moved(ctx context.Context, after map[string]int64) ([]string, error) {
	if err := l.asks(AsksMoved, slices.Sorted(maps.Keys(after))...); err != nil {
		return nil, err
	}
	return l.LedgerStore.Moved(ctx, after)
}

func (l faultyLedger) Last(ctx context.Context, stream string) (survey.Entry, error) {
	if err := l.reachable(); err != nil {
		return survey.Entry{}, err
	}
	return l.LedgerStore.Last(ctx, stream)
}

func (l faultyLedger) EraseOpen(ctx context.Context, ids []string) error {
	l.f.mu.Lock()
	keep := l.f.keep
	l.f.mu.Unlock()
	if keep {
		return timedOut()
	}
	if err := l.reachable(); err != nil {
		return err
	}
	return l.LedgerStore.EraseOpen(ctx, ids)
}
