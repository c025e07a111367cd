package stats

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// The special functions keep about ten significant digits in the tails too.
// Where gonum does, they only name it; where it does not, they polish its
// answer. Arguments are checked by the estimators.

func normalQuantile(p float64) float64 { return mathext.NormalQuantile(p) }

// normalUpper is P(Z ≥ x).
func normalUpper(x float64) float64 { return math.Erfc(x/math.Sqrt2) / 2 }

// tQuantile is the p-quantile of Student's t.
//
// gonum's loses digits below 1e-6 and goes astray for many degrees of freedom;
// there Fisher's expansion about the normal quantile is exact (Abramowitz and
// Stegun 26.7.5), elsewhere the beta distribution has the tail.
func tQuantile(p, df float64) float64 {
	if p > 0.5 {
		return -tQuantile(1-p, df)
	}
	if df > 1e4 {
		z := normalQuantile(p)
		z2 := z * z
		return z * (1 + (z2+1)/(4*df) + ((5*z2+16)*z2+3)/(96*df*df) + (((3*z2+19)*z2+17)*z2-15)/(384*df*df*df))
	}
	return tQuantiles.of([2]float64{p, df}, func() float64 {
		if p < 1e-6 {
			x := betaQuantile(2*p, df/2, 0.5) // of df/(df+t²)
			return -math.Sqrt(df * (1 - x) / x)
		}
		return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(p)
	})
}

// tQuantiles are those of few degrees of freedom, which the many small cells of a table ask for again and again.
var tQuantiles memo

// memo keeps the values of a function, at most maxMemo of them. They may be asked for from any goroutine.
type memo struct {
	mu     sync.RWMutex
	values map[[2]float64]float64
}

const maxMemo = 1 << 14

// of is the value at some arguments, worked out where it is not kept.
func (m *memo) of(at [2]float64, value func() float64) float64 {
	m.mu.RLock()
	v, known := m.values[at]
	m.mu.RUnlock()
	if known {
		return v
	}
	v = value()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil || len(m.values) == maxMemo {
		m.values = map[[2]float64]float64{}
	}
	m.values[at] = v
	return v
}

// tTwoSided is P(|T| ≥ |t|) for Student's t. For many degrees of freedom, where
// the incomplete beta function loses digits, Hill's transform to the normal is
// exact (Hill 1970, Comm ACM 13:617).
func tTwoSided(t, df float64) float64 {
	if df > 1e4 {
		a := df - 0.5
		z := math.Sqrt(a * math.Log1p(t*t/df))
		return 2 * normalUpper(z+z*(z*z+3)/(48*a*a))
	}
	if t*t < 1 { // the difference of df/(df+t²) from 1 is all that counts
		return 1 - betaLower(t*t/(df+t*t), 0.5, df/2)
	}
	return betaLower(df/(df+t*t), df/2, 0.5)
}

// betaLower is P(X ≤ x) for X ~ Beta(a, b). gonum's loses digits with every power
// of ten of a+b and goes astray from ten million; there the continued fraction of
// Didonato and Morris carries on (1992, ACM Trans Math Softw 18:360, eq. 9).
func betaLower(x, a, b float64) float64 {
	switch {
	case a+b <= manyTrials || min(a, b) < 1e-9 || x <= 0 || x >= 1:
		return mathext.RegIncBeta(a, b, x)
	case x > a/(a+b):
		return 1 - betaPower(x, a, b)*betaFraction(1-x, x, b, a)
	}
	return betaPower(x, a, b) * betaFraction(x, 1-x, a, b)
}

// manyTrials is where gonum's beta and binomial distributions have lost two digits.
const manyTrials = 1e4

// betaPower is x^a·(1−x)^b/B(a, b). Next to the mean a/(a+b) the powers cancel
// against the beta function; Stirling's formula takes them together (Loader 2000).
func betaPower(x, a, b float64) float64 {
	if a > b { // the smaller mean has the more digits
		x, a, b = 1-x, b, a
	}
	n := a + b
	off := x - a/n
	exponent := a*logLess(x, a/n, off) + b*logLess(1-x, b/n, -off)
	return math.Sqrt(a/n*b/(2*math.Pi)) * math.Exp(exponent+stirlingError(n)-stirlingError(a)-stirlingError(b))
}

// betaFraction is I_x(a, b) over betaPower for x up to the mean and y = 1 − x. In
// its terms nothing cancels.
func betaFraction(x, y, a, b float64) float64 {
	const most = 1_000_000 // it takes fewer, even for the largest counts
	below := a - (a+b)*x
	if a > b {
		below = (a+b)*y - b
	}
	lead := 1 + max(0, below)
	above, under, aboveNext, underNext := 0.0, 1.0, 1.0, lead*a/(a+1)
	fraction := aboveNext / underNext
	for n := 1.0; n < most; n++ {
		size := a + 2*n - 1
		weight := n * (b - n) * x
		alpha := (a + n - 1) / size * ((a + b + n - 1) / size) * weight * x
		beta := n + weight/size + (a+n)/(a+2*n+1)*(lead+n*(1+y))
		above, aboveNext = aboveNext, alpha*above+beta*aboveNext
		under, underNext = underNext, alpha*under+beta*underNext
		before := fraction
		fraction = aboveNext / underNext
		if math.Abs(fraction-before) <= 1e-16*fraction {
			break
		}
		above, under, aboveNext, underNext = above/underNext, under/underNext, fraction, 1
	}
	return fraction
}

