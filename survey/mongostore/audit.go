package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sipas/survey"
)

// auditStore implements survey.AuditStore.
type auditStore struct{ store *Store }

func (a auditStore) Append(ctx context.Context, e survey.AuditEntry) error {
	return insertOne(ctx, a.store, auditCollection, e.ID, e)
}

func (a auditStore) Find(ctx context.Context, id string) (survey.AuditEntry, error) {
	return findOne[survey.AuditEntry](ctx, a.store, auditCollection, byID(id), nil)
}

func (a auditStore) Last(ctx context.Context) (survey.AuditEntry, error) {
	return findOne[survey.AuditEntry](ctx, a.store, auditCollection, bson.D{}, bson.D{{Key: "n", Value: -1}})
}

func (a auditStore) After(ctx context.Context, n int64, limit int) ([]survey.AuditEntry, error) {
	if limit <= 0 {
		return nil, nil // to the server 0 is no limit
	}
	filter := bson.D{{Key: "n", Value: bson.D{{Key: "$gt", Value: n}}}}
	how := options.Find().SetSort(bson.D{{Key: "n", Value: 1}}).SetLimit(int64(limit))
	return findAll[survey.AuditEntry](ctx, a.store, auditCollection, filter, how)
}
