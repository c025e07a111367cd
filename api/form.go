package api

import (
	"bytes"
	"errors"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/registry"
)

// Names of the form's own controls; item ids never contain a dot.
const (
	controlToken    = ".page"
	controlField    = ".field"
	controlReceipt  = ".receipt"
	controlLanguage = ".language"
	controlAfter    = ".after" // milliseconds from the opening of the page to the answer, where scripts run
	controlSwitch   = "lang"
	controlTrap     = ".website" // hidden: people leave it empty, programs that fill in everything do not
)

// A form that a script sends names its device; the answer then comes without a
// redirect, and says what became of which page: "stored <id>". A device is a random
// name made by the browser, good for counting forms for some minutes and written nowhere.
const (
	headerDevice  = "Sipas-Device"
	headerOutcome = "Sipas-Outcome"
	unknownDevice = "-" // where a browser keeps nothing
)

// What became of a form that was sent, for the script that sent it. Without one
// of them nothing is known to be stored or refused, and the form is sent again later.
const (
	formStored   = "stored"
	formConflict = "conflict" // other answers of the same page are stored
	formClosed   = "closed"
	formExpired  = "expired" // the page is too old, or none of ours
	formInvalid  = "invalid"
	formCode     = "receipt"         // good but for the receipt's code
	formCodeless = "receiptOptional" // the same, and taken without one
	formShown    = "shown"           // in another language; nothing was sent
)

// settle says what became of the page.
func settle(c *fiber.Ctx, outcome, id string) { c.Set(headerOutcome, outcome+" "+id) }

// maxFormBody is the largest body a form may have: several comments of the
// longest kind, each letter in nine characters, fit.
const maxFormBody = 64 << 10

// limitForms refuses the body of a form beyond its limit before it is read.
func limitForms(header *fasthttp.RequestHeader) (limits fasthttp.RequestConfig) {
	address := fasthttp.AcquireURI()
	defer fasthttp.ReleaseURI(address)
	if address.Parse(nil, header.RequestURI()) == nil && bytes.HasPrefix(address.Path(), []byte("/s/")) {
		limits.MaxRequestBodySize = maxFormBody
	}
	return limits
}

// queryReceipt is the code of a receipt, for whoever scans or follows the link on it.
const queryReceipt = "r"

// receiptOf gives the receipt's code that an address carries, empty where it carries none.
func receiptOf(c *fiber.Ctx) string {
	code, _ := survey.ParseReceiptCode(c.Query(queryReceipt)) // one that is cut off is typed
	return code
}

// queryNew asks for a new form after a rating.
const queryNew = "new"

// queryCame says how the form was come by: a code of a sheet, scanned or typed in,
// whose reader has words to compare; by a link where it is missing.
const (
	queryCame = "k"
	cameQR    = "qr"
	cameTyped = "code"
)

// came gives queryCame of a request, empty for anything but its values.
func came(c *fiber.Ctx) string {
	if k := c.Query(queryCame); k == cameQR || k == cameTyped {
		return k
	}
	return ""
}

// fieldUnknown is what the field choice sends for "Không rõ / không nhớ".
const fieldUnknown = "-"

// showForm shows a point's form. A code typed another way is sent on to its one
// address, where the response id of this rating is made.
func (s *server) showForm(c *fiber.Ctx) error {
	typed := c.Params("code")
	snapshot := s.registry.Snapshot()
	point, code, reason := findPoint(snapshot, typed)
	if reason != "" {
		return s.unknownPoint(c, typed)
	}
	if c.Query(queryNew) != "" {
		// The form stands at the address without the request for a new one: whoever
		// comes back to it after sending finds the mark, not another form.
		s.setMark(c, code, false)
		return c.Redirect(formAddress(c, code, true), http.StatusSeeOther)
	}
	if code != typed {
		return c.Redirect(formAddress(c, code, true), http.StatusFound)
	}
	language := pageLanguage(c)
	campaign, invited := s.invitation(c, point)
	switch {
	case s.closed(snapshot, point):
		return s.sendClosed(c, language, snapshot, point)
	case !s.accepts(point, code):
		return s.sendReplaced(c, language, snapshot, point)
	case !invited:
		return s.sendUninvited(c, language, code)
	case !s.campaignOpen(snapshot, campaign):
		return s.sendCampaignClosed(c, language, code)
	case s.marked(c, code):
		return s.sendAlreadySent(c, http.StatusOK, language, snapshot, point, code)
	}
	q := newestForm(snapshot, point, campaign)
	if q == nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "the point's questionnaire does not exist"}
	}
	values := url.Values{}
	if receipt := receiptOf(c); receipt != "" {
		values.Set(controlReceipt, survey.ShowReceiptCode(receipt))
	}
	page, token := s.intake.Issue(intake.Page{Point: point.Code, Questionnaire: q.ID, Version: q.Version, Campaign: campaign, Receipt: point.Receipts()})
	return s.sendForm(c, http.StatusOK, &formState{snapshot: snapshot, point: point, code: code, form: q, page: page, token: token, language: language, values: values})
}

