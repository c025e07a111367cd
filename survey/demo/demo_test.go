package demo

import (
	"iter"
	"math"
	"slices"
	"testing"
	"time"

	"sipas/stats"
	"sipas/survey"
)

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"no day at all":    {Until: Start},
		"before the start": {Until: "2024-01-01"},
		"not a date":       {Until: "soon"},
		"a negative size":  {Size: -1},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			New(o)
		})
	}
}

func TestCatalogue(t *testing.T) {
	p := New(Options{Seed: 1})
	c := p.Catalogue()
	kinds := map[survey.AgencyKind]int{}
	agencies := map[string]survey.Agency{}
	for _, a := range c.Agencies {
		if _, twice := agencies[a.ID]; twice || !survey.IsSlug(a.ID) {
			t.Errorf("agency id %q", a.ID)
		}
		agencies[a.ID] = a
		kinds[a.Kind]++
	}
	want := map[survey.AgencyKind]int{survey.KindProvince: 1, survey.KindDepartment: 17, survey.KindVertical: 4,
		survey.KindProvider: 4, survey.KindCommune: 120, survey.KindDistrict: 8}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d agencies of kind %s, want %d", kinds[kind], kind, n)
		}
	}
	succeeded := map[string]bool{}
	for _, a := range c.Agencies {
		if a.Kind != survey.KindDistrict {
			continue
		}
		if a.ValidTo != "2025-06-30" || len(a.Successors) == 0 {
			t.Errorf("district %s: %s, %v", a.ID, a.ValidTo, a.Successors)
		}
		for _, s := range a.Successors {
			if agencies[s].Kind != survey.KindCommune || succeeded[s] {
				t.Errorf("successor %s of %s", s, a.ID)
			}
			succeeded[s] = true
		}
	}
	pointed := map[string]bool{}
	var several, online, fieldless int
	codes := map[string]bool{}
	for _, point := range c.Points {
		if code, err := survey.ParsePointCode(point.Code); err != nil || code != point.Code || codes[code] {
			t.Errorf("point code %q", point.Code)
		}
		codes[point.Code] = true
		pointed[point.Agency] = true
		if len(point.Fields) > 1 {
			several++
		}
		if len(point.Fields) == 0 {
			fieldless++
		}
		if point.Delivery == survey.DeliveryOnline {
			online++
		}
	}
	if several < 100 || online < 20 || fieldless < 5 {
		t.Errorf("%d points with several fields, %d online, %d without a field", several, online, fieldless)
	}
	for id, a := range agencies {
		if want := a.Kind != survey.KindProvince && a.Kind != survey.KindDistrict; pointed[id] != want {
			t.Errorf("%s has a point: %v", id, pointed[id])
		}
	}
	if len(c.Fields) != 22 || len(c.Targets) == 0 || len(c.Procedures) == 0 {
		t.Errorf("%d fields, %d targets, %d procedures", len(c.Fields), len(c.Targets), len(c.Procedures))
	}
	months := map[survey.Month]int{}
	for _, v := range c.Volumes {
		months[v.Month]++
	}
	served := len(pointed)
	if len(months) != 15 || months["2025-07"] != served || months["2026-08"] != served || months["2026-09"] != served-2 {
		t.Errorf("sheets of %d agencies by month: %v", served, months)
	}
}

