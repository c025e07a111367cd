package results

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sipas/stats"
	"sipas/survey"
)

// kind is what ratings have in common that no answer tells apart.
type kind struct {
	point, agency, field, capture, gender string
	online, flagged                       bool
}

// asks says which kinds a query counts.
type asks struct {
	query string
	of    func(kind) bool
}

// filtersOf gives the limits that a reader may set, by dimension. The last gender is not
// known: only breakdowns tell of it.
func filtersOf(points []string) map[string][]asks {
	all := map[string][]asks{
		"capture": {
			{"capture=kiosk", func(k kind) bool { return k.capture == "kiosk" }},
			{"capture=qr", func(k kind) bool { return k.capture == "qr" }},
			{"capture=paper", func(k kind) bool { return k.capture == "paper" }},
		},
		"delivery": {
			{"delivery=counter", func(k kind) bool { return !k.online }},
			{"delivery=online", func(k kind) bool { return k.online }},
		},
		"gender": {
			{"gender=female", func(k kind) bool { return k.gender == "female" }},
			{"gender=male", func(k kind) bool { return k.gender == "male" }},
			{"gender=", func(k kind) bool { return k.gender == "" }},
		},
	}
	for _, point := range points {
		all["point"] = append(all["point"], asks{"point=" + valid(point), func(k kind) bool { return k.point == point }})
	}
	return all
}

// limitedTo gives the table that answers a query, gender= being the ratings of which the gender is not known.
func (p *province) limitedTo(query string) *table {
	p.t.Helper()
	sel, err := p.s.selection(survey.System, p.query(query))
	if err != nil {
		p.t.Fatal(err)
	}
	if slices.Contains(strings.Fields(query), "gender=") {
		sel.filter.Demographics[0] = []uint8{0}
	}
	t, err := sel.newTable(survey.Overall)
	if err != nil {
		p.t.Fatal(err)
	}
	return t
}

// TestNothingIsDerivedJointly asks for the tables of one period with every filter and pairs of them, with
// and without flagged ratings, holds all their figures together as one system, and looks by linear programming
// for a group below the minimum that they tell: of a place with at most one filter, or of the ratings of an inner agency itself.
func TestNothingIsDerivedJointly(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { nothingIsDerivedJointly(t, seed) })
	}
}

