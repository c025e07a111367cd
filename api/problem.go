package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sipas/survey"
)

// Problem is the body of every refusal: an RFC 9457 problem document. Code and
// Reason are stable and for programs; Title, Detail and the messages are for
// people, in the language of Accept-Language. It never repeats what was submitted.
type Problem struct {
	Type      string         `json:"type" doc:"urn:sipas:problem: and the code" example:"urn:sipas:problem:invalid"`
	Title     string         `json:"title" doc:"The sentence of the code" example:"Dữ liệu gửi lên chưa hợp lệ"`
	Status    int            `json:"status" doc:"The HTTP status" example:"422"`
	Detail    string         `json:"detail" doc:"The sentence of the reason"`
	Code      survey.Code    `json:"code" enum:"invalid,not_found,conflict,closed,unauthorized,forbidden,throttled,unavailable,internal" doc:"Stable class of the refusal" example:"invalid"`
	Reason    string         `json:"reason" doc:"Stable key of the detail; empty where the code says it all" example:"body"`
	Params    map[string]any `json:"params" doc:"Values the detail names: limits and dates"`
	Errors    []ProblemField `json:"errors" doc:"What is wrong with single parts of the request"`
	RequestID string         `json:"requestId" doc:"Names the request in the server's log"`
	Current   any            `json:"current,omitempty" doc:"With a conflict of revisions: the record as it is stored now"`

	retryAfter int // seconds; 0: no header
}

// ProblemField is what is wrong with one part of a request.
type ProblemField struct {
	Path    string         `json:"path" doc:"Dotted path of the part" example:"fields.0"`
	Reason  string         `json:"reason" doc:"Stable key of the message" example:"required"`
	Params  map[string]any `json:"params" doc:"Values the message names"`
	Message string         `json:"message" doc:"The sentence of the reason"`
}

// Error gives the sentence of the problem.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status; huma asks for it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType turns the JSON type into the one of problem documents; huma asks for it.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// statuses maps each code to its HTTP status. Refusals of the protocol itself
// (405, 413, 415 …) are CodeInvalid with a reason that begins with "http.".
var statuses = map[survey.Code]int{
	survey.CodeInvalid:      http.StatusUnprocessableEntity,
	survey.CodeNotFound:     http.StatusNotFound,
	survey.CodeConflict:     http.StatusConflict,
	survey.CodeClosed:       http.StatusConflict,
	survey.CodeUnauthorized: http.StatusUnauthorized,
	survey.CodeForbidden:    http.StatusForbidden,
	survey.CodeThrottled:    http.StatusTooManyRequests,
	survey.CodeUnavailable:  http.StatusServiceUnavailable,
	survey.CodeInternal:     http.StatusInternalServerError,
}

// protocolReasons are the reasons of refusals that HTTP itself defines.
var protocolReasons = map[int]string{
	http.StatusBadRequest:                  "http.malformed",
	http.StatusMethodNotAllowed:            "http.method",
	http.StatusNotAcceptable:               "http.notAcceptable",
	http.StatusRequestTimeout:              "http.timeout",
	http.StatusRequestEntityTooLarge:       "http.tooLarge",
	http.StatusUnsupportedMediaType:        "http.mediaType",
	http.StatusRequestHeaderFieldsTooLarge: "http.headersTooLarge",
}

// retryUnavailable is how long a client is asked to wait for the store, in seconds.
const retryUnavailable = 5

// currentError adds the stored record to a conflict of revisions.
type currentError struct {
	error
	current any
}

func (e *currentError) Unwrap() error { return e.error }

