package importer

// maxProblems is the number of problems a report keeps.
const maxProblems = 1000

// Report says what became of the rows of a file. A dry run counts what would
// become of them. Lines = Created + Updated + Unchanged + Rejected once a run is complete.
type Report struct {
	Kind      Kind   `json:"kind"`
	FileName  string `json:"fileName"`
	DryRun    bool   `json:"dryRun"`
	Lines     int    `json:"lines"`     // rows read: neither the header nor empty rows
	Created   int    `json:"created"`   // rows that made something new: a document, a figure of a sheet, a response
	Updated   int    `json:"updated"`   // rows that changed what was stored
	Unchanged int    `json:"unchanged"` // rows that said what is stored already
	Rejected  int    `json:"rejected"`  // rows with problems

	// Problems are the first 1,000; ProblemCount is the number of all.
	Problems     []Problem `json:"problems"`
	ProblemCount int       `json:"problemCount"`
}

// Problem is one thing that is wrong with a row. A row may have several.
type Problem struct {
	Line   int            `json:"line"`   // of the file or sheet, from 1
	Column string         `json:"column"` // empty: the row as a whole
	Reason string         `json:"reason"`
	Params map[string]any `json:"params,omitempty"`
}
