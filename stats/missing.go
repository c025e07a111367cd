package stats

// Outcomes counts what became of everybody who was asked.
type Outcomes struct {
	Satisfied, NotSatisfied int64 // valid answers
	DontKnow                int64
	NoResponse              int64
}

// Missing says how much of a share rests on those who did not say. A nil field is not defined by the data.
type Missing struct {
	Share           *float64 // of valid answers: the index
	ShareOfAnswered *float64 // with "don't know" in the denominator
	DontKnowRate    *float64 // of those who answered
	ResponseRate    *float64 // of those asked

	// What the share would be if all who did not say were dissatisfied, or all satisfied.
	OfAsked    *WorstCase // over everybody asked
	OfAnswered *WorstCase // over those who answered: "don't know" alone is missing
}

// WorstCase holds a share whatever the missing answers would have been. It is no confidence interval.
type WorstCase struct{ Lower, Upper float64 }

// MissingAnswers reports rates and worst cases. With s satisfied, u not satisfied, d "don't know"
// and r without response:
//
//	share s/(s+u),  rate of don't know d/(s+u+d),  response rate (s+u+d)/(s+u+d+r)
//	worst case over everybody  s/(s+u+d+r) to (s+d+r)/(s+u+d+r)
//	over those who answered    s/(s+u+d) to (s+d)/(s+u+d)
//
// A share without its denominator is nil.
//
// Reference: Manski 1989, J Human Resources 24:343.
func MissingAnswers(o Outcomes) (Missing, error) {
	if o.Satisfied < 0 || o.NotSatisfied < 0 || o.DontKnow < 0 || o.NoResponse < 0 {
		return Missing{}, invalid("outcomes %+v", o)
	}
	satisfied, dontKnow, silent := float64(o.Satisfied), float64(o.DontKnow), float64(o.NoResponse)
	valid := satisfied + float64(o.NotSatisfied)
	answered := valid + dontKnow
	asked := answered + silent
	return Missing{
		Share:           quotient(satisfied, valid),
		ShareOfAnswered: quotient(satisfied, answered),
		DontKnowRate:    quotient(dontKnow, answered),
		ResponseRate:    quotient(answered, asked),
		OfAsked:         worstCase(satisfied, dontKnow+silent, asked),
		OfAnswered:      worstCase(satisfied, dontKnow, answered),
	}, nil
}

func worstCase(satisfied, missing, all float64) *WorstCase {
	if all == 0 {
		return nil
	}
	return &WorstCase{Lower: satisfied / all, Upper: (satisfied + missing) / all}
}

// quotient is nil without denominator.
func quotient(numerator, denominator float64) *float64 {
	if denominator == 0 {
		return nil
	}
	return definite(numerator / denominator)
}

// Against sets the bounds against a target:
//
//	Above if lower ≥ target,  Below if upper < target,  Open otherwise
//
// so that no missing answer could change the side, or the verdict rests on the missing.
//
// Reference: Manski 1989, J Human Resources 24:343.
func (b WorstCase) Against(target float64) (Verdict, error) {
	if err := checkTarget(target); err != nil {
		return Open, err
	}
	if !(b.Lower >= 0 && b.Lower <= b.Upper && b.Upper <= 1) {
		return Open, invalid("bounds %v and %v", b.Lower, b.Upper)
	}
	switch {
	case b.Lower >= target:
		return Above, nil
	case b.Upper < target:
		return Below, nil
	}
	return Open, nil
}

// Dispositions counts the cases of a sampled campaign by what became of them.
type Dispositions struct {
	Complete, Partial          int64
	Refusal, NonContact, Other int64 // eligible without interview
	Unknown                    int64 // not known whether eligible
}

// ResponseRate is the lowest of the usual rates, since it takes every unknown case as eligible:
//
//	complete / (complete + partial + refusal + non-contact + other + unknown)
//
// Nil without cases. Self-selected ratings have no response rate, only a coverage.
//
// Reference: AAPOR Standard Definitions, response rate 1.
func (d Dispositions) ResponseRate() (*float64, error) {
	all := 0.0
	for _, n := range []int64{d.Complete, d.Partial, d.Refusal, d.NonContact, d.Other, d.Unknown} {
		if n < 0 {
			return nil, invalid("dispositions %+v", d)
		}
		all += float64(n)
	}
	return quotient(float64(d.Complete), all), nil
}

// ResponseClass is a group of people invited who are taken to answer alike, whether or not they did.
type ResponseClass struct{ Invited, Responded, Satisfied int64 }

// ClassAdjusted is a share adjusted for nonresponse.
type ClassAdjusted struct {
	Weights []float64 // of one response in each class
	StratifiedShare
}

// AdjustForNonresponse gives the responses of each class the weight of everybody invited in it:
//
//	w_c = invited/responded,  p = Σ w·satisfied / Σ w·responded
//
// It removes the bias of nonresponse as far as those who answered are, within a class, like those
// who did not. Everything else is that of [EstimateStrata] with the classes as strata and no finite
// correction; the standard error takes the numbers invited as fixed.
//
// A class in which nobody responded is an error: merge it with another. One without anybody
// invited has weight 0.
//
// References: Oh and Scheuren 1983; Little 1986, Int Stat Rev 54:139.
func AdjustForNonresponse(classes []ResponseClass, conf float64) (ClassAdjusted, error) {
	a := ClassAdjusted{Weights: make([]float64, len(classes))}
	strata := make([]StratumCount, len(classes))
	for i, c := range classes {
		strata[i] = StratumCount{Population: c.Invited, N: c.Responded, Successes: c.Satisfied}
		if c.Responded > 0 {
			a.Weights[i] = float64(c.Invited) / float64(c.Responded)
		}
	}
	var err error
	if a.StratifiedShare, err = EstimateStrata(strata, false, conf); err != nil {
		return ClassAdjusted{}, err
	}
	return a, nil
}
