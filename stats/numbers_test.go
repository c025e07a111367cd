package stats

import (
	"errors"
	"math"
	"reflect"
	"testing"
)

// wantNumbers fails where a result holds NaN or an infinity anywhere, and where an
// error is not one of bad input.
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
		for _, field := range v.Fields() {
			if x, bad := notANumber(field); bad {
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

func TestNotANumberIsFoundAnywhere(t *testing.T) {
	bad := math.NaN()
	for name, value := range map[string]any{
		"pointer": &bad, "field": Interval{Upper: math.Inf(-1)}, "below": Estimate{Interval: &Interval{Lower: bad}}, "slice": []*float64{nil, &bad},
	} {
		if _, found := notANumber(reflect.ValueOf(value)); !found {
			t.Errorf("%s: %+v passes", name, value)
		}
	}
	if x, found := notANumber(reflect.ValueOf(Estimate{Value: new(float64)})); found {
		t.Errorf("found %v in an estimate of zero", x)
	}
}
