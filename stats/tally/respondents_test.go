package tally

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sipas/stats"
)

// What respondents answered sums up to what is counted, by agency and point, whatever the filter.
func TestRespondentsSumUpToCounts(t *testing.T) {
	table, _ := newCodecTable(t)
	s := table.Snapshot()
	random := rand.New(rand.NewPCG(3, 9))
	for range 60 {
		f := randomQuery(random).Filter
		for _, of := range []struct {
			measure Measure
			pooled  bool
		}{{overall, false}, {staff, false}, {index, true}, {999, false}, {999, true}} {
			list := s.Respondents(f, of.measure, of.pooled)
			got := map[[2]int]stats.Moments{}
			for _, r := range list {
				key := [2]int{int(r.Agency), int(r.Point)}
				a, k := int64(r.Answered), int64(r.Satisfied)
				got[key] = got[key].Plus(stats.Moments{Respondents: 1, Answered: a, Satisfied: k, AA: a * a, AS: a * k, SS: k * k})
			}
			q := Query{Filter: f, GroupBy: []Dim{ByAgency, ByPoint}}
			if of.pooled {
				q.Pools = []Measure{of.measure}
			} else {
				q.Items = []Measure{of.measure}
			}
			groups, err := s.Count(q)
			if err != nil {
				t.Fatal(err)
			}
			want := map[[2]int]stats.Moments{}
			for _, g := range groups {
				var m stats.Moments
				if of.pooled {
					m = g.Pools[0]
					m.Full = 0
				} else {
					n, k := g.Items[0].Answered(), g.Items[0].Satisfied()
					m = stats.Moments{Respondents: n, Answered: n, Satisfied: k, AA: n, AS: k, SS: k}
				}
				if m.Respondents > 0 {
					want[[2]int{g.Key[0], g.Key[1]}] = m
				}
			}
			if len(got) != len(want) {
				t.Fatalf("%d places, want %d", len(got), len(want))
			}
			for at, m := range want {
				if got[at] != m {
					t.Errorf("%v: %+v, want %+v", at, got[at], m)
				}
			}
			if !slices.IsSortedFunc(list, func(a, b Respondent) int { return int(a.Agency) - int(b.Agency) }) {
				t.Error("they are not in order")
			}
		}
	}
	if n := len(s.Respondents(Filter{}, overall, false)); n == 0 || int64(n) >= s.Rows() {
		t.Errorf("%d respondents of %d rows", n, s.Rows())
	}
	if list := s.Respondents(Filter{From: 9, Until: 9}, overall, false); list != nil {
		t.Errorf("no days have %d respondents", len(list))
	}
}
