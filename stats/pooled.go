package stats

// Moments are sums over the respondents who answered at least one item of a
// pool: a is the number of items answered, s the number answered satisfied.
type Moments struct {
	Respondents, Answered, Satisfied int64 // Σ1, Σa, Σs
	AA, AS, SS                       int64 // Σa², Σa·s, Σs²
}

// Ratio is a pooled index: satisfied answers over answers given.
type Ratio struct {
	Respondents, Answered, Satisfied int64
	Value                            *float64
	Variance, SE                     *float64
	DesignEffect                     *float64 // against as many independent answers
	EffectiveN                       *float64
	Interval                         *Interval
}

// PooledIndex estimates the ratio Σs/Σa with the respondent as the unit of uncertainty.
func PooledIndex(m Moments, conf float64) (Ratio, error) { panic("stats: to come") }

// Compare gives one-sided Korn–Graubard bounds on the effective n and the verdict against target.
func (r Ratio) Compare(target, conf float64) (Comparison, error) { panic("stats: to come") }

// RespondentsNeeded is the smallest number m of further respondents such that,
// at the same ratio and effective n per respondent, the bound decides for every
// size from there on; nil as in AnswersNeeded.
func (r Ratio) RespondentsNeeded(target, conf float64) (*int64, error) { panic("stats: to come") }
