package survey_test

import (
	"strings"
	"testing"

	"sipas/survey"
)

func TestCampaignDays(t *testing.T) {
	open := survey.Campaign{From: "2026-10-01", To: "2026-12-15"}
	closed := open
	closed.Closed = true
	for _, c := range []struct {
		name       string
		campaign   survey.Campaign
		day        survey.Date
		open, over bool
	}{
		{"before", open, "2026-09-30", false, false},
		{"the first day", open, "2026-10-01", true, false},
		{"the last day", open, "2026-12-15", true, false},
		{"after", open, "2026-12-16", false, true},
		{"closed", closed, "2026-11-01", false, true},
	} {
		if c.campaign.OpenOn(c.day) != c.open || c.campaign.OverOn(c.day) != c.over {
			t.Errorf("%s: open %t, over %t", c.name, c.campaign.OpenOn(c.day), c.campaign.OverOn(c.day))
		}
	}
}

func TestIsCampaignID(t *testing.T) {
	for id, want := range map[string]bool{"quy-4-2026": true, "": false, "Quý IV": false, "-x": false, strings.Repeat("x", 60): true, strings.Repeat("x", 61): false} {
		if got := survey.IsCampaignID(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}
