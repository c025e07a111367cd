package results

import (
	"context"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// ComparisonQuery asks for the query's figure against others. What a figure is
// compared with is the query itself but for what is given here; with nothing
// given, the period before of the same kind and the same period a year before.
type ComparisonQuery struct {
	Query
	AgainstPeriod   *survey.Period
	AgainstAgency   string
	AgainstField    string
	AgainstCapture  survey.Capture
	AgainstDelivery survey.Delivery

	Units  *League // set every unit of it against itself in the other period; nil: no units
	Adjust stats.Adjustment
}

// Comparison sets a figure against others, and where asked for every unit of a
// league against itself in another period.
type Comparison struct {
	Heading
	Pairs []ComparedPair `json:"pairs"`
	Units *ComparedUnits `json:"units"` // null unless asked for
}

// ComparedPair is two figures without a rating in common. Where the query's and the other
// selection lie one within the other, the wider one is taken without the narrower.
type ComparedPair struct {
	Figure     ComparedFigure `json:"figure"`
	Against    ComparedFigure `json:"against"`
	Difference Difference     `json:"difference"` // figure less against
	Cautions   []MixCaution   `json:"cautions"`   // what besides satisfaction differs between the two; none where that is not shown
}

// ComparedFigure is a figure with what it was asked for by.
type ComparedFigure struct {
	Period    PeriodInfo       `json:"period"`
	Agency    AgencyInfo       `json:"agency"`
	Field     *string          `json:"field"`    // null: all
	Capture   *survey.Capture  `json:"capture"`  // null: all
	Delivery  *survey.Delivery `json:"delivery"` // null: all
	Rest      bool             `json:"rest"`     // without the ratings of the figure beside it
	Cell      Cell             `json:"cell"`
	fieldName survey.Text
}

// MixCaution says that the two figures rest on ratings taken otherwise: by at least a
// fifth of them, as far as the shares are shown. The difference may be one of measuring.
type MixCaution struct {
	Kind    MixKind    `json:"kind"`
	Figure  []MixShare `json:"figure"`
	Against []MixShare `json:"against"`
}

// MixKind is what differs besides satisfaction.
type MixKind string

// The kinds.
const (
	MixCapture       MixKind = "captureMix"
	MixQuestionnaire MixKind = "questionnaireMix"
)

// MixShare is a part of the ratings behind a figure.
type MixShare struct {
	ID       string    `json:"id"`       // of a capture; "id/version" of a questionnaire
	Share    *float64  `json:"share"`    // percent of the respondents
	Withheld *Withheld `json:"withheld"` // the rule that keeps the part back
}

// Difference is one index less another, in percentage points. Everything is null
// where either is withheld or of nobody; Verdict and Reason are never both set.
type Difference struct {
	Points   *float64           `json:"points"`
	Interval *Interval          `json:"interval"` // Newcombe, two-sided, in percentage points; of pooled measures from their intervals
	Test     *Test              `json:"test"`     // null where all or none of both together are satisfied
	Verdict  *DifferenceVerdict `json:"verdict"`  // for closed calendar periods only
	Reason   *DifferenceReason  `json:"reason"`   // why there is no verdict
}

// Test is a two-sided test of no difference.
type Test struct {
	Z         float64  `json:"z"`
	P         float64  `json:"p"`
	AdjustedP *float64 `json:"adjustedP"` // for the number of units compared; null for a single pair
}

// DifferenceVerdict says which of two figures is clearly the higher: the interval
// leaves 0 out and the test, adjusted where several units are compared, agrees.
type DifferenceVerdict string

// The verdicts.
const (
	Higher  DifferenceVerdict = "higher"
	Lower   DifferenceVerdict = "lower"
	Unclear DifferenceVerdict = "unclear" // no clear difference
)

// DifferenceReason says why there is no verdict.
type DifferenceReason string

// The reasons.
const (
	DifferenceWithheld     DifferenceReason = "withheld"
	DifferenceOfNobody     DifferenceReason = "nobody"
	DifferencePeriodOpen   DifferenceReason = "periodOpen"
	DifferenceCustomPeriod DifferenceReason = "customPeriod"
)

// ComparedUnits sets the units of a league each against itself in another period.
type ComparedUnits struct {
	League
	Period     PeriodInfo       `json:"period"`     // the other one
	Adjustment stats.Adjustment `json:"adjustment"` // of the tests for their number: holm or bh
	Compared   int64            `json:"compared"`   // units with both figures
	Rows       []ComparedUnit   `json:"rows"`
}

// ComparedUnit is a unit with its two figures.
type ComparedUnit struct {
	Unit
	Cell       Cell       `json:"cell"`
	Against    Cell       `json:"against"`
	Difference Difference `json:"difference"`
}

// ParseComparison adds to a query the parameters againstPeriod, againstAgency,
// againstField, againstCapture, againstDelivery, by (agency or field), level, kind
// and adjust (holm, the default, or bh). With by, units are compared between two
// periods and nothing else. The error is CodeInvalid with a field error for each
// parameter that cannot be read or has no place beside the others.
func ParseComparison(q Query, get func(string) string) (ComparisonQuery, error) {
	var errs []survey.FieldError
	bad := func(path, reason string) { errs = append(errs, survey.FieldError{Path: path, Reason: reason}) }
	against := func(name string) string { return get("against" + name) }
	c := ComparisonQuery{
		Query:           q,
		AgainstAgency:   against("Agency"),
		AgainstField:    against("Field"),
		AgainstCapture:  survey.Capture(against("Capture")),
		AgainstDelivery: survey.Delivery(against("Delivery")),
		Adjust:          stats.Holm,
	}
	if s := against("Period"); s != "" {
		p, err := survey.ParsePeriod(s)
		if err != nil {
			bad("againstPeriod", reasonOf(err))
		}
		c.AgainstPeriod = &p
	}
	if c.AgainstAgency != "" && !survey.IsSlug(c.AgainstAgency) {
		bad("againstAgency", survey.ReasonFormat)
	}
	if c.AgainstField != "" && !survey.IsSlug(c.AgainstField) {
		bad("againstField", survey.ReasonFormat)
	}
	if c.AgainstCapture != "" && !slices.Contains(survey.Captures, c.AgainstCapture) {
		bad("againstCapture", survey.ReasonUnknownOption)
	}
	if c.AgainstDelivery != "" && !slices.Contains(survey.Deliveries, c.AgainstDelivery) {
		bad("againstDelivery", survey.ReasonUnknownOption)
	}
	switch get("by") {
	case "":
		for _, name := range []string{"level", "kind", "adjust"} {
			if get(name) != "" {
				bad(name, survey.ReasonMustBeEmpty)
			}
		}
	default:
		l, leagueErrs := parseLeague(q, get)
		errs = append(errs, leagueErrs...)
		c.Units = &l
		for _, name := range []string{"Agency", "Field", "Capture", "Delivery"} {
			if against(name) != "" {
				bad("against"+name, survey.ReasonMustBeEmpty)
			}
		}
		switch a := stats.Adjustment(get("adjust")); a {
		case "":
		case stats.Holm, stats.BenjaminiHochberg:
			c.Adjust = a
		default:
			bad("adjust", survey.ReasonUnknownOption)
		}
	}
	if errs != nil {
		return ComparisonQuery{}, unreadable(errs)
	}
	return c, nil
}

// Comparison sets the query's figure against others. Scope and errors as with
// Board, for both sides; invalid with a field error where the two are the same or
// overlap without one holding the other, and for units where the periods overlap at all.
func (s *Service) Comparison(ctx context.Context, actor survey.Actor, q ComparisonQuery) (Comparison, error) {
	sel, err := s.selection(actor, q.Query)
	if err != nil {
		return Comparison{}, err
	}
	var others []*selection
	for _, query := range q.others(sel.agency.ID) {
		other, err := s.selection(actor, query)
		if err != nil {
			// What the figure itself is asked for by was found.
			return Comparison{}, renamed(err, map[string]string{"agency": "againstAgency", "field": "againstField"})
		}
		other.table = sel.table // so that neither counts ratings the other does not know
		others = append(others, other)
	}
	return sel.comparison(ctx, q, others)
}

// others lists what the figure is compared with.
func (q ComparisonQuery) others(agency string) []Query {
	as := q.Query
	as.Agency = agency
	given := q.AgainstAgency + q.AgainstField + string(q.AgainstCapture) + string(q.AgainstDelivery)
	if q.AgainstPeriod == nil && given == "" {
		var others []Query
		for _, p := range []survey.Period{periodBefore(q.Period), yearEarlier(q.Period)} {
			if p.Name == "" || len(others) > 0 && (q.Units != nil || p == others[0].Period) {
				continue
			}
			as.Period = p
			others = append(others, as)
		}
		return others
	}
	if q.AgainstPeriod != nil {
		as.Period = *q.AgainstPeriod
	}
	if q.AgainstAgency != "" {
		as.Agency = q.AgainstAgency
	}
	if q.AgainstField != "" {
		as.Field = q.AgainstField
	}
	if q.AgainstCapture != "" {
		as.Capture = q.AgainstCapture
	}
	if q.AgainstDelivery != "" {
		as.Delivery = q.AgainstDelivery
	}
	return []Query{as}
}

// firstGiven is the parameter that an error about the other figure is about.
func (q ComparisonQuery) firstGiven() string {
	for _, g := range []struct {
		path  string
		given bool
	}{{"againstAgency", q.AgainstAgency != ""}, {"againstField", q.AgainstField != ""}, {"againstCapture", q.AgainstCapture != ""},
		{"againstDelivery", q.AgainstDelivery != ""}} {
		if g.given {
			return g.path
		}
	}
	return "againstPeriod"
}
