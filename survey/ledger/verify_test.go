package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"sipas/survey"
)

// memory is a ledger store to be tampered with; it only reads.
type memory struct {
	survey.LedgerStore
	streams []survey.Stream
	entries []survey.Entry // of all streams, each in order of n

	unreadable []Position
}

func (m *memory) Streams(context.Context) ([]survey.Stream, error) { return m.streams, nil }

func (m *memory) Read(_ context.Context, stream string, after int64, limit int) (found []survey.Entry, _ error) {
	for _, e := range m.entries {
		if e.Stream == stream && e.N > after && len(found) < limit {
			if slices.Contains(m.unreadable, Position{stream, e.N}) {
				return nil, &survey.Error{Code: survey.CodeInternal, Message: "a stored entry cannot be read"}
			}
			found = append(found, e)
		}
	}
	return found, nil
}

func (m *memory) Last(_ context.Context, stream string) (last survey.Entry, err error) {
	err = &survey.Error{Code: survey.CodeNotFound}
	for _, e := range m.entries {
		if e.Stream == stream {
			last, err = e, nil
		}
	}
	return last, err
}

func (m *memory) Find(_ context.Context, ids []string) (found []survey.Entry, _ error) {
	for _, e := range m.entries {
		if slices.Contains(ids, e.ID) {
			found = append(found, e)
		}
	}
	return found, nil
}

var testKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// add appends drafts to a stream as one commit.
func (m *memory) add(stream string, drafts ...Draft) {
	h := start()
	for _, e := range m.entries {
		if e.Stream == stream {
			h = head{e.N, e.Hash}
		}
	}
	for _, d := range drafts {
		e := survey.Entry{ID: d.ID, Kind: d.Kind, Stream: stream, N: h.n + 1, Prev: h.hash, Kept: d.Kept, Salt: bytes.Repeat([]byte{5}, saltSize), Open: d.Open}
		e.OpenHash = OpenHash(e.Salt, e.Open)
		e.Hash = EntryHash(e)
		h = head{e.N, e.Hash}
		m.entries = append(m.entries, e)
	}
	last := &m.entries[len(m.entries)-1]
	last.Signature = ed25519.Sign(testKey, last.Hash)
}

// rechain hashes the entries of stream a anew, as somebody without the key could.
func (m *memory) rechain() {
	h := start()
	for i := range m.entries {
		if e := &m.entries[i]; e.Stream == "a" {
			e.N, e.Prev = h.n+1, h.hash
			e.Hash = EntryHash(*e)
			h = head{e.N, e.Hash}
		}
	}
}

func erasureOf(t *testing.T, response, stream string, n int64) Draft {
	t.Helper()
	kept, err := EncodeErasure(Erasure{Response: response, Stream: stream, N: n, Reason: "yêu cầu", At: receivedAt})
	if err != nil {
		t.Fatal(err)
	}
	return Draft{ID: erasureID(response), Kind: survey.EntryErasure, Kept: kept}
}

func answered(t *testing.T, id, comment string) Draft {
	t.Helper()
	r := responses()[0]
	r.ID = id
	if comment != "" {
		r.Answers = survey.Answers{"comment": survey.TextAnswer(comment)}
	}
	return encoded(t, r)
}

// sample is a ledger of three streams: a with two commits, b with one, and an empty one.
func sample(t *testing.T) *memory {
	t.Helper()
	key := testKey.Public().(ed25519.PublicKey)
	m := &memory{streams: []survey.Stream{{ID: "a", PublicKey: key}, {ID: "b", PublicKey: key}, {ID: "empty", PublicKey: key}}}
	m.add("a", answered(t, "a1", ""), answered(t, "a2", ""), answered(t, "a3", ""))
	m.add("a", answered(t, "a4", "chờ lâu"), answered(t, "a5", ""))
	m.add("b", answered(t, "b1", ""))
	return m
}

