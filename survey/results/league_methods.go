package results

import "sipas/stats"

// The methods behind figures set beside each other.
var (
	posteriorRanks = &Method{
		ID:      "posterior_ranks",
		Name:    bilingual("Thứ hạng và khoảng thứ hạng", "Ranks and rank intervals"),
		Purpose: bilingual("Một đơn vị có thể đứng ở những hạng nào, tính cả dao động ngẫu nhiên của mọi đơn vị.", "At which places a unit may stand, given the random variation of all units."),
		Formula: []string{
			"place = 1 + number of units with a higher index",
			"p_j ~ Beta(k_j + prior, n_j − k_j + prior), independent; of a pooled measure k = round(R·n_eff), n = round(n_eff)",
			"P(rank = r) = ∫ P(r − 1 of the others above p) dF(p), the number above Poisson-binomial",
			"interval: the (1 − conf)/2 and (1 + conf)/2 quantiles; a quarter: P of the ⌈K/4⌉ first or last places",
			"up to 50 units by quadrature; beyond on a grid of asin √p, cumulative probabilities within 0.01",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}, {"prior", bilingual("tham số tiên nghiệm Jeffreys", "Jeffreys' prior")}},
		Recompute:  bilingual("Từ satisfied và answered của các con số được công bố.", "From satisfied and answered of the figures shown."),
		References: []string{"Goldstein and Spiegelhalter 1996, JRSS A 159:385", "Marshall and Spiegelhalter 1998, BMJ 316:1701"},
	}
	jointRanks = &Method{
		ID:      "joint_ranks",
		Name:    bilingual("Khoảng thứ hạng cho mọi đơn vị cùng lúc", "Joint rank intervals"),
		Purpose: bilingual("Các khoảng thứ hạng cùng đúng cho mọi đơn vị, và số bậc phân biệt được.", "Rank intervals that hold for all units at once, and how many places can be told apart."),
		Formula: []string{
			"Wilson limits l, u at level 1 − (1 − conf)/K each",
			"1 + #{j: l_j > u_i} to K − #{j: u_j < l_i}",
			"distinguishable = the largest number of these intervals that do not touch",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Recompute:  bilingual("Từ satisfied và answered của các con số được công bố; K là số đơn vị có thứ hạng.", "From satisfied and answered of the figures shown; K is the number of units ranked."),
		References: []string{"Klein, Wright and Wieczorek 2020, JRSS A 183:1141"},
	}
	goldsteinHealy = &Method{
		ID:      "goldstein_healy",
		Name:    bilingual("Thanh so sánh Goldstein–Healy", "Goldstein–Healy comparison bars"),
		Purpose: bilingual("Thanh để nhìn bằng mắt: hai thanh không chồng lên nhau ứng với khác biệt rõ của hai đơn vị đó.", "Bars for the eye: two that do not overlap go with a clear difference of those two units."),
		Formula: []string{
			"θ = asin √p, s = 1/(2√n); of a pooled measure n = n_eff",
			"z: mean over pairs of 2(1 − Φ(z·(s_i + s_j)/√(s_i² + s_j²))) = 1 − conf",
			"sin²(θ ∓ z·s), the angle kept within 0 and π/2",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{"goldstein_healy"},
		Recompute:  bilingual("Từ satisfied và answered của các con số được công bố.", "From satisfied and answered of the figures shown."),
		References: []string{"Goldstein and Healy 1995, JRSS A 158:175"},
	}
	empiricalBayes = &Method{
		ID:      "empirical_bayes",
		Name:    bilingual("Chỉ số thu về mức chung", "Shrunken index"),
		Purpose: bilingual("Đơn vị ít phiếu được kéo về mức chung, để nhìn nhiều đơn vị nhỏ cùng lúc; không bao giờ dùng để kết luận đạt hay chưa đạt.", "Units with few ratings are drawn towards the mean of all, to look at many small units at once; never for a verdict."),
		Formula: []string{
			"α, β maximise Π B(α + k, β + n − k)/B(α, β) over the units",
			"value = (α + k)/(α + β + n), weight of the mean = (α + β)/(α + β + n), interval: quantiles of Beta(α + k, β + n − k)",
			"fewer than five units: none; units that differ by chance alone: the mean of all",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.EmpiricalBayes},
		Recompute:  bilingual("Từ satisfied và answered của các con số được công bố; thước đo gộp: cỡ mẫu hiệu dụng.", "From satisfied and answered of the figures shown; of a pooled measure with the effective number."),
		References: []string{"Griffiths 1973, Biometrics 29:637", "Casella 1985, The American Statistician 39:83"},
		Software:   "R: VGAM::vglm(cbind(k, n - k) ~ 1, betabinomialff)",
	}
	funnelLimits = &Method{
		ID:      "funnel",
		Name:    bilingual("Biểu đồ phễu", "Funnel plot"),
		Purpose: bilingual("Đơn vị nào lệch khỏi mức chung nhiều hơn ngẫu nhiên và chênh lệch thường thấy cho phép.", "Which units are further off the centre than chance and the usual differences allow."),
		Formula: []string{
			"θ = asin √p, t the centre, s² = 1/(4n), z = (θ − asin √t)/s; of a pooled measure n = round(n_eff)",
			"φ = mean of z² with z cut to its 10 % and 90 % quantiles (type 7)",
			"τ² = max(0, (K·φ − (K − 1))/(Σw − Σw²/Σw)), w = 1/s²",
			"limits sin²(asin √t ∓ Φ⁻¹((1 + conf)/2)·√(s² + τ²)), the angle kept within 0 and π/2",
			"the centre is Σ satisfied/Σ answered of the units shown, or the promise in force",
		},
		Parameters: []Parameter{{"warning", bilingual("mức của giới hạn trong", "the level of the inner limits")}, {"alarm", bilingual("mức của giới hạn ngoài", "the level of the outer limits")}},
		Intervals:  []stats.Method{stats.FunnelArcsine},
		Recompute:  bilingual("Từ satisfied và answered của các con số được công bố.", "From satisfied and answered of the figures shown."),
		References: []string{"Spiegelhalter 2005, Statistics in Medicine 24:1185"},
		Software:   `R: FunnelPlotR::funnel_plot(..., data_type = "PR", sr_method = "SHMI")`,
	}

	leagueMethods = []*Method{posteriorRanks, jointRanks, goldsteinHealy, empiricalBayes, funnelLimits}
)

func (sel *selection) rankingMethods() []MethodUse {
	return append(sel.figureMethods(), posteriorRanks.with("conf", Conf).and("prior", 0.5), jointRanks.with("conf", Conf),
		goldsteinHealy.with("conf", Conf), empiricalBayes.with("conf", Conf))
}

func (sel *selection) funnelMethods() []MethodUse {
	return append(sel.figureMethods(), funnelLimits.with("warning", warningConf).and("alarm", alarmConf))
}
