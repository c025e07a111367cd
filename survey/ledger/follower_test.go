package ledger

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"sipas/survey"
)

// backlog is a store of streams with so many entries each, registered by nobody of the test.
type backlog struct {
	survey.LedgerStore
	names []string
	n     map[string]int64
}

func (b *backlog) RegisterStream(context.Context, survey.Stream) error { return nil }
func (b *backlog) EndStream(context.Context, string, int64) error      { return nil }
func (b *backlog) Streams(context.Context) (all []survey.Stream, _ error) {
	for _, name := range b.names {
		all = append(all, survey.Stream{ID: name})
	}
	return all, nil
}

func (b *backlog) Last(context.Context, string) (survey.Entry, error) {
	return survey.Entry{}, &survey.Error{Code: survey.CodeNotFound}
}

func (b *backlog) Moved(_ context.Context, after map[string]int64) (ids []string, _ error) {
	for id, n := range after {
		if n < b.n[id] {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (b *backlog) Read(_ context.Context, stream string, after int64, limit int) (entries []survey.Entry, _ error) {
	for n := after + 1; n <= b.n[stream] && len(entries) < limit; n++ {
		entries = append(entries, survey.Entry{ID: fmt.Sprint(stream, n), Stream: stream, N: n})
	}
	return entries, nil
}

// While a process runs, a stream that holds much waits after each page for the others; a start reads it in one go.
func TestBacklog(t *testing.T) {
	store := &backlog{names: []string{"much", "little"}, n: map[string]int64{"much": 2*followPage + 1, "little": 1}}
	for _, test := range []struct {
		name string
		read func(l *Ledger) error
		want []string
	}{
		{"a start", func(l *Ledger) error { return l.CatchUp(t.Context()) },
			[]string{"much 5000", "much 5000", "much 1", "little 1"}},
		{"polls", func(l *Ledger) error {
			for {
				if more, err := l.poll(t.Context()); err != nil || !more {
					return err
				}
			}
		}, []string{"much 5000", "little 1", "much 5000", "much 1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := Open(t.Context(), Options{Store: store, Key: testKey})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close(context.Background())
			var got []string
			l.Subscribe(func(entries []survey.Entry) { got = append(got, fmt.Sprint(entries[0].Stream, " ", len(entries))) })
			if err := test.read(l); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("delivered were %q, want %q", got, test.want)
			}
		})
	}
}
