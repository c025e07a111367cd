package importer

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// rehearse gives a copy of the catalogue in memory, so that a dry run goes the
// very way a real one goes and nothing of it is stored.
func rehearse(ctx context.Context, r *registry.Registry, now func() time.Time) (*registry.Registry, error) {
	s := r.Snapshot()
	return registry.Open(ctx, registry.Options{
		Store: rehearsal{
			synthetic:  s.Synthetic(),
			audit:      &rehearsedAudit{},
			agencies:   hold(s.Agencies()),
			fields:     hold(s.Fields()),
			procedures: hold(s.Procedures()),
			points:     hold(s.Points()),
			targets:    hold(s.Targets()),
			volumes:    hold(s.Volumes()),
			users:      hold[survey.User](nil),
			kiosks:     hold(s.Kiosks()),
			receipts:   hold[survey.ReceiptBatch](nil),
			campaigns:  hold(s.Campaigns()),
			recordings: hold[survey.Recording](nil),
		},
		Questionnaires: s.Questionnaires(), Now: now, Random: rand.Reader,
	})
}

// rehearsal is the store of a dry run: the part of one that a registry asks for.
type rehearsal struct {
	survey.Store // nil
	synthetic    bool
	audit        *rehearsedAudit
	agencies     *held[survey.Agency]
	fields       *held[survey.Field]
	procedures   *held[survey.Procedure]
	points       *held[survey.Point]
	targets      *held[survey.Target]
	volumes      *held[survey.Volume]
	users        *held[survey.User]
	kiosks       *held[survey.Kiosk]
	receipts     *held[survey.ReceiptBatch]
	campaigns    *held[survey.Campaign]
	recordings   *held[survey.Recording]
}

func (h rehearsal) Identity(context.Context) (survey.Identity, error) {
	return survey.Identity{ID: "rehearsal", Synthetic: h.synthetic}, nil
}
func (h rehearsal) Audit() survey.AuditStore                               { return h.audit }
func (h rehearsal) Agencies() survey.Collection[survey.Agency]             { return h.agencies }
func (h rehearsal) Fields() survey.Collection[survey.Field]                { return h.fields }
func (h rehearsal) Procedures() survey.Collection[survey.Procedure]        { return h.procedures }
func (h rehearsal) Points() survey.Collection[survey.Point]                { return h.points }
func (h rehearsal) Targets() survey.Collection[survey.Target]              { return h.targets }
func (h rehearsal) Volumes() survey.Collection[survey.Volume]              { return h.volumes }
func (h rehearsal) Users() survey.Collection[survey.User]                  { return h.users }
func (h rehearsal) Kiosks() survey.Collection[survey.Kiosk]                { return h.kiosks }
func (h rehearsal) ReceiptBatches() survey.Collection[survey.ReceiptBatch] { return h.receipts }
func (h rehearsal) Campaigns() survey.Collection[survey.Campaign]          { return h.campaigns }
func (h rehearsal) Recordings() survey.Collection[survey.Recording]        { return h.recordings }

// held is a collection in memory. One goroutine uses it.
type held[T survey.Record] struct{ docs map[string]T }

func hold[T survey.Record](docs []T) *held[T] {
	h := &held[T]{docs: make(map[string]T, len(docs))}
	for _, doc := range docs {
		h.docs[doc.Key()] = doc
	}
	return h
}

func (h *held[T]) Find(_ context.Context, key string) (T, error) {
	doc, ok := h.docs[key]
	if !ok {
		return doc, &survey.Error{Code: survey.CodeNotFound, Message: "no such document"}
	}
	return doc, nil
}

func (h *held[T]) List(context.Context) ([]T, error) {
	docs := make([]T, 0, len(h.docs))
	for _, key := range slices.Sorted(maps.Keys(h.docs)) {
		docs = append(docs, h.docs[key])
	}
	return docs, nil
}

func (h *held[T]) Create(_ context.Context, doc T) error {
	if _, taken := h.docs[doc.Key()]; taken {
		return &survey.Error{Code: survey.CodeConflict, Message: "the key is taken"}
	}
	h.docs[doc.Key()] = doc
	return nil
}

func (h *held[T]) CreateAll(ctx context.Context, docs []T) error {
	for _, doc := range docs {
		if err := h.Create(ctx, doc); err != nil && !survey.IsCode(err, survey.CodeConflict) {
			return err
		}
	}
	return nil
}

func (h *held[T]) Update(_ context.Context, doc T) error {
	stored, ok := h.docs[doc.Key()]
	if !ok {
		return &survey.Error{Code: survey.CodeNotFound, Message: "no such document"}
	}
	if stored.Revision() != doc.Revision()-1 {
		return &survey.Error{Code: survey.CodeConflict, Message: "another revision is stored"}
	}
	h.docs[doc.Key()] = doc
	return nil
}

func (h *held[T]) SettleAudit(_ context.Context, key string, rev int64) error {
	if doc, ok := h.docs[key]; ok && doc.Revision() == rev {
		any(&doc).(interface {
			Stamp(int64, *survey.AuditEntry)
		}).Stamp(rev, nil)
		h.docs[key] = doc
	}
	return nil
}

func (h *held[T]) Remove(_ context.Context, key string) error {
	delete(h.docs, key)
	return nil
}

// rehearsedAudit is an audit chain of which only the end is kept.
type rehearsedAudit struct{ last survey.AuditEntry }

func (a *rehearsedAudit) Append(_ context.Context, e survey.AuditEntry) error {
	a.last = e
	return nil
}

func (a *rehearsedAudit) Find(context.Context, string) (survey.AuditEntry, error) {
	return survey.AuditEntry{}, &survey.Error{Code: survey.CodeNotFound, Message: "no such entry"}
}

func (a *rehearsedAudit) Last(context.Context) (survey.AuditEntry, error) {
	if a.last.N == 0 {
		return survey.AuditEntry{}, &survey.Error{Code: survey.CodeNotFound, Message: "the chain is empty"}
	}
	return a.last, nil
}

// After gives nothing: nobody else writes to a rehearsal.
func (a *rehearsedAudit) After(context.Context, int64, int) ([]survey.AuditEntry, error) {
	return nil, nil
}
