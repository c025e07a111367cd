package mongostore

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
)

// The driver asks every server how it is once in heartbeatInterval, and takes one
// that is not connected or does not answer within connectTimeout for gone: a
// server that hangs is known about within the time one operation may take.
const (
	heartbeatInterval = 5 * time.Second
	connectTimeout    = 5 * time.Second
)

// shortestWait is how long an operation waits for a server that has been away for long.
const shortestWait = time.Second

// writable are the driver's names of servers that take writes.
var writable = []string{"RSPrimary", "Standalone", "Mongos", "LoadBalancer"}

// outage knows since when there has been no server that takes writes: since the
// last sign of life of one, for a server that hangs is found out about late.
type outage struct{ alive, since atomic.Pointer[time.Time] }

func takesWrites(s event.ServerDescription) bool { return slices.Contains(writable, s.Kind) }

// heard follows the answers to the driver's checks.
func (o *outage) heard(e *event.ServerHeartbeatSucceededEvent) {
	if takesWrites(e.Reply) {
		now := time.Now()
		o.alive.Store(&now)
	}
}

// observe follows what the driver finds out about the servers.
func (o *outage) observe(e *event.TopologyDescriptionChangedEvent) {
	if slices.ContainsFunc(e.NewDescription.Servers, takesWrites) {
		o.since.Store(nil)
		return
	}
	since := o.alive.Load()
	if since == nil {
		now := time.Now()
		since = &now
	}
	o.since.CompareAndSwap(nil, since)
}

// limit is how long an operation begun now may take. An outage is waited out once,
// since a new primary may be under election, and not by every operation anew:
// those that begin in it end together, and later ones are only let see whether it is over.
func (o *outage) limit(timeout time.Duration) time.Duration {
	since := o.since.Load()
	if since == nil {
		return timeout
	}
	return min(timeout, max(shortestWait, timeout-time.Since(*since)))
}

// within limits one operation, whatever deadline the caller has.
func (s *Store) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.outage.limit(s.timeout))
}
