package ledger

import (
	"bytes"
	"crypto/ed25519"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"sipas/survey"
)

var update = flag.Bool("update", false, "write the golden files anew")

var form = &survey.Questionnaire{ID: "full", Version: 2, Items: []survey.Item{
	{ID: "overall", Type: survey.ItemRating, Required: true},
	{ID: "tc1", Type: survey.ItemRating, NA: true},
	{ID: "reasons_unhappy", Type: survey.ItemMultiple},
	{ID: "visits", Type: survey.ItemNumber},
	{ID: "online", Type: survey.ItemYesNo},
	{ID: "gender", Type: survey.ItemSingle, Retention: survey.RetentionOpen},
	{ID: "comment", Type: survey.ItemText},
}}

var (
	answeredAt = time.Date(2026, 11, 23, 14, 33, 46, 123_987_654, time.FixedZone("", 7*3600))
	startedAt  = time.Date(2026, 11, 23, 7, 33, 20, 0, time.UTC)
	receivedAt = time.Date(2026, 11, 23, 7, 33, 47, 5e6, time.UTC)
)

func pointer[T any](v T) *T { return &v }

// responses are one of every shape; each bears the name of its case as id.
func responses() []survey.Response {
	least := survey.Response{Submission: survey.Submission{ID: "least", Point: "K7QX2M9A4T", Questionnaire: "full", Version: 2,
		Language: survey.Vietnamese, Capture: survey.CaptureQR, Answers: survey.Answers{"overall": survey.LevelAnswer(4)}},
		Agency: "xa-dong-khe", Delivery: survey.DeliveryCounter, At: receivedAt, ReceivedAt: receivedAt}
	all := least
	all.Submission = survey.Submission{ID: "all", Point: "K7QX2M9A4T", Questionnaire: "full", Version: 2, Language: survey.English,
		Capture: survey.CaptureKiosk, Field: pointer("dat-dai"), Procedure: pointer("cap-giay"), Campaign: pointer("q4"),
		StartedAt: &startedAt, AnsweredAt: &answeredAt, ClockOffset: pointer(int64(-1500)), Partial: true, Answers: survey.Answers{
			"overall": survey.LevelAnswer(2), "tc1": survey.TextAnswer(survey.NA), "reasons_unhappy": survey.ListAnswer("late", "attitude"),
			"visits": survey.NumberAnswer(2.5), "online": survey.BoolAnswer(false), "gender": survey.TextAnswer("female"),
			"comment": survey.TextAnswer("Chờ \"lâu\" quá,\n<b>đề nghị</b> 😀 \u2028")}}
	all.FieldID, all.Delivery, all.At = "dat-dai", survey.DeliveryOnline, answeredAt
	all.Flags = []survey.Flag{survey.FlagClock, survey.FlagFast}
	open := least
	open.ID = "open"
	open.Answers = survey.Answers{"comment": survey.TextAnswer("tốt")}
	empty := least
	empty.ID = "empty"
	empty.Answers = survey.Answers{"reasons_unhappy": survey.ListAnswer()}
	empty.Partial = true
	return []survey.Response{least, all, open, empty}
}

func encoded(t testing.TB, r survey.Response) Draft {
	t.Helper()
	kept, open, err := EncodeResponse(r, form)
	if err != nil {
		t.Fatal(err)
	}
	return Draft{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open}
}

// TestCanonicalBytes fixes for ever what is hashed: a stored ledger must verify
// with every later version.
func TestCanonicalBytes(t *testing.T) {
	var drafts []Draft
	for _, r := range responses() {
		drafts = append(drafts, encoded(t, r))
	}
	flagging, err := EncodeFlagging(Flagging{Response: "least", Stream: "abc", N: 1, Flags: []survey.Flag{survey.FlagFast}, By: "admin", At: receivedAt})
	if err != nil {
		t.Fatal(err)
	}
	erasure, err := EncodeErasure(Erasure{Response: "all", Stream: "abc", N: 2, Reason: "yêu cầu", At: receivedAt})
	if err != nil {
		t.Fatal(err)
	}
	judged, err := EncodeFlagging(Flagging{Response: "all", Stream: "abc", N: 2, Flags: []survey.Flag{survey.FlagBurst, survey.FlagRun}, By: "system",
		At: receivedAt, Signal: "burst", Score: pointer(12.5)})
	if err != nil {
		t.Fatal(err)
	}
	reviewed, err := EncodeFlagging(Flagging{Response: "all", Stream: "abc", N: 2, Flags: []survey.Flag{survey.FlagBurst}, By: "lan",
		At: receivedAt, Clear: true, Reason: "Đoàn khách", Signal: "burst", Score: pointer(12.5)})
	if err != nil {
		t.Fatal(err)
	}
	drafts = append(drafts, Draft{ID: flaggingID("least", flagging), Kind: survey.EntryFlag, Kept: flagging},
		Draft{ID: erasureID("all"), Kind: survey.EntryErasure, Kept: erasure},
		Draft{ID: flaggingID("all", judged), Kind: survey.EntryFlag, Kept: judged},
		Draft{ID: flaggingID("all", reviewed), Kind: survey.EntryFlag, Kept: reviewed})

	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	var b bytes.Buffer
	h := start()
	for i, d := range drafts {
		e := survey.Entry{ID: d.ID, Kind: d.Kind, Stream: "abc", N: h.n + 1, Prev: h.hash, Kept: d.Kept, Salt: bytes.Repeat([]byte{byte(i)}, saltSize), Open: d.Open}
		e.OpenHash = OpenHash(e.Salt, e.Open)
		e.Hash = EntryHash(e)
		if flaw := h.flaw(e); flaw != "" {
			t.Errorf("entry %s does not follow: %s", e.ID, flaw)
		}
		h = head{e.N, e.Hash}
		fmt.Fprintf(&b, "id        %s\nkind      %s\nkept      %s\nopen      %s\nopenHash  %x\nhash      %x\nsignature %x\n\n",
			e.ID, e.Kind, e.Kept, e.Open, e.OpenHash, e.Hash, ed25519.Sign(key, e.Hash))
	}
	golden(t, "canonical.golden", b.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the canonical bytes have changed; stored ledgers would not verify any more:\n%s", got)
	}
}

