package api

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
	"sipas/survey/report"
)

// replace gives a point another code and shows what the API says of it then.
func (w *world) replace(p survey.Point, rev int64, graceDays int) Point {
	w.t.Helper()
	changed, err := w.server.registry.ReplaceCode(w.t.Context(), survey.System, p.Code, rev, graceDays)
	w.must(err)
	return w.server.showPoint(w.server.registry.Snapshot())(changed)
}

func TestSheetsInEveryFormat(t *testing.T) {
	w := newWorld(t, synthetic)
	base := "/poster/" + strings.ToLower(w.quick.Code)
	for _, format := range report.Formats {
		for _, lang := range []string{"", "&lang=en"} {
			query := "?format=" + string(format) + lang
			pdf := w.get(base + ".pdf" + query)
			if pdf.StatusCode != http.StatusOK || pdf.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(pdf.body, "%PDF-") ||
				!strings.Contains(pdf.Header.Get("Content-Disposition"), `inline; filename="phuong-dong-hai-quay-1-`+survey.ShowPointCode(w.quick.Code)+"-"+string(format)+`.pdf"`) {
				t.Errorf("%s: %d %v", query, pdf.StatusCode, pdf.Header)
			}
			svg := w.get(base + ".svg" + query)
			contains(t, svg.body, `aria-label="`+survey.ShowPointCode(w.quick.Code), `aria-label="`+w.server.phrase(w.quick.Code), "mô phỏng")
			main := map[string]string{"": "Phường Đông Hải", "&lang=en": "Dong Hai Ward"}[lang]
			contains(t, svg.body, "Quầy 1", main, `<title>`+map[string]string{"": "Áp phích", "&lang=en": "QR poster"}[lang])
		}
	}
	drawn := w.get(base + ".png?format=a5")
	if _, err := png.Decode(bytes.NewReader([]byte(drawn.body))); err != nil || drawn.Header.Get("Content-Type") != "image/png" {
		t.Errorf("no PNG: %v", err)
	}
	for target, want := range map[string]int{
		base + ".pdf": 200, base + ".pdf?format=A3": 422, "/poster/0000000000.pdf": 404, "/poster/" + w.closed.Code + ".svg": 404, base + ".gif": 404,
	} {
		if a := w.get(target); a.StatusCode != want {
			t.Errorf("%s gives %d, want %d", target, a.StatusCode, want)
		}
	}
	page := w.get("/poster/" + w.quick.Code + "?lang=en").body
	contains(t, page, "/poster/"+w.quick.Code+".pdf?format=stickers&amp;lang=en", "/poster/"+w.quick.Code+".svg?format=card", "Table card")
}

// Who scans or types the code sees the words of the sheet; who follows a link has no sheet to compare.
func TestTheFormRepeatsThePhraseOfTheSheet(t *testing.T) {
	w := newWorld(t)
	phrase := w.server.phrase(w.quick.Code)
	contains(t, w.get("/poster/"+w.quick.Code).body, phrase)
	typed := location(t, w.get("/?code="+w.quick.Code+"&lang=vi")).String()
	for _, target := range []string{"/s/" + w.quick.Code + "?k=qr", typed} {
		contains(t, w.get(target).body, "Trên tờ dán và trên màn hình phải cùng là:", phrase, "Nếu khác, xin dừng lại")
	}
	lacks(t, w.get("/s/"+w.quick.Code).body, phrase)
	contains(t, w.postForm("/s/"+w.quick.Code+"?k=qr", "lang", "en", ".page", w.open(w.quick)).body, "must show the same words", phrase)
	if phrase == w.server.phrase(w.oneField.Code) {
		t.Error("two points have one phrase")
	}
}

