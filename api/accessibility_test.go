package api

import (
	"os"
	"slices"
	"strings"
	"testing"

	"sipas/survey"
)

// Nothing is claimed that is not checked.
func TestTheAssessmentIsWhole(t *testing.T) {
	levels := map[string]int{}
	var checks, criteria, texts []string
	for _, check := range assessment.Checks {
		checks, texts = append(checks, check.ID), append(texts, "access.check."+check.ID)
	}
	statuses := []criterionStatus{criterionSupports, criterionPartial, criterionNotApplicable}
	for _, c := range assessment.Criteria {
		levels[c.Level]++
		criteria = append(criteria, c.ID)
		texts = append(texts, "access.criterion."+c.ID, "access.remark."+c.ID)
		if !slices.Contains(statuses, c.Form) || !slices.Contains(statuses, c.Kiosk) {
			t.Errorf("%s: status %q and %q", c.ID, c.Form, c.Kiosk)
		}
		if applies := c.Form != criterionNotApplicable || c.Kiosk != criterionNotApplicable; applies != (len(c.Checks) > 0) {
			t.Errorf("%s is checked by %v", c.ID, c.Checks)
		}
		for _, id := range c.Checks {
			if !slices.Contains(checks, id) {
				t.Errorf("%s: there is no check %s", c.ID, id)
			}
		}
	}
	if levels["A"] != 31 || levels["AA"] != 24 {
		t.Errorf("WCAG 2.2 has 31 criteria of level A and 24 of level AA, not %v", levels)
	}
	for _, ids := range [][]string{checks, criteria} {
		if slices.Sort(ids); len(slices.Compact(ids)) != len(ids) {
			t.Errorf("one comes twice: %v", ids)
		}
	}
	for key := range catalogues[survey.Vietnamese] {
		if strings.HasPrefix(key, "access.check.") || strings.HasPrefix(key, "access.criterion.") || strings.HasPrefix(key, "access.remark.") {
			if i := slices.Index(texts, key); i >= 0 {
				texts = slices.Delete(texts, i, i+1)
			} else {
				t.Errorf("nothing is called %s", key)
			}
		}
	}
	if len(texts) > 0 {
		t.Errorf("there are no texts %v", texts)
	}
}

func TestEveryCheckIsCarriedOut(t *testing.T) {
	for _, check := range assessment.Checks {
		if len(check.Tests) == 0 && check.ID != "review" {
			t.Errorf("nothing carries out %s", check.ID)
		}
		for _, test := range check.Tests {
			file, words, _ := strings.Cut(test, ": ")
			source, err := os.ReadFile("../frontend/e2e/" + file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(source), words) {
				t.Errorf("%s: %s has no test %q", check.ID, file, words)
			}
		}
	}
}

func TestAccessibilityPage(t *testing.T) {
	w := newWorld(t)
	contains(t, w.get("/tro-nang").body, `<html lang="vi">`, "WCAG) 2.2", "Tự đánh giá ngày 27/11/2026", "2.2.1 Điều chỉnh thời gian",
		"Phiếu: Đáp ứng", "Kiosk: Đáp ứng, có ngoại lệ", "Cơ quan quản lý: ", `<a class="lang" href="?lang=en"`)
	shown := w.get("/tro-nang?lang=en").body
	contains(t, shown, "Meets all 43 criteria that apply.", "<strong>Timing Adjustable</strong> (Kiosk).", "1.4.10 Reflow")
	lacks(t, shown, "access.", "<footer")
}

func TestThePagesLeadToTheOneAboutAccessibility(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, address, want string }{
		{"home", "/?lang=en", `<a href="/tro-nang?lang=en">Accessibility</a>`},
		{"a form, whose answers stay", w.formPath(w.quick), `<a href="/tro-nang?lang=vi" target="_blank">Trợ năng (mở trang mới)</a>`},
		{"an unknown code", "/s/0000000000", `<a href="/tro-nang?lang=vi">Trợ năng</a>`},
		{"an error", "/khong-co", `<a href="/tro-nang?lang=vi">Trợ năng</a>`},
	} {
		t.Run(c.name, func(t *testing.T) { contains(t, w.get(c.address, "Accept", "text/html").body, c.want) })
	}
	lacks(t, w.get("/poster/"+w.quick.Code).body, "tro-nang")
}
