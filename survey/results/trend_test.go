package results

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sipas/stats"
	"sipas/survey"
)

func (p *province) trend(text string) Trend {
	p.t.Helper()
	trend, err := p.s.Trend(p.t.Context(), survey.System, p.query(text))
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, trend.Methods)
	return trend
}

// brief writes a signal as tests compare it: "p outsideLimits low 2026-08".
func (s Signal) brief() string {
	text := fmt.Sprintf("%s %s", s.Chart, s.Rule)
	if s.Side != nil {
		text += " " + string(*s.Side)
	}
	text += " " + string(s.Month)
	if s.To != s.Month {
		text += ".." + string(s.To)
	}
	if s.AcrossBreak {
		text += " across a break"
	}
	return text
}

func briefs(trend Trend) (all []string) {
	for _, s := range trend.Signals {
		all = append(all, s.brief())
	}
	return all
}

// rateMonths gives the desk of xa-1 a hundred ratings in each of the months from
// 2025-09 on, of which so many are satisfied.
func (p *province) rateMonths(satisfied ...int) {
	for i, month := range fifteen {
		if i < len(satisfied) {
			p.rate(desk1, "", string(month)+"-05", satisfied[i], 100)
		}
	}
}

// fifteen are the months that tests rate; the last one is not over.
var fifteen = func() []survey.Month {
	months := []survey.Month{"2025-09"}
	for len(months) < 15 {
		months = append(months, months[len(months)-1].Next())
	}
	return months
}()

const fifteenMonths = "agency=xa-1 period=2025-09-01..2026-11-30"

func TestTrendIsWatched(t *testing.T) {
	usual := []int{90, 88, 91, 89, 92, 90, 88, 92}
	for name, c := range map[string]struct {
		after   []int
		chart   ChartName
		signals []string
	}{
		"as usual": {[]int{91, 89, 90, 88, 91, 90}, ChartP, nil},
		"one bad month": {[]int{91, 89, 90, 88, 91, 70}, ChartP, []string{
			"p outsideLimits low 2026-10", "ewma outsideLimits low 2026-10", "cusum decisionInterval low 2026-10"}},
		"lasting decline": {[]int{85, 84, 84, 85, 83, 84}, ChartP, []string{
			"cusum decisionInterval low 2026-05..2026-08", "ewma outsideLimits low 2026-07..2026-10"}},
		"better": {[]int{99, 99, 90, 90, 90, 90}, ChartP, []string{"ewma outsideLimits high 2026-05..2026-07"}},
		// The month that is not over is as bad as can be, and says nothing.
		"the open month is not judged": {[]int{91, 89, 90, 88, 91, 90, 0}, ChartP, nil},
		"too few months for limits":    {[]int{70}, ChartP, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvince(t)
			p.rateMonths(slices.Concat(usual, c.after)...)
			trend := p.trend(fifteenMonths)
			if trend.Watch == nil || trend.Watch.Chart != c.chart || trend.Watch.BaselineFrom != "2025-09" || trend.Watch.BaselineTo != "2026-04" {
				t.Fatalf("watched by %+v", trend.Watch)
			}
			if got := briefs(trend); !slices.Equal(got, c.signals) {
				t.Errorf("signals:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.signals, "\n"))
			}
			for _, m := range trend.Months {
				if m.Provisional && m.Limits != nil {
					t.Error("the open month has limits")
				}
			}
		})
	}
}

func TestTrendLimits(t *testing.T) {
	p := newProvince(t)
	p.rateMonths(90, 88, 91, 89, 92, 90, 88, 92, 90)
	trend := p.trend(fifteenMonths)
	center := 720.0 / 800
	half := 3 * math.Sqrt(center*(1-center)/100)
	if got := trend.Months[3].Limits; got == nil || math.Abs(got.Lower-100*(center-half)) > 1e-9 || math.Abs(got.Upper-100*(center+half)) > 1e-9 {
		t.Errorf("limits %+v, want %v ∓ %v", got, 100*center, 100*half)
	}
	// Months that vary more than citizens do have wider limits.
	p = newProvince(t)
	p.rateMonths(95, 80, 96, 79, 95, 82, 97, 80, 75)
	wide := p.trend(fifteenMonths)
	if wide.Watch.Chart != ChartLaney || *wide.Watch.SigmaZ < 3 || len(wide.Signals) != 0 {
		t.Errorf("%+v, %v", wide.Watch, briefs(wide))
	}
	center = 704.0 / 800
	half = 3 * math.Sqrt(center*(1-center)/100) * *wide.Watch.SigmaZ
	if got := wide.Months[8].Limits; math.Abs(got.Lower-100*(center-half)) > 1e-9 || got.Upper != 100 {
		t.Errorf("limits %+v, want from %v", got, 100*(center-half))
	}
}

