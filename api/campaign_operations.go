package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// Campaign is a span of days in which citizens are invited to rate.
type Campaign struct {
	ID            string              `json:"id"`
	Name          survey.Text         `json:"name"`
	Kind          survey.CampaignKind `json:"kind" enum:"continuous,sampled"`
	Agency        string              `json:"agency"`
	Questionnaire string              `json:"questionnaire"`
	From          survey.Date         `json:"from"`
	To            survey.Date         `json:"to"`
	Unit          survey.SamplingUnit `json:"unit" doc:"person, point or agency; empty unless sampled"`
	Strata        []CampaignStratum   `json:"strata" nullable:"false"`
	Closed        bool                `json:"closed"`
	Open          bool                `json:"open" doc:"Citizens may rate in it today"`
	Rev           int64               `json:"rev"`
}

// CampaignStratum is a part of the frame that is sampled on its own.
type CampaignStratum struct {
	ID         string      `json:"id" maxLength:"200" example:"xa-phuong"`
	Name       survey.Text `json:"name"`
	Agencies   []string    `json:"agencies" maxItems:"2000" nullable:"false" doc:"Each with everything below it; with the unit agency, those that were drawn"`
	Population int64       `json:"population" doc:"Citizens or files in the frame, asked or not" example:"8100"`
	Clusters   int64       `json:"clusters" doc:"Points or agencies in the frame, drawn or not; 0: not known, and always with the unit person"`
	Planned    int64       `json:"planned" doc:"Answers that the plan asks for" example:"160"`
}

func (s *server) showCampaign(c survey.Campaign) Campaign {
	shown := Campaign{c.ID, c.Name, c.Kind, c.Agency, c.Questionnaire, c.From, c.To, c.Unit, []CampaignStratum{}, c.Closed, c.OpenOn(survey.DateOf(s.now())), c.Rev}
	for _, h := range c.Strata {
		shown.Strata = append(shown.Strata, CampaignStratum{h.ID, h.Name, append([]string{}, h.Agencies...), h.Population, h.Clusters, h.Planned})
	}
	return shown
}

// CampaignContent is what a campaign says about itself.
type CampaignContent struct {
	Name          survey.Text         `json:"name" doc:"Vietnamese is needed" example:"{\"vi\":\"Điều tra xã hội học năm 2026\"}"`
	Kind          survey.CampaignKind `json:"kind" maxLength:"40" doc:"continuous: whoever has the link may rate; sampled: only those drawn at random have it. Never changes" example:"sampled"`
	Agency        string              `json:"agency" maxLength:"80" doc:"The agency that runs it; it is about that agency and everything below. Never changes"`
	Questionnaire string              `json:"questionnaire" maxLength:"80" doc:"Its newest version is asked" example:"full"`
	From          survey.Date         `json:"from" maxLength:"40" doc:"First day of the fieldwork" example:"2026-10-01"`
	To            survey.Date         `json:"to" maxLength:"40" doc:"Last day of the fieldwork" example:"2026-12-15"`
	Unit          survey.SamplingUnit `json:"unit" maxLength:"40" doc:"What was drawn at random in each stratum: person, point or agency; empty unless sampled"`
	Strata        []CampaignStratum   `json:"strata" maxItems:"500" nullable:"false" doc:"Of a sampled one; no agency is in two of them"`
}

func (c CampaignContent) campaign(id string, closed bool, rev int64) survey.Campaign {
	campaign := survey.Campaign{ID: id, Name: c.Name, Kind: c.Kind, Agency: c.Agency, Questionnaire: c.Questionnaire, From: c.From, To: c.To,
		Unit: c.Unit, Closed: closed, Versioned: survey.Versioned{Rev: rev}}
	for _, h := range c.Strata {
		campaign.Strata = append(campaign.Strata, survey.Stratum{ID: h.ID, Name: h.Name, Agencies: h.Agencies, Population: h.Population, Clusters: h.Clusters, Planned: h.Planned})
	}
	return campaign
}

func (s *server) registerCampaigns() {
	list := operation("list-campaigns", http.MethodGet, "/api/v1/campaigns", "Catalogue", "List campaigns",
		"Survey campaigns (đợt khảo sát), those that end last first.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		ClosedFilter
		Q    string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or the beginning of the id"`
		Kind string `query:"kind" enum:"continuous,sampled" doc:"Of one kind only"`
	}) (*ListOutput[Campaign], error) {
		var found []survey.Campaign
		for _, c := range s.registry.Snapshot().Campaigns() {
			if (in.Kind == "" || string(c.Kind) == in.Kind) && in.takes(c.Closed) && matches(in.Q, c.Name, c.ID) {
				found = append(found, c)
			}
		}
		slices.SortStableFunc(found, func(a, b survey.Campaign) int { return b.To.Start().Compare(a.To.Start()) })
		return page(in.Paging, found, s.showCampaign), nil
	})

	huma.Register(s.openapi, s.secured(getOperation("campaign", "/api/v1/campaigns/{id}", "a campaign", "One campaign by its id.")), func(_ context.Context, in *ByID) (*Output[Campaign], error) {
		return found(s.findCampaign(in.ID))
	})

	huma.Register(s.openapi, s.secured(createOperation("campaign", "/api/v1/campaigns", "a campaign",
		"Adds a campaign. Its id never changes; ratings that were given under it before are its own. Right: catalogue, over its agency.")), func(ctx context.Context, in *struct {
		Body struct {
			NewID
			CampaignContent
			Closed bool `json:"closed,omitempty"`
		}
	}) (*createdOutput[Campaign], error) {
		c, err := s.registry.CreateCampaign(ctx, actorOf(ctx), in.Body.campaign(in.Body.ID, in.Body.Closed, 0))
		if err != nil {
			return nil, withStored(ctx, s, idTaken(err), in.Body.ID, s.findCampaign)
		}
		return created("/api/v1/campaigns/", c.ID, s.showCampaign(c)), nil
	})

	huma.Register(s.openapi, s.secured(updateOperation("campaign", "/api/v1/campaigns/{id}", "a campaign",
		"A closed campaign takes no ratings; those it has stay its own. Right: catalogue, over its agency.")), func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Revision
			CampaignContent
			Closed bool `json:"closed"`
		}
	}) (*Output[Campaign], error) {
		c, err := s.registry.UpdateCampaign(ctx, actorOf(ctx), in.Body.campaign(in.ID, in.Body.Closed, in.Body.Rev))
		if err != nil {
			return nil, withStored(ctx, s, err, in.ID, s.findCampaign)
		}
		return &Output[Campaign]{s.showCampaign(c)}, nil
	})
}

func (s *server) findCampaign(id string) (Campaign, bool) {
	c, ok := s.registry.Snapshot().Campaign(id)
	return s.showCampaign(c), ok
}
