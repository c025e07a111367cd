package importer

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"sipas/survey"
	"sipas/survey/registry"
)

// run is one call of Run under way.
type run struct {
	Job
	importer *Importer
	registry *registry.Registry // a rehearsal of it in a dry run
	actor    survey.Actor
	today    survey.Date
	header   *header
	total    int // rows of the file
	report   Report
}

// fate is what became of a row.
type fate int

const (
	created fate = iota
	updated
	unchanged
)

// admit checks what concerns the file as a whole.
func (x *run) admit() error {
	right := x.Kind.Right()
	if right == "" {
		return &survey.Error{Code: survey.CodeInvalid, Message: "there is no such kind of file",
			Fields: []survey.FieldError{{Path: "kind", Reason: survey.ReasonUnknown}}}
	}
	if agencies, whole := x.registry.Snapshot().Scope(x.actor, right); !whole && len(agencies) == 0 {
		return &survey.Error{Code: survey.CodeForbidden, Reason: survey.ReasonNoRight, Message: "the actor lacks the right " + string(right)}
	}
	return nil
}

// all reads the file twice: once to the end to see that it can be read, once to import it.
func (x *run) all(ctx context.Context, src source) error {
	var err error
	if x.header, err = readHeader(src, columnsWith(x.Kind, x.registry.Snapshot().Questionnaires())); err != nil {
		return err
	}
	for {
		if _, _, err := src.read(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		x.total++
		if x.Kind != KindResponses && x.total > maxDocuments {
			return refused(pathFile, survey.ReasonImportRows, map[string]any{"max": maxDocuments}, nil)
		}
		if err := ctx.Err(); err != nil {
			return stopped(err)
		}
	}
	if err := src.rewind(); err != nil {
		return err
	}
	if _, _, err := src.read(); err != nil { // the header
		return err
	}
	if x.Kind == KindResponses {
		return x.responses(ctx, src)
	}
	if x.DryRun {
		if x.registry, err = rehearse(ctx, x.registry, x.importer.now); err != nil {
			return err
		}
	}
	rows, err := x.rows(src)
	if err != nil {
		return err
	}
	switch x.Kind {
	case KindAgencies:
		return x.agencies(ctx, rows)
	case KindFields:
		return x.fields(ctx, rows)
	case KindPoints:
		return x.points(ctx, rows)
	default:
		return x.volumes(ctx, rows)
	}
}

// next gives the next row; io.EOF at the end.
func (x *run) next(src source) (*row, error) {
	line, cells, err := src.read()
	if err != nil {
		return nil, err
	}
	r := &row{header: x.header, line: line, cells: cells, serials: src.spreadsheet(), from1904: src.date1904()}
	r.check()
	r.cells = r.cells[:min(len(r.cells), r.width)] // nothing is read beyond
	return r, nil
}

// rows gives all rows.
func (x *run) rows(src source) ([]*row, error) {
	rows := make([]*row, 0, x.total)
	for {
		r, err := x.next(src)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		r.cells = slices.Clone(r.cells) // the source may use the slice again
		rows = append(rows, r)
	}
}

// settle counts a row: as rejected where it has problems, else by its fate.
func (x *run) settle(r *row, f fate) {
	x.report.Lines++
	switch {
	case len(r.problems) > 0:
		x.report.Rejected++
	case f == created:
		x.report.Created++
	case f == updated:
		x.report.Updated++
	default:
		x.report.Unchanged++
	}
	for _, p := range r.problems {
		x.report.ProblemCount++
		if len(x.report.Problems) < maxProblems {
			x.report.Problems = append(x.report.Problems, p)
		}
		if x.Problem != nil {
			x.Problem(p)
		}
	}
	x.tell(false)
}

// tell reports progress: after every hundredth row, and at the end.
func (x *run) tell(end bool) {
	const often = 100
	if x.Progress != nil && x.header != nil && (end || x.report.Lines%often == 0) {
		x.Progress(x.report.Lines, x.total)
	}
}

// stopped is the error of a run that was called off.
func stopped(cause error) error {
	return &survey.Error{Code: survey.CodeUnavailable, Message: "the import was stopped", Err: cause}
}

// attempts is how often a step is tried while the store is unavailable, each time
// after a pause twice as long.
const (
	attempts   = 6
	firstPause = 250 * time.Millisecond
)

// patiently repeats a step that the store could not take.
func patiently(ctx context.Context, step func() error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return stopped(err)
		}
		err := step()
		if !survey.IsCode(err, survey.CodeUnavailable) || attempt == attempts {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return stopped(ctx.Err())
		case <-timer.C:
		}
		pause *= 2
	}
}

// reject turns an error that concerns one row into its problems; any other
// error is returned. whose is the column of the agency or of what stands for it.
func (r *row) reject(err error, whose string) error {
	var e *survey.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case survey.CodeInvalid, survey.CodeForbidden, survey.CodeConflict, survey.CodeNotFound, survey.CodeClosed:
	default:
		return err
	}
	for _, f := range e.Fields {
		r.fail(columnOf(f.Path), f.Reason, f.Params)
	}
	if len(e.Fields) > 0 {
		return nil
	}
	reason := e.Reason
	if reason == "" {
		reason = survey.ReasonUnknown // not_found says no more
	}
	r.fail(whose, reason, e.Params)
	return nil
}

// columnOf gives the column that a path of the services speaks of:
// "name.vi" is name_vi, "validFrom" valid_from, "successors.0" successors, "answers.tc1" tc1.
func columnOf(path string) string {
	if item, ok := strings.CutPrefix(path, "answers."); ok {
		return item
	}
	if path == "answers" {
		return ""
	}
	first, rest, _ := strings.Cut(path, ".")
	if first == "name" {
		return "name_" + nameLanguage(rest)
	}
	var b strings.Builder
	for _, c := range first {
		if unicode.IsUpper(c) {
			b.WriteByte('_')
			c = unicode.ToLower(c)
		}
		b.WriteRune(c)
	}
	return b.String()
}

func nameLanguage(rest string) string {
	if rest == string(survey.English) {
		return rest
	}
	return string(survey.Vietnamese)
}

// firstOf finds rows that say the same thing again: the first one with a key
// counts, later ones are rejected with its line.
type firstOf map[string]int

func (f firstOf) claim(r *row, column, key string) bool {
	if line, taken := f[key]; taken {
		r.fail(column, survey.ReasonRepeatedRow, map[string]any{"line": line})
		return false
	}
	f[key] = r.line
	return true
}
