package results

import (
	"sipas/stats/tally"
	"sipas/survey"
)

// guard withholds figures that tell of too few beside others which a reader may ask
// for: without flagged ratings, or of another period.
func (t *table) guard() error {
	if t.sel.Flags == FlagsInclude {
		for at := range t.cells {
			if clean := t.n(t.cells[at].clean); t.sel.tooFew(clean) || t.sel.tooFew(t.n(t.cells[at].all)-clean) {
				t.keepBack(at)
			}
		}
	}
	if t.sel.Period.Calendar() {
		return t.guardCalendar()
	}
	return t.guardDays()
}

// choice is a dimension of which the query takes one value.
type choice struct {
	dim    tally.Dim
	value  int
	values int // codes there are, 0 for none included; of those whose pairs are guarded
	// limit leaves a selection the ratings with some values; all without any.
	limit func(sel *selection, values ...int)
}

// valuesOf gives values as a filter lists them: nil without any.
func valuesOf[T ~uint8 | ~uint16](values []int) (list []T) {
	for _, v := range values {
		list = append(list, T(v))
	}
	return list
}

// chosen lists the choices of the query besides agency, field and period.
func (sel *selection) chosen() (choices []choice) {
	f := &sel.filter
	if len(f.Captures) == 1 {
		choices = append(choices, choice{tally.ByCapture, int(f.Captures[0]), 1 + len(survey.Captures),
			func(sel *selection, values ...int) { sel.filter.Captures = valuesOf[uint8](values) }})
	}
	if len(f.Deliveries) == 1 {
		choices = append(choices, choice{tally.ByDelivery, int(f.Deliveries[0]), 1 + len(survey.Deliveries),
			func(sel *selection, values ...int) { sel.filter.Deliveries = valuesOf[uint8](values) }})
	}
	if len(f.Points) == 1 {
		choices = append(choices, sel.pointChoice(int(f.Points[0])))
	}
	if len(f.Languages) == 1 {
		choices = append(choices, choice{tally.ByLanguage, int(f.Languages[0]), 1 + len(survey.Languages),
			func(sel *selection, values ...int) { sel.filter.Languages = valuesOf[uint8](values) }})
	}
	if len(sel.forms) == 1 {
		choices = append(choices, choice{tally.ByForm, int(sel.forms[0]), sel.formIDs(),
			func(sel *selection, values ...int) { sel.forms = valuesOf[tally.FormID](values) }})
	}
	for i, of := range f.Demographics {
		if len(of) == 1 {
			choices = append(choices, choice{tally.ByDemographic1 + tally.Dim(i), int(of[0]), 1 + len(sel.options[i]),
				func(sel *selection, values ...int) { sel.filter.Demographics[i] = valuesOf[uint8](values) }})
		}
	}
	return choices
}

// parts reports whether the selection is of some ratings of each place only: of one value or several of a filter.
func (sel *selection) parts() bool {
	f := &sel.filter
	return sel.only != nil || sel.forms != nil || f.Captures != nil || f.Deliveries != nil || f.Points != nil || f.Languages != nil ||
		f.Demographics[0] != nil || f.Demographics[1] != nil || f.Demographics[2] != nil
}

func (sel *selection) pointChoice(point int) choice {
	return choice{tally.ByPoint, point, len(sel.pointIDs()),
		func(sel *selection, values ...int) { sel.filter.Points = valuesOf[uint16](values) }}
}

// siblings are the respondents of the values of a filter, of which a sum is known. Those
// of too few are withheld, and the smallest other one with them where they
// would be alone or too few together.
type siblings struct {
	minimum  int64
	few      int64 // how many are of too few
	together int64 // in those
	partner  int   // the smallest of the others
	partnerN int64 // 0 without one
}

func (p *siblings) add(value int, n int64) {
	switch {
	case n == 0:
	case n < p.minimum:
		p.few++
		p.together += n
	case p.partnerN == 0 || n < p.partnerN || n == p.partnerN && value < p.partner:
		p.partner, p.partnerN = value, n
	}
}

// keeps reports whether a value of n respondents cannot be shown beside the others.
func (p *siblings) keeps(value int, n int64) bool {
	return 0 < n && n < p.minimum ||
		n > 0 && value == p.partner && p.few > 0 && (p.few == 1 || p.together < p.minimum)
}

// guardPair withholds the figures of two chosen values where the figures of all pairs
// of values, of every value and of all together would tell of too few.
func (t *table) guardPair(a, b choice) error {
	whole, onlyA, onlyB := t.sel.limited(), t.sel.limited(), t.sel.limited()
	a.limit(onlyB)
	b.limit(onlyA)
	a.limit(whole)
	b.limit(whole)
	withA, err := t.respondents(onlyA)
	if err != nil {
		return err
	}
	withB, err := t.respondents(onlyB)
	if err != nil {
		return err
	}
	joints := make([]joint, t.size())
	err = whole.respondents(whole.wide(), t.measure, func(key *key, n int64) {
		t.eachAbove(t.of(key[2], key[3]), func(at int) {
			if withA[at] == 0 || withB[at] == 0 {
				return // nobody is no secret
			}
			if joints[at].n == nil {
				joints[at] = newJoint(a.values, b.values)
			}
			joints[at].n[key[0]*b.values+key[1]] += n
		})
	}, a.dim, b.dim, tally.ByAgency, tally.ByField)
	if err != nil {
		return err
	}
	for at := range joints {
		if joints[at].n != nil && joints[at].keeps(a.value, b.value, t.sel.minimum()) {
			t.withheld[at] = WithheldDifferencing // the reason must not tell on which side of the minimum they are
		}
	}
	return nil
}

