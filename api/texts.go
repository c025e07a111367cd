package api

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sipas/survey"
	"sipas/survey/languages"
)

//go:embed texts/*.json texts/kiosk/*.json
var textFiles embed.FS

// catalogues holds every sentence of the pages and of the problem documents by
// language and key. Keys of reasons begin with "reason.", of titles with "title.", of the
// sentences the kiosk's page brings along with kioskPrefix.
var catalogues = loadTexts()

// spoken are the languages of the citizens' pages, the default first, and
// languageNames what they are called in their own words.
var (
	spoken        = slices.Clone(survey.Languages)
	languageNames = map[survey.Language]string{survey.Vietnamese: "Tiếng Việt", survey.English: "English"}
)

func loadTexts() map[survey.Language]map[string]string {
	all := map[survey.Language]map[string]string{}
	for _, language := range survey.Languages {
		all[language] = readTexts("texts/" + string(language) + ".json")
		for key, sentence := range readTexts("texts/kiosk/" + string(language) + ".json") {
			all[language][kioskPrefix+key] = sentence
		}
	}
	return all
}

func readTexts(name string) map[string]string {
	data, err := textFiles.ReadFile(name)
	if err != nil {
		panic(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(data, &texts); err != nil {
		panic(fmt.Errorf("%s: %w", name, err))
	}
	return texts
}

// kioskPrefix begins the keys of what citizens read on a kiosk. The front end owns
// those sentences; its tests write them to texts/kiosk.
const kioskPrefix = "kiosk."

// kioskTexts gives what a kiosk's page needs to speak a language that it does not bring along, by its own keys.
func kioskTexts(language survey.Language) map[string]string {
	texts := map[string]string{}
	for key, sentence := range catalogues[language] {
		if own, ok := strings.CutPrefix(key, kioskPrefix); ok {
			texts[own] = sentence
		} else if isLevelKey(key) {
			texts[key] = sentence
		}
	}
	return texts
}

// Speak adds languages to those of the citizens' pages, for the whole process;
// it must have returned before anything is served. What a language lacks is said in
// Vietnamese. The error, after which nothing is added, names sentences that do not exist and those
// whose {parameters} are not the Vietnamese ones.
func Speak(all []languages.Language) error {
	var errs []error
	for _, l := range all {
		for _, key := range slices.Sorted(maps.Keys(l.Texts)) {
			vietnamese, ok := catalogues[survey.Vietnamese][key]
			if !ok && !isLevelKey(key) {
				errs = append(errs, fmt.Errorf("%s.json: there is no text %q", l.Tag, key))
			} else if want := parametersOf(vietnamese); !slices.Equal(parametersOf(l.Texts[key]), want) {
				errs = append(errs, fmt.Errorf("%s.json: the text %q must have the parameters %v", l.Tag, key, want))
			}
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	for _, l := range all {
		catalogues[l.Tag], languageNames[l.Tag] = l.Texts, l.Name
		if !slices.Contains(spoken, l.Tag) {
			spoken = append(spoken, l.Tag)
		}
	}
	return nil
}

// Languages gives the languages of the citizens' pages, which a rating may name.
func Languages() []survey.Language { return slices.Clone(spoken) }

var parameterPattern = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// parametersOf lists the parameters of a sentence, each once, in order.
func parametersOf(sentence string) []string {
	found := parameterPattern.FindAllString(sentence, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// levelKey is the key of a level's word in the languages that are data.
func levelKey(level int) string { return "level." + strconv.Itoa(level) }

func isLevelKey(key string) bool {
	for level := survey.LevelMin; level <= survey.LevelMax; level++ {
		if key == levelKey(level) {
			return true
		}
	}
	return false
}

// levelName gives the word of a level in a language.
func levelName(language survey.Language, level int) wording {
	if word := catalogues[language][levelKey(level)]; word != "" {
		return wording{word, language}
	}
	return wordingOf(language, survey.LevelNames[level-1])
}

// wording is a text and the language it is in.
type wording struct {
	text     string
	language survey.Language
}

// wordingOf gives the wording of a text of the domain, in Vietnamese where the language has none.
func wordingOf(language survey.Language, t survey.Text) wording {
	if own := t[language]; own != "" {
		return wording{own, language}
	}
	return wording{t[survey.Vietnamese], survey.Vietnamese}
}

// sentenceOf gives the sentence under key as it stands in the catalogue. A missing
// one falls back to Vietnamese, then to the key.
func sentenceOf(language survey.Language, key string) wording {
	if sentence, ok := catalogues[language][key]; ok {
		return wording{sentence, language}
	}
	if sentence, ok := catalogues[survey.Vietnamese][key]; ok {
		return wording{sentence, survey.Vietnamese}
	}
	return wording{key, language}
}

// say gives the sentence under key in a language, see sentenceOf, with every {name}
// replaced by its parameter.
func say(language survey.Language, key string, params map[string]any) string {
	sentence := sentenceOf(language, key).text
	for name, value := range params {
		sentence = strings.ReplaceAll(sentence, "{"+name+"}", show(language, value))
	}
	return sentence
}

// sayReason gives the sentence of a reason, or the one of the code where the
// reason is empty or has no sentence of its own.
func sayReason(language survey.Language, reason string, code survey.Code, params map[string]any) string {
	return say(language, reasonKey(reason, code), params)
}

func reasonKey(reason string, code survey.Code) string {
	key := "reason." + reason
	if _, ok := catalogues[survey.Vietnamese][key]; reason == "" || !ok {
		key = "code." + string(code)
	}
	return key
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

// chooseLanguage picks the language of ours that an Accept-Language header asks
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
		if language, ok := spokenLanguage(primary); ok && quality > bestQuality {
			best, bestQuality = language, quality
		}
	}
	return best
}

// spokenLanguage gives the language of ours that a tag names.
func spokenLanguage(tag string) (survey.Language, bool) {
	for _, language := range spoken {
		if string(language) == tag {
			return language, true
		}
	}
	return "", false
}
