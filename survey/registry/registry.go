package registry

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sipas/survey"
	"sipas/survey/questionnaires"
)

// The names of the audited collections, as audit entries carry them.
const (
	CollectionAgencies   = "agencies"
	CollectionFields     = "fields"
	CollectionProcedures = "procedures"
	CollectionPoints     = "points"
	CollectionTargets    = "targets"
	CollectionVolumes    = "volumes"
	CollectionUsers      = "users"
	CollectionKiosks     = "kiosks"
	CollectionReceipts   = "receiptBatches"
	CollectionCampaigns  = "campaigns"
	CollectionRecordings = "recordings"
	CollectionFlags      = "flags" // no documents: acts that Record takes
)

// Options configure a Registry. Store, Now and Random are required.
type Options struct {
	Store          survey.Store
	Questionnaires []*survey.Questionnaire // nil: the shipped forms
	Languages      []survey.Language       // of the citizens' pages, which a kiosk may offer; nil: the shipped ones
	Now            func() time.Time
	Random         io.Reader
	Log            *slog.Logger // nil: no log
}

// Registry reads and writes the catalogue. Safe for concurrent use.
type Registry struct {
	store  survey.Store
	now    func() time.Time
	random io.Reader
	log    *slog.Logger

	current atomic.Pointer[Snapshot]
	audited []audited // everything that can owe an audit entry
	owing   atomic.Bool

	auditMu sync.Mutex // one append to the chain at a time in this process
	treeMu  sync.Mutex // one write of agencies at a time in this process, from the check to the store

	mu   sync.Mutex // guards what follows and the mirrors' documents
	seen int64      // number of the last audit entry the snapshot reflects

	agencies   *mirror[survey.Agency]
	fields     *mirror[survey.Field]
	procedures *mirror[survey.Procedure]
	points     *mirror[survey.Point]
	targets    *mirror[survey.Target]
	volumes    *mirror[survey.Volume]
	kiosks     *mirror[survey.Kiosk]
	campaigns  *mirror[survey.Campaign]
	recordings *mirror[survey.Recording]
	mirrors    map[string]follower
}

// Open reads the catalogue of a store that has an identity (not_found otherwise)
// and finishes the audit entries a crash left out.
func Open(ctx context.Context, o Options) (*Registry, error) {
	identity, err := o.Store.Identity(ctx)
	if err != nil {
		return nil, err
	}
	r := &Registry{store: o.Store, now: o.Now, random: o.Random, log: o.Log}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	first := &Snapshot{synthetic: identity.Synthetic, forms: o.Questionnaires, languages: o.Languages}
	if first.languages == nil {
		first.languages = survey.Languages
	}
	if first.forms == nil {
		first.forms = questionnaires.All()
	}
	r.current.Store(first)

	r.agencies = &mirror[survey.Agency]{col: o.Store.Agencies(),
		publish: func(s *Snapshot, docs map[string]survey.Agency) { s.agencies = newTree(docs) }}
	r.fields = &mirror[survey.Field]{col: o.Store.Fields(),
		publish: func(s *Snapshot, docs map[string]survey.Field) { s.fields = fieldIndex(docs) }}
	r.procedures = &mirror[survey.Procedure]{col: o.Store.Procedures(),
		publish: func(s *Snapshot, docs map[string]survey.Procedure) { s.procedures = procedureIndex(docs) }}
	r.points = &mirror[survey.Point]{col: o.Store.Points(),
		publish: func(s *Snapshot, docs map[string]survey.Point) { s.points = pointIndex(docs) }}
	r.targets = &mirror[survey.Target]{col: o.Store.Targets(),
		publish: func(s *Snapshot, docs map[string]survey.Target) { s.targets = plainIndex(docs) }}
	r.volumes = &mirror[survey.Volume]{col: o.Store.Volumes(),
		publish: func(s *Snapshot, docs map[string]survey.Volume) { s.volumes = plainIndex(docs) }}
	r.kiosks = &mirror[survey.Kiosk]{col: o.Store.Kiosks(),
		publish: func(s *Snapshot, docs map[string]survey.Kiosk) { s.kiosks = kioskIndex(docs) }}
	r.campaigns = &mirror[survey.Campaign]{col: o.Store.Campaigns(),
		publish: func(s *Snapshot, docs map[string]survey.Campaign) { s.campaigns = plainIndex(docs) }}
	r.recordings = &mirror[survey.Recording]{col: o.Store.Recordings(),
		publish: func(s *Snapshot, docs map[string]survey.Recording) { s.recordings = plainIndex(docs) }}
	r.mirrors = map[string]follower{
		CollectionAgencies: r.agencies, CollectionFields: r.fields, CollectionProcedures: r.procedures,
		CollectionPoints: r.points, CollectionTargets: r.targets, CollectionVolumes: r.volumes,
		CollectionKiosks: r.kiosks, CollectionCampaigns: r.campaigns, CollectionRecordings: r.recordings,
	}
	r.audited = []audited{
		debts[survey.Agency]{o.Store.Agencies()}, debts[survey.Field]{o.Store.Fields()},
		debts[survey.Procedure]{o.Store.Procedures()}, debts[survey.Point]{o.Store.Points()},
		debts[survey.Target]{o.Store.Targets()}, debts[survey.Volume]{o.Store.Volumes()},
		debts[survey.User]{o.Store.Users()}, debts[survey.Kiosk]{o.Store.Kiosks()},
		debts[survey.ReceiptBatch]{o.Store.ReceiptBatches()},
		debts[survey.Campaign]{o.Store.Campaigns()},
		debts[survey.Recording]{o.Store.Recordings()},
	}
	if err := r.FinishAudits(ctx); err != nil {
		return nil, err
	}
	return r, r.reload(ctx)
}

