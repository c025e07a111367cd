package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestFunnelAgainstR(t *testing.T) {
	units, targets := map[string][]Count{}, map[string]float64{}
	eachVector(t, "13_funnel.csv", func(v vector) {
		name := v.text("case")
		units[name], targets[name] = append(units[name], Count{v.int("k"), v.int("n")}), v.float("target")
	})
	funnels := map[string]Funnel{}
	for name, of := range units {
		f := ok[Funnel](t)(NewFunnel(of, nil))
		if math.Abs(*f.Target-targets[name]) > 1e-12 { // the target of the case is not that of all together
			target := targets[name]
			f = ok[Funnel](t)(NewFunnel(of, &target))
		}
		funnels[name] = f
	}
	eachVector(t, "13_funnel.csv", func(v vector) {
		f := funnels[v.text("case")]
		unit := f.Units[v.int("unit")-1]
		v.want("target", f.Target, 1e-12)
		v.want("share", unit.Share, 1e-12)
		v.want("z", unit.Z, 1e-11)
		v.want("z_add", unit.ZAdditive, 1e-11)
		v.want("arc_z", unit.ArcsineZ, 1e-11)
		v.want("arc_z_add", unit.ArcsineZAdditive, 1e-11)
		v.want("phi_winsor10", f.Natural.Phi, 1e-11)
		v.want("tau2", f.Natural.Tau2, 1e-11)
		v.want("arc_phi", f.Arcsine.Phi, 1e-11)
		v.want("arc_tau2", f.Arcsine.Tau2, 1e-11)
		for conf, suffix := range map[float64]string{0.95: "950", 0.998: "998"} {
			for method, prefix := range map[Method]string{
				FunnelExact: "exact", FunnelNormal: "norm", FunnelMultiplicative: "mult", FunnelAdditive: "add", FunnelArcsine: "arc",
			} {
				limits := ok[*Interval](v.t)(f.Limits(method, v.int("n"), conf))
				v.want(prefix+"_lo"+suffix, lower(limits), 1e-10)
				v.want(prefix+"_hi"+suffix, upper(limits), 1e-10)
			}
		}
	})
}

func TestQuantileType7(t *testing.T) {
	for _, test := range []struct {
		values []float64
		p      float64
		want   float64
	}{
		{[]float64{3}, 0.9, 3},
		{[]float64{4, 1, 3, 2}, 0.5, 2.5},
		{[]float64{1, 2, 3, 4, 5}, 0.1, 1.4},
		{[]float64{10, 20}, 1, 20},
	} {
		if got := quantileType7(test.values, test.p); math.Abs(got-test.want) > 1e-15 {
			t.Errorf("%v of %v: %v, want %v", test.p, test.values, got, test.want)
		}
	}
}

// Units that differ by chance alone leave nothing between them: all limits but the exact are normal ones.
func TestFunnelOfChanceAlone(t *testing.T) {
	f := ok[Funnel](t)(NewFunnel([]Count{{90, 100}, {181, 200}, {45, 50}, {271, 300}}, nil))
	if *f.Natural.Tau2 != 0 || *f.Arcsine.Tau2 != 0 {
		t.Errorf("variance between: %v and %v", *f.Natural.Tau2, *f.Arcsine.Tau2)
	}
	normal := ok[*Interval](t)(f.Limits(FunnelNormal, 150, 0.95))
	for _, method := range []Method{FunnelMultiplicative, FunnelAdditive} {
		limits := ok[*Interval](t)(f.Limits(method, 150, 0.95))
		wantNear(t, string(method), &limits.Lower, &normal.Lower, 0)
	}
	for _, unit := range f.Units {
		wantNear(t, "z", unit.ZAdditive, unit.Z, 0)
		wantNear(t, "angle", unit.ArcsineZAdditive, unit.ArcsineZ, 0)
	}
}

func TestFunnelMirrors(t *testing.T) {
	var units, failures []Count
	for _, c := range []Count{{930, 1000}, {460, 500}, {19, 20}, {340, 400}, {9, 10}} {
		units, failures = append(units, c), append(failures, Count{c.N - c.Successes, c.N})
	}
	a, b := ok[Funnel](t)(NewFunnel(units, nil)), ok[Funnel](t)(NewFunnel(failures, nil))
	wantNear(t, "phi", a.Natural.Phi, b.Natural.Phi, 1e-12)
	wantNear(t, "tau2", a.Arcsine.Tau2, b.Arcsine.Tau2, 1e-12)
	for method := range funnelLimits {
		for _, n := range []int64{1, 10, 700} {
			there, back := ok[*Interval](t)(a.Limits(method, n, 0.998)), ok[*Interval](t)(b.Limits(method, n, 0.998))
			mirrored := 1 - back.Upper
			if method == FunnelExact { // interpolates upwards on both sides: mirrored it is one answer off
				mirrored = math.Max(0, mirrored-1/float64(n))
			}
			wantNear(t, string(method), &there.Lower, &mirrored, 1e-12)
		}
	}
}

