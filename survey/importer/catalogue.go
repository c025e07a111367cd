package importer

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"sipas/survey"
	"sipas/survey/registry"
)

// document is how rows of one kind become documents.
type document[T survey.Record] struct {
	whose  string // the column a missing right is reported at
	find   func(*registry.Snapshot) (T, bool)
	landed func(*registry.Snapshot) (T, bool) // finds what a write made whose answer was lost, where find cannot; nil: it can
	fill   func(stored T, exists bool) T      // the stored document with what the row says
	equal  func(a, b T) bool
	create func(context.Context, survey.Actor, T) (T, error)
	update func(context.Context, survey.Actor, T) (T, error)
}

// put makes the catalogue say what a row says and settles the row, which has no problems yet.
func put[T survey.Record](ctx context.Context, x *run, r *row, d document[T]) (T, error) {
	var doc T
	f := unchanged
	unsure := false // whether a write was sent whose fate nobody told
	err := patiently(ctx, func() error {
		if unsure {
			// It may have landed without its audit entry, and then only shows once that is made up for.
			if err := x.registry.FinishAudits(ctx); err != nil {
				return err
			}
			if err := x.registry.Refresh(ctx); err != nil {
				return err
			}
		}
		const races = 3 // with other writers
		for race := 1; ; race++ {
			stored, exists := d.find(x.registry.Snapshot())
			if !exists && unsure && d.landed != nil {
				stored, exists = d.landed(x.registry.Snapshot())
			}
			doc = d.fill(stored, exists)
			var err error
			switch {
			case exists && d.equal(stored, doc):
				if !unsure { // otherwise it is what the write was for
					f = unchanged
				}
			case exists:
				f = updated
				doc, err = d.update(ctx, x.actor, doc)
			default:
				f = created
				doc, err = d.create(ctx, x.actor, doc)
			}
			unsure = unsure || survey.IsCode(err, survey.CodeUnavailable)
			if race == races || !survey.IsCode(err, survey.CodeConflict) {
				return err
			}
			if err := x.registry.Refresh(ctx); err != nil {
				return err
			}
		}
	})
	if err != nil {
		if err := r.reject(err, d.whose); err != nil {
			return doc, err
		}
	}
	x.settle(r, f)
	return doc, nil
}

// name fills the languages of a name that the file has columns for.
func (r *row) name(stored survey.Text) survey.Text {
	name := maps.Clone(stored)
	if name == nil {
		name = survey.Text{}
	}
	for _, language := range survey.Languages {
		column := "name_" + string(language)
		if !r.has(column) {
			continue
		}
		if text := r.text(column); text != "" {
			name[language] = text
		} else {
			delete(name, language)
		}
	}
	return name
}

