// Package ledger keeps the record of responses: a gap-free, signed hash chain
// for every running process, written by group commit and followed by every node.
//
// An entry is canonical JSON in two parts. The kept part stays for ever; the open
// part (free text, demographics) is hashed with a random salt and can be erased
// together with it, and the chain still verifies.
//
// A running process is one stream. Its writer gathers whatever arrives while a
// commit is under way into the next one; the last entry of each commit carries an
// Ed25519 signature of its hash, which covers everything before it. Whatever a
// store answers, and whatever lands late, a stream has no gap and no fork: after
// every answer that is not clear the writer reads its own tail back and goes on
// from what is there.
package ledger
