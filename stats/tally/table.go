package tally

// Table is the column table. Its methods may be called from any goroutine.
type Table struct{}

// NewTable returns an empty table.
func NewTable() *Table { panic("tally: to come") }

// AddForm registers a form; rows name it by the id returned.
func (t *Table) AddForm(form Form) (FormID, error) { panic("tally: to come") }

// Append adds rows of one form, all at one moment, and says where each went.
// After an error nothing was added.
func (t *Table) Append(form FormID, rows ...Row) ([]RowRef, error) { panic("tally: to come") }

// Update changes the mutable part of rows, all at one moment: change is called
// once for each, with its index in refs. Snapshots taken before keep what they
// saw. An unknown ref is an error and nothing changes.
func (t *Table) Update(refs []RowRef, change func(i int, m *Mutable)) error {
	panic("tally: to come")
}

// Snapshot returns the table as it stands at this moment; it never waits.
func (t *Table) Snapshot() Snapshot { panic("tally: to come") }

// Snapshot is an immutable view of a table.
type Snapshot struct{}

// Rows is the number of rows in view.
func (s Snapshot) Rows() int64 { panic("tally: to come") }

// Count filters, groups and counts the rows in view.
func (s Snapshot) Count(q Query) ([]Group, error) { panic("tally: to come") }
