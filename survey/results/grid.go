package results

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"sipas/survey/registry"
)

// grid numbers the places of a table: the agencies of the province in tree order,
// each with all fields together, then every field of the catalogue and none.
type grid struct {
	agencies []string
	parents  []int    // by agency; the province, the first, has none
	children [][]int  // by agency
	fields   []string // "" first, noField last
	row      map[string]int
	column   map[string]int

	rows, columns []int // of the agencies and fields of ratings, by code
}

// newGrid gives the places for ratings with codes for these agencies and fields.
// Ratings of an agency that does not lie below the province count for the province alone.
func newGrid(catalog *registry.Snapshot, agencyIDs, fieldIDs []string) *grid {
	g := &grid{row: map[string]int{}, column: map[string]int{}, fields: []string{""}}
	if root, ok := catalog.Root(); ok {
		g.agencies = catalog.Subtree(root.ID)
	}
	g.parents = make([]int, len(g.agencies))
	for i, id := range g.agencies {
		g.row[id] = i
		a, _ := catalog.Agency(id)
		g.parents[i] = g.row[a.Parent] // parents come first
	}
	g.children = make([][]int, len(g.agencies))
	for row := 1; row < len(g.agencies); row++ {
		g.children[g.parents[row]] = append(g.children[g.parents[row]], row)
	}
	for _, f := range catalog.Fields() {
		g.fields = append(g.fields, f.ID)
	}
	g.fields = append(g.fields, noField)
	for i, id := range g.fields {
		g.column[id] = i
	}
	g.rows, g.columns = make([]int, len(agencyIDs)), make([]int, len(fieldIDs))
	for code, id := range agencyIDs {
		g.rows[code] = g.row[id]
	}
	for code, id := range fieldIDs {
		if g.columns[code] = g.column[id]; g.columns[code] == 0 {
			g.columns[code] = len(g.fields) - 1
		}
	}
	return g
}

// alone is the grid of one agency and its own ratings.
func (g *grid) alone(row int) *grid {
	return &grid{agencies: g.agencies[row : row+1], parents: []int{0}, children: [][]int{nil}, fields: g.fields,
		row: map[string]int{g.agencies[row]: 0}, column: g.column, rows: make([]int, len(g.rows)), columns: g.columns}
}

func (g *grid) size() int { return len(g.agencies) * len(g.fields) }

// spots is how many counts the sums of a table are made of: those of its places, and after
// them, place by place, of the ratings that inner agencies have themselves, which no figure shows.
func (g *grid) spots() int { return 2 * g.size() }

// same reports whether two grids have the same places, and the same sums of them.
func (g *grid) same(o *grid) bool {
	return slices.Equal(g.agencies, o.agencies) && slices.Equal(g.parents, o.parents) && slices.Equal(g.fields, o.fields)
}

// of gives the place of the ratings of an agency and a field by their codes.
func (g *grid) of(agency, field int) int {
	return g.rows[agency]*len(g.fields) + g.columns[field]
}

// at gives a place by its names; not ok where there is none.
func (g *grid) at(p pair) (place int, ok bool) {
	row, ok1 := g.row[p.agency]
	column, ok2 := g.column[p.field]
	return row*len(g.fields) + column, ok1 && ok2
}

func (g *grid) pair(place int) pair {
	return pair{g.agencies[place/len(g.fields)], g.fields[place%len(g.fields)]}
}

// eachAbove calls use for every place that ratings of a place are in: those of the
// agency and of all above it, in the field and in all.
func (g *grid) eachAbove(place int, use func(place int)) {
	row, column := place/len(g.fields), place%len(g.fields)
	for {
		use(row*len(g.fields) + column)
		use(row * len(g.fields))
		if row == 0 {
			return
		}
		row = g.parents[row]
	}
}

// sumFields makes the places of all fields the sums of their agencies' fields.
func sumFields[T any](g *grid, cells []T, add func(to *T, part *T)) {
	for row := range g.agencies {
		line := cells[row*len(g.fields) : (row+1)*len(g.fields)]
		for column := 1; column < len(line); column++ {
			add(&line[0], &line[column])
		}
	}
}

// sumSubtrees adds to every agency what is below it.
func sumSubtrees[T any](g *grid, cells []T, add func(to *T, part *T)) {
	width := len(g.fields)
	for row := len(g.agencies) - 1; row > 0; row-- {
		above, part := cells[g.parents[row]*width:][:width], cells[row*width:][:width]
		for column := range part {
			add(&above[column], &part[column])
		}
	}
}

// rollUp adds respondents by agency and field up to whole subtrees and all fields.
func (g *grid) rollUp(n []int64) {
	width := len(g.fields)
	for row := len(g.agencies) - 1; row >= 0; row-- {
		line := n[row*width:][:width]
		for _, more := range line[1:] {
			line[0] += more
		}
		if row == 0 || line[0] == 0 {
			continue
		}
		above := n[g.parents[row]*width:][:width]
		for column := 1; column < width; column++ {
			above[column] += line[column]
		}
	}
}

// rollUpSpots is rollUp that keeps, behind the places, what their agencies have themselves.
func (g *grid) rollUpSpots(n []int64) {
	add := func(to, part *int64) { *to += *part }
	places := n[:g.size()]
	sumFields(g, places, add)
	copy(n[g.size():], places)
	sumSubtrees(g, places, add)
}

// parallel does work for 0 to n−1 on all processors.
func parallel(n int, work func(i int)) {
	var next atomic.Int64
	var done sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		done.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	done.Wait()
}
