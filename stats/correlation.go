package stats

import (
	"cmp"
	"math"
	"slices"
)

// Correlation is a measure of association between two columns. A nil field is
// not defined by the data: no value with fewer than two pairs or where a column
// is constant.
type Correlation struct {
	N         int
	Value     *float64  // −1 to 1
	Interval  *Interval // Pearson only
	Statistic *float64  // t, for Kendall z; nil where the association is perfect
	P         *float64  // two-sided, of no association
}

// FisherZ is the method of an interval that is symmetric in the inverse hyperbolic tangent.
const FisherZ Method = "fisher_z"

// Pearson is the product-moment correlation r of x and y, pair by pair:
//
//	r = Σ(x−x̄)(y−ȳ)/√(Σ(x−x̄)²·Σ(y−ȳ)²),  t = r·√((n−2)/(1−r²)) with n−2 degrees of freedom
//	tanh(atanh r ∓ z/√(n−3))
//
// The interval and P assume pairs from a bivariate normal distribution; for
// levels 1 to 5 they are approximate. The interval wants four pairs, P three. At
// r = ∓1 the interval closes and P is 0.
//
// References: Fisher 1921, Metron 1:3; R cor.test.
func Pearson(x, y []float64, conf float64) (Correlation, error) {
	if err := checkConf(conf); err != nil {
		return Correlation{}, err
	}
	if err := checkPairs(x, y); err != nil {
		return Correlation{}, err
	}
	c := correlate(x, y)
	if c.Value != nil && c.N >= 4 {
		c.Interval = correlationInterval(*c.Value, 1/math.Sqrt(float64(c.N-3)), conf, FisherZ)
	}
	return c, nil
}

// correlationInterval is normal for atanh r; where r is ∓1 it closes.
func correlationInterval(r, se, conf float64, method Method) *Interval {
	half := -normalQuantile((1-conf)/2) * se
	return &Interval{Lower: math.Tanh(math.Atanh(r) - half), Upper: math.Tanh(math.Atanh(r) + half), Conf: conf, Method: method}
}

// Spearman is the rank correlation of x and y: [Pearson]'s r of their ranks a and
// b, ties sharing the middle of theirs:
//
//	ρ = Σ(a−ā)(b−b̄)/√(Σ(a−ā)²·Σ(b−b̄)²),  t = ρ·√((n−2)/(1−ρ²))
//
// P rests on t with n−2 degrees of freedom, for more than about ten pairs.
//
// References: Spearman 1904; R cor.test with method "spearman", exact = FALSE.
func Spearman(x, y []float64) (Correlation, error) {
	if err := checkPairs(x, y); err != nil {
		return Correlation{}, err
	}
	return correlate(ranksOf(x), ranksOf(y)), nil
}

// Kendall is the rank correlation tau-b of x and y. With C concordant and D
// discordant of the n(n−1)/2 pairs of rows, of which X are tied in x and Y in y:
//
//	τ = (C−D)/√((n(n−1)/2 − X)(n(n−1)/2 − Y)),  z = (C−D)/√v
//
// with v corrected for ties and no correction for continuity. P is normal, for
// more than about ten pairs. A perfect association has a z like any other.
//
// References: Kendall 1970, Rank Correlation Methods; Knight 1966, JASA 61:436;
// R cor.test with method "kendall", exact = FALSE.
func Kendall(x, y []float64) (Correlation, error) {
	if err := checkPairs(x, y); err != nil {
		return Correlation{}, err
	}
	c := Correlation{N: len(x)}
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(x[i], x[j]), cmp.Compare(y[i], y[j]))
	})
	sortedX, sortedY := make([]float64, len(x)), make([]float64, len(x))
	for k, i := range order {
		sortedX[k], sortedY[k] = x[i], y[i]
	}
	tiesX := tiesOf(sortedX)
	var tiedBoth float64
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && sortedX[to] == sortedX[from] && sortedY[to] == sortedY[from] {
			to++
		}
		tiedBoth += pairs(float64(to - from))
		from = to
	}
	discordant := inversions(sortedY) // sorts sortedY
	tiesY := tiesOf(sortedY)
	n := float64(len(x))
	all := pairs(n)
	difference := all - tiesX.pairs - tiesY.pairs + tiedBoth - 2*discordant
	untied := (all - tiesX.pairs) * (all - tiesY.pairs)
	if !(untied > 0) {
		return c, nil
	}
	tau := math.Max(-1, math.Min(1, difference/math.Sqrt(untied)))
	c.Value = &tau
	variance := (n*(n-1)*(2*n+5)-tiesX.spread-tiesY.spread)/18 + 2*tiesX.pairs*tiesY.pairs/(n*(n-1))
	if n > 2 {
		variance += tiesX.triples * tiesY.triples / (9 * n * (n - 1) * (n - 2))
	}
	if variance > 0 {
		z := difference / math.Sqrt(variance)
		p := math.Min(1, 2*normalUpper(math.Abs(z)))
		c.Statistic, c.P = &z, &p
	}
	return c, nil
}

