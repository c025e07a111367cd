package stats

import (
	"iter"
	"math"
	"sort"
)

// maxFinite is the largest population whose exact tails are summed up.
const maxFinite = 1_000_000_000

// FiniteSample is a simple random sample, drawn without replacement, of N out
// of a population of known size. The correction it brings holds for the share
// in that population alone: not for what will be next year, and not for those
// who chose to answer.
type FiniteSample struct{ Successes, N, Population int64 }

func (s FiniteSample) check() error {
	if err := checkCount(s.Successes, s.N); err != nil {
		return err
	}
	if s.N > s.Population {
		return invalid("a sample of %d out of a population of %d", s.N, s.Population)
	}
	if s.Population > maxCount {
		return invalid("a population of %d", s.Population)
	}
	return nil
}

// SE is the standard error of the share with finite population correction:
//
//	√((1 − n/N)·pq/(n−1))
//
// Nil with fewer than two answers. Reference: Cochran 1977, Sampling
// Techniques, section 3.2; R survey::svymean with fpc.
func (s FiniteSample) SE() (*float64, error) {
	if err := s.check(); err != nil || s.N < 2 {
		return nil, err
	}
	se := s.se()
	return &se, nil
}

func (s FiniteSample) se() float64 {
	n, p := float64(s.N), s.share()
	return math.Sqrt(float64(s.Population-s.N) / float64(s.Population) * p * (1 - p) / (n - 1))
}

func (s FiniteSample) share() float64 { return float64(s.Successes) / float64(s.N) }

// possible are the shares that are left once the sample is known.
func (s FiniteSample) possible() (lower, upper float64) {
	size := float64(s.Population)
	return float64(s.Successes) / size, float64(s.Population-s.N+s.Successes) / size
}

// correctedN is infinite for a census.
func (s FiniteSample) correctedN() float64 {
	return float64(s.N) * float64(s.Population-1) / float64(s.Population-s.N)
}

// Interval estimates the share in the population with a two-sided interval.
// With n* = n(N−1)/(N−n) and M successes in the population:
//
//	HypergeometricExact  min{M: P(X ≥ k | M) > α/2}/N, max{M: P(X ≤ k | M) > α/2}/N
//	WilsonFPC            Wilson on (p·n*, n*); p and p for a census
//	WilsonFPCPossible    the same, within [k/N, (N−n+k)/N]
//	WaldFPC              p ∓ z·SE
//
// EffectiveN of the result is n*, nil for a census, which has no sampling
// error. Close to a census WilsonFPC reaches beyond the shares that are still
// possible. Without answers the estimate is nil; with one, the WaldFPC interval.
// HypergeometricExact refuses populations above a thousand million.
//
// References: Buonaccorsi 1987, Am Stat 41:215 (exact); R phyper; Cochran 1977,
// section 3.6.
func (s FiniteSample) Interval(method Method, conf float64) (Estimate, error) {
	if err := s.check(); err != nil {
		return Estimate{}, err
	}
	if err := checkConf(conf); err != nil {
		return Estimate{}, err
	}
	limits, ok := finiteLimits[method]
	if !ok {
		return Estimate{}, invalid("no interval for a finite population is called %q", method)
	}
	if err := s.checkExact(method); err != nil {
		return Estimate{}, err
	}
	if s.N == 0 {
		return Estimate{}, nil
	}
	share := s.share()
	e := Estimate{Value: &share, N: s.N}
	if s.N < s.Population {
		size := s.correctedN()
		e.EffectiveN = &size
	}
	if method == WaldFPC && s.N < 2 {
		return e, nil
	}
	lower, upper := limits(s, (1-conf)/2)
	e.Interval = &Interval{Lower: lower, Upper: upper, Conf: conf, Method: method}
	return e, nil
}

func (s FiniteSample) checkExact(method Method) error {
	if method == HypergeometricExact && s.Population > maxFinite {
		return invalid("a population of %d is too large for exact limits, take %s", s.Population, WilsonFPC)
	}
	return nil
}

// finiteLimits has for each method the limits that leave out alpha on either side.
var finiteLimits = map[Method]func(s FiniteSample, alpha float64) (lower, upper float64){
	HypergeometricExact: FiniteSample.exactLimits,
	WilsonFPC:           FiniteSample.wilsonLimits,
	WilsonFPCPossible: func(s FiniteSample, alpha float64) (float64, float64) {
		lower, upper := s.wilsonLimits(alpha)
		least, most := s.possible()
		return math.Max(lower, least), math.Min(upper, most)
	},
	WaldFPC: func(s FiniteSample, alpha float64) (float64, float64) {
		half := -normalQuantile(alpha) * s.se()
		return s.share() - half, s.share() + half
	},
}

