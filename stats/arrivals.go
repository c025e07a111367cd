package stats

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// Dispersion compares counts in equal stretches of time with chance.
// A nil field is not defined by the data.
type Dispersion struct {
	Bins          int
	Mean          *float64
	Statistic     *float64
	Index         *float64 // variance over mean; 1 for a Poisson process
	POver, PUnder *float64 // probability of so uneven, of so even counts
}

// PoissonDispersion tests whether counts vary as those of a homogeneous Poisson process:
//
//	D = Σ(x − x̄)²/x̄ ~ χ² with n−1 degrees of freedom,  index = D/(n−1)
//
// It assumes one rate all the time; rush hours make it large too. With fewer
// than two bins or nothing counted only the mean is defined.
//
// Reference: Fisher 1925, Statistical Methods for Research Workers, § 16.
func PoissonDispersion(counts []int64) (Dispersion, error) {
	d := Dispersion{Bins: len(counts)}
	var sum float64
	for i, x := range counts {
		if x < 0 {
			return Dispersion{}, invalid("count %d of bin %d", x, i)
		}
		sum += float64(x)
	}
	if len(counts) == 0 {
		return d, nil
	}
	n := float64(len(counts))
	mean := sum / n
	d.Mean = &mean
	if len(counts) < 2 || sum == 0 {
		return d, nil
	}
	var statistic float64
	for _, x := range counts {
		off := float64(x) - mean
		statistic += off * off / mean
	}
	index := statistic / (n - 1)
	over, under := chiSquareUpper(statistic, n-1), mathext.GammaIncReg((n-1)/2, statistic/2)
	d.Statistic, d.Index, d.POver, d.PUnder = &statistic, &index, &over, &under
	return d, nil
}

// Anomaly names the unevenness.
func (d Dispersion) Anomaly() Anomaly {
	return Anomaly{Name: AnomalyDispersion, N: int64(d.Bins), Statistic: d.Statistic, P: d.POver}
}

// Gaps describes the times between arrivals, in the unit of the times given.
// A nil field is not defined by the data.
type Gaps struct {
	N                        int
	Mean, SD, Min, Median    *float64
	CV                       *float64 // SD/Mean
	Burstiness               *float64 // −1 clockwork, 0 Poisson process, towards 1 bursts
	ShortShare               *float64 // share of gaps of at most the short one
	ClockworkShare, Interval *float64 // largest share of gaps within one tolerance of each other, and the middle of those
}

// DescribeGaps describes the gaps between arrivals, in any order:
//
//	burstiness = (SD − mean)/(SD + mean)
//
// short is the gap within which nobody else can have answered; tolerance is how
// far apart two gaps of a machine may lie. One gap has no deviation; gaps that
// are all zero have neither variation nor burstiness; fewer than three gaps show
// no clockwork.
//
// Reference: Goh and Barabási 2008, EPL 81:48002.
func DescribeGaps(times []float64, short, tolerance float64) (Gaps, error) {
	if err := checkNumbers("time", times...); err != nil {
		return Gaps{}, err
	}
	if !(short >= 0 && short <= magnitudeLimit) || !(tolerance >= 0 && tolerance <= magnitudeLimit) {
		return Gaps{}, invalid("short gap %v with tolerance %v", short, tolerance)
	}
	if len(times) < 2 {
		return Gaps{}, nil
	}
	sorted := slices.Sorted(slices.Values(times))
	gaps := make([]float64, len(sorted)-1)
	for i := range gaps {
		gaps[i] = sorted[i+1] - sorted[i]
	}
	slices.Sort(gaps)
	n := float64(len(gaps))
	mean, middle := (sorted[len(sorted)-1]-sorted[0])/n, medianOfSorted(gaps)
	shortShare := float64(sort.Search(len(gaps), func(i int) bool { return gaps[i] > short })) / n
	g := Gaps{N: len(gaps), Mean: &mean, Min: &gaps[0], Median: &middle, ShortShare: &shortShare}
	if len(gaps) < 2 {
		return g, nil
	}
	sd := sampleDeviation(gaps)
	g.SD = &sd
	if mean > 0 {
		cv, burstiness := sd/mean, (sd-mean)/(sd+mean)
		g.CV, g.Burstiness = &cv, &burstiness
	}
	if len(gaps) < 3 {
		return g, nil
	}
	var share, interval float64
	for from, to := 0, 0; from < len(gaps); from++ {
		for to < len(gaps) && gaps[to]-gaps[from] <= tolerance {
			to++
		}
		if within := float64(to-from) / n; within > share {
			share, interval = within, medianOfSorted(gaps[from:to])
		}
	}
	g.ClockworkShare, g.Interval = &share, &interval
	return g, nil
}

// Anomaly names clockwork: its statistic is the burstiness, its score the share of gaps alike.
func (g Gaps) Anomaly() Anomaly {
	return Anomaly{Name: AnomalyClockwork, N: int64(g.N), Statistic: g.Burstiness, Score: g.ClockworkShare}
}

