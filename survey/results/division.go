package results

import (
	"context"
	"strings"

	"sipas/survey"
)

// division is a figure on its way to being split.
type division struct {
	sel   *selection
	by    Dimension
	whole *table
	at    pair // of the figure, in whole and in the table of every part that has one of its own
	parts []part

	volumes map[*table][]volume // of the tables whose files are known apart
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
func (t *table) countsAt(at pair) counts { return t.sel.shown(t.sides(at)) }

// nAt gives the respondents of a place.
func (t *table) nAt(at pair) int64 { return t.n(t.countsAt(at)) }

// keep withholds a place for the sake of another.
func (t *table) keep(at pair) {
	if place, ok := t.at(at); ok {
		t.withheld[place] = WithheldSecondary
	}
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
	if d.by == DimensionMonth || d.by == DimensionQuarter {
		return d.settle()
	}
	return nil
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
	if hidden == 0 || hidden > 1 && together >= d.sel.minimum() {
		return nil
	}
	return smallest
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
