package main

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"sipas/api"
	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/intake"
	"sipas/survey/ledger"
	"sipas/survey/receipts"
)

func newImportCommand() *cobra.Command {
	var dryRun, sample, columns bool
	var reportPath string
	var kinds []string
	all := append(slices.Clone(importer.Kinds), importer.KindKioskQueue)
	for _, kind := range all {
		kinds = append(kinds, string(kind))
	}
	cmd := &cobra.Command{
		Use:   "import KIND FILE",
		Short: "Import a CSV or XLSX file: " + strings.Join(kinds, ", "),
		Long: "Import a CSV (UTF-8) or XLSX file; KIND is " + strings.Join(kinds, ", ") + ".\n\n" +
			"Rows that are wrong are rejected one by one, with line and column; the others are imported. Importing a file\n" +
			"again changes nothing. It works while servers run: they follow within seconds.\n\n" +
			"kiosk-queue is the JSON file that a kiosk's staff screen exports where the kiosk cannot send. Ratings keep their\n" +
			"ids: what the kiosk sent before, or sends later, is stored once.\n\n" +
			"  sipas import points --sample > points.csv    a file to start from\n" +
			"  sipas import points --columns                what the columns mean\n" +
			"  sipas import points points.csv --dry-run     what would happen\n" +
			"  sipas import points points.csv",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && !slices.Contains(all, importer.Kind(args[0])):
				return errors.New("KIND must be one of: " + strings.Join(kinds, ", "))
			case sample || columns:
				if len(args) > 0 && importer.Kind(args[0]) == importer.KindKioskQueue {
					return errors.New("a kiosk-queue has no columns: a kiosk exports it")
				}
				return needs("KIND")(cmd, args)
			}
			return needs("KIND", "FILE")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := importer.Kind(args[0])
			switch {
			case sample:
				_, err := cmd.OutOrStdout().Write(importer.Sample(kind))
				return err
			case columns:
				return printColumns(cmd.OutOrStdout(), kind)
			}
			return importFile(cmd, kind, args[1], dryRun, reportPath)
		},
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "ledger-key", "page-key", "signing-key", "languages-dir", "log-level")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would happen and write nothing")
	cmd.Flags().StringVar(&reportPath, "report", "", "CSV file to write every problem to")
	cmd.Flags().BoolVar(&sample, "sample", false, "print a sample file of the kind, then exit")
	cmd.Flags().BoolVar(&columns, "columns", false, "print the columns of the kind, then exit")
	return cmd
}

func printColumns(out io.Writer, kind importer.Kind) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COLUMN\tREQUIRED\tEXAMPLE\tMEANING")
	for _, c := range importer.Columns(kind) {
		need := ""
		if c.Required {
			need = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Name, need, c.Example, c.Meaning.In(survey.English))
	}
	return w.Flush()
}

// importFile imports one file as the system, into a store that has a province.
// The error also tells of rejected rows, so that scripts notice.
func importFile(cmd *cobra.Command, kind importer.Kind, path string, dryRun bool, reportPath string) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the file cannot be opened: %w", err)
	}
	defer file.Close() // it is only read
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("the file cannot be read: %w", err)
	}
	job := importer.Job{Kind: kind, FileName: filepath.Base(path), File: file, Size: info.Size(), DryRun: dryRun,
		Progress: progressLine(cmd.ErrOrStderr(), "Importing: %d of %d rows")}
	if reportPath != "" {
		problems, failed := createProblemFile(reportPath)
		if failed != nil {
			return failed
		}
		job.Problem = problems.add
		defer func() { err = errors.Join(err, problems.close()) }()
	}
	report, err := runImport(ctx, cmd, c, job)
	if err != nil && report.Lines == 0 {
		return refusal(err)
	}
	printImport(cmd.OutOrStdout(), report)
	if err != nil {
		return fmt.Errorf("the import stopped before its end; run it again to go on: %w", err)
	}
	if report.Rejected > 0 {
		return fmt.Errorf("%d of %d rows were rejected", report.Rejected, report.Lines)
	}
	return nil
}

