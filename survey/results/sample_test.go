package results

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"sipas/survey"
)

// wave is a sample of the small province.
func wave(unit survey.SamplingUnit, strata ...survey.Stratum) survey.Campaign {
	return survey.Campaign{ID: "mau-2026", Name: survey.Text{"vi": "Điều tra 2026", "en": "Survey of 2026"}, Kind: survey.CampaignSampled, Agency: "tinh", Questionnaire: "quick",
		From: "2026-07-06", To: "2026-09-25", Unit: unit, Strata: strata}
}

func stratumOf(id string, population, clusters, planned int64, agencies ...string) survey.Stratum {
	return survey.Stratum{ID: id, Name: survey.Text{"vi": "Tầng " + id, "en": "Stratum " + id}, Agencies: agencies, Population: population, Clusters: clusters, Planned: planned}
}

// draws makes the campaign.
func (p *province) draws(c survey.Campaign) {
	p.t.Helper()
	if _, err := p.reg.CreateCampaign(context.Background(), survey.System, c); err != nil {
		p.t.Fatal(err)
	}
}

// invited are ratings of the wave.
func invited(r *survey.Response) { r.Campaign = pointer("mau-2026") }

func (p *province) sample(text string) Sample {
	p.t.Helper()
	values := map[string]string{"campaign": "mau-2026"}
	for pair := range strings.FieldsSeq(text) {
		k, v, _ := strings.Cut(pair, "=")
		values[k] = v
	}
	q, err := ParseSampleQuery(func(k string) string { return values[k] }, p.s.Today())
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := p.s.Sample(context.Background(), survey.System, q)
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, s.Methods)
	return s
}

func agrees(t testing.TB, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, show(got), want)
	}
}

