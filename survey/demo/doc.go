// Package demo makes a synthetic Vietnamese province whose truth is known: its
// agencies, fields, points, promises and monthly volumes, and the ratings of its
// citizens since the two-tier local government began on 2025-07-01.
//
// Everything follows from a seed. The same options give the same province and
// the same responses, byte for byte.
//
// # Model
//
// A respondent i comes to a point s for a field on a day of month m, and answers
// item j with
//
//	L = μ(s,m) + β(j) + √ρ·M(i) + √(1−ρ)·ε(i,j)
//
// where the mood M and the noise ε are independent standard normal numbers. The
// latent answers of one person thus have correlation ρ = [Rho]; L has variance 1.
// The person is satisfied, with level 4 or 5, exactly if L > 0, so the true share is
//
//	P(satisfied) = Φ(μ(s,m) + β(j))
//
// and the truth of any part of the province is the mixture of these shares by the
// expected numbers of answers, which [Province.Truth] adds up without simulating
// anything. μ is a level of the agency, set so that the agency has a chosen share
// overall, plus shifts of the field and of the way of delivery, plus a slow drift
// from month to month. Points, fields and days are drawn independently for every
// response, so that the responses of any part are independent draws from its mixture.
//
// About one rating in a hundred is tapped through in under two seconds with all
// the best answers. It carries the flag for that and is no part of the truth.
//
// A province of twenty thousand responses or more also holds what nobody's visit
// stands behind: bursts, straight-lined and repeated forms, a desk where one answer does not end
// ([Province.Planted]). It comes on top, bears no flag, and is no part of the truth either.
//
// About one citizen in eleven writes a comment, of words that depend on whether they are
// satisfied; the dissatisfied of the field dat-dai speak of waiting far more often than others. Some
// write without diacritics, and some leave a number that has to be masked.
//
// Self-selection is off unless asked for: then dissatisfied moods answer more
// often than others, and the ratings are off the truth by more than chance.
package demo
