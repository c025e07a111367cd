package identity

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"regexp"

	"sipas/survey"
)

// The cost of a PIN's hash: OWASP's for PBKDF2-HMAC-SHA-256, a second or two on a cheap tablet.
const (
	pinIterations = 600_000
	minPIN        = 6
	maxPIN        = 12
)

var pinForm = regexp.MustCompile(`^[0-9]*$`)

// SetStaffPIN sets the PIN that opens the staff screen of a kiosk's device, 6 to
// 12 digits that neither repeat one digit nor run up or down; the empty one takes it away. The device learns it with its next heartbeat. It keeps passers-by
// out; somebody who takes a tablet apart can find six digits by trying. Audited as an update of the
// kiosk. Right: kiosks, over the agency of its point. Errors: invalid at path pin, not_found, forbidden, unavailable.
func (s *Service) SetStaffPIN(ctx context.Context, actor survey.Actor, kioskID, pin string) (survey.Kiosk, error) {
	return s.changeKiosk(ctx, actor, kioskID, survey.ActionUpdate, func(k *survey.Kiosk) (bool, error) {
		hashed, err := s.hashPIN(pin)
		needed := hashed != nil || k.StaffPIN != nil
		k.StaffPIN = hashed
		return needed, err
	})
}

func (s *Service) hashPIN(pin string) (*survey.StaffPIN, error) {
	wrong := func(reason string, params map[string]any) error {
		return &survey.Error{Code: survey.CodeInvalid, Message: "the PIN is not valid", Fields: []survey.FieldError{{Path: "pin", Reason: reason, Params: params}}}
	}
	switch {
	case pin == "":
		return nil, nil
	case !pinForm.MatchString(pin):
		return nil, wrong(survey.ReasonFormat, nil)
	case len(pin) < minPIN:
		return nil, wrong(survey.ReasonTooShort, map[string]any{"min": minPIN})
	case len(pin) > maxPIN:
		return nil, wrong(survey.ReasonTooLong, map[string]any{"max": maxPIN})
	case isRun(pin):
		return nil, wrong(survey.ReasonPINGuessable, nil)
	}
	salt, err := s.draw(saltLength)
	if err != nil {
		return nil, err
	}
	hash, err := pbkdf2.Key(sha256.New, pin, salt, pinIterations, sha256.Size)
	if err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "the PIN cannot be hashed", Err: err}
	}
	return &survey.StaffPIN{Salt: salt, Iterations: pinIterations, Hash: hash}, nil
}

// isRun reports whether each digit follows the one before in the same way: as its
// like (111111), as its successor (123456, 789012) or as its predecessor (987654).
func isRun(pin string) bool {
	step := (pin[1] - pin[0] + 10) % 10
	if step != 0 && step != 1 && step != 9 {
		return false
	}
	for i := 1; i < len(pin); i++ {
		if (pin[i]-pin[i-1]+10)%10 != step {
			return false
		}
	}
	return true
}