// formAddress is the address of a point's form with the parameters it may carry;
// language and receipt are for opening it, and go with the form when it is sent.
func formAddress(c *fiber.Ctx, code string, opening bool) string {
	query := formQuery(c)
	if tag, ok := spokenLanguage(c.Query("lang")); ok && opening {
		query.Set("lang", string(tag))
	}
	if receipt := receiptOf(c); receipt != "" && opening {
		query.Set(queryReceipt, receipt)
	}
	return withQuery("/s/"+code, query)
}

// formQuery gives the parameters that a point's form keeps: how it was come by, and for which campaign.
func formQuery(c *fiber.Ctx) url.Values {
	query := url.Values{}
	if k := came(c); k != "" {
		query.Set(queryCame, k)
	}
	if sealed := c.Query(queryCampaign); sealed != "" {
		query.Set(queryCampaign, sealed)
	}
	return query
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// marked reports whether the point was rated from this browser a moment ago. The
// browser's Back would otherwise fill the answers into a new page, whose rating
// counts as another one.
func (s *server) marked(c *fiber.Ctx, code string) bool {
	return s.seals.marked(c.Cookies(markCookie), code)
}

// setMark leaves the mark with the browser, or takes it away.
func (s *server) setMark(c *fiber.Ctx, code string, rated bool) {
	cookie := &fiber.Cookie{Name: markCookie, Path: "/s/" + code, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.https}
	if rated {
		cookie.Value, cookie.MaxAge = s.seals.sealMark(code), int(markLife.Seconds())
	} else {
		cookie.Expires = time.Unix(1, 0)
	}
	c.Cookie(cookie)
}

// languageCookie holds the language that was chosen on a form, and nothing else, for languageLife.
const (
	languageCookie = "sipas-language"
	languageLife   = 180 * 24 * time.Hour
)

// setLanguage leaves the language of a form with the browser where that asks for another one.
func (s *server) setLanguage(c *fiber.Ctx, language survey.Language) {
	cookie := &fiber.Cookie{Name: languageCookie, Value: string(language), MaxAge: int(languageLife.Seconds()), Path: "/", HTTPOnly: true,
		SameSite: fiber.CookieSameSiteLaxMode, Secure: s.https}
	switch {
	case language != chooseLanguage(c.Get(fiber.HeaderAcceptLanguage)):
	case c.Cookies(languageCookie) != "":
		cookie.Value, cookie.MaxAge, cookie.Expires = "", 0, time.Unix(1, 0)
	default:
		return
	}
	c.Cookie(cookie)
}

// closed reports whether the point takes no ratings today, yet or any more, itself or because of
// its agency.
func (s *server) closed(snapshot *registry.Snapshot, point survey.Point) bool {
	today := survey.DateOf(s.now())
	agency, ok := snapshot.Agency(point.Agency)
	return !ok || !point.OpenOn(today) || !agency.ValidOn(today)
}

// opens gives the day on which the point begins to take ratings; empty where that
// is not still to come.
func (s *server) opens(snapshot *registry.Snapshot, point survey.Point) survey.Date {
	agency, ok := snapshot.Agency(point.Agency)
	day := max(point.Opens, agency.ValidFrom)
	if !ok || day <= survey.DateOf(s.now()) || point.ClosedOn(day) || !agency.ValidOn(day) {
		return ""
	}
	return day
}

// submitForm takes a form in: 303 to the thank-you page once the rating is
// durable, else a page that says why not and keeps the answers.
func (s *server) submitForm(c *fiber.Ctx) error {
	typed := c.Params("code")
	snapshot := s.registry.Snapshot()
	point, code, reason := findPoint(snapshot, typed)
	if reason != "" {
		return s.unknownPoint(c, typed)
	}
	contentType, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(contentType), fiber.MIMEApplicationForm) {
		return fiber.ErrUnsupportedMediaType
	}
	values, err := url.ParseQuery(string(c.Request().Body()))
	if err != nil {
		return fiber.ErrBadRequest
	}
	for _, list := range values {
		for i := range list {
			list[i] = strings.ToValidUTF8(strings.ReplaceAll(list[i], "\r\n", "\n"), "")
		}
	}
	state := &formState{snapshot: snapshot, point: point, code: code, values: values, token: values.Get(controlToken)}
	state.language = pageLanguage(c)
	if language, ok := spokenLanguage(values.Get(controlLanguage)); ok {
		state.language = language
	}
	if language, ok := spokenLanguage(values.Get(controlSwitch)); ok {
		state.language = language
	}
	s.setLanguage(c, state.language)
	page, err := s.intake.OpenPage(state.token)
	state.page = page
	if s.closed(snapshot, state.point) && (err != nil || !values.Has(controlAfter)) { // else it may have waited since before
		settle(c, formClosed, page.ID)
		return s.sendClosed(c, state.language, snapshot, state.point)
	}
	if err == nil && page.Point == point.Code {
		state.form = snapshot.Questionnaire(page.Questionnaire, page.Version)
	}
	if state.form == nil {
		return s.sendAnew(c, state)
	}
	if values.Has(controlSwitch) {
		settle(c, formShown, page.ID)
		query := formQuery(c)
		query.Set(controlSwitch, string(state.language))
		c.Set(fiber.HeaderContentLocation, withQuery("/s/"+state.code, query)) // loaded anew, it stays in this language
		return s.sendForm(c, http.StatusOK, state)
	}
	return s.takeForm(c, state, page)
}

