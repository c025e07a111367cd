package results

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
)

func (p *province) words(text string) Words {
	p.t.Helper()
	w, err := wordsOf(p.s, text)
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, w.Methods)
	return w
}

func wordsOf(s *Service, text string, grants ...survey.Grant) (Words, error) {
	q, err := ParseWordsQuery(values(text), s.Today())
	if err != nil {
		return Words{}, err
	}
	return s.Words(context.Background(), someone(grants), q)
}

func (p *province) comments(text string) Comments {
	p.t.Helper()
	c, err := commentsOf(p.s, text)
	if err != nil {
		p.t.Fatal(err)
	}
	explained(p.t, c.Methods)
	return c
}

func commentsOf(s *Service, text string, grants ...survey.Grant) (Comments, error) {
	q, err := ParseCommentsQuery(values(text), s.Today())
	if err != nil {
		return Comments{}, err
	}
	q.Page, q.Size = 1, 1000
	return s.Comments(context.Background(), someone(grants), q)
}

func someone(grants []survey.Grant) survey.Actor {
	if grants == nil {
		return survey.System
	}
	return survey.Actor{User: "u", Grants: grants}
}

// values reads "period=2026-Q3 term=chờ_lâu", where _ is a blank.
func values(text string) func(string) string {
	all := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		k, v, _ := strings.Cut(pair, "=")
		all[k] = strings.ReplaceAll(v, "_", " ")
	}
	return func(k string) string { return all[k] }
}

// say takes ratings of a level with these comments.
func (p *province) say(point, field, day string, level int, comments ...string) (at []ledger.Position) {
	for _, text := range comments {
		answers := survey.Answers{survey.Overall: survey.LevelAnswer(level)}
		if text != "" {
			answers[commentItem] = survey.TextAnswer(text)
		}
		at = append(at, p.take(p.response(point, field, day, answers)))
	}
	return at
}

func repeated(n int, text string) []string { return slices.Repeat([]string{text}, n) }

// brief writes "term 6/0, …".
func brief(terms []Term) string {
	var all []string
	for _, t := range terms {
		others := "-"
		if t.Others != nil {
			others = fmt.Sprint(*t.Others)
		}
		all = append(all, fmt.Sprintf("%s %d/%s", t.Term, t.Comments, others))
	}
	return strings.Join(all, ", ")
}

func (c Comments) texts() (all []string) {
	for _, item := range c.Items {
		all = append(all, item.Text)
	}
	slices.Sort(all)
	return all
}

// Terms count responses, in every spelling, and only those of enough of them.
func TestWords(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, "Chờ lâu, chờ lâu quá", "cho lau", "CHỜ LÂU", "Phải chờ lâu", "chờ lâu 3 tiếng", "toi phai cho lau")
	p.say(deskA, "dat-dai", "2026-08-03", 3, repeated(4, "Bãi gửi xe chật")...)
	p.say(deskA, "dat-dai", "2026-08-04", 1, repeated(10, "Cán bộ không hướng dẫn. 0912345678")...)
	p.say(deskA, "dat-dai", "2026-08-04", 5, repeated(30, "Cán bộ nhiệt tình, hướng dẫn rõ ràng")...)
	p.say(deskA, "dat-dai", "2026-08-04", 4, repeated(10, "")...)
	w := p.words("agency=so-a")
	if got, want := brief(w.First.Distinctive), "không hướng dẫn 10/0, chờ lâu 6/0"; got != want {
		t.Errorf("the dissatisfied: %q, want %q", got, want)
	}
	if got, want := brief(w.Second.Distinctive), "cán bộ 30/10, cán bộ nhiệt tình 30/0, hướng dẫn rõ ràng 30/0"; got != want {
		t.Errorf("the satisfied: %q, want %q", got, want)
	}
	if *w.First.Comments != 20 || *w.First.Of != 20 || *w.Second.Comments != 30 || w.First.Withheld != nil || w.Agency.ID != "so-a" {
		t.Errorf("groups %+v, %+v", w.First, w.Second)
	}
	// α = 0.6, α₀ = 5: ln(6.6/18.4) − ln(0.6/34.4), 1/6.6 + 1/0.6.
	late := w.First.Distinctive[1]
	delta := math.Log(6.6/18.4) - math.Log(0.6/34.4)
	if math.Abs(*late.LogOdds-delta) > 1e-12 || math.Abs(*late.Z-delta/math.Sqrt(1/6.6+1/0.6)) > 1e-12 || *late.Share != 30 || *late.OthersShare != 0 {
		t.Errorf("%+v", late)
	}
	if text, _ := json.Marshal(w); strings.Contains(string(text), "bãi gửi xe") || strings.Contains(string(text), "0912345678") {
		t.Error("a term of four responses, or a number, is shown")
	}
	if want := "Nhóm “Người chưa hài lòng (mức 1–3)” nhắc nhiều hơn đến “không hướng dẫn” (50,00\u00a0% góp ý, nhóm kia 0,00\u00a0%)"; !strings.Contains(w.Summary["vi"], want) {
		t.Errorf("it says %q", w.Summary["vi"])
	}
	for l, text := range w.Summary {
		if !strings.HasSuffix(text, selfSelection[l]) {
			t.Errorf("%s: no word of self-selection: %q", l, text)
		}
	}
}

