package results

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sipas/stats"
	"sipas/survey"
)

// opinions makes the answers of somebody to a form: overall rests on a general mood and,
// with some weight, on what they think of each factor.
type opinions struct {
	random *rand.Rand
	weight map[string]float64 // of each factor for overall
	shift  map[string]float64 // of each factor's own level
	mood   float64            // how much of it is in every answer
}

func newOpinions(seed uint64) *opinions {
	return &opinions{random: rand.New(rand.NewPCG(seed, 3)), weight: map[string]float64{}, shift: map[string]float64{}, mood: 0.8}
}

// answers gives answers to the items of a form, "tc" or "tc1", and to overall.
func (o *opinions) answers(items []string) survey.Answers {
	mood, of := o.random.NormFloat64(), map[string]float64{}
	overall := o.mood*mood + 0.5*o.random.NormFloat64()
	for _, f := range Factors {
		of[f] = o.mood*mood + o.random.NormFloat64()
		overall += o.weight[f] * of[f]
	}
	answers := survey.Answers{survey.Overall: scale(overall)}
	for _, id := range items {
		answers[id] = scale(of[id[:2]] + o.shift[id[:2]] + 0.6*o.random.NormFloat64())
	}
	return answers
}

// scale makes a level of an opinion; most people are satisfied.
func scale(x float64) survey.Answer {
	return survey.LevelAnswer(int(math.Max(1, math.Min(5, math.Round(4.1+0.8*x)))))
}

// opine takes ratings of a point on a form.
func (p *province) opine(o *opinions, questionnaire string, n int, change ...func(i int, r *survey.Response)) {
	items := Criteria
	if questionnaire == "short" {
		items = Factors
	}
	for i := range n {
		r := p.response(deskA, "dat-dai", "2026-08-10", o.answers(items))
		r.Questionnaire = questionnaire
		for _, c := range change {
			c(i, &r)
		}
		p.take(r)
	}
}

// parseDrivers reads "period=2026-Q3 level=criterion".
func parseDrivers(text string, today survey.Date) (DriversQuery, error) {
	values := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		k, v, _ := strings.Cut(pair, "=")
		values[k] = v
	}
	return ParseDriversQuery(func(k string) string { return values[k] }, today)
}

func (p *province) drivers(text string) Drivers {
	p.t.Helper()
	q, err := parseDrivers(text, p.s.Today())
	if err != nil {
		p.t.Fatal(err)
	}
	d, err := p.s.Drivers(context.Background(), survey.System, q)
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, d.Methods)
	return d
}

func (d Drivers) driver(t testing.TB, measure string) Driver {
	t.Helper()
	for _, driver := range d.Drivers {
		if driver.Measure == measure {
			return driver
		}
	}
	t.Fatalf("no driver %s", measure)
	return Driver{}
}

func (d Drivers) cautions() (ids []string) {
	for _, c := range d.Model.Cautions {
		ids = append(ids, c.ID)
	}
	return ids
}

// plain gives a text in Vietnamese with ordinary spaces.
func plain(t survey.Text) string {
	return strings.ReplaceAll(t[survey.Vietnamese], noBreak, " ")
}

