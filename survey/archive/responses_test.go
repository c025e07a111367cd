package archive

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
)

// everyKind has an item of every type; one of them is in another form, too.
var everyKind = &survey.Questionnaire{ID: "moi-loai", Version: 1, Items: []survey.Item{
	{ID: "gioi_thieu", Type: survey.ItemInfo},
	{ID: "overall", Type: survey.ItemRating},
	{ID: "choice", Type: survey.ItemSingle},
	{ID: "choices", Type: survey.ItemMultiple},
	{ID: "yes", Type: survey.ItemYesNo},
	{ID: "minutes", Type: survey.ItemNumber},
	{ID: "age", Type: survey.ItemSingle, Retention: survey.RetentionOpen},
	{ID: "comment", Type: survey.ItemText},
}}

// exported gives the rows of an export, each by its columns.
func exported(t *testing.T, x Responses) ([]map[string]string, Written) {
	t.Helper()
	var b bytes.Buffer
	done, err := x.Run(t.Context(), &b)
	must(t, err)
	cells, err := csv.NewReader(&b).ReadAll()
	must(t, err)
	if !slices.Equal(cells[0], x.columns()) {
		t.Errorf("the header is %q", cells[0])
	}
	var rows []map[string]string
	for _, line := range cells[1:] {
		row := map[string]string{}
		for i, name := range cells[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	if done.Rows != int64(len(rows)) {
		t.Errorf("%d rows were told of and %d written", done.Rows, len(rows))
	}
	return rows, done
}

func TestColumns(t *testing.T) {
	forms := []*survey.Questionnaire{everyKind, questionnaires.Find("quick", 1)}
	before := "id,agency,field,procedure,point,campaign,capture,delivery,language,questionnaire,version,answered_at,received_at,partial,flags,synthetic,"
	for _, c := range []struct {
		name string
		open bool
		want string
	}{
		{"closed", false, before + "overall,choice,choices,yes,minutes,reasons_unhappy,reasons_happy"},
		{"open", true, before + "overall,choice,choices,yes,minutes,age,comment,reasons_unhappy,reasons_happy"},
	} {
		if got := strings.Join(Responses{Forms: forms, Open: c.open}.columns(), ","); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestResponses(t *testing.T) {
	ctx := t.Context()
	store := newSQLite(t)
	must(t, store.Create(ctx, identity))
	p := open(t, store)
	procedure, campaign := "cap-giay", "=1+1"
	at := time.Date(2026, 9, 30, 16, 59, 59, 999e6, time.UTC) // 23:59 in Vietnam: still September
	add := func(n int, change func(*survey.Response)) {
		r := response(n)
		r.Questionnaire, r.At, r.ReceivedAt = everyKind.ID, at, at.Add(time.Minute)
		r.Answers = survey.Answers{}
		change(&r)
		kept, open, err := ledger.EncodeResponse(r, everyKind)
		must(t, err)
		_, err = p.led.Append(ctx, []ledger.Draft{{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open}})
		must(t, err)
	}
	add(1, func(r *survey.Response) {
		r.Procedure, r.Campaign, r.Partial, r.Flags = &procedure, &campaign, true, []survey.Flag{survey.FlagClock, survey.FlagFast}
		r.Answers = survey.Answers{"overall": survey.LevelAnswer(4), "choice": survey.TextAnswer("a"), "choices": survey.ListAnswer("b", "a"), "yes": survey.BoolAnswer(false),
			"minutes": survey.NumberAnswer(2.5), "age": survey.TextAnswer("18_30"), "comment": survey.TextAnswer("=HYPERLINK(\"http://x\")")}
	})
	add(2, func(r *survey.Response) {
		r.FieldID, r.Agency = "", "xa-1"
		r.Answers = survey.Answers{"overall": survey.TextAnswer("na"), "comment": survey.TextAnswer("hai\ndòng, \"một\" ô")}
	})
	add(3, func(r *survey.Response) {
		r.Questionnaire, r.At = "cu", at.Add(time.Hour)
		r.Answers = survey.Answers{"overall": survey.LevelAnswer(1), "comment": survey.TextAnswer("sẽ bị xoá")}
	})
	must(t, p.led.Flag(ctx, ledger.Flagging{Response: id(1), Flags: []survey.Flag{survey.FlagFast}, By: "lan", At: instant, Clear: true}))
	must(t, p.led.Flag(ctx, ledger.Flagging{Response: id(2), Flags: []survey.Flag{survey.FlagStalePage, survey.FlagFast}, By: "lan", At: instant}))
	p.announceErasure(3)

	common := func(row, more map[string]string) map[string]string {
		want := map[string]string{"agency": "tinh", "field": "dat-dai", "procedure": "", "point": "K7QX2M9A4T", "campaign": "", "capture": "qr", "delivery": "counter",
			"language": "vi", "questionnaire": "moi-loai", "version": "1", "answered_at": "2026-09-30 23:00", "received_at": "2026-10-01 00:00", "partial": "false",
			"flags": "", "synthetic": "true", "overall": "", "choice": "", "choices": "", "yes": "", "minutes": ""}
		maps.Copy(want, more)
		for name := range row {
			if _, ok := want[name]; !ok {
				want[name] = ""
			}
		}
		return want
	}
	first := map[string]string{"id": id(1), "procedure": "cap-giay", "campaign": "'=1+1", "partial": "true", "flags": "clock", "overall": "4", "choice": "a",
		"choices": "b;a", "yes": "false", "minutes": "2.5"}
	firstOpen := maps.Clone(first)
	maps.Copy(firstOpen, map[string]string{"age": "18_30", "comment": "'=HYPERLINK(\"http://x\")"})
	second := map[string]string{"id": id(2), "agency": "xa-1", "field": "", "flags": "stalePage;fast", "overall": "na"}
	secondOpen := maps.Clone(second)
	secondOpen["comment"] = "hai\ndòng, \"một\" ô"
	third := map[string]string{"id": id(3), "questionnaire": "cu", "answered_at": "2026-10-01 00:00", "received_at": "2026-10-01 00:00", "overall": "1"}
	for _, c := range []struct {
		name    string
		open    bool
		include func(*survey.Response) bool
		want    []map[string]string
		unknown int64
	}{
		{"closed", false, nil, []map[string]string{first, second, third}, 1},
		{"open", true, nil, []map[string]string{firstOpen, secondOpen, third}, 1},
		{"some", false, func(r *survey.Response) bool { return r.Agency == "xa-1" }, []map[string]string{second}, 0},
		{"none", true, func(*survey.Response) bool { return false }, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, done := exported(t, Responses{Store: store.Ledger(), Forms: []*survey.Questionnaire{everyKind}, Synthetic: true, Open: c.open, Include: c.include})
			if len(rows) != len(c.want) || done.Unknown != c.unknown || done.Unreadable != 0 {
				t.Fatalf("%d rows, %+v", len(rows), done)
			}
			for i, row := range rows {
				if want := common(row, c.want[i]); !maps.Equal(row, want) {
					t.Errorf("row %d\n got %q\nwant %q", i, row, want)
				}
			}
		})
	}
	t.Run("a real province says so", func(t *testing.T) {
		rows, _ := exported(t, Responses{Store: store.Ledger()})
		if rows[0]["synthetic"] != "false" {
			t.Errorf("synthetic is %q", rows[0]["synthetic"])
		}
	})
	t.Run("an entry that is no response", func(t *testing.T) {
		_, err := p.led.Append(ctx, []ledger.Draft{{ID: id(9), Kind: survey.EntryResponse, Kept: []byte("?")}})
		must(t, err)
		if rows, done := exported(t, Responses{Store: store.Ledger()}); len(rows) != 3 || done.Unreadable != 1 {
			t.Errorf("%d rows, %+v", len(rows), done)
		}
	})
}

func TestDefused(t *testing.T) {
	for text, want := range map[string]string{"": "", "tốt": "tốt", "5": "5", "a=b": "a=b", "=1": "'=1", "+84": "'+84", "-": "'-", "@x": "'@x",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n": "'\n", "＝1": "'＝1", "'=1": "'=1"} {
		if got := defused(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// manyResponses is a ledger of n responses that are made when they are read; after
// them every hundredth is flagged, and where erased is set the erasure of every one
// was decided and is not finished.
type manyResponses struct {
	survey.LedgerStore
	n      int64
	entry  survey.Entry
	erased bool
}

func (m manyResponses) last() int64 {
	if m.erased {
		return m.n + m.n/100 + m.n
	}
	return m.n + m.n/100
}

func (m manyResponses) Streams(context.Context) ([]survey.Stream, error) {
	return []survey.Stream{{ID: "many"}}, nil
}

func (m manyResponses) Last(context.Context, string) (survey.Entry, error) {
	return survey.Entry{N: m.last()}, nil
}

func (m manyResponses) Read(_ context.Context, _ string, after int64, limit int) (entries []survey.Entry, err error) {
	for n := after + 1; n <= m.last() && len(entries) < limit; n++ {
		e := m.entry
		e.ID, e.N = id(int(n)), n
		e.Kept, e.Open = bytes.Clone(e.Kept), bytes.Clone(e.Open)
		if n > m.n {
			e.Salt, e.Open = nil, nil
		}
		switch flagged := n - m.n; {
		case flagged > m.n/100:
			e.Kind = survey.EntryErasure
			e.Kept, err = ledger.EncodeErasure(ledger.Erasure{Response: id(int(flagged - m.n/100)), Stream: "many", N: flagged - m.n/100, At: instant})
		case flagged > 0:
			e.Kind = survey.EntryFlag
			e.Kept, err = ledger.EncodeFlagging(ledger.Flagging{Stream: "many", N: flagged * 100, Flags: []survey.Flag{survey.FlagFast}, At: instant})
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (m manyResponses) Find(_ context.Context, ids []string) (found []survey.Entry, err error) {
	for _, id := range ids {
		if m.erased && strings.HasPrefix(id, "erasure/") {
			found = append(found, survey.Entry{ID: id, Kind: survey.EntryErasure})
		}
	}
	return found, nil
}

// What an export holds in memory does not grow with the responses, nor with their erasures.
func TestResponsesInLittleMemory(t *testing.T) {
	d := draft(t, response(1))
	const n = 100_000
	live := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	for _, c := range []struct {
		name         string
		open, erased bool
		comments     int
	}{
		{"open", true, false, n},
		{"open, all erased", true, true, 0},
		{"closed, all erased", false, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			idle, peak, next := live(), 0.0, 0
			x := Responses{Store: manyResponses{n: n, erased: c.erased, entry: survey.Entry{Stream: "many", Kind: survey.EntryResponse, Kept: d.Kept, Open: d.Open, Salt: make([]byte, 16)}},
				Forms: questionnaires.All(), Open: c.open, Progress: func(done, _ int) {
					if done >= next { // ten times
						peak, next = max(peak, live()), done+n/10
					}
				}}
			flagged, commented := &counting{word: []byte("fast")}, &counting{word: []byte("Số 1")}
			done, err := x.Run(t.Context(), io.MultiWriter(flagged, commented))
			must(t, err)
			if done.Rows != n || flagged.n != n/100 || commented.n != c.comments {
				t.Errorf("%+v, %d of them flagged, %d with a comment", done, flagged.n, commented.n)
			}
			if above := peak - idle; above > 4 { // a judgement on every one would take 8
				t.Errorf("the heap took %.1f MiB above idle", above)
			} else {
				t.Logf("the heap took %.1f MiB above idle", above)
			}
		})
	}
}

// counting counts a word in what is written line by line.
type counting struct {
	word, rest []byte
	n          int
}

func (c *counting) Write(p []byte) (int, error) {
	text := append(c.rest, p...)
	end := bytes.LastIndexByte(text, '\n') + 1
	c.n += bytes.Count(text[:end], c.word)
	c.rest = bytes.Clone(text[end:])
	return len(p), nil
}

func BenchmarkResponses(b *testing.B) {
	d := draft(b, response(1))
	x := Responses{Store: manyResponses{n: 100_000, entry: survey.Entry{Stream: "many", Kind: survey.EntryResponse, Kept: d.Kept, Open: d.Open}}, Forms: questionnaires.All()}
	for b.Loop() {
		if _, err := x.Run(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "responses/s")
}