func TestVerify(t *testing.T) {
	problem := func(n int64, id, reason string) []Problem {
		return []Problem{{Stream: "a", N: n, ID: id, Reason: reason}}
	}
	missing := func(n int64, id, reason string, missing int64) []Problem {
		return []Problem{{"a", n, id, reason, missing}}
	}
	ended := func(m *memory, n int64) { m.streams[0].Ended = &n }
	for _, test := range []struct {
		name       string
		tamper     func(m *memory)
		want       []Problem
		unsigned   int64
		unfinished []string
	}{
		{name: "untouched", tamper: func(*memory) {}},
		{name: "kept part changed", tamper: func(m *memory) { m.entries[1].Kept = bytes.Replace(m.entries[1].Kept, []byte("2"), []byte("5"), 1) },
			want: problem(2, "a2", ReasonHash)},
		{name: "kept part changed and hashed anew", tamper: func(m *memory) {
			m.entries[0].Kept = []byte(`{}`)
			m.entries[0].Hash = EntryHash(m.entries[0])
		}, want: problem(2, "a2", ReasonPrev)},
		{name: "all hashed anew", tamper: func(m *memory) { m.entries[0].Kept = []byte(`{}`); m.rechain() }, want: problem(3, "a3", ReasonSignature), unsigned: 5},
		{name: "all hashed anew, signatures removed", tamper: func(m *memory) {
			m.entries[0].Kept = []byte(`{}`)
			m.rechain()
			for i := range m.entries {
				m.entries[i].Signature = nil
			}
		}, unsigned: 5},
		{name: "id changed", tamper: func(m *memory) { m.entries[0].ID = "x" }, want: problem(1, "x", ReasonHash)},
		{name: "kind changed", tamper: func(m *memory) { m.entries[0].Kind = survey.EntryFlag }, want: problem(1, "a1", ReasonHash)},
		{name: "entry removed", tamper: func(m *memory) { m.entries = slices.Delete(m.entries, 1, 2) }, want: missing(3, "a3", ReasonGap, 1)},
		{name: "first removed", tamper: func(m *memory) { m.entries = slices.Delete(m.entries, 0, 1) }, want: missing(2, "a2", ReasonGap, 1)},
		{name: "removed and numbered anew", tamper: func(m *memory) { m.entries = slices.Delete(m.entries, 1, 2); m.rechain() }, want: problem(2, "a3", ReasonSignature), unsigned: 4},
		{name: "two removed", tamper: func(m *memory) { m.entries = slices.Delete(m.entries, 1, 3) }, want: missing(4, "a4", ReasonGap, 2)},
		{name: "ended in order", tamper: func(m *memory) { ended(m, 5) }},
		{name: "gone on after its end", tamper: func(m *memory) { ended(m, 3) }},
		{name: "end removed of a stream that had ended", tamper: func(m *memory) { ended(m, 5); m.entries = slices.Delete(m.entries, 3, 5) },
			want: missing(5, "", ReasonEnd, 2)},
		{name: "all removed of a stream that had ended", tamper: func(m *memory) { ended(m, 5); m.entries = m.entries[5:] },
			want: missing(5, "", ReasonEnd, 5)},
		{name: "end of a stream removed", tamper: func(m *memory) { m.entries = slices.Delete(m.entries, 4, 5) }, unsigned: 1},
		{name: "places exchanged", tamper: func(m *memory) {
			a, b := &m.entries[0], &m.entries[1]
			a.N, b.N = b.N, a.N
			m.entries[0], m.entries[1] = m.entries[1], m.entries[0]
		}, want: problem(1, "a2", ReasonPrev)},
		{name: "open part changed", tamper: func(m *memory) { m.entries[3].Open = []byte(`{"answers":{"comment":"khác"}}`) }, want: problem(4, "a4", ReasonOpen)},
		{name: "open part removed", tamper: func(m *memory) { m.entries[3].Open = nil }, want: problem(4, "a4", ReasonOpen)},
		{name: "open part added", tamper: func(m *memory) { m.entries[1].Open = []byte(`{}`) }, want: problem(2, "a2", ReasonOpen)},
		{name: "salt changed", tamper: func(m *memory) { m.entries[3].Salt = bytes.Repeat([]byte{6}, saltSize) }, want: problem(4, "a4", ReasonOpen)},
		{name: "salt and open part exchanged for others of one text", tamper: func(m *memory) {
			e := &m.entries[3]
			all := append(slices.Clone(e.Salt), e.Open...)
			e.Salt, e.Open = all[:saltSize-1], all[saltSize-1:]
		}, want: problem(4, "a4", ReasonOpen)},
		{name: "salt removed", tamper: func(m *memory) { m.entries[3].Salt = nil }, want: problem(4, "a4", ReasonOpen)},
		{name: "erased without an entry", tamper: func(m *memory) { m.entries[3].Salt, m.entries[3].Open = nil, nil }, want: problem(4, "a4", ReasonErasure)},
		{name: "erased", tamper: func(m *memory) {
			m.entries[3].Salt, m.entries[3].Open = nil, nil
			m.add("b", erasureOf(t, "a4", "a", 4))
		}},
		{name: "erased, by an entry of another place", tamper: func(m *memory) {
			m.entries[3].Salt, m.entries[3].Open = nil, nil
			m.add("b", erasureOf(t, "a4", "a", 3))
		}, want: problem(4, "a4", ReasonErasure)},
		{name: "erasure not finished", tamper: func(m *memory) { m.add("b", erasureOf(t, "a4", "a", 4)) }, unfinished: []string{"a4"}},
		{name: "signature forged", tamper: func(m *memory) { m.entries[2].Signature[0] ^= 1 }, want: problem(3, "a3", ReasonSignature)},
		{name: "signature removed", tamper: func(m *memory) { m.entries[4].Signature = nil }, unsigned: 2},
		{name: "another key registered", tamper: func(m *memory) { m.streams[0].PublicKey = make([]byte, ed25519.PublicKeySize) }, want: problem(3, "a3", ReasonSignature), unsigned: 5},
		{name: "no key registered", tamper: func(m *memory) { m.streams[0].PublicKey = nil }, want: problem(3, "a3", ReasonSignature), unsigned: 5},
		{name: "only the first problem of each stream", tamper: func(m *memory) {
			m.entries[1].Open, m.entries[2].Kept, m.entries[5].Kept = []byte(`{}`), nil, nil
		}, want: append(problem(2, "a2", ReasonOpen), Problem{"b", 1, "b1", ReasonHash, 0})},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := sample(t)
			test.tamper(m)
			report, err := Verify(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			if got := report.Problems(); !reflect.DeepEqual(got, test.want) || report.OK() != (test.want == nil) {
				t.Errorf("problems %+v, want %+v", got, test.want)
			}
			if test.want == nil || test.unsigned > 0 {
				if got := report.Streams[0].Unsigned; got != test.unsigned {
					t.Errorf("%d entries are unsigned, want %d", got, test.unsigned)
				}
			}
			if !reflect.DeepEqual(report.Unfinished, test.unfinished) {
				t.Errorf("unfinished %q, want %q", report.Unfinished, test.unfinished)
			}
			if report.Entries() != int64(len(m.entries)) {
				t.Errorf("%d entries were read of %d", report.Entries(), len(m.entries))
			}
		})
	}
}

