package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/archive"
	"sipas/survey/questionnaires"
)

func newExportCommand() *cobra.Command {
	return parent("export", "Write data for other programs", newExportResponsesCommand())
}

// exporting is what the export of responses is asked for.
type exporting struct {
	path, period, agency string
	open, mark, force    bool
}

func newExportResponsesCommand() *cobra.Command {
	var x exporting
	cmd := &cobra.Command{
		Use:   "responses",
		Short: "Write the responses as CSV, one to a row",
		Long: "Write the responses as CSV (UTF-8), one to a row, with later flags and erasures applied. It works beside running\n" +
			"servers and changes nothing the store holds. Its memory grows with the flags given later, not with the responses.\n\n" +
			"Times are Vietnamese and cut to the hour. An empty field is unknown. Several flags or options are joined with \";\".\n" +
			"Every question of a form has a column: levels 1 to 5, na, option ids, numbers, true or false. Cells that a\n" +
			"spreadsheet would run as a formula begin with an apostrophe.\n\n" +
			"With --open the file also has comments and what people said of themselves. That is PERSONAL DATA: it must be kept,\n" +
			"passed on and erased by the rules for it, and what is erased in the store later stays in the file.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return exportResponses(ctx, cmd, x)
		},
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "log-level")
	cmd.Flags().StringVarP(&x.path, "output", "o", "", "file to write, mode 0600 (default: standard output)")
	cmd.Flags().StringVar(&x.period, "period", "", "only of a period: 2026, 2026-H1, 2026-Q3, 2026-09 or 2026-01-05..2026-02-03")
	cmd.Flags().StringVar(&x.agency, "agency", "", "only of an agency and those below it")
	cmd.Flags().BoolVar(&x.open, "open", false, "with comments and demographics: PERSONAL DATA")
	cmd.Flags().BoolVar(&x.mark, "bom", true, "begin with a byte order mark, which spreadsheets need; --bom=false for other programs")
	cmd.Flags().BoolVar(&x.force, "force", false, "replace a file that is there already")
	return cmd
}

func exportResponses(ctx context.Context, cmd *cobra.Command, x exporting) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	store, province, err := openProvince(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	job := archive.Responses{Store: store.Ledger(), Forms: questionnaires.All(), Synthetic: province.Synthetic, Open: x.open}
	var agencies map[string]bool // nil: all
	if x.agency != "" {
		// A registry would write: it finishes audits that are owed.
		all, err := store.Agencies().List(ctx)
		if err != nil {
			return err
		}
		if agencies = below(all, x.agency); agencies == nil {
			return errors.New("--agency names no agency of the province")
		}
	}
	period := survey.Period{To: "9999"}
	if x.period != "" {
		if period, err = survey.ParsePeriod(x.period); err != nil {
			return err
		}
	}
	job.Include = func(r *survey.Response) bool {
		return (agencies == nil || agencies[r.Agency]) && period.Contains(survey.DateOf(r.At))
	}
	var done archive.Written
	write := func(w io.Writer) error {
		if x.mark {
			if _, err := io.WriteString(w, archive.ByteOrderMark); err != nil {
				return err
			}
		}
		var failed error
		done, failed = job.Run(ctx, w)
		return failed
	}
	if x.path == "" {
		err = write(cmd.OutOrStdout())
	} else {
		job.Progress = progressLine(cmd.ErrOrStderr(), "Exporting: %d of %d ledger entries")
		err = writeWhole(x.path, x.force, write)
	}
	if err != nil {
		return err
	}
	return sayExported(cmd.ErrOrStderr(), done, province, x.open)
}

// below gives the ids of an agency and of all below it; nil for an unknown id.
func below(agencies []survey.Agency, id string) map[string]bool {
	if !slices.ContainsFunc(agencies, func(a survey.Agency) bool { return a.ID == id }) {
		return nil
	}
	ids := map[string]bool{id: true}
	for grown := true; grown; {
		grown = false
		for _, a := range agencies {
			if ids[a.Parent] && !ids[a.ID] {
				ids[a.ID], grown = true, true
			}
		}
	}
	return ids
}

// sayExported tells what a reader of the file must know. It goes beside the data.
func sayExported(out io.Writer, done archive.Written, province survey.Identity, open bool) error {
	fmt.Fprintf(out, "Exported %d responses.\n", done.Rows)
	if province.Synthetic {
		fmt.Fprintln(out, "Dữ liệu mô phỏng: the responses are synthetic; no figure made of them is real.")
	}
	if open {
		fmt.Fprintln(out, "The file holds personal data.")
	}
	if done.Unknown > 0 {
		fmt.Fprintf(out, "%d of them are of forms this program does not know; answers to questions of their own are not in the file.\n", done.Unknown)
	}
	if done.Unreadable > 0 {
		return fmt.Errorf("%d entries of the ledger cannot be read as responses and are not in the file; run sipas verify", done.Unreadable)
	}
	return nil
}