func TestAReplacedCode(t *testing.T) {
	w := newWorld(t)
	before := w.open(w.quick)
	p := w.replace(w.quick, 1, 30)
	old, fresh := w.quick.Code, p.PublicCode
	if p.Code != old || fresh == old || !p.Reprint || len(p.FormerCodes) != 1 || p.FormerCodes[0].Ends != "2026-12-23" || !strings.HasSuffix(p.FormURL, fresh) {
		t.Fatalf("got %+v", p)
	}

	t.Run("both lead to the form, each with the words of its own sheets", func(t *testing.T) {
		contains(t, w.get("/s/"+fresh+"?k=qr").body, w.server.phrase(fresh))
		contains(t, w.get("/s/"+old+"?k=qr").body, w.server.phrase(old))
	})
	t.Run("sheets, codes and the search have the new one", func(t *testing.T) {
		for _, target := range []string{"/poster/" + old, "/poster/" + old + ".pdf?format=card", "/q/" + old + ".svg"} {
			a := w.get(target)
			if want := strings.Replace(target, old, fresh, 1); a.StatusCode != http.StatusFound || a.Header.Get("Location") != want {
				t.Errorf("%s leads to %s with %d", target, a.Header.Get("Location"), a.StatusCode)
			}
		}
		contains(t, w.get("/poster/"+fresh).body, survey.ShowPointCode(fresh))
		found := w.get("/?q=quay+1").body
		contains(t, found, "/s/"+fresh)
		lacks(t, found, "/s/"+old)
	})
	t.Run("ratings by either are the point's", func(t *testing.T) {
		for _, code := range []string{old, fresh} {
			token := w.get("/s/" + code).pageToken(t)
			a := w.postForm("/s/"+code, ".page", token, "overall", "5")
			if !strings.HasPrefix(a.Header.Get("Location"), "/s/"+code+"/thanks?") {
				t.Fatalf("%d to %s", a.StatusCode, a.Header.Get("Location"))
			}
			contains(t, w.get(a.Header.Get("Location")).body, "Phường Đông Hải")
		}
		for _, r := range w.stored() {
			if r.Point != old {
				t.Errorf("stored at %s", r.Point)
			}
		}
	})
	t.Run("after its days the old one leads on", func(t *testing.T) {
		opened := w.get("/s/" + old + "?k=qr").pageToken(t)
		w.advance(29*24*time.Hour + 20*time.Hour)
		for _, target := range []string{"/s/" + old, "/poster/" + old, "/s/" + old + "/thanks"} {
			a := w.get(target)
			if a.StatusCode != http.StatusGone {
				t.Errorf("%s gives %d", target, a.StatusCode)
			}
			contains(t, a.body, "Mã này không còn dùng nữa", "Các điểm khảo sát của Phường Đông Hải")
			lacks(t, a.body, fresh)
		}
		for _, target := range []string{"/q/" + old + ".svg", "/poster/" + old + ".pdf"} {
			if a := w.get(target); a.StatusCode != http.StatusNotFound {
				t.Errorf("%s gives %d", target, a.StatusCode)
			}
		}
		contains(t, w.get("/s/"+fresh).body, "Phường Đông Hải")

		// What was opened before is taken, and thanked for.
		for _, token := range []string{before, opened} {
			a := w.postForm("/s/"+old, ".page", token, "overall", "4")
			if a.StatusCode != http.StatusSeeOther {
				t.Fatalf("got %d", a.StatusCode)
			}
			contains(t, w.get(a.Header.Get("Location")).body, "Cảm ơn Ông/Bà")
		}
		// What was not ours, or is too old, is not.
		if a := w.postForm("/s/"+old, ".page", "x.y", "overall", "4"); a.StatusCode != http.StatusGone {
			t.Errorf("a page that is not ours gives %d", a.StatusCode)
		}
	})
}

func TestPointCodesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	auth := []string{"Authorization", w.token("manager")}
	code := w.oneField.Code // out of scope, below
	list := func(query string) (found List[Point]) {
		t.Helper()
		w.must(json.Unmarshal([]byte(w.get("/api/v1/points?agency=phuong-dong&"+query, auth...).body), &found))
		return found
	}
	if n := list("reprint=true").Total; n != 0 {
		t.Errorf("%d points wait to be printed", n)
	}
	a := w.postJSON("/api/v1/points/"+w.full.Code+"/code", `{"rev":1}`, auth...)
	var p Point
	w.must(json.Unmarshal([]byte(a.body), &p))
	if a.StatusCode != http.StatusOK || p.Rev != 2 || len(p.FormerCodes) != 1 || p.FormerCodes[0].Ends != "2026-12-23" {
		t.Fatalf("%d %+v", a.StatusCode, p)
	}
	for _, c := range []struct {
		name, target, body string
		status             int
		reason             string
	}{
		{"another revision", w.full.Code + "/code", `{"rev":1}`, 409, "rev"},
		{"years of grace", p.PublicCode + "/code", `{"rev":2,"graceDays":4000}`, 422, ""},
		{"an unknown point", "0000000000/code", `{"rev":1}`, 404, ""},
		{"out of scope", code + "/code", `{"rev":1}`, 403, "outOfScope"},
	} {
		got := w.postJSON("/api/v1/points/"+c.target, c.body, auth...)
		if problem := got.problem(t); got.StatusCode != c.status || problem.Reason != c.reason && c.reason != "" {
			t.Errorf("%s: %d %+v", c.name, got.StatusCode, problem)
		}
	}
	for _, q := range []string{p.PublicCode, survey.ShowPointCode(p.Code), p.PublicCode[:4]} {
		if found := list("q=" + q); found.Total != 1 || found.Items[0].Code != p.Code {
			t.Errorf("%s finds %+v", q, found)
		}
	}
	if found := list("reprint=true"); found.Total != 1 || found.Items[0].Code != p.Code {
		t.Errorf("to print: %+v", found)
	}
	if a := w.postJSON("/api/v1/points/"+p.PublicCode+"/printed", `{"rev":2}`, auth...); a.StatusCode != http.StatusOK || list("reprint=true").Total != 0 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}

	// A kiosk is put there, and found, by the code on the wall; its device is told the point's own.
	var k Kiosk
	made := w.postJSON("/api/v1/kiosks", `{"name":"Máy 3","point":"`+p.ShownCode+`"}`, auth...)
	w.must(json.Unmarshal([]byte(made.body), &k))
	if k.Point != p.Code || k.PointShown != p.ShownCode {
		t.Errorf("the kiosk stands at %s, shown %s", k.Point, k.PointShown)
	}
	var kiosks List[Kiosk]
	w.must(json.Unmarshal([]byte(w.get("/api/v1/kiosks?point="+p.PublicCode, auth...).body), &kiosks))
	if kiosks.Total != 1 || kiosks.Items[0].ID != k.ID {
		t.Errorf("found %+v", kiosks)
	}
	stored, _ := w.server.registry.Snapshot().Kiosk(k.ID)
	var device Device
	w.must(json.Unmarshal([]byte(w.get("/api/v1/device", "Authorization", w.enrol(stored)).body), &device))
	if device.Point.Code != p.Code || device.Point.ShownCode != p.ShownCode {
		t.Errorf("the device is at %+v", device.Point)
	}
}

func TestInvitations(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	auth := []string{"Authorization", w.token("manager")}
	var i Invitation
	w.must(json.Unmarshal([]byte(w.get("/api/v1/points/"+w.quick.Code+"/invitation?campaign=quy-4-2026&lang=en", auth...).body), &i))
	if !strings.HasPrefix(i.URL, publicURL+"/s/"+w.quick.Code+"?c=quy-4-2026.") || !strings.HasSuffix(i.URL, "&lang=en") {
		t.Fatalf("got %+v", i)
	}
	for _, bad := range []string{"", "Quý IV", "-x", strings.Repeat("x", 61)} {
		if a := w.get("/api/v1/points/"+w.quick.Code+"/invitation?campaign="+url.QueryEscape(bad), auth...); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("campaign %q gives %d", bad, a.StatusCode)
		}
	}
	invited := strings.TrimPrefix(i.URL, publicURL)

	t.Run("the rating belongs to the campaign", func(t *testing.T) {
		form := w.get(invited)
		contains(t, form.body, `<html lang="en">`)
		action := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(form.body)[1]
		contains(t, action, "c=quy-4-2026.")
		if a := w.postForm(action, ".page", form.pageToken(t), "overall", "4", ".language", "en"); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("got %d", a.StatusCode)
		}
		all := w.stored()
		if last := all[len(all)-1]; last.Campaign == nil || *last.Campaign != "quy-4-2026" || last.Capture != survey.CaptureLink || last.Language != survey.English {
			t.Errorf("stored %+v", last.Submission)
		}
	})
	t.Run("a page that expired goes on in the campaign", func(t *testing.T) {
		token := w.get(invited).pageToken(t)
		w.advance(31 * 24 * time.Hour)
		renewed := w.postForm(invited, ".page", token, "overall", "3")
		if renewed.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("got %d", renewed.StatusCode)
		}
		page, err := w.server.intake.OpenPage(renewed.pageToken(t))
		if err != nil || page.Campaign != "quy-4-2026" {
			t.Errorf("%+v, %v", page, err)
		}
	})
	t.Run("its QR code says it was scanned", func(t *testing.T) {
		want, err := report.NewQR(publicURL + "/s/" + w.quick.Code + "?" + strings.Replace(strings.SplitN(i.URL, "?", 2)[1], "&lang", "&k=qr&lang", 1))
		w.must(err)
		path := regexp.MustCompile(`fill="#000" d="([^"]+)"`)
		svg := w.get(strings.TrimPrefix(i.QRSVGURL, publicURL))
		if got := path.FindStringSubmatch(svg.body); got == nil || got[1] != string(path.FindSubmatch(want.SVG(""))[1]) {
			t.Errorf("another code: %.200s", svg.body)
		}
	})
	t.Run("nobody makes one up", func(t *testing.T) {
		_, check, _ := strings.Cut(strings.SplitN(invited, "&", 2)[0], ".")
		for name, target := range map[string]string{
			"without a check":  "/s/" + w.quick.Code + "?c=quy-4-2026",
			"of another one":   "/s/" + w.quick.Code + "?c=quy-1-2027." + check,
			"at another point": "/s/" + w.full.Code + strings.TrimPrefix(invited, "/s/"+w.quick.Code),
			"cut off":          strings.SplitN(invited, "&", 2)[0][:31],
		} {
			a := w.get(target, "Accept", "text/html")
			if a.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", name, a.StatusCode)
			}
			if name != "at another point" {
				contains(t, a.body, "Liên kết mời đánh giá này không đầy đủ", "/s/"+w.quick.Code+"?lang=vi")
			}
		}
	})
	t.Run("it is good under the next code too", func(t *testing.T) {
		p := w.replace(w.quick, 1, 30)
		if a := w.get(strings.Replace(invited, w.quick.Code, p.PublicCode, 1)); a.StatusCode != http.StatusOK {
			t.Errorf("got %d", a.StatusCode)
		}
	})
}

