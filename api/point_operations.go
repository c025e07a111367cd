package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/registry"
)

// Point is a place ratings come from, with the addresses that belong to it.
type Point struct {
	Code          string               `json:"code" example:"K7QX2M9A4T" doc:"Names the point for good, in ratings and results too"`
	PublicCode    string               `json:"publicCode" example:"K7QX2M9A4T" doc:"What its QR code and its addresses carry: the code, until that is replaced"`
	ShownCode     string               `json:"shownCode" example:"K7QX2-M9A4T" doc:"The public code as people read it"`
	FormerCodes   []FormerCode         `json:"formerCodes" nullable:"false" doc:"Public codes that were replaced, oldest first"`
	Reprint       bool                 `json:"reprint" doc:"The public code was replaced, and nobody has said yet that sheets with the present one hang there"`
	Agency        string               `json:"agency"`
	AgencyName    survey.Text          `json:"agencyName"`
	Name          survey.Text          `json:"name"`
	Fields        []string             `json:"fields" nullable:"false"`
	Delivery      survey.Delivery      `json:"delivery" enum:"counter,online,post"`
	Questionnaire string               `json:"questionnaire"`
	Opens         survey.Date          `json:"opens" doc:"First day with ratings; empty: open since ever"`
	Closed        survey.Date          `json:"closed" doc:"First day without ratings; empty: open"`
	ReceiptCode   survey.ReceiptUse    `json:"receiptCode" enum:"none,optional,required" doc:"Whether citizens are asked for the one-time code of a receipt"`
	Hours         []survey.OpeningSpan `json:"hours" nullable:"false" doc:"Weekly opening hours in Vietnam's time, days 1 (Monday) to 7; empty: not known"`
	Rev           int64                `json:"rev"`
	FormURL       string               `json:"formUrl"`
	PosterURL     string               `json:"posterUrl"`
	QRSVGURL      string               `json:"qrSvgUrl"`
	QRPNGURL      string               `json:"qrPngUrl"`
}

func (s *server) showPoint(snapshot *registry.Snapshot) func(survey.Point) Point {
	return func(p survey.Point) Point {
		agency, _ := snapshot.Agency(p.Agency)
		code, former := p.Public(), []FormerCode{}
		for _, f := range p.FormerCodes {
			former = append(former, FormerCode{f.Code, survey.ShowPointCode(f.Code), f.Ends})
		}
		return Point{p.Code, code, survey.ShowPointCode(code), former, p.Reprint, p.Agency, agency.Name, p.Name, append([]string{}, p.Fields...), p.Delivery,
			p.Questionnaire, p.Opens, p.Closed, p.Receipts(), append([]survey.OpeningSpan{}, p.Hours...), p.Rev, s.formURL(code), s.publicURL + "/poster/" + code,
			s.publicURL + "/q/" + code + ".svg", s.publicURL + "/q/" + code + ".png"}
	}
}

// FormerCode is a public code that was replaced.
type FormerCode struct {
	Code      string      `json:"code"`
	ShownCode string      `json:"shownCode"`
	Ends      survey.Date `json:"ends" doc:"First day on which citizens cannot come by it any more"`
}

// PointContent is what a point says about itself.
type PointContent struct {
	Name          survey.Text          `json:"name" doc:"Vietnamese is needed" example:"{\"vi\":\"Quầy 3\",\"en\":\"Desk 3\"}"`
	Fields        []string             `json:"fields" maxItems:"100" nullable:"false" doc:"None: the field stays unknown; one: every rating is of it; several: the citizen chooses"`
	Delivery      survey.Delivery      `json:"delivery" maxLength:"40" doc:"How the service is given: counter, online or post" example:"counter"`
	Questionnaire string               `json:"questionnaire" maxLength:"80" doc:"Its newest version is asked" example:"quick"`
	Opens         *survey.Date         `json:"opens,omitempty" maxLength:"40" doc:"First day with ratings; empty: open since ever; absent: as before"`
	ReceiptCode   survey.ReceiptUse    `json:"receiptCode,omitempty" maxLength:"40" doc:"Whether citizens are asked for the one-time code of a receipt: none, optional, or required of all ratings that do not come from a kiosk; absent: as before, of a new point none" example:"none"`
	Hours         []survey.OpeningSpan `json:"hours,omitempty" maxItems:"100" nullable:"false" doc:"Weekly opening hours in Vietnam's time, days 1 (Monday) to 7; empty: not known; absent: as before"`
}

