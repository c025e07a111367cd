package survey

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
)

// NA is the answer "Không có ý kiến / Không áp dụng": outside the scale.
const NA = "na"

// Answer is one answer: a number (a level is one), a text (an option id, NA or
// free text), a list of option ids, or a boolean. The zero Answer is none of
// them and is never stored: a missing answer is a missing key.
type Answer struct {
	value any // float64, string, []string or bool
}

// The constructors, one for each kind of answer.
func NumberAnswer(n float64) Answer   { return Answer{n} }
func LevelAnswer(level int) Answer    { return Answer{float64(level)} }
func TextAnswer(s string) Answer      { return Answer{s} }
func ListAnswer(ids ...string) Answer { return Answer{slices.Clone(append([]string{}, ids...))} }
func BoolAnswer(b bool) Answer        { return Answer{b} }

// Level gives a whole-number answer.
func (a Answer) Level() (int, bool) {
	n, ok := a.value.(float64)
	if !ok || n != math.Trunc(n) || math.Abs(n) > 1<<31 {
		return 0, false
	}
	return int(n), true
}

// Number, Text, List and Bool give the answer where it is of that kind.
func (a Answer) Number() (float64, bool) { n, ok := a.value.(float64); return n, ok }
func (a Answer) Text() (string, bool)    { s, ok := a.value.(string); return s, ok }
func (a Answer) List() ([]string, bool)  { l, ok := a.value.([]string); return l, ok }
func (a Answer) Bool() (bool, bool)      { b, ok := a.value.(bool); return b, ok }

// IsNA reports whether the answer is "na".
func (a Answer) IsNA() bool { return a.value == any(NA) }

// empty reports whether the answer says nothing: an empty text or list.
func (a Answer) empty() bool {
	l, ok := a.value.([]string)
	return a.value == any("") || ok && len(l) == 0
}

// Equal reports whether both answers are of one kind and value.
func (a Answer) Equal(b Answer) bool {
	la, oka := a.value.([]string)
	lb, okb := b.value.([]string)
	if oka || okb {
		return oka && okb && slices.Equal(la, lb)
	}
	return a.value == b.value
}

// MarshalJSON writes the answer as plain JSON.
func (a Answer) MarshalJSON() ([]byte, error) {
	if a.value == nil {
		return nil, errors.New("survey: an empty answer has no JSON")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// UnmarshalJSON reads a number, string, boolean or list of strings; null and
// anything else is an error.
func (a *Answer) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case float64, string, bool:
		a.value = v
		return nil
	case []any:
		ids := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return errAnswerKind
			}
			ids[i] = s
		}
		a.value = ids
		return nil
	}
	return errAnswerKind
}

var errAnswerKind = &Error{Code: CodeInvalid, Reason: ReasonType,
	Message: "an answer is a number, a text, a list of option ids or a boolean"}

// Answers are the answers of one response by item id.
type Answers map[string]Answer

// IDs lists the answered items in byte order.
func (as Answers) IDs() []string {
	ids := make([]string, 0, len(as))
	for id := range as {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
