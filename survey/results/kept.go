package results

import (
	"sync"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/registry"
)

// keptBytes is about how much of one moment is kept from one request to the next. What a
// request adds beyond stays until the next one, which begins anew.
const keptBytes = 64 << 20

// kept is what was decided of the ratings and the catalogue of one moment. The first rating
// or entry that comes after ends it: no answer rests on an older moment than its request.
type kept struct {
	ratings tally.Snapshot
	catalog *registry.Snapshot

	mu       sync.Mutex
	bytes    int
	tables   map[string]*made[*table]
	partings map[string]*made[*parting]
}

// keptOf gives what is kept of a moment: nothing yet where it is a new one, or where there was no room for more.
func (s *Service) keptOf(ratings tally.Snapshot, catalog *registry.Snapshot) *kept {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	if k := s.kept; k != nil && k.ratings == ratings && k.catalog == catalog && !k.full() {
		return k
	}
	s.kept = &kept{ratings: ratings, catalog: catalog, tables: map[string]*made[*table]{}, partings: map[string]*made[*parting]{}}
	return s.kept
}

func (k *kept) full() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.bytes > keptBytes
}

// shared is what the answers to one request have in common, beside what is kept of its moment.
type shared struct {
	*kept
	years    map[string]*made[*year]
	calendar map[string]*made[*settlement]
	scans    map[string]*made[scan] // nil unless the points of all agencies are asked for

	promising sync.Mutex
	promises  map[promiseKey]promise
}

func newShared(k *kept) *shared {
	return &shared{kept: k, years: map[string]*made[*year]{}, calendar: map[string]*made[*settlement]{}, promises: map[promiseKey]promise{}}
}

// made is something that one goroutine makes and others wait for.
type made[T any] struct {
	once  sync.Once
	value T
	err   error
}

var errUnmade = &survey.Error{Code: survey.CodeInternal, Message: "what others wait for was not made"}

// once makes something unless it is known or being made already. A failure is not kept.
func once[T any](s *shared, known *map[string]*made[T], key string, make func() (T, error)) (T, error) {
	s.mu.Lock()
	m := (*known)[key]
	if m == nil {
		m = &made[T]{err: errUnmade} // which stays where making it panics
		(*known)[key] = m
	}
	s.mu.Unlock()
	m.once.Do(func() {
		if m.value, m.err = make(); m.err == nil {
			s.grow(len(key), m.value)
		}
	})
	if m.err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if (*known)[key] == m {
			delete(*known, key)
		}
	}
	return m.value, m.err
}

// grow takes note of what keeping something takes, if it is kept at all.
func (k *kept) grow(key int, value any) {
	if v, keeps := value.(interface{ bytes() int }); keeps {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.bytes += key + v.bytes()
	}
}

// bytes is about what a table takes.
func (t *table) bytes() int {
	const cell, spot = 2*8*7 + 16 + 1, 8
	return cell*len(t.cells) + spot*(len(t.people)+len(t.flagged))
}

// bytes is about what a parting takes.
func (p *parting) bytes() int { return 200 + 17*len(p.withheld) + 50*len(p.rare) }

// memo keeps the values of a function that depends on nothing but its arguments, at most
// memoSize of them.
type memo[K comparable, V any] struct {
	mu     sync.RWMutex
	values map[K]V
}

const memoSize = 1 << 15

// of is the value of some arguments, made where it is not kept.
func (m *memo[K, V]) of(at K, make func() (V, error)) (V, error) {
	m.mu.RLock()
	v, known := m.values[at]
	m.mu.RUnlock()
	if known {
		return v, nil
	}
	v, err := make()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil || len(m.values) == memoSize {
		m.values = map[K]V{}
	}
	m.values[at] = v
	return v, nil
}
