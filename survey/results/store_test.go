package results

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"sipas/survey"
)

// memory is a store of the catalogue alone.
type memory struct {
	survey.Store
	agencies   collection[survey.Agency]
	fields     collection[survey.Field]
	procedures collection[survey.Procedure]
	points     collection[survey.Point]
	targets    collection[survey.Target]
	volumes    collection[survey.Volume]
	users      collection[survey.User]
	kiosks     collection[survey.Kiosk]
	campaigns  collection[survey.Campaign]
	receipts   collection[survey.ReceiptBatch]
	recordings collection[survey.Recording]
	audit      chain
}

func (m *memory) Identity(context.Context) (survey.Identity, error) {
	return survey.Identity{ID: "test", Synthetic: true}, nil
}
func (m *memory) Agencies() survey.Collection[survey.Agency]             { return &m.agencies }
func (m *memory) Fields() survey.Collection[survey.Field]                { return &m.fields }
func (m *memory) Procedures() survey.Collection[survey.Procedure]        { return &m.procedures }
func (m *memory) Points() survey.Collection[survey.Point]                { return &m.points }
func (m *memory) Targets() survey.Collection[survey.Target]              { return &m.targets }
func (m *memory) Volumes() survey.Collection[survey.Volume]              { return &m.volumes }
func (m *memory) Users() survey.Collection[survey.User]                  { return &m.users }
func (m *memory) Kiosks() survey.Collection[survey.Kiosk]                { return &m.kiosks }
func (m *memory) Campaigns() survey.Collection[survey.Campaign]          { return &m.campaigns }
func (m *memory) ReceiptBatches() survey.Collection[survey.ReceiptBatch] { return &m.receipts }
func (m *memory) Recordings() survey.Collection[survey.Recording]        { return &m.recordings }
func (m *memory) Audit() survey.AuditStore                               { return &m.audit }

type collection[T survey.Record] struct {
	mu   sync.Mutex
	docs map[string]T
}

func (c *collection[T]) Find(_ context.Context, key string) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	doc, ok := c.docs[key]
	if !ok {
		return doc, &survey.Error{Code: survey.CodeNotFound}
	}
	return doc, nil
}

func (c *collection[T]) List(context.Context) ([]T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.SortedFunc(maps.Values(c.docs), func(a, b T) int { return cmp.Compare(a.Key(), b.Key()) }), nil
}

func (c *collection[T]) Create(ctx context.Context, doc T) error { return c.CreateAll(ctx, []T{doc}) }

func (c *collection[T]) CreateAll(_ context.Context, docs []T) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.docs == nil {
		c.docs = map[string]T{}
	}
	for _, doc := range docs {
		c.docs[doc.Key()] = doc
	}
	return nil
}

func (c *collection[T]) Update(ctx context.Context, doc T) error          { return c.CreateAll(ctx, []T{doc}) }
func (c *collection[T]) SettleAudit(context.Context, string, int64) error { return nil }
func (c *collection[T]) Remove(context.Context, string) error             { return nil }

type chain struct{ entries []survey.AuditEntry }

func (c *chain) Append(_ context.Context, e survey.AuditEntry) error {
	c.entries = append(c.entries, e)
	return nil
}

func (c *chain) Find(context.Context, string) (survey.AuditEntry, error) {
	return survey.AuditEntry{}, &survey.Error{Code: survey.CodeNotFound}
}

func (c *chain) Last(context.Context) (survey.AuditEntry, error) {
	if len(c.entries) == 0 {
		return survey.AuditEntry{}, &survey.Error{Code: survey.CodeNotFound}
	}
	return c.entries[len(c.entries)-1], nil
}

func (c *chain) After(_ context.Context, n int64, limit int) ([]survey.AuditEntry, error) {
	var after []survey.AuditEntry
	for _, e := range c.entries {
		if e.N > n && len(after) < limit {
			after = append(after, e)
		}
	}
	return after, nil
}
