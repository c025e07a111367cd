package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/archive"
)

func newRestoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Bring a backup into a new store",
		Long: "Bring a file that sipas backup wrote into a new store of either kind: the configured one, which must hold nothing\n" +
			"yet. The file is read to its end and checked before anything is written. Stopped at any moment, the same command\n" +
			"goes on where it was; a store that is not whole yet cannot be served. At the end all chains are counted, compared\n" +
			"with the file and verified.\n\n" +
			"Seals made after the backup do not hold for the restored store, which is what they are for.\n\n" + notKept,
		Args: needs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return stopped(ctx, restore(ctx, cmd, args[0]))
		},
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "log-level")
	return cmd
}

func restore(ctx context.Context, cmd *cobra.Command, path string) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the backup cannot be read: %w", err)
	}
	defer file.Close() // it is only read
	fmt.Fprintln(cmd.ErrOrStderr(), "Checking the file")
	kept, err := archive.Open(ctx, file)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := kept.Restore(ctx, store, progressLine(cmd.ErrOrStderr(), "Restoring: %d of %d ledger entries")); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Restored %s as it was on %s, from a backup by %s. The store holds what the file says:\n",
		provinceName(kept.Store), kept.At.In(survey.Vietnam).Format(time.DateTime), kept.Tool)
	printSummary(out, kept.Summary)
	if err := verifyArrived(ctx, out, store); err != nil {
		return err
	}
	_, err = fmt.Fprint(out, "\nComments and demographics erased after the backup was made are here again. What is due by age, sipas serve erases; erasures\n"+
		"asked for since must be repeated. People sign in again, and enrolment codes that waited are issued anew. Put the keys of the\n"+
		"province in place before the store is served, and run: sipas verify\n")
	return err
}
