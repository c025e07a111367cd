package report

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sipas/survey"
)

// Document describes a PDF to those who keep it.
type Document struct {
	Title    string
	Author   string
	Language survey.Language
	Made     time.Time
}

// pdf writes sheets into a PDF, one to a page, with text that can be searched and fonts inside.
type pdf struct {
	file  *fpdf.Fpdf
	drawn struct { // last
		qr       *QR
		template fpdf.Template
	}
}

const pointsPerMillimetre = 72 / 25.4

func newPDF(d Document) *pdf {
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", SizeStr: "A4"})
	f.SetMargins(0, 0, 0)
	f.SetAutoPageBreak(false, 0)
	f.SetCompression(true)
	f.SetTitle(d.Title, true)
	f.SetAuthor(d.Author, true)
	f.SetCreator("sipas", true)
	f.SetLang(string(d.Language))
	f.SetCreationDate(d.Made.UTC())
	f.SetModificationDate(d.Made.UTC())
	f.SetCatalogSort(true) // so that the same sheets give the same bytes
	f.AddUTF8FontFromBytes("sheet", "", typefaces[regular]().file)
	f.AddUTF8FontFromBytes("sheet", "B", typefaces[bold]().file)
	return &pdf{file: f}
}

// page adds a sheet.
func (p *pdf) page(s *sheet) {
	f := p.file
	f.AddPageFormat("P", fpdf.SizeType{Wd: s.width, Ht: s.height})
	for _, panel := range s.panels {
		if panel.turned {
			f.TransformBegin()
			f.TransformRotate(180, panel.x+panel.scale*panel.width/2, panel.y+panel.scale*panel.height/2)
		}
		upright := panel
		upright.turned = false
		for _, m := range panel.marks {
			p.mark(s, upright, m)
		}
		if panel.turned {
			f.TransformEnd()
		}
	}
}

func (p *pdf) mark(s *sheet, at placed, m mark) {
	f := p.file
	switch m := m.(type) {
	case box:
		x, y := at.at(m.x, m.y)
		p.ink(m.ink)
		if m.radius > 0 {
			f.RoundedRect(x, y, at.scale*m.width, at.scale*m.height, at.scale*m.radius, "1234", "F")
		} else {
			f.Rect(x, y, at.scale*m.width, at.scale*m.height, "F")
		}
	case words:
		x, y := at.at(m.x, m.y)
		style := ""
		if m.face == bold {
			style = "B"
		}
		f.SetFont("sheet", style, at.scale*m.size*pointsPerMillimetre)
		f.SetTextColor(int(m.ink.R), int(m.ink.G), int(m.ink.B))
		f.Text(x, y, m.text)
	case matrix:
		x, y := at.at(m.x, m.y)
		p.ink(white)
		f.Rect(x, y, at.scale*m.edge, at.scale*m.edge, "F")
		f.UseTemplateScaled(p.modules(m.qr), fpdf.PointType{X: x, Y: y}, fpdf.SizeType{Wd: at.scale * m.edge, Ht: at.scale * m.edge})
	}
}

// modules gives the dark modules as one path, so that no viewer shows seams
// between them, which a page can show many times.
func (p *pdf) modules(qr *QR) fpdf.Template {
	if p.drawn.qr != qr {
		edge := float64(qr.Size())
		p.drawn.qr = qr
		p.drawn.template = p.file.CreateTemplateCustom(fpdf.PointType{}, fpdf.SizeType{Wd: edge, Ht: edge}, func(t *fpdf.Tpl) {
			var b bytes.Buffer
			fmt.Fprintf(&b, "q 0 g %.5f 0 0 %.5f 0 %.5f cm\n", pointsPerMillimetre, -pointsPerMillimetre, edge*pointsPerMillimetre)
			qr.runs(func(x, y, length int) { fmt.Fprintf(&b, "%d %d %d 1 re\n", x, y, length) })
			b.WriteString("f Q")
			t.RawWriteStr(b.String())
		})
	}
	return p.drawn.template
}

func (p *pdf) ink(c color.RGBA) { p.file.SetFillColor(int(c.R), int(c.G), int(c.B)) }

// write ends the document. Errors of w are passed on; anything else is internal.
func (p *pdf) write(w io.Writer) error {
	out := &watched{w: w}
	err := p.file.Output(out)
	switch {
	case out.err != nil:
		return out.err
	case err != nil:
		return &survey.Error{Code: survey.CodeInternal, Message: "a PDF cannot be made", Err: err}
	}
	return nil
}

// watched remembers why a writer failed.
type watched struct {
	w   io.Writer
	err error
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	if err != nil {
		w.err = err
	}
	return n, err
}
