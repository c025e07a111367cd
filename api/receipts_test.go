package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/receipts"
)

// askFor makes a point ask for receipt codes and gives some.
func (w *world) askFor(p survey.Point, use survey.ReceiptUse) []string {
	w.t.Helper()
	p.ReceiptCode = use
	_, err := w.server.registry.UpdatePoint(w.t.Context(), survey.System, p)
	w.must(err)
	_, codes, err := w.server.receipts.Make(w.t.Context(), survey.System, receipts.Order{Point: p.Code, Count: 20, Days: 30})
	w.must(err)
	return codes
}

var receiptBox = regexp.MustCompile(`<input id="receipt" name="\.receipt" value="([^"]*)"[^>]*>`)

func TestTheFormAsksForAReceiptOnlyWhereThePointDoes(t *testing.T) {
	w := newWorld(t)
	lacks(t, w.get("/s/"+w.quick.Code+"?r="+w.quick.Code).body, `name=".receipt"`)
	w.askFor(w.quick, survey.ReceiptOptional)
	codes := w.askFor(w.oneField, survey.ReceiptRequired)
	optional := w.get("/s/" + w.quick.Code).body
	if box := receiptBox.FindString(optional); !strings.Contains(box, `value=""`) || strings.Contains(box, "required") || !strings.Contains(box, `aria-describedby="h-receipt"`) {
		t.Errorf("optional: %s", box)
	}
	if box := receiptBox.FindString(optional); !strings.Contains(box, `pattern="[\s\p{Pd}]*([0-9A-TV-Za-tv-z][\s\p{Pd}]*){12}|\s*"`) {
		t.Errorf("optional: %s", box)
	}
	contains(t, optional, "Mã trên giấy biên nhận <span class=\"opt\">(không bắt buộc)</span>", "không được lưu cùng câu trả lời")
	target := "/s/" + w.oneField.Code
	if box := receiptBox.FindString(w.get(target).body); !strings.Contains(box, " required") {
		t.Errorf("required: %s", box)
	}
	// The link on the receipt fills it in; one that is damaged leaves it to be typed.
	for query, want := range map[string]string{codes[0]: survey.ShowReceiptCode(codes[0]), strings.ToLower(survey.ShowReceiptCode(codes[0])): survey.ShowReceiptCode(codes[0]),
		codes[0][:11]: "", `"><script>`: ""} {
		a := w.get(target + "?lang=en&r=" + url.QueryEscape(query))
		if box := receiptBox.FindStringSubmatch(a.body); box == nil || box[1] != want {
			t.Errorf("?r=%s fills in %q, want %q", query, box, want)
		}
		contains(t, a.body, `action="`+target+`"`) // it goes with the form, not with its address
	}
	typed := w.get("/s/" + strings.ToLower(w.oneField.Code) + "?r=" + strings.ToLower(codes[0]))
	if to := typed.Header.Get("Location"); to != target+"?r="+codes[0] {
		t.Errorf("another way of typing the point's code leads to %q", to)
	}
}