// logLess is ln(x/mean) − off/mean for off = x − mean, which is known to more
// digits than the difference.
func logLess(x, mean, off float64) float64 {
	u := off / mean
	if math.Abs(u) > 0.5 {
		return math.Log(x/mean) - u
	}
	// ln(1+u) = 2·artanh r
	r := u / (2 + u)
	square := r * r
	sum, power := 0.0, square
	for k := 3.0; sum+power/k > sum; k += 2 {
		sum += power / k
		power *= square
	}
	return r * (2*sum - u)
}

// stirlingError is ln Γ(z) less Stirling's formula, (z−1/2)·ln z − z + ln √(2π).
func stirlingError(z float64) float64 {
	if z < 15 {
		logGamma, _ := math.Lgamma(z)
		return logGamma - ((z-0.5)*math.Log(z) - z + math.Log(2*math.Pi)/2)
	}
	s := 1 / (z * z)
	return (1./12 - s*(1./360-s*(1./1260-s*(1./1680-s/1188)))) / z
}

// betaQuantile is the p-quantile of Beta(a, b). gonum's is off by 1e-9, or by
// anything in far tails and for a+b beyond a million. Newton steps on the
// logarithms go on from it; where one leaves what is known of the place, it is
// halved instead.
func betaQuantile(p, a, b float64) float64 {
	x := mathext.InvRegIncBeta(a, b, p)
	if !(x > 0 && x < 1) {
		return x
	}
	low, high, before := 0.0, 1.0, 1.0
	for range 200 {
		below := betaLower(x, a, b)
		switch {
		case below == p:
			return x
		case below < p:
			low = x
		default:
			high = x
		}
		next := x * math.Exp(math.Log(p/below)*below*(1-x)/betaPower(x, a, b))
		if !(next > low && next < high) {
			next = low + (high-low)/2
		}
		step := math.Abs(next - x)
		if x = next; step <= 3e-16*x || step < 1e-12*min(x, 1-x) && step >= before { // nothing but rounding is left
			break
		}
		before = step
	}
	return x
}

// betaLimits leave out alpha on either side of Beta(a, b). Limits closer to 0 than
// 1 has digits may cross but for rounding.
func betaLimits(alpha, a, b float64) (lower, upper float64) {
	lower = betaQuantile(alpha, a, b)
	return lower, math.Max(lower, 1-betaQuantile(alpha, b, a))
}

// chiSquareQuantile is the p-quantile of χ² with k degrees of freedom. In the
// lower tail, where gonum's gives up, P(x) is nearly (x/2)^(k/2)/Γ(k/2+1) for
// small k, and the cube root of x nearly normal for large (Wilson and Hilferty
// 1931); Newton steps on the logarithms go on from there.
func chiSquareQuantile(p, k float64) float64 {
	if p > 1e-3 {
		return distuv.ChiSquared{K: k}.Quantile(p)
	}
	shape := k / 2
	logGamma, _ := math.Lgamma(shape + 1)
	x := math.Exp((math.Log(p) + logGamma) / shape)
	if root := 1 - 1/(9*shape) + normalQuantile(p)/(3*math.Sqrt(shape)); root > 0.5 {
		x = shape * root * root * root
	}
	for range 30 {
		tail := mathext.GammaIncReg(shape, x)
		slope := math.Exp(shape*math.Log(x)-x-logGamma) * shape / tail
		step := math.Log(tail/p) / slope
		x *= math.Exp(-step)
		if math.Abs(step) < 1e-14 {
			break
		}
	}
	return 2 * x
}

// chiSquareUpper is P(X ≥ x) for χ² with k degrees of freedom.
func chiSquareUpper(x, k float64) float64 { return mathext.GammaIncRegComp(k/2, x/2) }

// fUpper is P(F ≥ x) with d1 and d2 degrees of freedom.
func fUpper(x, d1, d2 float64) float64 { return betaLower(d2/(d2+d1*x), d2/2, d1/2) }

// poissonUpper is P(X ≥ k) for mean lambda.
func poissonUpper(k int64, lambda float64) float64 {
	if k <= 0 {
		return 1
	}
	return mathext.GammaIncReg(float64(k), lambda)
}

// binomialProbability is P(X = k) for n trials.
func binomialProbability(k, n int64, p float64) float64 {
	switch {
	case k < 0 || k > n:
		return 0
	case p <= 0:
		return indicator(k == 0)
	case p >= 1:
		return indicator(k == n)
	}
	if n <= manyTrials {
		return distuv.Binomial{N: float64(n), P: p}.Prob(float64(k))
	}
	return betaPower(p, float64(k)+1, float64(n-k)+1) / (p * (1 - p) * float64(n+1))
}

// binomialUpper is P(X ≥ k) for n trials. Neither need be whole: the incomplete
// beta function I_p(k, n−k+1) carries the tail over to fractional counts.
func binomialUpper(k, n, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case p <= 0 || n-k+1 <= 0:
		return 0
	}
	return betaLower(p, k, n-k+1)
}

// binomialLower is P(X ≤ k) for n trials, carried over to fractions likewise.
func binomialLower(k, n, p float64) float64 { return binomialUpper(n-k, n, 1-p) }

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
