package api

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/results"
)

// visitors are people who rated alike.
type visitors struct {
	point               *survey.Point
	field, day          string
	capture             survey.Capture
	flag                survey.Flag // "" for none
	who                 string      // of leakPeople
	satisfied, answered int
}

// leakPeople are what the full form's respondents say of themselves. Foreigners answer in English.
var leakPeople = map[string]survey.Answers{
	"":          {},
	"foreigner": {},
	"woman":     {"gender": survey.TextAnswer("female"), "age_group": survey.TextAnswer("under_25"), "occupation": survey.TextAnswer("student")},
	"man":       {"gender": survey.TextAnswer("male"), "age_group": survey.TextAnswer("over_60"), "occupation": survey.TextAnswer("retired")},
}

// said gives what people said of themselves, unstated where they did not.
func said(who, item string) string {
	if option, _ := leakPeople[who][item].Text(); option != "" {
		return option
	}
	return unstated
}

func languageOf(who string) survey.Language {
	if who == "foreigner" {
		return survey.English
	}
	return survey.Vietnamese
}

// slot is where a rating may come from, as finely as answers can tell.
type slot struct {
	agency, field, day, point, form string
	campaign                        string // "" for none
	capture                         survey.Capture
	delivery                        survey.Delivery
	flag                            survey.Flag
	who                             string
}

// tally is what the people of a slot answered to a measure.
type tally struct{ n, satisfied, answered int64 }

// leakWorld is the small province with figures that must be withheld, and what is true of it.
type leakWorld struct {
	*world
	points []survey.Point
	slots  []slot
	truth  map[string][]tally // by measure, then as slots
}

// leakDays are the days on which people rate: once a month, and in August three times.
var leakDays = []string{"2026-01-14", "2026-02-11", "2026-03-11", "2026-04-15", "2026-05-13", "2026-06-10", "2026-07-15",
	"2026-08-05", "2026-08-12", "2026-08-26", "2026-09-16", "2026-10-14", "2026-11-18"}

// quietDay is the one of a month in which few come to phuong-tay.
const quietDay = "2026-02-11"

var leakCaptures = []survey.Capture{survey.CaptureKiosk, survey.CaptureQR}

