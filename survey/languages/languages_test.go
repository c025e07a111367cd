package languages_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sipas/survey"
	"sipas/survey/languages"
	"sipas/survey/questionnaires"
)

func folder(name, content string) fstest.MapFS {
	return fstest.MapFS{name: {Data: []byte(content)}, "README.md": {Data: []byte("#")}}
}

func TestLoad(t *testing.T) {
	all, err := languages.Load(fstest.MapFS{
		"lo.json": {Data: []byte(`{"name": "ລາວ"}`)},
		// The letter a with a hook comes in two parts, and a translator has not come to one text yet.
		"km.json": {Data: []byte(`{"name": " ភាសាខ្មែរ ", "texts": {"form.send": "gửi a\u0309", "form.yes": " "},
			"questionnaires": {"quick/1": {"title": "Nhanh", "items/overall": ""}}}`)},
		"notes.txt": {Data: []byte("x")},
	})
	if err != nil || len(all) != 2 || all[0].Tag != "km" || all[1].Tag != "lo" {
		t.Fatalf("got %v, %v", all, err)
	}
	km := all[0]
	if km.Name != "ភាសាខ្មែរ" || len(km.Texts) != 1 || km.Texts["form.send"] != "gửi ả" || len(km.Forms["quick/1"]) != 1 {
		t.Errorf("got %+v", km)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"a tag that is none", "khmer.json", `{"name":"x"}`, "khmer.json: name the file after the language's tag"},
		{"a region", "en-GB.json", `{"name":"x"}`, "en-GB.json: name the file"},
		{"a language of the program", "en.json", `{"name":"x"}`, "en.json: this language is part of the program"},
		{"no name", "km.json", `{"texts":{}}`, "km.json: its name in its own words is missing"},
		{"no JSON", "km.json", `{`, "km.json: unexpected"},
		{"another member", "km.json", `{"name":"x","text":{}}`, `km.json: json: unknown field "text"`},
		{"too large", "km.json", strings.Repeat(" ", 1<<20+1), "km.json: larger than 1024 KiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := languages.Load(folder(c.file, c.content)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTranslateAddsTextsAndLeavesTheFormsAlone(t *testing.T) {
	forms := questionnaires.All()
	km := languages.Language{Tag: "km", Forms: map[string]map[string]string{"quick/1": {
		"title": "a", "sections/rating": "b", "items/overall": "c", "items/comment/hint": "d", "items/reasons_happy/options/fast": "e"}}}
	translated, err := languages.Translate(forms, []languages.Language{km})
	if err != nil {
		t.Fatal(err)
	}
	form := translated[slices.IndexFunc(translated, func(q *survey.Questionnaire) bool { return q.ID == "quick" })]
	got := []string{form.Title["km"], form.Sections[0].Title["km"], form.Item("overall").Text["km"], form.Item("comment").Hint["km"],
		form.Item("reasons_happy").Option("fast").Text["km"]}
	if !slices.Equal(got, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("got %v", got)
	}
	if form.Item("comment").Text.In("km") != form.Item("comment").Text["vi"] {
		t.Error("a missing text is not the Vietnamese one")
	}
	if missing := languages.Missing(form, "km"); len(missing) != languages.Count(form)-5 {
		t.Errorf("%d of %d are missing", len(missing), languages.Count(form))
	}
	for _, form := range forms {
		if missing := languages.Missing(form, "km"); len(missing) != languages.Count(form) {
			t.Errorf("%s itself was changed", form.ID)
		}
		if missing := languages.Missing(form, survey.English); len(missing) != 0 {
			t.Errorf("%s lacks %v", form.ID, missing)
		}
	}
}

func TestTranslateRefusesTextsOfNothing(t *testing.T) {
	_, err := languages.Translate(questionnaires.All(), []languages.Language{{Tag: "km", Forms: map[string]map[string]string{
		"quick/9": {"title": "x"}, "quick/1": {"items/none": "x"}}}})
	if err == nil || err.Error() != "km.json: there is no text \"items/none\" in the questionnaire \"quick/1\"\nkm.json: there is no text \"title\" in the questionnaire \"quick/9\"" {
		t.Errorf("got %v", err)
	}
}
