package stats

import "math"

// ChiSquareTest tests whether several independent groups have the same share
// behind them, p̄ that of all together:
//
//	Σ(k − n·p̄)²/(n·p̄(1−p̄)), χ² with one degree of freedom less than groups
//
// Groups without answers are left out. Nil with fewer than two others and where
// p̄ is 0 or 1. Reference: R prop.test with correct = FALSE.
func ChiSquareTest(groups []Count) (Test, error) {
	all, answered, err := pool(groups)
	if err != nil || len(answered) < 2 || all.constant() {
		return Test{}, err
	}
	statistic := 0.0
	for _, i := range answered {
		off := groups[i].excess(all)
		statistic += off * off / float64(groups[i].N)
	}
	return chiSquareTest(statistic/(all.share()*(1-all.share())), float64(len(answered)-1)), nil
}

// CochranArmitage tests whether the share rises or falls with the scores of
// several independent groups, say with time. With s̄ = Σn·s/Σn:
//
//	(Σ(s−s̄)·k)² / (p̄(1−p̄)·Σn(s−s̄)²), χ² with one degree of freedom
//
// Groups without answers are left out. Nil with fewer than two different scores
// and where p̄ is 0 or 1.
//
// References: Cochran 1954, Biometrics 10:417; Armitage 1955; R prop.trend.test.
func CochranArmitage(groups []Count, scores []float64) (Test, error) {
	if len(groups) != len(scores) {
		return Test{}, invalid("%d groups with %d scores", len(groups), len(scores))
	}
	largest := 0.0
	for i, score := range scores {
		if math.IsNaN(score) || math.IsInf(score, 0) {
			return Test{}, invalid("score %d is %v", i+1, score)
		}
		largest = math.Max(largest, math.Abs(score))
	}
	all, answered, err := pool(groups)
	if err != nil || all.N == 0 || all.constant() || largest == 0 {
		return Test{}, err
	}
	// The unit of the scores does not matter: the largest may not overflow when squared.
	mean := 0.0
	for _, i := range answered {
		mean += scores[i] / largest * (float64(groups[i].N) / float64(all.N))
	}
	var slope, spread float64
	different := false
	for _, i := range answered {
		different = different || scores[i] != scores[answered[0]]
		s := scores[i]/largest - mean
		slope += s * groups[i].excess(all)
		spread += s * s * float64(groups[i].N)
	}
	if !different || spread == 0 {
		return Test{}, nil
	}
	return chiSquareTest(slope*slope/spread/(all.share()*(1-all.share())), 1), nil
}

// pool adds the groups up and lists those with answers.
func pool(groups []Count) (all Count, answered []int, err error) {
	if err := checkCounts(groups); err != nil {
		return Count{}, nil, err
	}
	for i, c := range groups {
		if c.N > maxCount-all.N {
			return Count{}, nil, invalid("%d answers and more", all.N)
		}
		all = Count{all.Successes + c.Successes, all.N + c.N}
		if c.N > 0 {
			answered = append(answered, i)
		}
	}
	return all, answered, nil
}

func (c Count) constant() bool { return c.Successes == 0 || c.Successes == c.N }

// excess is the number of successes beyond what the share of all lets expect.
func (c Count) excess(all Count) float64 {
	return determinant(c.Successes, all.N, all.Successes, c.N) / float64(all.N)
}

// StratifiedTest is a test of two groups over strata with their common odds ratio.
type StratifiedTest struct {
	Test
	OddsRatio *float64
}

// CochranMantelHaenszel tests whether two groups have the same share behind
// them in each of several strata, say the fields that both agencies handle. In
// a stratum with n answers let k₁ of n₁ and k₂ of n₂ be successes, k in all:
//
//	(Σ(k₁ − n₁k/n))² / Σ n₁n₂·k(n−k)/(n²(n−1)), χ² with one degree of freedom
//	odds ratio = Σ k₁(n₂−k₂)/n / Σ k₂(n₁−k₁)/n
//
// without continuity correction. Strata that lack one of the groups say
// nothing. The test is nil where no stratum does, the odds ratio where the sum
// it divides by is 0.
//
// References: Mantel and Haenszel 1959; R mantelhaen.test with correct = FALSE.
func CochranMantelHaenszel(strata [][2]Count) (StratifiedTest, error) {
	var off, variance, with, against float64
	for _, groups := range strata {
		all, answered, err := pool(groups[:])
		if err != nil {
			return StratifiedTest{}, err
		}
		if len(answered) < 2 {
			continue
		}
		a, b, n, k := groups[0], groups[1], float64(all.N), float64(all.Successes)
		off += a.excess(all)
		variance += float64(a.N) / n * float64(b.N) * (k / n) * (n - k) / (n - 1)
		with += float64(a.Successes) / n * float64(b.N-b.Successes)
		against += float64(b.Successes) / n * float64(a.N-a.Successes)
	}
	var result StratifiedTest
	if variance > 0 {
		result.Test = chiSquareTest(off*off/variance, 1)
	}
	if against > 0 {
		ratio := with / against
		result.OddsRatio = &ratio
	}
	return result, nil
}

