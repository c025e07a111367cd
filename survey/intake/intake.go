// Package intake is the way in for responses: it checks each against the form
// version it names, derives agency and field from the point, adds flags, and hands them
// to the ledger. Whatever it answers is durable.
package intake

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/receipts"
	"sipas/survey/registry"
)

// Most items of one request, and with a page token; most field errors named of one item.
const (
	MaxBatch     = 500
	MaxBatchPage = 1
	MaxErrors    = 50
)

// Appender makes drafts durable; *ledger.Ledger is one.
type Appender interface {
	// Append gives an outcome for each draft, in order; the error is unavailable.
	Append(ctx context.Context, drafts []ledger.Draft) ([]ledger.Appended, error)
}

// Looker is an Appender that can also say what Append would answer, without writing; *ledger.Ledger is one.
type Looker interface {
	Look(ctx context.Context, drafts []ledger.Draft) ([]ledger.Appended, error)
}

// Options configure a Service. Registry, Ledger, PageKey and Now are required.
type Options struct {
	Registry *registry.Registry
	Ledger   Appender
	PageKey  []byte            // signs page tokens; the same on every node
	Receipts *receipts.Service // nil: no point asks for receipt codes
	NewID    func() string     // nil: random UUIDs
	// Languages are those a rating may have been given in; nil: those of the program.
	Languages []survey.Language
	Now       func() time.Time
}

// Service takes responses in. Safe for concurrent use.
type Service struct {
	registry *registry.Registry
	ledger   Appender
	pageKey  []byte
	receipts *receipts.Service
	newID    func() string
	now      func() time.Time

	languages []survey.Language
}

// New makes a Service. It panics on a page key shorter than 16 bytes: tokens
// signed with it could be forged.
func New(o Options) *Service {
	if len(o.PageKey) < 16 {
		panic("intake: the page key is too short")
	}
	s := &Service{registry: o.Registry, ledger: o.Ledger, pageKey: o.PageKey, receipts: o.Receipts, newID: o.NewID, now: o.Now, languages: o.Languages}
	if s.languages == nil {
		s.languages = survey.Languages
	}
	if s.newID == nil {
		s.newID = uuid.NewString
	}
	return s
}

// Credential is what lets submissions in. One of its parts is set, or Actor and
// Kiosk together: a user with the import right hands over what a kiosk's device kept and could
// not send itself. Each is then as the device would have sent it, so it is stored once on whichever way it comes.
type Credential struct {
	Page  *Page         // one form page: one response, captured by qr or link
	Trap  bool          // with Page: a field was filled in that people do not see
	Actor *survey.Actor // a user with the import right: captured by import or paper
	// Kiosk is that of an enrolled device: captured by kiosk, at any point it ever stood at.
	Kiosk *survey.Kiosk
}

// Result is what became of one item.
type Result struct {
	ID      string // as normalised; empty where the item has no readable id
	Outcome survey.Outcome
	Problem *survey.Error // for invalid, closed, conflict and retry; else nil
}

// Submit takes responses in and returns when those it reports as stored are
// durable. Every item has its own outcome, in order; a bad one never refuses the others, and
// the problem of an invalid one names its field errors, up to MaxErrors. Sending items again with their ids is
// always safe: the same content is a duplicate, other content a conflict (reason
// response.alreadySent with a page, else response.conflict). A version of a form that is newer
// than this node knows is to be sent again, as nodes are upgraded one by one: its problem names version.
//
// The error concerns the whole request: unauthorized without a credential,
// forbidden without the import right, invalid (batch.size), unavailable; nothing is then known to be stored.
func (s *Service) Submit(ctx context.Context, credential Credential, items []survey.Submission) ([]Result, error) {
	decoded := make([]decodedItem, len(items))
	for i, item := range items {
		decoded[i].Submission = item
	}
	return s.submit(ctx, credential, decoded)
}

// SubmitJSON is Submit for items as they were sent, each decoded by Decode.
func (s *Service) SubmitJSON(ctx context.Context, credential Credential, items []json.RawMessage) ([]Result, error) {
	if err := s.admit(credential, len(items)); err != nil {
		return nil, err
	}
	decoded := make([]decodedItem, len(items))
	for i, raw := range items {
		decoded[i] = decode(raw)
	}
	return s.submit(ctx, credential, decoded)
}

// checkedItem is an item with what the check made of it; without a problem it is
// ready for the ledger.
type checkedItem struct {
	response survey.Response
	form     *survey.Questionnaire
	outcome  survey.Outcome
	problem  *survey.Error
	receipt  receipt
}

// catalogue reports whether the item was refused for what the catalogue says.
func (c checkedItem) catalogue() bool {
	if c.outcome == survey.OutcomeClosed {
		return true
	}
	return c.problem != nil && slices.ContainsFunc(c.problem.Fields, func(e survey.FieldError) bool {
		switch e.Reason {
		case survey.ReasonUnknown, survey.ReasonOutOfScope, survey.ReasonNotOfPoint, survey.ReasonNotOfField:
			return true
		}
		return false
	})
}

func checkAll(c checker, items []decodedItem) []checkedItem {
	checked := make([]checkedItem, len(items))
	for i, item := range items {
		checked[i] = c.item(item)
	}
	return checked
}

