package tally

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Table is the column table. Its methods may be called from any goroutine:
// writers wait for each other, nobody waits for a reader.
type Table struct {
	mu      sync.Mutex // held by the writer
	blocks  []*block   // by id
	current atomic.Pointer[state]
	months  *months
}

// state is the table at one moment. It is never changed; writers publish the next one.
type state struct {
	layouts []*layout
	sealed  []view // full blocks
	open    []view // by form, the block being filled; none before the first row
	rows    int64
	widest  widths
	flags   *flagSets
}

// widths holds the largest code in each column, to size what is counted by it.
type widths struct {
	agency, point, campaign            uint16
	field, capture, delivery, language uint8
	demographics                       [Demographics]uint8
}

// NewTable returns an empty table.
func NewTable() *Table {
	t := &Table{months: newMonths()}
	t.current.Store(&state{flags: &flagSets{}})
	return t
}

// AddForm registers a form; rows name it by the id returned. A form that breaks
// the limits or repeats a measure is an error.
func (t *Table) AddForm(form Form) (FormID, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := *t.current.Load()
	if len(next.layouts) == MaxForms {
		return 0, fmt.Errorf("tally: more than %d forms", MaxForms)
	}
	l, err := newLayout(FormID(len(next.layouts)), form)
	if err != nil {
		return 0, err
	}
	next.layouts = append(next.layouts, l)
	next.open = append(append([]view(nil), next.open...), view{})
	t.current.Store(&next)
	return l.id, nil
}

// Append adds rows of one form, all at one moment, and says where each went.
// An unknown form, a row that is not of it or more rows than the table has room
// for is an error, and nothing is added.
func (t *Table) Append(form FormID, rows ...Row) ([]RowRef, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := *t.current.Load()
	if int(form) >= len(next.layouts) {
		return nil, fmt.Errorf("tally: no form %d", form)
	}
	l := next.layouts[form]
	if err := l.check(rows); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	filling := next.open[form]
	free := (maxBlocks - len(t.blocks)) * blockRows
	if filling.block != nil {
		free += blockRows - filling.rows
	}
	if len(rows) > free {
		return nil, fmt.Errorf("tally: %d rows for a table that has room for %d", len(rows), free)
	}
	next.rows += int64(len(rows))
	var unseen []uint16
	for i := range rows {
		next.widest.include(&rows[i])
		if !next.flags.has(rows[i].Flags) {
			unseen = append(unseen, rows[i].Flags)
		}
	}
	if unseen != nil {
		next.flags = next.flags.with(unseen)
	}
	refs := make([]RowRef, 0, len(rows))
	for len(rows) > 0 {
		if filling.block == nil {
			filling = newView(len(t.blocks), l)
			t.blocks = append(t.blocks, filling.block)
		}
		fit := rows[:min(len(rows), blockRows-filling.rows)]
		for i := range fit {
			refs = append(refs, RowRef(filling.id<<blockBits|(filling.rows+i)))
		}
		filling.add(fit)
		rows = rows[len(fit):]
		if filling.rows == blockRows {
			filling.seal(len(next.sealed))
			// Snapshots share the array but end before this element.
			next.sealed = append(next.sealed, filling)
			filling = view{}
		}
	}
	next.open = append([]view(nil), next.open...)
	next.open[form] = filling
	t.current.Store(&next)
	return refs, nil
}

func (w *widths) include(row *Row) {
	w.agency = max(w.agency, row.Agency)
	w.point = max(w.point, row.Point)
	w.field = max(w.field, row.Field)
	w.capture = max(w.capture, row.Capture)
	w.delivery = max(w.delivery, row.Delivery)
	w.campaign = max(w.campaign, row.Campaign)
	w.language = max(w.language, row.Language)
	w.includeDemographics(row.Demographics)
}

func (w *widths) includeDemographics(codes [Demographics]uint8) {
	for i, code := range codes {
		w.demographics[i] = max(w.demographics[i], code)
	}
}

// Update changes the mutable part of rows, all at one moment: change is called
// once for each, with its index in refs. Snapshots taken before keep what they
// saw. An unknown ref is an error and nothing changes. It copies the columns of
// every block it touches, so that many rows are best updated in one call.
func (t *Table) Update(refs []RowRef, change func(i int, m *Mutable)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := *t.current.Load()
	for _, ref := range refs {
		if id := int(ref >> blockBits); id >= len(t.blocks) || int(ref%blockRows) >= next.view(t.blocks[id]).rows {
			return fmt.Errorf("tally: no row %d", ref)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	next.sealed = append([]view(nil), next.sealed...)
	next.open = append([]view(nil), next.open...)
	copied := map[int]*struct{ flags, demographics bool }{}
	var unseen []uint16
	for i, ref := range refs {
		id, row := int(ref>>blockBits), int(ref%blockRows)
		v := next.view(t.blocks[id])
		before := v.mutable(row)
		after := before
		change(i, &after)
		if after == before {
			continue
		}
		next.widest.includeDemographics(after.Demographics)
		if !next.flags.has(after.Flags) {
			unseen = append(unseen, after.Flags)
		}
		own := copied[id]
		if own == nil {
			own = &struct{ flags, demographics bool }{}
			copied[id] = own
			v.updates++
		}
		if after.Flags != before.Flags {
			if !own.flags {
				own.flags = true
				v.flags = clone(v.flags)
			}
			v.flags[row] = after.Flags
		}
		if after.Demographics != before.Demographics {
			if !own.demographics {
				own.demographics = true
				v.demographics = clone(v.demographics)
			}
			for d, code := range after.Demographics {
				v.demographics[d][row] = code
			}
		}
	}
	if unseen != nil {
		next.flags = next.flags.with(unseen)
	}
	t.current.Store(&next)
	return nil
}

// view finds the view of a block.
func (s *state) view(b *block) *view {
	if b.sealedAt >= 0 {
		return &s.sealed[b.sealedAt]
	}
	return &s.open[b.layout.id]
}

func (v *view) mutable(row int) Mutable {
	m := Mutable{Flags: v.flags[row]}
	for d := range m.Demographics {
		m.Demographics[d] = v.demographics[d][row]
	}
	return m
}

func clone[T any](of *T) *T {
	c := *of
	return &c
}

// Snapshot returns the table as it stands at this moment; it never waits.
func (t *Table) Snapshot() Snapshot { return Snapshot{t.current.Load(), t.months} }

// Snapshot is an immutable view of a table at one moment.
type Snapshot struct {
	state  *state
	months *months // nil: count every row
}

// Rows is the number of rows in view.
func (s Snapshot) Rows() int64 { return s.state.rows }
