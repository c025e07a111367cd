package ledger

import (
	"iter"
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
	flags  map[survey.Flag]decision
	erased bool
}

// decision is the newest judgement on one flag of one response.
type decision struct {
	at    time.Time
	entry Position
	set   bool
}

func (d decision) after(o decision) bool {
	if !d.at.Equal(o.at) {
		return d.at.After(o.at)
	}
	if d.entry.Stream != o.entry.Stream {
		return d.entry.Stream > o.entry.Stream
	}
	return d.entry.N > o.entry.N
}

// Flag takes what the flag entry at a place says, and gives the place of the
// response it is about.
func (js Judgements) Flag(entry Position, f Flagging) (about Position) {
	about = Position{f.Stream, f.N}
	j := js.on(about)
	d := decision{at: f.At, entry: entry, set: !f.Clear}
	for _, flag := range f.Flags {
		if before, ok := j.flags[flag]; !ok || d.after(before) {
			if j.flags == nil {
				j.flags = map[survey.Flag]decision{}
			}
			j.flags[flag] = d
		}
	}
	return about
}

// Erase takes what an erasure entry says, and gives the place of the response it is about.
func (js Judgements) Erase(x Erasure) (about Position) {
	about = Position{x.Stream, x.N}
	js.on(about).erased = true
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

// Erased reports whether the response's open part is to be gone.
func (j *Judgement) Erased() bool { return j.erased }

// Flags gives each flag that was judged on, in any order, and whether it is set.
func (j *Judgement) Flags() iter.Seq2[survey.Flag, bool] {
	return func(yield func(survey.Flag, bool) bool) {
		for flag, d := range j.flags {
			if !yield(flag, d.set) {
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
