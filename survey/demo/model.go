package demo

import (
	"math"
	"strings"

	"sipas/survey"
	"sipas/survey/questionnaires"
)

// Rho is the correlation of the latent answers of one person.
const Rho = 0.5

// How answers go missing: an optional rating is left out, or "not applicable"
// where the form offers it, whatever the mood.
const (
	missing         = 0.02
	notApplicable   = 0.03
	notApplicablePA = 0.3 // most people have never sent feedback
)

// levelCuts are the latent values at which the levels 2, 3, 4 and 5 begin.
var levelCuts = [4]float64{-1.2, -0.6, 0, 0.9}

// expectationCuts are those of the five answers from much worse to much better than expected.
var expectationCuts = [4]float64{-0.9, -0.3, 1.2, 2.2}

// itemShift is β of the items that differ from 0, by id or by factor.
var itemShift = map[string]float64{
	"tc": 0.06, "tt": 0, "cc": 0.1, "kq": -0.04, "pa": -0.12, "tc3": 0.15, "tt4": -0.12, "kq1": -0.15,
}

// form is a questionnaire with the model of its ratings.
type form struct {
	*survey.Questionnaire
	ratings map[string]rating
}

type rating struct {
	shift         float64
	missing       float64 // probability
	notApplicable float64 // probability, given that it is not missing
}

func (r rating) answered() float64 { return (1 - r.missing) * (1 - r.notApplicable) }

func newForm(id string) *form {
	q := questionnaires.Newest(id)
	if q == nil {
		panic("demo: no questionnaire " + id)
	}
	f := &form{Questionnaire: q, ratings: map[string]rating{}}
	for i := range q.Items {
		it := &q.Items[i]
		if it.Type != survey.ItemRating {
			continue
		}
		var r rating
		if shift, ok := itemShift[it.ID]; ok {
			r.shift = shift
		} else {
			r.shift = itemShift[it.Factor]
		}
		if !it.Required {
			r.missing = missing
		}
		if it.NA {
			r.notApplicable = notApplicable
			if it.Factor == "pa" {
				r.notApplicable = notApplicablePA
			}
		}
		f.ratings[it.ID] = r
	}
	return f
}

// measured gives the items of the form that count for a measure.
func (f *form) measured(measure string) []rating {
	var list []rating
	for i := range f.Items {
		it := &f.Items[i]
		r, ok := f.ratings[it.ID]
		criterion := it.Factor != "" && it.ID != it.Factor
		if ok && (it.ID == measure || measure == "index" && criterion || it.Factor == measure && it.Factor != "") {
			list = append(list, r)
		}
	}
	return list
}

// Cell names a part of the province's services. Empty fields do not limit it.
type Cell struct {
	Agency   string // with its subtree
	Field    string
	Unknown  bool // ratings without a field only
	Point    string
	Delivery survey.Delivery
	Period   survey.Period
}

func (p *Province) contains(c Cell, s *site) bool {
	return (c.Field == "" || c.Field == s.field) && (!c.Unknown || s.field == "") &&
		(c.Point == "" || c.Point == s.point.Code) && (c.Delivery == "" || c.Delivery == s.point.Delivery) &&
		(c.Agency == "" || p.within(s.point.Agency, c.Agency))
}

func (p *Province) within(agency, ancestor string) bool {
	for a := agency; a != ""; a = p.parents[a] {
		if a == ancestor {
			return true
		}
	}
	return false
}

// Truth is the true satisfied share, between 0 and 1, of a measure in a part of
// the province: the expected satisfied answers over the expected answers,
// computed from the model without drawing anything. Ratings tapped through too
// fast are no part of it. It is NaN where nobody is asked.
func (p *Province) Truth(c Cell, measure string) float64 {
	var satisfied, answered float64
	months := p.calendar.months(c.Period)
	for i := range p.sites {
		s := &p.sites[i]
		if !p.contains(c, s) {
			continue
		}
		items := s.form.measured(measure)
		for _, m := range months {
			mass := m.mass(s)
			for _, r := range items {
				a := mass * r.answered()
				answered += a
				satisfied += a * normalCDF(p.mu(s, m.index)+r.shift)
			}
		}
	}
	if answered == 0 {
		return math.NaN()
	}
	return satisfied / answered
}

