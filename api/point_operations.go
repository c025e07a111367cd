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
	Code          string          `json:"code" example:"K7QX2M9A4T"`
	ShownCode     string          `json:"shownCode" example:"K7QX2-M9A4T" doc:"As people read it"`
	Agency        string          `json:"agency"`
	AgencyName    survey.Text     `json:"agencyName"`
	Name          survey.Text     `json:"name"`
	Fields        []string        `json:"fields" nullable:"false"`
	Delivery      survey.Delivery `json:"delivery" enum:"counter,online,post"`
	Questionnaire string          `json:"questionnaire"`
	Closed        survey.Date     `json:"closed" doc:"First day without ratings; empty: open"`
	Rev           int64           `json:"rev"`
	FormURL       string          `json:"formUrl"`
	PosterURL     string          `json:"posterUrl"`
	QRSVGURL      string          `json:"qrSvgUrl"`
	QRPNGURL      string          `json:"qrPngUrl"`
}

func (s *server) showPoint(snapshot *registry.Snapshot) func(survey.Point) Point {
	return func(p survey.Point) Point {
		agency, _ := snapshot.Agency(p.Agency)
		return Point{p.Code, survey.ShowPointCode(p.Code), p.Agency, agency.Name, p.Name, append([]string{}, p.Fields...), p.Delivery,
			p.Questionnaire, p.Closed, p.Rev, s.formURL(p.Code), s.publicURL + "/poster/" + p.Code,
			s.publicURL + "/q/" + p.Code + ".svg", s.publicURL + "/q/" + p.Code + ".png"}
	}
}

// PointContent is what a point says about itself.
type PointContent struct {
	Name          survey.Text     `json:"name" doc:"Vietnamese is needed" example:"{\"vi\":\"Quầy 3\",\"en\":\"Desk 3\"}"`
	Fields        []string        `json:"fields" maxItems:"100" nullable:"false" doc:"None: the field stays unknown; one: every rating is of it; several: the citizen chooses"`
	Delivery      survey.Delivery `json:"delivery" maxLength:"40" doc:"How the service is given: counter, online or post" example:"counter"`
	Questionnaire string          `json:"questionnaire" maxLength:"80" doc:"Its newest version is asked" example:"quick"`
}

func (s *server) registerPoints() {
	list := operation("list-points", http.MethodGet, "/api/v1/points", "Catalogue", "List points",
		"Points of the agencies whose results the caller may read; 403 where an agency outside them is asked for.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		ClosedFilter
		Q      string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or a code or its beginning"`
		Agency string `query:"agency" maxLength:"80" doc:"Of one agency only"`
	}) (*ListOutput[Point], error) {
		visible, err := s.visible(ctx, survey.RightResults, in.Agency)
		if err != nil {
			return nil, err
		}
		snapshot, today := s.registry.Snapshot(), survey.DateOf(s.now())
		code, _ := survey.ParsePointCode(in.Q)
		var found []survey.Point
		for _, p := range snapshot.Points() {
			if visible(p.Agency) && in.takes(p.ClosedOn(today)) && (code != "" && p.Code == code || matches(in.Q, p.Name, p.Code)) {
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
		point, err := s.registry.CreatePoint(ctx, actorOf(ctx), survey.Point{Agency: in.Body.Agency, Name: in.Body.Name,
			Fields: in.Body.Fields, Delivery: in.Body.Delivery, Questionnaire: in.Body.Questionnaire})
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
		changed, err := s.registry.UpdatePoint(ctx, actorOf(ctx), point)
		if err != nil {
			return nil, withStored(ctx, s, err, point.Code, s.findShownPoint)
		}
		return &Output[Point]{s.showPoint(s.registry.Snapshot())(changed)}, nil
	})
}

// findPoint gives a point by whatever way its code was typed; not_found otherwise.
func (s *server) findPoint(typed string) (survey.Point, error) {
	code, reason := findPoint(s.registry.Snapshot(), strings.TrimSpace(typed))
	if reason != "" {
		return survey.Point{}, errNotFound
	}
	point, _ := s.registry.Snapshot().Point(code)
	return point, nil
}

func (s *server) findShownPoint(code string) (Point, bool) {
	snapshot := s.registry.Snapshot()
	point, ok := snapshot.Point(code)
	return s.showPoint(snapshot)(point), ok
}
