package stats

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func order(sequence string) []bool {
	out := make([]bool, len(sequence))
	for i := range sequence {
		out[i] = sequence[i] == '1'
	}
	return out
}

func whole(n int64) *float64 {
	x := float64(n)
	return &x
}

func TestWaldWolfowitzAgainstR(t *testing.T) {
	eachVector(t, "16a_runs_test.csv", func(v vector) {
		r := WaldWolfowitz(order(v.text("seq")))
		v.want("n1", whole(r.Successes), 0)
		v.want("n0", whole(r.Failures), 0)
		v.want("runs", whole(r.Runs), 0)
		v.want("expected", r.Expected, 1e-12)
		v.want("variance", r.Variance, 1e-12)
		v.want("z", r.Z, 1e-12)
		v.want("p_too_few", r.PTooFew, 1e-12)
		v.want("p_two_sided", r.PTwoSided, 1e-12)
		v.want("p_too_few_exact", r.PTooFewExact, 1e-12)
	})
}

func TestExactRunsCountEveryOrder(t *testing.T) {
	const n1, n0 = 5, 4
	orders, atMost := 0, map[int64]int{}
	for bits := range 1 << (n1 + n0) {
		sequence := make([]bool, n1+n0)
		successes := 0
		for i := range sequence {
			sequence[i] = bits>>i&1 == 1
			if sequence[i] {
				successes++
			}
		}
		if successes != n1 {
			continue
		}
		orders++
		runs := WaldWolfowitz(sequence).Runs
		for r := runs; r <= n1+n0; r++ {
			atMost[r]++
		}
	}
	for r := int64(2); r <= n1+n0; r++ {
		sameNumber(t, fmt.Sprint(r), runsAtMost(r, n1, n0), float64(atMost[r])/float64(orders), 1e-12)
	}
}

func TestRunProbabilityAgainstR(t *testing.T) {
	eachVector(t, "16b_longest_run.csv", func(v vector) {
		p := ok[float64](v.t)(RunProbability(v.int("n"), v.int("m"), v.float("p")))
		v.want("p_run_ge_m", &p, 1e-12)
	})
}

func TestRunProbabilityCountsEveryOrder(t *testing.T) {
	const n, p = 11, 0.7
	for length := int64(1); length <= n; length++ {
		var want float64
		for bits := range 1 << n {
			weight, row, longest := 1.0, int64(0), int64(0)
			for i := range n {
				if bits>>i&1 == 1 {
					weight *= p
					row++
					longest = max(longest, row)
				} else {
					weight *= 1 - p
					row = 0
				}
			}
			if longest >= length {
				want += weight
			}
		}
		sameNumber(t, fmt.Sprint(length), ok[float64](t)(RunProbability(n, length, p)), want, 1e-12)
	}
}

func TestPoissonDispersionAgainstR(t *testing.T) {
	eachVector(t, "16c_dispersion.csv", func(v vector) {
		d := ok[Dispersion](v.t)(PoissonDispersion(v.ints("counts")))
		v.want("n_bins", whole(int64(d.Bins)), 0)
		v.want("mean", d.Mean, 1e-12)
		v.want("dispersion_stat", d.Statistic, 1e-12)
		v.want("index", d.Index, 1e-12)
		v.want("p_under", d.PUnder, 1e-12)
		v.want("p_over", d.POver, 1e-12)
		wantDigits(v, "p_over", d.POver, 1e-9)
	})
}

// wantDigits compares relative to the number, however small it is.
func wantDigits(v vector, column string, got *float64, tolerance float64) {
	v.t.Helper()
	want := v.maybe(column)
	if got == nil || want == nil {
		wantNear(v.t, column, got, want, 0)
		return
	}
	if math.Abs(*got-*want) > tolerance*math.Abs(*want) {
		v.t.Errorf("%s: got %v, want %v", column, *got, *want)
	}
}

func TestDescribeGapsAgainstR(t *testing.T) {
	eachVector(t, "16d_interarrival.csv", func(v vector) {
		g := ok[Gaps](v.t)(DescribeGaps(v.floats("times"), 10, 1))
		v.want("n_gaps", whole(int64(g.N)), 0)
		v.want("mean_gap", g.Mean, 1e-12)
		v.want("sd_gap", g.SD, 1e-12)
		v.want("cv", g.CV, 1e-12)
		v.want("burstiness", g.Burstiness, 1e-12)
		v.want("min_gap", g.Min, 1e-12)
		v.want("share_gap_le_10s", g.ShortShare, 1e-12)
		v.want("median_gap", g.Median, 1e-12)
	})
}

