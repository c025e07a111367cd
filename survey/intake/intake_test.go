package intake_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/ledger"
)

func TestSubmitRefusesTheRequest(t *testing.T) {
	f := newFixture(t)
	viewer := survey.Actor{User: "v", Grants: []survey.Grant{{Role: survey.RoleManager}}}
	page, _ := f.IssuePage(onePoint, "quick", 1)
	one := raw(t, rating(onePoint, nil))
	for name, test := range map[string]struct {
		credential intake.Credential
		items      []json.RawMessage
		code       survey.Code
		want       string
	}{
		"no credential":          {intake.Credential{}, one, survey.CodeUnauthorized, "page.token"},
		"two credentials":        {intake.Credential{Page: &page, Actor: &admin}, one, survey.CodeUnauthorized, "page.token"},
		"a page and a kiosk":     {intake.Credential{Page: &page, Kiosk: &survey.Kiosk{Points: []string{onePoint}}}, one, survey.CodeUnauthorized, "page.token"},
		"501 items of a kiosk":   {intake.Credential{Kiosk: &survey.Kiosk{Points: []string{onePoint}}}, slices.Repeat(one, 501), survey.CodeInvalid, "responses: batch.size"},
		"no item of a kiosk":     {intake.Credential{Kiosk: &survey.Kiosk{Points: []string{onePoint}}}, nil, survey.CodeInvalid, "responses: batch.size"},
		"no import right":        {intake.Credential{Actor: &viewer}, one, survey.CodeForbidden, "noRight"},
		"nobody":                 {intake.Credential{Actor: &survey.Actor{}}, one, survey.CodeForbidden, "noRight"},
		"no items":               {intake.Credential{Actor: &admin}, nil, survey.CodeInvalid, "responses: batch.size"},
		"501 items":              {intake.Credential{Actor: &admin}, slices.Repeat(one, 501), survey.CodeInvalid, "responses: batch.size"},
		"two items with a page":  {intake.Credential{Page: &page}, slices.Repeat(one, 2), survey.CodeInvalid, "responses: batch.size"},
		"no item with a page":    {intake.Credential{Page: &page}, nil, survey.CodeInvalid, "responses: batch.size"},
		"not even JSON, no size": {intake.Credential{Actor: &admin}, []json.RawMessage{}, survey.CodeInvalid, "responses: batch.size"},
	} {
		t.Run(name, func(t *testing.T) {
			results, err := f.SubmitJSON(t.Context(), test.credential, test.items)
			if results != nil || problem(err) != test.want || !survey.IsCode(err, test.code) {
				t.Errorf("got %v, %v; want %s %s", results, err, test.code, test.want)
			}
		})
	}
}

