package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sipas/survey"
)

func (w *world) write(method, target, body, user string) answer {
	w.t.Helper()
	return w.do(method, target, body, "Content-Type", "application/json", "Authorization", w.token(user))
}

// reasons gives the reason of every field error by its path.
func (a answer) reasons(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range a.problem(t).Errors {
		all[f.Path] = f.Reason
		if f.Message == "" {
			t.Errorf("%s has no message", f.Path)
		}
	}
	return all
}

func TestRecordsAreRefusedWithEveryErrorAtOnce(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, c := range []struct {
		name, method, target, body string
		want                       map[string]string
	}{
		{"an empty agency", "POST", "/api/v1/agencies", `{"id":"","parent":"","kind":"","level":"","name":{},"sector":"","validFrom":"","validTo":"secret","successors":["secret"]}`,
			map[string]string{"id": "required", "parent": "required", "kind": "required", "level": "required", "name.vi": "required", "validFrom": "required", "validTo": "date.format", "successors.0": "unknown"}},
		{"an agency that ends before it begins", "PUT", "/api/v1/agencies/phuong-dong", `{"rev":1,"parent":"phuong-dong","kind":"commune","level":"secret","name":{"vi":"x"},"sector":"","validFrom":"2025-07-01","validTo":"2025-06-30","successors":[]}`,
			map[string]string{"parent": "agency.cycle", "level": "unknown", "validTo": "beforeStart"}},
		{"a field", "POST", "/api/v1/fields", `{"id":"Secret Id","name":{"vi":" "},"order":-1}`,
			map[string]string{"id": "format", "name.vi": "required", "order": "range"}},
		{"a procedure", "POST", "/api/v1/procedures", `{"id":"x","field":"secret","name":{"en":"x"}}`,
			map[string]string{"field": "unknown", "name.vi": "required"}},
		{"a point", "POST", "/api/v1/points", `{"agency":"","name":{"vi":""},"fields":["dat-dai","dat-dai"],"delivery":"","questionnaire":"secret"}`,
			map[string]string{"agency": "required", "name.vi": "required", "fields.1": "repeated", "delivery": "required", "questionnaire": "unknown"}},
		{"a target", "POST", "/api/v1/targets", `{"id":"x","scope":"","members":[],"name":{},"comparator":"secret","percent":100.5,"deadline":1900,"source":""}`,
			map[string]string{"scope": "required", "members": "required", "name.vi": "required", "comparator": "unknown", "percent": "range", "deadline": "range"}},
		{"a target with three decimals", "POST", "/api/v1/targets", `{"id":"x","scope":"agency","members":["*"],"name":{"vi":"x"},"comparator":"ge","percent":90.125,"deadline":2030,"source":""}`,
			map[string]string{"percent": "decimals"}},
		{"a target beyond all numbers", "POST", "/api/v1/targets", `{"id":"x","scope":"agency","members":["*"],"name":{"vi":"x"},"comparator":"ge","percent":1e300,"deadline":2030,"source":""}`,
			map[string]string{"percent": "range"}},
		{"a campaign", "POST", "/api/v1/campaigns", `{"id":"x","name":{},"kind":"sampled","agency":"tinh","questionnaire":"secret","from":"2026-10-01","to":"secret","unit":"secret","strata":[{"id":"secret id","name":{},"agencies":["secret"],"population":0,"clusters":0,"planned":0}]}`,
			map[string]string{"name.vi": "required", "questionnaire": "unknown", "to": "date.format", "unit": "unknown", "strata.0.id": "format", "strata.0.name.vi": "required",
				"strata.0.agencies.0": "unknown", "strata.0.population": "range"}},
		{"a sheet", "PUT", "/api/v1/volumes/phuong-dong/2027-01", `{"rev":0,"files":{"dat-dai":-1,"secret":1}}`,
			map[string]string{"month": "inTheFuture", "files.dat-dai": "range", "files": "unknownKey"}},
		{"a sheet of no agency", "PUT", "/api/v1/volumes/khong-co/2026-08", `{"rev":0,"files":{"dat-dai":1}}`, map[string]string{"agency": "unknown"}},
		{"a sheet of other values", "PUT", "/api/v1/volumes/phuong-dong/2026-08", `{"rev":0,"files":{"secret":"x"}}`, map[string]string{"files": "type"}},
		{"an empty sheet", "PUT", "/api/v1/volumes/phuong-dong/2026-08", `{"rev":0,"files":{}}`, map[string]string{"files": "required"}},
		{"a user", "POST", "/api/v1/users", `{"id":"secret name","name":"","grants":[{"role":"secret","agency":"secret"}],"password":"secret"}`,
			map[string]string{"id": "format", "name": "required", "grants.0.role": "unknown", "grants.0.agency": "unknown", "password": "tooShort"}},
		{"the last administrator", "PUT", "/api/v1/users/admin", `{"rev":1,"name":"x","grants":[{"role":"admin","agency":""}],"disabled":true}`, map[string]string{"disabled": "user.lastAdmin"}},
		{"a short password", "PUT", "/api/v1/users/viewer/password", `{"password":"secret"}`, map[string]string{"password": "tooShort"}},
		// PUT replaces a record: a key that is left out would empty it.
		{"keys left out", "PUT", "/api/v1/agencies/phuong-dong", `{"rev":1,"parent":"tinh","kind":"commune","name":{"vi":"x"}}`,
			map[string]string{"level": "required", "sector": "required", "validFrom": "required", "validTo": "required", "successors": "required"}},
		{"no revision", "PUT", "/api/v1/fields/dat-dai", `{"rev":0,"name":{"vi":"x"},"order":1,"closed":false}`, map[string]string{"rev": "tooSmall"}},
		{"a text in an own language", "POST", "/api/v1/fields", `{"id":"x","name":{"vi":"x","secret":1},"order":1}`, map[string]string{"name": "type"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.write(c.method, c.target, c.body, "admin")
			if a.StatusCode != http.StatusUnprocessableEntity {
				t.Fatalf("got %d: %s", a.StatusCode, a.body)
			}
			got := a.reasons(t)
			for path, reason := range c.want {
				if got[path] != reason {
					t.Errorf("%s: %q, want %q", path, got[path], reason)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("got %v", got)
			}
			lacks(t, a.body, "secret", "basisPoints")
		})
	}
	contains(t, w.write("POST", "/api/v1/targets", `{"id":"x","scope":"agency","members":["*"],"name":{"vi":"x"},"comparator":"gt","percent":100,"deadline":2030,"source":""}`, "admin").body,
		"Phải từ 0,01 đến 99,99")
}

func TestWhatIsNotThereCannotBeChanged(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for target, body := range map[string]string{
		"/api/v1/agencies/khong-co":           `{"rev":1,"parent":"tinh","kind":"commune","level":"commune","name":{"vi":"x"},"sector":"","validFrom":"2025-07-01","validTo":"","successors":[]}`,
		"/api/v1/fields/khong-co":             `{"rev":1,"name":{"vi":"x"},"order":1,"closed":false}`,
		"/api/v1/procedures/khong-co":         `{"rev":1,"field":"dat-dai","name":{"vi":"x"},"closed":false}`,
		"/api/v1/targets/khong-co":            `{"rev":1,"scope":"agency","members":["*"],"name":{"vi":"x"},"comparator":"ge","percent":9,"deadline":2030,"source":"","closed":false}`,
		"/api/v1/campaigns/khong-co":          `{"rev":1,"name":{"vi":"x"},"kind":"continuous","agency":"tinh","questionnaire":"quick","from":"2026-10-01","to":"2026-12-31","unit":"","strata":[],"closed":false}`,
		"/api/v1/users/khong-co":              `{"rev":1,"name":"x","grants":[{"role":"viewer","agency":""}],"disabled":false}`,
		"/api/v1/users/khong-co/password":     `{"password":"` + password + `"}`,
		"/api/v1/volumes/phuong-dong/2026-07": `{"rev":1,"files":{"dat-dai":1}}`,
	} {
		t.Run(target, func(t *testing.T) {
			if a := w.write(http.MethodPut, target, body, "admin"); a.problem(t).Code != survey.CodeNotFound {
				t.Errorf("PUT gives %d %s", a.StatusCode, a.body)
			}
			if strings.HasSuffix(target, "/password") {
				return
			}
			if a := w.get(target, "Authorization", w.token("admin")); a.problem(t).Code != survey.CodeNotFound {
				t.Errorf("GET gives %d", a.StatusCode)
			}
		})
	}
}

func TestConflictsShowWhatIsStored(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, c := range []struct {
		name, method, target, body string
		reason                     string
		current                    map[string]any
	}{
		{"an agency's id is taken", "POST", "/api/v1/agencies", `{"id":"phuong-tay","parent":"tinh","kind":"commune","level":"commune","name":{"vi":"x"},"sector":"","validFrom":"2025-07-01","validTo":"","successors":[]}`,
			"exists", map[string]any{"id": "phuong-tay", "rev": 1.0}},
		{"a field's", "POST", "/api/v1/fields", `{"id":"dat-dai","name":{"vi":"x"},"order":1}`, "exists", map[string]any{"id": "dat-dai"}},
		{"a login name is taken", "POST", "/api/v1/users", `{"id":"Viewer","name":"x","grants":[{"role":"viewer","agency":""}],"password":"` + password + `"}`, "exists", map[string]any{"id": "viewer", "name": "viewer"}},
		{"a sheet is there", "PUT", "/api/v1/volumes/phuong-dong/2026-09", `{"rev":0,"files":{"dat-dai":1}}`, "exists", map[string]any{"agency": "phuong-dong", "total": 40.0}},
		{"an agency has changed", "PUT", "/api/v1/agencies/phuong-tay", `{"rev":7,"parent":"tinh","kind":"commune","level":"commune","name":{"vi":"x"},"sector":"","validFrom":"2025-07-01","validTo":"","successors":[]}`,
			"rev", map[string]any{"id": "phuong-tay", "depth": 1.0}},
		{"a field has changed", "PUT", "/api/v1/fields/dat-dai", `{"rev":7,"name":{"vi":"x"},"order":1,"closed":false}`, "rev", map[string]any{"id": "dat-dai", "rev": 1.0}},
		{"a procedure has changed", "PUT", "/api/v1/procedures/cap-giay", `{"rev":7,"field":"dat-dai","name":{"vi":"x"},"closed":false}`, "rev", map[string]any{"id": "cap-giay"}},
		{"a target has changed", "PUT", "/api/v1/targets/online-2030", `{"rev":7,"scope":"agency","members":["*"],"name":{"vi":"x"},"comparator":"ge","percent":9,"deadline":2030,"source":"","closed":false}`,
			"rev", map[string]any{"id": "online-2030", "percent": 90.0}},
		{"a campaign has changed", "PUT", "/api/v1/campaigns/quy-4-2026", `{"rev":7,"name":{"vi":"x"},"kind":"continuous","agency":"tinh","questionnaire":"quick","from":"2026-10-01","to":"2026-12-31","unit":"","strata":[],"closed":false}`,
			"rev", map[string]any{"id": "quy-4-2026", "open": true}},
		{"a sheet has changed", "PUT", "/api/v1/volumes/phuong-dong/2026-09", `{"rev":7,"files":{"dat-dai":1}}`, "rev", map[string]any{"month": "2026-09", "rev": 1.0}},
		{"a user has changed", "PUT", "/api/v1/users/viewer", `{"rev":7,"name":"x","grants":[{"role":"viewer","agency":""}],"disabled":false}`, "rev", map[string]any{"id": "viewer", "rev": 1.0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.write(c.method, c.target, c.body, "admin")
			p := a.problem(t)
			if p.Status != http.StatusConflict || p.Reason != c.reason {
				t.Fatalf("%d %s", a.StatusCode, a.body)
			}
			current, _ := p.Current.(map[string]any)
			for key, value := range c.current {
				if current[key] != value {
					t.Errorf("current %s is %v, want %v", key, current[key], value)
				}
			}
			if taken := a.reasons(t)["id"] == survey.ReasonExists; taken != (c.method == http.MethodPost) {
				t.Errorf("errors %v", p.Errors)
			}
			lacks(t, a.body, "passwordHash", "pendingAudit")
		})
	}
}

// A record goes once around: created, found, changed, closed, opened again.
func TestRecordsAreCreatedChangedAndClosed(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, c := range []struct {
		name, collection, id, content, open, closed string
	}{
		{"agency", "/api/v1/agencies", "so-y-te", `"parent":"tinh","kind":"department","level":"province","name":{"vi":"Sở Y tế"},"sector":"","validFrom":"2025-07-01"`,
			`,"validTo":"","successors":[]`, `,"validTo":"2026-01-31","successors":["phuong-dong"]`},
		{"field", "/api/v1/fields", "bao-hiem", `"name":{"vi":"Bảo hiểm"},"order":30`, `,"closed":false`, `,"closed":true`},
		{"procedure", "/api/v1/procedures", "dang-ky", `"field":"dat-dai","name":{"vi":"Đăng ký"}`, `,"closed":false`, `,"closed":true`},
		{"target", "/api/v1/targets", "rieng", `"scope":"field","members":["dat-dai"],"name":{"vi":"Riêng"},"comparator":"ge","percent":87.25,"deadline":2027,"source":"QĐ 1"`, `,"closed":false`, `,"closed":true`},
		{"user", "/api/v1/users", "nguyen.van.a@tinh", `"name":"Nguyễn Văn A","grants":[{"role":"viewer","agency":"phuong-dong"}]`, `,"disabled":false`, `,"disabled":true`},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := c.content + c.open
			if c.name == "user" {
				first = c.content + `,"password":"` + password + `"`
			}
			a := w.write(http.MethodPost, c.collection, `{"id":"`+c.id+`",`+first+`}`, "admin")
			address := a.Header.Get("Location")
			if a.StatusCode != http.StatusCreated || !strings.HasPrefix(address, c.collection+"/") {
				t.Fatalf("%d, location %q: %s", a.StatusCode, address, a.body)
			}
			var record map[string]any
			for rev, change := range []string{c.closed, c.open} {
				a = w.write(http.MethodPut, address, `{"rev":`+string(rune('1'+rev))+`,`+c.content+change+`}`, "admin")
				if a.StatusCode != http.StatusOK {
					t.Fatalf("change %d: %d %s", rev, a.StatusCode, a.body)
				}
				if got := w.get(address, "Authorization", w.token("admin")); got.body != a.body {
					t.Errorf("changed to %s, found %s", a.body, got.body)
				}
				filter := map[bool]string{true: "closed", false: "disabled"}[c.name != "user"]
				for want, total := range map[string]int{"true": 1 - rev, "false": rev} {
					list := w.get(c.collection+"?"+filter+"="+want+"&q="+c.id[:4]+"&size=200", "Authorization", w.token("admin"))
					if got := strings.Count(list.body, `"id":"`+c.id+`"`); got != total {
						t.Errorf("%s=%s finds it %d times", filter, want, got)
					}
				}
			}
			w.must(json.Unmarshal([]byte(a.body), &record))
			if record["rev"] != 3.0 {
				t.Errorf("%s", a.body)
			}
		})
	}
	if got := w.get("/api/v1/targets/rieng", "Authorization", w.token("viewer")).body; !strings.Contains(got, `"percent":87.25`) {
		t.Errorf("%s", got)
	}
}

