package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestShrinkageAgainstR(t *testing.T) {
	units := map[string][]Count{}
	eachVector(t, "14_empirical_bayes.csv", func(v vector) {
		name := v.text("case")
		units[name] = append(units[name], Count{v.int("k"), v.int("n")})
	})
	moments, likelihood := map[string]*BetaPrior{}, map[string]*BetaPrior{}
	for name, of := range units {
		moments[name] = ok[*BetaPrior](t)(MomentPrior(of))
		likelihood[name] = ok[*BetaPrior](t)(LikelihoodPrior(of))
	}
	eachVector(t, "14_empirical_bayes.csv", func(v vector) {
		name := v.text("case")
		m, l := moments[name], likelihood[name]
		v.want("mom_pi", &m.Mean, 1e-12)
		v.want("mom_rho", &m.Rho, 1e-12)
		for column, got := range map[string]*float64{"mom_alpha": m.Alpha, "mom_beta": m.Beta} {
			if v.text(column) == "Inf" {
				wantNear(v.t, column, got, nil, 0)
			} else {
				v.want(column, got, 1e-11)
			}
		}
		v.want("mle_alpha", l.Alpha, 1e-7)
		v.want("mle_beta", l.Beta, 1e-7)
		v.want("mle_loglik", l.LogLikelihood, 1e-9)
		unit := Count{v.int("k"), v.int("n")}
		s := ok[Shrunken](v.t)(l.Shrink(unit, 0.9, 0.95))
		v.want("raw", s.Raw, 1e-12)
		v.want("eb_mean", s.Value, 1e-8)
		v.want("shrink_B", s.Weight, 1e-8)
		v.want("eb_lo95", lower(s.Interval), 1e-8)
		v.want("eb_hi95", upper(s.Interval), 1e-8)
		v.want("p_ge_90", s.PAtLeast, 1e-7)
		v.want("mom_mean", ok[Shrunken](v.t)(m.Shrink(unit, 0.9, 0.95)).Value, 1e-12)
		all := ok[Shrinkage](v.t)(Shrink(units[name], 0.9, 0.95))
		if all.Pooling != PartialPooling {
			v.t.Errorf("units are %s", all.Pooling)
		}
		v.want("eb_mean", all.Units[v.int("unit")-1].Value, 1e-8)
	})
}

func TestDigammaSteps(t *testing.T) {
	for _, x := range []float64{1e-6, 0.3, 2, 29.5, 30, 1e3} {
		for _, k := range []float64{0, 1, 7, 5000} {
			first, second := digammaSteps(x, k)
			wantFirst, wantSecond := 0.0, 0.0
			for i := range int(k) {
				wantFirst += 1 / (x + float64(i))
				wantSecond -= 1 / (x + float64(i)) / (x + float64(i))
			}
			if math.Abs(first-wantFirst) > 1e-12*wantFirst || math.Abs(second-wantSecond) > 1e-12*-wantSecond {
				t.Errorf("from %v by %v: %v and %v, want %v and %v", x, k, first, second, wantFirst, wantSecond)
			}
		}
	}
	first, second := digammaSteps(0.5, 0.5)
	wantNear(t, "ψ(1) − ψ(1/2)", &first, float(2*math.Ln2), 1e-14)
	wantNear(t, "ψ'(1) − ψ'(1/2)", &second, float(-math.Pi*math.Pi/3), 1e-14)
}

func TestLikelihoodPriorIsTheHighest(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 16))
	fitted := 0
	for range 200 {
		units := make([]Count, 5+random.IntN(30))
		spread := 0.3 * random.Float64()
		for i := range units {
			n := 1 + random.Int64N(1+random.Int64N(3000))
			share := math.Min(1, math.Max(0, 0.85+spread*random.NormFloat64()))
			units[i] = Count{int64(math.Round(float64(n) * share)), n}
		}
		prior := ok[*BetaPrior](t)(LikelihoodPrior(units))
		if prior == nil || prior.Alpha == nil {
			continue
		}
		fitted++
		l := betaBinomial(units)
		top := *l.at(*prior.Alpha, *prior.Beta)
		for _, a := range []float64{0.98, 1, 1.02} {
			for _, b := range []float64{0.98, 1, 1.02} {
				if near := *l.at(*prior.Alpha*a, *prior.Beta*b); near > top+1e-9*math.Abs(top) {
					t.Fatalf("%v: likelihood %v at %+v, %v beside it", units, top, *prior, near)
				}
			}
		}
		if pooled := *l.pooled(prior.Mean); pooled > top {
			t.Fatalf("%v: likelihood %v at %+v, %v pooled", units, top, *prior, pooled)
		}
	}
	if fitted < 100 {
		t.Errorf("only %d of 200 have a spread", fitted)
	}
}

