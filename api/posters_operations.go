package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/registry"
	"sipas/survey/report"
)

// maxBooklet is how many points one file of sheets may have: some 60 MB are held while it is made.
const maxBooklet = 2000

// The reasons of refused files of sheets.
const (
	reasonPostersNone    = "posters.none"
	reasonPostersTooMany = "posters.tooMany" // params max
)

// fileOutput is a file to be kept by whoever asked for it.
type fileOutput struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (s *server) registerPosters() {
	get := operation("get-agency-posters", http.MethodGet, "/api/v1/agencies/{id}/posters.pdf", "Catalogue", "Get the sheets of an agency",
		"One PDF with a page for every open point of the agency and of those below it but those that serve online, behind a list of the points. At most 2,000 points. Right: points, over the agency.",
		http.StatusNotFound, http.StatusUnprocessableEntity)
	get.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{"application/pdf": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(s.openapi, s.secured(get), func(ctx context.Context, in *struct {
		ByID
		Format   string          `query:"format" enum:"a4,a5,stickers,card" default:"a4"`
		Language survey.Language `query:"lang" enum:"vi,en" default:"vi" doc:"The language that comes first"`
		Reprint  bool            `query:"reprint" doc:"Only points that have to be printed again"`
	}) (*fileOutput, error) {
		snapshot := s.registry.Snapshot()
		agency, ok := snapshot.Agency(in.ID)
		if !ok {
			return nil, errNotFound
		}
		if err := s.registry.Permit(actorOf(ctx), survey.RightPoints, agency.ID); err != nil {
			return nil, err
		}
		booklet, err := s.booklet(snapshot, agency, report.Format(in.Format), in.Language, in.Reprint)
		if err != nil {
			return nil, err
		}
		var file bytes.Buffer
		if err := s.drawing(ctx, func() error { return booklet.Write(ctx, &file) }); err != nil {
			return nil, err
		}
		return &fileOutput{drawings["pdf"], `attachment; filename="` + agency.ID + "-" + in.Format + `.pdf"`, "no-store", file.Bytes()}, nil
	})
}

// booklet gathers the sheets of an agency and of those below it, agencies in tree
// order. The errors are invalid: posters.none and posters.tooMany.
func (s *server) booklet(snapshot *registry.Snapshot, agency survey.Agency, format report.Format, language survey.Language, reprint bool) (report.Booklet, error) {
	points, count := map[string][]survey.Point{}, 0
	for _, p := range snapshot.Points() {
		if p.Delivery == survey.DeliveryOnline {
			continue // it has no wall to hang a sheet on
		}
		if snapshot.Within(p.Agency, agency.ID) && s.printable(snapshot, p) && (!reprint || p.Reprint) {
			points[p.Agency] = append(points[p.Agency], p)
			count++
		}
	}
	switch {
	case count == 0:
		return report.Booklet{}, &survey.Error{Code: survey.CodeInvalid, Reason: reasonPostersNone, Message: "there is no point to print"}
	case count > maxBooklet:
		return report.Booklet{}, &survey.Error{Code: survey.CodeInvalid, Reason: reasonPostersTooMany, Params: map[string]any{"max": maxBooklet},
			Message: "there are too many points for one file"}
	}
	today := survey.DateOf(s.now())
	title := say(language, "posters.title", map[string]any{"format": say(language, "poster.format."+string(format), nil)})
	b := report.Booklet{Document: report.Document{Title: title, Author: agency.Name.In(language), Language: language, Made: s.now()}, Format: format,
		Subtitle: say(language, "posters.subtitle", map[string]any{"agency": agency.Name.In(language), "n": count, "day": today}),
		PageWord: say(language, "posters.page", nil)}
	for _, id := range snapshot.Subtree(agency.ID) {
		of, _ := snapshot.Agency(id)
		for _, p := range points[id] {
			b.Entries = append(b.Entries, report.Entry{Agency: of.Name.In(language), Point: p.Name.In(language), Code: survey.ShowPointCode(p.Public()),
				Poster: func() (report.Poster, error) { return s.sheetOf(snapshot, p, language) }})
		}
	}
	return b, nil
}
