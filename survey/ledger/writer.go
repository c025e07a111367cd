package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"sync"
	"time"

	"sipas/survey"
)

// Appended is what became of one draft.
type Appended struct {
	Outcome  survey.Outcome // stored, duplicate, conflict or retry
	Position Position       // of the stored entry; zero for retry
}

// request is one call of Append.
type request struct {
	items []item
	err   error // why items are to be retried
	done  chan struct{}
}

// item is one draft on its way.
type item struct {
	draft  Draft
	salt   []byte
	result Appended
	twins  []*item // later items of the commit with the same id
}

// settle gives the item and its twins their outcomes from the entry that is
// stored under their id.
func (it *item) settle(e survey.Entry) {
	at := Position{Stream: e.Stream, N: e.N}
	outcome := func(it *item) survey.Outcome {
		if SameContent(e, it.draft) {
			return survey.OutcomeDuplicate
		}
		return survey.OutcomeConflict
	}
	if it.salt != nil && bytes.Equal(e.Salt, it.salt) {
		it.result = Appended{survey.OutcomeStored, at}
	} else {
		it.result = Appended{outcome(it), at}
	}
	for _, twin := range it.twins {
		twin.result = Appended{outcome(twin), at}
	}
}

func (it *item) retry() {
	it.result = Appended{Outcome: survey.OutcomeRetry}
	for _, twin := range it.twins {
		twin.retry()
	}
}

// ownStream is the stream this process writes.
type ownStream struct {
	sync.Mutex
	id     string
	head   head
	loose  bool // an insert had no clear answer, and nothing was stored over it since: it may still land
	broken bool // it holds an entry this process did not write and cannot go on
	down   bool // the last commit found no store
	closed bool // the writer ended
}

// write commits what is queued, until the ledger is closed and the queue is empty.
func (l *Ledger) write() {
	for {
		batch := l.next()
		if batch == nil {
			break
		}
		l.own.Lock()
		c := commit{l: l, rest: distinct(batch)}
		away := l.own.down
		c.run()
		switch {
		case c.err != nil && !away:
			l.o.Log.Warn("ledger: entries cannot be written and are to be sent again", "err", c.err)
		case away && !l.own.down:
			l.o.Log.Info("ledger: entries can be written again")
		}
		for _, r := range batch {
			r.err = c.err
		}
		l.deliveries <- delivery{c.confirmed, batch, c.givenUp}
		l.own.Unlock()
	}
	l.own.Lock()
	l.own.closed = true
	close(l.deliveries)
	l.own.Unlock()
}

// next waits for requests and takes as many as fit one insert, at least one; nil
// when the ledger is closed and none is left.
func (l *Ledger) next() []*request {
	for {
		l.mu.Lock()
		taken, entries := 0, 0
		for _, r := range l.queue {
			if entries += len(r.items); taken > 0 && entries > l.o.MaxBatch {
				break
			}
			taken++
		}
		batch := l.queue[:taken:taken]
		l.queue = l.queue[taken:]
		closed := l.closed
		l.mu.Unlock()
		if taken > 0 {
			return batch
		}
		if closed {
			return nil
		}
		<-l.wake
	}
}

// distinct lists the items of a batch by id: the first of each, with the later ones as its twins.
func distinct(batch []*request) []*item {
	var items []*item
	first := map[string]*item{}
	for _, r := range batch {
		for i := range r.items {
			it := &r.items[i]
			if one := first[it.draft.ID]; one != nil {
				one.twins = append(one.twins, it)
				continue
			}
			first[it.draft.ID] = it
			items = append(items, it)
		}
	}
	return items
}

// commit is the writing of one batch. The own stream is locked meanwhile.
//
// Why no late landing can break the chain: an insert is ordered and stops at the
// first entry whose place is taken. While one without a clear answer may still
// land, the stream is loose; every later insert starts at the place after the newest
// entry known to be stored. Either the old one lands there first, then the later one is
// refused and the tail is read back; or the later one does, then the old one can
// never land, and the stream is not loose any more.
type commit struct {
	l         *Ledger
	rest      []*item        // not known to be stored, nor to be refused for good
	confirmed []survey.Entry // new entries of the own stream, in order
	givenUp   []*followed    // own streams that were broken, at their heads
	doubt     bool           // some id of rest may be stored already
	err       error          // why items are to be retried
}