// sendAnew answers a form whose page is too old, or none of this point's: the
// answers go on with a fresh one, as far as the code is good for another rating.
func (s *server) sendAnew(c *fiber.Ctx, state *formState) error {
	if c.Get(headerDevice) == "" && s.marked(c, state.code) {
		// Back to an earlier answer of this kind, which made a fresh page: it was sent since.
		settle(c, formConflict, state.page.ID)
		return s.sendAlreadySent(c, http.StatusConflict, state.language, state.snapshot, state.point, state.code)
	}
	campaign, invited := s.invitation(c, state.point)
	switch {
	case !s.accepts(state.point, state.code):
		settle(c, formClosed, state.page.ID)
		return s.sendReplaced(c, state.language, state.snapshot, state.point)
	case !invited:
		return s.sendUninvited(c, state.language, state.code)
	case !s.campaignOpen(state.snapshot, campaign):
		settle(c, formClosed, state.page.ID)
		return s.sendCampaignClosed(c, state.language, state.code)
	}
	if state.form = newestForm(state.snapshot, state.point, campaign); state.form == nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "the point's questionnaire does not exist"}
	}
	settle(c, formExpired, state.page.ID)
	state.page, state.token = s.intake.Issue(intake.Page{Point: state.point.Code, Questionnaire: state.form.ID, Version: state.form.Version, Campaign: campaign, Receipt: state.point.Receipts()})
	state.notice = tell(state.language, "form.expired", nil)
	return s.sendForm(c, http.StatusUnprocessableEntity, state)
}

func (s *server) takeForm(c *fiber.Ctx, state *formState, page intake.Page) error {
	if wait := s.limits.admit(page, c.Get(headerDevice)); wait > 0 {
		return s.sendThrottled(c, state, "form.throttled", wait)
	}
	if wait := s.limits.codes(page, state.values.Get(controlReceipt)); wait > 0 {
		settle(c, formInvalid, page.ID) // shown at once: the code has to be looked at; one that was kept waits, as Retry-After says
		return s.sendThrottled(c, state, "form.receipt.throttled", wait)
	}
	answers, wrong := readAnswers(state.form, state.values)
	sub := survey.Submission{
		ID: page.ID, Point: page.Point, Questionnaire: page.Questionnaire, Version: page.Version,
		Language: state.language, Capture: survey.CaptureLink, StartedAt: &page.IssuedAt, Answers: answers,
		ReceiptCode: state.values.Get(controlReceipt),
	}
	if came(c) == cameQR {
		sub.Capture = survey.CaptureQR
	}
	if after, err := strconv.ParseInt(state.values.Get(controlAfter), 10, 64); err == nil && after >= 0 && after <= int64(intake.PageLifetime/time.Millisecond) {
		// A span of the device's clock after a time of the server's: what the device
		// takes the time to be does not come into it.
		answered, offset := page.IssuedAt.Add(time.Duration(after)*time.Millisecond), int64(0)
		sub.AnsweredAt, sub.ClockOffset = &answered, &offset
	}
	if page.Campaign != "" {
		sub.Campaign = &page.Campaign
	}
	if field := state.values.Get(controlField); len(state.point.Fields) > 1 && field != "" && field != fieldUnknown {
		sub.Field = &field
	}
	if len(wrong) > 0 {
		// Found before the form's own check, which then cannot see these answers: ask it for the rest.
		state.errors = mergeErrors(state.form, wrong, state.form.Check(answers, false))
		settle(c, formInvalid, page.ID)
		return s.sendForm(c, http.StatusUnprocessableEntity, state)
	}
	credential := intake.Credential{Page: &page, Trap: state.values.Get(controlTrap) != ""}
	results, err := s.intake.Submit(c.UserContext(), credential, []survey.Submission{sub})
	if err == nil && len(results) != 1 {
		err = &survey.Error{Code: survey.CodeInternal, Message: "intake gave no result"}
	}
	if err != nil {
		if survey.IsCode(err, survey.CodeUnavailable) {
			return s.sendUnavailable(c, state, err)
		}
		return err
	}
	result := results[0]
	s.metrics.outcome(result.Outcome)
	s.countCode(page, result)
	switch result.Outcome {
	case survey.OutcomeStored, survey.OutcomeDuplicate:
		field := ""
		if len(state.point.Fields) > 1 {
			field = state.values.Get(controlField)
		}
		s.setMark(c, state.code, true)
		settle(c, formStored, page.ID)
		m := summarise(state.form, sub, field)
		path := "/s/" + state.code + "/thanks"
		query := url.Values{"r": {s.seals.sealSummary(state.code, m)}, "lang": {string(state.language)}}
		if c.Get(headerDevice) == "" {
			return c.Redirect(withQuery(path, query), http.StatusSeeOther)
		}
		c.Set(fiber.HeaderContentLocation, withQuery(path, query))
		return s.sendThanks(c, &pageData{Language: state.language, Other: otherLanguages(path, query, state.language)}, state.snapshot, state.point, &m)
	case survey.OutcomeConflict:
		settle(c, formConflict, page.ID)
		return s.sendAlreadySent(c, http.StatusConflict, state.language, state.snapshot, state.point, state.code)
	case survey.OutcomeClosed:
		settle(c, formClosed, page.ID)
		return s.sendClosed(c, state.language, state.snapshot, state.point)
	case survey.OutcomeRetry:
		return s.sendUnavailable(c, state, result.Problem)
	}
	if result.Problem != nil {
		state.errors = result.Problem.Fields
	}
	if len(state.errors) == 0 {
		return &survey.Error{Code: survey.CodeInternal, Message: "a form was refused without a reason"}
	}
	settle(c, state.refusal(), page.ID)
	return s.sendForm(c, http.StatusUnprocessableEntity, state)
}

