package api

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"sipas/survey"
)

//go:embed pages/*.html pages/*.css pages/*.js
var pageFiles embed.FS

// pages holds the parsed templates of the server-rendered pages and their style
// sheets.
type pages struct {
	templates map[string]*template.Template
	css       map[string]string
	print     script // of the poster
}

// script is a script element and the content security policy source that allows it.
type script struct {
	element template.HTML
	source  string
}

func newScript(content string) script {
	return script{template.HTML("<script>" + content + "</script>"), cspHash(content)}
}

// pageNames lists the pages; each is a file of its own beside layout.html.
var pageNames = []string{"home", "form", "thanks", "message", "unknown", "unbuilt", "poster", "accessibility"}

func newPages() *pages {
	p := &pages{templates: map[string]*template.Template{}, css: map[string]string{}}
	for _, name := range pageNames {
		p.templates[name] = template.Must(template.New("layout.html").Funcs(template.FuncMap{"hints": newHints}).ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
	}
	for _, name := range []string{"page", "poster", "accessibility"} {
		source, err := pageFiles.ReadFile("pages/" + name + ".css")
		if err != nil {
			panic(err)
		}
		p.css[name] = squeezeCSS(string(source))
	}
	source, err := pageFiles.ReadFile("pages/poster.js")
	if err != nil {
		panic(err)
	}
	p.print = newScript(string(source))
	return p
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s+`)
	cssAround  = regexp.MustCompile(` ?([{};,]) ?`)
)

// squeezeCSS takes comments and needless spaces out: the style is part of every page.
func squeezeCSS(s string) string {
	s = cssSpace.ReplaceAllString(cssComment.ReplaceAllString(s, ""), " ")
	return strings.TrimSpace(cssAround.ReplaceAllString(s, "$1"))
}

// hints is what the explanations of an item are rendered from.
type hints struct {
	Page *pageData
	Item formItem
}

func newHints(p *pageData, it formItem) hints { return hints{p, it} }

// pageData is what a page shows. Templates read texts through T.
type pageData struct {
	Language  survey.Language
	TitleKey  string // of the title, when Title is empty
	Title     string
	Error     bool // the title begins with "Lỗi: "
	Synthetic bool
	Other     []languageChoice // the languages to switch to
	ByForm    bool             // the switch is part of a form, whose answers it keeps
	Live      bool             // the page carries the script of the citizens' pages
	Query     string           // the words that agencies were looked for by
	Access    string           // address of the page about accessibility; empty: the page does not lead there
	Body      any              // what the page itself shows

	CSS    template.HTML
	Script template.HTML
}

type languageChoice struct {
	Language survey.Language
	Name     string
	URL      string // of the same page in that language
}

// T gives a text in the page's language.
func (p *pageData) T(key string) template.HTML { return tell(p.Language, key, nil) }

// Tn gives a text with one parameter called n.
func (p *pageData) Tn(key string, n any) template.HTML {
	return tell(p.Language, key, map[string]any{"n": n})
}

// In gives the wording of a text of the domain in the page's language.
func (p *pageData) In(t survey.Text) template.HTML {
	return wordingOf(p.Language, t).within(p.Language)
}

// Data holds a sentence for the page's script, data-name, and with data-name-lang
// the language it is in where that is not the page's.
func (p *pageData) Data(name, key string) template.HTMLAttr {
	sentence := sentenceOf(p.Language, key)
	attributes := "data-" + name + `="` + template.HTMLEscapeString(sentence.text) + `"`
	if sentence.language != p.Language {
		attributes += " data-" + name + `-lang="` + string(sentence.language) + `"`
	}
	return template.HTMLAttr(attributes)
}

// within writes the wording where another language may be read: it then says which
// one it is in, for whoever has the page read out. Of that mark html/template leaves nothing in an attribute.
func (w wording) within(outer survey.Language) template.HTML {
	return marked(template.HTML(template.HTMLEscapeString(w.text)), w.language, outer)
}

func marked(text template.HTML, language, outer survey.Language) template.HTML {
	if language == outer {
		return text
	}
	return `<span lang="` + template.HTML(language) + `">` + text + `</span>`
}

// inset is a parameter that may be in another language than the sentence.
type inset = func(outer survey.Language) template.HTML

// tell gives the sentence under key as say does, for a page in the language.
func tell(language survey.Language, key string, params map[string]any) template.HTML {
	sentence := sentenceOf(language, key)
	text := template.HTMLEscapeString(sentence.text)
	for name, value := range params {
		inner, ok := value.(inset)
		if !ok {
			inner = wording{show(sentence.language, value), sentence.language}.within
		}
		text = strings.ReplaceAll(text, "{"+name+"}", string(inner(sentence.language)))
	}
	return marked(template.HTML(text), sentence.language, language)
}

// pageLanguage is the language a page is shown in: the one its address names, the one
// that was last chosen on a form, or the one the browser asks for.
func pageLanguage(c *fiber.Ctx) survey.Language {
	for _, tag := range []string{c.Query(controlSwitch), c.Cookies(languageCookie)} {
		if language, ok := spokenLanguage(tag); ok {
			return language
		}
	}
	return chooseLanguage(c.Get(fiber.HeaderAcceptLanguage))
}

// sendPage renders a page into a buffer first, so that a fault in a template
// never leaves half a page behind.
func (s *server) sendPage(c *fiber.Ctx, status int, name string, p *pageData) error {
	if p.Language == "" {
		p.Language = pageLanguage(c)
	}
	if p.Title == "" {
		p.Title = say(p.Language, p.TitleKey, nil)
	}
	if p.Error {
		p.Title = say(p.Language, "error.prefix", nil) + p.Title
	}
	p.Synthetic = s.registry.Snapshot().Synthetic()
	if !p.ByForm && p.Other == nil {
		query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
		if err != nil {
			query = url.Values{}
		}
		p.Other = otherLanguages("", query, p.Language)
	}
	css := s.pages.css["page"]
	script, connect := s.frontend.script, ""
	p.Access = withQuery(accessibilityPath, url.Values{controlSwitch: {string(p.Language)}})
	switch body := p.Body.(type) {
	case *posterBody:
		script = s.pages.print
		css += s.pages.css["poster"] + "@page{size:" + body.Size + ";margin:0}"
		p.Access = ""
	case *accessibilityBody:
		css += s.pages.css["accessibility"]
		p.Access = ""
	case *formBody:
		css += body.RevealCSS
	}
	if script == s.frontend.script && script.element != "" {
		p.Live, connect = true, "; connect-src 'self'"
	}
	if script.source == "" {
		script.source = "'none'"
	}
	p.Script = script.element
	p.CSS = template.HTML("<style>" + css + "</style>")

	var b bytes.Buffer
	if err := s.pages.templates[name].ExecuteTemplate(&b, "layout.html", p); err != nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "a page cannot be rendered", Err: err}
	}
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; script-src "+script.source+"; style-src "+cspHash(css)+connect+
		"; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Set(fiber.HeaderContentType, contentTypes[".html"])
	c.Set(fiber.HeaderContentLanguage, string(p.Language))
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).Send(b.Bytes())
}

// otherLanguages links to a page in the other languages; an empty path is the
// address the browser is at.
func otherLanguages(path string, query url.Values, current survey.Language) []languageChoice {
	var all []languageChoice
	for _, language := range spoken {
		if language == current {
			continue
		}
		query.Set("lang", string(language))
		all = append(all, languageChoice{language, languageNames[language], path + "?" + query.Encode()})
	}
	return all
}

// messageBody is a page that says one thing.
type messageBody struct {
	Heading template.HTML
	Agency  survey.Text // of the point it is about, where it is about one
	Point   survey.Text
	Text    template.HTML
	Links   []pageLink // where to go from here
	Find    bool       // agencies can be looked for
	ID      string     // request id, of faults
}

// pageLink leads on from a page.
type pageLink struct {
	URL  string
	Text template.HTML
}

// sendProblemPage answers a person with an error.
func (s *server) sendProblemPage(c *fiber.Ctx, err error, status int) error {
	language := pageLanguage(c)
	p := newProblem(err, status, language, requestID(c))
	logCause(s.log, p, err, routeOf(c))
	p.headers(c.Set)
	title := p.Title
	body := &messageBody{Heading: tell(language, "code."+string(p.Code), nil), Text: tell(language, reasonKey(p.Reason, p.Code), p.Params)}
	switch {
	case p.Status == http.StatusNotFound:
		title = say(language, "page.notFound", nil)
		body.Heading, body.Text = tell(language, "page.notFound", nil), tell(language, "page.notFound.text", nil)
	case p.Status >= 500:
		body.ID = p.RequestID
	}
	if body.Text == body.Heading {
		body.Text = ""
	}
	return s.sendPage(c, p.Status, "message", &pageData{Language: language, Title: title, Error: true, Body: body})
}
