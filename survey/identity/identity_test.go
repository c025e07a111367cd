package identity_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/identity"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
	"sipas/survey/storetest"
)

const password = "mật khẩu rất dài"

// clock is a time that only moves when told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type fixture struct {
	*identity.Service
	store *storetest.FaultyStore
	clock *clock
	admin survey.Actor
}

// newFixture gives a service over a store with the users admin and lan (a manager of xa-binh-minh).
func newFixture(t *testing.T) fixture {
	t.Helper()
	ctx := t.Context()
	file, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	store := storetest.Faulty(file)
	f := fixture{store: store, clock: &clock{at: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)}}
	if err := store.Create(ctx, survey.Identity{ID: "test", CreatedAt: f.clock.now()}); err != nil {
		t.Fatal(err)
	}
	reg, err := registry.Open(ctx, registry.Options{Store: store, Now: f.clock.now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	name := func(s string) survey.Text { return survey.Text{survey.Vietnamese: s} }
	err = reg.Load(ctx, registry.Catalogue{Agencies: []survey.Agency{
		{ID: "tinh", Kind: survey.KindProvince, Level: survey.LevelProvince, Name: name("Tỉnh"), ValidFrom: "2025-07-01"},
		{ID: "xa-binh-minh", Parent: "tinh", Kind: survey.KindCommune, Level: survey.LevelCommune, Name: name("Xã Bình Minh"), ValidFrom: "2025-07-01"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	f.Service = identity.New(identity.Options{Store: store, Registry: reg, Now: f.clock.now, Random: rand.Reader})
	for _, u := range []survey.User{
		{ID: "admin", Name: "Quản trị", Grants: []survey.Grant{{Role: survey.RoleAdmin}}},
		{ID: "lan", Name: "Nguyễn Thị Lan", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "xa-binh-minh"}}},
	} {
		if _, err := f.CreateUser(ctx, survey.System, u, password); err != nil {
			t.Fatal(err)
		}
	}
	if f.admin, err = f.Actor(ctx, "admin"); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fixture) login(t *testing.T, name string) string {
	t.Helper()
	_, token, err := f.Login(t.Context(), name, password)
	if err != nil {
		t.Fatal(err)
	}
	return token.Token
}

// problem gives an error as "code reason" or its field errors as "path: reason; …".
func problem(err error) string {
	var e *survey.Error
	if !errors.As(err, &e) {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Path+": "+f.Reason)
	}
	if len(all) > 0 {
		return strings.Join(all, "; ")
	}
	return strings.TrimSpace(string(e.Code) + " " + e.Reason)
}

func TestLoginRefuses(t *testing.T) {
	f := newFixture(t)
	for name, test := range map[string]struct{ user, password, want string }{
		"a wrong password":           {"lan", "mật khẩu rất ngắn", "unauthorized login.credentials"},
		"an empty password":          {"lan", "", "unauthorized login.credentials"},
		"an endless password":        {"lan", strings.Repeat(password, 100), "unauthorized login.credentials"},
		"an unknown name":            {"nobody", password, "unauthorized login.credentials"},
		"an unknown name, no secret": {"nobody", "", "unauthorized login.credentials"},
		"no name":                    {"", password, "unauthorized login.credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := f.Login(t.Context(), test.user, test.password); problem(err) != test.want {
				t.Errorf("got %s, want %s", problem(err), test.want)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	f := newFixture(t)
	// The same name and password typed otherwise: upper case, spaces, decomposed letters.
	user, token, err := f.Login(t.Context(), " LAN ", "ma\u0323\u0302t khâ\u0309u râ\u0301t dài")
	if err != nil {
		t.Fatal(err)
	}
	if user.ID != "lan" || user.PasswordHash != "" || user.PendingAudit != nil {
		t.Errorf("got %+v", user)
	}
	if token.Token == "" || !token.ExpiresAt.Equal(f.clock.now().Add(12*time.Hour)) {
		t.Errorf("got %+v", token)
	}
	stored, err := f.store.Users().Find(t.Context(), "lan")
	if err != nil || !strings.HasPrefix(stored.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the password is kept as %q, %v", stored.PasswordHash, err)
	}
	sessions, err := f.store.Sessions().List(t.Context())
	if err != nil || len(sessions) != 1 || bytes.Contains(sessions[0].TokenHash, []byte(token.Token)) {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
}

// Somebody who guesses from one place shuts out nobody elsewhere, and guessing
// from many places together comes to an end too.
func TestLoginIsThrottledByOrigin(t *testing.T) {
	f := newFixture(t)
	from := func(origin int) context.Context {
		return identity.WithOrigin(t.Context(), fmt.Sprintf("203.0.113.%d", origin))
	}
	for range 10 {
		if _, _, err := f.Login(from(1), "lan", "wrong password"); !survey.IsCode(err, survey.CodeUnauthorized) {
			t.Fatal(err)
		}
	}
	if _, _, err := f.Login(from(1), "lan", password); !survey.IsCode(err, survey.CodeThrottled) {
		t.Errorf("the eleventh attempt from one place: %v", err)
	}
	if _, _, err := f.Login(from(2), "lan", password); err != nil {
		t.Errorf("the owner, from another place: %v", err)
	}
	for i := range 90 {
		if _, _, err := f.Login(from(10+i/9), "lan", "wrong password"); !survey.IsCode(err, survey.CodeUnauthorized) {
			t.Fatal(err)
		}
	}
	if _, _, err := f.Login(from(99), "lan", password); !survey.IsCode(err, survey.CodeThrottled) {
		t.Errorf("after a hundred failures from everywhere: %v", err)
	}
}

func TestLoginIsThrottledByName(t *testing.T) {
	for name, user := range map[string]string{"a known name": "lan", "an unknown name": "nobody"} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			for range 10 {
				if _, _, err := f.Login(t.Context(), user, "wrong password"); problem(err) != "unauthorized login.credentials" {
					t.Fatalf("got %s", problem(err))
				}
				f.clock.pass(time.Second)
			}
			_, _, err := f.Login(t.Context(), strings.ToUpper(user), password)
			var e *survey.Error
			if !errors.As(err, &e) || e.Code != survey.CodeThrottled || e.Reason != survey.ReasonLoginThrottled || e.Params["seconds"] != 890 {
				t.Fatalf("the eleventh: %v", err)
			}
			if _, _, err := f.Login(t.Context(), "admin", password); err != nil {
				t.Errorf("another name: %v", err)
			}
			f.clock.pass(890 * time.Second)
			if _, _, err := f.Login(t.Context(), user, password); (err == nil) != (user == "lan") || survey.IsCode(err, survey.CodeThrottled) {
				t.Errorf("once the first failure is forgotten: %v", err)
			}
		})
	}
}

func TestAttemptsAtOnceCountTogether(t *testing.T) {
	f := newFixture(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[string]int{}
	for range 30 {
		wg.Go(func() {
			_, _, err := f.Login(t.Context(), "lan", "wrong password")
			mu.Lock()
			defer mu.Unlock()
			outcomes[problem(err)]++
		})
	}
	wg.Wait()
	if outcomes["unauthorized login.credentials"] != 10 || outcomes["throttled login.throttled"] != 20 {
		t.Errorf("got %v", outcomes)
	}
}

func TestRefresh(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	first := f.login(t, "lan")
	user, second, err := f.Refresh(ctx, first)
	if err != nil || user.ID != "lan" || user.PasswordHash != "" || second.Token == first {
		t.Fatalf("%+v, %v", user, err)
	}
	f.clock.pass(10 * time.Second)
	if _, again, err := f.Refresh(ctx, first); err != nil || again.Token != second.Token {
		t.Errorf("within the grace the used-up token gives the same next one: %v", err)
	}
	_, third, err := f.Refresh(ctx, second.Token)
	if err != nil {
		t.Fatal(err)
	}
	f.clock.pass(10*time.Second + time.Millisecond)
	if _, _, err := f.Refresh(ctx, second.Token); problem(err) != "unauthorized session.reused" {
		t.Errorf("a used-up token after the grace: %v", err)
	}
	if _, _, err := f.Refresh(ctx, third.Token); problem(err) != "unauthorized session.ended" {
		t.Errorf("the session goes on after a token was stolen: %v", err)
	}
}

func TestRefreshRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		token func(t *testing.T, f fixture) string
		want  string
	}{
		"nothing":            {func(*testing.T, fixture) string { return "" }, "unauthorized session.ended"},
		"something else":     {func(*testing.T, fixture) string { return "a.b.c" }, "unauthorized session.ended"},
		"an unknown session": {func(*testing.T, fixture) string { return "abc.AAAA" }, "unauthorized session.ended"},
		"something very long": {func(t *testing.T, f fixture) string { return f.login(t, "lan") + strings.Repeat("A", 400) },
			"unauthorized session.ended"},
		"a wrong secret": {func(t *testing.T, f fixture) string {
			id, _, _ := strings.Cut(f.login(t, "lan"), ".")
			return id + ".AAAA"
		}, "unauthorized session.reused"},
		"after logging out": {func(t *testing.T, f fixture) string {
			token := f.login(t, "lan")
			if err := f.Logout(t.Context(), token); err != nil {
				t.Error(err)
			}
			return token
		}, "unauthorized session.ended"},
		"after 12 hours without renewal": {func(t *testing.T, f fixture) string {
			token := f.login(t, "lan")
			f.clock.pass(12 * time.Hour)
			return token
		}, "unauthorized session.ended"},
		"after seven days in any case": {func(t *testing.T, f fixture) string {
			token := f.login(t, "lan")
			for range 7 * 24 / 4 {
				_, next, err := f.Refresh(t.Context(), token)
				if err != nil {
					t.Fatal(err)
				}
				token = next.Token
				f.clock.pass(4 * time.Hour)
			}
			return token
		}, "unauthorized session.ended"},
		"after the password was set": {func(t *testing.T, f fixture) string {
			token := f.login(t, "lan")
			if err := f.SetPassword(t.Context(), f.admin, "lan", "một mật khẩu khác"); err != nil {
				t.Error(err)
			}
			return token
		}, "unauthorized session.ended"},
		"after the user was disabled": {func(t *testing.T, f fixture) string {
			token := f.login(t, "lan")
			user, err := f.User(t.Context(), "lan")
			if err != nil {
				t.Fatal(err)
			}
			user.Disabled = true
			if _, err := f.UpdateUser(t.Context(), f.admin, user); err != nil {
				t.Error(err)
			}
			return token
		}, "unauthorized session.ended"},
		"of a user disabled behind the service's back": {func(t *testing.T, f fixture) string {
			token := f.login(t, "lan")
			user, err := f.store.Users().Find(t.Context(), "lan")
			if err != nil {
				t.Fatal(err)
			}
			user.Disabled, user.Rev = true, user.Rev+1
			if err := f.store.Users().Update(t.Context(), user); err != nil {
				t.Fatal(err)
			}
			return token
		}, "unauthorized user.disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if _, _, err := f.Refresh(t.Context(), test.token(t, f)); problem(err) != test.want {
				t.Errorf("got %s, want %s", problem(err), test.want)
			}
		})
	}
}

