package survey

import (
	"io"
	"strings"
	"unicode"
)

// crockford is Douglas Crockford's base32 alphabet: no I, L, O or U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// PointCodeLength is the number of characters of a point code, check character included.
const PointCodeLength = 10

// The check character is that of the value
//
//	(1·v₁ + 3·v₂ + 5·v₃ + … + 17·v₉ + 23) mod 32
//
// of the nine characters before it. Odd weights find every single wrong
// character; the offset keeps "0000000000" from being a code.
const checkOffset = 23

func checkCharacter(body string) byte {
	sum := checkOffset
	for i := range len(body) {
		sum += (2*i + 1) * strings.IndexByte(crockford, body[i])
	}
	return crockford[sum%32]
}

// drawCrockford draws n characters, five bits each.
func drawCrockford(random io.Reader, n int) (string, error) {
	raw := make([]byte, n)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", &Error{Code: CodeInternal, Message: "no randomness for a code", Err: err}
	}
	for i, b := range raw {
		raw[i] = crockford[b%32]
	}
	return string(raw), nil
}

// readCrockford normalises what a person typed: case, spaces and hyphens of any kind are
// ignored, I and L are read as 1 and O as 0. It reports whether that gives n characters of the alphabet.
func readCrockford(s string, n int) (string, bool) {
	const longest = 64
	if len(s) > longest {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
			continue
		case r == 'I', r == 'L':
			r = '1'
		case r == 'O':
			r = '0'
		}
		if !strings.ContainsRune(crockford, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == n
}

// NewPointCode draws a point code: nine characters from random (45 bits) and the
// check character.
func NewPointCode(random io.Reader) (string, error) {
	body, err := drawCrockford(random, PointCodeLength-1)
	if err != nil {
		return "", err
	}
	return body + string(checkCharacter(body)), nil
}

// ParsePointCode normalises what a person typed or a URL carried: case, spaces
// and hyphens are ignored, I and L are read as 1 and O as 0. The error is
// CodeInvalid with reason pointCode.format or pointCode.check.
func ParsePointCode(s string) (string, error) {
	code, ok := readCrockford(s, PointCodeLength)
	if !ok {
		return "", &Error{Code: CodeInvalid, Reason: ReasonCodeFormat, Message: "a point code has 10 letters and digits"}
	}
	if checkCharacter(code[:PointCodeLength-1]) != code[PointCodeLength-1] {
		return "", &Error{Code: CodeInvalid, Reason: ReasonCodeCheck, Message: "the point code has a typing error"}
	}
	return code, nil
}

// ShowPointCode writes a code as people read it: K7QX2-M9A4T.
func ShowPointCode(code string) string {
	if len(code) != PointCodeLength {
		return code
	}
	return code[:5] + "-" + code[5:]
}
