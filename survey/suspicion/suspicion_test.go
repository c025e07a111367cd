package suspicion_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/suspicion"
)

// august is a month of made-up points at which nine of ten answers are 4 or 5 and
// ratings come evenly through the day.
type august struct {
	t   testing.TB
	m   *memory
	rng *rand.Rand
	n   int
}

const month = survey.Month("2026-08")

func newAugust(t testing.TB) *august {
	a := &august{t: t, m: &memory{}, rng: rand.New(rand.NewPCG(1, 1))}
	for point := range 12 {
		for range 60 {
			a.rate(point, a.anyTime(), a.level())
		}
	}
	return a
}

func (a *august) anyTime() time.Time {
	return month.First().Start().AddDate(0, 0, a.rng.IntN(28)).Add(time.Duration((8 + 9*a.rng.Float64()) * float64(time.Hour)))
}

func (a *august) level() int { return []int{1, 3, 4, 4, 4, 5, 5, 5, 5, 5}[a.rng.IntN(10)] }

// rate adds a rating; point 0 is the one under test.
func (a *august) rate(point int, at time.Time, level int, change ...func(*survey.Response)) ledger.Position {
	a.n++
	at = at.UTC()
	r := survey.Response{
		Submission: survey.Submission{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", a.n), Point: fmt.Sprintf("POINT%05d", point), Questionnaire: "quick",
			Version: 1, Language: survey.Vietnamese, Capture: survey.CaptureKiosk, Answers: survey.Answers{survey.Overall: survey.LevelAnswer(level)}},
		Agency: fmt.Sprintf("xa-%d", point), FieldID: "dat-dai", Delivery: survey.DeliveryCounter, At: at, ReceivedAt: at,
	}
	for _, c := range change {
		c(&r)
	}
	return a.m.add(a.t, "main", r)
}

// fill adds a long form whose items have the levels in turn.
func (a *august) fill(point int, levels ...int) {
	form := questionnaires.Newest("full")
	a.rate(point, a.anyTime(), 4, func(r *survey.Response) {
		r.Questionnaire, r.Version, r.Answers = form.ID, form.Version, survey.Answers{}
		for _, it := range form.Items {
			if it.Type == survey.ItemRating {
				r.Answers[it.ID] = survey.LevelAnswer(levels[len(r.Answers)%len(levels)])
			}
		}
	})
}

// fillAny adds a long form of somebody who thinks; one in six is content with everything.
func (a *august) fillAny(point int) {
	if a.rng.IntN(6) == 0 {
		a.fill(point, 5)
		return
	}
	levels := make([]int, 20)
	for i := range levels {
		levels[i] = a.level()
	}
	a.fill(point, levels...)
}

func (a *august) inspect(c catalogue) []suspicion.Finding {
	return inspect(a.t, suspicion.NewInspector(a.m), c, month.Next().First().Start())
}

