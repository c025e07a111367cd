package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/registry"
)

// Agency is a node of the province's tree.
type Agency struct {
	ID         string             `json:"id" example:"phuong-hai-chau"`
	Parent     string             `json:"parent" doc:"Empty for the province itself"`
	Kind       survey.AgencyKind  `json:"kind" enum:"province,department,commune,vertical,provider,district"`
	Level      survey.AgencyLevel `json:"level" enum:"province,commune,district"`
	Name       survey.Text        `json:"name"`
	Sector     string             `json:"sector" doc:"Of a public service provider: the field its promise is looked up by"`
	ValidFrom  survey.Date        `json:"validFrom" example:"2025-07-01"`
	ValidTo    survey.Date        `json:"validTo" doc:"Last day; empty: still exists"`
	Successors []string           `json:"successors" nullable:"false" doc:"Agencies that took its work over"`
	Depth      int                `json:"depth" doc:"Steps below the province"`
	Rev        int64              `json:"rev"`
}

func showAgency(snapshot *registry.Snapshot) func(survey.Agency) Agency {
	return func(a survey.Agency) Agency {
		return Agency{a.ID, a.Parent, a.Kind, a.Level, a.Name, a.Sector, a.ValidFrom, a.ValidTo,
			append([]string{}, a.Successors...), snapshot.Depth(a.ID), a.Rev}
	}
}

func (s *server) registerAgencies() {
	list := operation("list-agencies", http.MethodGet, "/api/v1/agencies", "Catalogue", "List agencies",
		"In the order of the tree: each agency before those below it.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		Q    string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents"`
		Kind string `query:"kind" enum:"province,department,commune,vertical,provider,district" doc:"Of one kind only"`
	}) (*ListOutput[Agency], error) {
		snapshot := s.registry.Snapshot()
		var found []survey.Agency
		for _, a := range snapshot.Agencies() {
			if (in.Kind == "" || string(a.Kind) == in.Kind) && named(in.Q, a.Name) {
				found = append(found, a)
			}
		}
		return page(in.Paging, found, showAgency(snapshot)), nil
	})

	get := operation("get-agency", http.MethodGet, "/api/v1/agencies/{id}", "Catalogue", "Show an agency", "One agency by its id.", http.StatusNotFound)
	huma.Register(s.openapi, s.secured(get), func(_ context.Context, in *struct {
		ID string `path:"id" maxLength:"80"`
	}) (*Output[Agency], error) {
		snapshot := s.registry.Snapshot()
		a, ok := snapshot.Agency(in.ID)
		if !ok {
			return nil, errNotFound
		}
		return &Output[Agency]{showAgency(snapshot)(a)}, nil
	})
}

// named reports whether every word of q stands in one wording of a name,
// whatever its case and accents. An empty q is in every name.
func named(q string, name survey.Text) bool {
	words := strings.Fields(registry.Fold(q))
	if len(words) == 0 {
		return true
	}
	for _, wording := range name {
		folded, all := registry.Fold(wording), true
		for _, word := range words {
			all = all && strings.Contains(folded, word)
		}
		if all {
			return true
		}
	}
	return false
}