// TestDriverIsFound: where overall satisfaction rests on one factor that is rated badly,
// the answer says so, on either form and of its criteria.
func TestDriverIsFound(t *testing.T) {
	for _, form := range []string{"full", "short"} {
		t.Run(form, func(t *testing.T) {
			p := newProvince(t)
			o := newOpinions(4)
			o.weight["kq"], o.shift["kq"] = 1.2, -0.8
			p.opine(o, form, 1500)
			d := p.drivers("period=2026-Q3")
			said := plain(d.Summary)
			for _, want := range []string{
				"Điều gắn chặt nhất với hài lòng chung trong quý III/2026 là “Kết quả giải quyết” (",
				" phần mà các mặt cùng giải thích được. Cải thiện nên bắt đầu từ đó, vì quan trọng mà điểm còn thấp.",
				" Đây là mối liên hệ, không phải nguyên nhân. Người dân tự nguyện",
			} {
				if !strings.Contains(said, want) {
					t.Errorf("%q lacks %q", said, want)
				}
			}
			if en := d.Summary[survey.English]; !strings.Contains(en, "What goes most closely with overall satisfaction in Q3 2026 is “Results” (") ||
				!strings.Contains(en, "Improvement should begin there") || !strings.Contains(en, "association, not cause") {
				t.Error(en)
			}
			if kq := d.driver(t, "kq").Association; kq.Quadrant == nil || *kq.Quadrant != stats.ConcentrateHere || *kq.Importance.Lower < 20 {
				t.Errorf("%+v", kq)
			}
			if d.Model.Cases != 1500 || d.Model.Asked != 1500 || d.Model.LeftOut != 0 || !slices.Equal(d.Model.Questionnaires, []string{form + "/1"}) {
				t.Errorf("%+v", d.Model)
			}
		})
	}
	t.Run("criteria", func(t *testing.T) {
		p := newProvince(t)
		o := newOpinions(5)
		o.weight["tt"], o.shift["tt"] = 1.5, -0.6
		p.opine(o, "full", 2000)
		d := p.drivers("period=2026-Q3 level=criterion")
		if len(d.Drivers) != 19 || d.Model.Importance != "johnson" {
			t.Fatalf("%d drivers by %s", len(d.Drivers), d.Model.Importance)
		}
		said := plain(d.Summary)
		if !strings.HasPrefix(said, "Gắn chặt với hài lòng chung hơn các mặt khác trong quý III/2026: “") || !strings.Contains(said, "“Thời hạn giải quyết đúng như đã công bố”") {
			t.Error(said)
		}
		for _, driver := range d.Drivers {
			if important := driver.Association.Quadrant != nil && *driver.Association.Quadrant == stats.ConcentrateHere; important && driver.Measure[:2] != "tt" {
				t.Errorf("%s is to be improved first", driver.Measure)
			}
		}
	})
}

// TestImprovementBeginsWithWhatIsLow: of two factors that matter only the bad one is to be improved.
func TestImprovementBeginsWithWhatIsLow(t *testing.T) {
	p := newProvince(t)
	o := newOpinions(12)
	o.weight["cc"], o.weight["tt"], o.shift["cc"], o.shift["tt"] = 1.1, 1.1, 0.6, -0.6
	p.opine(o, "short", 3000)
	d := p.drivers("period=2026-Q3")
	said := plain(d.Summary)
	if !strings.HasPrefix(said, "Gắn chặt với hài lòng chung hơn các mặt khác trong quý III/2026: “") || !strings.Contains(said, " Cải thiện nên bắt đầu từ: “Thủ tục hành chính” (") {
		t.Error(said)
	}
	if cc := d.driver(t, "cc").Association; cc.Quadrant == nil || *cc.Quadrant != stats.KeepUp {
		t.Errorf("%+v", cc)
	}
}

// TestNothingStandsOut: where overall satisfaction rests on all factors alike, none is named.
func TestNothingStandsOut(t *testing.T) {
	p := newProvince(t)
	p.opine(newOpinions(6), "short", 600)
	d := p.drivers("period=2026-Q3")
	if said := plain(d.Summary); !strings.HasPrefix(said, "Trong quý III/2026 không mặt nào nổi bật") || strings.Contains(said, "Cải thiện") {
		t.Error(said)
	}
	var sum float64
	for _, driver := range d.Drivers {
		sum += driver.Association.Importance.Value
		if driver.Association.Quadrant != nil || plain(driver.Association.QuadrantName) != "không rõ" {
			t.Errorf("%s: %v", driver.Measure, driver.Association.QuadrantName)
		}
	}
	if math.Abs(sum-100) > 0.5 {
		t.Errorf("the importances sum to %v", sum)
	}
}

