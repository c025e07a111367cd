package results

import (
	"context"
	"slices"

	"sipas/survey"
)

// Sample is what a sampled campaign says of its whole population, not of those who answered
// alone. Its verdicts may say that something is proven, and its margins are margins of error.
type Sample struct {
	Heading
	Campaign SampledCampaign `json:"campaign"`
	Total    SampleFigure    `json:"total"`  // the query's measure, for all strata together
	Strata   []SampleStratum `json:"strata"` // the same, in the order of the design
	Measures []SampleMeasure `json:"measures"`
}

// SampledCampaign is the campaign and its plan.
type SampledCampaign struct {
	ID         string              `json:"id"`
	Name       survey.Text         `json:"name"`
	From       survey.Date         `json:"from"`
	To         survey.Date         `json:"to"`
	Unit       survey.SamplingUnit `json:"unit"`
	Population int64               `json:"population"` // citizens or files in the frame
	Planned    int64               `json:"planned"`    // answers that the plan asks for
	Response   *float64            `json:"response"`   // percent: 100 · n of the total / planned; null where n is
}

// SampleFigure is an estimate of the share of satisfied answers in the whole frame. Numbers in percent
// or in percentage points are not rounded. N of a withheld figure is null with every other number.
type SampleFigure struct {
	N          *int64      `json:"n"`          // respondents with a valid answer to the measure
	Index      *float64    `json:"index"`      // percent; each stratum counts by its population
	Precision  *Precision  `json:"precision"`  // null where the sample says nothing of its own variance
	Unweighted *Unweighted `json:"unweighted"` // beside it: the same answers as if drawn from the whole frame at once
	Target     *Target     `json:"target"`
	Milestone  *Target     `json:"milestone"`
	Plan       *Plan       `json:"plan"`
	Bound      Bound       `json:"bound"`
	Withheld   *Withheld   `json:"withheld"`
	// Reason says why there is no index or, where there is one, no precision; Strata are those it is about.
	Reason *SampleReason `json:"reason"`
	Strata []string      `json:"strata"`
}

// Precision says how far an estimate may be off by the chance of who was drawn.
type Precision struct {
	SE           float64  `json:"se"`           // percentage points
	Margin       *float64 `json:"margin"`       // of error at level Conf, percentage points: t · SE; null where all agree, which is no certainty
	Interval     Interval `json:"interval"`     // Wilson on the effective number, with t, within what is possible
	EffectiveN   float64  `json:"effectiveN"`   // size of the simple random sample, drawn with replacement, that is as precise
	DesignEffect *float64 `json:"designEffect"` // variance against that of a simple random sample without replacement; null for pooled measures
	DF           float64  `json:"df"`           // degrees of freedom of SE
}

// Unweighted is an estimate that leaves strata, clusters and weights aside.
type Unweighted struct {
	Index     float64    `json:"index"`
	Precision *Precision `json:"precision"`
}

// SampleStratum is one stratum of the design with its own figure.
type SampleStratum struct {
	ID         string       `json:"id"`
	Name       survey.Text  `json:"name"`
	Agencies   []string     `json:"agencies"`
	Population int64        `json:"population"`
	Planned    int64        `json:"planned"`
	Clusters   *int64       `json:"clusters"` // points or agencies in the frame; null where it is not known, or citizens were drawn one by one
	Drawn      *int64       `json:"drawn"`    // of these with an answer; null with Clusters' unit, or where some are withheld
	Share      float64      `json:"share"`    // percent of the frame: the weight of the stratum's figure in the whole
	Weight     *float64     `json:"weight"`   // of one answer: population / n
	Fraction   *float64     `json:"fraction"` // percent of the frame that answered: 100 · n / population
	Response   *float64     `json:"response"` // percent of the plan: 100 · n / planned
	Figure     SampleFigure `json:"figure"`
}

// SampleMeasure is the figure of one measure for all strata together.
type SampleMeasure struct {
	Measure string       `json:"measure"`
	Name    survey.Text  `json:"name"`
	Figure  SampleFigure `json:"figure"`
}

// SampleReason says why something cannot be estimated.
type SampleReason string

// ReasonNotEstimated is why a bound has no verdict: the figure has no index, or no precision.
const ReasonNotEstimated BoundReason = "notEstimated"

