package results

import "sipas/survey"

// saidTerms is how many terms a sentence names.
const saidTerms = 5

// summary says what each group speaks of more than the other, and which comments
// count here that are not in the list of comments, or the other way round.
func (w *Words) summary(least told) survey.Text {
	said := []survey.Text{w.First.sayCount(), w.Second.sayCount()}
	switch {
	case !w.First.shown() || !w.Second.shown():
	case len(w.First.Distinctive)+len(w.Second.Distinctive) == 0:
		said = append(said, say("Chưa thấy từ ngữ nào mà hai nhóm dùng khác nhau rõ.", "No word is clearly used more by one group than by the other."))
	default:
		said = append(said, w.First.sayMore(), w.Second.sayMore(),
			say("Chỉ nêu những từ ngữ khác nhau rõ sau khi đã tính rằng so nhiều từ cùng lúc thì dễ có từ khác nhau ngẫu nhiên.",
				"Only words that differ clearly are named, allowing for the chance differences that comparing many words brings."))
	}
	if w.First.shown() || w.Second.shown() {
		said = append(said, say("Góp ý chỉ là của người chọn viết.", "Comments are of those only who chose to write."), w.sayUnlisted(least))
	}
	return joined(" ", append(said, selfSelection)...)
}

// sayUnlisted says why the list of comments may hold others than are counted here.
func (w *Words) sayUnlisted(least told) survey.Text {
	var words, list survey.Text
	if least == toldAgency {
		words = say("Góp ý về lĩnh vực mà một đơn vị có quá ít phiếu được tính ở đây nhưng không có trong danh sách góp ý, để không ai bị nhận ra.",
			"Comments on a field in which an agency has too few ratings count here but are not in the list of comments, so that nobody is recognised.")
	}
	if w.Contrast == ContrastRating {
		list = say("Góp ý của người không chấm mức hài lòng chung thì có trong danh sách nhưng không thuộc nhóm nào ở đây.",
			"Comments of people who did not rate their overall satisfaction may be in the list but are in neither group here.")
	}
	return joined(" ", words, list)
}

func (g *WordGroup) sayCount() survey.Text {
	switch {
	case g.Withheld != nil:
		return say("Nhóm “%s”: chưa đủ góp ý để công bố.", "“%s”: too few comments to be shown.", g.Name)
	case *g.Comments == 0:
		return say("Nhóm “%s”: không có góp ý nào được hiển thị.", "“%s”: no comments to show.", g.Name)
	case *g.Comments < *g.Of:
		return say("Nhóm “%s”: đã đọc %s góp ý mới nhất trong số %s.", "“%s”: the newest %s of %s comments were read.", g.Name, *g.Comments, *g.Of)
	}
	return say("Nhóm “%s”: %s góp ý.", "“%s”: %s comments.", g.Name, *g.Comments)
}

// sayMore names what the group speaks of more, with how often both do.
func (g *WordGroup) sayMore() survey.Text {
	if len(g.Distinctive) == 0 {
		return nil
	}
	var said []survey.Text
	for _, t := range g.Distinctive[:min(len(g.Distinctive), saidTerms)] {
		said = append(said, say("“%s” (%s góp ý, nhóm kia %s)", "“%s” (%s of the comments, %s of the others)", t.Term, percentage(*t.Share), percentage(*t.OthersShare)))
	}
	return say("Nhóm “%s” nhắc nhiều hơn đến %s.", "“%s” speaks more of %s.", g.Name, joined(", ", said...))
}