func TestReceiptCodesWithoutScripts(t *testing.T) {
	w := newWorld(t)
	codes := w.askFor(w.oneField, survey.ReceiptRequired)
	_, revoked, err := w.server.receipts.Make(w.t.Context(), survey.System, receipts.Order{Point: w.oneField.Code, Count: 10, Days: 90})
	w.must(err)
	all, err := w.server.receipts.Batches(w.t.Context(), survey.System, w.oneField.Code)
	w.must(err)
	for _, b := range all {
		if b.Count == 10 {
			_, err := w.server.receipts.Revoke(w.t.Context(), survey.System, b.ID)
			w.must(err)
		}
	}
	target, token := w.formPath(w.oneField), w.open(w.oneField)
	used := w.open(w.oneField)
	if a := w.postForm(target, ".page", used, "overall", "5", ".receipt", codes[1]); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("a good code gives %d", a.StatusCode)
	}
	wrong := survey.ShowReceiptCode(codes[0])[:13] + otherCharacter(codes[0][11])
	for _, c := range []struct{ name, language, code, want string }{
		{"none", "vi", "  ", "Xin Ông/Bà nhập mã trên giấy biên nhận"},
		{"none", "en", "", "Enter the code on your receipt"},
		{"too short", "vi", "K7QX", "gồm 12 chữ và số"},
		{"a typing error", "vi", wrong, "có chỗ gõ nhầm"},
		{"unknown", "vi", "00000000000Q", "không đúng, hoặc không phải của điểm khảo sát này"},
		{"used", "en", codes[1], "This receipt code has been used for a rating already"},
		{"revoked", "vi", revoked[0], "đã bị thu hồi"},
	} {
		a := w.postForm(target, ".page", token, ".language", c.language, "overall", "2", "comment", "Chờ lâu", ".receipt", c.code)
		if a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", c.name, a.StatusCode)
		}
		contains(t, a.body, `<li><a href="#receipt">`, `id="e-receipt">`, c.want, `value="2" checked`, ">Chờ lâu</textarea>",
			`aria-describedby="h-receipt e-receipt" aria-invalid="true"`, `<div class="q wrong" id="w-receipt">`)
		if box := receiptBox.FindStringSubmatch(a.body); box == nil || box[1] != c.code {
			t.Errorf("%s: the box has %q", c.name, box)
		}
	}
	// A bad answer is said first; the code is not used up meanwhile.
	a := w.postForm(target, ".page", token, ".receipt", codes[0])
	contains(t, a.body, `href="#overall-1"`)
	lacks(t, a.body, `href="#receipt"`)
	for i := range 2 {
		a := w.postForm(target, ".page", token, "overall", "4", ".receipt", " "+strings.ToLower(survey.ShowReceiptCode(codes[0])))
		if a.StatusCode != http.StatusSeeOther {
			t.Errorf("sent %d times: %d", i+1, a.StatusCode)
		}
	}
	if n := len(w.stored()); n != 2 {
		t.Errorf("%d ratings are stored, want 2", n)
	}
	w.advance(31 * 24 * time.Hour)
	a = w.postForm(target, ".page", w.open(w.oneField), ".language", "en", "overall", "4", ".receipt", codes[2])
	contains(t, a.body, "the last day it could be used", "23/12/2026")
	for _, secret := range append(codes, codes[0][:6]) {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// Who has rated and scans the receipt of another visit is offered a form for that one.
func TestTheNextReceiptOnTheSamePhone(t *testing.T) {
	w := newWorld(t)
	codes := w.askFor(w.oneField, survey.ReceiptRequired)
	target := w.formPath(w.oneField)
	first := w.postForm(target, ".page", w.open(w.oneField), "overall", "5", ".receipt", codes[0])
	mark := strings.Split(first.Header.Get("Set-Cookie"), ";")[0]
	again := w.get(target+"?r="+codes[1], "Cookie", mark)
	contains(t, again.body, "Ông/Bà đã gửi đánh giá này", "r="+codes[1])
	to := w.get(target+"?new=1&r="+codes[1], "Cookie", mark)
	if got := to.Header.Get("Location"); got != target+"?r="+codes[1] {
		t.Errorf("a new form is at %q", got)
	}
	contains(t, w.get(target+"/thanks?"+location(t, first).RawQuery).body, "Cảm ơn")
}

// The script is told whether only the code was wrong, and whether the form is taken without one.
func TestAFormRefusedForItsReceiptAlone(t *testing.T) {
	for use, want := range map[survey.ReceiptUse]string{survey.ReceiptRequired: formCode, survey.ReceiptOptional: formCodeless} {
		w := newWorld(t)
		w.askFor(w.oneField, use)
		target, token := w.formPath(w.oneField), w.open(w.oneField)
		page, err := w.server.intake.OpenPage(token)
		w.must(err)
		for _, c := range []struct{ level, code, want string }{
			{"4", "00000000000Q", want}, {"4", "K7QX", want}, {"", "00000000000Q", formInvalid}, {"x", "K7QX", formInvalid},
		} {
			a := w.postForm(target, ".page", token, "overall", c.level, ".receipt", c.code)
			if got := a.Header.Get(headerOutcome); got != c.want+" "+page.ID {
				t.Errorf("%s, level %q, code %q: %q", use, c.level, c.code, got)
			}
		}
	}
}

func TestWrongReceiptCodesAreLimited(t *testing.T) {
	w := newWorld(t)
	codes := w.askFor(w.oneField, survey.ReceiptRequired)
	target, token := w.formPath(w.oneField), w.open(w.oneField)
	send := func(token, code string) answer {
		return w.postForm(target, ".page", token, ".language", "en", "overall", "4", "comment", "Good", ".receipt", code)
	}
	for i := range codeLimit.burst {
		if a := send(token, "K7QX"); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("typing error %d: %d", i, a.StatusCode)
		}
		if a := send(token, "00000000000Q"); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("wrong code %d: %d", i, a.StatusCode)
		}
	}
	a := send(token, codes[0])
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "60" {
		t.Errorf("after five: %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	contains(t, a.body, "Several codes were not right", "in 60 seconds", `value="4" checked`, ">Good</textarea>")
	if a.Header.Get(headerOutcome) == "" {
		t.Error("the script would keep the form instead of showing it")
	}
	post := func(code string) answer {
		return w.postJSON("/api/v1/responses", `{"responses":[{"receiptCode":`+code+`}]}`, "Authorization", "Page "+token)
	}
	for _, blank := range []string{"", "  "} {
		if a := send(token, blank); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("without a code: %d", a.StatusCode)
		}
	}
	for _, blank := range []string{`" "`, `null`, `7`} {
		if a := post(blank); a.StatusCode != http.StatusOK {
			t.Errorf("the API answers the code %s with %s", blank, a.body)
		}
	}
	p := post(`"K7QX"`)
	if p.problem(t).Reason != survey.ReasonReceiptTooOften || p.Header.Get("Retry-After") != "60" {
		t.Errorf("the API answers %s", p.body)
	}
	if a := send(w.open(w.oneField), codes[1]); a.StatusCode != http.StatusSeeOther {
		t.Errorf("another page: %d", a.StatusCode)
	}
	w.advance(time.Minute)
	if a := send(token, codes[0]); a.StatusCode != http.StatusSeeOther {
		t.Errorf("after the wait: %d", a.StatusCode)
	}
}

