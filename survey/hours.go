package survey

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// OpeningSpan is a span of every week in which a point is open, in Vietnam's
// time: from From on, until before To. Days run from 1, Monday, to 7, Sunday.
type OpeningSpan struct {
	Day  int    `json:"day"`
	From string `json:"from"` // "07:30"
	To   string `json:"to"`   // "11:30"; "24:00" is the end of the day
}

// OpeningHours is the weekly table of a point, in any order. A day without a
// span is a day off; an empty table says that the hours are not known.
type OpeningHours []OpeningSpan

// Open reports whether the point is open at the instant; with unknown hours it always is.
func (h OpeningHours) Open(t time.Time) bool { return h.Near(t, 0) }

// Near reports whether the point is open at the instant, opens within less than or
// closed less than a grace of it; with unknown hours it always is. A grace is at most some hours.
func (h OpeningHours) Near(t time.Time, grace time.Duration) bool {
	const day, week = 24 * time.Hour, 7 * 24 * time.Hour
	midnight := DateOf(t).Start()
	now := time.Duration((int(midnight.In(Vietnam).Weekday())+6)%7)*day + t.Sub(midnight)
	for _, s := range h {
		first := time.Duration(s.Day-1) * day
		from, to := first+sinceMidnight(s.From)-grace, first+sinceMidnight(s.To)+grace
		// The week begins anew: Monday's first hour comes after Sunday's last.
		for _, at := range []time.Duration{now - week, now, now + week} {
			if from <= at && at < to {
				return true
			}
		}
	}
	return len(h) == 0
}

// sinceMidnight reads a time of day; see IsClock.
func sinceMidnight(clock string) time.Duration {
	hours, minutes, _ := strings.Cut(clock, ":")
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}

// Overlaps reports whether two spans have a moment in common.
func (s OpeningSpan) Overlaps(other OpeningSpan) bool {
	return s.Day == other.Day && s.From < other.To && other.From < s.To
}

var clockPattern = regexp.MustCompile(`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)

// IsClock reports whether s is a time of day as spans have it, "00:00" to "24:00".
func IsClock(s string) bool { return clockPattern.MatchString(s) }
