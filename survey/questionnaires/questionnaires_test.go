package questionnaires_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"

	"sipas/survey"
	"sipas/survey/questionnaires"
)

var factors = []string{"tc", "tt", "cc", "kq", "pa"}

func TestShippedForms(t *testing.T) {
	forms := questionnaires.All()
	if len(forms) == 0 {
		t.Fatal("no forms")
	}
	for _, form := range forms {
		t.Run(form.ID, func(t *testing.T) { checkForm(t, form) })
	}
}

func checkForm(t *testing.T, form *survey.Questionnaire) {
	if !survey.IsSlug(form.ID) || form.Version < 1 {
		t.Errorf("id %q, version %d", form.ID, form.Version)
	}
	checkText(t, "title", form.Title)

	var inSections []string
	for _, section := range form.Sections {
		if !survey.IsItemID(section.ID) || len(section.Items) == 0 {
			t.Errorf("section %q", section.ID)
		}
		checkText(t, section.ID, section.Title)
		inSections = append(inSections, section.Items...)
	}
	var ids []string
	for _, item := range form.Items {
		checkItem(t, form, item, ids)
		if slices.Contains(ids, item.ID) {
			t.Errorf("%s is asked twice", item.ID)
		}
		ids = append(ids, item.ID)
	}
	if !slices.Equal(ids, inSections) {
		t.Errorf("the sections hold %v, the items are %v", inSections, ids)
	}
	overall := form.Item(survey.Overall)
	if overall == nil || overall.Type != survey.ItemRating || !overall.Required || overall.NA || overall.Factor != "" || overall.ShowWhen != nil {
		t.Errorf("the overall item: %+v", overall)
	}
}

func checkItem(t *testing.T, form *survey.Questionnaire, item survey.Item, earlier []string) {
	if !survey.IsItemID(item.ID) {
		t.Errorf("item id %q", item.ID)
	}
	checkText(t, item.ID, item.Text)
	if item.Hint != nil {
		checkText(t, item.ID+" hint", item.Hint)
	}
	choice := item.Type == survey.ItemSingle || item.Type == survey.ItemMultiple
	if choice != (len(item.Options) >= 2) {
		t.Errorf("%s is %s and has %d options", item.ID, item.Type, len(item.Options))
	}
	var options []string
	for _, option := range item.Options {
		if !survey.IsItemID(option.ID) || option.ID == survey.NA || slices.Contains(options, option.ID) {
			t.Errorf("%s: option %q", item.ID, option.ID)
		}
		options = append(options, option.ID)
		checkText(t, item.ID+" "+option.ID, option.Text)
	}
	if item.Type == survey.ItemMultiple && (len(item.Options) > 6 || item.Max > 6) {
		t.Errorf("%s offers more than six reasons", item.ID)
	}
	if item.Type == survey.ItemText && item.Retention != survey.RetentionOpen {
		t.Errorf("%s is free text and must be erasable", item.ID)
	}
	if item.Factor != "" && (!slices.Contains(factors, item.Factor) || item.Type != survey.ItemRating || item.ID[:2] != item.Factor) {
		t.Errorf("%s belongs to factor %q", item.ID, item.Factor)
	}
	if c := item.ShowWhen; c != nil {
		if !slices.Contains(earlier, c.Item) || len(c.In) == 0 {
			t.Fatalf("%s is shown by %q, which is not an earlier item", item.ID, c.Item)
		}
		for _, answer := range c.In {
			for _, e := range form.Check(survey.Answers{c.Item: answer}, true) {
				t.Errorf("%s is shown by an answer that %s does not take: %s", item.ID, c.Item, e.Reason)
			}
		}
	}
}

func checkText(t *testing.T, what string, text survey.Text) {
	for _, language := range survey.Languages {
		if s := text[language]; s == "" || !norm.NFC.IsNormalString(s) {
			t.Errorf("%s in %s: %q", what, language, s)
		}
	}
	if len(text) != len(survey.Languages) {
		t.Errorf("%s: %v", what, text)
	}
}

func TestQuickForm(t *testing.T) {
	form := questionnaires.Newest("quick")
	if form.Items[0].ID != survey.Overall {
		t.Errorf("the first question is %s", form.Items[0].ID)
	}
	for level := survey.LevelMin; level <= survey.LevelMax; level++ {
		answers := survey.Answers{survey.Overall: survey.LevelAnswer(level)}
		unhappy, happy := form.Item("reasons_unhappy").Shown(answers), form.Item("reasons_happy").Shown(answers)
		if happy != (level >= survey.LevelSatisfied) || unhappy == happy {
			t.Errorf("level %d: unhappy %v, happy %v", level, unhappy, happy)
		}
	}
	if form.Item("reasons_happy").Shown(survey.Answers{}) {
		t.Error("reasons are asked before the rating")
	}
}

func TestFactorItems(t *testing.T) {
	want := map[string]map[string]int{
		"quick": {},
		"short": {"tc": 1, "tt": 1, "cc": 1, "kq": 1, "pa": 1},
		"full":  {"tc": 4, "tt": 4, "cc": 5, "kq": 3, "pa": 3},
	}
	for id, counts := range want {
		got := map[string]int{}
		for _, item := range questionnaires.Newest(id).Items {
			if item.Factor != "" {
				got[item.Factor]++
				if !item.NA {
					t.Errorf("%s of %s cannot be answered with “no opinion”", item.ID, id)
				}
			}
		}
		for _, factor := range factors {
			if got[factor] != counts[factor] {
				t.Errorf("%s has %d items of %s, want %d", id, got[factor], factor, counts[factor])
			}
		}
	}
	for _, demographic := range []string{"gender", "age_group", "occupation"} {
		if item := questionnaires.Newest("full").Item(demographic); !item.Open() || item.Required {
			t.Errorf("%s must be erasable and never required", demographic)
		}
	}
}

// The same question has the same words in every form, or answers could not be compared.
func TestOverallHasOneWording(t *testing.T) {
	first := questionnaires.All()[0].Item(survey.Overall)
	for _, form := range questionnaires.All() {
		for _, language := range survey.Languages {
			if got := form.Item(survey.Overall).Text[language]; got != first.Text[language] {
				t.Errorf("%s asks %q", form.ID, got)
			}
		}
	}
}

// A published version never changes: write a new version instead of a new digest.
func TestPublishedVersionsNeverChange(t *testing.T) {
	for file, want := range map[string]string{
		"quick.json": "a36d50323bf0cb45753a54809910b9cb6560d36234e00536b760e803e0d7f82d",
		"short.json": "1e581749368236c5cbdfafb8274fb52c8abf471b6e80eb364b3c678b229a4c6e",
		"full.json":  "63191defc6af81c8f666e0950938729c13445466af04a2f2e24194b42211633f",
	} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has the digest %s, published was %s", file, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	if questionnaires.Find("quick", 99) != nil || questionnaires.Find("none", 1) != nil || questionnaires.Newest("none") != nil {
		t.Error("a form that does not exist was found")
	}
	if form := questionnaires.Find("full", 1); form == nil || form.ID != "full" || form.Version != 1 {
		t.Errorf("got %+v", form)
	}
}
