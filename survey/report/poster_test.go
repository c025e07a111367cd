package report

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	"golang.org/x/image/draw"

	"sipas/survey"
)

// longestURL is the longest address a point's poster can carry: a public address
// of 100 characters, the code, and what tells a scan and the language.
var longestURL = "https://" + strings.Repeat("danhgia-", 10) + "hailong.vn/x" + "/s/K7QX2M9A4T?k=qr&lang=en"

func sample() Poster {
	return Poster{
		URL: "https://danhgia.hailong.gov.vn/s/K7QX2M9A4T?k=qr", Host: "danhgia.hailong.gov.vn", Code: "K7QX2-M9A4T", Phrase: "hoa sen · cánh diều",
		Agency: Wording{"Trung tâm Phục vụ hành chính công phường Đông Hải", "Dong Hai Ward Public Administration Service Centre"},
		Point:  Wording{"Quầy số 3 – Đất đai, xây dựng", "Desk 3 – Land and construction"},
		Title:  Wording{"Mời Ông/Bà đánh giá sự phục vụ", "Please rate the service you received"},
		TypeIn: Wording{"Hoặc vào trang này và nhập mã", "or go to this page and type the code"},
		Check:  Wording{"Trên tờ dán và trên màn hình phải cùng là:", "This sheet and the screen must show the same words:"},
		Steps: [3]Wording{{"Quét mã bằng máy ảnh điện thoại", "Scan the code with your phone camera"},
			{"Chọn gương mặt hợp với cảm nhận", "Choose the face that fits your experience"},
			{"Bấm “Gửi đánh giá” – chưa đến một phút", "Press “Send rating” – less than a minute"}},
		Privacy:   Wording{"Phiếu không ghi tên, số điện thoại hay địa chỉ của Ông/Bà.", "Anonymous: no name, no phone number, no address is kept."},
		Languages: "Tiếng Việt · English",
	}
}

// worst is a poster with the longest of everything, synthetic besides.
func worst() Poster {
	name := func(word string) string { return string([]rune(strings.Repeat(word, 300))[:300]) }
	p := sample()
	p.URL, p.Host, p.Synthetic = longestURL, longestURL[len("https://"):100], "Dữ liệu mô phỏng – không phải số liệu thật – Synthetic data – nothing here is real"
	p.Agency = Wording{name("Trung tâm Phục vụ hành chính công "), name("Public Administration Service Centre ")}
	p.Point = Wording{name("QuầyĐấtđai"), name("Desk W ")} // one without a place to break
	return p
}

var posters = map[string]func() Poster{
	"usual": sample,
	"worst": worst,
	"bare":  func() Poster { return Poster{URL: "http://localhost:8080/s/K7QX2M9A4T?k=qr", Code: "K7QX2-M9A4T"} },
}

// scans gives what the QR codes in a picture say.
func scans(t *testing.T, picture image.Image) []string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	found, err := qrcode.NewQRCodeMultiReader().DecodeMultiple(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return nil
	}
	var texts []string
	for _, f := range found {
		texts = append(texts, f.GetText())
	}
	return texts
}

// shrunk is the picture at a share of its size, as a camera sees it from afar.
func shrunk(picture image.Image, share float64) image.Image {
	b := picture.Bounds()
	small := image.NewGray(image.Rect(0, 0, int(float64(b.Dx())*share), int(float64(b.Dy())*share)))
	draw.CatmullRom.Scale(small, small.Bounds(), picture, b, draw.Src, nil)
	return small
}

// blurred is the picture out of focus: the mean of a square around every dot.
func blurred(picture image.Image, radius int) image.Image {
	sharp := shrunk(picture, 1).(*image.Gray)
	soft := image.NewGray(sharp.Rect)
	for y := radius; y < sharp.Rect.Dy()-radius; y++ {
		for x := radius; x < sharp.Rect.Dx()-radius; x++ {
			sum := 0
			for dy := -radius; dy <= radius; dy++ {
				for _, dot := range sharp.Pix[(y+dy)*sharp.Stride+x-radius:][:2*radius+1] {
					sum += int(dot)
				}
			}
			soft.Pix[y*soft.Stride+x] = uint8(sum / (2*radius + 1) / (2*radius + 1))
		}
	}
	return soft
}

