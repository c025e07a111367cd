// Package mongostore keeps a province in one database of a MongoDB server or of
// one that speaks its protocol. It is the only package that knows the driver.
//
// Every write is acknowledged by a majority and journaled, every read is a
// majority read from the primary. Nothing needs a transaction: each invariant
// lives in one document or in a unique index, and each update names the revision
// it replaces.
package mongostore

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"sipas/survey"
)

// The collections of a province.
const (
	identityCollection = "identity"
	ledgerCollection   = "ledger"
	streamsCollection  = "streams"
	auditCollection    = "audit"
	receiptCollection  = "receiptCodes"
)

// indexes is every index there is besides the one on _id, by which documents are
// found and lists are in order. They are made at Open. A name, once
// released, never changes: a server refuses the same keys under another one.
var indexes = []struct {
	collection, name string
	unique           bool
	keys             bson.D
}{
	// One entry at each place of a stream; Read in order of n, Last from the end, Moved by the place.
	{ledgerCollection, "stream_1_n_1", true, bson.D{{Key: "stream", Value: 1}, {Key: "n", Value: 1}}},
	// One entry at each place of the audit chain; After in order of n, Last from the end.
	{auditCollection, "n_1", true, bson.D{{Key: "n", Value: 1}}},
	// The used codes of a batch are counted, and all of them removed.
	{receiptCollection, "batch_1_used_1", false, bson.D{{Key: "batch", Value: 1}, {Key: "used", Value: 1}}},
}

// schemaVersion grows when documents change so that an older program would
// misread them or leave something out. It is kept under schemaKey in the
// identity collection and keeps older programs from opening the store.
const (
	schemaVersion = 2 // 2: receipt codes, campaigns, recordings
	schemaKey     = "schema"
)

// identityKey is the _id of the one document of the identity collection.
const identityKey = "store"

const defaultTimeout = 10 * time.Second

