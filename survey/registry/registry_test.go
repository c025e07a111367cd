package registry_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

func TestWritesRefuseThoseWithoutTheRight(t *testing.T) {
	r, store := loaded(t)
	before := len(auditIDs(t, store))
	ctx := t.Context()
	agency, _ := r.Snapshot().Agency("xa-binh-minh")
	field, _ := r.Snapshot().Field("thue")
	procedure, _ := r.Snapshot().Procedure("khai-sinh")
	mine, _ := r.Snapshot().Point("K7QX2M9A4T")
	theirs, _ := r.Snapshot().Point("000000000Q")
	target, _ := r.Snapshot().Target("agency-2025")
	tablet, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: "Máy 1", Point: theirs.Code})
	if err != nil {
		t.Fatal(err)
	}
	before++
	sheet := survey.Volume{Agency: "so-noi-vu", Month: "2026-09", Files: map[string]int64{"noi-vu": 1}}
	writes := map[string]func(a survey.Actor) error{
		"create an agency": func(a survey.Actor) error {
			_, err := r.CreateAgency(ctx, a, survey.Agency{Parent: "tinh"})
			return err
		},
		"update an agency":   func(a survey.Actor) error { _, err := r.UpdateAgency(ctx, a, agency); return err },
		"create a field":     func(a survey.Actor) error { _, err := r.CreateField(ctx, a, survey.Field{}); return err },
		"update a field":     func(a survey.Actor) error { _, err := r.UpdateField(ctx, a, field); return err },
		"create a procedure": func(a survey.Actor) error { _, err := r.CreateProcedure(ctx, a, survey.Procedure{}); return err },
		"update a procedure": func(a survey.Actor) error { _, err := r.UpdateProcedure(ctx, a, procedure); return err },
		"create a target":    func(a survey.Actor) error { _, err := r.CreateTarget(ctx, a, survey.Target{}); return err },
		"update a target":    func(a survey.Actor) error { _, err := r.UpdateTarget(ctx, a, target); return err },
		"create a point":     func(a survey.Actor) error { _, err := r.CreatePoint(ctx, a, newPoint("so-noi-vu")); return err },
		"update a point":     func(a survey.Actor) error { _, err := r.UpdatePoint(ctx, a, theirs); return err },
		"put a volume":       func(a survey.Actor) error { _, err := r.PutVolume(ctx, a, sheet); return err },
		"create a kiosk": func(a survey.Actor) error {
			_, err := r.CreateKiosk(ctx, a, survey.Kiosk{Name: "Máy 2", Point: theirs.Code})
			return err
		},
		"update a kiosk": func(a survey.Actor) error { _, err := r.UpdateKiosk(ctx, a, tablet); return err },
		"fetch their kiosk": func(a survey.Actor) error {
			k := tablet
			k.Point = mine.Code
			_, err := r.UpdateKiosk(ctx, a, k)
			return err
		},
		"read the audit log": func(a survey.Actor) error { _, err := r.Audit(ctx, a, 0, 10); return err },
		"move their point": func(a survey.Actor) error {
			p := theirs
			p.Agency = "xa-binh-minh"
			_, err := r.UpdatePoint(ctx, a, p)
			return err
		},
	}
	hasRight := []string{"create a point", "update a point", "put a volume", "move their point", "create a kiosk", "update a kiosk", "fetch their kiosk"}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			for _, a := range []survey.Actor{nobody, viewer} {
				if got := fields(write(a)); got != "forbidden noRight" {
					t.Errorf("%q: %s", a.User, got)
				}
			}
			want := "forbidden noRight"
			if slices.Contains(hasRight, name) {
				want = "forbidden outOfScope"
			}
			if got := fields(write(manager)); got != want {
				t.Errorf("a manager of another agency: %s, want %s", got, want)
			}
		})
	}
	if after := len(auditIDs(t, store)); after != before {
		t.Errorf("%d entries were audited", after-before)
	}
	mine.Name = text("Quầy Một")
	if _, err := r.UpdatePoint(ctx, manager, mine); err != nil {
		t.Errorf("a manager and the own point: %v", err)
	}
	if p, err := r.CreatePoint(ctx, manager, newPoint("tram-y-te")); err != nil || p.Rev != 1 {
		t.Errorf("a manager and a point below the own agency: %v", err)
	}
	own, err := r.CreateKiosk(ctx, manager, survey.Kiosk{Name: "Máy 3", Point: mine.Code})
	if err != nil {
		t.Fatal(err)
	}
	own.Point = theirs.Code
	if _, err := r.UpdateKiosk(ctx, manager, own); fields(err) != "forbidden outOfScope" {
		t.Errorf("a manager gives the own kiosk away: %v", err)
	}
}

