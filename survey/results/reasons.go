package results

import (
	"cmp"
	"context"
	"slices"

	"sipas/stats/tally"
	"sipas/survey"
)

// Reasons is how often the reasons that a form offers were ticked.
type Reasons struct {
	Heading
	Questions []ReasonQuestion `json:"questions"` // of the dissatisfied, then of the satisfied
}

// ReasonQuestion is one question for reasons. A withheld one has null for every number.
type ReasonQuestion struct {
	ID       string      `json:"id"` // reasons_unhappy or reasons_happy
	Text     survey.Text `json:"text"`
	Levels   []int       `json:"levels"` // of the overall item, after which it is asked
	N        *int64      `json:"n"`      // respondents to whom it was shown, whether or not they ticked anything
	Withheld *Withheld   `json:"withheld"`
	Reasons  []Reason    `json:"reasons"` // the most often ticked first, withheld ones last
}

// Reason is one reason. Respondents may tick several, so that shares do not add up to 100. It is
// null of nobody, withheld with its question, and where those who ticked it or those who did not are too few, or
// would be told by other answers.
type Reason struct {
	ID       string      `json:"id"`
	Name     survey.Text `json:"name"`
	Count    *int64      `json:"count"` // respondents who ticked it
	Share    *float64    `json:"share"` // percent of n
	Interval *Interval   `json:"interval"`
	Withheld *Withheld   `json:"withheld"`
}

// Reasons counts the reasons ticked in the query's agency and everything below it, whatever the
// query's measure. Scope and errors as with Board.
func (s *Service) Reasons(ctx context.Context, actor survey.Actor, q Query) (Reasons, error) {
	q.Measure = survey.Overall
	sel, err := s.selection(actor, q)
	if err != nil {
		return Reasons{}, err
	}
	sel.silent = sel.silentForms()
	r := Reasons{Heading: sel.heading(tickedShare.use(), wilson.with("conf", Conf), leftOut.use()), Questions: []ReasonQuestion{}}
	for i, id := range reasonQuestions {
		item := sel.question(id)
		if !asksReasons(item) {
			continue
		}
		question, err := sel.reasonQuestion(ctx, item, s.reasons[i])
		if err != nil {
			return Reasons{}, err
		}
		r.Questions = append(r.Questions, question)
	}
	r.conclude(r.summary())
	return r, nil
}

// silentForms lists the forms that ask for no reasons.
func (sel *selection) silentForms() []tally.FormID {
	sel.mu.RLock()
	defer sel.mu.RUnlock()
	silent := []tally.FormID{}
	for _, f := range sel.Service.forms {
		if f != nil && f.ticks == nil {
			silent = append(silent, f.id)
		}
	}
	slices.Sort(silent)
	return silent
}

// reasonQuestion makes the figures of a question from the tables of whom it was shown to, of
// whom the forms did not ask, and of who ticked each reason and who did not.
func (sel *selection) reasonQuestion(ctx context.Context, item *survey.Item, options []string) (ReasonQuestion, error) {
	asked, err := sel.tables([]string{item.ID, unasked})
	if err != nil {
		return ReasonQuestion{}, err
	}
	at := pair{sel.agency.ID, sel.Field}
	q := ReasonQuestion{ID: item.ID, Text: item.Text, Levels: levelsAsked(item), Withheld: asked[0].withholding(at), Reasons: []Reason{}}
	if q.Withheld == nil && asked[1].withholding(at) != nil {
		// The board's total less those asked would tell of them.
		q.Withheld = pointer(WithheldDifferencing)
	}
	n := asked[0].nAt(at)
	if q.Withheld == nil {
		q.N = &n
	}
	for _, id := range options {
		reason := Reason{ID: id, Name: sel.optionName(item.ID, id), Withheld: q.Withheld}
		if q.Withheld == nil && n == 0 {
			reason.Count = &n
		}
		q.Reasons = append(q.Reasons, reason)
	}
	if q.Withheld != nil || n == 0 {
		return q, nil
	}
	for i := range q.Reasons {
		if err := alive(ctx); err != nil {
			return ReasonQuestion{}, err
		}
		r := &q.Reasons[i]
		tables, err := sel.tables([]string{whoTicked(item.ID, r.ID), whoDidNotTick(item.ID, r.ID)})
		if err != nil {
			return ReasonQuestion{}, err
		}
		ticked, not := tables[0], tables[1]
		if r.Withheld = cmp.Or(ticked.withholding(at), not.withholding(at)); r.Withheld != nil {
			continue
		}
		if err := sel.countReason(r, ticked.nAt(at), not.nAt(at)); err != nil {
			return ReasonQuestion{}, err
		}
	}
	slices.SortStableFunc(q.Reasons, func(a, b Reason) int { return cmp.Compare(b.order(), a.order()) })
	return q, nil
}

// optionName gives the words of an option, also where the newest questionnaire has it no more.
func (sel *selection) optionName(item, option string) (name survey.Text) {
	for _, q := range sel.catalog.Questionnaires() {
		if it := q.Item(item); it != nil {
			if o := it.Option(option); o != nil {
				name = o.Text
			}
		}
	}
	return name
}

// countReason fills in the numbers of a reason that no rule keeps back, unless they say too little.
func (sel *selection) countReason(r *Reason, ticked, not int64) error {
	c := counts(tally.Levels{survey.LevelMin: not, survey.LevelMax: ticked})
	poor, err := sel.tooLittle(r.ID, c)
	if poor || err != nil {
		r.Withheld = pointer(WithheldMinimumN)
		return err
	}
	estimate, err := estimateOf(r.ID, c)
	if err != nil {
		return err
	}
	r.Count, r.Share, r.Interval = &ticked, percent(*estimate.Value), interval(estimate.Interval)
	return nil
}

// order puts withheld reasons below those that nobody ticked.
func (r Reason) order() int64 {
	if r.Count == nil {
		return -1
	}
	return *r.Count
}

// levelsAsked lists the levels of the overall item after which a question is shown.
func levelsAsked(item *survey.Item) []int {
	levels := []int{}
	for level := survey.LevelMin; level <= survey.LevelMax; level++ {
		if item.Shown(survey.Answers{survey.Overall: survey.LevelAnswer(level)}) {
			levels = append(levels, level)
		}
	}
	return levels
}