func show(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

// stratified has the stratified sample of the reference numbers: 110 of 120, 139 of 160 and 33 of 40.
func stratified(t testing.TB) *province {
	p := newProvince(t)
	p.draws(wave(survey.UnitPerson, stratumOf("a", 5200, 0, 150, "so-a"), stratumOf("b", 8100, 0, 160, "so-b"), stratumOf("xa", 2300, 0, 50, "xa-1")))
	p.rate(deskA, "ho-tich", "2026-07-20", 110, 120, invited)
	p.rate(onlineB, "ho-tich", "2026-08-03", 139, 160, invited)
	p.rate(desk1, "", "2026-09-10", 33, 40, invited)
	p.rate(deskA, "ho-tich", "2026-08-03", 3, 40) // of no campaign
	return p
}

// The figures of a stratified sample are those computed by hand and by R's survey package:
//
//	d <- svydesign(ids = ~1, strata = ~h, fpc = ~N, data = d); svymean(~y, d, deff = TRUE)
func TestStratifiedSample(t *testing.T) {
	s := stratified(t).sample("")
	f := s.Total
	if *f.N != 320 || s.Campaign.Population != 15600 || s.Campaign.Planned != 360 || s.Period.Name != "2026-Q3" {
		t.Errorf("%d answers of %+v in %s", *f.N, s.Campaign, s.Period.Name)
	}
	// p = Σ W·k/n, V = Σ W²·(1−n/N)·pq/(n−1)
	index, variance := 0.0, 0.0
	for _, h := range [][3]float64{{5200, 120, 110}, {8100, 160, 139}, {2300, 40, 33}} {
		w, p := h[0]/15600, h[2]/h[1]
		index += w * p
		variance += w * w * (1 - h[1]/h[0]) * p * (1 - p) / (h[1] - 1)
	}
	agrees(t, "index", f.Index, 100*index)
	agrees(t, "index, from R", f.Index, 87.827190170940171)
	agrees(t, "standard error", &f.Precision.SE, 100*math.Sqrt(variance))
	agrees(t, "effective n", &f.Precision.EffectiveN, index*(1-index)/variance)
	agrees(t, "response", s.Campaign.Response, 100*320.0/360)
	agrees(t, "standard error, from R", &f.Precision.SE, 1.839208025506778)
	agrees(t, "design effect, from R", f.Precision.DesignEffect, 1.03046633447631)
	agrees(t, "degrees of freedom", &f.Precision.DF, 317)
	agrees(t, "margin", f.Precision.Margin, 1.967475658027487*f.Precision.SE)
	agrees(t, "unweighted", &f.Unweighted.Index, 100*282.0/320)
	agrees(t, "unweighted standard error", &f.Unweighted.Precision.SE, 100*math.Sqrt((1-320.0/15600)*0.88125*(1-0.88125)/319))
	agrees(t, "unweighted design effect", f.Unweighted.Precision.DesignEffect, 1)
	if *f.Plan != PlanNotMet || *f.Bound.Verdict != BoundOpen || f.Bound.Basis != BasisProbability || f.Target.ID != "agency-2025" || *f.Bound.Side != "upper" {
		t.Errorf("plan %v, bound %+v", *f.Plan, f.Bound)
	}
	row := s.Strata[0]
	agrees(t, "weight", row.Weight, 5200.0/120)
	agrees(t, "fraction", row.Fraction, 100*120.0/5200)
	agrees(t, "share", &row.Share, 100*5200.0/15600)
	agrees(t, "response of a stratum", row.Response, 80)
	agrees(t, "index of a stratum", row.Figure.Index, 100*110.0/120)
	agrees(t, "standard error of a stratum", &row.Figure.Precision.SE, 100*math.Sqrt((1-120.0/5200)*110/120*10/120/119))
	agrees(t, "design effect of a stratum", row.Figure.Precision.DesignEffect, 1)
	if row.Figure.Target != nil || row.Clusters != nil || row.Drawn != nil || len(s.Measures) != len(Headlines) {
		t.Errorf("a stratum is shown as %+v", row)
	}
	for l, want := range map[survey.Language][]string{
		survey.Vietnamese: {"Điều tra 2026: 87,83\u00a0%, sai số chọn mẫu ±3,62 điểm phần trăm với độ tin cậy 95\u00a0%; chưa đạt chỉ tiêu 90\u00a0%, chưa đủ căn cứ để kết luận.", "Có 320 phiếu trên 360 phiếu theo kế hoạch (88,89\u00a0%)."},
		survey.English:    {"Survey of 2026: 87.83%, margin of error ±3.62 percentage points at a confidence of 95%; does not meet the target of 90%, not enough to prove either.", "320 answers of the 360 planned (88.89%)"},
	} {
		for _, w := range want {
			if !strings.Contains(s.Summary[l], w) {
				t.Errorf("%s: %s\nlacks %s", l, s.Summary[l], w)
			}
		}
	}
}

// A sample that was asked whole has no error left.
func TestASampleOfEverybody(t *testing.T) {
	p := newProvince(t)
	p.draws(wave(survey.UnitPerson, stratumOf("xa", 40, 0, 40, "xa-1")))
	p.rate(desk1, "", "2026-08-03", 37, 40, invited)
	f := p.sample("").Total
	if f.Precision.SE != 0 || f.Precision.Interval.Lower != *f.Index || f.Precision.Interval.Upper != *f.Index || *f.Bound.Verdict != BoundAbove || *f.Plan != PlanMet {
		t.Errorf("%+v, %+v", *f.Precision, f.Bound)
	}
}

// Points and agencies that were drawn are clusters; the reference is R's survey package:
//
//	svydesign(ids = ~cluster + person, strata = ~h, weights = ~N/n, fpc = ~M + Inf)
func TestClusteredSample(t *testing.T) {
	for _, c := range []struct {
		unit             survey.SamplingUnit
		first, second    int64 // agencies or points in the frames of the strata
		se, deff, df, en float64
	}{
		{survey.UnitAgency, 0, 0, 2.915253193105457, 0.5904540860916652, 2, 220.6324786092476},
		{survey.UnitAgency, 5, 7, 3.181821602297997, 0.7033722417274917, 2, 185.2125244513617},
		{survey.UnitPoint, 6, 8, 3.156085340536118, 0.692039763421056, 2, 188.2454671034564},
	} {
		p := newProvince(t)
		p.draws(wave(c.unit, stratumOf("so", 5200, c.first, 150, "phong-a1", "so-b"), stratumOf("khac", 8100, c.second, 160, "xa-1", "benh-vien")))
		p.rate(deskUnit, "ho-tich", "2026-08-03", 14, 20, invited)
		p.rate(onlineB, "ho-tich", "2026-08-03", 33, 40, invited)
		p.rate(desk1, "", "2026-08-03", 30, 40, invited)
		p.rate(ward, "y-te", "2026-08-03", 21, 30, invited)
		s := p.sample("")
		f := s.Total
		if row := s.Strata[0]; *row.Drawn != 2 || (c.first > 0) != (row.Clusters != nil) {
			t.Errorf("%s: drawn %d of %v", c.unit, *row.Drawn, row.Clusters)
		}
		agrees(t, string(c.unit)+" index", f.Index, 74.99820981023989)
		agrees(t, string(c.unit)+" standard error", &f.Precision.SE, c.se)
		agrees(t, string(c.unit)+" design effect", f.Precision.DesignEffect, c.deff)
		agrees(t, string(c.unit)+" effective n", &f.Precision.EffectiveN, c.en)
		agrees(t, string(c.unit)+" degrees of freedom", &f.Precision.DF, c.df)
	}
}

// A stratum nobody speaks for leaves no figure for the whole, and is named.
func TestASampleWithoutAStratum(t *testing.T) {
	p := newProvince(t)
	p.draws(wave(survey.UnitPerson, stratumOf("a", 5200, 0, 150, "so-a"), stratumOf("b", 8100, 0, 160, "so-b"), stratumOf("xa", 15, 0, 15, "xa-1")))
	p.rate(deskA, "ho-tich", "2026-08-03", 18, 20, invited)
	s := p.sample("")
	if f := s.Total; f.Index != nil || f.Precision != nil || f.Unweighted != nil || f.Plan != nil || f.Bound.Verdict != nil || *f.Reason != SampleNoAnswers || !slices.Equal(f.Strata, []string{"b", "xa"}) || *f.N != 20 {
		t.Errorf("%+v", f)
	}
	if row := s.Strata[0].Figure; row.Index == nil || row.Precision == nil {
		t.Errorf("the stratum that answered: %+v", row)
	}
	if !strings.Contains(s.Summary[survey.Vietnamese], "chưa có phiếu nào ở tầng “Tầng b”, “Tầng xa”") {
		t.Error(s.Summary[survey.Vietnamese])
	}
	p.rate(onlineB, "ho-tich", "2026-08-03", 18, 20, invited)
	p.rate(desk1, "", "2026-08-03", 12, 16, invited)
	if f := p.sample("").Total; *f.Reason != SampleImpossible || !slices.Equal(f.Strata, []string{"xa"}) || f.Index != nil {
		t.Errorf("more answers than people: %+v", f)
	}
}

// One agency that stands for several says nothing of how far it is from them.
func TestALoneCluster(t *testing.T) {
	p := newProvince(t)
	p.draws(wave(survey.UnitAgency, stratumOf("so", 5200, 4, 150, "so-a", "so-b"), stratumOf("xa", 8100, 9, 160, "xa-1")))
	p.rate(deskA, "ho-tich", "2026-08-03", 18, 20, invited)
	p.rate(onlineB, "ho-tich", "2026-08-03", 15, 20, invited)
	p.rate(desk1, "", "2026-08-03", 12, 16, invited)
	s := p.sample("")
	if f := s.Total; f.Index == nil || f.Precision != nil || *f.Reason != SampleLoneCluster || !slices.Equal(f.Strata, []string{"xa"}) || f.Bound.Verdict != nil || *f.Bound.Reason != ReasonNotEstimated {
		t.Errorf("%+v", f)
	}
	if !strings.Contains(s.Summary[survey.English], "in the stratum “Stratum xa” a single unit") {
		t.Error(s.Summary[survey.English])
	}
}

// While citizens are still asked there is no verdict.
func TestASampleUnderWay(t *testing.T) {
	p := newProvince(t)
	c := wave(survey.UnitPerson, stratumOf("a", 5200, 0, 150, "so-a"))
	c.From, c.To = "2026-10-05", "2026-11-23"
	p.draws(c)
	p.rate(deskA, "ho-tich", "2026-11-20", 100, 100, invited)
	s := p.sample("")
	if f := s.Total; *f.Bound.Reason != ReasonPeriodOpen || f.Bound.Verdict != nil || *f.Plan != PlanMet || f.Precision.Margin != nil || f.Precision.Interval.Lower > 97 {
		t.Errorf("%+v, %+v", f, f.Precision)
	}
	if !strings.Contains(s.Summary[survey.Vietnamese], "tạm tính") || strings.Contains(s.Summary[survey.Vietnamese], "±") {
		t.Error(s.Summary[survey.Vietnamese])
	}
}

func TestPooledMeasuresOfASample(t *testing.T) {
	p := newProvince(t)
	p.draws(wave(survey.UnitPerson, stratumOf("a", 5200, 0, 150, "so-a"), stratumOf("b", 8100, 0, 160, "so-b")))
	for i, point := range []string{deskA, onlineB} {
		for k := range 40 {
			r := p.response(point, "ho-tich", "2026-08-03", survey.Answers{survey.Overall: survey.LevelAnswer(4)})
			r.Questionnaire = "full"
			for j, criterion := range Criteria {
				if (k+j)%5 > 0 {
					r.Answers[criterion] = survey.LevelAnswer(3 + (k+i*j)%3)
				}
			}
			invited(&r)
			p.take(r)
		}
	}
	s := p.sample("measure=index")
	// R: svyratio(~s, ~a, svydesign(ids = ~1, strata = ~h, fpc = ~N)) of what each respondent answered.
	var above, below float64
	type person struct{ w, s, a float64 }
	strata := make([][]person, 2)
	for i := range strata {
		for k := range 40 {
			x := person{w: []float64{5200, 8100}[i] / 40}
			for j := range Criteria {
				if (k+j)%5 > 0 {
					x.a++
					if (k+i*j)%3 > 0 {
						x.s++
					}
				}
			}
			strata[i] = append(strata[i], x)
			above, below = above+x.w*x.s, below+x.w*x.a
		}
	}
	ratio, variance := above/below, 0.0
	for i, people := range strata {
		mean := 0.0
		for _, x := range people {
			mean += x.w * (x.s - ratio*x.a) / below / 40
		}
		for _, x := range people {
			u := x.w*(x.s-ratio*x.a)/below - mean
			variance += (1 - 40/[]float64{5200, 8100}[i]) * 40 / 39 * u * u
		}
	}
	agrees(t, "index", s.Total.Index, 100*ratio)
	agrees(t, "standard error", &s.Total.Precision.SE, 100*math.Sqrt(variance))
	if s.Total.Precision.DesignEffect != nil || s.Measure != Index {
		t.Errorf("%+v", *s.Total.Precision)
	}
	for _, m := range s.Measures {
		if m.Figure.Index == nil || *m.Figure.N != 80 {
			t.Errorf("%s: %+v", m.Measure, m.Figure)
		}
	}
}

func TestSampleRefuses(t *testing.T) {
	p := stratified(t)
	p.draws(survey.Campaign{ID: "he-2026", Name: survey.Text{"vi": "Hè"}, Kind: survey.CampaignContinuous, Agency: "tinh", Questionnaire: "quick", From: "2026-07-01", To: "2026-07-31"})
	q := p.query("campaign=he-2026")
	if _, err := p.s.Sample(context.Background(), survey.System, q); !survey.IsCode(err, survey.CodeInvalid) {
		t.Errorf("a campaign that is no sample: %v", err)
	}
	q.Campaign = "khong-co"
	if _, err := p.s.Sample(context.Background(), survey.System, q); !survey.IsCode(err, survey.CodeNotFound) {
		t.Errorf("no campaign: %v", err)
	}
	q.Campaign = "mau-2026"
	outside := survey.Actor{User: "a", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "so-a"}}}
	if _, err := p.s.Sample(context.Background(), outside, q); !survey.IsCode(err, survey.CodeForbidden) {
		t.Errorf("a manager of a part of it: %v", err)
	}
	if _, err := ParseSampleQuery(func(k string) string { return map[string]string{"measure": "x"}[k] }, p.s.Today()); err == nil ||
		!strings.Contains(err.Error(), "measure: unknownOption; campaign: required") {
		t.Errorf("no campaign at all: %v", err)
	}
}

