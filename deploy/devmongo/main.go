// Command devmongo is a small server that speaks the MongoDB wire protocol, for developing sipas and for running its MongoDB tests on a
// machine that has no MongoDB.
//
//	go run . [--listen 127.0.0.1:27117] [--data DIR] [--verbose]
//
// When it accepts connections it prints one line, the mongodb:// URI to connect to; everything else goes to standard error. Port 0 picks a
// free port. Without --data the documents live in a fresh temporary folder that is removed at exit; with it they stay in DIR, which is made
// when missing and must not be in use by a second devmongo.
//
// SIGINT and SIGTERM stop the server: open connections get three seconds to finish. A second signal ends it at once and leaves the temporary
// folder behind. A script should build the program and signal that, because go run does not pass SIGTERM on. It should be built without -race,
// which makes FerretDB stop at errors it otherwise answers.
//
// # What it is
//
// FerretDB v1.24.0 (https://www.ferretdb.com, Apache License 2.0) embedded with its SQLite backend. The version is exact on purpose: the store
// was tried with it, and FerretDB 2 needs PostgreSQL with an extension. It is a Go module of its own so that none of this reaches the
// product's go.mod. It sends no telemetry and looks for no updates.
//
// # What it is not
//
// It is not MongoDB: never use it in production, never put real responses in it, and never take its speed or its safety for MongoDB's.
//
//   - Nothing protects it: no authentication, no TLS. Keep it on a loopback address.
//   - Updates, replacements and compare-and-set by filter read first and write later, so two clients at once can both win.
//   - Write concern and read concern are accepted and ignored. There is no replica set, no transaction and no change stream.
//   - An ordered insert of more than 100 documents writes up to a hundred more after a duplicate key, where MongoDB stops.
//   - A duplicate key in an insert is code 11000 without the index or the key; in an update of an existing document it is an internal error.
//   - Only a filter by _id alone is looked up; every other filter, and every sort, reads the whole collection.
//   - Naming two or more existing indexes in one createIndexes command ends the connection; one at a time is fine.
//   - Arrays directly inside arrays, keys with a dot, NaN, infinities and decimals cannot be stored, and -0 comes back as 0.
//   - $group knows only $sum and $count; $facet, $lookup, $merge, $expr with comparisons and pipeline updates are missing.
//
// Code is therefore written for MongoDB and uses only what both have; the same tests run against a real server by setting
// SIPAS_TEST_MONGODB_URI.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default handling is back, so that a second one ends the process at once.
	context.AfterFunc(ctx, stop)

	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "devmongo:", err)
		os.Exit(1)
	}
}

// run serves until ctx is cancelled. It writes the URI to stdout once connections are accepted, and the log to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("devmongo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:27117", "TCP `address` to listen on; port 0 picks a free one")
	data := flags.String("data", "", "`folder` for the documents (default a temporary folder, removed at exit)")
	verbose := flags.Bool("verbose", false, "log connections and requests")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	folder, remove, err := dataFolder(*data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()

	level := slog.LevelError
	if *verbose {
		level = slog.LevelDebug
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: *listen},
		Logger:   slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})),
		Handler:  "sqlite",
		// The backend wants a file: URI that ends in a slash.
		SQLiteURL: (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(folder) + "/"}).String(),
	})
	if err != nil {
		return err
	}

	// New has opened the listener, so a client that connects from here on waits in its queue until Run accepts.
	if _, err := fmt.Fprintln(stdout, server.MongoDBURI()); err != nil {
		// Nobody can learn the address any more. Run still has to release what New opened, and returns at once.
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		return errors.Join(err, server.Run(cancelled))
	}
	return server.Run(ctx)
}

// dataFolder returns the absolute path of the folder to use and what is to be called when the server has stopped. An empty name means a
// temporary folder, which remove deletes; a named folder is made when missing and left in place.
func dataFolder(name string) (folder string, remove func() error, err error) {
	if name == "" {
		folder, err = os.MkdirTemp("", "sipas-devmongo-")
		return folder, func() error { return os.RemoveAll(folder) }, err
	}
	folder, err = filepath.Abs(name)
	if err != nil {
		return "", nil, err
	}
	return folder, func() error { return nil }, os.MkdirAll(folder, 0o700)
}
