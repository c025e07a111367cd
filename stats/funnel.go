package stats

import (
	"math"
	"sort"
)

// Funnel sets units of unequal size against one share. A nil field is not
// defined by the data.
type Funnel struct {
	Target  *float64
	Natural Overdispersion // of the shares
	Arcsine Overdispersion // of the angles asin √p
	Units   []FunnelUnit
}

// Overdispersion is by how much units differ beyond chance.
type Overdispersion struct {
	Phi  *float64 // mean square of the winsorised z: 1 where only chance is at work
	Tau2 *float64 // variance between the units; 0 where chance explains it all
}

// FunnelUnit is by how many standard errors a unit is off the target, on both
// scales, without and with the variance between units.
type FunnelUnit struct {
	Share                      *float64
	Z, ZAdditive               *float64
	ArcsineZ, ArcsineZAdditive *float64
}

// NewFunnel sets the units against target, the share of all together where it
// is nil. With s the standard error of a unit at the target t, I units and
// weights w = 1/s²:
//
//	z   = (p − t)/s, s² = t(1−t)/n;  on the angle scale (asin √p − asin √t)/s, s² = 1/(4n)
//	φ   = mean of z², z cut to its own 10 % and 90 % quantiles
//	τ²  = (I·φ − (I−1))/(Σw − Σw²/Σw), at least 0
//	zᵃ  = z·s/√(s² + τ²)
//
// Units without answers count for nothing and have nil fields; with fewer than
// two others τ² and zᵃ are nil. Against a target of 0 or 1 nothing is defined but on
// the angle scale. Judge units by zᵃ or the limits that go with it: without the
// variance between them almost every large unit stands out.
//
// References: Spiegelhalter 2005, Stat Med 24:1185; R FunnelPlotR (angles).
func NewFunnel(units []Count, target *float64) (Funnel, error) {
	all, answered, err := pool(units)
	if err != nil {
		return Funnel{}, err
	}
	f := Funnel{Target: target, Units: make([]FunnelUnit, len(units))}
	switch {
	case target != nil && !(*target >= 0 && *target <= 1):
		return Funnel{}, invalid("target share %v is not between 0 and 1", *target)
	case target == nil && all.N > 0:
		share := all.share()
		f.Target = &share
	}
	if len(answered) == 0 {
		return f, nil
	}
	t := *f.Target
	shares, angles := make([]float64, len(answered)), make([]float64, len(answered))
	variances, angleVariances := make([]float64, len(answered)), make([]float64, len(answered))
	for i, unit := range answered {
		share, n := units[unit].share(), float64(units[unit].N)
		f.Units[unit].Share = &share
		shares[i], variances[i] = share-t, t*(1-t)/n
		angles[i], angleVariances[i] = angle(share)-angle(t), 1/(4*n)
	}
	var z []float64
	var additive []*float64
	if f.spreads() {
		f.Natural, z, additive = disperse(shares, variances)
		for i, unit := range answered {
			f.Units[unit].Z, f.Units[unit].ZAdditive = &z[i], additive[i]
		}
	}
	f.Arcsine, z, additive = disperse(angles, angleVariances)
	for i, unit := range answered {
		f.Units[unit].ArcsineZ, f.Units[unit].ArcsineZAdditive = &z[i], additive[i]
	}
	return f, nil
}

func angle(share float64) float64 { return math.Asin(math.Sqrt(share)) }

// disperse needs positive variances.
func disperse(off, variances []float64) (d Overdispersion, z []float64, additive []*float64) {
	units := float64(len(off))
	z, additive = make([]float64, len(off)), make([]*float64, len(off))
	var weights, squares float64
	for i, variance := range variances {
		z[i] = off[i] / math.Sqrt(variance)
		weights += 1 / variance
		squares += 1 / variance / variance
	}
	low, high := quantileType7(z, 0.1), quantileType7(z, 0.9)
	phi := 0.0
	for _, value := range z {
		cut := math.Min(high, math.Max(low, value))
		phi += cut * cut / units
	}
	d.Phi = &phi
	if len(off) < 2 {
		return d, z, additive
	}
	tau2 := math.Max(0, (units*phi-(units-1))/(weights-squares/weights))
	d.Tau2 = &tau2
	for i, variance := range variances {
		additive[i] = new(off[i] / math.Sqrt(variance+tau2))
	}
	return d, z, additive
}

// quantileType7 interpolates between the order statistics, as R does by default.
func quantileType7(values []float64, p float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	place := p * float64(len(sorted)-1)
	below := int(place)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (place-float64(below))*(sorted[below+1]-sorted[below])
}

