package stats

import (
	"math"
	"math/bits"
	"sort"
)

// maxNeeded is the largest number of further answers worth naming.
const maxNeeded = 1_000_000

// AnswersNeeded is the smallest number m of further answers such that, at the
// same rate, the one-sided Clopper–Pearson bound at level conf decides for
// every size N ≥ n+m. With K(N) = ⌊k·N/n + 1/2⌋ successes of N and X ~ Binomial(N, target):
//
//	k/n > target: P(X ≥ K(N)) ≤ 1−conf for every N ≥ n+m
//	k/n < target: P(X ≤ K(N)) < 1−conf for every N ≥ n+m
//
// Rounding K makes the bound ripple, so that a size that decides may be
// followed by some that do not; m is past the last of them. 0 where every size
// from n on decides. Nil above a million, where the rate equals the target, and
// without answers. A target other than 1 that is closer than one basis point to
// 0 or 1 is an error.
//
// Reference: Johnson, Kemp and Kotz 2005, Univariate Discrete Distributions, 3.6.
// The count at which the tail equals 1−conf has a Cornish–Fisher
// expansion. Its root leaves a short window of sizes to look through from
// above, and only sizes nearer to it than its error are decided by the exact tail.
func AnswersNeeded(successes, n int64, target, conf float64) (*int64, error) {
	if err := checkCount(successes, n); err != nil {
		return nil, err
	}
	if err := checkComparison(target, conf); err != nil {
		return nil, err
	}
	if target < 0.0001 || target > 0.9999 && target < 1 {
		return nil, invalid("target share %v is within a basis point of 0 or 1", target)
	}
	if n == 0 || float64(successes)/float64(n) == target {
		return nil, nil
	}
	if target == 1 {
		// One failure refutes perfection, and at this rate there stays at least one.
		return new(int64), nil
	}
	p := newProjection(successes, n, target, conf)
	last, ok := p.lastOpen(n + maxNeeded)
	if !ok {
		return nil, nil
	}
	needed := max(0, last+1-n)
	if needed > maxNeeded {
		return nil, nil
	}
	return &needed, nil
}

// projection carries an observed rate on to larger sizes.
type projection struct {
	successes, n  int64
	target, alpha float64
	above         bool    // the side of the target the rate lies on
	gap           float64 // distance of the rate from the target
	deviation     float64 // of one answer at the target
	z             float64
	skew          float64 // second term of the expansion, counted away from the target
	uncertainty   float64 // error of the expansion times the deviation of the count
}

func newProjection(successes, n int64, target, conf float64) projection {
	rate := float64(successes) / float64(n)
	z := normalQuantile(conf)
	p := projection{
		successes: successes, n: n, target: target, alpha: 1 - conf,
		above: rate > target, gap: math.Abs(rate - target),
		deviation: math.Sqrt(target * (1 - target)),
		z:         z,
		skew:      (z*z - 1) * (1 - 2*target) / 6,
		// Generous: the next term is (z³−3z)(1−6tq)/24 − (2z³−5z)(1−2t)²/36.
		uncertainty: (1 + math.Abs(z*z*z)) / 6,
	}
	if !p.above {
		p.skew = -p.skew
	}
	return p
}

// count is the number of successes at size n, rounded half up.
func (p projection) count(n int64) int64 {
	high, low := bits.Mul64(2*uint64(p.successes), uint64(n))
	low, carry := bits.Add64(low, uint64(p.n), 0)
	quotient, _ := bits.Div64(high+carry, low, 2*uint64(p.n))
	return int64(quotient)
}

// adverse is the count that speaks against the verdict: failures above the target, successes below.
func (p projection) adverse(n int64) int64 {
	if p.above {
		return n - p.count(n)
	}
	return p.count(n)
}

// runStart is the first size with the adverse count of size n.
func (p projection) runStart(n int64) int64 {
	against := p.adverse(n)
	return p.n + int64(sort.Search(int(n-p.n), func(i int) bool { return p.adverse(p.n+int64(i)) == against }))
}

func (p projection) decides(n int64) bool {
	k, size := float64(p.count(n)), float64(n)
	if p.above {
		return binomialUpper(k, size, p.target) <= p.alpha
	}
	return binomialLower(k, size, p.target) < p.alpha
}

// slack is by how many successes the count at size n lies beyond the critical one:
//
//	|K − N·target| − (z·σ + skew + 1/2),  σ = √(N·target·(1−target))
//
// give or take error, which is infinite where σ is too small for the expansion.
func (p projection) slack(n int64) (slack, err float64) {
	sigma := p.deviation * math.Sqrt(float64(n))
	beyond := float64(p.count(n)) - float64(n)*p.target
	if !p.above {
		beyond = -beyond
	}
	if sigma < 1 {
		return 0, math.Inf(1)
	}
	return beyond - (p.z*sigma + p.skew + 0.5), p.uncertainty / sigma
}

// root is the size at which gap·N = z·σ + constant.
func (p projection) root(constant float64) float64 {
	b := p.z * p.deviation
	discriminant := b*b + 4*p.gap*constant
	if discriminant < 0 {
		return 0
	}
	x := (b + math.Sqrt(discriminant)) / (2 * p.gap)
	return max(0, x) * max(0, x)
}

// lastOpen is the last size from p.n on that does not decide, p.n−1 if there is
// none; not ok if it certainly lies beyond limit.
func (p projection) lastOpen(limit int64) (int64, bool) {
	// Rounding moves the count by at most a half. Below the first root no
	// rounding helps, above the second none hurts.
	if p.root(p.skew-p.uncertainty) > float64(limit)+1 {
		return 0, false
	}
	safe := max(p.root(p.skew+1+p.uncertainty), 1/(p.deviation*p.deviation))
	for n := int64(math.Ceil(safe)) + 1; n >= p.n; n-- {
		slack, err := p.slack(n)
		if slack > err {
			continue
		}
		if slack < -err {
			return n, true
		}
		// While the count against the verdict stands still, growing only helps:
		// within such a run the open sizes come first.
		start := p.runStart(n)
		if p.decides(start) {
			n = start
			continue
		}
		open := sort.Search(int(n-start)+1, func(i int) bool { return p.decides(start + int64(i)) })
		return start + int64(open) - 1, true
	}
	return p.n - 1, true
}
