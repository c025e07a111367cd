package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/ledger"
	"sipas/survey/receipts"
)

// ask makes a point ask for receipt codes.
func (f fixture) ask(t *testing.T, code string, use survey.ReceiptUse) {
	t.Helper()
	point, _ := f.Registry.Snapshot().Point(code)
	point.ReceiptCode = use
	if _, err := f.Registry.UpdatePoint(t.Context(), survey.System, point); err != nil {
		t.Fatal(err)
	}
}

// codes makes a batch of ten for a point.
func (f fixture) codes(t *testing.T, point string) []string {
	t.Helper()
	_, codes, err := f.receipts.Make(t.Context(), survey.System, receipts.Order{Point: point, Count: 10, Days: 7})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// used gives how many codes of a point were used.
func (f fixture) used(t *testing.T, point string) (n int) {
	t.Helper()
	all, err := f.receipts.Batches(t.Context(), survey.System, point)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		n += *b.Used
	}
	return n
}

func (f fixture) page(receipt survey.ReceiptUse) intake.Page {
	page, _ := f.Issue(intake.Page{Point: onePoint, Questionnaire: "quick", Version: 1, Receipt: receipt})
	return page
}

func TestWhoIsAskedForACode(t *testing.T) {
	const needed = "invalid: receiptCode: receiptCode.required"
	kiosk := survey.Kiosk{ID: "7QX2M9A4", Point: onePoint, Points: []string{onePoint}}
	for _, c := range []struct {
		name             string
		point            survey.ReceiptUse
		credential       func(f fixture) intake.Credential
		capture          string
		without, withOne string
		uses             int
	}{
		{"a page of a point without codes", survey.ReceiptNone, byPage(survey.ReceiptNone), "qr", "stored", "stored", 0},
		{"a page that offered it", survey.ReceiptOptional, byPage(survey.ReceiptOptional), "qr", "stored", "stored", 1},
		{"a page that demanded it", survey.ReceiptRequired, byPage(survey.ReceiptRequired), "qr", needed, "stored", 1},
		{"a page of before codes were offered", survey.ReceiptOptional, byPage(""), "qr", "stored", "stored", 0},
		{"a page of before codes were demanded", survey.ReceiptRequired, byPage(""), "qr", "stored", "stored", 0},
		{"a page of when they were only offered", survey.ReceiptRequired, byPage(survey.ReceiptOptional), "link", "stored", "stored", 1},
		{"a page of when they were demanded", survey.ReceiptOptional, byPage(survey.ReceiptRequired), "link", "stored", "stored", 1},
		{"a page of when they were asked for", survey.ReceiptNone, byPage(survey.ReceiptRequired), "link", "stored", "stored", 0},
		{"staff", survey.ReceiptRequired, func(fixture) intake.Credential { return intake.Credential{Actor: &admin} }, "paper", needed, "stored", 1},
		{"staff where it is offered", survey.ReceiptOptional, func(fixture) intake.Credential { return intake.Credential{Actor: &admin} }, "import", "stored", "stored", 1},
		{"a kiosk", survey.ReceiptRequired, func(fixture) intake.Credential { return intake.Credential{Kiosk: &kiosk} }, "kiosk", "stored", "stored", 0},
		{"a kiosk's queue in a file", survey.ReceiptRequired, func(fixture) intake.Credential { return intake.Credential{Kiosk: &kiosk, Actor: &admin} }, "kiosk", "stored", "stored", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			f.ask(t, onePoint, c.point)
			codes := f.codes(t, onePoint)
			for _, way := range []struct {
				code any
				want string
			}{{nil, c.without}, {codes[0], c.withOne}} {
				credential := c.credential(f)
				item := rating(onePoint, sent{"capture": c.capture, "receiptCode": way.code})
				if credential.Page != nil {
					item["id"] = credential.Page.ID
				}
				results, err := f.SubmitJSON(t.Context(), credential, raw(t, item))
				if err != nil || said(results[0]) != way.want {
					t.Errorf("with the code %v: %s, %v, want %s", way.code, said(results[0]), err, way.want)
				}
			}
			if n := f.used(t, onePoint); n != c.uses {
				t.Errorf("%d codes are used, want %d", n, c.uses)
			}
		})
	}
}

