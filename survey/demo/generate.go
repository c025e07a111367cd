package demo

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
)

// Shares of the small things.
const (
	tappedThrough = 0.012 // all the best answers in under two seconds
	uncertainTime = 0.004
	stalePage     = 0.003
	english       = 0.012
	partial       = 0.01
	named         = 0.25 // names the procedure, where the field has some
	commented     = 0.09
	reasoned      = 0.7
)

// Responses gives the responses in the order of their time. Each passes the
// check of its questionnaire and names what its point offers.
func (p *Province) Responses() iter.Seq[survey.Response] {
	return func(yield func(survey.Response) bool) {
		g := &generator{p: p, rng: rand.New(rand.NewPCG(p.options.Seed, 2))}
		for kind := range dayKinds {
			g.sites[kind] = cumulate(len(p.sites), func(i int) float64 { return p.sites[i].attendance(kind) })
		}
		days := p.calendar.days
		busy := cumulate(len(days), func(i int) float64 {
			all := g.sites[days[i].kind]
			return days[i].busy * all[len(all)-1]
		})
		counts := make([]int, len(days))
		for range p.options.Size {
			counts[draw(g.rng, busy)]++
		}
		planted := p.planted
		for i, n := range counts {
			g.begin(days[i], n)
			for _, v := range g.visits {
				for len(planted) > 0 && planted[0].At.Before(v.at) {
					if !yield(planted[0]) {
						return
					}
					planted = planted[1:]
				}
				if !yield(g.response(days[i], v)) {
					return
				}
			}
		}
		for _, r := range planted {
			if !yield(r) {
				return
			}
		}
	}
}

// generator is one run through the responses.
type generator struct {
	p      *Province
	rng    *rand.Rand
	sites  [dayKinds][]float64 // cumulated attendance
	visits []visit
}

type visit struct {
	site *site
	at   time.Time
}

// begin draws the visits of a day.
func (g *generator) begin(day calendarDay, n int) {
	g.visits = g.visits[:0]
	midnight := day.date.Start().UTC()
	for range n {
		s := &g.p.sites[draw(g.rng, g.sites[day.kind])]
		g.visits = append(g.visits, visit{s, midnight.Add(g.timeOfDay(day.kind, s.point.Delivery).Truncate(time.Millisecond))})
	}
	slices.SortStableFunc(g.visits, func(a, b visit) int { return a.at.Compare(b.at) })
}

// timeOfDay draws a time: offices are open 7:30 to 11:30 and 13:30 to 17:00,
// Saturdays in the morning; the net from 6 to 23.
func (g *generator) timeOfDay(kind dayKind, delivery survey.Delivery) time.Duration {
	triangle := (g.rng.Float64() + g.rng.Float64()) / 2
	hours := 7.5 + 4*triangle
	switch {
	case delivery == survey.DeliveryOnline:
		hours = 6 + 17*triangle
	case kind == workingDay && g.rng.Float64() < 0.45:
		hours = 13.5 + 3.5*triangle
	}
	return time.Duration(hours * float64(time.Hour))
}

func (g *generator) response(day calendarDay, v visit) survey.Response {
	s := v.site
	r := survey.Response{
		Submission: survey.Submission{
			ID:            g.uuid(),
			Point:         s.point.Code,
			Questionnaire: s.form.ID,
			Version:       s.form.Version,
			Language:      survey.Vietnamese,
			Capture:       g.capture(s),
			AnsweredAt:    &v.at,
		},
		Agency:   s.point.Agency,
		FieldID:  s.field,
		Delivery: s.point.Delivery,
		At:       v.at,
	}
	r.ReceivedAt = v.at.Add(time.Duration(300+g.rng.IntN(2500)) * time.Millisecond)
	if s.field != "" {
		r.Field = &s.field
	}
	if len(s.procedure) > 0 && g.chance(named) {
		r.Procedure = &s.procedure[g.rng.IntN(len(s.procedure))]
	}
	if g.chance(english) {
		r.Language = survey.English
	}
	if g.chance(uncertainTime) {
		r.Flags = append(r.Flags, survey.FlagClock)
	} else {
		r.ClockOffset = new(int64)
	}
	if r.Capture == survey.CaptureQR && g.chance(stalePage) {
		r.Flags = append(r.Flags, survey.FlagStalePage)
	}
	fast := g.chance(tappedThrough)
	seconds := 8 + 4*g.rng.ExpFloat64()*float64(len(s.form.ratings))
	if fast {
		seconds = 0.4 + 1.4*g.rng.Float64()
		r.Flags = append(r.Flags, survey.FlagFast)
	}
	started := v.at.Add(-time.Duration(seconds * float64(time.Second)).Truncate(time.Millisecond))
	r.StartedAt = &started
	r.Partial = !fast && len(s.form.ratings) > 1 && g.chance(partial)
	r.Answers = g.answers(s, day.month, fast, r.Partial)
	return r
}

