package survey_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sipas/survey"
)

var form = &survey.Questionnaire{ID: "test", Version: 1, Items: []survey.Item{
	{ID: "intro", Type: survey.ItemInfo},
	{ID: "overall", Type: survey.ItemRating, Required: true},
	{ID: "tc1", Type: survey.ItemRating, NA: true},
	{ID: "why", Type: survey.ItemMultiple, Max: 2, Options: []survey.Option{{ID: "late"}, {ID: "rude"}, {ID: "other"}},
		ShowWhen: &survey.Condition{Item: "overall", In: []survey.Answer{survey.LevelAnswer(1), survey.LevelAnswer(2)}}},
	{ID: "who", Type: survey.ItemSingle, Options: []survey.Option{{ID: "farmer"}}, Retention: survey.RetentionOpen},
	{ID: "again", Type: survey.ItemYesNo},
	{ID: "visits", Type: survey.ItemNumber, Max: 100},
	{ID: "comment", Type: survey.ItemText},
	{ID: "word", Type: survey.ItemText, Max: 5},
}}

func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		answers string
		partial bool
		want    string // "path: reason" joined by "; "
	}{
		"nothing":                        {`{}`, false, "answers.overall: required"},
		"nothing, partial":               {`{}`, true, ""},
		"level 0":                        {`{"overall":0}`, false, "answers.overall: level"},
		"level 6":                        {`{"overall":6}`, false, "answers.overall: level"},
		"half a level":                   {`{"overall":4.5}`, false, "answers.overall: level"},
		"a level as text":                {`{"overall":"5"}`, false, "answers.overall: level"},
		"na where it is not offered":     {`{"overall":"na"}`, false, "answers.overall: naNotOffered"},
		"an empty list is no answer":     {`{"overall":[]}`, false, "answers.overall: required"},
		"reasons that were not asked":    {`{"overall":5,"why":["late"]}`, false, "answers.why: notShown"},
		"reasons without the rating":     {`{"why":["late"]}`, true, "answers.why: notShown"},
		"an unknown reason":              {`{"overall":1,"why":["late","x"]}`, false, "answers.why: unknownOption"},
		"a reason twice":                 {`{"overall":1,"why":["late","late"]}`, false, "answers.why: repeatedOption"},
		"too many reasons":               {`{"overall":1,"why":["late","rude","other"]}`, false, "answers.why: tooMany"},
		"one reason not as a list":       {`{"overall":1,"why":"late"}`, false, "answers.why: type"},
		"an unknown option":              {`{"overall":5,"who":"king"}`, false, "answers.who: unknownOption"},
		"a list for a single choice":     {`{"overall":5,"who":["farmer"]}`, false, "answers.who: type"},
		"a text for yes or no":           {`{"overall":5,"again":"true"}`, false, "answers.again: type"},
		"a negative number":              {`{"overall":5,"visits":-1}`, false, "answers.visits: range"},
		"a number too large":             {`{"overall":5,"visits":101}`, false, "answers.visits: range"},
		"a text for a number":            {`{"overall":5,"visits":"1"}`, false, "answers.visits: type"},
		"a number for a comment":         {`{"overall":5,"comment":1}`, false, "answers.comment: type"},
		"a comment too long":             {`{"overall":5,"comment":"` + strings.Repeat("ă", 2001) + `"}`, false, "answers.comment: tooLong"},
		"a word too long":                {`{"overall":5,"word":"nghiêng"}`, false, "answers.word: tooLong"},
		"an answer to an information":    {`{"overall":5,"intro":true}`, false, "answers.intro: type"},
		"unknown items, named once":      {`{"overall":5,"x":1,"y":1}`, false, "answers: unknownItem"},
		"everything at once, in order":   {`{"tc1":9,"again":1,"zzz":1}`, false, "answers.overall: required; answers.tc1: level; answers.again: type; answers: unknownItem"},
		"a full answer":                  {`{"overall":2,"tc1":"na","why":["late","rude"],"who":"farmer","again":false,"visits":0,"comment":"Chờ lâu","word":"ngọng"}`, false, ""},
		"a comment of 2,000 letters":     {`{"overall":5,"comment":"` + strings.Repeat("ă", 2000) + `"}`, false, ""},
		"a comment that reads na":        {`{"overall":5,"comment":"na"}`, false, ""},
		"a whole number with a fraction": {`{"overall":5.0}`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var answers survey.Answers
			if err := json.Unmarshal([]byte(test.answers), &answers); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range form.Check(answers, test.partial) {
				got = append(got, e.Path+": "+e.Reason)
			}
			if s := strings.Join(got, "; "); s != test.want {
				t.Errorf("got %q, want %q", s, test.want)
			}
		})
	}
}

func TestOpenItems(t *testing.T) {
	for item, open := range map[string]bool{"overall": false, "why": false, "who": true, "comment": true} {
		if form.Item(item).Open() != open {
			t.Errorf("%s: open is %v", item, !open)
		}
	}
	if form.Item("nothing") != nil {
		t.Error("an item that does not exist was found")
	}
}

func TestAnswerJSON(t *testing.T) {
	for _, bad := range []string{`null`, `{}`, `[1]`, `[null]`, `["a",["b"]]`, ``, `1e999`} {
		var a survey.Answer
		if err := json.Unmarshal([]byte(bad), &a); err == nil {
			t.Errorf("%s was taken for %v", bad, a)
		}
	}
	for _, good := range []string{`1`, `4.5`, `"na"`, `""`, `"a <b> & c"`, `[]`, `["late","rude"]`, `true`, `false`} {
		var a survey.Answer
		if err := a.UnmarshalJSON([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
			continue
		}
		if b, err := a.MarshalJSON(); err != nil || string(b) != good {
			t.Errorf("%s is written as %s, %v", good, b, err)
		}
		for _, other := range []survey.Answer{survey.LevelAnswer(1), survey.TextAnswer(survey.NA), survey.ListAnswer(), survey.BoolAnswer(true)} {
			b, _ := other.MarshalJSON()
			if a.Equal(other) != (string(b) == good) || other.Equal(a) != a.Equal(other) {
				t.Errorf("%s equals %s: %v", good, b, a.Equal(other))
			}
		}
	}
	if _, err := (survey.Answer{}).MarshalJSON(); err == nil {
		t.Error("an empty answer has JSON")
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"overall":4,"tc1":"na","why":["late"],"comment":"Tốt","again":true}`))
	f.Add([]byte(`{"overall":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var answers survey.Answers
		if json.Unmarshal(data, &answers) != nil {
			return
		}
		for _, e := range form.Check(answers, false) {
			if e.Reason == "" || e.Path == "" {
				t.Errorf("an error without path or reason: %+v", e)
			}
		}
		b, err := json.Marshal(answers)
		if err != nil {
			t.Fatal(err)
		}
		var again survey.Answers
		if err := json.Unmarshal(b, &again); err != nil || len(again) != len(answers) {
			t.Fatal(fmt.Errorf("%s: %w", b, err))
		}
		for id, a := range answers {
			if !a.Equal(again[id]) {
				t.Errorf("%q changed", id)
			}
		}
	})
}