func byPage(receipt survey.ReceiptUse) func(fixture) intake.Credential {
	return func(f fixture) intake.Credential {
		page := f.page(receipt)
		return intake.Credential{Page: &page}
	}
}

// The same id answers the same, however often and whatever became of the code; another page has no use of it.
func TestACodeGivesOneRating(t *testing.T) {
	f := newFixture(t)
	f.ask(t, onePoint, survey.ReceiptRequired)
	codes := f.codes(t, onePoint)
	page, other := f.page(survey.ReceiptRequired), f.page(survey.ReceiptRequired)
	for i, step := range []struct {
		page    intake.Page
		changes sent
		want    string
	}{
		{page, sent{"answers": map[string]any{}, "receiptCode": nil}, "invalid: answers.overall: required; receiptCode: receiptCode.required"},
		{page, sent{"answers": map[string]any{}, "receiptCode": codes[0]}, "invalid: answers.overall: required"},
		{page, sent{"receiptCode": 7}, "invalid: receiptCode: type"},
		{page, sent{"receiptCode": "K7QX"}, "invalid: receiptCode: receiptCode.format"},
		{page, sent{"receiptCode": "00000000000Q"}, "invalid: receiptCode: receiptCode.unknown"},
		{page, sent{"receiptCode": " " + strings.ToLower(survey.ShowReceiptCode(codes[0]))}, "stored"},
		{page, sent{"receiptCode": codes[0]}, "duplicate"},
		{page, sent{"receiptCode": codes[1]}, "duplicate"},
		{page, sent{"receiptCode": nil}, "duplicate"},
		{page, sent{"receiptCode": codes[0], "answers": map[string]any{"overall": 1}}, "conflict: response.alreadySent"},
		{other, sent{"receiptCode": codes[0]}, "invalid: receiptCode: receiptCode.used"},
		{other, sent{"receiptCode": codes[1]}, "stored"},
	} {
		if got := said(f.sendPage(t, step.page, step.changes)); got != step.want {
			t.Errorf("step %d: got %s, want %s", i, got, step.want)
		}
	}
	if n := f.used(t, onePoint); n != 2 {
		t.Errorf("%d codes are used, want 2", n)
	}
	*f.at = f.at.AddDate(0, 0, 20)
	if got := said(f.sendPage(t, page, sent{"receiptCode": codes[0]})); got != "duplicate" {
		t.Errorf("after the code expired: %s", got)
	}
}

// A form that waits on a phone keeps the time at which it was filled in.
func TestACodeIsJudgedByTheTimeOfTheRating(t *testing.T) {
	f := newFixture(t)
	f.ask(t, onePoint, survey.ReceiptRequired)
	codes := f.codes(t, onePoint)
	then, now := f.page(survey.ReceiptRequired), f.page(survey.ReceiptRequired)
	answered := f.at.Add(time.Minute).Format(time.RFC3339Nano)
	*f.at = f.at.AddDate(0, 0, 20)
	if got := said(f.sendPage(t, now, sent{"receiptCode": codes[0]})); got != "invalid: receiptCode: receiptCode.expired" {
		t.Errorf("answered now: %s", got)
	}
	if got := said(f.sendPage(t, then, sent{"receiptCode": codes[0], "answeredAt": answered, "clockOffset": 0})); got != "stored" {
		t.Errorf("answered then: %s", got)
	}
}

