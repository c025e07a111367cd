package stats

import (
	"math"
	"sort"
)

// Verdict says where a share stands against a target as far as a one-sided bound carries.
type Verdict int

// The three verdicts.
const (
	Open  Verdict = iota // neither bound decides
	Above                // the lower bound reaches the target
	Below                // the upper bound stays under the target
)

// String returns open, above or below.
func (v Verdict) String() string { return [...]string{"open", "above", "below"}[v] }

// Comparison sets a share against a target.
type Comparison struct {
	Verdict Verdict
	// Lower and Upper are one-sided bounds, each at level Conf. Without data they are 0 and 1.
	Lower, Upper float64
	// PAtLeast is the probability of a result at least this good if the share
	// were exactly the target, PBelow of one at least this bad. For Jeffreys
	// they are the posterior probabilities of a share below and not below it.
	PAtLeast, PBelow float64
	Target, Conf     float64
	Method           Method
}

// Compare sets the share behind n independent answers against target, with
// one-sided bounds L and U, each at level conf:
//
//	Above  if L ≥ target
//	Below  if U < target
//	Open   otherwise
//
// The bounds are the limits of [ProportionInterval] with α = 1−conf on one side.
// Methods: ClopperPearson, whose false Above and Below stay within 1−conf;
// Wilson and Jeffreys, whose do not. Without answers the verdict is Open. A
// verdict taken again and again until it comes out Above is worth less than conf.
//
// References: Clopper and Pearson 1934; R binom.test and prop.test with
// alternative "greater" and "less".
func Compare(method Method, successes, n int64, target, conf float64) (Comparison, error) {
	if err := checkCount(successes, n); err != nil {
		return Comparison{}, err
	}
	if err := checkComparison(target, conf); err != nil {
		return Comparison{}, err
	}
	k, size := float64(successes), float64(n)
	c := Comparison{Upper: 1, PAtLeast: 1, PBelow: 1, Target: target, Conf: conf, Method: method}
	switch method {
	case ClopperPearson:
		return compareExact(method, k, size, target, conf), nil
	case Wilson:
		if n == 0 {
			return c, nil
		}
		c.Lower, c.Upper = wilsonLimits(k, size, normalQuantile(conf))
		z := scoreStatistic(k/size, size, target)
		c.PAtLeast, c.PBelow = normalUpper(z), normalUpper(-z)
	case Jeffreys:
		c.Lower, c.Upper = jeffreysLimits(k, size, 1-conf)
		c.PAtLeast = betaLower(target, k+0.5, size-k+0.5)
		c.PBelow = betaLower(1-target, size-k+0.5, k+0.5)
	default:
		return Comparison{}, invalid("no verdict rests on %q", method)
	}
	c.decide()
	return c, nil
}

// compareExact compares by the Clopper–Pearson bounds; k and n need not be whole.
func compareExact(method Method, k, n, target, conf float64) Comparison {
	c := Comparison{Target: target, Conf: conf, Method: method}
	c.Lower, c.Upper = exactLimits(k, n, 1-conf)
	c.PAtLeast, c.PBelow = binomialUpper(k, n, target), binomialLower(k, n, target)
	c.decide()
	return c
}

// Decision is a verdict with the one bound it rests on: the lower one where the share
// reaches the target, the upper one where it does not.
type Decision struct {
	Verdict Verdict
	Lower   bool // whether Bound is the lower one
	Bound   float64
	Conf    float64
	Method  Method
}

// Decide is what [Compare] by ClopperPearson comes to, without the bound that cannot
// decide and the tail probabilities, which are most of its work:
//
//	k/n ≥ target: above if B⁻¹(1−conf; k, n−k+1) ≥ target, else open
//	k/n < target: below if B⁻¹(conf; k+1, n−k) < target, else open
//
// conf is 0.5 at least: below, a bound may lie beyond the share.
//
// Reference: Clopper and Pearson 1934, Biometrika 26:404.
func Decide(successes, n int64, target, conf float64) (Decision, error) {
	if err := checkCount(successes, n); err != nil {
		return Decision{}, err
	}
	if err := checkComparison(target, conf); err != nil {
		return Decision{}, err
	}
	if conf < 0.5 {
		return Decision{}, invalid("a one-sided level of %v", conf)
	}
	return decideExact(ClopperPearson, float64(successes), float64(n), target, conf), nil
}

