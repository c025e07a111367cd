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

// FaultyStore is a store that fails as it is told to: as a whole, or single
// inserts of its ledger. Whatever no fault was given for goes through.
type FaultyStore struct {
	survey.Store

	mu       sync.Mutex
	queue    []Fault
	each     func() Fault
	poison   map[string]bool
	damaged  map[string]bool
	down     bool
	readOnly bool
	keep     bool
	inserts  int
	late     []func(ctx context.Context)
	find     func()
	watch    func(what string, streams []string)
}

// Faulty wraps a store; it has no faults yet.
func Faulty(store survey.Store) *FaultyStore {
	return &FaultyStore{Store: store, poison: map[string]bool{}, damaged: map[string]bool{}}
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

// SetDown makes everything unavailable, or available again.
func (f *FaultyStore) SetDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// SetReadOnly makes every write unavailable, as on a full disk, or available again.
func (f *FaultyStore) SetReadOnly(readOnly bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readOnly = readOnly
}

func (f *FaultyStore) readable() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return timedOut()
	}
	return nil
}

func (f *FaultyStore) writable() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down || f.readOnly {
		return timedOut()
	}
	return nil
}

// Poison makes an entry impossible to write: every insert stops before it with unavailable.
func (f *FaultyStore) Poison(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.poison[id] = true
}

