package tally

import "slices"

// Match is what a row that passes a filter says.
type Match struct {
	Index  int // of its ref among those given
	Day    Day
	Agency uint16
	Field  uint8
	Code   uint8 // of the item: Missing, 1 to 5, NotApplicable
}

// Match gives those of the refs whose rows pass the filter, in any order, with
// their answer to an item: Missing where their form does not ask for it. Rows that
// came after the snapshot are left out.
func (s Snapshot) Match(f Filter, item Measure, refs []RowRef) []Match {
	days := f.days()
	if days.first > days.last {
		return nil
	}
	asked := map[int][]int{} // indices of refs by block
	for i, ref := range refs {
		asked[int(ref>>blockBits)] = append(asked[int(ref>>blockBits)], i)
	}
	p := newPasser(f)
	var found []Match
	var passesArray [blockRows]bool
	for _, v := range slices.Concat(s.state.sealed, s.state.open) {
		if v.rows == 0 || asked[v.id] == nil || !v.days.overlaps(days) {
			continue
		}
		passes := passesArray[:v.rows]
		p.pass(&v, days, passes)
		position, has := v.layout.item[item]
		for _, i := range asked[v.id] {
			row := int(refs[i] % blockRows)
			if row >= v.rows || !passes[row] {
				continue
			}
			m := Match{Index: i, Day: v.day[row], Agency: v.agency[row], Field: v.field[row]}
			if has {
				m.Code = v.code(row, position)
			}
			found = append(found, m)
		}
	}
	return found
}

// code is the answer of a row at an item position.
func (v *view) code(row, position int) uint8 {
	pair := v.items[position/2][row]
	if position%2 == 0 {
		return pair % itemCodes
	}
	return pair / itemCodes
}
