package api

func (s *server) registerResponseRates() {
	registerResult(s, "response-rates", "Show how much was rated, and what the rest could change",
		"Ratings against the files they are about, by agency and field: coverage, worst cases, what self-selection of a supposed strength would do, what became of each question, and the index weighed by files. Where files are not known, the numbers that need them are null with a reason.",
		s.results.ResponseRates)
}