// The reasons. All but the last two leave no index.
const (
	SampleWithheld     SampleReason = "withheld"         // strata are withheld, and the whole would tell of them
	SampleNoAnswers    SampleReason = "noAnswers"        // strata without answers: nobody speaks for them
	SampleImpossible   SampleReason = "moreThanFrame"    // more answers, or clusters, than the frame has: one of the two is wrong
	SampleLoneCluster  SampleReason = "loneCluster"      // strata of which one cluster was drawn: nothing to compare it with
	SampleClustersKept SampleReason = "clustersWithheld" // the standard error would tell of points that are withheld
)

// ParseSampleQuery reads the parameters campaign, measure, flags and audience. The error is
// CodeInvalid, also without a campaign.
func ParseSampleQuery(get func(string) string, today survey.Date) (Query, error) {
	q, err := ParseQuery(func(name string) string {
		if slices.Contains([]string{"campaign", "measure", "flags", "audience"}, name) {
			return get(name)
		}
		return ""
	}, today)
	var missing []survey.FieldError
	if get("campaign") == "" {
		missing = append(missing, survey.FieldError{Path: "campaign", Reason: survey.ReasonRequired})
	}
	return q, withFields(err, missing)
}

// Sample estimates what a sampled campaign is about, from its design: the query's campaign,
// measure, flags and audience; anything else of the query is passed over. It counts the answers of the
// calendar period that holds the fieldwork, or of the fieldwork where no year does.
//
// Errors: not_found for a campaign that has no record, invalid for one that is not sampled, forbidden for
// actors who may not see results of the campaign's agency.
func (s *Service) Sample(ctx context.Context, actor survey.Actor, q Query) (Sample, error) {
	campaign, known := s.registry.Snapshot().Campaign(q.Campaign)
	if !known {
		return Sample{}, notFound("campaign")
	}
	if campaign.Kind != survey.CampaignSampled {
		return Sample{}, unreadable([]survey.FieldError{{Path: "campaign", Reason: survey.ReasonNotSampled}})
	}
	sel, err := s.selection(actor, Query{Campaign: q.Campaign, Measure: q.Measure, Flags: q.Flags, Audience: q.Audience,
		Agency: campaign.Agency, Period: fieldwork(campaign)})
	if err != nil {
		return Sample{}, err
	}
	return sel.sample(ctx, campaign)
}

// fieldwork is the smallest calendar period that holds the days of a campaign, and these days where there is none.
func fieldwork(c survey.Campaign) survey.Period {
	month, quarter := string(c.From.Month()), survey.QuarterOf(c.From)
	half := quarter.Name[:4] + "-H1"
	if month[5:] > "06" {
		half = quarter.Name[:4] + "-H2"
	}
	for _, name := range []string{month, quarter.Name, half, quarter.Name[:4]} {
		if p, err := survey.ParsePeriod(name); err == nil && p.Contains(c.To) {
			return p
		}
	}
	p, err := survey.ParsePeriod(string(c.From) + ".." + string(c.To))
	if err != nil {
		panic(err) // the registry has looked at both days
	}
	return p
}

func (sel *selection) sample(ctx context.Context, c survey.Campaign) (Sample, error) {
	s := Sample{Heading: sel.heading(satisfiedShare.use(), sampleDesign.with("conf", Conf), wilson.with("conf", Conf), kornGraubard.with("conf", Conf), leftOut.use()),
		Campaign: SampledCampaign{ID: c.ID, Name: c.Name, From: c.From, To: c.To, Unit: c.Unit},
		Strata:   []SampleStratum{}, Measures: []SampleMeasure{}}
	for _, h := range c.Strata {
		s.Campaign.Population += h.Population
		s.Campaign.Planned += h.Planned
	}
	measures := slices.Clone(Headlines)
	if !slices.Contains(measures, sel.Measure) {
		measures = append(measures, sel.Measure)
	}
	for _, measure := range measures {
		if err := alive(ctx); err != nil {
			return Sample{}, err
		}
		d, err := sel.draw(c, measure)
		if err != nil {
			return Sample{}, err
		}
		total, err := d.figure(d.strata)
		if err != nil {
			return Sample{}, miscounted(err)
		}
		if measure == sel.Measure {
			s.Total = total
			for i := range d.strata {
				row, err := d.row(&d.strata[i], s.Campaign.Population)
				if err != nil {
					return Sample{}, miscounted(err)
				}
				s.Strata = append(s.Strata, row)
			}
		}
		if slices.Contains(Headlines, measure) {
			s.Measures = append(s.Measures, SampleMeasure{Measure: measure, Name: measureNames[measure], Figure: total})
		}
	}
	if n := s.Total.N; n != nil {
		s.Campaign.Response = percent(float64(*n) / float64(s.Campaign.Planned))
	}
	s.conclude(s.summary(sel))
	return s, nil
}
