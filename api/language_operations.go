package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/languages"
)

// PageLanguage is a language of the citizens' pages.
type PageLanguage struct {
	Language survey.Language `json:"language" example:"en"`
	Name     string          `json:"name" doc:"In its own words" example:"English"`
	Shipped  bool            `json:"shipped" doc:"Part of the program; others are data"`
	Texts    int             `json:"texts" doc:"How many texts the pages and forms have"`
	Missing  []MissingText   `json:"missing" nullable:"false" doc:"Texts without a wording in this language: they are shown in Vietnamese"`
}

// MissingText is one text that a language lacks.
type MissingText struct {
	Form       string `json:"form" doc:"Id and version of the form; empty: of the pages" example:"quick/1"`
	Key        string `json:"key" doc:"What the text goes by in the language's file" example:"items/overall"`
	Vietnamese string `json:"vietnamese"`
}

func (s *server) registerLanguages() {
	list := operation("list-languages", http.MethodGet, "/api/v1/languages", "Catalogue", "List languages",
		"The languages of the citizens' pages, and what each lacks. Of the forms, the versions asked now.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct{ Paging }) (*ListOutput[PageLanguage], error) {
		return page(in.Paging, spoken, s.showLanguage), nil
	})
}

func (s *server) showLanguage(language survey.Language) PageLanguage {
	shown := PageLanguage{Language: language, Name: languageNames[language], Shipped: slices.Contains(survey.Languages, language),
		Texts: len(pageTexts) + survey.LevelMax, Missing: []MissingText{}}
	for _, key := range pageTexts {
		if catalogues[language][key] == "" {
			shown.Missing = append(shown.Missing, MissingText{"", key, say(survey.Vietnamese, key, nil)})
		}
	}
	for level, name := range survey.LevelNames {
		if key := levelKey(level + 1); catalogues[language][key] == "" && name[language] == "" {
			shown.Missing = append(shown.Missing, MissingText{"", key, name.In(survey.Vietnamese)})
		}
	}
	snapshot := s.registry.Snapshot()
	for _, q := range snapshot.Questionnaires() {
		if snapshot.Newest(q.ID) != q {
			continue
		}
		shown.Texts += languages.Count(q)
		for _, text := range languages.Missing(q, language) {
			shown.Missing = append(shown.Missing, MissingText{text.Form, text.Place, text.Vietnamese})
		}
	}
	return shown
}

// formReasons are the refusals that a citizen can come to see.
var formReasons = []string{survey.ReasonCodeFormat, survey.ReasonCodeCheck, survey.ReasonLevel, survey.ReasonType, survey.ReasonTooLong, survey.ReasonTooMany,
	survey.ReasonRange, survey.ReasonUnknownOption, survey.ReasonRepeatedOption, survey.ReasonNANotOffered, survey.ReasonNotOfPoint,
	survey.ReasonReceiptRequired, survey.ReasonReceiptFormat, survey.ReasonReceiptCheck, survey.ReasonReceiptUnknown, survey.ReasonReceiptUsed,
	survey.ReasonReceiptExpired, survey.ReasonReceiptRevoked}

// pageTexts are the keys of what citizens read, in order.
var pageTexts = func() []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(catalogues[survey.Vietnamese])) {
		reason, isReason := strings.CutPrefix(key, "reason.")
		if isReason && slices.Contains(formReasons, reason) || !isReason && !strings.HasPrefix(key, "code.") && !strings.HasPrefix(key, "unbuilt.") {
			keys = append(keys, key)
		}
	}
	return keys
}()
