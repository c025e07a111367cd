package results

import (
	"math"
	"slices"
	"strconv"

	"sipas/stats"
	"sipas/survey"
)

// row shows one stratum.
func (d *draw) row(s *drawn, population int64) (SampleStratum, error) {
	row := SampleStratum{ID: s.ID, Name: s.Name, Agencies: s.Agencies, Population: s.Population, Planned: s.Planned,
		Share: 100 * float64(s.Population) / float64(population)}
	if s.Clusters > 0 {
		row.Clusters = &s.Clusters
	}
	var err error
	if row.Figure, err = d.figure([]drawn{*s}); err != nil || row.Figure.N == nil {
		return row, err
	}
	n := float64(s.n())
	row.Fraction, row.Response = percent(n/float64(s.Population)), percent(n/float64(s.Planned))
	if n > 0 {
		row.Weight = pointer(float64(s.Population) / n)
	}
	if d.campaign.Unit != survey.UnitPerson && !s.hides {
		row.Drawn = pointer(int64(s.clusters))
	}
	return row, nil
}

// figure estimates the whole that some strata make up.
func (d *draw) figure(strata []drawn) (SampleFigure, error) {
	f := SampleFigure{Bound: Bound{Basis: BasisProbability}, Strata: []string{}}
	whole := len(strata) > 1 || len(d.strata) == 1
	if whole {
		agency, _ := d.sel.catalog.Agency(d.campaign.Agency)
		promise := d.sel.promise(d.sel.subject(agency, false, ""), d.campaign.To.Year())
		f.Target, f.Milestone = shown(promise.inForce), shown(promise.milestone)
	}
	if reason, about := obstacle(strata, func(s *drawn) bool { return s.withheld != nil }, SampleWithheld); reason != nil {
		f.Reason, f.Strata, f.Bound.Reason, f.Target, f.Milestone = reason, about, pointer(ReasonWithheld), nil, nil
		if f.Withheld = strata[0].withheld; len(strata) > 1 {
			f.Withheld = pointer(WithheldSecondary)
		}
		return f, nil
	}
	n := int64(0)
	for i := range strata {
		n += strata[i].n()
	}
	f.N = &n
	for _, o := range []struct {
		is     func(s *drawn) bool
		reason SampleReason
	}{
		{func(s *drawn) bool { return s.n() == 0 }, SampleNoAnswers},
		{(*drawn).impossible, SampleImpossible},
	} {
		if f.Reason, f.Strata = obstacle(strata, o.is, o.reason); f.Reason != nil {
			f.Bound.Reason = pointer(ReasonNotEstimated)
			return f, nil
		}
	}
	e, err := d.estimate(strata, d.campaign.Unit)
	if err != nil {
		return f, err
	}
	f.Index = percent(*e.Value)
	if f.Reason, f.Strata = obstacle(strata, func(s *drawn) bool { return s.hides }, SampleClustersKept); f.Reason == nil && d.campaign.Unit != survey.UnitPerson {
		f.Reason, f.Strata = obstacle(strata, (*drawn).lone, SampleLoneCluster)
	}
	limits := d.possible(strata)
	if f.Reason == nil {
		if f.Precision, err = precision(e, limits); err != nil {
			return f, err
		}
		if f.Precision == nil { // every unit of the frame was drawn, but there is only one
			f.Reason, f.Strata = obstacle(strata, func(*drawn) bool { return true }, SampleLoneCluster)
		}
	}
	if vague, err := d.vague(e, f.Precision); err != nil || vague {
		return SampleFigure{Bound: Bound{Basis: BasisProbability, Reason: pointer(ReasonWithheld)}, Withheld: pointer(WithheldMinimumN), Reason: pointer(SampleWithheld), Strata: []string{}}, err
	}
	if f.Unweighted, err = d.unweighted(strata, limits); err != nil {
		return f, err
	}
	return f, d.judge(&f, e, limits, whole)
}

// vague reports whether the public cannot see an estimate: it is not as precise as the standard of
// stats.PublicationRule asks.
func (d *draw) vague(e stats.DesignEstimate, p *Precision) (bool, error) {
	if d.sel.Audience != AudiencePublic {
		return false, nil
	}
	design, ok := e.Design()
	if !ok || p == nil {
		return true, nil
	}
	rule, err := stats.PublicationRule(design, Conf)
	return !rule.Publish, err
}

// obstacle names the strata of which something is true, with the reason it is; nil without any.
func obstacle(strata []drawn, is func(s *drawn) bool, reason SampleReason) (*SampleReason, []string) {
	about := []string{}
	for i := range strata {
		if is(&strata[i]) {
			about = append(about, strata[i].ID)
		}
	}
	if len(about) == 0 {
		return nil, about
	}
	return &reason, about
}

