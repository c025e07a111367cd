package registry

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"sipas/survey"
)

// Snapshot is the catalogue at one moment. It never changes and is safe for
// concurrent use; slices and maps it hands out are shared and must not be changed.
// Its documents never carry pendingAudit.
type Snapshot struct {
	synthetic  bool
	forms      []*survey.Questionnaire
	languages  []survey.Language
	agencies   tree
	fields     index[survey.Field]
	procedures index[survey.Procedure]
	points     pointTable
	targets    index[survey.Target]
	volumes    index[survey.Volume]
	kiosks     index[survey.Kiosk]
	campaigns  index[survey.Campaign]
	recordings index[survey.Recording]
}

// index is a list in its order of appearance with access by key.
type index[T survey.Record] struct {
	list []T
	at   map[string]int
}

func (x index[T]) find(key string) (T, bool) {
	if i, ok := x.at[key]; ok {
		return x.list[i], true
	}
	var none T
	return none, false
}

// newIndex orders the documents by less-than keys, ties by the document's own key.
func newIndex[T survey.Record](docs map[string]T, key func(T) []byte) index[T] {
	x := index[T]{list: make([]T, 0, len(docs)), at: make(map[string]int, len(docs))}
	keys := make(map[string][]byte, len(docs))
	for k, doc := range docs {
		x.list = append(x.list, doc)
		keys[k] = key(doc)
	}
	slices.SortFunc(x.list, func(a, b T) int {
		return cmp.Or(bytes.Compare(keys[a.Key()], keys[b.Key()]), cmp.Compare(a.Key(), b.Key()))
	})
	for i, doc := range x.list {
		x.at[doc.Key()] = i
	}
	return x
}

// vietnameseOrder gives a function whose keys sort bytewise as Vietnamese names
// are sorted, numbers by value ("Phường 2" before "Phường 10").
func vietnameseOrder() func(string) []byte {
	collator := collate.New(language.Vietnamese, collate.Numeric)
	var buffer collate.Buffer
	return func(s string) []byte { return collator.KeyFromString(&buffer, s) }
}

// tree is the agencies in tree order: the root, then depth first, siblings in
// Vietnamese order. A subtree is a run of the list.
type tree struct {
	index[survey.Agency]
	end      []int // index after the last agency of the subtree
	depth    []int
	children map[string][]string
}

func newTree(docs map[string]survey.Agency) tree {
	order := vietnameseOrder()
	sorted := newIndex(docs, func(a survey.Agency) []byte { return order(a.Name.In(survey.Vietnamese)) })
	t := tree{
		index:    index[survey.Agency]{at: make(map[string]int, len(docs))},
		children: map[string][]string{},
	}
	for _, a := range sorted.list {
		if a.Parent != "" {
			t.children[a.Parent] = append(t.children[a.Parent], a.ID)
		}
	}
	var visit func(a survey.Agency, depth int)
	visit = func(a survey.Agency, depth int) {
		if _, seen := t.at[a.ID]; seen {
			return
		}
		here := len(t.list)
		t.at[a.ID] = here
		t.list, t.end, t.depth = append(t.list, a), append(t.end, 0), append(t.depth, depth)
		for _, child := range t.children[a.ID] {
			visit(docs[child], depth+1)
		}
		t.end[here] = len(t.list)
	}
	for _, a := range sorted.list {
		if a.Parent == "" {
			visit(a, 0)
		}
	}
	// Two nodes changing parents at the same moment could close a circle. What hangs
	// in it stays visible behind the rest, so that it can be put right.
	for _, a := range sorted.list {
		visit(a, 0)
	}
	return t
}

// Synthetic reports whether the store holds demo data: every screen, export and answer says so.
func (s *Snapshot) Synthetic() bool { return s.synthetic }

// Agency finds an agency.
func (s *Snapshot) Agency(id string) (survey.Agency, bool) { return s.agencies.find(id) }

