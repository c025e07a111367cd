package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sipas/survey"
)

// keys are the three secrets of an installation.
type keys struct {
	Signing []byte             // access tokens and the thank-you summary
	Page    []byte             // form page tokens
	Ledger  ed25519.PrivateKey // signatures of the ledger
}

// loadKeys takes each key from the configuration or, where it names none, from
// the data folder, making it there (mode 0600) the first time.
func loadKeys(c *config) (keys, error) {
	var k keys
	var err error
	if k.Signing, err = loadKey(c, "signing-key", c.SigningKey); err != nil {
		return keys{}, err
	}
	if k.Page, err = loadKey(c, "page-key", c.PageKey); err != nil {
		return keys{}, err
	}
	seed, err := loadKey(c, "ledger-key", c.LedgerKey)
	if err != nil {
		return keys{}, err
	}
	k.Ledger = ed25519.NewKeyFromSeed(seed)
	return k, nil
}

// knownLedgerKey gives the ledger key as loadKeys would, but makes none: nil
// where it is neither configured nor in the data folder.
func knownLedgerKey(c *config) (ed25519.PrivateKey, error) {
	seed, err := findKey(c, "ledger-key", c.LedgerKey)
	if err != nil || seed == nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// existingLedgerKey is knownLedgerKey for what cannot go on without it.
func existingLedgerKey(c *config) (ed25519.PrivateKey, error) {
	key, err := knownLedgerKey(c)
	if err == nil && key == nil {
		err = fmt.Errorf("the ledger's key is not known here: it is neither in the data folder nor in %s", environmentName("ledger-key"))
	}
	return key, err
}

// checkLedgerKey tells where a store has streams and none of them is of the key that
// is about to write: the keys of the province did not come with it. In production that is
// refused. After a first start on purpose with another key, it is one of the store's.
func checkLedgerKey(ctx context.Context, c *config, store survey.LedgerStore, key ed25519.PrivateKey, log *slog.Logger) error {
	streams, err := store.Streams(ctx)
	if err != nil || len(streams) == 0 {
		return err
	}
	public := key.Public().(ed25519.PublicKey)
	if slices.ContainsFunc(streams, func(s survey.Stream) bool { return public.Equal(s.PublicKey) }) {
		return nil
	}
	const foreign = "no stream of this store is of the ledger key in use: the keys of the province were not brought along, or the ledger key was changed"
	bring := fmt.Sprintf("stop, set %s, %s and %s as they were, or copy the folder keys of the data folder the store was served from over %s",
		environmentName("ledger-key"), environmentName("page-key"), environmentName("signing-key"), filepath.Join(c.Data, "keys"))
	if c.Production {
		return fmt.Errorf("not started in production: %s; %s. To go on with another ledger key for good, start once without --production", foreign, bring)
	}
	log.Error(foreign, "key", publicKeyText(public), "do", bring)
	return nil
}

func loadKey(c *config, name, configured string) ([]byte, error) {
	key, err := findKey(c, name, configured)
	if err != nil || key != nil {
		return key, err
	}
	key = make([]byte, minimumKeyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return key, writeKey(keyPath(c, name), key)
}

func keyPath(c *config, name string) string { return filepath.Join(c.Data, "keys", name) }

// findKey gives the configured key or that of the data folder, nil where there is neither.
func findKey(c *config, name, configured string) ([]byte, error) {
	if configured != "" {
		return decodeKey(name, configured)
	}
	path := keyPath(c, name)
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := decodeKey(name, strings.TrimSpace(string(text)))
		if err != nil {
			return nil, fmt.Errorf("the key in %s is damaged: %w", path, err)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the key %s cannot be read: %w", path, err)
	}
	return nil, nil
}

// writeKey creates the file and never overwrites one: a key that another process
// made in the same moment is an error, not a loss.
func writeKey(path string, key []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the key folder cannot be made: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("the key %s cannot be written: %w", path, err)
	}
	if _, err := f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n"); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}
