package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRanksAgainstR(t *testing.T) {
	units, priors := map[string][]Count{}, map[string]float64{}
	eachVector(t, "12_ranking.csv", func(v vector) {
		name := v.text("case")
		units[name], priors[name] = append(units[name], Count{v.int("k"), v.int("n")}), v.float("prior")
	})
	ranks, joint, holm := map[string][]*Rank{}, map[string][]*RankInterval{}, map[string][]*RankInterval{}
	for name, of := range units {
		ranks[name] = ok[[]*Rank](t)(Ranks(of, priors[name]))
		joint[name] = ok[[]*RankInterval](t)(JointRanks(of, 0.95))
		holm[name] = ok[[]*RankInterval](t)(HolmRanks(of, 0.95))
	}
	eachVector(t, "12_ranking.csv", func(v vector) {
		name, unit := v.text("case"), v.int("unit")-1
		r := ranks[name][unit]
		const tolerance = 1e-6
		share := units[name][unit].share()
		v.want("share", &share, 1e-12)
		v.want("expected_rank", &r.Expected, tolerance)
		v.want("p_rank1", &r.Probabilities[0], tolerance)
		v.want("p_last", &r.Probabilities[len(r.Probabilities)-1], tolerance)
		for i, want := range v.floats("rank_pmf") {
			wantNear(v.t, fmt.Sprint("rank ", i+1), &r.Probabilities[i], &want, tolerance)
		}
		wantRanks := func(interval RankInterval, best, worst string) {
			if got := [2]int64{int64(interval.Best), int64(interval.Worst)}; got != [2]int64{v.int(best), v.int(worst)} {
				v.t.Errorf("ranks %v, want %s to %s", got, v.text(best), v.text(worst))
			}
		}
		wantRanks(ok[RankInterval](v.t)(r.Interval(0.95)), "rank_lo95", "rank_hi95")
		wantRanks(ok[RankInterval](v.t)(r.Interval(0.5)), "rank_lo50", "rank_hi50")
		wantRanks(*joint[name][unit], "joint_lo", "joint_hi")
		wantRanks(*holm[name][unit], "holm_lo", "holm_hi")
		below := 0.0
		for rank := int64(1); rank < v.int("rank_lo95"); rank++ {
			below += r.Probabilities[rank-1]
		}
		v.want("cdf_at_lo_minus1", &below, tolerance)
		below += r.Probabilities[v.int("rank_lo95")-1]
		v.want("cdf_at_lo", &below, tolerance)
	})
}

// Alike units share all ranks evenly; the better of two is so with P(p₁ > p₂).
func TestRanksOfKnownCases(t *testing.T) {
	for _, count := range []int{1, 2, 7, 120} {
		units := make([]Count, count)
		for i := range units {
			units[i] = Count{45, 50}
		}
		for _, r := range ok[[]*Rank](t)(Ranks(units, 0.5)) {
			if math.Abs(r.Expected-float64(count+1)/2) > 1e-8 || r.Place != 1 {
				t.Fatalf("%d alike: %+v", count, r)
			}
			for rank, probability := range r.Probabilities {
				if math.Abs(probability-1/float64(count)) > 1e-8 {
					t.Fatalf("%d alike: rank %d with probability %v", count, rank+1, probability)
				}
			}
		}
	}
	// Beta(2,1) against Beta(1,2): P(p₁ > p₂) = 5/6.
	r := ok[[]*Rank](t)(Ranks([]Count{{1, 1}, {0, 1}}, 1))
	for i, want := range []float64{5. / 6, 1. / 6} {
		wantNear(t, "first of two", &r[i].Probabilities[0], &want, 1e-9)
	}
}

