package stats

import (
	"math"
	"slices"
)

// network is the part of a table in which cells are edges and equations are vertices.
//
// Where every cell stands in two equations at most, and signs of equations can be
// chosen so that it adds to one and takes from the other, the values are a flow:
// each cell runs from the equation it takes from to the one it adds to (a cell of
// one equation from or to the ground), and nothing stays at a vertex. Tables of two
// dimensions with levels in one of them are such.
//
// Published cells do not move. A withheld one can be larger if below Most and
// smaller if above Least; these are the arcs of the residual network, with the
// edge and against it. Two flows differ by cycles of that network, and all bounds
// being whole, a cycle can be changed by 1 at least. So a cell is derived exactly
// if and only if no residual cycle passes through it but up and down itself. That is:
//
//   - its ends are in different strong components: no cycle passes at all; or
//   - it is a bridge of its strong component, directions disregarded.
//
// No other cell is derived. For let an edge from u to v be within a strong
// component, and neither end reach the other without it. Every vertex is reached
// from u or from v without the edge, and reaches one of them. None is reached from
// both, else u would reach v or v reach u. So the component falls into what u
// reaches and what v reaches, no arc between them but this edge: a bridge.
//
// References: Gusfield 1988, SIAM J Comput 17:552; Cox 1995, JASA 90:1453.
type network struct {
	table *table
	ends  []edge  // of each cell
	arcs  [][]arc // at each vertex; cells known beforehand have none
	total float64 // of all values
	paths *pathFinder
}

// edge runs between vertices: equations by their index, the ground after the last.
// Negative where the cell is outside.
type edge struct{ from, to int }

// arc is an edge seen from one of its ends.
type arc struct {
	cell, to int
	out      bool // residual: can carry more from here
}

// newNetwork finds the networks of a table. There are none for a width above 1:
// cycles tell whether a cell can change, not by how much.
func newNetwork(t *table) *network {
	ground := len(t.system.equations)
	n := &network{
		table: t,
		ends:  slices.Repeat([]edge{{-1, -1}}, len(t.cells)),
		arcs:  make([][]arc, ground+1),
		paths: newPathFinder(ground + 1),
	}
	if t.width > 1 {
		return n
	}
	sign := t.system.signs()
	degree := make([]int, ground+1)
	for c := range t.cells {
		e, inside := edge{ground, ground}, true
		for _, term := range t.system.of[c] {
			switch sign[term.equation] * term.sign {
			case 0:
				inside = false
			case 1:
				e.to = term.equation
			default:
				e.from = term.equation
			}
		}
		if !inside {
			continue
		}
		n.ends[c] = e
		n.total += float64(t.cells[c].Value)
		if !t.fixed(c) {
			degree[e.from]++
			degree[e.to]++
		}
	}
	for v, d := range degree {
		n.arcs[v] = make([]arc, 0, d)
	}
	for c, e := range n.ends {
		if n.covers(c) && !t.fixed(c) {
			up, down := n.room(c)
			n.arcs[e.from] = append(n.arcs[e.from], arc{c, e.to, up})
			n.arcs[e.to] = append(n.arcs[e.to], arc{c, e.from, down})
		}
	}
	return n
}

func (n *network) covers(cell int) bool { return n.ends[cell].from >= 0 }

// room reports whether a cell could be larger and whether it could be smaller.
func (n *network) room(cell int) (up, down bool) {
	c := n.table.cells[cell]
	return c.Most == nil || c.Value < *c.Most, c.Value > c.Least
}

// signs chooses the sign of each equation so that every cell has a plus and a
// minus; 0 where equations tied together by cells allow no such choice.
func (s *system) signs() []int {
	sign := make([]int, len(s.equations))
	var impossible []int
	for first := range s.equations {
		if sign[first] != 0 {
			continue
		}
		sign[first] = 1
		reached, possible := []int{first}, true
		for k := 0; k < len(reached); k++ {
			here := reached[k]
			for _, term := range s.equations[here] {
				in := s.of[term.cell]
				possible = possible && len(in) <= 2
				for _, there := range in {
					if there.equation == here {
						continue
					}
					needed := -sign[here] * term.sign * there.sign
					if sign[there.equation] == 0 {
						sign[there.equation] = needed
						reached = append(reached, there.equation)
					}
					possible = possible && sign[there.equation] == needed
				}
			}
		}
		if !possible {
			impossible = append(impossible, reached...)
		}
	}
	for _, equation := range impossible {
		sign[equation] = 0
	}
	return sign
}

// exposed lists the withheld cells that are derived.
func (n *network) exposed() (exposed []Exposure) {
	component := n.components()
	bridge := n.bridges(component)
	for c, e := range n.ends {
		if n.table.withheld[c] && n.covers(c) && !n.table.fixed(c) && (bridge[c] || component[e.from] != component[e.to]) {
			value := n.table.cells[c].Value
			exposed = append(exposed, Exposure{c, value, value})
		}
	}
	return exposed
}