func TestSubmitRefusesItems(t *testing.T) {
	f := newFixture(t)
	answers := func(pairs ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	for name, test := range map[string]struct {
		item sent
		want string
	}{
		"nothing": {sent{}, "invalid: id: required; point: required; language: required; capture: required; questionnaire: required"},
		"everything wrong at once": {sent{"id": "7", "point": "K7QX2M9A4S", "language": "fr", "capture": "drone", "questionnaire": "quick", "version": 1,
			"campaign": "x", "answeredAt": "2019-12-31T16:59:59.999Z", "answers": answers("overall", 9, "comment", 1)},
			"invalid: id: format; point: unknown; language: unknown; capture: unknown; campaign: unknown; answeredAt: tooEarly; answers.overall: level; answers.comment: type"},
		"an unknown form":                 {rating(onePoint, sent{"questionnaire": "khong-co"}), "invalid: questionnaire: unknown"},
		"an impossible version":           {rating(onePoint, sent{"version": -1}), "invalid: version: unknown"},
		"a version to come":               {rating(onePoint, sent{"version": 2}), "retry: version: unknown"},
		"a version to come, and worse":    {rating(onePoint, sent{"version": 2, "language": "fr"}), "invalid: language: unknown; version: unknown"},
		"a version to come, too late":     {rating(code(t, closedPoint), sent{"version": 2}), "closed: point.closed"},
		"no version":                      {rating(onePoint, sent{"version": nil}), "invalid: version: required"},
		"a kiosk without a device":        {rating(onePoint, sent{"capture": "kiosk"}), "invalid: capture: notAllowed"},
		"a page's capture by import":      {rating(onePoint, sent{"capture": "qr"}), "invalid: capture: notAllowed"},
		"no rating":                       {rating(onePoint, sent{"answers": nil}), "invalid: answers.overall: required"},
		"a partial without any answer":    {rating(onePoint, sent{"partial": true, "answers": answers()}), "invalid: answers: required"},
		"a partial with an empty comment": {rating(onePoint, sent{"partial": true, "answers": answers("comment", "  \n ")}), "invalid: answers: required"},
		"answers that are a list":         {rating(onePoint, sent{"answers": []int{4}}), "invalid: answers: type"},
		"null as an answer":               {rating(onePoint, sent{"answers": answers("overall", null{})}), "invalid: answers.overall: type"},
		"an unknown item":                 {rating(onePoint, sent{"answers": answers("overall", 4, "tc9", 1)}), "invalid: answers: unknownItem"},
		"a reason that was not asked":     {rating(onePoint, sent{"answers": answers("overall", 4, "reasons_unhappy", []string{"late"})}), "invalid: answers.reasons_unhappy: notShown"},
		"a comment too long":              {rating(onePoint, sent{"answers": answers("overall", 4, "comment", strings.Repeat("ă", 2001))}), "invalid: answers.comment: tooLong"},
		"another field than the only one": {rating(onePoint, sent{"field": "ho-tich"}), "invalid: field: notOfPoint"},
		"a field the point has not":       {rating(severalPoint, sent{"field": "thue"}), "invalid: field: notOfPoint"},
		"a field where there is none":     {rating(nonePoint, sent{"field": "dat-dai"}), "invalid: field: notOfPoint"},
		"an unknown procedure":            {rating(severalPoint, sent{"field": "ho-tich", "procedure": "khong-co"}), "invalid: procedure: unknown"},
		"a procedure of another field":    {rating(severalPoint, sent{"field": "dat-dai", "procedure": "khai-sinh"}), "invalid: procedure: notOfField"},
		"a procedure without its field":   {rating(severalPoint, sent{"procedure": "khai-sinh"}), "invalid: procedure: notOfField"},
		"a closed point":                  {rating(code(t, closedPoint), nil), "closed: point.closed"},
		"a point not open yet":            {rating(code(t, earlyPoint), nil), "closed: point.closed"},
		"closed since that very day":      {rating(code(t, closedPoint), sent{"answeredAt": "2026-10-31T17:00:00Z"}), "closed: point.closed"},
		"an agency that has ended":        {rating(code(t, endedPoint), nil), "closed: agency.closed"},
		"an agency not yet begun":         {rating(onePoint, sent{"answeredAt": "2025-06-30T16:59:59Z"}), "closed: agency.closed"},
		"an unknown key":                  {rating(onePoint, sent{"agency": "tinh"}), "invalid: : unknownKey"},
		"bad kinds, once each": {rating(onePoint, sent{"point": 7, "version": "1", "field": 1, "answeredAt": "yesterday", "startedAt": 5, "partial": null{}, "answers": []int{1}}),
			"invalid: point: type; version: type; field: type; partial: type; startedAt: type; answeredAt: format; answers: type"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := said(f.send(t, test.item)[0]); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	if last, err := f.store.Ledger().Streams(t.Context()); err != nil || len(last) != 1 {
		t.Fatal(err)
	} else if _, err := f.store.Ledger().Last(t.Context(), last[0].ID); !survey.IsCode(err, survey.CodeNotFound) {
		t.Errorf("a refused item was stored: %v", err)
	}
}

func TestOneBadItemRefusesNoOther(t *testing.T) {
	f := newFixture(t)
	good, twin, bad := rating(onePoint, nil), rating(onePoint, nil), rating(onePoint, sent{"language": "fr"})
	other := sent{}
	for k, v := range twin {
		other[k] = v
	}
	other["answers"] = map[string]any{"overall": 1}
	items := raw(t, good, bad, twin, twin, other, rating(code(t, closedPoint), nil))
	items = append(items, json.RawMessage(`{"id":`), json.RawMessage(`[]`), json.RawMessage("{\"id\":\"\xff\"}"))
	results, err := f.SubmitJSON(t.Context(), intake.Credential{Actor: &admin}, items)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"stored", "invalid: language: unknown", "stored", "duplicate", "conflict: response.conflict", "closed: point.closed",
		"invalid: : json", "invalid: : type", "invalid: : json"}
	for i, r := range results {
		if got := said(r); i >= len(want) || got != want[i] {
			t.Errorf("item %d: %s", i, got)
		}
		if i < 6 && r.ID == "" || i >= 6 && r.ID != "" {
			t.Errorf("item %d has the id %q", i, r.ID)
		}
	}
}

func TestSendingAgainIsSafe(t *testing.T) {
	f := newFixture(t)
	first := rating(onePoint, sent{"answers": map[string]any{"overall": 2, "comment": "Chờ lâu quá"}})
	if got := said(f.send(t, first)[0]); got != "stored" {
		t.Fatal(got)
	}
	*f.at = f.at.Add(time.Hour)
	same := sent{}
	for k, v := range first {
		same[k] = v
	}
	// The same content in other clothes: decomposed, padded, other spellings of id and point, empty extras.
	same["id"] = strings.ToUpper(first["id"].(string))
	same["point"] = "k7qx2-m9a4t"
	same["answers"] = map[string]any{"overall": 2.0, "comment": " Cho\u031b\u0300 la\u0302u qua\u0301\r\n", "reasons_unhappy": []string{}}
	same["field"] = null{}
	if r := f.send(t, same)[0]; said(r) != "duplicate" || r.ID != first["id"] {
		t.Errorf("the same content: %s", said(r))
	}
	for name, change := range map[string]sent{
		"another rating":   {"answers": map[string]any{"overall": 1, "comment": "Chờ lâu quá"}},
		"another comment":  {"answers": map[string]any{"overall": 2, "comment": "Chờ lâu"}},
		"another language": {"language": "en"},
		"another time":     {"answeredAt": "2026-11-20T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			other := sent{}
			for k, v := range first {
				other[k] = v
			}
			for k, v := range change {
				other[k] = v
			}
			if got := said(f.send(t, other)[0]); got != "conflict: response.conflict" {
				t.Error(got)
			}
		})
	}
}

func TestWhatIsDerived(t *testing.T) {
	f := newFixture(t)
	received := f.at.UTC()
	for name, test := range map[string]struct {
		item  sent
		field string
		at    time.Time
		flags []survey.Flag
	}{
		"the only field":                     {rating(onePoint, nil), "dat-dai", received, nil},
		"the only field, also sent":          {rating(onePoint, sent{"field": "dat-dai"}), "dat-dai", received, nil},
		"the field chosen":                   {rating(severalPoint, sent{"field": "ho-tich", "procedure": "khai-sinh"}), "ho-tich", received, nil},
		"no field chosen":                    {rating(severalPoint, sent{"field": null{}}), "", received, nil},
		"no field at all":                    {rating(nonePoint, nil), "", received, nil},
		"the device's time":                  {rating(onePoint, sent{"answeredAt": "2026-11-20T08:00:00.5+07:00", "clockOffset": 250}), "dat-dai", time.Date(2026, 11, 20, 1, 0, 0, 500e6, time.UTC), nil},
		"the device's time, in microseconds": {rating(onePoint, sent{"answeredAt": "2026-11-20T01:00:00.123999Z", "clockOffset": 0}), "dat-dai", time.Date(2026, 11, 20, 1, 0, 0, 123e6, time.UTC), nil},
		"an imported time has no device":     {rating(onePoint, sent{"answeredAt": "2026-11-20T01:00:00Z"}), "dat-dai", time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC), nil},
		"a time on paper has no device":      {rating(onePoint, sent{"answeredAt": "2026-11-20T01:00:00Z", "capture": "paper"}), "dat-dai", time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC), nil},
		"the future":                         {rating(onePoint, sent{"answeredAt": "2027-01-01T00:00:00Z", "clockOffset": 0}), "dat-dai", received, nil},
		"before the point closed":            {rating(code(t, closedPoint), sent{"answeredAt": "2026-10-31T16:59:59.999Z", "clockOffset": 0}), "", time.Date(2026, 10, 31, 16, 59, 59, 999e6, time.UTC), nil},
		"nothing answered but the rating":    {rating(onePoint, sent{"partial": true}), "dat-dai", received, nil},
	} {
		t.Run(name, func(t *testing.T) {
			result := f.send(t, test.item)[0]
			if said(result) != "stored" {
				t.Fatal(said(result))
			}
			r := f.stored(t, result.ID)
			if r.FieldID != test.field || !r.At.Equal(test.at) || !slices.Equal(r.Flags, test.flags) {
				t.Errorf("field %q at %s, flags %v; want %q at %s, %v", r.FieldID, r.At, r.Flags, test.field, test.at, test.flags)
			}
			if r.Agency != "xa-binh-minh" || r.Delivery != survey.DeliveryOnline || !r.ReceivedAt.Equal(received) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestTextsAreNormalised(t *testing.T) {
	f := newFixture(t)
	r := f.send(t, rating(onePoint, sent{"answers": map[string]any{"overall": 5, "comment": " \u0000Ca\u0309m o\u031bn\r\ncác cô\tchú \u0007 "}}))[0]
	if said(r) != "stored" {
		t.Fatal(said(r))
	}
	if got, _ := f.stored(t, r.ID).Answers["comment"].Text(); got != "Cảm ơn\ncác cô\tchú" {
		t.Errorf("stored as %q", got)
	}
}

func TestImportsStayInTheirScope(t *testing.T) {
	f := newFixture(t)
	role := survey.Role("importer")
	survey.Roles[role] = []survey.Right{survey.RightImport}
	defer delete(survey.Roles, role)
	clerk := survey.Actor{User: "clerk", Grants: []survey.Grant{{Role: role, Agency: "xa-khac"}}}
	results, err := f.SubmitJSON(t.Context(), intake.Credential{Actor: &clerk}, raw(t, rating(onePoint, nil), rating(code(t, otherPoint), sent{"capture": "paper"})))
	if err != nil || said(results[0]) != "invalid: point: outOfScope" || said(results[1]) != "stored" {
		t.Errorf("got %v, %v", results, err)
	}
}

func TestSubmitDecoded(t *testing.T) {
	f := newFixture(t)
	page, _ := f.IssuePage(onePoint, "quick", 1)
	*f.at = f.at.Add(time.Minute)
	item := survey.Submission{ID: page.ID, Point: "K7QX2-M9A4T", Questionnaire: "quick", Version: 1, Language: survey.Vietnamese, Capture: survey.CaptureQR,
		Answers: survey.Answers{"overall": survey.LevelAnswer(3), "comment": survey.TextAnswer("")}}
	results, err := f.Submit(t.Context(), intake.Credential{Page: &page}, []survey.Submission{item})
	if err != nil || said(results[0]) != "stored" {
		t.Fatal(results, err)
	}
	if _, ok := item.Answers["comment"]; !ok || item.Point != "K7QX2-M9A4T" {
		t.Error("the caller's submission was changed")
	}
	if r := f.stored(t, page.ID); len(r.Answers) != 1 || len(r.Flags) != 0 {
		t.Errorf("stored %+v", r)
	}
}

// broken is a ledger that cannot answer.
type broken struct{}

func (broken) Append(context.Context, []ledger.Draft) ([]ledger.Appended, error) {
	return nil, &survey.Error{Code: survey.CodeUnavailable, Message: "down"}
}

// busy is a ledger that asks to come again.
type busy struct{}

func (busy) Append(_ context.Context, drafts []ledger.Draft) ([]ledger.Appended, error) {
	appended := make([]ledger.Appended, len(drafts))
	for i := range appended {
		appended[i].Outcome = survey.OutcomeRetry
	}
	return appended, nil
}

func TestNothingIsReportedStoredThatIsNot(t *testing.T) {
	f := newFixture(t)
	service := func(a intake.Appender) *intake.Service {
		return intake.New(intake.Options{Registry: f.registry(t), Ledger: a, PageKey: []byte("0123456789abcdef"), Now: func() time.Time { return *f.at }})
	}
	items := raw(t, rating(onePoint, nil), rating(onePoint, sent{"language": "fr"}))
	if results, err := service(broken{}).SubmitJSON(t.Context(), intake.Credential{Actor: &admin}, items); results != nil || !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("without a ledger: %v, %v", results, err)
	}
	results, err := service(busy{}).SubmitJSON(t.Context(), intake.Credential{Actor: &admin}, items)
	if err != nil || said(results[0]) != "retry: " || said(results[1]) != "invalid: language: unknown" {
		t.Errorf("with a busy ledger: %v, %v", results, err)
	}
}

func TestNewNeedsAKey(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a service was made that anyone can forge pages for")
		}
	}()
	intake.New(intake.Options{PageKey: []byte("short")})
}