// Agencies lists all agencies in tree order: the root, then depth first, siblings in Vietnamese order.
func (s *Snapshot) Agencies() []survey.Agency { return s.agencies.list }

// Root gives the province, false where the catalogue is empty.
func (s *Snapshot) Root() (survey.Agency, bool) {
	if len(s.agencies.list) == 0 || s.agencies.list[0].Parent != "" {
		return survey.Agency{}, false
	}
	return s.agencies.list[0], true
}

// Children lists the ids directly below an agency in Vietnamese order of their names.
func (s *Snapshot) Children(id string) []string { return s.agencies.children[id] }

// Depth gives how far below the root an agency lies; 0 is the root (and an unknown id).
func (s *Snapshot) Depth(id string) int {
	if i, ok := s.agencies.at[id]; ok {
		return s.agencies.depth[i]
	}
	return 0
}

// Subtree lists the ids of an agency and of everything below it in tree order; nil for an unknown id.
func (s *Snapshot) Subtree(id string) []string {
	i, ok := s.agencies.at[id]
	if !ok {
		return nil
	}
	ids := make([]string, 0, s.agencies.end[i]-i)
	for _, a := range s.agencies.list[i:s.agencies.end[i]] {
		ids = append(ids, a.ID)
	}
	return ids
}

// Within reports whether the agency is the ancestor or lies below it; false where either is unknown.
func (s *Snapshot) Within(id, ancestor string) bool {
	i, ok1 := s.agencies.at[id]
	j, ok2 := s.agencies.at[ancestor]
	return ok1 && ok2 && j <= i && i < s.agencies.end[j]
}

// Point finds a service point by its code, or by any public code it has or ever
// had: whether citizens may come by that one says survey.Point.Accepts.
func (s *Snapshot) Point(code string) (survey.Point, bool) {
	if p, ok := s.points.find(code); ok {
		return p, true
	}
	return s.points.find(s.points.byPublic[code])
}

// Points lists all service points in Vietnamese order of their names.
func (s *Snapshot) Points() []survey.Point { return s.points.list }

// Field finds a field.
func (s *Snapshot) Field(id string) (survey.Field, bool) { return s.fields.find(id) }

// Fields lists all fields by Order, then id.
func (s *Snapshot) Fields() []survey.Field { return s.fields.list }

// Procedure finds a procedure.
func (s *Snapshot) Procedure(id string) (survey.Procedure, bool) { return s.procedures.find(id) }

// Procedures lists all procedures in Vietnamese order of their names.
func (s *Snapshot) Procedures() []survey.Procedure { return s.procedures.list }

// Target finds a target.
func (s *Snapshot) Target(id string) (survey.Target, bool) { return s.targets.find(id) }

// Targets lists all targets by id, closed ones included (survey.TargetsFor passes over them).
func (s *Snapshot) Targets() []survey.Target { return s.targets.list }

// Volume gives the number of files on which an agency returned a result in a
// month: of one field, or of all fields for an empty field. It does not include
// agencies below. False means that the number is not known, which is not zero.
func (s *Snapshot) Volume(agency, field string, month survey.Month) (int64, bool) {
	sheet, ok := s.volumes.find(survey.VolumeKey(agency, month))
	if !ok {
		return 0, false
	}
	if field != "" {
		files, ok := sheet.Files[field]
		return files, ok
	}
	var sum int64
	for _, files := range sheet.Files {
		sum += files
	}
	return sum, true
}

// VolumeSheet finds the monthly sheet of an agency.
func (s *Snapshot) VolumeSheet(agency string, month survey.Month) (survey.Volume, bool) {
	return s.volumes.find(survey.VolumeKey(agency, month))
}

// Volumes lists all monthly sheets by agency and month.
func (s *Snapshot) Volumes() []survey.Volume { return s.volumes.list }

// Kiosk finds a kiosk by its id.
func (s *Snapshot) Kiosk(id string) (survey.Kiosk, bool) { return s.kiosks.find(id) }

// Kiosks lists all kiosks, closed ones included, in Vietnamese order of their names.
func (s *Snapshot) Kiosks() []survey.Kiosk { return s.kiosks.list }

