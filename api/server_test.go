package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sipas/survey"
)

func TestNewRefusesAShortKey(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New took a key of 31 bytes")
		}
	}()
	New(Options{SigningKey: make([]byte, MinKeyBytes-1)})
}

func TestProtocolRefusalsAreProblems(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	bearer := w.token("manager")
	for _, c := range []struct {
		name, method, target, body string
		headers                    []string
		status                     int
		code                       survey.Code
		reason                     string
	}{
		{"no such path", "GET", "/api/v1/nothing", "", nil, 404, "not_found", ""},
		{"strict about a closing slash", "GET", "/api/v1/fields/", "", nil, 404, "not_found", ""},
		{"strict about case", "GET", "/API/v1/fields", "", nil, 404, "not_found", ""},
		{"no such method", "PATCH", "/api/v1/fields", "", nil, 405, "invalid", "http.method"},
		{"gzip on a write", "POST", "/api/v1/responses", "x", []string{"Content-Encoding", "gzip"}, 415, "invalid", "http.mediaType"},
		{"even identity on a write", "POST", "/api/v1/session", "{}", []string{"Content-Encoding", "identity"}, 415, "invalid", "http.mediaType"},
		{"another media type", "POST", "/api/v1/session", "name=x", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "invalid", "http.mediaType"},
		{"a batch of another media type", "POST", "/api/v1/responses", `{"responses":[{}]}`, []string{"Content-Type", "text/plain", "Authorization", w.token("admin")}, 415, "invalid", "http.mediaType"},
		{"no JSON", "POST", "/api/v1/session", `{"name":`, []string{"Content-Type", "application/json"}, 400, "invalid", "http.malformed"},
		{"no body", "POST", "/api/v1/session", "", []string{"Content-Type", "application/json"}, 400, "invalid", "http.malformed"},
		{"no token", "GET", "/api/v1/fields", "", nil, 401, "unauthorized", ""},
		{"another scheme", "GET", "/api/v1/fields", "", []string{"Authorization", "Basic eDp4"}, 401, "unauthorized", ""},
		{"a bad parameter", "GET", "/api/v1/fields?page=secret-value", "", []string{"Authorization", bearer}, 422, "invalid", ""},
		{"a page out of bounds", "GET", "/api/v1/fields?size=201", "", []string{"Authorization", bearer}, 422, "invalid", ""},
		{"an operation's body beyond its limit", "POST", "/api/v1/points", `{"agency":"` + strings.Repeat("x", operationLimit) + `"}`,
			[]string{"Authorization", bearer, "Content-Type", "application/json"}, 413, "invalid", "http.tooLarge"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.do(c.method, c.target, c.body, c.headers...)
			if a.StatusCode != c.status {
				t.Fatalf("got %d, want %d: %.300s", a.StatusCode, c.status, a.body)
			}
			p := a.problem(t)
			if p.Code != c.code || p.Reason != c.reason {
				t.Errorf("code %s, reason %q", p.Code, p.Reason)
			}
			lacks(t, a.body, "secret-value", "eDp4", "name=x")
			if c.status == http.StatusUnauthorized && a.Header.Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
			if c.status == http.StatusMethodNotAllowed && !strings.Contains(a.Header.Get("Allow"), "GET") {
				t.Error("405 without Allow")
			}
		})
	}
}

