package intake

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"sipas/survey"
	"sipas/survey/registry"
)

const (
	maxClockOffset = 5 * time.Minute // a larger measured offset is flagged
	// Between the issue of a page and the receipt of its rating the page travels to
	// the phone and is drawn, a question is read, two taps are made and the
	// rating travels back. A person who knows the form may do that in three seconds, nobody in less than
	// two. The flag takes a rating out of the results, so in doubt it is not set.
	fastest = 2 * time.Second
	// Doors are opened before the hour, and whoever was let in is served to the end.
	hoursGrace = time.Hour
)

// A response is begun and answered on a day from earliest on and before latest.
// A clock that runs ahead is clamped to the receipt; one that says more than that says nothing,
// and a year of five digits has no place in the ledger. The bounds are fixed, so
// that what is sent again is answered alike.
const (
	earliest = survey.Date("2020-01-01")
	latest   = survey.Date("2100-01-01")
)

// checker checks the items of one request against one snapshot.
type checker struct {
	snapshot   *registry.Snapshot
	credential Credential
	now        time.Time
	languages  []survey.Language
	receipts   bool // codes can be judged
}

// normalise brings a submission into the form its digest is taken of: ids in
// their stored spelling, texts NFC without control characters and outer space,
// times UTC in milliseconds, empty texts and lists left out. A start after the
// answer, which a clock set back in between gives, becomes the time of the answer.
func normalise(in survey.Submission) survey.Submission {
	if id, err := uuid.Parse(in.ID); err == nil && len(in.ID) == 36 {
		in.ID = id.String()
	}
	if code, err := survey.ParsePointCode(in.Point); err == nil {
		in.Point = code
	}
	for _, t := range []**time.Time{&in.StartedAt, &in.AnsweredAt} {
		if *t != nil {
			utc := (*t).UTC().Truncate(time.Millisecond)
			*t = &utc
		}
	}
	if in.StartedAt != nil && in.AnsweredAt != nil && in.StartedAt.After(*in.AnsweredAt) && inBounds(*in.StartedAt) && inBounds(*in.AnsweredAt) {
		in.StartedAt = in.AnsweredAt
	}
	answers := make(survey.Answers, len(in.Answers))
	for id, answer := range in.Answers {
		if text, ok := answer.Text(); ok {
			if text = cleanComment(text); text == "" {
				continue
			}
			answer = survey.TextAnswer(text)
		}
		if list, ok := answer.List(); ok && len(list) == 0 {
			continue
		}
		answers[id] = answer
	}
	in.Answers = answers
	return in
}

