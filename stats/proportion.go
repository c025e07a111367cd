package stats

// ProportionInterval estimates the share of successes behind a count.
func ProportionInterval(method Method, successes, n int64, conf float64) (Estimate, error) {
	panic("stats: to come")
}
