// Package report makes documents: QR codes and the sheets that carry them to
// citizens now, tables and letters later. It is the only importer of go-qrcode and of the PDF library.
package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"

	qrcode "github.com/skip2/go-qrcode"

	"sipas/survey"
)

// MaxQRPixels bounds the edge of a PNG.
const MaxQRPixels = 2048

// QR is a QR code of level H (close to a third of it may be soiled or torn) with
// the four modules of quiet zone that the standard asks for. It is immutable.
type QR struct {
	modules [][]bool // rows of dark modules, quiet zone included
}

// NewQR encodes content. The error is CodeInvalid with reason qr.tooLong where
// it does not fit a QR code.
func NewQR(content string) (*QR, error) {
	code, err := qrcode.New(content, qrcode.Highest)
	if err != nil {
		return nil, &survey.Error{Code: survey.CodeInvalid, Reason: "qr.tooLong", Message: "the text does not fit a QR code", Err: err}
	}
	// A go-qrcode value is spent by its first drawing, so only the modules are kept.
	return &QR{modules: code.Bitmap()}, nil
}

// Size gives the number of modules of an edge, quiet zone included.
func (q *QR) Size() int { return len(q.modules) }

// SVG draws the code as one path on a white square, one unit to the module. The
// image has no size of its own and is named by title for those who cannot see it.
// The bytes are the same for the same content.
func (q *QR) SVG(title string) []byte {
	var b bytes.Buffer
	n := q.Size()
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" shape-rendering="crispEdges"><title>`, n, n)
	escapeXML(&b, title)
	fmt.Fprintf(&b, `</title><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, n, n)
	q.writePath(&b)
	b.WriteString(`"/></svg>`)
	return b.Bytes()
}

// writePath writes the dark modules as path data, one unit to the module.
func (q *QR) writePath(b *bytes.Buffer) {
	q.runs(func(x, y, length int) {
		run := strconv.Itoa(length)
		b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h" + run + "v1h-" + run + "z")
	})
}

// runs hands over the dark modules in rows: where each run begins and how long it is.
func (q *QR) runs(each func(x, y, length int)) {
	for y, row := range q.modules {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			length := 1
			for x+length < len(row) && row[x+length] {
				length++
			}
			each(x, y, length)
			x += length
		}
	}
}

// PNG draws the code black on white with whole pixels to the module, so that no
// edge is blurred: the largest such image whose edge is at most pixels, and at
// least one pixel to the module. Pixels above MaxQRPixels are read as MaxQRPixels.
func (q *QR) PNG(pixels int) ([]byte, error) {
	n := q.Size()
	scale := max(1, min(pixels, MaxQRPixels)/n)
	img := image.NewPaletted(image.Rect(0, 0, n*scale, n*scale), color.Palette{color.White, color.Black})
	for y := range n * scale {
		row := q.modules[y/scale]
		for x := range n * scale {
			if row[x/scale] {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "a QR code cannot be drawn", Err: err}
	}
	return b.Bytes(), nil
}

func escapeXML(b *bytes.Buffer, s string) {
	for _, r := range s {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '"':
			b.WriteString("&quot;")
		default:
			b.WriteRune(r)
		}
	}
}
