package api

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
)

// read takes an answer apart; any other status ends the test.
func read[T any](t *testing.T, a answer, status int) T {
	t.Helper()
	var v T
	if a.StatusCode != status {
		t.Fatalf("got %d, want %d: %s", a.StatusCode, status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) issue(kiosk survey.Kiosk) Enrolment {
	w.t.Helper()
	return read[Enrolment](w.t, w.do(http.MethodPost, "/api/v1/kiosks/"+strings.ToLower(kiosk.ID)+"/enrolment", "", "Authorization", w.token("manager")), http.StatusCreated)
}

func (w *world) tryCode(code string) answer {
	w.t.Helper()
	return w.postJSON("/api/v1/device/enrol", `{"code":"`+code+`"}`)
}

func (w *world) kioskState(kiosk survey.Kiosk) Kiosk {
	w.t.Helper()
	return read[Kiosk](w.t, w.get("/api/v1/kiosks/"+kiosk.ID, "Authorization", w.token("manager")), http.StatusOK)
}

// rating is an item as a kiosk at the point sends it.
func rating(id, point string) string {
	return strings.Replace(item(id, point, `,"answers":{"overall":4},"answeredAt":"2026-11-20T02:00:00Z","clockOffset":0`), `"link"`, `"kiosk"`, 1)
}

func TestEnrolmentRefuses(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	used := w.issue(w.kiosk)
	read[DeviceEnrolled](t, w.tryCode(used.Code), http.StatusOK)
	replaced := w.issue(w.other)
	current := w.issue(w.other)
	for _, c := range []struct {
		name, code string
		status     int
		reason     string
	}{
		{"too short", "K7QX", 422, ""},
		{"an unknown one", "00000000", 401, survey.ReasonEnrolmentUnknown},
		{"a used one", used.Code, 401, survey.ReasonEnrolmentUsed},
		{"one replaced by a newer one", replaced.Code, 401, survey.ReasonEnrolmentReplaced},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.tryCode(c.code)
			if p := a.problem(t); p.Status != c.status || p.Reason != c.reason {
				t.Errorf("%s", a.body)
			}
			if c.status == http.StatusUnprocessableEntity && a.reasons(t)["code"] != survey.ReasonEnrolmentFormat {
				t.Errorf("%s", a.body)
			}
			lacks(t, a.body, c.code)
		})
	}
	w.advance(11 * time.Minute)
	if p := w.tryCode(current.Code).problem(t); p.Status != http.StatusUnauthorized || p.Reason != survey.ReasonEnrolmentExpired {
		t.Errorf("an old code: %+v", p)
	}
	var last answer
	for range 21 {
		last = w.tryCode("00000000")
	}
	if p := last.problem(t); p.Status != http.StatusTooManyRequests || p.Reason != survey.ReasonEnrolmentThrottled || last.Header.Get("Retry-After") == "" {
		t.Errorf("after too many: %s", last.body)
	}
}

