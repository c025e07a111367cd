package importer_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/intake"
	"sipas/survey/ledger"
	"sipas/survey/receipts"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

const (
	onePoint     = "K7QX2M9A4T" // of xa-binh-minh: dat-dai
	severalPoint = "000000000Q" // of xa-binh-minh: dat-dai and ho-tich
	otherPoint   = "1111111118" // of xa-khac, without fields
	unknownPoint = "222222222S" // of nobody
)

var pageKey = []byte("0123456789abcdef")

var admin = survey.Actor{User: "admin", Grants: []survey.Grant{{Role: survey.RoleAdmin}}}

func now() time.Time { return time.Date(2026, 11, 23, 7, 33, 46, 123e6, time.UTC) }

// province is a store with a small catalogue, and all that imports into it.
type province struct {
	store    survey.Store
	registry *registry.Registry
	ledger   *ledger.Ledger
	intake   *intake.Service
	receipts *receipts.Service
	*importer.Importer
}

func openStore(t testing.TB) survey.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := store.Create(t.Context(), survey.Identity{ID: "test", CreatedAt: now()}); err != nil {
		t.Fatal(err)
	}
	return store
}

func openRegistry(t testing.TB, store survey.Store) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), registry.Options{Store: store, Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newProvince(t testing.TB) province {
	t.Helper()
	p := province{store: openStore(t)}
	p.registry = openRegistry(t, p.store)
	name := survey.Text{survey.Vietnamese: "Tên"}
	agency := func(id, parent string, kind survey.AgencyKind) survey.Agency {
		return survey.Agency{ID: id, Parent: parent, Kind: kind, Level: survey.LevelCommune, Name: name, ValidFrom: "2025-07-01"}
	}
	point := func(code, agency string, fields ...string) survey.Point {
		return survey.Point{Code: code, Agency: agency, Name: survey.Text{survey.Vietnamese: "Điểm " + code}, Fields: fields,
			Delivery: survey.DeliveryCounter, Questionnaire: "quick"}
	}
	err := p.registry.Load(t.Context(), registry.Catalogue{
		Fields: registry.DefaultFields(),
		Agencies: []survey.Agency{agency("tinh-an-binh", "", survey.KindProvince), agency("xa-binh-minh", "tinh-an-binh", survey.KindCommune),
			agency("xa-khac", "tinh-an-binh", survey.KindCommune)},
		Points: []survey.Point{point(onePoint, "xa-binh-minh", "dat-dai"), point(severalPoint, "xa-binh-minh", "dat-dai", "ho-tich"), point(otherPoint, "xa-khac")},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if p.ledger, err = ledger.Open(t.Context(), ledger.Options{Store: p.store.Ledger(), Key: key, Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.ledger.Close(context.Background()) })
	p.receipts = receipts.New(receipts.Options{Store: p.store, Registry: p.registry, Key: pageKey, Now: now, Random: rand.Reader})
	p.intake = intake.New(intake.Options{Registry: p.registry, Ledger: p.ledger, PageKey: pageKey, Receipts: p.receipts, Now: now})
	p.Importer = importer.New(importer.Options{Key: pageKey, Registry: p.registry, Intake: p.intake, Now: now})
	return p
}

// job makes a job of the lines of a file.
func job(kind importer.Kind, lines ...string) importer.Job {
	return bytesJob(kind, []byte(strings.Join(lines, "\n")))
}

func bytesJob(kind importer.Kind, content []byte) importer.Job {
	return importer.Job{Kind: kind, FileName: "file", File: bytes.NewReader(content), Size: int64(len(content))}
}

// run imports as the administrator, first as a dry run, which must say the same.
func (p province) run(t *testing.T, j importer.Job) importer.Report {
	t.Helper()
	j.DryRun = true
	before := p.counts(t)
	would, err := p.Run(t.Context(), admin, j)
	if err != nil {
		t.Fatal(err)
	}
	if after := p.counts(t); after != before {
		t.Errorf("a dry run wrote: %s, was %s", after, before)
	}
	j.DryRun = false
	report, err := p.Run(t.Context(), admin, j)
	if err != nil {
		t.Fatal(err)
	}
	if said(would) != said(report) {
		t.Errorf("the dry run said  %s\nthe import said  %s", said(would), said(report))
	}
	return report
}

// counts gives what would change with any write.
func (p province) counts(t *testing.T) string {
	t.Helper()
	last, err := p.store.Audit().Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entries := int64(0)
	streams, err := p.store.Ledger().Streams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		if e, err := p.store.Ledger().Last(t.Context(), s.ID); err == nil {
			entries += e.N
		}
	}
	return fmt.Sprintf("%d acts, %d streams, %d entries, %d agencies, %d points", last.N, len(streams), entries,
		len(p.registry.Snapshot().Agencies()), len(p.registry.Snapshot().Points()))
}

// said gives a report as "lines +created ~updated =unchanged -rejected; line column: reason; …".
func said(r importer.Report) string {
	s := fmt.Sprintf("%d +%d ~%d =%d -%d", r.Lines, r.Created, r.Updated, r.Unchanged, r.Rejected)
	for _, p := range r.Problems {
		s += fmt.Sprintf("; %d %s: %s", p.Line, p.Column, p.Reason)
		if line, ok := p.Params["line"]; ok {
			s += fmt.Sprintf(" %v", line)
		}
	}
	return s
}

// refusal gives the error of a refused file as "path: reason params; …".
func refusal(err error) string {
	var e *survey.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	var all []string
	for _, f := range e.Fields {
		s := f.Path + ": " + f.Reason
		if len(f.Params) > 0 {
			s += fmt.Sprint(" ", f.Params)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return strings.TrimSpace(string(e.Code) + " " + e.Reason)
	}
	return strings.Join(all, "; ")
}

// book makes an XLSX file of rows; nil is an empty cell.
func book(t testing.TB, change func(*excelize.File), rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		for j, value := range row {
			if value == nil {
				continue
			}
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue("Sheet1", cell, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if change != nil {
		change(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// responses reads every stored response in order.
func (p province) responses(t *testing.T) []survey.Response {
	t.Helper()
	var all []survey.Response
	streams, err := p.store.Ledger().Streams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		entries, err := p.store.Ledger().Read(t.Context(), s.ID, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			r, err := ledger.DecodeResponse(e)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
	}
	return all
}
