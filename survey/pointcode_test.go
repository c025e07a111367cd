package survey_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"sipas/survey"
)

func reasonOf(err error) string {
	var e *survey.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

func TestParsePointCodeRefuses(t *testing.T) {
	for name, test := range map[string]struct{ in, reason string }{
		"nothing":                     {"", survey.ReasonCodeFormat},
		"hyphens only":                {"---", survey.ReasonCodeFormat},
		"nine characters":             {"K7QX2-M9A4", survey.ReasonCodeFormat},
		"eleven characters":           {"K7QX2-M9A4T0", survey.ReasonCodeFormat},
		"a letter outside":            {"K7QX2-M9U4T", survey.ReasonCodeFormat},
		"a Vietnamese letter":         {"Đ7QX2-M9A4T", survey.ReasonCodeFormat},
		"broken UTF-8":                {"K7QX2-M9A4\xff", survey.ReasonCodeFormat},
		"very long":                   {strings.Repeat("-", 70) + "K7QX2M9A4T", survey.ReasonCodeFormat},
		"a wrong check character":     {"K7QX2-M9A4S", survey.ReasonCodeCheck},
		"two neighbours exchanged":    {"7KQX2-M9A4T", survey.ReasonCodeCheck},
		"one wrong character":         {"K7QX2-M8A4T", survey.ReasonCodeCheck},
		"nothing but zeros":           {"0000000000", survey.ReasonCodeCheck},
		"the check of an empty point": {"000000000T", survey.ReasonCodeCheck},
	} {
		t.Run(name, func(t *testing.T) {
			code, err := survey.ParsePointCode(test.in)
			if reasonOf(err) != test.reason || code != "" || !survey.IsCode(err, survey.CodeInvalid) {
				t.Errorf("got %q, %v; want reason %s", code, err, test.reason)
			}
		})
	}
}

func TestParsePointCodeReads(t *testing.T) {
	for in, want := range map[string]string{
		"K7QX2-M9A4T":     "K7QX2M9A4T", // the fixed vector: posters in the field carry such codes
		"K7QX2M9A4T":      "K7QX2M9A4T",
		"k7qx2m9a4t":      "K7QX2M9A4T",
		" k7qx2 - m9a4t ": "K7QX2M9A4T",
		"000000000Q":      "000000000Q",
		"oOo-ooooooq":     "000000000Q",
		"111111111" + "8": "1111111118",
		"iIlL1-iiii8":     "1111111118",
	} {
		t.Run(in, func(t *testing.T) {
			if code, err := survey.ParsePointCode(in); err != nil || code != want {
				t.Errorf("got %q, %v; want %q", code, err, want)
			}
		})
	}
	if got := survey.ShowPointCode("K7QX2M9A4T"); got != "K7QX2-M9A4T" {
		t.Errorf("shown as %q", got)
	}
}

func TestEveryTypingErrorIsFound(t *testing.T) {
	const alphabet, code = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", "K7QX2M9A4T"
	for i := range code {
		for _, c := range alphabet {
			wrong := code[:i] + string(c) + code[i+1:]
			if _, err := survey.ParsePointCode(wrong); (err == nil) != (wrong == code) {
				t.Errorf("%s: %v", wrong, err)
			}
		}
	}
}

func TestNewPointCode(t *testing.T) {
	if _, err := survey.NewPointCode(bytes.NewReader(nil)); !survey.IsCode(err, survey.CodeInternal) {
		t.Errorf("without randomness: %v", err)
	}
	code, err := survey.NewPointCode(bytes.NewReader([]byte{0, 1, 31, 32, 33, 63, 255, 128, 16}))
	if err != nil || code != "01Z01ZZ0GP" {
		t.Errorf("from fixed bytes: %q, %v", code, err)
	}
	for range 200 {
		code, err := survey.NewPointCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := survey.ParsePointCode(survey.ShowPointCode(code)); err != nil || back != code {
			t.Errorf("%s is read as %q, %v", code, back, err)
		}
	}
}

func FuzzParsePointCode(f *testing.F) {
	f.Add("K7QX2-M9A4T")
	f.Add("iIlL1-iiii8")
	f.Add("Đ\xff")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := survey.ParsePointCode(s)
		if err != nil {
			if code != "" || reasonOf(err) == "" {
				t.Errorf("%q: %q, %v", s, code, err)
			}
			return
		}
		if again, err := survey.ParsePointCode(survey.ShowPointCode(code)); err != nil || again != code || len(code) != survey.PointCodeLength {
			t.Errorf("%q gives %q, which gives %q, %v", s, code, again, err)
		}
	})
}