func TestAKioskIsEnrolledMovedRevokedAndClosed(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	if k := w.kioskState(w.kiosk); k.State != "none" || k.Device != nil || k.PointShown != survey.ShowPointCode(w.quick.Code) || k.AgencyName["vi"] != "Phường Đông Hải" {
		t.Errorf("at first: %+v", k)
	}
	code := w.issue(w.kiosk)
	if code.URL != publicURL+"/kiosk" || code.ShownCode != survey.ShowEnrolmentCode(code.Code) || !code.ExpiresAt.Equal(w.server.now().UTC().Truncate(time.Millisecond).Add(10*time.Minute)) {
		t.Errorf("the code: %+v", code)
	}
	if k := w.kioskState(w.kiosk); k.State != "waiting" {
		t.Errorf("with a code: %+v", k)
	}
	a := w.tryCode(" " + strings.ToLower(code.ShownCode) + " ")
	enrolled := read[DeviceEnrolled](t, a, http.StatusOK)
	if a.Header.Get("Cache-Control") != "no-store" || enrolled.Token == "" || enrolled.Device.Kiosk.ID != w.kiosk.ID {
		t.Errorf("enrolled: %s", a.body)
	}
	if k := w.kioskState(w.kiosk); k.State != "enrolled" || k.Device == nil || k.Device.SeenAt.IsZero() {
		t.Errorf("enrolled: %+v", k)
	}

	device := func() answer { return w.get("/api/v1/device", "Authorization", "Kiosk "+enrolled.Token) }
	d := read[Device](t, device(), http.StatusOK)
	if d.Point.Code != w.quick.Code || len(d.Point.Fields) != 3 || d.Point.Fields[0].ID != "dat-dai" || d.Point.Fields[0].Name["vi"] == "" || d.Point.Closed ||
		d.Questionnaire.ID != "quick" || len(d.Questionnaire.Items) == 0 || d.Province["vi"] != "Tỉnh Hải Long" || d.Synthetic || d.Version != "test" || d.ServerTime.IsZero() {
		t.Errorf("%+v", d)
	}
	change := func(body string) Kiosk {
		t.Helper()
		return read[Kiosk](t, w.write(http.MethodPut, "/api/v1/kiosks/"+w.kiosk.ID, body, "manager"), http.StatusOK)
	}
	k := w.kioskState(w.kiosk)
	rev := func() string { return `{"rev":` + string(rune('0'+k.Rev)) + `,"name":"Máy ở sảnh","point":"` }
	k = change(rev() + survey.ShowPointCode(w.full.Code) + `","closed":false}`)
	if len(k.Points) != 2 || k.Point != w.full.Code || k.State != "enrolled" {
		t.Errorf("moved: %+v", k)
	}
	if d = read[Device](t, device(), http.StatusOK); d.Kiosk.Name != "Máy ở sảnh" || d.Point.Code != w.full.Code || d.Questionnaire.ID != "full" || len(d.Point.Fields) != 0 {
		t.Errorf("moved: %+v", d)
	}
	k = change(rev() + w.full.Code + `","closed":true}`)
	if k.State != "closed" || device().problem(t).Reason != survey.ReasonKioskClosed {
		t.Errorf("closed: %+v", k)
	}
	if p := w.do(http.MethodPost, "/api/v1/kiosks/"+k.ID+"/enrolment", "", "Authorization", w.token("manager")).problem(t); p.Status != http.StatusConflict || p.Reason != survey.ReasonKioskClosed {
		t.Errorf("a code for a closed kiosk: %+v", p)
	}
	k = change(rev() + w.full.Code + `","closed":false}`)

	next := read[DeviceToken](t, w.do(http.MethodPost, "/api/v1/device/rotate", "", "Authorization", "Kiosk "+enrolled.Token), http.StatusOK)
	if a := device(); a.StatusCode != http.StatusOK {
		t.Errorf("the old token before the new one is used: %d", a.StatusCode)
	}
	old := enrolled.Token
	enrolled.Token = next.Token
	if a := device(); a.StatusCode != http.StatusOK || next.Token == old {
		t.Errorf("the new token: %d", a.StatusCode)
	}
	if p := w.get("/api/v1/device", "Authorization", "Kiosk "+old).problem(t); p.Reason != survey.ReasonDeviceUnknown {
		t.Errorf("the old token afterwards: %+v", p)
	}

	k = read[Kiosk](t, w.do(http.MethodPost, "/api/v1/kiosks/"+k.ID+"/revoke", "", "Authorization", w.token("manager")), http.StatusOK)
	if k.State != "revoked" || k.Device != nil || device().problem(t).Reason != survey.ReasonDeviceRevoked {
		t.Errorf("revoked: %+v", k)
	}
}

