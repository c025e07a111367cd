package results

import (
	"fmt"

	"sipas/survey"
)

// periodBefore gives the period of the same kind that ends where this one
// begins; as many days for days freely chosen.
func periodBefore(p survey.Period) survey.Period {
	end := p.From.AddDays(-1)
	start := end.Start()
	year, month := start.Year(), int(start.Month())
	switch p.Kind {
	case survey.PeriodYear:
		return parsedPeriod("%04d", year)
	case survey.PeriodHalfYear:
		return parsedPeriod("%04d-H%d", year, (month+5)/6)
	case survey.PeriodQuarter:
		return parsedPeriod("%04d-Q%d", year, (month+2)/3)
	case survey.PeriodMonth:
		return parsedPeriod("%s", end.Month())
	}
	length := int(p.To.Start().Sub(p.From.Start()).Hours() / 24)
	return parsedPeriod("%s..%s", end.AddDays(-length), end)
}

// yearEarlier gives the same period of the year before; of a leap day the day after.
func yearEarlier(p survey.Period) survey.Period {
	back := func(d survey.Date) survey.Date { return survey.DateOf(d.Start().AddDate(-1, 0, 0)) }
	if p.Kind == survey.PeriodCustom {
		return parsedPeriod("%s..%s", back(p.From), back(p.To))
	}
	return parsedPeriod("%04d%s", p.From.Year()-1, p.Name[4:])
}

// parsedPeriod gives the zero period where the calendar had not begun.
func parsedPeriod(format string, args ...any) survey.Period {
	p, err := survey.ParsePeriod(fmt.Sprintf(format, args...))
	if err != nil {
		return survey.Period{}
	}
	return p
}
