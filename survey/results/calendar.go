package results

import (
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
// long as some sum holds a single withheld period, or shown ones tell of too few
// together. Sums of a calendar are a tree, so that nothing else can be derived.
func calendarKept(months [12]int64) (kept [calendarSize]bool) {
	var n [calendarSize]int64
	copy(n[firstMonth:], months[:])
	for i := len(calendarSums) - 1; i >= 0; i-- {
		for _, part := range calendarSums[i][1:] {
			n[calendarSums[i][0]] += n[part]
		}
	}
	for i := range n {
		kept[i] = tooFew(n[i])
	}
	hidden := func(sum []int) (count int) {
		for _, period := range sum {
			if kept[period] {
				count++
			}
		}
		return count
	}
	tells := func(sum []int) bool {
		var together int64
		for _, part := range sum[1:] {
			if kept[part] {
				together += n[part]
			}
		}
		return hidden(sum) == 1 || !kept[sum[0]] && tooFew(together)
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
			for _, period := range sum {
				if kept[period] || n[period] == 0 {
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

// guardCalendar withholds figures of a calendar period that would tell, beside
// those of the other periods of its year, of a period with too few respondents.
func (t *table) guardCalendar() error {
	period := t.sel.Period
	year := period.From.Year()
	filter := t.sel.wide()
	january := survey.DateOf(period.From.Start().AddDate(0, 1-int(period.From.Start().Month()), 1-period.From.Start().Day()))
	filter.From, filter.Until = days(january, survey.DateOf(january.Start().AddDate(1, 0, -1)))
	groups, err := t.sel.countIn(filter, []string{t.measure}, tally.ByAgency, tally.ByField, tally.ByMonth, tally.ByFlags)
	if err != nil {
		return err
	}
	months := map[pair]*[12]int64{}
	for i := range groups {
		g := &groups[i]
		n := t.n(t.sel.shown(sorted(g.counts[0], g.key[3])))
		t.sel.eachCell(t.sel.named(g.key[0], g.key[1]), func(cell pair) {
			if months[cell] == nil {
				months[cell] = new([12]int64)
			}
			months[cell][g.key[2]-100*year-1] += n
		})
	}
	place := calendarPlace(period)
	for at, ns := range months {
		if calendarKept(*ns)[place] && t.n(t.sel.shown(t.cells[at])) > 0 {
			t.keepBack(at)
		}
	}
	return nil
}
