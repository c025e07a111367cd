package survey

// CampaignKind says how those who rate in a campaign come to do so.
type CampaignKind string

// The kinds of campaign.
const (
	CampaignContinuous CampaignKind = "continuous" // whoever is given the link may rate: self-selected, as the continuous ratings
	CampaignSampled    CampaignKind = "sampled"    // only those drawn at random are given it: a probability sample
)

// CampaignKinds lists the kinds in their fixed order.
var CampaignKinds = []CampaignKind{CampaignContinuous, CampaignSampled}

// SamplingUnit is what was drawn at random within each stratum of a sample.
type SamplingUnit string

// The sampling units. Citizens of a point or an agency that was drawn are a cluster: they are
// more alike than citizens drawn one by one.
const (
	UnitPerson SamplingUnit = "person" // every citizen, or file, by himself
	UnitPoint  SamplingUnit = "point"  // service points, then citizens of each
	UnitAgency SamplingUnit = "agency" // agencies, then citizens of each
)

// SamplingUnits lists the units in their fixed order.
var SamplingUnits = []SamplingUnit{UnitPerson, UnitPoint, UnitAgency}

// MaxCampaignID is the longest id of a campaign, in characters: it is part of addresses.
const MaxCampaignID = 60

// Campaign (đợt khảo sát) is a span of days in which citizens are invited to rate, apart
// from the continuous ratings, which belong to none.
type Campaign struct {
	ID            string       `json:"id"` // a slug of at most MaxCampaignID characters
	Name          Text         `json:"name"`
	Kind          CampaignKind `json:"kind"`
	Agency        string       `json:"agency"`        // that runs it; it is about that agency and all below
	Questionnaire string       `json:"questionnaire"` // id; the newest version is asked
	From          Date         `json:"from"`          // fieldwork, both days included
	To            Date         `json:"to"`
	Unit          SamplingUnit `json:"unit"`   // of a sampled one; else empty
	Strata        []Stratum    `json:"strata"` // of a sampled one; else empty
	Closed        bool         `json:"closed"` // takes no ratings, whatever the day
	Versioned
}

// Stratum (tầng) is a part of the frame that is sampled on its own. No agency is in two of them.
type Stratum struct {
	ID         string   `json:"id"` // a slug
	Name       Text     `json:"name"`
	Agencies   []string `json:"agencies"`   // each with all below; with UnitAgency those that were drawn
	Population int64    `json:"population"` // citizens or files in the frame, asked or not
	Clusters   int64    `json:"clusters"`   // points or agencies in the frame, drawn or not; 0: not known, or UnitPerson
	Planned    int64    `json:"planned"`    // answers that the plan asks for
}

// Key gives the campaign's id.
func (c Campaign) Key() string { return c.ID }

// IsCampaignID reports whether s can be the id of a campaign.
func IsCampaignID(s string) bool { return IsSlug(s) && len(s) <= MaxCampaignID }

// Covers reports whether the campaign is about an agency; within says whether an agency is another
// one or lies below it. A sample is about the agencies of its strata only.
func (c Campaign) Covers(agency string, within func(agency, above string) bool) bool {
	if c.Kind != CampaignSampled {
		return within(agency, c.Agency)
	}
	for _, h := range c.Strata {
		for _, above := range h.Agencies {
			if within(agency, above) {
				return true
			}
		}
	}
	return false
}

// OpenOn reports whether citizens may rate in the campaign on the day.
func (c Campaign) OpenOn(d Date) bool { return !c.Closed && c.From <= d && d <= c.To }

// OverOn reports whether nobody may rate in the campaign on the day or after it, as it stands.
func (c Campaign) OverOn(d Date) bool { return c.Closed || c.To < d }
