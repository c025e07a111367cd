package identity_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/identity"
	"sipas/survey/registry"
)

const (
	herePoint  = "K7QX2M9A4T" // of xa-binh-minh
	therePoint = "000000000Q" // of the province itself
)

// kioskFixture is the fixture with two points and a kiosk at the first.
type kioskFixture struct {
	fixture
	registry *registry.Registry
	kiosk    survey.Kiosk
	lan      survey.Actor // the manager of xa-binh-minh
}

func newKioskFixture(t *testing.T) kioskFixture {
	t.Helper()
	f := kioskFixture{fixture: newFixture(t)}
	ctx := t.Context()
	var err error
	if f.registry, err = registry.Open(ctx, registry.Options{Store: f.store, Now: f.clock.now, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	point := func(code, agency string) survey.Point {
		return survey.Point{Code: code, Agency: agency, Name: survey.Text{survey.Vietnamese: "Quầy"}, Delivery: survey.DeliveryCounter, Questionnaire: "quick"}
	}
	if err := f.registry.Load(ctx, registry.Catalogue{Points: []survey.Point{point(herePoint, "xa-binh-minh"), point(therePoint, "tinh")}}); err != nil {
		t.Fatal(err)
	}
	f.Service = f.node(t, rand.Reader)
	if f.kiosk, err = f.registry.CreateKiosk(ctx, f.admin, survey.Kiosk{Name: "Máy 1", Point: herePoint}); err != nil {
		t.Fatal(err)
	}
	if f.lan, err = f.Actor(ctx, "lan"); err != nil {
		t.Fatal(err)
	}
	return f
}

// node gives another process's service on the same store.
func (f kioskFixture) node(t *testing.T, random io.Reader) *identity.Service {
	t.Helper()
	return identity.New(identity.Options{Store: f.store, Registry: f.registry, Now: f.clock.now, Random: random})
}

func (f kioskFixture) issue(t *testing.T) string {
	t.Helper()
	code, _, err := f.IssueEnrolment(t.Context(), f.lan, f.kiosk.ID)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (f kioskFixture) enrolled(t *testing.T) string {
	t.Helper()
	_, token, err := f.Enrol(t.Context(), f.issue(t))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// close closes or opens the kiosk.
func (f kioskFixture) close(t *testing.T, closed bool) {
	t.Helper()
	kiosk, err := f.store.Kiosks().Find(t.Context(), f.kiosk.ID)
	if err != nil {
		t.Fatal(err)
	}
	kiosk.Closed = closed
	if _, err := f.registry.UpdateKiosk(t.Context(), f.admin, kiosk); err != nil {
		t.Fatal(err)
	}
}

func TestIssuingAndRevokingRefuse(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	there, err := f.registry.CreateKiosk(ctx, f.admin, survey.Kiosk{Name: "Máy 2", Point: therePoint})
	if err != nil {
		t.Fatal(err)
	}
	viewer := survey.Actor{User: "v", Grants: []survey.Grant{{Role: survey.RoleViewer}}}
	for name, test := range map[string]struct {
		actor survey.Actor
		id    string
		want  string
	}{
		"nobody":             {survey.Actor{}, f.kiosk.ID, "forbidden noRight"},
		"a viewer":           {viewer, f.kiosk.ID, "forbidden noRight"},
		"a manager's beside": {f.lan, there.ID, "forbidden outOfScope"},
		"an unknown kiosk":   {f.admin, "AAAAAAAA", "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, expires, err := f.IssueEnrolment(ctx, test.actor, test.id); problem(err) != test.want || code != "" || !expires.IsZero() {
				t.Errorf("issued %q: %v, want %s", code, err, test.want)
			}
			if _, err := f.RevokeDevice(ctx, test.actor, test.id); problem(err) != test.want {
				t.Errorf("revoked: %v, want %s", err, test.want)
			}
		})
	}
	f.close(t, true)
	if _, _, err := f.IssueEnrolment(ctx, f.admin, f.kiosk.ID); problem(err) != "closed kiosk.closed" {
		t.Errorf("a code for a closed kiosk: %v", err)
	}
	if enrolments, err := f.store.Enrolments().List(ctx); err != nil || len(enrolments) != 0 {
		t.Errorf("%d codes were issued, %v", len(enrolments), err)
	}
}

func TestEnrolRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		code func(t *testing.T, f kioskFixture) string
		want string
	}{
		"nothing":         {func(*testing.T, kioskFixture) string { return "" }, "code: enrolment.format"},
		"a point's code":  {func(*testing.T, kioskFixture) string { return herePoint }, "code: enrolment.format"},
		"an unknown code": {func(*testing.T, kioskFixture) string { return "AAAA-AAAA" }, "unauthorized enrolment.unknown"},
		"a code of ten minutes": {func(t *testing.T, f kioskFixture) string {
			code := f.issue(t)
			f.clock.pass(10 * time.Minute)
			return code
		}, "unauthorized enrolment.expired"},
		"a used code": {func(t *testing.T, f kioskFixture) string {
			code := f.issue(t)
			if _, _, err := f.Enrol(t.Context(), code); err != nil {
				t.Error(err)
			}
			return code
		}, "unauthorized enrolment.used"},
		"a code replaced by a newer one": {func(t *testing.T, f kioskFixture) string {
			code := f.issue(t)
			f.issue(t)
			return code
		}, "unauthorized enrolment.replaced"},
		"a code of before the revocation": {func(t *testing.T, f kioskFixture) string {
			code := f.issue(t)
			if _, err := f.RevokeDevice(t.Context(), f.lan, f.kiosk.ID); err != nil {
				t.Error(err)
			}
			return code
		}, "unauthorized enrolment.replaced"},
		"a kiosk closed since": {func(t *testing.T, f kioskFixture) string {
			code := f.issue(t)
			f.close(t, true)
			return code
		}, "closed kiosk.closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newKioskFixture(t)
			if kiosk, token, err := f.Enrol(t.Context(), test.code(t, f)); problem(err) != test.want || token != "" || kiosk.ID != "" {
				t.Errorf("got %q, %v; want %s", token, err, test.want)
			}
		})
	}
}

