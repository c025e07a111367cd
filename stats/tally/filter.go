package tally

// Filter selects rows. A nil list lets every value pass, an empty one none.
type Filter struct {
	From, Until  Day // civil days from From on and before Until; Until 0 means no end
	Agencies     []uint16
	Fields       []uint8
	Points       []uint16
	Captures     []uint8
	Deliveries   []uint8
	Campaigns    []uint8
	Languages    []uint8
	Demographics [Demographics][]uint8
	ExcludeFlags uint16 // rows with any of these bits are left out
}

// end is the day before which rows pass.
func (f *Filter) end() int {
	if f.Until == 0 {
		return 1 << 16
	}
	return int(f.Until)
}

// misses reports that no row of v can pass.
func (f *Filter) misses(v *view) bool {
	return v.rows == 0 || v.endDay < f.From || int(v.firstDay) >= f.end()
}

// passer is a filter prepared for many blocks: a nil set lets every value pass.
type passer struct {
	Filter
	agencies, points                                   *[1 << 16]bool
	fields, captures, deliveries, campaigns, languages *[1 << 8]bool
	demographics                                       [Demographics]*[1 << 8]bool
}

func newPasser(f Filter) *passer {
	p := &passer{
		Filter:     f,
		agencies:   wideSet(f.Agencies),
		points:     wideSet(f.Points),
		fields:     narrowSet(f.Fields),
		captures:   narrowSet(f.Captures),
		deliveries: narrowSet(f.Deliveries),
		campaigns:  narrowSet(f.Campaigns),
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

// pass sets passes for the rows of v.
func (p *passer) pass(v *view, passes []bool) {
	for i := range passes {
		passes[i] = true
	}
	if from, end := p.From, p.end(); v.firstDay < from || int(v.endDay) >= end {
		for i, day := range v.day[:len(passes)] {
			passes[i] = day >= from && int(day) < end
		}
	}
	passWide(passes, p.agencies, &v.agency)
	passWide(passes, p.points, &v.point)
	passNarrow(passes, p.fields, &v.field)
	passNarrow(passes, p.captures, &v.capture)
	passNarrow(passes, p.deliveries, &v.delivery)
	passNarrow(passes, p.campaigns, &v.campaign)
	passNarrow(passes, p.languages, &v.language)
	for d := range p.demographics {
		passNarrow(passes, p.demographics[d], &v.demographics[d])
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
