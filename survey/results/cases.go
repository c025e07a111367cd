package results

import (
	"math/rand/v2"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
)

// predictors say how the answers of a respondent become one value a driver: the mean of
// the driver's items that were answered, if those are at least half of them.
type predictors struct {
	items []string // after the overall item
	parts [][]int  // of each driver its places in items
}

// predictorsOf lists in which ways forms ask for the drivers of a level.
func predictorsOf(level DriverLevel) []predictors {
	criteria, factors := predictors{items: Criteria}, predictors{items: Factors}
	means := predictors{items: Criteria}
	at := 0
	for i, f := range Factors {
		factors.parts = append(factors.parts, []int{i})
		var part []int
		for range criteriaOf[f] {
			criteria.parts = append(criteria.parts, []int{at})
			part = append(part, at)
			at++
		}
		means.parts = append(means.parts, part)
	}
	if level == DriverCriteria {
		return []predictors{criteria}
	}
	return []predictors{means, factors}
}

// denominator is one that the means of up to five levels have in common.
const denominator = 60

// caseSpace has room for one case.
type caseSpace struct {
	values []float64 // overall, then one a driver
	places []int     // of the drivers: value·60
	items  []float64 // levels of the items; meaningless where one is missing
	whole  bool      // no item is missing
}

func (p *predictors) space() *caseSpace {
	return &caseSpace{values: make([]float64, 1+len(p.parts)), places: make([]int, len(p.parts)), items: make([]float64, len(p.items))}
}

// levelOf gives the level of the i-th code, 0 where it is none.
func levelOf(p tally.Pattern, i int) int {
	if code := p.Code(i); code >= survey.LevelMin && code <= survey.LevelMax {
		return int(code)
	}
	return 0
}

// read makes a case of how somebody answered; not ok where a driver has too few answers.
func (p *predictors) read(pattern tally.Pattern, c *caseSpace) (ok bool) {
	c.values[0], c.whole = float64(levelOf(pattern, 0)), true
	for i, part := range p.parts {
		sum, answered := 0, 0
		for _, at := range part {
			l := levelOf(pattern, 1+at)
			c.items[at] = float64(l)
			if l > 0 {
				sum, answered = sum+l, answered+1
			} else {
				c.whole = false
			}
		}
		if answered == 0 || 2*answered < len(part) {
			return false
		}
		c.places[i] = sum * denominator / answered
		c.values[1+i] = float64(c.places[i]) / denominator
	}
	return true
}

// cases are the respondents of a selection who are complete for some predictors.
type cases struct {
	predictors
	patterns []tally.Pattern
	asked, n int64
}

// cases reads the answers of the selection from the table, nothing else of its respondents.
func (sel *selection) cases(p predictors) (*cases, error) {
	c := &cases{predictors: p}
	measures := []tally.Measure{singleMeasure(survey.Overall)}
	sel.mu.RLock()
	for _, id := range p.items {
		m, known := sel.Service.items[id]
		if !known {
			sel.mu.RUnlock()
			return c, nil // no form asks it
		}
		measures = append(measures, m)
	}
	sel.mu.RUnlock()
	filter := sel.filter
	if sel.Flags != FlagsInclude {
		filter.ExcludeFlags = excludedBits
	}
	patterns, err := sel.table.Patterns(filter, measures)
	if err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "responses cannot be read", Err: err}
	}
	space := p.space()
	for _, pattern := range patterns {
		if levelOf(pattern, 0) == 0 {
			continue
		}
		c.asked += pattern.Rows
		if p.read(pattern, space) {
			c.n += pattern.Rows
			c.patterns = append(c.patterns, pattern)
		}
	}
	return c, nil
}

const (
	// caseGroups is into how many groups cases are dealt for the bootstrap.
	caseGroups = 400
	// logitCases is to how many cases, drawn at random, the ordinal logit is fitted;
	// more would only take longer.
	logitCases = 10_000
	// seed makes the same ratings give the same intervals on every node.
	seed = 1
)

// sums are what is computed of cases, in one pass.
type sums struct {
	groups []*stats.CrossProducts // of the values
	items  *stats.CrossProducts   // of respondents with every item
	tables [][][]int64            // of each driver: by value, then by overall level
	levels []int                  // of the cases drawn for the logit
	drawn  [][]float64
	times  []float64
}

// sum deals the cases at random into groups. Patterns come in an order of their own, so
// that it does not matter in which one the ratings came.
func (c *cases) sum() *sums {
	s := &sums{groups: make([]*stats.CrossProducts, min(caseGroups, c.n)), items: stats.NewCrossProducts(len(c.items)),
		tables: make([][][]int64, len(c.parts)), drawn: make([][]float64, len(c.parts))}
	for i := range s.groups {
		s.groups[i] = stats.NewCrossProducts(1 + len(c.parts))
	}
	counts := make([][]int64, len(c.parts))
	for i := range counts {
		counts[i] = make([]int64, (denominator*survey.LevelMax+1)*survey.LevelMax)
	}
	deal := rand.New(rand.NewPCG(seed, uint64(c.n))).Perm(int(c.n))
	space := c.space()
	for _, pattern := range c.patterns {
		c.read(pattern, space)
		if space.whole {
			s.items.Add(space.items, float64(pattern.Rows))
		}
		overall := int(space.values[0]) - 1
		for i, place := range space.places {
			counts[i][place*survey.LevelMax+overall] += pattern.Rows
		}
		drawn := 0.0
		for _, place := range deal[:pattern.Rows] {
			s.groups[place%len(s.groups)].Add(space.values, 1)
			if place < logitCases {
				drawn++
			}
		}
		deal = deal[pattern.Rows:]
		if drawn > 0 {
			s.levels, s.times = append(s.levels, overall), append(s.times, drawn)
			for i, x := range space.values[1:] {
				s.drawn[i] = append(s.drawn[i], x)
			}
		}
	}
	for i, count := range counts {
		for row := range len(count) / survey.LevelMax {
			levels := count[row*survey.LevelMax : (row+1)*survey.LevelMax]
			if levels[0]+levels[1]+levels[2]+levels[3]+levels[4] > 0 {
				s.tables[i] = append(s.tables[i], levels)
			}
		}
	}
	return s
}
