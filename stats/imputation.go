package stats

import "math"

// PooledImputations is what several completed data sets say together. A nil field is not defined by the data.
type PooledImputations struct {
	Value            *float64 // mean of the estimates
	Within           *float64 // mean of their variances
	Between          *float64 // variance among the estimates
	Variance, SE     *float64 // of Value
	VarianceIncrease *float64 // relative increase of the variance due to the missing answers
	MissingShare     *float64 // share of the variance due to the missing answers
	InformationLost  *float64 // the same, corrected for the finite degrees of freedom
	DF               *float64
	Interval         *Interval
}

// PoolImputations puts the same estimate from M completed data sets together by Rubin's rules.
// With Q̄ and U the means of estimates and variances, B the variance among the estimates:
//
//	T = U + (1 + 1/M)·B,  r = (1 + 1/M)·B/U,  λ = (1 + 1/M)·B/T
//	ν_old = (M−1)/λ²,  ν_obs = (ν_com+1)/(ν_com+3)·ν_com·(1−λ),  ν = ν_old·ν_obs/(ν_old+ν_obs)
//	information lost  (r + 2/(ν+3))/(1 + r)
//	Q̄ ∓ t⁻¹((1+conf)/2; ν)·√T
//
// completeDF is ν_com, the degrees of freedom if nothing were missing; infinite for a large
// sample, where ν = ν_old. λ counts as at least 0.0001 in ν, as mice has it, so that equal
// estimates keep finite degrees of freedom. Without estimates everything is nil, with one all
// but Value and Within, for it does not show what the missing answers cost.
//
// References: Rubin 1987; Barnard and Rubin 1999, Biometrika 86:948; R mice::pool.scalar, from
// which mitools::MIcombine differs in ν_obs.
func PoolImputations(estimates, variances []float64, completeDF, conf float64) (PooledImputations, error) {
	if len(estimates) != len(variances) {
		return PooledImputations{}, invalid("%d estimates with %d variances", len(estimates), len(variances))
	}
	if !(completeDF > 0) {
		return PooledImputations{}, invalid("%v degrees of freedom", completeDF)
	}
	if err := checkConf(conf); err != nil {
		return PooledImputations{}, err
	}
	for i, q := range estimates {
		if u := variances[i]; definite(q) == nil || !(u >= 0) || math.IsInf(u, 1) {
			return PooledImputations{}, invalid("estimate %v with variance %v", q, u)
		}
	}
	m := float64(len(estimates))
	if m == 0 {
		return PooledImputations{}, nil
	}
	var value, within, between float64
	for i, q := range estimates {
		value += q / m
		within += variances[i] / m
	}
	p := PooledImputations{Value: definite(value), Within: definite(within)}
	if m == 1 || p.Value == nil || p.Within == nil {
		return p, nil
	}
	for _, q := range estimates {
		between += (q - value) * (q - value) / (m - 1)
	}
	total := within + (1+1/m)*between
	p.Between, p.Variance, p.SE = definite(between), definite(total), definite(math.Sqrt(total))
	if p.Variance == nil || total == 0 {
		return p, nil
	}
	lambda := (1 + 1/m) * between / total
	p.MissingShare = &lambda
	df := barnardRubin(math.Max(lambda, 1e-4), m, completeDF)
	if p.DF = definite(df); p.DF == nil || df <= 0 {
		p.DF = nil
		return p, nil
	}
	if within > 0 {
		r := (1 + 1/m) * between / within
		p.VarianceIncrease, p.InformationLost = definite(r), definite((r+2/(df+3))/(1+r))
	}
	half := -tQuantile((1-conf)/2, df) * *p.SE
	if definite(value-half) != nil && definite(value+half) != nil {
		p.Interval = &Interval{Lower: value - half, Upper: value + half, Conf: conf, Method: StudentT}
	}
	return p, nil
}

func barnardRubin(lambda, m, complete float64) float64 {
	old := (m - 1) / (lambda * lambda)
	if math.IsInf(complete, 1) {
		return old
	}
	observed := (complete + 1) / (complete + 3) * complete * (1 - lambda)
	return old * observed / (old + observed)
}
