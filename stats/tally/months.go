package tally

import (
	"container/list"
	"fmt"
	"slices"
	"sync"

	"sipas/stats"
)

const (
	monthsBytes = 128 << 20 // bounds the month tallies of a table
	// monthRows is up to how many rows the sums of a month fit 32 bits.
	monthRows = (1<<32 - 1) / (MaxPoolItems * MaxPoolItems)
)

// months keeps what the sealed blocks add to a query in a whole month. Sealed
// blocks are only ever appended, and they count how often they were updated, so
// that a tally knows exactly which rows it holds: blocks sealed since are added
// to it, and after an update it is counted anew.
//
// Queries that differ in nothing but their period share their tallies. Those
// asked for the longest time ago go when the room is used up.
type months struct {
	limit int // bytes

	mu      sync.Mutex // held by readers, never by the writer
	bytes   int
	queries map[string]*list.Element
	recent  *list.List // of *monthsOf, the one asked for last in front
}

// monthsOf are the tallies of one query by month.
type monthsOf struct {
	query   string
	bytes   int
	tallies map[uint16]*monthTally
}

// monthTally is groups in the order of their places. It is never changed.
type monthTally struct {
	sealed  int    // it holds the rows of the first sealed blocks
	updates uint64 // of those blocks, as far as they have rows of the month
	axes    []axis

	places []uint64
	rows   []uint32
	levels [][][itemCodes]uint32 // by item of the query, then by group
	pools  [][][7]uint32         // the sums of stats.Moments, likewise
}

func newMonths() *months {
	return &months{limit: monthsBytes, queries: map[string]*list.Element{}, recent: list.New()}
}

// runs gives what sealed views add to a count in the whole months among some days,
// and says which days are left.
func (m *months) runs(c *count, sealed []*view, days span) (runs []run, left []span) {
	calendar := civil()
	first, last := int(calendar.month[days.first]), int(calendar.month[days.last])
	if month := calendar.months[first]; !days.covers(month) {
		left = append(left, span{days.first, min(month.last, days.last)})
		first++
	}
	if first > last {
		return nil, left
	}
	if month := calendar.months[last]; !days.covers(month) {
		left = append(left, span{month.first, days.last})
		last--
	}
	views := map[uint16][]*view{}
	for _, v := range sealed {
		for _, month := range v.months {
			if int(month) >= first && int(month) <= last {
				views[month] = append(views[month], v)
			}
		}
	}
	query := c.query.shape()
	scratch := c.empty()
	for month, views := range views {
		days, rows := calendar.months[month], len(views)*blockRows
		if rows > monthRows {
			left = append(left, days)
			continue
		}
		tally := m.find(query, month)
		had := tally.covers(views, len(c.state.sealed))
		if had < len(views) || !slices.EqualFunc(tally.axes, c.axes, axis.same) {
			if had > 0 {
				scratch.prepare(rows)
				tally.addTo(scratch)
			}
			scratch.add(views[had:], days)
			tally = scratch.take()
			tally.sealed = len(c.state.sealed)
			for _, v := range views {
				tally.updates += v.updates
			}
			m.keep(query, month, tally)
		}
		runs = append(runs, tally.run())
	}
	return runs, left
}

// shape names all of a query but its period.
func (q *Query) shape() string {
	shape := *q
	shape.Filter.From, shape.Filter.Until = 0, 0
	return fmt.Sprintf("%#v", shape)
}

func (m *months) find(query string, month uint16) *monthTally {
	m.mu.Lock()
	defer m.mu.Unlock()
	element, has := m.queries[query]
	if !has {
		return nil
	}
	m.recent.MoveToFront(element)
	return element.Value.(*monthsOf).tallies[month]
}

func (m *months) keep(query string, month uint16, tally *monthTally) {
	m.mu.Lock()
	defer m.mu.Unlock()
	element, has := m.queries[query]
	if !has {
		element = m.recent.PushFront(&monthsOf{query: query, tallies: map[uint16]*monthTally{}})
		m.queries[query] = element
		m.grow(element, len(query))
	}
	of := element.Value.(*monthsOf)
	m.grow(element, tally.size()-of.tallies[month].size())
	of.tallies[month] = tally
	for m.bytes > m.limit {
		oldest := m.recent.Back()
		delete(m.queries, oldest.Value.(*monthsOf).query)
		m.grow(oldest, -oldest.Value.(*monthsOf).bytes)
		m.recent.Remove(oldest)
	}
}

