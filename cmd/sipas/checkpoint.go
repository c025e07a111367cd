package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/results"
)

// checkpointEvery is how often a server looks whether a new checkpoint is due:
// when checkpointEntries came since the last one, and a hundredth of the ledger, or
// when something was erased, which the last one still holds.
const (
	checkpointEvery   = time.Minute
	checkpointEntries = 10_000
)

// checkpointLeft is how old a temporary file is that its writer will not finish any more.
const checkpointLeft = time.Hour

// refusedKept is how many checkpoints stay that the ledger did not confirm.
const refusedKept = 3

// checkpointer keeps what is counted in a file of the data folder, so that the
// next start need not read the ledger from its beginning.
type checkpointer struct {
	figures *results.Service
	path    string
	key     []byte
	log     *slog.Logger

	mu      sync.Mutex // held while the file is written
	written int64      // entries in the file
	erased  int64      // erasures it took into account
	failing bool       // the last one could not be written
}

func newCheckpointer(c *config, k keys, province survey.Identity, figures *results.Service, log *slog.Logger) *checkpointer {
	// Of the ledger's key and the store: a file of another installation or province is not signed with it.
	mac := hmac.New(sha256.New, k.Ledger.Seed())
	mac.Write([]byte("sipas/checkpoint/" + province.ID))
	return &checkpointer{figures: figures, path: checkpointPath(c), key: mac.Sum(nil), log: log}
}

func checkpointPath(c *config) string { return filepath.Join(c.Data, "checkpoint") }

// restore goes on from the checkpoint if there is one that the ledger confirms;
// otherwise it says why in one line, and the whole ledger is to be read. One that is
// whole and that the ledger contradicts may be all that remembers lost entries: it is kept.
func (c *checkpointer) restore(ctx context.Context, led *ledger.Ledger) {
	c.clean()
	began := time.Now()
	err := c.figures.RestoreCheckpoint(c.path, c.key, func(marks []ledger.Mark) error { return led.Resume(ctx, marks) })
	switch {
	case err == nil:
		c.written = c.figures.Entries()
		c.log.Info("going on from the checkpoint", "entries", c.written, "took", time.Since(began).Round(time.Millisecond))
	case survey.IsCode(err, survey.CodeConflict):
		kept, failed := c.setAside(time.Now())
		c.log.Error("the ledger lost or changed entries that this server had counted, unless it was put back to an older state on purpose; "+
			"the whole ledger is read instead. Run sipas verify --seal with the newest seal an auditor keeps, and look for a backup that holds the entries",
			"err", err, "kept", kept)
		if failed != nil {
			c.log.Error("the checkpoint that remembers them cannot be kept; copy it before this server stops", "file", c.path, "err", failed)
		}
	case !errors.Is(err, fs.ErrNotExist):
		c.log.Warn("the checkpoint is discarded, the whole ledger is read instead", "file", c.path, "err", err)
	}
}

// setAside gives the file a name under which no later checkpoint replaces it, and
// removes the oldest of those that were set aside before where they are too many.
func (c *checkpointer) setAside(now time.Time) (path string, err error) {
	path = c.path + ".refused-" + now.In(survey.Vietnam).Format("20060102-150405")
	if err := os.Rename(c.path, path); err != nil {
		return "", err
	}
	kept, _ := filepath.Glob(c.path + ".refused-*") // in order of their names, so of their times
	for _, old := range kept[:max(0, len(kept)-refusedKept)] {
		_ = os.Remove(old)
	}
	return path, nil
}

// clean removes what writers that were killed left behind.
func (c *checkpointer) clean() {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(c.path), results.CheckpointTemporary))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > checkpointLeft {
			_ = os.Remove(path)
		}
	}
}

// run writes checkpoints until ctx ends, and returns nil then.
func (c *checkpointer) run(ctx context.Context) error {
	ticker := time.NewTicker(checkpointEvery)
	defer ticker.Stop()
	for {
		c.write(max(checkpointEntries, c.figures.Entries()/100))
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// finish writes what came since the last checkpoint, however little.
func (c *checkpointer) finish() { c.write(1) }

// write keeps what is counted now, if at least so many entries came since the last
// checkpoint. A file that cannot be written costs the next start time and nothing else.
func (c *checkpointer) write(atLeast int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entries, erased := c.figures.Entries(), c.figures.Erased()
	if entries-c.written < atLeast && erased == c.erased {
		return
	}
	err := os.MkdirAll(filepath.Dir(c.path), 0o700)
	if err == nil {
		err = c.figures.WriteCheckpoint(c.path, c.key)
	}
	if err != nil && !c.failing {
		c.log.Warn("no checkpoint can be written; the next start reads more of the ledger", "file", c.path, "err", err)
	}
	if c.failing = err != nil; err == nil {
		c.written, c.erased = entries, erased
	}
}
