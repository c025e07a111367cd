package receipts_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/receipts"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
	"sipas/survey/storetest"
)

const (
	desk  = "K7QX2M9A4T"
	other = "000000000Q"
)

var (
	manager  = survey.Actor{User: "lan", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "xa-binh-minh"}}}
	stranger = survey.Actor{User: "mai", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "xa-khac"}}}
)

type fixture struct {
	*receipts.Service
	options receipts.Options
	store   *storetest.FaultyStore
	at      *time.Time
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	file, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sipas.db"))
	must(t, err)
	t.Cleanup(func() { file.Close() })
	at := time.Date(2026, 11, 23, 7, 33, 46, 0, time.UTC)
	f := fixture{store: storetest.Faulty(file), at: &at}
	now := func() time.Time { return *f.at }
	must(t, f.store.Create(t.Context(), survey.Identity{ID: "test", CreatedAt: at}))
	reg, err := registry.Open(t.Context(), registry.Options{Store: f.store, Now: now, Random: rand.Reader})
	must(t, err)
	name := survey.Text{survey.Vietnamese: "Tên"}
	agency := func(id, parent string) survey.Agency {
		return survey.Agency{ID: id, Parent: parent, Kind: survey.KindCommune, Level: survey.LevelCommune, Name: name, ValidFrom: "2025-07-01"}
	}
	root := agency("tinh", "")
	root.Kind, root.Level = survey.KindProvince, survey.LevelProvince
	must(t, reg.Load(t.Context(), registry.Catalogue{Agencies: []survey.Agency{root, agency("xa-binh-minh", "tinh"), agency("xa-khac", "tinh")},
		Points: []survey.Point{{Code: desk, Agency: "xa-binh-minh", Name: name, Delivery: survey.DeliveryCounter, Questionnaire: "quick"},
			{Code: other, Agency: "xa-binh-minh", Name: name, Delivery: survey.DeliveryCounter, Questionnaire: "quick"}}}))
	f.options = receipts.Options{Store: f.store, Registry: reg, Key: []byte("0123456789abcdef"), Now: now, Random: rand.Reader}
	f.Service = receipts.New(f.options)
	return f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// said gives an error as "path: reason; …", or as its code.
func said(err error) string {
	var e *survey.Error
	if !errors.As(err, &e) {
		return ""
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Path+": "+f.Reason)
	}
	if len(all) == 0 {
		return string(e.Code)
	}
	return strings.Join(all, "; ")
}

func (f fixture) batch(t *testing.T, count int) (receipts.Batch, []string) {
	t.Helper()
	batch, codes, err := f.Make(t.Context(), manager, receipts.Order{Point: desk, Count: count, Days: 7})
	must(t, err)
	return batch, codes
}

func (f fixture) use(code, secret string) receipts.Use {
	return receipts.Use{Point: desk, Code: code, Secret: secret, At: *f.at}
}

// listed gives the state and the counts of a batch.
func (f fixture) listed(t *testing.T, id string) (receipts.State, int, int) {
	t.Helper()
	all, err := f.Batches(t.Context(), manager, desk)
	must(t, err)
	for _, b := range all {
		if b.ID == id {
			if b.Used == nil {
				return b.State, -1, -1
			}
			return b.State, *b.Used, *b.Unused
		}
	}
	t.Fatal("the batch is not listed")
	return "", 0, 0
}

func TestACodeIsUsedOnce(t *testing.T) {
	f := newFixture(t)
	batch, codes := f.batch(t, 12)
	if batch.LastDay != "2026-11-30" || batch.MadeOn != "2026-11-23" || batch.By != "lan" || len(codes) != 12 {
		t.Fatalf("made %+v with %d codes", batch, len(codes))
	}
	elsewhere := f.use(codes[1], "page")
	elsewhere.Point = other
	foreign := receipts.New(receipts.Options{Store: f.store, Registry: f.options.Registry, Key: []byte("fedcba9876543210"), Now: f.options.Now, Random: rand.Reader})
	for _, step := range []struct {
		name string
		use  receipts.Use
		by   *receipts.Service
		want string
	}{
		{"taken", f.use(codes[0], "page"), f.Service, ""},
		{"taken again by the same page", f.use(codes[0], "page"), f.Service, ""},
		{"taken by another page", f.use(codes[0], "another"), f.Service, "receiptCode: receiptCode.used"},
		{"never made", f.use("00000000000Q", "page"), f.Service, "receiptCode: receiptCode.unknown"},
		{"at another point", elsewhere, f.Service, "receiptCode: receiptCode.unknown"},
		{"with another key", f.use(codes[1], "page"), foreign, "receiptCode: receiptCode.unknown"},
		{"another one", f.use(codes[1], "page"), f.Service, ""},
	} {
		look, take := said(step.by.Look(t.Context(), step.use)), said(step.by.Take(t.Context(), step.use))
		if look != step.want || take != step.want {
			t.Errorf("%s: looked %q, took %q, want %q", step.name, look, take, step.want)
		}
	}
	if state, used, unused := f.listed(t, batch.ID); state != receipts.StateGood || used != 2 || unused != 10 {
		t.Errorf("%s, %d used, %d unused", state, used, unused)
	}
}

