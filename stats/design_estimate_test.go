package stats

import (
	"strings"
	"testing"
)

func TestDesignEstimatesAgainstR(t *testing.T) {
	eachVector(t, "07_survey_api_estimates.csv", func(v vector) {
		d := readDataset(v.t, v.text("data"))
		design := d.design(v.text("design"))
		domain := d.domain(v.text("domain"))
		kind, of, _ := strings.Cut(v.text("statistic"), ":")
		var e DesignEstimate
		switch kind {
		case "mean":
			values, given := d.floats(of)
			e = ok[DesignEstimate](v.t)(design.Mean(values, both(domain, given)))
		case "total":
			values, given := d.floats(of)
			e = ok[DesignEstimate](v.t)(design.Total(values, both(domain, given)))
		case "prop":
			column, level, _ := strings.Cut(of, "=")
			e = ok[DesignEstimate](v.t)(design.Share(d.is(column, level), domain))
		case "ratio":
			above, below, _ := strings.Cut(of, "/")
			y, givenY := d.floats(above)
			x, givenX := d.floats(below)
			e = ok[DesignEstimate](v.t)(design.Ratio(y, x, both(domain, both(givenY, givenX))))
		default:
			v.t.Fatalf("unknown statistic %q", kind)
		}
		wantDesignEstimate(v, e)
	})
}

func TestDesignEstimatesOfCriteriaAgainstR(t *testing.T) {
	eachVector(t, "07_survey_synth_estimates.csv", func(v vector) {
		d := readDataset(v.t, "synth_survey")
		design := d.design(v.text("design"))
		domain := d.domain(v.text("domain"))
		criteria := []string{"q1", "q2", "q3", "q4", "q5"}
		kind, of, _ := strings.Cut(v.text("statistic"), ":")
		var e DesignEstimate
		switch {
		case kind == "share":
			satisfied, given := d.atLeast4(strings.TrimSuffix(of, ">=4"))
			e = ok[DesignEstimate](v.t)(design.Share(satisfied, both(domain, given)))
		case kind == "mean" && of == "overall":
			values, given := d.floats(of)
			e = ok[DesignEstimate](v.t)(design.Mean(values, both(domain, given)))
		case kind == "mean":
			means, given := d.respondentMeans(criteria)
			e = ok[DesignEstimate](v.t)(design.Mean(means, both(domain, given)))
		case kind == "index_pooled":
			s, a := d.answerCounts(criteria)
			e = ok[DesignEstimate](v.t)(design.Ratio(s, a, domain))
		case kind == "index_macro":
			var parts []DesignEstimate
			for _, q := range criteria {
				satisfied, given := d.atLeast4(q)
				parts = append(parts, ok[DesignEstimate](v.t)(design.Share(satisfied, both(domain, given))))
			}
			e = ok[DesignEstimate](v.t)(Combine([]float64{0.2, 0.2, 0.2, 0.2, 0.2}, parts))
		case kind == "total":
			satisfied, _ := d.atLeast4("overall")
			e = ok[DesignEstimate](v.t)(design.Total(indicators(satisfied), domain))
		default:
			v.t.Fatalf("unknown statistic %q", kind)
		}
		wantDesignEstimate(v, e)
	})
}

// wantDesignEstimate compares with the columns that the files of estimates share.
func wantDesignEstimate(v vector, e DesignEstimate) {
	v.t.Helper()
	v.want("estimate", e.Value, 1e-10)
	v.want("se", e.SE, 1e-10)
	v.want("df", &e.DF, 0)
	if v.maybe("deff") != nil {
		v.want("deff", e.DesignEffect, 1e-10)
	}
	interval := ok[*Interval](v.t)(e.Interval(0.95))
	v.want("t_lower", lower(interval), 1e-10)
	v.want("t_upper", upper(interval), 1e-10)
}

// answerCounts are the satisfied and the given answers of each respondent.
func (d dataset) answerCounts(criteria []string) (satisfied, given []float64) {
	n := len(d.labels("id"))
	satisfied, given = make([]float64, n), make([]float64, n)
	for _, q := range criteria {
		s, g := d.atLeast4(q)
		for i := range n {
			satisfied[i] += indicator(s[i])
			given[i] += indicator(g[i])
		}
	}
	return satisfied, given
}

// respondentMeans are the mean levels of the answers each respondent gave.
func (d dataset) respondentMeans(criteria []string) (means []float64, given []bool) {
	n := len(d.labels("id"))
	means, given = make([]float64, n), make([]bool, n)
	answers := make([]float64, n)
	for _, q := range criteria {
		values, present := d.floats(q)
		for i := range n {
			if present[i] {
				means[i] += values[i]
				answers[i]++
			}
		}
	}
	for i := range n {
		given[i] = answers[i] > 0
		means[i] /= max(answers[i], 1)
	}
	return means, given
}

func indicators(is []bool) []float64 {
	var out []float64
	for _, yes := range is {
		out = append(out, indicator(yes))
	}
	return out
}

