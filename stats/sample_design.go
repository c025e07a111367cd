package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// SamplingStage is one step of drawing a sample: within each stratum some of its clusters
// were drawn at random with equal chances. Slices have one element a record.
type SamplingStage struct {
	Strata   []string // nil: one stratum
	Clusters []string // told apart within their stratum only; nil: every record by itself

	// Population is the number of clusters the record's stratum has, drawn or not. Nil, or an
	// infinite one, counts the clusters as drawn with replacement: later stages then add nothing.
	Population []float64
}

// LonelyRule says what a stratum adds to a variance if only one of its clusters was drawn.
type LonelyRule int

// The rules. LonelyAdjust measures the cluster from zero, where the linearised values of a mean
// or a ratio have their mean over the whole sample.
const (
	LonelyFail      LonelyRule = iota // the design is refused: such strata are to be merged first
	LonelyRemove                      // nothing
	LonelyCertainty                   // nothing, as the cluster was certain to be drawn
	LonelyAdjust                      // its own distance from the whole sample
	LonelyAverage                     // as much as the other strata add on average
)

// SampleDesign is a probability sample with the way it was drawn, from which estimates get
// their standard errors. It does not change; calibrating returns another one.
type SampleDesign struct {
	drawn   []float64 // weights as drawn; a record of weight 0 is no part of the sample
	weights []float64 // weights in use: as drawn, or calibrated
	strata  []stratum
	df      float64
	// spread is whether the sample says anything about its own variance.
	spread      bool
	calibration *regression // what calibration explains; nil without
}

// stratum holds the clusters that one draw chose among.
type stratum struct {
	clusters []cluster
	rate     float64 // share of the clusters that was drawn, 0 with replacement
	scale    float64 // what turns a sum of squares into a contribution to the variance
	centred  bool    // squares are taken from the stratum's own mean
}

type cluster struct {
	records []int
	strata  []stratum // of the next stage
}

// NewSampleDesign describes a sample by its stages, outermost first, and the weight of each
// record: the number of members of the population it stands for. Without weights they follow
// from the populations:
//
//	w = Π N_h/n_h over the stages
//
// Records of weight 0 do not belong to the sample and do not count as drawn. A stage that
// takes all it finds need not be listed. Estimates have #clusters − #strata of the first stage
// degrees of freedom.
//
// It is an error if slices differ in length, weights are negative or not finite, a stratum has
// two populations or one smaller than the number of its clusters, and, under LonelyFail, if a
// stratum not taken whole has a single cluster.
//
// Reference: R survey::svydesign with nest=TRUE, survey::degf and the option survey.lonely.psu.
func NewSampleDesign(weights []float64, lonely LonelyRule, stages ...SamplingStage) (*SampleDesign, error) {
	if lonely < LonelyFail || lonely > LonelyAverage {
		return nil, invalid("no rule for lonely clusters has number %d", lonely)
	}
	if len(stages) == 0 {
		return nil, invalid("a sample has at least one stage")
	}
	size, err := recordCount(weights, stages)
	if err != nil {
		return nil, err
	}
	if err := checkWeights(weights); err != nil {
		return nil, err
	}
	build := designBuilder{stages: stages, lonely: lonely}
	if weights == nil {
		build.weights = slices.Repeat([]float64{1}, size)
	}
	var records []int
	for i := range size {
		if weights == nil || weights[i] > 0 {
			records = append(records, i)
		}
	}
	s := &SampleDesign{drawn: slices.Clone(weights)}
	if s.strata, s.spread, err = build.strata(records, 0); err != nil {
		return nil, err
	}
	if weights == nil {
		s.drawn = build.weights
		if err := checkWeights(s.drawn); err != nil {
			return nil, err
		}
	}
	for _, h := range s.strata {
		s.df += float64(len(h.clusters) - 1)
	}
	s.weights = s.drawn
	return s, nil
}

// Weights are those in use, one a record.
func (s *SampleDesign) Weights() []float64 { return slices.Clone(s.weights) }

// recordCount is the length that all slices given agree on.
func recordCount(weights []float64, stages []SamplingStage) (int, error) {
	size := -1
	agree := func(what string, given bool, n int) error {
		if given && size < 0 {
			size = n
		}
		if given && n != size {
			return invalid("%d %s for %d records", n, what, size)
		}
		return nil
	}
	if err := agree("weights", weights != nil, len(weights)); err != nil {
		return 0, err
	}
	for level, stage := range stages {
		if weights == nil && stage.Population == nil {
			return 0, invalid("without weights stage %d needs its populations", level+1)
		}
		for _, err := range []error{
			agree("strata", stage.Strata != nil, len(stage.Strata)),
			agree("clusters", stage.Clusters != nil, len(stage.Clusters)),
			agree("populations", stage.Population != nil, len(stage.Population)),
		} {
			if err != nil {
				return 0, err
			}
		}
	}
	return size, nil
}

func checkWeights(weights []float64) error {
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return invalid("weight %v of record %d", w, i+1)
		}
	}
	return nil
}

// designBuilder sorts records into the tree of strata and clusters.
type designBuilder struct {
	stages  []SamplingStage
	lonely  LonelyRule
	weights []float64 // collects the inverse chances if no weights are given
}

