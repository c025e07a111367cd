package results

import (
	"context"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
)

// ResponseRates sets the ratings against the files they are about: how many of them were
// rated, and what those who did not rate could change.
type ResponseRates struct {
	Heading
	Total        RateRow       `json:"total"`
	AgencyFields []RateRow     `json:"agencyFields"` // the agencies right below by field, in tree order; of an agency without any below, its fields
	Items        []ItemRate    `json:"items"`        // questions that were asked
	Poststrata   Poststrata    `json:"poststrata"`
	Suppositions []Supposition `json:"suppositions"` // of self-selection, for the total; empty where its files are not known
}

// VolumeReason says why files are not known.
type VolumeReason string

// The reasons.
const (
	VolumePeriod     VolumeReason = "period"     // the period is not whole months
	VolumeFilter     VolumeReason = "filter"     // the sheets know neither points nor ways of delivery
	VolumeMissing    VolumeReason = "missing"    // some month, or the field in it, is on no sheet
	VolumeImpossible VolumeReason = "impossible" // more ratings than files: one of the two is wrong
	VolumeNone       VolumeReason = "none"       // the sheets count no files at all
	VolumeWithheld   VolumeReason = "withheld"   // the figure is withheld
)

// RateRow is the coverage of one agency and field. A null field of a row below the total is the unknown one.
type RateRow struct {
	Agency string        `json:"agency"`
	Field  *string       `json:"field"`
	Cell   Cell          `json:"cell"`   // with its coverage
	Reason *VolumeReason `json:"reason"` // why worst cases are null
	Bounds *Range        `json:"bounds"` // of the share over all files, whatever those not rated would have said; of single questions only
}