// respondents counts the measure's respondents of a selection by place.
func (t *table) respondents(sel *selection) ([]int64, error) {
	n := make([]int64, t.size())
	err := sel.respondents(sel.wide(), t.measure, func(key *key, more int64) { n[t.of(key[0], key[1])] += more }, tally.ByAgency, tally.ByField)
	t.rollUp(n)
	return n, err
}

// joint is the respondents of a place by the values of two filters.
type joint struct {
	rows, columns int
	n             []int64 // by row, then by column
}

func newJoint(rows, columns int) joint { return joint{rows, columns, make([]int64, rows*columns)} }

// keeps reports whether the figure of a pair of values cannot be shown beside those of
// the other pairs, of single values and of all.
//
// It cannot where that of one of its values cannot ([siblings]): all pairs of such values
// are withheld, and stand together as one row or column from here on, so that every row and
// column has a known sum of enough respondents. Of these, a block is withheld: the rows and columns
// of every pair of too few, and as many more as it takes for the block to have two rows and
// two columns at least, each with enough respondents within the block.
//
// A reader knows of the block no more than the sums r and c of its rows and columns.
// So a cell of it can be anything from max(0, r + c − t), with t the sum of all, to
// min(r, c), which is a range of at least the minimum: r, c, t − r and t − c all are.
// Empty cells of the block are withheld like the others.
func (j joint) keeps(row, column int, minimum int64) bool {
	rowOf, rows := merged(j.rows, minimum, func(i int) (n int64) {
		for k := range j.columns {
			n += j.n[i*j.columns+k]
		}
		return n
	})
	columnOf, columns := merged(j.columns, minimum, func(k int) (n int64) {
		for i := range j.rows {
			n += j.n[i*j.columns+k]
		}
		return n
	})
	if rowOf[row] == 0 || columnOf[column] == 0 {
		return true
	}
	m := newJoint(rows, columns)
	for at, n := range j.n {
		m.n[rowOf[at/j.columns]*columns+columnOf[at%j.columns]] += n
	}
	return m.block(minimum)(rowOf[row], columnOf[column])
}

// merged numbers the values of a filter by their respondents: 0 for those that cannot be shown beside the others.
func merged(values int, minimum int64, respondents func(value int) int64) (number []int, numbers int) {
	p := siblings{minimum: minimum}
	for v := range values {
		p.add(v, respondents(v))
	}
	number, numbers = make([]int, values), 1
	for v := range number {
		if !p.keeps(v, respondents(v)) {
			number[v] = numbers
			numbers++
		}
	}
	return number, numbers
}

// block gives the pairs of rows and columns that are withheld. All sums of rows and
// columns are 0 or enough respondents.
func (j joint) block(minimum int64) (holds func(row, column int) bool) {
	inRows, inColumns := make([]bool, j.rows), make([]bool, j.columns)
	rows, columns := 0, 0
	addRow := func(i int) { inRows[i], rows = true, rows+1 }
	addColumn := func(k int) { inColumns[k], columns = true, columns+1 }
	for at, n := range j.n {
		if 0 < n && n < minimum {
			if i := at / j.columns; !inRows[i] {
				addRow(i)
			}
			if k := at % j.columns; !inColumns[k] {
				addColumn(k)
			}
		}
	}
	for again := rows > 0; again; {
		again = false
		// The row or column with most respondents in the block makes up for most.
		perRow, perColumn := make([]int64, j.rows), make([]int64, j.columns)
		for at, n := range j.n {
			if i, k := at/j.columns, at%j.columns; inRows[i] || inColumns[k] {
				if inColumns[k] {
					perRow[i] += n
				}
				if inRows[i] {
					perColumn[k] += n
				}
			}
		}
		if columns < 2 || lacks(inRows, perRow, minimum) {
			if k := best(inColumns, perColumn); k >= 0 {
				addColumn(k)
				again = true
			}
		}
		if rows < 2 || lacks(inColumns, perColumn, minimum) {
			if i := best(inRows, perRow); i >= 0 {
				addRow(i)
				again = true
			}
		}
	}
	return func(row, column int) bool { return inRows[row] && inColumns[column] }
}

// lacks reports whether a line of the block has too few respondents in it.
func lacks(in []bool, n []int64, minimum int64) bool {
	for i := range in {
		if in[i] && n[i] < minimum {
			return true
		}
	}
	return false
}

// best is the line outside of the block with most respondents in it; −1 without any.
func best(in []bool, n []int64) int {
	found := -1
	for i := range in {
		if !in[i] && n[i] > 0 && (found < 0 || n[i] > n[found]) {
			found = i
		}
	}
	return found
}
