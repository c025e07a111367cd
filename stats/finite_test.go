package stats

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"
)

func TestFiniteIntervalAgainstR(t *testing.T) {
	eachVector(t, "03_fpc_ci.csv", func(v vector) {
		s := FiniteSample{v.int("k"), v.int("n"), v.int("N")}
		e := ok[Estimate](v.t)(s.Interval(Method(v.text("method")), v.float("conf")))
		v.want("estimate", e.Value, 1e-12)
		v.want("lower", lower(e.Interval), 1e-12)
		v.want("upper", upper(e.Interval), 1e-12)
		v.want("se_fpc", ok[*float64](v.t)(s.SE()), 1e-12)
		if v.text("n_star") == "Inf" {
			wantNear(v.t, "n_star", e.EffectiveN, nil, 0)
		} else {
			v.want("n_star", e.EffectiveN, 1e-12)
		}
	})
}

func TestHypergeometricTailsAreTheDefinition(t *testing.T) {
	for _, population := range []int64{1, 7, 30} {
		for n := range population + 1 {
			for marked := range population + 1 {
				atMost := new(big.Rat)
				all := new(big.Int).Binomial(population, n)
				for k := int64(-1); k <= n+1; k++ {
					ways := new(big.Int)
					if k >= 0 && k <= n {
						ways.Mul(new(big.Int).Binomial(marked, k), new(big.Int).Binomial(population-marked, n-k))
					}
					probability := new(big.Rat).SetFrac(ways, all)
					atLeast := new(big.Rat).Sub(big.NewRat(1, 1), atMost)
					atMost.Add(atMost, probability)
					wantMost, _ := atMost.Float64()
					wantLeast, _ := atLeast.Float64()
					gotMost, gotLeast := hypergeometricTails(k, marked, n, population)
					if math.Abs(gotMost-wantMost) > 1e-13 || math.Abs(gotLeast-wantLeast) > 1e-13 {
						t.Fatalf("%d of %d with %d of %d: tails %v and %v, want %v and %v", k, n, marked, population, gotMost, gotLeast, wantMost, wantLeast)
					}
				}
			}
		}
	}
}

// A population without end needs no correction.
func TestFiniteIntervalOfALargePopulation(t *testing.T) {
	for corrected, plain := range map[Method]Method{HypergeometricExact: ClopperPearson, WilsonFPC: Wilson, WilsonFPCPossible: Wilson} {
		for _, k := range []int64{0, 1, 180, 199, 200} {
			got := ok[Estimate](t)(FiniteSample{k, 200, maxFinite}.Interval(corrected, 0.95))
			want := ok[Estimate](t)(ProportionInterval(plain, k, 200, 0.95))
			wantNear(t, "lower", lower(got.Interval), lower(want.Interval), 1e-6)
			wantNear(t, "upper", upper(got.Interval), upper(want.Interval), 1e-6)
		}
	}
}

func TestFiniteExactIntervalMirrors(t *testing.T) {
	for _, s := range []FiniteSample{{90, 100, 110}, {3, 10, 40}, {0, 10, 40}, {17, 20, 5000}} {
		a := ok[Estimate](t)(s.Interval(HypergeometricExact, 0.9))
		b := ok[Estimate](t)(FiniteSample{s.N - s.Successes, s.N, s.Population}.Interval(HypergeometricExact, 0.9))
		if math.Abs(a.Interval.Lower+b.Interval.Upper-1) > 1e-15 || math.Abs(a.Interval.Upper+b.Interval.Lower-1) > 1e-15 {
			t.Errorf("%+v: %+v mirrors %+v", s, *a.Interval, *b.Interval)
		}
	}
}

func TestFiniteExactIntervalKeepsItsLevel(t *testing.T) {
	const population, n, conf = 120, 40, 0.95
	intervals := make([]Interval, n+1)
	for k := range intervals {
		intervals[k] = *ok[Estimate](t)(FiniteSample{int64(k), n, population}.Interval(HypergeometricExact, conf)).Interval
	}
	for marked := range int64(population + 1) {
		covered, share := 0.0, float64(marked)/population
		for k, interval := range intervals {
			_, from := hypergeometricTails(int64(k), marked, n, population)
			_, beyond := hypergeometricTails(int64(k)+1, marked, n, population)
			if interval.Lower <= share && share <= interval.Upper {
				covered += from - beyond
			}
		}
		if covered < conf-1e-12 {
			t.Errorf("%d of %d: covered with probability %v", marked, population, covered)
		}
	}
}

