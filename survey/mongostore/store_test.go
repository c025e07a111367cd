package mongostore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sipas/survey"
	"sipas/survey/storetest"
)

// server names the server that the tests run against, or skips the test.
func server(t *testing.T) string {
	t.Helper()
	uri := os.Getenv("SIPAS_TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("SIPAS_TEST_MONGODB_URI names no server; `make mongo-test` starts one")
	}
	return uri
}

// newDatabase names a database of the test's own, dropped when the test ends.
func newDatabase(t *testing.T) string {
	t.Helper()
	uri := server(t)
	random := make([]byte, 10)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	name := "sipas_test_" + hex.EncodeToString(random)
	t.Cleanup(func() {
		client, err := mongo.Connect(options.Client().ApplyURI(uri))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(client.Database(name).Drop(context.Background()), client.Disconnect(context.Background())); err != nil {
			t.Errorf("the test's database cannot be dropped: %v", err)
		}
	})
	return name
}

func openDatabase(t *testing.T, name string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URI: server(t), Database: name, Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openServer(t *testing.T) *Store {
	t.Helper()
	return openDatabase(t, newDatabase(t))
}

// lacking is what the development server cannot do.
func lacking() []storetest.Option {
	if os.Getenv("SIPAS_TEST_MONGODB_WEAK") == "" {
		return nil
	}
	return []storetest.Option{storetest.Lacks(storetest.AtomicUpdates)}
}

func TestStore(t *testing.T) {
	server(t)
	storetest.Run(t, func(t *testing.T) survey.Store { return openServer(t) }, lacking()...)
}

func TestTwoProcesses(t *testing.T) {
	storetest.RunTwo(t, func(t *testing.T) (a, b survey.Store) {
		name := newDatabase(t)
		return openDatabase(t, name), openDatabase(t, name)
	})
}

func TestOpenAgainAndAtOnce(t *testing.T) {
	s := openServer(t)
	var opening sync.WaitGroup
	for range 4 {
		opening.Go(func() {
			again, err := Open(context.Background(), Options{URI: server(t), Database: s.db.Name()})
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(again.Ping(context.Background()), again.Close(), again.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	for _, index := range indexes {
		specifications, err := s.db.Collection(index.collection).Indexes().ListSpecifications(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var named int
		for _, i := range specifications {
			if i.Name == index.name && (i.Unique != nil && *i.Unique) == index.unique {
				named++
			}
		}
		if len(specifications) != 2 || named != 1 {
			t.Errorf("%s has %d indexes, %d of the kind called %s", index.collection, len(specifications), named, index.name)
		}
	}
}

// A store keeps the highest version it was opened with, and older programs out.
func TestSchemaVersion(t *testing.T) {
	s := openServer(t)
	identities := s.db.Collection(identityCollection)
	version := func() int64 {
		document, err := identities.FindOne(t.Context(), byID(schemaKey)).Raw()
		if err != nil {
			t.Fatal(err)
		}
		return document.Lookup("version").AsInt64()
	}
	if got := version(); got != schemaVersion {
		t.Errorf("a new store is of version %d, want %d", got, schemaVersion)
	}
	for _, c := range []struct {
		name   string
		stored int64
		after  int64
		code   survey.Code
	}{
		{"this version", schemaVersion, schemaVersion, ""},
		{"an older version", schemaVersion - 1, schemaVersion, ""},
		{"a newer version", schemaVersion + 1, schemaVersion + 1, survey.CodeConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := identities.UpdateOne(t.Context(), byID(schemaKey), bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: c.stored}}}}); err != nil {
				t.Fatal(err)
			}
			again, err := Open(t.Context(), Options{URI: server(t), Database: s.db.Name()})
			if survey.CodeOf(err) != c.code {
				t.Errorf("got %v, want code %q", err, c.code)
			}
			if err == nil {
				again.Close()
			}
			if got := version(); got != c.after {
				t.Errorf("then it is of version %d, want %d", got, c.after)
			}
		})
	}
}

// What an administrator sees in the database is part of what the store promises.
func TestStoredDocuments(t *testing.T) {
	s, ctx := openServer(t), context.Background()
	entry := numbered(1)[0]
	entry.Salt, entry.Open = []byte{1}, []byte(`{"answers":{"comment":"tốt"}}`)
	if err := errors.Join(
		s.Create(ctx, survey.Identity{ID: "p", CreatedAt: instant}),
		s.Volumes().Create(ctx, survey.Volume{Agency: "a", Month: "2026-09", Files: map[string]int64{"dat-dai": 3, "a.b": 4},
			Versioned: survey.Versioned{Rev: 1, PendingAudit: owed("volumes", "a/2026-09")}}),
		s.Audit().Append(ctx, survey.AuditEntry{ID: "volumes/a/2026-09/1", N: 1, At: instant}),
		s.Ledger().Insert(ctx, []survey.Entry{entry}),
		s.Ledger().RegisterStream(ctx, survey.Stream{ID: "s", PublicKey: []byte{1}, StartedAt: instant}),
		s.Ledger().EndStream(ctx, "s", 1),
	); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		collection, id string
		types          map[string]bson.Type
	}{
		{"identity", "store", map[string]bson.Type{"synthetic": bson.TypeBoolean, "createdAt": bson.TypeString}},
		{"volumes", "a/2026-09", map[string]bson.Type{"rev": bson.TypeInt64, "files": bson.TypeEmbeddedDocument, "pendingAudit": bson.TypeEmbeddedDocument}},
		{"audit", "volumes/a/2026-09/1", map[string]bson.Type{"n": bson.TypeInt64}},
		{"ledger", "id-001", map[string]bson.Type{"kind": bson.TypeString, "stream": bson.TypeString, "n": bson.TypeInt64, "prev": bson.TypeBinary,
			"hash": bson.TypeBinary, "kept": bson.TypeString, "salt": bson.TypeBinary, "open": bson.TypeString}},
		{"streams", "s", map[string]bson.Type{"publicKey": bson.TypeBinary, "startedAt": bson.TypeDateTime, "ended": bson.TypeInt64}},
	} {
		document, err := s.db.Collection(c.collection).FindOne(ctx, byID(c.id)).Raw()
		if err != nil {
			t.Errorf("%s: %v", c.collection, err)
			continue
		}
		for field, want := range c.types {
			if got := document.Lookup(field).Type; got != want {
				t.Errorf("%s.%s is %v, want %v", c.collection, field, got, want)
			}
		}
	}
	if err := s.Ledger().EraseOpen(ctx, []string{entry.ID}); err != nil {
		t.Fatal(err)
	}
	document, err := s.db.Collection(ledgerCollection).FindOne(ctx, byID(entry.ID)).Raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"salt", "open"} {
		if _, err := document.LookupErr(field); err == nil {
			t.Errorf("%s is still there after its erasure", field)
		}
	}
}

