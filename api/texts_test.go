package api

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"sipas/survey"
)

func TestEveryReasonHasASentenceInEveryLanguage(t *testing.T) {
	reasons := slices.Concat(survey.Reasons, slices.Collect(maps.Values(protocolReasons)),
		[]string{reasonDecimals, reasonImportTooMany, reasonImportBusy, reasonImportStarted, reasonImportRunning, reasonImportIncomplete, reasonPostersNone, reasonPostersTooMany})
	for _, language := range survey.Languages {
		for _, reason := range reasons {
			if catalogues[language]["reason."+reason] == "" {
				t.Errorf("%s lacks reason.%s", language, reason)
			}
		}
		for code := range statuses {
			if catalogues[language]["code."+string(code)] == "" {
				t.Errorf("%s lacks code.%s", language, code)
			}
		}
	}
}

func TestCataloguesAgree(t *testing.T) {
	parameter := regexp.MustCompile(`\{[a-zA-Z]+\}`)
	parametersOf := func(s string) []string {
		found := parameter.FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	vi := catalogues[survey.Vietnamese]
	for _, language := range survey.Languages {
		for key, sentence := range catalogues[language] {
			if strings.TrimSpace(sentence) == "" || !norm.NFC.IsNormalString(sentence) {
				t.Errorf("%s %s is empty or not NFC", language, key)
			}
			if !slices.Equal(parametersOf(sentence), parametersOf(vi[key])) {
				t.Errorf("%s %s has other parameters than the Vietnamese sentence", language, key)
			}
		}
		for key := range vi {
			if _, ok := catalogues[language][key]; !ok {
				t.Errorf("%s lacks %s", language, key)
			}
		}
	}
}

func TestChooseLanguage(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         survey.Language
	}{
		{"nothing asked", "", "vi"},
		{"unknown only", "fr-FR, de;q=0.9", "vi"},
		{"a region", "en-US,en;q=0.9", "en"},
		{"the better quality", "en;q=0.4, vi;q=0.8", "vi"},
		{"the first of equals", "fr, en, vi", "en"},
		{"refused", "en;q=0", "vi"},
		{"nonsense", ";;q=,,=", "vi"},
		{"a bad quality", "en;q=high", "vi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chooseLanguage(c.header); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSayFillsParametersAsTheLanguageWritesThem(t *testing.T) {
	for _, c := range []struct {
		name     string
		language survey.Language
		reason   string
		params   map[string]any
		want     string
	}{
		{"thousands, Vietnamese", "vi", "tooLong", map[string]any{"max": 2000}, "Nhiều nhất 2.000 ký tự"},
		{"thousands, English", "en", "tooLong", map[string]any{"max": 2000.0}, "At most 2,000 characters are allowed"},
		{"a day", "vi", "tooEarly", map[string]any{"min": "2020-01-31"}, "Không được trước ngày 31/01/2020"},
		{"an unknown reason falls back to the code", "en", "nonsense", nil, "The request is not valid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sayReason(c.language, c.reason, survey.CodeInvalid, c.params); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStatusesAreThoseOfTheContract(t *testing.T) {
	want := map[survey.Code]int{"invalid": 422, "not_found": 404, "conflict": 409, "closed": 409, "unauthorized": 401, "forbidden": 403,
		"throttled": 429, "unavailable": 503, "internal": 500}
	if !maps.Equal(statuses, want) {
		t.Errorf("got %v", statuses)
	}
	if got := newProblem(&survey.Error{Code: "new"}, 0, "vi", "").Status; got != http.StatusInternalServerError {
		t.Errorf("an unknown code gives %d", got)
	}
}
