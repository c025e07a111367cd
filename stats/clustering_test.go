package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestIntraclassCorrelationAgainstR(t *testing.T) {
	eachVector(t, "04c_icc.csv", func(v vector) {
		c := ok[Clustering](v.t)(IntraclassCorrelation(v.ints("k"), v.ints("n")))
		v.want("msb", c.Between, 1e-12)
		v.want("msw", c.Within, 1e-12)
		v.want("n0", c.MeanSize, 1e-12)
		v.want("icc", c.Correlation, 1e-12)
		v.want("deff_mean_m", c.DesignEffect, 1e-12)
		v.want("var_ratio_cluster", c.Variance, 1e-12)
	})
}

// The variance with clusters as units is that of the sample design; where all in a cluster agree,
// the answers count for no more than the clusters.
func TestIntraclassCorrelationIsTheDesign(t *testing.T) {
	successes, sizes := []int64{18, 25, 9, 30, 0}, []int64{20, 30, 10, 40, 0}
	c := ok[Clustering](t)(IntraclassCorrelation(successes, sizes))
	var clusters []string
	var success []bool
	for i, n := range sizes {
		for k := range n {
			clusters, success = append(clusters, fmt.Sprint(i)), append(success, k < successes[i])
		}
	}
	design := ok[*SampleDesign](t)(NewSampleDesign(slices.Repeat([]float64{1}, len(success)), LonelyFail, SamplingStage{Clusters: clusters}))
	e := ok[DesignEstimate](t)(design.Share(success, nil))
	wantNear(t, "share", c.Share, e.Value, 1e-12)
	wantNear(t, "variance", c.Variance, e.Variance, 1e-12)

	one := 1.0
	same := ok[Clustering](t)(IntraclassCorrelation([]int64{10, 0, 10, 0}, []int64{10, 10, 10, 10}))
	wantNear(t, "correlation of clusters of one mind", same.Correlation, &one, 1e-12)
	ten := 10.0
	wantNear(t, "their design effect", same.DesignEffect, &ten, 1e-12)
}

func TestIntraclassCorrelationEdges(t *testing.T) {
	for name, c := range map[string]struct {
		successes, sizes                      []int64
		share, within, between, rho, variance bool
	}{
		"nobody":           {successes: []int64{0, 0}, sizes: []int64{0, 0}},
		"one cluster":      {successes: []int64{3, 0}, sizes: []int64{5, 0}, share: true, within: true},
		"one answer":       {successes: []int64{1}, sizes: []int64{1}, share: true},
		"clusters of one":  {successes: []int64{1, 0}, sizes: []int64{1, 1}, share: true, between: true, variance: true},
		"everybody agrees": {successes: []int64{3, 4}, sizes: []int64{3, 4}, share: true, within: true, between: true, variance: true},
		"as usual":         {successes: []int64{3, 4}, sizes: []int64{5, 4}, share: true, within: true, between: true, rho: true, variance: true},
	} {
		got := ok[Clustering](t)(IntraclassCorrelation(c.successes, c.sizes))
		for field, is := range map[string][2]bool{
			"share": {got.Share != nil, c.share}, "within": {got.Within != nil, c.within},
			"between": {got.Between != nil, c.between}, "mean size": {got.MeanSize != nil, c.between},
			"correlation": {got.Correlation != nil, c.rho}, "design effect": {got.DesignEffect != nil, c.rho},
			"variance": {got.Variance != nil, c.variance},
		} {
			if is[0] != is[1] {
				t.Errorf("%s: %s known: %v", name, field, is[0])
			}
		}
	}
	for name, err := range map[string]error{
		"length": second(IntraclassCorrelation([]int64{1}, nil)),
		"count":  second(IntraclassCorrelation([]int64{2}, []int64{1})),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleIntraclassCorrelation() {
	c, _ := IntraclassCorrelation([]int64{18, 25, 9, 30}, []int64{20, 30, 10, 40})
	fmt.Printf("correlation %.4f, design effect %.2f\n", *c.Correlation, *c.DesignEffect)
	// Output: correlation -0.0053, design effect 0.87
}

func FuzzIntraclassCorrelation(f *testing.F) {
	f.Add(int64(18), int64(20), int64(25), int64(30), int64(9), int64(10))
	f.Add(int64(0), int64(0), int64(1), int64(1), int64(0), int64(1))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(0), int64(1), int64(-1), int64(3))
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2, k3, n3 int64) {
		if c, err := IntraclassCorrelation([]int64{k1, k2, k3}, []int64{n1, n2, n3}); err == nil {
			wantNumbers(t, c, nil)
			if c.Correlation != nil && *c.Correlation > 1+1e-9 {
				t.Errorf("a correlation of %v", *c.Correlation)
			}
		}
	})
}
