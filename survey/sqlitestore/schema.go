package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"

	"sipas/survey"
)

// applicationID marks the file as ours; the letters "SIPA".
const applicationID = 0x53495041

// migrations bring the tables from version i to i+1; what was released never changes.
//
// An entry's row id holds its stream's number and its n (see seq), so that the
// entries of the newest stream are appended at the end of the table and the place
// in the stream needs no index of its own.
var migrations = []string{`
CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), doc TEXT NOT NULL) STRICT;

CREATE TABLE streams (
	no         INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	public_key BLOB NOT NULL,
	started_at TEXT NOT NULL
) STRICT;

CREATE TABLE ledger (
	seq       INTEGER PRIMARY KEY,
	id        TEXT NOT NULL,
	kind      TEXT NOT NULL,
	prev      BLOB NOT NULL,
	hash      BLOB NOT NULL,
	kept      BLOB NOT NULL,
	open_hash BLOB NOT NULL,
	salt      BLOB,
	open      BLOB,
	signature BLOB
) STRICT;
CREATE UNIQUE INDEX ledger_id ON ledger (id);

CREATE TABLE audit (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;

CREATE TABLE agencies   (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE fields     (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE procedures (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE points     (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE targets    (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE volumes    (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE users      (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sessions   (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
`, `
CREATE TABLE kiosks     (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE devices    (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE enrolments (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
`, `
ALTER TABLE streams ADD COLUMN ended INTEGER;
`, `
CREATE TABLE heartbeats (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
`, `
CREATE TABLE receipt_batches (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE receipt_codes   (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_codes_batch ON receipt_codes (doc ->> '$.batch', doc ->> '$.used');
`, `
CREATE TABLE campaigns (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
`, `
CREATE TABLE recordings (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
`}

// migrate brings the tables up to date, within the caller's transaction.
func migrate(ctx context.Context, c *sql.Conn) error {
	var application, version, tables int
	for query, value := range map[string]*int{
		`PRAGMA application_id`:              &application,
		`PRAGMA user_version`:                &version,
		`SELECT count(*) FROM sqlite_schema`: &tables,
	} {
		if err := c.QueryRowContext(ctx, query).Scan(value); err != nil {
			return err
		}
	}
	if application != applicationID && (application != 0 || version != 0 || tables != 0) {
		return &survey.Error{Code: survey.CodeConflict, Reason: "store.foreign", Message: "the file belongs to another program"}
	}
	if version > len(migrations) {
		return &survey.Error{Code: survey.CodeConflict, Reason: "store.newer", Message: "the store was written by a newer version of sipas"}
	}
	for _, migration := range migrations[version:] {
		if _, err := c.ExecContext(ctx, migration); err != nil {
			return err
		}
	}
	_, err := c.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, len(migrations)))
	return err
}
