package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCompareTermAgainstR(t *testing.T) {
	eachVector(t, "19_keyness.csv", func(v vector) {
		k := ok[Keyness](v.t)(CompareTerm(TermCount{v.int("y1"), v.int("y2")}, v.int("n1"), v.int("n2"), v.float("alpha_w"), v.float("alpha_0")))
		v.want("log_odds_delta", k.LogOdds, 1e-12)
		v.want("log_odds_var", k.Variance, 1e-12)
		v.want("log_odds_z", k.Z, 1e-12)
		v.want("g2_dunning_2cell", k.G2, 1e-11)
		v.want("g2_4cell", k.G2Cells, 1e-11)
		v.want("pct_diff", k.PercentMore, 1e-12)
	})
}

func TestTFIDFAgainstR(t *testing.T) {
	const file = "19b_tfidf.csv"
	var texts []map[string]int64
	eachVector(t, file, func(v vector) {
		if v.int("doc") == int64(len(texts)) {
			return
		}
		text := map[string]int64{}
		for _, token := range strings.Fields(v.text("tokens")) {
			text[token]++
		}
		texts = append(texts, text)
	})
	weights, err := TFIDF(texts)
	if err != nil {
		t.Fatal(err)
	}
	eachVector(t, file, func(v vector) {
		terms := weights[v.int("doc")-1]
		i := slices.IndexFunc(terms, func(w TermWeight) bool { return w.Term == v.text("term") })
		if i < 0 {
			v.t.Fatal("no weight")
		}
		w := terms[i]
		v.want("tf", whole(w.Count), 0)
		v.want("df", whole(w.Texts), 0)
		v.want("idf_smooth", &w.InverseFrequency, 1e-12)
		v.want("tfidf", &w.Weight, 1e-12)
		v.want("tfidf_l2", &w.Normalized, 1e-12)
	})
}

func TestKeynessIdentities(t *testing.T) {
	// Without prior δ is the log odds ratio; groups exchanged turn its sign and leave G² alone.
	k := ok[Keyness](t)(CompareTerm(TermCount{40, 10}, 500, 600, 0, 0))
	sameNumber(t, "log odds", *k.LogOdds, math.Log(40.0*590/(10*460)), 1e-12)
	turned := ok[Keyness](t)(CompareTerm(TermCount{10, 40}, 600, 500, 0, 0))
	sameNumber(t, "turned", *turned.Z, -*k.Z, 1e-12)
	sameNumber(t, "G² turned", *turned.G2Cells, *k.G2Cells, 1e-12)
	// Over all four cells G² is the goodness of fit of the table.
	table := ok[AnswerMix](t)(CompareMix([]int64{40, 460, 10, 590}, []float64{50 * 500, 1050 * 500, 50 * 600, 1050 * 600}))
	sameNumber(t, "G²", *k.G2Cells, *table.G, 1e-11)
	same := ok[Keyness](t)(CompareTerm(TermCount{10, 20}, 100, 200, 1, 10))
	sameNumber(t, "same rate", *same.G2Cells, 0, 0)
	// A larger prior draws towards no difference.
	if drawn := ok[Keyness](t)(CompareTerm(TermCount{40, 10}, 500, 600, 50, 1100)); *drawn.LogOdds >= *k.LogOdds || *drawn.LogOdds <= 0 {
		t.Errorf("drawn to %v from %v", *drawn.LogOdds, *k.LogOdds)
	}
	weights, _ := TFIDF([]map[string]int64{{"a": 2, "b": 1, "c": 0}, {"b": 3}})
	if len(weights[0]) != 2 {
		t.Errorf("weights %+v", weights[0])
	}
	sameNumber(t, "length", math.Hypot(weights[0][0].Normalized, weights[0][1].Normalized), 1, 1e-12)
	sameNumber(t, "a term of every text", weights[1][0].InverseFrequency, 1, 1e-12)
}

func TestKeynessWithoutData(t *testing.T) {
	for name, k := range map[string]Keyness{
		"missing on a side": ok[Keyness](t)(CompareTerm(TermCount{0, 3}, 10, 10, 0, 0)),
		"in every text":     ok[Keyness](t)(CompareTerm(TermCount{10, 3}, 10, 10, 0, 0)),
		"no texts":          ok[Keyness](t)(CompareTerm(TermCount{}, 0, 0, 0, 0)),
	} {
		if k.LogOdds != nil || k.P != nil {
			t.Errorf("%s: %+v", name, k)
		}
	}
	if k := ok[Keyness](t)(CompareTerm(TermCount{3, 0}, 10, 0, 1, 10)); k.G2 != nil || k.PercentMore != nil || k.LogOdds == nil {
		t.Errorf("one group without texts: %+v", k)
	}
}

