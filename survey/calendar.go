package survey

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Vietnam is the zone every day, month and year is cut in. A fixed offset: the
// country keeps no daylight-saving time and the binary carries no zone files.
var Vietnam = time.FixedZone("+07", 7*60*60)

// Date is a calendar day in Vietnam, "2006-01-02". The empty Date is "not set".
// Dates compare as strings.
type Date string

// DateOf gives the Vietnamese day of an instant.
func DateOf(t time.Time) Date { return Date(t.In(Vietnam).Format(time.DateOnly)) }

// ParseDate reads "2006-01-02"; anything else is an error.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", &Error{Code: CodeInvalid, Reason: ReasonDateFormat, Message: "a date is written YYYY-MM-DD"}
	}
	return Date(s), nil
}

// Start gives the first instant of the day. It panics on a Date that ParseDate refuses.
func (d Date) Start() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), Vietnam)
	if err != nil {
		panic("survey: not a date: " + string(d))
	}
	return t
}

// AddDays gives the day n days later (earlier for a negative n).
func (d Date) AddDays(n int) Date { return DateOf(d.Start().AddDate(0, 0, n)) }

// Year gives the calendar year.
func (d Date) Year() int { return d.Start().Year() }

// Month gives the calendar month the day lies in.
func (d Date) Month() Month { return Month(d[:7]) }

// Month is a calendar month in Vietnam, "2006-01". Months compare as strings.
type Month string

// ParseMonth reads "2006-01".
func ParseMonth(s string) (Month, error) {
	if _, err := time.Parse("2006-01", s); err != nil {
		return "", &Error{Code: CodeInvalid, Reason: ReasonMonthFormat, Message: "a month is written YYYY-MM"}
	}
	return Month(s), nil
}

// First gives the first day of the month.
func (m Month) First() Date { return Date(m + "-01") }

// Next gives the month after.
func (m Month) Next() Month { return Month(m.First().Start().AddDate(0, 1, 0).Format("2006-01")) }

// PeriodKind tells how a period was named.
type PeriodKind string

// The kinds of period. Only calendar periods can carry a bound's verdict.
const (
	PeriodMonth    PeriodKind = "month"
	PeriodQuarter  PeriodKind = "quarter"
	PeriodHalfYear PeriodKind = "halfYear"
	PeriodYear     PeriodKind = "year"
	PeriodCustom   PeriodKind = "custom"
)

// Period is a run of whole days in Vietnam, both ends included.
type Period struct {
	Kind PeriodKind `json:"kind"`
	From Date       `json:"from"`
	To   Date       `json:"to"`
	Name string     `json:"name"` // as written in a query: 2026-Q3, 2026-09, 2026, 2026-H1, 2026-01-05..2026-02-03
}

// The years a period may lie in.
const firstYear, lastYear = 2000, 2100

// ParsePeriod reads 2026-Q3, 2026-09, 2026, 2026-H1 or 2026-01-05..2026-02-03.
// Years are 2000 to 2100. The error is CodeInvalid with reason period.format or period.order.
func ParsePeriod(s string) (Period, error) {
	bad := &Error{Code: CodeInvalid, Reason: ReasonPeriodFormat,
		Message: "a period is written 2026, 2026-H1, 2026-Q3, 2026-09 or 2026-01-05..2026-02-03"}
	if from, to, ok := strings.Cut(s, ".."); ok {
		f, err1 := ParseDate(from)
		t, err2 := ParseDate(to)
		if err1 != nil || err2 != nil || f.Year() < firstYear || t.Year() > lastYear {
			return Period{}, bad
		}
		if t < f {
			return Period{}, &Error{Code: CodeInvalid, Reason: ReasonPeriodOrder, Message: "the period ends before it begins"}
		}
		return Period{PeriodCustom, f, t, s}, nil
	}
	yearText, rest, _ := strings.Cut(s, "-")
	year, err := strconv.Atoi(yearText)
	if err != nil || len(yearText) != 4 || year < firstYear || year > lastYear {
		return Period{}, bad
	}
	months := func(kind PeriodKind, first, count int) Period {
		start := time.Date(year, time.Month(first), 1, 0, 0, 0, 0, Vietnam)
		return Period{kind, DateOf(start), DateOf(start.AddDate(0, count, -1)), s}
	}
	switch {
	case rest == "" && s == yearText:
		return months(PeriodYear, 1, 12), nil
	case len(rest) == 2 && rest[0] == 'Q' && rest[1] >= '1' && rest[1] <= '4':
		return months(PeriodQuarter, int(rest[1]-'1')*3+1, 3), nil
	case len(rest) == 2 && rest[0] == 'H' && (rest[1] == '1' || rest[1] == '2'):
		return months(PeriodHalfYear, int(rest[1]-'1')*6+1, 6), nil
	}
	m, err := ParseMonth(s)
	if err != nil {
		return Period{}, bad
	}
	return months(PeriodMonth, int(m.First().Start().Month()), 1), nil
}

// QuarterOf gives the calendar quarter a day lies in.
func QuarterOf(d Date) Period {
	t := d.Start()
	p, err := ParsePeriod(fmt.Sprintf("%04d-Q%d", t.Year(), (int(t.Month())+2)/3))
	if err != nil {
		panic(err)
	}
	return p
}

// LastClosedQuarter gives the calendar quarter that ended before the day today:
// the period shown when none is asked for.
func LastClosedQuarter(today Date) Period { return QuarterOf(QuarterOf(today).From.AddDays(-1)) }

// Closed reports whether the period's last day is over on the day today.
func (p Period) Closed(today Date) bool { return p.To < today }

// Calendar reports whether the period is a month, quarter, half-year or year.
func (p Period) Calendar() bool { return p.Kind != PeriodCustom }

// Year is the target year of the period: that of its last day.
func (p Period) Year() int { return p.To.Year() }

// Contains reports whether the day lies in the period.
func (p Period) Contains(d Date) bool { return p.From <= d && d <= p.To }

// Months lists the calendar months the period touches, in order.
func (p Period) Months() []Month {
	var months []Month
	for m := p.From.Month(); m <= p.To.Month(); m = m.Next() {
		months = append(months, m)
	}
	return months
}