// admit checks what concerns the whole request.
func (s *Service) admit(credential Credential, items int) error {
	most, parts := MaxBatch, 0
	if credential.Page != nil {
		most = MaxBatchPage
		parts++
	}
	if credential.Kiosk != nil {
		parts++
	}
	if credential.Actor != nil {
		parts++
	}
	if parts != 1 && (credential.Page != nil || credential.Kiosk == nil || credential.Actor == nil) {
		return &survey.Error{Code: survey.CodeUnauthorized, Reason: survey.ReasonPageToken, Message: "a page token, a device or a user is needed"}
	}
	if credential.Actor != nil {
		snapshot := s.registry.Snapshot()
		if scope, whole := snapshot.Scope(*credential.Actor, survey.RightImport); !whole && len(scope) == 0 {
			return &survey.Error{Code: survey.CodeForbidden, Reason: survey.ReasonNoRight, Message: "the actor lacks the import right"}
		}
	}
	if items < 1 || items > most {
		return &survey.Error{Code: survey.CodeInvalid, Message: "the number of responses is out of bounds",
			Fields: []survey.FieldError{{Path: "responses", Reason: survey.ReasonBatchSize, Params: map[string]any{"min": 1, "max": most}}}}
	}
	return nil
}

// Check says what Submit would answer now, and writes nothing: "stored" means
// that the item would be stored. Repetition is found where the ledger is a Looker; that two items have one receipt's code, only Submit finds. Errors are those of Submit.
func (s *Service) Check(ctx context.Context, credential Credential, items []survey.Submission) ([]Result, error) {
	decoded := make([]decodedItem, len(items))
	for i, item := range items {
		decoded[i].Submission = item
	}
	look := func(_ context.Context, drafts []ledger.Draft) ([]ledger.Appended, error) {
		would := make([]ledger.Appended, len(drafts))
		for i := range would {
			would[i].Outcome = survey.OutcomeStored
		}
		return would, nil
	}
	if l, ok := s.ledger.(Looker); ok {
		look = l.Look
	}
	return s.take(ctx, credential, decoded, look, true)
}

func (s *Service) submit(ctx context.Context, credential Credential, items []decodedItem) ([]Result, error) {
	return s.take(ctx, credential, items, s.ledger.Append, false)
}

// take checks the items, uses up the codes of their receipts and hands what is right to the ledger; or, dry, asks
// what both would do.
func (s *Service) take(ctx context.Context, credential Credential, items []decodedItem,
	hand func(context.Context, []ledger.Draft) ([]ledger.Appended, error), dry bool) ([]Result, error) {
	if err := s.admit(credential, len(items)); err != nil {
		return nil, err
	}
	at := s.now().UTC().Truncate(time.Millisecond)
	snapshot := s.registry.Snapshot()
	checked := checkAll(checker{snapshot, credential, at, s.languages, s.receipts != nil}, items)
	if slices.ContainsFunc(checked, (checkedItem).catalogue) {
		// Another node may have changed the catalogue a moment ago, and a device
		// sets aside for good what is refused.
		if err := s.registry.Refresh(ctx); err != nil {
			return nil, err
		}
		if fresh := s.registry.Snapshot(); fresh != snapshot {
			checked = checkAll(checker{fresh, credential, at, s.languages, s.receipts != nil}, items)
		}
	}
	results := make([]Result, len(items))
	var drafts []ledger.Draft
	var places []int // of each draft among the items
	for i, c := range checked {
		results[i] = Result{ID: c.response.ID, Outcome: c.outcome, Problem: c.problem}
		if c.problem != nil {
			continue
		}
		kept, open, err := ledger.EncodeResponse(c.response, c.form)
		if err != nil {
			// What the checks let through and no canonical form exists for is this
			// item's fault: the others have their own outcome.
			results[i].Outcome = survey.OutcomeInvalid
			results[i].Problem = &survey.Error{Code: survey.CodeInvalid, Message: "the response cannot be stored",
				Fields: []survey.FieldError{{Reason: survey.ReasonFormat}}, Err: err}
			continue
		}
		drafts = append(drafts, ledger.Draft{ID: c.response.ID, Kind: survey.EntryResponse, Kept: kept, Open: open})
		places = append(places, i)
	}
	drafts, places, err := s.redeem(ctx, checked, results, drafts, places, dry)
	if err != nil || len(drafts) == 0 {
		return results, err
	}
	appended, err := hand(ctx, drafts)
	if err != nil {
		return nil, err
	}
	for j, a := range appended {
		result := &results[places[j]]
		result.Outcome = a.Outcome
		if !dry {
			s.settle(ctx, checked[places[j]].receipt, a.Outcome)
		}
		switch {
		case a.Outcome == survey.OutcomeConflict && credential.Page != nil:
			result.Problem = &survey.Error{Code: survey.CodeConflict, Reason: survey.ReasonAlreadySent, Message: "this page has sent a rating already"}
		case a.Outcome == survey.OutcomeConflict:
			result.Problem = &survey.Error{Code: survey.CodeConflict, Reason: survey.ReasonOtherContent, Message: "other content is stored under this id"}
		case a.Outcome == survey.OutcomeRetry:
			result.Problem = &survey.Error{Code: survey.CodeUnavailable, Message: "not stored yet, send again later"}
		}
	}
	return results, nil
}