func checkPairs(x, y []float64) error {
	if len(x) != len(y) {
		return invalid("%d values with %d", len(x), len(y))
	}
	if err := checkNumbers("value", x...); err != nil {
		return err
	}
	return checkNumbers("value", y...)
}

// correlate is the product-moment correlation with its t test.
func correlate(x, y []float64) Correlation {
	c := Correlation{N: len(x)}
	r, ok := productMoment(x, y)
	if !ok {
		return c
	}
	c.Value = &r
	if c.N < 3 {
		return c
	}
	df, rest := float64(c.N-2), (1-r)*(1+r)
	p := betaLower(rest, df/2, 0.5)
	c.P = &p
	if rest > 0 {
		t := r * math.Sqrt(df/rest)
		c.Statistic = &t
	}
	return c
}

// productMoment is not ok where a column does not vary.
func productMoment(x, y []float64) (r float64, ok bool) {
	if len(x) < 2 || constant(x) || constant(y) {
		return 0, false
	}
	meanX, meanY := arithmeticMean(x), arithmeticMean(y)
	var xx, xy, yy float64
	for i := range x {
		dx, dy := x[i]-meanX, y[i]-meanY
		xx += dx * dx
		xy += dx * dy
		yy += dy * dy
	}
	if xx == 0 || yy == 0 {
		return 0, false
	}
	return math.Max(-1, math.Min(1, xy/math.Sqrt(xx)/math.Sqrt(yy))), true
}

func arithmeticMean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func constant(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

// ranksOf gives ranks from 1, ties sharing the middle of theirs.
func ranksOf(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	ranks := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to+1) / 2
		}
		from = to
	}
	return ranks
}

// ties sums over the groups of equal values, t of them each.
type ties struct {
	pairs   float64 // Σt(t−1)/2
	triples float64 // Σt(t−1)(t−2)
	spread  float64 // Σt(t−1)(2t+5)
}

func tiesOf(sorted []float64) ties {
	var sums ties
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		t := float64(to - from)
		sums.pairs += pairs(t)
		sums.triples += t * (t - 1) * (t - 2)
		sums.spread += t * (t - 1) * (2*t + 5)
		from = to
	}
	return sums
}

func pairs(n float64) float64 { return n * (n - 1) / 2 }

// inversions counts the pairs out of order while it sorts them.
func inversions(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	left, right := slices.Clone(x[:len(x)/2]), slices.Clone(x[len(x)/2:])
	count := inversions(left) + inversions(right)
	i, j := 0, 0
	for k := range x {
		if j == len(right) || i < len(left) && left[i] <= right[j] {
			x[k] = left[i]
			i++
		} else {
			x[k] = right[j]
			j++
			count += float64(len(left) - i)
		}
	}
	return count
}
