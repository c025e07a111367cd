package results

import (
	"context"
	"log/slog"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// Options configure a Service. Registry is required; Now is time.Now and Log the
// default logger where they are missing.
type Options struct {
	Registry *registry.Registry
	Now      func() time.Time
	Log      *slog.Logger
}

// Service counts the responses of the ledger. Its methods may be called from any goroutine.
type Service struct {
	registry *registry.Registry
	now      func() time.Time
	log      *slog.Logger
}

// New gives a service that has seen no responses yet; hand Consume to the ledger.
func New(o Options) *Service {
	s := &Service{registry: o.Registry, now: o.Now, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// Today is the day in Vietnam by which periods are open or closed.
func (s *Service) Today() survey.Date { return survey.DateOf(s.now()) }

// Consume takes ledger entries in the order of their streams.
func (s *Service) Consume(entries []survey.Entry) {}

// Board gives where an agency and everything below it stand.
func (s *Service) Board(ctx context.Context, actor survey.Actor, q Query) (Board, error) {
	return Board{}, nil
}

// Trend gives one measure month by month.
func (s *Service) Trend(ctx context.Context, actor survey.Actor, q Query) (Trend, error) {
	return Trend{}, nil
}
