package report

import (
	"bytes"
	"image/color"
	"math"
	"slices"
	"strings"
)

// A sheet is drawn once, of few kinds of marks; the PDF, the SVG and the PNG are
// three ways of writing the same marks down. Lengths are millimetres, y grows downwards.
type sheet struct {
	width, height float64
	panels        []placed
}

// panel is a drawing of its own, which a sheet may show many times.
type panel struct {
	width, height float64
	marks         []mark
}

// placed is a panel on a sheet: its upper left corner, its scale and whether it
// stands on its head.
type placed struct {
	*panel
	x, y, scale float64
	turned      bool
}

// at gives the place on the sheet of a point of the panel.
func (p placed) at(x, y float64) (float64, float64) {
	if p.turned {
		x, y = p.width-x, p.height-y
	}
	return p.x + p.scale*x, p.y + p.scale*y
}

// mark is a box, words or matrix. Each knows how it is drawn outside of a PDF.
type mark interface {
	extent() (x, y, width, height float64)
	writeSVG(body, glyphs *bytes.Buffer, defined map[string]bool)
	paint(*raster, placed)
}

// box is a filled rectangle.
type box struct {
	x, y, width, height float64
	radius              float64 // of its corners
	ink                 color.RGBA
}

// words are a line of settable text; x and y are where its base line begins.
type words struct {
	x, y float64
	text string
	face face
	size float64 // of the em
	ink  color.RGBA
}

// matrix is a QR code with its quiet zone.
type matrix struct {
	x, y, edge float64
	qr         *QR
}

func (b box) extent() (x, y, width, height float64) { return b.x, b.y, b.width, b.height }

// Of an em, how far letters with marks above reach over the base line, and letters under it.
const ascent, descent = 0.95, 0.25

func (w words) extent() (x, y, width, height float64) {
	return w.x, w.y - ascent*w.size, w.face.width(w.text, w.size), (ascent + descent) * w.size
}

func (m matrix) extent() (x, y, width, height float64) { return m.x, m.y, m.edge, m.edge }

// The inks of the sheets.
var (
	black = color.RGBA{0x11, 0x11, 0x11, 0xff}
	grey  = color.RGBA{0x4a, 0x4a, 0x4a, 0xff}
	faint = color.RGBA{0xa0, 0xa8, 0xac, 0xff}
	teal  = color.RGBA{0x0b, 0x4f, 0x63, 0xff}
	pale  = color.RGBA{0xe8, 0xf1, 0xf4, 0xff}
	red   = color.RGBA{0xa3, 0x1d, 0x1d, 0xff}
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

func (p *panel) add(m ...mark) { p.marks = append(p.marks, m...) }

// stroke is the width of lines to cut and to fold along.
const stroke = 0.2

// across and down draw lines to cut along.
func (p *panel) across(y float64) { p.add(box{0, y - stroke/2, p.width, stroke, 0, faint}) }
func (p *panel) down(x float64)   { p.add(box{x - stroke/2, 0, stroke, p.height, 0, faint}) }

// fold draws a broken line across, to fold along.
func (p *panel) fold(y float64) {
	const dash, gap = 4.0, 3.0
	for x := 0.0; x < p.width; x += dash + gap {
		p.add(box{x, y - stroke/2, min(dash, p.width-x), stroke, 0, faint})
	}
}

// code draws a QR code in a frame.
func (p *panel) code(qr *QR, x, y, edge, frame float64) {
	p.add(box{x - frame, y - frame, edge + 2*frame, edge + 2*frame, 3 * frame, teal}, matrix{x, y, edge, qr})
}

// align is where lines stand in their frame.
type align float64

const (
	left    align = 0
	centred align = 0.5
)

// leading is the distance of base lines, in ems.
const leading = 1.22

// paragraph is text to be set; an empty one takes no room.
type paragraph struct {
	text   string
	face   face
	size   float64
	ink    color.RGBA
	before float64 // the room above it
}

// smallest is the size below which text is cut rather than made smaller: 5 points.
const smallest = 1.77

// set puts paragraphs under one another into a frame and gives the place below
// the last. Where they would not fit they all shrink by one factor; where they would then be too
// small to read, the longest lose their ends. Nothing reaches out of the frame.
func (p *panel) set(x, y, width, height float64, where align, paragraphs ...paragraph) float64 {
	paragraphs = slices.DeleteFunc(slices.Clone(paragraphs), func(g paragraph) bool { return g.text == "" })
	if len(paragraphs) == 0 {
		return y
	}
	least := math.Inf(1)
	for i := range paragraphs {
		paragraphs[i].text = settable(paragraphs[i].text)
		least = min(least, paragraphs[i].size)
	}
	var lines [][]string
	factor := 1.0
	for {
		lines = lines[:0]
		for _, g := range paragraphs {
			lines = append(lines, wrap(g.text, g.face, factor*g.size, width))
		}
		if needed(paragraphs, lines, factor) <= height || factor*least <= smallest {
			break
		}
		factor = max(0.95*factor, smallest/least)
	}
	for needed(paragraphs, lines, factor) > height {
		longest := 0
		for i := range lines {
			if len(lines[i]) > len(lines[longest]) {
				longest = i
			}
		}
		kept := lines[longest]
		if len(kept) == 1 {
			break
		}
		kept = kept[:len(kept)-1]
		g := paragraphs[longest]
		kept[len(kept)-1] = cut(kept[len(kept)-1], g.face, factor*g.size, width)
		lines[longest] = kept
	}
	for i, g := range paragraphs {
		size := factor * g.size
		if i > 0 {
			y += factor * g.before
		}
		for _, line := range lines[i] {
			slack := width - g.face.width(line, size)
			p.add(words{x + float64(where)*slack, y + ascent*size, line, g.face, size, g.ink})
			y += leading * size
		}
	}
	return y
}

// needed is the height of paragraphs in lines.
func needed(paragraphs []paragraph, lines [][]string, factor float64) float64 {
	sum := 0.0
	for i, g := range paragraphs {
		if i > 0 {
			sum += factor * g.before
		}
		sum += float64(len(lines[i])) * leading * factor * g.size
	}
	return sum
}

const ellipsis = "…"

// cut ends a line that had more to come with an ellipsis.
func cut(line string, f face, size, width float64) string {
	letters := []rune(strings.TrimSuffix(line, ellipsis))
	for len(letters) > 0 && f.width(string(letters)+ellipsis, size) > width {
		letters = letters[:len(letters)-1]
	}
	return strings.TrimRight(string(letters), " ") + ellipsis
}

// wrap breaks a text into lines of at most the width, between words; a word that
// is longer is broken anywhere.
func wrap(text string, f face, size, width float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		longer := word
		if line != "" {
			longer = line + " " + word
		}
		if f.width(longer, size) <= width {
			line = longer
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = ""
		for _, letter := range word {
			if f.width(line+string(letter), size) > width && line != "" {
				lines = append(lines, line)
				line = ""
			}
			line += string(letter)
		}
	}
	return append(lines, line)
}
