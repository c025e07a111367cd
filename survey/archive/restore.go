package archive

import (
	"context"
	"io"

	"sipas/survey"
)

// Archive is a file that was found to be whole.
type Archive struct {
	Header
	Footer

	file    io.ReadSeeker
	streams []survey.Stream
}

// Open reads an archive from its beginning to its end and checks all of it. The
// error is invalid with ReasonDamaged or ReasonVersion, or that of ctx.
func Open(ctx context.Context, file io.ReadSeeker) (*Archive, error) {
	a := &Archive{file: file}
	var err error
	a.Header, a.Footer, err = read(file, func(l *line) error {
		if l.Stream != nil {
			a.streams = append(a.streams, *l.Stream)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Restore fills a store that holds no province with what the archive has and
// proves that it is all there. It may be interrupted at any moment and run again.
// Erasures that the archive has an entry for are finished.
//
// Errors: conflict with ReasonForeign where the store holds a province or something
// that is not in the archive, invalid with ReasonDamaged where the file was changed
// since it was opened, and those of the store.
func (a *Archive) Restore(ctx context.Context, store survey.Store, progress Progress) error {
	switch _, err := store.Identity(ctx); {
	case err == nil:
		return foreign("the target holds a province already; a backup is brought into a new store", nil)
	case !survey.IsCode(err, survey.CodeNotFound):
		return err
	}
	to, err := arrive(ctx, store, a.streams)
	if err != nil {
		return err
	}
	if err := a.fill(ctx, to, progress); err != nil {
		return err
	}
	if _, err := to.review(ctx); err != nil {
		return err
	}
	have, err := summarize(ctx, store, kept)
	if err != nil {
		return err
	}
	if difference := have.difference(a.Summary); difference != "" {
		return foreign("the target does not hold what the backup does ("+difference+")", nil)
	}
	return to.settle(ctx, a.Store)
}

// fill writes what the target lacks.
func (a *Archive) fill(ctx context.Context, to *arrival, progress Progress) error {
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var entries []survey.Entry // of one stream
	var done int64
	flush := func() error {
		if len(entries) == 0 {
			return nil
		}
		err := to.insert(ctx, entries)
		entries = entries[:0]
		progress.report(done, a.Entries())
		return err
	}
	docs := make([][]document, len(kept))
	_, _, err := read(a.file, func(l *line) error {
		if l.Entry == nil { // the ledger first, as it was written
			if err := flush(); err != nil {
				return err
			}
		}
		switch {
		case l.Entry != nil:
			done++
			e, head := l.Entry.entry(), to.heads[l.Entry.Stream]
			if e.N == head.N && headOf(e.Stream, e.N, e.Hash) != head {
				return foreign("the target holds other entries of the stream "+e.Stream+" than the backup", nil)
			}
			if e.N <= head.N {
				return nil
			}
			if len(entries) == pageSize || len(entries) > 0 && entries[0].Stream != e.Stream {
				if err := flush(); err != nil {
					return err
				}
			}
			entries = append(entries, e)
		case l.Audit != nil:
			return to.append(ctx, []survey.AuditEntry{*l.Audit})
		case l.Document != nil:
			i := collectionNamed(l.Collection)
			doc, err := kept[i].parse(l.Document)
			docs[i] = append(docs[i], doc)
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	for i, c := range kept {
		if err := c.replace(ctx, to.store, docs[i]); err != nil {
			return err
		}
	}
	return nil
}
