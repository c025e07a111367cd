package intake_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/receipts"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

// The points of the small province; of some, code gives the right check character.
const (
	onePoint     = "K7QX2M9A4T" // one field: dat-dai
	severalPoint = "000000000Q" // dat-dai and ho-tich
	nonePoint    = "1111111118" // no field
	closedPoint  = "01Z01ZZ0GP" // closed since 2026-11-01
	endedPoint   = "2222222222" // of an agency that ended on 2026-06-30
	otherPoint   = "3333333333" // of another commune
	earlyPoint   = "4444444444" // opens on 2026-11-24
)

var admin = survey.Actor{User: "admin", Grants: []survey.Grant{{Role: survey.RoleAdmin}}}

var randomness = rand.Reader

type fixture struct {
	*intake.Service
	Registry *registry.Registry
	key      ed25519.PrivateKey
	ledger   *ledger.Ledger
	store    survey.Store
	receipts *receipts.Service
	at       *time.Time // the time of the server
}

// code gives a valid code that begins like the constant.
func code(t *testing.T, like string) string {
	t.Helper()
	for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if code, err := survey.ParsePointCode(like[:9] + string(c)); err == nil {
			return code
		}
	}
	t.Fatal("no check character fits")
	return ""
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	ctx := t.Context()
	store, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	at := time.Date(2026, 11, 23, 7, 33, 46, 123e6, time.UTC)
	f := fixture{store: store, at: &at}
	now := func() time.Time { return *f.at }
	if err := store.Create(ctx, survey.Identity{ID: "test", CreatedAt: at}); err != nil {
		t.Fatal(err)
	}
	// A form that offers every type of item beside the shipped ones.
	forms := append(questionnaires.All(), &survey.Questionnaire{ID: "types", Version: 1, Items: []survey.Item{
		{ID: "overall", Type: survey.ItemRating, Required: true},
		{ID: "again", Type: survey.ItemYesNo}, {ID: "visits", Type: survey.ItemNumber, Max: 9},
	}})
	reg, err := registry.Open(ctx, registry.Options{Store: store, Questionnaires: forms, Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	name := survey.Text{survey.Vietnamese: "Tên"}
	agency := func(id, parent string, kind survey.AgencyKind) survey.Agency {
		return survey.Agency{ID: id, Parent: parent, Kind: kind, Level: survey.LevelCommune, Name: name, ValidFrom: "2025-07-01"}
	}
	point := func(like, agency string, fields ...string) survey.Point {
		return survey.Point{Code: code(t, like), Agency: agency, Name: name, Fields: fields, Delivery: survey.DeliveryOnline, Questionnaire: "quick"}
	}
	ended := agency("xa-cu", "tinh", survey.KindCommune)
	ended.ValidTo = "2026-06-30"
	closed := point(closedPoint, "xa-binh-minh")
	closed.Closed = "2026-11-01"
	early := point(earlyPoint, "xa-binh-minh")
	early.Opens = "2026-11-24"
	err = reg.Load(ctx, registry.Catalogue{
		Fields:     registry.DefaultFields(),
		Agencies:   []survey.Agency{agency("tinh", "", survey.KindProvince), agency("xa-binh-minh", "tinh", survey.KindCommune), agency("xa-khac", "tinh", survey.KindCommune), ended},
		Procedures: []survey.Procedure{{ID: "khai-sinh", Field: "ho-tich", Name: name}},
		Points: []survey.Point{point(onePoint, "xa-binh-minh", "dat-dai"), point(severalPoint, "xa-binh-minh", "dat-dai", "ho-tich"),
			point(nonePoint, "xa-binh-minh"), closed, early, point(endedPoint, "xa-cu"), point(otherPoint, "xa-khac")},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Registry = reg
	if _, f.key, err = ed25519.GenerateKey(randomness); err != nil {
		t.Fatal(err)
	}
	if f.ledger, err = ledger.Open(ctx, ledger.Options{Store: store.Ledger(), Key: f.key, Now: now, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.ledger.Close(context.Background()) })
	f.receipts = receipts.New(receipts.Options{Store: store, Registry: reg, Key: []byte("0123456789abcdef"), Now: now, Random: rand.Reader})
	f.Service = intake.New(intake.Options{Registry: reg, Ledger: f.ledger, PageKey: []byte("0123456789abcdef"), Receipts: f.receipts, Now: now})
	return f
}

// sent is a submission as a client writes it; changes set or, with nil, remove members.
type sent map[string]any

func rating(point string, changes sent) sent {
	s := sent{"id": uuid.NewString(), "point": point, "questionnaire": "quick", "version": 1, "language": "vi", "capture": "import",
		"answers": map[string]any{"overall": 4}}
	for key, value := range changes {
		if value == nil {
			delete(s, key)
		} else {
			s[key] = value
		}
	}
	return s
}

// null is a member that is there and null.
type null struct{}

func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func raw(t *testing.T, items ...sent) []json.RawMessage {
	t.Helper()
	all := make([]json.RawMessage, len(items))
	for i, item := range items {
		b, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = b
	}
	return all
}

// send submits as the administrator.
func (f fixture) send(t *testing.T, items ...sent) []intake.Result {
	t.Helper()
	results, err := f.SubmitJSON(t.Context(), intake.Credential{Actor: &admin}, raw(t, items...))
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// said gives a result as "outcome: path: reason; …" or "outcome: reason".
func said(r intake.Result) string {
	s := string(r.Outcome)
	if r.Problem != nil {
		s += ": " + problem(r.Problem)
	}
	return s
}

func problem(err error) string {
	var e *survey.Error
	if !errors.As(err, &e) {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Path+": "+f.Reason)
	}
	if len(all) > 0 {
		return strings.Join(all, "; ")
	}
	return e.Reason
}

// stored reads a response back from the ledger.
func (f fixture) stored(t *testing.T, id string) survey.Response {
	t.Helper()
	entries, err := f.store.Ledger().Find(t.Context(), []string{id})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	r, err := ledger.DecodeResponse(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	return r
}
