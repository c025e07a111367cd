package api

import (
	"context"
	"fmt"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
)

// visitors are people who rated alike.
type visitors struct {
	point               *survey.Point
	field, day          string
	capture             survey.Capture
	flag                survey.Flag // "" for none
	satisfied, answered int
}

// slot is where a rating may come from, as finely as answers can tell.
type slot struct {
	agency, field, day, point string
	capture                   survey.Capture
	delivery                  survey.Delivery
	flag                      survey.Flag
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
// capture, one field of an agency below another, and with flags. moved of the twelve who rated
// dat-dai there come to chung-thuc instead.
func newLeakWorld(w *world, moved int) *leakWorld {
	ctx := context.Background()
	agency := func(id, parent string) {
		_, err := w.server.registry.CreateAgency(ctx, survey.System, survey.Agency{ID: id, Parent: parent, Kind: survey.KindDepartment,
			Level: survey.LevelProvince, Name: text(id, id), ValidFrom: "2025-07-01"})
		w.must(err)
	}
	agency("so-xay-dung", "tinh")
	agency("chi-cuc", "so-xay-dung")
	point := func(agency string, delivery survey.Delivery, fields ...string) *survey.Point {
		p, err := w.server.registry.CreatePoint(ctx, survey.System, survey.Point{Agency: agency, Name: text("Điểm "+agency, "Desk "+agency), Fields: fields,
			Delivery: delivery, Questionnaire: "quick"})
		w.must(err)
		return &p
	}
	ward := point("phuong-dong", survey.DeliveryCounter, "ho-tich", "chung-thuc", "dat-dai")
	other := point("phuong-tay", survey.DeliveryCounter, "ho-tich")
	department := point("so-xay-dung", survey.DeliveryCounter, "xay-dung", "ho-tich")
	below := point("chi-cuc", survey.DeliveryOnline, "xay-dung", "ho-tich")
	l := &leakWorld{world: w, points: []survey.Point{*ward, *other, *department, *below}, truth: map[string][]tally{}}
	for _, p := range l.points {
		for _, field := range p.Fields {
			for _, day := range leakDays {
				for _, capture := range leakCaptures {
					for _, flag := range []survey.Flag{"", survey.FlagFast} {
						l.slots = append(l.slots, slot{p.Agency, field, day, p.Code, capture, p.Delivery, flag})
					}
				}
			}
		}
	}
	kiosk, qr := survey.CaptureKiosk, survey.CaptureQR
	var all []visitors
	for i, day := range leakDays {
		all = append(all,
			visitors{ward, "ho-tich", day, kiosk, "", 20 + i, 24 + i},
			visitors{ward, "ho-tich", day, qr, "", 11, 13},
			visitors{department, "xay-dung", day, kiosk, "", 17 - i%3, 21},
			visitors{below, "xay-dung", day, qr, "", 14, 15})
		if day != quietDay {
			all = append(all, visitors{other, "ho-tich", day, kiosk, "", 16, 19})
		}
	}
	all = append(all,
		visitors{ward, "chung-thuc", "2026-08-12", kiosk, "", 4 + moved, 4 + moved},
		visitors{ward, "dat-dai", "2026-08-12", kiosk, "", 12 - moved, 12 - moved},
		visitors{other, "ho-tich", quietDay, kiosk, "", 4, 5},                   // one month
		visitors{other, "ho-tich", "2026-07-15", qr, "", 2, 3},                  // one capture of one month
		visitors{department, "ho-tich", "2026-09-16", kiosk, "", 5, 7},          // one field of an agency that others lie below
		visitors{below, "ho-tich", "2026-09-16", qr, "", 10, 14},                // and of the one below
		visitors{ward, "ho-tich", "2026-08-26", kiosk, survey.FlagFast, 6, 6},   // few with a flag
		visitors{ward, "ho-tich", "2026-09-16", kiosk, survey.FlagFast, 11, 12}, // which the quarter would tell
		visitors{other, "ho-tich", "2026-09-16", kiosk, survey.FlagFast, 12, 15})
	for _, v := range all {
		l.rate(v)
	}
	return l
}

// rate has people rate, and takes note of it.
func (l *leakWorld) rate(v visitors) {
	var drafts []ledger.Draft
	for i := range v.answered {
		level := 3
		if i < v.satisfied {
			level = 5
		}
		at := survey.Date(v.day).Start().Add(9 * time.Hour).UTC()
		r := survey.Response{
			Submission: survey.Submission{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", l.rated()+i+1), Point: v.point.Code, Questionnaire: "quick", Version: 1,
				Language: survey.Vietnamese, Capture: v.capture, Field: &v.field, AnsweredAt: &at, Answers: survey.Answers{survey.Overall: survey.LevelAnswer(level)}},
			Agency: v.point.Agency, FieldID: v.field, Delivery: v.point.Delivery, At: at, ReceivedAt: at.Add(time.Second),
		}
		if v.flag != "" {
			r.Flags = []survey.Flag{v.flag}
		}
		kept, open, err := ledger.EncodeResponse(r, questionnaires.Find("quick", 1))
		l.must(err)
		drafts = append(drafts, ledger.Draft{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open})
	}
	appended, err := l.ledger.Append(context.Background(), drafts)
	l.must(err)
	for _, a := range appended {
		if a.Outcome != survey.OutcomeStored {
			l.t.Fatalf("a rating is %s", a.Outcome)
		}
	}
	if l.truth[survey.Overall] == nil {
		l.truth[survey.Overall] = make([]tally, len(l.slots))
	}
	at := slot{v.point.Agency, v.field, v.day, v.point.Code, v.capture, v.point.Delivery, v.flag}
	for i := range l.slots {
		if l.slots[i] == at {
			t := &l.truth[survey.Overall][i]
			t.n, t.satisfied, t.answered = t.n+int64(v.answered), t.satisfied+int64(v.satisfied), t.answered+int64(v.answered)
			return
		}
	}
	l.t.Fatalf("no slot for %+v", v)
}

func (l *leakWorld) rated() (n int) {
	for _, t := range l.truth[survey.Overall] {
		n += int(t.n)
	}
	return n
}
