package results

// told is how much may be told of a rating by itself.
type told int

const (
	toldNothing told = iota
	toldAgency       // it counts among those of its agency
	toldField        // it may be shown, with its agency and its field
)

// tells gives what may be told of the ratings of each agency itself in each field,
// whatever part of the table is asked for. A comment is a rating of somebody, so that what is
// told of it must be shared by enough respondents, and no withheld figure may be named: the
// field is told where neither the ratings of the agency in it nor all of the
// agency are withheld, as figures or as parts of a sum; else the agency alone, where its ratings
// of such fields are enough together.
func (t *table) tells() map[pair]told {
	open := func(place int) bool {
		return t.withheld[place] == "" && !t.hidden[place] && t.people[t.size()+place] >= MinimumN
	}
	tells := map[pair]told{}
	for row, agency := range t.agencies {
		whole := row * len(t.fields)
		if !open(whole) {
			continue
		}
		var together int64 // in fields that are not told
		for column := 1; column < len(t.fields); column++ {
			if open(whole + column) {
				tells[pair{agency, t.fields[column]}] = toldField
			} else {
				together += t.people[t.size()+whole+column]
			}
		}
		for column := 1; together >= MinimumN && column < len(t.fields); column++ {
			if at := (pair{agency, t.fields[column]}); tells[at] == toldNothing {
				tells[at] = toldAgency
			}
		}
	}
	return tells
}
