package results

import (
	"context"
	"slices"
	"strings"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
)

// division is a figure on its way to being split.
type division struct {
	sel   *selection
	by    Dimension
	whole *table
	at    pair // of the figure, in whole and in the table of every part that has one of its own
	parts []part

	volumes map[*table]map[pair]volume // of the tables whose files are known apart
}

// part is one value of the dimension: a place in a table, its own or that of the whole.
type part struct {
	id      *string
	name    survey.Text
	subject survey.Subject
	table   *table
	at      pair
	own     *counts // set: not the place, but the ratings of its agency itself, which are in no table
	told    bool    // of these: all others are shown, and so they are no secret
}

func (p part) counts() counts {
	if p.own != nil {
		return *p.own
	}
	return p.table.countsAt(p.at)
}

func (p part) withholding() *Withheld {
	switch {
	case p.own == nil:
		return p.table.withholding(p.at)
	case p.told:
		return nil
	}
	return pointer(WithheldSecondary)
}

// countsAt gives the counts of a place on the side that the query asks for.
func (t *table) countsAt(at pair) counts { return t.sel.shown(t.cells[at]) }

// nAt gives the respondents of a place.
func (t *table) nAt(at pair) int64 { return t.n(t.countsAt(at)) }

// keep withholds a place for the sake of another.
func (t *table) keep(at pair) { t.withheld[at] = WithheldSecondary }

// alive gives an error when the request has ended.
func alive(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &survey.Error{Code: survey.CodeUnavailable, Message: "the request ended", Err: err}
	}
	return nil
}

// divide finds the parts. Agencies and fields are places in the table of the whole,
// which is safe in itself; every other value is a selection of its own, with the table and
// the rules that a board limited to it has.
func (d *division) divide(ctx context.Context) error {
	switch d.by {
	case DimensionAgency:
		d.agencies()
		return nil
	case DimensionField:
		d.fields()
		return nil
	}
	values, err := d.values()
	if err != nil {
		return err
	}
	for _, v := range values {
		if err := alive(ctx); err != nil {
			return err
		}
		t, err := v.sel.newTable(d.sel.Measure)
		if err != nil {
			return err
		}
		p := part{id: v.id, name: v.name, subject: v.sel.subject(d.sel.agency, false, ""), table: t, at: d.at}
		if t.nAt(p.at) > 0 || v.listed {
			d.parts = append(d.parts, p)
		}
	}
	return d.settle()
}

// agencies are those right below that existed in the period or were rated, then
// the ratings of the agency itself.
func (d *division) agencies() {
	sel, field := d.sel, d.sel.Field
	told := d.whole.withholding(d.at) == nil
	rest := d.whole.countsAt(d.at)
	for _, id := range sel.catalog.Children(sel.agency.ID) {
		a, _ := sel.catalog.Agency(id)
		p := part{id: &a.ID, name: a.Name, subject: sel.subject(a, false, ""), table: d.whole, at: pair{id, field}}
		if !overlaps(a, sel.Period.From, sel.Period.To) && d.whole.nAt(p.at) == 0 {
			continue
		}
		d.parts = append(d.parts, p)
		told = told && p.withholding() == nil
		rest = rest.minus(p.counts())
	}
	if d.whole.n(rest) > 0 {
		d.parts = append(d.parts, part{id: &sel.agency.ID, name: say("%s (trực tiếp)", "%s (directly)", sel.agency.Name), subject: sel.subject(sel.agency, false, ""),
			table: d.whole, at: d.at, own: &rest, told: told})
	}
}

func (d *division) fields() {
	for _, field := range d.sel.fieldKeys {
		id, name := d.sel.fieldName(field)
		p := part{id: id, name: name, subject: d.sel.subject(d.sel.agency, true, deref(id)), table: d.whole, at: pair{d.sel.agency.ID, field}}
		if d.sel.Field == "" && d.whole.nAt(p.at) > 0 || d.sel.Field == field {
			d.parts = append(d.parts, p)
		}
	}
}

// settle withholds further parts where the shown ones and the whole would tell of one
// that is withheld, or of too few, and after each what the sums of its own table then need. It
// looks at every place of the province: which agency is asked for makes no difference.
func (d *division) settle() error {
	var places []pair
	for _, id := range d.sel.catalog.Subtree(d.sel.root) {
		for _, field := range append([]string{""}, d.sel.fieldKeys...) {
			places = append(places, pair{id, field})
		}
	}
	for {
		touched := map[*table]bool{}
		for _, at := range places {
			if t := d.telling(at); t != nil {
				t.keep(at)
				touched[t] = true
			}
		}
		if len(touched) == 0 {
			return nil
		}
		for t := range touched {
			if err := t.complete(); err != nil {
				return err
			}
		}
	}
}

