package api

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sipas/survey"
)

//go:embed texts/*.json
var textFiles embed.FS

// catalogues holds every sentence of the pages and of the problem documents by
// language and key. Keys of reasons begin with "reason.", of titles with "title.".
var catalogues = loadTexts()

func loadTexts() map[survey.Language]map[string]string {
	all := map[survey.Language]map[string]string{}
	for _, language := range survey.Languages {
		data, err := textFiles.ReadFile("texts/" + string(language) + ".json")
		if err != nil {
			panic(err)
		}
		catalogue := map[string]string{}
		if err := json.Unmarshal(data, &catalogue); err != nil {
			panic(fmt.Errorf("texts/%s.json: %w", language, err))
		}
		all[language] = catalogue
	}
	return all
}

// say gives the sentence under key in a language, with every {name} replaced by
// its parameter. A missing sentence falls back to Vietnamese, then to the key.
func say(language survey.Language, key string, params map[string]any) string {
	sentence, ok := catalogues[language][key]
	if !ok {
		if sentence, ok = catalogues[survey.Vietnamese][key]; !ok {
			return key
		}
	}
	for name, value := range params {
		sentence = strings.ReplaceAll(sentence, "{"+name+"}", show(language, value))
	}
	return sentence
}

// sayReason gives the sentence of a reason, or the one of the code where the
// reason is empty or has no sentence of its own.
func sayReason(language survey.Language, reason string, code survey.Code, params map[string]any) string {
	key := "reason." + reason
	if _, ok := catalogues[survey.Vietnamese][key]; reason == "" || !ok {
		key = "code." + string(code)
	}
	return say(language, key, params)
}

// show writes a parameter as the language does: days as dd/mm/yyyy, a dot or a
// comma between thousands.
func show(language survey.Language, value any) string {
	switch v := value.(type) {
	case string:
		if d, err := survey.ParseDate(v); err == nil {
			return showDate(d)
		}
		return v
	case survey.Date:
		return showDate(v)
	case int:
		return showCount(language, int64(v))
	case int64:
		return showCount(language, v)
	case float64:
		if v == float64(int64(v)) {
			return showCount(language, int64(v))
		}
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if language == survey.Vietnamese {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	}
	return fmt.Sprint(value)
}

func showDate(d survey.Date) string {
	if d == "" {
		return ""
	}
	return d.Start().Format("02/01/2006")
}

func showCount(language survey.Language, n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	separator := "."
	if language != survey.Vietnamese {
		separator = ","
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + separator + digits[i:]
	}
	return sign + digits
}

// chooseLanguage picks the shipped language that an Accept-Language header asks
// for most, Vietnamese where it asks for none of them.
func chooseLanguage(accept string) survey.Language {
	best, bestQuality := survey.Vietnamese, 0.0
	for i, part := range strings.Split(accept, ",") {
		if i == 32 {
			break // nobody speaks more; the rest is not worth reading
		}
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		quality := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			parsed, err := strconv.ParseFloat(q, 64)
			if err != nil {
				continue
			}
			quality = parsed
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if language, ok := shippedLanguage(primary); ok && quality > bestQuality {
			best, bestQuality = language, quality
		}
	}
	return best
}

// shippedLanguage gives the shipped language a tag names.
func shippedLanguage(tag string) (survey.Language, bool) {
	for _, language := range survey.Languages {
		if string(language) == tag {
			return language, true
		}
	}
	return "", false
}
