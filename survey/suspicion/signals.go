package suspicion

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"sipas/stats"
	"sipas/survey"
)

// What a signal needs before it says anything.
const (
	// A burst is looked for in a window that holds this share of the day's ratings
	// elsewhere: a quarter of an hour at rush hour, more at noon.
	burstWindow    = 0.06
	burstLeast     = 8    // ratings of a burst
	burstLean      = 0.05 // probability up to which they lean on one answer
	profileLeast   = 200  // ratings of other points that tell how a day goes
	ownLeast       = 30   // other ratings of the point that tell how it is rated at other times
	runLeast       = 8    // answers of a run
	pointLeast     = 20   // ratings of a point that others are compared with, or that is looked at for runs
	pointsLeast    = 5    // such points
	formsLeast     = 10   // long forms of a point, likewise
	straightLeast  = 5    // straight-lined forms
	duplicateLeast = 3    // forms of one pattern
)

// judgement is the judging of one month.
type judgement struct {
	month    survey.Month
	ratings  []rating // point by point
	points   []span   // of ratings
	named    []bool   // by rating: an earlier signal named it
	findings []Finding
}

// span is a point's ratings.
type span struct{ from, to int }

// judge gives the findings of a month. over: it is over, so that its files are counted.
func judge(month survey.Month, over bool, ratings []rating, catalogue Catalogue) []Finding {
	j := &judgement{month: month, ratings: ratings, named: make([]bool, len(ratings))}
	for i := range ratings {
		if i == 0 || ratings[i].point != ratings[i-1].point {
			j.points = append(j.points, span{from: i})
		}
		j.points[len(j.points)-1].to = i + 1
	}
	j.bursts()
	j.runs()
	for _, form := range j.forms() {
		j.straightLines(form)
		j.duplicates(form)
	}
	if over {
		j.impossible(catalogue)
	}
	return j.findings
}

// candidate is a test of a signal, and the ratings it would name.
type candidate struct {
	p       float64
	judged  int
	ratings func() []int
}

// adjust names the candidates that stay improbable beside all the others.
func (j *judgement) adjust(flag survey.Flag, signal string, candidates []candidate) {
	p := make([]*float64, len(candidates))
	for i := range candidates {
		p[i] = &candidates[i].p
	}
	adjusted, err := stats.AdjustP(stats.BenjaminiHochberg, p)
	if err != nil {
		panic(err) // they are probabilities
	}
	for i, c := range candidates {
		if *adjusted[i] > Level {
			continue
		}
		if ratings := c.ratings(); len(ratings) > 0 {
			j.name(Finding{Flag: flag, Signal: signal, Score: score(*adjusted[i]), P: adjusted[i], Judged: c.judged,
				Point: j.ratings[ratings[0]].point}, ratings)
		}
	}
}

// name adds a finding about ratings.
func (j *judgement) name(f Finding, ratings []int) {
	f.Month, f.Agency = j.month, j.ratings[ratings[0]].agency
	for _, i := range ratings {
		r := j.ratings[i].Rated
		r.Decided = j.ratings[i].known&flagsOf(f.Flag) != 0
		f.Rated = append(f.Rated, r)
		if !f.Flag.Informative() {
			j.named[i] = true
		}
	}
	j.findings = append(j.findings, f)
}

// levels counts answers to the overall question by level.
type levels [survey.LevelMax + 1]int64

func (l *levels) add(o levels, sign int64) {
	for i := range l {
		l[i] += sign * o[i]
	}
}

func (l *levels) answered() (n int64) {
	for _, count := range l[survey.LevelMin:] {
		n += count
	}
	return n
}

func (l *levels) sample(level int) stats.Sample {
	return stats.Sample{Count: l[level], N: l.answered()}
}

// ordered lists the ratings of a span that have an answer and a time of their own,
// and were not named.
func (j *judgement) ordered(s span) (list []int, counts levels) {
	for i := s.from; i < s.to; i++ {
		if r := &j.ratings[i]; r.timed && r.level > 0 && !j.named[i] {
			list = append(list, i)
			counts[r.level]++
		}
	}
	return list, counts
}

const minutesOfDay = 24 * 60

// profile is how the ratings of many days are spread over the day.
type profile [minutesOfDay]int64

