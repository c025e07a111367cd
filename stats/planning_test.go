package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestSampleSizeForMarginAgainstR(t *testing.T) {
	eachVector(t, "05_sample_size_margin.csv", func(v vector) {
		m := Margin{
			HalfWidth: v.float("e"), Share: v.float("p"), Conf: v.float("conf"),
			DesignEffect: v.float("deff"), ResponseRate: v.float("response_rate"),
		}
		yamane := (*float64)(nil)
		if v.maybe("N") != nil {
			population := v.int("N")
			m.Population = &population
			n := ok[int64](v.t)(YamaneSize(population, v.float("e")))
			yamane = asFloat(&n)
		}
		size := ok[MarginSize](v.t)(SampleSizeForMargin(m))
		v.want("n0", &size.Unlimited, 1e-12)
		v.want("n_fpc", &size.Corrected, 1e-12)
		v.want("n", asFloat(&size.Simple), 0)
		v.want("n_deff", asFloat(&size.Answers), 0)
		v.want("n_invite", asFloat(&size.Invitations), 0)
		v.want("n_yamane", yamane, 0)
	})
}

func TestSampleSizeForVerdictAgainstR(t *testing.T) {
	eachVector(t, "02c_sample_size_to_prove.csv", func(v vector) {
		size := ok[VerdictSize](v.t)(SampleSizeForVerdict(v.float("p0"), v.float("p1"), 1-v.float("alpha"), v.float("power")))
		v.want("n_raw", &size.Unrounded, 1e-12)
		v.want("n", asFloat(&size.N), 0)
	})
}

func TestAllocateAgainstR(t *testing.T) {
	eachVector(t, "05b_allocation.csv", func(v vector) {
		var strata []Stratum
		for i, population := range v.ints("N") {
			strata = append(strata, Stratum{Population: population, SD: v.floats("S")[i]})
		}
		for rule, column := range map[AllocationRule]string{ProportionalAllocation: "proportional", NeymanAllocation: "neyman", SquareRootAllocation: "sqrt"} {
			a := ok[Allocation](v.t)(Allocate(rule, strata, v.int("n")))
			for i, want := range v.floats(column + "_raw") {
				wantNear(v.t, column+"_raw", &a.Unrounded[i], &want, 1e-12)
			}
			for i, want := range v.ints(column) {
				if a.Sizes[i] != want {
					v.t.Errorf("%s: %v, want %s", column, a.Sizes, v.text(column))
				}
			}
		}
	})
}

// The margin of the sample planned is the margin asked for.
func TestSampleSizeTurnsTheMarginBack(t *testing.T) {
	for _, population := range []int64{300, 5000, 1_000_000} {
		for _, margin := range []float64{0.01, 0.03, 0.1} {
			m := Margin{HalfWidth: margin, Share: 0.9, Conf: 0.95, Population: &population, DesignEffect: 1, ResponseRate: 1}
			n, size := ok[MarginSize](t)(SampleSizeForMargin(m)).Corrected, float64(population)
			reached := normalQuantile(0.975) * math.Sqrt(0.9*0.1/n*(size-n)/(size-1))
			wantNear(t, "margin", &reached, &margin, 1e-12)
		}
	}
}

func TestSampleSizeForVerdictHasItsPower(t *testing.T) {
	for _, share := range []float64{0.92, 0.94, 0.87} {
		size := ok[VerdictSize](t)(SampleSizeForVerdict(0.9, share, 0.95, 0.8))
		c := ok[CriticalCounts](t)(Critical(Wilson, size.N, 0.9, 0.95))
		power := ok[float64](t)(c.ProbabilityAbove(share))
		if share < 0.9 {
			power = ok[float64](t)(c.ProbabilityBelow(share))
		}
		if math.Abs(power-0.8) > 0.03 {
			t.Errorf("%v on %d answers: power %v", share, size.N, power)
		}
	}
}

