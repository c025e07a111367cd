package archive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sipas/survey"
	"sipas/survey/ledger"
)

// Summary says what a store or an archive holds, exactly enough that two of the
// same summary hold the same: a head's hash covers all entries of its chain, a
// digest all documents. Hashes and digests are hexadecimal.
type Summary struct {
	Streams     []Head    `json:"streams"`     // by id
	Collections []Content `json:"collections"` // in a fixed order
	Audit       Head      `json:"audit"`       // of the audit chain, which is no stream
}

// Head is the newest entry of a chain; N is 0 and the hash empty where it has none.
type Head struct {
	Stream string `json:"stream,omitempty"`
	N      int64  `json:"n"`
	Hash   string `json:"hash"`
}

// Content is what a collection holds. The digest is SHA-256 over the documents as
// JSON, one to a line, in byte order of their keys.
type Content struct {
	Collection string `json:"collection"`
	Documents  int    `json:"documents"`
	Digest     string `json:"digest"`
}

// Entries is the number of ledger entries, as their chains number them.
func (s Summary) Entries() (n int64) {
	for _, h := range s.Streams {
		n += h.N
	}
	return n
}

// Digest is one digest of all heads and digests, hexadecimal: what two people can compare.
func (s Summary) Digest() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // numbers and texts always have JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// difference names where two summaries differ, "" where they do not.
func (s Summary) difference(o Summary) string {
	var where []string
	heads := map[string]Head{}
	for _, h := range o.Streams {
		heads[h.Stream] = h
	}
	for _, h := range s.Streams {
		if other := heads[h.Stream]; other != h {
			where = append(where, fmt.Sprintf("stream %s at %d and %d", h.Stream, h.N, other.N))
		}
		delete(heads, h.Stream)
	}
	for id := range heads {
		where = append(where, "stream "+id)
	}
	if s.Audit != o.Audit {
		where = append(where, fmt.Sprintf("the audit log at %d and %d", s.Audit.N, o.Audit.N))
	}
	for _, c := range s.Collections {
		if !slices.Contains(o.Collections, c) {
			where = append(where, c.Collection)
		}
	}
	if len(where) == 0 && s.Digest() != o.Digest() {
		where = append(where, "the collections")
	}
	slices.Sort(where)
	const most = 5
	if len(where) > most {
		where = append(where[:most], "…")
	}
	return strings.Join(where, ", ")
}

func headOf(stream string, n int64, hash []byte) Head {
	return Head{Stream: stream, N: n, Hash: hex.EncodeToString(hash)}
}

// headFrom writes the head of a stream as an archive does.
func headFrom(h ledger.Head) Head {
	if h.N == 0 {
		return Head{Stream: h.Stream}
	}
	return headOf(h.Stream, h.N, h.Hash)
}

func sortHeads(heads []Head) {
	slices.SortFunc(heads, func(a, b Head) int { return cmp.Compare(a.Stream, b.Stream) })
}

// summarize says what a store holds now. The collections are read before the
// audit chain, so that an act between the two shows as a difference.
func summarize(ctx context.Context, store survey.Store, collections []collection) (s Summary, err error) {
	_, heads, err := ledger.Heads(ctx, store.Ledger())
	if err != nil {
		return s, err
	}
	s.Streams = make([]Head, len(heads))
	for i, h := range heads {
		s.Streams[i] = headFrom(h)
	}
	sortHeads(s.Streams)
	for _, c := range collections {
		docs, err := c.read(ctx, store)
		if err != nil {
			return s, err
		}
		s.Collections = append(s.Collections, c.shown(content(c.name(), docs))...)
	}
	s.Audit, err = lastAudit(ctx, store.Audit())
	return s, err
}

func lastAudit(ctx context.Context, chain survey.AuditStore) (Head, error) {
	e, err := chain.Last(ctx)
	if survey.IsCode(err, survey.CodeNotFound) {
		return Head{}, nil
	}
	return headOf("", e.N, e.Hash), err
}