func (j *judgement) minute(i int) float64 {
	return j.ratings[i].At.Sub(j.ratings[i].day.Start()).Minutes()
}

// clock gives the share of a day's ratings that have come by the start of each
// minute. One rating is spread evenly over the day, so that no time of it is impossible.
func (p *profile) clock() (by [minutesOfDay + 1]float64) {
	total := 1.0
	for _, n := range p {
		total += float64(n)
	}
	for minute, n := range p {
		by[minute+1] = by[minute] + (float64(n)+1.0/minutesOfDay)/total
	}
	by[minutesOfDay] = 1
	return by
}

// bursts tests every point and day with ratings enough. Time is measured by the
// share of ratings that other points have received by then, so that rush hours
// are ordinary; a burst is named where its ratings also lean on one answer, more than other points do and more
// than the point at other times. Only the ratings with that answer are named.
func (j *judgement) bursts() {
	var profiles [2]profile // at counters, online
	var all levels
	kind := func(s span) int {
		if j.ratings[s.from].online {
			return 1
		}
		return 0
	}
	spread := func(list []int) (p profile) {
		for _, i := range list {
			p[int(j.minute(i))]++
		}
		return p
	}
	for _, s := range j.points {
		list, counts := j.ordered(s)
		for minute, n := range spread(list) {
			profiles[kind(s)][minute] += n
		}
		all.add(counts, 1)
	}
	var candidates []candidate
	for _, s := range j.points {
		list, counts := j.ordered(s)
		if len(list) < burstLeast {
			continue
		}
		others, mix := profiles[kind(s)], all
		rest := int64(0)
		for minute, n := range spread(list) {
			others[minute] -= n
			rest += others[minute]
		}
		mix.add(counts, -1)
		if rest < profileLeast {
			continue
		}
		by := others.clock()
		for _, day := range j.days(list) {
			if len(day) < burstLeast {
				continue
			}
			times := make([]float64, len(day))
			for k, i := range day {
				minute, fraction := math.Modf(j.minute(i))
				times[k] = by[int(minute)] + fraction*(by[int(minute)+1]-by[int(minute)])
			}
			burst, err := stats.FindBurst(times, 0, 1, burstWindow)
			if err != nil {
				panic(err) // times are shares
			}
			candidates = append(candidates, candidate{p: *burst.P, judged: len(day), ratings: func() []int {
				return j.leaning(day, times, *burst.Start, counts, mix)
			}})
		}
	}
	j.adjust(survey.FlagBurst, stats.AnomalyBurst, candidates)
}

// days cuts a point's ratings into days.
func (j *judgement) days(list []int) (days [][]int) {
	for from, to := 0, 0; from < len(list); from = to {
		for to < len(list) && j.ratings[list[to]].day == j.ratings[list[from]].day {
			to++
		}
		days = append(days, list[from:to])
	}
	return days
}

// leaning gives the ratings of a burst that have its commonest answer; none where
// they are too few or the answer is as common elsewhere. own and others count answers of the point
// and of all others.
func (j *judgement) leaning(day []int, times []float64, start float64, own, others levels) []int {
	var counts levels
	var window []int
	for k, i := range day {
		if start <= times[k] && times[k]-start <= burstWindow {
			counts[j.ratings[i].level]++
			window = append(window, i)
		}
	}
	level := survey.LevelMin
	for l := level; l <= survey.LevelMax; l++ {
		if counts[l] > counts[level] {
			level = l
		}
	}
	own.add(counts, -1)
	p := leans(counts.sample(level), others.sample(level))
	if own.answered() >= ownLeast {
		p = math.Max(p, leans(counts.sample(level), own.sample(level)))
	}
	if counts[level] < burstLeast || p > burstLean {
		return nil
	}
	return slices.DeleteFunc(window, func(i int) bool { return j.ratings[i].level != level })
}

// leans is the probability of so many among some answers, given all.
func leans(some, others stats.Sample) float64 {
	contrast, err := stats.ContrastShifts([]stats.Sample{some, others})
	if err != nil || contrast[0].P == nil {
		return 1 // more answers than it is exact for, or none to compare with
	}
	return *contrast[0].P
}

