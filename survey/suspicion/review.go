package suspicion

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
)

// What a review is held to.
const (
	reviewDays = 31 // the longest span: a person looks at what he judges
	reasonMin  = 5  // characters
	reasonMax  = 300
)

// Review is a person's judgement on one flag of the ratings of a point that were
// given in a span of time.
type Review struct {
	Point    string      `json:"point"`
	From     time.Time   `json:"from"`
	To       time.Time   `json:"to"` // excluded
	Flag     survey.Flag `json:"flag"`
	Set      bool        `json:"set"` // else the flag is taken away
	Reason   string      `json:"reason"`
	By       string      `json:"by"`
	At       time.Time   `json:"at"`
	Concerns int         `json:"concerns"` // ratings
}

// Counted knows how ratings stand; *results.Service does.
type Counted interface {
	Standing(point string, from, to survey.Date, flag survey.Flag) []ledger.Standing
}

// Reviewer takes the judgements of people. All fields are required. Its methods
// are safe for concurrent use.
type Reviewer struct {
	Registry *registry.Registry
	Ledger   *ledger.Ledger
	Store    survey.LedgerStore
	Counted  Counted
	Now      func() time.Time
}

// Review judges: point, span, flag, set and reason are the caller's. It takes the
// flag from every rating that bears it, or sets it on every one that does not; a flag that is a
// sign of the system is only ever put back where it was taken away, and survey.FlagMarked is
// what a person sets anew. It gives how many ratings were judged; the same review a second time judges none.
//
// The judgements stand over all there were, whatever this machine's clock says, and the
// system decides no more on what they are about. One entry of the audit log comes before them.
//
// Right: flags, over the point's agency. Errors: forbidden, invalid with every field
// error at once, unavailable: some may have been judged then, repeat it.
func (r *Reviewer) Review(ctx context.Context, actor survey.Actor, v Review) (judged int, err error) {
	snapshot := r.Registry.Snapshot()
	code, malformed := survey.ParsePointCode(v.Point)
	point, known := snapshot.Point(code)
	if err := r.Registry.Permit(actor, survey.RightFlags, point.Agency); err != nil {
		return 0, err
	}
	v.Point, v.By, v.Reason = code, actor.User, strings.TrimSpace(norm.NFC.String(v.Reason))
	if err := v.check(malformed == nil && known); err != nil {
		return 0, err
	}
	flaggings, err := r.concerned(ctx, v)
	if err != nil || len(flaggings) == 0 {
		return 0, err
	}
	v.At, v.Concerns = flaggings[0].At, len(flaggings)
	act := registry.Act{Actor: actor, Right: survey.RightFlags, Agency: point.Agency, Collection: registry.CollectionFlags, Action: survey.ActionClear}
	if v.Set {
		act.Action = survey.ActionFlag
	}
	if err := r.Registry.Record(ctx, act, v.Point, v); err != nil {
		return 0, err
	}
	return r.Ledger.FlagAll(ctx, flaggings)
}

func (v Review) check(known bool) error {
	var fields []survey.FieldError
	bad := func(path, reason string, params map[string]any) {
		fields = append(fields, survey.FieldError{Path: path, Reason: reason, Params: params})
	}
	if !known {
		bad("point", survey.ReasonUnknown, nil)
	}
	switch first, last := survey.DateOf(v.From), survey.DateOf(v.To); {
	case first < "2000-01-01" || first > "2100-12-31":
		bad("from", survey.ReasonRange, map[string]any{"min": "2000-01-01", "max": "2100-12-31"})
	case !v.From.Before(v.To):
		bad("to", survey.ReasonBeforeStart, nil)
	case last > first.AddDays(reviewDays):
		bad("to", survey.ReasonTooLongSpan, map[string]any{"max": reviewDays})
	}
	if !slices.Contains(survey.Flags, v.Flag) {
		bad("flag", survey.ReasonUnknownOption, nil)
	}
	switch n := utf8.RuneCountInString(v.Reason); {
	case n == 0:
		bad("reason", survey.ReasonRequired, nil)
	case n < reasonMin:
		bad("reason", survey.ReasonTooShort, map[string]any{"min": reasonMin})
	case n > reasonMax:
		bad("reason", survey.ReasonTooLong, map[string]any{"max": reasonMax})
	}
	if fields != nil {
		return &survey.Error{Code: survey.CodeInvalid, Message: "the review is not valid", Fields: fields}
	}
	return nil
}

// concerned gives the judgements that a review comes to, all of one time.
func (r *Reviewer) concerned(ctx context.Context, v Review) ([]ledger.Flagging, error) {
	var open []ledger.Standing
	at := r.Now().Truncate(time.Millisecond)
	for _, s := range r.Counted.Standing(v.Point, survey.DateOf(v.From), survey.DateOf(v.To.Add(-time.Millisecond)), v.Flag) {
		if s.Set == v.Set || v.Set && v.Flag != survey.FlagMarked && s.Decision == nil {
			continue
		}
		open = append(open, s)
		if s.Decision != nil && !at.After(s.Decision.At) {
			at = s.Decision.At.Add(time.Millisecond)
		}
	}
	var flaggings []ledger.Flagging
	err := r.read(ctx, open, func(s ledger.Standing, e survey.Entry) {
		rated, ok := response(e)
		if !ok || rated.At.Before(v.From) || !rated.At.Before(v.To) {
			return
		}
		f := ledger.Flagging{Response: e.ID, Stream: e.Stream, N: e.N, Flags: []survey.Flag{v.Flag}, By: v.By, At: at, Clear: !v.Set, Reason: v.Reason}
		if s.Decision != nil {
			f.Signal, f.Score = s.Decision.Signal, s.Decision.Score
		}
		flaggings = append(flaggings, f)
	})
	return flaggings, err
}

// reviewGap is how many entries between two are read rather than skipped.
const reviewGap = 64

// read hands over the entries of ratings that are in the order of their places,
// and reads little besides: a walk through a million entries is nobody's to wait for.
func (r *Reviewer) read(ctx context.Context, list []ledger.Standing, take func(ledger.Standing, survey.Entry)) error {
	for len(list) > 0 {
		first, n := list[0].Entry, 1
		for n < len(list) && list[n].Entry.Stream == first.Stream && list[n].Entry.N-list[n-1].Entry.N <= reviewGap && list[n].Entry.N-first.N < pageSize {
			n++
		}
		entries, err := r.Store.Read(ctx, first.Stream, first.N-1, int(list[n-1].Entry.N-first.N)+1)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if (ledger.Position{Stream: e.Stream, N: e.N}) == list[0].Entry {
				take(list[0], e)
				if list = list[1:]; len(list) == 0 {
					return nil
				}
			}
		}
		if len(list) > 0 && list[0].Entry == first {
			return &survey.Error{Code: survey.CodeInternal, Message: "a counted entry of the ledger cannot be found"}
		}
	}
	return nil
}
