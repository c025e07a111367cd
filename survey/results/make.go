package results

import (
	"context"
	"slices"

	"sipas/stats/tally"
	"sipas/survey"
)

var unknownField = survey.Text{survey.Vietnamese: "Không rõ lĩnh vực", survey.English: "Field not known"}

// sides are the counts of one part without and with the excluded ratings.
type sides struct{ shown, with counts }

func (s *sides) add(o sides) {
	s.shown.add(o.shown)
	s.with.add(o.with)
}

// split sorts a group's counts by its flags.
func (sel *selection) split(c counts, flags int) sides {
	if sel.Flags != FlagsInclude && uint16(flags)&excludedBits != 0 {
		return sides{with: c}
	}
	return sides{shown: c, with: c}
}

// board counts in two scans of one snapshot: by agency, field and flags for the
// query's measure, and by form and flags for all measures. Roll-ups are sums.
func (sel *selection) board(ctx context.Context) (Board, error) {
	groups, err := sel.count([]string{sel.Measure}, tally.ByAgency, tally.ByField, tally.ByFlags)
	if err != nil {
		return Board{}, err
	}
	if err := ctx.Err(); err != nil {
		return Board{}, &survey.Error{Code: survey.CodeUnavailable, Message: "the request ended", Err: err}
	}
	cells := map[pair]counts{} // by subtree; field "" is all fields
	unknown := map[string]counts{}
	rated := map[string][]string{}
	byField := map[string]bool{}
	var total sides
	agencies, fields := sel.ids()
	for i := range groups {
		g := &groups[i]
		s := sel.split(g.counts[0], g.key[2])
		total.add(s)
		if n, _, _ := s.shown.numbers(sel.Measure); n == 0 {
			continue
		}
		agency, field := agencies[g.key[0]], fields[g.key[1]]
		rated[agency] = append(rated[agency], field)
		byField[field] = true
		sel.eachAncestor(agency, func(ancestor string) {
			put(cells, pair{ancestor, ""}, s.shown)
			if field == "" {
				put(unknown, ancestor, s.shown)
			} else {
				put(cells, pair{ancestor, field}, s.shown)
			}
		})
	}
	volumes := sel.volumes(sel.Period, rated)
	b := Board{
		Synthetic:      sel.catalog.Synthetic(),
		RuleVersion:    RuleVersion,
		Measure:        sel.Measure,
		Questionnaires: []string{},
		Period: PeriodInfo{Name: sel.Period.Name, Kind: sel.Period.Kind, From: sel.Period.From, To: sel.Period.To,
			Closed: sel.Period.Closed(sel.today), Provisional: !sel.Period.Closed(sel.today)},
		Agency:       sel.agencyInfo(),
		Agencies:     []AgencyRow{},
		Fields:       []FieldRow{},
		AgencyFields: []PairRow{},
		Measures:     []MeasureRow{},
	}
	m := &maker{sel: sel, volumes: volumes}
	whole := sel.subject(sel.agency, false, "")
	b.Total = m.figure(sel.Measure, total.shown, whole, pair{sel.agency.ID, sel.Field})
	if b.Total.Withheld == nil {
		if !Pooled(sel.Measure) {
			l := total.shown.levels
			b.Levels = &Levels{l[1], l[2], l[3], l[4], l[5]}
		}
		sel.mu.RLock()
		b.UpdatedAt = sel.newest(sel.filter.Agencies, sel.filter.From, sel.filter.Until)
		sel.mu.RUnlock()
	}
	if sel.Flags != FlagsInclude && b.Total.Withheld == nil {
		n, _, _ := total.shown.numbers(sel.Measure)
		all, _, _ := total.with.numbers(sel.Measure)
		with := m.figure(sel.Measure, total.with, whole, pair{sel.agency.ID, sel.Field})
		b.Flagged = Flagged{Excluded: pointer(all - n), With: &with}
	}
	sel.fieldRows(m, &b, cells, unknown, byField)
	sel.agencyRows(m, &b, cells, unknown)
	if err := sel.measureRows(m, &b); err != nil {
		return Board{}, err
	}
	return b, m.err
}

func put[K comparable](sums map[K]counts, at K, c counts) {
	sum := sums[at]
	sum.add(c)
	sums[at] = sum
}

// maker makes figures and keeps the first error.
type maker struct {
	sel     *selection
	volumes map[pair]volume
	err     error
}

func (m *maker) figure(measure string, c counts, subject survey.Subject, at pair) Cell {
	var v *volume
	if found, ok := m.volumes[at]; ok {
		v = &found
	}
	cell, err := m.sel.figure(measure, c, subject, m.sel.Period, v)
	if m.err == nil {
		m.err = err
	}
	return cell
}

// noVolume is a place in no catalogue: nobody knows how many files had no field.
var noVolume = pair{"", ""}

// fieldRows lists the fields that were rated or that an open point below offers.
func (sel *selection) fieldRows(m *maker, b *Board, cells map[pair]counts, unknown map[string]counts, rated map[string]bool) {
	for _, p := range sel.catalog.Points() {
		if !p.ClosedOn(sel.Period.To) && sel.catalog.Within(p.Agency, sel.agency.ID) && (sel.Point == "" || sel.Point == p.Code) &&
			(sel.Delivery == "" || sel.Delivery == p.Delivery) {
			for _, f := range p.Fields {
				rated[f] = rated[f] || sel.Field == "" || sel.Field == f
			}
		}
	}
	for _, f := range sel.catalog.Fields() {
		if rated[f.ID] {
			at := pair{sel.agency.ID, f.ID}
			b.Fields = append(b.Fields, FieldRow{ID: pointer(f.ID), Name: f.Name, Cell: m.figure(sel.Measure, cells[at], sel.subject(sel.agency, true, f.ID), at)})
		}
	}
	if rated[""] {
		b.Fields = append(b.Fields, FieldRow{Name: unknownField, Cell: m.figure(sel.Measure, unknown[sel.agency.ID], sel.subject(sel.agency, true, ""), noVolume)})
	}
}

