package results

import (
	"context"
	"errors"
	"slices"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
)

// DriverLevel says what is set beside overall satisfaction.
type DriverLevel string

// The levels. Factors are the five items of the short form, or the respondent's means of
// a factor's criteria in the full form; criteria are the nineteen of the full form.
const (
	DriverFactors  DriverLevel = "factor"
	DriverCriteria DriverLevel = "criterion"
)

// DriversQuery is a query with the level of the drivers.
type DriversQuery struct {
	Query
	Level DriverLevel
}

// ParseDriversQuery reads the parameters of [ParseQuery] and level, by default factor.
func ParseDriversQuery(get func(string) string, today survey.Date) (DriversQuery, error) {
	q, err := ParseQuery(get, today)
	var errs []survey.FieldError
	level := DriverLevel(get("level"))
	switch level {
	case "":
		level = DriverFactors
	case DriverFactors, DriverCriteria:
	default:
		errs = append(errs, survey.FieldError{Path: "level", Reason: survey.ReasonUnknownOption})
	}
	return DriversQuery{q, level}, withFields(err, errs)
}

// Drivers is what goes with overall satisfaction in an agency's subtree: association, not cause.
//
// Beside the cells, which are those of the board, stands nothing exact of the respondents
// who answered every question the model needs: their number is rounded down to tens,
// intervals rest on the rounded one, and coefficients have at most three decimals, so that no two answers
// tell of the few people they differ by.
type Drivers struct {
	Heading
	Level       DriverLevel   `json:"level"`
	Overall     Cell          `json:"overall"`
	Model       *DriverModel  `json:"model"`  // null where Reason says why
	Reason      *DriverReason `json:"reason"` // null with a model
	Drivers     []Driver      `json:"drivers"`
	Reliability []Reliability `json:"reliability"` // empty without a model
	Expectation *Expectation  `json:"expectation"` // null where no rating says
}

// DriverReason says why there is no model.
type DriverReason string

// The reasons. A model is withheld where any of the cells that it rests on is.
const (
	DriversWithheld DriverReason = "withheld"
	DriversTooFew   DriverReason = "tooFew" // fewer than MinimumCases complete respondents
	DriversAlike    DriverReason = "alike"  // they all rated alike
)

// MinimumCases is how many respondents with an answer to everything a model needs
// there must be before any of its coefficients is shown.
const MinimumCases = 30

// DriverModel is what the coefficients of all drivers rest on.
type DriverModel struct {
	Questionnaires []string  `json:"questionnaires"` // "id/version" of the forms it comes from
	Asked          int64     `json:"asked"`          // respondents of these forms who rated overall, rounded down to tens
	Cases          int64     `json:"cases"`          // those of them complete for the model, rounded down to tens
	LeftOut        float64   `json:"leftOut"`        // percent of asked that are not, from the rounded numbers, whole
	R2             float64   `json:"r2"`             // percent of the variance of overall satisfaction that is explained, one decimal
	Ranked         bool      `json:"ranked"`         // the importance is shown
	Importance     string    `json:"importance"`     // lmg or, for more than twelve drivers, johnson
	LogitCases     int64     `json:"logitCases"`     // respondents the ordinal logit was fitted to, rounded down to tens
	LogitFailure   *string   `json:"logitFailure"`   // why it has no coefficients
	Cautions       []Caution `json:"cautions"`
}

// Caution is a reason to read a result with care.
type Caution struct {
	ID   string      `json:"id"`
	Text survey.Text `json:"text"`
}

// Driver is one factor or criterion beside overall satisfaction.
type Driver struct {
	Measure     string       `json:"measure"`
	Name        survey.Text  `json:"name"`
	Performance Cell         `json:"performance"` // the figure of the board
	Association *Association `json:"association"` // null without a model
}

// Association is how a driver goes with overall satisfaction. What is not defined by
// the data, or may not be ranked, is null.
type Association struct {
	Spearman     *Estimate   `json:"spearman"`   // −1 to 1
	Kendall      *float64    `json:"kendall"`    // tau-b
	Importance   *Estimate   `json:"importance"` // percent of what all drivers explain together; all intervals hold together
	Logit        *LogOdds    `json:"logit"`
	VIF          *float64    `json:"vif"`          // variance inflation: 1 where the other drivers say nothing of this one
	Quadrant     *Quadrant   `json:"quadrant"`     // null where an interval holds a cut of the grid
	QuadrantName survey.Text `json:"quadrantName"` // "không rõ" without
}

// Quadrant is a field of the importance–performance grid.
type Quadrant = stats.Quadrant

