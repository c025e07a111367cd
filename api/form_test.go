package api

import (
	"encoding/base64"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sipas/survey"
)

func (w *world) formPath(p survey.Point) string { return "/s/" + p.Code }

func location(t *testing.T, a answer) *url.URL {
	t.Helper()
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil || u.Path == "" {
		t.Fatalf("no location; status %d: %.400s", a.StatusCode, a.body)
	}
	return u
}

func TestFormRefusals(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, target string
		status       int
		want         string
	}{
		{"a code of the wrong length", "/s/ABC", 404, `<input id="code" name="code" value="ABC"`},
		{"a typing error", "/s/" + w.quick.Code[:9] + otherCharacter(w.quick.Code[9]), 404, "gõ nhầm"},
		{"an unknown code", "/s/0000000000", 404, "Lỗi: "},
		{"markup instead of a code", "/s/%3Cscript%3E", 404, "&lt;script&gt;"},
		{"a closed point", "/s/" + w.closed.Code, 410, "ngừng nhận đánh giá"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get(c.target)
			if a.StatusCode != c.status {
				t.Errorf("got %d, want %d", a.StatusCode, c.status)
			}
			contains(t, a.body, c.want)
			lacks(t, a.body, "<script>", `name=".page"`)
		})
	}
	if got := w.stored(); len(got) != 0 {
		t.Errorf("%d responses are stored", len(got))
	}
}

