package results

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sipas/survey"
)

// withFiles gives an agency sheets of the third quarter.
func withFiles(agency string, files map[string]int64) func(*province) {
	return func(p *province) {
		for _, m := range []survey.Month{"2026-07", "2026-08", "2026-09"} {
			p.volumes = append(p.volumes, survey.Volume{Agency: agency, Month: m, Files: files})
		}
	}
}

func (p *province) rates(text string) ResponseRates {
	p.t.Helper()
	r, err := p.s.ResponseRates(p.t.Context(), survey.System, p.query(text))
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, r.Methods)
	return r
}

// "15 % answered, 95 % of them happy: the truth lies between 14 % and 99 %."
func TestWorstCases(t *testing.T) {
	p := newProvince(t, withFiles("xa-1", map[string]int64{"ho-tich": 200}))
	p.rate(desk1, "", "2026-08-03", 85, 90)
	r := p.rates("agency=xa-1")
	near(t, "coverage", *r.Total.Cell.Coverage.Share, 15, 1e-9)
	near(t, "at worst", r.Total.Bounds.Lower, 100*85.0/600, 1e-9)
	near(t, "at best", r.Total.Bounds.Upper, 100*(85.0+510)/600, 1e-9)
	share := 85.0 / 90
	for i, correlation := range []float64{0.05, 0.1} {
		s := r.Suppositions[i]
		near(t, "the bias", s.Bias, 100*correlation*math.Sqrt(share*(1-share))*math.Sqrt(0.85/0.15), 1e-9)
		near(t, "as good as", *s.EffectiveN, 0.15/(0.85*correlation*correlation), 1e-9)
		if s.Correlation != correlation || !s.Possible {
			t.Errorf("%+v", s)
		}
	}
	for _, say := range []string{"14,17", "99,17", "15,00"} {
		if !strings.Contains(r.Summary["vi"], say) {
			t.Errorf("%q does not say %s", r.Summary["vi"], say)
		}
	}
}

// Files without an answer to the measure may well have been rated.
func TestRatesOfAMeasure(t *testing.T) {
	p := newProvince(t, withFiles("xa-1", map[string]int64{"ho-tich": 200}))
	p.rate(desk1, "", "2026-08-03", 85, 90)
	if said := p.rates("agency=xa-1").Summary; !strings.Contains(said["vi"], "Có phiếu cho 15,00\u00a0% trong 600 hồ sơ") {
		t.Errorf("%q", said["vi"])
	}
	r := p.rates("agency=xa-1 measure=tc1")
	for _, lie := range []string{"Có phiếu cho", "were rated"} {
		if strings.Contains(r.Summary["vi"]+r.Summary["en"], lie) {
			t.Errorf("%q", r.Summary)
		}
	}
}

func TestUnknownFiles(t *testing.T) {
	p := newProvince(t, withFiles("xa-1", map[string]int64{"ho-tich": 200}), withFiles("so-b", map[string]int64{"ho-tich": 4}))
	p.rate(desk1, "", "2026-08-03", 85, 90)
	p.rate(onlineB, "ho-tich", "2026-08-03", 20, 30)
	for query, want := range map[string]VolumeReason{
		"agency=xa-1 period=2026-08-01..2026-08-20": VolumePeriod,
		"agency=xa-1 delivery=counter":              VolumeFilter,
		"agency=tinh":                               VolumeMissing, // so-a has points and no sheets
		"agency=so-b":                               VolumeImpossible,
		"agency=xa-1 period=2026-07":                "", // nobody of 200
	} {
		r := p.rates(query)
		if r.Total.Reason == nil && want != "" || r.Total.Reason != nil && *r.Total.Reason != want {
			t.Errorf("%s: %v, want %s", query, r.Total.Reason, want)
		}
		if want != "" && (r.Total.Bounds != nil || len(r.Suppositions) > 0) {
			t.Errorf("%s: files are not known, and yet %+v", query, r.Total.Bounds)
		}
	}
}

