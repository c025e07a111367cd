package results

import (
	"slices"

	"sipas/survey"
)

// pair is what a figure is about: an agency's subtree and a field, empty for all fields.
type pair struct{ agency, field string }

// volumes rolls the monthly sheets of a period up. It is nil where files say
// nothing about the selection: the period is not whole months, or the query is
// limited to a point or a way of delivery, which the sheets do not know.
//
// An agency's month is unknown if there is no sheet although the agency existed
// and took part, that is, has a point or ratings; a field's also if the sheet
// leaves the field out although a point offers it or ratings name it. rated lists the
// fields rated in each agency, "" for ratings without one.
func (sel *selection) volumes(period survey.Period, rated map[string][]string) map[pair]volume {
	if sel.Point != "" || sel.Delivery != "" || !wholeMonths(period) {
		return nil
	}
	expected := map[string][]string{}
	for agency, fields := range rated {
		expected[agency] = slices.Clone(fields)
	}
	for _, p := range sel.catalog.Points() {
		if !p.ClosedOn(period.From) {
			expected[p.Agency] = append(append(expected[p.Agency], ""), p.Fields...)
		}
	}
	months := period.Months()
	all := map[pair]volume{}
	for _, id := range sel.catalog.Subtree(sel.agency.ID) {
		own := sel.ownVolumes(id, months, expected[id])
		for field, v := range own {
			sel.eachAncestor(id, func(ancestor string) {
				at := pair{ancestor, field}
				sum := all[at]
				sum.add(v)
				all[at] = sum
			})
		}
	}
	return all
}

// ownVolumes adds up an agency's own sheets by field, "" for all fields.
func (sel *selection) ownVolumes(id string, months []survey.Month, expected []string) map[string]volume {
	own := map[string]volume{}
	agency, _ := sel.catalog.Agency(id)
	for _, month := range months {
		sheet, ok := sel.catalog.VolumeSheet(id, month)
		if !ok && !overlaps(agency, month.First(), month.Next().First().AddDays(-1)) {
			continue
		}
		total := int64(0)
		for field, files := range sheet.Files {
			v := own[field]
			v.add(volume{files: files, sheet: true})
			own[field] = v
			total += files
		}
		v := own[""]
		v.add(volume{files: total, sheet: ok, unknown: !ok && len(expected) > 0})
		own[""] = v
		for i, field := range expected {
			if _, listed := sheet.Files[field]; field == "" || listed || slices.Contains(expected[:i], field) {
				continue
			}
			v := own[field]
			v.unknown = true
			own[field] = v
		}
	}
	return own
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
