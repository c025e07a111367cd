package survey

import (
	"testing"
	"time"
)

func TestOpeningHours(t *testing.T) {
	week := OpeningHours{{6, "07:30", "11:30"}, {1, "13:30", "17:00"}, {1, "07:30", "11:30"}, {7, "22:00", "24:00"}}
	for _, test := range []struct {
		name, at string
		hours    OpeningHours
		want     bool
	}{
		{"before the first", "2026-11-23T07:29:59+07:00", week, false},
		{"from the first second", "2026-11-23T07:30:00+07:00", week, true},
		{"to the last", "2026-11-23T11:29:59+07:00", week, true},
		{"not at the end", "2026-11-23T11:30:00+07:00", week, false},
		{"in the second span", "2026-11-23T13:30:00+07:00", week, true},
		{"of the Vietnamese day, still Sunday in UTC", "2026-11-22T23:59:00Z", OpeningHours{{1, "06:00", "07:00"}}, true},
		{"on a day off", "2026-11-24T09:00:00+07:00", week, false},
		{"on Saturday", "2026-11-28T09:00:00+07:00", week, true},
		{"until midnight on Sunday", "2026-11-29T23:59:59+07:00", week, true},
		{"not known", "2026-11-29T03:00:00+07:00", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, test.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.hours.Open(at); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestNearTheOpeningHours(t *testing.T) {
	week := OpeningHours{{1, "00:00", "01:00"}, {1, "13:30", "17:00"}, {3, "07:30", "11:30"}, {7, "22:00", "24:00"}}
	for _, test := range []struct {
		name, at string
		hours    OpeningHours
		want     bool
	}{
		{"open", "2026-11-23T13:30:00+07:00", week, true},
		{"an hour and a second before", "2026-11-23T12:29:59+07:00", week, false},
		{"an hour before", "2026-11-23T12:30:00+07:00", week, true},
		{"a moment less than an hour after", "2026-11-23T17:59:59.999+07:00", week, true},
		{"an hour after", "2026-11-23T18:00:00+07:00", week, false},
		{"on a day off", "2026-11-24T13:30:00+07:00", week, false},
		{"on Monday, after Sunday's hours", "2026-11-23T00:30:00+07:00", week[3:], true},
		{"on Sunday, before Monday's", "2026-11-29T23:30:00+07:00", week[:1], true},
		{"on Sunday, too long before Monday's", "2026-11-29T22:59:59+07:00", week[:1], false},
		{"not known", "2026-11-24T03:00:00+07:00", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, test.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.hours.Near(at, time.Hour); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestIsClock(t *testing.T) {
	for s, want := range map[string]bool{
		"00:00": true, "07:30": true, "23:59": true, "24:00": true,
		"": false, "7:30": false, "24:01": false, "07:60": false, "07:30:00": false, "7h30": false,
	} {
		if IsClock(s) != want {
			t.Errorf("%q: got %v", s, !want)
		}
	}
}
