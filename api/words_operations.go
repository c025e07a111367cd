package api

import (
	"sipas/survey"
	"sipas/survey/results"
)

// wordsInput is a selection of comments and what to set it against.
type wordsInput struct {
	Selection
	Contrast string `query:"contrast" doc:"rating (default: levels 1 to 3 against 4 and 5), period, agency or field"`
	Against  string `query:"against" maxLength:"80" doc:"The other period, agency or field; default: the period before, the agency above, all other fields"`
}

// commentsInput is a page of the comments of a selection.
type commentsInput struct {
	Selection
	Paging
	Term   string `query:"term" maxLength:"100" doc:"Only comments that hold it, as results/words counts it; without diacritics it is found in every spelling"`
	Levels string `query:"levels" maxLength:"20" doc:"Only comments with these levels of overall" example:"1,2,3"`
}

func (in *wordsInput) query(today survey.Date) (results.WordsQuery, error) {
	return results.ParseWordsQuery(in.with(map[string]string{"contrast": in.Contrast, "against": in.Against}), today)
}

func (in *commentsInput) query(today survey.Date) (results.CommentsQuery, error) {
	q, err := results.ParseCommentsQuery(in.with(map[string]string{"term": in.Term, "levels": in.Levels}), today)
	q.Page, q.Size = in.Page, in.Size
	return q, err
}

func (s *server) registerWords() {
	registerQuery(s, resultOperation("words", "Show what people say",
		"Words and terms that one group of comments uses more than another, by the number of comments that hold them. Personal data are masked before a word is counted, and a term is shown where at least five responses of the group hold it. Comments of withheld figures take no part. The parameter measure changes nothing here."),
		(*wordsInput).query, s.results.Words)

	comments := resultOperation("comments", "Read what people wrote",
		"Comments with personal data masked, the newest first: never with the response they belong to, with the day only where enough people rated on it. Those of withheld figures are left out. Names of people cannot be recognised: comments are for the managers of the agency, not for publication. The parameter measure changes nothing here.")
	comments.OperationID = "list-comments"
	registerQuery(s, comments, (*commentsInput).query, s.results.Comments)
}