func TestRanksAddUp(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for _, count := range []int{3, 10, 60} {
		units := make([]Count, count)
		for i := range units {
			n := int64(math.Exp(9 * random.Float64()))
			units[i] = Count{n - int64(float64(n)*0.3*random.Float64()), n}
		}
		ranks := ok[[]*Rank](t)(Ranks(units, 0.5))
		expected := 0.0
		for rank := range count {
			sum := 0.0
			for _, r := range ranks {
				sum += r.Probabilities[rank]
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Errorf("%d units: rank %d is taken %v times", count, rank+1, sum)
			}
		}
		for _, r := range ranks {
			expected += r.Expected
		}
		if want := float64(count*(count+1)) / 2; math.Abs(expected-want) > 1e-7 {
			t.Errorf("%d units: expected ranks sum to %v, want %v", count, expected, want)
		}
	}
}

func TestRanksWithoutAnswers(t *testing.T) {
	with := []Count{{9, 10}, {}, {18, 20}, {3, 10}, {}}
	without := []Count{with[0], with[2], with[3]}
	got, want := ok[[]*Rank](t)(Ranks(with, 1)), ok[[]*Rank](t)(Ranks(without, 1))
	joint, holm := ok[[]*RankInterval](t)(JointRanks(with, 0.95)), ok[[]*RankInterval](t)(HolmRanks(with, 0.95))
	for _, i := range []int{1, 4} {
		if got[i] != nil || joint[i] != nil || holm[i] != nil {
			t.Errorf("unit %d without answers: %v, %v, %v", i, got[i], joint[i], holm[i])
		}
	}
	for i, j := range []int{0, 2, 3} {
		if !slices.Equal(got[j].Probabilities, want[i].Probabilities) {
			t.Errorf("unit %d: %v, want %v", j, got[j].Probabilities, want[i].Probabilities)
		}
	}
	if places := [3]int{got[0].Place, got[2].Place, got[3].Place}; places != [3]int{1, 1, 3} {
		t.Errorf("places %v", places)
	}
	if joint[0].Worst != 3 || holm[3].Best != 3 {
		t.Errorf("joint %+v, pairwise %+v", *joint[0], *holm[3])
	}
}

func TestGoldsteinHealyAgainstR(t *testing.T) {
	eachVector(t, "12b_goldstein_healy.csv", func(v vector) {
		z := ok[float64](v.t)(GoldsteinHealy(v.floats("se"), 1-v.float("alpha")))
		v.want("z", &z, 1e-10)
	})
}

func TestGoldsteinHealyOfEqualErrors(t *testing.T) {
	for _, conf := range []float64{0.5, 0.9, 0.999} {
		z := ok[float64](t)(GoldsteinHealy([]float64{3, 3, 3, 3}, conf))
		wantNear(t, "z", &z, float(normalQuantile((1+conf)/2)/math.Sqrt2), 1e-12)
		// Against one error that dwarfs the others it is the plain quantile.
		z = ok[float64](t)(GoldsteinHealy([]float64{1e-30, 1e300}, conf))
		wantNear(t, "z", &z, float(normalQuantile((1+conf)/2)), 1e-12)
	}
}