func TestFiniteIntervalStaysPossible(t *testing.T) {
	s := FiniteSample{90, 100, 110}
	wide := ok[Estimate](t)(s.Interval(WilsonFPC, 0.95))
	cut := ok[Estimate](t)(s.Interval(WilsonFPCPossible, 0.95))
	if most := 100.0 / 110; wide.Interval.Upper <= most || cut.Interval.Upper != most || cut.Interval.Lower != wide.Interval.Lower {
		t.Errorf("at most %v: %+v cut to %+v", most, *wide.Interval, *cut.Interval)
	}
}

func TestFiniteVerdictIsTheExactTest(t *testing.T) {
	for _, target := range []float64{0.07, 0.5, 0.9, 1} {
		for _, size := range [][2]int64{{30, 100}, {100, 100}, {5, 7}, {1, 1}} {
			for k := range size[0] + 1 {
				s := FiniteSample{k, size[0], size[1]}
				c := ok[Comparison](t)(s.Compare(target, 0.95))
				above, below := c.PAtLeast <= 1-c.Conf, c.PBelow <= 1-c.Conf
				if (c.Verdict == Above) != above || (c.Verdict == Below) != below {
					t.Errorf("%+v against %v: %+v", s, target, c)
				}
				if census := s.N == s.Population; census && (c.Verdict == Above) != (s.share() >= target) {
					t.Errorf("census %+v against %v: %+v", s, target, c)
				}
			}
		}
	}
}

func TestFiniteEdges(t *testing.T) {
	for method := range finiteLimits {
		for _, population := range []int64{0, 5} {
			s := FiniteSample{0, 0, population}
			if e := ok[Estimate](t)(s.Interval(method, 0.95)); e.Value != nil || e.Interval != nil {
				t.Errorf("%s without answers: %+v", method, e)
			}
			if c := ok[Comparison](t)(s.Compare(0.9, 0.95)); c.Verdict != Open || c.Lower != 0 || c.Upper != 1 {
				t.Errorf("without answers: %+v", c)
			}
		}
	}
	if se := ok[*float64](t)(FiniteSample{1, 1, 10}.SE()); se != nil {
		t.Errorf("standard error %v of one answer", *se)
	}
	if e := ok[Estimate](t)(FiniteSample{1, 1, 10}.Interval(WaldFPC, 0.95)); e.Interval != nil {
		t.Errorf("plain interval of one answer: %+v", *e.Interval)
	}
	fine := FiniteSample{9, 10, 20}
	for name, err := range map[string]error{
		"more than drawn":     second(FiniteSample{11, 10, 20}.SE()),
		"negative":            second(FiniteSample{-1, 10, 20}.Interval(WilsonFPC, 0.95)),
		"population too few":  second(FiniteSample{9, 10, 9}.Compare(0.9, 0.95)),
		"population too many": second(FiniteSample{9, 10, 1e12}.Interval(HypergeometricExact, 0.95)),
		"verdict too many":    second(FiniteSample{9, 10, 1e12}.Compare(0.9, 0.95)),
		"method":              second(fine.Interval(Wilson, 0.95)),
		"conf":                second(fine.Interval(WilsonFPC, 0)),
		"target":              second(fine.Compare(math.NaN(), 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFiniteSample(f *testing.F) {
	f.Add(int64(90), int64(100), int64(110), 0.9, 0.95)
	f.Add(int64(0), int64(0), int64(0), math.NaN(), 1.0)
	f.Add(int64(1), int64(1), int64(math.MaxInt64), math.Inf(1), 1e-300)
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), int64(-1), 1.0, 1-1e-16)
	f.Fuzz(func(t *testing.T, k, n, population int64, target, conf float64) {
		s := FiniteSample{k, n, population}
		se, err := s.SE()
		wantNumbers(t, se, err)
		for method := range finiteLimits {
			e, err := s.Interval(method, conf)
			wantNumbers(t, e, err)
		}
		c, err := s.Compare(target, conf)
		wantNumbers(t, c, err)
	})
}

func ExampleFiniteSample_Interval() {
	s := FiniteSample{Successes: 90, N: 100, Population: 1000}
	e, _ := s.Interval(HypergeometricExact, 0.95)
	fmt.Printf("%.3f, from %.3f to %.3f\n", *e.Value, e.Interval.Lower, e.Interval.Upper)
	// Output: 0.900, from 0.828 to 0.948
}

func ExampleFiniteSample_Compare() {
	c, _ := FiniteSample{Successes: 368, N: 400, Population: 500}.Compare(0.90, 0.95)
	fmt.Printf("%v, lower bound %.3f\n", c.Verdict, c.Lower)
	// Output: above, lower bound 0.908
}

func ExampleFiniteSample_SE() {
	se, _ := FiniteSample{Successes: 90, N: 100, Population: 1000}.SE()
	fmt.Printf("%.4f\n", *se)
	// Output: 0.0286
}