func TestScanProbabilityAgainstR(t *testing.T) {
	eachVector(t, "16e_scan_burst.csv", func(v vector) {
		p := ok[float64](v.t)(ScanProbability(v.int("N"), v.int("k"), v.float("w")))
		v.want("p_approx", &p, 1e-10)
	})
}

func TestCompareMixAgainstR(t *testing.T) {
	eachVector(t, "16f_entropy.csv", func(v vector) {
		m := ok[AnswerMix](v.t)(CompareMix(v.ints("counts"), v.floats("reference")))
		v.want("n", whole(m.N), 0)
		v.want("entropy_bits", m.Entropy, 1e-12)
		v.want("entropy_norm", m.NormalizedEntropy, 1e-12)
		v.want("g_stat", m.G, 1e-12)
		v.want("pearson", m.Pearson, 1e-12)
		v.want("df", whole(int64(m.DF)), 0)
		wantDigits(v, "p_g", m.PG, 1e-9)
		wantDigits(v, "p_pearson", m.PPearson, 1e-9)
		v.want("kl_bits", m.KullbackLeibler, 1e-12)
		v.want("js_bits", m.JensenShannon, 1e-12)
	})
}

func TestDescribeStyleAgainstR(t *testing.T) {
	eachVector(t, "16g_straightlining.csv", func(v vector) {
		var answers []int
		for _, x := range v.maybes("answers") {
			if x != nil {
				answers = append(answers, int(*x))
			}
		}
		s := DescribeStyle(answers)
		v.want("longstring", whole(int64(s.LongString)), 0)
		v.want("irv", s.IRV, 1e-12)
		if s.StraightLined != (v.int("straightlined") == 1) {
			v.t.Errorf("straight-lined: %v", s.StraightLined)
		}
	})
}

func TestFindDuplicatesAgainstR(t *testing.T) {
	eachVector(t, "16h_duplicates.csv", func(v vector) {
		counts := map[string]int64{}
		for pattern := range strings.SplitSeq(v.text("patterns"), ";") {
			counts[pattern]++
		}
		d := ok[Duplicates](v.t)(FindDuplicates(counts, nil))
		v.want("n", whole(d.N), 0)
		v.want("n_distinct", whole(d.Distinct), 0)
		v.want("max_dup", whole(d.Largest), 0)
		v.want("pairs_identical", &d.IdenticalPairs, 0)
		v.want("simpson", d.Simpson, 1e-12)
		v.want("top_share", d.TopShare, 1e-12)
		if d.ExpectedPairs != nil || d.P != nil {
			v.t.Error("an expectation without others")
		}
	})
}

func TestFindOutliersAgainstR(t *testing.T) {
	eachVector(t, "16i_modified_z.csv", func(v vector) {
		o := ok[Outliers](v.t)(FindOutliers(v.floats("x")))
		v.want("median", o.Median, 1e-12)
		v.want("mad", o.MAD, 1e-12)
		for i, z := range v.maybes("modified_z") {
			wantNear(v.t, "modified z", o.ModifiedZ[i], z, 1e-12)
		}
	})
}

