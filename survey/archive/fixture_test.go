package archive

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/mongostore"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

var (
	instant  = time.Date(2026, 11, 23, 7, 33, 46, 123e6, time.UTC)
	identity = survey.Identity{ID: "tinh-thu", Synthetic: true, CreatedAt: instant}
	key      = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7, 1}, ed25519.SeedSize/2))
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSQLite(t testing.TB) survey.Store {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sipas.db"))
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func newMongo(t testing.TB) survey.Store {
	t.Helper()
	uri := os.Getenv("SIPAS_TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("SIPAS_TEST_MONGODB_URI names no server (make mongo-test starts one)")
	}
	random := make([]byte, 10)
	_, err := rand.Read(random)
	must(t, err)
	s, err := mongostore.Open(t.Context(), mongostore.Options{URI: uri, Database: "sipas_archive_" + hex.EncodeToString(random), Timeout: 20 * time.Second})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// province is a store with some of everything, and the parts that write to it.
type province struct {
	t     testing.TB
	store survey.Store
	reg   *registry.Registry
	led   *ledger.Ledger
	point string
	taken int
}

func open(t testing.TB, store survey.Store) *province {
	t.Helper()
	ctx := t.Context()
	p := &province{t: t, store: store}
	var err error
	p.reg, err = registry.Open(ctx, registry.Options{Store: store, Now: func() time.Time { return instant }, Random: rand.Reader})
	must(t, err)
	p.led, err = ledger.Open(ctx, ledger.Options{Store: store.Ledger(), Key: key, Now: func() time.Time { return instant }})
	must(t, err)
	t.Cleanup(func() { p.led.Close(context.Background()) })
	return p
}

// newProvince fills a store: two streams with flags, an erasure, one that is not
// finished and one that came before its response; every collection; an audit entry that is owed.
func newProvince(t testing.TB, store survey.Store) *province {
	t.Helper()
	ctx := t.Context()
	must(t, store.Create(ctx, identity))
	p := open(t, store)
	must(t, p.reg.Load(ctx, registry.Catalogue{
		Agencies: []survey.Agency{{ID: "tinh", Kind: survey.KindProvince, Level: survey.LevelProvince, Name: survey.Text{"vi": "Tỉnh <Thử> & “Nghiệm”"}, ValidFrom: "2025-07-01"}},
		Fields:   registry.DefaultFields(), Targets: registry.DefaultTargets(),
		Volumes: []survey.Volume{{Agency: "tinh", Month: "2026-09", Files: map[string]int64{"dat-dai": 1250, "ho-tich": 7}}},
	}))
	for range 3 {
		p.addPoint()
	}
	owed, err := store.Points().Find(ctx, p.point)
	must(t, err)
	owed.Stamp(owed.Rev+1, &survey.AuditEntry{ID: fmt.Sprintf("points/%s/%d", p.point, owed.Rev+1), At: instant, Actor: "lan", Action: survey.ActionUpdate,
		Collection: "points", RecordKey: p.point, Rev: owed.Rev + 1, Digest: []byte{0, 255, 7}})
	must(t, store.Points().Update(ctx, owed))
	must(t, store.Procedures().Create(ctx, survey.Procedure{ID: "cap-giay", Field: "dat-dai", Name: survey.Text{"vi": "Cấp giấy"}, Versioned: survey.Versioned{Rev: 1}}))
	must(t, store.Users().Create(ctx, survey.User{ID: "lan", Name: "Lan", Grants: []survey.Grant{{Role: survey.RoleAdmin}}, PasswordHash: "$argon2id$", Versioned: survey.Versioned{Rev: 4}}))
	must(t, store.Kiosks().Create(ctx, survey.Kiosk{ID: "ABCDEFGH", Name: "Sảnh", Point: p.point, Points: []string{p.point}, Enrolments: 2, Versioned: survey.Versioned{Rev: 2}}))
	must(t, store.Campaigns().Create(ctx, survey.Campaign{ID: "quy-4-2026", Name: survey.Text{"vi": "Điều tra"}, Kind: survey.CampaignSampled, Agency: "tinh", Questionnaire: "full", From: "2026-10-01", To: "2026-12-15",
		Unit: survey.UnitPerson, Strata: []survey.Stratum{{ID: "tinh", Name: survey.Text{"vi": "Tỉnh"}, Agencies: []string{"tinh"}, Population: 5200, Planned: 120}}, Versioned: survey.Versioned{Rev: 3}}))
	_, err = p.reg.PutRecording(ctx, survey.System, "vi", "thanks", 0, []byte("OggS\x00\xff<&>"))
	must(t, err)
	must(t, store.Devices().Create(ctx, survey.Device{ID: "ABCDEFGH", Enrolment: 2, TokenHash: []byte{1, 2}, EnrolledAt: instant, SeenAt: instant, Versioned: survey.Versioned{Rev: 9}}))
	must(t, store.Sessions().Create(ctx, survey.Session{ID: "s1", User: "lan", TokenHash: []byte{3}, CreatedAt: instant, ExpiresAt: instant.Add(time.Hour), Versioned: survey.Versioned{Rev: 1}}))
	must(t, store.Enrolments().Create(ctx, survey.Enrolment{ID: "e1", Kiosk: "ABCDEFGH", Number: 2, ExpiresAt: instant, Versioned: survey.Versioned{Rev: 1}}))

	must(t, store.ReceiptBatches().Create(ctx, survey.ReceiptBatch{ID: "b1", Point: p.point, Count: 2, MadeOn: "2026-11-23", LastDay: "2026-12-23", By: "lan", Versioned: survey.Versioned{Rev: 1}}))
	must(t, store.ReceiptCodes().CreateAll(ctx, []survey.ReceiptCode{{ID: "c1", Batch: "b1", Versioned: survey.Versioned{Rev: 1}},
		{ID: "c2", Batch: "b1", Used: true, Holder: []byte{0, 255, 7}, Versioned: survey.Versioned{Rev: 2}}}))

	p.rate(30)
	must(t, p.led.Erase(ctx, id(2), "asked for"))
	must(t, p.led.Flag(ctx, ledger.Flagging{Response: id(3), Flags: []survey.Flag{survey.FlagFast}, By: "lan"}))
	p.announceErasure(5)
	must(t, p.led.Close(ctx))

	p = open(t, store)
	p.taken = 30
	p.rate(30)
	must(t, p.led.Erase(ctx, id(45), "asked for"))
	return p
}

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func (p *province) addPoint() {
	p.t.Helper()
	point, err := p.reg.CreatePoint(p.t.Context(), survey.System, survey.Point{Agency: "tinh", Name: survey.Text{"vi": "Quầy"}, Fields: []string{"dat-dai"},
		Delivery: survey.DeliveryCounter, Questionnaire: "quick"})
	must(p.t, err)
	p.point = point.Code
}

// rate appends ratings with comments, numbered on.
func (p *province) rate(n int) {
	p.t.Helper()
	drafts := make([]ledger.Draft, n)
	for i := range drafts {
		p.taken++
		drafts[i] = draft(p.t, response(p.taken))
	}
	appended, err := p.led.Append(p.t.Context(), drafts)
	must(p.t, err)
	for _, a := range appended {
		if a.Outcome != survey.OutcomeStored {
			p.t.Fatal(a)
		}
	}
}

func response(n int) survey.Response {
	at := instant.Add(time.Duration(n) * time.Minute)
	return survey.Response{Submission: survey.Submission{ID: id(n), Point: "K7QX2M9A4T", Questionnaire: "quick", Version: 1, Language: survey.Vietnamese,
		Capture: survey.CaptureQR, AnsweredAt: &at, Answers: survey.Answers{"overall": survey.LevelAnswer(n%5 + 1), "comment": survey.TextAnswer(fmt.Sprintf("Số %d <đủ>", n))}},
		Agency: "tinh", FieldID: "dat-dai", Delivery: survey.DeliveryCounter, At: at, ReceivedAt: at}
}

func draft(t testing.TB, r survey.Response) ledger.Draft {
	t.Helper()
	kept, open, err := ledger.EncodeResponse(r, questionnaires.Find(r.Questionnaire, r.Version))
	must(t, err)
	return ledger.Draft{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open}
}

// announceErasure writes the erasure entry of a response and erases nothing, as
// a server does that is killed in between.
func (p *province) announceErasure(n int) {
	p.t.Helper()
	found, err := p.store.Ledger().Find(p.t.Context(), []string{id(n)})
	must(p.t, err)
	kept, err := ledger.EncodeErasure(ledger.Erasure{Response: id(n), Stream: found[0].Stream, N: found[0].N, At: instant})
	must(p.t, err)
	_, err = p.led.Append(p.t.Context(), []ledger.Draft{{ID: "erasure/" + id(n), Kind: survey.EntryErasure, Kept: kept}})
	must(p.t, err)
}

// contents is everything a store holds.
type contents struct {
	Identity  survey.Identity
	Streams   []survey.Stream
	Entries   map[string][]survey.Entry
	Audit     []survey.AuditEntry
	Documents map[string][]document
}

func contentsOf(t testing.TB, store survey.Store, collections []collection) contents {
	t.Helper()
	ctx := t.Context()
	c := contents{Entries: map[string][]survey.Entry{}, Documents: map[string][]document{}}
	var err error
	c.Identity, err = store.Identity(ctx)
	must(t, err)
	c.Streams, err = store.Ledger().Streams(ctx)
	must(t, err)
	// Those that began at one moment come in an order of the store's own.
	slices.SortFunc(c.Streams, func(a, b survey.Stream) int { return strings.Compare(a.ID, b.ID) })
	for _, s := range c.Streams {
		c.Entries[s.ID], err = store.Ledger().Read(ctx, s.ID, 0, 1_000_000)
		must(t, err)
	}
	c.Audit, err = store.Audit().After(ctx, 0, 1_000_000)
	must(t, err)
	for _, k := range collections {
		c.Documents[k.name()], err = k.read(ctx, store)
		must(t, err)
	}
	return c
}

// erased gives the contents with the open parts of responses gone.
func (c contents) erased(numbers ...int) contents {
	for _, entries := range c.Entries {
		for i := range entries {
			for _, n := range numbers {
				if entries[i].ID == id(n) {
					entries[i].Salt, entries[i].Open = nil, nil
				}
			}
		}
	}
	return c
}

// sameContents compares piece by piece, so that a difference can be read.
func sameContents(t testing.TB, got, want contents) {
	t.Helper()
	if got.Identity != want.Identity {
		t.Errorf("identity %+v, want %+v", got.Identity, want.Identity)
	}
	if !reflect.DeepEqual(got.Streams, want.Streams) {
		t.Errorf("streams %+v, want %+v", got.Streams, want.Streams)
	}
	for stream, entries := range want.Entries {
		if len(got.Entries[stream]) != len(entries) {
			t.Errorf("stream %s has %d entries, want %d", stream, len(got.Entries[stream]), len(entries))
			continue
		}
		for i, e := range entries {
			if !reflect.DeepEqual(got.Entries[stream][i], e) {
				t.Errorf("stream %s, entry %d:\n got %+v\nwant %+v", stream, i, got.Entries[stream][i], e)
			}
		}
	}
	if !reflect.DeepEqual(got.Audit, want.Audit) {
		t.Errorf("audit log\n got %+v\nwant %+v", got.Audit, want.Audit)
	}
	for name, docs := range want.Documents {
		if fmt.Sprintf("%s", got.Documents[name]) != fmt.Sprintf("%s", docs) {
			t.Errorf("%s\n got %s\nwant %s", name, got.Documents[name], docs)
		}
	}
}

// clean expects a ledger and an audit log that verify, with no erasure open.
func clean(t testing.TB, store survey.Store) {
	t.Helper()
	report, err := ledger.Verify(t.Context(), store.Ledger())
	must(t, err)
	if !report.OK() || report.UnfinishedCount > 0 {
		t.Errorf("the ledger is not clean: %+v, %d unfinished", report.Problems(), report.UnfinishedCount)
	}
	_, err = registry.VerifyAudit(t.Context(), store.Audit())
	must(t, err)
}

// watched calls fn before the ledger or the audit log of a store is read.
type watched struct {
	survey.Store
	read  func(stream string, after int64)
	audit func()
	hide  func(survey.Entry) bool
}

func (w watched) Ledger() survey.LedgerStore { return watchedLedger{w.Store.Ledger(), w} }

func (w watched) Audit() survey.AuditStore { return watchedAudit{w.Store.Audit(), w} }

type watchedLedger struct {
	survey.LedgerStore
	w watched
}

func (l watchedLedger) Read(ctx context.Context, stream string, after int64, limit int) ([]survey.Entry, error) {
	if l.w.read != nil {
		l.w.read(stream, after)
	}
	entries, err := l.LedgerStore.Read(ctx, stream, after, limit)
	shown := entries[:0]
	for _, e := range entries {
		if l.w.hide == nil || !l.w.hide(e) {
			shown = append(shown, e)
		}
	}
	return shown, err
}

type watchedAudit struct {
	survey.AuditStore
	w watched
}

func (a watchedAudit) Last(ctx context.Context) (survey.AuditEntry, error) {
	if a.w.audit != nil {
		a.w.audit()
	}
	return a.AuditStore.Last(ctx)
}
