// Package pulse keeps what kiosks last said of themselves: how many ratings wait
// on them, since when, with which clock and battery. It is the state of operations, so nothing
// of it is audited: in memory at once, in the store a moment later, where every node reads it.
package pulse

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"sipas/survey"
)

// writeEvery bounds how often a kiosk is written, however often it speaks, and how
// late other nodes learn of it.
const writeEvery = 2 * time.Second

// attempts is how often a write that another node overtook is tried at once.
const attempts = 3

// Keeper keeps the newest heartbeat of each kiosk. Safe for concurrent use.
type Keeper struct {
	store survey.Collection[survey.Heartbeat]
	log   *slog.Logger

	mu     sync.Mutex
	newest map[string]survey.Heartbeat // told to this node
	owed   map[string]bool             // not written yet
}

// New makes a Keeper on the store's heartbeats.
func New(store survey.Collection[survey.Heartbeat], log *slog.Logger) *Keeper {
	return &Keeper{store: store, log: log, newest: map[string]survey.Heartbeat{}, owed: map[string]bool{}}
}

// Report takes a heartbeat. This node shows it at once; Run writes it down.
func (k *Keeper) Report(h survey.Heartbeat) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.newest[h.ID], k.owed[h.ID] = h, true
}

// All gives the newest heartbeat of every kiosk by its id, whichever node was
// told. Where the store cannot be read the error is unavailable.
func (k *Keeper) All(ctx context.Context) (map[string]survey.Heartbeat, error) {
	list, err := k.store.List(ctx)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	all := maps.Clone(k.newest)
	for _, stored := range list {
		if stored.At.After(all[stored.ID].At) {
			all[stored.ID] = stored
		}
	}
	return all, nil
}

// Run writes what was reported until ctx ends, each kiosk at most once in a few seconds. A
// store that fails loses nothing but time: the next heartbeat says it all again. It returns nil.
func (k *Keeper) Run(ctx context.Context) error {
	ticker := time.NewTicker(writeEvery)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := k.Flush(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			k.log.Warn("what kiosks say of themselves cannot be written down", "error", err)
		}
		failing = err != nil
	}
}

// Flush writes what is owed now. After an error, which is the store's, the rest stays owed.
func (k *Keeper) Flush(ctx context.Context) error {
	k.mu.Lock()
	owed := make([]survey.Heartbeat, 0, len(k.owed))
	for id := range k.owed {
		owed = append(owed, k.newest[id])
	}
	k.mu.Unlock()
	for _, h := range owed {
		if err := k.write(ctx, h); err != nil {
			return err
		}
		k.mu.Lock()
		if k.newest[h.ID].At.Equal(h.At) {
			delete(k.owed, h.ID)
		}
		k.mu.Unlock()
	}
	return nil
}

// write stores a heartbeat unless a newer one is there. One that others overtake again and
// again is left to them.
func (k *Keeper) write(ctx context.Context, h survey.Heartbeat) error {
	for range attempts {
		stored, err := k.store.Find(ctx, h.ID)
		switch {
		case survey.IsCode(err, survey.CodeNotFound):
			h.Stamp(1, nil)
			err = k.store.Create(ctx, h)
		case err != nil:
			return err
		case stored.At.After(h.At):
			return nil
		default:
			h.Stamp(stored.Rev+1, nil)
			err = k.store.Update(ctx, h)
		}
		if !survey.IsCode(err, survey.CodeConflict) {
			return err
		}
	}
	return nil
}