func TestRankingEdges(t *testing.T) {
	if ranks := ok[[]*Rank](t)(Ranks(nil, 0.5)); len(ranks) != 0 {
		t.Errorf("ranks of nothing: %v", ranks)
	}
	some := []Count{{9, 10}, {3, 10}}
	for name, err := range map[string]error{
		"counts":     second(Ranks([]Count{{2, 1}}, 0.5)),
		"prior":      second(Ranks(some, 0.1)),
		"prior NaN":  second(Ranks(some, math.NaN())),
		"conf":       second(Rank{Probabilities: []float64{1}}.Interval(0)),
		"no rank":    second(Rank{}.Interval(0.95)),
		"joint":      second(JointRanks([]Count{{2, 1}}, 0.95)),
		"joint conf": second(JointRanks(some, 1)),
		"holm":       second(HolmRanks([]Count{{2, 1}}, 0.95)),
		"holm conf":  second(HolmRanks(some, 1)),
		"one error":  second(GoldsteinHealy([]float64{1}, 0.95)),
		"zero error": second(GoldsteinHealy([]float64{1, 0}, 0.95)),
		"level":      second(GoldsteinHealy([]float64{1, 1}, 2)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRanks(f *testing.F) {
	f.Add(int64(58), int64(60), int64(930), int64(1000), int64(9), int64(10), 0.5, 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(1), int64(1), int64(1), 1.0, math.NaN())
	f.Add(int64(maxCount), int64(maxCount), int64(maxCount-1), int64(maxCount), int64(1), int64(maxCount), 0.75, 1e-300)
	f.Add(int64(maxCount-66), int64(maxCount-3), int64(maxCount-68), int64(maxCount), int64(79), int64(maxCount), 15557.0, 0.5)
	f.Add(int64(-1), int64(math.MaxInt64), int64(0), int64(7), int64(7), int64(7), math.Inf(1), 1-1e-16)
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2, k3, n3 int64, prior, conf float64) {
		units := []Count{{k1, n1}, {k2, n2}, {k3, n3}}
		ranks, err := Ranks(units, prior)
		wantNumbers(t, ranks, err)
		for _, r := range ranks {
			if r != nil {
				interval, err := r.Interval(conf)
				wantNumbers(t, interval, err)
			}
		}
		joint, err := JointRanks(units, conf)
		wantNumbers(t, joint, err)
		holm, err := HolmRanks(units, conf)
		wantNumbers(t, holm, err)
	})
}

func FuzzGoldsteinHealy(f *testing.F) {
	f.Add(0.01, 0.02, 0.015, 0.95)
	f.Add(5e-324, 1.7e308, 1.0, 1-1e-16)
	f.Add(math.NaN(), math.Inf(1), -1.0, 1e-300)
	f.Fuzz(func(t *testing.T, a, b, c, conf float64) {
		z, err := GoldsteinHealy([]float64{a, b, c}, conf)
		wantNumbers(t, z, err)
	})
}

func ExampleRanks() {
	units := []Count{{19, 20}, {930, 1000}, {1710, 2000}}
	ranks, _ := Ranks(units, 0.5)
	for i, r := range ranks {
		interval, _ := r.Interval(0.95)
		fmt.Printf("%d of %d: place %d, could be %d to %d\n", units[i].Successes, units[i].N, r.Place, interval.Best, interval.Worst)
	}
	// Output:
	// 19 of 20: place 1, could be 1 to 3
	// 930 of 1000: place 2, could be 1 to 2
	// 1710 of 2000: place 3, could be 2 to 3
}

func ExampleRank_Interval() {
	ranks, _ := Ranks([]Count{{95, 100}, {88, 100}, {180, 200}}, 0.5)
	interval, _ := ranks[0].Interval(0.95)
	fmt.Println(interval.Best, interval.Worst)
	// Output: 1 2
}

func ExampleJointRanks() {
	ranks, _ := JointRanks([]Count{{19, 20}, {930, 1000}, {1710, 2000}}, 0.95)
	for _, r := range ranks {
		fmt.Println(r.Best, r.Worst)
	}
	// Output:
	// 1 3
	// 1 2
	// 2 3
}

func ExampleHolmRanks() {
	ranks, _ := HolmRanks([]Count{{19, 20}, {930, 1000}, {1710, 2000}}, 0.95)
	for _, r := range ranks {
		fmt.Println(r.Best, r.Worst)
	}
	// Output:
	// 1 3
	// 1 2
	// 2 3
}

func ExampleGoldsteinHealy() {
	z, _ := GoldsteinHealy([]float64{0.01, 0.02, 0.015, 0.03}, 0.95)
	fmt.Printf("%.4f\n", z)
	// Output: 1.4512
}

// BenchmarkRanks is the table of all communes of a province.
func BenchmarkRanks(b *testing.B) {
	random := rand.New(rand.NewPCG(13, 14))
	units := make([]Count, 150)
	for i := range units {
		n := 30 + random.Int64N(20_000)
		units[i] = Count{int64(float64(n) * (0.8 + 0.19*random.Float64())), n}
	}
	for b.Loop() {
		Ranks(units, 0.5)
	}
}
