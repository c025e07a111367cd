package results

import (
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// Method explains how a kind of figure is computed, so that somebody else can
// compute it again from exported responses.
type Method struct {
	ID         string         `json:"id"`
	Name       survey.Text    `json:"name"`
	Purpose    survey.Text    `json:"purpose"`    // what it is used for here
	Formula    []string       `json:"formula"`    // one line each; k satisfied of n answers, p = k/n, q = 1 − p, z and t quantiles, B⁻¹ those of the beta distribution
	Parameters []Parameter    `json:"parameters"` // what its uses state
	Intervals  []stats.Method `json:"intervals"`  // what intervals and bounds made by it are called in their own "method"
	Recompute  survey.Text    `json:"recompute"`  // from which columns of the export, or which figures of the answer
	References []string       `json:"references"`
	Software   string         `json:"software"` // what gives the same elsewhere, "" where nothing common does
}

// Parameter is a number that a use of a method states.
type Parameter struct {
	ID      string      `json:"id"`
	Meaning survey.Text `json:"meaning"`
}

// MethodUse says that an answer's figures were made by a method.
type MethodUse struct {
	ID         string             `json:"id"`
	Name       survey.Text        `json:"name"`
	Parameters map[string]float64 `json:"parameters"`
}

// use says that the method was used; with, that it was with a parameter.
func (m *Method) use() MethodUse {
	return MethodUse{ID: m.ID, Name: m.Name, Parameters: map[string]float64{}}
}

func (m *Method) with(parameter string, value float64) MethodUse {
	return m.use().and(parameter, value)
}

func (u MethodUse) and(parameter string, value float64) MethodUse {
	u.Parameters[parameter] = value
	return u
}

// MethodList is every method behind a figure.
type MethodList struct {
	RuleVersion string    `json:"ruleVersion"`
	Methods     []*Method `json:"methods"`
}

// catalogue lists the methods in the order of the page that explains them.
var catalogue = catalogued(boardMethods, breakdownMethods, responseRateMethods, planningMethods, wordsMethods, driversMethods, leagueMethods, comparisonMethods, trendMethods, reasonMethods, sampleMethods)

// catalogued puts methods together; a list that one of them lacks is empty.
func catalogued(lists ...[]*Method) []*Method {
	all := slices.Concat(lists...)
	for _, m := range all {
		m.Parameters, m.Intervals = append([]Parameter{}, m.Parameters...), append([]stats.Method{}, m.Intervals...)
	}
	return all
}

// Methods explains every method that an answer can name.
func Methods() MethodList { return MethodList{RuleVersion: RuleVersion, Methods: catalogue} }

// The methods behind the figures of a board.
var (
	publication = &Method{
		ID:   "publication",
		Name: bilingual("Quy tắc công bố", "Publication rules"),
		Purpose: bilingual("Giữ kín con số của quá ít người, và những con số mà đặt cạnh nhau sẽ để lộ con số đó.",
			"Keeps back figures of too few people, and those that would give one away when set beside others."),
		Formula: []string{
			"withheld if 0 < n < minimumN",
			"withheld if it differs from another figure that can be asked for by fewer than minimumN",
			"withheld if total − Σ shown parts would give a withheld part to within minimumN",
		},
		Parameters: []Parameter{{"minimumN", bilingual("số phiếu ít nhất của một con số được công bố", "the smallest number of respondents of a figure that is shown")}},
		Recompute:  bilingual("Áp dụng cho cả tỉnh sau mọi bộ lọc; phiên bản quy tắc ghi ở từng con số (ruleVersion).", "Applied to the whole province after every filter; each figure names the version of the rules (ruleVersion)."),
		References: []string{"Hundepool et al. 2012, Statistical Disclosure Control, ch. 4", "Fischetti and Salazar-González 1999, JASA 94:1021"},
	}
	satisfiedShare = &Method{
		ID:      "satisfied_share",
		Name:    bilingual("Chỉ số hài lòng", "Satisfaction index"),
		Purpose: bilingual("Tỷ lệ câu trả lời ở mức 4 và 5; ý không trả lời hoặc “Không áp dụng” không được tính.", "The share of answers at levels 4 and 5; what was not answered, or does not apply, is left out."),
		Formula: []string{
			"index = 100·Σ satisfied / Σ answered",
			"of several items: sums over all of them, not the mean of their indices",
			"columns: overall; index: tc1 to pa3; a factor, as tc: its criteria tc1 to tc4, and the column tc of the short form; without ratings of a campaign, unless asked for",
			"shown with two decimals, half up; compared with the promise unrounded, as integers: satisfied·10000 ≥ promise·answered (> for “more than”)",
		},
		Recompute:  bilingual("Trong tệp xuất: đếm các giá trị 4 và 5, và các giá trị từ 1 đến 5, ở các cột của thước đo.", "In the export, count the values 4 and 5, and the values 1 to 5, in the columns of the measure."),
		References: []string{"SIPAS framework: five factors, nineteen criteria"},
		Software:   "R: sum(x >= 4, na.rm = TRUE) / sum(!is.na(x))",
	}
	meanLevel = &Method{
		ID:         "mean_level",
		Name:       bilingual("Điểm trung bình", "Mean level"),
		Purpose:    bilingual("Trung bình các mức từ 1 đến 5 của một câu hỏi.", "The mean of the levels 1 to 5 of one question."),
		Formula:    []string{"mean = Σ level·count / Σ count", "on 0 to 100: (mean − 1)·25"},
		Recompute:  bilingual("Trong tệp xuất: trung bình cột của câu hỏi, bỏ qua ô trống và “na”.", "In the export, the mean of the question's column without empty cells and “na”."),
		References: []string{"Arithmetic mean of an ordinal scale, by convention of satisfaction surveys"},
		Software:   "R: mean(x, na.rm = TRUE)",
	}
	wilson = &Method{
		ID:      "wilson",
		Name:    bilingual("Khoảng Wilson", "Wilson interval"),
		Purpose: bilingual("Dao động ngẫu nhiên 95 % của một tỷ lệ, hai phía.", "The two-sided random variation of a share."),
		Formula: []string{
			"(k + z²/2 ∓ z·√(k·q + z²/4)) / (n + z²), z = Φ⁻¹((1 + conf)/2)",
			"of pooled measures (wilson_t): k = R·n_eff, n = n_eff, and t((1 + conf)/2; respondents − 1) for z",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.Wilson, stats.WilsonT},
		Recompute: bilingual("Từ satisfied và answered của con số; thước đo gộp: từ các tổng ở mục cỡ mẫu hiệu dụng.",
			"From satisfied and answered of the figure; of a pooled measure from the sums of the effective number."),
		References: []string{"Wilson 1927, JASA 22:209", "Newcombe 1998, Statistics in Medicine 17:857, method 3", "Brown, Cai and DasGupta 2001, Statistical Science 16:101"},
		Software:   "R: prop.test(k, n, correct = FALSE)$conf.int",
	}
	clopperPearson = &Method{
		ID:         "clopper_pearson",
		Name:       bilingual("Cận một phía Clopper–Pearson", "Clopper–Pearson bound"),
		Purpose:    bilingual("Cận một phía chính xác, quyết định con số có ổn định trên hay dưới chỉ tiêu.", "The exact one-sided bound that decides whether a figure is stable above or below its target."),
		Formula:    []string{"lower = B⁻¹(1 − conf; k, n − k + 1), 0 at k = 0", "upper = B⁻¹(conf; k + 1, n − k), 1 at k = n", "above if lower ≥ target, below if upper < target, else open"},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.ClopperPearson},
		Recompute:  bilingual("Từ satisfied và answered của con số; chỉ cho kỳ lịch đã kết thúc.", "From satisfied and answered of the figure; for calendar periods that are over only."),
		References: []string{"Clopper and Pearson 1934, Biometrika 26:404"},
		Software:   `R: binom.test(k, n, alternative = "greater", conf.level = 0.95)`,
	}
	effectiveN = &Method{
		ID:      "effective_n",
		Name:    bilingual("Cỡ mẫu hiệu dụng của thước đo gộp", "Effective number of respondents of a pooled measure"),
		Purpose: bilingual("Đơn vị của sự không chắc chắn là người trả lời, không phải câu trả lời: năm câu của 300 người không phải 1.500 quan sát.", "The unit of uncertainty is the respondent, never the answer: five items of 300 people are not 1,500 observations."),
		Formula: []string{
			"R = Σ sᵢ / Σ aᵢ, over respondents i with sᵢ satisfied of aᵢ answers",
			"v = n/(n − 1)·Σ (sᵢ − R·aᵢ)² / (Σ aᵢ)²",
			"n_eff = R·(1 − R)/v; n where v = 0",
		},
		Recompute:  bilingual("Trong tệp xuất: với mỗi phiếu, đếm số câu trả lời và số câu ở mức 4–5 trong các cột của thước đo.", "In the export, count for each response the answers and those at levels 4 and 5 in the columns of the measure."),
		References: []string{"Särndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, ch. 5.6"},
		Software:   "R survey: svyratio(~satisfied, ~answered, svydesign(ids = ~1, weights = ~1))",
	}
	kornGraubard = &Method{
		ID:         "korn_graubard",
		Name:       bilingual("Cận Korn–Graubard", "Korn–Graubard bound"),
		Purpose:    bilingual("Như Clopper–Pearson, trên cỡ mẫu hiệu dụng, cho thước đo gộp.", "As Clopper–Pearson, on the effective number of respondents, for pooled measures."),
		Formula:    []string{"n* = n_eff·(t(n − 1)/t(df))², df = n − 1", "Clopper–Pearson of k = R·n* and n = n*"},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.KornGraubard},
		Recompute:  bilingual("Từ các tổng theo người trả lời ở mục cỡ mẫu hiệu dụng.", "From the sums by respondent of the effective number."),
		References: []string{"Korn and Graubard 1998, Survey Methodology 24:193"},
		Software:   `R survey: svyciprop(..., method = "beta")`,
	}
	answersNeeded = &Method{
		ID:         "answers_needed",
		Name:       bilingual("Số phiếu còn cần", "Answers still needed"),
		Purpose:    bilingual("Thêm bao nhiêu phiếu nữa thì cận một phía quyết định được, nếu tỷ lệ giữ nguyên.", "How many more answers would let the bound decide, at the same rate."),
		Formula:    []string{"smallest m such that for every N ≥ n + m, with k = round half up (N·p), the bound at conf decides", "none above a million, or where p is the target"},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Recompute:  bilingual("Từ satisfied, answered và chỉ tiêu của con số.", "From satisfied, answered and the target of the figure."),
		References: []string{"Inversion of the Clopper–Pearson bound"},
	}
	coverageShare = &Method{
		ID:         "coverage",
		Name:       bilingual("Độ phủ", "Coverage"),
		Purpose:    bilingual("Số phiếu so với số hồ sơ đã trả kết quả. Đây không phải tỷ lệ trả lời của một mẫu.", "Respondents against the files handled. It is not the response rate of a sample."),
		Formula:    []string{"coverage = 100·n / files"},
		Recompute:  bilingual("Số hồ sơ ở danh mục “Số hồ sơ” theo cơ quan, lĩnh vực và tháng.", "Files are in the catalogue of volumes by agency, field and month."),
		References: []string{"AAPOR 2016, Guidance on Reporting Precision for Nonprobability Samples"},
	}
	leftOut = &Method{
		ID:      "flagged",
		Name:    bilingual("Để riêng phiếu nghi vấn", "Suspicious ratings set aside"),
		Purpose: bilingual("Phiếu nghi vấn được giữ lại và đánh dấu; kết quả mặc định không tính chúng, và cho thấy nếu tính thì khác bao nhiêu.", "Suspicious ratings are kept and flagged; results leave them out by default and show what they would change."),
		Formula: []string{
			"left out: ratings with a flag other than clock, stalePage, impossible and outOfHours, which inform only",
			"difference = index of all ratings − index without those left out",
		},
		Recompute:  bilingual("Cột “flags” của tệp xuất.", "The column “flags” of the export."),
		References: []string{"The signals are described in deploy/decisions/0012-flags.md"},
	}

	boardMethods = []*Method{publication, satisfiedShare, meanLevel, wilson, clopperPearson, effectiveN, kornGraubard, answersNeeded, coverageShare, leftOut}
)

// figureMethods lists what stands behind the cells of the query's measure.
func (sel *selection) figureMethods() []MethodUse { return figureMethods(sel.Measure) }

// figureMethods lists what stands behind the cells of measures.
func figureMethods(measures ...string) []MethodUse {
	uses := []MethodUse{satisfiedShare.use()}
	single := slices.ContainsFunc(measures, func(m string) bool { return !Pooled(m) })
	pooled := slices.ContainsFunc(measures, Pooled)
	if single {
		uses = append(uses, meanLevel.use())
	}
	if pooled {
		uses = append(uses, effectiveN.use())
	}
	uses = append(uses, wilson.with("conf", Conf))
	if single {
		uses = append(uses, clopperPearson.with("conf", Conf))
	}
	if pooled {
		uses = append(uses, kornGraubard.with("conf", Conf))
	}
	return append(uses, answersNeeded.with("conf", Conf), coverageShare.use(), leftOut.use())
}

func bilingual(vi, en string) survey.Text {
	return survey.Text{survey.Vietnamese: vi, survey.English: en}
}
