package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/languages"
)

// further are the languages a test adds; see speak.
var further []languages.Language

// khmer is a language as data, of which a translator has done the beginning.
var khmer = languages.Language{Tag: "km", Name: "ភាសាខ្មែរ",
	Texts: map[string]string{"form.send": "ផ្ញើ", "kiosk.invite": "សូមអញ្ជើញ", "level.4": "ពេញចិត្ត", "form.required.rating": "សូមជ្រើសរើស៖ {question}"},
	Forms: map[string]map[string]string{"quick/1": {"items/overall": "តើអ្នកពេញចិត្តទេ?", "items/reasons_happy/options/fast": "លឿន"}}}

// speak adds languages for the time of a test.
func speak(t *testing.T, all ...languages.Language) {
	t.Helper()
	before, names, texts := spoken, maps.Clone(languageNames), maps.Clone(catalogues)
	t.Cleanup(func() { spoken, languageNames, catalogues, further = before, names, texts, nil })
	spoken, further = slices.Clone(spoken), all
	if err := Speak(all); err != nil {
		t.Fatal(err)
	}
}

func TestAFurtherLanguageIsData(t *testing.T) {
	speak(t, khmer)
	w := newWorld(t)
	shown := w.get(w.formPath(w.quick), "Accept-Language", "km-KH, vi;q=0.5")
	contains(t, shown.body, `<html lang="km">`, ">ផ្ញើ</button>", "តើអ្នកពេញចិត្តទេ?", "<span>ពេញចិត្ត</span>", ">លឿន<",
		`<span><span lang="vi">Rất hài lòng</span></span>`, `<span lang="vi">Điều gì đã làm tốt?</span>`, "Tiếng Việt", "English", `<span lang="vi">Phường Đông Hải</span>`,
		`data-busy="Đang gửi…" data-busy-lang="vi"`, `<option value="dat-dai" lang="vi">`)
	lacks(t, shown.body, "form.", "level.", "items/", "&lt;span")
	contains(t, w.get(w.formPath(w.quick)).body, `value="km" lang="km" formnovalidate>ភាសាខ្មែរ</button>`)
	contains(t, w.get("/").body, `hreflang="km">ភាសាខ្មែរ</a>`)

	wrong := w.postForm(w.formPath(w.quick), ".page", shown.pageToken(t), ".language", "km")
	contains(t, wrong.body, "សូមជ្រើសរើស៖ តើអ្នកពេញចិត្តទេ?", `<span lang="vi">Xin Ông/Bà xem lại</span>`)
	sent := w.postForm(w.formPath(w.quick), ".page", shown.pageToken(t), ".language", "km", "overall", "4", "reasons_happy", "fast")
	contains(t, w.get(location(t, sent).String()).body, `<html lang="km">`, "ពេញចិត្ត", "លឿន")
	r := w.theOne()
	if r.Language != "km" {
		t.Errorf("the language %q is stored", r.Language)
	}
	if reasons, _ := r.Answers["reasons_happy"].List(); !slices.Equal(reasons, []string{"fast"}) {
		t.Errorf("reasons %v", reasons)
	}
}

func TestAKioskIsToldTheFurtherLanguagesItOffers(t *testing.T) {
	lao := languages.Language{Tag: "lo", Name: "ລາວ", Texts: map[string]string{}}
	speak(t, khmer, lao)
	w := newWorld(t)
	w.addUsers()
	token := read[DeviceEnrolled](t, w.tryCode(w.issue(w.kiosk).Code), http.StatusOK).Token
	device := func() Device {
		return read[Device](t, w.get("/api/v1/device", "Authorization", "Kiosk "+token), http.StatusOK)
	}
	before := device()
	if len(before.Languages) != 0 {
		t.Errorf("unasked: %v", before.Languages)
	}
	offer := func(tags string) answer {
		body := `{"rev":` + strconv.FormatInt(w.kioskState(w.kiosk).Rev, 10) + `,"name":"Máy","point":"` + w.quick.Code + `","closed":false,"settings":{"theme":"light","languages":[` + tags + `],"voice":false,"sound":false,"volume":60,"brightness":100}}`
		return w.do(http.MethodPut, "/api/v1/kiosks/"+w.kiosk.ID, body, "Authorization", w.token("manager"), "Content-Type", "application/json")
	}
	if a := offer(`"vi","xx"`); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a language that nobody speaks: %d %s", a.StatusCode, a.body)
	}
	if a := offer(`"vi","km"`); a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	told := device()
	if told.Revision == before.Revision || len(told.Languages) != 1 || told.Languages[0].Language != "km" || told.Languages[0].Name != khmer.Name {
		t.Fatalf("%+v", told.Languages)
	}
	if want := map[string]string{"invite": "សូមអញ្ជើញ", "level.4": "ពេញចិត្ត"}; !maps.Equal(told.Languages[0].Texts, want) {
		t.Errorf("got %v, want %v", told.Languages[0].Texts, want)
	}
	if told.Questionnaire.Items[0].Text["km"] == "" {
		t.Error("the form is told without it")
	}
}