func TestItemRates(t *testing.T) {
	p := newProvince(t)
	for i := range 24 {
		answers := survey.Answers{survey.Overall: survey.LevelAnswer(4)}
		switch {
		case i < 12:
			answers["pa1"] = survey.LevelAnswer(5)
		case i < 15:
			answers["pa1"] = survey.LevelAnswer(2)
		case i < 20:
			answers["pa1"] = survey.TextAnswer(survey.NA)
		}
		r := p.response(desk1, "", "2026-08-03", answers)
		r.Questionnaire = "full"
		p.take(r)
	}
	p.rate(desk1, "", "2026-08-03", 10, 10) // the quick form does not ask
	r := p.rates("")
	at := slices.IndexFunc(r.Items, func(i ItemRate) bool { return i.Item == "pa1" })
	item := r.Items[at]
	if *item.Asked != 24 || *item.Valid != 15 || *item.NotApplicable != 5 || *item.NotAnswered != 4 {
		t.Errorf("%d asked, %d valid, %d na, %d silent", *item.Asked, *item.Valid, *item.NotApplicable, *item.NotAnswered)
	}
	near(t, "the index", *item.Index, 80, 1e-9)
	near(t, "not applicable", *item.NotApplicableRate, 25, 1e-9)
	near(t, "not answered", *item.NotAnsweredRate, 100.0/6, 1e-9)
	near(t, "at worst, of those who answered", item.OfAnswered.Lower, 60, 1e-9)
	near(t, "at best", item.OfAnswered.Upper, 85, 1e-9)
	near(t, "at worst, of all asked", item.OfAsked.Lower, 50, 1e-9)
	near(t, "at best", item.OfAsked.Upper, 87.5, 1e-9)
	if overall := r.Items[0]; overall.Item != survey.Overall || *overall.Asked != 34 || *overall.Valid != 34 {
		t.Errorf("%+v", overall)
	}
	for _, i := range r.Items {
		if i.Item == "pa2" && (i.Index != nil || i.Withheld != nil || *i.NotAnswered != 24) {
			t.Errorf("nobody answered pa2: %+v", i)
		}
	}
	if len(p.rates("agency=so-b").Items) != 0 {
		t.Error("items that nobody was asked")
	}
}

