package stats

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

// Rank is the place of one unit among several by its share, 1 the highest.
type Rank struct {
	Place         int       // 1 + units with a larger share; units with the same share have the same
	Expected      float64   // mean of the distribution
	Probabilities []float64 // [r−1] of rank r
}

// RankInterval is a range of ranks.
type RankInterval struct{ Best, Worst int }

// Interval is the range between the (1−conf)/2 and the (1+conf)/2 quantile of
// the distribution of the rank:
//
//	min{r: P(rank ≤ r) ≥ (1−conf)/2}, min{r: P(rank ≤ r) ≥ (1+conf)/2}
//
// Reference: Goldstein and Spiegelhalter 1996, JRSS A 159:385.
func (r Rank) Interval(conf float64) (RankInterval, error) {
	if err := checkConf(conf); err != nil {
		return RankInterval{}, err
	}
	if len(r.Probabilities) == 0 {
		return RankInterval{}, invalid("a rank without probabilities")
	}
	return RankInterval{Best: r.quantile((1 - conf) / 2), Worst: r.quantile((1 + conf) / 2)}, nil
}

func (r Rank) quantile(p float64) int {
	sum := 0.0
	for i, probability := range r.Probabilities {
		if sum += probability; sum >= p {
			return i + 1
		}
	}
	return len(r.Probabilities)
}

// Ranks estimates where each unit stands among all, with the uncertainty of all
// shares: independent posteriors p ~ Beta(k+prior, n−k+prior) make the rank of
// a unit one more than a Poisson-binomial number of units above it:
//
//	P(rank = r) = ∫ P(r−1 of the others above p) dF(p)
//
// computed by quadrature, not simulation, to about nine digits. prior is 1/2
// (Jeffreys), 1 (uniform) or more, up to a million. A unit without answers has
// no rank, is nil and does not count among the others. Small units reach both
// ends of the table by chance: show intervals, and compare units with the same
// tasks only.
//
// References: Goldstein and Spiegelhalter 1996, JRSS A 159:385; Marshall and
// Spiegelhalter 1998, BMJ 316:1701.
func Ranks(units []Count, prior float64) ([]*Rank, error) {
	return posteriorRanks(units, prior, 12, rankProbabilities)
}

func posteriorRanks(units []Count, prior, deviations float64, distribute func([]posterior) [][]float64) ([]*Rank, error) {
	if err := checkCounts(units); err != nil {
		return nil, err
	}
	if !(prior >= 0.5 && prior <= 1e6) {
		return nil, invalid("prior %v is not 1/2 to a million", prior)
	}
	answered := withAnswers(units)
	posteriors := make([]posterior, len(answered))
	for i, unit := range answered {
		c := units[unit]
		posteriors[i] = newPosterior(float64(c.Successes)+prior, float64(c.N-c.Successes)+prior, deviations)
	}
	probabilities := distribute(posteriors)
	ranks := make([]*Rank, len(units))
	for i, unit := range answered {
		rank := &Rank{Place: 1, Probabilities: probabilities[i]}
		for r, probability := range probabilities[i] {
			rank.Expected += float64(r+1) * probability
		}
		for _, other := range answered {
			if units[other].exceeds(units[unit]) {
				rank.Place++
			}
		}
		ranks[unit] = rank
	}
	return ranks, nil
}

func withAnswers(units []Count) (answered []int) {
	for i, c := range units {
		if c.N > 0 {
			answered = append(answered, i)
		}
	}
	return answered
}

// exceeds compares the shares exactly.
func (c Count) exceeds(o Count) bool {
	high, low := bits.Mul64(uint64(c.Successes), uint64(o.N))
	otherHigh, otherLow := bits.Mul64(uint64(o.Successes), uint64(c.N))
	return high > otherHigh || high == otherHigh && low > otherLow
}

// posterior is a beta distribution of a share p on the scale of the angle
// asin √p, where its width hardly depends on p and its density, with parameters
// of at least 1/2, has no poles.
type posterior struct {
	a, b            float64
	deviation       float64
	highestDensity  float64 // as a logarithm, but for the constant
	lowest, highest float64 // angles beyond which nothing that counts is left
}

func newPosterior(a, b, deviations float64) posterior {
	p := posterior{a: a, b: b, deviation: 1 / (2 * math.Sqrt(a+b))}
	middle := math.Atan2(math.Sqrt(a), math.Sqrt(b))
	p.lowest = math.Max(0, middle-deviations*p.deviation)
	p.highest = math.Min(math.Pi/2, middle+deviations*p.deviation)
	p.highestDensity = p.logDensity(math.Atan2(math.Sqrt(2*a-1), math.Sqrt(2*b-1)))
	return p
}

