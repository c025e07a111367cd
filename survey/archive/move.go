package archive

import (
	"context"

	"sipas/survey"
)

// Move brings everything of one store into another.
type Move struct {
	From, To survey.Store
	Progress Progress // may be nil
}

// maxRounds is how often a move looks for what came meanwhile. A source that is
// written faster than that must be stopped.
const maxRounds = 20

// Run moves what is missing in the target and gives the summary on which both
// agree at the end. It may be interrupted at any moment and run again; what came
// to the source since is added. Documents of the target that differ are replaced.
// The source is only read.
//
// Errors: invalid with ReasonEmpty, conflict with ReasonForeign, unavailable with
// ReasonMoving where the source did not stand still, and those of the stores.
func (m Move) Run(ctx context.Context) (Summary, error) {
	identity, err := m.From.Identity(ctx)
	if survey.IsCode(err, survey.CodeNotFound) {
		return Summary{}, &survey.Error{Code: survey.CodeInvalid, Reason: ReasonEmpty, Message: "the source holds no province"}
	}
	if err != nil {
		return Summary{}, err
	}
	switch have, err := m.To.Identity(ctx); {
	case err == nil && have.ID != identity.ID:
		return Summary{}, foreign("the target holds another province", nil)
	case err != nil && !survey.IsCode(err, survey.CodeNotFound):
		return Summary{}, err
	}
	passGaps, difference := false, ""
	for range maxRounds {
		a, err := m.round(ctx, passGaps)
		if err != nil {
			return Summary{}, err
		}
		source, err := summarize(ctx, m.From, moved)
		if err != nil {
			return Summary{}, err
		}
		target, err := summarize(ctx, m.To, moved)
		if err != nil {
			return Summary{}, err
		}
		if difference = source.difference(target); difference == "" {
			if err := a.finishErasures(ctx); err != nil {
				return Summary{}, err
			}
			return target, a.settle(ctx, identity)
		}
		passGaps = a.written == 0
	}
	return Summary{}, &survey.Error{Code: survey.CodeUnavailable, Reason: ReasonMoving,
		Message: "the source does not stand still (" + difference + "); stop its servers and run the move again"}
}

// round brings over what is there now: the ledger first, so that what its entries
// are about is there too, and the audit log before the documents, so that an act
// between the two is found by the comparison.
func (m Move) round(ctx context.Context, passGaps bool) (*arrival, error) {
	streams, err := m.From.Ledger().Streams(ctx)
	if err != nil {
		return nil, err
	}
	a, err := arrive(ctx, m.To, streams)
	if err != nil {
		return nil, err
	}
	var done, total int64
	ends := make([]int64, len(streams))
	for i, s := range streams {
		end, err := lastOf(ctx, m.From.Ledger(), s.ID)
		if err != nil {
			return nil, err
		}
		ends[i] = end.N
		done, total = done+a.heads[s.ID].N, total+end.N
	}
	for i, s := range streams {
		if err := m.continues(ctx, a.heads[s.ID]); err != nil {
			return nil, err
		}
		err := pages(ctx, m.From.Ledger(), s.ID, a.heads[s.ID].N, ends[i], func(entries []survey.Entry) error {
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
		entries, err := m.From.Audit().After(ctx, n, auditPage)
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
