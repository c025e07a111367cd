package results

import (
	"context"
	"errors"

	"sipas/stats/tally"
	"sipas/survey"
)

// Quality is what was flagged in an agency and everything below it, and what
// leaving it out changes.
type Quality struct {
	Heading
	Flags    []FlagInfo      `json:"flags"` // all there are
	Total    Quarantine      `json:"total"`
	Agencies []AgencyQuality `json:"agencies"` // rated ones below, in tree order; each the roll-up of its subtree
	Points   []PointQuality  `json:"points"`   // rated ones
}

// FlagInfo names a flag. Ratings with an informative one stay in the results.
type FlagInfo struct {
	ID          survey.Flag `json:"id"`
	Name        survey.Text `json:"name"`
	Informative bool        `json:"informative"`
}

// Quarantine sets the figure without suspicious ratings beside that with them.
// Everything is null where the board withholds the figure without them; all but that
// one where it withholds the one with them, also for being of a few more.
type Quarantine struct {
	Flagged    map[survey.Flag]int64 `json:"flagged"`    // respondents by flag, those without any left out; some have several
	Excluded   *int64                `json:"excluded"`   // respondents whose flags take them out of the results
	Share      *float64              `json:"share"`      // percent: 100 · excluded / all
	Without    *Figure               `json:"without"`    // what results show by default
	With       *Figure               `json:"with"`       // all ratings
	Difference *float64              `json:"difference"` // percentage points: with − without; null where either has no index
	Withheld   *Withheld             `json:"withheld"`
}

// Figure is the index of some ratings.
type Figure struct {
	N     int64    `json:"n"`     // respondents with a valid answer to the measure
	Index *float64 `json:"index"` // 100 · satisfied / answered; null without answers
}

// AgencyQuality is an agency below the chosen one.
type AgencyQuality struct {
	ID     string             `json:"id"`
	Name   survey.Text        `json:"name"`
	Kind   survey.AgencyKind  `json:"kind"`
	Level  survey.AgencyLevel `json:"level"`
	Parent string             `json:"parent"`
	Depth  int                `json:"depth"` // 1: child of the chosen agency
	Quarantine
}

// PointQuality is one point.
type PointQuality struct {
	Code   string      `json:"code"`
	Name   survey.Text `json:"name"`
	Agency string      `json:"agency"`
	Quarantine
}

// Quality gives what was flagged in the query's agency and everything below it,
// and the figures without and with it, whatever the query says of flags. Scope and errors
// as with Board.
func (s *Service) Quality(ctx context.Context, actor survey.Actor, q Query) (Quality, error) {
	q.Flags = FlagsExclude
	sel, err := s.selection(actor, q)
	if err != nil {
		return Quality{}, err
	}
	return sel.quality(ctx)
}

// suspects are the counts of one part by its flags.
type suspects struct {
	sides
	flagged  [16]int64 // by place in survey.Flags
	excluded int64
}

func (s *suspects) add(o suspects) {
	s.sides.add(&o.sides)
	for i, n := range o.flagged {
		s.flagged[i] += n
	}
	s.excluded += o.excluded
}

