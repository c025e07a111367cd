// Package demo makes a synthetic province with known truth.
package demo

import (
	"context"
	"iter"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
)

// Options fix a province.
type Options struct {
	Seed  uint64
	Size  int
	Until survey.Date // the first day without responses
	// SelfSelection above 0 lets the dissatisfied answer more often.
	SelfSelection float64
}

// Province is a synthetic province.
type Province struct{}

// Cell names a part of the province's services.
type Cell struct {
	Agency   string
	Field    string
	Delivery survey.Delivery
	Period   survey.Period
}

// New fixes a province.
func New(o Options) *Province { return &Province{} }

// Catalogue gives the catalogue.
func (p *Province) Catalogue() registry.Catalogue { return registry.Catalogue{} }

// Responses gives the responses ordered by time.
func (p *Province) Responses() iter.Seq[survey.Response] {
	return func(func(survey.Response) bool) {}
}

// Truth is the true satisfied share.
func (p *Province) Truth(c Cell, measure string) float64 { return 0 }

// Load loads the province.
func (p *Province) Load(ctx context.Context, store survey.Store, reg *registry.Registry, led *ledger.Ledger, progress func(done, total int)) error {
	return nil
}
