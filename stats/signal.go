package stats

// Chart names the chart that a signal comes from.
type Chart string

// The charts.
const (
	PChart             Chart = "p"              // shares, binomial limits
	UChart             Chart = "u"              // events per unit, Poisson limits
	LaneyPChart        Chart = "p_laney"        // p′: shares, limits widened by the variation between samples
	LaneyUChart        Chart = "u_laney"        // u′: the same for events per unit
	RunChart           Chart = "run"            // runs about the centre line
	EWMAChart          Chart = "ewma"           // exponentially weighted moving average
	CUSUMChart         Chart = "cusum"          // tabular cumulative sum
	BinomialCUSUMChart Chart = "binomial_cusum" // cumulative log-likelihood ratio of a share
)

// Rule names what a signal has broken.
type Rule string

// The rules.
const (
	OutsideLimits    Rule = "outside_limits"    // a point beyond a control limit
	DecisionInterval Rule = "decision_interval" // a cumulative sum beyond h
	LongRun          Rule = "long_run"          // too many points in a row on one side of the centre
	FewCrossings     Rule = "few_crossings"     // the centre crossed too seldom
)

// Side is the side of the centre to which a signal points; empty where it points to none.
type Side string

// The sides.
const (
	High Side = "high"
	Low  Side = "low"
)

// Signal is one break of one rule on one chart. From and To are the first and
// the last point that show it, counted from the first point of the series given.
type Signal struct {
	Chart        Chart
	Rule         Rule
	Side         Side
	From, To     int
	Value, Limit float64 // what was found and what it passed
}

// magnitudeLimit keeps squares and sums of real input within range.
const magnitudeLimit = 1e100

// checkNumbers refuses what is not a number, infinite or beyond any measurement.
func checkNumbers(what string, numbers ...float64) error {
	for _, x := range numbers {
		if !(x >= -magnitudeLimit && x <= magnitudeLimit) {
			return invalid("%s %v", what, x)
		}
	}
	return nil
}
