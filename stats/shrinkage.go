package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// minShrinkable is the number of units below which their spread is not worth
// estimating.
const minShrinkable = 5

// BetaPrior is how the shares behind several units are spread: Beta(Alpha, Beta).
type BetaPrior struct {
	Mean          float64
	Rho           float64  // correlation of two answers to the same unit, 1/(α+β+1); 0 or less where nothing is spread
	Alpha, Beta   *float64 // nil where the units differ by chance alone: complete pooling
	LogLikelihood *float64 // of the counts; nil for moments
}

// MomentPrior estimates the spread by moments. With M units, N answers in all,
// π = Σk/N and S = Σn(p−π)²:
//
//	ρ = (S − π(1−π)(M−1)) / (π(1−π)(N − Σn²/N − (M−1))),  α+β = 1/ρ − 1
//
// ρ ≤ 0 is complete pooling. Units without answers do not count. Nil where the
// units say nothing of their spread: fewer than two, one answer each, or ρ of 1
// and above.
//
// Reference: Kleinman 1973, JASA 68:46.
func MomentPrior(units []Count) (*BetaPrior, error) {
	all, answered, err := pool(units)
	if err != nil || len(answered) < 2 {
		return nil, err
	}
	n, pi, between := float64(all.N), all.share(), float64(len(answered)-1)
	if all.constant() {
		return &BetaPrior{Mean: pi}, nil
	}
	var spread, squares float64
	for _, i := range answered {
		size := float64(units[i].N)
		off := units[i].excess(all)
		spread += off * off / size
		squares += size * (size / n)
	}
	room := n - squares - between
	if room <= 1e-9*n {
		return nil, nil
	}
	rho := (spread/(pi*(1-pi)) - between) / room
	if rho >= 1 {
		return nil, nil
	}
	prior := &BetaPrior{Mean: pi, Rho: rho}
	if rho > 0 {
		prior.spread(1/rho - 1)
	}
	return prior, nil
}

func (p *BetaPrior) spread(size float64) {
	alpha, beta := p.Mean*size, (1-p.Mean)*size
	p.Alpha, p.Beta = &alpha, &beta
}

// LikelihoodPrior estimates the spread by maximum likelihood of the
// beta-binomial distribution, which takes
//
//	Π C(n,k)·B(α+k, β+n−k)/B(α, β)
//
// to its highest. Where it only grows as α+β goes to infinity, the units differ
// by chance alone: complete pooling. Units without answers do not count. Nil
// where they say nothing of their spread: fewer than two units, one answer each,
// or in every unit all or none of the answers successes.
//
// References: Griffiths 1973, Biometrics 29:637; R VGAM::betabinomialff.
func LikelihoodPrior(units []Count) (*BetaPrior, error) {
	all, answered, err := pool(units)
	if err != nil || len(answered) < 2 {
		return nil, err
	}
	pi := all.share()
	l := make(betaBinomial, len(answered))
	for i, unit := range answered {
		l[i] = units[unit]
	}
	pooled := &BetaPrior{Mean: pi, LogLikelihood: l.pooled(pi)}
	if all.constant() {
		return pooled, nil
	}
	var slope float64 // at no spread, in 1/(α+β)
	repeated, mixed := false, false
	for _, c := range l {
		// Half of k(k−1)/π + (n−k)(n−k−1)/(1−π) − n(n−1), about k = nπ.
		off := c.excess(all)
		slope += (off*(off+2*pi-1)/(pi*(1-pi)) - float64(c.N)) / 2
		repeated, mixed = repeated || c.N > 1, mixed || !c.constant()
	}
	switch {
	case !repeated:
		return nil, nil
	case slope <= 0:
		return pooled, nil
	case !mixed:
		return nil, nil
	}
	start := 1.0
	if moments, err := MomentPrior(units); err == nil && moments != nil && moments.Alpha != nil {
		start = *moments.Alpha + *moments.Beta
	}
	mean, size := l.maximise(pi, start)
	if size > maxCount/2 {
		return pooled, nil
	}
	prior := &BetaPrior{Mean: mean, Rho: 1 / (size + 1)}
	prior.spread(size)
	prior.LogLikelihood = l.at(*prior.Alpha, *prior.Beta)
	return prior, nil
}

// betaBinomial is the likelihood of counts with answers.
type betaBinomial []Count

func (l betaBinomial) at(alpha, beta float64) *float64 {
	sum := 0.0
	for _, c := range l {
		k, n := float64(c.Successes), float64(c.N)
		sum += logChoose(n, k) + mathext.Lbeta(alpha+k, beta+n-k) - mathext.Lbeta(alpha, beta)
	}
	return &sum
}