func (s *server) registerPoints() {
	list := operation("list-points", http.MethodGet, "/api/v1/points", "Catalogue", "List points",
		"Points of the agencies whose results the caller may read; 403 where an agency outside them is asked for.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		ClosedFilter
		Q       string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or a code or its beginning"`
		Agency  string `query:"agency" maxLength:"80" doc:"Of one agency only"`
		Reprint bool   `query:"reprint" doc:"Only those that have to be printed again"`
	}) (*ListOutput[Point], error) {
		visible, err := s.visible(ctx, survey.RightResults, in.Agency)
		if err != nil {
			return nil, err
		}
		snapshot, today := s.registry.Snapshot(), survey.DateOf(s.now())
		var byCode string
		if code, err := survey.ParsePointCode(in.Q); err == nil {
			point, _ := snapshot.Point(code)
			byCode = point.Code
		}
		var found []survey.Point
		for _, p := range snapshot.Points() {
			if visible(p.Agency) && in.takes(p.ClosedOn(today)) && (!in.Reprint || p.Reprint) &&
				(byCode != "" && p.Code == byCode || matches(in.Q, p.Name, p.Public(), p.Code)) {
				found = append(found, p)
			}
		}
		return page(in.Paging, found, s.showPoint(snapshot)), nil
	})

	get := getOperation("point", "/api/v1/points/{code}", "a point", "One point by its code, in any way of typing it.")
	huma.Register(s.openapi, s.secured(get), func(ctx context.Context, in *struct {
		Code string `path:"code" maxLength:"64"`
	}) (*Output[Point], error) {
		point, err := s.findPoint(in.Code)
		if err != nil {
			return nil, err
		}
		if err := s.registry.Permit(actorOf(ctx), survey.RightResults, point.Agency); err != nil {
			return nil, err
		}
		return &Output[Point]{s.showPoint(s.registry.Snapshot())(point)}, nil
	})

	create := createOperation("point", "/api/v1/points", "a point",
		"Draws the code; a point never changes its agency afterwards. Right: points, over the agency.")
	huma.Register(s.openapi, s.secured(create), func(ctx context.Context, in *struct {
		Body struct {
			Agency string `json:"agency" maxLength:"80"`
			PointContent
		}
	}) (*createdOutput[Point], error) {
		content := survey.Point{Agency: in.Body.Agency, Name: in.Body.Name,
			Fields: in.Body.Fields, Delivery: in.Body.Delivery, Questionnaire: in.Body.Questionnaire, ReceiptCode: in.Body.ReceiptCode, Hours: in.Body.Hours}
		if in.Body.Opens != nil {
			content.Opens = *in.Body.Opens
		}
		point, err := s.registry.CreatePoint(ctx, actorOf(ctx), content)
		if err != nil {
			return nil, err
		}
		return created("/api/v1/points/", point.Code, s.showPoint(s.registry.Snapshot())(point)), nil
	})

	update := updateOperation("point", "/api/v1/points/{code}", "a point",
		"Setting `closed`, the first day without them, ends its ratings. Right: points, over the agency.")
	huma.Register(s.openapi, s.secured(update), func(ctx context.Context, in *struct {
		Code string `path:"code" maxLength:"64"`
		Body struct {
			Rev int64 `json:"rev" minimum:"1" doc:"The revision the change was made to"`
			PointContent
			Closed survey.Date `json:"closed,omitempty" maxLength:"40" doc:"First day without ratings; empty: open"`
		}
	}) (*Output[Point], error) {
		point, err := s.findPoint(in.Code)
		if err != nil {
			return nil, err
		}
		point.Rev, point.Name, point.Fields = in.Body.Rev, in.Body.Name, in.Body.Fields
		point.Delivery, point.Questionnaire, point.Closed = in.Body.Delivery, in.Body.Questionnaire, in.Body.Closed
		if in.Body.Opens != nil {
			point.Opens = *in.Body.Opens
		}
		if in.Body.ReceiptCode != "" {
			point.ReceiptCode = in.Body.ReceiptCode
		}
		if in.Body.Hours != nil {
			point.Hours = in.Body.Hours
		}
		changed, err := s.registry.UpdatePoint(ctx, actorOf(ctx), point)
		if err != nil {
			return nil, withStored(ctx, s, err, point.Code, s.findShownPoint)
		}
		return &Output[Point]{s.showPoint(s.registry.Snapshot())(changed)}, nil
	})

	recode := operation("replace-point-code", http.MethodPost, "/api/v1/points/{code}/code", "Catalogue", "Replace a point's code",
		"Draws another public code, good at once, for sheets that were lost, copied or defaced. The one before is honoured for some days; pages opened by it can be sent after that too. "+
			"The point stays the same, its ratings and kiosks do not notice. 409 shows the current state. Right: points, over the agency.",
		http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(recode), func(ctx context.Context, in *struct {
		Code string `path:"code" maxLength:"64"`
		Body struct {
			Revision
			GraceDays *int `json:"graceDays,omitempty" doc:"For how many days, from today on, the code before is honoured: 0 to 365; 0 ends it now" default:"30"`
		}
	}) (*Output[Point], error) {
		days := registry.DefaultGraceDays
		if in.Body.GraceDays != nil {
			days = *in.Body.GraceDays
		}
		return s.changePoint(ctx, in.Code, func(code string) (survey.Point, error) {
			return s.registry.ReplaceCode(ctx, actorOf(ctx), code, in.Body.Rev, days)
		})
	})

	printed := operation("note-point-printed", http.MethodPost, "/api/v1/points/{code}/printed", "Catalogue", "Note that a point was printed again",
		"Says that the sheets at the point carry its present code. 409 shows the current state. Right: points, over the agency.",
		http.StatusNotFound, http.StatusConflict)
	huma.Register(s.openapi, s.secured(printed), func(ctx context.Context, in *struct {
		Code string `path:"code" maxLength:"64"`
		Body Revision
	}) (*Output[Point], error) {
		return s.changePoint(ctx, in.Code, func(code string) (survey.Point, error) {
			return s.registry.NotePrinted(ctx, actorOf(ctx), code, in.Body.Rev)
		})
	})
}

// changePoint makes a change to the point of a code and shows what came of it.
func (s *server) changePoint(ctx context.Context, typed string, change func(code string) (survey.Point, error)) (*Output[Point], error) {
	point, err := s.findPoint(typed)
	if err != nil {
		return nil, err
	}
	changed, err := change(point.Code)
	if err != nil {
		return nil, withStored(ctx, s, err, point.Code, s.findShownPoint)
	}
	return &Output[Point]{s.showPoint(s.registry.Snapshot())(changed)}, nil
}

// findPoint gives a point by any code it has or had, in whatever way it was typed; not_found otherwise.
func (s *server) findPoint(typed string) (survey.Point, error) {
	point, _, reason := findPoint(s.registry.Snapshot(), strings.TrimSpace(typed))
	if reason != "" {
		return survey.Point{}, errNotFound
	}
	return point, nil
}

func (s *server) findShownPoint(code string) (Point, bool) {
	snapshot := s.registry.Snapshot()
	point, ok := snapshot.Point(code)
	return s.showPoint(snapshot)(point), ok
}
