package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/demo"
)

// demoProgress is the line of a load under way.
const demoProgress = "Loading the demo province: %d of %d responses"

func newDemoCommand() *cobra.Command {
	var options demo.Options
	var until string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Load the synthetic demo province into a new store",
		Long:  "Load a made-up province with known truth into a new store. The store is marked synthetic for ever.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			c.Demo, c.demoNamed = true, true
			if until != "" {
				if options.Until, err = survey.ParseDate(until); err != nil || options.Until <= demo.Start {
					return fmt.Errorf("--until must be a day after %s, written YYYY-MM-DD", demo.Start)
				}
			}
			if options.Size < 1 {
				return errors.New("--size must be at least 1")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return stopped(ctx, loadDemoCommand(ctx, cmd, c, options))
		},
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "ledger-key", "page-key", "signing-key", "log-level")
	cmd.Flags().Uint64Var(&options.Seed, "seed", 0, "seed of the random numbers: the same seed makes the same province")
	cmd.Flags().IntVar(&options.Size, "size", demo.DefaultSize, "number of responses, about")
	cmd.Flags().StringVar(&until, "until", "", "first day without responses (default: the day the store was made)")
	return cmd
}

func loadDemoCommand(ctx context.Context, cmd *cobra.Command, c *config, options demo.Options) (err error) {
	k, err := loadKeys(c)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if _, err := settleIdentity(ctx, c, store); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	loaded, err := loadDemo(ctx, store, k, options, newLogger(cmd.ErrOrStderr(), c.LogLevel), progressLine(out, demoProgress))
	if err != nil {
		return err
	}
	state := "is in %s."
	if !loaded {
		state = "is already in %s; nothing was changed."
	}
	_, err = fmt.Fprintf(out, "The demo province "+state+" Serve it with: sipas serve%s\n", c.storeName(), c.storeFlags())
	return err
}
