package api

import (
	"sipas/survey"
	"sipas/survey/results"
)

type sampleInput struct {
	Campaign string `query:"campaign" required:"true" maxLength:"200" doc:"Id of a sampled campaign"`
	Measure  string `query:"measure" doc:"overall (default), index, a factor (tc) or a criterion (tc1); the headline measures stand in every answer"`
	Flags    string `query:"flags" doc:"exclude (default) or include suspicious ratings"`
	Audience string `query:"audience" doc:"managers (default): figures of at least 10 respondents; public: of at least 30, and precise enough to be published"`
}

func (in *sampleInput) query(today survey.Date) (results.Query, error) {
	values := map[string]string{"campaign": in.Campaign, "measure": in.Measure, "flags": in.Flags, "audience": in.Audience}
	return results.ParseSampleQuery(func(name string) string { return values[name] }, today)
}

func (s *server) registerSample() {
	registerQuery(s, resultOperation("sample", "Estimate from a sampled campaign",
		"What a sampled campaign says of everybody in its frame: each stratum counts by its population, with the margin of error that follows from how it was drawn, the effective sample size and the design effect, beside the same without weights. "+
			"There is no figure for the whole where a stratum has no answers or is withheld."),
		(*sampleInput).query, s.results.Sample)
}
