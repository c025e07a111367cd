package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// Field is a field of administration.
type Field struct {
	ID     string      `json:"id" example:"dat-dai"`
	Name   survey.Text `json:"name"`
	Order  int         `json:"order" doc:"Place in lists"`
	Closed bool        `json:"closed"`
	Rev    int64       `json:"rev"`
}

func showField(f survey.Field) Field { return Field{f.ID, f.Name, f.Order, f.Closed, f.Rev} }

// FieldContent is what a field says about itself.
type FieldContent struct {
	Name  survey.Text `json:"name" doc:"Vietnamese is needed" example:"{\"vi\":\"Đất đai\",\"en\":\"Land\"}"`
	Order int         `json:"order" doc:"Place in lists" example:"10"`
}

func (c FieldContent) field(id string, closed bool, rev int64) survey.Field {
	return survey.Field{ID: id, Name: c.Name, Order: c.Order, Closed: closed, Versioned: survey.Versioned{Rev: rev}}
}

func (s *server) registerFields() {
	list := operation("list-fields", http.MethodGet, "/api/v1/fields", "Catalogue", "List fields",
		"Fields of administration (lĩnh vực) in the order of the catalogue.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		ClosedFilter
		Q string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or the beginning of the id"`
	}) (*ListOutput[Field], error) {
		var found []survey.Field
		for _, f := range s.registry.Snapshot().Fields() {
			if in.takes(f.Closed) && matches(in.Q, f.Name, f.ID) {
				found = append(found, f)
			}
		}
		return page(in.Paging, found, showField), nil
	})

	huma.Register(s.openapi, s.secured(getOperation("field", "/api/v1/fields/{id}", "a field", "One field by its id.")), func(_ context.Context, in *ByID) (*Output[Field], error) {
		return found(s.findField(in.ID))
	})

	huma.Register(s.openapi, s.secured(createOperation("field", "/api/v1/fields", "a field",
		"Adds a field of administration. Its id never changes. Right: catalogue, over the whole province.")), func(ctx context.Context, in *struct {
		Body struct {
			NewID
			FieldContent
			Closed bool `json:"closed,omitempty"`
		}
	}) (*createdOutput[Field], error) {
		f, err := s.registry.CreateField(ctx, actorOf(ctx), in.Body.field(in.Body.ID, in.Body.Closed, 0))
		if err != nil {
			return nil, withStored(ctx, s, idTaken(err), in.Body.ID, s.findField)
		}
		return created("/api/v1/fields/", f.ID, showField(f)), nil
	})

	huma.Register(s.openapi, s.secured(updateOperation("field", "/api/v1/fields/{id}", "a field",
		"A closed field is no longer offered; what was rated under it stays. Right: catalogue, over the whole province.")), func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Revision
			FieldContent
			Closed bool `json:"closed"`
		}
	}) (*Output[Field], error) {
		f, err := s.registry.UpdateField(ctx, actorOf(ctx), in.Body.field(in.ID, in.Body.Closed, in.Body.Rev))
		if err != nil {
			return nil, withStored(ctx, s, err, in.ID, s.findField)
		}
		return &Output[Field]{showField(f)}, nil
	})
}

func (s *server) findField(id string) (Field, bool) {
	f, ok := s.registry.Snapshot().Field(id)
	return showField(f), ok
}
