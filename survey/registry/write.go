package registry

import (
	"context"
	"strconv"
	"time"

	"sipas/survey"
)

// Act is who does what: what Create and Update check and what the audit log says.
type Act struct {
	Actor      survey.Actor
	Right      survey.Right       // the right it takes
	Agency     string             // whose subtree it concerns; empty: the whole province
	Collection string             // one of the Collection names
	Action     survey.AuditAction // empty: create or update
}

// stamped is the pointer to a document: every document embeds survey.Versioned.
type stamped[T any] interface {
	*T
	Stamp(rev int64, owed *survey.AuditEntry)
}

// settled gives the document without the audit entry it owes.
func settled[T survey.Record](doc T) T {
	any(&doc).(interface {
		Stamp(int64, *survey.AuditEntry)
	}).Stamp(doc.Revision(), nil)
	return doc
}

// Create adds a document at revision 1, leaves its audit entry and gives the
// document as stored. The document must have been validated. Errors: forbidden
// (see Permit), conflict with reason exists, unavailable.
//
// Once the document is stored the call succeeds, even where the audit log cannot
// be reached: the document carries the entry until Run or the next start appends it.
func Create[T survey.Record, P stamped[T]](ctx context.Context, r *Registry, act Act, col survey.Collection[T], doc T) (T, error) {
	var none T
	if err := r.Permit(act.Actor, act.Right, act.Agency); err != nil {
		return none, err
	}
	if act.Action == "" {
		act.Action = survey.ActionCreate
	}
	entry, err := owe[T, P](r, act, &doc, 1)
	if err != nil {
		return none, err
	}
	if err := col.Create(ctx, doc); err != nil {
		return none, r.refused(err, survey.ReasonExists)
	}
	return settle[T, P](ctx, r, act, col, doc, entry), nil
}

// Update replaces a document, provided doc.Rev is the stored revision, leaves
// its audit entry and gives the document as stored, one revision further. The
// document must have been validated. Errors: forbidden (see Permit), not_found,
// conflict with reason rev, unavailable. On success see Create.
func Update[T survey.Record, P stamped[T]](ctx context.Context, r *Registry, act Act, col survey.Collection[T], doc T) (T, error) {
	var none T
	if err := r.Permit(act.Actor, act.Right, act.Agency); err != nil {
		return none, err
	}
	if act.Action == "" {
		act.Action = survey.ActionUpdate
	}
	if _, err := current[T, P](ctx, r, col, doc); err != nil {
		return none, err
	}
	entry, err := owe[T, P](r, act, &doc, doc.Revision()+1)
	if err != nil {
		return none, err
	}
	if err := col.Update(ctx, doc); err != nil {
		if survey.IsCode(err, survey.CodeConflict) {
			// Whoever came first may not have appended its entry yet; once it is there
			// the caller can be shown what is stored. Without the store it is a conflict all the same.
			_, _ = current[T, P](ctx, r, col, doc)
		}
		return none, r.refused(err, survey.ReasonRevision)
	}
	return settle[T, P](ctx, r, act, col, doc, entry), nil
}

// current gives the stored document with doc's key, provided it is at doc's
// revision, after paying the audit entry it may still owe: the next update would overwrite it.
func current[T survey.Record, P stamped[T]](ctx context.Context, r *Registry, col survey.Collection[T], doc T) (T, error) {
	stored, err := col.Find(ctx, doc.Key())
	if err != nil {
		return stored, err
	}
	if err := pay(ctx, r, col, stored); err != nil {
		return stored, err
	}
	if stored.Revision() != doc.Revision() {
		return stored, otherRevision()
	}
	return settled(stored), nil
}

func otherRevision() error {
	return &survey.Error{Code: survey.CodeConflict, Reason: survey.ReasonRevision, Message: "another revision is stored"}
}

// owe stamps the document with its next revision and the audit entry for it.
func owe[T survey.Record, P stamped[T]](r *Registry, act Act, doc P, rev int64) (survey.AuditEntry, error) {
	doc.Stamp(rev, nil)
	sum, err := digest(*doc)
	if err != nil {
		return survey.AuditEntry{}, err
	}
	key := (*doc).Key()
	entry := survey.AuditEntry{
		ID:         act.Collection + "/" + key + "/" + strconv.FormatInt(rev, 10),
		At:         r.now().UTC().Truncate(time.Millisecond),
		Actor:      act.Actor.User,
		Action:     act.Action,
		Collection: act.Collection,
		RecordKey:  key,
		Rev:        rev,
		Agency:     act.Agency,
		Digest:     sum,
	}
	doc.Stamp(rev, &entry)
	return entry, nil
}

// settle does the second and third step of a write whose first one is durable.
func settle[T survey.Record, P stamped[T]](ctx context.Context, r *Registry, act Act, col survey.Collection[T], doc T, entry survey.AuditEntry) T {
	// A caller who has gone away is no reason to leave the entry open.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := pay(ctx, r, col, doc); err != nil {
		r.owing.Store(true)
		r.log.Warn("an audit entry waits to be appended", "entry", entry.ID, "error", err)
	}
	P(&doc).Stamp(entry.Rev, nil)
	keep(r, act.Collection, doc)
	return doc
}

// pay appends the audit entry a document owes, if any, and clears the debt.
func pay[T survey.Record](ctx context.Context, r *Registry, col survey.Collection[T], doc T) error {
	owed := doc.Owed()
	if owed == nil {
		return nil
	}
	if err := r.appendAudit(ctx, *owed); err != nil {
		return err
	}
	return col.SettleAudit(ctx, doc.Key(), doc.Revision())
}

// refused names the reason of a conflict and remembers that a write whose fate is unknown may owe its entry.
func (r *Registry) refused(err error, reason string) error {
	if survey.IsCode(err, survey.CodeConflict) {
		return &survey.Error{Code: survey.CodeConflict, Reason: reason, Message: "another document is stored", Err: err}
	}
	r.owing.Store(true)
	return err
}

// audited is a collection of any type whose documents can owe audit entries.
type audited interface {
	finish(ctx context.Context, r *Registry) error
}

type debts[T survey.Record] struct{ col survey.Collection[T] }

func (d debts[T]) finish(ctx context.Context, r *Registry) error {
	docs, err := d.col.List(ctx)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		if err := pay(ctx, r, d.col, doc); err != nil {
			return err
		}
	}
	return nil
}
