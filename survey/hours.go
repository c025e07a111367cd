package survey

import (
	"regexp"
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
func (h OpeningHours) Open(t time.Time) bool {
	local := t.In(Vietnam)
	day, clock := (int(local.Weekday())+6)%7+1, local.Format("15:04")
	for _, s := range h {
		if s.Day == day && s.From <= clock && clock < s.To {
			return true
		}
	}
	return len(h) == 0
}

// Overlaps reports whether two spans have a moment in common.
func (s OpeningSpan) Overlaps(other OpeningSpan) bool {
	return s.Day == other.Day && s.From < other.To && other.From < s.To
}

var clockPattern = regexp.MustCompile(`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)

// IsClock reports whether s is a time of day as spans have it, "00:00" to "24:00".
func IsClock(s string) bool { return clockPattern.MatchString(s) }