func TestWrongCodesAreThrottled(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	for range 30 { // neither typing errors nor good codes count
		if _, _, err := f.Enrol(ctx, "?"); problem(err) != "code: enrolment.format" {
			t.Fatal(err)
		}
	}
	f.enrolled(t)
	code := f.issue(t)
	for range 20 {
		if _, _, err := f.Enrol(ctx, "AAAAAAAA"); problem(err) != "unauthorized enrolment.unknown" {
			t.Fatal(err)
		}
		f.clock.pass(time.Second)
	}
	_, token, err := f.Enrol(ctx, code)
	var e *survey.Error
	if !errors.As(err, &e) || token != "" || e.Code != survey.CodeThrottled || e.Reason != survey.ReasonEnrolmentThrottled || e.Params["seconds"] != 40 {
		t.Fatalf("the twenty-first: %v", err)
	}
	f.clock.pass(40 * time.Second)
	if _, _, err := f.Enrol(ctx, code); err != nil {
		t.Errorf("once the first is forgotten: %v", err)
	}
}

func TestEnrol(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	code, expires, err := f.IssueEnrolment(ctx, f.lan, f.kiosk.ID)
	if err != nil || len(code) != survey.EnrolmentCodeLength || !expires.Equal(f.clock.now().Add(10*time.Minute)) {
		t.Fatalf("%q until %s, %v", code, expires, err)
	}
	f.clock.pass(10*time.Minute - time.Millisecond)
	kiosk, token, err := f.Enrol(ctx, " "+strings.ToLower(survey.ShowEnrolmentCode(code)))
	if err != nil || kiosk.ID != f.kiosk.ID || kiosk.Point != herePoint || kiosk.PendingAudit != nil {
		t.Fatalf("%+v, %v", kiosk, err)
	}
	id, secret, _ := strings.Cut(token, ".")
	if id != kiosk.ID || len(secret) != 43 {
		t.Errorf("the token is %q", token)
	}
	device, err := f.store.Devices().Find(ctx, kiosk.ID)
	if err != nil || len(device.TokenHash) != 32 || bytes.Contains(device.TokenHash, []byte(secret)) || !device.EnrolledAt.Equal(f.clock.now()) {
		t.Errorf("the device is kept as %+v, %v", device, err)
	}
	enrolments, err := f.store.Enrolments().List(ctx)
	if err != nil || len(enrolments) != 1 || strings.Contains(enrolments[0].ID, code) || !enrolments[0].Used {
		t.Errorf("the code is kept as %+v, %v", enrolments, err)
	}
	if got, err := f.Device(ctx, token); err != nil || got.ID != kiosk.ID || got.PendingAudit != nil {
		t.Errorf("%+v, %v", got, err)
	}
	f.clock.pass(25 * time.Hour)
	f.issue(t)
	if enrolments, err = f.store.Enrolments().List(ctx); err != nil || len(enrolments) != 1 || enrolments[0].Used {
		t.Errorf("after a day %d codes are remembered, %v", len(enrolments), err)
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	f := newKioskFixture(t)
	code := f.issue(t)
	nodes := []*identity.Service{f.Service, f.node(t, rand.Reader)}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var tokens []string
	for i := range 10 {
		wg.Go(func() {
			_, token, err := nodes[i%2].Enrol(t.Context(), code)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				tokens = append(tokens, token)
			} else if problem(err) != "unauthorized enrolment.used" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(tokens) != 1 {
		t.Fatalf("%d devices were enrolled with one code", len(tokens))
	}
	if _, err := f.Device(t.Context(), tokens[0]); err != nil {
		t.Error(err)
	}
}

func TestDeviceRefuses(t *testing.T) {
	unknown := "unauthorized device.unknown"
	for name, test := range map[string]struct {
		token func(t *testing.T, f kioskFixture) string
		want  string
	}{
		"nothing":             {func(*testing.T, kioskFixture) string { return "" }, unknown},
		"no secret":           {func(t *testing.T, f kioskFixture) string { return f.kiosk.ID }, unknown},
		"an empty secret":     {func(t *testing.T, f kioskFixture) string { f.enrolled(t); return f.kiosk.ID + "." }, unknown},
		"a line break":        {func(t *testing.T, f kioskFixture) string { return f.enrolled(t) + "\n" }, unknown},
		"something very long": {func(t *testing.T, f kioskFixture) string { return f.enrolled(t) + strings.Repeat("A", 400) }, unknown},
		"a kiosk that never had a device": {func(t *testing.T, f kioskFixture) string {
			return f.kiosk.ID + "." + strings.Repeat("A", 43)
		}, unknown},
		"an unknown kiosk": {func(*testing.T, kioskFixture) string { return "AAAAAAAA." + strings.Repeat("A", 43) }, unknown},
		"a wrong secret": {func(t *testing.T, f kioskFixture) string {
			f.enrolled(t)
			return f.kiosk.ID + "." + strings.Repeat("A", 43)
		}, unknown},
		"a user's token": {func(t *testing.T, f kioskFixture) string { return f.login(t, "lan") }, unknown},
		"another tablet took its place": {func(t *testing.T, f kioskFixture) string {
			token := f.enrolled(t)
			f.enrolled(t)
			return token
		}, unknown},
		"revoked": {func(t *testing.T, f kioskFixture) string {
			token := f.enrolled(t)
			for range 2 { // the second time changes nothing
				if _, err := f.RevokeDevice(t.Context(), f.lan, f.kiosk.ID); err != nil {
					t.Error(err)
				}
			}
			return token
		}, "unauthorized device.revoked"},
		"revoked by a process that died half-way": {func(t *testing.T, f kioskFixture) string {
			token := f.enrolled(t)
			device, err := f.store.Devices().Find(t.Context(), f.kiosk.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.RevokeDevice(t.Context(), f.lan, f.kiosk.ID); err != nil {
				t.Error(err)
			}
			device.Stamp(device.Rev+2, nil) // as it was, over what the revocation left
			if err := f.store.Devices().Update(t.Context(), device); err != nil {
				t.Fatal(err)
			}
			return token
		}, "unauthorized device.revoked"},
		"closed": {func(t *testing.T, f kioskFixture) string {
			token := f.enrolled(t)
			f.close(t, true)
			return token
		}, "unauthorized kiosk.closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newKioskFixture(t)
			token := test.token(t, f)
			if kiosk, err := f.Device(t.Context(), token); problem(err) != test.want || kiosk.ID != "" {
				t.Errorf("got %+v, %v; want %s", kiosk, err, test.want)
			}
			if next, err := f.RotateDevice(t.Context(), token); problem(err) != test.want || next != "" {
				t.Errorf("rotated to %q, %v; want %s", next, err, test.want)
			}
		})
	}
}

// interrupted is a store that lets something happen after a device was looked up.
type interrupted struct {
	survey.Store
	found func()
}

func (i *interrupted) Devices() survey.Collection[survey.Device] {
	return foundDevices{i.Store.Devices(), i}
}

type foundDevices struct {
	survey.Collection[survey.Device]
	i *interrupted
}

func (d foundDevices) Find(ctx context.Context, key string) (survey.Device, error) {
	device, err := d.Collection.Find(ctx, key)
	if found := d.i.found; found != nil {
		d.i.found = nil
		found()
	}
	return device, err
}

func TestARevocationSparesADeviceEnrolledMeanwhile(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	old := f.enrolled(t)
	var token string
	store := &interrupted{Store: f.store, found: func() { token = f.enrolled(t) }}
	slow := identity.New(identity.Options{Store: store, Registry: f.registry, Now: f.clock.now, Random: rand.Reader})
	if _, err := slow.RevokeDevice(ctx, f.lan, f.kiosk.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Device(ctx, token); err != nil || token == "" {
		t.Errorf("the new device: %v", err)
	}
	if _, err := f.Device(ctx, old); problem(err) != "unauthorized device.unknown" {
		t.Errorf("the old device: %v", err)
	}
	if devices, err := f.Devices(ctx, f.lan); err != nil || len(devices) != 1 {
		t.Errorf("devices %v, %v", devices, err)
	}
}

func TestARevokedDeviceKeepsNoSecrets(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	if _, err := f.RotateDevice(ctx, f.enrolled(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.RevokeDevice(ctx, f.lan, f.kiosk.ID); err != nil {
		t.Fatal(err)
	}
	if device, err := f.store.Devices().Find(ctx, f.kiosk.ID); err == nil && len(device.TokenHash)+len(device.NextHash)+len(device.Salt) > 0 {
		t.Errorf("kept %+v", device)
	}
	if devices, err := f.Devices(ctx, f.lan); err != nil || len(devices) != 0 {
		t.Errorf("devices %v, %v", devices, err)
	}
}

func TestAClosedKioskGoesOnWhenOpened(t *testing.T) {
	f := newKioskFixture(t)
	token := f.enrolled(t)
	f.close(t, true)
	f.close(t, false)
	if _, err := f.Device(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestRotation(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	first := f.enrolled(t)
	second, err := f.RotateDevice(ctx, first)
	if err != nil || second == first || !strings.HasPrefix(second, f.kiosk.ID+".") {
		t.Fatalf("%q, %v", second, err)
	}
	f.clock.pass(48 * time.Hour)
	if _, err := f.Device(ctx, first); err != nil {
		t.Errorf("the old token lives until the new one is used: %v", err)
	}
	if again, err := f.RotateDevice(ctx, first); err != nil || again != second {
		t.Errorf("asking again gives %q, %v", again, err)
	}
	if _, err := f.Device(ctx, second); err != nil {
		t.Fatal(err)
	}
	for what, ask := range map[string]func() error{
		"a request":  func() error { _, err := f.Device(ctx, first); return err },
		"a rotation": func() error { _, err := f.RotateDevice(ctx, first); return err },
	} {
		if err := ask(); problem(err) != "unauthorized device.unknown" {
			t.Errorf("%s with the old token: %v", what, err)
		}
	}
	// The first use of a token may be its own rotation.
	third, err := f.RotateDevice(ctx, second)
	if err != nil {
		t.Fatal(err)
	}
	fourth, err := f.RotateDevice(ctx, third)
	if err != nil || fourth == third {
		t.Fatal(err)
	}
	if _, err := f.Device(ctx, second); problem(err) != "unauthorized device.unknown" {
		t.Errorf("the token before: %v", err)
	}
	if _, err := f.Device(ctx, third); err != nil {
		t.Errorf("the token in use: %v", err)
	}
	if _, err := f.RevokeDevice(ctx, f.lan, f.kiosk.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Device(ctx, fourth); problem(err) != "unauthorized device.revoked" {
		t.Errorf("a token that was never used: %v", err)
	}
	device := f.enrolled(t)
	if _, err := f.Device(ctx, device); err != nil {
		t.Errorf("enrolled again: %v", err)
	}
}

func TestCrossingRotationsGiveOneToken(t *testing.T) {
	f := newKioskFixture(t)
	token := f.enrolled(t)
	nodes := []*identity.Service{f.Service, f.node(t, rand.Reader)}
	next := make([]string, 8)
	var wg sync.WaitGroup
	for i := range next {
		wg.Go(func() {
			var err error
			if next[i], err = nodes[i%2].RotateDevice(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := nodes[i%2].Device(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, other := range next {
		if other != next[0] {
			t.Fatal("rotations that cross give different tokens")
		}
	}
	for range next {
		wg.Go(func() {
			if _, err := f.Device(t.Context(), next[0]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestDevices(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	at := f.clock.now()
	token := f.enrolled(t)
	f.clock.pass(4 * time.Minute)
	for _, step := range []struct {
		pass time.Duration
		seen time.Time
	}{{0, at}, {time.Minute, at.Add(5 * time.Minute)}, {4 * time.Minute, at.Add(5 * time.Minute)}} {
		f.clock.pass(step.pass)
		if _, err := f.Device(ctx, token); err != nil {
			t.Fatal(err)
		}
		states, err := f.Devices(ctx, f.lan)
		if state := states[f.kiosk.ID]; err != nil || len(states) != 1 || !state.EnrolledAt.Equal(at) || !state.SeenAt.Equal(step.seen) {
			t.Errorf("got %+v, %v; want seen at %s", states, err, step.seen)
		}
	}
	for name, actor := range map[string]survey.Actor{
		"nobody":              {},
		"a viewer":            {User: "v", Grants: []survey.Grant{{Role: survey.RoleViewer}}},
		"a manager elsewhere": {User: "m", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "khac"}}},
	} {
		if states, err := f.Devices(ctx, actor); err != nil || len(states) != 0 {
			t.Errorf("%s sees %v, %v", name, states, err)
		}
	}
	if _, err := f.RevokeDevice(ctx, f.lan, f.kiosk.ID); err != nil {
		t.Fatal(err)
	}
	if states, err := f.Devices(ctx, f.admin); err != nil || len(states) != 0 {
		t.Errorf("after the revocation: %v, %v", states, err)
	}
}

func TestActsOnDevicesAreAudited(t *testing.T) {
	f := newKioskFixture(t)
	ctx := t.Context()
	token := f.enrolled(t)
	if _, err := f.RotateDevice(ctx, token); err != nil {
		t.Fatal(err)
	}
	kiosk, err := f.RevokeDevice(ctx, f.lan, f.kiosk.ID)
	if err != nil || kiosk.Rev != 3 || kiosk.Enrolments != 1 || kiosk.Revoked != 1 {
		t.Fatalf("%+v, %v", kiosk, err)
	}
	if _, err := f.RevokeDevice(ctx, f.lan, f.kiosk.ID); err != nil {
		t.Fatal(err)
	}
	entries, err := f.registry.Audit(ctx, f.admin, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range entries {
		if e.Collection == registry.CollectionKiosks {
			acts = append(acts, e.Actor+" "+string(e.Action)+" "+strings.ReplaceAll(e.ID, f.kiosk.ID, "K")+" "+e.Agency)
		}
	}
	want := "admin create kiosks/K/1 xa-binh-minh, lan enrol kiosks/K/2 xa-binh-minh, lan revoke kiosks/K/3 xa-binh-minh"
	if got := strings.Join(acts, ", "); got != want {
		t.Errorf("audited: %s", got)
	}
	if shown, _ := f.registry.Snapshot().Kiosk(f.kiosk.ID); shown.Rev != 3 {
		t.Errorf("the snapshot shows revision %d", shown.Rev)
	}
}

func TestWithoutRandomnessNoDeviceIsEnrolled(t *testing.T) {
	f := newKioskFixture(t)
	code, token := f.issue(t), ""
	blind := f.node(t, io.LimitReader(rand.Reader, 4))
	if _, got, err := blind.Enrol(t.Context(), code); !survey.IsCode(err, survey.CodeInternal) || got != "" {
		t.Errorf("enrolled with %q, %v", got, err)
	}
	var err error
	if _, token, err = f.Enrol(t.Context(), code); err != nil {
		t.Errorf("the code was used up: %v", err)
	}
	if next, err := blind.RotateDevice(t.Context(), token); !survey.IsCode(err, survey.CodeInternal) || next != "" {
		t.Errorf("rotated to %q, %v", next, err)
	}
	if got, _, err := blind.IssueEnrolment(t.Context(), f.lan, f.kiosk.ID); !survey.IsCode(err, survey.CodeInternal) || got != "" {
		t.Errorf("issued %q, %v", got, err)
	}
}
