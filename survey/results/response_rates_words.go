package results

import "sipas/survey"

// The methods behind the rates.
var (
	worstCases = &Method{
		ID:      "worst_cases",
		Name:    bilingual("Giới hạn xấu nhất và tốt nhất", "Worst and best case"),
		Purpose: bilingual("Tỷ lệ thật nằm trong khoảng nào, dù người không đánh giá nghĩ gì. Đây không phải khoảng tin cậy.", "Between which limits the truth lies, whatever those who did not answer think. It is no interval of confidence."),
		Formula: []string{
			"over all files N: satisfied/N to (satisfied + N − n)/N",
			"over everybody asked: satisfied/asked to (satisfied + na + silent)/asked",
			"over those who answered: satisfied/(n + na) to (satisfied + na)/(n + na)",
		},
		Recompute:  bilingual("Từ satisfied, n và số hồ sơ của con số; với từng câu hỏi: đếm ô “na” và ô trống trong tệp xuất.", "From satisfied, n and the files of a figure; of a question, count “na” and empty cells in the export."),
		References: []string{"Manski 1989, Journal of Human Resources 24:343"},
	}
	suppositions = &Method{
		ID:      "self_selection",
		Name:    bilingual("Sai lệch do tự chọn, nếu có", "What self-selection could do"),
		Purpose: bilingual("Nếu người hài lòng đánh giá nhiều hơn (hoặc ít hơn) một chút thì con số lệch bao nhiêu ở độ phủ này. Tương quan là giả định, không ước lượng được từ phiếu.", "By how much the figure would be off at this coverage if the satisfied rated a little more, or less, often. The correlation is supposed: ratings cannot tell it."),
		Formula: []string{
			"f = n/N, bias = ρ·√(p·q)·√((1 − f)/f), p the index seen",
			"n_eff = f/((1 − f)·ρ²)",
			"possible if p + bias can be the share of n out of N",
		},
		Recompute:  bilingual("Từ index, n và số hồ sơ.", "From index, n and the files."),
		References: []string{"Meng 2018, Annals of Applied Statistics 12:685"},
	}
	poststratified = &Method{
		ID:      "poststratified",
		Name:    bilingual("Chỉ số quy về cơ cấu hồ sơ", "Index weighed by files"),
		Purpose: bilingual("Nơi có nhiều hồ sơ nhưng ít phiếu được tính đúng phần của mình. Chỉ sửa cơ cấu cơ quan và lĩnh vực, không sửa sai lệch do tự chọn.", "Where many files had few ratings, they count for their part. It mends the mix of agencies and fields, not self-selection."),
		Formula: []string{
			"p = Σ W_h·p_h, W_h = N_h/N files, p_h = k_h/n_h, over agency × field",
			"V = Σ W_h²·p_h·q_h/(n_h − 1), n_eff = p·q/V, Wilson on n_eff; no finite population correction",
			"weight of one rating: N_h/n_h",
			"fields of an agency that cannot stand alone (withheld, without ratings or files, n_h > N_h, and ratings without a field) are one stratum; while this has fewer than minimumN ratings or more than files, it takes up the agency's smallest field",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Recompute:  bilingual("Từ bảng các tầng (strata) của câu trả lời.", "From the strata of the answer."),
		References: []string{"Cochran 1977, Sampling Techniques, ch. 5", "Holt and Smith 1979, JRSS A 142:33", "Little 1986, International Statistical Review 54:139"},
		Software:   "R survey: svymean(~satisfied, postStratify(design, ~stratum, volumes))",
	}

	responseRateMethods = []*Method{worstCases, suppositions, poststratified}
)

// summary says how much was rated, and what the rest could change.
func (r *ResponseRates) summary(sel *selection) survey.Text {
	c := r.Total.Cell
	if said, ok := sel.sayNothing(c); ok {
		return said
	}
	first := say("%s %s: %s (%s phiếu)", "%s, %s: %s (%s ratings)", nameOf(r.Measure), spokenPeriod(sel.Period), share(*c.Satisfied, *c.Answered), *c.N)
	if r.Total.Reason != nil {
		return joined(" ", ended(first), sayUnknown(*r.Total.Reason), r.Poststrata.say(), selfSelection)
	}
	rated := say("Có phiếu cho %s trong %s hồ sơ.", "%s of %s files were rated.", share(*c.N, c.Coverage.Volume), c.Coverage.Volume)
	if r.Measure != survey.Overall {
		rated = say("Số phiếu trả lời phần này bằng %s của %s hồ sơ.", "Ratings that answer this are %s of %s files.", share(*c.N, c.Coverage.Volume), c.Coverage.Volume)
	}
	text := []survey.Text{ended(first), rated}
	if b := r.Total.Bounds; b != nil {
		text = append(text, say("Nếu tính cả hồ sơ không có phiếu, tỷ lệ hài lòng thật nằm giữa %s (khi mọi người còn lại không hài lòng) và %s (khi tất cả đều hài lòng).",
			"With the files that were not rated, the true share lies between %s (if everybody else is dissatisfied) and %s (if all are satisfied).", percentage(b.Lower), percentage(b.Upper)))
	}
	if len(r.Suppositions) > 0 && r.Suppositions[0].Possible {
		s := r.Suppositions[0]
		text = append(text, say("Nếu người hài lòng đánh giá thường xuyên hơn một chút (tương quan %s) thì con số đã cao hơn thực tế khoảng %s.",
			"If the satisfied rate only a little more often (a correlation of %s), the figure is already about %s too high.", twoDecimals(s.Correlation), points(s.Bias)))
	}
	return joined(" ", append(text, r.Poststrata.say(), selfSelection)...)
}

func sayUnknown(reason VolumeReason) survey.Text {
	switch reason {
	case VolumePeriod:
		return say("Kỳ không gồm trọn tháng nên không so được với số hồ sơ.", "The period is not whole months, so it cannot be set against files.")
	case VolumeFilter:
		return say("Số hồ sơ không tách theo điểm khảo sát hay hình thức phục vụ.", "Files are not counted by point or way of delivery.")
	case VolumeImpossible:
		return say("Số phiếu nhiều hơn số hồ sơ: một trong hai con số sai, cần kiểm tra.", "There are more ratings than files: one of the two is wrong and has to be checked.")
	case VolumeNone:
		return say("Không có hồ sơ nào trong kỳ.", "There were no files in the period.")
	}
	return say("Chưa đủ số liệu hồ sơ của kỳ: còn tháng, cơ quan hoặc lĩnh vực chưa nhập.", "Files of the period are not complete: some month, agency or field is missing.")
}

func (p *Poststrata) say() survey.Text {
	if p.Index == nil {
		return nil
	}
	text := say("Quy về cơ cấu hồ sơ theo cơ quan và lĩnh vực, chỉ số là %s thay vì %s.",
		"Weighed by the files of each agency and field, the index is %s instead of %s.", percentage(*p.Index), percentage(*p.Unweighted))
	if n := len(p.Missing); n > 0 {
		text = joined(" ", text, say("Còn %s cơ quan không tính được vào con số này.", "%s agencies could not be part of it.", int64(n)))
	}
	return text
}

func twoDecimals(v float64) spoken {
	return func(l survey.Language) string { return decimal(l, v, 2) }
}
