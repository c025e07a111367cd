package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sipas/survey"
)

func sessionOf(t *testing.T, a answer) (Session, *http.Cookie) {
	t.Helper()
	var s Session
	if a.StatusCode != http.StatusOK {
		t.Fatalf("got %d: %s", a.StatusCode, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Cookies() {
		if c.Name == refreshCookie {
			return s, c
		}
	}
	t.Fatal("no refresh cookie")
	return s, nil
}

func TestSessionFromSignInToSignOut(t *testing.T) {
	w := newWorld(t, synthetic)
	_, err := w.server.identity.CreateUser(context.Background(), survey.System,
		survey.User{ID: "lan", Name: "Trần Thị Lan", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "phuong-dong"}}}, password)
	w.must(err)

	wrong := w.postJSON("/api/v1/session", `{"name":"lan","password":"secret-guess"}`)
	if p := wrong.problem(t); p.Reason != survey.ReasonCredentials {
		t.Errorf("reason %s", p.Reason)
	}
	lacks(t, wrong.body, "secret-guess", "lan")

	session, cookie := sessionOf(t, w.postJSON("/api/v1/session", `{"name":"lan","password":"`+password+`"}`))
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != sessionPath {
		t.Errorf("cookie %+v", cookie)
	}
	if session.ExpiresAt.Sub(w.now) > accessTokenLife || session.User.ID != "lan" || !session.User.Synthetic || session.User.Version != "test" {
		t.Errorf("session %+v", session)
	}
	me := w.get("/api/v1/me", "Authorization", "Bearer "+session.AccessToken)
	contains(t, me.body, `"name":"Trần Thị Lan"`, `"rights":["results","points","kiosks","volumes","flags"]`, `{"role":"manager","agency":"phuong-dong"}`)

	send := func(method, target string, c *http.Cookie) answer {
		return w.do(method, target, "", "Cookie", c.Name+"="+c.Value)
	}
	renewed, next := sessionOf(t, send(http.MethodPost, sessionPath+"/refresh", cookie))
	if next.Value == cookie.Value || renewed.AccessToken == session.AccessToken {
		t.Error("nothing was rotated")
	}
	w.advance(time.Minute)
	if p := send(http.MethodPost, sessionPath+"/refresh", cookie).problem(t); p.Status != http.StatusUnauthorized {
		t.Errorf("a used-up token gives %d", p.Status)
	}
	if p := send(http.MethodPost, sessionPath+"/refresh", next).problem(t); p.Status != http.StatusUnauthorized {
		t.Error("the session outlived the reuse of its token")
	}

	_, cookie = sessionOf(t, w.postJSON("/api/v1/session", `{"name":"lan","password":"`+password+`"}`))
	out := send(http.MethodDelete, sessionPath, cookie)
	if out.StatusCode != http.StatusNoContent || len(out.Cookies()) != 1 || out.Cookies()[0].MaxAge >= 0 {
		t.Errorf("%d %v", out.StatusCode, out.Cookies())
	}
	if a := send(http.MethodPost, sessionPath+"/refresh", cookie); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", a.StatusCode)
	}
}

func TestThrottledSignInSaysHowLongToWait(t *testing.T) {
	w := newWorld(t)
	var a answer
	for range 11 {
		a = w.postJSON("/api/v1/session", `{"name":"lan","password":"wrong-password"}`)
	}
	if p := a.problem(t); p.Status != http.StatusTooManyRequests || p.Reason != survey.ReasonLoginThrottled || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
}

func TestAccessTokensThatAreNotOurs(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	key := w.server.tokens.key
	claims := func(change func(*jwt.RegisteredClaims)) jwt.RegisteredClaims {
		c := jwt.RegisteredClaims{Issuer: publicURL, Subject: "admin", Audience: jwt.ClaimStrings{accessAudience},
			ExpiresAt: jwt.NewNumericDate(w.now.Add(time.Minute)), IssuedAt: jwt.NewNumericDate(w.now)}
		change(&c)
		return c
	}
	sign := func(method jwt.SigningMethod, key any, c jwt.RegisteredClaims) string {
		token, err := jwt.NewWithClaims(method, c).SignedString(key)
		w.must(err)
		return token
	}
	same := func(*jwt.RegisteredClaims) {}
	if a := w.get("/api/v1/me", "Authorization", "Bearer "+sign(jwt.SigningMethodHS256, key, claims(same))); a.StatusCode != http.StatusOK {
		t.Fatalf("the good one gives %d: %s", a.StatusCode, a.body)
	}
	for name, token := range map[string]string{
		"empty":               "",
		"no signature":        sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(same)),
		"another method":      sign(jwt.SigningMethodHS512, key, claims(same)),
		"another key":         sign(jwt.SigningMethodHS256, []byte(strings.Repeat("x", 32)), claims(same)),
		"the key not derived": sign(jwt.SigningMethodHS256, []byte(strings.Repeat("k", 32)), claims(same)),
		"no expiry":           sign(jwt.SigningMethodHS256, key, claims(func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil })),
		"expired":             sign(jwt.SigningMethodHS256, key, claims(func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(w.now.Add(-time.Second)) })),
		"another audience":    sign(jwt.SigningMethodHS256, key, claims(func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"other"} })),
		"no audience":         sign(jwt.SigningMethodHS256, key, claims(func(c *jwt.RegisteredClaims) { c.Audience = nil })),
		"another issuer":      sign(jwt.SigningMethodHS256, key, claims(func(c *jwt.RegisteredClaims) { c.Issuer = "https://other.example" })),
		"nobody":              sign(jwt.SigningMethodHS256, key, claims(func(c *jwt.RegisteredClaims) { c.Subject = "" })),
		"a user who is gone":  sign(jwt.SigningMethodHS256, key, claims(func(c *jwt.RegisteredClaims) { c.Subject = "gone" })),
		"a page token":        w.open(w.quick),
		"a thank-you summary": w.server.seals.sealSummary(w.quick.Code, summary{}),
	} {
		t.Run(name, func(t *testing.T) {
			a := w.get("/api/v1/me", "Authorization", "Bearer "+token)
			if a.StatusCode != http.StatusUnauthorized {
				t.Fatalf("got %d", a.StatusCode)
			}
			a.problem(t)
		})
	}
}

// The clocks of two nodes are never quite the same.
func TestAnAccessTokenOfANodeWhoseClockIsAhead(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	w.advance(5 * time.Second)
	token := w.token("viewer")
	w.advance(-10 * time.Second)
	if a := w.get("/api/v1/me", "Authorization", token); a.StatusCode != http.StatusOK {
		t.Errorf("got %d: %s", a.StatusCode, a.body)
	}
}

// Rights follow the catalogue of users, not the token.
func TestADisabledUserIsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	token := w.token("viewer")
	user, err := w.store.Users().Find(context.Background(), "viewer")
	w.must(err)
	user.Disabled = true
	user.Rev++
	w.must(w.store.Users().Update(context.Background(), user))
	if p := w.get("/api/v1/fields", "Authorization", token).problem(t); p.Reason != survey.ReasonUserDisabled {
		t.Errorf("%+v", p)
	}
}
