package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
