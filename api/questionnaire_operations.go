package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// Questionnaire is one published version of a form.
type Questionnaire struct {
	ID       string           `json:"id" example:"quick"`
	Version  int              `json:"version" example:"1"`
	Title    survey.Text      `json:"title"`
	Sections []survey.Section `json:"sections" nullable:"false"`
	Items    []FormItem       `json:"items" nullable:"false"`
}

// FormItem is one question.
type FormItem struct {
	ID        string           `json:"id" example:"overall"`
	Type      survey.ItemType  `json:"type" enum:"rating,single,multiple,yesno,number,text,info"`
	Text      survey.Text      `json:"text"`
	Hint      survey.Text      `json:"hint,omitempty"`
	Factor    string           `json:"factor,omitempty" doc:"Of a criterion or factor item: tc, tt, cc, kq or pa"`
	Required  bool             `json:"required"`
	NA        bool             `json:"na" doc:"The answer \"na\" is offered"`
	Options   []survey.Option  `json:"options,omitempty"`
	Max       float64          `json:"max,omitempty" doc:"text: characters; number: largest value; multiple: most options"`
	ShowWhen  *FormCondition   `json:"showWhen,omitempty" doc:"Asked only when another item's answer is one of these"`
	Retention survey.Retention `json:"retention" enum:"kept,open"`
}

// FormCondition shows an item only when another item's answer is one of In.
type FormCondition struct {
	Item string `json:"item"`
	In   []any  `json:"in" nullable:"false" doc:"Answers: numbers, texts or booleans"`
}

func showQuestionnaire(q *survey.Questionnaire) Questionnaire {
	shown := Questionnaire{q.ID, q.Version, q.Title, append([]survey.Section{}, q.Sections...), []FormItem{}}
	for _, it := range q.Items {
		item := FormItem{it.ID, it.Type, it.Text, it.Hint, it.Factor, it.Required, it.NA, it.Options, it.Max, nil, survey.RetentionKept}
		if it.Open() {
			item.Retention = survey.RetentionOpen
		}
		if it.ShowWhen != nil {
			item.ShowWhen = &FormCondition{Item: it.ShowWhen.Item, In: []any{}}
			for _, answer := range it.ShowWhen.In {
				item.ShowWhen.In = append(item.ShowWhen.In, answer)
			}
		}
		shown.Items = append(shown.Items, item)
	}
	return shown
}

func (s *server) registerQuestionnaires() {
	list := operation("list-questionnaires", http.MethodGet, "/api/v1/questionnaires", "Catalogue", "List questionnaires",
		"Every published version of every form. A version never changes.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		ID string `query:"id" maxLength:"80" doc:"Versions of one form only"`
	}) (*ListOutput[Questionnaire], error) {
		var found []*survey.Questionnaire
		for _, q := range s.registry.Snapshot().Questionnaires() {
			if in.ID == "" || q.ID == in.ID {
				found = append(found, q)
			}
		}
		return page(in.Paging, found, showQuestionnaire), nil
	})
}
