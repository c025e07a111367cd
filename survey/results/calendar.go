package results

import (
	"errors"
	"fmt"
	"sync"

	"sipas/stats/tally"
	"sipas/survey"
)

// A year has nineteen calendar periods, each the sum of those within it: the
// year 0, half-years 1 and 2, quarters 3 to 6, months 7 to 18.
const (
	firstHalf    = 1
	firstQuarter = 3
	firstMonth   = 7
	calendarSize = 19
)

// calendarSums lists every period that is a sum, with its parts behind it.
var calendarSums = [][]int{
	{0, 1, 2},
	{1, 3, 4}, {2, 5, 6},
	{3, 7, 8, 9}, {4, 10, 11, 12}, {5, 13, 14, 15}, {6, 16, 17, 18},
}

// calendarParts are the parts of each period; none of a month.
var calendarParts = func() (parts [calendarSize][]int) {
	for _, sum := range calendarSums {
		parts[sum[0]] = sum[1:]
	}
	return parts
}()

// calendarPlace gives the place of a calendar period in its year.
func calendarPlace(p survey.Period) int {
	month := int(p.From.Start().Month()) - 1
	switch p.Kind {
	case survey.PeriodMonth:
		return firstMonth + month
	case survey.PeriodQuarter:
		return firstQuarter + month/3
	case survey.PeriodHalfYear:
		return firstHalf + month/6
	}
	return 0
}

// calendarOrder lists the periods as they close, each before those that begin or end later.
var calendarOrder = []int{7, 8, 9, 3, 10, 11, 12, 4, 1, 13, 14, 15, 5, 16, 17, 18, 6, 2, 0}

// Levels of calendar periods, from the finest on.
const (
	levelMonth = iota
	levelQuarter
	levelHalf
	levelYear
)

func calendarLevel(period int) int {
	switch {
	case period >= firstMonth:
		return levelMonth
	case period >= firstQuarter:
		return levelQuarter
	case period >= firstHalf:
		return levelHalf
	}
	return levelYear
}

// debt is the withheld months of a place within a period of which their sum would be told if the period were shown.
type debt struct {
	months int
	people int64
	slack  bool // not each of them only just is of too few
}

func (d debt) plus(o debt) debt {
	return debt{d.months + o.months, d.people + o.people, d.slack || o.slack}
}

// tells reports whether the sum tells of a single month, or of too few.
func (d debt) tells(minimum int64) bool {
	return d.months > 0 && (d.months == 1 || d.people < minimum || !d.slack)
}

// account follows a place through a year, period by period as they close, and says what has to be
// withheld there for the sake of what was withheld before. What is past is published: only
// what comes later can make up for it. It is the next month, where that is of the same quarter; else
// the quarter itself, and beside it the next one with its first month; and so on.
type account struct {
	// open are debts by level: of the quarter under way, of the half-year without that
	// quarter, and of the year without that half-year.
	open [levelYear + 1]debt
	// due says that the quarter or half-year under way is withheld for the sake of those before.
	due [levelYear + 1]bool
}

// owed are the debts of the period under way of a level, with those that it makes up for.
func (a *account) owed(level int) debt {
	d := a.open[level]
	for ; a.due[level]; level++ {
		d = d.plus(a.open[level+1])
	}
	return d
}

// keeps begins a period, the next to close, of n respondents, and reports whether it is withheld for the sake of those before.
func (a *account) keeps(period int, n, minimum int64) bool {
	if level := calendarLevel(period); level > levelMonth {
		return a.open[level].tells(minimum) || a.due[level] && a.open[level].months > 0
	}
	month := period - firstMonth
	if month%6 == 0 {
		a.open[levelHalf], a.due[levelHalf] = debt{}, a.open[levelYear].tells(minimum)
	}
	if month%3 == 0 {
		a.open[levelQuarter], a.due[levelQuarter] = debt{}, a.owed(levelHalf).tells(minimum)
	}
	return n > 0 && a.owed(levelQuarter).tells(minimum)
}

// close takes note of a period of n respondents, and of whether it is withheld.
func (a *account) close(period int, n int64, kept bool, minimum int64) {
	level := calendarLevel(period)
	switch {
	case !kept || n == 0 || level == levelYear:
	case level == levelMonth:
		a.open[levelQuarter] = a.open[levelQuarter].plus(debt{1, n, n != minimum-1})
	default:
		a.open[level+1] = a.open[level+1].plus(a.open[level])
	}
}