// Some servers go on behind the duplicate in a long ordered insert.
func TestLongInsertStopsAtADuplicate(t *testing.T) {
	for name, c := range map[string]struct {
		at       int
		position bool
	}{
		"id in the first hundred":    {50, false},
		"id in the second hundred":   {150, false},
		"place in the first hundred": {50, true},
		"place at a seam":            {200, true},
	} {
		t.Run(name, func(t *testing.T) {
			ledger, ctx := openServer(t).Ledger(), context.Background()
			entries := numbered(250)
			taken := entries[c.at]
			if c.position {
				taken.ID = "another"
			} else {
				taken.Stream = "another"
			}
			if err := ledger.Insert(ctx, []survey.Entry{taken}); err != nil {
				t.Fatal(err)
			}
			err := ledger.Insert(ctx, entries)
			var duplicate *survey.DuplicateError
			if !errors.As(err, &duplicate) || *duplicate != (survey.DuplicateError{Index: c.at, Position: c.position}) {
				t.Errorf("got %+v", err)
			}
			stored, err := ledger.Read(ctx, "s", 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			stored = slices.DeleteFunc(stored, func(e survey.Entry) bool { return e.ID == "another" })
			if len(stored) != c.at {
				t.Errorf("%d entries are stored, want the %d before the duplicate", len(stored), c.at)
			}
		})
	}
}
