package api

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
)

const spokenThanks = "OggS\x00\x02 xin cảm ơn"

func (w *world) upload(language, prompt string, rev int64, file string) answer {
	w.t.Helper()
	return w.do(http.MethodPut, "/api/v1/recordings/"+language+"/"+prompt+"?rev="+strconv.FormatInt(rev, 10), file,
		"Authorization", w.token("admin"), "Content-Type", "application/octet-stream")
}

func (w *world) prompt(language, prompt string) Prompt {
	w.t.Helper()
	list := read[List[Prompt]](w.t, w.get("/api/v1/recordings?size=200&language="+language, "Authorization", w.token("viewer")), http.StatusOK)
	i := slices.IndexFunc(list.Items, func(p Prompt) bool { return p.Prompt == prompt })
	if i < 0 {
		w.t.Fatalf("no prompt %s in %d", prompt, list.Total)
	}
	return list.Items[i]
}

func TestARecordingIsUploadedHeardReplacedAndDeleted(t *testing.T) {
	speak(t, khmer)
	w := newWorld(t)
	w.addUsers()
	if p := w.prompt("km", "thanks"); p.Text != "Xin cảm ơn Ông/Bà!" || p.TextLanguage != "vi" || p.Recording != nil || p.Rev != 0 {
		t.Errorf("before: %+v", p)
	}
	if p := w.prompt("km", "quick.1.overall"); p.Text != "តើអ្នកពេញចិត្តទេ?" || p.TextLanguage != "km" || p.Form["vi"] == "" {
		t.Errorf("a question: %+v", p)
	}
	first := read[Prompt](t, w.upload("vi", "thanks", 0, spokenThanks), http.StatusOK)
	if first.Rev != 1 || first.Recording == nil || first.Recording.Type != "audio/ogg" || first.Recording.Bytes != len(spokenThanks) {
		t.Fatalf("%+v", first)
	}
	heard := w.get("/api/v1/recordings/"+first.Recording.Digest, "Authorization", w.token("viewer"))
	if heard.StatusCode != http.StatusOK || heard.body != spokenThanks || heard.Header.Get("Content-Type") != "audio/ogg" || heard.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v %q", heard.StatusCode, heard.Header, heard.body)
	}
	if a := w.upload("vi", "thanks", 0, "ID3 another"); a.StatusCode != http.StatusConflict {
		t.Errorf("without its revision: %d", a.StatusCode)
	}
	second := read[Prompt](t, w.upload("vi", "thanks", 1, "ID3 another"), http.StatusOK)
	if second.Rev != 2 || second.Recording.Type != "audio/mpeg" || w.get("/api/v1/recordings/"+first.Recording.Digest, "Authorization", w.token("viewer")).StatusCode != http.StatusNotFound {
		t.Errorf("%+v", second)
	}
	gone := read[Prompt](t, w.do(http.MethodDelete, "/api/v1/recordings/vi/thanks?rev=2", "", "Authorization", w.token("admin")), http.StatusOK)
	if gone.Rev != 3 || gone.Recording != nil {
		t.Errorf("%+v", gone)
	}
	again := read[Prompt](t, w.upload("vi", "thanks", 3, spokenThanks), http.StatusOK)
	if again.Recording == nil || again.Rev != 4 {
		t.Errorf("%+v", again)
	}
}

// What was recorded of a form takes room after a newer version, too: it is listed until somebody deletes it.
func TestRecordingsOfAnEarlierVersion(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	const prompt = "full.1.overall"
	first := read[Prompt](t, w.upload("vi", prompt, 0, spokenThanks), http.StatusOK)
	newer := *questionnaires.Find("full", 1)
	newer.Version = 2
	reg, err := registry.Open(t.Context(), registry.Options{Store: w.store, Now: w.server.now, Random: rand.Reader, Questionnaires: append(questionnaires.All(), &newer), Languages: Languages()})
	w.must(err)
	w.server.registry = reg
	listed := func() bool {
		list := read[List[Prompt]](t, w.get("/api/v1/recordings?size=200&language=vi", "Authorization", w.token("viewer")), http.StatusOK)
		return slices.ContainsFunc(list.Items, func(p Prompt) bool { return p.Prompt == prompt })
	}
	if !listed() {
		t.Error("it is not listed")
	}
	gone := read[Prompt](t, w.do(http.MethodDelete, "/api/v1/recordings/vi/"+prompt+"?rev="+strconv.FormatInt(first.Rev, 10), "", "Authorization", w.token("admin")), http.StatusOK)
	if gone.Recording != nil || listed() {
		t.Errorf("after it was deleted: %+v, listed: %v", gone, listed())
	}
}

func TestRecordingsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, c := range []struct {
		name, language, prompt, file string
		path, reason                 string
	}{
		{"a page that says it is audio", "vi", "thanks", "<!doctype html><script>", "audio", survey.ReasonAudioFormat},
		{"too large", "vi", "thanks", "OggS" + strings.Repeat("x", survey.MaxRecording), "audio", survey.ReasonAudioTooLarge},
		{"a prompt that does not exist", "vi", "quick.1.comment", spokenThanks, "prompt", survey.ReasonUnknown},
		{"a language nobody speaks", "xx", "thanks", spokenThanks, "language", survey.ReasonUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.upload(c.language, c.prompt, 0, c.file)
			if a.StatusCode != http.StatusUnprocessableEntity || a.reasons(t)[c.path] != c.reason {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
		})
	}
	if a := w.upload("vi", "thanks", 0, "OggS"+strings.Repeat("x", 2*survey.MaxRecording)); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("far too large: %d", a.StatusCode)
	}
	a := w.do(http.MethodPut, "/api/v1/recordings/vi/thanks?rev=0", spokenThanks, "Authorization", w.token("admin"), "Content-Type", "audio/ogg")
	if a.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("named as something: %d", a.StatusCode)
	}
}

func TestAKioskIsToldWhatWasRecordedOfItsScreens(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	token := read[DeviceEnrolled](t, w.tryCode(w.issue(w.kiosk).Code), http.StatusOK).Token
	device := func() Device {
		return read[Device](t, w.get("/api/v1/device", "Authorization", "Kiosk "+token), http.StatusOK)
	}
	read[Prompt](t, w.upload("vi", "thanks", 0, spokenThanks), http.StatusOK)
	read[Prompt](t, w.upload("vi", "quick.1.overall", 0, "OggS question"), http.StatusOK)
	read[Prompt](t, w.upload("vi", "full.1.overall", 0, "OggS of another form"), http.StatusOK)
	before := device()
	if len(before.Recordings) != 0 {
		t.Errorf("a kiosk without a voice is told %v", before.Recordings)
	}
	body := `{"rev":` + strconv.FormatInt(w.kioskState(w.kiosk).Rev, 10) + `,"name":"Máy","point":"` + w.quick.Code + `","closed":false,"settings":{"theme":"light","languages":["vi"],"voice":true,"sound":false,"volume":60,"brightness":100}}`
	if a := w.do(http.MethodPut, "/api/v1/kiosks/"+w.kiosk.ID, body, "Authorization", w.token("manager"), "Content-Type", "application/json"); a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	told := device()
	var prompts []string
	for _, r := range told.Recordings {
		prompts = append(prompts, r.Prompt)
	}
	if !slices.Equal(prompts, []string{"thanks", "quick.1.overall"}) {
		t.Errorf("told %v", prompts)
	}
	digest := told.Recordings[0].Digest
	for _, c := range []struct {
		name, target, credential string
		status                   int
	}{
		{"the device", "/api/v1/device/recordings/" + digest, "Kiosk " + token, http.StatusOK},
		{"another device", "/api/v1/device/recordings/" + digest, "Kiosk " + strings.Repeat("A", 43), http.StatusUnauthorized},
		{"nobody", "/api/v1/device/recordings/" + digest, "", http.StatusUnauthorized},
		{"what is not there", "/api/v1/device/recordings/" + strings.Repeat("0", 64), "Kiosk " + token, http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.get(c.target, "Authorization", c.credential)
			if a.StatusCode != c.status || c.status == http.StatusOK && a.body != spokenThanks {
				t.Errorf("%d %q", a.StatusCode, a.body)
			}
		})
	}
	read[Prompt](t, w.upload("vi", "thanks", 1, "OggS again"), http.StatusOK)
	if now := device(); now.Revision == told.Revision {
		t.Error("a recording that is replaced changes nothing")
	}
}
