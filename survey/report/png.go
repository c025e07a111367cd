package report

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/vector"

	"sipas/survey"
)

// printDPI is the resolution of a sheet as PNG, that of office printers.
const printDPI = 300

// raster draws a sheet into an image.
type raster struct {
	image *image.RGBA
	dots  float64 // to the millimetre
	shape *vector.Rasterizer
}

func (s *sheet) png(dpi float64) ([]byte, error) {
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, s.image(dpi)); err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "a sheet cannot be drawn", Err: err}
	}
	return b.Bytes(), nil
}

func (s *sheet) image(dpi float64) *image.RGBA {
	dots := dpi / 25.4
	r := &raster{image.NewRGBA(image.Rect(0, 0, int(math.Round(s.width*dots)), int(math.Round(s.height*dots)))), dots, vector.NewRasterizer(1, 1)}
	draw.Draw(r.image, r.image.Bounds(), image.White, image.Point{}, draw.Src)
	for _, p := range s.panels {
		for _, m := range p.marks {
			m.paint(r, p)
		}
	}
	return r.image
}

// path is an outline in dots.
type path []step

type step struct {
	op     sfnt.SegmentOp
	points [3][2]float64
}

// fill paints the inside of a path.
func (r *raster) fill(p path, ink color.RGBA) {
	least, most := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, s := range p {
		for _, point := range s.points[:arguments(s.op)] {
			for i := range 2 {
				least[i], most[i] = min(least[i], point[i]), max(most[i], point[i])
			}
		}
	}
	bounds := image.Rect(int(math.Floor(least[0])), int(math.Floor(least[1])), int(math.Ceil(most[0])), int(math.Ceil(most[1]))).
		Intersect(r.image.Bounds())
	if bounds.Empty() {
		return
	}
	r.shape.Reset(bounds.Dx(), bounds.Dy())
	at := func(point [2]float64) (x, y float32) {
		return float32(point[0] - float64(bounds.Min.X)), float32(point[1] - float64(bounds.Min.Y))
	}
	for i, s := range p {
		x, y := at(s.points[0])
		switch s.op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				r.shape.ClosePath()
			}
			r.shape.MoveTo(x, y)
		case sfnt.SegmentOpLineTo:
			r.shape.LineTo(x, y)
		case sfnt.SegmentOpQuadTo:
			x1, y1 := at(s.points[1])
			r.shape.QuadTo(x, y, x1, y1)
		case sfnt.SegmentOpCubeTo:
			x1, y1 := at(s.points[1])
			x2, y2 := at(s.points[2])
			r.shape.CubeTo(x, y, x1, y1, x2, y2)
		}
	}
	r.shape.ClosePath()
	r.shape.Draw(r.image, bounds, image.NewUniform(ink), image.Point{})
}

func arguments(op sfnt.SegmentOp) int {
	switch op {
	case sfnt.SegmentOpQuadTo:
		return 2
	case sfnt.SegmentOpCubeTo:
		return 3
	}
	return 1
}

// dot gives the place on the image of a point of a panel.
func (r *raster) dot(p placed, x, y float64) [2]float64 {
	x, y = p.at(x, y)
	return [2]float64{x * r.dots, y * r.dots}
}

func (m box) paint(r *raster, p placed) {
	at := func(x, y float64) [2]float64 { return r.dot(p, m.x+x, m.y+y) }
	w, h, c := m.width, m.height, min(m.radius, m.width/2, m.height/2)
	line := func(x, y float64) step { return step{sfnt.SegmentOpLineTo, [3][2]float64{at(x, y)}} }
	// Of a cubic that stands for a quarter of a circle.
	k := c * (1 - 0.5523)
	corner := func(x1, y1, x2, y2, x, y float64) step {
		return step{sfnt.SegmentOpCubeTo, [3][2]float64{at(x1, y1), at(x2, y2), at(x, y)}}
	}
	r.fill(path{
		{sfnt.SegmentOpMoveTo, [3][2]float64{at(c, 0)}},
		line(w-c, 0), corner(w-k, 0, w, k, w, c),
		line(w, h-c), corner(w, h-k, w-k, h, w-c, h),
		line(c, h), corner(k, h, 0, h-k, 0, h-c),
		line(0, c), corner(0, k, k, 0, c, 0),
	}, m.ink)
}

func (m words) paint(r *raster, p placed) {
	t, x := typefaces[m.face](), m.x
	scale := m.size / t.unit
	for _, letter := range m.text {
		var outline path
		for _, s := range t.outline[letter] {
			next := step{op: s.Op}
			for i, point := range s.Args[:arguments(s.Op)] {
				next.points[i] = r.dot(p, x+scale*float64(point.X)/64, m.y+scale*float64(point.Y)/64)
			}
			outline = append(outline, next)
		}
		if len(outline) > 0 {
			r.fill(outline, m.ink)
		}
		x += t.advance[letter] * m.size
	}
}

// Modules begin and end on whole dots: no edge is blurred.
func (m matrix) paint(r *raster, p placed) {
	module := m.edge / float64(m.qr.Size())
	paint := func(x, y, width, height float64, ink color.Color) {
		a, b := r.dot(p, m.x+x, m.y+y), r.dot(p, m.x+x+width, m.y+y+height)
		whole := image.Rect(int(math.Round(a[0])), int(math.Round(a[1])), int(math.Round(b[0])), int(math.Round(b[1])))
		draw.Draw(r.image, whole, image.NewUniform(ink), image.Point{}, draw.Src)
	}
	paint(0, 0, m.edge, m.edge, color.White)
	m.qr.runs(func(x, y, length int) {
		paint(float64(x)*module, float64(y)*module, float64(length)*module, module, color.Black)
	})
}
