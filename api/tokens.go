package api

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sipas/survey"
)

// accessTokenLife is how long an access token is good for.
const accessTokenLife = 15 * time.Minute

const accessAudience = "sipas-api"

// accessTokens issues and reads access tokens: JWT, HS256, naming the user and
// nothing else. What the user may do is looked up with every request. When a token
// was issued is not held against it: the clock of the node that did may be ahead.
type accessTokens struct {
	key    []byte
	issuer string
	parser *jwt.Parser
	now    func() time.Time
}

func newAccessTokens(key []byte, issuer string, now func() time.Time) *accessTokens {
	if issuer == "" {
		issuer = "sipas"
	}
	return &accessTokens{key: key, issuer: issuer, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(accessAudience),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(now),
	)}
}

func (t *accessTokens) issue(user string) (token string, expires time.Time, err error) {
	now := t.now().UTC().Truncate(time.Second)
	expires = now.Add(accessTokenLife)
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer:    t.issuer,
		Subject:   user,
		Audience:  jwt.ClaimStrings{accessAudience},
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(expires),
		ID:        rand.Text(),
	}).SignedString(t.key)
	if err != nil {
		return "", time.Time{}, &survey.Error{Code: survey.CodeInternal, Message: "an access token cannot be signed", Err: err}
	}
	return token, expires, nil
}

// user gives the user an access token names. It is the only place where a JWT is
// read: method, signature, issuer, audience and expiry are all enforced here.
// The error is unauthorized.
func (t *accessTokens) user(token string) (string, error) {
	var claims jwt.RegisteredClaims
	_, err := t.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return t.key, nil })
	if err != nil || claims.Subject == "" {
		return "", &survey.Error{Code: survey.CodeUnauthorized, Reason: survey.ReasonSessionEnded, Message: "the access token is not valid"}
	}
	return claims.Subject, nil
}

// bearer gives the credential of an Authorization header under a scheme.
func bearer(header, scheme string) (string, bool) {
	name, credential, ok := strings.Cut(header, " ")
	return strings.TrimSpace(credential), ok && strings.EqualFold(name, scheme)
}
