package results

import "sipas/survey"

// sampleDesign is the method behind the figures of a sampled campaign.
var sampleDesign = &Method{
	ID:   "sample_design",
	Name: bilingual("Ước lượng theo thiết kế mẫu", "Estimate from the sample's design"),
	Purpose: bilingual("Điều tra chọn mẫu cho biết về mọi người trong khung mẫu, không chỉ người trả lời: mỗi tầng được tính theo quy mô của mình, và sai số chọn mẫu theo đúng cách đã chọn.",
		"A sampled campaign tells of everybody in its frame, not only of those who answered: each stratum counts by its size, and the error follows from how it was drawn."),
	Formula: []string{
		"weight of one answer in stratum h: w = N_h/n_h, N_h people in the frame, n_h with a valid answer to the measure",
		"p = Σ w·satisfied / Σ w·answered; of single questions p = Σ (N_h/N)·k_h/n_h",
		"u = w·(satisfied − p·answered) / Σ w·answered",
		"V = Σ_h (1 − f_h)·m_h/(m_h − 1)·Σ_i (u_hi − ū_h)² + Σ_h f_h·Σ_i V_hi, over the m_h persons, points or agencies drawn; u_hi sums of u",
		"f_h = m_h/M_h of those in the frame; 0 where M_h is not known. V_hi: the same among the answers of one point or agency, with f = 0; none where persons were drawn",
		"SE = √V, margin = t((1 + conf)/2; Σ m_h − strata)·SE, n_eff = p·(1 − p)/V",
		"interval: Wilson of p·n_eff and n_eff with t (wilson_t), and for single questions no further than Σ k_h/N to Σ (k_h + N_h − n_h)/N",
		"design effect = V / (s²·(N − n)/(N·n)), s² = n/(n − 1)·Σ w·(y − p)²/N",
		"unweighted: the same with all answers in one stratum of N and everybody drawn by himself",
		"no index where a stratum has no answers, or is withheld; no precision where one point or agency stands for several",
		"period: the calendar month, quarter, half-year or year that holds the fieldwork",
	},
	Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
	Recompute: bilingual("Trong tệp xuất: các phiếu của đợt (cột “campaign”), chia tầng theo cơ quan; N_h và M_h ở bản ghi đợt khảo sát.",
		"In the export, the responses of the campaign (column “campaign”), in strata by agency; N_h and M_h are in the campaign's record."),
	References: []string{"Särndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, ch. 5", "Cochran 1977, Sampling Techniques, ch. 5", "Korn and Graubard 1998, Survey Methodology 24:193"},
	Software:   "R survey: svymean(~satisfied, svydesign(ids = ~point, strata = ~stratum, weights = ~w, fpc = ~M)); svyratio for pooled measures",
}

var sampleMethods = []*Method{sampleDesign}

// summary says what the whole frame comes to, how sure that is, and how much of the plan was answered.
func (s *Sample) summary(sel *selection) survey.Text {
	f := &s.Total
	name := s.Campaign.Name
	response := survey.Text(nil)
	if f.N != nil {
		response = say("Có %s phiếu trên %s phiếu theo kế hoạch (%s).", "There are %s answers of the %s planned (%s).", *f.N, s.Campaign.Planned, share(*f.N, s.Campaign.Planned))
	}
	if f.Index == nil {
		return joined(" ", s.sayMissing(sel, name), response)
	}
	stands := say("%s, %s: %s", "%s, %s: %s", nameOf(s.Measure), name, percentage(*f.Index))
	return joined(" ", ended(joined("; ", joined(", ", stands, f.sayPrecision()), joined(", ", f.sayPlan(), f.sayBound()))), f.sayUnsure(s), response,
		say("Mỗi tầng được tính theo quy mô trong khung mẫu; sai số chọn mẫu không gồm sai lệch do người được chọn mà không trả lời.",
			"Each stratum counts by its size in the frame; the margin of error does not hold what those who were drawn and did not answer would have said."))
}

