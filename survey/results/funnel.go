package results

import (
	"context"
	"math"

	"sipas/stats"
	"sipas/survey"
)

// Around says what a funnel is drawn around.
type Around string

// The centres of a funnel.
const (
	AroundMean   Around = "mean"   // the index of all units shown together
	AroundTarget Around = "target" // the promise in force, where it is the same for all units
)

// FunnelQuery asks for a funnel.
type FunnelQuery struct {
	Query
	League
	Around Around
}

// ParseFunnel adds the parameters by, level and kind, as of ParseRanking, and
// around (mean, the default, or target) to a query. The error is CodeInvalid with
// a field error for each that cannot be read.
func ParseFunnel(q Query, get func(string) string) (FunnelQuery, error) {
	l, errs := parseLeague(q, get)
	around := Around(get("around"))
	switch around {
	case "":
		around = AroundMean
	case AroundMean, AroundTarget:
	default:
		errs = append(errs, survey.FieldError{Path: "around", Reason: survey.ReasonUnknownOption})
	}
	if errs != nil {
		return FunnelQuery{}, unreadable(errs)
	}
	return FunnelQuery{q, l, around}, nil
}

// The levels of a funnel's limits.
const (
	warningConf = 0.95
	alarmConf   = 0.998
)

// Funnel sets units of unequal size beside one centre, with the limits between
// which chance and the usual differences between units leave them. Centre, spread
// and limits are made of the figures shown alone; null where there are too few.
type Funnel struct {
	Heading
	League
	Around Around        `json:"around"`
	Centre *float64      `json:"centre"` // percent
	Target *Target       `json:"target"` // the promise that is the centre; null around the mean
	Phi    *float64      `json:"phi"`    // how much more units vary than by chance, as a ratio of variances
	Tau2   *float64      `json:"tau2"`   // the variance between units, of the angle asin √p
	Limits []FunnelLimit `json:"limits"` // for drawing, by size
	Units  []FunnelUnit  `json:"units"`  // in the order of the catalogue
}

// FunnelLimit is the limits of a unit of a size.
type FunnelLimit struct {
	Size    int64    `json:"size"`
	Warning Interval `json:"warning"` // at 95 %
	Alarm   Interval `json:"alarm"`   // at 99.8 %
}

// FunnelUnit is a unit with its own limits, null where its figure is withheld or of nobody.
type FunnelUnit struct {
	Unit
	Cell    Cell         `json:"cell"`
	Limit   *FunnelLimit `json:"limit"`   // its size is answers, of a pooled measure the effective number of respondents
	Z       *float64     `json:"z"`       // standard errors off the centre, the variance between units included
	Outside *Outside     `json:"outside"` // null within the limits
}

// Outside says beyond which limit a unit lies.
type Outside struct {
	Side stats.Side `json:"side"` // high or low
	Conf float64    `json:"conf"` // 0.95: beyond the warning limit only; 0.998: beyond both
}

// Funnel sets the units below the query's agency in a funnel. Scope and errors as
// with Board; invalid with a field error for around where the units have several
// promises or none.
func (s *Service) Funnel(ctx context.Context, actor survey.Actor, q FunnelQuery) (Funnel, error) {
	sel, err := s.selection(actor, q.Query)
	if err != nil {
		return Funnel{}, err
	}
	f := Funnel{Heading: sel.heading(sel.funnelMethods()...), League: q.League, Around: q.Around, Limits: []FunnelLimit{}, Units: []FunnelUnit{}}
	if q.Around == AroundTarget {
		if f.Target, err = sel.commonTarget(q.League); err != nil {
			return Funnel{}, err
		}
	}
	all, err := sel.standings(q.League)
	if err != nil {
		return Funnel{}, err
	}
	if err := alive(ctx); err != nil {
		return Funnel{}, err
	}
	for _, s := range all {
		f.Units = append(f.Units, FunnelUnit{Unit: s.Unit, Cell: s.cell})
	}
	if err := f.draw(all); err != nil {
		return Funnel{}, miscounted(err)
	}
	f.conclude(joined(" ", f.summary(sel), sel.sayUnsettled(), selfSelection))
	return f, nil
}

// commonTarget gives the promise in force that all units share.
func (sel *selection) commonTarget(l League) (*Target, error) {
	refused := func(reason string) error { return unreadable([]survey.FieldError{{Path: "around", Reason: reason}}) }
	var common *survey.Target
	for _, u := range sel.members(l, sel.Period) {
		if u.at.field == noField {
			continue
		}
		target := sel.promise(u.subject, sel.Period.Year()).inForce
		switch {
		case target == nil:
			return nil, refused(survey.ReasonNoTarget)
		case common != nil && (target.BasisPoints != common.BasisPoints || target.Comparator != common.Comparator):
			return nil, refused(survey.ReasonSeveralTargets)
		}
		common = target
	}
	if common == nil {
		return nil, refused(survey.ReasonNoTarget)
	}
	return shown(common), nil
}