// decideExact decides by a Clopper–Pearson bound; k and n need not be whole.
func decideExact(method Method, k, n, target, conf float64) Decision {
	d := Decision{Lower: n > 0 && k/n >= target, Conf: conf, Method: method}
	if d.Lower {
		if d.Bound = exactLower(k, n, 1-conf); d.Bound >= target {
			d.Verdict = Above
		}
	} else if d.Bound = exactUpper(k, n, 1-conf); d.Bound < target {
		d.Verdict = Below
	}
	return d
}

func (c *Comparison) decide() {
	switch {
	case c.Lower >= c.Target:
		c.Verdict = Above
	case c.Upper < c.Target:
		c.Verdict = Below
	}
}

// scoreStatistic is (p − target) over the standard error at the target. At a
// target of 1 any failure is infinitely far off.
func scoreStatistic(p, n, target float64) float64 {
	if p == target {
		return 0
	}
	return (p - target) / math.Sqrt(target*(1-target)/n)
}

func checkComparison(target, conf float64) error {
	if err := checkTarget(target); err != nil {
		return err
	}
	return checkConf(conf)
}

// CriticalCounts are the counts from which a sample of N answers decides.
type CriticalCounts struct {
	N        int64
	MinAbove *int64 // smallest number of successes with verdict Above; nil if not even N suffice
	MaxBelow *int64 // largest number of successes with verdict Below; nil if not even 0 suffices
}

// Critical finds the counts from which [Compare] decides in a sample of n answers:
//
//	MinAbove = min{k: L(k, n) ≥ target},  MaxBelow = max{k: U(k, n) < target}
//
// Both bounds grow with k, so that every count beyond them decides too. With
// ClopperPearson at 95 % nothing below 29 answers can show 0.90, below 59 none 0.95.
//
// Reference: the rejection region of the exact binomial test; R qbinom.
func Critical(method Method, n int64, target, conf float64) (CriticalCounts, error) {
	if _, err := Compare(method, 0, n, target, conf); err != nil {
		return CriticalCounts{}, err
	}
	verdict := func(k int) Verdict {
		c, _ := Compare(method, int64(k), n, target, conf) // checked above
		return c.Verdict
	}
	counts := CriticalCounts{N: n}
	if k := int64(sort.Search(int(n)+1, func(k int) bool { return verdict(k) == Above })); k <= n {
		counts.MinAbove = &k
	}
	if k := int64(sort.Search(int(n)+1, func(k int) bool { return verdict(k) != Below })) - 1; k >= 0 {
		counts.MaxBelow = &k
	}
	return counts, nil
}

// ProbabilityAbove is the probability that N independent answers end in the verdict Above when
// the true share is share: the false alarm rate at the target, the power beyond it.
//
//	P(X ≥ MinAbove), X ~ Binomial(N, share)
//
// It is 0 where no count decides. Reference: R pbinom.
func (c CriticalCounts) ProbabilityAbove(share float64) (float64, error) {
	if !(share >= 0 && share <= 1) {
		return 0, invalid("share %v is not between 0 and 1", share)
	}
	if c.MinAbove == nil {
		return 0, nil
	}
	return binomialUpper(float64(*c.MinAbove), float64(c.N), share), nil
}

// ProbabilityBelow is the probability that N independent answers end in the verdict Below when
// the true share is share.
//
//	P(X ≤ MaxBelow), X ~ Binomial(N, share)
//
// It is 0 where no count decides. Reference: R pbinom.
func (c CriticalCounts) ProbabilityBelow(share float64) (float64, error) {
	if !(share >= 0 && share <= 1) {
		return 0, invalid("share %v is not between 0 and 1", share)
	}
	if c.MaxBelow == nil {
		return 0, nil
	}
	return binomialLower(float64(*c.MaxBelow), float64(c.N), share), nil
}
