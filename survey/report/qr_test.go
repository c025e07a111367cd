package report_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/report"
)

var update = flag.Bool("update", false, "rewrite golden files")

const address = "https://hailong.example.vn/s/K7QX2M9A4T?k=qr"

func TestNewQRRefusesWhatDoesNotFit(t *testing.T) {
	_, err := report.NewQR(strings.Repeat("x", 3000))
	if !survey.IsCode(err, survey.CodeInvalid) {
		t.Fatalf("got %v, want invalid", err)
	}
}

func TestSVGIsTheGoldenOne(t *testing.T) {
	qr, err := report.NewQR(address)
	if err != nil {
		t.Fatal(err)
	}
	got := qr.SVG("Mã QR <1> & 2")
	golden := filepath.Join("testdata", "qr.svg")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the drawing changed; look at it and run with -update")
	}
	if again := qr.SVG("Mã QR <1> & 2"); !bytes.Equal(got, again) {
		t.Error("a second drawing differs from the first")
	}
}

// The path and the PNG must show the same modules, with a quiet zone and three finder patterns.
func TestDrawingsAgree(t *testing.T) {
	qr, err := report.NewQR(address)
	if err != nil {
		t.Fatal(err)
	}
	svg := qr.SVG("QR")
	if err := xml.Unmarshal(svg, new(struct{})); err != nil {
		t.Fatalf("the SVG is not well-formed: %v", err)
	}
	n := qr.Size()
	fromPath := make([][]bool, n)
	for y := range fromPath {
		fromPath[y] = make([]bool, n)
	}
	runs := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllSubmatch(svg, -1)
	for _, run := range runs {
		x, _ := strconv.Atoi(string(run[1]))
		y, _ := strconv.Atoi(string(run[2]))
		length, _ := strconv.Atoi(string(run[3]))
		if string(run[3]) != string(run[4]) {
			t.Fatalf("run %s does not close", run[0])
		}
		for i := range length {
			fromPath[y][x+i] = true
		}
	}
	for _, pixels := range []int{0, 200, 512, 1 << 20} {
		data, err := qr.PNG(pixels)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		edge := img.Bounds().Dx()
		if edge%n != 0 || edge > report.MaxQRPixels || (pixels > n && edge > pixels) {
			t.Fatalf("PNG(%d) has an edge of %d pixels for %d modules", pixels, edge, n)
		}
		scale := edge / n
		for y := range n {
			for x := range n {
				r, _, _, _ := img.At(x*scale+scale/2, y*scale+scale/2).RGBA()
				if (r == 0) != fromPath[y][x] {
					t.Fatalf("PNG(%d) and SVG differ at module %d,%d", pixels, x, y)
				}
			}
		}
	}
	const quiet = 4
	for i := range n {
		for j := range quiet {
			if fromPath[i][j] || fromPath[j][i] || fromPath[i][n-1-j] || fromPath[n-1-j][i] {
				t.Fatal("the quiet zone is not empty")
			}
		}
	}
	for _, corner := range [][2]int{{quiet, quiet}, {n - quiet - 7, quiet}, {quiet, n - quiet - 7}} {
		for i := range 7 {
			if !fromPath[corner[1]][corner[0]+i] || !fromPath[corner[1]+i][corner[0]] {
				t.Fatalf("no finder pattern at %v", corner)
			}
		}
	}
}
