package archive

import (
	"context"
	"io"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

// Backup writes a store as an archive. Sessions and enrolment codes are left out,
// and keys are not in a store.
type Backup struct {
	Store    survey.Store
	At       time.Time // that the header says
	Tool     string    // that the header names
	Progress Progress  // may be nil
}

// Run writes the archive and gives its footer. It works beside running servers:
// of each stream the archive has everything up to the head at one moment, and
// the audit log and the audited documents are those of one moment after it.
//
// Errors: invalid with ReasonEmpty, unavailable with ReasonMoving where the
// catalogue is written without a pause, and those of the store and of w.
func (b Backup) Run(ctx context.Context, w io.Writer) (Footer, error) {
	identity, err := b.Store.Identity(ctx)
	if survey.IsCode(err, survey.CodeNotFound) {
		return Footer{}, &survey.Error{Code: survey.CodeInvalid, Reason: ReasonEmpty, Message: "there is no province in the store"}
	}
	if err != nil {
		return Footer{}, err
	}
	out, err := newWriter(w, Header{Format: formatName, Version: formatVersion, Store: identity,
		At: b.At.UTC().Truncate(time.Millisecond), Tool: b.Tool})
	if err != nil {
		return Footer{}, err
	}
	defer out.to.Close() // again where end did so: it does nothing then
	if err := b.ledger(ctx, out); err != nil {
		return Footer{}, err
	}
	if err := b.catalogue(ctx, out); err != nil {
		return Footer{}, err
	}
	return out.end()
}

// ledger writes the streams. An open part that is gone was erased, and its
// erasure entry is stored before it goes; so where one is gone the streams are read
// on to the heads of a later moment, that the archive never lacks the entry.
func (b Backup) ledger(ctx context.Context, out *writer) error {
	store := b.Store.Ledger()
	var written int64
	for gone := true; gone; {
		gone = false
		streams, ends, err := ledger.Heads(ctx, store)
		if err != nil {
			return err
		}
		var total int64
		for _, end := range ends {
			total += end.N
		}
		for i, s := range streams {
			head, known := out.inventory.streams[s.ID]
			if !known {
				if err := out.add(&line{Stream: &s}); err != nil {
					return err
				}
			}
			err := pages(ctx, store, s.ID, head.N, ends[i].N, func(entries []survey.Entry) error {
				for _, e := range entries {
					gone = gone || e.Salt == nil
					if err := out.add(&line{Entry: entryOf(e)}); err != nil {
						return err
					}
				}
				written += int64(len(entries))
				b.Progress.report(written, total)
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// maxReadings is how often the catalogue is read in the hope that it stands still.
const maxReadings = 100

// catalogue writes the audit log and the documents. An audit entry whose
// document is older than it would keep the document's next act out of the log, and
// a document whose entry is missing would hide an act. So the documents are read
// until none has changed from before the log's end was read to after it.
func (b Backup) catalogue(ctx context.Context, out *writer) error {
	// First, so that no device is of a later enrolment than its kiosk knows of.
	devices, err := b.documents(ctx, unaudited)
	if err != nil {
		return err
	}
	before, err := b.documents(ctx, audited)
	if err != nil {
		return err
	}
	for range maxReadings {
		end, err := lastAudit(ctx, b.Store.Audit())
		if err != nil {
			return err
		}
		after, err := b.documents(ctx, audited)
		if err != nil {
			return err
		}
		if same(before, after) {
			if err := b.audit(ctx, out, end.N); err != nil {
				return err
			}
			return put(out, append(after, devices...))
		}
		before = after
	}
	return &survey.Error{Code: survey.CodeUnavailable, Reason: ReasonMoving,
		Message: "the catalogue is written all the time; make the backup when the import is over"}
}

// reading is what one of the collections holds.
type reading struct {
	collection string
	documents  []document
}

func (b Backup) documents(ctx context.Context, collections []collection) ([]reading, error) {
	readings := make([]reading, len(collections))
	for i, c := range collections {
		docs, err := c.read(ctx, b.Store)
		if err != nil {
			return nil, err
		}
		readings[i] = reading{c.name(), docs}
	}
	return readings, nil
}

func same(a, b []reading) bool {
	for i := range a {
		if content(a[i].collection, a[i].documents) != content(b[i].collection, b[i].documents) {
			return false
		}
	}
	return true
}

// audit writes the audit log up to an entry.
func (b Backup) audit(ctx context.Context, out *writer, end int64) error {
	for n := int64(0); n < end; {
		entries, err := b.Store.Audit().After(ctx, n, int(min(pageSize, end-n)))
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return nil
		}
		for _, e := range entries {
			if n = e.N; n > end {
				return nil
			}
			if err := out.add(&line{Audit: &e}); err != nil {
				return err
			}
		}
	}
	return nil
}

func put(out *writer, readings []reading) error {
	for _, r := range readings {
		for _, doc := range r.documents {
			if err := out.add(&line{Collection: r.collection, Document: doc.text}); err != nil {
				return err
			}
		}
	}
	return nil
}
