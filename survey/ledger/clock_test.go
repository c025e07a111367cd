package ledger

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sipas/survey"
)

// dated gives responses with the times of receipt, so many days after the test's.
func dated(t *testing.T, id string, days ...int) (all []Draft) {
	for i, day := range days {
		r := responses()[0]
		r.ID, r.ReceivedAt = fmt.Sprint(id, i), receivedAt.AddDate(0, 0, day)
		all = append(all, encoded(t, r))
	}
	return all
}

// every gives the days from one to another, so many apart.
func every(apart, from, to int) (all []int) {
	for day := from; day <= to; day += apart {
		all = append(all, day)
	}
	return all
}

func TestTime(t *testing.T) {
	const never = -1 << 30
	type written struct {
		started int
		days    []int
	}
	for _, test := range []struct {
		name    string
		streams []written
		tamper  func(m *memory)
		want    int // days after the test's
	}{
		{name: "nothing", want: never},
		{name: "a stream that wrote nothing", streams: []written{{started: 3}}, want: 3},
		{name: "a new province", streams: []written{{0, []int{0, 1, 2}}}, want: 2},
		{name: "of several streams the newest", streams: []written{{0, []int{0, 9}}, {3, []int{3, 5}}, {4, nil}}, want: 9},
		{name: "a month of silence", streams: []written{{0, []int{0, 30}}}, want: 30},
		{name: "a longer one, and not yet a month since", streams: []written{{0, []int{0, 31, 60}}}, want: 0},
		{name: "and a month since", streams: []written{{0, []int{0, 31, 61}}}, want: 61},
		{name: "a process that started far ahead", streams: []written{{0, every(7, 0, 140)}, {730, []int{730, 731}}}, want: 140},
		{name: "started far ahead again and again", streams: []written{{0, every(7, 0, 140)}, {730, []int{730}}, {731, nil}, {735, []int{735}}}, want: 140},
		{name: "far ahead and a little further", streams: []written{{0, every(7, 0, 140)}, {730, []int{730}}, {800, []int{800}}}, want: 140},
		{name: "a clock that leapt within a stream", streams: []written{{0, append(every(7, 0, 700), 730, 1500, 1501)}}, want: 730},
		{name: "that leapt at once", streams: []written{{0, []int{0, 1500, 1501, 1502}}}, want: 0},
		{name: "that leapt and came back", streams: []written{{0, append(every(7, 0, 700), 1500, 1501, 702)}}, want: 702},
		{name: "a clock that was behind", streams: []written{{0, every(7, 0, 70)}, {70, []int{-9000, -8999}}}, want: 70},
		{name: "a stream that cannot be read", streams: []written{{0, every(7, 0, 70)}, {9, []int{75}}},
			tamper: func(m *memory) { m.unreadable = []Position{{"a", 1}} }, want: 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &memory{}
			for i, s := range test.streams {
				id := string(rune('a' + i))
				m.streams = append(m.streams, survey.Stream{ID: id, StartedAt: receivedAt.AddDate(0, 0, s.started)})
				if s.days != nil {
					m.add(id, dated(t, id, s.days...)...)
				}
			}
			if test.tamper != nil {
				test.tamper(m)
			}
			got, err := Time(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			want := receivedAt.AddDate(0, 0, test.want)
			if test.want == never {
				want = time.Time{}
			}
			if !got.Equal(want) {
				t.Errorf("it vouches for %s, want %s", got, want)
			}
		})
	}
}

// Of a ledger with years of entries a few are read.
func TestTimeReadsLittle(t *testing.T) {
	m := &memory{streams: []survey.Stream{{ID: "a", StartedAt: receivedAt}}}
	m.add("a", dated(t, "a", every(1, 0, 1500)...)...)
	store := &counter{memory: m}
	if _, err := Time(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	if store.reads > 150 {
		t.Errorf("%d entries were read of 1501", store.reads)
	}
}

type counter struct {
	*memory
	reads int
}

func (c *counter) Read(ctx context.Context, stream string, after int64, limit int) ([]survey.Entry, error) {
	c.reads++
	return c.memory.Read(ctx, stream, after, limit)
}

// A clock is believed up to a day beyond the ledger, which in a process goes on by itself.
func TestRetentionNow(t *testing.T) {
	m := &memory{streams: []survey.Stream{{ID: "a", StartedAt: receivedAt}}}
	var passed time.Duration
	r := NewRetention(&Ledger{o: Options{Store: m}})
	r.passed = func() time.Duration { return passed }
	const day = 24 * time.Hour
	for _, test := range []struct {
		name          string
		passes        time.Duration
		writes        []int // days
		clock, expect time.Duration
	}{
		{"the clock is right", 0, nil, 0, 0},
		{"it is behind", 0, nil, -100 * day, -100 * day},
		{"a day ahead", 0, nil, day, day},
		{"years ahead", 0, nil, 1000 * day, day},
		{"nothing was written for a week", 7 * day, nil, 7 * day, 7 * day},
		{"and the clock leaps", 0, nil, 1000 * day, 8 * day},
		{"something is written again", 0, []int{9}, 1000 * day, 10 * day},
		{"time passes by either", 4 * day, nil, 1000 * day, 12 * day},
	} {
		t.Run(test.name, func(t *testing.T) {
			passed += test.passes
			if test.writes != nil {
				m.add("a", dated(t, test.name, test.writes...)...)
			}
			got, err := r.Now(t.Context(), receivedAt.Add(test.clock))
			if want := receivedAt.Add(test.expect); err != nil || !got.Equal(want) {
				t.Errorf("%s (%v), want %s", got, err, want)
			}
		})
	}
	empty := NewRetention(&Ledger{o: Options{Store: &memory{}}})
	if got, err := empty.Now(t.Context(), receivedAt); err != nil || got.After(receivedAt.AddDate(-1000, 0, 0)) {
		t.Errorf("an empty ledger vouches for %s (%v)", got, err)
	}
}

// The time of receipt alone is what the whole response says, or not read.
func TestScanReceivedAt(t *testing.T) {
	for _, r := range responses() {
		d := encoded(t, r)
		if got, ok := scanReceivedAt(d.Kept); !ok || !got.Equal(r.ReceivedAt.Truncate(time.Millisecond)) {
			t.Errorf("%s: %s, %t; want %s", r.ID, got, ok, r.ReceivedAt)
		}
		for _, kept := range [][]byte{nil, []byte("{"), append([]byte(" "), d.Kept...), d.Kept[:len(d.Kept)/8]} {
			if _, ok := scanReceivedAt(kept); ok {
				t.Errorf("a time was read from %q", kept)
			}
		}
	}
}
