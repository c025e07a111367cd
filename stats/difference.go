package stats

import "math"

// Difference is the share of one group less that of another. A nil field is not
// defined by the data.
type Difference struct {
	Value    *float64
	Interval *Interval
}

// ProportionDifference estimates the difference of the shares behind two
// independent groups of answers with a two-sided interval:
//
//	Newcombe            d − √((p₁−l₁)² + (u₂−p₂)²), d + √((u₁−p₁)² + (p₂−l₂)²), l and u by Wilson
//	NewcombeContinuity  the same, l and u by WilsonContinuity
//	Wald                d ∓ z·√(p₁q₁/n₁ + p₂q₂/n₂)
//	AgrestiCaffo        the same on k+1 of n+2
//
// The groups may not overlap: a unit is set against the rest, not against the
// total that holds it. Nil where either group has no answers. That the
// intervals of two groups overlap is not a test of their difference.
//
// References: Newcombe 1998, Stat Med 17:873, methods 10 and 11; Agresti and
// Caffo 2000, Am Stat 54:280.
func ProportionDifference(method Method, a, b Count, conf float64) (Difference, error) {
	if err := checkCounts([]Count{a, b}); err != nil {
		return Difference{}, err
	}
	if err := checkConf(conf); err != nil {
		return Difference{}, err
	}
	single, hybrid := map[Method]Method{Newcombe: Wilson, NewcombeContinuity: WilsonContinuity}[method]
	if !hybrid && method != Wald && method != AgrestiCaffo {
		return Difference{}, invalid("no interval for a difference is called %q", method)
	}
	if a.N == 0 || b.N == 0 {
		return Difference{}, nil
	}
	d := a.share() - b.share()
	var lower, upper float64
	if hybrid {
		first, _ := ProportionInterval(single, a.Successes, a.N, conf) // checked above
		second, _ := ProportionInterval(single, b.Successes, b.N, conf)
		lower, upper = hybridLimits(first, second)
	} else {
		if method == AgrestiCaffo {
			a, b = Count{a.Successes + 1, a.N + 2}, Count{b.Successes + 1, b.N + 2}
		}
		half := -normalQuantile((1-conf)/2) * math.Sqrt(a.variance()+b.variance())
		lower, upper = a.share()-b.share()-half, a.share()-b.share()+half
	}
	return Difference{Value: &d, Interval: &Interval{Lower: lower, Upper: upper, Conf: conf, Method: method}}, nil
}

func (c Count) variance() float64 { return c.share() * (1 - c.share()) / float64(c.N) }

// EstimateDifference is Newcombe's interval from any two independent estimates
// that have one: shares of a design, of a finite population, pooled indices.
//
//	d − √((p₁−l₁)² + (u₂−p₂)²), d + √((u₁−p₁)² + (p₂−l₂)²)
//
// Both intervals must be of the same level. The interval is nil where either is
// missing, everything is where a value is.
//
// References: Zou and Donner 2008, Stat Med 27:1693 (method of variance
// estimates recovery); Newcombe 1998, Stat Med 17:873.
func EstimateDifference(a, b Estimate) (Difference, error) {
	for _, e := range []Estimate{a, b} {
		if err := e.check(); err != nil {
			return Difference{}, err
		}
	}
	if a.Value == nil || b.Value == nil {
		return Difference{}, nil
	}
	d := *a.Value - *b.Value
	difference := Difference{Value: &d}
	if a.Interval == nil || b.Interval == nil {
		return difference, nil
	}
	if a.Interval.Conf != b.Interval.Conf {
		return Difference{}, invalid("intervals of level %v and %v", a.Interval.Conf, b.Interval.Conf)
	}
	lower, upper := hybridLimits(a, b)
	difference.Interval = &Interval{Lower: lower, Upper: upper, Conf: a.Interval.Conf, Method: Newcombe}
	return difference, nil
}

func hybridLimits(a, b Estimate) (lower, upper float64) {
	d := *a.Value - *b.Value
	lower = d - math.Hypot(*a.Value-a.Interval.Lower, b.Interval.Upper-*b.Value)
	upper = d + math.Hypot(a.Interval.Upper-*a.Value, *b.Value-b.Interval.Lower)
	return lower, upper
}