// What a board withholds is nowhere in a sample, nor is anything that depends on it: two provinces that
// differ in it alone have the same answer.
func TestASampleWithholds(t *testing.T) {
	answer := func(unit survey.SamplingUnit, moved int, audience string) string {
		p := newProvince(t)
		p.draws(wave(unit, stratumOf("so", 5200, 0, 150, "so-a", "so-b"), stratumOf("xa", 8100, 0, 160, "xa-1")))
		p.rate(deskA, "ho-tich", "2026-08-03", 30, 34-moved, invited)
		p.rate(deskUnit, "ho-tich", "2026-08-03", 4, 4+moved, invited) // of an agency below so-a
		p.rate(onlineB, "ho-tich", "2026-08-03", 33, 40, invited)
		p.rate(desk1, "", "2026-08-03", 33, 40, invited)
		s := p.sample(audience)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if unit == survey.UnitPoint {
			if f := s.Total; f.Index == nil || f.Precision != nil || *f.Reason != SampleClustersKept || !slices.Equal(f.Strata, []string{"so"}) || s.Strata[0].Drawn != nil {
				t.Errorf("with points of too few: %+v", f)
			}
			if s.Strata[1].Figure.Reason == nil || *s.Strata[1].Figure.Reason != SampleLoneCluster {
				t.Errorf("the other stratum: %+v", s.Strata[1].Figure)
			}
		}
		return string(text)
	}
	for _, unit := range survey.SamplingUnits {
		if a, b := answer(unit, 0, ""), answer(unit, 2, ""); a != b {
			t.Errorf("%s: tells them apart:\n%s\n%s", unit, a, b)
		}
	}

	p := newProvince(t)
	p.draws(wave(survey.UnitPerson, stratumOf("so", 5200, 0, 150, "so-a", "so-b"), stratumOf("xa", 8100, 0, 160, "xa-1")))
	p.rate(deskA, "ho-tich", "2026-08-03", 30, 34, invited)
	p.rate(onlineB, "ho-tich", "2026-08-03", 5, 6, invited)
	p.rate(desk1, "", "2026-08-03", 33, 40, invited)
	s := p.sample("")
	if f := s.Strata[0].Figure; f.N != nil || f.Index != nil || f.Precision != nil || f.Withheld == nil || s.Strata[0].Weight != nil || s.Strata[0].Response != nil || s.Strata[0].Fraction != nil {
		t.Errorf("the stratum with an agency of too few: %+v", s.Strata[0])
	}
	if f := s.Total; f.N != nil || f.Index != nil || f.Unweighted != nil || f.Target != nil || f.Plan != nil || *f.Reason != SampleWithheld || *f.Withheld != WithheldSecondary || s.Campaign.Response != nil {
		t.Errorf("the whole: %+v", f)
	}
	if !strings.Contains(s.Summary[survey.Vietnamese], "không được công bố") {
		t.Error(s.Summary[survey.Vietnamese])
	}
	// For the public thirty are too few where they tell little.
	p = newProvince(t)
	p.draws(wave(survey.UnitAgency, stratumOf("so", 5200, 0, 150, "so-a", "so-b")))
	p.rate(deskA, "ho-tich", "2026-08-03", 30, 60, invited)
	p.rate(onlineB, "ho-tich", "2026-08-03", 55, 60, invited)
	if f := p.sample("").Total; f.Index == nil {
		t.Errorf("for managers: %+v", f)
	}
	s = p.sample("audience=public")
	if f := s.Total; f.Index != nil || f.N != nil || *f.Withheld != WithheldMinimumN {
		t.Errorf("for the public: %+v", f)
	}
	if !strings.Contains(s.Summary[survey.English], "not precise enough") {
		t.Error(s.Summary[survey.English])
	}
}