func TestAnomalyIdentities(t *testing.T) {
	// Every other answer is as far from chance as all in two blocks, to the other side.
	alternating, blocks := WaldWolfowitz(order("10101010101010101010")), WaldWolfowitz(order("11111111110000000000"))
	sameNumber(t, "runs", *alternating.Z, -*blocks.Z, 1e-15)
	// One answer to choose from is a binomial sample: G is that of two cells, X² is z².
	mix := ok[AnswerMix](t)(CompareMix([]int64{30, 70}, []float64{0.4, 0.6}))
	sameNumber(t, "pearson", *mix.Pearson, math.Pow(scoreStatistic(0.3, 100, 0.4), 2), 1e-12)
	sameNumber(t, "G is 2n·KL in nats", *mix.G, 2*100**mix.KullbackLeibler*math.Ln2, 1e-12)
	// The reference may be counts, and the divergence is the same from either side.
	other := ok[AnswerMix](t)(CompareMix([]int64{40, 60}, []float64{30, 70}))
	sameNumber(t, "js", *other.JensenShannon, *mix.JensenShannon, 1e-15)
	apart := ok[AnswerMix](t)(CompareMix([]int64{5, 0}, []float64{0, 1}))
	sameNumber(t, "nothing in common", *apart.JensenShannon, 1, 1e-15)
	if apart.G != nil || apart.PG != nil || apart.KullbackLeibler != nil {
		t.Errorf("an answer the reference does not know: %+v", apart)
	}
	// Two shifts are one fourfold table: Fisher's test of 9/10 against 3/10.
	shifts := ok[[]Shift](t)(ContrastShifts([]Sample{{9, 10}, {3, 10}}))
	sameNumber(t, "fisher", *shifts[0].P, 0.0197666111/2, 1e-9)
	sameNumber(t, "difference", *shifts[0].Difference, -*shifts[1].Difference, 1e-15)
	var every float64
	for x := int64(0); x <= 10; x++ {
		_, atLeast := hypergeometricTails(x, 12, 10, 20)
		_, above := hypergeometricTails(x+1, 12, 10, 20)
		every += atLeast - above
	}
	sameNumber(t, "all", every, 1, 1e-12)
	// The pairs expected of others are those found among as many alike.
	d := ok[Duplicates](t)(FindDuplicates(map[string]int64{"5555": 50, "4444": 50}, map[string]int64{"5555": 500, "4444": 500}))
	sameNumber(t, "expected pairs", *d.ExpectedPairs, 100*99/4.0, 1e-9)
	if *d.P < 0.5 {
		t.Errorf("patterns as among others: P = %v", *d.P)
	}
	// Clockwork is clockwork in any unit and order.
	gaps, scaled := ok[Gaps](t)(DescribeGaps([]float64{0, 60, 180, 120, 240, 900}, 10, 1)), ok[Gaps](t)(DescribeGaps([]float64{1800, 0, 120, 360, 240, 480}, 20, 2))
	sameNumber(t, "burstiness", *gaps.Burstiness, *scaled.Burstiness, 1e-15)
	sameNumber(t, "clockwork", *gaps.ClockworkShare, 0.8, 1e-15)
	sameNumber(t, "interval", *gaps.Interval, 60, 0)
	// A sum of the window: 5 of 6 arrivals within one minute.
	burst := ok[Burst](t)(FindBurst([]float64{100, 10, 20, 30, 40, 70}, 0, 600, 60))
	if burst.Count != 5 || *burst.Start != 10 {
		t.Errorf("burst %+v", burst)
	}
	sameNumber(t, "burst", *burst.P, ok[float64](t)(ScanProbability(6, 5, 0.1)), 0)
	run := ok[LongestRun](t)(FindLongestRun(order("0111011111"), 0.8))
	if run.Length != 5 {
		t.Errorf("longest run %d", run.Length)
	}
	sameNumber(t, "run", *run.P, ok[float64](t)(RunProbability(10, 5, 0.8)), 0)
	straight := ok[StraightLines](t)(CompareStraightLines(Sample{9, 10}, 0.5))
	sameNumber(t, "straight lines", *straight.P, 11.0/1024, 1e-12)
}

func TestAnomaliesOfNothing(t *testing.T) {
	if r := WaldWolfowitz(nil); r.Expected != nil || r.Z != nil || r.PTooFewExact != nil {
		t.Errorf("runs %+v", r)
	}
	if r := WaldWolfowitz([]bool{true}); r.Variance != nil || *r.Expected != 1 {
		t.Errorf("runs %+v", r)
	}
	if r := ok[LongestRun](t)(FindLongestRun(nil, 0.9)); r.P != nil {
		t.Errorf("longest run %+v", r)
	}
	if d := ok[Dispersion](t)(PoissonDispersion([]int64{0, 0})); d.Statistic != nil || *d.Mean != 0 {
		t.Errorf("dispersion %+v", d)
	}
	if g := ok[Gaps](t)(DescribeGaps([]float64{7}, 10, 1)); g.Mean != nil {
		t.Errorf("gaps %+v", g)
	}
	if g := ok[Gaps](t)(DescribeGaps([]float64{7, 7, 7}, 10, 1)); g.Burstiness != nil || *g.SD != 0 || g.ClockworkShare != nil {
		t.Errorf("gaps %+v", g)
	}
	if b := ok[Burst](t)(FindBurst(nil, 0, 10, 1)); b.P != nil || b.Start != nil {
		t.Errorf("burst %+v", b)
	}
	if m := ok[AnswerMix](t)(CompareMix([]int64{0, 0}, []float64{1, 1})); m.Entropy != nil || m.G != nil {
		t.Errorf("mix %+v", m)
	}
	if s := ok[[]Shift](t)(ContrastShifts([]Sample{{3, 5}, {0, 0}})); s[0].P != nil || s[1].P != nil {
		t.Errorf("shifts %+v", s)
	}
	if s := DescribeStyle(nil); s.IRV != nil || s.StraightLined {
		t.Errorf("style %+v", s)
	}
	if s := ok[StraightLines](t)(CompareStraightLines(Sample{}, 0.5)); s.P != nil || s.Anomaly().Statistic != nil {
		t.Errorf("straight lines %+v", s)
	}
	if d := ok[Duplicates](t)(FindDuplicates(map[int]int64{}, nil)); d.Simpson != nil {
		t.Errorf("duplicates %+v", d)
	}
	if o := ok[Outliers](t)(FindOutliers(nil)); o.Median != nil {
		t.Errorf("outliers %+v", o)
	}
}

