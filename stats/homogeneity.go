package stats

// HomogeneityTest tests whether several independent estimates, say the pooled
// indices of several groups, have the same share behind them. With n the effective
// sizes and p̄ = Σn·p/Σn:
//
//	Σn(p − p̄)²/(p̄(1−p̄)), χ² with one degree of freedom less than estimates
//
// For shares of counts it is [ChiSquareTest], for two estimates the square of
// [DifferenceTest]. Estimates without share or size are left out. Nil with fewer
// than two others and where p̄ is 0 or 1.
//
// Reference: Rao and Scott 1992, Biometrics 48:577.
func HomogeneityTest(groups []Estimate) (Test, error) {
	var sum, size float64
	var known []Estimate
	alike := true
	for _, e := range groups {
		if err := e.check(); err != nil {
			return Test{}, err
		}
		if e.Value == nil || e.EffectiveN == nil {
			continue
		}
		known = append(known, e)
		alike = alike && *e.Value == *known[0].Value
		sum += *e.EffectiveN * *e.Value
		size += *e.EffectiveN
	}
	if len(known) < 2 || alike && (*known[0].Value == 0 || *known[0].Value == 1) {
		return Test{}, nil
	}
	all, statistic := sum/size, 0.0
	for _, e := range known {
		off := *e.Value - all
		statistic += *e.EffectiveN * off * off
	}
	return chiSquareTest(statistic/(all*(1-all)), float64(len(known)-1)), nil
}
