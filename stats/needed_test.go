package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// neededBySearch is the definition: it tries every size from far out down.
func neededBySearch(successes, n int64, target, conf float64, limit int64) int64 {
	p := newProjection(successes, n, target, conf)
	for size := limit; size >= n; size-- {
		// Half up in whole numbers, written out once more.
		k := (2*successes*size + n) / (2 * n)
		above := binomialUpper(float64(k), float64(size), target) <= 1-conf
		below := binomialLower(float64(k), float64(size), target) < 1-conf
		if p.above && !above || !p.above && !below {
			return size + 1 - n
		}
	}
	return 0
}

func TestAnswersNeededIsTheDefinition(t *testing.T) {
	checked := 0
	for _, conf := range []float64{0.6, 0.9, 0.95, 0.999} {
		for _, target := range []float64{0.02, 0.5, 0.85, 0.9, 0.95, 0.99} {
			for n := int64(1); n <= 40; n += 1 + n/9 {
				for k := range n + 1 {
					gap := math.Abs(float64(k)/float64(n) - target)
					if gap < 0.03 { // the search would take too long
						continue
					}
					// No size beyond this is open, by Bernstein's inequality and half an answer of rounding.
					limit := n + int64(2*(1+math.Log(1/(1-conf)))/(gap*gap)*(target*(1-target)+gap)) + 100
					needed := ok[*int64](t)(AnswersNeeded(k, n, target, conf))
					want := neededBySearch(k, n, target, conf, limit)
					if needed == nil || *needed != want {
						t.Fatalf("%d/%d against %v at %v: got %v, want %d", k, n, target, conf, show(asFloat(needed)), want)
					}
					checked++
				}
			}
		}
	}
	t.Logf("%d cases", checked)
}

func TestAnswersNeededIsTheDefinitionNearTheTarget(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 25 {
		n := 200 + random.Int64N(3000)
		target := []float64{0.85, 0.9, 0.95}[random.IntN(3)]
		k := min(n, max(0, int64(math.Round(float64(n)*(target+0.04*(random.Float64()-0.5))))))
		if math.Abs(float64(k)/float64(n)-target) < 0.008 {
			continue
		}
		needed := ok[*int64](t)(AnswersNeeded(k, n, target, 0.95))
		if want := neededBySearch(k, n, target, 0.95, n+20_000); needed == nil || *needed != want {
			t.Errorf("%d/%d against %v: got %v, want %d", k, n, target, show(asFloat(needed)), want)
		}
	}
}

// The window rests on the expansion being as good as it says.
func TestCriticalCountExpansion(t *testing.T) {
	for _, conf := range []float64{0.6, 0.9, 0.95, 0.99, 0.9999} {
		for _, target := range []float64{0.02, 0.3, 0.5, 0.85, 0.9, 0.95, 0.99, 0.999} {
			for n := int64(4); n < 3_000_000; n += 1 + n/3 {
				for _, above := range []bool{true, false} {
					p := newProjection(0, n, target, conf)
					if above {
						p = newProjection(n, n, target, conf)
					}
					sigma := p.deviation * math.Sqrt(float64(n))
					if sigma < 1 {
						continue
					}
					away := p.z*sigma + p.skew + 0.5
					tail := func(off float64) float64 {
						if above {
							return binomialUpper(float64(n)*target+away+off, float64(n), target)
						}
						return binomialLower(float64(n)*target-away-off, float64(n), target)
					}
					if err := p.uncertainty / sigma; tail(err) > p.alpha || tail(-err) < p.alpha {
						t.Fatalf("conf %v target %v n %d above %v: tails %v and %v around %v", conf, target, n, above, tail(-err), tail(err), p.alpha)
					}
				}
			}
		}
	}
}

func TestAnswersNeededEdges(t *testing.T) {
	for name, test := range map[string]struct {
		successes, n int64
		target       float64
		want         *float64
	}{
		"no answers":                      {0, 0, 0.9, nil},
		"at the target":                   {90, 100, 0.9, nil},
		"decided for good":                {500, 500, 0.9, new(float64)},
		"refuted for good":                {0, 500, 0.9, new(float64)},
		"one failure against all":         {49, 50, 1, new(float64)},
		"all against all":                 {50, 50, 1, nil},
		"too close for a million":         {90_010, 100_000, 0.9, nil},
		"hopelessly close":                {900_000_001, 1_000_000_000, 0.9, nil},
		"all of ten, 29 show it":          {10, 10, 0.9, float(19)},
		"none of one":                     {0, 1, 0.9, float(1)},
		"close, among very many answers":  {18_009_000, 20_000_000, 0.9, new(float64)},
		"target of all but one in 10,000": {10, 10, 0.9999, float(29_946)},
	} {
		t.Run(name, func(t *testing.T) {
			needed := ok[*int64](t)(AnswersNeeded(test.successes, test.n, test.target, 0.95))
			wantNear(t, "needed", asFloat(needed), test.want, 0)
		})
	}
	for name, err := range map[string]error{
		"count":  second(AnswersNeeded(2, 1, 0.9, 0.95)),
		"target": second(AnswersNeeded(1, 2, 1.1, 0.95)),
		"conf":   second(AnswersNeeded(1, 2, 0.9, -1)),
		"tiny":   second(AnswersNeeded(1, 2, 1e-9, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func float(x float64) *float64 { return &x }

func FuzzAnswersNeeded(f *testing.F) {
	f.Add(int64(95), int64(100), 0.9, 0.95)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), 0.9999, 1-1e-16)
	f.Add(int64(math.MaxInt64-1), int64(math.MaxInt64), 1.0, 1e-300)
	f.Add(int64(0), int64(1), 1e-4, 0.5)
	f.Add(int64(-1), int64(math.MinInt64), math.NaN(), math.Inf(-1))
	f.Fuzz(func(t *testing.T, k, n int64, target, conf float64) {
		m, err := AnswersNeeded(k, n, target, conf)
		wantNumbers(t, m, err)
		if m != nil && (*m < 0 || *m > maxNeeded) {
			t.Errorf("%d more", *m)
		}
	})
}

func ExampleAnswersNeeded() {
	m, _ := AnswersNeeded(95, 100, 0.90, 0.95)
	fmt.Println("if the rate stays:", *m, "more")
	// Output: if the rate stays: 16 more
}

func BenchmarkAnswersNeeded(b *testing.B) {
	for _, test := range []struct{ successes, n int64 }{{46, 50}, {455, 500}, {9_020, 10_000}, {900_600, 1_000_000}} {
		b.Run(fmt.Sprintf("%d of %d", test.successes, test.n), func(b *testing.B) {
			for b.Loop() {
				AnswersNeeded(test.successes, test.n, 0.90, 0.95)
			}
		})
	}
}

// BenchmarkBoard is what one board asks: interval, verdict and answers needed for 500 cells.
func BenchmarkBoard(b *testing.B) {
	random := rand.New(rand.NewPCG(3, 4))
	cells := make([][2]int64, 500)
	for i := range cells {
		n := 10 + random.Int64N(5000)
		cells[i] = [2]int64{int64(float64(n) * (0.8 + 0.2*random.Float64())), n}
	}
	for b.Loop() {
		for _, cell := range cells {
			ProportionInterval(Wilson, cell[0], cell[1], 0.95)
			Compare(ClopperPearson, cell[0], cell[1], 0.90, 0.95)
			AnswersNeeded(cell[0], cell[1], 0.90, 0.95)
		}
	}
}
