package results

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"sipas/stats"
	"sipas/stats/tally"
	"sipas/survey"
)

// From these on a month counts as measured otherwise than the one before.
const (
	breakDistance = 0.2   // total variation distance of the shares of two months
	breakChance   = 0.001 // and what chance would bring about as often as this is no break
	breakCarried  = 0.2   // share of the ratings that come from points which began or ceased to be rated
)

// Break marks the first month that is counted otherwise than the months before,
// so that the figures on either side are not quite comparable.
type Break struct {
	Month   survey.Month `json:"month"`
	Kind    BreakKind    `json:"kind"`
	Changes []Change     `json:"changes"` // the largest first
}

// BreakKind is what changed.
type BreakKind string

// The kinds of break.
const (
	BreakQuestionnaire BreakKind = "questionnaire" // the mix of questionnaire versions, or a new one
	BreakCapture       BreakKind = "capture"       // the mix of ways of capture
	BreakDelivery      BreakKind = "delivery"      // the mix of ways of delivery
	BreakPoints        BreakKind = "points"        // points began or ceased to be rated
	BreakAgencies      BreakKind = "agencies"      // an agency's work went to a successor
)

// Change is one part of the mix that changed. Shares are in percent of the
// month's ratings, and null where no board shows them: for questionnaires always.
type Change struct {
	ID   string      `json:"id"` // of a questionnaire version ("id/version"), way, point or closed agency
	Name survey.Text `json:"name"`
	From *float64    `json:"from"` // in the last month with figures before
	To   *float64    `json:"to"`
}

// maxChanges bounds what a break lists.
const maxChanges = 5

// facet is a dimension whose mix is watched.
type facet struct {
	kind   BreakKind
	dim    tally.Dim
	choose func(f *tally.Filter, value int) // limits a filter to a value; nil where no figure can be asked for by it
}

var facets = []facet{
	{BreakQuestionnaire, tally.ByForm, nil},
	{BreakCapture, tally.ByCapture, func(f *tally.Filter, v int) { f.Captures = []uint8{uint8(v)} }},
	{BreakDelivery, tally.ByDelivery, func(f *tally.Filter, v int) { f.Deliveries = []uint8{uint8(v)} }},
	{BreakPoints, tally.ByPoint, func(f *tally.Filter, v int) { f.Points = []uint16{uint16(v)} }},
}

// mix is the respondents of a month by the values of a dimension.
type mix map[int]int64

// breaks compares each of the months, which are shown, with the one before.
func (sel *selection) breaks(months []*TrendMonth) ([]Break, error) {
	found := []Break{}
	if len(months) < 2 {
		return found, nil
	}
	for _, f := range facets {
		mixes, err := sel.mixes(f.dim, months[0].Month, months[len(months)-1].Month)
		if err != nil {
			return nil, err
		}
		for i := 1; i < len(months); i++ {
			before, after := months[i-1], months[i]
			from, to := mixes[before.Month], mixes[after.Month]
			changed, err := shifted(from, to, sel.minimum())
			if err != nil {
				return nil, miscounted(err)
			}
			switch f.kind {
			case BreakPoints:
				changed = beganOrCeased(from, to, sel.minimum())
			case BreakQuestionnaire:
				changed = union(appeared(months[:i], mixes, to, sel.minimum()), changed)
			}
			if len(changed) == 0 {
				continue
			}
			b := Break{Month: after.Month, Kind: f.kind}
			for _, value := range changed[:min(len(changed), maxChanges)] {
				c, err := sel.change(f, value, before, after)
				if err != nil {
					return nil, err
				}
				b.Changes = append(b.Changes, c)
			}
			found = append(found, b)
		}
	}
	found = append(found, sel.mergers(months)...)
	slices.SortStableFunc(found, func(a, b Break) int { return cmp.Compare(a.Month, b.Month) })
	return found, nil
}