// MannWhitney tests whether the answers of one group to an ordered item tend to
// be higher than those of another; a[i] and b[i] are the numbers of answers at
// level i. With mid-ranks r of all n answers:
//
//	U = pairs where a's is higher + half of those where they are equal
//	z = (U − n₁n₂/2 ∓ c)/√(n₁n₂/(n(n−1))·Σ(r − r̄)²)
//
// c is 1/2 towards 0 with continuity correction, else 0. The statistic is U;
// U/(n₁n₂) estimates the probability that an answer of a is the higher. P is
// nil where all answers are equal, all where either group has none.
//
// Reference: R wilcox.test with exact = FALSE.
func MannWhitney(a, b []int64, continuity bool) (Test, error) {
	ranks, sizes, err := midRanks([][]int64{a, b})
	if err != nil || sizes[0] == 0 || sizes[1] == 0 {
		return Test{}, err
	}
	n1, n2 := sizes[0], sizes[1]
	off := 0.0 // of U from n₁n₂/2
	for level, count := range a {
		off += float64(count) * ranks.off[level]
	}
	u := off + n1*n2/2
	if ranks.squares == 0 {
		return Test{Statistic: &u}, nil
	}
	corrected := off
	if continuity {
		corrected = math.Copysign(math.Max(0, math.Abs(off)-0.5), off)
	}
	return normalTest(u, corrected/math.Sqrt(n1/ranks.n*n2/(ranks.n-1)*ranks.squares)), nil
}

// KruskalWallis tests whether several groups answer an ordered item alike;
// groups[g][i] is the number of answers of a group at level i. With mid-ranks r
// of all n answers and r̄_g the mean of those of a group:
//
//	(n−1)·Σn_g(r̄_g − r̄)²/Σ(r − r̄)², χ² with one degree of freedom less than groups
//
// Groups without answers are left out. Nil with fewer than two others and where
// all answers are equal. Reference: R kruskal.test.
func KruskalWallis(groups [][]int64) (Test, error) {
	ranks, sizes, err := midRanks(groups)
	if err != nil || ranks.squares == 0 {
		return Test{}, err
	}
	between, answered := 0.0, 0
	for g, counts := range groups {
		if sizes[g] == 0 {
			continue
		}
		answered++
		off := 0.0
		for level, count := range counts {
			off += float64(count) * ranks.off[level]
		}
		between += off * (off / sizes[g])
	}
	if answered < 2 {
		return Test{}, nil
	}
	return chiSquareTest((ranks.n-1)*(between/ranks.squares), float64(answered-1)), nil
}

// levelRanks has the mid-rank of every level less the mean rank, and the sum of
// their squares over all answers: 0 where all are equal.
type levelRanks struct {
	n       float64
	off     []float64
	squares float64
}

func midRanks(groups [][]int64) (r levelRanks, sizes []float64, err error) {
	if len(groups) == 0 {
		return levelRanks{}, nil, nil
	}
	var total int64
	levels := make([]int64, len(groups[0]))
	sizes = make([]float64, len(groups))
	for g, counts := range groups {
		if len(counts) != len(levels) {
			return levelRanks{}, nil, invalid("groups of %d and of %d levels", len(levels), len(counts))
		}
		for level, count := range counts {
			if count < 0 || count > maxCount-total {
				return levelRanks{}, nil, invalid("%d answers at level %d of group %d", count, level+1, g+1)
			}
			total += count
			levels[level] += count
			sizes[g] += float64(count)
		}
	}
	r = levelRanks{n: float64(total), off: make([]float64, len(levels))}
	below := int64(0)
	for level, count := range levels {
		// The mid-rank below+(count+1)/2 less (total+1)/2: half the answers below less half of those above.
		r.off[level] = float64(below-(total-below-count)) / 2
		below += count
		r.squares += float64(count) * r.off[level] * r.off[level]
	}
	return r, sizes, nil
}
