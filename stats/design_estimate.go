package stats

import (
	"math"
	"slices"
)

// DesignEstimate is an estimate from a [SampleDesign]. A nil field is not defined by the data.
type DesignEstimate struct {
	N            int64 // records it rests on
	Value        *float64
	Variance, SE *float64
	DesignEffect *float64 // of means: variance against that of a simple sample without replacement
	// DF are the degrees of freedom of the standard error, those of the whole design: a domain that
	// few clusters reach has fewer in truth.
	DF float64

	design *SampleDesign
	// linearised is what one record more would add to the estimate, for every record of the
	// design. It carries the covariances.
	linearised []float64
}

// Mean estimates the mean of values over the members of the population like those records in
// which domain is true; a nil domain is everyone.
//
//	ȳ = Σ w·y / Σ w,  linearised (y − ȳ)/Σ w in the domain and 0 outside
//	V_srs = s²·(W − n)/(W·n),  s² = n/(n−1) · Σ w·(y − ȳ)²/W
//
// Records outside the domain stay part of the design: leaving them out beforehand would
// understate the standard error. Values outside the domain are not looked at, so that it
// also sets aside what is missing. The design effect is 0 where the variance is, and nil
// where W ≤ n, as with weights scaled to a mean of 1.
//
// Without records in the domain everything is nil; without clusters to compare, the variance.
//
// References: Woodruff 1971; Särndal, Swensson and Wretman 1992, chapter 5; R survey::svymean.
func (s *SampleDesign) Mean(values []float64, domain []bool) (DesignEstimate, error) {
	e, err := s.ratio("values", values, slices.Repeat([]float64{1}, len(values)), domain)
	if err != nil || e.Variance == nil {
		return e, err
	}
	e.DesignEffect = s.designEffect(e, values, domain)
	return e, nil
}

// Share estimates the share of the domain for which success is true, as [SampleDesign.Mean] of
// 0 and 1 does:
//
//	p = Σ w over the successes / Σ w
//
// [DesignEstimate.Design] has intervals that stay within 0 and 1.
//
// Reference: R survey::svymean of a logical; survey::svyciprop.
func (s *SampleDesign) Share(success, domain []bool) (DesignEstimate, error) {
	values := make([]float64, len(success))
	for i, is := range success {
		values[i] = indicator(is)
	}
	return s.Mean(values, domain)
}

// Total estimates the sum of values over the domain:
//
//	Ŷ = Σ w·y,  linearised y in the domain and 0 outside
//
// It is 0, not nil, for a domain without records in a sample that has some.
//
// Reference: R survey::svytotal.
func (s *SampleDesign) Total(values []float64, domain []bool) (DesignEstimate, error) {
	if err := s.check(domain, "values", values); err != nil {
		return DesignEstimate{}, err
	}
	e := s.estimate(domain)
	if len(s.strata) == 0 {
		return e, nil
	}
	total := 0.0
	for i, w := range s.weights {
		if s.holds(i, domain) {
			e.linearised[i] = values[i]
			total += w * values[i]
		}
	}
	return e.with(total), nil
}

// Ratio estimates the total of numerator over the total of denominator in the domain:
//
//	R = Σ w·y / Σ w·x,  linearised (y − R·x)/Σ w·x in the domain and 0 outside
//
// Nil where the denominator's total is not positive. A pooled index is the ratio of satisfied
// answers to answers given.
//
// References: Woodruff 1971; R survey::svyratio.
func (s *SampleDesign) Ratio(numerator, denominator []float64, domain []bool) (DesignEstimate, error) {
	return s.ratio("numerators", numerator, denominator, domain)
}

func (s *SampleDesign) ratio(what string, numerator, denominator []float64, domain []bool) (DesignEstimate, error) {
	if err := s.check(domain, what, numerator); err != nil {
		return DesignEstimate{}, err
	}
	if err := s.check(domain, "denominators", denominator); err != nil {
		return DesignEstimate{}, err
	}
	e := s.estimate(domain)
	above, below := 0.0, 0.0
	for i, w := range s.weights {
		if s.holds(i, domain) {
			above += w * numerator[i]
			below += w * denominator[i]
		}
	}
	if !(below > 0) {
		return e, nil
	}
	ratio := above / below
	for i := range s.weights {
		if s.holds(i, domain) {
			e.linearised[i] = (numerator[i] - ratio*denominator[i]) / below
		}
	}
	return e.with(ratio), nil
}

func (s *SampleDesign) check(domain []bool, what string, values []float64) error {
	if len(values) != len(s.weights) {
		return invalid("%d %s for %d records", len(values), what, len(s.weights))
	}
	if domain != nil && len(domain) != len(s.weights) {
		return invalid("a domain of %d for %d records", len(domain), len(s.weights))
	}
	for i, x := range values {
		if s.holds(i, domain) && definite(x) == nil {
			return invalid("%v among the %s, in record %d", x, what, i+1)
		}
	}
	return nil
}

// holds reports whether record i is of the sample and the domain.
func (s *SampleDesign) holds(i int, domain []bool) bool {
	return s.drawn[i] > 0 && (domain == nil || domain[i])
}

// estimate is one without value yet.
func (s *SampleDesign) estimate(domain []bool) DesignEstimate {
	e := DesignEstimate{DF: s.df, design: s, linearised: make([]float64, len(s.weights))}
	for i := range s.weights {
		if s.holds(i, domain) {
			e.N++
		}
	}
	return e
}

