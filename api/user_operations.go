package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// User is a person who signs in.
type User struct {
	ID       string         `json:"id" doc:"Login name"`
	Name     string         `json:"name"`
	Grants   []survey.Grant `json:"grants" nullable:"false"`
	Disabled bool           `json:"disabled"`
	Rev      int64          `json:"rev"`
}

func showUser(u survey.User) User {
	return User{u.ID, u.Name, append([]survey.Grant{}, u.Grants...), u.Disabled, u.Rev}
}

func (s *server) registerUsers() {
	list := operation("list-users", http.MethodGet, "/api/v1/users", "Administration", "List users",
		"Everyone who can sign in. For administrators.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct{ Paging }) (*ListOutput[User], error) {
		users, err := s.identity.Users(ctx, actorOf(ctx))
		if err != nil {
			return nil, err
		}
		return page(in.Paging, users, showUser), nil
	})
}
