package results

import (
	"context"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// MaxBreakdownRows is the largest number of points or months that one answer splits
// a figure into: each is judged by the publication rules of a figure of its own.
const MaxBreakdownRows = 60

// BreakdownQuery is a query and what to split its figure by.
type BreakdownQuery struct {
	Query
	By Dimension
}

// ParseBreakdownQuery reads the parameter by and those of [ParseQuery]. Errors as there.
func ParseBreakdownQuery(get func(string) string, today survey.Date) (BreakdownQuery, error) {
	var errs []survey.FieldError
	by := Dimension(get("by"))
	if by == "" {
		errs = append(errs, survey.FieldError{Path: "by", Reason: survey.ReasonRequired})
	} else if !slices.Contains(Dimensions, by) {
		errs = append(errs, survey.FieldError{Path: "by", Reason: survey.ReasonUnknownOption})
	}
	q, err := ParseQuery(get, today)
	return BreakdownQuery{q, by}, withFields(err, errs)
}

// Breakdown is a figure and its parts by one dimension. The ratings of the rows,
// that of the unknown value included, add up to the total; what is withheld cannot be
// derived from the rest.
type Breakdown struct {
	Heading
	By    Dimension      `json:"by"`
	Total BreakdownRow   `json:"total"` // its id is null
	Rows  []BreakdownRow `json:"rows"`
	Test  *GroupTest     `json:"test"` // of all rows together; null where fewer than two are shown or nothing differs
}

// BreakdownRow is one part. A null ID is the ratings of which the value is not known.
type BreakdownRow struct {
	ID        *string     `json:"id"`
	Name      survey.Text `json:"name"`
	Cell      Cell        `json:"cell"`
	Levels    *Levels     `json:"levels"`    // answers by level; null for pooled measures and where withheld
	Score     *Score      `json:"score"`     // the mean level on 0 to 100; null for pooled measures and where withheld
	MacroMean *float64    `json:"macroMean"` // percent: mean of the criteria's shares; of pooled measures, for the total and by agency and field, where every criterion's figure is shown
	Full      *Full       `json:"full"`      // who is satisfied with everything; null for single items and where withheld
	Rest      *RestTest   `json:"rest"`      // against the other rows; null for the total, the unknown value, and where either side is withheld
}

// Score is the mean level of the answers on a scale from 0 (level 1) to 100 (level 5).
type Score struct {
	Value    float64   `json:"value"`
	Interval *Interval `json:"interval"` // two-sided, Student's t, not cut to 0 to 100; null for a single answer
}

// Full is the share of respondents who are satisfied with everything they answered of
// a pooled measure.
type Full struct {
	N        int64     `json:"n"`     // such respondents
	Share    float64   `json:"share"` // percent of the respondents
	Interval *Interval `json:"interval"`
}

// GroupVerdict says in plain words what a test found.
type GroupVerdict string

// The verdicts of tests of groups.
const (
	GroupsHigher    GroupVerdict = "higher"    // clearly above the rest
	GroupsLower     GroupVerdict = "lower"     // clearly below the rest
	GroupsDifferent GroupVerdict = "different" // of all rows: they clearly differ
	GroupsUnclear   GroupVerdict = "unclear"   // the difference may be random
)

// GroupTest asks whether the shown rows of known value differ by more than chance. It says
// nothing of how the respondents came to answer.
type GroupTest struct {
	Groups    int           `json:"groups"`
	Statistic float64       `json:"statistic"` // χ²; of pooled measures on the effective numbers of respondents
	DF        float64       `json:"df"`
	P         float64       `json:"p"`
	Verdict   *GroupVerdict `json:"verdict"` // for closed calendar periods only
	Reason    *BoundReason  `json:"reason"`  // why there is no verdict
}

// RestTest sets a row against the ratings of the total that are not its own; those of
// unknown value are left out as well, unless their row is withheld.
type RestTest struct {
	N          int64         `json:"n"`          // respondents of the rest
	Index      float64       `json:"index"`      // percent, of the rest
	Difference float64       `json:"difference"` // percentage points: row − rest
	Interval   *Interval     `json:"interval"`   // of the difference alone, Newcombe; percentage points
	P          *float64      `json:"p"`          // of the row alone; null where all or none are satisfied
	AdjustedP  *float64      `json:"adjustedP"`  // for the number of rows, Holm
	Verdict    *GroupVerdict `json:"verdict"`    // by AdjustedP and Interval; for closed calendar periods only
	Reason     *BoundReason  `json:"reason"`     // why there is no verdict
}

// Breakdown splits the figure of the query's agency and everything below it. A
// dimension of too many points or months is refused as invalid; other errors as with Board.
func (s *Service) Breakdown(ctx context.Context, actor survey.Actor, q BreakdownQuery) (Breakdown, error) {
	sel, err := s.selection(actor, q.Query)
	if err != nil {
		return Breakdown{}, err
	}
	return sel.breakdown(ctx, q.By)
}

func (sel *selection) breakdown(ctx context.Context, by Dimension) (Breakdown, error) {
	whole, err := sel.newTable(sel.Measure)
	if err != nil {
		return Breakdown{}, err
	}
	d := &division{sel: sel, by: by, whole: whole, at: pair{sel.agency.ID, sel.Field}, volumes: map[*table][]volume{}}
	if err := d.divide(ctx); err != nil {
		return Breakdown{}, err
	}
	b := Breakdown{Heading: sel.heading(slices.Concat(sel.figureMethods(), sel.breakdownUses())...), By: by, Rows: []BreakdownRow{}}
	if b.Total, err = d.row(part{table: whole, at: d.at, subject: sel.subject(sel.agency, false, "")}); err != nil {
		return Breakdown{}, err
	}
	for _, p := range d.parts {
		row, err := d.row(p)
		if err != nil {
			return Breakdown{}, err
		}
		b.Rows = append(b.Rows, row)
	}
	if Pooled(sel.Measure) {
		if err := d.macroMeans(ctx, &b); err != nil {
			return Breakdown{}, err
		}
	}
	if err := d.compare(&b); err != nil {
		return Breakdown{}, err
	}
	b.conclude(b.summary(sel))
	return b, nil
}

// row makes a row of a part; what compares it with others comes later.
func (d *division) row(p part) (BreakdownRow, error) {
	sel := p.table.sel
	m := &maker{sel: sel, table: p.table}
	if p.own == nil {
		m.volumes = d.volumesOf(p.table)
	}
	c := p.counts()
	row := BreakdownRow{ID: p.id, Name: p.name, Cell: m.figure(d.sel.Measure, c, p.subject, p.at, p.withholding())}
	if row.Cell.Index == nil || m.err != nil {
		return row, m.err
	}
	if Pooled(d.sel.Measure) {
		moments := c.moments()
		share, err := stats.ProportionInterval(stats.Wilson, moments.Full, moments.Respondents, Conf)
		if err != nil {
			return BreakdownRow{}, miscounted(err)
		}
		row.Full = &Full{N: moments.Full, Share: 100 * *share.Value, Interval: interval(share.Interval)}
		return row, nil
	}
	levels := c.levels()
	row.Levels = &Levels{levels[1], levels[2], levels[3], levels[4], levels[5]}
	score, err := stats.MeanScore(levels.Scale(), Conf)
	if err != nil {
		return BreakdownRow{}, miscounted(err)
	}
	row.Score = &Score{Value: *score.Score}
	if i := score.ScoreInterval; i != nil {
		row.Score.Interval = &Interval{Lower: i.Lower, Upper: i.Upper, Method: string(i.Method), Conf: i.Conf}
	}
	return row, nil
}

// volumesOf gives the files of a table's places: those of the whole and of periods, since no
// sheet knows the other dimensions.
func (d *division) volumesOf(t *table) []volume {
	if t != d.whole && d.by != DimensionMonth && d.by != DimensionQuarter {
		return nil
	}
	if d.volumes[t] == nil {
		d.volumes[t] = t.sel.volumes(t.sel.Period, t)
	}
	return d.volumes[t]
}

// macroMeans gives the mean of the criteria's shares where the figure of each of
// them is shown: with one withheld, the mean and the others would tell it.
func (d *division) macroMeans(ctx context.Context, b *Breakdown) error {
	var tables []*table
	for _, criterion := range criteriaIn(d.sel.Measure) {
		if err := alive(ctx); err != nil {
			return err
		}
		t, err := d.sel.newTable(criterion)
		if err != nil {
			return err
		}
		tables = append(tables, t)
	}
	mean := func(at pair) (*float64, error) {
		var items []stats.Count
		for _, t := range tables {
			if t.withholding(at) != nil {
				return nil, nil
			}
			c := t.countsAt(at)
			n, satisfied, _ := c.numbers(t.measure)
			items = append(items, stats.Count{Successes: satisfied, N: n})
		}
		share, err := stats.MacroMean(items)
		if err != nil || share == nil {
			return nil, err
		}
		return percent(*share), nil
	}
	var err error
	if b.Total.Cell.Index != nil {
		if b.Total.MacroMean, err = mean(d.at); err != nil {
			return miscounted(err)
		}
	}
	for i, p := range d.parts {
		if p.table == d.whole && p.own == nil && b.Rows[i].Cell.Index != nil {
			if b.Rows[i].MacroMean, err = mean(p.at); err != nil {
				return miscounted(err)
			}
		}
	}
	return nil
}
