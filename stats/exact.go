package stats

// RoundHalfUp rounds num/den half up to decimals places, exactly, and returns
// it in units of 10^-decimals: RoundHalfUp(29, 32, 4) is 9063, in percent
// 90.63. Not ok if den is not positive or the result does not fit.
func RoundHalfUp(num, den int64, decimals int) (units int64, ok bool) { panic("stats: to come") }

// MeetsTarget reports satisfied/answered ≥ basisPoints/10000, with > if strict,
// exactly. Without answers no target is met.
func MeetsTarget(satisfied, answered, basisPoints int64, strict bool) bool { panic("stats: to come") }
