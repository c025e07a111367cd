package tally

import (
	"cmp"
	"slices"
)

// Respondent is what one row answered to a measure, and where.
type Respondent struct {
	Agency, Point       uint16
	Answered, Satisfied uint8 // items: of a single one Answered is 1
}

// Respondents lists the rows in view that pass and answered anything of an item, or of a pool, of
// every form that has it. They come in an order that depends on nothing but themselves.
func (s Snapshot) Respondents(f Filter, measure Measure, pooled bool) []Respondent {
	q, days := Query{Filter: f}, f.days()
	if days.first > days.last {
		return nil
	}
	views := append(q.views(s.state.sealed, days), q.views(s.state.open, days)...)
	rows := 0
	for _, v := range views {
		rows += v.rows
	}
	passer, found := newPasser(f), make([][]Respondent, len(views))
	share(len(views), rows, func(i int) { found[i] = views[i].respondents(passer, days, measure, pooled) })
	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b Respondent) int {
		return cmp.Or(cmp.Compare(a.Agency, b.Agency), cmp.Compare(a.Point, b.Point), cmp.Compare(a.Answered, b.Answered), cmp.Compare(a.Satisfied, b.Satisfied))
	})
	return all
}

func (v *view) respondents(p *passer, days span, measure Measure, pooled bool) (list []Respondent) {
	position, has := v.layout.item[measure]
	if pooled {
		position, has = v.layout.pool[measure]
	}
	if !has {
		return nil
	}
	var passesArray [blockRows]bool
	passes := passesArray[:v.rows]
	p.pass(v, days, passes)
	for row, pass := range passes {
		if !pass {
			continue
		}
		r := Respondent{Agency: v.agency[row], Point: v.point[row]}
		if pooled {
			answers := &poolAnswers[v.pools[position][row]]
			r.Answered, r.Satisfied = uint8(answers.answered), uint8(answers.satisfied)
		} else {
			answer := answerOf[position%2][v.items[position/2][row]]
			r.Answered, r.Satisfied = uint8(answer), uint8(answer>>8)
		}
		if r.Answered > 0 {
			list = append(list, r)
		}
	}
	return list
}
