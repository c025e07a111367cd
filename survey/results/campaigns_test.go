package results

import (
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"testing"

	"sipas/survey"
)

// However many campaigns there were, the ratings of each are its own and none is counted with the continuous ones.
func TestCampaignsAreNeverPooledWithTheContinuousRatings(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2026-08-03", 10, 10)
	const campaigns = 300
	last := fmt.Sprintf("dot-%d", campaigns)
	var entries []survey.Entry
	for i := range campaigns {
		for range 1 + 10*(i/(campaigns-1)) {
			r := p.response(desk1, "", "2026-08-03", survey.Answers{survey.Overall: survey.LevelAnswer(1)})
			r.ID = fmt.Sprintf("00000000-0000-4000-9000-%012d", len(entries))
			r.Campaign = pointer(fmt.Sprintf("dot-%d", i+1))
			entries = append(entries, entry(t, "invited", int64(len(entries)+1), r))
		}
	}
	p.s.Consume(entries)

	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := p.s.WriteCheckpoint(path, checkpointKey); err != nil {
		t.Fatal(err)
	}
	restored := again(p.s)
	if err := restored.RestoreCheckpoint(path, checkpointKey, trusting); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Service{p.s, restored} {
		p.s = s
		if got := short(p.board("agency=xa-1").Total); got != "10/10 met open tooFew agency-2025 → agency-2030" {
			t.Errorf("continuous ratings: %s", got)
		}
		if b := p.board("agency=xa-1 campaign=" + last); b.Total.N == nil || *b.Total.N != 11 {
			t.Errorf("%s: %s, want the 11 ratings of its own", last, short(b.Total))
		}
	}
}

// A campaign for which the table has no code left is told of and left out.
func TestACampaignWithoutACodeIsNotCounted(t *testing.T) {
	p := newProvince(t)
	p.rate(desk1, "", "2026-08-03", 10, 10)
	p.s.log = slog.New(slog.DiscardHandler)
	p.s.campaigns = newCodes[uint16](make([]string, math.MaxUint16+1)...)
	p.rate(desk1, "", "2026-08-03", 0, 1, func(r *survey.Response) { r.Campaign = pointer("one-too-many") })
	if b := p.board("agency=xa-1"); *b.Total.N != 10 {
		t.Errorf("%d continuous ratings, want 10", *b.Total.N)
	}
	if p.s.uncounted != 1 {
		t.Errorf("%d ratings are told of as uncounted, want 1", p.s.uncounted)
	}
}
