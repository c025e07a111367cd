package stats

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestRoundHalfUp(t *testing.T) {
	for _, test := range []struct {
		num, den int64
		decimals int
		want     int64
		ok       bool
	}{
		{29, 32, 4, 9063, true}, // 90.625 %
		{1, 3, 4, 3333, true},
		{2, 3, 4, 6667, true},
		{89_995, 100_000, 4, 9000, true},
		{1, 8, 2, 13, true},
		{-1, 8, 2, -12, true}, // up, not away from zero
		{-3, 8, 2, -37, true},
		{-1, 3, 2, -33, true},
		{-2, 3, 0, -1, true},
		{0, 7, 4, 0, true},
		{5, 1, 18, 5e18, true},
		{10, 1, 18, 0, false},
		{math.MaxInt64, math.MaxInt64, 0, 1, true},
		{math.MaxInt64, 1, 0, math.MaxInt64, true},
		{math.MinInt64, math.MaxInt64, 18, -1_000_000_000_000_000_000, true},
		{1, 0, 2, 0, false},
		{1, -3, 2, 0, false},
		{1, 3, 19, 0, false},
		{1, 3, -1, 0, false},
	} {
		if got, ok := RoundHalfUp(test.num, test.den, test.decimals); got != test.want || ok != test.ok {
			t.Errorf("%d/%d to %d: got %d %v, want %d %v", test.num, test.den, test.decimals, got, ok, test.want, test.ok)
		}
	}
}

func TestRoundHalfUpIsTheFloorOfAHalfMore(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 10_000 {
		num, den, decimals := random.Int64N(2001)-1000, 1+random.Int64N(500), random.IntN(6)
		got, _ := RoundHalfUp(num, den, decimals)
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
		top := new(big.Int).Mul(big.NewInt(2*num), scale)
		top.Add(top, big.NewInt(den))
		want := new(big.Int).Div(top, big.NewInt(2*den)) // Euclidean: the floor
		if got != want.Int64() {
			t.Fatalf("%d/%d to %d: got %d, want %v", num, den, decimals, got, want)
		}
	}
}

func TestMeetsTarget(t *testing.T) {
	const huge = math.MaxInt64
	for _, test := range []struct {
		satisfied, answered, basisPoints int64
		atLeast, above                   bool
	}{
		{90, 100, 9000, true, false},
		{89, 100, 9000, false, false},
		{91, 100, 9000, true, true},
		{89_995, 100_000, 9000, false, false}, // shows as 90.00 %
		{9, 10, 9000, true, false},
		{0, 10, 0, true, false},
		{10, 10, 10_000, true, false},
		{0, 0, 9000, false, false},
		{-1, 10, 0, false, false},
		{1, 10, -1, false, false},
		{huge, huge, 10_000, true, false},
		{huge - 1, huge, 10_000, false, false},
		{huge / 10 * 9, huge, 9000, false, false},
		{huge/10*9 + 7, huge, 9000, true, true},
	} {
		if got := MeetsTarget(test.satisfied, test.answered, test.basisPoints, false); got != test.atLeast {
			t.Errorf("%d/%d ≥ %d: %v", test.satisfied, test.answered, test.basisPoints, got)
		}
		if got := MeetsTarget(test.satisfied, test.answered, test.basisPoints, true); got != test.above {
			t.Errorf("%d/%d > %d: %v", test.satisfied, test.answered, test.basisPoints, got)
		}
	}
}

func FuzzRoundHalfUp(f *testing.F) {
	f.Add(int64(29), int64(32), 4)
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), 18)
	f.Add(int64(1), int64(0), -1)
	f.Fuzz(func(t *testing.T, num, den int64, decimals int) {
		got, ok := RoundHalfUp(num, den, decimals)
		if !ok {
			return
		}
		// Half up is never off by more than half a unit: −den ≤ 2(got·den − num·scale) ≤ den.
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
		off := new(big.Int).Mul(big.NewInt(got), big.NewInt(den))
		off.Sub(off, scale.Mul(scale, big.NewInt(num)))
		if off.Lsh(off, 1); off.CmpAbs(big.NewInt(den)) > 0 {
			t.Errorf("%d/%d to %d: %d", num, den, decimals, got)
		}
	})
}

func FuzzMeetsTarget(f *testing.F) {
	f.Add(int64(90), int64(100), int64(9000), false)
	f.Add(int64(math.MaxInt64), int64(math.MinInt64), int64(math.MaxInt64), true)
	f.Fuzz(func(t *testing.T, satisfied, answered, basisPoints int64, strict bool) {
		got := MeetsTarget(satisfied, answered, basisPoints, strict)
		if answered <= 0 || satisfied < 0 || basisPoints < 0 {
			if got {
				t.Errorf("%d/%d meets %d", satisfied, answered, basisPoints)
			}
			return
		}
		order := big.NewRat(satisfied, answered).Cmp(big.NewRat(basisPoints, 10_000))
		if want := order > 0 || order == 0 && !strict; got != want {
			t.Errorf("%d/%d against %d, strict %v: %v", satisfied, answered, basisPoints, strict, got)
		}
	})
}

func ExampleRoundHalfUp() {
	units, _ := RoundHalfUp(29, 32, 4)
	fmt.Printf("%d.%02d %%\n", units/100, units%100)
	// Output: 90.63 %
}

func ExampleMeetsTarget() {
	fmt.Println(MeetsTarget(90, 100, 9000, false), MeetsTarget(90, 100, 9000, true), MeetsTarget(89_995, 100_000, 9000, false))
	// Output: true false false
}
