package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sipas/survey"
)

// ledgerStore implements survey.LedgerStore.
type ledgerStore struct{ *Store }

// Ledger implements survey.Store.
func (s *Store) Ledger() survey.LedgerStore { return ledgerStore{s} }

// An entry's row id is no·2⁴⁰ + n: a million million entries in each of eight
// million streams.
const seqBits = 40

func seq(no, n int64) int64 { return no<<seqBits | n }

const (
	entryColumns = `SELECT s.id, l.seq, l.id, l.kind, l.prev, l.hash, l.kept, l.open_hash, l.salt, l.open, l.signature
		FROM ledger l CROSS JOIN streams s ON s.no = l.seq >> 40 `
	readEntries = entryColumns + `WHERE l.seq > ? AND l.seq < ? ORDER BY l.seq LIMIT ?`
	findEntries = entryColumns + `WHERE l.id IN (SELECT value FROM json_each(?))`
	entriesAt   = entryColumns + `WHERE l.seq IN (SELECT value FROM json_each(?))`
	lastEntry   = entryColumns + `WHERE l.seq > ? AND l.seq < ? ORDER BY l.seq DESC LIMIT 1`
	moved       = `SELECT s.id FROM json_each(?) place CROSS JOIN streams s ON s.id = place.key
		WHERE EXISTS (SELECT 1 FROM ledger WHERE seq = (s.no << 40 | place.value + 1))`
	insertEntry = `INSERT INTO ledger (seq, id, kind, prev, hash, kept, open_hash, salt, open, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// RegisterStream implements survey.LedgerStore; conflict where the id is taken.
func (l ledgerStore) RegisterStream(ctx context.Context, s survey.Stream) error {
	return l.exec(ctx, `INSERT INTO streams (id, public_key, started_at) VALUES (?, ?, ?)`,
		s.ID, []byte(s.PublicKey), s.StartedAt.UTC().Format(timeLayout))
}

// EndStream implements survey.LedgerStore.
func (l ledgerStore) EndStream(ctx context.Context, id string, n int64) error {
	return l.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		result, err := c.ExecContext(ctx, `UPDATE streams SET ended = ? WHERE id = ?`, n, id)
		if err != nil {
			return err
		}
		if found, err := result.RowsAffected(); err != nil || found == 0 {
			return errors.Join(err, notFound())
		}
		return nil
	})
}

// timeLayout has a fixed width, so that text order is time order.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Streams implements survey.LedgerStore.
func (l ledgerStore) Streams(ctx context.Context) (streams []survey.Stream, err error) {
	rows, err := l.reader.QueryContext(ctx, `SELECT id, public_key, started_at, ended FROM streams ORDER BY started_at, no`)
	if err != nil {
		return nil, l.translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s survey.Stream
		var key []byte
		var at string
		if err := rows.Scan(&s.ID, &key, &at, &s.Ended); err != nil {
			return nil, l.translate(err)
		}
		s.PublicKey = key
		if s.StartedAt, err = time.Parse(timeLayout, at); err != nil {
			return nil, l.translate(err)
		}
		streams = append(streams, s)
	}
	return streams, l.translate(rows.Err())
}

// number finds the number of a stream, 0 where it is not registered.
func (l ledgerStore) number(ctx context.Context, stream string) (int64, error) {
	if no, ok := l.streams.Load(stream); ok {
		return no.(int64), nil
	}
	var no int64
	err := l.reader.QueryRowContext(ctx, `SELECT no FROM streams WHERE id = ?`, stream).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, l.translate(err)
	}
	l.streams.Store(stream, no)
	return no, nil
}

// Insert implements survey.LedgerStore: one transaction, of what comes before
// the first entry that is taken. Internal for an entry of a stream not registered.
func (l ledgerStore) Insert(ctx context.Context, entries []survey.Entry) error {
	rows := make([]int64, len(entries))
	for i, e := range entries {
		no, err := l.number(ctx, e.Stream)
		if err != nil {
			return err
		}
		if no == 0 || e.N < 1 || e.N >= 1<<seqBits {
			return &survey.Error{Code: survey.CodeInternal, Message: "a ledger entry has no place in a registered stream"}
		}
		rows[i] = seq(no, e.N)
	}
	var taken error
	err := l.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		insert, err := c.PrepareContext(ctx, insertEntry)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i, e := range entries {
			_, err := insert.ExecContext(ctx, rows[i], e.ID, string(e.Kind), blob(e.Prev), blob(e.Hash), blob(e.Kept), blob(e.OpenHash),
				nullable(e.Salt), nullable(e.Open), nullable(e.Signature))
			var failure *sqlite.Error
			if errors.As(err, &failure) && (failure.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || failure.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
				taken = &survey.DuplicateError{Index: i, Position: !strings.Contains(failure.Error(), "ledger.id")}
				return nil // only this entry was refused: those before it are committed
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return taken
}

// blob never is NULL; nullable is, where there are no bytes.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func nullable(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// Find implements survey.LedgerStore.
func (l ledgerStore) Find(ctx context.Context, ids []string) ([]survey.Entry, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, l.translate(err)
	}
	return l.entries(l.statements.find.QueryContext(ctx, string(list)))
}

// Read implements survey.LedgerStore.
func (l ledgerStore) Read(ctx context.Context, stream string, after int64, limit int) ([]survey.Entry, error) {
	no, err := l.number(ctx, stream)
	if err != nil || no == 0 {
		return nil, err
	}
	return l.entries(l.statements.read.QueryContext(ctx, seq(no, after), seq(no+1, 0), limit))
}

// ReadAt implements survey.LedgerStore.
func (l ledgerStore) ReadAt(ctx context.Context, stream string, places []int64) ([]survey.Entry, error) {
	no, err := l.number(ctx, stream)
	if err != nil || no == 0 {
		return nil, err
	}
	rows := make([]int64, 0, len(places))
	for _, n := range places {
		if n > 0 && n < 1<<seqBits {
			rows = append(rows, seq(no, n))
		}
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return nil, l.translate(err)
	}
	return l.entries(l.statements.at.QueryContext(ctx, string(list)))
}

// Moved implements survey.LedgerStore.
func (l ledgerStore) Moved(ctx context.Context, after map[string]int64) ([]string, error) {
	places, err := json.Marshal(after)
	if err != nil {
		return nil, l.translate(err)
	}
	rows, err := l.statements.moved.QueryContext(ctx, string(places))
	if err != nil {
		return nil, l.translate(err)
	}
	defer rows.Close()
	var streams []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, l.translate(err)
		}
		streams = append(streams, id)
	}
	return streams, l.translate(rows.Err())
}

// Last implements survey.LedgerStore.
func (l ledgerStore) Last(ctx context.Context, stream string) (survey.Entry, error) {
	no, err := l.number(ctx, stream)
	if err != nil {
		return survey.Entry{}, err
	}
	found, err := l.entries(l.statements.last.QueryContext(ctx, seq(no, 0), seq(no+1, 0)))
	if err == nil && len(found) == 0 {
		err = notFound()
	}
	if err != nil {
		return survey.Entry{}, err
	}
	return found[0], nil
}

func (l ledgerStore) entries(rows *sql.Rows, err error) ([]survey.Entry, error) {
	if err != nil {
		return nil, l.translate(err)
	}
	defer rows.Close()
	var entries []survey.Entry
	for rows.Next() {
		var e survey.Entry
		if err := rows.Scan(&e.Stream, &e.N, &e.ID, &e.Kind, &e.Prev, &e.Hash, &e.Kept, &e.OpenHash, &e.Salt, &e.Open, &e.Signature); err != nil {
			return nil, l.translate(err)
		}
		e.N &= 1<<seqBits - 1
		entries = append(entries, e)
	}
	return entries, l.translate(rows.Err())
}

// EraseOpen implements survey.LedgerStore. Where it gives nil the bytes are
// overwritten in the file and gone from the write-ahead log. A reader that keeps the log for longer than
// patience, in this process or another, makes it unavailable: the bytes are then erased for every
// reader to come, and repeating it empties the log. Nothing is left to a task in the
// background, which would die with the process while the caller believes the bytes gone.
func (l ledgerStore) EraseOpen(ctx context.Context, ids []string) error {
	list, err := json.Marshal(ids)
	if err != nil {
		return l.translate(err)
	}
	if err := l.exec(ctx, `UPDATE ledger SET salt = NULL, open = NULL WHERE id IN (SELECT value FROM json_each(?)) AND (salt IS NOT NULL OR open IS NOT NULL)`, string(list)); err != nil {
		return err
	}
	return l.emptyLog(ctx)
}

const (
	patience     = 2 * time.Second        // how long an erasure waits for readers
	betweenTries = 100 * time.Millisecond // in which others write
)

// emptyLog moves the write-ahead log into the file and cuts it to nothing. Each
// attempt keeps writers waiting for no longer than checkpointTimeout.
func (s *Store) emptyLog(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		emptied, err := s.checkpoint(ctx)
		if err != nil || emptied {
			return s.translate(err)
		}
		timer := time.NewTimer(betweenTries)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return &survey.Error{Code: survey.CodeUnavailable, Message: "a reader keeps erased bytes in the write-ahead log: erase again"}
		}
	}
}

// checkpoint tries once to empty the log; false where somebody is in the way.
func (s *Store) checkpoint(ctx context.Context) (emptied bool, err error) {
	c, err := s.writer.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer c.Close()
	whole := context.WithoutCancel(ctx)
	if _, err := c.ExecContext(whole, "PRAGMA "+checkpointTimeout); err != nil {
		return false, err
	}
	var busy, frames, moved int
	err = c.QueryRowContext(whole, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved)
	_, restored := c.ExecContext(whole, "PRAGMA "+busyTimeout)
	return busy == 0, errors.Join(err, restored)
}
