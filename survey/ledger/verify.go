package ledger

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"slices"

	"sipas/survey"
)

// What can be wrong with an entry.
const (
	ReasonGap       = "gap"       // entries before it are missing
	ReasonPrev      = "prev"      // it does not follow the entry before it
	ReasonHash      = "hash"      // its content is not what was hashed
	ReasonOpen      = "open"      // its open part is not what was hashed
	ReasonSignature = "signature" // its signature is not of the stream's key
	ReasonErasure   = "erasure"   // its open part is gone and no erasure entry says so
	ReasonUnread    = "unread"    // the store holds something here that is no entry
	ReasonSealed    = "sealed"    // it is another entry than the one the seal names here
	ReasonRemoved   = "removed"   // the seal names an entry here and there is none
	ReasonEnd       = "end"       // the stream was noted to end here and holds less
	ReasonStream    = "stream"    // the seal names the stream and it is not registered
	ReasonKey       = "key"       // the stream is registered without a key, so nothing it holds is signed
	ReasonUnsigned  = "unsigned"  // more entries at the end are unsigned than a killed writer can leave
)

// Problem is an entry that does not verify, and why: one of the reasons above.
type Problem struct {
	Stream string `json:"stream"`
	N      int64  `json:"n"`
	ID     string `json:"id"` // empty where there is no entry to have one
	Reason string `json:"reason"`
	// Missing counts the entries that are not there: of a gap those just before N, of an
	// end those up to N; 0 for all other reasons.
	Missing int64 `json:"missing,omitempty"`
}

// StreamReport is what was found in one stream.
type StreamReport struct {
	Stream  survey.Stream `json:"stream"`
	Entries int64         `json:"entries"` // read
	Head    []byte        `json:"head"`    // hash of the newest entry before the first problem; 32 zero bytes where there is none
	// Unsigned counts the entries after the newest valid signature: nothing signed
	// says yet that they are as they were written. The next commit covers them. A process
	// that is killed within a commit may leave some for good, and so may one whose
	// very last entries were followed by one that another process stored meanwhile.
	Unsigned int64    `json:"unsigned"`
	Bad      int64    `json:"bad"`     // entries with a problem
	Problem  *Problem `json:"problem"` // the first one, nil where all verify
}

// Report is what Verify found, the oldest stream first; streams that only the
// seal names come last.
type Report struct {
	Streams []StreamReport `json:"streams"`
	// Unfinished names responses whose erasure entry is there and whose open part
	// is, too: erasing them again finishes it. It holds the first hundred of UnfinishedCount.
	Unfinished      []string `json:"unfinished"`
	UnfinishedCount int64    `json:"unfinishedCount"`
	// Displaced counts the heads of the seal that are not in place: their entry is
	// missing or another one.
	Displaced int `json:"displaced"`
}

// Entries is the number of entries read.
func (r Report) Entries() int64 {
	var n int64
	for _, s := range r.Streams {
		n += s.Entries
	}
	return n
}

// Bad is the number of entries with a problem.
func (r Report) Bad() int64 {
	var n int64
	for _, s := range r.Streams {
		n += s.Bad
	}
	return n
}

// OK reports whether no stream has a problem. Unsigned tails and unfinished
// erasures are no problems.
func (r Report) OK() bool { return r.Bad() == 0 }

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

// Verify is Verifier.Verify without a seal.
func Verify(ctx context.Context, store survey.LedgerStore) (Report, error) {
	return Verifier{Store: store}.Verify(ctx)
}

// Verifier says what is to be verified. Store must be given.
type Verifier struct {
	Store survey.LedgerStore
	Seal  *Seal         // whose heads must be in place; its signature is the caller's to check
	Found func(Problem) // is told every bad entry as it is found; may be nil
}

// Limits of a verification: the entries read at a time, the unfinished erasures
// that are named, and how many unreadable entries in a row are put up with.
const (
	verifyPage    = 1000
	maxUnfinished = 100
	maxUnread     = 100
)

