package api

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"sipas/survey"
	"sipas/survey/report"
)

// formURL is the address of a point's form; qrURL is the one its QR code
// carries, which tells a scan from a followed link.
func (s *server) formURL(code string) string { return s.publicURL + "/s/" + code }
func (s *server) qrURL(code string) string   { return s.formURL(code) + "?k=qr" }

// pngPixels is the largest edge of a point's QR code as PNG.
const pngPixels = 1024

func (s *server) qrSVG(c *fiber.Ctx) error {
	return s.sendQR(c, "image/svg+xml", func(qr *report.QR, code string) ([]byte, error) {
		return qr.SVG(say(survey.Vietnamese, "qr.title", map[string]any{"n": survey.ShowPointCode(code)})), nil
	})
}

func (s *server) qrPNG(c *fiber.Ctx) error {
	return s.sendQR(c, "image/png", func(qr *report.QR, _ string) ([]byte, error) { return qr.PNG(pngPixels) })
}

func (s *server) sendQR(c *fiber.Ctx, contentType string, draw func(*report.QR, string) ([]byte, error)) error {
	code, reason := findPoint(s.registry.Snapshot(), c.Params("code"))
	if reason != "" {
		return fiber.ErrNotFound
	}
	qr, err := report.NewQR(s.qrURL(code))
	if err != nil {
		return err
	}
	image, err := draw(qr, code)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, contentType)
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	return c.Send(image)
}

// posterBody is a printable sheet with a point's QR code.
type posterBody struct {
	Code, Host string
	Agency     survey.Text
	Point      survey.Text
	QR         template.HTML
	Size       string // a4 or a5
	Steps      []posterStep
}

type posterStep struct {
	N      int
	Vi, En string
}

// poster shows a point's poster; ?size=a5 for the small sheet.
func (s *server) poster(c *fiber.Ctx) error {
	snapshot := s.registry.Snapshot()
	typed := c.Params("code")
	code, reason := findPoint(snapshot, typed)
	if reason != "" {
		return s.unknownPoint(c, typed)
	}
	point, _ := snapshot.Point(code)
	if s.closed(snapshot, point) {
		return s.sendClosed(c, pageLanguage(c), snapshot, point)
	}
	q := snapshot.Newest(point.Questionnaire)
	if q == nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "the point's questionnaire does not exist"}
	}
	agency, _ := snapshot.Agency(point.Agency)
	qr, err := report.NewQR(s.qrURL(code))
	if err != nil {
		return err
	}
	body := &posterBody{Code: code, Host: s.publicHost, Agency: agency.Name, Point: point.Name, Size: "a4",
		QR: template.HTML(qr.SVG(say(survey.Vietnamese, "qr.title", map[string]any{"n": survey.ShowPointCode(code)})))}
	if strings.EqualFold(c.Query("size"), "a5") {
		body.Size = "a5"
	}
	for i, key := range []string{"poster.step1", "poster.step2", "poster.step3"} {
		step := func(language survey.Language) string {
			return say(language, key, map[string]any{"n": duration(language, q)})
		}
		body.Steps = append(body.Steps, posterStep{i + 1, step(survey.Vietnamese), step(survey.English)})
	}
	return s.sendPage(c, http.StatusOK, "poster", &pageData{TitleKey: "poster.title", Body: body})
}

// ShownCode gives the code as people read it.
func (b *posterBody) ShownCode() string { return survey.ShowPointCode(b.Code) }

// Vietnamese gives the Vietnamese wording, whatever language the page is in.
func (b *posterBody) Vietnamese(t survey.Text) string { return t.In(survey.Vietnamese) }

// EnglishAgency gives the agency's English name where it has one of its own.
func (b *posterBody) EnglishAgency() string { return ownEnglish(b.Agency) }

// EnglishPoint gives the point's English name where it has one of its own.
func (b *posterBody) EnglishPoint() string { return ownEnglish(b.Point) }

func ownEnglish(t survey.Text) string {
	if t[survey.English] == t[survey.Vietnamese] {
		return ""
	}
	return t[survey.English]
}