// The spread that units were made with is found again.
func TestPriorsFindTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 18))
	var units []Count
	for range 4000 {
		// A share from Beta(2, 1) is the larger of two uniform ones.
		share, unit := math.Max(random.Float64(), random.Float64()), Count{N: 20}
		for range unit.N {
			if random.Float64() < share {
				unit.Successes++
			}
		}
		units = append(units, unit)
	}
	for name, estimate := range map[string]func([]Count) (*BetaPrior, error){"moments": MomentPrior, "likelihood": LikelihoodPrior} {
		prior := ok[*BetaPrior](t)(estimate(units))
		if math.Abs(*prior.Alpha-2) > 0.2 || math.Abs(*prior.Beta-1) > 0.1 {
			t.Errorf("%s: Beta(%v, %v)", name, *prior.Alpha, *prior.Beta)
		}
	}
}

func TestShrinkLiesBetweenTheUnitAndAll(t *testing.T) {
	prior := BetaPrior{Mean: 0.9, Alpha: float(90), Beta: float(10)}
	for _, unit := range []Count{{1, 10}, {10, 10}, {600, 1000}, {0, 1}} {
		s := ok[Shrunken](t)(prior.Shrink(unit, 0.9, 0.95))
		between := *s.Weight*0.9 + (1-*s.Weight)**s.Raw
		wantNear(t, "value", s.Value, &between, 1e-12)
	}
	mirrored := BetaPrior{Mean: 0.1, Alpha: float(10), Beta: float(90)}
	a, b := ok[Shrunken](t)(prior.Shrink(Count{7, 10}, 0.9, 0.95)), ok[Shrunken](t)(mirrored.Shrink(Count{3, 10}, 0.1, 0.95))
	wantNear(t, "mirrored", lower(a.Interval), float(1-b.Interval.Upper), 1e-12)
	wantNear(t, "tails", a.PAtLeast, float(1-*b.PAtLeast), 1e-12)
}

func TestShrinkageEdges(t *testing.T) {
	for name, test := range map[string]struct {
		units   []Count
		pooling Pooling
	}{
		"nothing":              {nil, NoPooling},
		"four units":           {[]Count{{9, 10}, {70, 100}, {95, 100}, {30, 50}, {}}, NoPooling},
		"alike":                {[]Count{{90, 100}, {90, 100}, {90, 100}, {90, 100}, {90, 100}}, CompletePooling},
		"closer than chance":   {[]Count{{900_100, 1e6}, {900_000, 1e6}, {899_950, 1e6}, {900_020, 1e6}, {899_990, 1e6}}, CompletePooling},
		"all satisfied":        {[]Count{{5, 5}, {10, 10}, {3, 3}, {7, 7}, {9, 9}}, CompletePooling},
		"all or none":          {[]Count{{5, 5}, {0, 5}, {5, 5}, {0, 5}, {5, 5}}, NoPooling},
		"one answer each":      {[]Count{{1, 1}, {0, 1}, {1, 1}, {1, 1}, {1, 1}}, NoPooling},
		"spread":               {[]Count{{9, 10}, {70, 100}, {95, 100}, {30, 50}, {99, 100}}, PartialPooling},
		"one without answers":  {[]Count{{9, 10}, {70, 100}, {}, {95, 100}, {30, 50}, {99, 100}}, PartialPooling},
		"one satisfied of all": {[]Count{{1, 9}, {0, 9}, {0, 9}, {0, 9}, {0, 9}}, CompletePooling},
	} {
		s := ok[Shrinkage](t)(Shrink(test.units, 0.9, 0.95))
		if s.Pooling != test.pooling || (s.Prior == nil) != (s.Pooling == NoPooling) {
			t.Errorf("%s: %s with prior %+v", name, s.Pooling, s.Prior)
		}
		for i, unit := range s.Units {
			switch {
			case test.units[i].N == 0:
				if unit.Raw != nil || unit.Value != nil {
					t.Errorf("%s: %+v without answers", name, unit)
				}
			case s.Pooling == NoPooling && (*unit.Value != *unit.Raw || *unit.Weight != 0),
				s.Pooling == CompletePooling && (*unit.Value != s.Prior.Mean || *unit.Weight != 1),
				(unit.Interval != nil) != (s.Pooling == PartialPooling):
				t.Errorf("%s: %s with value %v, weight %v, interval %v", name, s.Pooling, *unit.Value, *unit.Weight, unit.Interval)
			}
		}
	}
	if prior := ok[*BetaPrior](t)(MomentPrior([]Count{{1, 1}, {0, 1}})); prior != nil {
		t.Errorf("one answer each: %+v", *prior)
	}
	if prior := ok[*BetaPrior](t)(MomentPrior([]Count{{90, 100}, {91, 100}})); prior.Rho >= 0 || prior.Alpha != nil {
		t.Errorf("closer than chance: %+v", *prior)
	}
	fine := BetaPrior{Mean: 0.5}
	for name, err := range map[string]error{
		"counts":     second(Shrink([]Count{{2, 1}}, 0.9, 0.95)),
		"conf":       second(Shrink(nil, 0.9, 1)),
		"threshold":  second(Shrink(nil, 0, 0.95)),
		"moments":    second(MomentPrior([]Count{{2, 1}})),
		"likelihood": second(LikelihoodPrior([]Count{{2, 1}})),
		"unit":       second(fine.Shrink(Count{2, 1}, 0.9, 0.95)),
		"level":      second(fine.Shrink(Count{1, 2}, 0.9, 0)),
		"mean":       second(BetaPrior{Mean: math.NaN()}.Shrink(Count{1, 2}, 0.9, 0.95)),
		"one alone":  second(BetaPrior{Alpha: float(1)}.Shrink(Count{1, 2}, 0.9, 0.95)),
		"negative":   second(BetaPrior{Alpha: float(1), Beta: float(-1)}.Shrink(Count{1, 2}, 0.9, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzShrink(f *testing.F) {
	f.Add(int64(930), int64(1000), int64(19), int64(20), int64(340), int64(400), int64(9), int64(10), 0.9, 0.95)
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), math.NaN(), math.NaN())
	f.Add(int64(1), int64(maxCount/4), int64(maxCount/8), int64(maxCount/4), int64(0), int64(1), int64(1), int64(1), 5e-324, 1-1e-16)
	f.Add(int64(5), int64(5), int64(0), int64(7), int64(0), int64(1), int64(1), int64(2), 1.0, 1e-300)
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2, k3, n3, k4, n4 int64, threshold, conf float64) {
		a, b, c, d := Count{k1, n1}, Count{k2, n2}, Count{k3, n3}, Count{k4, n4}
		for _, units := range [][]Count{{a, b, c, d}, {a, a, b, b, c, c, d, d}, {a, b, c, d, {9, 10}, {70, 100}}} {
			s, err := Shrink(units, threshold, conf)
			wantNumbers(t, s, err)
			moments, err := MomentPrior(units)
			wantNumbers(t, moments, err)
			likelihood, err := LikelihoodPrior(units)
			wantNumbers(t, likelihood, err)
		}
	})
}