func (g *generator) capture(s *site) survey.Capture {
	switch {
	case s.point.Delivery == survey.DeliveryOnline:
		return survey.CaptureLink
	case s.kiosk && g.chance(0.6):
		return survey.CaptureKiosk
	}
	return survey.CaptureQR
}

// answers goes through the form as a person does.
func (g *generator) answers(s *site, month int, fast, partial bool) survey.Answers {
	mu := g.p.mu(s, month)
	shared := math.Sqrt(Rho) * g.mood()
	answers := survey.Answers{}
	happy := true
	for i := range s.form.Items {
		it := &s.form.Items[i]
		if !it.Shown(answers) {
			continue
		}
		r, rates := s.form.ratings[it.ID]
		switch {
		case rates && fast:
			answers[it.ID] = survey.LevelAnswer(survey.LevelMax)
		case rates:
			// The draws come first so that what is left out does not depend on the mood.
			left, na := g.chance(r.missing), g.chance(r.notApplicable)
			latent := mu + r.shift + shared + math.Sqrt(1-Rho)*g.rng.NormFloat64()
			level := 1 + sort.SearchFloat64s(levelCuts[:], latent)
			switch {
			case left:
			case na:
				answers[it.ID] = survey.TextAnswer(survey.NA)
			default:
				answers[it.ID] = survey.LevelAnswer(level)
			}
			if it.ID == survey.Overall {
				happy = level >= survey.LevelSatisfied
			}
		case fast || partial && !it.Required:
		case it.Type == survey.ItemSingle && !it.Open() && len(it.Options) == survey.LevelMax:
			// How the service compares with what was expected, worst first.
			latent := mu + shared + math.Sqrt(1-Rho)*g.rng.NormFloat64()
			answers[it.ID] = survey.TextAnswer(it.Options[sort.SearchFloat64s(expectationCuts[:], latent)].ID)
		case it.Type == survey.ItemSingle && len(it.Options) > 0 && (it.Required || g.chance(0.9)):
			answers[it.ID] = survey.TextAnswer(g.option(it))
		case it.Type == survey.ItemMultiple && len(it.Options) > 0 && g.chance(reasoned):
			answers[it.ID] = g.options(it)
		case it.Type == survey.ItemText && g.chance(commented):
			answers[it.ID] = survey.TextAnswer(comment(g.rng.Uint64(), happy, s.field))
		}
	}
	return answers
}

// mood draws the mood, skewed towards the dissatisfied if self-selection is asked for.
func (g *generator) mood() float64 {
	m := g.rng.NormFloat64()
	if k := g.p.options.SelfSelection; k > 0 {
		d := k / math.Sqrt(1+k*k)
		m = -d*math.Abs(m) + math.Sqrt(1-d*d)*g.rng.NormFloat64()
	}
	return m
}

// option draws one option; earlier ones are more common.
func (g *generator) option(it *survey.Item) string {
	n := len(it.Options)
	return it.Options[min(g.rng.IntN(n), g.rng.IntN(n))].ID
}

// options draws one reason, sometimes two.
func (g *generator) options(it *survey.Item) survey.Answer {
	first := g.option(it)
	if second := g.option(it); second != first && g.chance(0.4) && (it.Max == 0 || it.Max >= 2) {
		return survey.ListAnswer(first, second)
	}
	return survey.ListAnswer(first)
}

func (g *generator) chance(p float64) bool { return p > 0 && g.rng.Float64() < p }

// uuid makes a version 4 UUID from the seed's own randomness.
func (g *generator) uuid() string {
	var id uuid.UUID
	for i := range 2 {
		for j, x := 0, g.rng.Uint64(); j < 8; j, x = j+1, x>>8 {
			id[8*i+j] = byte(x)
		}
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// cumulate adds up weights; draw then picks an index with probability in proportion to its weight.
func cumulate(n int, weight func(int) float64) []float64 {
	sums := make([]float64, n)
	sum := 0.0
	for i := range sums {
		sum += weight(i)
		sums[i] = sum
	}
	return sums
}

func draw(rng *rand.Rand, sums []float64) int {
	x := rng.Float64() * sums[len(sums)-1]
	i := sort.Search(len(sums), func(i int) bool { return sums[i] > x })
	return min(i, len(sums)-1)
}
