package tally

import "time"

// The codes of an item besides the levels 1 to 5.
const (
	Missing       = 0 // not answered
	NotApplicable = 6 // answered "not applicable"

	itemCodes = NotApplicable + 1
)

// Day counts the days since 2000-01-01 of a civil calendar.
type Day uint16

const secondsPerDay = 24 * 60 * 60

var dayZero = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// DayOf returns the civil day of t in t's own location; not ok outside
// 2000-01-01 to 2179-06-06.
func DayOf(t time.Time) (day Day, ok bool) {
	year, month, date := t.Date()
	days := (time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() - dayZero.Unix()) / secondsPerDay
	if year < 2000 || days > 1<<16-1 {
		return 0, false
	}
	return Day(days), true
}

// Date returns midnight UTC of the civil day.
func (d Day) Date() time.Time { return dayZero.AddDate(0, 0, int(d)) }

// Demographics is the number of demographic columns.
const Demographics = 4

// Row is one coded response. Zero means unknown in every dimension but Day and Flags.
type Row struct {
	Day          Day
	Agency       uint16
	Field        uint8
	Point        uint16
	Capture      uint8
	Delivery     uint8
	Campaign     uint16
	Language     uint8
	Flags        uint16 // a set of bits
	Demographics [Demographics]uint8
	Items        [MaxItems]uint8 // by position of the form: Missing, 1 to 5, NotApplicable
}

// RowRef says where a row stands in its table, for as long as the table lives.
// A table holds up to 2³² rows.
type RowRef uint32

// Mutable is the part of a row that may change after it was appended.
type Mutable struct {
	Flags        uint16
	Demographics [Demographics]uint8
}
