package results

import (
	"context"
	"math"
	"strconv"

	"sipas/stats"
	"sipas/survey"
)

// PlanningQuery asks how large a probability sample has to be. Its Query gives the agency
// whose files are sampled, and the period of these files.
type PlanningQuery struct {
	Query
	Margin       float64  // percentage points either side
	Conf         float64  // a level between 0 and 1
	Expected     float64  // percent
	DesignEffect float64  // 1: a simple random sample
	ResponseRate float64  // percent
	Population   *int64   // nil: the files of the period
	Target       *float64 // percent; nil: the promise in force
	Truth        *float64 // percent; what the share is thought to be, nil: no test is planned
	Power        float64  // a level between 0 and 1
	Rule         stats.AllocationRule
	Minimum      int64  // of each agency
	Total        *int64 // sample to spread; nil: as many answers as the margin needs
}

// allocationRules are the rules by the names of the API.
var allocationRules = map[string]stats.AllocationRule{
	"proportional": stats.ProportionalAllocation,
	"neyman":       stats.NeymanAllocation,
	"squareRoot":   stats.SquareRootAllocation,
	"equal":        stats.EqualAllocation,
}

// planningParameters are the limits of the numbers that a plan is made of.
var planningParameters = []struct {
	name       string
	least, top float64
	whole      bool
	missing    *float64
}{
	{"margin", 0.1, 50, false, pointer(5.0)},
	{"conf", 0.5, 0.999, false, pointer(Conf)},
	{"expected", 1, 99, false, pointer(50.0)},
	{"designEffect", 0.1, 100, false, pointer(1.0)},
	{"responseRate", 1, 100, false, pointer(100.0)},
	{"population", 1, 1_000_000_000, true, nil},
	{"target", 1, 99.99, false, nil},
	{"truth", 0, 100, false, nil},
	{"power", 0.01, 0.999, false, pointer(0.8)},
	{"minimum", 0, 1_000_000, true, pointer(0.0)},
	{"total", 1, 1_000_000, true, nil},
}

// ParsePlanningQuery reads the parameters margin, conf, expected, designEffect, responseRate,
// population, target, truth, power, rule (proportional, neyman, equal, squareRoot), minimum
// and total besides those of [ParseQuery]. Defaults: a margin of 5 points at level 0.95 and a
// share of 50 %, a simple random sample that everybody answers, power 0.8, proportional. Errors as there.
func ParsePlanningQuery(get func(string) string, today survey.Date) (PlanningQuery, error) {
	var errs []survey.FieldError
	values := map[string]*float64{}
	for _, p := range planningParameters {
		values[p.name] = p.missing
		text := get(p.name)
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || math.IsNaN(v) || p.whole && v != math.Trunc(v):
			errs = append(errs, survey.FieldError{Path: p.name, Reason: survey.ReasonFormat})
		case v < p.least || v > p.top:
			errs = append(errs, survey.FieldError{Path: p.name, Reason: survey.ReasonRange, Params: map[string]any{"min": p.least, "max": p.top}})
		default:
			values[p.name] = &v
		}
	}
	name := get("rule")
	if name == "" {
		name = "proportional"
	}
	rule, ok := allocationRules[name]
	if !ok {
		errs = append(errs, survey.FieldError{Path: "rule", Reason: survey.ReasonUnknownOption})
	}
	q, err := ParseQuery(get, today)
	if err := withFieldErrors(err, errs); err != nil {
		return PlanningQuery{}, err
	}
	whole := func(name string) *int64 {
		if values[name] == nil {
			return nil
		}
		return pointer(int64(*values[name]))
	}
	return PlanningQuery{
		Query: q, Margin: *values["margin"], Conf: *values["conf"], Expected: *values["expected"], DesignEffect: *values["designEffect"],
		ResponseRate: *values["responseRate"], Population: whole("population"), Target: values["target"], Truth: values["truth"],
		Power: *values["power"], Rule: rule, Minimum: *whole("minimum"), Total: whole("total"),
	}, nil
}

