// Package receipts makes one-time codes for receipts and judges them: one rating
// for each file. The codes themselves are handed out once and not kept; what is kept says of
// a keyed hash whether it was used, and of no rating which code it used.
package receipts

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// Limits of a batch.
const (
	MaxCount = 10_000 // codes
	MaxDays  = 365    // after the day they are made
	MaxNote  = 200    // characters
)

// The used codes of a batch with fewer codes than this are not counted: the
// number would tell whether a certain citizen has rated.
const smallestCounted = 10

// Codes are forgotten, and only their number is kept, so many days after their last
// one: a page that was opened while they were good can be sent for thirty.
const memoryDays = 31

// Options configure a Service; all are required. Random is a source of secrets.
type Options struct {
	Store    survey.Store
	Registry *registry.Registry
	Key      []byte // of which the key of the hashes is derived; the same on every node, at least 16 bytes
	Now      func() time.Time
	Random   io.Reader
}

// Service makes and judges receipt codes. Safe for concurrent use.
type Service struct {
	batches  survey.Collection[survey.ReceiptBatch]
	codes    survey.ReceiptCodeStore
	registry *registry.Registry
	key      []byte
	now      func() time.Time
	random   io.Reader
}

// New makes a Service. It panics on a key shorter than 16 bytes: whoever has the
// store could then find the codes.
func New(o Options) *Service {
	if len(o.Key) < 16 {
		panic("receipts: the key is too short")
	}
	mac := hmac.New(sha256.New, o.Key)
	mac.Write([]byte("sipas receipt codes 1"))
	return &Service{batches: o.Store.ReceiptBatches(), codes: o.Store.ReceiptCodes(), registry: o.Registry, key: mac.Sum(nil), now: o.Now, random: o.Random}
}

// mac gives the first 16 bytes of the HMAC-SHA256 of the parts, none of which has a line break but the last.
func (s *Service) mac(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.key)
	for _, part := range parts {
		mac.Write([]byte(part))
		mac.Write([]byte{'\n'})
	}
	return mac.Sum(nil)[:16]
}

// idOf is under what a code of a point is kept.
func (s *Service) idOf(point, code string) string {
	return base64.RawURLEncoding.EncodeToString(s.mac("code", point, code))
}

func (s *Service) today() survey.Date { return survey.DateOf(s.now()) }

// Order says which codes to make.
type Order struct {
	Point string // its code, the one that names it for good
	Count int    // 1 to MaxCount
	Days  int    // for how many days after today they are good: 1 to MaxDays
	Note  string // for whoever reads the list; one line
}

// Make makes a batch of codes and gives them in the order drawn, the only time
// anybody sees them. Audited as the creation of the batch. Right: points, over the agency. Errors:
// invalid, not_found, forbidden, unavailable; a batch of which it is not known whether all its codes are stored is revoked.
func (s *Service) Make(ctx context.Context, actor survey.Actor, o Order) (Batch, []string, error) {
	act, err := s.act(actor, o.Point)
	if err != nil {
		return Batch{}, nil, err
	}
	o.Note = registry.CleanLine(o.Note)
	if err := check(o); err != nil {
		return Batch{}, nil, err
	}
	if err := s.forget(ctx); err != nil {
		return Batch{}, nil, err
	}
	id, err := s.draw(8)
	if err != nil {
		return Batch{}, nil, err
	}
	batch := survey.ReceiptBatch{ID: id, Point: o.Point, Count: o.Count, MadeOn: s.today(), LastDay: s.today().AddDays(o.Days), By: actor.User, Note: o.Note}
	codes, kept, err := s.drawCodes(batch)
	if err != nil {
		return Batch{}, nil, err
	}
	// The batch first: codes without one are good for nothing and nobody would ever remove them.
	if batch, err = registry.Create(ctx, s.registry, act, s.batches, batch); err != nil {
		return Batch{}, nil, err
	}
	if err := s.codes.CreateAll(ctx, kept); err != nil {
		// Nobody is given the codes, so none of them should be good; if that fails, too, nobody has them all the same.
		_, _ = s.Revoke(context.WithoutCancel(ctx), actor, batch.ID)
		return Batch{}, nil, err
	}
	return s.counted(batch, 0), codes, nil
}

func check(o Order) error {
	var fields []survey.FieldError
	ranged := func(path string, value, most int) {
		if value < 1 || value > most {
			fields = append(fields, survey.FieldError{Path: path, Reason: survey.ReasonRange, Params: map[string]any{"min": 1, "max": most}})
		}
	}
	ranged("count", o.Count, MaxCount)
	ranged("days", o.Days, MaxDays)
	if len([]rune(o.Note)) > MaxNote {
		fields = append(fields, survey.FieldError{Path: "note", Reason: survey.ReasonTooLong, Params: map[string]any{"max": MaxNote}})
	}
	if len(fields) > 0 {
		return &survey.Error{Code: survey.CodeInvalid, Message: "the batch of receipt codes is not valid", Fields: fields}
	}
	return nil
}

// drawCodes draws the codes of a batch, and what is kept of them in the order of
// their hashes: the order in the store says nothing of that on the sheets.
func (s *Service) drawCodes(batch survey.ReceiptBatch) (codes []string, kept []survey.ReceiptCode, err error) {
	drawn := make(map[string]bool, batch.Count)
	for len(codes) < batch.Count {
		code, err := survey.NewReceiptCode(s.random)
		if err != nil {
			return nil, nil, err
		}
		if drawn[code] {
			continue
		}
		drawn[code] = true
		one := survey.ReceiptCode{ID: s.idOf(batch.Point, code), Batch: batch.ID}
		one.Stamp(1, nil)
		codes, kept = append(codes, code), append(kept, one)
	}
	slices.SortFunc(kept, func(a, b survey.ReceiptCode) int { return cmp.Compare(a.ID, b.ID) })
	return codes, kept, nil
}

