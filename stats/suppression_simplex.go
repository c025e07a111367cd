package stats

import (
	"math"
	"slices"
)

// tangles groups the withheld cells that equations tie to the given ones, cells of
// networks left out, each group ascending.
func (t *table) tangles(seeds []int) []*polytope {
	seen := make([]bool, len(t.cells))
	written := make([]bool, len(t.system.equations))
	position := make([]int, len(t.cells))
	var all []*polytope
	for _, seed := range seeds {
		if !t.withheld[seed] || t.network.covers(seed) || seen[seed] {
			continue
		}
		seen[seed] = true
		cells, equations := []int{seed}, []int(nil)
		for k := 0; k < len(cells); k++ {
			for _, place := range t.system.of[cells[k]] {
				if written[place.equation] {
					continue
				}
				written[place.equation] = true
				equations = append(equations, place.equation)
				for _, term := range t.system.equations[place.equation] {
					if t.withheld[term.cell] && !seen[term.cell] {
						seen[term.cell] = true
						cells = append(cells, term.cell)
					}
				}
			}
		}
		slices.Sort(cells)
		slices.Sort(equations)
		p := &polytope{}
		for k, c := range cells {
			position[c] = k
			p.addCell(c, t.cells[c])
		}
		for _, equation := range equations {
			row := make([]float64, len(cells))
			for _, term := range t.system.equations[equation] {
				if t.withheld[term.cell] {
					row[position[term.cell]] = float64(term.sign)
				}
			}
			p.rows = append(p.rows, row)
		}
		p.reduce()
		all = append(all, p)
	}
	return all
}

// exposed lists the cells that lie less than width apart.
func (p *polytope) exposed(cells []Cell, width int64) (exposed []Exposure) {
	for k := range p.cells {
		if e, is := p.exposure(k, cells, width); is {
			exposed = append(exposed, e)
		}
	}
	return exposed
}

// exposure is that of cell k, if it is exposed.
func (p *polytope) exposure(k int, cells []Cell, width int64) (e Exposure, exposed bool) {
	cell := p.cells[k]
	need := float64(width)
	if most := cells[cell].Most; most != nil {
		need = math.Min(need, float64(*most-cells[cell].Least))
	}
	p.seek(k, 1, need)
	p.seek(k, -1, need)
	lower, upper := p.bounds(k)
	return Exposure{Cell: cell, Lower: int64(lower), Upper: int64(upper)}, upper-lower < need
}

// polytope is the set of values that withheld cells may have. A simplex moves
// along it from the true values, which are one of its points, so that no first
// phase is needed; whatever it passes on the way widens the ranges seen.
type polytope struct {
	cells       []int
	x           []float64
	least, most []float64
	low, high   []float64   // range seen of each cell
	rows        [][]float64 // equations solved for the basic cells
	basic       []int       // the basic cell of each row
	rowOf       []int       // the row in which a cell is basic, else −1
}

const pivotTolerance = 1e-9

func (p *polytope) addCell(index int, c Cell) {
	x, most := float64(c.Value), math.Inf(1)
	if c.Most != nil {
		most = float64(*c.Most)
	}
	p.cells = append(p.cells, index)
	p.x, p.low, p.high = append(p.x, x), append(p.low, x), append(p.high, x)
	p.least, p.most = append(p.least, float64(c.Least)), append(p.most, most)
	p.rowOf = append(p.rowOf, -1)
}

// reduce solves the equations for one cell each and drops those that follow from others.
func (p *polytope) reduce() {
	equations := p.rows
	p.rows = nil
	for len(equations) > 0 {
		row := equations[0]
		equations = equations[1:]
		entering := 0
		for j, a := range row {
			if math.Abs(a) > math.Abs(row[entering]) {
				entering = j
			}
		}
		if math.Abs(row[entering]) < pivotTolerance {
			continue
		}
		p.rows, p.basic = append(p.rows, row), append(p.basic, entering)
		p.pivot(len(p.rows)-1, entering)
		for _, other := range equations {
			eliminate(other, row, entering)
		}
	}
}

