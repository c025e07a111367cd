package stats

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// vector is one line of a file of reference numbers, by column name.
type vector struct {
	t       *testing.T
	columns map[string]int
	cells   []string
}

// eachVector reads a reference file; its comments name the source.
func eachVector(t *testing.T, file string, check func(v vector)) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var columns map[string]int
	rows := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, ",")
		if columns == nil {
			columns = map[string]int{}
			for i, name := range cells {
				columns[name] = i
			}
			continue
		}
		rows++
		name := line
		if len(name) > 60 {
			name = name[:60]
		}
		t.Run(name, func(t *testing.T) { check(vector{t: t, columns: columns, cells: cells}) })
	}
	if rows == 0 {
		t.Fatalf("%s holds no vectors", file)
	}
}

func (v vector) text(column string) string {
	v.t.Helper()
	i, ok := v.columns[column]
	if !ok {
		v.t.Fatalf("no column %q", column)
	}
	return v.cells[i]
}

// maybe is nil for NA.
func (v vector) maybe(column string) *float64 {
	v.t.Helper()
	text := v.text(column)
	if text == "NA" {
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		v.t.Fatal(err)
	}
	return &x
}

func (v vector) float(column string) float64 {
	v.t.Helper()
	x := v.maybe(column)
	if x == nil {
		v.t.Fatalf("%s is NA", column)
	}
	return *x
}

func (v vector) int(column string) int64 {
	v.t.Helper()
	return int64(v.float(column))
}

func (v vector) ints(column string) []int64 {
	v.t.Helper()
	var out []int64
	for cell := range strings.SplitSeq(v.text(column), ";") {
		x, err := strconv.ParseInt(cell, 10, 64)
		if err != nil {
			v.t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

// maybes are the values listed in one cell; nil for NA.
func (v vector) maybes(column string) []*float64 {
	v.t.Helper()
	var out []*float64
	for cell := range strings.SplitSeq(v.text(column), ";") {
		if cell == "NA" {
			out = append(out, nil)
			continue
		}
		x, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			v.t.Fatal(err)
		}
		out = append(out, &x)
	}
	return out
}

// floats are such values without NA.
func (v vector) floats(column string) []float64 {
	v.t.Helper()
	var out []float64
	for _, x := range v.maybes(column) {
		if x == nil {
			v.t.Fatalf("%s has an NA", column)
		}
		out = append(out, *x)
	}
	return out
}

// want compares with a column; nil goes with NA. The tolerance is absolute up to 1, relative beyond.
func (v vector) want(column string, got *float64, tolerance float64) {
	v.t.Helper()
	wantNear(v.t, column, got, v.maybe(column), tolerance)
}

func wantNear(t *testing.T, name string, got, want *float64, tolerance float64) {
	t.Helper()
	switch {
	case got == nil && want == nil:
	case got == nil || want == nil:
		t.Errorf("%s: got %v, want %v", name, show(got), show(want))
	case !(math.Abs(*got-*want) <= tolerance*math.Max(1, math.Abs(*want))):
		t.Errorf("%s: got %.15g, want %.15g", name, *got, *want)
	}
}

func show(x *float64) any {
	if x == nil {
		return "nil"
	}
	return *x
}

func lower(i *Interval) *float64 {
	if i == nil {
		return nil
	}
	return &i.Lower
}

func upper(i *Interval) *float64 {
	if i == nil {
		return nil
	}
	return &i.Upper
}

func ok[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
