package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestApproximateRanks(t *testing.T) {
	for name, c := range map[string]struct {
		units        int
		lowest, span float64 // of the shares
		large        int64   // answers of every tenth unit
	}{
		"two":                   {2, 0.8, 0.1, 50},
		"one":                   {1, 0.8, 0.1, 50},
		"spread":                {60, 0.8, 0.15, 4000},
		"close to one":          {60, 0.97, 0.03, 400},
		"some with a multitude": {60, 0.85, 0.1, 200_000},
		"far apart":             {40, 0.02, 0.96, 50_000},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(31, 32))
			units := make([]Count, c.units)
			for i := range units {
				units[i].N = 10 + random.Int64N(400)
				if i%10 == 0 {
					units[i].N = c.large
				}
				units[i].Successes = int64(math.Round(float64(units[i].N) * (c.lowest + c.span*random.Float64())))
			}
			exact, got := ok[[]*Rank](t)(Ranks(units, 0.5)), ok[[]*Rank](t)(ApproximateRanks(units, 0.5))
			for i := range units {
				var want, have float64
				for r := range exact[i].Probabilities {
					want, have = want+exact[i].Probabilities[r], have+got[i].Probabilities[r]
					if math.Abs(want-have) > 0.01 {
						t.Errorf("unit %d: P(rank ≤ %d) is %v, want %v", i, r+1, have, want)
					}
				}
				if math.Abs(have-1) > 1e-9 || got[i].Place != exact[i].Place || math.Abs(got[i].Expected-exact[i].Expected) > 0.05 {
					t.Errorf("unit %d: place %d, expected %v of %v in all; want %d, %v", i, got[i].Place, got[i].Expected, have, exact[i].Place, exact[i].Expected)
				}
			}
		})
	}
	if _, err := ApproximateRanks([]Count{{3, 2}}, 0.5); !errors.Is(err, ErrInvalid) {
		t.Errorf("more successes than answers: %v", err)
	}
	if _, err := ApproximateRanks([]Count{{1, 2}}, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("no prior: %v", err)
	}
}

func FuzzApproximateRanks(f *testing.F) {
	f.Add(int64(58), int64(60), int64(930), int64(1000), int64(9), int64(10), 0.5)
	f.Add(int64(0), int64(0), int64(0), int64(1), int64(1), int64(1), math.NaN())
	f.Add(int64(maxCount), int64(maxCount), int64(maxCount-1), int64(maxCount), int64(1), int64(maxCount), 0.75)
	f.Add(int64(maxCount/2), int64(maxCount), int64(5), int64(10), int64(0), int64(1), 0.5)
	f.Add(int64(-1), int64(math.MaxInt64), int64(0), int64(7), int64(7), int64(7), math.Inf(1))
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2, k3, n3 int64, prior float64) {
		units := []Count{{k1, n1}, {k2, n2}, {k3, n3}}
		ranks, err := ApproximateRanks(units, prior)
		wantNumbers(t, ranks, err)
		exact, err := Ranks(units, prior)
		wantNumbers(t, exact, err)
		for i, r := range ranks {
			if r == nil {
				continue
			}
			var have, want float64
			for rank, p := range r.Probabilities {
				have, want = have+p, want+exact[i].Probabilities[rank]
				if math.Abs(have-want) > 0.01 {
					t.Errorf("P(rank ≤ %d) of %v is %v, want %v", rank+1, units[i], have, want)
				}
			}
		}
	})
}

func ExampleApproximateRanks() {
	units := make([]Count, 100)
	for i := range units {
		units[i] = Count{Successes: int64(800 + i), N: 1000}
	}
	ranks, _ := ApproximateRanks(units, 0.5)
	interval, _ := ranks[50].Interval(0.95)
	fmt.Printf("place %d, could be %d to %d\n", ranks[50].Place, interval.Best, interval.Worst)
	// Output: place 50, could be 29 to 73
}

func BenchmarkApproximateRanks(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	units := make([]Count, 500)
	for i := range units {
		n := 20 + random.Int64N(400)
		units[i] = Count{n - int64(float64(n)*0.2*random.Float64()), n}
	}
	for name, ranks := range map[string]func() ([]*Rank, error){
		"exact, 50":        func() ([]*Rank, error) { return Ranks(units[:50], 0.5) },
		"approximate, 50":  func() ([]*Rank, error) { return ApproximateRanks(units[:50], 0.5) },
		"approximate, 500": func() ([]*Rank, error) { return ApproximateRanks(units, 0.5) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := ranks(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
