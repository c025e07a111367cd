package suspicion_test

import (
	"testing"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/suspicion"
)

// inspectDemo judges a whole province.
func inspectDemo(t testing.TB, o demo.Options) (p *demo.Province, findings []suspicion.Finding) {
	t.Helper()
	p = demo.New(o)
	sheets := catalogue{}
	for _, v := range p.Catalogue().Volumes {
		sheets[v.Key()] = v
	}
	m := &memory{}
	for r := range p.Responses() {
		m.add(t, "demo", r)
	}
	return p, inspect(t, suspicion.NewInspector(m), sheets, demo.DefaultUntil.Start())
}

// TestAgainstTheTruth holds the job to what was planted: of what it takes out of
// the results, how much deserves it, and how much of what deserves it is taken out.
func TestAgainstTheTruth(t *testing.T) {
	seeds := 6
	if testing.Short() {
		seeds = 2
	}
	var named, right, planted int
	missed := map[survey.Flag]int{}
	deserved := map[survey.Flag]int{}
	for seed := range seeds {
		p, findings := inspectDemo(t, demo.Options{Seed: uint64(seed)})
		truth := p.Planted()
		for _, flag := range truth {
			deserved[flag]++
			missed[flag]++
		}
		planted += len(truth)
		for _, f := range findings {
			hits := 0
			for _, r := range f.Rated {
				if flag, ok := truth[r.ID]; ok && !f.Flag.Informative() {
					hits++
					missed[flag]--
				}
			}
			t.Logf("seed %d %s %s %s score %.1f: %d of %d planted, %d judged", seed, f.Month, f.Flag, f.Point, f.Score, hits, len(f.Rated), f.Judged)
			if !f.Flag.Informative() {
				named, right = named+len(f.Rated), right+hits
			}
		}
	}
	precision, recall := float64(right)/float64(named), float64(right)/float64(planted)
	t.Logf("%d planted, %d named, %d rightly: precision %.3f, recall %.3f; missed %v of %v", planted, named, right, precision, recall, missed, deserved)
	if precision < 0.9 || recall < 0.8 {
		t.Errorf("precision %.3f, recall %.3f, want 0.9 and 0.8 at least", precision, recall)
	}
	for flag, n := range deserved {
		if missed[flag] > n/2 {
			t.Errorf("%d of %d that deserve %s are missed", missed[flag], n, flag)
		}
	}
}

// TestHonestProvince: where nothing was planted, next to nothing is named.
func TestHonestProvince(t *testing.T) {
	seeds := 6
	if testing.Short() {
		seeds = 2
	}
	named, all := 0, 0
	for seed := range seeds {
		p, findings := inspectDemo(t, demo.Options{Seed: uint64(seed), Honest: true})
		all += p.Size()
		for _, f := range findings {
			t.Logf("seed %d %s %s %s score %.1f: %d of %d judged", seed, f.Month, f.Flag, f.Point, f.Score, len(f.Rated), f.Judged)
			named += len(f.Rated)
		}
	}
	t.Logf("%d of %d named", named, all)
	if float64(named) > 0.0005*float64(all) {
		t.Errorf("%d of %d honest ratings are named", named, all)
	}
}
