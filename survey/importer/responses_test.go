package importer_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/intake"
)

func TestResponsesThatAreRejected(t *testing.T) {
	p := newProvince(t)
	id := uuid.NewString()
	if got := said(p.run(t, job(importer.KindResponses, "id,point,answered_at,overall", id+","+onePoint+",2026-09-30,4"))); got != "1 +1 ~0 =0 -0" {
		t.Fatal(got)
	}
	for name, test := range map[string]struct{ header, row, want string }{
		"nothing":                    {"point,answered_at,overall", ",,5", "point: required; answered_at: required"},
		"an unknown point":           {"point,answered_at,overall", unknownPoint + ",2026-09-30,6", "point: unknown"},
		"a point's typing error":     {"point,answered_at,overall", "K7QX2-M9A4S,2026-09-30,5", "point: pointCode.check"},
		"more than one thing":        {"id,point,answered_at,overall,comment", "7," + onePoint + ",2026-09-31,6,x", "answered_at: import.time; id: format; overall: level"},
		"no day":                     {"point,answered_at,overall", onePoint + ",hôm qua,5", "answered_at: import.time"},
		"an impossible day":          {"point,answered_at,overall", onePoint + ",31/9/2026 10:00,5", "answered_at: import.time"},
		"an impossible time":         {"point,answered_at,overall", onePoint + ",30/9/2026 25:00,5", "answered_at: import.time"},
		"a day to come":              {"point,answered_at,overall", onePoint + ",2026-11-24,5", "answered_at: inTheFuture"},
		"long ago":                   {"point,answered_at,overall", onePoint + ",31/12/2019,5", "answered_at: tooEarly"},
		"before the agency":          {"point,answered_at,overall", onePoint + ",30/06/2025 23:59:59,5", "point: agency.closed"},
		"an id that is none":         {"id,point,answered_at,overall", "7," + onePoint + ",2026-09-30,5", "id: format"},
		"another content of an id":   {"id,point,answered_at,overall", id + "," + onePoint + ",2026-09-30,5", "id: response.conflict"},
		"no rating":                  {"point,answered_at,overall", onePoint + ",2026-09-30,", "overall: required"},
		"words for levels":           {"point,answered_at,overall,comment", onePoint + ",2026-09-30,tốt,x", "overall: level"},
		"a level between":            {"point,answered_at,overall", onePoint + `,2026-09-30,"4,5"`, "overall: level"},
		"na where it is not offered": {"point,answered_at,overall", onePoint + ",2026-09-30,NA", "overall: naNotOffered"},
		"an item of another form":    {"point,answered_at,overall,tc1", onePoint + ",2026-09-30,5,4", "tc1: unknownItem"},
		"an unknown option":          {"point,answered_at,overall,reasons_unhappy", onePoint + ",2026-09-30,2,late|rude", "reasons_unhappy: unknownOption"},
		"a repeated option":          {"point,answered_at,overall,reasons_unhappy", onePoint + ",2026-09-30,2,late|late", "reasons_unhappy: repeatedOption"},
		"a reason not asked for":     {"point,answered_at,overall,reasons_unhappy", onePoint + ",2026-09-30,5,late", "reasons_unhappy: notShown"},
		"a comment too long":         {"point,answered_at,overall,comment", onePoint + ",2026-09-30,5," + strings.Repeat("ă", 2001), "comment: tooLong"},
		"words around it": {"point,answered_at,overall,field,procedure,language,capture,questionnaire,version", onePoint + ",2026-09-30,5,ho-tich,x,fr,kiosk,quick,9",
			"language: unknown; capture: notAllowed; field: notOfPoint; version: unknown"},
		"a version that is no number":  {"point,answered_at,overall,version", onePoint + ",2026-09-30,5,một", "version: import.number"},
		"a version that no node knows": {"point,answered_at,overall,version", onePoint + ",2026-09-30,5,9", "version: unknown"},
		"an unknown form":              {"point,answered_at,overall,questionnaire", onePoint + ",2026-09-30,5,phieu", "questionnaire: unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			before := p.counts(t)
			report := p.run(t, job(importer.KindResponses, test.header, test.row))
			var got []string
			for _, problem := range report.Problems {
				got = append(got, problem.Column+": "+problem.Reason)
			}
			if strings.Join(got, "; ") != test.want || report.Rejected != 1 {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), test.want)
			}
			if after := p.counts(t); after != before {
				t.Errorf("a rejected row wrote: %s, was %s", after, before)
			}
		})
	}
}