// What waited on a revoked tablet is sent once it is enrolled again, and counted once.
func TestAKioskSendsWhatWaited(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	first, second := uuid.NewString(), uuid.NewString()
	device := w.enrol(w.kiosk)
	send := func(items ...string) answer {
		t.Helper()
		return w.postJSON("/api/v1/responses", batch(items...), "Authorization", device)
	}
	for _, c := range []struct {
		name, item, path, reason string
	}{
		{"a point it never stood at", rating(uuid.NewString(), w.full.Code), "point", survey.ReasonNotOfKiosk},
		{"as a page", item(uuid.NewString(), w.quick.Code, `,"answers":{"overall":4}`), "capture", survey.ReasonNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := send(c.item).results(t).Results[0]
			if r.Outcome != survey.OutcomeInvalid || len(r.Problem.Errors) != 1 || r.Problem.Errors[0].Path != c.path || r.Problem.Errors[0].Reason != c.reason {
				t.Errorf("%+v", r)
			}
		})
	}
	if r := send(rating(first, w.quick.Code)).results(t); r.Results[0].Outcome != survey.OutcomeStored {
		t.Fatalf("%+v", r)
	}
	if stored := w.theOne(); stored.Capture != survey.CaptureKiosk || stored.Agency != "phuong-dong" {
		t.Errorf("%+v", stored)
	}
	read[Kiosk](t, w.do(http.MethodPost, "/api/v1/kiosks/"+w.kiosk.ID+"/revoke", "", "Authorization", w.token("manager")), http.StatusOK)
	if p := send(rating(first, w.quick.Code), rating(second, w.quick.Code)).problem(t); p.Status != http.StatusUnauthorized || p.Reason != survey.ReasonDeviceRevoked {
		t.Errorf("revoked: %+v", p)
	}
	device = w.enrol(w.kiosk)
	r := send(rating(first, w.quick.Code), rating(second, w.quick.Code)).results(t)
	if r.Results[0].Outcome != survey.OutcomeDuplicate || r.Results[1].Outcome != survey.OutcomeStored || len(w.stored()) != 2 {
		t.Errorf("enrolled again: %+v", r)
	}
}

// Settings and opening hours reach the device, and stay where a change does not speak of them.
func TestAKioskIsToldHowToBehave(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	device := w.enrol(w.kiosk)
	told := func() DeviceSettings {
		t.Helper()
		return read[Device](t, w.get("/api/v1/device", "Authorization", device), http.StatusOK).Settings
	}
	if s := told(); s.Theme != survey.ThemeLight || s.Voice || s.Sound || len(s.Languages) != 2 || s.Brightness != 100 || s.Hours == nil || len(s.Hours) != 0 {
		t.Errorf("at first: %+v", s)
	}

	body := `{"rev":2,"name":"Máy ở sảnh","point":"` + w.quick.Code + `","closed":false`
	settings := `,"settings":{"theme":"contrast","languages":["vi"],"voice":true,"sound":true,"volume":30,"brightness":70}}`
	read[Kiosk](t, w.write(http.MethodPut, "/api/v1/kiosks/"+w.kiosk.ID, body+settings, "manager"), http.StatusOK)
	read[Kiosk](t, w.write(http.MethodPut, "/api/v1/kiosks/"+w.kiosk.ID, strings.Replace(body, `"rev":2`, `"rev":3`, 1)+`}`, "manager"), http.StatusOK)
	if s := told(); s.Theme != survey.ThemeContrast || !s.Voice || !s.Sound || s.Volume != 30 || s.Brightness != 70 || len(s.Languages) != 1 {
		t.Errorf("set: %+v", s)
	}

	point := func(rev, hours string) Point {
		t.Helper()
		return read[Point](t, w.write(http.MethodPut, "/api/v1/points/"+w.quick.Code,
			`{"rev":`+rev+`,"name":{"vi":"Quầy"},"fields":[],"delivery":"counter","questionnaire":"quick"`+hours+`}`, "manager"), http.StatusOK)
	}
	p := point("1", `,"hours":[{"day":1,"from":"07:30","to":"11:30"}]`)
	if p = point("2", ``); len(p.Hours) != 1 || len(told().Hours) != 1 || told().Hours[0] != (survey.OpeningSpan{Day: 1, From: "07:30", To: "11:30"}) {
		t.Errorf("the hours: %+v, %+v", p.Hours, told())
	}
	if p = point("3", `,"hours":[]`); len(p.Hours) != 0 || len(told().Hours) != 0 {
		t.Errorf("no hours: %+v", p.Hours)
	}
}

