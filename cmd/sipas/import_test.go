package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/ledger"
	"sipas/survey/sqlitestore"
)

// writeRows writes a file of lines and gives its path.
func writeRows(t *testing.T, name string, lines ...string) string {
	t.Helper()
	return writeFile(t, name, strings.Join(lines, "\n"))
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func TestImportBesideARunningServer(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		loadSmallDemo(t, environment)
		s := startServer(t, environment)
		authorization := s.signIn("admin", adminPassword)

		agencies := writeRows(t, "agencies.csv", "id,parent,kind,level,name_vi,valid_from",
			"to-nhap,xa-nhap,provider,commune,Tổ Nhập,01/07/2025", "xa-nhap,tinh-an-binh,commune,commune,Xã Nhập,01/07/2025")
		points := writeRows(t, "points.csv", "agency;name_vi;fields", "xa-nhap;Quầy Nhập;dat-dai")
		for _, step := range []struct {
			args []string
			want string
		}{
			{[]string{"agencies", agencies, "--dry-run"}, "nothing was written. Of 2 rows 2 would be new"},
			{[]string{"agencies", agencies}, "Of 2 rows 2 were new"},
			{[]string{"agencies", agencies}, "Of 2 rows 0 were new, 0 changed what was stored, 2 said what was stored already and 0 were rejected"},
			{[]string{"points", points}, "Of 1 rows 1 were new"},
			{[]string{"points", points}, "1 said what was stored already"},
		} {
			if out, err := runSipas(t, environment, "", append([]string{"import"}, step.args...)...); err != nil || !strings.Contains(out, step.want) {
				t.Fatalf("%v: %v\n%s", step.args, err, out)
			}
		}
		var list struct {
			Items []struct{ Code, Agency string } `json:"items"`
		}
		until(t, patience, "the server shows the imported point", func() bool {
			status := s.call(http.MethodGet, "/api/v1/points?size=200&agency=xa-nhap", authorization, nil, &list)
			return status == http.StatusOK && len(list.Items) == 1
		})

		before, _ := s.answeredThisYear(authorization)
		today := survey.DateOf(time.Now()).Start().Format("02/01/2006")
		lines := []string{"point;answered_at;capture;overall;comment"}
		for i := range 600 {
			lines = append(lines, fmt.Sprintf("%s;%s;paper;%d;Số %d", list.Items[0].Code, today, i%5+1, i))
		}
		responses := writeRows(t, "responses.csv", lines...)
		for _, step := range []struct {
			args []string
			want string
		}{
			{[]string{"--dry-run"}, "Of 600 rows 600 would be new"},
			{nil, "Of 600 rows 600 were new"},
			{[]string{"--dry-run"}, "600 say what is stored already"},
			{nil, "600 said what was stored already"},
		} {
			out, err := runSipas(t, environment, "", append([]string{"import", "responses", responses}, step.args...)...)
			if err != nil || !strings.Contains(out, step.want) || !strings.Contains(out, "Importing: 600 of 600 rows\n") {
				t.Fatalf("%v: %v\n%s", step.args, err, out)
			}
		}
		until(t, patience, "the board counts the imported responses", func() bool {
			n, _ := s.answeredThisYear(authorization)
			return n == before+600
		})
		s.stop()
	})
}

func TestImportReportsWhatItRejects(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	fields := writeRows(t, "linh-vuc.csv", "id,name_vi,order", "moi,Mới,1", "Không Hợp Lệ,X,1", "khac,,hai")
	if out, err := runSipas(t, environment, "", "import", "fields", fields); exitCode(err) != 1 || !strings.Contains(out, "sipas serve") {
		t.Errorf("into no province: %v\n%s", err, out)
	}
	loadSmallDemo(t, environment)
	problems := filepath.Join(t.TempDir(), "problems.csv")
	out, err := runSipas(t, environment, "", "import", "fields", fields, "--report", problems)
	if exitCode(err) != 1 {
		t.Errorf("the exit code is %d", exitCode(err))
	}
	for _, want := range []string{"Imported linh-vuc.csv. Of 3 rows 1 were new", "2 were rejected", "line 3, column id: ", "line 4, column name_vi: ", "line 4, column order: Write a whole number", "2 of 3 rows were rejected"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	content, err := os.ReadFile(problems)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\uFEFF")))).ReadAll()
	if err != nil || len(rows) != 4 || strings.Join(rows[0], ",") != "line,column,reason,vi,en" || strings.Join(rows[3][:3], ",") != "4,name_vi,required" && strings.Join(rows[2][:3], ",") != "4,name_vi,required" {
		t.Errorf("the report is %q, %v", rows, err)
	}

	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no arguments", nil, "sipas import needs a KIND and a FILE"},
		{"an unknown kind", []string{"users", fields}, "KIND must be one of: fields, agencies"},
		{"no file", []string{"fields"}, "sipas import needs a FILE"},
		{"a file that is not there", []string{"fields", fields + ".no"}, "cannot be opened"},
		{"the columns of another kind", []string{"volumes", fields}, "nothing was imported: There is no column called “id”; "},
		{"a folder", []string{"fields", t.TempDir()}, "nothing was imported: "},
		{"a report that cannot be written", []string{"fields", fields, "--report", filepath.Join(data, "no", "folder")}, "report cannot be written"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if out, err := runSipas(t, environment, "", append([]string{"import"}, test.args...)...); exitCode(err) != 1 || !strings.Contains(out, test.want) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	for _, kind := range importer.Kinds {
		if out, err := runSipas(t, environment, "", "import", string(kind), "--sample"); err != nil || out != string(importer.Sample(kind)) {
			t.Errorf("sample of %s: %v\n%s", kind, err, out)
		}
		if out, err := runSipas(t, environment, "", "import", string(kind), "--columns"); err != nil || !strings.Contains(out, importer.Columns(kind)[0].Meaning["en"]) {
			t.Errorf("columns of %s: %v\n%s", kind, err, out)
		}
	}
}

func TestADryRunOfResponsesLeavesTheLedgerAlone(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	loadSmallDemo(t, environment)
	streams := func() int {
		store, err := sqlitestore.Open(t.Context(), filepath.Join(data, "sipas.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		all, err := store.Ledger().Streams(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if report, err := ledger.Verify(t.Context(), store.Ledger()); err != nil || !report.OK() {
			t.Errorf("the ledger does not verify: %+v, %v", report, err)
		}
		return len(all)
	}
	before := streams()
	file := writeRows(t, "r.csv", "point,answered_at,overall", "2222222222,2026-01-01,4")
	if out, err := runSipas(t, environment, "", "import", "responses", file, "--dry-run"); exitCode(err) != 1 || !strings.Contains(out, "1 would be rejected") {
		t.Errorf("%v: %s", err, out)
	}
	if after := streams(); after != before {
		t.Errorf("%d streams, were %d", after, before)
	}
	if out, err := runSipas(t, environment, "", "import", "responses", file); exitCode(err) != 1 || !strings.Contains(out, "1 were rejected") {
		t.Errorf("%v: %s", err, out)
	}
	if after := streams(); after != before+1 {
		t.Errorf("%d streams, were %d: an import is a stream of its own", after, before)
	}
}
