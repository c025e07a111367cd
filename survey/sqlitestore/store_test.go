package sqlitestore

import (
	"path/filepath"
	"testing"

	"sipas/survey"
	"sipas/survey/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) survey.Store { return opened(t, filepath.Join(t.TempDir(), "sipas.db")) })
}

func TestTwoProcesses(t *testing.T) {
	storetest.RunTwo(t, func(t *testing.T) (a, b survey.Store) {
		path := filepath.Join(t.TempDir(), "sipas.db")
		return opened(t, path), opened(t, path)
	})
}

func opened(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
