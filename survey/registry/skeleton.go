// Package registry is the catalogue of the province.
package registry

import (
	"context"
	"io"
	"log/slog"
	"time"

	"sipas/survey"
)

// Options configure a Registry.
type Options struct {
	Store          survey.Store
	Questionnaires []*survey.Questionnaire // nil: the shipped forms
	Now            func() time.Time
	Random         io.Reader
	Log            *slog.Logger
}

// Registry is the catalogue.
type Registry struct{}

// Snapshot is the catalogue at one moment.
type Snapshot struct{}

// Act says who does what.
type Act struct {
	Actor      survey.Actor
	Right      survey.Right
	Agency     string // whose subtree it concerns; empty: the whole province
	Collection string
	Action     survey.AuditAction
}

// Catalogue is a bulk of documents for Load.
type Catalogue struct {
	Agencies   []survey.Agency
	Fields     []survey.Field
	Procedures []survey.Procedure
	Points     []survey.Point
	Targets    []survey.Target
	Volumes    []survey.Volume
}

// Open opens the registry.
func Open(ctx context.Context, o Options) (*Registry, error) { return nil, nil }

// Snapshot gives the newest snapshot.
func (r *Registry) Snapshot() *Snapshot { return nil }

// Run follows the audit chain until ctx ends.
func (r *Registry) Run(ctx context.Context) error { return nil }

// Refresh follows the audit chain once.
func (r *Registry) Refresh(ctx context.Context) error { return nil }

// Audit lists the audit log.
func (r *Registry) Audit(ctx context.Context, actor survey.Actor, after int64, limit int) ([]survey.AuditEntry, error) {
	return nil, nil
}

// Load adds documents in bulk.
func (r *Registry) Load(ctx context.Context, c Catalogue) error { return nil }

// The writes.
func (r *Registry) CreateAgency(ctx context.Context, a survey.Actor, d survey.Agency) (survey.Agency, error) {
	return d, nil
}
func (r *Registry) UpdateAgency(ctx context.Context, a survey.Actor, d survey.Agency) (survey.Agency, error) {
	return d, nil
}
func (r *Registry) CreateField(ctx context.Context, a survey.Actor, d survey.Field) (survey.Field, error) {
	return d, nil
}
func (r *Registry) UpdateField(ctx context.Context, a survey.Actor, d survey.Field) (survey.Field, error) {
	return d, nil
}
func (r *Registry) CreateProcedure(ctx context.Context, a survey.Actor, d survey.Procedure) (survey.Procedure, error) {
	return d, nil
}
func (r *Registry) UpdateProcedure(ctx context.Context, a survey.Actor, d survey.Procedure) (survey.Procedure, error) {
	return d, nil
}
func (r *Registry) CreatePoint(ctx context.Context, a survey.Actor, d survey.Point) (survey.Point, error) {
	return d, nil
}
func (r *Registry) UpdatePoint(ctx context.Context, a survey.Actor, d survey.Point) (survey.Point, error) {
	return d, nil
}
func (r *Registry) CreateTarget(ctx context.Context, a survey.Actor, d survey.Target) (survey.Target, error) {
	return d, nil
}
func (r *Registry) UpdateTarget(ctx context.Context, a survey.Actor, d survey.Target) (survey.Target, error) {
	return d, nil
}

// PutVolume creates (Rev 0) or updates a monthly sheet.
func (r *Registry) PutVolume(ctx context.Context, a survey.Actor, d survey.Volume) (survey.Volume, error) {
	return d, nil
}

// The readers.
func (s *Snapshot) Synthetic() bool                                           { return false }
func (s *Snapshot) Agency(id string) (survey.Agency, bool)                    { return survey.Agency{}, false }
func (s *Snapshot) Agencies() []survey.Agency                                 { return nil }
func (s *Snapshot) Root() (survey.Agency, bool)                               { return survey.Agency{}, false }
func (s *Snapshot) Children(id string) []string                               { return nil }
func (s *Snapshot) Subtree(id string) []string                                { return nil }
func (s *Snapshot) Within(id, ancestor string) bool                           { return false }
func (s *Snapshot) Depth(id string) int                                       { return 0 }
func (s *Snapshot) Point(code string) (survey.Point, bool)                    { return survey.Point{}, false }
func (s *Snapshot) Points() []survey.Point                                    { return nil }
func (s *Snapshot) Field(id string) (survey.Field, bool)                      { return survey.Field{}, false }
func (s *Snapshot) Fields() []survey.Field                                    { return nil }
func (s *Snapshot) Procedure(id string) (survey.Procedure, bool)              { return survey.Procedure{}, false }
func (s *Snapshot) Procedures() []survey.Procedure                            { return nil }
func (s *Snapshot) Target(id string) (survey.Target, bool)                    { return survey.Target{}, false }
func (s *Snapshot) Targets() []survey.Target                                  { return nil }
func (s *Snapshot) Volume(agency, field string, m survey.Month) (int64, bool) { return 0, false }
func (s *Snapshot) VolumeSheet(agency string, m survey.Month) (survey.Volume, bool) {
	return survey.Volume{}, false
}
func (s *Snapshot) Volumes() []survey.Volume                                      { return nil }
func (s *Snapshot) Questionnaire(id string, version int) *survey.Questionnaire    { return nil }
func (s *Snapshot) Newest(id string) *survey.Questionnaire                        { return nil }
func (s *Snapshot) Questionnaires() []*survey.Questionnaire                       { return nil }
func (s *Snapshot) Allows(a survey.Actor, right survey.Right, agency string) bool { return false }
func (s *Snapshot) Scope(a survey.Actor, right survey.Right) ([]string, bool)     { return nil, false }

// DefaultFields and DefaultTargets are the shipped ones.
func DefaultFields() []survey.Field { return nil }

// DefaultTargets are the shipped targets.
func DefaultTargets() []survey.Target { return nil }

// Fold removes case and diacritics for search.
func Fold(s string) string { return s }