func FuzzBetaPrior(f *testing.F) {
	f.Add(0.9, 90.0, 10.0, int64(9), int64(10), 0.9, 0.95)
	f.Add(math.NaN(), math.Inf(1), 5e-324, int64(0), int64(1), 5e-324, 1-1e-16)
	f.Add(1.0, 5e-324, 5e-324, int64(0), int64(maxCount), 1.0, 1e-300)
	f.Add(1.0, 5e-324, 5e-324, int64(0), int64(maxCount), 0.5, 1e-300)
	f.Add(1.0, 2.04, 52.74, int64(365), int64(999999999909), 0.00625, 7e-301)
	f.Fuzz(func(t *testing.T, mean, alpha, beta float64, k, n int64, threshold, conf float64) {
		for _, prior := range []BetaPrior{{Mean: mean}, {Mean: mean, Alpha: &alpha, Beta: &beta}} {
			s, err := prior.Shrink(Count{k, n}, threshold, conf)
			wantNumbers(t, s, err)
		}
	})
}

func ExampleShrink() {
	units := []Count{{930, 1000}, {460, 500}, {19, 20}, {1710, 2000}, {9, 10}, {6, 10}}
	s, _ := Shrink(units, 0.90, 0.95)
	for i, unit := range s.Units {
		fmt.Printf("%d of %d: %.3f becomes %.3f\n", units[i].Successes, units[i].N, *unit.Raw, *unit.Value)
	}
	// Output:
	// 930 of 1000: 0.930 becomes 0.928
	// 460 of 500: 0.920 becomes 0.917
	// 19 of 20: 0.950 becomes 0.905
	// 1710 of 2000: 0.855 becomes 0.856
	// 9 of 10: 0.900 becomes 0.893
	// 6 of 10: 0.600 becomes 0.856
}

func ExampleBetaPrior_Shrink() {
	alpha, beta := 94.83, 10.43
	s, _ := BetaPrior{Mean: 0.901, Alpha: &alpha, Beta: &beta}.Shrink(Count{19, 20}, 0.90, 0.95)
	fmt.Printf("%.3f, from %.3f to %.3f; at least 0.90 with probability %.2f\n", *s.Value, s.Interval.Lower, s.Interval.Upper, *s.PAtLeast)
	// Output: 0.909, from 0.853 to 0.952; at least 0.90 with probability 0.66
}

func ExampleMomentPrior() {
	prior, _ := MomentPrior([]Count{{930, 1000}, {460, 500}, {19, 20}, {1710, 2000}, {9, 10}, {6, 10}})
	fmt.Printf("mean %.3f, ρ %.3f\n", prior.Mean, prior.Rho)
	// Output: mean 0.885, ρ 0.023
}

func ExampleLikelihoodPrior() {
	prior, _ := LikelihoodPrior([]Count{{930, 1000}, {460, 500}, {19, 20}, {1710, 2000}, {9, 10}, {6, 10}})
	fmt.Printf("Beta(%.1f, %.1f)\n", *prior.Alpha, *prior.Beta)
	// Output: Beta(62.2, 7.5)
}