// Where the list of comments holds others than are counted, the summary says why.
func TestWordsSayWhichCommentsAreNotListed(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, repeated(12, "Chờ lâu")...)
	p.say(deskA, "ho-tich", "2026-08-03", 5, repeated(12, "Nhanh")...)
	p.say(onlineB, "ho-tich", "2026-08-03", 5, repeated(12, "Nhanh")...)
	for query, want := range map[string]struct{ smallField, noLevel bool }{
		"":                             {true, true},
		"field=dat-dai":                {false, true},
		"contrast=agency agency=so-a":  {true, false},
		"contrast=field field=dat-dai": {false, false},
		"period=2025-Q1":               {false, false}, // nothing is said of no comments
	} {
		summary := p.words(query).Summary
		for l, words := range map[survey.Language][2]string{survey.Vietnamese: {"không có trong danh sách góp ý", "không thuộc nhóm nào"},
			survey.English: {"are not in the list of comments", "are in neither group"}} {
			if strings.Contains(summary[l], words[0]) != want.smallField || strings.Contains(summary[l], words[1]) != want.noLevel {
				t.Errorf("%q: %s", query, summary[l])
			}
		}
	}
}

// On the demo, what its citizens are made to say is found, and nothing where they say the same.
func TestWordsOfTheDemo(t *testing.T) {
	_, s := openDemo(t, demo.Options{Seed: 3, Size: 80_000, Until: "2026-10-01"})
	for _, c := range []struct {
		query         string
		first, second []string // among the distinctive terms
		same          bool
	}{
		{"period=2026", []string{"chờ lâu", "trễ hẹn", "mạng lỗi"}, []string{"đơn giản", "sạch sẽ", "nhiệt tình"}, false},
		{"period=2026 contrast=field field=dat-dai", []string{"trễ hẹn"}, nil, false},
		{"period=2026 contrast=field field=dat-dai against=ho-tich", nil, nil, false},
		{"period=2026-Q3 contrast=period", nil, nil, true},
		{"period=2026-Q3 contrast=period against=2026-Q1", nil, nil, true},
		{"period=2026-H1 contrast=agency agency=so-tu-phap", nil, nil, true},
	} {
		t.Run(c.query, func(t *testing.T) {
			w, err := wordsOf(s, c.query)
			if err != nil {
				t.Fatal(err)
			}
			has := func(g WordGroup, want []string) {
				for _, term := range want {
					if !slices.ContainsFunc(g.Distinctive, func(t Term) bool { return t.Term == term }) {
						t.Errorf("%s: no %q among %s", g.Name["vi"], term, brief(g.Distinctive))
					}
				}
			}
			has(w.First, c.first)
			has(w.Second, c.second)
			if c.same && len(w.First.Distinctive)+len(w.Second.Distinctive) > 1 {
				t.Errorf("of two groups that say the same: %s; %s", brief(w.First.Distinctive), brief(w.Second.Distinctive))
			}
			if *w.First.Comments == 0 || *w.Second.Comments == 0 || len(w.First.Typical) == 0 {
				t.Errorf("%d and %d comments", *w.First.Comments, *w.Second.Comments)
			}
			for _, term := range slices.Concat(w.First.Distinctive, w.Second.Distinctive, w.First.Typical, w.Second.Typical) {
				if term.Comments < MinimumHolding {
					t.Errorf("%+v", term)
				}
			}
		})
	}
}

