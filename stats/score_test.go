package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestMeanScoreAgainstR(t *testing.T) {
	eachVector(t, "06_mean_score.csv", func(v vector) {
		s := ok[Score](v.t)(MeanScore([5]int64(v.ints("counts")), v.float("conf")))
		n := float64(s.N)
		v.want("n", &n, 0)
		v.want("mean_1_5", s.Mean, 1e-12)
		v.want("score_0_100", s.Score, 1e-12)
		v.want("sd", s.SD, 1e-12)
		v.want("se", s.SE, 1e-12)
		v.want("t_lower", lower(s.Interval), 1e-10)
		v.want("t_upper", upper(s.Interval), 1e-10)
		v.want("score_lower", lower(s.ScoreInterval), 1e-10)
		v.want("score_upper", upper(s.ScoreInterval), 1e-10)
		v.want("top2", s.Top2, 1e-12)
		v.want("bottom2", s.Bottom2, 1e-12)
		v.want("net", s.Net, 1e-12)
		v.want("median", s.Median, 0)
	})
}

func TestMeanScoreMirrors(t *testing.T) {
	a := ok[Score](t)(MeanScore([5]int64{3, 1, 4, 10, 7}, 0.9))
	b := ok[Score](t)(MeanScore([5]int64{7, 10, 4, 1, 3}, 0.9))
	for name, pair := range map[string][2]float64{
		"mean":     {*a.Mean, 6 - *b.Mean},
		"score":    {*a.Score, 100 - *b.Score},
		"sd":       {*a.SD, *b.SD},
		"net":      {*a.Net, -*b.Net},
		"median":   {*a.Median, 6 - *b.Median},
		"interval": {a.Interval.Lower, 6 - b.Interval.Upper},
	} {
		wantNear(t, name, &pair[0], &pair[1], 1e-12)
	}
}

func TestMeanLevelIsTheMeanOfMeanScore(t *testing.T) {
	for _, counts := range [][5]int64{{1, 2, 6, 41, 50}, {0, 0, 0, 0, 12}, {5}, {10, 20, 30, 25, 15}, {}} {
		mean, score := ok[*float64](t)(MeanLevel(counts)), ok[Score](t)(MeanScore(counts, 0.95))
		if (mean == nil) != (score.Mean == nil) || mean != nil && *mean != *score.Mean {
			t.Errorf("%v: %v and %v", counts, mean, score.Mean)
		}
	}
	if _, err := MeanLevel([5]int64{0, 0, -1}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a negative count: %v", err)
	}
}

func ExampleMeanLevel() {
	mean, _ := MeanLevel([5]int64{1, 2, 6, 41, 50})
	fmt.Printf("%.2f\n", *mean)
	// Output: 4.37
}

func TestLevelSharesAddUp(t *testing.T) {
	counts := [5]int64{10, 20, 30, 25, 15}
	s := ok[Score](t)(MeanScore(counts, 0.95))
	sum, mean := 0.0, 0.0
	for i, share := range s.Shares {
		if share != float64(counts[i])/100 {
			t.Errorf("level %d: %v", i+1, share)
		}
		sum += share
		mean += float64(i+1) * share
	}
	wantNear(t, "sum", &sum, float(1), 1e-15)
	wantNear(t, "mean", &mean, s.Mean, 1e-15)
	if top := s.Shares[3] + s.Shares[4]; math.Abs(top-*s.Top2) > 1e-15 {
		t.Errorf("levels 4 and 5: %v, together %v", top, *s.Top2)
	}
}

func TestMeanScoreEdges(t *testing.T) {
	if s := ok[Score](t)(MeanScore([5]int64{}, 0.95)); s.Shares != nil || s.Mean != nil {
		t.Errorf("no answers: %+v", s)
	}
	if _, err := MeanScore([5]int64{0, 0, -1}, 0.95); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative count: %v", err)
	}
	if _, err := MeanScore([5]int64{}, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("conf: %v", err)
	}
}

func FuzzMeanScore(f *testing.F) {
	f.Add(int64(1), int64(2), int64(6), int64(41), int64(50), 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), math.NaN())
	f.Add(int64(math.MaxInt64), int64(0), int64(0), int64(0), int64(math.MaxInt64), 0.5)
	f.Add(int64(maxCount-1), int64(0), int64(0), int64(0), int64(1), 1-1e-16)
	f.Add(int64(-1), int64(1), int64(0), int64(0), int64(0), 1e-300)
	f.Fuzz(func(t *testing.T, a, b, c, d, e int64, conf float64) {
		counts := [5]int64{a, b, c, d, e}
		score, err := MeanScore(counts, conf)
		wantNumbers(t, score, err)
		mean, err := MeanLevel(counts)
		wantNumbers(t, mean, err)
		if mean != nil && (*mean < 1 || *mean > 5) {
			t.Errorf("mean level %v of %v", *mean, counts)
		}
	})
}

func ExampleMeanScore() {
	s, _ := MeanScore([5]int64{1, 2, 6, 41, 50}, 0.95)
	fmt.Printf("%.2f of 5, %.2f of 100, from %.2f to %.2f\n", *s.Mean, *s.Score, s.ScoreInterval.Lower, s.ScoreInterval.Upper)
	// Output: 4.37 of 5, 84.25 of 100, from 80.41 to 88.09
}