// What is cut out of a submission is what encoding/json reads in it.
func FuzzDecodeAgreesWithEncodingJSON(f *testing.F) {
	for _, s := range []string{
		`{"id":"a","point":"b","version":1,"field":null,"answers":{"overall":4,"reasons_happy":["x","y"],"comment":"a, \"b\" {c}: [d] \\"}}`,
		" {\t\"version\" :\r\n12 , \"partial\":true,\"answers\" : { \"a\" : -1.5e3 , \"b\":[ ] } } ",
		`{"id":"\u0061\ud83d\ude00\ud800","id":"twice","answers":{"\u0061":1,"a":2}}`, `{}`, `{"answers":{}}`, `{"clockOffset":-0,"version":1e2}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, problem := intake.Decode(data)
		if problem != nil {
			return
		}
		var want survey.Submission
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("%q is taken: %v", data, err)
		}
		if got.Answers == nil {
			got.Answers = want.Answers
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as\n%+v, not\n%+v", data, got, want)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":"` + uuid.Nil.String() + `","point":"K7QX2M9A4T","questionnaire":"quick","version":1,"language":"vi","capture":"kiosk","field":null,"answers":{"overall":4}}`))
	f.Add([]byte(`{"answers":{"a":null,"a":1},"id":1,"startedAt":"2026-11-23T07:33:46.123Z","clockOffset":1.5}`))
	f.Add([]byte(`{"id":`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := intake.Decode(data)
		if err != nil {
			if err.Code != survey.CodeInvalid || len(err.Fields) == 0 {
				t.Errorf("%v", err)
			}
			return
		}
		if _, err := json.Marshal(s); err != nil {
			t.Error(err)
		}
	})
}