// Range is two percentages. It is no interval of confidence.
type Range struct {
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// ItemRate is what became of one question: valid + notApplicable + notAnswered = asked.
// Every number is null where the figure of the question is withheld.
type ItemRate struct {
	Item              string      `json:"item"`
	Text              survey.Text `json:"text"`
	Withheld          *Withheld   `json:"withheld"`
	Asked             *int64      `json:"asked"` // respondents whose questionnaire has the question
	Valid             *int64      `json:"valid"` // levels 1 to 5
	NotApplicable     *int64      `json:"notApplicable"`
	NotAnswered       *int64      `json:"notAnswered"`
	NotApplicableRate *float64    `json:"notApplicableRate"` // percent of those who answered anything
	NotAnsweredRate   *float64    `json:"notAnsweredRate"`   // percent of those asked
	Index             *float64    `json:"index"`             // percent of valid answers
	OfAnswered        *Range      `json:"ofAnswered"`        // of the index, had those to whom it does not apply been none or all satisfied
	OfAsked           *Range      `json:"ofAsked"`           // the same of everybody who gave no valid answer
}

// Supposition is what self-selection of a supposed strength would do. It cannot be
// estimated from the ratings: only supposed.
type Supposition struct {
	Correlation float64  `json:"correlation"` // of being satisfied and rating, over all files
	Bias        float64  `json:"bias"`        // percentage points by which the index would be too high
	EffectiveN  *float64 `json:"effectiveN"`  // size of a simple random sample that is as far off
	Possible    bool     `json:"possible"`    // so strong a correlation can occur at this index and coverage
}

// supposed are the correlations that suppositions are made of; 0.05 is that of a
// poll which goes badly wrong (Meng 2018).
var supposed = []float64{0.05, 0.1}

// ResponseRates gives coverage, worst cases and post-stratification for the query's
// agency and everything below it. Scope and errors as with Board.
func (s *Service) ResponseRates(ctx context.Context, actor survey.Actor, q Query) (ResponseRates, error) {
	sel, err := s.selection(actor, q)
	if err != nil {
		return ResponseRates{}, err
	}
	return sel.responseRates(ctx)
}

func (sel *selection) responseRates(ctx context.Context) (ResponseRates, error) {
	t, err := sel.newTable(sel.Measure)
	if err != nil {
		return ResponseRates{}, err
	}
	r := ResponseRates{
		Heading:      sel.heading(append(sel.figureMethods(), worstCases.use(), suppositions.use(), poststratified.with("conf", Conf))...),
		AgencyFields: []RateRow{},
		Items:        []ItemRate{},
		Suppositions: []Supposition{},
	}
	m := &maker{sel: sel, table: t, volumes: sel.volumes(sel.Period, t)}
	whole := pair{sel.agency.ID, sel.Field}
	if r.Total, err = m.rate(whole, sel.subject(sel.agency, false, "")); err != nil {
		return ResponseRates{}, err
	}
	for _, id := range sel.strataAgencies() {
		a, _ := sel.catalog.Agency(id)
		for _, field := range sel.fieldKeys {
			at := pair{id, field}
			if sel.Field != "" && sel.Field != field || t.nAt(at) == 0 && m.files(at) == 0 {
				continue
			}
			row, err := m.rate(at, sel.subject(a, true, fieldOf(field)))
			if err != nil {
				return ResponseRates{}, err
			}
			r.AgencyFields = append(r.AgencyFields, row)
		}
	}
	if c := r.Total.Cell; r.Total.Reason == nil && c.Index != nil && !Pooled(sel.Measure) {
		if r.Suppositions, err = suppose(*c.Coverage, *c.N, *c.Satisfied); err != nil {
			return ResponseRates{}, miscounted(err)
		}
	}
	if err := alive(ctx); err != nil {
		return ResponseRates{}, err
	}
	if err := sel.items(t, &r); err != nil {
		return ResponseRates{}, err
	}
	if r.Poststrata, err = m.poststrata(); err != nil {
		return ResponseRates{}, err
	}
	r.conclude(r.summary(sel))
	return r, nil
}

// fieldOf gives the id of a field of a table, "" for the unknown one.
func fieldOf(field string) string {
	if field == noField {
		return ""
	}
	return field
}

// strataAgencies lists the agencies right below that existed in the period, or the agency itself without any.
func (sel *selection) strataAgencies() (ids []string) {
	for _, id := range sel.catalog.Children(sel.agency.ID) {
		if a, _ := sel.catalog.Agency(id); overlaps(a, sel.Period.From, sel.Period.To) {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		return []string{sel.agency.ID}
	}
	return ids
}

// rate makes the row of a place.
func (m *maker) rate(at pair, subject survey.Subject) (RateRow, error) {
	row := RateRow{Agency: at.agency, Cell: m.cell(at, subject)}
	if id := fieldOf(at.field); id != "" {
		row.Field = &id
	}
	if m.err != nil {
		return row, m.err
	}
	row.Reason = m.unknown(row.Cell)
	if row.Reason != nil || Pooled(m.table.measure) {
		return row, nil
	}
	n, satisfied := *row.Cell.N, *row.Cell.Satisfied
	missing, err := stats.MissingAnswers(stats.Outcomes{Satisfied: satisfied, NotSatisfied: n - satisfied, NoResponse: row.Cell.Coverage.Volume - n})
	if err != nil {
		return row, miscounted(err)
	}
	row.Bounds = ranged(missing.OfAsked)
	return row, nil
}

// unknown says why a figure cannot be set against its files, nil where it can.
func (m *maker) unknown(c Cell) *VolumeReason {
	switch {
	case c.Withheld != nil:
		return pointer(VolumeWithheld)
	case m.sel.Point != "" || m.sel.Delivery != "":
		return pointer(VolumeFilter)
	case m.volumes == nil:
		return pointer(VolumePeriod)
	case c.Coverage == nil:
		return pointer(VolumeMissing)
	case c.Coverage.Impossible:
		return pointer(VolumeImpossible)
	case c.Coverage.Volume == 0:
		return pointer(VolumeNone)
	}
	return nil
}

func ranged(w *stats.WorstCase) *Range {
	if w == nil {
		return nil
	}
	return &Range{100 * w.Lower, 100 * w.Upper}
}

// suppose computes what self-selection would do, taking the index seen for that of all files.
func suppose(coverage Coverage, n, satisfied int64) ([]Supposition, error) {
	var all []Supposition
	for _, correlation := range supposed {
		effect, err := stats.SelfSelection{Population: coverage.Volume, Rated: n, Share: float64(satisfied) / float64(n), Correlation: correlation}.Effect(Conf)
		if err != nil {
			return nil, err
		}
		all = append(all, Supposition{Correlation: correlation, Bias: 100 * *effect.Bias, EffectiveN: effect.EffectiveN, Possible: effect.Possible})
	}
	return all, nil
}

// items counts what became of each question, in one scan. Who was asked what is a matter of the questionnaire:
// a question is withheld unless those asked are the sum of what a breakdown by questionnaire shows.
func (sel *selection) items(t *table, r *ResponseRates) error {
	shown, err := sel.askers()
	if err != nil {
		return err
	}
	groups, err := sel.count(ratings, tally.ByFlags)
	if err != nil {
		return err
	}
	sums := make([]sides, len(ratings))
	for i := range groups {
		for j, c := range groups[i].counts {
			s := sorted(c, groups[i].key[0])
			sums[j].add(&s)
		}
	}
	for j, id := range ratings {
		c := sel.shown(sums[j])
		var asked int64
		for _, n := range c.levels() {
			asked += n
		}
		if asked == 0 {
			continue
		}
		item := ItemRate{Item: id, Text: sel.asked(id)}
		if item.Withheld, err = sel.withholding(t, id, pair{sel.agency.ID, sel.Field}, c); err != nil {
			return err
		}
		if item.Withheld == nil && sel.tooFew(asked) {
			item.Withheld = pointer(WithheldMinimumN)
		}
		if item.Withheld == nil && asked != shown[id] {
			item.Withheld = pointer(WithheldDifferencing)
		}
		if item.Withheld == nil {
			if err := item.fill(c, asked); err != nil {
				return miscounted(err)
			}
		}
		r.Items = append(r.Items, item)
	}
	return nil
}

// askers counts for each question the respondents of the questionnaires that have it, as far as a breakdown by
// questionnaire shows them.
func (sel *selection) askers() (map[string]int64, error) {
	shown := map[string]int64{}
	at := pair{sel.agency.ID, sel.Field}
	for _, v := range sel.questionnaires() {
		t, err := v.sel.newTable(survey.Overall)
		if err != nil {
			return nil, err
		}
		if t.withholding(at) != nil {
			continue
		}
		for _, q := range sel.catalog.Questionnaires() {
			if formName(q.ID, q.Version) != *v.id {
				continue
			}
			for _, id := range ratings {
				if q.Item(id) != nil {
					shown[id] += t.nAt(at)
				}
			}
		}
	}
	return shown, nil
}

func (item *ItemRate) fill(c counts, asked int64) error {
	levels := c.levels()
	valid, satisfied := levels.Answered(), levels.Satisfied()
	silent, none := levels[0], levels[6]
	missing, err := stats.MissingAnswers(stats.Outcomes{Satisfied: satisfied, NotSatisfied: valid - satisfied, DontKnow: none, NoResponse: silent})
	if err != nil {
		return err
	}
	item.Asked, item.Valid, item.NotApplicable, item.NotAnswered = &asked, &valid, &none, &silent
	item.NotAnsweredRate = percent(float64(silent) / float64(asked))
	if missing.DontKnowRate != nil {
		item.NotApplicableRate = percent(*missing.DontKnowRate)
	}
	if missing.Share != nil {
		item.Index = percent(*missing.Share)
	}
	item.OfAnswered, item.OfAsked = ranged(missing.OfAnswered), ranged(missing.OfAsked)
	return nil
}