// calendarKept says which periods of a year cannot be shown beside the others,
// from the respondents of its months: those of too few, and what an [account] takes besides. No period
// depends on a later one.
func calendarKept(months [12]int64, minimum int64) (kept [calendarSize]bool) {
	var n [calendarSize]int64
	copy(n[firstMonth:], months[:])
	var a account
	for _, period := range calendarOrder {
		for _, part := range calendarParts[period] {
			n[period] += n[part]
		}
		kept[period] = a.keeps(period, n[period], minimum) || 0 < n[period] && n[period] < minimum
		a.close(period, n[period], kept[period], minimum)
	}
	return kept
}

// year is the respondents of a measure in the months of a year, by spot; nil for
// months without ratings.
type year struct{ clean, all [12][]int64 }

// at gives the months of a place.
func (y *year) at(place int) (clean, all [12]int64) {
	for i := range clean {
		if y.clean[i] != nil {
			clean[i] = y.clean[i][place]
		}
		if y.all[i] != nil {
			all[i] = y.all[i][place]
		}
	}
	return clean, all
}

// year counts a year, once for all tables of a request.
func (sel *selection) year(measure string, of int) (*year, error) {
	return once(sel.shared, &sel.shared.years, sel.yearKey(measure, of), func() (*year, error) {
		years, err := sel.countYear(measure, of, nil)
		if y := years[0]; y != nil {
			return y, err
		}
		return new(year), err
	})
}

// yearKey names a year's count whatever the period and flags asked for.
func (sel *selection) yearKey(measure string, of int) string {
	f := sel.wide()
	f.From, f.Until = 0, 0
	return fmt.Sprintf("%s %d %#v %#v", measure, of, sel.forms, f)
}

// countYear counts a year by the values of a dimension, or all under 0. The months are counted
// one by one like the table itself, so that they share what is known of a month.
func (sel *selection) countYear(measure string, of int, dim *tally.Dim) (map[int]*year, error) {
	by := []tally.Dim{tally.ByAgency, tally.ByField, tally.ByFlags}
	if dim != nil {
		by = append([]tally.Dim{*dim}, by...)
	}
	var mu sync.Mutex
	years := map[int]*year{}
	var failed [12]error
	parallel(12, func(i int) {
		filter := sel.wide()
		first := survey.Month(fmt.Sprintf("%04d-%02d", of, i+1))
		filter.From, filter.Until = days(first.First(), first.Next().First().AddDays(-1))
		value, clean, all := 0, []int64(nil), []int64(nil)
		flush := func() {
			if all == nil {
				return
			}
			sel.grid.rollUpSpots(clean)
			sel.grid.rollUpSpots(all)
			mu.Lock()
			defer mu.Unlock()
			if years[value] == nil {
				years[value] = new(year)
			}
			years[value].clean[i], years[value].all[i] = clean, all
		}
		failed[i] = sel.eachPoint(filter, measure, func(key *key, c counts) {
			at := key[:]
			if dim != nil {
				at = key[1:]
				if key[0] != value {
					flush() // groups of a value come one after the other
					value, clean, all = key[0], nil, nil
				}
			}
			if all == nil {
				clean, all = make([]int64, sel.grid.spots()), make([]int64, sel.grid.spots())
			}
			place := sel.grid.of(at[0], at[1])
			n, _, _ := c.numbers(measure)
			all[place] += n
			if uint16(at[2])&excludedBits == 0 {
				clean[place] += n
			}
		}, by...)
		flush()
	})
	return years, errors.Join(failed[:]...)
}

// guardCalendar withholds figures of a calendar period that would tell, beside
// those of the other periods of its year, of a period with too few respondents.
func (t *table) guardCalendar() error {
	return t.keepWith(t.sel.Period.Year(), calendarPlace(t.sel.Period))
}

