package stats

import (
	"maps"
	"math"
	"slices"
)

// TermWeight is the weight of one term in one text.
type TermWeight struct {
	Term               string
	Count, Texts       int64   // in the text; texts that hold it
	InverseFrequency   float64 // idf
	Weight, Normalized float64 // tf·idf; the same in a text of length 1
}

// TFIDF weighs terms by how much they say about a text, given the count of each
// term in each of N texts:
//
//	idf = ln((1+N)/(1+texts)) + 1,  weight = count·idf,  normalized = weight/√Σweight²
//
// It finds the texts typical of a term, not what sets groups apart; see
// [KeyTerms]. Terms of a text are in ascending order; those counted 0 are left out.
//
// Reference: Manning, Raghavan and Schütze 2008, ch. 6; scikit-learn
// TfidfVectorizer with smooth_idf and norm "l2".
func TFIDF(texts []map[string]int64) ([][]TermWeight, error) {
	holding := map[string]int64{}
	for i, text := range texts {
		for term, count := range text {
			if count < 0 {
				return nil, invalid("text %d holds a term %d times", i, count)
			}
			if count > 0 {
				holding[term]++
			}
		}
	}
	n := float64(len(texts))
	weights := make([][]TermWeight, len(texts))
	for i, text := range texts {
		var squares float64
		for _, term := range slices.Sorted(maps.Keys(text)) {
			if text[term] == 0 {
				continue
			}
			idf := math.Log((1+n)/(1+float64(holding[term]))) + 1
			weight := float64(text[term]) * idf
			squares += weight * weight
			weights[i] = append(weights[i], TermWeight{Term: term, Count: text[term], Texts: holding[term], InverseFrequency: idf, Weight: weight})
		}
		for j := range weights[i] {
			weights[i][j].Normalized = weights[i][j].Weight / math.Sqrt(squares)
		}
	}
	return weights, nil
}