// spot is where on the sheet its first upright code is, with 8 mm about it: a
// phone is held over one code.
func spot(t *testing.T, s *sheet, dpi float64) image.Rectangle {
	t.Helper()
	dots := dpi / 25.4
	for _, p := range s.panels {
		for _, m := range p.marks {
			if m, ok := m.(matrix); ok && !p.turned {
				x, y := p.at(m.x, m.y)
				edge := p.scale * m.edge
				whole := image.Rect(0, 0, int(s.width*dots), int(s.height*dots))
				return image.Rect(int((x-8)*dots), int((y-8)*dots), int((x+edge+8)*dots), int((y+edge+8)*dots)).Intersect(whole)
			}
		}
	}
	t.Fatal("the sheet has no code")
	return image.Rectangle{}
}

func TestEveryFormatScansFromPaper(t *testing.T) {
	for name, poster := range posters {
		for _, f := range Formats {
			t.Run(name+" "+string(f), func(t *testing.T) {
				p := poster()
				s, err := p.sheet(f)
				if err != nil {
					t.Fatal(err)
				}
				picture := s.image(printDPI).SubImage(spot(t, s, printDPI))
				for how, seen := range map[string]image.Image{"at 30 %": shrunk(picture, 0.3), "half a millimetre out of focus": blurred(shrunk(picture, 0.5), 1)} {
					if got := scans(t, seen); !slices.Contains(got, p.URL) {
						t.Errorf("%s it says %q, want %q", how, got, p.URL)
					}
				}
			})
		}
	}
}

// A third of the codewords may be lost; a sticker over a ninth of the code is read through.
func TestASoiledCodeScans(t *testing.T) {
	s, err := worst().sheet(FormatA4)
	if err != nil {
		t.Fatal(err)
	}
	picture := s.image(100)
	for _, m := range s.panels[0].marks {
		if m, ok := m.(matrix); ok {
			dots := 100 / 25.4
			x, y, edge := (m.x+0.4*m.edge)*dots, (m.y+0.4*m.edge)*dots, m.edge*dots/4
			draw.Draw(picture, image.Rect(int(x), int(y), int(x+edge), int(y+edge)), image.White, image.Point{}, draw.Src)
		}
	}
	if got := scans(t, picture); !slices.Contains(got, longestURL) {
		t.Errorf("it says %q", got)
	}
}

// What a PDF viewer makes of the page scans like our own picture of it.
func TestThePDFScans(t *testing.T) {
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("there is no pdftoppm here to draw PDF pages with")
	}
	for name, poster := range map[string]func() Poster{"usual": sample, "worst": worst} {
		for _, f := range Formats {
			t.Run(name+" "+string(f), func(t *testing.T) {
				p, file := poster(), filepath.Join(t.TempDir(), "poster")
				var b bytes.Buffer
				if err := p.PDF(&b, f, Document{Title: "Tờ dán"}); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file+".pdf", b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
				s, err := p.sheet(f)
				if err != nil {
					t.Fatal(err)
				}
				at := spot(t, s, printDPI)
				crop := fmt.Sprintf("-gray -png -singlefile -r %d -x %d -y %d -W %d -H %d", printDPI, at.Min.X, at.Min.Y, at.Dx(), at.Dy())
				if out, err := exec.Command("pdftoppm", append(strings.Fields(crop), file+".pdf", file)...).CombinedOutput(); err != nil || len(out) > 0 {
					t.Fatalf("%v: %s", err, out)
				}
				drawn, err := os.ReadFile(file + ".png")
				if err != nil {
					t.Fatal(err)
				}
				picture, err := png.Decode(bytes.NewReader(drawn))
				if err != nil {
					t.Fatal(err)
				}
				if got := scans(t, shrunk(picture, 0.3)); !slices.Contains(got, p.URL) {
					t.Errorf("it says %q, want %q", got, p.URL)
				}
			})
		}
	}
}

// Nothing reaches out of its panel, no panel out of its sheet, and no words into
// a code or into other words.
func TestNothingOverflows(t *testing.T) {
	for name, poster := range posters {
		for _, f := range Formats {
			t.Run(name+" "+string(f), func(t *testing.T) {
				s, err := poster().sheet(f)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range s.panels {
					if p.x < 0 || p.y < 0 || p.x+p.scale*p.width > s.width+0.1 || p.y+p.scale*p.height > s.height+0.1 {
						t.Errorf("a panel of %v × %v at %v, %v leaves the sheet", p.width, p.height, p.x, p.y)
					}
					checkPanel(t, p.panel)
				}
			})
		}
	}
}