// mixes counts the selection by month and a dimension.
func (sel *selection) mixes(dim tally.Dim, first, last survey.Month) (map[survey.Month]mix, error) {
	filter := sel.filter
	filter.From, filter.Until = days(first.First(), last.Next().First().AddDays(-1))
	groups, err := sel.countIn(filter, []string{sel.Measure}, tally.ByMonth, dim, tally.ByFlags)
	if err != nil {
		return nil, err
	}
	mixes := map[survey.Month]mix{}
	for i := range groups {
		g := &groups[i]
		shown := sel.shown(sorted(g.counts[0], g.key[2]))
		n, _, _ := shown.numbers(sel.Measure)
		month := keyedMonth(g.key[0])
		if mixes[month] == nil {
			mixes[month] = mix{}
		}
		mixes[month][g.key[1]] += n
	}
	return mixes, nil
}

// keyedMonth reads a month as the table keys it: 202609.
func keyedMonth(key int) survey.Month {
	digits := []byte("0000-00")
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '-' {
			digits[i], key = byte('0'+key%10), key/10
		}
	}
	return survey.Month(digits)
}

// shifted lists the values whose shares changed, the largest change first, if the
// two months are breakDistance apart and more than by chance. Values that cannot be
// shown beside the others in either month count as one, which is not listed: what a
// break says must not tell of too few.
func shifted(from, to mix, minimum int64) ([]int, error) {
	kept := from.keptBack(minimum)
	maps.Copy(kept, to.keptBack(minimum))
	pooledFrom, pooledTo := mix{}, mix{}
	const rest = -1
	for value := range joinedKeys(from, to) {
		as := value
		if kept[value] {
			as = rest
		}
		pooledFrom[as] += from[value]
		pooledTo[as] += to[value]
	}
	distance, changes := 0.0, map[int]float64{}
	var counts []stats.Count
	for value := range joinedKeys(pooledFrom, pooledTo) {
		change := math.Abs(pooledTo.share(value) - pooledFrom.share(value))
		distance += change / 2
		if value != rest && change > 0 {
			changes[value] = change
		}
		counts = append(counts, stats.Count{Successes: pooledTo[value], N: pooledFrom[value] + pooledTo[value]})
	}
	// A hair's breadth for sums such as 0.1 + 0.1, which must count as 0.2.
	if distance < breakDistance-1e-9 {
		return nil, nil
	}
	test, err := stats.ChiSquareTest(counts)
	if err != nil || test.P == nil || *test.P > breakChance {
		return nil, err
	}
	return slices.SortedFunc(maps.Keys(changes), func(a, b int) int {
		return cmp.Or(cmp.Compare(changes[b], changes[a]), cmp.Compare(a, b))
	}), nil
}

// appeared lists the values that no month before had.
func appeared(before []*TrendMonth, mixes map[survey.Month]mix, now mix, minimum int64) (values []int) {
	kept := now.keptBack(minimum)
	for value := range joinedKeys(now) {
		known := slices.ContainsFunc(before, func(m *TrendMonth) bool { return mixes[m.Month][value] > 0 })
		if !known && !kept[value] {
			values = append(values, value)
		}
	}
	slices.Sort(values)
	return values
}

// beganOrCeased lists the values that only one of two months has, if they carry
// breakCarried of that month.
func beganOrCeased(from, to mix, minimum int64) []int {
	only := func(in, other mix) (values []int) {
		kept := in.keptBack(minimum)
		var n int64
		for value := range joinedKeys(in) {
			if other[value] == 0 && !kept[value] {
				values, n = append(values, value), n+in[value]
			}
		}
		if float64(n) < breakCarried*float64(in.total())-1e-9 || n == 0 {
			return nil
		}
		slices.SortFunc(values, func(a, b int) int { return cmp.Or(cmp.Compare(in[b], in[a]), cmp.Compare(a, b)) })
		return values
	}
	return append(only(to, from), only(from, to)...)
}

// keptBack gives the values that cannot be shown beside the others.
func (m mix) keptBack(minimum int64) map[int]bool {
	all := siblings{minimum: minimum}
	for value, n := range m {
		all.add(value, n)
	}
	kept := map[int]bool{}
	for value, n := range m {
		if all.keeps(value, n) {
			kept[value] = true
		}
	}
	return kept
}

func (m mix) share(value int) float64 { return float64(m[value]) / float64(m.total()) }

func (m mix) total() (n int64) {
	for _, part := range m {
		n += part
	}
	return n
}

