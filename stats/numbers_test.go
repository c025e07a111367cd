package stats

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
)

// wantNumbers fails where a result holds NaN or an infinity anywhere, or an interval
// whose limits stand the wrong way round or leave what its method keeps within, and
// where an error is not one of bad input.
func wantNumbers(t *testing.T, result any, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, ErrInvalid) {
			t.Fatalf("error %v", err)
		}
		return
	}
	if x, bad := notANumber(reflect.ValueOf(result)); bad {
		t.Fatalf("%v in %+v", x, result)
	}
	if i, bad := misplaced(reflect.ValueOf(result)); bad {
		t.Fatalf("interval %+v in %+v", i, result)
	}
}

// bounded are the methods that keep within the shares there can be.
var bounded = []Method{
	Wilson, WilsonContinuity, ClopperPearson, Jeffreys, JeffreysEqualTailed, KornGraubard, KornGraubardTruncated, Logit, Arcsine, WilsonT,
	HypergeometricExact, WilsonFPC, WilsonFPCPossible, FunnelExact, FunnelArcsine, EmpiricalBayes,
}

func misplaced(v reflect.Value) (Interval, bool) {
	if !v.IsValid() {
		return Interval{}, false
	}
	if v.Type() == reflect.TypeFor[Interval]() {
		i := Interval{Lower: v.Field(0).Float(), Upper: v.Field(1).Float(), Conf: v.Field(2).Float(), Method: Method(v.Field(3).String())}
		outside := slices.Contains(bounded, i.Method) && (i.Lower < 0 || i.Upper > 1)
		return i, i.Lower > i.Upper+1e-9*math.Abs(i.Upper) || outside
	}
	switch v.Kind() {
	case reflect.Pointer:
		return misplaced(v.Elem())
	case reflect.Struct:
		for _, field := range v.Fields() {
			if i, bad := misplaced(field); bad {
				return i, true
			}
		}
	case reflect.Slice, reflect.Array:
		for k := range v.Len() {
			if i, bad := misplaced(v.Index(k)); bad {
				return i, true
			}
		}
	}
	return Interval{}, false
}

func notANumber(v reflect.Value) (float64, bool) {
	switch v.Kind() {
	case reflect.Float64:
		return v.Float(), math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)
	case reflect.Pointer:
		if !v.IsNil() {
			return notANumber(v.Elem())
		}
	case reflect.Struct:
		for kind, field := range v.Fields() {
			if x, bad := notANumber(field); bad && kind.IsExported() {
				return x, true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if x, bad := notANumber(v.Index(i)); bad {
				return x, true
			}
		}
	}
	return 0, false
}

func TestWhatIsNoResultIsFoundAnywhere(t *testing.T) {
	bad := math.NaN()
	for name, value := range map[string]any{
		"pointer": &bad, "field": Interval{Upper: math.Inf(-1)}, "below": Estimate{Interval: &Interval{Lower: bad}}, "slice": []*float64{nil, &bad},
	} {
		if _, found := notANumber(reflect.ValueOf(value)); !found {
			t.Errorf("%s: %+v passes", name, value)
		}
	}
	for name, value := range map[string]any{
		"crossed": &Interval{Lower: 0.5, Upper: 0.4}, "below": Estimate{Interval: &Interval{Lower: -0.1, Upper: 1, Method: Wilson}},
		"slice": []*Interval{nil, {Upper: 1.5, Method: KornGraubard}},
	} {
		if _, found := misplaced(reflect.ValueOf(value)); !found {
			t.Errorf("%s: %+v passes", name, value)
		}
	}
	if i, found := misplaced(reflect.ValueOf(Interval{Lower: -0.1, Upper: 1.1, Method: Wald})); found {
		t.Errorf("found %v, which may leave the shares", i)
	}
	if x, found := notANumber(reflect.ValueOf(Estimate{Value: new(float64)})); found {
		t.Errorf("found %v in an estimate of zero", x)
	}
}