// What a crash leaves between the use of the code and the storing of the rating.
func TestARatingThatWasNotStoredIsFinishedByItsPage(t *testing.T) {
	f := newFixture(t)
	f.ask(t, onePoint, survey.ReceiptRequired)
	codes := f.codes(t, onePoint)
	broken := intake.New(intake.Options{Registry: f.Registry, Ledger: deadLedger{f.ledger}, PageKey: []byte("0123456789abcdef"), Receipts: f.receipts,
		Now: func() time.Time { return *f.at }})
	page := f.page(survey.ReceiptRequired)
	item := raw(t, answer(page, sent{"receiptCode": codes[0]}))
	if _, err := broken.SubmitJSON(t.Context(), intake.Credential{Page: &page}, item); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Fatal(err)
	}
	if n := f.used(t, onePoint); n != 1 {
		t.Fatalf("%d codes are used, want 1", n)
	}
	if got := said(f.sendPage(t, f.page(survey.ReceiptRequired), sent{"receiptCode": codes[0]})); got != "invalid: receiptCode: receiptCode.used" {
		t.Errorf("another page: %s", got)
	}
	for _, want := range []string{"stored", "duplicate"} {
		if got := said(f.sendPage(t, page, sent{"receiptCode": codes[0]})); got != want {
			t.Errorf("the page: %s, want %s", got, want)
		}
	}
}

// deadLedger takes nothing.
type deadLedger struct{ *ledger.Ledger }

func (deadLedger) Append(context.Context, []ledger.Draft) ([]ledger.Appended, error) {
	return nil, &survey.Error{Code: survey.CodeUnavailable}
}

// Two nodes are sent the same code by two people at the same moment.
func TestOfManyRatingsWithOneCodeOneIsStored(t *testing.T) {
	f := newFixture(t)
	f.ask(t, onePoint, survey.ReceiptRequired)
	codes := f.codes(t, onePoint)
	second := intake.New(intake.Options{Registry: f.registry(t), Ledger: f.ledger, PageKey: []byte("0123456789abcdef"), Receipts: f.receipts,
		Now: func() time.Time { return *f.at }})
	var mu sync.Mutex
	outcomes := map[string]int{}
	var group sync.WaitGroup
	for i := range 10 {
		page, node := f.page(survey.ReceiptRequired), f.Service
		if i%2 == 1 {
			node = second
		}
		item := raw(t, answer(page, sent{"receiptCode": codes[0]}))
		group.Go(func() {
			results, err := node.SubmitJSON(t.Context(), intake.Credential{Page: &page}, item)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			outcomes[said(results[0])]++
		})
	}
	group.Wait()
	if len(outcomes) != 2 || outcomes["stored"] != 1 || outcomes["invalid: receiptCode: receiptCode.used"] != 9 {
		t.Errorf("%v", outcomes)
	}
}

// Staff hand in many forms at once; one with a bad code refuses no other, and an
// id that is twice in the batch lends its place to nobody.
func TestCodesInABatch(t *testing.T) {
	f := newFixture(t)
	f.ask(t, onePoint, survey.ReceiptRequired)
	codes := f.codes(t, onePoint)
	twice := uuid.NewString()
	items := []sent{
		rating(onePoint, sent{"receiptCode": codes[0]}),
		rating(onePoint, sent{"receiptCode": codes[0]}),
		rating(onePoint, nil),
		rating(nonePoint, nil),
		rating(onePoint, sent{"id": twice, "receiptCode": "00000000000Q"}),
		rating(onePoint, sent{"id": twice}),
		rating(onePoint, sent{"receiptCode": codes[1]}),
	}
	wants := []string{"stored", "invalid: receiptCode: receiptCode.used", "invalid: receiptCode: receiptCode.required", "stored",
		"invalid: receiptCode: receiptCode.unknown", "invalid: receiptCode: receiptCode.required", "stored"}
	dry, err := f.Check(t.Context(), intake.Credential{Actor: &admin}, submissions(t, items))
	if err != nil || said(dry[0]) != "stored" || said(dry[4]) != wants[4] {
		t.Errorf("dry: %s, %s, %v", said(dry[0]), said(dry[4]), err)
	}
	if n := f.used(t, onePoint); n != 0 {
		t.Errorf("a dry run used %d codes", n)
	}
	for i, r := range f.send(t, items...) {
		if said(r) != wants[i] {
			t.Errorf("item %d: %s, want %s", i, said(r), wants[i])
		}
	}
	if got := said(f.send(t, items[0])[0]); got != "duplicate" {
		t.Errorf("again: %s", got)
	}
	all, err := f.store.ReceiptCodes().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Holder != nil {
			t.Error("what staff used a code with is kept, and it is made of the response's id")
		}
	}
}

