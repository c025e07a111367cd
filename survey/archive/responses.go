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

// Columns are the columns of the export: those that describe the response, then
// one for every item of the forms, in the order in which it first comes, those of open answers only where they are asked for.
func (x Responses) Columns() []string { return append(slices.Clone(described), x.items()...) }

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
// The ledger is read twice: first for what was judged on responses, then for the
// responses. Memory grows with the judged ones only. Errors are those of the store and of w.
func (x Responses) Run(ctx context.Context, w io.Writer) (done Written, err error) {
	streams, err := x.Store.Streams(ctx)
	if err != nil {
		return done, err
	}
	var read, total int64
	ends := make([]int64, len(streams))
	for i, s := range streams {
		head, err := lastOf(ctx, x.Store, s.ID)
		if err != nil {
			return done, err
		}
		ends[i] = head.N
		total += 2 * head.N
	}
	each := func(fn func(survey.Entry) error) error {
		for i, s := range streams {
			err := pages(ctx, x.Store, s.ID, 0, ends[i], func(entries []survey.Entry) error {
				for _, e := range entries {
					if err := fn(e); err != nil {
						return err
					}
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
	judgements := ledger.Judgements{}
	if err := each(func(e survey.Entry) error { judge(judgements, e); return nil }); err != nil {
		return done, err
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	out := csv.NewWriter(buffered)
	items := x.items()
	if err := out.Write(x.Columns()); err != nil {
		return done, err
	}
	err = each(func(e survey.Entry) error {
		if e.Kind != survey.EntryResponse {
			return nil
		}
		judgement := judgements[ledger.Position{Stream: e.Stream, N: e.N}]
		if !x.Open || judgement != nil && judgement.Erased {
			e.Salt, e.Open = nil, nil
		}
		r, err := ledger.DecodeResponse(e)
		if err != nil {
			done.Unreadable++
			return nil
		}
		if x.Include != nil && !x.Include(&r) {
			return nil
		}
		if judgement != nil {
			r.Flags = judgement.Apply(r.Flags)
		}
		done.Rows++
		if !slices.ContainsFunc(x.Forms, func(q *survey.Questionnaire) bool { return q.ID == r.Questionnaire && q.Version == r.Version }) {
			done.Unknown++
		}
		return out.Write(x.row(&r, items))
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

// judge takes what an entry says about a response; one that cannot be read says nothing.
func judge(js ledger.Judgements, e survey.Entry) {
	switch e.Kind {
	case survey.EntryFlag:
		if f, err := ledger.DecodeFlagging(e); err == nil {
			js.Flag(ledger.Position{Stream: e.Stream, N: e.N}, f)
		}
	case survey.EntryErasure:
		if x, err := ledger.DecodeErasure(e); err == nil {
			js.Erase(x)
		}
	}
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