func (p posterior) logDensity(angle float64) float64 {
	term := func(exponent, base float64) float64 {
		if exponent == 0 {
			return 0
		}
		return exponent * math.Log(base)
	}
	return term(2*p.a-1, math.Sin(angle)) + term(2*p.b-1, math.Cos(angle))
}

// density is relative to the highest; the probabilities are scaled in the end.
func (p posterior) density(angle float64) float64 {
	return math.Exp(p.logDensity(angle) - p.highestDensity)
}

// above is the probability of a larger angle.
func (p posterior) above(angle float64) float64 {
	cos := math.Cos(angle)
	return betaLower(cos*cos, p.b, p.a)
}

// rankProbabilities integrates over the angle panel by panel. A panel lies
// within the same posteriors from end to end and is narrow against each.
func rankProbabilities(posteriors []posterior) [][]float64 {
	const order = 10
	nodes, weights := make([]float64, order), make([]float64, order)
	quad.Legendre{}.FixedLocations(nodes, weights, 0, 1)

	units := len(posteriors)
	probabilities := make([][]float64, units)
	var ends []float64
	for i, p := range posteriors {
		probabilities[i] = make([]float64, units)
		ends = append(ends, p.lowest, p.highest)
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	for i := 0; i+1 < len(ends); i++ {
		start, width := ends[i], ends[i+1]-ends[i]
		var active []int
		certain, narrowest := 0, math.Inf(1) // certain: units surely above
		for j, p := range posteriors {
			switch {
			case p.lowest >= ends[i+1]:
				certain++
			case p.highest > start:
				active = append(active, j)
				narrowest = math.Min(narrowest, p.deviation)
			}
		}
		if len(active) == 0 {
			continue
		}
		// The more units crowd, the faster the number above changes.
		panels := math.Ceil(width / narrowest * (0.5 + math.Sqrt(float64(len(active)))/8))
		for panel := range int(panels) {
			for k, node := range nodes {
				angle := start + (float64(panel)+node)*width/panels
				addRanks(probabilities, posteriors, active, certain, angle, weights[k]*width/panels)
			}
		}
	}
	normalize(probabilities)
	return probabilities
}

// normalize makes each unit's probabilities add up to 1.
func normalize(probabilities [][]float64) {
	for _, of := range probabilities {
		sum := 0.0
		for _, probability := range of {
			sum += probability
		}
		for r := range of {
			of[r] /= sum
		}
	}
}

// addRanks adds what one angle contributes to the ranks of the active units.
func addRanks(probabilities [][]float64, posteriors []posterior, active []int, certain int, angle, weight float64) {
	above := make([]float64, len(active))
	for i, unit := range active {
		above[i] = posteriors[unit].above(angle)
	}
	all := poissonBinomial(above)
	others := make([]float64, len(active))
	for i, unit := range active {
		mass := weight * posteriors[unit].density(angle)
		if mass == 0 {
			continue
		}
		withoutTrial(others, all, above[i])
		for r, probability := range others {
			probabilities[unit][certain+r] += mass * probability
		}
	}
}

// poissonBinomial is the distribution of the number of successes in trials of
// unequal probability.
func poissonBinomial(p []float64) []float64 {
	distribution := make([]float64, 1, len(p)+1)
	distribution[0] = 1
	for _, success := range p {
		distribution = append(distribution, 0)
		for k := len(distribution) - 1; k > 0; k-- {
			distribution[k] = distribution[k]*(1-success) + distribution[k-1]*success
		}
		distribution[0] *= 1 - success
	}
	return distribution
}

// withoutTrial takes one trial out of a Poisson-binomial distribution again,
// from the end from which errors shrink.
func withoutTrial(others, all []float64, success float64) {
	last := len(others) - 1
	if success <= 0.5 {
		scale, odds := 1/(1-success), success/(1-success)
		others[0] = all[0] * scale
		for k := 1; k <= last; k++ {
			others[k] = max(0, all[k]*scale-others[k-1]*odds)
		}
		return
	}
	scale, odds := 1/success, (1-success)/success
	others[last] = all[last+1] * scale
	for k := last; k > 0; k-- {
		others[k-1] = max(0, all[k]*scale-others[k]*odds)
	}
}

// JointRanks are ranges of ranks that hold for all units together with
// probability conf, whatever the shares. From Wilson limits l and u of level
// 1 − (1−conf)/K each:
//
//	1 + #{j: l_j > u_i} to K − #{j: u_j < l_i}
//
// A unit without answers has no range, is nil and does not count in K.
//
// Reference: Klein, Wright and Wieczorek 2020, JRSS A 183:1141.
func JointRanks(units []Count, conf float64) ([]*RankInterval, error) {
	if err := checkCounts(units); err != nil {
		return nil, err
	}
	if err := checkConf(conf); err != nil {
		return nil, err
	}
	answered := withAnswers(units)
	limits := make([]Interval, len(units))
	for _, i := range answered {
		c := units[i]
		l, u := proportionLimits[Wilson](float64(c.Successes), float64(c.N), (1-conf)/float64(2*len(answered)))
		limits[i] = Interval{Lower: l, Upper: u}
	}
	return rankIntervals(len(units), answered, func(i, j int) bool { return limits[i].Lower > limits[j].Upper }), nil
}

// HolmRanks are ranges of ranks from all pairwise comparisons:
//
//	1 + #{j significantly above i} to K − #{j significantly below i}
//
// by the test of [DifferenceTest] at level 1−conf, adjusted over all K(K−1)/2
// pairs after Holm. Pairs in which all or none are satisfied count as not
// different. A unit without answers has no range, is nil and does not count in K.
//
// Reference: Holm 1979, Scand J Stat 6:65.
func HolmRanks(units []Count, conf float64) ([]*RankInterval, error) {
	if err := checkCounts(units); err != nil {
		return nil, err
	}
	if err := checkConf(conf); err != nil {
		return nil, err
	}
	answered := withAnswers(units)
	type pair struct{ i, j int }
	var pairs []pair
	var p []*float64
	for a, i := range answered {
		for _, j := range answered[a+1:] {
			value := 1.0
			if z, ok := pooledZ(units[i].share(), float64(units[i].N), units[j].share(), float64(units[j].N)); ok {
				value = 2 * normalUpper(math.Abs(z))
			}
			pairs, p = append(pairs, pair{i, j}), append(p, &value)
		}
	}
	adjusted, err := AdjustP(Holm, p)
	if err != nil {
		return nil, err
	}
	different := map[pair]bool{}
	for k, value := range adjusted {
		if *value <= 1-conf {
			i, j := pairs[k].i, pairs[k].j
			different[pair{i, j}], different[pair{j, i}] = true, true
		}
	}
	return rankIntervals(len(units), answered, func(i, j int) bool {
		return different[pair{i, j}] && units[i].exceeds(units[j])
	}), nil
}

// rankIntervals leaves each unit the ranks that the order found does not rule out.
func rankIntervals(units int, answered []int, above func(i, j int) bool) []*RankInterval {
	intervals := make([]*RankInterval, units)
	for _, i := range answered {
		interval := &RankInterval{Best: 1, Worst: len(answered)}
		for _, j := range answered {
			if above(j, i) {
				interval.Best++
			}
			if above(i, j) {
				interval.Worst--
			}
		}
		intervals[i] = interval
	}
	return intervals
}

// GoldsteinHealy is the factor z for bars of ± z·SE around estimates such that
// bars that do not overlap go with a difference at level 1−conf, on average
// over all pairs:
//
//	mean of 2(1 − Φ(z·(s_i+s_j)/√(s_i²+s_j²))) = 1−conf
//
// For equal standard errors and 95 % it is 1.386, not 1.96. Fewer than two
// standard errors, or any that is not positive, are an error.
//
// Reference: Goldstein and Healy 1995, JRSS A 158:175.
func GoldsteinHealy(se []float64, conf float64) (float64, error) {
	if err := checkConf(conf); err != nil {
		return 0, err
	}
	if len(se) < 2 {
		return 0, invalid("%d standard errors", len(se))
	}
	for i, s := range se {
		if !(s > 0) || math.IsInf(s, 1) {
			return 0, invalid("standard error %d is %v", i+1, s)
		}
	}
	var ratios []float64 // of the sum to the root of squares: from 1 to √2
	for i, s := range se {
		for _, other := range se[:i] {
			part := math.Min(s, other) / math.Max(s, other)
			ratios = append(ratios, (1+part)/math.Sqrt(1+part*part))
		}
	}
	alpha := 1 - conf
	z := -normalQuantile(alpha/2) / math.Sqrt2
	// The mean falls ever more slowly: Newton's steps from below never pass the root.
	for range 30 {
		mean, slope := 0.0, 0.0
		for _, ratio := range ratios {
			mean += 2 * normalUpper(z*ratio)
			slope += 2 * ratio * math.Exp(-z*ratio*z*ratio/2) / math.Sqrt(2*math.Pi)
		}
		step := (mean - alpha*float64(len(ratios))) / slope
		z += step
		if step < 1e-13 {
			break
		}
	}
	return z, nil
}
