package results

import (
	"math"

	"sipas/stats"
	"sipas/survey"
)

// volume is the files behind a figure.
type volume struct {
	files   int64
	sheet   bool // some sheet says so
	unknown bool // some month of some agency is not known
}

func (v *volume) add(o *volume) {
	v.files += o.files
	v.sheet = v.sheet || o.sheet
	v.unknown = v.unknown || o.unknown
}

// figure makes a cell of counts, or of nothing where a publication rule keeps it
// back. A nil volume means that files are not known by what the figure is limited to.
func (sel *selection) figure(measure string, c counts, subject survey.Subject, period survey.Period, v *volume, withheld *Withheld) (Cell, error) {
	cell := Cell{Measure: measure, RuleVersion: RuleVersion, Bound: Bound{Basis: BasisSelfSelected}}
	n, satisfied, answered := c.numbers(measure)
	if withheld == nil {
		poor, err := sel.tooLittle(measure, c)
		if err != nil {
			return Cell{}, err
		}
		if poor {
			withheld = pointer(WithheldMinimumN)
		}
	}
	if withheld != nil {
		cell.Withheld = withheld
		cell.Bound.Reason = pointer(ReasonWithheld)
		return cell, nil
	}
	cell.N, cell.Satisfied, cell.Answered = &n, &satisfied, &answered
	promise := sel.promise(subject, period.Year())
	cell.Target, cell.Milestone = shown(promise.inForce), shown(promise.milestone)
	cell.Coverage = coverage(n, v)
	if n == 0 {
		cell.Bound.Reason = pointer(ReasonTooFew)
		return cell, nil
	}
	cell.Index = percent(float64(satisfied) / float64(answered))
	var e estimator
	if Pooled(measure) {
		ratio, err := stats.PooledIndex(c.moments(), Conf)
		if err != nil {
			return Cell{}, miscounted(err)
		}
		cell.Interval = interval(ratio.IntervalT)
		e = sel.pooledEstimator(c, ratio)
	} else {
		estimate, err := stats.ProportionInterval(stats.Wilson, satisfied, answered, Conf)
		if err != nil {
			return Cell{}, miscounted(err)
		}
		cell.Interval = interval(estimate.Interval)
		if cell.Mean, err = stats.MeanLevel(c.levels().Scale()); err != nil {
			return Cell{}, miscounted(err)
		}
		e = sel.singleEstimator(satisfied, answered)
	}
	target := promise.inForce
	if target != nil && judged(measure) {
		cell.Plan = pointer(PlanNotMet)
		if stats.MeetsTarget(satisfied, answered, target.BasisPoints, target.Comparator == survey.Above) {
			cell.Plan = pointer(PlanMet)
		}
	}
	var err error
	cell.Bound, err = sel.bound(e, target, period)
	return cell, err
}

// minimum is the smallest number of respondents of a figure that the query's audience may see.
func (sel *selection) minimum() int64 {
	if sel.Audience == AudiencePublic {
		return PublicN
	}
	return MinimumN
}

// tooFew reports whether so many respondents are too few to be shown. Nobody is no secret.
func (sel *selection) tooFew(n int64) bool { return 0 < n && n < sel.minimum() }

// tooLittle reports whether a figure is of too few respondents, or, for the public,
// of too few to be as precise as the standard of stats.PublicationRule asks.
func (sel *selection) tooLittle(measure string, c counts) (bool, error) {
	n, satisfied, answered := c.numbers(measure)
	if n == 0 || sel.tooFew(n) || sel.Audience != AudiencePublic {
		return sel.tooFew(n), nil
	}
	share := float64(satisfied) / float64(answered)
	d := stats.Design{Share: share, SE: math.Sqrt(share * (1 - share) / float64(n)), N: n, DF: float64(n - 1)}
	if Pooled(measure) {
		ratio, err := stats.PooledIndex(c.moments(), Conf)
		if err != nil {
			return false, miscounted(err)
		}
		d.SE = *ratio.SE // known from two respondents on
	}
	p, err := stats.PublicationRule(d, Conf)
	if err != nil {
		return false, miscounted(err)
	}
	return !p.Publish, nil
}

// coverage sets n against the files, nil where they are not known.
func coverage(n int64, v *volume) *Coverage {
	if v == nil || v.unknown || !v.sheet {
		return nil
	}
	c := &Coverage{Volume: v.files, Impossible: n > v.files}
	if v.files > 0 {
		c.Share = percent(float64(n) / float64(v.files))
	}
	return c
}

// estimator is what a bound needs of a share.
type estimator struct {
	effectiveN float64
	judge      func(target *survey.Target) (verdict, error)
}

