package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/questionnaires"
)

func TestLanguagesOfAFolder(t *testing.T) {
	folder := func(file, content string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for _, c := range []struct{ name, dir, want string }{
		{"none named", "", ""},
		{"an empty one", t.TempDir(), ""},
		{"one that does not exist", filepath.Join(t.TempDir(), "none"), "no such file"},
		{"a file that is no language", folder("km.json", `{}`), "km.json: its name in its own words is missing"},
		{"a text of no page", folder("km.json", `{"name":"x","texts":{"none":"x"}}`), `km.json: there is no text "none"`},
		{"a text of no form", folder("km.json", `{"name":"x","questionnaires":{"none/1":{"title":"x"}}}`), `there is no text "title" in the questionnaire "none/1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			forms, err := speak(&config{LanguagesDir: c.dir})
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "SIPAS_LANGUAGES_DIR") {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || len(forms) != len(questionnaires.All()) {
				t.Errorf("%d forms, %v", len(forms), err)
			}
		})
	}
}

// What was rated in a further language is imported by whoever knows the language.
func TestImportInAFurtherLanguage(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	loadSmallDemo(t, environment)
	store := openStoreOf(t, environment)
	points, err := store.Points().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	quick := points[slices.IndexFunc(points, func(p survey.Point) bool { return p.Questionnaire == "quick" && len(p.Fields) < 2 })]
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	file := writeRows(t, "responses.csv", "number,point,answered_at,language,questionnaire,overall",
		"1,"+quick.Code+","+time.Now().In(survey.Vietnam).Format("02/01/2006")+",km,quick,5")
	languages := t.TempDir()
	if err := os.WriteFile(filepath.Join(languages, "km.json"), []byte(`{"name":"ភាសាខ្មែរ"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{{nil, "1 would be rejected"}, {[]string{"--languages-dir", languages}, "1 would be new"}} {
		out, _ := runSipas(t, environment, "", append([]string{"import", "responses", file, "--dry-run"}, c.args...)...)
		if !strings.Contains(out, c.want) {
			t.Errorf("with %v: %s", c.args, out)
		}
	}
}
