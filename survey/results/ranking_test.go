package results

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sipas/stats"
	"sipas/survey"
)

// twelve are the agencies of the shared table of ranks (R), here as fields of one agency.
var twelve = []stats.Count{{Successes: 58, N: 60}, {Successes: 19, N: 20}, {Successes: 930, N: 1000}, {Successes: 745, N: 800}, {Successes: 9, N: 10},
	{Successes: 1710, N: 2000}, {Successes: 340, N: 400}}

// rateFields gives each of the catalogue's first fields its ratings.
func (p *province) rateFields(day string, counts []stats.Count) (ids []string) {
	for i, c := range counts {
		id := p.reg.Snapshot().Fields()[i].ID
		p.rate(deskA, id, day, int(c.Successes), int(c.N))
		ids = append(ids, id)
	}
	return ids
}

func TestRanking(t *testing.T) {
	p := newProvince(t)
	ids := p.rateFields("2026-08-03", twelve)
	p.rate(deskA, p.reg.Snapshot().Fields()[len(ids)].ID, "2026-08-03", 4, 9) // withheld
	p.rate(deskA, "", "2026-08-03", 100, 200)                                 // without a field
	r, err := p.rank("by=field")
	if err != nil {
		t.Fatal(err)
	}
	explained(t, r.Methods)
	shown, withheld := []stats.Count{}, 0
	places := map[int]RankedUnit{}
	for i, id := range ids {
		u := r.unit(t, id)
		if u.Cell.Withheld != nil {
			withheld++ // for the sake of the one of nine
			silent(t, u)
			continue
		}
		places[len(shown)] = u
		shown = append(shown, twelve[i])
	}
	if withheld != 1 || len(r.Units) != len(ids)+1 || r.Ranked != int64(len(shown)) || r.Quarter != 2 {
		t.Fatalf("%d of %d ranked, %d withheld, a quarter of %d", r.Ranked, len(r.Units), withheld, r.Quarter)
	}
	ranks, err1 := stats.Ranks(shown, 0.5)
	joint, err2 := stats.JointRanks(shown, 0.95)
	shrunken, err3 := stats.Shrink(shown, 0.9, 0.95)
	var se []float64
	for _, c := range shown {
		se = append(se, 1/(2*math.Sqrt(float64(c.N))))
	}
	z, err4 := stats.GoldsteinHealy(se, 0.95)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		t.Fatal(err1, err2, err3, err4)
	}
	if r.Pooling.Degree != stats.PartialPooling {
		t.Errorf("pooling %v", r.Pooling.Degree)
	}
	near(t, "mean of all", *r.Pooling.Mean, 100*shrunken.Prior.Mean, 1e-9)
	for i, want := range ranks {
		u := places[i]
		alone, _ := want.Interval(0.95)
		if u.Rank.Place != want.Place || u.Rank.Interval != RankRange(alone) || u.Rank.Joint != RankRange(*joint[i]) {
			t.Errorf("%v: rank %+v, want %d, %v, %v", shown[i], *u.Rank, want.Place, alone, *joint[i])
		}
		near(t, "expected rank", u.Rank.Expected, want.Expected, 1e-9)
		last := len(shown) - 1
		near(t, "highest quarter", *u.Rank.HighestQuarter, 100*(want.Probabilities[0]+want.Probabilities[1]), 1e-9)
		near(t, "lowest quarter", *u.Rank.LowestQuarter, 100*(want.Probabilities[last]+want.Probabilities[last-1]), 1e-9)
		near(t, "shrunken", u.Shrunken.Value, 100**shrunken.Units[i].Value, 1e-9)
		near(t, "weight", u.Shrunken.Weight, *shrunken.Units[i].Weight, 1e-9)
		near(t, "its interval", u.Shrunken.Interval.Lower, 100*shrunken.Units[i].Interval.Lower, 1e-9)
		angle := math.Asin(math.Sqrt(float64(shown[i].Successes) / float64(shown[i].N)))
		sin := math.Sin(angle - z*se[i])
		near(t, "bar", u.Bar.Lower, 100*sin*sin, 1e-9)
	}
	if !slices.IsSortedFunc(r.Units, func(a, b RankedUnit) int { return a.order() - b.order() }) || r.Units[len(r.Units)-1].Rank != nil {
		t.Error("the units are not in order")
	}
}

// Places that the ratings can tell apart, worked out from joint Wilson limits.
func TestDistinguishable(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts []stats.Count
		places int64
	}{
		{"alike", []stats.Count{{Successes: 90, N: 100}, {Successes: 90, N: 100}, {Successes: 91, N: 100}}, 1},
		{"two ends", []stats.Count{{Successes: 500, N: 1000}, {Successes: 60, N: 100}, {Successes: 700, N: 1000}}, 2},
		{"three steps", []stats.Count{{Successes: 500, N: 1000}, {Successes: 600, N: 1000}, {Successes: 700, N: 1000}, {Successes: 690, N: 1000}}, 3},
		{"few ratings", []stats.Count{{Successes: 10, N: 10}, {Successes: 5, N: 10}}, 1},
	} {
		if got, err := distinguishable(c.counts); err != nil || got != c.places {
			t.Errorf("%s: %d places, %v, want %d", c.name, got, err, c.places)
		}
	}
}

