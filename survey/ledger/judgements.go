package ledger

import (
	"iter"
	"maps"
	"slices"
	"time"

	"sipas/survey"
)

// Judgements are what flag and erasure entries say about responses, by the place
// of the response's entry. Of several judgements on one flag the newest stands, by
// time, then by the place of its entry: the same on every node, in whatever order
// entries are read, also before the response itself.
type Judgements map[Position]*Judgement

// Judgement is what stands about one response.
type Judgement struct {
	Decisions map[survey.Flag]Decision
	Erased    bool // the open part is to be gone
}

// Decision is the newest judgement on one flag of one response.
type Decision struct {
	At    time.Time
	Entry Position // that says so
	Set   bool

	// What the entry says besides.
	By, Reason, Signal string
	Score              *float64
}

// ByPerson reports whether a person decided.
func (d Decision) ByPerson() bool { return d.By != survey.System.User }

// Standing is whether a response bears a flag, and the newest decision on that.
type Standing struct {
	Entry    Position // of the response
	Set      bool
	Decision *Decision // nil: as it came
}

func (d Decision) after(o Decision) bool {
	if !d.At.Equal(o.At) {
		return d.At.After(o.At)
	}
	if d.Entry.Stream != o.Entry.Stream {
		return d.Entry.Stream > o.Entry.Stream
	}
	return d.Entry.N > o.Entry.N
}

// Clone copies the judgements, so that either may grow alone.
func (js Judgements) Clone() Judgements {
	clone := make(Judgements, len(js))
	for about, j := range js {
		clone[about] = &Judgement{Decisions: maps.Clone(j.Decisions), Erased: j.Erased}
	}
	return clone
}

// Take takes what an entry says about a response, and gives the place of the
// response it is about. A response says nothing about itself; its place is its own.
//
// The error is internal for an entry that cannot be read or is of an unknown kind:
// nothing is taken of it.
func (js Judgements) Take(e survey.Entry) (about Position, err error) {
	at := Position{e.Stream, e.N}
	switch e.Kind {
	case survey.EntryResponse:
		return at, nil
	case survey.EntryFlag:
		f, err := DecodeFlagging(e)
		if err != nil {
			return Position{}, err
		}
		return js.Flag(at, f), nil
	case survey.EntryErasure:
		x, err := DecodeErasure(e)
		if err != nil {
			return Position{}, err
		}
		return js.Erase(x), nil
	}
	return Position{}, &survey.Error{Code: survey.CodeInternal, Message: "a ledger entry is of the unknown kind " + string(e.Kind)}
}

// Flag takes what the flag entry at a place says, and gives the place of the
// response it is about.
func (js Judgements) Flag(entry Position, f Flagging) (about Position) {
	about = Position{f.Stream, f.N}
	j := js.on(about)
	d := Decision{At: f.At, Entry: entry, Set: !f.Clear, By: f.By, Reason: f.Reason, Signal: f.Signal, Score: f.Score}
	for _, flag := range f.Flags {
		if before, ok := j.Decisions[flag]; !ok || d.after(before) {
			if j.Decisions == nil {
				j.Decisions = map[survey.Flag]Decision{}
			}
			j.Decisions[flag] = d
		}
	}
	return about
}

// Erase takes what an erasure entry says, and gives the place of the response it is about.
func (js Judgements) Erase(x Erasure) (about Position) {
	about = Position{x.Stream, x.N}
	js.on(about).Erased = true
	return about
}

func (js Judgements) on(about Position) *Judgement {
	j := js[about]
	if j == nil {
		j = &Judgement{}
		js[about] = j
	}
	return j
}

// Flags gives each flag that was judged on, in any order, and whether it is set.
func (j *Judgement) Flags() iter.Seq2[survey.Flag, bool] {
	return func(yield func(survey.Flag, bool) bool) {
		for flag, d := range j.Decisions {
			if !yield(flag, d.Set) {
				return
			}
		}
	}
}

// Apply gives the flags that a response has after the judgement, known ones in
// the order of survey.Flags. It does not change the slice.
func (j *Judgement) Apply(flags []survey.Flag) []survey.Flag {
	flags = slices.Clone(flags)
	for flag, set := range j.Flags() {
		flags = slices.DeleteFunc(flags, func(f survey.Flag) bool { return f == flag })
		if set {
			flags = append(flags, flag)
		}
	}
	slices.SortFunc(flags, func(a, b survey.Flag) int { return slices.Index(survey.Flags, a) - slices.Index(survey.Flags, b) })
	return flags
}
