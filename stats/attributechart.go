package stats

import (
	"math"
	"slices"
)

// Sample is one point of an attribute chart: Count events in N units, such as
// satisfied answers of all answers of a day.
type Sample struct{ Count, N int64 }

// Below these sizes a chart is not judged as if it were complete.
const (
	limitsFrom   = 12 // informative samples of a phase; before them only the run rules speak
	firmFrom     = 20 // samples of a baseline whose centre counts as settled
	sampleFrom   = 10 // units in a sample for which three-sigma limits hold
	chartWidth   = 3.0
	movingRangeD = 1.128 // d₂ of a range of two, rounded as is the custom
)

// Phase is a stretch of samples counted alike, with its own centre and limits.
// A nil field is not defined by the data.
type Phase struct {
	Start, End  int      // samples[Start:End] of the series
	Baseline    int      // samples with units that fix centre and spread
	Provisional bool     // Baseline is below 20: the centre is not yet settled
	Sparse      int      // samples of 1 to 9 units: too few for limits; pool them or use BinomialCUSUM
	Center      *float64 // ΣCount/ΣN of the baseline
	SigmaZ      *float64 // Laney's ratio of the variation found to that expected; 1 on the charts p and u
	Points      []ChartPoint
	Signals     []Signal // by point of the whole series
}

// ChartPoint is one sample on an attribute chart.
type ChartPoint struct {
	Value, Sigma, Z *float64 // Count/N, its standard error at the centre, and (Value−Center)/Sigma
	Lower, Upper    *float64 // control limits
	Outside         bool
}

// AttributeChart draws a Shewhart chart of counts. With c = ΣCount/ΣN over the
// baseline and yᵢ = Count/N:
//
//	PChart       σᵢ = √(c(1−c)/Nᵢ), limits c ∓ 3σᵢ within [0,1]
//	UChart       σᵢ = √(c/Nᵢ), limits c ∓ 3σᵢ, not below 0
//	LaneyPChart, LaneyUChart  limits c ∓ 3σᵢσz, σz = mean|zᵢ − zᵢ₋₁|/1.128, zᵢ = (yᵢ−c)/σᵢ
//
// starts holds the indices at which a changed form, place or way of asking
// begins a new phase. baseline is the number of samples with units at the head
// of each phase that fix its centre and σz for good; 0 takes the whole phase,
// which suits looking back, not watching: a baseline that moves along swallows
// a slow decline.
//
// It assumes independent samples; with hundreds of units in each the plain
// limits are too narrow for anything but a binomial process, then take Laney's.
// σz is not raised to 1. A sample without units has no value and is passed over.
// Where the baseline shows no spread (no events, or for shares nothing but
// events) there are no limits. Outside tells of every point; a Signal is made of it only in a
// phase of 12 samples or more and from a sample of 10 units or more.
// The run rules are applied to every phase about its centre.
//
// References: Montgomery, Introduction to Statistical Quality Control, ch. 7;
// Laney 2002, Qual Eng 14:531; R qicharts2 qic.p, qic.u, qic.pp.
func AttributeChart(kind Chart, samples []Sample, starts []int, baseline int) ([]Phase, error) {
	switch kind {
	case PChart, UChart, LaneyPChart, LaneyUChart:
	default:
		return nil, invalid("no attribute chart is called %q", kind)
	}
	if baseline < 0 {
		return nil, invalid("a baseline of %d samples", baseline)
	}
	for i, s := range samples {
		if s.Count < 0 || s.N < 0 || s.N == 0 && s.Count > 0 || kind.ofShares() && s.Count > s.N {
			return nil, invalid("sample %d: %d of %d", i, s.Count, s.N)
		}
	}
	if len(samples) == 0 {
		return nil, nil
	}
	var phases []Phase
	begin := 0
	for _, start := range append(slices.Clone(starts), len(samples)) {
		if start <= begin || start > len(samples) {
			return nil, invalid("phases must begin in ascending order within the series, not at %d", start)
		}
		phase, err := drawPhase(kind, samples[begin:start], begin, baseline)
		if err != nil {
			return nil, err
		}
		phases = append(phases, phase)
		begin = start
	}
	return phases, nil
}

