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

// calendarKept says which periods of a year cannot be shown beside the others,
// from the respondents of its months. It withholds those of too few, and goes on as
// long as some sum holds a single withheld period, or shown ones tell that the withheld months of
// a period are too few together, or that each of them only just is. Sums of a calendar are a tree, so that nothing
// else can be derived.
func calendarKept(months [12]int64, minimum int64) (kept [calendarSize]bool) {
	var n [calendarSize]int64
	copy(n[firstMonth:], months[:])
	for i := len(calendarSums) - 1; i >= 0; i-- {
		for _, part := range calendarSums[i][1:] {
			n[calendarSums[i][0]] += n[part]
		}
	}
	tooFew := func(n int64) bool { return 0 < n && n < minimum }
	safe := true
	for i := range n {
		kept[i] = tooFew(n[i])
		safe = safe && !kept[i]
	}
	if safe {
		return kept
	}
	hidden := func(sum []int) (count int) {
		for _, period := range sum {
			if kept[period] {
				count++
			}
		}
		return count
	}
	// dark lists what is withheld of some periods when all that is shown within them is set
	// aside, and the shown ones that are.
	var dark func(periods []int) (withheld, shown []int)
	dark = func(periods []int) (withheld, shown []int) {
		for _, period := range periods {
			switch {
			case !kept[period]:
				shown = append(shown, period)
			case calendarParts[period] == nil:
				withheld = append(withheld, period)
			default:
				w, s := dark(calendarParts[period])
				withheld, shown = append(withheld, w...), append(shown, s...)
			}
		}
		return withheld, shown
	}
	tells := func(sum []int) bool {
		if hidden(sum) == 1 {
			return true
		}
		if kept[sum[0]] {
			return false
		}
		together, full := int64(0), true
		withheld, _ := dark(sum[1:])
		for _, period := range withheld {
			together += n[period]
			full = full && n[period] == minimum-1
		}
		return tooFew(together) || together > 0 && full
	}
	// burden is how many other sums would then hold this period as their only one.
	burden := func(period int, without []int) (sums int) {
		for _, sum := range calendarSums {
			for _, member := range sum {
				if member == period && sum[0] != without[0] && hidden(sum) == 0 {
					sums++
				}
			}
		}
		return sums
	}
	for again := true; again; {
		again = false
		for _, sum := range calendarSums {
			if !tells(sum) {
				continue
			}
			best := -1
			_, shown := dark(sum)
			for _, period := range shown {
				if n[period] == 0 {
					continue
				}
				if best < 0 || burden(period, sum) < burden(best, sum) || burden(period, sum) == burden(best, sum) && n[period] < n[best] {
					best = period
				}
			}
			if best < 0 {
				continue
			}
			kept[best], again = true, true
		}
	}
	return kept
}

// year is the respondents of a measure in the months of a year, by place; nil for
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
			sel.grid.rollUp(clean)
			sel.grid.rollUp(all)
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
				clean, all = make([]int64, sel.grid.size()), make([]int64, sel.grid.size())
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
