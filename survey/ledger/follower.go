package ledger

import (
	"context"
	"slices"
	"sync"
	"time"

	"sipas/survey"
)

const (
	followPage    = 5000 // entries read at a time
	discoverEvery = 4    // polls between two looks for new streams
	followFront   = 16   // streams read at every poll: the newest and those that moved last
	followCycle   = 60   // polls in which each of the others is read once
)

// follower reads the streams of other processes.
type follower struct {
	sync.Mutex
	known   map[string]*followed
	streams []*followed // the newest, or last moved, first
	polls   int
	turn    int // which of the streams behind the front is read next
}

// followed is another process's stream, or one this process gave up, and how far it was delivered.
type followed struct {
	id  string
	n   int64
	gap bool // an entry after n is there, the next one is not
}

// CatchUp delivers everything the store holds beyond what was delivered before,
// up to the first gap of each stream. It may be called again; the error is that of the store.
func (l *Ledger) CatchUp(ctx context.Context) error {
	f := &l.others
	f.Lock()
	defer f.Unlock()
	if err := l.discover(ctx); err != nil {
		return err
	}
	for _, s := range slices.Backward(f.streams) {
		if _, err := l.read(ctx, s); err != nil {
			return err
		}
	}
	return l.settleOwn(ctx)
}

// Run follows the streams of other processes until ctx ends, and returns nil
// then. A store that does not answer is asked again at the next poll.
func (l *Ledger) Run(ctx context.Context) error {
	ticker := time.NewTicker(l.o.PollInterval)
	defer ticker.Stop()
	lost := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		switch err := l.poll(ctx); {
		case err != nil && ctx.Err() == nil && !lost:
			lost = true
			l.o.Log.Warn("ledger: the other streams cannot be read", "err", err)
		case err == nil && lost:
			lost = false
			l.o.Log.Info("ledger: the other streams can be read again")
		}
	}
}

// poll reads the streams at the front and its share of the others.
func (l *Ledger) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.o.Timeout)
	defer cancel()
	f := &l.others
	f.Lock()
	defer f.Unlock()
	if f.polls++; f.polls%discoverEvery == 1 {
		if err := l.discover(ctx); err != nil {
			return err
		}
	}
	if err := l.settleOwn(ctx); err != nil {
		return err
	}
	for _, s := range f.due() {
		moved, err := l.read(ctx, s)
		if err != nil {
			return err
		}
		if moved {
			i := slices.Index(f.streams, s)
			copy(f.streams[1:i+1], f.streams[:i])
			f.streams[0] = s
		}
	}
	return nil
}

// due lists the streams to read at this poll: a stream that moves is read at
// every poll, and none waits longer than a cycle.
func (f *follower) due() []*followed {
	front := min(followFront, len(f.streams))
	due := slices.Clone(f.streams[:front])
	behind := f.streams[front:]
	for range (len(behind) + followCycle - 1) / followCycle {
		f.turn %= len(behind)
		due = append(due, behind[f.turn])
		f.turn++
	}
	return due
}

// discover puts streams not known yet to the front.
func (l *Ledger) discover(ctx context.Context) error {
	streams, err := l.o.Store.Streams(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.others
	var found []*followed
	for _, s := range slices.Backward(streams) { // the store lists the oldest first
		if f.known[s.ID] != nil {
			continue
		}
		stream, mine := l.mine[s.ID]
		if !mine {
			stream = &followed{id: s.ID}
		}
		if stream != nil {
			f.known[s.ID] = stream
			found = append(found, stream)
		}
	}
	f.streams = append(found, f.streams...)
	return nil
}

// read delivers what a stream holds after what was delivered, up to the first
// gap. The next page is read while one is delivered.
func (l *Ledger) read(ctx context.Context, s *followed) (moved bool, err error) {
	type page struct {
		entries []survey.Entry
		err     error
	}
	fetch := func(after int64, limit int) <-chan page {
		c := make(chan page, 1)
		go func() {
			entries, err := l.o.Store.Read(ctx, s.id, after, limit)
			c <- page{entries, err}
		}()
		return c
	}
	limit := followPage
	if s.gap {
		limit = 1 // it may stay for long: what is behind it is not read each time
	}
	for next := fetch(s.n, limit); next != nil; limit = followPage {
		got := <-next
		if got.err != nil {
			return moved, got.err
		}
		entries, n := got.entries, s.n
		for len(entries) > 0 && entries[0].N == n+1 {
			n, entries = n+1, entries[1:]
		}
		entries = got.entries[:len(got.entries)-len(entries)]
		s.gap = len(entries) < len(got.entries)
		next = nil
		if len(entries) == limit {
			next = fetch(n, followPage)
		}
		l.deliver(entries)
		s.n, moved = n, moved || len(entries) > 0
	}
	return moved, nil
}