func otherCharacter(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

func TestAnyWayOfTypingTheCodeLeadsToItsOneAddress(t *testing.T) {
	w := newWorld(t)
	code := w.quick.Code
	for _, typed := range []string{strings.ToLower(code), code[:5] + "-" + code[5:], strings.ToLower(code[:5]) + "%20" + code[5:]} {
		a := w.get("/s/" + typed + "?k=qr&lang=en&other=1")
		if got := a.Header.Get("Location"); a.StatusCode != http.StatusFound || got != "/s/"+code+"?k=qr&lang=en" {
			t.Errorf("%s: %d to %q", typed, a.StatusCode, got)
		}
	}
}

func TestQuickFormIsCompleteWithoutScripts(t *testing.T) {
	w := newWorld(t, synthetic)
	a := w.get("/s/"+w.quick.Code+"?k=qr", "Accept-Encoding", "identity")
	contains(t, a.body, `<html lang="vi">`, "Dữ liệu mô phỏng", "Phường Đông Hải", "Quầy 1", `action="/s/`+w.quick.Code+`?k=qr"`,
		"<fieldset", "<legend", `<option value="ho-tich">Hộ tịch</option>`, "Không rõ / không nhớ", `formnovalidate>English</button>`, `maxlength="2000"`, "đừng ghi",
		`id="m-comment" data-left="Còn {n} ký tự."`, ">Tối đa 2.000 ký tự.</p>", `aria-describedby="h-comment m-comment"`)
	for level, word := range survey.LevelNames {
		contains(t, a.body, `<input type="radio" id="overall-`+strconv.Itoa(level+1)+`" name="overall" value="`+strconv.Itoa(level+1)+`" required>`, "<span>"+word["vi"]+"</span>")
	}
	lacks(t, a.body, " checked", " selected>H", "<script", `name="overall" value="na"`)
	if len(a.body) > 30<<10 {
		t.Errorf("the page has %d bytes", len(a.body))
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	// Both follow-ups are there for browsers without :has(), which say when each applies.
	contains(t, a.body, `id="w-reasons_unhappy"`, `id="w-reasons_happy"`, `class="hint when"`, "@supports selector(:has(a))",
		`form:has([name=overall][value="4"]:checked,[name=overall][value="5"]:checked) #w-reasons_happy{display:block}`)
}

func TestEveryShippedFormRenders(t *testing.T) {
	w := newWorld(t)
	for _, p := range []survey.Point{w.quick, w.oneField, w.short, w.full, w.every} {
		for _, language := range survey.Languages {
			t.Run(p.Questionnaire+" "+string(language), func(t *testing.T) {
				a := w.get("/s/"+p.Code+"?lang="+string(language), "Accept-Encoding", "identity")
				if len(a.body) > 45<<10 {
					t.Errorf("the page has %d bytes", len(a.body))
				}
				ids := regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(a.body, -1)
				seen := map[string]bool{}
				for _, id := range ids {
					if seen[id[1]] {
						t.Errorf("the id %s stands twice", id[1])
					}
					seen[id[1]] = true
				}
				for _, ref := range regexp.MustCompile(`(?:for|aria-describedby)="([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
					for _, id := range strings.Fields(ref[1]) {
						if !seen[id] {
							t.Errorf("nothing has the id %s", id)
						}
					}
				}
				for _, it := range w.server.registry.Snapshot().Newest(p.Questionnaire).Items {
					contains(t, a.body, it.Text.In(language))
				}
			})
		}
	}
	one := w.get("/s/" + w.oneField.Code)
	lacks(t, one.body, `id="field"`)
}

func TestASentFormIsStoredOnce(t *testing.T) {
	w := newWorld(t)
	target := w.formPath(w.quick) + "?k=qr"
	token := w.open(w.quick)
	w.advance(40 * time.Second)
	values := []string{".page", token, ".language", "vi", ".field", "ho-tich", "overall", "2", "reasons_unhappy", "late", "reasons_unhappy", "attitude",
		"reasons_happy", "fast", "comment", "  Chờ lâu quá.\r\nXin cảm ơn.  ", "send", "1"}
	first := w.postForm(target, values...)
	if first.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d: %.500s", first.StatusCode, first.body)
	}
	r := w.theOne()
	if r.Capture != survey.CaptureQR || r.FieldID != "ho-tich" || r.Agency != "phuong-dong" || r.Language != "vi" || r.Partial || len(r.Flags) != 0 {
		t.Errorf("stored as %+v", r)
	}
	if reasons, _ := r.Answers["reasons_unhappy"].List(); !slices.Equal(reasons, []string{"late", "attitude"}) {
		t.Errorf("reasons %v", reasons)
	}
	if comment, _ := r.Answers["comment"].Text(); comment != "Chờ lâu quá.\nXin cảm ơn." {
		t.Errorf("comment %q", comment)
	}
	if _, kept := r.Answers["reasons_happy"]; kept {
		t.Error("the answer to a hidden question was kept")
	}

	to := location(t, first)
	if strings.Contains(to.String(), r.ID) {
		t.Error("the address names the response")
	}
	thanks := w.get(to.String())
	contains(t, thanks.body, "Cảm ơn Ông/Bà", "Lĩnh vực", "Hộ tịch", "Không hài lòng", "Trễ hẹn hoặc chờ lâu", "Thái độ phục vụ", "Đã nhận", "Quầy 1")
	lacks(t, thanks.body, "Chờ lâu quá", r.ID, "Nhanh và đúng hẹn")

	// The same page again: thanks again, nothing stored again.
	if again := w.postForm(target, values...); again.StatusCode != http.StatusSeeOther {
		t.Errorf("a replay gives %d", again.StatusCode)
	}
	// Other answers under the same page.
	values[7] = "5"
	other := w.postForm(target, values...)
	if other.StatusCode != http.StatusConflict {
		t.Errorf("other answers give %d", other.StatusCode)
	}
	contains(t, other.body, "Ông/Bà đã gửi đánh giá này", "new=1")
	w.theOne()

	w.advance(summaryLife + time.Second)
	late := w.get(to.String())
	contains(t, late.body, "Cảm ơn Ông/Bà")
	lacks(t, late.body, "Không hài lòng", "Trễ hẹn", "Hộ tịch")
}

func TestThanksBelievesOnlyItsOwnSummaries(t *testing.T) {
	w := newWorld(t)
	good := w.server.seals.sealSummary(w.quick.Code, summary{Form: "quick", Version: 1, Level: 5})
	for _, c := range []struct{ name, token string }{
		{"none", ""}, {"nonsense", "a.b"}, {"empty", "AAAA"}, {"cut short", good[:len(good)-8]}, {"changed", otherCharacter(good[0]) + good[1:]}, {"too long", strings.Repeat("A", 8000)},
		{"of another point", w.server.seals.sealSummary(w.full.Code, summary{Form: "full", Version: 1, Level: 5})},
		{"a mark", w.server.seals.sealMark(w.quick.Code)},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get("/s/" + w.quick.Code + "/thanks?r=" + url.QueryEscape(c.token))
			if a.StatusCode != http.StatusOK {
				t.Errorf("got %d", a.StatusCode)
			}
			contains(t, a.body, "chưa có đánh giá nào", `href="/s/`+w.quick.Code+`"`)
			lacks(t, a.body, "Rất hài lòng", "Cảm ơn")
		})
	}
	contains(t, w.get("/s/"+w.quick.Code+"/thanks?r="+good).body, "Rất hài lòng")
}

func TestTheSummaryIsSealed(t *testing.T) {
	w := newWorld(t)
	sizes := map[int]bool{}
	for _, answers := range [][]string{
		{"overall", "1", ".field", "ho-tich", "reasons_unhappy", "late", "reasons_unhappy", "attitude", "comment", "Chờ lâu"}, {"overall", "5"},
	} {
		a := w.postForm(w.formPath(w.quick), append([]string{".page", w.open(w.quick)}, answers...)...)
		to := location(t, a)
		token := to.Query().Get("r")
		readable, err := base64.RawURLEncoding.DecodeString(token)
		w.must(err)
		lacks(t, token+string(readable), "quick", "overall", "reasons", "late", "attitude", "ho-tich", `"l"`)
		sizes[len(token)] = true
	}
	if len(sizes) != 1 {
		t.Errorf("the lengths %v tell how much was answered", sizes)
	}
}

// markOf gives the cookie an answer leaves with the browser.
func (a answer) markOf(t *testing.T) *http.Cookie {
	t.Helper()
	for _, c := range a.Cookies() {
		if c.Name == markCookie {
			return c
		}
	}
	t.Fatalf("no mark; status %d: %.400s", a.StatusCode, a.body)
	return nil
}

func TestBackAndSendAgainIsNotAnotherRating(t *testing.T) {
	w := newWorld(t)
	target := w.formPath(w.quick) + "?k=qr"
	values := []string{".page", w.open(w.quick), ".language", "vi", "overall", "2"}
	sent := w.postForm(target, values...)
	mark := sent.markOf(t)
	if mark.Path != w.formPath(w.quick) || !mark.HttpOnly || !mark.Secure || mark.SameSite != http.SameSiteLaxMode || mark.MaxAge != 1800 || mark.Domain != "" {
		t.Errorf("the mark is %v", mark)
	}
	held := []string{"Cookie", markCookie + "=" + mark.Value}

	back := w.get(target, held...)
	if back.StatusCode != http.StatusOK {
		t.Errorf("Back gives %d", back.StatusCode)
	}
	contains(t, back.body, "Ông/Bà đã gửi đánh giá này", "Quầy 1<br>Phường Đông Hải", "Đánh giá một lần phục vụ khác", `class="go" href="/s/`+w.quick.Code+`?k=qr&amp;lang=vi&amp;new=1"`)
	lacks(t, back.body, `name=".page"`, "<script")
	contains(t, w.get(target+"&lang=en", held...).body, "You have already sent this rating", `?k=qr&amp;lang=en&amp;new=1"`)
	contains(t, w.get(w.formPath(w.quick)+"/thanks", held...).body, "Ông/Bà đã gửi đánh giá này")

	// The page that was sent keeps its own meaning, with the mark or without.
	for _, headers := range [][]string{nil, held} {
		again := w.do(http.MethodPost, target, form(values...), append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
		if again.StatusCode != http.StatusSeeOther || again.markOf(t).Value == "" {
			t.Errorf("a replay with %v gives %d", headers, again.StatusCode)
		}
	}
	w.theOne()

	// Another visit: the address without "new" is the one that Back returns to.
	fresh := w.get(w.formPath(w.quick)+"?k=qr&lang=en&new=1", held...)
	if to := fresh.Header.Get("Location"); fresh.StatusCode != http.StatusSeeOther || to != w.formPath(w.quick)+"?k=qr&lang=en" {
		t.Errorf("%d to %q", fresh.StatusCode, to)
	}
	if gone := fresh.markOf(t); gone.Value != "" || gone.Path != mark.Path || !gone.Expires.Before(w.now) {
		t.Errorf("the mark stays: %v", gone)
	}
	second := w.postForm(target, ".page", w.open(w.quick), "overall", "5")
	if second.StatusCode != http.StatusSeeOther || len(w.stored()) != 2 {
		t.Errorf("another visit: %d, %d stored", second.StatusCode, len(w.stored()))
	}
}

func TestTheMarkTellsNothingAndEnds(t *testing.T) {
	w := newWorld(t)
	a := w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), "overall", "2", "reasons_unhappy", "late")
	b := w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), "overall", "5", "comment", "Tốt")
	mark := a.markOf(t).Value
	if len(mark) != len(b.markOf(t).Value) {
		t.Error("the marks of two ratings differ in length")
	}
	content, _, ok := w.server.seals.open("mark", w.quick.Code, mark)
	if !ok || content.At != w.now.Unix() || content.Summary.Form != "" || content.Summary.Level != 0 {
		t.Errorf("the mark holds %+v", content)
	}
	shown := func(p survey.Point, mark string) string {
		return w.get(w.formPath(p), "Cookie", markCookie+"="+mark).body
	}
	for _, c := range []struct {
		name string
		p    survey.Point
		mark string
	}{
		{"empty", w.quick, ""}, {"nonsense", w.quick, "x"}, {"changed", w.quick, otherCharacter(mark[0]) + mark[1:]}, {"of another point", w.oneField, mark},
		{"a summary", w.quick, location(t, a).Query().Get("r")},
	} {
		t.Run(c.name, func(t *testing.T) { contains(t, shown(c.p, c.mark), `name=".page"`) })
	}
	w.advance(markLife - time.Second)
	lacks(t, shown(w.quick, mark), `name=".page"`)
	w.advance(time.Second + time.Millisecond)
	contains(t, shown(w.quick, mark), `name=".page"`)

	plain := newWorld(t, func(o *Options, _ *survey.Identity) { o.PublicURL = "http://localhost:8080" })
	if c := plain.postForm(plain.formPath(plain.quick), ".page", plain.open(plain.quick), "overall", "2").markOf(t); c.Secure {
		t.Error("the mark is lost where there is no https")
	}
}

func TestRefusedFormsLeaveNoMark(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	for name, values := range map[string][]string{"nothing answered": {".page", token}, "the language": {".page", token, "overall", "2", "lang", "en"}} {
		for _, c := range w.postForm(w.formPath(w.quick), values...).Cookies() {
			if c.Name == markCookie {
				t.Errorf("%s leaves %v", name, c)
			}
		}
	}
}

func TestAClosedPointLeadsToOthersOfItsAgency(t *testing.T) {
	w := newWorld(t)
	a := w.get(w.formPath(w.closed))
	others := regexp.MustCompile(`class="go" href="(/\?[^"]+)"`).FindStringSubmatch(a.body)
	if others == nil {
		t.Fatalf("no way to the others: %s", a.body)
	}
	contains(t, a.body, "Các điểm khảo sát của Phường Đông Hải")
	contains(t, w.get(html.UnescapeString(others[1])).body, w.quick.Code, `value="Phường Đông Hải"`)

	// Its agency ends: those that took its work over are named instead.
	east, _ := w.server.registry.Snapshot().Agency("phuong-dong")
	east.ValidTo, east.Successors = "2026-06-30", []string{"phuong-tay"}
	_, err := w.server.registry.UpdateAgency(t.Context(), survey.System, east)
	w.must(err)
	moved := w.get(w.formPath(w.quick))
	if moved.StatusCode != http.StatusGone {
		t.Errorf("got %d", moved.StatusCode)
	}
	contains(t, moved.body, "Các điểm khảo sát của Phường Tây Hồ")
	lacks(t, moved.body, "của Phường Đông Hải")

	// The last one closes too.
	w.oneField.Closed = "2026-11-23"
	_, err = w.server.registry.UpdatePoint(t.Context(), survey.System, w.oneField)
	w.must(err)
	last := w.get(w.formPath(w.quick))
	lacks(t, last.body, `class="go"`)
	contains(t, last.body, `<input type="search" id="q" name="q" value=""`)
}

func TestAPointOfAnAgencyToComeSaysWhen(t *testing.T) {
	w := newWorld(t)
	west, _ := w.server.registry.Snapshot().Agency("phuong-tay")
	west.ValidFrom = "2027-01-01"
	_, err := w.server.registry.UpdateAgency(t.Context(), survey.System, west)
	w.must(err)
	a := w.get(w.formPath(w.oneField))
	if a.StatusCode != http.StatusNotFound {
		t.Errorf("got %d", a.StatusCode)
	}
	contains(t, a.body, "chưa mở", "từ ngày 01/01/2027", `id="q" name="q"`)
	lacks(t, a.body, "đã ngừng")
	contains(t, w.get(w.formPath(w.oneField)+"?lang=en").body, "not open yet", "01/01/2027")
}

// Before its first day a point says when it opens, and can be prepared.
func TestAPointToComeSaysWhen(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	page, device := w.open(w.quick), w.enrol(w.kiosk)
	told := func() DevicePoint {
		return read[Device](t, w.get("/api/v1/device", "Authorization", device), http.StatusOK).Point
	}
	if p := told(); p.Closed || p.Opens != "" {
		t.Errorf("a kiosk at an open point is told %+v", p)
	}
	change := func(rev, opens string) Point {
		return read[Point](t, w.write("PUT", "/api/v1/points/"+w.quick.Code,
			`{"rev":`+rev+`,"name":{"vi":"Quầy sắp mở"},"fields":[],"delivery":"counter","questionnaire":"quick"`+opens+`}`, "manager"), http.StatusOK)
	}
	change("1", `,"opens":"2026-12-01"`)
	if p := change("2", ""); p.Opens != "2026-12-01" {
		t.Errorf("a change that does not speak of it leaves %q", p.Opens)
	}

	a := w.get(w.formPath(w.quick))
	if a.StatusCode != http.StatusNotFound {
		t.Errorf("got %d", a.StatusCode)
	}
	contains(t, a.body, "chưa mở", "từ ngày 01/12/2026", "Các điểm khảo sát của Phường Đông Hải")
	contains(t, w.get(w.formPath(w.quick)+"?lang=en").body, "not open yet", "01/12/2026")
	contains(t, w.postForm(w.formPath(w.quick), ".page", page, "overall", "5").body, "chưa mở")
	contains(t, w.sendByScript(w.formPath(w.quick), ".page", page, "overall", "5", ".after", "1000").body, "chưa mở")
	lacks(t, w.get("/?q=sap+mo").body, w.quick.Code)
	if p := told(); !p.Closed || p.Opens != "2026-12-01" {
		t.Errorf("its kiosk is told %+v", p)
	}
	for _, sheet := range []string{"/poster/" + w.quick.Code, "/poster/" + w.quick.Code + ".svg", "/q/" + w.quick.Code + ".svg"} {
		if a := w.get(sheet); a.StatusCode != http.StatusOK {
			t.Errorf("%s gives %d: it has to be printed before", sheet, a.StatusCode)
		}
	}

	w.advance(8 * 24 * time.Hour)
	if a := w.get(w.formPath(w.quick)); a.StatusCode != http.StatusOK {
		t.Errorf("on its first day: %d", a.StatusCode)
	}
	if p := told(); p.Closed || p.Opens != "" {
		t.Errorf("on its first day its kiosk is told %+v", p)
	}
	if stored := w.stored(); len(stored) != 0 {
		t.Errorf("stored before: %v", stored)
	}
}

func TestAnUnknownCodeLeadsToTheAgencies(t *testing.T) {
	a := newWorld(t).get("/s/0000000000")
	contains(t, a.body, `role="search"`, `id="q" name="q"`, "có dấu hay không dấu đều được")
}

func TestFieldChoice(t *testing.T) {
	for _, c := range []struct{ name, sent, want string }{
		{"nothing chosen", "", ""}, {"not sure", fieldUnknown, ""}, {"chosen", "dat-dai", "dat-dai"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), ".language", "vi", ".field", c.sent, "overall", "4")
			if a.StatusCode != http.StatusSeeOther {
				t.Fatalf("got %d", a.StatusCode)
			}
			if r := w.theOne(); r.FieldID != c.want || r.Capture != survey.CaptureLink {
				t.Errorf("field %q, capture %q", r.FieldID, r.Capture)
			}
		})
	}
	t.Run("of one field it is derived", func(t *testing.T) {
		w := newWorld(t)
		w.postForm(w.formPath(w.oneField), ".page", w.open(w.oneField), "overall", "4")
		if r := w.theOne(); r.FieldID != "ho-tich" || r.Field != nil {
			t.Errorf("field %q sent %v", r.FieldID, r.Field)
		}
	})
	t.Run("a closed field is offered no longer, and taken from who had the page open", func(t *testing.T) {
		w := newWorld(t)
		page := w.open(w.quick)
		field, _ := w.server.registry.Snapshot().Field("dat-dai")
		field.Closed = true
		_, err := w.server.registry.UpdateField(t.Context(), survey.System, field)
		w.must(err)
		lacks(t, w.get(w.formPath(w.quick)).body, `value="dat-dai"`)
		w.postForm(w.formPath(w.quick), ".page", page, ".field", "dat-dai", "overall", "4")
		if r := w.theOne(); r.FieldID != "dat-dai" {
			t.Errorf("field %q", r.FieldID)
		}
	})
	t.Run("another point's field is refused beside the choice", func(t *testing.T) {
		w := newWorld(t)
		a := w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), ".field", "y-te", "overall", "4")
		if a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("got %d", a.StatusCode)
		}
		contains(t, a.body, `href="#field"`, `id="e-field"`)
		if len(w.stored()) != 0 {
			t.Error("it is stored")
		}
	})
}