// sayMissing says why there is no figure for the whole.
func (s *Sample) sayMissing(sel *selection, name survey.Text) survey.Text {
	about := s.named(s.Total.Strata)
	switch *s.Total.Reason {
	case SampleNoAnswers:
		return say("Chưa có con số chung cho %s: chưa có phiếu nào ở tầng %s, nên không ai nói thay cho tầng đó.",
			"There is no figure for the whole of %s yet: the stratum %s has no answers, and nobody speaks for it.", name, about)
	case SampleImpossible:
		return say("Chưa có con số chung cho %s: ở tầng %s có nhiều phiếu, hoặc nhiều đơn vị được chọn, hơn trong khung mẫu; một trong hai số liệu sai.",
			"There is no figure for the whole of %s: the stratum %s has more answers, or more units drawn, than its frame; one of the two is wrong.", name, about)
	}
	if len(s.Total.Strata) == 0 {
		return say("Con số chung của %s chưa đủ chính xác để công bố.", "The figure for the whole of %s is not precise enough to be published.", name)
	}
	return say("Con số chung của %s không được công bố: mỗi cơ quan của một tầng cần ít nhất %s phiếu, nếu không con số chung sẽ để lộ một nhóm quá ít người.",
		"The figure for the whole of %s is not shown: every agency of a stratum needs at least %s answers, or the whole would give away a group of too few people.", name, sel.minimum())
}

// named joins the names of strata.
func (s *Sample) named(ids []string) survey.Text {
	var names []survey.Text
	for _, h := range s.Strata {
		for _, id := range ids {
			if h.ID == id {
				names = append(names, say("“%s”", "“%s”", h.Name))
			}
		}
	}
	return joined(", ", names...)
}

func (f *SampleFigure) sayPrecision() survey.Text {
	switch p := f.Precision; {
	case p == nil:
		return nil
	case p.Margin == nil:
		return say("khoảng tin cậy %s: từ %s đến %s", "%s interval: %s to %s", promised(100*Conf), percentage(p.Interval.Lower), percentage(p.Interval.Upper))
	default:
		return say("sai số chọn mẫu ±%s với độ tin cậy %s", "margin of error ±%s at a confidence of %s", points(*p.Margin), promised(100*Conf))
	}
}

func (f *SampleFigure) sayPlan() survey.Text { return sayPlan(Cell{Plan: f.Plan, Target: f.Target}) }

// sayBound says what the data carry, in the words that a probability sample allows.
func (f *SampleFigure) sayBound() survey.Text {
	switch b := f.Bound; {
	case b.Reason != nil && *b.Reason == ReasonPeriodOpen:
		return say("đợt khảo sát chưa kết thúc nên con số là tạm tính", "the fieldwork is not over, so the figure is provisional")
	case b.Verdict == nil:
		return nil
	case *b.Verdict == BoundAbove:
		return say("đã chứng minh đạt", "proven to meet it")
	case *b.Verdict == BoundBelow:
		return say("đã chứng minh chưa đạt", "proven not to meet it")
	}
	return say("chưa đủ căn cứ để kết luận", "not enough to prove either")
}

// sayUnsure says why a figure has no margin of error.
func (f *SampleFigure) sayUnsure(s *Sample) survey.Text {
	if f.Reason == nil {
		return nil
	}
	if *f.Reason == SampleLoneCluster {
		return say("Không tính được sai số chọn mẫu: ở tầng %s chỉ có một đơn vị được chọn trả lời; cần gộp tầng này với tầng lân cận.",
			"There is no margin of error: in the stratum %s a single unit drawn has answers; it should be merged with a neighbour.", s.named(f.Strata))
	}
	return say("Sai số chọn mẫu không được công bố: nó sẽ để lộ những điểm khảo sát có quá ít phiếu ở tầng %s.",
		"The margin of error is not shown: it would give away points with too few answers in the stratum %s.", s.named(f.Strata))
}
