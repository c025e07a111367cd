package results

import (
	"cmp"
	"context"

	"sipas/stats"
	"sipas/survey"
)

// side is one of two figures being compared.
type side struct {
	sel      *selection
	maker    *maker
	at       pair
	subject  survey.Subject
	counts   counts
	withheld *Withheld
	narrow   *side // whose ratings were taken out; nil: none
}

func (sel *selection) comparison(ctx context.Context, q ComparisonQuery, others []*selection) (Comparison, error) {
	c := Comparison{Pairs: []ComparedPair{}}
	figure, err := sel.side(nil)
	if err != nil {
		return Comparison{}, err
	}
	for _, other := range others {
		if err := alive(ctx); err != nil {
			return Comparison{}, err
		}
		relation := relate(sel, other)
		switch {
		case relation.within && relation.holds:
			return Comparison{}, unreadable([]survey.FieldError{{Path: q.firstGiven(), Reason: survey.ReasonSameFigure}})
		case !relation.apart && (q.Units != nil || !relation.within && !relation.holds):
			return Comparison{}, unreadable([]survey.FieldError{{Path: q.firstGiven(), Reason: survey.ReasonOverlap}})
		}
		against, err := other.side(figure)
		if err != nil {
			return Comparison{}, err
		}
		first, second := figure, against
		switch {
		case relation.apart:
		case relation.within:
			second = against.without(figure)
		case relation.holds:
			first = figure.without(against)
		}
		pair, err := compared(first, second)
		if err != nil {
			return Comparison{}, err
		}
		c.Pairs = append(c.Pairs, pair)
		if q.Units != nil {
			if c.Units, err = comparedUnits(figure, against, q); err != nil {
				return Comparison{}, err
			}
		}
	}
	c.Heading = sel.heading(sel.comparisonMethods(&c)...)
	c.conclude(c.summary(sel))
	return c, nil
}

// side counts the figure of a selection; in the table of another side where the two share it.
func (sel *selection) side(other *side) (*side, error) {
	s := &side{sel: sel, at: pair{sel.agency.ID, sel.Field}, subject: sel.subject(sel.agency, false, "")}
	if other != nil && other.sel.Period == sel.Period && other.sel.Capture == sel.Capture && other.sel.Delivery == sel.Delivery {
		s.maker = &maker{sel: sel, table: other.maker.table}
	} else {
		t, err := sel.newTable(sel.Measure)
		if err != nil {
			return nil, err
		}
		s.maker = &maker{sel: sel, table: t}
	}
	t := s.maker.table
	s.maker.volumes = sel.volumes(sel.Period, t)
	s.counts, s.withheld = t.countsAt(s.at), t.withholding(s.at)
	return s, nil
}

// without takes the ratings of a narrower side out of a wider one. What remains is
// told by the two figures anyway; it is shown only where both are and it is enough.
func (s *side) without(narrow *side) *side {
	rest := *s
	rest.narrow, rest.maker = narrow, &maker{sel: s.sel, table: s.maker.table}
	rest.counts = rest.counts.minus(narrow.counts)
	n, _, _ := rest.counts.numbers(s.sel.Measure)
	switch {
	case s.withheld != nil:
	case narrow.withheld != nil:
		rest.withheld = pointer(WithheldSecondary)
	case s.sel.tooFew(n):
		rest.withheld = pointer(WithheldMinimumN)
	}
	return &rest
}

// relation says how the ratings of two selections lie to each other.
type relation struct {
	apart  bool // none in common
	within bool // all of the first are among those of the second
	holds  bool // all of the second are among those of the first
}

func relate(a, b *selection) relation {
	p, o := a.Period, b.Period
	r := relation{
		apart:  p.To < o.From || o.To < p.From,
		within: o.From <= p.From && p.To <= o.To,
		holds:  p.From <= o.From && o.To <= p.To,
	}
	inside, around := a.catalog.Within(a.agency.ID, b.agency.ID), a.catalog.Within(b.agency.ID, a.agency.ID)
	r = r.and(relation{apart: !inside && !around, within: inside, holds: around})
	for _, values := range [][2]string{{a.Field, b.Field}, {string(a.Capture), string(b.Capture)}, {string(a.Delivery), string(b.Delivery)}} {
		x, y := values[0], values[1]
		r = r.and(relation{apart: x != y && x != "" && y != "", within: x == y || y == "", holds: x == y || x == ""})
	}
	return r
}

func (r relation) and(o relation) relation {
	return relation{r.apart || o.apart, r.within && o.within, r.holds && o.holds}
}

