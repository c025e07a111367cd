// Package api is the HTTP edge: the JSON API with its OpenAPI description, the
// server-rendered form for phones, posters and QR codes, the built front end,
// and the health and metrics endpoints. It decodes a request, calls one service
// and encodes the answer; rules, rights and storage live below it.
//
// Every refusal is an RFC 9457 problem document ([Problem]) or, for people on a
// page, a page. Neither the log nor the metrics ever name a person: they carry
// route patterns, no addresses and no user agents.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"sipas/survey"
	"sipas/survey/identity"
	"sipas/survey/intake"
	"sipas/survey/pulse"
	"sipas/survey/receipts"
	"sipas/survey/registry"
	"sipas/survey/results"
	"sipas/survey/suspicion"
)

// Results answers questions about figures. *results.Service is one.
type Results interface {
	Board(ctx context.Context, actor survey.Actor, q results.Query) (results.Board, error)
	Trend(ctx context.Context, actor survey.Actor, q results.Query) (results.Trend, error)
	Quality(ctx context.Context, actor survey.Actor, q results.Query) (results.Quality, error)
	Findings(ctx context.Context, actor survey.Actor, q results.Query, flag survey.Flag) ([]results.Finding, error)
	Breakdown(ctx context.Context, actor survey.Actor, q results.BreakdownQuery) (results.Breakdown, error)
	ResponseRates(ctx context.Context, actor survey.Actor, q results.Query) (results.ResponseRates, error)
	Planning(ctx context.Context, actor survey.Actor, q results.PlanningQuery) (results.Planning, error)
	Words(ctx context.Context, actor survey.Actor, q results.WordsQuery) (results.Words, error)
	Comments(ctx context.Context, actor survey.Actor, q results.CommentsQuery) (results.Comments, error)
	Drivers(ctx context.Context, actor survey.Actor, q results.DriversQuery) (results.Drivers, error)
	Comparison(ctx context.Context, actor survey.Actor, q results.ComparisonQuery) (results.Comparison, error)
	Ranking(ctx context.Context, actor survey.Actor, q results.RankingQuery) (results.Ranking, error)
	Funnel(ctx context.Context, actor survey.Actor, q results.FunnelQuery) (results.Funnel, error)
	Sample(ctx context.Context, actor survey.Actor, q results.Query) (results.Sample, error)
	Reasons(ctx context.Context, actor survey.Actor, q results.Query) (results.Reasons, error)
}

// Reviewer takes people's judgements on ratings. *suspicion.Reviewer is one.
type Reviewer interface {
	Review(ctx context.Context, actor survey.Actor, v suspicion.Review) (judged int, err error)
}

// MinKeyBytes is the shortest signing key New accepts.
const MinKeyBytes = 32

// Options are what New builds on. Registry, Identity, Intake, Receipts, Pulse, Results, Reviewer, PublicURL,
// SigningKey and PageKey are required.
type Options struct {
	Registry *registry.Registry
	Identity *identity.Service
	Intake   *intake.Service
	Receipts *receipts.Service // that of Intake
	Pulse    *pulse.Keeper
	Results  Results
	Reviewer Reviewer

	Frontend       fs.FS                       // the built front end (admin.html, kiosk.html, docs.html, sw.js, assets/, .vite/manifest.json …); nil: not built
	PublicURL      string                      // what citizens reach the server by, without a closing slash: the base of every QR code
	SigningKey     []byte                      // at least MinKeyBytes; signs access tokens, seals thank-you summaries
	PageKey        []byte                      // that of Intake, for the ids of imported responses, the check phrases of sheets and invitations: at least 16 bytes
	ImportDir      string                      // folder for uploaded files while they are imported; made where it is missing; empty: the system's
	Production     bool                        // leaves hints for developers out of pages
	TrustedProxies []string                    // addresses or networks whose forwarding headers count
	Log            *slog.Logger                // nil: slog.Default()
	Now            func() time.Time            // nil: time.Now
	Ready          func(context.Context) error // nil: always ready
	LedgerEntries  func() int64                // entries known to this process, for /metrics; nil: left out
	Version        string                      // of the program
}
