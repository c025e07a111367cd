// Package importer reads tables that people keep in spreadsheets into the
// catalogue and the ledger: agencies, fields, service points, volumes and responses.
//
// A file is CSV (UTF-8; comma, semicolon or tab) or XLSX (the first sheet), told
// apart by content, with the names of the columns in its first row (see Columns). It is
// read twice: once to refuse what cannot be read at all before anything is
// written, once row by row. Every row has its own fate; a bad one never refuses the others.
//
// Importing is safe to repeat: rows that say what is stored already change
// nothing and are counted as unchanged.
package importer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/registry"
)

// Kind is what the rows of a file are.
type Kind string

// The kinds of file.
const (
	KindAgencies  Kind = "agencies"
	KindFields    Kind = "fields"
	KindPoints    Kind = "points"
	KindVolumes   Kind = "volumes"
	KindResponses Kind = "responses"

	// KindKioskQueue is no table: it is what a kiosk's staff screen exports where the kiosk cannot send.
	KindKioskQueue Kind = "kiosk-queue"
)

// Kinds lists the kinds of table in the order in which a new province imports them.
var Kinds = []Kind{KindFields, KindAgencies, KindPoints, KindVolumes, KindResponses}

// Right is the right it takes to import files of the kind, over the agency each
// row concerns; empty for an unknown kind.
func (k Kind) Right() survey.Right {
	switch k {
	case KindAgencies, KindFields:
		return survey.RightCatalogue
	case KindPoints:
		return survey.RightPoints
	case KindVolumes:
		return survey.RightVolumes
	case KindResponses, KindKioskQueue:
		return survey.RightImport
	}
	return ""
}

// Intake takes responses in; *intake.Service is one.
type Intake interface {
	Submit(ctx context.Context, credential intake.Credential, items []survey.Submission) ([]intake.Result, error)
	Check(ctx context.Context, credential intake.Credential, items []survey.Submission) ([]intake.Result, error)
}

// Options configure an Importer. Registry, Intake and Key are required.
type Options struct {
	Registry *registry.Registry
	Intake   Intake
	// Key is the secret that form pages are signed with; a subkey of it makes the
	// ids of responses that come without one. Importing a file again finds its
	// responses only with the same key, wherever it is imported.
	Key []byte
	Now func() time.Time // nil: time.Now
}

// Importer imports files. Safe for concurrent use.
type Importer struct {
	registry *registry.Registry
	intake   Intake
	idKey    []byte
	now      func() time.Time
}

// New makes an Importer. It panics on a key shorter than 16 bytes: what the ids
// derived with it are of could be guessed.
func New(o Options) *Importer {
	if len(o.Key) < 16 {
		panic("importer: the key is too short")
	}
	im := &Importer{registry: o.Registry, intake: o.Intake, idKey: idKey(o.Key), now: o.Now}
	if im.now == nil {
		im.now = time.Now
	}
	return im
}

// Job is one file to import.
type Job struct {
	Kind     Kind
	FileName string // for the report only: what the file is, its content says
	File     io.ReaderAt
	Size     int64 // of File in bytes
	DryRun   bool  // say what would happen, write nothing

	// Progress is called now and then, and once at the end, with the number of
	// rows done and of all rows. Nil: not wanted.
	Progress func(lines, total int)
	// Problem is called with every problem in the order of finding, those the
	// report has no room for included. Nil: not wanted.
	Problem func(Problem)
}

// Run imports a file and says line by line what became of it. The actor needs
// the kind's right; rows outside the scope of it are rejected one by one.
//
// The error is forbidden without the right, invalid for an unknown kind and for a file that
// cannot be imported at all (nothing is then written; its field errors, with paths "file" or "columns", say
// why), or unavailable when the store went away or ctx ended in the middle: the
// report then says what was done until there, and running the import again takes it up.
func (im *Importer) Run(ctx context.Context, actor survey.Actor, job Job) (report Report, err error) {
	x := &run{Job: job, importer: im, registry: im.registry, actor: actor, today: survey.DateOf(im.now()),
		report: Report{Kind: job.Kind, FileName: job.FileName, DryRun: job.DryRun, Problems: []Problem{}}}
	if err := x.admit(); err != nil {
		return x.report, err
	}
	if job.Kind == KindKioskQueue {
		err = x.queue(ctx)
	} else {
		err = x.table(ctx)
	}
	x.tell(true)
	slices.SortStableFunc(x.report.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return x.report, err
}

// table imports a file of rows and columns.
func (x *run) table(ctx context.Context) (err error) {
	src, err := open(x.File, x.Size)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.close()) }() // after a panic too: it has temporary files
	return x.all(ctx, src)
}
