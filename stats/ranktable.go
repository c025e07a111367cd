package stats

import "math"

// RankCorrelations are [Spearman]'s and [Kendall]'s correlations, without their
// tests, of cases counted together: table[i][j] is how many have the i-th value of x
// and the j-th of y, both in ascending order. It costs what the table does, however
// many the cases. Rows of different lengths and negative counts are an error.
func RankCorrelations(table [][]int64) (spearman, kendall Correlation, err error) {
	var rows, columns []float64
	var n float64
	for i, row := range table {
		if len(row) != len(table[0]) {
			return spearman, kendall, invalid("rows of %d and %d counts", len(table[0]), len(row))
		}
		if i == 0 {
			rows, columns = make([]float64, len(table)), make([]float64, len(row))
		}
		for j, count := range row {
			if count < 0 || count > maxCount {
				return spearman, kendall, invalid("a count of %d", count)
			}
			rows[i] += float64(count)
			columns[j] += float64(count)
			n += float64(count)
		}
	}
	spearman.N, kendall.N = int(n), int(n)
	tiedX, tiedY := pairsWithin(rows), pairsWithin(columns)
	untied := (pairs(n) - tiedX) * (pairs(n) - tiedY)
	if !(untied > 0) {
		return spearman, kendall, nil
	}
	ranksX, ranksY := middleRanks(rows), middleRanks(columns)
	var xx, xy, yy, difference float64
	middle := (n + 1) / 2
	above, below := make([]float64, len(columns)), 0.0 // of the rows before
	for i, row := range table {
		dx := ranksX[i] - middle
		xx += rows[i] * dx * dx
		var before float64
		for _, count := range above {
			before += count
		}
		below = 0
		for j, count := range row {
			xy += float64(count) * dx * (ranksY[j] - middle)
			// Concordant with the rows before are cases with smaller y, discordant those with larger.
			difference += float64(count) * (below - (before - below - above[j]))
			below += above[j]
		}
		for j, count := range row {
			above[j] += float64(count)
		}
	}
	for j, count := range columns {
		yy += count * (ranksY[j] - middle) * (ranksY[j] - middle)
	}
	rho := math.Max(-1, math.Min(1, xy/math.Sqrt(xx)/math.Sqrt(yy)))
	tau := math.Max(-1, math.Min(1, difference/math.Sqrt(untied)))
	spearman.Value, kendall.Value = &rho, &tau
	return spearman, kendall, nil
}

func pairsWithin(counts []float64) (sum float64) {
	for _, n := range counts {
		sum += pairs(n)
	}
	return sum
}

// middleRanks gives the ranks of values so often counted, ties sharing the middle of theirs.
func middleRanks(counts []float64) []float64 {
	ranks := make([]float64, len(counts))
	var before float64
	for i, n := range counts {
		ranks[i] = before + (n+1)/2
		before += n
	}
	return ranks
}

// BonettWright is the method of an interval for Spearman's correlation.
const BonettWright Method = "bonett_wright"

// SpearmanInterval is the interval of a rank correlation ρ of n cases:
//
//	tanh(atanh ρ ∓ z·√((1 + ρ²/2)/(n − 3)))
//
// It closes at ρ = ∓1, and is nil for fewer than four cases.
//
// Reference: Bonett and Wright 2000, Psychometrika 65:23.
func SpearmanInterval(rho float64, n int64, conf float64) (*Interval, error) {
	if err := checkConf(conf); err != nil {
		return nil, err
	}
	if !(rho >= -1 && rho <= 1) {
		return nil, invalid("a correlation of %v", rho)
	}
	if n < 4 {
		return nil, nil
	}
	half := normalQuantile((1+conf)/2) * math.Sqrt((1+rho*rho/2)/float64(n-3))
	return &Interval{Lower: math.Tanh(math.Atanh(rho) - half), Upper: math.Tanh(math.Atanh(rho) + half), Conf: conf, Method: BonettWright}, nil
}
