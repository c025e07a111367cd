package ledger

import (
	"context"
	"errors"
	"fmt"
	"math"
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
// It may be called again. The error is that of the store; where it is about single
// streams, it names each and the place, and everything of the others was delivered.
func (l *Ledger) CatchUp(ctx context.Context) error {
	f := &l.others
	f.Lock()
	defer f.Unlock()
	if err := l.discover(ctx); err != nil {
		return err
	}
	_, err := l.follow(ctx, f.streams, math.MaxInt)
	return errors.Join(err, l.settleOwn(ctx))
}

// Run follows the streams of other processes until ctx ends, and returns nil
// then. What cannot be read is asked for again at the next poll.
func (l *Ledger) Run(ctx context.Context) error {
	ticker := time.NewTicker(l.o.PollInterval)
	defer ticker.Stop()
	lost, more := false, false
	for {
		if !more {
			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		var err error
		more, err = l.poll(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !lost:
			lost = true
			l.o.Log.Warn("ledger: other streams cannot be read", "err", err)
		case err == nil && lost:
			lost = false
			l.o.Log.Info("ledger: all other streams can be read again")
		}
	}
}

// poll delivers what came since the last poll, up to a page of each stream: one
// that holds much does not keep the others waiting. more says that some hold more.
func (l *Ledger) poll(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.o.Timeout)
	defer cancel()
	f := &l.others
	f.Lock()
	defer f.Unlock()
	if f.polls++; f.polls%discoverEvery == 1 {
		if err := l.discover(ctx); err != nil {
			return false, err
		}
	}
	own := l.settleOwn(ctx)
	if survey.IsCode(own, survey.CodeUnavailable) {
		return false, own
	}
	streams := f.streams
	if f.polls%allEvery != 0 {
		streams = slices.DeleteFunc(slices.Clone(streams), (*followed).over)
	}
	more, err = l.follow(ctx, streams, 1)
	return more && err == nil, errors.Join(own, err)
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

// follow delivers what those of the streams hold that moved, in their order, up to
// so many pages of each; more says that some hold more. One that cannot be read
// does not keep the others waiting, unless it is the store that does not answer.
func (l *Ledger) follow(ctx context.Context, streams []*followed, pages int) (more bool, err error) {
	if len(streams) == 0 {
		return false, nil
	}
	after := make(map[string]int64, len(streams))
	for _, s := range streams {
		after[s.id] = s.n
	}
	ids, err := l.o.Store.Moved(ctx, after)
	if err != nil {
		return false, err
	}
	moved := make(map[string]bool, len(ids))
	for _, id := range ids {
		moved[id] = true
	}
	var failed error
	for _, s := range streams {
		if !moved[s.id] {
			continue
		}
		full, err := l.read(ctx, s, pages)
		more = more || full
		failed = errors.Join(failed, err)
		if survey.IsCode(err, survey.CodeUnavailable) {
			break
		}
	}
	return more, failed
}

// read delivers what a stream holds after what was delivered, up to the first gap
// or so many pages; more says that the last page was full. The next page is read
// while one is delivered.
func (l *Ledger) read(ctx context.Context, s *followed, pages int) (more bool, err error) {
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
			return false, &survey.Error{Code: survey.CodeOf(got.err), Err: got.err,
				Message: fmt.Sprintf("the ledger's stream %q cannot be read on from number %d", s.id, s.n+1)}
		}
		entries, n := got.entries, s.n
		for len(entries) > 0 && entries[0].N == n+1 {
			n, entries = n+1, entries[1:]
		}
		entries = got.entries[:len(got.entries)-len(entries)]
		more, next = len(entries) == followPage, nil
		if pages--; more && pages > 0 {
			next = fetch(n)
		}
		l.deliver(entries)
		s.n = n
	}
	return more, nil
}
