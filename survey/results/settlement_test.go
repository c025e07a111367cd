package results

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sipas/survey"
)

// yearNames are the names of the periods of 2026 by their places.
var yearNames = func() (names [calendarSize]string) {
	names[0] = "2026"
	for i := range 2 {
		names[firstHalf+i] = fmt.Sprintf("2026-H%d", i+1)
	}
	for i := range 4 {
		names[firstQuarter+i] = fmt.Sprintf("2026-Q%d", i+1)
	}
	for i := range 12 {
		names[firstMonth+i] = fmt.Sprintf("2026-%02d", i+1)
	}
	return names
}()

// monthly is what some ratings have in common that the tables of a year do not tell apart.
type monthly struct {
	agency, field string
	month         int
	flagged       bool
}

// span is what follows from sums of numbers by adding and subtracting: rows in echelon form, modulo a prime. What
// does not follow modulo the prime does not follow at all.
type span struct {
	rows  [][]int64
	pivot []int
}

const spanPrime = 1<<31 - 1

// reduced gives what is left of a sum, and its first number; −1 where it follows.
func (s *span) reduced(sum []byte) (left []int64, first int) {
	left = make([]int64, len(sum))
	for i, x := range sum {
		left[i] = int64(x)
	}
	for k, row := range s.rows {
		if factor := left[s.pivot[k]]; factor != 0 {
			for i, x := range row {
				left[i] = (left[i] + (spanPrime-factor)*x) % spanPrime
			}
		}
	}
	return left, slices.IndexFunc(left, func(x int64) bool { return x != 0 })
}

func (s *span) holds(sum []byte) bool {
	_, first := s.reduced(sum)
	return first < 0
}

func (s *span) add(sum []byte) {
	left, first := s.reduced(sum)
	if first < 0 {
		return
	}
	inverse, base := int64(1), left[first]
	for e := spanPrime - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			inverse = inverse * base % spanPrime
		}
		base = base * base % spanPrime
	}
	for i := range left {
		left[i] = left[i] * inverse % spanPrime
	}
	s.rows, s.pivot = append(s.rows, left), append(s.pivot, first)
}

// learn takes note that a sum is of n people. Where nobody is at all, nobody is in any part.
func (s *span) learn(sum []byte, n int64) {
	s.add(sum)
	for i, in := range sum {
		if in == 1 && n == 0 {
			one := make([]byte, len(sum))
			one[i] = 1
			s.add(one)
		}
	}
}

// TestNoYearIsDerived holds the tables of all periods of a year together as one system, with and without
// flagged ratings, and looks for numbers below the minimum that follow from what they show, and for any that a
// month withholds.
func TestNoYearIsDerived(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { noYearIsDerived(t, seed) })
	}
}

