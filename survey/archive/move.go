package archive

import (
	"context"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

// Move brings everything of one store into another.
type Move struct {
	From, To survey.Store
	// Finish makes the target a province that can be served. The servers of the source
	// must be stopped before: what they acknowledge later cannot be brought over any more.
	Finish   bool
	Pause    time.Duration // between two looks for entries that are missing, where Finish is set
	Progress Progress      // may be nil
}

// Moved says what a move has brought over.
type Moved struct {
	Summary        // on which both stores agree
	Finished bool  // the target is a province that can be served
	Gaps     []Gap // of the target and the source: entries that neither has, though later ones are there
}

// maxRounds is how often a move looks for what came meanwhile. A source that is
// written faster than that must be stopped.
const maxRounds = 20

// Run moves what is missing in the target until both stores hold the same. It may
// be interrupted at any moment and run again; what came to the source since is
// added. Documents of the target that differ are replaced. It writes nothing to the source.
//
// Until a run with Finish set the target has no identity and cannot be served. One
// that has an identity is only compared: it is refused where it is not the same as the source.
//
// Entries missing in a stream of the source are waited for. Only with Finish set,
// and after several rounds in which nothing came, are those behind the gap brought over.
//
// Errors: invalid with ReasonEmpty, conflict with ReasonForeign, unavailable with
// ReasonMoving where the source did not stand still, and those of the stores.
func (m Move) Run(ctx context.Context) (Moved, error) {
	identity, err := m.From.Identity(ctx)
	if survey.IsCode(err, survey.CodeNotFound) {
		return Moved{}, &survey.Error{Code: survey.CodeInvalid, Reason: ReasonEmpty, Message: "the source holds no province"}
	}
	if err != nil {
		return Moved{}, err
	}
	switch have, err := m.To.Identity(ctx); {
	case err == nil && have.ID != identity.ID:
		return Moved{}, foreign("the target holds another province", nil)
	case err == nil:
		return m.compared(ctx)
	case !survey.IsCode(err, survey.CodeNotFound):
		return Moved{}, err
	}
	quiet, difference := 0, ""
	for range maxRounds {
		a, err := m.round(ctx, m.Finish && quiet >= patience)
		if err != nil {
			return Moved{}, err
		}
		var target Summary
		if target, difference, err = m.compare(ctx); err != nil {
			return Moved{}, err
		}
		if difference == "" {
			gaps, err := a.review(ctx)
			if err != nil {
				return Moved{}, err
			}
			late, err := m.fill(ctx, gaps)
			if err != nil {
				return Moved{}, err
			}
			if late {
				continue
			}
			if m.Finish {
				err = a.settle(ctx, identity)
			}
			return Moved{target, m.Finish, gaps}, err
		}
		if quiet++; a.written > 0 {
			quiet = 0
		}
		if m.Finish && quiet > 0 {
			if err := wait(ctx, m.Pause); err != nil {
				return Moved{}, err
			}
		}
	}
	return Moved{}, &survey.Error{Code: survey.CodeUnavailable, Reason: ReasonMoving,
		Message: "the source does not stand still, or misses entries (" + difference + "); stop its servers and finish the move"}
}

// compared answers for a target that was finished before.
func (m Move) compared(ctx context.Context) (Moved, error) {
	target, difference, err := m.compare(ctx)
	if err != nil {
		return Moved{}, err
	}
	if difference != "" {
		return Moved{}, foreign("the target is a province that can be served already, and it is not what the source is ("+difference+"): one of the two was served since; a move needs a new target", nil)
	}
	return Moved{Summary: target, Finished: true}, nil
}

// compare says what the target holds, and where the source differs.
func (m Move) compare(ctx context.Context) (target Summary, difference string, err error) {
	source, err := summarize(ctx, m.From, moved)
	if err != nil {
		return target, "", err
	}
	target, err = summarize(ctx, m.To, moved)
	return target, source.difference(target), err
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// fill brings over what has come to the source in the gaps of the target since
// they were passed, and reports whether there was anything.
func (m Move) fill(ctx context.Context, gaps []Gap) (late bool, err error) {
	for _, g := range gaps {
		err := pages(ctx, m.From.Ledger(), g.Stream, g.First-1, g.Last, func(entries []survey.Entry) error {
			late = true
			return m.To.Ledger().Insert(ctx, entries)
		})
		if err != nil {
			return false, err
		}
	}
	return late, nil
}

// round brings over what is there now: the ledger first, so that what its entries
// are about is there too, and the audit log before the documents, so that an act
// between the two is found by the comparison.
func (m Move) round(ctx context.Context, passGaps bool) (*arrival, error) {
	streams, ends, err := ledger.Heads(ctx, m.From.Ledger())
	if err != nil {
		return nil, err
	}
	a, err := arrive(ctx, m.To, streams)
	if err != nil {
		return nil, err
	}
	var done, total int64
	for i, s := range streams {
		done, total = done+a.heads[s.ID].N, total+ends[i].N
	}
	for i, s := range streams {
		if err := m.continues(ctx, a.heads[s.ID]); err != nil {
			return nil, err
		}
		err := pages(ctx, m.From.Ledger(), s.ID, a.heads[s.ID].N, ends[i].N, func(entries []survey.Entry) error {
			if !passGaps {
				// What lands late comes with the next round.
				entries = beforeGap(entries, a.heads[s.ID].N)
			}
			if len(entries) == 0 {
				return nil
			}
			if err := a.insert(ctx, entries); err != nil {
				return err
			}
			m.Progress.report(min(done+a.written, total), total)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := m.audit(ctx, a); err != nil {
		return nil, err
	}
	for _, c := range moved {
		docs, err := c.read(ctx, m.From)
		if err != nil {
			return nil, err
		}
		if err := c.replace(ctx, m.To, docs); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// beforeGap gives the entries that follow n without one missing.
func beforeGap(entries []survey.Entry, n int64) []survey.Entry {
	for i, e := range entries {
		if e.N != n+int64(i)+1 {
			return entries[:i]
		}
	}
	return entries
}

// continues checks that a stream of the target is the beginning of the source's.
func (m Move) continues(ctx context.Context, head Head) error {
	if head.N == 0 {
		return nil
	}
	entries, err := m.From.Ledger().Read(ctx, head.Stream, head.N-1, 1)
	if err != nil {
		return err
	}
	if len(entries) == 0 || headOf(head.Stream, entries[0].N, entries[0].Hash) != head {
		return foreign("the target holds other entries of the stream "+head.Stream+" than the source", nil)
	}
	return nil
}

// audit appends what the target's audit log lacks.
func (m Move) audit(ctx context.Context, a *arrival) error {
	// The target's last entry is read again, to see that both logs have it.
	for n := max(0, a.audit.N-1); ; {
		entries, err := m.From.Audit().After(ctx, n, pageSize)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		if err := a.append(ctx, entries); err != nil {
			return err
		}
		n = entries[len(entries)-1].N
	}
	last, err := lastAudit(ctx, m.From.Audit())
	if err == nil && last.N < a.audit.N {
		return foreign("the target holds a longer audit log than the source", nil)
	}
	return err
}
