package results

import (
	"cmp"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// A trend is watched from these many closed months with figures on.
const (
	baselineMonths = 8  // the first ones, which say what is usual and are not judged themselves
	limitsFrom     = 12 // before them limits mean little, and only the run rules speak
)

// The parameters of the moving average and of the cumulative sum: an unchanged
// series passes the limits about once in 500 months.
const (
	ewmaWeight     = 0.2
	ewmaWidth      = 2.962
	cusumAllowance = 0.5
	cusumInterval  = 5.0
)

// Watch is the control chart of a trend: what is usual, and how far chance takes a month from it.
type Watch struct {
	Chart        ChartName    `json:"chart"`        // p; laney where months vary more than chance among citizens explains, and for pooled measures
	Center       float64      `json:"center"`       // percent: 100 · satisfied / answered of the baseline
	SigmaZ       *float64     `json:"sigmaZ"`       // how many times as much as citizens alone would the months vary; 1 on p, null without spread
	BaselineFrom survey.Month `json:"baselineFrom"` // the baseline is the first eight closed months with figures
	BaselineTo   survey.Month `json:"baselineTo"`
	Complete     bool         `json:"complete"` // twelve months or more, so that limits are judged and not the runs alone
}

// Limits are the control limits of one month in percent: they depend on its answers.
type Limits struct {
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// ChartName is the chart that a signal comes from.
type ChartName string

// The charts.
const (
	ChartP     ChartName = "p"
	ChartLaney ChartName = "laney"
	ChartRuns  ChartName = "runs"
	ChartEWMA  ChartName = "ewma"
	ChartCUSUM ChartName = "cusum"
)

var chartNames = map[stats.Chart]ChartName{stats.PChart: ChartP, stats.LaneyPChart: ChartLaney, stats.RunChart: ChartRuns,
	stats.EWMAChart: ChartEWMA, stats.CUSUMChart: ChartCUSUM}

// RuleName is what a signal has broken.
type RuleName string

// The rules.
const (
	RuleOutsideLimits    RuleName = "outsideLimits"
	RuleDecisionInterval RuleName = "decisionInterval"
	RuleLongRun          RuleName = "longRun"
	RuleFewCrossings     RuleName = "fewCrossings"
)

var ruleNames = map[stats.Rule]RuleName{stats.OutsideLimits: RuleOutsideLimits, stats.DecisionInterval: RuleDecisionInterval,
	stats.LongRun: RuleLongRun, stats.FewCrossings: RuleFewCrossings}

// Signal says that closed months are not as usual: which chart and which rule says so.
type Signal struct {
	Chart ChartName    `json:"chart"`
	Rule  RuleName     `json:"rule"`
	Side  *stats.Side  `json:"side"`  // high or low; null where the rule knows none
	Month survey.Month `json:"month"` // the first that shows it; of a cumulative sum, since when it has grown
	To    survey.Month `json:"to"`    // the last that shows it; of a cumulative sum, the one in which it passed its interval
	// AcrossBreak says that what is usual was counted in another way than these months:
	// a break lies between the beginning of the baseline and To.
	AcrossBreak bool `json:"acrossBreak"`
}

// watch sets the closed months of a trend against its first ones. It knows nothing
// but the months' figures, so that what it says could be computed from the answer.
func (sel *selection) watch(t *Trend) error {
	t.Signals = []Signal{}
	months := t.judged()
	breaks, err := sel.breaks(months)
	if err != nil {
		return err
	}
	t.Breaks = breaks
	if len(breaks) > 0 {
		t.Methods = append(t.Methods, seriesBreak.with("distance", breakDistance).and("chance", breakChance).and("carried", breakCarried))
	}
	if len(months) <= baselineMonths {
		return nil
	}
	phase, chart, err := sel.chart(months)
	if err != nil {
		return miscounted(err)
	}
	t.Watch = &Watch{Chart: chartNames[chart], Center: 100 * *phase.Center, SigmaZ: phase.SigmaZ,
		BaselineFrom: months[0].Month, BaselineTo: months[baselineMonths-1].Month, Complete: len(months) >= limitsFrom}
	for i, point := range phase.Points {
		if point.Lower != nil && point.Upper != nil {
			months[i].Limits = &Limits{100 * *point.Lower, 100 * *point.Upper}
		}
	}
	signals := phase.Signals
	if t.Watch.Complete && phase.SigmaZ != nil {
		more, err := cumulative(phase)
		if err != nil {
			return miscounted(err)
		}
		signals = append(signals, more...)
		t.Methods = append(t.Methods, ewma.with("lambda", ewmaWeight).and("width", ewmaWidth),
			cusum.with("allowance", cusumAllowance).and("interval", cusumInterval))
	}
	t.Methods = append(t.Methods, controlChart.with("baseline", baselineMonths), runRules.use())
	for _, s := range signals {
		if s.To < baselineMonths {
			continue
		}
		signal := Signal{Chart: chartNames[s.Chart], Rule: ruleNames[s.Rule], Month: months[s.From].Month, To: months[s.To].Month}
		if s.Side != "" {
			signal.Side = &s.Side
		}
		signal.AcrossBreak = slices.ContainsFunc(breaks, func(b Break) bool { return months[0].Month < b.Month && b.Month <= signal.To })
		t.Signals = append(t.Signals, signal)
	}
	slices.SortStableFunc(t.Signals, func(a, b Signal) int { return cmp.Compare(a.Month, b.Month) })
	return nil
}

// judged lists the months that are over and have a figure.
func (t *Trend) judged() (months []*TrendMonth) {
	for i := range t.Months {
		if m := &t.Months[i]; !m.Provisional && m.Cell.Index != nil {
			months = append(months, m)
		}
	}
	return months
}

// chart draws the months. The answers of one person to several items hang
// together, which only Laney's chart takes in.
func (sel *selection) chart(months []*TrendMonth) (stats.Phase, stats.Chart, error) {
	samples := make([]stats.Sample, len(months))
	for i, m := range months {
		samples[i] = stats.Sample{Count: *m.Cell.Satisfied, N: *m.Cell.Answered}
	}
	phases, err := stats.AttributeChart(stats.LaneyPChart, samples, nil, baselineMonths)
	if err != nil {
		return stats.Phase{}, "", err
	}
	if Pooled(sel.Measure) || phases[0].SigmaZ != nil && *phases[0].SigmaZ > 1 {
		return phases[0], stats.LaneyPChart, nil
	}
	phases, err = stats.AttributeChart(stats.PChart, samples, nil, baselineMonths)
	if err != nil {
		return stats.Phase{}, "", err
	}
	return phases[0], stats.PChart, nil
}

// cumulative watches the months after the baseline for a small change that lasts.
func cumulative(phase stats.Phase) ([]stats.Signal, error) {
	var values []float64
	for _, point := range phase.Points[baselineMonths:] {
		values = append(values, *point.Z / *phase.SigmaZ)
	}
	average, err := stats.MovingAverage(values, 0, 1, ewmaWeight, ewmaWidth)
	if err != nil {
		return nil, err
	}
	sums, err := stats.CumulativeSums(values, 0, 1, cusumAllowance, cusumInterval)
	if err != nil {
		return nil, err
	}
	signals := append(average.Signals, sums.Signals...)
	for i := range signals {
		signals[i].From += baselineMonths
		signals[i].To += baselineMonths
	}
	return signals, nil
}

// sayWatched says what the signals come to, chart and rule named, and which
// months are counted in another way than those before.
func (t *Trend) sayWatched() survey.Text {
	var said []survey.Text
	for i, s := range t.Signals {
		if slices.ContainsFunc(t.Signals[:i], s.likewise) {
			continue // said with the first of its months
		}
		var by []survey.Text
		for _, other := range t.Signals[i:] {
			if s.likewise(other) {
				by = append(by, say("%s: %s", "%s: %s", chartWords[other.Chart], ruleWords[other.Rule]))
			}
		}
		said = append(said, ended(joined(", ", say("%s (%s)", "%s (%s)", s.words(), joined("; ", by...)), s.caveat())))
	}
	if len(t.Signals) == 0 && t.Watch != nil && t.Watch.Complete {
		said = append(said, ended(say("Từ sau %s không tháng nào lệch khỏi mức thường lệ %s", "No month since %s is out of the usual %s",
			spokenMonth(t.Watch.BaselineTo), percentage(t.Watch.Center))))
	}
	for _, b := range t.Breaks {
		said = append(said, ended(b.words()))
	}
	return joined(" ", said...)
}

// likewise reports whether two signals say the same of the same months.
func (s Signal) likewise(o Signal) bool {
	return s.Month == o.Month && s.To == o.To && (s.Side == nil) == (o.Side == nil) && (s.Side == nil || *s.Side == *o.Side)
}

func (s Signal) words() survey.Text {
	when := say("Từ %s đến %s", "From %s to %s", spokenMonth(s.Month), spokenMonth(s.To))
	if s.Month == s.To {
		when = say("Trong %s", "In %s", spokenMonth(s.Month))
	}
	switch {
	case s.Side == nil:
		return say("%s chỉ số ít đổi phía quanh mức thường lệ hơn so với ngẫu nhiên, như khi nó trôi dần", "%s the index changed sides of the usual level less often than by chance, as it does when it drifts", when)
	case *s.Side == stats.Low:
		return say("%s chỉ số thấp hơn mức thường lệ", "%s the index was below its usual level", when)
	}
	return say("%s chỉ số cao hơn mức thường lệ", "%s the index was above its usual level", when)
}

func (s Signal) caveat() survey.Text {
	if !s.AcrossBreak {
		return nil
	}
	return say("nhưng trong thời gian đó cách đo đã thay đổi", "but the way of measuring changed in that time")
}

var chartWords = map[ChartName]survey.Text{
	ChartP:     bilingual("biểu đồ p", "p chart"),
	ChartLaney: bilingual("biểu đồ p′ của Laney", "Laney’s p′ chart"),
	ChartRuns:  bilingual("biểu đồ chuỗi", "run chart"),
	ChartEWMA:  bilingual("biểu đồ EWMA", "EWMA chart"),
	ChartCUSUM: bilingual("biểu đồ CUSUM", "CUSUM chart"),
}

var ruleWords = map[RuleName]survey.Text{
	RuleOutsideLimits:    bilingual("ra ngoài giới hạn", "outside its limits"),
	RuleDecisionInterval: bilingual("tổng tích lũy vượt ngưỡng", "cumulative sum beyond its interval"),
	RuleLongRun:          bilingual("quá nhiều tháng liền một phía", "too many months in a row on one side"),
	RuleFewCrossings:     bilingual("quá ít lần đổi phía", "too few changes of side"),
}

// The methods behind signals and breaks.
var (
	controlChart = &Method{
		ID:      "control_chart",
		Name:    bilingual("Biểu đồ kiểm soát p và p′", "Control charts p and p′"),
		Purpose: bilingual("Cho biết tháng nào lệch khỏi mức thường lệ hơn mức mà ngẫu nhiên giải thích được.", "Tells which months are further from the usual level than chance explains."),
		Formula: []string{
			"c = Σ satisfied / Σ answered over the first months with figures that are over (baseline), zᵢ = (pᵢ − c)/σᵢ, σᵢ = √(c(1 − c)/answeredᵢ)",
			"σz = mean |zᵢ − zᵢ₋₁| / 1.128 over the baseline",
			"p′ (Laney): c ∓ 3·σᵢ·σz where σz > 1, and for measures that pool several items; p: c ∓ 3·σᵢ otherwise; within 0 and 1",
			"a signal from 12 months with figures on; never of the baseline itself or of a month that is not over",
		},
		Parameters: []Parameter{{"baseline", bilingual("số tháng đầu làm mức thường lệ", "the number of first months that say what is usual")}},
		Recompute:  bilingual("Từ satisfied và answered của các tháng trong câu trả lời.", "From satisfied and answered of the months in the answer."),
		References: []string{"Montgomery, Introduction to Statistical Quality Control, ch. 7", "Laney 2002, Quality Engineering 14:531"},
		Software:   `R qicharts2: qic(k, n = n, chart = "pp", freeze = 8)`,
	}
	runRules = &Method{
		ID:         "run_rules",
		Name:       bilingual("Quy tắc chuỗi của Anhøj", "Anhøj’s run rules"),
		Purpose:    bilingual("Phát hiện sự dịch chuyển kéo dài mà không cần giới hạn.", "Finds a shift that lasts, without limits."),
		Formula:    []string{"m months off the center: longest run on one side > round(log₂ m) + 3", "changes of side < the smallest q with P(Binomial(m − 1, 1/2) ≤ q) ≥ 0.05"},
		Recompute:  bilingual("Từ chỉ số của các tháng và mức thường lệ (watch.center).", "From the months' indices and the center of the chart (watch.center)."),
		References: []string{"Anhøj and Olesen 2014, PLoS ONE 9:e113825"},
		Software:   "R qicharts2: qic",
	}
	ewma = &Method{
		ID:      "ewma",
		Name:    bilingual("Biểu đồ trung bình trượt EWMA", "EWMA chart"),
		Purpose: bilingual("Phát hiện thay đổi nhỏ nhưng kéo dài, sau các tháng làm mức thường lệ.", "Finds a small change that lasts, in the months after the baseline."),
		Formula: []string{"xᵢ = zᵢ/σz of the control chart, e₀ = 0, eᵢ = λ·xᵢ + (1 − λ)·eᵢ₋₁", "signal if |eᵢ| > L·√(λ/(2 − λ)·(1 − (1 − λ)²ⁱ))"},
		Parameters: []Parameter{{"lambda", bilingual("trọng số λ của tháng mới nhất", "the weight λ of the newest month")},
			{"width", bilingual("độ rộng giới hạn L", "the width L of the limits")}},
		Recompute:  bilingual("Từ satisfied và answered của các tháng, center và sigmaZ.", "From satisfied and answered of the months, center and sigmaZ."),
		References: []string{"Roberts 1959, Technometrics 1:239", "Montgomery, ch. 9"},
		Software:   "R qcc: ewma",
	}
	cusum = &Method{
		ID:      "cusum",
		Name:    bilingual("Biểu đồ tổng tích lũy CUSUM", "CUSUM chart"),
		Purpose: bilingual("Phát hiện thay đổi nhỏ nhưng kéo dài, và cho biết có lẽ nó bắt đầu từ tháng nào.", "Finds a small change that lasts, and tells in which month it is likely to have begun."),
		Formula: []string{"C⁺ᵢ = max(0, C⁺ᵢ₋₁ + xᵢ − k), C⁻ᵢ = max(0, C⁻ᵢ₋₁ − xᵢ − k), xᵢ as for EWMA", "signal if C > h; it began after the sum last stood at 0"},
		Parameters: []Parameter{{"allowance", bilingual("phần bỏ qua k", "the allowance k")},
			{"interval", bilingual("ngưỡng quyết định h", "the decision interval h")}},
		Recompute:  bilingual("Từ satisfied và answered của các tháng, center và sigmaZ.", "From satisfied and answered of the months, center and sigmaZ."),
		References: []string{"Page 1954, Biometrika 41:100", "Montgomery, ch. 9"},
		Software:   "R qcc: cusum",
	}
	seriesBreak = &Method{
		ID:      "break_in_series",
		Name:    bilingual("Dấu ngắt chuỗi số liệu", "Break in the series"),
		Purpose: bilingual("Đánh dấu tháng mà cách đo thay đổi: con số trước và sau không hoàn toàn so sánh được.", "Marks months that are counted in another way than the one before: the figures on either side are not quite comparable."),
		Formula: []string{
			"½·Σ |shareᵢ(month) − shareᵢ(month before)| ≥ distance, over questionnaire versions, ways of capture and ways of delivery, and the χ² test of both months has p ≤ chance",
			"or a questionnaire version that no month before had",
			"or points without ratings in the month before (or, having had some, without any now) carry at least the share “carried” of the month's ratings",
			"or an agency below was succeeded by another one in the month",
			"groups that publication rules keep back count together as one",
		},
		Parameters: []Parameter{{"distance", bilingual("khoảng cách tổng biến thiên ít nhất", "the least total variation distance")},
			{"chance", bilingual("mức xác suất mà ngẫu nhiên còn giải thích được", "how seldom chance alone would bring it about")},
			{"carried", bilingual("tỷ lệ ít nhất của các điểm mới hoặc đã ngừng", "the least share of points that began or ceased")}},
		Recompute:  bilingual("Từ bảng của hai tháng, lọc theo kênh thu, cách giải quyết và điểm khảo sát.", "From the boards of the two months by capture, delivery and point."),
		References: []string{"Levin, Peres and Wilmer 2017, Markov Chains and Mixing Times, ch. 4", "Pearson 1900, Philosophical Magazine 50:157", "European Statistical System handbook for quality reports: breaks in time series"},
	}

	trendMethods = []*Method{controlChart, runRules, ewma, cusum, seriesBreak}
)
