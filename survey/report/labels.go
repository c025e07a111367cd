package report

import (
	"context"
	"io"
	"slices"
)

// Labels is a number of receipt codes, each on a label with its QR code: 24 to a
// page of A4, to be cut along the lines or on paper with labels of 70 by 37 mm.
type Labels struct {
	Document
	Title     string // what the label asks for
	Place     string // agency and point
	Last      string // until when it is good
	Synthetic string // that nothing here is real; empty where it is
	Codes     []Label
}

// Label is one code, as it is typed, and the address in its QR code.
type Label struct{ Code, URL string }

const (
	labelColumns, labelRows = 3, 8
	labelWidth, labelHeight = a4Width / labelColumns, a4Height / labelRows
)

// Write makes the PDF. Errors are those of NewQR, w and ctx.
func (l Labels) Write(ctx context.Context, w io.Writer) error {
	file := newPDF(l.Document)
	for codes := range slices.Chunk(l.Codes, labelColumns*labelRows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := l.page(codes)
		if err != nil {
			return err
		}
		file.page(page)
	}
	return file.write(w)
}

// page lays out as many labels as there is room for.
func (l Labels) page(codes []Label) (*sheet, error) {
	cuts := &panel{width: a4Width, height: a4Height}
	for i := 1; i < labelColumns; i++ {
		cuts.down(float64(i) * labelWidth)
	}
	for i := 1; i < labelRows; i++ {
		cuts.across(float64(i) * labelHeight)
	}
	page := &sheet{a4Width, a4Height, []placed{{panel: cuts, scale: 1}}}
	for i, one := range codes {
		label, err := l.label(one)
		if err != nil {
			return nil, err
		}
		page.panels = append(page.panels, placed{panel: label, scale: 1,
			x: float64(i%labelColumns) * labelWidth, y: float64(i/labelColumns) * labelHeight})
	}
	return page, nil
}

// label lays one label out; printers leave 5 mm at the edges of the paper white.
func (l Labels) label(one Label) (*panel, error) {
	const margin, edge = 5.0, 27.0
	const x, width = margin + edge + 1.5, labelWidth - 2*margin - edge - 1.5
	qr, err := NewQR(one.URL)
	if err != nil {
		return nil, err
	}
	p := &panel{width: labelWidth, height: labelHeight}
	p.add(matrix{margin, (labelHeight - edge) / 2, edge, qr})
	y := p.set(x, margin, width, 3.5, left, paragraph{l.Synthetic, bold, 2, red, 0})
	const code, last = 19.5, 26.0
	y = p.set(x, y, width, code-y, left, paragraph{l.Title, bold, 2.8, teal, 0}, paragraph{l.Place, regular, 2.2, black, 0.4})
	p.set(x, max(y, code), width, 6, left, paragraph{one.Code, bold, 3.7, black, 0})
	p.set(x, last, width, 6, left, paragraph{l.Last, regular, 2.1, grey, 0})
	return p, nil
}
