package results

import (
	"math"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// LeagueBy says what is set beside each other.
type LeagueBy string

// What can be set beside each other.
const (
	ByAgency LeagueBy = "agency"
	ByField  LeagueBy = "field"
)

// League names the units below the query's agency that are set beside each other:
// the agencies right below; with a level or a kind all agencies of it, of those
// within each other the uppermost, so that no rating counts twice; or the fields.
type League struct {
	By    LeagueBy            `json:"by"`
	Level *survey.AgencyLevel `json:"level"` // null: none was asked for
	Kind  *survey.AgencyKind  `json:"kind"`  // null: none was asked for
}

var (
	agencyLevels = []survey.AgencyLevel{survey.LevelProvince, survey.LevelCommune, survey.LevelDistrict}
	agencyKinds  = []survey.AgencyKind{survey.KindDepartment, survey.KindCommune, survey.KindVertical, survey.KindProvider, survey.KindDistrict}
)

// parseLeague reads the parameters by, level and kind; agencies where by is not given.
func parseLeague(q Query, get func(string) string) (l League, errs []survey.FieldError) {
	bad := func(path, reason string) { errs = append(errs, survey.FieldError{Path: path, Reason: reason}) }
	l = League{By: LeagueBy(get("by")), Level: given[survey.AgencyLevel](get("level")), Kind: given[survey.AgencyKind](get("kind"))}
	switch l.By {
	case "":
		l.By = ByAgency
	case ByAgency:
	case ByField:
		if q.Field != "" {
			bad("field", survey.ReasonMustBeEmpty)
		}
		if l.Level != nil {
			bad("level", survey.ReasonMustBeEmpty)
		}
		if l.Kind != nil {
			bad("kind", survey.ReasonMustBeEmpty)
		}
		return l, errs
	default:
		bad("by", survey.ReasonUnknownOption)
	}
	if l.Level != nil && !slices.Contains(agencyLevels, *l.Level) {
		bad("level", survey.ReasonUnknownOption)
	}
	if l.Kind != nil && !slices.Contains(agencyKinds, *l.Kind) {
		bad("kind", survey.ReasonUnknownOption)
	}
	return l, errs
}

// given is a parameter that need not be.
func given[T ~string](value string) *T {
	if value == "" {
		return nil
	}
	return pointer(T(value))
}

// Unit is one of those set beside each other.
type Unit struct {
	ID    *string             `json:"id"` // of the agency or field; null for ratings without a field
	Name  survey.Text         `json:"name"`
	Kind  *survey.AgencyKind  `json:"kind"`  // null for fields
	Level *survey.AgencyLevel `json:"level"` // null for fields
}

// member is a unit with its place in the table.
type member struct {
	Unit
	at      pair
	subject survey.Subject
}

// members lists a league, agencies in tree order, fields in the catalogue's order
// with ratings without a field behind them. Agencies existed on some day of the periods.
func (sel *selection) members(l League, periods ...survey.Period) (members []member) {
	if l.By == ByField {
		for _, field := range sel.fieldKeys {
			id, name := sel.fieldName(field)
			members = append(members, member{Unit{ID: id, Name: name}, pair{sel.agency.ID, field}, sel.subject(sel.agency, true, deref(id))})
		}
		return members
	}
	existed := func(a survey.Agency) bool {
		return slices.ContainsFunc(periods, func(p survey.Period) bool { return overlaps(a, p.From, p.To) })
	}
	taken := map[string]bool{}
	for _, id := range sel.catalog.Subtree(sel.agency.ID) {
		a, ok := sel.catalog.Agency(id)
		switch {
		case !ok || id == sel.agency.ID:
			continue
		case taken[a.Parent]:
			taken[id] = true
			continue
		case l.Level == nil && l.Kind == nil && a.Parent != sel.agency.ID,
			l.Level != nil && a.Level != *l.Level, l.Kind != nil && a.Kind != *l.Kind, !existed(a):
			continue
		}
		taken[id] = true
		members = append(members, member{Unit{ID: &a.ID, Name: a.Name, Kind: &a.Kind, Level: &a.Level}, pair{id, sel.Field}, sel.subject(a, false, "")})
	}
	return members
}

// standing is a unit with its figure. Where the figure is not shown, or of nobody, the count is 0 of 0.
type standing struct {
	Unit
	cell     Cell
	estimate stats.Estimate
	count    stats.Count
}

func (s standing) shown() bool { return s.count.N > 0 }

// standings makes the figures of a league; fields that nobody rated and ratings
// without a field stand in none.
func (sel *selection) standings(l League) ([]standing, error) {
	t, err := sel.newTable(sel.Measure)
	if err != nil {
		return nil, err
	}
	m := &maker{sel: sel, table: t, volumes: sel.volumes(sel.Period, t)}
	var all []standing
	for _, u := range sel.members(l, sel.Period) {
		counts := t.countsAt(u.at)
		if l.By == ByField && (u.ID == nil || t.n(counts) == 0) {
			continue
		}
		s := standing{Unit: u.Unit, cell: m.cell(u.at, u.subject)}
		if s.cell.Index != nil {
			if s.estimate, err = estimateOf(sel.Measure, counts); err != nil {
				return nil, err
			}
			s.count = effectiveCount(s.estimate)
		}
		all = append(all, s)
	}
	return all, m.err
}

// estimateOf gives a share with the interval that figures show.
func estimateOf(measure string, c counts) (stats.Estimate, error) {
	if Pooled(measure) {
		ratio, err := stats.PooledIndex(c.moments(), Conf)
		if err != nil {
			return stats.Estimate{}, miscounted(err)
		}
		return ratio.Estimate(), nil
	}
	_, satisfied, answered := c.numbers(measure)
	estimate, err := stats.ProportionInterval(stats.Wilson, satisfied, answered, Conf)
	if err != nil {
		return stats.Estimate{}, miscounted(err)
	}
	return estimate, nil
}

// effectiveCount is the whole number of independent answers that carries as much
// as the estimate: the answers of a single item, the effective size of a pooled measure.
func effectiveCount(e stats.Estimate) stats.Count {
	if e.Value == nil || e.EffectiveN == nil {
		return stats.Count{}
	}
	n := math.Max(1, math.Round(*e.EffectiveN))
	return stats.Count{Successes: int64(math.Round(*e.Value * n)), N: int64(n)}
}

// shownOf gives the places of the figures shown, and their counts.
func shownOf(all []standing) (places []int, counts []stats.Count) {
	for i, s := range all {
		if s.shown() {
			places, counts = append(places, i), append(counts, s.count)
		}
	}
	return places, counts
}

// nouns says what the units of a league are.
func (l League) nouns() survey.Text {
	if l.By == ByField {
		return bilingual("lĩnh vực", "fields")
	}
	return bilingual("đơn vị", "agencies")
}

// sayNames lists up to three names, and how many more there are.
func sayNames(names []survey.Text) survey.Text {
	const most = 3
	said := joined(", ", names[:min(most, len(names))]...)
	if more := len(names) - most; more > 0 {
		return joined(" ", said, say("và %s nữa", "and %s more", int64(more)))
	}
	return said
}

// sayUnsettled says of a period that is not over, or freely chosen, what its figures are worth.
func (sel *selection) sayUnsettled() survey.Text {
	switch {
	case !sel.Period.Closed(sel.today):
		return bilingual("Kỳ chưa kết thúc nên các con số là tạm tính.", "The period is not over, so all of this is provisional.")
	case !sel.Period.Calendar():
		return bilingual("Đây là khoảng ngày tự chọn, chỉ để tham khảo.", "These days were freely chosen; take it as a hint only.")
	}
	return nil
}
