package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/archive"
	"sipas/survey/ledger"
	"sipas/survey/mongostore"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

// keysApart is what every command says that leaves the keys behind.
const keysApart = "Keys are not in a store. Bring those of the configuration, or the folder keys of the data folder, along by themselves.\n"

func newMigrateCommand() *cobra.Command {
	from, to := place{flag: "from"}, place{flag: "to"}
	cmd := &cobra.Command{
		Use:   "migrate --from STORE --to STORE",
		Short: "Move a province from one store to another",
		Long: "Move everything a store holds into another one, as it is: ledger, audit log, catalogue, users, kiosks, sessions.\n\n" +
			"STORE is one of\n" +
			"  FOLDER or FILE.db     the embedded store of a data folder\n" +
			"  mongodb://…           a MongoDB server; its database is named by --from-database or --to-database\n" +
			"  @FILE                 a file that holds one of these, so that a password stands on no command line\n\n" +
			"The source is only read. Stopped at any moment, the same command goes on where it was; a store that is not whole\n" +
			"yet cannot be served. Servers of the source may go on meanwhile: what they write is brought over, too, as long as\n" +
			"they are slower than the move. Before servers are switched to the target, stop them and run the command once more.\n\n" +
			"At the end both stores are counted and compared, chain by chain, and the target's ledger and audit log verified.\n\n" + keysApart,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return migrate(ctx, cmd, from, to)
		},
	}
	for _, p := range []*place{&from, &to} {
		cmd.Flags().StringVar(&p.store, p.flag, "", "store to move "+p.flag)
		cmd.Flags().StringVar(&p.database, p.flag+"-database", "", "its database on MongoDB (default: "+defaultDatabase+")")
	}
	return cmd
}

const defaultDatabase = "sipas"

// place is a store as the command line names it.
type place struct{ flag, store, database string }

// resolve reads a place from its file and finds the file of an embedded store.
// One word names one store afterwards.
func (p *place) resolve() error {
	if p.store == "" {
		return fmt.Errorf("--%s must name a store: a data folder or a mongodb:// URI", p.flag)
	}
	if path, ok := strings.CutPrefix(p.store, "@"); ok {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("the file that --%s names cannot be read: %w", p.flag, err)
		}
		p.store = strings.TrimSpace(string(text))
	}
	if !p.onMongoDB() {
		if p.database != "" {
			return fmt.Errorf("--%s-database is for MongoDB only", p.flag)
		}
		if filepath.Ext(p.store) != ".db" {
			p.store = filepath.Join(p.store, storeFile)
		}
		return nil
	}
	if p.database == "" {
		// In the path of the URI stands where the users are looked up. Somebody may mean the province by it.
		if u, err := url.Parse(p.store); err == nil && strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("the URI of --%s has a path; name the province's database with --%[1]s-database", p.flag)
		}
		p.database = defaultDatabase
	}
	return nil
}

func (p *place) onMongoDB() bool {
	return strings.HasPrefix(p.store, "mongodb://") || strings.HasPrefix(p.store, "mongodb+srv://")
}

func (p *place) open(ctx context.Context) (survey.Store, error) {
	if p.onMongoDB() {
		return mongostore.Open(ctx, mongostore.Options{URI: p.store, Database: p.database, Timeout: mongoTimeout})
	}
	if err := os.MkdirAll(filepath.Dir(p.store), 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	return sqlitestore.Open(ctx, p.store)
}

// String names the place without what may be secret.
func (p *place) String() string {
	if p.onMongoDB() {
		return "database " + p.database + " on MongoDB"
	}
	return p.store
}

func migrate(ctx context.Context, cmd *cobra.Command, from, to place) (err error) {
	if err := errors.Join(from.resolve(), to.resolve()); err != nil {
		return err
	}
	if from.store == to.store && from.database == to.database {
		return errors.New("--from and --to name the same store")
	}
	if !from.onMongoDB() {
		if _, err := os.Stat(from.store); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no store %s to move from", from.store)
		}
	}
	source, err := from.open(ctx)
	if err != nil {
		return fmt.Errorf("the source cannot be opened: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := to.open(ctx)
	if err != nil {
		return fmt.Errorf("the target cannot be opened: %w", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()

	move := archive.Move{From: source, To: target, Progress: progressLine(cmd.ErrOrStderr(), "Moving: %d of %d ledger entries")}
	summary, err := move.Run(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("stopped; run the same command again to go on: %w", err)
	}
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Moved from %s to %s. Both hold the same:\n", &from, &to)
	printSummary(out, summary)
	if err := verifyArrived(ctx, out, target); err != nil {
		return err
	}
	_, err = fmt.Fprint(out, "\nBefore servers are switched to the target: stop those of the source and run this command once more.\n"+keysApart)
	return err
}

// printSummary prints what a store or an archive holds, chain by chain.
func printSummary(out io.Writer, s archive.Summary) {
	fmt.Fprintf(out, "  ledger      %d streams, %d entries\n", len(s.Streams), s.Entries())
	var heads []string
	for _, h := range s.Streams {
		heads = append(heads, fmt.Sprintf("  stream %s  n %d  %s", h.Stream, h.N, h.Hash))
	}
	printNamed(out, heads, len(heads))
	fmt.Fprintf(out, "  audit log   %d entries  %s\n", s.Audit.N, s.Audit.Hash)
	for _, c := range s.Collections {
		fmt.Fprintf(out, "  %-11s %d documents  %s\n", c.Collection, c.Documents, c.Digest)
	}
	fmt.Fprintf(out, "  digest of all this  %s\n", s.Digest())
}

// verifyArrived verifies what came into a store. The error says that it is not
// clean; it is then what the source held, as long as that says the same of itself.
func verifyArrived(ctx context.Context, out io.Writer, store survey.Store) error {
	verifier := ledger.Verifier{Store: store.Ledger(), Found: func(p ledger.Problem) {
		fmt.Fprintf(out, "  BAD  stream %q, n %d, id %q: %s\n", p.Stream, p.N, p.ID, reasonText(p.Reason))
	}}
	report, err := verifier.Verify(ctx)
	if err != nil {
		return err
	}
	if n := report.Bad(); n > 0 {
		return fmt.Errorf("everything is there, but the ledger is not clean: %d bad entries; run sipas verify where it came from to see whether it was so before", n)
	}
	n, err := registry.VerifyAudit(ctx, store.Audit())
	if err != nil {
		return fmt.Errorf("everything is there, but the audit log is not clean: %w", err)
	}
	_, err = fmt.Fprintf(out, "Verified: %d ledger entries and %d audit entries, all in their chains.\n", report.Entries(), n)
	return err
}