func TestListsAreFilteredAndInVietnameseOrder(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, id := range []string{"an", "ba", "cu"} {
		name := map[string]string{"an": "Ân", "ba": "Anh", "cu": "Ánh"}[id]
		w.must(w.store.Users().Create(t.Context(), survey.User{ID: id, Name: name, Grants: []survey.Grant{{Role: survey.RoleViewer, Agency: "phuong-tay"}}, Disabled: id == "cu", Versioned: survey.Versioned{Rev: 1}}))
	}
	if a := w.write(http.MethodPut, "/api/v1/volumes/phuong-tay/2026-10", `{"rev":0,"files":{"dat-dai":3,"ho-tich":4}}`, "admin"); a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	for _, c := range []struct {
		name, target string
		want         []string // in order
		total        int
	}{
		{"users by name", "/api/v1/users?q=an&size=200", []string{`"id":"ba"`, `"id":"cu"`, `"id":"an"`}, 3 + 2}, // and manager, managerout
		{"users who are disabled", "/api/v1/users?disabled=true", []string{`"id":"cu"`}, 1},
		{"users of an agency", "/api/v1/users?agency=phuong-dong", []string{`"id":"manager"`, `"id":"viewer"`}, 2},
		{"children", "/api/v1/agencies?parent=tinh", []string{`"phuong-dong"`, `"phuong-tay"`}, 2},
		{"agencies that ended", "/api/v1/agencies?closed=true", nil, 0},
		{"an agency by its id", "/api/v1/agencies?q=phuong-t", []string{`"phuong-tay"`}, 1},
		{"fields by words", "/api/v1/fields?q=DAT%20dai", []string{`"dat-dai"`}, 1},
		{"a point by the beginning of its code", "/api/v1/points?q=" + strings.ToLower(w.closed.Code[:7]), []string{w.closed.Code}, 1},
		{"points that are closed", "/api/v1/points?closed=true", []string{w.closed.Code}, 1},
		{"points that are open", "/api/v1/points?closed=false&agency=phuong-dong", nil, 4},
		{"targets of a scope", "/api/v1/targets?scope=delivery", []string{`"online-2030"`}, 1},
		{"sheets, the newest first", "/api/v1/volumes", []string{`"2026-10"`, `"Phường Đông Hải"`, `"Phường Tây Hồ"`}, 3},
		{"sheets of a year", "/api/v1/volumes?year=2025", nil, 0},
		{"sheets by the agency's name", "/api/v1/volumes?q=tay%20ho&year=2026", []string{`"total":7`, `"total":30`}, 2},
		{"none beyond the subtree", "/api/v1/volumes?agency=phuong-dong", []string{`"total":40`}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get(c.target, "Authorization", w.token("admin"))
			var list struct{ Total int }
			w.must(json.Unmarshal([]byte(a.body), &list))
			if list.Total != c.total {
				t.Errorf("total %d, want %d: %s", list.Total, c.total, a.body)
			}
			rest := a.body
			for _, want := range c.want {
				i := strings.Index(rest, want)
				if i < 0 {
					t.Fatalf("%s is missing or out of order in %s", want, a.body)
				}
				rest = rest[i+len(want):]
			}
		})
	}
}

func TestAChangedPasswordSignsIn(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	const another = "mat-khau-khac-han"
	if a := w.write(http.MethodPut, "/api/v1/users/viewer/password", `{"password":"`+another+`"}`, "admin"); a.StatusCode != http.StatusNoContent || a.body != "" {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if a := w.postJSON("/api/v1/session", `{"name":"viewer","password":"`+another+`"}`); a.StatusCode != http.StatusOK {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
