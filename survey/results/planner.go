package results

import (
	"context"
	"math"

	"sipas/stats"
	"sipas/survey"
)

// Planning plans a sample. What no sample can reach is refused as invalid, with the
// parameter at fault; other errors as with Board.
func (s *Service) Planning(_ context.Context, actor survey.Actor, q PlanningQuery) (Planning, error) {
	sel, err := s.selection(actor, q.Query)
	if err != nil {
		return Planning{}, err
	}
	t, err := sel.newTable(sel.Measure)
	if err != nil {
		return Planning{}, err
	}
	p := &planner{query: q, maker: &maker{sel: sel, table: t, volumes: sel.volumes(sel.Period, t)}}
	return p.plan()
}

type planner struct {
	*maker
	query PlanningQuery
}

func (p *planner) plan() (Planning, error) {
	answer := Planning{
		Heading: p.sel.heading(marginSize.with("conf", p.query.Conf), guidance.use(),
			verdictSize.with("conf", p.query.Conf).and("power", p.query.Power), allocation.use()),
		Population: p.query.Population,
	}
	if answer.Population == nil {
		answer.Population, answer.PopulationReason = p.population(pair{p.sel.agency.ID, p.sel.Field})
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
	answer.conclude(answer.summary())
	return answer, nil
}

// population gives the files of a place. That some rating is withheld is no matter here.
func (p *planner) population(at pair) (*int64, *VolumeReason) {
	v := p.volume(at)
	switch {
	case p.sel.Point != "" || p.sel.Delivery != "":
		return nil, pointer(VolumeFilter)
	case v == nil:
		return nil, pointer(VolumePeriod)
	case v.unknown || !v.sheet:
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

// leastDifference is how far from the target a truth has to be, in percentage points, so
// that a sample of less than millions tells them apart.
const leastDifference = 0.1

// verdict plans to show the truth on its side of the target; nil without a truth.
func (p *planner) verdict(marginAnswers int64) (*VerdictPlan, error) {
	q := p.query
	if q.Truth == nil {
		return nil, nil
	}
	target := q.Target
	if target == nil {
		promise := p.sel.promise(p.sel.subject(p.sel.agency, false, ""), p.sel.Period.Year()).inForce
		if promise == nil || !judged(p.sel.Measure) {
			return nil, unplannable("target", survey.ReasonRequired, nil)
		}
		target = pointer(float64(promise.BasisPoints) / 100)
	}
	if math.Abs(*q.Truth-*target) < leastDifference {
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
	plan := &AllocationPlan{Rule: q.Rule, Total: answers, Minimum: q.Minimum, Strata: []PlanStratum{}, Missing: []string{}}
	if q.Total != nil {
		plan.Total = *q.Total
	}
	rule := allocationRules[q.Rule]
	var strata []stats.Stratum
	var least, most int64
	for _, id := range p.sel.strataAgencies() {
		a, _ := p.sel.catalog.Agency(id)
		at := pair{id, p.sel.Field}
		files, _ := p.population(at)
		if files == nil {
			plan.Missing = append(plan.Missing, id)
			continue
		}
		expected := q.Expected
		if c := p.cell(at, p.sel.subject(a, false, "")); rule == stats.NeymanAllocation && c.Index != nil {
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
		_, reason := p.population(pair{p.sel.agency.ID, p.sel.Field})
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
	spread, err := stats.AllocateWithin(rule, strata, plan.Total, q.Minimum)
	switch {
	case err != nil && rule == stats.NeymanAllocation:
		// Where everybody agrees the rule gives nothing, and the others are too small for the total.
		return nil, nil, unplannable("rule", survey.ReasonNoVariation, nil)
	case err != nil:
		return nil, nil, miscounted(err)
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
