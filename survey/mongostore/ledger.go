package mongostore

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sipas/survey"
)

// insertBatch is how many entries go in one insert. Some servers do not stop at
// the first refusal of a longer one.
const insertBatch = 100

// How many ids or places go in one look-up, how many streams in one question for what moved,
// and how many entries are erased by one update, which has to end in time.
const (
	findBatch  = 1000
	movedBatch = 500
	eraseBatch = 100
)

// ledgerStore implements survey.LedgerStore.
type ledgerStore struct{ store *Store }

func (l ledgerStore) RegisterStream(ctx context.Context, s survey.Stream) error {
	ctx, cancel := l.store.within(ctx)
	defer cancel()
	document := bson.D{
		{Key: "_id", Value: s.ID},
		{Key: "publicKey", Value: blob(s.PublicKey)},
		{Key: "startedAt", Value: bson.NewDateTimeFromTime(s.StartedAt)},
	}
	_, err := l.store.db.Collection(streamsCollection).InsertOne(ctx, document)
	return translate("the stream cannot be registered", err)
}

func (l ledgerStore) EndStream(ctx context.Context, id string, n int64) error {
	ctx, cancel := l.store.within(ctx)
	defer cancel()
	ended := bson.D{{Key: "$set", Value: bson.D{{Key: "ended", Value: n}}}}
	result, err := l.store.db.Collection(streamsCollection).UpdateOne(ctx, byID(id), ended)
	if err != nil {
		return translate("the stream cannot be ended", err)
	}
	if result.MatchedCount == 0 {
		return &survey.Error{Code: survey.CodeNotFound, Message: "there is no such stream"}
	}
	return nil
}

func (l ledgerStore) Streams(ctx context.Context) ([]survey.Stream, error) {
	var streams []survey.Stream
	oldest := options.Find().SetSort(bson.D{{Key: "startedAt", Value: 1}, {Key: "_id", Value: 1}})
	err := l.store.each(ctx, streamsCollection, bson.D{}, oldest, func(document bson.Raw) error {
		stream, err := decodeStream(document)
		streams = append(streams, stream)
		return err
	})
	if err != nil {
		return nil, err
	}
	return streams, nil
}

