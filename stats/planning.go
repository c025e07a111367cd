package stats

import (
	"math"
	"sort"
)

// maxSample is the largest sample that is spread over strata: the fractions of
// larger ones get lost.
const maxSample = 1_000_000_000

// Margin is the precision that a sample is to reach. Population, nil where it
// is unknown or without end, is the number of cases the share is about.
type Margin struct {
	HalfWidth    float64 // of the two-sided interval for the share
	Share        float64 // expected; 1/2 asks for the most
	Conf         float64
	Population   *int64
	DesignEffect float64 // variance against that of a simple random sample; 1 for one
	ResponseRate float64 // answers per invitation
}

// MarginSize is the size of a sample that reaches a margin.
type MarginSize struct {
	Unlimited   float64 // answers out of a population without end, not rounded
	Corrected   float64 // answers out of the population, not rounded
	Simple      int64   // answers to a simple random sample
	Answers     int64   // answers under the design
	Invitations int64   // may exceed the population: then not even asking everybody suffices
}

// SampleSizeForMargin plans the size of a probability sample whose share is to
// have the margin e:
//
//	n₀ = z²p(1−p)/e²,  n = N·n₀/(n₀+N−1)
//	Simple      = ⌈n⌉
//	Answers     = ⌈min(N, n·deff)⌉
//	Invitations = ⌈min(N, n·deff)/rate⌉
//
// each rounded once, upwards. The size is for one published figure: a figure
// for every agency takes as many samples.
//
// References: Cochran 1977, Sampling Techniques, sections 4.4 to 4.6; Kish 1965.
func SampleSizeForMargin(m Margin) (MarginSize, error) {
	if err := m.check(); err != nil {
		return MarginSize{}, err
	}
	z := -normalQuantile((1 - m.Conf) / 2)
	unlimited := z * z * m.Share * (1 - m.Share) / (m.HalfWidth * m.HalfWidth)
	corrected, most := unlimited, math.Inf(1)
	if m.Population != nil {
		most = float64(*m.Population)
		corrected = 0
		if most > 0 {
			corrected = most * unlimited / (unlimited + (most - 1))
		}
	}
	answers := math.Min(most, corrected*m.DesignEffect)
	size := MarginSize{Unlimited: unlimited, Corrected: corrected}
	for _, rounded := range []struct {
		to   *int64
		from float64
	}{
		{&size.Simple, math.Min(most, corrected)},
		{&size.Answers, answers},
		{&size.Invitations, answers / m.ResponseRate},
	} {
		var err error
		if *rounded.to, err = roundUp(rounded.from); err != nil {
			return MarginSize{}, err
		}
	}
	return size, nil
}

func (m Margin) check() error {
	if err := checkConf(m.Conf); err != nil {
		return err
	}
	switch {
	case !(m.HalfWidth > 0 && m.HalfWidth < 1):
		return invalid("margin %v is not between 0 and 1", m.HalfWidth)
	case !(m.Share > 0 && m.Share < 1):
		return invalid("expected share %v is not between 0 and 1", m.Share)
	case m.Population != nil && (*m.Population < 0 || *m.Population > maxCount):
		return invalid("a population of %d", *m.Population)
	case !(m.DesignEffect > 0) || math.IsInf(m.DesignEffect, 1):
		return invalid("design effect %v", m.DesignEffect)
	case !(m.ResponseRate > 0 && m.ResponseRate <= 1):
		return invalid("response rate %v is not above 0 and at most 1", m.ResponseRate)
	}
	return nil
}

// roundUp is the next whole number, but for what is above one by mere rounding.
func roundUp(size float64) (int64, error) {
	if !(size <= maxCount) {
		return 0, invalid("no sample is as large as %.3g", size)
	}
	return int64(math.Ceil(size * (1 - 1e-13))), nil
}

// YamaneSize is the sample size of the simplified formula that official guidance prescribes:
//
//	⌈N/(1 + N·e²)⌉
//
// It is [SampleSizeForMargin] for a share of 1/2 with z = 2 in place of 1.96,
// simple random sampling and everybody answering, but for N−1 taken as N.
//
// Reference: Yamane 1967, Statistics: An Introductory Analysis.
func YamaneSize(population int64, margin float64) (int64, error) {
	if population < 0 || population > maxCount {
		return 0, invalid("a population of %d", population)
	}
	if !(margin > 0 && margin < 1) {
		return 0, invalid("margin %v is not between 0 and 1", margin)
	}
	size := float64(population)
	return roundUp(size / (1 + size*(margin*margin)))
}

