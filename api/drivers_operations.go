package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/results"
)

// driversInput is a selection with the level of the drivers.
type driversInput struct {
	Selection
	Level string `query:"level" doc:"factor (default) or criterion, which the full form alone asks"`
}

func (in *driversInput) value(name string) string {
	if name == "level" {
		return in.Level
	}
	return in.Selection.value(name)
}

func (s *server) registerDrivers() {
	op := operation("get-drivers", http.MethodGet, "/api/v1/results/drivers", "Results", "Show what goes with overall satisfaction",
		"The factors or criteria of the agency and everything below it: how each stands, how closely it goes with overall satisfaction, and where to begin to improve. "+
			"Association, not cause. Numbers of cases are rounded down to tens; there is no model where a cell it rests on is withheld. The parameter measure changes nothing here.",
		http.StatusNotFound, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(op), func(ctx context.Context, in *driversInput) (*Output[results.Drivers], error) {
		q, err := results.ParseDriversQuery(in.value, survey.DateOf(s.now()))
		if err != nil {
			return nil, err
		}
		found, err := s.results.Drivers(ctx, actorOf(ctx), q)
		if err != nil {
			return nil, err
		}
		return &Output[results.Drivers]{found}, nil
	})
}