func (m *months) grow(element *list.Element, bytes int) {
	element.Value.(*monthsOf).bytes += bytes
	m.bytes += bytes
}

// covers is how many of the views with rows of the month the tally holds, from
// the first on; 0 if it holds other rows than those of a table with so many
// sealed blocks.
func (t *monthTally) covers(views []*view, sealed int) int {
	if t == nil || t.sealed > sealed {
		return 0
	}
	n, updates := 0, uint64(0)
	for n < len(views) && views[n].sealedAt < t.sealed {
		updates += views[n].updates
		n++
	}
	if updates != t.updates {
		return 0
	}
	return n
}

// addTo adds the groups to those of c.
func (t *monthTally) addTo(c *count) {
	place := func(place uint64) uint64 { return place }
	if !slices.EqualFunc(t.axes, c.axes, axis.same) {
		place = moved(t.axes, c.axes)
	}
	groups := make([]uint32, len(t.places))
	for i := range groups {
		groups[i] = c.groupAt(place(t.places[i]))
	}
	if c.groups != nil {
		c.grow(len(c.places))
	}
	for i, n := range t.rows {
		c.rows[groups[i]] += int64(n)
	}
	for item, counts := range t.levels {
		levels := c.levels[item]
		for i := range counts {
			addLevels(&levels[groups[i]], &counts[i])
		}
	}
	for pool, sums := range t.pools {
		moments := c.pools[pool]
		for i := range sums {
			addSums(&moments[groups[i]], &sums[i])
		}
	}
}

// take gives what c has counted, up to monthRows rows, and empties c.
func (c *count) take() *monthTally {
	order := c.order()
	t := &monthTally{
		axes:   c.axes,
		places: make([]uint64, len(order)),
		rows:   make([]uint32, len(order)),
		levels: make([][][itemCodes]uint32, len(c.levels)),
		pools:  make([][][7]uint32, len(c.pools)),
	}
	for i, group := range order {
		t.places[i] = c.place(group)
		t.rows[i] = uint32(c.rows[group])
		c.rows[group] = 0
	}
	for item, levels := range c.levels {
		counts := make([][itemCodes]uint32, len(order))
		for i, group := range order {
			for code, n := range &levels[group] {
				counts[i][code] = uint32(n)
			}
			levels[group] = Levels{}
		}
		t.levels[item] = counts
	}
	for pool, moments := range c.pools {
		sums := make([][7]uint32, len(order))
		for i, group := range order {
			m := moments[group]
			sums[i] = [7]uint32{uint32(m.Respondents), uint32(m.Answered), uint32(m.Satisfied), uint32(m.AA), uint32(m.AS), uint32(m.SS), uint32(m.Full)}
			moments[group] = stats.Moments{}
		}
		t.pools[pool] = sums
	}
	return t
}

// size is about how many bytes the tally takes.
func (t *monthTally) size() int {
	if t == nil {
		return 0
	}
	const empty = 200
	return empty + len(t.places)*(8+4+4*itemCodes*len(t.levels)+4*7*len(t.pools))
}

// moved translates places along some axes to places along others of the same
// dimensions, as far as their codes lie on both.
func moved(from, to []axis) func(place uint64) uint64 {
	shares := make([][]uint64, len(from)) // of each code in the place
	stride := uint64(1)
	for i := len(from) - 1; i >= 0; i-- {
		shares[i] = make([]uint64, from[i].width())
		for at := range shares[i] {
			code := uint64(at) + uint64(from[i].low)
			if from[i].flags != nil {
				code = uint64(to[i].flags.place[from[i].flags.sets[at]])
			}
			shares[i][at] = (code - uint64(to[i].low)) * stride
		}
		stride *= to[i].width()
	}
	return func(place uint64) (sum uint64) {
		for i := len(from) - 1; i >= 0; i-- {
			width := uint64(len(shares[i]))
			sum += shares[i][place%width]
			place /= width
		}
		return sum
	}
}
