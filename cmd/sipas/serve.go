package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/registry"
)

// At a stop, requests under way are given longer than the slowest may take, and
// the ledger has time of its own for its last commit.
const (
	edgeStopTimeout   = 30 * time.Second
	ledgerStopTimeout = 15 * time.Second
)

func newServeCommand() *cobra.Command {
	var printConfig bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the platform",
		Long: "Serve the forms, the API and the administration.\n\n" +
			"Every setting is a flag, an environment variable SIPAS_NAME (or SIPAS_NAME_FILE, the path of a file\n" +
			"that holds it), a key of the configuration file, or its default: the first of them that names it wins.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			if printConfig {
				return c.print(cmd.OutOrStdout())
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return serve(ctx, c, cmd.OutOrStdout(), newLogger(cmd.ErrOrStderr(), c.LogLevel))
		},
	}
	addSettings(cmd.Flags())
	cmd.Flags().BoolVar(&printConfig, "print-config", false, "print every setting and where it came from (secrets masked), then exit")
	return cmd
}

// serve runs a node until ctx ends, then stops it in order: no new requests,
// those under way finished, the ledger's last commit written, the checkpoint kept, the store closed.
func serve(ctx context.Context, c *config, out io.Writer, log *slog.Logger) (err error) {
	// The port comes first: where another server has it, nothing is written.
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("%s cannot be served on; where another server runs there, choose another --listen: %w", c.Listen, err)
	}
	defer listener.Close() // it is closed already where the node has run
	k, err := loadKeys(c)
	if err != nil {
		return err
	}
	var store survey.Store
	err = patiently(ctx, c, log, func() (err error) {
		store, err = openStore(ctx, c)
		return err
	})
	if err != nil {
		return stopped(ctx, err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	n, password, err := start(ctx, c, k, store, out, log)
	if err != nil {
		return stopped(ctx, err)
	}
	announce(out, c, n, password)
	return n.run(ctx, listener, log)
}

// start makes a node that can run, on a store that is a province then.
func start(ctx context.Context, c *config, k keys, store survey.Store, out io.Writer, log *slog.Logger) (n *node, oneTimePassword string, err error) {
	err = patiently(ctx, c, log, func() error {
		synthetic, err := settleIdentity(ctx, c, store)
		if err == nil {
			err = checkLedgerKey(ctx, c, store.Ledger(), k.Ledger, log)
		}
		if err == nil && synthetic && c.wantsDemo() {
			_, err = loadDemo(ctx, store, k, demo.Options{}, log, progressLine(out, demoProgress))
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	err = patiently(ctx, c, log, func() (err error) {
		n, err = openNode(ctx, c, k, store, time.Now, log)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	err = patiently(ctx, c, log, func() (err error) {
		oneTimePassword, err = furnish(ctx, c, n)
		return err
	})
	if err != nil {
		return nil, "", errors.Join(err, n.abandon())
	}
	return n, oneTimePassword, nil
}

// How long a start waits for a database that does not answer, and how long between two tries.
const (
	startPatience = time.Minute
	startPause    = time.Second
)

// patiently does a part of a start. While the database does not answer, it is tried
// again, for up to startPatience; an embedded store has nothing to wait for.
func patiently(ctx context.Context, c *config, log *slog.Logger, part func() error) error {
	began := time.Now()
	for told := false; ; told = true {
		err := part()
		if c.MongoURI == "" || !survey.IsCode(err, survey.CodeUnavailable) || ctx.Err() != nil {
			return err
		}
		if told && time.Since(began) > startPatience {
			return fmt.Errorf("the database did not answer for a minute; see that it runs and can be reached, and start again: %w", err)
		}
		if !told {
			log.Warn("the database does not answer; the start goes on trying", "for", startPatience, "err", err)
			began = time.Now()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(startPause):
		}
	}
}

// run serves on the listener until ctx ends or serving fails, and closes it.
func (n *node) run(ctx context.Context, listener net.Listener, log *slog.Logger) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	failed := make(chan error, 1)
	for _, run := range []func(context.Context) error{
		n.registry.Run, n.ledger.Run, n.sealer.run, n.keeper.run, n.retainer.run, n.suspecter.run, n.pulse.Run,
		func(context.Context) error { return n.edge.Listener(listener) },
	} {
		go func() {
			err := run(background)
			select {
			case failed <- err:
			default: // the first is told
			}
		}()
	}

	var err error
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case err = <-failed:
	}
	err = errors.Join(err, inTime(edgeStopTimeout, n.edge.ShutdownWithContext))
	cancel() // a sweep under way would find the ledger closed
	err = errors.Join(err, inTime(ledgerStopTimeout, n.ledger.Close))
	n.keeper.finish()
	return err
}

// inTime calls stop with a deadline of its own.
func inTime(limit time.Duration, stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return stop(ctx)
}

// furnish gives a store that was never served from what it needs.
func furnish(ctx context.Context, c *config, n *node) (oneTimePassword string, err error) {
	if err := startingTargets(ctx, n.registry); err != nil {
		return "", err
	}
	return firstAdministrator(ctx, c, n)
}

// startingTargets gives a province without targets the promises of the reform
// plans. It may change or close them; closed ones stay, so they never come back by themselves.
func startingTargets(ctx context.Context, reg *registry.Registry) error {
	if len(reg.Snapshot().Targets()) > 0 {
		return nil
	}
	return reg.Load(ctx, registry.Catalogue{Targets: registry.DefaultTargets()})
}

// firstAdministrator creates the first user of a store that has none. The
// password is the configured one or a random one, which is returned to be
// printed this once.
func firstAdministrator(ctx context.Context, c *config, n *node) (oneTimePassword string, err error) {
	users, err := n.identity.Users(ctx, survey.System)
	if err != nil || len(users) > 0 {
		return "", err
	}
	password := c.AdminPassword
	if password == "" {
		if c.Production {
			return "", errors.New("there is no user yet: set SIPAS_ADMIN_PASSWORD (at least 10 characters) for the first start, or create one with: sipas user add NAME --role admin")
		}
		password = rand.Text()[:16]
		oneTimePassword = password
	}
	admin := survey.User{ID: c.AdminName, Name: "Quản trị hệ thống", Grants: []survey.Grant{{Role: survey.RoleAdmin}}}
	_, err = n.identity.CreateUser(ctx, survey.System, admin, password)
	if survey.IsCode(err, survey.CodeUnavailable) {
		// Not to be tried again: the user may be there, and the password would never be printed.
		return "", fmt.Errorf("it is not known whether the first administrator was created; start again, and if no password is printed then, set one with: sipas user password %s%s (%s)",
			c.AdminName, c.storeFlags(), sentence(err))
	}
	if err != nil {
		return "", fmt.Errorf("the first administrator was not created: %w", err)
	}
	return oneTimePassword, nil
}

// announce tells the person who started the server where to go.
func announce(out io.Writer, c *config, n *node, oneTimePassword string) {
	snapshot := n.registry.Snapshot()
	fmt.Fprintf(out, "\nsipas %s serves on %s\n\n", versionName(), c.PublicURL)
	fmt.Fprintf(out, "  Citizens        %s/\n", c.PublicURL)
	if points := snapshot.Points(); len(points) > 0 {
		fmt.Fprintf(out, "  A rating form   %s/s/%s\n", c.PublicURL, points[0].Public())
	}
	fmt.Fprintf(out, "  Administration  %s/admin\n  API             %s/api/docs\n", c.PublicURL, c.PublicURL)
	if snapshot.Synthetic() {
		fmt.Fprintln(out, "\n  Dữ liệu mô phỏng: this store holds a synthetic province; no figure in it is real.")
	}
	if oneTimePassword != "" {
		fmt.Fprintf(out, "\n  Sign in as %s with the password %s (shown this once; change it with: sipas user password %[1]s%[3]s)\n", c.AdminName, oneTimePassword, c.storeFlags())
	}
	fmt.Fprintln(out)
}