func (e Estimate) check() error {
	switch {
	case e.Value != nil && !(*e.Value >= 0 && *e.Value <= 1):
		return invalid("share %v is not between 0 and 1", *e.Value)
	case e.EffectiveN != nil && !(*e.EffectiveN > 0 && *e.EffectiveN <= maxCount):
		return invalid("effective size %v", *e.EffectiveN)
	case e.Interval == nil:
		return nil
	case e.Value == nil || !(e.Interval.Lower <= *e.Value && *e.Value <= e.Interval.Upper):
		return invalid("interval %v to %v without its share", e.Interval.Lower, e.Interval.Upper)
	case e.Interval.Upper-e.Interval.Lower > maxCount:
		return invalid("interval %v to %v", e.Interval.Lower, e.Interval.Upper)
	}
	return checkConf(e.Interval.Conf)
}

// Estimate is the index as an estimate like any other, with the interval to show, to set against another.
func (r Ratio) Estimate() Estimate {
	return Estimate{Value: r.Value, Interval: r.IntervalT, N: r.Respondents, EffectiveN: r.EffectiveN}
}

// DifferenceTest tests whether two independent estimates have the same share
// behind them, with p̄ the share of both together:
//
//	z = (p₁ − p₂)/√(p̄(1−p̄)·(1/n₁ + 1/n₂))
//
// n the effective sizes, which for counts are the numbers of answers. Nil where
// either share or size is missing and where p̄ is 0 or 1: then no difference is
// seen and none can be tested.
//
// Reference: Fleiss, Levin and Paik 2003, section 3.2; z² in R prop.test with correct = FALSE.
func DifferenceTest(a, b Estimate) (Test, error) {
	for _, e := range []Estimate{a, b} {
		if err := e.check(); err != nil {
			return Test{}, err
		}
	}
	if a.Value == nil || b.Value == nil || a.EffectiveN == nil || b.EffectiveN == nil {
		return Test{}, nil
	}
	z, ok := pooledZ(*a.Value, *a.EffectiveN, *b.Value, *b.EffectiveN)
	if !ok {
		return Test{}, nil
	}
	return normalTest(z, z), nil
}

func pooledZ(p1, n1, p2, n2 float64) (z float64, ok bool) {
	pooled := (p1*n1 + p2*n2) / (n1 + n2)
	variance := pooled * (1 - pooled) * (1/n1 + 1/n2)
	if p1 == p2 && (p1 == 0 || p1 == 1) || !(variance > 0) {
		return 0, false
	}
	return (p1 - p2) / math.Sqrt(variance), true
}

// YatesTest is the χ² test of two shares with continuity correction, O and E the
// four counts and what is expected of them if the shares are the same:
//
//	Σ(|O − E| − min(1/2, |O − E|))²/E
//
// Nil where either group has no answers and where all or none of both together
// are successes. Reference: Yates 1934; R prop.test.
func YatesTest(a, b Count) (Test, error) {
	if err := checkCounts([]Count{a, b}); err != nil {
		return Test{}, err
	}
	successes, n := float64(a.Successes)+float64(b.Successes), float64(a.N)+float64(b.N)
	if a.N == 0 || b.N == 0 || successes == 0 || successes == n {
		return Test{}, nil
	}
	// All four counts are equally far off what is expected.
	off := math.Abs(determinant(a.Successes, b.N, b.Successes, a.N)) / n
	off = math.Max(0, off-0.5)
	statistic := off * off * (1/float64(a.N) + 1/float64(b.N)) * (n / successes) * (n / (n - successes))
	return chiSquareTest(statistic, 1), nil
}

// FisherTest is the exact test of two shares: given the totals, the probability
// of all tables that are no more likely than the one observed.
//
//	Σ{P(x): P(x) ≤ P(k₁)}, X hypergeometric
//
// It has no statistic. Nil where either group has no answers. More than a
// thousand million answers are an error. Reference: R fisher.test.
func FisherTest(a, b Count) (Test, error) {
	if err := checkCounts([]Count{a, b}); err != nil {
		return Test{}, err
	}
	if a.N > maxFinite-b.N {
		return Test{}, invalid("%d and %d answers are too many for an exact test, take DifferenceTest", a.N, b.N)
	}
	if a.N == 0 || b.N == 0 {
		return Test{}, nil
	}
	marked := a.Successes + b.Successes
	var observed, total, extreme float64
	for x, term := range hypergeometricTerms(marked, a.N, a.N+b.N) {
		total += term
		if x == a.Successes {
			observed = term
		}
	}
	for _, term := range hypergeometricTerms(marked, a.N, a.N+b.N) {
		if term <= observed*(1+1e-7) { // equal but for rounding, as R has it
			extreme += term
		}
	}
	p := extreme / total
	return Test{P: &p}, nil
}