func TestProblemsSpeakTheCallersLanguageAndNameEveryField(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	body := `{"agency":"phuong-dong","name":{"vi":""},"fields":["khong-co"],"delivery":"secret-delivery","questionnaire":"quick","secret-key":1}`
	vi := w.postJSON("/api/v1/points", body, "Authorization", w.token("manager")).problem(t)
	a := w.postJSON("/api/v1/points", body, "Authorization", w.token("manager"), "Accept-Language", "en-GB")
	en := a.problem(t)
	if vi.Title == en.Title || len(en.Errors) != 1 {
		t.Errorf("%s", a.body)
	}
	lacks(t, a.body, "secret-delivery", "secret-key", "khong-co")

	body = strings.Replace(body, `,"secret-key":1`, "", 1)
	a = w.postJSON("/api/v1/points", body, "Authorization", w.token("manager"))
	p := a.problem(t)
	paths := map[string]string{}
	for _, f := range p.Errors {
		paths[f.Path] = f.Reason
	}
	if p.Status != http.StatusUnprocessableEntity || paths["name.vi"] != survey.ReasonRequired || paths["fields.0"] != survey.ReasonUnknown ||
		paths["delivery"] != survey.ReasonUnknown {
		t.Errorf("%s", a.body)
	}
	lacks(t, a.body, "khong-co", "secret-delivery")
}

func TestUnknownParametersAreRefused(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, c := range []struct {
		name, target string
		want         map[string]string
	}{
		{"a misspelt one of results", "/api/v1/results/board?agnecy=phuong-dong", map[string]string{"agnecy": "unknown"}},
		{"one of another operation", "/api/v1/results/board?by=field", map[string]string{"by": "unknown"}},
		{"several, one without a value", "/api/v1/results/ranking?by=field&top=5&page", map[string]string{"top": "unknown", "page": "unknown"}},
		{"where none is known", "/api/v1/results/methods?language=en", map[string]string{"language": "unknown"}},
		{"of a list", "/api/v1/points?agencies=phuong-dong", map[string]string{"agencies": "unknown"}},
		{"more than a name", "/api/v1/results/board?0912345678=1", map[string]string{"": "unknown"}},
		{"a path", "/api/v1/results/board?secret.secret=1", map[string]string{"": "unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get(c.target, "Authorization", w.token("admin"))
			if got := a.reasons(t); a.StatusCode != http.StatusUnprocessableEntity || !maps.Equal(got, c.want) {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
			lacks(t, a.body, "secret", "0912345678", "phuong-dong")
		})
	}
	if a := w.get("/api/v1/results/board?agnecy=phuong-dong"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("to nobody: %d", a.StatusCode)
	}
	// A rating is never refused for its address.
	if a := w.postJSON("/api/v1/responses?source=kiosk", `{"responses":[{}]}`, "Authorization", w.token("admin")); a.StatusCode != http.StatusOK {
		t.Errorf("a batch: %d %s", a.StatusCode, a.body)
	}
}

func TestAPanicIsAnAnswerAndStaysInTheLog(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	w.append.panic = true
	a := w.do(http.MethodPost, w.formPath(w.quick), ".page="+token+"&overall=4", "Content-Type", "application/x-www-form-urlencoded")
	p := a.problem(t)
	if p.Code != survey.CodeInternal || a.StatusCode != http.StatusInternalServerError {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	lacks(t, a.body, "secret", "goroutine")
	contains(t, w.log.String(), "a secret of the process", p.RequestID)
	if again := w.get("/healthz"); again.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d", again.StatusCode)
	}
	page := w.postForm(w.formPath(w.quick), ".page", token, "overall", "4")
	if page.StatusCode != http.StatusInternalServerError {
		t.Errorf("as a page: %d", page.StatusCode)
	}
	contains(t, page.body, "Hệ thống gặp lỗi", "Mã yêu cầu")
}

// The body limit shows only on a real connection.
func TestBodiesBeyondTheLimit(t *testing.T) {
	w := newWorld(t)
	base := w.listen()
	send := func(size int, contentType string) (int, string) {
		r, err := http.NewRequest(http.MethodPost, base+"/api/v1/responses", bytes.NewReader(bytes.Repeat([]byte(" "), size)))
		w.must(err)
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Authorization", "Page "+w.open(w.quick))
		resp, err := http.DefaultClient.Do(r)
		w.must(err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		w.must(err)
		return resp.StatusCode, string(body)
	}
	if status, body := send(maxBody+1, "application/json"); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, `"http.tooLarge"`) {
		t.Errorf("a byte too many: %d %.200s", status, body)
	}
	if status, body := send(maxBody, "application/json"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `"json"`) {
		t.Errorf("exactly the limit, all spaces: %d %.200s", status, body)
	}
}

// What the server refuses before it has read the body is a problem too.
func TestBodiesAnnouncedTooLargeAreRefusedUnread(t *testing.T) {
	w := newWorld(t)
	address := strings.TrimPrefix(w.listen(), "http://")
	conn, err := net.Dial("tcp", address)
	w.must(err)
	defer func() { _ = conn.Close() }()
	w.must(conn.SetDeadline(time.Now().Add(10 * time.Second)))
	_, err = io.WriteString(conn, "POST /api/v1/responses HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
	w.must(err)
	answer, err := io.ReadAll(conn)
	w.must(err)
	contains(t, string(answer), "413 ", problemType, "http.tooLarge", "X-Content-Type-Options")
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWorld(t, synthetic)
	for _, target := range []string{"/", "/s/" + w.quick.Code, "/s/0", "/api/openapi.json", "/api/v1/fields", "/healthz", "/nothing", "/q/" + w.quick.Code + ".png"} {
		a := w.get(target, "Accept", "text/html")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Strict-Transport-Security": "max-age=31536000", "Sipas-Data": "synthetic", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
		policy := a.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "http") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", target, policy)
		}
		if a.Header.Get("X-Request-Id") == "" || a.Header.Get("Server") != "" {
			t.Errorf("%s: request id %q, server %q", target, a.Header.Get("X-Request-Id"), a.Header.Get("Server"))
		}
	}
}

