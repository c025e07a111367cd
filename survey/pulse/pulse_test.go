package pulse

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/sqlitestore"
	"sipas/survey/storetest"
)

var start = time.Date(2026, 11, 23, 7, 33, 46, 0, time.UTC)

func opened(t *testing.T) *storetest.FaultyStore {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return storetest.Faulty(store)
}

func keeper(store survey.Store) *Keeper {
	return New(store.Heartbeats(), slog.New(slog.DiscardHandler))
}

func beat(second, waiting int) survey.Heartbeat {
	return survey.Heartbeat{ID: "7QX2M9A4", At: start.Add(time.Duration(second) * time.Second), Waiting: waiting}
}

func wantWaiting(t *testing.T, name string, k *Keeper, want int) {
	t.Helper()
	all, err := k.All(t.Context())
	if err != nil || len(all) != 1 || all["7QX2M9A4"].Waiting != want {
		t.Errorf("%s: %+v, %v; want %d waiting", name, all, err, want)
	}
}

func flush(t *testing.T, k *Keeper) {
	t.Helper()
	if err := k.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestEveryNodeShowsTheNewest(t *testing.T) {
	store := opened(t)
	a, b := keeper(store), keeper(store)
	a.Report(beat(0, 5))
	wantWaiting(t, "the node that was told, at once", a, 5)
	if all, err := b.All(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("another node before the write: %+v, %v", all, err)
	}
	flush(t, a)
	wantWaiting(t, "another node after the write", b, 5)

	b.Report(beat(60, 3))
	flush(t, b)
	wantWaiting(t, "the first node, told by the second", a, 3)
	a.Report(beat(30, 4)) // on the way for long
	flush(t, a)
	wantWaiting(t, "an older one changes nothing", b, 3)
	wantWaiting(t, "an older one changes nothing where it came", a, 3)
}

func TestManyAreWrittenOnce(t *testing.T) {
	store := opened(t)
	k := keeper(store)
	for i := range 100 {
		k.Report(beat(i, i))
	}
	flush(t, k)
	flush(t, k)
	stored, err := store.Heartbeats().Find(t.Context(), "7QX2M9A4")
	if err != nil || stored.Rev != 1 || stored.Waiting != 99 {
		t.Errorf("stored %+v, %v; want the last one, written once", stored, err)
	}
	k.Report(beat(200, 1))
	flush(t, k)
	if stored, err = store.Heartbeats().Find(t.Context(), "7QX2M9A4"); err != nil || stored.Rev != 2 {
		t.Errorf("stored %+v, %v; want revision 2", stored, err)
	}
	if last, err := store.Audit().Last(t.Context()); !survey.IsCode(err, survey.CodeNotFound) {
		t.Errorf("a heartbeat left an audit entry: %+v, %v", last, err)
	}
}
