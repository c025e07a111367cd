package tally

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMatchIsTheRecount(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 31))
			table := newTestTable(t)
			var rows []stored
			var refs []RowRef
			for range 3 {
				for form := range testForms {
					var added []Row
					for range random.IntN(2 * blockRows) {
						added = append(added, randomRow(random, testForms[form]))
						rows = append(rows, stored{FormID(form), added[len(added)-1]})
					}
					at, err := table.Append(FormID(form), added...)
					if err != nil {
						t.Fatal(err)
					}
					refs = append(refs, at...)
				}
			}
			snapshot := table.Snapshot()
			later, err := table.Append(0, Row{Day: 9_600})
			if err != nil {
				t.Fatal(err)
			}
			var asked []int
			var some []RowRef
			for i, ref := range refs {
				if random.IntN(3) == 0 {
					asked, some = append(asked, i), append(some, ref)
				}
			}
			some = append(some, later...)
			for range 20 {
				q := randomQuery(random)
				q.Forms = nil
				item := Measure(random.IntN(8))
				var want []Match
				for at, i := range asked {
					if r := rows[i]; q.wants(r) {
						m := Match{Index: at, Day: r.Day, Agency: r.Agency, Field: r.Field}
						if position := slices.Index(testForms[r.form].Items, item); position >= 0 {
							m.Code = r.Items[position]
						}
						want = append(want, m)
					}
				}
				got := snapshot.Match(q.Filter, item, some)
				slices.SortFunc(got, func(a, b Match) int { return cmp.Compare(a.Index, b.Index) })
				if !slices.Equal(got, want) {
					t.Fatalf("%+v: %d matches, want %d", q.Filter, len(got), len(want))
				}
			}
		})
	}
}
