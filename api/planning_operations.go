package api

import (
	"sipas/survey"
	"sipas/survey/results"
)

// planningInput is a selection, whose files are sampled, with what the sample is to achieve.
type planningInput struct {
	Selection
	Margin       string `query:"margin" doc:"Percentage points either side; default 5"`
	Conf         string `query:"conf" doc:"A level between 0 and 1; default 0.95"`
	Expected     string `query:"expected" doc:"Expected share in percent; default 50, which asks for the most"`
	DesignEffect string `query:"designEffect" doc:"Variance against that of a simple random sample; default 1"`
	ResponseRate string `query:"responseRate" doc:"Answers per invitation in percent; default 100"`
	Population   string `query:"population" doc:"Default: the files of the period"`
	Target       string `query:"target" doc:"Percent; default: the promise in force"`
	Truth        string `query:"truth" doc:"What the share is thought to be, in percent; without it no verdict is planned"`
	Power        string `query:"power" doc:"Probability of the verdict between 0 and 1; default 0.8"`
	Rule         string `query:"rule" doc:"proportional (default), neyman, equal or squareRoot"`
	Minimum      string `query:"minimum" doc:"Answers from each agency at least; default 0"`
	Total        string `query:"total" doc:"Answers to spread over the agencies below; default: what the margin needs"`
}

func (in *planningInput) query(today survey.Date) (results.PlanningQuery, error) {
	return results.ParsePlanningQuery(in.with(map[string]string{"margin": in.Margin, "conf": in.Conf, "expected": in.Expected, "designEffect": in.DesignEffect,
		"responseRate": in.ResponseRate, "population": in.Population, "target": in.Target, "truth": in.Truth, "power": in.Power, "rule": in.Rule,
		"minimum": in.Minimum, "total": in.Total}), today)
}

func (s *server) registerPlanning() {
	registerQuery(s, resultOperation("planning", "Plan a random sample",
		"How many answers a probability sample needs for a margin and for a verdict against a target, with and without the files of the period as its population, and how it is spread over the agencies below."),
		(*planningInput).query, s.results.Planning)
}