func TestWritesNameEveryFieldError(t *testing.T) {
	r, _ := loaded(t)
	ctx := t.Context()
	long := survey.Text{survey.Vietnamese: strings.Repeat("ă", 301), "fr": "non"}
	root, _ := r.Snapshot().Agency("tinh")
	commune, _ := r.Snapshot().Agency("xa-binh-minh")
	point, _ := r.Snapshot().Point("K7QX2M9A4T")
	tablet, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: "Máy 1", Point: point.Code})
	if err != nil {
		t.Fatal(err)
	}
	old := survey.Point{Code: "3333333331", Agency: "xa-cu", Name: text("Quầy cũ"), Delivery: survey.DeliveryCounter, Questionnaire: "quick", Closed: "2026-07-01"}
	old.Code = pointCode(t, old.Code)
	if err := r.Load(ctx, registry.Catalogue{Points: []survey.Point{old}}); err != nil {
		t.Fatal(err)
	}
	old, _ = r.Snapshot().Point(old.Code)
	tax, _ := r.Snapshot().Field("thue")
	tax.Closed = true
	if _, err := r.UpdateField(ctx, admin, tax); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		write func() error
		want  string
	}{
		"an empty agency": {func() error { _, err := r.CreateAgency(ctx, admin, survey.Agency{}); return err },
			"id: required; name.vi: required; kind: required; level: required; parent: required; validFrom: required"},
		"a bad agency": {func() error {
			_, err := r.CreateAgency(ctx, admin, survey.Agency{ID: "Xã", Parent: "khong-co", Kind: "king", Level: "moon", Name: long,
				Sector: "y-te", ValidFrom: "2026-7-1", ValidTo: "2026-13-01", Successors: []string{"khong-co", "tinh", "tinh"}})
			return err
		}, "id: format; name: unknownKey; name.vi: tooLong; kind: unknown; level: unknown; parent: unknown; sector: mustBeEmpty; " +
			"validFrom: date.format; validTo: date.format; successors.0: unknown; successors.2: repeated"},
		"an agency ending before it begins": {func() error {
			a := commune
			a.ValidTo = "2025-06-30"
			_, err := r.UpdateAgency(ctx, admin, a)
			return err
		}, "validTo: beforeStart"},
		"successors of an agency that goes on": {func() error {
			a := commune
			a.Successors = []string{"phuong-2"}
			_, err := r.UpdateAgency(ctx, admin, a)
			return err
		}, "successors: agency.successors"},
		"a second province": {func() error {
			_, err := r.CreateAgency(ctx, admin, survey.Agency{ID: "tinh-2", Parent: "tinh", Kind: survey.KindProvince, Level: survey.LevelProvince, Name: text("Tỉnh"), ValidFrom: "2025-07-01"})
			return err
		}, "kind: agency.root"},
		"an agency below itself": {func() error {
			a := commune
			a.Parent = "tram-y-te"
			_, err := r.UpdateAgency(ctx, admin, a)
			return err
		}, "parent: agency.cycle"},
		"the root below another": {func() error {
			a := root
			a.Parent, a.Kind = "xa-binh-minh", survey.KindCommune
			_, err := r.UpdateAgency(ctx, admin, a)
			return err
		}, "parent: agency.root"},
		"an unknown sector": {func() error {
			_, err := r.CreateAgency(ctx, admin, survey.Agency{ID: "truong", Parent: "tinh", Kind: survey.KindProvider, Level: survey.LevelProvince, Name: text("Trường"), Sector: "khong-co", ValidFrom: "2025-07-01"})
			return err
		}, "sector: unknown"},
		"a bad field": {func() error {
			_, err := r.CreateField(ctx, admin, survey.Field{ID: "a_b", Order: -1})
			return err
		}, "id: format; name.vi: required; order: range"},
		"a bad procedure": {func() error {
			_, err := r.CreateProcedure(ctx, admin, survey.Procedure{ID: "a", Field: "khong-co", Name: text("A")})
			return err
		}, "field: unknown"},
		"an empty point": {func() error { _, err := r.CreatePoint(ctx, admin, survey.Point{}); return err },
			"name.vi: required; agency: required; delivery: required; questionnaire: required"},
		"a bad point": {func() error {
			_, err := r.CreatePoint(ctx, admin, survey.Point{Agency: "xa-cu", Name: text("Quầy"), Fields: []string{"dat-dai", "khong-co", "dat-dai"},
				Delivery: "drone", Questionnaire: "khong-co", Opens: "hôm nay", Closed: "mai"})
			return err
		}, "agency: closedRecord; fields.1: unknown; fields.2: repeated; delivery: unknown; questionnaire: unknown; opens: date.format; closed: date.format"},
		"a point that closes before it opens": {func() error {
			p := point
			p.Opens, p.Closed = "2026-12-01", "2026-12-01"
			_, err := r.UpdatePoint(ctx, admin, p)
			return err
		}, "closed: beforeStart"},
		"a point that moves": {func() error {
			p := point
			p.Agency = "phuong-2"
			_, err := r.UpdatePoint(ctx, admin, p)
			return err
		}, "agency: immutable"},
		"an empty target": {func() error { _, err := r.CreateTarget(ctx, admin, survey.Target{}); return err },
			"id: required; name.vi: required; scope: required; members: required; comparator: required; basisPoints: range; deadline: range"},
		"a target for one agency": {func() error {
			_, err := r.CreateTarget(ctx, admin, survey.Target{ID: "a", Name: text("A"), Scope: survey.ScopeAgency, Members: []string{"tinh"}, Comparator: survey.AtLeast, BasisPoints: 9000, Deadline: 2030})
			return err
		}, "members.0: unknown"},
		"a target above 100 %": {func() error {
			_, err := r.CreateTarget(ctx, admin, survey.Target{ID: "a", Name: text("A"), Scope: survey.ScopeDelivery, Members: []string{"online", "*"}, Comparator: survey.Above, BasisPoints: 10000, Deadline: 2030})
			return err
		}, "members.1: unknown; basisPoints: range"},
		"an agency below one that has ended": {func() error {
			_, err := r.CreateAgency(ctx, admin, survey.Agency{ID: "thon", Parent: "xa-cu", Kind: survey.KindProvider, Level: survey.LevelCommune, Name: text("Thôn"), ValidFrom: "2025-07-01"})
			return err
		}, "parent: closedRecord"},
		"an agency moved below one that ended before it": {func() error {
			a := commune
			a.Parent, a.ValidTo = "xa-cu", "2026-07-01"
			_, err := r.UpdateAgency(ctx, admin, a)
			return err
		}, "parent: closedRecord"},
		"successors that lead back": {func() error {
			a := commune
			a.ValidTo, a.Successors = "2026-12-31", []string{"phuong-2", "xa-cu", "xa-binh-minh"}
			_, err := r.UpdateAgency(ctx, admin, a)
			return err
		}, "successors.1: agency.succession; successors.2: agency.succession"},
		"a procedure of another field": {func() error {
			_, err := r.UpdateProcedure(ctx, admin, survey.Procedure{ID: "khai-sinh", Field: "dat-dai", Name: text("Khai sinh"), Versioned: survey.Versioned{Rev: 1}})
			return err
		}, "field: immutable"},
		"a procedure of a closed field": {func() error {
			_, err := r.CreateProcedure(ctx, admin, survey.Procedure{ID: "b", Field: "thue", Name: text("B")})
			return err
		}, "field: closedRecord"},
		"a point opened again where the agency has ended": {func() error {
			p := old
			p.Closed = ""
			_, err := r.UpdatePoint(ctx, admin, p)
			return err
		}, "agency: closedRecord"},
		"an empty kiosk": {func() error { _, err := r.CreateKiosk(ctx, admin, survey.Kiosk{}); return err }, "name: required; point: required"},
		"a bad kiosk": {func() error {
			_, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: strings.Repeat("ă", 301), Point: "1111111118"})
			return err
		}, "name: tooLong; point: unknown"},
		"a kiosk with settings out of range": {func() error {
			_, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: "Máy", Point: "000000000Q",
				Settings: survey.KioskSettings{Theme: "pink", Languages: []survey.Language{"en", "xx", "en"}, Volume: 9, Brightness: 101}})
			return err
		}, "settings.theme: unknown; settings.languages.1: unknown; settings.languages.2: repeated; settings.languages: required; settings.volume: range; settings.brightness: range"},
		"a kiosk with empty settings": {func() error {
			_, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: "Máy", Point: "000000000Q", Settings: survey.KioskSettings{Languages: []survey.Language{}}})
			return err
		}, "settings.theme: required; settings.languages: required; settings.volume: range; settings.brightness: range"},
		"bad opening hours": {func() error {
			p := old
			p.Hours = survey.OpeningHours{{Day: 1, From: "07:30", To: "11:30"}, {Day: 1, From: "11:00", To: "12:00"}, {Day: 2, From: "17:00", To: "08:00"},
				{Day: 0, From: "7h", To: "25:00"}, {Day: 2, From: "07:30", To: "11:30"}, {Day: 1, From: "11:30", To: "11:30"}}
			_, err := r.UpdatePoint(ctx, admin, p)
			return err
		}, "hours.1: hours.overlap; hours.2.to: beforeStart; hours.3.day: range; hours.3.from: clock.format; hours.3.to: clock.format; hours.5.to: beforeStart"},
		"more opening hours than a week has": {func() error {
			p := old
			p.Hours = make(survey.OpeningHours, 51)
			_, err := r.UpdatePoint(ctx, admin, p)
			return err
		}, "hours: tooMany"},
		"a kiosk at a closed point": {func() error {
			_, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: "Máy", Point: old.Code})
			return err
		}, "point: closedRecord"},
		"a kiosk moved to a closed point": {func() error {
			k := tablet
			k.Point = old.Code
			_, err := r.UpdateKiosk(ctx, admin, k)
			return err
		}, "point: closedRecord"},
		"a sheet of a month before the agency": {func() error {
			_, err := r.PutVolume(ctx, admin, survey.Volume{Agency: "xa-cu", Month: "2025-06", Files: map[string]int64{"dat-dai": 1}})
			return err
		}, "month: agency.closed"},
		"a sheet of a month after the agency": {func() error {
			_, err := r.PutVolume(ctx, admin, survey.Volume{Agency: "xa-cu", Month: "2026-07", Files: map[string]int64{"dat-dai": 1}})
			return err
		}, "month: agency.closed"},
		"an empty sheet": {func() error { _, err := r.PutVolume(ctx, admin, survey.Volume{}); return err },
			"agency: required; month: required; files: required"},
		"a bad sheet": {func() error {
			_, err := r.PutVolume(ctx, admin, survey.Volume{Agency: "tinh", Month: "2026-12", Files: map[string]int64{"dat-dai": -1, "secret": 1}})
			return err
		}, "month: inTheFuture; files.dat-dai: range; files: unknownKey"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.write()
			if got := fields(err); got != test.want || !survey.IsCode(err, survey.CodeInvalid) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestRevisions(t *testing.T) {
	r, _ := loaded(t)
	ctx := t.Context()
	point, _ := r.Snapshot().Point("K7QX2M9A4T")
	renamed := point
	renamed.Name = survey.Text{survey.Vietnamese: "  Quầy  Đất đai\u0301 "}
	second, err := r.UpdatePoint(ctx, admin, renamed)
	if err != nil || second.Rev != 2 || second.PendingAudit != nil {
		t.Fatalf("%+v, %v", second, err)
	}
	if got := second.Name[survey.Vietnamese]; got != "Quầy Đất đaí" {
		t.Errorf("stored as %q, want NFC and single spaces", got)
	}
	if got, _ := r.Snapshot().Point("K7QX2M9A4T"); got.Rev != 2 {
		t.Errorf("the snapshot still shows revision %d", got.Rev)
	}
	for name, test := range map[string]struct {
		err  func() error
		want string
	}{
		"an old revision":    {func() error { _, err := r.UpdatePoint(ctx, admin, point); return err }, "conflict rev"},
		"a revision to come": {func() error { p := second; p.Rev = 7; _, err := r.UpdatePoint(ctx, admin, p); return err }, "conflict rev"},
		"an id that is taken": {func() error {
			_, err := r.CreateField(ctx, admin, survey.Field{ID: "thue", Name: text("Thuế")})
			return err
		}, "conflict exists"},
		"an unknown kiosk":     {func() error { _, err := r.UpdateKiosk(ctx, admin, survey.Kiosk{ID: "AAAAAAAA"}); return err }, "not_found"},
		"an unknown point":     {func() error { p := point; p.Code = "1111111118"; _, err := r.UpdatePoint(ctx, admin, p); return err }, "not_found"},
		"a sheet that exists":  {func() error { v := province().Volumes[0]; _, err := r.PutVolume(ctx, admin, v); return err }, "conflict exists"},
		"a sheet that is gone": {func() error { v := province().Volumes[0]; v.Rev = 3; _, err := r.PutVolume(ctx, admin, v); return err }, "conflict rev"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fields(test.err()); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Nothing is deleted: every type is closed, with everything below it left in
// place, and opened again.
func TestEverythingCanBeClosed(t *testing.T) {
	r, store := loaded(t)
	ctx := t.Context()
	merged, err := r.CreateAgency(ctx, admin, survey.Agency{ID: "phuong-moi", Parent: "tinh", Kind: survey.KindCommune, Level: survey.LevelCommune,
		Name: text("Phường Mới"), ValidFrom: "2027-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	point, err := r.CreatePoint(ctx, admin, newPoint("phuong-2"))
	if err != nil {
		t.Fatal(err)
	}
	kiosk, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: "Máy", Point: point.Code})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Snapshot()
	agency := func(id string) func(closed bool) (survey.Record, error) {
		return func(closed bool) (survey.Record, error) {
			a, _ := r.Snapshot().Agency(id)
			a.ValidTo, a.Successors = "", nil
			if closed {
				a.ValidTo, a.Successors = "2026-12-31", []string{merged.ID}
			}
			return r.UpdateAgency(ctx, admin, a)
		}
	}
	for name, change := range map[string]func(closed bool) (survey.Record, error){
		"an agency merged with another": agency("phuong-2"),
		"an agency with one below":      agency("so-y-te"),
		"a field that is offered": func(closed bool) (survey.Record, error) {
			f, _ := r.Snapshot().Field("dat-dai")
			f.Closed = closed
			return r.UpdateField(ctx, admin, f)
		},
		"a procedure": func(closed bool) (survey.Record, error) {
			p, _ := r.Snapshot().Procedure("khai-sinh")
			p.Closed = closed
			return r.UpdateProcedure(ctx, admin, p)
		},
		"a target": func(closed bool) (survey.Record, error) {
			target, _ := r.Snapshot().Target("agency-2025")
			target.Closed = closed
			return r.UpdateTarget(ctx, admin, target)
		},
		"a point with a kiosk": func(closed bool) (survey.Record, error) {
			p, _ := r.Snapshot().Point(point.Code)
			p.Closed = ""
			if closed {
				p.Closed = "2026-11-24"
			}
			return r.UpdatePoint(ctx, admin, p)
		},
		"a kiosk": func(closed bool) (survey.Record, error) {
			k, _ := r.Snapshot().Kiosk(kiosk.ID)
			k.Closed = closed
			return r.UpdateKiosk(ctx, admin, k)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, want := range []struct {
				closed bool
				action survey.AuditAction
			}{{true, survey.ActionClose}, {true, survey.ActionUpdate}, {false, survey.ActionUpdate}} {
				doc, err := change(want.closed)
				if err != nil {
					t.Fatal(err)
				}
				last, err := store.Audit().Last(ctx)
				if err != nil || last.Action != want.action || last.RecordKey != doc.Key() || last.Rev != doc.Revision() {
					t.Errorf("closed %v: audited %+v, %v", want.closed, last, err)
				}
			}
		})
	}
	now := r.Snapshot()
	if len(now.Points()) != len(s.Points()) || len(now.Agencies()) != len(s.Agencies()) || len(now.Fields()) != len(s.Fields()) {
		t.Error("closing took something else away")
	}
}

// The server alone remembers what ratings on their way may still name.
func TestWhatWasOnceOfferedIsRemembered(t *testing.T) {
	r, _ := loaded(t)
	ctx := t.Context()
	point, _ := r.Snapshot().Point("K7QX2M9A4T") // ho-tich and dat-dai
	for _, step := range []struct{ fields, former string }{
		{"dat-dai", "ho-tich"}, {"dat-dai", "ho-tich"}, {"thue", "ho-tich dat-dai"}, {"ho-tich thue", "dat-dai"}, {"", "dat-dai ho-tich thue"},
	} {
		point.Fields, point.FormerFields = strings.Fields(step.fields), []string{"xay-dung"}
		var err error
		if point, err = r.UpdatePoint(ctx, manager, point); err != nil {
			t.Fatal(err)
		}
		equal(t, "former fields after "+step.fields, point.FormerFields, strings.Fields(step.former))
	}
	if !point.Offered("thue") || point.Offered("xay-dung") {
		t.Error("what was offered is not told from what never was")
	}
	made, err := r.CreatePoint(ctx, manager, survey.Point{Agency: "xa-binh-minh", Name: text("Quầy"), Delivery: survey.DeliveryCounter, Questionnaire: "quick", FormerFields: []string{"thue"}})
	if err != nil || made.FormerFields != nil {
		t.Errorf("%+v, %v", made, err)
	}
}

// A point keeps its identity whatever code citizens come by, and no code means two points.
func TestReplaceCode(t *testing.T) {
	r, store := loaded(t)
	second := open(t, store)
	ctx := t.Context()
	const own = "K7QX2M9A4T"
	point, _ := r.Snapshot().Point(own)
	if point.Public() != own || !point.Accepts(own, "2026-11-23") {
		t.Fatalf("a new point has the public code %s", point.Public())
	}
	first, err := r.ReplaceCode(ctx, manager, own, 1, 30)
	if err != nil {
		t.Fatal(err)
	}
	last, err := store.Audit().Last(ctx)
	if err != nil || last.Action != survey.ActionRecode || last.RecordKey != own || last.Rev != 2 || last.Agency != "xa-binh-minh" {
		t.Errorf("audited %+v, %v", last, err)
	}
	again, err := r.ReplaceCode(ctx, manager, own, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	for name, node := range map[string]*registry.Registry{"here": r, "on another node": second} {
		for _, c := range []struct {
			what, code string
			day        survey.Date
			want       bool
		}{
			{"the first, today", own, "2026-11-23", true},
			{"the first, on the last day of its grace", own, "2026-12-22", true},
			{"the first, after that", own, "2026-12-23", false},
			{"the second, without grace", first.PublicCode, "2026-11-23", false},
			{"the present", again.PublicCode, "2030-01-01", true},
		} {
			p, ok := node.Snapshot().Point(c.code)
			if !ok || p.Code != own || p.Accepts(c.code, c.day) != c.want {
				t.Errorf("%s, %s: %+v, %v", name, c.what, p, ok)
			}
		}
	}
	if again.Code != own || again.Public() != again.PublicCode || !again.Reprint || again.PublicCode == first.PublicCode {
		t.Errorf("got %+v", again)
	}

	// What is changed about the point leaves its codes alone, and the other way round.
	again.Name, again.PublicCode, again.FormerCodes, again.Reprint = text("Quầy một"), "000000000Q", nil, false
	renamed, err := r.UpdatePoint(ctx, manager, again)
	if err != nil || len(renamed.FormerCodes) != 2 || renamed.PublicCode == "000000000Q" || !renamed.Reprint {
		t.Errorf("renamed to %+v, %v", renamed, err)
	}
	printed, err := r.NotePrinted(ctx, manager, own, renamed.Rev)
	if err != nil || printed.Reprint || printed.PublicCode != renamed.PublicCode || printed.Name[survey.Vietnamese] != "Quầy một" {
		t.Errorf("printed %+v, %v", printed, err)
	}

	// A kiosk put at it by the code on the wall stands at the point itself.
	kiosk, err := r.CreateKiosk(ctx, manager, survey.Kiosk{Name: "Máy 1", Point: survey.ShowPointCode(printed.PublicCode)})
	if err != nil || kiosk.Point != own {
		t.Errorf("%+v, %v", kiosk, err)
	}
	taken := province().Points[0]
	taken.Code = first.PublicCode
	if err := r.Load(ctx, registry.Catalogue{Points: []survey.Point{taken}}); fields(err) != "points.0.code: exists" {
		t.Errorf("a point under another's former code: %v", err)
	}
}

func TestReplaceCodeRefusals(t *testing.T) {
	r, _ := loaded(t)
	for _, c := range []struct {
		name, code string
		actor      survey.Actor
		rev        int64
		grace      int
		want       string
	}{
		{"nobody", "K7QX2M9A4T", nobody, 1, 30, "forbidden noRight"},
		{"outside", "000000000Q", manager, 1, 30, "forbidden outOfScope"},
		{"an unknown point", "0000000011", admin, 1, 30, "not_found"},
		{"another revision", "K7QX2M9A4T", manager, 2, 30, "conflict rev"},
		{"a grace below zero", "K7QX2M9A4T", manager, 1, -1, "graceDays: range"},
		{"a grace of years", "K7QX2M9A4T", manager, 1, 366, "graceDays: range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.ReplaceCode(t.Context(), c.actor, c.code, c.rev, c.grace)
			if got := fields(err); got != c.want {
				t.Errorf("replacing gives %q, want %q", got, c.want)
			}
			if c.grace != 30 {
				return
			}
			_, err = r.NotePrinted(t.Context(), c.actor, c.code, c.rev)
			if got := fields(err); got != c.want {
				t.Errorf("noting gives %q, want %q", got, c.want)
			}
		})
	}
}

func TestKiosks(t *testing.T) {
	r, store := loaded(t)
	second := open(t, store)
	ctx := t.Context()
	kiosk, err := r.CreateKiosk(ctx, manager, survey.Kiosk{ID: "mine", Name: "  Máy  1 ", Point: "k7qx2-m9a4t", Points: []string{"x"}, Closed: true, Enrolments: 7, Revoked: 7})
	if err != nil {
		t.Fatal(err)
	}
	if !survey.IsKioskID(kiosk.ID) || kiosk.Name != "Máy 1" || kiosk.Point != "K7QX2M9A4T" || !slices.Equal(kiosk.Points, []string{"K7QX2M9A4T"}) ||
		kiosk.Settings.Theme != survey.ThemeLight || kiosk.Settings.Voice || kiosk.Settings.Sound || !slices.Equal(kiosk.Settings.Languages, survey.Languages) ||
		kiosk.Closed || kiosk.Enrolments != 0 || kiosk.Revoked != 0 || kiosk.Rev != 1 || kiosk.PendingAudit != nil {
		t.Errorf("created %+v", kiosk)
	}
	for i, step := range []struct {
		point, points string
		closed        bool
	}{
		{"000000000Q", "K7QX2M9A4T 000000000Q", false},
		{"K7QX2M9A4T", "K7QX2M9A4T 000000000Q", false},
		{"K7QX2M9A4T", "K7QX2M9A4T 000000000Q", true},
		{"K7QX2M9A4T", "K7QX2M9A4T 000000000Q", false},
	} {
		kiosk.Point, kiosk.Closed, kiosk.Points, kiosk.Enrolments = step.point, step.closed, nil, 9
		if kiosk, err = r.UpdateKiosk(ctx, admin, kiosk); err != nil {
			t.Fatal(err)
		}
		if strings.Join(kiosk.Points, " ") != step.points || kiosk.Closed != step.closed || kiosk.Enrolments != 0 || kiosk.Rev != int64(i+2) {
			t.Errorf("step %d: %+v", i, kiosk)
		}
	}
	point, _ := r.Snapshot().Point(kiosk.Point)
	point.Closed = "2026-11-01"
	if _, err := r.UpdatePoint(ctx, manager, point); err != nil {
		t.Fatal(err)
	}
	kiosk.Name = "Máy 9"
	if kiosk, err = r.UpdateKiosk(ctx, manager, kiosk); err != nil {
		t.Errorf("a kiosk whose point has closed cannot be renamed: %v", err)
	}
	old := kiosk
	old.Rev--
	if _, err := r.UpdateKiosk(ctx, manager, old); fields(err) != "conflict rev" {
		t.Errorf("an old revision: %v", err)
	}
	if _, err := r.CreateKiosk(ctx, admin, survey.Kiosk{Name: "Máy 10", Point: "000000000Q"}); err != nil {
		t.Fatal(err)
	}
	if err := second.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*registry.Snapshot{r.Snapshot(), second.Snapshot()} {
		var names []string
		for _, k := range s.Kiosks() {
			names = append(names, k.Name)
		}
		equal(t, "kiosks", names, []string{"Máy 9", "Máy 10"})
		if found, ok := s.Kiosk(kiosk.ID); !ok || found.Rev != kiosk.Rev || s.KioskAgency(found) != "xa-binh-minh" {
			t.Errorf("a node shows %+v", found)
		}
	}
	var acts []string
	entries, err := r.Audit(ctx, admin, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.RecordKey == kiosk.ID {
			acts = append(acts, string(e.Action)+" in "+e.Agency)
		}
	}
	equal(t, "audited", acts, []string{"create in xa-binh-minh", "update in xa-binh-minh", "update in so-noi-vu", "close in xa-binh-minh", "update in xa-binh-minh", "update in xa-binh-minh"})
}

func TestAuditLog(t *testing.T) {
	r, store := loaded(t)
	ctx := t.Context()
	point, err := r.CreatePoint(ctx, manager, newPoint("xa-binh-minh"))
	if err != nil {
		t.Fatal(err)
	}
	point.Closed = "2026-12-01"
	if point, err = r.UpdatePoint(ctx, manager, point); err != nil {
		t.Fatal(err)
	}
	point.Closed = ""
	if _, err = r.UpdatePoint(ctx, admin, point); err != nil {
		t.Fatal(err)
	}
	all, err := r.Audit(ctx, admin, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	n := len(all)
	for i, want := range []struct {
		action survey.AuditAction
		actor  string
		rev    int64
	}{{survey.ActionCreate, "manager", 1}, {survey.ActionClose, "manager", 2}, {survey.ActionUpdate, "admin", 3}} {
		e := all[n-3+i]
		if e.Action != want.action || e.Actor != want.actor || e.Rev != want.rev || e.Collection != registry.CollectionPoints ||
			e.RecordKey != point.Code || e.Agency != "xa-binh-minh" || !e.At.Equal(now().Truncate(time.Millisecond)) || len(e.Digest) != 32 {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	if page, err := r.Audit(ctx, admin, all[1].N, 2); err != nil || len(page) != 2 || page[0].N != all[2].N {
		t.Errorf("a page: %v, %v", page, err)
	}
	if n, err := registry.VerifyAudit(ctx, store.Audit()); err != nil || n != int64(len(all)) {
		t.Errorf("verified %d of %d: %v", n, len(all), err)
	}
	for name, change := range map[string]func(*survey.AuditEntry){
		"another actor":  func(e *survey.AuditEntry) { e.Actor = "somebody" },
		"another time":   func(e *survey.AuditEntry) { e.At = e.At.Add(time.Hour) },
		"another digest": func(e *survey.AuditEntry) { e.Digest = make([]byte, 32) },
		"left out":       func(e *survey.AuditEntry) { e.N++ },
	} {
		t.Run(name, func(t *testing.T) {
			if n, err := registry.VerifyAudit(ctx, tampered{store.Audit(), change}); !survey.IsCode(err, survey.CodeInternal) || n != 2 {
				t.Errorf("found after %d entries: %v", n, err)
			}
		})
	}
}

// tampered shows entry 3 of a chain changed.
type tampered struct {
	survey.AuditStore
	change func(*survey.AuditEntry)
}

func (a tampered) After(ctx context.Context, n int64, limit int) ([]survey.AuditEntry, error) {
	entries, err := a.AuditStore.After(ctx, n, limit)
	for i := range entries {
		if entries[i].N == 3 {
			a.change(&entries[i])
		}
	}
	return entries, err
}

func TestACrashBetweenTheStepsIsFinished(t *testing.T) {
	crashes := map[string]func(*faulty){
		"before the entry is appended":          func(f *faulty) { f.noAppend.Store(true) },
		"after an append that seemed to fail":   func(f *faulty) { f.lostAppend.Store(true) },
		"before the document's debt is paid":    func(f *faulty) { f.noSettle.Store(true) },
		"with neither the one nor the other":    func(f *faulty) { f.noAppend.Store(true); f.noSettle.Store(true) },
		"after a lost append and before paying": func(f *faulty) { f.lostAppend.Store(true); f.noSettle.Store(true) },
	}
	finishes := map[string]func(t *testing.T, r *registry.Registry, store survey.Store, p survey.Point){
		"at the next start": func(t *testing.T, _ *registry.Registry, store survey.Store, _ survey.Point) {
			open(t, store)
		},
		"by reading the audit log on another node": func(t *testing.T, _ *registry.Registry, store survey.Store, p survey.Point) {
			entries, err := open(t, store).Audit(t.Context(), admin, 0, 100)
			if err != nil || entries[len(entries)-1].RecordKey != p.Code {
				t.Errorf("the log ends with %+v, %v", entries, err)
			}
		},
		"by the next update": func(t *testing.T, r *registry.Registry, _ survey.Store, p survey.Point) {
			p.Name = text("Quầy khác")
			if _, err := r.UpdatePoint(t.Context(), manager, p); err != nil {
				t.Error(err)
			}
		},
		"by running on": func(t *testing.T, r *registry.Registry, store survey.Store, p survey.Point) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- r.Run(ctx) }()
			eventually(t, 5*time.Second, "the debt is paid", func() bool {
				stored, err := store.Points().Find(ctx, p.Code)
				return err == nil && stored.PendingAudit == nil
			})
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		},
	}
	for crash, fail := range crashes {
		for finish, by := range finishes {
			t.Run(crash+", finished "+finish, func(t *testing.T) {
				t.Parallel()
				store := openStore(t)
				f := &faulty{Store: store}
				r := open(t, f)
				if err := r.Load(t.Context(), province()); err != nil {
					t.Fatal(err)
				}
				fail(f)
				point, err := r.CreatePoint(t.Context(), manager, newPoint("xa-binh-minh"))
				if err != nil || point.Rev != 1 || point.PendingAudit != nil {
					t.Fatalf("the document is stored, so the write succeeds: %+v, %v", point, err)
				}
				if stored, _ := store.Points().Find(t.Context(), point.Code); stored.PendingAudit == nil {
					t.Fatal("nothing is owed: the crash did not happen")
				}
				f.noAppend.Store(false)
				f.lostAppend.Store(false)
				f.noSettle.Store(false)
				by(t, r, store, point)
				if n := count(auditIDs(t, store), "points/"+point.Code+"/1"); n != 1 {
					t.Errorf("the act is %d times in the chain", n)
				}
				if stored, _ := store.Points().Find(t.Context(), point.Code); stored.PendingAudit != nil {
					t.Error("the document still owes its entry")
				}
			})
		}
	}
}

func TestAnUpdateWaitsForTheEntryOwed(t *testing.T) {
	f := &faulty{Store: openStore(t)}
	r := open(t, f)
	if err := r.Load(t.Context(), province()); err != nil {
		t.Fatal(err)
	}
	f.noAppend.Store(true)
	point, err := r.CreatePoint(t.Context(), manager, newPoint("xa-binh-minh"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.UpdatePoint(t.Context(), manager, point); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("the second update would overwrite the first one's audit entry: %v", err)
	}
}

// A node that comes second can show its caller the first one's change, also where
// that one's audit entry is still under way.
func TestTheLoserSeesWhatTheWinnerStored(t *testing.T) {
	for _, test := range []struct {
		name  string
		after bool // the winner's change comes when the loser's checks are over
	}{{"before the loser checks", false}, {"between the loser's checks and its write", true}} {
		t.Run(test.name, func(t *testing.T) {
			store := openStore(t)
			winning, losing := &faulty{Store: store}, &faulty{Store: store}
			winner := open(t, winning)
			if err := winner.Load(t.Context(), province()); err != nil {
				t.Fatal(err)
			}
			loser := open(t, losing)
			point, _ := loser.Snapshot().Point("K7QX2M9A4T")
			won := point
			won.Name = text("Quầy của nút kia")
			winning.noAppend.Store(true)
			win := func() {
				if _, err := winner.UpdatePoint(t.Context(), manager, won); err != nil {
					t.Error(err)
				}
			}
			if test.after {
				losing.rival = win
			} else {
				win()
			}
			if _, err := loser.UpdatePoint(t.Context(), manager, point); fields(err) != "conflict rev" {
				t.Fatalf("got %v, want a conflict of revisions", err)
			}
			if err := loser.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if shown, _ := loser.Snapshot().Point(point.Code); shown.Rev != point.Rev+1 || shown.Name["vi"] != won.Name["vi"] {
				t.Errorf("the loser shows revision %d, %s", shown.Rev, shown.Name["vi"])
			}
			if n := count(auditIDs(t, store), "points/"+point.Code+"/2"); n != 1 {
				t.Errorf("the winner's change is audited %d times", n)
			}
		})
	}
}

func TestNodesFollowEachOther(t *testing.T) {
	first, store := loaded(t)
	second := open(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, r := range []*registry.Registry{first, second} {
		running.Go(func() {
			if err := r.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	point, err := first.CreatePoint(ctx, admin, newPoint("phuong-2"))
	if err != nil {
		t.Fatal(err)
	}
	agency, err := second.CreateAgency(ctx, admin, survey.Agency{ID: "phuong-3", Parent: "tinh", Kind: survey.KindCommune,
		Level: survey.LevelCommune, Name: text("Phường 3"), ValidFrom: "2026-07-01"})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Load(ctx, registry.Catalogue{Procedures: []survey.Procedure{{ID: "khai-tu", Field: "ho-tich", Name: text("Khai tử")}}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Second, "both nodes show what the other wrote", func() bool {
		_, ok1 := second.Snapshot().Point(point.Code)
		_, ok2 := first.Snapshot().Agency(agency.ID)
		_, ok3 := second.Snapshot().Procedure("khai-tu")
		return ok1 && ok2 && ok3
	})
	equal(t, "children of the root", first.Snapshot().Children("tinh"), second.Snapshot().Children("tinh"))
	cancel()
	running.Wait()
}

func TestConcurrentWritersKeepOneChain(t *testing.T) {
	first, store := loaded(t)
	second := open(t, store)
	before := len(auditIDs(t, store))
	const each, workers = 5, 3
	var wg sync.WaitGroup
	for _, r := range []*registry.Registry{first, second} {
		for range workers {
			wg.Go(func() {
				for range each {
					if _, err := r.CreatePoint(t.Context(), admin, newPoint("phuong-2")); err != nil {
						t.Error(err)
					}
					r.Snapshot().Points()
				}
			})
		}
	}
	wg.Wait()
	if got := len(auditIDs(t, store)) - before; got != 2*each*workers {
		t.Errorf("%d entries for %d acts", got, 2*each*workers)
	}
	for _, r := range []*registry.Registry{first, second} {
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(r.Snapshot().Points()); got != 2+2*each*workers {
			t.Errorf("a node shows %d points", got)
		}
	}
}

func TestLoad(t *testing.T) {
	store := openStore(t)
	r := open(t, store)
	bad := province()
	bad.Points[0].Code, bad.Points[1].Agency = "K7QX2-M9A4T", "khong-co"
	bad.Agencies[1].Parent = "khong-co"
	bad.Volumes[0].Month = "09/2026"
	if got, want := fields(r.Load(t.Context(), bad)), "agencies.1.parent: unknown; points.0.code: pointCode.format; points.1.agency: unknown; volumes.0.month: month.format"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if n := len(auditIDs(t, store)); n != 0 || len(r.Snapshot().Agencies()) != 0 {
		t.Errorf("a refused load wrote something: %d entries", n)
	}
	for range 2 { // repeating it changes nothing
		if err := r.Load(t.Context(), province()); err != nil {
			t.Fatal(err)
		}
		s := r.Snapshot()
		if len(s.Agencies()) != 9 || len(s.Fields()) != 22 || len(s.Targets()) != 9 || len(s.Points()) != 2 || len(s.Volumes()) != 1 || len(s.Procedures()) != 1 {
			t.Errorf("%d agencies, %d fields, %d targets, %d points", len(s.Agencies()), len(s.Fields()), len(s.Targets()), len(s.Points()))
		}
	}
	for _, id := range auditIDs(t, store) {
		if !strings.HasPrefix(id, "load/") {
			t.Errorf("audited as %s", id)
		}
	}
}

func TestOpenNeedsAnIdentity(t *testing.T) {
	store, err := sqlitestore.Open(t.Context(), t.TempDir()+"/sipas.db")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := registry.Open(t.Context(), registry.Options{Store: store, Now: now, Random: rand.Reader}); !survey.IsCode(err, survey.CodeNotFound) {
		t.Errorf("got %v", err)
	}
}
