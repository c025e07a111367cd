package stats

import (
	"cmp"
	"math"
)

// pathFinder finds paths between vertices of a network, one at a time.
type pathFinder struct {
	last    []step    // the step that reached each vertex
	reached []int     // the search that reached it, counted from 1
	settled []int     // the search that needs no cheaper way to it
	price   []float64 // of the way to it
	search  int
	queue   []int
	heap    []offer
}

// step leaves a vertex over a cell.
type step struct{ from, cell int }

// offer is a way to a vertex.
type offer struct {
	price  float64
	vertex int
}

func newPathFinder(vertices int) *pathFinder {
	return &pathFinder{
		last:    make([]step, vertices),
		reached: make([]int, vertices),
		settled: make([]int, vertices),
		price:   make([]float64, vertices),
	}
}

// find reports whether one vertex can be reached from another, breadth first.
func (f *pathFinder) find(n *network, from, to int, passes func(v int, a arc) bool) bool {
	f.search++
	f.reached[from] = f.search
	f.queue = append(f.queue[:0], from)
	for k := 0; k < len(f.queue) && f.reached[to] != f.search; k++ {
		v := f.queue[k]
		for _, a := range n.arcs[v] {
			if f.reached[a.to] != f.search && passes(v, a) {
				f.reached[a.to], f.last[a.to] = f.search, step{v, a.cell}
				f.queue = append(f.queue, a.to)
			}
		}
	}
	return f.reached[to] == f.search
}

// steps of the path found last, the last step first.
func (f *pathFinder) steps(from, to int) (steps []step) {
	for v := to; v != from; v = f.last[v].from {
		steps = append(steps, f.last[v])
	}
	return steps
}

// cheapest is the price of the cheapest path that does without a cell, infinite if that is none below the limit.
func (f *pathFinder) cheapest(n *network, from, to, without int, limit float64) float64 {
	f.search++
	f.heap = f.heap[:0]
	f.offer(from, 0)
	for len(f.heap) > 0 {
		best := f.take()
		v := best.vertex
		if f.settled[v] == f.search {
			continue
		}
		if v == to {
			return best.price
		}
		f.settled[v] = f.search
		for _, a := range n.arcs[v] {
			if !a.out || a.cell == without || f.settled[a.to] == f.search {
				continue
			}
			price := best.price + n.price(a.cell)
			if price < limit && (f.reached[a.to] != f.search || price < f.price[a.to]) {
				f.last[a.to] = step{v, a.cell}
				f.offer(a.to, price)
			}
		}
	}
	return math.Inf(1)
}

func (f *pathFinder) offer(vertex int, price float64) {
	f.reached[vertex], f.price[vertex] = f.search, price
	f.heap = append(f.heap, offer{price, vertex})
	for k := len(f.heap) - 1; k > 0 && f.heap[k].before(f.heap[(k-1)/2]); k = (k - 1) / 2 {
		f.heap[k], f.heap[(k-1)/2] = f.heap[(k-1)/2], f.heap[k]
	}
}

// take removes the cheapest offer.
func (f *pathFinder) take() offer {
	best, end := f.heap[0], len(f.heap)-1
	f.heap[0] = f.heap[end]
	f.heap = f.heap[:end]
	for k := 0; 2*k+1 < end; {
		child := 2*k + 1
		if child+1 < end && f.heap[child+1].before(f.heap[child]) {
			child++
		}
		if !f.heap[child].before(f.heap[k]) {
			break
		}
		f.heap[k], f.heap[child] = f.heap[child], f.heap[k]
		k = child
	}
	return best
}

// before breaks ties by vertex, so that the result is always the same.
func (o offer) before(other offer) bool {
	return cmp.Or(cmp.Compare(o.price, other.price), cmp.Compare(o.vertex, other.vertex)) < 0
}
