package stats

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// teaching reads a data set as columns of text. synth_survey is kept with the
// tests; the public teaching data stand beside the repository, and tests that
// need them are skipped where they do not.
func teaching(t *testing.T, name string) map[string][]string {
	t.Helper()
	path := filepath.Join("testdata", name+".csv")
	if name != "synth_survey" {
		path = filepath.Join("..", "..", "shared", "vectors", "data", name+".csv")
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for j, column := range rows[0] {
		for _, row := range rows[1:] {
			columns[column] = append(columns[column], row[j])
		}
	}
	return columns
}

// complete has the rows of some columns without NA, by column.
func complete(t *testing.T, data map[string][]string, names ...string) [][]float64 {
	t.Helper()
	columns := make([][]float64, len(names))
	for i := range data[names[0]] {
		if slices.ContainsFunc(names, func(name string) bool { return data[name][i] == "NA" }) {
			continue
		}
		for j, name := range names {
			x, err := strconv.ParseFloat(data[name][i], 64)
			if err != nil {
				t.Fatal(err)
			}
			columns[j] = append(columns[j], x)
		}
	}
	return columns
}

// inline reads columns written into the name of a data set, as x=1;2_y=3;4.
func inline(t *testing.T, text string) (x, y []float64) {
	t.Helper()
	left, right, found := strings.Cut(strings.TrimPrefix(text, "inline_x="), "_y=")
	if !found {
		t.Fatalf("no columns in %q", text)
	}
	parse := func(cells string) (out []float64) {
		for cell := range strings.SplitSeq(cells, ";") {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		return out
	}
	return parse(left), parse(right)
}

func TestCorrelationAgainstR(t *testing.T) {
	eachVector(t, "17a_correlation.csv", func(v vector) {
		var x, y []float64
		if name := v.text("data"); strings.HasPrefix(name, "inline_") {
			x, y = inline(v.t, name)
		} else {
			columns := complete(v.t, teaching(v.t, name), v.text("x"), v.text("y"))
			x, y = columns[0], columns[1]
		}
		pearson := ok[Correlation](v.t)(Pearson(x, y, 0.95))
		v.want("n", whole(int64(pearson.N)), 0)
		v.want("pearson", pearson.Value, 1e-12)
		v.want("pearson_lo95", lower(pearson.Interval), 1e-12)
		v.want("pearson_hi95", upper(pearson.Interval), 1e-12)
		wantDigits(v, "p_pearson", pearson.P, 1e-9)
		v.want("spearman", ok[Correlation](v.t)(Spearman(x, y)).Value, 1e-12)
		kendall := ok[Correlation](v.t)(Kendall(x, y))
		v.want("kendall_tau_b", kendall.Value, 1e-12)
		v.want("kendall_z", kendall.Statistic, 1e-12)
		wantDigits(v, "p_kendall", kendall.P, 1e-9)
	})
}

func TestKendallCountsPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for n := 2; n < 60; n += 3 {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = float64(random.IntN(5)), float64(random.IntN(4))
		}
		var concordant, untiedX, untiedY float64
		for i := range x {
			for j := range i {
				concordant += float64(cmp.Compare(x[i], x[j]) * cmp.Compare(y[i], y[j]))
				untiedX += math.Abs(float64(cmp.Compare(x[i], x[j])))
				untiedY += math.Abs(float64(cmp.Compare(y[i], y[j])))
			}
		}
		tau := ok[Correlation](t)(Kendall(x, y)).Value
		if untiedX*untiedY == 0 {
			if tau != nil {
				t.Errorf("a constant column has tau %v", *tau)
			}
			continue
		}
		sameNumber(t, fmt.Sprint(n), *tau, concordant/math.Sqrt(untiedX*untiedY), 1e-12)
	}
}

