package results

import "sipas/survey"

// Heading says of every answer what it is about, how its figures were made, and
// what they come to.
type Heading struct {
	Synthetic   bool        `json:"synthetic"`
	RuleVersion string      `json:"ruleVersion"`
	Audience    Audience    `json:"audience"` // whom the publication rules let see the figures
	Measure     string      `json:"measure"`
	Period      PeriodInfo  `json:"period"`
	Agency      AgencyInfo  `json:"agency"`
	Point       *PointInfo  `json:"point"`   // the only one the figures are of; null: all of the agency
	Methods     []MethodUse `json:"methods"` // behind the figures; /api/v1/results/methods explains each
	Summary     survey.Text `json:"summary"` // plain sentences for a reader who is no statistician
}

// PeriodInfo is a period as of today.
type PeriodInfo struct {
	Name        string            `json:"name"`
	Kind        survey.PeriodKind `json:"kind"`
	From        survey.Date       `json:"from"`
	To          survey.Date       `json:"to"`
	Closed      bool              `json:"closed"`
	Provisional bool              `json:"provisional"` // not closed: figures still move
	spoken      survey.Text
}

// AgencyInfo names the agency a result is about.
type AgencyInfo struct {
	ID   string            `json:"id"`
	Name survey.Text       `json:"name"`
	Kind survey.AgencyKind `json:"kind"`
}

// PointInfo names the point a result is about.
type PointInfo struct {
	Code   string      `json:"code"`
	Name   survey.Text `json:"name"`
	Agency AgencyInfo  `json:"agency"` // that it belongs to
}

// heading begins an answer; what is special to it are its methods, after the
// publication rules that all figures went through.
func (sel *selection) heading(methods ...MethodUse) Heading {
	return Heading{
		Synthetic:   sel.catalog.Synthetic(),
		RuleVersion: RuleVersion,
		Audience:    sel.Audience,
		Measure:     sel.Measure,
		Period:      sel.periodInfo(),
		Agency:      infoOf(sel.agency),
		Point:       sel.pointInfo(),
		Methods:     append([]MethodUse{publication.with("minimumN", float64(sel.minimum()))}, methods...),
	}
}

func (sel *selection) periodInfo() PeriodInfo {
	p := sel.Period
	return PeriodInfo{Name: p.Name, Kind: p.Kind, From: p.From, To: p.To, Closed: p.Closed(sel.today), Provisional: !p.Closed(sel.today), spoken: spokenPeriod(p)}
}

func infoOf(a survey.Agency) AgencyInfo {
	return AgencyInfo{ID: a.ID, Name: a.Name, Kind: a.Kind}
}

func (sel *selection) pointInfo() *PointInfo {
	if sel.Point == "" {
		return nil
	}
	p, _ := sel.catalog.Point(sel.Point)
	a, _ := sel.catalog.Agency(p.Agency)
	return &PointInfo{Code: p.Code, Name: p.Name, Agency: infoOf(a)}
}

// conclude puts what an answer comes to in its heading. What holds for one point alone
// says so first: points of many agencies have the same name.
func (h *Heading) conclude(summary survey.Text) {
	if h.Point != nil {
		summary = joined(" – ", joined(", ", h.Point.Name, h.Point.Agency.Name), summary)
	}
	h.Summary = summary
}
