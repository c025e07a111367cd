package api

import (
	"sipas/survey"
	"sipas/survey/results"
)

// driversInput is a selection with the level of the drivers.
type driversInput struct {
	Selection
	Level string `query:"level" doc:"factor (default) or criterion, which the full form alone asks"`
}

func (in *driversInput) query(today survey.Date) (results.DriversQuery, error) {
	return results.ParseDriversQuery(in.with(map[string]string{"level": in.Level}), today)
}

func (s *server) registerDrivers() {
	registerQuery(s, resultOperation("drivers", "Show what goes with overall satisfaction",
		"The factors or criteria of the agency and everything below it: how each stands, how closely it goes with overall satisfaction, and where to begin to improve. "+
			"Association, not cause. Numbers of cases are rounded down to tens; there is no model where a cell it rests on is withheld. The parameter measure changes nothing here."),
		(*driversInput).query, s.results.Drivers)
}