func TestErrorsAreSummedUpAndAnswersKept(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("ạ", survey.MaxText+1)
	a := w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), ".language", "vi", ".field", "ho-tich", "comment", long)
	if a.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("got %d", a.StatusCode)
	}
	contains(t, a.body, "<title>Lỗi: ", `role="alert"`, "autofocus", `href="#overall-1"`, `href="#comment-1"`, "Xin Ông/Bà chọn một mức",
		"Nhiều nhất 2.000 ký tự", `<option value="ho-tich" selected>`, long, `aria-describedby="e-overall"`,
		`aria-describedby="h-comment m-comment e-comment" aria-invalid="true"`, `data-prefix="Lỗi: "`)
	if summary := strings.Index(a.body, `role="alert"`); summary > strings.Index(a.body, "<fieldset") {
		t.Error("the summary stands below the questions")
	}
	if strings.Index(a.body, `href="#overall-1"`) > strings.Index(a.body, `href="#comment-1"`) {
		t.Error("the errors are not in the order of the form")
	}
	if len(w.stored()) != 0 {
		t.Error("it is stored")
	}

	// The same page, corrected.
	ok := w.postForm(w.formPath(w.quick), ".page", a.pageToken(t), ".language", "vi", "overall", "5", "reasons_happy", "fast")
	if ok.StatusCode != http.StatusSeeOther {
		t.Errorf("corrected: %d", ok.StatusCode)
	}
}

