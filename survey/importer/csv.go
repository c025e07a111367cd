package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"sipas/survey"
)

// csvFile is a source of comma-, semicolon- or tab-separated values.
type csvFile struct {
	file  io.ReaderAt
	size  int64
	start int64 // of the first row, behind the byte order mark
	comma rune

	budget *budget
	reader *csv.Reader
	line   int // where the next row begins, as far as known
}

// budget bounds how much one row may read: a quotation mark that is never
// closed would make a row of the rest of the file.
type budget struct {
	io.Reader
	left int
}

var errBudget = errors.New("the row is too long")

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBudget
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func openCSV(file io.ReaderAt, size int64, start []byte) (source, error) {
	f := &csvFile{file: file, size: size}
	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		f.start = int64(len(byteOrderMark))
		start = start[f.start:]
	}
	if !plainText(start, int64(len(start))+f.start == size) {
		return nil, refused(pathFile, survey.ReasonImportEncoding, map[string]any{"line": lineOfBadByte(start)}, nil)
	}
	f.comma = separator(start)
	return f, f.rewind()
}

// lineOfBadByte gives the line, from 1, of the first byte that is no text.
func lineOfBadByte(b []byte) int {
	line := 1
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == 0 || r == utf8.RuneError && size == 1 {
			return line
		}
		if r == '\n' {
			line++
		}
		b = b[size:]
	}
	return line
}

// separator is the candidate that the header has most of outside quotation marks; the comma where it has none.
func separator(start []byte) rune {
	counts := map[byte]int{}
	quoted := false
	for _, b := range start {
		if b == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if b == '\n' && len(counts) > 0 {
			break
		}
		if b == ',' || b == ';' || b == '\t' {
			counts[b]++
		}
	}
	best := byte(',')
	for _, b := range []byte(";\t") {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return rune(best)
}

func (f *csvFile) rewind() error {
	f.budget = &budget{Reader: io.NewSectionReader(f.file, f.start, f.size-f.start)}
	f.reader = csv.NewReader(bufio.NewReaderSize(f.budget, 64<<10))
	f.reader.Comma, f.reader.FieldsPerRecord, f.reader.ReuseRecord = f.comma, -1, true
	f.line = 1
	return nil
}

func (f *csvFile) read() (int, []string, error) {
	for {
		f.budget.left = maxRecord
		cells, err := f.reader.Read()
		if err != nil {
			return 0, nil, f.failure(err)
		}
		f.line, _ = f.reader.FieldPos(0)
		if err := wide(f.line, cells); err != nil {
			return 0, nil, err
		}
		if blank(cells) {
			continue
		}
		for _, cell := range cells {
			if !utf8.ValidString(cell) || strings.IndexByte(cell, 0) >= 0 {
				return 0, nil, refused(pathFile, survey.ReasonImportEncoding, map[string]any{"line": f.line}, nil)
			}
		}
		return f.line, cells, nil
	}
}

func (f *csvFile) failure(err error) error {
	var wrong *csv.ParseError
	switch {
	case err == io.EOF:
		return err
	case errors.Is(err, errBudget):
		return refused(pathFile, survey.ReasonImportLongRow, map[string]any{"line": f.line + 1, "max": maxRecord / kibibyte}, nil)
	case errors.As(err, &wrong):
		return refused(pathFile, survey.ReasonImportQuotes, map[string]any{"line": wrong.StartLine}, nil)
	}
	return refused(pathFile, survey.ReasonImportUnreadable, nil, err)
}

func (f *csvFile) spreadsheet() bool { return false }
func (f *csvFile) date1904() bool    { return false }
func (f *csvFile) close() error      { return nil }