func TestTrendWithoutSpread(t *testing.T) {
	p := newProvince(t)
	p.rateMonths(100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 50)
	trend := p.trend(fifteenMonths)
	if trend.Watch == nil || trend.Watch.SigmaZ != nil || trend.Months[12].Limits != nil || len(trend.Signals) != 0 {
		t.Errorf("%+v, %+v, %v", trend.Watch, trend.Months[12].Limits, briefs(trend))
	}
}

// TestTrendWatchesShownMonths gives a month too few ratings: neither how many nor
// how satisfied they were changes anything that the trend says.
func TestTrendWatchesShownMonths(t *testing.T) {
	say := func(satisfied, answered int) string {
		p := newProvince(t)
		p.rateMonths(90, 88, 91, 89, 92, 90, 88, 92, 91, 89, 90, 88, 91)
		p.rate(desk1, "", "2026-10-05", satisfied, answered, func(r *survey.Response) { r.Capture = survey.CaptureKiosk })
		raw, err := json.Marshal(p.trend(fifteenMonths))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if few, others := say(0, 3), say(8, 8); few != others {
		t.Errorf("a withheld month shows:\n%s\n%s", few, others)
	}
}

// TestTrendBreaks changes how ratings are taken from one month to the next.
func TestTrendBreaks(t *testing.T) {
	by := func(c survey.Capture) func(*survey.Response) {
		return func(r *survey.Response) { r.Capture = c }
	}
	short := func(r *survey.Response) { r.Questionnaire = "short" }
	for name, c := range map[string]struct {
		query  string
		rate   func(p *province)
		breaks string
	}{
		"nothing": {"", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 50, 100)
			p.rate(desk1, "", "2026-09-03", 90, 100)
		}, ""},
		"shares moved by a fifth": {"", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 50, 120, by(survey.CaptureKiosk))
			p.rate(desk1, "", "2026-08-03", 30, 80)
			p.rate(desk1, "", "2026-09-03", 30, 80, by(survey.CaptureKiosk))
			p.rate(desk1, "", "2026-09-03", 50, 120)
		}, "2026-09 capture: kiosk 60 → 40, qr 40 → 60"},
		"and by less": {"", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 50, 120, by(survey.CaptureKiosk))
			p.rate(desk1, "", "2026-08-03", 30, 80)
			p.rate(desk1, "", "2026-09-03", 30, 81, by(survey.CaptureKiosk))
			p.rate(desk1, "", "2026-09-03", 50, 119)
		}, ""},
		"too few of a kind are not named": {"", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 30, 40, by(survey.CaptureKiosk))
			p.rate(desk1, "", "2026-09-03", 15, 18)
			p.rate(desk1, "", "2026-09-03", 9, 9, by(survey.CapturePaper))
			p.rate(desk1, "", "2026-09-03", 9, 9, by(survey.CaptureLink))
		}, "2026-09 capture: kiosk 100 → 0, qr 0 → 50"},
		"a new version": {"", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 90, 100)
			p.rate(desk1, "", "2026-09-03", 80, 90)
			p.rate(desk1, "", "2026-09-03", 8, 10, short)
		}, "2026-09 questionnaire: short/1  → "},
		"a new version of too few": {"", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 90, 100)
			p.rate(desk1, "", "2026-09-03", 80, 90)
			p.rate(desk1, "", "2026-09-03", 8, 9, short)
		}, ""},
		"a new point": {"agency=tinh", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 70, 80)
			p.rate(desk1, "", "2026-09-03", 70, 80)
			p.rate(deskUnit, "", "2026-09-03", 15, 20)
		}, "2026-09 points: " + valid(deskUnit) + " 0 → 20"},
		"a small new point": {"agency=tinh", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 70, 80)
			p.rate(desk1, "", "2026-09-03", 70, 81)
			p.rate(deskUnit, "", "2026-09-03", 15, 20)
		}, ""},
		"delivery": {"agency=tinh", func(p *province) {
			p.rate(desk1, "", "2026-08-03", 70, 80)
			p.rate(onlineB, "", "2026-08-03", 15, 20)
			p.rate(desk1, "", "2026-09-03", 40, 50)
			p.rate(onlineB, "", "2026-09-03", 40, 50)
		}, "2026-09 delivery: counter 80 → 50, online 20 → 50"},
		// huyen was merged into xa-1 on 2025-07-01.
		"a merger": {"period=2025-05-01..2025-08-31", func(p *province) {
			p.rate(desk1, "", "2025-06-03", 70, 80)
			p.rate(desk1, "", "2025-08-03", 70, 80)
		}, "2025-08 agencies: huyen  → "},
		"an open month": {"period=2026-Q4", func(p *province) {
			p.rate(desk1, "", "2026-10-03", 70, 80)
			p.rate(desk1, "", "2026-11-03", 70, 80, by(survey.CapturePaper))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvince(t)
			c.rate(p)
			query := c.query
			if !strings.Contains(query, "agency=") {
				query += " agency=xa-1"
			}
			var breaks []string
			for _, b := range p.trend(query).Breaks {
				var changes []string
				for _, change := range b.Changes {
					changes = append(changes, fmt.Sprintf("%s %s → %s", change.ID, orNil(change.From), orNil(change.To)))
				}
				breaks = append(breaks, fmt.Sprintf("%s %s: %s", b.Month, b.Kind, strings.Join(changes, ", ")))
			}
			if got := strings.Join(breaks, "; "); got != c.breaks {
				t.Errorf("%q, want %q", got, c.breaks)
			}
		})
	}
}

