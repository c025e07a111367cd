package stats

import "math"

// ProportionInterval estimates the share of successes among n independent
// answers with a two-sided interval, z = Φ⁻¹((1+conf)/2), p = k/n, q = 1−p:
//
//	Wilson               (k + z²/2 ∓ z·√(kq + z²/4)) / (n + z²)
//	WilsonContinuity     (2np + z² ∓ 1 ∓ z·√(z² ∓ 2 − 1/n + 4p(nq ± 1))) / (2(n + z²))
//	ClopperPearson       B⁻¹(α/2; k, n−k+1), B⁻¹(1−α/2; k+1, n−k)
//	JeffreysEqualTailed  quantiles α/2 and 1−α/2 of Beta(k+1/2, n−k+1/2)
//	Jeffreys             the same, with 0 as lower limit at k = 0 and 1 as upper at k = n
//	AgrestiCoull         p̃ ∓ z·√(p̃q̃/ñ), ñ = n + z², p̃ = (k + z²/2)/ñ
//	Wald                 p ∓ z·√(pq/n)
//
// It assumes answers independent of each other and one share behind them all.
// Without answers the estimate and the interval are nil. Wilson, with or
// without correction, and ClopperPearson give exactly 0 at k = 0 and 1 at k = n.
//
// References: Wilson 1927; Newcombe 1998, Stat Med 17:857, methods 3 to 5;
// Brown, Cai and DasGupta 2001, Stat Sci 16:101. In R prop.test, binom.test and
// qbeta; prop.test drops the correction where |k − n/2| < 1/2, this does not.
func ProportionInterval(method Method, successes, n int64, conf float64) (Estimate, error) {
	if err := checkCount(successes, n); err != nil {
		return Estimate{}, err
	}
	if err := checkConf(conf); err != nil {
		return Estimate{}, err
	}
	limits, ok := proportionLimits[method]
	if !ok {
		return Estimate{}, invalid("no proportion interval is called %q", method)
	}
	if n == 0 {
		return Estimate{}, nil
	}
	share, size := float64(successes)/float64(n), float64(n)
	lower, upper := limits(float64(successes), size, (1-conf)/2)
	return Estimate{
		Value:      &share,
		Interval:   &Interval{Lower: lower, Upper: upper, Conf: conf, Method: method},
		N:          n,
		EffectiveN: &size,
	}, nil
}

// proportionLimits has for each method the limits that leave out alpha on either side.
var proportionLimits = map[Method]func(k, n, alpha float64) (lower, upper float64){
	Wilson: func(k, n, alpha float64) (float64, float64) {
		return wilsonLimits(k, n, -normalQuantile(alpha))
	},
	WilsonContinuity:    wilsonContinuityLimits,
	ClopperPearson:      exactLimits,
	Jeffreys:            jeffreysLimits,
	JeffreysEqualTailed: jeffreysEqualTailedLimits,
	AgrestiCoull:        agrestiCoullLimits,
	Wald:                waldLimits,
}

// wilsonLimits also serves fractional counts and quantiles other than the normal one.
func wilsonLimits(k, n, z float64) (lower, upper float64) {
	z2 := z * z
	half := z * math.Sqrt(k*((n-k)/n)+z2/4)
	lower, upper = (k+z2/2-half)/(n+z2), (k+z2/2+half)/(n+z2)
	return closed(k, n, math.Max(0, lower), math.Min(1, upper))
}

func wilsonContinuityLimits(k, n, alpha float64) (lower, upper float64) {
	z := -normalQuantile(alpha)
	z2, p, q := z*z, k/n, (n-k)/n
	// The radicands can fall below zero only where the limit is closed anyway.
	lower = (2*k + z2 - 1 - z*math.Sqrt(math.Max(0, z2-2-1/n+4*p*(n*q+1)))) / (2 * (n + z2))
	upper = (2*k + z2 + 1 + z*math.Sqrt(math.Max(0, z2+2-1/n+4*p*(n*q-1)))) / (2 * (n + z2))
	return closed(k, n, math.Max(0, lower), math.Min(1, upper))
}

// exactLimits are those of Clopper and Pearson; k and n need not be whole.
func exactLimits(k, n, alpha float64) (lower, upper float64) {
	lower = exactLower(k, n, alpha)
	return lower, math.Max(lower, exactUpper(k, n, alpha)) // rounding may cross them
}

func exactLower(k, n, alpha float64) float64 {
	if k <= 0 {
		return 0
	}
	return betaQuantile(alpha, k, n-k+1)
}

func exactUpper(k, n, alpha float64) float64 {
	if k >= n {
		return 1
	}
	return 1 - betaQuantile(alpha, n-k, k+1)
}

func jeffreysLimits(k, n, alpha float64) (lower, upper float64) {
	lower, upper = jeffreysEqualTailedLimits(k, n, alpha)
	return closed(k, n, lower, upper)
}

func jeffreysEqualTailedLimits(k, n, alpha float64) (lower, upper float64) {
	return betaLimits(alpha, k+0.5, n-k+0.5)
}

func agrestiCoullLimits(k, n, alpha float64) (lower, upper float64) {
	z := -normalQuantile(alpha)
	return waldLimits(k+z*z/2, n+z*z, alpha)
}

func waldLimits(k, n, alpha float64) (lower, upper float64) {
	p := k / n
	half := -normalQuantile(alpha) * math.Sqrt(p*((n-k)/n)/n)
	return p - half, p + half
}

// closed sets the limits that no data can move: 0 without successes, 1 without failures.
func closed(k, n, lower, upper float64) (float64, float64) {
	if k <= 0 {
		lower = 0
	}
	if k >= n {
		upper = 1
	}
	return lower, upper
}