func TestDesignDifferenceAgainstR(t *testing.T) {
	eachVector(t, "07_domain_difference.csv", func(v vector) {
		d := readDataset(v.t, v.text("data"))
		design := d.design(v.text("design"))
		satisfied, given := d.atLeast4("overall")
		share := func(column string) DesignEstimate {
			return ok[DesignEstimate](v.t)(design.Share(satisfied, both(given, d.is(v.text("variable"), v.text(column)))))
		}
		difference := ok[DesignDifference](v.t)(share("level_a").Difference(share("level_b")))
		v.want("diff", difference.Estimate.Value, 1e-10)
		v.want("se", difference.Estimate.SE, 1e-10)
		v.want("df", &difference.Estimate.DF, 0)
		v.want("t", difference.T, 1e-10)
		v.want("p_value", difference.P, 1e-10)
		v.want("cov", difference.Covariance, 1e-12)
	})
}

func TestLonelyClustersAgainstR(t *testing.T) {
	rules := map[string]LonelyRule{
		"remove": LonelyRemove, "adjust": LonelyAdjust, "average": LonelyAverage, "certainty": LonelyCertainty,
	}
	all := readDataset(t, "synth_survey")
	var keep []bool
	for i, stratum := range all.labels("stratum") {
		keep = append(keep, stratum != "A-civil" || all.labels("office")[i] == "O05")
	}
	d := all.keep(keep)
	stage := SamplingStage{Strata: d.labels("stratum"), Clusters: d.labels("office")}
	satisfied, given := d.atLeast4("overall")
	eachVector(t, "07_lonely_psu.csv", func(v vector) {
		design := ok[*SampleDesign](v.t)(NewSampleDesign(d.numbers("w"), rules[v.text("option")], stage))
		e := ok[DesignEstimate](v.t)(design.Share(satisfied, given))
		v.want("estimate", e.Value, 1e-10)
		v.want("se", e.SE, 1e-10)
		v.want("df", &e.DF, 0)
	})
	if _, err := NewSampleDesign(d.numbers("w"), LonelyFail, stage); err == nil || !strings.Contains(err.Error(), "stratum A-civil has a single cluster") {
		t.Errorf("without a rule: %v", err)
	}
}

func TestDesignIntervalsAgainstSvyciprop(t *testing.T) {
	methods := map[string]Method{"logit": Logit, "xlogit": Logit, "asin": Arcsine, "beta": KornGraubard}
	eachVector(t, "07_survey_ciprop.csv", func(v vector) {
		if v.text("method") == "likelihood" {
			v.t.Skip("profile likelihood is not offered")
		}
		tolerance := 1e-10
		if v.text("method") == "logit" {
			tolerance = 1e-7 // where R's glm stops
		}
		d := readDataset(v.t, "synth_survey")
		satisfied, given := d.atLeast4("overall")
		e := ok[DesignEstimate](v.t)(d.design(v.text("design")).Share(satisfied, given))
		n := float64(e.N)
		v.want("n", &n, 0)
		v.want("var", e.Variance, tolerance)
		v.want("estimate", e.Value, tolerance)
		v.want("df", &e.DF, 0)
		var interval *Interval
		if v.text("method") == "mean" {
			interval = ok[*Interval](v.t)(e.Interval(v.float("level")))
		} else {
			share, is := e.Design()
			if !is {
				v.t.Fatalf("no share: %+v", e)
			}
			interval = ok[Estimate](v.t)(share.Interval(methods[v.text("method")], v.float("level"))).Interval
		}
		v.want("lower", lower(interval), tolerance)
		v.want("upper", upper(interval), tolerance)
	})
}

func TestRaoScottAgainstR(t *testing.T) {
	eachVector(t, "07_rao_scott.csv", func(v vector) {
		d := readDataset(v.t, v.text("data"))
		design := d.design(v.text("design"))
		row, column, _ := strings.Cut(v.text("table"), " x ")
		rows, domain := d.columns[row], []bool(nil)
		if row == "sat" {
			satisfied, given := d.atLeast4("overall")
			domain = given
			for _, is := range satisfied {
				rows = append(rows, map[bool]string{true: "yes", false: "no"}[is])
			}
		}
		test := ok[RaoScott](v.t)(design.RaoScott(rows, d.labels(column), domain))
		if v.text("statistic") == "F" {
			v.want("stat", test.F, 1e-9)
			v.want("ndf", test.NumeratorDF, 1e-10)
			v.want("ddf", test.DenominatorDF, 1e-10)
			wantRelative(v, "p_value", test.P, 1e-8)
		} else {
			v.want("stat", test.Pearson, 1e-9)
			v.want("ndf", test.DF, 0)
			wantRelative(v, "p_value", test.ChiSquareP, 1e-8)
		}
	})
}

// wantRelative compares small numbers too.
func wantRelative(v vector, column string, got *float64, tolerance float64) {
	v.t.Helper()
	if got == nil {
		v.t.Errorf("%s: got nil", column)
		return
	}
	scaled, one := *got/v.float(column), 1.0
	wantNear(v.t, column+", relative", &scaled, &one, tolerance)
}