func TestResponses(t *testing.T) {
	p := newProvince(t)
	id := uuid.NewString()
	lines := []string{"ID;number;Point;field;procedure;answered_at;language;capture;questionnaire;version;overall;reasons_unhappy;comment;tc1;gender",
		strings.ToUpper(id) + ";;k7qx2-m9a4t;;;30/09/2026 14:30;;;;;2;late | attitude;\"Chờ lâu\r\nquá\";;",
		";;" + severalPoint + ";ho-tich;;2026-09-30T14:30:05+07:00;en;PAPER;full;1;4;;;na;",
		";;" + otherPoint + ";;;30/09/2026;;;;;5;;;;",
		";;" + otherPoint + ";;;2026-09-30;;import;;;5;;;;",
		";7;" + otherPoint + ";;;30/09/2026;;;;;5;;;;",
		id + ";;" + otherPoint + ";;;30/09/2026;;;;;5;;;;",
	}
	if got := said(p.run(t, job(importer.KindResponses, lines...))); got != "6 +5 ~0 =0 -1; 8 id: import.repeatedRow 2" {
		t.Fatal(got) // the comment takes two lines
	}
	if got := said(p.run(t, job(importer.KindResponses, lines[:6]...))); got != "5 +0 ~0 =5 -0" {
		t.Errorf("again: %s", got)
	}
	all := p.responses(t)
	if len(all) != 5 {
		t.Fatalf("%d responses", len(all))
	}
	first, second, third := all[0], all[1], all[2]
	comment, _ := first.Answers["comment"].Text()
	reasons, _ := first.Answers["reasons_unhappy"].List()
	if first.ID != id || first.Capture != survey.CaptureImport || first.Language != survey.Vietnamese || first.FieldID != "dat-dai" ||
		comment != "Chờ lâu\nquá" || !slices.Equal(reasons, []string{"late", "attitude"}) || first.Questionnaire != "quick" || first.Version != 1 ||
		!first.At.Equal(time.Date(2026, 9, 30, 7, 30, 0, 0, time.UTC)) {
		t.Errorf("got %+v", first)
	}
	if second.Capture != survey.CapturePaper || second.Language != survey.English || second.FieldID != "ho-tich" || second.Questionnaire != "full" ||
		!second.Answers["tc1"].IsNA() || !second.At.Equal(time.Date(2026, 9, 30, 7, 30, 5, 0, time.UTC)) {
		t.Errorf("got %+v", second)
	}
	if want := time.Date(2026, 9, 29, 17, 0, 0, 0, time.UTC); !third.At.Equal(want) || !third.ReceivedAt.Equal(now()) {
		t.Errorf("answered %s, want %s", third.At, want)
	}
	for _, r := range all {
		if len(r.Flags) != 0 {
			t.Errorf("flags %v: nobody's clock is in doubt", r.Flags)
		}
	}
}

func TestNewRefusesAShortKey(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("accepted")
		}
	}()
	importer.New(importer.Options{Key: pageKey[:15]})
}

// Who has no key cannot tell by its id what an erased response said.
func TestDerivedIDsTellNothingWithoutTheKey(t *testing.T) {
	p := newProvince(t)
	j := job(importer.KindResponses, "point,answered_at,overall,comment", onePoint+",2026-09-30,5,Tốt")
	ids := map[string]string{}
	for _, key := range []string{"0123456789abcdef", "0123456789abcdeg"} {
		stub := &stub{answer: func(_ int, items []survey.Submission) ([]intake.Result, error) {
			ids[key] = items[0].ID
			return outcomes(survey.OutcomeStored, 1), nil
		}}
		if _, err := importer.New(importer.Options{Key: []byte(key), Registry: p.registry, Intake: stub, Now: now}).Run(t.Context(), admin, j); err != nil {
			t.Fatal(err)
		}
		id, err := uuid.Parse(ids[key])
		if err != nil || id.Version() != 8 || id.Variant() != uuid.RFC4122 {
			t.Errorf("%s, %v", ids[key], err)
		}
	}
	if ids["0123456789abcdef"] == ids["0123456789abcdeg"] {
		t.Error("the key makes no difference")
	}
}

