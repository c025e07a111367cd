package registry_test

import (
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/registry"
)

// wave is a sample of the small province: its communes by agency, all else by person.
func wave() survey.Campaign {
	return survey.Campaign{ID: "quy-4-2026", Name: text("Điều tra quý IV"), Kind: survey.CampaignSampled, Agency: "tinh", Questionnaire: "full",
		From: "2026-10-01", To: "2026-12-15", Unit: survey.UnitAgency, Strata: []survey.Stratum{
			{ID: "xa-phuong", Name: text("Xã, phường"), Agencies: []string{"phuong-10", "xa-binh-minh"}, Population: 8100, Clusters: 3, Planned: 160},
			{ID: "y-te", Name: text("Y tế"), Agencies: []string{"so-y-te"}, Population: 2300, Clusters: 1, Planned: 40},
		}}
}

func TestCampaigns(t *testing.T) {
	r, store := loaded(t)
	c := wave()
	c.Name = survey.Text{survey.Vietnamese: "  Điều tra   quý IV "}
	made, err := r.CreateCampaign(t.Context(), admin, c)
	if err != nil || made.Rev != 1 || made.Name[survey.Vietnamese] != "Điều tra quý IV" {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := r.CreateCampaign(t.Context(), admin, wave()); fields(err) != "conflict exists" {
		t.Errorf("an id twice: %v", err)
	}
	made.Strata[1].Population, made.Closed = 2400, true
	closed, err := r.UpdateCampaign(t.Context(), admin, made)
	if err != nil || closed.Rev != 2 {
		t.Fatalf("%+v, %v", closed, err)
	}
	if _, err := r.UpdateCampaign(t.Context(), admin, made); fields(err) != "conflict rev" {
		t.Errorf("an old revision: %v", err)
	}
	again := open(t, store)
	if got, ok := again.Snapshot().Campaign("quy-4-2026"); !ok || !got.Closed || got.Strata[1].Population != 2400 || len(again.Snapshot().Campaigns()) != 1 {
		t.Errorf("read again: %+v", got)
	}
	entries, err := store.Audit().After(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := entries[len(entries)-1]
	if last.ID != "campaigns/quy-4-2026/2" || last.Action != survey.ActionClose || last.Agency != "tinh" || last.Collection != registry.CollectionCampaigns {
		t.Errorf("audit entry %+v", last)
	}
	for _, actor := range []survey.Actor{manager, viewer, nobody} {
		c := wave()
		c.ID = "khac"
		if _, err := r.CreateCampaign(t.Context(), actor, c); !survey.IsCode(err, survey.CodeForbidden) {
			t.Errorf("%s creates: %v", actor.User, err)
		}
		if _, err := r.UpdateCampaign(t.Context(), actor, closed); !survey.IsCode(err, survey.CodeForbidden) {
			t.Errorf("%s changes: %v", actor.User, err)
		}
	}
	if _, err := r.UpdateCampaign(t.Context(), admin, survey.Campaign{ID: "khac"}); !survey.IsCode(err, survey.CodeNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestCampaignsThatAreNone(t *testing.T) {
	r, _ := loaded(t)
	stored, err := r.CreateCampaign(t.Context(), admin, wave())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(c *survey.Campaign)
		want   string
	}{
		"nothing": {func(c *survey.Campaign) { *c = survey.Campaign{} },
			"id: required; name.vi: required; kind: required; agency: required; questionnaire: required; from: required; to: required"},
		"a long id": {func(c *survey.Campaign) { c.ID = strings.Repeat("x", 61) }, "id: tooLong"},
		"another kind of everything": {func(c *survey.Campaign) {
			c.ID, c.Kind, c.Agency, c.Questionnaire, c.From, c.To = "Quý IV", "census", "khong-co", "khong-co", "mai", "2026-13-01"
			c.Unit, c.Strata = "", nil
		}, "id: format; kind: unknown; agency: unknown; questionnaire: unknown; from: date.format; to: date.format"},
		"an end before the beginning": {func(c *survey.Campaign) { c.To = "2026-09-30" }, "to: beforeStart"},
		"an agency that has ended": {func(c *survey.Campaign) {
			c.Agency, c.Kind, c.Unit, c.Strata = "xa-cu", survey.CampaignContinuous, "", nil
		}, "agency: closedRecord"},
		"a continuous one that draws": {func(c *survey.Campaign) { c.Kind = survey.CampaignContinuous }, "unit: mustBeEmpty; strata: mustBeEmpty"},
		"a sample without a design":   {func(c *survey.Campaign) { c.Unit, c.Strata = "", nil }, "unit: required; strata: required"},
		"too many strata":             {func(c *survey.Campaign) { c.Strata = make([]survey.Stratum, 201) }, "strata: tooMany"},
		"an empty stratum": {func(c *survey.Campaign) { c.Strata[1] = survey.Stratum{} },
			"strata.1.id: required; strata.1.name.vi: required; strata.1.agencies: required; strata.1.population: range"},
		"two strata of one id": {func(c *survey.Campaign) { c.Strata[1].ID = "xa-phuong" }, "strata.1.id: repeated"},
		"agencies twice, above each other, elsewhere": {func(c *survey.Campaign) {
			c.Agency = "so-y-te"
			c.Strata[0].Agencies = []string{"benh-vien", "benh-vien", "khong-co", "so-noi-vu"}
		}, "strata.0.agencies.1: repeated; strata.0.agencies.2: unknown; strata.0.agencies.3: campaign.agency; strata.0.clusters: range; strata.1.agencies.0: campaign.overlap"},
		"more planned than there are":        {func(c *survey.Campaign) { c.Strata[1].Planned = 2301 }, "strata.1.planned: range"},
		"clusters of a sample of persons":    {func(c *survey.Campaign) { c.Unit = survey.UnitPerson }, "strata.0.clusters: mustBeEmpty; strata.1.clusters: mustBeEmpty"},
		"fewer agencies than were drawn":     {func(c *survey.Campaign) { c.Strata[0].Clusters = 1 }, "strata.0.clusters: range"},
		"a number of points that is no such": {func(c *survey.Campaign) { c.Unit, c.Strata[0].Clusters = survey.UnitPoint, -1 }, "strata.0.clusters: range"},
	} {
		t.Run(name, func(t *testing.T) {
			c1 := wave()
			c1.ID = "mot-dot-khac"
			c.change(&c1)
			_, err := r.CreateCampaign(t.Context(), admin, c1)
			if got := fields(err); got != c.want || !survey.IsCode(err, survey.CodeInvalid) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		change func(c *survey.Campaign)
		want   string
	}{
		"another kind":   {func(c *survey.Campaign) { c.Kind, c.Unit, c.Strata = survey.CampaignContinuous, "", nil }, "kind: immutable"},
		"another agency": {func(c *survey.Campaign) { c.Agency, c.Strata = "so-y-te", c.Strata[1:] }, "agency: immutable"},
	} {
		t.Run(name, func(t *testing.T) {
			c1 := stored
			c.change(&c1)
			if _, err := r.UpdateCampaign(t.Context(), admin, c1); fields(err) != c.want {
				t.Errorf("got %s, want %s", fields(err), c.want)
			}
		})
	}
}