// Verify reads every stream of a store to its end and checks that entries have
// no gap, that each follows the one before it and hashes to what it says, that
// signatures are of the stream's registered key, that open parts are what was
// hashed, that those which are gone were erased by an erasure entry, and that
// every head of the seal is in place: an entry with that hash at that n, and
// nothing missing before it. A stream that was noted to have ended must reach that
// end; entries beyond it are as good as any. Of each bad entry the first reason is
// told, and what follows it is held against what the bad one says of itself.
//
// It may run while the ledger is written, and its memory does not grow with the
// entries. The error is that of the store.
//
// Entries missing at the end of a stream that has not ended or whose note, which is
// not signed, went with them, and streams missing with their registration, cannot be
// found without a seal made after them or another node that remembers the head; neither
// can a stream that was replaced together with its key.
func (v Verifier) Verify(ctx context.Context) (Report, error) {
	streams, err := v.Store.Streams(ctx)
	if err != nil {
		return Report{}, err
	}
	run := verification{Verifier: v, sealed: map[string]Head{}}
	if v.Seal != nil {
		for _, h := range v.Seal.Heads {
			run.sealed[h.Stream] = h
		}
	}
	for _, s := range streams {
		if err := run.stream(ctx, s); err != nil {
			return Report{}, err
		}
		delete(run.sealed, s.ID)
	}
	if v.Seal != nil {
		for _, h := range v.Seal.Heads {
			if _, missing := run.sealed[h.Stream]; missing {
				r := StreamReport{Stream: survey.Stream{ID: h.Stream}, Head: start().hash}
				run.report.Displaced++
				run.bad(&r, Problem{Stream: h.Stream, N: h.N, Reason: ReasonStream})
				run.report.Streams = append(run.report.Streams, r)
			}
		}
	}
	return run.report, run.settleUnfinished(ctx)
}

type verification struct {
	Verifier
	report Report
	sealed map[string]Head // of streams not read yet
}

func (v *verification) bad(r *StreamReport, p Problem) {
	if r.Bad++; r.Problem == nil {
		r.Problem = &p
	}
	if v.Found != nil {
		v.Found(p)
	}
}

// maxUnsigned is the longest unsigned tail that is no fault: an insert that was
// cut short, and one before it that a repeated id had ended without its signature. Without
// the limit a whole stream could be written anew with its signatures taken away.
const maxUnsigned = 2 * defaultMaxBatch

func (v *verification) stream(ctx context.Context, s survey.Stream) error {
	r := StreamReport{Stream: s, Head: start().hash}
	seal := v.sealed[s.ID]
	h, sealSeen := start(), seal.N == 0
	for limit, unread := verifyPage, 0; ; {
		entries, err := v.Store.Read(ctx, s.ID, h.n, limit)
		if survey.IsCode(err, survey.CodeInternal) && unread < maxUnread {
			if limit > 1 {
				limit = max(1, limit/10) // to find the one that cannot be read
				continue
			}
			unread++
			v.bad(&r, Problem{Stream: s.ID, N: h.n + 1, Reason: ReasonUnread})
			h = head{n: h.n + 1} // whatever follows it is not blamed
			continue
		}
		if err != nil {
			return err
		}
		unexplained, err := v.unexplained(ctx, entries)
		if err != nil {
			return err
		}
		for _, e := range entries {
			r.Entries++
			reason := v.flaw(h, e, s.PublicKey)
			if reason == "" && unexplained[e.ID] {
				reason = ReasonErasure
			}
			if e.N == seal.N {
				sealSeen = true
				if !bytes.Equal(EntryHash(e), seal.Hash) {
					v.report.Displaced++
					reason = cmp.Or(reason, ReasonSealed)
				}
			}
			if reason != "" {
				p := Problem{Stream: s.ID, N: e.N, ID: e.ID, Reason: reason}
				if reason == ReasonGap {
					p.Missing = e.N - h.n - 1
				}
				v.bad(&r, p)
			}
			if r.Problem == nil {
				r.Head = e.Hash
			}
			if r.Unsigned++; e.Signature != nil && (reason == "" || reason == ReasonErasure) {
				r.Unsigned = 0
			}
			h = head{e.N, e.Hash}
		}
		if len(entries) < limit {
			break
		}
		limit, unread = verifyPage, 0
	}
	// An end is noted once all before it is durable, and read before the entries are.
	if s.Ended != nil && h.n < *s.Ended {
		v.bad(&r, Problem{Stream: s.ID, N: *s.Ended, Reason: ReasonEnd, Missing: *s.Ended - h.n})
	}
	if !sealSeen {
		v.report.Displaced++
		v.bad(&r, Problem{Stream: s.ID, N: seal.N, Reason: ReasonRemoved})
	}
	if len(s.PublicKey) != ed25519.PublicKeySize {
		v.bad(&r, Problem{Stream: s.ID, Reason: ReasonKey})
	} else if r.Unsigned > maxUnsigned {
		v.bad(&r, Problem{Stream: s.ID, N: h.n, Reason: ReasonUnsigned})
	}
	v.report.Streams = append(v.report.Streams, r)
	return nil
}

