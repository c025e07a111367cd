package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// How long an enrolment code is good, how long a used one is remembered, how
// often a device's sign of life is written down, and how often a write that another one
// overtook is tried.
const (
	EnrolmentLifetime = 10 * time.Minute
	enrolmentMemory   = 24 * time.Hour
	seenInterval      = 5 * time.Minute
	deviceAttempts    = 5
)

// Twenty wrong enrolment codes a minute, then no more attempts until the oldest is forgotten.
const (
	maxWrongCodes    = 20
	maxAllWrongCodes = 1000
	wrongCodeWindow  = time.Minute
)

// A device's token is "kiosk.secret". The secret after a rotation is
// HMAC(secret, salt) under a random salt kept with the device: however often a rotation is
// asked for again because its answer was lost, the answer is the same.

var strictEncoding = base64.RawURLEncoding.Strict()

func deviceHash(secret []byte) []byte {
	sum := sha256.Sum256(append([]byte("sipas device token 1\n"), secret...))
	return sum[:]
}

func enrolmentID(code string) string {
	sum := sha256.Sum256([]byte("sipas enrolment code 1\n" + code))
	return hex.EncodeToString(sum[:])
}

func deviceToken(kiosk string, secret []byte) string {
	return kiosk + "." + strictEncoding.EncodeToString(secret)
}

func readDeviceToken(token string) (kiosk string, secret []byte, err error) {
	const longest = 200
	kiosk, text, ok := strings.Cut(token, ".")
	if ok && len(token) <= longest && survey.IsKioskID(kiosk) && !strings.ContainsAny(text, "\r\n") { // which base64 would pass over
		if secret, err = strictEncoding.DecodeString(text); err == nil && len(secret) == sha256.Size {
			return kiosk, secret, nil
		}
	}
	return "", nil, refusedDevice(survey.ReasonDeviceUnknown)
}

func refusedDevice(reason string) error {
	return &survey.Error{Code: survey.CodeUnauthorized, Reason: reason, Message: "the device may not send"}
}

func refusedCode(reason string) error {
	return &survey.Error{Code: survey.CodeUnauthorized, Reason: reason, Message: "the enrolment code is not good"}
}

func kioskClosed() error {
	return &survey.Error{Code: survey.CodeClosed, Reason: survey.ReasonKioskClosed, Message: "the kiosk is closed"}
}

func overtaken() error {
	return &survey.Error{Code: survey.CodeUnavailable, Message: "the kiosk is being changed elsewhere"}
}

// lost reports whether a write by revision lost against another one.
func lost(err error) bool {
	return survey.IsCode(err, survey.CodeConflict) || survey.IsCode(err, survey.CodeNotFound)
}

func (s *Service) moment() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// plainKiosk gives the kiosk without the audit entry it may owe.
func plainKiosk(k survey.Kiosk) survey.Kiosk {
	k.PendingAudit = nil
	return k
}

// changeKiosk audits an act on a kiosk: change gives what it becomes, false where
// there is nothing to do. Right: kiosks, over the agency of its point.
func (s *Service) changeKiosk(ctx context.Context, actor survey.Actor, id string, action survey.AuditAction,
	change func(*survey.Kiosk) (bool, error)) (survey.Kiosk, error) {
	for range deviceAttempts {
		kiosk, err := s.kiosks.Find(ctx, id)
		if err != nil {
			return survey.Kiosk{}, err
		}
		kiosk = plainKiosk(kiosk)
		act := registry.Act{Actor: actor, Right: survey.RightKiosks, Agency: s.registry.Snapshot().KioskAgency(kiosk),
			Collection: registry.CollectionKiosks, Action: action}
		if err := s.registry.Permit(actor, act.Right, act.Agency); err != nil {
			return survey.Kiosk{}, err
		}
		if needed, err := change(&kiosk); err != nil || !needed {
			return kiosk, err
		}
		kiosk, err = registry.Update(ctx, s.registry, act, s.kiosks, kiosk)
		if !survey.IsCode(err, survey.CodeConflict) {
			return kiosk, err
		}
	}
	return survey.Kiosk{}, overtaken()
}

