// Package tally is an in-memory column table of coded responses: it filters,
// groups and counts them.
//
// A [Table] holds each response as small integers in blocks of columns, about
// 35 bytes a response: two items to a byte, and one byte per pool of items
// that says how many were answered and how many of those satisfied. A byte
// histogram therefore gives the counts of levels as well as the
// respondent-level sums that a pooled index needs.
//
// One writer at a time appends and updates; readers take a [Snapshot], an
// immutable view of one moment, and never wait for the writer nor it for them.
package tally
