package report

import (
	"context"
	"io"
	"strconv"
)

// Booklet is the posters of many points in one PDF, behind pages that list them.
type Booklet struct {
	Document
	Format   Format
	Subtitle string // under the title, on the first page
	PageWord string // over the page numbers of the list
	Entries  []Entry
}

// Entry is one point of a booklet. Entries of one agency follow each other.
type Entry struct {
	Agency, Point, Code string
	Poster              func() (Poster, error) // asked for once, when its page is made
}

// The list's measures on A4.
const (
	listRow = 6.2
	listTop = 38.0
)

// Write makes the PDF: pages of the list, whose lines lead to the posters, then a page for every
// entry. Some 20 to 30 kB are held for each until all is written. Errors are those of Entry.Poster, NewQR, w and ctx.
func (b Booklet) Write(ctx context.Context, w io.Writer) error {
	lists := b.lists()
	file := newPDF(b.Document)
	targets := make([]int, len(b.Entries))
	for i := range targets {
		targets[i] = file.file.AddLink()
	}
	scale, width, height := 1.0, a4Width, a4Height
	if b.Format == FormatA5 {
		scale, width, height = a5Scale, a5Width, a5Height
	}
	for i := range lists {
		file.page(&sheet{width, height, []placed{{panel: b.list(lists, i), scale: scale}}})
		for j, line := range lists[i] {
			if line.entry >= 0 {
				file.file.Link(0, scale*(listTop+float64(j)*listRow), width, scale*listRow, targets[line.entry])
			}
		}
	}
	for i, e := range b.Entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		poster, err := e.Poster()
		if err != nil {
			return err
		}
		s, err := poster.sheet(b.Format)
		if err != nil {
			return err
		}
		file.page(s)
		file.file.SetLink(targets[i], 0, -1)
	}
	return file.write(w)
}

// listLine is a line of the list: an agency, or one of its points.
type listLine struct {
	text  string
	entry int // -1: an agency
}

// lists gives the lines of every page of the list. An agency that goes on
// overleaf is named again, and none is named as the last line of a page.
func (b Booklet) lists() [][]listLine {
	const rows = 39 // which end 17 mm over the foot
	pages := [][]listLine{nil}
	agency := ""
	for i, e := range b.Entries {
		page := &pages[len(pages)-1]
		room := rows - len(*page)
		if room < 1 || room < 2 && e.Agency != agency {
			pages = append(pages, nil)
			page, agency = &pages[len(pages)-1], ""
		}
		if e.Agency != agency {
			*page = append(*page, listLine{e.Agency, -1})
			agency = e.Agency
		}
		*page = append(*page, listLine{e.Point, i})
	}
	return pages
}

// list draws one page of the list.
func (b Booklet) list(lists [][]listLine, at int) *panel {
	const margin, width, code, number = 18.0, a4Width - 36, 34.0, 16.0
	s := &panel{width: a4Width, height: a4Height}
	s.set(margin, 13, width-number, 12, left, paragraph{b.Title, bold, 6, teal, 0})
	s.set(margin, 25, width-number, 8, left, paragraph{b.Subtitle, regular, 3.8, grey, 0})
	s.right(margin, 31.5, width, paragraph{b.PageWord, regular, 3.2, grey, 0})
	for j, line := range lists[at] {
		y := listTop + float64(j)*listRow
		if line.entry < 0 {
			s.line(margin, y, width, paragraph{line.text, bold, 4, black, 0})
			continue
		}
		s.line(margin+5, y, width-code-number-8, paragraph{line.text, regular, 4, black, 0})
		s.line(margin+width-code-number, y, code, paragraph{b.Entries[line.entry].Code, regular, 4, black, 0})
		s.right(margin, y, width, paragraph{strconv.Itoa(len(lists) + line.entry + 1), regular, 4, black, 0})
	}
	return s
}

// line sets one line, cut where it is too long.
func (p *panel) line(x, y, width float64, g paragraph) {
	text := settable(g.text)
	if g.face.width(text, g.size) > width {
		text = cut(text, g.face, g.size, width)
	}
	p.add(words{x, y + ascent*g.size, text, g.face, g.size, g.ink})
}

// right sets one line that ends where the width does.
func (p *panel) right(x, y, width float64, g paragraph) {
	text := settable(g.text)
	p.line(x+width-g.face.width(text, g.size), y, width, g)
}
