package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// importedBy lists the packages of this module with what each reaches (itself
// left out) and imports directly; test files do not count.
func importedBy(t *testing.T) (reach, direct map[string][]string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-f",
		`{{.ImportPath}}|{{join .Deps " "}}|{{join .Imports " "}}`, "sipas/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	reach, direct = map[string][]string{}, map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(string(out))) {
		part := strings.Split(strings.TrimSpace(line), "|")
		reach[part[0]] = strings.Fields(part[1])
		direct[part[0]] = strings.Fields(part[2])
	}
	return reach, direct
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != "sipas"
}

func ours(path string) bool { return path == "sipas" || strings.HasPrefix(path, "sipas/") }

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func TestArrows(t *testing.T) {
	reach, direct := importedBy(t)
	services := []string{"sipas/survey/registry", "sipas/survey/identity", "sipas/survey/intake", "sipas/survey/results",
		"sipas/survey/report", "sipas/survey/ledger", "sipas/survey/questionnaires", "sipas/survey/demo",
		"sipas/survey/importer", "sipas/survey/archive", "sipas/survey/suspicion", "sipas/survey/receipts"}
	stores := []string{"sipas/survey/sqlitestore", "sipas/survey/mongostore"}

	reaches := []struct {
		rule    string
		from    func(string) bool
		allowed func(string) bool
	}{
		{"stats reaches nothing of ours but itself",
			func(p string) bool { return within(p, "sipas/stats") },
			func(d string) bool { return !ours(d) || within(d, "sipas/stats") }},
		{"stats reaches gonum and the standard library only",
			func(p string) bool { return within(p, "sipas/stats") },
			func(d string) bool {
				return standard(d) || ours(d) || within(d, "gonum.org/v1/gonum")
			}},
		{"the survey root reaches the standard library only",
			func(p string) bool { return p == "sipas/survey" },
			standard},
		{"words reaches nothing of ours",
			func(p string) bool { return p == "sipas/survey/words" },
			func(d string) bool { return !ours(d) }},
		{"no service of survey reaches the HTTP edge, a store or a command",
			func(p string) bool { return slices.Contains(services, p) },
			func(d string) bool {
				return !within(d, "sipas/api") && !within(d, "sipas/cmd") && !slices.Contains(stores, d)
			}},
		{"a store reaches nothing of ours but the survey root",
			func(p string) bool { return slices.Contains(stores, p) },
			func(d string) bool { return !ours(d) || d == "sipas/survey" }},
		{"archive reaches nothing of ours but the survey root and the ledger",
			func(p string) bool { return p == "sipas/survey/archive" },
			func(d string) bool { return !ours(d) || d == "sipas/survey" || d == "sipas/survey/ledger" }},
		{"suspicion reaches nothing of ours but the survey root, the ledger, the registry and stats",
			func(p string) bool { return p == "sipas/survey/suspicion" },
			func(d string) bool {
				return !ours(d) || slices.Contains([]string{"sipas/survey", "sipas/survey/ledger", "sipas/survey/registry", "sipas/survey/questionnaires"}, d) || within(d, "sipas/stats")
			}},
		{"api reaches no store, no command and no front end",
			func(p string) bool { return within(p, "sipas/api") },
			func(d string) bool {
				return !within(d, "sipas/cmd") && d != "sipas/frontend" && !slices.Contains(stores, d)
			}},
	}
	for _, r := range reaches {
		t.Run(r.rule, func(t *testing.T) {
			seen := false
			for p, deps := range reach {
				if !r.from(p) {
					continue
				}
				seen = true
				for _, d := range deps {
					if !r.allowed(d) {
						t.Errorf("%s reaches %s", p, d)
					}
				}
			}
			if !seen {
				t.Error("no package is under this rule")
			}
		})
	}

	only := []struct {
		rule     string
		imported func(string) bool
		importer func(string) bool
	}{
		{"only api imports Fiber, huma and jwt",
			func(d string) bool {
				return within(d, "github.com/gofiber/fiber") || within(d, "github.com/danielgtaylor/huma") || within(d, "github.com/golang-jwt/jwt")
			},
			func(p string) bool { return within(p, "sipas/api") }},
		{"only report imports go-qrcode",
			func(d string) bool { return within(d, "github.com/skip2/go-qrcode") },
			func(p string) bool { return p == "sipas/survey/report" }},
		{"only report imports the PDF library and the fonts",
			func(d string) bool {
				return within(d, "codeberg.org/go-pdf/fpdf") || within(d, "github.com/go-fonts") || within(d, "golang.org/x/image")
			},
			func(p string) bool { return p == "sipas/survey/report" }},
		{"only importer imports excelize",
			func(d string) bool { return within(d, "github.com/xuri/excelize") },
			func(p string) bool { return p == "sipas/survey/importer" }},
		{"only archive imports zstd",
			func(d string) bool { return within(d, "github.com/klauspost/compress") },
			func(p string) bool { return p == "sipas/survey/archive" }},
		{"only words imports the segmenter",
			func(d string) bool { return within(d, "github.com/clipperhouse/uax29") },
			func(p string) bool { return p == "sipas/survey/words" }},
		{"only mongostore imports the MongoDB driver",
			func(d string) bool { return within(d, "go.mongodb.org/mongo-driver") },
			func(p string) bool { return p == "sipas/survey/mongostore" }},
		{"only sqlitestore imports SQLite",
			func(d string) bool { return within(d, "modernc.org/sqlite") },
			func(p string) bool { return p == "sipas/survey/sqlitestore" }},
		{"only cmd imports stores",
			func(d string) bool { return slices.Contains(stores, d) },
			func(p string) bool { return within(p, "sipas/cmd") }},
	}
	for _, r := range only {
		t.Run(r.rule, func(t *testing.T) {
			seen := false
			for p, imports := range direct {
				for _, d := range imports {
					if !r.imported(d) {
						continue
					}
					seen = true
					if !r.importer(p) {
						t.Errorf("%s imports %s", p, d)
					}
				}
			}
			if !seen {
				t.Error("nothing imports it: the rule is out of date")
			}
		})
	}
}

func TestNoPackageWithoutASubject(t *testing.T) {
	_, direct := importedBy(t)
	for p := range direct {
		name := p[strings.LastIndex(p, "/")+1:]
		if slices.Contains([]string{"util", "utils", "common", "helpers", "models", "types", "dto"}, name) {
			t.Errorf("%s: a package is named after its subject", p)
		}
	}
}
