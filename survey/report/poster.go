package report

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"sipas/survey"
)

// Format is what a point's QR code is printed on.
type Format string

// The formats. Stickers and cards are on A4, to be cut along the lines and folded along the broken one.
const (
	FormatA4       Format = "a4"
	FormatA5       Format = "a5"
	FormatStickers Format = "stickers" // ten of 95 by 55 mm
	FormatCard     Format = "card"     // a tent with two faces of A5
)

// Formats lists the formats.
var Formats = []Format{FormatA4, FormatA5, FormatStickers, FormatCard}

// ParseFormat reads a format; the error is CodeInvalid with reason unknown at path format.
func ParseFormat(s string) (Format, error) {
	f := Format(strings.ToLower(s))
	if !slices.Contains(Formats, f) {
		return "", &survey.Error{Code: survey.CodeInvalid, Message: "there is no such format",
			Fields: []survey.FieldError{{Path: "format", Reason: survey.ReasonUnknown}}}
	}
	return f, nil
}

// Wording is a text in the language of the sheet and, smaller, in the other one;
// Also may be empty.
type Wording struct{ Main, Also string }

// Poster is what a citizen reads beside a point's QR code.
type Poster struct {
	URL    string // in the QR code
	Host   string // as it is typed
	Code   string // as it is typed
	Phrase string // the words that the form repeats

	Agency, Point Wording
	Title         Wording
	TypeIn        Wording // how to come here without a camera
	Check         Wording // what the phrase is for
	Steps         [3]Wording
	Privacy       Wording
	Languages     string // of the form, in their own words
	Synthetic     string // that nothing here is real; empty where it is
}

// PDF writes the poster as one page.
func (p Poster) PDF(w io.Writer, f Format, d Document) error {
	s, err := p.sheet(f)
	if err != nil {
		return err
	}
	file := newPDF(d)
	file.page(s)
	return file.write(w)
}

// SVG draws the poster in its own size, named by title.
func (p Poster) SVG(f Format, title string) ([]byte, error) {
	s, err := p.sheet(f)
	if err != nil {
		return nil, err
	}
	return s.svg(title), nil
}

// PNG draws the poster with 300 dots to the inch. It takes some 40 MB for a moment.
func (p Poster) PNG(f Format) ([]byte, error) {
	s, err := p.sheet(f)
	if err != nil {
		return nil, err
	}
	return s.png(printDPI)
}

// Sizes of paper in millimetres. A5 is A4 made smaller by the same factor both ways.
const (
	a4Width, a4Height = 210.0, 297.0
	a5Width, a5Height = 148.0, 210.0
	a5Scale           = a5Width / a4Width
)

// sheet lays the poster out; its error is that of NewQR.
func (p Poster) sheet(f Format) (*sheet, error) {
	qr, err := NewQR(p.URL)
	if err != nil {
		return nil, err
	}
	switch f {
	case FormatA5:
		return &sheet{a5Width, a5Height, []placed{{panel: p.page(qr), scale: a5Scale}}}, nil
	case FormatStickers:
		return p.stickers(qr), nil
	case FormatCard:
		face := p.face(qr)
		fold := &panel{width: a4Width, height: 1}
		fold.fold(0.5)
		return &sheet{a4Width, a4Height, []placed{
			{panel: face, scale: 1, turned: true}, {panel: face, y: a4Height / 2, scale: 1}, {panel: fold, y: a4Height/2 - 0.5, scale: 1},
		}}, nil
	default:
		return &sheet{a4Width, a4Height, []placed{{panel: p.page(qr), scale: 1}}}, nil
	}
}

