package report

import (
	"strings"
	"sync"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// face is one of the two cuts that sheets are set in.
type face int

const (
	regular face = iota
	bold
)

// typeface is a font as it is embedded, measured and drawn. It is immutable.
type typeface struct {
	file    []byte
	unit    float64 // of its outlines, to the em
	advance map[rune]float64
	outline map[rune]sfnt.Segments // in font units, y down
}

// drawable are the letters that sheets are set in: Latin with every Vietnamese
// letter and tone, and punctuation.
var drawable = [][2]rune{{0x20, 0x7e}, {0xa0, 0x24f}, {0x300, 0x303}, {0x309, 0x309}, {0x323, 0x323}, {0x1e00, 0x1eff},
	{0x2010, 0x2026}, {0x2030, 0x203a}, {0x20ab, 0x20ac}, {0x2190, 0x2193}, {0x2212, 0x2212}, {0xfffd, 0xfffd}}

var typefaces = [...]func() *typeface{
	regular: sync.OnceValue(func() *typeface { return newTypeface(liberationsansregular.TTF) }),
	bold:    sync.OnceValue(func() *typeface { return newTypeface(liberationsansbold.TTF) }),
}

// newTypeface reads a font that is part of the program: one that cannot be read is a fault of it.
func newTypeface(file []byte) *typeface {
	parsed, err := sfnt.Parse(file)
	if err != nil {
		panic(err)
	}
	unit := parsed.UnitsPerEm()
	t := &typeface{file: file, unit: float64(unit), advance: map[rune]float64{}, outline: map[rune]sfnt.Segments{}}
	var buffer sfnt.Buffer
	ppem := fixed.I(int(unit))
	for _, block := range drawable {
		for r := block[0]; r <= block[1]; r++ {
			glyph, err := parsed.GlyphIndex(&buffer, r)
			if err != nil {
				panic(err)
			}
			if glyph == 0 {
				continue
			}
			segments, err := parsed.LoadGlyph(&buffer, glyph, ppem, nil)
			if err != nil {
				panic(err)
			}
			advance, err := parsed.GlyphAdvance(&buffer, glyph, ppem, font.HintingNone)
			if err != nil {
				panic(err)
			}
			t.outline[r] = append(sfnt.Segments{}, segments...) // the buffer's own are overwritten
			t.advance[r] = float64(advance) / 64 / t.unit
		}
	}
	return t
}

// replacement stands for a letter the fonts do not have.
const replacement = '\uFFFD'

// settable gives a text as the fonts can set it: composed, and with the
// replacement character for what they lack.
func settable(s string) string {
	t := typefaces[regular]()
	return strings.Map(func(r rune) rune {
		if _, ok := t.advance[r]; !ok {
			return replacement
		}
		return r
	}, norm.NFC.String(s))
}

// width is that of a settable text at a size, in the unit of the size.
func (f face) width(s string, size float64) float64 {
	t, sum := typefaces[f](), 0.0
	for _, r := range s {
		sum += t.advance[r]
	}
	return sum * size
}
