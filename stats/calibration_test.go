package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestRakeTablesAgainstR(t *testing.T) {
	eachVector(t, "09_ipf_tables.csv", func(v vector) {
		rows, columns := int(v.int("nrow")), int(v.int("ncol"))
		row := PopulationMargin{Totals: map[string]float64{}}
		column := PopulationMargin{Totals: map[string]float64{}}
		for cell := range rows * columns {
			row.Groups = append(row.Groups, strconv.Itoa(cell/columns))
			column.Groups = append(column.Groups, strconv.Itoa(cell%columns))
		}
		for i, total := range v.floats("row_targets") {
			row.Totals[strconv.Itoa(i)] = total
		}
		for i, total := range v.floats("col_targets") {
			column.Totals[strconv.Itoa(i)] = total
		}
		fitted, err := Rake(v.floats("seed_rowmajor"), []PopulationMargin{row, column}, Convergence{})
		if v.text("converged") == "FALSE" {
			if !errors.Is(err, ErrNotConverged) {
				v.t.Errorf("%v, %v", fitted, err)
			}
			return
		}
		if err != nil {
			v.t.Fatal(err)
		}
		wantAll(v.t, "fitted", fitted, v.floats("fitted_rowmajor"), 1e-10)
	})
}

// populationMargins are those of the synthetic survey.
func populationMargins(t *testing.T, d dataset, variables ...string) []PopulationMargin {
	totals := map[string]map[string]float64{}
	eachVector(t, "08_calibration_margins.csv", func(v vector) {
		variable := v.text("variable")
		if totals[variable] == nil {
			totals[variable] = map[string]float64{}
		}
		totals[variable][v.text("level")] = v.float("total")
	})
	var margins []PopulationMargin
	for _, variable := range variables {
		margins = append(margins, PopulationMargin{Groups: d.labels(variable), Totals: totals[variable]})
	}
	return margins
}

func TestCalibrationAgainstR(t *testing.T) {
	d := readDataset(t, "synth_survey")
	design := d.design("two_stage_fpc")
	all := populationMargins(t, d, "agency", "channel", "gender")
	raked := ok[*SampleDesign](t)(design.Rake(all, Convergence{}))
	designs := map[string]*SampleDesign{
		"design":                 design,
		"poststratified_channel": ok[*SampleDesign](t)(design.PostStratify(all[1])),
		"raked_rake":             raked,
		"raked_calibrate":        raked,
		"calibrated_linear":      ok[*SampleDesign](t)(design.CalibrateLinear(all, nil)),
	}
	weights := map[string][]float64{
		"w_design": designs["design"].Weights(), "w_poststrat": designs["poststratified_channel"].Weights(),
		"w_raked": raked.Weights(), "w_linear": designs["calibrated_linear"].Weights(),
	}
	eachVector(t, "08_calibration_weights.csv", func(v vector) {
		for column, w := range weights {
			v.want(column, &w[v.int("id")-1], 1e-9)
		}
	})
	eachVector(t, "08_calibration_estimates.csv", func(v vector) {
		design := designs[v.text("design")]
		kind, of, _ := strings.Cut(v.text("statistic"), ":")
		column := map[string]string{"sat": "overall", "overall": "overall", "s1": "q1", "s4": "q4"}[of]
		values, given := d.floats(column)
		if of != "overall" {
			satisfied, _ := d.atLeast4(column)
			values = indicators(satisfied)
		}
		estimate := design.Mean
		if kind == "total" {
			estimate = design.Total
		}
		e := ok[DesignEstimate](v.t)(estimate(values, both(given, d.domain(v.text("domain")))))
		if v.text("design") == "raked_rake" {
			v.want("estimate", e.Value, 1e-10)
			v.t.Skip("the same weights as raked_calibrate, but standard errors of another regression")
		}
		wantDesignEstimate(v, e)
	})
}