// Derived ids are those of content and occurrence under the key, whatever the file looks like,
// and they can never change: an import repeated in years must find its responses.
func TestDerivedIDs(t *testing.T) {
	p := newProvince(t)
	content := [][]any{{"comment", "overall", "answered_at", "point"},
		{"Tốt", 5, "30/09/2026 14:30", onePoint}, {nil, 5, "30/09/2026", onePoint}, {nil, 5, "30/09/2026", onePoint}}
	if got := said(p.run(t, bytesJob(importer.KindResponses, book(t, nil, content...)))); got != "3 +3 ~0 =0 -0" {
		t.Fatal(got)
	}
	want := []string{"512d470e-6f8c-887c-8f72-19cf5cf9daff", "8381365f-a03d-8a56-ae84-2f6e76d419b7", "c5e85c5c-2dea-8cd2-a9b1-3fa3e708b305"}
	for i, r := range p.responses(t) {
		if r.ID != want[i] {
			t.Errorf("response %d has the id %s, want %s", i, r.ID, want[i])
		}
	}
	same := job(importer.KindResponses, "point;capture;answered_at;overall;language;comment",
		"K7QX2-M9A4T;import;2026-09-30;5;vi;", onePoint+";;2026-09-30 00:00;5,0;;", onePoint+";;2026-09-30T07:30:00Z;5;VI; Tốt")
	if got := said(p.run(t, same)); got != "3 +0 ~0 =3 -0" {
		t.Errorf("the same content in another file: %s", got)
	}
	more := job(importer.KindResponses, "point,answered_at,overall", onePoint+",2026-09-30,5", onePoint+",2026-09-30,5", onePoint+",2026-09-30,5")
	if got := said(p.run(t, more)); got != "3 +1 ~0 =2 -0" {
		t.Errorf("one more of the same: %s", got)
	}
}

func TestResponsesComeInBatches(t *testing.T) {
	p := newProvince(t)
	lines := []string{"point,answered_at,overall"}
	for i := range 1203 {
		level := i%5 + 1
		if i%100 == 99 {
			level = 6
		}
		lines = append(lines, fmt.Sprintf("%s,2026-09-%02d,%d", onePoint, i%30+1, level))
	}
	if report := p.run(t, job(importer.KindResponses, lines...)); report.Created != 1191 || report.Rejected != 12 || report.Problems[11].Line != 1201 {
		t.Errorf("got %s", said(report))
	}
	if n := len(p.responses(t)); n != 1191 {
		t.Errorf("%d responses stored", n)
	}
}

// stub is an intake that answers as told.
type stub struct {
	answer func(call int, items []survey.Submission) ([]intake.Result, error)
	calls  int
	most   int
}

func (s *stub) Submit(_ context.Context, _ intake.Credential, items []survey.Submission) ([]intake.Result, error) {
	s.calls++
	s.most = max(s.most, len(items))
	return s.answer(s.calls, items)
}

func (s *stub) Check(context.Context, intake.Credential, []survey.Submission) ([]intake.Result, error) {
	panic("not a dry run")
}

func outcomes(outcome survey.Outcome, n int) []intake.Result {
	results := make([]intake.Result, n)
	for i := range results {
		results[i].Outcome = outcome
	}
	return results
}

