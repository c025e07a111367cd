package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"sipas/survey"
)

//go:embed accessibility.json
var assessmentFile []byte

// assessment is what holding the citizens' pages and the kiosk against WCAG 2.2 at
// level AA came to. Its texts are under access.check., access.criterion. and access.remark. in every language.
var assessment = loadAssessment()

// accessibilityPath is the address of the page that says how accessible the others are.
const accessibilityPath = "/tro-nang"

// conformance is one assessment. Nothing is said to be supported without a check.
type conformance struct {
	Assessed survey.Date      `json:"assessed"`
	Checks   []conformityTest `json:"checks"`
	Criteria []criterion      `json:"criteria"`
}

// conformityTest is one way of checking. Tests names what carries it out, "file: words of
// its name" in frontend/e2e; none: somebody looked.
type conformityTest struct {
	ID    string   `json:"id"`
	Tests []string `json:"tests"`
}

// criterion is a success criterion of WCAG and how form and kiosk stand to it.
type criterion struct {
	ID     string          `json:"id"`
	Level  string          `json:"level"` // A or AA
	Form   criterionStatus `json:"form"`
	Kiosk  criterionStatus `json:"kiosk"`
	Checks []string        `json:"checks"`
}

// criterionStatus is one of those below; each has a text under access.status.
type criterionStatus string

const (
	criterionSupports      criterionStatus = "supports"
	criterionPartial       criterionStatus = "partial" // the remark says what is wrong
	criterionNotApplicable criterionStatus = "notApplicable"
)

func loadAssessment() *conformance {
	a := &conformance{}
	if err := json.Unmarshal(assessmentFile, a); err != nil {
		panic(fmt.Errorf("accessibility.json: %w", err))
	}
	return a
}

// accessibilityBody is the page about accessibility, in its language.
type accessibilityBody struct {
	Assessed string // when, and which build this is
	Owner    survey.Text
	Results  []accessibilityResult
	Gaps     []shownCriterion
	Checks   []string
	Criteria []shownCriterion
}

// accessibilityResult says how many criteria one of the two meets.
type accessibilityResult struct{ Name, Count string }

// shownCriterion is a criterion in words.
type shownCriterion struct {
	ID, Name, Level string
	Statuses        []string // of form and kiosk, one where they are alike
	Where           string   // which of the two has exceptions; empty: both or none
	Remark          string
}

// accessibility shows how accessible form and kiosk are, how that is known, and what to do about a barrier.
func (s *server) accessibility(c *fiber.Ctx) error {
	language := pageLanguage(c)
	body := &accessibilityBody{
		Assessed: say(language, "access.assessed", map[string]any{"day": assessment.Assessed, "version": s.version}),
		Results: []accessibilityResult{
			assessment.result(language, "form", func(c criterion) criterionStatus { return c.Form }),
			assessment.result(language, "kiosk", func(c criterion) criterionStatus { return c.Kiosk }),
		}}
	for _, check := range assessment.Checks {
		body.Checks = append(body.Checks, say(language, "access.check."+check.ID, nil))
	}
	for _, c := range assessment.Criteria {
		shown := c.in(language)
		body.Criteria = append(body.Criteria, shown)
		if c.Form == criterionPartial || c.Kiosk == criterionPartial {
			body.Gaps = append(body.Gaps, shown)
		}
	}
	for _, a := range s.registry.Snapshot().Agencies() {
		if a.Parent == "" {
			body.Owner = a.Name
		}
	}
	return s.sendPage(c, http.StatusOK, "accessibility", &pageData{Language: language, TitleKey: "access.title", Body: body})
}

// result counts what one of the two comes to.
func (a *conformance) result(language survey.Language, which string, status func(criterion) criterionStatus) accessibilityResult {
	count := map[criterionStatus]int{}
	for _, c := range a.Criteria {
		count[status(c)]++
	}
	sentence := "access.result.count"
	if count[criterionPartial] == 0 {
		sentence = "access.result.all"
	}
	return accessibilityResult{say(language, "access.result."+which, nil), say(language, sentence, map[string]any{
		"supports": count[criterionSupports], "partial": count[criterionPartial], "applies": len(a.Criteria) - count[criterionNotApplicable]})}
}

// in puts the criterion into words.
func (c criterion) in(language survey.Language) shownCriterion {
	shown := shownCriterion{ID: c.ID, Name: say(language, "access.criterion."+c.ID, nil), Level: say(language, "access.level", map[string]any{"n": c.Level}),
		Remark: say(language, "access.remark."+c.ID, nil)}
	form, kiosk := say(language, "access.form", nil), say(language, "access.kiosk", nil)
	status := func(s criterionStatus) string { return say(language, "access.status."+string(s), nil) }
	if c.Form == c.Kiosk {
		shown.Statuses = []string{status(c.Form)}
		return shown
	}
	shown.Statuses = []string{form + ": " + status(c.Form), kiosk + ": " + status(c.Kiosk)}
	switch {
	case c.Form == criterionPartial:
		shown.Where = form
	case c.Kiosk == criterionPartial:
		shown.Where = kiosk
	}
	return shown
}