// draw fills in what is made of all figures shown.
func (f *Funnel) draw(all []standing) error {
	if f.Target != nil {
		f.Centre = &f.Target.Percent
	}
	places, counts := shownOf(all)
	if len(places) == 0 {
		return nil
	}
	if f.Target == nil {
		var satisfied, answered int64
		for _, i := range places {
			satisfied += *all[i].cell.Satisfied
			answered += *all[i].cell.Answered
		}
		f.Centre = percent(float64(satisfied) / float64(answered))
	}
	centre := *f.Centre / 100
	funnel, err := stats.NewFunnel(counts, &centre)
	if err != nil {
		return err
	}
	f.Phi, f.Tau2 = funnel.Arcsine.Phi, funnel.Arcsine.Tau2
	if f.Tau2 == nil {
		return nil
	}
	smallest, largest := counts[0].N, counts[0].N
	for k, i := range places {
		u := &f.Units[i]
		limit, err := limitAt(funnel, counts[k].N)
		if err != nil {
			return err
		}
		u.Limit, u.Z, u.Outside = &limit, funnel.Units[k].ArcsineZAdditive, limit.outside(100**all[i].estimate.Value)
		smallest, largest = min(smallest, counts[k].N), max(largest, counts[k].N)
	}
	for _, size := range funnelSizes(smallest, largest) {
		limit, err := limitAt(funnel, size)
		if err != nil {
			return err
		}
		f.Limits = append(f.Limits, limit)
	}
	return nil
}

func limitAt(f stats.Funnel, size int64) (FunnelLimit, error) {
	limit := FunnelLimit{Size: size}
	for _, at := range []struct {
		to   *Interval
		conf float64
	}{{&limit.Warning, warningConf}, {&limit.Alarm, alarmConf}} {
		limits, err := f.Limits(stats.FunnelArcsine, size, at.conf)
		if err != nil {
			return FunnelLimit{}, err
		}
		*at.to = *interval(limits)
	}
	return limit, nil
}

// outside is strict: no index passes a limit of 0 or 100.
func (l FunnelLimit) outside(index float64) *Outside {
	for _, i := range []Interval{l.Alarm, l.Warning} {
		switch {
		case index > i.Upper:
			return &Outside{stats.High, i.Conf}
		case index < i.Lower:
			return &Outside{stats.Low, i.Conf}
		}
	}
	return nil
}

// funnelSizes are some forty sizes, closer to each other where they are small and limits bend.
func funnelSizes(smallest, largest int64) (sizes []int64) {
	const steps = 40
	ratio := math.Pow(float64(largest)/float64(smallest), 1./steps)
	last := int64(0)
	for i := range steps + 1 {
		size := min(largest, int64(math.Round(float64(smallest)*math.Pow(ratio, float64(i)))))
		if size > last {
			sizes, last = append(sizes, size), size
		}
	}
	return sizes
}

func (f *Funnel) summary(sel *selection) survey.Text {
	period, nouns := f.Period.spoken, f.nouns()
	var high, low []survey.Text
	var shown, warned int64
	for _, u := range f.Units {
		if u.Limit == nil {
			continue
		}
		shown++
		switch {
		case u.Outside == nil:
		case u.Outside.Conf == warningConf:
			warned++
		case u.Outside.Side == stats.High:
			high = append(high, u.Name)
		default:
			low = append(low, u.Name)
		}
	}
	if shown == 0 {
		return say("Chưa đủ %[1]s có phiếu trong %[2]s để so với nhau.", "Too few of the %s have enough ratings in %s to be set beside each other.", nouns, period)
	}
	centre := say("mức chung %s", "the common level of %s", percentage(*f.Centre))
	if f.Target != nil {
		centre = say("chỉ tiêu %s", "the target of %s", promised(f.Target.Percent))
	}
	begin := say("%[1]s %[2]s, %[3]s %[4]s quanh %[5]s:", "%s, %s, %s %s around %s:", nameOf(sel.Measure), period, shown, nouns, centre)
	caution := say("Giới hạn đã tính đến số phiếu và mức chênh lệch thường thấy giữa các %s. Nằm ngoài giới hạn là dấu hiệu cần xem lại cách lấy phiếu và cách phục vụ, chưa phải bằng chứng tốt hay kém.",
		"The limits allow for the number of ratings and for the usual differences between %s. To lie outside is a reason to look at how ratings are taken and how people are served, no evidence of good or bad service.", nouns)
	if warned > 0 {
		caution = joined(" ", say("%[1]s %[2]s chỉ nằm ngoài giới hạn %[3]s; dù không có gì khác thường, khoảng %[4]s trong 100 %[2]s vẫn nằm ngoài giới hạn đó.",
			"Outside those of %[3]s only: %[1]s of the %[2]s; about %[4]s in 100 lie there even where nothing is unusual.", warned, nouns, promised(100*warningConf), int64(math.Round(100*(1-warningConf)))), caution)
	}
	alarm := promised(100 * alarmConf)
	if len(high)+len(low) == 0 {
		return joined(" ", begin, say("không có %[1]s nào nằm ngoài giới hạn %[2]s.", "none of the %s lies outside the limits of %s.", nouns, alarm), caution)
	}
	var sides []survey.Text
	if len(low) > 0 {
		sides = append(sides, say("%[1]s %[3]s nằm dưới giới hạn %[4]s (%[2]s)", "%[1]s below the limits of %[4]s (%[2]s)", int64(len(low)), sayNames(low), nouns, alarm))
	}
	if len(high) > 0 {
		sides = append(sides, say("%[1]s %[3]s nằm trên giới hạn %[4]s (%[2]s)", "%[1]s above the limits of %[4]s (%[2]s)", int64(len(high)), sayNames(high), nouns, alarm))
	}
	return joined(" ", begin, ended(joined("; ", sides...)), caution)
}
