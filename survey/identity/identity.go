// Package identity knows the users of the administration, their passwords,
// sessions and grants, and the devices that stand as kiosks.
//
// Passwords are kept as argon2id hashes; only a few are computed at a time, so
// that a flood of logins cannot exhaust memory. A session is renewed by rotating
// its refresh token: the store holds hashes of tokens only, and a token that comes
// back after it was replaced ends its session.
package identity

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// Options configure a Service; all are required. Random is a source of secrets.
type Options struct {
	Store    survey.Store
	Registry *registry.Registry
	Now      func() time.Time
	Random   io.Reader
}

// Service knows users, their sessions and the kiosks' devices. Safe for concurrent use.
type Service struct {
	users      survey.Collection[survey.User]
	sessions   survey.Collection[survey.Session]
	kiosks     survey.Collection[survey.Kiosk]
	devices    survey.Collection[survey.Device]
	enrolments survey.Collection[survey.Enrolment]
	registry   *registry.Registry
	now        func() time.Time
	random     io.Reader
	logins     tries         // by name
	codes      tries         // of enrolments, all codes together
	hashing    chan struct{} // a place for each password hash under way
	waiting    atomic.Int64
	actors     sync.Map // user id → seenActor, of users found good
}

// seenActor is an actor as the store gave it at a time.
type seenActor struct {
	survey.Actor
	at time.Time
}

// actorKept is how long an actor is remembered: as long as an access token lives.
const actorKept = 15 * time.Minute

// New makes a Service.
func New(o Options) *Service {
	return &Service{
		users: o.Store.Users(), sessions: o.Store.Sessions(), registry: o.Registry, now: o.Now, random: o.Random,
		kiosks: o.Store.Kiosks(), devices: o.Store.Devices(), enrolments: o.Store.Enrolments(),
		logins:  tries{newThrottle(maxFailures, failureWindow), newThrottle(maxNameFailures, failureWindow)},
		codes:   tries{newThrottle(maxWrongCodes, wrongCodeWindow), newThrottle(maxAllWrongCodes, wrongCodeWindow)},
		hashing: make(chan struct{}, min(4, runtime.GOMAXPROCS(0))),
	}
}

// draw gives n random bytes.
func (s *Service) draw(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "no randomness for a secret", Err: err}
	}
	return b, nil
}

// Login signs a user in and begins a session. Errors: unauthorized with reason
// login.credentials for an unknown name, a wrong password and a disabled user
// alike, after the same work; throttled with reason login.throttled and the
// seconds to wait after ten failures of one name from one origin (see WithOrigin),
// or a hundred from everywhere, within 15 minutes; unavailable with
// reason login.busy when too many logins are under way.
func (s *Service) Login(ctx context.Context, name, password string) (survey.User, RefreshToken, error) {
	name = cleanID(name)
	release, wait := s.logins.attempt(originOf(ctx), name, s.now())
	if wait > 0 {
		return survey.User{}, RefreshToken{}, &survey.Error{Code: survey.CodeThrottled, Reason: survey.ReasonLoginThrottled,
			Params: map[string]any{"seconds": seconds(wait)}, Message: "too many failed logins"}
	}
	user, err := s.users.Find(ctx, name)
	if err != nil && !survey.IsCode(err, survey.CodeNotFound) {
		release()
		return survey.User{}, RefreshToken{}, err
	}
	hash := user.PasswordHash
	if hash == "" {
		hash = nobody
	}
	matches, err := s.verify(ctx, hash, password)
	if err != nil {
		release()
		return survey.User{}, RefreshToken{}, err
	}
	if !matches || user.Disabled || user.PasswordHash == "" {
		return survey.User{}, RefreshToken{}, wrongCredentials()
	}
	s.logins.succeeded(originOf(ctx), name, release)
	token, err := s.begin(ctx, user.ID)
	if err != nil {
		return survey.User{}, RefreshToken{}, err
	}
	// A password set or an account disabled in the meantime has ended the sessions it
	// knew of; this one came after, with the old password.
	now, err := s.users.Find(ctx, user.ID)
	if err != nil || now.Disabled || now.PasswordHash != user.PasswordHash {
		if err == nil {
			err = wrongCredentials()
		}
		return survey.User{}, RefreshToken{}, errors.Join(err, s.Logout(ctx, token.Token))
	}
	return public(user), token, nil
}