// Planning is how large a probability sample has to be for a margin, for a verdict, and
// how it is spread over the agencies.
type Planning struct {
	Heading
	Population       *int64          `json:"population"`       // files, null where they are not known
	PopulationReason *VolumeReason   `json:"populationReason"` // why not
	Margin           MarginPlan      `json:"margin"`
	Verdict          *VerdictPlan    `json:"verdict"` // null without a truth or a target
	Allocation       *AllocationPlan `json:"allocation"`
	AllocationReason *VolumeReason   `json:"allocationReason"` // why there is no allocation
}

// MarginPlan is the size of one published figure: a figure for each of several
// agencies takes as many such samples.
type MarginPlan struct {
	Points       float64 `json:"points"`
	Conf         float64 `json:"conf"`
	Expected     float64 `json:"expected"` // percent
	DesignEffect float64 `json:"designEffect"`
	ResponseRate float64 `json:"responseRate"` // percent
	Unlimited    Sizes   `json:"unlimited"`    // out of a population without end
	Corrected    *Sizes  `json:"corrected"`    // out of the population: with finite population correction
	// Guidance is n = N/(1 + N·e²), the ministry's formula: z = 2, a share of 50 %, no design
	// effect, everybody answering. It is guidance, not what the margin needs.
	Guidance *int64 `json:"guidance"`
}

// Sizes are those of one sample.
type Sizes struct {
	Simple      int64 `json:"simple"`      // answers to a simple random sample
	Answers     int64 `json:"answers"`     // answers under the design
	Invitations int64 `json:"invitations"` // people to be asked
	// Enough is false where not even asking everybody gives so many answers.
	Enough bool `json:"enough"`
}

// VerdictPlan is the sample that shows on which side of a target a share lies.
type VerdictPlan struct {
	Target   float64  `json:"target"` // percent
	Truth    float64  `json:"truth"`  // percent
	Conf     float64  `json:"conf"`
	Power    float64  `json:"power"`
	N        int64    `json:"n"`        // independent answers, by the normal approximation
	Critical Critical `json:"critical"` // of a sample of n
	Margin   Critical `json:"margin"`   // of a sample as large as the margin needs
}

// Critical is from which counts on a sample decides, by the exact bound.
type Critical struct {
	N        int64   `json:"n"`
	MinAbove *int64  `json:"minAbove"` // satisfied answers that show the share at or above the target; null if not even all do
	MaxBelow *int64  `json:"maxBelow"` // satisfied answers that show it below; null if not even none does
	Power    float64 `json:"power"`    // with which a sample shows the truth on its side
}

// AllocationPlan spreads a sample over the agencies right below.
type AllocationPlan struct {
	Rule    string        `json:"rule"`
	Total   int64         `json:"total"`
	Minimum int64         `json:"minimum"`
	Strata  []PlanStratum `json:"strata"`
	Missing []string      `json:"missing"` // agencies that get nothing, since their files are not known or none
}

// PlanStratum is the part of one agency.
type PlanStratum struct {
	Agency   string      `json:"agency"`
	Name     survey.Text `json:"name"`
	Volume   int64       `json:"volume"`
	Expected float64     `json:"expected"` // percent: for neyman the agency's index where it is shown, else what is expected of all
	Size     int64       `json:"size"`
}

// Planning plans a sample. Other errors as with Board: invalid, with the parameter at fault, for what no sample can reach.
func (s *Service) Planning(_ context.Context, actor survey.Actor, q PlanningQuery) (Planning, error) {
	sel, err := s.selection(actor, q.Query)
	if err != nil {
		return Planning{}, err
	}
	t, err := sel.newTable(sel.Measure)
	if err != nil {
		return Planning{}, err
	}
	p := &planner{sel: sel, query: q, maker: &maker{sel: sel, table: t, volumes: sel.volumes(sel.Period, t.rated())}}
	return p.plan()
}

type planner struct {
	*maker
	sel   *selection
	query PlanningQuery
}

