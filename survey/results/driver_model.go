package results

import (
	"math"
	"strings"
	"sync"

	"sipas/stats"
	"sipas/survey"
)

// resamples is the number of draws of the bootstrap.
const resamples = 400

// model adds the coefficients to drivers whose cells are all shown.
func (sel *selection) model(d *Drivers) error {
	var c *cases
	for _, p := range predictorsOf(d.Level) {
		found, err := sel.cases(p)
		if err != nil {
			return err
		}
		if c == nil || found.n > c.n {
			c = found
		}
	}
	if c.n < MinimumCases {
		d.Reason = pointer(DriversTooFew)
		return nil
	}
	s := c.sum()
	whole := stats.NewCrossProducts(1 + len(c.parts))
	for _, g := range s.groups {
		whole.PlusTimes(g, 1)
	}
	importance := whole.Importance()
	if importance.R2 == nil {
		d.Reason = pointer(DriversAlike)
		return nil
	}
	forms, err := sel.formsAsking(c.items)
	if err != nil {
		return err
	}
	m := &DriverModel{
		Questionnaires: forms,
		Asked:          tens(c.asked),
		Cases:          tens(c.n),
		R2:             halfUp(100**importance.R2, 1),
		Importance:     importanceAt(d.Level).ID,
		LogitCases:     tens(min(c.n, logitCases)),
	}
	m.LeftOut = halfUp(100*(1-float64(m.Cases)/float64(m.Asked)), 0)
	m.caution(importance, meanCorrelation(whole))
	d.Model = m
	d.Reliability = reliability(c, s)
	return d.associate(s, whole, importance)
}

// tens rounds a count of people down.
func tens(n int64) int64 { return n / 10 * 10 }

func roundedPointer(x *float64, decimals int) *float64 {
	if x == nil {
		return nil
	}
	return pointer(halfUp(*x, decimals))
}

// associate gives every driver its coefficients.
func (d *Drivers) associate(s *sums, whole *stats.CrossProducts, importance stats.Importance) error {
	var logit stats.OrdinalLogit
	var shares []*stats.Interval
	var logitErr, sharesErr error
	var group sync.WaitGroup
	group.Go(func() { logit, logitErr = stats.FitOrdinalLogit(s.levels, s.drawn, s.times) })
	if d.Model.Ranked {
		shares, sharesErr = stats.ShareIntervals(s.groups, Conf, resamples, seed)
	}
	group.Wait()
	for _, err := range []error{logitErr, sharesErr} {
		if err != nil {
			return miscounted(err)
		}
	}
	if logit.Failure != "" {
		d.Model.LogitFailure = pointer(string(logit.Failure))
	}
	for i := range d.Drivers {
		a := &Association{VIF: roundedPointer(importance.Predictors[i].VIF, 2), QuadrantName: quadrantNames[""]}
		spearman, kendall, err := stats.RankCorrelations(s.tables[i])
		if err != nil {
			return miscounted(err)
		}
		a.Kendall = roundedPointer(kendall.Value, 3)
		if spearman.Value != nil {
			// Of the rounded number: a width would tell the exact one.
			interval, err := stats.SpearmanInterval(*spearman.Value, d.Model.Cases, Conf)
			if err != nil {
				return miscounted(err)
			}
			a.Spearman = estimate(*spearman.Value, interval, 1, 3)
		}
		if logit.Coefficients != nil {
			c := logit.Coefficients[i]
			a.Logit = &LogOdds{Value: halfUp(c.Value, 3), SE: halfUp(c.SE, 3), Ratio: halfUp(math.Exp(c.Value), 3)}
		}
		if d.Model.Ranked {
			a.Importance = estimate(importance.Shares()[i], shares[i], 100, 1)
		}
		d.Drivers[i].Association = a
	}
	if d.Model.Ranked {
		return d.place(importance.Shares(), shares)
	}
	return nil
}

func estimate(value float64, interval *stats.Interval, scale float64, decimals int) *Estimate {
	e := &Estimate{Value: halfUp(scale*value, decimals), Conf: Conf}
	if interval != nil {
		e.Lower, e.Upper = pointer(halfUp(scale*interval.Lower, decimals)), pointer(halfUp(scale*interval.Upper, decimals))
		e.Method = string(interval.Method)
	}
	return e
}

