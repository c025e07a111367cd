package stats

import (
	"math"
	"slices"
)

// ApproximateRanks is [Ranks] for more units than can wait for it: the same
// distributions from sums over one grid of the angle asin √p that all units share,
//
//	P(rank_i = r) ≈ Σ P(r−1 of the others above the angle)·P(p_i at the angle)
//
// with steps of a third of the narrowest posterior there, or as fine as the crowd of
// units needs. Cumulative probabilities are within one percentage point of those of Ranks.
// Everything else, and the errors, are as there.
//
// Reference: those of Ranks.
func ApproximateRanks(units []Count, prior float64) ([]*Rank, error) {
	return posteriorRanks(units, prior, 5, gridRankProbabilities)
}

// negligible is the probability below which nothing is followed any further.
const negligible = 1e-10

// gridRankProbabilities is rankProbabilities on a common grid.
func gridRankProbabilities(posteriors []posterior) [][]float64 {
	g := newRankGrid(posteriors)
	units := len(posteriors)
	probabilities := make([][]float64, units)
	for i := range probabilities {
		probabilities[i] = make([]float64, units)
	}
	all, room := make([]float64, 0, units+1), make([]float64, units)
	for node := range g.nodes {
		certain := 0
		certain, all = g.crowd(node, all)
		others := room[:max(1, len(all)-1)]
		for i := range posteriors {
			mass := g.mass[i][node]
			if mass == 0 {
				continue
			}
			others[0] = 1 // where nobody else is near
			if len(all) > 1 {
				withoutTrial(others, all, g.above[i][node])
			}
			of := probabilities[i][certain:]
			for r, probability := range others[:min(len(others), len(of))] {
				of[r] += mass * probability
			}
		}
	}
	normalize(probabilities)
	return probabilities
}

// rankGrid holds all posteriors at the same angles.
type rankGrid struct {
	nodes int
	mass  [][]float64 // of each unit at each node; sums to 1
	above [][]float64 // probability that the unit is above the node
}

func newRankGrid(posteriors []posterior) rankGrid {
	angles, widths := rankAngles(posteriors)
	g := rankGrid{nodes: len(angles)}
	logSin, logCos := make([]float64, g.nodes), make([]float64, g.nodes)
	for node, angle := range angles {
		logSin[node], logCos[node] = math.Log(math.Sin(angle)), math.Log(math.Cos(angle))
	}
	for _, p := range posteriors {
		mass, above := make([]float64, g.nodes), make([]float64, g.nodes)
		first, _ := slices.BinarySearch(angles, p.lowest)
		last, _ := slices.BinarySearch(angles, p.highest)
		sum := 0.0
		for node := first; node < last; node++ {
			mass[node] = widths[node] * math.Exp((2*p.a-1)*logSin[node]+(2*p.b-1)*logCos[node]-p.highestDensity)
			sum += mass[node]
		}
		rest := 1.0
		for node := range last {
			mass[node] /= sum
			above[node] = math.Max(0, rest-mass[node]/2)
			rest -= mass[node]
		}
		g.mass, g.above = append(g.mass, mass), append(g.above, above)
	}
	return g
}

// rankAngles are the middles and widths of steps that are narrow against each
// posterior they are within, and against how fast a crowd of units passes.
func rankAngles(posteriors []posterior) (angles, widths []float64) {
	deviations := make([]float64, len(posteriors))
	angle, end := math.Pi/2, 0.0
	for i, p := range posteriors {
		deviations[i] = p.deviation
		angle, end = math.Min(angle, p.lowest), math.Max(end, p.highest)
	}
	slices.Sort(deviations)
	crowd := 4.5 * deviations[len(deviations)/2] / math.Sqrt(float64(len(deviations)))
	for angle < end {
		width := math.Min(crowd, end-angle)
		for _, p := range posteriors {
			fine := p.deviation / 3
			if p.lowest > angle {
				width = math.Min(width, math.Max(fine, p.lowest-angle))
			} else if angle < p.highest {
				width = math.Min(width, fine)
			}
		}
		angles, widths = append(angles, angle+width/2), append(widths, width)
		angle += width
	}
	return angles, widths
}

// crowd is the distribution of the number of units above a node, from the number
// certain on, in the room given.
func (g rankGrid) crowd(node int, room []float64) (certain int, distribution []float64) {
	distribution = append(room[:0], 1)
	for i := range g.above {
		above := g.above[i][node]
		if above < negligible && g.mass[i][node] == 0 {
			continue
		}
		distribution = append(distribution, 0)
		for k := len(distribution) - 1; k > 0; k-- {
			distribution[k] = distribution[k]*(1-above) + distribution[k-1]*above
		}
		distribution[0] *= 1 - above
		// Both ends lose what is nothing, and with it most of the work.
		empty := 0
		for distribution[empty] < negligible {
			empty++
		}
		certain += empty
		full := len(distribution)
		for distribution[full-1] < negligible {
			full--
		}
		distribution = distribution[:copy(distribution, distribution[empty:full])]
	}
	return certain, distribution
}
