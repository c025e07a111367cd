package stats

import "math"

// SelfSelection is a supposition about ratings that people give or not as they please.
type SelfSelection struct {
	Population int64   // occasions to rate, such as transactions
	Rated      int64   // of which so many were rated
	Share      float64 // satisfied among all of the population, supposed
	// Correlation of being satisfied and rating over the whole population, supposed: 0 if those
	// who rate are like the rest, above 0 if the satisfied rate more often.
	Correlation float64
}

// SelectionEffect says what self-selection does. A nil field is not defined by the data.
type SelectionEffect struct {
	Coverage *float64 // share of the population that rated
	Bias     *float64 // of the share among those who rated
	// EffectiveN is the size of the simple random sample with the same mean squared error; nil where
	// there is no error.
	EffectiveN *float64
	// HalfWidth is that of the interval which takes the ratings for a simple random sample.
	HalfWidth *float64
	// Possible is whether so strong a correlation can occur at all at this share and coverage.
	Possible bool
}

// Effect computes the bias that a correlation causes however many rate. With f = n/N:
//
//	bias = ρ·√(P(1−P))·√((1−f)/f),  n* = f/((1−f)·ρ²)
//	half width  z·√(P(1−P)/n · (1−f)),  z = Φ⁻¹((1+conf)/2)
//
// A small ρ does much harm where f is small, and no number of ratings shows it: it can be
// supposed, not estimated, from the ratings alone. n* leaves out its own finite correction.
// The bias is nil without ratings.
//
// Reference: Meng 2018, Ann Appl Stat 12:685.
func (s SelfSelection) Effect(conf float64) (SelectionEffect, error) {
	switch {
	case s.Rated < 0 || s.Rated > s.Population:
		return SelectionEffect{}, invalid("%d ratings of %d occasions", s.Rated, s.Population)
	case !(s.Share >= 0 && s.Share <= 1):
		return SelectionEffect{}, invalid("share %v is not between 0 and 1", s.Share)
	case !(s.Correlation >= -1 && s.Correlation <= 1):
		return SelectionEffect{}, invalid("correlation %v is not between −1 and 1", s.Correlation)
	}
	if err := checkConf(conf); err != nil {
		return SelectionEffect{}, err
	}
	if s.Population == 0 {
		return SelectionEffect{}, nil
	}
	n, population := float64(s.Rated), float64(s.Population)
	f, rest := n/population, float64(s.Population-s.Rated)/population
	e := SelectionEffect{Coverage: &f}
	if s.Rated == 0 {
		return e, nil
	}
	sigma := math.Sqrt(s.Share * (1 - s.Share))
	bias := s.Correlation * sigma * math.Sqrt(rest/f)
	half := -normalQuantile((1-conf)/2) * sigma * math.Sqrt(rest/n)
	e.Bias, e.HalfWidth = &bias, &half
	e.EffectiveN = quotient(f, rest*s.Correlation*s.Correlation)
	// Of those who rated no more can be satisfied than there are, nor fewer than do not fit among the rest.
	e.Possible = s.Share+bias <= math.Min(1, s.Share/f)+1e-12 && s.Share+bias >= math.Max(0, (s.Share-rest)/f)-1e-12
	return e, nil
}
