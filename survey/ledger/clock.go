package ledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"sipas/survey"
)

const (
	// silence is how long nothing may be written before what comes then needs more
	// than one clock's word: as long a time in which the ledger goes on.
	silence = 30 * 24 * time.Hour
	// startSlack is how much earlier than the start of its stream an entry may be received.
	startSlack = time.Hour

	headsRead = 64  // streams whose entries are looked at: the newest; of all others their starts are enough
	probes    = 256 // the most entries read of one stream
)

// Time gives the newest time that the ledger vouches for: that it was so late,
// whatever the clock of one process says now. Entries and starts of streams
// count. A time that follows on 30 days of silence, or on a leap of a clock, counts
// once the ledger was written for 30 days from then on. Zero for an empty ledger.
// It reads some entries, not the ledger. The error is that of the store.
func Time(ctx context.Context, store survey.LedgerStore) (time.Time, error) {
	streams, err := store.Streams(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var written []span
	for i, s := range streams {
		written = append(written, span{s.StartedAt, s.StartedAt})
		if i < len(streams)-headsRead {
			continue
		}
		spans, err := writtenIn(ctx, store, s)
		if survey.IsCode(err, survey.CodeUnavailable) {
			return time.Time{}, err
		}
		written = append(written, spans...) // what cannot be read vouches for nothing
	}
	return vouched(written), nil
}

// span is a time without a silence.
type span struct{ from, to time.Time }

// vouched gives the end of the last span that is not in doubt.
func vouched(spans []span) (newest time.Time) {
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	var whole span // of those that follow on each other
	for i, s := range spans {
		if i == 0 || s.from.Sub(whole.to) > silence {
			whole = s
		} else if s.to.After(whole.to) {
			whole.to = s.to
		}
		if newest.IsZero() || whole.from.Sub(newest) <= silence || whole.to.Sub(whole.from) >= silence {
			newest = whole.to
		}
	}
	return newest
}

// writtenIn gives the spans in which a stream was written. It looks for silences as
// one looks up a word: what lies between two entries less than a silence apart is not read.
func writtenIn(ctx context.Context, store survey.LedgerStore, s survey.Stream) (spans []span, err error) {
	type place struct {
		n  int64
		at time.Time
	}
	last, err := store.Last(ctx, s.ID)
	if survey.IsCode(err, survey.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	left := probes
	read := func(n int64) (place, error) {
		left--
		entries, err := store.Read(ctx, s.ID, n-1, 1)
		if err == nil && len(entries) == 0 {
			err = errors.New("an entry is gone")
		}
		if err != nil {
			return place{}, err
		}
		at, err := writtenAt(entries[0], s)
		return place{n, at}, err
	}
	var between func(a, b place) error
	between = func(a, b place) error {
		switch apart := b.at.Sub(a.at); {
		case 0 <= apart && apart <= silence:
			spans = append(spans, span{a.at, b.at})
			return nil
		case apart < 0 || b.n-a.n <= 1 || left == 0:
			spans = append(spans, span{a.at, a.at}, span{b.at, b.at})
			return nil
		}
		middle, err := read(a.n + (b.n-a.n)/2)
		if err != nil {
			return err
		}
		return errors.Join(between(a, middle), between(middle, b))
	}
	first, err := read(1)
	if err != nil {
		return nil, err
	}
	at, err := writtenAt(last, s)
	if err != nil {
		return nil, err
	}
	err = between(first, place{last.N, at})
	return spans, err
}

// writtenAt gives the time an entry was written, as its writer's clock had it.
func writtenAt(e survey.Entry, s survey.Stream) (time.Time, error) {
	if e.Kind == survey.EntryResponse {
		return receiptOf(e, s)
	}
	var kept struct {
		At time.Time `json:"at"`
	}
	err := decode(e, e.Kind, &kept)
	return kept.At, err
}

// receiptOf gives the time a response was received: not before its stream
// started, for then the clock was set back since. The error is internal.
func receiptOf(e survey.Entry, s survey.Stream) (time.Time, error) {
	at, ok := scanReceivedAt(e.Kept)
	if !ok || e.Kind != survey.EntryResponse {
		kept := e
		kept.Open = nil // it is not needed, and may be damaged
		r, err := decodeResponse(kept)
		if err != nil {
			return time.Time{}, err
		}
		at = r.ReceivedAt
	}
	if at.Before(s.StartedAt.Add(-startSlack)) {
		at = s.StartedAt
	}
	return at, nil
}
