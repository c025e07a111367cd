package api

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"sipas/survey"
	"sipas/survey/registry"
	"sipas/survey/report"
)

// formURL is the address of a point's form by a public code; qrURL is the one its
// QR code carries, which tells a scan from a followed link.
func (s *server) formURL(code string) string { return s.publicURL + "/s/" + code }
func (s *server) qrURL(code string) string   { return s.formURL(code) + "?" + queryCame + "=" + cameQR }

// phrase is what the sheets with a code and the form they lead to both show.
func (s *server) phrase(code string) string { return survey.CheckPhrase(s.phraseKey, code) }

// pngPixels is the largest edge of a point's QR code as PNG.
const pngPixels = 1024

func (s *server) qrSVG(c *fiber.Ctx) error {
	return s.sendQR(c, "svg", func(qr *report.QR, code string) ([]byte, error) {
		return qr.SVG(say(survey.Vietnamese, "qr.title", map[string]any{"n": survey.ShowPointCode(code)})), nil
	})
}

func (s *server) qrPNG(c *fiber.Ctx) error {
	return s.sendQR(c, "png", func(qr *report.QR, _ string) ([]byte, error) { return qr.PNG(pngPixels) })
}

// notPlain are the characters that a file's name is better without.
var notPlain = regexp.MustCompile(`[^a-z0-9]+`)

// fileName is the header that names a point's file for whoever keeps many of them:
// so-xay-dung-mot-cua-K7QX2-M9A4T-a4.pdf.
func fileName(snapshot *registry.Snapshot, point survey.Point, what, kind string) string {
	agency, _ := snapshot.Agency(point.Agency)
	names := notPlain.ReplaceAllString(registry.Fold(agency.Name.In(survey.Vietnamese)+" "+point.Name.In(survey.Vietnamese)), "-")
	names = strings.Trim(names[:min(len(names), 100)], "-")
	return `inline; filename="` + names + "-" + survey.ShowPointCode(point.Public()) + "-" + what + "." + kind + `"`
}

// drawings are the kinds of files that sheets and codes are sent as.
var drawings = map[string]string{"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}

// sendQR draws a point's QR code, or that of an invitation where the address is one.
func (s *server) sendQR(c *fiber.Ctx, kind string, draw func(*report.QR, string) ([]byte, error)) error {
	snapshot := s.registry.Snapshot()
	point, code, reason := findPoint(snapshot, c.Params("code"))
	if reason != "" || !s.accepts(point, code) {
		return fiber.ErrNotFound
	}
	if code != point.Public() {
		return s.toPublic(c, "/q/"+point.Public()+"."+kind)
	}
	_, invited := s.invitation(c, point)
	if !invited {
		return fiber.ErrNotFound
	}
	query := formQuery(c)
	query.Set(queryCame, cameQR)
	if tag, ok := spokenLanguage(c.Query(controlSwitch)); ok {
		query.Set(controlSwitch, string(tag))
	}
	qr, err := report.NewQR(withQuery(s.formURL(code), query))
	if err != nil {
		return err
	}
	image, err := draw(qr, code)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, drawings[kind])
	c.Set(fiber.HeaderContentDisposition, fileName(snapshot, point, "qr", kind))
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	return c.Send(image)
}

// toPublic leads from what was asked for by a former code to the present one.
func (s *server) toPublic(c *fiber.Ctx, path string) error {
	if query := c.Context().QueryArgs().String(); query != "" {
		path += "?" + query
	}
	return c.Redirect(path, http.StatusFound)
}

// sheetOf gives the words of a point's sheets, in a language and the other one beside it.
func (s *server) sheetOf(snapshot *registry.Snapshot, point survey.Point, language survey.Language) (report.Poster, error) {
	q := snapshot.Newest(point.Questionnaire)
	if q == nil {
		return report.Poster{}, &survey.Error{Code: survey.CodeInternal, Message: "the point's questionnaire does not exist"}
	}
	other := survey.Vietnamese
	if language == other {
		other = survey.English
	}
	named := func(t survey.Text) report.Wording {
		w := report.Wording{Main: t.In(language), Also: t[other]}
		if w.Also == w.Main {
			w.Also = ""
		}
		return w
	}
	worded := func(key string) report.Wording {
		text := func(l survey.Language) string { return say(l, key, map[string]any{"n": duration(l, q).text}) }
		return report.Wording{Main: text(language), Also: text(other)}
	}
	agency, _ := snapshot.Agency(point.Agency)
	code := point.Public()
	p := report.Poster{URL: s.qrURL(code), Host: s.publicHost, Code: survey.ShowPointCode(code), Phrase: s.phrase(code),
		Agency: named(agency.Name), Point: named(point.Name), Title: worded("poster.heading"), TypeIn: worded("poster.typeIn"),
		Check: worded("poster.check"), Steps: [3]report.Wording{worded("poster.step1"), worded("poster.step2"), worded("poster.step3")},
		Privacy: worded("poster.privacy"), Languages: languagesOffered()}
	if language != survey.Vietnamese {
		p.URL += "&" + controlSwitch + "=" + string(language)
	}
	if snapshot.Synthetic() {
		p.Synthetic = syntheticLine()
	}
	return p, nil
}

// languagesOffered names the languages of the form in their own words.
func languagesOffered() string {
	var names []string
	for _, language := range survey.Languages {
		names = append(names, languageNames[language])
	}
	return strings.Join(names, " · ")
}