func TestKiosksAreRefusedWithEveryErrorAtOnce(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, c := range []struct {
		name, user, body string
		status           int
		want             map[string]string
	}{
		{"nothing", "admin", `{"name":" ","point":""}`, 422, map[string]string{"name": "required", "point": "required"}},
		{"no such point", "admin", `{"name":"x","point":"secret"}`, 422, map[string]string{"point": "unknown"}},
		{"a closed point", "admin", `{"name":"x","point":"` + w.closed.Code + `"}`, 422, map[string]string{"point": "closedRecord"}},
		{"settings out of range", "admin", `{"name":"x","point":"` + w.quick.Code + `","settings":{"theme":"secret","languages":["en"],"voice":false,"sound":false,"volume":0,"brightness":100}}`,
			422, map[string]string{"settings.theme": "unknown", "settings.languages": "required", "settings.volume": "range"}},
		{"a point beside the subtree", "manager", `{"name":"x","point":"` + w.oneField.Code + `"}`, 403, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.write(http.MethodPost, "/api/v1/kiosks", c.body, c.user)
			got := a.reasons(t)
			for path, reason := range c.want {
				if got[path] != reason {
					t.Errorf("%s: %q, want %q", path, got[path], reason)
				}
			}
			if a.StatusCode != c.status || len(got) != len(c.want) {
				t.Errorf("%d %v", a.StatusCode, got)
			}
			lacks(t, a.body, "secret")
		})
	}
	stale := `{"rev":7,"name":"x","point":"` + w.quick.Code + `","closed":false}`
	p := w.write(http.MethodPut, "/api/v1/kiosks/"+w.kiosk.ID, stale, "manager").problem(t)
	if current, _ := p.Current.(map[string]any); p.Reason != survey.ReasonRevision || current["id"] != w.kiosk.ID || current["state"] != "none" {
		t.Errorf("%+v", p)
	}
	for _, target := range []string{"/api/v1/kiosks/00000000/enrolment", "/api/v1/kiosks/00000000/revoke"} {
		if a := w.do(http.MethodPost, target, "", "Authorization", w.token("admin")); a.problem(t).Code != survey.CodeNotFound {
			t.Errorf("%s: %d", target, a.StatusCode)
		}
	}
	list := w.get("/api/v1/kiosks", "Authorization", w.token("managerOut"))
	if got := read[List[Kiosk]](t, list, http.StatusOK); got.Total != 0 {
		t.Errorf("a manager beside sees %+v", got)
	}
	if got := w.get("/api/v1/kiosks", "Authorization", w.token("viewer")).problem(t); got.Reason != survey.ReasonNoRight {
		t.Errorf("a viewer: %+v", got)
	}
}

func TestTheLogNamesNoCodeTokenOrAgent(t *testing.T) {
	w := newWorld(t, withFrontend(builtFrontend()))
	w.addUsers()
	code := w.issue(w.kiosk)
	token := read[DeviceEnrolled](t, w.tryCode(code.Code), http.StatusOK).Token
	agent := []string{"Authorization", "Kiosk " + token, "User-Agent", "Máy tính bảng", "X-Forwarded-For", "203.0.113.7"}
	w.get("/kiosk?code="+code.Code, agent...)
	w.get("/kiosk/"+code.Code, agent...)
	w.get("/api/v1/device", agent...)
	w.do(http.MethodPost, "/api/v1/device/rotate", "", agent...)
	w.postJSON("/api/v1/responses", batch(rating(uuid.NewString(), w.quick.Code)), agent...)
	log := w.log.String()
	contains(t, log, "route=/kiosk ", "route=/kiosk/*", "route=/api/v1/device ", "route=/api/v1/device/enrol", "route=/api/v1/device/rotate")
	secret := token[strings.IndexByte(token, '.')+1:]
	lacks(t, log, code.Code, code.ShownCode, secret, "Máy tính", "203.0.113.7", "0.0.0.0", w.kiosk.ID)
}