// Snapshot gives the catalogue as this node knows it now: own writes at once,
// those of other nodes within two seconds while Run runs.
func (r *Registry) Snapshot() *Snapshot { return r.current.Load() }

// Run follows the audit log until ctx ends, then returns nil. Outages are logged and waited out.
func (r *Registry) Run(ctx context.Context) error {
	const interval = time.Second // two of them bound how late a change of another node may show
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := r.Refresh(ctx)
		if err == nil && r.owing.Load() {
			err = r.FinishAudits(ctx)
		}
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Warn("the catalogue cannot be refreshed", "error", err)
		}
		if err == nil && failing {
			r.log.Info("the catalogue is refreshed again")
		}
		failing = err != nil
	}
}

// Refresh brings the snapshot up to the end of the audit log.
func (r *Registry) Refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	const page = 500
	for {
		entries, err := r.store.Audit().After(ctx, r.seen, page)
		if err != nil || len(entries) == 0 {
			return err
		}
		before := r.seen
		for _, e := range entries {
			if e.N != r.seen+1 { // an entry before this one is still landing
				break
			}
			if m, ok := r.mirrors[e.Collection]; ok {
				if err = m.follow(ctx, e); err != nil {
					break
				}
			}
			r.seen = e.N
		}
		r.show()
		if err != nil || r.seen == before {
			return err
		}
	}
}

// show publishes the mirrors that changed; r.mu is held.
func (r *Registry) show() {
	next := *r.Snapshot()
	for _, m := range r.mirrors {
		m.show(&next)
	}
	r.current.Store(&next)
}

// reload reads everything.
func (r *Registry) reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The position first: what lands while the documents are read is followed afterwards.
	last, err := r.store.Audit().Last(ctx)
	if err != nil && !survey.IsCode(err, survey.CodeNotFound) {
		return err
	}
	for _, m := range r.mirrors {
		if err := m.load(ctx); err != nil {
			return err
		}
	}
	r.show()
	r.seen = last.N
	return nil
}

// follower is a mirror of any type of document.
type follower interface {
	load(ctx context.Context) error
	follow(ctx context.Context, e survey.AuditEntry) error
	show(s *Snapshot)
}

// mirror holds the documents of one collection as last read; guarded by Registry.mu.
type mirror[T survey.Record] struct {
	col     survey.Collection[T]
	docs    map[string]T
	changed bool // since last shown
	publish func(*Snapshot, map[string]T)
}

// load reads the whole collection.
func (m *mirror[T]) load(ctx context.Context) error {
	docs, err := m.col.List(ctx)
	if err != nil {
		return err
	}
	m.docs, m.changed = make(map[string]T, len(docs)), true
	for _, doc := range docs {
		m.docs[doc.Key()] = settled(doc)
	}
	return nil
}

// follow reads what an audit entry says has changed.
func (m *mirror[T]) follow(ctx context.Context, e survey.AuditEntry) error {
	if strings.HasPrefix(e.ID, loadPrefix) {
		return m.load(ctx)
	}
	if have, ok := m.docs[e.RecordKey]; ok && have.Revision() >= e.Rev {
		return nil
	}
	doc, err := m.col.Find(ctx, e.RecordKey)
	if err != nil {
		return err
	}
	m.keep(doc)
	return nil
}

// keep takes a document in unless that or a newer revision is known.
func (m *mirror[T]) keep(doc T) {
	if have, ok := m.docs[doc.Key()]; ok && have.Revision() >= doc.Revision() {
		return
	}
	m.docs[doc.Key()], m.changed = settled(doc), true
}

func (m *mirror[T]) show(s *Snapshot) {
	if m.changed {
		m.publish(s, m.docs)
		m.changed = false
	}
}

// keep shows a document this node has just written.
func keep[T survey.Record](r *Registry, collection string, doc T) {
	m, ok := r.mirrors[collection].(*mirror[T])
	if !ok {
		return // users and batches of receipt codes are not part of the snapshot
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m.keep(doc)
	r.show()
}
