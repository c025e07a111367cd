// Package registry is the catalogue of a province: agencies, fields,
// procedures, points, targets, transaction volumes and the published forms.
//
// Everyone reads one immutable Snapshot. Writes go through Create and Update,
// the one place that checks rights, scope and revision and that leaves an audit
// entry without needing a transaction: the document takes its new state, its next
// revision and the audit entry it owes in one update; a second step appends the entry to the
// hash-chained audit log and a third clears the debt. What a crash leaves in
// between is finished at the next start, at the next reading of the audit log, by
// Run, or by the next update of the same document, whichever comes first.
//
// Nodes follow the audit log and thereby refresh their snapshot within two seconds.
package registry