// Every bad entry is told, not only the first; what follows one is not blamed for it.
func TestVerifyTellsEveryBadEntry(t *testing.T) {
	for _, test := range []struct {
		name   string
		tamper func(m *memory)
		want   []Problem
	}{
		{"untouched", func(*memory) {}, nil},
		{"several contents changed", func(m *memory) {
			m.entries[1].Open, m.entries[3].Kept, m.entries[5].Kept = []byte(`{}`), []byte(`{}`), nil
		}, []Problem{{"a", 2, "a2", ReasonOpen, 0}, {"a", 4, "a4", ReasonHash, 0}, {"b", 1, "b1", ReasonHash, 0}}},
		{"two removed", func(m *memory) { m.entries = append(m.entries[1:2:2], m.entries[3:]...) },
			[]Problem{{"a", 2, "a2", ReasonGap, 1}, {"a", 4, "a4", ReasonGap, 1}}},
		{"all hashed anew", func(m *memory) { m.entries[0].Kept = nil; m.rechain() },
			[]Problem{{"a", 3, "a3", ReasonSignature, 0}, {"a", 5, "a5", ReasonSignature, 0}}},
		{"erased without entries", func(m *memory) {
			for i := range m.entries {
				m.entries[i].Salt, m.entries[i].Open = nil, nil
			}
		}, []Problem{{"a", 1, "a1", ReasonErasure, 0}, {"a", 2, "a2", ReasonErasure, 0}, {"a", 3, "a3", ReasonErasure, 0}, {"a", 4, "a4", ReasonErasure, 0},
			{"a", 5, "a5", ReasonErasure, 0}, {"b", 1, "b1", ReasonErasure, 0}}},
		{"unreadable", func(m *memory) { m.unreadable = []Position{{"a", 3}, {"a", 4}} },
			[]Problem{{"a", 3, "", ReasonUnread, 0}, {"a", 4, "", ReasonUnread, 0}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := sample(t)
			test.tamper(m)
			var found []Problem
			report, err := Verifier{Store: m, Found: func(p Problem) { found = append(found, p) }}.Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(found, test.want) || report.Bad() != int64(len(test.want)) {
				t.Errorf("found %+v, %d bad, want %+v", found, report.Bad(), test.want)
			}
		})
	}
}