func checkPanel(t *testing.T, p *panel) {
	t.Helper()
	const tolerance = 0.01
	for i, m := range p.marks {
		x, y, w, h := m.extent()
		if x < -tolerance || y < -tolerance || x+w > p.width+tolerance || y+h > p.height+tolerance {
			t.Errorf("%+v leaves the panel", m)
		}
		said, ok := m.(words)
		if !ok {
			continue
		}
		for j, other := range p.marks {
			ox, oy, ow, oh := other.extent()
			// Ascenders may reach into the descenders' room above: lines are set tight.
			slack := 0.0
			switch o := other.(type) {
			case box:
				if j < i { // its ground
					continue
				}
			case words:
				if j >= i {
					continue
				}
				slack = descent * max(o.size, said.size)
			}
			if x < ox+ow-tolerance && ox < x+w-tolerance && y+slack < oy+oh-tolerance && oy+slack < y+h-tolerance {
				t.Errorf("%q runs into %+v", said.text, other)
			}
		}
	}
}

func TestLongNamesAreSmallerBeforeTheyAreCut(t *testing.T) {
	text := func(p *panel) (said string, least float64) {
		least = math.Inf(1)
		for _, m := range p.marks {
			w := m.(words)
			said, least = said+w.text+" ", min(least, w.size)
		}
		return strings.TrimSpace(said), least
	}
	long := strings.TrimSpace(strings.Repeat("Trung tâm hành chính công ", 8))
	for _, c := range []struct {
		name           string
		width, height  float64
		whole, smaller bool
	}{
		{"room enough", 100, 200, true, false},
		{"too little room", 60, 20, true, true},
		{"far too little room", 30, 5, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &panel{width: c.width, height: c.height}
			below := p.set(0, 0, c.width, c.height, left, paragraph{text: long, size: 6})
			said, size := text(p)
			if (said == long) != c.whole || (size < 6) != c.smaller || size < smallest-0.001 || below > c.height+0.001 {
				t.Errorf("at size %.2f down to %.2f: %s", size, below, said)
			}
			if !c.whole && !strings.HasSuffix(said, ellipsis) {
				t.Errorf("what is cut does not say so: %s", said)
			}
		})
	}
}

// Every Vietnamese letter with every tone is in both faces, as are the marks the sheets use.
func TestFontsHaveEveryLetter(t *testing.T) {
	letters := "–—…“”‘’·•₫%/()&+½"
	for _, vowel := range "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" {
		for _, tone := range []string{"", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"} {
			letters += string(vowel) + tone
		}
	}
	letters += "đĐbcdghklmnpqrstvxBCDGHKLMNPQRSTVX0123456789"
	set := settable(letters)
	if strings.ContainsRune(set, replacement) || strings.ContainsAny(set, "\u0300\u0301\u0303\u0309\u0323") {
		t.Fatalf("not composed or not there: %s", set)
	}
	for _, f := range []face{regular, bold} {
		for _, r := range set {
			if len(typefaces[f]().outline[r]) == 0 {
				t.Errorf("face %d does not draw %q", f, r)
			}
		}
	}
	if got := settable("a\u65e5😀"); got != "a\ufffd\ufffd" {
		t.Errorf("unknown letters become %q", got)
	}
}

func TestSVGIsWellFormedAndSaysItsLines(t *testing.T) {
	p := sample()
	p.Agency.Main = `Sở "Nội vụ" & <Tài chính>`
	for _, f := range Formats {
		drawn, err := p.SVG(f, "Tờ dán")
		if err != nil {
			t.Fatal(err)
		}
		labels := map[string]bool{}
		for decoder := xml.NewDecoder(bytes.NewReader(drawn)); ; {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if e, ok := token.(xml.StartElement); ok {
				for _, a := range e.Attr {
					if a.Name.Local == "aria-label" {
						labels[a.Value] = true
					}
				}
			}
		}
		said := strings.Join(slices.Sorted(func(yield func(string) bool) {
			for l := range labels {
				if !yield(l) {
					return
				}
			}
		}), "\n")
		for _, want := range []string{p.Code, p.Phrase} {
			if !labels[want] {
				t.Errorf("%s does not say %q:\n%s", f, want, said)
			}
		}
		if !strings.Contains(said, `"Nội vụ" &`) {
			t.Errorf("%s does not say the agency:\n%s", f, said)
		}
	}
}

func TestPNGHasTheSizeOfItsPaper(t *testing.T) {
	for f, want := range map[Format]image.Point{FormatA4: {X: 2480, Y: 3508}, FormatA5: {X: 1748, Y: 2480}} {
		drawn, err := sample().PNG(f)
		if err != nil {
			t.Fatal(err)
		}
		size, err := png.DecodeConfig(bytes.NewReader(drawn))
		if err != nil || size.Width != want.X || size.Height != want.Y {
			t.Errorf("%s is %d × %d (%v)", f, size.Width, size.Height, err)
		}
	}
}

