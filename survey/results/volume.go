package results

import "sipas/survey"

// pair is what a figure is about: an agency's subtree and a field, empty for all fields.
type pair struct{ agency, field string }

// volumes rolls the monthly sheets of a period up, by place. It is nil where files say
// nothing about the selection: the period is not whole months, or the query is
// limited to a point, a way of delivery or a group of people, which the sheets do not know.
//
// An agency's month is unknown if there is no sheet although the agency existed
// and took part, that is, has a point or ratings; a field's also if the sheet
// leaves the field out although a point offers it or ratings name it. The ratings are
// those of a table, nil for none.
func (sel *selection) volumes(period survey.Period, t *table) []volume {
	if sel.Point != "" || sel.Delivery != "" || sel.Gender != "" || sel.AgeGroup != "" || sel.Occupation != "" || !wholeMonths(period) {
		return nil
	}
	g := sel.grid
	expected := make([]bool, g.size())
	if t != nil {
		for at, n := range t.people[t.size():] {
			expected[at] = n > 0
		}
	}
	for _, p := range sel.catalog.Points() {
		if _, known := g.row[p.Agency]; !known || p.ClosedOn(period.From) || period.To < p.Opens {
			continue
		}
		for _, field := range append([]string{""}, p.Fields...) {
			if at, ok := g.at(pair{p.Agency, field}); ok {
				expected[at] = true
			}
		}
	}
	months, width := period.Months(), len(g.fields)
	all := make([]volume, g.size())
	for _, id := range sel.catalog.Subtree(sel.agency.ID) {
		if row, ok := g.row[id]; ok {
			sel.ownVolumes(all[row*width:(row+1)*width], id, months, expected[row*width:(row+1)*width])
		}
	}
	sumSubtrees(g, all, (*volume).add)
	return all
}

// ownVolumes adds up an agency's own sheets by column.
func (sel *selection) ownVolumes(own []volume, id string, months []survey.Month, expected []bool) {
	agency, _ := sel.catalog.Agency(id)
	for _, month := range months {
		sheet, ok := sel.catalog.VolumeSheet(id, month)
		if !ok && !overlaps(agency, month.First(), month.Next().First().AddDays(-1)) {
			continue
		}
		listed, total := make([]bool, len(own)), int64(0)
		for field, files := range sheet.Files {
			if column, known := sel.grid.column[field]; known {
				own[column].add(&volume{files: files, sheet: true})
				listed[column] = true
			}
			total += files
		}
		own[0].add(&volume{files: total, sheet: ok, unknown: !ok && expected[0]})
		for column := 1; column < len(own)-1; column++ { // no sheet lists the unknown field
			own[column].unknown = own[column].unknown || expected[column] && !listed[column]
		}
	}
}

// eachAncestor calls f for the agency and those above it, up to the selection's
// own; only for that one if the agency does not lie below it. Inside a subtree the way up
// always ends, whatever two nodes wrote at once: agencies in a circle are in no subtree.
func (sel *selection) eachAncestor(id string, f func(string)) {
	if sel.catalog.Within(id, sel.agency.ID) {
		for id != sel.agency.ID {
			f(id)
			a, _ := sel.catalog.Agency(id)
			id = a.Parent
		}
	}
	f(sel.agency.ID)
}

// wholeMonths reports whether the period begins and ends with a month.
func wholeMonths(p survey.Period) bool {
	return p.From == p.From.Month().First() && p.To.AddDays(1) == p.To.Month().Next().First()
}

// overlaps reports whether the agency exists on some day from one to the other.
func overlaps(a survey.Agency, from, to survey.Date) bool {
	return a.ValidFrom <= to && (a.ValidTo == "" || from <= a.ValidTo)
}