// TestTruthSpread holds the province to what a board of it is to show.
func TestTruthSpread(t *testing.T) {
	p := New(Options{Seed: 1})
	var above, near, below int
	for _, a := range p.Catalogue().Agencies {
		switch share := p.Truth(Cell{Agency: a.ID}, survey.Overall); {
		case math.IsNaN(share):
		case share > 0.935:
			above++
		case share < 0.87:
			below++
		default:
			near++
		}
	}
	if above < 20 || below < 20 || near < 60 {
		t.Errorf("%d agencies clearly above 90 %%, %d near, %d clearly below", above, near, below)
	}
	for field, want := range map[string][2]float64{"dat-dai": {0.82, 0.87}, "xay-dung": {0.83, 0.89}, "chung-thuc": {0.9, 0.95}} {
		if share := p.Truth(Cell{Field: field}, survey.Overall); share < want[0] || share > want[1] {
			t.Errorf("%s has the share %.4f, want %v", field, share, want)
		}
	}
	if !math.IsNaN(p.Truth(Cell{Agency: "huyen-binh-lam"}, survey.Overall)) {
		t.Error("a closed district has a truth")
	}
	if !math.IsNaN(p.Truth(Cell{Agency: "cong-an-tinh"}, "tc1")) {
		t.Error("criteria have a truth where the full form is not asked")
	}
	year, _ := survey.ParsePeriod("2024")
	if !math.IsNaN(p.Truth(Cell{Period: year}, survey.Overall)) {
		t.Error("a year before the start has a truth")
	}
}

// TestTruthByHand adds one cell up from the model's own formula.
func TestTruthByHand(t *testing.T) {
	p := New(Options{Seed: 3})
	month, _ := survey.ParsePeriod("2026-03")
	c := Cell{Agency: "benh-vien-da-khoa-tinh", Period: month}
	var site *site
	for i := range p.sites {
		if p.sites[i].point.Agency == c.Agency {
			site = &p.sites[i]
		}
	}
	mu := site.level + site.drift*(8-7) // March 2026 is month 8 of 0 to 14
	if got, want := p.Truth(c, survey.Overall), 0.5*math.Erfc(-mu/math.Sqrt2); math.Abs(got-want) > 1e-12 {
		t.Errorf("the truth is %v, want %v", got, want)
	}
	if got := p.Truth(Cell{Agency: c.Agency}, survey.Overall); math.Abs(got-0.81) > 0.005 {
		t.Errorf("the agency's share is %v, want about 0.81", got)
	}
}

