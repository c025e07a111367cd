package registry

import (
	"context"
	"slices"
	"strconv"

	"sipas/survey"
)

// maxStrata is more than any plan has; every stratum wants a sample of its own.
const maxStrata = 200

// CreateCampaign adds a campaign. Right: catalogue, over its agency.
func (r *Registry) CreateCampaign(ctx context.Context, actor survey.Actor, c survey.Campaign) (survey.Campaign, error) {
	act := Act{Actor: actor, Right: survey.RightCatalogue, Agency: c.Agency, Collection: CollectionCampaigns}
	return create(ctx, r, act, r.store.Campaigns(), cleanCampaign(c), func(c survey.Campaign) problems {
		return r.Snapshot().checkCampaign(c, nil, r.today())
	})
}

// UpdateCampaign changes a campaign, but neither its kind nor its agency: they say what its
// ratings are worth, and whose they are. Right: catalogue, over its agency.
func (r *Registry) UpdateCampaign(ctx context.Context, actor survey.Actor, c survey.Campaign) (survey.Campaign, error) {
	c = cleanCampaign(c)
	stored, err := r.store.Campaigns().Find(ctx, c.ID)
	if err != nil {
		return survey.Campaign{}, err
	}
	act := Act{Actor: actor, Right: survey.RightCatalogue, Agency: stored.Agency, Collection: CollectionCampaigns}
	return update(ctx, r, act, r.store.Campaigns(), c, func(stored survey.Campaign) (problems, bool) {
		return r.Snapshot().checkCampaign(c, &stored, r.today()), !stored.Closed && c.Closed
	})
}

func cleanCampaign(c survey.Campaign) survey.Campaign {
	c.Name = cleanText(c.Name)
	strata := make([]survey.Stratum, len(c.Strata))
	for i, h := range c.Strata {
		h.Name, h.Agencies = cleanText(h.Name), cleanList(h.Agencies)
		strata[i] = h
	}
	c.Strata = strata
	return c
}

func (s *Snapshot) checkCampaign(c survey.Campaign, stored *survey.Campaign, today survey.Date) (p problems) {
	p.slug("id", c.ID)
	if survey.IsSlug(c.ID) && !survey.IsCampaignID(c.ID) {
		p.with("id", survey.ReasonTooLong, map[string]any{"max": survey.MaxCampaignID})
	}
	p.name(c.Name)
	if stored != nil && stored.Kind != c.Kind {
		p.add("kind", survey.ReasonImmutable)
	} else {
		oneOf(&p, "kind", c.Kind, survey.CampaignKinds...)
	}
	agency, known := s.Agency(c.Agency)
	switch {
	case c.Agency == "":
		p.add("agency", survey.ReasonRequired)
	case stored != nil && stored.Agency != c.Agency:
		p.add("agency", survey.ReasonImmutable)
	case !known:
		p.add("agency", survey.ReasonUnknown)
	case stored == nil && agency.ValidTo != "" && agency.ValidTo < today:
		p.add("agency", survey.ReasonClosedRecord)
	}
	if c.Questionnaire == "" {
		p.add("questionnaire", survey.ReasonRequired)
	} else if s.Newest(c.Questionnaire) == nil {
		p.add("questionnaire", survey.ReasonUnknown)
	}
	if c.From == "" {
		p.add("from", survey.ReasonRequired)
	}
	if c.To == "" {
		p.add("to", survey.ReasonRequired)
	}
	if from, to := p.date("from", c.From), p.date("to", c.To); from && to && c.To < c.From {
		p.add("to", survey.ReasonBeforeStart)
	}
	s.checkDesign(&p, c)
	return p
}

// checkDesign tests how a sample is drawn; another campaign has nothing of it.
func (s *Snapshot) checkDesign(p *problems, c survey.Campaign) {
	if c.Kind != survey.CampaignSampled {
		if c.Unit != "" {
			p.add("unit", survey.ReasonMustBeEmpty)
		}
		if len(c.Strata) > 0 {
			p.add("strata", survey.ReasonMustBeEmpty)
		}
		return
	}
	oneOf(p, "unit", c.Unit, survey.SamplingUnits...)
	switch {
	case len(c.Strata) == 0:
		p.add("strata", survey.ReasonRequired)
	case len(c.Strata) > maxStrata:
		p.with("strata", survey.ReasonTooMany, map[string]any{"max": maxStrata})
		return
	}
	ids, taken := map[string]bool{}, []string{}
	for i, h := range c.Strata {
		at := "strata." + strconv.Itoa(i) + "."
		p.slug(at+"id", h.ID)
		if ids[h.ID] && h.ID != "" {
			p.add(at+"id", survey.ReasonRepeated)
		}
		ids[h.ID] = true
		p.nameAt(at+"name", h.Name)
		if len(h.Agencies) == 0 {
			p.add(at+"agencies", survey.ReasonRequired)
		}
		p.list(at+"agencies", h.Agencies, func(id string) string {
			if _, known := s.Agency(id); !known {
				return survey.ReasonUnknown
			}
			if !s.Within(id, c.Agency) {
				return survey.ReasonOutOfCampaign
			}
			if slices.ContainsFunc(taken, func(other string) bool { return s.Within(id, other) || s.Within(other, id) }) {
				return survey.ReasonStratumOverlap
			}
			taken = append(taken, id)
			return ""
		})
		p.between(at+"population", h.Population, 1, maxFiles)
		if h.Population >= 1 && h.Population <= maxFiles {
			p.between(at+"planned", h.Planned, 1, h.Population)
		}
		switch {
		case c.Unit == survey.UnitPerson && h.Clusters != 0:
			p.add(at+"clusters", survey.ReasonMustBeEmpty)
		case c.Unit == survey.UnitAgency && h.Clusters != 0:
			p.between(at+"clusters", h.Clusters, int64(len(h.Agencies)), maxFiles)
		case c.Unit == survey.UnitPoint:
			p.between(at+"clusters", h.Clusters, 0, maxFiles)
		}
	}
}

func (p *problems) between(path string, value, least, most int64) {
	if value < least || value > most {
		p.with(path, survey.ReasonRange, map[string]any{"min": least, "max": most})
	}
}
