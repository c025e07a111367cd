package tally

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"sipas/stats"
)

const (
	// directPlaces is up to how many places every place is a group, whatever the
	// number of rows. Where there are rows for more it is directPerRow for each, which
	// to clear and to look through costs less than to find groups in a map, and directBytes in all.
	directPlaces = 4096
	directPerRow = 8
	directBytes  = 32 << 20
	// batchBlocks bounds the memory of a count: the groups of a million rows.
	batchBlocks = 128
	// smallBatch is below how many rows further goroutines do not pay.
	smallBatch = 4 * blockRows
	// histogramRows is how many rows per group make up for clearing and folding a histogram.
	histogramRows = 32
)

// Count filters, groups and counts the rows in view. The groups come in the
// order of their keys, each with at least one row. A query that names an
// unknown form or dimension, too many dimensions or a measure twice is an error.
//
// What full blocks add to a query in a whole month is kept for the next query
// that differs in nothing but its period.
func (s Snapshot) Count(q Query) ([]Group, error) {
	var found []Group
	var items []Levels
	var pools []stats.Moments
	err := s.Each(q, func(g *Group) {
		found = append(found, Group{Key: g.Key, Rows: g.Rows})
		items, pools = append(items, g.Items...), append(pools, g.Pools...)
	})
	for i := range found {
		found[i].Items, items = cut(items, len(q.Items))
		found[i].Pools, pools = cut(pools, len(q.Pools))
	}
	return found, err
}

func cut[T any](list []T, n int) (head, tail []T) { return list[:n:n], list[n:] }

// Each is [Snapshot.Count] without a list of the groups: it calls use for one after
// the other, in the order of their keys. A group is only valid until use returns.
func (s Snapshot) Each(q Query, use func(*Group)) error {
	if err := q.check(s.state); err != nil {
		return err
	}
	days := q.Filter.days()
	if days.first > days.last {
		return nil
	}
	sealed, open := q.views(s.state.sealed, days), q.views(s.state.open, days)
	filled := span{first: 1<<16 - 1}
	for _, v := range slices.Concat(sealed, open) {
		filled = span{min(filled.first, v.days.first), max(filled.last, v.days.last)}
	}
	filled = span{max(filled.first, days.first), min(filled.last, days.last)}
	if filled.first > filled.last {
		return nil
	}
	c := newCount(&q, s.state, filled)
	var runs []run
	left := []span{days}
	if s.months != nil {
		runs, left = s.months.runs(c, sealed, days)
	}
	for _, days := range left {
		c.add(sealed, days)
	}
	c.add(open, days)
	g := Group{Items: make([]Levels, len(q.Items)), Pools: make([]stats.Moments, len(q.Pools))}
	merge(c.axes, append(runs, c.run()), &g, use)
	return nil
}

// views lists those with rows of the query's forms on some days.
func (q *Query) views(of []view, days span) []*view {
	var views []*view
	for i := range of {
		v := &of[i]
		if v.rows > 0 && v.days.overlaps(days) && (q.Forms == nil || slices.Contains(q.Forms, v.layout.id)) {
			views = append(views, v)
		}
	}
	return views
}

// count is a query under way. Group 0 collects the rows that do not pass.
type count struct {
	query  *Query
	state  *state
	passer *passer
	axes   []axis

	mu     sync.Mutex
	groups map[uint64]uint32 // by place; nil while a place is its group less one
	places []uint64          // by group, with groups

	rows   []int64
	levels [][]Levels        // by item of the query, then by group
	pools  [][]stats.Moments // by pool of the query, then by group
}

// newCount prepares to count rows on some days.
func newCount(q *Query, s *state, days span) *count {
	axes := make([]axis, len(q.GroupBy))
	for i, dim := range q.GroupBy {
		axes[i] = newAxis(dim, s, days)
	}
	c := &count{query: q, state: s, passer: newPasser(q.Filter), axes: axes}
	return c.empty()
}

// empty returns a count like c that has counted nothing.
func (c *count) empty() *count {
	return &count{
		query:  c.query,
		state:  c.state,
		passer: c.passer,
		axes:   c.axes,
		levels: make([][]Levels, len(c.query.Items)),
		pools:  make([][]stats.Moments, len(c.query.Pools)),
	}
}

