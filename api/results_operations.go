package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/results"
)

// Selection is the selection of every result operation; results.ParseQuery knows the
// rules of its parameters. Exported, for huma reads those of an embedded struct only then.
type Selection struct {
	Period   string `query:"period" doc:"2026, 2026-H1, 2026-Q3, 2026-09 or 2026-01-05..2026-02-03; default: the last closed quarter" example:"2026-Q3"`
	Agency   string `query:"agency" doc:"With everything below it; default: the highest agency the caller may see"`
	Field    string `query:"field" doc:"Id of a field; default: all, with ratings of which it is not known"`
	Point    string `query:"point" doc:"Code of a point; default: all"`
	Capture  string `query:"capture" doc:"kiosk, qr, link, paper or import; default: all"`
	Delivery string `query:"delivery" doc:"counter, online or post; default: all"`
	Campaign string `query:"campaign" doc:"Default: ratings outside every campaign"`
	Measure  string `query:"measure" doc:"overall (default), index, a factor (tc) or a criterion (tc1)"`
	Flags    string `query:"flags" doc:"exclude (default) or include suspicious ratings"`

	Gender     string `query:"gender" doc:"Option of the item gender: male, female or other_gender; ratings whose demographics were erased are in no group"`
	AgeGroup   string `query:"ageGroup" doc:"Option of the item age_group: under_25, from_25_to_34, from_35_to_49, from_50_to_60 or over_60"`
	Occupation string `query:"occupation" doc:"Option of the item occupation: farming, business, company, public, student, retired or other_occupation"`
	Audience   string `query:"audience" doc:"managers (default): figures of at least 10 respondents; public: of at least 30, and precise enough to be published"`
}

func (in *Selection) query(today survey.Date) (results.Query, error) {
	return results.ParseQuery(in.value, today)
}

// value gives a parameter of the selection by its name.
func (in *Selection) value(name string) string {
	values := map[string]string{"period": in.Period, "agency": in.Agency, "field": in.Field, "point": in.Point, "capture": in.Capture,
		"delivery": in.Delivery, "campaign": in.Campaign, "measure": in.Measure, "flags": in.Flags,
		"gender": in.Gender, "ageGroup": in.AgeGroup, "occupation": in.Occupation, "audience": in.Audience}
	return values[name]
}

// with gives a parameter of the selection, or one of the operation's own.
func (in *Selection) with(own map[string]string) func(string) string {
	return func(name string) string {
		if value, ok := own[name]; ok {
			return value
		}
		return in.value(name)
	}
}

func (s *server) registerResults() {
	registerResult(s, "board", "Show where everybody stands",
		"The agency and everything below it in a period: figures by agency, by field and by both, beside the promises in force. Percentages run from 0 to 100 and are not rounded; a withheld figure has null for every number.",
		s.results.Board)
	registerResult(s, "trend", "Show how a figure moves",
		"One measure month by month, for at least the twelve months that end with the period.",
		s.results.Trend)
	registerResult(s, "quality", "Show what was flagged and what that changes",
		"The ratings of the agency and everything below it by flag, and the index without and with the suspicious ones, for each agency and point. Where either figure comes from too few respondents, both are null and the counts of flags stand. The parameter flags changes nothing here.",
		s.results.Quality)
	s.registerBreakdown()
	s.registerResponseRates()
	s.registerPlanning()
	s.registerWords()
	s.registerDrivers()

	methods := operation("list-methods", http.MethodGet, "/api/v1/results/methods", "Results", "Explain every figure",
		"Each method that an answer can name: its formula, its parameters, its references, and how to compute the figure again from exported responses.")
	huma.Register(s.openapi, s.secured(methods), func(context.Context, *struct{}) (*Output[results.MethodList], error) {
		return &Output[results.MethodList]{results.Methods()}, nil
	})

	s.registerComparisons()
	s.registerSample()
	registerResult(s, "reasons", "Show which reasons people tick",
		"The reasons that the dissatisfied and the satisfied ticked in the agency and everything below it: how many of those who were asked ticked each, and their share with its interval. Several may be ticked, so that shares do not add up to 100. Figures of too few, or that would tell of too few, are null. The parameter measure changes nothing here.",
		s.results.Reasons)
}

// registerResult adds an operation that answers the selection with one kind of result.
func registerResult[T any](s *server, name, summary, description string, find func(context.Context, survey.Actor, results.Query) (T, error)) {
	registerQuery(s, resultOperation(name, summary, description), (*Selection).query, find)
}

// registerQuery adds an operation with parameters of its own, of which read makes a query.
func registerQuery[In, Q, T any](s *server, op huma.Operation, read func(*In, survey.Date) (Q, error), find func(context.Context, survey.Actor, Q) (T, error)) {
	huma.Register(s.openapi, s.secured(op), func(ctx context.Context, in *In) (*Output[T], error) {
		q, err := read(in, survey.DateOf(s.now()))
		if err != nil {
			return nil, err
		}
		found, err := find(ctx, actorOf(ctx), q)
		if err != nil {
			return nil, err
		}
		return &Output[T]{found}, nil
	})
}

func resultOperation(name, summary, description string) huma.Operation {
	return operation("get-"+name, http.MethodGet, "/api/v1/results/"+name, "Results", summary, description, http.StatusNotFound, http.StatusUnprocessableEntity)
}
