package stats

// AnswersNeeded is the smallest m such that, at the same rate, the one-sided
// Clopper–Pearson bound decides for every size from n+m on; nil above a
// million, where the rate equals the target, and without data.
func AnswersNeeded(successes, n int64, target, conf float64) (*int64, error) {
	panic("stats: to come")
}
