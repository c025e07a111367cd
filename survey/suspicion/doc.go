// Package suspicion looks through the ledger for ratings that did not come about
// in the ordinary way, such as those of a kiosk that somebody presses for himself.
// It names them and deletes nothing: what it names is appended to the ledger as
// judgements, results leave it out by default, and they always show the difference.
//
// # How a month is judged
//
// The ratings of a Vietnamese month are judged together, each signal on what the
// signals before it left over:
//
//	burst         a point and a day: many ratings within minutes, of one answer
//	run           a point: a row of one answer that does not end
//	straightLine  a point's long forms: all items alike, far more often than elsewhere
//	duplicate     a point's long forms: the same pattern of answers again and again
//	impossible    an agency and field: more ratings than files
//
// Each but the last has a probability under ordinary answers, from package stats.
// What is ordinary is learnt from other points in the same month, never from the
// point under test: how the ratings of a day are spread, how often an answer is
// given, and how much points differ in that beyond chance. Long rows of the best
// answer, and forms with nothing but the best answer, are ordinary where nine in
// ten are satisfied. So it is their rate that is judged, against that of a point
// more given to them than nineteen of twenty others.
//
// The probabilities of one signal over all points (and days) of a month are
// adjusted by Benjamini and Hochberg; what is at most [Level] is named. The score
// of a finding is −log₁₀ of the adjusted probability, to one decimal and at most
// 99. That of more ratings than files is their excess, and it only informs.
//
// Ratings that intake found too fast take no part: they are out of the results
// already. Times that no device measured, and those of paper and imports, say
// nothing of bursts and runs.
//
// What was decided stays: a flag is set once, by whichever node is first, and one
// that a person took away is never set again.
package suspicion