// newProblem is the one place where an error becomes a problem document. A zero
// status means that the code decides.
func newProblem(err error, status int, language survey.Language, requestID string) *Problem {
	var e *survey.Error
	if !errors.As(err, &e) {
		e = &survey.Error{Code: survey.CodeInternal}
		if reason, ok := protocolReasons[status]; ok {
			e.Code, e.Reason = survey.CodeInvalid, reason
		} else if status == http.StatusNotFound {
			e.Code = survey.CodeNotFound
		} else if status >= 400 && status < 500 {
			e.Code = survey.CodeInvalid
		}
	}
	if status == 0 {
		status = statusOf(e)
	}
	p := &Problem{
		Type:      "urn:sipas:problem:" + string(e.Code),
		Title:     say(language, "code."+string(e.Code), nil),
		Status:    status,
		Detail:    sayReason(language, e.Reason, e.Code, e.Params),
		Code:      e.Code,
		Reason:    e.Reason,
		Params:    e.Params,
		Errors:    []ProblemField{},
		RequestID: requestID,
	}
	if p.Params == nil {
		p.Params = map[string]any{}
	}
	for _, f := range e.Fields {
		field := ProblemField{Path: f.Path, Reason: f.Reason, Params: f.Params, Message: sayReason(language, f.Reason, survey.CodeInvalid, f.Params)}
		if field.Params == nil {
			field.Params = map[string]any{}
		}
		p.Errors = append(p.Errors, field)
	}
	var current *currentError
	if errors.As(err, &current) {
		p.Current = current.current
	}
	switch e.Code {
	case survey.CodeUnavailable:
		p.retryAfter = retryUnavailable
	case survey.CodeThrottled:
		p.retryAfter = max(1, wholeNumber(e.Params["seconds"]))
	}
	return p
}

// statusOf gives the HTTP status of an error of the domain.
func statusOf(e *survey.Error) int {
	for status, reason := range protocolReasons {
		if e.Code == survey.CodeInvalid && e.Reason == reason {
			return status
		}
	}
	if status, ok := statuses[e.Code]; ok {
		return status
	}
	return http.StatusInternalServerError
}

func wholeNumber(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case int64:
		return int(v)
	case float64:
		return int(v)
	}
	return 0
}