// verdict sets a share against a promise.
type verdict struct {
	stats.Decision
	needed *int64
}

// verdictKey is all that a verdict rests on: the counts of a pool, or the satisfied answers and answers to a single item.
type verdictKey struct {
	counts
	pooled      bool
	basisPoints int64
}

func shareOf(t *survey.Target) float64 { return float64(t.BasisPoints) / 10_000 }

func (sel *selection) singleEstimator(satisfied, answered int64) estimator {
	return estimator{
		effectiveN: float64(answered),
		judge: func(target *survey.Target) (verdict, error) {
			return sel.verdicts.of(verdictKey{counts{satisfied, answered}, false, target.BasisPoints}, func() (v verdict, err error) {
				if v.Decision, err = stats.Decide(satisfied, answered, shareOf(target), Conf); err != nil {
					return v, err
				}
				v.needed, err = stats.AnswersNeeded(satisfied, answered, shareOf(target), Conf)
				return v, err
			})
		},
	}
}

func (sel *selection) pooledEstimator(c counts, r stats.Ratio) estimator {
	e := estimator{judge: func(target *survey.Target) (verdict, error) {
		return sel.verdicts.of(verdictKey{c, true, target.BasisPoints}, func() (v verdict, err error) {
			if v.Decision, err = r.Decide(shareOf(target), Conf); err != nil {
				return v, err
			}
			v.needed, err = r.RespondentsNeeded(shareOf(target), Conf)
			return v, err
		})
	}}
	if r.EffectiveN != nil {
		e.effectiveN = *r.EffectiveN
	}
	return e
}

// bound sets a figure against the promise in force. Re-testing while a period is
// open would find a verdict sooner or later, so only a closed one has it.
func (sel *selection) bound(e estimator, target *survey.Target, period survey.Period) (Bound, error) {
	b := Bound{Basis: BasisSelfSelected}
	switch {
	case target == nil:
		b.Reason = pointer(ReasonNoTarget)
	case !period.Calendar():
		b.Reason = pointer(ReasonCustomPeriod)
	case !period.Closed(sel.today):
		b.Reason = pointer(ReasonPeriodOpen)
	}
	if b.Reason != nil {
		return b, nil
	}
	v, err := e.judge(target)
	if err != nil {
		return Bound{}, miscounted(err)
	}
	b.AnswersNeeded = v.needed
	b.Method, b.Conf = pointer(string(v.Method)), pointer(Conf)
	b.Side, b.Value = pointer("upper"), percent(v.Decision.Bound)
	if v.Lower {
		b.Side = pointer("lower")
	}
	switch v.Verdict {
	case stats.Above:
		b.Verdict = pointer(BoundAbove)
	case stats.Below:
		b.Verdict = pointer(BoundBelow)
	default:
		b.Verdict = pointer(BoundOpen)
		// Everybody satisfied would have had the probability target^n at the promise itself.
		if math.Pow(shareOf(target), e.effectiveN) > 1-Conf {
			b.Reason = pointer(ReasonTooFew)
		}
	}
	return b, nil
}

// subject says what a figure is about, as far as promises go: an agency's, or one
// field's where byField or where the whole query is limited to a field.
func (sel *selection) subject(a survey.Agency, byField bool, field string) survey.Subject {
	s := survey.Subject{Delivery: sel.Delivery}
	switch {
	case sel.Field != "":
		s.ByField, s.Field = true, sel.Field
	case byField:
		s.ByField, s.Field = true, field
	case a.Kind == survey.KindProvider:
		s.Sector = a.Sector
	}
	return s
}

func (sel *selection) promise(s survey.Subject, year int) promise {
	key := promiseKey{s, year}
	sel.shared.promising.Lock()
	defer sel.shared.promising.Unlock()
	p, ok := sel.shared.promises[key]
	if !ok {
		p.inForce, p.milestone = survey.TargetsFor(sel.catalog.Targets(), s, year)
		sel.shared.promises[key] = p
	}
	return p
}

func shown(t *survey.Target) *Target {
	if t == nil {
		return nil
	}
	return &Target{ID: t.ID, Percent: float64(t.BasisPoints) / 100, Comparator: t.Comparator, Deadline: t.Deadline, Name: t.Name, Why: t.Scope}
}

func interval(i *stats.Interval) *Interval {
	if i == nil {
		return nil
	}
	return &Interval{Lower: 100 * i.Lower, Upper: 100 * i.Upper, Method: string(i.Method), Conf: i.Conf}
}

func percent(share float64) *float64 { return pointer(100 * share) }

func pointer[T any](v T) *T { return &v }

func miscounted(err error) error {
	return &survey.Error{Code: survey.CodeInternal, Message: "counts that cannot be", Err: err}
}
