package api

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// PlanTarget is a promise of a reform plan.
type PlanTarget struct {
	ID         string             `json:"id"`
	Scope      survey.TargetScope `json:"scope" enum:"procedure,field,agency,sector,delivery"`
	Members    []string           `json:"members" nullable:"false" doc:"Fields, sectors or deliveries; \"*\": all"`
	Name       survey.Text        `json:"name"`
	Comparator survey.Comparator  `json:"comparator" enum:"ge,gt" doc:"ge: at least (tối thiểu); gt: above (trên)"`
	Percent    float64            `json:"percent" example:"90"`
	Deadline   int                `json:"deadline" doc:"Year by whose end the promise must be kept" example:"2025"`
	Source     string             `json:"source"`
	Closed     bool               `json:"closed"`
	Rev        int64              `json:"rev"`
}

func showTarget(t survey.Target) PlanTarget {
	return PlanTarget{t.ID, t.Scope, append([]string{}, t.Members...), t.Name, t.Comparator, float64(t.BasisPoints) / 100,
		t.Deadline, t.Source, t.Closed, t.Rev}
}

// TargetContent is what a target says about itself.
type TargetContent struct {
	Scope      survey.TargetScope `json:"scope" maxLength:"40" doc:"procedure, field, agency, sector or delivery" example:"field"`
	Members    []string           `json:"members" maxItems:"200" nullable:"false" doc:"Fields, sectors or deliveries; \"*\": all" example:"[\"dat-dai\"]"`
	Name       survey.Text        `json:"name" doc:"Vietnamese is needed" example:"{\"vi\":\"Lĩnh vực đất đai\"}"`
	Comparator survey.Comparator  `json:"comparator" maxLength:"40" doc:"ge: at least (tối thiểu); gt: above (trên)" example:"ge"`
	Percent    float64            `json:"percent" doc:"0.01 to 100, at most two decimals" example:"85"`
	Deadline   int                `json:"deadline" doc:"Year by whose end the promise must be kept" example:"2030"`
	Source     string             `json:"source" maxLength:"1000" doc:"The document it was made in"`
}

// basisPoints gives the percentage as the whole number targets are compared by;
// false where it is none.
func (c TargetContent) basisPoints() (int64, bool) {
	const most = 1000
	points := math.Round(c.Percent * 100)
	if math.Abs(c.Percent) > most {
		return 0, true // out of range, which is all there is to say
	}
	return int64(points), math.Abs(c.Percent*100-points) < 1e-6
}

func (c TargetContent) target(id string, closed bool, rev int64) survey.Target {
	points, ok := c.basisPoints()
	if !ok {
		points = 0 // refused
	}
	return survey.Target{ID: id, Scope: c.Scope, Members: c.Members, Name: c.Name, Comparator: c.Comparator, BasisPoints: points,
		Deadline: c.Deadline, Source: c.Source, Closed: closed, Versioned: survey.Versioned{Rev: rev}}
}

// explain says in percent what the registry says in basis points.
func (c TargetContent) explain(err error) error {
	var e *survey.Error
	if !errors.As(err, &e) || e.Code != survey.CodeInvalid {
		return err
	}
	explained := *e
	explained.Fields = slices.Clone(e.Fields)
	for i, f := range explained.Fields {
		if f.Path != "basisPoints" {
			continue
		}
		explained.Fields[i] = survey.FieldError{Path: "percent", Reason: f.Reason, Params: map[string]any{}}
		for name, limit := range f.Params {
			explained.Fields[i].Params[name] = float64(wholeNumber(limit)) / 100
		}
		if _, ok := c.basisPoints(); !ok {
			explained.Fields[i].Reason, explained.Fields[i].Params = reasonDecimals, map[string]any{"max": 2}
		}
	}
	return &explained
}

// reasonDecimals refuses a number with more decimals than there can be.
const reasonDecimals = "decimals"

func (s *server) registerTargets() {
	list := operation("list-targets", http.MethodGet, "/api/v1/targets", "Catalogue", "List targets",
		"The promises of the reform plans (chỉ tiêu) that figures are compared with, by name and deadline.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		ClosedFilter
		Q     string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or the beginning of the id"`
		Scope string `query:"scope" enum:"procedure,field,agency,sector,delivery" doc:"Of one scope only"`
	}) (*ListOutput[PlanTarget], error) {
		var found []survey.Target
		for _, t := range s.registry.Snapshot().Targets() {
			if (in.Scope == "" || string(t.Scope) == in.Scope) && in.takes(t.Closed) && matches(in.Q, t.Name, t.ID) {
				found = append(found, t)
			}
		}
		slices.SortStableFunc(found, func(a, b survey.Target) int { return cmp.Compare(a.Deadline, b.Deadline) })
		found = inVietnameseOrder(found, func(t survey.Target) string { return t.Name.In(survey.Vietnamese) })
		return page(in.Paging, found, showTarget), nil
	})

	huma.Register(s.openapi, s.secured(getOperation("target", "/api/v1/targets/{id}", "a target", "One promise by its id.")), func(_ context.Context, in *ByID) (*Output[PlanTarget], error) {
		return found(s.findTarget(in.ID))
	})

	huma.Register(s.openapi, s.secured(createOperation("target", "/api/v1/targets", "a target",
		"Adds a promise of a reform plan. Its id never changes. Right: catalogue, over the whole province.")), func(ctx context.Context, in *struct {
		Body struct {
			NewID
			TargetContent
			Closed bool `json:"closed,omitempty"`
		}
	}) (*createdOutput[PlanTarget], error) {
		t, err := s.registry.CreateTarget(ctx, actorOf(ctx), in.Body.target(in.Body.ID, in.Body.Closed, 0))
		if err != nil {
			return nil, withStored(ctx, s, idTaken(in.Body.explain(err)), in.Body.ID, s.findTarget)
		}
		return created("/api/v1/targets/", t.ID, showTarget(t)), nil
	})

	huma.Register(s.openapi, s.secured(updateOperation("target", "/api/v1/targets/{id}", "a target",
		"Figures are compared with a closed promise no longer, those of the past included. Right: catalogue, over the whole province.")), func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Revision
			TargetContent
			Closed bool `json:"closed"`
		}
	}) (*Output[PlanTarget], error) {
		t, err := s.registry.UpdateTarget(ctx, actorOf(ctx), in.Body.target(in.ID, in.Body.Closed, in.Body.Rev))
		if err != nil {
			return nil, withStored(ctx, s, in.Body.explain(err), in.ID, s.findTarget)
		}
		return &Output[PlanTarget]{showTarget(t)}, nil
	})
}

func (s *server) findTarget(id string) (PlanTarget, bool) {
	t, ok := s.registry.Snapshot().Target(id)
	return showTarget(t), ok
}
