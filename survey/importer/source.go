package importer

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sipas/survey"
)

// The bounds of a file.
const (
	// MaxSize is the largest file that is read, in bytes.
	MaxSize = 256 << 20

	maxDocuments = 200_000  // rows of every kind but responses, which alone are not held in memory together
	maxRecord    = 1 << 20  // bytes of one CSV row
	maxCells     = 500      // of one row, empty ones before the last one included
	sniffed      = 64 << 10 // bytes looked at to tell what a file is
	longestShown = 60       // characters of a column name that an error repeats

	kibibyte, mebibyte = 1 << 10, 1 << 20
)

const byteOrderMark = "\uFEFF"

// The paths of errors that refuse a file.
const (
	pathFile    = "file"
	pathColumns = "columns"
)

// source gives the rows of a file.
type source interface {
	// rewind goes back to the first row.
	rewind() error
	// read gives the next row and its number in the file, from 1; io.EOF at the
	// end. Any other error is refusal by the file as a whole.
	read() (line int, cells []string, err error)
	// spreadsheet reports whether numbers may stand for dates.
	spreadsheet() bool
	// date1904 reports whether days count from 1904.
	date1904() bool
	close() error
}

// refused is the error of a file that cannot be imported.
func refused(path, reason string, params map[string]any, cause error) error {
	return &survey.Error{Code: survey.CodeInvalid, Message: "the file cannot be imported", Err: cause,
		Fields: []survey.FieldError{{Path: path, Reason: reason, Params: params}}}
}

// wide refuses a row far wider than any kind of file: one cell far right takes
// the room of all before it.
func wide(line int, cells []string) error {
	if len(cells) <= maxCells {
		return nil
	}
	return refused(pathFile, survey.ReasonImportWideRow, map[string]any{"line": line, "max": maxCells}, nil)
}

// open tells by the content what a file is.
func open(file io.ReaderAt, size int64) (source, error) {
	if size > MaxSize {
		return nil, refused(pathFile, survey.ReasonImportSize, map[string]any{"max": MaxSize / mebibyte}, nil)
	}
	start := make([]byte, min(size, sniffed))
	if n, err := file.ReadAt(start, 0); err != nil && !(err == io.EOF && n == len(start)) {
		return nil, refused(pathFile, survey.ReasonImportUnreadable, nil, err)
	}
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return openWorkbook(file, size)
	case bytes.HasPrefix(start, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return nil, refused(pathFile, survey.ReasonImportOldWorkbook, nil, nil)
	}
	return openCSV(file, size, start)
}

// header is the first row: where each column is.
type header struct {
	columns []Column
	at      map[string]int // column name → cell
	named   []bool         // whether a cell is below a name
	width   int            // of the cells up to the last one below a name
}

func readHeader(src source, columns []Column) (*header, error) {
	_, cells, err := src.read()
	if err == io.EOF {
		return nil, refused(pathFile, survey.ReasonImportEmpty, nil, nil)
	}
	if err != nil {
		return nil, err
	}
	h := &header{columns: columns, at: map[string]int{}, named: make([]bool, len(cells))}
	known := map[string]bool{}
	for _, c := range columns {
		known[c.Name] = true
	}
	var wrong []survey.FieldError
	add := func(reason, name string) {
		// The name is the one thing of a file that is repeated: nothing else tells which column is meant.
		if runes := []rune(name); len(runes) > longestShown {
			name = string(runes[:longestShown]) + "…"
		}
		wrong = append(wrong, survey.FieldError{Path: pathColumns, Reason: reason, Params: map[string]any{"column": name}})
	}
	for i, cell := range cells {
		name := strings.ToLower(oneLine(cell))
		_, again := h.at[name]
		switch {
		case name == "":
			continue
		case !known[name]:
			add(survey.ReasonUnknownColumn, oneLine(cell))
		case again:
			add(survey.ReasonRepeatedColumn, name)
		default:
			h.at[name], h.named[i], h.width = i, true, i+1
		}
	}
	for _, c := range columns {
		if _, ok := h.at[c.Name]; c.Required && !ok {
			add(survey.ReasonMissingColumn, c.Name)
		}
	}
	if len(wrong) > 0 {
		return nil, &survey.Error{Code: survey.CodeInvalid, Message: "the columns of the file are not those of its kind", Fields: wrong}
	}
	return h, nil
}

// row is one row of a file with the problems found so far.
type row struct {
	*header
	line     int
	cells    []string
	serials  bool // numbers may stand for dates …
	from1904 bool // … which count from 1904
	problems []Problem
}

// check reports what can be seen without knowing the kind: values outside the
// columns, and missing ones.
func (r *row) check() {
	for i := range r.cells {
		if (i >= len(r.named) || !r.named[i]) && strings.TrimSpace(r.cells[i]) != "" {
			r.fail("", survey.ReasonExtraCell, nil)
			break
		}
	}
	for _, c := range r.columns {
		if c.Required && r.text(c.Name) == "" {
			r.fail(c.Name, survey.ReasonRequired, nil)
		}
	}
}

// fail adds a problem, one for each column.
func (r *row) fail(column, reason string, params map[string]any) {
	for _, p := range r.problems {
		if p.Column == column && (column != "" || p.Reason == reason) {
			return
		}
	}
	r.problems = append(r.problems, Problem{Line: r.line, Column: column, Reason: reason, Params: params})
}

// has reports whether the file has the column: what it does not have stays as it is stored.
func (r *row) has(column string) bool {
	_, ok := r.at[column]
	return ok
}

// raw gives a cell as it is, "" where there is none.
func (r *row) raw(column string) string {
	if i, ok := r.at[column]; ok && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// text gives a cell as one line of NFC.
func (r *row) text(column string) string { return oneLine(r.raw(column)) }

// prose gives a cell as NFC with its line breaks.
func (r *row) prose(column string) string {
	return strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(r.raw(column), "\r\n", "\n")))
}

// list gives the parts of a cell between vertical bars, empty ones left out; never nil.
func (r *row) list(column string) []string {
	parts := []string{}
	for part := range strings.SplitSeq(r.text(column), "|") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func oneLine(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// plainText reports whether the bytes are UTF-8 text. The last rune may be cut off.
func plainText(b []byte, whole bool) bool {
	if bytes.IndexByte(b, 0) >= 0 {
		return false
	}
	if !whole {
		for i := 0; i < utf8.UTFMax && len(b) > 0; i++ {
			if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size != 1 {
				break
			}
			b = b[:len(b)-1]
		}
	}
	return utf8.Valid(b)
}
