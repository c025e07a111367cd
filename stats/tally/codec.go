package tally

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// A table is written as follows, every number little-endian:
//
//	version u16
//	forms   u16, of each: items u8, of each its measure u16;
//	        pools u8, of each: measure u16, positions u8, each u8
//	blocks  u32, of each: form u16, rows u16, then its columns one by one:
//	        day, agency, point, campaign, flags u16; field, capture, delivery,
//	        language, demographics u8; pairs of items u8
//
// Blocks come in the order of their ids, so that every RowRef stays. What
// follows from these is made anew: pools, spans of days and codes, months.
const (
	codecVersion = 2
	bytesPerRow  = 5*2 + 4 + Demographics // and the pairs of items
)

// WriteTo writes the forms and rows in view for [Read].
func (s Snapshot) WriteTo(w io.Writer) (int64, error) {
	var views []*view
	for _, list := range [][]view{s.state.sealed, s.state.open} {
		for i := range list {
			if list[i].rows > 0 {
				views = append(views, &list[i])
			}
		}
	}
	slices.SortFunc(views, func(a, b *view) int { return cmp.Compare(a.id, b.id) })

	b := binary.LittleEndian.AppendUint16(nil, codecVersion)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(s.state.layouts)))
	for _, l := range s.state.layouts {
		b = l.form.append(b)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(views)))
	n, err := w.Write(b)
	written := int64(n)
	for _, v := range views {
		if err != nil {
			break
		}
		b = v.append(b[:0])
		n, err = w.Write(b)
		written += int64(n)
	}
	return written, err
}

func (f *Form) append(b []byte) []byte {
	b = append(b, uint8(len(f.Items)))
	for _, measure := range f.Items {
		b = binary.LittleEndian.AppendUint16(b, uint16(measure))
	}
	b = append(b, uint8(len(f.Pools)))
	for _, pool := range f.Pools {
		b = binary.LittleEndian.AppendUint16(b, uint16(pool.Measure))
		b = append(b, uint8(len(pool.Items)))
		for _, position := range pool.Items {
			b = append(b, uint8(position))
		}
	}
	return b
}

func (v *view) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(v.layout.id))
	b = binary.LittleEndian.AppendUint16(b, uint16(v.rows))
	b = appendWide(b, v.day[:v.rows])
	b = appendWide(b, v.agency[:v.rows])
	b = appendWide(b, v.point[:v.rows])
	b = appendWide(b, v.campaign[:v.rows])
	b = appendWide(b, v.flags[:v.rows])
	for _, column := range v.narrow() {
		b = append(b, column[:v.rows]...)
	}
	return b
}

func appendWide[T ~uint16](b []byte, column []T) []byte {
	for _, code := range column {
		b = binary.LittleEndian.AppendUint16(b, uint16(code))
	}
	return b
}

// narrow lists the columns of one byte in the order they are written.
func (v *view) narrow() [][]uint8 {
	columns := [][]uint8{v.field[:], v.capture[:], v.delivery[:], v.language[:]}
	for d := range v.demographics {
		columns = append(columns, v.demographics[d][:])
	}
	return append(columns, v.items...)
}

