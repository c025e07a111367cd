package results

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"sipas/stats"
	"sipas/survey"
)

// printers write numbers as each language does: 36.525 and 83,94 in Vietnamese.
var printers = map[survey.Language]*message.Printer{
	survey.Vietnamese: message.NewPrinter(language.Vietnamese),
	survey.English:    message.NewPrinter(language.BritishEnglish),
}

// say makes a sentence in every language from its formats, in which %s and %[n]s
// stand for the arguments: int64 is a whole number, survey.Text and spoken say
// themselves in the language, a string stands as it is.
func say(vi, en string, args ...any) survey.Text {
	text := survey.Text{}
	for _, l := range survey.Languages {
		words := make([]any, len(args))
		for i, arg := range args {
			switch arg := arg.(type) {
			case spoken:
				words[i] = arg(l)
			case survey.Text:
				words[i] = arg.In(l)
			case int64:
				words[i] = decimal(l, float64(arg), 0)
			default:
				words[i] = arg
			}
		}
		text[l] = fmt.Sprintf(survey.Text{survey.Vietnamese: vi, survey.English: en}.In(l), words...)
	}
	return text
}

// joined puts texts one after the other, without those that say nothing.
func joined(separator string, texts ...survey.Text) survey.Text {
	text := survey.Text{}
	for _, l := range survey.Languages {
		var parts []string
		for _, t := range texts {
			if s := t.In(l); s != "" {
				parts = append(parts, s)
			}
		}
		text[l] = strings.Join(parts, separator)
	}
	return text
}

// spoken says a value in a language.
type spoken func(survey.Language) string

// noBreak stands between a number and its percent sign.
const noBreak = "\u00a0"

func decimal(l survey.Language, value float64, decimals int) string {
	s := printers[l].Sprint(number.Decimal(math.Abs(value), number.Scale(decimals)))
	if value < 0 && strings.ContainsAny(s, "123456789") {
		return "−" + s
	}
	return s
}

func withSign(l survey.Language, s string) string {
	if l == survey.Vietnamese {
		return s + noBreak + "%"
	}
	return s + "%"
}

// share says 100·k/n with two decimals, half up from the counts.
func share(k, n int64) spoken {
	return func(l survey.Language) string {
		hundredths, _ := stats.RoundHalfUp(k, n, 4)
		return withSign(l, decimal(l, float64(hundredths)/100, 2))
	}
}

// percentage says a percentage 0 to 100 that is no share of counts, with two decimals.
func percentage(p float64) spoken {
	return func(l survey.Language) string { return withSign(l, decimal(l, halfUp(p, 2), 2)) }
}

// points says a difference in percentage points, without its sign.
func points(p float64) spoken {
	return func(l survey.Language) string {
		return decimal(l, halfUp(math.Abs(p), 2), 2) + survey.Text{survey.Vietnamese: " điểm phần trăm", survey.English: " percentage points"}.In(l)
	}
}

// promised says a promise without decimals that say nothing: 90 %, 92,5 %.
func promised(p float64) spoken {
	return func(l survey.Language) string {
		return withSign(l, printers[l].Sprint(number.Decimal(p, number.MaxFractionDigits(2))))
	}
}

// about says a count rounded up to two digits: 337 is 340.
func about(n int64) spoken {
	unit := int64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return func(l survey.Language) string { return decimal(l, float64((n+unit-1)/unit*unit), 0) }
}

func halfUp(value float64, decimals int) float64 {
	unit := math.Pow10(decimals)
	return math.Floor(value*unit+0.5) / unit
}

var romans = [...]string{"I", "II", "III", "IV"}

// spokenPeriod says a period as people do: Quý IV/2026, Q4 2026.
func spokenPeriod(p survey.Period) survey.Text {
	start := p.From.Start()
	year, month := fmt.Sprint(start.Year()), int(start.Month())
	switch p.Kind {
	case survey.PeriodYear:
		return say("năm %s", "%s", year)
	case survey.PeriodHalfYear:
		if month == 1 {
			return say("6 tháng đầu năm %s", "the first half of %s", year)
		}
		return say("6 tháng cuối năm %s", "the second half of %s", year)
	case survey.PeriodQuarter:
		return survey.Text{survey.Vietnamese: "quý " + romans[month/3] + "/" + year, survey.English: fmt.Sprintf("Q%d %s", month/3+1, year)}
	case survey.PeriodMonth:
		return survey.Text{survey.Vietnamese: fmt.Sprintf("tháng %d/%s", month, year), survey.English: start.Month().String() + " " + year}
	}
	return say("%s – %s", "%s – %s", start.Format("02/01/2006"), p.To.Start().Format("02/01/2006"))
}
