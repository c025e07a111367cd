package results

import (
	"slices"

	"sipas/stats"
)

// Poststrata is the index with each agency and field weighed by its files: what the
// raw index would be if everywhere the same part of the files had been rated. It mends the
// mix of strata and nothing else of self-selection.
type Poststrata struct {
	Index      *float64        `json:"index"`    // percent; null with a reason
	Interval   *Interval       `json:"interval"` // Wilson on the effective n
	EffectiveN *float64        `json:"effectiveN"`
	Unweighted *float64        `json:"unweighted"` // percent, of the same ratings
	N          *int64          `json:"n"`          // ratings in the strata
	Volume     *int64          `json:"volume"`     // files in the strata
	Reason     *StrataReason   `json:"reason"`     // why there is no index
	Strata     []Stratum       `json:"strata"`
	Missing    []MissingStrata `json:"missing"` // agencies whose files and ratings are in no stratum
}

// StrataReason says why something is in no stratum, or why there are no strata.
type StrataReason string

// The reasons.
const (
	StrataPooled     StrataReason = "pooled"     // strata are for single questions
	StrataNone       StrataReason = "none"       // no agency is left
	StrataWithheld   StrataReason = "withheld"   // the figure of the agency is withheld
	StrataNoVolume   StrataReason = "noVolume"   // its files are not known, or none
	StrataNoRatings  StrataReason = "noRatings"  // nobody rated it
	StrataImpossible StrataReason = "impossible" // it has more ratings than files
)

// Stratum is one agency and field, or the fields of an agency that had to be put together: those
// without ratings, with withheld ones, with more ratings than files, and ratings
// without a field.
type Stratum struct {
	Agency   string   `json:"agency"`
	Fields   []string `json:"fields"` // one; or those put together, without the unknown one
	Merged   bool     `json:"merged"`
	Volume   int64    `json:"volume"`
	N        int64    `json:"n"`
	Coverage float64  `json:"coverage"` // percent: 100 · n / volume; the rest did not rate
	Index    float64  `json:"index"`    // percent
	Weight   float64  `json:"weight"`   // files that one rating stands for
	Part     float64  `json:"part"`     // of all files in strata, in percent

	satisfied int64
}

// MissingStrata is an agency that is in no stratum.
type MissingStrata struct {
	Agency string       `json:"agency"`
	Reason StrataReason `json:"reason"`
}

// poststrata weighs the strata by their files. What it knows of withheld cells is what
// an agency's shown total, less its shown fields, tells anyway.
func (m *maker) poststrata() (Poststrata, error) {
	p := Poststrata{Strata: []Stratum{}, Missing: []MissingStrata{}}
	if Pooled(m.sel.Measure) {
		p.Reason = pointer(StrataPooled)
		return p, nil
	}
	for _, id := range m.sel.strataAgencies() {
		strata, reason := m.strata(id)
		if reason != "" {
			p.Missing = append(p.Missing, MissingStrata{id, reason})
		}
		p.Strata = append(p.Strata, strata...)
	}
	if len(p.Strata) == 0 {
		p.Reason = pointer(StrataNone)
		return p, nil
	}
	classes := make([]stats.ResponseClass, len(p.Strata))
	var n, volume int64
	for i, s := range p.Strata {
		classes[i] = stats.ResponseClass{Invited: s.Volume, Responded: s.N, Satisfied: s.satisfied}
		n, volume = n+s.N, volume+s.Volume
	}
	weighed, err := stats.AdjustForNonresponse(classes, Conf)
	if err != nil {
		return Poststrata{}, miscounted(err)
	}
	for i := range p.Strata {
		s := &p.Strata[i]
		s.Weight, s.Part = weighed.Weights[i], 100*float64(s.Volume)/float64(volume)
		s.Coverage, s.Index = 100*float64(s.N)/float64(s.Volume), 100*float64(s.satisfied)/float64(s.N)
	}
	p.N, p.Volume = &n, &volume
	p.Index, p.Unweighted = percent(*weighed.Estimate.Value), percent(*weighed.Unweighted)
	p.Interval, p.EffectiveN = interval(weighed.Estimate.Interval), weighed.Estimate.EffectiveN
	return p, nil
}

// strata lists those of one agency: each field that can stand alone, and one of all others.
// That one takes up the smallest field as long as it cannot stand itself.
func (m *maker) strata(agency string) (strata []Stratum, reason StrataReason) {
	all := m.stratum(pair{agency, m.sel.Field})
	volume := m.volume(pair{agency, m.sel.Field})
	switch {
	case m.table.withholding(pair{agency, m.sel.Field}) != nil:
		return nil, StrataWithheld
	case volume == nil || volume.unknown || !volume.sheet || volume.files == 0:
		return nil, StrataNoVolume
	case all.N == 0:
		return nil, StrataNoRatings
	case !all.stands():
		return nil, StrataImpossible
	case m.sel.Field != "":
		all.Fields = []string{m.sel.Field}
		return []Stratum{all}, ""
	}
	rest := all
	rest.Merged, rest.Fields = true, []string{}
	for _, field := range m.sel.fieldKeys {
		at := pair{agency, field}
		if s := m.stratum(at); m.table.withholding(at) == nil && !m.volume(at).unknown && s.stands() && field != noField {
			s.Fields = []string{field}
			strata = append(strata, s)
			rest.add(s, -1)
		} else if field != noField && (s.N > 0 || s.Volume > 0) {
			rest.Fields = append(rest.Fields, field)
		}
	}
	slices.SortStableFunc(strata, func(a, b Stratum) int { return int(b.N - a.N) })
	for !(rest.N == 0 && rest.Volume == 0) && !rest.stands() {
		last := strata[len(strata)-1]
		strata = strata[:len(strata)-1]
		rest.add(last, 1)
		rest.Fields = append(rest.Fields, last.Fields...)
	}
	if rest.N > 0 {
		strata = append(strata, rest)
	}
	return strata, ""
}

// stratum gives the counts of a place.
func (m *maker) stratum(at pair) Stratum {
	c := m.table.countsAt(at)
	n, satisfied, _ := c.numbers(m.sel.Measure)
	return Stratum{Agency: at.agency, Volume: m.files(at), N: n, satisfied: satisfied}
}

// files gives those of a place, 0 where none are known.
func (m *maker) files(at pair) int64 {
	if v := m.volume(at); v != nil {
		return v.files
	}
	return 0
}

// stands reports whether the stratum can have a weight and a figure of its own.
func (s Stratum) stands() bool { return s.N >= MinimumN && s.N <= s.Volume }

func (s *Stratum) add(o Stratum, sign int64) {
	s.Volume, s.N, s.satisfied = s.Volume+sign*o.Volume, s.N+sign*o.N, s.satisfied+sign*o.satisfied
}
