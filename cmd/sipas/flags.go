package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
	"sipas/survey/suspicion"
)

func newFlagsCommand() *cobra.Command {
	var now bool
	cmd := &cobra.Command{
		Use:   "flags",
		Short: "Say which ratings look stuffed and why, or flag them now",
		Long: "Look through the whole ledger for ratings that did not come about in the ordinary way: bursts and long runs of one\n" +
			"answer, long forms filled in alike, more ratings than files. Nothing is ever deleted: results leave flagged ratings\n" +
			"out by default and show the difference. `sipas serve` does this each night with what was received before that day.\n" +
			"This command shows the same; it works beside running servers and writes nothing unless told to with --now.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags(cmd, now) },
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "ledger-key", "log-level")
	cmd.Flags().BoolVar(&now, "now", false, "flag what looks stuffed")
	return cmd
}

func flags(cmd *cobra.Command, now bool) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	store, _, err := openProvince(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	log := newLogger(cmd.ErrOrStderr(), c.LogLevel)
	reg, err := openRegistry(ctx, store, time.Now, log)
	if err != nil {
		return err
	}
	var led *ledger.Ledger
	if now {
		key, err := existingLedgerKey(c)
		if err != nil {
			return err
		}
		if led, err = openLedger(ctx, store, keys{Ledger: key}, time.Now, log); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, inTime(ledgerStopTimeout, led.Close)) }()
	}
	before := survey.DateOf(time.Now()).Start()
	snapshot := reg.Snapshot()
	var found, open, stored int
	list := &findingList{out: cmd.OutOrStdout(), snapshot: snapshot}
	err = suspicion.NewInspector(store.Ledger()).Inspect(ctx, snapshot, before, func(f suspicion.Finding) error {
		found, open = found+len(f.Rated), open+f.Open()
		if err := list.add(f); err != nil || !now {
			return err
		}
		n, err := led.FlagAll(ctx, f.Flaggings(before))
		stored += n
		return err
	})
	err = errors.Join(err, list.end())
	fmt.Fprintf(cmd.OutOrStdout(), "Looked at is what was received before: %s\nStand out: %d ratings, of which %d were decided on before\n",
		before.Format(time.RFC3339), found, found-open)
	if now {
		fmt.Fprintf(cmd.OutOrStdout(), "Flagged: %d ratings\n", stored)
	}
	return err
}

// findingList writes findings as a table, month by month, so that none waits for the last.
type findingList struct {
	out      io.Writer
	snapshot *registry.Snapshot
	month    survey.Month
	table    *tabwriter.Writer
}

func (l *findingList) add(f suspicion.Finding) error {
	if l.month != f.Month {
		if err := l.end(); err != nil {
			return err
		}
		l.month, l.table = f.Month, tabwriter.NewWriter(l.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(l.table, "%s\tscore\tratings\tof\tnew\tfrom\tuntil\twhere\n", f.Month)
	}
	where := f.Agency + " " + f.Field
	if point, ok := l.snapshot.Point(f.Point); ok {
		where = f.Agency + " " + f.Point + " " + point.Name[survey.Vietnamese]
	}
	const layout = "02/01 15:04"
	_, err := fmt.Fprintf(l.table, "%s\t%.1f\t%d\t%d\t%d\t%s\t%s\t%s\n", f.Flag, f.Score, len(f.Rated), f.Judged, f.Open(),
		f.Rated[0].At.In(survey.Vietnam).Format(layout), f.Rated[len(f.Rated)-1].At.In(survey.Vietnam).Format(layout), where)
	return err
}

func (l *findingList) end() error {
	if l.table == nil {
		return nil
	}
	fmt.Fprintln(l.table)
	return l.table.Flush()
}

// suspectEvery is how often a server looks whether the night's inspection is done, and tries again one that failed.
const suspectEvery = 10 * time.Minute

// suspecter flags what looks stuffed once each day, by the Vietnamese calendar:
// what was received before the day began. The judgements bear that moment as their
// time, so that nodes that do it at once, and one that starts anew, give the same ones.
type suspecter struct {
	inspector *suspicion.Inspector
	registry  *registry.Registry
	ledger    *ledger.Ledger
	now       func() time.Time
	log       *slog.Logger

	inspected survey.Date // the day of the last inspection that ended well
}

// run inspects until ctx ends, and returns nil then. What fails is tried again.
func (s *suspecter) run(ctx context.Context) error {
	ticker := time.NewTicker(suspectEvery)
	defer ticker.Stop()
	failing := false
	for {
		flagged, err := s.today(ctx)
		if flagged > 0 {
			s.log.Info("ratings look stuffed and were flagged; sipas flags says why", "ratings", flagged)
		}
		if err != nil && ctx.Err() == nil && !failing {
			s.log.Error("the ledger cannot be inspected for stuffed ratings", "retryIn", suspectEvery, "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// today inspects where that was not done on this day, and gives the number of judgements.
func (s *suspecter) today(ctx context.Context) (flagged int, err error) {
	today := survey.DateOf(s.now())
	if s.inspected == today {
		return 0, nil
	}
	err = s.inspector.Inspect(ctx, s.registry.Snapshot(), today.Start(), func(f suspicion.Finding) error {
		n, err := s.ledger.FlagAll(ctx, f.Flaggings(today.Start()))
		flagged += n
		return err
	})
	if err == nil {
		s.inspected = today
	}
	return flagged, err
}
