package importer_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/intake"
)

// rating is an item as a kiosk keeps it.
func rating(n int, point string) string {
	return fmt.Sprintf(`{"id":"00000000-0000-4000-8000-%012d","point":%q,"questionnaire":"quick","version":1,"language":"vi","capture":"kiosk","field":null,`+
		`"startedAt":"2026-10-01T01:00:00.000Z","answeredAt":"2026-10-01T01:00:05.000Z","clockOffset":12,"partial":false,"answers":{"overall":4}}`, n, point)
}

// queueOf is the file that a kiosk exports.
func queueOf(kiosk string, items ...string) string {
	list := "[" + strings.Join(items, ",") + "]"
	sum := sha256.Sum256([]byte(list))
	return fmt.Sprintf(`{"format":"sipas-kiosk-queue","version":1,"kiosk":%q,"exportedAt":"2026-11-20T01:00:00.000Z","count":%d,"sha256":%q,"responses":%s}`,
		kiosk, len(items), hex.EncodeToString(sum[:]), list)
}

func (p province) kiosk(t *testing.T, point string) survey.Kiosk {
	t.Helper()
	kiosk, err := p.registry.CreateKiosk(t.Context(), admin, survey.Kiosk{Name: "Sảnh", Point: point})
	if err != nil {
		t.Fatal(err)
	}
	return kiosk
}

func TestTheQueueOfAKioskIsStoredOnce(t *testing.T) {
	p := newProvince(t)
	kiosk := p.kiosk(t, severalPoint)
	var sent []survey.Submission
	for n := range 2 {
		submission, err := intake.Decode(json.RawMessage(rating(n, severalPoint)))
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, submission)
	}
	if _, err := p.intake.Submit(t.Context(), intake.Credential{Kiosk: &kiosk}, sent); err != nil {
		t.Fatal(err)
	}
	var items []string
	for n := range 1200 {
		items = append(items, rating(n, severalPoint))
	}
	items[600] = rating(600, onePoint) // where the kiosk never stood
	items[601] = `{"id":1}`
	file := queueOf(kiosk.ID, items...)

	const refused = "; 601 point: notOfKiosk; 602 id: type"
	for _, step := range []struct {
		name string
		job  importer.Job
		want string
	}{
		{"the import", job(importer.KindKioskQueue, file), "1200 +1196 ~0 =2 -2"},
		{"again", job(importer.KindKioskQueue, file), "1200 +0 ~0 =1198 -2"},
		{"laid out by an editor", job(importer.KindKioskQueue, "\uFEFF"+strings.ReplaceAll(file, `,"`, ",\n  \"")), "1200 +0 ~0 =1198 -2"},
	} {
		if got := said(p.run(t, step.job)); got != step.want+refused {
			t.Errorf("%s: %s, want %s", step.name, got, step.want+refused)
		}
	}
	// What the kiosk sends after all is there.
	results, err := p.intake.Submit(t.Context(), intake.Credential{Kiosk: &kiosk}, sent)
	if err != nil || results[0].Outcome != survey.OutcomeDuplicate {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestQueuesThatAreRefused(t *testing.T) {
	p := newProvince(t)
	kiosk := p.kiosk(t, onePoint)
	whole := queueOf(kiosk.ID, rating(1, onePoint), rating(2, onePoint))
	for name, test := range map[string]struct{ file, reason string }{
		"another file":       {"id,point", survey.ReasonImportQueue},
		"another format":     {strings.Replace(whole, "sipas-kiosk-queue", "x", 1), survey.ReasonImportQueue},
		"a later version":    {strings.Replace(whole, `"version":1,"kiosk"`, `"version":2,"kiosk"`, 1), survey.ReasonImportQueue},
		"no ratings":         {`{"format":"sipas-kiosk-queue","version":1}`, survey.ReasonImportQueue},
		"a changed rating":   {strings.Replace(whole, `"overall":4`, `"overall":5`, 1), survey.ReasonImportChecksum},
		"another count":      {strings.Replace(whole, `"count":2`, `"count":3`, 1), survey.ReasonImportChecksum},
		"cut off":            {whole[:len(whole)-20], survey.ReasonImportQueue},
		"an unknown kiosk":   {queueOf("00000000", rating(1, onePoint)), survey.ReasonImportKiosk},
		"nothing whatsoever": {"", survey.ReasonImportQueue},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := p.Run(t.Context(), admin, job(importer.KindKioskQueue, test.file))
			if f := fields(err); len(f) != 1 || f[0].Reason != test.reason || report.Lines != 0 {
				t.Errorf("%v, %+v; want %s", err, report, test.reason)
			}
		})
	}
	viewer := survey.Actor{User: "viewer", Grants: []survey.Grant{{Role: survey.RoleViewer, Agency: "xa-binh-minh"}}}
	if _, err := p.Run(t.Context(), viewer, job(importer.KindKioskQueue, whole)); !survey.IsCode(err, survey.CodeForbidden) {
		t.Errorf("without the right: %v", err)
	}
}

func fields(err error) []survey.FieldError {
	if e, ok := err.(*survey.Error); ok {
		return e.Fields
	}
	return nil
}
