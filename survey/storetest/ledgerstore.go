package storetest

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

func stream(id string, at time.Time) survey.Stream {
	return survey.Stream{ID: id, PublicKey: ed25519.PublicKey(bytes.Repeat([]byte{7}, ed25519.PublicKeySize)), StartedAt: at}
}

// chained makes entries with the ids that follow an entry of the stream (nil: its start).
func chained(stream string, after *survey.Entry, ids ...string) []survey.Entry {
	prev, n := make([]byte, 32), int64(0)
	if after != nil {
		prev, n = after.Hash, after.N
	}
	entries := make([]survey.Entry, len(ids))
	for i, id := range ids {
		n++
		salt := []byte(fmt.Sprintf("%016d", n))
		open := []byte(`{"answers":{"comment":"chờ lâu quá"}}`)
		e := survey.Entry{ID: id, Kind: survey.EntryResponse, Stream: stream, N: n, Prev: prev, Salt: salt, Open: open,
			Kept: []byte(`{"sent":{"answers":{"overall":4}}}`), OpenHash: ledger.OpenHash(salt, open)}
		e.Hash = ledger.EntryHash(e)
		prev = e.Hash
		entries[i] = e
	}
	entries[len(entries)-1].Signature = bytes.Repeat([]byte{9}, ed25519.SignatureSize)
	return entries
}

func ids(entries []survey.Entry) string {
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = e.ID
	}
	return strings.Join(all, " ")
}

// stored gives the ids of a stream's entries in order.
func stored(t *testing.T, store survey.LedgerStore, stream string) string {
	t.Helper()
	entries, err := store.Read(t.Context(), stream, 0, 10000)
	must(t, err)
	return ids(entries)
}