func TestAKioskSaysHowItIsAndIsToldWhatChanged(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	report := `{"waiting":12,"aside":1,"oldest":"2026-11-01T01:00:00Z","lastRating":"2026-11-20T02:00:00Z","build":"kiosk-abc","clockOffset":-86400000,` +
		`"storageKept":true,"battery":{"percent":41,"charging":false},"settings":"SETTINGS"}`
	beat := func(token, settings string) answer {
		return w.postJSON("/api/v1/device/heartbeat", strings.Replace(report, "SETTINGS", settings, 1), "Authorization", token)
	}
	for _, token := range []string{"", "Kiosk nothing", w.token("admin")} {
		if a := beat(token, ""); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("token %q: %d", token, a.StatusCode)
		}
	}
	enrolled := read[DeviceEnrolled](t, w.tryCode(w.issue(w.kiosk).Code), http.StatusOK)
	if k := w.kioskState(w.kiosk); k.Device == nil || k.Device.Heartbeat != nil {
		t.Errorf("before the first: %+v", k.Device)
	}
	entries := func() int {
		return read[struct{ Total int }](t, w.get("/api/v1/audit", "Authorization", w.token("admin")), http.StatusOK).Total
	}
	audited := entries()
	token := "Kiosk " + enrolled.Token
	a := read[HeartbeatAnswer](t, beat(token, enrolled.Device.Revision), http.StatusOK)
	if a.Device != nil || a.ServerTime.IsZero() {
		t.Errorf("nothing changed: %+v", a)
	}
	h := w.kioskState(w.kiosk).Device.Heartbeat
	if h == nil || !h.Online || !h.InForce || h.Newest || h.Waiting != 12 || h.Aside != 1 || h.Oldest == nil || h.LastRating == nil || *h.ClockOffset != -86400000 ||
		!*h.StorageKept || *h.Battery != (DeviceBattery{Percent: 41}) || !h.At.Equal(a.ServerTime) {
		t.Errorf("shown: %+v", h)
	}

	k := w.kioskState(w.kiosk)
	read[Kiosk](t, w.write(http.MethodPut, "/api/v1/kiosks/"+k.ID, `{"rev":`+string(rune('0'+k.Rev))+`,"name":"Máy ở sảnh","point":"`+w.full.Code+`","closed":false}`, "manager"), http.StatusOK)
	if h := w.kioskState(w.kiosk).Device.Heartbeat; h.InForce {
		t.Errorf("what changed applies at once: %+v", h)
	}
	a = read[HeartbeatAnswer](t, beat(token, enrolled.Device.Revision), http.StatusOK)
	if a.Device == nil || a.Device.Questionnaire.ID != "full" || a.Device.Revision == enrolled.Device.Revision {
		t.Fatalf("told: %+v", a.Device)
	}
	if b := read[HeartbeatAnswer](t, beat(token, a.Device.Revision), http.StatusOK); b.Device != nil || !w.kioskState(w.kiosk).Device.Heartbeat.InForce {
		t.Errorf("told again: %+v", b)
	}
	if now := entries(); now != audited+1 {
		t.Errorf("%d audit entries, want the one of the move", now-audited)
	}

	bare := `{"waiting":0,"aside":0,"oldest":null,"lastRating":null,"build":"","clockOffset":null,"storageKept":null,"settings":""}`
	read[HeartbeatAnswer](t, w.postJSON("/api/v1/device/heartbeat", bare, "Authorization", token), http.StatusOK)
	if h := w.kioskState(w.kiosk).Device.Heartbeat; h.Oldest != nil || h.LastRating != nil || h.ClockOffset != nil || h.StorageKept != nil || h.Battery != nil {
		t.Errorf("nothing is known: %+v", h)
	}

	w.advance(4 * time.Minute)
	if h := w.kioskState(w.kiosk).Device.Heartbeat; h.Online || h.Missed {
		t.Errorf("silent for four minutes, at hours nobody knows: %+v", h)
	}
	point, _ := w.server.registry.Snapshot().Point(w.kioskState(w.kiosk).Point)
	for _, c := range []struct {
		from, to string
		missed   bool
	}{{"00:00", "24:00", true}, {"03:00", "03:01", false}} {
		point.Hours = nil
		for day := 1; day <= 7; day++ {
			point.Hours = append(point.Hours, survey.OpeningSpan{Day: day, From: c.from, To: c.to})
		}
		var err error
		point, err = w.server.registry.UpdatePoint(t.Context(), survey.System, point)
		w.must(err)
		if h := w.kioskState(w.kiosk).Device.Heartbeat; h.Missed != c.missed {
			t.Errorf("silent, open %s to %s: %+v", c.from, c.to, h)
		}
	}
	for name, body := range map[string]string{
		"a negative number": strings.Replace(report, `"waiting":12`, `"waiting":-1`, 1),
		"a full battery":    strings.Replace(report, `"percent":41`, `"percent":141`, 1),
		"no time":           strings.Replace(report, "2026-11-01T01:00:00Z", "yesterday", 1),
	} {
		if a := w.postJSON("/api/v1/device/heartbeat", body, "Authorization", token); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	read[DeviceEnrolled](t, w.tryCode(w.issue(w.kiosk).Code), http.StatusOK)
	if k := w.kioskState(w.kiosk); k.Device.Heartbeat != nil {
		t.Errorf("of the tablet before: %+v", k.Device.Heartbeat)
	}
}

