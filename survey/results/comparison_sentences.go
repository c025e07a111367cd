package results

import "sipas/survey"

// summary says each difference, and which units moved clearly.
func (c *Comparison) summary(sel *selection) survey.Text {
	var said []survey.Text
	cautions := false
	for i := range c.Pairs {
		p := &c.Pairs[i]
		said = append(said, p.say(sel))
		cautions = cautions || len(p.Cautions) > 0
	}
	if c.Units != nil {
		said = append(said, c.Units.say())
	}
	if cautions {
		said = append(said, bilingual("Thận trọng: phiếu hỏi hoặc cách lấy phiếu của hai bên khác nhau nhiều, nên chênh lệch có thể do cách đo.",
			"Caution: the questionnaires or the ways of taking ratings differ much, so the difference may be one of measuring."))
	}
	return joined(" ", append(said, selfSelection)...)
}

func (p *ComparedPair) say(sel *selection) survey.Text {
	figure, against := sayPart(p.Figure, p.Against), sayPart(p.Against, p.Figure)
	if p.Difference.Points == nil {
		if p.Difference.Reason != nil && *p.Difference.Reason == DifferenceOfNobody {
			return say("Không so được %[1]s với %[2]s: có bên không có phiếu nào.", "%[1]s and %[2]s cannot be compared: one of them has no ratings.", figure, against)
		}
		return say("Không so được %[1]s với %[2]s: có con số không được công bố.", "%[1]s and %[2]s cannot be compared: one of the figures is not shown.", figure, against)
	}
	d := *p.Difference.Points
	how := bilingual("bằng", "the same as")
	switch {
	case d > 0:
		how = say("cao hơn %s so với", "%s above", points(d))
	case d < 0:
		how = say("thấp hơn %s so với", "%s below", points(d))
	}
	of := func(f ComparedFigure) spoken { return share(*f.Cell.Satisfied, *f.Cell.Answered) }
	return ended(joined("; ", say("%[1]s, %[2]s: %[3]s, %[4]s %[5]s (%[6]s)", "%[1]s, %[2]s: %[3]s, %[4]s %[5]s (%[6]s)",
		nameOf(sel.Measure), figure, of(p.Figure), how, against, of(p.Against)), p.Difference.say()))
}

// say says how clear a difference is.
func (d Difference) say() survey.Text {
	if d.Verdict == nil {
		if d.Reason != nil && *d.Reason == DifferencePeriodOpen {
			return bilingual("kỳ chưa kết thúc nên chênh lệch là tạm tính", "a period is not over, so the difference is provisional")
		}
		return bilingual("khoảng ngày tự chọn nên chênh lệch chỉ để tham khảo", "the days were freely chosen, so take the difference as a hint only")
	}
	if *d.Verdict == Unclear {
		return bilingual("khác biệt chưa rõ, có thể chỉ do ngẫu nhiên", "no clear difference: it may be chance alone")
	}
	return bilingual("khác biệt rõ", "a clear difference")
}

// sayPart names a figure by what tells it from the one beside it: always the period.
func sayPart(f, beside ComparedFigure) survey.Text {
	parts := []survey.Text{f.Period.spoken}
	if f.Rest {
		return joined(", ", say("phần còn lại của %s", "the rest of %s", f.Agency.Name), f.Period.spoken)
	}
	if f.Agency.ID != beside.Agency.ID {
		parts = append([]survey.Text{f.Agency.Name}, parts...)
	}
	if f.Capture != nil && (beside.Capture == nil || *f.Capture != *beside.Capture) {
		parts = append(parts, captureWays[*f.Capture].of)
	}
	if f.Delivery != nil && (beside.Delivery == nil || *f.Delivery != *beside.Delivery) {
		parts = append(parts, deliveryWays[*f.Delivery].of)
	}
	if f.Field != nil && (beside.Field == nil || *f.Field != *beside.Field) {
		parts = append(parts, f.fieldName)
	}
	return joined(", ", parts...)
}

// say counts the units that moved clearly, and names them.
func (u *ComparedUnits) say() survey.Text {
	nouns := u.nouns()
	if u.Compared == 0 {
		return say("Không có %s nào đủ phiếu ở cả hai kỳ để so.", "None of the %s has enough ratings in both periods to be compared.", nouns)
	}
	var higher, lower []survey.Text
	judged := false
	for _, row := range u.Rows {
		if v := row.Difference.Verdict; v != nil {
			judged = true
			switch *v {
			case Higher:
				higher = append(higher, row.Name)
			case Lower:
				lower = append(lower, row.Name)
			}
		}
	}
	begin := say("So từng %[2]s với chính nó ở %[3]s (%[1]s %[2]s có đủ phiếu ở cả hai kỳ)", "Each of the %[2]s against %[3]s (%[1]s with enough ratings in both periods)", u.Compared, nouns, u.Period.spoken)
	switch {
	case !judged:
		return ended(joined(": ", begin, bilingual("tạm tính, chưa kết luận", "provisional, without verdicts")))
	case len(higher)+len(lower) == 0:
		return ended(joined(": ", begin, say("chưa thấy %s nào thay đổi rõ, đã tính đến việc so nhiều %[1]s cùng lúc", "none of the %s has changed clearly, many being compared at once", nouns)))
	}
	var moves []survey.Text
	if len(higher) > 0 {
		moves = append(moves, say("%s tăng rõ (%s)", "%s clearly higher (%s)", int64(len(higher)), sayNames(higher)))
	}
	if len(lower) > 0 {
		moves = append(moves, say("%s giảm rõ (%s)", "%s clearly lower (%s)", int64(len(lower)), sayNames(lower)))
	}
	moves = append(moves, say("đã tính đến việc so nhiều %s cùng lúc", "many %s being compared at once", nouns))
	return ended(joined(": ", begin, joined("; ", moves...)))
}