func TestPersonalDataIsMasked(t *testing.T) {
	p, s := openDemo(t, demo.Options{Seed: 3, Size: 20_000, Until: "2026-10-01"})
	personal := regexp.MustCompile(`[0-9]{6}|[0-9]{3} [0-9]{3}|@|H00`)
	raw := 0
	for r := range p.Responses() {
		if personal.MatchString(comment(&r)) {
			raw++
		}
	}
	c, err := commentsOf(s, "period=2026")
	if err != nil || raw < 10 || len(c.Items) < 200 {
		t.Fatalf("%d with personal data, %d comments, %v", raw, len(c.Items), err)
	}
	masked := 0
	for _, item := range c.Items {
		if personal.MatchString(item.Text) {
			t.Errorf("%q", item.Text)
		}
		if strings.Contains(item.Text, "[") {
			masked++
		}
	}
	if masked == 0 {
		t.Error("nothing is masked")
	}
	w, err := wordsOf(s, "period=2026")
	if err != nil {
		t.Fatal(err)
	}
	for _, term := range slices.Concat(w.First.Distinctive, w.Second.Distinctive, w.First.Typical, w.Second.Typical) {
		if personal.MatchString(term.Term) || strings.Contains(term.Term, "dãy số") {
			t.Errorf("term %q", term.Term)
		}
	}
}

// What is erased is in no answer from the moment the store has lost it, whether or
// not the erasure was followed yet, and not counted once it was.
func TestErasedComments(t *testing.T) {
	p := newProvince(t)
	at := p.say(deskA, "dat-dai", "2026-08-03", 2, repeated(12, "Phải chờ lâu")...)
	p.say(deskA, "dat-dai", "2026-08-03", 5, repeated(12, "Cán bộ nhiệt tình")...)
	erase := func(at ledger.Position) survey.Entry {
		kept, err := ledger.EncodeErasure(ledger.Erasure{Response: "r", Stream: at.Stream, N: at.N, Reason: "request", At: p.now})
		if err != nil {
			t.Fatal(err)
		}
		p.n++
		return survey.Entry{ID: fmt.Sprint("erasure/", p.n), Kind: survey.EntryErasure, Stream: at.Stream, N: p.n, Kept: kept}
	}
	check := func(when string, texts, holding, of int64) {
		t.Helper()
		c, w := p.comments("levels=2"), p.words("")
		if int64(len(c.Items)) != texts || w.First.Distinctive[0].Comments != holding || *w.First.Comments != holding || *w.First.Of != of {
			t.Errorf("%s: %d comments, %s, %d of %d", when, len(c.Items), brief(w.First.Distinctive), *w.First.Comments, *w.First.Of)
		}
		if found := p.comments("term=cho_lau"); int64(found.Total) != holding {
			t.Errorf("%s: %d are found", when, found.Total)
		}
	}
	check("before", 12, 12, 12)
	p.shelf().erase(at[3])
	check("gone from the store", 11, 11, 12)
	p.s.Consume([]survey.Entry{erase(at[3])})
	check("followed", 11, 11, 11)
	// An erasure that is read before the bytes are gone hides the comment, too.
	p.s.Consume([]survey.Entry{erase(at[4])})
	check("not yet gone from the store", 10, 10, 10)
}

