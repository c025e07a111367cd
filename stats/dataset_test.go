package stats

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// dataset is a table of records.
type dataset struct {
	t       *testing.T
	columns map[string][]string
}

// readDataset reads a table from testdata. The teaching data of R packages are not part of the
// source; where they are not beside it the test is skipped.
func readDataset(t *testing.T, name string) dataset {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".csv"))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(filepath.Join("..", "..", "shared", "vectors", "data", name+".csv"))
	}
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s, teaching data of an R package, is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := dataset{t: t, columns: map[string][]string{}}
	var header []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, ",")
		if header == nil {
			header = cells
			continue
		}
		for i, name := range header {
			d.columns[name] = append(d.columns[name], cells[i])
		}
	}
	return d
}

func (d dataset) labels(column string) []string {
	d.t.Helper()
	labels, known := d.columns[column]
	if !known {
		d.t.Fatalf("no column %q", column)
	}
	return labels
}

// floats also tells which are not missing.
func (d dataset) floats(column string) (values []float64, present []bool) {
	d.t.Helper()
	for _, label := range d.labels(column) {
		x, err := strconv.ParseFloat(label, 64)
		if err != nil && label != "NA" {
			d.t.Fatal(err)
		}
		values, present = append(values, x), append(present, label != "NA")
	}
	return values, present
}

func (d dataset) numbers(column string) []float64 {
	d.t.Helper()
	values, present := d.floats(column)
	if slices.Contains(present, false) {
		d.t.Fatalf("%s is missing somewhere", column)
	}
	return values
}

// is tells which records have the label.
func (d dataset) is(column, label string) []bool {
	d.t.Helper()
	var is []bool
	for _, l := range d.labels(column) {
		is = append(is, l == label)
	}
	return is
}

// atLeast4 tells which answers are satisfied, and which are given.
func (d dataset) atLeast4(column string) (satisfied, given []bool) {
	d.t.Helper()
	values, given := d.floats(column)
	for i, x := range values {
		satisfied = append(satisfied, given[i] && x >= 4)
	}
	return satisfied, given
}

// keep has the records for which keep is true.
func (d dataset) keep(keep []bool) dataset {
	kept := dataset{t: d.t, columns: map[string][]string{}}
	for name, cells := range d.columns {
		for i, cell := range cells {
			if keep[i] {
				kept.columns[name] = append(kept.columns[name], cell)
			}
		}
	}
	return kept
}

// domain is given as column=label, or as all.
func (d dataset) domain(name string) []bool {
	d.t.Helper()
	if column, label, is := strings.Cut(name, "="); is {
		return d.is(column, label)
	}
	for column := range d.columns {
		return slices.Repeat([]bool{true}, len(d.labels(column)))
	}
	return nil
}

// design is the one that the reference files call by this name.
func (d dataset) design(name string) *SampleDesign {
	d.t.Helper()
	new := func(weights []float64, stages ...SamplingStage) *SampleDesign {
		return ok[*SampleDesign](d.t)(NewSampleDesign(weights, LonelyFail, stages...))
	}
	switch name {
	case "srs_fpc":
		return new(d.numbers("pw"), SamplingStage{Population: d.numbers("fpc")})
	case "srs_nofpc":
		return new(d.numbers("pw"), SamplingStage{})
	case "strat_fpc":
		return new(d.numbers("pw"), SamplingStage{Strata: d.labels("stype"), Population: d.numbers("fpc")})
	case "strat_nofpc":
		return new(d.numbers("pw"), SamplingStage{Strata: d.labels("stype")})
	case "clus1_fpc":
		return new(d.numbers("pw"), SamplingStage{Clusters: d.labels("dnum"), Population: d.numbers("fpc")})
	case "clus1_nofpc":
		return new(d.numbers("pw"), SamplingStage{Clusters: d.labels("dnum")})
	case "clus2_2stage_fpc":
		return new(nil,
			SamplingStage{Clusters: d.labels("dnum"), Population: d.numbers("fpc1")},
			SamplingStage{Clusters: d.labels("snum"), Population: d.numbers("fpc2")})
	case "clus2_wr":
		return new(d.numbers("pw"), SamplingStage{Clusters: d.labels("dnum")}, SamplingStage{Clusters: d.labels("snum")})
	case "fpc_fpc":
		return new(d.numbers("weight"), SamplingStage{Strata: d.labels("stratid"), Clusters: d.labels("psuid"), Population: d.numbers("Nh")})
	case "fpc_nofpc":
		return new(d.numbers("weight"), SamplingStage{Strata: d.labels("stratid"), Clusters: d.labels("psuid")})
	case "two_stage_fpc":
		return new(nil,
			SamplingStage{Strata: d.labels("stratum"), Clusters: d.labels("office"), Population: d.numbers("fpc1")},
			SamplingStage{Population: d.numbers("fpc2")})
	case "ultimate_cluster_wr":
		return new(d.numbers("w"), SamplingStage{Strata: d.labels("stratum"), Clusters: d.labels("office")})
	}
	d.t.Fatalf("no design %q", name)
	return nil
}

// both is true where both are.
func both(a, b []bool) []bool {
	var out []bool
	for i := range a {
		out = append(out, a[i] && b[i])
	}
	return out
}
