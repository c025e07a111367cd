package results

import (
	"cmp"
	"fmt"
	"slices"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/registry"
)

// selection is a query made ready: its agency found and allowed, its filter in codes.
type selection struct {
	*Service
	Query
	today   survey.Date
	catalog *registry.Snapshot
	table   tally.Snapshot
	root    string // agency of the whole province
	agency  survey.Agency
	filter  tally.Filter
	only    []uint16       // agencies of the grid; nil: every agency
	forms   []tally.FormID // nil: every form
	silent  []tally.FormID // those that ask for no reasons, where that is looked at
	grid    *grid
	shared  *shared

	agencyIDs, fieldIDs []string // by code
	fieldKeys           []string // of all fields, in the catalogue's order, and of none
}

// scan is the groups of a count by points, agencies and more, by the code of the agency.
type scan map[uint16][]scanned

type scanned struct {
	key    key
	counts counts
}

// limited gives a copy of the selection to limit further.
func (sel *selection) limited() *selection {
	other := *sel
	return &other
}

type promiseKey struct {
	survey.Subject
	year int
}

type promise struct{ inForce, milestone *survey.Target }

func (s *Service) selection(actor survey.Actor, q Query) (*selection, error) {
	sel := &selection{Service: s, Query: q, today: s.Today(), catalog: s.registry.Snapshot()}
	if !IsMeasure(q.Measure) || q.Period.From < "2000-01-01" || q.Period.To > "2100-12-31" {
		return nil, &survey.Error{Code: survey.CodeInvalid, Message: "no such measure or period"}
	}
	if err := sel.authorize(actor); err != nil {
		return nil, err
	}
	if q.Field != "" {
		if _, ok := sel.catalog.Field(q.Field); !ok {
			return nil, notFound("field")
		}
	}
	root, ok := sel.catalog.Root()
	if !ok {
		return nil, noProvince()
	}
	sel.root = root.ID
	for _, f := range sel.catalog.Fields() {
		sel.fieldKeys = append(sel.fieldKeys, f.ID)
	}
	sel.fieldKeys = append(sel.fieldKeys, noField)
	people, err := s.people(q)
	if err != nil {
		return nil, err
	}
	if q.Point != "" {
		p, ok := sel.catalog.Point(q.Point)
		if !ok {
			return nil, notFound("point")
		}
		if !sel.catalog.Allows(actor, survey.RightResults, p.Agency) {
			return nil, outOfScope()
		}
		sel.Point = p.Code // it may have been asked for by the code on its sheets
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	// Taken under the lock, so that every code in the table is known.
	sel.table = s.table.Snapshot()
	sel.shared = newShared(s.keptOf(sel.table, sel.catalog))
	sel.agencyIDs, sel.fieldIDs = s.agencies.ids, s.fields.ids
	sel.grid = newGrid(sel.catalog, sel.agencyIDs, sel.fieldIDs)
	f := &sel.filter
	f.From, f.Until = days(q.Period.From, q.Period.To)
	if sel.agency.Parent != "" {
		f.Agencies = []uint16{}
		for _, id := range sel.catalog.Subtree(sel.agency.ID) {
			f.Agencies = append(f.Agencies, s.agencies.only(id)...)
		}
	}
	if q.Field != "" {
		f.Fields = s.fields.only(q.Field)
	}
	if q.Point != "" {
		f.Points = s.points.only(sel.Point)
	}
	if q.Capture != "" {
		f.Captures = []uint8{place(survey.Captures, q.Capture)}
	}
	if q.Delivery != "" {
		f.Deliveries = []uint8{place(survey.Deliveries, q.Delivery)}
	}
	f.Demographics = people
	f.Campaigns = []uint16{0}
	if q.Campaign != "" {
		f.Campaigns = s.campaigns.only(q.Campaign)
	}
	return sel, nil
}

// people gives the codes of the group of people that a query asks for.
func (s *Service) people(q Query) (codes [tally.Demographics][]uint8, err error) {
	var unknown []survey.FieldError
	for i, asked := range [...]struct{ name, option string }{{"gender", q.Gender}, {"ageGroup", q.AgeGroup}, {"occupation", q.Occupation}} {
		if asked.option == "" {
			continue
		}
		code := place(s.options[i], asked.option)
		if code == 0 {
			unknown = append(unknown, survey.FieldError{Path: asked.name, Reason: survey.ReasonUnknownOption})
		}
		codes[i] = []uint8{code}
	}
	if unknown != nil {
		return codes, &survey.Error{Code: survey.CodeInvalid, Message: "no questionnaire has such an option", Fields: unknown}
	}
	return codes, nil
}

// authorize finds the agency the actor asks for, or the highest one they may see.
func (sel *selection) authorize(actor survey.Actor) error {
	granted, whole := sel.catalog.Scope(actor, survey.RightResults)
	if !whole && len(granted) == 0 {
		return &survey.Error{Code: survey.CodeForbidden, Reason: survey.ReasonNoRight, Message: "results are not among the actor's rights"}
	}
	if sel.Agency != "" {
		a, ok := sel.catalog.Agency(sel.Agency)
		if !ok {
			return notFound("agency")
		}
		if !sel.catalog.Allows(actor, survey.RightResults, a.ID) {
			return outOfScope()
		}
		sel.agency = a
		return nil
	}
	if whole {
		root, ok := sel.catalog.Root()
		if !ok {
			return noProvince()
		}
		sel.agency = root
		return nil
	}
	sel.agency, _ = sel.catalog.Agency(granted[0])
	return nil
}

// notFound says which parameter names nothing.
func notFound(parameter string) error {
	return &survey.Error{Code: survey.CodeNotFound, Message: "no such " + parameter, Fields: []survey.FieldError{{Path: parameter, Reason: survey.ReasonUnknown}}}
}

// noProvince says that there is nothing yet to ask about.
func noProvince() error {
	return &survey.Error{Code: survey.CodeNotFound, Message: "the catalogue has no agencies"}
}

// renamed is an error about a selection whose parameters have other names in the query.
func renamed(err error, names map[string]string) error {
	e, ok := err.(*survey.Error)
	if !ok {
		return err
	}
	other := *e
	other.Fields = slices.Clone(e.Fields)
	for i := range other.Fields {
		f := &other.Fields[i]
		f.Path = cmp.Or(names[f.Path], f.Path)
	}
	return &other
}

func outOfScope() error {
	return &survey.Error{Code: survey.CodeForbidden, Reason: survey.ReasonOutOfScope, Message: "outside the part of the province the actor works for"}
}

// days gives a span of dates, both included, as the table counts them: the end excluded.
func days(from, to survey.Date) (first, until tally.Day) {
	first, ok1 := tally.DayOf(from.Start())
	last, ok2 := tally.DayOf(to.Start())
	if !ok1 || !ok2 {
		panic("results: a period out of reach: " + string(from) + ".." + string(to))
	}
	return first, last + 1
}

// group is the counts of the rows that share a key, one for each measure asked for.
type group struct {
	key    key
	rows   int64
	counts []counts
}

// count asks the table for measures of the selection.
func (sel *selection) count(measures []string, by ...tally.Dim) ([]group, error) {
	return sel.countIn(sel.filter, measures, by...)
}

// key is the integers of a group, in the order of the dimensions asked for.
type key = [tally.MaxGroupBy]int

// each counts one measure and calls use for every group, in the order of their keys.
func (sel *selection) each(filter tally.Filter, measure string, use func(*key, counts), by ...tally.Dim) error {
	q := tally.Query{Filter: filter, GroupBy: by, Forms: sel.forms}
	pooled, ticked := Pooled(measure), sel.readings[measure]
	switch {
	case pooled:
		q.Pools = []tally.Measure{poolMeasure(measure)}
	case ticked != nil:
		q.Items = []tally.Measure{ticked.item}
	case measure == unasked:
		q.Items, q.Forms = []tally.Measure{singleMeasure(survey.Overall)}, sel.silent
	default:
		q.Items = []tally.Measure{singleMeasure(measure)}
	}
	err := sel.table.Each(q, func(g *tally.Group) {
		switch {
		case pooled:
			use(&g.Key, pooledCounts(&g.Pools[0]))
		case ticked != nil:
			use(&g.Key, counts(ticked.levels(g.Items[0])))
		default:
			use(&g.Key, counts(g.Items[0]))
		}
	})
	if err != nil {
		return uncounted(err)
	}
	return nil
}

// eachPoint is each for the points of the selection's agencies: by points, agencies and more. Groups of a point
// come one after the other. Where a request asks for the points of all agencies, one by one, they share a scan.
// By anything else it is each itself.
func (sel *selection) eachPoint(filter tally.Filter, measure string, use func(*key, counts), by ...tally.Dim) error {
	if sel.shared.scans == nil || sel.only == nil || by[0] != tally.ByPoint {
		return sel.each(filter, measure, use, by...)
	}
	filter.Agencies = sel.filter.Agencies
	all, err := once(sel.shared, &sel.shared.scans, fmt.Sprintf("%s %v %#v %#v", measure, by, sel.forms, filter), func() (scan, error) {
		s := scan{}
		return s, sel.each(filter, measure, func(key *key, c counts) {
			agency := uint16(key[1])
			s[agency] = append(s[agency], scanned{*key, c})
		}, by...)
	})
	if err != nil {
		return err
	}
	var own []scanned
	for _, agency := range sel.only {
		own = append(own, all[agency]...)
	}
	slices.SortStableFunc(own, func(a, b scanned) int { return cmp.Compare(a.key[0], b.key[0]) })
	for i := range own {
		use(&own[i].key, own[i].counts)
	}
	return nil
}

// respondents counts those of a measure on the side that the query asks for, and
// calls use for every group, in the order of their keys.
func (sel *selection) respondents(filter tally.Filter, measure string, use func(*key, int64), by ...tally.Dim) error {
	if sel.Flags != FlagsInclude {
		filter.ExcludeFlags = excludedBits
	}
	return sel.each(filter, measure, func(key *key, c counts) {
		n, _, _ := c.numbers(measure)
		use(key, n)
	}, by...)
}

func uncounted(err error) error {
	return &survey.Error{Code: survey.CodeInternal, Message: "responses cannot be counted", Err: err}
}

func (sel *selection) countIn(filter tally.Filter, measures []string, by ...tally.Dim) ([]group, error) {
	q := tally.Query{Filter: filter, GroupBy: by, Forms: sel.forms}
	for _, m := range measures {
		if Pooled(m) {
			q.Pools = append(q.Pools, poolMeasure(m))
		} else {
			q.Items = append(q.Items, singleMeasure(m))
		}
	}
	found, err := sel.table.Count(q)
	if err != nil {
		return nil, uncounted(err)
	}
	groups := make([]group, len(found))
	for i := range found {
		g := group{key: found[i].Key, rows: found[i].Rows, counts: make([]counts, len(measures))}
		items, pools := found[i].Items, found[i].Pools
		for j, m := range measures {
			if Pooled(m) {
				g.counts[j], pools = pooledCounts(&pools[0]), pools[1:]
			} else {
				g.counts[j], items = counts(items[0]), items[1:]
			}
		}
		groups[i] = g
	}
	return groups, nil
}

// counts is what one figure is made of: the levels of a single item or the moments of a pool.
type counts [7]int64

// pooledCounts are those of a pool.
func pooledCounts(m *stats.Moments) counts {
	return counts{m.Respondents, m.Answered, m.Satisfied, m.AA, m.AS, m.SS, m.Full}
}

// levels are those of a single item.
func (c *counts) levels() tally.Levels { return tally.Levels(*c) }

// moments are those of a pool.
func (c *counts) moments() stats.Moments {
	return stats.Moments{Respondents: c[0], Answered: c[1], Satisfied: c[2], AA: c[3], AS: c[4], SS: c[5], Full: c[6]}
}

func (c *counts) add(o counts) {
	for i, n := range &o {
		c[i] += n
	}
}

// minus takes the counts of a part away from those of the whole.
func (c counts) minus(o counts) counts {
	for i, n := range &o {
		c[i] -= n
	}
	return c
}

// numbers gives respondents, satisfied answers and answers.
func (c *counts) numbers(measure string) (n, satisfied, answered int64) {
	if Pooled(measure) {
		return c[0], c[2], c[1] // as pooledCounts puts them
	}
	l := (*tally.Levels)(c)
	answered = l.Answered()
	return answered, l.Satisfied(), answered
}