func TestTamperedAnswersAreErrorsNotFaults(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, item, value string }{
		{"a level beyond the scale", "overall", "6"}, {"no level", "overall", "good"}, {"na where it is not offered", "overall", "na"},
		{"an unknown option", "reasons_happy", "bribe<b>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values := []string{".page", w.open(w.quick), c.item, c.value}
			if c.item != "overall" {
				values = append(values, "overall", "5")
			}
			a := w.postForm(w.formPath(w.quick), values...)
			if a.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("got %d", a.StatusCode)
			}
			contains(t, a.body, `href="#`+c.item+`-1"`)
			lacks(t, a.body, "bribe<b>")
		})
	}
	if len(w.stored()) != 0 {
		t.Error("something is stored")
	}
}

func TestEveryItemTypeGoesThroughTheForm(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		status int
		want   survey.Answers
		errors []string
	}{
		{"required ones missing", []string{"more", "x"}, 422, nil, []string{"overall-1", "visit-1"}},
		{"a question that another answer asks for", []string{"overall", "na", "visit", "again"}, 422, nil, []string{"late-1"}},
		{"no number", []string{"overall", "na", "visit", "again", "late", "true", "hours", "many"}, 422, nil, []string{"hours-1"}},
		{"no yes and no no", []string{"overall", "3", "visit", "again", "late", "perhaps"}, 422, nil, []string{"late-1"}},
		{"too many options", []string{"overall", "3", "visit", "again", "late", "true", "hours", "1", "why", "queue", "why", "papers"}, 422, nil, []string{"why-1"}},
		{"hidden answers fall away one after another", []string{"overall", "na", "visit", "first", "late", "true", "hours", "many", "why", "queue"}, 303,
			survey.Answers{"overall": survey.TextAnswer("na"), "visit": survey.TextAnswer("first")}, nil},
		{"everything", []string{"overall", "4", "visit", "again", "late", "true", "hours", "1,5", "why", "queue", "more", "Hết"}, 303,
			survey.Answers{"overall": survey.LevelAnswer(4), "visit": survey.TextAnswer("again"), "late": survey.BoolAnswer(true),
				"hours": survey.NumberAnswer(1.5), "why": survey.ListAnswer("queue"), "more": survey.TextAnswer("Hết")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.postForm(w.formPath(w.every), append([]string{".page", w.open(w.every)}, c.values...)...)
			if a.StatusCode != c.status {
				t.Fatalf("got %d: %s", a.StatusCode, a.body)
			}
			if c.want == nil {
				found := regexp.MustCompile(`<li><a href="#([^"]+)"`).FindAllStringSubmatch(a.body, -1)
				var anchors []string
				for _, f := range found {
					anchors = append(anchors, f[1])
				}
				if !slices.Equal(anchors, c.errors) {
					t.Errorf("errors at %v, want %v", anchors, c.errors)
				}
				for i := 0; i+1 < len(c.values); i += 2 {
					if c.values[i] == "hours" {
						contains(t, a.body, `value="`+c.values[i+1]+`"`)
					}
				}
				return
			}
			r := w.theOne()
			if len(r.Answers) != len(c.want) {
				t.Errorf("answers %v", r.Answers)
			}
			for id, want := range c.want {
				if !r.Answers[id].Equal(want) {
					t.Errorf("%s is %v", id, r.Answers[id])
				}
			}
		})
	}
}

