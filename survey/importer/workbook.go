package importer

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"sipas/survey"
)

// How much of a workbook may be unpacked, and how much of one part in memory;
// larger parts are read through a temporary file.
const (
	maxUnpacked = 2 << 30
	maxInMemory = 2 << 20
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

func openWorkbook(file io.ReaderAt, size int64) (src source, err error) {
	defer guard(&err)
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
