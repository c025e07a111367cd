package tally

import "slices"

const (
	blockBits = 13
	blockRows = 1 << blockBits
	maxBlocks = 1 << (32 - blockBits) // that a RowRef can name
)

// block holds the columns of up to blockRows rows of one form. Rows are
// written once, beyond what any snapshot sees, and never again; the columns
// that do change belong to the view.
type block struct {
	id     int
	layout *layout

	// Set when the block is full, before a snapshot sees it among the sealed ones.
	sealedAt int      // index among the sealed views, -1 while open
	months   []uint16 // that have rows, by calendar number, ascending

	day      [blockRows]Day
	agency   [blockRows]uint16
	point    [blockRows]uint16
	campaign [blockRows]uint16
	field    [blockRows]uint8
	capture  [blockRows]uint8
	delivery [blockRows]uint8
	language [blockRows]uint8

	items [][]uint8 // the code at position 2i + itemCodes · that at 2i+1
	pools [][]uint8 // see poolCode
}

type (
	flagColumn         [blockRows]uint16
	demographicColumns [Demographics][blockRows]uint8
)

// view is a block as of one moment: its first rows rows.
type view struct {
	*block
	rows         int
	days         span   // of the rows
	updates      uint64 // how often flags or demographics changed
	flags        *flagColumn
	demographics *demographicColumns
}

func newView(id int, l *layout) view {
	b := &block{id: id, layout: l, sealedAt: -1}
	b.items = newColumns((l.items + 1) / 2)
	b.pools = newColumns(len(l.form.Pools))
	return view{block: b, days: span{first: 1<<16 - 1}, flags: new(flagColumn), demographics: new(demographicColumns)}
}

func newColumns(n int) [][]uint8 {
	columns, cells := make([][]uint8, n), make([]uint8, n*blockRows)
	for i := range columns {
		columns[i] = cells[i*blockRows : (i+1)*blockRows : (i+1)*blockRows]
	}
	return columns
}

// add writes rows behind those in view.
func (v *view) add(rows []Row) {
	for r := range rows {
		row, i := &rows[r], v.rows+r
		v.day[i] = row.Day
		v.agency[i] = row.Agency
		v.point[i] = row.Point
		v.field[i] = row.Field
		v.capture[i] = row.Capture
		v.delivery[i] = row.Delivery
		v.campaign[i] = row.Campaign
		v.language[i] = row.Language
		v.flags[i] = row.Flags
		for d, code := range row.Demographics {
			v.demographics[d][i] = code
		}
		for pair, column := range v.items {
			column[i] = row.Items[2*pair] + row.Items[2*pair+1]*itemCodes
		}
		v.days = span{min(v.days.first, row.Day), max(v.days.last, row.Day)}
	}
	from := v.rows
	v.rows += len(rows)
	v.pool(from)
}

// seal makes a full block the at-th of the sealed ones.
func (v *view) seal(at int) {
	v.sealedAt = at
	for _, day := range v.day {
		if n := len(v.months); n == 0 || v.months[n-1] != civil().month[day] {
			v.months = append(v.months, civil().month[day])
		}
	}
	slices.Sort(v.months)
	v.months = slices.Clip(slices.Compact(v.months))
}

// pool fills the pool columns from a row on.
func (v *view) pool(from int) {
	var answersArray [256]uint16 // of each row: answered + satisfied<<8
	for ; from < v.rows; from += len(answersArray) {
		to := min(from+len(answersArray), v.rows)
		answers := answersArray[:to-from]
		for pool, column := range v.pools {
			clear(answers)
			for _, position := range v.layout.form.Pools[pool].Items {
				pairs := v.items[position/2][from:to]
				answer := &answerOf[position%2]
				for i, pair := range pairs {
					answers[i] += answer[pair]
				}
			}
			codes := column[from:to]
			for i, sum := range answers {
				codes[i] = uint8(poolCode(int(sum&255), int(sum>>8)))
			}
		}
	}
}

// answerOf says of the first and the second code of a pair whether it is on the
// scale and, shifted by 8, whether it is 4 or 5.
var answerOf = func() (answers [2][256]uint16) {
	of := [itemCodes]uint16{1: 1, 2: 1, 3: 1, 4: 1 + 1<<8, 5: 1 + 1<<8}
	for pair := range pairCodes {
		answers[0][pair], answers[1][pair] = of[pair%itemCodes], of[pair/itemCodes]
	}
	return answers
}()

// poolCode packs how many items of a pool were answered on the scale and how
// many of those with 4 or 5 into a(a+1)/2 + s, below 210 for 19 items.
func poolCode(answered, satisfied int) int { return answered*(answered+1)/2 + satisfied }

// poolAnswers undoes poolCode.
var poolAnswers = func() (answers [256]struct{ answered, satisfied int64 }) {
	code := 0
	for answered := range int64(MaxPoolItems + 1) {
		for satisfied := range answered + 1 {
			answers[code].answered, answers[code].satisfied = answered, satisfied
			code++
		}
	}
	return answers
}()