func cleanComment(s string) string {
	s = strings.ReplaceAll(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// item checks one submission. Without a problem the response is ready for the ledger.
func (c checker) item(in decodedItem) checkedItem {
	r := survey.Response{Submission: normalise(in.Submission), ReceivedAt: c.now, At: c.now, Flags: []survey.Flag{}}
	errs := slices.Clone(in.errs)
	undecoded := len(errs)
	if slices.ContainsFunc(errs, func(e survey.FieldError) bool {
		return e.Path == "" && (e.Reason == survey.ReasonJSON || e.Reason == survey.ReasonType)
	}) {
		return checkedItem{response: r, outcome: survey.OutcomeInvalid, problem: invalid(errs)} // there is nothing to check
	}
	with := func(path, reason string, params map[string]any) {
		if len(errs) >= MaxErrors {
			return
		}
		// What could not be read was reported already and would be called missing here.
		if !slices.ContainsFunc(errs[:undecoded], func(e survey.FieldError) bool {
			return e.Path == path || e.Reason == survey.ReasonType && strings.HasPrefix(path, e.Path+".")
		}) {
			errs = append(errs, survey.FieldError{Path: path, Reason: reason, Params: params})
		}
	}
	add := func(path, reason string) { with(path, reason, nil) }

	switch {
	case r.ID == "":
		add("id", survey.ReasonRequired)
	case uuid.Validate(r.ID) != nil || len(r.ID) != 36:
		add("id", survey.ReasonFormat)
		r.ID = "" // not repeated
	}
	point, known := c.snapshot.Point(r.Point)
	if known {
		r.Point = point.Code // whatever code of it was named; digests are of this one
	}
	switch {
	case r.Point == "":
		add("point", survey.ReasonRequired)
	case !known:
		add("point", survey.ReasonUnknown)
	case c.credential.Actor != nil && !c.snapshot.Allows(*c.credential.Actor, survey.RightImport, point.Agency):
		add("point", survey.ReasonOutOfScope)
	case c.credential.Kiosk != nil && !slices.Contains(c.credential.Kiosk.Points, point.Code):
		add("point", survey.ReasonNotOfKiosk)
	}
	switch {
	case r.Language == "":
		add("language", survey.ReasonRequired)
	case !slices.Contains(c.languages, r.Language):
		add("language", survey.ReasonUnknown)
	}
	c.capture(r, add)
	c.page(r, add)
	if known {
		r.Agency, r.Delivery = point.Agency, point.Delivery
		c.field(&r, point, add)
	}
	// A campaign is known by the page that was made for it.
	switch page := c.credential.Page; {
	case page == nil && r.Campaign != nil:
		add("campaign", survey.ReasonUnknown)
	case page != nil && (r.Campaign == nil) != (page.Campaign == ""), page != nil && r.Campaign != nil && *r.Campaign != page.Campaign:
		add("campaign", survey.ReasonNotOfPage)
	}
	c.time(&r, with)

	form, newest := c.snapshot.Questionnaire(r.Questionnaire, r.Version), c.snapshot.Newest(r.Questionnaire)
	toCome := newest != nil && r.Version > newest.Version // known to nodes that were upgraded already, maybe
	switch {
	case r.Questionnaire == "":
		add("questionnaire", survey.ReasonRequired)
	case newest == nil:
		add("questionnaire", survey.ReasonUnknown)
	case r.Version == 0:
		add("version", survey.ReasonRequired)
	case form == nil:
		if !toCome || len(errs) > 0 {
			add("version", survey.ReasonUnknown)
		}
	default:
		unknown := len(in.unread)
		for _, item := range form.Items {
			if in.unread[item.ID] {
				add("answers."+item.ID, survey.ReasonType)
				unknown--
			}
		}
		for _, e := range form.Check(r.Answers, r.Partial) {
			if e.Path == "answers" {
				unknown++ // added once, below
			} else if !in.unread[strings.TrimPrefix(e.Path, "answers.")] {
				with(e.Path, e.Reason, e.Params)
			}
		}
		if unknown > 0 {
			add("answers", survey.ReasonUnknownItem)
		}
		if r.Partial && len(r.Answers) == 0 {
			add("answers", survey.ReasonRequired)
		}
	}
	if form == nil && len(in.unread) > 0 {
		add("answers", survey.ReasonType)
	}
	// A code is judged last, once: only what would else be stored learns whether it is good.
	receipt := c.receipt(r.ReceiptCode, r, point)
	r.ReceiptCode = ""
	if len(errs) > 0 {
		if e := receipt.refused; e != nil {
			with(e.Path, e.Reason, e.Params)
		}
		return checkedItem{response: r, outcome: survey.OutcomeInvalid, problem: invalid(errs)}
	}

	agency, ok := c.snapshot.Agency(point.Agency)
	switch day := survey.DateOf(r.At); {
	case !point.OpenOn(day):
		return checkedItem{response: r, outcome: survey.OutcomeClosed, problem: &survey.Error{Code: survey.CodeClosed, Reason: survey.ReasonPointClosed, Message: "the point took no ratings on that day"}}
	case !ok || !agency.ValidOn(day):
		return checkedItem{response: r, outcome: survey.OutcomeClosed, problem: &survey.Error{Code: survey.CodeClosed, Reason: survey.ReasonAgencyClosed, Message: "the agency did not exist on that day"}}
	}
	if toCome {
		// Another answer would make a device set aside for good what a newer node takes.
		return checkedItem{response: r, outcome: survey.OutcomeRetry, problem: &survey.Error{Code: survey.CodeUnavailable, Message: "this node does not know the version of the form yet",
			Fields: []survey.FieldError{{Path: "version", Reason: survey.ReasonUnknown}}}}
	}
	c.flag(&r, point)
	return checkedItem{r, form, survey.OutcomeStored, nil, receipt}
}

func invalid(errs []survey.FieldError) *survey.Error {
	return &survey.Error{Code: survey.CodeInvalid, Message: "the response is not valid", Fields: errs}
}

// capture: a page is opened by QR or link; an import says whether it was paper; a
// kiosk is a kiosk.
func (c checker) capture(r survey.Response, add func(path, reason string)) {
	allowed := []survey.Capture{survey.CaptureQR, survey.CaptureLink}
	switch {
	case c.credential.Kiosk != nil:
		allowed = []survey.Capture{survey.CaptureKiosk}
	case c.credential.Actor != nil:
		allowed = []survey.Capture{survey.CaptureImport, survey.CapturePaper}
	}
	switch {
	case r.Capture == "":
		add("capture", survey.ReasonRequired)
	case !slices.Contains(survey.Captures, r.Capture):
		add("capture", survey.ReasonUnknown)
	case !slices.Contains(allowed, r.Capture):
		add("capture", survey.ReasonNotAllowed)
	}
}

// page: what the token names cannot be anything else in the response.
func (c checker) page(r survey.Response, add func(path, reason string)) {
	page := c.credential.Page
	if page == nil {
		return
	}
	for _, part := range []struct {
		path  string
		equal bool
	}{
		{"id", r.ID == page.ID || r.ID == ""},
		{"point", r.Point == page.Point || r.Point == ""},
		{"questionnaire", r.Questionnaire == page.Questionnaire || r.Questionnaire == ""},
		{"version", r.Version == page.Version || r.Version == 0},
	} {
		if !part.equal {
			add(part.path, survey.ReasonNotOfPage)
		}
	}
}

// field: a point's only field is derived; of several the citizen chose one or
// none; and a null field stays null. One that the point offered when it was chosen stays good.
func (c checker) field(r *survey.Response, point survey.Point, add func(path, reason string)) {
	if r.Field != nil && !point.Offered(*r.Field) {
		add("field", survey.ReasonNotOfPoint)
		return
	}
	switch {
	case r.Field != nil:
		r.FieldID = *r.Field
	case len(point.Fields) == 1:
		r.FieldID = point.Fields[0]
	}
	if r.Procedure == nil {
		return
	}
	procedure, ok := c.snapshot.Procedure(*r.Procedure)
	switch {
	case !ok:
		add("procedure", survey.ReasonUnknown)
	case procedure.Field != r.FieldID:
		add("procedure", survey.ReasonNotOfField)
	}
}

func inBounds(t time.Time) bool { return !t.Before(earliest.Start()) && t.Before(latest.Start()) }

// time: answeredAt decides period and year, but never lies after receipt and,
// with a page, not before the page was issued: both are the server's own times, so that
// nobody with a page rates a period that is over.
func (c checker) time(r *survey.Response, with func(path, reason string, params map[string]any)) {
	for _, sent := range []struct {
		path string
		at   *time.Time
	}{{"startedAt", r.StartedAt}, {"answeredAt", r.AnsweredAt}} {
		switch {
		case sent.at == nil || inBounds(*sent.at):
		case sent.at.Before(earliest.Start()):
			with(sent.path, survey.ReasonTooEarly, map[string]any{"min": string(earliest)})
		default:
			with(sent.path, survey.ReasonInTheFuture, nil)
		}
	}
	if r.AnsweredAt == nil {
		return
	}
	r.At = *r.AnsweredAt
	if page := c.credential.Page; page != nil && r.At.Before(page.IssuedAt) {
		r.At = page.IssuedAt
	}
	if r.At.After(c.now) {
		r.At = c.now
	}
}

// flag marks what looks odd. A response without answeredAt bears the server's
// own time, which needs no measured offset, unless it may have waited on a kiosk; neither
// does a time that a person wrote down or another system recorded: the clock flag is about devices.
// Only a kiosk is held against the opening hours: it stands in the hall, and a phone is taken home.
func (c checker) flag(r *survey.Response, point survey.Point) {
	offset := r.ClockOffset
	switch {
	case c.credential.Kiosk == nil && (c.credential.Actor != nil || r.AnsweredAt == nil):
	case r.AnsweredAt == nil || offset == nil || *offset > maxClockOffset.Milliseconds() || *offset < -maxClockOffset.Milliseconds():
		r.Flags = append(r.Flags, survey.FlagClock)
	case r.Capture == survey.CaptureKiosk && !point.Hours.Near(r.At, hoursGrace):
		r.Flags = append(r.Flags, survey.FlagOutOfHours)
	}
	page := c.credential.Page
	if page == nil {
		return
	}
	open := c.now.Sub(page.IssuedAt)
	if open > PageFresh {
		r.Flags = append(r.Flags, survey.FlagStalePage)
	}
	// The server's own times first: what a page says of itself can only add to them.
	// A page that was issued ahead of this node's clock says nothing.
	fast := open >= 0 && open < fastest
	if r.StartedAt != nil && r.AnsweredAt != nil && r.AnsweredAt.Sub(*r.StartedAt) < fastest {
		fast = true
	}
	if fast {
		r.Flags = append(r.Flags, survey.FlagFast)
	}
	if c.credential.Trap {
		r.Flags = append(r.Flags, survey.FlagTrap)
	}
}