// The waits between attempts that got nowhere, how many of them one entry alone
// is worth, and how many entries in a row may be set aside before the store is
// held to be the cause.
const (
	firstWait   = 20 * time.Millisecond
	longestWait = 500 * time.Millisecond
	maxAttempts = 4
	maxAside    = 3
)

// run writes the batch. Every item has its outcome afterwards.
func (c *commit) run() {
	own := &c.l.own
	ctx, cancel := context.WithTimeout(c.l.ctx, c.l.o.Timeout)
	defer cancel()
	c.doubt = own.loose || c.l.seen.holds(c.rest)
	limit, wait, attempts, aside := c.l.o.MaxBatch, firstWait, 0, 0
	for len(c.rest) > 0 {
		left := len(c.rest)
		reached, err := c.step(ctx, limit)
		if reached {
			own.down = false
		}
		if len(c.rest) < left {
			limit, wait, attempts, aside = min(2*limit, c.l.o.MaxBatch), firstWait, 0, 0
			continue
		}
		attempts++
		if err != nil && own.down {
			c.giveUp(err) // it was away before: nobody is kept waiting
			return
		}
		if err != nil && reached {
			// The store answers but does not take these entries. One of them may be
			// the cause, so fewer are tried; one that is not taken alone is set
			// aside, so that it does not keep the others out.
			if limit == 1 && attempts >= maxAttempts && aside < maxAside {
				aside++
				c.err = err
				c.rest[0].retry()
				c.rest = c.rest[1:]
				continue
			}
			limit = max(1, min(limit, left)/4)
		}
		if aside == maxAside || !pause(ctx, wait) {
			c.giveUp(err)
			return
		}
		wait = min(2*wait, longestWait)
	}
}

// giveUp leaves the rest to be sent again.
func (c *commit) giveUp(err error) {
	c.l.own.down = true
	if c.err = err; err == nil {
		c.err = context.DeadlineExceeded
	}
	for _, it := range c.rest {
		it.retry()
	}
	c.rest = nil
}

// pause waits; false where ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// step clears up what is in doubt and inserts up to limit entries of the rest.
// reached says that the store answered everything that was asked before the insert.
// No error means that the answer of the store was clear, not that anything was stored.
func (c *commit) step(ctx context.Context, limit int) (reached bool, err error) {
	own := &c.l.own
	if own.loose {
		if err := c.readBack(ctx); err != nil {
			return false, err
		}
	}
	if own.broken {
		if err := c.renew(ctx); err != nil {
			return false, err
		}
	}
	if c.doubt {
		if err := c.find(ctx); err != nil {
			return false, err
		}
	}
	if len(c.rest) == 0 || c.doubt {
		return true, nil
	}
	entries, err := c.chain(min(limit, len(c.rest)))
	if err != nil {
		return true, err
	}
	err = c.insert(ctx, entries)
	var taken *survey.DuplicateError
	switch {
	case err == nil:
		c.confirm(entries)
		own.loose = false
		return true, nil
	case errors.As(err, &taken) && taken.Index >= 0 && taken.Index < len(entries):
		c.confirm(entries[:taken.Index])
		if taken.Index > 0 {
			own.loose = false // its place is taken now
		}
		own.loose = own.loose || taken.Position
		c.doubt = true
		return true, nil
	default:
		own.loose, c.doubt = true, true
		return true, err
	}
}

// insert leaves half of the remaining time for reading back.
func (c *commit) insert(ctx context.Context, entries []survey.Entry) error {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	return c.l.o.Store.Insert(ctx, entries)
}

// chain makes entries of the first n items, after the head.
func (c *commit) chain(n int) ([]survey.Entry, error) {
	own := &c.l.own
	entries := make([]survey.Entry, n)
	h := own.head
	for i, it := range c.rest[:n] {
		// An item keeps its salt, so that one that lands late is known again.
		if it.salt == nil {
			salt := make([]byte, saltSize)
			if _, err := io.ReadFull(c.l.o.Random, salt); err != nil {
				return nil, &survey.Error{Code: survey.CodeInternal, Message: "no randomness for a salt", Err: err}
			}
			it.salt = salt
		}
		e := survey.Entry{ID: it.draft.ID, Kind: it.draft.Kind, Stream: own.id, N: h.n + 1, Prev: h.hash,
			Kept: it.draft.Kept, OpenHash: OpenHash(it.salt, it.draft.Open), Salt: it.salt}
		if len(it.draft.Open) > 0 {
			e.Open = it.draft.Open
		}
		e.Hash = EntryHash(e)
		entries[i] = e
		h = head{e.N, e.Hash}
	}
	entries[n-1].Signature = ed25519.Sign(c.l.o.Key, entries[n-1].Hash)
	return entries, nil
}