// IssueEnrolment gives a code that enrols one device for the kiosk within
// EnrolmentLifetime. Codes issued before are not good any more; a device already enrolled stays so
// until the new one takes its place. Audited as an act on the kiosk (enrol). Right: kiosks, over the
// agency of its point. Errors: not_found, forbidden, closed with reason kiosk.closed, unavailable.
func (s *Service) IssueEnrolment(ctx context.Context, actor survey.Actor, kioskID string) (code string, expires time.Time, err error) {
	kiosk, err := s.changeKiosk(ctx, actor, kioskID, survey.ActionEnrol, func(k *survey.Kiosk) (bool, error) {
		if k.Closed {
			return false, kioskClosed()
		}
		k.Enrolments++
		return true, nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	now := s.moment()
	if err := s.forgetEnrolments(ctx, now); err != nil {
		return "", time.Time{}, err
	}
	for {
		if code, err = survey.NewEnrolmentCode(s.random); err != nil {
			return "", time.Time{}, err
		}
		enrolment := survey.Enrolment{ID: enrolmentID(code), Kiosk: kiosk.ID, Number: kiosk.Enrolments, ExpiresAt: now.Add(EnrolmentLifetime)}
		enrolment.Stamp(1, nil)
		err = s.enrolments.Create(ctx, enrolment)
		if err == nil {
			return code, enrolment.ExpiresAt, nil
		}
		if !survey.IsCode(err, survey.CodeConflict) {
			return "", time.Time{}, err
		}
		// Of 2^40 codes this one is remembered: draw another.
	}
}

// forgetEnrolments removes codes that expired long ago.
func (s *Service) forgetEnrolments(ctx context.Context, now time.Time) error {
	enrolments, err := s.enrolments.List(ctx)
	if err != nil {
		return err
	}
	for _, e := range enrolments {
		if now.Sub(e.ExpiresAt) >= enrolmentMemory {
			if err := s.enrolments.Remove(ctx, e.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Enrol makes the caller the kiosk's device: it uses the code up and gives the
// device's token. A device enrolled before loses its own. The code may be typed in any way.
//
// Errors: invalid with reason enrolment.format at path code; unauthorized with
// reason enrolment.unknown, enrolment.used, enrolment.replaced or enrolment.expired; closed with reason
// kiosk.closed; throttled with reason enrolment.throttled and the seconds to wait, after 20 wrong codes
// from one origin (see WithOrigin), or a thousand from everywhere, within a minute; unavailable. A code whose answer was lost is used up.
func (s *Service) Enrol(ctx context.Context, typed string) (survey.Kiosk, string, error) {
	code, err := survey.ParseEnrolmentCode(typed)
	if err != nil {
		return survey.Kiosk{}, "", err
	}
	var kiosk survey.Kiosk
	var token string
	err = s.tried(ctx, func() (err error) {
		kiosk, token, err = s.enrol(ctx, code)
		return err
	})
	return kiosk, token, err
}

// good finds what a code is for, where it is good now.
func (s *Service) good(ctx context.Context, code string) (survey.Enrolment, survey.Kiosk, error) {
	enrolment, err := s.enrolments.Find(ctx, enrolmentID(code))
	switch {
	case survey.IsCode(err, survey.CodeNotFound):
		return enrolment, survey.Kiosk{}, refusedCode(survey.ReasonEnrolmentUnknown)
	case err != nil:
		return enrolment, survey.Kiosk{}, err
	case enrolment.Used:
		return enrolment, survey.Kiosk{}, refusedCode(survey.ReasonEnrolmentUsed)
	case !s.moment().Before(enrolment.ExpiresAt):
		return enrolment, survey.Kiosk{}, refusedCode(survey.ReasonEnrolmentExpired)
	}
	kiosk, err := s.kiosks.Find(ctx, enrolment.Kiosk)
	switch {
	case err != nil:
	case enrolment.Number != kiosk.Enrolments || enrolment.Number <= kiosk.Revoked:
		err = refusedCode(survey.ReasonEnrolmentReplaced)
	case kiosk.Closed:
		err = kioskClosed()
	}
	return enrolment, kiosk, err
}

func (s *Service) enrol(ctx context.Context, code string) (survey.Kiosk, string, error) {
	enrolment, kiosk, err := s.good(ctx, code)
	if err != nil {
		return survey.Kiosk{}, "", err
	}
	now := s.moment()
	secret, err := s.draw(sha256.Size)
	if err != nil {
		return survey.Kiosk{}, "", err
	}
	enrolment.Used = true
	enrolment.Stamp(enrolment.Rev+1, nil)
	if err := s.enrolments.Update(ctx, enrolment); lost(err) {
		return survey.Kiosk{}, "", refusedCode(survey.ReasonEnrolmentUsed)
	} else if err != nil {
		return survey.Kiosk{}, "", err
	}
	device := survey.Device{ID: kiosk.ID, Enrolment: enrolment.Number, TokenHash: deviceHash(secret), EnrolledAt: now, SeenAt: now}
	if err := s.replaceDevice(ctx, device); err != nil {
		return survey.Kiosk{}, "", err
	}
	return plainKiosk(kiosk), deviceToken(kiosk.ID, secret), nil
}

// replaceDevice puts a device in the place of the kiosk's earlier one.
func (s *Service) replaceDevice(ctx context.Context, device survey.Device) error {
	for range deviceAttempts {
		stored, err := s.devices.Find(ctx, device.ID)
		switch {
		case survey.IsCode(err, survey.CodeNotFound):
			device.Stamp(1, nil)
			err = s.devices.Create(ctx, device)
		case err != nil:
			return err
		case stored.Enrolment > device.Enrolment:
			return refusedCode(survey.ReasonEnrolmentReplaced) // a newer code came first
		default:
			device.Stamp(stored.Rev+1, nil)
			err = s.devices.Update(ctx, device)
		}
		if !lost(err) {
			return err
		}
	}
	return overtaken()
}

// known finds the kiosk and the device of a token; next reports that the token is
// the one of a rotation, used for the first time.
func (s *Service) known(ctx context.Context, id string, secret []byte) (kiosk survey.Kiosk, device survey.Device, next bool, err error) {
	kiosk, err = s.kiosks.Find(ctx, id)
	if survey.IsCode(err, survey.CodeNotFound) {
		err = refusedDevice(survey.ReasonDeviceUnknown)
	}
	if err != nil {
		return kiosk, device, false, err
	}
	device, err = s.devices.Find(ctx, id)
	if err != nil && !survey.IsCode(err, survey.CodeNotFound) {
		return kiosk, device, false, err
	}
	hash := deviceHash(secret)
	current := subtle.ConstantTimeCompare(hash, device.TokenHash) == 1
	next = subtle.ConstantTimeCompare(hash, device.NextHash) == 1
	switch {
	case kiosk.Revoked > 0 && (err != nil || device.Enrolment <= kiosk.Revoked): // its secrets may be forgotten
		err = refusedDevice(survey.ReasonDeviceRevoked)
	case err != nil, !current && !next:
		err = refusedDevice(survey.ReasonDeviceUnknown)
	case kiosk.Closed:
		err = refusedDevice(survey.ReasonKioskClosed)
	}
	return plainKiosk(kiosk), device, next, err
}

// Device gives the kiosk a token was given to, as stored now. The first use of
// the token of a rotation ends the one before. Errors: unauthorized with reason device.unknown (also of
// a token that another device or a rotation replaced), device.revoked or kiosk.closed; unavailable.
func (s *Service) Device(ctx context.Context, token string) (survey.Kiosk, error) {
	id, secret, err := readDeviceToken(token)
	if err != nil {
		return survey.Kiosk{}, err
	}
	for range deviceAttempts {
		kiosk, device, next, err := s.known(ctx, id, secret)
		if err != nil {
			return survey.Kiosk{}, err
		}
		now := s.moment()
		if !next && now.Sub(device.SeenAt) < seenInterval {
			return kiosk, nil
		}
		if next {
			device.TokenHash, device.NextHash, device.Salt = device.NextHash, nil, nil
		}
		device.SeenAt = now
		device.Stamp(device.Rev+1, nil)
		switch err := s.devices.Update(ctx, device); {
		case lost(err):
			continue
		case err != nil && next: // the sign of life alone is no reason to refuse
			return survey.Kiosk{}, err
		}
		return kiosk, nil
	}
	return survey.Kiosk{}, overtaken()
}

// RotateDevice gives the token that follows the given one, which lives on until
// the new one is first used. Asking again before that gives the same token. Errors as Device's.
func (s *Service) RotateDevice(ctx context.Context, token string) (string, error) {
	id, secret, err := readDeviceToken(token)
	if err != nil {
		return "", err
	}
	for range deviceAttempts {
		_, device, next, err := s.known(ctx, id, secret)
		if err != nil {
			return "", err
		}
		if !next && device.NextHash != nil {
			return deviceToken(id, successor(secret, device.Salt)), nil
		}
		if device.Salt, err = s.draw(16); err != nil {
			return "", err
		}
		follower := successor(secret, device.Salt)
		device.TokenHash, device.NextHash, device.SeenAt = deviceHash(secret), deviceHash(follower), s.moment()
		device.Stamp(device.Rev+1, nil)
		if err := s.devices.Update(ctx, device); !lost(err) {
			if err != nil {
				return "", err
			}
			return deviceToken(id, follower), nil
		}
	}
	return "", overtaken()
}

// RevokeDevice takes the right to send from the kiosk's device and makes the
// codes issued for it worthless; ratings that wait on the tablet can be sent once it is enrolled again.
// Audited as an act on the kiosk (revoke); where nothing was enrolled since the last time it changes
// nothing. Right: kiosks, over the agency of its point. Errors: not_found, forbidden, unavailable.
func (s *Service) RevokeDevice(ctx context.Context, actor survey.Actor, kioskID string) (survey.Kiosk, error) {
	kiosk, err := s.changeKiosk(ctx, actor, kioskID, survey.ActionRevoke, func(k *survey.Kiosk) (bool, error) {
		needed := k.Revoked != k.Enrolments
		k.Revoked = k.Enrolments
		return needed, nil
	})
	if err != nil {
		return survey.Kiosk{}, err
	}
	return kiosk, s.forgetDevice(ctx, kiosk)
}

// Unenrol ends the enrolment of the device with the token, as staff at the device
// ask for: it may not send any more. A code issued meanwhile stays good. Audited as the system's act on the kiosk
// (revoke). Errors as Device's.
func (s *Service) Unenrol(ctx context.Context, token string) error {
	id, secret, err := readDeviceToken(token)
	if err != nil {
		return err
	}
	_, device, _, err := s.known(ctx, id, secret)
	if err != nil {
		return err
	}
	kiosk, err := s.changeKiosk(ctx, survey.System, id, survey.ActionRevoke, func(k *survey.Kiosk) (bool, error) {
		needed := k.Revoked < device.Enrolment
		k.Revoked = max(k.Revoked, device.Enrolment)
		return needed, nil
	})
	if err != nil {
		return err
	}
	return s.forgetDevice(ctx, kiosk)
}

// EnrolmentOf says which kiosk a code would enrol, and leaves the code as it is. Errors as
// Enrol's; wrong codes count with those of Enrol.
func (s *Service) EnrolmentOf(ctx context.Context, typed string) (survey.Kiosk, error) {
	code, err := survey.ParseEnrolmentCode(typed)
	if err != nil {
		return survey.Kiosk{}, err
	}
	var kiosk survey.Kiosk
	err = s.tried(ctx, func() (err error) {
		_, kiosk, err = s.good(ctx, code)
		return err
	})
	return plainKiosk(kiosk), err
}

// tried counts an attempt with a code; only a wrong one stays counted.
func (s *Service) tried(ctx context.Context, attempt func() error) error {
	release, wait := s.codes.attempt(originOf(ctx), "", s.now())
	if wait > 0 {
		return &survey.Error{Code: survey.CodeThrottled, Reason: survey.ReasonEnrolmentThrottled,
			Params: map[string]any{"seconds": seconds(wait)}, Message: "too many wrong enrolment codes"}
	}
	err := attempt()
	if !survey.IsCode(err, survey.CodeUnauthorized) {
		release()
	}
	return err
}

// forgetDevice takes the secrets from the device that a kiosk's revocation ended.
// By revision, not by removing it: one that a newer code enrols at the same time stays.
func (s *Service) forgetDevice(ctx context.Context, kiosk survey.Kiosk) error {
	for range deviceAttempts {
		device, err := s.devices.Find(ctx, kiosk.ID)
		switch {
		case survey.IsCode(err, survey.CodeNotFound):
			return nil
		case err != nil:
			return err
		case device.Enrolment > kiosk.Revoked:
			return nil // enrolled anew in the meantime
		case len(device.TokenHash) == 0:
			return nil // forgotten
		}
		device.TokenHash, device.NextHash, device.Salt = nil, nil, nil
		device.Stamp(device.Rev+1, nil)
		if err := s.devices.Update(ctx, device); !lost(err) {
			return err
		}
	}
	return overtaken()
}

// DeviceState is what is known of a kiosk's device.
type DeviceState struct {
	EnrolledAt time.Time
	SeenAt     time.Time // when it last sent or asked something, to a few minutes
}

// Devices gives the enrolled devices by the ids of their kiosks, limited to those
// over which the actor has the right kiosks. The error is unavailable.
func (s *Service) Devices(ctx context.Context, actor survey.Actor) (map[string]DeviceState, error) {
	devices, err := s.devices.List(ctx)
	if err != nil {
		return nil, err
	}
	snapshot := s.registry.Snapshot()
	states := map[string]DeviceState{}
	for _, d := range devices {
		kiosk, ok := snapshot.Kiosk(d.ID)
		if ok && len(d.TokenHash) > 0 && d.Enrolment > kiosk.Revoked && snapshot.Allows(actor, survey.RightKiosks, snapshot.KioskAgency(kiosk)) {
			states[d.ID] = DeviceState{EnrolledAt: d.EnrolledAt, SeenAt: d.SeenAt}
		}
	}
	return states, nil
}