func TestRankingOfFew(t *testing.T) {
	for _, c := range []struct {
		name     string
		rate     func(p *province)
		ranked   int64
		said, en string
	}{
		{"nobody", func(*province) {}, 0, "Chưa có đơn vị nào đủ phiếu trong quý III/2026 để xếp hạng. Còn 3 đơn vị không có thứ hạng", "None of the agencies"},
		{"one", func(p *province) { p.rate(deskA, "dat-dai", "2026-08-03", 20, 24) }, 1, "Chỉ một đơn vị có đủ phiếu trong quý III/2026", "Only one of the agencies"},
		{"two alike", func(p *province) {
			p.rate(deskA, "dat-dai", "2026-08-03", 20, 20)
			p.rate(desk1, "", "2026-08-03", 20, 20)
		}, 2, "chưa phân biệt rõ được đơn vị nào với nhau", "no two of the agencies"},
		{"two apart", func(p *province) {
			p.rate(deskA, "dat-dai", "2026-08-03", 20, 80)
			p.rate(desk1, "", "2026-08-03", 80, 80)
		}, 2, "Dù xếp thành 2 hạng, số phiếu hiện có chỉ đủ để phân biệt rõ 2 bậc", "can tell only 2 apart"},
		{"an open period", func(p *province) { p.rate(deskA, "dat-dai", "2026-08-03", 20, 24) }, 0, "Kỳ chưa kết thúc", "provisional"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			c.rate(p)
			query := ""
			if c.name == "an open period" {
				query = "period=2026-Q4"
			}
			r, err := p.rank(query)
			if err != nil {
				t.Fatal(err)
			}
			vi, en := r.Summary[survey.Vietnamese], r.Summary[survey.English]
			if r.Ranked != c.ranked || !strings.Contains(vi, c.said) || !strings.Contains(en, c.en) || !strings.HasSuffix(vi, selfSelection[survey.Vietnamese]) {
				t.Errorf("%d ranked: %s %s", r.Ranked, vi, en)
			}
			for _, u := range r.Units {
				switch {
				case u.Rank == nil:
				case c.ranked == 1 && (u.Bar != nil || u.Rank.HighestQuarter != nil || u.Rank.Interval != RankRange{1, 1}):
					t.Errorf("one alone: %+v", u)
				case c.name == "two alike" && (u.Rank.Place != 1 || u.Rank.Interval != RankRange{1, 2} || u.Bar.Upper != 100 || u.Shrunken.Weight != 0):
					t.Errorf("two alike: %+v %+v", *u.Rank, *u.Bar)
				}
			}
		})
	}
}

// A pooled measure is ranked on its effective number of respondents.
func TestRankingOfPooledMeasure(t *testing.T) {
	p := newProvince(t)
	moments := map[string]stats.Moments{}
	for i, desk := range []string{deskA, onlineB, desk1} {
		agency := []string{"so-a", "so-b", "xa-1"}[i]
		for k := range 40 {
			answers := survey.Answers{survey.Overall: survey.LevelAnswer(4)}
			satisfied := int64(0)
			for j, item := range []string{"tc1", "tc2", "kq1", "pa1"} {
				level := 5
				if (k+j*i)%(4+2*i) == 0 {
					level = 2
				} else {
					satisfied++
				}
				answers[item] = survey.LevelAnswer(level)
			}
			full := p.response(desk, "", "2026-08-03", answers)
			full.Questionnaire = "full"
			p.take(full)
			moments[agency] = moments[agency].Plus(stats.Moments{Respondents: 1, Answered: 4, Satisfied: satisfied, AA: 16, AS: 4 * satisfied, SS: satisfied * satisfied})
		}
	}
	r, err := p.rank("measure=index")
	if err != nil {
		t.Fatal(err)
	}
	var counts []stats.Count
	for _, id := range []string{"so-a", "so-b", "xa-1"} {
		ratio, err := stats.PooledIndex(moments[id], 0.95)
		if err != nil {
			t.Fatal(err)
		}
		n := math.Round(*ratio.EffectiveN)
		counts = append(counts, stats.Count{Successes: int64(math.Round(*ratio.Value * n)), N: int64(n)})
		near(t, id, *r.unit(t, id).Cell.Index, 100**ratio.Value, 1e-9)
	}
	if counts[0].N == 160 || counts[0] == counts[1] {
		t.Fatalf("the design tells nothing: %v", counts)
	}
	want, err := stats.Ranks(counts, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{"so-a", "so-b", "xa-1"} {
		near(t, id+" expected", r.unit(t, id).Rank.Expected, want[i].Expected, 1e-9)
	}
}
