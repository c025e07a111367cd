// Package tally is an in-memory column table of coded responses: it filters,
// groups and counts them.
//
// A [Table] holds each response as small integers in blocks of columns, about
// 37 bytes a response of 22 items and 6 pools: two items to a byte, and one byte
// per pool that says how many of its items were answered and how many of those
// satisfied. A byte histogram therefore gives the counts of levels as well as the
// respondent-level sums that a pooled index needs.
//
// Writers take turns to append and update; readers take a [Snapshot], an
// immutable view of one moment, and never wait for a writer nor it for them.
// Every count is that of the rows in view, to the last one.
//
// What full blocks add to a query in a whole month is kept, so that a query asked
// again, for the same months or others, counts only the rows that are new, those
// of changed months and those of ragged ends. A group takes 12 bytes in each
// month where it has rows, and 28 more for each item, 28 for each pool: one
// measure of 500 agencies, 22 fields and some flags takes at most 0.6 MB a month.
// All that a table keeps stays below 128 MB; what was not asked for the longest
// goes first.
//
// [Snapshot.WriteTo] and [Read] carry a table over a restart, its refs included.
package tally
