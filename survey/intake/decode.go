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

// object reads a JSON object; of a repeated key the first value counts.
func (d *decoder) object(path string, raw json.RawMessage) (map[string]json.RawMessage, bool) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		d.add(path, survey.ReasonJSON)
		return nil, false
	}
	tokens := json.NewDecoder(bytes.NewReader(raw))
	if first, err := tokens.Token(); err != nil || first != json.Delim('{') {
		d.add(path, survey.ReasonType)
		return nil, false
	}
	members := map[string]json.RawMessage{}
	for tokens.More() {
		key, err := tokens.Token()
		name, ok := key.(string)
		var value json.RawMessage
		if err != nil || !ok || tokens.Decode(&value) != nil {
			d.add(path, survey.ReasonJSON)
			return nil, false
		}
		if _, repeated := members[name]; repeated {
			d.add(path, survey.ReasonRepeated)
			continue
		}
		members[name] = value
	}
	return members, true
}

func (d *decoder) submission(members map[string]json.RawMessage) {
	take := func(key string, into any) {
		raw, sent := members[key]
		delete(members, key)
		if sent && (string(raw) == "null" || json.Unmarshal(raw, into) != nil) {
			d.add(key, survey.ReasonType)
		}
	}
	// optional also takes null for "not given".
	optional := func(key string, into any) {
		if raw := members[key]; string(raw) == "null" {
			delete(members, key)
			return
		}
		take(key, into)
	}
	take("id", &d.out.ID)
	take("point", &d.out.Point)
	take("questionnaire", &d.out.Questionnaire)
	take("version", &d.out.Version)
	take("language", &d.out.Language)
	take("capture", &d.out.Capture)
	optional("field", &d.out.Field)
	optional("procedure", &d.out.Procedure)
	optional("campaign", &d.out.Campaign)
	optional("clockOffset", &d.out.ClockOffset)
	take("partial", &d.out.Partial)
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

func (d *decoder) time(members map[string]json.RawMessage, key string, into **time.Time) {
	raw, sent := members[key]
	delete(members, key)
	if !sent || string(raw) == "null" {
		return
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		d.add(key, survey.ReasonType)
		return
	}
	t, err := time.Parse(time.RFC3339Nano, text)
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
		var into survey.Answer
		if json.Unmarshal(answer, &into) != nil {
			d.unread[id] = true
			continue
		}
		d.out.Answers[id] = into
	}
}
