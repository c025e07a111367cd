package results

import "sipas/survey"

// selfSelection is what no figure of ratings given by choice can say of itself.
var selfSelection = survey.Text{
	survey.Vietnamese: "Người dân tự nguyện đánh giá; sai lệch do tự chọn không nằm trong con số này.",
	survey.English:    "Citizens rate by their own choice; the bias of self-selection is not in this figure.",
}

// sayFigure says what one figure comes to: where it stands against the promise,
// what it carries, and what is not in it.
func (sel *selection) sayFigure(c Cell) survey.Text {
	if said, ok := sel.sayNothing(c); ok {
		return said
	}
	stands := say("%s %s: %s (%s phiếu)", "%s, %s: %s (%s ratings)",
		nameOf(c.Measure), spokenPeriod(sel.Period), share(*c.Satisfied, *c.Answered), *c.N)
	return joined(" ", ended(joined("; ", joined(", ", stands, sayPlan(c)), sayBound(c.Bound))), selfSelection)
}

// sayNothing says why there is no figure to speak of; not ok where there is one.
func (sel *selection) sayNothing(c Cell) (said survey.Text, ok bool) {
	switch {
	case c.Withheld != nil && *c.Withheld == WithheldMinimumN:
		return say("Chưa đủ mẫu: %s có dưới %s phiếu, nên con số không được công bố.",
			"Too few ratings: with fewer than %[2]s in %[1]s the figure is not shown.", spokenPeriod(sel.Period), sel.minimum()), true
	case c.Withheld != nil:
		return say("Con số của %s không được công bố, vì cùng với các con số khác nó sẽ để lộ một nhóm quá ít người.",
			"The figure for %s is not shown, because together with others it would give away a group of too few people.", spokenPeriod(sel.Period)), true
	case c.Index == nil:
		return say("Không có phiếu nào trong %s.", "There are no ratings in %s.", spokenPeriod(sel.Period)), true
	}
	return nil, false
}

func sayPlan(c Cell) survey.Text {
	if c.Plan == nil || c.Target == nil {
		return nil
	}
	line := promised(c.Target.Percent)
	switch {
	case *c.Plan == PlanMet && c.Target.Comparator == survey.Above:
		return say("đạt chỉ tiêu trên %s", "above the target of more than %s", line)
	case *c.Plan == PlanMet:
		return say("đạt chỉ tiêu %s", "meets the target of %s", line)
	}
	return say("chưa đạt chỉ tiêu %s", "does not meet the target of %s", line)
}

// sayBound says what the data carry, in the words that self-selected ratings allow.
func sayBound(b Bound) survey.Text {
	switch {
	case b.Reason != nil && *b.Reason == ReasonPeriodOpen:
		return say("kỳ chưa kết thúc nên con số là tạm tính", "the period is not over, so the figure is provisional")
	case b.Verdict == nil:
		return nil
	case *b.Verdict == BoundAbove:
		return say("con số ổn định trên chỉ tiêu", "the figure is stable above the target")
	case *b.Verdict == BoundBelow:
		return say("con số ổn định dưới chỉ tiêu", "the figure is stable below the target")
	case b.AnswersNeeded == nil:
		return say("con số còn dao động quanh chỉ tiêu", "the figure still wavers around the target")
	}
	return say("con số còn dao động, thêm khoảng %s phiếu thì ổn định nếu tỷ lệ giữ nguyên",
		"the figure still wavers; about %s more ratings at the same rate would make it stable", about(*b.AnswersNeeded))
}

// summary sets the last month that has a figure beside the one before.
func (t *Trend) summary() survey.Text {
	var shown []TrendMonth
	for _, m := range t.Months {
		if m.Cell.Index != nil {
			shown = append(shown, m)
		}
	}
	if len(shown) == 0 {
		return say("Chưa tháng nào có đủ phiếu để công bố.", "No month has enough ratings to be shown.")
	}
	last := shown[len(shown)-1]
	at := say("%s %s: %s (%s phiếu)", "%s, %s: %s (%s ratings)", nameOf(t.Measure), spokenMonth(last.Month), share(*last.Cell.Satisfied, *last.Cell.Answered), *last.Cell.N)
	if len(shown) == 1 {
		return joined(" ", ended(at), t.sayWatched(), selfSelection)
	}
	before := shown[len(shown)-2]
	moved := *last.Cell.Index - *before.Cell.Index
	than := spokenMonth(before.Month)
	how := say("không đổi so với %s", "the same as in %s", than)
	switch {
	case moved > 0:
		how = say("cao hơn %[2]s %[1]s", "%s above %s", points(moved), than)
	case moved < 0:
		how = say("thấp hơn %[2]s %[1]s", "%s below %s", points(moved), than)
	}
	return joined(" ", ended(joined(", ", at, how)), t.sayWatched(), selfSelection)
}

// summary says what leaving suspicious ratings out changes.
func (q *Quarantine) summary(period survey.Text) survey.Text {
	switch {
	case q.Withheld != nil || q.Excluded == nil:
		return say("Chưa đủ phiếu nghi vấn hoặc chưa đủ mẫu trong %s để so sánh.", "In %s there are too few ratings, or too few suspicious ones, to compare.", period)
	case *q.Excluded == 0 || q.Difference == nil:
		return say("Không có phiếu nghi vấn nào trong %s.", "There are no suspicious ratings in %s.", period)
	}
	return say("Trong %[1]s có %[2]s phiếu nghi vấn được để riêng (%[3]s); nếu tính cả, chỉ số là %[4]s thay vì %[5]s. Không phiếu nào bị xóa.",
		"In %[1]s, %[2]s suspicious ratings (%[3]s) are set aside; with them the index would be %[4]s instead of %[5]s. None was deleted.",
		period, *q.Excluded, percentage(*q.Share), percentage(*q.With.Index), percentage(*q.Without.Index))
}

func ended(t survey.Text) survey.Text {
	return joined("", t, survey.Text{survey.Vietnamese: ".", survey.English: "."})
}

// nameOf gives the name of a measure; a criterion is named by its id.
func nameOf(measure string) survey.Text {
	if name, ok := measureNames[measure]; ok {
		return name
	}
	return say("Tiêu chí %s", "Criterion %s", measure)
}

func spokenMonth(m survey.Month) survey.Text {
	p, err := survey.ParsePeriod(string(m))
	if err != nil {
		return say("%s", "%s", string(m))
	}
	return spokenPeriod(p)
}
