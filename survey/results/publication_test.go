package results

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sipas/stats"
	"sipas/survey"
)

// figures lists what a board publishes of each place of its table: respondents, nil where withheld.
func figures(b Board) map[pair]*int64 {
	all := map[pair]*int64{{b.Agency.ID, ""}: b.Total.N}
	name := func(field *string) string {
		if field == nil {
			return noField
		}
		return *field
	}
	for _, r := range b.Fields {
		all[pair{b.Agency.ID, name(r.ID)}] = r.Cell.N
	}
	for _, r := range b.Agencies {
		all[pair{r.ID, ""}] = r.Cell.N
	}
	for _, r := range b.AgencyFields {
		all[pair{r.Agency, name(r.Field)}] = r.Cell.N
	}
	return all
}

// A department below which one ward has too few ratings: what would give it away is withheld too.
func TestWithheldForOthers(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-08-03", 20, 24)
	p.rate(deskA, "", "2026-08-03", 10, 12)
	p.rate(deskUnit, "ho-tich", "2026-08-03", 30, 31)
	p.rate(ward, "y-te", "2026-08-03", 40, 50)
	p.rate(onlineB, "ho-tich", "2026-08-03", 10, 10)
	p.rate(desk1, "", "2026-08-03", 7, 8)
	b := p.board("")
	for name, w := range map[string]struct{ got, want string }{
		"the province":   {short(b.Total), "117/135 notMet open agency-2025 → agency-2030"},
		"too few":        {short(b.row(t, "xa-1").Cell), "minimumN"},
		"beside it":      {short(b.row(t, "so-b").Cell), "differencing"}, // secondary in the quarter's only month
		"not touched":    {short(b.row(t, "so-a").Cell), "100/117 notMet open agency-2025 → agency-2030"},
		"not so, either": {short(b.field(t, "dat-dai")), "20/24 notMet open field-priority-2025 → field-priority-2030"},
	} {
		if w.got != w.want {
			t.Errorf("%s: %s, want %s", name, w.got, w.want)
		}
	}
	if c := b.row(t, "so-b").Cell; c.N != nil || c.Index != nil || c.Interval != nil || c.Coverage != nil || c.Bound.Verdict != nil || c.Mean != nil {
		t.Errorf("a withheld figure says %+v", c)
	}
}

func TestCalendarKept(t *testing.T) {
	for name, c := range map[string]struct {
		months [12]int64
		kept   []int
	}{
		"enough everywhere":          {[12]int64{20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20}, nil},
		"nobody is no secret":        {[12]int64{0, 0, 20, 0, 20, 20, 0, 0, 0, 0, 0, 0}, nil},
		"one month of too few":       {[12]int64{5, 20, 30, 20, 20, 20}, []int{7, 8}},
		"two months of enough":       {[12]int64{5, 6, 30}, []int{7, 8}},
		"two months of too few":      {[12]int64{3, 4, 30, 20, 20, 20}, []int{7, 8, 9}},
		"a first quarter of too few": {[12]int64{0, 0, 5, 20, 20, 20, 20, 20, 20, 20, 20, 20}, []int{3, 4, 9, 10}},
	} {
		t.Run(name, func(t *testing.T) {
			kept := calendarKept(c.months, MinimumN)
			for _, i := range c.kept {
				if !kept[i] {
					t.Errorf("period %d is shown: %v", i, kept)
				}
			}
			if c.kept == nil && kept != [calendarSize]bool{} {
				t.Errorf("kept back: %v", kept)
			}
		})
	}
}

