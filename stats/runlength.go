package stats

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
)

// CUSUMRunLength is the average number of values until [CumulativeSums] signals,
// started at zero, when independent normal values have moved from the centre by
// shift standard deviations. With the density φ and the distribution function Φ
// the one-sided run length L(0) solves
//
//	L(z) = 1 + L(0)·Φ(k−z−δ) + ∫₀ʰ L(y)·φ(y+k−z−δ) dy
//
// by Gauss–Legendre quadrature. Of two sides, 1/ARL = 1/ARL⁺ + 1/ARL⁻; one side
// alone watches for a rise. Not ok where the run length is beyond 10⁹, which the
// arithmetic does not carry, or the interval is too long to compute.
//
// References: Page 1954; Goel and Wu 1971, Technometrics 13:221; Kemp 1961; R spc xcusum.arl.
func CUSUMRunLength(allowance, interval, shift float64, twoSided bool) (length float64, ok bool, err error) {
	if !(allowance >= 0 && allowance <= magnitudeLimit) {
		return 0, false, invalid("allowance %v", allowance)
	}
	if !(interval > 0 && interval <= magnitudeLimit) {
		return 0, false, invalid("decision interval %v", interval)
	}
	if err := checkNumbers("shift", shift); err != nil {
		return 0, false, err
	}
	up, upOK := cusumOneSided(allowance, interval, shift)
	if !twoSided {
		return up, upOK, nil
	}
	down, downOK := cusumOneSided(allowance, interval, -shift)
	switch {
	case upOK && downOK:
		return 1 / (1/up + 1/down), true, nil
	// A side that hardly ever speaks leaves the length of the other.
	case upOK && up < runLengthLimit*1e-6:
		return up, true, nil
	case downOK && down < runLengthLimit*1e-6:
		return down, true, nil
	}
	return 0, false, nil
}

// EWMARunLength is the average number of values until [MovingAverage], started
// at the centre and judged by its final limits ∓c, c = L·√(λ/(2−λ)), signals when
// independent normal values have moved by shift standard deviations. It solves
//
//	L(u) = 1 + 1/λ·∫ L(y)·φ((y−(1−λ)u)/λ − δ) dy  over −c ≤ y ≤ c
//
// by Gauss–Legendre quadrature. Not ok beyond 10⁹ and where λ is too small to compute.
//
// References: Crowder 1987, Technometrics 29:401; Lucas and Saccucci 1990,
// Technometrics 32:1; R spc xewma.arl.
func EWMARunLength(lambda, width, shift float64) (length float64, ok bool, err error) {
	if !(lambda > 0 && lambda <= 1) {
		return 0, false, invalid("weight λ %v is not above 0 and at most 1", lambda)
	}
	if !(width > 0 && width <= magnitudeLimit) {
		return 0, false, invalid("limits of %v standard deviations", width)
	}
	if err := checkNumbers("shift", shift); err != nil {
		return 0, false, err
	}
	limit := width * math.Sqrt(lambda/(2-lambda))
	nodes, weights, ok := legendre(-limit, limit, lambda)
	if !ok {
		return 0, false, nil
	}
	n := len(nodes)
	// The centre is one more unknown, of weight zero: L there is the answer.
	points := append(nodes, 0)
	weights = append(weights, 0)
	length, ok = solveRunLength(points, func(i, j int) float64 {
		return weights[j] / lambda * normalDensity((points[j]-(1-lambda)*points[i])/lambda-shift)
	}, n)
	return length, ok, nil
}

// runLengthLimit is beyond what the conditioning of the equations leaves digits for.
const runLengthLimit = 1e9

// maxNodes keeps the equations small enough to be solved at once.
const maxNodes = 400

func cusumOneSided(allowance, interval, shift float64) (float64, bool) {
	nodes, weights, ok := legendre(0, interval, 1)
	if !ok {
		return 0, false
	}
	n := len(nodes)
	points := append(nodes, 0)
	return solveRunLength(points, func(i, j int) float64 {
		if j == n {
			return normalUpper(points[i] + shift - allowance)
		}
		return weights[j] * normalDensity(points[j]+allowance-points[i]-shift)
	}, n)
}

// legendre has nodes enough for an integrand that changes over a width of scale.
func legendre(from, to, scale float64) (nodes, weights []float64, ok bool) {
	n := 40 + 8*(to-from)/scale
	if !(n <= maxNodes) {
		return nil, nil, false
	}
	nodes, weights = make([]float64, int(n)), make([]float64, int(n))
	quad.Legendre{}.FixedLocations(nodes, weights, from, to)
	return nodes, weights, true
}

// solveRunLength solves L = 1 + K·L and returns L at one of the points.
func solveRunLength(points []float64, kernel func(i, j int) float64, at int) (float64, bool) {
	n := len(points)
	equations, ones := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		ones.SetVec(i, 1)
		for j := range n {
			equations.Set(i, j, -kernel(i, j))
		}
		equations.Set(i, i, 1+equations.At(i, i))
	}
	var lengths mat.VecDense
	if err := lengths.SolveVec(equations, ones); err != nil {
		return 0, false
	}
	length := lengths.AtVec(at)
	return length, length >= 1-1e-9 && length <= runLengthLimit
}

func normalDensity(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