func TestLanguageSwitchKeepsAnswersAndStoresNothing(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	a := w.postForm(w.formPath(w.quick)+"?k=qr", ".page", token, ".language", "vi", ".field", "ho-tich", "overall", "2", "reasons_unhappy", "late",
		"comment", "Chờ <lâu>", "lang", "en")
	if a.StatusCode != http.StatusOK {
		t.Fatalf("got %d", a.StatusCode)
	}
	contains(t, a.body, `<html lang="en">`, `name="overall" value="2" checked`, `value="late" checked`, `<option value="ho-tich" selected>Civil status`,
		"Chờ &lt;lâu&gt;", `name=".language" value="en"`, "?k=qr", "Tiếng Việt")
	lacks(t, a.body, `role="alert"`, "<lâu>")
	if got := a.pageToken(t); got != token {
		t.Error("the switch made another page")
	}
	if len(w.stored()) != 0 {
		t.Error("the switch stored something")
	}
	if got := a.Header.Get("Content-Location"); got != w.formPath(w.quick)+"?k=qr&lang=en" {
		t.Errorf("loaded anew, the form is at %q", got)
	}
	sent := w.postForm(w.formPath(w.quick)+"?k=qr", ".page", token, ".language", "en", "overall", "2")
	if r := w.theOne(); sent.StatusCode != http.StatusSeeOther || r.Language != survey.English {
		t.Errorf("status %d, language %s", sent.StatusCode, r.Language)
	}
}

