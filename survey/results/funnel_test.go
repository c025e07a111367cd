package results

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sipas/stats"
	"sipas/survey"
)

func TestFunnel(t *testing.T) {
	p := newProvince(t)
	counts := []stats.Count{{Successes: 93, N: 100}, {Successes: 180, N: 200}, {Successes: 46, N: 50}, {Successes: 361, N: 400}, {Successes: 27, N: 30},
		{Successes: 270, N: 300}, {Successes: 91, N: 100}, {Successes: 90, N: 200}}
	ids := p.rateFields("2026-08-03", counts)
	f, err := p.funnel("by=field")
	if err != nil {
		t.Fatal(err)
	}
	explained(t, f.Methods)
	var satisfied, answered int64
	for _, c := range counts {
		satisfied, answered = satisfied+c.Successes, answered+c.N
	}
	centre := float64(satisfied) / float64(answered)
	near(t, "centre", *f.Centre, 100*centre, 1e-9)
	want, err := stats.NewFunnel(counts, &centre)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "φ", *f.Phi, *want.Arcsine.Phi, 1e-9)
	near(t, "τ²", *f.Tau2, *want.Arcsine.Tau2, 1e-12)
	for i, id := range ids {
		u := f.unit(t, id)
		near(t, id+" z", *u.Z, *want.Units[i].ArcsineZAdditive, 1e-9)
		for _, limit := range []Interval{u.Limit.Warning, u.Limit.Alarm} {
			l, err := want.Limits(stats.FunnelArcsine, counts[i].N, limit.Conf)
			if err != nil {
				t.Fatal(err)
			}
			near(t, id+" lower", limit.Lower, 100*l.Lower, 1e-9)
			near(t, id+" upper", limit.Upper, 100*l.Upper, 1e-9)
		}
		outside := "within"
		if u.Outside != nil {
			outside = fmt.Sprint(u.Outside.Side, " ", u.Outside.Conf)
		}
		if expected := map[bool]string{true: "low 0.998", false: "within"}[i == 7]; outside != expected {
			t.Errorf("%v is %s, want %s", counts[i], outside, expected)
		}
		if u.Limit.Size != counts[i].N || !slices.ContainsFunc(f.Limits, func(l FunnelLimit) bool { return l.Size <= u.Limit.Size }) {
			t.Errorf("size %d", u.Limit.Size)
		}
	}
	if first, last := f.Limits[0], f.Limits[len(f.Limits)-1]; first.Size != 30 || last.Size != 400 || !(first.Alarm.Lower < last.Alarm.Lower) || len(f.Limits) < 30 {
		t.Errorf("%d limits from %+v to %+v", len(f.Limits), first, last)
	}
	if vi := f.Summary[survey.Vietnamese]; !strings.Contains(vi, "1 lĩnh vực nằm dưới giới hạn 99,8\u00a0%") || !strings.Contains(vi, "chưa phải bằng chứng") || !strings.HasSuffix(vi, selfSelection[survey.Vietnamese]) {
		t.Error(vi)
	}
}

// A unit beyond the warning limit alone is outside something, and the sentence says so.
func TestFunnelWarns(t *testing.T) {
	p := newProvince(t)
	p.rateFields("2026-08-03", []stats.Count{{Successes: 360, N: 400}, {Successes: 360, N: 400}, {Successes: 361, N: 400}, {Successes: 359, N: 400}, {Successes: 375, N: 400}})
	f, err := p.funnel("by=field")
	if err != nil {
		t.Fatal(err)
	}
	outside := map[float64]int{}
	for _, u := range f.Units {
		if u.Outside != nil {
			outside[u.Outside.Conf]++
		}
	}
	if outside[warningConf] != 1 || outside[alarmConf] != 0 {
		t.Fatalf("outside: %v", outside)
	}
	for language, want := range map[survey.Language][]string{
		survey.Vietnamese: {"không có lĩnh vực nào nằm ngoài giới hạn 99,8\u00a0%", "1 lĩnh vực chỉ nằm ngoài giới hạn 95\u00a0%"},
		survey.English:    {"none of the fields lies outside the limits of 99.8%", "Outside those of 95% only: 1 of the fields;"},
	} {
		for _, say := range want {
			if !strings.Contains(f.Summary[language], say) {
				t.Errorf("%q does not say %q", f.Summary[language], say)
			}
		}
	}
}

func TestFunnelAroundTarget(t *testing.T) {
	p := newProvince(t)
	p.rate(deskA, "dat-dai", "2026-08-03", 180, 200)
	p.rate(ward, "y-te", "2026-08-03", 80, 100)
	p.rate(desk1, "", "2026-08-03", 45, 50)
	p.rate(onlineB, "ho-tich", "2026-08-03", 60, 100)
	for query, want := range map[string]string{
		"around=target":                    "90",
		"around=target kind=department":    "90",
		"around=target agency=so-a":        "around: results.severalTargets", // the hospital's is 85
		"around=target by=field":           "around: results.severalTargets",
		"around=target agency=xa-1":        "around: results.noTarget",
		"around=target period=2015-Q1":     "90", // which nobody rated in
		"around=median":                    "around: unknownOption",
		"around=median by=point level=sky": "by: unknownOption level: unknownOption around: unknownOption",
		"":                                 "mean",
	} {
		t.Run(query, func(t *testing.T) {
			f, err := p.funnel(query)
			got := strings.Join(fieldErrors(err), " ")
			switch {
			case err == nil && f.Target == nil:
				got = string(f.Around)
			case err == nil:
				got = fmt.Sprint(*f.Centre)
			}
			if got != want {
				t.Errorf("%s, want %s (%v)", got, want, err)
			}
		})
	}
}

func TestFunnelWithoutTargets(t *testing.T) {
	p := newProvince(t, func(p *province) { p.targets = nil })
	if _, err := p.funnel("around=target"); !slices.Equal(fieldErrors(err), []string{"around: results.noTarget"}) {
		t.Error(err)
	}
}

func TestFunnelOfFew(t *testing.T) {
	p := newProvince(t)
	for n, rate := range []func(){func() {}, func() { p.rate(deskA, "dat-dai", "2026-08-03", 20, 24) }, func() { p.rate(desk1, "", "2026-08-03", 24, 24) }} {
		rate()
		f, err := p.funnel("")
		if err != nil || len(f.Units) != 3 || (f.Centre == nil) != (n == 0) || (f.Tau2 == nil) != (n < 2) || (len(f.Limits) == 0) != (n < 2) {
			t.Errorf("%d units shown: %+v, %v", n, f, err)
		}
	}
}

func TestFunnelSizes(t *testing.T) {
	for _, c := range [][2]int64{{10, 10}, {10, 12}, {10, 100_000}} {
		sizes := funnelSizes(c[0], c[1])
		if sizes[0] != c[0] || sizes[len(sizes)-1] != c[1] || !slices.IsSorted(sizes) || len(slices.Compact(slices.Clone(sizes))) != len(sizes) || len(sizes) > 41 {
			t.Errorf("%v: %v", c, sizes)
		}
	}
	if limit := (FunnelLimit{Warning: Interval{80, 95, "", 0.95}, Alarm: Interval{70, 100, "", 0.998}}); limit.outside(100) == nil || limit.outside(100).Conf != 0.95 ||
		limit.outside(69.9).Conf != 0.998 || limit.outside(math.Nextafter(80, 100)) != nil {
		t.Error("on the limits")
	}
}
