package stats

// Verdict says where a share stands against a target as far as a one-sided bound carries.
type Verdict int

// The three verdicts.
const (
	Open  Verdict = iota // neither bound decides
	Above                // the lower bound reaches the target
	Below                // the upper bound stays under the target
)

// String returns open, above or below.
func (v Verdict) String() string { return [...]string{"open", "above", "below"}[v] }

// Comparison sets a share against a target.
type Comparison struct {
	Verdict Verdict
	// Lower and Upper are one-sided bounds, each at level Conf. Without data they are 0 and 1.
	Lower, Upper float64
	// AtLeast is the probability of a result at least this good if the share
	// were exactly the target, Below of one at least this bad.
	PAtLeast, PBelow float64
	Target, Conf     float64
	Method           Method
}

// Compare gives one-sided bounds for a share of independent answers and the
// verdict against target. Methods: Wilson, ClopperPearson, Jeffreys.
func Compare(method Method, successes, n int64, target, conf float64) (Comparison, error) {
	panic("stats: to come")
}

// CriticalCounts are the counts from which a sample of N answers decides.
type CriticalCounts struct {
	N        int64
	MinAbove *int64 // smallest number of successes with verdict Above; nil if not even N suffice
	MaxBelow *int64 // largest number of successes with verdict Below; nil if not even 0 suffices
}

// Critical finds the critical counts of a sample of n answers.
func Critical(method Method, n int64, target, conf float64) (CriticalCounts, error) {
	panic("stats: to come")
}

// ProbabilityAbove is the probability of the verdict Above when the true share is share.
func (c CriticalCounts) ProbabilityAbove(share float64) (float64, error) { panic("stats: to come") }

// ProbabilityBelow is the probability of the verdict Below when the true share is share.
func (c CriticalCounts) ProbabilityBelow(share float64) (float64, error) { panic("stats: to come") }
