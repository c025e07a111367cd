package results

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/ledger"
)

// Finding is the ratings of a point and a day that bear a flag, or bore it until a
// person took it away.
type Finding struct {
	Day        survey.Date `json:"day"`
	Point      string      `json:"point"`
	PointName  survey.Text `json:"pointName"`
	Agency     string      `json:"agency"`
	AgencyName survey.Text `json:"agencyName"`
	Flag       survey.Flag `json:"flag"`
	Set        int64       `json:"set"`     // ratings that bear the flag
	Cleared    int64       `json:"cleared"` // ratings it was taken away from
	Signal     string      `json:"signal"`  // what the system judged by; empty: the flag came with the ratings, or from a person
	Score      *float64    `json:"score"`   // the highest, on the signal's own scale; null without a signal
	Judged     *Judged     `json:"judged"`  // the newest decision of a person; null: nobody decided
}

// Judged is the decision of a person.
type Judged struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Set    bool      `json:"set"`
	Reason string    `json:"reason"`
}

type findingKey struct {
	day           tally.Day
	point, agency uint16
	flag          int // its place in survey.Flags
}

// Findings gives what was flagged in the query's agency and everything below it,
// of one flag or of every one where it is empty: the newest day first. Other than in results,
// campaigns count as everything else does, and the query's measure and rule for flags change nothing.
//
// The actor sees agencies over which a grant has the right flags. Errors: forbidden
// where there is none, else as with Board.
func (s *Service) Findings(ctx context.Context, actor survey.Actor, q Query, flag survey.Flag) ([]Finding, error) {
	granted, whole := s.registry.Snapshot().Scope(actor, survey.RightFlags)
	if !whole && len(granted) == 0 {
		return nil, s.registry.Permit(actor, survey.RightFlags, "")
	}
	sel, err := s.selection(actor, q)
	if err != nil {
		return nil, err
	}
	point, _ := sel.catalog.Point(q.Point)
	for _, asked := range []string{q.Agency, point.Agency} {
		if asked == "" {
			continue
		}
		if err := s.registry.Permit(actor, survey.RightFlags, asked); err != nil {
			return nil, err
		}
	}
	visible := make([]bool, len(sel.agencyIDs))
	for code, id := range sel.agencyIDs {
		visible[code] = whole || slices.Contains(granted, id)
	}
	sel.filter.Campaigns = nil
	decided := s.decisions()
	points := sel.pointIDs()
	found := map[findingKey]*Finding{}
	wanted := flagBits(survey.Flags...)
	if flag != "" {
		wanted = flagBits(flag)
	}
	for row := range sel.table.Select(sel.filter) {
		about := decided[row.Ref]
		if row.Flags&wanted == 0 && about == nil || !visible[row.Agency] {
			continue
		}
		for place, f := range survey.Flags {
			bit := uint16(1) << place
			d, judged := about[f]
			if wanted&bit == 0 || row.Flags&bit == 0 && !judged {
				continue
			}
			key := findingKey{row.Day, row.Point, row.Agency, place}
			if found[key] == nil {
				found[key] = &Finding{}
			}
			found[key].count(row.Flags&bit != 0)
			if judged {
				found[key].weigh(d)
			}
		}
	}
	if err := alive(ctx); err != nil {
		return nil, err
	}
	list := make([]Finding, 0, len(found))
	for key, f := range found {
		f.Day = survey.DateOf(key.day.Date())
		f.Flag, f.Point, f.Agency = survey.Flags[key.flag], points[key.point], sel.agencyIDs[key.agency]
		if p, ok := sel.catalog.Point(f.Point); ok {
			f.PointName = p.Name
		}
		if a, ok := sel.catalog.Agency(f.Agency); ok {
			f.AgencyName = a.Name
		}
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Point, b.Point),
			slices.Index(survey.Flags, a.Flag)-slices.Index(survey.Flags, b.Flag), cmp.Compare(a.Agency, b.Agency))
	})
	return list, nil
}

// count takes one rating in.
func (f *Finding) count(set bool) {
	if set {
		f.Set++
	} else {
		f.Cleared++
	}
}

// weigh takes in what was decided on one rating.
func (f *Finding) weigh(d ledger.Decision) {
	if d.Score != nil && (f.Score == nil || *d.Score > *f.Score) {
		f.Signal, f.Score = d.Signal, d.Score
	}
	if d.ByPerson() && (f.Judged == nil || d.At.After(f.Judged.At)) {
		f.Judged = &Judged{By: d.By, At: d.At, Set: d.Set, Reason: d.Reason}
	}
}

// decisions gives what was decided on flags, by the row of the response.
func (s *Service) decisions() map[tally.RowRef]map[survey.Flag]ledger.Decision {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make(map[tally.RowRef]map[survey.Flag]ledger.Decision, len(s.judgements))
	for at, j := range s.judgements {
		if ref, ok := s.row(at); ok {
			all[ref] = maps.Clone(j.Decisions)
		}
	}
	return all
}

// Standing gives every rating of a point on some days, both included, and how it
// stands with a flag, in the order of streams and their entries. It looks at what is counted
// and reads no ledger: for a million ratings some tens of milliseconds.
func (s *Service) Standing(point string, from, to survey.Date, flag survey.Flag) []ledger.Standing {
	s.mu.RLock()
	defer s.mu.RUnlock()
	filter := tally.Filter{Points: s.points.only(point)}
	filter.From, filter.Until = days(from, to)
	bearing := map[tally.RowRef]bool{}
	for row := range s.table.Snapshot().Select(filter) {
		bearing[row.Ref] = row.Flags&flagBits(flag) != 0
	}
	if len(bearing) == 0 {
		return nil
	}
	var list []ledger.Standing
	for _, stream := range slices.Sorted(maps.Keys(s.rows)) {
		for i, ref := range s.rows[stream] {
			set, ok := bearing[tally.RowRef(ref-1)]
			if ref == 0 || !ok {
				continue
			}
			st := ledger.Standing{Entry: ledger.Position{Stream: stream, N: int64(i) + 1}, Set: set}
			if j := s.judgements[st.Entry]; j != nil {
				if d, ok := j.Decisions[flag]; ok {
					st.Decision = &d
				}
			}
			list = append(list, st)
		}
	}
	return list
}