func TestACodeIsShownBeforeItIsUsed(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	code := w.issue(w.kiosk)
	if !strings.HasPrefix(code.QR, "<svg ") || strings.Contains(code.URL, code.Code) {
		t.Errorf("the code: %+v", code)
	}
	preview := func(code string) answer { return w.postJSON("/api/v1/device/enrolment", `{"code":"`+code+`"}`) }
	for range 2 {
		shown := read[DeviceEnrolment](t, preview(code.ShownCode), http.StatusOK)
		if shown.Kiosk.ID != w.kiosk.ID || shown.PointName["vi"] != w.quick.Name["vi"] || shown.AgencyName["vi"] != "Phường Đông Hải" {
			t.Errorf("shown: %+v", shown)
		}
	}
	if k := w.kioskState(w.kiosk); k.State != "waiting" {
		t.Errorf("looking used the code up: %+v", k)
	}
	read[DeviceEnrolled](t, w.tryCode(code.Code), http.StatusOK)
	if p := preview(code.Code).problem(t); p.Reason != survey.ReasonEnrolmentUsed {
		t.Errorf("a used code: %+v", p)
	}
	var last answer
	for range 21 {
		last = preview("00000000")
	}
	if last.StatusCode != http.StatusTooManyRequests || w.tryCode("00000000").StatusCode != http.StatusTooManyRequests {
		t.Errorf("after too many: %s", last.body)
	}
}

func TestADeviceEndsItsEnrolment(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	enrolled := read[DeviceEnrolled](t, w.tryCode(w.issue(w.kiosk).Code), http.StatusOK)
	next := w.issue(w.kiosk)
	end := func() answer {
		return w.do(http.MethodPost, "/api/v1/device/unenrol", "", "Authorization", "Kiosk "+enrolled.Token)
	}
	if a := end(); a.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if p := end().problem(t); p.Status != http.StatusUnauthorized || p.Reason != survey.ReasonDeviceRevoked {
		t.Errorf("again: %+v", p)
	}
	if k := w.kioskState(w.kiosk); k.State != "waiting" || k.Device != nil {
		t.Errorf("with a newer code: %+v", k)
	}
	again := read[DeviceEnrolled](t, w.tryCode(next.Code), http.StatusOK)
	enrolled = again
	if a := end(); a.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if k := w.kioskState(w.kiosk); k.State != "revoked" {
		t.Errorf("without another code: %+v", k)
	}
}

