package api

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"sipas/survey"
	"sipas/survey/registry"
)

// Paging asks for one page of a list.
type Paging struct {
	Page int `query:"page" minimum:"1" maximum:"1000000" default:"1" doc:"Page, from 1"`
	Size int `query:"size" minimum:"1" maximum:"200" default:"50" doc:"Items to the page"`
}

// List is one page of a list and the number of all items.
type List[T any] struct {
	Items []T `json:"items" nullable:"false"`
	Total int `json:"total"`
}

// ListOutput is the answer of a list operation.
type ListOutput[T any] struct{ Body List[T] }

// page cuts the asked page out of all items and shows each of its items.
func page[S, T any](p Paging, items []S, show func(S) T) *ListOutput[T] {
	list := List[T]{Items: []T{}, Total: len(items)}
	start := min((p.Page-1)*p.Size, len(items))
	for _, item := range items[start:min(start+p.Size, len(items))] {
		list.Items = append(list.Items, show(item))
	}
	return &ListOutput[T]{list}
}

// named reports whether every word of q stands in one wording of a name,
// whatever its case and accents. An empty q is in every name.
func named(q string, name survey.Text) bool {
	words := strings.Fields(registry.Fold(q))
	if len(words) == 0 {
		return true
	}
	for _, wording := range name {
		folded, all := registry.Fold(wording), true
		for _, word := range words {
			all = all && strings.Contains(folded, word)
		}
		if all {
			return true
		}
	}
	return false
}

// partOf reports whether the words of q stand in a name of some language one after the
// other, the last one perhaps not to its end. "phu trach" is part of "Phường Phú Trạch", not of "Phường Trạch Phú".
func partOf(q string, name survey.Text) bool {
	words := " " + registry.Fold(q)
	for _, wording := range name {
		if strings.Contains(" "+registry.Fold(wording), words) {
			return true
		}
	}
	return false
}

// matches reports whether q finds a record: by the words of its name or by the
// beginning of an id. An empty q finds every record.
func matches(q string, name survey.Text, ids ...string) bool {
	if named(q, name) {
		return true
	}
	start := registry.Fold(q)
	return slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(registry.Fold(id), start) })
}

// ClosedFilter asks for records that are closed, or for those that are not.
type ClosedFilter struct {
	Closed string `query:"closed" enum:"true,false" doc:"Only closed records, or only those that are not; default: both"`
}

func (f ClosedFilter) takes(closed bool) bool {
	return f.Closed == "" || (f.Closed == "true") == closed
}

// inVietnameseOrder gives the items in the order of their names in Vietnamese,
// numbers by value; those of one name keep their order.
func inVietnameseOrder[T any](items []T, name func(T) string) []T {
	collator, buffer := collate.New(language.Vietnamese, collate.Numeric), collate.Buffer{}
	type keyed struct {
		key  []byte
		item T
	}
	all := make([]keyed, len(items))
	for i, item := range items {
		all[i] = keyed{slices.Clone(collator.KeyFromString(&buffer, name(item))), item}
		buffer.Reset()
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return bytes.Compare(a.key, b.key) })
	sorted := make([]T, len(all))
	for i, k := range all {
		sorted[i] = k.item
	}
	return sorted
}
