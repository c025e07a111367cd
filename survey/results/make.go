package results

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"sipas/stats/tally"
	"sipas/survey"
)

var unknownField = survey.Text{survey.Vietnamese: "Không rõ lĩnh vực", survey.English: "Field not known"}

// board counts in two scans of one snapshot: by agency, field and flags for the
// query's measure, and by form and flags for all measures. Roll-ups are sums.
func (sel *selection) board(ctx context.Context) (Board, error) {
	t, err := sel.newTable(sel.Measure)
	if err != nil {
		return Board{}, err
	}
	if err := alive(ctx); err != nil {
		return Board{}, err
	}
	b := Board{
		Heading:        sel.heading(figureMethods(append(slices.Clone(Headlines), sel.Measure)...)...),
		Questionnaires: []string{},
		Agencies:       []AgencyRow{},
		Fields:         []FieldRow{},
		AgencyFields:   []PairRow{},
		Measures:       []MeasureRow{},
	}
	m := &maker{sel: sel, table: t, volumes: sel.volumes(sel.Period, t)}
	whole := pair{sel.agency.ID, sel.Field}
	b.Total = m.cell(whole, sel.subject(sel.agency, false, ""))
	if b.Total.Withheld == nil {
		if !Pooled(sel.Measure) {
			c := sel.shown(t.sides(whole))
			l := c.levels()
			b.Levels = &Levels{l[1], l[2], l[3], l[4], l[5]}
		}
		sel.mu.RLock()
		b.UpdatedAt = sel.newest(sel.filter.Agencies, sel.filter.From, sel.filter.Until)
		sel.mu.RUnlock()
	}
	parts := []func(){
		func() { sel.measureRows(m, &b) },
		func() { b.Flagged = m.flagged(whole) },
		func() { sel.fieldRows(m, &b) },
		func() { sel.agencyRows(m, &b) },
	}
	parallel(len(parts), func(i int) { parts[i]() })
	b.conclude(sel.sayFigure(b.Total))
	return b, m.err
}

// maker makes figures of a table, on several goroutines if need be, and keeps the first error.
type maker struct {
	sel     *selection
	table   *table
	volumes []volume // by place; nil where files are not known

	mu  sync.Mutex
	err error
}

// cell makes the figure of a place in the table.
func (m *maker) cell(at pair, subject survey.Subject) Cell {
	return m.figure(m.table.measure, m.sel.shown(m.table.sides(at)), subject, at, m.table.withholding(at))
}

func (m *maker) figure(measure string, c counts, subject survey.Subject, at pair, withheld *Withheld) Cell {
	cell, err := m.sel.figure(measure, c, subject, m.sel.Period, m.volume(at), withheld)
	m.fail(err)
	return cell
}

// fail keeps an error, if it is one and the first.
func (m *maker) fail(err error) {
	if err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.err = cmp.Or(m.err, err)
	}
}

// volume gives the files of a place, nil where none are known by what the query is limited to.
func (m *maker) volume(at pair) *volume {
	if place, ok := m.table.at(at); ok && m.volumes != nil {
		return &m.volumes[place]
	}
	return nil
}

// flagged sets a figure that is shown beside itself with flagged ratings, unless
// the table with them withholds that: it would tell of too few of them.
func (m *maker) flagged(at pair) Flagged {
	if m.sel.Flags == FlagsInclude || m.table.withholding(at) != nil {
		return Flagged{}
	}
	s := m.table.sides(at)
	excluded := m.table.n(s.all) - m.table.n(s.clean)
	including := *m.sel
	including.Flags = FlagsInclude
	table, err := including.newTable(m.table.measure)
	if err != nil {
		m.fail(err)
		return Flagged{}
	}
	if table.withholding(at) != nil {
		return Flagged{}
	}
	with := m.figure(m.table.measure, s.all, m.sel.subject(m.sel.agency, false, ""), at, nil)
	return Flagged{Excluded: &excluded, With: &with}
}

