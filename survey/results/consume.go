package results

import (
	"errors"
	"slices"
	"time"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/ledger"
)

// demographics are the items kept as demographic columns, by column.
var demographics = [tally.Demographics]string{"gender", "age_group", "occupation"}

// form is a questionnaire version as the table knows it.
type form struct {
	id           tally.FormID
	name         string         // "quick/1"
	items        []*survey.Item // by position: ratings, and last the expectation
	ticks        []ticks        // by position behind those
	demographics [tally.Demographics]*survey.Item
}

// apply changes a row to what was judged on its response.
func apply(j *ledger.Judgement, m *tally.Mutable) {
	for flag, set := range j.Flags() {
		if set {
			m.Flags |= flagBits(flag)
		} else {
			m.Flags &^= flagBits(flag)
		}
	}
	if j.Erased {
		m.Demographics = [tally.Demographics]uint8{}
	}
}

// flagBits gives the bit of each flag: its place in survey.Flags.
func flagBits(flags ...survey.Flag) (bits uint16) {
	for _, f := range flags {
		if i := slices.Index(survey.Flags, f); i >= 0 {
			bits |= 1 << i
		}
	}
	return bits
}

// excludedBits are the flags that take a rating out of the results unless asked for.
var excludedBits = func() (bits uint16) {
	for _, f := range survey.Flags {
		if !f.Informative() {
			bits |= flagBits(f)
		}
	}
	return bits
}()

// content is what an entry says; of its kind's part only.
type content struct {
	response survey.Response
	flagging ledger.Flagging
	erasure  ledger.Erasure
	err      error
}

// read decodes entries, many at a time on all processors: it is what catching up
// with a long ledger spends its time on.
func read(entries []survey.Entry) []content {
	all := make([]content, len(entries))
	decode := func(i int) {
		switch e, c := entries[i], &all[i]; e.Kind {
		case survey.EntryResponse:
			c.response, c.err = ledger.DecodeResponse(e)
		case survey.EntryFlag:
			c.flagging, c.err = ledger.DecodeFlagging(e)
		case survey.EntryErasure:
			c.erasure, c.err = ledger.DecodeErasure(e)
		default:
			c.err = errors.New("an entry of a kind that this program does not know")
		}
	}
	const worthSharing = 64
	if len(entries) >= worthSharing {
		parallel(len(entries), decode)
		return all
	}
	for i := range entries {
		decode(i)
	}
	return all
}

// Consume takes ledger entries, each stream's in order: hand it to ledger.Subscribe.
// When it returns, the entries are on the next board. An entry seen before is
// skipped; one that cannot be read, or names a questionnaire this program does not
// know, is logged and left out. Flags and erasures may come before the response they are about.
func (s *Service) Consume(entries []survey.Entry) {
	contents := read(entries)
	s.mu.Lock()
	defer s.mu.Unlock()
	type pending struct {
		rows []tally.Row
		at   []ledger.Position
	}
	waiting := map[*form]*pending{}
	judged := map[ledger.Position]bool{}
	for i := range entries {
		e, c := &entries[i], &contents[i]
		s.marks[e.Stream] = ledger.MarkOf(*e)
		if c.err != nil {
			s.uncounted++
			s.log.Error("a ledger entry cannot be read", "kind", e.Kind, "stream", e.Stream, "n", e.N, "error", c.err)
			continue
		}
		at := ledger.Position{Stream: e.Stream, N: e.N}
		switch e.Kind {
		case survey.EntryResponse:
			if _, seen := s.row(at); seen {
				continue
			}
			r := &c.response
			f, row, ok := s.encode(r)
			if !ok {
				s.uncounted++
				s.log.Error("a response cannot be counted", "stream", e.Stream, "n", e.N, "questionnaire", r.Questionnaire, "version", r.Version)
				continue
			}
			if s.judgements[at] != nil {
				judged[at] = true
			}
			if waiting[f] == nil {
				waiting[f] = &pending{}
			}
			waiting[f].rows = append(waiting[f].rows, row)
			waiting[f].at = append(waiting[f].at, at)
			s.arrived(row.Agency, row.Day, r.ReceivedAt)
			if comment(r) != "" {
				s.commented.add(at)
			}
		case survey.EntryFlag:
			judged[s.judgements.Flag(at, c.flagging)] = true
		case survey.EntryErasure:
			s.erased++
			judged[s.judgements.Erase(c.erasure)] = true
		}
	}
	for f, p := range waiting {
		refs, err := s.table.Append(f.id, p.rows...)
		if err != nil {
			s.uncounted += int64(len(p.rows))
			s.log.Error("responses cannot be counted", "questionnaire", f.name, "error", err)
			continue
		}
		for i, ref := range refs {
			s.place(p.at[i], ref)
		}
	}
	var refs []tally.RowRef
	var about []*ledger.Judgement
	for at := range judged {
		if ref, ok := s.row(at); ok {
			refs = append(refs, ref)
			about = append(about, s.judgements[at])
		}
	}
	if err := s.table.Update(refs, func(i int, m *tally.Mutable) { apply(about[i], m) }); err != nil {
		s.uncounted += int64(len(refs))
		s.log.Error("flags cannot be counted", "error", err)
		return
	}
	// What was erased is gone from the row; only decisions on flags may be overruled later.
	for at := range judged {
		if _, ok := s.row(at); !ok {
			continue
		}
		if s.judgements[at].Erased {
			s.commented.remove(at)
		}
		if j := s.judgements[at]; len(j.Decisions) == 0 {
			delete(s.judgements, at)
		} else {
			j.Erased = false
		}
	}
}

