package survey

import (
	"crypto/ed25519"
	"time"
)

// EntryKind is what a ledger entry records.
type EntryKind string

// The kinds of entry.
const (
	EntryResponse EntryKind = "response"
	EntryFlag     EntryKind = "flag"
	EntryErasure  EntryKind = "erasure"
)

// Entry is one document of the ledger. Entries of a stream are numbered from 1
// without a gap and chained by hash; package ledger says what is hashed.
//
// Kept and Open hold canonical JSON exactly as hashed, so that nothing has to be
// encoded again to verify it. Open and Salt are nil once erased; OpenHash stays.
type Entry struct {
	ID        string    `json:"_id"` // of a response: the response id
	Kind      EntryKind `json:"kind"`
	Stream    string    `json:"stream"`
	N         int64     `json:"n"`
	Prev      []byte    `json:"prev"` // hash of entry n−1 of the stream; 32 zero bytes for the first
	Hash      []byte    `json:"hash"`
	Kept      []byte    `json:"kept"`
	OpenHash  []byte    `json:"openHash"` // SHA-256(salt ‖ open)
	Salt      []byte    `json:"salt,omitempty"`
	Open      []byte    `json:"open,omitempty"`
	Signature []byte    `json:"signature,omitempty"` // Ed25519 over Hash, on the last entry of a commit
}

// Stream is one running process as a writer of the ledger.
type Stream struct {
	ID        string            `json:"id"`
	PublicKey ed25519.PublicKey `json:"publicKey"`
	StartedAt time.Time         `json:"startedAt"`
	// Ended is the N of the last entry of a stream whose writer ended in order, 0
	// where it wrote none. It spares followers the stream and is not signed: that it holds less,
	// verification finds; that it holds more is no fault.
	Ended *int64 `json:"ended,omitempty"`
}
