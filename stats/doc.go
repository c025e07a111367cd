// Package stats turns counts into estimates: proportions and their intervals,
// one-sided bounds against a target, mean scores, pooled ratios, differences,
// ranks, funnels, and the samples that these take.
//
// Numbers go in, numbers come out; the package knows nothing of where they
// were counted. Shares run from 0 to 1. conf is a confidence level between 0
// and 1, two-sided for intervals and one-sided for bounds.
//
// What cannot be known is a nil pointer: no answers give no estimate, never
// zero, and no function returns NaN. Counts that cannot be (negative, more
// successes than trials, above a million million), levels outside (0,1) and the
// like are errors that wrap [ErrInvalid].
package stats