// draw gives n random bytes as text.
func (s *Service) draw(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return "", &survey.Error{Code: survey.CodeInternal, Message: "no randomness for an id", Err: err}
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// act is an act on the batches of a point: not_found where there is none, forbidden where the actor may not.
func (s *Service) act(actor survey.Actor, code string) (registry.Act, error) {
	point, ok := s.registry.Snapshot().Point(code)
	if !ok {
		return registry.Act{}, &survey.Error{Code: survey.CodeNotFound, Message: "no such point"}
	}
	act := registry.Act{Actor: actor, Right: survey.RightPoints, Agency: point.Agency, Collection: registry.CollectionReceipts}
	return act, s.registry.Permit(actor, act.Right, act.Agency)
}

// State is what can be done with the codes of a batch.
type State string

// The states.
const (
	StateGood    State = "good"
	StateExpired State = "expired"
	StateRevoked State = "revoked"
)

// Batch is a batch with what became of its codes.
type Batch struct {
	survey.ReceiptBatch
	State State
	// Used and Unused count its codes: those unused are good still, or have expired or were
	// revoked, as the state says. Nil for a batch of fewer than ten.
	Used, Unused *int
}

func (s *Service) counted(b survey.ReceiptBatch, used int) Batch {
	shown := Batch{ReceiptBatch: b, State: StateGood}
	switch {
	case b.RevokedOn != "":
		shown.State = StateRevoked
	case b.ExpiredOn(s.today()):
		shown.State = StateExpired
	}
	if b.Used != nil {
		used = *b.Used
	}
	if b.Count >= smallestCounted {
		unused := b.Count - used
		shown.Used, shown.Unused = &used, &unused
	}
	return shown
}

// Batches lists the batches of a point, those of the newest day first. Right: points, over the agency.
// Errors: not_found, forbidden, unavailable.
func (s *Service) Batches(ctx context.Context, actor survey.Actor, point string) ([]Batch, error) {
	if _, err := s.act(actor, point); err != nil {
		return nil, err
	}
	all, err := s.batches.List(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(b survey.ReceiptBatch) bool { return b.Point != point })
	slices.SortStableFunc(all, func(a, b survey.ReceiptBatch) int { return cmp.Compare(b.MadeOn, a.MadeOn) })
	return s.count(ctx, all)
}

func (s *Service) count(ctx context.Context, all []survey.ReceiptBatch) ([]Batch, error) {
	var kept []string // whose codes are
	for _, b := range all {
		if b.Used == nil {
			kept = append(kept, b.ID)
		}
	}
	used, err := s.codes.CountUsed(ctx, kept)
	if err != nil {
		return nil, err
	}
	counted := make([]Batch, len(all))
	for i, b := range all {
		b.PendingAudit = nil
		counted[i] = s.counted(b, used[b.ID])
	}
	return counted, nil
}

// attempts is how often a write by revision is tried against others.
const attempts = 5

// Revoke makes the unused codes of a batch worthless; of one revoked before it
// changes nothing. Audited as an act on the batch (revoke). Right: points, over the agency. Errors:
// not_found, forbidden, unavailable.
func (s *Service) Revoke(ctx context.Context, actor survey.Actor, id string) (Batch, error) {
	for range attempts {
		batch, err := s.batches.Find(ctx, id)
		if err != nil {
			return Batch{}, err
		}
		act, err := s.act(actor, batch.Point)
		if err != nil {
			return Batch{}, err
		}
		if batch.RevokedOn == "" {
			act.Action = survey.ActionRevoke
			batch.RevokedOn = s.today()
			if batch, err = registry.Update(ctx, s.registry, act, s.batches, batch); survey.IsCode(err, survey.CodeConflict) {
				continue
			} else if err != nil {
				return Batch{}, err
			}
		}
		counted, err := s.count(ctx, []survey.ReceiptBatch{batch})
		if err != nil {
			return Batch{}, err
		}
		return counted[0], nil
	}
	return Batch{}, overtaken()
}

func overtaken() error {
	return &survey.Error{Code: survey.CodeUnavailable, Message: "the receipt codes are being changed elsewhere"}
}

// forget removes the codes that can be of no use any more, after noting how many were used.
func (s *Service) forget(ctx context.Context) error {
	all, err := s.batches.List(ctx)
	if err != nil {
		return err
	}
	over := s.today().AddDays(-memoryDays)
	var old []string
	for _, b := range all {
		last := b.LastDay
		if b.RevokedOn != "" {
			last = min(last, b.RevokedOn)
		}
		if last >= over {
			continue
		}
		if b.Used != nil {
			old = append(old, b.ID) // noted before, its codes may have been left by a crash
			continue
		}
		used, err := s.codes.CountUsed(ctx, []string{b.ID})
		if err != nil {
			return err
		}
		n := used[b.ID]
		b.Used = &n
		act, err := s.act(survey.System, b.Point)
		if err != nil {
			return err
		}
		if _, err := registry.Update(ctx, s.registry, act, s.batches, b); survey.IsCode(err, survey.CodeConflict) {
			continue // whoever changed it may not have noted the number: the next time
		} else if err != nil {
			return err
		}
		old = append(old, b.ID)
	}
	if len(old) == 0 {
		return nil
	}
	return s.codes.RemoveBatches(ctx, old)
}
