package sqlitestore

import (
	"context"
	"database/sql"

	"sipas/survey"
)

// collection implements survey.Collection on a table (key, rev, doc). The table's
// name is one of our own, never what somebody sent.
type collection[T survey.Record] struct {
	*Store
	table string
}

// Agencies implements survey.Store.
func (s *Store) Agencies() survey.Collection[survey.Agency] {
	return collection[survey.Agency]{s, "agencies"}
}

// Fields implements survey.Store.
func (s *Store) Fields() survey.Collection[survey.Field] {
	return collection[survey.Field]{s, "fields"}
}

// Procedures implements survey.Store.
func (s *Store) Procedures() survey.Collection[survey.Procedure] {
	return collection[survey.Procedure]{s, "procedures"}
}

// Points implements survey.Store.
func (s *Store) Points() survey.Collection[survey.Point] {
	return collection[survey.Point]{s, "points"}
}

// Targets implements survey.Store.
func (s *Store) Targets() survey.Collection[survey.Target] {
	return collection[survey.Target]{s, "targets"}
}

// Volumes implements survey.Store.
func (s *Store) Volumes() survey.Collection[survey.Volume] {
	return collection[survey.Volume]{s, "volumes"}
}

// Users implements survey.Store.
func (s *Store) Users() survey.Collection[survey.User] {
	return collection[survey.User]{s, "users"}
}

// Sessions implements survey.Store.
func (s *Store) Sessions() survey.Collection[survey.Session] {
	return collection[survey.Session]{s, "sessions"}
}

// Kiosks implements survey.Store.
func (s *Store) Kiosks() survey.Collection[survey.Kiosk] {
	return collection[survey.Kiosk]{s, "kiosks"}
}

// Devices implements survey.Store.
func (s *Store) Devices() survey.Collection[survey.Device] {
	return collection[survey.Device]{s, "devices"}
}

// Enrolments implements survey.Store.
func (s *Store) Enrolments() survey.Collection[survey.Enrolment] {
	return collection[survey.Enrolment]{s, "enrolments"}
}

// Heartbeats implements survey.Store.
func (s *Store) Heartbeats() survey.Collection[survey.Heartbeat] {
	return collection[survey.Heartbeat]{s, "heartbeats"}
}

// ReceiptBatches implements survey.Store.
func (s *Store) ReceiptBatches() survey.Collection[survey.ReceiptBatch] {
	return collection[survey.ReceiptBatch]{s, "receipt_batches"}
}

// ReceiptCodes implements survey.Store.
func (s *Store) ReceiptCodes() survey.ReceiptCodeStore {
	return receiptCodes{collection[survey.ReceiptCode]{s, "receipt_codes"}}
}

// receiptCodes implements survey.ReceiptCodeStore.
type receiptCodes struct{ collection[survey.ReceiptCode] }

func (c receiptCodes) CountUsed(ctx context.Context, batches []string) (map[string]int, error) {
	list, err := encode(batches)
	if err != nil {
		return nil, err
	}
	rows, err := c.reader.QueryContext(ctx, `SELECT doc ->> '$.batch', count(*) FROM receipt_codes
		WHERE doc ->> '$.batch' IN (SELECT value FROM json_each(?)) AND doc ->> '$.used' = 1 GROUP BY 1`, list)
	if err != nil {
		return nil, c.translate(err)
	}
	defer rows.Close()
	used := map[string]int{}
	for rows.Next() {
		var batch string
		var n int
		if err := rows.Scan(&batch, &n); err != nil {
			return nil, c.translate(err)
		}
		used[batch] = n
	}
	return used, c.translate(rows.Err())
}

func (c receiptCodes) RemoveBatches(ctx context.Context, batches []string) error {
	list, err := encode(batches)
	if err != nil {
		return err
	}
	return c.exec(ctx, `DELETE FROM receipt_codes WHERE doc ->> '$.batch' IN (SELECT value FROM json_each(?))`, list)
}

// Campaigns implements survey.Store.
func (s *Store) Campaigns() survey.Collection[survey.Campaign] {
	return collection[survey.Campaign]{s, "campaigns"}
}