func TestSiblings(t *testing.T) {
	for name, c := range map[string]struct {
		parts map[int]int64
		kept  string
	}{
		"enough":                    {map[int]int64{1: 10, 2: 40, 3: 0}, "[]"},
		"one of too few":            {map[int]int64{1: 3, 2: 40, 3: 12}, "[1 3]"},
		"two, together few":         {map[int]int64{1: 3, 2: 4, 3: 12, 4: 50}, "[1 2 3]"},
		"two, together ample":       {map[int]int64{1: 6, 2: 7, 3: 12}, "[1 2]"},
		"two that fill their sum":   {map[int]int64{1: 9, 2: 9, 3: 12}, "[1 2]"},
		"two of one, with a third":  {map[int]int64{1: 1, 2: 1, 3: 12}, "[1 2 3]"},
		"one alone":                 {map[int]int64{1: 3}, "[1]"},
		"the first of equal others": {map[int]int64{1: 3, 2: 12, 3: 12}, "[1 2]"},
	} {
		p := siblings{minimum: MinimumN}
		for value, n := range c.parts {
			p.add(value, n)
		}
		var kept []int
		for value := range 5 {
			if p.keeps(value, c.parts[value]) {
				kept = append(kept, value)
			}
		}
		if got := fmt.Sprint(kept); got != c.kept {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestNothingIsDerived asks for boards of random provinces in every way and looks
// for a number of respondents below the minimum that they tell together.
func TestNothingIsDerived(t *testing.T) {
	for seed := range uint64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { nothingIsDerived(t, seed, AudienceManagers) })
	}
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("public ", seed), func(t *testing.T) { nothingIsDerived(t, seed, AudiencePublic) })
	}
}