// Limits are those that a unit with n answers keeps within with probability
// conf if it differs from the target by chance alone, or as others do. With
// α = (1−conf)/2 on either side and z = Φ⁻¹(1−α):
//
//	FunnelExact           (r − a)/n, r = min{r: F(r) ≥ α}, a = (F(r) − α)/(F(r) − F(r−1)), F binomial; 1−α above
//	FunnelNormal          t ∓ z·√(t(1−t)/n)
//	FunnelMultiplicative  t ∓ z·√(max(1, φ)·t(1−t)/n)
//	FunnelAdditive        t ∓ z·√(t(1−t)/n + τ²)
//	FunnelArcsine         sin²(asin √t ∓ z·√(1/(4n) + τ²)), angle kept within [0, π/2]
//
// Nil without a target or answers, where φ or τ² is not defined, and against a
// target of 0 or 1 but for FunnelArcsine.
//
// Reference: Spiegelhalter 2005, Stat Med 24:1185.
func (f Funnel) Limits(method Method, n int64, conf float64) (*Interval, error) {
	if err := checkConf(conf); err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if n < 0 || n > maxCount {
		return nil, invalid("%d answers", n)
	}
	limits, ok := funnelLimits[method]
	if !ok {
		return nil, invalid("no limits of a funnel are called %q", method)
	}
	if f.Target == nil || n == 0 {
		return nil, nil
	}
	lower, upper, ok := limits(f, n, (1-conf)/2)
	if !ok {
		return nil, nil
	}
	return &Interval{Lower: lower, Upper: upper, Conf: conf, Method: method}, nil
}

func (f Funnel) check() error {
	if f.Target != nil && !(*f.Target >= 0 && *f.Target <= 1) {
		return invalid("target share %v is not between 0 and 1", *f.Target)
	}
	for _, d := range []Overdispersion{f.Natural, f.Arcsine} {
		for _, x := range []*float64{d.Phi, d.Tau2} {
			if x != nil && !(*x >= 0 && *x <= math.MaxFloat64) {
				return invalid("dispersion %v", *x)
			}
		}
	}
	return nil
}

// funnelLimits has for each method the limits that leave out alpha on either
// side; not ok where there are none.
var funnelLimits = map[Method]func(f Funnel, n int64, alpha float64) (lower, upper float64, ok bool){
	FunnelExact: func(f Funnel, n int64, alpha float64) (lower, upper float64, ok bool) {
		if !f.spreads() {
			return 0, 0, false
		}
		lower, upper = funnelQuantiles(n, *f.Target, alpha)
		return lower, upper, true
	},
	FunnelNormal: func(f Funnel, n int64, alpha float64) (float64, float64, bool) {
		return f.normalLimits(n, alpha, 1, 0)
	},
	FunnelMultiplicative: func(f Funnel, n int64, alpha float64) (lower, upper float64, ok bool) {
		if f.Natural.Phi == nil {
			return 0, 0, false
		}
		return f.normalLimits(n, alpha, math.Max(1, *f.Natural.Phi), 0)
	},
	FunnelAdditive: func(f Funnel, n int64, alpha float64) (lower, upper float64, ok bool) {
		if f.Natural.Tau2 == nil {
			return 0, 0, false
		}
		return f.normalLimits(n, alpha, 1, *f.Natural.Tau2)
	},
	FunnelArcsine: func(f Funnel, n int64, alpha float64) (lower, upper float64, ok bool) {
		if f.Arcsine.Tau2 == nil {
			return 0, 0, false
		}
		// The sine turns back beyond a right angle.
		half := -normalQuantile(alpha) * math.Sqrt(1/(4*float64(n))+*f.Arcsine.Tau2)
		low := math.Sin(math.Max(0, angle(*f.Target)-half))
		high := math.Sin(math.Min(math.Pi/2, angle(*f.Target)+half))
		return low * low, high * high, true
	},
}

// spreads is whether shares can differ from the target by chance; closer to 0 or
// 1 than any count can be is as good as there.
func (f Funnel) spreads() bool { return *f.Target*(1-*f.Target) > 0.5/maxCount }

func (f Funnel) normalLimits(n int64, alpha, factor, more float64) (lower, upper float64, ok bool) {
	t := *f.Target
	half := -normalQuantile(alpha) * math.Sqrt(factor*t*(1-t)/float64(n)+more)
	return t - half, t + half, f.spreads()
}

func funnelQuantiles(n int64, t, alpha float64) (lower, upper float64) {
	size := float64(n)
	atMost := func(r float64) float64 { return binomialLower(r, size, t) }
	above := func(r float64) float64 { return binomialUpper(r+1, size, t) }
	r := float64(sort.Search(int(n), func(r int) bool { return atMost(float64(r)) >= alpha }))
	before := 0.0
	if r > 0 {
		before = atMost(r - 1)
	}
	lower = (r - (atMost(r)-alpha)/(atMost(r)-before)) / size
	// From above, where 1−α has fewer digits than α.
	r = float64(sort.Search(int(n), func(r int) bool { return above(float64(r)) <= alpha }))
	before = 1
	if r > 0 {
		before = above(r - 1)
	}
	upper = (r - (alpha-above(r))/(before-above(r))) / size
	return math.Max(0, lower), math.Min(1, math.Max(0, upper))
}
