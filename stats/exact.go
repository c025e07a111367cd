package stats

import "math/bits"

var powersOfTen = func() (powers [19]uint64) {
	powers[0] = 1
	for i := 1; i < len(powers); i++ {
		powers[i] = 10 * powers[i-1]
	}
	return powers
}()

// RoundHalfUp rounds num/den to decimals places, halves upwards, exactly, and
// returns it in units of the last place:
//
//	⌊num·10^decimals/den + 1/2⌋
//
// RoundHalfUp(29, 32, 4) is 9063, as percent 90.63. R's round goes by binary
// fractions and to even digits; this does not. Not ok if den is not
// positive, decimals is not 0 to 18 or the result does not fit.
func RoundHalfUp(num, den int64, decimals int) (units int64, ok bool) {
	if den <= 0 || decimals < 0 || decimals >= len(powersOfTen) {
		return 0, false
	}
	divisor, magnitude := uint64(den), uint64(num)
	if num < 0 {
		magnitude = -magnitude
	}
	high, low := bits.Mul64(magnitude, powersOfTen[decimals])
	if high >= divisor {
		return 0, false
	}
	quotient, rest := bits.Div64(high, low, divisor)
	// Up is towards zero for a negative number: there a half is dropped.
	if rest > divisor-rest || rest == divisor-rest && num > 0 {
		quotient++
	}
	if quotient > 1<<63-1 {
		return 0, false
	}
	if num < 0 {
		return -int64(quotient), true
	}
	return int64(quotient), true
}

// MeetsTarget reports whether a share meets a target, exactly:
//
//	satisfied/answered ≥ basisPoints/10000, or > if strict
//
// Without answers no target is met, nor with a negative argument.
func MeetsTarget(satisfied, answered, basisPoints int64, strict bool) bool {
	if answered <= 0 || satisfied < 0 || basisPoints < 0 {
		return false
	}
	gotHigh, gotLow := bits.Mul64(uint64(satisfied), 10_000)
	wantHigh, wantLow := bits.Mul64(uint64(answered), uint64(basisPoints))
	if gotHigh != wantHigh {
		return gotHigh > wantHigh
	}
	return gotLow > wantLow || gotLow == wantLow && !strict
}