func TestAnAgencysSheets(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	auth := []string{"Authorization", w.token("admin")}
	pages := func(target string) int {
		t.Helper()
		a := w.get(target, auth...)
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/pdf" {
			t.Fatalf("%s gives %d: %.300s", target, a.StatusCode, a.body)
		}
		return len(regexp.MustCompile(`/Type /Page\b`).FindAllString(a.body, -1))
	}
	_, err := w.server.registry.CreatePoint(t.Context(), survey.System, survey.Point{Agency: "phuong-tay", Name: text("Nộp trực tuyến", "Online"), Delivery: survey.DeliveryOnline, Questionnaire: "quick"})
	w.must(err)
	const list = 1 // page
	for _, c := range []struct {
		target string
		points int
	}{
		{"/api/v1/agencies/tinh/posters.pdf", 5}, // neither the closed one nor the one online has a sheet
		{"/api/v1/agencies/phuong-dong/posters.pdf?format=card&lang=en", 4},
		{"/api/v1/agencies/phuong-tay/posters.pdf?format=stickers", 1},
	} {
		if got := pages(c.target); got != list+c.points {
			t.Errorf("%s has %d pages, want %d", c.target, got, list+c.points)
		}
	}
	none := w.get("/api/v1/agencies/tinh/posters.pdf?reprint=true", auth...)
	if p := none.problem(t); p.Reason != reasonPostersNone || none.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%d %+v", none.StatusCode, p)
	}
	w.replace(w.full, 1, 30)
	if got := pages("/api/v1/agencies/tinh/posters.pdf?reprint=true&format=a5"); got != list+1 {
		t.Errorf("%d pages to print again", got)
	}
	if a := w.get("/api/v1/agencies/xa-la/posters.pdf", auth...); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown agency gives %d", a.StatusCode)
	}

	var many []survey.Point
	for range maxBooklet {
		code, err := survey.NewPointCode(rand.Reader)
		w.must(err)
		many = append(many, survey.Point{Code: code, Agency: "phuong-tay", Name: text("Quầy", "Desk"), Delivery: survey.DeliveryCounter, Questionnaire: "quick"})
	}
	w.must(w.server.registry.Load(t.Context(), registry.Catalogue{Points: many}))
	full := w.get("/api/v1/agencies/phuong-tay/posters.pdf", auth...)
	if p := full.problem(t); p.Reason != reasonPostersTooMany {
		t.Errorf("%+v", p)
	}
}