// page is the poster of A4. Head and foot take what they need; the QR code gets
// what is left.
func (p Poster) page(qr *QR) *panel {
	const margin, width = 16.0, a4Width - 32
	s := &panel{width: a4Width, height: a4Height}
	y := s.band(p.Synthetic, 0)
	y = s.set(margin, y+12, width, 62, centred,
		paragraph{p.Agency.Main, bold, 8.6, teal, 0}, paragraph{p.Agency.Also, regular, 5, grey, 0.5},
		paragraph{p.Point.Main, bold, 6.4, black, 2}, paragraph{p.Point.Also, regular, 5, grey, 0.5})
	y = s.set(margin, y+5, width, 24, centred,
		paragraph{p.Title.Main, bold, 9.6, black, 0}, paragraph{p.Title.Also, regular, 6.4, grey, 0.5})

	const foot, steps, check, code = a4Height - 24, a4Height - 66, a4Height - 84, a4Height - 117
	edge := min(code-y-6, 108)
	s.code(qr, (a4Width-edge)/2, y+(code-y-edge)/2, edge, 1.2)

	below := s.set(margin, code, width, 16, centred,
		paragraph{p.TypeIn.Main, regular, 4.6, black, 0}, paragraph{p.TypeIn.Also, regular, 3.8, grey, 0}, paragraph{p.Host, bold, 5, black, 0})
	s.set(margin, below, width, check-below, centred, paragraph{p.Code, bold, 12.5, black, 0})
	s.check(p, margin+14, check, width-28, 15.5, 1)
	for i, step := range p.Steps {
		const column = 54.0
		x := margin + float64(i)*(column+8)
		s.disc(i+1, x+column/2-5, steps, 10)
		s.set(x, steps+11.5, column, 25, centred, paragraph{step.Main, regular, 5, black, 0}, paragraph{step.Also, regular, 4.2, grey, 0.6})
	}
	s.set(margin, foot, width, 16, centred,
		paragraph{p.Languages, bold, 4.2, teal, 0},
		paragraph{p.Privacy.Main, regular, 4, black, 1}, paragraph{p.Privacy.Also, regular, 3.6, grey, 0.3})
	return s
}

// face is one side of the table card.
func (p Poster) face(qr *QR) *panel {
	const margin, width, edge = 12.0, 96.0, 82.0
	s := &panel{width: a4Width, height: a4Height / 2}
	y := s.band(p.Synthetic, 0)
	y = s.set(margin, y+10, width, 50, left,
		paragraph{p.Agency.Main, bold, 6.4, teal, 0}, paragraph{p.Agency.Also, regular, 4.2, grey, 0.4},
		paragraph{p.Point.Main, bold, 5.2, black, 1.5}, paragraph{p.Point.Also, regular, 4.2, grey, 0.4})
	y = s.set(margin, y+4, width, 24, left,
		paragraph{p.Title.Main, bold, 7.6, black, 0}, paragraph{p.Title.Also, regular, 5, grey, 0.4})
	const foot, check = a4Height/2 - 17, a4Height/2 - 31
	each := min((foot-y-5)/float64(len(p.Steps)), 15)
	for i, step := range p.Steps {
		top := y + 4 + float64(i)*each
		s.disc(i+1, margin, top, 8)
		s.set(margin+11, top, width-11, each-1, left, paragraph{step.Main, regular, 4.4, black, 0}, paragraph{step.Also, regular, 3.6, grey, 0.2})
	}
	s.set(margin, foot, a4Width-2*margin, 11, left,
		paragraph{p.Languages, bold, 3.6, teal, 0}, paragraph{strings.TrimSpace(p.Privacy.Main + " " + p.Privacy.Also), regular, 3.2, grey, 0.8})

	const x = a4Width - margin - edge
	top := 11.0
	if p.Synthetic != "" {
		top = 13
	}
	s.code(qr, x, top, edge, 1)
	below := s.set(x, top+edge+2, edge, 12, centred,
		paragraph{p.TypeIn.Main, regular, 3.4, black, 0}, paragraph{p.TypeIn.Also, regular, 2.8, grey, 0}, paragraph{p.Host, bold, 4, black, 0})
	s.set(x, below, edge, check-below, centred, paragraph{p.Code, bold, 9, black, 0})
	s.check(p, x-2, check, edge+4, 13, 0.9)
	return s
}

