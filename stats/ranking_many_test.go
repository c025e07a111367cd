package stats

import (
	"errors"
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
