package stats

import "math"

// Score describes the answers to a five-level item. A nil field is not defined by the data.
type Score struct {
	N             int64
	Mean          *float64  // 1 to 5
	Score         *float64  // (Mean−1)·25, 0 to 100
	SD, SE        *float64  // of the answers, of Mean
	Interval      *Interval // of Mean, not clipped to [1,5]
	ScoreInterval *Interval // of Score, not clipped to [0,100]
	Shares        []float64 // of levels 1 to 5; nil without answers
	Top2, Bottom2 *float64  // shares of levels 4–5 and 1–2
	Net           *float64  // Top2 − Bottom2
	Median        *float64  // half-way between two levels if the middle answers differ
}

// MeanScore estimates the mean of a five-level item; counts[i] is the number of
// answers at level i+1:
//
//	x̄ = Σ level·count / n,  SD² = Σ count·(level − x̄)² / (n−1),  SE = SD/√n
//	x̄ ∓ t⁻¹((1+conf)/2; n−1)·SE
//
// and the same on the scale (x̄−1)·25. It takes the levels as equally spaced and
// the answers as independent. Without answers everything but N is nil; with one,
// the deviation and the intervals.
//
// Reference: R t.test.
func MeanScore(counts [5]int64, conf float64) (Score, error) {
	if err := checkConf(conf); err != nil {
		return Score{}, err
	}
	n, sum, err := levelSums(counts)
	if err != nil || n == 0 {
		return Score{}, err
	}
	size := float64(n)
	mean := float64(sum) / size
	score := (mean - 1) * 25
	top, bottom := float64(counts[3]+counts[4])/size, float64(counts[0]+counts[1])/size
	net := float64(counts[3]+counts[4]-counts[0]-counts[1]) / size
	median := (levelAt(counts, (n-1)/2) + levelAt(counts, n/2)) / 2
	s := Score{N: n, Mean: &mean, Score: &score, Top2: &top, Bottom2: &bottom, Net: &net, Median: &median}
	for _, count := range counts {
		s.Shares = append(s.Shares, float64(count)/size)
	}
	if n == 1 {
		return s, nil
	}
	var residuals float64
	for i, count := range counts {
		off := float64(i+1) - mean
		residuals += float64(count) * off * off
	}
	sd := math.Sqrt(residuals / (size - 1))
	se := sd / math.Sqrt(size)
	half := -tQuantile((1-conf)/2, size-1) * se
	s.SD, s.SE = &sd, &se
	s.Interval = &Interval{Lower: mean - half, Upper: mean + half, Conf: conf, Method: StudentT}
	s.ScoreInterval = &Interval{Lower: score - 25*half, Upper: score + 25*half, Conf: conf, Method: StudentT}
	return s, nil
}

// MeanLevel estimates the mean level of the answers alone, where nothing of its
// uncertainty is asked for; nil without answers. It is the Mean of MeanScore.
//
//	x̄ = Σ level·count / n
//
// Reference: R mean.
func MeanLevel(counts [5]int64) (*float64, error) {
	n, sum, err := levelSums(counts)
	if err != nil || n == 0 {
		return nil, err
	}
	mean := float64(sum) / float64(n)
	return &mean, nil
}

// levelSums gives the number of answers and the sum of their levels.
func levelSums(counts [5]int64) (n, sum int64, err error) {
	for i, count := range counts {
		if count < 0 || count > maxCount-n {
			return 0, 0, invalid("%d answers at level %d", count, i+1)
		}
		n += count
		sum += int64(i+1) * count
	}
	return n, sum, nil
}

// levelAt is the level of the answer at index in the sorted answers.
func levelAt(counts [5]int64, index int64) float64 {
	level := 0
	for index >= counts[level] {
		index -= counts[level]
		level++
	}
	return float64(level + 1)
}