// Suspicious ratings are left out unless asked for.
func TestASampleWithFlags(t *testing.T) {
	p := stratified(t)
	p.rate(desk1, "", "2026-09-10", 0, 20, invited, func(r *survey.Response) { r.Flags = []survey.Flag{survey.FlagFast} })
	if n, with := *p.sample("").Total.N, *p.sample("flags=include").Total.N; n != 320 || with != 340 {
		t.Errorf("%d answers without, %d with those flagged", n, with)
	}
}

func TestFieldworkPeriods(t *testing.T) {
	for _, c := range []struct {
		from, to survey.Date
		want     string
	}{
		{"2026-10-05", "2026-10-20", "2026-10"},
		{"2026-10-05", "2026-12-15", "2026-Q4"},
		{"2026-06-05", "2026-07-15", "2026"},
		{"2026-07-05", "2026-12-15", "2026-H2"},
		{"2026-01-05", "2026-06-15", "2026-H1"},
		{"2026-12-05", "2027-01-15", "2026-12-05..2027-01-15"},
	} {
		if got := fieldwork(survey.Campaign{From: c.from, To: c.to}); got.Name != c.want || !got.Contains(c.from) || !got.Contains(c.to) {
			t.Errorf("%s to %s: %s, want %s", c.from, c.to, got.Name, c.want)
		}
	}
}
