package registry

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sipas/survey"
)

// Longest name and source in characters, and the largest number of files on one sheet line.
const (
	maxName  = 300
	maxFiles = 100_000_000
)

// problems collects every field error of one document.
type problems []survey.FieldError

func (p *problems) add(path, reason string) { p.with(path, reason, nil) }

func (p *problems) with(path, reason string, params map[string]any) {
	*p = append(*p, survey.FieldError{Path: path, Reason: reason, Params: params})
}

func (p *problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	return &survey.Error{Code: survey.CodeInvalid, Message: "the document is not valid", Fields: *p}
}

func (p *problems) slug(path, id string) {
	switch {
	case id == "":
		p.add(path, survey.ReasonRequired)
	case !survey.IsSlug(id):
		p.add(path, survey.ReasonFormat)
	}
}

func (p *problems) name(t survey.Text) { p.nameAt("name", t) }

func (p *problems) nameAt(path string, t survey.Text) {
	if t[survey.Vietnamese] == "" {
		p.add(path+".vi", survey.ReasonRequired)
	}
	for _, language := range slices.Sorted(maps.Keys(t)) {
		if !slices.Contains(survey.Languages, language) {
			p.add(path, survey.ReasonUnknownKey)
		} else if utf8.RuneCountInString(t[language]) > maxName {
			p.with(path+"."+string(language), survey.ReasonTooLong, map[string]any{"max": maxName})
		}
	}
}

// date checks an optional day and reports whether there is a valid one.
func (p *problems) date(path string, d survey.Date) bool {
	if d == "" {
		return false
	}
	if _, err := survey.ParseDate(string(d)); err != nil {
		p.add(path, survey.ReasonDateFormat)
		return false
	}
	return true
}

// hours checks a weekly table. More spans than maxSpans are no table a person keeps.
func (p *problems) hours(path string, hours survey.OpeningHours) {
	const maxSpans = 50
	if len(hours) > maxSpans {
		p.with(path, survey.ReasonTooMany, map[string]any{"max": maxSpans})
		return
	}
	for i, span := range hours {
		at := path + "." + strconv.Itoa(i)
		before := len(*p)
		if span.Day < 1 || span.Day > 7 {
			p.with(at+".day", survey.ReasonRange, map[string]any{"min": 1, "max": 7})
		}
		for _, end := range []struct{ name, clock string }{{"from", span.From}, {"to", span.To}} {
			if !survey.IsClock(end.clock) {
				p.add(at+"."+end.name, survey.ReasonClockFormat)
			}
		}
		switch {
		case len(*p) > before:
		case span.To <= span.From:
			p.add(at+".to", survey.ReasonBeforeStart)
		case slices.ContainsFunc(hours[:i], span.Overlaps):
			p.add(at, survey.ReasonHoursOverlap)
		}
	}
}

func (p *problems) percent(path string, value, least int) {
	if value < least || value > survey.MaxPercent {
		p.with(path, survey.ReasonRange, map[string]any{"min": least, "max": survey.MaxPercent})
	}
}

// list checks that no element repeats and that each passes the test, which gives a reason or "".
func (p *problems) list(path string, ids []string, test func(id string) string) {
	seen := map[string]bool{}
	for i, id := range ids {
		reason := test(id)
		if seen[id] {
			reason = survey.ReasonRepeated
		}
		seen[id] = true
		if reason != "" {
			p.add(path+"."+strconv.Itoa(i), reason)
		}
	}
}

func oneOf[T comparable](p *problems, path string, value T, allowed ...T) {
	var none T
	switch {
	case value == none:
		p.add(path, survey.ReasonRequired)
	case !slices.Contains(allowed, value):
		p.add(path, survey.ReasonUnknown)
	}
}

// The clean functions bring a document into the form it is stored in: NFC, no
// space around texts, lists never null.