// TestDriversAgainstColumns computes everything from the answers as columns.
func TestDriversAgainstColumns(t *testing.T) {
	p := newProvince(t)
	o := newOpinions(7)
	o.weight["cc"] = 0.7
	random := rand.New(rand.NewPCG(1, 9))
	var overall []float64
	var levels []int
	means, whole := make([][]float64, 5), make([][]float64, 19)
	var overallOfWhole []float64
	p.opine(o, "full", 800, func(_ int, r *survey.Response) {
		for _, id := range Criteria {
			switch random.IntN(40) {
			case 0:
				r.Answers[id] = survey.TextAnswer(survey.NA)
			case 1, 2:
				delete(r.Answers, id)
			}
		}
		level, _ := r.Answers[survey.Overall].Level()
		values, complete, at := []float64{}, true, 0
		for i, f := range Factors {
			sum, n := 0.0, 0
			for range criteriaOf[f] {
				if l, ok := r.Answers[Criteria[at]].Level(); ok {
					sum, n = sum+float64(l), n+1
				} else {
					complete = false
				}
				at++
			}
			if n >= []int{2, 2, 3, 2, 2}[i] {
				values = append(values, sum/float64(n))
			}
		}
		if len(values) == 5 {
			overall, levels = append(overall, float64(level)), append(levels, level)
			for i, x := range values {
				means[i] = append(means[i], x)
			}
		}
		if complete {
			overallOfWhole = append(overallOfWhole, float64(level))
			for i, id := range Criteria {
				l, _ := r.Answers[id].Level()
				whole[i] = append(whole[i], float64(l))
			}
		}
	})
	if len(overall) == 800 || len(overallOfWhole) < 100 {
		t.Fatalf("%d complete for factors, %d for criteria", len(overall), len(overallOfWhole))
	}
	compare := func(name string, got *float64, want float64, tolerance float64) {
		t.Helper()
		if got == nil || math.Abs(*got-want) > tolerance {
			t.Errorf("%s: %v, want %v", name, pointed(got), want)
		}
	}
	check := func(d Drivers, outcome []float64, columns [][]float64) {
		t.Helper()
		importance, err := stats.RelativeImportance(outcome, columns)
		if err != nil {
			t.Fatal(err)
		}
		compare("R²", &d.Model.R2, 100**importance.R2, 0.051)
		if d.Model.Cases != tens(int64(len(outcome))) || d.Model.Asked != 800 {
			t.Errorf("%+v", d.Model)
		}
		for i, driver := range d.Drivers {
			a, name := driver.Association, driver.Measure
			part := importance.Predictors[i].LMG
			if part == nil {
				part = importance.Predictors[i].Johnson
			}
			compare(name+" importance", &a.Importance.Value, 100**part / *importance.R2, 0.051)
			compare(name+" VIF", a.VIF, *importance.Predictors[i].VIF, 0.0051)
			spearman, _ := stats.Spearman(outcome, columns[i])
			kendall, _ := stats.Kendall(outcome, columns[i])
			compare(name+" spearman", &a.Spearman.Value, *spearman.Value, 0.00051)
			compare(name+" kendall", a.Kendall, *kendall.Value, 0.00051)
		}
	}
	d := p.drivers("period=2026-Q3")
	check(d, overall, means)
	logit, err := stats.FitOrdinalLogit(levels, means, nil)
	if err != nil || logit.Failure != "" {
		t.Fatal(err, logit.Failure)
	}
	for i, driver := range d.Drivers {
		compare(driver.Measure+" logit", &driver.Association.Logit.Value, logit.Coefficients[i].Value, 0.00051)
		compare(driver.Measure+" SE", &driver.Association.Logit.SE, logit.Coefficients[i].SE, 0.00051)
	}
	check(p.drivers("period=2026-Q3 level=criterion"), overallOfWhole, whole)
	if len(d.Reliability) != 6 {
		t.Fatalf("%+v", d.Reliability)
	}
	at := 0
	for i, f := range Factors {
		alpha, _ := stats.CronbachAlpha(whole[at:at+criteriaOf[f]], Conf)
		compare("alpha of "+f, d.Reliability[i].Alpha, *alpha.Alpha, 0.00051)
		at += criteriaOf[f]
	}
	alpha, _ := stats.CronbachAlpha(whole, Conf)
	compare("alpha", d.Reliability[5].Alpha, *alpha.Alpha, 0.00051)
	if caution := d.driver(t, "kq"); *d.Reliability[5].Cases != tens(int64(len(overallOfWhole))) || caution.Performance.N == nil {
		t.Errorf("%+v", d.Reliability[5])
	}
}

