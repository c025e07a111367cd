package registry_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// counting counts how often points are listed, which every search for debts
// does, and how often the chain is read.
type counting struct {
	survey.Store
	lists, reads atomic.Int64
}

func (c *counting) Points() survey.Collection[survey.Point] {
	return countingPoints{c.Store.Points(), c}
}

func (c *counting) Audit() survey.AuditStore { return countingAudit{c.Store.Audit(), c} }

type countingPoints struct {
	survey.Collection[survey.Point]
	c *counting
}

func (p countingPoints) List(ctx context.Context) ([]survey.Point, error) {
	p.c.lists.Add(1)
	return p.Collection.List(ctx)
}

type countingAudit struct {
	survey.AuditStore
	c *counting
}

func (a countingAudit) After(ctx context.Context, n int64, limit int) ([]survey.AuditEntry, error) {
	a.c.reads.Add(1)
	return a.AuditStore.After(ctx, n, limit)
}

// auditor may read the audit log of one commune.
func auditor(t *testing.T) survey.Actor {
	t.Helper()
	role := survey.Role("auditor")
	survey.Roles[role] = []survey.Right{survey.RightAudit}
	t.Cleanup(func() { delete(survey.Roles, role) })
	return survey.Actor{User: "auditor", Grants: []survey.Grant{{Role: role, Agency: "xa-binh-minh"}}}
}

func TestAuditPages(t *testing.T) {
	store := &counting{Store: openStore(t)}
	r := open(t, store)
	ctx := t.Context()
	if _, _, err := r.AuditPage(ctx, viewer, 0, 10); fields(err) != "forbidden noRight" {
		t.Errorf("a viewer: %v", err)
	}
	if entries, total, err := r.AuditPage(ctx, admin, 0, 10); err != nil || entries == nil || len(entries) != 0 || total != 0 {
		t.Errorf("an empty log: %v, %d, %v", entries, total, err)
	}
	if err := r.Load(ctx, province()); err != nil {
		t.Fatal(err)
	}
	clerk := auditor(t)
	for i := range 5 {
		for _, agency := range []string{"xa-binh-minh", "phuong-2"} {
			if _, err := r.CreatePoint(ctx, admin, newPoint(agency)); err != nil {
				t.Fatal(i, err)
			}
		}
	}
	all, err := store.Store.Audit().After(ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var own []survey.AuditEntry
	for _, e := range all {
		if e.Agency == "xa-binh-minh" {
			own = append(own, e)
		}
	}
	for name, test := range map[string]struct {
		actor       survey.Actor
		visible     []survey.AuditEntry
		skip, limit int
		lists       int64
	}{
		"the first page":            {admin, all, 0, 4, 1},
		"one in the middle":         {admin, all, 4, 4, 0},
		"the last one":              {admin, all, 12, 10, 0},
		"behind the end":            {admin, all, 100, 10, 0},
		"before the beginning":      {admin, all, -1, 2, 1},
		"no entries":                {admin, all, 3, 0, 0},
		"everything":                {admin, all, 0, 1000, 1},
		"of a commune":              {clerk, own, 0, 2, 1},
		"of a commune, further on":  {clerk, own, 2, 2, 0},
		"of a commune, the last":    {clerk, own, 4, 10, 0},
		"of a commune, behind that": {clerk, own, 5, 10, 0},
	} {
		t.Run(name, func(t *testing.T) {
			store.lists.Store(0)
			store.reads.Store(0)
			got, total, err := r.AuditPage(ctx, test.actor, test.skip, test.limit)
			if err != nil {
				t.Fatal(err)
			}
			from := min(max(test.skip, 0), len(test.visible))
			want := test.visible[from:min(from+test.limit, len(test.visible))]
			if total != len(test.visible) || !slices.EqualFunc(got, want, func(a, b survey.AuditEntry) bool { return a.ID == b.ID && a.N == b.N }) {
				t.Errorf("%d of %d entries, want %d of %d", len(got), total, len(want), len(test.visible))
			}
			if lists, reads := store.lists.Load(), store.reads.Load(); lists != test.lists || reads > 1 {
				t.Errorf("the points were listed %d times, want %d; the chain was read %d times", lists, test.lists, reads)
			}
		})
	}
}

func TestReadingTheAuditLogLooksForDebtsOnce(t *testing.T) {
	f := &faulty{Store: openStore(t)}
	c := &counting{Store: f}
	r := open(t, c)
	ctx := t.Context()
	if err := r.Load(ctx, province()); err != nil {
		t.Fatal(err)
	}
	all, err := r.Audit(ctx, admin, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	c.lists.Store(0)
	for after := int64(0); after < all[len(all)-1].N; after++ {
		if entries, err := r.Audit(ctx, admin, after, 1); err != nil || len(entries) != 1 {
			t.Fatal(entries, err)
		}
	}
	if n := c.lists.Load(); n != 1 {
		t.Errorf("the points were listed %d times, want once", n)
	}
	// What this node knows to be owed is paid before any page.
	f.noAppend.Store(true)
	point, err := r.CreatePoint(ctx, admin, newPoint("phuong-2"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.AuditPage(ctx, admin, 1, 10); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("with a debt that cannot be paid: %v", err)
	}
	f.noAppend.Store(false)
	for range 2 {
		entries, total, err := r.AuditPage(ctx, admin, len(all), 10)
		if err != nil || total != len(all)+1 || len(entries) != 1 || entries[0].RecordKey != point.Code {
			t.Errorf("got %v, %d, %v", entries, total, err)
		}
	}
}

// The hash of an entry can be made with nothing but its description.
func TestAuditHashIsAsDescribed(t *testing.T) {
	prev, digest := slices.Repeat([]byte{7}, 32), slices.Repeat([]byte{9}, 32)
	e := survey.AuditEntry{ID: "agencies/xa-<a>/2", N: 12, Prev: prev, Hash: []byte("anything"),
		At: time.Date(2026, 11, 23, 14, 33, 46, 120_999_999, survey.Vietnam), Actor: "Lê \"<&>\"\u2028\u2029\b\f\n\r\t\u0001\u007f\\\xff", Action: survey.ActionUpdate,
		Collection: "agencies", RecordKey: "xa-<a>", Rev: 2, Agency: "xa-<a>", Digest: digest}
	body := `{"action":"update","actor":"Lê \"<&>\"\u2028\u2029\b\f\n\r\t\u0001` + "\u007f" + `\\` + "\uFFFD" + `","agency":"xa-<a>","at":"2026-11-23T07:33:46.12Z","collection":"agencies",` +
		`"digest":"` + base64.StdEncoding.EncodeToString(digest) + `","hash":null,"id":"agencies/xa-<a>/2","key":"xa-<a>","n":12,"prev":null,"rev":2}`
	want := sha256.Sum256([]byte("sipas audit entry 1\n" + string(prev) + body))
	got, err := registry.AuditHash(e)
	if err != nil || fmt.Sprintf("%x", got) != fmt.Sprintf("%x", want) {
		t.Errorf("got %x, %v; want %x", got, err, want)
	}
}
