package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/storetest"
)

// write is a request that cannot be answered well without writing.
type write struct {
	name, method, target, body string
	headers                    []string
}

// writes gives a request for every route that writes to the store.
func writes(t *testing.T, w *world) []write {
	ctx := context.Background()
	device := w.enrol(w.kiosk)
	third, err := w.server.registry.CreateKiosk(ctx, survey.System, survey.Kiosk{Name: "Máy 3", Point: w.quick.Code})
	w.must(err)
	enrolment, _, err := w.server.identity.IssueEnrolment(ctx, survey.System, third.ID)
	w.must(err)
	_, err = w.server.identity.CreateUser(ctx, survey.System, survey.User{ID: "lan", Name: "Lan", Grants: []survey.Grant{{Role: survey.RoleAdmin}}}, password)
	w.must(err)
	refresh := func() string {
		a := w.postJSON("/api/v1/session", `{"name":"lan","password":"`+password+`"}`)
		if a.StatusCode != http.StatusOK {
			t.Fatal(a.body)
		}
		return "sipas_refresh=" + a.Cookies()[0].Value
	}
	token, id := w.pageOf(w.quick)
	rating := func(capture string) string {
		return batch(strings.Replace(item(uuid.NewString(), w.quick.Code, `,"answers":{"overall":4}`), `"link"`, `"`+capture+`"`, 1))
	}
	asJSON := []string{"Content-Type", "application/json"}
	all := []write{
		{"a page's rating", "POST", "/api/v1/responses", batch(item(id, w.quick.Code, `,"answers":{"overall":4}`)), append(asJSON, "Authorization", "Page "+token)},
		{"a kiosk's rating", "POST", "/api/v1/responses", rating("kiosk"), append(asJSON, "Authorization", device)},
		{"an imported rating", "POST", "/api/v1/responses", rating("import"), append(asJSON, "Authorization", w.token("admin"))},
		{"signing in", "POST", "/api/v1/session", `{"name":"lan","password":"` + password + `"}`, asJSON},
		{"renewing a session", "POST", "/api/v1/session/refresh", "", []string{"Cookie", refresh()}},
		{"signing out", "DELETE", "/api/v1/session", "", []string{"Cookie", refresh()}},
		{"enrolling", "POST", "/api/v1/device/enrol", `{"code":"` + enrolment + `"}`, asJSON},
		{"sending a device away", "POST", "/api/v1/kiosks/" + third.ID + "/revoke", "", []string{"Authorization", w.token("admin")}},
		{"another token of a device", "POST", "/api/v1/device/rotate", "", []string{"Authorization", device}},
	}
	for _, row := range routeTable(w) {
		user, status := "admin", row.admin
		if status >= 300 { // a second change of what the manager is to change
			user, status = "manager", row.manager
		}
		// An import is read in the background, and is no store's; the others are above.
		if row.method == http.MethodGet || status >= 300 || row.nobody != http.StatusUnauthorized ||
			strings.HasPrefix(row.pattern, "/api/v1/imports") || strings.HasPrefix(row.pattern, "/api/v1/device") || strings.HasSuffix(row.pattern, "/revoke") || row.pattern == "/api/v1/responses" {
			continue
		}
		headers := []string{"Authorization", w.token(user)}
		if kind := row.contentType(); kind != "" {
			headers = append(headers, "Content-Type", kind)
		}
		if row.method == http.MethodDelete && strings.HasPrefix(row.pattern, "/api/v1/recordings/") { // one that is there
			w.upload("en", "thanks", 0, spokenThanks)
			row.target = strings.Replace(row.target, "/vi/", "/en/", 1)
		}
		all = append(all, write{row.method + " " + row.pattern, row.method, row.target, row.body, headers})
	}
	return all
}

// While the store takes no writes, every route that writes says so, when to come
// back, and the request's name; when it takes them again, so does every route.
func TestEveryWriteDuringAnOutage(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(*storetest.FaultyStore, bool)
	}{{"read-only", (*storetest.FaultyStore).SetReadOnly}, {"away", (*storetest.FaultyStore).SetDown}} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.addUsers()
			requests := writes(t, w)
			if len(requests) < 20 {
				t.Fatalf("only %d requests", len(requests))
			}
			viewer := w.token("viewer")
			if a := w.get("/api/v1/me", "Authorization", viewer); a.StatusCode != http.StatusOK {
				t.Fatalf("got %d: %s", a.StatusCode, a.body)
			}
			test.set(w.store, true)
			for _, r := range requests {
				a := w.do(r.method, r.target, r.body, r.headers...)
				if a.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("%s: got %d: %s", r.name, a.StatusCode, a.body)
					continue
				}
				p := a.problem(t)
				if seconds, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || seconds < 1 || p.Code != survey.CodeUnavailable {
					t.Errorf("%s: code %s, Retry-After %q", r.name, p.Code, a.Header.Get("Retry-After"))
				}
				contains(t, w.log.String(), p.RequestID)
			}
			if a := w.get("/readyz"); a.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("ready: %d", a.StatusCode)
			}
			for _, target := range []string{"/api/v1/results/board?agency=phuong-dong", "/api/v1/points?agency=phuong-dong", "/healthz", "/metrics", "/", "/s/" + w.quick.Code, "/poster/" + w.quick.Code, "/q/" + w.quick.Code + ".svg"} {
				if a := w.get(target, "Authorization", viewer); a.StatusCode != http.StatusOK {
					t.Errorf("%s: %d: %s", target, a.StatusCode, a.body)
				}
			}

			test.set(w.store, false)
			for _, r := range requests {
				if a := w.do(r.method, r.target, r.body, r.headers...); a.StatusCode >= 300 {
					t.Errorf("afterwards %s: got %d: %s", r.name, a.StatusCode, a.body)
				}
			}
			if a := w.get("/readyz"); a.StatusCode != http.StatusOK {
				t.Errorf("ready afterwards: %d", a.StatusCode)
			}
			if n := len(w.stored()); n != 4 {
				t.Errorf("%d ratings are stored, want the 3 that were sent and the one to judge", n)
			}
		})
	}
}

// A citizen whose rating cannot be stored is told so on the page, keeps the
// answers, and sends them again; the request has a name to ask for.
func TestAFormDuringAnOutage(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	send := func() answer {
		return w.postForm(w.formPath(w.quick), ".page", token, ".language", "vi", "overall", "2", "reasons_unhappy", "late", "comment", "Chờ lâu")
	}
	w.store.SetReadOnly(true)
	for range 2 {
		a := send()
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("got %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
		}
		contains(t, a.body, "Gửi lại", `value="2" checked`, `value="late" checked`, ">Chờ lâu</textarea>", `role="alert"`, "Mã yêu cầu: "+a.Header.Get("X-Request-Id"))
		contains(t, w.log.String(), a.Header.Get("X-Request-Id"))
		if a.pageToken(t) != token {
			t.Error("sending again would count twice")
		}
	}
	w.store.SetReadOnly(false)
	for range 2 {
		if a := send(); a.StatusCode != http.StatusSeeOther {
			t.Errorf("afterwards: %d", a.StatusCode)
		}
	}
	w.theOne()
}