func TestTheLanguageOfAFormIsRemembered(t *testing.T) {
	w := newWorld(t)
	cookie := func(a answer) (left *http.Cookie) {
		for _, c := range a.Cookies() {
			if c.Name == languageCookie {
				left = c
			}
		}
		return left
	}
	shown := func(target string, headers ...string) string {
		return w.get(target, headers...).Header.Get("Content-Language")
	}
	chosen := cookie(w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), "lang", "en"))
	if chosen == nil || chosen.Value != "en" || chosen.Path != "/" || !chosen.HttpOnly || !chosen.Secure {
		t.Fatalf("left %v", chosen)
	}
	held := []string{"Cookie", languageCookie + "=en", "Accept-Language", "vi"}
	for target, want := range map[string]string{w.formPath(w.quick): "en", "/": "en", "/?lang=vi": "vi"} {
		if got := shown(target, held...); got != want {
			t.Errorf("%s is shown in %s, want %s", target, got, want)
		}
	}
	if got := shown("/", "Cookie", languageCookie+"=xx"); got != "vi" {
		t.Errorf("a language nobody speaks gives %s", got)
	}
	back := w.do(http.MethodPost, w.formPath(w.quick), form(".page", w.open(w.quick), "lang", "vi"), append(held, "Content-Type", "application/x-www-form-urlencoded")...)
	if left := cookie(back); left == nil || left.Value != "" || left.Expires.After(time.Unix(1, 0)) {
		t.Errorf("back in the browser's own language: %v", left)
	}
	if left := cookie(w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), ".language", "vi")); left != nil {
		t.Errorf("the browser's own language leaves %v", left)
	}
}

