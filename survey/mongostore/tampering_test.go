package mongostore

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"sipas/survey"
	"sipas/survey/storetest"
)

// Whoever may write the database can do this.
func TestTampering(t *testing.T) {
	server(t)
	storetest.RunTampering(t, func(t *testing.T) (survey.Store, storetest.Tampering) {
		store := openServer(t)
		entries := store.db.Collection(ledgerCollection)
		update := func(t *testing.T, id string, how bson.D) {
			t.Helper()
			result, err := entries.UpdateOne(t.Context(), byID(id), how)
			if err != nil || result.MatchedCount != 1 {
				t.Fatalf("%v of %s: %+v, %v", how, id, result, err)
			}
		}
		set := func(key string, value any) bson.D {
			return bson.D{{Key: "$set", Value: bson.D{{Key: key, Value: value}}}}
		}
		return store, storetest.Tampering{
			SetKept: func(t *testing.T, id string, kept []byte) { update(t, id, set("kept", text(kept))) },
			SetOpen: func(t *testing.T, id string, open []byte) {
				if open == nil {
					update(t, id, bson.D{{Key: "$unset", Value: bson.D{{Key: "open", Value: ""}}}})
					return
				}
				update(t, id, set("open", text(open)))
			},
			SetPlace: func(t *testing.T, id string, n int64) { update(t, id, set("n", n)) },
			Remove: func(t *testing.T, id string) {
				if result, err := entries.DeleteOne(t.Context(), byID(id)); err != nil || result.DeletedCount != 1 {
					t.Fatalf("removing %s: %+v, %v", id, result, err)
				}
			},
		}
	})
}