// estimate is that of the strata as they were drawn. Where the standard error cannot be known, the index is
// right and nothing else may be shown.
func (d *draw) estimate(strata []drawn, unit survey.SamplingUnit) (stats.DesignEstimate, error) {
	var weights, population, satisfied, answers []float64
	var labels, clusters []string
	for i := range strata {
		s := &strata[i]
		of := float64(s.Population)
		if unit != survey.UnitPerson {
			if of = float64(s.Clusters); s.Clusters == 0 {
				of = math.Inf(1) // as if drawn with replacement, which is on the safe side
			}
		}
		for _, a := range s.answers {
			weights = append(weights, float64(s.Population)/float64(s.n()))
			population, labels, clusters = append(population, of), append(labels, strconv.Itoa(i)), append(clusters, a.cluster)
			satisfied, answers = append(satisfied, a.satisfied), append(answers, a.answered)
		}
	}
	stages := []stats.SamplingStage{{Strata: labels, Population: population}}
	if unit != survey.UnitPerson {
		stages[0].Clusters = clusters
		stages = append(stages, stats.SamplingStage{}) // the citizens of a cluster, of whom nobody counted how many there are
	}
	// Lone clusters have been looked for: the rule decides of nothing that is shown.
	design, err := stats.NewSampleDesign(weights, stats.LonelyRemove, stages...)
	if err != nil {
		return stats.DesignEstimate{}, err
	}
	if Pooled(d.measure) {
		return design.Ratio(satisfied, answers, nil)
	}
	return design.Mean(satisfied, nil)
}

// unweighted takes the answers for a simple random sample of the whole frame.
func (d *draw) unweighted(strata []drawn, limits stats.Interval) (*Unweighted, error) {
	together := drawn{}
	for i := range strata {
		together.Population += strata[i].Population
		together.answers = slices.Concat(together.answers, strata[i].answers)
	}
	e, err := d.estimate([]drawn{together}, survey.UnitPerson)
	if err != nil {
		return nil, err
	}
	u := &Unweighted{Index: 100 * *e.Value}
	u.Precision, err = precision(e, limits)
	return u, err
}

// possible are the limits that no frame can lie beyond, whatever those say who did not answer. Of
// pooled measures nothing is known of them.
func (d *draw) possible(strata []drawn) stats.Interval {
	if Pooled(d.measure) {
		return stats.Interval{Lower: 0, Upper: 1}
	}
	var population, satisfied, silent float64
	for i := range strata {
		population += float64(strata[i].Population)
		silent += float64(strata[i].Population - strata[i].n())
		for _, a := range strata[i].answers {
			satisfied += a.satisfied
		}
	}
	return stats.Interval{Lower: satisfied / population, Upper: (satisfied + silent) / population}
}

// precision is nil where an estimate has no standard error.
func precision(e stats.DesignEstimate, limits stats.Interval) (*Precision, error) {
	d, ok := e.Design()
	if !ok || d.DF == 0 {
		return nil, nil
	}
	wilson, err := d.Interval(stats.WilsonT, Conf)
	if err != nil {
		return nil, err
	}
	margin, err := e.Interval(Conf)
	if err != nil || margin == nil || wilson.Interval == nil {
		return nil, err
	}
	effective, err := d.EffectiveN()
	if err != nil {
		return nil, err
	}
	p := &Precision{SE: 100 * d.SE, EffectiveN: *effective, DesignEffect: e.DesignEffect, DF: d.DF}
	if d.SE > 0 {
		p.Margin = pointer(50 * (margin.Upper - margin.Lower))
	}
	i := *wilson.Interval
	// Of a stratum that was asked almost whole, chance could only change what is left of it.
	i.Lower, i.Upper = math.Max(i.Lower, limits.Lower), math.Min(i.Upper, limits.Upper)
	p.Interval = *interval(&i)
	return p, nil
}

// judge sets a figure of the whole against its promise, once the fieldwork is over.
func (d *draw) judge(f *SampleFigure, e stats.DesignEstimate, limits stats.Interval, whole bool) error {
	if !whole || f.Target == nil {
		f.Bound.Reason = pointer(ReasonNoTarget)
		return nil
	}
	// Sums of weights err in the last digits: nine tenths of 0.1 are not 0.9.
	const rounding = 1e-12
	target := f.Target.Percent / 100
	if judged(d.measure) {
		f.Plan = pointer(PlanNotMet)
		if *e.Value > target+rounding || f.Target.Comparator == survey.AtLeast && *e.Value >= target-rounding {
			f.Plan = pointer(PlanMet)
		}
	}
	if d.sel.today <= d.campaign.To {
		f.Bound.Reason = pointer(ReasonPeriodOpen)
		return nil
	}
	design, ok := e.Design()
	if f.Precision == nil || !ok {
		f.Bound.Reason = pointer(ReasonNotEstimated)
		return nil
	}
	c, err := design.Compare(target, Conf)
	if err != nil {
		return err
	}
	c.Lower, c.Upper = math.Max(c.Lower, limits.Lower), math.Min(c.Upper, limits.Upper)
	b := &f.Bound
	b.Method, b.Conf, b.Verdict = pointer(string(c.Method)), pointer(Conf), pointer(BoundOpen)
	b.Side, b.Value = pointer("upper"), percent(c.Upper)
	if *e.Value >= target {
		b.Side, b.Value = pointer("lower"), percent(c.Lower)
	}
	switch {
	case c.Lower >= target:
		b.Verdict = pointer(BoundAbove)
	case c.Upper < target:
		b.Verdict = pointer(BoundBelow)
	case math.Pow(target, f.Precision.EffectiveN) > 1-Conf:
		b.Reason = pointer(ReasonTooFew)
	}
	return nil
}
