package intake_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
	"sipas/survey/storetest"
)

// kioskRating is what a kiosk sends: a rating that waited for three days.
func kioskRating(point string, changes sent) sent {
	s := rating(point, sent{"capture": "kiosk", "answeredAt": "2026-11-20T01:00:00.000Z", "clockOffset": 1200})
	for key, value := range changes {
		if value == nil {
			delete(s, key)
		} else {
			s[key] = value
		}
	}
	return s
}

// kioskAt is a kiosk that stands at the last of the points and stood at the others.
func kioskAt(points ...string) intake.Credential {
	return intake.Credential{Kiosk: &survey.Kiosk{ID: "7QX2M9A4", Point: points[len(points)-1], Points: points}}
}

func (f fixture) sendAs(t *testing.T, credential intake.Credential, items ...sent) []intake.Result {
	t.Helper()
	results, err := f.SubmitJSON(t.Context(), credential, raw(t, items...))
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestAKiosksItemsAreRefused(t *testing.T) {
	f := newFixture(t)
	closed, ended, other := code(t, closedPoint), code(t, endedPoint), code(t, otherPoint)
	kiosk := kioskAt(closed, ended, onePoint, severalPoint)
	for name, test := range map[string]struct {
		item sent
		want string
	}{
		"a point it never stood at":         {kioskRating(other, nil), "invalid: point: notOfKiosk"},
		"an unknown point":                  {kioskRating("1111111119", nil), "invalid: point: unknown"},
		"no point":                          {kioskRating("", sent{"point": nil}), "invalid: point: required"},
		"captured by QR":                    {kioskRating(onePoint, sent{"capture": "qr"}), "invalid: capture: notAllowed"},
		"imported":                          {kioskRating(onePoint, sent{"capture": "import"}), "invalid: capture: notAllowed"},
		"a field never offered":             {kioskRating(severalPoint, sent{"field": "thue"}), "invalid: field: notOfPoint"},
		"after the point closed":            {kioskRating(closed, nil), "closed: point.closed"},
		"on the day the point closed":       {kioskRating(closed, sent{"answeredAt": "2026-10-31T17:00:00Z"}), "closed: point.closed"},
		"no time, received after it closed": {kioskRating(closed, sent{"answeredAt": nil}), "closed: point.closed"},
		"after the agency ended":            {kioskRating(ended, nil), "closed: agency.closed"},
		"of long ago":                       {kioskRating(onePoint, sent{"answeredAt": "1970-01-01T00:00:00Z"}), "invalid: answeredAt: tooEarly"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := said(f.sendAs(t, kiosk, test.item)[0]); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// The point is open on Friday mornings and the kiosk says so; 20 November 2026 is a Friday.
func TestAKioskOutsideTheOpeningHours(t *testing.T) {
	f := newFixture(t)
	point, _ := f.Registry.Snapshot().Point(onePoint)
	point.Hours = survey.OpeningHours{{Day: 5, From: "07:30", To: "11:30"}}
	if _, err := f.Registry.UpdatePoint(t.Context(), admin, point); err != nil {
		t.Fatal(err)
	}
	kiosk := kioskAt(nonePoint, onePoint)
	measured := func(at string) sent { return sent{"answeredAt": at, "clockOffset": 0} }
	for _, c := range []struct {
		name       string
		credential intake.Credential
		item       sent
		want       []survey.Flag
	}{
		{"when it is open", kiosk, kioskRating(onePoint, measured("2026-11-20T09:00:00+07:00")), nil},
		{"within an hour after", kiosk, kioskRating(onePoint, measured("2026-11-20T12:29:59+07:00")), nil},
		{"within an hour before", kiosk, kioskRating(onePoint, measured("2026-11-20T06:30:00+07:00")), nil},
		{"an hour after", kiosk, kioskRating(onePoint, measured("2026-11-20T12:30:00+07:00")), []survey.Flag{survey.FlagOutOfHours}},
		{"at night", kiosk, kioskRating(onePoint, measured("2026-11-20T02:00:00+07:00")), []survey.Flag{survey.FlagOutOfHours}},
		{"on a day off", kiosk, kioskRating(onePoint, measured("2026-11-21T09:00:00+07:00")), []survey.Flag{survey.FlagOutOfHours}},
		{"at a time nobody measured", kiosk, kioskRating(onePoint, sent{"answeredAt": "2026-11-21T09:00:00+07:00", "clockOffset": nil}), []survey.Flag{survey.FlagClock}},
		{"where the hours are not known", kiosk, kioskRating(nonePoint, measured("2026-11-21T09:00:00+07:00")), nil},
		{"written on paper", intake.Credential{Actor: &admin}, rating(onePoint, sent{"answeredAt": "2026-11-21T09:00:00+07:00", "capture": "paper"}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(f.sendAs(t, c.credential, c.item)[0]); got != "stored" {
				t.Fatal(got)
			}
			if r := f.stored(t, c.item["id"].(string)); !slices.Equal(r.Flags, c.want) {
				t.Errorf("flags %v, want %v", r.Flags, c.want)
			}
		})
	}
	t.Run("on a phone", func(t *testing.T) {
		page, _ := f.IssuePage(onePoint, "quick", 1)
		*f.at = f.at.Add(time.Minute) // a Monday afternoon
		if got := said(f.sendPage(t, page, nil)); got != "stored" {
			t.Fatal(got)
		}
		if r := f.stored(t, page.ID); len(r.Flags) != 0 {
			t.Errorf("flags %v", r.Flags)
		}
	})
}

func TestAKiosksRatings(t *testing.T) {
	f := newFixture(t)
	received, answered := *f.at, time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	closed := code(t, closedPoint)
	kiosk := kioskAt(closed, onePoint, severalPoint)
	clock := []survey.Flag{survey.FlagClock}
	for name, test := range map[string]struct {
		item  sent
		field string
		at    time.Time
		flags []survey.Flag
	}{
		"where it stands":                 {kioskRating(severalPoint, sent{"field": "ho-tich"}), "ho-tich", answered, nil},
		"field not chosen":                {kioskRating(severalPoint, nil), "", answered, nil},
		"where it stood before":           {kioskRating(onePoint, nil), "dat-dai", answered, nil},
		"before its point closed":         {kioskRating(closed, sent{"answeredAt": "2026-10-31T16:59:59.999Z"}), "", time.Date(2026, 10, 31, 16, 59, 59, 999e6, time.UTC), nil},
		"answered at once":                {kioskRating(onePoint, sent{"startedAt": "2026-11-20T01:00:00.000Z"}), "dat-dai", answered, nil},
		"no measured offset":              {kioskRating(onePoint, sent{"clockOffset": nil}), "dat-dai", answered, clock},
		"an offset of five minutes":       {kioskRating(onePoint, sent{"clockOffset": 300000}), "dat-dai", answered, nil},
		"an offset above five minutes":    {kioskRating(onePoint, sent{"clockOffset": 300001}), "dat-dai", answered, clock},
		"a clock that is fast":            {kioskRating(onePoint, sent{"answeredAt": "2031-01-01T00:00:00Z", "clockOffset": 0}), "dat-dai", received, nil},
		"no time, perhaps of days before": {kioskRating(onePoint, sent{"answeredAt": nil}), "dat-dai", received, clock},
	} {
		t.Run(name, func(t *testing.T) {
			result := f.sendAs(t, kiosk, test.item)[0]
			if said(result) != "stored" {
				t.Fatal(said(result))
			}
			r := f.stored(t, result.ID)
			if r.Point != test.item["point"] || r.FieldID != test.field || !r.At.Equal(test.at) || !slices.Equal(r.Flags, test.flags) || r.Capture != survey.CaptureKiosk {
				t.Errorf("field %q at %s, flags %v; want %q at %s, %v", r.FieldID, r.At, r.Flags, test.field, test.at, test.flags)
			}
			if !r.ReceivedAt.Equal(received) {
				t.Errorf("received at %s", r.ReceivedAt)
			}
		})
	}
}

// A device sends 500 at a time, again after an answer was lost, and may have
// been enrolled anew or moved meanwhile.
func TestAKioskDrainsItsQueue(t *testing.T) {
	f := newFixture(t)
	queue := make([]sent, 500)
	for i := range queue {
		queue[i] = kioskRating(onePoint, nil)
	}
	for i, r := range f.sendAs(t, kioskAt(onePoint), queue...) {
		if said(r) != "stored" || r.ID != queue[i]["id"] {
			t.Fatalf("item %d: %s", i, said(r))
		}
	}
	*f.at = f.at.Add(time.Hour)
	for i, r := range f.sendAs(t, kioskAt(onePoint, severalPoint), queue...) {
		if said(r) != "duplicate" {
			t.Fatalf("item %d again: %s", i, said(r))
		}
	}
	changed := sent{}
	for k, v := range queue[0] {
		changed[k] = v
	}
	changed["answers"] = map[string]any{"overall": 1}
	if got := said(f.sendAs(t, kioskAt(onePoint), changed)[0]); got != "conflict: response.conflict" {
		t.Errorf("other answers: %s", got)
	}
}

// What the point offered when a rating was taken stays good, however late it arrives.
func TestFieldsThatAreGoneStayGoodForLateRatings(t *testing.T) {
	f := newFixture(t)
	r := f.Registry
	point, _ := r.Snapshot().Point(severalPoint)
	point.Fields = []string{"thue"}
	if _, err := r.UpdatePoint(t.Context(), admin, point); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"ho-tich": "stored", "thue": "stored", "xay-dung": "invalid: field: notOfPoint"} {
		result := f.sendAs(t, kioskAt(severalPoint), kioskRating(severalPoint, sent{"field": field}))[0]
		if said(result) != want {
			t.Errorf("%s: %s, want %s", field, said(result), want)
		}
		if want == "stored" && f.stored(t, result.ID).FieldID != field {
			t.Errorf("stored under %q, chosen was %q", f.stored(t, result.ID).FieldID, field)
		}
	}
}

// A refusal is for good, so a node asks what others changed before it gives one.
func TestANodeThatLagsCatchesUpBeforeItRefuses(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	other := f.registry(t)
	point, err := other.CreatePoint(ctx, admin, survey.Point{Agency: "xa-khac", Name: survey.Text{survey.Vietnamese: "Quầy mới"}, Delivery: survey.DeliveryCounter, Questionnaire: "quick", Fields: []string{"thue"}})
	if err != nil {
		t.Fatal(err)
	}
	results := f.sendAs(t, kioskAt(point.Code), kioskRating(point.Code, sent{"field": "thue"}), kioskRating(point.Code, sent{"language": "fr"}))
	if said(results[0]) != "stored" || said(results[1]) != "invalid: language: unknown" {
		t.Errorf("a point of another node: %s, %s", said(results[0]), said(results[1]))
	}
	closed, _ := other.Snapshot().Point(code(t, closedPoint))
	closed.Closed = ""
	if _, err := other.UpdatePoint(ctx, admin, closed); err != nil {
		t.Fatal(err)
	}
	if got := said(f.sendAs(t, kioskAt(closed.Code), kioskRating(closed.Code, nil))[0]); got != "stored" {
		t.Errorf("a point that another node opened again: %s", got)
	}
}

// deaf is a store whose audit chain cannot be read.
type deaf struct{ survey.Store }

func (d deaf) Audit() survey.AuditStore { return deafAudit{d.Store.Audit()} }

type deafAudit struct{ survey.AuditStore }

func (deafAudit) After(context.Context, int64, int) ([]survey.AuditEntry, error) {
	return nil, &survey.Error{Code: survey.CodeUnavailable, Message: "down"}
}

func TestWhatCannotBeConfirmedIsNotRefusedForGood(t *testing.T) {
	f := newFixture(t)
	service := intake.New(intake.Options{Registry: f.registryOn(t, deaf{f.store}), Ledger: f.ledger, PageKey: []byte("0123456789abcdef"), Now: func() time.Time { return *f.at }})
	good, bad := kioskRating(onePoint, nil), kioskRating(code(t, otherPoint), nil)
	results, err := service.SubmitJSON(t.Context(), kioskAt(onePoint), raw(t, good))
	if err != nil || said(results[0]) != "stored" {
		t.Errorf("a good one: %v, %v", results, err)
	}
	for name, item := range map[string]sent{"closed": kioskRating(code(t, closedPoint), nil), "unknown": kioskRating("1111111119", nil)} {
		if results, err := service.SubmitJSON(t.Context(), kioskAt(code(t, closedPoint)), raw(t, item)); results != nil || !survey.IsCode(err, survey.CodeUnavailable) {
			t.Errorf("%s: %v, %v", name, results, err)
		}
	}
	if results, err := service.SubmitJSON(t.Context(), kioskAt(onePoint), raw(t, bad)); err != nil || said(results[0]) != "invalid: point: notOfKiosk" {
		t.Errorf("what the credential says needs no catalogue: %v, %v", results, err)
	}
}

// While nodes are upgraded one by one, a kiosk may have its form from a newer one.
func TestAKioskKeepsARatingOnAFormOfANewerNode(t *testing.T) {
	f := newFixture(t)
	item := raw(t, kioskRating(onePoint, sent{"version": 2}))
	results, err := f.SubmitJSON(t.Context(), kioskAt(onePoint), item)
	if err != nil || said(results[0]) != "retry: version: unknown" || results[0].Problem.Code != survey.CodeUnavailable {
		t.Fatalf("%v, %v", results, err)
	}
	forms := questionnaires.All()
	next := *questionnaires.Newest("quick")
	next.Version = 2
	upgraded, err := registry.Open(t.Context(), registry.Options{Store: f.store, Questionnaires: append(forms, &next), Now: func() time.Time { return *f.at }, Random: randomness})
	if err != nil {
		t.Fatal(err)
	}
	service := intake.New(intake.Options{Registry: upgraded, Ledger: f.ledger, PageKey: []byte("0123456789abcdef"), Now: func() time.Time { return *f.at }})
	if results, err = service.SubmitJSON(t.Context(), kioskAt(onePoint), item); err != nil || said(results[0]) != "stored" {
		t.Errorf("by a newer node: %v, %v", results, err)
	}
}

// However the store fails, what a kiosk is told is stored is there, once.
func TestAKioskLosesNothingWhenTheStoreFails(t *testing.T) {
	f := newFixture(t)
	store := storetest.Faulty(f.store)
	book, err := ledger.Open(t.Context(), ledger.Options{Store: store.Ledger(), Key: f.key, Now: func() time.Time { return *f.at }, Random: randomness})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close(context.Background()) })
	service := intake.New(intake.Options{Registry: f.Registry, Ledger: book, PageKey: []byte("0123456789abcdef"), Now: func() time.Time { return *f.at }})
	store.Inject(storetest.TimeOutLanded, storetest.TimeOutLost, storetest.TimeOutAfter(7), nil)
	queue := make([]sent, 20)
	for i := range queue {
		queue[i] = kioskRating(onePoint, nil)
	}
	items := raw(t, queue...)
	waiting := slices.Clone(items)
	for range 50 { // as the outbox does: again until everything is confirmed
		results, err := service.SubmitJSON(t.Context(), kioskAt(onePoint), waiting)
		if survey.IsCode(err, survey.CodeUnavailable) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var left []json.RawMessage
		for i, r := range results {
			if r.Outcome != survey.OutcomeStored && r.Outcome != survey.OutcomeDuplicate {
				left = append(left, waiting[i])
			}
		}
		if waiting = left; len(waiting) == 0 {
			break
		}
	}
	if len(waiting) > 0 {
		t.Fatalf("%d still wait", len(waiting))
	}
	for _, item := range queue {
		f.stored(t, item["id"].(string))
	}
}
