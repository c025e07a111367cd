package suspicion

import (
	"math"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

// Level is the adjusted probability up to which a finding is named: of what is
// named, about one in a hundred may be there by chance.
const Level = 0.01

// Finding is ratings that stand out together.
type Finding struct {
	Flag   survey.Flag
	Signal string   // as package stats names it
	Score  float64  // see the package comment
	P      *float64 // adjusted probability; nil where the finding is a matter of counting
	Month  survey.Month
	Agency string
	Point  string // empty: the agency's ratings of the field
	Field  string
	Judged int     // ratings that were looked at for it
	Rated  []Rated // the ratings that stand out, in the order of their time
}

// Rated is a rating of a finding.
type Rated struct {
	ID      string
	At      time.Time
	Entry   ledger.Position
	Decided bool // whether it bears the flag was decided before, by the system or by a person
}

// Open counts the ratings that nobody decided on before.
func (f Finding) Open() (n int) {
	for _, r := range f.Rated {
		if !r.Decided {
			n++
		}
	}
	return n
}

// Flaggings gives the judgements on the ratings that nobody decided on before. The same
// finding gives the same judgements, byte for byte, on every node that is given the same time.
func (f Finding) Flaggings(at time.Time) []ledger.Flagging {
	var list []ledger.Flagging
	for _, r := range f.Rated {
		if !r.Decided {
			list = append(list, ledger.Flagging{Response: r.ID, Stream: r.Entry.Stream, N: r.Entry.N, Flags: []survey.Flag{f.Flag},
				By: By, At: at, Signal: f.Signal, Score: &f.Score})
		}
	}
	return list
}

// By is who judges.
const By = "system"

// score puts an adjusted probability on the scale of scores. One decimal is the same on every processor.
func score(p float64) float64 { return math.Min(99, math.Round(-10*math.Log10(p))/10) }
