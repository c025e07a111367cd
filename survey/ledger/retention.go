package ledger

import (
	"context"
	"errors"
	"sync"
	"time"

	"sipas/survey"
)

// ReasonRetention is the reason that erasures of a Retention give.
const ReasonRetention = "retention"

const (
	retentionPage = 500 // entries read at a time
	// Entries of a stream are in the order of their receipt, but for the moments for
	// which a response waits for its commit and a node's clock is set back.
	retentionSlack = time.Hour
	// A walk ends with so many pages in a row that were received later: in fewer the clock may have been ahead.
	laterPages = 8
)

// Retention erases the open parts of responses when their time is over. Levels
// and everything else that is kept stay, and the chain verifies as before.
// Its methods are safe for concurrent use, also beside those of other processes.
type Retention struct {
	ledger *Ledger
	passed func() time.Duration // since it was made

	mu    sync.Mutex
	first time.Time        // what the ledger vouched for at first, less what had passed by then
	swept map[string]int64 // by stream: up to here nothing will ever be due
	owed  []survey.Entry   // whose erasure failed: their bytes may be left where Read does not show them
}

// NewRetention gives a retention that has swept nothing yet.
func NewRetention(l *Ledger) *Retention {
	began := time.Now()
	return &Retention{ledger: l, passed: func() time.Duration { return time.Since(began) }, swept: map[string]int64{}}
}

// clockSlack is how much later than the ledger vouches for a clock may be.
const clockSlack = 24 * time.Hour

// Believable gives the time by which it may be decided what is due: that of the
// clock, or a day after the time that the ledger vouches for where that is earlier.
// A clock that is years ahead would otherwise have everything erased.
func Believable(clock, vouched time.Time) time.Time {
	if limit := vouched.Add(clockSlack); clock.After(limit) {
		return limit
	}
	return clock
}

// Now is Believable for a process that goes on: where nothing is written, time
// passes as it does on the process's own stopwatch, which nobody can set. The error is that of the store.
func (r *Retention) Now(ctx context.Context, clock time.Time) (time.Time, error) {
	vouched, err := Time(ctx, r.ledger.o.Store)
	if err != nil {
		return time.Time{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	passed := r.passed()
	if r.first.IsZero() && !vouched.IsZero() {
		r.first = vouched.Add(-passed)
	}
	if counted := r.first.Add(passed); counted.After(vouched) && !r.first.IsZero() {
		vouched = counted
	}
	return Believable(clock, vouched), nil
}

// Sweep erases what was received before a time and still has an open part, also
// what an interrupted sweep or erasure left, and gives the number of responses erased.
// It remembers how far it came in each stream, so the next sweep reads only what became due.
//
// The error is that of the store or the ledger; what was erased until then is
// counted, and sweeping again goes on. A stream that cannot be read does not keep the
// others waiting.
func (r *Retention) Sweep(ctx context.Context, before time.Time) (erased int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	owed := r.owed
	if err := r.erase(ctx, owed); err != nil {
		return 0, err
	}
	erased = len(owed)
	streams, err := r.ledger.o.Store.Streams(ctx)
	if err != nil {
		return erased, err
	}
	var failed error
	for _, s := range streams {
		err := due(ctx, r.ledger.o.Store, s, r.swept[s.ID], before, func(responses []survey.Entry, swept int64) error {
			if err := r.erase(ctx, responses); err != nil {
				return err
			}
			erased += len(responses)
			r.swept[s.ID] = swept
			return nil
		})
		if survey.IsCode(err, survey.CodeUnavailable) {
			return erased, errors.Join(failed, err)
		}
		failed = errors.Join(failed, err)
	}
	// What a process erased that was killed before its store was done with it, nobody owes.
	return erased, errors.Join(failed, r.ledger.o.Store.EraseOpen(ctx, nil))
}

func (r *Retention) erase(ctx context.Context, responses []survey.Entry) error {
	if len(responses) == 0 {
		return nil
	}
	r.owed = responses
	if err := r.ledger.EraseAll(ctx, responses, ReasonRetention); err != nil {
		return err
	}
	r.owed = nil
	return nil
}

// CountDue counts the responses that Sweep would erase now. The error is that of
// the store; a stream that cannot be read does not keep the others from being counted.
func CountDue(ctx context.Context, store survey.LedgerStore, before time.Time) (n int, err error) {
	streams, err := store.Streams(ctx)
	if err != nil {
		return 0, err
	}
	var failed error
	for _, s := range streams {
		err := due(ctx, store, s, 0, before, func(responses []survey.Entry, _ int64) error {
			n += len(responses)
			return nil
		})
		failed = errors.Join(failed, err)
		if survey.IsCode(err, survey.CodeUnavailable) {
			break
		}
	}
	return n, failed
}

// due walks through a stream, from the entry next to swept on, and hands over the
// responses that are due, page by page, with how far the stream is swept once they are
// erased. It ends with some pages in a row whose responses were all received later: a
// clock that was wrong for a while does not end it.
func due(ctx context.Context, store survey.LedgerStore, stream survey.Stream, swept int64, before time.Time, hand func(responses []survey.Entry, swept int64) error) error {
	after, laterInARow := swept, 0
	for {
		entries, err := store.Read(ctx, stream.ID, after, retentionPage)
		if err != nil {
			return err
		}
		var responses []survey.Entry
		var earlier, later bool
		for _, e := range entries {
			after = e.N
			waits := false
			// A response that cannot be read has no time; Verify tells of it.
			if at, err := receiptOf(e, stream); err == nil {
				isDue := at.Before(before)
				waits = e.Open != nil && !isDue
				if e.Open != nil && isDue {
					responses = append(responses, e)
				}
				if at.Before(before.Add(retentionSlack)) {
					earlier = true
				} else {
					later = true
				}
			}
			if e.N == swept+1 && !waits {
				swept = e.N // not beyond a gap: what lands in it late may be due
			}
		}
		if err := hand(responses, swept); err != nil {
			return err
		}
		switch {
		case earlier:
			laterInARow = 0
		case later:
			laterInARow++
		}
		if len(entries) < retentionPage || laterInARow == laterPages {
			return nil
		}
	}
}
