package identity

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// Ten failures of one name within 15 minutes, then no more attempts until the oldest is forgotten.
const (
	maxFailures    = 10
	failureWindow  = 15 * time.Minute
	maxThrottled   = 20_000 // names remembered at a time
	throttleDigest = 16
)

type throttleKey [throttleDigest]byte

// throttle counts failures by name, known or not, in memory: it slows guessing
// down and need not outlive the process. most of them within the window are let through. Every attempt counts as failed until it
// succeeds, so that attempts sent at once cannot pass together.
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

func keyOf(name string) throttleKey {
	sum := sha256.Sum256([]byte(name))
	return throttleKey(sum[:throttleDigest])
}

// attempt counts an attempt, or gives the time to wait. release takes the attempt
// back, for one that was not decided.
func (t *throttle) attempt(name string, now time.Time) (release func(), wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := keyOf(name)
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

func (t *throttle) succeeded(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failures, keyOf(name))
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
