package api

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"sipas/survey"
	"sipas/survey/registry"
)

// Limits of the search on the home page.
const (
	maxSearch       = 100 // characters
	maxFoundAgency  = 20
	maxFoundAtPoint = 40
)

// homeBody is the home page: type a code, or find an agency and its points.
type homeBody struct {
	Code      string // as typed
	CodeError template.HTML
	Searched  bool
	Found     []foundAgency
	More      int // agencies found beyond those shown
}

type foundAgency struct {
	Name   survey.Text
	Points []foundPoint
}

type foundPoint struct {
	Code string
	Name survey.Text
	Time template.HTML // how long its form takes
}

// home shows the home page; with ?code= it goes to the form of that point, with
// ?q= it lists the agencies whose name, or a point's name, holds the words.
func (s *server) home(c *fiber.Ctx) error {
	language := pageLanguage(c)
	body := &homeBody{}
	page := &pageData{Language: language, TitleKey: "home.title", Query: cutCharacters(strings.TrimSpace(c.Query("q")), maxSearch), Body: body}
	status := http.StatusOK
	snapshot := s.registry.Snapshot()
	if c.Context().QueryArgs().Has("code") {
		body.Code = cutCharacters(strings.TrimSpace(c.Query("code")), maxSearch)
		_, code, reason := findPoint(snapshot, body.Code)
		if reason == "" {
			query := url.Values{queryCame: {cameTyped}}
			if c.Query(controlSwitch) != "" {
				query.Set(controlSwitch, string(language))
			}
			return c.Redirect(withQuery("/s/"+code, query), http.StatusSeeOther)
		}
		body.CodeError = tell(language, reason, nil)
		page.Error = true
		status = http.StatusNotFound
	}
	if page.Query != "" {
		body.Searched = true
		s.search(snapshot, page.Query, language, body)
	}
	return s.sendPage(c, status, "home", page)
}

// findPoint gives the point that has or had the code and the code as it is
// written, or the key of the sentence that says why not. Whether citizens may still come by the code
// says survey.Point.Accepts.
func findPoint(snapshot *registry.Snapshot, typed string) (point survey.Point, code, reason string) {
	if typed == "" {
		return point, "", "home.code.empty"
	}
	code, err := survey.ParsePointCode(typed)
	if err != nil {
		return point, "", "reason." + errorReason(err)
	}
	point, ok := snapshot.Point(code)
	if !ok {
		return point, "", "home.code.unknown"
	}
	return point, code, ""
}

// accepts reports whether citizens may come by the code today.
func (s *server) accepts(point survey.Point, code string) bool {
	return point.Accepts(code, survey.DateOf(s.now()))
}

// openPoints gives the points that take ratings today by their agency.
func (s *server) openPoints(snapshot *registry.Snapshot) map[string][]survey.Point {
	points := map[string][]survey.Point{}
	for _, p := range snapshot.Points() {
		if !s.closed(snapshot, p) {
			points[p.Agency] = append(points[p.Agency], p)
		}
	}
	return points
}

// stillOpen gives the agency where it has points that take ratings, else those
// that took its work over and have some.
func (s *server) stillOpen(snapshot *registry.Snapshot, id string) []survey.Agency {
	points := s.openPoints(snapshot)
	var open []survey.Agency
	seen := map[string]bool{}
	for next := []string{id}; len(next) > 0; next = next[1:] {
		agency, ok := snapshot.Agency(next[0])
		switch {
		case !ok || seen[agency.ID]:
		case len(points[agency.ID]) > 0:
			open = append(open, agency)
		default:
			next = append(next, agency.Successors...)
		}
		seen[next[0]] = true
	}
	return open
}

// search finds the agencies that are named by the words of the query, or have points that are.
// First come those whose name holds the query as it was typed.
func (s *server) search(snapshot *registry.Snapshot, query string, language survey.Language, body *homeBody) {
	points := s.openPoints(snapshot)
	var exact, others []foundAgency
	for _, a := range snapshot.Agencies() {
		here := points[a.ID]
		if len(here) == 0 {
			continue
		}
		asTyped := partOf(query, a.Name)
		if !named(query, a.Name) {
			var matching []survey.Point
			for _, p := range here {
				if named(query, p.Name) {
					matching = append(matching, p)
					asTyped = asTyped || partOf(query, p.Name)
				}
			}
			here = matching
		}
		if len(here) == 0 {
			continue
		}
		found := foundAgency{Name: a.Name}
		for _, p := range here[:min(len(here), maxFoundAtPoint)] {
			point := foundPoint{Code: p.Public(), Name: p.Name}
			if q := snapshot.Newest(p.Questionnaire); q != nil {
				point.Time = duration(language, q).within(language)
			}
			found.Points = append(found.Points, point)
		}
		if asTyped {
			exact = append(exact, found)
		} else {
			others = append(others, found)
		}
	}
	all := append(exact, others...)
	body.Found = all[:min(len(all), maxFoundAgency)]
	body.More = len(all) - len(body.Found)
}

func cutCharacters(s string, limit int) string {
	s = strings.ToValidUTF8(s, "")
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}

// unknownPoint answers for a code that no point has: 404 with a form to type it again.
func (s *server) unknownPoint(c *fiber.Ctx, typed string) error {
	language := pageLanguage(c)
	_, _, reason := findPoint(s.registry.Snapshot(), typed)
	if reason == "" {
		reason = "home.code.unknown"
	}
	return s.sendPage(c, http.StatusNotFound, "unknown", &pageData{Language: language, TitleKey: "unknown.title", Error: true,
		Body: &homeBody{Code: cutCharacters(typed, maxSearch), CodeError: tell(language, reason, nil)}})
}
