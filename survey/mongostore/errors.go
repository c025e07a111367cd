package mongostore

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"sipas/survey"
)

const duplicateKey = 11000

// passing are the server's codes for states that end by themselves or are an
// operator's to end: the same request may succeed later.
var passing = []int{
	6,     // HostUnreachable
	7,     // HostNotFound
	18,    // AuthenticationFailed
	24,    // LockTimeout
	43,    // CursorNotFound
	50,    // MaxTimeMSExpired
	64,    // WriteConcernFailed (time-out)
	89,    // NetworkTimeout
	91,    // ShutdownInProgress
	100,   // UnsatisfiableWriteConcern
	112,   // WriteConflict
	133,   // FailedToSatisfyReadPreference
	134,   // ReadConcernMajorityNotAvailableYet
	175,   // QueryPlanKilled
	189,   // PrimarySteppedDown
	202,   // NetworkInterfaceExceededTimeLimit
	237,   // CursorKilled
	262,   // ExceededTimeLimit
	365,   // TemporarilyUnavailable
	9001,  // SocketException
	10058, // LegacyNotPrimary
	10107, // NotWritablePrimary
	11600, // InterruptedAtShutdown
	11601, // Interrupted
	11602, // InterruptedDueToReplStateChange
	13435, // NotPrimaryNoSecondaryOk
	13436, // NotPrimaryOrSecondary
	14031, // OutOfDiskSpace
}

// translate gives the domain's error for the driver's: unavailable when it is
// not known what happened or the server cannot serve now, conflict for a key that
// is taken, not_found for a read that found nothing, else internal.
func translate(message string, err error) error {
	if err == nil {
		return nil
	}
	code := codeOf(err)
	if code == survey.CodeConflict || code == survey.CodeNotFound {
		// The driver's words add nothing but the key itself.
		return &survey.Error{Code: code, Message: message}
	}
	return &survey.Error{Code: code, Message: message, Err: err}
}

func codeOf(err error) survey.Code {
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return survey.CodeNotFound
	case unclear(err):
		return survey.CodeUnavailable
	case mongo.IsDuplicateKeyError(err):
		return survey.CodeConflict
	}
	return survey.CodeInternal
}

// unclear reports whether the server could not be asked, did not answer, or
// answered that it cannot serve or promise durability now.
func unclear(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, mongo.ErrClientDisconnected) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		mongo.IsTimeout(err) || mongo.IsNetworkError(err) {
		return true
	}
	if selection := (topology.ServerSelectionError{}); errors.As(err, &selection) {
		return true
	}
	if connection := (topology.ConnectionError{}); errors.As(err, &connection) {
		return true
	}
	if network := net.Error(nil); errors.As(err, &network) {
		return true
	}
	// Without the promised durability even a clear answer may be rolled back.
	if write := (mongo.WriteException{}); errors.As(err, &write) && write.WriteConcernError != nil {
		return true
	}
	if bulk := (mongo.BulkWriteException{}); errors.As(err, &bulk) && bulk.WriteConcernError != nil {
		return true
	}
	server := mongo.ServerError(nil)
	if !errors.As(err, &server) {
		return false
	}
	for _, label := range []string{"RetryableWriteError", "RetryableReadError", "TransientTransactionError", "SystemOverloadedError"} {
		if server.HasErrorLabel(label) {
			return true
		}
	}
	return slices.ContainsFunc(passing, server.HasErrorCode)
}
