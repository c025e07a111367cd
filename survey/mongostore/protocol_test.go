package mongostore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"sipas/survey"
)

func openFake(t *testing.T, f *fake) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{URI: f.uri, Database: "sipas_test", Timeout: time.Second})
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

// numbered gives entries 1 to n of a stream.
func numbered(n int) []survey.Entry {
	entries := make([]survey.Entry, n)
	for i := range entries {
		entries[i] = survey.Entry{ID: fmt.Sprintf("id-%03d", i+1), Kind: survey.EntryResponse, Stream: "s", N: int64(i + 1),
			Prev: []byte{0}, Hash: []byte{1}, Kept: []byte(`{}`)}
	}
	return entries
}

func ok(n int) bson.D { return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: n}} }

func failed(code int, name string, labels ...string) bson.D {
	return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "codeName", Value: name}, {Key: "errmsg", Value: name}, {Key: "errorLabels", Value: labels}}
}

func refused(index, code int, keyPattern bson.D) bson.D {
	e := bson.D{{Key: "index", Value: index}, {Key: "code", Value: code}, {Key: "errmsg", Value: "E11000 duplicate key error"}}
	if keyPattern != nil {
		e = append(e, bson.E{Key: "keyPattern", Value: keyPattern})
	}
	return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: index}, {Key: "writeErrors", Value: bson.A{e}}}
}

func found(documents bson.A) bson.D {
	return bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)},
		{Key: "ns", Value: "sipas_test.ledger"}, {Key: "firstBatch", Value: documents}}}}
}

func undurable(reply bson.D) bson.D {
	return append(reply, bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 64}, {Key: "codeName", Value: "WriteConcernFailed"},
		{Key: "errmsg", Value: "waiting for replication timed out"}}})
}

func TestInsertUnderstandsTheServer(t *testing.T) {
	byPlace := bson.D{{Key: "stream", Value: 1}, {Key: "n", Value: 1}}
	taken := func(index int, position bool) *survey.DuplicateError {
		return &survey.DuplicateError{Index: index, Position: position}
	}
	for name, c := range map[string]struct {
		reply     bson.D // to the second insert; nil: hang up
		stored    bool   // whether the id is found
		code      survey.Code
		duplicate *survey.DuplicateError
	}{
		"stored":                          {reply: ok(50)},
		"id taken":                        {reply: refused(7, 11000, bson.D{{Key: "_id", Value: 1}}), duplicate: taken(107, false)},
		"place taken":                     {reply: refused(7, 11000, byPlace), duplicate: taken(107, true)},
		"which is not said, id found":     {reply: refused(7, 11000, nil), stored: true, duplicate: taken(107, false)},
		"which is not said, id not found": {reply: refused(7, 11000, nil), duplicate: taken(107, true)},
		"stored, durability unknown":      {reply: undurable(ok(50)), code: survey.CodeUnavailable},
		"taken, durability unknown":       {reply: undurable(refused(7, 11000, byPlace)), code: survey.CodeUnavailable},
		"another refusal":                 {reply: refused(7, 121, nil), code: survey.CodeInternal},
		"not primary any more":            {reply: failed(10107, "NotWritablePrimary"), code: survey.CodeUnavailable},
		"interrupted":                     {reply: failed(11602, "InterruptedDueToReplStateChange"), code: survey.CodeUnavailable},
		"out of time on the server":       {reply: failed(50, "MaxTimeMSExpired"), code: survey.CodeUnavailable},
		"not allowed":                     {reply: failed(13, "Unauthorized"), code: survey.CodeInternal},
		"hung up":                         {reply: nil, code: survey.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, func(r received) bson.D {
				switch r.command {
				case "insert":
					if r.nth == 1 {
						return ok(len(r.documents))
					}
					return c.reply
				case "find":
					batch := bson.A{}
					if c.stored {
						batch = append(batch, encodeEntry(numbered(108)[107]))
					}
					return found(batch)
				}
				return ok(0)
			})
			err := openFake(t, f).Ledger().Insert(context.Background(), numbered(150))
			var duplicate *survey.DuplicateError
			switch {
			case c.duplicate != nil:
				if !errors.As(err, &duplicate) || *duplicate != *c.duplicate {
					t.Errorf("got %v, want %+v", err, *c.duplicate)
				}
			case survey.CodeOf(err) != c.code || errors.As(err, &duplicate):
				t.Errorf("got %v, want code %q", err, c.code)
			}
			inserts := f.commands("insert")
			if len(inserts) < 2 || len(inserts[0].documents) != insertBatch || len(inserts[1].documents) != 150-insertBatch {
				t.Errorf("%d inserts, or not of %d", len(inserts), insertBatch)
			}
		})
	}
}

