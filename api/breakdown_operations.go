package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/results"
)

// breakdownInput is a selection with what to split its figure by.
type breakdownInput struct {
	Selection
	By string `query:"by" doc:"Required: agency, field, point, capture, delivery, language, questionnaire, month, quarter, gender, ageGroup or occupation" example:"capture"`
}

func (in *breakdownInput) query(today survey.Date) (results.BreakdownQuery, error) {
	return results.ParseBreakdownQuery(func(name string) string {
		if name == "by" {
			return in.By
		}
		return in.Selection.value(name)
	}, today)
}

func (s *server) registerBreakdown() {
	registerQuery(s, "breakdown", "Split a figure into its parts",
		"One figure and its parts by one dimension, which add up to it: the answers by level, the mean, and how each part compares with the rest, with regard to how many are compared. Parts that would give a withheld one away are withheld too.",
		(*breakdownInput).query, s.results.Breakdown)
}

// registerQuery is registerResult for an operation with parameters of its own, of which read makes a query.
func registerQuery[In, Q, T any](s *server, name, summary, description string, read func(*In, survey.Date) (Q, error), find func(context.Context, survey.Actor, Q) (T, error)) {
	op := operation("get-"+name, http.MethodGet, "/api/v1/results/"+name, "Results", summary, description, http.StatusNotFound, http.StatusUnprocessableEntity)
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
