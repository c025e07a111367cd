package survey_test

import (
	"testing"
	"time"

	"sipas/survey"
)

func TestParsePeriodRefuses(t *testing.T) {
	for in, reason := range map[string]string{
		"":                       survey.ReasonPeriodFormat,
		"26":                     survey.ReasonPeriodFormat,
		"1999":                   survey.ReasonPeriodFormat,
		"2101":                   survey.ReasonPeriodFormat,
		"+026":                   survey.ReasonPeriodFormat,
		"2026-":                  survey.ReasonPeriodFormat,
		"2026-Q5":                survey.ReasonPeriodFormat,
		"2026-q3":                survey.ReasonPeriodFormat,
		"2026-H3":                survey.ReasonPeriodFormat,
		"2026-13":                survey.ReasonPeriodFormat,
		"2026-9":                 survey.ReasonPeriodFormat,
		"2026-09-01":             survey.ReasonPeriodFormat,
		"2026-09-01..":           survey.ReasonPeriodFormat,
		"2026-02-30..2026-03-01": survey.ReasonPeriodFormat,
		"0001-01-01..2026-03-01": survey.ReasonPeriodFormat,
		"2026-01-01..9999-12-31": survey.ReasonPeriodFormat,
		"2026-03-02..2026-03-01": survey.ReasonPeriodOrder,
	} {
		t.Run(in, func(t *testing.T) {
			if p, err := survey.ParsePeriod(in); reasonOf(err) != reason {
				t.Errorf("got %+v, %v; want reason %s", p, err, reason)
			}
		})
	}
}

func TestParsePeriod(t *testing.T) {
	for in, want := range map[string]survey.Period{
		"2026":                   {Kind: survey.PeriodYear, From: "2026-01-01", To: "2026-12-31"},
		"2026-H1":                {Kind: survey.PeriodHalfYear, From: "2026-01-01", To: "2026-06-30"},
		"2026-H2":                {Kind: survey.PeriodHalfYear, From: "2026-07-01", To: "2026-12-31"},
		"2026-Q1":                {Kind: survey.PeriodQuarter, From: "2026-01-01", To: "2026-03-31"},
		"2026-Q4":                {Kind: survey.PeriodQuarter, From: "2026-10-01", To: "2026-12-31"},
		"2028-02":                {Kind: survey.PeriodMonth, From: "2028-02-01", To: "2028-02-29"},
		"2026-01-05..2026-02-03": {Kind: survey.PeriodCustom, From: "2026-01-05", To: "2026-02-03"},
		"2026-01-05..2026-01-05": {Kind: survey.PeriodCustom, From: "2026-01-05", To: "2026-01-05"},
	} {
		t.Run(in, func(t *testing.T) {
			want.Name = in
			if p, err := survey.ParsePeriod(in); err != nil || p != want {
				t.Errorf("got %+v, %v; want %+v", p, err, want)
			}
		})
	}
}

func TestDaysAreCutInVietnam(t *testing.T) {
	lastMoment := time.Date(2026, 9, 30, 16, 59, 59, 999e6, time.UTC)
	for name, test := range map[string]struct {
		at  time.Time
		day survey.Date
	}{
		"one millisecond to midnight": {lastMoment, "2026-09-30"},
		"midnight":                    {lastMoment.Add(time.Millisecond), "2026-10-01"},
		"UTC midnight":                {time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), "2026-10-01"},
		"new year":                    {time.Date(2025, 12, 31, 17, 0, 0, 0, time.UTC), "2026-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			if day := survey.DateOf(test.at); day != test.day {
				t.Errorf("%s lies on %s, want %s", test.at, day, test.day)
			}
		})
	}
	if got := survey.Date("2026-10-01").Start(); !got.Equal(lastMoment.Add(time.Millisecond)) {
		t.Errorf("the day starts at %s", got)
	}
	if got := survey.Date("2028-02-28").AddDays(2); got != "2028-03-01" {
		t.Errorf("two days later is %s", got)
	}
}

func TestLastClosedQuarter(t *testing.T) {
	for today, want := range map[survey.Date]string{
		"2026-01-01": "2025-Q4", "2026-03-31": "2025-Q4", "2026-04-01": "2026-Q1", "2026-11-23": "2026-Q3", "2026-12-31": "2026-Q3",
	} {
		p := survey.LastClosedQuarter(today)
		if p.Name != want || !p.Closed(today) || survey.QuarterOf(today).Closed(today) {
			t.Errorf("on %s: %+v, want %s", today, p, want)
		}
	}
}

func TestPeriodParts(t *testing.T) {
	p, err := survey.ParsePeriod("2025-12-15..2026-02-01")
	if err != nil {
		t.Fatal(err)
	}
	months := p.Months()
	if len(months) != 3 || months[0] != "2025-12" || months[2] != "2026-02" {
		t.Errorf("months %v", months)
	}
	if p.Year() != 2026 || p.Calendar() || !p.Contains("2025-12-15") || !p.Contains("2026-02-01") || p.Contains("2026-02-02") {
		t.Errorf("%+v: the year is that of the last day, both ends belong to it", p)
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026", "2026-Q3", "2026-H1", "2026-09", "2026-01-05..2026-02-03"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := survey.ParsePeriod(s)
		if err != nil {
			return
		}
		if p.To < p.From || p.Year() > 2100 || len(p.Months()) > 12*101 || !p.Contains(p.From) || !p.Contains(p.To) {
			t.Errorf("%q: %+v", s, p)
		}
	})
}