// Damage makes a stream impossible to read, as one document that cannot be decoded
// does, or readable again.
func (f *FaultyStore) Damage(stream string, damaged bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.damaged[stream] = damaged
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
	case l.f.down || l.f.readOnly:
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

func (l faultyLedger) asks(what string, streams ...string) error {
	l.f.mu.Lock()
	if l.f.watch != nil {
		l.f.watch(what, streams)
	}
	l.f.mu.Unlock()
	return l.f.readable()
}

func (l faultyLedger) RegisterStream(ctx context.Context, s survey.Stream) error {
	if err := l.f.writable(); err != nil {
		return err
	}
	return l.LedgerStore.RegisterStream(ctx, s)
}

func (l faultyLedger) EndStream(ctx context.Context, id string, n int64) error {
	if err := l.f.writable(); err != nil {
		return err
	}
	return l.LedgerStore.EndStream(ctx, id, n)
}

func (l faultyLedger) Streams(ctx context.Context) ([]survey.Stream, error) {
	if err := l.f.readable(); err != nil {
		return nil, err
	}
	return l.LedgerStore.Streams(ctx)
}

func (l faultyLedger) Find(ctx context.Context, ids []string) ([]survey.Entry, error) {
	if err := l.f.readable(); err != nil {
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
	l.f.mu.Lock()
	damaged := l.f.damaged[stream]
	l.f.mu.Unlock()
	if damaged {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "a stored entry cannot be read"}
	}
	return l.LedgerStore.Read(ctx, stream, after, limit)
}

func (l faultyLedger) ReadAt(ctx context.Context, stream string, places []int64) ([]survey.Entry, error) {
	if err := l.f.readable(); err != nil {
		return nil, err
	}
	return l.LedgerStore.ReadAt(ctx, stream, places)
}

func (l faultyLedger) Moved(ctx context.Context, after map[string]int64) ([]string, error) {
	if err := l.asks(AsksMoved, slices.Sorted(maps.Keys(after))...); err != nil {
		return nil, err
	}
	return l.LedgerStore.Moved(ctx, after)
}

func (l faultyLedger) Last(ctx context.Context, stream string) (survey.Entry, error) {
	if err := l.f.readable(); err != nil {
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
	if err := l.f.writable(); err != nil {
		return err
	}
	return l.LedgerStore.EraseOpen(ctx, ids)
}

// Identity implements survey.Store.
func (f *FaultyStore) Identity(ctx context.Context) (survey.Identity, error) {
	if err := f.readable(); err != nil {
		return survey.Identity{}, err
	}
	return f.Store.Identity(ctx)
}

// Ping implements survey.Store.
func (f *FaultyStore) Ping(ctx context.Context) error {
	if err := f.writable(); err != nil {
		return err
	}
	return f.Store.Ping(ctx)
}

// Audit implements survey.Store.
func (f *FaultyStore) Audit() survey.AuditStore { return faultyAudit{f.Store.Audit(), f} }

type faultyAudit struct {
	chain survey.AuditStore
	f     *FaultyStore
}

func (a faultyAudit) Append(ctx context.Context, e survey.AuditEntry) error {
	if err := a.f.writable(); err != nil {
		return err
	}
	return a.chain.Append(ctx, e)
}

func (a faultyAudit) Find(ctx context.Context, id string) (survey.AuditEntry, error) {
	if err := a.f.readable(); err != nil {
		return survey.AuditEntry{}, err
	}
	return a.chain.Find(ctx, id)
}

func (a faultyAudit) Last(ctx context.Context) (survey.AuditEntry, error) {
	if err := a.f.readable(); err != nil {
		return survey.AuditEntry{}, err
	}
	return a.chain.Last(ctx)
}

func (a faultyAudit) After(ctx context.Context, n int64, limit int) ([]survey.AuditEntry, error) {
	if err := a.f.readable(); err != nil {
		return nil, err
	}
	return a.chain.After(ctx, n, limit)
}

type faultyCollection[T survey.Record] struct {
	col survey.Collection[T]
	f   *FaultyStore
}

func (c faultyCollection[T]) Find(ctx context.Context, key string) (doc T, err error) {
	if err := c.f.readable(); err != nil {
		return doc, err
	}
	return c.col.Find(ctx, key)
}

func (c faultyCollection[T]) List(ctx context.Context) ([]T, error) {
	if err := c.f.readable(); err != nil {
		return nil, err
	}
	return c.col.List(ctx)
}

func (c faultyCollection[T]) Create(ctx context.Context, doc T) error {
	if err := c.f.writable(); err != nil {
		return err
	}
	return c.col.Create(ctx, doc)
}

func (c faultyCollection[T]) CreateAll(ctx context.Context, docs []T) error {
	if err := c.f.writable(); err != nil {
		return err
	}
	return c.col.CreateAll(ctx, docs)
}

func (c faultyCollection[T]) Update(ctx context.Context, doc T) error {
	if err := c.f.writable(); err != nil {
		return err
	}
	return c.col.Update(ctx, doc)
}

func (c faultyCollection[T]) SettleAudit(ctx context.Context, key string, rev int64) error {
	if err := c.f.writable(); err != nil {
		return err
	}
	return c.col.SettleAudit(ctx, key, rev)
}

func (c faultyCollection[T]) Remove(ctx context.Context, key string) error {
	if err := c.f.writable(); err != nil {
		return err
	}
	return c.col.Remove(ctx, key)
}

// Agencies implements survey.Store.
func (f *FaultyStore) Agencies() survey.Collection[survey.Agency] {
	return faultyCollection[survey.Agency]{f.Store.Agencies(), f}
}

// Fields implements survey.Store.
func (f *FaultyStore) Fields() survey.Collection[survey.Field] {
	return faultyCollection[survey.Field]{f.Store.Fields(), f}
}

// Procedures implements survey.Store.
func (f *FaultyStore) Procedures() survey.Collection[survey.Procedure] {
	return faultyCollection[survey.Procedure]{f.Store.Procedures(), f}
}

// Points implements survey.Store.
func (f *FaultyStore) Points() survey.Collection[survey.Point] {
	return faultyCollection[survey.Point]{f.Store.Points(), f}
}

// Targets implements survey.Store.
func (f *FaultyStore) Targets() survey.Collection[survey.Target] {
	return faultyCollection[survey.Target]{f.Store.Targets(), f}
}

// Volumes implements survey.Store.
func (f *FaultyStore) Volumes() survey.Collection[survey.Volume] {
	return faultyCollection[survey.Volume]{f.Store.Volumes(), f}
}

// Users implements survey.Store.
func (f *FaultyStore) Users() survey.Collection[survey.User] {
	return faultyCollection[survey.User]{f.Store.Users(), f}
}

// Sessions implements survey.Store.
func (f *FaultyStore) Sessions() survey.Collection[survey.Session] {
	return faultyCollection[survey.Session]{f.Store.Sessions(), f}
}

// Kiosks implements survey.Store.
func (f *FaultyStore) Kiosks() survey.Collection[survey.Kiosk] {
	return faultyCollection[survey.Kiosk]{f.Store.Kiosks(), f}
}

// Devices implements survey.Store.
func (f *FaultyStore) Devices() survey.Collection[survey.Device] {
	return faultyCollection[survey.Device]{f.Store.Devices(), f}
}

// Enrolments implements survey.Store.
func (f *FaultyStore) Enrolments() survey.Collection[survey.Enrolment] {
	return faultyCollection[survey.Enrolment]{f.Store.Enrolments(), f}
}

// Heartbeats implements survey.Store.
func (f *FaultyStore) Heartbeats() survey.Collection[survey.Heartbeat] {
	return faultyCollection[survey.Heartbeat]{f.Store.Heartbeats(), f}
}

// ReceiptBatches implements survey.Store.
func (f *FaultyStore) ReceiptBatches() survey.Collection[survey.ReceiptBatch] {
	return faultyCollection[survey.ReceiptBatch]{f.Store.ReceiptBatches(), f}
}

// ReceiptCodes implements survey.Store.
func (f *FaultyStore) ReceiptCodes() survey.ReceiptCodeStore {
	codes := f.Store.ReceiptCodes()
	return faultyReceiptCodes{faultyCollection[survey.ReceiptCode]{codes, f}, codes}
}

type faultyReceiptCodes struct {
	faultyCollection[survey.ReceiptCode]
	codes survey.ReceiptCodeStore
}

func (c faultyReceiptCodes) CountUsed(ctx context.Context, batches []string) (map[string]int, error) {
	if err := c.f.readable(); err != nil {
		return nil, err
	}
	return c.codes.CountUsed(ctx, batches)
}

func (c faultyReceiptCodes) RemoveBatches(ctx context.Context, batches []string) error {
	if err := c.f.writable(); err != nil {
		return err
	}
	return c.codes.RemoveBatches(ctx, batches)
}

// Campaigns implements survey.Store.
func (f *FaultyStore) Campaigns() survey.Collection[survey.Campaign] {
	return faultyCollection[survey.Campaign]{f.Store.Campaigns(), f}
}

// Recordings implements survey.Store.
func (f *FaultyStore) Recordings() survey.Collection[survey.Recording] {
	return faultyCollection[survey.Recording]{f.Store.Recordings(), f}
}
