package stats

import "math"

// RankCorrelations are [Spearman]'s and [Kendall]'s correlations, without their tests, of
// cases counted together: table[i][j] is how many have the i-th value of x and the j-th of
// y, both in ascending order. With n the counts, a and b the ranks of the values, ties
// sharing the middle of theirs, C concordant and D discordant pairs, and X and Y the pairs
// that differ in x and in y:
//
//	ρ = Σn(a−ā)(b−b̄)/√(Σn(a−ā)²·Σn(b−b̄)²),  τ = (C−D)/√(X·Y)
//
// It costs what the table does, however many the cases. Rows of different lengths and
// negative counts are an error.
//
// References: Spearman 1904; Kendall 1970, Rank Correlation Methods.
func RankCorrelations(table [][]int64) (spearman, kendall Correlation, err error) {
	var n int64
	var rows, columns []float64
	for i, row := range table {
		if len(row) != len(table[0]) {
			return spearman, kendall, invalid("rows of %d and %d counts", len(table[0]), len(row))
		}
		if i == 0 {
			rows, columns = make([]float64, len(table)), make([]float64, len(row))
		}
		for j, count := range row {
			if count < 0 || count > maxCount-n {
				return spearman, kendall, invalid("a count of %d", count)
			}
			rows[i] += float64(count)
			columns[j] += float64(count)
			n += count
		}
	}
	spearman.N, kendall.N = int(n), int(n)
	differX, differY := pairsThatDiffer(rows), pairsThatDiffer(columns)
	if differX == 0 || differY == 0 {
		return spearman, kendall, nil
	}
	ranksX, ranksY := middleRanks(rows), middleRanks(columns)
	middle := float64(n+1) / 2
	var xx, xy, yy, difference float64
	above, before := make([]float64, len(columns)), 0.0 // counts of the rows before, and their sum
	for i, row := range table {
		dx := ranksX[i] - middle
		xx += rows[i] * dx * dx
		var smaller float64
		for j, count := range row {
			xy += float64(count) * dx * (ranksY[j] - middle)
			// Of the rows before, cases with smaller y are concordant, those with larger discordant.
			larger := before - smaller - above[j]
			difference += float64(count) * (smaller - larger)
			smaller += above[j]
		}
		for j, count := range row {
			above[j] += float64(count)
		}
		before += rows[i]
	}
	for j, count := range columns {
		dy := ranksY[j] - middle
		yy += count * dy * dy
	}
	rho := math.Max(-1, math.Min(1, xy/math.Sqrt(xx)/math.Sqrt(yy)))
	tau := math.Max(-1, math.Min(1, difference/math.Sqrt(differX)/math.Sqrt(differY)))
	spearman.Value, kendall.Value = &rho, &tau
	return spearman, kendall, nil
}

// pairsThatDiffer counts the pairs of cases with different values. All pairs less those
// with the same value would cancel where nearly all have it.
func pairsThatDiffer(counts []float64) (sum float64) {
	var before float64
	for _, n := range counts {
		sum += before * n
		before += n
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
	return correlationInterval(rho, math.Sqrt((1+rho*rho/2)/float64(n-3)), conf, BonettWright), nil
}
