package ledger

import (
	"slices"
	"testing"
	"time"

	"sipas/survey"
)

// The flags of a response after judgements, in whatever order these are read.
func TestJudgementsApply(t *testing.T) {
	noon := time.Date(2026, 8, 5, 5, 0, 0, 0, time.UTC)
	type said struct {
		entry Position
		later time.Duration
		clear bool
		flags []survey.Flag
	}
	fast, clock := []survey.Flag{survey.FlagFast}, []survey.Flag{survey.FlagClock}
	for _, c := range []struct {
		name        string
		given, want []survey.Flag
		said        []said
	}{
		{"nothing", clock, clock, nil},
		{"set", nil, fast, []said{{Position{"a", 1}, 0, false, fast}}},
		{"set before others", []survey.Flag{survey.FlagFast}, []survey.Flag{survey.FlagClock, survey.FlagFast}, []said{{Position{"a", 1}, 0, false, clock}}},
		{"set twice", fast, fast, []said{{Position{"a", 1}, 0, false, fast}}},
		{"cleared", []survey.Flag{survey.FlagClock, survey.FlagFast}, clock, []said{{Position{"a", 1}, 0, true, fast}}},
		{"the newer stands", nil, fast, []said{{Position{"a", 1}, 0, true, fast}, {Position{"a", 2}, time.Hour, false, fast}}},
		{"at one time, the later stream", nil, nil, []said{{Position{"a", 2}, 0, false, fast}, {Position{"b", 1}, 0, true, fast}}},
		{"at one time in one stream, the later entry", nil, fast, []said{{Position{"a", 1}, 0, true, fast}, {Position{"a", 2}, 0, false, fast}}},
		{"one flag each", nil, fast, []said{{Position{"a", 1}, 0, false, fast}, {Position{"a", 2}, time.Hour, true, clock}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				js, about := Judgements{}, Position{"r", 7}
				for _, s := range c.said {
					if at := js.Flag(s.entry, Flagging{Stream: "r", N: 7, Flags: s.flags, At: noon.Add(s.later), Clear: s.clear}); at != about {
						t.Fatalf("it is about %v", at)
					}
				}
				before := slices.Clone(c.given)
				got := c.given
				if j := js[about]; j != nil {
					got = j.Apply(c.given)
				}
				if !slices.Equal(got, c.want) || !slices.Equal(c.given, before) {
					t.Errorf("%v became %v (and the given ones %v), want %v", before, got, c.given, c.want)
				}
				slices.Reverse(c.said)
			}
		})
	}
	js := Judgements{}
	if at := js.Erase(Erasure{Stream: "r", N: 7}); !js[at].Erased || len(js) != 1 {
		t.Errorf("%v is not erased", at)
	}
}

// What an entry of each kind says, by the place it is about.
func TestJudgementsTake(t *testing.T) {
	flagging, err := EncodeFlagging(Flagging{Response: "x", Stream: "r", N: 7, Flags: []survey.Flag{survey.FlagFast}})
	if err != nil {
		t.Fatal(err)
	}
	erasure, err := EncodeErasure(Erasure{Response: "x", Stream: "r", N: 7})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		entry  survey.Entry
		about  Position
		refuse bool
		judged int
	}{
		{"a response", survey.Entry{Kind: survey.EntryResponse, Stream: "a", N: 1}, Position{"a", 1}, false, 0},
		{"a flag", survey.Entry{Kind: survey.EntryFlag, Stream: "a", N: 2, Kept: flagging}, Position{"r", 7}, false, 1},
		{"an erasure", survey.Entry{Kind: survey.EntryErasure, Stream: "a", N: 3, Kept: erasure}, Position{"r", 7}, false, 1},
		{"a flag that cannot be read", survey.Entry{Kind: survey.EntryFlag, Stream: "a", N: 4}, Position{}, true, 0},
		{"an erasure that cannot be read", survey.Entry{Kind: survey.EntryErasure, Stream: "a", N: 5}, Position{}, true, 0},
		{"another kind", survey.Entry{Kind: "new", Stream: "a", N: 6, Kept: flagging}, Position{}, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			js := Judgements{}
			about, err := js.Take(c.entry)
			if about != c.about || survey.IsCode(err, survey.CodeInternal) != c.refuse || len(js) != c.judged {
				t.Errorf("about %v, error %v, %d judged", about, err, len(js))
			}
			if j := js[about]; j != nil && (j.Erased != (c.entry.Kind == survey.EntryErasure) || (len(j.Decisions) == 1) != (c.entry.Kind == survey.EntryFlag)) {
				t.Errorf("it says %+v", *j)
			}
		})
	}
}
