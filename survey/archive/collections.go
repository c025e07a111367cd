package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"slices"

	"sipas/survey"
)

// document is an administrative document as JSON, under its key.
type document struct {
	key  string
	text []byte
}

// writeTo writes the document as a line of what a collection's digest is taken of.
func (d document) writeTo(h hash.Hash) {
	h.Write(d.text)
	h.Write([]byte{'\n'})
}

// collection is one of a store's collections, whatever it holds.
type collection interface {
	name() string
	// shown gives what a summary says of the content: nothing of an empty collection
	// that came after the first version of the format, whose summaries do not know it.
	shown(c Content) []Content
	// read gives all documents in byte order of their keys.
	read(ctx context.Context, store survey.Store) ([]document, error)
	// replace makes the documents all there are, one after the other, and removes the
	// others last. It may be interrupted and repeated.
	replace(ctx context.Context, store survey.Store, docs []document) error
	// parse reads a document from its JSON; nothing in it may be unknown.
	parse(text []byte) (document, error)
}

type of[T survey.Record] struct {
	title string
	in    func(survey.Store) survey.Collection[T]
	later bool // it came after the first version of the format
}

// The collections. Those that are audited are at one moment consistent with the
// audit chain. What is passing is worth moving and not worth keeping.
var (
	audited = []collection{
		of[survey.Agency]{"agencies", survey.Store.Agencies, false},
		of[survey.Field]{"fields", survey.Store.Fields, false},
		of[survey.Procedure]{"procedures", survey.Store.Procedures, false},
		of[survey.Point]{"points", survey.Store.Points, false},
		of[survey.Target]{"targets", survey.Store.Targets, false},
		of[survey.Volume]{"volumes", survey.Store.Volumes, false},
		of[survey.User]{"users", survey.Store.Users, false},
		of[survey.Kiosk]{"kiosks", survey.Store.Kiosks, false},
		of[survey.ReceiptBatch]{"receiptBatches", survey.Store.ReceiptBatches, true},
		of[survey.Campaign]{"campaigns", survey.Store.Campaigns, true},
		of[survey.Recording]{"recordings", survey.Store.Recordings, true},
	}
	unaudited = []collection{
		of[survey.Device]{"devices", survey.Store.Devices, false},
		of[survey.ReceiptCode]{"receiptCodes", receiptCodes, true},
	}
	passing = []collection{
		of[survey.Session]{"sessions", survey.Store.Sessions, false},
		of[survey.Enrolment]{"enrolments", survey.Store.Enrolments, false},
	}
)

// kept are the collections of an archive; moved are those of a move.
var (
	kept  = append(append([]collection{}, audited...), unaudited...)
	moved = append(append([]collection{}, kept...), passing...)
)

// collectionNamed gives the place of a collection in kept, −1 where there is none of the name.
func collectionNamed(name string) int {
	return slices.IndexFunc(kept, func(c collection) bool { return c.name() == name })
}

func receiptCodes(store survey.Store) survey.Collection[survey.ReceiptCode] {
	return store.ReceiptCodes()
}

func (c of[T]) name() string { return c.title }

func (c of[T]) shown(content Content) []Content {
	if c.later && content.Documents == 0 {
		return nil
	}
	return []Content{content}
}

func (c of[T]) read(ctx context.Context, store survey.Store) ([]document, error) {
	list, err := c.in(store).List(ctx)
	if err != nil {
		return nil, err
	}
	docs := make([]document, len(list))
	for i, doc := range list {
		text, err := json.Marshal(doc)
		if err != nil {
			return nil, &survey.Error{Code: survey.CodeInternal, Message: "a document of " + c.title + " has no JSON", Err: err}
		}
		docs[i] = document{doc.Key(), text}
	}
	return docs, nil
}

func (c of[T]) replace(ctx context.Context, store survey.Store, docs []document) error {
	have, err := c.read(ctx, store)
	if err != nil {
		return err
	}
	there := make(map[string][]byte, len(have))
	for _, doc := range have {
		there[doc.key] = doc.text
	}
	var missing []T
	for _, doc := range docs {
		text, found := there[doc.key]
		delete(there, doc.key)
		if found && bytes.Equal(text, doc.text) {
			continue
		}
		var record T
		if err := json.Unmarshal(doc.text, &record); err != nil {
			return &survey.Error{Code: survey.CodeInternal, Message: "a document of " + c.title + " cannot be read", Err: err}
		}
		if !found {
			missing = append(missing, record)
		} else if err := swap(ctx, c.in(store), record); err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		if err := c.in(store).CreateAll(ctx, missing); err != nil {
			return err
		}
	}
	for key := range there {
		if err := c.in(store).Remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// swap puts a document in the place of the one under its key. Where its revision
// is not the next, that takes two steps.
func swap[T survey.Record](ctx context.Context, in survey.Collection[T], doc T) error {
	err := in.Update(ctx, doc)
	if !survey.IsCode(err, survey.CodeConflict) {
		return err
	}
	if err := in.Remove(ctx, doc.Key()); err != nil {
		return err
	}
	return in.Create(ctx, doc)
}

func (c of[T]) parse(text []byte) (document, error) {
	var record T
	if err := decodeStrictly(text, &record); err != nil {
		return document{}, err
	}
	return document{record.Key(), bytes.Clone(text)}, nil
}

// decodeStrictly refuses members it does not know: they would be lost.
func decodeStrictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// content counts documents and takes the digest of their JSON lines.
func content(name string, docs []document) Content {
	h := sha256.New()
	for _, doc := range docs {
		doc.writeTo(h)
	}
	return Content{Collection: name, Documents: len(docs), Digest: hex.EncodeToString(h.Sum(nil))}
}