func TestResponses(t *testing.T) {
	p := New(Options{Seed: 1, Size: 20_000})
	agencies := map[string]survey.Agency{}
	for _, a := range p.Catalogue().Agencies {
		agencies[a.ID] = a
	}
	points := map[string]survey.Point{}
	for _, point := range p.Catalogue().Points {
		points[point.Code] = point
	}
	forms := map[string]*survey.Questionnaire{}
	for i := range p.sites {
		forms[p.sites[i].form.ID] = p.sites[i].form.Questionnaire
	}
	ids := map[string]bool{}
	captures, languages, questionnaires := map[survey.Capture]int{}, map[survey.Language]int{}, map[string]int{}
	flags, fields := map[survey.Flag]int{}, map[string]int{}
	var last time.Time
	var n, weekend, comments, late int
	for r := range p.Responses() {
		n++
		if ids[r.ID] || len(r.ID) != 36 || r.ID[14] != '4' {
			t.Fatalf("id %q", r.ID)
		}
		ids[r.ID] = true
		if r.At.Before(last) || r.At.Location() != time.UTC || r.At.Nanosecond()%1e6 != 0 {
			t.Fatalf("time %v after %v", r.At, last)
		}
		last = r.At
		point := points[r.Point]
		day := survey.DateOf(r.At)
		if point.Agency != r.Agency || point.Delivery != r.Delivery || point.Questionnaire != r.Questionnaire || !agencies[r.Agency].ValidOn(day) {
			t.Fatalf("point %+v, response %+v", point, r)
		}
		switch {
		case len(point.Fields) == 1 && r.FieldID != point.Fields[0],
			r.FieldID != "" && !slices.Contains(point.Fields, r.FieldID),
			(r.Field == nil) != (r.FieldID == ""):
			t.Fatalf("field %q at %v", r.FieldID, point.Fields)
		}
		if errs := forms[r.Questionnaire].Check(r.Answers, r.Partial); errs != nil {
			t.Fatalf("answers %v: %v", r.Answers, errs)
		}
		if r.At.Before(*r.StartedAt) || r.ReceivedAt.Before(r.At) {
			t.Fatalf("started %v, answered %v, received %v", r.StartedAt, r.At, r.ReceivedAt)
		}
		if fast := r.At.Sub(*r.StartedAt) < 2*time.Second; fast != slices.Contains(r.Flags, survey.FlagFast) {
			t.Fatalf("%v for the form, flags %v", r.At.Sub(*r.StartedAt), r.Flags)
		}
		local := r.At.In(survey.Vietnam)
		hour := float64(local.Hour()) + float64(local.Minute())/60
		if r.Delivery != survey.DeliveryOnline && (hour < 7.5 || hour > 17 || hour > 11.5 && hour < 13.5) {
			t.Fatalf("at %v at a counter", local)
		}
		if local.Weekday() == 0 || local.Weekday() == 6 {
			weekend++
		}
		if _, ok := r.Answers["comment"]; ok {
			comments++
		}
		if day >= "2026-04-01" {
			late++
		}
		captures[r.Capture]++
		languages[r.Language]++
		questionnaires[r.Questionnaire]++
		fields[r.FieldID]++
		for _, f := range r.Flags {
			flags[f]++
		}
	}
	if n != p.Size() || last.Before(survey.Date("2026-09-30").Start()) || !last.Before(survey.Date("2026-10-01").Start()) {
		t.Errorf("%d responses, the last at %v", n, last)
	}
	if weekend == 0 || weekend > n/20 {
		t.Errorf("%d at the weekend", weekend)
	}
	if comments < n/20 || comments > n/8 {
		t.Errorf("%d comments", comments)
	}
	if late < n*45/100 {
		t.Errorf("%d in the last six of fifteen months: no growth", late)
	}
	if questionnaires["quick"] < n*6/10 || questionnaires["short"] < n/20 || questionnaires["full"] < n/20 {
		t.Errorf("questionnaires %v", questionnaires)
	}
	if len(fields) != 23 || len(captures) != 3 || len(languages) != 2 || len(flags) != 3 {
		t.Errorf("fields %v, captures %v, languages %v, flags %v", fields, captures, languages, flags)
	}
}

// TestPlanted: what is planted comes on top of an honest province, unflagged and in its place.
func TestPlanted(t *testing.T) {
	o := Options{Seed: 4, Size: plantedFrom}
	p := New(o)
	planted := p.Planted()
	o.Honest = true
	honest := New(o)
	next, stop := iter.Pull(honest.Responses())
	defer stop()
	deserved := map[survey.Flag]int{}
	for r := range p.Responses() {
		flag, ok := planted[r.ID]
		if ok {
			deserved[flag]++
			if len(r.Flags) > 0 || r.Capture != survey.CaptureKiosk {
				t.Fatalf("planted with flags %v by %s", r.Flags, r.Capture)
			}
			continue
		}
		if want, _ := next(); r.ID != want.ID || !r.At.Equal(want.At) || r.Point != want.Point {
			t.Fatalf("%s is not the honest one", r.ID)
		}
	}
	want := map[survey.Flag]int{survey.FlagStraightLine: straightLined, survey.FlagDuplicate: patterns * duplicated, survey.FlagRun: inARow}
	for flag, n := range want {
		if deserved[flag] != n {
			t.Errorf("%d deserve %s, want %d", deserved[flag], flag, n)
		}
	}
	if n := deserved[survey.FlagBurst]; n < 3*12 || n > 3*30 || len(deserved) != 4 || honest.Size()+len(planted) != p.Size() {
		t.Errorf("deserved %v of %d", deserved, p.Size())
	}
	for name, o := range map[string]Options{"honest": o, "small": {Seed: 4, Size: plantedFrom - 1}, "two days": {Seed: 4, Size: plantedFrom, Until: "2025-07-03"}} {
		if p := New(o); len(p.Planted()) > 0 || p.Size() != o.Size {
			t.Errorf("%s: something is planted", name)
		}
	}
	if p.Truth(Cell{}, survey.Overall) != honest.Truth(Cell{}, survey.Overall) {
		t.Error("what is planted moved the truth")
	}
}

