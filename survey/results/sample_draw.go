package results

import (
	"cmp"
	"maps"
	"slices"

	"sipas/survey"
)

// draw is the answers of a campaign to one measure, sorted into the strata that they were drawn from.
type draw struct {
	sel      *selection
	campaign survey.Campaign
	measure  string
	strata   []drawn
}

// drawn is what was drawn of one stratum.
type drawn struct {
	survey.Stratum
	withheld *Withheld
	answers  []answered
	clusters int  // with answers
	hides    bool // some cluster is withheld; the answers then do not say which they are of
}

// answered is what one respondent said.
type answered struct {
	cluster             string
	answered, satisfied float64
}

// draw takes the answers of the campaign to a measure. A stratum is withheld unless every one of its
// agencies is shown, or has nobody, so that what is shown of it follows from what a board shows.
func (sel *selection) draw(c survey.Campaign, measure string) (*draw, error) {
	t, err := sel.newTable(measure)
	if err != nil {
		return nil, err
	}
	d := &draw{sel: sel, campaign: c, measure: measure}
	for _, h := range c.Strata {
		s := drawn{Stratum: h}
		for _, id := range h.Agencies {
			if w := t.withholding(pair{id, ""}); w != nil && len(h.Agencies) == 1 {
				s.withheld = w
			} else if w != nil {
				s.withheld = pointer(WithheldSecondary)
			}
		}
		d.strata = append(d.strata, s)
	}
	filter := sel.filter
	if sel.Flags != FlagsInclude {
		filter.ExcludeFlags = excludedBits
	}
	of := singleMeasure
	if Pooled(measure) {
		of = poolMeasure
	}
	places, points := d.places(), sel.pointIDs()
	rated := map[int]map[int]bool{}
	for _, r := range sel.table.Respondents(filter, of(measure), Pooled(measure)) {
		p, known := places[sel.agencyIDs[r.Agency]]
		if !known {
			continue // of no stratum: outside of the frame
		}
		s, cluster := &d.strata[p.stratum], ""
		switch c.Unit {
		case survey.UnitAgency:
			cluster = p.agency
		case survey.UnitPoint:
			cluster = points[r.Point]
			row := t.rows[r.Agency]
			if rated[int(r.Point)] == nil {
				rated[int(r.Point)] = map[int]bool{}
			}
			rated[int(r.Point)][row] = true
		}
		s.answers = append(s.answers, answered{cluster, float64(r.Answered), float64(r.Satisfied)})
	}
	kept, err := t.keptPoints(points, rated)
	if err != nil {
		return nil, err
	}
	for i := range d.strata {
		d.strata[i].settle(c.Unit, kept)
	}
	return d, nil
}

// settle counts the clusters and puts the answers in an order. Sums depend on it in the last digits, so
// that it follows from what was said alone, not from what clusters are called, and does not tell where answers
// came from when that is withheld.
func (s *drawn) settle(unit survey.SamplingUnit, kept map[string]*Withheld) {
	of := map[string][]answered{}
	for _, a := range s.answers {
		of[a.cluster] = append(of[a.cluster], a)
		s.hides = s.hides || kept[a.cluster] != nil
	}
	if s.clusters = len(of); unit == survey.UnitPerson {
		s.clusters = len(s.answers)
	}
	if s.hides {
		for i := range s.answers {
			s.answers[i].cluster = ""
		}
		of = map[string][]answered{"": s.answers}
	}
	clusters := slices.Collect(maps.Values(of))
	for _, answers := range clusters {
		slices.SortFunc(answers, answered.compare)
	}
	slices.SortFunc(clusters, func(a, b []answered) int { return slices.CompareFunc(a, b, answered.compare) })
	s.answers = slices.Concat(clusters...)
}

func (a answered) compare(b answered) int {
	return cmp.Or(cmp.Compare(a.answered, b.answered), cmp.Compare(a.satisfied, b.satisfied))
}

// stratumPlace is where an agency's answers belong.
type stratumPlace struct {
	stratum int
	agency  string // of those that the stratum names
}

// places finds the stratum of every agency that is in one.
func (d *draw) places() map[string]stratumPlace {
	places := map[string]stratumPlace{}
	for i, h := range d.campaign.Strata {
		for _, id := range h.Agencies {
			for _, below := range d.sel.catalog.Subtree(id) {
				places[below] = stratumPlace{i, id}
			}
		}
	}
	return places
}

func (s *drawn) n() int64 { return int64(len(s.answers)) }

// impossible reports whether more was drawn than there is.
func (s *drawn) impossible() bool {
	return s.n() > s.Population || !s.hides && s.Clusters > 0 && int64(s.clusters) > s.Clusters
}

// lone reports whether one cluster stands for several.
func (s *drawn) lone() bool { return s.clusters == 1 && s.Clusters != 1 }