// CleanLine gives a line of text as it is stored: NFC, single spaces, none at the ends.
func CleanLine(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

func cleanText(t survey.Text) survey.Text {
	clean := survey.Text{}
	for language, s := range t {
		if s = CleanLine(s); s != "" {
			clean[language] = s
		}
	}
	return clean
}

func cleanList(ids []string) []string { return append([]string{}, ids...) }

func cleanAgency(a survey.Agency) survey.Agency {
	a.Name, a.Successors = cleanText(a.Name), cleanList(a.Successors)
	return a
}

func cleanField(f survey.Field) survey.Field {
	f.Name = cleanText(f.Name)
	return f
}

func cleanProcedure(p survey.Procedure) survey.Procedure {
	p.Name = cleanText(p.Name)
	return p
}

func cleanPoint(p survey.Point) survey.Point {
	p.Name, p.Fields = cleanText(p.Name), cleanList(p.Fields)
	if p.ReceiptCode == survey.ReceiptNone {
		p.ReceiptCode = "" // as it was before there were receipt codes
	}
	return p
}

func cleanTarget(t survey.Target) survey.Target {
	t.Name, t.Members, t.Source = cleanText(t.Name), cleanList(t.Members), CleanLine(t.Source)
	return t
}

func cleanVolume(v survey.Volume) survey.Volume {
	files := make(map[string]int64, len(v.Files))
	maps.Copy(files, v.Files)
	v.Files = files
	return v
}

// cleanKiosk also brings the point's code, which staff may read off a sheet, into the one that is its identity.
func (s *Snapshot) cleanKiosk(k survey.Kiosk) survey.Kiosk {
	k.Name = CleanLine(k.Name)
	if code, err := survey.ParsePointCode(k.Point); err == nil {
		k.Point = code
		if point, ok := s.Point(code); ok {
			k.Point = point.Code
		}
	}
	return k
}

// The check functions give every field error of a clean document. stored is the
// document it replaces, nil for a new one. today is empty where records of the
// past are loaded; whether what they name is over does then not matter.

func (s *Snapshot) checkAgency(a survey.Agency, stored *survey.Agency, today survey.Date) (p problems) {
	p.slug("id", a.ID)
	p.name(a.Name)
	oneOf(&p, "kind", a.Kind, survey.KindProvince, survey.KindDepartment, survey.KindCommune, survey.KindVertical,
		survey.KindProvider, survey.KindDistrict)
	oneOf(&p, "level", a.Level, survey.LevelProvince, survey.LevelCommune, survey.LevelDistrict)

	root, exists := s.Root()
	switch {
	case a.Parent == "" && exists && root.ID != a.ID:
		p.add("parent", survey.ReasonRequired)
	case a.Parent == "" && a.Kind != survey.KindProvince, a.Parent != "" && a.Kind == survey.KindProvince:
		p.add("kind", survey.ReasonAgencyRoot)
	case a.Parent != "" && exists && root.ID == a.ID:
		p.add("parent", survey.ReasonAgencyRoot)
	case a.Parent == a.ID && a.ID != "", a.Parent != "" && s.Within(a.Parent, a.ID):
		p.add("parent", survey.ReasonAgencyCycle)
	case a.Parent != "":
		parent, ok := s.Agency(a.Parent)
		switch newParent := stored == nil || stored.Parent != a.Parent; {
		case !ok:
			p.add("parent", survey.ReasonUnknown)
		case today != "" && newParent && parent.ValidTo != "" && (a.ValidTo == "" || parent.ValidTo < a.ValidTo):
			p.add("parent", survey.ReasonClosedRecord)
		}
	}

	if a.Sector != "" {
		if a.Kind != survey.KindProvider {
			p.add("sector", survey.ReasonMustBeEmpty)
		} else if _, ok := s.Field(a.Sector); !ok {
			p.add("sector", survey.ReasonUnknown)
		}
	}
	if a.ValidFrom == "" {
		p.add("validFrom", survey.ReasonRequired)
	}
	from, to := p.date("validFrom", a.ValidFrom), p.date("validTo", a.ValidTo)
	if from && to && a.ValidTo < a.ValidFrom {
		p.add("validTo", survey.ReasonBeforeStart)
	}
	if len(a.Successors) > 0 && a.ValidTo == "" {
		p.add("successors", survey.ReasonAgencySuccessors)
	}
	p.list("successors", a.Successors, func(id string) string {
		switch _, ok := s.Agency(id); {
		case !ok:
			return survey.ReasonUnknown
		case s.succeeds(a.ID, id, map[string]bool{}):
			return survey.ReasonAgencySuccession
		}
		return ""
	})
	return p
}

// succeeds reports whether the successors of from lead to the agency, or from is it.
func (s *Snapshot) succeeds(id, from string, seen map[string]bool) bool {
	if id == from {
		return true
	}
	seen[from] = true
	agency, _ := s.Agency(from)
	return slices.ContainsFunc(agency.Successors, func(next string) bool { return !seen[next] && s.succeeds(id, next, seen) })
}

func (s *Snapshot) checkField(f survey.Field) (p problems) {
	p.slug("id", f.ID)
	p.name(f.Name)
	const maxOrder = 1_000_000
	if f.Order < 0 || f.Order > maxOrder {
		p.with("order", survey.ReasonRange, map[string]any{"min": 0, "max": maxOrder})
	}
	return p
}

func (s *Snapshot) checkProcedure(d survey.Procedure, stored *survey.Procedure, today survey.Date) (p problems) {
	p.slug("id", d.ID)
	p.name(d.Name)
	field, ok := s.Field(d.Field)
	switch {
	case d.Field == "":
		p.add("field", survey.ReasonRequired)
	case stored != nil && stored.Field != d.Field:
		p.add("field", survey.ReasonImmutable)
	case !ok:
		p.add("field", survey.ReasonUnknown)
	case field.Closed && stored == nil && today != "":
		p.add("field", survey.ReasonClosedRecord)
	}
	return p
}

// checkPoint leaves the code aside.
func (s *Snapshot) checkPoint(d survey.Point, stored *survey.Point, today survey.Date) (p problems) {
	p.name(d.Name)
	agency, ok := s.Agency(d.Agency)
	switch {
	case d.Agency == "":
		p.add("agency", survey.ReasonRequired)
	case stored != nil && stored.Agency != d.Agency:
		p.add("agency", survey.ReasonImmutable)
	case !ok:
		p.add("agency", survey.ReasonUnknown)
	case (stored == nil || stored.Closed != "" && d.Closed == "") && today != "" && agency.ValidTo != "" && agency.ValidTo < today:
		p.add("agency", survey.ReasonClosedRecord)
	}
	p.list("fields", d.Fields, func(id string) string {
		field, ok := s.Field(id)
		switch {
		case !ok:
			return survey.ReasonUnknown
		case field.Closed && today != "" && (stored == nil || !slices.Contains(stored.Fields, id)):
			return survey.ReasonClosedRecord
		}
		return ""
	})
	oneOf(&p, "delivery", d.Delivery, survey.Deliveries...)
	if d.Questionnaire == "" {
		p.add("questionnaire", survey.ReasonRequired)
	} else if s.Newest(d.Questionnaire) == nil {
		p.add("questionnaire", survey.ReasonUnknown)
	}
	if p.date("opens", d.Opens); p.date("closed", d.Closed) && d.Closed <= d.Opens {
		p.add("closed", survey.ReasonBeforeStart)
	}
	oneOf(&p, "receiptCode", d.Receipts(), survey.ReceiptUses...)
	p.hours("hours", d.Hours)
	return p
}

// checkTarget tests a target. A bulk load may bring promises about fields to come.
func (s *Snapshot) checkTarget(t survey.Target, fieldsToCome bool) (p problems) {
	p.slug("id", t.ID)
	p.name(t.Name)
	oneOf(&p, "scope", t.Scope, survey.ScopeProcedure, survey.ScopeField, survey.ScopeAgency, survey.ScopeSector, survey.ScopeDelivery)
	if len(t.Members) == 0 {
		p.add("members", survey.ReasonRequired)
	}
	p.list("members", t.Members, func(id string) string {
		known := id == "*"
		switch t.Scope {
		case survey.ScopeField, survey.ScopeSector:
			if !known {
				_, known = s.Field(id)
				known = known || (fieldsToCome && survey.IsSlug(id))
			}
		case survey.ScopeDelivery:
			known = slices.Contains(survey.Deliveries, survey.Delivery(id))
		}
		if !known {
			return survey.ReasonUnknown
		}
		return ""
	})
	oneOf(&p, "comparator", t.Comparator, survey.AtLeast, survey.Above)
	most := int64(100_00)
	if t.Comparator == survey.Above {
		most-- // nothing is above 100 %
	}
	if t.BasisPoints < 1 || t.BasisPoints > most {
		p.with("basisPoints", survey.ReasonRange, map[string]any{"min": 1, "max": most})
	}
	const first, last = 2000, 2100
	if t.Deadline < first || t.Deadline > last {
		p.with("deadline", survey.ReasonRange, map[string]any{"min": first, "max": last})
	}
	if utf8.RuneCountInString(t.Source) > maxName {
		p.with("source", survey.ReasonTooLong, map[string]any{"max": maxName})
	}
	return p
}

func (s *Snapshot) checkVolume(v survey.Volume, today survey.Date) (p problems) {
	agency, known := s.Agency(v.Agency)
	switch {
	case v.Agency == "":
		p.add("agency", survey.ReasonRequired)
	case !known:
		p.add("agency", survey.ReasonUnknown)
	}
	_, err := survey.ParseMonth(string(v.Month))
	switch {
	case v.Month == "":
		p.add("month", survey.ReasonRequired)
	case err != nil:
		p.add("month", survey.ReasonMonthFormat)
	case today != "" && v.Month > today.Month():
		p.add("month", survey.ReasonInTheFuture)
	case today != "" && known && (v.Month < agency.ValidFrom.Month() || agency.ValidTo != "" && agency.ValidTo.Month() < v.Month):
		p.add("month", survey.ReasonAgencyClosed)
	}
	if len(v.Files) == 0 {
		p.add("files", survey.ReasonRequired)
	}
	for _, field := range slices.Sorted(maps.Keys(v.Files)) {
		// An unknown id is the sender's own text, so it is not repeated.
		if _, ok := s.Field(field); !ok {
			p.add("files", survey.ReasonUnknownKey)
		} else if n := v.Files[field]; n < 0 || n > maxFiles {
			p.with("files."+field, survey.ReasonRange, map[string]any{"min": 0, "max": maxFiles})
		}
	}
	return p
}

func (s *Snapshot) checkKiosk(k survey.Kiosk, stored *survey.Kiosk, today survey.Date) (p problems) {
	switch {
	case k.Name == "":
		p.add("name", survey.ReasonRequired)
	case utf8.RuneCountInString(k.Name) > maxName:
		p.with("name", survey.ReasonTooLong, map[string]any{"max": maxName})
	}
	point, ok := s.Point(k.Point)
	switch {
	case k.Point == "":
		p.add("point", survey.ReasonRequired)
	case !ok:
		p.add("point", survey.ReasonUnknown)
	case point.ClosedOn(today) && (stored == nil || stored.Point != k.Point):
		p.add("point", survey.ReasonClosedRecord)
	}
	oneOf(&p, "settings.theme", k.Settings.Theme, survey.ThemeLight, survey.ThemeContrast)
	languages := make([]string, len(k.Settings.Languages))
	for i, language := range k.Settings.Languages {
		languages[i] = string(language)
	}
	p.list("settings.languages", languages, func(language string) string {
		known := slices.Contains(s.languages, survey.Language(language))
		if !known && (stored == nil || !slices.Contains(stored.Settings.Languages, survey.Language(language))) { // one that was taken out again may stay
			return survey.ReasonUnknown
		}
		return ""
	})
	if !slices.Contains(languages, string(survey.Vietnamese)) {
		p.add("settings.languages", survey.ReasonRequired)
	}
	p.percent("settings.volume", k.Settings.Volume, survey.MinVolume)
	p.percent("settings.brightness", k.Settings.Brightness, survey.MinBrightness)
	return p
}