func (l ledgerStore) Insert(ctx context.Context, entries []survey.Entry) error {
	for start := 0; start < len(entries); start += insertBatch {
		batch := entries[start:min(start+insertBatch, len(entries))]
		err := l.insertBatch(ctx, batch)
		if duplicate := (*survey.DuplicateError)(nil); errors.As(err, &duplicate) {
			duplicate.Index += start
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l ledgerStore) insertBatch(ctx context.Context, entries []survey.Entry) error {
	documents := make([]bson.D, len(entries))
	for i, e := range entries {
		documents[i] = encodeEntry(e)
	}
	limited, cancel := l.store.within(ctx)
	defer cancel()
	_, err := l.store.db.Collection(ledgerCollection).InsertMany(limited, documents, options.InsertMany().SetOrdered(true))
	bulk := mongo.BulkWriteException{}
	if !errors.As(err, &bulk) || codeOf(err) != survey.CodeConflict {
		return translate("the entries cannot be stored", err)
	}
	refused := bulk.WriteErrors[0].WriteError
	return &survey.DuplicateError{Index: refused.Index, Position: l.positionTaken(ctx, refused, entries[refused.Index].ID)}
}

// positionTaken tells which of the two unique keys refused an entry. Where the
// server does not name the key, the id is looked for.
func (l ledgerStore) positionTaken(ctx context.Context, refused mongo.WriteError, id string) bool {
	if key := refusedKey(refused); key != "" {
		return key != "_id"
	}
	found, err := l.Find(ctx, []string{id})
	return err != nil || len(found) == 0
}

// refusedKey gives the first field of the unique key a write was refused for,
// empty where the server does not say.
func refusedKey(refused mongo.WriteError) string {
	pattern, ok := refused.Raw.Lookup("keyPattern").DocumentOK()
	if !ok {
		return ""
	}
	elements, err := pattern.Elements()
	if err != nil || len(elements) == 0 {
		return ""
	}
	return elements[0].Key()
}

func (l ledgerStore) Find(ctx context.Context, ids []string) ([]survey.Entry, error) {
	var entries []survey.Entry
	for batch := range slices.Chunk(ids, findBatch) {
		found, err := l.read(ctx, byIDs(batch), options.Find())
		if err != nil {
			return nil, err
		}
		entries = append(entries, found...)
	}
	return entries, nil
}

// byIDs finds one or more documents.
func byIDs(ids []string) bson.D {
	if len(ids) == 1 {
		return byID(ids[0]) // the one form that every server looks up by its index
	}
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}
}

func (l ledgerStore) Read(ctx context.Context, stream string, after int64, limit int) ([]survey.Entry, error) {
	if limit <= 0 {
		return nil, nil // to the server 0 is no limit
	}
	filter := bson.D{{Key: "stream", Value: stream}, {Key: "n", Value: bson.D{{Key: "$gt", Value: after}}}}
	how := options.Find().SetSort(bson.D{{Key: "stream", Value: 1}, {Key: "n", Value: 1}}).SetLimit(int64(limit))
	return l.read(ctx, filter, how)
}

func (l ledgerStore) ReadAt(ctx context.Context, stream string, places []int64) ([]survey.Entry, error) {
	var entries []survey.Entry
	for batch := range slices.Chunk(places, findBatch) {
		filter := bson.D{{Key: "stream", Value: stream}, {Key: "n", Value: bson.D{{Key: "$in", Value: batch}}}}
		found, err := l.read(ctx, filter, options.Find())
		if err != nil {
			return nil, err
		}
		entries = append(entries, found...)
	}
	return entries, nil
}

func (l ledgerStore) read(ctx context.Context, filter bson.D, how *options.FindOptionsBuilder) ([]survey.Entry, error) {
	var entries []survey.Entry
	err := l.store.each(ctx, ledgerCollection, filter, how, func(document bson.Raw) error {
		entry, err := decodeEntry(document)
		entries = append(entries, entry)
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func (l ledgerStore) Moved(ctx context.Context, after map[string]int64) ([]string, error) {
	var moved []string
	places := make(bson.A, 0, len(after))
	for stream, n := range after {
		places = append(places, bson.D{{Key: "stream", Value: stream}, {Key: "n", Value: n + 1}})
	}
	// Each place is one look-up in the index on (stream, n), and at most one document.
	named := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "stream", Value: 1}})
	for batch := range slices.Chunk(places, movedBatch) {
		err := l.store.each(ctx, ledgerCollection, bson.D{{Key: "$or", Value: batch}}, named, func(document bson.Raw) error {
			moved = append(moved, document.Lookup("stream").StringValue())
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return moved, nil
}

func (l ledgerStore) Last(ctx context.Context, stream string) (survey.Entry, error) {
	ctx, cancel := l.store.within(ctx)
	defer cancel()
	newest := options.FindOne().SetSort(bson.D{{Key: "stream", Value: -1}, {Key: "n", Value: -1}})
	document, err := l.store.db.Collection(ledgerCollection).FindOne(ctx, bson.D{{Key: "stream", Value: stream}}, newest).Raw()
	if err != nil {
		return survey.Entry{}, translate("the stream has no entry", err)
	}
	return decodeEntry(document)
}

func (l ledgerStore) EraseOpen(ctx context.Context, ids []string) error {
	for batch := range slices.Chunk(ids, eraseBatch) {
		if err := l.eraseBatch(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

func (l ledgerStore) eraseBatch(ctx context.Context, ids []string) error {
	ctx, cancel := l.store.within(ctx)
	defer cancel()
	erased := bson.D{{Key: "$unset", Value: bson.D{{Key: "salt", Value: ""}, {Key: "open", Value: ""}}}}
	_, err := l.store.db.Collection(ledgerCollection).UpdateMany(ctx, byIDs(ids), erased)
	return translate("the open parts cannot be erased", err)
}

// encodeEntry gives an entry's document: kept and open as the text they are,
// byte for byte, digests as binary, parts that may be missing left out when empty.
func encodeEntry(e survey.Entry) bson.D {
	document := bson.D{
		{Key: "_id", Value: e.ID},
		{Key: "kind", Value: string(e.Kind)},
		{Key: "stream", Value: e.Stream},
		{Key: "n", Value: e.N},
		{Key: "prev", Value: blob(e.Prev)},
		{Key: "hash", Value: blob(e.Hash)},
		{Key: "kept", Value: text(e.Kept)},
		{Key: "openHash", Value: blob(e.OpenHash)},
	}
	if len(e.Salt) > 0 {
		document = append(document, bson.E{Key: "salt", Value: blob(e.Salt)})
	}
	if len(e.Open) > 0 {
		document = append(document, bson.E{Key: "open", Value: text(e.Open)})
	}
	if len(e.Signature) > 0 {
		document = append(document, bson.E{Key: "signature", Value: blob(e.Signature)})
	}
	return document
}

func blob(b []byte) bson.Binary { return bson.Binary{Data: b} }

// text gives a part as a string, or as binary where it could not be kept as one.
func text(b []byte) any {
	if !utf8.Valid(b) {
		return blob(b)
	}
	return string(b)
}

func decodeEntry(document bson.Raw) (survey.Entry, error) {
	var e survey.Entry
	f := fields{document: document}
	e.ID = f.text("_id")
	e.Kind = survey.EntryKind(f.text("kind"))
	e.Stream = f.text("stream")
	e.N = f.number("n")
	e.Prev = f.part("prev")
	e.Hash = f.part("hash")
	e.Kept = f.part("kept")
	e.OpenHash = f.part("openHash")
	e.Salt = f.part("salt")
	e.Open = f.part("open")
	e.Signature = f.part("signature")
	if f.err != nil {
		return survey.Entry{}, internal("a stored entry cannot be read", f.err)
	}
	return e, nil
}

func decodeStream(document bson.Raw) (survey.Stream, error) {
	f := fields{document: document}
	s := survey.Stream{ID: f.text("_id"), PublicKey: ed25519.PublicKey(f.part("publicKey"))}
	started, ok := document.Lookup("startedAt").DateTimeOK()
	if !ok {
		f.fail("startedAt")
	}
	s.StartedAt = bson.DateTime(started).Time().UTC()
	if n, ok := document.Lookup("ended").AsInt64OK(); ok {
		s.Ended = &n
	}
	if f.err != nil {
		return survey.Stream{}, internal("a stored stream cannot be read", f.err)
	}
	return s, nil
}

// fields reads a document's fields and keeps the first error.
type fields struct {
	document bson.Raw
	err      error
}

func (f *fields) fail(key string) {
	if f.err == nil {
		f.err = fmt.Errorf("field %s is missing or of a wrong type", key)
	}
}

func (f *fields) text(key string) string {
	s, ok := f.document.Lookup(key).StringValueOK()
	if !ok {
		f.fail(key)
	}
	return s
}

func (f *fields) number(key string) int64 {
	n, ok := f.document.Lookup(key).AsInt64OK()
	if !ok {
		f.fail(key)
	}
	return n
}

// part gives a copy of bytes written as text or binary, nil where there are none.
func (f *fields) part(key string) []byte {
	value, err := f.document.LookupErr(key)
	if err != nil {
		return nil
	}
	if s, ok := value.StringValueOK(); ok {
		return []byte(s)
	}
	_, b, ok := value.BinaryOK()
	if !ok {
		f.fail(key)
		return nil
	}
	return append([]byte{}, b...)
}
