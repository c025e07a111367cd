package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/receipts"
)

// access is a row of the table below: what each kind of caller gets.
type access struct {
	method, pattern string
	target, body    string
	nobody          int
	viewer, manager int // whose subtree the target lies in
	viewerOut       int
	managerOut      int
	admin           int
	kiosk           int // an enrolled device
}

// public gives a row whose answer is the same for everybody.
func public(method, pattern, target, body string, status int) access {
	return access{method, pattern, target, body, status, status, status, status, status, status, status}
}

// signedIn gives a row that is open to every signed-in user.
func signedIn(pattern, target string) access {
	return access{http.MethodGet, pattern, target, "", 401, 200, 200, 200, 200, 200, 401}
}

// forDevices gives a row that only an enrolled device may use.
func forDevices(method, pattern string, status int) access {
	return access{method, pattern, pattern, "", 401, 401, 401, 401, 401, 401, status}
}

// contentType is what the body of a route's request is; empty: it has none.
func (a access) contentType() string {
	switch {
	case strings.Contains(a.pattern, "/parts/"), strings.Contains(a.pattern, "/recordings/"):
		return "application/octet-stream"
	case a.body == "":
		return ""
	case a.body[0] == '{':
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

func routeTable(w *world) []access {
	point := `{"agency":"phuong-dong","name":{"vi":"Quầy mới"},"fields":["dat-dai"],"delivery":"counter","questionnaire":"quick"}`
	change := `{"rev":1,"name":{"vi":"Quầy một"},"fields":["dat-dai"],"delivery":"counter","questionnaire":"quick"}`
	code := w.quick.Code
	own, err := w.server.uploads.create("manager", importer.KindPoints, "points.csv", 1)
	w.must(err)
	file := "/api/v1/imports/" + own.id
	batch, _, err := w.server.receipts.Make(w.t.Context(), survey.System, receipts.Order{Point: code, Count: 1, Days: 1})
	w.must(err)
	w.rateFast(w.quick, 1, w.server.now())
	return []access{
		public("POST", "/api/v1/session", "/api/v1/session", `{"name":"nobody","password":"x"}`, 401),
		public("POST", "/api/v1/session/refresh", "/api/v1/session/refresh", "", 401),
		public("DELETE", "/api/v1/session", "/api/v1/session", "", 204),
		signedIn("/api/v1/me", "/api/v1/me"),
		// A user without the import right is refused; nobody is not known.
		{"POST", "/api/v1/responses", "/api/v1/responses", `{"responses":[{}]}`, 401, 403, 403, 403, 403, 200, 200},
		{"GET", "/api/v1/results/board", "/api/v1/results/board?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/trend", "/api/v1/results/trend?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/quality", "/api/v1/results/quality?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/breakdown", "/api/v1/results/breakdown?by=field&agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/response-rates", "/api/v1/results/response-rates?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/planning", "/api/v1/results/planning?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/words", "/api/v1/results/words?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/comments", "/api/v1/results/comments?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/drivers", "/api/v1/results/drivers?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/comparison", "/api/v1/results/comparison?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/ranking", "/api/v1/results/ranking?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/funnel", "/api/v1/results/funnel?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/sample", "/api/v1/results/sample?campaign=dong-2026", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/results/reasons", "/api/v1/results/reasons?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		signedIn("/api/v1/results/methods", "/api/v1/results/methods"),
		{"GET", "/api/v1/flags", "/api/v1/flags?agency=phuong-dong", "", 401, 403, 200, 403, 403, 200, 401},
		{"POST", "/api/v1/flags", "/api/v1/flags", `{"point":"` + code + `","from":"2026-11-23T00:00:00+07:00","to":"2026-11-24T00:00:00+07:00","flag":"marked","set":true,"reason":"thử máy"}`, 401, 403, 200, 403, 403, 200, 401},
		signedIn("/api/v1/agencies", "/api/v1/agencies"),
		signedIn("/api/v1/agencies/:id", "/api/v1/agencies/phuong-dong"),
		// The catalogue is the administrators'.
		{"POST", "/api/v1/agencies", "/api/v1/agencies", `{"id":"so-moi","parent":"tinh","kind":"department","level":"province","name":{"vi":"Sở mới"},"sector":"","validFrom":"2026-01-01","validTo":"","successors":[]}`, 401, 403, 403, 403, 403, 201, 401},
		{"PUT", "/api/v1/agencies/:id", "/api/v1/agencies/phuong-dong", `{"rev":1,"parent":"tinh","kind":"commune","level":"commune","name":{"vi":"Phường Đông"},"sector":"","validFrom":"2025-07-01","validTo":"","successors":[]}`, 401, 403, 403, 403, 403, 200, 401},
		signedIn("/api/v1/fields", "/api/v1/fields"),
		signedIn("/api/v1/fields/:id", "/api/v1/fields/dat-dai"),
		{"POST", "/api/v1/fields", "/api/v1/fields", `{"id":"linh-vuc-moi","name":{"vi":"Lĩnh vực mới"},"order":99}`, 401, 403, 403, 403, 403, 201, 401},
		{"PUT", "/api/v1/fields/:id", "/api/v1/fields/dat-dai", `{"rev":1,"name":{"vi":"Đất đai"},"order":1,"closed":false}`, 401, 403, 403, 403, 403, 200, 401},
		signedIn("/api/v1/procedures", "/api/v1/procedures"),
		signedIn("/api/v1/procedures/:id", "/api/v1/procedures/cap-giay"),
		{"POST", "/api/v1/procedures", "/api/v1/procedures", `{"id":"thu-tuc-moi","field":"dat-dai","name":{"vi":"Thủ tục mới"}}`, 401, 403, 403, 403, 403, 201, 401},
		{"PUT", "/api/v1/procedures/:id", "/api/v1/procedures/cap-giay", `{"rev":1,"field":"dat-dai","name":{"vi":"Cấp giấy"},"closed":true}`, 401, 403, 403, 403, 403, 200, 401},
		signedIn("/api/v1/questionnaires", "/api/v1/questionnaires"),
		signedIn("/api/v1/languages", "/api/v1/languages"),
		signedIn("/api/v1/recordings", "/api/v1/recordings"),
		{"PUT", "/api/v1/recordings/:language/:prompt", "/api/v1/recordings/vi/thanks?rev=0", spokenThanks, 401, 403, 403, 403, 403, 200, 401},
		{"GET", "/api/v1/recordings/:digest", "/api/v1/recordings/none", "", 401, 404, 404, 404, 404, 404, 401},
		{"DELETE", "/api/v1/recordings/:language/:prompt", "/api/v1/recordings/vi/thanks?rev=1", "", 401, 403, 403, 403, 403, 200, 401},
		signedIn("/api/v1/targets", "/api/v1/targets"),
		signedIn("/api/v1/targets/:id", "/api/v1/targets/online-2030"),
		{"POST", "/api/v1/targets", "/api/v1/targets", `{"id":"muc-tieu","scope":"agency","members":["*"],"name":{"vi":"Mục tiêu"},"comparator":"ge","percent":92.5,"deadline":2028,"source":""}`, 401, 403, 403, 403, 403, 201, 401},
		{"PUT", "/api/v1/targets/:id", "/api/v1/targets/online-2030", `{"rev":1,"scope":"delivery","members":["online"],"name":{"vi":"Trực tuyến"},"comparator":"gt","percent":90,"deadline":2030,"source":"","closed":false}`, 401, 403, 403, 403, 403, 200, 401},
		signedIn("/api/v1/campaigns", "/api/v1/campaigns"),
		signedIn("/api/v1/campaigns/:id", "/api/v1/campaigns/quy-4-2026"),
		{"POST", "/api/v1/campaigns", "/api/v1/campaigns", `{"id":"dot-moi","name":{"vi":"Đợt mới"},"kind":"continuous","agency":"phuong-dong","questionnaire":"quick","from":"2026-10-01","to":"2026-12-31","unit":"","strata":[]}`, 401, 403, 403, 403, 403, 201, 401},
		{"PUT", "/api/v1/campaigns/:id", "/api/v1/campaigns/dieu-tra-2026", `{"rev":1,"name":{"vi":"Điều tra"},"kind":"sampled","agency":"tinh","questionnaire":"full","from":"2026-10-01","to":"2026-12-15","unit":"person",` +
			`"strata":[{"id":"dong","name":{"vi":"Đông"},"agencies":["phuong-dong"],"population":40,"clusters":0,"planned":20}],"closed":false}`, 401, 403, 403, 403, 403, 200, 401},
		{"GET", "/api/v1/volumes", "/api/v1/volumes?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/volumes/:agency/:month", "/api/v1/volumes/phuong-dong/2026-09", "", 401, 200, 200, 403, 403, 200, 401},
		{"PUT", "/api/v1/volumes/:agency/:month", "/api/v1/volumes/phuong-dong/2026-08", `{"rev":0,"files":{"dat-dai":12}}`, 401, 403, 200, 403, 403, 409, 401},
		{"GET", "/api/v1/points", "/api/v1/points?agency=phuong-dong", "", 401, 200, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/points/:code", "/api/v1/points/" + code, "", 401, 200, 200, 403, 403, 200, 401},
		{"POST", "/api/v1/points", "/api/v1/points", point, 401, 403, 201, 403, 403, 201, 401},
		{"PUT", "/api/v1/points/:code", "/api/v1/points/" + w.short.Code, change, 401, 403, 200, 403, 403, 409, 401},
		{"POST", "/api/v1/points/:code/code", "/api/v1/points/" + w.full.Code + "/code", `{"rev":1,"graceDays":7}`, 401, 403, 200, 403, 403, 409, 401},
		{"POST", "/api/v1/points/:code/printed", "/api/v1/points/" + w.every.Code + "/printed", `{"rev":1}`, 401, 403, 200, 403, 403, 409, 401},
		{"GET", "/api/v1/points/:code/invitation", "/api/v1/points/" + code + "/invitation?campaign=quy-4-2026", "", 401, 403, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/points/:code/receipts", "/api/v1/points/" + code + "/receipts", "", 401, 403, 200, 403, 403, 200, 401},
		{"POST", "/api/v1/points/:code/receipts", "/api/v1/points/" + code + "/receipts", `{"count":10,"days":7}`, 401, 403, 201, 403, 403, 201, 401},
		{"POST", "/api/v1/receipts/:id/revoke", "/api/v1/receipts/" + batch.ID + "/revoke", "", 401, 403, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/agencies/:id/posters.pdf", "/api/v1/agencies/phuong-dong/posters.pdf?format=a5", "", 401, 403, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/kiosks", "/api/v1/kiosks?agency=phuong-dong", "", 401, 403, 200, 403, 403, 200, 401},
		{"GET", "/api/v1/kiosks/:id", "/api/v1/kiosks/" + w.kiosk.ID, "", 401, 403, 200, 403, 403, 200, 401},
		{"POST", "/api/v1/kiosks", "/api/v1/kiosks", `{"name":"Máy mới","point":"` + code + `"}`, 401, 403, 201, 403, 403, 201, 401},
		{"PUT", "/api/v1/kiosks/:id", "/api/v1/kiosks/" + w.other.ID, `{"rev":1,"name":"Máy ba","point":"` + code + `","closed":false}`, 401, 403, 200, 403, 403, 409, 401},
		{"POST", "/api/v1/kiosks/:id/enrolment", "/api/v1/kiosks/" + w.other.ID + "/enrolment", "", 401, 403, 201, 403, 403, 201, 401},
		{"POST", "/api/v1/kiosks/:id/revoke", "/api/v1/kiosks/" + w.other.ID + "/revoke", "", 401, 403, 200, 403, 403, 200, 401},
		public("POST", "/api/v1/device/enrol", "/api/v1/device/enrol", `{"code":"00000000"}`, 401),
		forDevices("GET", "/api/v1/device", 200),
		forDevices("GET", "/api/v1/device/recordings/:digest", 404),
		forDevices("POST", "/api/v1/device/rotate", 200),
		forDevices("POST", "/api/v1/device/heartbeat", 400),
		forDevices("POST", "/api/v1/device/unenrol", 204),
		public("POST", "/api/v1/device/enrolment", "/api/v1/device/enrolment", `{"code":"00000000"}`, 401),
		{"PUT", "/api/v1/kiosks/:id/staff-pin", "/api/v1/kiosks/" + w.kiosk.ID + "/staff-pin", `{"pin":"802641"}`, 401, 403, 200, 403, 403, 200, 401},
		signedIn("/api/v1/imports/:kind/columns", "/api/v1/imports/volumes/columns"),
		signedIn("/api/v1/imports/:kind/sample.csv", "/api/v1/imports/volumes/sample.csv"),
		// Who has the right over some part of the province may import; each row is checked on its own.
		{"POST", "/api/v1/imports", "/api/v1/imports", `{"kind":"volumes","fileName":"x","size":1}`, 401, 403, 201, 403, 201, 201, 401},
		// An import is its user's own, here the manager's.
		{"PUT", "/api/v1/imports/:id/parts/:n", file + "/parts/1", "x", 401, 404, 200, 404, 404, 404, 401},
		{"POST", "/api/v1/imports/:id/run", file + "/run", `{"dryRun":true}`, 401, 404, 202, 404, 404, 404, 401},
		{"GET", "/api/v1/imports/:id", file, "", 401, 404, 200, 404, 404, 404, 401},
		{"DELETE", "/api/v1/imports/:id", file, "", 401, 404, 204, 404, 404, 404, 401},
		{"GET", "/api/v1/users", "/api/v1/users", "", 401, 403, 403, 403, 403, 200, 401},
		{"GET", "/api/v1/users/:id", "/api/v1/users/viewer", "", 401, 403, 403, 403, 403, 200, 401},
		{"POST", "/api/v1/users", "/api/v1/users", `{"id":"moi","name":"Người mới","grants":[{"role":"viewer","agency":"phuong-dong"}],"password":"` + password + `"}`, 401, 403, 403, 403, 403, 201, 401},
		{"PUT", "/api/v1/users/:id", "/api/v1/users/viewerout", `{"rev":1,"name":"Người xem","grants":[{"role":"viewer","agency":"phuong-tay"}],"disabled":false}`, 401, 403, 403, 403, 403, 200, 401},
		{"PUT", "/api/v1/users/:id/password", "/api/v1/users/viewerout/password", `{"password":"` + password + `"}`, 401, 403, 403, 403, 403, 204, 401},
		{"GET", "/api/v1/audit", "/api/v1/audit", "", 401, 403, 403, 403, 403, 200, 401},

		public("GET", "/healthz", "/healthz", "", 200),
		public("GET", "/readyz", "/readyz", "", 200),
		public("GET", "/metrics", "/metrics", "", 200),
		public("GET", "/api/openapi.json", "/api/openapi.json", "", 200),
		public("GET", "/api/docs", "/api/docs", "", 503), // no front end in these tests
		public("GET", "/admin", "/admin", "", 503),
		public("GET", "/admin/*", "/admin/results", "", 503),
		public("GET", "/kiosk", "/kiosk", "", 503),
		public("GET", "/kiosk/*", "/kiosk/enrol", "", 503),
		public("GET", "/kiosk.webmanifest", "/kiosk.webmanifest", "", 404),
		public("GET", "/sw.js", "/sw.js", "", 404),
		public("GET", "/icons/*", "/icons/kiosk.png", "", 404),
		public("GET", "/assets/*", "/assets/admin.js", "", 404),
		public("GET", "/", "/", "", 200),
		public("GET", "/tro-nang", "/tro-nang", "", 200),
		public("GET", "/s/:code", "/s/"+code, "", 200),
		public("POST", "/s/:code", "/s/"+code, "overall=5", 422), // without a page token
		public("GET", "/s/:code/thanks", "/s/"+code+"/thanks", "", 200),
		public("GET", "/q/:code.svg", "/q/"+code+".svg", "", 200),
		public("GET", "/q/:code.png", "/q/"+code+".png", "", 200),
		public("GET", "/poster/:code", "/poster/"+code, "", 200),
		public("GET", "/poster/:code.pdf", "/poster/"+code+".pdf", "", 200),
		public("GET", "/poster/:code.png", "/poster/"+code+".png?format=a5", "", 200),
		public("GET", "/poster/:code.svg", "/poster/"+code+".svg?format=card", "", 200),
	}
}

func TestEveryRouteForEveryCaller(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	device := w.enrol(w.kiosk)
	table := routeTable(w)
	for _, row := range table {
		for _, caller := range []struct {
			user string
			want int
		}{ // refusals first: what is allowed changes the province
			{"", row.nobody}, {"kiosk", row.kiosk}, {"viewerOut", row.viewerOut}, {"managerOut", row.managerOut},
			{"viewer", row.viewer}, {"manager", row.manager}, {"admin", row.admin},
		} {
			name := row.method + " " + row.pattern + " as " + caller.user
			t.Run(name, func(t *testing.T) {
				var headers []string
				switch caller.user {
				case "":
				case "kiosk":
					headers = append(headers, "Authorization", device)
				default:
					headers = append(headers, "Authorization", w.token(caller.user))
				}
				if kind := row.contentType(); kind != "" {
					headers = append(headers, "Content-Type", kind)
				}
				a := w.do(row.method, row.target, row.body, headers...)
				if a.StatusCode != caller.want {
					t.Errorf("got %d, want %d: %.300s", a.StatusCode, caller.want, a.body)
				}
				if a.StatusCode >= 400 && strings.HasPrefix(row.target, "/api/v1/") {
					a.problem(t)
				}
			})
		}
	}
}

// A new route must get a row above.
func TestEveryRouteIsInTheTable(t *testing.T) {
	w := newWorld(t)
	var rows []string
	for _, row := range routeTable(w) {
		rows = append(rows, row.method+" "+row.pattern)
	}
	var registered []string
	for _, route := range w.server.app.GetRoutes(true) {
		if route.Method == http.MethodHead {
			continue // Fiber's companion of GET
		}
		registered = append(registered, route.Method+" "+route.Path)
		if !slices.Contains(rows, route.Method+" "+route.Path) {
			t.Errorf("%s %s has no row", route.Method, route.Path)
		}
	}
	for _, row := range rows {
		if !slices.Contains(registered, row) {
			t.Errorf("%s is not registered", row)
		}
	}
}

// parameter is a part of a route that differs from request to request.
var parameter = regexp.MustCompile(`:([a-z]+)`)

func TestOpenAPIDescribesEveryOperation(t *testing.T) {
	w := newWorld(t)
	var api struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID, Summary, Description string
			Tags                              []string
			Security                          []map[string][]string
			Responses                         map[string]any
		}
		Components struct{ SecuritySchemes, Schemas map[string]any }
	}
	a := w.get("/api/openapi.json")
	w.must(json.Unmarshal([]byte(a.body), &api))
	if !strings.HasPrefix(api.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", api.OpenAPI)
	}
	open := map[string]bool{"open-session": true, "enrol-device": true, "preview-enrolment": true}
	for _, row := range routeTable(w) {
		if !strings.HasPrefix(row.pattern, "/api/v1/") {
			continue
		}
		path := parameter.ReplaceAllString(row.pattern, "{$1}")
		op, ok := api.Paths[path][strings.ToLower(row.method)]
		if !ok {
			t.Errorf("%s %s is not described", row.method, path)
			continue
		}
		if op.OperationID == "" || op.Summary == "" || op.Description == "" || len(op.Tags) != 1 {
			t.Errorf("%s %s is described poorly", row.method, path)
		}
		if !open[op.OperationID] && len(op.Security) == 0 {
			t.Errorf("%s %s names no security scheme", row.method, path)
		}
		for _, alternative := range op.Security {
			for scheme := range alternative {
				if api.Components.SecuritySchemes[scheme] == nil {
					t.Errorf("%s %s names the unknown scheme %s", row.method, path, scheme)
				}
			}
		}
	}
	for _, name := range []string{"ResponseBatch", "ResponseItem", "Problem", "Board", "Point"} {
		if api.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	contains(t, a.body, `"schema":{"$ref":"#/components/schemas/ResponseBatch"}`)
	if strings.Count(a.body, "contentMediaType") != 2 { // of a part of a file and of a recording, which are bytes indeed
		t.Errorf("%d bodies are described as bytes", strings.Count(a.body, "contentMediaType"))
	}
	lacks(t, a.body, "pendingAudit", "passwordHash", "$schema")
}