// flaw says what is wrong with e as the entry after h, "" if nothing.
func (v *verification) flaw(h head, e survey.Entry, key ed25519.PublicKey) string {
	if h.hash == nil {
		h.hash = e.Prev // nobody can say what the entry before it was
	}
	if reason := h.flaw(e); reason != "" {
		return reason
	}
	if e.Signature != nil && (len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, e.Hash, e.Signature)) {
		return ReasonSignature
	}
	return ""
}

// unexplained gives the ids of the entries whose open part is gone without an
// erasure entry that says so, and takes note of erasures that were not finished.
// The erasure entry is written before anything is removed, so what is gone is
// explained at any moment.
func (v *verification) unexplained(ctx context.Context, entries []survey.Entry) (map[string]bool, error) {
	gone := map[string]Position{}
	var erasures, responses []string
	for _, e := range entries {
		if e.Salt == nil {
			gone[e.ID] = Position{e.Stream, e.N}
			erasures = append(erasures, erasureID(e.ID))
		}
		if e.Kind == survey.EntryErasure {
			if x, err := DecodeErasure(e); err == nil {
				responses = append(responses, x.Response)
			}
		}
	}
	unexplained := map[string]bool{}
	if len(erasures) > 0 {
		found, err := v.Store.Find(ctx, erasures)
		if err != nil {
			return nil, err
		}
		explained := map[string]bool{}
		for _, e := range found {
			x, err := DecodeErasure(e)
			if err == nil && e.ID == erasureID(x.Response) && gone[x.Response] == (Position{x.Stream, x.N}) && (head{e.N - 1, e.Prev}).continues(e) {
				explained[x.Response] = true
			}
		}
		for id := range gone {
			unexplained[id] = !explained[id]
		}
	}
	kept, err := v.keptOpen(ctx, responses)
	for _, id := range kept {
		if v.report.UnfinishedCount++; len(v.report.Unfinished) < maxUnfinished {
			v.report.Unfinished = append(v.report.Unfinished, id)
		}
	}
	return unexplained, err
}

// keptOpen gives those of the ids whose entries have an open part.
func (v *verification) keptOpen(ctx context.Context, ids []string) (kept []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := v.Store.Find(ctx, ids)
	for _, e := range found {
		if e.Salt != nil {
			kept = append(kept, e.ID)
		}
	}
	return kept, err
}

// settleUnfinished looks again at the unfinished erasures that are named: some
// may have been under way.
func (v *verification) settleUnfinished(ctx context.Context) error {
	kept, err := v.keptOpen(ctx, v.report.Unfinished)
	slices.Sort(kept)
	v.report.UnfinishedCount -= int64(len(v.report.Unfinished) - len(kept))
	v.report.Unfinished = kept
	return err
}
