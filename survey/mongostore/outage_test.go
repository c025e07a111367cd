package mongostore

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"sipas/survey"
)

func TestLimitOfAnOperation(t *testing.T) {
	const timeout = 10 * time.Second
	servers := func(kinds ...string) *event.TopologyDescriptionChangedEvent {
		e := &event.TopologyDescriptionChangedEvent{}
		for _, kind := range kinds {
			e.NewDescription.Servers = append(e.NewDescription.Servers, event.ServerDescription{Kind: kind})
		}
		return e
	}
	for _, test := range []struct {
		name     string
		found    *event.TopologyDescriptionChangedEvent
		away     time.Duration
		timeout  time.Duration
		min, max time.Duration
	}{
		{"a primary", servers("RSSecondary", "RSPrimary"), 0, timeout, timeout, timeout},
		{"one server", servers("Standalone"), 0, timeout, timeout, timeout},
		{"an election begins", servers("RSSecondary", "Unknown"), 0, timeout, 9 * time.Second, timeout},
		{"an election goes on", servers("RSSecondary", "RSSecondary"), 4 * time.Second, timeout, 5 * time.Second, 6 * time.Second},
		{"away for long", servers("Unknown"), time.Hour, timeout, shortestWait, shortestWait},
		{"away for long, with an impatient caller", servers("Unknown"), time.Hour, time.Second / 2, time.Second / 2, time.Second / 2},
		{"back", servers("RSPrimary"), time.Hour, timeout, timeout, timeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			var o outage
			if test.away > 0 {
				began := time.Now().Add(-test.away)
				o.since.Store(&began)
			}
			o.observe(test.found)
			if got := o.limit(test.timeout); got < test.min || got > test.max {
				t.Errorf("an operation may take %v, want %v to %v", got, test.min, test.max)
			}
		})
	}
}

// A server that hung for ten seconds before it was found out about was away all that time.
func TestAnOutageBeginsWithTheLastSignOfLife(t *testing.T) {
	for _, test := range []struct {
		kind string
		want time.Duration
	}{{"RSPrimary", shortestWait}, {"RSSecondary", 10 * time.Second}} {
		t.Run(test.kind, func(t *testing.T) {
			var o outage
			o.heard(&event.ServerHeartbeatSucceededEvent{Reply: event.ServerDescription{Kind: test.kind}})
			if alive := o.alive.Load(); alive != nil {
				*alive = alive.Add(-10 * time.Second)
			}
			o.observe(&event.TopologyDescriptionChangedEvent{})
			if got := o.limit(10 * time.Second); got > test.want || got < test.want-time.Second/2 {
				t.Errorf("an operation may take %v, want %v", got, test.want)
			}
		})
	}
}

// The first operations of an outage wait for its end, later ones are told soon.
func TestAnOutageIsWaitedOutOnce(t *testing.T) {
	f := serve(t, func(received) bson.D {
		return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 0}, {Key: "nModified", Value: 0}}
	})
	const timeout = 3 * time.Second
	s, err := Open(t.Context(), Options{URI: f.uri, Database: "sipas", Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f.leave()
	for i, limit := range []time.Duration{timeout, shortestWait, shortestWait} {
		began := time.Now()
		if err := s.Ping(t.Context()); !survey.IsCode(err, survey.CodeUnavailable) {
			t.Errorf("operation %d: error %v, want unavailable", i+1, err)
		}
		if took := time.Since(began); took > limit+time.Second {
			t.Errorf("operation %d took %v, want %v", i+1, took, limit)
		}
	}
}