func TestTheSamePosterGivesTheSameBytes(t *testing.T) {
	made := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	drawn := make([]bytes.Buffer, 4)
	var all sync.WaitGroup
	for i := range drawn { // the fonts are shared
		all.Go(func() {
			if err := sample().PDF(&drawn[i], FormatStickers, Document{Title: "Tờ dán", Author: "Phường Đông Hải", Language: survey.Vietnamese, Made: made}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range drawn[1:] {
		if !bytes.Equal(drawn[0].Bytes(), drawn[i+1].Bytes()) {
			t.Error("two PDFs of one poster differ")
		}
	}
}

func TestAnAddressThatIsTooLongIsRefused(t *testing.T) {
	p := sample()
	p.URL = strings.Repeat("x", 3000)
	for _, f := range Formats {
		if _, err := p.SVG(f, ""); !survey.IsCode(err, survey.CodeInvalid) {
			t.Errorf("%s: got %v", f, err)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats {
		if got, err := ParseFormat(strings.ToUpper(string(f))); got != f || err != nil {
			t.Errorf("%s gives %s, %v", f, got, err)
		}
	}
	if _, err := ParseFormat("a3"); !survey.IsCode(err, survey.CodeInvalid) {
		t.Errorf("a3 gives %v", err)
	}
}

// booklet has an agency of n points and one of one.
func booklet(f Format, n int) Booklet {
	b := Booklet{Document: Document{Title: "Tờ dán mã QR"}, Format: f, Subtitle: "Tỉnh Hải Long", PageWord: "Trang"}
	for i := range n + 1 {
		agency := "Phường Đông Hải"
		if i == n {
			agency = "Phường Tây Hồ"
		}
		b.Entries = append(b.Entries, Entry{agency, "Quầy " + strconv.Itoa(i), "K7QX2-M9A4T", func() (Poster, error) { return sample(), nil }})
	}
	return b
}

func TestBookletListsItsPages(t *testing.T) {
	for _, c := range []struct {
		name   string
		points int
		pages  []int // lines of the pages of the list
	}{
		{"one page", 3, []int{6}},
		{"an agency never ends a page", 37, []int{38, 2}},
		{"an agency goes on overleaf", 50, []int{39, 15}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := booklet(FormatA4, c.points)
			lists := b.lists()
			var lines []int
			for i, list := range lists {
				lines = append(lines, len(list))
				if list[0].entry >= 0 || list[len(list)-1].entry < 0 {
					t.Errorf("page %d begins with %q and ends with %q", i+1, list[0].text, list[len(list)-1].text)
				}
				checkPanel(t, b.list(lists, i))
			}
			if !slices.Equal(lines, c.pages) {
				t.Errorf("the pages have %v lines, want %v", lines, c.pages)
			}
		})
	}
}

func TestBookletHasAPageForEveryPoint(t *testing.T) {
	for _, f := range Formats {
		var file bytes.Buffer
		if err := booklet(f, 40).Write(t.Context(), &file); err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`/Type /Page\b`).FindAll(file.Bytes(), -1)); n != 43 {
			t.Errorf("%s has %d pages, want 2 of the list and 41", f, n)
		}
		if n := bytes.Count(file.Bytes(), []byte("/Subtype /Link")); n != 41 {
			t.Errorf("%s has %d links", f, n)
		}
	}
}

func TestBookletStopsWithItsReader(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b, made := booklet(FormatA5, 9), 0
	for i := range b.Entries {
		b.Entries[i].Poster = func() (Poster, error) {
			if made++; made == 3 {
				cancel()
			}
			return sample(), nil
		}
	}
	if err := b.Write(ctx, io.Discard); err != context.Canceled || made != 3 {
		t.Errorf("got %v after %d posters", err, made)
	}
	if err := booklet(FormatA5, 1).Write(t.Context(), broken{}); err != io.ErrClosedPipe {
		t.Errorf("a reader that went away gives %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// The fonts in a PDF hold the letters of its text and no more.
func TestFontsAreSubsets(t *testing.T) {
	var b bytes.Buffer
	if err := sample().PDF(&b, FormatA4, Document{}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 100<<10 {
		t.Errorf("a poster has %d bytes", b.Len())
	}
	var text strings.Builder
	for _, stream := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(b.Bytes(), -1) {
		if r, err := zlib.NewReader(bytes.NewReader(stream[1])); err == nil {
			_, _ = io.Copy(&text, r)
		}
	}
	if !strings.Contains(text.String(), " Tj") {
		t.Error("the text is not text")
	}
}