func TestErasedBeforeTheResponseIsRead(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, repeated(12, "Phải chờ lâu")...)
	kept, err := ledger.EncodeErasure(ledger.Erasure{Response: "r", Stream: "main", N: 13, Reason: "request", At: p.now})
	if err != nil {
		t.Fatal(err)
	}
	p.s.Consume([]survey.Entry{{ID: "erasure/r", Kind: survey.EntryErasure, Stream: "other", N: 1, Kept: kept}})
	p.say(deskA, "dat-dai", "2026-08-03", 2, "Xin xóa lời này")
	if c := p.comments(""); c.Total != 12 || slices.Contains(c.texts(), "Xin xóa lời này") {
		t.Errorf("%d comments: %q", c.Total, c.texts())
	}
}

func TestWordsScope(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, repeated(12, "Phải chờ lâu")...)
	p.say(onlineB, "ho-tich", "2026-08-03", 2, repeated(12, "Mạng bị lỗi")...)
	grant := survey.Grant{Role: survey.RoleManager, Agency: "so-a"}
	c, err := commentsOf(p.s, "", grant)
	if err != nil || c.Total != 12 || c.Items[0].Agency != "so-a" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, text := range []string{"agency=so-b", "agency=tinh", "point=" + valid(onlineB)} {
		_, err := commentsOf(p.s, text, grant)
		_, err2 := wordsOf(p.s, text, grant)
		if !survey.IsCode(err, survey.CodeForbidden) || !survey.IsCode(err2, survey.CodeForbidden) {
			t.Errorf("%s: %v, %v", text, err, err2)
		}
	}
	for _, text := range []string{"contrast=agency", "contrast=agency against=so-b"} {
		if _, err := wordsOf(p.s, text, grant); !survey.IsCode(err, survey.CodeForbidden) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := commentsOf(p.s, "", survey.Grant{Role: "nobody"}); !survey.IsCode(err, survey.CodeForbidden) {
		t.Errorf("without a right: %v", err)
	}
	p.shelf().err = &survey.Error{Code: survey.CodeUnavailable}
	if _, err := wordsOf(p.s, ""); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("a store that does not answer: %v", err)
	}
}

// A comment is a rating of somebody: those of withheld cells are shown and counted
// nowhere, also not where a larger part of the province is asked for.
func TestWithheldComments(t *testing.T) {
	p := newProvince(t)
	p.say(desk1, "", "2026-08-03", 1, repeated(9, "Xã kín chậm")...)              // too few
	p.say(onlineB, "ho-tich", "2026-08-03", 1, repeated(11, "Sở kín chậm")...)    // withheld for the sake of xa-1
	p.say(deskA, "dat-dai", "2026-08-03", 1, repeated(9, "Quầy kín chậm")...)     // so-a's own ratings, no figure of any board
	p.say(deskUnit, "ho-tich", "2026-08-03", 1, repeated(30, "Phòng mở chậm")...) // shown
	p.say(ward, "y-te", "2026-08-03", 5, repeated(20, "Bệnh viện kín nhanh")...)  // withheld for the sake of those
	if b := p.board(""); b.row(t, "xa-1").Cell.Withheld == nil || b.row(t, "so-b").Cell.Withheld == nil || b.row(t, "benh-vien").Cell.Withheld == nil || b.row(t, "phong-a1").Cell.Withheld != nil {
		t.Fatal("the province is not what the test is about")
	}
	for _, query := range []string{"", "agency=so-a", "levels=1", "flags=include", "capture=qr"} {
		if got, _ := json.Marshal(p.comments(query)); strings.Contains(string(got), "kín") {
			t.Errorf("%s: %s", query, got)
		}
	}
	for _, query := range []string{"", "contrast=period", "contrast=agency agency=so-a", "contrast=field field=y-te"} {
		w := p.words(query)
		if got, _ := json.Marshal(w); strings.Contains(string(got), "kín") {
			t.Errorf("%s: %s", query, got)
		}
	}
	if w := p.words(""); *w.First.Of != 30 || *w.Second.Of != 0 {
		t.Errorf("%d and %d comments are counted", *w.First.Of, *w.Second.Of)
	}
	for _, agency := range []string{"xa-1", "so-b", "benh-vien"} {
		c, w := p.comments("agency="+agency), p.words("agency="+agency)
		if c.Withheld == nil || c.Total != 0 || c.Of != 0 || w.First.Withheld == nil || w.Second.Withheld == nil {
			t.Errorf("%s: %+v, %+v", agency, c, w)
		}
		for path, v := range numbers("", tree(t, w)) {
			t.Errorf("%s: words%s is %v", agency, path, v)
		}
	}
	// A group of a few comments says nothing of itself, nor does the other against it.
	p = newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 1, repeated(9, "Chờ lâu")...)
	p.say(deskA, "dat-dai", "2026-08-03", 5, repeated(30, "Rất tốt")...)
	w := p.words("")
	if w.First.Withheld == nil || w.First.Comments != nil || w.First.Of != nil || len(w.First.Typical) != 0 || brief(w.Second.Typical) != "tốt 30/-" || len(w.Second.Distinctive) != 0 {
		t.Errorf("%+v", w)
	}
}

