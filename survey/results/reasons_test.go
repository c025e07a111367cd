package results

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sipas/stats/tally"
	"sipas/survey"
)

func (p *province) reasons(text string) Reasons {
	p.t.Helper()
	r := reasonsOf(p.t, p.s, p.query(text))
	explained(p.t, r.Methods)
	return r
}

func reasonsOf(t testing.TB, s *Service, q Query) Reasons {
	t.Helper()
	r, err := s.Reasons(context.Background(), survey.System, q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tick takes ratings of one level of which each ticks the same reasons.
func (p *province) tick(point, field, day string, level, people int, reasons ...string) {
	question := reasonQuestions[0]
	if level >= survey.LevelSatisfied {
		question = reasonQuestions[1]
	}
	for range people {
		answers := survey.Answers{survey.Overall: survey.LevelAnswer(level)}
		if len(reasons) > 0 {
			answers[question] = survey.ListAnswer(reasons...)
		}
		p.take(p.response(point, field, day, answers))
	}
}

// brief writes the reasons of the dissatisfied that somebody ticked or that are withheld: "40: late 12, attitude secondary".
func (r Reasons) brief() string {
	q := r.Questions[0]
	if q.Withheld != nil {
		return string(*q.Withheld)
	}
	said := []string{}
	for _, reason := range q.Reasons {
		if reason.Withheld != nil {
			said = append(said, reason.ID+" "+string(*reason.Withheld))
		} else if *reason.Count > 0 {
			said = append(said, fmt.Sprint(reason.ID, " ", *reason.Count))
		}
	}
	return fmt.Sprint(*q.N, ": ", strings.Join(said, ", "))
}

func TestReasons(t *testing.T) {
	p := newProvince(t)
	p.tick(deskA, "dat-dai", "2026-08-03", 2, 12, "attitude")
	p.tick(deskA, "dat-dai", "2026-08-03", 3, 15, "late", "attitude")
	p.tick(deskA, "dat-dai", "2026-08-03", 1, 13)
	p.tick(deskA, "dat-dai", "2026-08-03", 5, 30, "fast")
	p.tick(deskA, "dat-dai", "2026-08-03", 4, 10)
	p.tick(deskA, "dat-dai", "2026-05-04", 2, 20, "late") // another quarter
	full := survey.Answers{survey.Overall: survey.LevelAnswer(2)}
	for range 10 { // by a form that asks for no reasons
		r := p.response(deskA, "dat-dai", "2026-08-03", full)
		r.Questionnaire = "full"
		p.take(r)
	}
	r := p.reasons("")
	if got, want := r.brief(), "40: attitude 27, late 15"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	unhappy, happy := r.Questions[0], r.Questions[1]
	if !slices.Equal(unhappy.Levels, []int{1, 2, 3}) || !slices.Equal(happy.Levels, []int{4, 5}) || *happy.N != 40 || happy.Reasons[0].ID != "fast" || *happy.Reasons[0].Count != 30 {
		t.Errorf("%+v", r)
	}
	attitude := unhappy.Reasons[0]
	// R: prop.test(27, 40, correct = FALSE)
	if *attitude.Share != 67.5 || attitude.Interval.Method != "wilson" || fmt.Sprintf("%.3f %.3f", attitude.Interval.Lower, attitude.Interval.Upper) != "52.018 79.915" {
		t.Errorf("%v with %+v", *attitude.Share, attitude.Interval)
	}
	for l, want := range (survey.Text{
		survey.Vietnamese: "Trong quý III/2026 có 40 người chưa hài lòng được hỏi lý do; được chọn nhiều nhất: Thái độ phục vụ (67,50 %); Trễ hẹn hoặc chờ lâu (37,50 %). " +
			"Trong quý III/2026 có 40 người hài lòng được hỏi lý do; được chọn nhiều nhất: Nhanh và đúng hẹn (75,00 %). " +
			"Mỗi người có thể chọn nhiều lý do nên các tỷ lệ không cộng thành 100 %; người không chọn lý do nào cũng được tính. ",
		survey.English: "In Q3 2026 40 dissatisfied people were asked for reasons; the most often ticked: Staff attitude (67.50%); Late or long wait (37.50%). " +
			"In Q3 2026 40 satisfied people were asked for reasons; the most often ticked: Fast and on time (75.00%). " +
			"People may tick several reasons, so the shares do not add up to 100%; those who ticked none count as well. ",
	}) {
		if got := strings.ReplaceAll(r.Summary[l], noBreak, " "); got != want+selfSelection[l] {
			t.Errorf("%s:\n%s\nwant:\n%s", l, got, want)
		}
	}
	if got, want := p.reasons("period=2026-Q1").brief(), "0: "; got != want {
		t.Errorf("of nobody: %q", got)
	}
}

// What is of too few, or told by other answers, is withheld: whoever ticked a reason, whoever did not, whoever
// was asked, and whoever was not.
func TestReasonsWithheld(t *testing.T) {
	for _, c := range []struct {
		name  string
		rate  func(p *province)
		wants map[string]string // by query
	}{
		{"few ticked", func(p *province) {
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 9, "late")
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 20)
		},
			map[string]string{"": "29: late minimumN"}},
		{"few did not", func(p *province) {
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 20, "late")
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 9)
		},
			map[string]string{"": "29: late minimumN"}},
		{"all ticked", func(p *province) { p.tick(deskA, "dat-dai", "2026-08-03", 2, 20, "late") }, map[string]string{"": "20: late 20"}},
		{"few were asked", func(p *province) {
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 9, "late")
			p.tick(deskA, "dat-dai", "2026-08-03", 5, 30)
		},
			map[string]string{"": "minimumN"}},
		{"few were not asked", func(p *province) {
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 20, "late")
			for range 4 {
				r := p.response(deskA, "dat-dai", "2026-08-03", survey.Answers{survey.Overall: survey.LevelAnswer(2)})
				r.Questionnaire = "full"
				p.take(r)
			}
		}, map[string]string{"": "differencing"}},
		{"a part of the province", func(p *province) {
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 20, "late")
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 20)
			p.tick(onlineB, "ho-tich", "2026-08-03", 2, 6, "late")
			p.tick(onlineB, "ho-tich", "2026-08-03", 2, 20)
		}, map[string]string{"": "66: late 26", "agency=so-a": "40: late differencing", "agency=so-b": "26: late minimumN"}},
		{"a month of the quarter", func(p *province) {
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 20, "late")
			p.tick(deskA, "dat-dai", "2026-08-03", 2, 20)
			p.tick(deskA, "dat-dai", "2026-09-03", 2, 6, "late")
			p.tick(deskA, "dat-dai", "2026-09-03", 2, 20)
		}, map[string]string{"period=2026-08": "40: late 20", "period=2026-09": "26: late minimumN", "period=2026-Q3": "66: late differencing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			c.rate(p)
			for query, want := range c.wants {
				r := p.reasons(query)
				if got := r.brief(); got != want {
					t.Errorf("%q: %q, want %q", query, got, want)
				}
				for _, reason := range r.Questions[0].Reasons {
					if reason.Withheld != nil {
						silent(t, reason)
					}
				}
			}
		})
	}
}