// newLeakWorld makes a province in which four people rated chung-thuc, all in
// August in phuong-dong, and some other groups are as small: of one month, one
// capture, one gender, one field of an agency below another, and with flags. moved of the twelve who rated
// dat-dai there come to chung-thuc instead, and as many of the twelve men of trung-tam are women.
func newLeakWorld(w *world, moved int) *leakWorld {
	ctx := context.Background()
	agency := func(id, parent string) {
		_, err := w.server.registry.CreateAgency(ctx, survey.System, survey.Agency{ID: id, Parent: parent, Kind: survey.KindDepartment,
			Level: survey.LevelProvince, Name: text(id, id), ValidFrom: "2025-07-01"})
		w.must(err)
	}
	agency("so-xay-dung", "tinh")
	agency("chi-cuc", "so-xay-dung")
	agency("trung-tam", "tinh")
	point := func(agency string, delivery survey.Delivery, form string, fields ...string) *survey.Point {
		p, err := w.server.registry.CreatePoint(ctx, survey.System, survey.Point{Agency: agency, Name: text("Điểm "+agency, "Desk "+agency), Fields: fields,
			Delivery: delivery, Questionnaire: form})
		w.must(err)
		return &p
	}
	ward := point("phuong-dong", survey.DeliveryCounter, "quick", "ho-tich", "chung-thuc", "dat-dai")
	other := point("phuong-tay", survey.DeliveryCounter, "quick", "ho-tich")
	department := point("so-xay-dung", survey.DeliveryCounter, "quick", "xay-dung", "ho-tich")
	below := point("chi-cuc", survey.DeliveryOnline, "quick", "xay-dung", "ho-tich")
	centre := point("trung-tam", survey.DeliveryCounter, "full", "dat-dai")
	l := &leakWorld{world: w, points: []survey.Point{*ward, *other, *department, *below, *centre}, truth: map[string][]tally{}}
	for _, p := range l.points {
		people := []string{"", "foreigner"}
		if p.Questionnaire == "full" {
			people = []string{"", "woman", "man"}
		}
		for _, field := range p.Fields {
			for _, day := range leakDays {
				for _, capture := range leakCaptures {
					for _, flag := range []survey.Flag{"", survey.FlagFast} {
						for _, who := range people {
							l.slots = append(l.slots, slot{p.Agency, field, day, p.Code, p.Questionnaire, "", capture, p.Delivery, flag, who})
						}
					}
				}
			}
		}
	}
	for _, sheet := range []survey.Volume{
		{Agency: "phuong-dong", Files: map[string]int64{"ho-tich": 400, "chung-thuc": 90, "dat-dai": 80}},
		{Agency: "phuong-tay", Files: map[string]int64{"ho-tich": 120}},
		{Agency: "trung-tam", Files: map[string]int64{"dat-dai": 300}},
	} {
		for _, month := range []survey.Month{"2026-07", "2026-08", "2026-09"} {
			sheet.Month, sheet.Rev = month, 0
			if _, known := w.server.registry.Snapshot().VolumeSheet(sheet.Agency, month); known {
				sheet.Rev = 1
			}
			_, err := w.server.registry.PutVolume(ctx, survey.System, sheet)
			w.must(err)
		}
	}
	kiosk, qr := survey.CaptureKiosk, survey.CaptureQR
	var all []visitors
	for i, day := range leakDays {
		all = append(all,
			visitors{ward, "ho-tich", day, kiosk, "", "", 20 + i, 24 + i},
			visitors{ward, "ho-tich", day, qr, "", "", 11, 13},
			visitors{department, "xay-dung", day, kiosk, "", "", 17 - i%3, 21},
			visitors{below, "xay-dung", day, qr, "", "", 14, 15},
			visitors{centre, "dat-dai", day, kiosk, "", "", 27 - i%5, 33})
		if day != quietDay {
			all = append(all, visitors{other, "ho-tich", day, kiosk, "", "", 16, 19})
		}
	}
	all = append(all,
		visitors{ward, "chung-thuc", "2026-08-12", kiosk, "", "", 4 + moved, 4 + moved},
		visitors{ward, "dat-dai", "2026-08-12", kiosk, "", "", 12 - moved, 12 - moved},
		visitors{centre, "dat-dai", "2026-08-12", kiosk, "", "woman", 4 + moved, 4 + moved},
		visitors{centre, "dat-dai", "2026-08-12", kiosk, "", "man", 12 - moved, 12 - moved},
		visitors{department, "xay-dung", "2026-07-15", kiosk, "", "foreigner", 3, 4}, // one language
		visitors{other, "ho-tich", quietDay, kiosk, "", "", 4, 5},                    // one month
		visitors{other, "ho-tich", "2026-07-15", qr, "", "", 2, 3},                   // one capture of one month
		visitors{department, "ho-tich", "2026-09-16", kiosk, "", "", 5, 7},           // one field of an agency that others lie below
		visitors{below, "ho-tich", "2026-09-16", qr, "", "", 10, 14},                 // and of the one below
		visitors{ward, "ho-tich", "2026-08-26", kiosk, survey.FlagFast, "", 6, 6},    // few with a flag
		visitors{ward, "ho-tich", "2026-09-16", kiosk, survey.FlagFast, "", 11, 12},  // which the quarter would tell
		visitors{other, "ho-tich", "2026-09-16", kiosk, survey.FlagFast, "", 12, 15})
	for _, v := range all {
		l.rate(v)
	}
	for unit, campaign := range leakCampaigns[:3] {
		l.draw(campaign, survey.SamplingUnits[unit])
		for _, v := range []visitors{
			{ward, "ho-tich", "2026-08-05", kiosk, "", "", 30, 34},
			{ward, "chung-thuc", "2026-08-12", kiosk, "", "", 4 + moved, 4 + moved},
			{ward, "dat-dai", "2026-08-12", kiosk, "", "", 12 - moved, 12 - moved},
			{other, "ho-tich", "2026-08-26", kiosk, "", "", 16, 22},
			{other, "ho-tich", "2026-08-26", kiosk, survey.FlagFast, "", 4, 6},
			{department, "xay-dung", "2026-07-15", kiosk, "", "", 25, 31},
			{below, "xay-dung", "2026-09-16", qr, "", "", 4, 5}, // a point of few, of an agency that is in the stratum
		} {
			l.rateIn(campaign, v)
		}
	}
	last := leakCampaigns[3]
	l.draw(last, survey.UnitPerson)
	l.rateIn(last, visitors{ward, "ho-tich", "2026-08-05", kiosk, "", "", 30, 34})
	l.rateIn(last, visitors{other, "ho-tich", "2026-08-05", kiosk, "", "", 4, 6}) // an agency of few
	l.rateIn(last, visitors{department, "xay-dung", "2026-08-05", kiosk, "", "", 20, 27})
	return l
}