// runs tests for every point the longest row of each answer. The answer's
// probability is that of a point much given to it; the point's own at other times where that is higher.
func (j *judgement) runs() {
	type sequence struct {
		list   []int
		counts levels
	}
	var points []sequence
	for _, s := range j.points {
		if list, counts := j.ordered(s); len(list) >= pointLeast {
			points = append(points, sequence{list, counts})
		}
	}
	var candidates []candidate
	for at, point := range points {
		best := candidate{p: 1, judged: len(point.list)}
		for level := survey.LevelMin; level <= survey.LevelMax; level++ {
			from, length := j.longest(point.list, level)
			if length < runLeast {
				continue
			}
			var others []stats.Sample
			for i := range points {
				if i != at {
					others = append(others, points[i].counts.sample(level))
				}
			}
			usual, ok := muchGiven(others)
			if !ok {
				continue
			}
			if outside := len(point.list) - length; outside >= ownLeast {
				usual = math.Max(usual, float64(point.counts[level]-int64(length))/float64(outside))
			}
			p, err := stats.RunProbability(int64(len(point.list)), int64(length), usual)
			if err != nil {
				continue // longer than it is defined for
			}
			// The answer was chosen of five.
			if p = math.Min(1, survey.LevelMax*p); p < best.p {
				best.p, best.ratings = p, func() []int { return point.list[from : from+length] }
			}
		}
		candidates = append(candidates, best)
	}
	j.adjust(survey.FlagRun, stats.AnomalyLongestRun, candidates)
}

// longest finds the longest row of a level.
func (j *judgement) longest(list []int, level int) (from, length int) {
	start := 0
	for k, i := range list {
		if j.ratings[i].level != level {
			start = k + 1
		} else if k+1-start > length {
			from, length = start, k+1-start
		}
	}
	return from, length
}

// muchGiven is the share at a point that is more given to something than nineteen of
// twenty others, the spread between points beyond chance taken as normal:
//
//	p + 1.645·τ,  τ² = (Σnᵢ(pᵢ−p)² − (k−1)·p(1−p))/(N − Σnᵢ²/N)
//
// at least one in all the others' answers and one more. Not ok with too few points.
func muchGiven(points []stats.Sample) (share float64, ok bool) {
	if len(points) < pointsLeast {
		return 0, false
	}
	var count, n, squares float64
	for _, s := range points {
		count += float64(s.Count)
		n += float64(s.N)
		squares += float64(s.N) * float64(s.N)
	}
	p := count / n
	between := -float64(len(points)-1) * p * (1 - p)
	for _, s := range points {
		off := float64(s.Count)/float64(s.N) - p
		between += float64(s.N) * off * off
	}
	spread := math.Sqrt(math.Max(0, between/(n-squares/n)))
	return math.Min(1, math.Max(p+1.645*spread, 1/(n+1))), true
}

// forms lists the long forms that were filled in.
func (j *judgement) forms() []string {
	ids := map[string]bool{}
	for i := range j.ratings {
		ids[j.ratings[i].form] = true
	}
	delete(ids, "")
	return slices.Sorted(maps.Keys(ids))
}

// filled lists, of each point with enough of them, the long forms that were not named.
func (j *judgement) filled(form string) (points [][]int) {
	for _, s := range j.points {
		var list []int
		for i := s.from; i < s.to; i++ {
			if j.ratings[i].form == form && !j.named[i] {
				list = append(list, i)
			}
		}
		if len(list) >= formsLeast {
			points = append(points, list)
		}
	}
	return points
}

// straightLines tests for every point how many forms have the same level
// throughout, level by level, against a point much given to it.
func (j *judgement) straightLines(form string) {
	points := j.filled(form)
	counts := make([]levels, len(points)) // level 0: not straight-lined
	for at, list := range points {
		for _, i := range list {
			counts[at][j.ratings[i].straight]++
		}
	}
	sample := func(at, level int) stats.Sample {
		return stats.Sample{Count: counts[at][level], N: int64(len(points[at]))}
	}
	var candidates []candidate
	for at, list := range points {
		best := candidate{p: 1, judged: len(list)}
		for level := survey.LevelMin; level <= survey.LevelMax; level++ {
			if counts[at][level] < straightLeast {
				continue
			}
			var others []stats.Sample
			for i := range points {
				if i != at {
					others = append(others, sample(i, level))
				}
			}
			usual, ok := muchGiven(others)
			if !ok {
				continue
			}
			lines, err := stats.CompareStraightLines(sample(at, level), usual)
			if err != nil {
				panic(err) // counts of one another
			}
			// The level was chosen of five.
			if p := math.Min(1, survey.LevelMax*(*lines.P)); p < best.p {
				best.p, best.ratings = p, func() []int { return j.keep(list, func(r *rating) bool { return r.straight == level }) }
			}
		}
		candidates = append(candidates, best)
	}
	j.adjust(survey.FlagStraightLine, stats.AnomalyStraightLines, candidates)
}

