package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/identity"
)

const (
	refreshCookie = "sipas_refresh"
	sessionPath   = "/api/v1/session"
)

// Session is a sign-in: an access token to keep in memory. The refresh token
// travels in a cookie that scripts cannot read.
type Session struct {
	AccessToken string    `json:"accessToken" doc:"Send as Authorization: Bearer"`
	ExpiresAt   time.Time `json:"expiresAt" doc:"When the access token ends"`
	User        Me        `json:"user"`
}

// Me is the signed-in user.
type Me struct {
	ID        string         `json:"id" example:"nguyen.van.a"`
	Name      string         `json:"name" example:"Nguyễn Văn A"`
	Grants    []survey.Grant `json:"grants" nullable:"false" doc:"Roles and the agency each is over; an empty agency is the whole province"`
	Rights    []survey.Right `json:"rights" nullable:"false" doc:"Every right some grant includes"`
	Synthetic bool           `json:"synthetic" doc:"The store holds synthetic data"`
	Version   string         `json:"version" doc:"Of the program"`
}

type sessionOutput struct {
	SetCookie    http.Cookie `header:"Set-Cookie"`
	CacheControl string      `header:"Cache-Control"`
	Body         Session
}

type endedOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type refreshInput struct {
	Refresh string `cookie:"sipas_refresh"`
}

func (s *server) registerSession() {
	refresh := []map[string][]string{{schemeRefresh: {}}}

	open := operation("open-session", http.MethodPost, sessionPath, "Administration", "Sign in",
		"Gives an access token and sets the refresh cookie. After too many failed attempts a name has to wait where they came from: 429 with Retry-After.",
		http.StatusUnauthorized, http.StatusTooManyRequests)
	huma.Register(s.openapi, open, func(ctx context.Context, in *struct {
		Body struct {
			Name     string `json:"name" maxLength:"200" doc:"Login name" example:"admin"`
			Password string `json:"password" maxLength:"1000"`
		}
	}) (*sessionOutput, error) {
		user, token, err := s.identity.Login(ctx, in.Body.Name, in.Body.Password)
		if err != nil {
			return nil, err
		}
		return s.session(user, token)
	})

	renew := operation("renew-session", http.MethodPost, sessionPath+"/refresh", "Administration", "Renew the session",
		"Takes the refresh cookie, rotates it and gives a new access token. A used-up refresh token ends the session.", http.StatusUnauthorized)
	renew.Security = refresh
	huma.Register(s.openapi, renew, func(ctx context.Context, in *refreshInput) (*sessionOutput, error) {
		if in.Refresh == "" {
			return nil, errSignIn
		}
		user, token, err := s.identity.Refresh(ctx, in.Refresh)
		if err != nil {
			return nil, err
		}
		return s.session(user, token)
	})

	end := operation("close-session", http.MethodDelete, sessionPath, "Administration", "Sign out",
		"Ends the session of the refresh cookie; no error where there is none.")
	end.Security = refresh
	huma.Register(s.openapi, end, func(ctx context.Context, in *refreshInput) (*endedOutput, error) {
		if in.Refresh != "" {
			if err := s.identity.Logout(ctx, in.Refresh); err != nil {
				return nil, err
			}
		}
		return &endedOutput{s.cookie("", time.Unix(0, 0))}, nil
	})
}

func (s *server) session(user survey.User, token identity.RefreshToken) (*sessionOutput, error) {
	access, expires, err := s.tokens.issue(user.ID)
	if err != nil {
		return nil, err
	}
	return &sessionOutput{SetCookie: s.cookie(token.Token, token.ExpiresAt), CacheControl: "no-store",
		Body: Session{AccessToken: access, ExpiresAt: expires, User: s.me(user)}}, nil
}

func (s *server) cookie(token string, expires time.Time) http.Cookie {
	cookie := http.Cookie{Name: refreshCookie, Value: token, Path: sessionPath, Expires: expires.UTC(),
		HttpOnly: true, Secure: s.https, SameSite: http.SameSiteStrictMode}
	if token == "" {
		cookie.MaxAge = -1
	}
	return cookie
}

func (s *server) me(user survey.User) Me {
	me := Me{ID: user.ID, Name: user.Name, Grants: append([]survey.Grant{}, user.Grants...), Rights: []survey.Right{},
		Synthetic: s.registry.Snapshot().Synthetic(), Version: s.version}
	for _, right := range survey.Roles[survey.RoleAdmin] { // the role that has every right, in its fixed order
		for _, grant := range user.Grants {
			if grant.Has(right) {
				me.Rights = append(me.Rights, right)
				break
			}
		}
	}
	return me
}