func wrongCredentials() error {
	return &survey.Error{Code: survey.CodeUnauthorized, Reason: survey.ReasonCredentials, Message: "the name or the password is wrong"}
}

// User finds a user, without the password hash; not_found where there is none.
func (s *Service) User(ctx context.Context, id string) (survey.User, error) {
	user, err := s.users.Find(ctx, cleanID(id))
	return public(user), err
}

// Users lists all users by id, without password hashes. Right: users, over the whole province.
func (s *Service) Users(ctx context.Context, actor survey.Actor) ([]survey.User, error) {
	if err := s.registry.Permit(actor, survey.RightUsers, ""); err != nil {
		return nil, err
	}
	users, err := s.users.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range users {
		users[i] = public(users[i])
	}
	return users, nil
}

// Actor gives the user as someone who asks for something, with the grants of
// this moment; unauthorized with reason user.disabled where the user is gone or disabled.
func (s *Service) Actor(ctx context.Context, id string) (survey.Actor, error) {
	user, err := s.users.Find(ctx, id)
	if err != nil && !survey.IsCode(err, survey.CodeNotFound) {
		return survey.Actor{}, err
	}
	if err != nil || user.Disabled {
		s.actors.Delete(id)
		return survey.Actor{}, &survey.Error{Code: survey.CodeUnauthorized, Reason: survey.ReasonUserDisabled, Message: "the user is gone or disabled"}
	}
	actor := survey.Actor{User: user.ID, Grants: user.Grants}
	s.actors.Store(id, seenActor{actor, s.now()})
	return actor, nil
}

// Reader is Actor for someone who only reads: while the store does not answer,
// the user is who it was when Actor or Reader last found out, at most 15 minutes
// ago. So figures that need no store are shown during its outage. That ctx ended
// says nothing about the store: it is unavailable, as for Actor.
func (s *Service) Reader(ctx context.Context, id string) (survey.Actor, error) {
	actor, err := s.Actor(ctx, id)
	if survey.IsCode(err, survey.CodeUnavailable) && ctx.Err() == nil {
		if seen, ok := s.actors.Load(id); ok && s.now().Sub(seen.(seenActor).at) < actorKept {
			return seen.(seenActor).Actor, nil
		}
	}
	return actor, err
}

// CreateUser adds a user with a password. Right: users, over the whole province.
// Errors: forbidden, invalid with every field error at once (paths id, name, password,
// grants.0.role …), conflict with reason exists, unavailable.
func (s *Service) CreateUser(ctx context.Context, actor survey.Actor, user survey.User, password string) (survey.User, error) {
	if err := s.registry.Permit(actor, survey.RightUsers, ""); err != nil {
		return survey.User{}, err
	}
	user.ID = cleanID(user.ID)
	errs := append(s.check(&user), checkPassword(password)...)
	if len(errs) > 0 {
		return survey.User{}, invalid(errs)
	}
	var err error
	if user.PasswordHash, err = s.hash(ctx, password); err != nil {
		return survey.User{}, err
	}
	user, err = registry.Create(ctx, s.registry, s.act(actor), s.users, user)
	return public(user), err
}

// UpdateUser changes the name, the grants and whether the user is disabled, which
// ends the user's sessions. The password stays. Right: users, over the whole province.
// Errors: forbidden, not_found, conflict with reason rev, invalid (reason user.lastAdmin at path
// grants or disabled when nobody who can manage users would be left), unavailable.
func (s *Service) UpdateUser(ctx context.Context, actor survey.Actor, user survey.User) (survey.User, error) {
	if err := s.registry.Permit(actor, survey.RightUsers, ""); err != nil {
		return survey.User{}, err
	}
	user.ID = cleanID(user.ID)
	stored, err := s.users.Find(ctx, user.ID)
	if err != nil {
		return survey.User{}, err
	}
	errs := s.check(&user)
	if managesUsers(stored) && !managesUsers(user) {
		last, err := s.lastAdmin(ctx, stored.ID)
		if err != nil {
			return survey.User{}, err
		}
		if last {
			path := "grants"
			if user.Disabled {
				path = "disabled"
			}
			errs = append(errs, survey.FieldError{Path: path, Reason: survey.ReasonLastAdmin})
		}
	}
	if len(errs) > 0 {
		return survey.User{}, invalid(errs)
	}
	user.PasswordHash = stored.PasswordHash
	act := s.act(actor)
	if user.Disabled && !stored.Disabled {
		act.Action = survey.ActionClose
	}
	user, err = registry.Update(ctx, s.registry, act, s.users, user)
	if err != nil {
		return survey.User{}, err
	}
	if user.Disabled {
		err = s.endAll(ctx, user.ID)
	}
	return public(user), err
}