// confirm takes note that the entries made of the first items are stored.
func (c *commit) confirm(entries []survey.Entry) {
	for i, e := range entries {
		c.rest[i].settle(e)
		c.advance(e)
	}
	c.rest = c.rest[len(entries):]
}

func (c *commit) advance(e survey.Entry) {
	c.l.own.head = head{e.N, e.Hash}
	c.confirmed = append(c.confirmed, e)
}

// readBack reads what the own stream holds after the head; which items these
// are, find tells. Entries of earlier commits may be among them. An entry that does not
// follow was not written by this process: the stream is broken.
func (c *commit) readBack(ctx context.Context) error {
	own := &c.l.own
	for {
		entries, err := c.l.o.Store.Read(ctx, own.id, own.head.n, c.l.o.MaxBatch)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.N > own.head.n+1 {
				return nil // not the next one: its place will be refused when it is reached
			}
			if !own.head.continues(e) {
				own.broken = true
				return nil
			}
			c.advance(e)
		}
		if len(entries) < c.l.o.MaxBatch {
			return nil
		}
	}
}

// renew goes over from a broken stream to a new one. What the old one holds
// after its head is another writer's, so the follower takes it over there.
func (c *commit) renew(ctx context.Context) error {
	own := &c.l.own
	old := &followed{id: own.id, n: own.head.n}
	if err := c.l.register(ctx); err != nil {
		return err
	}
	c.givenUp = append(c.givenUp, old)
	c.l.o.Log.Error("ledger: the own stream holds an entry of another writer; going on with a new stream", "stream", old.id, "n", old.n+1, "new", own.id)
	return nil
}

// find settles the items whose ids are stored. It leaves the doubt where an
// entry of the own stream is among them that was not read back yet.
func (c *commit) find(ctx context.Context) error {
	own := &c.l.own
	var stored []survey.Entry
	for i := 0; i < len(c.rest); i += c.l.o.MaxBatch {
		var ids []string
		for _, it := range c.rest[i:min(i+c.l.o.MaxBatch, len(c.rest))] {
			ids = append(ids, it.draft.ID)
		}
		found, err := c.l.o.Store.Find(ctx, ids)
		if err != nil {
			return err
		}
		stored = append(stored, found...)
	}
	for _, e := range stored {
		if e.Stream == own.id && e.N > own.head.n {
			own.loose = true
			return nil
		}
	}
	c.drop(stored)
	c.doubt = false
	return nil
}

// drop settles the items stored as the entries and takes them out of the rest.
func (c *commit) drop(stored []survey.Entry) {
	byID := make(map[string]survey.Entry, len(stored))
	for _, e := range stored {
		byID[e.ID] = e
	}
	rest := c.rest[:0:0]
	for _, it := range c.rest {
		if e, ok := byID[it.draft.ID]; ok {
			it.settle(e)
		} else {
			rest = append(rest, it)
		}
	}
	c.rest = rest
}

// settleOwn delivers entries of the own stream that landed after their callers
// were told unavailable, and leaves the stream to the follower where another writer's are among them. A commit under way does the same, so it is not waited for.
func (l *Ledger) settleOwn(ctx context.Context) error {
	if !l.own.TryLock() {
		return nil
	}
	defer l.own.Unlock()
	if !l.own.loose || l.own.closed {
		return nil
	}
	c := commit{l: l}
	err := c.readBack(ctx)
	if err == nil && l.own.broken {
		err = c.renew(ctx)
	}
	if len(c.confirmed) > 0 || len(c.givenUp) > 0 {
		l.deliveries <- delivery{entries: c.confirmed, givenUp: c.givenUp}
	}
	return err
}
