package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// frontend serves the built front end. A nil files means that it is not built.
type frontend struct {
	files      fs.FS
	script     script   // of the phone form; empty: the form has none
	kioskBuild string   // names the build of the kiosk's page; empty: not built
	compressed sync.Map // asset name → gzip bytes
}

// formEntry is the phone form's script in Vite's manifest.
const formEntry = "form/form.ts"

var buildPattern = regexp.MustCompile(`<meta name="build" content="(\w+)"`)

// kioskBuild gives the name of its build that the kiosk's page carries: it changes
// with every file the kiosk is made of.
func kioskBuild(files fs.FS) string {
	page, err := readFile(files, "kiosk.html")
	if err != nil {
		return ""
	}
	if named := buildPattern.FindSubmatch(page); named != nil {
		return string(named[1])
	}
	return ""
}

func newFrontend(files fs.FS) *frontend {
	f := &frontend{files: files, kioskBuild: kioskBuild(files)}
	manifest, err := readFile(files, ".vite/manifest.json")
	if err != nil {
		return f
	}
	var entries map[string]struct {
		File    string   `json:"file"`
		Imports []string `json:"imports"`
	}
	if err := json.Unmarshal(manifest, &entries); err != nil {
		return f
	}
	entry, ok := entries[formEntry]
	if !ok || len(entry.Imports) > 0 {
		return f // a script with imports cannot stand inside a page
	}
	source, err := readFile(files, entry.File)
	if err != nil || bytes.Contains(bytes.ToLower(source), []byte("</script")) {
		return f
	}
	f.script = newScript(string(bytes.TrimSpace(source)))
	return f
}

// cspHash gives the content security policy source of an inline element.
func cspHash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// appPolicy is the content security policy of the front end's own pages. Charts
// and the API documentation style their elements, so inline styles are allowed there.
const appPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self'; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// contentTypes names what Vite builds; the operating system's list is not asked.
var contentTypes = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".html":  "text/html; charset=utf-8",
	".json":  "application/json",
	".map":   "application/json",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".webp":  "image/webp",
	".ico":   "image/x-icon",
	".woff2": "font/woff2",
	".mp3":   "audio/mpeg",
	".txt":   "text/plain; charset=utf-8",

	".webmanifest": "application/manifest+json",
}

// asset serves a file whose name carries the hash of its content.
func (s *server) asset(c *fiber.Ctx) error {
	name := c.Params("*")
	contentType, known := contentTypes[path.Ext(name)]
	if !known || !fs.ValidPath(name) {
		return fiber.ErrNotFound
	}
	content, err := readFile(s.frontend.files, "assets/"+name)
	if err != nil {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, contentType)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	if len(content) > 1024 && strings.HasPrefix(contentType, "text/") {
		c.Vary(fiber.HeaderAcceptEncoding)
		if c.Request().Header.HasAcceptEncoding("gzip") {
			// Compressed once at the best level instead of at every request.
			c.Set(fiber.HeaderContentEncoding, "gzip")
			content = s.frontend.gzip(name, content)
		}
	}
	return c.Send(content)
}

func (f *frontend) gzip(name string, content []byte) []byte {
	if done, ok := f.compressed.Load(name); ok {
		return done.([]byte)
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, _ = w.Write(content) // a bytes.Buffer takes everything
		_ = w.Close()
	}
	f.compressed.Store(name, b.Bytes())
	return b.Bytes()
}

// admin serves the administration: one page for every path below /admin.
func (s *server) admin(c *fiber.Ctx) error { return s.frontendPage(c, "admin.html") }

// kiosk serves the rating screen of a tablet: one page for every path below /kiosk.
// It may use the camera, to read the QR code it is enrolled with.
func (s *server) kiosk(c *fiber.Ctx) error {
	c.Set(fiber.HeaderPermissionsPolicy, "camera=(self), microphone=(), geolocation=(), payment=(), usb=()")
	return s.frontendPage(c, "kiosk.html")
}

// serviceWorker serves the script that keeps the kiosk working without a
// network. It lies at the root of the build, so its reach is cut down to the kiosk; what
// it may load is the policy of its own answer.
func (s *server) serviceWorker(c *fiber.Ctx) error {
	c.Set("Service-Worker-Allowed", "/kiosk")
	return s.frontendFile(c, "sw.js", "no-cache")
}

// manifest serves what makes the kiosk installable.
func (s *server) manifest(c *fiber.Ctx) error {
	return s.frontendFile(c, "kiosk.webmanifest", "no-cache")
}

// icon serves an icon the manifest names.
func (s *server) icon(c *fiber.Ctx) error {
	name := "icons/" + c.Params("*")
	switch path.Ext(name) {
	case ".png", ".svg", ".webp", ".ico":
		return s.frontendFile(c, name, "public, max-age=86400")
	}
	return fiber.ErrNotFound
}

// frontendFile serves a file of the build that keeps its name from build to build.
func (s *server) frontendFile(c *fiber.Ctx, name, cache string) error {
	if !fs.ValidPath(name) {
		return fiber.ErrNotFound
	}
	content, err := readFile(s.frontend.files, name)
	if err != nil {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, contentTypes[path.Ext(name)])
	c.Set(fiber.HeaderCacheControl, cache)
	if path.Ext(name) == ".js" {
		c.Set(fiber.HeaderContentSecurityPolicy, appPolicy)
	}
	return c.Send(content)
}

// docs serves the page that shows /api/openapi.json.
func (s *server) docs(c *fiber.Ctx) error { return s.frontendPage(c, "docs.html") }

func (s *server) frontendPage(c *fiber.Ctx, name string) error {
	content, err := readFile(s.frontend.files, name)
	if err != nil {
		return s.sendPage(c, http.StatusServiceUnavailable, "unbuilt", &pageData{TitleKey: "unbuilt.title", Body: !s.production})
	}
	c.Set(fiber.HeaderContentType, contentTypes[".html"])
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderContentSecurityPolicy, appPolicy)
	return c.Send(content)
}