// sheetLanguage is the language a sheet is in first: the one its address names, or Vietnamese.
func sheetLanguage(named string) survey.Language {
	if language, ok := spokenLanguage(named); ok {
		return language
	}
	return survey.Vietnamese
}

// atOnce is how many sheets are drawn at a time: a picture of one takes some 40 MB.
const atOnce = 2

// drawing waits for its turn to draw; the error is unavailable where it does not come in time.
func (s *server) drawing(ctx context.Context, draw func() error) error {
	select {
	case s.draws <- struct{}{}:
		defer func() { <-s.draws }()
		return draw()
	case <-ctx.Done():
		return &survey.Error{Code: survey.CodeUnavailable, Message: "too many sheets are being drawn", Err: ctx.Err()}
	}
}

// printable reports whether sheets of the point are of use: it takes ratings, or will.
func (s *server) printable(snapshot *registry.Snapshot, point survey.Point) bool {
	return !s.closed(snapshot, point) || s.opens(snapshot, point) != ""
}

// posterFile sends a sheet of a point: ?format=a4|a5|stickers|card&lang=vi|en.
func (s *server) posterFile(kind string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		snapshot := s.registry.Snapshot()
		point, code, reason := findPoint(snapshot, c.Params("code"))
		if reason != "" || !s.accepts(point, code) || !s.printable(snapshot, point) {
			return fiber.ErrNotFound
		}
		if code != point.Public() {
			return s.toPublic(c, "/poster/"+point.Public()+"."+kind)
		}
		format, err := report.ParseFormat(c.Query("format", string(report.FormatA4)))
		if err != nil {
			return err
		}
		language := sheetLanguage(c.Query(controlSwitch))
		p, err := s.sheetOf(snapshot, point, language)
		if err != nil {
			return err
		}
		title := say(language, "poster.title", nil) + ": " + p.Point.Main + " – " + p.Agency.Main
		var content []byte
		err = s.drawing(c.UserContext(), func() (err error) {
			switch kind {
			case "svg":
				content, err = p.SVG(format, title)
			case "png":
				content, err = p.PNG(format)
			default:
				var b bytes.Buffer
				err = p.PDF(&b, format, report.Document{Title: title, Author: p.Agency.Main, Language: language, Made: s.now()})
				content = b.Bytes()
			}
			return err
		})
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, drawings[kind])
		c.Set(fiber.HeaderContentDisposition, fileName(snapshot, point, string(format), kind))
		c.Set(fiber.HeaderCacheControl, "public, max-age=300") // names change
		return c.Send(content)
	}
}

// posterBody is the preview of a point's poster, which can be printed as it is.
type posterBody struct {
	report.Poster
	Path  string // of the point's sheets
	QR    template.HTML
	Size  string // a4 or a5
	Files []posterFormat
}

// posterFormat is a sheet in one format, ready to print.
type posterFormat struct {
	Key   string // of its name
	Links []pageLink
}

// poster shows a point's poster; ?size=a5 for the small sheet.
func (s *server) poster(c *fiber.Ctx) error {
	snapshot := s.registry.Snapshot()
	typed := c.Params("code")
	point, code, reason := findPoint(snapshot, typed)
	if reason != "" {
		return s.unknownPoint(c, typed)
	}
	language := pageLanguage(c)
	switch {
	case !s.printable(snapshot, point):
		return s.sendClosed(c, language, snapshot, point)
	case !s.accepts(point, code):
		return s.sendReplaced(c, language, snapshot, point)
	case code != point.Public():
		return s.toPublic(c, "/poster/"+point.Public())
	}
	p, err := s.sheetOf(snapshot, point, survey.Vietnamese)
	if err != nil {
		return err
	}
	qr, err := report.NewQR(p.URL)
	if err != nil {
		return err
	}
	body := &posterBody{Poster: p, Path: "/q/" + code, Size: "a4",
		QR: template.HTML(qr.SVG(say(survey.Vietnamese, "qr.title", map[string]any{"n": p.Code})))}
	if strings.EqualFold(c.Query("size"), "a5") {
		body.Size = "a5"
	}
	for _, format := range report.Formats {
		file := posterFormat{Key: "poster.format." + string(format)}
		for _, kind := range []string{"pdf", "png", "svg"} {
			query := url.Values{"format": {string(format)}}
			if language != survey.Vietnamese {
				query.Set(controlSwitch, string(language))
			}
			file.Links = append(file.Links, pageLink{withQuery("/poster/"+code+"."+kind, query), template.HTML(strings.ToUpper(kind))})
		}
		body.Files = append(body.Files, file)
	}
	return s.sendPage(c, http.StatusOK, "poster", &pageData{Language: language, TitleKey: "poster.title", Body: body})
}

// NumberedSteps gives the steps with their numbers.
func (b *posterBody) NumberedSteps() []numbered {
	return slices.Collect(func(yield func(numbered) bool) {
		for i, step := range b.Steps {
			if !yield(numbered{i + 1, step}) {
				return
			}
		}
	})
}

type numbered struct {
	N int
	report.Wording
}

// syntheticLine says on paper that nothing here is real.
func syntheticLine() string {
	return say(survey.Vietnamese, "synthetic", nil) + " – " + say(survey.English, "synthetic", nil)
}