func TestFunnelNarrows(t *testing.T) {
	f := ok[Funnel](t)(NewFunnel([]Count{{930, 1000}, {460, 500}, {19, 20}, {340, 400}, {9, 10}}, nil))
	for method := range funnelLimits {
		before := math.Inf(1)
		for _, n := range []int64{5, 20, 100, 1000, 50_000} {
			limits := ok[*Interval](t)(f.Limits(method, n, 0.95))
			width := limits.Upper - limits.Lower
			if width >= before || limits.Lower > *f.Target || limits.Upper < *f.Target {
				t.Errorf("%s, n %d: %+v after a width of %v", method, n, *limits, before)
			}
			before = width
		}
	}
}

func TestFunnelEdges(t *testing.T) {
	empty := ok[Funnel](t)(NewFunnel([]Count{{}, {}}, nil))
	all := ok[Funnel](t)(NewFunnel([]Count{{5, 5}, {30, 30}}, nil))
	single := ok[Funnel](t)(NewFunnel([]Count{{9, 10}, {}}, float(0.8)))
	if empty.Target != nil || empty.Natural.Phi != nil || empty.Units[0].Share != nil {
		t.Errorf("nobody: %+v", empty)
	}
	if *all.Target != 1 || all.Natural.Phi != nil || all.Units[1].Z != nil || *all.Units[1].ArcsineZ != 0 {
		t.Errorf("all satisfied: %+v", all)
	}
	if single.Natural.Tau2 != nil || single.Units[0].Z == nil || single.Units[0].ZAdditive != nil || single.Units[0].ArcsineZAdditive != nil || single.Units[1].Z != nil {
		t.Errorf("one unit: %+v", single)
	}
	for method := range funnelLimits {
		for name, limits := range map[string]*Interval{
			"nobody":        ok[*Interval](t)(empty.Limits(method, 10, 0.95)),
			"no answers":    ok[*Interval](t)(single.Limits(method, 0, 0.95)),
			"all satisfied": ok[*Interval](t)(all.Limits(method, 10, 0.95)),
		} {
			if limits != nil && !(name == "all satisfied" && method == FunnelArcsine) {
				t.Errorf("%s, %s: %+v", name, method, *limits)
			}
		}
	}
	if limits := ok[*Interval](t)(single.Limits(FunnelAdditive, 10, 0.95)); limits != nil {
		t.Errorf("one unit has additive limits %+v", *limits)
	}
	for name, err := range map[string]error{
		"counts":     second(NewFunnel([]Count{{2, 1}}, nil)),
		"target":     second(NewFunnel(nil, float(1.1))),
		"method":     second(all.Limits(Wilson, 10, 0.95)),
		"conf":       second(all.Limits(FunnelExact, 10, 1)),
		"n":          second(all.Limits(FunnelExact, -1, 0.95)),
		"dispersion": second(Funnel{Target: float(0.5), Natural: Overdispersion{Tau2: float(math.NaN())}}.Limits(FunnelAdditive, 10, 0.95)),
		"own target": second(Funnel{Target: float(-1)}.Limits(FunnelNormal, 10, 0.95)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFunnel(f *testing.F) {
	f.Add(int64(930), int64(1000), int64(19), int64(20), int64(340), int64(400), 0.9, int64(100), 0.998)
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), math.NaN(), int64(0), math.NaN())
	f.Add(int64(1), int64(maxCount/2), int64(1), int64(1), int64(0), int64(1), 5e-324, int64(maxCount), 1-1e-16)
	f.Add(int64(5), int64(5), int64(7), int64(7), int64(0), int64(0), 1-1e-16, int64(1), 1e-300)
	f.Add(int64(5), int64(5), int64(2), int64(7), int64(0), int64(0), 1./3, int64(1), 1e-300)
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2, k3, n3 int64, target float64, n int64, conf float64) {
		units := []Count{{k1, n1}, {k2, n2}, {k3, n3}}
		for _, against := range []*float64{nil, &target} {
			funnel, err := NewFunnel(units, against)
			wantNumbers(t, funnel, err)
			if err != nil {
				continue
			}
			for method := range funnelLimits {
				limits, err := funnel.Limits(method, n, conf)
				wantNumbers(t, limits, err)
			}
		}
	})
}

func ExampleNewFunnel() {
	f, _ := NewFunnel([]Count{{930, 1000}, {460, 500}, {19, 20}, {1710, 2000}, {340, 400}}, nil)
	fmt.Printf("target %.4f, φ %.1f\n", *f.Target, *f.Natural.Phi)
	for _, unit := range f.Units {
		fmt.Printf("%.3f: %.1f standard errors off, %.1f with the variance between units\n", *unit.Share, *unit.ArcsineZ, *unit.ArcsineZAdditive)
	}
	// Output:
	// target 0.8824, φ 7.2
	// 0.930: 5.2 standard errors off, 1.3 with the variance between units
	// 0.920: 2.8 standard errors off, 1.0 with the variance between units
	// 0.950: 1.1 standard errors off, 1.0 with the variance between units
	// 0.855: -3.6 standard errors off, -0.7 with the variance between units
	// 0.850: -1.9 standard errors off, -0.7 with the variance between units
}

func ExampleFunnel_Limits() {
	target := 0.9
	f, _ := NewFunnel([]Count{{95, 100}, {88, 100}, {180, 200}, {45, 50}, {410, 500}}, &target)
	limits, _ := f.Limits(FunnelArcsine, 100, 0.95)
	fmt.Printf("%.3f to %.3f\n", limits.Lower, limits.Upper)
	// Output: 0.790 to 0.972
}