func TestLanguagesNameWhatTheyLack(t *testing.T) {
	speak(t, khmer)
	w := newWorld(t)
	w.addUsers()
	a := w.get("/api/v1/languages", "Authorization", w.token("viewer"))
	var list List[PageLanguage]
	w.must(json.Unmarshal([]byte(a.body), &list))
	if a.StatusCode != http.StatusOK || list.Total != 3 {
		t.Fatalf("status %d: %.300s", a.StatusCode, a.body)
	}
	for _, l := range list.Items {
		if l.Shipped && len(l.Missing) != 0 {
			t.Errorf("%s lacks %v", l.Language, l.Missing)
		}
	}
	km := list.Items[2]
	if km.Language != "km" || km.Name != khmer.Name || km.Shipped || km.Texts != len(km.Missing)+6 {
		t.Errorf("%s %s: %d of %d texts are missing", km.Language, km.Name, len(km.Missing), km.Texts)
	}
	for _, key := range []string{"required", "format", "check", "unknown", "used", "expired", "revoked"} {
		if !slices.ContainsFunc(km.Missing, func(m MissingText) bool { return m.Key == "reason.receiptCode."+key }) {
			t.Errorf("%s of receipt codes is not named", key)
		}
	}
	for _, want := range []MissingText{
		{"", "form.resend", "Gửi lại"}, {"", "kiosk.thanks.next", "Người tiếp theo"}, {"", "level.5", "Rất hài lòng"}, {"", "reason.tooLong", "Nhiều nhất {max} ký tự"},
		{"quick/1", "items/reasons_unhappy/options/late", "Trễ hẹn hoặc chờ lâu"}, {"full/1", "sections/tc", "Tiếp cận dịch vụ"},
	} {
		if !slices.Contains(km.Missing, want) {
			t.Errorf("%v is not named", want)
		}
	}
	if slices.ContainsFunc(km.Missing, func(m MissingText) bool { return strings.HasPrefix(m.Key, "kiosk.staff") }) {
		t.Error("what staff read is asked of a translator")
	}
	for _, m := range km.Missing {
		if m.Key == "form.send" || m.Key == "items/overall" && m.Form == "quick/1" || strings.HasPrefix(m.Key, "reason.import") {
			t.Errorf("%v is named", m)
		}
	}
}

func TestSpeakRefuses(t *testing.T) {
	for _, c := range []struct{ name, key, text, want string }{
		{"a text that does not exist", "form.nothing", "x", `km.json: there is no text "form.nothing"`},
		{"a level that does not exist", "level.6", "x", `there is no text "level.6"`},
		{"a parameter that is missing", "form.part", "{n}", `the text "form.part" must have the parameters [{m} {n}]`},
		{"a text of the kiosk that does not exist", "kiosk.staff.title", "x", `there is no text "kiosk.staff.title"`},
		{"a parameter of the kiosk's that is missing", "kiosk.progress", "{n}", `the text "kiosk.progress" must have the parameters [{n} {total}]`},
		{"a parameter too many", "form.send", "{n}", `the text "form.send" must have the parameters []`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Speak([]languages.Language{{Tag: "km", Name: "x", Texts: map[string]string{c.key: c.text}}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if slices.Contains(spoken, survey.Language("km")) {
				t.Error("it is spoken")
			}
		})
	}
}
