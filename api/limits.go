package api

import (
	"crypto/sha256"
	"math"
	"strings"
	"sync"
	"time"

	"sipas/survey/intake"
)

// How many forms are taken at once, and how many more as time goes by. A hall of
// several hundred phones shares one address and one point, so the point's limit is far
// above what a hall does and addresses are not counted at all; a page and a device are one person, or a
// few who pass a phone on.
var (
	pageLimit   = limit{burst: 20, every: 6 * time.Second}
	deviceLimit = limit{burst: 30, every: 20 * time.Second}
	pointLimit  = limit{burst: 1200, every: 250 * time.Millisecond}
	codeLimit   = limit{burst: 5, every: time.Minute} // of a page, receipt codes that are not good
)

// maxLimited is how many pages, devices and points are counted at a time.
const maxLimited = 50_000

// limit lets a burst through at once, then one more each time every has passed.
type limit struct {
	burst int
	every time.Duration
}

type limitKey [16]byte

// counter is one key with its limit.
type counter struct {
	limit
	key limitKey
}

// limits counts the forms of pages, devices and points, in the memory of this
// process only. What is counted is kept as a digest, for no longer than it takes to be let
// through again. Safe for concurrent use.
type limits struct {
	now func() time.Time
	mu  sync.Mutex
	// full is when a key will have its whole burst again: the time by which all its
	// forms so far would have come at the limit's own pace.
	full map[limitKey]time.Time
}

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, full: map[limitKey]time.Time{}}
}

// admit counts a form of the page sent by the device (empty: not known), or gives
// the seconds to wait when one of them, or the page's point, has sent too many.
func (l *limits) admit(page intake.Page, device string) (wait int) {
	counted := []counter{{pageLimit, limitKeyOf("page", page.ID)}, {pointLimit, limitKeyOf("point", page.Point)}}
	if device != "" && device != unknownDevice {
		counted = append(counted, counter{deviceLimit, limitKeyOf("device", device)})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	var longest time.Duration
	for _, c := range counted {
		longest = max(longest, l.owed(c.key, now)-time.Duration(c.burst-1)*c.every)
	}
	if longest > 0 {
		return int(math.Ceil(longest.Seconds()))
	}
	if len(l.full)+len(counted) > maxLimited {
		l.forget(now)
	}
	for _, c := range counted {
		l.full[c.key] = now.Add(l.owed(c.key, now) + c.every)
	}
	return 0
}

// wrongCode counts a receipt code of the page that is not good.
func (l *limits) wrongCode(page intake.Page) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, key := l.now(), limitKeyOf("code", page.ID)
	if len(l.full) >= maxLimited {
		l.forget(now)
	}
	l.full[key] = now.Add(l.owed(key, now) + codeLimit.every)
}

// codes gives the seconds to wait when the page comes with a receipt code and has tried too many.
func (l *limits) codes(page intake.Page, code string) (wait int) {
	if strings.TrimSpace(code) == "" {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(math.Ceil(max(0, l.owed(limitKeyOf("code", page.ID), l.now())-time.Duration(codeLimit.burst-1)*codeLimit.every).Seconds()))
}

// owed is the time until the key has its whole burst again.
func (l *limits) owed(key limitKey, now time.Time) time.Duration {
	full, counted := l.full[key]
	if !counted {
		return 0
	}
	return max(0, full.Sub(now))
}

// forget makes room: who has the whole burst again goes, and if nobody has, everybody,
// since refusing a citizen is worse than counting anew.
func (l *limits) forget(now time.Time) {
	for key, full := range l.full {
		if !full.After(now) {
			delete(l.full, key)
		}
	}
	if len(l.full) > maxLimited/2 {
		clear(l.full)
	}
}

func limitKeyOf(kind, name string) limitKey {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return limitKey(sum[:16])
}
