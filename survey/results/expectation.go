package results

import (
	"sipas/stats"
	"sipas/survey"
)

// Expectation is how the service was beside what had been expected, as respondents said
// of both in one answer: the scale of disconfirmation, from −2 (much worse) over
// 0 (as expected) to 2 (much better). Nothing was asked before the service.
//
// A withheld one has null for every number.
type Expectation struct {
	Question survey.Text         `json:"question"`
	N        *int64              `json:"n"`
	Options  []ExpectationOption `json:"options"` // from much worse to much better
	Better   *float64            `json:"better"`  // percent of n
	Worse    *float64            `json:"worse"`   // percent of n
	Gap      *Estimate           `json:"gap"`     // the mean of the scale, with its t interval
	Withheld *Withheld           `json:"withheld"`
}

// ExpectationOption is one answer.
type ExpectationOption struct {
	ID    string      `json:"id"`
	Name  survey.Text `json:"name"`
	Count *int64      `json:"count"`
	Share *float64    `json:"share"` // percent of n
}

// expected shows the expectations counted in a table; nil where nobody was asked or answered.
func (sel *selection) expected(t *table, at pair) (*Expectation, error) {
	c := t.countsAt(at)
	question := sel.question(expectation)
	if n := t.n(c); n == 0 || !isScale(question) {
		return nil, nil
	}
	e := &Expectation{Question: question.Text, Withheld: t.withholding(at)}
	for _, o := range question.Options {
		e.Options = append(e.Options, ExpectationOption{ID: o.ID, Name: o.Text})
	}
	if e.Withheld != nil {
		return e, nil
	}
	counts := c.levels().Scale()
	score, err := stats.MeanScore(counts, Conf)
	if err != nil {
		return nil, miscounted(err)
	}
	e.N = &score.N
	for i := range e.Options {
		e.Options[i].Count, e.Options[i].Share = &counts[i], percent(score.Shares[i])
	}
	e.Better, e.Worse = percent(*score.Top2), percent(*score.Bottom2)
	const asExpected = 3
	e.Gap = &Estimate{Value: *score.Mean - asExpected, Conf: Conf}
	if i := score.Interval; i != nil {
		e.Gap.Lower, e.Gap.Upper, e.Gap.Method = pointer(i.Lower-asExpected), pointer(i.Upper-asExpected), string(i.Method)
	}
	return e, nil
}