func orNil(share *float64) string {
	if share == nil {
		return ""
	}
	return fmt.Sprint(*share)
}

func TestMoved(t *testing.T) {
	for name, c := range map[string]struct {
		from, to mix
		values   []int
	}{
		"the same":                         {mix{1: 50, 2: 50}, mix{1: 500, 2: 500}, nil},
		"exactly a fifth":                  {mix{1: 100}, mix{1: 80, 2: 20}, []int{2, 1}},
		"less than a fifth":                {mix{1: 100}, mix{1: 81, 2: 19}, nil},
		"a fifth by chance":                {mix{1: 11, 2: 19}, mix{1: 18, 2: 12}, nil},
		"the largest change first":         {mix{1: 500, 2: 300, 3: 200}, mix{1: 200, 2: 350, 3: 450}, []int{1, 3, 2}},
		"the small ones count as one":      {mix{1: 50, 2: 9, 3: 9}, mix{1: 50, 2: 1, 3: 17}, nil},
		"and may together make the change": {mix{1: 60}, mix{1: 40, 2: 7, 3: 7}, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := shifted(c.from, c.to, MinimumN)
			if err != nil || !slices.Equal(got, c.values) {
				t.Errorf("%v, %v, want %v", got, err, c.values)
			}
		})
	}
}

func TestTrendIsSaid(t *testing.T) {
	low, high := stats.Low, stats.High
	trend := Trend{
		Watch: &Watch{Center: 90, BaselineTo: "2026-04", Complete: true},
		Signals: []Signal{
			{Chart: ChartLaney, Rule: RuleOutsideLimits, Side: &low, Month: "2026-08", To: "2026-08"},
			{Chart: ChartEWMA, Rule: RuleOutsideLimits, Side: &low, Month: "2026-08", To: "2026-08"},
			{Chart: ChartCUSUM, Rule: RuleDecisionInterval, Side: &high, Month: "2026-08", To: "2026-09", AcrossBreak: true},
			{Chart: ChartRuns, Rule: RuleFewCrossings, Month: "2025-09", To: "2026-09"},
		},
		Breaks: []Break{{Month: "2026-09", Kind: BreakCapture, Changes: []Change{
			{ID: "kiosk", Name: captureWays[survey.CaptureKiosk].name, From: percent(0.6), To: percent(0.4)},
			{ID: "paper", Name: captureWays[survey.CapturePaper].name, From: percent(0.2)}}}},
	}
	for l, want := range (survey.Text{
		survey.Vietnamese: "Trong tháng 8/2026 chỉ số thấp hơn mức thường lệ (biểu đồ p′ của Laney: ra ngoài giới hạn; biểu đồ EWMA: ra ngoài giới hạn). " +
			"Từ tháng 8/2026 đến tháng 9/2026 chỉ số cao hơn mức thường lệ (biểu đồ CUSUM: tổng tích lũy vượt ngưỡng), nhưng trong thời gian đó cách đo đã thay đổi. " +
			"Từ tháng 9/2025 đến tháng 9/2026 chỉ số ít đổi phía quanh mức thường lệ hơn so với ngẫu nhiên, như khi nó trôi dần (biểu đồ chuỗi: quá ít lần đổi phía). " +
			"Từ tháng 9/2026 cách lấy phiếu thay đổi (kiosk từ 60,00 % thành 40,00 %; phiếu giấy): con số trước và sau không hoàn toàn so sánh được.",
		survey.English: "In August 2026 the index was below its usual level (Laney’s p′ chart: outside its limits; EWMA chart: outside its limits). " +
			"From August 2026 to September 2026 the index was above its usual level (CUSUM chart: cumulative sum beyond its interval), but the way of measuring changed in that time. " +
			"From September 2025 to September 2026 the index changed sides of the usual level less often than by chance, as it does when it drifts (run chart: too few changes of side). " +
			"Since September 2026 the way of collecting ratings changed (kiosk from 60.00% to 40.00%; paper form): the figures before and after are not quite comparable.",
	}) {
		if got := strings.ReplaceAll(trend.sayWatched()[l], "\u00a0", " "); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", l, got, want)
		}
	}
	calm := Trend{Watch: trend.Watch}
	if got := strings.ReplaceAll(calm.sayWatched()[survey.Vietnamese], "\u00a0", " "); got != "Từ sau tháng 4/2026 không tháng nào lệch khỏi mức thường lệ 90,00 %." {
		t.Error(got)
	}
}