// keepWith withholds figures where that of a calendar period is.
func (t *table) keepWith(of, period int) error {
	if !t.sel.parts() {
		s, err := t.sel.settled(t.measure, of, period)
		if err != nil {
			return err
		}
		for at := range t.withheld {
			if s.withheld[at] != "" {
				t.keepBack(at)
			}
			t.hidden[at] = t.hidden[at] || s.hidden[at]
		}
		return nil
	}
	y, err := t.sel.year(t.measure, of)
	if err != nil {
		return err
	}
	parallel(len(t.agencies), func(row int) {
		for at := row * len(t.fields); at < (row+1)*len(t.fields); at++ {
			clean, all := y.at(at)
			kept := calendarKept(clean, t.sel.minimum())[period]
			if t.sel.Flags == FlagsInclude {
				// Less those without, the figures with flagged ratings are of the flagged ones alone.
				flagged := all
				for i := range flagged {
					flagged[i] -= clean[i]
				}
				kept = calendarKept(all, t.sel.minimum())[period] || calendarKept(flagged, t.sel.minimum())[period]
			}
			if kept {
				t.keepBack(at)
			}
		}
	})
	return nil
}

// guardDays withholds figures of freely chosen days that would tell of too few beside
// those of other days and of the calendar.
//
// A figure is shown if it is made of shown ones. The days fall into calendar periods, as
// large as they come, and what they cut off of a month at either end; each of those periods and
// months has to be shown. And a cut has to be at a border: the days of a month fall into spells of
// enough respondents, each as short as can be from the first of the month on, and a border is
// what lies between two of them. So whatever figures are added and subtracted, whole spells are left.
func (t *table) guardDays() error {
	period := t.sel.Period
	from, end := period.From, period.To.AddDays(1)
	cutsFirst, cutsLast := from != from.Month().First(), end != end.Month().First()
	first, last := from.Month(), period.To.Month()
	for _, cut := range []struct {
		is bool
		at survey.Date
	}{{cutsFirst, from}, {cutsLast, end}} {
		if !cut.is {
			continue
		}
		if err := t.keepWith(cut.at.Year(), firstMonth+monthOf(cut.at)); err != nil {
			return err
		}
		if err := t.guardCut(cut.at); err != nil {
			return err
		}
	}
	if cutsFirst {
		first = first.Next()
	}
	for month := first; month < last || month == last && !cutsLast; {
		period, months := largest(month, last, cutsLast)
		if err := t.keepWith(month.First().Year(), period); err != nil {
			return err
		}
		for range months {
			month = month.Next()
		}
	}
	return nil
}

// monthOf numbers the month of a day, from 0 on.
func monthOf(d survey.Date) int { return int(d.Start().Month()) - 1 }

// largest is the largest calendar period that begins with a month and ends by another,
// or before it; and how many months it has.
func largest(month, last survey.Month, before bool) (period, months int) {
	first := monthOf(month.First())
	left := 0 // months up to the end
	for m := month; left < 12 && (m < last || m == last && !before); m = m.Next() {
		left++
	}
	switch {
	case first == 0 && left == 12:
		return 0, 12
	case first%6 == 0 && left >= 6:
		return firstHalf + first/6, 6
	case first%3 == 0 && left >= 3:
		return firstQuarter + first/3, 3
	}
	return firstMonth + first, 1
}

// guardCut withholds figures that begin or end with a day, on its eve, where that is no border.
func (t *table) guardCut(day survey.Date) error {
	filter := t.sel.wide()
	month := day.Month()
	filter.From, filter.Until = days(month.First(), month.Next().First().AddDays(-1))
	cut, _ := days(day, day)
	minimum := t.sel.minimum()
	since, rest := make([]int64, t.size()), make([]int64, t.size()) // since the last spell before the cut, and after the cut
	today, n := tally.Day(0), make([]int64, t.size())
	flush := func() {
		t.rollUp(n)
		for at, more := range n {
			if today >= cut {
				rest[at] += more
			} else if since[at] += more; since[at] >= minimum {
				since[at] = 0
			}
		}
		clear(n)
	}
	err := t.sel.respondents(filter, t.measure, func(key *key, more int64) {
		if d := tally.Day(key[0]); d != today {
			flush()
			today = d
		}
		n[t.of(key[1], key[2])] += more
	}, tally.ByDay, tally.ByAgency, tally.ByField)
	if err != nil {
		return err
	}
	flush()
	for at := range since {
		// What is left of the month after its last spell belongs to that spell.
		if since[at] > 0 || t.sel.tooFew(rest[at]) {
			t.keepBack(at)
		}
	}
	return nil
}