func TestAnomalyRefusals(t *testing.T) {
	minus := int64(-1)
	for name, call := range map[string]func() error{
		"run of answers -1":    func() error { _, err := RunProbability(-1, 1, 0.5); return err },
		"run of too many":      func() error { _, err := RunProbability(math.MaxInt64, 3, 0.5); return err },
		"run below 0":          func() error { _, err := RunProbability(5, -1, 0.5); return err },
		"probability NaN":      func() error { _, err := FindLongestRun([]bool{true}, math.NaN()); return err },
		"count":                func() error { _, err := PoissonDispersion([]int64{1, -1}); return err },
		"time":                 func() error { _, err := DescribeGaps([]float64{math.Inf(1), 0}, 10, 1); return err },
		"tolerance":            func() error { _, err := DescribeGaps(nil, 10, -1); return err },
		"scan":                 func() error { _, err := ScanProbability(5, -1, 0.1); return err },
		"window 0":             func() error { _, err := ScanProbability(5, 2, 0); return err },
		"arrival outside":      func() error { _, err := FindBurst([]float64{11}, 0, 10, 1); return err },
		"window beyond":        func() error { _, err := FindBurst(nil, 0, 10, 11); return err },
		"lengths":              func() error { _, err := FindImpossible([]int64{1}, nil); return err },
		"files":                func() error { _, err := FindImpossible([]int64{1}, []*int64{&minus}); return err },
		"reference shorter":    func() error { _, err := CompareMix([]int64{1, 2}, []float64{1}); return err },
		"reference of nothing": func() error { _, err := CompareMix([]int64{1, 2}, []float64{0, 0}); return err },
		"reference NaN":        func() error { _, err := CompareMix([]int64{1, 2}, []float64{0, math.NaN()}); return err },
		"answers":              func() error { _, err := CompareMix([]int64{1, -2}, []float64{1, 1}); return err },
		"shift":                func() error { _, err := ContrastShifts([]Sample{{2, 1}}); return err },
		"usual":                func() error { _, err := CompareStraightLines(Sample{1, 2}, 2); return err },
		"pattern":              func() error { _, err := FindDuplicates(map[int]int64{1: -1}, nil); return err },
		"others":               func() error { _, err := FindDuplicates(nil, map[int]int64{1: math.MaxInt64}); return err },
		"number":               func() error { _, err := FindOutliers([]float64{math.NaN()}); return err },
	} {
		if err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryAnomalyNamesItself(t *testing.T) {
	files := int64(3)
	found := ok[[]Impossible](t)(FindImpossible([]int64{3, 5, 9}, []*int64{&files, &files, nil}))
	if len(found) != 1 || found[0].Index != 1 {
		t.Fatalf("impossible %+v", found)
	}
	outliers := ok[Outliers](t)(FindOutliers([]float64{0.91, 0.93, 0.9, 0.92, 0.94, 0.99, 0.6}))
	if len(outliers.Far) != 1 || outliers.Far[0] != 6 {
		t.Fatalf("outliers at %v", outliers.Far)
	}
	names := map[string]bool{}
	for _, a := range []Anomaly{
		WaldWolfowitz(order("1110")).Anomaly(),
		ok[LongestRun](t)(FindLongestRun(order("1110"), 0.5)).Anomaly(),
		ok[Burst](t)(FindBurst([]float64{1, 2, 9}, 0, 10, 2)).Anomaly(),
		ok[Dispersion](t)(PoissonDispersion([]int64{3, 9})).Anomaly(),
		ok[Gaps](t)(DescribeGaps([]float64{1, 2, 3, 4}, 10, 1)).Anomaly(),
		ok[AnswerMix](t)(CompareMix([]int64{3, 9}, []float64{0.5, 0.5})).Anomaly(),
		ok[StraightLines](t)(CompareStraightLines(Sample{3, 4}, 0.5)).Anomaly(),
		ok[Duplicates](t)(FindDuplicates(map[int]int64{5: 3}, map[int]int64{5: 2, 4: 2})).Anomaly(),
		outliers.Anomaly(6),
		found[0].Anomaly(),
		ok[[]Shift](t)(ContrastShifts([]Sample{{9, 10}, {3, 10}}))[0].Anomaly(),
	} {
		if a.Name == "" || names[a.Name] || a.N == 0 || a.Statistic == nil || a.P == nil && a.Score == nil {
			t.Errorf("%+v", a)
		}
		names[a.Name] = true
	}
}

func finiteAnomaly(t *testing.T, a Anomaly) {
	t.Helper()
	finite(t, a.Name, a.Statistic, a.P, a.Score)
	if a.P != nil && (*a.P < 0 || *a.P > 1) {
		t.Errorf("%s: P = %v", a.Name, *a.P)
	}
}

func FuzzAnomaliesOfCounts(f *testing.F) {
	f.Add(int64(3), int64(9), int64(2), int64(7), 0.5, 0.1)
	f.Add(int64(0), int64(0), int64(0), int64(1), math.NaN(), math.Inf(1))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(-1), int64(1), 1e-300, 1e100)
	f.Fuzz(func(t *testing.T, a, b, c, d int64, p, q float64) {
		if x, err := RunProbability(a%5000, b%5000, p); err == nil {
			finite(t, "run", &x)
		}
		if x, err := ScanProbability(a, b, p); err == nil {
			finite(t, "scan", &x)
		}
		if x, err := PoissonDispersion([]int64{a, b, c}); err == nil {
			finiteAnomaly(t, x.Anomaly())
			finite(t, "dispersion", x.Mean, x.Index, x.PUnder)
		}
		if x, err := CompareMix([]int64{a, b, c}, []float64{p, q, 1}); err == nil {
			finiteAnomaly(t, x.Anomaly())
			finite(t, "mix", x.Entropy, x.NormalizedEntropy, x.Pearson, x.PPearson, x.KullbackLeibler)
		}
		if x, err := ContrastShifts([]Sample{{a % 2000, b % 2000}, {c % 2000, d % 2000}}); err == nil {
			for _, s := range x {
				finiteAnomaly(t, s.Anomaly())
			}
		}
		if x, err := CompareStraightLines(Sample{a, b}, p); err == nil {
			finiteAnomaly(t, x.Anomaly())
		}
		if x, err := FindDuplicates(map[int]int64{1: a, 2: b}, map[int]int64{1: c, 3: d}); err == nil {
			finiteAnomaly(t, x.Anomaly())
			finite(t, "duplicates", x.Simpson, x.TopShare, x.ExpectedPairs)
		}
		if x, err := FindImpossible([]int64{a, b}, []*int64{&c, nil}); err == nil {
			for _, i := range x {
				finiteAnomaly(t, i.Anomaly())
			}
		}
	})
}

func FuzzAnomaliesOfNumbers(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, []byte{1, 0, 1})
	f.Add(math.NaN(), math.Inf(1), -1e100, 1e100, []byte{})
	f.Add(0.0, 5e-324, 1e-323, 1e-160, []byte{0})
	f.Fuzz(func(t *testing.T, a, b, c, d float64, answers []byte) {
		times := []float64{a, b, c, d}
		if x, err := DescribeGaps(times, a, b); err == nil {
			finiteAnomaly(t, x.Anomaly())
			finite(t, "gaps", x.Mean, x.SD, x.Min, x.Median, x.CV, x.ShortShare, x.Interval)
		}
		if x, err := FindBurst(times, a, d, b); err == nil {
			finiteAnomaly(t, x.Anomaly())
		}
		if x, err := FindOutliers(times); err == nil {
			for i := range times {
				finiteAnomaly(t, x.Anomaly(i))
			}
		}
		sequence, values := make([]bool, len(answers)), make([]int, len(answers))
		for i, a := range answers {
			sequence[i], values[i] = a%2 == 1, int(a)
		}
		r := WaldWolfowitz(sequence)
		finiteAnomaly(t, r.Anomaly())
		finite(t, "runs", r.Expected, r.Variance, r.PTooFew, r.PTwoSided)
		if x, err := FindLongestRun(sequence, a); err == nil {
			finiteAnomaly(t, x.Anomaly())
		}
		finite(t, "irv", DescribeStyle(values).IRV)
	})
}

