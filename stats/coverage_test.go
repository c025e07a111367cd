package stats

import (
	"math"
	"testing"
)

// coverage is the probability that the interval around the count of n answers
// holds the true share p, summed over every count.
func coverage(intervals []Interval, p float64) float64 {
	covered, n := 0.0, int64(len(intervals)-1)
	for k, interval := range intervals {
		if interval.Lower <= p && p <= interval.Upper {
			covered += binomialProbability(int64(k), n, p)
		}
	}
	return covered
}

func intervalsOf(t *testing.T, method Method, n int64, conf float64) []Interval {
	t.Helper()
	intervals := make([]Interval, n+1)
	for k := range intervals {
		intervals[k] = *ok[Estimate](t)(ProportionInterval(method, int64(k), n, conf)).Interval
	}
	return intervals
}

// meanCoverage averages over the shares where the index of an agency usually lies.
func meanCoverage(t *testing.T, method Method, n int64) float64 {
	t.Helper()
	intervals := intervalsOf(t, method, n, 0.95)
	sum, points := 0.0, 0
	for p := 0.80; p <= 0.99; p += 0.0005 {
		sum += coverage(intervals, p)
		points++
	}
	return sum / float64(points)
}

func TestMeanCoverageAgainstR(t *testing.T) {
	for n, means := range map[int64]map[Method]float64{
		30:  {Wald: 0.826, Wilson: 0.955, WilsonContinuity: 0.977, ClopperPearson: 0.980, Jeffreys: 0.954},
		100: {Wald: 0.916, Wilson: 0.953, WilsonContinuity: 0.969, ClopperPearson: 0.969, Jeffreys: 0.950},
		400: {Wald: 0.942, Wilson: 0.951, WilsonContinuity: 0.960, ClopperPearson: 0.960, Jeffreys: 0.950},
	} {
		for method, want := range means {
			if got := meanCoverage(t, method, n); math.Abs(got-want) > 0.001 {
				t.Errorf("%s, n %d: coverage %.4f on average, want %.3f", method, n, got, want)
			}
		}
	}
}

// The interval shown covers on average what it promises.
func TestWilsonCoverage(t *testing.T) {
	for _, n := range []int64{100, 101, 150, 250, 400, 1000, 2500} {
		if mean := meanCoverage(t, Wilson, n); mean < 0.945 || mean > 0.96 {
			t.Errorf("n %d: coverage %.4f on average", n, mean)
		}
	}
}

// The interval that verdicts rest on covers at least what it promises, everywhere.
func TestClopperPearsonCoverage(t *testing.T) {
	for _, n := range []int64{1, 2, 10, 29, 30, 100, 400, 1000} {
		intervals := intervalsOf(t, ClopperPearson, n, 0.95)
		check := func(p float64) {
			if covered := coverage(intervals, p); covered < 0.95-1e-10 {
				t.Fatalf("n %d: coverage %.6f at %v", n, covered, p)
			}
		}
		for p := 0.0; p <= 1; p += 0.002 {
			check(p)
		}
		// Coverage falls lowest right beside the limits, where a count drops out.
		for _, interval := range intervals {
			check(math.Nextafter(interval.Upper, 1))
			check(math.Nextafter(interval.Lower, 0))
		}
	}
}