// runImport puts together what an import needs, as a process of its own beside running servers.
func runImport(ctx context.Context, cmd *cobra.Command, c *config, job importer.Job) (report importer.Report, err error) {
	store, _, err := openProvince(ctx, c)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	k, err := loadKeys(c)
	if err != nil {
		return report, err
	}
	log := newLogger(cmd.ErrOrStderr(), c.LogLevel)
	reg, err := openSpeaking(ctx, c, store, time.Now, log) // what kiosks kept may be in a further language
	if err != nil {
		return report, err
	}
	var appender intake.Appender = onlyLooking{store.Ledger()}
	if (job.Kind == importer.KindResponses || job.Kind == importer.KindKioskQueue) && !job.DryRun {
		if err := checkLedgerKey(ctx, c, store.Ledger(), k.Ledger, log); err != nil {
			return report, err
		}
		led, failed := openLedger(ctx, store, k, time.Now, log)
		if failed != nil {
			return report, failed
		}
		// Interrupted or not, what was handed over is committed.
		defer func() { err = errors.Join(err, led.Close(context.WithoutCancel(ctx))) }()
		appender = led
	}
	codes := receipts.New(receipts.Options{Store: store, Registry: reg, Key: k.Page, Now: time.Now, Random: rand.Reader})
	in := intake.New(intake.Options{Registry: reg, Ledger: appender, PageKey: k.Page, Receipts: codes, Now: time.Now, NewID: uuid.NewString, Languages: api.Languages()})
	return importer.New(importer.Options{Key: k.Page, Registry: reg, Intake: in, Now: time.Now}).Run(ctx, survey.System, job)
}

// onlyLooking is the ledger of a process that must not write: it registers no stream.
type onlyLooking struct{ store survey.LedgerStore }

func (onlyLooking) Append(context.Context, []ledger.Draft) ([]ledger.Appended, error) {
	return nil, &survey.Error{Code: survey.CodeInternal, Message: "this process does not write to the ledger"}
}

func (l onlyLooking) Look(ctx context.Context, drafts []ledger.Draft) ([]ledger.Appended, error) {
	return ledger.Look(ctx, l.store, drafts)
}

// refusal says in sentences why a file cannot be imported at all.
func refusal(err error) error {
	var e *survey.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	var reasons []string
	for _, f := range e.Fields {
		reasons = append(reasons, api.Sentence(survey.English, f.Reason, f.Params))
	}
	return errors.New("nothing was imported: " + strings.Join(reasons, "; "))
}

// printImport says in plain words what became of the rows.
func printImport(out io.Writer, r importer.Report) {
	if r.DryRun {
		fmt.Fprintf(out, "Dry run of %s, nothing was written. Of %d rows %d would be new, %d would change what is stored, %d say what is stored already and %d would be rejected.\n",
			r.FileName, r.Lines, r.Created, r.Updated, r.Unchanged, r.Rejected)
	} else {
		fmt.Fprintf(out, "Imported %s. Of %d rows %d were new, %d changed what was stored, %d said what was stored already and %d were rejected.\n",
			r.FileName, r.Lines, r.Created, r.Updated, r.Unchanged, r.Rejected)
	}
	const most = 20
	for i, p := range r.Problems {
		if i == most {
			fmt.Fprintf(out, "  … and %d more problems; --report FILE.csv writes them all\n", r.ProblemCount-most)
			break
		}
		where := fmt.Sprintf("line %d", p.Line)
		if p.Column != "" {
			where += ", column " + p.Column
		}
		fmt.Fprintf(out, "  %s: %s\n", where, api.Sentence(survey.English, p.Reason, p.Params))
	}
}

// problemFile is a CSV file of problems with their sentences in both languages.
type problemFile struct {
	file *os.File
	csv  *csv.Writer
}

func createProblemFile(path string) (*problemFile, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("the report cannot be written: %w", err)
	}
	const byteOrderMark = "\uFEFF" // or spreadsheets read Vietnamese as something else
	if _, err := file.WriteString(byteOrderMark); err != nil {
		return nil, errors.Join(fmt.Errorf("the report cannot be written: %w", err), file.Close())
	}
	p := &problemFile{file: file, csv: csv.NewWriter(file)}
	p.write("line", "column", "reason", "vi", "en")
	return p, nil
}

func (p *problemFile) add(problem importer.Problem) {
	p.write(strconv.Itoa(problem.Line), problem.Column, problem.Reason,
		api.Sentence(survey.Vietnamese, problem.Reason, problem.Params), api.Sentence(survey.English, problem.Reason, problem.Params))
}

func (p *problemFile) write(cells ...string) {
	_ = p.csv.Write(cells) // remembered by the writer until close
}

func (p *problemFile) close() error {
	p.csv.Flush()
	if err := errors.Join(p.csv.Error(), p.file.Close()); err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	return nil
}
