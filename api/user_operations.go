package api

import (
	"context"
	"net/http"
	"slices"

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

// UserContent is what the administration says about a user.
type UserContent struct {
	Name   string      `json:"name" maxLength:"1000" example:"Nguyễn Văn A"`
	Grants []UserGrant `json:"grants" maxItems:"100" nullable:"false" doc:"At least one"`
}

// UserGrant gives a role over an agency and everything below it.
type UserGrant struct {
	Role   survey.Role `json:"role" maxLength:"40" doc:"admin, manager or viewer" example:"manager"`
	Agency string      `json:"agency" maxLength:"80" doc:"Empty: the whole province, as the role admin always is"`
}

func (c UserContent) user(id string, disabled bool, rev int64) survey.User {
	u := survey.User{ID: id, Name: c.Name, Disabled: disabled, Versioned: survey.Versioned{Rev: rev}}
	for _, g := range c.Grants {
		u.Grants = append(u.Grants, survey.Grant{Role: g.Role, Agency: g.Agency})
	}
	return u
}

// ByLogin names a user by the login name.
type ByLogin struct {
	ID string `path:"id" maxLength:"200"`
}

func administration(op huma.Operation) huma.Operation {
	op.Tags = []string{"Administration"}
	return op
}

func (s *server) registerUsers() {
	list := operation("list-users", http.MethodGet, "/api/v1/users", "Administration", "List users",
		"Everyone who can sign in, by name. For administrators.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		Q        string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or the beginning of the login name"`
		Agency   string `query:"agency" maxLength:"80" doc:"Those with a grant over exactly this agency only"`
		Disabled string `query:"disabled" enum:"true,false" doc:"Only disabled users, or only those who can sign in; default: both"`
	}) (*ListOutput[User], error) {
		users, err := s.identity.Users(ctx, actorOf(ctx))
		if err != nil {
			return nil, err
		}
		users = slices.DeleteFunc(users, func(u survey.User) bool {
			return !matches(in.Q, survey.Text{survey.Vietnamese: u.Name}, u.ID) || !ClosedFilter{in.Disabled}.takes(u.Disabled) ||
				in.Agency != "" && !slices.ContainsFunc(u.Grants, func(g survey.Grant) bool { return g.Agency == in.Agency })
		})
		return page(in.Paging, inVietnameseOrder(users, func(u survey.User) string { return u.Name }), showUser), nil
	})

	get := administration(getOperation("user", "/api/v1/users/{id}", "a user", "One user by the login name. For administrators."))
	huma.Register(s.openapi, s.secured(get), func(ctx context.Context, in *ByLogin) (*Output[User], error) {
		if err := s.registry.Permit(actorOf(ctx), survey.RightUsers, ""); err != nil {
			return nil, err
		}
		user, err := s.identity.User(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &Output[User]{showUser(user)}, nil
	})

	create := administration(createOperation("user", "/api/v1/users", "a user", "Adds someone who can sign in at once. The login name never changes. For administrators."))
	huma.Register(s.openapi, s.secured(create), func(ctx context.Context, in *struct {
		Body struct {
			ID string `json:"id" maxLength:"200" doc:"Login name" example:"nguyen.van.a"`
			UserContent
			Password string `json:"password" maxLength:"1000" doc:"At least 10 characters"`
		}
	}) (*createdOutput[User], error) {
		user, err := s.identity.CreateUser(ctx, actorOf(ctx), in.Body.user(in.Body.ID, false, 0), in.Body.Password)
		if err != nil {
			return nil, withStored(ctx, s, idTaken(err), in.Body.ID, s.findUser(ctx))
		}
		return created("/api/v1/users/", user.ID, showUser(user)), nil
	})

	update := administration(updateOperation("user", "/api/v1/users/{id}", "a user",
		"Disabling ends the user's sessions; someone who can manage users always remains. The password stays. For administrators."))
	huma.Register(s.openapi, s.secured(update), func(ctx context.Context, in *struct {
		ByLogin
		Body struct {
			Revision
			UserContent
			Disabled bool `json:"disabled"`
		}
	}) (*Output[User], error) {
		user, err := s.identity.UpdateUser(ctx, actorOf(ctx), in.Body.user(in.ID, in.Body.Disabled, in.Body.Rev))
		if err != nil {
			return nil, withStored(ctx, s, err, in.ID, s.findUser(ctx))
		}
		return &Output[User]{showUser(user)}, nil
	})

	password := operation("set-password", http.MethodPut, "/api/v1/users/{id}/password", "Administration", "Give a user another password",
		"Ends the user's sessions. For administrators.", http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
	password.DefaultStatus = http.StatusNoContent
	huma.Register(s.openapi, s.secured(password), func(ctx context.Context, in *struct {
		ByLogin
		Body struct {
			Password string `json:"password" maxLength:"1000" doc:"At least 10 characters"`
		}
	}) (*struct{}, error) {
		return nil, s.identity.SetPassword(ctx, actorOf(ctx), in.ID, in.Body.Password)
	})
}

func (s *server) findUser(ctx context.Context) func(id string) (User, bool) {
	return func(id string) (User, bool) {
		user, err := s.identity.User(ctx, id)
		return showUser(user), err == nil
	}
}