// refusal says of a form that is refused whether that is for its receipt's code alone.
func (f *formState) refusal() string {
	switch {
	case slices.ContainsFunc(f.errors, func(e survey.FieldError) bool { return e.Path != "receiptCode" }):
		return formInvalid
	case f.page.Asks(f.point) == survey.ReceiptOptional:
		return formCodeless
	}
	return formCode
}

// sendUnavailable keeps the answers for another attempt and names the request,
// for whoever asks what happened.
func (s *server) sendUnavailable(c *fiber.Ctx, state *formState, cause error) error {
	state.notice, state.resend, state.requestID = tell(state.language, "form.unavailable", nil), true, requestID(c)
	s.log.Warn("store unavailable", "requestId", state.requestID, "route", routeOf(c), "cause", causeOf(cause))
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(retryUnavailable))
	return s.sendForm(c, http.StatusServiceUnavailable, state)
}

// countCode counts a receipt code that is not good against its page.
func (s *server) countCode(page intake.Page, result intake.Result) {
	if result.Problem == nil {
		return
	}
	for _, f := range result.Problem.Fields {
		switch f.Reason {
		case survey.ReasonReceiptUnknown, survey.ReasonReceiptUsed, survey.ReasonReceiptExpired, survey.ReasonReceiptRevoked:
			s.limits.wrongCode(page)
		}
	}
}

// sendThrottled keeps the answers for another attempt after a while; the text under key says why.
func (s *server) sendThrottled(c *fiber.Ctx, state *formState, key string, wait int) error {
	state.notice, state.resend = tell(state.language, key, map[string]any{"seconds": wait}), true
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(wait))
	return s.sendForm(c, http.StatusTooManyRequests, state)
}

// sendMessage shows a page that says one thing: texts message.<key> and
// message.<key>.text, and what else the body holds.
func (s *server) sendMessage(c *fiber.Ctx, status int, language survey.Language, key string, params map[string]any, body *messageBody) error {
	heading := "message." + key
	body.Heading, body.Text = tell(language, heading, params), tell(language, heading+".text", params)
	return s.sendPage(c, status, "message", &pageData{Language: language, Title: say(language, heading, params), Body: body})
}

// sendAlreadySent says that the rating counts as it was sent first, and offers a
// form for another visit.
func (s *server) sendAlreadySent(c *fiber.Ctx, status int, language survey.Language, snapshot *registry.Snapshot, point survey.Point, code string) error {
	agency, _ := snapshot.Agency(point.Agency)
	return s.sendMessage(c, status, language, "alreadySent", nil,
		&messageBody{Agency: agency.Name, Point: point.Name, Links: []pageLink{{againAddress(c, language, code, receiptOf(c)), tell(language, "message.again", nil)}}})
}

// againAddress is the address of a form for another visit, with the receipt of that one where it is known.
func againAddress(c *fiber.Ctx, language survey.Language, code, receipt string) string {
	query := formQuery(c)
	if receipt != "" {
		query.Set(queryReceipt, receipt)
	}
	query.Set(queryNew, "1")
	query.Set(controlSwitch, string(language))
	return withQuery("/s/"+code, query)
}

// sendReplaced says that the code is not good any more and leads to the points of
// its agency, whose codes are.
func (s *server) sendReplaced(c *fiber.Ctx, language survey.Language, snapshot *registry.Snapshot, point survey.Point) error {
	return s.sendMessage(c, http.StatusGone, language, "replaced", nil, &messageBody{Links: s.othersOf(snapshot, point.Agency, language), Find: true})
}

// sendClosed says that the point takes no ratings, yet or any more, and leads to
// others of its agency, or of those that took its work over.
func (s *server) sendClosed(c *fiber.Ctx, language survey.Language, snapshot *registry.Snapshot, point survey.Point) error {
	links := s.othersOf(snapshot, point.Agency, language)
	if day := s.opens(snapshot, point); day != "" {
		return s.sendMessage(c, http.StatusNotFound, language, "notOpen", map[string]any{"n": day}, &messageBody{Links: links, Find: true})
	}
	key := "closed"
	if len(links) == 0 {
		key = "closedAll"
	}
	return s.sendMessage(c, http.StatusGone, language, key, nil, &messageBody{Links: links, Find: true})
}

// othersOf leads to the points of an agency that take ratings, or of those that took its work over.
func (s *server) othersOf(snapshot *registry.Snapshot, agency string, language survey.Language) []pageLink {
	var links []pageLink
	for _, open := range s.stillOpen(snapshot, agency) {
		name := wordingOf(language, open.Name)
		query := url.Values{"q": {name.text}, controlSwitch: {string(language)}}
		links = append(links, pageLink{withQuery("/", query), tell(language, "message.closed.others", map[string]any{"n": name.within})})
	}
	return links
}