func (p *planner) plan() (Planning, error) {
	answer := Planning{Heading: p.sel.heading(marginSize.with("conf", p.query.Conf), guidance.use(), verdictSize.with("conf", p.query.Conf).and("power", p.query.Power), allocation.use())}
	answer.Population, answer.PopulationReason = p.query.Population, nil
	if answer.Population == nil {
		answer.Population, answer.PopulationReason = p.files(pair{p.sel.agency.ID, p.sel.Field})
	}
	var err error
	if answer.Margin, err = p.margin(answer.Population); err != nil {
		return Planning{}, err
	}
	sizes := answer.Margin.Unlimited
	if answer.Margin.Corrected != nil {
		sizes = *answer.Margin.Corrected
	}
	if answer.Verdict, err = p.verdict(sizes.Answers); err != nil {
		return Planning{}, err
	}
	if answer.Allocation, answer.AllocationReason, err = p.allocate(sizes.Answers); err != nil {
		return Planning{}, err
	}
	answer.Summary = answer.summary()
	return answer, nil
}

// files gives those of a place. That some rating is withheld is no matter here.
func (p *planner) files(at pair) (*int64, *VolumeReason) {
	v, ok := p.volumes[at]
	switch {
	case p.sel.Point != "" || p.sel.Delivery != "":
		return nil, pointer(VolumeFilter)
	case p.volumes == nil:
		return nil, pointer(VolumePeriod)
	case !ok || v.unknown || !v.sheet:
		return nil, pointer(VolumeMissing)
	case v.files == 0:
		return nil, pointer(VolumeNone)
	}
	return &v.files, nil
}

func (p *planner) margin(population *int64) (MarginPlan, error) {
	q := p.query
	plan := MarginPlan{Points: q.Margin, Conf: q.Conf, Expected: q.Expected, DesignEffect: q.DesignEffect, ResponseRate: q.ResponseRate}
	m := stats.Margin{HalfWidth: q.Margin / 100, Share: q.Expected / 100, Conf: q.Conf, DesignEffect: q.DesignEffect, ResponseRate: q.ResponseRate / 100}
	size, err := stats.SampleSizeForMargin(m)
	if err != nil {
		return MarginPlan{}, miscounted(err)
	}
	plan.Unlimited = Sizes{size.Simple, size.Answers, size.Invitations, true}
	if population == nil {
		return plan, nil
	}
	m.Population = population
	if size, err = stats.SampleSizeForMargin(m); err != nil {
		return MarginPlan{}, miscounted(err)
	}
	plan.Corrected = &Sizes{size.Simple, size.Answers, size.Invitations, size.Invitations <= *population}
	yamane, err := stats.YamaneSize(*population, m.HalfWidth)
	if err != nil {
		return MarginPlan{}, miscounted(err)
	}
	plan.Guidance = &yamane
	return plan, nil
}

// verdict plans to show the truth on its side of the target; nil where either is not given.
func (p *planner) verdict(marginAnswers int64) (*VerdictPlan, error) {
	q := p.query
	target := q.Target
	if target == nil {
		if promise := p.sel.promise(p.sel.subject(p.sel.agency, false, ""), p.sel.Period.Year()).inForce; promise != nil && judged(p.sel.Measure) {
			target = pointer(float64(promise.BasisPoints) / 100)
		}
	}
	switch {
	case q.Truth == nil:
		return nil, nil
	case target == nil:
		return nil, unplannable("target", survey.ReasonRequired, nil)
	case math.Abs(*q.Truth-*target) < 0.1:
		return nil, unplannable("truth", survey.ReasonTooClose, map[string]any{"target": *target})
	}
	size, err := stats.SampleSizeForVerdict(*target/100, *q.Truth/100, q.Conf, q.Power)
	if err != nil {
		return nil, miscounted(err)
	}
	plan := &VerdictPlan{Target: *target, Truth: *q.Truth, Conf: q.Conf, Power: q.Power, N: size.N}
	if plan.Critical, err = p.critical(size.N, *target); err != nil {
		return nil, miscounted(err)
	}
	if plan.Margin, err = p.critical(marginAnswers, *target); err != nil {
		return nil, miscounted(err)
	}
	return plan, nil
}

