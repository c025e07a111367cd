package ledger

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"sipas/survey"
)

func TestCanonicalNumber(t *testing.T) {
	for _, test := range []struct {
		n    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "0"}, {5, "5"}, {-3, "-3"}, {0.5, "0.5"}, {90.63, "90.63"}, {1e20, "100000000000000000000"},
		{1e21, "1e+21"}, {1e-6, "0.000001"}, {1e-7, "1e-7"}, {1.5e-9, "1.5e-9"}, {1e-10, "1e-10"}, {1 << 53, "9007199254740992"},
		{5e-324, "5e-324"}, {math.MaxFloat64, "1.7976931348623157e+308"},
	} {
		var c canonical
		c.number(test.n)
		if got, err := c.bytes(); err != nil || string(got) != test.want {
			t.Errorf("%g is written %s (%v), want %s", test.n, got, err, test.want)
		}
	}
}

func TestCanonicalString(t *testing.T) {
	for _, test := range []struct{ s, want string }{
		{"", `""`},
		{"Đặng Thị Hường", `"Đặng Thị Hường"`},
		{`"\/`, `"\"\\/"`},
		{"a\b\t\n\f\r\x00\x1f\x7f", `"a\b\t\n\f\r\u0000\u001f` + "\x7f" + `"`},
		{"<&>\u2028\u2029", "\"<&>\u2028\u2029\""},
		{"😀", `"😀"`},
	} {
		var c canonical
		c.string(test.s)
		if got, err := c.bytes(); err != nil || string(got) != test.want {
			t.Errorf("%q is written %s (%v), want %s", test.s, got, err, test.want)
		}
	}
}

func TestCanonicalRefusals(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(c *canonical)
	}{
		{"no number", func(c *canonical) { c.number(math.NaN()) }},
		{"infinite", func(c *canonical) { c.number(math.Inf(-1)) }},
		{"not UTF-8", func(c *canonical) { c.string("a\xff") }},
		{"empty answer", func(c *canonical) { c.answer(survey.Answer{}) }},
		{"a year of five digits", func(c *canonical) { c.time("at", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) }},
		{"a year before 0", func(c *canonical) { c.time("at", time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)) }},
	} {
		var c canonical
		test.write(&c)
		if got, err := c.bytes(); !survey.IsCode(err, survey.CodeInternal) {
			t.Errorf("%s is written %s (%v), want an internal error", test.name, got, err)
		}
	}
}

// FuzzCanonicalString: what is written reads back as it was, and nothing but
// valid UTF-8 is written.
func FuzzCanonicalString(f *testing.F) {
	for _, s := range []string{"", "chờ lâu", "\"\\\x00", "\xff", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var c canonical
		c.string(s)
		got, err := c.bytes()
		if err != nil {
			if strings.ToValidUTF8(s, "?") == s {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != s {
			t.Fatalf("%q is read back from %s as %q (%v)", s, got, back, err)
		}
	})
}

// FuzzCanonicalNumber: as encoding/json, which prints as ECMAScript does, but for −0.
func FuzzCanonicalNumber(f *testing.F) {
	for _, n := range []float64{0, 1, -2.5, 1e21, 1e-7, 123456789.125} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n float64) {
		var c canonical
		c.number(n)
		got, err := c.bytes()
		want, wantErr := json.Marshal(n + 0)
		if (err == nil) != (wantErr == nil) || err == nil && n != 0 && string(got) != string(want) {
			t.Fatalf("%g is written %s (%v), want %s", n, got, err, want)
		}
	})
}