// quality counts in one scan by agency, point and flags, and shows of it what the board would.
// All agencies' points are judged from shared scans.
func (sel *selection) quality(ctx context.Context) (Quality, error) {
	if len(sel.filter.Points) == 0 {
		sel.shared.scans = map[string]*made[scan]{}
	}
	t, err := sel.newTable(sel.Measure)
	if err != nil {
		return Quality{}, err
	}
	including := *sel
	including.Flags = FlagsInclude
	all, err := including.newTable(sel.Measure)
	if err != nil {
		return Quality{}, err
	}
	groups, err := sel.count([]string{sel.Measure}, tally.ByAgency, tally.ByPoint, tally.ByFlags)
	if err != nil {
		return Quality{}, err
	}
	if err := alive(ctx); err != nil {
		return Quality{}, err
	}
	points := sel.pointIDs()
	rated := map[int]map[int]bool{} // the agencies, by row, where a point was rated
	var total suspects
	byAgency, byPoint := map[string]*suspects{}, map[string]*suspects{}
	add := func(sums map[string]*suspects, id string, part suspects) {
		if sums[id] == nil {
			sums[id] = &suspects{}
		}
		sums[id].add(part)
	}
	for i := range groups {
		g := &groups[i]
		part := suspects{sides: sorted(g.counts[0], g.key[2])}
		n := t.n(part.all)
		if n == 0 {
			continue
		}
		for place := range survey.Flags {
			if g.key[2]&(1<<place) != 0 {
				part.flagged[place] = n
			}
		}
		part.excluded = n - t.n(part.clean)
		total.add(part)
		add(byPoint, points[g.key[1]], part)
		if rated[g.key[1]] == nil {
			rated[g.key[1]] = map[int]bool{}
		}
		rated[g.key[1]][sel.grid.rows[g.key[0]]] = true
		sel.eachAncestor(sel.agencyIDs[g.key[0]], func(ancestor string) { add(byAgency, ancestor, part) })
	}
	whole := pair{sel.agency.ID, sel.Field}
	q := Quality{
		Heading:  sel.heading(satisfiedShare.use(), leftOut.use()),
		Total:    sel.quarantine(total, t.withholding(whole), all.withholding(whole)),
		Agencies: []AgencyQuality{},
		Points:   []PointQuality{},
	}
	for _, f := range survey.Flags {
		q.Flags = append(q.Flags, FlagInfo{ID: f, Name: f.Text(), Informative: f.Informative()})
	}
	base := sel.catalog.Depth(sel.agency.ID)
	for _, id := range sel.catalog.Subtree(sel.agency.ID) {
		a, ok := sel.catalog.Agency(id)
		if part := byAgency[id]; ok && part != nil && id != sel.agency.ID {
			q.Agencies = append(q.Agencies, AgencyQuality{ID: id, Name: a.Name, Kind: a.Kind, Level: a.Level, Parent: a.Parent,
				Depth: sel.catalog.Depth(id) - base, Quarantine: sel.quarantine(*part, t.withholding(pair{id, sel.Field}), all.withholding(pair{id, sel.Field}))})
		}
	}
	kept, err := t.keptPoints(points, rated)
	if err != nil {
		return Quality{}, err
	}
	keptWith, err := all.keptPoints(points, rated)
	if err != nil {
		return Quality{}, err
	}
	for _, p := range sel.catalog.Points() {
		if part := byPoint[p.Code]; part != nil {
			q.Points = append(q.Points, PointQuality{Code: p.Code, Name: p.Name, Agency: p.Agency, Quarantine: sel.quarantine(*part, kept[p.Code], keptWith[p.Code])})
		}
	}
	q.conclude(q.Total.summary(q.Period.spoken))
	return q, nil
}

// keptPoints says which points are withheld: those that a board limited to one withholds.
func (t *table) keptPoints(points []string, rated map[int]map[int]bool) (map[string]*Withheld, error) {
	kept := map[string]*Withheld{}
	if len(t.sel.filter.Points) > 0 {
		for point, rows := range rated {
			for row := range rows {
				kept[points[point]] = t.withholding(pair{t.agencies[row], t.sel.Field})
			}
		}
		return kept, nil
	}
	pointsOf := make([][]int, len(t.agencies)) // rated at the agency of each row
	for point, rows := range rated {
		for row := range rows {
			pointsOf[row] = append(pointsOf[row], point)
		}
	}
	partings, failed := make([]*parting, len(pointsOf)), make([]error, len(pointsOf))
	parallel(len(pointsOf), func(row int) {
		if len(pointsOf[row]) > 0 {
			partings[row], failed[row] = t.partingOfPoints(row, t.sel.pointChoice(pointsOf[row][0]))
		}
	})
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	column := t.column[t.sel.Field]
	for row, p := range partings {
		for _, point := range pointsOf[row] {
			if withheld := p.withheld[column]; withheld != "" {
				kept[points[point]] = &withheld
			} else if p.rare[point] {
				kept[points[point]] = pointer(WithheldDifferencing)
			}
		}
	}
	return kept, nil
}

// quarantine shows what was flagged of a part, as far as no rule keeps its figures
// without or with suspicious ratings back.
func (sel *selection) quarantine(s suspects, withheld, withheldWith *Withheld) Quarantine {
	q := Quarantine{Withheld: withheld}
	if withheld != nil {
		return q
	}
	without, with := sel.index(s.clean), sel.index(s.all)
	q.Without = &without
	if withheldWith != nil || sel.tooFew(s.excluded) {
		return q
	}
	q.Flagged, q.Excluded, q.With = map[survey.Flag]int64{}, &s.excluded, &with
	for place, f := range survey.Flags {
		if n := s.flagged[place]; n > 0 {
			q.Flagged[f] = n
		}
	}
	if with.N > 0 {
		q.Share = percent(float64(s.excluded) / float64(with.N))
	}
	if without.Index != nil && with.Index != nil {
		q.Difference = pointer(*with.Index - *without.Index)
	}
	return q
}

func (sel *selection) index(c counts) Figure {
	n, satisfied, answered := c.numbers(sel.Measure)
	f := Figure{N: n}
	if answered > 0 {
		f.Index = percent(float64(satisfied) / float64(answered))
	}
	return f
}
