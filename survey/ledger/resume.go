package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

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
// everything, and the error is conflict and names the places: the marks are of another
// ledger, or entries were taken away or changed since. That nothing below the marks was
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
	var lost []string
	for _, m := range marks {
		e, there := stored[m.ID]
		if f.known[m.Stream] == nil || !there || e.Stream != m.Stream || e.N != m.N || !bytes.Equal(e.Hash, m.Hash) {
			lost = append(lost, fmt.Sprintf("number %d of stream %q", m.N, m.Stream))
		}
	}
	if len(lost) > 0 {
		return unconfirmed(lost)
	}
	for _, m := range marks {
		s := f.known[m.Stream]
		s.n = max(s.n, m.N)
	}
	return nil
}

// mostLost is how many places that are not confirmed are named one by one.
const mostLost = 5

func unconfirmed(places []string) error {
	slices.Sort(places)
	named := strings.Join(places[:min(len(places), mostLost)], ", ")
	if more := len(places) - mostLost; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	return &survey.Error{Code: survey.CodeConflict, Message: "the ledger does not hold what was seen as " + named}
}
