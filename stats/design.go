package stats

// Design is a share estimated under a complex design: its standard error, the
// number of respondents and the degrees of freedom of the standard error.
type Design struct {
	Share, SE float64
	N         int64
	DF        float64
}

// Interval gives a two-sided interval. Methods: KornGraubard,
// KornGraubardTruncated, Logit, Arcsine, WilsonT.
func (d Design) Interval(method Method, conf float64) (Estimate, error) { panic("stats: to come") }

// Compare gives one-sided Korn–Graubard bounds and the verdict against target.
func (d Design) Compare(target, conf float64) (Comparison, error) { panic("stats: to come") }
