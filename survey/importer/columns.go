package importer

import "sipas/survey"

// Column describes one column of a kind of file.
type Column struct {
	Name     string      `json:"name"`
	Meaning  survey.Text `json:"meaning"`
	Required bool        `json:"required"` // must be in the file, with a value in every row
	Example  string      `json:"example"`
}

// Columns lists the columns files of the kind may have, in the order of the
// sample; those of responses end with the items of the shipped forms. Nil for an unknown kind.
func Columns(kind Kind) []Column { return nil }

// Sample gives a small CSV file of the kind: UTF-8 with a byte order mark, for
// spreadsheets to read it as such. Nil for an unknown kind.
func Sample(kind Kind) []byte { return nil }