func TestIntakeThatIsNotReady(t *testing.T) {
	p := newProvince(t)
	unavailable := &survey.Error{Code: survey.CodeUnavailable, Message: "down"}
	for _, test := range []struct {
		name   string
		answer func(call int, items []survey.Submission) ([]intake.Result, error)
		want   string
		code   survey.Code
		calls  int
	}{
		{"down for a while", func(call int, items []survey.Submission) ([]intake.Result, error) {
			if call < 4 {
				return nil, unavailable
			}
			return outcomes(survey.OutcomeStored, len(items)), nil
		}, "3 +3 ~0 =0 -0", "", 4},
		{"down", func(int, []survey.Submission) ([]intake.Result, error) { return nil, unavailable }, "0 +0 ~0 =0 -0", survey.CodeUnavailable, 6},
		{"some to be sent again", func(call int, items []survey.Submission) ([]intake.Result, error) {
			if call == 1 {
				return append(outcomes(survey.OutcomeRetry, 2), outcomes(survey.OutcomeDuplicate, 1)...), nil
			}
			return outcomes(survey.OutcomeStored, len(items)), nil
		}, "3 +2 ~0 =1 -0", "", 2},
		{"some never stored", func(call int, items []survey.Submission) ([]intake.Result, error) {
			if call == 1 {
				return append(outcomes(survey.OutcomeRetry, 1), outcomes(survey.OutcomeStored, 2)...), nil
			}
			return nil, unavailable
		}, "2 +2 ~0 =0 -0", survey.CodeUnavailable, 6},
		{"a fault", func(int, []survey.Submission) ([]intake.Result, error) {
			return nil, &survey.Error{Code: survey.CodeInternal}
		}, "0 +0 ~0 =0 -0", survey.CodeInternal, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stub{answer: test.answer}
				im := importer.New(importer.Options{Key: pageKey, Registry: p.registry, Intake: s, Now: now})
				report, err := im.Run(t.Context(), admin, job(importer.KindResponses, "point,answered_at,overall", onePoint+",2026-09-30,3", onePoint+",2026-09-30,4", onePoint+",2026-09-30,5"))
				if said(report) != test.want || survey.CodeOf(err) != test.code || s.calls != test.calls {
					t.Errorf("%s, %v after %d calls", said(report), err, s.calls)
				}
			})
		})
	}
	t.Run("called off", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &stub{answer: func(_ int, items []survey.Submission) ([]intake.Result, error) {
			cancel()
			return outcomes(survey.OutcomeStored, len(items)), nil
		}}
		lines := append([]string{"point,answered_at,overall"}, slices.Repeat([]string{onePoint + ",2026-09-30,3"}, 1600)...)
		report, err := importer.New(importer.Options{Key: pageKey, Registry: p.registry, Intake: s, Now: now}).Run(ctx, admin, job(importer.KindResponses, lines...))
		if said(report) != "500 +500 ~0 =0 -0" || !survey.IsCode(err, survey.CodeUnavailable) {
			t.Errorf("%s, %v", said(report), err)
		}
		if _, err := p.Run(ctx, admin, job(importer.KindFields, "id,name_vi", "a,b")); !survey.IsCode(err, survey.CodeUnavailable) {
			t.Errorf("called off before it began: %v", err)
		}
	})
}

// hundredThousand is a file of as many responses.
func hundredThousand() importer.Job {
	var b bytes.Buffer
	b.WriteString("point;answered_at;capture;overall;reasons_unhappy;comment\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, "%s;2026-%02d-%02d %02d:%02d;paper;%d;late;\"Chờ lâu quá, số %d\"\n", onePoint, i%10+1, i%28+1, i%10+8, i%60, i%3+1, i)
	}
	return bytesJob(importer.KindResponses, b.Bytes())
}

// peak is the largest heap seen at every thousandth row, in MiB.
func peak(j *importer.Job) *float64 {
	most := new(float64)
	j.Progress = func(lines, _ int) {
		if lines%1000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			*most = max(*most, float64(m.HeapInuse)/(1<<20))
		}
	}
	return most
}

func TestAHundredThousandResponsesInLittleMemory(t *testing.T) {
	p := newProvince(t)
	s := &stub{answer: func(_ int, items []survey.Submission) ([]intake.Result, error) {
		return outcomes(survey.OutcomeStored, len(items)), nil
	}}
	j := hundredThousand()
	most := peak(&j)
	report, err := importer.New(importer.Options{Key: pageKey, Registry: p.registry, Intake: s, Now: now}).Run(t.Context(), admin, j)
	if err != nil || report.Created != 100_000 || s.most > intake.MaxBatch {
		t.Fatalf("%s, batches of up to %d, %v", said(report), s.most, err)
	}
	// The whole process may take 200 MB: ledger, store and the program itself need their part.
	if *most > 100 {
		t.Errorf("the heap took %.0f MiB", *most)
	}
}

func BenchmarkResponses(b *testing.B) {
	for b.Loop() {
		p := newProvince(b)
		j := hundredThousand()
		most := peak(&j)
		report, err := p.Run(b.Context(), admin, j)
		if err != nil || report.Created != 100_000 {
			b.Fatal(said(report), err)
		}
		b.ReportMetric(*most, "MiB-heap")
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "responses/s")
}