func TestWritesAskForDurability(t *testing.T) {
	f := serve(t, func(r received) bson.D {
		if r.command == "find" {
			return found(bson.A{})
		}
		return ok(1)
	})
	f.uri += "&w=1&journal=false&readConcernLevel=local&readPreference=secondary"
	s, ctx := openFake(t, f), context.Background()
	for _, err := range []error{
		s.Ledger().Insert(ctx, numbered(2)),
		s.Ledger().EraseOpen(ctx, []string{"id-001"}),
		s.Ledger().RegisterStream(ctx, survey.Stream{ID: "s", StartedAt: instant}),
		s.Fields().Update(ctx, survey.Field{ID: "f", Versioned: survey.Versioned{Rev: 2}}),
		s.Sessions().Remove(ctx, "x"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Ledger().Read(ctx, "s", 0, 10); err != nil {
		t.Error(err)
	}
	for _, command := range []string{"insert", "update", "delete", "createIndexes"} {
		sent := f.commands(command)
		if len(sent) == 0 {
			t.Errorf("no %s was sent", command)
		}
		for _, r := range sent {
			w, _ := r.body.Lookup("writeConcern", "w").StringValueOK()
			j, _ := r.body.Lookup("writeConcern", "j").BooleanOK()
			if w != "majority" || !j {
				t.Errorf("%s was sent with write concern %s", command, r.body.Lookup("writeConcern"))
			}
		}
	}
	for _, r := range f.commands("find") {
		if level, _ := r.body.Lookup("readConcern", "level").StringValueOK(); level != "majority" {
			t.Errorf("find was sent with read concern %s", r.body.Lookup("readConcern"))
		}
		if mode, named := r.body.Lookup("$readPreference", "mode").StringValueOK(); named && mode != "primary" {
			t.Errorf("find was sent with read preference %s", mode)
		}
	}
}

func TestErrorsOfAdministrativeWrites(t *testing.T) {
	for name, c := range map[string]struct {
		reply bson.D
		code  survey.Code
	}{
		"stored":                     {ok(1), ""},
		"key taken":                  {refused(0, 11000, bson.D{{Key: "_id", Value: 1}}), survey.CodeConflict},
		"stored, durability unknown": {undurable(ok(1)), survey.CodeUnavailable},
		"taken, durability unknown":  {undurable(refused(0, 11000, nil)), survey.CodeUnavailable},
		"stepping down":              {failed(189, "PrimarySteppedDown"), survey.CodeUnavailable},
		"overloaded":                 {failed(462, "IngressRequestRateLimitExceeded", "SystemOverloadedError"), survey.CodeUnavailable},
		"too large":                  {failed(10334, "BSONObjectTooLarge"), survey.CodeInternal},
		"hung up":                    {nil, survey.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, func(r received) bson.D {
				if r.command == "insert" {
					return c.reply
				}
				return ok(0)
			})
			err := openFake(t, f).Users().Create(context.Background(), survey.User{ID: "an-secret"})
			if survey.CodeOf(err) != c.code {
				t.Errorf("got %v, want code %q", err, c.code)
			}
		})
	}
}

func TestPingNeedsWrites(t *testing.T) {
	f := serve(t, func(r received) bson.D {
		if r.nth <= 2 {
			return ok(0)
		}
		return undurable(ok(0))
	})
	s := openFake(t, f)
	if err := s.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(context.Background()); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("without a majority: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(context.Background()); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("after Close: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "mongodb://" + listener.Addr().String() + "/"
	listener.Close()
	for name, c := range map[string]struct {
		options Options
		code    survey.Code
	}{
		"no database":               {Options{URI: nobody}, survey.CodeInvalid},
		"a database with a dot":     {Options{URI: nobody, Database: "a.b"}, survey.CodeInvalid},
		"a database of 64 letters":  {Options{URI: nobody, Database: strings.Repeat("a", 64)}, survey.CodeInvalid},
		"no connection string":      {Options{Database: "a"}, survey.CodeInvalid},
		"another scheme":            {Options{URI: "postgres://localhost", Database: "a"}, survey.CodeInvalid},
		"a password that is no URL": {Options{URI: "mongodb://an:geheim%zz@localhost", Database: "a"}, survey.CodeInvalid},
		"nobody listens":            {Options{URI: nobody, Database: "a", Timeout: 200 * time.Millisecond}, survey.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(context.Background(), c.options)
			if survey.CodeOf(err) != c.code || s != nil {
				t.Errorf("got %v, want code %q", err, c.code)
			}
			if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "zz")) {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
	t.Run("a store of a newer version", func(t *testing.T) {
		f := serve(t, func(received) bson.D { return ok(0) })
		f.schema = schemaVersion + 1
		if _, err := Open(context.Background(), Options{URI: f.uri, Database: "a", Timeout: time.Second}); !survey.IsCode(err, survey.CodeConflict) {
			t.Errorf("got %v", err)
		}
		if sent := f.commands("createIndexes"); len(sent) > 0 {
			t.Error("indexes were made in it")
		}
	})
	t.Run("the caller's time is up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Open(ctx, Options{URI: nobody, Database: "a"}); !survey.IsCode(err, survey.CodeUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}
