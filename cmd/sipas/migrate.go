package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

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
	from, to, finish := place{flag: "from"}, place{flag: "to"}, false
	cmd := &cobra.Command{
		Use:   "migrate --from STORE --to STORE [--finish]",
		Short: "Move a province from one store to another",
		Long: "Move everything a store holds into another one, as it is: ledger, audit log, catalogue, users, kiosks, sessions.\n\n" +
			"STORE is one of\n" +
			"  FOLDER or FILE.db     the embedded store of a data folder\n" +
			"  mongodb://…           a MongoDB server; its database is named by --from-database or --to-database\n" +
			"  @FILE                 a file that holds one of these, so that a password stands on no command line\n\n" +
			"A move takes two runs. The first works beside the servers of the source: it copies and proves what is there, as often\n" +
			"as you like, and what they write meanwhile is brought over, too, as long as they are slower than the move. Then stop\n" +
			"the servers and run the command with --finish: it brings what came since and makes the target a province that can\n" +
			"be served. Before that it cannot be, and afterwards it is never written again: what a source still acknowledges then\n" +
			"is lost to the target. Stopped at any moment, the same command goes on where it was.\n\n" +
			"At the end of each run both stores are counted and compared, chain by chain, and the target's ledger and audit log\n" +
			"verified. Entries missing in the middle of a stream are waited for; only with --finish are those behind them brought\n" +
			"over, and the missing ones named.\n\n" +
			"Nothing the source holds is changed. It is opened as sipas serve opens it, though: its tables or indexes are brought\n" +
			"up to date with this program.\n\n" + keysApart,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return stopped(ctx, migrate(ctx, cmd, from, to, finish))
		},
	}
	for _, p := range []*place{&from, &to} {
		cmd.Flags().StringVar(&p.store, p.flag, "", "store to move "+p.flag)
		cmd.Flags().StringVar(&p.database, p.flag+"-database", "", "its database on MongoDB (default: "+defaultDatabase+")")
	}
	cmd.Flags().BoolVar(&finish, "finish", false, "the servers of the source are stopped: make the target a province that can be served")
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
	if !namesMongoDB(p.store) {
		if p.database != "" {
			return fmt.Errorf("--%s-database is for MongoDB only", p.flag)
		}
		if filepath.Ext(p.store) != ".db" {
			p.store = filepath.Join(p.store, storeFile)
		}
		return nil
	}
	if err := checkMongoURI("--"+p.flag, p.store, "--"+p.flag+"-database", p.database != ""); err != nil {
		return err
	}
	if p.database == "" {
		p.database = defaultDatabase
	}
	return nil
}

func (p *place) onMongoDB() bool { return isMongoURI(p.store) }

// servers gives the addresses of a MongoDB URI, in lower case and with their port.
// It asks no name server, and finds nothing wrong.
func (p *place) servers() (addresses []string) {
	scheme, authority, _ := mongoURIParts(p.store)
	authority = authority[strings.LastIndex(authority, "@")+1:]
	for _, address := range strings.Split(strings.ToLower(authority), ",") {
		if _, _, err := net.SplitHostPort(address); err != nil && scheme == "mongodb" {
			address += ":27017"
		}
		addresses = append(addresses, address)
	}
	return addresses
}

// same reports whether two places are seen to be one store: one file, or one database
// of a server that both name. Under other names of its servers, a database is not recognised.
func (p *place) same(o *place) bool {
	if p.onMongoDB() != o.onMongoDB() {
		return false
	}
	if !p.onMongoDB() {
		a, err := os.Stat(p.store)
		b, err2 := os.Stat(o.store)
		return err == nil && err2 == nil && os.SameFile(a, b)
	}
	theirs := o.servers()
	return p.database == o.database && slices.ContainsFunc(p.servers(), func(address string) bool { return slices.Contains(theirs, address) })
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

// landing is how long the move waits each time for a write of a stopped server that
// may still land, before it goes on without it.
const landing = 2 * time.Second

func migrate(ctx context.Context, cmd *cobra.Command, from, to place, finish bool) (err error) {
	if err := errors.Join(from.resolve(), to.resolve()); err != nil {
		return err
	}
	if from.same(&to) {
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

	move := archive.Move{From: source, To: target, Finish: finish, Pause: landing,
		Progress: progressLine(cmd.ErrOrStderr(), "Moving: %d of %d ledger entries")}
	done, err := move.Run(ctx)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Moved from %s to %s. Both hold the same:\n", &from, &to)
	printSummary(out, done.Summary)
	for _, g := range done.Gaps {
		fmt.Fprintf(out, "  MISSING  stream %q, n %d to %d: the source does not have these entries; those behind them were brought over\n", g.Stream, g.First, g.Last)
	}
	verified := verifyArrived(ctx, out, target)
	next := "The target cannot be served yet. Stop the servers of the source, and run this command again with --finish.\n"
	if done.Finished {
		next = "The target can be served from now on; do not serve the source again.\n"
	}
	_, err = fmt.Fprint(out, "\n"+next+keysApart)
	return errors.Join(verified, err)
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
	verifier := ledger.Verifier{Store: store.Ledger(), Found: func(p ledger.Problem) { printProblem(out, p) }}
	report, err := verifier.Verify(ctx)
	if err != nil {
		return err
	}
	if n := report.Bad(); n > 0 {
		return fmt.Errorf("everything is there, but the ledger is not clean: %s; run sipas verify where it came from to see whether it was so before",
			counted(n, "bad entry", "bad entries"))
	}
	n, err := registry.VerifyAudit(ctx, store.Audit())
	if err != nil {
		return fmt.Errorf("everything is there, but the audit log is not clean: %w", err)
	}
	_, err = fmt.Fprintf(out, "Verified: %d ledger entries and %d audit entries, all in their chains.\n", report.Entries(), n)
	return err
}
