package ledger

import (
	"context"
	"crypto/ed25519"
	"maps"
	"slices"

	"sipas/survey"
)

// What can be wrong with an entry.
const (
	ReasonGap       = "gap"       // the entry before it is missing
	ReasonPrev      = "prev"      // it does not follow the entry before it
	ReasonHash      = "hash"      // its content is not what was hashed
	ReasonOpen      = "open"      // its open part is not what was hashed
	ReasonSignature = "signature" // its signature is not of the stream's key
	ReasonErasure   = "erasure"   // its open part is gone and no erasure entry says so
)

// Problem is an entry that does not verify, and why: one of the reasons above.
type Problem struct {
	Stream string `json:"stream"`
	N      int64  `json:"n"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// StreamReport is what was found in one stream.
type StreamReport struct {
	Stream  survey.Stream `json:"stream"`
	Entries int64         `json:"entries"` // read
	Head    []byte        `json:"head"`    // hash of the newest entry that verifies; 32 zero bytes where there is none
	// Unsigned counts the entries after the newest valid signature: nothing signed
	// says yet that they are as they were written. The next commit covers them. A process
	// that is killed within a commit may leave some for good, and so may one whose
	// very last entries were followed by one that another process stored meanwhile.
	Unsigned int64    `json:"unsigned"`
	Problem  *Problem `json:"problem"` // the first one, nil where all verify
}

// Report is what Verify found, the oldest stream first.
type Report struct {
	Streams []StreamReport `json:"streams"`
	// Unfinished names responses whose erasure entry is there and whose open part
	// is, too: erasing them again finishes it.
	Unfinished []string `json:"unfinished"`
}

// Entries is the number of entries read.
func (r Report) Entries() int64 {
	var n int64
	for _, s := range r.Streams {
		n += s.Entries
	}
	return n
}

// OK reports whether no stream has a problem. Unsigned tails and unfinished
// erasures are no problems.
func (r Report) OK() bool { return len(r.Problems()) == 0 }

// Problems lists the first problem of each stream that has one.
func (r Report) Problems() []Problem {
	var all []Problem
	for _, s := range r.Streams {
		if s.Problem != nil {
			all = append(all, *s.Problem)
		}
	}
	return all
}

// Verify reads every stream of a store to its end and checks that entries have
// no gap, that each follows the one before it and hashes to what it says, that
// signatures are of the stream's registered key, that open parts are what was
// hashed, and that those which are gone were erased by an erasure entry. It may
// run while the ledger is written. The error is that of the store.
//
// Entries missing at the end of a stream cannot be found without a seal or another node
// that remembers the head; neither can a stream that was replaced together with its key.
func Verify(ctx context.Context, store survey.LedgerStore) (Report, error) {
	streams, err := store.Streams(ctx)
	if err != nil {
		return Report{}, err
	}
	v := verification{store: store, erased: map[string]Position{}, erasures: map[string]Position{}}
	for _, s := range streams {
		if err := v.stream(ctx, s); err != nil {
			return Report{}, err
		}
	}
	if err := v.compare(ctx); err != nil {
		return Report{}, err
	}
	return v.report, nil
}

type verification struct {
	store    survey.LedgerStore
	report   Report
	erased   map[string]Position // entries without open part, by id
	erasures map[string]Position // what erasure entries speak of, by id
}

func (v *verification) stream(ctx context.Context, s survey.Stream) error {
	r := StreamReport{Stream: s}
	h := start()
	for after := int64(0); ; {
		entries, err := v.store.Read(ctx, s.ID, after, followPage)
		if err != nil {
			return err
		}
		for _, e := range entries {
			after = e.N
			r.Entries++
			if e.Salt == nil {
				v.erased[e.ID] = Position{s.ID, e.N}
			}
			if e.Kind == survey.EntryErasure {
				if x, err := DecodeErasure(e); err == nil {
					v.erasures[x.Response] = Position{x.Stream, x.N}
				}
			}
			if r.Problem != nil {
				continue // nothing after it can be relied on
			}
			reason := h.flaw(e)
			if reason == "" && e.Signature != nil && (len(s.PublicKey) != ed25519.PublicKeySize || !ed25519.Verify(s.PublicKey, e.Hash, e.Signature)) {
				reason = ReasonSignature
			}
			if reason != "" {
				r.Problem = &Problem{s.ID, e.N, e.ID, reason}
				continue
			}
			h = head{e.N, e.Hash}
			if r.Unsigned++; e.Signature != nil {
				r.Unsigned = 0
			}
		}
		if len(entries) < followPage {
			r.Head = h.hash
			v.report.Streams = append(v.report.Streams, r)
			return nil
		}
	}
}

// compare sets what is gone against what erasure entries say.
func (v *verification) compare(ctx context.Context) error {
	var unexplained, unfinished []string
	for _, id := range slices.Sorted(maps.Keys(v.erased)) {
		if v.erasures[id] != v.erased[id] {
			unexplained = append(unexplained, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.erasures)) {
		if _, gone := v.erased[id]; !gone {
			unfinished = append(unfinished, id)
		}
	}
	// An erasure made meanwhile may lie in a part that was read before: the store is asked again.
	for _, id := range unexplained {
		at := v.erased[id]
		found, err := v.store.Find(ctx, []string{erasureID(id)})
		if err != nil {
			return err
		}
		if len(found) > 0 && head.flaw(head{found[0].N - 1, found[0].Prev}, found[0]) == "" {
			if x, err := DecodeErasure(found[0]); err == nil && x.Response == id && (Position{x.Stream, x.N}) == at {
				continue
			}
		}
		for i := range v.report.Streams {
			if r := &v.report.Streams[i]; r.Stream.ID == at.Stream && (r.Problem == nil || r.Problem.N > at.N) {
				r.Problem = &Problem{at.Stream, at.N, id, ReasonErasure}
			}
		}
	}
	for _, id := range unfinished {
		found, err := v.store.Find(ctx, []string{id})
		if err != nil {
			return err
		}
		if len(found) > 0 && found[0].Salt != nil {
			v.report.Unfinished = append(v.report.Unfinished, id)
		}
	}
	return nil
}