// A few busy counters and one large quiet one: weighed by files, the figure falls.
func TestPoststrata(t *testing.T) {
	p := newProvince(t,
		withFiles("so-a", map[string]int64{"dat-dai": 100, "ho-tich": 30}),
		withFiles("phong-a1", map[string]int64{"ho-tich": 70}),
		withFiles("benh-vien", map[string]int64{"y-te": 20}),
		withFiles("so-b", map[string]int64{"ho-tich": 10_000}))
	p.rate(deskA, "dat-dai", "2026-08-03", 72, 80)
	p.rate(deskA, "ho-tich", "2026-08-03", 57, 60)
	p.rate(onlineB, "ho-tich", "2026-08-03", 48, 60)
	p.rate(desk1, "", "2026-08-03", 30, 30) // no sheets
	s := p.rates("").Poststrata
	near(t, "raw", *s.Unweighted, 100*177.0/200, 1e-9)
	volumes, n, k := []float64{30000, 300, 360}, []float64{60, 80, 60}, []float64{48, 72, 57}
	var all, share, variance float64
	for _, v := range volumes {
		all += v
	}
	for i, v := range volumes {
		q := k[i] / n[i]
		share += v / all * q
		variance += v / all * v / all * q * (1 - q) / (n[i] - 1)
	}
	near(t, "weighed", *s.Index, 100*share, 1e-9)
	near(t, "effective n", *s.EffectiveN, share*(1-share)/variance, 1e-6)
	if *s.N != 200 || *s.Volume != 30660 || s.Reason != nil || s.Interval.Lower >= *s.Index || s.Interval.Upper <= *s.Index {
		t.Errorf("%+v", s)
	}
	type row struct {
		agency, fields string
		merged         bool
		volume, n      int64
	}
	var got []row
	for _, h := range s.Strata {
		got = append(got, row{h.Agency, strings.Join(h.Fields, " "), h.Merged, h.Volume, h.N})
		near(t, "a weight", h.Weight, float64(h.Volume)/float64(h.N), 1e-9)
	}
	// Nobody rated y-te, whose 60 files go with the smaller field of so-a.
	want := []row{{"so-a", "dat-dai", false, 300, 80}, {"so-a", "y-te ho-tich", true, 360, 60}, {"so-b", "ho-tich", false, 30000, 60}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if want := []MissingStrata{{"xa-1", StrataNoVolume}}; !slices.Equal(s.Missing, want) {
		t.Errorf("missing %+v", s.Missing)
	}
	if r := p.rates("measure=index").Poststrata; *r.Reason != StrataPooled || r.Index != nil {
		t.Errorf("of a pooled measure: %+v", r)
	}
	if r := p.rates("agency=xa-1").Poststrata; *r.Reason != StrataNone || r.Index != nil {
		t.Errorf("without files: %+v", r)
	}
	if r := p.rates("field=ho-tich").Poststrata; len(r.Strata) != 2 || r.Strata[0].Volume != 300 || r.Strata[1].N != 60 {
		t.Errorf("of one field: %+v", r)
	}
}

// What is withheld, and its neighbour, appear in the strata only together.
func TestRatesTellNothingWithheld(t *testing.T) {
	p := newProvince(t,
		withFiles("so-a", map[string]int64{"dat-dai": 100, "ho-tich": 211}),
		withFiles("phong-a1", map[string]int64{"ho-tich": 70}),
		withFiles("benh-vien", map[string]int64{"y-te": 127}),
		withFiles("so-b", map[string]int64{"ho-tich": 1000}),
		withFiles("xa-1", map[string]int64{"ho-tich": 331}))
	p.rate(deskA, "dat-dai", "2026-08-03", 72, 80)
	p.rate(deskA, "ho-tich", "2026-08-03", 33, 37)
	p.rate(ward, "y-te", "2026-08-03", 5, 7)
	p.rate(onlineB, "ho-tich", "2026-08-03", 48, 60)
	p.rate(desk1, "", "2026-08-03", 6, 8)
	for _, query := range []string{"", "agency=so-a", "agency=benh-vien", "agency=xa-1"} {
		r := p.rates(query)
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		shown := figures(p.board(query))
		for _, row := range append(r.AgencyFields, r.Total) {
			at := pair{row.Agency, deref(row.Field)}
			if at.field == "" && row.Agency != r.Agency.ID {
				at.field = noField
			}
			n, listed := shown[at]
			if listed && (n == nil) != (row.Cell.N == nil) {
				t.Errorf("%s: %v is withheld in one answer only", query, at)
			}
			if row.Cell.Withheld != nil && (*row.Reason != VolumeWithheld || row.Bounds != nil || row.Cell.Coverage != nil) {
				t.Errorf("%s: a withheld row says %+v", query, row)
			}
		}
		for _, h := range r.Poststrata.Strata {
			if tooFew(h.N) {
				t.Errorf("%s: a stratum of %d", query, h.N)
			}
			for _, field := range h.Fields {
				if at := (pair{h.Agency, field}); !h.Merged && shown[at] == nil && h.Agency != r.Agency.ID {
					t.Errorf("%s: %v stands alone", query, at)
				}
			}
		}
		if query == "agency=benh-vien" || query == "agency=xa-1" {
			if r.Poststrata.Index != nil || len(r.Suppositions) > 0 || r.Total.Bounds != nil || r.Items[0].Asked != nil {
				t.Errorf("%s: %s", query, raw)
			}
		}
	}
	// y-te and what has to go with it are one stratum of so-a.
	at := slices.IndexFunc(p.rates("").Poststrata.Strata, func(s Stratum) bool { return slices.Contains(s.Fields, "y-te") })
	if s := p.rates("").Poststrata.Strata[at]; !s.Merged || s.N != 44 || s.Volume != 3*(127+211+70) {
		t.Errorf("%+v", s)
	}
}

// numbersIn lists the numbers of an answer besides those of nobody and those that
// say how it was made.
func numbersIn(path string, v any) (found []string) {
	switch v := v.(type) {
	case float64:
		return []string{fmt.Sprint(path, " is ", v)}
	case []any:
		for i, e := range v {
			found = append(found, numbersIn(fmt.Sprint(path, ".", i), e)...)
		}
	case map[string]any:
		if cell, ok := v["cell"].(map[string]any); ok && cell["n"] == 0.0 {
			return nil
		}
		for k, e := range v {
			if k != "parameters" {
				found = append(found, numbersIn(path+"."+k, e)...)
			}
		}
	}
	return found
}

// Where a whole is withheld, its parts, rates and strata hold no number at all.
func TestNothingOfAWithheldWhole(t *testing.T) {
	p := newProvince(t, withFiles("xa-1", map[string]int64{"ho-tich": 100}))
	for i := range 9 {
		r := p.response(desk1, "", "2026-08-03", survey.Answers{survey.Overall: survey.LevelAnswer(4), "kq1": survey.LevelAnswer(5), "gender": survey.TextAnswer("female")})
		r.Questionnaire, r.Capture = "full", survey.Captures[i%2]
		p.take(r)
	}
	for _, measure := range []string{" measure=overall", " measure=kq"} {
		for _, by := range Dimensions {
			if found := numbersIn("breakdown", tree(t, p.breakdown("agency=xa-1 by="+string(by)+measure))); found != nil {
				t.Errorf("by %s: %v", by, found)
			}
		}
		if found := numbersIn("rates", tree(t, p.rates("agency=xa-1"+measure))); found != nil {
			t.Errorf("%v", found)
		}
	}
	for range 3 {
		p.rate(desk1, "", "2026-08-04", 1, 1)
	}
	if found := numbersIn("breakdown", tree(t, p.breakdown("agency=xa-1 by=month"))); len(found) == 0 {
		t.Error("twelve ratings are no secret, and the test finds no number")
	}
}

// TestStrataStandOpenly weighs random provinces and looks for a withheld figure that is
// a stratum of its own, and for strata that together are not the agency.
func TestStrataStandOpenly(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 11))
		files := map[string]int64{"dat-dai": 200, "ho-tich": 300, "y-te": 100}
		p := newProvince(t, withFiles("so-a", files), withFiles("so-b", files), withFiles("phong-a1", files), withFiles("benh-vien", files))
		for _, d := range []struct{ point, field string }{{deskA, "dat-dai"}, {deskA, "ho-tich"}, {deskUnit, "ho-tich"}, {ward, "y-te"}, {onlineB, "ho-tich"}, {onlineB, "y-te"}, {onlineB, "dat-dai"}} {
			n := 1 + random.IntN(40)
			p.rate(d.point, d.field, "2026-08-03", random.IntN(n+1), n)
		}
		board := p.board("")
		shown := figures(board)
		sums := map[string]int64{}
		for _, s := range p.rates("").Poststrata.Strata {
			sums[s.Agency] += s.N
			if !s.Merged && shown[pair{s.Agency, s.Fields[0]}] == nil {
				t.Errorf("%d: %s of %s stands alone and is withheld", seed, s.Fields[0], s.Agency)
			}
		}
		for agency, n := range sums {
			if total := board.row(t, agency).Cell.N; total == nil || *total != n {
				t.Errorf("%d: strata of %d ratings of %s", seed, n, agency)
			}
		}
	}
}
