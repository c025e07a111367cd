package tally

import (
	"slices"

	"sipas/stats"
)

// run is counted groups in the order of their places.
type run struct {
	places []uint64
	add    func(i int, to *Group) // adds the i-th
	next   int                    // the first that is not merged
}

// run gives the groups of a count that have rows.
func (c *count) run() run {
	order := c.order()
	places := make([]uint64, len(order))
	for i, group := range order {
		places[i] = c.place(group)
	}
	return run{places: places, add: func(i int, to *Group) {
		group := order[i]
		to.Rows += c.rows[group]
		for item := range to.Items {
			for code, n := range &c.levels[item][group] {
				to.Items[item][code] += n
			}
		}
		for pool := range to.Pools {
			to.Pools[pool] = to.Pools[pool].Plus(c.pools[pool][group])
		}
	}}
}

// run gives the groups of a month.
func (t *monthTally) run() run {
	return run{places: t.places, add: func(i int, to *Group) {
		to.Rows += int64(t.rows[i])
		for item := range to.Items {
			addLevels(&to.Items[item], &t.levels[item][i])
		}
		for pool := range to.Pools {
			addSums(&to.Pools[pool], &t.pools[pool][i])
		}
	}}
}

func addLevels(to *Levels, counts *[itemCodes]uint32) {
	for code, n := range counts {
		to[code] += int64(n)
	}
}

func addSums(to *stats.Moments, sums *[7]uint32) {
	to.Respondents += int64(sums[0])
	to.Answered += int64(sums[1])
	to.Satisfied += int64(sums[2])
	to.AA += int64(sums[3])
	to.AS += int64(sums[4])
	to.SS += int64(sums[5])
	to.Full += int64(sums[6])
}

// merge calls use for every place along the axes that some run has, in ascending order, with the
// sum of its groups in g.
func merge(axes []axis, runs []run, g *Group, use func(*Group)) {
	keys := keys{axes: axes}
	ended := func(r run) bool { return r.next == len(r.places) }
	runs = slices.DeleteFunc(runs, ended)
	for len(runs) > 0 {
		place := runs[0].places[runs[0].next]
		for i := range runs[1:] {
			r := &runs[1+i]
			place = min(place, r.places[r.next])
		}
		g.Key, g.Rows = keys.of(place), 0
		clear(g.Items)
		clear(g.Pools)
		ends := false
		for i := range runs {
			if r := &runs[i]; r.places[r.next] == place {
				r.add(r.next, g)
				r.next++
				ends = ends || r.next == len(r.places)
			}
		}
		if ends {
			runs = slices.DeleteFunc(runs, ended)
		}
		use(g)
	}
}

// keys tells the keys of places. From one place to the next most of the key
// stays, above all its first dimensions.
type keys struct {
	axes  []axis
	known bool
	above [MaxGroupBy]uint64 // the part of the last place that the axes before each one make
	key   [MaxGroupBy]int
}

func (k *keys) of(place uint64) [MaxGroupBy]int {
	for i := len(k.axes) - 1; i >= 0; i-- {
		a := &k.axes[i]
		width := a.width()
		above := place / width
		k.key[i] = a.key(place - above*width)
		if k.known && above == k.above[i] {
			break
		}
		k.above[i], place = above, above
	}
	k.known = true
	return k.key
}