// fields imports fields.
func (x *run) fields(ctx context.Context, rows []*row) error {
	first := firstOf{}
	for _, r := range rows {
		id := r.text("id")
		order, closed := int(r.whole("order")), r.boolean("closed")
		if !first.claim(r, "id", id) || len(r.problems) > 0 {
			x.settle(r, unchanged)
			continue
		}
		_, err := put(ctx, x, r, document[survey.Field]{
			whose: "id",
			find:  func(s *registry.Snapshot) (survey.Field, bool) { return s.Field(id) },
			fill: func(f survey.Field, _ bool) survey.Field {
				f.ID, f.Name = id, r.name(f.Name)
				if r.has("order") {
					f.Order = order
				}
				if r.has("closed") {
					f.Closed = closed
				}
				return f
			},
			equal: func(a, b survey.Field) bool {
				return maps.Equal(a.Name, b.Name) && a.Order == b.Order && a.Closed == b.Closed
			},
			create: x.registry.CreateField,
			update: x.registry.UpdateField,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// agencies imports agencies, those above and successors before those that name them.
func (x *run) agencies(ctx context.Context, rows []*row) error {
	first := firstOf{}
	byID := make(map[string]*row, len(rows))
	for _, r := range rows {
		if id := r.text("id"); id != "" && first.claim(r, "id", id) {
			byID[id] = r
		}
	}
	for _, r := range inOrder(rows, byID) {
		if err := x.agency(ctx, r, byID); err != nil {
			return err
		}
	}
	return nil
}

// inOrder sorts rows so that every one comes behind those it names. What cannot
// come so, since it lies below itself, gets a problem.
func inOrder(rows []*row, byID map[string]*row) []*row {
	const (
		waiting = iota
		open
		done
	)
	state := make(map[*row]int, len(rows))
	ordered := make([]*row, 0, len(rows))
	var visit func(r *row)
	visit = func(r *row) {
		state[r] = open
		if above := byID[r.text("parent")]; above != nil {
			switch state[above] {
			case waiting:
				visit(above)
			case open:
				r.fail("parent", survey.ReasonAgencyCycle, nil)
			}
		}
		for _, id := range r.list("successors") {
			if successor := byID[id]; successor != nil && state[successor] == waiting {
				visit(successor)
			}
		}
		state[r] = done
		ordered = append(ordered, r)
	}
	for _, r := range rows {
		if state[r] == waiting {
			visit(r)
		}
	}
	return ordered
}

func (x *run) agency(ctx context.Context, r *row, byID map[string]*row) error {
	id, parent, successors := r.text("id"), r.text("parent"), r.list("successors")
	from, to := r.day("valid_from"), r.day("valid_to")
	snapshot := x.registry.Snapshot()
	names := func(column, other string) {
		if named := byID[other]; named != nil && named != r && len(named.problems) > 0 {
			if _, stored := snapshot.Agency(other); !stored {
				r.fail(column, survey.ReasonRejectedRow, map[string]any{"line": named.line})
			}
		}
	}
	names("parent", parent)
	for _, successor := range successors {
		names("successors", successor)
	}
	if len(r.problems) > 0 {
		x.settle(r, unchanged)
		return nil
	}
	_, err := put(ctx, x, r, document[survey.Agency]{
		whose: "id",
		find:  func(s *registry.Snapshot) (survey.Agency, bool) { return s.Agency(id) },
		fill: func(a survey.Agency, _ bool) survey.Agency {
			a.ID, a.Name = id, r.name(a.Name)
			a.Kind, a.Level, a.ValidFrom = survey.AgencyKind(strings.ToLower(r.text("kind"))), survey.AgencyLevel(strings.ToLower(r.text("level"))), from
			if r.has("parent") {
				a.Parent = parent
			}
			if r.has("sector") {
				a.Sector = r.text("sector")
			}
			if r.has("valid_to") {
				a.ValidTo = to
			}
			if r.has("successors") {
				a.Successors = successors
			}
			return a
		},
		equal: func(a, b survey.Agency) bool {
			return a.Parent == b.Parent && a.Kind == b.Kind && a.Level == b.Level && maps.Equal(a.Name, b.Name) && a.Sector == b.Sector &&
				a.ValidFrom == b.ValidFrom && a.ValidTo == b.ValidTo && slices.Equal(a.Successors, b.Successors)
		},
		create: x.registry.CreateAgency,
		update: x.registry.UpdateAgency,
	})
	return err
}

// points imports service points. One without a code is the point of its name in
// its agency, so that a file of new points can be imported again.
func (x *run) points(ctx context.Context, rows []*row) error {
	codes := map[string][]string{} // by agency and name
	for _, p := range x.registry.Snapshot().Points() {
		key := pointKey(p.Agency, p.Name.In(survey.Vietnamese))
		codes[key] = append(codes[key], p.Code)
	}
	first := firstOf{} // by code
	for _, r := range rows {
		key := pointKey(r.text("agency"), r.text("name_vi"))
		code := x.pointCode(r, codes[key])
		opens, closed := r.day("opens"), r.day("closed")
		if len(r.problems) > 0 || code != "" && !first.claim(r, "code", code) {
			x.settle(r, unchanged)
			continue
		}
		p, err := put(ctx, x, r, document[survey.Point]{
			whose: "agency",
			find:  func(s *registry.Snapshot) (survey.Point, bool) { return s.Point(code) },
			landed: func(s *registry.Snapshot) (survey.Point, bool) {
				all := s.Points()
				i := slices.IndexFunc(all, func(p survey.Point) bool { return pointKey(p.Agency, p.Name.In(survey.Vietnamese)) == key })
				if code != "" || i < 0 {
					return survey.Point{}, false
				}
				return all[i], true
			},
			fill: func(p survey.Point, exists bool) survey.Point {
				if !exists {
					p.Delivery, p.Questionnaire = survey.DeliveryCounter, sampleForm
				}
				p.Agency, p.Name = r.text("agency"), r.name(p.Name)
				if r.has("fields") {
					p.Fields = r.list("fields")
				}
				if r.has("delivery") {
					p.Delivery = cmp.Or(survey.Delivery(strings.ToLower(r.text("delivery"))), survey.DeliveryCounter)
				}
				if r.has("questionnaire") {
					p.Questionnaire = cmp.Or(r.text("questionnaire"), sampleForm)
				}
				if r.has("opens") {
					p.Opens = opens
				}
				if r.has("closed") {
					p.Closed = closed
				}
				return p
			},
			equal: func(a, b survey.Point) bool {
				return a.Agency == b.Agency && maps.Equal(a.Name, b.Name) && slices.Equal(a.Fields, b.Fields) && a.Delivery == b.Delivery &&
					a.Questionnaire == b.Questionnaire && a.Opens == b.Opens && a.Closed == b.Closed
			},
			create: x.registry.CreatePoint,
			update: x.registry.UpdatePoint,
		})
		if err != nil {
			return err
		}
		if len(r.problems) == 0 && code == "" {
			// A later row of this name means this point, and says it again.
			first[p.Code] = r.line
			codes[key] = append(codes[key], p.Code)
		}
	}
	return nil
}

func pointKey(agency, name string) string { return agency + "\n" + name }

// pointCode gives the code of the point a row means; empty for a new one.
func (x *run) pointCode(r *row, sameName []string) string {
	text := r.text("code")
	if text == "" {
		switch len(sameName) {
		case 0:
			return ""
		case 1:
			return sameName[0]
		}
		r.fail("code", survey.ReasonSeveralPoints, nil)
		return ""
	}
	code, err := survey.ParsePointCode(text)
	if err != nil {
		_ = r.reject(err, "code") // always invalid, hence always taken
		return ""
	}
	point, known := x.registry.Snapshot().Point(code)
	if !known {
		r.fail("code", survey.ReasonUnknown, nil)
		return ""
	}
	return point.Code
}

// volumes imports the figures of monthly sheets: rows of one agency and month
// make one sheet, and fields that the file does not name keep their figure.
func (x *run) volumes(ctx context.Context, rows []*row) error {
	first := firstOf{}
	sheets := map[string][]*row{}
	var order []string
	for _, r := range rows {
		agency, field, month := r.text("agency"), r.text("field"), r.month("month")
		if field != "" {
			if _, known := x.registry.Snapshot().Field(field); !known {
				r.fail("field", survey.ReasonUnknown, nil)
			}
		}
		const most = 100_000_000 // as the registry has it
		if n := r.whole("files"); n < 0 || n > most {
			r.fail("files", survey.ReasonRange, map[string]any{"min": 0, "max": most})
		}
		key := survey.VolumeKey(agency, month)
		if len(r.problems) > 0 || !first.claim(r, "", key+"/"+field) {
			x.settle(r, unchanged)
			continue
		}
		if sheets[key] == nil {
			order = append(order, key)
		}
		sheets[key] = append(sheets[key], r)
	}
	for _, key := range order {
		if err := x.sheet(ctx, key, sheets[key]); err != nil {
			return err
		}
	}
	return nil
}

// sheet writes one monthly sheet and settles the rows it was made of.
func (x *run) sheet(ctx context.Context, key string, rows []*row) error {
	agency, month := survey.SplitVolumeKey(key)
	fates := make([]fate, len(rows))
	err := patiently(ctx, func() error {
		const races = 3 // with other writers
		for race := 1; ; race++ {
			stored, _ := x.registry.Snapshot().VolumeSheet(agency, month)
			sheet := survey.Volume{Agency: agency, Month: month, Files: maps.Clone(stored.Files), Versioned: survey.Versioned{Rev: stored.Rev}}
			if sheet.Files == nil {
				sheet.Files = map[string]int64{}
			}
			changed := false
			for i, r := range rows {
				field, files := r.text("field"), r.whole("files")
				was, known := stored.Files[field]
				switch {
				case known && was == files:
					fates[i] = unchanged
				case known:
					fates[i] = updated
				default:
					fates[i] = created
				}
				changed = changed || fates[i] != unchanged
				sheet.Files[field] = files
			}
			if !changed {
				return nil
			}
			_, err := x.registry.PutVolume(ctx, x.actor, sheet)
			if race == races || !survey.IsCode(err, survey.CodeConflict) {
				return err
			}
			if err := x.registry.Refresh(ctx); err != nil {
				return err
			}
		}
	})
	for i, r := range rows {
		if err != nil {
			if err := r.reject(err, "agency"); err != nil {
				return err
			}
		}
		x.settle(r, fates[i])
	}
	return nil
}
