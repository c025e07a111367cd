package results

import (
	"cmp"
	"math"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// The methods behind a breakdown.
var (
	scoreInterval = &Method{
		ID:         "mean_t_interval",
		Name:       bilingual("Khoảng t của điểm trung bình", "t interval of the mean"),
		Purpose:    bilingual("Điểm trung bình trên thang 0 đến 100 và dao động ngẫu nhiên của nó.", "The mean level on a scale of 0 to 100 with its random variation."),
		Formula:    []string{"score = (mean − 1)·25", "SD² = Σ count·(level − mean)²/(n − 1)", "score ∓ 25·t((1 + conf)/2; n − 1)·SD/√n"},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.StudentT},
		Recompute:  bilingual("Từ số câu trả lời theo mức (levels) của từng dòng.", "From the answers by level (levels) of a row."),
		References: []string{"Student 1908, Biometrika 6:1"},
		Software:   "R: t.test((x - 1) * 25)",
	}
	macroMean = &Method{
		ID:         "macro_mean",
		Name:       bilingual("Trung bình các tiêu chí", "Mean of the criteria"),
		Purpose:    bilingual("Mỗi tiêu chí có trọng số như nhau, dù nhiều hay ít người trả lời; đứng cạnh chỉ số gộp, không thay nó.", "Every criterion has the same weight, however many answered it; it stands beside the pooled index and does not replace it."),
		Formula:    []string{"100·Σ (satisfied_j / answered_j) / J, over the J criteria with answers"},
		Recompute:  bilingual("Từ chỉ số của từng tiêu chí; chỉ cho khi mọi tiêu chí đều được công bố.", "From the index of each criterion; given only where each of them is shown."),
		References: []string{"Arithmetic mean of the criteria's indices"},
		Software:   "R: mean(k / n)",
	}
	fullySatisfied = &Method{
		ID:         "fully_satisfied",
		Name:       bilingual("Hài lòng với mọi điều", "Satisfied with everything"),
		Purpose:    bilingual("Tỷ lệ người mà mọi câu trả lời trong thước đo gộp đều ở mức 4 hoặc 5; một điều chưa hài lòng là đủ để không được tính.", "The share of respondents all of whose answers to a pooled measure are at levels 4 and 5; one that is not is enough to be left out."),
		Formula:    []string{"100·Σ [sᵢ = aᵢ] / n, over the n respondents i with sᵢ satisfied of aᵢ answers, aᵢ > 0", "interval: Wilson of so many of n respondents"},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Recompute:  bilingual("Trong tệp xuất: với mỗi phiếu, xem mọi câu đã trả lời trong các cột của thước đo có ở mức 4–5 không.", "In the export, see for each response whether all its answers in the columns of the measure are at levels 4 and 5."),
		References: []string{"Wilson 1927, JASA 22:209"},
		Software:   "R: mean(rowSums(x >= 4, na.rm = TRUE) == rowSums(!is.na(x)))",
	}
	homogeneity = &Method{
		ID:      "homogeneity",
		Name:    bilingual("Các nhóm có khác nhau không", "Do the groups differ"),
		Purpose: bilingual("Chênh lệch giữa các dòng có lớn hơn mức do ngẫu nhiên hay không.", "Whether the rows differ by more than chance."),
		Formula: []string{
			"χ² = Σ n·(p − p̄)²/(p̄·(1 − p̄)), p̄ = Σ n·p / Σ n, one degree of freedom less than rows",
			"n = answered for single questions, n_eff (the effective number of respondents) for pooled measures",
			"different if P(χ²) ≤ 1 − conf",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Recompute:  bilingual("Từ satisfied và answered của các dòng được công bố, trừ dòng “Không rõ”.", "From satisfied and answered of the rows shown, without the unknown one."),
		References: []string{"Pearson 1900", "Rao and Scott 1992, Biometrics 48:577"},
		Software:   "R: prop.test(k, n, correct = FALSE)",
	}
	againstRest = &Method{
		ID:      "against_rest",
		Name:    bilingual("Mỗi nhóm so với phần còn lại", "Each group against the rest"),
		Purpose: bilingual("So một dòng với mọi phiếu không thuộc dòng đó, có tính đến việc so nhiều dòng cùng lúc.", "Sets a row against the ratings not its own, and takes into account that many rows are compared at once."),
		Formula: []string{
			"rest = total − row − unknown (where shown), d = p₁ − p₂",
			"interval of d: d − √((p₁ − l₁)² + (u₂ − p₂)²), d + √((u₁ − p₁)² + (p₂ − l₂)²), l and u by Wilson",
			"z = d/√(p̄·(1 − p̄)·(1/n₁ + 1/n₂)), p̄ of both together; n as in homogeneity",
			"Holm: adjusted p_(i) = max over j ≤ i of (m − j + 1)·p_(j), over the m rows",
			"higher or lower if adjusted p ≤ 1 − conf and 0 is not in the interval",
		},
		Parameters: []Parameter{{"conf", bilingual("mức tin cậy", "the level")}},
		Intervals:  []stats.Method{stats.Newcombe},
		Recompute:  bilingual("Từ satisfied và answered của dòng và của tổng.", "From satisfied and answered of the row and of the total."),
		References: []string{"Newcombe 1998, Statistics in Medicine 17:873, method 10", "Fleiss, Levin and Paik 2003, section 3.2", "Holm 1979, Scandinavian Journal of Statistics 6:65"},
		Software:   `R: prop.test(c(k1, k2), c(n1, n2), correct = FALSE); p.adjust(p, "holm")`,
	}

	breakdownMethods = []*Method{scoreInterval, macroMean, fullySatisfied, homogeneity, againstRest}
)

func (sel *selection) breakdownUses() []MethodUse {
	tests := []MethodUse{homogeneity.with("conf", Conf), againstRest.with("conf", Conf)}
	if Pooled(sel.Measure) {
		return append([]MethodUse{macroMean.use(), fullySatisfied.with("conf", Conf)}, tests...)
	}
	return append([]MethodUse{scoreInterval.with("conf", Conf)}, tests...)
}

var dimensionNames = map[Dimension]survey.Text{
	DimensionAgency:        bilingual("cơ quan, đơn vị", "agency"),
	DimensionField:         bilingual("lĩnh vực", "field"),
	DimensionPoint:         bilingual("điểm khảo sát", "service point"),
	DimensionCapture:       bilingual("cách lấy phiếu", "how the rating was taken"),
	DimensionDelivery:      bilingual("hình thức phục vụ", "how the service was given"),
	DimensionLanguage:      bilingual("ngôn ngữ", "language"),
	DimensionQuestionnaire: bilingual("phiếu khảo sát", "questionnaire"),
	DimensionMonth:         bilingual("tháng", "month"),
	DimensionQuarter:       bilingual("quý", "quarter"),
	DimensionGender:        bilingual("giới tính", "gender"),
	DimensionAgeGroup:      bilingual("nhóm tuổi", "age group"),
	DimensionOccupation:    bilingual("nghề nghiệp", "occupation"),
}

// saidRows is how many rows a summary names on each side.
const saidRows = 3

// summary says the whole, then which rows clearly stand out of it.
func (b *Breakdown) summary(sel *selection) survey.Text {
	if said, ok := sel.sayNothing(b.Total.Cell); ok {
		return said
	}
	stands := say("%[1]s %[2]s theo %[5]s: chung là %[3]s (%[4]s phiếu)", "%[1]s, %[2]s, by %[5]s: %[3]s in all (%[4]s ratings)",
		nameOf(b.Measure), spokenPeriod(sel.Period), share(*b.Total.Cell.Satisfied, *b.Total.Cell.Answered), *b.Total.Cell.N, dimensionNames[b.By])
	return joined(" ", ended(stands), b.sayRows(sel), selfSelection)
}

func (b *Breakdown) sayRows(sel *selection) survey.Text {
	compared := slices.DeleteFunc(slices.Clone(b.Rows), func(r BreakdownRow) bool { return r.Rest == nil })
	slices.SortStableFunc(compared, func(a, b BreakdownRow) int {
		return cmp.Compare(math.Abs(b.Rest.Difference), math.Abs(a.Rest.Difference))
	})
	var above, below []survey.Text
	for _, r := range compared {
		if r.Rest.Verdict == nil || *r.Rest.Verdict == GroupsUnclear {
			continue
		}
		said := say("%s (%s, phần còn lại %s)", "%s (%s, the rest %s)", r.Name, share(*r.Cell.Satisfied, *r.Cell.Answered), percentage(r.Rest.Index))
		if *r.Rest.Verdict == GroupsHigher {
			above = append(above, said)
		} else {
			below = append(below, said)
		}
	}
	switch {
	case len(compared) < 2:
		return say("Chưa đủ hai nhóm có đủ phiếu để so sánh.", "There are not two groups with enough ratings to compare.")
	case !sel.Period.Calendar():
		return say("Khoảng thời gian tự chọn nên không kết luận nhóm nào khác biệt rõ.", "For freely chosen days nothing is said of which groups clearly differ.")
	case sel.unjudged() != nil:
		return say("Kỳ chưa kết thúc nên con số là tạm tính, chưa kết luận nhóm nào khác biệt rõ.", "The period is not over, so the figures are provisional and nothing is said of which groups clearly differ.")
	case above == nil && below == nil:
		return say("Chưa thấy nhóm nào khác biệt rõ với phần còn lại; chênh lệch giữa %s nhóm có thể chỉ là ngẫu nhiên.",
			"No group clearly differs from the rest; the differences between the %s groups may be chance.", int64(len(compared)))
	}
	return joined(" ",
		sayList("Cao hơn rõ so với phần còn lại: %s.", "Clearly above the rest: %s.", above),
		sayList("Thấp hơn rõ so với phần còn lại: %s.", "Clearly below the rest: %s.", below),
		say("Kết luận đã tính đến việc so sánh %s nhóm cùng lúc.", "This takes into account that %s groups are compared at once.", int64(len(compared))))
}

// sayList says the first of a list, and how many more there are; nothing of none.
func sayList(vi, en string, list []survey.Text) survey.Text {
	if len(list) == 0 {
		return nil
	}
	said := joined("; ", list[:min(len(list), saidRows)]...)
	if more := len(list) - saidRows; more > 0 {
		said = say("%s; và %s nhóm nữa", "%s; and %s more", said, int64(more))
	}
	return say(vi, en, said)
}