func nothingIsDerived(t *testing.T, seed uint64, audience Audience) {
	random := rand.New(rand.NewPCG(seed, 20))
	p := newProvince(t)
	p.audience = audience
	most := 14
	if audience == AudiencePublic {
		most = 40
	}
	for _, d := range []struct {
		point  string
		fields []string
	}{{deskA, []string{"dat-dai", "ho-tich", ""}}, {deskUnit, []string{"ho-tich", ""}}, {ward, []string{"y-te"}}, {onlineB, []string{"ho-tich"}}, {desk1, []string{""}}} {
		for _, field := range d.fields {
			for range 1 + random.IntN(4) {
				day := fmt.Sprintf("2026-%02d-%02d", 1+random.IntN(9), 1+random.IntN(28))
				n := 1 + random.IntN(most)
				p.rate(d.point, field, day, random.IntN(n+1), n, func(r *survey.Response) {
					r.Capture = survey.Captures[random.IntN(2)]
					if random.IntN(6) == 0 {
						r.Flags = []survey.Flag{survey.FlagFast}
					}
				})
			}
		}
	}
	for _, period := range []string{"2026-Q3", "2026-H1", "2026"} {
		whole := figures(p.board("period=" + period))
		safe(t, p, period, whole)
		p.samePart(whole, "period="+period)
		p.tellsLittle(whole, figures(p.board("period="+period+" flags=include")), "flags")
		kiosk, qr := figures(p.board("period="+period+" capture=kiosk")), figures(p.board("period="+period+" capture=qr"))
		p.tellsLittle(kiosk, whole, "capture=kiosk")
		p.tellsLittle(qr, whole, "capture=qr")
	}
	// The trend withholds what the boards of its months do.
	trend, err := p.s.Trend(t.Context(), survey.System, p.query("period=2026-Q3 agency=so-a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range trend.Months {
		if b := p.board("agency=so-a period=" + string(m.Month)); short(b.Total) != short(m.Cell) {
			t.Errorf("%s: the trend shows %s, the board %s", m.Month, short(m.Cell), short(b.Total))
		}
	}
	// Custom days against each other and against the months.
	month := figures(p.board("period=2026-08"))
	for range 6 {
		from, to := 1+random.IntN(28), 1+random.IntN(28)
		if from > to {
			from, to = to, from
		}
		some := figures(p.board(fmt.Sprintf("period=2026-08-%02d..2026-08-%02d", from, to)))
		p.tellsLittle(some, month, "some days and their month")
		if to < 28 {
			more := figures(p.board(fmt.Sprintf("period=2026-08-%02d..2026-08-%02d", from, to+1)))
			p.tellsLittle(some, more, "some days and one more")
		}
	}
	// The year against its parts.
	year := figures(p.board("period=2026"))
	for at, n := range year {
		var rest int64
		hidden := 0
		if n == nil {
			continue
		}
		rest = *n
		for _, half := range []string{"2026-H1", "2026-H2"} {
			if f := figures(p.board("period=" + half))[at]; f != nil {
				rest -= *f
			} else if _, there := figures(p.board("period=" + half))[at]; there {
				hidden++
			}
		}
		if hidden == 1 && p.few(rest) {
			t.Errorf("%v: a half-year of %d is told by the year", at, rest)
		}
	}
}

// tellsLittle looks for places whose two figures differ by too few.
func (p *province) tellsLittle(part, whole map[pair]*int64, what string) {
	p.t.Helper()
	for at, n := range whole {
		if m := part[at]; n != nil && m != nil && p.few(*n-*m) {
			p.t.Errorf("%s: %v shows %d and %d", what, at, *m, *n)
		}
	}
}

// samePart sees that boards of parts withhold what the whole one does.
func (p *province) samePart(whole map[pair]*int64, query string) {
	p.t.Helper()
	for _, part := range []string{" agency=so-a", " field=ho-tich", " agency=so-a field=ho-tich"} {
		b := p.board(query + part)
		for at, n := range figures(b) {
			if b.Agency.ID == "tinh" && at.field == "" || part != " agency=so-a" && at.field == "" {
				at.field = "ho-tich" // the total of a board of one field
			}
			if w, there := whole[at]; there && (w == nil) != (n == nil) {
				p.t.Errorf("%s%s: %v is withheld in one board only", query, part, at)
			}
		}
	}
}

// safe checks by linear programming that the sums of a board tell no withheld figure.
func safe(t *testing.T, p *province, period string, shown map[pair]*int64) {
	t.Helper()
	sel, err := p.s.selection(survey.System, p.query("period="+period))
	if err != nil {
		t.Fatal(err)
	}
	table, err := sel.newTable(survey.Overall)
	if err != nil {
		t.Fatal(err)
	}
	c := newCompletion(table.grid, table.people)
	c.fill(table.cell)
	for i, spot := range c.spots {
		own := spot >= table.size()
		n, there := shown[table.pair(spot%table.size())]
		c.cells[i].Withheld = own || !there || n == nil
	}
	exposed, err := stats.AuditTable(c.cells, c.sums, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range exposed {
		if spot := c.spots[e.Cell]; sel.tooFew(c.cells[e.Cell].Value) {
			t.Errorf("%s: %v is told to be %d to %d", period, table.pair(spot%table.size()), e.Lower, e.Upper)
		}
	}
}

func (p *province) few(n int64) bool {
	least := int64(MinimumN)
	if p.audience == AudiencePublic {
		least = PublicN
	}
	return 0 < n && n < least
}

// A filter that happens to hold all there is of a place shows no more of it than the whole.
func TestFilterInherits(t *testing.T) {
	p := newProvince(t)
	flag := func(r *survey.Response) { r.Flags = []survey.Flag{survey.FlagFast} }
	p.rate(deskA, "dat-dai", "2026-08-03", 20, 40)
	p.rate(deskUnit, "ho-tich", "2026-08-03", 20, 40)
	p.rate(deskUnit, "ho-tich", "2026-08-03", 20, 40, flag)
	p.rate(onlineB, "ho-tich", "2026-08-03", 9, 12) // withheld for xa-1
	p.rate(desk1, "", "2026-08-03", 7, 8)
	for _, query := range []string{"", "delivery=online", "flags=include", "point=" + valid(onlineB), "capture=qr", "delivery=online flags=include", "capture=qr delivery=online"} {
		if c := p.board(query).row(t, "so-b").Cell; c.N != nil {
			t.Errorf("%q shows %d", query, *c.N)
		}
	}
	d, err := p.s.Breakdown(t.Context(), survey.System, BreakdownQuery{p.query("agency=so-b"), DimensionDelivery})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range d.Rows {
		if r.Cell.N != nil {
			t.Errorf("by delivery, %v shows %d", *r.ID, *r.Cell.N)
		}
	}
}
