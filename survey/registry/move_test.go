package registry_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
)

// move puts an agency below another.
func move(ctx context.Context, r *registry.Registry, a survey.Agency, parent string) error {
	a.Parent = parent
	_, err := r.UpdateAgency(ctx, admin, a)
	return err
}

func agencyOf(t *testing.T, r *registry.Registry, id string) survey.Agency {
	t.Helper()
	a, ok := r.Snapshot().Agency(id)
	if !ok {
		t.Fatalf("no agency %s", id)
	}
	return a
}

// acyclic follows every agency of the store up to the root.
func acyclic(t *testing.T, store survey.Store) {
	t.Helper()
	all, err := store.Agencies().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parents := map[string]string{}
	for _, a := range all {
		parents[a.ID] = a.Parent
	}
	for id := range parents {
		up := id
		for range len(parents) {
			up = parents[up]
		}
		if up != "" {
			t.Errorf("%s lies below itself", id)
		}
	}
}

func TestAMoveIsCheckedAgainstWhatAnotherNodeMoved(t *testing.T) {
	first, store := loaded(t)
	second := open(t, store)
	one, other := agencyOf(t, second, "phuong-2"), agencyOf(t, second, "phuong-10")
	if err := move(t.Context(), first, one, other.ID); err != nil {
		t.Fatal(err)
	}
	if got, want := fields(move(t.Context(), second, other, one.ID)), "parent: agency.cycle"; got != want {
		t.Errorf("the second move: %q, want %q", got, want)
	}
	acyclic(t, store)
}

// meeting is a store that holds the look-up of an agency, the step before the
// check of an update, until two updates have come that far or it is plain that they cannot.
type meeting struct {
	survey.Store
	both *sync.WaitGroup
}

func (m meeting) Agencies() survey.Collection[survey.Agency] {
	return meetingAgencies{m.Store.Agencies(), m.both, new(sync.Map)}
}

type meetingAgencies struct {
	survey.Collection[survey.Agency]
	both *sync.WaitGroup
	seen *sync.Map
}

func (m meetingAgencies) Find(ctx context.Context, key string) (survey.Agency, error) {
	a, err := m.Collection.Find(ctx, key)
	if _, again := m.seen.LoadOrStore(key, true); !again {
		m.both.Done()
		met := make(chan struct{})
		go func() { m.both.Wait(); close(met) }()
		select {
		case <-met:
		case <-time.After(200 * time.Millisecond):
		}
	}
	return a, err
}

func TestTwoMovesAtOnceMakeNoCircle(t *testing.T) {
	_, store := loaded(t)
	both := new(sync.WaitGroup)
	both.Add(2)
	r := open(t, meeting{store, both})
	one, other := agencyOf(t, r, "phuong-2"), agencyOf(t, r, "phuong-10")
	errs := make(chan error, 2)
	go func() { errs <- move(t.Context(), r, one, other.ID) }()
	go func() { errs <- move(t.Context(), r, other, one.ID) }()
	said := map[string]int{fields(<-errs): 1}
	said[fields(<-errs)]++
	if said[""] != 1 || said["parent: agency.cycle"] != 1 {
		t.Errorf("the moves gave %v, want one of them refused", said)
	}
	acyclic(t, store)
}

func TestTwoRootsAtOnce(t *testing.T) {
	store := openStore(t)
	first, second := open(t, store), open(t, store)
	root := func(id string) survey.Agency {
		return survey.Agency{ID: id, Kind: survey.KindProvince, Level: survey.LevelProvince, Name: text("Tỉnh"), ValidFrom: "2025-07-01"}
	}
	if _, err := first.CreateAgency(t.Context(), admin, root("tinh")); err != nil {
		t.Fatal(err)
	}
	if _, err := second.CreateAgency(t.Context(), admin, root("tinh-khac")); fields(err) != "parent: required" {
		t.Errorf("a second root: %v", err)
	}
}
