package tally

import (
	"fmt"
	"slices"
)

// Measure numbers what an item or a pool measures. The caller chooses the
// numbers; the same number in two forms is counted together.
type Measure uint16

// FormID names a form within its table.
type FormID uint16

// Limits of forms.
const (
	MaxForms     = 256 // of a table
	MaxItems     = 24  // five-level items of a form
	MaxPools     = 24  // of a form
	MaxPoolItems = 19  // items of a pool
)

// Form says what the items of a row answer. A block of rows belongs to exactly one form.
type Form struct {
	Items []Measure // the measure of each item position, none twice
	Pools []Pool
}

// Pool is a set of items whose answers are counted together.
type Pool struct {
	Measure Measure // none twice among the pools of a form
	Items   []int   // positions in Form.Items, none twice
}

// layout is a form as the table uses it.
type layout struct {
	id    FormID
	form  Form
	items int
	item  map[Measure]int // position
	pool  map[Measure]int // index in form.Pools
}

func newLayout(id FormID, form Form) (*layout, error) {
	l := &layout{id: id, form: Form{Items: slices.Clone(form.Items)}, items: len(form.Items), item: map[Measure]int{}, pool: map[Measure]int{}}
	if l.items > MaxItems {
		return nil, fmt.Errorf("tally: a form of %d items, at most %d fit", l.items, MaxItems)
	}
	if len(form.Pools) > MaxPools {
		return nil, fmt.Errorf("tally: a form of %d pools, at most %d fit", len(form.Pools), MaxPools)
	}
	for position, measure := range form.Items {
		if _, twice := l.item[measure]; twice {
			return nil, fmt.Errorf("tally: measure %d has two items", measure)
		}
		l.item[measure] = position
	}
	for i, pool := range form.Pools {
		if _, twice := l.pool[pool.Measure]; twice {
			return nil, fmt.Errorf("tally: measure %d has two pools", pool.Measure)
		}
		if len(pool.Items) > MaxPoolItems {
			return nil, fmt.Errorf("tally: a pool of %d items, at most %d fit", len(pool.Items), MaxPoolItems)
		}
		seen := map[int]bool{}
		for _, position := range pool.Items {
			if position < 0 || position >= l.items || seen[position] {
				return nil, fmt.Errorf("tally: pool of measure %d: item position %d", pool.Measure, position)
			}
			seen[position] = true
		}
		l.pool[pool.Measure] = i
		pool.Items = slices.Clone(pool.Items)
		l.form.Pools = append(l.form.Pools, pool)
	}
	return l, nil
}

// check refuses rows that are not of this form.
func (l *layout) check(rows []Row) error {
	for i := range rows {
		for position, code := range &rows[i].Items {
			if code > NotApplicable || code != Missing && position >= l.items {
				return fmt.Errorf("tally: row %d of form %d: code %d at item position %d", i, l.id, code, position)
			}
		}
	}
	return nil
}
