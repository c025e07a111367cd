package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"sipas/survey"
	"sipas/survey/identity"
	"sipas/survey/importer"
	"sipas/survey/intake"
	"sipas/survey/pulse"
	"sipas/survey/receipts"
	"sipas/survey/registry"
)

// Limits of every request. A batch of responses is the largest body there is;
// the slack is for what a client may wrap around it.
const (
	maxBody       = 4 << 20
	bodySlack     = 64 << 10
	readTimeout   = 30 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 90 * time.Second
	handlerLimit  = 25 * time.Second
	maxHeaderSize = 16 << 10
)

// contextKey is the type of everything the edge keeps with a request.
type contextKey string

const (
	requestIDKey contextKey = "requestID"
	logKey       contextKey = "log"
	actorKey     contextKey = "actor"
)

// server holds what the handlers share; it does not change once built.
type server struct {
	registry *registry.Registry
	identity *identity.Service
	intake   *intake.Service
	receipts *receipts.Service
	pulse    *pulse.Keeper
	results  Results
	reviewer Reviewer

	app         *fiber.App
	openapi     huma.API
	openapiJSON func() ([]byte, error)
	frontend    *frontend
	pages       *pages
	tokens      *accessTokens
	seals       *seals
	metrics     *metrics
	uploads     *uploads
	limits      *limits

	draws      chan struct{} // a place for each sheet drawn at a time
	phraseKey  []byte
	inviteKey  []byte
	publicURL  string
	publicHost string // as printed on posters
	https      bool
	production bool
	proxies    proxies
	log        *slog.Logger
	now        func() time.Time
	ready      func(context.Context) error
	version    string
}

// New builds the application; it does not listen. It panics where SigningKey is
// shorter than MinKeyBytes, since no token could then be trusted.
func New(o Options) *fiber.App { return newServer(o).app }

func newServer(o Options) *server {
	if len(o.SigningKey) < MinKeyBytes {
		panic(fmt.Sprintf("api: the signing key has %d bytes, at least %d are needed", len(o.SigningKey), MinKeyBytes))
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	public := strings.TrimRight(o.PublicURL, "/")
	s := &server{
		registry: o.Registry, identity: o.Identity, intake: o.Intake, receipts: o.Receipts, pulse: o.Pulse, results: o.Results, reviewer: o.Reviewer,
		frontend:   newFrontend(o.Frontend),
		tokens:     newAccessTokens(subkey(o.SigningKey, "access token"), public, o.Now),
		seals:      newSeals(subkey(o.SigningKey, "thank-you summary and rating mark"), o.Now),
		metrics:    newMetrics(o.Version, o.LedgerEntries),
		uploads:    newUploads(o.ImportDir, importer.New(importer.Options{Key: o.PageKey, Registry: o.Registry, Intake: o.Intake, Now: o.Now}), o.Now, o.Log),
		limits:     newLimits(o.Now),
		draws:      make(chan struct{}, atOnce),
		phraseKey:  subkey(o.PageKey, "check phrase"),
		inviteKey:  subkey(o.PageKey, "invitation"),
		publicURL:  public,
		production: o.Production,
		proxies:    trusted(o.TrustedProxies),
		log:        o.Log, now: o.Now, ready: o.Ready, version: o.Version,
	}
	if u, err := url.Parse(public); err == nil {
		s.publicHost, s.https = u.Host+u.Path, u.Scheme == "https"
	}
	s.pages = newPages()
	s.app = fiber.New(fiber.Config{
		Immutable:             true,
		StrictRouting:         true,
		CaseSensitive:         true,
		UnescapePath:          true,
		BodyLimit:             maxBody + bodySlack,
		ReadBufferSize:        maxHeaderSize,
		ReadTimeout:           readTimeout,
		WriteTimeout:          writeTimeout,
		IdleTimeout:           idleTimeout,
		DisableStartupMessage: true,
		ErrorHandler:          s.sendError,
	})
	s.app.Server().HeaderReceived = limitForms
	s.app.Use(s.observe, compress.New(compress.Config{Level: compress.LevelBestSpeed}), refuseEncodedBodies)
	s.app.Hooks().OnShutdown(s.uploads.stop)
	s.registerOperations()
	s.registerRoutes()
	return s
}

// subkey derives a key for one purpose, so that a token of one kind never
// passes for another.
func subkey(key []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("sipas " + purpose))
	return mac.Sum(nil)
}

