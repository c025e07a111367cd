package intake

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"sipas/survey"
)

// Decode reads one submission as sent. It is strict: unknown and repeated keys,
// values of another kind, null answers, bytes that are not UTF-8 are errors, all of which the error
// (invalid, nil for none) names at once; what could be read is in the submission nevertheless. Errors of
// the item as a whole have the empty path, those of any answer the path "answers". Values are
// not checked here, and nothing sent is repeated.
func Decode(raw json.RawMessage) (survey.Submission, *survey.Error) {
	item := decode(raw)
	if len(item.unread) > 0 {
		item.errs = append(item.errs, survey.FieldError{Path: "answers", Reason: survey.ReasonType})
	}
	if len(item.errs) == 0 {
		return item.Submission, nil
	}
	return item.Submission, &survey.Error{Code: survey.CodeInvalid, Message: "the response cannot be read", Fields: item.errs}
}

// decodedItem is a submission with what decoding found.
type decodedItem struct {
	survey.Submission
	errs   []survey.FieldError
	unread map[string]bool // items whose answer is of no kind there is; only a form tells which of them it knows
}

func decode(raw json.RawMessage) decodedItem {
	var d decoder
	if members, ok := d.object("", raw); ok {
		d.submission(members)
	}
	return decodedItem{d.out, d.errs, d.unread}
}

type decoder struct {
	out    survey.Submission
	errs   []survey.FieldError // paths are the members of a submission alone, so there are few
	unread map[string]bool
}

func (d *decoder) add(path, reason string) {
	e := survey.FieldError{Path: path, Reason: reason}
	if !slices.ContainsFunc(d.errs, func(have survey.FieldError) bool { return have.Path == path && have.Reason == reason }) {
		d.errs = append(d.errs, e)
	}
}

// space is what JSON allows between its tokens.
const space = " \t\r\n"

// object reads a JSON object; of a repeated key the first value counts. Members
// are cut out of what was sent: encoding/json would read every value three times.
func (d *decoder) object(path string, raw json.RawMessage) (map[string]json.RawMessage, bool) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		d.add(path, survey.ReasonJSON)
		return nil, false
	}
	rest := bytes.TrimLeft(raw, space)
	if rest[0] != '{' {
		d.add(path, survey.ReasonType)
		return nil, false
	}
	members := map[string]json.RawMessage{}
	for rest = rest[1:]; ; {
		if rest = bytes.TrimLeft(rest, space+","); rest[0] == '}' {
			return members, true
		}
		key, after := firstValue(rest)
		value, after := firstValue(bytes.TrimLeft(after, space+":"))
		rest = after
		name, _ := text(key)
		if _, repeated := members[name]; repeated {
			d.add(path, survey.ReasonRepeated)
			continue
		}
		members[name] = value
	}
}

// firstValue cuts valid JSON after the value it begins with.
func firstValue(valid []byte) (value json.RawMessage, rest []byte) {
	depth := 0
	for n := 0; n < len(valid); n++ {
		end := n + 1
		switch valid[n] {
		case '"':
			for n++; valid[n] != '"'; n++ {
				if valid[n] == '\\' {
					n++
				}
			}
			end = n + 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return valid[:n:n], valid[n:] // that of the value around a number or a word
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			end = n
		default:
			continue
		}
		if depth == 0 {
			return valid[:end:end], valid[end:]
		}
	}
	return valid, nil
}

// text reads a JSON string; false for any other value.
func text(raw json.RawMessage) (s string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	return s, json.Unmarshal(raw, &s) == nil
}

func (d *decoder) submission(members map[string]json.RawMessage) {
	take := func(key string, read func(raw json.RawMessage) bool) {
		raw, sent := members[key]
		delete(members, key)
		if sent && (string(raw) == "null" || !read(raw)) {
			d.add(key, survey.ReasonType)
		}
	}
	// optional also takes null for "not given".
	optional := func(key string, read func(raw json.RawMessage) bool) {
		if string(members[key]) == "null" {
			delete(members, key)
			return
		}
		take(key, read)
	}
	take("id", into(&d.out.ID))
	take("point", into(&d.out.Point))
	take("questionnaire", into(&d.out.Questionnaire))
	take("version", unmarshal(&d.out.Version))
	take("language", into(&d.out.Language))
	take("capture", into(&d.out.Capture))
	optional("field", unmarshal(&d.out.Field))
	optional("procedure", unmarshal(&d.out.Procedure))
	optional("campaign", unmarshal(&d.out.Campaign))
	optional("clockOffset", unmarshal(&d.out.ClockOffset))
	optional("receiptCode", into(&d.out.ReceiptCode))
	take("partial", unmarshal(&d.out.Partial))
	d.time(members, "startedAt", &d.out.StartedAt)
	d.time(members, "answeredAt", &d.out.AnsweredAt)
	if raw, sent := members["answers"]; sent {
		delete(members, "answers")
		d.answers(raw)
	}
	if len(members) > 0 {
		d.add("", survey.ReasonUnknownKey)
	}
}

// into reads a text.
func into[T ~string](target *T) func(json.RawMessage) bool {
	return func(raw json.RawMessage) bool {
		s, ok := text(raw)
		*target = T(s)
		return ok
	}
}

// unmarshal reads whatever target is.
func unmarshal(target any) func(json.RawMessage) bool {
	return func(raw json.RawMessage) bool { return json.Unmarshal(raw, target) == nil }
}

func (d *decoder) time(members map[string]json.RawMessage, key string, into **time.Time) {
	raw, given := members[key]
	delete(members, key)
	if !given || string(raw) == "null" {
		return
	}
	sent, ok := text(raw)
	if !ok {
		d.add(key, survey.ReasonType)
		return
	}
	t, err := time.Parse(time.RFC3339Nano, sent)
	if err != nil {
		d.add(key, survey.ReasonFormat)
		return
	}
	*into = &t
}

func (d *decoder) answers(raw json.RawMessage) {
	members, ok := d.object("answers", raw)
	if !ok {
		return
	}
	d.out.Answers = make(survey.Answers, len(members))
	d.unread = map[string]bool{}
	for id, answer := range members {
		if !survey.IsItemID(id) {
			d.add("answers", survey.ReasonUnknownItem)
			continue
		}
		var a survey.Answer
		if a.UnmarshalJSON(answer) != nil {
			d.unread[id] = true
			continue
		}
		d.out.Answers[id] = a
	}
}