// leakCampaigns are samples by person, point and agency, and one that has a stratum of which an agency is withheld.
var leakCampaigns = []string{"mau-nguoi", "mau-diem", "mau-co-quan", "mau-thieu"}

// draw makes a sampled campaign.
func (l *leakWorld) draw(id string, unit survey.SamplingUnit) {
	_, err := l.server.registry.CreateCampaign(context.Background(), survey.System, survey.Campaign{ID: id, Name: text(id, id), Kind: survey.CampaignSampled,
		Agency: "tinh", Questionnaire: "quick", From: "2026-07-06", To: "2026-09-25", Unit: unit, Strata: []survey.Stratum{
			{ID: "xa", Name: text("Xã", "Communes"), Agencies: []string{"phuong-dong", "phuong-tay"}, Population: 2400, Planned: 100},
			{ID: "so", Name: text("Sở", "Departments"), Agencies: []string{"so-xay-dung"}, Population: 900, Planned: 40},
		}})
	l.must(err)
}

// complaints and praise are what those write who write.
var (
	complaints = []string{"Chờ quá lâu, phải quay lại nhiều lần", "Thái độ chưa tốt, hướng dẫn chưa rõ", "Phần mềm hay lỗi, chờ quá lâu"}
	praise     = []string{"Cán bộ nhiệt tình, trả kết quả đúng hẹn", "Hướng dẫn rõ ràng, giải quyết nhanh"}
)

// answers are those of the i-th of some visitors. Where some are moved to others, both
// answer alike, so that all else that is true of a province and its twin is the same.
func (v visitors) answers(i int) survey.Answers {
	level, text := 5, praise[i%len(praise)]
	if i >= v.satisfied {
		level, text = 3, complaints[i%len(complaints)]
	}
	answers := survey.Answers{survey.Overall: survey.LevelAnswer(level)}
	vary := func(by int) int { return max(1, level-by) }
	alike := v.who != "" || v.field == "chung-thuc" || v.field == "dat-dai" && v.point.Questionnaire == "quick"
	if alike {
		text, vary = praise[0], func(int) int { return level }
	}
	if alike || i%16 == 0 { // fewer than a page in all
		answers["comment"] = survey.TextAnswer(text)
	}
	if v.point.Questionnaire == "quick" {
		maps.Copy(answers, ticksOf(level, i, alike))
	}
	if v.point.Questionnaire == "full" {
		maps.Copy(answers, leakPeople[v.who])
		answers["expectation"] = survey.TextAnswer("as_expected")
		for place, criterion := range results.Criteria {
			answers[criterion] = survey.LevelAnswer(vary((i * (place + 3)) % 7 % 3))
		}
	}
	return answers
}

// ticksOf gives the reasons that the i-th of some visitors ticks: one often and one seldom,
// but those who are to answer alike all tick the same.
func ticksOf(level, i int, alike bool) survey.Answers {
	item, often, seldom := "reasons_unhappy", "late", "attitude"
	if level >= survey.LevelSatisfied {
		item, often, seldom = "reasons_happy", "fast", "pleasant"
	}
	var ticks []string
	if alike || i%3 > 0 {
		ticks = append(ticks, often)
	}
	if !alike && i%7 == 0 {
		ticks = append(ticks, seldom)
	}
	if ticks == nil {
		return nil
	}
	return survey.Answers{item: survey.ListAnswer(ticks...)}
}

