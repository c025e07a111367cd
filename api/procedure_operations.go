package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// Procedure is an administrative procedure of a field.
type Procedure struct {
	ID     string      `json:"id"`
	Field  string      `json:"field" example:"dat-dai"`
	Name   survey.Text `json:"name"`
	Closed bool        `json:"closed"`
	Rev    int64       `json:"rev"`
}

func showProcedure(p survey.Procedure) Procedure {
	return Procedure{p.ID, p.Field, p.Name, p.Closed, p.Rev}
}

// ProcedureContent is what a procedure says about itself.
type ProcedureContent struct {
	Field string      `json:"field" maxLength:"80" doc:"The field it belongs to" example:"dat-dai"`
	Name  survey.Text `json:"name" doc:"Vietnamese is needed" example:"{\"vi\":\"Cấp giấy chứng nhận\"}"`
}

func (c ProcedureContent) procedure(id string, closed bool, rev int64) survey.Procedure {
	return survey.Procedure{ID: id, Field: c.Field, Name: c.Name, Closed: closed, Versioned: survey.Versioned{Rev: rev}}
}

func (s *server) registerProcedures() {
	list := operation("list-procedures", http.MethodGet, "/api/v1/procedures", "Catalogue", "List procedures",
		"Administrative procedures (thủ tục hành chính) by name.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		ClosedFilter
		Q     string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or the beginning of the id"`
		Field string `query:"field" maxLength:"80" doc:"Of one field only"`
	}) (*ListOutput[Procedure], error) {
		var found []survey.Procedure
		for _, p := range s.registry.Snapshot().Procedures() {
			if (in.Field == "" || p.Field == in.Field) && in.takes(p.Closed) && matches(in.Q, p.Name, p.ID) {
				found = append(found, p)
			}
		}
		return page(in.Paging, found, showProcedure), nil
	})

	huma.Register(s.openapi, s.secured(getOperation("procedure", "/api/v1/procedures/{id}", "a procedure", "One procedure by its id.")), func(_ context.Context, in *ByID) (*Output[Procedure], error) {
		return found(s.findProcedure(in.ID))
	})

	huma.Register(s.openapi, s.secured(createOperation("procedure", "/api/v1/procedures", "a procedure",
		"Adds a procedure to a field. Its id never changes. Right: catalogue, over the whole province.")), func(ctx context.Context, in *struct {
		Body struct {
			NewID
			ProcedureContent
			Closed bool `json:"closed,omitempty"`
		}
	}) (*createdOutput[Procedure], error) {
		p, err := s.registry.CreateProcedure(ctx, actorOf(ctx), in.Body.procedure(in.Body.ID, in.Body.Closed, 0))
		if err != nil {
			return nil, withStored(ctx, s, idTaken(err), in.Body.ID, s.findProcedure)
		}
		return created("/api/v1/procedures/", p.ID, showProcedure(p)), nil
	})

	huma.Register(s.openapi, s.secured(updateOperation("procedure", "/api/v1/procedures/{id}", "a procedure",
		"A closed procedure is no longer offered. Right: catalogue, over the whole province.")), func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Revision
			ProcedureContent
			Closed bool `json:"closed"`
		}
	}) (*Output[Procedure], error) {
		p, err := s.registry.UpdateProcedure(ctx, actorOf(ctx), in.Body.procedure(in.ID, in.Body.Closed, in.Body.Rev))
		if err != nil {
			return nil, withStored(ctx, s, err, in.ID, s.findProcedure)
		}
		return &Output[Procedure]{showProcedure(p)}, nil
	})
}

func (s *server) findProcedure(id string) (Procedure, bool) {
	p, ok := s.registry.Snapshot().Procedure(id)
	return showProcedure(p), ok
}
