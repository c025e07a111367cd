package results

import (
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// Poststrata is the index with each agency and field weighed by its files: what the
// raw index would be if everywhere the same part of the files had been rated. It mends the
// mix of strata and nothing else of self-selection.
type Poststrata struct {
	Index      *float64        `json:"index"`    // percent; null with a reason
	Interval   *Interval       `json:"interval"` // Wilson on the effective n
	EffectiveN *float64        `json:"effectiveN"`
	Unweighted *float64        `json:"unweighted"` // percent, of the same ratings
	N          *int64          `json:"n"`          // ratings in the strata
	Volume     *int64          `json:"volume"`     // files in the strata
	Reason     *StrataReason   `json:"reason"`     // why there is no index
	Strata     []Stratum       `json:"strata"`
	Missing    []MissingStrata `json:"missing"` // agencies whose files and ratings are in no stratum
}

// StrataReason says why something is in no stratum, or why there are no strata.
type StrataReason string

// The reasons.
const (
	StrataPooled     StrataReason = "pooled"     // strata are for single questions
	StrataNone       StrataReason = "none"       // no agency is left
	StrataWithheld   StrataReason = "withheld"   // the figure of the agency is withheld
	StrataNoVolume   StrataReason = "noVolume"   // its files are not known, or none
	StrataNoRatings  StrataReason = "noRatings"  // nobody rated it
	StrataImpossible StrataReason = "impossible" // it has more ratings than files
)

// Stratum is one agency and field, or the fields of an agency that had to be put together: those
// without ratings, with withheld ones, with more ratings than files, and ratings
// without a field.
type Stratum struct {
	Agency   string   `json:"agency"`
	Fields   []string `json:"fields"` // one; or those put together, without the unknown one
	Merged   bool     `json:"merged"`
	Volume   int64    `json:"volume"`
	N        int64    `json:"n"`
	Coverage float64  `json:"coverage"` // percent: 100 · n / volume; the rest did not rate
	Index    float64  `json:"index"`    // percent
	Weight   float64  `json:"weight"`   // files that one rating stands for
	Part     float64  `json:"part"`     // of all files in strata, in percent

	satisfied int64
}

// MissingStrata is an agency that is in no stratum.
type MissingStrata struct {
	Agency string       `json:"agency"`
	Reason StrataReason `json:"reason"`
}

// poststrata weighs the strata by their files. What it knows of withheld cells is what
// an agency's shown total, less its shown fields, tells anyway.
func (m *maker) poststrata() (Poststrata, error) {
	p := Poststrata{Strata: []Stratum{}, Missing: []MissingStrata{}}
	if Pooled(m.sel.Measure) {
		p.Reason = pointer(StrataPooled)
		return p, nil
	}
	for _, id := range m.sel.strataAgencies() {
		strata, reason := m.strata(id)
		if reason != "" {
			p.Missing = append(p.Missing, MissingStrata{id, reason})
		}
		p.Strata = append(p.Strata, strata...)
	}
	if len(p.Strata) == 0 {
		p.Reason = pointer(StrataNone)
		return p, nil
	}
	classes := make([]stats.ResponseClass, len(p.Strata))
	var n, volume int64
	for i, s := range p.Strata {
		classes[i] = stats.ResponseClass{Invited: s.Volume, Responded: s.N, Satisfied: s.satisfied}
		n, volume = n+s.N, volume+s.Volume
	}
	weighed, err := stats.AdjustForNonresponse(classes, Conf)
	if err != nil {
		return Poststrata{}, miscounted(err)
	}
	for i := range p.Strata {
		s := &p.Strata[i]
		s.Weight, s.Part = weighed.Weights[i], 100*float64(s.Volume)/float64(volume)
		s.Coverage, s.Index = 100*float64(s.N)/float64(s.Volume), 100*float64(s.satisfied)/float64(s.N)
	}
	p.N, p.Volume = &n, &volume
	p.Index, p.Unweighted = percent(*weighed.Estimate.Value), percent(*weighed.Unweighted)
	p.Interval, p.EffectiveN = interval(weighed.Estimate.Interval), weighed.Estimate.EffectiveN
	return p, nil
}

// strata lists those of one agency: each field that can stand alone, and one of all others.
// That one takes up the smallest field as long as it cannot stand itself.
func (m *maker) strata(agency string) (strata []Stratum, reason StrataReason) {
	all := m.stratum(pair{agency, m.sel.Field})
	volume, known := m.volumes[pair{agency, m.sel.Field}]
	switch {
	case m.table.withholding(pair{agency, m.sel.Field}) != nil:
		return nil, StrataWithheld
	case !known || volume.unknown || !volume.sheet || volume.files == 0:
		return nil, StrataNoVolume
	case all.N == 0:
		return nil, StrataNoRatings
	case !all.stands():
		return nil, StrataImpossible
	case m.sel.Field != "":
		all.Fields = []string{m.sel.Field}
		return []Stratum{all}, ""
	}
	rest := all
	rest.Merged, rest.Fields = true, []string{}
	for _, field := range m.sel.fieldKeys {
		at := pair{agency, field}
		if s := m.stratum(at); m.table.withholding(at) == nil && !m.volumes[at].unknown && s.stands() && field != noField {
			s.Fields = []string{field}
			strata = append(strata, s)
			rest.add(s, -1)
		} else if field != noField && (s.N > 0 || s.Volume > 0) {
			rest.Fields = append(rest.Fields, field)
		}
	}
	slices.SortStableFunc(strata, func(a, b Stratum) int { return int(b.N - a.N) })
	for !(rest.N == 0 && rest.Volume == 0) && !rest.stands() {
		last := strata[len(strata)-1]
		strata = strata[:len(strata)-1]
		rest.add(last, 1)
		rest.Fields = append(rest.Fields, last.Fields...)
	}
	if rest.N > 0 {
		strata = append(strata, rest)
	}
	return strata, ""
}

// stratum gives the counts of a place.
func (m *maker) stratum(at pair) Stratum {
	c := m.table.countsAt(at)
	n, satisfied, _ := c.numbers(m.sel.Measure)
	return Stratum{Agency: at.agency, Volume: m.volumes[at].files, N: n, satisfied: satisfied}
}

// stands reports whether the stratum can have a weight and a figure of its own.
func (s Stratum) stands() bool { return s.N >= MinimumN && s.N <= s.Volume }

func (s *Stratum) add(o Stratum, sign int64) {
	s.Volume, s.N, s.satisfied = s.Volume+sign*o.Volume, s.N+sign*o.N, s.satisfied+sign*o.satisfied
}

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
	text := []survey.Text{
		ended(first),
		say("Có phiếu cho %s trong %s hồ sơ.", "%s of %s files were rated.", share(*c.N, c.Coverage.Volume), c.Coverage.Volume),
	}
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