// readAnswers reads the controls of the items that are shown. Answers to
// questions that the other answers hide are dropped: a browser without :has()
// shows every question. wrong lists what cannot be read at all.
func readAnswers(q *survey.Questionnaire, values url.Values) (answers survey.Answers, wrong []survey.FieldError) {
	answers = survey.Answers{}
	for i := range q.Items {
		it := &q.Items[i]
		answer, reason := readAnswer(it, values[it.ID])
		switch {
		case reason != "":
			wrong = append(wrong, survey.FieldError{Path: "answers." + it.ID, Reason: reason})
		case answer != nil:
			answers[it.ID] = *answer
		}
	}
	for dropped := true; dropped; { // hiding one question can hide the next
		dropped = false
		for i := range q.Items {
			it := &q.Items[i]
			if _, given := answers[it.ID]; given && !it.Shown(answers) {
				delete(answers, it.ID)
				dropped = true
			}
		}
	}
	wrong = slices.DeleteFunc(wrong, func(f survey.FieldError) bool {
		return !q.Item(strings.TrimPrefix(f.Path, "answers.")).Shown(answers)
	})
	return answers, wrong
}

func readAnswer(it *survey.Item, given []string) (answer *survey.Answer, reason string) {
	given = slices.DeleteFunc(slices.Clone(given), func(v string) bool { return strings.TrimSpace(v) == "" })
	if len(given) == 0 || it.Type == survey.ItemInfo {
		return nil, ""
	}
	value := strings.TrimSpace(given[0])
	var a survey.Answer
	switch it.Type {
	case survey.ItemMultiple:
		a = survey.ListAnswer(given...)
	case survey.ItemRating:
		level, err := strconv.Atoi(value)
		switch {
		case value == survey.NA:
			a = survey.TextAnswer(survey.NA)
		case err != nil:
			return nil, survey.ReasonLevel
		default:
			a = survey.LevelAnswer(level)
		}
	case survey.ItemYesNo:
		switch value {
		case "true", "false":
			a = survey.BoolAnswer(value == "true")
		case survey.NA:
			a = survey.TextAnswer(survey.NA)
		default:
			return nil, survey.ReasonType
		}
	case survey.ItemNumber:
		n, err := strconv.ParseFloat(strings.Replace(value, ",", ".", 1), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, survey.ReasonType
		}
		a = survey.NumberAnswer(n)
	default:
		a = survey.TextAnswer(value)
	}
	return &a, ""
}

// mergeErrors joins both lists in the order of the form, one error for each item.
func mergeErrors(q *survey.Questionnaire, first, second []survey.FieldError) []survey.FieldError {
	var merged []survey.FieldError
	for i := range q.Items {
		path := "answers." + q.Items[i].ID
		for _, f := range slices.Concat(first, second) {
			if f.Path == path {
				merged = append(merged, f)
				break
			}
		}
	}
	return merged
}

// thanksBody is the thank-you page. Without what was received (its ten minutes
// are over) it only says thank you.
type thanksBody struct {
	Known   bool
	Level   int
	Word    template.HTML
	Field   template.HTML
	Reasons []survey.Text
	Comment bool
	Answers int
	Agency  survey.Text
	Point   survey.Text
}

// thanks shows what was received. It thanks only those who come from a rating.
func (s *server) thanks(c *fiber.Ctx) error {
	typed := c.Params("code")
	snapshot := s.registry.Snapshot()
	point, code, reason := findPoint(snapshot, typed)
	if reason != "" {
		return s.unknownPoint(c, typed)
	}
	language := pageLanguage(c)
	m, fresh, ok := s.seals.openSummary(c.Query("r"), code)
	switch {
	case !ok && s.closed(snapshot, point):
		return s.sendClosed(c, language, snapshot, point)
	case !ok && !s.accepts(point, code):
		return s.sendReplaced(c, language, snapshot, point)
	case !ok && s.marked(c, code):
		return s.sendAlreadySent(c, http.StatusOK, language, snapshot, point, code)
	case !ok:
		return s.sendMessage(c, http.StatusOK, language, "noThanks", nil,
			&messageBody{Links: []pageLink{{formAddress(c, code, true), tell(language, "message.open", nil)}}})
	}
	page := &pageData{Language: language}
	if !fresh {
		return s.sendThanks(c, page, snapshot, point, nil)
	}
	return s.sendThanks(c, page, snapshot, point, &m)
}

// sendThanks thanks for a rating and says what was received, where m still may.
func (s *server) sendThanks(c *fiber.Ctx, page *pageData, snapshot *registry.Snapshot, point survey.Point, m *summary) error {
	agency, _ := snapshot.Agency(point.Agency)
	body := &thanksBody{Agency: agency.Name, Point: point.Name}
	page.TitleKey, page.Body = "thanks.title", body
	if m == nil {
		return s.sendPage(c, http.StatusOK, "thanks", page)
	}
	body.Known, body.Level, body.Comment, body.Answers = true, m.Level, m.Comment, m.Answers
	if m.Level >= survey.LevelMin && m.Level <= survey.LevelMax {
		body.Word = levelName(page.Language, m.Level).within(page.Language)
	}
	if field, known := snapshot.Field(m.Field); known {
		body.Field = page.In(field.Name)
	} else if m.Field == fieldUnknown {
		body.Field = page.T("form.field.unknown")
	}
	if q := snapshot.Questionnaire(m.Form, m.Version); q != nil {
		for _, r := range m.Reasons {
			item, option, _ := strings.Cut(r, " ")
			if it := q.Item(item); it != nil {
				if o := it.Option(option); o != nil {
					body.Reasons = append(body.Reasons, o.Text)
				}
			}
		}
	}
	return s.sendPage(c, http.StatusOK, "thanks", page)
}

