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

func (s *server) registerFields() {
	list := operation("list-fields", http.MethodGet, "/api/v1/fields", "Catalogue", "List fields",
		"Fields of administration (lĩnh vực) in the order of the catalogue.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct{ Paging }) (*ListOutput[Field], error) {
		return page(in.Paging, s.registry.Snapshot().Fields(), showField), nil
	})
}
