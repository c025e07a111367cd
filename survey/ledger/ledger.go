package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"sipas/survey"
)

// What Options leave open.
const (
	defaultPollInterval = 500 * time.Millisecond
	defaultTimeout      = 10 * time.Second
	defaultMaxBatch     = 1000
)

// Options are what a Ledger works with. Store and Key must be given.
type Options struct {
	Store  survey.LedgerStore
	Key    ed25519.PrivateKey // signs the commits of this process
	Now    func() time.Time   // time.Now where nil
	Random io.Reader          // of stream ids and salts; crypto/rand where nil
	Log    *slog.Logger       // nothing is logged where nil

	// PollInterval is how often Run looks for new entries of other streams; 500 ms
	// where zero. New streams are looked for at every second poll.
	PollInterval time.Duration
	// Timeout is how long one commit may take, recovery from unclear answers
	// included, before its callers are told unavailable; 10 s where zero.
	Timeout time.Duration
	// MaxBatch is the most entries written by one insert; 1000 where zero.
	MaxBatch int
}

// Ledger is this process's part in the ledger: the writer of one stream and a
// follower of all others. Its methods are safe for concurrent use.
type Ledger struct {
	o Options

	ctx    context.Context // of work that no single caller waits for; ends when Close gives up waiting
	cancel context.CancelFunc

	mu     sync.Mutex
	queue  []*request
	closed bool
	mine   map[string]*followed // streams this process registered: nil where the follower leaves it alone, else from where it follows one given up
	wake   chan struct{}        // the queue grew or was closed
	ended  chan struct{}        // everything accepted before Close is committed and delivered

	own       ownStream
	seen      *recent
	notBefore time.Time // a stream of this process starts no earlier, whatever its clock says

	deliveries  chan delivery // own entries in order, with the callers that wait for them
	delivering  sync.Mutex
	subscribers []func([]survey.Entry)

	others follower
}

// delivery is what one commit leaves to be done once it is durable.
type delivery struct {
	entries  []survey.Entry
	requests []*request
	givenUp  []*followed // own streams left to the follower, with how far they are delivered after entries
}

// Open registers this process as a new stream of the ledger, durably, and starts
// its writer. The stream starts at the time of Now, or at what Time gives where that
// is an hour later or more. Unavailable where the store cannot be written; invalid for a key
// of the wrong length.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	if len(o.Key) != ed25519.PrivateKeySize {
		return nil, &survey.Error{Code: survey.CodeInvalid, Reason: "ledger.key", Message: "the ledger key is no Ed25519 private key"}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.PollInterval <= 0 {
		o.PollInterval = defaultPollInterval
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = defaultMaxBatch
	}
	l := &Ledger{
		o:          o,
		mine:       map[string]*followed{},
		seen:       newRecent(),
		wake:       make(chan struct{}, 1),
		ended:      make(chan struct{}),
		deliveries: make(chan delivery, 4),
		others:     follower{known: map[string]*followed{}},
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	err := l.checkClock(ctx)
	if err == nil {
		err = l.register(ctx)
	}
	if err != nil {
		l.cancel()
		return nil, err
	}
	go l.write()
	go l.hand()
	return l, nil
}

// checkClock finds out whether this process's clock is behind: what it receives would
// seem older than it is, and be erased early.
func (l *Ledger) checkClock(ctx context.Context) error {
	newest, err := Time(ctx, l.o.Store)
	if err != nil {
		return err
	}
	if now := l.o.Now(); now.Before(newest.Add(-startSlack)) {
		l.notBefore = newest
		l.o.Log.Warn("ledger: the clock of this machine is behind the ledger; set it right and start again", "clock", now.UTC(), "ledger", newest)
	}
	return nil
}

// register makes a new stream and goes over to it. The caller holds own.Mutex,
// or is Open.
func (l *Ledger) register(ctx context.Context) error {
	id := make([]byte, 10)
	if _, err := io.ReadFull(l.o.Random, id); err != nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "no randomness for a stream id", Err: err}
	}
	startedAt := l.o.Now()
	if startedAt.Before(l.notBefore) {
		startedAt = l.notBefore
	}
	s := survey.Stream{
		ID:        strings.ToLower(base32.StdEncoding.EncodeToString(id)),
		PublicKey: l.o.Key.Public().(ed25519.PublicKey),
		StartedAt: startedAt.UTC().Truncate(time.Millisecond),
	}
	// Before it can be seen in the store, or the follower would deliver its entries too.
	l.mu.Lock()
	l.mine[s.ID] = nil
	l.mu.Unlock()
	if err := l.o.Store.RegisterStream(ctx, s); err != nil {
		return err
	}
	l.own.id, l.own.head, l.own.loose, l.own.broken = s.ID, start(), false, false
	return nil
}