func TestCorrelationIdentities(t *testing.T) {
	x, y := []float64{5, 5, 4, 4, 3, 5, 2, 4}, []float64{5, 4, 4, 4, 3, 5, 3, 5}
	stretched, upside := make([]float64, len(y)), make([]float64, len(y))
	for i := range y {
		stretched[i], upside[i] = math.Exp(y[i]), -y[i]
	}
	reversedX, reversedY := slices.Clone(x), slices.Clone(y)
	slices.Reverse(reversedX)
	slices.Reverse(reversedY)
	for name, measure := range map[string]func(x, y []float64) (Correlation, error){"spearman": Spearman, "kendall": Kendall} {
		value := *ok[Correlation](t)(measure(x, y)).Value
		sameNumber(t, name+" of rows reversed", *ok[Correlation](t)(measure(reversedX, reversedY)).Value, value, 1e-14)
		sameNumber(t, name+" of columns exchanged", *ok[Correlation](t)(measure(y, x)).Value, value, 1e-14)
		sameNumber(t, name+" of a stretched scale", *ok[Correlation](t)(measure(x, stretched)).Value, value, 1e-14)
		sameNumber(t, name+" of a reversed scale", *ok[Correlation](t)(measure(x, upside)).Value, -value, 1e-14)
		sameNumber(t, name+" with itself", *ok[Correlation](t)(measure(x, x)).Value, 1, 1e-14)
	}
	perfect := ok[Correlation](t)(Pearson([]float64{1, 2, 3, 4}, []float64{2, 4, 6, 8}, 0.95))
	sameNumber(t, "perfect", *perfect.Value, 1, 1e-15)
	for name, c := range map[string]Correlation{
		"constant": ok[Correlation](t)(Pearson([]float64{1, 2, 3, 4}, []float64{0.1, 0.1, 0.1, 0.1}, 0.95)),
		"one pair": ok[Correlation](t)(Spearman([]float64{1}, []float64{2})),
		"none":     ok[Correlation](t)(Kendall(nil, nil)),
	} {
		if c.Value != nil || c.Interval != nil || c.P != nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

var driverColumns = map[string][]string{
	"swiss":        {"Fertility", "Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"},
	"attitude":     {"rating", "complaints", "privileges", "learning", "raises", "critical", "advance"},
	"synth_survey": {"overall", "q1", "q2", "q3", "q4", "q5"},
}

func TestRelativeImportanceAgainstR(t *testing.T) {
	eachVector(t, "17b_relative_importance.csv", func(v vector) {
		names := driverColumns[v.text("data")]
		columns := complete(v.t, teaching(v.t, v.text("data")), names...)
		importance := ok[Importance](v.t)(RelativeImportance(columns[0], columns[1:]))
		at := slices.Index(names, v.text("predictor")) - 1
		p := importance.Predictors[at]
		betaSquared := *p.Beta * *p.Beta
		v.want("n", whole(int64(importance.N)), 0)
		v.want("r2", importance.R2, 1e-12)
		v.want("lmg", p.LMG, 1e-12)
		v.want("lmg_share", &importance.Shares()[at], 1e-12)
		v.want("first", p.First, 1e-12)
		v.want("last", p.Last, 1e-12)
		v.want("betasq", &betaSquared, 1e-12)
		v.want("pratt", p.Pratt, 1e-12)
		v.want("johnson_rw", p.Johnson, 1e-12)
	})
}

// related has an outcome that rests on the first of several related columns.
func related(n, p int) (outcome []float64, columns [][]float64) {
	random := rand.New(rand.NewPCG(11, uint64(p)))
	columns = make([][]float64, p)
	for range n {
		halo := random.NormFloat64()
		y := halo + random.NormFloat64()
		for j := range columns {
			x := halo + random.NormFloat64()
			columns[j] = append(columns[j], x)
			y += x / float64(1+j)
		}
		outcome = append(outcome, y)
	}
	return outcome, columns
}

func TestImportancesSumToTheExplainedVariance(t *testing.T) {
	for _, p := range []int{1, 2, 5, 12, 14} {
		outcome, columns := related(300, p)
		importance := ok[Importance](t)(RelativeImportance(outcome, columns))
		var lmg, johnson, pratt float64
		for _, part := range importance.Predictors {
			johnson += *part.Johnson
			pratt += *part.Pratt
			if p <= 12 {
				lmg += *part.LMG
			} else if part.LMG != nil {
				t.Errorf("%d predictors have an LMG", p)
			}
		}
		sameNumber(t, "johnson", johnson, *importance.R2, 1e-11)
		sameNumber(t, "pratt", pratt, *importance.R2, 1e-11)
		if p <= 12 {
			sameNumber(t, "lmg", lmg, *importance.R2, 1e-11)
		}
	}
}

func TestShapleyIsTheMeanOverAllOrders(t *testing.T) {
	outcome, columns := related(60, 4)
	m := crossProductsOf(columnsWith(outcome, columns)).model([]int{1, 2, 3, 4})
	want := make([]float64, 4)
	orders := 0
	var visit func(done []int)
	visit = func(done []int) {
		if len(done) == 4 {
			orders++
			var step triangle
			for _, j := range done {
				next := step.with(m, j)
				want[j] += next.explains - step.explains
				step = next
			}
			return
		}
		for j := range 4 {
			if !slices.Contains(done, j) {
				visit(append(slices.Clone(done), j))
			}
		}
	}
	visit(nil)
	for j, lmg := range m.shapley() {
		sameNumber(t, fmt.Sprint(j), lmg, want[j]/float64(orders), 1e-12)
	}
}

func TestCopiesShareTheirPart(t *testing.T) {
	outcome, columns := related(200, 3)
	importance := ok[Importance](t)(RelativeImportance(outcome, append(columns, columns[0], make([]float64, 200))))
	first, again, constant := importance.Predictors[0], importance.Predictors[3], importance.Predictors[4]
	sameNumber(t, "lmg", *first.LMG, *again.LMG, 1e-12)
	sameNumber(t, "johnson", *first.Johnson, *again.Johnson, 1e-9)
	if first.Beta != nil || first.VIF != nil || constant.LMG != nil {
		t.Errorf("copies %+v, constant %+v", first, constant)
	}
	if !slices.Contains(importance.Cautions, Collinear) {
		t.Errorf("cautions %v", importance.Cautions)
	}
	alone := ok[Importance](t)(RelativeImportance(outcome, columns))
	sameNumber(t, "explained", *importance.R2, *alone.R2, 1e-12)
}

func TestCautions(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	var noise, x, z []float64
	for range 15 {
		noise, x, z = append(noise, random.NormFloat64()), append(x, random.NormFloat64()), append(z, random.NormFloat64())
	}
	if got := ok[Importance](t)(RelativeImportance(noise, [][]float64{x, z})).Cautions; !slices.Equal(got, []Caution{WeakModel, FewCases}) {
		t.Errorf("noise: %v", got)
	}
	outcome, columns := related(300, 3)
	if got := ok[Importance](t)(RelativeImportance(outcome, columns)).Cautions; got != nil {
		t.Errorf("related: %v", got)
	}
	for name, importance := range map[string]Importance{
		"constant outcome": ok[Importance](t)(RelativeImportance(make([]float64, 15), [][]float64{x})),
		"too few":          ok[Importance](t)(RelativeImportance(noise[:2], [][]float64{x[:2]})),
		"nothing":          ok[Importance](t)(RelativeImportance(nil, nil)),
	} {
		if importance.R2 != nil {
			t.Errorf("%s: %+v", name, importance)
		}
	}
}

func TestImportanceIntervals(t *testing.T) {
	outcome, columns := related(200, 3)
	columns = append(columns, make([]float64, 200))
	importance := ok[Importance](t)(RelativeImportance(outcome, columns))
	intervals := ok[[]*Interval](t)(ImportanceIntervals(outcome, columns, 0.9, 200, 1))
	again := ok[[]*Interval](t)(ImportanceIntervals(outcome, columns, 0.9, 200, 1))
	for j, interval := range intervals[:3] {
		lmg := *importance.Predictors[j].LMG
		if *again[j] != *interval {
			t.Errorf("the same seed gave %+v and %+v", *interval, *again[j])
		}
		if !(interval.Lower < lmg && lmg < interval.Upper) || interval.Upper-interval.Lower > 0.3 {
			t.Errorf("%v in %+v", lmg, *interval)
		}
	}
	if intervals[3] != nil {
		t.Errorf("a constant has the interval %+v", *intervals[3])
	}
}

func TestQuantileOfSortedAgainstR(t *testing.T) {
	x := []float64{1, 2, 4, 8}
	for p, want := range map[float64]float64{0: 1, 0.1: 1.3, 0.5: 3, 0.9: 6.8, 1: 8} { // quantile(c(1,2,4,8), …)
		sameNumber(t, fmt.Sprint(p), quantileOfSorted(x, p), want, 1e-12)
	}
}

func TestImportancePerformanceAgainstR(t *testing.T) {
	eachVector(t, "17e_ipa.csv", func(v vector) {
		grid := ok[Grid](v.t)(ImportancePerformance(v.floats("importance"), v.floats("performance"), nil, Cut(v.text("cut"))))
		v.want("imp_cut", grid.ImportanceCut, 1e-12)
		v.want("perf_cut", grid.PerformanceCut, 1e-12)
		gaps := v.floats("gap")
		for i, quadrant := range strings.Split(v.text("quadrant"), ";") {
			sameNumber(v.t, "gap", grid.Items[i].Gap, gaps[i], 1e-12)
			if string(grid.Items[i].Quadrant) != quadrant || grid.Items[i].Set {
				v.t.Errorf("item %d: %+v, want %s", i, grid.Items[i], quadrant)
			}
		}
	})
}

func TestQuadrantsAreSetWhereTheIntervalExcludesTheCut(t *testing.T) {
	intervals := []*Interval{{Lower: 0.31, Upper: 0.5}, {Lower: 0.2, Upper: 0.4}, {Lower: 0.1, Upper: 0.29}, nil}
	grid := ok[Grid](t)(ImportancePerformance([]float64{0.4, 0.3, 0.2, 0.3}, []float64{1, 2, 3, 4}, intervals, CutAtMean))
	for i, want := range []bool{true, false, true, false} {
		if grid.Items[i].Set != want {
			t.Errorf("item %d is set: %v", i, grid.Items[i].Set)
		}
	}
	if empty := ok[Grid](t)(ImportancePerformance(nil, nil, nil, CutAtMedian)); empty.ImportanceCut != nil {
		t.Errorf("without items: %+v", empty)
	}
}

// housing has the Copenhagen survey with treatment contrasts.
func housing(t *testing.T) (levels []int, predictors [][]float64, weights []float64, terms []string) {
	data := teaching(t, "housing")
	terms = []string{"InflMedium", "InflHigh", "TypeApartment", "TypeAtrium", "TypeTerrace", "ContHigh"}
	predictors = make([][]float64, len(terms))
	for i, sat := range data["Sat"] {
		levels = append(levels, slices.Index([]string{"Low", "Medium", "High"}, sat))
		weight, err := strconv.ParseFloat(data["Freq"][i], 64)
		if err != nil {
			t.Fatal(err)
		}
		weights = append(weights, weight)
		for j, term := range terms {
			is := term == "Infl"+data["Infl"][i] || term == "Type"+data["Type"][i] || term == "Cont"+data["Cont"][i]
			predictors[j] = append(predictors[j], indicator(is))
		}
	}
	return levels, predictors, weights, terms
}

func TestOrdinalLogitAgainstR(t *testing.T) {
	eachVector(t, "17c_ordinal_logit.csv", func(v vector) {
		var fit OrdinalLogit
		var terms []string
		if v.text("data") == "housing" {
			levels, predictors, weights, names := housing(v.t)
			fit = ok[OrdinalLogit](v.t)(FitOrdinalLogit(levels, predictors, weights))
			terms = append(names, "Low|Medium", "Medium|High")
		} else {
			names := driverColumns[v.text("data")]
			columns := complete(v.t, teaching(v.t, v.text("data")), names...)
			levels := make([]int, len(columns[0]))
			for i, y := range columns[0] {
				levels[i] = int(y)
			}
			fit = ok[OrdinalLogit](v.t)(FitOrdinalLogit(levels, columns[1:], nil))
			terms = slices.Clone(names[1:])
			for j, level := range fit.Levels[1:] {
				terms = append(terms, fmt.Sprintf("%d|%d", fit.Levels[j], level))
			}
		}
		if fit.Failure != "" {
			v.t.Fatal(fit.Failure)
		}
		c := append(slices.Clone(fit.Coefficients), fit.Thresholds...)[slices.Index(terms, v.text("term"))]
		v.want("estimate", &c.Value, 1e-9)
		v.want("se", &c.SE, 1e-9)
		v.want("loglik", fit.LogLik, 1e-11)
		v.want("n", &fit.N, 0)
		v.want("polr_estimate", &c.Value, 1e-6)
	})
}

func TestOrdinalLogitIdentities(t *testing.T) {
	// With two levels and one dummy the model is a fourfold table: β is its log odds ratio.
	levels, x, weights := []int{0, 1, 0, 1}, []float64{0, 0, 1, 1}, []float64{30, 70, 45, 20}
	table := ok[OrdinalLogit](t)(FitOrdinalLogit(levels, [][]float64{x}, weights))
	sameNumber(t, "log odds ratio", table.Coefficients[0].Value, math.Log(20.0*30/(45*70)), 1e-10)
	sameNumber(t, "its error", table.Coefficients[0].SE, math.Sqrt(1.0/30+1.0/70+1.0/45+1.0/20), 1e-10)
	// Reversed levels turn the signs.
	mirrored := ok[OrdinalLogit](t)(FitOrdinalLogit([]int{1, 0, 1, 0}, [][]float64{x}, weights))
	sameNumber(t, "reversed", mirrored.Coefficients[0].Value, -table.Coefficients[0].Value, 1e-10)
	sameNumber(t, "threshold", mirrored.Thresholds[0].Value, -table.Thresholds[0].Value, 1e-10)
	// Another unit of a predictor changes its coefficient alone; levels keep only their order.
	outcome, columns := related(200, 2)
	graded, spread := make([]int, 200), make([]int, 200)
	for i, y := range outcome {
		graded[i] = min(4, max(0, int(math.Floor(y))+2))
		spread[i] = graded[i]*graded[i]*10 - 7
	}
	large := slices.Clone(columns[0])
	for i := range large {
		large[i] = 1e6 + 1000*large[i]
	}
	plain := ok[OrdinalLogit](t)(FitOrdinalLogit(graded, columns, nil))
	scaled := ok[OrdinalLogit](t)(FitOrdinalLogit(spread, [][]float64{large, columns[1]}, nil))
	sameNumber(t, "scaled", 1000*scaled.Coefficients[0].Value, plain.Coefficients[0].Value, 1e-8)
	sameNumber(t, "other", scaled.Coefficients[1].Value, plain.Coefficients[1].Value, 1e-8)
	sameNumber(t, "likelihood", *scaled.LogLik, *plain.LogLik, 1e-10)
	// Without predictors the thresholds are those of the shares.
	empty := ok[OrdinalLogit](t)(FitOrdinalLogit([]int{1, 2, 3}, nil, []float64{1, 2, 5}))
	sameNumber(t, "share", expit(empty.Thresholds[1].Value), 3.0/8, 1e-12)
	// Weights are frequencies, those of 0 no cases.
	repeated := ok[OrdinalLogit](t)(FitOrdinalLogit([]int{1, 1, 2, 2, 2, 9}, [][]float64{{0, 1, 0, 1, 1, 8}}, []float64{1, 1, 1, 1, 1, 0}))
	weighted := ok[OrdinalLogit](t)(FitOrdinalLogit([]int{1, 1, 2, 2}, [][]float64{{0, 1, 0, 1}}, []float64{1, 1, 1, 2}))
	sameNumber(t, "weighted", weighted.Coefficients[0].SE, repeated.Coefficients[0].SE, 1e-10)
}

func TestOrdinalLogitSaysWhyItHasNoEstimates(t *testing.T) {
	rare := make([]float64, 200)
	levels := make([]int, 200)
	for i := range levels {
		levels[i] = i % 3
	}
	rare[2], rare[5] = 1, 1 // both answer the highest level
	for _, c := range []struct {
		name       string
		levels     []int
		predictors [][]float64
		want       FitFailure
	}{
		{"nobody", nil, nil, OneLevel},
		{"everybody satisfied", []int{5, 5, 5}, [][]float64{{1, 2, 3}}, OneLevel},
		{"parted", []int{1, 1, 2, 2, 3, 3}, [][]float64{{1, 2, 3, 4, 5, 6}}, Separation},
		{"parted by a rare group", levels, [][]float64{rare}, Separation},
		{"constant predictor", []int{1, 2, 1, 2}, [][]float64{{1, 1, 1, 1}}, PredictorsAlike},
		{"copies", []int{1, 2, 1, 2, 2}, [][]float64{{1, 2, 3, 4, 1}, {2, 4, 6, 8, 2}}, PredictorsAlike},
	} {
		t.Run(c.name, func(t *testing.T) {
			fit := ok[OrdinalLogit](t)(FitOrdinalLogit(c.levels, c.predictors, nil))
			if fit.Failure != c.want || fit.Coefficients != nil || fit.LogLik != nil {
				t.Errorf("%+v, want %s", fit, c.want)
			}
		})
	}
}

func TestCronbachAlphaAgainstR(t *testing.T) {
	eachVector(t, "17d_cronbach_alpha.csv", func(v vector) {
		columns := complete(v.t, teaching(v.t, v.text("data")), strings.Split(v.text("items"), ";")...)
		r := ok[Reliability](v.t)(CronbachAlpha(columns, 0.95))
		v.want("n", whole(int64(r.N)), 0)
		v.want("k", whole(int64(r.Items)), 0)
		v.want("raw_alpha", r.Alpha, 1e-12)
		v.want("std_alpha", r.Standardized, 1e-12)
		v.want("avg_r", r.AverageCorrelation, 1e-12)
		v.want("guttman_lambda6", r.Lambda6, 1e-12)
		v.want("feldt_lo95", lower(r.Interval), 1e-10)
		v.want("feldt_hi95", upper(r.Interval), 1e-10)
		dropped, total := v.maybes("alpha_if_dropped"), v.maybes("corrected_item_total")
		for j := range columns {
			wantNear(v.t, "alpha if dropped", r.AlphaIfDropped[j], dropped[j], 1e-12)
			wantNear(v.t, "item total", r.ItemTotal[j], total[j], 1e-12)
		}
	})
}

func TestCronbachAlphaIdentities(t *testing.T) {
	_, columns := related(100, 4)
	r := ok[Reliability](t)(CronbachAlpha(columns, 0.95))
	standardized := make([][]float64, len(columns))
	for j, column := range columns {
		mean, sd := arithmeticMean(column), sampleDeviation(column)
		for _, x := range column {
			standardized[j] = append(standardized[j], 3+(x-mean)/sd)
		}
	}
	sameNumber(t, "standardised", *ok[Reliability](t)(CronbachAlpha(standardized, 0.95)).Alpha, *r.Standardized, 1e-12)
	sameNumber(t, "dropped", *r.AlphaIfDropped[3], *ok[Reliability](t)(CronbachAlpha(columns[:3], 0.95)).Alpha, 1e-12)
	// Two items: alpha is Spearman–Brown's step from their correlation.
	two := ok[Reliability](t)(CronbachAlpha(standardized[:2], 0.95))
	sameNumber(t, "spearman–brown", *two.Alpha, 2**two.AverageCorrelation/(1+*two.AverageCorrelation), 1e-12)
	if two.AlphaIfDropped[0] != nil {
		t.Errorf("one item has alpha %v", *two.AlphaIfDropped[0])
	}
	copies := ok[Reliability](t)(CronbachAlpha([][]float64{columns[0], columns[0]}, 0.95))
	sameNumber(t, "copies", *copies.Alpha, 1, 1e-12)
	if copies.Lambda6 != nil {
		t.Errorf("copies have λ₆ %v", *copies.Lambda6)
	}
}

func TestCronbachAlphaEdges(t *testing.T) {
	for name, r := range map[string]Reliability{
		"no items":   ok[Reliability](t)(CronbachAlpha(nil, 0.95)),
		"one item":   ok[Reliability](t)(CronbachAlpha([][]float64{{1, 2, 3}}, 0.95)),
		"one case":   ok[Reliability](t)(CronbachAlpha([][]float64{{1}, {2}}, 0.95)),
		"cancelling": ok[Reliability](t)(CronbachAlpha([][]float64{{1, 2, 3}, {3, 2, 1}}, 0.95)),
		"all alike":  ok[Reliability](t)(CronbachAlpha([][]float64{{5, 5, 5}, {5, 5, 5}}, 0.95)),
	} {
		if r.Alpha != nil || r.Interval != nil || r.Standardized != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	negative := ok[Reliability](t)(CronbachAlpha([][]float64{{1, 2, 3, 4}, {4, 2, 3, 2}}, 0.95))
	if *negative.Alpha >= 0 {
		t.Errorf("items against each other: %v", *negative.Alpha)
	}
	constant := ok[Reliability](t)(CronbachAlpha([][]float64{{1, 2, 3}, {2, 1, 3}, {4, 4, 4}}, 0.95))
	if constant.Alpha == nil || constant.Standardized != nil || constant.ItemTotal[2] != nil {
		t.Errorf("one item constant: %+v", constant)
	}
}

func TestDriverRefusals(t *testing.T) {
	nan := math.NaN()
	for name, call := range map[string]func() error{
		"pairs":              func() error { _, err := Pearson([]float64{1}, nil, 0.95); return err },
		"conf":               func() error { _, err := Pearson(nil, nil, 1); return err },
		"spearman NaN":       func() error { _, err := Spearman([]float64{nan}, []float64{1}); return err },
		"kendall Inf":        func() error { _, err := Kendall([]float64{1}, []float64{math.Inf(1)}); return err },
		"ragged":             func() error { _, err := RelativeImportance([]float64{1, 2}, [][]float64{{1}}); return err },
		"outcome NaN":        func() error { _, err := RelativeImportance([]float64{nan}, nil); return err },
		"too many":           func() error { _, err := RelativeImportance(nil, make([][]float64, 201)); return err },
		"resamples":          func() error { _, err := ImportanceIntervals(nil, nil, 0.9, 0, 1); return err },
		"resamples conf":     func() error { _, err := ImportanceIntervals(nil, nil, 0, 10, 1); return err },
		"cut":                func() error { _, err := ImportancePerformance(nil, nil, nil, "middle"); return err },
		"intervals":          func() error { _, err := ImportancePerformance(nil, nil, []*Interval{nil}, CutAtMean); return err },
		"performance":        func() error { _, err := ImportancePerformance([]float64{1}, nil, nil, CutAtMean); return err },
		"levels":             func() error { _, err := FitOrdinalLogit([]int{1}, [][]float64{{1, 2}}, nil); return err },
		"weights":            func() error { _, err := FitOrdinalLogit([]int{1}, nil, []float64{-1}); return err },
		"weights NaN":        func() error { _, err := FitOrdinalLogit([]int{1}, nil, []float64{nan}); return err },
		"number of weights":  func() error { _, err := FitOrdinalLogit([]int{1}, nil, []float64{}); return err },
		"predictor":          func() error { _, err := FitOrdinalLogit([]int{1}, [][]float64{{nan}}, nil); return err },
		"items":              func() error { _, err := CronbachAlpha([][]float64{{1, 2}, {1}}, 0.95); return err },
		"reliability conf":   func() error { _, err := CronbachAlpha(nil, nan); return err },
		"too many items":     func() error { _, err := CronbachAlpha(make([][]float64, 201), 0.9); return err },
		"too many predictor": func() error { _, err := FitOrdinalLogit(nil, make([][]float64, 201), nil); return err },
	} {
		if err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDrivers(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, byte(1))
	f.Add(math.NaN(), math.Inf(1), -1e100, 1e100, 1e-100, 0.0, byte(0))
	f.Add(1e100, -1e100, 1e-300, 0.0, 5e-324, 1e50, byte(200))
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g float64, seed byte) {
		x, y, z := []float64{a, b, c, d, e}, []float64{b, d, a, g, e}, []float64{g, g, a, a, b}
		for _, measure := range []func() (Correlation, error){
			func() (Correlation, error) { return Pearson(x, y, 0.95) },
			func() (Correlation, error) { return Pearson(x, x, 1-1e-16) },
			func() (Correlation, error) { return Spearman(x, z) },
			func() (Correlation, error) { return Kendall(y, z) },
		} {
			if r, err := measure(); err == nil {
				finite(t, "correlation", r.Value, r.Statistic, r.P, lower(r.Interval), upper(r.Interval))
			}
		}
		if r, err := RelativeImportance(x, [][]float64{y, z}); err == nil {
			finite(t, "R²", r.R2)
			for _, p := range r.Predictors {
				finite(t, "part", p.LMG, p.Johnson, p.First, p.Last, p.Beta, p.Pratt, p.VIF)
			}
		}
		if r, err := ImportanceIntervals(x, [][]float64{y, z}, 0.9, 5, uint64(seed)); err == nil {
			for _, i := range r {
				finite(t, "interval", lower(i), upper(i))
			}
		}
		if r, err := CronbachAlpha([][]float64{x, y, z}, 0.95); err == nil {
			finite(t, "alpha", r.Alpha, r.Standardized, r.AverageCorrelation, r.Lambda6, lower(r.Interval), upper(r.Interval))
			finite(t, "items", append(r.AlphaIfDropped, r.ItemTotal...)...)
		}
		if r, err := ImportancePerformance(x, y, nil, CutAtMedian); err == nil {
			finite(t, "cut", r.ImportanceCut, r.PerformanceCut)
			for _, item := range r.Items {
				finite(t, "gap", &item.Gap)
			}
		}
		levels := []int{int(seed) % 3, int(seed) / 3 % 3, int(seed) / 9 % 3, 1, 2}
		for _, weights := range [][]float64{nil, z} {
			if r, err := FitOrdinalLogit(levels, [][]float64{x, y}, weights); err == nil {
				finite(t, "likelihood", r.LogLik, &r.N)
				for _, p := range append(r.Thresholds, r.Coefficients...) {
					finite(t, "coefficient", &p.Value, &p.SE, &p.Z, &p.P)
				}
			}
		}
	})
}

func ExamplePearson() {
	r, _ := Pearson([]float64{5, 5, 4, 4, 3, 5, 2, 4}, []float64{5, 4, 4, 4, 3, 5, 3, 5}, 0.95)
	fmt.Printf("%.3f, from %.3f to %.3f\n", *r.Value, r.Interval.Lower, r.Interval.Upper)
	// Output: 0.801, from 0.220 to 0.962
}

func ExampleSpearman() {
	r, _ := Spearman([]float64{5, 5, 4, 4, 3, 5, 2, 4}, []float64{5, 4, 4, 4, 3, 5, 3, 5})
	fmt.Printf("%.4f\n", *r.Value)
	// Output: 0.7550
}

func ExampleKendall() {
	r, _ := Kendall([]float64{5, 5, 4, 4, 3, 5, 2, 4}, []float64{5, 4, 4, 4, 3, 5, 3, 5})
	fmt.Printf("%.4f, P = %.3f\n", *r.Value, *r.P)
	// Output: 0.6979, P = 0.036
}

func ExampleRelativeImportance() {
	overall := []float64{5, 4, 4, 3, 5, 2, 4, 5, 3, 4}
	waiting := []float64{5, 4, 3, 3, 5, 2, 4, 4, 2, 4}
	manner := []float64{4, 5, 4, 4, 5, 3, 4, 5, 4, 5}
	r, _ := RelativeImportance(overall, [][]float64{waiting, manner})
	fmt.Printf("R² %.2f: waiting %.2f, manner %.2f %v\n", *r.R2, *r.Predictors[0].LMG, *r.Predictors[1].LMG, r.Cautions)
	// Output: R² 0.83: waiting 0.56, manner 0.27 [few_cases]
}

func ExampleImportancePerformance() {
	grid, _ := ImportancePerformance([]float64{0.30, 0.12}, []float64{81, 88}, []*Interval{{Lower: 0.24, Upper: 0.37}, {Lower: 0.06, Upper: 0.22}}, CutAtMean)
	for _, item := range grid.Items {
		fmt.Println(item.Quadrant, item.Set)
	}
	// Output:
	// concentrate_here true
	// possible_overkill false
}

func ExampleFitOrdinalLogit() {
	levels := []int{3, 4, 5, 3, 4, 5} // answered by those who were told the date, and those who were not
	told := []float64{0, 0, 0, 1, 1, 1}
	fit, _ := FitOrdinalLogit(levels, [][]float64{told}, []float64{20, 30, 10, 8, 30, 40})
	fmt.Printf("the odds of a better answer are %.1f times as high\n", math.Exp(fit.Coefficients[0].Value))
	// Output: the odds of a better answer are 4.9 times as high
}

func ExampleCronbachAlpha() {
	r, _ := CronbachAlpha([][]float64{{5, 4, 3, 5, 2, 4}, {4, 4, 3, 5, 3, 4}, {5, 3, 3, 4, 2, 5}}, 0.95)
	fmt.Printf("%.2f, from %.2f to %.2f\n", *r.Alpha, r.Interval.Lower, r.Interval.Upper)
	// Output: 0.88, from 0.50 to 0.98
}

func ExampleImportanceIntervals() {
	overall := []float64{5, 4, 4, 3, 5, 2, 4, 5, 3, 4}
	waiting := []float64{5, 4, 3, 3, 5, 2, 4, 4, 2, 4}
	manner := []float64{4, 5, 4, 4, 5, 3, 4, 5, 4, 5}
	intervals, _ := ImportanceIntervals(overall, [][]float64{waiting, manner}, 0.95, 500, 1)
	fmt.Println(intervals[0].Lower > intervals[1].Upper)
	// Output: false
}
