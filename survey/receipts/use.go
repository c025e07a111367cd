package receipts

import (
	"context"
	"crypto/hmac"
	"time"

	"sipas/survey"
)

// Use is a code with what it is to be used for.
type Use struct {
	Point string // its code, the one that names it for good
	Code  string // as ParseReceiptCode gives it
	// Secret is what only the sender of the one rating knows. Who uses the code again
	// with it may; it cannot be found from what is kept.
	Secret string
	// At is when the rating was given: codes are judged by that time. Revoked ones are
	// not good whatever it is.
	At time.Time
}

// Look says what Take would answer, and uses nothing up.
func (s *Service) Look(ctx context.Context, u Use) error {
	_, _, err := s.find(ctx, u)
	return err
}

// Take uses a code up for whoever has the secret, once: of several at the same time,
// on any nodes, one succeeds. It is durable then, and taking it again with the same secret succeeds, even
// after the code expired or was revoked. So the rating is stored after it, and what a crash left
// between the two is finished by sending the rating again.
//
// Errors: invalid, at path receiptCode, with reason receiptCode.unknown (of another point, or forgotten), .used, .expired or .revoked; unavailable.
func (s *Service) Take(ctx context.Context, u Use) error {
	for range attempts {
		code, taken, err := s.find(ctx, u)
		if err != nil || taken {
			return err
		}
		code.Used, code.Holder = true, s.holder(u)
		code.Stamp(code.Rev+1, nil)
		if err := s.codes.Update(ctx, code); !lost(err) {
			return err
		}
	}
	return overtaken()
}

// Forget takes from a code what would let its rating be sent again. It is for
// secrets that are kept elsewhere, after the rating was stored. Errors: unavailable.
func (s *Service) Forget(ctx context.Context, u Use) error {
	for range attempts {
		code, err := s.codes.Find(ctx, s.idOf(u.Point, u.Code))
		if survey.IsCode(err, survey.CodeNotFound) || err == nil && !hmac.Equal(code.Holder, s.holder(u)) {
			return nil
		}
		if err != nil {
			return err
		}
		code.Holder = nil
		code.Stamp(code.Rev+1, nil)
		if err := s.codes.Update(ctx, code); !lost(err) {
			return err
		}
	}
	return overtaken()
}

// find gives the code where it can be taken, or was by the same secret.
func (s *Service) find(ctx context.Context, u Use) (code survey.ReceiptCode, taken bool, err error) {
	code, err = s.codes.Find(ctx, s.idOf(u.Point, u.Code))
	if survey.IsCode(err, survey.CodeNotFound) {
		err = refused(survey.ReasonReceiptUnknown, nil)
	}
	if err != nil {
		return code, false, err
	}
	if code.Used {
		if hmac.Equal(code.Holder, s.holder(u)) {
			return code, true, nil
		}
		return code, false, refused(survey.ReasonReceiptUsed, nil)
	}
	batch, err := s.batches.Find(ctx, code.Batch)
	switch {
	case err != nil:
		return code, false, err
	case batch.RevokedOn != "":
		return code, false, refused(survey.ReasonReceiptRevoked, nil)
	case batch.ExpiredOn(survey.DateOf(u.At)):
		return code, false, refused(survey.ReasonReceiptExpired, map[string]any{"day": batch.LastDay})
	}
	return code, false, nil
}

func (s *Service) holder(u Use) []byte { return s.mac("holder", u.Point, u.Code, u.Secret) }

func refused(reason string, params map[string]any) error {
	return &survey.Error{Code: survey.CodeInvalid, Message: "the receipt code is not good",
		Fields: []survey.FieldError{{Path: "receiptCode", Reason: reason, Params: params}}}
}

// lost reports whether a write by revision lost against another one.
func lost(err error) bool {
	return survey.IsCode(err, survey.CodeConflict) || survey.IsCode(err, survey.CodeNotFound)
}
