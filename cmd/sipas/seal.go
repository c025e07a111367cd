package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/ledger"
)

// sealLimits is what every place that speaks of seals says.
const sealLimits = "A seal proves what was there when it was made. What it cannot show: entries taken away that were written after the\n" +
	"newest seal, from the end of a stream or of the audit log. Of a stream, only another node, a checkpoint that remembers\n" +
	"the head, or the note of where the stream ended, which is not signed, can. And a seal that lies beside the ledger can\n" +
	"go with it: it must be kept elsewhere, by an auditor.\n"

func newSealCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seal FILE",
		Short: "Write a signed list of the ledger's heads, for an auditor to keep",
		Long: "Write a seal: a small signed file that names the newest entry of every stream of the ledger and of the audit log. It\n" +
			"works beside a running server. `sipas serve` makes one each day in the folder seals of its data folder.\n\n" +
			sealLimits + "\n  sipas verify --seal FILE    checks the ledger against it",
		Args: needs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return sealTo(cmd, args[0]) },
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "ledger-key", "log-level")
	return cmd
}

func sealTo(cmd *cobra.Command, path string) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	key, err := existingLedgerKey(c)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	store, province, err := openProvince(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	seal, err := ledger.MakeSeal(ctx, store, province, key, time.Now())
	if err != nil {
		return err
	}
	if err := writeSeal(path, seal); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Sealed %s in %s.\nPublic key: %s\n\n%s", counted(int64(len(seal.Heads)), "stream", "streams"), path, publicKeyText(seal.PublicKey), sealLimits)
	return err
}

func publicKeyText(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// writeSeal writes the file whole or not at all. It replaces none: what was
// sealed stays as it was.
func writeSeal(path string, seal *ledger.Seal) error {
	text, err := seal.Encode()
	if err != nil {
		return err
	}
	return writeWhole(path, false, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// sealEvery is how often a server looks whether the day's seal is there.
const sealEvery = time.Minute

// sealer makes a seal each day, by the Vietnamese calendar, in its folder.
type sealer struct {
	store    survey.Store
	province survey.Identity
	key      ed25519.PrivateKey
	folder   string
	now      func() time.Time
	log      *slog.Logger
}

// run seals until ctx ends, and returns nil then. What fails is tried again.
func (s *sealer) run(ctx context.Context) error {
	repeat(ctx, 0, sealEvery, func() error {
		path, err := s.today(ctx)
		if path != "" && err == nil {
			s.log.Info("the ledger is sealed; let an auditor keep a copy elsewhere", "file", path)
		}
		return err
	}, func(err error) { s.log.Error("the ledger cannot be sealed", "retryIn", sealEvery, "err", err) })
	return nil
}

// repeat does some work after a first wait and then at intervals, until ctx ends. The
// first of several failures in a row is told.
func repeat(ctx context.Context, first, every time.Duration, work func() error, tell func(error)) {
	timer := time.NewTimer(first)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := work()
		if err != nil && ctx.Err() == nil && !failing {
			tell(err)
		}
		failing = err != nil
		timer.Reset(every)
	}
}

// today makes the seal of this day where there is none, and gives its path.
func (s *sealer) today(ctx context.Context) (path string, err error) {
	now := s.now()
	path = filepath.Join(s.folder, string(survey.DateOf(now))+".json")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return "", err
	}
	seal, err := ledger.MakeSeal(ctx, s.store, s.province, s.key, now)
	if err != nil {
		return "", err
	}
	return path, writeSeal(path, seal)
}
