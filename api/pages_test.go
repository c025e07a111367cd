package api

import (
	"bytes"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/report"
)

// Every text that a template asks for exists.
func TestTemplatesNameTextsThatExist(t *testing.T) {
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		source, err := pageFiles.ReadFile("pages/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range regexp.MustCompile(`\.Tn? "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
			if _, ok := catalogues[survey.Vietnamese][key[1]]; !ok {
				t.Errorf("%s: there is no text %s", f.Name(), key[1])
			}
		}
	}
}

func TestHomeTakesACode(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, query string
		status      int
		want        string
	}{
		{"empty", "code=", 404, "Xin Ông/Bà nhập mã"},
		{"too short", "code=abc", 404, "10 chữ và số"},
		{"unknown", "code=0000000000", 404, "id=\"code-err\""},
		{"markup", "code=%3Cb%3E", 404, "&lt;b&gt;"},
		{"shown form", "code=" + survey.ShowPointCode(w.quick.Code), 303, ""},
		{"lower case with spaces", "code=+" + strings.ToLower(w.quick.Code) + "+", 303, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get("/?" + c.query)
			if a.StatusCode != c.status {
				t.Fatalf("got %d", a.StatusCode)
			}
			if c.status == http.StatusSeeOther {
				if got := a.Header.Get("Location"); got != "/s/"+w.quick.Code+"?k=code" {
					t.Errorf("to %s", got)
				}
				return
			}
			contains(t, a.body, c.want, "<title>Lỗi: ", `href="#code"`)
		})
	}
}

func TestHomeFindsAgenciesAndTheirPoints(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, q    string
		has, hasNo []string
	}{
		{"nothing", "zzz", []string{"Không tìm thấy cơ quan nào"}, []string{"/s/"}},
		{"an agency without accents", "dong hai", []string{"Phường Đông Hải", "/s/" + w.quick.Code, "/s/" + w.full.Code}, []string{w.oneField.Code}},
		{"English", "ward", []string{"Phường Đông Hải", "Phường Tây Hồ"}, nil},
		{"a point by its name", "quầy 2", []string{"Phường Tây Hồ", w.oneField.Code}, []string{w.quick.Code}},
		{"closed points stay out", "quay 6", []string{"Không tìm thấy"}, []string{w.closed.Code}},
		{"markup", "<b>", []string{"&lt;b&gt;"}, []string{"<b>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get("/?q=" + strings.NewReplacer(" ", "+", "<", "%3C", ">", "%3E").Replace(c.q))
			if a.StatusCode != http.StatusOK {
				t.Errorf("got %d", a.StatusCode)
			}
			contains(t, a.body, c.has...)
			lacks(t, a.body, c.hasNo...)
		})
	}
}

// "tay" and "ho" stand in the name of an earlier point, too, but not as they were typed.
func TestHomeListsFirstWhatIsNamedAsTyped(t *testing.T) {
	w := newWorld(t)
	_, err := w.server.registry.CreatePoint(t.Context(), survey.System, survey.Point{Agency: "phuong-dong", Name: text("Hồ sơ phía Tây", "West"), Delivery: survey.DeliveryCounter, Questionnaire: "quick"})
	w.must(err)
	for q, first := range map[string]string{"tay+ho": "Phường Tây Hồ", "tay+h": "Phường Tây Hồ", "ho+tay": "Phường Đông Hải", "ho+so": "Phường Đông Hải"} {
		found := regexp.MustCompile(`<h2>([^<]+)</h2>`).FindAllStringSubmatch(w.get("/?q="+q).body, -1)
		if len(found) == 0 || found[0][1] != first {
			t.Errorf("%s finds %v", q, found)
		}
	}
}