func TestKeyTermsWantTextsEnough(t *testing.T) {
	terms := []TermCount{{40, 10}, {4, 0}, {30, 36}, {5, 40}}
	got := ok[[]Keyness](t)(KeyTerms(terms, 500, 600, 0.1, 5, 0.05))
	for i, want := range []bool{true, false, false, true} {
		if got[i].Distinctive != want || (got[i].AdjustedP == nil) != (i == 1) {
			t.Errorf("%+v: %+v", terms[i], got[i])
		}
		single := ok[Keyness](t)(CompareTerm(terms[i], 500, 600, 0.1*float64(terms[i].First+terms[i].Second), 110))
		sameNumber(t, "z", *got[i].Z, *single.Z, 1e-12)
	}
	if *got[0].AdjustedP < *got[0].P || *got[2].AdjustedP != *got[2].P {
		t.Errorf("adjusted %v of %v, largest %v of %v", *got[0].AdjustedP, *got[0].P, *got[2].AdjustedP, *got[2].P)
	}
}

func TestKeynessRefusals(t *testing.T) {
	for name, call := range map[string]func() error{
		"more than texts": func() error { _, err := CompareTerm(TermCount{3, 0}, 2, 2, 1, 10); return err },
		"negative":        func() error { _, err := CompareTerm(TermCount{-1, 0}, 2, 2, 1, 10); return err },
		"prior beyond":    func() error { _, err := CompareTerm(TermCount{1, 0}, 2, 2, 11, 10); return err },
		"prior NaN":       func() error { _, err := CompareTerm(TermCount{1, 0}, 2, 2, 1, math.NaN()); return err },
		"texts":           func() error { _, err := KeyTerms(nil, -1, 2, 0.1, 5, 0.05); return err },
		"prior share":     func() error { _, err := KeyTerms(nil, 1, 2, 2, 5, 0.05); return err },
		"level":           func() error { _, err := KeyTerms(nil, 1, 2, 0.1, 5, 0); return err },
		"term":            func() error { _, err := KeyTerms([]TermCount{{2, 0}}, 1, 2, 0.1, 5, 0.05); return err },
		"count":           func() error { _, err := TFIDF([]map[string]int64{{"a": -1}}); return err },
	} {
		if err := call(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzKeyness(f *testing.F) {
	f.Add(int64(40), int64(500), int64(10), int64(600), 5.0, 100.0)
	f.Add(int64(0), int64(math.MaxInt64), int64(0), int64(0), 1e-300, 1e15)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(1), int64(1), math.NaN(), math.Inf(1))
	f.Fuzz(func(t *testing.T, y1, n1, y2, n2 int64, alpha, mass float64) {
		if k, err := CompareTerm(TermCount{y1, y2}, n1, n2, alpha, mass); err == nil {
			finite(t, "keyness", k.LogOdds, k.Variance, k.Z, k.P, k.G2, k.G2Cells, k.PercentMore)
		}
		if ks, err := KeyTerms([]TermCount{{y1, y2}, {y2, y1}}, n1, n2, alpha, 5, 0.05); err == nil {
			for _, k := range ks {
				finite(t, "key term", k.LogOdds, k.Z, k.AdjustedP)
			}
		}
		if weights, err := TFIDF([]map[string]int64{{"a": y1, "b": y2}, {"a": n1}}); err == nil {
			for _, w := range slices.Concat(weights...) {
				finite(t, "weight", &w.Weight, &w.Normalized, &w.InverseFrequency)
			}
		}
	})
}

func ExampleCompareTerm() {
	k, _ := CompareTerm(TermCount{First: 40, Second: 10}, 5000, 6000, 5, 1100)
	fmt.Printf("z = %.2f, G² = %.1f\n", *k.Z, *k.G2Cells)
	// Output: z = 4.21, G² = 25.3
}

func ExampleKeyTerms() {
	terms := []TermCount{{First: 40, Second: 10}, {First: 30, Second: 36}, {First: 3, Second: 0}}
	found, _ := KeyTerms(terms, 500, 600, 0.1, 5, 0.05)
	for _, k := range found {
		fmt.Print(k.Distinctive, " ")
	}
	// Output: true false false
}

func ExampleTFIDF() {
	weights, _ := TFIDF([]map[string]int64{{"queue": 2, "long": 1}, {"queue": 1, "kind": 1}})
	for _, w := range weights[1] {
		fmt.Printf("%s %.2f ", w.Term, w.Normalized)
	}
	// Output: kind 0.81 queue 0.58
}