// agencyRows lists the agencies below that existed in the period, and their fields.
func (sel *selection) agencyRows(m *maker, b *Board, cells map[pair]counts, unknown map[string]counts) {
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
		b.Agencies = append(b.Agencies, AgencyRow{ID: id, Name: a.Name, Kind: a.Kind, Level: a.Level, Parent: a.Parent, Depth: depths[id],
			Cell: m.figure(sel.Measure, cells[pair{id, ""}], sel.subject(a, false, ""), pair{id, sel.Field})})
		for _, f := range sel.catalog.Fields() {
			if c, ok := cells[pair{id, f.ID}]; ok {
				b.AgencyFields = append(b.AgencyFields, PairRow{Agency: id, Field: pointer(f.ID), Cell: m.figure(sel.Measure, c, sel.subject(a, true, f.ID), pair{id, f.ID})})
			}
		}
		if c, ok := unknown[id]; ok {
			b.AgencyFields = append(b.AgencyFields, PairRow{Agency: id, Cell: m.figure(sel.Measure, c, sel.subject(a, true, ""), noVolume)})
		}
	}
}

// measureRows gives the headline measures of the selection, and the forms that
// the query's own measure came from.
func (sel *selection) measureRows(m *maker, b *Board) error {
	measures := slices.Clone(Headlines)
	if !slices.Contains(measures, sel.Measure) {
		measures = append(measures, sel.Measure)
	}
	groups, err := sel.count(measures, tally.ByForm, tally.ByFlags)
	if err != nil {
		return err
	}
	sums := make([]counts, len(measures))
	own := slices.Index(measures, sel.Measure)
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	for i := range groups {
		g := &groups[i]
		for j := range measures {
			s := sel.split(g.counts[j], g.key[1])
			sums[j].add(s.shown)
			if n, _, _ := s.shown.numbers(sel.Measure); j == own && n > 0 && !slices.Contains(b.Questionnaires, sel.names[g.key[0]]) {
				b.Questionnaires = append(b.Questionnaires, sel.names[g.key[0]])
			}
		}
	}
	slices.Sort(b.Questionnaires)
	for j, id := range Headlines {
		b.Measures = append(b.Measures, MeasureRow{Measure: id, Name: measureNames[id],
			Cell: m.figure(id, sums[j], sel.subject(sel.agency, false, ""), pair{sel.agency.ID, sel.Field})})
	}
	return nil
}

// ids gives the agencies and fields by code.
func (sel *selection) ids() (agencies, fields []string) {
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	return sel.Service.agencies.ids, sel.Service.fields.ids
}

func (sel *selection) agencyInfo() AgencyInfo {
	return AgencyInfo{ID: sel.agency.ID, Name: sel.agency.Name, Kind: sel.agency.Kind}
}

// trend counts in one scan by month and flags.
func (sel *selection) trend(ctx context.Context) (Trend, error) {
	t := Trend{Synthetic: sel.catalog.Synthetic(), RuleVersion: RuleVersion, Measure: sel.Measure, Agency: sel.agencyInfo(), Months: []TrendMonth{}}
	last := min(sel.Period.To.Month(), sel.today.Month())
	first := min(sel.Period.From.Month(), yearBefore(last))
	t.From, t.To = first, last
	filter := sel.filter
	filter.From, filter.Until = days(first.First(), last.Next().First().AddDays(-1))
	groups, err := sel.countIn(filter, []string{sel.Measure}, tally.ByMonth, tally.ByFlags)
	if err != nil {
		return Trend{}, err
	}
	sel.mu.RLock()
	oldest, rated := sel.oldest(sel.filter.Agencies)
	sel.mu.RUnlock()
	if !rated {
		return t, nil
	}
	sums := map[survey.Month]counts{}
	for i := range groups {
		g := &groups[i]
		put(sums, monthOf(g.key[0]), sel.split(g.counts[0], g.key[1]).shown)
	}
	t.From = min(max(first, oldest), last)
	for month := max(first, oldest); month <= last; month = month.Next() {
		if err := ctx.Err(); err != nil {
			return Trend{}, &survey.Error{Code: survey.CodeUnavailable, Message: "the request ended", Err: err}
		}
		period, err := survey.ParsePeriod(string(month))
		if err != nil {
			return Trend{}, &survey.Error{Code: survey.CodeInternal, Message: "a month is no period", Err: err}
		}
		var v *volume
		if found, ok := sel.volumes(period, nil)[pair{sel.agency.ID, sel.Field}]; ok {
			v = &found
		}
		cell, err := sel.figure(sel.Measure, sums[month], sel.subject(sel.agency, false, ""), period, v)
		if err != nil {
			return Trend{}, err
		}
		t.Months = append(t.Months, TrendMonth{Month: month, Cell: cell, Provisional: !period.Closed(sel.today)})
	}
	return t, nil
}

// yearBefore gives the first of the twelve months that end with m; the table's
// calendar begins with 2000.
func yearBefore(m survey.Month) survey.Month {
	return max("2000-01", survey.DateOf(m.First().Start().AddDate(0, -11, 0)).Month())
}

// monthOf reads the table's number of a month, 202609.
func monthOf(key int) survey.Month {
	return survey.Month([]byte{digit(key / 100000), digit(key / 10000), digit(key / 1000), digit(key / 100), '-', digit(key / 10), digit(key)})
}

func digit(n int) byte { return byte('0' + n%10) }
