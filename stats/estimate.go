package stats

import (
	"errors"
	"fmt"
	"math"
)

// ErrInvalid is wrapped by every error of this package: the input cannot be data.
var ErrInvalid = errors.New("stats: invalid input")

// Method names how an interval or a bound was computed.
type Method string

// The methods for counts of independent answers.
const (
	Wilson              Method = "wilson"                // score interval, the one to show
	WilsonContinuity    Method = "wilson_cc"             // score interval with continuity correction
	ClopperPearson      Method = "clopper_pearson"       // exact, never covers less than conf; the one for verdicts
	Jeffreys            Method = "jeffreys"              // Bayesian with prior Beta(1/2,1/2), closed at 0 and n successes
	JeffreysEqualTailed Method = "jeffreys_equal_tailed" // the same without closing
	AgrestiCoull        Method = "agresti_coull"         // adjusted normal; not clipped to [0,1]
	Wald                Method = "wald"                  // plain normal; not clipped to [0,1], for comparison only
)

// The methods for shares with a design-based standard error.
const (
	KornGraubard          Method = "korn_graubard"           // Clopper–Pearson on the effective sample size
	KornGraubardTruncated Method = "korn_graubard_truncated" // the same, effective size capped at n (NCHS)
	Logit                 Method = "logit"                   // symmetric on the log-odds scale
	Arcsine               Method = "asin"                    // symmetric on the angle scale
	WilsonT               Method = "wilson_t"                // Wilson on the effective size with t in place of z
)

// The methods for simple random samples from a population of known size.
const (
	HypergeometricExact Method = "hypergeometric_exact" // inverted tails, the counterpart of Clopper–Pearson and the one to show
	WilsonFPC           Method = "wilson_fpc"           // Wilson on the corrected sample size
	WilsonFPCPossible   Method = "wilson_fpc_possible"  // the same, cut to the shares the sample leaves possible
	WaldFPC             Method = "wald_fpc"             // plain normal; not clipped to [0,1], for comparison only
)

// The methods for the difference of two shares, besides Wald.
const (
	Newcombe           Method = "newcombe"      // hybrid score interval from two Wilson intervals, the one to show
	NewcombeContinuity Method = "newcombe_cc"   // the same from intervals with continuity correction
	AgrestiCaffo       Method = "agresti_caffo" // plain normal after one success and one failure more on each side; not clipped
)

// The methods for the limits of a funnel plot.
const (
	FunnelExact          Method = "funnel_exact"          // binomial quantiles, interpolated
	FunnelNormal         Method = "funnel_normal"         // plain normal; not clipped to [0,1]
	FunnelMultiplicative Method = "funnel_multiplicative" // normal with the variance times φ; not clipped
	FunnelAdditive       Method = "funnel_additive"       // normal with τ² more variance; not clipped
	FunnelArcsine        Method = "funnel_arcsine"        // additive on the angle scale; the one to show for shares near 1
)

// EmpiricalBayes is the method of an interval that borrows from other units.
const EmpiricalBayes Method = "empirical_bayes"

// StudentT is the method of a t interval for a mean.
const StudentT Method = "student_t"

// Count is a number of successes among N independent answers.
type Count struct{ Successes, N int64 }

func (c Count) share() float64 { return float64(c.Successes) / float64(c.N) }

// Interval is a two-sided interval.
type Interval struct {
	Lower, Upper float64
	Conf         float64
	Method       Method
}

// Estimate is a share with its interval. A nil field is not defined by the data.
type Estimate struct {
	Value      *float64
	Interval   *Interval
	N          int64    // answers, or respondents of a design
	EffectiveN *float64 // size of the simple random sample that the interval rests on
}

// Test is a two-sided test. A nil field is not defined by the data.
type Test struct {
	Statistic *float64
	DF        float64 // of a χ² statistic, else 0
	P         *float64
}

func chiSquareTest(statistic, df float64) Test {
	p := chiSquareUpper(statistic, df)
	return Test{Statistic: &statistic, DF: df, P: &p}
}

func normalTest(statistic, z float64) Test {
	p := 2 * normalUpper(math.Abs(z))
	return Test{Statistic: &statistic, P: &p}
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

func checkConf(conf float64) error {
	if !(conf > 0 && conf < 1) {
		return invalid("confidence level %v is not between 0 and 1", conf)
	}
	return nil
}

// maxCount is beyond all data. Far above it the incomplete beta function breaks down.
const maxCount = 1_000_000_000_000

func checkCount(successes, n int64) error {
	if successes < 0 || successes > n {
		return invalid("%d successes of %d", successes, n)
	}
	if n > maxCount {
		return invalid("a count of %d", n)
	}
	return nil
}

func checkCounts(counts []Count) error {
	for i, c := range counts {
		if err := checkCount(c.Successes, c.N); err != nil {
			return fmt.Errorf("%w, count %d", err, i+1)
		}
	}
	return nil
}

func checkTarget(target float64) error {
	if !(target > 0 && target <= 1) {
		return invalid("target share %v is not above 0 and at most 1", target)
	}
	return nil
}
