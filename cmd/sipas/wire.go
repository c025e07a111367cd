package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"sipas/api"
	"sipas/frontend"
	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/identity"
	"sipas/survey/intake"
	"sipas/survey/languages"
	"sipas/survey/ledger"
	"sipas/survey/mongostore"
	"sipas/survey/pulse"
	"sipas/survey/questionnaires"
	"sipas/survey/receipts"
	"sipas/survey/registry"
	"sipas/survey/results"
	"sipas/survey/sqlitestore"
	"sipas/survey/suspicion"
)

const mongoTimeout = 10 * time.Second

// newLogger writes to w, as text a person and a log collector can both read.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// openStore opens the store the configuration names, making the data folder
// where the embedded one needs it.
func openStore(ctx context.Context, c *config) (survey.Store, error) {
	if c.MongoURI != "" {
		return mongostore.Open(ctx, mongostore.Options{URI: c.MongoURI, Database: c.MongoDatabase, Timeout: mongoTimeout})
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	return sqlitestore.Open(ctx, storePath(c))
}

// storeFile is the embedded store in a data folder.
const storeFile = "sipas.db"

func storePath(c *config) string { return filepath.Join(c.Data, storeFile) }

// openProvince opens a store that holds a province; where there is none, nothing is made.
func openProvince(ctx context.Context, c *config) (survey.Store, survey.Identity, error) {
	none := fmt.Errorf("there is no province in %s yet; start it once with: sipas serve%s", c.storeName(), c.storeFlags())
	if c.MongoURI == "" {
		if _, err := os.Stat(storePath(c)); errors.Is(err, fs.ErrNotExist) {
			return nil, survey.Identity{}, none
		}
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return nil, survey.Identity{}, err
	}
	id, err := store.Identity(ctx)
	if err == nil {
		return store, id, nil
	}
	if survey.IsCode(err, survey.CodeNotFound) {
		if err = checkWhole(ctx, store); err == nil {
			err = none
		}
	}
	return nil, survey.Identity{}, errors.Join(err, store.Close())
}

// checkWhole refuses a store that holds a part of a province: its identity is
// what a move and a restore create last.
func checkWhole(ctx context.Context, store survey.Store) error {
	streams, err := store.Ledger().Streams(ctx)
	if err != nil {
		return err
	}
	_, err = store.Audit().Last(ctx)
	if len(streams) > 0 || err == nil {
		if _, err := store.Identity(ctx); err == nil {
			return nil // another process has just made it
		}
		return errors.New("this store holds a move or a restore that was not finished; run sipas migrate with --finish, or sipas restore again")
	}
	if survey.IsCode(err, survey.CodeNotFound) {
		return nil
	}
	return err
}

// settleIdentity makes a new store what the configuration asks for and refuses
// to mix real and synthetic data in an existing one. It reports whether the
// store is synthetic.
func settleIdentity(ctx context.Context, c *config, store survey.Store) (synthetic bool, err error) {
	id, err := store.Identity(ctx)
	switch {
	case err == nil && c.Demo && !id.Synthetic:
		return false, errors.New("this store holds a real province; demo data load only into a new store (choose another --data or --mongodb-database)")
	case err == nil && c.Production && id.Synthetic:
		return false, errors.New("this store holds synthetic demo data; production needs another --data or --mongodb-database")
	case err == nil:
		return id.Synthetic, nil
	case !survey.IsCode(err, survey.CodeNotFound):
		return false, err
	}
	if err := checkWhole(ctx, store); err != nil {
		return false, err
	}
	id = survey.Identity{ID: uuid.NewString(), Synthetic: c.wantsDemo(), CreatedAt: time.Now().UTC().Truncate(time.Millisecond)}
	if err := store.Create(ctx, id); err != nil {
		return false, err
	}
	return id.Synthetic, nil
}

// wantsDemo: a new store is filled with demo data when that is asked for, or
// when nothing names a real one.
func (c *config) wantsDemo() bool {
	if c.demoNamed {
		return c.Demo
	}
	return c.MongoURI == "" && !c.Production
}

// node is one running process of the platform.
type node struct {
	registry  *registry.Registry
	ledger    *ledger.Ledger
	identity  *identity.Service
	pulse     *pulse.Keeper
	sealer    *sealer
	keeper    *checkpointer
	retainer  *retainer
	suspecter *suspecter
	edge      edge
}

// edge is the HTTP edge as a process sees it.
type edge interface {
	Listener(net.Listener) error
	ShutdownWithContext(ctx context.Context) error
}

func openRegistry(ctx context.Context, store survey.Store, now func() time.Time, log *slog.Logger) (*registry.Registry, error) {
	return registry.Open(ctx, registry.Options{Store: store, Now: now, Random: rand.Reader, Log: log})
}

func openLedger(ctx context.Context, store survey.Store, k keys, now func() time.Time, log *slog.Logger) (*ledger.Ledger, error) {
	return ledger.Open(ctx, ledger.Options{Store: store.Ledger(), Key: k.Ledger, Now: now, Random: rand.Reader, Log: log})
}

// speak reads the further languages the configuration names, makes the citizens'
// pages speak them and gives the forms with their texts.
func speak(c *config) ([]*survey.Questionnaire, error) {
	forms := questionnaires.All()
	if c.LanguagesDir == "" {
		return forms, nil
	}
	further, err := languages.Load(os.DirFS(c.LanguagesDir))
	if err == nil {
		forms, err = languages.Translate(forms, further)
	}
	if err == nil {
		err = api.Speak(further)
	}
	if err != nil {
		return nil, fmt.Errorf("languages-dir (SIPAS_LANGUAGES_DIR) cannot be used:\n%w", err)
	}
	return forms, nil
}

// openSpeaking is openRegistry for a process that takes ratings: it knows the further languages the configuration names.
func openSpeaking(ctx context.Context, c *config, store survey.Store, now func() time.Time, log *slog.Logger) (*registry.Registry, error) {
	forms, err := speak(c)
	if err != nil {
		return nil, err
	}
	return registry.Open(ctx, registry.Options{Store: store, Questionnaires: forms, Languages: api.Languages(), Now: now, Random: rand.Reader, Log: log})
}

// openNode puts the parts together on an open store and reads what is stored;
// now is the clock of the node. Where it fails, the node's stream is ended.
func openNode(ctx context.Context, c *config, k keys, store survey.Store, now func() time.Time, log *slog.Logger) (_ *node, err error) {
	n := &node{}
	if n.registry, err = openSpeaking(ctx, c, store, now, log); err != nil {
		return nil, err
	}
	if n.ledger, err = openLedger(ctx, store, k, now, log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.abandon())
		}
	}()
	n.identity = identity.New(identity.Options{Store: store, Registry: n.registry, Now: now, Random: rand.Reader})
	n.pulse = pulse.New(store.Heartbeats(), log)
	figures := results.New(results.Options{Registry: n.registry, Entries: store.Ledger(), Now: now, Log: log})
	n.ledger.Subscribe(figures.Consume)
	province, err := store.Identity(ctx)
	if err != nil {
		return nil, err
	}
	n.keeper = newCheckpointer(c, k, province, figures, log)
	n.keeper.restore(ctx, n.ledger)
	if err := n.ledger.CatchUp(ctx); err != nil {
		return nil, err
	}
	n.sealer = &sealer{store: store, province: province, key: k.Ledger, folder: filepath.Join(c.Data, "seals"), now: now, log: log}
	n.retainer = &retainer{retention: ledger.NewRetention(n.ledger), store: store.Ledger(), months: c.RetentionMonths, now: now, log: log}
	n.suspecter = &suspecter{inspector: suspicion.NewInspector(store.Ledger()), registry: n.registry, ledger: n.ledger, now: now, log: log}
	codes := receipts.New(receipts.Options{Store: store, Registry: n.registry, Key: k.Page, Now: now, Random: rand.Reader})
	n.edge = api.New(api.Options{
		Registry:       n.registry,
		Identity:       n.identity,
		Intake:         intake.New(intake.Options{Registry: n.registry, Ledger: n.ledger, PageKey: k.Page, Receipts: codes, Now: now, NewID: uuid.NewString, Languages: api.Languages()}),
		Receipts:       codes,
		Pulse:          n.pulse,
		Results:        figures,
		Reviewer:       &suspicion.Reviewer{Registry: n.registry, Ledger: n.ledger, Store: store.Ledger(), Counted: figures, Now: now},
		Frontend:       builtFrontend(),
		PublicURL:      c.PublicURL,
		SigningKey:     k.Signing,
		PageKey:        k.Page,
		ImportDir:      filepath.Join(c.Data, "imports"),
		Production:     c.Production,
		TrustedProxies: c.TrustedProxies,
		Log:            log,
		Now:            now,
		Ready:          store.Ping,
		LedgerEntries:  figures.Entries,
		Version:        versionName(),
	})
	return n, nil
}