func (p *planner) critical(n int64, target float64) (Critical, error) {
	counts, err := stats.Critical(stats.ClopperPearson, n, target/100, p.query.Conf)
	if err != nil {
		return Critical{}, err
	}
	truth, probability := *p.query.Truth/100, counts.ProbabilityAbove
	if *p.query.Truth < target {
		probability = counts.ProbabilityBelow
	}
	power, err := probability(truth)
	return Critical{N: n, MinAbove: counts.MinAbove, MaxBelow: counts.MaxBelow, Power: power}, err
}

// allocate spreads the sample over the agencies right below with files.
func (p *planner) allocate(answers int64) (*AllocationPlan, *VolumeReason, error) {
	q := p.query
	plan := &AllocationPlan{Total: answers, Minimum: q.Minimum, Strata: []PlanStratum{}, Missing: []string{}}
	for name, rule := range allocationRules {
		if rule == q.Rule {
			plan.Rule = name
		}
	}
	if q.Total != nil {
		plan.Total = *q.Total
	}
	var strata []stats.Stratum
	var least, most int64
	for _, id := range p.sel.strataAgencies() {
		a, _ := p.sel.catalog.Agency(id)
		at := pair{id, p.sel.Field}
		files, _ := p.files(at)
		if files == nil {
			plan.Missing = append(plan.Missing, id)
			continue
		}
		expected := q.Expected
		if c := p.cell(at, p.sel.subject(a, false, "")); q.Rule == stats.NeymanAllocation && c.Index != nil {
			expected = *c.Index
		}
		share := expected / 100
		strata = append(strata, stats.Stratum{Population: *files, SD: math.Sqrt(share * (1 - share))})
		plan.Strata = append(plan.Strata, PlanStratum{Agency: id, Name: a.Name, Volume: *files, Expected: expected})
		least, most = least+min(q.Minimum, *files), most+*files
	}
	if p.err != nil {
		return nil, nil, p.err
	}
	if len(strata) == 0 {
		_, reason := p.files(pair{p.sel.agency.ID, p.sel.Field})
		if reason == nil {
			reason = pointer(VolumeMissing)
		}
		return nil, reason, nil
	}
	switch {
	case plan.Total < least:
		return nil, nil, unplannable("minimum", survey.ReasonMinimumExceedsTotal, map[string]any{"total": plan.Total, "needed": least})
	case plan.Total > most && q.Total != nil:
		return nil, nil, unplannable("total", survey.ReasonRange, map[string]any{"min": max(least, 1), "max": most})
	}
	plan.Total = min(plan.Total, most)
	spread, err := stats.AllocateWithin(q.Rule, strata, plan.Total, q.Minimum)
	if err != nil {
		// Everybody in an agency agrees, so that neyman gives it nothing.
		return nil, nil, unplannable("rule", survey.ReasonNoVariation, nil)
	}
	for i, size := range spread.Sizes {
		plan.Strata[i].Size = size
	}
	return plan, nil, nil
}

// unplannable says which parameter asks for what no sample can reach.
func unplannable(path, reason string, params map[string]any) error {
	return &survey.Error{Code: survey.CodeInvalid, Message: "no such sample can be planned", Fields: []survey.FieldError{{Path: path, Reason: reason, Params: params}}}
}

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
		text = append(text, say("Nếu tỷ lệ thật là %s, cần %s câu trả lời để có %s khả năng chứng minh được so với chỉ tiêu %s; mẫu theo sai số nói trên có %s.",
			"If the share truly is %s, %s answers have a chance of %s to show on which side of the target of %s it lies; the sample for the margin has %s.",
			promised(v.Truth), v.N, promised(100*v.Power), promised(v.Target), percentage(100*v.Margin.Power)))
	}
	return joined(" ", text...)
}