func TestCalibrationOfTeachingDataAgainstR(t *testing.T) {
	eachVector(t, "09b_api_raking.csv", func(v vector) {
		d := readDataset(v.t, map[string]string{"clus1_fpc": "apiclus1", "strat_fpc": "apistrat"}[v.text("design")])
		margins := []PopulationMargin{
			{Groups: d.labels("stype"), Totals: map[string]float64{"E": 4421, "H": 755, "M": 1018}},
			{Groups: d.labels("sch.wide"), Totals: map[string]float64{"No": 1072, "Yes": 5122}},
		}
		kind := v.text("calibration")
		if kind == "rake_R_default" {
			v.t.Skip("stopped before it converged")
		}
		if kind == "poststratified_stype" {
			margins = margins[:1]
		}
		design := ok[*SampleDesign](v.t)(d.design(v.text("design")).Rake(margins, Convergence{}))
		weights := design.Weights()
		low, high := slices.Min(weights), slices.Max(weights)
		v.want("min_w", &low, 1e-9)
		v.want("max_w", &high, 1e-9)
		mean := ok[DesignEstimate](v.t)(design.Mean(d.numbers("api00"), nil))
		total := ok[DesignEstimate](v.t)(design.Total(d.numbers("enroll"), nil))
		v.want("mean_api00", mean.Value, 1e-10)
		v.want("total_enroll", total.Value, 1e-10)
		if kind != "rake_converged" {
			v.want("se_mean", mean.SE, 1e-9)
			v.want("se_total", total.SE, 1e-9)
		}
	})
}

// The estimates are those printed on the help page of survey::calibrate.
func TestCalibrationToAQuantityAgainstR(t *testing.T) {
	d := readDataset(t, "apiclus1")
	stype := PopulationMargin{Groups: d.labels("stype"), Totals: map[string]float64{"E": 4421, "H": 755, "M": 1018}}
	design := ok[*SampleDesign](t)(d.design("clus1_fpc").CalibrateLinear(
		[]PopulationMargin{stype}, []PopulationTotal{{Values: d.numbers("api99"), Total: 3914069}}))
	mean := ok[DesignEstimate](t)(design.Mean(d.numbers("api00"), nil))
	total := ok[DesignEstimate](t)(design.Total(d.numbers("enroll"), nil))
	for printed, got := range map[string]string{
		"665.31 3.4418":  fmt.Sprintf("%.2f %.4f", *mean.Value, *mean.SE),
		"3638487 385524": fmt.Sprintf("%.0f %.0f", *total.Value, *total.SE),
	} {
		if got != printed {
			t.Errorf("got %s, want %s", got, printed)
		}
	}
}

func TestCalibratedMarginsAreKnown(t *testing.T) {
	d := readDataset(t, "synth_survey")
	all := populationMargins(t, d, "agency", "channel", "gender")
	design := d.design("two_stage_fpc")
	size := PopulationTotal{Values: d.numbers("fpc2"), Total: 9e7}
	for name, calibrated := range map[string]*SampleDesign{
		"raked":    ok[*SampleDesign](t)(design.Rake(all, Convergence{})),
		"linear":   ok[*SampleDesign](t)(design.CalibrateLinear(all, nil)),
		"quantity": ok[*SampleDesign](t)(design.CalibrateLinear(all, []PopulationTotal{size})),
	} {
		for _, margin := range all {
			for group, total := range margin.Totals {
				var in []float64
				for _, g := range margin.Groups {
					in = append(in, indicator(g == group))
				}
				e := ok[DesignEstimate](t)(calibrated.Total(in, nil))
				wantNear(t, name+", "+group, e.Value, &total, 1e-10)
				if *e.SE > 1e-6*total {
					t.Errorf("%s, %s: the standard error of a known total is %v", name, group, *e.SE)
				}
			}
		}
		if name == "quantity" {
			e := ok[DesignEstimate](t)(calibrated.Total(size.Values, nil))
			wantNear(t, name, e.Value, &size.Total, 1e-10)
		}
	}
}

// With one margin raking, linear calibration and post-stratification are the same.
func TestCalibrationToOneMargin(t *testing.T) {
	d := readDataset(t, "synth_survey")
	margin := populationMargins(t, d, "channel")
	design := d.design("two_stage_fpc")
	raked := ok[*SampleDesign](t)(design.PostStratify(margin[0]))
	linear := ok[*SampleDesign](t)(design.CalibrateLinear(margin, nil))
	wantAll(t, "weight", linear.Weights(), raked.Weights(), 1e-10)
	satisfied, given := d.atLeast4("overall")
	a := ok[DesignEstimate](t)(raked.Share(satisfied, given))
	b := ok[DesignEstimate](t)(linear.Share(satisfied, given))
	wantNear(t, "se", a.SE, b.SE, 1e-10)
}

