package results

import (
	"cmp"
	"math"
	"strconv"

	"sipas/stats"
	"sipas/survey"
)

// PlanningQuery asks how large a probability sample has to be. Its Query gives the agency
// whose files are sampled, and the period of these files.
type PlanningQuery struct {
	Query
	Margin       float64  // percentage points either side
	Conf         float64  // a level between 0 and 1
	Expected     float64  // percent
	DesignEffect float64  // 1: a simple random sample
	ResponseRate float64  // percent
	Population   *int64   // nil: the files of the period
	Target       *float64 // percent; nil: the promise in force
	Truth        *float64 // percent; what the share is thought to be, nil: no verdict is planned
	Power        float64  // a level between 0 and 1
	Rule         string   // proportional, neyman, squareRoot or equal
	Minimum      int64    // of each agency
	Total        *int64   // sample to spread; nil: as many answers as the margin needs
}

// allocationRules are the rules by the names of the API.
var allocationRules = map[string]stats.AllocationRule{
	"proportional": stats.ProportionalAllocation,
	"neyman":       stats.NeymanAllocation,
	"squareRoot":   stats.SquareRootAllocation,
	"equal":        stats.EqualAllocation,
}

// planningParameters are the limits of the numbers that a plan is made of.
var planningParameters = []struct {
	name       string
	least, top float64
	whole      bool
	missing    *float64
}{
	{"margin", 0.1, 50, false, pointer(5.0)},
	{"conf", 0.5, 0.999, false, pointer(Conf)},
	{"expected", 1, 99, false, pointer(50.0)},
	{"designEffect", 0.1, 100, false, pointer(1.0)},
	{"responseRate", 1, 100, false, pointer(100.0)},
	{"population", 1, 1_000_000_000, true, nil},
	{"target", 1, 99.99, false, nil},
	{"truth", 0, 100, false, nil},
	{"power", 0.01, 0.999, false, pointer(0.8)},
	{"minimum", 0, 1_000_000, true, pointer(0.0)},
	{"total", 1, 1_000_000, true, nil},
}

// ParsePlanningQuery reads the parameters margin, conf, expected, designEffect, responseRate,
// population, target, truth, power, rule (proportional, neyman, equal, squareRoot), minimum
// and total besides those of [ParseQuery]. Defaults: a margin of 5 points at level 0.95 and a
// share of 50 %, a simple random sample that everybody answers, power 0.8, proportional. Errors as there.
func ParsePlanningQuery(get func(string) string, today survey.Date) (PlanningQuery, error) {
	var errs []survey.FieldError
	values := map[string]*float64{}
	for _, p := range planningParameters {
		values[p.name] = p.missing
		text := get(p.name)
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || math.IsNaN(v) || p.whole && v != math.Trunc(v):
			errs = append(errs, survey.FieldError{Path: p.name, Reason: survey.ReasonFormat})
		case v < p.least || v > p.top:
			errs = append(errs, survey.FieldError{Path: p.name, Reason: survey.ReasonRange, Params: map[string]any{"min": p.least, "max": p.top}})
		default:
			values[p.name] = &v
		}
	}
	rule := cmp.Or(get("rule"), "proportional")
	if _, ok := allocationRules[rule]; !ok {
		errs = append(errs, survey.FieldError{Path: "rule", Reason: survey.ReasonUnknownOption})
	}
	q, err := ParseQuery(get, today)
	if err := withFields(err, errs); err != nil {
		return PlanningQuery{}, err
	}
	whole := func(name string) *int64 {
		if values[name] == nil {
			return nil
		}
		return pointer(int64(*values[name]))
	}
	return PlanningQuery{
		Query: q, Margin: *values["margin"], Conf: *values["conf"], Expected: *values["expected"], DesignEffect: *values["designEffect"],
		ResponseRate: *values["responseRate"], Population: whole("population"), Target: values["target"], Truth: values["truth"],
		Power: *values["power"], Rule: rule, Minimum: *whole("minimum"), Total: whole("total"),
	}, nil
}

// Planning is how large a probability sample has to be for a margin, for a verdict, and
// how it is spread over the agencies.
type Planning struct {
	Heading
	Population       *int64          `json:"population"`       // files, null where they are not known
	PopulationReason *VolumeReason   `json:"populationReason"` // why not
	Margin           MarginPlan      `json:"margin"`
	Verdict          *VerdictPlan    `json:"verdict"` // null without a truth
	Allocation       *AllocationPlan `json:"allocation"`
	AllocationReason *VolumeReason   `json:"allocationReason"` // why there is no allocation
}

// MarginPlan is the size of one published figure: a figure for each of several
// agencies takes as many such samples.
type MarginPlan struct {
	Points       float64 `json:"points"`
	Conf         float64 `json:"conf"`
	Expected     float64 `json:"expected"` // percent
	DesignEffect float64 `json:"designEffect"`
	ResponseRate float64 `json:"responseRate"` // percent
	Unlimited    Sizes   `json:"unlimited"`    // out of a population without end
	Corrected    *Sizes  `json:"corrected"`    // out of the population: with finite population correction
	// Guidance is n = N/(1 + N·e²), the ministry's formula: z = 2, a share of 50 %, no design
	// effect, everybody answering. It is guidance, not what the margin needs.
	Guidance *int64 `json:"guidance"`
}

// Sizes are those of one sample.
type Sizes struct {
	Simple      int64 `json:"simple"`      // answers to a simple random sample
	Answers     int64 `json:"answers"`     // answers under the design
	Invitations int64 `json:"invitations"` // people to be asked
	// Enough is false where not even asking everybody gives so many answers.
	Enough bool `json:"enough"`
}

// VerdictPlan is the sample that shows on which side of a target a share lies.
type VerdictPlan struct {
	Target   float64  `json:"target"` // percent
	Truth    float64  `json:"truth"`  // percent
	Conf     float64  `json:"conf"`
	Power    float64  `json:"power"`
	N        int64    `json:"n"`        // independent answers, by the normal approximation
	Critical Critical `json:"critical"` // of a sample of n
	Margin   Critical `json:"margin"`   // of a sample as large as the margin needs
}

// Critical is from which counts on a sample decides, by the exact bound.
type Critical struct {
	N        int64   `json:"n"`
	MinAbove *int64  `json:"minAbove"` // satisfied answers that show the share at or above the target; null if not even all do
	MaxBelow *int64  `json:"maxBelow"` // satisfied answers that show it below; null if not even none does
	Power    float64 `json:"power"`    // with which a sample shows the truth on its side
}

// AllocationPlan spreads a sample over the agencies right below.
type AllocationPlan struct {
	Rule    string        `json:"rule"`
	Total   int64         `json:"total"`
	Minimum int64         `json:"minimum"`
	Strata  []PlanStratum `json:"strata"`
	Missing []string      `json:"missing"` // agencies that get nothing, since their files are not known or none
}

// PlanStratum is the part of one agency.
type PlanStratum struct {
	Agency   string      `json:"agency"`
	Name     survey.Text `json:"name"`
	Volume   int64       `json:"volume"`
	Expected float64     `json:"expected"` // percent: for neyman the agency's index where it is shown, else what is expected of all
	Size     int64       `json:"size"`
}
