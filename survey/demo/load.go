package demo

import (
	"context"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
)

// loadBatch is the number of responses appended at a time.
const loadBatch = 2000

// Load writes the responses, then the catalogue: a store without agencies is one
// whose load was interrupted. progress, where given, is called with the responses
// stored so far and their number in all, from 0 to the end. Loading again leaves
// what is stored as it is and adds the rest.
//
// Errors: forbidden where the store's identity is not synthetic (demo data never
// go into a real province), conflict where the store holds other responses under
// the ids of these, and those of the registry and the ledger.
func (p *Province) Load(ctx context.Context, store survey.Store, reg *registry.Registry, led *ledger.Ledger, progress func(done, total int)) error {
	id, err := store.Identity(ctx)
	if err != nil {
		return err
	}
	if !id.Synthetic {
		return &survey.Error{Code: survey.CodeForbidden, Reason: survey.ReasonNotAllowed,
			Message: "demo data load only into a store that was created synthetic"}
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	done := 0
	progress(done, p.Size())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for b := range p.batches(ctx) {
		if b.err != nil {
			return b.err
		}
		appended, err := led.Append(ctx, b.drafts)
		if err != nil {
			return err
		}
		for _, a := range appended {
			if a.Outcome != survey.OutcomeStored && a.Outcome != survey.OutcomeDuplicate {
				return &survey.Error{Code: survey.CodeConflict, Message: "a response of the demo was not stored: " + string(a.Outcome)}
			}
		}
		done += len(b.drafts)
		progress(done, p.Size())
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return reg.Load(ctx, p.Catalogue())
}

type batch struct {
	drafts []ledger.Draft
	err    error
}

// batches makes and encodes the next batch while the last one is being stored.
// The channel is closed at the end or soon after ctx ends.
func (p *Province) batches(ctx context.Context) <-chan batch {
	out := make(chan batch, 1)
	go func() {
		defer close(out)
		send := func(b batch) bool {
			select {
			case out <- b:
				return true
			case <-ctx.Done():
				return false
			}
		}
		forms := map[string]*survey.Questionnaire{}
		for i := range p.sites {
			forms[p.sites[i].form.ID] = p.sites[i].form.Questionnaire
		}
		var drafts []ledger.Draft
		for r := range p.Responses() {
			kept, open, err := ledger.EncodeResponse(r, forms[r.Questionnaire])
			if err != nil {
				send(batch{err: err})
				return
			}
			drafts = append(drafts, ledger.Draft{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open})
			if len(drafts) == loadBatch {
				if !send(batch{drafts: drafts}) {
					return
				}
				drafts = nil
			}
		}
		if len(drafts) > 0 {
			send(batch{drafts: drafts})
		}
	}()
	return out
}