func noYearIsDerived(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 41))
	p := newProvince(t)
	p.now = survey.Date("2027-01-10").Start()
	minimum := int64(MinimumN)
	most := 12 << (seed % 3)
	if seed%6 == 5 {
		p.audience, minimum = AudiencePublic, PublicN
		most *= 3
	}
	var kinds []monthly
	counts := map[monthly]int64{}
	for _, d := range []struct {
		point, agency string
		fields        []string
	}{{deskA, "so-a", []string{"dat-dai", "ho-tich", ""}}, {deskUnit, "phong-a1", []string{"ho-tich", ""}}, {ward, "benh-vien", []string{"y-te"}},
		{onlineB, "so-b", []string{"ho-tich", ""}}, {desk1, "xa-1", []string{"", "dat-dai"}}} {
		for _, field := range d.fields {
			for month := range 12 {
				for _, flagged := range []bool{false, true} {
					k := monthly{d.agency, field, month, flagged}
					if field == "" {
						k.field = noField
					}
					kinds = append(kinds, k)
					if random.IntN(4) == 0 || flagged && random.IntN(3) > 0 {
						continue
					}
					n := 1 + random.IntN(most)
					counts[k] = int64(n)
					p.rate(d.point, field, fmt.Sprintf("2026-%02d-03", month+1), n/2, n, func(r *survey.Response) {
						if flagged {
							r.Flags = []survey.Flag{survey.FlagFast}
						}
					})
				}
			}
		}
	}
	snapshot := p.reg.Snapshot()
	known, small := &span{}, map[string]string{}
	secondary := 0
	for period, name := range yearNames {
		for _, flags := range []string{"", " flags=include"} {
			table := p.asked("period=" + name + flags)
			for at := range table.cells {
				where := table.pair(at)
				row := func(own bool, has func(monthly) bool) []byte {
					row := make([]byte, len(kinds))
					for i, k := range kinds {
						if slices.Contains(monthsIn(period), firstMonth+k.month) && has(k) && (where.field == "" || where.field == k.field) &&
							(k.agency == where.agency || !own && snapshot.Within(k.agency, where.agency)) {
							row[i] = 1
						}
					}
					return row
				}
				sum := func(row []byte) (n int64) {
					for i, k := range kinds {
						n += int64(row[i]) * counts[k]
					}
					return n
				}
				asked := func(k monthly) bool { return flags != "" || !k.flagged }
				if table.withheld[at] == "" {
					if n := sum(row(false, asked)); n != table.shownN(at) {
						t.Fatalf("%s%s: %v has %d, not %d", name, flags, where, n, table.shownN(at))
					}
					known.learn(row(false, asked), table.shownN(at))
				} else if period >= firstMonth && flags == "" && p.audience != AudiencePublic && sum(row(false, asked)) > 0 {
					if table.withheld[at] == WithheldSecondary {
						secondary++
					}
					small[string(row(false, asked))] = fmt.Sprintf("%s%s: %v, withheld", name, flags, where)
				}
				for _, own := range []bool{false, true} {
					for side, has := range map[string]func(monthly) bool{"shown": asked, "flagged": func(k monthly) bool { return k.flagged }} {
						if n := sum(row(own, has)); 0 < n && n < minimum {
							small[string(row(own, has))] = fmt.Sprintf("%s%s: %v, %s, own %v: %d", name, flags, where, side, own, n)
						}
					}
				}
			}
		}
	}
	for row, what := range small {
		if known.holds([]byte(row)) {
			t.Errorf("the periods together tell of %s", what)
		}
	}
	t.Logf("%d months withheld for sums, %d groups not to be told", secondary, len(small))
}

// What is past stays as it was published, whatever comes later in the year.
func TestTheYearGoesOn(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	rate := func(p *province, month, most int) {
		for _, d := range []struct{ point, field string }{{deskA, "dat-dai"}, {deskA, "ho-tich"}, {deskUnit, "ho-tich"}, {ward, "y-te"}, {onlineB, "ho-tich"}, {desk1, ""}} {
			if n := random.IntN(most); n > 0 {
				p.rate(d.point, d.field, fmt.Sprintf("2026-%02d-03", month+1), n/2, n)
			}
		}
	}
	p := newProvince(t)
	p.now = survey.Date("2027-01-10").Start()
	shown := map[string]string{}
	changes := 0
	for month := range 12 {
		rate(p, month, []int{40, 40, 8}[month%3])
		for _, period := range calendarOrder {
			name := yearNames[period]
			withheld := fmt.Sprint(p.asked("period=" + name).withheld)
			last := monthsIn(period)[len(monthsIn(period))-1] - firstMonth
			if before, was := shown[name]; was && before != withheld {
				t.Errorf("after month %d, %s withholds %s, and %s before", month+1, name, withheld, before)
			}
			if last <= month {
				shown[name] = withheld
				changes++
			}
		}
	}
	if changes < 19 {
		t.Errorf("only %d tables are looked at", changes)
	}
	// A service that sees the year only when it is over withholds the same as one that was asked all along.
	p.s.settlements = settlements{}
	for name, withheld := range shown {
		if got := fmt.Sprint(p.asked("period=" + name).withheld); got != withheld {
			t.Errorf("%s: %s at once, %s month by month", name, got, withheld)
		}
	}
}
