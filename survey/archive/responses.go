package archive

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sipas/survey"
	"sipas/survey/ledger"
)

// Responses writes the responses of a ledger as CSV, one to a row, as they stand
// after all later flags and erasures.
type Responses struct {
	Store     survey.LedgerStore
	Forms     []*survey.Questionnaire     // whose items have columns, in this order
	Synthetic bool                        // every row says so
	Open      bool                        // with open answers (free text, demographics): personal data
	Include   func(*survey.Response) bool // nil: all
	Progress  Progress                    // may be nil
}

// Written says what became of an export.
type Written struct {
	Rows       int64
	Unknown    int64 // rows of a form that has no columns: answers to its own items are missing
	Unreadable int64 // entries that are no responses though they say so; they have no row
}

// described are the columns before the answers.
var described = []string{"id", "agency", "field", "procedure", "point", "campaign", "capture", "delivery", "language", "questionnaire", "version",
	"answered_at", "received_at", "partial", "flags", "synthetic"}

// ByteOrderMark at the beginning of a file tells spreadsheets that it is UTF-8.
const ByteOrderMark = "\uFEFF"

// columns are the columns of the export: those that describe the response, then
// one for every item of the forms, in the order in which it first comes, those of open answers only where they are asked for.
func (x Responses) columns() []string { return append(slices.Clone(described), x.items()...) }

func (x Responses) items() (ids []string) {
	for _, form := range x.Forms {
		for i := range form.Items {
			it := &form.Items[i]
			if it.Type != survey.ItemInfo && (x.Open || !it.Open()) && !slices.Contains(ids, it.ID) {
				ids = append(ids, it.ID)
			}
		}
	}
	return ids
}

// Run writes a header and the rows, stream by stream, up to where each stream is
// now. Times are Vietnamese and cut to the hour. Lists are joined with ";". A cell
// that a spreadsheet would take for a formula begins with an apostrophe.
//
// The ledger is read twice: first for what was flagged later, then for the
// responses. Memory grows with the flags given or taken later only. Errors are those of the store and of w.
func (x Responses) Run(ctx context.Context, w io.Writer) (done Written, err error) {
	streams, heads, err := ledger.Heads(ctx, x.Store)
	if err != nil {
		return done, err
	}
	var read, total int64
	for _, h := range heads {
		total += 2 * h.N
	}
	each := func(fn func([]survey.Entry) error) error {
		for i, s := range streams {
			err := pages(ctx, x.Store, s.ID, 0, heads[i].N, func(entries []survey.Entry) error {
				if err := fn(entries); err != nil {
					return err
				}
				read += int64(len(entries))
				x.Progress.report(read/2, total/2)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	flags := ledger.Judgements{}
	if err := each(func(entries []survey.Entry) error {
		for _, e := range entries {
			if e.Kind == survey.EntryFlag {
				_, _ = flags.Take(e) // what cannot be read, verifying tells
			}
		}
		return nil
	}); err != nil {
		return done, err
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	out := csv.NewWriter(buffered)
	items := x.items()
	if err := out.Write(x.columns()); err != nil {
		return done, err
	}
	err = each(func(entries []survey.Entry) error {
		if err := x.conceal(ctx, entries); err != nil {
			return err
		}
		for _, e := range entries {
			if e.Kind != survey.EntryResponse {
				continue
			}
			r, err := ledger.DecodeResponse(e)
			if err != nil {
				done.Unreadable++
				continue
			}
			if x.Include != nil && !x.Include(&r) {
				continue
			}
			if j := flags[ledger.Position{Stream: e.Stream, N: e.N}]; j != nil {
				r.Flags = j.Apply(r.Flags)
			}
			done.Rows++
			if !slices.ContainsFunc(x.Forms, func(q *survey.Questionnaire) bool { return q.ID == r.Questionnaire && q.Version == r.Version }) {
				done.Unknown++
			}
			if err := out.Write(x.row(&r, items)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return done, err
	}
	return done, buffered.Flush()
}

// conceal takes away the open parts that are not to be shown: all where they are not
// asked for, and those whose erasure was decided and is not finished.
func (x Responses) conceal(ctx context.Context, entries []survey.Entry) error {
	var open []string
	for _, e := range entries {
		if x.Open && e.Open != nil {
			open = append(open, e.ID)
		}
	}
	erased, err := ledger.Erased(ctx, x.Store, open)
	if err != nil {
		return err
	}
	for i := range entries {
		if e := &entries[i]; !x.Open || erased[e.ID] {
			e.Salt, e.Open = nil, nil
		}
	}
	return nil
}

func (x Responses) row(r *survey.Response, items []string) []string {
	flags := make([]string, len(r.Flags))
	for i, f := range r.Flags {
		flags[i] = string(f)
	}
	row := []string{r.ID, r.Agency, r.FieldID, given(r.Procedure), r.Point, given(r.Campaign), string(r.Capture), string(r.Delivery), string(r.Language),
		r.Questionnaire, strconv.Itoa(r.Version), hour(r.At), hour(r.ReceivedAt), strconv.FormatBool(r.Partial), strings.Join(flags, ";"),
		strconv.FormatBool(x.Synthetic)}
	for _, id := range items {
		row = append(row, cell(r.Answers[id]))
	}
	for i := range row {
		row[i] = defused(row[i])
	}
	return row
}

func given(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// hour cuts a time so that it stays in its day, month and period.
func hour(t time.Time) string {
	return t.Truncate(time.Hour).In(survey.Vietnam).Format("2006-01-02 15:04")
}

// cell writes an answer; none is an empty cell.
func cell(a survey.Answer) string {
	if n, ok := a.Number(); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	if yes, ok := a.Bool(); ok {
		return strconv.FormatBool(yes)
	}
	if ids, ok := a.List(); ok {
		return strings.Join(ids, ";")
	}
	text, _ := a.Text()
	return text
}

// formulaSigns begin what spreadsheets run when they open a file.
const formulaSigns = "=+-@＝＋－＠\t\r\n"

// defused puts an apostrophe before a formula. Numbers here are never negative,
// so none is touched.
func defused(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune(formulaSigns, first) {
		return "'" + text
	}
	return text
}