func TestSameSeedSameProvince(t *testing.T) {
	a, b, other := New(Options{Seed: 5, Size: 500}), New(Options{Seed: 5, Size: 500}), New(Options{Seed: 6, Size: 500})
	if a.Catalogue().Points[0].Code != b.Catalogue().Points[0].Code || a.Catalogue().Points[0].Code == other.Catalogue().Points[0].Code {
		t.Error("the catalogue does not follow from the seed alone")
	}
	ids := func(p *Province) (ids []string) {
		for r := range p.Responses() {
			ids = append(ids, r.ID+r.At.String()+r.Point)
		}
		return ids
	}
	if !slices.Equal(ids(a), ids(b)) || !slices.Equal(ids(a), ids(a)) {
		t.Error("the same seed gives other responses")
	}
	if slices.Equal(ids(a), ids(other)) {
		t.Error("another seed gives the same responses")
	}
}

// tally counts what a cell's interval is computed from.
type tally struct {
	satisfied, answered int64
	pool                stats.Moments
}

func (x *tally) add(r survey.Response) {
	level, _ := r.Answers[survey.Overall].Level()
	x.answered++
	if level >= survey.LevelSatisfied {
		x.satisfied++
	}
	if r.Questionnaire != "full" {
		return
	}
	var a, s int64
	for id, answer := range r.Answers {
		if level, ok := answer.Level(); ok && id != survey.Overall {
			a++
			if level >= survey.LevelSatisfied {
				s++
			}
		}
	}
	if a > 0 {
		x.pool = x.pool.Plus(stats.Moments{Respondents: 1, Answered: a, Satisfied: s, AA: a * a, AS: a * s, SS: s * s})
	}
}

