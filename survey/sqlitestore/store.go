// Package sqlitestore is the embedded store: one SQLite file in WAL mode, every
// write synced to disk before it is answered.
//
// Several processes may open one file: each is its own stream of the ledger, and
// SQLite lets one write at a time.
package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sipas/survey"
)

// How many connections read at the same time, and how long (milliseconds) a write
// waits for another process, and a checkpoint, which keeps writes waiting meanwhile, for readers.
const (
	maxReaders        = 4
	busyTimeout       = "busy_timeout(5000)"
	checkpointTimeout = "busy_timeout(50)"
)

// Store is a province kept in one SQLite file. It implements survey.Store.
type Store struct {
	writer *sql.DB // one connection
	reader *sql.DB
	closed atomic.Bool
	broken atomic.Bool // the file could not be written, and Ping has not found it better since

	statements struct{ read, find, at, last, moved *sql.Stmt }
	streams    sync.Map // stream id → its number, int64
}

var _ survey.Store = (*Store)(nil)

// Open opens the file, or creates it and its folder, readable by its owner only,
// and brings its tables up to date. Unavailable where the file cannot be read and
// written; conflict where it belongs to another program or a newer version.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := create(path); err != nil {
		return nil, &survey.Error{Code: survey.CodeUnavailable, Message: "the store's file cannot be created", Err: err}
	}
	s := &Store{
		writer: open(path, busyTimeout, "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "cache_size(-16000)"),
		reader: open(path, busyTimeout, "query_only(ON)"),
	}
	s.writer.SetMaxOpenConns(1)
	s.reader.SetMaxOpenConns(maxReaders)
	s.reader.SetMaxIdleConns(maxReaders)
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, err
	}
	// A process that was killed may have left erased bytes in the write-ahead log,
	// and nobody remembers. Where somebody else is in the way, the next erasure or start does it.
	_, _ = s.checkpoint(ctx)
	return s, nil
}

// create makes the file itself, because SQLite would make it readable by all.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// open makes a pool; nothing is opened before its first use.
func open(path string, pragmas ...string) *sql.DB {
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path), OmitHost: true,
		RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		panic(err) // the driver is not registered
	}
	return db
}

func (s *Store) prepare(ctx context.Context) error {
	if err := s.write(ctx, migrate); err != nil {
		return err
	}
	for query, statement := range map[string]**sql.Stmt{
		readEntries: &s.statements.read,
		findEntries: &s.statements.find,
		entriesAt:   &s.statements.at,
		lastEntry:   &s.statements.last,
		moved:       &s.statements.moved,
	} {
		var err error
		if *statement, err = s.reader.PrepareContext(ctx, query); err != nil {
			return s.translate(err)
		}
	}
	return nil
}

// write runs fn in a transaction of the one writer. Waiting for it ends with
// ctx; once begun, it runs to its end, so that its outcome is known.
func (s *Store) write(ctx context.Context, fn func(ctx context.Context, c *sql.Conn) error) error {
	c, err := s.writer.Conn(ctx)
	if err != nil {
		return s.translate(err)
	}
	defer c.Close()
	whole := context.WithoutCancel(ctx)
	if _, err = c.ExecContext(ctx, "BEGIN IMMEDIATE"); err == nil {
		if err = fn(whole, c); err == nil {
			_, err = c.ExecContext(whole, "COMMIT")
		}
	}
	if err != nil {
		// Without effect where there is none, or SQLite rolled it back already.
		_, _ = c.ExecContext(whole, "ROLLBACK")
	}
	if unwritable(err) {
		s.broken.Store(true)
	}
	return s.translate(err)
}

// unwritable reports whether SQLite found that the file itself, or the disk it is
// on, takes no writes: it is full, read-only or failing.
func unwritable(err error) bool {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return false
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return true
	}
	return false
}

// translate makes an error of SQLite one of survey's.
func (s *Store) translate(err error) error {
	var own *survey.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	code, message := survey.CodeInternal, "the store failed"
	var failure *sqlite.Error
	switch {
	case s.closed.Load() || errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		code, message = survey.CodeUnavailable, "the store did not answer"
	case errors.Is(err, sql.ErrNoRows):
		return notFound()
	case errors.As(err, &failure):
		switch kind := failure.Code() & 0xff; {
		case kind == sqlite3.SQLITE_CONSTRAINT:
			return conflict(err)
		case unwritable(err), kind == sqlite3.SQLITE_BUSY, kind == sqlite3.SQLITE_LOCKED, kind == sqlite3.SQLITE_INTERRUPT,
			kind == sqlite3.SQLITE_PROTOCOL, kind == sqlite3.SQLITE_NOMEM:
			code, message = survey.CodeUnavailable, "the store's file cannot be read or written now"
		case kind == sqlite3.SQLITE_NOTADB:
			code, message = survey.CodeConflict, "the file is no store"
		}
	}
	return &survey.Error{Code: code, Message: message, Err: err}
}

func notFound() error {
	return &survey.Error{Code: survey.CodeNotFound, Message: "no such record in the store"}
}

func conflict(err error) error {
	return &survey.Error{Code: survey.CodeConflict, Message: "the store has another record or revision", Err: err}
}

// Identity implements survey.Store.
func (s *Store) Identity(ctx context.Context) (id survey.Identity, err error) {
	err = s.document(s.reader.QueryRowContext(ctx, `SELECT doc FROM identity`), &id)
	return id, err
}

// Create implements survey.Store.
func (s *Store) Create(ctx context.Context, id survey.Identity) error {
	doc, err := encode(id)
	if err != nil {
		return err
	}
	return s.exec(ctx, `INSERT INTO identity (one, doc) VALUES (1, ?)`, doc)
}

// Ping implements survey.Store: the right to write is taken and given back, and
// a row is read. Once a write found the file unwritable, something is written,
// too: nothing else tells whether a disk is still full or read-only.
func (s *Store) Ping(ctx context.Context) error {
	err := s.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		if !s.broken.Load() {
			return nil
		}
		_, err := c.ExecContext(ctx, trial)
		if err == nil {
			s.broken.Store(false) // unless the commit fails, too
		}
		return err
	})
	if err != nil {
		return err
	}
	var n int
	return s.translate(s.reader.QueryRowContext(ctx, `SELECT count(*) FROM identity`).Scan(&n))
}

// trial takes some pages of the file, and frees them again.
const trial = `CREATE TABLE trial AS SELECT hex(zeroblob(16384)) AS filling; DROP TABLE trial`

// Close implements survey.Store. What is called later gets unavailable.
func (s *Store) Close() error {
	s.closed.Store(true)
	if err := errors.Join(s.reader.Close(), s.writer.Close()); err != nil {
		return s.translate(err)
	}
	return nil
}

// exec runs one statement as a transaction of its own.
func (s *Store) exec(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		_, err := c.ExecContext(ctx, query, args...)
		return err
	})
}

// document reads a row's only column, a JSON document; not_found where there is no row.
func (s *Store) document(row interface{ Scan(...any) error }, into any) error {
	var doc string
	if err := row.Scan(&doc); err != nil {
		return s.translate(err)
	}
	if err := json.Unmarshal([]byte(doc), into); err != nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "a document of the store cannot be read", Err: err}
	}
	return nil
}

func encode(doc any) (string, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return "", &survey.Error{Code: survey.CodeInternal, Message: "a document cannot be written as JSON", Err: err}
	}
	return string(b), nil
}