func (s FiniteSample) wilsonLimits(alpha float64) (lower, upper float64) {
	if s.N == s.Population {
		return s.share(), s.share()
	}
	size := s.correctedN()
	return wilsonLimits(s.share()*size, size, -normalQuantile(alpha))
}

func (s FiniteSample) exactLimits(alpha float64) (lower, upper float64) {
	// Both tails are monotone in the successes of the population, and certain at
	// the least and the most that are possible.
	k, unseen := s.Successes, int(s.Population-s.N)
	least := sort.Search(unseen, func(i int) bool {
		_, atLeast := hypergeometricTails(k, k+int64(i), s.N, s.Population)
		return atLeast > alpha
	})
	beyond := sort.Search(unseen, func(i int) bool {
		atMost, _ := hypergeometricTails(k, k+int64(i)+1, s.N, s.Population)
		return atMost <= alpha
	})
	size := float64(s.Population)
	return float64(k+int64(least)) / size, float64(k+int64(beyond)) / size
}

// Compare sets the share in the population against target by the one-sided
// limits of HypergeometricExact, each at level conf, with the verdicts of the
// function [Compare]. With T = min{M: M/N ≥ target}:
//
//	PAtLeast = P(X ≥ k | T−1),  PBelow = P(X ≤ k | T)
//
// so that Above goes with PAtLeast ≤ 1−conf and Below with PBelow ≤ 1−conf.
// Without answers the verdict is Open. A census decides every target. A
// population above a thousand million is an error.
//
// Reference: the exact hypergeometric test; R phyper.
func (s FiniteSample) Compare(target, conf float64) (Comparison, error) {
	if err := s.check(); err != nil {
		return Comparison{}, err
	}
	if err := checkComparison(target, conf); err != nil {
		return Comparison{}, err
	}
	if err := s.checkExact(HypergeometricExact); err != nil {
		return Comparison{}, err
	}
	c := Comparison{Upper: 1, PAtLeast: 1, PBelow: 1, Target: target, Conf: conf, Method: HypergeometricExact}
	if s.N == 0 {
		return c, nil
	}
	c.Lower, c.Upper = s.exactLimits(1 - conf)
	// The same division as in the limits decides, or rounding could part verdict and test.
	meets := int64(sort.Search(int(s.Population), func(m int) bool { return float64(m)/float64(s.Population) >= target }))
	_, c.PAtLeast = hypergeometricTails(s.Successes, meets-1, s.N, s.Population)
	c.PBelow, _ = hypergeometricTails(s.Successes, meets, s.N, s.Population)
	c.decide()
	return c, nil
}

// hypergeometricTails are P(X ≤ k) and P(X ≥ k) among n drawn from a population with marked successes.
func hypergeometricTails(k, marked, n, population int64) (atMost, atLeast float64) {
	if k < max(0, n-(population-marked)) {
		return 0, 1
	}
	if k > min(n, marked) {
		return 1, 0
	}
	var below, at, above float64
	for x, term := range hypergeometricTerms(marked, n, population) {
		switch {
		case x < k:
			below += term
		case x == k:
			at = term
		default:
			above += term
		}
	}
	total := below + at + above
	return (below + at) / total, (at + above) / total
}

// hypergeometricTerms are the probabilities of x successes among n drawn, as
// parts of the largest of them, as far as they are not negligible. They follow
// from each other by their ratios, which keeps the digits that factorials of
// large numbers lose.
func hypergeometricTerms(marked, n, population int64) iter.Seq2[int64, float64] {
	ratio := func(x int64) float64 { // of the term at x+1 to that at x
		return float64(marked-x) / float64(x+1) * (float64(n-x) / float64(population-marked-n+x+1))
	}
	const negligible = 1e-300
	return func(yield func(int64, float64) bool) {
		least, most := max(0, n-(population-marked)), min(n, marked)
		mode := (n + 1) * (marked + 1) / (population + 2)
		for x, term := mode, 1.0; x <= most && term > negligible; x++ {
			if !yield(x, term) {
				return
			}
			term *= ratio(x)
		}
		for x, term := mode, 1.0; x > least; x-- {
			if term /= ratio(x - 1); term <= negligible || !yield(x-1, term) {
				return
			}
		}
	}
}
