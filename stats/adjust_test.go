package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

func pointers(values []float64) (p []*float64) {
	for i := range values {
		p = append(p, &values[i])
	}
	return p
}

var adjustments = []Adjustment{Bonferroni, Holm, Hochberg, BenjaminiHochberg, BenjaminiYekutieli}

func TestAdjustPAgainstR(t *testing.T) {
	eachVector(t, "11_p_adjust.csv", func(v vector) {
		for _, method := range adjustments {
			got := ok[[]*float64](v.t)(AdjustP(method, v.maybes("p")))
			for i, want := range v.maybes(string(method)) {
				wantNear(v.t, string(method), got[i], want, 1e-12)
			}
		}
	})
}

// What is not defined neither counts nor changes, and the order does not matter.
func TestAdjustPLeavesOutWhatIsNotDefined(t *testing.T) {
	p := pointers([]float64{0.04, 0.01, 0.04, 0.2, 0.001, 0.5, 0.01})
	for _, method := range adjustments {
		want := ok[[]*float64](t)(AdjustP(method, p))
		got := ok[[]*float64](t)(AdjustP(method, slices.Insert(slices.Clone(p), 2, nil, nil)))
		if got[2] != nil || got[3] != nil {
			t.Errorf("%s: %v for nothing", method, got[2:4])
		}
		for i, value := range slices.Delete(got, 2, 4) {
			wantNear(t, string(method), value, want[i], 0)
		}
		backwards := slices.Clone(p)
		slices.Reverse(backwards)
		got = ok[[]*float64](t)(AdjustP(method, backwards))
		slices.Reverse(got)
		for i, value := range got {
			wantNear(t, string(method), value, want[i], 0)
		}
	}
}

func TestAdjustPOrder(t *testing.T) {
	p := pointers([]float64{0.0123, 0.0005, 0.8, 0.049, 0.051, 0.33, 0.002, 0.0301})
	adjusted := map[Adjustment][]*float64{}
	for _, method := range adjustments {
		adjusted[method] = ok[[]*float64](t)(AdjustP(method, p))
	}
	for i := range p {
		bonferroni, holm, hochberg, bh := *adjusted[Bonferroni][i], *adjusted[Holm][i], *adjusted[Hochberg][i], *adjusted[BenjaminiHochberg][i]
		if !(bonferroni >= holm && holm >= hochberg && hochberg >= bh && bh >= *p[i]) {
			t.Errorf("%v: %v, %v, %v, %v", *p[i], bonferroni, holm, hochberg, bh)
		}
	}
}

func TestAdjustPEdges(t *testing.T) {
	for _, method := range adjustments {
		if got := ok[[]*float64](t)(AdjustP(method, nil)); len(got) != 0 {
			t.Errorf("%s of nothing: %v", method, got)
		}
	}
	for name, err := range map[string]error{
		"method": second(AdjustP("none", pointers([]float64{0.5}))),
		"above":  second(AdjustP(Holm, pointers([]float64{0.5, 1.5}))),
		"NaN":    second(AdjustP(Holm, pointers([]float64{math.NaN()}))),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzAdjustP(f *testing.F) {
	f.Add(0.01, 0.04, 0.03, 0.2)
	f.Add(0.0, 1.0, 5e-324, math.NaN())
	f.Add(math.Inf(1), math.Copysign(0, -1), 1.0, 1.0)
	f.Fuzz(func(t *testing.T, a, b, c, d float64) {
		for _, method := range adjustments {
			p := []*float64{&a, nil, &b, &c, &d}
			got, err := AdjustP(method, p)
			wantNumbers(t, got, err)
			for i, value := range got {
				if value != nil && (*value < *p[i] || *value > 1) {
					t.Errorf("%s: %v becomes %v", method, *p[i], *value)
				}
			}
		}
	})
}

func ExampleAdjustP() {
	one, two, three := 0.01, 0.04, 0.03
	holm, _ := AdjustP(Holm, []*float64{&one, &two, nil, &three})
	fmt.Printf("%.2f %.2f %v %.2f\n", *holm[0], *holm[1], holm[2], *holm[3])
	// Output: 0.03 0.06 <nil> 0.06
}
