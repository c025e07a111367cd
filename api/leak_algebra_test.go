package api

import (
	"math/bits"
	"testing"
)

// The numbers of answers are sums over slots. What follows from them by adding and
// subtracting is the row space of the equations, reduced here modulo a prime: what is not
// in it modulo the prime is not in it at all.
const prime = 1<<31 - 1

// equations are sums over slots that are known, in reduced echelon form.
type equations struct {
	rows  [][]uint64 // coefficients by slot
	pivot []int      // of the rows: the first slot with a coefficient, which is 1
}

// reduced subtracts of a sum what is known.
func (e *equations) reduced(sum []uint64) []uint64 {
	left := append([]uint64(nil), sum...)
	for i, row := range e.rows {
		if factor := left[e.pivot[i]]; factor != 0 {
			subtract(left, row, factor)
		}
	}
	return left
}

// add takes note that a sum is known.
func (e *equations) add(sum []uint64) {
	left := e.reduced(sum)
	at := first(left)
	if at < 0 {
		return
	}
	inverse := power(left[at], prime-2)
	for i := range left {
		left[i] = times(left[i], inverse)
	}
	for _, row := range e.rows {
		if factor := row[at]; factor != 0 {
			subtract(row, left, factor)
		}
	}
	e.rows, e.pivot = append(e.rows, left), append(e.pivot, at)
}

// tell reports whether the known sums fix another one.
func (e *equations) tell(sum []uint64) bool { return first(e.reduced(sum)) < 0 }

func first(row []uint64) int {
	for i, x := range row {
		if x != 0 {
			return i
		}
	}
	return -1
}

func subtract(from, row []uint64, factor uint64) {
	for i, x := range row {
		if x != 0 {
			from[i] = (from[i] + prime - times(x, factor)) % prime
		}
	}
}

func times(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return bits.Rem64(high, low, prime)
}

func power(base, exponent uint64) uint64 {
	result := uint64(1)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result = times(result, base)
		}
		base = times(base, base)
	}
	return result
}

func TestEquations(t *testing.T) {
	sum := func(slots ...int) []uint64 {
		row := make([]uint64, 5)
		for _, s := range slots {
			row[s] = 1
		}
		return row
	}
	e := &equations{}
	for _, known := range [][]uint64{sum(0, 1, 2), sum(1, 2), sum(2, 3, 4), sum(3, 4, 1)} {
		e.add(known)
	}
	for name, c := range map[string]struct {
		sum  []uint64
		told bool
	}{
		"a difference":           {sum(0), true},
		"what was said":          {sum(1, 2), true},
		"half of two sums":       {sum(1), true}, // 1 − 2 and 1 + 2 are known
		"what nobody said":       {sum(3), false},
		"the rest of a sum":      {sum(3, 4), true},
		"a sum with another one": {sum(0, 3), false},
	} {
		if e.tell(c.sum) != c.told {
			t.Errorf("%s: told is %v", name, !c.told)
		}
	}
}
