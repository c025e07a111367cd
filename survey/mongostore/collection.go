package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sipas/survey"
)

// bulk is how many documents go in one insert of CreateAll.
const bulk = 1000

// collection implements survey.Collection.
type collection[T survey.Record] struct {
	store *Store
	name  string
}

func (c collection[T]) Find(ctx context.Context, key string) (T, error) {
	return findOne[T](ctx, c.store, c.name, byID(key), nil)
}

func (c collection[T]) List(ctx context.Context) ([]T, error) {
	return findAll[T](ctx, c.store, c.name, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
}

func (c collection[T]) Create(ctx context.Context, doc T) error {
	return insertOne(ctx, c.store, c.name, doc.Key(), doc)
}

func (c collection[T]) CreateAll(ctx context.Context, docs []T) error {
	for len(docs) > 0 {
		part := docs[:min(bulk, len(docs))]
		docs = docs[len(part):]
		documents := make([]bson.D, len(part))
		for i, doc := range part {
			d, err := encode(doc.Key(), doc)
			if err != nil {
				return err
			}
			documents[i] = d
		}
		if err := c.insertMissing(ctx, documents); err != nil {
			return err
		}
	}
	return nil
}

func (c collection[T]) insertMissing(ctx context.Context, documents []bson.D) error {
	ctx, cancel := c.store.within(ctx)
	defer cancel()
	_, err := c.store.db.Collection(c.name).InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
	if bulk := (mongo.BulkWriteException{}); errors.As(err, &bulk) && onlyDuplicates(bulk) {
		return nil
	}
	return translate("the records cannot be stored", err)
}

func onlyDuplicates(err mongo.BulkWriteException) bool {
	for _, e := range err.WriteErrors {
		if e.Code != duplicateKey {
			return false
		}
	}
	return err.WriteConcernError == nil && len(err.WriteErrors) > 0
}

func (c collection[T]) Update(ctx context.Context, doc T) error {
	document, err := encode(doc.Key(), doc)
	if err != nil {
		return err
	}
	ctx, cancel := c.store.within(ctx)
	defer cancel()
	stored := c.store.db.Collection(c.name)
	result, err := stored.ReplaceOne(ctx, byRevision(doc.Key(), doc.Revision()-1), document)
	if err != nil {
		return translate("the record cannot be updated", err)
	}
	if result.MatchedCount == 1 {
		return nil
	}
	err = stored.FindOne(ctx, byID(doc.Key()), options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if err != nil {
		return translate("there is no such record", err)
	}
	return &survey.Error{Code: survey.CodeConflict, Message: "another revision of the record is stored"}
}

func (c collection[T]) SettleAudit(ctx context.Context, key string, rev int64) error {
	ctx, cancel := c.store.within(ctx)
	defer cancel()
	settled := bson.D{{Key: "$unset", Value: bson.D{{Key: "pendingAudit", Value: ""}}}}
	_, err := c.store.db.Collection(c.name).UpdateOne(ctx, byRevision(key, rev), settled)
	return translate("the record's audit entry cannot be settled", err)
}

func (c collection[T]) Remove(ctx context.Context, key string) error {
	ctx, cancel := c.store.within(ctx)
	defer cancel()
	_, err := c.store.db.Collection(c.name).DeleteOne(ctx, byID(key))
	return translate("the record cannot be removed", err)
}

// receiptCodes implements survey.ReceiptCodeStore.
type receiptCodes struct{ collection[survey.ReceiptCode] }

func (c receiptCodes) CountUsed(ctx context.Context, batches []string) (map[string]int, error) {
	used := map[string]int{}
	for _, batch := range batches {
		ctx, cancel := c.store.within(ctx)
		n, err := c.store.db.Collection(c.name).CountDocuments(ctx, bson.D{{Key: "batch", Value: batch}, {Key: "used", Value: true}})
		cancel()
		if err != nil {
			return nil, translate("the used codes cannot be counted", err)
		}
		if n > 0 {
			used[batch] = int(n)
		}
	}
	return used, nil
}

func (c receiptCodes) RemoveBatches(ctx context.Context, batches []string) error {
	if len(batches) == 0 {
		return nil
	}
	ctx, cancel := c.store.within(ctx)
	defer cancel()
	_, err := c.store.db.Collection(c.name).DeleteMany(ctx, bson.D{{Key: "batch", Value: bson.D{{Key: "$in", Value: batches}}}})
	return translate("the codes cannot be removed", err)
}

func byID(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }

func byRevision(key string, rev int64) bson.D {
	return bson.D{{Key: "_id", Value: key}, {Key: "rev", Value: rev}}
}

// findOne gives the first record in the order of sort that the filter finds, or not_found.
func findOne[T any](ctx context.Context, s *Store, collection string, filter, sort bson.D) (T, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	one := options.FindOne()
	if sort != nil {
		one.SetSort(sort)
	}
	document, err := s.db.Collection(collection).FindOne(ctx, filter, one).Raw()
	if err != nil {
		var none T
		return none, translate("there is no such record", err)
	}
	return decode[T](document)
}

// findAll gives every record that the filter finds.
func findAll[T any](ctx context.Context, s *Store, collection string, filter bson.D, how *options.FindOptionsBuilder) ([]T, error) {
	var records []T
	err := s.each(ctx, collection, filter, how, func(document bson.Raw) error {
		record, err := decode[T](document)
		records = append(records, record)
		return err
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

// each hands over every document that the filter finds. The document is the
// cursor's: fn keeps nothing of it.
func (s *Store) each(ctx context.Context, collection string, filter bson.D, how *options.FindOptionsBuilder, fn func(bson.Raw) error) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	cursor, err := s.db.Collection(collection).Find(ctx, filter, how)
	if err != nil {
		return translate("the records cannot be read", err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		if err := fn(cursor.Current); err != nil {
			return err
		}
	}
	return translate("the records cannot be read", cursor.Err())
}

// insertOne adds a record; conflict where the key or another unique value is taken.
func insertOne(ctx context.Context, s *Store, collection, key string, record any) error {
	document, err := encode(key, record)
	if err != nil {
		return err
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	_, err = s.db.Collection(collection).InsertOne(ctx, document)
	return translate("the record cannot be stored", err)
}