// numbers finds the numbers of an answer, without the parameters of methods.
func numbers(path string, v any) map[string]float64 {
	found := map[string]float64{}
	add := func(more map[string]float64) {
		for k, n := range more {
			found[k] = n
		}
	}
	switch v := v.(type) {
	case float64:
		found[path] = v
	case []any:
		for i, e := range v {
			add(numbers(fmt.Sprintf("%s.%d", path, i), e))
		}
	case map[string]any:
		for k, e := range v {
			if k != "parameters" {
				add(numbers(path+"."+k, e))
			}
		}
	}
	return found
}

// As much of a comment's date is shown, and orders it, as enough people share.
func TestDatesOfComments(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-20", 2, "ngày vắng")
	p.say(deskA, "dat-dai", "2026-08-05", 4, append(repeated(11, ""), "ngày đông")...)
	p.say(deskA, "dat-dai", "2026-09-01", 4, append(repeated(10, ""), "ngày mới")...)
	p.say(deskA, "dat-dai", "2026-07-15", 4, append(repeated(4, ""), "tháng vắng")...)
	p.rate(deskA, "dat-dai", "2026-07-15", 3, 3, func(r *survey.Response) { r.Flags = []survey.Flag{survey.FlagFast} })
	p.rate(deskUnit, "ho-tich", "2026-08-20", 20, 20) // others on that day
	p.rate(deskUnit, "ho-tich", "2026-07-15", 20, 20)
	c := p.comments("")
	var got []string
	for _, item := range c.Items {
		day, month := "-", "-"
		if item.Day != nil {
			day = string(*item.Day)
		}
		if item.Month != nil {
			month = string(*item.Month)
		}
		got = append(got, item.Text+" "+day+" "+month)
	}
	want := []string{"ngày mới 2026-09-01 2026-09", "ngày đông 2026-08-05 2026-08", "ngày vắng - 2026-08", "tháng vắng - -"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	text, _ := json.Marshal(c)
	if strings.Contains(string(text), "00000000-0000-4000") || strings.Contains(string(text), "T02:00") || *c.Items[0].Level != 4 || *c.Items[0].Field != "dat-dai" {
		t.Errorf("%s", text)
	}
}

// Where a field of an agency has too few ratings, its comments are no part of any
// list, and count among those of the agency alone, if such fields have enough together.
func TestFieldsOfComments(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, append(repeated(29, "chậm"), "đất")...)
	p.say(deskA, "ho-tich", "2026-08-03", 2, append(repeated(5, "chậm"), "hộ tịch")...)
	p.say(deskA, "", "2026-08-04", 2, repeated(7, "chậm")...)
	p.say(onlineB, "ho-tich", "2026-08-03", 2, repeated(20, "chậm")...)
	for query, want := range map[string]struct{ listed, counted int64 }{
		"": {50, 63}, "agency=so-a": {30, 43}, "agency=so-b": {20, 20}, "field=dat-dai": {30, 30}, "agency=so-a field=ho-tich": {0, 0},
	} {
		if listed := p.comments(query).Total; int64(listed) != want.listed {
			t.Errorf("%s: %d are listed, want %d", query, listed, want.listed)
		}
		if w := p.words(query); want.counted == 0 && w.First.Withheld == nil || want.counted > 0 && *w.First.Of != want.counted {
			t.Errorf("%s: %+v are counted, want %d", query, w.First, want.counted)
		}
	}
	if w := p.words("contrast=field field=dat-dai"); *w.Second.Of != 20 {
		t.Errorf("%d comments are set against those of a field", *w.Second.Of)
	}

	// Five ratings of so-a itself are a part of no figure of their own. With them the
	// unit below and all of so-a itself, which would tell of them, stay untold.
	p = newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, append(repeated(29, ""), "đất")...)
	p.say(deskA, "ho-tich", "2026-08-03", 2, append(repeated(4, ""), "kín")...)
	p.say(deskUnit, "ho-tich", "2026-08-03", 2, repeated(30, "phòng")...)
	p.say(onlineB, "ho-tich", "2026-08-03", 2, repeated(20, "bên")...)
	if got := p.comments("").texts(); len(got) != 20 || slices.Contains(got, "kín") || *p.words("").First.Of != 20 {
		t.Errorf("%q", got)
	}
}