// Read gives back a table that [Snapshot.WriteTo] wrote, with the same forms,
// rows and refs. It reads as many bytes as were written and none behind them.
// Anything else that it reads is an error: a version it does not know, an end
// too early, a form or a code that no table holds.
func Read(r io.Reader) (*Table, error) {
	d := &decoder{r: r}
	t := NewTable()
	if version := d.wide(); d.err == nil && version != codecVersion {
		return nil, fmt.Errorf("tally: a table of version %d, only %d can be read", version, codecVersion)
	}
	for forms := d.wide(); forms > 0 && d.err == nil; forms-- {
		form := d.form()
		if d.err == nil {
			_, d.err = t.AddForm(form)
		}
	}
	s := *t.current.Load()
	for blocks := d.count(); blocks > 0 && d.err == nil; blocks-- {
		d.block(t, &s)
	}
	if d.err != nil {
		if errors.Is(d.err, io.EOF) {
			d.err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("tally: not a table: %w", d.err)
	}
	t.current.Store(&s)
	return t, nil
}

// decoder reads until its first error; numbers after that are 0.
type decoder struct {
	r      io.Reader
	buffer []byte
	err    error
}

// bytes gives the next n bytes, good until the next call.
func (d *decoder) bytes(n int) []byte {
	d.buffer = slices.Grow(d.buffer[:0], n)[:n]
	if d.err == nil {
		_, d.err = io.ReadFull(d.r, d.buffer)
	}
	if d.err != nil {
		clear(d.buffer)
	}
	return d.buffer
}

func (d *decoder) narrow() uint8 { return d.bytes(1)[0] }
func (d *decoder) wide() uint16  { return binary.LittleEndian.Uint16(d.bytes(2)) }
func (d *decoder) count() uint32 { return binary.LittleEndian.Uint32(d.bytes(4)) }

func (d *decoder) form() (form Form) {
	for range d.narrow() {
		form.Items = append(form.Items, Measure(d.wide()))
	}
	for range d.narrow() {
		pool := Pool{Measure: Measure(d.wide())}
		for range d.narrow() {
			pool.Items = append(pool.Items, int(d.narrow()))
		}
		form.Pools = append(form.Pools, pool)
	}
	return form
}

// block reads the next block of t into s.
func (d *decoder) block(t *Table, s *state) {
	form, rows := int(d.wide()), int(d.wide())
	if d.err != nil {
		return
	}
	if form >= len(s.layouts) || rows == 0 || rows > blockRows || s.open[form].rows > 0 || len(t.blocks) == maxBlocks {
		d.err = fmt.Errorf("block %d: %d rows of form %d", len(t.blocks), rows, form)
		return
	}
	l := s.layouts[form]
	b := d.bytes(rows * (bytesPerRow + (l.items+1)/2))
	if d.err != nil {
		return
	}
	v := newView(len(t.blocks), l)
	v.rows = rows
	b = takeWide(b, v.day[:rows])
	b = takeWide(b, v.agency[:rows])
	b = takeWide(b, v.point[:rows])
	b = takeWide(b, v.campaign[:rows])
	b = takeWide(b, v.flags[:rows])
	for _, column := range v.narrow() {
		b = b[copy(column[:rows], b):]
	}
	if d.err = v.checkItems(); d.err != nil {
		return
	}
	v.pool(0)
	v.days = span{slices.Min(v.day[:rows]), slices.Max(v.day[:rows])}
	t.blocks = append(t.blocks, v.block)
	s.include(&v)
	if rows == blockRows {
		v.seal(len(s.sealed))
		s.sealed = append(s.sealed, v)
	} else {
		s.open[form] = v
	}
}

func takeWide[T ~uint16](b []byte, column []T) (rest []byte) {
	for i := range column {
		column[i] = T(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return b[2*len(column):]
}

// checkItems refuses codes that are none, and answers to items that the form does not have.
func (v *view) checkItems() error {
	for pair, column := range v.items {
		codes := uint8(pairCodes)
		if 2*pair+1 == v.layout.items {
			codes = itemCodes
		}
		for i, code := range column[:v.rows] {
			if code >= codes {
				return fmt.Errorf("block %d: pair of codes %d at row %d", v.id, code, i)
			}
		}
	}
	return nil
}

// include takes the codes and the number of rows of a block read into account.
func (s *state) include(v *view) {
	w, rows := &s.widest, v.rows
	s.rows += int64(rows)
	w.agency = max(w.agency, slices.Max(v.agency[:rows]))
	w.point = max(w.point, slices.Max(v.point[:rows]))
	w.field = max(w.field, slices.Max(v.field[:rows]))
	w.capture = max(w.capture, slices.Max(v.capture[:rows]))
	w.delivery = max(w.delivery, slices.Max(v.delivery[:rows]))
	w.campaign = max(w.campaign, slices.Max(v.campaign[:rows]))
	w.language = max(w.language, slices.Max(v.language[:rows]))
	for d := range v.demographics {
		w.demographics[d] = max(w.demographics[d], slices.Max(v.demographics[d][:rows]))
	}
	var unseen []uint16
	for _, flags := range v.flags[:rows] {
		if !s.flags.has(flags) {
			unseen = append(unseen, flags)
		}
	}
	if unseen != nil {
		s.flags = s.flags.with(unseen)
	}
}
