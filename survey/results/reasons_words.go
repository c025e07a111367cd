package results

import "sipas/survey"

// tickedShare is the method behind reasons.
var tickedShare = &Method{
	ID:      "ticked_share",
	Name:    bilingual("Tỷ lệ chọn từng lý do", "Share of those who tick a reason"),
	Purpose: bilingual("Điều gì làm người dân chưa hài lòng hoặc hài lòng, theo lý do họ đánh dấu trên phiếu.", "What makes citizens satisfied or not, by the reasons that they tick on the form."),
	Formula: []string{
		"share = 100·k/n, k respondents who ticked the reason of the n to whom the question was shown; who ticked nothing is among the n",
		"interval: Wilson of k of n respondents; several may be ticked, so that shares do not add up to 100",
		"withheld where the publication rules withhold those who ticked it, those who did not, those to whom the question was shown, or those whose form does not ask",
	},
	Recompute:  bilingual("Trong tệp xuất: các cột reasons_unhappy (overall từ 1 đến 3) và reasons_happy (overall 4 và 5) của các phiếu hỏi lý do.", "In the export: the columns reasons_unhappy (overall 1 to 3) and reasons_happy (overall 4 and 5) of forms that ask for reasons."),
	References: []string{"Wilson 1927, JASA 22:209"},
	Software:   "R: prop.test(k, n, correct = FALSE)",
}

var reasonMethods = []*Method{tickedShare}

// saidReasons is how many reasons a sentence names.
const saidReasons = 3

// summary names the reasons most often ticked.
func (r *Reasons) summary() survey.Text {
	var said []survey.Text
	counted := false
	for i := range r.Questions {
		said = append(said, r.Questions[i].say(r.Period.spoken))
		counted = counted || r.Questions[i].N != nil && *r.Questions[i].N > 0
	}
	if counted {
		said = append(said, say("Mỗi người có thể chọn nhiều lý do nên các tỷ lệ không cộng thành 100 %%; người không chọn lý do nào cũng được tính.",
			"People may tick several reasons, so the shares do not add up to 100%%; those who ticked none count as well."))
	}
	return joined(" ", append(said, selfSelection)...)
}

// who says of which respondents a question asks.
func (q *ReasonQuestion) who() survey.Text {
	if q.ID == reasonQuestions[0] {
		return bilingual("người chưa hài lòng", "dissatisfied people")
	}
	return bilingual("người hài lòng", "satisfied people")
}

func (q *ReasonQuestion) say(period survey.Text) survey.Text {
	switch {
	case q.Withheld != nil:
		return say("Lý do của %[2]s trong %[1]s không được công bố, vì quá ít người hoặc vì sẽ để lộ một nhóm quá ít người.",
			"The reasons of %[2]s in %[1]s are not shown: they are of too few, or would give away a group of too few.", period, q.who())
	case *q.N == 0:
		return say("Không có %[2]s nào được hỏi lý do trong %[1]s.", "No %[2]s were asked for reasons in %[1]s.", period, q.who())
	}
	var named []survey.Text
	most := say("được chọn nhiều nhất", "the most often ticked")
	for _, reason := range q.Reasons {
		if reason.Withheld != nil {
			most = say("trong các lý do được công bố, được chọn nhiều nhất", "of the reasons shown, the most often ticked")
		}
		if reason.Count != nil && *reason.Count > 0 && len(named) < saidReasons {
			named = append(named, say("%s (%s)", "%s (%s)", reason.Name, share(*reason.Count, *q.N)))
		}
	}
	if named == nil {
		return say("Trong %[1]s có %[3]s %[2]s được hỏi lý do, nhưng chưa lý do nào đủ người chọn để công bố.",
			"In %[1]s %[3]s %[2]s were asked for reasons, but no reason was ticked by enough of them to be shown.", period, q.who(), *q.N)
	}
	return say("Trong %[1]s có %[3]s %[2]s được hỏi lý do; %[4]s: %[5]s.",
		"In %[1]s %[3]s %[2]s were asked for reasons; %[4]s: %[5]s.", period, q.who(), *q.N, most, joined("; ", named...))
}
