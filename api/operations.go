package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"sipas/survey"
)

// The security schemes of the OpenAPI description.
const (
	schemeBearer  = "bearer"
	schemePage    = "page"
	schemeKiosk   = "kiosk"
	schemeRefresh = "refresh"
)

// operationLimit is the largest body of an operation other than a batch of responses.
const operationLimit = 256 << 10

// registerOperations adds the JSON API and its description.
func (s *server) registerOperations() {
	config := huma.DefaultConfig("sipas", s.version)
	config.CreateHooks = nil
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Info.Description = "Citizen satisfaction with public services: the way in for ratings, the way out for figures, and the catalogue between them.\n\n" +
		"Texts come by language as {\"vi\": …, \"en\": …}. Refusals are RFC 9457 problem documents; `code` and `reason` are stable, the sentences follow Accept-Language. A parameter that a GET does not know is refused and named. " +
		"Where the store holds synthetic data every answer carries `Sipas-Data: synthetic`."
	if s.registry.Snapshot().Synthetic() {
		config.Info.Description = "**Dữ liệu mô phỏng – synthetic data: nothing here is real.**\n\n" + config.Info.Description
	}
	config.Servers = []*huma.Server{{URL: "/"}} // wherever the description was read from
	config.Tags = []*huma.Tag{
		{Name: "Responses", Description: "Sending ratings"},
		{Name: "Results", Description: "Figures, after the publication rules"},
		{Name: "Kiosks", Description: "Tablets at the points: managing, enrolling, and what they ask"},
		{Name: "Catalogue", Description: "Agencies, fields, procedures, points, questionnaires, targets and volumes"},
		{Name: "Imports", Description: "Tables kept in spreadsheets, read into the catalogue and the ledger"},
		{Name: "Administration", Description: "Sessions, users and the audit log"},
	}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		schemeBearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token of POST /api/v1/session, good for 15 minutes."},
		schemePage: {Type: "apiKey", In: "header", Name: fiber.HeaderAuthorization,
			Description: "`Authorization: Page <token>`: the token in the form page that GET /s/{code} serves. It names the response id, the point and the questionnaire and is accepted for 30 days."},
		schemeKiosk: {Type: "apiKey", In: "header", Name: fiber.HeaderAuthorization,
			Description: "`Authorization: Kiosk <token>`: the token an enrolled device was given by POST /api/v1/device/enrol."},
		schemeRefresh: {Type: "apiKey", In: "cookie", Name: refreshCookie, Description: "The refresh token; rotated with every use."},
	}
	s.openapi = humafiber.New(s.app, config)

	s.registerSession()
	s.registerMe()
	s.registerResponses()
	s.registerResults()
	s.registerFlags()
	s.registerAgencies()
	s.registerFields()
	s.registerProcedures()
	s.registerPoints()
	s.registerCampaigns()
	s.registerInvitations()
	s.registerReceipts()
	s.registerPosters()
	s.registerQuestionnaires()
	s.registerLanguages()
	s.registerRecordings()
	s.registerTargets()
	s.registerVolumes()
	s.registerKiosks()
	s.registerDevice()
	s.registerImports()
	s.registerUsers()
	s.registerAudit()

	s.openapiJSON = sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.openapi.OpenAPI()) })
}

// openAPI serves the description of the JSON API.
func (s *server) openAPI(c *fiber.Ctx) error {
	description, err := s.openapiJSON()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/openapi+json")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(description)
}

// operation describes one operation: its summary is a short imperative, its
// description a sentence or two of contract. A question with a parameter that is not
// known is refused, for its answer would be one to another question; what is sent is taken without.
func operation(id, method, path, tag, summary, description string, errors ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary, Description: description,
		Errors: append(errors, http.StatusServiceUnavailable), MaxBodyBytes: operationLimit, RejectUnknownQueryParameters: method == http.MethodGet}
}

// secured makes an operation one for signed-in users; handlers find them with actorOf.
func (s *server) secured(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{schemeBearer: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		token, ok := bearer(ctx.Header(fiber.HeaderAuthorization), "Bearer")
		if !ok {
			s.refuse(ctx, errSignIn)
			return
		}
		who := s.identity.Actor
		if op.Method == http.MethodGet {
			who = s.identity.Reader
		}
		actor, err := s.actor(ctx.Context(), token, who)
		if err != nil {
			s.refuse(ctx, err)
			return
		}
		ctx.SetHeader(fiber.HeaderCacheControl, "no-store")
		next(huma.WithValue(ctx, actorKey, actor))
	})
	return op
}

var errSignIn = &survey.Error{Code: survey.CodeUnauthorized, Message: "no access token"}

// actor gives who an access token names, as who knows them now.
func (s *server) actor(ctx context.Context, token string, who func(context.Context, string) (survey.Actor, error)) (survey.Actor, error) {
	user, err := s.tokens.user(token)
	if err != nil {
		return survey.Actor{}, err
	}
	return who(ctx, user)
}

// refuse answers from a middleware as an error of the handler would.
func (s *server) refuse(ctx huma.Context, err error) {
	_ = huma.WriteErr(s.openapi, ctx, http.StatusInternalServerError, "", err) // it reports what it cannot write itself
}

// actorOf gives the signed-in user of a secured operation.
func actorOf(ctx context.Context) survey.Actor {
	actor, _ := ctx.Value(actorKey).(survey.Actor)
	return actor
}

// Output is the answer of an operation that gives one thing.
type Output[T any] struct{ Body T }

var errNotFound = &survey.Error{Code: survey.CodeNotFound, Message: "no such record"}

// idOf gives the name of the request a handler works for.
func idOf(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}
