package results

import "sipas/stats"

// estimated gives counts as an estimate: of pooled measures with the respondent as its unit.
func estimated(measure string, c counts) (stats.Estimate, error) {
	if Pooled(measure) {
		ratio, err := stats.PooledIndex(c.moments(), Conf)
		return ratio.Estimate(), err
	}
	_, satisfied, answered := c.numbers(measure)
	return stats.ProportionInterval(stats.Wilson, satisfied, answered, Conf)
}

// compare tests the shown rows of known value, all together and each against the rest.
// Every number in it is a sum or a difference of figures that are shown.
func (d *division) compare(b *Breakdown) error {
	var groups []stats.Estimate
	var rows []*BreakdownRow
	var p []*float64
	total := d.whole.countsAt(d.at)
	for i, row := range b.Rows {
		if row.ID == nil && row.Cell.Withheld == nil {
			total = total.minus(d.parts[i].counts())
		}
	}
	for i := range b.Rows {
		row := &b.Rows[i]
		if row.ID == nil || row.Cell.Index == nil {
			continue
		}
		e, err := estimated(d.sel.Measure, d.parts[i].counts())
		if err != nil {
			return miscounted(err)
		}
		groups = append(groups, e)
		if b.Total.Cell.Index == nil {
			continue
		}
		if row.Rest, err = d.rest(e, total.minus(d.parts[i].counts())); err != nil {
			return miscounted(err)
		}
		if row.Rest != nil {
			rows, p = append(rows, row), append(p, row.Rest.P)
		}
	}
	reason := d.sel.unjudged()
	adjusted, err := stats.AdjustP(stats.Holm, p)
	if err != nil {
		return miscounted(err)
	}
	for i, row := range rows {
		r := row.Rest
		r.AdjustedP, r.Reason = adjusted[i], reason
		if reason == nil && r.AdjustedP != nil {
			r.Verdict = pointer(groupVerdict(clearSide(r.AdjustedP, r.Interval)))
		}
	}
	test, err := stats.HomogeneityTest(groups)
	if err != nil {
		return miscounted(err)
	}
	if test.P == nil {
		return nil
	}
	b.Test = &GroupTest{Groups: len(groups), Statistic: *test.Statistic, DF: test.DF, P: *test.P, Reason: reason}
	if reason == nil {
		b.Test.Verdict = pointer(GroupsUnclear)
		if clearly(*test.P) {
			b.Test.Verdict = pointer(GroupsDifferent)
		}
	}
	return nil
}

// rest sets a row against the ratings of the total that are not its own; nil without any.
func (d *division) rest(row stats.Estimate, other counts) (*RestTest, error) {
	n, _, _ := other.numbers(d.sel.Measure)
	if n == 0 || d.sel.tooFew(n) {
		return nil, nil
	}
	rest, err := estimated(d.sel.Measure, other)
	if err != nil {
		return nil, err
	}
	difference, err := stats.EstimateDifference(row, rest)
	if err != nil {
		return nil, err
	}
	test, err := stats.DifferenceTest(row, rest)
	if err != nil {
		return nil, err
	}
	return &RestTest{N: n, Index: 100 * *rest.Value, Difference: 100 * *difference.Value, Interval: interval(difference.Interval), P: test.P}, nil
}

// unjudged says why tests of the period have no verdict, nil where they have.
func (sel *selection) unjudged() *BoundReason {
	switch {
	case !sel.Period.Calendar():
		return pointer(ReasonCustomPeriod)
	case !sel.Period.Closed(sel.today):
		return pointer(ReasonPeriodOpen)
	}
	return nil
}

// groupVerdict puts a comparison with the rest in plain words.
func groupVerdict(side int) GroupVerdict {
	switch {
	case side > 0:
		return GroupsHigher
	case side < 0:
		return GroupsLower
	}
	return GroupsUnclear
}

// clearly reports whether chance alone would bring about too seldom what a test found.
func clearly(p float64) bool { return p <= 1-Conf }

// clearSide says on which side of 0 a difference clearly lies: −1, 1, or 0 where its test,
// adjusted where several are looked at, or its interval leaves that open.
func clearSide(p *float64, i *Interval) int {
	switch {
	case p == nil || i == nil || !clearly(*p):
		return 0
	case i.Lower > 0:
		return 1
	case i.Upper < 0:
		return -1
	}
	return 0
}
