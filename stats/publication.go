package stats

import "math"

// Publication says whether a share carries enough to be published.
// A nil field is not defined by the data.
type Publication struct {
	Publish      bool
	Reason       PublicationReason // why not; empty where Publish
	Review       bool              // published, but a statistician should look: few degrees of freedom, or a share of 0 or 1
	FlagOthers   bool              // published, but the share of the others is unreliable
	EffectiveN   *float64          // at most N
	Interval     *Interval         // Korn–Graubard, sizes at most N
	Width        *float64          // of the interval
	Relative     *float64          // Width over the share
	RelativeRest *float64          // Width over 1 − share
}

// PublicationReason says why a share is withheld.
type PublicationReason string

// The reasons.
const (
	SampleTooSmall PublicationReason = "sample"         // N or the effective size below 30, or no interval
	TooWide        PublicationReason = "width"          // the interval is 0.30 wide or wider
	RelativelyWide PublicationReason = "relative_width" // wider than 0.05 and than 130 % of the share
)

// The thresholds of the standard.
const (
	publishedN             = 30
	publishedWidth         = 0.30
	preciseWidth           = 0.05
	publishedRelativeWidth = 1.30
	reviewedDF             = 8
)

// PublicationRule applies the standard of the US National Center for Health
// Statistics for proportions. With the Korn–Graubard interval on sizes truncated
// at N, and w its width:
//
//	withhold  N < 30, n* < 30 or no interval
//	withhold  w ≥ 0.30
//	withhold  0.05 < w < 0.30 and w/p > 1.30
//	publish   else; Review if DF < 8 or p is 0 or 1; FlagOthers if w/(1−p) > 1.30
//
// The relative width of a share of 0 is not defined and withholds nothing.
// conf is 0.95 in the standard.
//
// Reference: Parker et al. 2017, Vital Health Stat 2(175).
func PublicationRule(d Design, conf float64) (Publication, error) {
	e, err := d.Interval(KornGraubardTruncated, conf)
	if err != nil {
		return Publication{}, err
	}
	if e.Interval == nil {
		return Publication{Reason: SampleTooSmall}, nil
	}
	size := min(float64(d.N), d.effectiveN())
	width := e.Interval.Upper - e.Interval.Lower
	p := Publication{EffectiveN: &size, Interval: e.Interval, Width: &width}
	if relative := width / d.Share; !math.IsInf(relative, 1) {
		p.Relative = &relative
	}
	if relative := width / (1 - d.Share); !math.IsInf(relative, 1) {
		p.RelativeRest = &relative
	}
	switch {
	case d.N < publishedN || size < publishedN:
		p.Reason = SampleTooSmall
	case width >= publishedWidth:
		p.Reason = TooWide
	case width > preciseWidth && d.Share > 0 && width > publishedRelativeWidth*d.Share:
		p.Reason = RelativelyWide
	default:
		p.Publish = true
		p.Review = d.DF < reviewedDF || d.Share == 0 || d.Share == 1
		p.FlagOthers = p.RelativeRest != nil && *p.RelativeRest > publishedRelativeWidth
	}
	return p, nil
}
