package importer_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/registry"
)

func TestRowsThatAreRejected(t *testing.T) {
	p := newProvince(t)
	if _, err := p.registry.CreatePoint(t.Context(), admin, survey.Point{Agency: "xa-khac", Name: survey.Text{"vi": "Hai"}, Delivery: "counter", Questionnaire: "quick"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.registry.CreatePoint(t.Context(), admin, survey.Point{Agency: "xa-khac", Name: survey.Text{"vi": "Hai"}, Delivery: "counter", Questionnaire: "quick"}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		kind   importer.Kind
		header string
		row    string
		want   string
	}{
		"a field of nothing":            {importer.KindFields, "id,name_vi,order", ",,1", "id: required; name_vi: required"},
		"a field all wrong":             {importer.KindFields, "id,name_vi,order,closed", "Đất đai,Đất,một,có thể", "order: import.number; closed: import.boolean"},
		"a field's id":                  {importer.KindFields, "id,name_vi,order", "Đất đai,Đất,-1", "id: format; order: range"},
		"a cell too many":               {importer.KindFields, "id,name_vi", "a,b,c", ": import.extraCell"},
		"a cell below no name":          {importer.KindFields, "id,,name_vi", "a,b,c", ": import.extraCell"},
		"an agency of nothing":          {importer.KindAgencies, "id,kind,level,name_vi,valid_from", "a,,,,", "kind: required; level: required; name_vi: required; valid_from: required"},
		"an agency's dates":             {importer.KindAgencies, "id,parent,kind,level,name_vi,valid_from,valid_to", "a,tinh-an-binh,commune,commune,A,31/02/2025,1/13/2025", "valid_from: import.date; valid_to: import.date"},
		"an agency that ends too early": {importer.KindAgencies, "id,parent,kind,level,name_vi,valid_from,valid_to", "a,tinh-an-binh,commune,commune,A,01/07/2025,30/06/2025", "valid_to: beforeStart"},
		"an agency's words":             {importer.KindAgencies, "id,parent,kind,level,name_vi,sector,valid_from", "a,khong-co,xã,commune,A,x,2025-07-01", "kind: unknown; parent: unknown; sector: mustBeEmpty"},
		"a second root":                 {importer.KindAgencies, "id,kind,level,name_vi,valid_from", "a,province,province,A,2025-07-01", "parent: required"},
		"below itself":                  {importer.KindAgencies, "id,parent,kind,level,name_vi,valid_from", "a,a,commune,commune,A,2025-07-01", "parent: agency.cycle"},
		"successors that are not there": {importer.KindAgencies, "id,parent,kind,level,name_vi,valid_from,valid_to,successors", "a,tinh-an-binh,commune,commune,A,2025-07-01,2026-06-30,xa-khac|khong-co", "successors: unknown"},
		"a point of nothing":            {importer.KindPoints, "agency,name_vi", ",x", "agency: required"},
		"a point's words":               {importer.KindPoints, "agency,name_vi,fields,delivery,questionnaire,opens,closed", "khong-co,A,dat-dai|x,xe,phieu,mai,1.1.26", "opens: import.date; closed: import.date"},
		"a point's references":          {importer.KindPoints, "agency,name_vi,fields,delivery,questionnaire", "khong-co,A,dat-dai|x,xe,phieu", "agency: unknown; fields: unknown; delivery: unknown; questionnaire: unknown"},
		"a code with a typing error":    {importer.KindPoints, "code,agency,name_vi", "K7QX2-M9A4S,xa-binh-minh,A", "code: pointCode.check"},
		"a code of no point":            {importer.KindPoints, "code,agency,name_vi", unknownPoint + ",xa-binh-minh,A", "code: unknown"},
		"a point that moves":            {importer.KindPoints, "code,agency,name_vi", onePoint + ",xa-khac,A", "agency: immutable"},
		"a name of two points":          {importer.KindPoints, "agency,name_vi", "xa-khac,Hai", "code: import.severalPoints"},
		"a volume of nothing":           {importer.KindVolumes, "agency,field,month,files", "xa-khac,,,", "field: required; month: required; files: required"},
		"a volume's words":              {importer.KindVolumes, "agency,field,month,files", "xa-khac,x,13/2026,nhiều", "month: import.month; field: unknown; files: import.number"},
		"too many files":                {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,100000001", "files: range"},
		"fewer than no files":           {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,-1", "files: range"},
		"half a file":                   {importer.KindVolumes, "agency,field,month,files", `xa-khac,dat-dai,09/2026,"1,5"`, "files: import.number"},
		"a group too short":             {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,1.00", "files: import.number"},
		"a group too long":              {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,1.0000", "files: import.number"},
		"a first group too long":        {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,1250.000", "files: import.number"},
		"a first group of nought":       {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,0.125", "files: import.number"},
		"groups of both signs":          {importer.KindVolumes, "agency,field,month,files", `xa-khac,dat-dai,09/2026,"1,250.000"`, "files: import.number"},
		"a whole number with decimals":  {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,12.0", "files: import.number"},
		"grouped below nought":          {importer.KindVolumes, "agency,field,month,files", "xa-khac,dat-dai,09/2026,-1.250", "files: range"},
		"files of no agency":            {importer.KindVolumes, "agency,field,month,files", "khong-co,dat-dai,09/2026,1", "agency: unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			before := p.counts(t)
			report := p.run(t, job(test.kind, test.header, test.row))
			var got []string
			for _, problem := range report.Problems {
				if problem.Line != 2 {
					t.Errorf("line %d", problem.Line)
				}
				got = append(got, problem.Column+": "+problem.Reason)
			}
			if strings.Join(got, "; ") != test.want || report.Rejected != 1 || report.Lines != 1 {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), test.want)
			}
			if after := p.counts(t); after != before {
				t.Errorf("a rejected row wrote: %s, was %s", after, before)
			}
		})
	}
}

func TestAgenciesInAnyOrder(t *testing.T) {
	p := newProvince(t)
	lines := []string{"id,parent,kind,level,name_vi,name_en,sector,valid_from,valid_to,successors",
		"to-1,tram-y-te,provider,commune,Tổ 1,,y-te,2025-07-01,,",
		"xa-cu,tinh-an-binh,Commune,commune,Xã Cũ,,,2025-07-01,30/06/2026,xa-moi | xa-khac",
		"tram-y-te,xa-moi,provider,commune,Trạm Y tế,Health station,y-te,2025-07-01,,",
		"xa-moi,tinh-an-binh,commune,commune,Xã Mới,,,1/7/2025,,",
		"xa-khac,tinh-an-binh,commune,commune,Xã Khác,,,2025-07-01,,",
	}
	if got := said(p.run(t, job(importer.KindAgencies, lines...))); got != "5 +4 ~1 =0 -0" {
		t.Fatal(got)
	}
	s := p.registry.Snapshot()
	if got := s.Subtree("xa-moi"); !slices.Equal(got, []string{"xa-moi", "tram-y-te", "to-1"}) {
		t.Errorf("below xa-moi: %v", got)
	}
	if a, _ := s.Agency("xa-cu"); a.ValidTo != "2026-06-30" || !slices.Equal(a.Successors, []string{"xa-moi", "xa-khac"}) || a.Kind != survey.KindCommune {
		t.Errorf("got %+v", a)
	}
	if got := said(p.run(t, job(importer.KindAgencies, lines...))); got != "5 +0 ~0 =5 -0" {
		t.Errorf("again: %s", got)
	}
	// Columns that are not in the file stay as they are stored; empty cells do not.
	if got := said(p.run(t, job(importer.KindAgencies, "id,kind,level,name_vi,valid_from,name_en", "tram-y-te,provider,commune,Trạm Y tế xã,2025-07-01,"))); got != "1 +0 ~1 =0 -0" {
		t.Error(got)
	}
	if a, _ := p.registry.Snapshot().Agency("tram-y-te"); a.Parent != "xa-moi" || a.Sector != "y-te" || a.Name["en"] != "" || a.Name["vi"] != "Trạm Y tế xã" {
		t.Errorf("got %+v", a)
	}
}

func TestAgenciesThatHangOnEachOther(t *testing.T) {
	p := newProvince(t)
	report := p.run(t, job(importer.KindAgencies, "id,parent,kind,level,name_vi,valid_from",
		"a,b,commune,commune,A,2025-07-01",
		"b,c,commune,commune,B,2025-07-01",
		"c,a,commune,commune,C,2025-07-01",
		"d,e,commune,commune,D,2025-07-01",
		"e,tinh-an-binh,làng,commune,E,2025-07-01",
		"d,tinh-an-binh,commune,commune,D,2025-07-01",
		"g,tinh-an-binh,commune,commune,G,2025-07-01",
	))
	want := "7 +1 ~0 =0 -6; 2 parent: import.rejectedRow 3; 3 parent: import.rejectedRow 4; 4 parent: agency.cycle; " +
		"5 parent: import.rejectedRow 6; 6 kind: unknown; 7 id: import.repeatedRow 5"
	if got := said(report); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAWholeNewProvince(t *testing.T) {
	p := province{store: openStore(t)}
	p.registry = openRegistry(t, p.store)
	im := importer.New(importer.Options{Key: pageKey, Registry: p.registry, Now: now})
	for _, step := range []struct {
		kind  importer.Kind
		lines []string
		want  string
	}{
		{importer.KindFields, []string{"id,name_vi", "dat-dai,Đất đai"}, "1 +1 ~0 =0 -0"},
		{importer.KindAgencies, []string{"id,parent,kind,level,name_vi,valid_from", "xa-a,tinh,commune,commune,Xã A,01/07/2025", "tinh,,province,province,Tỉnh,01/07/2025"}, "2 +2 ~0 =0 -0"},
		{importer.KindPoints, []string{"agency,name_vi,fields", "xa-a,Quầy 1,dat-dai"}, "1 +1 ~0 =0 -0"},
		{importer.KindVolumes, []string{"agency,field,month,files", "xa-a,dat-dai,10/2026,30"}, "1 +1 ~0 =0 -0"},
	} {
		dry := job(step.kind, step.lines...)
		dry.DryRun = true
		for _, j := range []importer.Job{dry, job(step.kind, step.lines...)} {
			if report, err := im.Run(t.Context(), survey.System, j); err != nil || said(report) != step.want {
				t.Fatalf("%s, dry run %v: %s, %v", step.kind, j.DryRun, said(report), err)
			}
		}
	}
	if _, err := registry.VerifyAudit(t.Context(), p.store.Audit()); err != nil {
		t.Error(err)
	}
}

func TestPoints(t *testing.T) {
	p := newProvince(t)
	lines := []string{"code,agency,name_vi,name_en,fields,delivery,questionnaire,opens,closed",
		"k7qx2-m9a4t,xa-binh-minh,Quầy đất đai,,dat-dai,,,,",
		",xa-khac,Quầy  1,Counter 1,ho-tich|dat-dai,online,short,,",
		",xa-khac,Quầy 2,,,post,full,01/07/2027,31/12/2027",
		",xa-binh-minh,Quầy 1,,,,,,",
		",xa-khac,Quầy 1,,,,,,",
	}
	if got := said(p.run(t, job(importer.KindPoints, lines...))); got != "5 +3 ~1 =0 -1; 6 code: import.repeatedRow 3" {
		t.Fatal(got)
	}
	if got := said(p.run(t, job(importer.KindPoints, lines[:5]...))); got != "4 +0 ~0 =4 -0" {
		t.Errorf("again: %s", got)
	}
	byName := map[string]survey.Point{}
	for _, point := range p.registry.Snapshot().Points() {
		byName[point.Agency+" "+point.Name["vi"]] = point
	}
	one, two, three := byName["xa-khac Quầy 1"], byName["xa-khac Quầy 2"], byName["xa-binh-minh Quầy 1"]
	if one.Delivery != survey.DeliveryOnline || one.Questionnaire != "short" || !slices.Equal(one.Fields, []string{"ho-tich", "dat-dai"}) || one.Name["en"] != "Counter 1" {
		t.Errorf("got %+v", one)
	}
	if two.Opens != "2027-07-01" || two.Closed != "2027-12-31" || len(two.Fields) != 0 || two.Delivery != survey.DeliveryPost {
		t.Errorf("got %+v", two)
	}
	if three.Questionnaire != "quick" || three.Delivery != survey.DeliveryCounter || three.Code == one.Code {
		t.Errorf("got %+v", three)
	}
	if renamed := byName["xa-binh-minh Quầy đất đai"]; renamed.Code != onePoint {
		t.Errorf("got %+v", renamed)
	}
	if got := said(p.run(t, job(importer.KindPoints, "agency,name_vi,fields", "xa-khac,Quầy 1,dat-dai"))); got != "1 +0 ~1 =0 -0" {
		t.Error(got)
	}
	if changed, _ := p.registry.Snapshot().Point(one.Code); !slices.Equal(changed.Fields, []string{"dat-dai"}) || changed.Delivery != survey.DeliveryOnline {
		t.Errorf("got %+v", changed)
	}
}

func TestThousandsMayBeGrouped(t *testing.T) {
	for text, want := range map[string]int64{
		"1250": 1250, "1.000": 1000, "2,000": 2000, "12.345.678": 12_345_678, "12,345,678": 12_345_678, "+999.999": 999_999, "007": 7,
	} {
		t.Run(text, func(t *testing.T) {
			p := newProvince(t)
			if got := said(p.run(t, job(importer.KindVolumes, "agency;field;month;files", "xa-khac;dat-dai;09/2026;"+text))); got != "1 +1 ~0 =0 -0" {
				t.Fatal(got)
			}
			if n, _ := p.registry.Snapshot().Volume("xa-khac", "dat-dai", "2026-09"); n != want {
				t.Errorf("%d files, want %d", n, want)
			}
		})
	}
}

func TestVolumesMakeSheets(t *testing.T) {
	p := newProvince(t)
	if _, err := p.registry.PutVolume(t.Context(), admin, survey.Volume{Agency: "xa-khac", Month: "2026-09", Files: map[string]int64{"dat-dai": 10, "xay-dung": 5}}); err != nil {
		t.Fatal(err)
	}
	lines := []string{"agency,field,month,files",
		"xa-khac,dat-dai,09/2026,10",
		"xa-binh-minh,dat-dai,2026-09,0",
		"xa-khac,ho-tich,09/2026,20",
		"xa-khac,xay-dung,30/09/2026,6",
		"xa-khac,dat-dai,9/2026,11",
		"xa-khac,dat-dai,10/2026,7",
	}
	before, err := p.store.Audit().Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := said(p.run(t, job(importer.KindVolumes, lines...))); got != "6 +3 ~1 =1 -1; 6 : import.repeatedRow 2" {
		t.Fatal(got)
	}
	after, err := p.store.Audit().Last(t.Context())
	if err != nil || after.N-before.N != 3 {
		t.Errorf("three sheets took %d acts, %v", after.N-before.N, err)
	}
	if got := said(p.run(t, job(importer.KindVolumes, lines[:5]...))); got != "4 +0 ~0 =4 -0" {
		t.Errorf("again: %s", got)
	}
	sheet, _ := p.registry.Snapshot().VolumeSheet("xa-khac", "2026-09")
	if sheet.Files["dat-dai"] != 10 || sheet.Files["ho-tich"] != 20 || sheet.Files["xay-dung"] != 6 || len(sheet.Files) != 3 || sheet.Rev != 2 {
		t.Errorf("got %+v", sheet)
	}
	if n, ok := p.registry.Snapshot().Volume("xa-binh-minh", "dat-dai", "2026-09"); n != 0 || !ok {
		t.Errorf("%d, %v: no files are known to be none", n, ok)
	}
}

// Another node wrote since this one looked: the import looks again.
func TestRacesWithOtherNodes(t *testing.T) {
	p := newProvince(t)
	other := openRegistry(t, p.store)
	field, _ := other.Snapshot().Field("dat-dai")
	field.Order = 99
	if _, err := other.UpdateField(t.Context(), admin, field); err != nil {
		t.Fatal(err)
	}
	if _, err := other.CreateField(t.Context(), admin, survey.Field{ID: "moi", Name: survey.Text{"vi": "Cũ"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := other.PutVolume(t.Context(), admin, survey.Volume{Agency: "xa-khac", Month: "2026-09", Files: map[string]int64{"dat-dai": 10}}); err != nil {
		t.Fatal(err)
	}
	report, err := p.Run(t.Context(), admin, job(importer.KindFields, "id,name_vi", "dat-dai,Đất", "moi,Mới"))
	if err != nil || said(report) != "2 +0 ~2 =0 -0" {
		t.Errorf("%s, %v", said(report), err)
	}
	if f, _ := p.registry.Snapshot().Field("dat-dai"); f.Order != 99 || f.Name["vi"] != "Đất" {
		t.Errorf("got %+v", f)
	}
	report, err = p.Run(t.Context(), admin, job(importer.KindVolumes, "agency,field,month,files", "xa-khac,ho-tich,09/2026,3"))
	if err != nil || said(report) != "1 +1 ~0 =0 -0" {
		t.Errorf("%s, %v", said(report), err)
	}
	if n, _ := p.registry.Snapshot().Volume("xa-khac", "", "2026-09"); n != 13 {
		t.Errorf("%d files: the other node's figure is gone", n)
	}
}

// outage is a store whose fields cannot be written for a while.
type outage struct {
	survey.Store
	left atomic.Int64 // writes that fail
}

func (o *outage) Fields() survey.Collection[survey.Field] { return failing{o.Store.Fields(), o} }

type failing struct {
	survey.Collection[survey.Field]
	o *outage
}

func (f failing) Create(ctx context.Context, doc survey.Field) error {
	if f.o.left.Add(-1) >= 0 {
		return &survey.Error{Code: survey.CodeUnavailable, Message: "down"}
	}
	return f.Collection.Create(ctx, doc)
}

// lateAnswers is a store whose points are written, but whose answers time out for a while.
type lateAnswers struct {
	survey.Store
	left atomic.Int64 // answers that are lost
}

func (l *lateAnswers) Points() survey.Collection[survey.Point] {
	return unanswered{l.Store.Points(), l}
}

type unanswered struct {
	survey.Collection[survey.Point]
	l *lateAnswers
}

func (u unanswered) Create(ctx context.Context, doc survey.Point) error {
	err := u.Collection.Create(ctx, doc)
	if u.l.left.Add(-1) >= 0 {
		return &survey.Error{Code: survey.CodeUnavailable, Message: "the write may have landed"}
	}
	return err
}

func TestAPointThatLandedIsNotMadeAgain(t *testing.T) {
	store := &lateAnswers{Store: newProvince(t).store}
	im := importer.New(importer.Options{Key: pageKey, Registry: openRegistry(t, store), Now: now})
	synctest.Test(t, func(t *testing.T) {
		store.left.Store(1)
		j := job(importer.KindPoints, "agency,name_vi,fields", "xa-khac,Quầy 1,", "xa-khac,Quầy 2,dat-dai", "xa-khac,Quầy 1,dat-dai")
		report, err := im.Run(t.Context(), admin, j)
		if err != nil || said(report) != "3 +2 ~0 =0 -1; 4 code: import.repeatedRow 2" {
			t.Errorf("%s, %v", said(report), err)
		}
		points, err := store.Points().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]int{}
		for _, p := range points {
			names[p.Name.In(survey.Vietnamese)]++
		}
		if names["Quầy 1"] != 1 || names["Quầy 2"] != 1 {
			t.Errorf("points %v", names)
		}
	})
}

func TestOutagesAreWaitedOut(t *testing.T) {
	store := &outage{Store: newProvince(t).store}
	im := importer.New(importer.Options{Key: pageKey, Registry: openRegistry(t, store), Now: now})
	for _, test := range []struct {
		name    string
		outages int64
		want    string
		code    survey.Code
	}{
		{"a short one", 5, "2 +2 ~0 =0 -0", ""},
		{"a long one", 100, "0 +0 ~0 =0 -0", survey.CodeUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store.left.Store(test.outages)
				id := strings.ReplaceAll(test.name, " ", "-")
				report, err := im.Run(t.Context(), admin, job(importer.KindFields, "id,name_vi", id+"-1,Một", id+"-2,Hai"))
				if said(report) != test.want || survey.CodeOf(err) != test.code {
					t.Errorf("%s, %v", said(report), err)
				}
			})
		})
	}
}
