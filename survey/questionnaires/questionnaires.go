// Package questionnaires holds the forms shipped with the program, each version
// of a form as one JSON file. A version never changes once published: another
// wording is another version, in a file of its own (quick-2.json).
package questionnaires

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"sipas/survey"
)

//go:embed *.json
var files embed.FS

// shipped are all forms by id and version. A file that cannot be read is a fault
// of the program and shows in its first test.
var shipped = func() []*survey.Questionnaire {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	forms := make([]*survey.Questionnaire, 0, len(entries))
	for _, entry := range entries {
		raw, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		form := new(survey.Questionnaire)
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(form); err != nil {
			panic(fmt.Sprintf("questionnaires: %s: %v", entry.Name(), err))
		}
		forms = append(forms, form)
	}
	slices.SortFunc(forms, func(a, b *survey.Questionnaire) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	return forms
}()

// All lists every version of every form, by id and version. The forms are shared
// and must not be changed.
func All() []*survey.Questionnaire { return slices.Clone(shipped) }

// Find gives one version of a form, or nil.
func Find(id string, version int) *survey.Questionnaire {
	for _, form := range shipped {
		if form.ID == id && form.Version == version {
			return form
		}
	}
	return nil
}

// Newest gives the newest version of a form, or nil.
func Newest(id string) *survey.Questionnaire {
	var newest *survey.Questionnaire
	for _, form := range shipped {
		if form.ID == id {
			newest = form
		}
	}
	return newest
}
