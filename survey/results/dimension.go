package results

import (
	"slices"
	"strings"

	"sipas/stats/tally"
	"sipas/survey"
)

// Dimension is what a breakdown splits a figure by.
type Dimension string

// The dimensions. Demographic ones know the ratings of forms that ask for them.
const (
	DimensionAgency        Dimension = "agency" // the agencies right below, and the ratings of the agency itself
	DimensionField         Dimension = "field"
	DimensionPoint         Dimension = "point"
	DimensionCapture       Dimension = "capture"
	DimensionDelivery      Dimension = "delivery"
	DimensionLanguage      Dimension = "language"
	DimensionQuestionnaire Dimension = "questionnaire"
	DimensionMonth         Dimension = "month"
	DimensionQuarter       Dimension = "quarter"
	DimensionGender        Dimension = "gender"
	DimensionAgeGroup      Dimension = "ageGroup"
	DimensionOccupation    Dimension = "occupation"
)

// Dimensions lists what a figure can be split by.
var Dimensions = []Dimension{DimensionAgency, DimensionField, DimensionPoint, DimensionCapture, DimensionDelivery, DimensionLanguage,
	DimensionQuestionnaire, DimensionMonth, DimensionQuarter, DimensionGender, DimensionAgeGroup, DimensionOccupation}

// value is one value of a dimension that is a selection of its own.
type value struct {
	id     *string
	name   survey.Text
	listed bool // also without ratings
	sel    *selection
}

// values lists the values that ratings may have; where none is known comes last.
func (d *division) values() ([]value, error) {
	sel := d.sel
	switch d.by {
	case DimensionPoint:
		return d.points()
	case DimensionCapture:
		return fixed(sel, survey.Captures, sel.Capture, labels(captureWays), func(s *selection, c survey.Capture, code []uint8) { s.Capture, s.filter.Captures = c, code }), nil
	case DimensionDelivery:
		return fixed(sel, survey.Deliveries, sel.Delivery, labels(deliveryWays), func(s *selection, v survey.Delivery, code []uint8) { s.Delivery, s.filter.Deliveries = v, code }), nil
	case DimensionLanguage:
		return fixed(sel, survey.Languages, "", languageLabels, func(s *selection, _ survey.Language, code []uint8) { s.filter.Languages = code }), nil
	case DimensionQuestionnaire:
		return sel.questionnaires(), nil
	case DimensionMonth, DimensionQuarter:
		return d.periods()
	}
	return sel.peopleOptions(slices.Index(demographicDimensions, d.by)), nil
}

var demographicDimensions = []Dimension{DimensionGender, DimensionAgeGroup, DimensionOccupation}

// fixed lists the values of a fixed list, or the chosen one alone; ratings without a
// value of the list have the code 0.
func fixed[T ~string](sel *selection, list []T, chosen T, names map[T]survey.Text, limit func(*selection, T, []uint8)) (values []value) {
	for _, v := range list {
		if chosen != "" && v != chosen {
			continue
		}
		s := sel.limited()
		limit(s, v, []uint8{place(list, v)})
		values = append(values, value{id: pointer(string(v)), name: names[v], listed: true, sel: s})
	}
	if chosen == "" {
		s := sel.limited()
		limit(s, "", []uint8{0})
		values = append(values, value{name: notKnown, sel: s})
	}
	return values
}

// points lists the open points of the agencies below, and those with ratings.
func (d *division) points() (values []value, err error) {
	sel := d.sel
	for _, p := range sel.catalog.Points() {
		if !sel.catalog.Within(p.Agency, sel.agency.ID) || sel.Point != "" && sel.Point != p.Code {
			continue
		}
		s := sel.limited()
		s.Point = p.Code
		sel.mu.RLock()
		s.filter.Points = sel.Service.points.only(p.Code)
		sel.mu.RUnlock()
		if len(s.filter.Points) > 0 || p.OpenOn(sel.Period.To) {
			values = append(values, value{id: pointer(p.Code), name: p.Name, listed: p.OpenOn(sel.Period.To), sel: s})
		}
	}
	return values, d.limit(len(values))
}

// limit refuses more parts than one answer splits a figure into.
func (d *division) limit(parts int) error {
	if parts <= MaxBreakdownRows {
		return nil
	}
	return &survey.Error{Code: survey.CodeInvalid, Message: "the figure has too many parts",
		Fields: []survey.FieldError{{Path: "by", Reason: survey.ReasonTooManyParts, Params: map[string]any{"max": MaxBreakdownRows}}}}
}

// periods lists the months or quarters from the first rating to today, the first and last
// cut to the period.
func (d *division) periods() (values []value, err error) {
	sel := d.sel
	sel.mu.RLock()
	oldest, rated := sel.oldest(nil)
	sel.mu.RUnlock()
	from, to := max(sel.Period.From, oldest.First()), min(sel.Period.To, sel.today)
	if !rated || from > to {
		return nil, nil
	}
	for start := from; start <= to; {
		p := survey.QuarterOf(start)
		if d.by == DimensionMonth {
			if p, err = survey.ParsePeriod(string(start.Month())); err != nil {
				return nil, &survey.Error{Code: survey.CodeInternal, Message: "a month is no period", Err: err}
			}
		}
		start = p.To.AddDays(1)
		if first, last := max(p.From, sel.Period.From), min(p.To, sel.Period.To); first != p.From || last != p.To {
			if p, err = survey.ParsePeriod(string(first) + ".." + string(last)); err != nil {
				return nil, &survey.Error{Code: survey.CodeInternal, Message: "some days are no period", Err: err}
			}
		}
		values = append(values, value{id: pointer(p.Name), name: spokenPeriod(p), listed: true, sel: sel.in(p)})
		if err := d.limit(len(values)); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// questionnaires lists the versions that the table knows.
func (sel *selection) questionnaires() (values []value) {
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	for key, f := range sel.Service.forms {
		if f == nil {
			continue
		}
		s := sel.limited()
		s.forms = []tally.FormID{f.id}
		v := value{id: pointer(f.name), name: say("%s", "%s", f.name), sel: s}
		if q := sel.catalog.Questionnaire(key.id, key.version); q != nil {
			v.name = q.Title
		}
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b value) int { return strings.Compare(*a.id, *b.id) })
	return values
}

// peopleOptions lists the options of a demographic item, which every form that asks for it has in
// the same order; then the ratings that did not say.
func (sel *selection) peopleOptions(column int) (values []value) {
	add := func(code uint8, id *string, name survey.Text) {
		s := sel.limited()
		s.filter.Demographics[column] = []uint8{code}
		values = append(values, value{id: id, name: name, listed: id != nil, sel: s})
	}
	for _, q := range sel.catalog.Questionnaires() {
		item := q.Item(demographics[column])
		if item == nil {
			continue
		}
		for _, o := range item.Options[min(len(values), len(item.Options)):] {
			add(uint8(len(values)+1), &o.ID, o.Text)
		}
	}
	add(0, nil, notKnown)
	return values
}

var notKnown = bilingual("Không rõ", "Not known")

var languageLabels = map[survey.Language]survey.Text{
	survey.Vietnamese: bilingual("Tiếng Việt", "Vietnamese"),
	survey.English:    bilingual("Tiếng Anh", "English"),
}