// mu is μ of a site in a month.
func (p *Province) mu(s *site, month int) float64 {
	return s.level + s.drift*(float64(month)-p.calendar.middle())
}

// solve finds the level that gives the sites the share they are to have together
// in the middle of the calendar.
func (p *Province) solve(sites []int, share float64) float64 {
	low, high := -8.0, 8.0
	for range 60 {
		mid := (low + high) / 2
		var satisfied, all float64
		for _, i := range sites {
			all += p.sites[i].busy
			satisfied += p.sites[i].busy * normalCDF(p.sites[i].level+mid)
		}
		if satisfied < share*all {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// dayKind sorts days by who is at work.
type dayKind int

const (
	workingDay dayKind = iota
	saturday
	dayOff
	dayKinds
)

// attendance is how many ratings a site expects on a day, before the growth of the whole.
func (s *site) attendance(k dayKind) float64 {
	online := s.point.Delivery == survey.DeliveryOnline
	switch {
	case k == workingDay:
		return s.busy
	case online:
		return s.busy * 0.5
	case k == saturday && s.kiosk:
		return s.busy * 0.06
	}
	return 0
}

// calendar is the days with responses and how busy each is.
type calendar struct {
	days []calendarDay
}

type calendarDay struct {
	date  survey.Date
	kind  dayKind
	month int // since Start's
	busy  float64
}

type calendarMonth struct {
	index int
	days  [dayKinds]float64 // busyness by kind of day
}

// mass is the expected number of ratings of a site in the month, up to a factor
// common to all sites and months.
func (m calendarMonth) mass(s *site) (sum float64) {
	for kind, busy := range m.days {
		sum += busy * s.attendance(dayKind(kind))
	}
	return sum
}

// The public holidays that fall on weekdays of the covered years; a year past them has weekends only.
const holidays = `2025-09-01 2025-09-02 2026-01-01 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-04-27 2026-04-30
2026-05-01 2026-09-01 2026-09-02 2027-01-01 2027-02-04 2027-02-05 2027-02-08 2027-02-09 2027-02-10 2027-04-16 2027-04-30 2027-09-02 2027-09-03`

func newCalendar(until survey.Date) calendar {
	var c calendar
	month, last := 0, Start.Month()
	start := Start.Start()
	for i, d := 0, Start; d < until; i, d = i+1, d.AddDays(1) {
		if m := d.Month(); m != last {
			month, last = month+1, m
		}
		t := start.AddDate(0, 0, i)
		kind := workingDay
		switch {
		case t.Weekday() == 0 || strings.Contains(holidays, string(d)):
			kind = dayOff
		case t.Weekday() == 6:
			kind = saturday
		}
		// The province took the forms up over the first year; Mondays are the
		// busiest, and people come less before and during Tết.
		busy := 1.6 - 1.2*math.Exp(-float64(i)/240)
		if t.Weekday() == 1 {
			busy *= 1.2
		}
		if t.Month() == 2 {
			busy *= 0.75
		}
		c.days = append(c.days, calendarDay{date: d, kind: kind, month: month, busy: busy})
	}
	return c
}

// middle is the middle of the calendar in months.
func (c calendar) middle() float64 { return float64(c.days[len(c.days)-1].month) / 2 }

// months sums the days of a period, all days for the zero period.
func (c calendar) months(p survey.Period) []calendarMonth {
	var list []calendarMonth
	for _, d := range c.days {
		if p != (survey.Period{}) && !p.Contains(d.date) {
			continue
		}
		if len(list) == 0 || list[len(list)-1].index != d.month {
			list = append(list, calendarMonth{index: d.month})
		}
		list[len(list)-1].days[d.kind] += d.busy
	}
	return list
}
