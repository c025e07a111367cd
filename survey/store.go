package survey

import (
	"context"
	"time"
)

// Store is everything a province keeps. sqlitestore and mongostore implement
// it; storetest holds them to the same behaviour.
//
// All methods are safe for concurrent use. Errors are *Error: not_found,
// conflict, unavailable (the store cannot answer now) or internal. A write that
// returned nil is durable; one that returned unavailable may or may not have happened.
type Store interface {
	// Identity gives what the store is, or not_found where nothing was created yet.
	Identity(ctx context.Context) (Identity, error)
	// Create fixes the identity of a new store for ever; conflict where it has one.
	Create(ctx context.Context, id Identity) error

	Ledger() LedgerStore
	Audit() AuditStore

	Agencies() Collection[Agency]
	Fields() Collection[Field]
	Procedures() Collection[Procedure]
	Points() Collection[Point]
	Targets() Collection[Target]
	Volumes() Collection[Volume]
	Users() Collection[User]
	Sessions() Collection[Session]
	Kiosks() Collection[Kiosk]
	Devices() Collection[Device]
	Enrolments() Collection[Enrolment]
	Heartbeats() Collection[Heartbeat]
	ReceiptBatches() Collection[ReceiptBatch]
	ReceiptCodes() ReceiptCodeStore
	Campaigns() Collection[Campaign]
	Recordings() Collection[Recording]

	// Ping reports whether the store can be read and written now.
	Ping(ctx context.Context) error
	Close() error
}

// Identity is what a store is from creation, for ever.
type Identity struct {
	ID        string    `json:"id"`        // random
	Synthetic bool      `json:"synthetic"` // demo data: every screen, export and answer says so
	CreatedAt time.Time `json:"createdAt"`
}

// Collection holds administrative documents of one type, each under its Key.
type Collection[T Record] interface {
	// Find gives one document, or not_found.
	Find(ctx context.Context, key string) (T, error)
	// List gives all documents in byte order of their keys.
	List(ctx context.Context) ([]T, error)
	// Create adds a document; conflict where the key is taken.
	Create(ctx context.Context, doc T) error
	// CreateAll adds documents in as few steps as the store can, skipping keys that are taken.
	CreateAll(ctx context.Context, docs []T) error
	// Update replaces the document with doc, provided the stored revision is
	// doc.Revision()−1; conflict otherwise, not_found where there is none.
	Update(ctx context.Context, doc T) error
	// SettleAudit removes pendingAudit from the document, provided it is still at
	// the revision; anything else is left as it is and is no error.
	SettleAudit(ctx context.Context, key string, rev int64) error
	// Remove deletes a document; no error where there is none. Only sessions,
	// enrolments and receipt codes are ever removed, and what is outdated in a store that is being filled.
	Remove(ctx context.Context, key string) error
}

// ReceiptCodeStore is the collection of receipt codes, of which there may be a
// million: what is asked of many of them is asked of the store.
type ReceiptCodeStore interface {
	Collection[ReceiptCode]
	// CountUsed gives the number of used codes of each of the batches that has any.
	CountUsed(ctx context.Context, batches []string) (map[string]int, error)
	// RemoveBatches removes the codes of the batches; no error where there are none.
	RemoveBatches(ctx context.Context, batches []string) error
}

// AuditStore holds the audit chain.
type AuditStore interface {
	// Append adds an entry; conflict where its ID or its N is taken.
	Append(ctx context.Context, e AuditEntry) error
	// Find gives the entry with the id, or not_found.
	Find(ctx context.Context, id string) (AuditEntry, error)
	// Last gives the entry with the highest N, or not_found.
	Last(ctx context.Context) (AuditEntry, error)
	// After gives up to limit entries with N > n in order.
	After(ctx context.Context, n int64, limit int) ([]AuditEntry, error)
}

// LedgerStore holds ledger entries. Unique: Entry.ID and (Entry.Stream, Entry.N).
type LedgerStore interface {
	// RegisterStream makes a stream known; durable before its first entry is written.
	RegisterStream(ctx context.Context, s Stream) error
	// EndStream notes n as Stream.Ended; not_found where the stream is not registered.
	EndStream(ctx context.Context, id string, n int64) error
	// Streams lists every stream, oldest first.
	Streams(ctx context.Context) ([]Stream, error)

	// Insert writes entries in order, durable and acknowledged by a majority, and
	// stops at the first one that cannot be written: those before it are stored, those
	// after it are not. The error is nil (all are stored), a *DuplicateError, or
	// unavailable: how many were stored is then unknown, and some may still land later.
	Insert(ctx context.Context, entries []Entry) error
	// Find gives the stored entries among the ids, in any order, as acknowledged by a majority.
	Find(ctx context.Context, ids []string) ([]Entry, error)
	// Read gives up to limit entries of a stream with N > after, in order of N, as
	// acknowledged by a majority. It may show a gap: an entry can land late.
	Read(ctx context.Context, stream string, after int64, limit int) ([]Entry, error)
	// ReadAt gives those entries of a stream that stand at the places, in any order, as
	// acknowledged by a majority. It costs a few round trips for thousands of places.
	ReadAt(ctx context.Context, stream string, places []int64) ([]Entry, error)
	// Moved gives those of the streams that hold the entry next to the place given, N =
	// after+1, in any order, as acknowledged by a majority. It costs a few round trips for thousands of streams.
	Moved(ctx context.Context, after map[string]int64) ([]string, error)
	// Last gives the entry of the stream with the highest N, or not_found.
	Last(ctx context.Context, stream string) (Entry, error)
	// EraseOpen removes Salt and Open of the entries among the ids for ever; no error
	// where there is none. Unavailable: some of their bytes may still be in the store's
	// files; repeat it, also where Find shows none. Without ids it finishes what an
	// erasure left that was interrupted, of any process.
	EraseOpen(ctx context.Context, ids []string) error
}

// DuplicateError is Insert's answer when entry Index was refused because its ID
// (Position false) or its place in the stream (Position true) is taken. A store
// that cannot tell which says Position true: reading back is always safe.
type DuplicateError struct {
	Index    int
	Position bool
}

func (e *DuplicateError) Error() string {
	if e.Position {
		return "a ledger entry's place in its stream is taken"
	}
	return "a ledger entry's id is taken"
}
