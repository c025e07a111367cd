package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/results"
	"sipas/survey/suspicion"
)

// Reviewed says what a judgement came to.
type Reviewed struct {
	Judged int `json:"judged" doc:"Ratings that were judged; 0: none of them stood otherwise"`
}

func (s *server) registerFlags() {
	list := operation("list-flags", http.MethodGet, "/api/v1/flags", "Results", "List what was flagged",
		"Ratings that bear a flag, or bore it until a person took it away, by point, day and flag; the newest day first. What was answered is not shown. Right: flags.",
		http.StatusNotFound, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		Period string `query:"period" doc:"2026, 2026-H1, 2026-Q3, 2026-09 or 2026-01-05..2026-02-03; default: the last closed quarter" example:"2026-Q3"`
		Agency string `query:"agency" doc:"With everything below it; default: the highest agency the caller may see"`
		Point  string `query:"point" doc:"Code of a point"`
		Flag   string `query:"flag" doc:"Of one flag only"`
	}) (*ListOutput[results.Finding], error) {
		selection := Selection{Period: in.Period, Agency: in.Agency, Point: in.Point}
		q, err := selection.query(survey.DateOf(s.now()))
		if err != nil {
			return nil, err
		}
		if in.Flag != "" && !slices.Contains(survey.Flags, survey.Flag(in.Flag)) {
			return nil, &survey.Error{Code: survey.CodeInvalid, Message: "no such flag", Fields: []survey.FieldError{{Path: "flag", Reason: survey.ReasonUnknownOption}}}
		}
		findings, err := s.results.Findings(ctx, actorOf(ctx), q, survey.Flag(in.Flag))
		if err != nil {
			return nil, err
		}
		return page(in.Paging, findings, func(f results.Finding) results.Finding { return f }), nil
	})

	review := operation("review-flags", http.MethodPost, "/api/v1/flags", "Results", "Judge suspicious ratings",
		"Takes a flag from the ratings of a point in a span of time, or sets it. A person sets `marked`; a flag that was found by the system is only put back where it was taken away. The judgement stands over the system's, now and later, and is an entry of the ledger for each rating; the ratings stay as they are. Sending it again judges nothing more. Right: flags, over the point's agency.",
		http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(review), func(ctx context.Context, in *struct {
		Body struct {
			Point  string    `json:"point" maxLength:"80" doc:"Code of the point"`
			From   time.Time `json:"from" doc:"Ratings given from this moment on" example:"2026-09-01T00:00:00+07:00"`
			To     time.Time `json:"to" doc:"… and before this one, at most 31 days later" example:"2026-09-02T00:00:00+07:00"`
			Flag   string    `json:"flag" example:"burst"`
			Set    bool      `json:"set" doc:"true: set the flag; false: take it away"`
			Reason string    `json:"reason" doc:"5 to 300 characters. It stays in the ledger for ever: it should name nobody"`
		}
	}) (*Output[Reviewed], error) {
		b := in.Body
		judged, err := s.reviewer.Review(ctx, actorOf(ctx), suspicion.Review{Point: b.Point, From: b.From, To: b.To, Flag: survey.Flag(b.Flag), Set: b.Set, Reason: b.Reason})
		if err != nil {
			return nil, err
		}
		return &Output[Reviewed]{Reviewed{judged}}, nil
	})
}
