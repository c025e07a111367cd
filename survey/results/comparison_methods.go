package results

import "sipas/stats"

// The methods behind differences.
var (
	newcombe = &Method{
		ID:      "newcombe",
		Name:    bilingual("Khoảng Newcombe của chênh lệch", "Newcombe interval of a difference"),
		Purpose: bilingual("Dao động ngẫu nhiên 95 % của chênh lệch hai chỉ số. Hai khoảng riêng chồng lên nhau không có nghĩa là không khác nhau.", "The random variation of the difference of two indices. That their own intervals overlap does not mean that they do not differ."),
		Formula: []string{
			"d = p₁ − p₂; l and u the Wilson limits of each, of a pooled measure those on n_eff with t",
			"d − √((p₁ − l₁)² + (u₂ − p₂)²), d + √((u₁ − p₁)² + (p₂ − l₂)²)",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.Newcombe},
		Recompute:  bilingual("Từ index và interval của hai con số.", "From index and interval of the two figures."),
		References: []string{"Newcombe 1998, Statistics in Medicine 17:873, method 10", "Zou and Donner 2008, Statistics in Medicine 27:1693"},
		Software:   "R: DescTools::BinomDiffCI(..., method = \"score\")",
	}
	differenceTest = &Method{
		ID:      "difference_test",
		Name:    bilingual("Khác biệt rõ hay chưa rõ", "Clear or unclear difference"),
		Purpose: bilingual("Cao hơn hoặc thấp hơn khi cả khoảng Newcombe lẫn kiểm định cùng cho thấy; chỉ cho kỳ lịch đã kết thúc.", "Higher or lower where both the Newcombe interval and the test say so; for calendar periods that are over only."),
		Formula: []string{
			"z = (p₁ − p₂)/√(p̄(1 − p̄)(1/n₁ + 1/n₂)), p̄ = (n₁p₁ + n₂p₂)/(n₁ + n₂); of a pooled measure n = n_eff",
			"clear if p ≤ 1 − conf, adjusted where several units are compared, and 0 is not in the interval",
			"holm: p_(i) → max over j ≤ i of (m − j + 1)·p_(j); bh: min over j ≥ i of m/j·p_(j); at most 1",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}, {"tests", bilingual("số đơn vị được so cùng lúc", "the number of units compared at once")}},
		Recompute:  bilingual("Từ satisfied và answered của hai con số; thước đo gộp: cỡ mẫu hiệu dụng.", "From satisfied and answered of the two figures; of a pooled measure with the effective number."),
		References: []string{"Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, ch. 3", "Holm 1979, Scandinavian Journal of Statistics 6:65", "Benjamini and Hochberg 1995, JRSS B 57:289"},
		Software:   "R: prop.test(k, n, correct = FALSE); p.adjust",
	}
	restOf = &Method{
		ID:         "rest",
		Name:       bilingual("So với phần còn lại", "Against the rest"),
		Purpose:    bilingual("Một phần không so với tổng chứa nó mà với phần còn lại của tổng, để không phiếu nào đứng ở cả hai bên.", "A part is not set against the total that holds it but against the rest of that total, so that no rating stands on both sides."),
		Formula:    []string{"rest: n, satisfied and answered of the wider figure less those of the narrower; withheld where either is, or where 0 < n < minimumN"},
		Recompute:  bilingual("Từ hai con số trên bảng kết quả.", "From the two figures of the board."),
		References: []string{"Independence of the two groups is what the interval and the test rest on"},
	}
	ratingMix = &Method{
		ID:      "rating_mix",
		Name:    bilingual("Cách lấy phiếu đã đổi", "Ratings taken otherwise"),
		Purpose: bilingual("Cảnh báo khi hai con số dựa trên phiếu hỏi hoặc cách lấy phiếu rất khác nhau: chênh lệch có thể do cách đo.", "Warns where two figures rest on quite different questionnaires or ways of taking ratings: the difference may be one of measuring."),
		Formula: []string{
			"½·Σ |share₁ − share₂| over captures, and over questionnaire versions, of those shown in both",
			"said from shift percent on",
		},
		Parameters: []Parameter{{"shift", bilingual("tỷ lệ phiếu phải đổi cách lấy thì hai bên mới giống nhau", "the percentage of ratings that would have to be taken otherwise for the two to be alike")}},
		Recompute: bilingual("Từ bảng kết quả của hai con số theo từng cách lấy phiếu; trong tệp xuất: các cột capture, questionnaire và version.",
			"From the boards of the two by capture; in the export, the columns capture, questionnaire and version."),
		References: []string{"Total variation distance"},
	}

	comparisonMethods = []*Method{newcombe, differenceTest, restOf, ratingMix}
)

func (sel *selection) comparisonMethods(c *Comparison) []MethodUse {
	test := differenceTest.with("conf", Conf)
	if c.Units != nil {
		test = test.and("tests", float64(c.Units.Compared))
	}
	uses := append(sel.figureMethods(), newcombe.with("conf", Conf), test, ratingMix.with("shift", mixShift))
	for _, p := range c.Pairs {
		if p.Figure.Rest || p.Against.Rest {
			return append(uses, restOf.use())
		}
	}
	return uses
}
