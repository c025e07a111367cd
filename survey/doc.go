// Package survey is the domain of sipas: agencies, fields, service points,
// questionnaires, responses, targets, transaction volumes, users and the audit
// trail of a Vietnamese province, with the interfaces its storage must offer.
//
// The package imports the standard library only and can be read without knowing
// HTTP, MongoDB or statistics. Services built on it live in its subfolders:
// registry (the catalogue), identity (users and sessions), ledger (the chained
// record of responses), intake (the way in), results (the way out), report
// (documents) and demo (the synthetic province).
//
// Domain types carry json tags only; both stores read them.
package survey