// prepare makes the counters, unless there are some, for about so many rows.
func (c *count) prepare(rows int) {
	if c.rows != nil {
		return
	}
	places := 1.0 // as many as 2⁶⁴
	for _, a := range c.axes {
		places *= float64(a.width())
	}
	if places <= directPlaces || places <= directPerRow*float64(rows) && places*c.bytesPerGroup() <= directBytes {
		c.grow(int(places) + 1)
	} else {
		c.groups, c.places = map[uint64]uint32{}, make([]uint64, 1)
		c.grow(1)
	}
}

// bytesPerGroup is the size of the counters of a group: its rows, seven codes of
// each item, six sums of each pool.
func (c *count) bytesPerGroup() float64 {
	return 8 * float64(1+7*len(c.levels)+6*len(c.pools))
}

// grow makes room for n groups.
func (c *count) grow(n int) {
	c.rows = append(c.rows, make([]int64, n-len(c.rows))...)
	for i := range c.levels {
		c.levels[i] = append(c.levels[i], make([]Levels, n-len(c.levels[i]))...)
	}
	for i := range c.pools {
		c.pools[i] = append(c.pools[i], make([]stats.Moments, n-len(c.pools[i]))...)
	}
}

// add counts the rows of views on some days.
func (c *count) add(views []*view, days span) {
	rows, ofForm := 0, make([][]*view, len(c.state.layouts))
	for _, v := range views {
		if v.days.overlaps(days) {
			ofForm[v.layout.id] = append(ofForm[v.layout.id], v)
			rows += v.rows
		}
	}
	if rows == 0 {
		return
	}
	c.prepare(rows)
	for form, views := range ofForm {
		for batch := range slices.Chunk(views, batchBlocks) {
			c.addBatch(c.state.layouts[form], batch, days)
		}
	}
}

// addBatch counts blocks of one form: first it finds the group of every row,
// block by block, then it counts column by column. Each column feeds counters
// of its own, so that both steps share out among goroutines without locks.
func (c *count) addBatch(l *layout, batch []*view, days span) {
	rows, starts := 0, make([]int, len(batch)+1)
	for i, v := range batch {
		rows += v.rows
		starts[i+1] = rows
	}
	all := make([]uint32, rows)
	groups := make([][]uint32, len(batch))
	for i := range batch {
		groups[i] = all[starts[i]:starts[i+1]]
	}
	share(len(batch), rows, func(i int) { c.group(batch[i], days, groups[i]) })
	if c.groups != nil {
		c.grow(len(c.places))
	}
	tasks := c.tasks(l, batch, groups, rows >= histogramRows*len(c.rows))
	share(len(tasks), rows, func(i int) { tasks[i]() })
}