// Recordings implements survey.Store.
func (s *Store) Recordings() survey.Collection[survey.Recording] {
	return collection[survey.Recording]{s, "recordings"}
}

func (c collection[T]) Find(ctx context.Context, key string) (doc T, err error) {
	err = c.document(c.reader.QueryRowContext(ctx, `SELECT doc FROM `+c.table+` WHERE key = ?`, key), &doc)
	return doc, err
}

func (c collection[T]) List(ctx context.Context) ([]T, error) {
	rows, err := c.reader.QueryContext(ctx, `SELECT doc FROM `+c.table+` ORDER BY key`)
	return documents[T](c.Store, rows, err)
}

func (c collection[T]) Create(ctx context.Context, doc T) error {
	text, err := encode(doc)
	if err != nil {
		return err
	}
	return c.exec(ctx, `INSERT INTO `+c.table+` (key, rev, doc) VALUES (?, ?, ?)`, doc.Key(), doc.Revision(), text)
}

func (c collection[T]) CreateAll(ctx context.Context, docs []T) error {
	return c.write(ctx, func(ctx context.Context, conn *sql.Conn) error {
		insert, err := conn.PrepareContext(ctx, `INSERT INTO `+c.table+` (key, rev, doc) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, doc := range docs {
			text, err := encode(doc)
			if err != nil {
				return err
			}
			if _, err := insert.ExecContext(ctx, doc.Key(), doc.Revision(), text); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c collection[T]) Update(ctx context.Context, doc T) error {
	text, err := encode(doc)
	if err != nil {
		return err
	}
	return c.write(ctx, func(ctx context.Context, conn *sql.Conn) error {
		var rev int64
		if err := conn.QueryRowContext(ctx, `SELECT rev FROM `+c.table+` WHERE key = ?`, doc.Key()).Scan(&rev); err != nil {
			return err
		}
		if rev != doc.Revision()-1 {
			return conflict(nil)
		}
		_, err := conn.ExecContext(ctx, `UPDATE `+c.table+` SET rev = ?, doc = ? WHERE key = ?`, doc.Revision(), text, doc.Key())
		return err
	})
}

func (c collection[T]) SettleAudit(ctx context.Context, key string, rev int64) error {
	return c.exec(ctx, `UPDATE `+c.table+` SET doc = json_remove(doc, '$.pendingAudit') WHERE key = ? AND rev = ?`, key, rev)
}

func (c collection[T]) Remove(ctx context.Context, key string) error {
	return c.exec(ctx, `DELETE FROM `+c.table+` WHERE key = ?`, key)
}

// documents reads rows of one JSON document each.
func documents[T any](s *Store, rows *sql.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, s.translate(err)
	}
	defer rows.Close()
	var docs []T
	for rows.Next() {
		var doc T
		if err := s.document(rows, &doc); err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, s.translate(rows.Err())
}

// auditStore implements survey.AuditStore.
type auditStore struct{ *Store }

// Audit implements survey.Store.
func (s *Store) Audit() survey.AuditStore { return auditStore{s} }

func (a auditStore) Append(ctx context.Context, e survey.AuditEntry) error {
	doc, err := encode(e)
	if err != nil {
		return err
	}
	return a.exec(ctx, `INSERT INTO audit (n, id, doc) VALUES (?, ?, ?)`, e.N, e.ID, doc)
}

func (a auditStore) Find(ctx context.Context, id string) (e survey.AuditEntry, err error) {
	err = a.document(a.reader.QueryRowContext(ctx, `SELECT doc FROM audit WHERE id = ?`, id), &e)
	return e, err
}

func (a auditStore) Last(ctx context.Context) (e survey.AuditEntry, err error) {
	err = a.document(a.reader.QueryRowContext(ctx, `SELECT doc FROM audit ORDER BY n DESC LIMIT 1`), &e)
	return e, err
}

func (a auditStore) After(ctx context.Context, n int64, limit int) ([]survey.AuditEntry, error) {
	rows, err := a.reader.QueryContext(ctx, `SELECT doc FROM audit WHERE n > ? ORDER BY n LIMIT ?`, n, limit)
	return documents[survey.AuditEntry](a.Store, rows, err)
}