func TestPlainHTTPPromisesNoHTTPS(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *survey.Identity) { o.PublicURL = "http://localhost:8080/" })
	if got := w.get("/").Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS %q", got)
	}
	contains(t, w.get("/poster/"+w.quick.Code).body, "localhost:8080")
}

// Every inline element of a page must be allowed by the page's own policy.
func TestPagesKeepTheirOwnPolicy(t *testing.T) {
	w := newWorld(t, withFrontend(builtFrontend()))
	for _, target := range []string{"/", "/s/" + w.quick.Code, "/s/" + w.full.Code, "/s/0", "/s/" + w.quick.Code + "/thanks", "/poster/" + w.quick.Code, "/nothing"} {
		a := w.get(target, "Accept", "text/html")
		policy := a.Header.Get("Content-Security-Policy")
		for _, element := range []string{"style", "script"} {
			for _, m := range regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(a.body, -1) {
				if !strings.Contains(policy, element+"-src "+cspHash(m[1])) {
					t.Errorf("%s: the policy does not allow the page's %s", target, element)
				}
			}
		}
		lacks(t, a.body, " style=", " onclick=", `href="http`, `src="http`, "@import", "url(")
		if !strings.Contains(a.body, "<script>") {
			t.Errorf("%s: no script", target)
		}
		if citizens := !strings.HasPrefix(target, "/poster/"); strings.Contains(policy, "connect-src 'self'") != citizens {
			t.Errorf("%s: policy %q", target, policy)
		}
	}
}

func TestTheLogNamesRoutesAndNobody(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	w.postForm(w.formPath(w.quick)+"?k=qr", ".page", token, "overall", "1", "comment", "Lời than phiền")
	w.postJSON("/api/v1/responses", `{"responses":[{"id":"x"}]}`, "Authorization", "Page "+token, "User-Agent", "Điện thoại", "X-Forwarded-For", "203.0.113.7")
	w.get("/secret-path?secret=1")
	log := w.log.String()
	contains(t, log, "route=/s/:code", "route=/api/v1/responses", "route=unmatched", "status=303")
	lacks(t, log, w.quick.Code, token, "Lời than", "203.0.113.7", "0.0.0.0", "Điện thoại", "secret")
}

