package results

import "sipas/survey"

// RuleVersion names the set of publication rules that every figure here went
// through. A figure is withheld where it is of fewer respondents than its audience may see,
// [MinimumN] or [PublicN], or, for the public, where its interval is wider than the standard of
// stats.PublicationRule; where it differs by fewer from what can be asked for besides (without
// flagged ratings, of other days or another part of the year); with a filter where that of any of its
// values or of all of them is, see [parting]; and where the sums of its table would otherwise tell of
// one that is withheld. That nobody answered is no secret: such a figure has n = 0 and no index.
const RuleVersion = "2026.3"

// MinimumN is the smallest number of respondents of a figure that managers may see.
const MinimumN = 10

// PublicN is the smallest number of respondents of a figure that everybody may see.
const PublicN = 30

// Conf is the level of every interval (two-sided) and bound (one-sided).
const Conf = 0.95

// Cell is one figure. Percentages run from 0 to 100 and are not rounded; screens
// round half up from Satisfied and Answered. What is not known or not defined is
// null, never 0.
//
// A withheld cell has null for every number and object of numbers, n included;
// only its measure, the reason of withholding, the basis of its bound and the rule version stand.
type Cell struct {
	Measure     string    `json:"measure"`
	N           *int64    `json:"n"`         // respondents with a valid answer to the measure
	Satisfied   *int64    `json:"satisfied"` // answers 4 and 5
	Answered    *int64    `json:"answered"`  // answers 1 to 5; above n where a measure pools items
	Index       *float64  `json:"index"`     // 100 · satisfied / answered
	Mean        *float64  `json:"mean"`      // mean level 1 to 5; null for pooled measures
	Interval    *Interval `json:"interval"`  // two-sided, Wilson; of pooled measures on the effective number of respondents, with t
	Target      *Target   `json:"target"`    // the promise in force
	Milestone   *Target   `json:"milestone"` // the next promise
	Plan        *Plan     `json:"plan"`      // against the promise in force; null for factors and criteria
	Bound       Bound     `json:"bound"`
	Coverage    *Coverage `json:"coverage"`
	Withheld    *Withheld `json:"withheld"`
	RuleVersion string    `json:"ruleVersion"`
}

// Interval is a two-sided interval in percent.
type Interval struct {
	Lower  float64 `json:"lower"`
	Upper  float64 `json:"upper"`
	Method string  `json:"method"` // among the intervals of one of the answer's methods
	Conf   float64 `json:"conf"`   // a level between 0 and 1
}

// Target is a promise as a figure shows it.
type Target struct {
	ID         string             `json:"id"`
	Percent    float64            `json:"percent"`
	Comparator survey.Comparator  `json:"comparator"`
	Deadline   int                `json:"deadline"`
	Name       survey.Text        `json:"name"`
	Why        survey.TargetScope `json:"why"` // the scope it was found by
}

// Plan is the verdict against the plan: the unrounded index and the comparator, nothing else.
type Plan string

// The verdicts against the plan.
const (
	PlanMet    Plan = "met"
	PlanNotMet Plan = "notMet"
)

// BoundVerdict says on which side of the promise a one-sided bound lies.
type BoundVerdict string

// The verdicts of a bound.
const (
	BoundAbove BoundVerdict = "above"
	BoundBelow BoundVerdict = "below"
	BoundOpen  BoundVerdict = "open"
)

// BoundReason says why a bound has no verdict, or why its verdict could not be any other than open.
type BoundReason string

// The reasons. With TooFew the verdict is open: not even satisfied answers alone
// could have put so few respondents above the promise.
const (
	ReasonPeriodOpen   BoundReason = "periodOpen"
	ReasonCustomPeriod BoundReason = "customPeriod"
	ReasonNoTarget     BoundReason = "noTarget"
	ReasonWithheld     BoundReason = "withheld"
	ReasonTooFew       BoundReason = "tooFew"
)

// Basis says how the respondents came to answer; it decides which words a
// verdict may be given in.
type Basis string

// The bases.
const (
	BasisProbability  Basis = "probability"
	BasisSelfSelected Basis = "selfSelected"
)

// Bound is what the data carry against the promise in force: a one-sided bound at
// level Conf, Clopper–Pearson for single items, Korn–Graubard on the effective
// number of respondents for pooled measures.
//
// Only closed calendar periods have a verdict; without one, Reason says why and
// every other value but the basis is null.
type Bound struct {
	Verdict       *BoundVerdict `json:"verdict"`
	Basis         Basis         `json:"basis"`
	Method        *string       `json:"method"`
	Side          *string       `json:"side"`  // lower or upper: the bound that decided, or that lies towards the promise
	Value         *float64      `json:"value"` // percent
	Conf          *float64      `json:"conf"`  // a level between 0 and 1
	AnswersNeeded *int64        `json:"answersNeeded"`
	Reason        *BoundReason  `json:"reason"`
}

// Coverage sets the respondents against the files handled.
type Coverage struct {
	Volume int64    `json:"volume"`
	Share  *float64 `json:"share"` // percent: 100 · n / volume; null where the sheets count no files at all
	// Impossible marks more respondents than files: one of the two counts is wrong.
	Impossible bool `json:"impossible"`
}

// Withheld is the publication rule that keeps a figure back.
type Withheld string

// The rules.
const (
	WithheldMinimumN     Withheld = "minimumN"     // of too few respondents; for the public also of too few for what it says
	WithheldSecondary    Withheld = "secondary"    // with it, sums would tell of a figure that is withheld
	WithheldDifferencing Withheld = "differencing" // another figure beside this one would tell of too few
)
