package tally

import (
	"slices"
	"sync"
)

// Dim is a dimension to group by.
type Dim int

// The dimensions and the integers their groups are keyed by.
const (
	ByDay     Dim = iota // Day
	ByMonth              // 202609
	ByQuarter            // 20263
	ByYear               // 2026
	ByAgency             // the column's own value, as all below
	ByField
	ByPoint
	ByCapture
	ByDelivery
	ByCampaign
	ByLanguage
	ByFlags
	ByForm
	ByDemographic1
	ByDemographic2
	ByDemographic3
	ByDemographic4
	dimensions
)

// MaxGroupBy is how many dimensions one query may group by.
const MaxGroupBy = 4

// calendar numbers the months, quarters and years of every Day from 0 on.
type calendar struct {
	month, quarter, year [1 << 16]uint16
	months               []span // by number
}

var civil = sync.OnceValue(func() *calendar {
	c := new(calendar)
	for day := range c.month {
		date := Day(day).Date()
		c.year[day] = uint16(date.Year() - 2000)
		c.month[day] = c.year[day]*12 + uint16(date.Month()) - 1
		c.quarter[day] = c.month[day] / 3
		if int(c.month[day]) == len(c.months) {
			c.months = append(c.months, span{first: Day(day)})
		}
		c.months[c.month[day]].last = Day(day)
	}
	return c
})

// flagSets numbers the sets of flags in a table, in ascending order. It is never
// changed; with gives the next.
type flagSets struct {
	sets  []uint16
	place [1 << 16]uint16 // by set
}

func (f *flagSets) has(flags uint16) bool {
	place := int(f.place[flags])
	return place < len(f.sets) && f.sets[place] == flags
}

func (f *flagSets) with(more []uint16) *flagSets {
	next := &flagSets{sets: slices.Concat(f.sets, more)}
	slices.Sort(next.sets)
	next.sets = slices.Compact(next.sets)
	for place, flags := range next.sets {
		next.place[flags] = uint16(place)
	}
	return next
}

// axis is a dimension of the groups of one query: its codes run from low to high.
type axis struct {
	dim       Dim
	low, high uint16
	flags     *flagSets // by flags: a code is the place of a set
}

func (a axis) width() uint64 { return uint64(a.high-a.low) + 1 }

// same reports that places along a and b mean the same. The sets of flags of a
// table only ever grow, so that as many are the same ones.
func (a axis) same(b axis) bool { return a.dim == b.dim && a.low == b.low && a.high == b.high }

// newAxis spans the codes that may occur in s on some days.
func newAxis(dim Dim, s *state, days span) axis {
	a := axis{dim: dim}
	w := &s.widest
	switch dim {
	case ByDay:
		a.low, a.high = uint16(days.first), uint16(days.last)
	case ByMonth:
		a.low, a.high = civil().month[days.first], civil().month[days.last]
	case ByQuarter:
		a.low, a.high = civil().quarter[days.first], civil().quarter[days.last]
	case ByYear:
		a.low, a.high = civil().year[days.first], civil().year[days.last]
	case ByAgency:
		a.high = w.agency
	case ByField:
		a.high = uint16(w.field)
	case ByPoint:
		a.high = w.point
	case ByCapture:
		a.high = uint16(w.capture)
	case ByDelivery:
		a.high = uint16(w.delivery)
	case ByCampaign:
		a.high = w.campaign
	case ByLanguage:
		a.high = uint16(w.language)
	case ByFlags:
		a.flags, a.high = s.flags, uint16(len(s.flags.sets)-1)
	case ByForm:
		a.high = uint16(len(s.layouts) - 1)
	default:
		a.high = uint16(w.demographics[dim-ByDemographic1])
	}
	return a
}

// key is what a group at place along the axis is keyed by.
func (a axis) key(place uint64) int {
	code := int(place) + int(a.low)
	switch a.dim {
	case ByMonth:
		return (2000+code/12)*100 + code%12 + 1
	case ByQuarter:
		return (2000+code/4)*10 + code%4 + 1
	case ByYear:
		return 2000 + code
	case ByFlags:
		return int(a.flags.sets[code])
	}
	return code
}

// place multiplies places by the width of the axis and adds the place of each
// row. The places of rows that do not pass the filter mean nothing.
func (a axis) place(v *view, places []uint64) {
	switch a.dim {
	case ByDay:
		placeColumn(a, places, v.day[:])
	case ByMonth:
		placeNumbers(a, places, v.day[:], &civil().month)
	case ByQuarter:
		placeNumbers(a, places, v.day[:], &civil().quarter)
	case ByYear:
		placeNumbers(a, places, v.day[:], &civil().year)
	case ByAgency:
		placeColumn(a, places, v.agency[:])
	case ByField:
		placeColumn(a, places, v.field[:])
	case ByPoint:
		placeColumn(a, places, v.point[:])
	case ByCapture:
		placeColumn(a, places, v.capture[:])
	case ByDelivery:
		placeColumn(a, places, v.delivery[:])
	case ByCampaign:
		placeColumn(a, places, v.campaign[:])
	case ByLanguage:
		placeColumn(a, places, v.language[:])
	case ByFlags:
		placeNumbers(a, places, v.flags[:], &a.flags.place)
	case ByForm:
		for i := range places {
			places[i] = places[i]*a.width() + uint64(v.layout.id)
		}
	default:
		placeColumn(a, places, v.demographics[a.dim-ByDemographic1][:])
	}
}

func placeColumn[T ~uint8 | ~uint16](a axis, places []uint64, column []T) {
	width, low := a.width(), uint64(a.low)
	column = column[:len(places)]
	for i, code := range column {
		places[i] = places[i]*width + uint64(code) - low
	}
}

func placeNumbers[T ~uint16](a axis, places []uint64, column []T, number *[1 << 16]uint16) {
	width, low := a.width(), uint64(a.low)
	column = column[:len(places)]
	for i, code := range column {
		places[i] = places[i]*width + uint64(number[code]) - low
	}
}