func (s suite) ledgerStore(t *testing.T) {
	open := func(t *testing.T) survey.LedgerStore {
		store := s.open(t).Ledger()
		must(t, store.RegisterStream(t.Context(), stream("a", instant)))
		must(t, store.RegisterStream(t.Context(), stream("b", instant.Add(-time.Hour))))
		return store
	}
	t.Run("streams", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		must(t, store.RegisterStream(ctx, stream("0", instant.Add(time.Millisecond))))
		wantCode(t, "a stream twice", store.RegisterStream(ctx, stream("a", instant)), survey.CodeConflict)
		streams, err := store.Streams(ctx)
		must(t, err)
		want := []survey.Stream{stream("b", instant.Add(-time.Hour)), stream("a", instant), stream("0", instant.Add(time.Millisecond))}
		same(t, "streams", streams, want)
		for _, n := range []int64{7, 0, 1 << 39} {
			must(t, store.EndStream(ctx, "b", 1<<39-n))
			must(t, store.EndStream(ctx, "a", n))
			want[0].Ended, want[1].Ended = new(1<<39-n), new(n)
			streams, err = store.Streams(ctx)
			must(t, err)
			same(t, "streams that ended", streams, want)
		}
	})
	t.Run("nothing stored", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		for _, name := range []string{"a", "unknown"} {
			_, err := store.Last(ctx, name)
			wantCode(t, "last of none", err, survey.CodeNotFound)
			if got := stored(t, store, name); got != "" {
				t.Errorf("stream %s holds %q", name, got)
			}
		}
		found, err := store.Find(ctx, []string{"x"})
		must(t, err)
		same(t, "found", len(found), 0)
		must(t, store.EraseOpen(ctx, []string{"x"}))
		must(t, store.EraseOpen(ctx, nil))
		wantCode(t, "ending none", store.EndStream(ctx, "unknown", 0), survey.CodeNotFound)
		for _, places := range []map[string]int64{nil, {"a": 0, "unknown": 0}} {
			moved, err := store.Moved(ctx, places)
			must(t, err)
			same(t, "moved", len(moved), 0)
		}
	})
	t.Run("insert, read, find and last", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		a := chained("a", nil, "1", "2", "3", "4", "5")
		a[1].Open, a[2].Salt, a[2].Open = nil, nil, nil
		b := chained("b", nil, "6", "7")
		must(t, store.Insert(ctx, a[:3]))
		must(t, store.Insert(ctx, b))
		must(t, store.Insert(ctx, a[3:]))
		for _, page := range []struct {
			stream string
			after  int64
			limit  int
			want   []survey.Entry
		}{{"a", 0, 10, a}, {"a", 0, 5, a}, {"a", 1, 2, a[1:3]}, {"a", 4, 10, a[4:]}, {"a", 5, 10, nil}, {"b", 0, 10, b}} {
			got, err := store.Read(ctx, page.stream, page.after, page.limit)
			must(t, err)
			if len(got) != len(page.want) || len(got) > 0 && ids(got) != ids(page.want) {
				t.Errorf("read of %d after %d: %q, want %q", page.limit, page.after, ids(got), ids(page.want))
			}
			for i := range min(len(got), len(page.want)) {
				same(t, "entry read", got[i], page.want[i])
			}
		}
		last, err := store.Last(ctx, "a")
		must(t, err)
		same(t, "last", last, a[4])
		found, err := store.Find(ctx, []string{"7", "x", "2"})
		must(t, err)
		slices.SortFunc(found, func(x, y survey.Entry) int { return strings.Compare(x.ID, y.ID) })
		same(t, "found", found, []survey.Entry{a[1], b[1]})
	})
	t.Run("read at places", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		// More places than are asked for at a time.
		names := make([]string, 2300)
		for i := range names {
			names[i] = fmt.Sprintf("%05d", i)
		}
		a := chained("a", nil, names...)
		must(t, store.Insert(ctx, a))
		must(t, store.Insert(ctx, chained("b", nil, "x", "y", "z")))
		var all []int64
		for _, e := range a {
			all = append(all, e.N)
		}
		for _, c := range []struct {
			name, stream string
			places       []int64
			want         []survey.Entry
		}{
			{"none", "a", nil, nil},
			{"some", "a", []int64{2300, 7, 2}, []survey.Entry{a[1], a[6], a[2299]}},
			{"beyond the stream", "b", []int64{-1, 0, 4, 1 << 39, 1 << 50}, nil},
			{"all", "a", all, a},
			{"of no stream", "unknown", []int64{1}, nil},
		} {
			got, err := store.ReadAt(ctx, c.stream, c.places)
			must(t, err)
			slices.SortFunc(got, func(x, y survey.Entry) int { return int(x.N - y.N) })
			if ids(got) != ids(c.want) {
				t.Errorf("%s: %q, want %q", c.name, ids(got), ids(c.want))
				continue
			}
			for i := range got {
				same(t, "entry read", got[i], c.want[i])
			}
		}
	})
	t.Run("moved", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		// More streams than are asked for at a time, and names of every kind.
		after := map[string]int64{}
		name := func(i int) string { return fmt.Sprintf("%d \"$.đ'", i) }
		for i := range 1200 {
			after[name(i)] = int64(i)
		}
		var want []string
		for _, i := range []int{0, 3, 1199} {
			must(t, store.RegisterStream(ctx, stream(name(i), instant)))
			last := survey.Entry{N: int64(i) - 1, Hash: make([]byte, 32)}
			if i == 0 {
				last.N = 0
			}
			// Entries i to i+2, so that there are some up to the place and after it.
			must(t, store.Insert(ctx, chained(name(i), &last, name(i)+"a", name(i)+"b", name(i)+"c")))
			want = append(want, name(i))
		}
		entries := chained("a", nil, "1", "2", "3", "4")
		must(t, store.Insert(ctx, entries[:2]))
		must(t, store.Insert(ctx, entries[3:]))
		ask := func(what string, after map[string]int64, want ...string) {
			t.Helper()
			moved, err := store.Moved(ctx, after)
			must(t, err)
			slices.Sort(moved)
			slices.Sort(want)
			if !slices.Equal(moved, want) {
				t.Errorf("%s: moved %q, want %q", what, moved, want)
			}
		}
		ask("many", after, want...)
		for n, moved := range []bool{true, true, false, true, false, false} {
			if moved {
				ask(fmt.Sprintf("after %d", n), map[string]int64{"a": int64(n), "b": 0}, "a")
			} else {
				ask(fmt.Sprintf("after %d", n), map[string]int64{"a": int64(n), "b": 0})
			}
		}
		must(t, store.Insert(ctx, chained("b", nil, "5")))
		ask("two", map[string]int64{"a": 0, "b": 0}, "a", "b")
		ask("one ended", map[string]int64{"a": 2, "b": 0}, "b")
	})
	t.Run("duplicates", func(t *testing.T) {
		for _, test := range []struct {
			name     string
			second   func(first []survey.Entry) []survey.Entry
			index    int
			position bool
			want     string // ids of stream a afterwards
		}{
			{"an id of another stream", func(f []survey.Entry) []survey.Entry { return chained("a", &f[1], "3", "4", "other", "5") }, 2, false, "1 2 3 4"},
			{"an id of the stream", func(f []survey.Entry) []survey.Entry { return chained("a", &f[1], "3", "1", "4") }, 1, false, "1 2 3"},
			{"an id as the first", func(f []survey.Entry) []survey.Entry { return chained("a", &f[1], "1", "3") }, 0, false, "1 2"},
			{"an id as the last", func(f []survey.Entry) []survey.Entry { return chained("a", &f[1], "3", "4", "2") }, 2, false, "1 2 3 4"},
			{"an id twice in one insert", func(f []survey.Entry) []survey.Entry { return chained("a", &f[1], "3", "4", "3", "5") }, 2, false, "1 2 3 4"},
			{"a place", func(f []survey.Entry) []survey.Entry { return chained("a", nil, "3", "4") }, 0, true, "1 2"},
			{"a place after free ones", func(f []survey.Entry) []survey.Entry {
				e := append(chained("a", &f[1], "3", "4"), chained("a", &f[0], "5", "6")...)
				return e
			}, 2, true, "1 2 3 4"},
		} {
			t.Run(test.name, func(t *testing.T) {
				store, ctx := open(t), t.Context()
				first := chained("a", nil, "1", "2")
				must(t, store.Insert(ctx, first))
				must(t, store.Insert(ctx, chained("b", nil, "other")))
				second := test.second(first)
				var taken *survey.DuplicateError
				if err := store.Insert(ctx, second); !errors.As(err, &taken) {
					t.Fatalf("error %v, want a DuplicateError", err)
				}
				if taken.Index != test.index {
					t.Errorf("index %d, want %d", taken.Index, test.index)
				}
				if taken.Position != test.position && (s.can(DuplicateKinds) || !taken.Position) {
					t.Errorf("position %v, want %v", taken.Position, test.position)
				}
				if got := stored(t, store, "a"); got != test.want {
					t.Errorf("stored %q, want %q", got, test.want)
				}
			})
		}
	})
	t.Run("the same insert again", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		entries := chained("a", nil, "1", "2", "3")
		must(t, store.Insert(ctx, entries))
		var taken *survey.DuplicateError
		if err := store.Insert(ctx, entries); !errors.As(err, &taken) || taken.Index != 0 {
			t.Errorf("error %v, want a DuplicateError of the first", err)
		}
	})
	t.Run("a gap is shown", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		entries := chained("a", nil, "1", "2", "3")
		must(t, store.Insert(ctx, entries[:1]))
		must(t, store.Insert(ctx, entries[2:]))
		if got := stored(t, store, "a"); got != "1 3" {
			t.Errorf("stored %q, want 1 3", got)
		}
		must(t, store.Insert(ctx, entries[1:2]))
		if got := stored(t, store, "a"); got != "1 2 3" {
			t.Errorf("stored %q, want 1 2 3", got)
		}
	})
	t.Run("rivals for a place", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		results := concurrently(6, func(i int) error {
			return store.Insert(ctx, chained("a", nil, fmt.Sprintf("%d.1", i), fmt.Sprintf("%d.2", i)))
		})
		if n := count(results, nil); n != 1 {
			t.Errorf("%d of 6 rivals were stored: %v", n, results)
		}
		entries, err := store.Read(ctx, "a", 0, 10)
		must(t, err)
		if len(entries) != 2 || entries[0].ID[:2] != entries[1].ID[:2] {
			t.Errorf("stored %q, want both entries of one rival", ids(entries))
		}
	})
	t.Run("a context that ended", func(t *testing.T) {
		store := open(t)
		wantCode(t, "insert", store.Insert(cancelled(t), chained("a", nil, "1")), survey.CodeUnavailable)
		wantCode(t, "read", errOf(store.Read(cancelled(t), "a", 0, 1)), survey.CodeUnavailable)
		wantCode(t, "read at", errOf(store.ReadAt(cancelled(t), "a", []int64{1})), survey.CodeUnavailable)
		wantCode(t, "find", errOf(store.Find(cancelled(t), []string{"1"})), survey.CodeUnavailable)
		wantCode(t, "last", errOf(store.Last(cancelled(t), "a")), survey.CodeUnavailable)
		wantCode(t, "streams", errOf(store.Streams(cancelled(t))), survey.CodeUnavailable)
		wantCode(t, "moved", errOf(store.Moved(cancelled(t), map[string]int64{"a": 0})), survey.CodeUnavailable)
		wantCode(t, "ending", store.EndStream(cancelled(t), "a", 1), survey.CodeUnavailable)
		wantCode(t, "erasing", store.EraseOpen(cancelled(t), []string{"1"}), survey.CodeUnavailable)
	})
	t.Run("large batches", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		names := make([]string, 2000)
		for i := range names {
			names[i] = fmt.Sprintf("%08d", i*7919%1000003)
		}
		first := chained("a", nil, names[:1000]...)
		for i := range first {
			first[i].Open = bytes.Repeat([]byte("đ"), 200)
		}
		must(t, store.Insert(ctx, first))
		must(t, store.Insert(ctx, chained("a", &first[999], names[1000:]...)))
		var got []string
		for after := int64(0); ; {
			page, err := store.Read(ctx, "a", after, 300)
			must(t, err)
			for _, e := range page {
				got = append(got, e.ID)
				after = e.N
			}
			if len(page) < 300 {
				break
			}
		}
		if !slices.Equal(got, names) {
			t.Errorf("read %d entries, not the %d stored in their order", len(got), len(names))
		}
		found, err := store.Find(ctx, names[:1000])
		must(t, err)
		if len(found) != 1000 {
			t.Errorf("found %d entries of 1000", len(found))
		}
	})
	t.Run("erasing", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		entries := chained("a", nil, "1", "2", "3", "4")
		must(t, store.Insert(ctx, entries))
		want := slices.Clone(entries)
		for _, erased := range [][]string{{"2"}, {"2"}, {"4", "none", "2", "1"}, {"none"}, nil} {
			must(t, store.EraseOpen(ctx, erased))
			for i := range want {
				if slices.Contains(erased, want[i].ID) {
					want[i].Salt, want[i].Open = nil, nil
				}
			}
			got, err := store.Read(ctx, "a", 0, 10)
			must(t, err)
			same(t, "entries", got, want)
		}
	})
	t.Run("erasing many", func(t *testing.T) {
		store, ctx := open(t), t.Context()
		names := make([]string, 500)
		for i := range names {
			names[i] = fmt.Sprintf("%05d", i)
		}
		must(t, store.Insert(ctx, chained("a", nil, names...)))
		must(t, store.EraseOpen(ctx, names[:430]))
		entries, err := store.Read(ctx, "a", 0, 1000)
		must(t, err)
		open := slices.DeleteFunc(entries, func(e survey.Entry) bool { return e.Open == nil && e.Salt == nil })
		if len(entries) != 500 || ids(open) != strings.Join(names[430:], " ") {
			t.Errorf("%d entries are open, want the last 70", len(open))
		}
	})
}