// abandon ends the stream of a node that will not run; else all others would follow it for ever.
func (n *node) abandon() error { return inTime(ledgerStopTimeout, n.ledger.Close) }

// builtFrontend gives the embedded front end, or nil where this binary was built without it.
func builtFrontend() fs.FS {
	if _, err := fs.Stat(frontend.Files, "admin.html"); err != nil {
		return nil
	}
	return frontend.Files
}

// loadDemo fills a synthetic store with the demo province, once; it reports whether there was anything to load. The catalogue
// comes last, so a store without agencies is one whose load was cut short: it is
// taken up again, with the same responses, since they end on the day the store was made.
func loadDemo(ctx context.Context, store survey.Store, k keys, options demo.Options, log *slog.Logger, progress func(done, total int)) (loaded bool, err error) {
	id, err := store.Identity(ctx)
	if err != nil {
		return false, err
	}
	if options.Until == "" {
		options.Until = survey.DateOf(id.CreatedAt)
	}
	reg, err := openRegistry(ctx, store, time.Now, log)
	if err != nil {
		return false, err
	}
	if len(reg.Snapshot().Agencies()) > 0 {
		return false, nil
	}
	// Its responses are as old as they say, so their stream started before them.
	began := func() time.Time { return demo.Start.Start() }
	led, err := openLedger(ctx, store, k, began, log)
	if err != nil {
		return false, err
	}
	return true, errors.Join(demo.New(options).Load(ctx, store, reg, led, progress), inTime(ledgerStopTimeout, led.Close))
}
