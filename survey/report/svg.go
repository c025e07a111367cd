package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"golang.org/x/image/font/sfnt"
)

// svg draws a sheet as an SVG in its own size. Letters are outlines, so that it
// looks the same where the fonts are not installed; title and lines are there as text for those who cannot see it.
func (s *sheet) svg(title string) []byte {
	var glyphs, body bytes.Buffer
	defined := map[string]bool{}
	fmt.Fprintf(&body, `<path fill="#fff" d="M0 0h%vv%vH0z"/>`, s.width, s.height)
	for _, p := range s.panels {
		fmt.Fprintf(&body, `<g transform="translate(%v %v)`, round3(p.x), round3(p.y))
		if p.scale != 1 {
			fmt.Fprintf(&body, ` scale(%v)`, round3(p.scale))
		}
		if p.turned {
			fmt.Fprintf(&body, ` rotate(180 %v %v)`, round3(p.width/2), round3(p.height/2))
		}
		body.WriteString(`">`)
		for _, m := range p.marks {
			m.writeSVG(&body, &glyphs, defined)
		}
		body.WriteString(`</g>`)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%vmm" height="%vmm" viewBox="0 0 %v %v" role="img"><title>`, s.width, s.height, s.width, s.height)
	escapeXML(&b, title)
	b.WriteString(`</title><defs>`)
	b.Write(glyphs.Bytes())
	b.WriteString(`</defs>`)
	b.Write(body.Bytes())
	b.WriteString(`</svg>`)
	return b.Bytes()
}

func (m box) writeSVG(b, _ *bytes.Buffer, _ map[string]bool) {
	fmt.Fprintf(b, `<rect x="%v" y="%v" width="%v" height="%v"`, round3(m.x), round3(m.y), round3(m.width), round3(m.height))
	if m.radius > 0 {
		fmt.Fprintf(b, ` rx="%v"`, round3(m.radius))
	}
	fmt.Fprintf(b, ` fill="%s"/>`, hex(m.ink))
}

// Each letter is defined once, in font units.
func (m words) writeSVG(b, glyphs *bytes.Buffer, defined map[string]bool) {
	t := typefaces[m.face]()
	scale := m.size / t.unit
	fmt.Fprintf(b, `<g aria-label="`)
	escapeXML(b, m.text)
	fmt.Fprintf(b, `" fill="%s" transform="translate(%v %v) scale(%s)">`, hex(m.ink), round3(m.x), round3(m.y), strconv.FormatFloat(scale, 'g', 6, 64))
	x := 0.0
	for _, r := range m.text {
		if outline := t.outline[r]; len(outline) > 0 {
			id := strconv.Itoa(int(m.face)) + "-" + strconv.FormatInt(int64(r), 16)
			if !defined[id] {
				defined[id] = true
				fmt.Fprintf(glyphs, `<path id="g%s" d="%s"/>`, id, svgPath(outline))
			}
			fmt.Fprintf(b, `<use href="#g%s" x="%d"/>`, id, int(x*t.unit+0.5))
		}
		x += t.advance[r]
	}
	b.WriteString(`</g>`)
}

func (m matrix) writeSVG(b, _ *bytes.Buffer, _ map[string]bool) {
	n := m.qr.Size()
	fmt.Fprintf(b, `<g transform="translate(%v %v) scale(%s)" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`,
		round3(m.x), round3(m.y), strconv.FormatFloat(m.edge/float64(n), 'g', 8, 64), n, n)
	m.qr.writePath(b)
	b.WriteString(`"/></g>`)
}

func svgPath(outline sfnt.Segments) string {
	var b bytes.Buffer
	for i, s := range outline {
		op, points := byte('M'), 1
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				b.WriteByte('z')
			}
		case sfnt.SegmentOpLineTo:
			op = 'L'
		case sfnt.SegmentOpQuadTo:
			op, points = 'Q', 2
		case sfnt.SegmentOpCubeTo:
			op, points = 'C', 3
		}
		b.WriteByte(op)
		for j := range points {
			if j > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%d %d", s.Args[j].X.Round(), s.Args[j].Y.Round())
		}
	}
	b.WriteByte('z')
	return b.String()
}

// round3 rounds to a thousandth, finer than any printer.
func round3(v float64) float64 { return math.Round(v*1000) / 1000 }

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
