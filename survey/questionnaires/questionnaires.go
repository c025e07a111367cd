// Package questionnaires holds the forms shipped with the program, each version
// of a form as one JSON file. A version never changes once published: another
// wording is another version, in a file of its own.
package questionnaires

import "sipas/survey"

// All lists every version of every form, by id and version. The forms are shared
// and must not be changed.
func All() []*survey.Questionnaire { return nil }

// Find gives one version of a form, or nil.
func Find(id string, version int) *survey.Questionnaire { return nil }

// Newest gives the newest version of a form, or nil.
func Newest(id string) *survey.Questionnaire { return nil }
