package tally

// Measure numbers what an item or a pool measures. The caller chooses the
// numbers; the same number in two forms is counted together.
type Measure uint16

// FormID names a form within its table.
type FormID uint16

// Limits of a form.
const (
	MaxItems     = 24 // five-level items of a form
	MaxPoolItems = 19 // items of a pool
)

// Form says what the items of a row answer. A block of rows belongs to exactly one form.
type Form struct {
	Items []Measure // the measure of each item position, none twice
	Pools []Pool
}

// Pool is a set of items whose answers are counted together.
type Pool struct {
	Measure Measure
	Items   []int // positions in Form.Items, none twice
}