func TestReceiptCodesInTheAPI(t *testing.T) {
	w := newWorld(t)
	codes := w.askFor(w.oneField, survey.ReceiptRequired)
	token := w.open(w.oneField)
	page, err := w.server.intake.OpenPage(token)
	w.must(err)
	send := func(code string) ResponseResult {
		t.Helper()
		item := fmt.Sprintf(`{"id":%q,"point":%q,"questionnaire":"quick","version":1,"language":"vi","capture":"link","answers":{"overall":4}%s}`, page.ID, page.Point, code)
		a := w.postJSON("/api/v1/responses", `{"responses":[`+item+`]}`, "Authorization", "Page "+token, "Accept-Language", "en")
		var results ResponseResults
		if err := json.Unmarshal([]byte(a.body), &results); err != nil || a.StatusCode != http.StatusOK || len(results.Results) != 1 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		lacks(t, a.body, "00000000000Q", codes[0])
		return results.Results[0]
	}
	for _, code := range []string{"", `,"receiptCode":null`} {
		r := send(code)
		if r.Outcome != survey.OutcomeInvalid || len(r.Problem.Errors) != 1 || r.Problem.Errors[0].Path != "receiptCode" || r.Problem.Errors[0].Reason != survey.ReasonReceiptRequired {
			t.Errorf("without a code: %+v", r)
		}
	}
	for range codeLimit.burst - 1 {
		if r := send(`,"receiptCode":"00000000000Q"`); r.Outcome != survey.OutcomeInvalid || r.Problem.Errors[0].Reason != survey.ReasonReceiptUnknown {
			t.Errorf("a wrong code: %+v", r)
		}
	}
	for _, want := range []survey.Outcome{survey.OutcomeStored, survey.OutcomeDuplicate} {
		if r := send(`,"receiptCode":"` + survey.ShowReceiptCode(codes[0]) + `"`); r.Outcome != want {
			t.Errorf("a good code: %+v, want %s", r, want)
		}
	}
}