// Decimal margins and rates are not exact in binary: it must not cost an answer.
func TestSizesAreNotRoundedUpTwice(t *testing.T) {
	if n := ok[int64](t)(YamaneSize(24_000, 0.015)); n != 3750 {
		t.Errorf("24,000 at 1.5 points: %d", n)
	}
	for rate := int64(1); rate <= 100; rate++ {
		for population := int64(1); population <= 400; population++ {
			// A tiny margin asks for the whole population.
			m := Margin{HalfWidth: 1e-9, Share: 0.5, Conf: 0.95, Population: &population, DesignEffect: 2, ResponseRate: float64(rate) / 100}
			size := ok[MarginSize](t)(SampleSizeForMargin(m))
			if want := (100*population + rate - 1) / rate; size.Invitations != want || size.Answers != population {
				t.Fatalf("%d at a rate of %d %%: %+v, want %d invitations", population, rate, size, want)
			}
		}
	}
}

func TestAllocateWithin(t *testing.T) {
	strata := []Stratum{{12000, 0.3}, {900, 0.35}, {300, 0.4}, {40, 0.45}, {0, 0}}
	for name, test := range map[string]struct {
		rule           AllocationRule
		total, minimum int64
		want           []int64
	}{
		"bounds that do not bind": {ProportionalAllocation, 385, 0, []int64{349, 26, 9, 1, 0}},
		"minimum":                 {ProportionalAllocation, 385, 30, []int64{295, 30, 30, 30, 0}},
		"minimum above stratum":   {ProportionalAllocation, 385, 60, []int64{225, 60, 60, 40, 0}},
		"equal, one taken whole":  {EqualAllocation, 400, 30, []int64{120, 120, 120, 40, 0}},
		"equal, one left over":    {EqualAllocation, 401, 30, []int64{121, 120, 120, 40, 0}},
		"everybody":               {NeymanAllocation, 13240, 2, []int64{12000, 900, 300, 40, 0}},
		"the minima alone":        {SquareRootAllocation, 120, 30, []int64{30, 30, 30, 30, 0}},
		"nobody":                  {EqualAllocation, 0, 0, []int64{0, 0, 0, 0, 0}},
	} {
		a := ok[Allocation](t)(AllocateWithin(test.rule, strata, test.total, test.minimum))
		if fmt.Sprint(a.Sizes) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v, want %v", name, a.Sizes, test.want)
		}
	}
}

func TestAllocationKeepsTotalAndBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		strata := make([]Stratum, 1+random.IntN(12))
		var population, least int64
		minimum := random.Int64N(40)
		for i := range strata {
			strata[i] = Stratum{1 + random.Int64N(1+random.Int64N(2000)), 0.05 + random.Float64()}
			population += strata[i].Population
			least += min(minimum, strata[i].Population)
		}
		total := least + random.Int64N(population-least+1)
		for _, rule := range []AllocationRule{ProportionalAllocation, NeymanAllocation, SquareRootAllocation, EqualAllocation} {
			a := ok[Allocation](t)(AllocateWithin(rule, strata, total, minimum))
			sum := int64(0)
			for i, n := range a.Sizes {
				sum += n
				if n < min(minimum, strata[i].Population) || n > strata[i].Population || math.Abs(float64(n)-a.Unrounded[i]) >= 1 {
					t.Fatalf("%s of %d, at least %d, over %v: %+v", rule, total, minimum, strata, a)
				}
			}
			if sum != total {
				t.Fatalf("%s of %d sums to %d", rule, total, sum)
			}
			free := ok[Allocation](t)(Allocate(rule, strata, total))
			sum = 0
			for _, n := range free.Sizes {
				sum += n
			}
			if sum != total {
				t.Fatalf("%s of %d without bounds sums to %d", rule, total, sum)
			}
		}
	}
}

