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
	var erase bool
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "Say which free text and demographics are due for erasure, or erase them now",
		Long: "Free text and demographics are erased some months after they were received (--retention-months); levels and\n" +
			"everything else stay, and the ledger verifies as before. `sipas serve` erases what is due each day. This command says\n" +
			"how much is due now; it works beside running servers and writes nothing unless told to with --now.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return retention(cmd, erase) },
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "ledger-key", "retention-months", "log-level")
	cmd.Flags().BoolVar(&erase, "now", false, "erase what is due")
	return cmd
}

func retention(cmd *cobra.Command, erase bool) (err error) {
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
	before, due, err := dueNow(ctx, store.Ledger(), time.Now(), c.RetentionMonths)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Months that free text and demographics are kept: %d\nDue is what was received before: %s\nDue: %d responses\n",
		c.RetentionMonths, before.Format(time.RFC3339), due)
	if !erase {
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

// dueNow gives what is due for a process that has just started, and an error where
// more is due by its clock than the ledger vouches for.
func dueNow(ctx context.Context, store survey.LedgerStore, clock time.Time, months int) (before time.Time, due int, err error) {
	vouched, err := ledger.Time(ctx, store)
	if err != nil {
		return before, 0, err
	}
	before = retentionLimit(ledger.Believable(clock, vouched), months)
	if due, err = ledger.CountDue(ctx, store, before); err != nil {
		return before, 0, err
	}
	byClock, err := dueByClock(ctx, store, clock, before, months)
	if err == nil && byClock > due {
		err = fmt.Errorf("nothing is erased: this machine's clock says %s, but the ledger was last written at %s, and %d responses are due only by the clock; "+
			"set the clock right, or, where it is right, leave them to sipas serve", clock.Format(time.RFC3339), vouched.In(survey.Vietnam).Format(time.RFC3339), byClock-due)
	}
	return before, due, err
}

// dueByClock counts what is due where one believes the clock, and gives 0 where that
// is no other limit than the one the ledger vouches for.
func dueByClock(ctx context.Context, store survey.LedgerStore, clock, before time.Time, months int) (int, error) {
	limit := retentionLimit(clock, months)
	if !limit.After(before) {
		return 0, nil
	}
	return ledger.CountDue(ctx, store, limit)
}

// retainEvery is how often a server looks whether the day's sweep is done, and tries again one that failed.
// A process that has just started waits as long: a clock may still be set then.
const retainEvery = 10 * time.Minute

// retainer erases what is due each day, by the Vietnamese calendar.
type retainer struct {
	retention *ledger.Retention
	store     survey.LedgerStore
	months    int // 0: everything is kept
	now       func() time.Time
	log       *slog.Logger

	swept survey.Date // the day of the last sweep that ended well
}

// run erases until ctx ends, and returns nil then. What fails is tried again.
func (r *retainer) run(ctx context.Context) error {
	repeat(ctx, retainEvery, retainEvery, func() error {
		erased, err := r.today(ctx)
		if erased > 0 {
			r.log.Info("free text and demographics were erased; their time was over", "responses", erased, "months", r.months)
		}
		return err
	}, func(err error) {
		r.log.Error("free text and demographics whose time is over cannot be erased", "retryIn", retainEvery, "err", err)
	})
	return nil
}

// today sweeps where that was not done on this day. What is due only by the clock is
// left and told.
func (r *retainer) today(ctx context.Context) (erased int, err error) {
	clock := r.now()
	today := survey.DateOf(clock)
	if r.months == 0 || r.swept == today {
		return 0, nil
	}
	now, err := r.retention.Now(ctx, clock)
	if err != nil {
		return 0, err
	}
	before := retentionLimit(now, r.months)
	if erased, err = r.retention.Sweep(ctx, before); err != nil {
		return erased, err
	}
	doubted, err := dueByClock(ctx, r.store, clock, before, r.months)
	if err != nil {
		return erased, err
	}
	if doubted > 0 {
		r.log.Error("free text and demographics are kept that are due only by this machine's clock; is it right?",
			"responses", doubted, "clock", clock.Format(time.RFC3339), "ledger", now.In(survey.Vietnam).Format(time.RFC3339))
	}
	r.swept = today
	return erased, nil
}
