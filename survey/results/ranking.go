package results

import (
	"cmp"
	"context"
	"math"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// RankingQuery asks for a ranking.
type RankingQuery struct {
	Query
	League
}

// ParseRanking adds the parameters by (agency, the default, or field), level and
// kind to a query. The error is CodeInvalid with a field error for each that cannot be read.
func ParseRanking(q Query, get func(string) string) (RankingQuery, error) {
	l, errs := parseLeague(q, get)
	if errs != nil {
		return RankingQuery{}, unreadable(errs)
	}
	return RankingQuery{q, l}, nil
}

// Ranking sets the units of a league in order, with how far that order can be
// relied on. Places, and everything else, are made of the figures shown alone.
type Ranking struct {
	Heading
	League
	Ranked          int64        `json:"ranked"`          // units with a place
	Distinguishable int64        `json:"distinguishable"` // as many units as can be picked that differ clearly from each other, all at once
	Quarter         int64        `json:"quarter"`         // places in the highest and in the lowest quarter
	Pooling         *Pooling     `json:"pooling"`         // behind the shrunken values; null where nothing is ranked
	Units           []RankedUnit `json:"units"`           // by place; those without one last, in the order of the catalogue
}

// RankedUnit is a unit with its place. Rank, Bar and Shrunken are null where the
// figure is withheld or of nobody.
type RankedUnit struct {
	Unit
	Cell     Cell      `json:"cell"`
	Rank     *Rank     `json:"rank"`
	Bar      *Interval `json:"bar"`      // Goldstein–Healy: bars of two units that do not overlap go with a clear difference of the two; null for one unit alone
	Shrunken *Shrunken `json:"shrunken"` // drawn towards the mean of all: for looking at small units, never for a verdict
}

// Rank is a place among the units ranked, 1 the highest index.
type Rank struct {
	Place          int       `json:"place"`          // units with the same index have the same
	Interval       RankRange `json:"interval"`       // of this unit, looked at alone
	Joint          RankRange `json:"joint"`          // of all units at once
	Expected       float64   `json:"expected"`       // the mean place
	HighestQuarter *float64  `json:"highestQuarter"` // percent: the probability of a place in the highest quarter; null for one unit alone
	LowestQuarter  *float64  `json:"lowestQuarter"`  // likewise
}

// RankRange is the places from Best to Worst.
type RankRange struct {
	Best  int `json:"best"`
	Worst int `json:"worst"`
}

// Pooling says how units were drawn towards each other.
type Pooling struct {
	Degree stats.Pooling `json:"degree"` // none: fewer than five units; partial; complete: they differ by chance alone
	Mean   *float64      `json:"mean"`   // percent, of all units; null where the degree is none
}

// Shrunken is the index of a unit drawn towards that of all.
type Shrunken struct {
	Value    float64   `json:"value"`    // percent
	Weight   float64   `json:"weight"`   // of the mean of all in it, 0 to 1
	Interval *Interval `json:"interval"` // null unless the degree is partial
}

// Ranking ranks the units below the query's agency by their index. Scope and
// errors as with Board.
func (s *Service) Ranking(ctx context.Context, actor survey.Actor, q RankingQuery) (Ranking, error) {
	sel, err := s.selection(actor, q.Query)
	if err != nil {
		return Ranking{}, err
	}
	all, err := sel.standings(q.League)
	if err != nil {
		return Ranking{}, err
	}
	if err := alive(ctx); err != nil {
		return Ranking{}, err
	}
	r := Ranking{Heading: sel.heading(sel.rankingMethods()...), League: q.League, Units: make([]RankedUnit, len(all))}
	for i, s := range all {
		r.Units[i] = RankedUnit{Unit: s.Unit, Cell: s.cell}
	}
	if err := r.rank(all); err != nil {
		return Ranking{}, miscounted(err)
	}
	slices.SortStableFunc(r.Units, func(a, b RankedUnit) int { return cmp.Compare(a.order(), b.order()) })
	r.conclude(joined(" ", r.summary(sel), sel.sayUnsettled(), selfSelection))
	return r, nil
}

func (u RankedUnit) order() int {
	if u.Rank == nil {
		return math.MaxInt
	}
	return u.Rank.Place
}

// exactRanks is up to how many units ranks are computed to the last digit.
const exactRanks = 50

// rank fills in what is made of all figures shown.
func (r *Ranking) rank(all []standing) error {
	places, counts := shownOf(all)
	r.Ranked = int64(len(places))
	if len(places) == 0 {
		return nil
	}
	distribute := stats.Ranks
	if len(places) > exactRanks {
		distribute = stats.ApproximateRanks
	}
	ranks, err := distribute(counts, 0.5)
	if err != nil {
		return err
	}
	joint, err := stats.JointRanks(counts, Conf)
	if err != nil {
		return err
	}
	shrinkage, err := stats.Shrink(counts, 1, Conf) // no target is asked about
	if err != nil {
		return err
	}
	r.Pooling = &Pooling{Degree: shrinkage.Pooling}
	if shrinkage.Prior != nil {
		r.Pooling.Mean = percent(shrinkage.Prior.Mean)
	}
	bars, err := comparisonBars(all, places)
	if err != nil {
		return err
	}
	if r.Distinguishable, err = distinguishable(counts); err != nil {
		return err
	}
	r.Quarter = int64(len(places)+3) / 4
	for k, i := range places {
		u := &r.Units[i]
		if u.Rank, err = rankOf(ranks[k], *joint[k], int(r.Quarter)); err != nil {
			return err
		}
		u.Rank.Place = 1
		for _, j := range places {
			// Of the figures themselves: a pooled measure's effective counts are rounded.
			a, b := all[i].cell, all[j].cell
			if *b.Satisfied**a.Answered > *a.Satisfied**b.Answered {
				u.Rank.Place++
			}
		}
		s := shrinkage.Units[k]
		u.Bar = bars[k]
		u.Shrunken = &Shrunken{Value: 100 * *s.Value, Weight: *s.Weight, Interval: interval(s.Interval)}
	}
	return nil
}

func rankOf(r *stats.Rank, joint stats.RankInterval, quarter int) (*Rank, error) {
	alone, err := r.Interval(Conf)
	if err != nil {
		return nil, err
	}
	rank := &Rank{Interval: RankRange(alone), Joint: RankRange(joint), Expected: r.Expected}
	units := len(r.Probabilities)
	if units > 1 {
		var highest, lowest float64
		for i := range quarter {
			highest += r.Probabilities[i]
			lowest += r.Probabilities[units-1-i]
		}
		rank.HighestQuarter, rank.LowestQuarter = percent(math.Min(1, highest)), percent(math.Min(1, lowest))
	}
	return rank, nil
}

// comparisonBars are Goldstein–Healy's on the scale of the angle, where the
// standard error of a share depends on its size alone and none is 0; nil for one unit.
func comparisonBars(all []standing, places []int) ([]*Interval, error) {
	bars := make([]*Interval, len(places))
	if len(places) < 2 {
		return bars, nil
	}
	se := make([]float64, len(places))
	for k, i := range places {
		se[k] = 1 / (2 * math.Sqrt(*all[i].estimate.EffectiveN))
	}
	z, err := stats.GoldsteinHealy(se, Conf)
	if err != nil {
		return nil, err
	}
	square := func(angle float64) float64 {
		sin := math.Sin(math.Min(math.Pi/2, math.Max(0, angle)))
		return 100 * sin * sin
	}
	for k, i := range places {
		angle := math.Asin(math.Sqrt(*all[i].estimate.Value))
		bars[k] = &Interval{Lower: square(angle - z*se[k]), Upper: square(angle + z*se[k]), Method: goldsteinHealy.ID, Conf: Conf}
	}
	return bars, nil
}

// distinguishable is the largest number of units whose Wilson intervals, of a
// level at which all hold together, do not touch.
func distinguishable(counts []stats.Count) (int64, error) {
	intervals := make([]stats.Interval, len(counts))
	for i, c := range counts {
		e, err := stats.ProportionInterval(stats.Wilson, c.Successes, c.N, 1-(1-Conf)/float64(len(counts)))
		if err != nil {
			return 0, err
		}
		intervals[i] = *e.Interval
	}
	slices.SortFunc(intervals, func(a, b stats.Interval) int { return cmp.Compare(a.Upper, b.Upper) })
	apart, last := int64(0), math.Inf(-1)
	for _, i := range intervals {
		if i.Lower > last {
			apart, last = apart+1, i.Upper
		}
	}
	return apart, nil
}

func (r *Ranking) summary(sel *selection) survey.Text {
	period, nouns := r.Period.spoken, r.nouns()
	var left survey.Text
	if n := int64(len(r.Units)) - r.Ranked; n > 0 {
		left = say("Còn %s %s không có thứ hạng, vì không có phiếu hoặc con số không được công bố.", "Not ranked, for want of ratings or because the figure is not shown: %s of the %s.", n, nouns)
	}
	switch r.Ranked {
	case 0:
		return joined(" ", say("Chưa có %[1]s nào đủ phiếu trong %[2]s để xếp hạng.", "None of the %s has enough ratings in %s to be ranked.", nouns, period), left)
	case 1:
		return joined(" ", say("Chỉ một %[1]s có đủ phiếu trong %[2]s, nên không có gì để xếp hạng.", "Only one of the %s has enough ratings in %s, so there is nothing to rank.", nouns, period), left)
	}
	first, last := r.Units[0], r.Units[r.Ranked-1]
	order := say("%s %s của %s %s: từ %s (%s) xuống %s (%s).", "%s, %s, %s %s: from %s (%s) down to %s (%s).",
		nameOf(sel.Measure), period, r.Ranked, nouns,
		share(*first.Cell.Satisfied, *first.Cell.Answered), first.Name, share(*last.Cell.Satisfied, *last.Cell.Answered), last.Name)
	if r.Distinguishable < 2 {
		return joined(" ", order, say("Với số phiếu hiện có, chưa phân biệt rõ được %s nào với nhau: thứ tự này có thể chỉ do ngẫu nhiên.",
			"With these numbers of ratings no two of the %s can be told apart clearly: the order may be chance alone.", nouns), left)
	}
	return joined(" ", order, say("Dù xếp thành %[1]s hạng, số phiếu hiện có chỉ đủ để phân biệt rõ %[2]s bậc, đã tính đến việc so nhiều %[3]s cùng lúc; trong một bậc, ai đứng trước ai có thể chỉ do ngẫu nhiên.",
		"Of these %[1]s places the ratings can tell only %[2]s apart clearly, many %[3]s being compared at once; who comes before whom in between may be chance.", r.Ranked, r.Distinguishable, nouns), left)
}
