package ledger

import (
	"context"

	"sipas/survey"
)

// Look says what Append would answer to the drafts now, and writes nothing:
// stored where the id is free, duplicate or conflict where it is taken, also within the drafts. Errors are those of the store.
func (l *Ledger) Look(ctx context.Context, drafts []Draft) ([]Appended, error) {
	return Look(ctx, l.o.Store, drafts)
}

// Look is Ledger.Look for a process that does not write: it registers no stream.
func Look(ctx context.Context, store survey.LedgerStore, drafts []Draft) ([]Appended, error) {
	ids := make([]string, 0, len(drafts))
	seen := make(map[string]bool, len(drafts))
	for _, d := range drafts {
		if !seen[d.ID] {
			seen[d.ID] = true
			ids = append(ids, d.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := store.Find(ctx, ids)
	if err != nil {
		return nil, err
	}
	stored := make(map[string]survey.Entry, len(found))
	for _, e := range found {
		stored[e.ID] = e
	}
	out := make([]Appended, len(drafts))
	for i, d := range drafts {
		e, taken := stored[d.ID]
		if taken {
			out[i].Position = Position{Stream: e.Stream, N: e.N}
		} else {
			// Held in memory as if it were stored, for its twins in the drafts.
			stored[d.ID] = survey.Entry{ID: d.ID, Kind: d.Kind, Kept: d.Kept, Salt: []byte{}, OpenHash: OpenHash(nil, d.Open)}
		}
		switch {
		case !taken:
			out[i].Outcome = survey.OutcomeStored
		case SameContent(e, d):
			out[i].Outcome = survey.OutcomeDuplicate
		default:
			out[i].Outcome = survey.OutcomeConflict
		}
	}
	return out, nil
}
