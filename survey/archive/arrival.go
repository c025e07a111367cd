package archive

import (
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"sipas/survey"
	"sipas/survey/ledger"
)

// pageSize is how many entries are read or written at a time.
const pageSize = 1000

// arrival is a store that is being filled, from its head in every chain on.
type arrival struct {
	store   survey.Store
	heads   map[string]Head // of every stream
	audit   Head
	written int64 // entries written by this process
}

// arrive registers the streams that are missing and reads how far each chain is.
// A stream that is not among them, or has another key, is a store of something else.
func arrive(ctx context.Context, store survey.Store, streams []survey.Stream) (*arrival, error) {
	a := &arrival{store: store, heads: map[string]Head{}}
	have, err := store.Ledger().Streams(ctx)
	if err != nil {
		return nil, err
	}
	if a.audit, err = lastAudit(ctx, store.Audit()); err != nil {
		return nil, err
	}
	if len(have) == 0 && a.audit.N == 0 {
		if err := checkEmpty(ctx, store); err != nil {
			return nil, err
		}
	}
	known, there := map[string]survey.Stream{}, map[string]survey.Stream{}
	for _, s := range streams {
		known[s.ID] = s
	}
	for _, s := range have {
		if want, ok := known[s.ID]; !ok || !want.PublicKey.Equal(s.PublicKey) || !want.StartedAt.Equal(s.StartedAt) {
			return nil, foreign("the target holds the ledger stream "+s.ID+", which the source does not: it was served by itself, or is of another province", nil)
		}
		there[s.ID] = s
	}
	for _, s := range streams {
		had, registered := there[s.ID]
		if !registered {
			if err := store.Ledger().RegisterStream(ctx, s); err != nil {
				return nil, err
			}
		}
		if s.Ended != nil && (had.Ended == nil || *had.Ended != *s.Ended) {
			if err := store.Ledger().EndStream(ctx, s.ID, *s.Ended); err != nil {
				return nil, err
			}
		}
	}
	_, heads, err := ledger.Heads(ctx, store.Ledger())
	for _, h := range heads {
		a.heads[h.Stream] = headFrom(h)
	}
	return a, err
}

// checkEmpty refuses a store without a ledger and an audit log that holds
// documents: nothing says that they are of the province, and they would be replaced.
func checkEmpty(ctx context.Context, store survey.Store) error {
	for _, c := range moved {
		docs, err := c.read(ctx, store)
		if err != nil {
			return err
		}
		if len(docs) > 0 {
			return foreign("the target has no ledger and no audit log and holds "+c.name()+" of something else", nil)
		}
	}
	return nil
}

// patience is how many writes in a row may get nowhere.
const patience = 5

// insert writes entries of one stream, in order, that come after its head. An
// unclear answer is settled by reading how far the stream is and going on from there.
func (a *arrival) insert(ctx context.Context, entries []survey.Entry) error {
	for failed := 0; len(entries) > 0; {
		stream, first := entries[0].Stream, entries[0].N
		err := a.store.Ledger().Insert(ctx, entries)
		if err == nil {
			last := entries[len(entries)-1]
			a.heads[stream] = headOf(stream, last.N, last.Hash)
			a.written += int64(len(entries))
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		last, unread := ledger.HeadOf(ctx, a.store.Ledger(), stream)
		if unread != nil {
			return err
		}
		head := headFrom(last)
		stored, known := a.stored(entries, head)
		if !known {
			return foreign("the target holds other entries of the stream "+stream+" than the source", err)
		}
		a.heads[stream] = head
		a.written += int64(stored)
		entries = entries[stored:]
		if failed++; len(entries) > 0 && entries[0].N > first {
			failed = 0
		}
		if failed == patience {
			if taken := (*survey.DuplicateError)(nil); errors.As(err, &taken) {
				return foreign("the target holds other entries than the source", err)
			}
			return err
		}
	}
	return nil
}

// stored counts the entries up to a head; not known where the head is neither
// one of them nor where they begin.
func (a *arrival) stored(entries []survey.Entry, head Head) (int, bool) {
	if head == a.heads[head.Stream] {
		return 0, true
	}
	i := slices.IndexFunc(entries, func(e survey.Entry) bool { return headOf(e.Stream, e.N, e.Hash) == head })
	return i + 1, i >= 0
}

// append adds audit entries in order, those that are there already left out.
func (a *arrival) append(ctx context.Context, entries []survey.AuditEntry) error {
	for _, e := range entries {
		for failed := 0; e.N > a.audit.N; {
			err := a.store.Audit().Append(ctx, e)
			if err == nil {
				a.audit = headOf("", e.N, e.Hash)
				break
			}
			head, unread := lastAudit(ctx, a.store.Audit())
			if unread != nil {
				return err
			}
			if failed++; head == headOf("", e.N, e.Hash) {
				a.audit = head
			} else if head != a.audit || failed == patience {
				return err
			}
		}
		if e.N == a.audit.N && hex.EncodeToString(e.Hash) != a.audit.Hash {
			return foreign("the target holds another audit log than the source", nil)
		}
	}
	return nil
}

// Gap is a place in a stream where entries are missing: those between two that are
// there. First and Last are the numbers of the missing ones.
type Gap struct {
	Stream      string
	First, Last int64
}

// review reads every entry that has arrived. It removes the open parts that an
// erasure entry says are gone: the entry may have come long before the part, in
// another stream, or by an earlier process. And it gives the gaps, by their streams' ids.
func (a *arrival) review(ctx context.Context) (gaps []Gap, err error) {
	store := a.store.Ledger()
	for _, stream := range slices.Sorted(maps.Keys(a.heads)) {
		var before int64
		err := pages(ctx, store, stream, 0, a.heads[stream].N, func(entries []survey.Entry) error {
			var ids []string
			for _, e := range entries {
				if e.N > before+1 {
					gaps = append(gaps, Gap{stream, before + 1, e.N - 1})
				}
				before = e.N
				if e.Kind != survey.EntryErasure {
					continue
				}
				if x, err := ledger.DecodeErasure(e); err == nil { // what cannot be read, verifying tells
					ids = append(ids, x.Response)
				}
			}
			if len(ids) == 0 {
				return nil
			}
			found, err := store.Find(ctx, ids)
			if err != nil {
				return err
			}
			ids = ids[:0]
			for _, e := range found {
				if e.Salt != nil {
					ids = append(ids, e.ID)
				}
			}
			return store.EraseOpen(ctx, ids)
		})
		if err != nil {
			return nil, err
		}
	}
	return gaps, nil
}

// settle makes the filled store what the source is.
func (a *arrival) settle(ctx context.Context, identity survey.Identity) error {
	err := a.store.Create(ctx, identity)
	if !survey.IsCode(err, survey.CodeConflict) {
		return err
	}
	if have, unread := a.store.Identity(ctx); unread != nil || have.ID != identity.ID {
		return foreign("the target has become another province meanwhile", err)
	}
	return nil
}

// pages hands over the entries of a stream with after < n ≤ last, in order.
func pages(ctx context.Context, store survey.LedgerStore, stream string, after, last int64, fn func([]survey.Entry) error) error {
	for after < last {
		entries, err := store.Read(ctx, stream, after, int(min(pageSize, last-after)))
		if err != nil {
			return err
		}
		for len(entries) > 0 && entries[len(entries)-1].N > last { // behind a gap
			entries = entries[:len(entries)-1]
		}
		if len(entries) == 0 {
			return nil
		}
		after = entries[len(entries)-1].N
		if err := fn(entries); err != nil {
			return err
		}
	}
	return nil
}