// A store that fails wherever it is read ends the verification.
// Somebody without the key can hash a whole stream anew and take every signature
// away; what is left is a tail no killed writer leaves, or a stream without a key.
func TestVerifyFindsStreamsWithoutSignatures(t *testing.T) {
	written := func(entries int) *memory {
		m := &memory{streams: []survey.Stream{{ID: "a", PublicKey: testKey.Public().(ed25519.PublicKey)}}}
		var drafts []Draft
		for i := range entries {
			drafts = append(drafts, answered(t, fmt.Sprintf("a%d", i+1), ""))
		}
		m.add("a", drafts...)
		m.entries[len(m.entries)-1].Signature = nil
		return m
	}
	keyless := written(1)
	keyless.streams[0].PublicKey = nil
	for name, test := range map[string]struct {
		store *memory
		want  []Problem
	}{
		"as much as may be unsigned": {written(maxUnsigned), nil},
		"one more":                   {written(maxUnsigned + 1), []Problem{{"a", maxUnsigned + 1, "", ReasonUnsigned, 0}}},
		"no key":                     {keyless, []Problem{{"a", 0, "", ReasonKey, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := Verify(t.Context(), test.store)
			if err != nil {
				t.Fatal(err)
			}
			if got := report.Problems(); !slices.Equal(got, test.want) {
				t.Errorf("found %v, want %v", got, test.want)
			}
		})
	}
}

func TestVerifyGivesUp(t *testing.T) {
	m := sample(t)
	m.entries = append(m.entries, survey.Entry{Stream: "empty", N: 1000})
	m.unreadable = []Position{{"empty", 1000}}
	if _, err := Verify(t.Context(), m); !survey.IsCode(err, survey.CodeInternal) {
		t.Errorf("error %v, want internal", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(t.Context(), Options{Store: &memory{}, Key: testKey[:10]}); !survey.IsCode(err, survey.CodeInvalid) {
		t.Errorf("a short key: error %v, want invalid", err)
	}
	if _, err := Open(t.Context(), Options{Store: &memory{}, Key: testKey, Random: bytes.NewReader(nil)}); !survey.IsCode(err, survey.CodeInternal) {
		t.Errorf("no randomness: error %v, want internal", err)
	}
}