// place puts the drivers on the importance–performance grid: more or less important than
// an equal part, better or worse than the mean of all. Where either interval holds the
// cut it stays open on which side a driver is.
func (d *Drivers) place(shares []float64, intervals []*stats.Interval) error {
	performance := make([]float64, len(shares))
	for i := range d.Drivers {
		performance[i] = *d.Drivers[i].Performance.Index
	}
	grid, err := stats.ImportancePerformance(shares, performance, intervals, stats.CutAtMean)
	if err != nil {
		return miscounted(err)
	}
	for i, item := range grid.Items {
		driver := &d.Drivers[i]
		around := driver.Performance.Interval
		if item.Set && around != nil && (around.Lower > *grid.PerformanceCut || around.Upper < *grid.PerformanceCut) {
			driver.Association.Quadrant = pointer(item.Quadrant)
			driver.Association.QuadrantName = quadrantNames[item.Quadrant]
		}
	}
	return nil
}

// The limits of the cautions.
const (
	muchLeftOut    = 30   // percent of respondents that are not complete
	haloAbove      = 0.6  // mean correlation of the drivers
	alphaTooLow    = 0.7  // the items hardly measure one thing
	alphaRedundant = 0.95 // the items say the same
)

// caution takes down what to be careful with, and whether drivers may be ranked.
func (m *DriverModel) caution(importance stats.Importance, correlation float64) {
	m.Ranked, m.Cautions = true, []Caution{}
	for _, found := range importance.Cautions {
		if found == stats.WeakModel || found == stats.FewCases {
			m.Ranked = false
		}
		m.Cautions = append(m.Cautions, Caution{string(found), driverCautions[found]})
	}
	if m.LeftOut >= muchLeftOut {
		m.Cautions = append(m.Cautions, Caution{"listwise", say(
			"%s số phiếu không trả lời đủ các ý nên không nằm trong phân tích; người trả lời đủ có thể khác những người còn lại.",
			"%s of the ratings do not answer enough of the questions and are left out; those who answered may differ from the rest.", wholePercent(m.LeftOut))})
	}
	if correlation >= haloAbove {
		m.Cautions = append(m.Cautions, Caution{"halo", say(
			"Nhiều người cho các ý cùng một mức: ấn tượng chung lấn át, nên khó thấy mặt nào khác mặt nào.",
			"Many people give all questions the same level: a general impression prevails, so that one aspect is hard to tell from another.")})
	}
}

// meanCorrelation is that of all pairs of columns but the first; those that do not vary are left out.
func meanCorrelation(c *stats.CrossProducts) float64 {
	var sum, pairs float64
	for i := 1; i < c.Columns(); i++ {
		for j := 1; j < i; j++ {
			if r := c.Correlation(i, j); r != nil {
				sum, pairs = sum+*r, pairs+1
			}
		}
	}
	if pairs == 0 {
		return 0
	}
	return sum / pairs
}

// Reliability is how far the items of a factor, or all items, measure one thing.
type Reliability struct {
	Measure string      `json:"measure"` // a factor, or all
	Name    survey.Text `json:"name"`
	Items   int         `json:"items"`
	Cases   *int64      `json:"cases"`   // respondents with every item of the form, rounded down to tens; null for too few
	Alpha   *float64    `json:"alpha"`   // Cronbach's; null for one item, where nothing varies and for too few respondents
	Caution *Caution    `json:"caution"` // where the items do not carry a figure of their own
}

// reliability judges the items of each factor that has several, and all together.
func reliability(c *cases, s *sums) []Reliability {
	list := []Reliability{}
	add := func(measure string, name survey.Text, columns []int) {
		r := Reliability{Measure: measure, Name: name, Items: len(columns)}
		n := int64(s.items.Cases())
		if n >= MinimumCases {
			r.Cases = pointer(tens(n))
		}
		switch {
		case len(columns) < 2:
			r.Caution = reliabilityCautions["oneItem"]
		case n < MinimumCases:
			r.Caution = reliabilityCautions["tooFew"]
		default:
			r.Alpha = roundedPointer(s.items.Alpha(columns...), 3)
			switch {
			case r.Alpha == nil:
			case *r.Alpha < alphaTooLow:
				r.Caution = reliabilityCautions["low"]
			case *r.Alpha > alphaRedundant:
				r.Caution = reliabilityCautions["redundant"]
			}
		}
		list = append(list, r)
	}
	var all []int
	for _, f := range Factors {
		var columns []int
		for at, id := range c.items {
			if strings.HasPrefix(id, f) {
				columns = append(columns, at)
			}
		}
		add(f, measureNames[f], columns)
		all = append(all, columns...)
	}
	add("all", say("Tất cả các câu hỏi", "All questions"), all)
	return list
}