func (l betaBinomial) pooled(pi float64) *float64 {
	sum := 0.0
	for _, c := range l {
		k, n := float64(c.Successes), float64(c.N)
		sum += logChoose(n, k)
		if k > 0 {
			sum += k * math.Log(pi)
		}
		if k < n {
			sum += (n - k) * math.Log1p(-pi)
		}
	}
	return &sum
}

// maximise climbs by Newton steps in the logit of the mean α/(α+β) and the
// logarithm of the size α+β, until it stands still or the size leaves all data
// behind.
func (l betaBinomial) maximise(mean, size float64) (atMean, atSize float64) {
	logit, logSize := math.Log(mean/(1-mean)), math.Log(size)
	for range 500 {
		step, stepSize := l.derivatives(expit(logit), math.Exp(logSize)).newton()
		logit, logSize = logit+step, logSize+stepSize
		if math.Abs(step)+math.Abs(stepSize) < 1e-11 || logSize > math.Log(maxCount) {
			break
		}
	}
	return expit(logit), math.Exp(logSize)
}

// slopes are the first and second derivatives in the logit of the mean and the
// logarithm of the size.
type slopes struct{ m, s, mm, ms, ss float64 }

func (l betaBinomial) derivatives(mean, size float64) slopes {
	alpha, beta := mean*size, (1-mean)*size
	var a, b, aa, ab, bb float64
	for _, c := range l {
		k, n := float64(c.Successes), float64(c.N)
		first, second := digammaSteps(alpha, k)
		firstRest, secondRest := digammaSteps(beta, n-k)
		firstAll, secondAll := digammaSteps(size, n)
		a, b = a+first-firstAll, b+firstRest-firstAll
		aa, bb, ab = aa+second-secondAll, bb+secondRest-secondAll, ab-secondAll
	}
	// α and β move by ±γ with the logit, by themselves with the logarithm.
	gamma := size * mean * (1 - mean)
	return slopes{
		m:  gamma * (a - b),
		s:  alpha*a + beta*b,
		mm: gamma*gamma*(aa-2*ab+bb) + gamma*(1-2*mean)*(a-b),
		ms: gamma*(alpha*(aa-ab)+beta*(ab-bb)) + gamma*(a-b),
		ss: alpha*alpha*aa + 2*alpha*beta*ab + beta*beta*bb + alpha*a + beta*b,
	}
}

// newton is the step to the top, or uphill where the surface is not curved
// downwards, never far.
func (d slopes) newton() (m, s float64) {
	const far = 1
	det := d.mm*d.ss - d.ms*d.ms
	if d.mm < 0 && d.ss < 0 && det > 0 {
		m, s = (d.ms*d.s-d.ss*d.m)/det, (d.ms*d.m-d.mm*d.s)/det
	} else {
		m, s = math.Copysign(math.Min(far, math.Abs(d.m)), d.m), math.Copysign(math.Min(far, math.Abs(d.s)), d.s)
	}
	if length := math.Hypot(m, s); length > far {
		m, s = m*far/length, s*far/length
	}
	return m, s
}

// digammaSteps are ψ(x+k) − ψ(x) and ψ'(x+k) − ψ'(x), without the cancellation
// of the differences: by recurrence up to 30, from there by the asymptotic
// series (Abramowitz and Stegun 6.3.18, 6.4.12).
func digammaSteps(x, k float64) (first, second float64) {
	for ; x < 30; x++ {
		y := x + k
		first += k / (x * y)
		second -= k / (x * x) * ((x + y) / (y * y))
	}
	// v^(m+1) − u^(m+1) is (v−u) times the sum of u^(m−i)·v^i.
	u, v := 1/x, 1/(x+k)
	sum := func(m int) float64 {
		total, power := 0.0, 1.0
		for range m + 1 {
			total, power = total*u+power, power*v
		}
		return total
	}
	difference := -k * u * v
	first += math.Log1p(k*u) - difference*(1./2+sum(1)/12-sum(3)/120+sum(5)/252)
	second += difference * (1 + sum(1)/2 + sum(2)/6 - sum(4)/30 + sum(6)/42)
	return first, second
}

// Shrunken is the share of one unit drawn towards that of all.
type Shrunken struct {
	Raw      *float64
	Value    *float64
	Weight   *float64  // of the mean of all in Value; 0 for a unit that stands alone
	Interval *Interval // nil where nothing is drawn or everything pooled
	PAtLeast *float64  // probability of a share of at least the threshold; nil likewise
}