// VerdictSize is the size of a sample that reaches a verdict.
type VerdictSize struct {
	Unrounded float64
	N         int64
}

// SampleSizeForVerdict plans how many independent answers it takes for a share
// that truly is share to be shown on its side of target, by a one-sided bound
// at level conf, with probability power:
//
//	n = (Φ⁻¹(conf)·√(t(1−t)) + Φ⁻¹(power)·√(p(1−p)))² / (p−t)²
//
// rounded up. It rests on the normal approximation; what a size really achieves
// say [Critical] and [CriticalCounts.ProbabilityAbove]. Neither design effect
// nor finite population is in it. A share equal to target is an error: no size
// shows it.
//
// Reference: Fleiss, Levin and Paik 2003, Statistical Methods for Rates and
// Proportions, section 2.5.
func SampleSizeForVerdict(target, share, conf, power float64) (VerdictSize, error) {
	if err := checkComparison(target, conf); err != nil {
		return VerdictSize{}, err
	}
	switch {
	case !(share >= 0 && share <= 1):
		return VerdictSize{}, invalid("share %v is not between 0 and 1", share)
	case share == target:
		return VerdictSize{}, invalid("no sample shows a share of %v on either side of a target of %v", share, target)
	case !(power > 0 && power < 1):
		return VerdictSize{}, invalid("power %v is not between 0 and 1", power)
	}
	// Negative only for a power so low that no answers at all give it.
	root := math.Max(0, normalQuantile(conf)*math.Sqrt(target*(1-target))+normalQuantile(power)*math.Sqrt(share*(1-share)))
	unrounded := math.Pow(root/(share-target), 2)
	n, err := roundUp(unrounded)
	if err != nil {
		return VerdictSize{}, err
	}
	return VerdictSize{Unrounded: unrounded, N: n}, nil
}

// Stratum is a part of the population that is sampled on its own.
type Stratum struct {
	Population int64
	SD         float64 // standard deviation of the item, √(p(1−p)) for a share; only [NeymanAllocation] asks for it
}

// AllocationRule says in proportion to what a sample is spread over strata.
type AllocationRule string

// The rules.
const (
	ProportionalAllocation AllocationRule = "proportional" // population: every case with the same chance
	NeymanAllocation       AllocationRule = "neyman"       // population times deviation: smallest variance of the whole
	SquareRootAllocation   AllocationRule = "square_root"  // square root of population: between proportional and equal
	EqualAllocation        AllocationRule = "equal"        // the same for each stratum: figures of the same precision
)

// Allocation spreads a sample over strata, in their order.
type Allocation struct {
	Unrounded []float64
	Sizes     []int64
}

// Allocate spreads total over the strata by the rule alone, with the weights a
// that it names:
//
//	total·a_h/Σa
//
// Sizes are rounded by largest remainder, the first of equals first, and sum to
// total. Nothing holds them within the populations; [AllocateWithin] does. A
// total above a thousand million is an error.
//
// Reference: Cochran 1977, Sampling Techniques, sections 5.3 to 5.5.
func Allocate(rule AllocationRule, strata []Stratum, total int64) (Allocation, error) {
	weights, err := allocationWeights(rule, strata)
	if err != nil {
		return Allocation{}, err
	}
	if total < 0 || total > maxSample {
		return Allocation{}, invalid("a sample of %d", total)
	}
	sum := 0.0
	for _, weight := range weights {
		sum += weight
	}
	unrounded := make([]float64, len(weights))
	for i, weight := range weights {
		unrounded[i] = float64(total) * (weight / sum)
	}
	return Allocation{Unrounded: unrounded, Sizes: largestRemainder(unrounded, total)}, nil
}