// fieldRows lists the fields that were rated or that an open point below offers.
func (sel *selection) fieldRows(m *maker, b *Board) {
	listed := map[string]bool{}
	for _, field := range sel.fieldKeys {
		listed[field] = m.table.listed(pair{sel.agency.ID, field})
	}
	for _, p := range sel.catalog.Points() {
		if p.OpenOn(sel.Period.To) && sel.catalog.Within(p.Agency, sel.agency.ID) && (sel.Point == "" || sel.Point == p.Code) &&
			(sel.Delivery == "" || sel.Delivery == p.Delivery) {
			for _, f := range p.Fields {
				listed[f] = true
			}
		}
	}
	for _, field := range sel.fieldKeys {
		if !listed[field] || sel.Field != "" && sel.Field != field {
			continue
		}
		id, name := sel.fieldName(field)
		b.Fields = append(b.Fields, FieldRow{ID: id, Name: name, Cell: m.cell(pair{sel.agency.ID, field}, sel.subject(sel.agency, true, deref(id)))})
	}
}

// fieldName gives the id and the name of a field, nil and its words for none.
func (sel *selection) fieldName(field string) (*string, survey.Text) {
	f, ok := sel.catalog.Field(field)
	if !ok {
		return nil, unknownField
	}
	return &f.ID, f.Name
}

func deref(id *string) string {
	if id == nil {
		return ""
	}
	return *id
}

// agencyRows lists the agencies below that existed in the period, and their fields.
func (sel *selection) agencyRows(m *maker, b *Board) {
	depths := map[string]int{sel.agency.ID: 0}
	for _, id := range sel.catalog.Subtree(sel.agency.ID) {
		a, ok := sel.catalog.Agency(id)
		if !ok || id == sel.agency.ID {
			continue
		}
		depths[id] = depths[a.Parent] + 1
		if !overlaps(a, sel.Period.From, sel.Period.To) {
			continue
		}
		b.Agencies = append(b.Agencies, AgencyRow{ID: id, Name: a.Name, Kind: a.Kind, Level: a.Level, Parent: a.Parent, Depth: depths[id]})
		for _, field := range sel.fieldKeys {
			if sel.Field != "" && sel.Field != field || !m.table.listed(pair{id, field}) {
				continue
			}
			field, _ := sel.fieldName(field)
			b.AgencyFields = append(b.AgencyFields, PairRow{Agency: id, Field: field})
		}
	}
	parallel(len(b.Agencies), func(i int) {
		r := &b.Agencies[i]
		a, _ := sel.catalog.Agency(r.ID)
		r.Cell = m.cell(pair{r.ID, sel.Field}, sel.subject(a, false, ""))
	})
	parallel(len(b.AgencyFields), func(i int) {
		r := &b.AgencyFields[i]
		a, _ := sel.catalog.Agency(r.Agency)
		at := pair{r.Agency, noField}
		if r.Field != nil {
			at.field = *r.Field
		}
		r.Cell = m.cell(at, sel.subject(a, true, deref(r.Field)))
	})
}

// listed reports whether there is anything to say of a place: ratings, or that a rule
// does not even let it be known whether there are.
func (t *table) listed(at pair) bool {
	place, ok := t.at(at)
	return ok && (t.shownN(place) > 0 || t.withheld[place] != "")
}

