package stats

import (
	"cmp"
	"math"
	"slices"
)

// RowReason says why counts of a row are withheld.
type RowReason string

// The reasons.
const (
	RowShown         RowReason = "none"
	RowBase          RowReason = "base"           // the whole row: too few in all
	RowCell          RowReason = "cell"           // the small counts
	RowCellSecondary RowReason = "cell+secondary" // the one small count, and another so that the sum does not tell it
)

// SuppressRow withholds small counts of a row whose sum is published. The whole
// row goes if the sum is below minBase; else the counts from 1 to minCell−1; if
// that is one count alone, also the smallest other one above 0 (of equal ones the
// first), and the whole row if there is none. Zeros are shown.
//
// It protects one row by itself; where columns are published too, or other rows
// add up with this one, [SuppressTable] is needed.
//
// Reference: modelled on the GP Patient Survey of England.
func SuppressRow(counts []int64, minBase, minCell int64) (withheld []bool, reason RowReason, err error) {
	var base int64
	for _, c := range counts {
		if c < 0 || c > math.MaxInt64-base {
			return nil, "", invalid("a count of %d", c)
		}
		base += c
	}
	withheld = make([]bool, len(counts))
	if base < minBase {
		return slices.Repeat([]bool{true}, len(counts)), RowBase, nil
	}
	small, alone := 0, 0
	for i, c := range counts {
		if c > 0 && c < minCell {
			withheld[i] = true
			small, alone = small+1, i
		}
	}
	if small != 1 {
		if small == 0 {
			return withheld, RowShown, nil
		}
		return withheld, RowCell, nil
	}
	partner := -1
	for i, c := range counts {
		if i != alone && c > 0 && (partner < 0 || c < counts[partner]) {
			partner = i
		}
	}
	if partner < 0 {
		return slices.Repeat([]bool{true}, len(counts)), RowCellSecondary, nil
	}
	withheld[partner] = true
	return withheld, RowCellSecondary, nil
}

// Cell is one count of a table, totals being cells too.
type Cell struct {
	Value    int64
	Withheld bool
	// What every reader knows of it beforehand: at least Least, at most Most if not
	// nil. A reader who sees that a count is withheld for being below 30 knows as much.
	Least int64
	Most  *int64
}

// Sum says that one cell is the sum of others. Rows, columns, levels of a
// hierarchy and periods within a year are all sums.
type Sum struct {
	Total int // index of a cell
	Parts []int
}

// Exposure is a withheld cell that published cells give away: it lies between
// Lower and Upper, derived exactly where they are equal.
type Exposure struct {
	Cell         int
	Lower, Upper int64
}

// maxCellValue keeps sums of counts exact in floating point.
const maxCellValue = 1 << 45

// AuditTable finds the withheld cells that a reader of the published ones can
// derive too closely: the bounds
//
//	min and max of x over {x: sums hold, published cells as published, Least ≤ x ≤ Most}
//
// lie less than width apart (less than Least and Most, where those are nearer
// than width). width 1 asks only that no cell is derived exactly. The bounds are
// those of linear programming, rounded inwards to whole numbers; in tables of two
// dimensions with subtotals of one of them no others exist, elsewhere a reader
// who reasons in whole numbers may now and then come closer. The sums must hold.
//
// References: Fischetti and Salazar 2000, Math Program 84:283; Willenborg and
// de Waal 2001, Elements of Statistical Disclosure Control, ch. 6; R sdcTable.
func AuditTable(cells []Cell, sums []Sum, width int64) ([]Exposure, error) {
	if err := checkTable(cells, sums, width); err != nil {
		return nil, err
	}
	withheld := make([]bool, len(cells))
	for i, c := range cells {
		withheld[i] = c.Withheld
	}
	return audit(cells, sums, withheld, nil, width), nil
}

func checkTable(cells []Cell, sums []Sum, width int64) error {
	if width < 1 {
		return invalid("a width of %d", width)
	}
	for i, c := range cells {
		if c.Least < 0 || c.Value < c.Least || c.Value > maxCellValue || c.Most != nil && c.Value > *c.Most {
			return invalid("cell %d: %d is beyond what is known of it or too large", i, c.Value)
		}
	}
	for i, s := range sums {
		members := append([]int{s.Total}, s.Parts...)
		slices.Sort(members)
		switch {
		case len(s.Parts) == 0:
			return invalid("sum %d has no parts", i)
		case members[0] < 0 || members[len(members)-1] >= len(cells):
			return invalid("sum %d names a cell that does not exist", i)
		case len(slices.Compact(slices.Clone(members))) < len(members):
			return invalid("sum %d names a cell twice", i)
		}
		var total int64
		for _, part := range s.Parts {
			total += cells[part].Value
			if total > maxCellValue {
				break
			}
		}
		if total != cells[s.Total].Value {
			return invalid("sum %d: the parts are %d, the total %d", i, total, cells[s.Total].Value)
		}
	}
	return nil
}

