package survey

import "time"

// AuditAction is what an administrative act did.
type AuditAction string

// The audited acts.
const (
	ActionCreate AuditAction = "create"
	ActionUpdate AuditAction = "update"
	ActionClose  AuditAction = "close"
	ActionEnrol  AuditAction = "enrol"  // of a kiosk: an enrolment code was issued
	ActionRevoke AuditAction = "revoke" // of a kiosk: its device lost the right to send; of receipt codes: none of the batch is good any more
	ActionFlag   AuditAction = "flag"   // of ratings: a person set a flag
	ActionClear  AuditAction = "clear"  // of ratings: a person took a flag away
	ActionRecode AuditAction = "recode" // of a point: its public code was replaced
)

// AuditEntry is one administrative act in the hash-chained audit log. Its ID is
// "collection/key/rev", so that an act is appended at most once however often a
// crashed write is finished; of an act without a document, rev is its time in milliseconds. N, Prev and Hash are set when it joins the chain.
type AuditEntry struct {
	ID         string      `json:"id"`
	N          int64       `json:"n"`
	Prev       []byte      `json:"prev"`
	Hash       []byte      `json:"hash"`
	At         time.Time   `json:"at"`
	Actor      string      `json:"actor"` // user id, or "system"
	Action     AuditAction `json:"action"`
	Collection string      `json:"collection"`
	RecordKey  string      `json:"key"`
	Rev        int64       `json:"rev"`
	Agency     string      `json:"agency"` // whose subtree the act concerns; empty: the whole province
	Digest     []byte      `json:"digest"` // SHA-256 of the document's new state as canonical JSON, without pendingAudit; of an act without one, of what was asked
}

// Actor is who asks for something: a user with grants, or the system itself.
type Actor struct {
	User   string
	Grants []Grant
}

// System acts for the program itself: first start, demo data, the command line.
var System = Actor{User: "system", Grants: []Grant{{Role: RoleAdmin}}}
