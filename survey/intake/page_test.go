package intake_test

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
)

// registry opens a second registry on the fixture's store.
func (f fixture) registry(t *testing.T) *registry.Registry {
	t.Helper()
	return f.registryOn(t, f.store)
}

func (f fixture) registryOn(t *testing.T, store survey.Store) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), registry.Options{Store: store, Questionnaires: questionnaires.All(), Now: func() time.Time { return *f.at }, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answer gives what a page sends.
func answer(page intake.Page, changes sent) sent {
	s := rating(page.Point, sent{"id": page.ID, "questionnaire": page.Questionnaire, "version": page.Version, "capture": "qr"})
	for key, value := range changes {
		if value == nil {
			delete(s, key)
		} else {
			s[key] = value
		}
	}
	return s
}

func (f fixture) sendPage(t *testing.T, page intake.Page, changes sent) intake.Result {
	t.Helper()
	results, err := f.SubmitJSON(t.Context(), intake.Credential{Page: &page}, raw(t, answer(page, changes)))
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

func TestOpenPageRefuses(t *testing.T) {
	f := newFixture(t)
	_, token := f.IssuePage(onePoint, "quick", 1)
	payload, mac, _ := strings.Cut(token, ".")
	_, otherMAC, _ := strings.Cut(func() string { _, s := f.IssuePage(severalPoint, "quick", 1); return s }(), ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"i":"` + uuid.NewString() + `","p":"` + onePoint + `","q":"quick","v":1,"t":1795419226123}`))
	other := intake.New(intake.Options{Registry: f.registry(t), Ledger: f.ledger, PageKey: []byte("another page key"), Now: func() time.Time { return *f.at }})
	_, foreign := other.IssuePage(onePoint, "quick", 1)
	for name, bad := range map[string]string{
		"nothing":               "",
		"a dot":                 ".",
		"no signature":          payload,
		"an empty signature":    payload + ".",
		"a signature cut short": token[:len(token)-4],
		"another signature":     payload + "." + otherMAC,
		"another payload":       forged + "." + mac,
		"another key":           foreign,
		"padding":               token + "=",
		"a third part":          token + ".x",
		"a line break":          token[:9] + "\n" + token[9:],
		"something very long":   strings.Repeat("A", 2000) + "." + mac,
	} {
		t.Run(name, func(t *testing.T) {
			if page, err := f.OpenPage(bad); problem(err) != "page.token" || !survey.IsCode(err, survey.CodeUnauthorized) || page != (intake.Page{}) {
				t.Errorf("got %+v, %v", page, err)
			}
		})
	}
}

func TestPageTokens(t *testing.T) {
	f := newFixture(t)
	page, token := f.IssuePage(onePoint, "quick", 1)
	if uuid.Validate(page.ID) != nil || page.Point != onePoint || page.Questionnaire != "quick" || page.Version != 1 || !page.IssuedAt.Equal(*f.at) {
		t.Errorf("issued %+v", page)
	}
	if next, _ := f.IssuePage(onePoint, "quick", 1); next.ID == page.ID {
		t.Error("two pages have one id")
	}
	*f.at = f.at.Add(intake.PageLifetime)
	if again, err := f.OpenPage(token); err != nil || again != page {
		t.Errorf("after 30 days: %+v, %v", again, err)
	}
	*f.at = f.at.Add(time.Millisecond)
	if _, err := f.OpenPage(token); problem(err) != "page.expired" || !survey.IsCode(err, survey.CodeUnauthorized) {
		t.Errorf("after more than 30 days: %v", err)
	}
}

func TestAPageSendsOneRating(t *testing.T) {
	f := newFixture(t)
	page, _ := f.IssuePage(onePoint, "quick", 1)
	for i, step := range []struct {
		changes sent
		want    string
	}{
		{sent{"id": uuid.NewString()}, "invalid: id: notOfPage"},
		{sent{"point": severalPoint}, "invalid: point: notOfPage"},
		{sent{"questionnaire": "short"}, "invalid: questionnaire: notOfPage"},
		{sent{"version": 2}, "invalid: version: notOfPage; version: unknown"},
		{sent{"id": nil, "capture": "kiosk"}, "invalid: id: required; capture: notAllowed"},
		{sent{"capture": "import"}, "invalid: capture: notAllowed"},
		{nil, "stored"},
		{nil, "duplicate"},
		{sent{"answers": map[string]any{"overall": 1}}, "conflict: response.alreadySent"},
		{nil, "duplicate"},
	} {
		if got := said(f.sendPage(t, page, step.changes)); got != step.want {
			t.Errorf("step %d: got %s, want %s", i, got, step.want)
		}
	}
}

// The campaign of an invitation stands in the token: a rating can neither leave it nor join one.
func TestAnInvitedPageRatesInItsCampaign(t *testing.T) {
	f := newFixture(t)
	plain, _ := f.IssuePage(onePoint, "quick", 1)
	issued, token := f.Issue(intake.Page{Point: onePoint, Questionnaire: "quick", Version: 1, Campaign: "quy-4-2026"})
	invited, err := f.OpenPage(token)
	if err != nil || invited != issued {
		t.Fatalf("%+v, %v", invited, err)
	}
	for _, c := range []struct {
		name     string
		page     intake.Page
		campaign any
		want     string
	}{
		{"a plain page in a campaign", plain, "quy-4-2026", "invalid: campaign: notOfPage"},
		{"a plain page in one without a name", plain, "", "invalid: campaign: notOfPage"},
		{"an invited page in another", invited, "quy-1-2027", "invalid: campaign: notOfPage"},
		{"an invited page in none", invited, nil, "invalid: campaign: notOfPage"},
		{"an invited page", invited, "quy-4-2026", "stored"},
	} {
		if got := said(f.sendPage(t, c.page, sent{"campaign": c.campaign})); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// Whatever code of the point is named, the rating is the point's: the digest too.
func TestARatingUnderAnyCodeIsThePoints(t *testing.T) {
	f := newFixture(t)
	old, _ := f.IssuePage(onePoint, "quick", 1)
	point, err := f.Registry.ReplaceCode(t.Context(), survey.System, onePoint, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ point, want string }{
		{point.PublicCode, "stored"}, {onePoint, "duplicate"}, {survey.ShowPointCode(point.PublicCode), "duplicate"},
	} {
		if got := said(f.sendPage(t, old, sent{"point": step.point})); got != step.want {
			t.Errorf("as %s: got %s, want %s", step.point, got, step.want)
		}
	}
}

func TestPageFlags(t *testing.T) {
	f := newFixture(t)
	stamp := func(d time.Duration) string { return f.at.Add(d).Format(time.RFC3339Nano) }
	fast := []survey.Flag{survey.FlagFast}
	for _, test := range []struct {
		name    string
		age     time.Duration
		changes func() sent
		want    []survey.Flag
	}{
		{"sent at once", 0, func() sent { return nil }, fast},
		{"sent at once, from a form without scripts", 0, func() sent { return sent{"capture": "link"} }, fast},
		{"sent in less than two seconds", 1999 * time.Millisecond, func() sent { return nil }, fast},
		{"sent after two seconds", 2 * time.Second, func() sent { return nil }, nil},
		{"sent after three seconds", 3 * time.Second, func() sent { return nil }, nil},
		{"sent at once, said to be answered later", 0, func() sent { return sent{"answeredAt": stamp(time.Hour), "clockOffset": 0} }, fast},
		{"sent at once, said to be begun before", 0, func() sent {
			return sent{"startedAt": stamp(-time.Hour), "answeredAt": stamp(0), "clockOffset": 0}
		}, fast},
		{"issued by a node whose clock is ahead", -time.Millisecond, func() sent { return nil }, nil},
		{"a device whose clock is slow", 3 * time.Second, func() sent { return sent{"answeredAt": stamp(-time.Minute), "clockOffset": 0} }, nil},
		{"read for two seconds", time.Minute, func() sent {
			return sent{"startedAt": stamp(-2 * time.Second), "answeredAt": stamp(0), "clockOffset": 0}
		}, nil},
		{"read for less", time.Minute, func() sent {
			return sent{"startedAt": stamp(-1999 * time.Millisecond), "answeredAt": stamp(0), "clockOffset": 0}
		}, fast},
		{"no measured offset", time.Hour, func() sent { return sent{"answeredAt": stamp(-time.Minute)} }, []survey.Flag{survey.FlagClock}},
		{"an offset of five minutes", time.Hour, func() sent { return sent{"answeredAt": stamp(-time.Minute), "clockOffset": -300000} }, nil},
		{"an offset above five minutes", time.Hour, func() sent { return sent{"answeredAt": stamp(-time.Minute), "clockOffset": -300001} },
			[]survey.Flag{survey.FlagClock}},
		{"a page of 24 hours", 24 * time.Hour, func() sent { return nil }, nil},
		{"an older page", 24*time.Hour + time.Millisecond, func() sent { return nil }, []survey.Flag{survey.FlagStalePage}},
		{"all at once", 48 * time.Hour, func() sent { return sent{"startedAt": stamp(-time.Second), "answeredAt": stamp(0)} },
			[]survey.Flag{survey.FlagClock, survey.FlagStalePage, survey.FlagFast}},
	} {
		t.Run(test.name, func(t *testing.T) {
			page, _ := f.IssuePage(onePoint, "quick", 1)
			*f.at = f.at.Add(test.age)
			result := f.sendPage(t, page, test.changes())
			if said(result) != "stored" {
				t.Fatal(said(result))
			}
			if got := f.stored(t, result.ID).Flags; len(got) != len(test.want) || strings.Join(words(got), " ") != strings.Join(words(test.want), " ") {
				t.Errorf("flags %v, want %v", got, test.want)
			}
		})
	}
}

// A page speaks of the time between its opening and its sending, whatever its clock says.
func TestAPageRatesNoOtherTime(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct {
		name     string
		age      time.Duration // of the page when its rating is received
		answered time.Duration // after the page was issued, by the device
		want     time.Duration // after the page was issued
	}{
		{"long before it was opened", time.Hour, -300 * 24 * time.Hour, 0},
		{"just before it was opened", time.Hour, -time.Millisecond, 0},
		{"while it was open", time.Hour, 20 * time.Minute, 20 * time.Minute},
		{"on a later day", 29 * 24 * time.Hour, 28 * 24 * time.Hour, 28 * 24 * time.Hour},
		{"after it was received", time.Hour, 2 * time.Hour, time.Hour},
		{"issued by a node whose clock is ahead", -time.Second, -time.Minute, -time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			page, _ := f.IssuePage(onePoint, "quick", 1)
			*f.at = f.at.Add(test.age)
			result := f.sendPage(t, page, sent{"answeredAt": page.IssuedAt.Add(test.answered).Format(time.RFC3339Nano), "clockOffset": 0})
			if said(result) != "stored" {
				t.Fatal(said(result))
			}
			r := f.stored(t, result.ID)
			if got := r.At.Sub(page.IssuedAt); got != test.want {
				t.Errorf("counted %s after the page was issued, want %s", got, test.want)
			}
			if got := r.AnsweredAt.Sub(page.IssuedAt); got != test.answered {
				t.Errorf("what was sent became %s", got)
			}
		})
	}
	// A point closed since is not opened again by a time of before.
	page, _ := f.IssuePage(code(t, closedPoint), "quick", 1)
	if got := said(f.sendPage(t, page, sent{"answeredAt": "2026-10-31T00:00:00Z", "clockOffset": 0})); got != "closed: point.closed" {
		t.Errorf("a closed point: %s", got)
	}
}

func words(flags []survey.Flag) []string {
	var all []string
	for _, f := range flags {
		all = append(all, string(f))
	}
	return all
}

func FuzzOpenPage(f *testing.F) {
	s := intake.New(intake.Options{PageKey: []byte("0123456789abcdef"), NewID: func() string { return uuid.Nil.String() },
		Now: func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }})
	_, token := s.IssuePage(onePoint, "quick", 1)
	f.Add(token)
	f.Add(".")
	f.Fuzz(func(t *testing.T, text string) {
		page, err := s.OpenPage(text)
		if err == nil && text != token {
			t.Errorf("%q opens %+v", text, page)
		}
	})
}
