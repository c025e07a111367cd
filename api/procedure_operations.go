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

func (s *server) registerProcedures() {
	list := operation("list-procedures", http.MethodGet, "/api/v1/procedures", "Catalogue", "List procedures",
		"Administrative procedures (thủ tục hành chính) by name.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		Q     string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents"`
		Field string `query:"field" maxLength:"80" doc:"Of one field only"`
	}) (*ListOutput[Procedure], error) {
		var found []survey.Procedure
		for _, p := range s.registry.Snapshot().Procedures() {
			if (in.Field == "" || p.Field == in.Field) && named(in.Q, p.Name) {
				found = append(found, p)
			}
		}
		return page(in.Paging, found, showProcedure), nil
	})
}
