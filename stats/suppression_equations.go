package stats

import (
	"cmp"
	"slices"
)

// system says the same as the sums of a table, in as few equations a cell as it finds.
//
// Every total has one sum that defines it. The definitions are put into every
// further sum until no defined cell is left in it. Where nothing else is left
// either, the sum follows from the definitions and is dropped. What is left of one
// that names a cell for which definitions alone have two places already takes its
// place, and is a definition itself. In a tree of agencies by fields that is the way
// of all sums over the fields of agencies with others below.
type system struct {
	equations [][]term
	of        [][]place // of each cell
}

// term is a cell that an equation adds (sign 1) or subtracts (−1); all terms make 0.
type term struct{ cell, sign int }

// place is a term seen from its cell.
type place struct{ equation, sign int }

func newSystem(members [][]int, cells int) *system {
	d := define(members, cells)
	equations := make([][]term, 0, len(members))
	var further [][]int
	for i, sum := range members {
		if d.of[sum[0]] == i {
			equations = append(equations, terms(sum))
		} else {
			further = append(further, sum)
		}
	}
	// From below, as what is left of one may serve those above.
	slices.SortStableFunc(further, func(a, b []int) int { return cmp.Compare(d.rank[a[0]], d.rank[b[0]]) })
	for _, sum := range further {
		equation := terms(sum)
		reduced, ok := d.reduce(equation)
		if ok && len(reduced) == 0 {
			continue
		}
		if ok && d.crowded(sum) {
			equation = reduced
			d.add(reduced)
		}
		equations = append(equations, equation)
	}
	return systemOf(equations, cells)
}

// systemOf is a system of equations as they are.
func systemOf(equations [][]term, cells int) *system {
	s := &system{equations: equations, of: make([][]place, cells)}
	room, count := 0, make([]int, cells)
	for _, equation := range equations {
		for _, t := range equation {
			count[t.cell]++
			room++
		}
	}
	places := make([]place, room)
	for c, n := range count {
		s.of[c], places = places[:0:n], places[n:]
	}
	for i, equation := range equations {
		for _, t := range equation {
			s.of[t.cell] = append(s.of[t.cell], place{i, t.sign})
		}
	}
	return s
}

// terms of a sum: the parts less the total.
func terms(sum []int) []term {
	equation := make([]term, len(sum))
	for k, c := range sum {
		equation[k] = term{c, 1}
	}
	equation[0].sign = -1
	return equation
}

// definitions give every total one sum to be made by, and no cell is made of itself.
type definitions struct {
	members [][]int
	of      []int // the sum that defines a cell, −1 without
	sure    []int // sums with a cell that are the only one of their total
	factor  []int // of each cell in the equation being reduced
	rank    []int // of each cell, parts before what they make
	visited []int // the reduction that met it, counted from 1
	run     int
}

func define(members [][]int, cells int) *definitions {
	d := &definitions{
		members: slices.Clone(members),
		of:      slices.Repeat([]int{-1}, cells),
		sure:    make([]int, cells),
		factor:  make([]int, cells),
		rank:    make([]int, cells),
		visited: make([]int, cells),
	}
	alternatives := make([]int, cells)
	for _, sum := range members {
		alternatives[sum[0]]++
	}
	for _, sum := range members {
		if alternatives[sum[0]] == 1 {
			for _, c := range sum {
				d.sure[c]++
			}
		}
	}
	for i, sum := range members {
		chosen := &d.of[sum[0]]
		if *chosen < 0 || d.crowded(members[*chosen]) && !d.crowded(sum) {
			*chosen = i
		}
	}
	d.breakCircles()
	return d
}

// crowded reports whether a sum has a cell with no place left in two equations.
func (d *definitions) crowded(sum []int) bool {
	return slices.ContainsFunc(sum, func(c int) bool { return d.sure[c] > 1 })
}

// add takes an equation of cells without definition for that of the cell that the
// others add up to, if there is one.
func (d *definitions) add(equation []term) {
	for _, sign := range []int{-1, 1} {
		var totals, parts []int
		for _, t := range equation {
			if t.sign == sign {
				totals = append(totals, t.cell)
			} else {
				parts = append(parts, t.cell)
			}
		}
		if len(totals) == 1 {
			d.of[totals[0]] = len(d.members)
			d.members = append(d.members, append(totals, parts...))
			return
		}
	}
}

// breakCircles takes its definition from a cell that would be made of itself, and ranks the cells.
func (d *definitions) breakCircles() {
	const open, done = 1, 2
	state, ranked := make([]uint8, len(d.of)), 0
	var visit func(c int)
	visit = func(c int) {
		state[c] = open
		if sum := d.of[c]; sum >= 0 {
			for _, part := range d.members[sum][1:] {
				if state[part] == 0 {
					visit(part)
				}
				if state[part] == open {
					d.of[c] = -1
					break
				}
			}
		}
		state[c] = done
		d.rank[c], ranked = ranked, ranked+1
	}
	for c := range state {
		if state[c] == 0 {
			visit(c)
		}
	}
}

// reduce puts definitions into an equation. It fails where a cell comes in more than
// once: such equations make no network.
func (d *definitions) reduce(equation []term) (reduced []term, ok bool) {
	d.run++
	var order []int // parts before what they make
	var visit func(c int)
	visit = func(c int) {
		d.visited[c], d.factor[c] = d.run, 0
		if sum := d.of[c]; sum >= 0 {
			for _, part := range d.members[sum][1:] {
				if d.visited[part] != d.run {
					visit(part)
				}
			}
		}
		order = append(order, c)
	}
	for _, t := range equation {
		if d.visited[t.cell] != d.run {
			visit(t.cell)
		}
		d.factor[t.cell] += t.sign
	}
	for _, c := range slices.Backward(order) {
		factor := d.factor[c]
		switch {
		case factor == 0:
		case factor > 1 || factor < -1:
			return nil, false
		case d.of[c] < 0:
			reduced = append(reduced, term{c, factor})
		default:
			for _, part := range d.members[d.of[c]][1:] {
				d.factor[part] += factor
			}
		}
	}
	return reduced, true
}
