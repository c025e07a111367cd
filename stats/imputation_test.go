package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestPoolImputationsAgainstMice(t *testing.T) {
	eachVector(t, "18b_rubin_rules.csv", func(v vector) {
		p := ok[PooledImputations](v.t)(PoolImputations(v.floats("estimates"), v.floats("variances"), v.float("df_complete"), 0.95))
		v.want("pooled", p.Value, 1e-12)
		v.want("within", p.Within, 1e-12)
		v.want("between", p.Between, 1e-12)
		v.want("total_var", p.Variance, 1e-12)
		v.want("df", p.DF, 1e-10)
		v.want("se", p.SE, 1e-12)
		v.want("fmi_r", p.VarianceIncrease, 1e-12)
	})
}

// Data sets that agree say what each of them says.
func TestPoolingEqualImputations(t *testing.T) {
	p := ok[PooledImputations](t)(PoolImputations([]float64{0.9, 0.9, 0.9, 0.9}, []float64{1e-4, 1e-4, 1e-4, 1e-4}, 50, 0.95))
	se, df, none := 0.01, 51.0/53*50, 0.0
	wantNear(t, "se", p.SE, &se, 1e-12)
	wantNear(t, "increase", p.VarianceIncrease, &none, 1e-12)
	wantNear(t, "missing", p.MissingShare, &none, 1e-12)
	wantNear(t, "df", p.DF, &df, 1e-3)
	half := tQuantile(0.975, *p.DF) * se
	wantNear(t, "half width", new(p.Interval.Upper-*p.Value), &half, 1e-12)
}

func TestPoolImputationsEdges(t *testing.T) {
	inf := math.Inf(1)
	if p := ok[PooledImputations](t)(PoolImputations(nil, nil, inf, 0.95)); p.Value != nil {
		t.Errorf("nothing: %+v", p)
	}
	if p := ok[PooledImputations](t)(PoolImputations([]float64{0.9}, []float64{0.1}, inf, 0.95)); *p.Value != 0.9 || *p.Within != 0.1 || p.Variance != nil || p.Interval != nil {
		t.Errorf("one: %+v", p)
	}
	if p := ok[PooledImputations](t)(PoolImputations([]float64{1, 1}, []float64{0, 0}, inf, 0.95)); *p.SE != 0 || p.DF != nil || p.Interval != nil {
		t.Errorf("no variance: %+v", p)
	}
	if p := ok[PooledImputations](t)(PoolImputations([]float64{1, 2}, []float64{0, 0}, 9, 0.95)); *p.MissingShare != 1 || p.DF != nil || p.Interval != nil || p.VarianceIncrease != nil {
		t.Errorf("nothing but imputed: %+v", p)
	}
	for name, err := range map[string]error{
		"length":    second(PoolImputations([]float64{1}, nil, inf, 0.95)),
		"variance":  second(PoolImputations([]float64{1}, []float64{-1}, inf, 0.95)),
		"estimate":  second(PoolImputations([]float64{inf}, []float64{1}, inf, 0.95)),
		"df":        second(PoolImputations([]float64{1}, []float64{1}, 0, 0.95)),
		"df no one": second(PoolImputations([]float64{1}, []float64{1}, math.NaN(), 0.95)),
		"conf":      second(PoolImputations([]float64{1}, []float64{1}, inf, 1)),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExamplePoolImputations() {
	p, _ := PoolImputations([]float64{0.901, 0.912, 0.895, 0.908, 0.899}, []float64{0.0001, 0.00011, 0.000105, 0.00012, 0.0001}, 40, 0.95)
	fmt.Printf("%.3f, from %.3f to %.3f on %.1f degrees of freedom\n", *p.Value, p.Interval.Lower, p.Interval.Upper, *p.DF)
	// Output: 0.903, from 0.876 to 0.930 on 14.2 degrees of freedom
}

func FuzzPoolImputations(f *testing.F) {
	f.Add(0.9, 0.91, 0.89, 1e-4, 2e-4, 40.0, 0.95)
	f.Add(0.9, 0.9, 0.9, 0.0, 0.0, math.Inf(1), 0.5)
	f.Add(1e308, -1e308, 1e308, 1e308, 1e-320, 1e-300, 0.999)
	f.Add(math.NaN(), math.Inf(1), 1.0, -1.0, math.NaN(), -2.0, 1.0)
	f.Add(1e-170, 2e-170, 0.0, 1e-323, 0.0, 1e300, 0.1)
	f.Fuzz(func(t *testing.T, a, b, c, u, v, completeDF, conf float64) {
		if p, err := PoolImputations([]float64{a, b, c}, []float64{u, v, u}, completeDF, conf); err == nil {
			wantNumbers(t, p, nil)
		}
	})
}
