package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/ledger"
)

// retentionLimit gives the moment before which what was received is due: the
// start of the Vietnamese day so many months ago, and of the next month where that
// one has no such day. So a response is due when the day so many months after its
// receipt is over.
func retentionLimit(now time.Time, months int) time.Time {
	today := survey.DateOf(now).Start()
	limit := today.AddDate(0, -months, 0)
	if limit.Day() != today.Day() {
		limit = limit.AddDate(0, 0, 1-limit.Day())
	}
	return limit
}

func newRetentionCommand() *cobra.Command {
	var now bool
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "Say which free text and demographics are due for erasure, or erase them now",
		Long: "Free text and demographics are erased some months after they were received (--retention-months); levels and\n" +
			"everything else stay, and the ledger verifies as before. `sipas serve` erases what is due each day. This command says\n" +
			"how much is due now; it works beside running servers and writes nothing unless told to with --now.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return retention(cmd, now) },
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "ledger-key", "retention-months", "log-level")
	cmd.Flags().BoolVar(&now, "now", false, "erase what is due")
	return cmd
}

func retention(cmd *cobra.Command, now bool) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if c.RetentionMonths == 0 {
		_, err := fmt.Fprintln(out, "Free text and demographics are kept for ever (retention-months is 0).")
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	store, _, err := openProvince(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	before := retentionLimit(time.Now(), c.RetentionMonths)
	due, err := ledger.CountDue(ctx, store.Ledger(), before)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Months that free text and demographics are kept: %d\nDue is what was received before: %s\nDue: %d responses\n",
		c.RetentionMonths, before.Format(time.RFC3339), due)
	if !now {
		return nil
	}
	key, err := existingLedgerKey(c)
	if err != nil {
		return err
	}
	led, err := openLedger(ctx, store, keys{Ledger: key}, time.Now, newLogger(cmd.ErrOrStderr(), c.LogLevel))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inTime(ledgerStopTimeout, led.Close)) }()
	erased, err := ledger.NewRetention(led).Sweep(ctx, before)
	fmt.Fprintf(out, "Erased: %d responses\n", erased)
	return err
}

// retainEvery is how often a server looks whether the day's sweep is done, and tries again one that failed.
const retainEvery = 10 * time.Minute

// retainer erases what is due each day, by the Vietnamese calendar.
type retainer struct {
	retention *ledger.Retention
	months    int // 0: everything is kept
	now       func() time.Time
	log       *slog.Logger

	swept survey.Date // the day of the last sweep that ended well
}

// run erases until ctx ends, and returns nil then. What fails is tried again.
func (r *retainer) run(ctx context.Context) error {
	ticker := time.NewTicker(retainEvery)
	defer ticker.Stop()
	failing := false
	for {
		erased, err := r.today(ctx)
		if erased > 0 {
			r.log.Info("free text and demographics were erased; their time was over", "responses", erased, "months", r.months)
		}
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("free text and demographics whose time is over cannot be erased", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// today sweeps where that was not done on this day.
func (r *retainer) today(ctx context.Context) (erased int, err error) {
	now := r.now()
	today := survey.DateOf(now)
	if r.months == 0 || r.swept == today {
		return 0, nil
	}
	if erased, err = r.retention.Sweep(ctx, retentionLimit(now, r.months)); err == nil {
		r.swept = today
	}
	return erased, err
}
