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
	discoverEvery = 2    // polls between two looks for new streams
	allEvery      = 120  // polls between two that ask for ended streams, too: nobody signed that they ended
)

// follower reads the streams of other processes.
type follower struct {
	sync.Mutex
	known   map[string]*followed
	streams []*followed // in the order they were found
	polls   int
}

// followed is another process's stream, or one this process gave up, and how far it was delivered.
type followed struct {
	id    string
	n     int64
	ended *int64 // the n after which its writer ended
}

// over reports whether all that the stream's writer wrote was delivered.
func (s *followed) over() bool { return s.ended != nil && s.n >= *s.ended }

// CatchUp delivers everything the store holds beyond what was delivered before,
// up to the first gap of each stream, also of streams that are said to have ended.
// It may be called again; the error is that of the store.
func (l *Ledger) CatchUp(ctx context.Context) error {
	f := &l.others
	f.Lock()
	defer f.Unlock()
	if err := l.discover(ctx); err != nil {
		return err
	}
	if err := l.follow(ctx, f.streams); err != nil {
		return err
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

// poll delivers what came since the last poll.
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
	if f.polls%allEvery == 0 {
		return l.follow(ctx, f.streams)
	}
	return l.follow(ctx, slices.DeleteFunc(slices.Clone(f.streams), (*followed).over))
}

// discover takes up streams not known yet, and which ended.
func (l *Ledger) discover(ctx context.Context) error {
	streams, err := l.o.Store.Streams(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.others
	for _, s := range streams {
		stream := f.known[s.ID]
		if stream == nil {
			var mine bool
			if stream, mine = l.mine[s.ID]; !mine {
				stream = &followed{id: s.ID}
			}
			if stream == nil {
				continue
			}
			f.known[s.ID] = stream
			f.streams = append(f.streams, stream)
		}
		stream.ended = s.Ended
	}
	return nil
}

// follow delivers what those of the streams hold that moved, in their order.
func (l *Ledger) follow(ctx context.Context, streams []*followed) error {
	if len(streams) == 0 {
		return nil
	}
	after := make(map[string]int64, len(streams))
	for _, s := range streams {
		after[s.id] = s.n
	}
	ids, err := l.o.Store.Moved(ctx, after)
	if err != nil {
		return err
	}
	moved := make(map[string]bool, len(ids))
	for _, id := range ids {
		moved[id] = true
	}
	for _, s := range streams {
		if !moved[s.id] {
			continue
		}
		if err := l.read(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// read delivers what a stream holds after what was delivered, up to the first
// gap. The next page is read while one is delivered.
func (l *Ledger) read(ctx context.Context, s *followed) error {
	type page struct {
		entries []survey.Entry
		err     error
	}
	fetch := func(after int64) <-chan page {
		c := make(chan page, 1)
		go func() {
			entries, err := l.o.Store.Read(ctx, s.id, after, followPage)
			c <- page{entries, err}
		}()
		return c
	}
	for next := fetch(s.n); next != nil; {
		got := <-next
		if got.err != nil {
			return got.err
		}
		entries, n := got.entries, s.n
		for len(entries) > 0 && entries[0].N == n+1 {
			n, entries = n+1, entries[1:]
		}
		entries = got.entries[:len(got.entries)-len(entries)]
		next = nil
		if len(entries) == followPage {
			next = fetch(n)
		}
		l.deliver(entries)
		s.n = n
	}
	return nil
}