// Shrink is the posterior of a unit, Beta(α+k, β+n−k), with its mean, equal
// tails and probability of at least threshold:
//
//	Value  = (α+k)/(α+β+n) = B·α/(α+β) + (1−B)·k/n,  Weight = B = (α+β)/(α+β+n)
//
// It takes the prior as known, which makes intervals from few units too narrow.
// Under complete pooling Value is the mean of all. Everything is nil for a unit
// without answers. Shrunken shares are for looking at many small units; a
// verdict rests on the raw count.
//
// Reference: Casella 1985, Am Stat 39:83; Gelman et al., Bayesian Data Analysis, section 5.1.
func (p BetaPrior) Shrink(unit Count, threshold, conf float64) (Shrunken, error) {
	if err := checkCount(unit.Successes, unit.N); err != nil {
		return Shrunken{}, err
	}
	if err := checkComparison(threshold, conf); err != nil {
		return Shrunken{}, err
	}
	if err := p.check(); err != nil {
		return Shrunken{}, err
	}
	if unit.N == 0 {
		return Shrunken{}, nil
	}
	raw, mean, weight := unit.share(), p.Mean, 1.0
	shrunken := Shrunken{Raw: &raw, Value: &mean, Weight: &weight}
	if p.Alpha == nil {
		return shrunken, nil
	}
	a, b := *p.Alpha+float64(unit.Successes), *p.Beta+float64(unit.N-unit.Successes)
	mean, weight = a/(a+b), (*p.Alpha+*p.Beta)/(a+b)
	tail := (1 - conf) / 2
	atLeast := betaLower(1-threshold, b, a)
	shrunken.PAtLeast = &atLeast
	lower, upper := betaLimits(tail, a, b)
	shrunken.Interval = &Interval{Lower: lower, Upper: upper, Conf: conf, Method: EmpiricalBayes}
	return shrunken, nil
}

func (p BetaPrior) check() error {
	if !(p.Mean >= 0 && p.Mean <= 1) {
		return invalid("mean share %v is not between 0 and 1", p.Mean)
	}
	if (p.Alpha == nil) != (p.Beta == nil) {
		return invalid("a prior with one parameter")
	}
	for _, x := range []*float64{p.Alpha, p.Beta} {
		if x != nil && !(*x > 0 && *x <= maxCount) {
			return invalid("parameter %v of a prior", *x)
		}
	}
	return nil
}

// Pooling is how far units are drawn towards each other.
type Pooling string

// The degrees of pooling.
const (
	NoPooling       Pooling = "none"     // too few units, or none that says anything of the spread: every share is its own
	PartialPooling  Pooling = "partial"  // every share is drawn towards that of all, the more the fewer its answers
	CompletePooling Pooling = "complete" // the units differ by chance alone: every share is that of all
)

// Shrinkage are several units drawn towards each other.
type Shrinkage struct {
	Pooling Pooling
	Prior   *BetaPrior // nil for NoPooling
	Units   []Shrunken
}

// Shrink draws units of the same kind towards each other by [BetaPrior.Shrink],
// with the prior of [LikelihoodPrior], or of [MomentPrior] where that has none:
//
//	(α+k)/(α+β+n)
//
// Fewer than five units with answers stand alone.
//
// Reference: Casella 1985, Am Stat 39:83.
func Shrink(units []Count, threshold, conf float64) (Shrinkage, error) {
	_, answered, err := pool(units)
	if err != nil {
		return Shrinkage{}, err
	}
	if err := checkComparison(threshold, conf); err != nil {
		return Shrinkage{}, err
	}
	s := Shrinkage{Pooling: NoPooling, Units: make([]Shrunken, len(units))}
	if len(answered) >= minShrinkable {
		for _, estimate := range []func([]Count) (*BetaPrior, error){LikelihoodPrior, MomentPrior} {
			if s.Prior, err = estimate(units); err != nil {
				return Shrinkage{}, err
			}
			if s.Prior != nil {
				break
			}
		}
	}
	if s.Prior == nil {
		for _, i := range answered {
			raw := units[i].share()
			s.Units[i] = Shrunken{Raw: &raw, Value: &raw, Weight: new(float64)}
		}
		return s, nil
	}
	s.Pooling = PartialPooling
	if s.Prior.Alpha == nil {
		s.Pooling = CompletePooling
	}
	for i, unit := range units {
		if s.Units[i], err = s.Prior.Shrink(unit, threshold, conf); err != nil {
			return Shrinkage{}, err
		}
	}
	return s, nil
}
