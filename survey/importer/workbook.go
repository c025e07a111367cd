package importer

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"sipas/survey"
)

// How large a workbook may be, packed and unpacked; how large the texts and the
// rows of a sheet may be without going through a temporary file; and how large
// together all other parts (styles, pictures), which are always held in memory.
const (
	maxWorkbook = 64 << 20
	maxUnpacked = 512 << 20
	maxInMemory = 2 << 20
	maxOthers   = 32 << 20
)

// workbook is a source of the rows of the first sheet of an XLSX file.
type workbook struct {
	file     *excelize.File
	from1904 bool
	rows     *excelize.Rows
	line     int
}

// guard turns a panic of the library into an error: a damaged workbook must
// not end the process.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = refused(pathFile, survey.ReasonImportUnreadable, nil, fmt.Errorf("reading the workbook panicked: %v", p))
	}
}

// weigh refuses a workbook that would take too much room before it is unpacked:
// a small file can hold much that is all alike.
func weigh(file io.ReaderAt, size int64) error {
	tooLarge := func(most int64) error {
		return refused(pathFile, survey.ReasonImportSize, map[string]any{"max": int(most / mebibyte)}, nil)
	}
	if size > maxWorkbook {
		return tooLarge(maxWorkbook)
	}
	packed, err := zip.NewReader(file, size)
	if err != nil {
		return refused(pathFile, survey.ReasonImportUnreadable, nil, err)
	}
	var all, others uint64 // no overflow: every part is compared before it is added
	for _, part := range packed.File {
		if part.UncompressedSize64 > maxUnpacked {
			return tooLarge(maxWorkbook)
		}
		all += part.UncompressedSize64
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if name != "xl/sharedstrings.xml" && !strings.HasPrefix(name, "xl/worksheets/sheet") {
			others += part.UncompressedSize64
		}
		if all > maxUnpacked || others > maxOthers {
			return tooLarge(maxWorkbook)
		}
	}
	return nil
}

func openWorkbook(file io.ReaderAt, size int64) (src source, err error) {
	defer guard(&err)
	if err := weigh(file, size); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(io.NewSectionReader(file, 0, size),
		excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory})
	if err != nil {
		return nil, refused(pathFile, survey.ReasonImportUnreadable, nil, err)
	}
	w := &workbook{file: f}
	if properties, err := f.GetWorkbookProps(); err == nil && properties.Date1904 != nil {
		w.from1904 = *properties.Date1904
	}
	if err := w.rewind(); err != nil {
		_ = f.Close() // only removes temporary files
		return nil, err
	}
	return w, nil
}

func (w *workbook) rewind() (err error) {
	defer guard(&err)
	if w.rows != nil {
		_ = w.rows.Close() // it was only read
	}
	sheets := w.file.GetSheetList()
	if len(sheets) == 0 {
		return refused(pathFile, survey.ReasonImportEmpty, nil, nil)
	}
	if w.rows, err = w.file.Rows(sheets[0]); err != nil {
		return refused(pathFile, survey.ReasonImportUnreadable, nil, err)
	}
	w.line = 0
	return nil
}

func (w *workbook) read() (line int, cells []string, err error) {
	defer guard(&err)
	for w.rows.Next() {
		w.line++
		cells, err := w.rows.Columns()
		if err != nil {
			return 0, nil, refused(pathFile, survey.ReasonImportUnreadable, nil, err)
		}
		if err := wide(w.line, cells); err != nil {
			return 0, nil, err
		}
		if !blank(cells) {
			return w.line, cells, nil
		}
	}
	if err := w.rows.Error(); err != nil {
		return 0, nil, refused(pathFile, survey.ReasonImportUnreadable, nil, err)
	}
	return 0, nil, io.EOF
}

func (w *workbook) spreadsheet() bool { return true }
func (w *workbook) date1904() bool    { return w.from1904 }

// close removes the temporary files.
func (w *workbook) close() error {
	_ = w.rows.Close() // it was only read
	return w.file.Close()
}