// measureRows gives the headline measures of the selection, and the forms that
// the query's own measure came from.
func (sel *selection) measureRows(m *maker, b *Board) {
	measures := slices.Clone(Headlines)
	if !slices.Contains(measures, sel.Measure) {
		measures = append(measures, sel.Measure)
	}
	groups, err := sel.count(measures, tally.ByForm, tally.ByFlags)
	if err != nil {
		m.fail(err)
		return
	}
	sums := make([]sides, len(measures))
	own := slices.Index(measures, sel.Measure)
	sel.mu.RLock()
	for i := range groups {
		g := &groups[i]
		for j := range measures {
			s := sorted(g.counts[j], g.key[1])
			sums[j].add(&s)
			if n := m.table.n(sel.shown(s)); j == own && n > 0 && !slices.Contains(b.Questionnaires, sel.names[g.key[0]]) {
				b.Questionnaires = append(b.Questionnaires, sel.names[g.key[0]])
			}
		}
	}
	sel.mu.RUnlock()
	slices.Sort(b.Questionnaires)
	at := pair{sel.agency.ID, sel.Field}
	b.Measures = make([]MeasureRow, len(Headlines))
	parallel(len(Headlines), func(j int) {
		id, shown := Headlines[j], sel.shown(sums[j])
		withheld, err := sel.withholding(m.table, id, at, shown)
		m.fail(err)
		b.Measures[j] = MeasureRow{Measure: id, Name: measureNames[id], Cell: m.figure(id, shown, sel.subject(sel.agency, false, ""), at, withheld)}
	})
}

// withholding gives the rule that keeps a measure back at a place of the table of
// another one. A measure of the whole province is in no sum that could need it.
func (sel *selection) withholding(t *table, measure string, at pair, c counts) (*Withheld, error) {
	if measure != t.measure {
		if poor, err := sel.tooLittle(measure, c); err != nil || poor {
			return pointer(WithheldMinimumN), err
		}
		if at == (pair{sel.root, ""}) && len(sel.chosen()) == 0 && sel.Period.Calendar() && sel.Flags != FlagsInclude {
			return t.withholding(at), nil
		}
		var err error
		if t, err = sel.newTable(measure); err != nil {
			return nil, err
		}
	}
	return t.withholding(at), nil
}

// pointIDs gives the points by code.
func (sel *selection) pointIDs() []string {
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	return sel.Service.points.ids
}

// formIDs is how many numbers of forms there are.
func (sel *selection) formIDs() (numbers int) {
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	for id := range sel.names {
		numbers = max(numbers, id+1)
	}
	return numbers
}

// trend makes the table of each month: what is withheld in it is withheld here.
func (sel *selection) trend(ctx context.Context) (Trend, error) {
	t := Trend{Heading: sel.heading(sel.figureMethods()...), Months: []TrendMonth{}, Signals: []Signal{}, Breaks: []Break{}}
	last := min(sel.Period.To.Month(), sel.today.Month())
	first := min(sel.Period.From.Month(), yearBefore(last))
	t.From, t.To = first, last
	sel.mu.RLock()
	oldest, rated := sel.oldest(sel.filter.Agencies)
	sel.mu.RUnlock()
	if !rated {
		return t, nil
	}
	t.From = min(max(first, oldest), last)
	for month := max(first, oldest); month <= last; month = month.Next() {
		if err := alive(ctx); err != nil {
			return Trend{}, err
		}
		period, err := survey.ParsePeriod(string(month))
		if err != nil {
			return Trend{}, &survey.Error{Code: survey.CodeInternal, Message: "a month is no period", Err: err}
		}
		monthly := sel.in(period)
		table, err := monthly.newTable(sel.Measure)
		if err != nil {
			return Trend{}, err
		}
		m := &maker{sel: monthly, table: table, volumes: sel.volumes(period, nil)}
		cell := m.cell(pair{sel.agency.ID, sel.Field}, sel.subject(sel.agency, false, ""))
		if m.err != nil {
			return Trend{}, m.err
		}
		t.Months = append(t.Months, TrendMonth{Month: month, Cell: cell, Provisional: !period.Closed(sel.today)})
	}
	if err := sel.watch(&t); err != nil {
		return Trend{}, err
	}
	t.conclude(t.summary())
	return t, nil
}

// in is the selection of another period.
func (sel *selection) in(period survey.Period) *selection {
	other := *sel
	other.Period = period
	other.filter.From, other.filter.Until = days(period.From, period.To)
	return &other
}

// yearBefore gives the first of the twelve months that end with m; the table's
// calendar begins with 2000.
func yearBefore(m survey.Month) survey.Month {
	return max("2000-01", survey.DateOf(m.First().Start().AddDate(0, -11, 0)).Month())
}
