package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
	"sipas/survey/results"
)

// rateFast sends ratings of a point that were answered too fast, one a minute from a moment on.
func (w *world) rateFast(p survey.Point, n int, from time.Time) {
	w.t.Helper()
	var drafts []ledger.Draft
	for i := range n {
		at := from.Add(time.Duration(i) * time.Minute)
		r := survey.Response{Submission: survey.Submission{ID: uuid.NewString(), Point: p.Code, Questionnaire: "quick", Version: 1, Language: survey.Vietnamese,
			Capture: survey.CaptureKiosk, AnsweredAt: &at, Answers: survey.Answers{survey.Overall: survey.LevelAnswer(5)}},
			Agency: p.Agency, Delivery: p.Delivery, At: at, ReceivedAt: at, Flags: []survey.Flag{survey.FlagFast}}
		kept, open, err := ledger.EncodeResponse(r, w.server.registry.Snapshot().Questionnaire("quick", 1))
		w.must(err)
		drafts = append(drafts, ledger.Draft{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open})
	}
	_, err := w.ledger.Append(context.Background(), drafts)
	w.must(err)
}

func review(point, from, to, flag string, set bool, reason string) string {
	return fmt.Sprintf(`{"point":%q,"from":%q,"to":%q,"flag":%q,"set":%t,"reason":%q}`, point, from, to, flag, set, reason)
}

func TestReviewIsRefused(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	w.rateFast(w.quick, 3, time.Date(2026, 9, 7, 2, 0, 0, 0, time.UTC))
	const day, next, why = "2026-09-07T00:00:00+07:00", "2026-09-08T00:00:00+07:00", "Thử máy"
	good := review(w.quick.Code, day, next, "fast", false, why)
	for _, c := range []struct {
		name, user, body string
		status           int
		reason           string
		fields           map[string]string
	}{
		{"nobody", "", good, 401, "", nil},
		{"a viewer", "viewer", good, 403, survey.ReasonNoRight, nil},
		{"a viewer of a point that is not there", "viewer", review("A00000000X", day, next, "fast", false, why), 403, survey.ReasonNoRight, nil},
		{"another's manager", "managerOut", good, 403, survey.ReasonOutOfScope, nil},
		{"a manager of a point that is not there", "manager", review("secret", day, next, "fast", false, why), 403, survey.ReasonOutOfScope, nil},
		{"everything wrong", "admin", review("secret", next, day, "secret", true, "   "), 422, "",
			map[string]string{"point": "unknown", "to": "beforeStart", "flag": "unknownOption", "reason": "required"}},
		{"too much of it", "manager", review(w.quick.Code, day, "2026-10-09T00:00:00+07:00", "fast", false, "secret"+strings.Repeat("x", 300)), 422, "",
			map[string]string{"to": "tooLongSpan", "reason": "tooLong"}},
		{"too little", "manager", review(w.quick.Code, "1999-01-01T00:00:00Z", next, "fast", false, "x"), 422, "", map[string]string{"from": "range", "reason": "tooShort"}},
		{"no times", "manager", review(w.quick.Code, "secret", "2026-09-07", "fast", false, why), 422, "", map[string]string{"from": "format", "to": "format"}},
		{"keys left out", "manager", `{"point":"` + w.quick.Code + `"}`, 422, "",
			map[string]string{"from": "required", "to": "required", "flag": "required", "set": "required", "reason": "required"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{"Content-Type", "application/json"}
			if c.user != "" {
				headers = append(headers, "Authorization", w.token(c.user))
			}
			a := w.do("POST", "/api/v1/flags", c.body, headers...)
			if p := a.problem(t); p.Status != c.status || c.reason != "" && p.Reason != c.reason {
				t.Fatalf("got %d %s: %s", p.Status, p.Reason, a.body)
			}
			got := a.reasons(t)
			for path, reason := range c.fields {
				if got[path] != reason {
					t.Errorf("%s: %q, want %q", path, got[path], reason)
				}
			}
			if len(got) != len(c.fields) {
				t.Errorf("got %v", got)
			}
			lacks(t, a.body, "secret")
		})
	}
	entries, err := w.server.registry.Audit(context.Background(), survey.System, 0, 1000)
	w.must(err)
	for _, e := range entries {
		if e.Collection == registry.CollectionFlags {
			t.Errorf("a refused act is in the audit log: %+v", e)
		}
	}
}

func TestReview(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	w.rateFast(w.quick, 3, time.Date(2026, 9, 7, 2, 0, 0, 0, time.UTC))
	w.rateFast(w.oneField, 2, time.Date(2026, 9, 8, 2, 0, 0, 0, time.UTC))
	list := func(user, query string) List[results.Finding] {
		t.Helper()
		a := w.get("/api/v1/flags?"+query, "Authorization", w.token(user))
		var l List[results.Finding]
		if a.StatusCode != http.StatusOK {
			t.Fatalf("got %d: %s", a.StatusCode, a.body)
		}
		w.must(json.Unmarshal([]byte(a.body), &l))
		lacks(t, a.body, "answers")
		return l
	}
	judge := func(user, from, to, flag string, set bool, want int) {
		t.Helper()
		a := w.write("POST", "/api/v1/flags", review(w.quick.Code, "2026-09-07T"+from+":00+07:00", "2026-09-07T"+to+":00+07:00", flag, set, " Đoàn khách "), user)
		if want := fmt.Sprintf(`{"judged":%d}`, want); strings.TrimSpace(a.body) != want {
			t.Errorf("%s %t: %d %s, want %s", flag, set, a.StatusCode, a.body, want)
		}
	}
	if l := list("admin", "size=1"); l.Total != 2 || len(l.Items) != 1 || l.Items[0].Day != "2026-09-08" || l.Items[0].Set != 2 || l.Items[0].Judged != nil {
		t.Errorf("the administrator sees %+v", l)
	}
	if l := list("manager", ""); l.Total != 1 || l.Items[0].Point != w.quick.Code || l.Items[0].AgencyName["en"] != "Dong Hai Ward" {
		t.Errorf("the manager sees %+v", l)
	}
	if l := list("managerOut", "flag=burst"); l.Total != 0 || l.Items == nil {
		t.Errorf("of another flag: %+v", l)
	}
	if a := w.get("/api/v1/flags?flag=secret", "Authorization", w.token("admin")); a.reasons(t)["flag"] != "unknownOption" {
		t.Errorf("got %s", a.body)
	}

	judge("manager", "09:00", "09:02", "fast", false, 2) // the third came at 09:02
	judge("manager", "00:00", "23:59", "fast", false, 1)
	judge("manager", "00:00", "23:59", "fast", false, 0)
	judge("manager", "00:00", "23:59", "burst", true, 0) // no rating ever bore it
	judge("manager", "09:02", "09:03", "marked", true, 1)
	judge("admin", "09:00", "09:01", "fast", true, 1)
	f := list("manager", "flag=fast").Items[0]
	if f.Set != 1 || f.Cleared != 2 || f.Judged == nil || f.Judged.By != "admin" || !f.Judged.Set || f.Judged.Reason != "Đoàn khách" || f.Signal != "" || f.Score != nil {
		t.Errorf("%+v", f)
	}
	entries, err := w.server.registry.Audit(context.Background(), survey.System, 0, 1000)
	w.must(err)
	acts := ""
	for _, e := range entries {
		if e.Collection == registry.CollectionFlags {
			acts += fmt.Sprintf("%s %s, ", e.Actor, e.Action)
		}
	}
	if acts != "manager clear, manager clear, manager flag, admin flag, " {
		t.Errorf("the audit log has %s", acts)
	}

}
