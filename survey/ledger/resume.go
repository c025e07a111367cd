package ledger

import (
	"bytes"
	"context"
	"fmt"

	"sipas/survey"
)

// Mark is an entry that a subscriber saw as the newest of its stream.
type Mark struct {
	Stream string
	N      int64
	ID     string
	Hash   []byte
}

// MarkOf gives the mark of an entry.
func MarkOf(e survey.Entry) Mark { return Mark{Stream: e.Stream, N: e.N, ID: e.ID, Hash: e.Hash} }

// Resume has CatchUp deliver only what comes after the marks, one for each stream
// that is not to be read from its start. Call it once, after Subscribe and before CatchUp.
//
// It confirms every mark by the store: the stream is registered and holds that
// entry at that place. Where one is not confirmed nothing is set, CatchUp delivers
// everything, and the error is conflict: the marks are of another ledger, or
// entries were taken away or changed since. That nothing below the marks was
// changed, it does not find; Verify does. Other errors are those of the store.
func (l *Ledger) Resume(ctx context.Context, marks []Mark) error {
	f := &l.others
	f.Lock()
	defer f.Unlock()
	if err := l.discover(ctx); err != nil {
		return err
	}
	ids := make([]string, len(marks))
	for i, m := range marks {
		ids[i] = m.ID
	}
	found, err := l.o.Store.Find(ctx, ids)
	if err != nil {
		return err
	}
	stored := make(map[string]survey.Entry, len(found))
	for _, e := range found {
		stored[e.ID] = e
	}
	for _, m := range marks {
		e, there := stored[m.ID]
		if f.known[m.Stream] == nil || !there || e.Stream != m.Stream || e.N != m.N || !bytes.Equal(e.Hash, m.Hash) {
			return &survey.Error{Code: survey.CodeConflict,
				Message: fmt.Sprintf("the ledger does not hold the entry that was seen as number %d of stream %q", m.N, m.Stream)}
		}
	}
	for _, m := range marks {
		s := f.known[m.Stream]
		s.n = max(s.n, m.N)
	}
	return nil
}
