package stats

import "math"

// RunsTest is the Wald–Wolfowitz test of a sequence of successes and failures.
// A nil field is not defined by the data.
type RunsTest struct {
	Successes, Failures, Runs int64
	Expected, Variance        *float64 // of the number of runs
	Z                         *float64 // without continuity correction
	PTooFew                   *float64 // probability of so few runs: answers that come in clusters
	PTwoSided                 *float64
	PTooFewExact              *float64 // the same as PTooFew from the exact distribution
}

// WaldWolfowitz tests whether successes and failures stand in random order. With n₁
// successes, n₀ failures and R runs:
//
//	z = (R − μ)/√v,  μ = 2n₁n₀/n + 1,  v = 2n₁n₀(2n₁n₀ − n)/(n²(n−1))
//	P(R = 2j)   = 2·C(n₁−1, j−1)·C(n₀−1, j−1) / C(n, n₁)
//	P(R = 2j+1) = (C(n₁−1, j)·C(n₀−1, j−1) + C(n₁−1, j−1)·C(n₀−1, j)) / C(n, n₁)
//
// It assumes answers independent of each other with one share behind them all.
// A sequence all alike allows no test.
//
// References: Wald and Wolfowitz 1940, Ann Math Stat 11:147; R tseries::runs.test.
func WaldWolfowitz(sequence []bool) RunsTest {
	var t RunsTest
	for i, success := range sequence {
		if success {
			t.Successes++
		} else {
			t.Failures++
		}
		if i == 0 || success != sequence[i-1] {
			t.Runs++
		}
	}
	n1, n0 := float64(t.Successes), float64(t.Failures)
	n := n1 + n0
	if n == 0 {
		return t
	}
	expected := 2*n1*n0/n + 1
	t.Expected = &expected
	if n == 1 {
		return t
	}
	variance := math.Max(0, 2*n1*n0/n*((2*n1*n0-n)/n)/(n-1))
	t.Variance = &variance
	if n1 == 0 || n0 == 0 {
		return t
	}
	exact := runsAtMost(t.Runs, n1, n0)
	t.PTooFewExact = &exact
	if variance == 0 {
		return t
	}
	z := (float64(t.Runs) - expected) / math.Sqrt(variance)
	few, both := normalUpper(-z), math.Min(1, 2*normalUpper(math.Abs(z)))
	t.Z, t.PTooFew, t.PTwoSided = &z, &few, &both
	return t
}

// runsAtMost is P(R ≤ runs) with n1 successes and n0 failures in random order.
func runsAtMost(runs int64, n1, n0 float64) float64 {
	all := logChoose(n1+n0, n1)
	ways := func(a, b float64) float64 { return math.Exp(logChoose(n1-1, a) + logChoose(n0-1, b) - all) }
	var sum float64
	for r := int64(2); r <= runs; r++ {
		j := float64(r / 2)
		if r%2 == 0 {
			sum += 2 * ways(j-1, j-1)
		} else {
			sum += ways(j, j-1) + ways(j-1, j)
		}
	}
	return math.Min(1, sum)
}

// logChoose is the logarithm of the binomial coefficient; minus infinity where there is no way to choose.
func logChoose(n, k float64) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}

// Anomaly names the test of clusters.
func (t RunsTest) Anomaly() Anomaly {
	return Anomaly{Name: AnomalyRuns, N: t.Successes + t.Failures, Statistic: t.Z, P: t.PTooFewExact}
}

// maxTrials bounds the work of [RunProbability]; no series of answers comes near it.
const maxTrials = 10_000_000

// RunProbability is the probability that n independent answers, each a success
// with probability p, hold at least length successes in a row. With Q the
// probability among the first i:
//
//	Qᵢ = 0 for i < m,  Qₘ = pᵐ,  Qᵢ = Qᵢ₋₁ + (1−p)·pᵐ·(1 − Qᵢ₋ₘ₋₁)
//
// Long runs of the usual answer are ordinary: of 200 answers with p = 0.9, 96 %
// hold 20 in a row. n is at most ten million.
//
// Reference: Feller 1968, An Introduction to Probability Theory, vol. 1, XIII.7.
func RunProbability(n, length int64, p float64) (float64, error) {
	switch {
	case n < 0 || n > maxTrials:
		return 0, invalid("%d answers", n)
	case length < 0:
		return 0, invalid("a run of %d answers", length)
	case !(p >= 0 && p <= 1):
		return 0, invalid("probability %v is not between 0 and 1", p)
	case length == 0:
		return 1, nil
	case length > n:
		return 0, nil
	}
	run := math.Pow(p, float64(length))
	begin := (1 - p) * run
	// The last length+1 values, of which all but the newest are zero at first.
	recent := make([]float64, length+1)
	q := run
	recent[length] = q
	for i := length + 1; i <= n; i++ {
		slot := &recent[i%(length+1)]
		q += begin * (1 - *slot)
		*slot = q
	}
	return math.Min(1, q), nil
}

// LongestRun is the longest row of successes among answers.
type LongestRun struct {
	Answers, Length int64
	P               *float64 // probability of so long a row or a longer one; nil without answers
}

// FindLongestRun finds the longest row of successes, each expected with
// probability p, and sets it against [RunProbability]:
//
//	m = most successes in a row,  P(longest row ≥ m)
//
// p comes from the answers of others, not from these.
//
// Reference: Feller 1968, An Introduction to Probability Theory, vol. 1, XIII.7.
func FindLongestRun(sequence []bool, p float64) (LongestRun, error) {
	run := LongestRun{Answers: int64(len(sequence))}
	var length int64
	for _, success := range sequence {
		length++
		if !success {
			length = 0
		}
		run.Length = max(run.Length, length)
	}
	probability, err := RunProbability(run.Answers, run.Length, p)
	if err != nil || len(sequence) == 0 {
		return LongestRun{}, err
	}
	run.P = &probability
	return run, nil
}

// Anomaly names the run.
func (r LongestRun) Anomaly() Anomaly {
	length := float64(r.Length)
	return Anomaly{Name: AnomalyLongestRun, N: r.Answers, Statistic: &length, P: r.P}
}