func nothingIsDerivedJointly(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 77))
	p := newProvince(t)
	minimum := int64(MinimumN)
	most := 4 << (seed % 4)
	if seed%8 == 7 {
		p.audience, minimum = AudiencePublic, PublicN
		most *= 3
	}
	var kinds []kind
	counts := map[kind]int64{}
	points := []string{deskA, deskUnit, ward, onlineB, desk1}
	agencies := []string{"so-a", "phong-a1", "benh-vien", "so-b", "xa-1"}
	for _, d := range []struct {
		point  int
		fields []string
	}{{0, []string{"dat-dai", "ho-tich", ""}}, {1, []string{"ho-tich", ""}}, {2, []string{"y-te"}}, {3, []string{"ho-tich"}}, {4, []string{"", "dat-dai"}}} {
		for _, field := range d.fields {
			for _, capture := range []string{"kiosk", "qr", "paper"} {
				for _, gender := range []string{"female", "male", ""} {
					for _, flagged := range []bool{false, true} {
						k := kind{points[d.point], agencies[d.point], field, capture, gender, d.point == 3, flagged}
						if field == "" {
							k.field = noField
						}
						kinds = append(kinds, k) // that there is none is no more known than how many
						odds := 2
						if flagged {
							odds = 7
						}
						if random.IntN(odds) != 0 || capture == "paper" && random.IntN(3) > 0 {
							continue
						}
						n := 1 + random.IntN(most)
						counts[k] = int64(n)
						p.rate(points[d.point], field, "2026-08-03", n/2, n, func(r *survey.Response) {
							r.Capture = survey.Capture(capture)
							r.Questionnaire = "full"
							if gender != "" {
								r.Answers["gender"] = survey.TextAnswer(gender)
							}
							if flagged {
								r.Flags = []survey.Flag{survey.FlagFast}
							}
						})
					}
				}
			}
		}
	}
	snapshot := p.reg.Snapshot()
	inside := func(at pair, k kind) bool {
		return snapshot.Within(k.agency, at.agency) && (at.field == "" || at.field == k.field)
	}
	rowOf := func(has func(kind) bool) string {
		row := make([]byte, len(kinds))
		for i, k := range kinds {
			row[i] = '0'
			if has(k) {
				row[i] = '1'
			}
		}
		return string(row)
	}
	sumOf := func(row string) (n int64) {
		for i, k := range kinds {
			if row[i] == '1' {
				n += counts[k]
			}
		}
		return n
	}
	filters := filtersOf(points)
	queries := []asks{{"", func(kind) bool { return true }}}
	for _, values := range filters {
		queries = append(queries, values...)
	}
	alone := queries
	for _, pair := range [][2]string{{"capture", "gender"}, {"delivery", "capture"}, {"point", "gender"}} {
		for _, a := range filters[pair[0]] {
			for _, b := range filters[pair[1]] {
				queries = append(queries, asks{a.query + " " + b.query, func(k kind) bool { return a.of(k) && b.of(k) }})
			}
		}
	}
	known, small := map[string]string{}, map[string]string{}
	shown, withheld := 0, 0
	for _, q := range queries {
		for _, flags := range []string{"", " flags=include"} {
			table := p.limitedTo(q.query + flags)
			for at := range table.cells {
				if table.withheld[at] != "" {
					withheld++
					continue
				}
				row := rowOf(func(k kind) bool { return q.of(k) && (flags != "" || !k.flagged) && inside(table.pair(at), k) })
				if n := table.shownN(at); n != sumOf(row) {
					t.Fatalf("%s%s: %v has %d, not %d", q.query, flags, table.pair(at), sumOf(row), n)
				}
				if table.shownN(at) > 0 {
					shown++
				}
				known[row] = fmt.Sprint(q.query, flags, " ", table.pair(at))
			}
		}
	}
	table := p.limitedTo("")
	for _, q := range alone {
		for side, has := range map[string]func(kind) bool{"clean": func(k kind) bool { return !k.flagged }, "all": func(k kind) bool { return true }, "flagged": func(k kind) bool { return k.flagged }} {
			for at := range table.cells {
				for _, own := range []bool{false, true} {
					where := table.pair(at)
					row := rowOf(func(k kind) bool { return q.of(k) && has(k) && inside(where, k) && (!own || k.agency == where.agency) })
					if n := sumOf(row); 0 < n && n < minimum {
						small[row] = fmt.Sprint(q.query, " ", side, " ", where, " own ", own)
					}
				}
			}
		}
	}
	// Those of the shown figures come first, then the groups.
	var told, few []string
	for row := range known {
		told = append(told, row)
	}
	for row := range small {
		few = append(few, row)
	}
	slices.Sort(told)
	slices.Sort(few)
	values := make([]int64, len(kinds))
	for i, k := range kinds {
		values[i] = counts[k]
	}
	for _, e := range bounds(t, values, told, few, minimum) {
		// The simplex of the audit may err after many steps: it takes the first group from the truth.
		if 1 <= e.Lower && e.Upper < minimum {
			row := few[e.Cell]
			if e := bounds(t, values, told, []string{row}, minimum)[0]; 1 <= e.Lower && e.Upper < minimum {
				t.Errorf("%s, of %d, is told to be %d to %d", small[row], sumOf(row), e.Lower, e.Upper)
			}
		}
	}
	t.Logf("%d shown, %d withheld, %d small groups, %d equations", shown, withheld, len(small), len(told))
}