func TestTheStaffPINIsToldToTheDeviceAsAHash(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	set := func(pin, user string) answer {
		return w.write(http.MethodPut, "/api/v1/kiosks/"+w.kiosk.ID+"/staff-pin", `{"pin":"`+pin+`"}`, user)
	}
	for pin, reason := range map[string]string{
		"12345": survey.ReasonTooShort, "8026413802641": survey.ReasonTooLong, "12345a": survey.ReasonFormat, "１２３４５６": survey.ReasonFormat,
		"000000": survey.ReasonPINGuessable, "123456": survey.ReasonPINGuessable, "890123": survey.ReasonPINGuessable, "654321": survey.ReasonPINGuessable,
		"210987654321": survey.ReasonPINGuessable,
	} {
		if a := set(pin, "manager"); a.StatusCode != http.StatusUnprocessableEntity || a.reasons(t)["pin"] != reason {
			t.Errorf("%q: %s", pin, a.body)
		}
	}
	for _, pin := range []string{"111112", "123457", "135790"} {
		if a := set(pin, "manager"); a.StatusCode != http.StatusOK {
			t.Errorf("%q: %s", pin, a.body)
		}
	}
	if k := read[Kiosk](t, set("802641", "manager"), http.StatusOK); !k.HasPIN {
		t.Errorf("%+v", k)
	}
	enrolled := read[DeviceEnrolled](t, w.tryCode(w.issue(w.kiosk).Code), http.StatusOK)
	pin := enrolled.Device.StaffPIN
	if pin == nil || len(pin.Salt) != 16 || pin.Iterations < 600_000 {
		t.Fatalf("told: %+v", pin)
	}
	if hash, err := pbkdf2.Key(sha256.New, "802641", pin.Salt, pin.Iterations, 32); err != nil || !bytes.Equal(hash, pin.Hash) {
		t.Errorf("the hash is another one, %v", err)
	}

	k := w.kioskState(w.kiosk)
	k = read[Kiosk](t, w.write(http.MethodPut, "/api/v1/kiosks/"+k.ID, fmt.Sprintf(`{"rev":%d`, k.Rev)+`,"name":"Máy khác","point":"`+k.Point+`","closed":false}`, "manager"), http.StatusOK)
	if !k.HasPIN {
		t.Error("another name took the PIN away")
	}
	if k := read[Kiosk](t, set("", "manager"), http.StatusOK); k.HasPIN {
		t.Errorf("%+v", k)
	}
	rev := w.kioskState(w.kiosk).Rev
	if k := read[Kiosk](t, set("", "manager"), http.StatusOK); k.Rev != rev {
		t.Error("taking none away is a change")
	}
}

func TestTheQueueOfAKioskIsImportedAndSentOnce(t *testing.T) {
	w := newWorld(t, withImports(t.TempDir()))
	w.addUsers()
	first, second := uuid.NewString(), uuid.NewString()
	list := "[" + rating(first, w.quick.Code) + "," + rating(second, w.quick.Code) + "]"
	sum := sha256.Sum256([]byte(list))
	file := `{"format":"sipas-kiosk-queue","version":1,"kiosk":"` + w.kiosk.ID + `","exportedAt":"2026-11-20T03:00:00.000Z","count":2,"sha256":"` +
		hex.EncodeToString(sum[:]) + `","responses":` + list + "}"
	imported := w.runToEnd("admin", w.sent("admin", "kiosk-queue", file).ID, false)
	if r := imported.Report; imported.State != uploadDone || r.Lines != 2 || r.Created != 2 {
		t.Fatalf("imported: %+v, %+v", imported, imported.Report)
	}
	sent := read[ResponseResults](t, w.postJSON("/api/v1/responses", `{"responses":`+list+"}", "Authorization", w.enrol(w.kiosk)), http.StatusOK)
	if sent.Results[0].Outcome != survey.OutcomeDuplicate || sent.Results[1].Outcome != survey.OutcomeDuplicate {
		t.Errorf("sent after all: %+v", sent.Results)
	}
	if stored := w.stored(); len(stored) != 2 || stored[0].Capture != survey.CaptureKiosk {
		t.Errorf("stored: %+v", stored)
	}
	damaged := w.runToEnd("admin", w.sent("admin", "kiosk-queue", strings.Replace(file, `"overall":4`, `"overall":1`, 1)).ID, false)
	if damaged.State != uploadFailed || damaged.Problem == nil || damaged.Problem.Errors[0].Reason != survey.ReasonImportChecksum {
		t.Errorf("damaged: %+v", damaged)
	}
}
