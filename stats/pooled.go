package stats

import (
	"math"
	"math/big"
	"sort"
)

// Moments are sums over the respondents who answered at least one item of a
// pool: a is the number of items answered, s the number answered satisfied.
type Moments struct {
	Respondents, Answered, Satisfied int64 // Σ1, Σa, Σs
	AA, AS, SS                       int64 // Σa², Σa·s, Σs²
}

// Plus returns the moments of two disjoint groups of respondents together.
func (m Moments) Plus(o Moments) Moments {
	return Moments{
		Respondents: m.Respondents + o.Respondents,
		Answered:    m.Answered + o.Answered,
		Satisfied:   m.Satisfied + o.Satisfied,
		AA:          m.AA + o.AA,
		AS:          m.AS + o.AS,
		SS:          m.SS + o.SS,
	}
}

func (m Moments) check() error {
	ok := m.Respondents >= 0 && m.Satisfied >= 0 &&
		m.Answered >= m.Satisfied && m.Answered >= m.Respondents &&
		m.SS >= m.Satisfied && m.AS >= m.SS && m.AA >= m.AS && m.AA >= m.Answered && m.AA <= maxCount &&
		(m.Respondents > 0 || m.AA == 0)
	if !ok || m.Answered > 0 && m.residuals() < 0 {
		return invalid("moments %+v", m)
	}
	return nil
}

// residuals is Σ(s − R·a)² with R = Σs/Σa. It is summed in whole numbers: the
// squares nearly cancel, and zero has to come out as zero.
func (m Moments) residuals() float64 {
	answered, satisfied := big.NewInt(m.Answered), big.NewInt(m.Satisfied)
	var sum, term big.Int
	sum.Mul(big.NewInt(m.SS), answered)
	term.Mul(big.NewInt(m.AS), satisfied)
	sum.Sub(&sum, term.Lsh(&term, 1))
	sum.Mul(&sum, answered)
	term.Mul(satisfied, satisfied)
	sum.Add(&sum, term.Mul(&term, big.NewInt(m.AA)))
	value, _ := new(big.Rat).SetFrac(&sum, answered.Mul(answered, answered)).Float64()
	return value
}

// Ratio is a pooled index: satisfied answers over answers given. A nil field is
// not defined by the data.
type Ratio struct {
	Respondents, Answered, Satisfied int64
	Value                            *float64
	Variance, SE                     *float64
	DesignEffect                     *float64 // variance against that of as many independent answers
	EffectiveN                       *float64
	Interval                         *Interval
}

// PooledIndex estimates the share of satisfied answers to several items with
// the respondent as the unit of uncertainty, since the answers of one person go
// together. With n respondents who answered anything, R = Σs/Σa:
//
//	Var R = n/(n−1) · Σ(s − R·a)² / (Σa)²
//	n*    = R(1−R)/Var R
//	deff  = Var R / (R(1−R)/Σa)
//
// and the Wilson interval on (R·n*, n*). It assumes independent respondents
// drawn alike. Where the variance is 0, n* is n. Without answers everything is
// nil; with one respondent the variance and what follows from it; at R = 0 or 1
// the design effect.
//
// References: Cochran 1977, Sampling Techniques, section 2.11; R survey::svyratio.
func PooledIndex(m Moments, conf float64) (Ratio, error) {
	if err := m.check(); err != nil {
		return Ratio{}, err
	}
	if err := checkConf(conf); err != nil {
		return Ratio{}, err
	}
	ratio := Ratio{Respondents: m.Respondents, Answered: m.Answered, Satisfied: m.Satisfied}
	if m.Answered == 0 {
		return ratio, nil
	}
	n, answered := float64(m.Respondents), float64(m.Answered)
	share := float64(m.Satisfied) / answered
	ratio.Value = &share
	if m.Respondents < 2 {
		return ratio, nil
	}
	variance := n / (n - 1) * m.residuals() / (answered * answered)
	se, size := math.Sqrt(variance), n
	if spread := share * (1 - share); spread > 0 {
		effect := variance / (spread / answered)
		ratio.DesignEffect = &effect
		if variance > 0 {
			size = spread / variance
		}
	}
	lower, upper := wilsonLimits(share*size, size, normalQuantile((1+conf)/2))
	ratio.Variance, ratio.SE, ratio.EffectiveN = &variance, &se, &size
	ratio.Interval = &Interval{Lower: lower, Upper: upper, Conf: conf, Method: Wilson}
	return ratio, nil
}

// Compare sets the index against target by one-sided Korn–Graubard bounds on
// the effective n, each at level conf. The standard error has n−1 degrees of
// freedom, so that n* needs no adjustment:
//
//	L = B⁻¹(1−conf; R·n*, (1−R)·n*+1),  U = B⁻¹(conf; R·n*+1, (1−R)·n*)
//
// with the verdicts of the function [Compare]. Open with bounds 0 and 1 where
// the effective n is unknown.
//
// Reference: Korn and Graubard 1998, Survey Methodology 24:193.
func (r Ratio) Compare(target, conf float64) (Comparison, error) {
	if err := checkComparison(target, conf); err != nil {
		return Comparison{}, err
	}
	var k, n float64
	if r.EffectiveN != nil {
		k, n = *r.Value**r.EffectiveN, *r.EffectiveN
	}
	return compareExact(KornGraubard, k, n, target, conf), nil
}

// RespondentsNeeded is the smallest number m of further respondents from which
// on the bound of [Ratio.Compare] decides, at the same index and the same
// effective n per respondent:
//
//	min{m: R > target: I_target(R·ν, (1−R)·ν+1) ≤ 1−conf
//	       R < target: I_{1−target}((1−R)·ν, R·ν+1) < 1−conf},  ν = n*·(n+m)/n
//
// Nothing is rounded, so that the tail falls steadily and the first size that
// decides is followed by none that does not. Nil above a million, where the
// index equals the target, and where the effective n is unknown.
func (r Ratio) RespondentsNeeded(target, conf float64) (*int64, error) {
	if err := checkComparison(target, conf); err != nil {
		return nil, err
	}
	if r.EffectiveN == nil || *r.Value == target {
		return nil, nil
	}
	perRespondent, alpha := *r.EffectiveN/float64(r.Respondents), 1-conf
	decides := func(m int) bool {
		size := perRespondent * float64(r.Respondents+int64(m))
		if *r.Value > target {
			return binomialUpper(*r.Value*size, size, target) <= alpha
		}
		return binomialLower(*r.Value*size, size, target) < alpha
	}
	m := int64(sort.Search(maxNeeded+1, decides))
	if m > maxNeeded {
		return nil, nil
	}
	return &m, nil
}