// bounds gives those groups that the known sums tell to within the minimum. Rows have a '1' for each value they sum up.
func bounds(t *testing.T, values []int64, known, groups []string, minimum int64) (exposed []stats.Exposure) {
	t.Helper()
	rows := slices.Concat(groups, known)
	cells := make([]stats.Cell, len(rows))
	for j := range cells {
		cells[j].Withheld = j < len(groups)
	}
	members := make([][]int, len(rows))
	unknown := map[string]int{} // values that all sums take together are one
	for i, n := range values {
		column := make([]byte, len(rows))
		for j, row := range rows {
			column[j] = row[i]
		}
		at, ok := unknown[string(column)]
		if !ok {
			at = len(cells)
			unknown[string(column)] = at
			cells = append(cells, stats.Cell{Withheld: true})
			for j, is := range column {
				if is == '1' {
					members[j] = append(members[j], at)
				}
			}
		}
		cells[at].Value += n
	}
	var sums []stats.Sum
	for j, parts := range members {
		if len(parts) == 0 {
			continue
		}
		for _, part := range parts {
			cells[j].Value += cells[part].Value
		}
		sums = append(sums, stats.Sum{Total: j, Parts: parts})
	}
	all, err := stats.AuditTable(cells, sums, minimum)
	if err != nil {
		t.Fatal(err)
	}
	exposed = []stats.Exposure{{}}
	for _, e := range all {
		if e.Cell < len(groups) {
			exposed = append(exposed, e)
		}
	}
	if len(exposed) > 1 {
		exposed = exposed[1:]
	}
	return exposed
}

// The hub, which here is the kiosk, has nobody in a field: there all who are known are of the other
// capture, so that this field is no help to keep a number of it.
func TestTheHubHasNobody(t *testing.T) {
	p := newProvince(t)
	var kinds []kind
	counts := map[kind]int64{}
	for _, c := range []struct {
		point, agency, field, capture string
		n                             int
	}{
		{ward, "benh-vien", "y-te", "kiosk", 100},
		{onlineB, "so-b", "ho-tich", "kiosk", 40}, {desk1, "xa-1", "ho-tich", "kiosk", 40},
		{onlineB, "so-b", "ho-tich", "qr", 60}, {desk1, "xa-1", "ho-tich", "qr", 4},
		{onlineB, "so-b", "dat-dai", "kiosk", 0}, {desk1, "xa-1", "dat-dai", "kiosk", 0},
		{onlineB, "so-b", "dat-dai", "qr", 20}, {desk1, "xa-1", "dat-dai", "qr", 20},
		{onlineB, "so-b", "xay-dung", "kiosk", 45}, {desk1, "xa-1", "xay-dung", "kiosk", 45},
		{onlineB, "so-b", "xay-dung", "qr", 30}, {desk1, "xa-1", "xay-dung", "qr", 30},
	} {
		k := kind{point: c.point, agency: c.agency, field: c.field, capture: c.capture}
		kinds = append(kinds, k)
		if counts[k] = int64(c.n); c.n > 0 {
			p.rate(c.point, c.field, "2026-08-03", c.n/2, c.n, func(r *survey.Response) { r.Capture = survey.Capture(c.capture) })
		}
	}
	known := &span{}
	for _, capture := range []string{"", "kiosk", "qr"} {
		table := p.asked("capture=" + capture)
		for at := range table.cells {
			if table.withheld[at] != "" {
				continue
			}
			where, sum := table.pair(at), make([]byte, len(kinds))
			for i, k := range kinds {
				if (capture == "" || k.capture == capture) && (where.field == "" || where.field == k.field) && p.reg.Snapshot().Within(k.agency, where.agency) {
					sum[i] = 1
				}
			}
			known.learn(sum, table.shownN(at))
		}
	}
	for i, k := range kinds {
		one := make([]byte, len(kinds))
		if one[i] = 1; p.few(counts[k]) && known.holds(one) {
			t.Errorf("%d of %s × %s by %s are told", counts[k], k.agency, k.field, k.capture)
		}
	}
}