func TestMetrics(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *survey.Identity) { o.LedgerEntries = func() int64 { return 7 } })
	w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), "overall", "1")
	w.get("/nothing/at/all")
	a := w.get("/metrics")
	contains(t, a.body, `sipas_info{version="test"} 1`, `sipas_http_requests_total{route="/s/:code",method="GET",status="200"} 1`,
		`sipas_http_requests_total{route="/s/:code",method="POST",status="303"} 1`, `sipas_http_requests_total{route="unmatched",method="GET",status="404"} 1`,
		`sipas_responses_total{outcome="stored"} 1`, "sipas_ledger_entries 7")
	lacks(t, a.body, w.quick.Code, "/nothing")
}

func TestReadiness(t *testing.T) {
	down := false
	w := newWorld(t)
	ping := w.server.ready
	w.server.ready = func(ctx context.Context) error {
		if down {
			return errors.New("no answer from mongodb://secret")
		}
		return ping(ctx)
	}
	if a := w.get("/readyz"); a.StatusCode != http.StatusOK {
		t.Errorf("got %d", a.StatusCode)
	}
	down = true
	a := w.get("/readyz")
	if a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %d", a.StatusCode)
	}
	lacks(t, a.body, "secret")
	if a := w.get("/healthz"); a.StatusCode != http.StatusOK {
		t.Errorf("health: %d", a.StatusCode)
	}
}

func builtFrontend() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"admin.html":          file("<!doctype html><title>admin</title>"),
		"kiosk.html":          file(`<!doctype html><meta name="build" content="abc123" /><title>kiosk</title>`),
		"kiosk.webmanifest":   file("{}"),
		"sw.js":               file("self.x=1"),
		"icons/kiosk.png":     file("PNG"),
		"icons/secret.txt":    file("not for the web"),
		"docs.html":           file("<!doctype html><title>docs</title>"),
		"assets/admin-abc.js": file(strings.Repeat("console.log(1);\n", 200)),
		"assets/mark.svg":     file("<svg/>"),
		"assets/form-abc.js":  file("document.title=document.title\n"),
		".vite/manifest.json": file(`{"form/form.ts":{"file":"assets/form-abc.js","isEntry":true}}`),
		"secret.txt":          file("not for the web"),
	}
}

