package stats

import (
	"math"
	"slices"
)

// ResponseStyle describes how one respondent went through a list of items.
type ResponseStyle struct {
	Answered      int
	LongString    int      // longest row of identical answers
	IRV           *float64 // deviation of the answers given, n−1; nil below two
	StraightLined bool     // three answers or more, all alike
}

// DescribeStyle describes the answers x given to a list of items in their order,
// those not answered left out:
//
//	longstring = most equal answers in a row,  IRV = √(Σ(x − x̄)²/(n−1))
//
// One respondent who is pleased with everything is
// no sign of anything; see [CompareStraightLines].
//
// References: Johnson 2005; Dunn et al. 2018, J Bus Psychol 33:105; R careless longstring, irv.
func DescribeStyle(answers []int) ResponseStyle {
	style := ResponseStyle{Answered: len(answers)}
	length := 0
	for i, a := range answers {
		if i > 0 && a != answers[i-1] {
			length = 0
		}
		length++
		style.LongString = max(style.LongString, length)
	}
	style.StraightLined = len(answers) >= 3 && style.LongString == len(answers)
	if len(answers) >= 2 {
		values := make([]float64, len(answers))
		for i, a := range answers {
			values[i] = float64(a)
		}
		irv := sampleDeviation(values)
		style.IRV = &irv
	}
	return style
}

// StraightLines is the number of straight-lined forms of one source.
type StraightLines struct {
	Sample
	Usual float64  // share expected
	P     *float64 // probability of so many or more; nil without forms
}

// CompareStraightLines sets the straight-lined forms of one source against the share
// among other sources:
//
//	P(X ≥ Count), X ~ Binomial(N, usual)
//
// It assumes usual to be known, from many more forms than these.
//
// Reference: R binom.test with alternative "greater".
func CompareStraightLines(forms Sample, usual float64) (StraightLines, error) {
	if err := checkCount(forms.Count, forms.N); err != nil {
		return StraightLines{}, err
	}
	if !(usual >= 0 && usual <= 1) {
		return StraightLines{}, invalid("share %v is not between 0 and 1", usual)
	}
	s := StraightLines{Sample: forms, Usual: usual}
	if forms.N > 0 {
		p := binomialUpper(float64(forms.Count), float64(forms.N), usual)
		s.P = &p
	}
	return s, nil
}

// Anomaly names the excess of straight-lined forms.
func (s StraightLines) Anomaly() Anomaly {
	a := Anomaly{Name: AnomalyStraightLines, N: s.N, P: s.P}
	if s.N > 0 {
		share := float64(s.Count) / float64(s.N)
		a.Statistic = &share
	}
	return a
}

// Duplicates describes how often the same pattern of answers recurs.
// A nil field is not defined by the data.
type Duplicates struct {
	N, Distinct, Largest int64    // forms, patterns, forms of the most frequent pattern
	IdenticalPairs       float64  // pairs of forms with the same pattern, ΣC(c,2)
	Simpson              *float64 // Σp²
	TopShare             *float64 // Largest/N
	ExpectedPairs        *float64 // C(n,2)·Σπ², π the shares among others; nil without others
	P                    *float64 // probability that any pattern recurs as it does; nil without others
}

// maxForms keeps squares of counts exact.
const maxForms = 1 << 26

// FindDuplicates compares the patterns of answers of one source, each with the
// number of its forms, with the patterns of other sources:
//
//	pairs = ΣC(c,2),  expected pairs = C(n,2)·Σπ²
//	P = min over patterns of D·P(X ≥ c), at most 1;  X ~ Binomial(n, (o+1)/(m+1))
//
// where D is the number of patterns here, c the forms of a pattern, o its forms
// among the m of others; the one added keeps a pattern that others never gave
// from being impossible. It assumes forms independent of each other. At most 2²⁶
// forms on either side.
//
// Reference: Simpson 1949, Nature 163:688; Bonferroni for P.
func FindDuplicates[P comparable](counts, others map[P]int64) (Duplicates, error) {
	n, squares, err := sumsOfForms(counts)
	if err != nil {
		return Duplicates{}, err
	}
	m, otherSquares, err := sumsOfForms(others)
	if err != nil {
		return Duplicates{}, err
	}
	d := Duplicates{N: int64(n), IdenticalPairs: (squares - n) / 2}
	for _, c := range counts {
		if c > 0 {
			d.Distinct++
		}
		d.Largest = max(d.Largest, c)
	}
	if n == 0 {
		return d, nil
	}
	simpson, top := squares/n/n, float64(d.Largest)/n
	d.Simpson, d.TopShare = &simpson, &top
	if m == 0 {
		return d, nil
	}
	expected, p := n*(n-1)/2*(otherSquares/m/m), 1.0
	for pattern, c := range counts {
		p = math.Min(p, float64(d.Distinct)*binomialUpper(float64(c), n, (float64(others[pattern])+1)/(m+1)))
	}
	d.ExpectedPairs, d.P = &expected, &p
	return d, nil
}

func sumsOfForms[P comparable](counts map[P]int64) (n, squares float64, err error) {
	for _, c := range counts {
		if c < 0 || c > maxForms || n+float64(c) > maxForms {
			return 0, 0, invalid("a pattern of %d forms, or more than %d in all", c, maxForms)
		}
		n += float64(c)
		squares += float64(c) * float64(c)
	}
	return n, squares, nil
}

// Anomaly names the recurrence; its score is the ratio of pairs found to pairs expected.
func (d Duplicates) Anomaly() Anomaly {
	a := Anomaly{Name: AnomalyDuplicates, N: d.N, Statistic: &d.IdenticalPairs, P: d.P}
	if d.ExpectedPairs != nil && *d.ExpectedPairs > 0 {
		ratio := d.IdenticalPairs / *d.ExpectedPairs
		a.Score = &ratio
	}
	return a
}

// Outliers measures how far each number lies from the middle of all.
type Outliers struct {
	Median, MAD *float64   // middle, and median distance from it; nil without numbers
	ModifiedZ   []*float64 // one each; nil where more than half the numbers are equal
	Far         []int      // indices with |ModifiedZ| > 3.5
}

// FindOutliers finds numbers that the others do not explain, such as days:
//
//	0.6745·(x − median)/MAD, far beyond ∓3.5
//
// A MAD of 0 gives no scale and no outliers. A day with few answers is far off by
// chance; give it shares of comparable size or z scores.
//
// Reference: Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers.
func FindOutliers(numbers []float64) (Outliers, error) {
	if err := checkNumbers("number", numbers...); err != nil {
		return Outliers{}, err
	}
	o := Outliers{ModifiedZ: make([]*float64, len(numbers))}
	if len(numbers) == 0 {
		return o, nil
	}
	middle := medianOfSorted(slices.Sorted(slices.Values(numbers)))
	distances := make([]float64, len(numbers))
	for i, x := range numbers {
		distances[i] = math.Abs(x - middle)
	}
	slices.Sort(distances)
	mad := medianOfSorted(distances)
	o.Median, o.MAD = &middle, &mad
	if mad < 1/magnitudeLimit {
		return o, nil
	}
	for i, x := range numbers {
		z := 0.6745 * (x - middle) / mad
		o.ModifiedZ[i] = &z
		if math.Abs(z) > 3.5 {
			o.Far = append(o.Far, i)
		}
	}
	return o, nil
}

// Anomaly names the number at index; its score is the modified z.
func (o Outliers) Anomaly(index int) Anomaly {
	return Anomaly{Name: AnomalyOutlier, N: int64(len(o.ModifiedZ)), Statistic: o.ModifiedZ[index], Score: o.ModifiedZ[index]}
}