func TestSignals(t *testing.T) {
	morning := month.First().AddDays(9).Start().Add(9 * time.Hour)
	every := func(a *august, n int, gap time.Duration, level func() int, change ...func(*survey.Response)) {
		for i := range n {
			a.rate(0, morning.Add(time.Duration(i)*gap), level(), change...)
		}
	}
	fives := func() int { return 5 }
	paper := func(r *survey.Response) { r.Capture = survey.CapturePaper }
	noClock := func(r *survey.Response) { r.Flags = []survey.Flag{survey.FlagClock} }
	fast := func(r *survey.Response) { r.Flags = []survey.Flag{survey.FlagFast} }
	forms := func(a *august) {
		for point := range 10 {
			for range 25 {
				a.fillAny(point)
			}
		}
	}
	sheets := func(files int64) catalogue {
		return catalogue{survey.VolumeKey("xa-0", month): {Agency: "xa-0", Month: month, Files: map[string]int64{"dat-dai": files}}}
	}
	for _, test := range []struct {
		name   string
		stuff  func(a *august)
		sheets catalogue
		want   survey.Flag // empty: nothing
		least  int
		most   int
	}{
		{"nothing", func(*august) {}, nil, "", 0, 0},
		{"a burst of the best answer", func(a *august) { every(a, 15, 20*time.Second, fives) }, nil, survey.FlagBurst, 15, 17},
		{"a burst of the worst", func(a *august) { every(a, 12, 20*time.Second, func() int { return 1 }) }, nil, survey.FlagBurst, 12, 12},
		{"a rush of people", func(a *august) { every(a, 15, 20*time.Second, a.level) }, nil, "", 0, 0},
		{"too few for a burst", func(a *august) { every(a, 6, 20*time.Second, fives) }, nil, "", 0, 0},
		{"paper typed in", func(a *august) { every(a, 15, 20*time.Second, fives, paper) }, nil, "", 0, 0},
		{"times nobody measured", func(a *august) { every(a, 15, 20*time.Second, fives, noClock) }, nil, "", 0, 0},
		{"flagged as fast before", func(a *august) { every(a, 15, 20*time.Second, fives, fast) }, nil, "", 0, 0},
		{"fives all day", func(a *august) { every(a, 60, 8*time.Minute, fives) }, nil, survey.FlagRun, 40, 66},
		{"a row as chance makes them", func(a *august) { every(a, 12, 40*time.Minute, fives) }, nil, "", 0, 0},
		{"honest long forms", forms, nil, "", 0, 0},
		{"a kiosk straight-lined", func(a *august) {
			forms(a)
			for range 30 {
				a.fill(0, 5)
			}
		}, nil, survey.FlagStraightLine, 30, 40},
		{"everybody straight-lines", func(a *august) {
			for point := range 12 {
				for range 25 {
					a.fill(point, 5)
				}
			}
		}, nil, "", 0, 0},
		{"one form again and again", func(a *august) {
			forms(a)
			for range 12 {
				a.fill(0, 5, 4, 4, 5, 4, 4, 4)
			}
		}, nil, survey.FlagDuplicate, 12, 12},
		{"a form that many fill in alike", func(a *august) {
			forms(a)
			for point := range 10 {
				for range 8 {
					a.fill(point, 5, 5, 4)
				}
			}
		}, nil, "", 0, 0},
		{"more ratings than files", func(*august) {}, sheets(59), survey.FlagImpossible, 60, 60},
		{"as many ratings as files", func(*august) {}, sheets(60), "", 0, 0},
		{"files not known", func(*august) {}, catalogue{survey.VolumeKey("xa-0", month): {Files: map[string]int64{"ho-tich": 1}}}, "", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newAugust(t)
			test.stuff(a)
			found := a.inspect(test.sheets)
			if test.want == "" {
				for _, f := range found {
					t.Errorf("%s of %d at %s, score %.1f", f.Flag, len(f.Rated), f.Point, f.Score)
				}
				return
			}
			if len(found) != 1 {
				t.Fatalf("%d findings: %+v", len(found), found)
			}
			f := found[0]
			if f.Flag != test.want || f.Agency != "xa-0" || f.Month != month || len(f.Rated) < test.least || len(f.Rated) > test.most || !(f.Score >= 1) || f.Signal == "" ||
				(f.P == nil) != f.Flag.Informative() {
				t.Errorf("%d named: %+v", len(f.Rated), f)
			}
		})
	}
}