func TestFrontendIsServed(t *testing.T) {
	w := newWorld(t, withFrontend(builtFrontend()))
	if build := w.server.frontend.kioskBuild; build != "abc123" {
		t.Errorf("the kiosk's build is %q", build)
	}
	for _, c := range []struct {
		name, target string
		status       int
		cache, want  string
	}{
		{"a missing asset", "/assets/admin-old.js", 404, "no-store", "not_found"},
		{"no folder", "/assets/", 404, "no-store", "not_found"},
		{"nothing outside assets", "/assets/../secret.txt", 404, "no-store", "not_found"},
		{"nothing outside assets, escaped", "/assets/%2e%2e/secret.txt", 404, "no-store", "not_found"},
		{"an unknown type", "/assets/x.exe", 404, "no-store", "not_found"},
		{"an asset", "/assets/mark.svg", 200, "public, max-age=31536000, immutable", "<svg/>"},
		{"the administration", "/admin", 200, "no-cache", "<title>admin"},
		{"a path of the administration", "/admin/points/K7QX2M9A4T", 200, "no-cache", "<title>admin"},
		{"the kiosk", "/kiosk", 200, "no-cache", "<title>kiosk"},
		{"a path of the kiosk", "/kiosk/enrol", 200, "no-cache", "<title>kiosk"},
		{"the kiosk's worker", "/sw.js", 200, "no-cache", "self.x=1"},
		{"the kiosk's manifest", "/kiosk.webmanifest", 200, "no-cache", "{}"},
		{"an icon", "/icons/kiosk.png", 200, "public, max-age=86400", "PNG"},
		{"no other file among the icons", "/icons/secret.txt", 404, "no-store", "not_found"},
		{"no icon outside the folder", "/icons/%2e%2e/assets/mark.svg", 404, "no-store", "not_found"},
		{"a missing icon", "/icons/none.png", 404, "no-store", "not_found"},
		{"the documentation", "/api/docs", 200, "no-cache", "<title>docs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get(c.target)
			if a.StatusCode != c.status || a.Header.Get("Cache-Control") != c.cache {
				t.Errorf("%d, Cache-Control %q", a.StatusCode, a.Header.Get("Cache-Control"))
			}
			contains(t, a.body, c.want)
		})
	}
	if policy := w.get("/admin").Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src 'self' 'unsafe") || !strings.Contains(policy, "script-src 'self';") {
		t.Errorf("policy %q", policy)
	}
	// A worker lives under the policy of its own answer and must reach no further than the kiosk.
	worker := w.get("/sw.js")
	if policy := worker.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "connect-src 'self'") || worker.Header.Get("Service-Worker-Allowed") != "/kiosk" ||
		worker.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("the worker's headers %v", worker.Header)
	}
	if policy := w.get("/kiosk").Header.Get("Content-Security-Policy"); !strings.Contains(policy, "worker-src 'self'") || strings.Contains(policy, "script-src 'self' 'unsafe") {
		t.Errorf("the kiosk's policy %q", policy)
	}
	if got := w.get("/kiosk.webmanifest").Header.Get("Content-Type"); got != "application/manifest+json" {
		t.Errorf("the manifest is %q", got)
	}

	zipped := w.get("/assets/admin-abc.js", "Accept-Encoding", "gzip")
	if zipped.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(zipped.Header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("headers %v", zipped.Header)
	}
	reader, err := gzip.NewReader(strings.NewReader(zipped.body))
	w.must(err)
	content, err := io.ReadAll(reader)
	w.must(err)
	if plain := w.get("/assets/admin-abc.js"); plain.body != string(content) || plain.Header.Get("Content-Encoding") != "" {
		t.Error("compressed and plain asset differ")
	}
}

func TestFormScriptThatCannotStandInAPageIsLeftOut(t *testing.T) {
	for name, change := range map[string]func(fstest.MapFS){
		"no manifest":  func(f fstest.MapFS) { delete(f, ".vite/manifest.json") },
		"a broken one": func(f fstest.MapFS) { f[".vite/manifest.json"].Data = []byte("{") },
		"no script":    func(f fstest.MapFS) { delete(f, "assets/form-abc.js") },
		"an import": func(f fstest.MapFS) {
			f[".vite/manifest.json"].Data = []byte(`{"form/form.ts":{"file":"assets/form-abc.js","imports":["x"]}}`)
		},
		"an element's end": func(f fstest.MapFS) { f["assets/form-abc.js"].Data = []byte("'</SCRIPT>'") },
	} {
		t.Run(name, func(t *testing.T) {
			files := builtFrontend()
			change(files)
			if got := newFrontend(files).script; got.element != "" {
				t.Errorf("the page would carry %s", got.element)
			}
		})
	}
	if got := newFrontend(builtFrontend()).script.element; got != template.HTML("<script>document.title=document.title</script>") {
		t.Errorf("got %s", got)
	}
}

func TestUnbuiltFrontendSaysHowToBuildIt(t *testing.T) {
	contains(t, newWorld(t).get("/admin").body, "npm run build")
	production := newWorld(t, func(o *Options, _ *survey.Identity) { o.Production = true })
	lacks(t, production.get("/admin").body, "npm run build")
}