func TestPagesSpeakBothLanguages(t *testing.T) {
	w := newWorld(t, synthetic)
	for _, target := range []string{"/", "/?q=dong", "/s/" + w.quick.Code, "/s/0", "/s/" + w.closed.Code, "/s/" + w.quick.Code + "/thanks", "/nothing", "/admin", "/poster/" + w.quick.Code} {
		t.Run(target, func(t *testing.T) {
			vi := w.get(target, "Accept", "text/html")
			en := w.get(target, "Accept", "text/html", "Accept-Language", "en-US,en;q=0.9")
			contains(t, vi.body, `<html lang="vi">`, "Dữ liệu mô phỏng")
			contains(t, en.body, `<html lang="en">`, "Synthetic data")
			if vi.Header.Get("Content-Language") != "vi" || en.Header.Get("Content-Language") != "en" || vi.StatusCode != en.StatusCode {
				t.Errorf("%d %s, %d %s", vi.StatusCode, vi.Header.Get("Content-Language"), en.StatusCode, en.Header.Get("Content-Language"))
			}
		})
	}
	if named := w.get("/?lang=en", "Accept-Language", "vi"); !strings.Contains(named.body, `<html lang="en">`) {
		t.Error("the address does not win over the browser")
	}
	lacks(t, newWorld(t).get("/").body, "mô phỏng")
}

func TestQRCodesCarryTheShortAddress(t *testing.T) {
	w := newWorld(t)
	want, err := report.NewQR(publicURL + "/s/" + w.quick.Code + "?k=qr")
	w.must(err)
	svg := w.get("/q/" + strings.ToLower(w.quick.Code) + ".svg")
	path := regexp.MustCompile(`fill="#000" d="([^"]+)"`)
	if got, ok := path.FindStringSubmatch(svg.body), path.FindSubmatch(want.SVG("")); got == nil || got[1] != string(ok[1]) {
		t.Error("the SVG is another code")
	}
	if svg.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(svg.Header.Get("Cache-Control"), "max-age") {
		t.Errorf("headers %v", svg.Header)
	}
	image := w.get("/q/" + w.quick.Code + ".png")
	if _, err := png.Decode(bytes.NewReader([]byte(image.body))); err != nil || image.Header.Get("Content-Type") != "image/png" {
		t.Errorf("no PNG: %v", err)
	}
	for _, target := range []string{"/q/0000000000.svg", "/q/x.png", "/q/" + w.quick.Code + ".gif"} {
		if a := w.get(target); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s gives %d", target, a.StatusCode)
		}
	}
}

func TestPoster(t *testing.T) {
	w := newWorld(t)
	a := w.get("/poster/" + strings.ToLower(w.quick.Code))
	contains(t, a.body, survey.ShowPointCode(w.quick.Code), "danhgia.example.vn", "Phường Đông Hải", "Dong Hai Ward", "Quầy 1", "@page{size:a4", "<svg",
		"Quét mã", "Scan the code")
	contains(t, w.get("/poster/"+w.quick.Code+"?size=a5").body, "@page{size:a5", `class="sheet a5"`)
	contains(t, a.body, "Desk Quầy 1", "chưa đến một phút", "less than a minute", `id="print" hidden>In áp phích</button>`, "trên điện thoại")
	contains(t, w.get("/poster/"+w.full.Code).body, "khoảng 5 phút", "about 5 minutes")
	lacks(t, w.get("/poster/"+w.full.Code).body, "một phút")
	closed := w.get("/poster/" + w.closed.Code)
	if closed.StatusCode != http.StatusGone {
		t.Errorf("a closed point gives %d", closed.StatusCode)
	}
	contains(t, closed.body, "ngừng nhận đánh giá", `class="go" href="/?`, "Các điểm khảo sát của Phường Đông Hải")
	lacks(t, closed.body, "<script", w.closed.Code)
	if unknown := w.get("/poster/0000000000"); unknown.StatusCode != http.StatusNotFound {
		t.Errorf("got %d", unknown.StatusCode)
	}
}

func TestEveryFormSaysHowLongItTakes(t *testing.T) {
	w := newWorld(t)
	home := w.get("/?q=dong+hai").body
	for _, c := range []struct {
		p    survey.Point
		want string
		said bool // on the form itself
	}{
		{w.quick, "chưa đến một phút", false}, {w.short, "chưa đến một phút", false}, {w.full, "khoảng 5 phút", true},
	} {
		t.Run(c.p.Questionnaire, func(t *testing.T) {
			contains(t, home, "<span>"+c.p.Name["vi"]+`</span> <span class="opt">`+c.want+"</span>")
			if got := strings.Contains(w.get("/s/"+c.p.Code).body, "Phiếu này mất "+c.want); got != c.said {
				t.Errorf("the form says so: %t", got)
			}
		})
	}
}