func TestEncodeResponseRefuses(t *testing.T) {
	unknown, empty, far := responses()[0], responses()[0], responses()[0]
	unknown.Answers = survey.Answers{"other": survey.LevelAnswer(1)}
	empty.Answers = survey.Answers{"comment": {}}
	far.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, r := range map[string]survey.Response{"unknown item": unknown, "empty answer": empty, "far year": far} {
		if _, _, err := EncodeResponse(r, form); !survey.IsCode(err, survey.CodeInternal) {
			t.Errorf("%s: error %v, want internal", name, err)
		}
	}
}

func TestDecodeResponse(t *testing.T) {
	for _, r := range responses() {
		d := encoded(t, r)
		got, err := DecodeResponse(survey.Entry{ID: d.ID, Kind: d.Kind, Kept: d.Kept, Open: d.Open})
		if err != nil {
			t.Fatal(err)
		}
		want := r
		want.At = r.At.UTC().Truncate(time.Millisecond)
		if r.AnsweredAt != nil {
			want.AnsweredAt = pointer(r.AnsweredAt.UTC().Truncate(time.Millisecond))
		}
		want.Flags = append([]survey.Flag{}, r.Flags...)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", r.ID, got, want)
		}
		if _, ok := scanResponse(d.Kept, d.Open); !ok {
			t.Errorf("%s: the canonical bytes are not read the quick way", r.ID)
		}
		// Encoding it again gives the same bytes.
		if again := encoded(t, got); !bytes.Equal(again.Kept, d.Kept) || !bytes.Equal(again.Open, d.Open) {
			t.Errorf("%s: encoded again\n got %s %s\nwant %s %s", r.ID, again.Kept, again.Open, d.Kept, d.Open)
		}
	}
	all := encoded(t, responses()[1])
	erased, err := DecodeResponse(survey.Entry{ID: all.ID, Kind: all.Kind, Kept: all.Kept})
	if err != nil {
		t.Fatal(err)
	}
	if ids := erased.Answers.IDs(); !reflect.DeepEqual(ids, []string{"online", "overall", "reasons_unhappy", "tc1", "visits"}) {
		t.Errorf("an erased response has answers to %q", ids)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, e := range []survey.Entry{
		{Kind: survey.EntryFlag, Kept: []byte(`{}`)},
		{Kind: survey.EntryResponse},
		{Kind: survey.EntryResponse, Kept: []byte(`{"at":"yesterday"}`)},
		{Kind: survey.EntryResponse, Kept: []byte(`{"sent":{"answers":{"overall":null}}}`)},
		{Kind: survey.EntryResponse, Kept: []byte(`{}`), Open: []byte(`{"answers":[]}`)},
	} {
		if _, err := DecodeResponse(e); !survey.IsCode(err, survey.CodeInternal) {
			t.Errorf("%s %s %s: error %v, want internal", e.Kind, e.Kept, e.Open, err)
		}
	}
	if _, err := DecodeFlagging(survey.Entry{Kind: survey.EntryErasure, Kept: []byte(`{}`)}); !survey.IsCode(err, survey.CodeInternal) {
		t.Errorf("an erasure read as a flagging: %v", err)
	}
	if _, err := DecodeErasure(survey.Entry{Kind: survey.EntryErasure, Kept: []byte(`[`)}); !survey.IsCode(err, survey.CodeInternal) {
		t.Errorf("a broken erasure: %v", err)
	}
}

func FuzzDecodeResponse(f *testing.F) {
	for _, r := range responses() {
		kept, open, err := EncodeResponse(r, form)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kept, open)
	}
	f.Fuzz(func(t *testing.T, kept, open []byte) {
		e := survey.Entry{Kind: survey.EntryResponse, Kept: kept, Open: open}
		want, err := decodeResponse(e)
		if err != nil && !survey.IsCode(err, survey.CodeInternal) {
			t.Fatal(err)
		}
		// The quick way takes nothing that the thorough one refuses or reads otherwise.
		if got, ok := scanResponse(kept, open); ok && (err != nil || !reflect.DeepEqual(got, want)) {
			t.Fatalf("scanned %+v\ndecoded %+v, %v", got, want, err)
		}
		SameContent(survey.Entry{Kind: survey.EntryResponse, Kept: kept}, Draft{Kind: survey.EntryResponse, Kept: open})
	})
}

func BenchmarkDecodeResponse(b *testing.B) {
	d := encoded(b, responses()[1])
	e := survey.Entry{ID: d.ID, Kind: d.Kind, Kept: d.Kept, Open: d.Open}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeResponse(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeResponse(b *testing.B) {
	r := responses()[1]
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := EncodeResponse(r, form); err != nil {
			b.Fatal(err)
		}
	}
}
