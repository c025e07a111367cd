package results

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sipas/stats"
	"sipas/survey"
	"sipas/survey/ledger"
)

// asked gives the table that answers a query.
func (p *province) asked(query string) *table {
	p.t.Helper()
	sel, err := p.s.selection(survey.System, p.query(query))
	if err != nil {
		p.t.Fatal(err)
	}
	t, err := sel.newTable(survey.Overall)
	if err != nil {
		p.t.Fatal(err)
	}
	return t
}

// TestNoDaysAreDerived asks for every run of days around the ends of months and for
// the calendar periods of the year, and follows what their sums and differences tell: the number
// between two days is told where a chain of shown figures leads from one to the other.
func TestNoDaysAreDerived(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 31))
			p := newProvince(t)
			if seed == 5 {
				p.audience = AudiencePublic
			}
			edges := []survey.Date{"2026-01-01", "2026-04-01", "2026-10-01", "2027-01-01"} // days on whose eve a period ends
			for _, from := range []survey.Date{"2026-06-29", "2026-07-29", "2026-08-29"} {
				for i := range 7 {
					edges = append(edges, from.AddDays(i))
				}
			}
			slices.Sort(edges)
			rate := func(point, field string, most int) {
				for _, day := range edges[:len(edges)-1] {
					if n := random.IntN(most); n > 0 {
						p.rate(point, field, string(day), n, n)
					}
				}
			}
			rate(desk1, "", 14)
			rate(onlineB, "ho-tich", 30)
			type step struct {
				from, to int // in edges
				table    *table
			}
			var steps []step
			for _, period := range []string{"2026", "2026-H1", "2026-H2", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2026-06", "2026-07", "2026-08", "2026-09"} {
				table := p.asked("period=" + period)
				from, ok1 := slices.BinarySearch(edges, table.sel.Period.From)
				to, ok2 := slices.BinarySearch(edges, table.sel.Period.To.AddDays(1))
				if ok1 && ok2 {
					steps = append(steps, step{from, to, table})
				}
			}
			for to := range edges {
				for from := range to {
					steps = append(steps, step{from, to, p.asked(fmt.Sprintf("period=%s..%s", edges[from], edges[to].AddDays(-1)))})
				}
			}
			shown := 0
			for at := range steps[0].table.cells {
				chain := make([]int, len(edges)) // the edge that a chain leads to
				before := make([]int64, len(edges))
				for i := range chain {
					chain[i] = i
				}
				for _, s := range steps {
					if s.table.withheld[at] != "" {
						continue
					}
					n := s.table.shownN(at)
					if n > 0 {
						shown++
					}
					shift := before[s.from] + n - before[s.to]
					for i, old := range slices.Clone(chain) {
						if old == chain[s.to] && chain[s.to] != chain[s.from] && i != s.to {
							chain[i] = chain[s.from]
							before[i] += shift
						}
					}
					if chain[s.to] != chain[s.from] {
						chain[s.to] = chain[s.from]
						before[s.to] += shift
					}
				}
				for to := range edges {
					for from := range to {
						if chain[from] == chain[to] && p.few(before[to]-before[from]) {
							t.Errorf("%v: the %d ratings from %s to the eve of %s are told", steps[0].table.pair(at), before[to]-before[from], edges[from], edges[to])
						}
					}
				}
			}
			if shown == 0 {
				t.Error("nothing is shown at all")
			}
		})
	}
}

// TestNoPairsAreDerived asks for every value of two filters, every pair of values and
// all of them together, and looks by linear programming for numbers below the minimum that
// those of one place tell.
func TestNoPairsAreDerived(t *testing.T) {
	type filter struct {
		name   string
		values []string
	}
	capture := filter{"capture", []string{"kiosk", "qr", "paper"}}
	gender := filter{"gender", []string{"male", "female", "other_gender"}}
	age := filter{"ageGroup", []string{"under_25", "over_60"}}
	points := filter{"point", []string{valid(deskA), valid(deskUnit), valid(desk1)}}
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 5))
		p := newProvince(t)
		most := 8 << (seed % 3) // respondents of a kind
		if seed >= 9 {
			p.audience = AudiencePublic
			most *= 3
		}
		for _, point := range []string{deskA, deskUnit, desk1} {
			for _, c := range capture.values {
				for _, g := range append(gender.values, "") {
					for _, a := range append(age.values, "") {
						if random.IntN(3) == 0 {
							n := 1 + random.IntN(most)
							p.rate(point, "", "2026-08-03", n, n, func(r *survey.Response) {
								r.Capture, r.Questionnaire = survey.Capture(c), "full"
								for id, option := range map[string]string{"gender": g, "age_group": a} {
									if option != "" {
										r.Answers[id] = survey.TextAnswer(option)
									}
								}
							})
						}
					}
				}
			}
		}
		for _, pair := range [][2]filter{{capture, gender}, {gender, age}, {points, capture}, {points, gender}} {
			t.Run(fmt.Sprint(seed, pair[0].name, pair[1].name), func(t *testing.T) {
				a, b := append(pair[0].values, ""), append(pair[1].values, "")
				tables := make([][]*table, len(a)) // "" is all of a filter's values
				for i, x := range a {
					for _, y := range b {
						tables[i] = append(tables[i], p.asked(fmt.Sprintf("%s=%s %s=%s", pair[0].name, x, pair[1].name, y)))
					}
				}
				for at := range tables[0][0].cells {
					pairIsSafe(t, p, tables, at)
				}
			})
		}
	}
}

