package api

import (
	"context"
	"net/http"

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

// AgencyContent is what an agency says about itself.
type AgencyContent struct {
	Parent     string             `json:"parent" maxLength:"80" doc:"The agency it lies below; empty for the province itself"`
	Kind       survey.AgencyKind  `json:"kind" maxLength:"40" doc:"province, department, commune, vertical, provider or district" example:"commune"`
	Level      survey.AgencyLevel `json:"level" maxLength:"40" doc:"province, commune or district" example:"commune"`
	Name       survey.Text        `json:"name" doc:"Vietnamese is needed" example:"{\"vi\":\"Phường Hải Châu\",\"en\":\"Hai Chau Ward\"}"`
	Sector     string             `json:"sector" maxLength:"80" doc:"Of a public service provider: the field its promise is looked up by; else empty"`
	ValidFrom  survey.Date        `json:"validFrom" maxLength:"40" doc:"First day" example:"2025-07-01"`
	ValidTo    survey.Date        `json:"validTo" maxLength:"40" doc:"Last day: setting it closes the agency; empty: still exists"`
	Successors []string           `json:"successors" maxItems:"100" nullable:"false" doc:"Agencies that take its work over; only with a last day"`
}

func (c AgencyContent) agency(id string, rev int64) survey.Agency {
	return survey.Agency{ID: id, Parent: c.Parent, Kind: c.Kind, Level: c.Level, Name: c.Name, Sector: c.Sector,
		ValidFrom: c.ValidFrom, ValidTo: c.ValidTo, Successors: c.Successors, Versioned: survey.Versioned{Rev: rev}}
}

func (s *server) registerAgencies() {
	list := operation("list-agencies", http.MethodGet, "/api/v1/agencies", "Catalogue", "List agencies",
		"In the order of the tree: each agency before those below it.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		ClosedFilter
		Q      string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or the beginning of the id"`
		Kind   string `query:"kind" enum:"province,department,commune,vertical,provider,district" doc:"Of one kind only"`
		Parent string `query:"parent" maxLength:"80" doc:"Those directly below one agency only"`
	}) (*ListOutput[Agency], error) {
		snapshot, today := s.registry.Snapshot(), survey.DateOf(s.now())
		var found []survey.Agency
		for _, a := range snapshot.Agencies() {
			if (in.Kind == "" || string(a.Kind) == in.Kind) && (in.Parent == "" || a.Parent == in.Parent) &&
				in.takes(a.ValidTo != "" && a.ValidTo < today) && matches(in.Q, a.Name, a.ID) {
				found = append(found, a)
			}
		}
		return page(in.Paging, found, showAgency(snapshot)), nil
	})

	huma.Register(s.openapi, s.secured(getOperation("agency", "/api/v1/agencies/{id}", "an agency", "One agency by its id.")), func(_ context.Context, in *ByID) (*Output[Agency], error) {
		return found(s.findAgency(in.ID))
	})

	huma.Register(s.openapi, s.secured(createOperation("agency", "/api/v1/agencies", "an agency",
		"Puts an agency into the tree. Its id never changes. Right: catalogue, over the parent.")), func(ctx context.Context, in *struct {
		Body struct {
			NewID
			AgencyContent
		}
	}) (*createdOutput[Agency], error) {
		a, err := s.registry.CreateAgency(ctx, actorOf(ctx), in.Body.agency(in.Body.ID, 0))
		if err != nil {
			return nil, withStored(ctx, s, idTaken(err), in.Body.ID, s.findAgency)
		}
		return created("/api/v1/agencies/", a.ID, showAgency(s.registry.Snapshot())(a)), nil
	})

	huma.Register(s.openapi, s.secured(updateOperation("agency", "/api/v1/agencies/{id}", "an agency",
		"Renames, moves or ends an agency. Setting `validTo`, its last day, closes it. Right: catalogue, over the agency and its parent.")), func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Revision
			AgencyContent
		}
	}) (*Output[Agency], error) {
		a, err := s.registry.UpdateAgency(ctx, actorOf(ctx), in.Body.agency(in.ID, in.Body.Rev))
		if err != nil {
			return nil, withStored(ctx, s, err, in.ID, s.findAgency)
		}
		return &Output[Agency]{showAgency(s.registry.Snapshot())(a)}, nil
	})
}

func (s *server) findAgency(id string) (Agency, bool) {
	snapshot := s.registry.Snapshot()
	a, ok := snapshot.Agency(id)
	return showAgency(snapshot)(a), ok
}
