package survey

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"
)

func TestReceiptCodesAreReadHoweverTheyAreTyped(t *testing.T) {
	code, err := NewReceiptCode(bytes.NewReader([]byte{1, 0, 1, 0, 10, 11, 12, 13, 14, 15, 16}))
	if err != nil || len(code) != ReceiptCodeLength || code[:11] != "1010ABCDEFG" {
		t.Fatalf("%q, %v", code, err)
	}
	if shown := ShowReceiptCode(code); shown != "1010-ABCD-EFG"+code[11:] || ShowReceiptCode("short") != "short" {
		t.Errorf("shown %q", shown)
	}
	last := code[11:]
	for _, typed := range []string{code, ShowReceiptCode(code), "1010abcdefg" + last, " i0lo abcd efg" + last + " ", "IOIO–ABCD—EFG" + last,
		"1010\u00a0ABCD\u2011EFG" + last, "1-0-1-0-A-B-C-D-E-F-G-" + last} {
		if got, err := ParseReceiptCode(typed); got != code || err != nil {
			t.Errorf("%q is read as %q, %v", typed, got, err)
		}
	}
	for typed, reason := range map[string]string{"": ReasonReceiptFormat, "1010-ABCD-EFG": ReasonReceiptFormat, code + "0": ReasonReceiptFormat,
		"1010_ABCD_EFG" + last: ReasonReceiptFormat, "U" + code[1:]: ReasonReceiptFormat, "2" + code[1:]: ReasonReceiptCheck} {
		var e *Error
		if got, err := ParseReceiptCode(typed); got != "" || !errors.As(err, &e) || e.Reason != reason || e.Code != CodeInvalid {
			t.Errorf("%q gives %q, %v, want %s", typed, got, err, reason)
		}
	}
}

// One wrong character is always found, wherever it stands.
func TestReceiptCodesHaveACheckCharacter(t *testing.T) {
	for range 50 {
		code, err := NewReceiptCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for i := range code {
			for _, c := range crockford {
				if wrong := code[:i] + string(c) + code[i+1:]; wrong != code {
					if got, err := ParseReceiptCode(wrong); err == nil {
						t.Fatalf("%s is read as %s, of %s", wrong, got, code)
					}
				}
			}
		}
	}
}

// Documents of before there were receipt codes read as none, and a point without
// them is written as it was then: its audit digest stays the same.
func TestPointsOfBeforeReceiptCodes(t *testing.T) {
	var p Point
	if err := json.Unmarshal([]byte(`{"code":"K7QX2M9A4T"}`), &p); err != nil || p.Receipts() != ReceiptNone {
		t.Errorf("%q, %v", p.Receipts(), err)
	}
	if text, err := json.Marshal(p); err != nil || bytes.Contains(text, []byte("receiptCode")) {
		t.Errorf("%s, %v", text, err)
	}
}