// formState is one form on its way between the browser and the server.
type formState struct {
	snapshot *registry.Snapshot
	point    survey.Point
	code     string // by which the citizen came
	form     *survey.Questionnaire
	page     intake.Page // of the response it can send
	token    string
	language survey.Language
	values   url.Values // as the browser sent them
	errors   []survey.FieldError
	notice   template.HTML // above the form
	resend   bool          // the button says "Gửi lại"

	requestID string // shown with the notice, of faults
}

// formBody is what the form page shows.
type formBody struct {
	Action    string
	Again     string // address of a form for another visit
	ID        string // of the response
	Token     string
	Agency    survey.Text
	Point     survey.Text
	Phrase    string        // to compare with the sheet; empty for those who come from none
	Time      template.HTML // how long the form takes, where it is more than a minute
	Free      bool          // says that only the marked questions have to be answered
	Notice    template.HTML
	RequestID string
	Resend    bool
	Errors    []formError
	Fields    []formOption // empty: there is no choice to make
	FieldMark string       // see formItem.Mark
	FieldErr  template.HTML
	Receipt   *formReceipt // nil: the point asks for no code
	Parts     bool         // long enough to be shown in numbered parts
	Sections  []formSection
	RevealCSS string
}

// formReceipt is the box for the code of a receipt.
type formReceipt struct {
	Value    string
	Error    template.HTML
	Required bool
	Mark     string // see formItem.Mark
}

type formError struct {
	Anchor  string
	Message template.HTML
}

type formSection struct {
	Title   survey.Text
	Heading bool          // a heading over one question would only repeat it
	Part    int           // of a form in parts: which one, from 1; 0: there is nothing to answer
	Place   template.HTML // "Phần 2 trên 6"
	Items   []formItem
}

type formItem struct {
	*survey.Item
	Options  []formOption // of choices and ratings
	Shows    string       // the values of the other question that ask for this one
	Value    string       // of texts and numbers
	Error    template.HTML
	Big      bool          // the first question of every form
	Mark     string        // key of the note beside the question; empty: none
	Fallback template.HTML // said where :has() is unknown: when the question applies
	MaxInput int
}

// Anchor is the id of the item's first control.
func (it formItem) Anchor() string { return it.ID + "-1" }

// Tick reports whether several options may be chosen, Info whether there is
// nothing to answer, Long whether the answer may have many lines.
func (it formItem) Tick() bool { return it.Type == survey.ItemMultiple }
func (it formItem) Info() bool { return it.Type == survey.ItemInfo }
func (it formItem) Long() bool { return it.Type == survey.ItemText }

// PrivacyHint reports whether the item takes free text without a hint of its own.
func (it formItem) PrivacyHint() bool { return it.Long() && len(it.Hint) == 0 }

// Layout is the class of the options: faces in rows, small faces in one row, or a list.
func (it formItem) Layout() string {
	switch {
	case it.Type != survey.ItemRating:
		return "list"
	case it.Big:
		return "big"
	}
	return "row"
}

// DescribedBy names the elements that explain the item.
func (it formItem) DescribedBy() string {
	var ids []string
	if len(it.Hint) > 0 || it.PrivacyHint() {
		ids = append(ids, "h-"+it.ID)
	}
	if it.Long() {
		ids = append(ids, "m-"+it.ID)
	}
	if it.Error != "" {
		ids = append(ids, "e-"+it.ID)
	}
	return strings.Join(ids, " ")
}

type formOption struct {
	ID       string // of the control
	Value    string
	Text     wording
	Level    int // of a rating's faces; 0: none
	Selected bool

	page survey.Language
}

// Words gives the text as it stands on the page.
func (o formOption) Words() template.HTML { return o.Text.within(o.page) }

// Plain gives the text where nothing can stand but a text, and Lang its language
// where that is not the page's.
func (o formOption) Plain() string { return o.Text.text }
func (o formOption) Lang() survey.Language {
	if o.Text.language == o.page {
		return ""
	}
	return o.Text.language
}