// Suppressed is a table made safe.
type Suppressed struct {
	Withheld  []bool     // one a cell
	Secondary []int      // cells withheld for the sake of others, ascending
	Exposed   []Exposure // cells that not even withholding everything would protect
}

// SuppressTable withholds further cells until [AuditTable] finds nothing. Cells
// that are to be withheld for their own sake are marked in the table. It goes on
// with sums that hold a single withheld cell, then with what the audit finds, each
// time by the cell above 0 that leaves fewest such sums, and of these the smallest;
// in the end it gives back, largest first, those no longer needed. The fewest
// possible is not promised (that problem is NP-hard), the result is always the same.
//
// A table is safe together with all that is published: cells of other tables,
// periods and levels that add up with these belong into one call.
//
// References: Cox 1980, JASA 75:377; Willenborg and de Waal 2001.
func SuppressTable(cells []Cell, sums []Sum, width int64) (Suppressed, error) {
	if err := checkTable(cells, sums, width); err != nil {
		return Suppressed{}, err
	}
	s := suppressor{
		cells: cells, sums: sums, width: width,
		withheld: make([]bool, len(cells)),
		lost:     make([]bool, len(cells)),
		of:       make([][]int, len(cells)),
		hidden:   make([]int, len(sums)),
	}
	for i, sum := range sums {
		for _, c := range sum.members() {
			s.of[c] = append(s.of[c], i)
		}
	}
	for _, e := range audit(cells, sums, slices.Repeat([]bool{true}, len(cells)), nil, width) {
		s.lost[e.Cell] = true
	}
	for i, c := range cells {
		s.lost[i] = s.lost[i] || c.Most != nil && *c.Most == c.Least
		if c.Withheld {
			s.set(i, true)
		}
	}
	return s.run(), nil
}

func (s Sum) members() []int { return append([]int{s.Total}, s.Parts...) }

type suppressor struct {
	cells    []Cell
	sums     []Sum
	width    int64
	withheld []bool
	lost     []bool  // known whatever is withheld
	of       [][]int // sums that a cell belongs to
	hidden   []int   // withheld cells of each sum
}

func (s *suppressor) set(cell int, withheld bool) {
	s.withheld[cell] = withheld
	change := 1
	if !withheld {
		change = -1
	}
	for _, sum := range s.of[cell] {
		s.hidden[sum] += change
	}
}

func (s *suppressor) run() Suppressed {
	var added []int
	// What one more withheld cell loosens stays loose: it is looked at once.
	loose := slices.Clone(s.lost)
	for {
		added = append(added, s.closeSums()...)
		exposed := audit(s.cells, s.sums, s.withheld, loose, s.width)
		for cell, withheld := range s.withheld {
			_, found := slices.BinarySearchFunc(exposed, cell, func(e Exposure, cell int) int { return cmp.Compare(e.Cell, cell) })
			loose[cell] = loose[cell] || withheld && !found
		}
		cell, ok := s.partnerOf(exposed)
		if !ok {
			break
		}
		s.set(cell, true)
		added = append(added, cell)
	}
	s.giveBack(added)
	result := Suppressed{Withheld: s.withheld, Exposed: audit(s.cells, s.sums, s.withheld, nil, s.width)}
	for i, withheld := range s.withheld {
		if withheld && !s.cells[i].Withheld {
			result.Secondary = append(result.Secondary, i)
		}
	}
	return result
}

// tells reports whether a sum gives its one withheld cell away.
func (s *suppressor) tells(sum int) bool {
	return s.hidden[sum] == 1 && slices.ContainsFunc(s.sums[sum].members(), func(c int) bool { return s.withheld[c] && !s.lost[c] })
}

