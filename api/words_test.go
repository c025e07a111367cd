package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sipas/survey/results"
)

// What citizens wrote on the form is read by the managers of the agency, masked, until it is erased.
func TestWordsAndComments(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	var items, ids []string
	for i := range 14 {
		ids = append(ids, fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
		text := fmt.Sprintf("Phải chờ lâu, gọi 09123456%02d", i)
		rating := item(ids[i], w.oneField.Code, fmt.Sprintf(`,"answers":{"overall":2,"comment":%q},"answeredAt":"2026-09-10T02:00:00Z"`, text))
		items = append(items, strings.Replace(rating, `"link"`, `"paper"`, 1))
	}
	for _, r := range w.postJSON("/api/v1/responses", batch(items...), "Authorization", w.token("admin")).results(t).Results {
		if r.Problem != nil {
			t.Fatalf("%+v", r.Problem)
		}
	}
	comments := func(query string) (c results.Comments) {
		t.Helper()
		a := w.get("/api/v1/results/comments?agency=phuong-tay"+query, "Authorization", w.token("viewerOut"))
		if a.StatusCode != http.StatusOK {
			t.Fatalf("got %d: %s", a.StatusCode, a.body)
		}
		lacks(t, a.body, "0912345", "00000000-0000-4000", "02:00")
		w.must(json.Unmarshal([]byte(a.body), &c))
		return c
	}
	if c := comments("&size=5"); c.Total != 14 || len(c.Items) != 5 || c.Items[0].Text != "Phải chờ lâu, gọi [dãy số]" || *c.Items[0].Level != 2 || *c.Items[0].Day != "2026-09-10" {
		t.Errorf("%+v", c)
	}
	if c := comments("&term=cho+lau&levels=1,2&page=3&size=5"); c.Total != 14 || len(c.Items) != 4 {
		t.Errorf("%+v", c)
	}
	a := w.get("/api/v1/results/words?agency=phuong-tay", "Authorization", w.token("viewerOut"))
	var words results.Words
	w.must(json.Unmarshal([]byte(a.body), &words))
	if *words.First.Comments != 14 || !slices.ContainsFunc(words.First.Typical, func(t results.Term) bool { return t.Term == "chờ lâu" && t.Comments == 14 }) {
		t.Errorf("%s", a.body)
	}
	w.must(w.ledger.Erase(t.Context(), ids[3], "request"))
	if c := comments("&size=200"); c.Total != 13 || len(c.Items) != 13 {
		t.Errorf("%d comments after one was erased", c.Total)
	}

	for _, target := range []string{"comments?levels=7", "comments?term=v%C3%A0", "comments?size=201", "words?contrast=weather", "words?contrast=field", "words?contrast=agency&agency=tinh"} {
		a := w.get("/api/v1/results/"+target, "Authorization", w.token("admin"))
		if p := a.problem(t); p.Status != http.StatusUnprocessableEntity || len(p.Errors) == 0 {
			t.Errorf("%s: %s", target, a.body)
		}
	}
}