func TestCrossingRefreshesKeepTheSession(t *testing.T) {
	f := newFixture(t)
	token := f.login(t, "lan")
	tokens := make([]string, 8)
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() {
			_, next, err := f.Refresh(t.Context(), token)
			if err != nil {
				t.Error(err)
			}
			tokens[i] = next.Token
		})
	}
	wg.Wait()
	for _, next := range tokens {
		if next != tokens[0] {
			t.Fatal("requests that cross are given different tokens")
		}
	}
	f.clock.pass(time.Hour)
	if _, _, err := f.Refresh(t.Context(), tokens[0]); err != nil {
		t.Error(err)
	}
}

func TestLogoutTakesOnlyTheOwnToken(t *testing.T) {
	f := newFixture(t)
	token := f.login(t, "lan")
	id, _, _ := strings.Cut(token, ".")
	for _, other := range []string{"", "x", id + ".AAAA", "abc.AAAA"} {
		if err := f.Logout(t.Context(), other); err != nil {
			t.Errorf("%q: %v", other, err)
		}
	}
	if _, _, err := f.Refresh(t.Context(), token); err != nil {
		t.Errorf("the session was ended by somebody else: %v", err)
	}
}

func TestOldSessionsAreCleared(t *testing.T) {
	f := newFixture(t)
	oldest := f.login(t, "lan")
	for range 20 {
		f.clock.pass(time.Second)
		f.login(t, "lan")
	}
	sessions, err := f.store.Sessions().List(t.Context())
	if err != nil || len(sessions) != 20 {
		t.Errorf("%d sessions of one user, %v", len(sessions), err)
	}
	if _, _, err := f.Refresh(t.Context(), oldest); problem(err) != "unauthorized session.ended" {
		t.Errorf("the oldest session: %v", err)
	}
	f.clock.pass(13 * time.Hour)
	f.login(t, "admin")
	if sessions, err = f.store.Sessions().List(t.Context()); err != nil || len(sessions) != 1 {
		t.Errorf("%d sessions after the others expired, %v", len(sessions), err)
	}
}