// Estimate is a number with its two-sided interval, null where there is none.
type Estimate struct {
	Value  float64  `json:"value"`
	Lower  *float64 `json:"lower"`
	Upper  *float64 `json:"upper"`
	Method string   `json:"method"`
	Conf   float64  `json:"conf"` // a level between 0 and 1
}

// LogOdds is a coefficient of the ordinal logit: one level more of the driver, the others
// being as they are, multiplies the odds of a better overall rating by Ratio.
type LogOdds struct {
	Value float64 `json:"value"`
	SE    float64 `json:"se"`
	Ratio float64 `json:"ratio"` // e^Value
}

// Drivers gives what goes with overall satisfaction in the query's agency and
// everything below it, whatever the query's measure. Scope and errors as with Board.
func (s *Service) Drivers(ctx context.Context, actor survey.Actor, q DriversQuery) (Drivers, error) {
	q.Measure = survey.Overall
	if q.Level != DriverFactors && q.Level != DriverCriteria {
		return Drivers{}, &survey.Error{Code: survey.CodeInvalid, Message: "no such level"}
	}
	sel, err := s.selection(actor, q.Query)
	if err != nil {
		return Drivers{}, err
	}
	return sel.drivers(ctx, q.Level)
}

// drivers lists the cells of the board, and sets a model beside them if all of those it
// rests on are shown.
func (sel *selection) drivers(ctx context.Context, level DriverLevel) (Drivers, error) {
	measures := Factors
	if level == DriverCriteria {
		measures = Criteria
	}
	tables, err := sel.tables(append([]string{survey.Overall, expectation}, measures...))
	if err != nil {
		return Drivers{}, err
	}
	if err := alive(ctx); err != nil {
		return Drivers{}, err
	}
	whole := pair{sel.agency.ID, sel.Field}
	m := &maker{sel: sel, table: tables[0], volumes: sel.volumes(sel.Period, tables[0])}
	cell := func(t *table) Cell {
		return m.figure(t.measure, t.countsAt(whole), sel.subject(sel.agency, false, ""), whole, t.withholding(whole))
	}
	d := Drivers{
		Heading:     sel.heading(driverMethodUses(level)...),
		Level:       level,
		Overall:     cell(tables[0]),
		Drivers:     []Driver{},
		Reliability: []Reliability{},
	}
	withheld := d.Overall.Withheld != nil
	for _, t := range tables[2:] {
		c := cell(t)
		withheld = withheld || c.Withheld != nil
		d.Drivers = append(d.Drivers, Driver{Measure: t.measure, Name: sel.asked(t.measure), Performance: c})
	}
	if m.err != nil {
		return Drivers{}, m.err
	}
	if d.Expectation, err = sel.expected(tables[1], whole); err != nil {
		return Drivers{}, err
	}
	if withheld {
		d.Reason = pointer(DriversWithheld)
	} else if err := sel.model(&d); err != nil {
		return Drivers{}, err
	}
	d.conclude(d.summary())
	return d, nil
}

// tables makes those of several measures, on several processors.
func (sel *selection) tables(measures []string) ([]*table, error) {
	tables, errs := make([]*table, len(measures)), make([]error, len(measures))
	parallel(len(measures), func(i int) { tables[i], errs[i] = sel.newTable(measures[i]) })
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return tables, nil
}

// asked gives the name of a factor, or the words in which a criterion is asked.
func (sel *selection) asked(measure string) survey.Text {
	if name, ok := measureNames[measure]; ok {
		return name
	}
	if it := sel.question(measure); it != nil {
		return it.Text
	}
	return nameOf(measure)
}

// question finds an item in the newest questionnaire that has it, nil where none does.
func (sel *selection) question(id string) (found *survey.Item) {
	version := 0
	for _, q := range sel.catalog.Questionnaires() {
		if it := q.Item(id); it != nil && q.Version > version {
			found, version = it, q.Version
		}
	}
	return found
}

// formsAsking lists, by name, the forms with answers of the selection that ask all of some items.
func (sel *selection) formsAsking(items []string) ([]string, error) {
	groups, err := sel.count([]string{survey.Overall}, tally.ByForm, tally.ByFlags)
	if err != nil {
		return nil, err
	}
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	names := []string{}
	for key, f := range sel.Service.forms {
		if f == nil || slices.ContainsFunc(items, func(id string) bool { return !f.asks(id) }) {
			continue
		}
		for i := range groups {
			c := sel.shown(sorted(groups[i].counts[0], groups[i].key[1]))
			if n, _, _ := c.numbers(survey.Overall); groups[i].key[0] == int(f.id) && n > 0 {
				names = append(names, formName(key.id, key.version))
				break
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

func (f *form) asks(id string) bool {
	return slices.ContainsFunc(f.items, func(it *survey.Item) bool { return it.ID == id })
}