// group finds the group of every row of v on some days.
func (c *count) group(v *view, days span, groups []uint32) {
	var passesArray [blockRows]bool
	var placesArray [blockRows]uint64
	passes, places := passesArray[:len(groups)], placesArray[:len(groups)]
	c.passer.pass(v, days, passes)
	for _, a := range c.axes {
		a.place(v, places)
	}
	if c.groups == nil {
		for i, place := range places {
			if passes[i] {
				groups[i] = uint32(place) + 1
			}
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, place := range places {
		if passes[i] {
			groups[i] = c.groupAt(place)
		}
	}
}

// groupAt finds the group of a place, among c.groups a new one where there is none.
func (c *count) groupAt(place uint64) uint32 {
	if c.groups == nil {
		return uint32(place) + 1
	}
	group, known := c.groups[place]
	if !known {
		group = uint32(len(c.places))
		c.groups[place] = group
		c.places = append(c.places, place)
	}
	return group
}

// tasks lists what is to count in a batch; no two write the same counters.
func (c *count) tasks(l *layout, batch []*view, groups [][]uint32, histogram bool) []func() {
	tasks := []func(){func() {
		for i := range batch {
			for _, group := range groups[i] {
				c.rows[group]++
			}
		}
	}}
	for pair := range (l.items + 1) / 2 {
		low, high := c.levelsOf(l, 2*pair), c.levelsOf(l, 2*pair+1)
		if low == nil && high == nil {
			continue
		}
		tasks = append(tasks, func() {
			var h []uint32
			if histogram {
				h = make([]uint32, len(c.rows)*pairCodes)
			}
			for i, v := range batch {
				if histogram {
					countPairs(h, groups[i], v.items[pair])
				} else {
					addPairs(low, high, groups[i], v.items[pair])
				}
			}
			foldPairs(low, high, h)
		})
	}
	for i, measure := range c.query.Pools {
		pool, has := l.pool[measure]
		if !has {
			continue
		}
		moments := c.pools[i]
		codes := 1 + poolCode(len(l.form.Pools[pool].Items), len(l.form.Pools[pool].Items))
		tasks = append(tasks, func() {
			var h []uint32
			if histogram {
				h = make([]uint32, len(c.rows)*codes)
			}
			for i, v := range batch {
				if histogram {
					countPools(h, codes, groups[i], v.pools[pool])
				} else {
					addPools(moments, groups[i], v.pools[pool])
				}
			}
			foldPools(moments, codes, h)
		})
	}
	return tasks
}

// levelsOf finds the counters of the item at a position; nil if it is not asked for.
func (c *count) levelsOf(l *layout, position int) []Levels {
	for i, measure := range c.query.Items {
		if p, has := l.item[measure]; has && p == position {
			return c.levels[i]
		}
	}
	return nil
}

const pairCodes = itemCodes * itemCodes

func countPairs(histogram, groups []uint32, column []uint8) {
	column = column[:len(groups)]
	for i, group := range groups {
		histogram[group*pairCodes+uint32(column[i])]++
	}
}

func foldPairs(low, high []Levels, histogram []uint32) {
	for at, n := range histogram {
		if n == 0 {
			continue
		}
		group, code := at/pairCodes, at%pairCodes
		if low != nil {
			low[group][code%itemCodes] += int64(n)
		}
		if high != nil {
			high[group][code/itemCodes] += int64(n)
		}
	}
}

func addPairs(low, high []Levels, groups []uint32, column []uint8) {
	column = column[:len(groups)]
	if low != nil {
		for i, group := range groups {
			low[group][column[i]%itemCodes]++
		}
	}
	if high != nil {
		for i, group := range groups {
			high[group][column[i]/itemCodes]++
		}
	}
}

func countPools(histogram []uint32, codes int, groups []uint32, column []uint8) {
	column = column[:len(groups)]
	for i, group := range groups {
		histogram[int(group)*codes+int(column[i])]++
	}
}

func foldPools(moments []stats.Moments, codes int, histogram []uint32) {
	for at, n := range histogram {
		if n > 0 {
			addPool(&moments[at/codes], uint8(at%codes), int64(n))
		}
	}
}

func addPools(moments []stats.Moments, groups []uint32, column []uint8) {
	for i, group := range groups {
		addPool(&moments[group], column[i], 1)
	}
}

// addPool adds n respondents with the same code. Code 0 answered nothing.
func addPool(m *stats.Moments, code uint8, n int64) {
	if code == 0 {
		return
	}
	a, s := poolAnswers[code].answered, poolAnswers[code].satisfied
	m.Respondents += n
	m.Answered += n * a
	m.Satisfied += n * s
	m.AA += n * a * a
	m.AS += n * a * s
	m.SS += n * s * s
	if s == a {
		m.Full += n
	}
}

// order lists the groups that have rows by place, which is the order of their keys.
func (c *count) order() []uint32 {
	var order []uint32
	for group := 1; group < len(c.rows); group++ {
		if c.rows[group] > 0 {
			order = append(order, uint32(group))
		}
	}
	if c.groups != nil {
		slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(c.places[a], c.places[b]) })
	}
	return order
}

func (c *count) place(group uint32) uint64 {
	if c.groups != nil {
		return c.places[group]
	}
	return uint64(group) - 1
}

// share does work for 0 to n−1, on several goroutines where there are rows enough.
func share(n, rows int, work func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if rows < smallBatch {
		workers = min(workers, 1)
	}
	var next atomic.Int64
	var done sync.WaitGroup
	run := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			work(i)
		}
	}
	for range workers - 1 {
		done.Go(run)
	}
	run()
	done.Wait()
}
