package results

import (
	"sipas/stats"
	"sipas/survey"
)

// The methods behind drivers.
var (
	driverCases = &Method{
		ID:      "driver_cases",
		Name:    bilingual("Phiếu đủ cho phân tích", "Cases of the drivers"),
		Purpose: bilingual("Phiếu nào nằm trong phân tích và câu trả lời thành giá trị ra sao.", "Which ratings the analysis rests on, and how their answers become values."),
		Formula: []string{
			"factor, full form: mean level of the factor's criteria that were answered, at least half of them",
			"factor, short form: level of the factor's item; the form with more cases is used, the two are never mixed",
			"criterion: level of the criterion in the full form",
			"a case has overall and every driver (listwise); numbers of cases are shown rounded down to tens",
			"nothing is shown below minimumCases, nor where the cell of any of the measures is withheld",
		},
		Parameters: []Parameter{{"minimumCases", bilingual("số phiếu đủ ít nhất", "the smallest number of cases")}},
		Recompute:  bilingual("Trong tệp xuất: các cột overall và các tiêu chí (hoặc tc, tt, cc, kq, pa); bỏ ô trống và “na”.", "In the export: the columns overall and the criteria (or tc, tt, cc, kq, pa), without empty cells and “na”."),
		References: []string{"Fairclough and Cella 1996, Quality of Life Research 5:307 (half rule)", "Little and Rubin 2002, Statistical Analysis with Missing Data, ch. 3"},
	}
	rankCorrelation = &Method{
		ID:      "rank_correlation",
		Name:    bilingual("Tương quan hạng", "Rank correlation"),
		Purpose: bilingual("Một mặt và hài lòng chung có cùng cao, cùng thấp hay không, từ −1 đến 1.", "Whether a driver and overall satisfaction are high and low together, from −1 to 1."),
		Formula: []string{
			"Spearman: Pearson's r of the ranks, ties at the middle of theirs",
			"its interval: tanh(atanh ρ ∓ z·√((1 + ρ²/2)/(n − 3))), n rounded down to tens",
			"Kendall: τ-b = (C − D)/√((n(n−1)/2 − X)(n(n−1)/2 − Y)), X and Y the pairs tied in each",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.BonettWright},
		Recompute:  bilingual("Từ giá trị của các phiếu đủ.", "From the values of the cases."),
		References: []string{"Bonett and Wright 2000, Psychometrika 65:23", "Kendall 1970, Rank Correlation Methods"},
		Software:   `R: cor(x, y, method = "spearman"), cor(x, y, method = "kendall")`,
	}
	lmg = &Method{
		ID:      "lmg",
		Name:    bilingual("Mức quan trọng LMG (Shapley)", "LMG (Shapley) importance"),
		Purpose: bilingual("Mỗi mặt góp bao nhiêu phần trong sự khác nhau về hài lòng chung mà các mặt cùng giải thích được.", "What part each driver has in the variance of overall satisfaction that all of them explain."),
		Formula: []string{
			"R² by least squares on all drivers",
			"LMGⱼ = Σ over subsets S without j of |S|!(p − |S| − 1)!/p!·(R²(S ∪ j) − R²(S))",
			"importance = 100·LMGⱼ/R²; none where R² < 0.2 or n < 10·p",
			"variance inflation = the j-th diagonal element of the inverse of the drivers' correlations",
		},
		Recompute:  bilingual("Từ giá trị của các phiếu đủ.", "From the values of the cases."),
		References: []string{"Lindeman, Merenda and Gold 1980", "Grömping 2006, J Stat Softw 17(1)"},
		Software:   `R relaimpo: calc.relimp(lm(overall ~ ., data), type = "lmg", rela = TRUE)`,
	}
	johnson = &Method{
		ID:         "johnson",
		Name:       bilingual("Trọng số tương đối Johnson", "Johnson's relative weights"),
		Purpose:    bilingual("Như LMG, khi có hơn mười hai mặt.", "As LMG, for more than twelve drivers."),
		Formula:    []string{"weightⱼ = Σₖ λⱼₖ²·βₖ², Λ = R^½ of the drivers' correlations R, β = Λ⁻¹·r", "importance = 100·weightⱼ/R²; none where R² < 0.2 or n < 10·p"},
		Recompute:  bilingual("Từ giá trị của các phiếu đủ.", "From the values of the cases."),
		References: []string{"Johnson 2000, Multivariate Behavioral Research 35:1"},
		Software:   "R rwa: rwa(data, \"overall\", predictors)",
	}
	shareInterval = &Method{
		ID:      "bootstrap_max_t",
		Name:    bilingual("Khoảng đồng thời của mức quan trọng", "Simultaneous intervals of importance"),
		Purpose: bilingual("Dao động ngẫu nhiên của mọi mức quan trọng cùng một lúc, nên so các mặt với nhau không cần hiệu chỉnh thêm.", "The random variation of all importances at once, so that drivers can be compared without further correction."),
		Formula: []string{
			"cases dealt at random into up to 400 groups, groups drawn with replacement",
			"s ∓ c·SE, SE the deviation of the shares s* of the draws, c the conf-quantile of max |s* − s|/SE",
		},
		Parameters: []Parameter{
			{"conf", bilingual("mức tin cậy chung", "the level of all together")},
			{"resamples", bilingual("số lần rút", "the number of draws")},
			{"seed", bilingual("mầm của bộ sinh số ngẫu nhiên", "the seed of the random numbers")},
		},
		Intervals:  []stats.Method{stats.BootstrapMaxT},
		Recompute:  bilingual("Từ giá trị của các phiếu đủ; số ngẫu nhiên khác cho khoảng lệch vài phần trăm.", "From the values of the cases; other random numbers move the limits by a few percent of their width."),
		References: []string{"Efron and Tibshirani 1993, An Introduction to the Bootstrap", "Romano and Wolf 2005, Econometrica 73:1237"},
	}
	quadrants = &Method{
		ID:      "importance_performance",
		Name:    bilingual("Lưới quan trọng – kết quả", "Importance–performance grid"),
		Purpose: bilingual("Nên cải thiện từ đâu.", "Where to begin to improve."),
		Formula: []string{
			"important: importance ≥ 100/p; good: index ≥ the mean of all drivers' indices",
			"not clear where the interval of either holds its cut",
		},
		Recompute:  bilingual("Từ importance và performance của câu trả lời.", "From importance and performance of the answer."),
		References: []string{"Martilla and James 1977, J Marketing 41(1):77"},
	}
	ordinalLogit = &Method{
		ID:      "ordinal_logit",
		Name:    bilingual("Logit thứ bậc", "Ordinal logit"),
		Purpose: bilingual("Hơn một mức ở mặt này thì cơ hội hài lòng chung cao hơn gấp mấy lần, khi các mặt khác như nhau.", "By how much one level more of a driver multiplies the odds of a better overall rating, the others being equal."),
		Formula: []string{
			"logit P(overall ≤ j) = ζⱼ − Σ βᵢ·xᵢ, by maximum likelihood; ratio = e^β",
			"fitted to at most cases respondents, drawn at random; none where it does not converge",
		},
		Parameters: []Parameter{{"cases", bilingual("số phiếu nhiều nhất", "the largest number of cases")}},
		Recompute:  bilingual("Từ giá trị của các phiếu đủ.", "From the values of the cases."),
		References: []string{"McCullagh 1980, JRSS-B 42:109"},
		Software:   "R ordinal: clm(factor(overall) ~ ., data)",
	}
	cronbach = &Method{
		ID:         "cronbach_alpha",
		Name:       bilingual("Độ tin cậy alpha của Cronbach", "Cronbach's alpha"),
		Purpose:    bilingual("Các câu hỏi của một yếu tố có đo cùng một điều hay không.", "Whether the questions of a factor measure one thing."),
		Formula:    []string{"α = k/(k − 1)·(1 − Σ s²ⱼ/s²), of the respondents with every item", "caution below 0.7 and above 0.95"},
		Recompute:  bilingual("Từ các cột tiêu chí của các phiếu trả lời mọi tiêu chí.", "From the columns of the criteria, of responses with all of them."),
		References: []string{"Cronbach 1951, Psychometrika 16:297"},
		Software:   "R psych: alpha(items)$total$raw_alpha",
	}
	disconfirmation = &Method{
		ID:      "disconfirmation",
		Name:    bilingual("So với mong đợi", "Beside expectations"),
		Purpose: bilingual("Một câu hỏi sau khi được phục vụ: tốt hơn hay kém hơn mong đợi. Mong đợi trước đó không được hỏi.", "One question after the service: better or worse than expected. What was expected before was not asked."),
		Formula: []string{"−2 much worse, −1 worse, 0 as expected, 1 better, 2 much better", "mean ∓ t⁻¹((1 + conf)/2; n − 1)·SD/√n"},
		Parameters: []Parameter{
			{"conf", bilingual("mức tin cậy", "the level")},
		},
		Intervals:  []stats.Method{stats.StudentT},
		Recompute:  bilingual("Trong tệp xuất: cột “expectation”.", "In the export: the column “expectation”."),
		References: []string{"Oliver 1980, J Marketing Research 17:460"},
		Software:   "R: t.test(x)",
	}

	driversMethods = []*Method{driverCases, rankCorrelation, lmg, johnson, shareInterval, quadrants, ordinalLogit, cronbach, disconfirmation}
)

// importanceAt is the method behind the importance of drivers of a level.
func importanceAt(level DriverLevel) *Method {
	if level == DriverCriteria {
		return johnson // LMG takes 2ᵖ regressions
	}
	return lmg
}

// driverMethodUses lists what stands behind the cells and coefficients of a level.
func driverMethodUses(level DriverLevel) []MethodUse {
	measures := []string{survey.Overall}
	if level == DriverFactors {
		measures = append(measures, Factors...)
	}
	return append(figureMethods(measures...),
		driverCases.with("minimumCases", MinimumCases), rankCorrelation.with("conf", Conf), importanceAt(level).use(),
		shareInterval.with("conf", Conf).and("resamples", resamples).and("seed", seed), quadrants.use(),
		ordinalLogit.with("cases", logitCases), cronbach.use(), disconfirmation.with("conf", Conf))
}
