package ledger

import (
	"context"

	"sipas/survey"
)

// Head is the newest entry of a stream: its place and its hash. N is 0 and the
// hash 32 zero bytes where the stream has no entry.
type Head struct {
	Stream string
	N      int64
	Hash   []byte
}

// HeadOf gives the head of a stream as it is stored. The error is that of the store.
func HeadOf(ctx context.Context, store survey.LedgerStore, stream string) (Head, error) {
	e, err := store.Last(ctx, stream)
	if survey.IsCode(err, survey.CodeNotFound) {
		return Head{Stream: stream, Hash: start().hash}, nil
	}
	return Head{Stream: stream, N: e.N, Hash: e.Hash}, err
}

// Heads gives every stream of a store, the oldest first, and the head of each in
// the same order. It reads one entry of each stream. The error is that of the store.
func Heads(ctx context.Context, store survey.LedgerStore) ([]survey.Stream, []Head, error) {
	streams, err := store.Streams(ctx)
	if err != nil {
		return nil, nil, err
	}
	heads := make([]Head, len(streams))
	for i, s := range streams {
		if heads[i], err = HeadOf(ctx, store, s.ID); err != nil {
			return nil, nil, err
		}
	}
	return streams, heads, nil
}
