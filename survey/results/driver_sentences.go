package results

import (
	"cmp"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

var quadrantNames = map[Quadrant]survey.Text{
	"":                    bilingual("không rõ", "not clear"),
	stats.KeepUp:          bilingual("Quan trọng và đang tốt: giữ vững", "Important and good: keep it up"),
	stats.ConcentrateHere: bilingual("Quan trọng mà điểm còn thấp: cải thiện trước", "Important and not good: improve this first"),
	stats.LowPriority:     bilingual("Điểm thấp nhưng ít gắn với hài lòng chung", "Not good, but less tied to overall satisfaction"),
	stats.Overkill:        bilingual("Đang tốt, ít gắn với hài lòng chung", "Good, and less tied to overall satisfaction"),
}

var driverCautions = map[stats.Caution]survey.Text{
	stats.WeakModel: bilingual("Các mặt được hỏi giải thích được chưa tới 20\u00a0% sự khác nhau về hài lòng chung, nên không được xếp hạng.",
		"The aspects asked about explain less than 20% of how overall satisfaction differs, so that they are not ranked."),
	stats.FewCases: bilingual("Tính ra có dưới 10 phiếu trả lời đủ cho mỗi ý, nên các ý không được xếp hạng.",
		"There are fewer than 10 complete ratings for each aspect, so that they are not ranked."),
	stats.Collinear: bilingual("Có những ý gần như luôn được trả lời giống nhau; khó tách riêng phần của từng ý.",
		"Some aspects are almost always rated alike; what each of them tells is hard to part."),
}

var reliabilityCautions = map[string]*Caution{
	"oneItem":   {"oneItem", bilingual("Chỉ có một câu hỏi nên không tính được độ tin cậy.", "One question only: there is no reliability to compute.")},
	"tooFew":    {"tooFew", bilingual("Chưa đủ phiếu trả lời mọi câu hỏi.", "Too few ratings answer every question.")},
	"low":       {"low", bilingual("Các câu hỏi này không đo cùng một điều: nên xem từng câu thay vì con số gộp.", "These questions do not measure one thing: read them one by one rather than pooled.")},
	"redundant": {"redundant", bilingual("Các câu hỏi này gần như trùng nhau: phiếu có thể ngắn hơn.", "These questions say almost the same: the form could be shorter.")},
}

// summary says what is tied to overall satisfaction, as far as the intervals carry it.
func (d *Drivers) summary() survey.Text {
	if d.Model == nil {
		return joined(" ", d.sayNoModel(), d.Expectation.summary(), selfSelection)
	}
	var provisional survey.Text
	if d.Period.Provisional {
		provisional = say("Kỳ này chưa kết thúc, kết quả còn tạm tính.", "The period is not over; this is provisional.")
	}
	return joined(" ", d.sayImportant(), d.sayFirst(),
		say("Đây là mối liên hệ, không phải nguyên nhân.", "This is association, not cause."),
		d.Model.said("listwise"), provisional, d.Expectation.summary(), selfSelection)
}

func (d *Drivers) sayNoModel() survey.Text {
	switch *d.Reason {
	case DriversWithheld:
		return say("Không nói được điều gì gắn với hài lòng chung trong %s, vì có con số của quá ít người không được công bố.",
			"What goes with overall satisfaction in %s is not shown, because some of its figures come from too few people.", d.Period.spoken)
	case DriversAlike:
		return say("Mọi người trong %s đánh giá giống nhau, nên không thấy được điều gì gắn với hài lòng chung.",
			"Everybody rated alike in %s, so that nothing can be seen to go with overall satisfaction.", d.Period.spoken)
	}
	return say("Chưa đủ phiếu trả lời đủ các ý trong %s (cần ít nhất %s) để nói điều gì gắn với hài lòng chung.",
		"Too few complete ratings in %s (at least %s are needed) to say what goes with overall satisfaction.", d.Period.spoken, int64(MinimumCases))
}

// sayImportant names the drivers whose importance is above an equal part.
func (d *Drivers) sayImportant() survey.Text {
	if !d.Model.Ranked {
		return joined(" ", say("Chưa nói được mặt nào gắn chặt hơn với hài lòng chung trong %s.",
			"Which aspect goes most closely with overall satisfaction in %s cannot be said.", d.Period.spoken),
			d.Model.said(string(stats.WeakModel)), d.Model.said(string(stats.FewCases)))
	}
	important := d.important()
	switch {
	case len(important) == 0:
		return say("Trong %s không mặt nào nổi bật: mức gắn với hài lòng chung của các mặt không khác nhau rõ.",
			"In %s no aspect stands out: how closely each goes with overall satisfaction does not clearly differ.", d.Period.spoken)
	case d.closest(important[0]):
		return say("Điều gắn chặt nhất với hài lòng chung trong %s là %s, chiếm khoảng %s phần mà các mặt cùng giải thích được.",
			"What goes most closely with overall satisfaction in %s is %s, with about %s of what the aspects explain together.",
			d.Period.spoken, named(important[:1]), wholePercent(important[0].Association.Importance.Value))
	}
	return ended(say("Gắn chặt với hài lòng chung hơn các mặt khác trong %s: %s", "More closely tied to overall satisfaction than other aspects in %s: %s",
		d.Period.spoken, named(important)))
}

// sayFirst names what is important and not good.
func (d *Drivers) sayFirst() survey.Text {
	var first []Driver
	for _, driver := range d.important() {
		if q := driver.Association.Quadrant; q != nil && *q == stats.ConcentrateHere {
			first = append(first, driver)
		}
	}
	switch len(first) {
	case 0:
		return nil
	case len(d.important()):
		return say("Cải thiện nên bắt đầu từ đó, vì quan trọng mà điểm còn thấp.", "Improvement should begin there: important and still with a low figure.")
	}
	return say("Cải thiện nên bắt đầu từ: %s, vì quan trọng mà điểm còn thấp.", "Improvement should begin with: %s, important and still with a low figure.", named(first))
}

// said gives the words of a caution, nil where there is none to take.
func (m *DriverModel) said(id string) survey.Text {
	for _, c := range m.Cautions {
		if c.ID == id {
			return c.Text
		}
	}
	return nil
}

// important lists the drivers above an equal part, the most important first.
func (d *Drivers) important() []Driver {
	var list []Driver
	for _, driver := range d.Drivers {
		if i := driver.Association.Importance; i != nil && i.Lower != nil && *i.Lower > 100/float64(len(d.Drivers)) {
			list = append(list, driver)
		}
	}
	slices.SortStableFunc(list, func(a, b Driver) int {
		return cmp.Compare(b.Association.Importance.Value, a.Association.Importance.Value)
	})
	return list
}

// closest reports whether the interval of a driver's importance lies above all others.
func (d *Drivers) closest(first Driver) bool {
	for _, driver := range d.Drivers {
		i := driver.Association.Importance
		if driver.Measure != first.Measure && (i == nil || i.Upper == nil || *i.Upper >= *first.Association.Importance.Lower) {
			return false
		}
	}
	return true
}

// wholePercent says a percentage without decimals.
func wholePercent(p float64) spoken {
	return func(l survey.Language) string { return withSign(l, decimal(l, halfUp(p, 0), 0)) }
}

// named puts the names of drivers in a row, each with its figure.
func named(drivers []Driver) survey.Text {
	var names []survey.Text
	for _, d := range drivers {
		names = append(names, say("“%s” (%s)", "“%s” (%s)", d.Name, share(*d.Performance.Satisfied, *d.Performance.Answered)))
	}
	return joined("; ", names...)
}

// summary says how many found the service better or worse than expected.
func (e *Expectation) summary() survey.Text {
	if e == nil || e.N == nil {
		return nil
	}
	return say("So với mong đợi lúc đầu, %s người trả lời thấy tốt hơn và %s thấy kém hơn.",
		"Beside what they had expected, %s of those who answered found the service better and %s found it worse.", percentage(*e.Better), percentage(*e.Worse))
}
