// Package identity knows users.
package identity

import (
	"context"
	"io"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// Options configure a Service.
type Options struct {
	Store    survey.Store
	Registry *registry.Registry
	Now      func() time.Time
	Random   io.Reader
}

// RefreshToken renews a session.
type RefreshToken struct {
	Token     string
	ExpiresAt time.Time
}

// Service knows users.
type Service struct{}

// New makes a Service.
func New(o Options) *Service { return &Service{} }

// Login signs in.
func (s *Service) Login(ctx context.Context, name, password string) (survey.User, RefreshToken, error) {
	return survey.User{}, RefreshToken{}, nil
}

// Refresh rotates.
func (s *Service) Refresh(ctx context.Context, token string) (survey.User, RefreshToken, error) {
	return survey.User{}, RefreshToken{}, nil
}

// Logout ends the session.
func (s *Service) Logout(ctx context.Context, token string) error { return nil }

// CreateUser adds a user.
func (s *Service) CreateUser(ctx context.Context, a survey.Actor, u survey.User, password string) (survey.User, error) {
	return u, nil
}

// UpdateUser changes name, grants and disabled.
func (s *Service) UpdateUser(ctx context.Context, a survey.Actor, u survey.User) (survey.User, error) {
	return u, nil
}

// SetPassword sets the password and ends the user's sessions.
func (s *Service) SetPassword(ctx context.Context, a survey.Actor, id, password string) error {
	return nil
}

// Users lists users (without password hashes), by id.
func (s *Service) Users(ctx context.Context, a survey.Actor) ([]survey.User, error) { return nil, nil }

// User finds one user (without password hash), or not_found.
func (s *Service) User(ctx context.Context, id string) (survey.User, error) {
	return survey.User{}, nil
}

// Actor gives the user as who asks; unauthorized "user.disabled" where the user is gone or disabled.
func (s *Service) Actor(ctx context.Context, id string) (survey.Actor, error) {
	return survey.Actor{}, nil
}
