package api

import (
	"sipas/survey"
	"sipas/survey/results"
)

// LeagueInput says which units are set beside each other.
type LeagueInput struct {
	By    string `query:"by" doc:"agency (default): the agencies right below, or those of a level or kind; or field"`
	Level string `query:"level" doc:"All agencies of this level below: province, commune or district"`
	Kind  string `query:"kind" doc:"All agencies of this kind below: department, commune, vertical, provider or district"`
}

func (in *LeagueInput) own() map[string]string {
	return map[string]string{"by": in.By, "level": in.Level, "kind": in.Kind}
}

type rankingInput struct {
	Selection
	LeagueInput
}

type funnelInput struct {
	Selection
	LeagueInput
	Around string `query:"around" doc:"mean (default): of all units shown; or target: the promise in force, where the units share one"`
}

type comparisonInput struct {
	Selection
	AgainstPeriod   string `query:"againstPeriod" doc:"Written as period. Default where nothing to compare with is given: the period before, and the same a year before"`
	AgainstAgency   string `query:"againstAgency" doc:"One inside the other is set against the rest of it"`
	AgainstField    string `query:"againstField" doc:"Id of a field; with no field given it is set against all the others"`
	AgainstCapture  string `query:"againstCapture" doc:"kiosk, qr, link, paper or import"`
	AgainstDelivery string `query:"againstDelivery" doc:"counter, online or post"`
	By              string `query:"by" doc:"agency or field: also compare each of them with itself in the other period"`
	Level           string `query:"level" doc:"With by=agency: all agencies of this level below"`
	Kind            string `query:"kind" doc:"With by=agency: all agencies of this kind below"`
	Adjust          string `query:"adjust" doc:"With by: holm (default) or bh, for the number of units compared"`
}

func (in *comparisonInput) query(today survey.Date) (results.ComparisonQuery, error) {
	return readAfter(&in.Selection, today, results.ParseComparison, map[string]string{"againstPeriod": in.AgainstPeriod, "againstAgency": in.AgainstAgency, "againstField": in.AgainstField,
		"againstCapture": in.AgainstCapture, "againstDelivery": in.AgainstDelivery, "by": in.By, "level": in.Level, "kind": in.Kind, "adjust": in.Adjust})
}

func (in *rankingInput) query(today survey.Date) (results.RankingQuery, error) {
	return readAfter(&in.Selection, today, results.ParseRanking, in.own())
}

func (in *funnelInput) query(today survey.Date) (results.FunnelQuery, error) {
	own := in.own()
	own["around"] = in.Around
	return readAfter(&in.Selection, today, results.ParseFunnel, own)
}

// readAfter reads the selection first, and what is added to it only if that can be read.
func readAfter[Q any](in *Selection, today survey.Date, parse func(results.Query, func(string) string) (Q, error), own map[string]string) (q Q, err error) {
	selection, err := in.query(today)
	if err != nil {
		return q, err
	}
	return parse(selection, in.with(own))
}

// registerComparisons adds what sets figures beside each other.
func (s *server) registerComparisons() {
	registerQuery(s, resultOperation("comparison", "Compare a figure with another one",
		"The figure of the query against that of another period, agency, field, capture or delivery: the difference in percentage points with its interval, and whether it is a clear one. A part is set against the rest of the whole that holds it. With by, also every agency or field against itself in the other period, adjusted for their number."),
		(*comparisonInput).query, s.results.Comparison)
	registerQuery(s, resultOperation("ranking", "Rank agencies or fields",
		"The units below the agency by their index, each with the places that chance leaves it, and how many places can be told apart at all. Withheld units are listed without a number or a place."),
		(*rankingInput).query, s.results.Ranking)
	registerQuery(s, resultOperation("funnel", "Set agencies or fields in a funnel",
		"The units below the agency by size and index around one centre, with the limits between which chance and the usual differences leave them, and which lie outside."),
		(*funnelInput).query, s.results.Funnel)
}