func submissions(t *testing.T, items []sent) []survey.Submission {
	t.Helper()
	all := make([]survey.Submission, len(items))
	for i, item := range raw(t, items...) {
		var err *survey.Error
		if all[i], err = intake.Decode(item); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Nothing stored says which rating used which code, or with what.
func TestARatingKeepsNothingOfItsCode(t *testing.T) {
	f := newFixture(t)
	f.ask(t, onePoint, survey.ReceiptOptional)
	codes := f.codes(t, onePoint)
	page, bare := f.page(survey.ReceiptOptional), f.page(survey.ReceiptOptional)
	for _, way := range []struct {
		page    intake.Page
		changes sent
	}{{page, sent{"receiptCode": codes[0]}}, {bare, nil}} {
		if got := said(f.sendPage(t, way.page, way.changes)); got != "stored" {
			t.Fatal(got)
		}
	}
	entries, err := f.store.Ledger().Find(t.Context(), []string{page.ID, bare.ID})
	if err != nil || len(entries) != 2 {
		t.Fatal(len(entries), err)
	}
	if a, b := bytes.ReplaceAll(entries[0].Kept, []byte(page.ID), nil), bytes.ReplaceAll(entries[1].Kept, []byte(bare.ID), nil); !bytes.Equal(a, b) {
		t.Errorf("a rating with a code is stored as\n%s\none without as\n%s", a, b)
	}
	if r := f.stored(t, page.ID); r.ReceiptCode != "" {
		t.Error("the rating has its code")
	}
	all, err := f.store.ReceiptCodes().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{page.ID, page.Secret, codes[0]} {
		if secret == "" || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%q is kept beside the codes", secret)
		}
	}
}

// The store is away when a code is judged: the rating is to be sent again.
func TestACodeThatCannotBeJudgedNow(t *testing.T) {
	f := newFixture(t)
	f.ask(t, onePoint, survey.ReceiptRequired)
	codes := f.codes(t, onePoint)
	away := receipts.New(receipts.Options{Store: noCodes{f.store}, Registry: f.Registry, Key: []byte("0123456789abcdef"), Now: func() time.Time { return *f.at }, Random: randomness})
	node := intake.New(intake.Options{Registry: f.Registry, Ledger: f.ledger, PageKey: []byte("0123456789abcdef"), Receipts: away, Now: func() time.Time { return *f.at }})
	page := f.page(survey.ReceiptRequired)
	results, err := node.SubmitJSON(t.Context(), intake.Credential{Page: &page}, raw(t, answer(page, sent{"receiptCode": codes[0]})))
	if err != nil || results[0].Outcome != survey.OutcomeRetry || results[0].Problem.Code != survey.CodeUnavailable {
		t.Errorf("%+v, %v", results, err)
	}
}

type noCodes struct{ survey.Store }

func (s noCodes) ReceiptCodes() survey.ReceiptCodeStore {
	return unreadableCodes{s.Store.ReceiptCodes()}
}

type unreadableCodes struct{ survey.ReceiptCodeStore }

func (unreadableCodes) Find(context.Context, string) (survey.ReceiptCode, error) {
	return survey.ReceiptCode{}, &survey.Error{Code: survey.CodeUnavailable}
}
