package results

import (
	"math"
	"slices"
	"strings"

	"sipas/stats/tally"
	"sipas/survey"
)

// mixShift is the percentage of ratings from which on a difference in how they
// were taken is said.
const mixShift = 20

// mixing is a way to part the ratings behind a figure.
type mixing struct {
	kind MixKind
	dim  tally.Dim
	name func(sel *selection, code int) string
	// table is that of a part alone: the part is withheld where it withholds it.
	table func(sel *selection, code int) (*table, error)
}

var mixings = []mixing{
	{MixCapture, tally.ByCapture, captureName, (*selection).captureTable},
	{MixQuestionnaire, tally.ByForm, questionnaireName, (*selection).formTable},
}

// captureName is empty for a capture that this version does not know.
func captureName(_ *selection, code int) string {
	if code == 0 {
		return ""
	}
	return string(survey.Captures[code-1])
}

func (sel *selection) captureTable(code int) (*table, error) {
	narrow := sel.limited()
	narrow.filter.Captures = []uint8{uint8(code)}
	return narrow.newTable(sel.Measure)
}

func questionnaireName(sel *selection, code int) string {
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	return sel.names[code]
}

// formTable is guarded as boards of one capture are, though there is no board of one questionnaire.
func (sel *selection) formTable(code int) (*table, error) {
	narrow := sel.limited()
	narrow.forms = []tally.FormID{tally.FormID(code)}
	return narrow.newTable(sel.Measure)
}

// respondents counts those behind a side's figure by part, withheld ones too.
func (s *side) respondents(m mixing) (map[int]int64, error) {
	sel := s.sel
	groups, err := sel.count([]string{sel.Measure}, m.dim, tally.ByFlags)
	if err != nil {
		return nil, err
	}
	parts := map[int]int64{}
	for i := range groups {
		c := sel.shown(sorted(groups[i].counts[0], groups[i].key[1]))
		if n, _, _ := c.numbers(sel.Measure); n > 0 {
			parts[groups[i].key[0]] += n
		}
	}
	if s.narrow == nil {
		return parts, nil
	}
	taken, err := s.narrow.respondents(m)
	for code, n := range taken {
		if parts[code] -= n; parts[code] == 0 {
			delete(parts, code)
		}
	}
	return parts, err
}

// withheldPart gives the rule that keeps a part of a side back. That everybody is in
// it is no secret.
func (s *side) withheldPart(m mixing, code int, n int64) (*Withheld, error) {
	if whole, _, _ := s.counts.numbers(s.sel.Measure); n == whole && s.narrow == nil {
		return nil, nil
	}
	t, err := m.table(s.sel, code)
	if err != nil {
		return nil, err
	}
	if withheld := t.withholding(s.at); withheld != nil || s.narrow == nil {
		return withheld, nil
	}
	taken, err := s.narrow.respondents(m)
	if err != nil {
		return nil, err
	}
	if taken[code] == 0 {
		return nil, nil
	}
	return s.narrow.withheldPart(m, code, taken[code])
}

// shares shows the parts of a side, by name.
func (s *side) shares(m mixing, parts map[int]int64) ([]MixShare, error) {
	whole, _, _ := s.counts.numbers(s.sel.Measure)
	shares := []MixShare{}
	for code, n := range parts {
		share := MixShare{ID: m.name(s.sel, code)}
		var err error
		if share.Withheld, err = s.withheldPart(m, code, n); err != nil {
			return nil, err
		}
		switch {
		case share.Withheld != nil:
		case s.sel.tooFew(n):
			share.Withheld = pointer(WithheldMinimumN)
		default:
			share.Share = percent(float64(n) / float64(whole))
		}
		shares = append(shares, share)
	}
	slices.SortFunc(shares, func(a, b MixShare) int { return strings.Compare(a.ID, b.ID) })
	return shares, nil
}

// mixes gives the shares of two sides where they differ by enough to be said, as
// far as both are shown; else nothing. What is withheld can only add to the shift, so
// that counting all of it first spares most comparisons the tables and tells nothing.
func (m mixing) mixes(a, b *side) (first, second []MixShare, err error) {
	var parts [2]map[int]int64
	var all, shown [2][]MixShare
	for i, s := range []*side{a, b} {
		if parts[i], err = s.respondents(m); err != nil {
			return nil, nil, err
		}
		whole, _, _ := s.counts.numbers(s.sel.Measure)
		for code, n := range parts[i] {
			all[i] = append(all[i], MixShare{ID: m.name(s.sel, code), Share: percent(float64(n) / float64(whole))})
		}
	}
	if moved(all[0], all[1]) < mixShift {
		return nil, nil, nil
	}
	for i, s := range []*side{a, b} {
		if shown[i], err = s.shares(m, parts[i]); err != nil {
			return nil, nil, err
		}
	}
	if moved(shown[0], shown[1]) < mixShift {
		return nil, nil, nil
	}
	return shown[0], shown[1], nil
}

// moved is the percentage of ratings that would have to be in another part for two
// mixes to be alike, as far as both are shown.
func moved(a, b []MixShare) float64 {
	off := map[string]float64{} // NaN where either is withheld
	for i, mix := range [][]MixShare{a, b} {
		for _, s := range mix {
			share := math.NaN()
			if s.Share != nil {
				share = *s.Share
			}
			off[s.ID] += share * float64(1-2*i)
		}
	}
	sum := 0.0
	for _, o := range off {
		if !math.IsNaN(o) {
			sum += math.Abs(o) / 2
		}
	}
	return sum
}
