package ledger

import (
	"hash/maphash"
	"sync"

	"sipas/survey"
)

// recent remembers the ids of the newest entries seen, at least recentSize of
// them. It only spares inserts that would stop at a repeated id, which could leave the
// entries before it without a signature: a wrong guess costs one look-up, a
// missing one nothing but that.
type recent struct {
	sync.Mutex
	seed         maphash.Seed
	newer, older map[uint64]struct{}
}

const recentSize = 50_000

func newRecent() *recent {
	return &recent{seed: maphash.MakeSeed(), newer: map[uint64]struct{}{}}
}

func (r *recent) add(entries []survey.Entry) {
	r.Lock()
	defer r.Unlock()
	for _, e := range entries {
		if len(r.newer) >= recentSize {
			r.older, r.newer = r.newer, make(map[uint64]struct{}, recentSize)
		}
		r.newer[maphash.String(r.seed, e.ID)] = struct{}{}
	}
}

// holds reports whether the id of any item may be one of them.
func (r *recent) holds(items []*item) bool {
	r.Lock()
	defer r.Unlock()
	for _, it := range items {
		id := maphash.String(r.seed, it.draft.ID)
		if _, ok := r.newer[id]; ok {
			return true
		}
		if _, ok := r.older[id]; ok {
			return true
		}
	}
	return false
}
