package stats

// Score describes the answers to a five-level item.
type Score struct {
	N             int64
	Mean          *float64  // 1 to 5
	Score         *float64  // (Mean−1)·25, 0 to 100
	SD, SE        *float64  // of Mean
	Interval      *Interval // of Mean, not clipped to [1,5]
	ScoreInterval *Interval // of Score, not clipped to [0,100]
	Top2, Bottom2 *float64  // shares of levels 4–5 and 1–2
	Net           *float64  // Top2 − Bottom2
	Median        *float64
}

// MeanScore estimates the mean of a five-level item; counts[i] is the number of answers at level i+1.
func MeanScore(counts [5]int64, conf float64) (Score, error) { panic("stats: to come") }