func compared(a, b *side) (ComparedPair, error) {
	p := ComparedPair{Figure: a.figure(), Against: b.figure(), Cautions: []MixCaution{}}
	for _, s := range []*side{a, b} {
		if s.maker.err != nil {
			return ComparedPair{}, s.maker.err
		}
	}
	var err error
	p.Difference, err = a.sel.difference(b.sel.Period, a.counts, b.counts, p.Figure.Cell, p.Against.Cell)
	if err != nil {
		return ComparedPair{}, err
	}
	p.Difference.judge()
	if p.Difference.Points == nil {
		return p, nil
	}
	for _, m := range mixings {
		if m.kind == MixCapture && a.sel.Capture != b.sel.Capture {
			continue // which is what was asked for
		}
		first, second, err := m.mixes(a, b)
		if err != nil {
			return ComparedPair{}, err
		}
		if first != nil {
			p.Cautions = append(p.Cautions, MixCaution{m.kind, first, second})
		}
	}
	return p, nil
}

func (s *side) figure() ComparedFigure {
	sel := s.sel
	f := ComparedFigure{Period: sel.periodInfo(), Agency: infoOf(sel.agency), Rest: s.narrow != nil}
	if sel.Field != "" {
		f.Field = &sel.Field
		_, f.fieldName = sel.fieldName(sel.Field)
	}
	if sel.Capture != "" {
		f.Capture = &sel.Capture
	}
	if sel.Delivery != "" {
		f.Delivery = &sel.Delivery
	}
	f.Cell = s.maker.figure(sel.Measure, s.counts, s.subject, s.at, s.withheld)
	return f
}

// difference sets two figures of the measure against each other, as far as both
// are shown. It is not yet judged.
func (sel *selection) difference(against survey.Period, a, b counts, first, second Cell) (Difference, error) {
	switch {
	case first.Withheld != nil || second.Withheld != nil:
		return Difference{Reason: pointer(DifferenceWithheld)}, nil
	case first.Index == nil || second.Index == nil:
		return Difference{Reason: pointer(DifferenceOfNobody)}, nil
	}
	p, err := estimateOf(sel.Measure, a)
	if err != nil {
		return Difference{}, err
	}
	q, err := estimateOf(sel.Measure, b)
	if err != nil {
		return Difference{}, err
	}
	found, err := stats.EstimateDifference(p, q)
	if err != nil {
		return Difference{}, miscounted(err)
	}
	test, err := stats.DifferenceTest(p, q)
	if err != nil {
		return Difference{}, miscounted(err)
	}
	d := Difference{Points: percent(*found.Value), Interval: interval(found.Interval)}
	if test.P != nil {
		d.Test = &Test{Z: *test.Statistic, P: *test.P}
	}
	for _, period := range []survey.Period{sel.Period, against} {
		switch {
		case !period.Closed(sel.today):
			d.Reason = pointer(DifferencePeriodOpen)
		case !period.Calendar() && d.Reason == nil:
			d.Reason = pointer(DifferenceCustomPeriod)
		}
	}
	return d, nil
}

// judge gives the verdict of a difference that may have one.
func (d *Difference) judge() {
	if d.Reason != nil {
		return
	}
	d.Verdict = pointer(Unclear)
	if d.Test == nil {
		return
	}
	switch clearSide(cmp.Or(d.Test.AdjustedP, &d.Test.P), d.Interval) {
	case 1:
		d.Verdict = pointer(Higher)
	case -1:
		d.Verdict = pointer(Lower)
	}
}

// comparedUnits sets each unit of a league against itself in the other period;
// its tests are adjusted for the number of units with both figures.
func comparedUnits(figure, against *side, q ComparisonQuery) (*ComparedUnits, error) {
	units := &ComparedUnits{League: *q.Units, Period: against.sel.periodInfo(), Adjustment: q.Adjust, Rows: []ComparedUnit{}}
	now, then := figure.maker, against.maker
	for _, u := range figure.sel.members(*q.Units, figure.sel.Period, against.sel.Period) {
		a, b := now.table.countsAt(u.at), then.table.countsAt(u.at)
		if q.Units.By == ByField && now.table.n(a) == 0 && then.table.n(b) == 0 {
			continue
		}
		row := ComparedUnit{Unit: u.Unit, Cell: now.cell(u.at, u.subject), Against: then.cell(u.at, u.subject)}
		var err error
		if row.Difference, err = figure.sel.difference(against.sel.Period, a, b, row.Cell, row.Against); err != nil {
			return nil, err
		}
		if row.Difference.Points != nil {
			units.Compared++
		}
		units.Rows = append(units.Rows, row)
	}
	for _, m := range []*maker{now, then} {
		if m.err != nil {
			return nil, m.err
		}
	}
	p := make([]*float64, len(units.Rows))
	for i, row := range units.Rows {
		if row.Difference.Test != nil {
			p[i] = &row.Difference.Test.P
		}
	}
	adjusted, err := stats.AdjustP(q.Adjust, p)
	if err != nil {
		return nil, miscounted(err)
	}
	for i := range units.Rows {
		d := &units.Rows[i].Difference
		if d.Test != nil {
			d.Test.AdjustedP = adjusted[i]
		}
		d.judge()
	}
	return units, nil
}
