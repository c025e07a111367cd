package results

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
)

var checkpointKey = []byte("a key of the tests")

// trusting confirms every mark.
func trusting([]ledger.Mark) error { return nil }

// again gives a service for the same catalogue that has seen nothing.
func again(s *Service) *Service {
	return New(Options{Registry: s.registry, Entries: s.entries, Now: s.now, Log: slog.New(slog.DiscardHandler)})
}

// sameBoards compares all that two services show.
func sameBoards(t *testing.T, got, want *Service) {
	t.Helper()
	if got.Entries() != want.Entries() {
		t.Errorf("%d entries, want %d", got.Entries(), want.Entries())
	}
	for _, text := range []string{
		"period=2026-Q3", "period=2026-Q4", "period=2026-H1", "period=2026-Q3 flags=include", "period=2026-Q3 measure=index", "period=2026 measure=tc",
		"period=2026-07-05..2026-08-20 capture=qr", "period=2026-Q3 agency=so-a", "period=2026-Q3 field=ho-tich measure=tt1",
	} {
		q, err := parse(text, want.Today())
		if err != nil {
			t.Fatal(err)
		}
		if _, there := want.registry.Snapshot().Agency(q.Agency); q.Agency != "" && !there {
			continue
		}
		a, err := got.Board(context.Background(), survey.System, q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := want.Board(context.Background(), survey.System, q)
		if err != nil {
			t.Fatal(err)
		}
		if c, d := reasonsOf(t, got, q), reasonsOf(t, want, q); !reflect.DeepEqual(c, d) {
			t.Errorf("%s: the reasons differ: %s, want %s", text, c.brief(), d.brief())
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: the boards differ: %s, want %s", text, short(a.Total), short(b.Total))
		}
	}
}

// TestCheckpoint: a service that goes on from a checkpoint shows what one shows
// that read everything, also after more entries, of which some are about responses before it.
func TestCheckpoint(t *testing.T) {
	p, s := openDemo(t, demo.Options{Seed: 7, Size: 5_000, Until: "2026-11-01"})
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := s.WriteCheckpoint(path, checkpointKey); err != nil {
		t.Fatal(err)
	}
	restored := again(s)
	var marks []ledger.Mark
	if err := restored.RestoreCheckpoint(path, checkpointKey, func(m []ledger.Mark) error { marks = m; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(marks) != 1 || marks[0].Stream != "demo" || marks[0].N != s.Entries() || marks[0].ID == "" {
		t.Errorf("marks %+v", marks)
	}
	sameBoards(t, restored, s)

	var responses []survey.Response
	for r := range p.Responses() {
		responses = append(responses, r)
	}
	more := responses[len(responses)-1]
	more.ID, more.Agency = "00000000-0000-4000-8000-000000000001", "co-quan-moi"
	at := more.At.Add(time.Minute)
	flagged, err := ledger.EncodeFlagging(ledger.Flagging{Response: responses[10].ID, Stream: "demo", N: 11, Flags: []survey.Flag{survey.FlagFast}, By: "u", At: at})
	if err != nil {
		t.Fatal(err)
	}
	erased, err := ledger.EncodeErasure(ledger.Erasure{Response: responses[20].ID, Stream: "demo", N: 21, Reason: "r", At: at})
	if err != nil {
		t.Fatal(err)
	}
	next := []survey.Entry{
		entry(t, "other", 1, more),
		{ID: "flag/1", Kind: survey.EntryFlag, Stream: "other", N: 2, Kept: flagged},
		{ID: "erasure/1", Kind: survey.EntryErasure, Stream: "other", N: 3, Kept: erased},
	}
	for range 2 { // judged before and after the checkpoint
		s.Consume(next)
		restored.Consume(next)
		sameBoards(t, restored, s)
		if err := restored.WriteCheckpoint(path, checkpointKey); err != nil {
			t.Fatal(err)
		}
		restored = again(s)
		if err := restored.RestoreCheckpoint(path, checkpointKey, trusting); err != nil {
			t.Fatal(err)
		}
		cleared, err := ledger.EncodeFlagging(ledger.Flagging{Response: responses[10].ID, Stream: "demo", N: 11, Flags: []survey.Flag{survey.FlagFast}, By: "u", At: at.Add(time.Minute), Clear: true})
		if err != nil {
			t.Fatal(err)
		}
		next = []survey.Entry{{ID: "flag/2", Kind: survey.EntryFlag, Stream: "third", N: 1, Kept: cleared}}
	}
	sameBoards(t, restored, s)
}

// TestCheckpointIsNotTrusted: whatever is wrong with a checkpoint, it is refused
// and the service has still seen nothing.
func TestCheckpointIsNotTrusted(t *testing.T) {
	_, s := openDemo(t, demo.Options{Seed: 7, Size: 500, Until: "2026-11-01"})
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := s.WriteCheckpoint(path, checkpointKey); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	changed := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	refuses := func(name string, content, key []byte, confirm func([]ledger.Mark) error) {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			fresh := again(s)
			if err := fresh.RestoreCheckpoint(path, key, confirm); err == nil {
				t.Error("it was trusted")
			}
			sameBoards(t, fresh, again(s))
		})
	}
	for _, size := range []int{0, 10, len(checkpointFormat), len(checkpointFormat) + 1, len(whole) / 2, len(whole) - 33, len(whole) - 1} {
		refuses("truncated", whole[:size], checkpointKey, trusting)
	}
	for _, at := range []int{0, len(checkpointFormat) - 2, len(checkpointFormat), len(whole) / 3, len(whole) / 2, len(whole) - 40, len(whole) - 1} {
		refuses("changed", changed(at), checkpointKey, trusting)
	}
	refuses("longer", append(bytes.Clone(whole), 0), checkpointKey, trusting)
	refuses("another key", whole, []byte("another key"), trusting)
	refuses("not confirmed", whole, checkpointKey, func([]ledger.Mark) error { return errors.New("the ledger was cut") })

	t.Run("none", func(t *testing.T) {
		if err := again(s).RestoreCheckpoint(path+"-none", checkpointKey, trusting); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("other coding", func(t *testing.T) {
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		before := survey.Flags
		defer func() { survey.Flags = before }()
		survey.Flags = append(slices.Clone(before), "anotherFlag")
		if err := again(s).RestoreCheckpoint(path, checkpointKey, trusting); err == nil {
			t.Error("it was trusted by a program that codes answers otherwise")
		}
	})
}

// TestNoCheckpointWithoutEverything: what could not be counted is looked at again
// at the next start, so no checkpoint may pass it over.
func TestNoCheckpointWithoutEverything(t *testing.T) {
	p := newProvince(t)
	r := p.response(deskA, "dat-dai", "2026-08-03", survey.Answers{survey.Overall: survey.LevelAnswer(5)})
	e := entry(t, "main", 1, r)
	e.Kept = bytes.Replace(e.Kept, []byte(`"quick"`), []byte(`"other"`), 1)
	for name, e := range map[string]survey.Entry{"a form": e, "a kind": {ID: "x", Kind: "other", Stream: "main", N: 1, Kept: []byte("{}")}} {
		t.Run(name, func(t *testing.T) { refusesCheckpoint(t, again(p.s), e) })
	}
}

func refusesCheckpoint(t *testing.T, s *Service, e survey.Entry) {
	s.Consume([]survey.Entry{e})
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := s.WriteCheckpoint(path, checkpointKey); err == nil {
		t.Error("a checkpoint was written without an entry")
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// What was erased is in no checkpoint written afterwards, and leaves nothing behind in memory.
func TestErasedIsInNoCheckpoint(t *testing.T) {
	p := newProvince(t)
	r := p.response(desk1, "", "2026-08-03", survey.Answers{survey.Overall: survey.LevelAnswer(4), "gender": survey.TextAnswer("female")})
	r.Questionnaire = "full"
	at := p.take(r)
	erase, err := ledger.EncodeErasure(ledger.Erasure{Response: r.ID, Stream: at.Stream, N: at.N, Reason: "retention", At: p.now})
	if err != nil {
		t.Fatal(err)
	}
	if p.s.Erased() != 0 {
		t.Error("an erasure is counted before there is one")
	}
	p.s.Consume([]survey.Entry{{ID: "erasure/" + r.ID, Kind: survey.EntryErasure, Stream: "x", N: 1, Kept: erase}})
	if p.s.Erased() != 1 || len(p.s.judgements) != 0 {
		t.Errorf("%d erasures, %d judgements are kept", p.s.Erased(), len(p.s.judgements))
	}
	c, table, err := p.s.freeze()
	if err != nil {
		t.Fatal(err)
	}
	groups, err := table.Count(tally.Query{GroupBy: []tally.Dim{tally.ByDemographic1}})
	if err != nil || len(groups) != 1 || groups[0].Key[0] != 0 || len(c.Judgements) != 0 {
		t.Errorf("the checkpoint holds %+v, %d judgements, %v", groups, len(c.Judgements), err)
	}
}
