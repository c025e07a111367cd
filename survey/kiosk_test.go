package survey_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"sipas/survey"
)

func TestParseEnrolmentCode(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "",
		"-":                                  "",
		"K7QX2M9":                            "",
		"K7QX-2M9A-4":                        "",
		"K7QX-2M9U":                          "",
		"K7QX-2M9Đ":                          "",
		"K7QX2M9\xff":                        "",
		strings.Repeat("-", 60) + "K7QX2M9A": "",
		"K7QX2M9A":                           "K7QX2M9A",
		" k7qx-2m9a ":                        "K7QX2M9A",
		"oOlL-iI00":                          "00111100",
	} {
		t.Run(in, func(t *testing.T) {
			code, err := survey.ParseEnrolmentCode(in)
			if code != want || (err == nil) != (want != "") || err != nil && !survey.IsCode(err, survey.CodeInvalid) {
				t.Errorf("got %q, %v; want %q", code, err, want)
			}
			if err != nil && (err.(*survey.Error).Fields[0].Path != "code" || err.(*survey.Error).Fields[0].Reason != survey.ReasonEnrolmentFormat) {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func TestKioskIDs(t *testing.T) {
	for _, bad := range []string{"", "K7QX2M9", "k7qx2m9a", "K7QX-2M9A", "K7QX2M9U", "OOOOOOOO"} {
		if survey.IsKioskID(bad) {
			t.Errorf("%q passes for an id", bad)
		}
	}
	seen := map[string]bool{}
	for range 100 {
		id, err := survey.NewKioskID(rand.Reader)
		if err != nil || !survey.IsKioskID(id) || seen[id] {
			t.Fatalf("drew %q, %v", id, err)
		}
		seen[id] = true
		code, err := survey.NewEnrolmentCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := survey.ParseEnrolmentCode(survey.ShowEnrolmentCode(code)); err != nil || again != code {
			t.Errorf("%q is shown as %q and read as %q", code, survey.ShowEnrolmentCode(code), again)
		}
	}
	if _, err := survey.NewKioskID(bytes.NewReader(make([]byte, 7))); !survey.IsCode(err, survey.CodeInternal) {
		t.Errorf("without randomness: %v", err)
	}
	if got := survey.ShowEnrolmentCode("K7"); got != "K7" {
		t.Errorf("something else is shown as %q", got)
	}
}
