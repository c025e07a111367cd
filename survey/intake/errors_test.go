package intake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
)

// members writes n members of an answers object.
func members(n int, format string, value string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"`+format+`":%s`, i, value)
	}
	return b.String()
}

// However much one item sends that does not belong there, it is answered with a
// few errors, none of which repeats what was sent.
func TestManyErrorsOfOneItem(t *testing.T) {
	f := newFixture(t)
	id := uuid.NewString()
	item := func(answers string) json.RawMessage {
		return json.RawMessage(`{"id":"` + id + `","point":"` + onePoint + `","questionnaire":"quick","version":1,"language":"vi","capture":"import","answers":{` + answers + `}}`)
	}
	for name, test := range map[string]struct {
		item json.RawMessage
		want string
	}{
		"unknown items":                     {item(`"overall":4` + members(40_000, "secret_%d", "1")), "invalid: answers: unknownItem"},
		"unknown items of another kind":     {item(`"overall":4` + members(40_000, "secret_%d", "null")), "invalid: answers: unknownItem"},
		"no items":                          {item(`"overall":4` + members(40_000, "Bí mật %d", "1")), "invalid: answers: unknownItem"},
		"all of them":                       {item(`"overall":4` + members(9, "secret_%d", "1") + members(9, "other_%d", "{}") + members(9, "Bí mật %d", "1")), "invalid: answers: unknownItem"},
		"and one that is known":             {item(`"overall":null` + members(40_000, "secret_%d", "null")), "invalid: answers.overall: type; answers: unknownItem"},
		"repeated":                          {item(`"overall":4` + strings.Repeat(`,"overall":4`, 40_000)), "invalid: answers: repeated"},
		"unknown members":                   {json.RawMessage(strings.TrimSuffix(string(item(`"overall":4`)), "}") + members(40_000, "secret_%d", "1") + "}"), "invalid: : unknownKey"},
		"unreadable items, an unknown form": {json.RawMessage(strings.Replace(string(item(`"overall":null`+members(40_000, "secret_%d", "null"))), `"quick"`, `"khong-co"`, 1)), "invalid: questionnaire: unknown; answers: type"},
	} {
		t.Run(name, func(t *testing.T) {
			results, err := f.SubmitJSON(t.Context(), intake.Credential{Actor: &admin}, []json.RawMessage{test.item})
			if err != nil {
				t.Fatal(err)
			}
			if got := said(results[0]); got != test.want {
				t.Errorf("got %.300s, want %s", got, test.want)
			}
		})
	}
	if _, err := intake.Decode(item(`"secret_1":null,"secret_2":{}`)); problem(err) != "answers: type" {
		t.Errorf("decoded: %v", err)
	}
}

func TestNoMoreErrorsThanCanBeRead(t *testing.T) {
	f := newFixture(t)
	wide := &survey.Questionnaire{ID: "wide", Version: 1}
	for i := range 60 {
		wide.Items = append(wide.Items, survey.Item{ID: fmt.Sprintf("item%d", i), Type: survey.ItemRating})
	}
	forms, err := registry.Open(t.Context(), registry.Options{Store: f.store, Questionnaires: append(questionnaires.All(), wide), Now: func() time.Time { return *f.at }, Random: randomness})
	if err != nil {
		t.Fatal(err)
	}
	service := intake.New(intake.Options{Registry: forms, Ledger: f.ledger, PageKey: []byte("0123456789abcdef"), Now: func() time.Time { return *f.at }})
	for name, answer := range map[string]any{"levels": 9, "kinds": null{}} {
		answers := map[string]any{}
		for _, item := range wide.Items {
			answers[item.ID] = answer
		}
		results, err := service.SubmitJSON(t.Context(), intake.Credential{Actor: &admin},
			raw(t, rating(onePoint, sent{"questionnaire": "wide", "language": "fr", "answers": answers})))
		if err != nil || results[0].Problem == nil || len(results[0].Problem.Fields) != intake.MaxErrors || results[0].Problem.Fields[0].Path != "language" {
			t.Errorf("%s: %v, %v", name, results, err)
		}
	}
}
