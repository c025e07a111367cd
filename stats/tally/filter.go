package tally

import "strconv"

// Filter selects rows. A nil list lets every value pass, an empty one none.
type Filter struct {
	From, Until  Day // civil days from From on and before Until; Until 0 means no end
	Agencies     []uint16
	Fields       []uint8
	Points       []uint16
	Captures     []uint8
	Deliveries   []uint8
	Campaigns    []uint16
	Languages    []uint8
	Demographics [Demographics][]uint8
	AnyFlags     uint16 // only rows with at least one of these bits; 0 lets every row pass
	ExcludeFlags uint16 // rows with any of these bits are left out
}

// GoString gives different texts for different filters. What is kept by query is named
// by it again and again, for which the general one of fmt is slow.
func (f Filter) GoString() string {
	b := append(make([]byte, 0, 128), "tally.Filter{"...)
	b = appendField(b, "From", f.From)
	b = appendField(b, "Until", f.Until)
	b = appendList(b, "Agencies", f.Agencies)
	b = appendList(b, "Fields", f.Fields)
	b = appendList(b, "Points", f.Points)
	b = appendList(b, "Captures", f.Captures)
	b = appendList(b, "Deliveries", f.Deliveries)
	b = appendList(b, "Campaigns", f.Campaigns)
	b = appendList(b, "Languages", f.Languages)
	for i, codes := range f.Demographics {
		b = appendList(b, "Demographics["+strconv.Itoa(i)+"]", codes)
	}
	b = appendField(b, "AnyFlags", f.AnyFlags)
	b = appendField(b, "ExcludeFlags", f.ExcludeFlags)
	return string(append(b, '}'))
}

func appendField[T ~uint16](b []byte, name string, value T) []byte {
	if value == 0 {
		return b
	}
	b = append(append(b, name...), ": "...)
	return append(strconv.AppendUint(b, uint64(value), 10), ", "...)
}

func appendList[T uint8 | uint16](b []byte, name string, values []T) []byte {
	if values == nil {
		return b
	}
	b = append(append(b, name...), ": {"...)
	for _, value := range values {
		b = append(strconv.AppendUint(b, uint64(value), 10), ',')
	}
	return append(b, "}, "...)
}

// days are those that pass; none if the last comes before the first.
func (f *Filter) days() span {
	return span{f.From, f.Until - 1} // no end is the day before day 0, the last of all
}

// span is the days from first to last, both included.
type span struct{ first, last Day }

func (s span) overlaps(o span) bool { return s.first <= o.last && o.first <= s.last }

// covers reports that every day of o lies in s.
func (s span) covers(o span) bool { return s.first <= o.first && o.last <= s.last }

// passer is a filter prepared for many blocks: a nil set lets every value pass.
type passer struct {
	Filter
	agencies, points, campaigns             *[1 << 16]bool
	fields, captures, deliveries, languages *[1 << 8]bool
	demographics                            [Demographics]*[1 << 8]bool
}

func newPasser(f Filter) *passer {
	p := &passer{
		Filter:     f,
		agencies:   wideSet(f.Agencies),
		points:     wideSet(f.Points),
		fields:     narrowSet(f.Fields),
		captures:   narrowSet(f.Captures),
		deliveries: narrowSet(f.Deliveries),
		campaigns:  wideSet(f.Campaigns),
		languages:  narrowSet(f.Languages),
	}
	for d := range p.demographics {
		p.demographics[d] = narrowSet(f.Demographics[d])
	}
	return p
}

func wideSet(values []uint16) *[1 << 16]bool {
	if values == nil {
		return nil
	}
	set := new([1 << 16]bool)
	for _, value := range values {
		set[value] = true
	}
	return set
}

func narrowSet(values []uint8) *[1 << 8]bool {
	if values == nil {
		return nil
	}
	set := new([1 << 8]bool)
	for _, value := range values {
		set[value] = true
	}
	return set
}

// pass sets passes for the rows of v on some days, whatever the filter's own.
func (p *passer) pass(v *view, days span, passes []bool) {
	if days.covers(v.days) {
		for i := range passes {
			passes[i] = true
		}
	} else {
		for i, day := range v.day[:len(passes)] {
			passes[i] = day >= days.first && day <= days.last
		}
	}
	passWide(passes, p.agencies, &v.agency)
	passWide(passes, p.points, &v.point)
	passWide(passes, p.campaigns, &v.campaign)
	passNarrow(passes, p.fields, &v.field)
	passNarrow(passes, p.captures, &v.capture)
	passNarrow(passes, p.deliveries, &v.delivery)
	passNarrow(passes, p.languages, &v.language)
	for d := range p.demographics {
		passNarrow(passes, p.demographics[d], &v.demographics[d])
	}
	if p.AnyFlags != 0 {
		for i, flags := range v.flags[:len(passes)] {
			passes[i] = passes[i] && flags&p.AnyFlags != 0
		}
	}
	if p.ExcludeFlags != 0 {
		for i, flags := range v.flags[:len(passes)] {
			passes[i] = passes[i] && flags&p.ExcludeFlags == 0
		}
	}
}

func passWide(passes []bool, set *[1 << 16]bool, column *[blockRows]uint16) {
	if set == nil {
		return
	}
	for i, value := range column[:len(passes)] {
		passes[i] = passes[i] && set[value]
	}
}

func passNarrow(passes []bool, set *[1 << 8]bool, column *[blockRows]uint8) {
	if set == nil {
		return
	}
	for i, value := range column[:len(passes)] {
		passes[i] = passes[i] && set[value]
	}
}
