package stats

import "math"

// StratumCount is what was counted in one stratum, or one cell of post-stratification.
type StratumCount struct {
	Population int64 // members, such as transactions of the period
	N          int64 // answers
	Successes  int64
}

// StratifiedShare is a share put together from strata. A nil field is not defined by the data.
type StratifiedShare struct {
	Estimate     Estimate // weighted, with the Wilson interval on the effective n
	Unweighted   *float64
	Variance, SE *float64
	DesignEffect *float64
	DF           float64
}

// maxPopulation is how far whole numbers are exact.
const maxPopulation = 1 << 53

// EstimateStrata weighs the share of each stratum by its part of the population. With
// W_h = N_h/N, p_h = k_h/n_h and f_h = n_h/N_h for a finite population, 0 else:
//
//	p = Σ W_h·p_h,  V = Σ W_h²·(1 − f_h)·p_h·(1 − p_h)/(n_h − 1),  n* = p(1−p)/V
//
// and the Wilson interval on (p·n*, n*). finite is for probability samples; for post-strata it
// takes the n_h as given. The answers within a stratum count as independent and drawn alike:
// with self-selected answers the weights mend the mix of strata and nothing else.
//
// Where V is 0, as everybody in each stratum agrees, n* is the number of answers: such strata
// understate the variance. Where every stratum was taken whole, the interval is the share itself
// and n* nil. A stratum with a single answer has no variance, and so the share none: merge it
// with a neighbour. A stratum of the population without answers, or one with more answers than
// members, is an error; one with neither is left out. The degrees of freedom are Σ n_h − H.
//
// References: Cochran 1977, chapter 5; R survey::svymean of the stratified design.
func EstimateStrata(strata []StratumCount, finite bool, conf float64) (StratifiedShare, error) {
	if err := checkConf(conf); err != nil {
		return StratifiedShare{}, err
	}
	var population, n, successes float64
	for i, h := range strata {
		switch {
		case h.Population < 0 || h.Successes < 0 || h.Successes > h.N:
			return StratifiedShare{}, invalid("stratum %d has %d successes of %d answers from %d members", i+1, h.Successes, h.N, h.Population)
		case h.N > h.Population:
			return StratifiedShare{}, invalid("stratum %d has %d answers from %d members", i+1, h.N, h.Population)
		case h.N == 0 && h.Population > 0:
			return StratifiedShare{}, invalid("stratum %d has %d members and no answers: merge it with a neighbour", i+1, h.Population)
		}
		population += float64(h.Population)
		n += float64(h.N)
		successes += float64(h.Successes)
	}
	if population > maxPopulation {
		return StratifiedShare{}, invalid("a population of %v", population)
	}
	if n == 0 {
		return StratifiedShare{}, nil
	}
	s := StratifiedShare{Unweighted: definite(successes / n)}
	weighted, variance := 0.0, 0.0
	known, whole := true, finite
	for _, h := range strata {
		if h.N == 0 {
			continue
		}
		size, part := float64(h.N), float64(h.Population)/population
		share := float64(h.Successes) / size
		weighted += float64(h.Population) * share
		s.DF += size - 1
		if finite && h.N == h.Population {
			continue
		}
		whole = false
		if h.N == 1 {
			known = false
			continue
		}
		rest := 1.0
		if finite {
			rest -= size / float64(h.Population)
		}
		variance += part * part * rest * share * (1 - share) / (size - 1)
	}
	// Summed before dividing, so that all satisfied are exactly 1.
	share := weighted / population
	s.Estimate = Estimate{Value: &share, N: int64(n)}
	switch {
	case !known:
		return s, nil
	case whole:
		s.Estimate.Interval = &Interval{Lower: share, Upper: share, Conf: conf, Method: Wilson}
	default:
		effective := n
		if variance > 0 {
			effective = share * (1 - share) / variance
		}
		s.Estimate.EffectiveN, s.Estimate.Interval = &effective, wilsonInterval(share, effective, conf)
	}
	se := math.Sqrt(variance)
	s.Variance, s.SE = &variance, &se
	s.DesignEffect = designEffect(variance, share*(1-share), n, population)
	return s, nil
}
