package api

import (
	"context"
	"net/http"

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

func (s *server) registerTargets() {
	list := operation("list-targets", http.MethodGet, "/api/v1/targets", "Catalogue", "List targets",
		"The promises of the reform plans (chỉ tiêu) that figures are compared with.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct{ Paging }) (*ListOutput[PlanTarget], error) {
		return page(in.Paging, s.registry.Snapshot().Targets(), showTarget), nil
	})
}