// TestTruthIsCovered draws provinces from many seeds and checks that the 95 %
// intervals of their agencies and fields cover the truth as often as they say.
func TestTruthIsCovered(t *testing.T) {
	quarter, _ := survey.ParsePeriod("2026-Q2")
	seeds := uint64(40)
	if testing.Short() {
		seeds = 20
	}
	type score struct{ covered, cells float64 }
	scores := map[string]*score{"agency overall": {}, "field overall": {}, "agency overall in a quarter": {}, "agency index": {}}
	check := func(name string, i *stats.Interval, truth float64) {
		s := scores[name]
		s.cells++
		if i.Lower <= truth && truth <= i.Upper {
			s.covered++
		}
	}
	for seed := range seeds {
		p := New(Options{Seed: 100 + seed, Size: 12_000})
		byAgency, byField, byQuarter := map[string]*tally{}, map[string]*tally{}, map[string]*tally{}
		count := func(m map[string]*tally, key string, r survey.Response) {
			if m[key] == nil {
				m[key] = &tally{}
			}
			m[key].add(r)
		}
		for r := range p.Responses() {
			if slices.Contains(r.Flags, survey.FlagFast) {
				continue
			}
			count(byAgency, r.Agency, r)
			count(byField, r.FieldID, r)
			if quarter.Contains(survey.DateOf(r.At)) {
				count(byQuarter, r.Agency, r)
			}
		}
		overall := func(name string, x *tally, c Cell) {
			if x.answered < 30 {
				return
			}
			e, err := stats.ProportionInterval(stats.Wilson, x.satisfied, x.answered, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			check(name, e.Interval, p.Truth(c, survey.Overall))
		}
		for id, x := range byAgency {
			overall("agency overall", x, Cell{Agency: id})
			if x.pool.Respondents >= 60 {
				ratio, err := stats.PooledIndex(x.pool, 0.95)
				if err != nil {
					t.Fatal(err)
				}
				check("agency index", ratio.Interval, p.Truth(Cell{Agency: id}, "index"))
			}
		}
		for id, x := range byField {
			overall("field overall", x, Cell{Field: id, Unknown: id == ""})
		}
		for id, x := range byQuarter {
			overall("agency overall in a quarter", x, Cell{Agency: id, Period: quarter})
		}
	}
	for name, s := range scores {
		// Neither interval is exact: Wilson's coverage ripples around 95 % by a
		// point, that on the effective n lacks what Student's t would add.
		slack := 0.015
		if name == "agency index" {
			slack = 0.025
		}
		share, tolerance := s.covered/s.cells, slack+3.5*math.Sqrt(0.95*0.05/s.cells)
		t.Logf("%s: %.0f of %.0f covered, %.4f", name, s.covered, s.cells, share)
		if s.cells < 100 || math.Abs(share-0.95) > tolerance {
			t.Errorf("%s: %.4f of %.0f cells covered, want 0.95 give or take %.3f", name, share, s.cells, tolerance)
		}
	}
}

// TestMood compares how often two answers of one person are both satisfied with
// the bivariate normal distribution of the model.
func TestMood(t *testing.T) {
	p := New(Options{Seed: 8, Size: 40_000})
	sites := map[[2]string]*site{}
	for i := range p.sites {
		sites[[2]string{p.sites[i].point.Code, p.sites[i].field}] = &p.sites[i]
	}
	both := func(a, b float64) float64 {
		sum, step := 0.0, 0.02
		for m := -8.0; m <= 8; m += step {
			sum += step * math.Exp(-m*m/2) / math.Sqrt(2*math.Pi) *
				normalCDF((a+math.Sqrt(Rho)*m)/math.Sqrt(1-Rho)) * normalCDF((b+math.Sqrt(Rho)*m)/math.Sqrt(1-Rho))
		}
		return sum
	}
	months := map[survey.Month]int{}
	for _, d := range p.calendar.days {
		months[d.date.Month()] = d.month
	}
	expected := map[[2]float64]float64{}
	var want, got, variance, pairs float64
	for r := range p.Responses() {
		x, ok1 := r.Answers["cc1"].Level()
		y, ok2 := r.Answers["kq2"].Level()
		if !ok1 || !ok2 || slices.Contains(r.Flags, survey.FlagFast) {
			continue
		}
		s := sites[[2]string{r.Point, r.FieldID}]
		mu := p.mu(s, months[survey.DateOf(r.At).Month()])
		key := [2]float64{mu + s.form.ratings["cc1"].shift, mu + s.form.ratings["kq2"].shift}
		if _, ok := expected[key]; !ok {
			expected[key] = both(key[0], key[1])
		}
		q := expected[key]
		pairs++
		want += q
		variance += q * (1 - q)
		if x >= 4 && y >= 4 {
			got++
		}
	}
	if z := (got - want) / math.Sqrt(variance); pairs < 1000 || math.Abs(z) > 4 {
		t.Errorf("%.0f of %.0f pairs both satisfied, want %.1f", got, pairs, want)
	}
}

func TestSelfSelection(t *testing.T) {
	p := New(Options{Seed: 2, Size: 5000, SelfSelection: 0.5})
	var x tally
	for r := range p.Responses() {
		if !slices.Contains(r.Flags, survey.FlagFast) {
			x.add(r)
		}
	}
	truth := p.Truth(Cell{}, survey.Overall)
	if share := float64(x.satisfied) / float64(x.answered); share > truth-0.03 {
		t.Errorf("share %.4f, truth %.4f: nothing selected itself", share, truth)
	}
	if off := New(Options{Seed: 2}).Truth(Cell{}, survey.Overall); off != truth {
		t.Errorf("the truth moved from %v to %v", off, truth)
	}
}

func BenchmarkResponses(b *testing.B) {
	p := New(Options{Seed: 1, Size: 10_000})
	for b.Loop() {
		for range p.Responses() {
		}
	}
}