// pivot makes a cell basic in a row.
func (p *polytope) pivot(row, entering int) {
	p.rowOf[p.basic[row]] = -1
	p.basic[row], p.rowOf[entering] = entering, row
	by := p.rows[row][entering]
	for j := range p.rows[row] {
		p.rows[row][j] /= by
	}
	for i, other := range p.rows {
		if i != row {
			eliminate(other, p.rows[row], entering)
		}
	}
}

// eliminate takes a multiple of a row with a one at column from another, which gets a zero there.
func eliminate(from, row []float64, column int) {
	factor := from[column]
	if factor == 0 {
		return
	}
	for j, a := range row {
		from[j] -= factor * a
		if math.Abs(from[j]) < pivotTolerance {
			from[j] = 0
		}
	}
	from[column] = 0
}

// bounds are the whole numbers within the range seen.
func (p *polytope) bounds(k int) (lower, upper float64) {
	const rounding = 1e-6
	return math.Ceil(p.low[k] - rounding), math.Floor(p.high[k] + rounding)
}

// seek moves cell k up (direction 1) or down (−1) as far as it goes, or until the
// range seen is as wide as needed. It takes the first cell that helps and of
// equal limits the first, as Bland does, so that it cannot go in circles.
func (p *polytope) seek(k int, direction, need float64) {
	for {
		if lower, upper := p.bounds(k); upper-lower >= need {
			return
		}
		entering, step := p.entering(k, direction)
		if entering < 0 {
			return
		}
		leaving, distance := p.limit(entering, step)
		if math.IsInf(distance, 1) { // only upward: every cell has a least value
			p.high[k] = math.Max(p.high[k], p.x[k]+need)
			return
		}
		p.move(entering, step*distance)
		if leaving >= 0 {
			p.pivot(leaving, entering)
		}
	}
}

// entering is a cell outside the basis that moves k in the direction, and which way it goes itself.
func (p *polytope) entering(k int, direction float64) (cell int, step float64) {
	for j, x := range p.x {
		if p.rowOf[j] >= 0 {
			continue
		}
		gain := direction * indicator(j == k)
		if row := p.rowOf[k]; row >= 0 {
			gain = -direction * p.rows[row][j]
		}
		if gain > pivotTolerance && x < p.most[j] {
			return j, 1
		}
		if gain < -pivotTolerance && x > p.least[j] {
			return j, -1
		}
	}
	return -1, 0
}

// limit is how far a cell can go and the row whose cell stops it; −1 if it stops by itself.
func (p *polytope) limit(entering int, step float64) (leaving int, distance float64) {
	leaving, distance = -1, p.most[entering]-p.x[entering]
	if step < 0 {
		distance = p.x[entering] - p.least[entering]
	}
	for i, row := range p.rows {
		rate, b := -step*row[entering], p.basic[i]
		room := math.Inf(1)
		switch {
		case rate > pivotTolerance:
			room = (p.most[b] - p.x[b]) / rate
		case rate < -pivotTolerance:
			room = (p.least[b] - p.x[b]) / rate
		}
		if room < distance || room == distance && leaving >= 0 && b < p.basic[leaving] {
			leaving, distance = i, room
		}
	}
	return leaving, math.Max(0, distance)
}

// move shifts a cell outside the basis and with it the cells of the basis.
func (p *polytope) move(entering int, by float64) {
	shift := func(j int, by float64) {
		p.x[j] = math.Min(p.most[j], math.Max(p.least[j], p.x[j]+by))
		// Steps of whole numbers stay whole.
		if whole := math.Round(p.x[j]); math.Abs(whole-p.x[j]) < pivotTolerance {
			p.x[j] = whole
		}
		p.low[j], p.high[j] = math.Min(p.low[j], p.x[j]), math.Max(p.high[j], p.x[j])
	}
	for i, row := range p.rows {
		if row[entering] != 0 {
			shift(p.basic[i], -row[entering]*by)
		}
	}
	shift(entering, by)
}