// Campaign finds a campaign.
func (s *Snapshot) Campaign(id string) (survey.Campaign, bool) { return s.campaigns.find(id) }

// Campaigns lists all campaigns by id, closed ones included.
func (s *Snapshot) Campaigns() []survey.Campaign { return s.campaigns.list }

// KioskAgency gives the agency of the point a kiosk stands at: whoever has the
// right kiosks over it may manage the kiosk. Empty where the point is not known.
func (s *Snapshot) KioskAgency(k survey.Kiosk) string {
	point, _ := s.Point(k.Point)
	return point.Agency
}

// Questionnaire finds one version of a form, or nil.
func (s *Snapshot) Questionnaire(id string, version int) *survey.Questionnaire {
	for _, form := range s.forms {
		if form.ID == id && form.Version == version {
			return form
		}
	}
	return nil
}

// Newest finds the newest version of a form, or nil.
func (s *Snapshot) Newest(id string) *survey.Questionnaire {
	var newest *survey.Questionnaire
	for _, form := range s.forms {
		if form.ID == id && (newest == nil || form.Version > newest.Version) {
			newest = form
		}
	}
	return newest
}

// Questionnaires lists every version of every form.
func (s *Snapshot) Questionnaires() []*survey.Questionnaire { return s.forms }

// with gives a copy of the snapshot to which docs were added; keys already there keep their document.
func (s *Snapshot) with(c Catalogue) *Snapshot {
	next := *s
	next.agencies = newTree(merged(s.agencies.index, c.Agencies))
	next.fields = fieldIndex(merged(s.fields, c.Fields))
	next.procedures = procedureIndex(merged(s.procedures, c.Procedures))
	next.points = pointIndex(merged(s.points.index, c.Points))
	next.targets = plainIndex(merged(s.targets, c.Targets))
	return &next
}

func merged[T survey.Record](have index[T], docs []T) map[string]T {
	all := make(map[string]T, len(have.list)+len(docs))
	for _, doc := range docs {
		all[doc.Key()] = doc
	}
	for _, doc := range have.list {
		all[doc.Key()] = doc
	}
	return all
}

func fieldIndex(docs map[string]survey.Field) index[survey.Field] {
	x := plainIndex(docs)
	slices.SortStableFunc(x.list, func(a, b survey.Field) int { return cmp.Compare(a.Order, b.Order) })
	for i, f := range x.list {
		x.at[f.ID] = i
	}
	return x
}

func procedureIndex(docs map[string]survey.Procedure) index[survey.Procedure] {
	order := vietnameseOrder()
	return newIndex(docs, func(p survey.Procedure) []byte { return order(p.Name.In(survey.Vietnamese)) })
}

// pointTable is the points, which are also found by the public codes they have or had.
type pointTable struct {
	index[survey.Point]
	byPublic map[string]string // public code → the point's own
}

func pointIndex(docs map[string]survey.Point) pointTable {
	order := vietnameseOrder()
	t := pointTable{newIndex(docs, func(p survey.Point) []byte { return order(p.Name.In(survey.Vietnamese)) }), map[string]string{}}
	for _, p := range t.list {
		if p.PublicCode != "" {
			t.byPublic[p.PublicCode] = p.Code
		}
		for _, former := range p.FormerCodes {
			t.byPublic[former.Code] = p.Code
		}
	}
	return t
}

func kioskIndex(docs map[string]survey.Kiosk) index[survey.Kiosk] {
	order := vietnameseOrder()
	return newIndex(docs, func(k survey.Kiosk) []byte { return order(k.Name) })
}

func plainIndex[T survey.Record](docs map[string]T) index[T] {
	x := index[T]{list: make([]T, 0, len(docs)), at: make(map[string]int, len(docs))}
	for i, key := range slices.Sorted(maps.Keys(docs)) {
		x.list, x.at[key] = append(x.list, docs[key]), i
	}
	return x
}