func TestPagesThatCannotBeSentKeepTheAnswers(t *testing.T) {
	for _, c := range []struct {
		name  string
		token func(w *world) string
	}{
		{"no token", func(*world) string { return "" }},
		{"not a token of ours", func(*world) string { return "a.b" }},
		{"a changed token", func(w *world) string { return "x" + w.open(w.quick) }},
		{"another point's page", func(w *world) string { return w.open(w.oneField) }},
		{"too old", func(w *world) string {
			token := w.open(w.quick)
			w.advance(31 * 24 * time.Hour)
			return token
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := c.token(w)
			a := w.postForm(w.formPath(w.quick), ".page", token, ".language", "vi", "overall", "4", "comment", "Tốt")
			if a.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("got %d", a.StatusCode)
			}
			contains(t, a.body, `role="alert"`, "mở quá lâu", `value="4" checked`, ">Tốt</textarea>")
			if len(w.stored()) != 0 {
				t.Fatal("it is stored")
			}
			fresh := a.pageToken(t)
			if fresh == token {
				t.Error("the token is the old one")
			}
			again := w.postForm(w.formPath(w.quick), ".page", fresh, ".language", "vi", "overall", "4", "comment", "Tốt")
			if again.StatusCode != http.StatusSeeOther {
				t.Errorf("the fresh page gives %d", again.StatusCode)
			}
			w.theOne()

			// Back, which sends the first page again, gets no fresh one.
			back := w.do(http.MethodPost, w.formPath(w.quick), form(".page", token, "overall", "4"), "Content-Type", "application/x-www-form-urlencoded",
				"Cookie", markCookie+"="+again.markOf(t).Value)
			if back.StatusCode != http.StatusConflict {
				t.Errorf("Back gives %d", back.StatusCode)
			}
			lacks(t, back.body, `name=".page"`)
		})
	}
}

func TestAnOldPageIsTakenAndFlagged(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	w.advance(25 * time.Hour)
	w.postForm(w.formPath(w.quick), ".page", token, "overall", "4")
	if r := w.theOne(); !slices.Contains(r.Flags, survey.FlagStalePage) {
		t.Errorf("flags %v", r.Flags)
	}
}