func ExampleWaldWolfowitz() {
	r := WaldWolfowitz([]bool{true, true, true, true, true, true, false, false, false, false})
	fmt.Printf("%d runs, %.1f expected, P = %.4f\n", r.Runs, *r.Expected, *r.PTooFewExact)
	// Output: 2 runs, 5.8 expected, P = 0.0095
}

func ExampleRunProbability() {
	twenty, _ := RunProbability(200, 20, 0.9)
	sixty, _ := RunProbability(200, 60, 0.9)
	fmt.Printf("%.3f %.3f\n", twenty, sixty)
	// Output: 0.960 0.027
}

func ExampleFindLongestRun() {
	run, _ := FindLongestRun([]bool{true, true, true, false, true}, 0.9)
	fmt.Printf("%d, P = %.2f\n", run.Length, *run.P)
	// Output: 3, P = 0.87
}

func ExamplePoissonDispersion() {
	d, _ := PoissonDispersion([]int64{0, 0, 1, 0, 35, 2, 0, 1, 0, 0})
	fmt.Printf("D = %.1f, %.0f times the variance of chance\n", *d.Statistic, *d.Index)
	// Output: D = 276.6, 31 times the variance of chance
}

func ExampleDescribeGaps() {
	g, _ := DescribeGaps([]float64{0, 60, 120, 180, 240}, 10, 1)
	fmt.Printf("burstiness %.0f, %.0f %% of the gaps alike\n", *g.Burstiness, 100**g.ClockworkShare)
	// Output: burstiness -1, 100 % of the gaps alike
}