// row finds the row of a response entry. Streams are dense, so that a place in
// a slice stands for a place in the stream; 0 is no row.
func (s *Service) row(at ledger.Position) (tally.RowRef, bool) {
	rows := s.rows[at.Stream]
	if at.N < 1 || at.N > int64(len(rows)) || rows[at.N-1] == 0 {
		return 0, false
	}
	return tally.RowRef(rows[at.N-1] - 1), true
}

func (s *Service) place(at ledger.Position, ref tally.RowRef) {
	rows := s.rows[at.Stream]
	if missing := int(at.N) - len(rows); missing > 0 {
		rows = append(rows, make([]uint32, missing)...)
	}
	rows[at.N-1] = uint32(ref) + 1
	s.rows[at.Stream] = rows
}

// encode makes a row of a response.
func (s *Service) encode(r *survey.Response) (*form, tally.Row, bool) {
	f := s.form(r.Questionnaire, r.Version)
	if f == nil {
		return nil, tally.Row{}, false
	}
	day, ok := tally.DayOf(r.At.In(survey.Vietnam))
	if !ok {
		return nil, tally.Row{}, false
	}
	row := tally.Row{
		Day:      day,
		Agency:   s.agencies.add(r.Agency),
		Field:    s.fields.add(r.FieldID),
		Point:    s.points.add(r.Point),
		Capture:  place(survey.Captures, r.Capture),
		Delivery: place(survey.Deliveries, r.Delivery),
		Language: place(survey.Languages, r.Language),
		Flags:    flagBits(r.Flags...),
	}
	if r.Campaign != nil {
		if row.Campaign = s.campaigns.add(*r.Campaign); row.Campaign == 0 {
			return nil, tally.Row{}, false // without a code of its own it would be a continuous one
		}
	}
	for i, it := range f.items {
		a, given := r.Answers[it.ID]
		if level, ok := a.Level(); ok && level >= survey.LevelMin && level <= survey.LevelMax {
			row.Items[i] = uint8(level)
		} else if given && a.IsNA() {
			row.Items[i] = tally.NotApplicable
		} else if it.ID == expectation {
			row.Items[i] = optionCode(it, a)
		}
	}
	for i, t := range f.ticks {
		row.Items[len(f.items)+i] = t.code(r.Answers)
	}
	for i, it := range f.demographics {
		if it == nil {
			continue
		}
		option, _ := r.Answers[it.ID].Text()
		row.Demographics[i] = place(s.options[i], option)
	}
	return f, row, true
}

