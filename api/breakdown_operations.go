package api

import (
	"sipas/survey"
	"sipas/survey/results"
)

// breakdownInput is a selection with what to split its figure by.
type breakdownInput struct {
	Selection
	By string `query:"by" doc:"Required: agency, field, point, capture, delivery, language, questionnaire, month, quarter, gender, ageGroup or occupation" example:"capture"`
}

func (in *breakdownInput) query(today survey.Date) (results.BreakdownQuery, error) {
	return results.ParseBreakdownQuery(in.with(map[string]string{"by": in.By}), today)
}

func (s *server) registerBreakdown() {
	registerQuery(s, resultOperation("breakdown", "Split a figure into its parts",
		"One figure and its parts by one dimension, which add up to it: the answers by level, the mean, and how each part compares with the rest, with regard to how many are compared. Parts that would give a withheld one away are withheld too."),
		(*breakdownInput).query, s.results.Breakdown)
}