// sendForm renders the form with whatever was answered so far.
func (s *server) sendForm(c *fiber.Ctx, status int, state *formState) error {
	agency, _ := state.snapshot.Agency(state.point.Agency)
	body := &formBody{Action: formAddress(c, state.code, false), Again: againAddress(c, state.language, state.code, ""), ID: state.page.ID, Token: state.token, Agency: agency.Name, Point: state.point.Name,
		Notice: state.notice, RequestID: state.requestID, Resend: state.resend, Free: state.free()}
	if came(c) != "" {
		body.Phrase = s.phrase(state.code)
	}
	if minutes(state.form) > 0 {
		body.Parts = true
		body.Time = tell(state.language, "form.time", map[string]any{"n": duration(state.language, state.form).within})
	}
	messages := map[string]template.HTML{}
	for _, f := range state.errors {
		id := strings.TrimPrefix(f.Path, "answers.")
		id, _, _ = strings.Cut(id, ".")
		anchor := id + "-1"
		switch f.Path {
		case "field":
			id, anchor = controlField, "field"
		case "receiptCode":
			id, anchor = controlReceipt, "receipt"
		}
		if _, known := messages[id]; !known {
			var message template.HTML
			message, messages[id] = formMessages(state.language, state.form.Item(id), f)
			body.Errors = append(body.Errors, formError{anchor, message})
		}
	}
	if len(state.point.Fields) > 1 {
		body.Fields, body.FieldMark, body.FieldErr = fieldOptions(state), state.mark(false), messages[controlField]
	}
	if asks := state.page.Asks(state.point); asks != survey.ReceiptNone {
		body.Receipt = &formReceipt{state.values.Get(controlReceipt), messages[controlReceipt], asks == survey.ReceiptRequired, state.mark(asks == survey.ReceiptRequired)}
	}
	parts := 0
	for _, section := range sectionsOf(state.form) {
		shown, always, asked := formSection{Title: section.Title}, 0, false
		for _, id := range section.Items {
			if it := state.form.Item(id); it != nil {
				if it.ShowWhen == nil {
					always++
				}
				asked = asked || it.Type != survey.ItemInfo
				shown.Items = append(shown.Items, state.item(it, messages[id]))
			}
		}
		shown.Heading = always > 1
		if body.Parts && asked {
			parts++
			shown.Heading, shown.Part = true, parts
		}
		body.Sections = append(body.Sections, shown)
	}
	for i := range body.Sections {
		if section := &body.Sections[i]; section.Part > 0 {
			section.Place = tell(state.language, "form.part", map[string]any{"n": section.Part, "m": parts})
		}
	}
	body.RevealCSS = revealCSS(state.form)
	page := &pageData{Language: state.language, Error: len(body.Errors) > 0, Body: body, ByForm: true,
		Title: say(state.language, "form.title", nil) + ": " + state.point.Name.In(state.language) + " – " + agency.Name.In(state.language)}
	for _, language := range spoken {
		if language != state.language {
			page.Other = append(page.Other, languageChoice{Language: language, Name: languageNames[language]})
		}
	}
	return s.sendPage(c, status, "form", page)
}

// shortForm is the largest number of questions that take less than a minute, and
// perMinute how many more thoughtful ones of a longer form do.
const shortForm, perMinute = 10, 5

// minutes is how long the questions that everyone is asked take; 0: less than a minute.
func minutes(q *survey.Questionnaire) int {
	questions := 0
	for i := range q.Items {
		if it := &q.Items[i]; it.Type != survey.ItemInfo && it.ShowWhen == nil {
			questions++
		}
	}
	if questions <= shortForm {
		return 0
	}
	return (questions + perMinute/2) / perMinute
}

// duration says how long a form takes.
func duration(language survey.Language, q *survey.Questionnaire) wording {
	key, params := "time.short", map[string]any(nil)
	if n := minutes(q); n > 0 {
		key, params = "time.minutes", map[string]any{"n": n}
	}
	return wording{say(language, key, params), sentenceOf(language, key).language}
}

// sectionsOf gives the form's sections; a form without any is one section.
func sectionsOf(q *survey.Questionnaire) []survey.Section {
	if len(q.Sections) > 0 {
		return q.Sections
	}
	var ids []string
	for _, it := range q.Items {
		ids = append(ids, it.ID)
	}
	return []survey.Section{{Items: ids}}
}

// free reports whether some ratings may be left out. The form then says once that only what
// is marked has to be answered; any other form marks what may be left out.
func (state *formState) free() bool {
	return slices.ContainsFunc(state.form.Items, func(it survey.Item) bool { return it.Type == survey.ItemRating && !it.Required })
}

// mark is the key of the note beside a question; empty: none.
func (state *formState) mark(required bool) string {
	switch {
	case required && state.free():
		return "form.mandatory"
	case !required && !state.free():
		return "form.optional"
	}
	return ""
}

func fieldOptions(state *formState) []formOption {
	chosen := state.values.Get(controlField)
	options := []formOption{{page: state.language, Value: "", Text: sentenceOf(state.language, "form.field.none"), Selected: chosen == ""}}
	for _, id := range state.point.Fields {
		if field, ok := state.snapshot.Field(id); ok && !field.Closed {
			options = append(options, formOption{page: state.language, Value: id, Text: wordingOf(state.language, field.Name), Selected: chosen == id})
		}
	}
	return append(options, formOption{page: state.language, Value: fieldUnknown, Text: sentenceOf(state.language, "form.field.unknown"), Selected: chosen == fieldUnknown})
}

// softHyphens lets the long words of the levels break where five of them share
// the width of a phone.
var softHyphens = strings.NewReplacer("issatisfied", "is\u00adsat\u00adis\u00adfied", "atisfied", "at\u00adis\u00adfied", "Neutral", "Neu\u00adtral")