// optionCode is the place of the option chosen, from 1 on; 0 for none.
func optionCode(it *survey.Item, a survey.Answer) uint8 {
	option, _ := a.Text()
	return uint8(1 + slices.IndexFunc(it.Options, func(o survey.Option) bool { return o.ID == option }))
}

// form finds or registers a questionnaire version; nil if it is not known or has
// more ratings than the table can hold.
func (s *Service) form(id string, version int) *form {
	key := formKey{id, version}
	if f, ok := s.forms[key]; ok {
		return f
	}
	q := s.registry.Snapshot().Questionnaire(id, version)
	if q == nil {
		return nil
	}
	f, shape := s.shape(q)
	fid, err := s.table.AddForm(shape)
	if err != nil {
		s.log.Error("a questionnaire cannot be counted", "questionnaire", f.name, "error", err)
		s.forms[key] = nil
		return nil
	}
	f.id = fid
	s.forms[key] = f
	s.names[int(fid)] = f.name
	return f
}

// demographicOptions lists the options of each demographic item over all forms, in
// the order in which forms first have them: an option has one code, whichever form it came from.
func demographicOptions(forms []*survey.Questionnaire) (options [tally.Demographics][]string) {
	for _, q := range forms {
		for i := range q.Items {
			column := demographicColumn(&q.Items[i])
			if column < 0 {
				continue
			}
			for _, o := range q.Items[i].Options {
				if !slices.Contains(options[column], o.ID) {
					options[column] = append(options[column], o.ID)
				}
			}
		}
	}
	return options
}

// demographicColumn is the column of an item; −1 where it is no demographic one.
func demographicColumn(it *survey.Item) int {
	if it.ID == "" || it.Type != survey.ItemSingle {
		return -1
	}
	return slices.Index(demographics[:], it.ID)
}

// shape lays a questionnaire out: every rating is an item, every factor a pool of
// its criteria or of its one factor item, and the index a pool of all criteria
// where the form has some of each factor. The expectation and ticked reasons are items in no pool, where there is room.
func (s *Service) shape(q *survey.Questionnaire) (*form, tally.Form) {
	f := &form{name: formName(q.ID, q.Version)}
	var shape tally.Form
	pools := map[string][]int{}
	covered := map[string]bool{}
	for i := range q.Items {
		it := &q.Items[i]
		if column := demographicColumn(it); column >= 0 {
			f.demographics[column] = it
		}
		if it.Type != survey.ItemRating {
			continue
		}
		position := len(f.items)
		f.items = append(f.items, it)
		shape.Items = append(shape.Items, s.itemMeasure(it.ID))
		if it.Factor == "" || it.ID == survey.Overall {
			continue
		}
		pools[it.Factor] = append(pools[it.Factor], position)
		if it.ID != it.Factor {
			pools[Index] = append(pools[Index], position)
			covered[it.Factor] = true
		}
	}
	if len(covered) < len(Factors) {
		delete(pools, Index)
	}
	if it := q.Item(expectation); isScale(it) && len(f.items) < tally.MaxItems {
		f.items = append(f.items, it)
		shape.Items = append(shape.Items, s.itemMeasure(it.ID))
	}
	var measures []tally.Measure
	f.ticks, measures = s.ticksOf(q, tally.MaxItems-len(f.items))
	shape.Items = append(shape.Items, measures...)
	for _, m := range append([]string{Index}, Factors...) {
		if pools[m] != nil {
			shape.Pools = append(shape.Pools, tally.Pool{Measure: poolMeasure(m), Items: pools[m]})
		}
	}
	return f, shape
}

// expectation is the item that asks how the service was beside what had been expected.
const expectation = "expectation"

// isScale reports whether the options of an item are as many as the levels of a
// rating; those of the expectation run from much worse to much better.
func isScale(it *survey.Item) bool {
	return it != nil && it.Type == survey.ItemSingle && len(it.Options) == survey.LevelMax
}