// headers gives the header fields that belong to the problem.
func (p *Problem) headers(set func(name, value string)) {
	if p.retryAfter > 0 {
		set(fiber.HeaderRetryAfter, strconv.Itoa(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		set(fiber.HeaderWWWAuthenticate, `Bearer realm="sipas"`)
	}
	set(fiber.HeaderCacheControl, "no-store")
}

// logCause writes the cause of a fault to the log, where it stays.
func logCause(log *slog.Logger, p *Problem, err error, route string) {
	switch p.Code {
	case survey.CodeInternal:
		log.Error("request failed", "requestId", p.RequestID, "route", route, "cause", causeOf(err))
	case survey.CodeUnavailable:
		log.Warn("store unavailable", "requestId", p.RequestID, "route", route, "cause", causeOf(err))
	}
}

func causeOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// sendProblem writes an error of a plain Fiber handler as a problem document.
func (s *server) sendProblem(c *fiber.Ctx, err error, status int) error {
	p := newProblem(err, status, chooseLanguage(c.Get(fiber.HeaderAcceptLanguage)), requestID(c))
	logCause(s.log, p, err, routeOf(c))
	p.headers(c.Set)
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Status(p.Status).Set(fiber.HeaderContentType, problemType)
	return c.Send(body)
}

func init() {
	// huma's own constructors repeat the submitted value and speak English only.
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return humaProblem(status, survey.Vietnamese, "", errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		if ctx == nil {
			return humaProblem(status, survey.Vietnamese, "", errs)
		}
		id, _ := ctx.Context().Value(requestIDKey).(string)
		p := humaProblem(status, chooseLanguage(ctx.Header(fiber.HeaderAcceptLanguage)), id, errs)
		if log, ok := ctx.Context().Value(logKey).(*slog.Logger); ok {
			logCause(log, p, errors.Join(errs...), ctx.Operation().Path)
		}
		p.headers(ctx.SetHeader)
		return p
	}
}

// humaProblem turns what huma found, or what a handler returned, into a problem.
func humaProblem(status int, language survey.Language, id string, errs []error) *Problem {
	var details []survey.FieldError
	for _, err := range errs {
		if err == nil {
			continue
		}
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			// A handler's own error, wrapped by huma as 500: the code decides.
			if status == http.StatusInternalServerError {
				status = 0
			}
			return newProblem(err, status, language, id)
		}
		if field := fieldOf(detail); !containsField(details, field) {
			details = append(details, field)
		}
	}
	if len(details) == 0 {
		return newProblem(nil, status, language, id)
	}
	reason := protocolReasons[status]
	return newProblem(&survey.Error{Code: survey.CodeInvalid, Reason: reason, Fields: details}, status, language, id)
}

func containsField(fields []survey.FieldError, f survey.FieldError) bool {
	for _, g := range fields {
		if g.Path == f.Path && g.Reason == f.Reason {
			return true
		}
	}
	return false
}

// fieldOf translates one of huma's findings. Its location begins with where the
// value came from ("body.name", "query.page"); a name that the sender made up is cut off,
// but for that of a parameter, where it can be no more than a name.
func fieldOf(d *huma.ErrorDetail) survey.FieldError {
	path := d.Location
	for _, origin := range []string{"body", "query", "path", "header", "cookie"} {
		if rest, ok := strings.CutPrefix(path, origin); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			path = strings.TrimPrefix(rest, ".")
			break
		}
	}
	path = withoutOwnKeys(strings.NewReplacer("[", ".", "]", "").Replace(path))
	f := survey.FieldError{Path: strings.TrimPrefix(path, "."), Reason: "format"}
	m := d.Message
	limit := func(prefix, reason, name string) bool {
		rest, ok := strings.CutPrefix(m, prefix)
		if !ok {
			return false
		}
		f.Reason = reason
		if n, err := strconv.ParseFloat(rest, 64); err == nil {
			f.Params = map[string]any{name: n}
		}
		return true
	}
	switch {
	case strings.HasPrefix(m, "expected required property "):
		name := strings.TrimSuffix(strings.TrimPrefix(m, "expected required property "), " to be present")
		f.Reason = "required"
		if f.Path != "" {
			name = f.Path + "." + name
		}
		f.Path = name
	case strings.HasPrefix(m, "required "):
		f.Reason = "required"
	case m == "unknown query parameter":
		f.Reason = survey.ReasonUnknown
		if !parameterName.MatchString(f.Path) {
			f.Path = ""
		}
	case m == "unexpected property":
		f.Reason = "unknownProperty"
		if i := strings.LastIndexByte(f.Path, '.'); i >= 0 {
			f.Path = f.Path[:i]
		} else {
			f.Path = ""
		}
	case strings.HasPrefix(m, "expected value to be one of"):
		f.Reason = "unknownOption"
	case limit("expected length >= ", "tooShort", "min"), limit("expected length <= ", "tooLong", "max"),
		limit("expected array length >= ", "tooFew", "min"), limit("expected array length <= ", "tooMany", "max"),
		limit("expected number >= ", "tooSmall", "min"), limit("expected number <= ", "tooLarge", "max"):
	case m == "expected boolean", m == "expected number", m == "expected integer", m == "expected string",
		m == "expected array", m == "expected object", m == "invalid integer", m == "invalid boolean":
		f.Reason = "type"
	}
	return f
}

// parameterName is how query parameters are written here and elsewhere.
var parameterName = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,39}$`)

// withoutOwnKeys cuts a path where the sender chose the next name: the keys of
// texts by language and of files by field.
func withoutOwnKeys(path string) string {
	if strings.HasPrefix(path, "files.") {
		return "files"
	}
	if tag, ok := strings.CutPrefix(path, "name."); ok {
		if _, shipped := spokenLanguage(tag); !shipped {
			return "name"
		}
	}
	return path
}