// AllocateWithin spreads total over the strata by the rule, but with at least
// minimum and at most the whole population in each:
//
//	min(N_h, max(minimum, λ·a_h)),  λ such that the sizes sum to total
//
// A stratum smaller than minimum is taken whole. Sizes are rounded as by
// [Allocate] and sum to total. A total below the sum of the minima or above
// that of the populations is an error, and so is one that only strata the rule
// gives nothing could take up.
//
// Reference: Cochran 1977, section 5.8 (strata taken whole).
func AllocateWithin(rule AllocationRule, strata []Stratum, total, minimum int64) (Allocation, error) {
	weights, err := allocationWeights(rule, strata)
	if err != nil {
		return Allocation{}, err
	}
	if minimum < 0 {
		return Allocation{}, invalid("a minimum of %d", minimum)
	}
	bounds := make([]allocationBounds, len(strata))
	var least, most int64
	for i, s := range strata {
		low := min(minimum, s.Population)
		least += low
		most += s.Population
		bounds[i] = allocationBounds{weight: weights[i], least: float64(low), most: float64(s.Population)}
	}
	if most = min(most, maxSample); total < least || total > most {
		return Allocation{}, invalid("a sample of %d where the strata take %d to %d", total, least, most)
	}
	unrounded, ok := fill(bounds, float64(total))
	if !ok {
		return Allocation{}, invalid("a sample of %d is more than the strata with any weight hold", total)
	}
	return Allocation{Unrounded: unrounded, Sizes: largestRemainder(unrounded, total)}, nil
}

func allocationWeights(rule AllocationRule, strata []Stratum) ([]float64, error) {
	weights := make([]float64, len(strata))
	sum, population := 0.0, int64(0)
	for i, s := range strata {
		if s.Population < 0 || s.Population > maxCount-population {
			return nil, invalid("stratum %d has a population of %d", i+1, s.Population)
		}
		population += s.Population
		size := float64(s.Population)
		switch rule {
		case ProportionalAllocation:
			weights[i] = size
		case NeymanAllocation:
			// A share deviates by at most 1/2, a level by at most 2: more than a million is no data.
			if !(s.SD >= 0 && s.SD <= 1e6) {
				return nil, invalid("stratum %d has a standard deviation of %v", i+1, s.SD)
			}
			weights[i] = size * s.SD
		case SquareRootAllocation:
			weights[i] = math.Sqrt(size)
		case EqualAllocation:
			weights[i] = indicator(s.Population > 0)
		default:
			return nil, invalid("no allocation rule is called %q", rule)
		}
		sum += weights[i]
	}
	if sum == 0 {
		return nil, invalid("no stratum has any weight")
	}
	return weights, nil
}

type allocationBounds struct{ weight, least, most float64 }

func (b allocationBounds) at(lambda float64) float64 {
	return math.Min(b.most, math.Max(b.least, lambda*b.weight))
}

// fill raises λ until the sizes sum to total. The sum is linear between the
// points where a size leaves its minimum or reaches its population. Not ok if
// it stays below total.
func fill(bounds []allocationBounds, total float64) (sizes []float64, ok bool) {
	sizes = make([]float64, len(bounds))
	at := func(lambda float64) (sum float64) {
		for i, b := range bounds {
			sizes[i] = b.at(lambda)
			sum += sizes[i]
		}
		return sum
	}
	corners := []float64{0}
	for _, b := range bounds {
		if b.weight > 0 {
			corners = append(corners, b.least/b.weight, b.most/b.weight)
		}
	}
	sort.Float64s(corners)
	i := sort.Search(len(corners), func(i int) bool { return at(corners[i]) >= total })
	if i == len(corners) {
		return nil, false
	}
	if i > 0 {
		low, high := corners[i-1], corners[i]
		below := at(low)
		at(low + (high-low)*(total-below)/(at(high)-below))
	} else {
		at(corners[0])
	}
	return sizes, true
}

// largestRemainder rounds sizes that sum to total so that they still do. What
// the whole parts leave goes to the largest fractions; those that differ by
// rounding only count as equal.
func largestRemainder(unrounded []float64, total int64) []int64 {
	sizes := make([]int64, len(unrounded))
	order := make([]int, len(unrounded))
	fraction := make([]float64, len(unrounded))
	rest := total
	for i, size := range unrounded {
		whole := math.Floor(size)
		sizes[i], order[i] = int64(whole), i
		fraction[i] = math.Round((size-whole)*1e9) / 1e9
		rest -= sizes[i]
	}
	sort.SliceStable(order, func(a, b int) bool { return fraction[order[a]] > fraction[order[b]] })
	for _, i := range order[:rest] {
		sizes[i]++
	}
	return sizes
}
