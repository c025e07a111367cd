package results

import (
	"fmt"
	"slices"

	"sipas/stats/tally"
	"sipas/survey"
)

// reasonQuestions ask for reasons: those who were not satisfied, and those who were.
var reasonQuestions = [...]string{"reasons_unhappy", "reasons_happy"}

// The table holds ticks as items of their own, of two options each: 0 where the question was not
// shown, else one more than a bit for each option that was ticked. That is half a byte for two options.
const (
	ticksPerItem = 2
	ticksCodes   = 1 << ticksPerItem
)

// ticks is such an item of a form.
type ticks struct {
	question *survey.Item
	options  []string
}

func (t ticks) code(answers survey.Answers) uint8 {
	if !t.question.Shown(answers) {
		return tally.Missing
	}
	code := uint8(1)
	ticked, _ := answers[t.question.ID].List()
	for bit, option := range t.options {
		if slices.Contains(ticked, option) {
			code += 1 << bit
		}
	}
	return code
}

// ticksMeasure numbers the item that holds an option of a question, by the option's place.
func (s *Service) ticksMeasure(question string, option int) tally.Measure {
	return s.itemMeasure(fmt.Sprintf("%s/%d", question, option/ticksPerItem))
}

// ticksOf lays out the questions for reasons of a form; none where it has not the room for all.
func (s *Service) ticksOf(q *survey.Questionnaire, room int) (items []ticks, measures []tally.Measure) {
	for i, id := range reasonQuestions {
		it := q.Item(id)
		if !asksReasons(it) {
			continue
		}
		for first := 0; first < len(s.reasons[i]); first += ticksPerItem {
			items = append(items, ticks{it, s.reasons[i][first:min(first+ticksPerItem, len(s.reasons[i]))]})
			measures = append(measures, s.ticksMeasure(id, first))
		}
	}
	if len(items) > room {
		return nil, nil
	}
	return items, measures
}

func asksReasons(it *survey.Item) bool {
	return it != nil && it.Type == survey.ItemMultiple && len(it.Options) > 0
}

// reasonOptions lists the options of each question for reasons over all forms, in the order in
// which forms first have them: a reason is the same on whichever form it was ticked.
func reasonOptions(forms []*survey.Questionnaire) (options [len(reasonQuestions)][]string) {
	for i, id := range reasonQuestions {
		for _, q := range forms {
			if it := q.Item(id); asksReasons(it) {
				for _, o := range it.Options {
					if !slices.Contains(options[i], o.ID) {
						options[i] = append(options[i], o.ID)
					}
				}
			}
		}
	}
	return options
}

// reading is a measure made of ticks: where they are, and what level each of their codes counts as.
type reading struct {
	item tally.Measure
	as   [ticksCodes + 1]uint8 // 0: none
}

func (r *reading) levels(ticked tally.Levels) (levels tally.Levels) {
	for code, level := range r.as {
		if level > 0 {
			levels[level] += ticked[code]
		}
	}
	return levels
}

// A question for reasons is a measure of whom it was shown to. Who ticked a reason and who did not are
// measures of their own, so that the publication rules keep back too few of either like too few of anybody.
func whoTicked(question, option string) string     { return question + "=" + option }
func whoDidNotTick(question, option string) string { return question + "≠" + option }

// unasked is the measure of those who answered the overall item on forms without these questions.
const unasked = "unasked"

// newReadings makes the measures of all reasons.
func (s *Service) newReadings() map[string]*reading {
	all := map[string]*reading{}
	for i, id := range reasonQuestions {
		for at, option := range s.reasons[i] {
			shown := reading{item: s.ticksMeasure(id, at)}
			ticked, not := shown, shown
			for bits := range uint8(ticksCodes) {
				shown.as[1+bits] = survey.LevelMin
				if bits>>(at%ticksPerItem)&1 == 1 {
					ticked.as[1+bits] = survey.LevelMax
				} else {
					not.as[1+bits] = survey.LevelMin
				}
			}
			all[whoTicked(id, option)], all[whoDidNotTick(id, option)] = &ticked, &not
			if at == 0 {
				all[id] = &shown
			}
		}
	}
	return all
}