func TestOutageKeepsTheAnswersAndThePage(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	w.append.fail = &survey.Error{Code: survey.CodeUnavailable, Message: "disk full at /secret/path"}
	a := w.postForm(w.formPath(w.quick), ".page", token, ".language", "vi", "overall", "4", "comment", "Tốt")
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	contains(t, a.body, "Gửi lại", `value="4" checked`, ">Tốt</textarea>", `role="alert"`)
	lacks(t, a.body, "secret")
	if a.pageToken(t) != token {
		t.Error("sending again would count twice")
	}
	w.append.fail = nil
	for range 2 {
		if again := w.postForm(w.formPath(w.quick), ".page", token, ".language", "vi", "overall", "4", "comment", "Tốt"); again.StatusCode != http.StatusSeeOther {
			t.Errorf("sent again: %d", again.StatusCode)
		}
	}
	w.theOne()
}

func TestRetryOutcomeKeepsTheAnswers(t *testing.T) {
	w := newWorld(t)
	w.server.intake = intakeWith(w, retrying{})
	a := w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), "overall", "4")
	if a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %d", a.StatusCode)
	}
	contains(t, a.body, "Gửi lại", `value="4" checked`)
}

func TestAPointThatClosesWhileThePageIsOpen(t *testing.T) {
	w := newWorld(t)
	token := w.open(w.quick)
	w.quick.Closed = "2026-11-23"
	_, err := w.server.registry.UpdatePoint(t.Context(), survey.System, w.quick)
	w.must(err)
	if a := w.postForm(w.formPath(w.quick), ".page", token, "overall", "4"); a.StatusCode != http.StatusGone {
		t.Errorf("got %d", a.StatusCode)
	}
	if len(w.stored()) != 0 {
		t.Error("it is stored")
	}
}

func TestFormBodiesThatAreNone(t *testing.T) {
	w := newWorld(t)
	target := w.formPath(w.quick)
	for _, c := range []struct {
		name, body string
		headers    []string
		status     int
	}{
		{"multipart", "--x--", []string{"Content-Type", "multipart/form-data; boundary=x"}, 415},
		{"JSON", "{}", []string{"Content-Type", "application/json"}, 415},
		{"compressed", "x", []string{"Content-Type", "application/x-www-form-urlencoded", "Content-Encoding", "gzip"}, 415},
		{"a broken escape", "a=%zz", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.do(http.MethodPost, target, c.body, c.headers...)
			if a.StatusCode != c.status {
				t.Fatalf("got %d, want %d", a.StatusCode, c.status)
			}
			a.problem(t)
			page := w.do(http.MethodPost, target, c.body, append(c.headers, "Accept", "text/html")...)
			contains(t, page.body, "<!doctype html>")
		})
	}
}

func TestFormBodiesBeyondTheirLimitAreRefusedUnread(t *testing.T) {
	w := newWorld(t)
	address := strings.TrimPrefix(w.listen(), "http://")
	page := w.formPath(w.quick)
	for _, c := range []struct{ name, request, want string }{
		{"announced", "POST " + page + " HTTP/1.1\r\nContent-Length: 65537\r\n", "<!doctype html>"},
		{"another way of writing the address", "POST http://x//s/%4B HTTP/1.1\r\nContent-Length: 65537\r\n", "<!doctype html>"},
		{"in pieces", "POST " + page + "?k=qr HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			w.must(err)
			defer func() { _ = conn.Close() }()
			w.must(conn.SetDeadline(time.Now().Add(10 * time.Second)))
			_, err = io.WriteString(conn, c.request+"Host: x\r\nAccept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n")
			w.must(err)
			if strings.Contains(c.request, "chunked") {
				_, err = io.WriteString(conn, "10001\r\n")
				w.must(err)
			}
			answer, err := io.ReadAll(conn)
			w.must(err)
			contains(t, string(answer), "413 ", "Yêu cầu quá lớn", c.want)
		})
	}
	a := w.postForm(page, ".page", w.open(w.quick), "overall", "2", "more", strings.Repeat("x", 60<<10))
	if a.StatusCode != http.StatusSeeOther {
		t.Errorf("a long form gives %d", a.StatusCode)
	}
}

func TestBytesThatAreNoTextDoNoHarm(t *testing.T) {
	w := newWorld(t)
	a := w.postForm(w.formPath(w.quick), ".page", w.open(w.quick), "overall", "4", "comment", "a\xff\xfeb\x00c")
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d", a.StatusCode)
	}
	if comment, _ := w.theOne().Answers["comment"].Text(); comment != "abc" {
		t.Errorf("comment %q", comment)
	}
}