// closeSums leaves no sum that tells.
func (s *suppressor) closeSums() (added []int) {
	for again := true; again; {
		again = false
		for i, sum := range s.sums {
			if !s.tells(i) {
				continue
			}
			cell, _ := s.cheapest(sum.members()) // all but one are published
			s.set(cell, true)
			added, again = append(added, cell), true
		}
	}
	return added
}

// cheapest is the published cell whose withholding leaves fewest sums with a single withheld one.
func (s *suppressor) cheapest(among []int) (cell int, ok bool) {
	compare := func(a, b int) int {
		empty := func(c int) int { return int(indicator(s.cells[c].Value == 0)) }
		return cmp.Or(
			cmp.Compare(empty(a), empty(b)),
			cmp.Compare(s.singlesWith(a), s.singlesWith(b)),
			cmp.Compare(s.cells[a].Value, s.cells[b].Value),
			cmp.Compare(a, b),
		)
	}
	for _, c := range among {
		if !s.withheld[c] && (!ok || compare(c, cell) < 0) {
			cell, ok = c, true
		}
	}
	return cell, ok
}

// singlesWith is the change in the number of sums with a single withheld cell if a cell is withheld.
func (s *suppressor) singlesWith(cell int) (change int) {
	for _, sum := range s.of[cell] {
		switch s.hidden[sum] {
		case 0:
			change++
		case 1:
			change--
		}
	}
	return change
}

// partnerOf finds a cell that loosens an exposed one: a neighbour, or else a
// neighbour of any withheld cell. Not ok where nothing is exposed.
func (s *suppressor) partnerOf(exposed []Exposure) (cell int, ok bool) {
	if len(exposed) == 0 {
		return 0, false
	}
	for _, e := range exposed {
		if cell, ok = s.cheapest(s.neighbours(e.Cell)); ok {
			return cell, true
		}
	}
	var all []int
	for c, withheld := range s.withheld {
		if withheld {
			all = append(all, s.neighbours(c)...)
		}
	}
	return s.cheapest(all)
}

// neighbours are the cells that share a sum with a cell, itself among them.
func (s *suppressor) neighbours(cell int) (all []int) {
	for _, sum := range s.of[cell] {
		all = append(all, s.sums[sum].members()...)
	}
	return all
}

// giveBack publishes again what nothing needs, largest first.
func (s *suppressor) giveBack(added []int) {
	slices.SortFunc(added, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.cells[b].Value, s.cells[a].Value), cmp.Compare(b, a))
	})
	for _, cell := range added {
		s.set(cell, false)
		// Most cells are needed by a sum, which costs no more than a look.
		if slices.ContainsFunc(s.of[cell], s.tells) || s.exposes(cell) {
			s.set(cell, true)
		}
	}
}

// exposes reports whether anything is exposed now that a cell is published. Its
// neighbours are looked at first, being the likeliest.
func (s *suppressor) exposes(cell int) bool {
	near := s.neighbours(cell)
	for _, nearby := range []bool{true, false} {
		for _, p := range components(s.cells, s.sums, s.withheld) {
			for k, c := range p.cells {
				if s.lost[c] || slices.Contains(near, c) != nearby {
					continue
				}
				if _, is := p.exposure(k, s.cells[c], s.width); is {
					return true
				}
			}
		}
	}
	return false
}

// audit finds the exposed cells, component by component of those that sums tie
// together; it does not look at those to skip.
func audit(cells []Cell, sums []Sum, withheld, skip []bool, width int64) []Exposure {
	var exposed []Exposure
	for _, p := range components(cells, sums, withheld) {
		for k, cell := range p.cells {
			if skip != nil && skip[cell] {
				continue
			}
			if e, is := p.exposure(k, cells[cell], width); is {
				exposed = append(exposed, e)
			}
		}
	}
	slices.SortFunc(exposed, func(a, b Exposure) int { return cmp.Compare(a.Cell, b.Cell) })
	return exposed
}