// databasePattern is what every server allows in the name of a database.
var databasePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}$`)

// Options says where a province is kept.
type Options struct {
	URI      string        // connection string; its read preference and its read and write concern are overruled
	Database string        // letters, digits, "_" and "-", at most 63
	Timeout  time.Duration // limit of one operation, finding a server included; 0 is 10 seconds. Shorter once an outage has lasted
}

// Store is a province in a MongoDB database. It implements survey.Store.
type Store struct {
	client  *mongo.Client
	db      *mongo.Database
	timeout time.Duration
	outage  outage
}

var _ survey.Store = (*Store)(nil)

// Open connects to the database and makes the indexes that are missing; it may
// be called by any number of processes at once. The error is invalid for options
// that cannot be used, conflict for a database that a newer version of sipas has
// written, unavailable when no primary answers in time, else internal.
func Open(ctx context.Context, o Options) (*Store, error) {
	if !databasePattern.MatchString(o.Database) {
		return nil, &survey.Error{Code: survey.CodeInvalid, Reason: "mongodb.database",
			Message: "the name of the MongoDB database has characters other than letters, digits, _ and -, or is empty or too long"}
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	s := &Store{timeout: o.Timeout}
	settings := options.Client().ApplyURI(o.URI).
		SetAppName("sipas").
		SetServerSelectionTimeout(o.Timeout).
		SetConnectTimeout(min(connectTimeout, o.Timeout)).
		SetHeartbeatInterval(heartbeatInterval).
		SetServerMonitor(&event.ServerMonitor{ServerHeartbeatSucceeded: s.outage.heard, TopologyDescriptionChanged: s.outage.observe}).
		SetReadPreference(readpref.Primary()).
		SetReadConcern(readconcern.Majority()).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: new(true)})
	if err := settings.Validate(); err != nil {
		return nil, badURI(o.URI, err)
	}
	client, err := mongo.Connect(settings)
	if err != nil {
		return nil, badURI(o.URI, err)
	}
	s.client, s.db = client, client.Database(o.Database)
	if err := s.prepare(ctx); err != nil {
		_ = s.Close() // the error that matters is the first
		return nil, err
	}
	return s, nil
}

// badURI keeps the driver's words to itself where the connection string holds a
// password: they may quote part of it.
func badURI(uri string, err error) error {
	if lookup := (*net.DNSError)(nil); errors.As(err, &lookup) {
		return &survey.Error{Code: survey.CodeUnavailable, Message: "the MongoDB servers' names cannot be looked up", Err: err}
	}
	e := &survey.Error{Code: survey.CodeInvalid, Reason: "mongodb.uri", Message: "the MongoDB connection string cannot be used", Err: err}
	if strings.Contains(uri, "@") {
		e.Err = nil
	}
	return e
}

func (s *Store) prepare(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	if err := s.settleSchema(ctx); err != nil {
		return err
	}
	for _, index := range indexes {
		// One by one: some servers take a list only while nothing of it exists.
		model := mongo.IndexModel{Keys: index.keys, Options: options.Index().SetName(index.name).SetUnique(index.unique)}
		ctx, cancel := s.within(ctx)
		_, err := s.db.Collection(index.collection).Indexes().CreateOne(ctx, model)
		cancel()
		if err != nil {
			return translate("the indexes cannot be made", err)
		}
	}
	return nil
}

// settleSchema raises the schema's version to this program's, and refuses a newer one.
func (s *Store) settleSchema(ctx context.Context) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	identities := s.db.Collection(identityCollection)
	raise := bson.D{{Key: "$max", Value: bson.D{{Key: "version", Value: int64(schemaVersion)}}}}
	_, err := identities.UpdateOne(ctx, byID(schemaKey), raise, options.UpdateOne().SetUpsert(true))
	if err != nil && codeOf(err) != survey.CodeConflict { // another process made it at the same moment
		return translate("the version of the schema cannot be written", err)
	}
	document, err := identities.FindOne(ctx, byID(schemaKey)).Raw()
	if err != nil {
		return translate("the version of the schema cannot be read", err)
	}
	if version, ok := document.Lookup("version").AsInt64OK(); !ok || version > schemaVersion {
		return &survey.Error{Code: survey.CodeConflict, Reason: "store.newer", Message: "the store was written by a newer version of sipas"}
	}
	return nil
}

// Identity implements survey.Store.
func (s *Store) Identity(ctx context.Context) (survey.Identity, error) {
	return findOne[survey.Identity](ctx, s, identityCollection, byID(identityKey), nil)
}

// Create implements survey.Store.
func (s *Store) Create(ctx context.Context, id survey.Identity) error {
	return insertOne(ctx, s, identityCollection, identityKey, id)
}

// Ledger implements survey.Store.
func (s *Store) Ledger() survey.LedgerStore { return ledgerStore{s} }

// Audit implements survey.Store.
func (s *Store) Audit() survey.AuditStore { return auditStore{s} }

// Agencies implements survey.Store.
func (s *Store) Agencies() survey.Collection[survey.Agency] {
	return collection[survey.Agency]{s, "agencies"}
}

// Fields implements survey.Store.
func (s *Store) Fields() survey.Collection[survey.Field] {
	return collection[survey.Field]{s, "fields"}
}

// Procedures implements survey.Store.
func (s *Store) Procedures() survey.Collection[survey.Procedure] {
	return collection[survey.Procedure]{s, "procedures"}
}

// Points implements survey.Store.
func (s *Store) Points() survey.Collection[survey.Point] {
	return collection[survey.Point]{s, "points"}
}

// Targets implements survey.Store.
func (s *Store) Targets() survey.Collection[survey.Target] {
	return collection[survey.Target]{s, "targets"}
}

// Volumes implements survey.Store.
func (s *Store) Volumes() survey.Collection[survey.Volume] {
	return collection[survey.Volume]{s, "volumes"}
}

// Users implements survey.Store.
func (s *Store) Users() survey.Collection[survey.User] {
	return collection[survey.User]{s, "users"}
}

// Sessions implements survey.Store.
func (s *Store) Sessions() survey.Collection[survey.Session] {
	return collection[survey.Session]{s, "sessions"}
}

// Kiosks implements survey.Store.
func (s *Store) Kiosks() survey.Collection[survey.Kiosk] {
	return collection[survey.Kiosk]{s, "kiosks"}
}

// Devices implements survey.Store.
func (s *Store) Devices() survey.Collection[survey.Device] {
	return collection[survey.Device]{s, "devices"}
}

// Enrolments implements survey.Store.
func (s *Store) Enrolments() survey.Collection[survey.Enrolment] {
	return collection[survey.Enrolment]{s, "enrolments"}
}

// Heartbeats implements survey.Store.
func (s *Store) Heartbeats() survey.Collection[survey.Heartbeat] {
	return collection[survey.Heartbeat]{s, "heartbeats"}
}

// ReceiptBatches implements survey.Store.
func (s *Store) ReceiptBatches() survey.Collection[survey.ReceiptBatch] {
	return collection[survey.ReceiptBatch]{s, "receiptBatches"}
}

// ReceiptCodes implements survey.Store.
func (s *Store) ReceiptCodes() survey.ReceiptCodeStore {
	return receiptCodes{collection[survey.ReceiptCode]{s, receiptCollection}}
}

// Campaigns implements survey.Store.
func (s *Store) Campaigns() survey.Collection[survey.Campaign] {
	return collection[survey.Campaign]{s, "campaigns"}
}

// Recordings implements survey.Store.
func (s *Store) Recordings() survey.Collection[survey.Recording] {
	return collection[survey.Recording]{s, "recordings"}
}

// Ping implements survey.Store. It asks the primary for an update that finds
// nothing to change: nothing is written, yet the server must be a primary, let us
// write, and wait until a majority has all that was written before.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	nothing := bson.D{{Key: "$unset", Value: bson.D{{Key: "ping", Value: ""}}}}
	_, err := s.db.Collection(identityCollection).UpdateOne(ctx, byID("ping"), nothing)
	return translate("the database cannot be written", err)
}

// Close implements survey.Store.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	err := s.client.Disconnect(ctx)
	if errors.Is(err, mongo.ErrClientDisconnected) {
		return nil
	}
	return translate("the connection cannot be closed", err)
}