// Post-strata that are the strata of the design, with their true sizes, change nothing.
func TestPostStratifyingByTheStrata(t *testing.T) {
	strata := []string{"a", "a", "a", "b", "b"}
	sizes := []float64{30, 30, 30, 10, 10}
	design := ok[*SampleDesign](t)(NewSampleDesign(nil, LonelyFail, SamplingStage{Strata: strata, Population: sizes}))
	post := ok[*SampleDesign](t)(design.PostStratify(PopulationMargin{strata, map[string]float64{"a": 30, "b": 10, "c": 0}}))
	y := []float64{1, 4, 2, 8, 5}
	before, after := ok[DesignEstimate](t)(design.Mean(y, nil)), ok[DesignEstimate](t)(post.Mean(y, nil))
	wantNear(t, "mean", after.Value, before.Value, 1e-12)
	wantNear(t, "se", after.SE, before.SE, 1e-12)
}

func TestCalibrationEdges(t *testing.T) {
	groups := []string{"a", "a", "b", "c"}
	weights := []float64{1, 2, 3, 0}
	margin := func(totals map[string]float64) []PopulationMargin { return []PopulationMargin{{groups, totals}} }
	fine := margin(map[string]float64{"a": 6, "b": 4})
	if w := ok[[]float64](t)(Rake(weights, fine, Convergence{})); !slices.Equal(w, []float64{2, 4, 4, 0}) {
		t.Errorf("%v", w)
	}
	if w := ok[[]float64](t)(Rake(weights, margin(map[string]float64{"a": 6, "b": 0}), Convergence{})); !slices.Equal(w, []float64{2, 4, 0, 0}) {
		t.Errorf("an empty group: %v", w)
	}
	for name, err := range map[string]error{
		"no margin":        second(Rake(weights, nil, Convergence{})),
		"negative weight":  second(Rake([]float64{1, 2, 3, -1}, fine, Convergence{})),
		"length":           second(Rake(weights[:3], fine, Convergence{})),
		"group unknown":    second(Rake(weights, margin(map[string]float64{"a": 6}), Convergence{})),
		"group unsampled":  second(Rake(weights, margin(map[string]float64{"a": 6, "b": 4, "c": 1}), Convergence{})),
		"negative total":   second(Rake(weights, margin(map[string]float64{"a": 6, "b": -4}), Convergence{})),
		"sums differ":      second(Rake(weights, append(margin(map[string]float64{"a": 6, "b": 5}), fine...), Convergence{})),
		"tolerance":        second(Rake(weights, fine, Convergence{Tolerance: math.NaN()})),
		"max iterations":   second(Rake(weights, fine, Convergence{MaxIterations: -1})),
		"infinite weights": second(Rake([]float64{math.Inf(1), 1, 1, 1}, fine, Convergence{})),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	design := ok[*SampleDesign](t)(NewSampleDesign(weights, LonelyFail, SamplingStage{}))
	raked := ok[*SampleDesign](t)(design.Rake(fine, Convergence{}))
	for name, err := range map[string]error{
		"nothing":     second(design.CalibrateLinear(nil, nil)),
		"twice":       second(raked.Rake(fine, Convergence{})),
		"nobody":      second(design.PostStratify(margin(map[string]float64{"a": 6, "b": 0})[0])),
		"length":      second(design.CalibrateLinear(nil, []PopulationTotal{{Values: []float64{1}}})),
		"NaN":         second(design.CalibrateLinear(nil, []PopulationTotal{{Values: []float64{math.NaN(), 1, 1, 1}, Total: 3}})),
		"total":       second(design.CalibrateLinear(nil, []PopulationTotal{{Values: weights, Total: math.Inf(1)}})),
		"impossible":  second(design.CalibrateLinear(nil, []PopulationTotal{{Values: make([]float64, 4), Total: 3}})),
		"contradicts": second(design.CalibrateLinear(fine, []PopulationTotal{{Values: []float64{1, 1, 1, 1}, Total: 11}})),
		"too large":   second(design.CalibrateLinear(nil, []PopulationTotal{{Values: []float64{1e200, 1, 1, 1}, Total: 11}})),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleRake() {
	// A table of two agencies by two channels, scaled to what is known of both.
	weights, _ := Rake([]float64{40, 30, 20, 10}, []PopulationMargin{
		{Groups: []string{"A", "A", "B", "B"}, Totals: map[string]float64{"A": 60, "B": 40}},
		{Groups: []string{"counter", "online", "counter", "online"}, Totals: map[string]float64{"counter": 55, "online": 45}},
	}, Convergence{})
	fmt.Printf("%.2f\n", weights)
	// Output: [30.61 29.39 24.39 15.61]
}

func ExampleSampleDesign_PostStratify() {
	design, _ := NewSampleDesign([]float64{10, 10, 10, 10, 10}, LonelyFail, SamplingStage{})
	weighted, _ := design.PostStratify(PopulationMargin{
		Groups: []string{"counter", "counter", "counter", "online", "online"},
		Totals: map[string]float64{"counter": 15, "online": 35},
	})
	share, _ := weighted.Share([]bool{true, true, false, true, false}, nil)
	fmt.Printf("%.1f %.2f\n", weighted.Weights(), *share.Value)
	// Output: [5.0 5.0 5.0 17.5 17.5] 0.55
}

func ExampleSampleDesign_Rake() {
	design, _ := NewSampleDesign([]float64{10, 10, 10, 10}, LonelyFail, SamplingStage{})
	weighted, _ := design.Rake([]PopulationMargin{
		{Groups: []string{"A", "A", "B", "B"}, Totals: map[string]float64{"A": 30, "B": 20}},
		{Groups: []string{"f", "m", "f", "m"}, Totals: map[string]float64{"f": 25, "m": 25}},
	}, Convergence{})
	fmt.Printf("%.1f\n", weighted.Weights())
	// Output: [15.0 15.0 10.0 10.0]
}

func ExampleSampleDesign_CalibrateLinear() {
	// The average waiting time of all transactions is known to be 12 minutes.
	design, _ := NewSampleDesign([]float64{100, 100, 100, 100}, LonelyFail, SamplingStage{})
	weighted, _ := design.CalibrateLinear(nil, []PopulationTotal{
		{Values: []float64{1, 1, 1, 1}, Total: 400},
		{Values: []float64{5, 10, 15, 30}, Total: 4800},
	})
	fmt.Printf("%.1f\n", weighted.Weights())
	// Output: [134.3 117.1 100.0 48.6]
}

func FuzzRake(f *testing.F) {
	f.Add(10.0, 0.0, 0.0, 5.0, 20.0, 10.0, 15.0, 1e-9, 50)
	f.Add(40.0, 30.0, 20.0, 10.0, 60.0, 40.0, 55.0, 0.0, 0)
	f.Add(1e308, 1e-308, 5e-324, 1.0, 1e300, 1e-300, 1e150, 1e-6, 3)
	f.Add(math.NaN(), -1.0, math.Inf(1), 1.0, math.NaN(), math.Inf(1), -1.0, math.Inf(1), -3)
	f.Fuzz(func(t *testing.T, a, b, c, d, row1, row2, column1, tolerance float64, iterations int) {
		margins := []PopulationMargin{
			{Groups: []string{"1", "1", "2", "2"}, Totals: map[string]float64{"1": row1, "2": row2}},
			{Groups: []string{"1", "2", "1", "2"}, Totals: map[string]float64{"1": column1, "2": row1 + row2 - column1}},
		}
		weights := []float64{a, b, c, d}
		control := Convergence{Tolerance: tolerance, MaxIterations: min(iterations, 2000)}
		raked, err := Rake(weights, margins, control)
		if err != nil {
			return
		}
		wantNumbers(t, raked, nil)
		if sum := raked[0] + raked[1]; math.Abs(sum-row1) > (1e-12+tolerance)*row1 {
			t.Errorf("a row of %v instead of %v", sum, row1)
		}
	})
}
