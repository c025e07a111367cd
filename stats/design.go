package stats

import "math"

// Design is a share estimated under a complex design: its standard error, the
// number of respondents and the degrees of freedom of the standard error, 0 for
// none.
type Design struct {
	Share, SE float64
	N         int64
	DF        float64
}

// EffectiveN is the size of the simple random sample with the same variance:
//
//	p(1−p)/SE²
//
// Where the share is 0 or 1 or the standard error 0, be it but for rounding, the
// data say nothing about the variance and it is N. Nil without respondents. It
// may exceed N.
//
// Reference: Korn and Graubard 1998, Survey Methodology 24:193; R survey::svyciprop.
func (d Design) EffectiveN() (*float64, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.N == 0 {
		return nil, nil
	}
	n := d.effectiveN()
	return &n, nil
}

func (d Design) effectiveN() float64 { return effectiveN(d.Share, d.SE*d.SE, d.N) }

// effectiveN is n where the variance is none, be it but for rounding.
func effectiveN(share, variance float64, n int64) float64 {
	size := share * (1 - share) / variance
	if share == 0 || share == 1 || !(size <= maxCount) {
		return float64(n)
	}
	return size
}

func (d Design) check() error {
	switch {
	case !(d.Share >= 0 && d.Share <= 1):
		return invalid("share %v is not between 0 and 1", d.Share)
	case !(d.SE >= 0) || math.IsInf(d.SE, 1):
		return invalid("standard error %v", d.SE)
	case d.N < 0 || d.N > maxCount:
		return invalid("%d respondents", d.N)
	case !(d.DF == 0 || d.DF >= 1):
		return invalid("%v degrees of freedom", d.DF)
	}
	return nil
}

// hasInterval reports whether there is any measure of uncertainty: one
// respondent, or as many strata as clusters, leave none.
func (d Design) hasInterval() bool { return d.N >= 2 && d.DF > 0 }

// adjustedN corrects an effective size for the degrees of freedom that the standard error lacks.
func (d Design) adjustedN(effective, alpha float64) float64 {
	if d.DF == float64(d.N-1) { // it lacks none
		return effective
	}
	t := tQuantile(alpha, d.DF)
	if t == 0 { // a bound at 50 %
		return effective
	}
	ratio := tQuantile(alpha, float64(d.N-1)) / t
	return effective * ratio * ratio
}

// Interval estimates the share with a two-sided interval. With
// t = t⁻¹((1+conf)/2; DF), n* = [Design.EffectiveN] and q = 1−p:
//
//	KornGraubard           Clopper–Pearson on (p·n', n'), n' = n*·(t⁻¹((1+conf)/2; N−1)/t)²
//	KornGraubardTruncated  the same with n* and n' at most N
//	Logit                  logit⁻¹(logit p ∓ t·SE/(pq))
//	Arcsine                sin²(asin √p ∓ t·SE/(2√(pq))), angle kept within [0, π/2]
//	WilsonT                Wilson on (p·n*, n*) with t for z
//
// EffectiveN of the result is n' for the first two and n* for the rest. The
// interval is nil with fewer than two respondents or no degrees of freedom; for
// Logit and Arcsine also where the share is 0 or 1 or the standard error 0.
//
// References: Korn and Graubard 1998; Parker et al. 2017, Vital Health Stat
// 2(175) (truncation); R survey::svyciprop methods beta, xlogit, asin.
func (d Design) Interval(method Method, conf float64) (Estimate, error) {
	if err := d.check(); err != nil {
		return Estimate{}, err
	}
	if err := checkConf(conf); err != nil {
		return Estimate{}, err
	}
	limits, ok := designLimits[method]
	if !ok {
		return Estimate{}, invalid("no interval for a design is called %q", method)
	}
	if d.N == 0 {
		return Estimate{}, nil
	}
	share, size := d.Share, d.effectiveN()
	e := Estimate{Value: &share, N: d.N, EffectiveN: &size}
	if !d.hasInterval() {
		return e, nil
	}
	lower, upper, restsOn, ok := limits(d, (1-conf)/2)
	if !ok {
		return e, nil
	}
	e.EffectiveN = &restsOn
	e.Interval = &Interval{Lower: lower, Upper: upper, Conf: conf, Method: method}
	return e, nil
}

// designLimits has for each method the limits that leave out alpha on either
// side and the effective size they rest on; not ok where there are none.
var designLimits = map[Method]func(d Design, alpha float64) (lower, upper, size float64, ok bool){
	KornGraubard: func(d Design, alpha float64) (float64, float64, float64, bool) {
		size := d.adjustedN(d.effectiveN(), alpha)
		lower, upper := exactLimits(d.Share*size, size, alpha)
		return lower, upper, size, true
	},
	KornGraubardTruncated: func(d Design, alpha float64) (float64, float64, float64, bool) {
		n := float64(d.N)
		size := math.Min(n, d.adjustedN(math.Min(n, d.effectiveN()), alpha))
		lower, upper := exactLimits(d.Share*size, size, alpha)
		return lower, upper, size, true
	},
	Logit: func(d Design, alpha float64) (lower, upper, size float64, ok bool) {
		variance := d.Share * (1 - d.Share)
		if variance == 0 || d.SE == 0 {
			return 0, 0, 0, false
		}
		middle, half := math.Log(d.Share/(1-d.Share)), -tQuantile(alpha, d.DF)*d.SE/variance
		return expit(middle - half), expit(middle + half), d.effectiveN(), true
	},
	Arcsine: func(d Design, alpha float64) (lower, upper, size float64, ok bool) {
		variance := d.Share * (1 - d.Share)
		if variance == 0 || d.SE == 0 {
			return 0, 0, 0, false
		}
		middle, half := math.Asin(math.Sqrt(d.Share)), -tQuantile(alpha, d.DF)*d.SE/(2*math.Sqrt(variance))
		low, high := math.Sin(math.Max(0, middle-half)), math.Sin(math.Min(math.Pi/2, middle+half))
		return low * low, high * high, d.effectiveN(), true
	},
	WilsonT: func(d Design, alpha float64) (float64, float64, float64, bool) {
		size := d.effectiveN()
		lower, upper := wilsonLimits(d.Share*size, size, -tQuantile(alpha, d.DF))
		return lower, upper, size, true
	},
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Compare sets the share against target by one-sided Korn–Graubard bounds, each at level conf:
//
//	L = B⁻¹(1−conf; p·n', (1−p)·n'+1),  U = B⁻¹(conf; p·n'+1, (1−p)·n')
//	n' = n*·(t⁻¹(conf; N−1)/t⁻¹(conf; DF))²
//
// with the verdicts of the function [Compare] and the tail probabilities of the
// same beta distributions at the target. Open with bounds 0 and 1 where the
// design has no interval.
//
// Reference: Korn and Graubard 1998, taken one-sided.
func (d Design) Compare(target, conf float64) (Comparison, error) {
	if err := d.check(); err != nil {
		return Comparison{}, err
	}
	if err := checkComparison(target, conf); err != nil {
		return Comparison{}, err
	}
	if !d.hasInterval() {
		return compareExact(KornGraubard, 0, 0, target, conf), nil
	}
	size := d.adjustedN(d.effectiveN(), 1-conf)
	return compareExact(KornGraubard, d.Share*size, size, target, conf), nil
}
