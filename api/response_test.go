package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
)

// pageOf gives a page token of a point and the id it was made for.
func (w *world) pageOf(p survey.Point) (token, id string) {
	w.t.Helper()
	token = w.open(p)
	page, err := w.server.intake.OpenPage(token)
	w.must(err)
	return token, page.ID
}

func item(id, point, more string) string {
	return fmt.Sprintf(`{"id":%q,"point":%q,"questionnaire":"quick","version":1,"language":"vi","capture":"link"%s}`, id, point, more)
}

func batch(items ...string) string { return `{"responses":[` + strings.Join(items, ",") + `]}` }

func (a answer) results(t *testing.T) ResponseResults {
	t.Helper()
	var r ResponseResults
	if a.StatusCode != http.StatusOK {
		t.Fatalf("got %d: %s", a.StatusCode, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBatchesRefusedAsAWhole(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	token, id := w.pageOf(w.quick)
	good := item(id, w.quick.Code, `,"answers":{"overall":4}`)
	expired, _ := w.pageOf(w.quick)
	for _, c := range []struct {
		name, authorization, body string
		status                    int
		reason                    string
	}{
		{"nobody", "", batch(good), 401, ""},
		{"a kiosk's token that is none", "Kiosk abc", batch(good), 401, survey.ReasonDeviceUnknown},
		{"a kiosk's token without a word", "Kiosk", batch(good), 401, ""},
		{"a forged page token", "Page a.b", batch(good), 401, survey.ReasonPageToken},
		{"a forged access token", "Bearer a.b.c", batch(good), 401, survey.ReasonSessionEnded},
		{"a user without the import right", w.token("manager"), batch(good), 403, survey.ReasonNoRight},
		{"no JSON", "Page " + token, `{"responses":[`, 422, survey.ReasonJSON},
		{"more than JSON", "Page " + token, batch(good) + "x", 422, survey.ReasonJSON},
		{"another shape", "Page " + token, `[]`, 422, survey.ReasonJSON},
		{"an unknown key", "Page " + token, `{"responses":[],"secret":1}`, 422, survey.ReasonJSON},
		{"an empty batch", "Page " + token, batch(), 422, ""},
		{"two with a page token", "Page " + token, batch(good, good), 422, ""},
		{"an empty body", "Page " + token, "", 400, "http.malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.postJSON("/api/v1/responses", c.body, "Authorization", c.authorization)
			if a.StatusCode != c.status {
				t.Fatalf("got %d, want %d: %s", a.StatusCode, c.status, a.body)
			}
			if p := a.problem(t); p.Reason != c.reason {
				t.Errorf("reason %q, want %q", p.Reason, c.reason)
			}
			lacks(t, a.body, "secret", token)
		})
	}
	w.advance(31 * 24 * time.Hour)
	if p := w.postJSON("/api/v1/responses", batch(good), "Authorization", "Page "+expired).problem(t); p.Status != 401 || p.Reason != survey.ReasonPageExpired {
		t.Errorf("an old page: %+v", p)
	}
	if len(w.stored()) != 0 {
		t.Error("something is stored")
	}
}

func TestOutageOfTheWholeBatchAsksToComeBack(t *testing.T) {
	w := newWorld(t)
	token, id := w.pageOf(w.quick)
	body := batch(item(id, w.quick.Code, `,"answers":{"overall":4}`))
	w.append.fail = &survey.Error{Code: survey.CodeUnavailable, Message: "secret"}
	a := w.postJSON("/api/v1/responses", body, "Authorization", "Page "+token)
	if p := a.problem(t); p.Code != survey.CodeUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	lacks(t, a.body, "secret")
	w.append.fail = nil
	if r := w.postJSON("/api/v1/responses", body, "Authorization", "Page "+token).results(t); r.Results[0].Outcome != survey.OutcomeStored {
		t.Errorf("sent again: %+v", r)
	}
}

func TestOnePageStoresOneRating(t *testing.T) {
	w := newWorld(t)
	token, id := w.pageOf(w.quick)
	send := func(id, answers string) ResponseResult {
		t.Helper()
		r := w.postJSON("/api/v1/responses", batch(item(id, w.quick.Code, answers)), "Authorization", "Page "+token).results(t)
		if r.ServerTime.IsZero() || len(r.Results) != 1 {
			t.Fatalf("%+v", r)
		}
		return r.Results[0]
	}
	for _, c := range []struct {
		name, id, answers string
		outcome           survey.Outcome
	}{
		{"another id than the page's", uuid.NewString(), `,"answers":{"overall":4}`, survey.OutcomeInvalid},
		{"no answers", id, "", survey.OutcomeInvalid},
		{"an unknown key", id, `,"answers":{"overall":4},"agency":"tinh"`, survey.OutcomeInvalid},
		{"null for an answer", id, `,"answers":{"overall":null}`, survey.OutcomeInvalid},
		{"good", id, `,"answers":{"overall":4}`, survey.OutcomeStored},
		{"again", id, `,"answers":{"overall":4}`, survey.OutcomeDuplicate},
		{"changed", id, `,"answers":{"overall":1}`, survey.OutcomeConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := send(c.id, c.answers)
			if r.Outcome != c.outcome {
				t.Errorf("outcome %s, want %s (%+v)", r.Outcome, c.outcome, r.Problem)
			}
			accepted := c.outcome == survey.OutcomeStored || c.outcome == survey.OutcomeDuplicate
			if accepted != (r.Problem == nil) {
				t.Errorf("problem %+v", r.Problem)
			}
			if c.outcome == survey.OutcomeConflict && r.Problem.Reason != survey.ReasonAlreadySent {
				t.Errorf("reason %s", r.Problem.Reason)
			}
		})
	}
	w.theOne()
}

func TestABadItemNeverRefusesTheOthers(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	ids := []string{uuid.NewString(), uuid.NewString(), uuid.NewString()}
	paper := func(id, point, more string) string {
		return strings.Replace(item(id, point, more), `"link"`, `"paper"`, 1)
	}
	a := w.postJSON("/api/v1/responses", batch(
		paper(ids[0], w.quick.Code, `,"answers":{"overall":5,"comment":"secret words"},"answeredAt":"2026-10-01T02:00:00Z"`),
		`{"id":"secret-id"}`, `17`,
		paper(ids[1], w.closed.Code, `,"answers":{"overall":5}`),
		item(ids[2], w.quick.Code, `,"answers":{"overall":9}`),
	), "Authorization", w.token("admin"), "Accept-Language", "en")
	want := []survey.Outcome{survey.OutcomeStored, survey.OutcomeInvalid, survey.OutcomeInvalid, survey.OutcomeClosed, survey.OutcomeInvalid}
	r := a.results(t)
	if len(r.Results) != len(want) {
		t.Fatalf("%d results", len(r.Results))
	}
	for i, o := range want {
		if r.Results[i].Outcome != o {
			t.Errorf("item %d: %s, want %s", i, r.Results[i].Outcome, o)
		}
	}
	last := r.Results[4].Problem
	if len(last.Errors) != 2 || last.Title != "The request is not valid" {
		t.Errorf("%+v", last)
	}
	lacks(t, a.body, "secret")
	w.theOne()
}