// with sets the value and the variance that follows from the linearised values.
func (e DesignEstimate) with(value float64) DesignEstimate {
	if e.Value = definite(value); e.Value == nil || !e.design.spread {
		return e
	}
	if e.Variance = definite(e.design.covariance([][]float64{e.linearised}).At(0, 0)); e.Variance != nil {
		se := math.Sqrt(*e.Variance)
		e.SE = &se
	}
	return e
}

func (s *SampleDesign) designEffect(e DesignEstimate, values []float64, domain []bool) *float64 {
	weight, squares := 0.0, 0.0
	for i, w := range s.weights {
		if s.holds(i, domain) {
			weight += w
			squares += w * (values[i] - *e.Value) * (values[i] - *e.Value)
		}
	}
	return designEffect(*e.Variance, squares/weight, float64(e.N), weight)
}

// designEffect sets a variance against that of a simple sample of n from population, drawn
// without replacement, if the mean squared deviation is spread.
func designEffect(variance, spread, n, population float64) *float64 {
	simple := n / (n - 1) * spread * (population - n) / (population * n)
	switch {
	case n < 2 || population <= n:
		return nil
	case variance == 0:
		return new(float64)
	case !(simple > 0):
		return nil
	}
	return definite(variance / simple)
}

// Interval is the two-sided t interval, not kept within any range:
//
//	value ∓ t⁻¹((1+conf)/2; DF)·SE
//
// Nil without standard error or degrees of freedom.
//
// Reference: R confint with df = survey::degf; svyciprop method mean.
func (e DesignEstimate) Interval(conf float64) (*Interval, error) {
	if err := checkConf(conf); err != nil {
		return nil, err
	}
	if e.SE == nil || !(e.DF > 0) {
		return nil, nil
	}
	half := -tQuantile((1-conf)/2, e.DF) * *e.SE
	if definite(*e.Value-half) == nil || definite(*e.Value+half) == nil {
		return nil, nil
	}
	return &Interval{Lower: *e.Value - half, Upper: *e.Value + half, Conf: conf, Method: StudentT}, nil
}

// Design is the estimate as a share, for the intervals and verdicts made for shares. Not ok if
// it has no standard error or, as calibrated weights below 0 allow, is not between 0 and 1.
//
// Reference: R survey::svyciprop.
func (e DesignEstimate) Design() (d Design, ok bool) {
	if e.SE == nil || !(*e.Value >= 0 && *e.Value <= 1) {
		return Design{}, false
	}
	return Design{Share: *e.Value, SE: *e.SE, N: e.N, DF: e.DF}, true
}

// DesignDifference sets one estimate against another of the same design.
type DesignDifference struct {
	Estimate   DesignEstimate // its Value is the first less the second
	Covariance *float64       // of the two
	T, P       *float64       // two-sided test of no difference, with the DF of the design
}

// Difference compares two estimates of one design, say of two domains:
//
//	Var(a − b) = Var a + Var b − 2·Cov(a, b),  t = (a − b)/SE,  P = P(|T| ≥ |t|), T ~ t(DF)
//
// Domains that share clusters are not independent: the covariance is part of it. The test is
// nil where the standard error is 0 or nil or no degrees of freedom are left.
//
// Reference: R survey::svyby with covmat=TRUE and survey::svycontrast.
func (e DesignEstimate) Difference(from DesignEstimate) (DesignDifference, error) {
	estimate, err := Combine([]float64{1, -1}, []DesignEstimate{e, from})
	if err != nil {
		return DesignDifference{}, err
	}
	d := DesignDifference{Estimate: estimate}
	if estimate.Variance == nil {
		return d, nil
	}
	v := e.design.covariance([][]float64{e.linearised, from.linearised})
	d.Covariance = definite(v.At(0, 1))
	if *estimate.SE > 0 && estimate.DF > 0 {
		if d.T = definite(*estimate.Value / *estimate.SE); d.T != nil {
			d.P = definite(betaLower(estimate.DF/(estimate.DF+*d.T**d.T), estimate.DF/2, 0.5))
		}
	}
	return d, nil
}

// Combine estimates a linear combination of estimates from one design, covariances included:
//
//	Σ c·θ,  linearised Σ c·u
//
// Fifths of five criterion shares make the plain mean of criteria. Its N is the smallest of the
// parts. Nil if one of the parts is.
//
// Reference: R survey::svycontrast.
func Combine(coefficients []float64, estimates []DesignEstimate) (DesignEstimate, error) {
	if len(estimates) == 0 || len(coefficients) != len(estimates) {
		return DesignEstimate{}, invalid("%d coefficients for %d estimates", len(coefficients), len(estimates))
	}
	sum := estimates[0]
	if sum.design == nil {
		return DesignEstimate{}, invalid("an estimate belongs to no design")
	}
	sum.Value, sum.Variance, sum.SE, sum.DesignEffect = nil, nil, nil, nil
	sum.linearised = make([]float64, len(sum.design.weights))
	value, known := 0.0, true
	for k, e := range estimates {
		if e.design != sum.design {
			return DesignEstimate{}, invalid("estimate %d is of another design", k+1)
		}
		if definite(coefficients[k]) == nil {
			return DesignEstimate{}, invalid("coefficient %v", coefficients[k])
		}
		sum.N = min(sum.N, e.N)
		if e.Value == nil {
			known = false
			continue
		}
		value += coefficients[k] * *e.Value
		for i, u := range e.linearised {
			sum.linearised[i] += coefficients[k] * u
		}
	}
	if !known {
		return sum, nil
	}
	return sum.with(value), nil
}
