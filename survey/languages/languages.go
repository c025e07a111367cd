// Package languages reads further languages of the citizens' pages. A language is
// data: one JSON file named after its tag, with the sentences of the pages and the
// texts of the forms. What is missing from it is shown in Vietnamese. Ids of options
// and questions have no language, so answers given in any of them count alike.
package languages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sipas/survey"
)

// Language is one further language.
type Language struct {
	Tag  survey.Language `json:"-"`    // from the name of its file: km.json
	Name string          `json:"name"` // in its own words
	// Texts are the sentences of the pages by key, with {parameters} as in the
	// Vietnamese ones.
	Texts map[string]string `json:"texts"`
	// Forms are the texts of forms, by id and version ("quick/1") and by place:
	// title, sections/ID, items/ID, items/ID/hint, items/ID/options/ID.
	Forms map[string]map[string]string `json:"questionnaires"`
}

// Text is one text of a form by its place, in Vietnamese.
type Text struct{ Form, Place, Vietnamese string }

var tagPattern = regexp.MustCompile(`^[a-z]{2,3}$`)

// maxFile is the largest file that is read.
const maxFile = 1 << 20

// Load reads every language of a folder, by tag. The error names each file that
// cannot be used and why.
func Load(folder fs.FS) ([]Language, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	var all []Language
	var errs []error
	for _, entry := range entries {
		name := entry.Name()
		if path.Ext(name) != ".json" {
			continue
		}
		l, err := load(folder, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		all = append(all, l)
	}
	return all, errors.Join(errs...)
}

func load(folder fs.FS, name string) (Language, error) {
	tag := strings.TrimSuffix(name, ".json")
	switch {
	case !tagPattern.MatchString(tag):
		return Language{}, errors.New("name the file after the language's tag of two or three letters, as km.json")
	case slices.Contains(survey.Languages, survey.Language(tag)):
		return Language{}, errors.New("this language is part of the program")
	}
	if info, err := fs.Stat(folder, name); err != nil {
		return Language{}, err
	} else if info.Size() > maxFile {
		return Language{}, fmt.Errorf("larger than %d KiB", maxFile>>10)
	}
	raw, err := fs.ReadFile(folder, name)
	if err != nil {
		return Language{}, err
	}
	l := Language{Tag: survey.Language(tag)}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		return Language{}, err
	}
	if l.Name = clean(l.Name); l.Name == "" {
		return Language{}, errors.New("its name in its own words is missing (name)")
	}
	for _, texts := range l.Forms {
		tidy(texts)
	}
	tidy(l.Texts)
	return l, nil
}

// tidy cleans texts and leaves empty ones out: a translator has not come to them yet.
func tidy(texts map[string]string) {
	for key, text := range texts {
		if text = clean(text); text == "" {
			delete(texts, key)
		} else {
			texts[key] = text
		}
	}
}

func clean(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// Translate gives the forms with the languages' texts added; the forms themselves
// stay as they are. The error names texts of forms or places that do not exist.
func Translate(forms []*survey.Questionnaire, all []Language) ([]*survey.Questionnaire, error) {
	if len(all) == 0 {
		return forms, nil
	}
	translated := make([]*survey.Questionnaire, len(forms))
	known := map[string]bool{}
	for i, form := range forms {
		translated[i] = copyOf(form)
		walk(translated[i], func(place string, text *survey.Text) {
			known[key(form)+" "+place] = true
			wordings := maps.Clone(*text)
			for _, l := range all {
				if wording := l.Forms[key(form)][place]; wording != "" {
					wordings[l.Tag] = wording
				}
			}
			*text = wordings
		})
	}
	var errs []error
	for _, l := range all {
		for form, texts := range l.Forms {
			for place := range texts {
				if !known[form+" "+place] {
					errs = append(errs, fmt.Errorf("%s.json: there is no text %q in the questionnaire %q", l.Tag, place, form))
				}
			}
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return translated, errors.Join(errs...)
}

// Missing lists the texts of a form that a language lacks, in the form's order.
func Missing(form *survey.Questionnaire, language survey.Language) []Text {
	var missing []Text
	walk(form, func(place string, text *survey.Text) {
		if (*text)[language] == "" {
			missing = append(missing, Text{key(form), place, text.In(survey.Vietnamese)})
		}
	})
	return missing
}

// Count is how many texts a form has.
func Count(form *survey.Questionnaire) int {
	n := 0
	walk(form, func(string, *survey.Text) { n++ })
	return n
}

func key(form *survey.Questionnaire) string { return form.ID + "/" + strconv.Itoa(form.Version) }

// copyOf copies a form as far down as its texts stand.
func copyOf(form *survey.Questionnaire) *survey.Questionnaire {
	c := *form
	c.Sections, c.Items = slices.Clone(form.Sections), slices.Clone(form.Items)
	for i := range c.Items {
		c.Items[i].Options = slices.Clone(c.Items[i].Options)
	}
	return &c
}

// walk visits every text of a form with its place.
func walk(form *survey.Questionnaire, visit func(place string, text *survey.Text)) {
	visit("title", &form.Title)
	for i := range form.Sections {
		visit("sections/"+form.Sections[i].ID, &form.Sections[i].Title)
	}
	for i := range form.Items {
		it := &form.Items[i]
		place := "items/" + it.ID
		visit(place, &it.Text)
		if len(it.Hint) > 0 {
			visit(place+"/hint", &it.Hint)
		}
		for j := range it.Options {
			visit(place+"/options/"+it.Options[j].ID, &it.Options[j].Text)
		}
	}
}