func (state *formState) item(it *survey.Item, message template.HTML) formItem {
	given := state.values[it.ID]
	shown := formItem{Item: it, Error: message, Big: it.ID == survey.Overall}
	if it.Required || len(it.Hint) == 0 { // hints say so themselves
		shown.Mark = state.mark(it.Required)
	}
	add := func(value string, text wording, level int) {
		if level > 0 && !shown.Big {
			text.text = softHyphens.Replace(text.text)
		}
		id := it.ID + "-" + strconv.Itoa(len(shown.Options)+1)
		shown.Options = append(shown.Options, formOption{id, value, text, level, slices.Contains(given, value), state.language})
	}
	switch it.Type {
	case survey.ItemRating:
		for level := survey.LevelMin; level <= survey.LevelMax; level++ {
			add(strconv.Itoa(level), levelName(state.language, level), level)
		}
	case survey.ItemSingle, survey.ItemMultiple:
		for _, o := range it.Options {
			add(o.ID, wordingOf(state.language, o.Text), 0)
		}
	case survey.ItemYesNo:
		add("true", sentenceOf(state.language, "form.yes"), 0)
		add("false", sentenceOf(state.language, "form.no"), 0)
	default:
		if len(given) > 0 {
			shown.Value = given[0]
		}
		shown.MaxInput = it.MaxCharacters()
	}
	if it.NA && it.Type != survey.ItemMultiple && len(shown.Options) > 0 {
		add(survey.NA, sentenceOf(state.language, "form.na"), 0)
	}
	if it.ShowWhen != nil {
		shown.Fallback = state.fallback(it.ShowWhen)
		var values []string
		for _, answer := range it.ShowWhen.In {
			values = append(values, controlValue(answer))
		}
		shown.Shows = strings.Join(values, " ")
	}
	return shown
}

// fallback says in words when a question applies.
func (state *formState) fallback(when *survey.Condition) template.HTML {
	other := state.form.Item(when.Item)
	if other == nil {
		return ""
	}
	var words []wording
	for _, answer := range when.In {
		if word := answerText(state.language, other, answer); word.text != "" {
			words = append(words, word)
		}
	}
	question := wordingOf(state.language, other.Text)
	question.text = strings.TrimRight(question.text, "?")
	answers := func(outer survey.Language) template.HTML {
		var list []string
		for _, word := range words {
			list = append(list, "“"+string(word.within(outer))+"”")
		}
		return template.HTML(strings.Join(list, ", "))
	}
	return tell(state.language, "form.when", map[string]any{"question": question.within, "answers": answers})
}

func answerText(language survey.Language, it *survey.Item, answer survey.Answer) wording {
	if answer.IsNA() {
		return sentenceOf(language, "form.na")
	}
	if level, ok := answer.Level(); ok && it.Type == survey.ItemRating && level >= survey.LevelMin && level <= survey.LevelMax {
		return levelName(language, level)
	}
	if yes, ok := answer.Bool(); ok {
		if yes {
			return sentenceOf(language, "form.yes")
		}
		return sentenceOf(language, "form.no")
	}
	if id, ok := answer.Text(); ok {
		if o := it.Option(id); o != nil {
			return wordingOf(language, o.Text)
		}
	}
	return wording{}
}

// revealCSS hides a question until another one's answer asks for it, in
// browsers that know :has(). Item and option ids are safe in a selector.
func revealCSS(q *survey.Questionnaire) string {
	var b strings.Builder
	for i := range q.Items {
		it := &q.Items[i]
		if it.ShowWhen == nil || !survey.IsItemID(it.ID) || !survey.IsItemID(it.ShowWhen.Item) {
			continue
		}
		var selectors []string
		for _, answer := range it.ShowWhen.In {
			if value := controlValue(answer); value != "" {
				selectors = append(selectors, "[name="+it.ShowWhen.Item+`][value="`+value+`"]:checked`)
			}
		}
		if len(selectors) == 0 {
			continue
		}
		b.WriteString("#w-" + it.ID + "{display:none}form:has(" + strings.Join(selectors, ",") + ") #w-" + it.ID + "{display:block}")
	}
	if b.Len() == 0 {
		return ""
	}
	return "@supports selector(:has(a)){.when{display:none}" + b.String() + "}"
}

// controlValue is the value of the control that gives an answer; empty where it
// cannot stand in a selector.
func controlValue(answer survey.Answer) string {
	if level, ok := answer.Level(); ok {
		return strconv.Itoa(level)
	}
	if yes, ok := answer.Bool(); ok {
		return strconv.FormatBool(yes)
	}
	if id, ok := answer.Text(); ok && survey.IsItemID(id) {
		return id
	}
	return ""
}

// formMessages words an error as the form does: what to do, not what went wrong.
// The summary names the question; beside the question that is not needed.
func formMessages(language survey.Language, it *survey.Item, f survey.FieldError) (summary, beside template.HTML) {
	if it == nil {
		beside = tell(language, reasonKey(f.Reason, survey.CodeInvalid), f.Params)
		return beside, beside
	}
	question := wordingOf(language, it.Text)
	if f.Reason == survey.ReasonRequired {
		return tell(language, "form.required."+string(it.Type), map[string]any{"question": question.within}), tell(language, "form.missing."+string(it.Type), nil)
	}
	params := f.Params
	if f.Reason == survey.ReasonLevel && params == nil {
		params = map[string]any{"min": survey.LevelMin, "max": survey.LevelMax}
	}
	beside = tell(language, reasonKey(f.Reason, survey.CodeInvalid), params)
	return question.within(language) + " – " + beside, beside
}

// errorReason gives the reason of an error of the domain.
func errorReason(err error) string {
	var e *survey.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
