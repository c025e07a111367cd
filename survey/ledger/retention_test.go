package ledger

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"sipas/survey"
)

// What is due is found in whatever order it was received, and the walk ends where it may.
func TestDue(t *testing.T) {
	before := receivedAt
	at := func(id string, after time.Duration, comment string) Draft {
		r := responses()[0]
		r.ID, r.ReceivedAt, r.Answers = id, before.Add(after), survey.Answers{}
		if comment != "" {
			r.Answers["comment"] = survey.TextAnswer(comment)
		}
		return encoded(t, r)
	}
	pages := func(n int, id string, after time.Duration) (all []Draft) {
		for i := range n * retentionPage {
			all = append(all, at(fmt.Sprint(id, i), after, "x"))
		}
		return all
	}
	page := func(id string, after time.Duration) []Draft { return pages(1, id, after) }
	const past, soon, later = -time.Minute, time.Minute, 2 * retentionSlack
	for _, test := range []struct {
		name    string
		drafts  []Draft
		tamper  func(m *memory)
		from    int64
		started time.Time // of the stream
		due     []string
		swept   int64
		read    int64 // the last entry read
	}{
		{name: "nothing"},
		{name: "only what was received before", drafts: []Draft{at("a", past, "x"), at("b", 0, "x"), at("c", later, "x")}, due: []string{"a"}, swept: 1, read: 3},
		{name: "only what has an open part", drafts: []Draft{at("a", past, ""), at("b", past, "x"), at("c", later, ""), at("d", later, "x")}, due: []string{"b"}, swept: 3, read: 4},
		{name: "out of order", drafts: []Draft{at("a", soon, "x"), at("b", past, "x"), at("c", later, "x"), at("d", past, "x")}, due: []string{"b", "d"}, read: 4},
		{name: "from where it was swept", drafts: []Draft{at("a", past, "x"), at("b", past, "x"), at("c", past, "")}, from: 1, due: []string{"b"}, swept: 3, read: 3},
		{name: "erasures between", drafts: []Draft{at("a", past, "x"), erasureOf(t, "z", "b", 1), at("b", past, "x")}, due: []string{"a", "b"}, swept: 3, read: 3},
		{name: "a gap", drafts: []Draft{at("a", past, "x"), at("b", past, "x"), at("c", past, "x")},
			tamper: func(m *memory) { m.entries = slices.Delete(m.entries, 1, 2) }, due: []string{"a", "c"}, swept: 1, read: 3},
		{name: "an open part that is damaged", drafts: []Draft{at("a", past, "x")}, tamper: func(m *memory) { m.entries[0].Open = []byte("{") }, due: []string{"a"}, swept: 1, read: 1},
		{name: "a kept part that is damaged", drafts: []Draft{at("a", past, "x"), at("b", past, "x")}, tamper: func(m *memory) { m.entries[0].Kept = []byte("{") }, due: []string{"b"}, swept: 2, read: 2},
		{name: "the clock was wrong for a moment", drafts: slices.Concat(page("a", past)[1:], []Draft{at("b", later, "x"), at("c", past, "x")}),
			due: append(ids(page("a", past)[1:]), "c"), swept: retentionPage - 1, read: retentionPage + 1},
		{name: "the clock was ahead for some pages", drafts: slices.Concat(pages(laterPages-1, "a", 1000*later), page("b", past), pages(laterPages-1, "c", later), []Draft{at("d", past, "x")}),
			due: append(ids(page("b", past)), "d"), read: (2*laterPages-1)*retentionPage + 1},
		{name: "many pages of what was received later end it", drafts: slices.Concat(pages(laterPages, "a", later), page("b", past)), read: laterPages * retentionPage},
		{name: "pages of what was received just then do not", drafts: slices.Concat(pages(laterPages, "a", soon), []Draft{at("b", past, "x")}), due: []string{"b"}, read: laterPages*retentionPage + 1},
		{name: "the clock was set back after the start", drafts: []Draft{at("a", -26*365*24*time.Hour, "x"), at("b", later, "x")}, started: before.Add(later), read: 2},
		{name: "and a little", drafts: []Draft{at("a", past, "x")}, started: before.Add(startSlack / 2), due: []string{"a"}, swept: 1, read: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &memory{}
			if test.drafts != nil {
				m.add("a", test.drafts...)
			}
			if test.tamper != nil {
				test.tamper(m)
			}
			store := &reader{memory: m}
			var found []string
			var swept int64
			err := due(t.Context(), store, survey.Stream{ID: "a", StartedAt: test.started}, test.from, before, func(responses []survey.Entry, n int64) error {
				for _, e := range responses {
					found = append(found, e.ID)
				}
				swept = n
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(found, test.due) || swept != test.swept || store.last != test.read {
				t.Errorf("due %q, swept to %d, read to %d; want %q, %d, %d", found, swept, store.last, test.due, test.swept, test.read)
			}
		})
	}
}

func ids(drafts []Draft) (all []string) {
	for _, d := range drafts {
		all = append(all, d.ID)
	}
	return all
}

// reader remembers how far a ledger was read.
type reader struct {
	*memory
	last int64
}

func (r *reader) Read(ctx context.Context, stream string, after int64, limit int) ([]survey.Entry, error) {
	entries, err := r.memory.Read(ctx, stream, after, limit)
	for _, e := range entries {
		r.last = max(r.last, e.N)
	}
	return entries, err
}