// SetPassword gives a user another password and ends the user's sessions.
// Right: users, over the whole province. Errors: forbidden, not_found, invalid, conflict with reason
// rev where the user was changed at the same moment, unavailable.
func (s *Service) SetPassword(ctx context.Context, actor survey.Actor, id, password string) error {
	if err := s.registry.Permit(actor, survey.RightUsers, ""); err != nil {
		return err
	}
	user, err := s.users.Find(ctx, cleanID(id))
	if err != nil {
		return err
	}
	if errs := checkPassword(password); len(errs) > 0 {
		return invalid(errs)
	}
	if user.PasswordHash, err = s.hash(ctx, password); err != nil {
		return err
	}
	if _, err = registry.Update(ctx, s.registry, s.act(actor), s.users, user); err != nil {
		return err
	}
	return s.endAll(ctx, user.ID)
}

func (s *Service) act(actor survey.Actor) registry.Act {
	return registry.Act{Actor: actor, Right: survey.RightUsers, Collection: registry.CollectionUsers}
}

// lastAdmin reports whether nobody but the user can manage users.
func (s *Service) lastAdmin(ctx context.Context, id string) (bool, error) {
	users, err := s.users.List(ctx)
	if err != nil {
		return false, err
	}
	for _, user := range users {
		if user.ID != id && managesUsers(user) {
			return false, nil
		}
	}
	return true, nil
}

func managesUsers(u survey.User) bool {
	for _, g := range u.Grants {
		if g.Has(survey.RightUsers) && (g.Agency == "" || g.Role == survey.RoleAdmin) && !u.Disabled {
			return true
		}
	}
	return false
}

// public gives the user without the password hash.
func public(u survey.User) survey.User {
	u.PasswordHash, u.PendingAudit = "", nil
	return u
}

func invalid(errs []survey.FieldError) error {
	return &survey.Error{Code: survey.CodeInvalid, Message: "the user is not valid", Fields: errs}
}

// check brings a user into the form it is stored in and gives every field error.
func (s *Service) check(u *survey.User) []survey.FieldError {
	var errs []survey.FieldError
	add := func(path, reason string, params map[string]any) {
		errs = append(errs, survey.FieldError{Path: path, Reason: reason, Params: params})
	}
	switch {
	case u.ID == "":
		add("id", survey.ReasonRequired, nil)
	case !isLoginName(u.ID):
		add("id", survey.ReasonFormat, nil)
	}
	u.Name = registry.CleanLine(u.Name)
	switch {
	case u.Name == "":
		add("name", survey.ReasonRequired, nil)
	case len([]rune(u.Name)) > maxName:
		add("name", survey.ReasonTooLong, map[string]any{"max": maxName})
	}
	u.Grants = append([]survey.Grant{}, u.Grants...)
	if len(u.Grants) == 0 {
		add("grants", survey.ReasonRequired, nil)
	}
	snapshot := s.registry.Snapshot()
	seen := map[survey.Grant]bool{}
	for i, g := range u.Grants {
		path := "grants." + strconv.Itoa(i)
		if seen[g] {
			add(path, survey.ReasonRepeated, nil)
		}
		seen[g] = true
		if _, ok := survey.Roles[g.Role]; !ok {
			add(path+".role", survey.ReasonUnknown, nil)
		}
		if _, ok := snapshot.Agency(g.Agency); g.Agency != "" && !ok {
			add(path+".agency", survey.ReasonUnknown, nil)
		} else if g.Agency != "" && g.Role == survey.RoleAdmin {
			add(path+".agency", survey.ReasonAdminScope, nil)
		}
	}
	return errs
}
