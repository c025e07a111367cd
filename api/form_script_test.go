package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sipas/survey"
)

// sendByScript sends a form as the page's script does.
func (w *world) sendByScript(target string, values ...string) answer {
	w.t.Helper()
	return w.do(http.MethodPost, target, form(values...), "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html", headerDevice, "device-1")
}

func TestAScriptLearnsWhatBecameOfItsForm(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(w *world, token string)
		token   string // sent instead of the page's
		values  []string
		status  int
		outcome string // and the id of the page, unless noID
		noID    bool
		want    string
	}{
		{"stored", nil, "", []string{"overall", "5"}, 200, formStored, false, "Cảm ơn Ông/Bà"},
		{"sent again", func(w *world, token string) { w.sendByScript(w.formPath(w.quick), ".page", token, "overall", "5") }, "", []string{"overall", "5"},
			200, formStored, false, "Rất hài lòng"},
		{"other answers", func(w *world, token string) { w.sendByScript(w.formPath(w.quick), ".page", token, "overall", "1") }, "", []string{"overall", "5"},
			409, formConflict, false, "đã gửi đánh giá này"},
		{"nothing answered", nil, "", nil, 422, formInvalid, false, "Xin Ông/Bà chọn một mức"},
		{"unreadable", nil, "", []string{"overall", "x"}, 422, formInvalid, false, `role="alert"`},
		{"another language", nil, "", []string{"overall", "5", "lang", "en"}, 200, formShown, false, `<html lang="en">`},
		{"too old", func(w *world, _ string) { w.advance(31 * 24 * time.Hour) }, "", []string{"overall", "5"}, 422, formExpired, false, "mở quá lâu"},
		{"no page of ours", nil, "a.b", []string{"overall", "5"}, 422, formExpired, true, "mở quá lâu"},
		{"closed", func(w *world, _ string) { w.closePoint("2026-11-01") }, "", []string{"overall", "5", ".after", "1000"}, 410, formClosed, false, "ngừng nhận"},
		{"closed, and no page of ours", func(w *world, _ string) { w.closePoint("2026-11-01") }, "a.b", []string{"overall", "5", ".after", "1000"}, 410, formClosed, true, "ngừng nhận"},
		{"out of order", func(w *world, _ string) { w.append.fail = &survey.Error{Code: survey.CodeUnavailable} }, "", []string{"overall", "5"}, 503, "", true, "Gửi lại"},
		{"a fault", func(w *world, _ string) { w.append.panic = true }, "", []string{"overall", "5"}, 500, "", true, "lỗi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.open(w.quick)
			page, err := w.server.intake.OpenPage(token)
			w.must(err)
			if c.prepare != nil {
				c.prepare(w, token)
			}
			if c.token != "" {
				token = c.token
			}
			a := w.sendByScript(w.formPath(w.quick), append([]string{".page", token, ".language", "vi"}, c.values...)...)
			outcome := strings.TrimSpace(c.outcome + " " + page.ID)
			if c.noID {
				outcome = c.outcome
			}
			if got := strings.TrimSpace(a.Header.Get(headerOutcome)); a.StatusCode != c.status || got != outcome {
				t.Errorf("status %d, outcome %q; want %d, %q", a.StatusCode, got, c.status, outcome)
			}
			contains(t, a.body, c.want)
			if log := w.log.String(); strings.Contains(log, "device-1") {
				t.Error("the log names the device")
			}
		})
	}
}

// closePoint closes the quick point from a day on.
func (w *world) closePoint(day survey.Date) {
	w.t.Helper()
	w.quick.Closed = day
	var err error
	w.quick, err = w.server.registry.UpdatePoint(w.t.Context(), survey.System, w.quick)
	w.must(err)
}