// TestReasonsOfTheDemo counts the demo's ticks one by one.
func TestReasonsOfTheDemo(t *testing.T) {
	p, s := openDemo(t, small)
	quarter, err := survey.ParsePeriod("2026-Q3")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for r := range p.Responses() {
		level, ok := r.Answers[survey.Overall].Level()
		if !ok || r.Questionnaire != "quick" || !quarter.Contains(survey.DateOf(r.At)) || slices.Contains(r.Flags, survey.FlagFast) {
			continue
		}
		question := reasonQuestions[0]
		if level >= survey.LevelSatisfied {
			question = reasonQuestions[1]
		}
		want[question]++
		ticks, _ := r.Answers[question].List()
		for _, id := range ticks {
			want[id]++
		}
	}
	q, err := parse("", s.Today())
	if err != nil {
		t.Fatal(err)
	}
	r, shown := reasonsOf(t, s, q), 0
	for _, question := range r.Questions {
		if question.N == nil || *question.N != want[question.ID] {
			t.Errorf("%s: %+v, want %d", question.ID, question, want[question.ID])
		}
		for _, reason := range question.Reasons {
			if reason.Count == nil {
				continue
			}
			if shown++; *reason.Count != want[reason.ID] {
				t.Errorf("%s was ticked by %d, want %d", reason.ID, *reason.Count, want[reason.ID])
			}
		}
	}
	if shown < 6 {
		t.Errorf("only %d reasons are shown: the test shows little", shown)
	}
}

// A reason has one place in the table, on whichever form it was ticked.
func TestTicksOfSeveralForms(t *testing.T) {
	form := func(version int, options ...string) *survey.Questionnaire {
		it := survey.Item{ID: reasonQuestions[0], Type: survey.ItemMultiple}
		for _, id := range options {
			it.Options = append(it.Options, survey.Option{ID: id})
		}
		return &survey.Questionnaire{ID: "x", Version: version, Items: []survey.Item{it}}
	}
	forms := []*survey.Questionnaire{form(1, "late", "attitude", "fees"), form(2, "fees", "noise", "late"), {ID: "y", Version: 1}}
	s := &Service{reasons: reasonOptions(forms), items: map[string]tally.Measure{}}
	if got := strings.Join(s.reasons[0], " "); got != "late attitude fees noise" || s.reasons[1] != nil {
		t.Fatalf("options %q", got)
	}
	readings := s.newReadings()
	for _, c := range []struct {
		form  *survey.Questionnaire
		ticks []string
	}{
		{forms[0], nil}, {forms[0], []string{"late"}}, {forms[0], []string{"attitude", "fees"}},
		{forms[1], []string{"fees", "noise"}}, {forms[1], []string{"noise", "late"}},
	} {
		items, measures := s.ticksOf(c.form, 2)
		answers := survey.Answers{}
		if c.ticks != nil {
			answers[reasonQuestions[0]] = survey.ListAnswer(c.ticks...)
		}
		for _, option := range s.reasons[0] {
			r := readings[whoTicked(reasonQuestions[0], option)]
			code := items[slices.Index(measures, r.item)].code(answers)
			if got := r.as[code] > 0; got != slices.Contains(c.ticks, option) || got == (readings[whoDidNotTick(reasonQuestions[0], option)].as[code] > 0) {
				t.Errorf("form %d with %v: %s is %t", c.form.Version, c.ticks, option, got)
			}
		}
		if code := items[0].code(answers); readings[reasonQuestions[0]].as[code] == 0 {
			t.Errorf("%v: not among those asked", c.ticks)
		}
	}
	if items, _ := s.ticksOf(forms[0], 1); items != nil {
		t.Error("more items than there is room for")
	}
	if items, _ := s.ticksOf(forms[2], 9); items != nil {
		t.Error("a form that does not ask has ticks")
	}

}