// components numbers the strong components of the residual network, by Tarjan's algorithm.
func (n *network) components() (component []int) {
	component = make([]int, len(n.arcs)) // 0 until known
	entered, low := make([]int, len(n.arcs)), make([]int, len(n.arcs))
	var stack []int
	clock, number := 0, 0
	var visit func(v int)
	visit = func(v int) {
		clock++
		entered[v], low[v] = clock, clock
		stack = append(stack, v)
		for _, a := range n.arcs[v] {
			if !a.out || !n.table.withheld[a.cell] {
				continue
			}
			if entered[a.to] == 0 {
				visit(a.to)
				low[v] = min(low[v], low[a.to])
			} else if component[a.to] == 0 {
				low[v] = min(low[v], entered[a.to])
			}
		}
		if low[v] < entered[v] {
			return
		}
		number++
		for component[v] == 0 {
			last := len(stack) - 1
			component[stack[last]] = number
			stack = stack[:last]
		}
	}
	for v := range n.arcs {
		if entered[v] == 0 {
			visit(v)
		}
	}
	return component
}

// bridges marks the cells without which a component would fall apart, directions disregarded.
func (n *network) bridges(component []int) (bridge []bool) {
	bridge = make([]bool, len(n.ends))
	entered, low := make([]int, len(n.arcs)), make([]int, len(n.arcs))
	clock := 0
	var visit func(v, over int)
	visit = func(v, over int) {
		clock++
		entered[v], low[v] = clock, clock
		for _, a := range n.arcs[v] {
			if a.cell == over || !n.table.withheld[a.cell] || component[a.to] != component[v] {
				continue
			}
			if entered[a.to] > 0 {
				low[v] = min(low[v], entered[a.to])
				continue
			}
			visit(a.to, a.cell)
			low[v] = min(low[v], low[a.to])
			bridge[a.cell] = low[a.to] > entered[v]
		}
	}
	for v := range n.arcs {
		if entered[v] == 0 {
			visit(v, -1)
		}
	}
	return bridge
}

// derived reports whether a withheld cell is derived, as exposed does for all.
func (n *network) derived(cell int) bool {
	e := n.ends[cell]
	up, down := n.room(cell)
	others := func(_ int, a arc) bool { return a.out && a.cell != cell && n.table.withheld[a.cell] }
	return !(up && n.paths.find(n, e.to, e.from, others) || down && n.paths.find(n, e.from, e.to, others))
}

// spares reports whether a cell just published leaves all withheld cells as safe as
// they were. The components are those before. Its own must stay strong, which it
// does if the ends reach each other still; and no edge may become a bridge, which
// would have to lie between the ends: two paths without a common edge rule that out.
func (n *network) spares(cell int, component []int) bool {
	e := n.ends[cell]
	forward := func(_ int, a arc) bool { return a.out && n.table.withheld[a.cell] }
	if !n.paths.find(n, e.from, e.to, forward) || !n.paths.find(n, e.to, e.from, forward) {
		return false
	}
	within := func(_ int, a arc) bool {
		return n.table.withheld[a.cell] && component[a.to] == component[e.from]
	}
	if !n.paths.find(n, e.from, e.to, within) {
		return false
	}
	// The second path may undo steps of the first, but not repeat them.
	leaves := map[int]int{}
	for _, s := range n.paths.steps(e.from, e.to) {
		leaves[s.cell] = s.from
	}
	return n.paths.find(n, e.from, e.to, func(v int, a arc) bool {
		from, used := leaves[a.cell]
		return within(v, a) && !(used && from == v)
	})
}

// cycle is the cheapest set of published cells that, withheld too, put a cell on a
// residual cycle: as few as possible, then small ones, empty ones last. There is
// none if the cell is derived whatever is withheld.
func (n *network) cycle(cell int) (published []int, ok bool) {
	e := n.ends[cell]
	up, down := n.room(cell)
	best := math.Inf(1)
	try := func(from, to int) {
		if price := n.paths.cheapest(n, from, to, cell, best); price < best {
			best, published, ok = price, nil, true
			for _, s := range n.paths.steps(from, to) {
				if !n.table.withheld[s.cell] {
					published = append(published, s.cell)
				}
			}
		}
	}
	if up {
		try(e.to, e.from)
	}
	if down {
		try(e.from, e.to)
	}
	return published, ok
}

// price of withholding a cell: the number of cells decides, then their values.
func (n *network) price(cell int) float64 {
	const empty = 1 << 20
	switch value := n.table.cells[cell].Value; {
	case n.table.withheld[cell]:
		return 0
	case value == 0:
		return empty
	default:
		return 1 + float64(value)/n.total
	}
}