// registerRoutes adds everything that is not an operation of the JSON API.
func (s *server) registerRoutes() {
	s.app.Get("/healthz", s.health)
	s.app.Get("/readyz", s.readiness)
	s.app.Get("/metrics", s.metricsPage)
	s.app.Get("/api/openapi.json", s.openAPI)
	s.app.Get("/api/docs", s.docs)

	s.app.Get("/assets/*", s.asset)
	s.app.Get("/admin", s.admin)
	s.app.Get("/admin/*", s.admin)
	s.app.Get("/kiosk", s.kiosk)
	s.app.Get("/kiosk/*", s.kiosk)
	s.app.Get("/kiosk.webmanifest", s.manifest)
	s.app.Get("/sw.js", s.serviceWorker)
	s.app.Get("/icons/*", s.icon)

	s.app.Get("/", s.home)
	s.app.Get(accessibilityPath, s.accessibility)
	s.app.Get("/s/:code", s.showForm)
	s.app.Post("/s/:code", s.submitForm)
	s.app.Get("/s/:code/thanks", s.thanks)
	s.app.Get("/q/:code.svg", s.qrSVG)
	s.app.Get("/q/:code.png", s.qrPNG)
	for kind := range drawings {
		s.app.Get("/poster/:code."+kind, s.posterFile(kind))
	}
	s.app.Get("/poster/:code", s.poster)
}

// observe wraps every request: it names it, bounds its time, sets the headers
// all answers carry, turns errors and panics into answers, and counts and logs it.
func (s *server) observe(c *fiber.Ctx) (err error) {
	start := time.Now()
	c.Locals(requestIDKey, newRequestID())
	c.Locals(logKey, s.log)
	ctx, cancel := context.WithTimeout(c.UserContext(), handlerLimit)
	defer cancel()
	if c.Method() == fiber.MethodPost {
		ctx = identity.WithOrigin(ctx, s.proxies.client(c))
	}
	c.SetUserContext(ctx)
	s.setHeaders(c)

	err = s.guard(c)
	route := routeOf(c)
	if isRoutingError(err) {
		route = unmatched
	}
	if err != nil {
		// Answered here rather than by Fiber, so that the log knows the status.
		err = s.sendError(c, err)
	}
	status := c.Response().StatusCode()
	s.metrics.request(route, c.Method(), status)
	level := slog.LevelInfo
	if route == "/healthz" || route == "/readyz" || route == "/metrics" {
		level = slog.LevelDebug // asked for every few seconds
	}
	s.log.Log(ctx, level, "request", "requestId", requestID(c), "method", c.Method(), "route", route, "status", status,
		"milliseconds", time.Since(start).Milliseconds())
	return err
}

// guard runs the handlers and turns a panic into an error.
func (s *server) guard(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("panic", "requestId", requestID(c), "route", routeOf(c), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			c.Response().ResetBody()
			err = &survey.Error{Code: survey.CodeInternal, Message: "panic"}
		}
	}()
	return c.Next()
}

const unmatched = "unmatched"

// isRoutingError reports whether Fiber found no route.
func isRoutingError(err error) bool {
	var e *fiber.Error
	return errors.As(err, &e) && (e.Code == http.StatusNotFound || e.Code == http.StatusMethodNotAllowed)
}

// routeOf gives the pattern of the matched route, never the path.
func routeOf(c *fiber.Ctx) string {
	if c.Locals(requestIDKey) == nil {
		return unmatched // refused before routing: Fiber would give the path
	}
	return c.Route().Path
}

func newRequestID() string { return strings.ToLower(rand.Text()[:20]) }

// requestID gives the name of the request, giving it one where it was refused
// before it could get one.
func requestID(c *fiber.Ctx) string {
	if id, ok := c.Locals(requestIDKey).(string); ok {
		return id
	}
	return newRequestID()
}

// apiPolicy is the content security policy of answers that are no pages.
const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

func (s *server) setHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderXRequestID, requestID(c))
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderContentSecurityPolicy, apiPolicy)
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderPermissionsPolicy, "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	if s.https {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	if s.registry.Snapshot().Synthetic() {
		c.Set("Sipas-Data", "synthetic")
	}
}

// refuseEncodedBodies answers 415 to a write whose body is compressed: inflating
// it would get around the limit of its size.
func refuseEncodedBodies(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions, fiber.MethodTrace:
		return c.Next()
	}
	if c.Get(fiber.HeaderContentEncoding) != "" {
		return fiber.ErrUnsupportedMediaType
	}
	return c.Next()
}

// sendError answers with an error: as a page to someone who is looking at
// pages, as a problem document to everyone else. Fiber calls it too, for what it
// refuses before any handler.
func (s *server) sendError(c *fiber.Ctx, err error) error {
	if c.Locals(requestIDKey) == nil {
		c.Locals(requestIDKey, newRequestID())
		s.setHeaders(c)
	}
	status := 0
	var e *fiber.Error
	if errors.As(err, &e) {
		status, err = e.Code, nil
	}
	if wantsPage(c) {
		return s.sendProblemPage(c, err, status)
	}
	return s.sendProblem(c, err, status)
}

// wantsPage reports whether the request comes from someone looking at pages.
func wantsPage(c *fiber.Ctx) bool {
	path := c.Path()
	return !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/assets/") && !strings.HasPrefix(path, "/icons/") &&
		strings.Contains(c.Get(fiber.HeaderAccept), "text/html")
}

// readFile gives a file of the built front end; fs.ErrNotExist where it is not built.
func readFile(files fs.FS, name string) ([]byte, error) {
	if files == nil {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(files, name)
}