func TestFindingComments(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, "Chờ lâu quá", "cho lau", "thái độ", "")
	p.say(deskA, "dat-dai", "2026-08-03", 5, append(repeated(10, ""), "Không phải chờ lâu", "tốt")...)
	p.take(p.response(deskA, "dat-dai", "2026-08-03", survey.Answers{commentItem: survey.TextAnswer("bỏ trống, chờ lâu")}))
	for query, want := range map[string][]string{
		"":                           {"Chờ lâu quá", "Không phải chờ lâu", "bỏ trống, chờ lâu", "cho lau", "thái độ", "tốt"},
		"levels=2":                   {"Chờ lâu quá", "cho lau", "thái độ"},
		"levels=2,5":                 {"Chờ lâu quá", "Không phải chờ lâu", "cho lau", "thái độ", "tốt"},
		"term=chờ_lâu":               {"Chờ lâu quá", "bỏ trống, chờ lâu", "cho lau"},
		"term=cho_lau levels=2":      {"Chờ lâu quá", "cho lau"},
		"term=không_chờ_lâu":         {"Không phải chờ lâu"},
		"term=thái_độ levels=4":      nil,
		"field=ho-tich term=thái_độ": nil,
	} {
		if got := p.comments(query).texts(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, want := range map[string]string{
		"":                      "6 góp ý trong",
		"term=cho_lau levels=2": "2 trong 3 góp ý",
		"term=thái_độ levels=4": "Không có góp ý nào trong quý III/2026 để hiển thị.",
		"term=mưa":              "Không có góp ý nào chứa cụm từ đã tìm, trong 6 góp ý",
	} {
		if said := p.comments(query).Summary[survey.Vietnamese]; !strings.HasPrefix(said, want) {
			t.Errorf("%s: %q does not say %q", query, said, want)
		}
	}
	q, err := ParseCommentsQuery(values(""), p.s.Today())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for q.Page, q.Size = 1, 4; q.Page <= 3; q.Page++ {
		c, err := p.s.Comments(context.Background(), survey.System, q)
		if err != nil || c.Total != 6 {
			t.Fatalf("page %d: %+v, %v", q.Page, c, err)
		}
		all = append(all, c.texts()...)
	}
	if slices.Sort(all); !slices.Equal(all, p.comments("").texts()) {
		t.Errorf("the pages hold %q", all)
	}
}

func TestParseWordsRefuses(t *testing.T) {
	comments := func(text string) error { _, err := ParseCommentsQuery(values(text), "2026-11-23"); return err }
	words := func(text string) error { _, err := ParseWordsQuery(values(text), "2026-11-23"); return err }
	for _, c := range []struct {
		name string
		err  error
		want string // paths and reasons
	}{
		{"level", comments("levels=1,6"), "levels level"},
		{"levels that are none", comments("levels=x,y"), "levels level"},
		{"a term that says nothing", comments("term=và"), "term unknown"},
		{"with the query's own", comments("period=x term=và"), "period period.format term unknown"},
		{"contrast", words("contrast=weather"), "contrast unknownOption"},
		{"against nothing", words("against=so-b"), "against mustBeEmpty"},
		{"no field", words("contrast=field"), "field required"},
		{"a field that is none", words("contrast=field field=Ω"), "field format"},
		{"period", words("contrast=period against=soon"), "against period.format"},
		{"agency", words("contrast=agency against=Ω"), "against format"},
	} {
		e, ok := c.err.(*survey.Error)
		if !ok || e.Code != survey.CodeInvalid {
			t.Errorf("%s: %v", c.name, c.err)
			continue
		}
		var got []string
		for _, f := range e.Fields {
			got = append(got, f.Path, f.Reason)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	p := newProvince(t)
	for query, code := range map[string]survey.Code{
		"contrast=agency":                             survey.CodeInvalid, // nothing is above the province
		"contrast=agency agency=so-a against=so-a":    survey.CodeInvalid,
		"contrast=field field=y-te against=y-te":      survey.CodeInvalid,
		"contrast=agency agency=so-a against=nowhere": survey.CodeNotFound,
		"contrast=field field=y-te against=none":      survey.CodeNotFound,
		"contrast=period period=2000":                 survey.CodeInvalid, // none before
		"contrast=period against=2026-Q3":             survey.CodeInvalid, // the period itself
	} {
		if _, err := wordsOf(p.s, query); !survey.IsCode(err, code) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestNewest(t *testing.T) {
	group := func(stream string, n int, day tally.Day) (all []remark) {
		for i := range n {
			all = append(all, remark{at: ledger.Position{Stream: stream, N: int64(n - i)}, day: day - tally.Day(i/100)})
		}
		return all
	}
	few := newest([2][]remark{group("a", 100, 500), group("b", 200, 500)}, ContrastRating)
	if len(few[0]) != 100 || len(few[1]) != 200 {
		t.Errorf("%d and %d", len(few[0]), len(few[1]))
	}
	many := newest([2][]remark{group("a", 15_000, 500), group("b", 15_000, 450)}, ContrastAgency)
	if len(many[0])+len(many[1]) != analysedComments || many[0][len(many[0])-1].day < many[1][len(many[1])-1].day-1 {
		t.Errorf("%d until %d and %d until %d", len(many[0]), many[0][len(many[0])-1].day, len(many[1]), many[1][len(many[1])-1].day)
	}
	apart := newest([2][]remark{group("a", 15_000, 500), group("b", 15_000, 50_000)}, ContrastPeriod)
	if len(apart[0]) != analysedComments/2 || len(apart[1]) != analysedComments/2 {
		t.Errorf("%d and %d", len(apart[0]), len(apart[1]))
	}
}

// A checkpoint says which responses have a comment and holds no word of it.
func TestCommentsOfACheckpoint(t *testing.T) {
	p := newProvince(t)
	p.say(deskA, "dat-dai", "2026-08-03", 2, append(repeated(12, ""), "lời bí mật", "lời khác")...)
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := p.s.WriteCheckpoint(path, checkpointKey); err != nil {
		t.Fatal(err)
	}
	if file, err := os.ReadFile(path); err != nil || bytes.Contains(file, []byte("lời")) {
		t.Errorf("the checkpoint holds a comment, or %v", err)
	}
	restored := again(p.s)
	if err := restored.RestoreCheckpoint(path, checkpointKey, trusting); err != nil {
		t.Fatal(err)
	}
	want := p.comments("")
	got, err := commentsOf(restored, "")
	if err != nil || got.Total != 2 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestPlaces(t *testing.T) {
	var p places
	for _, n := range []int64{1, 63, 64, 65, 640, 64} {
		p.add(n)
	}
	p.remove(64)
	p.remove(10_000)
	if got := slices.Collect(p.all()); !slices.Equal(got, []int64{1, 63, 65, 640}) {
		t.Errorf("%v", got)
	}
}
