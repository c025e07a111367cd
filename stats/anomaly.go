package stats

// Anomaly is one sign that answers did not come about in the ordinary way. It
// is a reason to look, never a verdict; of many signs some are small by chance,
// so their probabilities are adjusted before anyone is named.
type Anomaly struct {
	Name      string
	N         int64    // observations it rests on
	Statistic *float64 // nil where the data do not define it
	P         *float64 // probability of at least as much in ordinary answers; nil where there is no model for it
	Score     *float64 // for signs without probability: how far from ordinary, on the scale of the sign
}

// The names of the anomalies.
const (
	AnomalyRuns          = "runs"
	AnomalyLongestRun    = "longest_run"
	AnomalyBurst         = "burst"
	AnomalyDispersion    = "dispersion"
	AnomalyClockwork     = "clockwork"
	AnomalyAnswerMix     = "answer_mix"
	AnomalyStraightLines = "straight_lines"
	AnomalyDuplicates    = "duplicates"
	AnomalyOutlier       = "outlier"
	AnomalyImpossible    = "impossible_count"
	AnomalyShift         = "shift"
)
