package importer_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"sipas/survey"
	"sipas/survey/importer"
)

func TestRunRefusesTheFile(t *testing.T) {
	p := newProvince(t)
	damaged := book(t, nil, []any{"id", "name_vi"}, []any{"a", "A"})
	damaged = append(damaged[:len(damaged)/2:len(damaged)/2], damaged[len(damaged)/2+40:]...)
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	picture, err := z.Create("xl/media/image1.png")
	if err != nil {
		t.Fatal(err)
	}
	for range 33 {
		if _, err := picture.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	swelling := packed.Bytes()
	utf16 := []byte{0xFF, 0xFE}
	for _, c := range "id,name_vi\na,b" {
		utf16 = append(utf16, byte(c), 0)
	}
	for name, test := range map[string]struct {
		job  importer.Job
		want string
	}{
		"an unknown kind":        {job("users", "id"), "kind: unknown"},
		"nothing":                {job(importer.KindFields), "file: import.empty"},
		"only blank lines":       {job(importer.KindFields, "", "  ,", ""), "file: import.empty"},
		"an unknown column":      {job(importer.KindFields, "id,name_vi,colour"), "columns: import.unknownColumn map[column:colour]"},
		"a very long column":     {job(importer.KindFields, "id,name_vi,"+strings.Repeat("ă", 70)), "columns: import.unknownColumn map[column:" + strings.Repeat("ă", 60) + "…]"},
		"all wrong at once":      {job(importer.KindFields, "ID;Id;tên"), "columns: import.repeatedColumn map[column:id]; columns: import.unknownColumn map[column:tên]; columns: import.missingColumn map[column:name_vi]"},
		"an item of no form":     {job(importer.KindResponses, "point,answered_at,tc99"), "columns: import.unknownColumn map[column:tc99]"},
		"Windows-1258":           {job(importer.KindFields, "id,name_vi", "dat-dai,\xD0\xEA\xEC"), "file: import.encoding map[line:2]"},
		"UTF-16":                 {bytesJob(importer.KindFields, utf16), "file: import.encoding map[line:1]"},
		"bad bytes far behind":   {job(importer.KindFields, "id,name_vi"+strings.Repeat("\na,b", 30_000), "c,\xD0"), "file: import.encoding map[line:30002]"},
		"a lone quote":           {job(importer.KindFields, "id,name_vi", "a,b", `c,d"e`), "file: import.quotes map[line:3]"},
		"a quote left open":      {job(importer.KindFields, "id,name_vi", `a,"b`, "c,d"), "file: import.quotes map[line:2]"},
		"a quote open for long":  {job(importer.KindFields, "id,name_vi", `a,"`+strings.Repeat("b\n", 1<<20)), "file: import.longRow map[line:2 max:1024]"},
		"a wide header":          {job(importer.KindFields, "id,name_vi"+strings.Repeat(",", 499)), "file: import.wideRow map[line:1 max:500]"},
		"a row of commas":        {job(importer.KindFields, "id,name_vi", "a,b", strings.Repeat(",", 500)), "file: import.wideRow map[line:3 max:500]"},
		"a cell far right":       {bytesJob(importer.KindFields, book(t, setCell(t, "XFD3"), []any{"id", "name_vi"}, []any{"a", "b"})), "file: import.wideRow map[line:3 max:500]"},
		"a header far right":     {bytesJob(importer.KindFields, book(t, setCell(t, "XFD1"), []any{"id", "name_vi"})), "file: import.wideRow map[line:1 max:500]"},
		"too many rows":          {job(importer.KindFields, "id,name_vi"+strings.Repeat("\na,b", 200_001)), "file: import.rows map[max:200000]"},
		"too large":              {importer.Job{Kind: importer.KindFields, File: bytes.NewReader(nil), Size: importer.MaxSize + 1}, "file: import.size map[max:256]"},
		"shorter than it says":   {importer.Job{Kind: importer.KindFields, File: strings.NewReader("id"), Size: 100}, "file: import.unreadable"},
		"an old workbook":        {job(importer.KindFields, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more"), "file: import.oldWorkbook"},
		"a damaged workbook":     {bytesJob(importer.KindFields, damaged), "file: import.unreadable"},
		"another ZIP file":       {job(importer.KindFields, "PK\x03\x04 and more"), "file: import.unreadable"},
		"a large workbook":       {importer.Job{Kind: importer.KindFields, File: bytes.NewReader(append(slices.Clone(damaged), make([]byte, 64<<10)...)), Size: 64<<20 + 1}, "file: import.size map[max:64]"},
		"a workbook that swells": {bytesJob(importer.KindFields, swelling), "file: import.size map[max:64]"},
		"an empty workbook":      {bytesJob(importer.KindFields, book(t, nil)), "file: import.empty"},
	} {
		t.Run(name, func(t *testing.T) {
			before := p.counts(t)
			report, err := p.Run(t.Context(), admin, test.job)
			if got := refusal(err); got != test.want || !survey.IsCode(err, survey.CodeInvalid) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if report.Lines != 0 || report.Problems == nil || p.counts(t) != before {
				t.Errorf("report %+v, %s", report, p.counts(t))
			}
		})
	}
}

// setCell puts a text far from all others.
func setCell(t *testing.T, cell string) func(*excelize.File) {
	return func(f *excelize.File) {
		if err := f.SetCellValue("Sheet1", cell, "x"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPanicLeavesNoFilesBehind(t *testing.T) {
	p := newProvince(t)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	j := bytesJob(importer.KindFields, book(t, func(f *excelize.File) { fillWithTexts(t, f, "Sheet2") }, []any{"id", "name_vi"}, []any{"Bad Id", "A"}))
	left := func() int {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	j.Problem = func(importer.Problem) {
		if left() == 0 {
			t.Error("the texts of the workbook were to go through a file")
		}
		panic("on the way")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_, _ = p.Run(t.Context(), admin, j)
	}()
	if n := left(); n != 0 {
		t.Errorf("%d files are left behind", n)
	}
}

func TestCellsBeyondTheColumnsAreNotKept(t *testing.T) {
	p := newProvince(t)
	lines := slices.Repeat([]string{"," + strings.Repeat(",", 400)}, 20_001)
	for i := range lines {
		lines[i] = "Bad Id,Tên" + lines[i]
	}
	lines[0] = "id,name_vi"
	j := job(importer.KindFields, lines...)
	runtime.GC()
	most := peak(&j)
	report, err := p.Run(t.Context(), admin, j)
	if err != nil || report.Rejected != 20_000 {
		t.Fatalf("%s, %v", said(report), err)
	}
	if *most > 70 {
		t.Errorf("the heap took %.0f MiB", *most)
	}
}

func TestRunNeedsTheRight(t *testing.T) {
	p := newProvince(t)
	manager := survey.Actor{User: "m", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "xa-khac"}}}
	viewer := survey.Actor{User: "v", Grants: []survey.Grant{{Role: survey.RoleViewer}}}
	for _, test := range []struct {
		kind    importer.Kind
		actor   survey.Actor
		allowed bool
	}{
		{importer.KindFields, survey.Actor{}, false}, {importer.KindFields, viewer, false}, {importer.KindFields, manager, false},
		{importer.KindAgencies, manager, false}, {importer.KindResponses, manager, false}, {importer.KindVolumes, viewer, false},
		{importer.KindPoints, manager, true}, {importer.KindVolumes, manager, true}, {importer.KindResponses, admin, true},
	} {
		j := bytesJob(test.kind, importer.Sample(test.kind))
		j.DryRun = true
		if _, err := p.Run(t.Context(), test.actor, j); survey.IsCode(err, survey.CodeForbidden) == test.allowed {
			t.Errorf("%s as %s: %v", test.kind, test.actor.User, err)
		}
	}
}

func TestRowsOutsideTheScopeAreRejectedOneByOne(t *testing.T) {
	p := newProvince(t)
	manager := survey.Actor{User: "m", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "xa-khac"}}}
	report, err := p.Run(t.Context(), manager, job(importer.KindVolumes, "agency,field,month,files",
		"xa-binh-minh,dat-dai,2026-09,1", "xa-khac,dat-dai,2026-09,2", "xa-binh-minh,ho-tich,2026-09,3"))
	if want := "3 +1 ~0 =0 -2; 2 agency: outOfScope; 4 agency: outOfScope"; err != nil || said(report) != want {
		t.Errorf("volumes: %s, %v", said(report), err)
	}
	report, err = p.Run(t.Context(), manager, job(importer.KindPoints, "code,agency,name_vi", onePoint+",xa-binh-minh,Tên mới", ",xa-khac,Quầy 9"))
	if want := "2 +1 ~0 =0 -1; 2 agency: outOfScope"; err != nil || said(report) != want {
		t.Errorf("points: %s, %v", said(report), err)
	}
	entries, err := p.store.Audit().After(t.Context(), 0, 100)
	if err != nil || entries[len(entries)-1].Actor != "m" {
		t.Errorf("the audit log does not name the actor: %v", err)
	}
}

// One table in every way people save it.
func TestTheSameTableInEveryFormat(t *testing.T) {
	rows := [][]string{
		{"ID", " Name_VI ", "name_en", "ORDER", "closed"},
		{"linh-vuc-moi", "Lĩnh vực \"mới\", rất mới; thật", "New", "7", "không"},
		{"linh-vuc-cu", norm.NFD.String("Lĩnh  vực cũ"), "", "8", "x"},
	}
	write := func(comma rune, bom bool, crlf bool) []byte {
		var b bytes.Buffer
		if bom {
			b.WriteString("\uFEFF")
		}
		w := csv.NewWriter(&b)
		w.Comma, w.UseCRLF = comma, crlf
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	cells := [][]any{{"ID", " Name_VI ", "name_en", "ORDER", "closed"}, {"linh-vuc-moi", rows[1][1], "New", 7, false}, nil, {"linh-vuc-cu", rows[2][1], nil, 8.0, true}}
	for name, content := range map[string][]byte{
		"comma":                write(',', false, false),
		"semicolon, mark":      write(';', true, true),
		"tab":                  write('\t', false, true),
		"blank lines":          bytes.ReplaceAll(write(';', true, false), []byte("\n"), []byte("\n;;;;\n\n")),
		"workbook":             book(t, nil, cells...),
		"workbook, many texts": book(t, func(f *excelize.File) { fillWithTexts(t, f, "Sheet2") }, cells...),
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvince(t)
			if got := said(p.run(t, bytesJob(importer.KindFields, content))); got != "2 +2 ~0 =0 -0" {
				t.Fatal(got)
			}
			fresh, _ := p.registry.Snapshot().Field("linh-vuc-moi")
			old, _ := p.registry.Snapshot().Field("linh-vuc-cu")
			if fresh.Name["vi"] != rows[1][1] || fresh.Name["en"] != "New" || fresh.Order != 7 || fresh.Closed ||
				old.Name["vi"] != "Lĩnh vực cũ" || len(old.Name) != 1 || old.Order != 8 || !old.Closed {
				t.Errorf("got %+v and %+v", fresh, old)
			}
			if got := said(p.run(t, bytesJob(importer.KindFields, write(',', false, false)))); got != "2 +0 ~0 =2 -0" {
				t.Errorf("again: %s", got)
			}
		})
	}
}

// fillWithTexts makes the shared texts of a workbook too many for memory.
func fillWithTexts(t *testing.T, f *excelize.File, sheet string) {
	t.Helper()
	if _, err := f.NewSheet(sheet); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := f.SetCellValue(sheet, cell, strings.Repeat(string(rune('a'+i%26)), 30_000)+cell); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTypedCells(t *testing.T) {
	p := newProvince(t)
	day := time.Date(2026, 9, 30, 14, 30, 5, 0, time.UTC) // spreadsheets know no zones
	content := book(t, nil,
		[]any{"agency", "field", "month", "files"},
		[]any{"xa-binh-minh", "dat-dai", day, 120},
		[]any{"xa-binh-minh", "ho-tich", "09/2026", "80"},
		[]any{"xa-khac", "dat-dai", "30/09/2026", 1e3},
		[]any{"xa-khac", "ho-tich", 60000, 5},
		[]any{"xa-khac", "ho-tich", "2026-10", 5.5},
	)
	if got, want := said(p.run(t, bytesJob(importer.KindVolumes, content))), "5 +3 ~0 =0 -2; 5 month: inTheFuture; 6 files: import.number"; got != want {
		t.Errorf("got %s", got)
	}
	if n, ok := p.registry.Snapshot().Volume("xa-binh-minh", "", "2026-09"); n != 200 || !ok {
		t.Errorf("%d files", n)
	}
	for _, from1904 := range []bool{false, true} {
		p := newProvince(t)
		content := book(t, func(f *excelize.File) {
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904}); err != nil {
				t.Fatal(err)
			}
			serial := 46295.604224537035
			if from1904 {
				serial -= 1462
			}
			if err := f.SetCellValue("Sheet1", "B2", serial); err != nil {
				t.Fatal(err)
			}
		}, []any{"point", "answered_at", "overall"}, []any{onePoint, nil, 4}, []any{onePoint, "14:30:05 30/09/2026", 4}, []any{onePoint, 3, "4"})
		if got, want := said(p.run(t, bytesJob(importer.KindResponses, content))), "3 +2 ~0 =0 -1; 4 answered_at: import.time"; got != want {
			t.Errorf("got %s", got)
		}
		for _, r := range p.responses(t) {
			if want := time.Date(2026, 9, 30, 7, 30, 5, 0, time.UTC); !r.At.Equal(want) {
				t.Errorf("from 1904 %v: answered %s, want %s", from1904, r.At, want)
			}
		}
	}
}

func TestProgressAndProblems(t *testing.T) {
	p := newProvince(t)
	lines := []string{"id,name_vi"}
	for range 2500 {
		lines = append(lines, "Bad Id,Tên")
	}
	j := job(importer.KindFields, lines...)
	var told [][2]int
	var problems int
	j.Progress = func(lines, total int) { told = append(told, [2]int{lines, total}) }
	j.Problem = func(importer.Problem) { problems++ }
	report, err := p.Run(t.Context(), admin, j)
	if err != nil || report.Rejected != 2500 || len(report.Problems) != 1000 || report.ProblemCount != 2500 || problems != 2500 {
		t.Errorf("%d rejected, %d problems of %d, %d told, %v", report.Rejected, len(report.Problems), report.ProblemCount, problems, err)
	}
	if len(told) != 26 || told[0] != [2]int{100, 2500} || told[25] != [2]int{2500, 2500} {
		t.Errorf("progress %v", told)
	}
}

func TestColumnsAndSamples(t *testing.T) {
	for _, kind := range importer.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			columns := importer.Columns(kind)
			seen := map[string]bool{}
			for _, c := range columns {
				if seen[c.Name] || c.Name != strings.ToLower(c.Name) {
					t.Errorf("column %q", c.Name)
				}
				seen[c.Name] = true
				for _, language := range survey.Languages {
					if text := c.Meaning[language]; strings.TrimSpace(text) == "" || !norm.NFC.IsNormalString(text) {
						t.Errorf("%s has no meaning in %s", c.Name, language)
					}
				}
			}
			sample := importer.Sample(kind)
			if !bytes.HasPrefix(sample, []byte("\uFEFFid,")) && !bytes.HasPrefix(sample, []byte("\uFEFFcode,")) && !bytes.HasPrefix(sample, []byte("\uFEFFagency,")) {
				t.Errorf("the sample begins %q", sample[:20])
			}
			if report := newProvince(t).run(t, bytesJob(kind, sample)); report.Lines != 1 || report.Rejected != 0 {
				t.Errorf("the sample: %s", said(report))
			}
		})
	}
	if importer.Columns("users") != nil || importer.Sample("users") != nil || importer.Kind("users").Right() != "" {
		t.Error("users are not imported")
	}
	items := map[string]importer.Column{}
	for _, c := range importer.Columns(importer.KindResponses) {
		items[c.Name] = c
	}
	if items["tc1"].Example != "4" || !strings.Contains(items["tc1"].Meaning["en"], "na: no opinion") || !strings.Contains(items["reasons_unhappy"].Meaning["vi"], "late, attitude") {
		t.Errorf("tc1 %+v, reasons_unhappy %+v", items["tc1"], items["reasons_unhappy"])
	}
}

func FuzzRun(f *testing.F) {
	p := newProvince(f)
	for _, kind := range importer.Kinds {
		f.Add(string(kind), importer.Sample(kind))
	}
	f.Add("volumes", []byte("agency;field;month;files\nxa-khac;dat-dai;09/2026;\"1\n\""))
	f.Add("fields", book(f, nil, []any{"id", "name_vi"}, []any{"a", 1}))
	f.Fuzz(func(t *testing.T, kind string, content []byte) {
		j := bytesJob(importer.Kind(kind), content)
		j.DryRun = true
		report, err := p.Run(t.Context(), admin, j)
		if err != nil && !survey.IsCode(err, survey.CodeInvalid) {
			t.Errorf("%v", err)
		}
		if err == nil && report.Lines != report.Created+report.Updated+report.Unchanged+report.Rejected {
			t.Errorf("%+v", report)
		}
	})
}