// Shifting a case from one stratum to another never lowers the variance that Neyman's rule reaches.
func TestNeymanAllocationIsTheBest(t *testing.T) {
	strata := []Stratum{{5200, 0.3}, {8100, 0.36}, {2300, 0.4}}
	variance := func(sizes []float64) (v float64) {
		for i, s := range strata {
			v += math.Pow(float64(s.Population)*s.SD, 2) / sizes[i]
		}
		return v
	}
	best := ok[Allocation](t)(Allocate(NeymanAllocation, strata, 400)).Unrounded
	for i := range strata {
		for j := range strata {
			moved := append([]float64(nil), best...)
			moved[i]++
			moved[j]--
			if i != j && variance(moved) <= variance(best) {
				t.Errorf("one more from stratum %d for %d: %v under %v", j, i, variance(moved), variance(best))
			}
		}
	}
}

func TestPlanningEdges(t *testing.T) {
	nobody, negative := int64(0), int64(-1)
	fine := Margin{HalfWidth: 0.05, Share: 0.5, Conf: 0.95, Population: &nobody, DesignEffect: 1, ResponseRate: 1}
	if size := ok[MarginSize](t)(SampleSizeForMargin(fine)); size.Simple != 0 || size.Invitations != 0 {
		t.Errorf("out of nobody: %+v", size)
	}
	if n := ok[int64](t)(YamaneSize(0, 0.05)); n != 0 {
		t.Errorf("out of nobody: %d", n)
	}
	margin := func(change func(m *Margin)) error {
		m := fine
		change(&m)
		return second(SampleSizeForMargin(m))
	}
	strata := []Stratum{{100, 0.3}, {50, 0}}
	for name, err := range map[string]error{
		"half width":        margin(func(m *Margin) { m.HalfWidth = 0 }),
		"half width NaN":    margin(func(m *Margin) { m.HalfWidth = math.NaN() }),
		"half width tiny":   margin(func(m *Margin) { m.HalfWidth, m.Population = 1e-200, nil }),
		"share":             margin(func(m *Margin) { m.Share = 1 }),
		"conf":              margin(func(m *Margin) { m.Conf = 95 }),
		"population":        margin(func(m *Margin) { m.Population = &negative }),
		"effect":            margin(func(m *Margin) { m.DesignEffect = 0 }),
		"effect infinite":   margin(func(m *Margin) { m.DesignEffect = math.Inf(1) }),
		"rate":              margin(func(m *Margin) { m.ResponseRate = 1.5 }),
		"yamane population": second(YamaneSize(-1, 0.05)),
		"yamane margin":     second(YamaneSize(100, 5)),
		"at the target":     second(SampleSizeForVerdict(0.9, 0.9, 0.95, 0.8)),
		"beyond all sizes":  second(SampleSizeForVerdict(0.9, 0.9+1e-15, 0.95, 0.8)),
		"true share":        second(SampleSizeForVerdict(0.9, 1.1, 0.95, 0.8)),
		"power":             second(SampleSizeForVerdict(0.9, 0.95, 0.95, 1)),
		"target":            second(SampleSizeForVerdict(0, 0.95, 0.95, 0.8)),
		"no strata":         second(Allocate(EqualAllocation, nil, 10)),
		"empty strata":      second(Allocate(ProportionalAllocation, []Stratum{{0, 1}}, 10)),
		"rule":              second(Allocate("fair", strata, 10)),
		"negative total":    second(Allocate(EqualAllocation, strata, -1)),
		"negative stratum":  second(Allocate(EqualAllocation, []Stratum{{-1, 1}}, 1)),
		"deviation":         second(Allocate(NeymanAllocation, []Stratum{{1, math.NaN()}}, 1)),
		"minimum":           second(AllocateWithin(EqualAllocation, strata, 10, -1)),
		"more than all":     second(AllocateWithin(EqualAllocation, strata, 151, 0)),
		"below the minima":  second(AllocateWithin(EqualAllocation, strata, 59, 30)),
		"weightless strata": second(AllocateWithin(NeymanAllocation, strata, 120, 0)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPlanning(f *testing.F) {
	f.Add(0.05, 0.5, 0.95, int64(1000), 1.5, 0.3, 0.8)
	f.Add(math.NaN(), math.Inf(1), 1.0, int64(-1), math.Inf(1), math.NaN(), 0.0)
	f.Add(5e-324, 5e-324, 1-1e-16, int64(math.MaxInt64), 1e300, 5e-324, 1-1e-16)
	f.Add(0.99, 6e-300, 0.89, int64(1), 5e-324, 1.0, 1e-300)
	f.Fuzz(func(t *testing.T, e, share, conf float64, population int64, effect, rate, power float64) {
		m := Margin{HalfWidth: e, Share: share, Conf: conf, DesignEffect: effect, ResponseRate: rate}
		size, err := SampleSizeForMargin(m)
		wantNumbers(t, size, err)
		m.Population = &population
		size, err = SampleSizeForMargin(m)
		wantNumbers(t, size, err)
		if size.Simple > max(0, population) || size.Answers > max(0, population) {
			t.Errorf("%+v out of %d", size, population)
		}
		n, err := YamaneSize(population, e)
		wantNumbers(t, n, err)
		verdict, err := SampleSizeForVerdict(share, e, conf, power)
		wantNumbers(t, verdict, err)
	})
}

func FuzzAllocate(f *testing.F) {
	f.Add(int64(5200), int64(8100), int64(2300), 0.3, 0.36, int64(400), int64(30))
	f.Add(int64(0), int64(0), int64(0), 0.0, math.NaN(), int64(0), int64(0))
	f.Add(int64(1)<<38, int64(1)<<37, int64(3), 1e6, 5e-324, int64(maxSample), int64(7))
	f.Add(int64(1)<<38, int64(1)<<37, int64(3), 1e6, 5e-324, int64(maxSample), int64(math.MaxInt64))
	f.Add(int64(math.MaxInt64), int64(-1), int64(3), 1e-300, math.Inf(1), int64(math.MaxInt64), int64(-1))
	f.Fuzz(func(t *testing.T, a, b, c int64, sd1, sd2 float64, total, minimum int64) {
		strata := []Stratum{{a, sd1}, {b, sd2}, {c, sd1}}
		for _, rule := range []AllocationRule{ProportionalAllocation, NeymanAllocation, SquareRootAllocation, EqualAllocation} {
			free, freeErr := Allocate(rule, strata, total)
			wantNumbers(t, free, freeErr)
			bounded, boundedErr := AllocateWithin(rule, strata, total, minimum)
			wantNumbers(t, bounded, boundedErr)
			for _, allocation := range []Allocation{free, bounded} {
				sum := int64(0)
				for _, n := range allocation.Sizes {
					sum += n
				}
				if allocation.Sizes != nil && sum != total {
					t.Errorf("%s of %d over %v, at least %d: %v sum to %d", rule, total, strata, minimum, allocation.Sizes, sum)
				}
			}
		}
	})
}

func ExampleSampleSizeForMargin() {
	transactions := int64(5000)
	size, _ := SampleSizeForMargin(Margin{
		HalfWidth: 0.05, Share: 0.5, Conf: 0.95, Population: &transactions, DesignEffect: 1.5, ResponseRate: 0.6,
	})
	fmt.Println(size.Simple, "answers,", size.Answers, "under the design,", size.Invitations, "invitations")
	// Output: 357 answers, 536 under the design, 893 invitations
}

func ExampleYamaneSize() {
	n, _ := YamaneSize(5000, 0.05)
	fmt.Println(n)
	// Output: 371
}

func ExampleSampleSizeForVerdict() {
	size, _ := SampleSizeForVerdict(0.90, 0.92, 0.95, 0.80)
	fmt.Println(size.N)
	// Output: 1303
}

func ExampleAllocate() {
	strata := []Stratum{{Population: 5200}, {Population: 8100}, {Population: 2300}}
	a, _ := Allocate(ProportionalAllocation, strata, 400)
	fmt.Println(a.Sizes)
	// Output: [133 208 59]
}

func ExampleAllocateWithin() {
	strata := []Stratum{{Population: 12000}, {Population: 900}, {Population: 300}, {Population: 20}}
	a, _ := AllocateWithin(ProportionalAllocation, strata, 385, 30)
	fmt.Println(a.Sizes)
	// Output: [305 30 30 20]
}