// strata are those of one draw at a level; not ok if they leave the variance unknown.
func (b designBuilder) strata(records []int, level int) (strata []stratum, ok bool, err error) {
	if level == len(b.stages) || len(records) == 0 {
		return nil, true, nil
	}
	stage := b.stages[level]
	groups := [][]int{records}
	if stage.Strata != nil {
		groups = grouped(records, stage.Strata)
	}
	lonely, ok := 0, true
	for _, members := range groups {
		h, err := b.stratum(members, level)
		if err != nil {
			return nil, false, err
		}
		if len(h.clusters) == 1 && h.rate < 1 {
			lonely++
		}
		for i := range h.clusters {
			if h.rate == 0 {
				break // with replacement, the clusters say it all
			}
			below, fine, err := b.strata(h.clusters[i].records, level+1)
			if err != nil {
				return nil, false, err
			}
			h.clusters[i].strata, ok = below, ok && fine
		}
		strata = append(strata, h)
	}
	if b.lonely == LonelyAverage && lonely > 0 {
		if lonely == len(strata) {
			return strata, false, nil
		}
		for i := range strata {
			strata[i].scale *= float64(len(strata)) / float64(len(strata)-lonely)
		}
	}
	// Where every stratum of the first stage is lonely, leaving them out would make the estimate certain.
	if level == 0 && lonely == len(strata) && (b.lonely == LonelyRemove || len(strata) == 1 && b.lonely == LonelyAdjust) {
		ok = false
	}
	return strata, ok, nil
}

// stratum is one draw without what lies below it.
func (b designBuilder) stratum(records []int, level int) (stratum, error) {
	stage := b.stages[level]
	clusters := make([]cluster, 0, len(records))
	if stage.Clusters == nil {
		for i := range records {
			clusters = append(clusters, cluster{records: records[i : i+1]})
		}
	} else {
		for _, members := range grouped(records, stage.Clusters) {
			clusters = append(clusters, cluster{records: members})
		}
	}
	h := stratum{clusters: clusters, centred: true}
	drawn := float64(len(clusters))
	if stage.Population != nil {
		population := stage.Population[records[0]]
		for _, i := range records {
			if stage.Population[i] != population {
				return h, invalid("%s has populations %v and %v", b.name(records, level), population, stage.Population[i])
			}
		}
		if !(population >= drawn*(1-1e-12)) {
			return h, invalid("%s has %v clusters but %v were drawn", b.name(records, level), population, drawn)
		}
		// A stratum given by its rate may miss being whole by a rounding.
		if h.rate = drawn / population; h.rate > 1-1e-7 {
			h.rate = 1
		}
	}
	if b.weights != nil {
		if h.rate == 0 {
			return h, invalid("without weights %s needs a finite population", b.name(records, level))
		}
		for _, i := range records {
			b.weights[i] /= h.rate
		}
	}
	switch {
	case h.rate == 1:
	case drawn > 1:
		h.scale = (1 - h.rate) * drawn / (drawn - 1)
	case b.lonely == LonelyFail:
		return h, invalid("%s has a single cluster: merge it with a neighbour or choose a rule for lonely clusters", b.name(records, level))
	case b.lonely == LonelyAdjust:
		h.scale, h.centred = 1-h.rate, false
	}
	return h, nil
}

func (b designBuilder) name(records []int, level int) string {
	name := "the stratum"
	if strata := b.stages[level].Strata; strata != nil {
		name += " " + strata[records[0]]
	}
	if level > 0 {
		if clusters := b.stages[level-1].Clusters; clusters != nil {
			name += " in cluster " + clusters[records[0]]
		}
	}
	return name
}

// grouped parts records by their labels, in order of appearance.
func grouped(records []int, labels []string) [][]int {
	var groups [][]int
	place := map[string]int{}
	for _, i := range records {
		at, known := place[labels[i]]
		if !known {
			at = len(groups)
			place[labels[i]] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

// covariance is that of the totals of linearised values, one column an estimate:
//
//	V = Σ_h (1−f_h)·n_h/(n_h−1)·Σ_i (u_hi − ū_h)(u_hi − ū_h)ᵀ + Σ_h f_h·Σ_i V_hi
//
// with u_hi the weighted totals of the clusters and V_hi the same sum within a cluster. After
// calibration only what the margins leave unexplained of the linearised values counts.
func (s *SampleDesign) covariance(columns [][]float64) *mat.SymDense {
	v := mat.NewSymDense(len(columns), nil)
	weighted := make([][]float64, len(columns))
	for c, column := range columns {
		if s.calibration != nil {
			column = s.calibration.residuals(column)
		}
		weighted[c] = make([]float64, len(column))
		for i, w := range s.weights {
			weighted[c][i] = w * column[i]
		}
	}
	addCovariance(v, s.strata, weighted, 1)
	return v
}

func addCovariance(v *mat.SymDense, strata []stratum, columns [][]float64, factor float64) {
	for _, h := range strata {
		if h.scale > 0 {
			totals := mat.NewDense(len(h.clusters), len(columns), nil)
			for i, c := range h.clusters {
				row := totals.RawRowView(i)
				for k, column := range columns {
					for _, record := range c.records {
						row[k] += column[record]
					}
				}
			}
			if h.centred {
				centre(totals)
			}
			for i := range h.clusters {
				v.SymRankOne(v, factor*h.scale, totals.RowView(i))
			}
		}
		for _, c := range h.clusters {
			addCovariance(v, c.strata, columns, factor*h.rate)
		}
	}
}

// centre takes the mean of each column away.
func centre(m *mat.Dense) {
	rows, columns := m.Dims()
	for k := range columns {
		sum := 0.0
		for i := range rows {
			sum += m.At(i, k)
		}
		for i := range rows {
			m.Set(i, k, m.At(i, k)-sum/float64(rows))
		}
	}
}

// definite is nil for what is no number.
func definite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
