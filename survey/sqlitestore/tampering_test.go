package sqlitestore

import (
	"database/sql"
	"path/filepath"
	"testing"

	"sipas/survey"
	"sipas/survey/storetest"
)

// Whoever has the file and any SQLite tool can do this.
func TestTampering(t *testing.T) {
	storetest.RunTampering(t, func(t *testing.T) (survey.Store, storetest.Tampering) {
		path := filepath.Join(t.TempDir(), "sipas.db")
		store := opened(t, path)
		db, err := sql.Open("sqlite", path)
		check(t, err)
		t.Cleanup(func() { db.Close() })
		one := func(t *testing.T, query string, args ...any) {
			t.Helper()
			result, err := db.ExecContext(t.Context(), query, args...)
			check(t, err)
			if n, err := result.RowsAffected(); err != nil || n != 1 {
				t.Fatalf("%s changed %d entries (%v)", query, n, err)
			}
		}
		return store, storetest.Tampering{
			SetKept: func(t *testing.T, id string, kept []byte) {
				one(t, `UPDATE ledger SET kept = ? WHERE id = ?`, kept, id)
			},
			SetOpen: func(t *testing.T, id string, open []byte) {
				one(t, `UPDATE ledger SET open = ? WHERE id = ?`, nullable(open), id)
			},
			SetPlace: func(t *testing.T, id string, n int64) {
				one(t, `UPDATE ledger SET seq = (seq >> 40 << 40) | ? WHERE id = ?`, n, id)
			},
			Remove: func(t *testing.T, id string) { one(t, `DELETE FROM ledger WHERE id = ?`, id) },
		}
	})
}