// Two nodes that are sent one code at the same moment.
func TestOfManyTakersOneSucceeds(t *testing.T) {
	f := newFixture(t)
	batch, codes := f.batch(t, 10)
	second := receipts.New(f.options)
	var taken []string
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range 12 {
		node, secret := f.Service, strings.Repeat("s", i+1)
		if i%2 == 1 {
			node = second
		}
		group.Go(func() {
			err := node.Take(context.Background(), f.use(codes[0], secret))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken = append(taken, secret)
			} else if said(err) != "receiptCode: receiptCode.used" {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(taken) != 1 {
		t.Fatalf("taken %d times", len(taken))
	}
	if said(second.Take(t.Context(), f.use(codes[0], taken[0]))) != "" {
		t.Error("who took it cannot send again")
	}
	if _, used, _ := f.listed(t, batch.ID); used != 1 {
		t.Errorf("%d are used", used)
	}
}

func TestCodesAreJudgedByTheTimeOfTheRating(t *testing.T) {
	f := newFixture(t)
	batch, codes := f.batch(t, 10)
	lastMoment := survey.Date("2026-12-01").Start().Add(-time.Millisecond)
	given := func(code string, at time.Time) receipts.Use {
		u := f.use(code, "page")
		u.At = at
		return u
	}
	must(t, f.Take(t.Context(), f.use(codes[0], "early")))
	*f.at = f.at.AddDate(0, 0, 20)
	for _, step := range []struct {
		name string
		use  receipts.Use
		want string
	}{
		{"given now", given(codes[1], *f.at), "receiptCode: receiptCode.expired"},
		{"given the moment after the last day", given(codes[1], lastMoment.Add(time.Millisecond)), "receiptCode: receiptCode.expired"},
		{"given on the last day, sent later", given(codes[1], lastMoment), ""},
		{"taken while it was good, sent again", given(codes[0], *f.at), "receiptCode: receiptCode.used"},
	} {
		if got := said(f.Take(t.Context(), step.use)); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	if got := said(f.Take(t.Context(), f.use(codes[0], "early"))); got != "" {
		t.Errorf("sent again by the page that took it: %q", got)
	}
	if state, used, unused := f.listed(t, batch.ID); state != receipts.StateExpired || used != 2 || unused != 8 {
		t.Errorf("%s, %d used, %d unused", state, used, unused)
	}
	if _, err := f.Revoke(t.Context(), manager, batch.ID); err != nil {
		t.Fatal(err)
	}
	if got := said(f.Take(t.Context(), given(codes[2], lastMoment))); got != "receiptCode: receiptCode.revoked" {
		t.Errorf("given before the revocation: %q", got)
	}
	if got := said(f.Take(t.Context(), f.use(codes[0], "early"))); got != "" {
		t.Errorf("taken before the revocation, sent again: %q", got)
	}
	if state, used, unused := f.listed(t, batch.ID); state != receipts.StateRevoked || used != 2 || unused != 8 {
		t.Errorf("%s, %d used, %d unused", state, used, unused)
	}
}

// A secret that the ledger knows, too, must not be found in what stays.
func TestForget(t *testing.T) {
	f := newFixture(t)
	batch, codes := f.batch(t, 10)
	must(t, f.Take(t.Context(), f.use(codes[0], "id")))
	must(t, f.Forget(t.Context(), f.use(codes[0], "another")))
	must(t, f.Forget(t.Context(), f.use("00000000000Q", "id")))
	if got := said(f.Take(t.Context(), f.use(codes[0], "id"))); got != "" {
		t.Errorf("before it was forgotten: %q", got)
	}
	for range 2 {
		must(t, f.Forget(t.Context(), f.use(codes[0], "id")))
		if got := said(f.Take(t.Context(), f.use(codes[0], "id"))); got != "receiptCode: receiptCode.used" {
			t.Errorf("after it was forgotten: %q", got)
		}
	}
	all, err := f.store.ReceiptCodes().List(t.Context())
	must(t, err)
	if slices.ContainsFunc(all, func(c survey.ReceiptCode) bool { return c.Holder != nil }) {
		t.Error("a holder is kept")
	}
	if _, used, _ := f.listed(t, batch.ID); used != 1 {
		t.Errorf("%d are used", used)
	}
}

func TestMakeRefuses(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		name  string
		actor survey.Actor
		order receipts.Order
		want  string
	}{
		{"nothing", manager, receipts.Order{Point: desk}, "count: range; days: range"},
		{"too much", manager, receipts.Order{Point: desk, Count: receipts.MaxCount + 1, Days: receipts.MaxDays + 1, Note: strings.Repeat("đ", receipts.MaxNote+1)},
			"count: range; days: range; note: tooLong"},
		{"no point", manager, receipts.Order{Point: "1111111118", Count: 1, Days: 1}, "not_found"},
		{"a stranger", stranger, receipts.Order{Point: desk, Count: 1, Days: 1}, "forbidden"},
	} {
		if _, codes, err := f.Make(t.Context(), c.actor, c.order); said(err) != c.want || codes != nil {
			t.Errorf("%s: %q, want %q", c.name, said(err), c.want)
		}
	}
	if all, err := f.store.ReceiptBatches().List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d batches, %v", len(all), err)
	}
	batch, codes, err := f.Make(t.Context(), manager, receipts.Order{Point: desk, Count: receipts.MaxCount, Days: receipts.MaxDays, Note: "  Quầy \n 3 "})
	must(t, err)
	slices.Sort(codes)
	if len(slices.Compact(codes)) != receipts.MaxCount || batch.Note != "Quầy 3" {
		t.Errorf("%d codes, note %q", len(codes), batch.Note)
	}
}

func TestRightsOfBatches(t *testing.T) {
	f := newFixture(t)
	batch, _ := f.batch(t, 10)
	if _, err := f.Batches(t.Context(), stranger, desk); said(err) != "forbidden" {
		t.Error(err)
	}
	if _, err := f.Revoke(t.Context(), stranger, batch.ID); said(err) != "forbidden" {
		t.Error(err)
	}
	if _, err := f.Revoke(t.Context(), manager, "none"); said(err) != "not_found" {
		t.Error(err)
	}
	for range 2 {
		if revoked, err := f.Revoke(t.Context(), manager, batch.ID); err != nil || revoked.State != receipts.StateRevoked || revoked.RevokedOn != "2026-11-23" {
			t.Errorf("%+v, %v", revoked, err)
		}
	}
	entries, err := f.store.Audit().After(t.Context(), 0, 100)
	must(t, err)
	var acts []string
	for _, e := range entries {
		if e.Collection == registry.CollectionReceipts {
			acts = append(acts, e.Actor+" "+string(e.Action)+" "+e.Agency)
		}
	}
	if want := []string{"lan create xa-binh-minh", "lan revoke xa-binh-minh"}; !slices.Equal(acts, want) {
		t.Errorf("audited %q, want %q", acts, want)
	}
}

// The number of used codes of a few would tell of one citizen.
func TestSmallBatchesAreNotCounted(t *testing.T) {
	f := newFixture(t)
	batch, codes := f.batch(t, 9)
	must(t, f.Take(t.Context(), f.use(codes[0], "page")))
	if state, used, _ := f.listed(t, batch.ID); state != receipts.StateGood || used != -1 {
		t.Errorf("%s, %d used", state, used)
	}
}

func TestOldCodesAreForgottenAndStayCounted(t *testing.T) {
	f := newFixture(t)
	old, codes := f.batch(t, 10)
	must(t, f.Take(t.Context(), f.use(codes[0], "page")))
	kept := func() int {
		all, err := f.store.ReceiptCodes().List(t.Context())
		must(t, err)
		return len(all)
	}
	*f.at = survey.Date("2026-11-30").AddDays(31).Start()
	f.batch(t, 10)
	if n := kept(); n != 20 {
		t.Errorf("on the last day on which a page of theirs may come, %d codes are kept", n)
	}
	*f.at = f.at.AddDate(0, 0, 1)
	f.batch(t, 10)
	if n := kept(); n != 20 {
		t.Errorf("then %d codes are kept, want the 20 of later batches", n)
	}
	if state, used, unused := f.listed(t, old.ID); state != receipts.StateExpired || used != 1 || unused != 9 {
		t.Errorf("%s, %d used, %d unused", state, used, unused)
	}
	if got := said(f.Take(t.Context(), f.use(codes[1], "page"))); got != "receiptCode: receiptCode.unknown" {
		t.Errorf("a forgotten code: %q", got)
	}
}

// A batch that is changed while the used codes are noted keeps its codes until the next time.
func TestCodesAreForgottenOnlyOnceTheyAreCounted(t *testing.T) {
	f := newFixture(t)
	old, codes := f.batch(t, 10)
	must(t, f.Take(t.Context(), f.use(codes[0], "page")))
	*f.at = f.at.AddDate(0, 0, 60)
	s := receipts.New(receipts.Options{Store: overtakenBatches{f.store}, Registry: f.options.Registry, Key: f.options.Key, Now: f.options.Now, Random: rand.Reader})
	for i, step := range []struct {
		by   *receipts.Service
		kept int
	}{{s, 20}, {f.Service, 20}} {
		_, _, err := step.by.Make(t.Context(), manager, receipts.Order{Point: desk, Count: 10, Days: 7})
		must(t, err)
		all, err := f.store.ReceiptCodes().List(t.Context())
		must(t, err)
		if len(all) != step.kept {
			t.Errorf("step %d: %d codes are kept, want %d", i, len(all), step.kept)
		}
		if _, used, unused := f.listed(t, old.ID); used != 1 || unused != 9 {
			t.Errorf("step %d: %d used, %d unused", i, used, unused)
		}
	}
}

// overtakenBatches is a store in which somebody else is always first to change a batch.
type overtakenBatches struct{ survey.Store }

func (o overtakenBatches) ReceiptBatches() survey.Collection[survey.ReceiptBatch] {
	return overtaken{o.Store.ReceiptBatches()}
}

type overtaken struct {
	survey.Collection[survey.ReceiptBatch]
}

func (overtaken) Update(context.Context, survey.ReceiptBatch) error {
	return &survey.Error{Code: survey.CodeConflict}
}

// Nothing in the store is a code, and its order is not that of the sheets.
func TestWhatIsKept(t *testing.T) {
	f := newFixture(t)
	_, codes := f.batch(t, 50)
	must(t, f.Take(t.Context(), f.use(codes[0], "secret of a page")))
	all, err := f.store.ReceiptCodes().List(t.Context())
	must(t, err)
	text, err := json.Marshal(all)
	must(t, err)
	for _, secret := range append(slices.Clone(codes), "secret of a page") {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q is kept", secret)
		}
	}
	if !slices.IsSortedFunc(all, func(a, b survey.ReceiptCode) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the codes stand in another order than that of their hashes")
	}
}

// Codes that nobody was given are not good.
func TestABatchWithoutItsCodesIsRevoked(t *testing.T) {
	f := newFixture(t)
	broken := brokenCodes{f.store}
	s := receipts.New(receipts.Options{Store: broken, Registry: f.options.Registry, Key: f.options.Key, Now: f.options.Now, Random: rand.Reader})
	if _, codes, err := s.Make(t.Context(), manager, receipts.Order{Point: desk, Count: 10, Days: 1}); said(err) != "unavailable" || codes != nil {
		t.Errorf("%v, %d codes", err, len(codes))
	}
	all, err := f.Batches(t.Context(), manager, desk)
	must(t, err)
	if len(all) != 1 || all[0].State != receipts.StateRevoked {
		t.Errorf("%+v", all)
	}
}

// brokenCodes is a store that takes no codes.
type brokenCodes struct{ survey.Store }

func (b brokenCodes) ReceiptCodes() survey.ReceiptCodeStore {
	return fullCodes{b.Store.ReceiptCodes()}
}

type fullCodes struct{ survey.ReceiptCodeStore }

func (fullCodes) CreateAll(context.Context, []survey.ReceiptCode) error {
	return &survey.Error{Code: survey.CodeUnavailable}
}

func TestAStoreThatIsAway(t *testing.T) {
	f := newFixture(t)
	_, codes := f.batch(t, 10)
	f.store.SetReadOnly(true)
	if got := said(f.Take(t.Context(), f.use(codes[0], "page"))); got != "unavailable" {
		t.Errorf("taken: %q", got)
	}
	f.store.SetReadOnly(false)
	if got := said(f.Take(t.Context(), f.use(codes[0], "another"))); got != "" {
		t.Errorf("what was not taken is not free: %q", got)
	}
}