func TestUsersRefuse(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	lan, err := f.Actor(ctx, "lan")
	if err != nil {
		t.Fatal(err)
	}
	admin, err := f.User(ctx, "admin")
	if err != nil {
		t.Fatal(err)
	}
	grants := []survey.Grant{{Role: survey.RoleViewer}}
	for name, test := range map[string]struct {
		err  func() error
		want string
	}{
		"a manager lists":            {func() error { _, err := f.Users(ctx, lan); return err }, "forbidden noRight"},
		"a manager creates":          {func() error { _, err := f.CreateUser(ctx, lan, survey.User{}, ""); return err }, "forbidden noRight"},
		"a manager changes":          {func() error { _, err := f.UpdateUser(ctx, lan, admin); return err }, "forbidden noRight"},
		"a manager sets a password":  {func() error { return f.SetPassword(ctx, lan, "admin", password) }, "forbidden noRight"},
		"an unknown user":            {func() error { _, err := f.User(ctx, "khong-co"); return err }, "not_found"},
		"an unknown user's password": {func() error { return f.SetPassword(ctx, f.admin, "khong-co", password) }, "not_found"},
		"an unknown actor":           {func() error { _, err := f.Actor(ctx, "khong-co"); return err }, "unauthorized user.disabled"},
		"a short password":           {func() error { return f.SetPassword(ctx, f.admin, "lan", "ngắn quá!") }, "password: tooShort"},
		"a long password":            {func() error { return f.SetPassword(ctx, f.admin, "lan", strings.Repeat("a", 201)) }, "password: tooLong"},
		"an empty user":              {func() error { _, err := f.CreateUser(ctx, f.admin, survey.User{}, ""); return err }, "id: required; name: required; grants: required; password: required"},
		"a name that is taken": {func() error {
			_, err := f.CreateUser(ctx, f.admin, survey.User{ID: "LAN", Name: "Lan", Grants: grants}, password)
			return err
		}, "conflict exists"},
		"an old revision":             {func() error { u := admin; u.Rev = 9; _, err := f.UpdateUser(ctx, f.admin, u); return err }, "conflict rev"},
		"the last admin disabled":     {func() error { u := admin; u.Disabled = true; _, err := f.UpdateUser(ctx, f.admin, u); return err }, "disabled: user.lastAdmin"},
		"the last admin made another": {func() error { u := admin; u.Grants = grants; _, err := f.UpdateUser(ctx, f.admin, u); return err }, "grants: user.lastAdmin"},
		"everything wrong": {func() error {
			_, err := f.CreateUser(ctx, f.admin, survey.User{ID: "Nguyễn Lan", Name: strings.Repeat("a", 121), Grants: []survey.Grant{
				{Role: "king", Agency: "khong-co"}, {Role: survey.RoleAdmin, Agency: "tinh"}, {Role: survey.RoleViewer}, {Role: survey.RoleViewer}}}, "short")
			return err
		}, "id: format; name: tooLong; grants.0.role: unknown; grants.0.agency: unknown; grants.1.agency: grant.adminScope; grants.3: repeated; password: tooShort"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := problem(test.err()); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestUsers(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	users, err := f.Users(ctx, f.admin)
	if err != nil || len(users) != 2 || users[0].ID != "admin" || users[1].PasswordHash != "" {
		t.Fatalf("%+v, %v", users, err)
	}
	lan := users[1]
	lan.Name, lan.Grants = "Lan Nguyễn", []survey.Grant{{Role: survey.RoleViewer, Agency: "tinh"}}
	if lan, err = f.UpdateUser(ctx, f.admin, lan); err != nil || lan.Rev != 2 {
		t.Fatalf("%+v, %v", lan, err)
	}
	f.login(t, "lan") // the password stays
	if actor, err := f.Actor(ctx, "lan"); err != nil || actor.Grants[0].Role != survey.RoleViewer {
		t.Errorf("%+v, %v", actor, err)
	}
	lan.Disabled = true
	if lan, err = f.UpdateUser(ctx, f.admin, lan); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Login(ctx, "lan", password); problem(err) != "unauthorized login.credentials" {
		t.Errorf("a disabled user: %v", err)
	}
	if _, err := f.Actor(ctx, "lan"); problem(err) != "unauthorized user.disabled" {
		t.Errorf("a disabled user acts: %v", err)
	}
	if err := f.SetPassword(ctx, f.admin, "admin", "một mật khẩu khác"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Login(ctx, "admin", password); problem(err) != "unauthorized login.credentials" {
		t.Errorf("the old password: %v", err)
	}
	if _, _, err := f.Login(ctx, "admin", "một mật khẩu khác"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	entries, err := f.store.Audit().After(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range entries {
		if e.Collection == registry.CollectionUsers {
			acts = append(acts, string(e.Action)+" "+e.ID)
		}
	}
	want := "create users/admin/1, create users/lan/1, update users/lan/2, close users/lan/3, update users/admin/2"
	if got := strings.Join(acts, ", "); got != want {
		t.Errorf("audited: %s", got)
	}
}

func TestWithoutRandomnessNothingIsHandedOut(t *testing.T) {
	f := newFixture(t)
	reg, err := registry.Open(t.Context(), registry.Options{Store: f.store, Now: f.clock.now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	blind := identity.New(identity.Options{Store: f.store, Registry: reg, Now: f.clock.now, Random: io.LimitReader(rand.Reader, 4)})
	if _, token, err := blind.Login(t.Context(), "lan", password); !survey.IsCode(err, survey.CodeInternal) || token.Token != "" {
		t.Errorf("got %+v, %v", token, err)
	}
}

// While the store is away, who reads is known from before, for a while; who
// changes something is not, and a disabled user never.
func TestReadersDuringAnOutage(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	want := "unavailable"
	reader := func() string {
		_, err := f.Reader(ctx, "lan")
		return problem(err)
	}
	f.store.SetDown(true)
	if got := reader(); got != want {
		t.Errorf("somebody never seen: %s, want %s", got, want)
	}
	f.store.SetDown(false)
	before, err := f.Reader(ctx, "lan")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := f.Reader(gone, "lan"); problem(err) != want {
		t.Errorf("somebody who went away while the store answers: %v, want %s", err, want)
	}
	f.store.SetDown(true)
	f.clock.pass(14 * time.Minute)
	if now, err := f.Reader(ctx, "lan"); err != nil || now.User != "lan" || !slices.Equal(now.Grants, before.Grants) {
		t.Errorf("%+v, %v", now, err)
	}
	if _, err := f.Actor(ctx, "lan"); problem(err) != want {
		t.Errorf("to change something: %v, want %s", err, want)
	}
	f.clock.pass(time.Minute)
	if got := reader(); got != want {
		t.Errorf("after a quarter of an hour: %s, want %s", got, want)
	}
	f.store.SetDown(false)
	user, err := f.User(ctx, "lan")
	if err != nil {
		t.Fatal(err)
	}
	user.Disabled = true
	if _, err := f.UpdateUser(ctx, f.admin, user); err != nil {
		t.Fatal(err)
	}
	if got := reader(); got != "unauthorized user.disabled" {
		t.Errorf("a disabled user: %s", got)
	}
	f.store.SetDown(true)
	if got := reader(); got != want {
		t.Errorf("a disabled user during the outage: %s, want %s", got, want)
	}
}