func TestListsComeInPages(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	type list struct {
		Items []struct{ ID, Code string }
		Total int
	}
	read := func(target string) list {
		t.Helper()
		a := w.get(target, "Authorization", w.token("admin"))
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", target, a.StatusCode, a.body)
		}
		if !strings.Contains(a.body, `"items":[`) {
			t.Fatalf("items are no list: %s", a.body)
		}
		var l list
		w.must(json.Unmarshal([]byte(a.body), &l))
		return l
	}
	all := read("/api/v1/fields?size=200")
	second := read("/api/v1/fields?page=2&size=5")
	if len(all.Items) != all.Total || len(second.Items) != 5 || second.Total != all.Total || second.Items[0] != all.Items[5] {
		t.Errorf("pages do not add up: %+v", second)
	}
	if beyond := read("/api/v1/fields?page=1000000&size=200"); len(beyond.Items) != 0 || beyond.Total != all.Total {
		t.Errorf("beyond the end: %+v", beyond)
	}
	for _, c := range []struct {
		name, target string
		total        int
	}{
		{"by words without accents", "/api/v1/agencies?q=dong%20phuong", 1},
		{"by kind", "/api/v1/agencies?kind=province", 1},
		{"nothing", "/api/v1/agencies?q=zzz", 0},
		{"a point by its code", "/api/v1/points?q=" + strings.ToLower(w.full.Code), 1},
		{"points of an agency", "/api/v1/points?agency=phuong-tay", 1},
		{"procedures of a field", "/api/v1/procedures?field=dat-dai", 1},
		{"volumes of a month", "/api/v1/volumes?month=2026-09", 2},
		{"volumes of another", "/api/v1/volumes?month=2026-08", 0},
		{"the audit log: five loads, six points, three campaigns, one change, two kiosks", "/api/v1/audit?size=2", 17},
		{"kiosks at a point", "/api/v1/kiosks?point=" + strings.ToLower(w.quick.Code), 2},
		{"kiosks at another", "/api/v1/kiosks?point=" + w.full.Code, 0},
		{"kiosks at no point", "/api/v1/kiosks?point=zzz", 0},
		{"kiosks by words without accents", "/api/v1/kiosks?q=may%202", 1},
		{"a kiosk by its id", "/api/v1/kiosks?q=" + strings.ToLower(w.kiosk.ID), 1},
		{"kiosks out of service", "/api/v1/kiosks?closed=true", 0},
		{"versions of a form", "/api/v1/questionnaires?id=quick", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(c.target); got.Total != c.total {
				t.Errorf("got %d, want %d", got.Total, c.total)
			}
		})
	}
	a := w.get("/api/v1/points", "Authorization", w.token("viewerOut"))
	contains(t, a.body, w.oneField.Code)
	lacks(t, a.body, w.quick.Code)
}

func TestAPointAnswersWithItsAddresses(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	a := w.get("/api/v1/points/"+strings.ToLower(w.quick.Code), "Authorization", w.token("viewer"))
	var p Point
	w.must(json.Unmarshal([]byte(a.body), &p))
	if p.FormURL != publicURL+"/s/"+p.Code || p.QRSVGURL != publicURL+"/q/"+p.Code+".svg" || p.ShownCode != survey.ShowPointCode(p.Code) || p.AgencyName["vi"] != "Phường Đông Hải" {
		t.Errorf("%s", a.body)
	}
	lacks(t, a.body, "pendingAudit")
}

func TestAConflictOfRevisionsShowsTheCurrentPoint(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	body := `{"rev":1,"name":{"vi":"Quầy mới"},"fields":[],"delivery":"online","questionnaire":"quick"}`
	put := func() answer {
		return w.do(http.MethodPut, "/api/v1/points/"+w.quick.Code, body, "Content-Type", "application/json", "Authorization", w.token("manager"))
	}
	if a := put(); a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	a := put()
	p := a.problem(t)
	current, _ := p.Current.(map[string]any)
	if p.Code != survey.CodeConflict || p.Reason != survey.ReasonRevision || current["rev"] != 2.0 || current["code"] != w.quick.Code {
		t.Errorf("%s", a.body)
	}
}
