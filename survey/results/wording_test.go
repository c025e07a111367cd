package results

import (
	"strings"
	"testing"

	"sipas/survey"
)

func TestNumbersAreSpoken(t *testing.T) {
	for _, c := range []struct {
		name   string
		number spoken
		vi, en string
	}{
		{"a share is rounded half up from its counts", share(29, 32), "90,63\u00a0%", "90.63%"},
		{"a share of many", share(12165, 13510), "90,04\u00a0%", "90.04%"},
		{"a percentage", percentage(83.935), "83,94\u00a0%", "83.94%"},
		{"points have no sign", points(-1.235), "1,24 điểm phần trăm", "1.24 percentage points"},
		{"a promise has no empty decimals", promised(90), "90\u00a0%", "90%"},
		{"a promise keeps its own", promised(92.5), "92,5\u00a0%", "92.5%"},
		{"about is rounded up to two digits", about(337), "340", "340"},
		{"about of thousands", about(12_345), "13.000", "13,000"},
		{"about of few", about(7), "7", "7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := say("%s", "%s", c.number)
			if text[survey.Vietnamese] != c.vi || text[survey.English] != c.en {
				t.Errorf("%q, %q", text[survey.Vietnamese], text[survey.English])
			}
		})
	}
}

func TestPeriodsAreSpoken(t *testing.T) {
	for name, want := range map[string][2]string{
		"2026":                   {"năm 2026", "2026"},
		"2026-H2":                {"6 tháng cuối năm 2026", "the second half of 2026"},
		"2026-Q3":                {"quý III/2026", "Q3 2026"},
		"2026-09":                {"tháng 9/2026", "September 2026"},
		"2026-01-05..2026-02-03": {"05/01/2026 – 03/02/2026", "05/01/2026 – 03/02/2026"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := survey.ParsePeriod(name)
			if err != nil {
				t.Fatal(err)
			}
			text := spokenPeriod(p)
			if text[survey.Vietnamese] != want[0] || text[survey.English] != want[1] {
				t.Errorf("%v, want %q", text, want)
			}
		})
	}
}

func TestFiguresAreSaid(t *testing.T) {
	target := &Target{Percent: 90, Comparator: survey.AtLeast}
	figure := func(k, n int64, plan Plan, b Bound) Cell {
		return Cell{Measure: survey.Overall, N: &n, Satisfied: &k, Answered: &n, Index: percent(float64(k) / float64(n)), Target: target, Plan: &plan, Bound: b}
	}
	for _, c := range []struct {
		name   string
		cell   Cell
		vi, en string
	}{
		{"wavering", figure(441, 500, PlanNotMet, Bound{Verdict: pointer(BoundOpen), AnswersNeeded: pointer(int64(337))}),
			"Hài lòng chung quý III/2026: 88,20 % (500 phiếu), chưa đạt chỉ tiêu 90 %; con số còn dao động, thêm khoảng 340 phiếu thì ổn định nếu tỷ lệ giữ nguyên. Người dân tự nguyện đánh giá; sai lệch do tự chọn không nằm trong con số này.",
			"Overall satisfaction, Q3 2026: 88.20% (500 ratings), does not meet the target of 90%; the figure still wavers; about 340 more ratings at the same rate would make it stable. Citizens rate by their own choice; the bias of self-selection is not in this figure."},
		{"stable", figure(980, 1000, PlanMet, Bound{Verdict: pointer(BoundAbove)}),
			"Hài lòng chung quý III/2026: 98,00 % (1.000 phiếu), đạt chỉ tiêu 90 %; con số ổn định trên chỉ tiêu. Người dân tự nguyện đánh giá; sai lệch do tự chọn không nằm trong con số này.", ""},
		{"of nobody", Cell{Measure: survey.Overall, N: pointer(int64(0))}, "Không có phiếu nào trong quý III/2026.", "There are no ratings in Q3 2026."},
		{"of too few", Cell{Measure: survey.Overall, Withheld: pointer(WithheldMinimumN)}, "Chưa đủ mẫu: quý III/2026 có dưới 10 phiếu, nên con số không được công bố.",
			"Too few ratings: with fewer than 10 in Q3 2026 the figure is not shown."},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := survey.ParsePeriod("2026-Q3")
			if err != nil {
				t.Fatal(err)
			}
			said := (&selection{Query: Query{Period: p}}).sayFigure(c.cell)
			if vi := strings.ReplaceAll(said[survey.Vietnamese], "\u00a0", " "); vi != c.vi {
				t.Errorf("vi: %s", vi)
			}
			if c.en != "" && said[survey.English] != c.en {
				t.Errorf("en: %s", said[survey.English])
			}
		})
	}
}
