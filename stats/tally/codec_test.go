package tally

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/iotest"
)

// newCodecTable has a sealed and an open block of form 1, an open one of form 2
// between them, and no row of form 0.
func newCodecTable(t testing.TB) (table *Table, last []RowRef) {
	t.Helper()
	table = newTestTable(t)
	random := rand.New(rand.NewPCG(7, 8))
	for _, part := range []struct {
		form FormID
		rows int
	}{{1, 5000}, {2, 700}, {1, 4000}} {
		rows := make([]Row, part.rows)
		for i := range rows {
			rows[i] = randomRow(random, testForms[part.form])
		}
		refs, err := table.Append(part.form, rows...)
		if err != nil {
			t.Fatal(err)
		}
		last = refs
	}
	return table, last
}

func encode(t testing.TB, s Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := s.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("wrote %d bytes, said %d: %v", b.Len(), n, err)
	}
	return b.Bytes()
}

func TestReadGivesTheTableBack(t *testing.T) {
	table, refs := newCodecTable(t)
	snapshot := table.Snapshot()
	// Not in what was written: it is as of the snapshot.
	if _, err := table.Append(0, Row{}); err != nil {
		t.Fatal(err)
	}
	written := encode(t, snapshot)
	r := bytes.NewReader(append(bytes.Clone(written), "behind"...))
	back, err := Read(iotest.OneByteReader(r))
	if err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "behind" {
		t.Errorf("%q is left to read", rest)
	}
	if !bytes.Equal(encode(t, back.Snapshot()), written) {
		t.Error("written again, it differs")
	}
	random := rand.New(rand.NewPCG(9, 1))
	same := func(a, b Snapshot) {
		t.Helper()
		if a.Rows() != b.Rows() {
			t.Fatalf("%d rows, want %d", a.Rows(), b.Rows())
		}
		for range 20 {
			q := randomQuery(random)
			if got, want := mustCount(t, a, q), mustCount(t, b, q); !equalGroups(got, want) {
				t.Fatalf("%+v: got %v, want %v", q, got, want)
			}
		}
	}
	same(back.Snapshot(), snapshot)

	// The refs still name the same rows, and the blocks go on where they ended.
	original, _ := newCodecTable(t)
	rows := make([]Row, 9000)
	for i := range rows {
		rows[i] = randomRow(random, testForms[1])
	}
	var more [2][]RowRef
	for i, table := range []*Table{original, back} {
		if err := table.Update([]RowRef{0, refs[0], refs[len(refs)-1]}, func(i int, m *Mutable) { m.Flags = uint16(100 + i) }); err != nil {
			t.Fatal(err)
		}
		if more[i], err = table.Append(1, rows...); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(more[0], more[1]) {
		t.Error("rows appended after reading have other refs")
	}
	same(back.Snapshot(), original.Snapshot())
}

func TestReadAnEmptyTable(t *testing.T) {
	back, err := Read(bytes.NewReader(encode(t, NewTable().Snapshot())))
	if err != nil {
		t.Fatal(err)
	}
	if form, err := back.AddForm(testForms[1]); form != 0 || err != nil {
		t.Error(form, err)
	}
	if refs, err := back.Append(0, Row{}); len(refs) != 1 || err != nil {
		t.Error(refs, err)
	}
}

// smallTable is a table of one form with one open block, small enough to break everywhere.
func smallTable(t testing.TB) []byte {
	t.Helper()
	table := NewTable()
	if _, err := table.AddForm(testForms[2]); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Append(0, Row{Day: 9_000, Items: [MaxItems]uint8{5, NotApplicable, 1}}, Row{Flags: 3}); err != nil {
		t.Fatal(err)
	}
	return encode(t, table.Snapshot())
}

func TestReadRefuses(t *testing.T) {
	small := smallTable(t)
	for n := range small {
		if _, err := Read(bytes.NewReader(small[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the first %d of %d bytes: %v", n, len(small), err)
		}
	}
	block := len(small) - 4 - 2*(bytesPerRow+2) // form, rows, two rows of three items
	items := len(small) - 2*2
	for name, change := range map[string]func(b []byte) []byte{
		"version":         func(b []byte) []byte { b[0]++; return b },
		"form":            func(b []byte) []byte { b[5], b[6] = b[7], b[8]; return b }, // a measure twice
		"form of block":   func(b []byte) []byte { b[block] = 1; return b },
		"no rows":         func(b []byte) []byte { b[block+2] = 0; return b },
		"too many rows":   func(b []byte) []byte { binary.LittleEndian.PutUint16(b[block+2:], blockRows+1); return b },
		"codes":           func(b []byte) []byte { b[items] = pairCodes; return b },
		"item of no form": func(b []byte) []byte { b[items+2] = itemCodes; return b },
		"second open block": func(b []byte) []byte {
			b[block-4]++
			return append(b, b[block:]...)
		},
	} {
		if _, err := Read(bytes.NewReader(change(bytes.Clone(small)))); err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	failure := errors.New("no disk")
	if _, err := Read(iotest.ErrReader(failure)); !errors.Is(err, failure) {
		t.Errorf("reading: %v", err)
	}
}

func TestWriteToTellsWhatFailed(t *testing.T) {
	table, _ := newCodecTable(t)
	failure := errors.New("no disk")
	for _, room := range []int{0, 100, 100_000} {
		w := &shortWriter{room: room, err: failure}
		if n, err := table.Snapshot().WriteTo(w); n != int64(room) || !errors.Is(err, failure) {
			t.Errorf("room for %d bytes: %d written, %v", room, n, err)
		}
	}
}

// shortWriter fails when its room is used up.
type shortWriter struct {
	room int
	err  error
}

func (w *shortWriter) Write(b []byte) (int, error) {
	n := min(len(b), w.room)
	w.room -= n
	if n < len(b) {
		return n, w.err
	}
	return n, nil
}

// What Read takes is a table in every way: it is written as it was read, and it counts.
func FuzzRead(f *testing.F) {
	small := smallTable(f)
	f.Add(small)
	f.Add(small[:len(small)/2])
	f.Add(encode(f, NewTable().Snapshot()))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		table, err := Read(r)
		if err != nil {
			return
		}
		s := table.Snapshot()
		if again := encode(t, s); !bytes.Equal(again, b[:len(b)-r.Len()]) {
			t.Fatalf("read %d bytes, written again they are %d others", len(b)-r.Len(), len(again))
		}
		groups, err := s.Count(Query{GroupBy: []Dim{ByForm, ByAgency, ByFlags, ByMonth}, Items: []Measure{overall, staff}, Pools: []Measure{index}})
		if err != nil {
			t.Fatal(err)
		}
		var rows int64
		for _, g := range groups {
			rows += g.Rows
		}
		if rows != s.Rows() {
			t.Fatalf("counted %d of %d rows", rows, s.Rows())
		}
	})
}