func pointed(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

// TestDriversDoNotDependOnOrder: nodes that saw the ratings in different orders answer alike.
func TestDriversDoNotDependOnOrder(t *testing.T) {
	a, b := newProvince(t), newProvince(t)
	var taken []survey.Response
	a.opine(newOpinions(8), "full", 900, func(_ int, r *survey.Response) { taken = append(taken, *r) })
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(taken), func(i, j int) { taken[i], taken[j] = taken[j], taken[i] })
	for _, r := range taken {
		b.take(r)
	}
	for _, text := range []string{"period=2026-Q3", "period=2026-Q3 level=criterion"} {
		if !reflect.DeepEqual(a.drivers(text), b.drivers(text)) {
			t.Errorf("%s: other drivers in another order", text)
		}
	}
}

// TestNoModel: what does not carry a model gets none, and says why.
func TestNoModel(t *testing.T) {
	alike := func(_ int, r *survey.Response) {
		for id := range r.Answers {
			r.Answers[id] = survey.LevelAnswer(5)
		}
	}
	for _, c := range []struct {
		name, query string
		fill        func(p *province)
		reason      DriverReason // "" for a model
		said        string
	}{
		{"nobody", "", func(*province) {}, DriversTooFew, "Chưa đủ phiếu trả lời đủ các ý trong quý III/2026 (cần ít nhất 30)"},
		{"one less than it takes", "", func(p *province) { p.opine(newOpinions(1), "short", MinimumCases-1) }, DriversTooFew, "Chưa đủ phiếu"},
		{"as many as it takes", "", func(p *province) { p.opine(newOpinions(1), "short", MinimumCases) }, "", "Chưa nói được mặt nào gắn chặt hơn với hài lòng chung trong quý III/2026. Tính ra có dưới 10 phiếu trả lời đủ cho mỗi ý"},
		{"all alike", "", func(p *province) { p.opine(newOpinions(1), "short", 60, alike) }, DriversAlike, "Mọi người trong quý III/2026 đánh giá giống nhau"},
		{"too few for a figure", "", func(p *province) { p.opine(newOpinions(1), "short", MinimumN-1) }, DriversWithheld, "Không nói được điều gì gắn với hài lòng chung trong quý III/2026"},
		{"few answers to one factor", "", func(p *province) {
			p.opine(newOpinions(1), "short", 100, func(i int, r *survey.Response) {
				if i >= MinimumN-1 {
					delete(r.Answers, "pa")
				}
			})
		}, DriversWithheld, "Không nói được"},
		{"no full form", "level=criterion", func(p *province) { p.opine(newOpinions(1), "short", 100) }, DriversTooFew, "Chưa đủ phiếu"},
		{"the quick form alone", "", func(p *province) { p.rate(deskA, "dat-dai", "2026-08-03", 50, 80) }, DriversTooFew, "Chưa đủ phiếu"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			c.fill(p)
			d := p.drivers("period=2026-Q3 " + c.query)
			if d.Reason == nil && c.reason != "" || d.Reason != nil && *d.Reason != c.reason || (d.Model == nil) != (c.reason != "") {
				t.Errorf("reason %v, model %+v", d.Reason, d.Model)
			}
			if d.Model == nil && (len(d.Reliability) > 0 || d.Drivers[0].Association != nil) {
				t.Errorf("coefficients without a model: %+v", d)
			}
			if d.Model != nil && (d.Model.Ranked || d.Drivers[0].Association.Importance != nil || d.Drivers[0].Association.Quadrant != nil) {
				t.Errorf("ranked: %+v", d.Model)
			}
			if said := plain(d.Summary); !strings.HasPrefix(said, c.said) {
				t.Error(said)
			}
		})
	}
}

