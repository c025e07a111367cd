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
	var with, without, size float64
	var known []Estimate
	for _, e := range groups {
		if err := e.check(); err != nil {
			return Test{}, err
		}
		if e.Value == nil || e.EffectiveN == nil {
			continue
		}
		known = append(known, e)
		with += *e.EffectiveN * *e.Value
		without += *e.EffectiveN * (1 - *e.Value)
		size += *e.EffectiveN
	}
	// A share next to 1 is not told from it but by what is left.
	all, rest := with/size, without/size
	variance := all * rest
	if len(known) < 2 || !(variance > 0) {
		return Test{}, nil
	}
	var statistic float64
	for _, e := range known {
		off := *e.Value - all
		statistic += *e.EffectiveN * off * off
	}
	return chiSquareTest(statistic/variance, float64(len(known)-1)), nil
}
