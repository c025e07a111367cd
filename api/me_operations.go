package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (s *server) registerMe() {
	op := operation("get-me", http.MethodGet, "/api/v1/me", "Administration", "Show who is signed in",
		"The signed-in user with the rights they have now.")
	huma.Register(s.openapi, s.secured(op), func(ctx context.Context, _ *struct{}) (*Output[Me], error) {
		user, err := s.identity.User(ctx, actorOf(ctx).User)
		if err != nil {
			return nil, err
		}
		return &Output[Me]{s.me(user)}, nil
	})
}