// pairIsSafe sees that the tables of two filters, the last of a row and the last row
// for all of their values, do not tell a figure of one place.
func pairIsSafe(t *testing.T, p *province, tables [][]*table, at int) {
	t.Helper()
	minimum := tables[0][0].sel.minimum()
	var cells []stats.Cell
	add := func(n int64, known Withheld, withheld bool) int {
		c := stats.Cell{Value: n, Withheld: withheld}
		if most := minimum - 1; known == WithheldMinimumN && p.audience != AudiencePublic {
			c.Least, c.Most = 1, &most
		}
		cells = append(cells, c)
		return len(cells) - 1
	}
	index := make([][]int, len(tables))
	for i, row := range tables {
		for _, table := range row {
			index[i] = append(index[i], add(table.shownN(at), table.withheld[at], table.withheld[at] != ""))
		}
	}
	rest := func(total int, parts []int) int64 {
		n := cells[total].Value
		for _, part := range parts {
			n -= cells[part].Value
		}
		return n
	}
	// What cannot be asked for, answers without a value, is one more part of every sum.
	last := len(tables[0]) - 1
	var sums []stats.Sum
	noValue := make([][]int, len(tables)) // by row: the part without a value of the second filter
	for i := range index {
		noValue[i] = []int{add(rest(index[i][last], index[i][:last]), "", true)}
		sums = append(sums, stats.Sum{Total: index[i][last], Parts: slices.Concat(index[i][:last], noValue[i])})
	}
	end := len(index) - 1
	for k := range last + 1 {
		var parts []int
		for i := range end {
			parts = append(parts, index[i][k])
		}
		sums = append(sums, stats.Sum{Total: index[end][k], Parts: append(parts, add(rest(index[end][k], parts), "", true))})
	}
	exposed, err := stats.AuditTable(cells, sums, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range exposed {
		if n := cells[e.Cell].Value; p.few(n) {
			t.Errorf("%v: %d of %v are told", tables[0][0].pair(at), n, index)
		}
	}
}

func TestJoint(t *testing.T) {
	for name, c := range map[string]struct {
		n    []int64 // two rows or three
		kept string
	}{
		"enough":                {[]int64{20, 30, 40, 50, 60, 70}, "...\n...\n"},
		"one of too few":        {[]int64{3, 30, 40, 50, 60, 70}, "#.#\n#.#\n"},
		"a column of too few":   {[]int64{3, 30, 40, 0, 60, 70}, "##.\n##.\n"},
		"empty in the block":    {[]int64{3, 30, 0, 50, 0, 70}, "##.\n##.\n"},
		"a whole row that goes": {[]int64{3, 3, 3, 50, 60, 70, 80, 90, 95}, "###\n###\n...\n"},
		"a third row is needed": {[]int64{5, 0, 40, 3, 0, 70, 20, 60, 50}, "#.#\n#.#\n#.#\n"},
		"together too few":      {[]int64{5, 4, 40, 60, 70, 80, 90, 90, 90}, "###\n...\n###\n"},
		"nobody":                {make([]int64, 6), "...\n...\n"},
	} {
		t.Run(name, func(t *testing.T) {
			j := joint{rows: len(c.n) / 3, columns: 3, n: c.n}
			got := ""
			for at := range c.n {
				got += map[bool]string{true: "#", false: "."}[j.keeps(at/3, at%3, MinimumN)]
				if at%3 == 2 {
					got += "\n"
				}
			}
			if got != c.kept {
				t.Errorf("\n%swant\n%s", got, c.kept)
			}
		})
	}
}

func TestGroupsOfPeople(t *testing.T) {
	p := newProvince(t)
	as := func(gender, occupation string) func(*survey.Response) {
		return func(r *survey.Response) {
			r.Questionnaire = "full"
			r.Answers["gender"], r.Answers["occupation"] = survey.TextAnswer(gender), survey.TextAnswer(occupation)
		}
	}
	p.rate(desk1, "", "2026-08-03", 15, 20, as("female", "farming"))
	p.rate(desk1, "", "2026-08-03", 25, 30, as("male", "farming"))
	p.rate(desk1, "", "2026-08-03", 10, 11, as("male", "retired"))
	p.rate(desk1, "", "2026-08-03", 40, 40)
	for query, want := range map[string]string{
		"gender=female":                    "15/20",
		"gender=male":                      "35/41",
		"occupation=retired":               "10/11",
		"gender=male occupation=retired":   "10/11",
		"gender=other_gender":              "nobody",
		"ageGroup=over_60":                 "nobody",
		"gender=female occupation=retired": "nobody",
	} {
		if got := short(p.board(query).Total); !slices.Contains([]string{want + " notMet open agency-2025 → agency-2030",
			want + " notMet below agency-2025 → agency-2030", want + " met open tooFew agency-2025 → agency-2030", want + " notMet open tooFew agency-2025 → agency-2030",
			want + " tooFew agency-2025 → agency-2030", want}, got) {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if c := p.board("gender=female").Total; c.Coverage != nil {
		t.Errorf("the sheets tell nothing of women: %+v", c.Coverage)
	}
	_, err := p.s.Board(context.Background(), survey.System, p.query("gender=cat occupation=farming ageGroup=12"))
	var e *survey.Error
	if !errors.As(err, &e) || e.Code != survey.CodeInvalid || fmt.Sprint(e.Fields) != fmt.Sprint([]survey.FieldError{
		{Path: "gender", Reason: survey.ReasonUnknownOption}, {Path: "ageGroup", Reason: survey.ReasonUnknownOption}}) {
		t.Errorf("unknown options: %v", err)
	}
	// Erased answers are in no group any more, and still in the whole.
	for n := int64(1); n <= 20; n++ {
		erase, err := ledger.EncodeErasure(ledger.Erasure{Stream: "main", N: n, Reason: "retention", At: p.now})
		if err != nil {
			t.Fatal(err)
		}
		p.s.Consume([]survey.Entry{{Kind: survey.EntryErasure, Stream: "eraser", N: n, Kept: erase}})
	}
	if got, all := p.board("gender=female").Total, p.board("").Total; *got.N != 0 || *all.N != 101 {
		t.Errorf("after erasures: %s of %s", short(got), short(all))
	}
}

// A figure for the public is of 30 respondents and as precise as the standard asks.
func TestForThePublic(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-08-03", 15, 30)    // Clopper–Pearson is 0.37 wide
	p.rate(deskA, "ho-tich", "2026-08-03", 28, 29)    // too few
	p.rate(deskUnit, "ho-tich", "2026-08-03", 60, 80) //
	p.rate(onlineB, "ho-tich", "2026-08-03", 190, 200)
	p.rate(desk1, "", "2026-08-03", 2, 60) // 0.11 wide, more than 130 % of 0.03
	p.audience = AudiencePublic
	b := p.board("")
	if b.Total.N == nil || *b.Total.N != 399 {
		t.Errorf("the province: %s", short(b.Total))
	}
	for name, c := range map[string]Cell{"wide": b.pair(t, "so-a", "dat-dai"), "relatively wide": b.row(t, "xa-1").Cell} {
		if short(c) != string(WithheldMinimumN) {
			t.Errorf("%s: %s", name, short(c))
		}
	}
	if c := b.row(t, "phong-a1").Cell; c.N == nil && *c.Withheld == WithheldMinimumN {
		t.Errorf("80 respondents: %s", short(c))
	}
	for _, r := range b.AgencyFields {
		if r.Cell.N != nil && *r.Cell.N < PublicN {
			t.Errorf("%s: %d respondents are shown", r.Agency, *r.Cell.N)
		}
	}
	p.audience = AudienceManagers
	for agency, want := range map[string]int64{"so-a": 139, "xa-1": 60} {
		if c := p.board("").row(t, agency).Cell; c.N == nil || *c.N != want {
			t.Errorf("managers see of %s %s", agency, short(c))
		}
	}
}