func TestCheckSaysWhatSubmitWouldAndWritesNothing(t *testing.T) {
	f := newFixture(t)
	submission := func(id string, level int) survey.Submission {
		return survey.Submission{ID: id, Point: onePoint, Questionnaire: "quick", Version: 1, Language: survey.Vietnamese,
			Capture: survey.CapturePaper, Answers: survey.Answers{"overall": survey.LevelAnswer(level)}}
	}
	ids := []string{uuid.NewString(), uuid.NewString()}
	if got := said(f.send(t, rating(onePoint, sent{"id": ids[0], "capture": "paper", "answers": map[string]any{"overall": 4}}))[0]); got != "stored" {
		t.Fatal(got)
	}
	items := []survey.Submission{submission(ids[0], 4), submission(ids[0], 5), submission(ids[1], 4), submission(ids[1], 4), submission(ids[1], 3), submission("7", 6)}
	want := []string{"duplicate", "conflict: response.conflict", "stored", "duplicate", "conflict: response.conflict", "invalid: id: format; answers.overall: level"}
	for range 2 { // the second time finds nothing of the first
		results, err := f.Check(t.Context(), intake.Credential{Actor: &admin}, items)
		if err != nil || len(results) != len(want) {
			t.Fatal(results, err)
		}
		for i, r := range results {
			if said(r) != want[i] {
				t.Errorf("item %d: %s, want %s", i, said(r), want[i])
			}
		}
	}
	if entries, err := f.store.Ledger().Find(t.Context(), ids); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	results, err := f.Submit(t.Context(), intake.Credential{Actor: &admin}, items)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if said(r) != want[i] {
			t.Errorf("submitted, item %d: %s, want %s", i, said(r), want[i])
		}
	}
	if _, err := f.Check(t.Context(), intake.Credential{}, items); !survey.IsCode(err, survey.CodeUnauthorized) {
		t.Errorf("without a credential: %v", err)
	}
	// A ledger that cannot be asked is taken to hold nothing.
	blind := intake.New(intake.Options{Registry: f.registry(t), Ledger: broken{}, PageKey: []byte("0123456789abcdef"), Now: func() time.Time { return *f.at }})
	if results, err := blind.Check(t.Context(), intake.Credential{Actor: &admin}, items[:1]); err != nil || said(results[0]) != "stored" {
		t.Errorf("a ledger that cannot be asked: %v, %v", results, err)
	}
}