func ExampleScanProbability() {
	p, _ := ScanProbability(50, 7, 0.02)
	fmt.Printf("%.4f\n", p)
	// Output: 0.0160
}

func ExampleFindBurst() {
	b, _ := FindBurst([]float64{10, 300, 301, 302, 303, 304, 900}, 0, 1000, 10)
	fmt.Printf("%d of %d, P = %.1g\n", b.Count, b.Arrivals, *b.P)
	// Output: 5 of 7, P = 1e-06
}

func ExampleFindImpossible() {
	files := int64(12)
	found, _ := FindImpossible([]int64{10, 15}, []*int64{nil, &files})
	fmt.Println(found[0].Index, found[0].Ratings-found[0].Files)
	// Output: 1 3
}

func ExampleCompareMix() {
	m, _ := CompareMix([]int64{0, 0, 0, 0, 120}, []float64{0.02, 0.03, 0.1, 0.45, 0.4})
	fmt.Printf("G = %.1f, P = %.0e, Jensen–Shannon %.3f\n", *m.G, *m.PG, *m.JensenShannon)
	// Output: G = 219.9, P = 2e-46, Jensen–Shannon 0.396
}

func ExampleContrastShifts() {
	shifts, _ := ContrastShifts([]Sample{{58, 60}, {170, 200}})
	fmt.Printf("%.3f above the others, P = %.3f\n", *shifts[0].Difference, *shifts[0].P)
	// Output: 0.117 above the others, P = 0.009
}

func ExampleDescribeStyle() {
	s := DescribeStyle([]int{5, 5, 5, 5, 1, 5})
	fmt.Printf("%d alike in a row, deviation %.2f\n", s.LongString, *s.IRV)
	// Output: 4 alike in a row, deviation 1.63
}

func ExampleCompareStraightLines() {
	s, _ := CompareStraightLines(Sample{Count: 45, N: 60}, 0.5)
	fmt.Printf("%.6f\n", *s.P)
	// Output: 0.000067
}

func ExampleFindDuplicates() {
	device := map[string]int64{"55555": 30, "54454": 10, "32123": 10}
	others := map[string]int64{"55555": 600, "54454": 200, "44444": 200}
	d, _ := FindDuplicates(device, others)
	fmt.Printf("%.0f pairs, %.0f expected, P = %.0e\n", d.IdenticalPairs, *d.ExpectedPairs, *d.P)
	// Output: 525 pairs, 539 expected, P = 3e-20
}

func ExampleFindOutliers() {
	o, _ := FindOutliers([]float64{0.91, 0.93, 0.9, 0.92, 0.94, 0.99, 0.6})
	fmt.Printf("%d: %.2f\n", o.Far[0], *o.ModifiedZ[o.Far[0]])
	// Output: 6: -10.79
}