func (c Chart) ofShares() bool { return c == PChart || c == LaneyPChart }
func (c Chart) widened() bool  { return c == LaneyPChart || c == LaneyUChart }

func drawPhase(kind Chart, samples []Sample, begin, baseline int) (Phase, error) {
	phase := Phase{Start: begin, End: begin + len(samples), Points: make([]ChartPoint, len(samples))}
	var events, units float64
	var informative, frozen int
	for i, s := range samples {
		if s.N == 0 {
			continue
		}
		if s.N < sampleFrom {
			phase.Sparse++
		}
		informative++
		if baseline > 0 && informative > baseline {
			continue
		}
		phase.Baseline++
		frozen = i + 1
		events += float64(s.Count)
		units += float64(s.N)
	}
	phase.Provisional = phase.Baseline < firmFrom
	if informative == 0 {
		return phase, nil
	}
	center := events / units
	phase.Center = &center
	spread := center
	if kind.ofShares() {
		spread = center * ((units - events) / units)
	}
	phase.place(samples, center, spread)
	sigmaZ := 1.0
	if kind.widened() {
		var ok bool
		if sigmaZ, ok = phase.movingRange(frozen); !ok {
			spread = 0
		}
	}
	if spread > 0 {
		phase.SigmaZ = &sigmaZ
		phase.limit(kind, sigmaZ)
	}
	err := phase.judge(kind, samples, informative)
	return phase, err
}

// place gives every sample its value and how far it lies from the centre.
func (p *Phase) place(samples []Sample, center, spread float64) {
	for i, s := range samples {
		if s.N == 0 {
			continue
		}
		value := float64(s.Count) / float64(s.N)
		p.Points[i].Value = &value
		if spread > 0 {
			sigma := math.Sqrt(spread / float64(s.N))
			z := (value - center) / sigma
			p.Points[i].Sigma, p.Points[i].Z = &sigma, &z
		}
	}
}

// movingRange is Laney's σz over the first points of the phase.
func (p *Phase) movingRange(first int) (sigmaZ float64, ok bool) {
	var sum float64
	var ranges int
	var before *float64
	for _, point := range p.Points[:first] {
		if point.Z == nil {
			continue
		}
		if before != nil {
			sum += math.Abs(*point.Z - *before)
			ranges++
		}
		before = point.Z
	}
	if ranges == 0 {
		return 0, false
	}
	return sum / float64(ranges) / movingRangeD, true
}

func (p *Phase) limit(kind Chart, sigmaZ float64) {
	for i := range p.Points {
		point := &p.Points[i]
		if point.Sigma == nil {
			continue
		}
		half := chartWidth * *point.Sigma * sigmaZ
		lower, upper := math.Max(0, *p.Center-half), *p.Center+half
		if kind.ofShares() {
			upper = math.Min(1, upper)
		}
		point.Lower, point.Upper = &lower, &upper
		point.Outside = *point.Value < lower || *point.Value > upper
	}
}

// judge turns what the chart shows into signals, numbered along the whole series.
func (p *Phase) judge(kind Chart, samples []Sample, informative int) error {
	var values []float64
	var at []int
	for i, point := range p.Points {
		if point.Value == nil {
			continue
		}
		values, at = append(values, *point.Value), append(at, p.Start+i)
		if !point.Outside || informative < limitsFrom || samples[i].N < sampleFrom {
			continue
		}
		signal := Signal{Chart: kind, Rule: OutsideLimits, Side: High, From: p.Start + i, To: p.Start + i, Value: *point.Value, Limit: *point.Upper}
		if *point.Value < *point.Lower {
			signal.Side, signal.Limit = Low, *point.Lower
		}
		p.Signals = append(p.Signals, signal)
	}
	runs, err := RunRules(values, *p.Center)
	for _, signal := range runs.Signals {
		signal.From, signal.To = at[signal.From], at[signal.To]
		p.Signals = append(p.Signals, signal)
	}
	return err
}
