package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/results"
)

// LeagueInput says which units are set beside each other.
type LeagueInput struct {
	By    string `query:"by" doc:"agency (default): the agencies right below, or those of a level or kind; or field"`
	Level string `query:"level" doc:"All agencies of this level below: province, commune or district"`
	Kind  string `query:"kind" doc:"All agencies of this kind below: department, commune, vertical, provider or district"`
}

func (in *LeagueInput) get(name string) string {
	return map[string]string{"by": in.By, "level": in.Level, "kind": in.Kind}[name]
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

func (in *comparisonInput) get(name string) string {
	return map[string]string{"againstPeriod": in.AgainstPeriod, "againstAgency": in.AgainstAgency, "againstField": in.AgainstField,
		"againstCapture": in.AgainstCapture, "againstDelivery": in.AgainstDelivery, "by": in.By, "level": in.Level, "kind": in.Kind, "adjust": in.Adjust}[name]
}

// registerComparisons adds what sets figures beside each other.
func (s *server) registerComparisons() {
	comparison := resultOperation("comparison", "Compare a figure with another one",
		"The figure of the query against that of another period, agency, field, capture or delivery: the difference in percentage points with its interval, and whether it is a clear one. A part is set against the rest of the whole that holds it. With by, also every agency or field against itself in the other period, adjusted for their number.")
	huma.Register(s.openapi, s.secured(comparison), func(ctx context.Context, in *comparisonInput) (*Output[results.Comparison], error) {
		return findResult(ctx, s, &in.Selection, in.get, results.ParseComparison, s.results.Comparison)
	})
	ranking := resultOperation("ranking", "Rank agencies or fields",
		"The units below the agency by their index, each with the places that chance leaves it, and how many places can be told apart at all. Withheld units are listed without a number or a place.")
	huma.Register(s.openapi, s.secured(ranking), func(ctx context.Context, in *rankingInput) (*Output[results.Ranking], error) {
		return findResult(ctx, s, &in.Selection, in.LeagueInput.get, results.ParseRanking, s.results.Ranking)
	})
	funnel := resultOperation("funnel", "Set agencies or fields in a funnel",
		"The units below the agency by size and index around one centre, with the limits between which chance and the usual differences leave them, and which lie outside.")
	huma.Register(s.openapi, s.secured(funnel), func(ctx context.Context, in *funnelInput) (*Output[results.Funnel], error) {
		get := func(name string) string {
			if name == "around" {
				return in.Around
			}
			return in.LeagueInput.get(name)
		}
		return findResult(ctx, s, &in.Selection, get, results.ParseFunnel, s.results.Funnel)
	})
}

func resultOperation(name, summary, description string) huma.Operation {
	return operation("get-"+name, http.MethodGet, "/api/v1/results/"+name, "Results", summary, description, http.StatusNotFound, http.StatusUnprocessableEntity)
}

// findResult reads a query with parameters of its own and finds its result.
func findResult[Q, T any](ctx context.Context, s *server, in *Selection, get func(string) string,
	parse func(results.Query, func(string) string) (Q, error), find func(context.Context, survey.Actor, Q) (T, error)) (*Output[T], error) {
	q, err := in.query(survey.DateOf(s.now()))
	if err != nil {
		return nil, err
	}
	own, err := parse(q, get)
	if err != nil {
		return nil, err
	}
	found, err := find(ctx, actorOf(ctx), own)
	if err != nil {
		return nil, err
	}
	return &Output[T]{found}, nil
}
