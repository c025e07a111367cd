package registry_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

var (
	admin   = survey.Actor{User: "admin", Grants: []survey.Grant{{Role: survey.RoleAdmin}}}
	manager = survey.Actor{User: "manager", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "xa-binh-minh"}}}
	viewer  = survey.Actor{User: "viewer", Grants: []survey.Grant{{Role: survey.RoleViewer}}}
	nobody  = survey.Actor{}
)

func now() time.Time { return time.Date(2026, 11, 23, 7, 33, 46, 123456789, time.UTC) }

func text(vi string) survey.Text {
	return survey.Text{survey.Vietnamese: vi, survey.English: "(" + vi + ")"}
}

// province is a small catalogue: the root, two departments (one with a hospital
// below it), three communes, one of them closed.
func province() registry.Catalogue {
	agency := func(id, parent string, kind survey.AgencyKind, level survey.AgencyLevel, name string) survey.Agency {
		return survey.Agency{ID: id, Parent: parent, Kind: kind, Level: level, Name: text(name), ValidFrom: "2025-07-01"}
	}
	closed := agency("xa-cu", "tinh", survey.KindCommune, survey.LevelCommune, "Xã Cũ")
	closed.ValidTo, closed.Successors = "2026-06-30", []string{"xa-binh-minh"}
	hospital := agency("benh-vien", "so-y-te", survey.KindProvider, survey.LevelProvince, "Bệnh viện Đa khoa")
	hospital.Sector = "y-te"
	return registry.Catalogue{
		Fields:  registry.DefaultFields(),
		Targets: registry.DefaultTargets(),
		Agencies: []survey.Agency{
			agency("tinh", "", survey.KindProvince, survey.LevelProvince, "Uỷ ban nhân dân tỉnh"),
			agency("so-y-te", "tinh", survey.KindDepartment, survey.LevelProvince, "Sở Y tế"),
			agency("so-noi-vu", "tinh", survey.KindDepartment, survey.LevelProvince, "Sở Nội vụ"),
			agency("phuong-10", "tinh", survey.KindCommune, survey.LevelCommune, "Phường 10"),
			agency("phuong-2", "tinh", survey.KindCommune, survey.LevelCommune, "Phường 2"),
			agency("xa-binh-minh", "tinh", survey.KindCommune, survey.LevelCommune, "Xã Bình Minh"),
			agency("tram-y-te", "xa-binh-minh", survey.KindProvider, survey.LevelCommune, "Trạm Y tế"),
			hospital, closed,
		},
		Procedures: []survey.Procedure{{ID: "khai-sinh", Field: "ho-tich", Name: text("Đăng ký khai sinh")}},
		Points: []survey.Point{
			{Code: "K7QX2M9A4T", Agency: "xa-binh-minh", Name: text("Quầy 1"), Fields: []string{"ho-tich", "dat-dai"}, Delivery: survey.DeliveryCounter, Questionnaire: "quick"},
			{Code: "000000000Q", Agency: "so-noi-vu", Name: text("Bộ phận Một cửa"), Delivery: survey.DeliveryCounter, Questionnaire: "quick"},
		},
		Volumes: []survey.Volume{{Agency: "xa-binh-minh", Month: "2026-09", Files: map[string]int64{"ho-tich": 120, "dat-dai": 80}}},
	}
}

func newPoint(agency string) survey.Point {
	return survey.Point{Agency: agency, Name: text("Quầy mới"), Delivery: survey.DeliveryCounter, Questionnaire: "quick", Fields: []string{"dat-dai"}}
}

// pointCode gives the valid code that begins like another.
func pointCode(t *testing.T, like string) string {
	t.Helper()
	for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if code, err := survey.ParsePointCode(like[:9] + string(c)); err == nil {
			return code
		}
	}
	t.Fatal("no check character fits")
	return ""
}

func openStore(t *testing.T) survey.Store {
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

func open(t *testing.T, store survey.Store) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), registry.Options{Store: store, Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// loaded gives a registry over a new store with the small province.
func loaded(t *testing.T) (*registry.Registry, survey.Store) {
	t.Helper()
	store := openStore(t)
	r := open(t, store)
	if err := r.Load(t.Context(), province()); err != nil {
		t.Fatal(err)
	}
	return r, store
}

// fields joins the field errors as "path: reason; …", or gives the code and reason of another error.
func fields(err error) string {
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
	if len(all) == 0 {
		return strings.TrimSuffix(string(e.Code)+" "+e.Reason, " ")
	}
	return strings.Join(all, "; ")
}

// auditIDs lists the ids in the chain and verifies it.
func auditIDs(t *testing.T, store survey.Store) []string {
	t.Helper()
	if _, err := registry.VerifyAudit(t.Context(), store.Audit()); err != nil {
		t.Fatal(err)
	}
	entries, err := store.Audit().After(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

func count(ids []string, id string) int {
	n := 0
	for _, have := range ids {
		if have == id {
			n++
		}
	}
	return n
}

// faulty is a store whose audit chain or whose settling can be made to fail, as
// if the process had died between the steps of a write.
type faulty struct {
	survey.Store
	noAppend, lostAppend, noSettle atomic.Bool
	rival                          func() // called before each update of a point
}

func (f *faulty) Audit() survey.AuditStore { return faultyAudit{f.Store.Audit(), f} }

func (f *faulty) Points() survey.Collection[survey.Point] {
	return faultyPoints{f.Store.Points(), f}
}

var down = &survey.Error{Code: survey.CodeUnavailable, Message: "down"}

type faultyAudit struct {
	survey.AuditStore
	f *faulty
}

func (a faultyAudit) Append(ctx context.Context, e survey.AuditEntry) error {
	if a.f.noAppend.Load() {
		return down
	}
	err := a.AuditStore.Append(ctx, e)
	if a.f.lostAppend.Load() {
		return down // it landed, but nobody learns of it
	}
	return err
}

type faultyPoints struct {
	survey.Collection[survey.Point]
	f *faulty
}

func (p faultyPoints) Update(ctx context.Context, point survey.Point) error {
	if p.f.rival != nil {
		p.f.rival()
	}
	return p.Collection.Update(ctx, point)
}

func (p faultyPoints) SettleAudit(ctx context.Context, key string, rev int64) error {
	if p.f.noSettle.Load() {
		return down
	}
	return p.Collection.SettleAudit(ctx, key, rev)
}

func eventually(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline.C:
			t.Fatalf("not within %s: %s", within, what)
		case <-tick.C:
		}
	}
}

func ids(agencies []survey.Agency) []string {
	var all []string
	for _, a := range agencies {
		all = append(all, a.ID)
	}
	return all
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
