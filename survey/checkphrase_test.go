package survey

import (
	"strings"
	"testing"
)

// Sheets that hang somewhere bear these words.
func TestCheckPhraseNeverChanges(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	for code, want := range map[string]string{
		"K7QX2M9A4T": "ngọn núi · quả bóng",
		"000000000Q": "chiếc lược · khu vườn",
	} {
		if got := CheckPhrase(key, code); got != want {
			t.Errorf("%s has %q, want %q", code, got, want)
		}
	}
	if CheckPhrase([]byte("another"), "K7QX2M9A4T") == CheckPhrase(key, "K7QX2M9A4T") {
		t.Error("the phrase can be told from the code alone")
	}
}

func TestCheckWordsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, word := range checkWords {
		if seen[word] || word == "" || word != strings.ToLower(word) || strings.TrimSpace(word) != word {
			t.Errorf("%q is there twice or is no plain word", word)
		}
		seen[word] = true
	}
	key := []byte("k")
	for i := range 5000 {
		first, second, _ := strings.Cut(CheckPhrase(key, strings.Repeat("x", i)), " · ")
		if first == second || !seen[first] || !seen[second] {
			t.Fatalf("%q and %q", first, second)
		}
	}
}
