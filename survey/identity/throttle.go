package identity

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// Ten failures of one name from one origin within 15 minutes, then no more
// attempts from there until the oldest is forgotten. A name may fail more often
// from everywhere together, so that nobody can shut its owner out from one place.
const (
	maxFailures     = 10
	maxNameFailures = 100
	failureWindow   = 15 * time.Minute
	maxThrottled    = 20_000 // keys remembered at a time
	throttleDigest  = 16
)

type originKey struct{}

// WithOrigin tells Login and Enrol where an attempt comes from: the address of
// the client, as far as the edge can know it. It is hashed, kept in memory for
// as long as failures count, and never logged.
func WithOrigin(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

func originOf(ctx context.Context) string {
	origin, _ := ctx.Value(originKey{}).(string)
	return origin
}

type throttleKey [throttleDigest]byte

// throttle counts failures by key in memory: it slows guessing down and need
// not outlive the process. Within the window most of them are let through. Every
// attempt counts as failed until it succeeds, so that attempts sent at once cannot pass together.
type throttle struct {
	most     int
	window   time.Duration
	mu       sync.Mutex
	failures map[throttleKey][]time.Time // oldest first
}

func newThrottle(most int, window time.Duration) *throttle {
	return &throttle{most: most, window: window, failures: map[throttleKey][]time.Time{}}
}

// seconds gives a time to wait in whole seconds.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

func keyOf(key string) throttleKey {
	sum := sha256.Sum256([]byte(key))
	return throttleKey(sum[:throttleDigest])
}

// attempt counts an attempt, or gives the time to wait. release takes the attempt
// back, for one that was not decided.
func (t *throttle) attempt(counted string, now time.Time) (release func(), wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := keyOf(counted)
	recent := slices.DeleteFunc(t.failures[key], func(at time.Time) bool { return now.Sub(at) >= t.window })
	if len(recent) >= t.most {
		t.failures[key] = recent
		return nil, recent[0].Add(t.window).Sub(now)
	}
	if len(recent) == 0 && len(t.failures) >= maxThrottled {
		t.forget(now)
	}
	t.failures[key] = append(recent, now)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if i := slices.Index(t.failures[key], now); i >= 0 {
			t.failures[key] = slices.Delete(t.failures[key], i, i+1)
		}
	}, 0
}

// tries limits attempts from one origin at one thing, and at it from everywhere.
type tries struct {
	fromOne, fromAll *throttle
}

// attempt counts an attempt in both, or gives the longer time to wait.
func (t tries) attempt(origin, thing string, now time.Time) (release func(), wait time.Duration) {
	here, wait := t.fromOne.attempt(origin+"\x00"+thing, now)
	if wait > 0 {
		return nil, wait
	}
	everywhere, wait := t.fromAll.attempt(thing, now)
	if wait > 0 {
		here()
		return nil, wait
	}
	return func() { here(); everywhere() }, 0
}

// succeeded forgets the failures of the origin; those from elsewhere still count.
func (t tries) succeeded(origin, thing string, release func()) {
	release()
	t.fromOne.succeeded(origin + "\x00" + thing)
}

func (t *throttle) succeeded(counted string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failures, keyOf(counted))
}

// forget makes room: what is over goes, and if that is not enough, the names
// with the fewest failures.
func (t *throttle) forget(now time.Time) {
	for least := 0; len(t.failures) >= maxThrottled; least++ {
		for key, at := range t.failures {
			if len(at) <= least || now.Sub(at[len(at)-1]) >= t.window {
				delete(t.failures, key)
			}
		}
	}
}