func (j *judgement) keep(list []int, is func(*rating) bool) (kept []int) {
	for _, i := range list {
		if is(&j.ratings[i]) {
			kept = append(kept, i)
		}
	}
	return kept
}

// duplicates tests for every point how often patterns recur that are not
// straight-lined, against the patterns of all other points.
func (j *judgement) duplicates(form string) {
	points := j.filled(form)
	others := map[uint64]int64{}
	counts := make([]map[uint64]int64, len(points))
	for at, list := range points {
		counts[at] = map[uint64]int64{}
		for _, i := range j.keep(list, func(r *rating) bool { return r.straight == 0 }) {
			counts[at][j.ratings[i].pattern]++
			others[j.ratings[i].pattern]++
		}
	}
	shift := func(at int, sign int64) {
		for pattern, n := range counts[at] {
			others[pattern] += sign * n
		}
	}
	var candidates []candidate
	for at, list := range points {
		shift(at, -1)
		found, err := stats.FindDuplicates(counts[at], others)
		if err != nil {
			panic(err) // counts of forms
		}
		if found.P != nil {
			again := j.recurring(counts[at], others, found)
			candidates = append(candidates, candidate{p: *found.P, judged: len(list), ratings: func() []int {
				return j.keep(list, func(r *rating) bool { return r.straight == 0 && again[r.pattern] })
			}})
		}
		shift(at, 1)
	}
	j.adjust(survey.FlagDuplicate, stats.AnomalyDuplicates, candidates)
}

// recurring gives the patterns that recur improbably by themselves, corrected
// for the number of patterns.
func (j *judgement) recurring(counts, others map[uint64]int64, found stats.Duplicates) map[uint64]bool {
	again := map[uint64]bool{}
	if *found.P > Level {
		return again
	}
	var m int64
	for _, n := range others {
		m += n
	}
	for pattern, n := range counts {
		if n < duplicateLeast {
			continue
		}
		one, err := stats.FindDuplicates(map[bool]int64{true: n, false: found.N - n}, map[bool]int64{true: others[pattern], false: m - others[pattern]})
		again[pattern] = err == nil && *one.P*float64(found.Distinct) <= Level
	}
	return again
}

// impossible counts the ratings of each agency and field against its files.
func (j *judgement) impossible(catalogue Catalogue) {
	type cell struct{ agency, field string }
	rated := map[cell][]int{}
	for i := range j.ratings {
		if r := &j.ratings[i]; r.level > 0 && r.field != "" && !j.named[i] {
			at := cell{r.agency, r.field}
			rated[at] = append(rated[at], i)
		}
	}
	cells := slices.SortedFunc(maps.Keys(rated), func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.agency, b.agency), cmp.Compare(a.field, b.field))
	})
	counts, files := make([]int64, len(cells)), make([]*int64, len(cells))
	for i, at := range cells {
		counts[i] = int64(len(rated[at]))
		sheet, ok := catalogue.VolumeSheet(at.agency, j.month)
		if n, listed := sheet.Files[at.field]; ok && listed && n >= 0 {
			files[i] = &n
		}
	}
	found, err := stats.FindImpossible(counts, files)
	if err != nil {
		panic(err) // none of them is negative
	}
	for _, f := range found {
		list := rated[cells[f.Index]]
		slices.SortStableFunc(list, func(a, b int) int { return j.ratings[a].At.Compare(j.ratings[b].At) })
		j.name(Finding{Flag: survey.FlagImpossible, Signal: f.Anomaly().Name, Score: *f.Anomaly().Score, Field: cells[f.Index].field, Judged: len(list)}, list)
	}
}
