package api

import "sipas/survey"

// Sentence gives the sentence of a reason in a language, its parameters filled
// in, for those who speak to people without HTTP. An unknown reason gives the sentence of CodeInvalid.
func Sentence(language survey.Language, reason string, params map[string]any) string {
	return sayReason(language, reason, survey.CodeInvalid, params)
}