// components groups withheld cells that share sums. A cell in no sum has nothing that tells of it.
func components(cells []Cell, sums []Sum, withheld []bool) []*polytope {
	root := make([]int, len(cells))
	for i := range root {
		root[i] = i
	}
	var find func(i int) int
	find = func(i int) int {
		if root[i] != i {
			root[i] = find(root[i])
		}
		return root[i]
	}
	for _, sum := range sums {
		first := -1
		for _, c := range sum.members() {
			if !withheld[c] {
				continue
			}
			if first >= 0 {
				root[find(c)] = find(first)
			}
			first = c
		}
	}
	byRoot := map[int]*polytope{}
	var all []*polytope
	place := make([]int, len(cells))
	for i := range cells {
		if !withheld[i] {
			continue
		}
		p := byRoot[find(i)]
		if p == nil {
			p = &polytope{}
			byRoot[find(i)] = p
			all = append(all, p)
		}
		place[i] = len(p.cells)
		p.addCell(i, cells[i])
	}
	for _, sum := range sums {
		var p *polytope
		var row []float64
		for _, c := range sum.members() {
			if !withheld[c] {
				continue
			}
			if p == nil {
				p = byRoot[find(c)]
				row = make([]float64, len(p.cells))
			}
			row[place[c]] = 1
			if c == sum.Total {
				row[place[c]] = -1
			}
		}
		if p != nil {
			p.rows = append(p.rows, row)
		}
	}
	for _, p := range all {
		p.reduce()
	}
	return all
}

// polytope is the set of values that withheld cells may have. A simplex moves
// along it from the true values, which are one of its points, so that no first
// phase is needed; whatever it passes on the way widens the ranges seen.
type polytope struct {
	cells       []int
	truth, x    []float64 // the true values, and where the simplex stands
	least, most []float64
	low, high   []float64   // range seen of each cell
	rows        [][]float64 // equations solved for the basic cells
	basic       []int       // the basic cell of each row
	rowOf       []int       // the row in which a cell is basic, else −1
}

const pivotTolerance = 1e-9

func (p *polytope) addCell(index int, c Cell) {
	x, most := float64(c.Value), math.Inf(1)
	if c.Most != nil && *c.Most <= maxCellValue { // beyond it knows nothing
		most = float64(*c.Most)
	}
	p.cells = append(p.cells, index)
	p.truth, p.x = append(p.truth, x), append(p.x, x)
	p.low, p.high = append(p.low, x), append(p.high, x)
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
		filled := p.pivot(len(p.rows)-1, entering)
		for _, other := range equations {
			eliminate(other, row, entering, filled)
		}
	}
}

// pivot makes a cell basic in a row and returns the columns that the row fills.
func (p *polytope) pivot(row, entering int) (filled []int) {
	p.rowOf[p.basic[row]] = -1
	p.basic[row], p.rowOf[entering] = entering, row
	by := p.rows[row][entering]
	for j, a := range p.rows[row] {
		if a != 0 {
			p.rows[row][j] = a / by
			filled = append(filled, j)
		}
	}
	for i, other := range p.rows {
		if i != row {
			eliminate(other, p.rows[row], entering, filled)
		}
	}
	return filled
}

// eliminate takes a multiple of a row with a one at column from another, which gets a zero there.
func eliminate(from, row []float64, column int, filled []int) {
	factor := from[column]
	if factor == 0 {
		return
	}
	for _, j := range filled {
		from[j] -= factor * row[j]
		if math.Abs(from[j]) < pivotTolerance {
			from[j] = 0
		}
	}
	from[column] = 0
}

// exposure reports whether cell k, c in the table, is exposed.
func (p *polytope) exposure(k int, c Cell, width int64) (Exposure, bool) {
	need := float64(width)
	if c.Most != nil {
		need = math.Min(need, float64(*c.Most-c.Least))
	}
	p.seek(k, 1, need)
	p.seek(k, -1, need)
	lower, upper := p.bounds(k)
	return Exposure{Cell: p.cells[k], Lower: int64(lower), Upper: int64(upper)}, upper-lower < need
}

// bounds are the whole numbers within the range seen.
func (p *polytope) bounds(k int) (lower, upper float64) {
	const rounding = 1e-6
	return math.Ceil(p.low[k] - rounding), math.Floor(p.high[k] + rounding)
}

// seek moves cell k up (direction 1) or down (−1) from its true value as far as it
// goes, or until the range seen is as wide as needed: from within, where cells
// have room, most need few moves and no pivot. It takes the first cell that helps
// and of equal limits the first, as Bland does, so that it cannot go in circles.
func (p *polytope) seek(k int, direction, need float64) {
	copy(p.x, p.truth)
	for !p.wide(k, need) {
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
		if leaving >= 0 && !p.wide(k, need) {
			p.pivot(leaving, entering)
		}
	}
}

// wide reports whether the range seen of cell k is as wide as needed.
func (p *polytope) wide(k int, need float64) bool {
	lower, upper := p.bounds(k)
	return upper-lower >= need
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
