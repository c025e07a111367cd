package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/survey"
)

// labels is n labels with an address and names of usual length, or the longest there are.
func labels(n int, longest bool) Labels {
	l := Labels{Document: Document{Title: "Mã", Language: survey.Vietnamese, Made: time.Unix(0, 0)}, Title: "Mời Ông/Bà đánh giá sự phục vụ",
		Place: "Phường Đông Hải – Quầy số 3", Last: "Dùng một lần, đến hết ngày 23/12/2026"}
	base := "https://danhgia.hailong.gov.vn/s/K7QX2M9A4T?r="
	if longest {
		w := worst()
		l.Place, l.Synthetic = w.Agency.Main+" – "+w.Point.Main, w.Synthetic
		base = strings.Replace(longestURL, "k=qr&lang=en", "r=", 1)
	}
	for i := range n {
		code := fmt.Sprintf("K7QX-2M9A-%04d", i)
		l.Codes = append(l.Codes, Label{code, base + strings.ReplaceAll(code, "-", "")})
	}
	return l
}

func TestLabelsScanAndStayWithinTheirLines(t *testing.T) {
	for name, l := range map[string]Labels{"usual": labels(24, false), "worst": labels(24, true)} {
		t.Run(name, func(t *testing.T) {
			page, err := l.page(l.Codes)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.panels) != 25 {
				t.Fatalf("%d panels", len(page.panels))
			}
			for i, label := range page.panels[1:] {
				checkPanel(t, label.panel)
				if label.x < 0 || label.y < 0 || label.x+label.width > page.width+0.001 || label.y+label.height > page.height+0.001 {
					t.Errorf("label %d stands at %.1f, %.1f", i, label.x, label.y)
				}
				if !slices.ContainsFunc(label.marks, func(m mark) bool { w, ok := m.(words); return ok && w.text == l.Codes[i].Code }) {
					t.Errorf("label %d does not show its code", i)
				}
			}
			seen := shrunk(page.image(printDPI).SubImage(spot(t, page, printDPI)), 0.6)
			if got := scans(t, seen); !slices.Contains(got, l.Codes[0].URL) {
				t.Errorf("scanned %q, want %q", got, l.Codes[0].URL)
			}
		})
	}
}

func TestLabelsHaveTheirPages(t *testing.T) {
	for n, want := range map[int]int{1: 1, 24: 1, 25: 2, 60: 3} {
		var b bytes.Buffer
		if err := labels(n, false).Write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if got := len(regexp.MustCompile(`/Type /Page\b[^s]`).FindAll(b.Bytes(), -1)); got != want {
			t.Errorf("%d labels stand on %d pages, want %d", n, got, want)
		}
	}
}

func TestLabelsStop(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := labels(1, false).Write(ended, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever went away gets %v", err)
	}
	long := labels(1, false)
	long.Codes[0].URL = strings.Repeat("x", 3000)
	if err := long.Write(t.Context(), &bytes.Buffer{}); !survey.IsCode(err, survey.CodeInvalid) {
		t.Errorf("an address that is too long gives %v", err)
	}
}