// rate has people rate, and takes note of it.
func (l *leakWorld) rate(v visitors) { l.rateIn("", v) }

// rateIn has people rate in a campaign, whose slots are those that somebody is in.
func (l *leakWorld) rateIn(campaign string, v visitors) {
	in := slot{v.point.Agency, v.field, v.day, v.point.Code, v.point.Questionnaire, campaign, v.capture, v.point.Delivery, v.flag, v.who}
	at := slices.Index(l.slots, in)
	if at < 0 && campaign == "" {
		l.t.Fatalf("no slot for %+v", v)
	}
	if at < 0 {
		at = len(l.slots)
		l.slots = append(l.slots, in)
		for m := range l.truth {
			l.truth[m] = append(l.truth[m], tally{})
		}
	}
	form := questionnaires.Find(v.point.Questionnaire, 1)
	var drafts []ledger.Draft
	first := l.rated()
	for i := range v.answered {
		given := survey.Date(v.day).Start().Add(9 * time.Hour).UTC()
		r := survey.Response{
			Submission: survey.Submission{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", first+i+1), Point: v.point.Code, Questionnaire: form.ID, Version: 1,
				Language: languageOf(v.who), Capture: v.capture, Field: &v.field, AnsweredAt: &given, Answers: v.answers(i)},
			Agency: v.point.Agency, FieldID: v.field, Delivery: v.point.Delivery, At: given, ReceivedAt: given.Add(time.Second),
		}
		if campaign != "" {
			r.Campaign = &campaign
		}
		if v.flag != "" {
			r.Flags = []survey.Flag{v.flag}
		}
		kept, open, err := ledger.EncodeResponse(r, form)
		l.must(err)
		drafts = append(drafts, ledger.Draft{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open})
		l.note(at, r.Answers)
		l.noteTicks(at, form, r.Answers)
	}
	appended, err := l.ledger.Append(context.Background(), drafts)
	l.must(err)
	for _, a := range appended {
		if a.Outcome != survey.OutcomeStored {
			l.t.Fatalf("a rating is %s", a.Outcome)
		}
	}
}

// note counts one respondent's answers in every measure.
func (l *leakWorld) note(slot int, answers survey.Answers) {
	counted := map[string]tally{}
	for item, answer := range answers {
		level, isLevel := answer.Level()
		if !isLevel && item != "expectation" {
			continue
		}
		measures := []string{item}
		if slices.Contains(results.Criteria, item) {
			measures = append(measures, results.Index, strings.TrimRight(item, "12345"))
		}
		for _, m := range measures {
			t := counted[m]
			t.n, t.answered = 1, t.answered+1
			if level >= survey.LevelSatisfied {
				t.satisfied++
			}
			counted[m] = t
		}
	}
	for m, t := range counted {
		if l.truth[m] == nil {
			l.truth[m] = make([]tally, len(l.slots))
		}
		sum := &l.truth[m][slot]
		sum.n, sum.satisfied, sum.answered = sum.n+t.n, sum.satisfied+t.satisfied, sum.answered+t.answered
	}
}

// noteTicks counts one respondent among those asked for reasons, and for each reason among
// those who ticked it or those who did not.
func (l *leakWorld) noteTicks(slot int, form *survey.Questionnaire, answers survey.Answers) {
	for _, id := range []string{"reasons_unhappy", "reasons_happy"} {
		question := form.Item(id)
		if question == nil || !question.Shown(answers) {
			continue
		}
		measures := []string{id}
		ticks, _ := answers[id].List()
		for _, o := range question.Options {
			if slices.Contains(ticks, o.ID) {
				measures = append(measures, id+"="+o.ID)
			} else {
				measures = append(measures, id+"≠"+o.ID)
			}
		}
		for _, m := range measures {
			if l.truth[m] == nil {
				l.truth[m] = make([]tally, len(l.slots))
			}
			l.truth[m][slot].n++
		}
	}
}

func (l *leakWorld) rated() (n int) {
	for _, t := range l.truth[survey.Overall] {
		n += int(t.n)
	}
	return n
}