// ratings are the five-level items that figures are asked for.
var ratings = append([]string{survey.Overall}, Criteria...)

// singles are the items that have the first numbers.
var singles = append(slices.Clone(ratings), expectation)

func singleMeasure(id string) tally.Measure { return tally.Measure(slices.Index(singles, id)) }

// itemMeasure numbers an item; the same id is the same item in every form.
func (s *Service) itemMeasure(id string) tally.Measure {
	m, ok := s.items[id]
	if !ok {
		m = tally.Measure(len(s.items))
		s.items[id] = m
	}
	return m
}

// poolMeasure numbers a pooled measure. Items and pools are numbered apart.
func poolMeasure(measure string) tally.Measure {
	return tally.Measure(slices.Index(Headlines, measure))
}

// codes numbers ids from 1 on; 0 is "none".
type codes[T uint8 | uint16] struct {
	of  map[string]T
	ids []string // by code
}

// newCodes gives each id its place as its code; the first is "none".
func newCodes[T uint8 | uint16](ids ...string) *codes[T] {
	c := &codes[T]{of: make(map[string]T, len(ids)), ids: ids}
	for code, id := range ids[1:] {
		c.of[id] = T(code + 1)
	}
	return c
}

// add gives the code of an id, a new one where it has none. When all codes are
// given out it is 0, so that the rating still counts in every total.
func (c *codes[T]) add(id string) T {
	if id == "" {
		return 0
	}
	code, ok := c.of[id]
	if !ok && len(c.ids) <= int(^T(0)) {
		code = T(len(c.ids))
		c.of[id] = code
		c.ids = append(c.ids, id)
	}
	return code
}

// only gives the code of an id as a filter: nothing passes where it has none.
func (c *codes[T]) only(id string) []T {
	if code, ok := c.of[id]; ok {
		return []T{code}
	}
	return []T{}
}

// place is the code of one of a fixed list: its place from 1 on.
func place[T comparable](list []T, v T) uint8 { return uint8(1 + slices.Index(list, v)) }

// arrivals is the newest receipt of the ratings of an agency, by the day they
// were given; hours since 1970.
type arrivals struct {
	first tally.Day
	hours []uint32
}

func (s *Service) arrived(agency uint16, day tally.Day, at time.Time) {
	a := s.arrivals[agency]
	if a == nil {
		a = &arrivals{first: day}
		s.arrivals[agency] = a
	}
	if day < a.first {
		a.hours = append(make([]uint32, a.first-day), a.hours...)
		a.first = day
	}
	if missing := int(day-a.first) + 1 - len(a.hours); missing > 0 {
		a.hours = append(a.hours, make([]uint32, missing)...)
	}
	hour := &a.hours[day-a.first]
	*hour = max(*hour, uint32(at.Unix()/3600))
}

// newest is the newest receipt of the agencies' ratings given from one day on and
// before another, cut to the hour; nil without one. nil agencies are all.
func (s *Service) newest(agencies []uint16, from, until tally.Day) *time.Time {
	var newest uint32
	look := func(a *arrivals) {
		if a == nil {
			return
		}
		low := max(int(from)-int(a.first), 0)
		high := len(a.hours)
		if until != 0 {
			high = min(high, int(until)-int(a.first))
		}
		for i := low; i < high; i++ {
			newest = max(newest, a.hours[i])
		}
	}
	if agencies == nil {
		for _, a := range s.arrivals {
			look(a)
		}
	}
	for _, code := range agencies {
		look(s.arrivals[code])
	}
	if newest == 0 {
		return nil
	}
	t := time.Unix(int64(newest)*3600, 0).UTC()
	return &t
}

// oldest is the month of the agencies' first rating; not ok without one. nil agencies are all.
func (s *Service) oldest(agencies []uint16) (month survey.Month, ok bool) {
	first := ^tally.Day(0)
	for code, a := range s.arrivals {
		if (agencies == nil || slices.Contains(agencies, code)) && a.first <= first {
			first, ok = a.first, true
		}
	}
	return survey.Month(first.Date().Format("2006-01")), ok
}