// sampleDeviation is the standard deviation with n−1, of two numbers or more.
func sampleDeviation(x []float64) float64 {
	var sum, squares float64
	for _, v := range x {
		sum += v
	}
	mean := sum / float64(len(x))
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(x)-1))
}

// medianOfSorted is the middle number, or half-way between the two in the middle.
func medianOfSorted(x []float64) float64 { return x[(len(x)-1)/2]/2 + x[len(x)/2]/2 }

// ScanProbability is the probability that some window over the share width of a
// period holds at least count of n arrivals spread evenly at random:
//
//	(k/w − n − 1)·b(k; n, w) + 2·P(X > k),  X ~ Binomial(n, w)
//
// within [0, 1]; good where it is small, below about 0.1. A window that holds no
// more than its share, k ≤ (n+1)·w, is certain to be found. n is at most ten million.
//
// References: Naus 1982, JASA 77:177; Wallenstein and Neff 1987, Stat Med 6:197.
func ScanProbability(n, count int64, width float64) (float64, error) {
	switch {
	case n < 0 || n > maxTrials || count < 0:
		return 0, invalid("%d of %d arrivals", count, n)
	case !(width > 0 && width <= 1):
		return 0, invalid("window of the share %v is not above 0 and at most 1", width)
	case count > n:
		return 0, nil
	}
	k, size := float64(count), float64(n)
	if k <= 1 || k <= (size+1)*width {
		return 1, nil
	}
	// k/w may be as large as b is small: they are brought together as logarithms.
	perWidth := math.Exp(logChoose(size, k) + (k-1)*math.Log(width) + (size-k)*math.Log1p(-width))
	p := (k-(size+1)*width)*perWidth + 2*binomialUpper(k+1, size, width)
	return math.Min(1, math.Max(0, p)), nil
}

// Burst is the window of a period that holds most arrivals.
type Burst struct {
	Arrivals, Count int64
	Start           *float64 // time of its first arrival; nil without arrivals
	P               *float64 // [ScanProbability]
}

// FindBurst finds the window of the given width with most arrivals between from
// and to, and how likely chance has one as full ([ScanProbability]):
//
//	max over arrivals t of #{arrivals in [t, t+width]}
//
// Arrivals outside the period are an error.
//
// Reference: Naus 1982, JASA 77:177.
func FindBurst(times []float64, from, to, width float64) (Burst, error) {
	if err := checkNumbers("time", append([]float64{from, to}, times...)...); err != nil {
		return Burst{}, err
	}
	if !(width > 0 && width <= to-from) {
		return Burst{}, invalid("a window of %v in a period of %v", width, to-from)
	}
	if len(times) == 0 {
		return Burst{}, nil
	}
	sorted := slices.Sorted(slices.Values(times))
	if sorted[0] < from || sorted[len(sorted)-1] > to {
		return Burst{}, invalid("arrivals outside the period from %v to %v", from, to)
	}
	burst := Burst{Arrivals: int64(len(sorted))}
	for first, after := 0, 0; first < len(sorted); first++ {
		for after < len(sorted) && sorted[after]-sorted[first] <= width {
			after++
		}
		if count := int64(after - first); count > burst.Count {
			burst.Count, burst.Start = count, &sorted[first]
		}
	}
	p, err := ScanProbability(burst.Arrivals, burst.Count, width/(to-from))
	if err != nil {
		return Burst{}, err
	}
	burst.P = &p
	return burst, nil
}

// Anomaly names the burst.
func (b Burst) Anomaly() Anomaly {
	count := float64(b.Count)
	return Anomaly{Name: AnomalyBurst, N: b.Arrivals, Statistic: &count, P: b.P}
}

// Impossible is a stretch of time with more ratings than files that could be rated.
type Impossible struct {
	Index          int // of the stretch
	Ratings, Files int64
}

// FindImpossible finds the stretches in which more was rated than handled:
//
//	ratings > files
//
// Nil files are unknown and prove nothing. It is bookkeeping, not inference, and
// has no reference.
func FindImpossible(ratings []int64, files []*int64) ([]Impossible, error) {
	if len(ratings) != len(files) {
		return nil, invalid("%d counts of ratings and %d of files", len(ratings), len(files))
	}
	var found []Impossible
	for i, n := range ratings {
		if n < 0 || files[i] != nil && *files[i] < 0 {
			return nil, invalid("a negative count at %d", i)
		}
		if files[i] != nil && n > *files[i] {
			found = append(found, Impossible{Index: i, Ratings: n, Files: *files[i]})
		}
	}
	return found, nil
}

// Anomaly names the excess of ratings over files; it needs no probability.
func (i Impossible) Anomaly() Anomaly {
	excess := float64(i.Ratings - i.Files)
	return Anomaly{Name: AnomalyImpossible, N: i.Ratings, Statistic: &excess, Score: &excess}
}
