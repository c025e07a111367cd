package demo

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"sipas/survey"
)

// How much is planted, in a province of the default size.
const (
	plantedFrom     = 20_000 // responses from which a province is large enough to hide anything in
	plantedDays     = 120    // the last days, in which it is planted
	responsesABurst = 6_000
	straightLined   = 60
	duplicated      = 15 // forms of each pattern
	patterns        = 3
	inARow          = 80
)

// Planted gives the responses that nobody's visit stands behind, by id, each with
// the flag that it deserves: bursts of one answer at some kiosks, a kiosk whose long forms are filled in
// with the best answer throughout, a point where a few long forms are filled in again and again,
// and a desk where somebody presses the best answer every quarter of an hour. They are among
// Responses, bear no flag, and are no part of the truth. There are none in honest
// and in small provinces.
func (p *Province) Planted() map[string]survey.Flag { return maps.Clone(p.deserved) }

// plant draws the planted responses.
func (p *Province) plant() {
	if p.options.Honest || p.options.Size < plantedFrom {
		return
	}
	g := &planter{generator: generator{p: p, rng: rand.New(rand.NewPCG(p.options.Seed, 3))}}
	days := p.calendar.days
	for _, d := range days[max(0, len(days)-plantedDays):] {
		if d.kind == workingDay {
			g.days = append(g.days, d)
		}
	}
	if len(g.days) < inARowDays {
		return
	}
	p.deserved = map[string]survey.Flag{}
	g.bursts()
	// What needs long forms goes to two points apart.
	full := g.sitesWhere(func(s *site) bool { return s.form.ID == "full" && s.kiosk && s.field != "" })
	g.straightLines(full[0])
	for _, s := range full {
		if s.point != full[0].point {
			g.duplicates(s)
			break
		}
	}
	g.run()
	slices.SortStableFunc(p.planted, func(a, b survey.Response) int { return a.At.Compare(b.At) })
}

const inARowDays = 3

type planter struct {
	generator
	days []calendarDay
}

// sitesWhere lists sites at counters in an order of chance.
func (g *planter) sitesWhere(is func(*site) bool) []*site {
	var list []*site
	for i := range g.p.sites {
		if s := &g.p.sites[i]; s.point.Delivery == survey.DeliveryCounter && is(s) {
			list = append(list, s)
		}
	}
	g.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// add plants one response.
func (g *planter) add(s *site, day calendarDay, sinceMidnight time.Duration, answers survey.Answers, deserved survey.Flag) {
	r := g.response(day, visit{s, day.date.Start().UTC().Add(sinceMidnight.Truncate(time.Millisecond))})
	started := r.At.Add(-3*time.Second - time.Duration(g.rng.IntN(3000))*time.Millisecond)
	r.StartedAt, r.ClockOffset, r.Capture, r.Flags, r.Partial, r.Answers = &started, new(int64), survey.CaptureKiosk, nil, false, answers
	g.p.planted = append(g.p.planted, r)
	g.p.deserved[r.ID] = deserved
}

func only(level int) survey.Answers { return survey.Answers{survey.Overall: survey.LevelAnswer(level)} }

// bursts presses the best answer twelve to thirty times within ten minutes; every
// eighth one is a rival's, and presses the worst.
func (g *planter) bursts() {
	sites := g.sitesWhere(func(s *site) bool { return s.form.ID == "quick" && s.kiosk })
	for i := range g.p.options.Size / responsesABurst {
		s, day, level := sites[i%len(sites)], g.days[g.rng.IntN(len(g.days))], survey.LevelMax
		if i%8 == 7 {
			level = survey.LevelMin
		}
		at := g.timeOfDay(day.kind, s.point.Delivery)
		if hour := at.Hours(); 11.1 < hour && hour < 12 || 16.6 < hour {
			at -= 20 * time.Minute // it is over when the office closes
		}
		for range 12 + g.rng.IntN(19) {
			g.add(s, day, at, only(level), survey.FlagBurst)
			at += time.Duration(8+g.rng.IntN(22)) * time.Second
		}
	}
}

// month gives the working days of the month in the middle of the planted days.
func (g *planter) month() (days []calendarDay) {
	month := g.days[len(g.days)/2].month
	for _, d := range g.days {
		if d.month == month {
			days = append(days, d)
		}
	}
	return days
}

// long plants a filled-in form some time in the month.
func (g *planter) long(s *site, answers survey.Answers, deserved survey.Flag) {
	days := g.month()
	day := days[g.rng.IntN(len(days))]
	g.add(s, day, g.timeOfDay(day.kind, s.point.Delivery), answers, deserved)
}

func (g *planter) straightLines(s *site) {
	answers := survey.Answers{}
	for id := range s.form.ratings {
		answers[id] = survey.LevelAnswer(survey.LevelMax)
	}
	for range straightLined {
		g.long(s, answers, survey.FlagStraightLine)
	}
}

func (g *planter) duplicates(s *site) {
	for range patterns {
		answers := survey.Answers{}
		// A careful forger gives different answers to different questions.
		for i := range s.form.Items {
			if it := &s.form.Items[i]; it.Type == survey.ItemRating {
				answers[it.ID] = survey.LevelAnswer(survey.LevelSatisfied + g.rng.IntN(2))
			}
		}
		for range duplicated {
			g.long(s, answers, survey.FlagDuplicate)
		}
	}
}

func (g *planter) run() {
	desks := g.sitesWhere(func(s *site) bool { return s.form.ID == "quick" && len(s.point.Fields) == 0 })
	first := g.rng.IntN(len(g.days) - inARowDays + 1)
	for i := range inARow {
		day := g.days[first+i*inARowDays/inARow]
		hours := 7.5 + 9.5*float64(i%(inARow/inARowDays+1))/(inARow/inARowDays+1)
		if hours > 11.4 && hours < 13.5 {
			hours -= 2.1 // nobody is there at noon
		}
		g.add(desks[0], day, time.Duration((hours+0.1*g.rng.Float64())*float64(time.Hour)), only(survey.LevelMax), survey.FlagRun)
	}
}