func TestDriverCautions(t *testing.T) {
	for _, c := range []struct {
		name   string
		ask    func(p *province)
		want   []string
		ranked bool
	}{
		{"nothing to mind", func(p *province) { p.opine(newOpinions(2), "short", 300) }, nil, true},
		{"overall rests on something else", func(p *province) {
			o := newOpinions(2)
			o.mood = 0.2
			p.opine(o, "short", 300)
		}, []string{"weak_model"}, false},
		{"most do not answer", func(p *province) {
			p.opine(newOpinions(2), "short", 300, func(i int, r *survey.Response) {
				if i%2 == 0 {
					r.Answers["pa"] = survey.TextAnswer(survey.NA)
				}
			})
		}, []string{"listwise"}, true},
		{"one mood in everything", func(p *province) {
			o := newOpinions(2)
			o.mood = 3
			p.opine(o, "short", 300)
		}, []string{"halo"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			c.ask(p)
			d := p.drivers("period=2026-Q3")
			if got := d.cautions(); !slices.Equal(got, c.want) || d.Model.Ranked != c.ranked {
				t.Errorf("%v, ranked %v", got, d.Model.Ranked)
			}
			if r := d.Reliability[0]; r.Alpha != nil || r.Caution == nil || r.Caution.ID != "oneItem" {
				t.Errorf("the reliability of one item: %+v", r)
			}
		})
	}
}

// TestDriversTellLittle walks the JSON of everything that is shown of nine people, of
// people of whom nine rated one factor, and looks for exact numbers of complete respondents.
func TestDriversTellLittle(t *testing.T) {
	p := newProvince(t)
	p.opine(newOpinions(3), "full", MinimumN-1, func(_ int, r *survey.Response) { r.Answers[expectation] = survey.TextAnswer("better") })
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case float64:
			t.Errorf("%s is %v", path, v)
		case []any:
			for i, e := range v {
				walk(fmt.Sprintf("%s.%d", path, i), e)
			}
		case map[string]any:
			for k, e := range v {
				if k != "parameters" {
					walk(path+"."+k, e)
				}
			}
		}
	}
	for _, level := range []string{"factor", "criterion"} {
		d := p.drivers("period=2026-Q3 level=" + level)
		walk(level, tree(t, d))
		if d.Expectation == nil || d.Expectation.Withheld == nil || len(d.Expectation.Options) != 5 {
			t.Errorf("%+v", d.Expectation)
		}
	}
	// More join in: those who skip nothing are 137, but the answer says 130.
	p.opine(newOpinions(5), "full", 137-MinimumN+1)
	p.opine(newOpinions(6), "full", 12, func(_ int, r *survey.Response) { delete(r.Answers, "pa2"); delete(r.Answers, "pa3") })
	d := p.drivers("period=2026-Q3")
	if d.Model.Cases != 130 || d.Model.Asked != 140 || d.Model.LeftOut != 7 || d.Model.LogitCases != 130 || *d.Reliability[0].Cases != 130 {
		t.Errorf("%+v, %+v", d.Model, d.Reliability[0])
	}
	whole := p.drivers("period=2026-Q3 level=criterion")
	for _, driver := range append(d.Drivers, whole.Drivers...) {
		s := driver.Association.Spearman
		interval, err := stats.SpearmanInterval(s.Value, 130, Conf)
		if err != nil || math.Abs(interval.Lower-*s.Lower) > 0.002 {
			t.Errorf("%s: an interval of another number than 130: %+v", driver.Measure, s)
		}
	}
	// Nine of a part by another capture: its complement would tell of them.
	p.opine(newOpinions(9), "full", MinimumN-1, func(_ int, r *survey.Response) { r.Capture = survey.CaptureKiosk })
	for _, capture := range []string{"kiosk", "qr"} {
		if d := p.drivers("period=2026-Q3 capture=" + capture); d.Reason == nil || *d.Reason != DriversWithheld {
			t.Errorf("%s: %v", capture, d.Model)
		}
	}
}

