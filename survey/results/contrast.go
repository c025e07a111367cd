package results

import (
	"slices"

	"sipas/survey"
)

// Contrast says which two groups of comments are compared.
type Contrast string

// The contrasts.
const (
	ContrastRating Contrast = "rating" // overall 1 to 3 against 4 and 5
	ContrastPeriod Contrast = "period" // the period against another one
	ContrastAgency Contrast = "agency" // the agency's subtree against another one
	ContrastField  Contrast = "field"  // the field against another one
)

var contrasts = []Contrast{ContrastRating, ContrastPeriod, ContrastAgency, ContrastField}

// WordsQuery asks what two groups of comments say. Against is the period, agency or
// field of the second; without it the period before, the agency above and all fields. Who is in the
// first group is never in the second, so that a part can be set against the rest of its whole. Measure says nothing here.
type WordsQuery struct {
	Query
	Contrast Contrast
	Against  string
}

// ParseWordsQuery reads what ParseQuery does, and contrast (rating without one) and
// against. Errors as with ParseQuery.
func ParseWordsQuery(get func(string) string, today survey.Date) (WordsQuery, error) {
	q, err := ParseQuery(get, today)
	w := WordsQuery{Query: q, Contrast: Contrast(get("contrast")), Against: get("against")}
	if w.Contrast == "" {
		w.Contrast = ContrastRating
	}
	var bad []survey.FieldError
	if !slices.Contains(contrasts, w.Contrast) {
		bad = append(bad, survey.FieldError{Path: "contrast", Reason: survey.ReasonUnknownOption})
	}
	if w.Contrast == ContrastField && q.Field == "" && get("field") == "" {
		bad = append(bad, survey.FieldError{Path: "field", Reason: survey.ReasonRequired})
	}
	if reason := w.badAgainst(); reason != "" {
		bad = append(bad, survey.FieldError{Path: "against", Reason: reason})
	}
	return w, withFields(err, bad)
}

func (q *WordsQuery) badAgainst() string {
	switch {
	case q.Against == "":
	case q.Contrast == ContrastRating:
		return survey.ReasonMustBeEmpty
	case q.Contrast == ContrastPeriod:
		if _, err := survey.ParsePeriod(q.Against); err != nil {
			return reasonOf(err)
		}
	case !survey.IsSlug(q.Against):
		return survey.ReasonFormat
	}
	return ""
}

// second gives the selection of the second group; the first one's own for ratings.
func (sel *selection) second(actor survey.Actor, q WordsQuery) (*selection, *table, error) {
	other := q.Query
	switch q.Contrast {
	case ContrastPeriod:
		other.Period = periodBefore(q.Period)
		if q.Against != "" {
			p, err := survey.ParsePeriod(q.Against)
			if err != nil {
				return nil, nil, err
			}
			other.Period = p
		}
		if other.Period == q.Period {
			return nil, nil, unreadable([]survey.FieldError{{Path: "against", Reason: survey.ReasonSameFigure}})
		}
	case ContrastAgency:
		if other.Agency = q.Against; other.Agency == "" {
			other.Agency = sel.agency.Parent
		}
		switch other.Agency {
		case "":
			return nil, nil, unreadable([]survey.FieldError{{Path: "against", Reason: survey.ReasonRequired}})
		case sel.agency.ID:
			return nil, nil, unreadable([]survey.FieldError{{Path: "against", Reason: survey.ReasonSameFigure}})
		}
	case ContrastField:
		if other.Field = q.Against; other.Field == q.Field {
			return nil, nil, unreadable([]survey.FieldError{{Path: "against", Reason: survey.ReasonSameFigure}})
		}
	}
	second, t, err := sel.spoken(actor, other)
	return second, t, renamed(err, map[string]string{"agency": "against", "field": "against"})
}

// called gives what the groups are called.
func (sel *selection) called(other *selection, contrast Contrast) (first, second survey.Text) {
	field := func(id string) survey.Text {
		if id == "" {
			return bilingual("Các lĩnh vực khác", "Other fields")
		}
		_, name := sel.fieldName(id)
		return name
	}
	switch contrast {
	case ContrastPeriod:
		return spokenPeriod(sel.Period), spokenPeriod(other.Period)
	case ContrastAgency:
		if sel.catalog.Within(sel.agency.ID, other.agency.ID) {
			return sel.agency.Name, say("Phần còn lại của %s", "The rest of %s", other.agency.Name)
		}
		return sel.agency.Name, other.agency.Name
	case ContrastField:
		return field(sel.Field), field(other.Field)
	}
	return bilingual("Người chưa hài lòng (mức 1–3)", "The dissatisfied (levels 1–3)"), bilingual("Người hài lòng (mức 4–5)", "The satisfied (levels 4–5)")
}