func TestAScriptGetsTheThanksWithoutARedirect(t *testing.T) {
	w := newWorld(t)
	a := w.sendByScript(w.formPath(w.quick)+"?k=qr", ".page", w.open(w.quick), ".language", "en", ".field", "ho-tich", "overall", "2", "reasons_unhappy", "late")
	contains(t, a.body, `<html lang="en">`, "Dissatisfied", "Civil status", "Late or long wait")
	address, err := url.Parse(a.Header.Get("Content-Location"))
	w.must(err)
	if address.Path != w.formPath(w.quick)+"/thanks" {
		t.Errorf("the thanks are at %s", address)
	}
	// A reload at that address shows the same, and its other language too.
	contains(t, w.get(address.String()).body, "Dissatisfied", "Late or long wait")
	query := address.Query()
	query.Set("lang", "vi")
	contains(t, a.body, `href="`+strings.ReplaceAll(address.Path+"?"+query.Encode(), "&", "&amp;")+`"`)
	if mark := a.markOf(t); mark.Value == "" {
		t.Error("no mark is left")
	}
}

// What waited on the phone counts for the time it was answered at, by the page's own clock.
func TestAKeptFormCountsWhenItWasAnswered(t *testing.T) {
	w := newWorld(t)
	token, opened := w.open(w.quick), w.now
	w.advance(50 * time.Hour)
	w.closePoint("2026-11-25") // after it was answered
	a := w.sendByScript(w.formPath(w.quick), ".page", token, ".language", "vi", "overall", "5", ".after", "65000")
	if a.StatusCode != http.StatusOK {
		t.Fatalf("got %d: %.300s", a.StatusCode, a.body)
	}
	r := w.theOne()
	if want := opened.Add(65 * time.Second); !r.At.Equal(want) {
		t.Errorf("counted at %s, want %s", r.At, want)
	}
	if len(r.Flags) != 1 || r.Flags[0] != survey.FlagStalePage {
		t.Errorf("flags %v", r.Flags)
	}
}

func TestNonsenseAboutTheTimeOfTheAnswerIsPassedOver(t *testing.T) {
	for _, after := range []string{"", "x", "-1", "99999999999999", "1e9"} {
		t.Run(after, func(t *testing.T) {
			w := newWorld(t)
			token := w.open(w.quick)
			w.advance(time.Minute)
			w.sendByScript(w.formPath(w.quick), ".page", token, "overall", "5", ".after", after)
			if r := w.theOne(); !r.At.Equal(w.now) || len(r.Flags) != 0 {
				t.Errorf("counted at %s with %v", r.At, r.Flags)
			}
		})
	}
}

func TestALongFormIsShownInParts(t *testing.T) {
	w := newWorld(t)
	a := w.get(w.formPath(w.full))
	contains(t, a.body, `<a href="#s-1">Tiếp cận dịch vụ</a>`, `<h2 class="sec" id="s-2"><span class="opt">Phần 2 trên 8</span> Thủ tục hành chính</h2>`,
		`id="s-8"`, `data-text="Đã trả lời {n} trên {m} câu" hidden`)
	lacks(t, a.body, "s-9", "Kính chào Ông/Bà</a>")
	contains(t, w.get(w.formPath(w.full)+"?lang=en").body, "Part 2 of 8")
	lacks(t, w.get(w.formPath(w.short)).body, "Phần 1", `id="progress"`)
}

// Where most questions may be left out, one sentence says so and the others are marked.
func TestAFormSaysWhatHasToBeAnswered(t *testing.T) {
	w := newWorld(t)
	const sentence, required, optional = "các câu khác có thể bỏ qua", `<span class="opt">(bắt buộc)</span>`, `<span class="opt">(không bắt buộc)</span>`
	for _, p := range []survey.Point{w.short, w.full} {
		body := w.get(w.formPath(p)).body
		contains(t, body, sentence, required+"</legend>")
		lacks(t, body, optional)
		if n := strings.Count(body, required); n != 1 {
			t.Errorf("%s: %d questions are marked, one is required", p.Questionnaire, n)
		}
	}
	quick := w.get(w.formPath(w.quick)).body
	contains(t, quick, optional)
	lacks(t, quick, sentence, required)
	contains(t, w.get(w.formPath(w.full)+"?lang=en").body, "Only questions marked “(required)”", ">(required)</span>")
}