// TestDriversLeaveFlaggedOut as all results do.
func TestDriversLeaveFlaggedOut(t *testing.T) {
	p := newProvince(t)
	p.opine(newOpinions(3), "short", 100)
	p.opine(newOpinions(4), "short", 50, func(_ int, r *survey.Response) { r.Flags = []survey.Flag{survey.FlagFast} })
	if d := p.drivers("period=2026-Q3"); d.Model.Cases != 100 {
		t.Errorf("%+v", d.Model)
	}
	if d := p.drivers("period=2026-Q3 flags=include measure=tc"); d.Model.Cases != 150 || d.Measure != survey.Overall {
		t.Errorf("with them %+v", d.Model)
	}
	if d := p.drivers("period=2026-Q3 agency=so-b"); d.Reason == nil || *d.Overall.N != 0 {
		t.Errorf("of another agency %+v", d.Model)
	}
}

func TestExpectation(t *testing.T) {
	p := newProvince(t)
	p.opine(newOpinions(3), "full", 60, func(i int, r *survey.Response) {
		if chosen := []string{"much_worse", "worse", "as_expected", "better", "much_better", ""}[i%6]; chosen != "" {
			r.Answers[expectation] = survey.TextAnswer(chosen)
		}
	})
	p.opine(newOpinions(3), "full", 10, func(_ int, r *survey.Response) { r.Answers[expectation] = survey.TextAnswer("better") })
	check := func(d Drivers) {
		t.Helper()
		e := d.Expectation
		if e == nil || *e.N != 60 || *e.Options[0].Count != 10 || *e.Options[3].Count != 20 || e.Options[3].ID != "better" {
			t.Fatalf("%+v", e)
		}
		if *e.Better != 50 || math.Abs(*e.Worse-100.0/3) > 1e-9 || math.Abs(e.Gap.Value-10.0/60) > 1e-9 || !(*e.Gap.Lower < 0 && 0 < *e.Gap.Upper) {
			t.Errorf("%+v, gap %+v", e, e.Gap)
		}
		if said := plain(d.Summary); !strings.Contains(said, "So với mong đợi lúc đầu, 50,00 % người trả lời thấy tốt hơn và 33,33 % thấy kém hơn.") {
			t.Error(said)
		}
	}
	check(p.drivers("period=2026-Q3"))
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := p.s.WriteCheckpoint(path, checkpointKey); err != nil {
		t.Fatal(err)
	}
	p.s = again(p.s)
	if err := p.s.RestoreCheckpoint(path, checkpointKey, trusting); err != nil {
		t.Fatal(err)
	}
	check(p.drivers("period=2026-Q3"))
	if d := p.drivers("period=2026-Q3 agency=so-b"); d.Expectation != nil {
		t.Errorf("of nobody %+v", d.Expectation)
	}
}

func TestParseDriversQuery(t *testing.T) {
	today := survey.Date("2026-11-23")
	if q, err := parseDrivers("", today); err != nil || q.Level != DriverFactors || q.Period.Name != "2026-Q3" {
		t.Errorf("%+v, %v", q, err)
	}
	for text, want := range map[string][]string{"level=item": {"level"}, "level=item field=Đất": {"field", "level"}, "level=factor field=Đất": {"field"}} {
		_, err := parseDrivers(text, today)
		e, ok := err.(*survey.Error)
		if !ok || e.Code != survey.CodeInvalid {
			t.Fatalf("%s: %v", text, err)
		}
		var paths []string
		for _, f := range e.Fields {
			paths = append(paths, f.Path)
		}
		if !slices.Equal(paths, want) {
			t.Errorf("%s: %v", text, paths)
		}
	}
	p := newProvince(t)
	if _, err := p.s.Drivers(context.Background(), survey.System, DriversQuery{Query: p.query("")}); err == nil {
		t.Error("no level is a level")
	}
}

// BenchmarkDrivers asks for the drivers of 100,000 ratings on the full form.
func BenchmarkDrivers(b *testing.B) {
	p := newProvince(b)
	p.opine(newOpinions(1), "full", 100_000)
	for _, level := range []DriverLevel{DriverFactors, DriverCriteria} {
		b.Run(string(level), func(b *testing.B) {
			for b.Loop() {
				p.drivers("period=2026-Q3 level=" + string(level))
			}
		})
	}
}
