// Package results is the way out: it keeps every response of the ledger as a
// row of small integers, joins the counts with the catalogue and gives boards
// and trends, whose figures are compared with the promises of the reform plans.
//
// Every figure is a [Cell]: it names its measure, its number of respondents, how
// it was computed and the version of the publication rules it went through. Rules
// are applied here, after every filter, so that screen, API and export agree.
//
// # Measures
//
// overall is the one item every form asks; index pools the criteria of all five
// factors; tc, tt, cc, kq and pa pool the criteria of one factor, where the short
// form's single factor item counts as one answer; tc1 to pa3 are single criteria.
// Pooling adds up answers, never averages; the respondent stays the unit of
// uncertainty. Ratings given in a campaign are never pooled with the others.
package results