const (
	stickerWidth, stickerHeight = 95.0, 55.0
	stickerColumns, stickerRows = 2, 5
)

func (p Poster) stickers(qr *QR) *sheet {
	s := &sheet{width: a4Width, height: a4Height}
	x0, y0 := (a4Width-stickerColumns*stickerWidth)/2, (a4Height-stickerRows*stickerHeight)/2
	one := p.sticker(qr)
	for i := range stickerColumns * stickerRows {
		s.panels = append(s.panels, placed{panel: one, scale: 1,
			x: x0 + float64(i%stickerColumns)*stickerWidth, y: y0 + float64(i/stickerColumns)*stickerHeight})
	}
	cuts := &panel{width: a4Width, height: a4Height}
	for i := range stickerColumns + 1 {
		cuts.down(x0 + float64(i)*stickerWidth)
	}
	for i := range stickerRows + 1 {
		cuts.across(y0 + float64(i)*stickerHeight)
	}
	s.panels = append(s.panels, placed{panel: cuts, scale: 1})
	return s
}

// sticker has room for one language only.
func (p Poster) sticker(qr *QR) *panel {
	const margin, edge = 3.5, 48.0
	const x, width = margin + edge + 3, stickerWidth - 2*margin - edge - 3
	s := &panel{width: stickerWidth, height: stickerHeight}
	s.add(matrix{margin - 1.5, margin, edge, qr})
	y := margin
	if p.Synthetic != "" {
		y = s.set(x, y, width, 5.5, left, paragraph{p.Synthetic, bold, 2.2, red, 0})
	}
	y = s.set(x, y, width, 21.7-y, left,
		paragraph{p.Title.Main, bold, 3.4, teal, 0}, paragraph{p.Agency.Main, bold, 2.8, black, 0.8}, paragraph{p.Point.Main, regular, 2.8, black, 0.2})
	y = s.set(x, max(y+0.8, 22.5), width, 5, left, paragraph{p.Steps[0].Main, regular, 2.2, black, 0})
	y = s.set(x, max(y+0.6, 27), width, 5.5, left, paragraph{p.Host, regular, 2.4, black, 0})
	y = s.set(x, y, width, 6, left, paragraph{p.Code, bold, 4.6, black, 0})
	y = s.set(x, y+0.6, width, 9, left, paragraph{p.Check.Main, regular, 1.85, grey, 0}, paragraph{p.Phrase, bold, 3.2, black, 0.2})
	s.set(x, max(y+0.4, stickerHeight-margin-3), width, 3, left, paragraph{p.Languages, regular, 2, teal, 0})
	return s
}

// band says across the top that nothing here is real, and gives the place below.
func (p *panel) band(synthetic string, y float64) float64 {
	if synthetic == "" {
		return y
	}
	const height = 8.0
	p.add(box{0, y, p.width, height, 0, red})
	p.set(10, y+1.4, p.width-20, height-2, centred, paragraph{synthetic, bold, 4.4, white, 0})
	return y + height
}

// disc is the number of a step.
func (p *panel) disc(n int, x, y, diameter float64) {
	digit, size := strconv.Itoa(n), 0.6*diameter
	p.add(box{x, y, diameter, diameter, diameter / 2, teal},
		words{x + (diameter-bold.width(digit, size))/2, y + diameter/2 + 0.36*size, digit, bold, size, white})
}

// check shows the phrase to compare with the screen.
func (p *panel) check(poster Poster, x, y, width, height, scale float64) {
	p.add(box{x, y, width, height, 2 * scale, pale})
	p.set(x+3, y+1, width-6, height-1.5, centred,
		paragraph{poster.Check.Main, regular, 3.6 * scale, black, 0}, paragraph{poster.Check.Also, regular, 3 * scale, grey, 0},
		paragraph{poster.Phrase, bold, 5.4 * scale, teal, 0})
}