// Append writes drafts to the ledger and returns when they are durable and the
// subscribers have seen them. Whoever comes while a commit is under way joins the next one.
//
// The outcomes are in the order of the drafts: stored; duplicate or conflict
// where the id is taken, by the same or by other content (Position is then where it
// is), also within the drafts; retry where it is not known to be stored.
//
// The error is always unavailable: the store did not answer in time, ctx ended or
// the ledger is closed. Nothing of the drafts is then known to be stored, and some
// may still land; sending them again with the same ids is safe.
// The drafts' bytes must not be changed afterwards.
func (l *Ledger) Append(ctx context.Context, drafts []Draft) ([]Appended, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	r := &request{items: make([]item, len(drafts)), done: make(chan struct{})}
	for i, d := range drafts {
		r.items[i].draft = d
	}
	if !l.enqueue(r) {
		return nil, unavailable(nil)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		l.withdraw(r)
		return nil, unavailable(ctx.Err())
	}
	known := false
	out := make([]Appended, len(drafts))
	for i := range r.items {
		out[i] = r.items[i].result
		known = known || out[i].Outcome != survey.OutcomeRetry
	}
	if !known {
		return nil, unavailable(r.err)
	}
	return out, nil
}

func unavailable(err error) error {
	return &survey.Error{Code: survey.CodeUnavailable, Message: "the ledger cannot be written now", Err: err}
}

func (l *Ledger) enqueue(r *request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.queue = append(l.queue, r)
	l.signal()
	return true
}

// withdraw takes a request that nobody waits for any more out of the queue, if
// it is still there.
func (l *Ledger) withdraw(r *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, q := range l.queue {
		if q == r {
			l.queue = append(l.queue[:i:i], l.queue[i+1:]...)
			return
		}
	}
}

func (l *Ledger) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Subscribe adds a receiver of entries; call it before CatchUp. Every entry of
// every stream is handed over exactly once, those of a stream in order, one call
// at a time. The slice may be kept but not changed. Append waits for fn, so it
// must be quick and must not call the ledger.
func (l *Ledger) Subscribe(fn func([]survey.Entry)) {
	l.delivering.Lock()
	defer l.delivering.Unlock()
	l.subscribers = append(l.subscribers, fn)
}

func (l *Ledger) deliver(entries []survey.Entry) {
	if len(entries) == 0 {
		return
	}
	l.seen.add(entries)
	l.delivering.Lock()
	defer l.delivering.Unlock()
	for _, fn := range l.subscribers {
		fn(entries)
	}
}

// hand gives own entries to the subscribers and then answers those who wait for
// them, while the next commit is already under way.
func (l *Ledger) hand() {
	defer close(l.ended)
	for d := range l.deliveries {
		l.deliver(d.entries)
		l.mu.Lock()
		for _, s := range d.givenUp {
			l.mine[s.id] = s
		}
		l.mu.Unlock()
		for _, r := range d.requests {
			close(r.done)
		}
	}
}