// telling gives the part to be withheld next at a place: the smallest shown one,
// where those withheld are one alone or too few together. Nil where nothing is told, and
// where nothing is left to withhold.
func (d *division) telling(at pair) (smallest *table) {
	if d.whole.withholding(at) != nil {
		return nil
	}
	var together, least int64
	hidden := 0
	for _, p := range d.parts {
		n := p.table.nAt(at)
		switch {
		case n == 0:
		case p.table.withholding(at) != nil:
			together, hidden = together+n, hidden+1
		case smallest == nil || n < least:
			smallest, least = p.table, n
		}
	}
	if hidden == 0 || hidden > 1 && together >= MinimumN {
		return nil
	}
	return smallest
}

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
		return fixed(sel, survey.Captures, sel.Capture, captureLabels, func(s *selection, c survey.Capture, code []uint8) { s.Capture, s.filter.Captures = c, code }), nil
	case DimensionDelivery:
		return fixed(sel, survey.Deliveries, sel.Delivery, deliveryLabels, func(s *selection, v survey.Delivery, code []uint8) { s.Delivery, s.filter.Deliveries = v, code }), nil
	case DimensionLanguage:
		return fixed(sel, survey.Languages, "", languageLabels, func(s *selection, _ survey.Language, code []uint8) { s.filter.Languages = code }), nil
	case DimensionQuestionnaire:
		return sel.questionnaires(), nil
	case DimensionMonth, DimensionQuarter:
		return d.periods()
	}
	return sel.options(slices.Index(demographicDimensions, d.by)), nil
}

var demographicDimensions = []Dimension{DimensionGender, DimensionAgeGroup, DimensionOccupation}

// limited gives a copy of the selection to limit further.
func (sel *selection) limited() *selection {
	other := *sel
	return &other
}

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
		if len(s.filter.Points) > 0 || !p.ClosedOn(sel.Period.To) {
			values = append(values, value{id: pointer(p.Code), name: p.Name, listed: !p.ClosedOn(sel.Period.To), sel: s})
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

// options lists the options of a demographic item, which every form that asks for it has in
// the same order; then the ratings that did not say.
func (sel *selection) options(column int) (values []value) {
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

var captureLabels = map[survey.Capture]survey.Text{
	survey.CaptureKiosk:  bilingual("Kiosk", "Kiosk"),
	survey.CaptureQR:     bilingual("Mã QR", "QR code"),
	survey.CaptureLink:   bilingual("Đường dẫn", "Link"),
	survey.CapturePaper:  bilingual("Phiếu giấy", "Paper"),
	survey.CaptureImport: bilingual("Nhập từ tệp", "Imported"),
}

var deliveryLabels = map[survey.Delivery]survey.Text{
	survey.DeliveryCounter: bilingual("Trực tiếp tại quầy", "At the counter"),
	survey.DeliveryOnline:  bilingual("Trực tuyến", "Online"),
	survey.DeliveryPost:    bilingual("Bưu chính công ích", "By post"),
}

var languageLabels = map[survey.Language]survey.Text{
	survey.Vietnamese: bilingual("Tiếng Việt", "Vietnamese"),
	survey.English:    bilingual("Tiếng Anh", "English"),
}

// criteriaIn lists the criteria that a pooled measure adds up.
func criteriaIn(measure string) []string {
	if measure == Index {
		return Criteria
	}
	var ids []string
	for _, id := range Criteria {
		if strings.HasPrefix(id, measure) {
			ids = append(ids, id)
		}
	}
	return ids
}

// minus takes the counts of a part away from those of the whole.
func (c counts) minus(o counts) counts {
	for i, n := range o.levels {
		c.levels[i] -= n
	}
	m, p := c.moments, o.moments
	c.moments = stats.Moments{Respondents: m.Respondents - p.Respondents, Answered: m.Answered - p.Answered, Satisfied: m.Satisfied - p.Satisfied,
		AA: m.AA - p.AA, AS: m.AS - p.AS, SS: m.SS - p.SS}
	return c
}