func TestReceiptBatches(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	manager := []string{"Authorization", w.token("manager")}
	path := "/api/v1/points/" + w.quick.Code + "/receipts"
	made := w.postJSON(path, `{"count":12,"days":30,"note":"Quầy 1"}`, manager...)
	if made.StatusCode != http.StatusCreated || made.Header.Get("Content-Type") != "text/csv; charset=utf-8" || made.Header.Get("Cache-Control") != "no-store" ||
		!strings.Contains(made.Header.Get("Content-Disposition"), "receipts-"+survey.ShowPointCode(w.quick.Code)+"-2026-11-23.csv") {
		t.Fatalf("%d %v", made.StatusCode, made.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(made.body)).ReadAll()
	w.must(err)
	if len(rows) != 13 || strings.Join(rows[0], " ") != "code link last_day" {
		t.Fatalf("%q", rows)
	}
	for _, row := range rows[1:] {
		code, err := survey.ParseReceiptCode(row[0])
		if err != nil || row[1] != publicURL+"/s/"+w.quick.Code+"?r="+code || row[2] != "2026-12-23" {
			t.Errorf("%q, %v", row, err)
		}
	}
	code, _ := survey.ParseReceiptCode(rows[1][0])
	w.must(w.server.receipts.Take(t.Context(), receipts.Use{Point: w.quick.Code, Code: code, Secret: "page", At: w.server.now()}))

	labels := w.postJSON(path, `{"count":30,"days":1,"format":"labels","language":"en"}`, manager...)
	if labels.StatusCode != http.StatusCreated || labels.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(labels.body, "%PDF-") {
		t.Errorf("%d %v", labels.StatusCode, labels.Header)
	}
	list := func() List[ReceiptBatch] {
		t.Helper()
		a := w.get(path, manager...)
		lacks(t, a.body, rows[1][0], code)
		return read[List[ReceiptBatch]](t, a, http.StatusOK)
	}
	batches := list()
	if batches.Total != 2 {
		t.Fatalf("%+v", batches)
	}
	var id string
	for _, b := range batches.Items {
		if b.Count == 12 {
			id = b.ID
			if b.State != receipts.StateGood || *b.Used != 1 || *b.Unused != 11 || b.Note != "Quầy 1" || b.By != "manager" || b.LastDay != "2026-12-23" {
				t.Errorf("%+v", b)
			}
		}
	}
	if id == "" || id != made.Header.Get("Sipas-Receipt-Batch") {
		t.Errorf("the batch is %q, the header says %q", id, made.Header.Get("Sipas-Receipt-Batch"))
	}
	revoked := read[ReceiptBatch](t, w.postJSON("/api/v1/receipts/"+id+"/revoke", "", manager...), http.StatusOK)
	if revoked.State != receipts.StateRevoked || revoked.RevokedOn != "2026-11-23" || *revoked.Unused != 11 {
		t.Errorf("%+v", revoked)
	}
	for body, want := range map[string]string{
		`{"count":0,"days":366}`:                   "count: range; days: range",
		`{"count":501,"days":1,"format":"labels"}`: "count: receipts.tooMany",
	} {
		p := w.postJSON(path, body, manager...).problem(t)
		var all []string
		for _, e := range p.Errors {
			all = append(all, e.Path+": "+e.Reason)
		}
		if got := strings.Join(all, "; "); p.Status != http.StatusUnprocessableEntity || got != want {
			t.Errorf("%s: %d %s", body, p.Status, got)
		}
	}
	if n := list().Total; n != 2 {
		t.Errorf("%d batches", n)
	}
}

// Codes on labels that could not be drawn are not good.
func TestABatchWithoutItsLabelsIsRevoked(t *testing.T) {
	w := newWorld(t)
	batch, codes, err := w.server.receipts.Make(t.Context(), survey.System, receipts.Order{Point: w.quick.Code, Count: 10, Days: 1})
	w.must(err)
	for range atOnce {
		w.server.draws <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), actorKey, survey.System))
	cancel()
	if file, err := w.server.receiptLabels(ctx, w.quick, batch, codes, survey.Vietnamese); !survey.IsCode(err, survey.CodeUnavailable) || file != nil {
		t.Errorf("%d bytes, %v", len(file), err)
	}
	all, err := w.server.receipts.Batches(t.Context(), survey.System, w.quick.Code)
	w.must(err)
	if len(all) != 1 || all[0].State != receipts.StateRevoked {
		t.Errorf("%+v", all)
	}
}

func TestAPointSaysWhetherItAsksForReceiptCodes(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	manager := []string{"Authorization", w.token("manager"), "Content-Type", "application/json"}
	path := "/api/v1/points/" + w.quick.Code
	content := func(rev int, more string) string {
		return fmt.Sprintf(`{"rev":%d,"name":{"vi":"Quầy 1"},"fields":[],"delivery":"counter","questionnaire":"quick"%s}`, rev, more)
	}
	for i, step := range []struct {
		more string
		want survey.ReceiptUse
	}{{"", survey.ReceiptNone}, {`,"receiptCode":"required"`, survey.ReceiptRequired}, {"", survey.ReceiptRequired}, {`,"receiptCode":"none"`, survey.ReceiptNone}} {
		if p := read[Point](t, w.do(http.MethodPut, path, content(i+1, step.more), manager...), http.StatusOK); p.ReceiptCode != step.want {
			t.Errorf("step %d: %q", i, p.ReceiptCode)
		}
	}
	if p := w.do(http.MethodPut, path, content(5, `,"receiptCode":"always"`), manager...).problem(t); p.Status != http.StatusUnprocessableEntity || p.Errors[0].Path != "receiptCode" {
		t.Errorf("%+v", p)
	}
	stored, err := w.store.Points().Find(t.Context(), w.quick.Code)
	w.must(err)
	if stored.ReceiptCode != "" {
		t.Errorf("none is stored as %q", stored.ReceiptCode)
	}
}