// Close takes no more drafts, waits for what was taken before to be committed
// and answered, and ends the writer and, where nothing of it can land any more, its
// stream; the store stays open. Unavailable where ctx ends first: the commit under way is then given up.
func (l *Ledger) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.signal()
	defer l.cancel()
	select {
	case <-l.ended:
		l.endStream(ctx)
		return nil
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// endStream tells the followers that the own stream is complete. Without that
// they look at it for ever, which costs little.
func (l *Ledger) endStream(ctx context.Context) {
	l.own.Lock()
	defer l.own.Unlock()
	if l.own.loose || l.own.broken {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.Timeout)
	defer cancel()
	if err := l.o.Store.EndStream(ctx, l.own.id, l.own.head.n); err != nil {
		l.o.Log.Info("ledger: the end of the own stream cannot be noted", "stream", l.own.id, "err", err)
	}
}

// Erase removes the open part of a response for ever, as EraseAll does. not_found
// where no response has the id; unavailable where the store did not answer: repeat it.
func (l *Ledger) Erase(ctx context.Context, id string, reason string) error {
	e, err := l.response(ctx, id)
	if err != nil {
		return err
	}
	return l.EraseAll(ctx, []survey.Entry{e}, reason)
}

// eraseBatch is how many responses are erased at a time.
const eraseBatch = 500

// EraseAll removes the open parts of stored responses for ever, some hundreds at
// a time: first the erasure entries that say so, then the bytes. Repeating it finishes
// what was interrupted and is no error. Unavailable where the store did not answer: repeat it.
func (l *Ledger) EraseAll(ctx context.Context, responses []survey.Entry, reason string) error {
	for batch := range slices.Chunk(responses, eraseBatch) {
		drafts := make([]Draft, len(batch))
		for i, e := range batch {
			kept, err := EncodeErasure(Erasure{Response: e.ID, Stream: e.Stream, N: e.N, Reason: reason, At: l.o.Now()})
			if err != nil {
				return err
			}
			drafts[i] = Draft{ID: erasureID(e.ID), Kind: survey.EntryErasure, Kept: kept}
		}
		out, err := l.Append(ctx, drafts)
		if err != nil {
			return err
		}
		var ids []string
		for i, a := range out {
			// A conflict is an erasure of before, with its own reason and time.
			if a.Outcome != survey.OutcomeRetry {
				ids = append(ids, batch[i].ID)
			}
		}
		if err := l.o.Store.EraseOpen(ctx, ids); err != nil {
			return err
		}
		if len(ids) < len(batch) {
			return unavailable(nil)
		}
	}
	return nil
}

// Flag appends a judgement on a response. Stream and N are filled in, and At
// where it is zero. The same judgement a second time is no error. not_found where no
// response has the id; unavailable where the store did not answer.
func (l *Ledger) Flag(ctx context.Context, f Flagging) error {
	e, err := l.response(ctx, f.Response)
	if err != nil {
		return err
	}
	f.Stream, f.N = e.Stream, e.N
	if f.At.IsZero() {
		f.At = l.o.Now()
	}
	kept, err := EncodeFlagging(f)
	if err != nil {
		return err
	}
	return l.appendOne(ctx, Draft{ID: flaggingID(f.Response, kept), Kind: survey.EntryFlag, Kept: kept})
}

// flagBatch is how many judgements are appended at a time.
const flagBatch = 500

// FlagAll appends judgements on responses whose Stream and N, and the At of the
// judgement, the caller gives: some hundreds at a time, without looking the
// responses up. It gives how many were stored; the same judgement a second time is none
// and no error. Unavailable where the store did not answer: repeat it.
func (l *Ledger) FlagAll(ctx context.Context, flaggings []Flagging) (stored int, err error) {
	for batch := range slices.Chunk(flaggings, flagBatch) {
		drafts := make([]Draft, len(batch))
		for i, f := range batch {
			kept, err := EncodeFlagging(f)
			if err != nil {
				return stored, err
			}
			drafts[i] = Draft{ID: flaggingID(f.Response, kept), Kind: survey.EntryFlag, Kept: kept}
		}
		out, err := l.Append(ctx, drafts)
		if err != nil {
			return stored, err
		}
		retry := false
		for _, a := range out {
			switch a.Outcome {
			case survey.OutcomeStored:
				stored++
			case survey.OutcomeRetry:
				retry = true
			}
		}
		if retry {
			return stored, unavailable(nil)
		}
	}
	return stored, nil
}

// response finds the stored entry of a response, or not_found.
func (l *Ledger) response(ctx context.Context, id string) (survey.Entry, error) {
	found, err := l.o.Store.Find(ctx, []string{id})
	if err != nil {
		return survey.Entry{}, err
	}
	if len(found) == 0 || found[0].Kind != survey.EntryResponse {
		return survey.Entry{}, &survey.Error{Code: survey.CodeNotFound, Message: "no such response"}
	}
	return found[0], nil
}

func (l *Ledger) appendOne(ctx context.Context, d Draft) error {
	out, err := l.Append(ctx, []Draft{d})
	if err != nil {
		return err
	}
	if out[0].Outcome == survey.OutcomeConflict {
		return &survey.Error{Code: survey.CodeConflict, Message: "the ledger has another entry of this id"}
	}
	return nil
}
