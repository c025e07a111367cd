package importer

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sipas/survey"
)

// number reads a number as a spreadsheet or a person writes it; the decimal sign is a dot or a comma.
func number(s string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}

// grouped are whole numbers with their thousands set off by dots, as Vietnamese
// write them, or by commas.
var grouped = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}((\.[0-9]{3})+|(,[0-9]{3})+)$`)

// whole reads a whole number; 0 and a problem where it is none. An empty cell is 0.
// As such a number has no decimals, dots and commas between groups of three digits set off
// thousands: 1.000 is a thousand. Anything else with a dot or a comma is no whole number.
func (r *row) whole(column string) int64 {
	text := r.text(column)
	if text == "" {
		return 0
	}
	if grouped.MatchString(text) {
		text = strings.NewReplacer(".", "", ",", "").Replace(text)
	}
	n, ok := number(text)
	ok = ok && !strings.ContainsAny(text, ".,")
	const most = 1 << 53 // beyond that floating-point numbers skip some
	if !ok || n != math.Trunc(n) || math.Abs(n) > most {
		r.fail(column, survey.ReasonImportNumber, nil)
		return 0
	}
	return int64(n)
}

// truth reads yes or no.
func truth(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "có", "co", "đúng", "x", "yes", "y", "true", "1":
		return true, true
	case "không", "khong", "sai", "no", "n", "false", "0":
		return false, true
	}
	return false, false
}

// boolean reads yes or no; false and a problem for anything else. An empty cell is no.
func (r *row) boolean(column string) bool {
	text := r.text(column)
	value, ok := truth(text)
	if !ok && text != "" {
		r.fail(column, survey.ReasonImportBoolean, nil)
	}
	return value
}

// The ways people write days, times and months. A day comes before its month.
var (
	dayLayouts   = []string{time.DateOnly, "2/1/2006", "2-1-2006", "2.1.2006"}
	clockLayouts = []string{"15:04", "15:04:05"} // fractions of a second are read after any of them
	monthLayouts = []string{"2006-01", "1/2006", "1-2006", "1.2006"}
)

// serial reads a spreadsheet's day number, with the time of day as its fraction.
func (r *row) serial(text string) (time.Time, bool) {
	if !r.serials {
		return time.Time{}, false
	}
	n, err := strconv.ParseFloat(text, 64)
	const first, last = 61, 2_958_465 // 1900-03-01, before which the count has a wrong day, to 9999-12-31
	if err != nil || n < first || n > last+1 {
		return time.Time{}, false
	}
	zero := time.Date(1899, 12, 30, 0, 0, 0, 0, survey.Vietnam)
	if r.from1904 {
		zero = time.Date(1904, 1, 1, 0, 0, 0, 0, survey.Vietnam)
	}
	days, fraction := math.Modf(n)
	// A fraction of a day holds no milliseconds exactly; spreadsheets show it to the second.
	seconds := math.Round(fraction * 24 * 60 * 60)
	return zero.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second), true
}

func parseAny(text string, layouts []string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, survey.Vietnam); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// instant reads a day with or without a time, in Vietnam time unless a zone is given.
func (r *row) instant(text string) (time.Time, bool) {
	if t, ok := r.serial(text); ok {
		return t, true
	}
	if t, ok := parseAny(text, dayLayouts); ok {
		return t, true
	}
	if t, err := time.Parse(time.RFC3339Nano, strings.Replace(strings.ToUpper(text), " ", "T", 1)); err == nil {
		return t, true
	}
	for _, separator := range []string{" ", "T"} {
		first, second, ok := strings.Cut(text, separator)
		if !ok {
			continue
		}
		// Vietnamese also put the time first.
		for _, pair := range [][2]string{{first, second}, {second, first}} {
			day, ok1 := parseAny(pair[0], dayLayouts)
			clock, ok2 := parseAny(pair[1], clockLayouts)
			if ok1 && ok2 {
				sinceMidnight := time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute +
					time.Duration(clock.Second())*time.Second + time.Duration(clock.Nanosecond())
				return day.Add(sinceMidnight), true
			}
		}
	}
	return time.Time{}, false
}

// day reads a date; empty and a problem where it is none. An empty cell is the empty date.
func (r *row) day(column string) survey.Date {
	text := r.text(column)
	if text == "" {
		return ""
	}
	t, ok := r.serial(text)
	if !ok {
		if t, ok = parseAny(text, dayLayouts); !ok {
			r.fail(column, survey.ReasonImportDate, nil)
			return ""
		}
	}
	return survey.DateOf(t)
}

// month reads a month, or takes that of a date.
func (r *row) month(column string) survey.Month {
	text := r.text(column)
	if text == "" {
		return ""
	}
	t, ok := r.serial(text)
	if !ok {
		if t, ok = parseAny(text, slices.Concat(monthLayouts, dayLayouts)); !ok {
			r.fail(column, survey.ReasonImportMonth, nil)
			return ""
		}
	}
	return survey.DateOf(t).Month()
}