// joinedKeys gives the values that somebody in one of the mixes has.
func joinedKeys(mixes ...mix) map[int]bool {
	keys := map[int]bool{}
	for _, m := range mixes {
		for value, n := range m {
			if n > 0 {
				keys[value] = true
			}
		}
	}
	return keys
}

func union(a, b []int) []int {
	for _, value := range b {
		if !slices.Contains(a, value) {
			a = append(a, value)
		}
	}
	return a
}

// change names a value, with those shares that a reader could make of boards.
func (sel *selection) change(f facet, value int, before, after *TrendMonth) (Change, error) {
	c := Change{}
	c.ID, c.Name = sel.valueName(f, value)
	if f.choose == nil {
		return c, nil
	}
	for _, side := range []struct {
		of    *TrendMonth
		share **float64
	}{{before, &c.From}, {after, &c.To}} {
		period, err := survey.ParsePeriod(string(side.of.Month))
		if err != nil {
			return Change{}, &survey.Error{Code: survey.CodeInternal, Message: "a month is no period", Err: err}
		}
		chosen := sel.in(period).limited()
		f.choose(&chosen.filter, value)
		table, err := chosen.newTable(sel.Measure)
		if err != nil {
			return Change{}, err
		}
		m := &maker{sel: chosen, table: table}
		cell := m.cell(pair{sel.agency.ID, sel.Field}, sel.subject(sel.agency, false, ""))
		if m.err != nil {
			return Change{}, m.err
		}
		if cell.N != nil {
			*side.share = percent(float64(*cell.N) / float64(*side.of.Cell.N))
		}
	}
	return c, nil
}

// valueName gives the id and the name of a value of a facet.
func (sel *selection) valueName(f facet, value int) (string, survey.Text) {
	switch f.kind {
	case BreakCapture:
		id := survey.Captures[value-1]
		return string(id), captureWays[id].name
	case BreakDelivery:
		id := survey.Deliveries[value-1]
		return string(id), deliveryWays[id].name
	case BreakPoints:
		id := sel.pointIDs()[value]
		p, _ := sel.catalog.Point(id)
		return id, p.Name
	}
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	id := sel.names[value]
	return id, say("%s", "%s", id)
}

// mergers marks the months in which agencies' work went to successors within the selection.
func (sel *selection) mergers(months []*TrendMonth) (found []Break) {
	for i := 1; i < len(months); i++ {
		b := Break{Month: months[i].Month, Kind: BreakAgencies}
		for _, a := range sel.catalog.Agencies() {
			if a.ValidTo == "" {
				continue
			}
			over := a.ValidTo.AddDays(1).Month()
			within := func(id string) bool { return sel.catalog.Within(id, sel.agency.ID) }
			if months[i-1].Month < over && over <= months[i].Month && slices.ContainsFunc(a.Successors, within) {
				b.Changes = append(b.Changes, Change{ID: a.ID, Name: a.Name})
			}
		}
		if len(b.Changes) > 0 {
			found = append(found, b)
		}
	}
	return found
}

var breakWords = map[BreakKind]survey.Text{
	BreakQuestionnaire: bilingual("phiếu khảo sát thay đổi", "the questionnaire changed"),
	BreakCapture:       bilingual("cách lấy phiếu thay đổi", "the way of collecting ratings changed"),
	BreakDelivery:      bilingual("cơ cấu cách giải quyết thay đổi", "the mix of ways of delivery changed"),
	BreakPoints:        bilingual("các điểm khảo sát thay đổi", "the set of survey points changed"),
	BreakAgencies:      bilingual("đơn vị được sáp nhập", "agencies were merged"),
}

func (b Break) words() survey.Text {
	var changes []survey.Text
	for _, c := range b.Changes {
		if c.From != nil && c.To != nil {
			changes = append(changes, say("%s từ %s thành %s", "%s from %s to %s", c.Name, percentage(*c.From), percentage(*c.To)))
		} else {
			changes = append(changes, c.Name)
		}
	}
	return say("Từ %s %s (%s): con số trước và sau không hoàn toàn so sánh được", "Since %s %s (%s): the figures before and after are not quite comparable",
		spokenMonth(b.Month), breakWords[b.Kind], joined("; ", changes...))
}
