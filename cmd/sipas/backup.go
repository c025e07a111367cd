package main

import (
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/archive"
)

// notKept is what every place that speaks of backups says.
const notKept = "A backup holds personal data and password hashes: keep it as safe as the store. Sessions and enrolment codes are\n" +
	"not in it: people sign in again, and codes that wait are issued anew. A restore brings back what was erased after the\n" +
	"backup: sipas serve erases again what is due by age, but erasures asked for since must be repeated.\n" + keysApart

func newBackupCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write everything a store holds to one file",
		Long: "Write the whole store to one compressed file, which sipas restore brings into a new store of either kind. It works\n" +
			"beside running servers; what the file holds is the state at one moment. The file is there whole or not at all.\n\n" + notKept,
		Args: needs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return backup(cmd, args[0], force) },
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "log-level")
	cmd.Flags().BoolVar(&force, "force", false, "replace a file that is there already")
	return cmd
}

func backup(cmd *cobra.Command, path string, force bool) (err error) {
	if path == "-" {
		return errors.New("a backup is written to a FILE, which is there whole or not at all; standard output is none")
	}
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	store, province, err := openProvince(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	job := archive.Backup{Store: store, At: time.Now(), Tool: "sipas " + versionName(),
		Progress: progressLine(cmd.ErrOrStderr(), "Backing up: %d of %d ledger entries")}
	var footer archive.Footer
	if err := writeWhole(path, force, func(w io.Writer) error {
		var failed error
		footer, failed = job.Run(ctx, w)
		return failed
	}); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Backed up %s in %s:\n", provinceName(province), path)
	printSummary(out, footer.Summary)
	_, err = fmt.Fprint(out, "\n", notKept)
	return err
}

func provinceName(id survey.Identity) string {
	if id.Synthetic {
		return "store " + id.ID + " (synthetic demo data)"
	}
	return "store " + id.ID + " (real data)"
}
