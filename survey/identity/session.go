package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"sipas/survey"
)

// How long sessions live, and how many one user may have; a further one ends the oldest.
const (
	sessionIdle     = 12 * time.Hour
	sessionLongest  = 7 * 24 * time.Hour
	rotationGrace   = 10 * time.Second
	sessionsPerUser = 20
)

// RefreshToken renews a session until ExpiresAt.
type RefreshToken struct {
	Token     string // opaque; ASCII without white space
	ExpiresAt time.Time
}

// A token is "session.secret". The next secret is HMAC(secret, salt) under a
// random salt kept with the session: whoever holds the previous secret during the grace can
// be given the current one again, while neither the store nor an old token alone gives it away.

var encoding = base64.RawURLEncoding

func hashed(secret []byte) []byte {
	sum := sha256.Sum256(append([]byte("sipas refresh token 1\n"), secret...))
	return sum[:]
}

func successor(secret, salt []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("sipas next refresh token 1\n"))
	mac.Write(salt)
	return mac.Sum(nil)
}

func tokenOf(session survey.Session, secret []byte) RefreshToken {
	return RefreshToken{Token: session.ID + "." + encoding.EncodeToString(secret), ExpiresAt: session.ExpiresAt}
}

func ended(reason string) error {
	return &survey.Error{Code: survey.CodeUnauthorized, Reason: reason, Message: "the session is over"}
}

// begin starts a session and clears away what is over.
func (s *Service) begin(ctx context.Context, user string) (RefreshToken, error) {
	now := s.now().UTC().Truncate(time.Millisecond)
	id, err := s.draw(16)
	if err != nil {
		return RefreshToken{}, err
	}
	secret, err := s.draw(32)
	if err != nil {
		return RefreshToken{}, err
	}
	session := survey.Session{ID: encoding.EncodeToString(id), User: user, TokenHash: hashed(secret), CreatedAt: now, ExpiresAt: now.Add(sessionIdle)}
	session.Stamp(1, nil)
	if err := s.clear(ctx, user, now); err != nil {
		return RefreshToken{}, err
	}
	if err := s.sessions.Create(ctx, session); err != nil {
		return RefreshToken{}, err
	}
	return tokenOf(session, secret), nil
}

// clear removes expired sessions, and the user's oldest ones beyond what one user may have.
func (s *Service) clear(ctx context.Context, user string, now time.Time) error {
	sessions, err := s.sessions.List(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(sessions, func(a, b survey.Session) int { return b.CreatedAt.Compare(a.CreatedAt) })
	kept := 1 // the one about to begin
	for _, session := range sessions {
		if session.User == user {
			kept++
		}
		if !now.Before(session.ExpiresAt) || session.User == user && kept > sessionsPerUser {
			if err := s.sessions.Remove(ctx, session.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Refresh renews a session: it gives the user and the next token. The token
// given is used up, but for 10 seconds it still gives the same next token, because two requests
// of one page may cross. Later its use ends the session. A session ends 12 hours after its last
// renewal and seven days after the login at the latest.
//
// Errors: unauthorized with reason session.ended, session.reused or user.disabled; unavailable.
func (s *Service) Refresh(ctx context.Context, token string) (survey.User, RefreshToken, error) {
	id, secret, err := readToken(token)
	if err != nil {
		return survey.User{}, RefreshToken{}, err
	}
	const attempts = 5 // each failed one means that another request renewed the session
	for range attempts {
		session, next, err := s.renew(ctx, id, secret)
		if survey.IsCode(err, survey.CodeConflict) {
			continue
		}
		if err != nil {
			return survey.User{}, RefreshToken{}, err
		}
		user, err := s.users.Find(ctx, session.User)
		if err != nil && !survey.IsCode(err, survey.CodeNotFound) {
			return survey.User{}, RefreshToken{}, err
		}
		if err != nil || user.Disabled {
			return survey.User{}, RefreshToken{}, s.end(ctx, id, survey.ReasonUserDisabled)
		}
		return public(user), next, nil
	}
	return survey.User{}, RefreshToken{}, &survey.Error{Code: survey.CodeUnavailable, Message: "the session is being renewed elsewhere"}
}

// renew rotates the session's token once; conflict where another request came first.
func (s *Service) renew(ctx context.Context, id string, secret []byte) (survey.Session, RefreshToken, error) {
	now := s.now().UTC().Truncate(time.Millisecond)
	session, err := s.sessions.Find(ctx, id)
	if survey.IsCode(err, survey.CodeNotFound) {
		return session, RefreshToken{}, ended(survey.ReasonSessionEnded)
	}
	if err != nil {
		return session, RefreshToken{}, err
	}
	if !now.Before(session.ExpiresAt) {
		return session, RefreshToken{}, s.end(ctx, id, survey.ReasonSessionEnded)
	}
	hash := hashed(secret)
	switch {
	case subtle.ConstantTimeCompare(hash, session.TokenHash) == 1:
	case subtle.ConstantTimeCompare(hash, session.PreviousHash) == 1 && !now.After(session.PreviousUntil):
		return session, tokenOf(session, successor(secret, session.Salt)), nil
	default:
		return session, RefreshToken{}, s.end(ctx, id, survey.ReasonSessionReused)
	}
	if session.Salt, err = s.draw(16); err != nil {
		return session, RefreshToken{}, err
	}
	next := successor(secret, session.Salt)
	session.TokenHash, session.PreviousHash, session.PreviousUntil = hashed(next), hash, now.Add(rotationGrace)
	session.ExpiresAt = now.Add(sessionIdle)
	if last := session.CreatedAt.Add(sessionLongest); session.ExpiresAt.After(last) {
		session.ExpiresAt = last
	}
	session.Stamp(session.Rev+1, nil)
	err = s.sessions.Update(ctx, session)
	if survey.IsCode(err, survey.CodeNotFound) {
		err = ended(survey.ReasonSessionEnded)
	}
	return session, tokenOf(session, next), err
}

// end removes the session and gives the reason as the error.
func (s *Service) end(ctx context.Context, id, reason string) error {
	if err := s.sessions.Remove(ctx, id); err != nil {
		return err
	}
	return ended(reason)
}

// Logout ends the session a token belongs to. A token that belongs to none is no
// error; the error is unavailable.
func (s *Service) Logout(ctx context.Context, token string) error {
	id, secret, err := readToken(token)
	if err != nil {
		return nil
	}
	session, err := s.sessions.Find(ctx, id)
	if survey.IsCode(err, survey.CodeNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	hash := hashed(secret)
	if subtle.ConstantTimeCompare(hash, session.TokenHash)|subtle.ConstantTimeCompare(hash, session.PreviousHash) != 1 {
		return nil
	}
	return s.sessions.Remove(ctx, id)
}

// endAll ends every session of a user.
func (s *Service) endAll(ctx context.Context, user string) error {
	sessions, err := s.sessions.List(ctx)
	if err != nil {
		return err
	}
	for _, session := range sessions {
		if session.User == user {
			if err := s.sessions.Remove(ctx, session.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func readToken(token string) (id string, secret []byte, err error) {
	const longest = 200
	id, text, ok := strings.Cut(token, ".")
	secret, err = encoding.DecodeString(text)
	if !ok || err != nil || len(token) > longest || id == "" {
		return "", nil, ended(survey.ReasonSessionEnded)
	}
	return id, secret, nil
}
