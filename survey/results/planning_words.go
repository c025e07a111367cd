package results

import "sipas/survey"

// The methods behind a plan.
var (
	marginSize = &Method{
		ID:      "sample_size_margin",
		Name:    bilingual("Cỡ mẫu cho một sai số", "Sample size for a margin"),
		Purpose: bilingual("Cần bao nhiêu câu trả lời của một mẫu ngẫu nhiên để một con số có sai số cho trước. Chỉ đúng cho mẫu ngẫu nhiên, không cho phiếu tự nguyện.", "How many answers of a probability sample give a figure a margin. It is for random samples, not for self-selected ratings."),
		Formula: []string{
			"n₀ = z²·p·q/e², z = Φ⁻¹((1 + conf)/2)",
			"n = N·n₀/(n₀ + N − 1) out of N files",
			"answers = ⌈min(N, n·deff)⌉, invitations = ⌈min(N, n·deff)/rate⌉, each rounded once, upwards",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Recompute:  bilingual("Từ các tham số trong câu trả lời.", "From the parameters in the answer."),
		References: []string{"Cochran 1977, Sampling Techniques, sections 4.4 to 4.6", "Kish 1965, Survey Sampling"},
	}
	guidance = &Method{
		ID:         "sample_size_guidance",
		Name:       bilingual("Cỡ mẫu theo hướng dẫn", "Sample size by the guidance"),
		Purpose:    bilingual("Công thức đơn giản trong hướng dẫn của Bộ; để tham khảo.", "The simplified formula of the ministry's guidance, for reference."),
		Formula:    []string{"n = ⌈N/(1 + N·e²)⌉; z = 2, p = 50 %, no design effect, everybody answering"},
		Recompute:  bilingual("Từ số hồ sơ và sai số.", "From the files and the margin."),
		References: []string{"Yamane 1967, Statistics: An Introductory Analysis"},
	}
	verdictSize = &Method{
		ID:      "sample_size_verdict",
		Name:    bilingual("Cỡ mẫu để chứng minh", "Sample size to show a share"),
		Purpose: bilingual("Cần bao nhiêu câu trả lời để cận một phía của mẫu ngẫu nhiên quyết định so với chỉ tiêu, nếu tỷ lệ thật là như giả định.", "How many answers let the one-sided bound of a random sample decide against the target, if the share truly is as supposed."),
		Formula: []string{
			"n = ⌈(Φ⁻¹(conf)·√(t·(1 − t)) + Φ⁻¹(power)·√(p·(1 − p)))²/(p − t)²⌉",
			"minAbove = min{k: B⁻¹(1 − conf; k, n − k + 1) ≥ t}, maxBelow = max{k: B⁻¹(conf; k + 1, n − k) < t}",
			"power reached: P(X ≥ minAbove) or P(X ≤ maxBelow), X binomial(n, p)",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}, {"power", bilingual("xác suất kết luận được", "the probability of a verdict")}},
		Recompute:  bilingual("Từ các tham số trong câu trả lời.", "From the parameters in the answer."),
		References: []string{"Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, section 2.5", "Clopper and Pearson 1934, Biometrika 26:404"},
		Software:   "R: qbinom, pbinom",
	}
	allocation = &Method{
		ID:      "allocation",
		Name:    bilingual("Phân bổ mẫu", "Allocation of a sample"),
		Purpose: bilingual("Chia mẫu cho các cơ quan bên dưới theo số hồ sơ.", "Spreads the sample over the agencies below by their files."),
		Formula: []string{
			"size_h = min(N_h, max(minimum, λ·a_h)), λ such that the sizes sum to the total",
			"a_h = N_h proportional, N_h·√(p_h·q_h) neyman, √N_h squareRoot, 1 equal",
			"rounded by largest remainder",
		},
		Recompute:  bilingual("Từ bảng phân bổ của câu trả lời.", "From the strata of the answer."),
		References: []string{"Cochran 1977, Sampling Techniques, sections 5.3 to 5.8"},
	}

	planningMethods = []*Method{marginSize, guidance, verdictSize, allocation}
)

// summary says what the plan comes to.
func (p *Planning) summary() survey.Text {
	m := p.Margin
	sizes := m.Unlimited
	first := say("Để một con số của mẫu ngẫu nhiên có sai số ±%s ở mức tin cậy %s cần %s câu trả lời, tức mời %s người.",
		"For a figure of a random sample to be within ±%s at a level of %s, %s answers are needed: %s people to ask.",
		points(m.Points), promised(100*m.Conf), sizes.Answers, sizes.Invitations)
	if c := m.Corrected; c != nil {
		sizes = *c
		first = say("Để một con số của mẫu ngẫu nhiên rút từ %[5]s hồ sơ có sai số ±%[1]s ở mức tin cậy %[2]s cần %[3]s câu trả lời, tức mời %[4]s người.",
			"For a figure of a random sample out of %[5]s files to be within ±%[1]s at a level of %[2]s, %[3]s answers are needed: %[4]s people to ask.",
			points(m.Points), promised(100*m.Conf), sizes.Answers, sizes.Invitations, *p.Population)
	}
	text := []survey.Text{first}
	if !sizes.Enough {
		text = append(text, say("Với tỷ lệ trả lời này, mời tất cả cũng chưa đủ: cần nới sai số hoặc nâng tỷ lệ trả lời.",
			"At this response rate not even asking everybody suffices: widen the margin or raise the response rate."))
	}
	if m.Guidance != nil {
		text = append(text, say("Theo công thức trong hướng dẫn là %s.", "The formula of the guidance gives %s.", *m.Guidance))
	}
	text = append(text, say("Đó là cho một con số; muốn công bố cho từng cơ quan thì mỗi cơ quan cần một mẫu như vậy.",
		"That is for one figure; a figure for every agency takes such a sample in each."))
	if v := p.Verdict; v != nil {
		text = append(text, say("Nếu tỷ lệ thật là %s, cần %s câu trả lời để có %s khả năng chứng minh tỷ lệ này đạt hay không đạt chỉ tiêu %s; mẫu theo sai số nói trên có %s khả năng.",
			"If the share truly is %s, %s answers have a chance of %s to show on which side of the target of %s it lies; the sample for the margin has %s.",
			promised(v.Truth), v.N, promised(100*v.Power), promised(v.Target), percentage(100*v.Margin.Power)))
	}
	return joined(" ", text...)
}