// TestSameFindings: in whatever streams and order the ledger holds the ratings, the
// judgements are the same, byte for byte but for where the responses are.
func TestSameFindings(t *testing.T) {
	a := newAugust(t)
	for i := range 15 {
		a.rate(0, month.First().AddDays(9).Start().Add(9*time.Hour+time.Duration(i)*20*time.Second), 5)
	}
	want := a.inspect(nil)
	other := &memory{}
	entries := slices.Clone(a.m.streams["main"])
	a.rng.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	for i, e := range entries {
		other.entry([]string{"a", "b", "c"}[i%3], e)
	}
	got := inspect(t, suspicion.NewInspector(other), catalogue{}, month.Next().First().Start())
	for _, findings := range [][]suspicion.Finding{want, got} {
		for i := range findings {
			for k := range findings[i].Rated {
				findings[i].Rated[k].Entry = ledger.Position{}
			}
		}
	}
	if len(want) != 1 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestInspector goes through nights: what is judged, and that nobody's decision is made again.
func TestInspector(t *testing.T) {
	a := newAugust(t)
	burst := func(day int, received time.Time) (list []ledger.Position) {
		for i := range 15 {
			at := month.First().AddDays(day).Start().Add(9*time.Hour + time.Duration(i)*20*time.Second)
			list = append(list, a.rate(0, at, 5, func(r *survey.Response) { r.ReceivedAt = received }))
		}
		return list
	}
	night := month.First().AddDays(20).Start()
	first := burst(9, night.Add(-time.Hour))
	burst(10, night) // received as the day begins: the next night's
	in := suspicion.NewInspector(a.m)
	judge := func(before time.Time) (days []string, flaggings []ledger.Flagging) {
		for _, f := range inspect(t, in, catalogue{}, before) {
			days = append(days, fmt.Sprintf("%s %d/%d", survey.DateOf(f.Rated[0].At), f.Open(), len(f.Rated)))
			flaggings = append(flaggings, f.Flaggings(before)...)
		}
		return days, flaggings
	}
	check := func(name string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	days, flaggings := judge(night)
	check("the first night", days, "2026-08-10 15/15")
	f := flaggings[0]
	if f.By != suspicion.By || f.At != night || f.Clear || f.Signal != "burst" || f.Score == nil || f.Stream != "main" || f.N != first[0].N || !slices.Equal(f.Flags, []survey.Flag{survey.FlagBurst}) {
		t.Errorf("%+v", f)
	}
	for i, f := range flaggings {
		f.Clear = i == 0 // a person knew better
		a.m.flag(t, "other", f)
	}
	days, _ = judge(night.AddDate(0, 0, 1))
	check("the second night", days, "2026-08-10 0/15", "2026-08-11 15/15")
	days, _ = judge(month.Next().First().Start())
	check("when August is over", days, "2026-08-10 0/15", "2026-08-11 15/15")
	// Months later a tablet brings what it took in August, and the month is judged again.
	late := night.AddDate(0, 5, 0)
	days, _ = judge(late)
	check("when August is long over", days)
	burst(12, late.Add(time.Hour))
	days, _ = judge(late)
	check("what came on the day itself", days, "2026-08-10 0/15", "2026-08-11 15/15")
	days, _ = judge(late.AddDate(0, 0, 1))
	check("the night after", days, "2026-08-10 0/15", "2026-08-11 15/15", "2026-08-13 15/15")
	days, _ = judge(late.AddDate(0, 0, 2))
	check("the night after that", days)

	fresh := suspicion.NewInspector(a.m)
	stop := errors.New("stop")
	if err := fresh.Inspect(t.Context(), catalogue{}, late.AddDate(0, 0, 2), func(suspicion.Finding) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error is %v", err)
	}
	in = fresh
	days, _ = judge(late.AddDate(0, 0, 2))
	check("what was not handed over before", days, "2026-08-10 0/15", "2026-08-11 15/15", "2026-08-13 15/15")
}

// TestGap: what lies behind a gap is read when the gap is filled.
func TestGap(t *testing.T) {
	a := newAugust(t)
	for i := range 15 {
		a.rate(0, month.First().AddDays(9).Start().Add(9*time.Hour+time.Duration(i)*20*time.Second), 5)
	}
	whole := a.m.streams["main"]
	at := len(whole) - 15
	a.m.streams["main"] = slices.Delete(slices.Clone(whole), at, at+1)
	in := suspicion.NewInspector(a.m)
	before := month.Next().First().Start()
	if found := inspect(t, in, catalogue{}, before); len(found) != 0 {
		t.Errorf("behind the gap: %+v", found)
	}
	a.m.streams["main"] = whole
	if found := inspect(t, in, catalogue{}, before); len(found) != 1 || len(found[0].Rated) < 15 {
		t.Errorf("the gap filled: %+v", found)
	}
}
