// Package intake is the way in.
package intake

import (
	"context"
	"encoding/json"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// Page is one form page as its token names it.
type Page struct {
	ID            string
	Point         string
	Questionnaire string
	Version       int
	IssuedAt      time.Time
}

// Credential is what lets a submission in: exactly one of them is set.
type Credential struct {
	Page  *Page
	Actor *survey.Actor
}

// Result is what became of one item.
type Result struct {
	ID      string
	Outcome survey.Outcome
	Problem *survey.Error
}

// Options configure a Service; Ledger is added once it exists.
type Options struct {
	Registry *registry.Registry
	PageKey  []byte
	Now      func() time.Time
	NewID    func() string // nil: random UUIDs
}

// Service takes responses in.
type Service struct{}

// New makes a Service.
func New(o Options) *Service { return &Service{} }

// IssuePage makes a page and its token.
func (s *Service) IssuePage(point, questionnaire string, version int) (Page, string) {
	return Page{}, ""
}

// OpenPage reads a token.
func (s *Service) OpenPage(token string) (Page, error) { return Page{}, nil }

// Submit takes responses.
func (s *Service) Submit(ctx context.Context, c Credential, items []survey.Submission) ([]Result, error) {
	return nil, nil
}

// SubmitJSON takes responses as sent.
func (s *Service) SubmitJSON(ctx context.Context, c Credential, items []json.RawMessage) ([]Result, error) {
	return nil, nil
}

// Decode reads one item.
func Decode(raw json.RawMessage) (survey.Submission, *survey.Error) { return survey.Submission{}, nil }
