package stats

import "math"

// Gap is what was experienced over what was expected, in levels. A nil field is
// not defined by the data.
type Gap struct {
	N        int64
	Mean     *float64 // negative where the experience fell short
	SD, SE   *float64 // of the differences, of Mean
	T, P     *float64 // against no gap, two-sided; nil also where all differences are equal
	DF       float64
	Interval *Interval // of Mean
}

// ExpectationGap estimates the mean of the differences between two five-level
// answers of the same respondents: pairs[e][x] is the number who expected level
// e+1 and experienced level x+1. With d = x − e:
//
//	d̄ = Σd/n,  SD² = Σ(d − d̄)²/(n−1),  SE = SD/√n,  T = d̄/SE
//	d̄ ∓ t⁻¹((1+conf)/2; n−1)·SE
//
// It takes the levels as equally spaced and the respondents as independent; who
// answered only one of the two is left out. Without pairs everything but N is
// nil; with one, all but Mean.
//
// References: Parasuraman, Zeithaml and Berry 1988, J Retailing 64:12
// (SERVQUAL); R t.test with paired = TRUE.
func ExpectationGap(pairs [5][5]int64, conf float64) (Gap, error) {
	if err := checkConf(conf); err != nil {
		return Gap{}, err
	}
	var n, sum, squares int64
	for e, row := range pairs {
		for x, count := range row {
			if count < 0 || count > maxCount-n {
				return Gap{}, invalid("%d pairs of levels %d and %d", count, e+1, x+1)
			}
			d := int64(x - e)
			n += count
			sum += d * count
			squares += d * d * count
		}
	}
	if n == 0 {
		return Gap{}, nil
	}
	size := float64(n)
	mean := float64(sum) / size
	gap := Gap{N: n, Mean: &mean}
	if n == 1 {
		return gap, nil
	}
	sd := math.Sqrt(determinant(n, squares, sum, sum) / size / (size - 1))
	se := sd / math.Sqrt(size)
	gap.SD, gap.SE, gap.DF = &sd, &se, size-1
	half := -tQuantile((1-conf)/2, gap.DF) * se
	gap.Interval = &Interval{Lower: mean - half, Upper: mean + half, Conf: conf, Method: StudentT}
	if se > 0 {
		t := mean / se
		p := tTwoSided(t, gap.DF)
		gap.T, gap.P = &t, &p
	}
	return gap, nil
}
